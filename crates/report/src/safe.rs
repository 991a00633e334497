//! Names from AWS on a terminal: what cannot be seen or would move the cursor is shown escaped.
//!
//! Owns which characters these are, and one spelling of them for people and one for JSON. Knows
//! nothing of where a text comes from: every writer passes every text through here.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use serde_json::ser::Formatter;

/// `text` with every character that is invisible, a control or changes direction spelled
/// `\u{202e}`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_hazardous) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hazardous(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal or a reader could be misled by this character.
#[must_use]
pub fn is_hazardous(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}'                // C0
        | '\u{7f}'..='\u{9f}'          // DEL and C1
        | '\u{ad}'                     // soft hyphen
        | '\u{61c}'                    // Arabic letter mark
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // blank letters
        | '\u{180e}'                   // Mongolian vowel separator
        | '\u{200b}'..='\u{200f}'      // zero width, directional marks
        | '\u{2028}'..='\u{202e}'      // line and paragraph separators, embeddings, overrides
        | '\u{2060}'..='\u{206f}'      // word joiner, invisible operators, isolates
        | '\u{feff}'                   // byte order mark
        | '\u{fff9}'..='\u{fffb}'      // interlinear annotation
        | '\u{e0000}'..='\u{e0fff}'    // tags
    )
}

/// Printable ASCII: what nearly every name is.
fn is_plain(text: &str) -> bool {
    // Without an early exit the compiler looks at many bytes at a time.
    text.bytes()
        .fold(true, |plain, byte| plain & (0x20..0x7f).contains(&byte))
}

/// Compact JSON in which [hazardous](is_hazardous) characters are `\uXXXX` escapes: the same data
/// to a parser, harmless on a terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonFormatter;

impl Formatter for JsonFormatter {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        if is_plain(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        let mut escape = String::new();
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_hazardous(*c)) {
            writer.write_all(&fragment.as_bytes()[written..at])?;
            escape.clear();
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(escape, "\\u{unit:04x}").map_err(io::Error::other)?;
            }
            writer.write_all(escape.as_bytes())?;
            written = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;

    use super::*;

    const HOSTILE: &[char] = &[
        '\0',
        '\n',
        '\r',
        '\t',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{61c}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202a}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2069}',
        '\u{feff}',
        '\u{e0001}',
        '\u{e007f}',
    ];

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, JsonFormatter);
        text.serialize(&mut serializer).expect("a string");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn hostile_characters_are_spelled_out() {
        for c in HOSTILE {
            let text = format!("a{c}b");
            assert_eq!(
                printable(&text),
                format!("a\\u{{{:x}}}b", u32::from(*c)),
                "{c:?}"
            );
        }
        assert_eq!(printable("\u{1b}[31mred"), "\\u{1b}[31mred");
    }

    #[test]
    fn ordinary_names_of_any_script_are_left_alone() {
        for text in ["", "orders-nlb", "Bestellungen für Zürich", "注文", "שלום"] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn json_holds_the_same_text_without_the_raw_characters() {
        for c in HOSTILE {
            let text = format!("ü{c}\"b\\");
            let written = json(&text);
            assert!(!written.chars().any(is_hazardous), "{written}");
            let read: String = serde_json::from_str(&written).expect("JSON");
            assert_eq!(read, text);
        }
        assert_eq!(json("a\u{202e}b"), r#""a\u202eb""#);
        assert_eq!(json("a\u{e0001}b"), r#""a\udb40\udc01b""#);
        assert_eq!(json("zürich"), "\"zürich\"");
    }
}
