//! What the events of a run come to: one table says which event may follow in which state.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{End, Event, Residue};
use crate::id::StepId;
use crate::plan::operation::Operation;
use crate::plan::value::{Output, Outputs, Settled};
use crate::plan::{Body, Step};
use crate::text::Text;

/// Which way a change goes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// As the plan says.
    Forward,
    /// Back.
    Undo,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum StepState {
    /// Nothing of it was done.
    Waiting,
    /// Its change was announced and nothing was heard of it.
    Doing,
    /// Its change was made.
    Made,
    /// It was seen to be made.
    Verified,
    /// Its gate is open.
    Passed,
    /// The way back was announced and nothing was heard of it.
    Undoing,
    /// It was taken back.
    Undone,
    /// Something of it stays behind.
    Left,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunState {
    /// It goes forward.
    Forward,
    /// It goes back.
    Back,
    /// It goes neither way until a person has looked at this step.
    Stuck(StepId),
    /// It is over.
    Ended(End),
}

/// An event that cannot stand where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot follow here: {why}")]
pub struct Illegal {
    what: String,
    why: String,
}

/// What the events of a run come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    steps: Steps,
    outputs: Outputs,
    run: RunState,
    way: Direction,
    stuck: Option<Text>,
    residue: Vec<(StepId, Residue)>,
}

/// The steps of a plan in its order. Clones share what neither of them changes: a fold is copied
/// often, and a plan may have many steps.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Steps {
    names: Arc<[StepId]>,
    places: Arc<BTreeMap<StepId, usize>>,
    parts: Vec<Arc<[Progress]>>,
}

/// So many steps are copied at once.
const PART: usize = 32;

impl Steps {
    fn of(body: &Body) -> Self {
        let names: Arc<[StepId]> = body.steps.iter().map(|step| step.id.clone()).collect();
        let places = names.iter().cloned().zip(0..).collect();
        let parts = body.steps.chunks(PART);
        let parts = parts.map(|part| part.iter().map(Progress::of).collect());
        Self {
            places: Arc::new(places),
            parts: parts.collect(),
            names,
        }
    }

    fn get(&self, step: &StepId) -> Option<&Progress> {
        let place = *self.places.get(step)?;
        self.parts.get(place / PART)?.get(place % PART)
    }

    fn get_mut(&mut self, step: &StepId) -> Option<&mut Progress> {
        let place = *self.places.get(step)?;
        let part = self.parts.get_mut(place / PART)?;
        Arc::make_mut(part).get_mut(place % PART)
    }

    fn iter(&self) -> impl Iterator<Item = (&StepId, &Progress)> {
        let all = self.parts.iter().flat_map(|part| part.iter());
        self.names.iter().zip(all)
    }
}

impl Progress {
    fn of(step: &Step) -> Self {
        Self {
            state: StepState::Waiting,
            before_undo: StepState::Waiting,
            operation: None,
            gate: match step.gate {
                Some(_) => Gated::Yes,
                None => Gated::No,
            },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Progress {
    state: StepState,
    /// Where an undo that was not made leads back to.
    before_undo: StepState,
    /// The change that was announced last; shared, for a fold is copied often.
    operation: Option<Arc<Operation<Settled>>>,
    gate: Gated,
}

/// Whether a step ends with a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gated {
    Yes,
    No,
}

/// What an event that may follow does.
#[derive(Debug)]
pub(super) enum Change {
    Nothing,
    Run(RunState),
    Turn,
    Step(StepId, StepState),
}

impl Folded {
    /// A run of which nothing was done.
    #[must_use]
    pub fn new(body: &Body) -> Self {
        Self {
            steps: Steps::of(body),
            outputs: Outputs::default(),
            run: RunState::Forward,
            way: Direction::Forward,
            stuck: None,
            residue: Vec::new(),
        }
    }

    /// How far a step is; nothing was done of a step that the plan does not have.
    #[must_use]
    pub fn state(&self, step: &StepId) -> StepState {
        let progress = self.steps.get(step);
        progress.map_or(StepState::Waiting, |progress| progress.state)
    }

    /// How far each step is, in the order of the plan.
    pub fn states(&self) -> impl Iterator<Item = StepState> {
        self.steps.iter().map(|(_, progress)| progress.state)
    }

    /// How far the step at this place of the plan is, counted from 0.
    #[must_use]
    pub fn state_at(&self, place: usize) -> StepState {
        let part = self.steps.parts.get(place / PART);
        let progress = part.and_then(|part| part.get(place % PART));
        progress.map_or(StepState::Waiting, |progress| progress.state)
    }

    /// The place of a step in the plan, counted from 0.
    #[must_use]
    pub fn place(&self, step: &StepId) -> Option<usize> {
        self.steps.places.get(step).copied()
    }

    /// The change of a step that was announced last, with every value known.
    #[must_use]
    pub fn announced(&self, step: &StepId) -> Option<&Operation<Settled>> {
        self.steps.get(step)?.operation.as_deref()
    }

    /// What the steps have made.
    #[must_use]
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// How far the run is.
    #[must_use]
    pub fn run(&self) -> &RunState {
        &self.run
    }

    /// Which way the run goes, or went before it got stuck or was over.
    #[must_use]
    pub fn way(&self) -> Direction {
        self.way
    }

    /// Why the run is stuck; `None` when it is not.
    #[must_use]
    pub fn stuck(&self) -> Option<&Text> {
        self.stuck.as_ref()
    }

    /// What stays behind, in the order in which it was found.
    #[must_use]
    pub fn residue(&self) -> &[(StepId, Residue)] {
        &self.residue
    }

    /// What it comes to with one more event.
    ///
    /// # Errors
    /// [`Illegal`] when the event cannot follow.
    pub fn next(&self, event: &Event) -> Result<Self, Illegal> {
        let change = self.change(event)?;
        let mut next = self.clone();
        next.apply(event, change);
        Ok(next)
    }

    /// Takes in one more event.
    ///
    /// # Errors
    /// [`Illegal`] when the event cannot follow; nothing is changed then.
    pub fn take(&mut self, event: &Event) -> Result<(), Illegal> {
        let change = self.change(event)?;
        self.apply(event, change);
        Ok(())
    }

    /// What an event does; it does it in [`Folded::apply`].
    pub(super) fn change(&self, event: &Event) -> Result<Change, Illegal> {
        match (&self.run, event) {
            // A migration that was carried out can be taken back until its old way is deleted.
            (RunState::Ended(End::Completed), Event::TurnedBack { .. }) => return Ok(Change::Turn),
            (RunState::Ended(End::Completed), Event::TakenUp { .. }) => return Ok(Change::Nothing),
            (RunState::Ended(end), _) => {
                return Err(illegal(event, &format!("the run is over ({end})")));
            }
            (RunState::Stuck(_), Event::TakenUp { .. }) => {
                return Ok(Change::Run(match self.way {
                    Direction::Forward => RunState::Forward,
                    Direction::Undo => RunState::Back,
                }));
            }
            (RunState::Stuck(step), _) => {
                return Err(illegal(event, &format!("the run is stuck at {step}")));
            }
            (RunState::Forward | RunState::Back, _) => {}
        }
        match event {
            Event::TakenUp { .. } | Event::Stopped { .. } => Ok(Change::Nothing),
            Event::TurnedBack { .. } if self.run == RunState::Forward => Ok(Change::Turn),
            Event::TurnedBack { .. } => Err(illegal(event, "the run goes back already")),
            Event::Stuck { step, .. } => Ok(Change::Run(RunState::Stuck(step.clone()))),
            Event::Ended { end } => self.end(event, *end),
            Event::Started { step, .. }
            | Event::Succeeded { step, .. }
            | Event::NotMade { step, .. }
            | Event::Lost { step, .. }
            | Event::Verified { step }
            | Event::Passed { step }
            | Event::NothingToUndo { step, .. }
            | Event::Left { step, .. } => self.step(event, step),
        }
    }

    fn step(&self, event: &Event, step: &StepId) -> Result<Change, Illegal> {
        let Some(progress) = self.steps.get(step) else {
            return Err(illegal(event, &format!("the plan has no step {step}")));
        };
        let before = progress.state;
        let Some(after) = follow(before, progress.before_undo, self.way, event) else {
            let why = format!("step {step} is {before} and the run goes {}", self.way);
            return Err(illegal(event, &why));
        };
        if matches!(event, Event::Passed { .. }) && progress.gate == Gated::No {
            return Err(illegal(event, &format!("step {step} has no gate")));
        }
        if let Event::Succeeded { output, .. } = event {
            let announced = progress.operation.as_deref();
            let wanted = announced.and_then(Operation::makes);
            if wanted != output.as_ref().map(Output::kind) {
                let why = format!("step {step} makes something else");
                return Err(illegal(event, &why));
            }
        }
        Ok(Change::Step(step.clone(), after))
    }

    fn end(&self, event: &Event, end: End) -> Result<Change, Illegal> {
        let over = |progress: &Progress| match end {
            End::Completed => matches!(
                (progress.state, progress.gate),
                (StepState::Verified, Gated::No) | (StepState::Passed, _)
            ),
            End::RolledBack => matches!(
                progress.state,
                StepState::Waiting | StepState::Undone | StepState::Left
            ),
        };
        let way = match end {
            End::Completed => Direction::Forward,
            End::RolledBack => Direction::Undo,
        };
        let open = self.steps.iter().find(|(_, progress)| !over(progress));
        match open {
            Some((step, progress)) => {
                let why = format!("step {step} is {}", progress.state);
                Err(illegal(event, &why))
            }
            None if way != self.way => Err(illegal(event, "the run goes the other way")),
            None => Ok(Change::Run(RunState::Ended(end))),
        }
    }

    /// Does what [`Folded::change`] said of this event.
    pub(super) fn apply(&mut self, event: &Event, change: Change) {
        match change {
            Change::Nothing => {}
            Change::Run(run) => self.run = run,
            Change::Turn => {
                self.run = RunState::Back;
                self.way = Direction::Undo;
            }
            Change::Step(step, after) => {
                if let Some(progress) = self.steps.get_mut(&step) {
                    if after == StepState::Undoing && progress.state != StepState::Undoing {
                        progress.before_undo = progress.state;
                    }
                    progress.state = after;
                }
            }
        }
        match event {
            Event::Started {
                step, operation, ..
            } => {
                if let Some(progress) = self.steps.get_mut(step) {
                    progress.operation = Some(Arc::new(operation.clone()));
                }
            }
            Event::Succeeded {
                step,
                direction: Direction::Forward,
                output: Some(output),
            } => self.outputs.insert(step.clone(), output.clone()),
            Event::Left { step, residue } => self.residue.push((step.clone(), residue.clone())),
            Event::Stuck { why, .. } => self.stuck = Some(why.clone()),
            Event::TakenUp { .. } => self.stuck = None,
            Event::Succeeded { .. }
            | Event::NotMade { .. }
            | Event::Lost { .. }
            | Event::Verified { .. }
            | Event::Passed { .. }
            | Event::TurnedBack { .. }
            | Event::NothingToUndo { .. }
            | Event::Stopped { .. }
            | Event::Ended { .. } => {}
        }
    }
}

/// The table: the state of a step after an event; `None` when the event cannot follow.
fn follow(
    state: StepState,
    before_undo: StepState,
    way: Direction,
    event: &Event,
) -> Option<StepState> {
    use Direction::{Forward, Undo};
    use StepState as S;
    let made = matches!(state, S::Made | S::Verified | S::Passed);
    match event {
        Event::Started { direction, .. } => match (way, direction, state) {
            (Forward, Forward, S::Waiting) => Some(S::Doing),
            (Undo, Undo, S::Made | S::Verified | S::Passed) => Some(S::Undoing),
            _ => None,
        },
        // A change whose answer was lost may be found after the run has turned back.
        Event::Succeeded { direction, .. } => match (direction, state) {
            (Forward, S::Doing) => Some(S::Made),
            (Undo, S::Undoing) => Some(S::Undone),
            _ => None,
        },
        Event::NotMade { direction, .. } => match (direction, state) {
            (Forward, S::Doing) => Some(S::Waiting),
            (Undo, S::Undoing) => Some(before_undo),
            _ => None,
        },
        Event::Lost { direction, .. } => match (direction, state) {
            (Forward, S::Doing) | (Undo, S::Undoing) => Some(state),
            _ => None,
        },
        Event::Verified { .. } => (way == Forward && state == S::Made).then_some(S::Verified),
        Event::Passed { .. } => (way == Forward && state == S::Verified).then_some(S::Passed),
        Event::NothingToUndo { .. } => (way == Undo && made).then_some(S::Undone),
        // What AWS keeps of a change is known once the change was taken back.
        Event::Left { .. } => (way == Undo && (made || state == S::Undoing)).then_some(S::Left),
        Event::TurnedBack { .. }
        | Event::Stopped { .. }
        | Event::Stuck { .. }
        | Event::TakenUp { .. }
        | Event::Ended { .. } => None,
    }
}

fn illegal(event: &Event, why: &str) -> Illegal {
    let what: &'static str = event.into();
    Illegal {
        what: what.to_owned(),
        why: why.to_owned(),
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Undo => "back",
        })
    }
}

#[cfg(test)]
mod tests;
