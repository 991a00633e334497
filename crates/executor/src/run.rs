//! A run in the hands of one process: its journal, the ports, and what every part of it needs:
//! noting, waiting, reading, and asking AWS for a change.

use std::time::Duration;

use unbridge_model::id::StepId;
use unbridge_model::journal::{
    Direction, End, Event, Journal, JournalError, JournalStore, Owner, Recorded, RunState,
    StepState,
};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::{Output, OutputKind, Planned, Settled};
use unbridge_model::plan::{Plan, Step};
use unbridge_model::port::{
    Held, LockError, ReadError, Untouched, Waited, WriteError, WriteFailure,
};
use unbridge_model::text::Text;

use crate::limits::Limits;
use crate::outcome::{Outcome, StopReason, StuckReason};
use crate::patience::Patience;
use crate::{Context, Ports, words};

/// A run and all it needs.
pub(crate) struct Run<'a, S> {
    pub(crate) plan: &'a Plan,
    pub(crate) journal: &'a mut Journal<S>,
    pub(crate) context: &'a Context,
    pub(crate) ports: &'a Ports<'a>,
    pub(crate) limits: &'a Limits,
}

/// Why a run goes no further now.
#[derive(Debug)]
pub(crate) enum Halt {
    Journal(JournalError),
    Stopped { step: StepId, why: StopReason },
    Stuck { step: StepId, why: StuckReason },
    Interrupted { step: StepId },
}

impl From<JournalError> for Halt {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

pub(crate) fn stopped(step: &StepId, why: impl Into<StopReason>) -> Halt {
    Halt::Stopped {
        step: step.clone(),
        why: why.into(),
    }
}

pub(crate) fn stuck(step: &StepId, why: StuckReason) -> Halt {
    Halt::Stuck {
        step: step.clone(),
        why,
    }
}

/// How a change was answered.
#[derive(Debug)]
pub(crate) enum Answered {
    /// It was made.
    Made(Option<Output>),
    /// Nobody knows; the journal says so.
    Unheard,
    /// It was not made; a later attempt may do.
    Later(WriteError),
    /// It was not made, and will not be.
    Refused(WriteError),
}

/// How long one change is tried.
#[derive(Debug)]
pub(crate) struct Tries {
    throttled: Patience,
    not_yet: Patience,
}

impl Tries {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            throttled: Patience::growing(limits.throttled_for, limits),
            not_yet: Patience::growing(limits.not_yet_for, limits),
        }
    }

    /// The pause before the next attempt; `None` when there is none.
    fn next(&mut self, error: &WriteError) -> Option<Duration> {
        match error.class {
            WriteFailure::Throttled => self.throttled.next(error.retry_after),
            WriteFailure::NotYet => self.not_yet.next(error.retry_after),
            WriteFailure::Refused
            | WriteFailure::Denied
            | WriteFailure::Credentials
            | WriteFailure::Lost => None,
        }
    }
}

impl<S: JournalStore> Run<'_, S> {
    /// Goes on in the direction in which the journal goes.
    pub(crate) fn proceed(mut self) -> Result<Outcome, JournalError> {
        let went = match self.journal.folded().run().clone() {
            RunState::Forward => self.go_forward(),
            RunState::Back => self.go_back(),
            RunState::Stuck(step) => return Ok(self.still_stuck(step)),
            RunState::Ended(end) => Ok(end),
        };
        self.outcome(went)
    }

    pub(crate) fn still_stuck(&self, step: StepId) -> Outcome {
        let noted = self.journal.folded().stuck().cloned();
        let why = StuckReason::Noted(noted.unwrap_or_else(|| Text::new("")));
        Outcome::Stuck { step, why }
    }

    /// Notes why the run goes no further, and tells it.
    pub(crate) fn outcome(&mut self, went: Result<End, Halt>) -> Result<Outcome, JournalError> {
        let wall = self.ports.clock.wall();
        let outcome = match went {
            Ok(End::Completed) => Outcome::Completed,
            Ok(End::RolledBack) => Outcome::RolledBack {
                residue: self.journal.folded().residue().to_vec(),
            },
            Err(Halt::Journal(error)) => return Err(error),
            Err(Halt::Stopped { step, why }) => {
                self.note_stop(&step, why.to_string())?;
                Outcome::Stopped { step, why }
            }
            Err(Halt::Interrupted { step }) => {
                self.note_stop(&step, "a person interrupted it".to_owned())?;
                Outcome::Interrupted { step }
            }
            Err(Halt::Stuck { step, why }) => {
                let event = Event::Stuck {
                    step: step.clone(),
                    why: Text::from(why.to_string()),
                };
                self.journal.note(wall, event)?;
                Outcome::Stuck { step, why }
            }
        };
        Ok(outcome)
    }

    fn note_stop(&mut self, step: &StepId, why: String) -> Result<(), JournalError> {
        // A run that is over, and is not turned back after all, has nothing to note.
        if let RunState::Ended(_) = self.journal.folded().run() {
            return Ok(());
        }
        let event = Event::Stopped {
            step: step.clone(),
            why: Text::from(why),
        };
        self.journal.note(self.ports.clock.wall(), event)
    }

    /// Ends the run. The lock goes first: when it cannot be given back, the run is not over, and
    /// taking it up tries again.
    pub(crate) fn end(&mut self, end: End) -> Result<End, Halt> {
        if let Some(last) = self.plan.body.steps.last() {
            self.unlock(&last.id)?;
        }
        self.note(Event::Ended { end })?;
        Ok(end)
    }

    fn unlock(&self, step: &StepId) -> Result<(), Halt> {
        let key = crate::key(self.plan);
        let run = self.journal.header().run.clone();
        let mut patience = Patience::growing(self.limits.unreadable_for, self.limits);
        loop {
            let error = match self.ports.locks.release(&key, &run) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let pause = match &error {
                LockError::Unreachable(_) => patience.next(None),
                LockError::Held(_) => None,
            };
            match pause {
                Some(pause) => self.wait(step, pause)?,
                None => return Err(stopped(step, error)),
            }
        }
    }

    pub(crate) fn state(&self, step: &Step) -> StepState {
        self.journal.folded().state(&step.id)
    }

    pub(crate) fn owner(&self, step: &Step) -> Owner {
        Owner {
            run: self.journal.header().run.clone(),
            step: step.id.clone(),
        }
    }

    pub(crate) fn note(&mut self, event: Event) -> Result<(), Halt> {
        let wall = self.ports.clock.wall();
        Ok(self.journal.note(wall, event)?)
    }

    pub(crate) fn announce(
        &mut self,
        step: &Step,
        direction: Direction,
        operation: Operation<Settled>,
    ) -> Result<Recorded, Halt> {
        let wall = self.ports.clock.wall();
        Ok(self.journal.started(wall, step, direction, operation)?)
    }

    pub(crate) fn wait(&self, step: &StepId, pause: Duration) -> Result<(), Halt> {
        match self.ports.clock.wait(pause) {
            Waited::Passed => Ok(()),
            Waited::Interrupted => Err(Halt::Interrupted { step: step.clone() }),
        }
    }

    /// Asks AWS something until it answers.
    fn read<T>(
        &self,
        step: &StepId,
        what: impl Fn() -> String,
        ask: impl Fn() -> Result<T, ReadError>,
    ) -> Result<T, Halt> {
        let mut patience = Patience::growing(self.limits.unreadable_for, self.limits);
        loop {
            let error = match ask() {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = if error.is_transient() {
                patience.next(error.retry_after)
            } else {
                None
            };
            let Some(pause) = pause else {
                let what = Text::from(what());
                return Err(stopped(step, StopReason::Unreadable { what, error }));
            };
            self.wait(step, pause)?;
        }
    }

    /// Whether a state holds.
    pub(crate) fn observe(
        &self,
        step: &StepId,
        condition: &Condition<Settled>,
    ) -> Result<Held, Halt> {
        self.read(
            step,
            || words::holds(condition),
            || self.ports.writer.observe(condition),
        )
    }

    /// Whether others left something alone.
    pub(crate) fn look_at(&self, step: &StepId, what: &Untouched) -> Result<Held, Halt> {
        self.read(
            step,
            || what.to_string(),
            || self.ports.writer.untouched(what),
        )
    }

    /// What stands in AWS that a step made.
    pub(crate) fn find_owned(
        &self,
        step: &Step,
        operation: &Operation<Settled>,
        kind: OutputKind,
    ) -> Result<Vec<Output>, Halt> {
        let owner = self.owner(step);
        let mut found = self.read(
            &step.id,
            || format!("a {kind} of this step exists"),
            || self.ports.writer.find_owned(&owner, operation),
        )?;
        found.retain(|output| output.kind() == kind);
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// A condition of the plan with every value known.
    pub(crate) fn settled(
        &self,
        step: &StepId,
        condition: &Condition<Planned>,
    ) -> Result<Condition<Settled>, Halt> {
        let outputs = self.journal.folded().outputs();
        condition
            .settle(outputs)
            .map_err(|unsettled| stopped(step, unsettled))
    }

    /// An operation of the plan with every value known.
    pub(crate) fn settled_operation(
        &self,
        step: &StepId,
        operation: &Operation<Planned>,
    ) -> Result<Operation<Settled>, Halt> {
        let outputs = self.journal.folded().outputs();
        operation
            .settle(outputs)
            .map_err(|unsettled| stopped(step, unsettled))
    }

    /// Makes a change and notes what is known of it, but for its success.
    pub(crate) fn perform(
        &mut self,
        step: &Step,
        direction: Direction,
        operation: Operation<Settled>,
    ) -> Result<Answered, Halt> {
        let makes = operation.makes();
        let change = self.announce(step, direction, operation)?;
        let error = match self.ports.writer.perform(change) {
            Ok(output) if output.as_ref().map(Output::kind) == makes => {
                return Ok(Answered::Made(output));
            }
            // An answer that does not say what was made is as good as none.
            Ok(_) => WriteError::new(WriteFailure::Lost, "the answer does not say what was made"),
            Err(error) => error,
        };
        let id = step.id.clone();
        let why = Text::from(error.message.as_str());
        let event = if error.class.may_have_been_made() {
            Event::Lost {
                step: id,
                direction,
                why,
            }
        } else {
            Event::NotMade {
                step: id,
                direction,
                why,
            }
        };
        self.note(event)?;
        match error.class {
            WriteFailure::Lost => Ok(Answered::Unheard),
            WriteFailure::Throttled | WriteFailure::NotYet => Ok(Answered::Later(error)),
            WriteFailure::Refused => Ok(Answered::Refused(error)),
            WriteFailure::Denied | WriteFailure::Credentials => Err(refused(&step.id, &error)),
        }
    }

    /// Waits before another attempt.
    pub(crate) fn later(
        &self,
        step: &StepId,
        tries: &mut Tries,
        error: &WriteError,
    ) -> Result<(), Halt> {
        match tries.next(error) {
            Some(pause) => self.wait(step, pause),
            None => Err(refused(step, error)),
        }
    }
}

/// A stop for AWS's refusal.
pub(crate) fn refused(step: &StepId, error: &WriteError) -> Halt {
    let why = StopReason::Refused {
        class: error.class,
        message: Text::from(error.message.as_str()),
    };
    stopped(step, why)
}
