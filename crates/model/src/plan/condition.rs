//! What has to hold before a step, and what has to be seen after it: states of AWS that can be read
//! back, and gates that take time or traffic.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{
    HttpApiId, LoadBalancerArn, RestApiId, RouteId, StageName, TargetGroupArn, VpcId, VpcLinkId,
};
use crate::plan::operation::{GroupRule, IntegrationPatch, MethodRef, Percent};
use crate::plan::value::{Outputs, Planned, Settled, Unsettled, Values};
use crate::text::Text;

/// A state of AWS that can be read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    bound = "V: Values",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
#[schemars(bound = "V: Values", rename = "Condition")]
pub enum Condition<V: Values = Planned> {
    /// A security group of a VPC exists.
    GroupStands {
        /// The VPC.
        vpc: VpcId,
        /// The group.
        group: V::SecurityGroup,
    },
    /// A security group does not exist.
    GroupGone {
        /// The group.
        group: V::SecurityGroup,
    },
    /// A security group has a rule.
    RuleStands {
        /// The group.
        group: V::SecurityGroup,
        /// The rule.
        rule: GroupRule<V>,
    },
    /// A security group does not have this very rule.
    RuleGone {
        /// The group.
        group: V::SecurityGroup,
        /// The rule.
        rule: GroupRule<V>,
    },
    /// A security group lets nothing out but what its other rules name.
    DefaultEgressGone {
        /// The group.
        group: V::SecurityGroup,
    },
    /// A link of version 2 is `AVAILABLE`.
    LinkAvailable {
        /// The link.
        link: V::VpcLink,
    },
    /// A link of version 2 does not exist.
    LinkGone {
        /// The link.
        link: V::VpcLink,
    },
    /// No API of the region names a link of version 2: no draft, nothing that a stage or a canary
    /// release runs, be it by its id or through what a stage variable holds. AWS would delete the
    /// link under the latter (H3).
    LinkUnused {
        /// The link.
        link: V::VpcLink,
    },
    /// A load balancer's security groups let TCP on a port in from a link of version 2: from a group
    /// that the link carries, or from every one of its subnets (H33).
    LinkAdmitted {
        /// The link.
        link: V::VpcLink,
        /// The load balancer.
        load_balancer: LoadBalancerArn,
        /// The port.
        port: u16,
    },
    /// The draft's integration of a method holds what the patch sets.
    IntegrationIs {
        /// The method.
        method: MethodRef,
        /// What was set.
        patch: IntegrationPatch<V>,
    },
    /// A deployment of a REST API exists.
    DeploymentStands {
        /// The API.
        api: RestApiId,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// A deployment of a REST API does not exist.
    DeploymentGone {
        /// The API.
        api: RestApiId,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// A stage runs a deployment and has no canary release.
    StageRuns {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// A stage has a canary release on this deployment with this share and no variables of its own;
    /// any share when none is named.
    CanaryIs {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
        /// What canary requests run.
        deployment: V::Deployment,
        /// Their share.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<Percent>,
    },
    /// A stage exists and has no canary release.
    NoCanary {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
    },
    /// A REST API has no stage of this name.
    StageGone {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
    },
    /// A stage has the client certificate, the throttle of all methods and the web ACL of another
    /// one, as far as that one has any.
    StageFurnished {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
        /// The stage it takes its settings from.
        like: StageName,
    },
    /// Two stages run the same, method by method and setting by setting, but for these patches:
    /// with none, exactly the same (H24).
    StagesAlike {
        /// The API.
        api: RestApiId,
        /// A stage.
        stage: StageName,
        /// The stage it is compared with.
        like: StageName,
        /// Methods of `stage` that hold what these set, where those of `like` hold something else.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        but: Vec<PatchedMethod<V>>,
    },
    /// A route of an HTTP API goes to an integration.
    RouteGoesTo {
        /// The API.
        api: HttpApiId,
        /// The route.
        route: RouteId,
        /// The integration.
        integration: V::HttpIntegration,
    },
    /// An integration of an HTTP API does not exist.
    HttpIntegrationGone {
        /// The API.
        api: HttpApiId,
        /// The integration.
        integration: V::HttpIntegration,
    },
    /// A deployment of an HTTP API does not exist.
    HttpDeploymentGone {
        /// The API.
        api: HttpApiId,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// No stage of an HTTP API runs a deployment. Whether AWS would delete one that a stage runs is
    /// not documented.
    HttpDeploymentUnused {
        /// The API.
        api: HttpApiId,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// A stage of an HTTP API runs a deployment.
    HttpStageRuns {
        /// The API.
        api: HttpApiId,
        /// The stage.
        stage: StageName,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// No API of the region names a link of version 1: as [`Self::LinkUnused`], WebSocket APIs
    /// included (H3, H39).
    V1LinkUnused {
        /// The link.
        link: VpcLinkId,
        /// Whether WebSocket stages that cannot be read count.
        #[serde(default, skip_serializing_if = "WebsocketStages::is_default")]
        websockets: WebsocketStages,
    },
    /// A link of version 1 does not exist.
    V1LinkGone {
        /// The link.
        link: VpcLinkId,
    },
    /// A group has a target.
    TargetRegistered {
        /// The group.
        group: TargetGroupArn,
        /// The target.
        target: Text,
        /// Its port.
        port: u16,
    },
    /// A group does not have a target.
    TargetGone {
        /// The group.
        group: TargetGroupArn,
        /// The target.
        target: Text,
        /// Its port.
        port: u16,
    },
    /// A load balancer may be deleted as far as its deletion protection goes.
    NotProtected {
        /// The load balancer.
        load_balancer: LoadBalancerArn,
    },
    /// No API of the region names a load balancer: no draft, nothing that a stage or a canary
    /// release runs, be it as written or through what stage variables hold (H38).
    LoadBalancerUnnamed {
        /// The load balancer.
        load_balancer: LoadBalancerArn,
        /// Whether the hosts of addresses count.
        hosts: Hosts,
        /// Whether WebSocket stages that cannot be read count.
        #[serde(default, skip_serializing_if = "WebsocketStages::is_default")]
        websockets: WebsocketStages,
    },
    /// A load balancer does not exist.
    LoadBalancerGone {
        /// The load balancer.
        load_balancer: LoadBalancerArn,
    },
    /// A target group does not exist.
    TargetGroupGone {
        /// The group.
        group: TargetGroupArn,
    },
}

/// Whether a load balancer is named by an address whose host is its DNS name. Over a version 2 link
/// the host routes nothing; whether it has to resolve is not documented (H38).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Hosts {
    /// It is.
    Count,
    /// Only ARNs of it and of its listeners name it.
    DoNotCount,
}

/// Whether a stage of a WebSocket API that does not deploy by itself may run what is looked for: AWS
/// offers no export of it (H39). The integrations of its API count in any case.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum WebsocketStages {
    /// It may.
    #[default]
    Count,
    /// A person says that it runs its API's integrations.
    DoNotCount,
}

impl WebsocketStages {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A method and what its integration was set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "V: Values", deny_unknown_fields)]
#[schemars(bound = "V: Values", rename = "PatchedMethod")]
pub struct PatchedMethod<V: Values = Planned> {
    /// The method.
    pub method: MethodRef,
    /// What was set.
    pub patch: IntegrationPatch<V>,
}

/// What takes time or traffic before the next step may begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum Gate {
    /// Requests to a temporary stage are answered as those to a live one (H28).
    Proof {
        /// The API.
        api: RestApiId,
        /// The temporary stage.
        stage: StageName,
        /// The live stage.
        like: StageName,
    },
    /// The status codes of a stage stay what they were before its canary release (H30).
    Bake {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
        /// For so long.
        seconds: u32,
    },
    /// The status codes of stages of an HTTP API stay what they were before a route was moved, or
    /// another deployment set (H30, H31).
    BakeHttp {
        /// The API.
        api: HttpApiId,
        /// The stages.
        stages: Vec<StageName>,
        /// For so long.
        seconds: u32,
    },
    /// Requests that began before the last change have ended (H35).
    Drain {
        /// For so long.
        seconds: u32,
    },
}

impl Condition<Planned> {
    /// The condition with every value known.
    ///
    /// # Errors
    /// [`Unsettled`] when a step that makes one of them has made nothing.
    pub fn settle(&self, outputs: &Outputs) -> Result<Condition<Settled>, Unsettled> {
        use Condition as C;
        Ok(match self.clone() {
            C::GroupStands { vpc, group } => C::GroupStands {
                vpc,
                group: outputs.group(&group)?,
            },
            C::GroupGone { group } => C::GroupGone {
                group: outputs.group(&group)?,
            },
            C::RuleStands { group, rule } => C::RuleStands {
                group: outputs.group(&group)?,
                rule: rule.settle(outputs)?,
            },
            C::RuleGone { group, rule } => C::RuleGone {
                group: outputs.group(&group)?,
                rule: rule.settle(outputs)?,
            },
            C::DefaultEgressGone { group } => C::DefaultEgressGone {
                group: outputs.group(&group)?,
            },
            C::LinkAvailable { link } => C::LinkAvailable {
                link: outputs.link(&link)?,
            },
            C::LinkGone { link } => C::LinkGone {
                link: outputs.link(&link)?,
            },
            C::LinkUnused { link } => C::LinkUnused {
                link: outputs.link(&link)?,
            },
            C::LinkAdmitted {
                link,
                load_balancer,
                port,
            } => C::LinkAdmitted {
                link: outputs.link(&link)?,
                load_balancer,
                port,
            },
            C::IntegrationIs { method, patch } => C::IntegrationIs {
                method,
                patch: patch.settle(outputs)?,
            },
            C::DeploymentStands { api, deployment } => C::DeploymentStands {
                api,
                deployment: outputs.deployment(&deployment)?,
            },
            C::DeploymentGone { api, deployment } => C::DeploymentGone {
                api,
                deployment: outputs.deployment(&deployment)?,
            },
            C::StageRuns {
                api,
                stage,
                deployment,
            } => C::StageRuns {
                api,
                stage,
                deployment: outputs.deployment(&deployment)?,
            },
            C::CanaryIs {
                api,
                stage,
                deployment,
                percent,
            } => C::CanaryIs {
                api,
                stage,
                deployment: outputs.deployment(&deployment)?,
                percent,
            },
            C::NoCanary { api, stage } => C::NoCanary { api, stage },
            C::StageGone { api, stage } => C::StageGone { api, stage },
            C::StageFurnished { api, stage, like } => C::StageFurnished { api, stage, like },
            C::StagesAlike {
                api,
                stage,
                like,
                but,
            } => C::StagesAlike {
                api,
                stage,
                like,
                but: but
                    .iter()
                    .map(|one| one.settle(outputs))
                    .collect::<Result<_, _>>()?,
            },
            C::RouteGoesTo {
                api,
                route,
                integration,
            } => C::RouteGoesTo {
                api,
                route,
                integration: outputs.http_integration(&integration)?,
            },
            C::HttpIntegrationGone { api, integration } => C::HttpIntegrationGone {
                api,
                integration: outputs.http_integration(&integration)?,
            },
            C::HttpDeploymentGone { api, deployment } => C::HttpDeploymentGone {
                api,
                deployment: outputs.deployment(&deployment)?,
            },
            C::HttpDeploymentUnused { api, deployment } => C::HttpDeploymentUnused {
                api,
                deployment: outputs.deployment(&deployment)?,
            },
            C::HttpStageRuns {
                api,
                stage,
                deployment,
            } => C::HttpStageRuns {
                api,
                stage,
                deployment: outputs.deployment(&deployment)?,
            },
            C::V1LinkUnused { link, websockets } => C::V1LinkUnused { link, websockets },
            C::V1LinkGone { link } => C::V1LinkGone { link },
            C::TargetRegistered {
                group,
                target,
                port,
            } => C::TargetRegistered {
                group,
                target,
                port,
            },
            C::TargetGone {
                group,
                target,
                port,
            } => C::TargetGone {
                group,
                target,
                port,
            },
            C::NotProtected { load_balancer } => C::NotProtected { load_balancer },
            C::LoadBalancerUnnamed {
                load_balancer,
                hosts,
                websockets,
            } => C::LoadBalancerUnnamed {
                load_balancer,
                hosts,
                websockets,
            },
            C::LoadBalancerGone { load_balancer } => C::LoadBalancerGone { load_balancer },
            C::TargetGroupGone { group } => C::TargetGroupGone { group },
        })
    }
}

impl PatchedMethod<Planned> {
    fn settle(&self, outputs: &Outputs) -> Result<PatchedMethod<Settled>, Unsettled> {
        Ok(PatchedMethod {
            method: self.method.clone(),
            patch: self.patch.settle(outputs)?,
        })
    }
}
