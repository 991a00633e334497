//! In which order steps are taken back. It is not the reverse of the plan: what could drop a request
//! goes before everything else, and what a request could be using goes last.

use unbridge_model::plan::Undo;
use unbridge_model::plan::operation::Operation;

/// When a step is taken back; within a rank, the later step first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
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
    pub(super) const BEFORE_DRAIN: [Self; 3] = [Self::Restore, Self::Requests, Self::Draft];
    /// What deletes.
    pub(super) const AFTER_DRAIN: [Self; 5] = [
        Self::Temporary,
        Self::Links,
        Self::Rules,
        Self::Groups,
        Self::Last,
    ];
}

/// When a step with this way back is taken back.
pub(super) fn rank(undo: &Undo) -> Rank {
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
        O::DeleteVpcLink { .. } => Rank::Links,
        O::RevokeRule { .. } | O::RevokeDefaultEgress { .. } => Rank::Rules,
        O::DeleteSecurityGroup { .. } => Rank::Groups,
        O::DeleteV1Link { .. } | O::DeleteLoadBalancer { .. } | O::DeleteTargetGroup { .. } => {
            Rank::Last
        }
    }
}
