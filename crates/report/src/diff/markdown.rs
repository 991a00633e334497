//! A comparison in Markdown, for pull requests and wikis.

use std::fmt::{self, Write};

use super::{Diff, told};
use crate::markdown::escape::{Place, prose};

/// Writes a page.
///
/// # Errors
/// When `out` does not take it.
pub fn markdown(diff: &Diff<'_>, out: &mut dyn Write) -> fmt::Result {
    let text = |text: &str| prose(text, Place::Text);
    let head = told::head(diff);
    out.write_str("# What changed between two scans\n")?;
    for caution in head.incomplete {
        writeln!(out, "\n> **INCOMPLETE:** {}", text(&caution))?;
    }
    for said in head.compared.iter().chain([&head.summary]) {
        writeln!(out, "\n{}", text(said))?;
    }
    for part in told::parts(diff) {
        writeln!(out, "\n## {}\n", text(part.title))?;
        for item in part.items {
            writeln!(out, "- {}", text(&item.what))?;
            for line in item.lines {
                writeln!(out, "  - {}", text(&line))?;
            }
        }
    }
    let worth = told::worth(diff);
    if !worth.is_empty() {
        out.write_str("\n## What it is worth\n\n")?;
    }
    for said in worth {
        writeln!(out, "- {}", text(&said))?;
    }
    Ok(())
}
