//! A comparison for a person at a terminal.

use std::fmt::{self, Write};

use super::{Diff, told};
use crate::layout;
use crate::look::{Look, Tone};

/// Writes what changed: a line for each thing, and what changed about it below.
///
/// # Errors
/// When `out` does not take it.
pub fn table(diff: &Diff<'_>, look: Look, out: &mut dyn Write) -> fmt::Result {
    let columns = look.columns();
    let mut page = String::new();
    let head = told::head(diff);
    for text in head.incomplete {
        let text = format!("{}: {text}", Tone::Bad.of("INCOMPLETE"));
        layout::fill(&mut page, "", &text, columns);
    }
    for text in head.compared {
        layout::fill(&mut page, "", &text, columns);
    }
    page.push('\n');
    layout::fill(&mut page, "", &head.summary, columns);
    for part in told::parts(diff) {
        heading(&mut page, part.title, columns);
        for item in part.items {
            layout::fill(&mut page, "  ", &item.what, columns);
            for line in item.lines {
                layout::fill(&mut page, "    ", &line, columns);
            }
        }
    }
    let worth = told::worth(diff);
    if !worth.is_empty() {
        heading(&mut page, "What it is worth", columns);
    }
    for text in worth {
        layout::fill(&mut page, "  ", &text, columns);
    }
    look.put(&page, out)
}

fn heading(page: &mut String, text: &str, columns: usize) {
    page.push('\n');
    layout::fill(page, "", &Tone::Strong.of(text), columns);
}
