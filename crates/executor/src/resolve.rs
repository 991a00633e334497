//! What became of a change that was announced and of which nothing was heard: its process ended, or
//! its answer was lost. It is looked for before it is made again.

use std::time::Duration;

use unbridge_model::journal::{Direction, Event, JournalStore};
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{Effect, Operation};
use unbridge_model::plan::value::{Output, OutputKind, Settled};
use unbridge_model::port::Held;
use unbridge_model::text::Text;

use crate::forward::unknown;
use crate::limits::Limits;
use crate::outcome::StuckReason;
use crate::patience::Patience;
use crate::run::{Halt, Run, stuck};

/// What was found of a change.
pub(crate) enum Found {
    /// It was made.
    Made(Option<Output>),
    /// It was not.
    Nothing,
}

impl<S: JournalStore> Run<'_, S> {
    /// Finds out whether a step's change was made.
    pub(crate) fn resolve_forward(&mut self, step: &Step) -> Result<(), Halt> {
        let operation = self.announced(step)?;
        match self.look_for(step, &operation)? {
            Found::Made(output) => self.note(Event::Succeeded {
                step: step.id.clone(),
                direction: Direction::Forward,
                output,
            }),
            Found::Nothing => self.note_absent(step, Direction::Forward),
        }
    }

    /// The change of a step that was announced last.
    pub(crate) fn announced(&self, step: &Step) -> Result<Operation<Settled>, Halt> {
        let announced = self.journal.folded().announced(&step.id);
        let unannounced = || stuck(&step.id, StuckReason::Unannounced);
        announced.cloned().ok_or_else(unannounced)
    }

    pub(crate) fn note_absent(&mut self, step: &Step, direction: Direction) -> Result<(), Halt> {
        self.note(Event::NotMade {
            step: step.id.clone(),
            direction,
            why: Text::new("it was looked for and is not there"),
        })
    }

    /// Looks for a change until it is found, or as long as it may take to show.
    pub(crate) fn look_for(
        &self,
        step: &Step,
        operation: &Operation<Settled>,
    ) -> Result<Found, Halt> {
        match operation.effect() {
            Effect::Makes(kind) => self.look_for_thing(step, operation, kind),
            Effect::Brings(condition) => {
                let within = settling(operation, self.limits);
                self.look_for_state(step, *condition, within)
            }
        }
    }

    fn look_for_thing(
        &self,
        step: &Step,
        operation: &Operation<Settled>,
        kind: OutputKind,
    ) -> Result<Found, Halt> {
        let mut patience = Patience::steady(self.limits.lost_object, self.limits);
        loop {
            let found = self.find_owned(step, operation, kind)?;
            match found.as_slice() {
                [] => {}
                [one] => return Ok(Found::Made(Some(one.clone()))),
                [_, _, ..] => {
                    return Err(stuck(&step.id, StuckReason::TwoOwned { outputs: found }));
                }
            }
            match patience.next(None) {
                Some(pause) => self.wait(&step.id, pause)?,
                None => return Ok(Found::Nothing),
            }
        }
    }

    fn look_for_state(
        &self,
        step: &Step,
        condition: Condition<Settled>,
        within: Duration,
    ) -> Result<Found, Halt> {
        let mut patience = Patience::steady(within, self.limits);
        loop {
            let held = self.observe(&step.id, &condition)?;
            match (held, patience.next(None)) {
                (Held::Yes, _) => return Ok(Found::Made(None)),
                (Held::No { .. } | Held::Never { .. } | Held::Unknown { .. }, Some(pause)) => {
                    self.wait(&step.id, pause)?;
                }
                (Held::No { .. } | Held::Never { .. }, None) => return Ok(Found::Nothing),
                (Held::Unknown { why }, None) => return Err(unknown(step, condition, why)),
            }
        }
    }
}

/// How long a change may take to show, or to arrive at all.
fn settling(operation: &Operation<Settled>, limits: &Limits) -> Duration {
    use Operation as O;
    match operation {
        O::DeleteVpcLink { .. } | O::DeleteV1Link { .. } | O::DeleteLoadBalancer { .. } => {
            limits.slow_settling
        }
        O::CreateSecurityGroup { .. }
        | O::RevokeDefaultEgress { .. }
        | O::AuthorizeRule { .. }
        | O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. }
        | O::CreateVpcLink { .. }
        | O::UpdateIntegration { .. }
        | O::CreateDeployment { .. }
        | O::DeleteDeployment { .. }
        | O::CreateStage { .. }
        | O::FurnishStage { .. }
        | O::DeleteStage { .. }
        | O::SetCanary { .. }
        | O::RemoveCanary { .. }
        | O::SetDeployment { .. }
        | O::CreateHttpIntegration { .. }
        | O::DeleteHttpIntegration { .. }
        | O::UpdateRoute { .. }
        | O::CreateHttpDeployment { .. }
        | O::DeleteHttpDeployment { .. }
        | O::SetHttpDeployment { .. }
        | O::DeregisterTarget { .. }
        | O::RegisterTarget { .. }
        | O::DeleteTargetGroup { .. } => limits.settling,
    }
}
