//! What a rehearsal found, for people.

use std::fmt::{self, Write};

use crate::layout::{self, count};
use crate::look::{Look, Tone};
use crate::words;

/// What a rehearsal found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rehearsed {
    /// Runs that were made.
    pub runs: u64,
    /// Requests that were followed.
    pub requests: u64,
    /// What is not known of AWS and stops the plan without harm, each as a sentence.
    pub stops: Vec<String>,
    /// What may stay behind, each as a sentence.
    pub residue: Vec<String>,
    /// What went wrong; `None` when nothing did.
    pub finding: Option<Finding>,
}

/// A run that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub why: String,
    /// Under which circumstances, each as a sentence.
    pub circumstances: Vec<String>,
    /// What was done, line by line.
    pub trace: Vec<String>,
}

/// Writes it: proven, or the first run that went wrong.
///
/// # Errors
/// When `out` does not take it.
pub fn rehearsed(found: &Rehearsed, look: Look, out: &mut dyn Write) -> fmt::Result {
    let columns = look.columns();
    let mut page = String::new();
    let number = |many: u64| usize::try_from(many).unwrap_or(usize::MAX);
    let work = format!(
        "{}, {} followed.",
        count(number(found.runs), "run", "runs"),
        count(number(found.requests), "request", "requests"),
    );
    match &found.finding {
        None => {
            let text = format!(
                "{}: no request was served otherwise than before.",
                Tone::Good.of("PROVEN")
            );
            layout::fill(&mut page, "", &text, columns);
        }
        Some(finding) => {
            let text = format!("{}: {}", Tone::Bad.of("REFUTED"), words::name(&finding.why));
            layout::fill(&mut page, "", &text, columns);
        }
    }
    layout::fill(&mut page, "", &work, columns);
    if let Some(finding) = &found.finding {
        list(&mut page, "When", &finding.circumstances, columns);
        list(&mut page, "What was done", &finding.trace, columns);
    }
    list(
        &mut page,
        "Where it would stop and go back, without harm",
        &found.stops,
        columns,
    );
    list(
        &mut page,
        "What stays behind after going back",
        &found.residue,
        columns,
    );
    look.put(&page, out)
}

fn list(page: &mut String, heading: &str, lines: &[String], columns: usize) {
    if lines.is_empty() {
        return;
    }
    page.push_str(&format!("\n{}\n", Tone::Strong.of(heading)));
    for line in lines {
        layout::fill(page, "  ", &words::name(line), columns);
    }
}
