//! Drafts that a run has changed and that not all of their stages run yet: whoever deploys such an API
//! meanwhile ships what may be half moved or not proven (H25).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::id::StepId;
use unbridge_model::journal::{Direction, Event, Residue, Written};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Body, Plan, Step};
use unbridge_model::text::Text;

use super::shares::{Effect, effect};
use super::steps::{self, StepTold};
use super::time::{long, seconds_between, text};
use crate::plan::api;

/// A draft that is changed and that not all stages run which are to run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DraftChanged {
    /// The API's id.
    pub api: Text,
    /// Since when, RFC 3339 in UTC.
    pub since: Text,
    /// For how many seconds when this was asked; null when the journal's time cannot be read.
    pub seconds: Option<u64>,
}

impl DraftChanged {
    /// For how long, as a sentence.
    pub(super) fn sentence(&self, body: &Body) -> String {
        let Self {
            api: id, seconds, ..
        } = self;
        let name = api(body, id);
        let time = seconds.map_or_else(String::new, |seconds| format!(" for {}", long(seconds)));
        format!("the draft of {name} has been changed{time}: whoever deploys it now ships that")
    }
}

/// The drafts that a journal leaves changed, each as a sentence.
#[must_use]
pub fn drafts_changed(plan: &Plan, written: &Written, now: Timestamp) -> Vec<String> {
    let told = steps::steps(written, Some(plan));
    let drafts = drafts(&plan.body, written, &told, &text(now));
    drafts.iter().map(|one| one.sentence(&plan.body)).collect()
}

/// The drafts that a journal leaves changed, in the order in which they were.
pub(super) fn drafts(
    body: &Body,
    written: &Written,
    told: &[StepTold],
    now: &Text,
) -> Vec<DraftChanged> {
    let steps = || body.steps.iter().zip(told);
    let mut drafts: Vec<DraftChanged> = Vec::new();
    for (step, told) in steps() {
        let Some(api) = edited(step) else {
            continue;
        };
        if !is_changed(written, step, told) || drafts.iter().any(|known| known.api == api) {
            continue;
        }
        let mut promotions = steps().filter(|(step, _)| promoted(step).as_ref() == Some(&api));
        if promotions.all(|(step, told)| effect(step, told.state) == Effect::Yes) {
            continue;
        }
        if let Some(since) = begun(written, &step.id) {
            drafts.push(DraftChanged {
                seconds: seconds_between(since, now),
                since: since.clone(),
                api,
            });
        }
    }
    drafts
}

/// Whether the change of a step may stand in the draft. A target that AWS lets nobody take away
/// changes nothing: everything else of the method was put back.
fn is_changed(written: &Written, step: &Step, told: &StepTold) -> bool {
    let is_target = |event: &Event| {
        matches!(event, Event::Left { step: of, residue: Residue::IntegrationTarget { .. } }
            if *of == step.id)
    };
    let put_back = written.entries.iter().any(|entry| is_target(&entry.event));
    !put_back && effect(step, told.state) != Effect::No
}

/// The API whose draft a step changes.
fn edited(step: &Step) -> Option<Text> {
    match &step.operation {
        Operation::UpdateIntegration { method, .. } => Some(method.api.clone().into()),
        Operation::UpdateRoute { api, .. } => Some(api.clone().into()),
        _ => None,
    }
}

/// The API of which a step has a stage run what was deployed. An HTTP API whose stages deploy by
/// themselves has no such step: its stages run every edit at once.
fn promoted(step: &Step) -> Option<Text> {
    match &step.operation {
        Operation::SetDeployment { api, .. } => Some(api.clone().into()),
        Operation::SetHttpDeployment { api, .. } => Some(api.clone().into()),
        _ => None,
    }
}

/// When the change of a step was announced last.
fn begun<'w>(written: &'w Written, step: &StepId) -> Option<&'w Text> {
    let mut entries = written.entries.iter().rev();
    let begun = entries.find(|entry| {
        matches!(&entry.event, Event::Started { step: of, direction: Direction::Forward, .. } if of == step)
    });
    begun.map(|entry| &entry.at)
}
