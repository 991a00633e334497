//! Whether changes stand in the phases they belong to, and nothing is destroyed before the last.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::id::LoadBalancerArn;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{ObjectRef, Phase, Step, Undo};

use super::code::LintCode;
use super::findings::Findings;
use super::thing::{Act, Thing};

/// Load balancers that a plan deletes.
type Going<'p> = BTreeSet<&'p LoadBalancerArn>;

pub(super) fn check(findings: &mut Findings<'_>) {
    let mut reached: BTreeMap<ObjectRef, Phase> = BTreeMap::new();
    for (place, step) in findings.steps() {
        let act = Act::of(&step.id, &step.operation);
        let ours = act.thing().is_made() || findings.makes(act.thing(), place);
        let belongs = phases(&step.operation);
        if is_destructive(act) && !ours {
            if step.phase != Phase::Retire {
                let what = "it destroys what the plan did not make, and this is no retirement";
                findings.at(place, LintCode::DestroysTooEarly, what);
            }
        } else if !belongs.contains(&step.phase) {
            let what = format!("such a change does not belong to phase {}", step.phase);
            findings.at(place, LintCode::WrongPhase, what);
        }
        if let Some(api) = api(act.thing()) {
            let before = reached.insert(api, step.phase);
            if let Some(before) = before.filter(|before| *before > step.phase) {
                let what = format!("phase {} of its API was over: {before} began", step.phase);
                findings.at(place, LintCode::OutOfOrder, what);
            }
        }
    }
    retirement(findings);
}

fn retirement(findings: &mut Findings<'_>) {
    let mut phases = findings
        .steps()
        .map(|(_, step)| step.phase == Phase::Retire);
    let first = phases.next();
    if first.is_some_and(|first| phases.any(|other| other != first)) {
        let what = "it retires something and does something else besides";
        findings.whole(LintCode::RetireMixed, what);
    }
    let going: Going<'_> = findings
        .steps()
        .filter_map(|(_, step)| match &step.operation {
            Operation::DeleteLoadBalancer { load_balancer } => Some(load_balancer),
            _ => None,
        })
        .collect();
    let mut waited = 0;
    let mut ended = false;
    for (place, step) in findings.steps() {
        match &step.undo {
            Undo::Impossible { .. } => {
                let wanted = findings.plan.body.choices.retirement.quarantine_seconds;
                if !ended && place > 0 && waited < wanted {
                    let what = "nobody has the time that was chosen to notice before it";
                    findings.at(place, LintCode::GateMissing, what);
                }
                ended = true;
            }
            Undo::Operation { .. } | Undo::Nothing if ended => {
                let what = "it can be taken back and comes after what cannot";
                findings.at(place, LintCode::OutOfOrder, what);
            }
            Undo::Operation { .. } | Undo::Nothing => {}
        }
        if let Some(Gate::Drain { seconds }) = step.gate {
            waited = waited.max(seconds);
        }
        disuse(findings, place, step, &going);
    }
}

/// H37 to H39. A link is deleted for its load balancer's sake: without a way back, for one that has
/// to stay, would be the worst of both.
fn disuse(findings: &mut Findings<'_>, place: usize, step: &Step, going: &Going<'_>) {
    let asks = |wanted: &dyn Fn(&Condition) -> bool| step.preconditions.iter().any(wanted);
    let mine = |one: &LoadBalancerArn| match &step.operation {
        Operation::DeleteLoadBalancer { load_balancer } => one == load_balancer,
        _ => going.is_empty() || going.contains(one),
    };
    let unnamed = |one: &Condition| matches!(one, Condition::LoadBalancerUnnamed { load_balancer, .. } if mine(load_balancer));
    let open = |one: &Condition| matches!(one, Condition::NotProtected { load_balancer } if mine(load_balancer));
    let (is_unused, is_open) = match &step.operation {
        Operation::DeleteV1Link { link } => {
            let unused = |one: &Condition| matches!(one, Condition::V1LinkUnused { link: asked, .. } if asked == link);
            let alone = going.is_empty();
            (
                asks(&unused) && (alone || asks(&unnamed)),
                alone || asks(&open),
            )
        }
        Operation::DeleteLoadBalancer { .. } => (asks(&unnamed), asks(&open)),
        _ => (true, true),
    };
    if !is_unused {
        let what = "it does not ask first whether any API still names what it deletes";
        findings.at(place, LintCode::DisuseNotAsked, what);
    }
    if !is_open {
        let what = "it does not ask first whether the load balancer is protected";
        findings.at(place, LintCode::ProtectionNotAsked, what);
    }
    let is_there = match &step.operation {
        Operation::DeregisterTarget {
            group,
            target,
            port,
        } => asks(&|one| {
            *one == Condition::TargetRegistered {
                group: group.clone(),
                target: target.clone(),
                port: *port,
            }
        }),
        Operation::RevokeRule { group, rule } => asks(&|one| {
            *one == Condition::RuleStands {
                group: group.clone(),
                rule: rule.clone(),
            }
        }),
        _ => true,
    };
    if !is_there {
        let what = "it does not ask whether what it takes away stands there";
        findings.at(place, LintCode::BeforeNotAsked, what);
    }
}

fn is_destructive(act: Act<'_>) -> bool {
    match act {
        Act::Deletes(_) => true,
        Act::Makes(_) | Act::Changes(_) => false,
    }
}

/// The API whose way through the phases a change is a part of.
fn api(thing: Thing<'_>) -> Option<ObjectRef> {
    let object = thing.object()?;
    match object {
        ObjectRef::RestApi(_) | ObjectRef::HttpApi(_) => Some(object),
        ObjectRef::LoadBalancer(_)
        | ObjectRef::SecurityGroup(_)
        | ObjectRef::TargetGroup(_)
        | ObjectRef::Vpc(_)
        | ObjectRef::VpcLink(_) => None,
    }
}

/// The phases that a change belongs to; for what destroys, where it destroys what the plan made.
fn phases(operation: &Operation) -> &'static [Phase] {
    use Operation as O;
    match operation {
        O::CreateSecurityGroup { .. }
        | O::RevokeDefaultEgress { .. }
        | O::AuthorizeRule { .. }
        | O::CreateVpcLink { .. } => &[Phase::Prepare],
        O::UpdateIntegration { .. } => &[Phase::Rewire],
        O::CreateDeployment { .. } | O::CreateStage { .. } | O::FurnishStage { .. } => {
            &[Phase::Baseline, Phase::Shift]
        }
        O::DeleteDeployment { .. } | O::DeleteStage { .. } => {
            &[Phase::Baseline, Phase::Shift, Phase::TidyUp]
        }
        O::CreateHttpIntegration { .. } => &[Phase::Prepare, Phase::Rewire],
        O::UpdateRoute { .. } => &[Phase::Rewire, Phase::Shift],
        O::SetCanary { .. }
        | O::RemoveCanary { .. }
        | O::SetDeployment { .. }
        | O::CreateHttpDeployment { .. }
        | O::SetHttpDeployment { .. } => &[Phase::Shift],
        O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. }
        | O::DeleteVpcLink { .. }
        | O::DeleteHttpDeployment { .. }
        | O::DeleteHttpIntegration { .. } => &[Phase::TidyUp],
        O::DeleteV1Link { .. }
        | O::DeregisterTarget { .. }
        | O::RegisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => &[Phase::Retire],
    }
}
