//! Breaking text into lines of a width. Knows nothing of what the text says.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Where a line may be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// Only between words: a longer word stands out, so that it can be copied whole.
    Spaces,
    /// Between words, else behind a hyphen or slash, else anywhere: nothing stands out.
    Anywhere,
}

/// The columns `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in lines of at most `width` columns; later lines begin with `indent` spaces.
pub(crate) fn wrap(text: &str, width: usize, indent: usize, breaks: Break) -> Vec<String> {
    let width = width.max(indent + 8);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let mut rest = word;
            if used > indent && used + 1 + rest.width() > width {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
                used = indent;
            } else if used > indent || (used > 0 && lines.is_empty()) {
                line.push(' ');
                used += 1;
            }
            while breaks == Break::Anywhere && used + rest.width() > width {
                let (head, tail) = split(rest, width - used);
                line.push_str(head);
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
                used = indent;
                rest = tail;
            }
            line.push_str(rest);
            used += rest.width();
        }
        lines.push(line);
    }
    lines
}

/// The part of `word` that fits into `room` columns, broken behind a hyphen or slash if there is
/// one in it, and the rest.
fn split(word: &str, room: usize) -> (&str, &str) {
    let mut used = 0;
    let mut fits = 0;
    let mut nice = 0;
    for (at, c) in word.char_indices() {
        used += c.width().unwrap_or(0);
        // The first character is taken even where nothing fits, or there would be no end.
        if used > room && at > 0 {
            break;
        }
        fits = at + c.len_utf8();
        if matches!(c, '-' | '/') {
            nice = fits;
        }
    }
    word.split_at(if nice > 0 { nice } else { fits })
}

/// Adds `text` to `page` behind `lead`, broken between words only; later lines are indented as
/// far.
pub(crate) fn put(page: &mut String, lead: &str, text: &str, columns: usize) {
    add(page, lead, text, columns, Break::Spaces);
}

/// Like [`put`], but no line is wider than `columns`, whatever the words are.
pub(crate) fn fill(page: &mut String, lead: &str, text: &str, columns: usize) {
    add(page, lead, text, columns, Break::Anywhere);
}

fn add(page: &mut String, lead: &str, text: &str, columns: usize, breaks: Break) {
    let indent = width(lead);
    let mut lead = lead.to_owned();
    for line in wrap(text, columns.saturating_sub(indent), 0, breaks) {
        page.push_str(&lead);
        page.push_str(&line);
        page.push('\n');
        lead = " ".repeat(indent);
    }
}

/// Adds `pieces` to `page`, as many on a line as fit; one is broken only when it fits on no line.
pub(crate) fn pack(page: &mut String, lead: &str, pieces: &[String], columns: usize) {
    let mut line = String::new();
    for piece in pieces {
        if !line.is_empty() && width(lead) + width(&line) + 1 + width(piece) > columns {
            put(page, lead, &line, columns);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(piece);
    }
    put(page, lead, &line, columns);
}

/// `3 chains`, `1 chain`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The first `most` of `items`, and how many more there are.
pub(crate) fn some(items: &[String], most: usize) -> String {
    let mut text = items[..items.len().min(most)].join(", ");
    if items.len() > most {
        text.push_str(&format!(", +{} more", items.len() - most));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_where_they_are_to_be_copied() {
        assert_eq!(
            wrap("see arn:aws:x:y for more", 12, 2, Break::Spaces),
            ["see", "  arn:aws:x:y", "  for more"]
        );
    }

    #[test]
    fn cells_break_behind_hyphens_and_then_anywhere() {
        assert_eq!(
            wrap("draft-differs-from-stage", 16, 2, Break::Anywhere),
            ["draft-differs-", "  from-stage"]
        );
        assert_eq!(
            wrap("abcdefghijklmnop", 10, 0, Break::Anywhere),
            ["abcdefghij", "klmnop"]
        );
        assert_eq!(
            wrap("注文注文注文", 8, 0, Break::Anywhere),
            ["注文注文", "注文"]
        );
    }
}
