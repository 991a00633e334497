//! The files of a run: which journal goes with which plan, and a journal read. Knows nothing of what
//! a run does with them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use unbridge_model::journal::{FORMAT, JournalError, Written};
use unbridge_report::safe::printable;

use crate::error::Failure;

const PLAN: &str = ".plan.json";
const JOURNAL: &str = ".journal.jsonl";

/// The journal that goes with a plan unless another one is named: beside it, `orders.journal.jsonl`
/// for `orders.plan.json`.
pub(crate) fn journal_of(plan: &Path) -> PathBuf {
    named(plan, &[PLAN, ".json"], JOURNAL)
}

/// The plan that a journal goes with unless another one is named: the other way round.
pub(crate) fn plan_of(journal: &Path) -> PathBuf {
    named(journal, &[JOURNAL, ".jsonl"], PLAN)
}

/// The path with another ending, in place of the first of `endings` that it has.
fn named(path: &Path, endings: &[&str], ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // A name that is no text keeps its ending: nothing can be cut off it safely.
    if let Some(text) = name.to_str() {
        let stem = endings.iter().find_map(|old| text.strip_suffix(old));
        name = stem.unwrap_or(text).into();
    }
    name.push(ending);
    path.with_file_name(name)
}

/// A journal as it stands on disk.
#[derive(Debug)]
pub(crate) struct Journal {
    /// Its whole lines.
    pub(crate) written: Written,
    /// Bytes of the file, half a last line included.
    pub(crate) bytes: usize,
}

/// Reads a journal; half a last line does not count.
pub(crate) fn read(path: &Path) -> Result<Journal, Failure> {
    let bytes = fs::read(path).map_err(|error| {
        let what = format!("journal {} cannot be read: {error}", path.display());
        Failure::usage(what).hint("name the journal of a run")
    })?;
    let written = Written::read(&bytes).map_err(|error| unusable(path, &error))?;
    Ok(Journal {
        written,
        bytes: bytes.len(),
    })
}

/// What is typed behind `unbridge resume`: the plan, and the journal where it does not stand beside
/// it.
pub(crate) fn typed(plan: &Path, journal: &Path) -> String {
    let plan_word = word(plan, "PLAN");
    match journal == journal_of(plan) {
        true => plan_word,
        false => format!("{plan_word} --journal {}", word(journal, "FILE")),
    }
}

/// A word of a command as a shell takes it; `otherwise` in place of one that would mislead whoever
/// copies it.
pub(crate) fn word(word: impl AsRef<OsStr>, otherwise: &str) -> String {
    let text = word.as_ref().to_str();
    let text = text.filter(|text| printable(text) == *text);
    let quoted = text.and_then(|text| shlex::try_quote(text).ok());
    quoted.map_or_else(|| otherwise.to_owned(), |text| text.into_owned())
}

/// A journal that says nothing that could be relied on.
pub(crate) fn unusable(path: &Path, error: &JournalError) -> Failure {
    let hint = match error {
        JournalError::Malformed { .. } | JournalError::Illegal { .. } => {
            "nothing is guessed: find a whole copy; docs/what-if.md has what to do without one"
        }
        JournalError::Format(format, _) if format != FORMAT => "name the journal of a run",
        JournalError::Format(..) => "use the version of unbridge that wrote it, or a newer one",
        JournalError::OtherPlan { .. } => "name the plan that the run carries out",
        JournalError::Store(_) => "make room, or name a place that can be written",
    };
    Failure::usage(format!("{}: {error}", path.display())).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_and_its_journal_stand_beside_each_other() {
        for (plan, journal) in [
            ("orders.plan.json", "orders.journal.jsonl"),
            ("a/b.c/orders.plan.json", "a/b.c/orders.journal.jsonl"),
            ("orders", "orders.journal.jsonl"),
        ] {
            assert_eq!(journal_of(Path::new(plan)), Path::new(journal));
        }
        assert_eq!(
            journal_of(Path::new("x.json")),
            Path::new("x.journal.jsonl")
        );
        let typed_of = |journal| typed(Path::new("a b.plan.json"), Path::new(journal));
        assert_eq!(typed_of("a b.journal.jsonl"), "'a b.plan.json'");
        assert_eq!(typed_of("x.jsonl"), "'a b.plan.json' --journal x.jsonl");
        assert_eq!(typed_of("x\u{202e}"), "'a b.plan.json' --journal FILE");
        assert_eq!(
            plan_of(Path::new("a/orders.journal.jsonl")),
            Path::new("a/orders.plan.json")
        );
    }
}
