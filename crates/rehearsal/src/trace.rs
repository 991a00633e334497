//! What was done in a run, told line by line.

use std::fmt;
use std::time::Duration;

use unbridge_model::id::StepId;
use unbridge_model::journal::Direction;
use unbridge_model::plan::operation::OperationKind;
use unbridge_model::plan::value::Output;
use unbridge_model::port::WriteError;
use unbridge_model::route::{Landing, ListenerEnd};
use unbridge_sim::data_plane::Answer;

use crate::load::Harm;

/// What was done, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace(Vec<(Duration, String)>);

impl Trace {
    /// How many lines it has.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn line(&mut self, at: Duration, text: String) {
        self.0.push((at, text));
    }

    /// The first lines, and then those of another trace.
    pub(crate) fn beginning(&self, lines: usize, rest: &Self) -> Self {
        let first = self.0.iter().take(lines);
        Self(first.chain(&rest.0).cloned().collect())
    }

    pub(crate) fn harm(&mut self, at: Duration, harm: &Harm) {
        self.line(at, difference(harm));
    }

    /// The lines, each with the time since the beginning.
    pub fn lines(&self) -> impl Iterator<Item = (Duration, &str)> {
        self.0.iter().map(|(at, text)| (*at, text.as_str()))
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, text) in self.lines() {
            let seconds = at.as_secs();
            writeln!(
                f,
                "{:02}:{:02}:{:02}  {text}",
                seconds / 3600,
                seconds / 60 % 60,
                seconds % 60
            )?;
        }
        Ok(())
    }
}

/// A change and how it was answered.
pub(crate) fn told(
    step: &StepId,
    direction: Direction,
    kind: OperationKind,
    answer: &Result<Option<Output>, WriteError>,
) -> String {
    let way = match direction {
        Direction::Forward => "",
        Direction::Undo => "undo ",
    };
    match answer {
        Ok(Some(output)) => format!("{way}{step}: {kind} made {output}"),
        Ok(None) => format!("{way}{step}: {kind} done"),
        Err(error) => format!("{way}{step}: {kind} {}: {error}", error.class),
    }
}

/// A request that is not served as before, in a sentence.
pub(crate) fn difference(harm: &Harm) -> String {
    let Harm {
        request,
        before,
        now,
    } = harm;
    format!(
        "{} {} of stage {} of API {}: now it {}, {}; before, it {}, {}",
        request.verb,
        request.path,
        request.stage,
        request.api,
        landing(&now.landing),
        over(now),
        landing(&before.landing),
        over(before),
    )
}

fn over(answer: &Answer) -> String {
    match &answer.link {
        Some(link) => format!("over link {link}"),
        None => "over no link".to_owned(),
    }
}

fn landing(landing: &Landing) -> String {
    match landing {
        Landing::Lands {
            scheme,
            host,
            path,
            ends,
        } => {
            let ends: Vec<String> = ends.iter().map(end).collect();
            format!(
                "is sent as {scheme}://{host}{path} and {}",
                ends.join(" or ")
            )
        }
        Landing::NotPrivate => "is answered by no private integration".to_owned(),
        Landing::Refused => "cannot arrive".to_owned(),
        Landing::Unseen => "goes where nobody can tell".to_owned(),
    }
}

fn end(end: &ListenerEnd) -> String {
    match end {
        ListenerEnd::Forward { groups } => {
            let names: Vec<&str> = groups
                .iter()
                .filter_map(|group| group.as_str().split(":targetgroup/").nth(1))
                .collect();
            format!("forwarded to {}", names.join(", "))
        }
        ListenerEnd::Redirect { location, status } => {
            format!("redirected to {location} with {status}")
        }
        ListenerEnd::FixedResponse { status } => format!("answered with {status}"),
        ListenerEnd::Authenticate { by } => format!("asked to sign in by {by}"),
    }
}
