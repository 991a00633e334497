//! Operations with every value known, and how each is seen to have taken place.

use crate::plan::condition::Condition;
use crate::plan::operation::{ConnectionId, Effect, GroupRule, IntegrationPatch, Operation};
use crate::plan::value::{OutputKind, Outputs, Planned, Settled, Unsettled, Values};

impl GroupRule<Planned> {
    pub(super) fn settle(&self, outputs: &Outputs) -> Result<GroupRule<Settled>, Unsettled> {
        Ok(GroupRule {
            direction: self.direction,
            port: self.port,
            peer: outputs.group(&self.peer)?,
        })
    }
}

impl IntegrationPatch<Planned> {
    pub(super) fn settle(&self, outputs: &Outputs) -> Result<IntegrationPatch<Settled>, Unsettled> {
        Ok(IntegrationPatch {
            connection_id: match &self.connection_id {
                ConnectionId::Link(link) => ConnectionId::Link(outputs.link(link)?),
                ConnectionId::Template(template) => ConnectionId::Template(template.clone()),
            },
            integration_target: self.integration_target.clone(),
            uri: self.uri.clone(),
        })
    }
}

impl Operation<Planned> {
    /// The operation with every value known.
    ///
    /// # Errors
    /// [`Unsettled`] when a step that makes one of them has made nothing.
    pub fn settle(&self, outputs: &Outputs) -> Result<Operation<Settled>, Unsettled> {
        use Operation as O;
        Ok(match self.clone() {
            O::CreateSecurityGroup {
                vpc,
                name,
                description,
                tags,
            } => O::CreateSecurityGroup {
                vpc,
                name,
                description,
                tags,
            },
            O::RevokeDefaultEgress { group } => O::RevokeDefaultEgress {
                group: outputs.group(&group)?,
            },
            O::AuthorizeRule { group, rule } => O::AuthorizeRule {
                group: outputs.group(&group)?,
                rule: rule.settle(outputs)?,
            },
            O::RevokeRule { group, rule } => O::RevokeRule {
                group: outputs.group(&group)?,
                rule: rule.settle(outputs)?,
            },
            O::DeleteSecurityGroup { group } => O::DeleteSecurityGroup {
                group: outputs.group(&group)?,
            },
            O::CreateVpcLink {
                name,
                subnets,
                security_groups,
                tags,
            } => O::CreateVpcLink {
                name,
                subnets,
                security_groups: security_groups
                    .iter()
                    .map(|group| outputs.group(group))
                    .collect::<Result<_, _>>()?,
                tags,
            },
            O::DeleteVpcLink { link } => O::DeleteVpcLink {
                link: outputs.link(&link)?,
            },
            O::UpdateIntegration { method, patch } => O::UpdateIntegration {
                method,
                patch: patch.settle(outputs)?,
            },
            O::CreateDeployment { api, description } => O::CreateDeployment { api, description },
            O::DeleteDeployment { api, deployment } => O::DeleteDeployment {
                api,
                deployment: outputs.deployment(&deployment)?,
            },
            O::CreateStage {
                api,
                stage,
                deployment,
                like,
                tags,
            } => O::CreateStage {
                api,
                stage,
                deployment: outputs.deployment(&deployment)?,
                like,
                tags,
            },
            O::FurnishStage { api, stage, like } => O::FurnishStage { api, stage, like },
            O::DeleteStage { api, stage } => O::DeleteStage { api, stage },
            O::SetCanary {
                api,
                stage,
                deployment,
                percent,
            } => O::SetCanary {
                api,
                stage,
                deployment: outputs.deployment(&deployment)?,
                percent,
            },
            O::RemoveCanary { api, stage } => O::RemoveCanary { api, stage },
            O::SetDeployment {
                api,
                stage,
                deployment,
            } => O::SetDeployment {
                api,
                stage,
                deployment: outputs.deployment(&deployment)?,
            },
            O::CreateHttpIntegration {
                api,
                like,
                link,
                listener,
            } => O::CreateHttpIntegration {
                api,
                like,
                link: outputs.link(&link)?,
                listener,
            },
            O::DeleteHttpIntegration { api, integration } => O::DeleteHttpIntegration {
                api,
                integration: outputs.http_integration(&integration)?,
            },
            O::UpdateRoute {
                api,
                route,
                key,
                integration,
            } => O::UpdateRoute {
                api,
                route,
                key,
                integration: outputs.http_integration(&integration)?,
            },
            O::CreateHttpDeployment { api, description } => {
                O::CreateHttpDeployment { api, description }
            }
            O::DeleteHttpDeployment { api, deployment } => O::DeleteHttpDeployment {
                api,
                deployment: outputs.deployment(&deployment)?,
            },
            O::SetHttpDeployment {
                api,
                stage,
                deployment,
            } => O::SetHttpDeployment {
                api,
                stage,
                deployment: outputs.deployment(&deployment)?,
            },
            O::DeleteV1Link { link } => O::DeleteV1Link { link },
            O::DeregisterTarget {
                group,
                target,
                port,
            } => O::DeregisterTarget {
                group,
                target,
                port,
            },
            O::RegisterTarget {
                group,
                target,
                port,
            } => O::RegisterTarget {
                group,
                target,
                port,
            },
            O::DeleteLoadBalancer { load_balancer } => O::DeleteLoadBalancer { load_balancer },
            O::DeleteTargetGroup { group } => O::DeleteTargetGroup { group },
        })
    }
}

impl<V: Values + Clone> Operation<V> {
    /// How it is seen to have taken place.
    #[must_use]
    pub fn effect(&self) -> Effect<V> {
        use Condition as C;
        let condition = match self.clone() {
            Self::CreateSecurityGroup { .. } => return Effect::Makes(OutputKind::SecurityGroup),
            Self::CreateVpcLink { .. } => return Effect::Makes(OutputKind::VpcLink),
            Self::CreateDeployment { .. } | Self::CreateHttpDeployment { .. } => {
                return Effect::Makes(OutputKind::Deployment);
            }
            Self::CreateHttpIntegration { .. } => {
                return Effect::Makes(OutputKind::HttpIntegration);
            }
            Self::RevokeDefaultEgress { group } => C::DefaultEgressGone { group },
            Self::AuthorizeRule { group, rule } => C::RuleStands { group, rule },
            Self::RevokeRule { group, rule } => C::RuleGone { group, rule },
            Self::DeleteSecurityGroup { group } => C::GroupGone { group },
            Self::DeleteVpcLink { link } => C::LinkGone { link },
            Self::UpdateIntegration { method, patch } => C::IntegrationIs { method, patch },
            Self::DeleteDeployment { api, deployment } => C::DeploymentGone { api, deployment },
            Self::CreateStage {
                api,
                stage,
                deployment,
                ..
            }
            | Self::SetDeployment {
                api,
                stage,
                deployment,
            } => C::StageRuns {
                api,
                stage,
                deployment,
            },
            Self::FurnishStage { api, stage, like } => C::StageFurnished { api, stage, like },
            Self::DeleteStage { api, stage } => C::StageGone { api, stage },
            Self::SetCanary {
                api,
                stage,
                deployment,
                percent,
            } => C::CanaryIs {
                api,
                stage,
                deployment,
                percent: Some(percent),
            },
            Self::RemoveCanary { api, stage } => C::NoCanary { api, stage },
            Self::DeleteHttpIntegration { api, integration } => {
                C::HttpIntegrationGone { api, integration }
            }
            Self::UpdateRoute {
                api,
                route,
                integration,
                ..
            } => C::RouteGoesTo {
                api,
                route,
                integration,
            },
            Self::DeleteHttpDeployment { api, deployment } => {
                C::HttpDeploymentGone { api, deployment }
            }
            Self::SetHttpDeployment {
                api,
                stage,
                deployment,
            } => C::HttpStageRuns {
                api,
                stage,
                deployment,
            },
            Self::DeleteV1Link { link } => C::V1LinkGone { link },
            Self::DeregisterTarget {
                group,
                target,
                port,
            } => C::TargetGone {
                group,
                target,
                port,
            },
            Self::RegisterTarget {
                group,
                target,
                port,
            } => C::TargetRegistered {
                group,
                target,
                port,
            },
            Self::DeleteLoadBalancer { load_balancer } => C::LoadBalancerGone { load_balancer },
            Self::DeleteTargetGroup { group } => C::TargetGroupGone { group },
        };
        Effect::Brings(Box::new(condition))
    }
}
