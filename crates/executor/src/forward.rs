//! The way forward: each step checked, announced, made, seen, and let through its gate.

use std::time::Duration;

use unbridge_model::journal::{Direction, End, Event, JournalStore, StepState};
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::value::Settled;
use unbridge_model::port::{Approval, Held, Judgement};
use unbridge_model::text::Text;

use crate::outcome::StopReason;
use crate::patience::Patience;
use crate::run::{Answered, Halt, Run, Tries, refused, stopped};

impl<S: JournalStore> Run<'_, S> {
    /// Carries out what is left of the plan.
    pub(crate) fn go_forward(&mut self) -> Result<End, Halt> {
        let plan = self.plan;
        let steps = plan.body.steps.iter();
        // What is done is not looked at step by step: a plan may have many.
        let done = steps.zip(self.journal.folded().states());
        let done = done
            .take_while(|(step, state)| is_done(step, *state))
            .count();
        for step in plan.body.steps.iter().skip(done) {
            self.step(step)?;
        }
        self.end(End::Completed)
    }

    fn step(&mut self, step: &Step) -> Result<(), Halt> {
        if self.state(step) == StepState::Waiting {
            match self.ports.approver.approve(step) {
                Approval::Given => {}
                Approval::Withheld => return Err(stopped(&step.id, StopReason::NotApproved)),
            }
        }
        let mut tries = Tries::new(self.limits);
        loop {
            match (self.state(step), &step.gate) {
                (StepState::Waiting, _) => self.attempt(step, &mut tries)?,
                (StepState::Doing, _) => self.resolve_forward(step)?,
                (StepState::Made, _) => self.verify(step)?,
                (StepState::Verified, Some(gate)) => self.pass(step, gate)?,
                (StepState::Verified, None) | (StepState::Passed, _) => return Ok(()),
                // No state of the way forward: the journal refuses the end of such a run.
                (StepState::Undoing | StepState::Undone | StepState::Left, _) => return Ok(()),
            }
        }
    }

    fn attempt(&mut self, step: &Step, tries: &mut Tries) -> Result<(), Halt> {
        // A person may have interrupted while nothing was awaited.
        self.wait(&step.id, Duration::ZERO)?;
        for condition in &step.preconditions {
            let condition = self.settled(&step.id, condition)?;
            match self.observe(&step.id, &condition)? {
                Held::Yes => {}
                Held::No { found } | Held::Never { found } => {
                    let condition = Box::new(condition);
                    let why = StopReason::NotMet { condition, found };
                    return Err(stopped(&step.id, why));
                }
                Held::Unknown { why } => return Err(unknown(step, condition, why)),
            }
        }
        self.untouched(step)?;
        let operation = self.settled_operation(&step.id, &step.operation)?;
        match self.perform(step, Direction::Forward, operation)? {
            Answered::Made(output) => self.note(Event::Succeeded {
                step: step.id.clone(),
                direction: Direction::Forward,
                output,
            }),
            Answered::Unheard => Ok(()),
            Answered::Later(error) => self.later(&step.id, tries, &error),
            Answered::Refused(error) => Err(refused(&step.id, &error)),
        }
    }

    /// Waits until all that has to be seen is seen at one time.
    fn verify(&mut self, step: &Step) -> Result<(), Halt> {
        let within = Duration::from_secs(step.verify_within.into());
        let conditions = step.verification.iter();
        let conditions = conditions
            .map(|condition| self.settled(&step.id, condition))
            .collect::<Result<Vec<_>, _>>()?;
        self.see(step, &conditions, within)?;
        let step = step.id.clone();
        self.note(Event::Verified { step })
    }

    /// Waits for states, all at one time.
    pub(crate) fn see(
        &self,
        step: &Step,
        conditions: &[Condition<Settled>],
        within: Duration,
    ) -> Result<(), Halt> {
        let mut patience = Patience::steady(within, self.limits);
        loop {
            let Some((condition, held)) = self.first_open(step, conditions)? else {
                return Ok(());
            };
            match (patience.next(None), held) {
                (_, Held::Never { found }) => {
                    let why = StopReason::Hopeless {
                        condition: Box::new(condition.clone()),
                        found,
                    };
                    return Err(stopped(&step.id, why));
                }
                (Some(pause), _) => self.wait(&step.id, pause)?,
                (None, Held::Unknown { why }) => {
                    return Err(unknown(step, condition.clone(), why));
                }
                (None, Held::No { found }) => {
                    let why = StopReason::NotSeen {
                        condition: Box::new(condition.clone()),
                        found,
                        seconds: within.as_secs(),
                    };
                    return Err(stopped(&step.id, why));
                }
                (None, Held::Yes) => return Ok(()),
            }
        }
    }

    /// The first of these states that does not hold.
    fn first_open<'c>(
        &self,
        step: &Step,
        conditions: &'c [Condition<Settled>],
    ) -> Result<Option<(&'c Condition<Settled>, Held)>, Halt> {
        for condition in conditions {
            let held = self.observe(&step.id, condition)?;
            if held != Held::Yes {
                return Ok(Some((condition, held)));
            }
        }
        Ok(None)
    }

    fn pass(&mut self, step: &Step, gate: &Gate) -> Result<(), Halt> {
        let judgement = match gate {
            Gate::Proof { .. } => self.ports.prober.prove(gate),
            Gate::Bake { .. } | Gate::BakeHttp { .. } | Gate::Drain { .. } => {
                self.soak(step, gate)?
            }
        };
        match judgement {
            Judgement::Pass => {
                let step = step.id.clone();
                self.note(Event::Passed { step })
            }
            Judgement::Fail { .. } | Judgement::Inconclusive { .. } | Judgement::Error { .. } => {
                Err(stopped(&step.id, StopReason::Gate(judgement)))
            }
        }
    }
}

/// Whether there is nothing more to do of a step on the way forward.
fn is_done(step: &Step, state: StepState) -> bool {
    match state {
        StepState::Passed => true,
        StepState::Verified => step.gate.is_none(),
        StepState::Waiting
        | StepState::Doing
        | StepState::Made
        | StepState::Undoing
        | StepState::Undone
        | StepState::Left => false,
    }
}

/// A stop because a state cannot be told.
pub(crate) fn unknown(step: &Step, condition: Condition<Settled>, why: Text) -> Halt {
    let condition = Box::new(condition);
    stopped(&step.id, StopReason::Unknown { condition, why })
}
