//! What findings are made of: the evidence beside a code, as output names it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::apigateway::{CarriedField, MethodField, SettingKind, Verb};
use crate::elb::Traffic;
use crate::id::{LoadBalancerArn, SecurityGroupId, StageName, SubnetId, TargetGroupArn};
use crate::text::Text;

/// The type of an API.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum ApiType {
    Http,
    Rest,
    Websocket,
}

/// An API as output names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct ApiRef {
    /// The API's type.
    #[serde(rename = "api_type")]
    pub kind: ApiType,
    /// The API's id.
    #[serde(rename = "api_id")]
    pub id: Text,
    /// The API's name.
    #[serde(rename = "api_name")]
    pub name: Text,
}

/// A method as output names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct MethodRef {
    /// The resource's path, or the route key of an HTTP or WebSocket API.
    pub resource_path: Text,
    /// The method; `None` where the route key says it.
    pub http_method: Option<Verb>,
}

/// A listener of an NLB and what it forwards to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct ListenerTarget {
    /// The listener's port.
    pub port: u16,
    /// The target group; `None` when it forwards nowhere.
    pub group: Option<TargetGroupArn>,
    /// AWS's word for what the group holds.
    pub target_type: Option<Text>,
}

/// A field in which the draft and a stage differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DifferingField {
    /// The method stands only in the draft.
    OnlyInDraft,
    /// The method stands only on the stage.
    OnlyOnStage,
    /// One of them has no integration.
    Integration,
    /// The integration's type.
    Type,
    /// The method towards the backend.
    HttpMethod,
    /// The address.
    Uri,
    /// The link.
    ConnectionId,
    /// The target of the link.
    IntegrationTarget,
    /// The authorizer.
    AuthorizerId,
    /// The request validator.
    RequestValidatorId,
    /// A property that a move carries along.
    Carried(CarriedField),
    /// A property of the method itself.
    Method(MethodField),
}

/// A method that differs between draft and stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Difference {
    /// The method.
    pub method: MethodRef,
    /// Where it differs.
    pub fields: Vec<DifferingField>,
}

/// Where the same method ends on different stages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct StageTarget {
    /// The stage.
    pub stage: StageName,
    /// The ALB, when it ends at one.
    pub alb_arn: Option<LoadBalancerArn>,
    /// The ALB listener's port.
    pub alb_listener_port: Option<u16>,
}

/// What a canary release changes for the requests it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CanaryEffect {
    /// Another deployment or other variables.
    Differs,
    /// The stage's own deployment without overrides: a left-over.
    None,
}

/// A stage of an API as output names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ApiStage {
    /// The API.
    #[serde(flatten)]
    pub api: ApiRef,
    /// The stage.
    pub stage: StageName,
}

/// A setting of an API that differs between draft and stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SettingDifference {
    /// What it is.
    pub setting: SettingKind,
    /// Its name, or a gateway response's type.
    pub name: Option<Text>,
    /// Where it stands.
    pub differs: SettingDiffers,
}

/// How a setting differs between draft and stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettingDiffers {
    /// Only the draft has it.
    OnlyInDraft,
    /// Only the stage has it.
    OnlyOnStage,
    /// They say different things.
    InValue,
}

/// Whether traffic was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrafficSeen {
    /// Some.
    Flowing,
    /// None over the days looked back.
    NoneSeen,
    /// The metrics were not read.
    Unknown,
}

/// What passed an NLB, as output tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct TrafficTold {
    /// Days looked back.
    pub days: u16,
    /// Days with traffic.
    pub active_days: u16,
    /// Flows that began.
    pub flows: u64,
    /// Bytes that passed.
    pub bytes: u64,
}

impl From<Traffic> for TrafficTold {
    fn from(traffic: Traffic) -> Self {
        let Traffic {
            days,
            active_days,
            flows,
            bytes,
        } = traffic;
        Self {
            days,
            active_days,
            flows,
            bytes,
        }
    }
}

/// What is wrong with the certificates of a listener, for one host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum CertificateProblem {
    /// None is good for the host.
    NoName {
        /// The names they are good for.
        names: Vec<Text>,
    },
    /// The one that fits has ended.
    Expired {
        /// When, RFC 3339 in UTC.
        not_after: Text,
    },
    /// The one that fits is not of a public authority, and no integration skips that check.
    NotPublic {
        /// AWS's word for its origin.
        origin: Text,
    },
    /// Certificates could not be read.
    Unread {
        /// Their ARNs.
        certificates: Vec<Text>,
    },
    /// The one that fits was imported: who issued it is not told.
    Imported,
    /// An HTTP API verifies a name that snapshots do not hold.
    NameSealed,
}

/// What is known of those who connect to an endpoint service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Consumers {
    /// They are not API Gateway, or nobody is connected yet.
    Strangers,
    /// A single one, which may be API Gateway for the version 1 link: AWS does not tell which
    /// account that is in this region.
    MaybeApiGateway,
}

impl CertificateProblem {
    /// Whether the certificates may well be good.
    #[must_use]
    pub fn is_a_doubt(&self) -> bool {
        match self {
            Self::Unread { .. } | Self::Imported | Self::NameSealed => true,
            Self::NoName { .. } | Self::Expired { .. } | Self::NotPublic { .. } => false,
        }
    }
}

/// Two subnets between which a network ACL stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct BlockedPath {
    /// The link's subnet.
    pub from: SubnetId,
    /// The ALB's subnet.
    pub to: SubnetId,
    /// The network ACL that says no.
    pub network_acl: Text,
}

/// A subnet and its zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SubnetZone {
    /// The subnet.
    pub subnet: SubnetId,
    /// The zone's id.
    pub zone_id: Text,
}

/// A kind of object that a move changes.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    serde::Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum OwnedKind {
    Api,
    Stage,
    SecurityGroup,
    VpcLink,
    LoadBalancer,
    TargetGroup,
}

/// An object that a move or a retirement changes, and what tells its owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct OwnedObject {
    /// What it is.
    pub kind: OwnedKind,
    /// Its id, or ARN.
    pub id: Text,
    /// The tag that names the owner, `KEY=VALUE`, or the address in a Terraform state; `None` when
    /// nothing does.
    pub evidence: Option<Text>,
}

/// A security group that admits every address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct OpenGroup {
    /// The group.
    pub group: SecurityGroupId,
    /// The load balancer that carries it.
    pub load_balancer: LoadBalancerArn,
    /// The ports that are open, `80` or `1024-65535`; `all` for every one.
    pub ports: Text,
}

/// How much of an NLB's traffic APIs can explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Explained {
    /// Nothing: no API passes the NLB, so whatever flows is somebody else's.
    Nothing,
    /// What passes the ports that APIs use. Whether anything passes the others is not known.
    InPart,
}
