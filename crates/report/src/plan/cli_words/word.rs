//! Words of a shell command, of which parts are known only once a step is done.

use std::fmt::{Display, Write as _};
use std::io::Write as _;

use unbridge_model::id::StepId;
use unbridge_model::plan::value::Later;

use crate::safe::{HarmlessJson, printable};

/// The shell variable that holds what a step makes.
pub(in crate::plan) fn id_of(step: &StepId) -> String {
    format!("id_{}", step.as_str().replace('-', "_"))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// What this step makes.
    Made(StepId),
}

/// A word of a shell command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::plan) struct Word(Vec<Piece>);

impl Word {
    pub(in crate::plan) fn text(text: impl AsRef<str>) -> Self {
        Self::default().then(text)
    }

    /// A value that is known, or that a step makes.
    pub(in crate::plan) fn value<T: Display>(value: &Later<T>) -> Self {
        match value {
            Later::Known(known) => Self::text(known.to_string()),
            Later::From(step) => Self(vec![Piece::Made(step.clone())]),
        }
    }

    pub(in crate::plan) fn then(mut self, text: impl AsRef<str>) -> Self {
        self.push(text.as_ref());
        self
    }

    pub(in crate::plan) fn and(mut self, other: &Self) -> Self {
        for piece in &other.0 {
            match piece {
                Piece::Text(text) => self.push(text),
                Piece::Made(_) => self.0.push(piece.clone()),
            }
        }
        self
    }

    /// Then this as a literal of the CLI's query language.
    pub(in crate::plan) fn literal(self, value: &Self) -> Self {
        let json = Json::Text(value.clone()).word();
        self.then("`").and(&json).then("`")
    }

    fn push(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            Some(Piece::Made(_)) | None => self.0.push(Piece::Text(text.to_owned())),
        }
    }

    /// One word to a shell. Characters that mislead are spelled out; JSON has none.
    pub(in crate::plan) fn shell(&self) -> String {
        let mut shown = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => {
                    let text = printable(text).replace('\'', r"'\''");
                    // Writing to a string does not fail.
                    let _ = write!(shown, "'{text}'");
                }
                Piece::Made(step) => {
                    let _ = write!(shown, "\"${}\"", id_of(step));
                }
            }
        }
        match shown.is_empty() {
            true => "''".to_owned(),
            false => shown,
        }
    }

    /// For a person: what a step makes is named by the step.
    pub(in crate::plan) fn told(&self) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => printable(text).into_owned(),
            Piece::Made(step) => format!("of step {step}"),
        });
        pieces.collect()
    }
}

/// JSON of which texts are known only once a step is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) enum Json {
    Text(Word),
    /// A text as it is, whatever stands in it.
    Raw(String),
    Number(u32),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl Json {
    pub(in crate::plan) fn map<const N: usize>(fields: [(&str, Json); N]) -> Self {
        let fields = fields.into_iter();
        Self::Map(fields.map(|(key, json)| (key.to_owned(), json)).collect())
    }

    pub(in crate::plan) fn of(text: impl Display) -> Self {
        Self::Raw(text.to_string())
    }

    pub(in crate::plan) fn value<T: Display>(value: &Later<T>) -> Self {
        Self::Text(Word::value(value))
    }

    pub(in crate::plan) fn and(self, key: &str, json: Json) -> Self {
        match self {
            Self::Map(mut fields) => {
                fields.push((key.to_owned(), json));
                Self::Map(fields)
            }
            other => other,
        }
    }

    /// JSON in ASCII's harmless part, without the backtick that ends a literal of the CLI's query
    /// language.
    pub(in crate::plan) fn word(&self) -> Word {
        match self {
            Self::Text(word) => {
                let inner = word
                    .0
                    .iter()
                    .fold(Word::text("\""), |all, piece| match piece {
                        Piece::Text(text) => all.then(inside(&harmless(text))),
                        Piece::Made(_) => all.and(&Word(vec![piece.clone()])),
                    });
                inner.then("\"")
            }
            Self::Raw(text) => Word::text(harmless(text)),
            Self::Number(number) => Word::text(number.to_string()),
            Self::List(items) => {
                let items = items.iter().map(Self::word);
                joined("[", items, "]")
            }
            Self::Map(fields) => {
                let fields = fields
                    .iter()
                    .map(|(key, json)| Word::text(harmless(key)).then(":").and(&json.word()));
                joined("{", fields, "}")
            }
        }
    }
}

/// What stands between the quotes of a JSON text.
fn inside(quoted: &str) -> &str {
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(quoted)
}

fn joined(open: &str, items: impl Iterator<Item = Word>, close: &str) -> Word {
    let mut all = Word::text(open);
    for (place, item) in items.enumerate() {
        if place > 0 {
            all = all.then(",");
        }
        all = all.and(&item);
    }
    all.then(close)
}

fn harmless(text: &str) -> String {
    let mut json = Vec::new();
    let mut out = HarmlessJson::new(&mut json);
    // A vector takes everything, and a text is always JSON.
    let _ = serde_json::to_writer(&mut out, text);
    let _ = out.flush();
    drop(out);
    let json = String::from_utf8(json).unwrap_or_default();
    json.replace('`', "\\u0060")
}
