//! The way back: requests first, then the draft, then a pause for what is still on its way, and
//! only then the things that nothing can be using any more.

mod needs;

use std::time::Duration;

use unbridge_model::journal::{
    Direction, End, Event, JournalError, JournalStore, Residue, RunState, StepState,
};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::{Effect, Operation};
use unbridge_model::plan::order::{self, Rank};
use unbridge_model::plan::value::{Output, Planned, Settled};
use unbridge_model::plan::{Step, Undo};
use unbridge_model::port::{Held, WriteError};
use unbridge_model::text::Text;

use crate::forward::unknown;
use crate::outcome::{Outcome, StopReason, StuckReason};
use crate::resolve::Found;
use crate::run::{Answered, Halt, Run, Tries, stopped, stuck};
use crate::words;
use needs::LazyNeeds;
pub use needs::{MayGo, Needs};

impl<S: JournalStore> Run<'_, S> {
    /// Turns the run back, unless something was done that cannot be taken back.
    pub(crate) fn turn_back(mut self, why: Text) -> Result<Outcome, JournalError> {
        let went = match self.journal.folded().run().clone() {
            RunState::Forward => self.turn(why),
            RunState::Ended(End::Completed) => self.turn_after_the_end(why),
            RunState::Stuck(step) => return Ok(self.still_stuck(step)),
            RunState::Back | RunState::Ended(End::RolledBack) => Ok(()),
        };
        match went {
            Ok(()) => self.proceed(),
            Err(halt) => self.outcome(Err(halt)),
        }
    }

    fn turn(&mut self, why: Text) -> Result<(), Halt> {
        let plan = self.plan;
        for (place, step) in plan.body.steps.iter().enumerate() {
            // Whether it can be taken back depends on whether it was made.
            if self.journal.folded().state_at(place) == StepState::Doing {
                self.resolve_forward(step)?;
            }
        }
        self.refuse_beyond_return()?;
        self.note(Event::TurnedBack { why })
    }

    fn turn_after_the_end(&mut self, why: Text) -> Result<(), Halt> {
        self.refuse_beyond_return()?;
        let Some(last) = self.plan.body.steps.last() else {
            return Ok(());
        };
        let holder = crate::holder(&self.journal.header().run, self.context, self.ports);
        let key = crate::key(self.plan);
        let locked = self.ports.locks.acquire(&key, &holder);
        locked.map_err(|error| stopped(&last.id, error))?;
        if let Err(halt) = self.refuse_without_old_way(last) {
            // Why nothing was taken back matters more than a lock that cannot be given back: whoever
            // finds it is told whose it is.
            let _ = self.ports.locks.release(&key, &self.journal.header().run);
            return Err(halt);
        }
        let caller = self.context.caller.clone();
        self.note(Event::TakenUp { caller })?;
        self.note(Event::TurnedBack { why })
    }

    /// Nothing is taken back below what cannot be.
    fn refuse_beyond_return(&self) -> Result<(), Halt> {
        for step in &self.plan.body.steps {
            if let Undo::Impossible { why } = &step.undo
                && self.state(step) != StepState::Waiting
            {
                let why = StopReason::NoWayBack { why: why.clone() };
                return Err(stopped(&step.id, why));
            }
        }
        Ok(())
    }

    /// Requests are not sent back to links and load balancers that have been deleted since (H37): they
    /// would all fail.
    fn refuse_without_old_way(&self, last: &Step) -> Result<(), Halt> {
        for part in self.plan.body.old_way() {
            let mut gone = true;
            for condition in part.gone() {
                let condition = condition
                    .settle(self.journal.folded().outputs())
                    .map_err(|error| stopped(&last.id, error))?;
                gone = gone
                    && match self.observe(&last.id, &condition)? {
                        Held::Yes => true,
                        Held::No { .. } | Held::Never { .. } => false,
                        Held::Unknown { why } => return Err(unknown(last, condition, why)),
                    };
            }
            if gone {
                let why = Text::from(format!(
                    "{part}, over which requests went before, is deleted: all of them would fail"
                ));
                return Err(stopped(&last.id, StopReason::NoWayBack { why }));
            }
        }
        Ok(())
    }

    /// Takes back what is left to take back.
    pub(crate) fn go_back(&mut self) -> Result<End, Halt> {
        let mut needs = LazyNeeds::of(&self.plan.body);
        // That requests cannot be moved back at one place must not keep others, or the draft, from
        // going back. What requests may still use is another matter: nothing of it goes then.
        let mut halted = None;
        for rank in Rank::BEFORE_DRAIN {
            self.go_back_in(rank, &needs, &mut halted)?;
        }
        halted.take().map_or(Ok(()), Err)?;
        self.drain()?;
        for rank in Rank::AFTER_DRAIN {
            if rank == Rank::Links {
                self.look_at_requests(&mut needs)?;
            }
            self.go_back_in(rank, &needs, &mut halted)?;
            halted.take().map_or(Ok(()), Err)?;
        }
        self.end(End::RolledBack)
    }

    /// Looks once more, before anything goes that requests run over, at every place where the plan
    /// would move requests, whether the run came so far or not: somebody else may have deployed the
    /// changed draft there, and a change whose answer was lost may have arrived after all.
    fn look_at_requests(&self, needs: &mut LazyNeeds<'_>) -> Result<(), Halt> {
        let plan = self.plan;
        let folded = self.journal.folded();
        let last = plan.body.steps.iter().rev().find(|step| {
            order::rank(&step.undo) > Rank::Temporary
                && !matches!(step.undo, Undo::Nothing)
                && matches!(
                    folded.state(&step.id),
                    StepState::Made | StepState::Verified | StepState::Passed | StepState::Undoing
                )
        });
        let Some(last) = last else {
            return Ok(());
        };
        for step in &plan.body.steps {
            let Undo::Operation { operation, .. } = &step.undo else {
                continue;
            };
            if order::rank(&step.undo) != Rank::Requests {
                continue;
            }
            // What no step has made yet cannot stand there.
            let Ok(operation) = operation.settle(folded.outputs()) else {
                continue;
            };
            let Effect::Brings(effect) = operation.effect() else {
                continue;
            };
            match self.observe(&last.id, &effect)? {
                Held::Yes => {}
                Held::No { .. } | Held::Never { .. } => needs.still_moved(step.id.clone()),
                Held::Unknown { why } => return Err(unknown(last, *effect, why)),
            }
        }
        Ok(())
    }

    fn go_back_in(
        &mut self,
        rank: Rank,
        needs: &LazyNeeds<'_>,
        halted: &mut Option<Halt>,
    ) -> Result<(), Halt> {
        let plan = self.plan;
        let steps = plan.body.steps.iter().enumerate().rev();
        for (place, step) in steps.filter(|(_, step)| order::rank(&step.undo) == rank) {
            if is_over(self.journal.folded().state_at(place)) {
                continue;
            }
            match self.take_back(step, needs) {
                Ok(()) => {}
                Err(Halt::Stopped { why, step }) if !why.ends_everything() => {
                    halted.get_or_insert(Halt::Stopped { step, why });
                }
                // That a person is needed is said before anything else.
                Err(Halt::Stuck { step, why }) => {
                    if !matches!(halted, Some(Halt::Stuck { .. })) {
                        *halted = Some(Halt::Stuck { step, why });
                    }
                }
                Err(
                    halt @ (Halt::Stopped { .. } | Halt::Journal(_) | Halt::Interrupted { .. }),
                ) => return Err(halt),
            }
        }
        Ok(())
    }

    /// Waits for requests that began before the last of them was moved back.
    fn drain(&self) -> Result<(), Halt> {
        let steps = || self.plan.body.steps.iter();
        let folded = self.journal.folded();
        let moved = steps().any(|step| {
            order::rank(&step.undo) == Rank::Requests && folded.announced(&step.id).is_some()
        });
        let deletions = || {
            steps().filter(|step| {
                order::rank(&step.undo) > Rank::Draft && !matches!(step.undo, Undo::Nothing)
            })
        };
        // The first deletion came after this pause.
        let drained = deletions().any(|step| match folded.state(&step.id) {
            StepState::Undoing | StepState::Undone | StepState::Left => true,
            StepState::Waiting
            | StepState::Doing
            | StepState::Made
            | StepState::Verified
            | StepState::Passed => false,
        });
        let next = deletions().find(|step| folded.state(&step.id) != StepState::Waiting);
        match next {
            Some(step) if moved && !drained => self.wait(&step.id, self.longest_drain()),
            Some(_) | None => Ok(()),
        }
    }

    fn longest_drain(&self) -> Duration {
        let gates = self.plan.body.steps.iter().map(|step| match &step.gate {
            Some(Gate::Drain { seconds }) => {
                Duration::from_secs((*seconds).into()).min(self.limits.drain_most)
            }
            Some(Gate::Proof { .. } | Gate::Bake { .. } | Gate::BakeHttp { .. }) | None => {
                Duration::ZERO
            }
        });
        gates.fold(self.limits.drain, Duration::max)
    }

    fn take_back(&mut self, step: &Step, needs: &LazyNeeds<'_>) -> Result<(), Halt> {
        let mut tries = Tries::new(self.limits);
        loop {
            match self.state(step) {
                StepState::Waiting | StepState::Undone | StepState::Left => return Ok(()),
                StepState::Doing => self.resolve_forward(step)?,
                StepState::Undoing => self.resolve_back(step)?,
                StepState::Made | StepState::Verified | StepState::Passed => match &step.undo {
                    Undo::Nothing => self.note_nothing(step, "the steps around it are undone")?,
                    Undo::Impossible { why } => {
                        let why = StuckReason::NoWayBack { why: why.clone() };
                        return Err(stuck(&step.id, why));
                    }
                    Undo::Operation { operation, only_if } => {
                        match needs.may_go(self.journal.folded(), step) {
                            MayGo::Yes => self.undo(step, operation, only_if, &mut tries)?,
                            MayGo::InUse { by } => {
                                self.leave(step, &format!("step {by} stays and may use it"))?;
                            }
                            MayGo::Running { by } => {
                                let why = format!("requests of step {by} do not go as before");
                                self.leave(step, &format!("{why} and may use it"))?;
                            }
                            MayGo::NotYet { by } => {
                                return Err(stopped(&step.id, StopReason::StillNeeded { by }));
                            }
                        }
                    }
                },
            }
        }
    }

    fn resolve_back(&mut self, step: &Step) -> Result<(), Halt> {
        let operation = self.announced(step)?;
        match self.look_for(step, &operation)? {
            Found::Made(output) => self.note_undone(step, &operation, output),
            Found::Nothing => self.note_absent(step, Direction::Undo),
        }
    }

    /// One attempt to take a step back.
    fn undo(
        &mut self,
        step: &Step,
        operation: &Operation<Planned>,
        only_if: &[Condition<Planned>],
        tries: &mut Tries,
    ) -> Result<(), Halt> {
        self.wait(&step.id, Duration::ZERO)?;
        let operation = self.settled_operation(&step.id, operation)?;
        if self.holds_already(step, &operation)? {
            return self.note_held(step, &operation);
        }
        for condition in only_if {
            let condition = self.settled(&step.id, condition)?;
            match self.observe(&step.id, &condition)? {
                Held::Yes => {}
                Held::No { found } | Held::Never { found } => {
                    let what = words::holds(&condition);
                    return self.leave(step, &format!("it is no longer so that {what}: {found}"));
                }
                Held::Unknown { why } => return Err(unknown(step, condition, why)),
            }
        }
        match self.perform(step, Direction::Undo, operation.clone())? {
            Answered::Made(output) => self.see_undone(step, &operation, output),
            Answered::Unheard => Ok(()),
            Answered::Later(error) => self.later(&step.id, tries, &error),
            Answered::Refused(error) => self.undo_refused(step, &operation, &error),
        }
    }

    fn holds_already(&self, step: &Step, operation: &Operation<Settled>) -> Result<bool, Halt> {
        match operation.effect() {
            Effect::Makes(_) => Ok(false),
            Effect::Brings(effect) => Ok(self.observe(&step.id, &effect)? == Held::Yes),
        }
    }

    fn undo_refused(
        &mut self,
        step: &Step,
        operation: &Operation<Settled>,
        error: &WriteError,
    ) -> Result<(), Halt> {
        // Somebody else may just have done it.
        if self.holds_already(step, operation)? {
            return self.note_held(step, operation);
        }
        match order::rank(&step.undo) {
            Rank::Restore | Rank::Requests => {
                let message = Text::from(error.message.as_str());
                let why = StuckReason::RequestsNotMovedBack { message };
                Err(stuck(&step.id, why))
            }
            Rank::Draft
            | Rank::Temporary
            | Rank::Links
            | Rank::Rules
            | Rank::Groups
            | Rank::Last => self.leave(step, &format!("AWS refused it: {}", error.message)),
        }
    }

    /// Notes an undo once its effect is seen: a process that ends before that looks again.
    fn see_undone(
        &mut self,
        step: &Step,
        operation: &Operation<Settled>,
        output: Option<Output>,
    ) -> Result<(), Halt> {
        if let Effect::Brings(effect) = operation.effect() {
            self.see(step, &[*effect], self.limits.undo_within)?;
        }
        self.note_undone(step, operation, output)
    }

    fn note_undone(
        &mut self,
        step: &Step,
        operation: &Operation<Settled>,
        output: Option<Output>,
    ) -> Result<(), Halt> {
        let id = step.id.clone();
        self.note(match left_over(&step.operation, operation) {
            Some(residue) => Event::Left { step: id, residue },
            None => Event::Succeeded {
                step: id,
                direction: Direction::Undo,
                output,
            },
        })
    }

    /// Notes that what an undo brings about holds without it.
    fn note_held(&mut self, step: &Step, operation: &Operation<Settled>) -> Result<(), Halt> {
        match left_over(&step.operation, operation) {
            Some(residue) => self.note(Event::Left {
                step: step.id.clone(),
                residue,
            }),
            None => self.note_nothing(step, "it is as it was before"),
        }
    }

    fn note_nothing(&mut self, step: &Step, why: &str) -> Result<(), Halt> {
        self.note(Event::NothingToUndo {
            step: step.id.clone(),
            why: Text::new(why),
        })
    }

    fn leave(&mut self, step: &Step, why: &str) -> Result<(), Halt> {
        let why = Text::new(why);
        self.note(Event::Left {
            step: step.id.clone(),
            residue: Residue::NotUndone { why },
        })
    }
}

/// Whether nothing is left to take back of a step.
fn is_over(state: StepState) -> bool {
    match state {
        StepState::Waiting | StepState::Undone | StepState::Left => true,
        StepState::Doing
        | StepState::Made
        | StepState::Verified
        | StepState::Passed
        | StepState::Undoing => false,
    }
}

/// What AWS keeps of a change after it was taken back.
fn left_over(forward: &Operation<Planned>, undo: &Operation<Settled>) -> Option<Residue> {
    let (
        Operation::UpdateIntegration { method, patch },
        Operation::UpdateIntegration { patch: back, .. },
    ) = (forward, undo)
    else {
        return None;
    };
    let stays = patch.integration_target.is_some() && back.integration_target.is_none();
    stays.then(|| Residue::IntegrationTarget {
        method: method.clone(),
    })
}
