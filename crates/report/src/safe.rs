//! Names from AWS on a terminal: what cannot be seen or would move the cursor is shown escaped.
//!
//! Owns which characters these are, and one spelling of them for people and one for JSON. Knows
//! nothing of where a text comes from: every writer passes every text through here.

use std::borrow::Cow;
use std::io::{self, Write};

/// `text` with every character that is invisible, a control or changes direction spelled
/// `\u{202e}`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) || !text.chars().any(is_hazardous) {
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
fn is_plain(text: &[u8]) -> bool {
    // Without an early exit the compiler looks at many bytes at a time.
    text.iter()
        .fold(true, |plain, byte| plain & (0x20..0x7f).contains(byte))
}

/// Writes JSON on with its [hazardous](is_hazardous) characters as `\uXXXX` escapes: the same data
/// to a parser, harmless on a terminal.
///
/// Such characters stand in strings alone, so that compact JSON need not be taken apart for it. The
/// last of it is written by [`flush`](Write::flush).
#[derive(Debug)]
pub struct HarmlessJson<W> {
    out: W,
    held: Vec<u8>,
}

/// Bytes held before they are looked at and written on.
const HELD: usize = 1 << 16;

impl<W: Write> HarmlessJson<W> {
    /// A writer before `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            held: Vec::with_capacity(HELD),
        }
    }

    /// Writes on what is held, but for a character whose end has not come yet.
    fn write_on(&mut self) -> io::Result<()> {
        if is_plain(&self.held) {
            self.out.write_all(&self.held)?;
            self.held.clear();
            return Ok(());
        }
        let whole = match std::str::from_utf8(&self.held) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        let text = std::str::from_utf8(&self.held[..whole]).map_err(io::Error::other)?;
        let mut written = 0;
        for (at, c) in text.char_indices().filter(|(_, c)| is_hazardous(*c)) {
            self.out.write_all(&text.as_bytes()[written..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(self.out, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        self.out.write_all(&text.as_bytes()[written..])?;
        self.held.drain(..whole);
        Ok(())
    }
}

impl<W: Write> Write for HarmlessJson<W> {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        if self.held.len() == HELD {
            self.write_on()?;
        }
        let taken = json.len().min(HELD - self.held.len());
        self.held.extend_from_slice(&json[..taken]);
        Ok(taken)
    }

    /// JSON comes in millions of small pieces, nearly all of which fit.
    #[inline]
    fn write_all(&mut self, mut json: &[u8]) -> io::Result<()> {
        while json.len() > HELD - self.held.len() {
            let taken = self.write(json)?;
            json = &json[taken..];
        }
        self.held.extend_from_slice(json);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_on()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
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
        let mut out = HarmlessJson::new(Vec::new());
        serde_json::to_writer(&mut out, text).expect("a string");
        out.flush().expect("a vector takes everything");
        String::from_utf8(out.out).expect("UTF-8")
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

    #[test]
    fn a_text_of_any_length_is_written_whole() {
        // Of three bytes each: some character is cut by the end of what is held.
        let text = "注\u{202e}".repeat(2 * HELD / 3);
        assert_eq!(
            json(&text),
            format!("\"{}\"", "注\\u202e".repeat(2 * HELD / 3))
        );
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let mut out = HarmlessJson::new(Vec::new());
        out.write_all(b"\xff\"").expect("held");
        let error = out.flush().expect_err("no UTF-8");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
