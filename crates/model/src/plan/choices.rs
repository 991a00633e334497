//! What a person chose for a plan: which chains, how fast, and what they take upon themselves.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apigateway::Tags;
use crate::finding::FindingCode;
use crate::id::{LoadBalancerArn, StageName, VpcLinkId};
use crate::plan::operation::Percent;
use crate::quota::Pace;
use crate::text::Text;

/// What a person chose for a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Choices {
    /// Which chains.
    #[serde(skip_serializing_if = "Selection::is_everything")]
    pub selection: Selection,
    /// Shares of the canary releases, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub canary: Vec<Percent>,
    /// How long each share is watched.
    pub bake_seconds: u32,
    /// What may differ afterwards, because a person said so. Follows from `findings`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub accepted: BTreeSet<Difference>,
    /// Findings that need a word, and got it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub findings: BTreeSet<FindingCode>,
    /// Doubts of the plan itself that need a word, and got it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub doubts: BTreeSet<Doubt>,
    /// Ids or ARNs of objects that are changed although another tool owns them, or nobody knows who
    /// does.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub edit: BTreeSet<Text>,
    /// How far one link reaches.
    #[serde(skip_serializing_if = "LinkPer::is_default")]
    pub links: LinkPer,
    /// Links of others that may be used.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub use_links: BTreeSet<VpcLinkId>,
    /// Ids of zones that have version 2 links besides those that AWS lists.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub zones: BTreeSet<Text>,
    /// Version 2 links that the account may have in the region, where AWS raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_quota: Option<u32>,
    /// Stages that an API may have, where AWS raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage_quota: Option<u32>,
    /// How a retirement goes about it.
    #[serde(skip_serializing_if = "Retirement::is_default")]
    pub retirement: Retirement,
    /// Tags on everything that is made.
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// The part of AWS's quotas that a run may use.
    #[serde(skip_serializing_if = "is_half")]
    pub pace: Pace,
}

fn is_half(pace: &Pace) -> bool {
    *pace == Pace::HALF
}

/// How a retirement goes about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retirement {
    /// For how long the targets of an NLB are taken out of it before anything is deleted, in
    /// seconds; 0 leaves that out.
    pub quarantine_seconds: u32,
    /// For how many days nothing may have passed an NLB, and its metrics must say so (H37).
    pub quiet_days: u16,
}

impl Default for Retirement {
    fn default() -> Self {
        Self {
            quarantine_seconds: 0,
            quiet_days: Self::QUIET_DAYS,
        }
    }
}

impl Retirement {
    /// Longer than a month: what runs once a month has run (H37).
    pub const QUIET_DAYS: u16 = 35;

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which chains a plan is about. NLBs by name and by tag are added up; APIs and stages narrow them.
/// What is empty leaves it open; without any NLB or tag it is every NLB that is `removable`, or,
/// where APIs or stages are named, every NLB they pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Selection {
    /// These NLBs.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub nlbs: BTreeSet<LoadBalancerArn>,
    /// NLBs that carry one of these tags.
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Only these APIs, by id.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub apis: BTreeSet<Text>,
    /// Only these stages.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub stages: BTreeSet<StageRef>,
}

impl Selection {
    /// Whether nothing is named.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// A stage of an API.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct StageRef {
    /// The API's id.
    pub api: Text,
    /// The stage.
    pub stage: StageName,
}

/// What a backend may see otherwise than before.
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
pub enum Difference {
    /// The Host header.
    Host,
    /// The scheme, and with it `X-Forwarded-Proto`.
    Scheme,
}

impl Difference {
    /// The difference that a person accepts with a finding of this code.
    #[must_use]
    pub fn accepted_with(code: FindingCode) -> Option<Self> {
        match code {
            FindingCode::HostHeaderRuleChanges => Some(Self::Host),
            FindingCode::TlsEndsAtNlb => Some(Self::Scheme),
            _ => None,
        }
    }
}

/// What a plan cannot know and only a person can say.
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
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Doubt {
    /// The API has a resource policy, which may name stages: a temporary one would be refused or
    /// open to others. The snapshot holds only its digest (H28).
    ResourcePolicy,
    /// Requests to a temporary stage cannot be sent by the tool alone: the API is private, or asks
    /// for a signature, a key or a certificate (H28).
    ProbeNotPossible,
    /// The ALB's security group is carried by other interfaces too (H33).
    SharedSecurityGroup,
    /// A security group that is to let a link in names a prefix list, which counts as many rules as
    /// it may have entries: whether the group has room is in no snapshot (H33).
    PrefixListRules,
    /// A deployment of an HTTP API ships authorizers and mappings of its routes as well, and nothing
    /// tells what the stage runs of them (H4).
    HttpSettings,
    /// Integrations name the NLB as the host of their address. Over a version 2 link it routes
    /// nothing; whether it has to resolve is not documented. A temporary stage with a host that does
    /// not has answered in this account (H38).
    HostNeedNotResolve,
    /// A target group holds addresses or instances: an ECS service or a scaling group may name it,
    /// and snapshots do not hold these (H39).
    TargetGroupUsers,
    /// The NLB's security group may be carried by other interfaces, which snapshots do not hold:
    /// without a rule that names it these do not reach the ALB any more (H39).
    NlbSecurityGroup,
    /// What a stage of a WebSocket API runs that does not deploy by itself cannot be read: it may
    /// name a link that the API's integrations do not name any more (H39).
    WebsocketStages,
}

/// How far one link reaches.
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
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum LinkPer {
    /// One link for all ALBs of a VPC.
    #[default]
    Vpc,
    /// A link for each ALB.
    Alb,
}

impl LinkPer {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
