//! The journal of a run, for people.

use std::fmt::{self, Write};

use super::{RunTold, page};
use crate::look::Look;

/// Writes a run: where it stands and why, what became of each step, what to do next.
///
/// # Errors
/// When `out` does not take it.
pub fn journal(run: &RunTold, look: Look, out: &mut dyn Write) -> fmt::Result {
    let mut text = String::new();
    page::journal(&mut text, run, look.columns());
    look.put(&text, out)
}
