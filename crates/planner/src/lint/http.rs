//! Whether an HTTP API is moved the safe way: route by route to an integration of its own, each
//! judged, or frozen in a deployment when all are moved (H31).

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::id::{HttpApiId, StageName};
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Operation;

use super::code::LintCode;
use super::findings::Findings;
use super::thing::Value;

/// What a plan does to one HTTP API.
#[derive(Default)]
struct Part<'p> {
    moves: Vec<(usize, &'p Step)>,
    freezes: Vec<usize>,
    /// New integrations, and the ones they are like.
    likes: BTreeMap<Value<'p>, Value<'p>>,
    /// Stages that are given a deployment, so that they do not deploy by themselves.
    frozen: BTreeSet<&'p StageName>,
}

pub(super) fn check(findings: &mut Findings<'_>) {
    let mut parts: BTreeMap<&HttpApiId, Part<'_>> = BTreeMap::new();
    for (place, step) in findings.steps() {
        match &step.operation {
            Operation::UpdateRoute { api, .. } => {
                parts.entry(api).or_default().moves.push((place, step));
            }
            Operation::SetHttpDeployment { api, stage, .. } => {
                let part = parts.entry(api).or_default();
                part.moves.push((place, step));
                part.frozen.insert(stage);
            }
            Operation::CreateHttpIntegration { api, like, .. } => {
                let likes = &mut parts.entry(api).or_default().likes;
                likes.insert(Value::From(&step.id), Value::Known(like.as_str()));
            }
            Operation::CreateHttpDeployment { api, .. } => {
                parts.entry(api).or_default().freezes.push(place);
            }
            _ => {}
        }
    }
    for part in parts.values() {
        for (place, step) in &part.moves {
            moved(findings, *place, step, part);
            like(findings, *place, step, part);
        }
    }
}

fn moved(findings: &mut Findings<'_>, place: usize, step: &Step, part: &Part<'_>) {
    let mut before = step.preconditions.iter();
    if !before.any(|one| subject(one) && is_about(one, &step.operation)) {
        let what = "it does not ask what stands there before";
        findings.at(place, LintCode::BeforeNotAsked, what);
    }
    let chosen = findings.plan.body.choices.bake_seconds;
    let judged = matches!(&step.gate, Some(Gate::BakeHttp { api, stages, seconds })
        if Some(api) == api_of(&step.operation) && !stages.is_empty() && *seconds == chosen
            && watches(&step.operation, stages, part));
    // No caller meets a route that is frozen later.
    let later = part.freezes.iter().any(|frozen| *frozen > place);
    if !(judged || later && step.gate.is_none()) {
        let what = "what follows it does not wait for a look at its stages";
        findings.at(place, LintCode::GateMissing, what);
    }
    let is_route = matches!(step.operation, Operation::UpdateRoute { .. });
    if is_route && part.freezes.iter().any(|frozen| *frozen < place) {
        let what = "it moves a route when its API is frozen already";
        findings.at(place, LintCode::OutOfOrder, what);
    }
}

fn api_of(operation: &Operation) -> Option<&HttpApiId> {
    match operation {
        Operation::UpdateRoute { api, .. } | Operation::SetHttpDeployment { api, .. } => Some(api),
        _ => None,
    }
}

/// Whether these are stages that a change arrives at.
fn watches(operation: &Operation, stages: &[StageName], part: &Part<'_>) -> bool {
    match operation {
        Operation::SetHttpDeployment { stage, .. } => stages.contains(stage),
        _ => !stages.iter().any(|stage| part.frozen.contains(stage)),
    }
}

/// A route's new integration is like the one that it has.
fn like(findings: &mut Findings<'_>, place: usize, step: &Step, part: &Part<'_>) {
    let Operation::UpdateRoute { integration, .. } = &step.operation else {
        return;
    };
    let had = step.preconditions.iter().find_map(|one| match one {
        Condition::RouteGoesTo { integration, .. } if is_about(one, &step.operation) => {
            Some(Value::integration(integration))
        }
        _ => None,
    });
    if let (Some(had), Some(like)) = (had, part.likes.get(&Value::integration(integration)))
        && had != *like
    {
        let what = "its new integration is like another one than it has";
        findings.at(place, LintCode::AddressChanged, what);
    }
}

/// Whether a condition says what a route or a stage leads to.
fn subject(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::RouteGoesTo { .. } | Condition::HttpStageRuns { .. }
    )
}

/// Whether a condition is about what an operation changes.
fn is_about(condition: &Condition, operation: &Operation) -> bool {
    match (condition, operation) {
        (
            Condition::RouteGoesTo { api, route, .. },
            Operation::UpdateRoute {
                api: a, route: r, ..
            },
        ) => api == a && route == r,
        (
            Condition::HttpStageRuns { api, stage, .. },
            Operation::SetHttpDeployment {
                api: a, stage: s, ..
            },
        ) => api == a && stage == s,
        _ => false,
    }
}
