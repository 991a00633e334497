//! How many requests of each stage go the new way, by the plan and what became of its steps.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::id::StageName;
use unbridge_model::journal::StepState;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Body, Step, Undo};
use unbridge_model::text::Text;

use super::steps::StepTold;

/// How many requests of a stage run the new deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StageShare {
    /// The API's id.
    pub api: Text,
    /// The stage.
    pub stage: StageName,
    /// Percent of its requests; null when it is not known, because a step that moved them was left as
    /// it stands.
    pub percent: Option<u8>,
    /// The percent that was asked for and of which nothing was heard: one of the two holds.
    pub or_percent: Option<u8>,
}

/// How many routes of an HTTP API go to their new integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoutesMoved {
    /// The API's id.
    pub api: Text,
    /// How many surely do.
    pub moved: usize,
    /// Of how many that is not known just now.
    pub unsure: usize,
    /// How many the plan moves.
    pub of: usize,
}

/// Whether the change of a step is in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Yes,
    No,
    /// It was announced, forward or back, and nothing was heard of it.
    Unsure,
    /// What stands there was left, and may be somebody else's.
    Unknown,
}

pub(super) fn effect(step: &Step, state: StepState) -> Effect {
    match (state, &step.undo) {
        (StepState::Waiting, _) => Effect::No,
        (StepState::Doing | StepState::Undoing, _) => Effect::Unsure,
        (StepState::Made | StepState::Verified | StepState::Passed, _) => Effect::Yes,
        (StepState::Left, _) => Effect::Unknown,
        // Nothing was done to take it back.
        (StepState::Undone, Undo::Nothing) => Effect::Yes,
        (StepState::Undone, Undo::Operation { .. } | Undo::Impossible { .. }) => Effect::No,
    }
}

/// What a step does to the share of a stage.
pub(super) fn shift(step: &Step) -> Option<(Text, &StageName, u8)> {
    match &step.operation {
        Operation::SetCanary {
            api,
            stage,
            percent,
            ..
        } => Some((api.clone().into(), stage, percent.get())),
        // From here on all requests run the stage's own deployment, which is the old one.
        Operation::RemoveCanary { api, stage } => Some((api.clone().into(), stage, 0)),
        Operation::SetDeployment { api, stage, .. } => Some((api.clone().into(), stage, 100)),
        Operation::SetHttpDeployment { api, stage, .. } => Some((api.clone().into(), stage, 100)),
        _ => None,
    }
}

/// The share of each stage, in the order in which the plan moves them.
pub(super) fn stages(body: &Body, told: &[StepTold]) -> Vec<StageShare> {
    let mut shares: Vec<StageShare> = Vec::new();
    for (step, told) in body.steps.iter().zip(told) {
        let Some((api, stage, percent)) = shift(step) else {
            continue;
        };
        let known = shares
            .iter()
            .position(|one| one.api == api && one.stage == *stage);
        let at = known.unwrap_or_else(|| {
            shares.push(StageShare {
                api,
                stage: stage.clone(),
                percent: Some(0),
                or_percent: None,
            });
            shares.len() - 1
        });
        let share = &mut shares[at];
        match effect(step, told.state) {
            Effect::Yes => {
                share.percent = Some(percent);
                share.or_percent = None;
            }
            Effect::Unsure => share.or_percent = Some(percent),
            Effect::Unknown => share.percent = None,
            Effect::No => {}
        }
    }
    shares
}

/// The routes of each HTTP API.
pub(super) fn routes(body: &Body, told: &[StepTold]) -> Vec<RoutesMoved> {
    let mut moved: BTreeMap<Text, RoutesMoved> = BTreeMap::new();
    for (step, told) in body.steps.iter().zip(told) {
        let Operation::UpdateRoute { api, .. } = &step.operation else {
            continue;
        };
        let api = Text::from(api.clone());
        let routes = moved.entry(api.clone()).or_insert(RoutesMoved {
            api,
            moved: 0,
            unsure: 0,
            of: 0,
        });
        routes.of += 1;
        match effect(step, told.state) {
            Effect::Yes => routes.moved += 1,
            Effect::Unsure | Effect::Unknown => routes.unsure += 1,
            Effect::No => {}
        }
    }
    moved.into_values().collect()
}
