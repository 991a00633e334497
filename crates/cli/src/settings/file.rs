//! The text of a settings file: which keys it may hold, on which line each stands, and what is said
//! of a wrong one.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{accept, canary, waits};
use crate::near::near;

/// What is wrong with a file, and at which byte.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) what: String,
    pub(super) hint: String,
}

const HINT: &str = "docs/settings.md lists every key";

impl Wrong {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
            hint: HINT.to_owned(),
        }
    }

    pub(super) fn in_value<T>(value: &Spanned<T>, what: impl Into<String>) -> Self {
        Self::new(value.span().start, what)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// The line on which each key stands that the file has, from 1. A list of tables has a line for each
/// of them: `accept.1`.
#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<String, usize>);

impl Lines {
    pub(super) fn of(&self, key: &str) -> Option<usize> {
        self.0.get(key).copied()
    }
}

/// The keys of a table; `None` for one whose keys are names of the person's own.
fn known(table: &str) -> Option<Vec<&'static str>> {
    Some(match table {
        "" => vec![
            "accept", "canary", "lock", "on_fail", "pace", "probes", "regions", "waits",
        ],
        "accept" => accept::KEYS.to_vec(),
        "canary" => canary::keys().collect(),
        "pace" => vec!["percent"],
        "probes" => vec!["address", "body", "replay", "request"],
        "probes.request" => vec!["api", "headers", "path", "stage", "status", "verb"],
        "waits" => waits::keys().collect(),
        _ => return None,
    })
}

/// How a table is written.
fn written(table: &str) -> String {
    match table {
        "" => "at the top of the file".to_owned(),
        "accept" | "probes.request" => format!("in [[{table}]]"),
        _ => format!("in [{table}]"),
    }
}

/// Looks every key of a file over.
pub(super) fn lines(text: &str) -> Result<Lines, Wrong> {
    let root = DeTable::parse(text).map_err(|error| unreadable(&error))?;
    let mut lines = Lines::default();
    visit(text, "", "", root.get_ref(), &mut lines)?;
    Ok(lines)
}

/// Looks a table's keys over: `table` is which one it is, `name` how its keys are called.
fn visit(
    text: &str,
    table: &str,
    name: &str,
    keys: &DeTable<'_>,
    lines: &mut Lines,
) -> Result<(), Wrong> {
    let known = known(table);
    let below = |of: &str, key: &str| match of {
        "" => key.to_owned(),
        of => format!("{of}.{key}"),
    };
    for (key, value) in keys {
        let word = key.get_ref().as_ref();
        if let Some(known) = &known
            && !known.contains(&word)
        {
            return Err(unknown(key.span().start, word, table, known));
        }
        let (inner, called) = (below(table, word), below(name, word));
        lines
            .0
            .insert(called.clone(), line_of(text, key.span().start));
        match value.get_ref() {
            DeValue::Table(keys) => visit(text, &inner, &called, keys, lines)?,
            DeValue::Array(list) => {
                for (number, item) in (1..).zip(list.iter()) {
                    let DeValue::Table(keys) = item.get_ref() else {
                        continue;
                    };
                    let called = format!("{called}.{number}");
                    let line = line_of(text, item.span().start);
                    lines.0.insert(called.clone(), line);
                    visit(text, &inner, &called, keys, lines)?;
                }
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }
    Ok(())
}

fn unknown(at: usize, word: &str, table: &str, known: &[&str]) -> Wrong {
    let wrong = Wrong::new(at, format!("there is no key {word:?} {}", written(table)));
    let like = near(word, known.iter().copied());
    match (table, like.as_slice()) {
        ("accept", []) => wrong.hint(accept::FORM),
        (_, []) => wrong.hint(format!("its keys are {}", known.join(", "))),
        (_, like) => wrong.hint(format!("one of: {}", like.join(", "))),
    }
}

/// What the library says of a text that is no TOML, or of a value of another type.
pub(super) fn unreadable(error: &toml::de::Error) -> Wrong {
    let at = error.span().map_or(0, |span| span.start);
    // The library's messages for TOML itself have several lines.
    Wrong::new(at, error.message().replace('\n', "; "))
}

/// The number of the line in which a byte stands, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// A whole number in these bounds.
pub(super) fn whole<T: TryFrom<i64>>(
    key: &str,
    value: &Spanned<i64>,
    bounds: RangeInclusive<i64>,
) -> Result<T, Wrong> {
    let number = *value.get_ref();
    let (least, most) = (bounds.start(), bounds.end());
    let fits = bounds.contains(&number).then(|| T::try_from(number).ok());
    fits.flatten().ok_or_else(|| {
        let what = format!("{key} is {number}, and not a whole number from {least} to {most}");
        Wrong::in_value(value, what)
    })
}

/// A text as what it stands for.
pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    text: &Spanned<String>,
) -> Result<T, Wrong> {
    let parsed = text.get_ref().parse();
    parsed.map_err(|error: T::Err| Wrong::in_value(text, error.to_string()))
}
