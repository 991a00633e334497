//! In which order steps are taken back. It is not the reverse of the plan: what could drop a request
//! goes before everything else, and what a request could be using goes last.

use crate::plan::operation::Operation;
use crate::plan::{Step, Undo};

/// When a step is taken back; within a rank, the later step first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
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
    /// What goes with something else, or is never made by a plan.
    Last,
}

impl Rank {
    /// What moves requests and drafts.
    pub const BEFORE_DRAIN: [Self; 3] = [Self::Restore, Self::Requests, Self::Draft];
    /// What deletes.
    pub const AFTER_DRAIN: [Self; 5] = [
        Self::Temporary,
        Self::Links,
        Self::Rules,
        Self::Groups,
        Self::Last,
    ];
}

/// The way back from a step.
#[derive(Debug, Clone, Copy)]
pub struct Back<'p> {
    /// The step.
    pub step: &'p Step,
    /// When it is taken back.
    pub rank: Rank,
}

/// The ways back of these steps, in order, but for those of which nothing is to be taken back or
/// nothing can be.
#[must_use]
pub fn ways_back(steps: &[Step]) -> Vec<Back<'_>> {
    let steps = steps.iter().rev();
    let steps = steps.filter(|step| matches!(step.undo, Undo::Operation { .. }));
    let mut ways: Vec<Back<'_>> = steps
        .map(|step| Back {
            step,
            rank: rank(&step.undo),
        })
        .collect();
    ways.sort_by_key(|way| way.rank);
    ways
}

/// When a step with this way back is taken back.
#[must_use]
pub fn rank(undo: &Undo) -> Rank {
    use Operation as O;
    let operation = match undo {
        Undo::Operation { operation, .. } => operation,
        Undo::Nothing => return Rank::Last,
        // A run that has made such a step does not go back; that is said before anything is done.
        Undo::Impossible { .. } => return Rank::Restore,
    };
    match operation {
        O::CreateSecurityGroup { .. }
        | O::AuthorizeRule { .. }
        | O::CreateVpcLink { .. }
        | O::CreateDeployment { .. }
        | O::CreateStage { .. }
        | O::FurnishStage { .. }
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
        | O::DeleteHttpDeployment { .. }
        | O::DeregisterTarget { .. } => Rank::Temporary,
        O::DeleteVpcLink { .. } => Rank::Links,
        O::RevokeRule { .. } | O::RevokeDefaultEgress { .. } => Rank::Rules,
        O::DeleteSecurityGroup { .. } => Rank::Groups,
        O::DeleteV1Link { .. } | O::DeleteLoadBalancer { .. } | O::DeleteTargetGroup { .. } => {
            Rank::Last
        }
    }
}
