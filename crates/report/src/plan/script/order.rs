//! In which order steps are taken back: what could drop a request goes before everything else, and
//! what a request could be using goes last.

use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Phase, Plan, Step, Undo};

/// Seconds between the last request that was moved back and the first thing that is deleted, where
/// the plan says nothing: a request runs up to 29 s, a stage's change takes up to 120 s to arrive.
const DRAIN: u32 = 149;

/// When a step is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::plan) enum Rank {
    /// What the old way needs is put back.
    Restore,
    /// Requests go the old way again.
    Requests,
    /// The draft is as it was.
    Draft,
    /// Temporary stages, deployments, integrations that no route names.
    Temporary,
    /// Links.
    Links,
    /// Rules of security groups.
    Rules,
    /// Security groups.
    Groups,
}

/// The way back from a step.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) struct Back<'p> {
    pub(in crate::plan) step: &'p Step,
    pub(in crate::plan) rank: Rank,
}

/// The ways back of these steps, in order.
pub(in crate::plan) fn ways_back(steps: &[Step]) -> Vec<Back<'_>> {
    let mut ways: Vec<Back<'_>> = steps
        .iter()
        .rev()
        .filter_map(|step| match &step.undo {
            Undo::Operation { operation, .. } => Some(Back {
                step,
                rank: rank(operation),
            }),
            Undo::Nothing | Undo::Impossible { .. } => None,
        })
        .collect();
    ways.sort_by_key(|way| way.rank);
    ways
}

fn rank(operation: &Operation) -> Rank {
    use Operation as O;
    match operation {
        O::CreateSecurityGroup { .. }
        | O::AuthorizeRule { .. }
        | O::CreateVpcLink { .. }
        | O::CreateDeployment { .. }
        | O::CreateStage { .. }
        | O::CreateHttpIntegration { .. }
        | O::CreateHttpDeployment { .. }
        | O::RegisterTarget { .. } => Rank::Restore,
        O::RemoveCanary { .. }
        | O::SetCanary { .. }
        | O::SetDeployment { .. }
        | O::UpdateRoute { .. }
        | O::SetHttpDeployment { .. } => Rank::Requests,
        O::UpdateIntegration { .. } => Rank::Draft,
        O::DeleteStage { .. }
        | O::DeleteDeployment { .. }
        | O::DeleteHttpIntegration { .. }
        | O::DeregisterTarget { .. } => Rank::Temporary,
        O::DeleteVpcLink { .. } | O::DeleteV1Link { .. } => Rank::Links,
        O::RevokeRule { .. } | O::RevokeDefaultEgress { .. } => Rank::Rules,
        O::DeleteSecurityGroup { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => Rank::Groups,
    }
}

/// How long requests that began before they were moved back may last, in seconds.
pub(in crate::plan) fn drain(steps: &[Step]) -> u32 {
    let gates = steps.iter().filter_map(|step| match &step.gate {
        Some(Gate::Drain { seconds }) => Some(*seconds),
        Some(Gate::Proof { .. } | Gate::Bake { .. } | Gate::BakeHttp { .. }) | None => None,
    });
    gates.max().unwrap_or(DRAIN)
}

/// The steps before the point of no return, and those from there on: a step of the retirement, one
/// without a way back, or one that deletes what no plan can make again.
pub(in crate::plan) fn at_no_return(plan: &Plan) -> (&[Step], &[Step]) {
    let steps = &plan.body.steps;
    let first = steps.iter().position(|step| {
        step.phase == Phase::Retire
            || matches!(step.undo, Undo::Impossible { .. })
            || deletes_for_good(&step.operation)
    });
    steps.split_at(first.unwrap_or(steps.len()))
}

fn deletes_for_good(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::DeleteV1Link { .. }
            | Operation::DeleteLoadBalancer { .. }
            | Operation::DeleteTargetGroup { .. }
    )
}
