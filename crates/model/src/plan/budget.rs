//! What a plan costs AWS: the calls that each change and each look at a state is, the budgets they
//! spend, and how long AWS itself takes. A forecast counts with these numbers, and so does whoever
//! keeps a run at its pace.
//!
//! One operation may be several calls, for what has to be read before it or cannot be said at once.
//! The counts are those of an attempt that goes well.

use std::time::Duration;

use strum::{IntoStaticStr, VariantArray};

use crate::call::Service;
use crate::plan::condition::Condition;
use crate::plan::operation::Operation;
use crate::plan::value::Values;
use crate::quota::Budget;

/// How long a version 2 link is `PENDING`. AWS says "a few minutes" (API Gateway developer guide,
/// "Set up VPC links V2") and up to 10 (CloudFormation template reference,
/// `AWS::ApiGatewayV2::VpcLink`); for links of version 1 it says 2 to 4 (API Gateway API reference,
/// `CreateVpcLink`). The longer one of these is expected here, as by the simulator.
pub const LINK_COMES: Duration = Duration::from_secs(240);

/// How long a link of either version is `DELETING`. AWS does not say; the simulator takes the same.
pub const LINK_GOES: Duration = Duration::from_secs(120);

/// Between two looks at something that is to come.
pub const POLL: Duration = Duration::from_secs(5);

/// How long one call takes: an assumption. At the default pace it does not count, for there the
/// budget of API Gateway is the slower of the two.
pub const CALL: Duration = Duration::from_millis(100);

/// How long it takes to prove a temporary stage: until requests reach it (tens of seconds; AWS names
/// no time), and its requests. An assumption.
pub const PROOF: Duration = Duration::from_secs(60);

/// A call that a run makes. The two generations of API Gateway are told apart by a `V2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray, IntoStaticStr)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum RunCall {
    AssociateWebAcl,
    AuthorizeSecurityGroupEgress,
    AuthorizeSecurityGroupIngress,
    CreateDeployment,
    CreateDeploymentV2,
    CreateIntegrationV2,
    CreateSecurityGroup,
    CreateStage,
    CreateVpcLinkV2,
    DeleteDeployment,
    DeleteDeploymentV2,
    DeleteIntegrationV2,
    DeleteLoadBalancer,
    DeleteSecurityGroup,
    DeleteStage,
    DeleteTargetGroup,
    DeleteVpcLink,
    DeleteVpcLinkV2,
    DeregisterTargets,
    DescribeLoadBalancerAttributes,
    DescribeLoadBalancers,
    DescribeSecurityGroups,
    DescribeSubnets,
    DescribeTargetGroups,
    DescribeTargetHealth,
    ExportApiV2,
    GetApisV2,
    GetDeployment,
    GetDeploymentV2,
    GetDeployments,
    GetDeploymentsV2,
    GetExport,
    GetIntegration,
    GetIntegrationV2,
    GetIntegrationsV2,
    GetResources,
    GetRestApis,
    GetRouteV2,
    GetStage,
    GetStageV2,
    GetStages,
    GetStagesV2,
    GetVpcLink,
    GetVpcLinkV2,
    GetVpcLinksV2,
    RegisterTargets,
    RevokeSecurityGroupEgress,
    RevokeSecurityGroupIngress,
    UpdateIntegration,
    UpdateRouteV2,
    UpdateStage,
    UpdateStageV2,
}

impl RunCall {
    /// The call of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::VARIANTS.iter().copied();
        all.find(|call| <&str>::from(call) == name)
    }

    /// The service it is made to.
    #[must_use]
    pub fn service(self) -> Service {
        match self {
            Self::AssociateWebAcl => Service::Wafv2,
            Self::AuthorizeSecurityGroupEgress
            | Self::AuthorizeSecurityGroupIngress
            | Self::CreateSecurityGroup
            | Self::DeleteSecurityGroup
            | Self::DescribeSecurityGroups
            | Self::DescribeSubnets
            | Self::RevokeSecurityGroupEgress
            | Self::RevokeSecurityGroupIngress => Service::Ec2,
            Self::DeleteLoadBalancer
            | Self::DeleteTargetGroup
            | Self::DeregisterTargets
            | Self::DescribeLoadBalancerAttributes
            | Self::DescribeLoadBalancers
            | Self::DescribeTargetGroups
            | Self::DescribeTargetHealth
            | Self::RegisterTargets => Service::ElasticLoadBalancing,
            Self::CreateDeployment
            | Self::CreateDeploymentV2
            | Self::CreateIntegrationV2
            | Self::CreateStage
            | Self::CreateVpcLinkV2
            | Self::DeleteDeployment
            | Self::DeleteDeploymentV2
            | Self::DeleteIntegrationV2
            | Self::DeleteStage
            | Self::DeleteVpcLink
            | Self::DeleteVpcLinkV2
            | Self::ExportApiV2
            | Self::GetApisV2
            | Self::GetDeployment
            | Self::GetDeploymentV2
            | Self::GetDeployments
            | Self::GetDeploymentsV2
            | Self::GetExport
            | Self::GetIntegration
            | Self::GetIntegrationV2
            | Self::GetIntegrationsV2
            | Self::GetResources
            | Self::GetRestApis
            | Self::GetRouteV2
            | Self::GetStage
            | Self::GetStageV2
            | Self::GetStages
            | Self::GetStagesV2
            | Self::GetVpcLink
            | Self::GetVpcLinkV2
            | Self::GetVpcLinksV2
            | Self::UpdateIntegration
            | Self::UpdateRouteV2
            | Self::UpdateStage
            | Self::UpdateStageV2 => Service::ApiGateway,
        }
    }

    /// Whether it only reads.
    #[must_use]
    pub fn reads(self) -> bool {
        let name: &'static str = self.into();
        ["Describe", "Export", "Get"]
            .iter()
            .any(|verb| name.starts_with(verb))
    }

    /// The budgets it spends from, the narrowest first.
    #[must_use]
    pub fn budgets(self) -> &'static [Budget] {
        match (self, self.service(), self.reads()) {
            (Self::CreateDeployment | Self::CreateDeploymentV2, _, _) => {
                &[Budget::CreateDeployment, Budget::ApiGateway]
            }
            (Self::CreateVpcLinkV2, _, _) => &[Budget::CreateVpcLink, Budget::ApiGateway],
            (Self::DeleteVpcLinkV2, _, _) => &[Budget::DeleteVpcLink, Budget::ApiGateway],
            (Self::GetResources, _, _) => &[Budget::GetResources, Budget::ApiGateway],
            (Self::RegisterTargets | Self::DeregisterTargets, _, _) => &[
                Budget::ElasticLoadBalancingTargets,
                Budget::ElasticLoadBalancing,
            ],
            (_, Service::ApiGateway, _) => &[Budget::ApiGateway],
            (_, Service::ElasticLoadBalancing, true) => &[Budget::ElasticLoadBalancing],
            (_, Service::ElasticLoadBalancing, false) => &[
                Budget::ElasticLoadBalancingChanges,
                Budget::ElasticLoadBalancing,
            ],
            (_, Service::Ec2, true) => &[Budget::Ec2],
            (_, Service::Ec2, false) => &[Budget::Ec2Changes],
            // No run calls the others.
            (
                _,
                Service::Wafv2
                | Service::Acm
                | Service::CloudFront
                | Service::CloudWatch
                | Service::GlobalAccelerator
                | Service::Route53,
                _,
            ) => &[Budget::Unpublished(Service::Wafv2)],
        }
    }
}

impl<V: Values> Operation<V> {
    /// The calls that it is, in order: as many as it can be.
    #[must_use]
    pub fn calls(&self) -> &'static [RunCall] {
        use crate::network::Direction::{Egress, Ingress};
        use RunCall as R;
        match self {
            Self::CreateSecurityGroup { .. } => &[R::CreateSecurityGroup],
            Self::RevokeDefaultEgress { .. } => {
                &[R::DescribeSecurityGroups, R::RevokeSecurityGroupEgress]
            }
            Self::AuthorizeRule { rule, .. } => match rule.direction {
                Ingress => &[R::AuthorizeSecurityGroupIngress],
                Egress => &[R::AuthorizeSecurityGroupEgress],
            },
            Self::RevokeRule { rule, .. } => match rule.direction {
                Ingress => &[R::RevokeSecurityGroupIngress],
                Egress => &[R::RevokeSecurityGroupEgress],
            },
            Self::DeleteSecurityGroup { .. } => &[R::DeleteSecurityGroup],
            Self::CreateVpcLink { .. } => &[R::CreateVpcLinkV2],
            Self::DeleteVpcLink { .. } => &[R::DeleteVpcLinkV2],
            Self::UpdateIntegration { .. } => &[R::UpdateIntegration],
            Self::CreateDeployment { .. } => &[R::CreateDeployment],
            Self::DeleteDeployment { .. } => &[R::DeleteDeployment],
            // The last two only where the stage it is like has what they bring.
            Self::CreateStage { .. } => &[
                R::GetStage,
                R::CreateStage,
                R::UpdateStage,
                R::AssociateWebAcl,
            ],
            // The last two only where something is missing.
            Self::FurnishStage { .. } => {
                &[R::GetStage, R::GetStage, R::UpdateStage, R::AssociateWebAcl]
            }
            Self::DeleteStage { .. } => &[R::DeleteStage],
            Self::SetCanary { .. } | Self::RemoveCanary { .. } | Self::SetDeployment { .. } => {
                &[R::UpdateStage]
            }
            Self::CreateHttpIntegration { .. } => &[R::GetIntegrationV2, R::CreateIntegrationV2],
            Self::DeleteHttpIntegration { .. } => &[R::DeleteIntegrationV2],
            Self::UpdateRoute { .. } => &[R::UpdateRouteV2],
            Self::CreateHttpDeployment { .. } => &[R::CreateDeploymentV2],
            Self::DeleteHttpDeployment { .. } => &[R::DeleteDeploymentV2],
            Self::SetHttpDeployment { .. } => &[R::UpdateStageV2],
            Self::DeleteV1Link { .. } => &[R::DeleteVpcLink],
            Self::DeregisterTarget { .. } => &[R::DeregisterTargets],
            Self::RegisterTarget { .. } => &[R::RegisterTargets],
            Self::DeleteLoadBalancer { .. } => &[R::DeleteLoadBalancer],
            Self::DeleteTargetGroup { .. } => &[R::DeleteTargetGroup],
        }
    }

    /// The calls by which what it made is looked for when its answer was lost; empty when it makes
    /// nothing. Pages are further calls.
    #[must_use]
    pub fn search(&self) -> &'static [RunCall] {
        use crate::plan::operation::Operation as O;
        match self {
            O::CreateSecurityGroup { .. } => &[RunCall::DescribeSecurityGroups],
            O::CreateVpcLink { .. } => &[RunCall::GetVpcLinksV2],
            O::CreateDeployment { .. } => &[RunCall::GetDeployments],
            O::CreateHttpDeployment { .. } => &[RunCall::GetDeploymentsV2],
            O::CreateHttpIntegration { .. } => &[RunCall::GetIntegrationsV2],
            O::RevokeDefaultEgress { .. }
            | O::AuthorizeRule { .. }
            | O::RevokeRule { .. }
            | O::DeleteSecurityGroup { .. }
            | O::DeleteVpcLink { .. }
            | O::UpdateIntegration { .. }
            | O::DeleteDeployment { .. }
            | O::CreateStage { .. }
            | O::FurnishStage { .. }
            | O::DeleteStage { .. }
            | O::SetCanary { .. }
            | O::RemoveCanary { .. }
            | O::SetDeployment { .. }
            | O::DeleteHttpIntegration { .. }
            | O::UpdateRoute { .. }
            | O::DeleteHttpDeployment { .. }
            | O::SetHttpDeployment { .. }
            | O::DeleteV1Link { .. }
            | O::DeregisterTarget { .. }
            | O::RegisterTarget { .. }
            | O::DeleteLoadBalancer { .. }
            | O::DeleteTargetGroup { .. } => &[],
        }
    }

    /// How long AWS takes to bring this state about once the change is made; nothing where it is
    /// there at once.
    #[must_use]
    pub fn brings_after(&self, condition: &Condition<V>) -> Duration {
        match (self, condition) {
            (Self::CreateVpcLink { .. }, Condition::LinkAvailable { .. }) => LINK_COMES,
            (Self::DeleteVpcLink { .. }, Condition::LinkGone { .. })
            | (Self::DeleteV1Link { .. }, Condition::V1LinkGone { .. }) => LINK_GOES,
            _ => Duration::ZERO,
        }
    }
}

impl<V: Values> Condition<V> {
    /// The calls by which it is seen. Of `LinkUnused` the least: it makes most of them for each API
    /// of the region.
    #[must_use]
    pub fn calls(&self) -> &'static [RunCall] {
        use RunCall as R;
        match self {
            Self::GroupStands { .. }
            | Self::GroupGone { .. }
            | Self::RuleStands { .. }
            | Self::RuleGone { .. }
            | Self::DefaultEgressGone { .. } => &[R::DescribeSecurityGroups],
            Self::LinkAvailable { .. } | Self::LinkGone { .. } => &[R::GetVpcLinkV2],
            Self::LinkUnused { .. } | Self::V1LinkUnused { .. } => &[
                R::GetRestApis,
                R::GetStages,
                R::GetResources,
                R::GetExport,
                R::GetApisV2,
                R::GetIntegrationsV2,
                R::GetStagesV2,
                R::ExportApiV2,
            ],
            Self::LinkAdmitted { .. } => &[
                R::GetVpcLinkV2,
                R::DescribeLoadBalancers,
                R::DescribeSecurityGroups,
                R::DescribeSubnets,
            ],
            Self::IntegrationIs { .. } => &[R::GetIntegration],
            Self::DeploymentStands { .. } | Self::DeploymentGone { .. } => &[R::GetDeployment],
            Self::StageRuns { .. }
            | Self::CanaryIs { .. }
            | Self::NoCanary { .. }
            | Self::StageGone { .. } => &[R::GetStage],
            Self::StageFurnished { .. } => &[R::GetStage, R::GetStage],
            Self::StagesAlike { .. } => &[R::GetExport, R::GetExport],
            Self::RouteGoesTo { .. } => &[R::GetRouteV2],
            Self::HttpIntegrationGone { .. } => &[R::GetIntegrationV2],
            Self::HttpDeploymentGone { .. } => &[R::GetDeploymentV2],
            Self::HttpDeploymentUnused { .. } => &[R::GetStagesV2],
            Self::HttpStageRuns { .. } => &[R::GetStageV2],
            Self::V1LinkGone { .. } => &[R::GetVpcLink],
            Self::TargetRegistered { .. } | Self::TargetGone { .. } => &[R::DescribeTargetHealth],
            Self::NotProtected { .. } => &[R::DescribeLoadBalancerAttributes],
            Self::LoadBalancerGone { .. } => &[R::DescribeLoadBalancers],
            Self::LoadBalancerUnnamed { .. } => &[
                R::DescribeLoadBalancers,
                R::GetRestApis,
                R::GetStages,
                R::GetResources,
                R::GetExport,
                R::GetApisV2,
                R::GetIntegrationsV2,
                R::GetStagesV2,
                R::ExportApiV2,
            ],
            Self::TargetGroupGone { .. } => &[R::DescribeTargetGroups],
        }
    }
}
