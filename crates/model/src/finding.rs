//! Findings and verdicts: stable codes, severities, typed evidence.
//!
//! Each code has a section in `docs/findings.md` and a fixture that produces it; a test keeps the
//! three in step.

use schemars::JsonSchema;
use serde::Serialize;
use strum::VariantArray;

use crate::apigateway::{CarriedField, Verb};
use crate::gap::{Gap, Source};
use crate::id::{
    AccountId, DeploymentId, EndpointServiceId, LoadBalancerArn, StageName, TargetGroupArn,
    VpcLinkId,
};
use crate::route::Broken;
use crate::text::Text;

/// How much a finding weighs.
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
    JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth acting on.
    Warning,
    /// Stops a chain from moving now.
    Blocker,
}

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
    /// A property that a move carries along.
    Carried(CarriedField),
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

/// What was found about one NLB or link, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, strum::EnumDiscriminants)]
#[serde(untagged)]
#[strum_discriminants(
    name(FindingCode),
    doc = "The stable code of a finding.",
    derive(
        PartialOrd,
        Ord,
        Hash,
        Serialize,
        JsonSchema,
        strum::VariantArray,
        strum::Display,
        strum::EnumString,
        strum::IntoStaticStr
    ),
    serde(rename_all = "kebab-case"),
    strum(serialize_all = "kebab-case")
)]
pub enum Finding {
    /// Every listener of the NLB ends at ALBs: it is a bridge.
    NlbBridgesAlb {
        /// The ALBs behind it.
        albs: Vec<LoadBalancerArn>,
        /// Ports of the listeners.
        ports: Vec<u16>,
    },
    /// No listener of the NLB reaches an ALB: it serves targets of its own.
    NlbDirectTarget {
        /// Its listeners.
        listeners: Vec<ListenerTarget>,
    },
    /// Some listeners reach ALBs, others reach other targets.
    MixedNlb {
        /// Ports that bridge.
        bridging_ports: Vec<u16>,
        /// Listeners that do not.
        others: Vec<ListenerTarget>,
    },
    /// A bridge by addresses: a group of type `ip` that holds an ALB's own addresses.
    IpTargetBridge {
        /// The group.
        group: TargetGroupArn,
        /// The ALBs whose addresses it holds.
        albs: Vec<LoadBalancerArn>,
        /// Unhealthy targets that are no address of these ALBs any more.
        stale_targets: Vec<Text>,
    },
    /// A version 1 link that no stage and no draft uses.
    UnusedV1Link {
        /// The link.
        vpc_link_id: VpcLinkId,
        /// Its name.
        name: Text,
    },
    /// Requests over this chain cannot arrive.
    ChainBroken {
        /// The API.
        api: ApiRef,
        /// The stage; `None` for an API without stages.
        stage: Option<StageName>,
        /// Methods it concerns.
        methods: Vec<MethodRef>,
        /// Why.
        why: Broken,
    },
    /// A link is named through a stage variable and resolved per stage.
    StageVariableLink {
        /// The API.
        api: ApiRef,
        /// The stage.
        stage: StageName,
        /// The `connectionId` as written.
        connection_id: Text,
        /// The link it resolves to on this stage.
        vpc_link_id: VpcLinkId,
    },
    /// A WebSocket API uses the NLB over a version 1 link, and cannot use version 2.
    WebsocketUsesV1Link {
        /// The API.
        api: ApiRef,
        /// The link; `None` when it calls the NLB by its public name.
        vpc_link_id: Option<VpcLinkId>,
    },
    /// Deploying the draft would change more of this stage than the move.
    DraftDiffersFromStage {
        /// The API.
        api: ApiRef,
        /// The stage.
        stage: StageName,
        /// The methods that differ.
        differences: Vec<Difference>,
    },
    /// Somebody's canary release is on this stage.
    CanaryInProgress {
        /// The API.
        api: ApiRef,
        /// The stage.
        stage: StageName,
        /// The deployment its canary requests run.
        deployment_id: DeploymentId,
        /// Percent of requests, 0 to 100.
        percent: f64,
        /// Whether it runs other code or variables than the stage does.
        effect: CanaryEffect,
    },
    /// An API reaches the ALB of this NLB over a version 2 link already.
    AlreadyDirect {
        /// The APIs.
        apis: Vec<ApiRef>,
        /// The ALBs they reach.
        albs: Vec<LoadBalancerArn>,
    },
    /// An NLB in front of an ALB that no API and no link uses: it has another purpose.
    NlbAlbWithoutGateway {
        /// The ALBs behind it.
        albs: Vec<LoadBalancerArn>,
    },
    /// Somebody other than API Gateway connects to an endpoint service on the NLB.
    EndpointServiceConsumer {
        /// The service.
        service: EndpointServiceId,
        /// The consumers' accounts; empty when the service has none yet.
        owners: Vec<AccountId>,
    },
    /// A listener spreads traffic over several target groups by weight.
    NlbWeightedForward {
        /// The listener's port.
        port: u16,
        /// Groups and their weights.
        groups: Vec<(TargetGroupArn, u16)>,
    },
    /// Stages send the same method to different ALB listeners.
    StageTargetsDiffer {
        /// The API.
        api: ApiRef,
        /// The method.
        method: MethodRef,
        /// Where it ends, stage by stage.
        targets: Vec<StageTarget>,
    },
    /// What could show another user of the NLB was not seen.
    UnknownUsers {
        /// Calls that failed.
        gaps: Vec<Gap>,
        /// Sources this version does not read.
        sources: Vec<Source>,
    },
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

impl Finding {
    /// Its code.
    #[must_use]
    pub fn code(&self) -> FindingCode {
        self.into()
    }

    /// Its severity.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::ChainBroken { .. }
            | Self::DraftDiffersFromStage { .. }
            | Self::StageTargetsDiffer { .. }
            | Self::CanaryInProgress {
                effect: CanaryEffect::Differs,
                ..
            } => Severity::Blocker,
            // One group over several ALBs is a split that a move to one of them would undo.
            Self::IpTargetBridge { albs, .. } if albs.len() > 1 => Severity::Blocker,
            Self::NlbWeightedForward { groups, .. } => {
                if groups.iter().filter(|(_, weight)| *weight > 0).count() > 1 {
                    Severity::Blocker
                } else {
                    Severity::Warning
                }
            }
            Self::NlbBridgesAlb { .. }
            | Self::MixedNlb { .. }
            | Self::IpTargetBridge { .. }
            | Self::UnusedV1Link { .. }
            | Self::WebsocketUsesV1Link { .. }
            | Self::EndpointServiceConsumer { .. }
            | Self::UnknownUsers { .. }
            | Self::CanaryInProgress {
                effect: CanaryEffect::None,
                ..
            } => Severity::Warning,
            Self::NlbDirectTarget { .. }
            | Self::StageVariableLink { .. }
            | Self::AlreadyDirect { .. }
            | Self::NlbAlbWithoutGateway { .. } => Severity::Info,
        }
    }
}

impl FindingCode {
    /// Every code, in order.
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

/// What may happen to one NLB.
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
    JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Verdict {
    /// Everything over it can move, and nothing else uses it.
    Removable,
    /// As far as could be seen it can go, but something could not be seen or needs a person.
    RemovableIf,
    /// Its APIs go direct already and nothing uses it any more.
    AlreadyDirect,
    /// Its APIs can move, but something else needs it.
    Rewirable,
    /// A chain over it cannot move now.
    Blocked,
    /// It does not bridge API Gateway to an ALB.
    NotABridge,
}

/// Why a verdict is what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A finding of this code says so.
    Finding(FindingCode),
    /// This could not be seen.
    Gap(Gap),
    /// No link and no API names the NLB.
    NoGateway,
    /// No listener reaches an ALB.
    NoAlb,
    /// The listener on this port leads to no target that exists.
    ListenerLeadsNowhere(u16),
    /// Every chain over it can move and every source of other users was empty.
    EverythingMoves,
}
