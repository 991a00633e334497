//! What was asked for and is not in a plan: what it waits for, and what a person can do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apigateway::Verb;
use crate::finding::FindingCode;
use crate::id::{LoadBalancerArn, SecurityGroupId, VpcId, VpcLinkId};
use crate::plan::choices::StageRef;
use crate::text::Text;

/// Something that a plan leaves out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Why, as a stable code.
    pub code: WaitingCode,
    /// What is left out.
    pub what: Subject,
    /// The finding that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<FindingCode>,
    /// Why, for a person.
    pub why: Text,
    /// What to do, for a person.
    pub next: Text,
    /// The flag that takes it upon oneself, where there is one: `--accept shared-vpc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<Text>,
}

/// What is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Subject {
    /// An NLB and everything over it.
    Nlb(LoadBalancerArn),
    /// An API and all its stages, by id and name.
    Api {
        /// Its id.
        id: Text,
        /// Its name.
        name: Text,
    },
    /// One method of a REST API, or route of an HTTP API.
    Method {
        /// The API's id.
        api: Text,
        /// The resource's path, or the route key.
        path: Text,
        /// The method; absent where the route key says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verb: Option<Verb>,
    },
    /// One stage.
    Stage(StageRef),
    /// Everything that ends at an ALB.
    Alb(LoadBalancerArn),
    /// Everything that ends in a VPC.
    Vpc(VpcId),
    /// A link that was to be used or deleted.
    VpcLink(VpcLinkId),
    /// A security group that was to be changed.
    SecurityGroup(SecurityGroupId),
}

/// Why something is not in a plan. Each has a section in `docs/plan.md`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum WaitingCode {
    /// There is nothing to move: no bridge, or its APIs go direct already.
    NothingToMove,
    /// Something that has to be known was not read.
    NotSeen,
    /// A finding blocks it.
    Blocked,
    /// A finding or a doubt needs a person's word.
    NeedsAWord,
    /// The stage runs something else than the draft (H32).
    StageLags,
    /// Another tool owns it, or nobody knows who does; the change is to be made there (H16).
    OwnedElsewhere,
    /// The API has as many stages as it may have: there is no place for a temporary one (H28).
    NoRoomForStage,
    /// The address has to change, and cannot be written: stage variables hold the part that changes
    /// (H5), or it has a query string, which snapshots do not hold.
    UriNotWritable,
    /// No subnet can hold the link (H11, H34).
    NoUsableSubnet,
    /// The region has as many version 2 links as it may have (H34).
    LinkQuota,
    /// A link that was named cannot be used (H34).
    LinkUnusable,
    /// No security group of the ALB can take the rule that admits the link (H33).
    NoGroupToOpen,
    /// It cannot move at all: a WebSocket API, or an integration that a copy over the new link could
    /// not stand for.
    CannotMove,
    /// Stages of an HTTP API that deploy by themselves run its routes as they stand: all of them
    /// move, or none (H31).
    StagesMoveTogether,
    /// Retirement: something still uses it, names it, or may.
    StillUsed,
    /// Retirement: nothing shows that it is not used (H37).
    DisuseNotShown,
    /// Retirement: it is protected from deletion; nothing lifts that.
    Protected,
}
