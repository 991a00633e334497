//! Whether every change can be taken back, by what takes back just that (H35), and only while what
//! stands there is ours.

use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{ConnectionId, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Step, Undo};

use super::code::LintCode;
use super::findings::Findings;
use super::thing::{Act, Thing, Value};

pub(super) fn check(findings: &mut Findings<'_>) {
    for (place, step) in findings.steps() {
        match &step.undo {
            Undo::Nothing if may_stay(findings, place, step) => {}
            Undo::Impossible { .. } if is_final(step) => {}
            Undo::Nothing | Undo::Impossible { .. } => {
                let what = "it has no way back, and none of the other steps takes it back";
                findings.at(place, LintCode::NotUndone, what);
            }
            Undo::Operation { operation, only_if } => {
                if !takes_back(step, operation) {
                    let what = "its way back does not take back what it does";
                    findings.at(place, LintCode::UndoMisses, what);
                }
                if !is_guarded(&step.operation, &step.id, only_if) {
                    let what = "its way back does not ask whether what stands there is still ours";
                    findings.at(place, LintCode::UndoUnguarded, what);
                }
            }
        }
    }
}

/// Whether nothing has to be done to take a step back.
fn may_stay<'p>(findings: &Findings<'p>, place: usize, step: &'p Step) -> bool {
    match Act::of(&step.id, &step.operation) {
        // They go with their group.
        Act::Makes(Thing::Rule(rule)) => rule.group.is_made(),
        Act::Makes(_) => false,
        Act::Changes(stage) => match step.operation {
            // What the canary release itself is taken back with.
            Operation::RemoveCanary { .. } => findings.canaries(stage, place),
            // It goes with its stage.
            Operation::FurnishStage { .. } => findings.makes(stage, place),
            _ => false,
        },
        Act::Deletes(thing) => thing.is_made() || findings.makes(thing, place),
    }
}

/// Whether a step of a retirement deletes what nobody can restore.
fn is_final(step: &Step) -> bool {
    let lost = matches!(
        step.operation,
        Operation::DeleteV1Link { .. }
            | Operation::DeleteLoadBalancer { .. }
            | Operation::DeleteTargetGroup { .. }
    );
    lost && step.phase == Phase::Retire
}

/// Whether an operation takes back what a step does.
fn takes_back(step: &Step, undo: &Operation) -> bool {
    match (Act::of(&step.id, &step.operation), Act::of(&step.id, undo)) {
        (Act::Makes(made), Act::Deletes(deleted)) => made == deleted,
        (Act::Deletes(deleted), Act::Makes(made)) => made == deleted,
        (Act::Changes(one), Act::Changes(other)) => one == other && restores(step, undo),
        (Act::Makes(_), Act::Makes(_) | Act::Changes(_))
        | (Act::Deletes(_), Act::Deletes(_) | Act::Changes(_))
        | (Act::Changes(_), Act::Makes(_) | Act::Deletes(_)) => false,
    }
}

/// Whether an operation puts back what a step says it replaces. What a step does not say is told
/// elsewhere.
fn restores(step: &Step, undo: &Operation) -> bool {
    use Operation as O;
    match (&step.operation, undo) {
        (O::SetCanary { .. }, O::RemoveCanary { .. }) => true,
        (O::SetDeployment { .. }, O::SetDeployment { deployment, .. })
        | (O::SetHttpDeployment { .. }, O::SetHttpDeployment { deployment, .. }) => {
            let said = replaced(step);
            said.is_none_or(|said| said == Value::deployment(deployment))
                && matches!(deployment, Later::Known(_))
        }
        (
            O::UpdateRoute { key, .. },
            O::UpdateRoute {
                key: k,
                integration,
                ..
            },
        ) => {
            let said = replaced(step);
            said.is_none_or(|said| said == Value::integration(integration)) && key == k
        }
        (O::UpdateIntegration { method, patch }, O::UpdateIntegration { patch: old, .. }) => {
            let mut said = step.preconditions.iter();
            let said = said.find_map(|condition| match condition {
                Condition::IntegrationIs { method: m, patch } if m == method => Some(patch),
                _ => None,
            });
            matches!(old.connection_id, ConnectionId::Template(_))
                && said.is_none_or(|said| {
                    said.connection_id == old.connection_id && said.uri == old.uri
                })
                && patch.uri.is_some() == old.uri.is_some()
        }
        _ => false,
    }
}

/// What a step says stands where it puts something else.
fn replaced(step: &Step) -> Option<Value<'_>> {
    let thing = Act::of(&step.id, &step.operation).thing();
    step.preconditions
        .iter()
        .find_map(|condition| match (condition, thing) {
            (
                Condition::StageRuns {
                    api,
                    stage,
                    deployment,
                },
                Thing::Stage(a, s),
            ) if a == api && s == stage => Some(Value::deployment(deployment)),
            (
                Condition::HttpStageRuns {
                    api,
                    stage,
                    deployment,
                },
                Thing::HttpStage(a, s),
            ) if a == api && s == stage => Some(Value::deployment(deployment)),
            (
                Condition::RouteGoesTo {
                    api,
                    route,
                    integration,
                },
                Thing::Route(a, r),
            ) if a == api && r == route => Some(Value::integration(integration)),
            _ => None,
        })
}

/// Whether a way back asks for just what the operation brought about.
fn is_guarded(
    operation: &Operation,
    step: &unbridge_model::id::StepId,
    only_if: &[Condition],
) -> bool {
    use Operation as O;
    let asks = |wanted: &Condition| only_if.contains(wanted);
    match operation {
        O::CreateVpcLink { .. } => asks(&Condition::LinkUnused {
            link: Later::From(step.clone()),
        }),
        O::UpdateIntegration { method, patch } => asks(&Condition::IntegrationIs {
            method: method.clone(),
            patch: patch.clone(),
        }),
        O::SetCanary {
            api,
            stage,
            deployment,
            ..
        } => only_if.iter().any(|one| {
            matches!(one, Condition::CanaryIs { api: a, stage: s, deployment: d, .. }
                if a == api && s == stage && d == deployment)
        }),
        O::SetDeployment {
            api,
            stage,
            deployment,
        } => asks(&Condition::StageRuns {
            api: api.clone(),
            stage: stage.clone(),
            deployment: deployment.clone(),
        }),
        O::UpdateRoute {
            api,
            route,
            integration,
            ..
        } => asks(&Condition::RouteGoesTo {
            api: api.clone(),
            route: route.clone(),
            integration: integration.clone(),
        }),
        O::SetHttpDeployment {
            api,
            stage,
            deployment,
        } => asks(&Condition::HttpStageRuns {
            api: api.clone(),
            stage: stage.clone(),
            deployment: deployment.clone(),
        }),
        O::CreateHttpDeployment { api, .. } => asks(&Condition::HttpDeploymentUnused {
            api: api.clone(),
            deployment: Later::From(step.clone()),
        }),
        O::RevokeRule { group, rule } => asks(&Condition::RuleGone {
            group: group.clone(),
            rule: rule.clone(),
        }),
        O::DeregisterTarget {
            group,
            target,
            port,
        } => asks(&Condition::TargetGone {
            group: group.clone(),
            target: target.clone(),
            port: *port,
        }),
        // The plan's own link goes before a rule for it does; another one may be used by others.
        O::AuthorizeRule { group, rule } => {
            let guarded = |one: &Condition| matches!(one, Condition::LinkUnused { .. });
            group.step().is_some() || rule.peer.step().is_some() || only_if.iter().any(guarded)
        }
        // What these make is known by its id, or by a rule's own words.
        O::CreateSecurityGroup { .. }
        | O::RevokeDefaultEgress { .. }
        | O::DeleteSecurityGroup { .. }
        | O::DeleteVpcLink { .. }
        | O::CreateDeployment { .. }
        | O::DeleteDeployment { .. }
        | O::CreateStage { .. }
        | O::FurnishStage { .. }
        | O::DeleteStage { .. }
        | O::RemoveCanary { .. }
        | O::CreateHttpIntegration { .. }
        | O::DeleteHttpIntegration { .. }
        | O::DeleteHttpDeployment { .. }
        | O::DeleteV1Link { .. }
        | O::RegisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => true,
    }
}
