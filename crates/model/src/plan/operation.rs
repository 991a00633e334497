//! What a step changes: a closed list of calls, each with what it makes and how it is seen to have
//! taken place.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apigateway::{Tags, Verb};
use crate::id::{
    HttpApiId, HttpIntegrationId, ListenerArn, LoadBalancerArn, ResourceId, RestApiId, RouteId,
    StageName, SubnetId, TargetGroupArn, VpcId, VpcLinkId,
};
use crate::network::Direction;
use crate::plan::condition::Condition;
use crate::plan::value::{OutputKind, Planned, Settled, Values};
use crate::template::Template;
use crate::text::Text;
use crate::uri::Uri;

/// Percent of a stage's requests, 0 to 100.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

impl Percent {
    /// So many percent; `None` above 100.
    #[must_use]
    pub fn new(percent: u8) -> Option<Self> {
        (percent <= 100).then_some(Self(percent))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Percent {
    type Error = &'static str;

    fn try_from(percent: u8) -> Result<Self, Self::Error> {
        Self::new(percent).ok_or("a percentage is at most 100")
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// A rule of a security group: TCP on one port, to or from another group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "V: Values", deny_unknown_fields)]
#[schemars(bound = "V: Values", rename = "GroupRule")]
pub struct GroupRule<V: Values = Planned> {
    /// Which way.
    pub direction: Direction,
    /// The port.
    pub port: u16,
    /// The group on the other side.
    pub peer: V::SecurityGroup,
}

/// What `connectionId` is set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "V: Values", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(bound = "V: Values", rename = "ConnectionId")]
pub enum ConnectionId<V: Values = Planned> {
    /// A link of version 2.
    Link(V::VpcLink),
    /// What stood there before: a link's id, or a text with stage variables.
    Template(Template),
}

/// The patch operations of one `UpdateIntegration`, sent in one call. What is `None` is not sent.
///
/// Source: API Gateway API reference, "Patch operations": all three allow `replace` only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "V: Values", deny_unknown_fields)]
#[schemars(bound = "V: Values", rename = "IntegrationPatch")]
pub struct IntegrationPatch<V: Values = Planned> {
    /// `/connectionId`.
    pub connection_id: ConnectionId<V>,
    /// `/integrationTarget`. It cannot be taken away again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration_target: Option<LoadBalancerArn>,
    /// `/uri`, when scheme, host or port have to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<Uri>,
}

/// One method of a REST API.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct MethodRef {
    /// The API.
    pub api: RestApiId,
    /// The resource.
    pub resource: ResourceId,
    /// The resource's path.
    pub path: Text,
    /// The method.
    pub verb: Verb,
}

/// One change of one thing in AWS.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::EnumDiscriminants,
    strum::IntoStaticStr,
)]
#[serde(
    bound = "V: Values",
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
#[schemars(bound = "V: Values", rename = "Operation")]
#[strum(serialize_all = "kebab-case")]
#[strum_discriminants(
    name(OperationKind),
    doc = "Which change, without what it is made to.",
    derive(PartialOrd, Ord, Hash, strum::VariantArray, strum::Display),
    strum(serialize_all = "kebab-case")
)]
pub enum Operation<V: Values = Planned> {
    /// A security group. AWS gives it a rule that lets everything out.
    CreateSecurityGroup {
        /// Its VPC.
        vpc: VpcId,
        /// Its name.
        name: Text,
        /// Its description.
        description: Text,
        /// Its tags.
        tags: Tags,
    },
    /// Takes away the rule that lets everything out of a new security group.
    RevokeDefaultEgress {
        /// The group.
        group: V::SecurityGroup,
    },
    /// Adds a rule to a security group.
    AuthorizeRule {
        /// The group.
        group: V::SecurityGroup,
        /// The rule.
        rule: GroupRule<V>,
    },
    /// Takes a rule away.
    RevokeRule {
        /// The group.
        group: V::SecurityGroup,
        /// The rule.
        rule: GroupRule<V>,
    },
    /// Deletes a security group.
    DeleteSecurityGroup {
        /// The group.
        group: V::SecurityGroup,
    },
    /// A link of version 2.
    CreateVpcLink {
        /// Its name.
        name: Text,
        /// Subnets for its network interfaces.
        subnets: Vec<SubnetId>,
        /// Security groups of those interfaces.
        security_groups: Vec<V::SecurityGroup>,
        /// Its tags.
        tags: Tags,
    },
    /// Deletes a link of version 2.
    DeleteVpcLink {
        /// The link.
        link: V::VpcLink,
    },
    /// Changes an integration of the draft of a REST API.
    UpdateIntegration {
        /// The method.
        method: MethodRef,
        /// What is changed.
        patch: IntegrationPatch<V>,
    },
    /// Freezes the draft of a REST API. No stage runs it yet.
    CreateDeployment {
        /// The API.
        api: RestApiId,
        /// What the deployment is for.
        description: Text,
    },
    /// Deletes a deployment of a REST API.
    DeleteDeployment {
        /// The API.
        api: RestApiId,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// A temporary stage with the variables, client certificate, throttle and web ACL of another
    /// one. Nobody but us knows its name.
    CreateStage {
        /// The API.
        api: RestApiId,
        /// Its name.
        stage: StageName,
        /// What it runs.
        deployment: V::Deployment,
        /// The stage it takes its settings from.
        like: StageName,
        /// Its tags.
        tags: Tags,
    },
    /// Gives a temporary stage what it lacks of the client certificate, the throttle and the web ACL
    /// of another one. `CreateStage` cannot: when its answer, or the process, is lost, nobody knows
    /// whether the stage got them.
    FurnishStage {
        /// The API.
        api: RestApiId,
        /// The temporary stage.
        stage: StageName,
        /// The stage it takes its settings from.
        like: StageName,
    },
    /// Deletes a stage of a REST API.
    DeleteStage {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
    },
    /// Starts a canary release or changes its share: deployment and percentage in one call.
    SetCanary {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
        /// What canary requests run.
        deployment: V::Deployment,
        /// Their share.
        percent: Percent,
    },
    /// Ends a canary release: all requests run the stage's own deployment.
    RemoveCanary {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
    },
    /// Has a stage run a deployment.
    SetDeployment {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// An integration of an HTTP API: as another one, but over a link of version 2 to a listener.
    CreateHttpIntegration {
        /// The API.
        api: HttpApiId,
        /// The integration that it is like.
        like: HttpIntegrationId,
        /// The link.
        link: V::VpcLink,
        /// The listener.
        listener: ListenerArn,
    },
    /// Deletes an integration of an HTTP API.
    DeleteHttpIntegration {
        /// The API.
        api: HttpApiId,
        /// The integration.
        integration: V::HttpIntegration,
    },
    /// Has a route of an HTTP API go to an integration.
    UpdateRoute {
        /// The API.
        api: HttpApiId,
        /// The route.
        route: RouteId,
        /// Its key.
        key: Text,
        /// The integration.
        integration: V::HttpIntegration,
    },
    /// Freezes an HTTP API whose stage does not deploy by itself.
    CreateHttpDeployment {
        /// The API.
        api: HttpApiId,
        /// What the deployment is for.
        description: Text,
    },
    /// Deletes a deployment of an HTTP API.
    DeleteHttpDeployment {
        /// The API.
        api: HttpApiId,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// Has a stage of an HTTP API run a deployment.
    SetHttpDeployment {
        /// The API.
        api: HttpApiId,
        /// The stage.
        stage: StageName,
        /// The deployment.
        deployment: V::Deployment,
    },
    /// Deletes a link of version 1 and the endpoint service behind it: there is no way back.
    DeleteV1Link {
        /// The link.
        link: VpcLinkId,
    },
    /// Takes a target out of a group.
    DeregisterTarget {
        /// The group.
        group: TargetGroupArn,
        /// The target.
        target: Text,
        /// Its port.
        port: u16,
    },
    /// Puts a target into a group.
    RegisterTarget {
        /// The group.
        group: TargetGroupArn,
        /// The target.
        target: Text,
        /// Its port.
        port: u16,
    },
    /// Deletes a load balancer.
    DeleteLoadBalancer {
        /// The load balancer.
        load_balancer: LoadBalancerArn,
    },
    /// Deletes a target group.
    DeleteTargetGroup {
        /// The group.
        group: TargetGroupArn,
    },
}

/// How an operation is seen to have taken place when its answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect<V: Values = Settled> {
    /// It makes a thing that carries its owner: one looks for that.
    Makes(OutputKind),
    /// It brings about a state: one reads it back.
    Brings(Box<Condition<V>>),
}

impl<V: Values> Operation<V> {
    /// What it makes; `None` when it changes or deletes something.
    #[must_use]
    pub fn makes(&self) -> Option<OutputKind> {
        match self {
            Self::CreateSecurityGroup { .. } => Some(OutputKind::SecurityGroup),
            Self::CreateVpcLink { .. } => Some(OutputKind::VpcLink),
            Self::CreateDeployment { .. } | Self::CreateHttpDeployment { .. } => {
                Some(OutputKind::Deployment)
            }
            Self::CreateHttpIntegration { .. } => Some(OutputKind::HttpIntegration),
            Self::RevokeDefaultEgress { .. }
            | Self::AuthorizeRule { .. }
            | Self::RevokeRule { .. }
            | Self::DeleteSecurityGroup { .. }
            | Self::DeleteVpcLink { .. }
            | Self::UpdateIntegration { .. }
            | Self::DeleteDeployment { .. }
            | Self::CreateStage { .. }
            | Self::FurnishStage { .. }
            | Self::DeleteStage { .. }
            | Self::SetCanary { .. }
            | Self::RemoveCanary { .. }
            | Self::SetDeployment { .. }
            | Self::DeleteHttpIntegration { .. }
            | Self::UpdateRoute { .. }
            | Self::DeleteHttpDeployment { .. }
            | Self::SetHttpDeployment { .. }
            | Self::DeleteV1Link { .. }
            | Self::DeregisterTarget { .. }
            | Self::RegisterTarget { .. }
            | Self::DeleteLoadBalancer { .. }
            | Self::DeleteTargetGroup { .. } => None,
        }
    }
}
