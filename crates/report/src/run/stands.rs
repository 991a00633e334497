//! Where a run stands by its journal, and what a person can do next.

use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::id::StepId;
use unbridge_model::journal::{Direction, End, Event, Residue, Written};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::{Phase, Plan};
use unbridge_model::text::Text;

use super::TakenUp;

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Stands {
    /// It goes on, or its process ended without a word: a journal cannot tell.
    UnderWay {
        /// Which way.
        way: Direction,
    },
    /// It stopped before its end; it can be taken up.
    Stopped {
        /// Which way it went.
        way: Direction,
        /// At this step.
        step: StepId,
        /// When, RFC 3339 in UTC.
        at: Text,
        /// Why.
        why: Text,
    },
    /// A person has to look before it goes on in either direction.
    Stuck {
        /// Which way it went.
        way: Direction,
        /// At this step.
        step: StepId,
        /// When, RFC 3339 in UTC.
        at: Text,
        /// Why, and what to look at.
        why: Text,
    },
    /// Every step is done.
    Completed {
        /// When, RFC 3339 in UTC.
        at: Text,
    },
    /// Every step is taken back, but for what stays behind.
    RolledBack {
        /// When, RFC 3339 in UTC.
        at: Text,
    },
}

/// Something that can be done next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Next {
    /// What to type; null when there is nothing to type.
    pub command: Option<String>,
    /// What that does, or what to do by hand.
    pub what: String,
}

/// Where the events of a run leave it.
pub(super) fn stands(written: &Written) -> Stands {
    let mut way = Direction::Forward;
    let mut stands = Stands::UnderWay { way };
    for entry in &written.entries {
        let at = entry.at.clone();
        stands = match &entry.event {
            Event::Stopped { step, why } => Stands::Stopped {
                way,
                step: step.clone(),
                at,
                why: why.clone(),
            },
            Event::Stuck { step, why } => Stands::Stuck {
                way,
                step: step.clone(),
                at,
                why: why.clone(),
            },
            Event::Ended { end } => match end {
                End::Completed => Stands::Completed { at },
                End::RolledBack => Stands::RolledBack { at },
            },
            Event::TurnedBack { .. } => {
                way = Direction::Undo;
                Stands::UnderWay { way }
            }
            // A completed run that is taken up is still completed, until it is turned back.
            Event::TakenUp { .. } if matches!(stands, Stands::Completed { .. }) => stands,
            Event::TakenUp { .. }
            | Event::Started { .. }
            | Event::Succeeded { .. }
            | Event::NotMade { .. }
            | Event::Lost { .. }
            | Event::Verified { .. }
            | Event::Passed { .. }
            | Event::NothingToUndo { .. }
            | Event::Left { .. } => Stands::UnderWay { way },
        };
    }
    stands
}

/// Who went on with a run, in order.
pub(super) fn taken_up(written: &Written) -> Vec<TakenUp> {
    let entries = written.entries.iter();
    entries
        .filter_map(|entry| match &entry.event {
            Event::TakenUp { caller } => Some(TakenUp {
                at: entry.at.clone(),
                by: caller.clone(),
            }),
            _ => None,
        })
        .collect()
}

/// What stays behind.
pub(super) fn residue(written: &Written) -> impl Iterator<Item = &Residue> {
    written
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Left { residue, .. } => Some(residue),
            _ => None,
        })
}

/// Whether a step proves what the draft was changed to.
fn is_proof(plan: Option<&Plan>, step: &StepId) -> bool {
    let step = plan.and_then(|plan| plan.body.step(step));
    step.is_some_and(|step| matches!(step.gate, Some(Gate::Proof { .. })))
}

/// What can be done next.
pub(super) fn next(
    written: &Written,
    plan: Option<&Plan>,
    stands: &Stands,
    typed: &str,
) -> Vec<Next> {
    let types = |command: &str, what: &str| Next {
        command: Some(format!("unbridge {command} {typed}")),
        what: what.to_owned(),
    };
    let by_hand = |what: &str| Next {
        command: None,
        what: what.to_owned(),
    };
    let is_of =
        |phase| plan.is_some_and(|plan| plan.body.steps.iter().any(|one| one.phase == phase));
    match stands {
        Stands::UnderWay { .. } => vec![
            by_hand("nothing, while its process goes on"),
            types("resume", "goes on in its place, once that has ended"),
        ],
        Stands::Stopped { way, step, .. } => match way {
            Direction::Forward if is_proof(plan, step) => vec![
                types(
                    "resume",
                    "asks the temporary stage again; requests of yours are named in unbridge.toml or by \
                     --probe",
                ),
                types(
                    "rollback",
                    "puts the draft back; until then whoever deploys the API ships the changed one",
                ),
            ],
            Direction::Forward => vec![
                types("resume", "goes on, once the reason is gone"),
                types("rollback", "takes back what was done"),
            ],
            Direction::Undo => vec![types(
                "resume",
                "goes on going back, once the reason is gone",
            )],
        },
        Stands::Stuck { .. } => vec![
            by_hand("look at what the reason names and set it right"),
            types("resume", "goes on where it was"),
        ],
        Stands::Completed { .. } if is_of(Phase::Retire) => {
            vec![by_hand("nothing: the old way is gone")]
        }
        Stands::Completed { .. } => vec![
            by_hand("nothing; the old way stands, and costs money, until it is retired"),
            types("rollback", "takes it back, as long as the old way stands"),
        ],
        Stands::RolledBack { .. } => {
            let what = match residue(written).next() {
                None => "nothing: everything is as it was",
                Some(_) => "look at what stays behind; everything else is as it was",
            };
            vec![
                by_hand(what),
                types(
                    "apply",
                    "looks whether the plan can be carried out again, and changes nothing",
                ),
            ]
        }
    }
}
