//! A plan's operations and conditions as calls of the AWS CLI.
//!
//! Owns which call each of them is and how a shell is told it. Everything a call is given stands in
//! one JSON text in single quotes: the CLI would take a bare value that begins with `file://` or
//! `http://` for the place of the value, and one that begins with `-` for an option.

mod change;
mod state;
mod word;

use unbridge_model::id::{RunId, StepId};
use unbridge_model::journal::Owner;
use unbridge_model::plan::Plan;

pub(super) use change::{Change, change, find};
pub(super) use state::{State, said, state};
pub(super) use word::{Json, Word, id_of};

/// Why something is no call of the AWS CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotHere {
    /// For a person.
    pub(super) why: &'static str,
}

/// A call of the AWS CLI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    service: &'static str,
    command: &'static str,
    input: Word,
    /// What of the answer is wanted.
    query: Option<Word>,
}

impl Call {
    pub(super) fn new(service: &'static str, command: &'static str, input: Json) -> Self {
        Self {
            service,
            command,
            input: input.word(),
            query: None,
        }
    }

    pub(super) fn asking(self, query: Word) -> Self {
        Self {
            query: Some(query),
            ..self
        }
    }

    /// What it is given, as one word to a shell.
    pub(super) fn input(&self) -> String {
        self.input.shell()
    }

    /// The call as a shell reads it, behind `aws`.
    pub(super) fn shell(&self) -> String {
        let Self {
            service,
            command,
            input,
            query,
        } = self;
        let input = input.shell();
        let call = format!("{service} {command} --cli-input-json {input}");
        match query {
            Some(query) => format!("{call} --query {}", query.shell()),
            None => call,
        }
    }
}

/// Who a plan's script is to AWS: what it makes is found again by this.
pub(super) fn owner(plan: &Plan, step: &StepId) -> Option<Owner> {
    let run = RunId::new(format!("plan-{}", plan.plan_id.short())).ok()?;
    Some(Owner {
        run,
        step: step.clone(),
    })
}
