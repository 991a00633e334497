//! What became of each step of a run: its journal's events, step by step.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::id::StepId;
use unbridge_model::journal::{Direction, Entry, Event, StepState, Written};
use unbridge_model::plan::value::Output;
use unbridge_model::plan::{Phase, Plan};
use unbridge_model::text::Text;

/// A step, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepTold {
    /// The step.
    pub step: StepId,
    /// Its phase; null without the plan.
    pub phase: Option<Phase>,
    /// What it does, for a person; null without the plan.
    pub forward: Option<Text>,
    /// How far it is: `waiting`, `doing`, `made`, `verified`, `passed`, `undoing`, `undone` or
    /// `left`.
    #[serde(serialize_with = "as_word")]
    #[schemars(with = "String")]
    pub state: StepState,
    /// When its last event was, RFC 3339 in UTC; null when nothing was done of it.
    pub at: Option<Text>,
    /// How often its change was announced.
    pub tries: u32,
    /// How often its way back was.
    pub undo_tries: u32,
    /// What it made.
    pub made: Option<Output>,
    /// Why its last event happened, where that says why.
    pub why: Option<Text>,
}

fn as_word<S: serde::Serializer>(state: &StepState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(state)
}

/// A step while its events are read.
struct Track<'a> {
    state: StepState,
    /// Where an undo that was not made leads back to.
    before_undo: StepState,
    at: Option<&'a Text>,
    tries: u32,
    undo_tries: u32,
    made: Option<&'a Output>,
    why: Option<&'a Text>,
}

/// The step that an event is of; `None` when it is the whole run's.
pub(super) fn step_of(event: &Event) -> Option<&StepId> {
    match event {
        Event::Started { step, .. }
        | Event::Succeeded { step, .. }
        | Event::NotMade { step, .. }
        | Event::Lost { step, .. }
        | Event::Verified { step }
        | Event::Passed { step }
        | Event::NothingToUndo { step, .. }
        | Event::Left { step, .. } => Some(step),
        // They name where the run stands and change nothing of the step.
        Event::Stopped { .. } | Event::Stuck { .. } => None,
        Event::TurnedBack { .. } | Event::TakenUp { .. } | Event::Ended { .. } => None,
    }
}

/// The steps of a plan with what became of them; without it those that the journal names.
pub(super) fn steps(written: &Written, plan: Option<&Plan>) -> Vec<StepTold> {
    let mut tracks: BTreeMap<&StepId, Track<'_>> = BTreeMap::new();
    let mut begun = Vec::new();
    for entry in &written.entries {
        let Some(step) = step_of(&entry.event) else {
            continue;
        };
        let track = tracks.entry(step).or_insert_with(|| {
            begun.push(step);
            Track::new()
        });
        track.take(entry);
    }
    let Some(plan) = plan else {
        return begun
            .iter()
            .map(|step| told(step, None, tracks.remove(step)))
            .collect();
    };
    let steps = plan.body.steps.iter();
    steps
        .map(|step| {
            let known = Some((step.phase, step.forward.clone()));
            told(&step.id, known, tracks.remove(&step.id))
        })
        .collect()
}

fn told(step: &StepId, known: Option<(Phase, Text)>, track: Option<Track<'_>>) -> StepTold {
    let Track {
        state,
        before_undo: _,
        at,
        tries,
        undo_tries,
        made,
        why,
    } = track.unwrap_or_else(Track::new);
    let (phase, forward) = known.unzip();
    StepTold {
        step: step.clone(),
        phase,
        forward,
        state,
        at: at.cloned(),
        tries,
        undo_tries,
        made: made.cloned(),
        why: why.cloned(),
    }
}

impl<'a> Track<'a> {
    fn new() -> Self {
        Self {
            state: StepState::Waiting,
            before_undo: StepState::Waiting,
            at: None,
            tries: 0,
            undo_tries: 0,
            made: None,
            why: None,
        }
    }

    /// Takes an event in. That it may follow is the model's to say, where the plan is there.
    fn take(&mut self, entry: &'a Entry) {
        use Direction::{Forward, Undo};
        self.at = Some(&entry.at);
        self.why = None;
        match &entry.event {
            Event::Started { direction, .. } => match direction {
                Forward => {
                    self.tries += 1;
                    self.state = StepState::Doing;
                }
                Undo => {
                    self.undo_tries += 1;
                    self.before_undo = self.state;
                    self.state = StepState::Undoing;
                }
            },
            Event::Succeeded {
                direction, output, ..
            } => match direction {
                Forward => {
                    self.made = output.as_ref();
                    self.state = StepState::Made;
                }
                Undo => self.state = StepState::Undone,
            },
            Event::NotMade { direction, why, .. } => {
                self.why = Some(why);
                self.state = match direction {
                    Forward => StepState::Waiting,
                    Undo => self.before_undo,
                };
            }
            Event::Lost { why, .. } => self.why = Some(why),
            Event::Verified { .. } => self.state = StepState::Verified,
            Event::Passed { .. } => self.state = StepState::Passed,
            Event::NothingToUndo { why, .. } => {
                self.why = Some(why);
                self.state = StepState::Undone;
            }
            // What stays is told in a list of its own.
            Event::Left { .. } => self.state = StepState::Left,
            Event::TurnedBack { .. }
            | Event::Stopped { .. }
            | Event::Stuck { .. }
            | Event::TakenUp { .. }
            | Event::Ended { .. } => {}
        }
    }
}
