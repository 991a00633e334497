//! Whether others left alone what a change relies on and its plan does not name: a stage's own
//! deployment beside its canary release, and the draft that the run has changed (H25, H35).

use unbridge_model::id::{RestApiId, StageName, StepId};
use unbridge_model::journal::{JournalStore, StepState};
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::{Condition, PatchedMethod};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Settled;
use unbridge_model::port::{Held, Untouched};
use unbridge_model::text::Text;

use crate::outcome::StopReason;
use crate::run::{Halt, Run, stopped};

impl<S: JournalStore> Run<'_, S> {
    /// Looks before a change; anything that others changed stops the run.
    pub(crate) fn untouched(&self, step: &Step) -> Result<(), Halt> {
        let own = match canary_of(&step.operation) {
            Some((api, stage)) => self.own_deployment(step, api, stage)?,
            None => None,
        };
        let draft = deployed(&step.operation).and_then(|api| self.draft(api));
        for what in own.into_iter().chain(draft) {
            let held = self.look_at(&step.id, &what)?;
            self.refuse_touched(step, &what, held)?;
        }
        Ok(())
    }

    /// A stage's own deployment, as it has to stay while a step's canary release is watched.
    pub(crate) fn beside_canary(&self, step: &Step) -> Result<Option<Untouched>, Halt> {
        match canary_of(&step.operation) {
            Some((api, stage)) => self.own_deployment(step, api, stage),
            None => Ok(None),
        }
    }

    pub(crate) fn refuse_touched(
        &self,
        step: &Step,
        what: &Untouched,
        held: Held,
    ) -> Result<(), Halt> {
        let what = || Text::from(what.to_string());
        let why = match held {
            Held::Yes => return Ok(()),
            Held::No { found } | Held::Never { found } => StopReason::Touched {
                what: what(),
                found,
            },
            Held::Unknown { why } => StopReason::Untold { what: what(), why },
        };
        Err(stopped(&step.id, why))
    }

    /// What a stage was last seen to run by itself, by the plan's steps up to this one.
    fn own_deployment(
        &self,
        step: &Step,
        api: &RestApiId,
        stage: &StageName,
    ) -> Result<Option<Untouched>, Halt> {
        let steps = &self.plan.body.steps;
        let place = self.journal.folded().place(&step.id).unwrap_or_default();
        let earlier = steps.iter().take(place).rev();
        let earlier = earlier.flat_map(|one| one.verification.iter().chain(&one.preconditions));
        let mut seen = step.preconditions.iter().chain(earlier);
        let runs = seen.find(|one| {
            matches!(one, Condition::StageRuns { api: a, stage: s, .. } if a == api && s == stage)
        });
        let Some(runs) = runs else {
            return Ok(None);
        };
        let Condition::StageRuns { deployment, .. } = self.settled(&step.id, runs)? else {
            return Ok(None);
        };
        Ok(Some(Untouched::OwnDeployment {
            api: api.clone(),
            stage: stage.clone(),
            deployment,
        }))
    }

    /// The methods of an API's draft that this run has changed; `None` of one that it has not.
    fn draft(&self, api: &RestApiId) -> Option<Untouched> {
        let folded = self.journal.folded();
        let changed = |step: &StepId| match folded.state(step) {
            StepState::Made | StepState::Verified | StepState::Passed => folded.announced(step),
            StepState::Waiting
            | StepState::Doing
            | StepState::Undoing
            | StepState::Undone
            | StepState::Left => None,
        };
        let steps = self.plan.body.steps.iter();
        let changes = steps.filter_map(|step| {
            let Operation::UpdateIntegration { method, patch } = changed(&step.id)? else {
                return None;
            };
            (method.api == *api).then(|| PatchedMethod {
                method: method.clone(),
                patch: patch.clone(),
            })
        });
        let methods: Vec<PatchedMethod<Settled>> = changes.collect();
        let api = api.clone();
        (!methods.is_empty()).then_some(Untouched::Draft { api, methods })
    }
}

/// The stage whose canary release a change sets or ends.
fn canary_of(operation: &Operation) -> Option<(&RestApiId, &StageName)> {
    if let Operation::SetCanary { api, stage, .. } | Operation::RemoveCanary { api, stage } =
        operation
    {
        Some((api, stage))
    } else {
        None
    }
}

/// The API of which a change freezes the draft, or sends requests to what was frozen. What has to hold
/// before a promotion names what the stage runs.
fn deployed(operation: &Operation) -> Option<&RestApiId> {
    if let Operation::CreateDeployment { api, .. }
    | Operation::SetCanary { api, .. }
    | Operation::RemoveCanary { api, .. }
    | Operation::SetDeployment { api, .. } = operation
    {
        Some(api)
    } else {
        None
    }
}
