//! What a state, a judgement and a refusal are called in messages to a person.

use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{Judgement, WriteFailure};

/// The state as a clause.
#[must_use]
pub fn holds(condition: &Condition<Settled>) -> String {
    condition.clause().to_string()
}

/// What a gate came to.
pub(crate) fn judgement(judgement: &Judgement) -> String {
    match judgement {
        Judgement::Pass => "it passed".to_owned(),
        Judgement::Fail { why } => format!("it failed: {why}"),
        Judgement::Inconclusive { why } => format!("too little was seen to tell: {why}"),
        Judgement::Error { why } => format!("it could not be measured: {why}"),
    }
}

/// How to go on after a refusal, to be put behind it.
pub(crate) fn advice(class: WriteFailure) -> &'static str {
    match class {
        WriteFailure::Credentials => "; sign in again, then take the run up",
        WriteFailure::Denied => "; allow it, then take the run up",
        WriteFailure::Throttled | WriteFailure::NotYet => "; take the run up later",
        WriteFailure::Refused | WriteFailure::Lost => "",
    }
}

/// Several things.
pub(crate) fn outputs(outputs: &[Output]) -> String {
    let names: Vec<String> = outputs.iter().map(ToString::to_string).collect();
    names.join(" and ")
}
