//! What AWS allows per second, in virtual time.
//!
//! How full a bucket is, is no part of a digest: a call that is throttled has no effect and is made
//! again.

use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::gap::GapClass;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::{OutputKind, Settled};
use unbridge_model::port::{ReadError, WriteError, WriteFailure};

use super::world::World;

/// A bucket of tokens; each call takes one from each of its buckets, or is throttled and takes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bucket {
    /// Rule `quota-api-gateway`: 10 calls a second, burst 40, reads included.
    ApiGateway,
    /// Rule `quota-create-deployment`: 1 in 5 seconds.
    CreateDeployment,
    /// Rule `quota-create-link`: version 2, 1 in 15 seconds.
    CreateVpcLink,
    /// Rule `quota-delete-link`: version 2, 1 in 30 seconds.
    DeleteVpcLink,
    /// Rule `quota-elb`: changes of load balancers, 3 a second, burst 20; of targets, 4 a second,
    /// burst 20; everything together, 10 a second, burst 40.
    Elb,
    ElbChanges,
    ElbTargets,
}

impl Bucket {
    /// One token every so many milliseconds, and how many a full bucket holds.
    fn size(self) -> (u64, u32) {
        match self {
            Self::ApiGateway | Self::Elb => (100, 40),
            Self::CreateDeployment => (5_000, 1),
            Self::CreateVpcLink => (15_000, 1),
            Self::DeleteVpcLink => (30_000, 1),
            Self::ElbChanges => (334, 20),
            Self::ElbTargets => (250, 20),
        }
    }

    /// AWS's words.
    fn words(self) -> &'static str {
        match self {
            Self::ApiGateway
            | Self::CreateDeployment
            | Self::CreateVpcLink
            | Self::DeleteVpcLink => "TooManyRequestsException: Too Many Requests",
            Self::Elb | Self::ElbChanges | Self::ElbTargets => "ThrottlingException: Rate exceeded",
        }
    }
}

/// When each bucket would be full again.
#[derive(Debug, Clone, Default)]
pub(super) struct Buckets(BTreeMap<Bucket, Duration>);

impl Buckets {
    /// Takes a token from each, or none.
    fn spend(&mut self, now: Duration, buckets: &[Bucket]) -> Result<(), (Bucket, Duration)> {
        for bucket in buckets {
            let (period, burst) = bucket.size();
            let period = Duration::from_millis(period);
            let full = self.0.get(bucket).copied().unwrap_or_default().max(now);
            let may = now + period * burst;
            if full + period > may {
                return Err((*bucket, full + period - may));
            }
        }
        for bucket in buckets {
            let (period, _) = bucket.size();
            let full = self.0.entry(*bucket).or_default();
            *full = (*full).max(now) + Duration::from_millis(period);
        }
        Ok(())
    }
}

fn of_change(operation: &Operation<Settled>) -> &'static [Bucket] {
    use Operation as O;
    match operation {
        O::CreateDeployment { .. } | O::CreateHttpDeployment { .. } => {
            &[Bucket::ApiGateway, Bucket::CreateDeployment]
        }
        O::CreateVpcLink { .. } => &[Bucket::ApiGateway, Bucket::CreateVpcLink],
        O::DeleteVpcLink { .. } => &[Bucket::ApiGateway, Bucket::DeleteVpcLink],
        O::UpdateIntegration { .. }
        | O::DeleteDeployment { .. }
        | O::CreateStage { .. }
        | O::FurnishStage { .. }
        | O::DeleteStage { .. }
        | O::SetCanary { .. }
        | O::RemoveCanary { .. }
        | O::SetDeployment { .. }
        | O::CreateHttpIntegration { .. }
        | O::DeleteHttpIntegration { .. }
        | O::UpdateRoute { .. }
        | O::DeleteHttpDeployment { .. }
        | O::SetHttpDeployment { .. }
        | O::DeleteV1Link { .. } => &[Bucket::ApiGateway],
        O::DeregisterTarget { .. } | O::RegisterTarget { .. } => &[Bucket::Elb, Bucket::ElbTargets],
        O::DeleteLoadBalancer { .. } | O::DeleteTargetGroup { .. } => {
            &[Bucket::Elb, Bucket::ElbChanges]
        }
        // EC2's buckets are far larger than what a plan needs.
        O::CreateSecurityGroup { .. }
        | O::RevokeDefaultEgress { .. }
        | O::AuthorizeRule { .. }
        | O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. } => &[],
    }
}

fn of_reading(condition: &Condition<Settled>) -> &'static [Bucket] {
    use Condition as C;
    match condition {
        C::GroupStands { .. }
        | C::GroupGone { .. }
        | C::RuleStands { .. }
        | C::RuleGone { .. }
        | C::DefaultEgressGone { .. } => &[],
        C::LinkAvailable { .. }
        | C::LinkGone { .. }
        | C::LinkUnused { .. }
        | C::IntegrationIs { .. }
        | C::DeploymentStands { .. }
        | C::DeploymentGone { .. }
        | C::StageRuns { .. }
        | C::CanaryIs { .. }
        | C::NoCanary { .. }
        | C::StageGone { .. }
        | C::StageFurnished { .. }
        | C::StagesAlike { .. }
        | C::RouteGoesTo { .. }
        | C::HttpIntegrationGone { .. }
        | C::HttpDeploymentGone { .. }
        | C::HttpDeploymentUnused { .. }
        | C::HttpStageRuns { .. }
        | C::V1LinkUnused { .. }
        | C::V1LinkGone { .. } => &[Bucket::ApiGateway],
        C::TargetRegistered { .. }
        | C::TargetGone { .. }
        | C::NotProtected { .. }
        | C::LoadBalancerUnnamed { .. }
        | C::LoadBalancerGone { .. }
        | C::TargetGroupGone { .. } => &[Bucket::Elb],
        C::LinkAdmitted { .. } => &[Bucket::ApiGateway, Bucket::Elb],
    }
}

fn of_search(made: Option<OutputKind>) -> &'static [Bucket] {
    match made {
        Some(OutputKind::VpcLink | OutputKind::Deployment | OutputKind::HttpIntegration) => {
            &[Bucket::ApiGateway]
        }
        Some(OutputKind::SecurityGroup) | None => &[],
    }
}

impl World {
    /// Pays for a change. Rule `throttled-changes-nothing`.
    pub(super) fn pay_for_change(
        &mut self,
        operation: &Operation<Settled>,
    ) -> Result<(), WriteError> {
        let paid = self.buckets.spend(self.now, of_change(operation));
        paid.map_err(|(bucket, wait)| {
            let mut error = WriteError::new(WriteFailure::Throttled, bucket.words());
            error.retry_after = Some(wait);
            error
        })
    }

    pub(super) fn pay_for_reading(
        &mut self,
        condition: &Condition<Settled>,
    ) -> Result<(), ReadError> {
        self.read(of_reading(condition))
    }

    /// What others may have touched is of API Gateway.
    pub(super) fn pay_for_untouched(&mut self) -> Result<(), ReadError> {
        self.read(&[Bucket::ApiGateway])
    }

    pub(super) fn pay_for_search(&mut self, made: Option<OutputKind>) -> Result<(), ReadError> {
        self.read(of_search(made))
    }

    fn read(&mut self, buckets: &[Bucket]) -> Result<(), ReadError> {
        let paid = self.buckets.spend(self.now, buckets);
        paid.map_err(|(bucket, wait)| {
            let mut error = ReadError::new(GapClass::Throttled, bucket.words());
            error.retry_after = Some(wait);
            error
        })
    }
}
