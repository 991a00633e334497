//! Whether an HTTP API is moved the safe way: route by route to an integration of its own, each
//! judged, or frozen in a deployment when all are moved (H31).

use std::collections::BTreeMap;

use unbridge_model::id::HttpApiId;
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Operation;

use super::code::LintCode;
use super::findings::Findings;

/// What a plan does to one HTTP API.
#[derive(Default)]
struct Part<'p> {
    moves: Vec<(usize, &'p Step)>,
    freezes: Vec<usize>,
}

pub(super) fn check(findings: &mut Findings<'_>) {
    let mut parts: BTreeMap<&HttpApiId, Part<'_>> = BTreeMap::new();
    for (place, step) in findings.steps() {
        match &step.operation {
            Operation::UpdateRoute { api, .. } | Operation::SetHttpDeployment { api, .. } => {
                parts.entry(api).or_default().moves.push((place, step));
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
        }
    }
}

fn moved(findings: &mut Findings<'_>, place: usize, step: &Step, part: &Part<'_>) {
    let mut before = step.preconditions.iter();
    if !before.any(|one| subject(one) && is_about(one, &step.operation)) {
        let what = "it does not ask what stands there before";
        findings.at(place, LintCode::BeforeNotAsked, what);
    }
    let mut after = step.verification.iter();
    if !after.any(|one| is_about(one, &step.operation) && brings(&step.operation, one)) {
        let what = "it does not read back what it brought about";
        findings.at(place, LintCode::NotReadBack, what);
    }
    let chosen = findings.plan.body.choices.bake_seconds;
    let judged = matches!(&step.gate, Some(Gate::BakeHttp { api, stages, seconds })
        if Some(api) == api_of(&step.operation) && !stages.is_empty() && *seconds == chosen
            && names_stage(&step.operation, stages));
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

fn names_stage(operation: &Operation, stages: &[unbridge_model::id::StageName]) -> bool {
    match operation {
        Operation::SetHttpDeployment { stage, .. } => stages.contains(stage),
        _ => true,
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

/// Whether a condition says what an operation brings about.
fn brings(operation: &Operation, condition: &Condition) -> bool {
    match (operation, condition) {
        (
            Operation::UpdateRoute { integration, .. },
            Condition::RouteGoesTo {
                integration: seen, ..
            },
        ) => integration == seen,
        (
            Operation::SetHttpDeployment { deployment, .. },
            Condition::HttpStageRuns {
                deployment: seen, ..
            },
        ) => deployment == seen,
        _ => false,
    }
}
