//! Text that stands in GitHub-flavoured Markdown as it is.
//!
//! A backslash is not enough: mentions, issue numbers, addresses and emoji names are looked for in
//! what Markdown leaves of a text, and some readers look for mathematics and wiki links before. In
//! code all of them leave it alone. So everything that is not plainly a word becomes code.

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a paragraph, a heading or a list.
    Text,
    /// In a table, where a `|` ends a cell even in code.
    Cell,
}

/// What may stand before a word, and behind it, without being a part of it.
const BEFORE: char = '(';
const BEHIND: [char; 7] = ['.', ',', ';', ':', ')', '?', '!'];

/// `text`, already printable, with every word that could be more than a word as code.
pub(crate) fn prose(text: &str, place: Place) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let is_first = shown.is_empty();
        if !is_first {
            shown.push(' ');
        }
        let (before, core, behind) = parts(word);
        if is_first && is_list_marker(word) || core.is_empty() {
            shown.push_str(&code(word, place));
        } else if is_plain(core) {
            shown.push_str(word);
        } else {
            shown.push_str(before);
            shown.push_str(&code(core, place));
            shown.push_str(behind);
        }
    }
    shown
}

/// `text`, already printable, as code.
pub(crate) fn code(text: &str, place: Place) -> String {
    let mut fence = 1;
    let mut run = 0;
    let mut shown = String::with_capacity(text.len() + 2);
    let mut before = ' ';
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        fence = fence.max(run + 1);
        match (c, place) {
            // Parsers differ on whether a second backslash takes the first one's effect away.
            ('|', Place::Cell) if before == '\\' => shown.extend(c.escape_unicode()),
            ('|', Place::Cell) => shown.push_str("\\|"),
            _ => shown.push(c),
        }
        before = c;
    }
    if shown.is_empty() {
        // Code cannot be empty.
        shown.push_str("\"\"");
    }
    let fence = "`".repeat(fence);
    // One blank at both ends belongs to the fence.
    let needs_room = |c: char| c == '`' || c == ' ';
    let room = if shown.starts_with(needs_room) || shown.ends_with(needs_room) {
        " "
    } else {
        ""
    };
    format!("{fence}{room}{shown}{room}{fence}")
}

/// The word without what only stands around it.
fn parts(word: &str) -> (&str, &str, &str) {
    let core = word.trim_start_matches(BEFORE);
    let (before, rest) = word.split_at(word.len() - core.len());
    let core = rest.trim_end_matches(BEHIND);
    // `f(x)`: what it opens it may close.
    let core = if core.contains(BEFORE) { rest } else { core };
    let (core, behind) = rest.split_at(core.len());
    (before, core, behind)
}

/// Whether a paragraph that begins with this word would be a list.
fn is_list_marker(word: &str) -> bool {
    let number = word.strip_suffix(['.', ')']);
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether this is a word, or words put together, to every reader.
fn is_plain(word: &str) -> bool {
    let word = word.strip_prefix('+').unwrap_or(word);
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '\'');
    let is_words = word.chars().all(inner)
        && word.starts_with(char::is_alphanumeric)
        && word.ends_with(char::is_alphanumeric);
    let is_number = word.starts_with(|c: char| c.is_ascii_digit())
        && word.ends_with(|c: char| c.is_ascii_digit())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_words || is_number) && !names_a_commit(word) && !names_an_issue(word)
}

/// GitHub links what could be the name of a commit.
fn names_a_commit(word: &str) -> bool {
    word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `GH-12`; trackers that are linked to a repository take other letters for themselves.
fn names_an_issue(word: &str) -> bool {
    word.split_once('-').is_some_and(|(letters, number)| {
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && letters.bytes().all(|byte| byte.is_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_as_they_are() {
        for text in [
            "every chain over it can move, and every other source (of users) was read",
            "3 readings failed; 12.5 percent",
            "on orders-nlb in eu-west-1 until 2026-12-31: known!",
            "Bestellungen für Zürich, 注文",
            "+19 more",
        ] {
            assert_eq!(prose(text, Place::Text), text);
        }
    }

    #[test]
    fn what_could_be_more_than_a_word_is_code() {
        for (text, shown) in [
            ("ask @team, now", "ask `@team`, now"),
            ("see #12 and GH-12", "see `#12` and `GH-12`"),
            ("at https://x.io/y.", "at `https://x.io/y`."),
            ("at www.x.io (a@b.c)", "at `www.x.io` (`a@b.c`)"),
            ("a_b *c* ~~d~~ $e$ :f:", "`a_b` `*c*` `~~d~~` `$e$` `:f`:"),
            ("<b> [x](y) ![z](w).", "`<b>` `[x](y)` `![z](w).`"),
            ("&amp; \\ -", "`&amp`; `\\` `-`"),
            ("1. first", "`1.` first"),
            ("- item", "`-` item"),
            ("commit deadbeef1", "commit `deadbeef1`"),
        ] {
            assert_eq!(prose(text, Place::Text), shown);
        }
    }

    #[test]
    fn code_ends_where_it_should() {
        assert_eq!(code("a", Place::Text), "`a`");
        assert_eq!(code("a`b", Place::Text), "``a`b``");
        assert_eq!(code("``", Place::Text), "``` `` ```");
        assert_eq!(code(" a", Place::Text), "`  a `");
        assert_eq!(code("", Place::Text), "`\"\"`");
        assert_eq!(code("a|b", Place::Text), "`a|b`");
        assert_eq!(code("a|b", Place::Cell), "`a\\|b`");
        assert_eq!(code("a\\|b", Place::Cell), "`a\\\\u{7c}b`");
    }
}
