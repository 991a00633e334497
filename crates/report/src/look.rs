//! How text for people may look: its width, and colour where a word already says the same.
//!
//! Writers mark passages while they lay text out; the marks have no width and become colours, or
//! nothing, when a page is done.

use std::fmt::{self, Write};

use crate::safe;

/// The narrowest width that is laid out for.
pub const MIN_WIDTH: u16 = 40;

/// What the reader's screen can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of text; at least [`MIN_WIDTH`] are used.
    pub width: u16,
    /// Whether to colour.
    pub colour: Colour,
}

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// No escape sequences at all.
    Never,
    /// ANSI colours.
    Always,
}

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Can go, all is well.
    Good,
    /// Wants a look.
    Care,
    /// Stops something.
    Bad,
    /// A heading.
    Strong,
    /// Of less weight.
    Faint,
}

/// Ends a marked passage. Marks are tag characters: they have no width, and a name can never hold
/// one, because [`safe::printable`] spells them out.
const END: char = '\u{e0001}';

impl Tone {
    const ALL: [Self; 5] = [Self::Good, Self::Care, Self::Bad, Self::Strong, Self::Faint];

    fn mark(self) -> char {
        match self {
            Self::Good => '\u{e0002}',
            Self::Care => '\u{e0003}',
            Self::Bad => '\u{e0004}',
            Self::Strong => '\u{e0005}',
            Self::Faint => '\u{e0006}',
        }
    }

    fn ansi(self) -> &'static str {
        match self {
            Self::Good => "\u{1b}[32m",
            Self::Care => "\u{1b}[33m",
            Self::Bad => "\u{1b}[31m",
            Self::Strong => "\u{1b}[1m",
            Self::Faint => "\u{1b}[2m",
        }
    }

    /// `text`, already printable, marked with this tone.
    pub(crate) fn of(self, text: impl fmt::Display) -> String {
        format!("{}{text}{END}", self.mark())
    }
}

impl Look {
    pub(crate) fn columns(self) -> usize {
        usize::from(self.width.max(MIN_WIDTH))
    }

    /// Puts out a page, its marks turned into colours or dropped.
    pub(crate) fn put(self, page: &str, out: &mut dyn Write) -> fmt::Result {
        for line in page.lines() {
            self.put_line(line, out)?;
            out.write_char('\n')?;
        }
        Ok(())
    }

    fn put_line(self, line: &str, out: &mut dyn Write) -> fmt::Result {
        let mut open = false;
        for c in line.trim_end_matches(' ').chars() {
            let tone = Tone::ALL.into_iter().find(|tone| tone.mark() == c);
            match (tone, self.colour) {
                (Some(tone), Colour::Always) => {
                    out.write_str(tone.ansi())?;
                    open = true;
                }
                (Some(_), Colour::Never) => {}
                (None, _) if c == END => self.close(&mut open, out)?,
                // A second net: no text may reach a terminal raw, whoever forgot to escape it.
                (None, _) if safe::is_hazardous(c) => write!(out, "{}", c.escape_unicode())?,
                (None, _) => out.write_char(c)?,
            }
        }
        // A passage may have been wrapped; its colour must not run into the next column.
        self.close(&mut open, out)
    }

    fn close(self, open: &mut bool, out: &mut dyn Write) -> fmt::Result {
        if std::mem::take(open) {
            out.write_str("\u{1b}[0m")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(colour: Colour, page: &str) -> String {
        let mut out = String::new();
        Look { width: 80, colour }
            .put(page, &mut out)
            .expect("a string takes everything");
        out
    }

    #[test]
    fn marks_become_colours_or_nothing() {
        let page = format!("{} b\n", Tone::Bad.of("a"));
        assert_eq!(put(Colour::Never, &page), "a b\n");
        assert_eq!(put(Colour::Always, &page), "\u{1b}[31ma\u{1b}[0m b\n");
    }

    #[test]
    fn a_colour_ends_with_its_line() {
        let page = Tone::Good.of("a\nb");
        assert_eq!(put(Colour::Always, &page), "\u{1b}[32ma\u{1b}[0m\nb\n");
    }

    #[test]
    fn a_name_that_slipped_through_is_still_not_raw() {
        assert_eq!(put(Colour::Always, "a\u{1b}b"), "a\\u{1b}b\n");
    }
}
