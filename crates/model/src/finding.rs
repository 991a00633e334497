//! Findings and verdicts: stable codes, severities, typed evidence.
//!
//! Each code has a section in `docs/findings.md` and a fixture that produces it; a test keeps the
//! three in step.

use schemars::JsonSchema;
use serde::Serialize;
use strum::VariantArray;

pub use crate::evidence::*;
use crate::gap::{Gap, Source};
use crate::id::{
    AccountId, DeploymentId, EndpointServiceId, LoadBalancerArn, Region, SecurityGroupId,
    StageName, SubnetId, TargetGroupArn, VpcLinkId,
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
        serde::Deserialize,
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
        /// The settings that differ.
        settings: Vec<SettingDifference>,
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
        /// What is known of them.
        known_as: Consumers,
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
    /// Targets of the NLB's groups that hold ALBs are unhealthy.
    AlbHealthCheckWrong {
        /// The group.
        group: TargetGroupArn,
        /// Its targets that are not healthy.
        targets: Vec<Text>,
        /// Whether requests pass all the same: an NLB without healthy target sends to every one.
        traffic: TrafficSeen,
    },
    /// Somebody chose the NLB's addresses, so somebody may have written them down.
    StaticAddresses {
        /// Elastic allocations or private addresses.
        addresses: Vec<Text>,
    },
    /// DNS records name the NLB or its addresses.
    DnsAlias {
        /// The records.
        users: Vec<Text>,
    },
    /// A Global Accelerator leads to the NLB.
    AcceleratorEndpoint {
        /// The endpoint groups.
        users: Vec<Text>,
    },
    /// CloudFront leads to the NLB.
    CloudfrontOrigin {
        /// Distributions and VPC origins.
        users: Vec<Text>,
    },
    /// A Verified Access endpoint leads to the NLB.
    VerifiedAccessEndpoint {
        /// The endpoints.
        users: Vec<Text>,
    },
    /// Mirrored traffic is sent to the NLB.
    TrafficMirrorTarget {
        /// The targets.
        users: Vec<Text>,
    },
    /// Alarms watch the NLB and will notice when its traffic leaves.
    AlarmOnNlb {
        /// The alarms.
        users: Vec<Text>,
    },
    /// Something passes the NLB on ports that no stage of any API uses.
    TrafficNotExplained {
        /// What passed, on all ports: metrics do not tell listeners apart.
        traffic: TrafficTold,
        /// The ports that no API uses.
        ports: Vec<u16>,
        /// How much of the traffic APIs explain.
        explained: Explained,
    },
    /// A TLS listener of the NLB ends the encryption that API Gateway began.
    TlsEndsAtNlb {
        /// The listener's port.
        port: u16,
        /// The ALB behind it.
        alb: LoadBalancerArn,
        /// The ALB listener's port.
        alb_port: u16,
        /// The ALB listener's protocol. With `HTTP` a move changes `X-Forwarded-Proto`.
        alb_protocol: Text,
    },
    /// The ALB has no listener on the port that the NLB's group delivers to.
    NoAlbListenerForPort {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The port.
        port: u16,
        /// The APIs it concerns.
        apis: Vec<ApiRef>,
    },
    /// API Gateway cannot call the ALB listener's port: only 80, 443 and 1024 up.
    PortNotAllowed {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The port.
        port: u16,
    },
    /// The ALB or its targets would see another Host header.
    HostHeaderRuleChanges {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The ALB listener's port.
        port: u16,
        /// The Host header today.
        before: Text,
        /// The Host header after a move.
        after: Text,
        /// Rules, transforms and redirects that look at it.
        rules: Vec<Text>,
        /// The APIs it concerns.
        apis: Vec<ApiRef>,
    },
    /// The certificate that would be checked after a move does not fit, or could not be read.
    CertificateNameMismatch {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The ALB listener's port.
        port: u16,
        /// The name API Gateway checks: the host of the address.
        host: Text,
        /// What is wrong.
        problem: CertificateProblem,
    },
    /// A rule looks at the source address, which a move changes.
    SourceIpRule {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The ALB listener's port.
        port: u16,
        /// The rules.
        rules: Vec<Text>,
        /// The address ranges they name.
        ranges: Vec<Text>,
    },
    /// A rule has a condition, a transform or an action this version does not know.
    UnknownRuleField {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The ALB listener's port.
        port: u16,
        /// The rules, or the listener for its default actions.
        rules: Vec<Text>,
        /// AWS's names of what is not known.
        fields: Vec<Text>,
    },
    /// A web ACL stands before the ALB.
    WafOnAlb {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The web ACL's name.
        web_acl: Text,
        /// Rules that look at the source address, which a move changes.
        by_source: Vec<Text>,
        /// Rules that may look at it: what they refer to was not looked into.
        maybe_by_source: Vec<Text>,
    },
    /// The ALB's security groups admit nothing from the subnets that the link would stand in.
    AlbSecurityGroupClosed {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The ALB listener's port.
        port: u16,
        /// Its security groups.
        groups: Vec<SecurityGroupId>,
    },
    /// Network ACLs stop requests from the link's subnets to the ALB, or their answers.
    NaclBlocksLink {
        /// The ALB.
        alb: LoadBalancerArn,
        /// Pairs of subnets that cannot talk.
        blocked: Vec<BlockedPath>,
        /// Subnets of the ALB in which nothing stands in a link's way.
        usable: Vec<SubnetId>,
    },
    /// Subnets of the ALB have no address left for a link.
    NoFreeAddresses {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The full subnets.
        full: Vec<SubnetId>,
        /// Subnets of the ALB in which nothing stands in a link's way.
        usable: Vec<SubnetId>,
    },
    /// Subnets of the ALB belong to another account; whether a link can stand there is not
    /// documented.
    SharedVpc {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The shared subnets.
        subnets: Vec<SubnetId>,
        /// Their owners.
        owners: Vec<AccountId>,
    },
    /// So little passes this link that a version 2 link in its place would fall asleep.
    RareTraffic {
        /// The version 1 link.
        vpc_link_id: VpcLinkId,
        /// What passed.
        traffic: TrafficTold,
    },
    /// Documentation and practice disagree on whether a version 2 link puts the stage's name before
    /// the path: it is proven on a temporary stage before any traffic moves.
    StagePathCheck {
        /// The APIs it concerns.
        apis: Vec<ApiRef>,
    },
    /// The stage has a cache, which a new deployment starts empty.
    StageCache {
        /// The API.
        api: ApiRef,
        /// The stage.
        stage: StageName,
        /// Its size in GB.
        size: Text,
    },
    /// The backend may ask for a certificate of API Gateway's; whether a version 2 link shows one is
    /// not documented.
    BackendClientCertificate {
        /// Stages that show a certificate.
        stages: Vec<ApiStage>,
        /// ALB listeners that ask for one.
        listeners: Vec<Text>,
    },
    /// A version 2 link would lead to an internet-facing ALB; whether that works is not documented.
    AlbInternetFacingTarget {
        /// The ALBs.
        albs: Vec<LoadBalancerArn>,
    },
    /// Subnets of the ALB stand in zones where AWS offers no version 2 link.
    AzNotSupported {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The subnets and the ids of their zones.
        subnets: Vec<SubnetZone>,
        /// Subnets of the ALB in which nothing stands in a link's way.
        usable: Vec<SubnetId>,
    },
    /// AWS's list of zones for version 2 links does not have this region.
    RegionNotSupported {
        /// The region.
        region: Region,
    },
    /// A chain leads to another account's load balancer.
    CrossAccount {
        /// The load balancer.
        load_balancer: Text,
        /// The APIs it concerns.
        apis: Vec<ApiRef>,
    },
    /// The region has as many version 2 links as AWS allows unless told otherwise.
    LinkQuota {
        /// Links there are.
        links: u32,
        /// The default quota.
        quota: u32,
    },
    /// The NLB is protected from deletion.
    DeletionProtection {
        /// AWS's name of the attribute that is on.
        attribute: Text,
    },
    /// Addresses of integrations name the NLB, so they would name something that is gone.
    UriNamesNlb {
        /// The APIs.
        apis: Vec<ApiRef>,
        /// Methods on stages and in drafts.
        methods: u32,
        /// The name.
        host: Text,
    },
    /// Deployments that no stage runs may name the version 1 link; with the link gone there is no
    /// way back to them.
    HistoryNamesV1Link {
        /// The API.
        api: ApiRef,
        /// How many such deployments there are.
        deployments: u32,
    },
    /// Nothing says who owns objects that a move changes.
    OwnerUnknown {
        /// The objects.
        objects: Vec<OwnedObject>,
    },
    /// CloudFormation owns objects that a move changes.
    ManagedByCloudformation {
        /// The objects.
        objects: Vec<OwnedObject>,
    },
    /// Terraform, as far as tags say, owns objects that a move changes.
    ManagedByTerraform {
        /// The objects.
        objects: Vec<OwnedObject>,
    },
    /// A Kubernetes controller owns objects that a move changes.
    ManagedByKubernetes {
        /// The objects.
        objects: Vec<OwnedObject>,
    },
    /// Elastic Beanstalk owns objects that a move changes.
    ManagedByBeanstalk {
        /// The objects.
        objects: Vec<OwnedObject>,
    },
    /// Refactor Spaces owns objects that a move changes.
    ManagedByRefactorSpaces {
        /// The objects.
        objects: Vec<OwnedObject>,
    },
    /// An API is deployed so regularly that a pipeline seems to do it: the next run may put the
    /// version 1 link back.
    DeployedByPipeline {
        /// The API.
        api: ApiRef,
        /// Deployments in the last 90 days before the scan.
        deployments: u32,
    },
    /// The NLB can be reached from the internet, past the gateway.
    InternetFacingNlb {
        /// Ports of its listeners.
        ports: Vec<u16>,
    },
    /// An ALB behind a gateway can be reached from the internet, past the gateway's authorizers.
    InternetFacingAlbBehindGateway {
        /// The ALBs.
        albs: Vec<LoadBalancerArn>,
    },
    /// Security groups on the chain admit every address.
    OpenSecurityGroup {
        /// The groups and who carries them.
        groups: Vec<OpenGroup>,
    },
    /// What could show another user of the NLB was not seen.
    UnknownUsers {
        /// Calls that failed.
        gaps: Vec<Gap>,
        /// Sources this version does not read.
        sources: Vec<Source>,
    },
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
            Self::NoAlbListenerForPort { .. }
            | Self::PortNotAllowed { .. }
            | Self::SourceIpRule { .. }
            | Self::CrossAccount { .. } => Severity::Blocker,
            Self::CertificateNameMismatch { problem, .. } if problem.is_a_doubt() => {
                Severity::Warning
            }
            Self::CertificateNameMismatch { .. } => Severity::Blocker,
            // More links than the default quota: it was raised, and to what is not known.
            Self::LinkQuota { links, quota } if links > quota => Severity::Warning,
            Self::LinkQuota { .. } => Severity::Blocker,
            Self::WafOnAlb { by_source, .. } if !by_source.is_empty() => Severity::Blocker,
            // A link needs one subnet that works.
            Self::NaclBlocksLink { usable, .. }
            | Self::NoFreeAddresses { usable, .. }
            | Self::AzNotSupported { usable, .. }
                if usable.is_empty() =>
            {
                Severity::Blocker
            }
            Self::AlbHealthCheckWrong {
                traffic: TrafficSeen::Flowing,
                ..
            } => Severity::Info,
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
            }
            | Self::AlbHealthCheckWrong { .. }
            | Self::StaticAddresses { .. }
            | Self::DnsAlias { .. }
            | Self::AcceleratorEndpoint { .. }
            | Self::CloudfrontOrigin { .. }
            | Self::VerifiedAccessEndpoint { .. }
            | Self::TrafficMirrorTarget { .. }
            | Self::AlarmOnNlb { .. }
            | Self::TrafficNotExplained { .. }
            | Self::TlsEndsAtNlb { .. }
            | Self::HostHeaderRuleChanges { .. }
            | Self::UnknownRuleField { .. }
            | Self::WafOnAlb { .. }
            | Self::AlbSecurityGroupClosed { .. }
            | Self::NaclBlocksLink { .. }
            | Self::NoFreeAddresses { .. }
            | Self::SharedVpc { .. }
            | Self::RareTraffic { .. }
            | Self::StageCache { .. }
            | Self::BackendClientCertificate { .. }
            | Self::AlbInternetFacingTarget { .. }
            | Self::AzNotSupported { .. }
            | Self::RegionNotSupported { .. }
            | Self::DeletionProtection { .. }
            | Self::DeployedByPipeline { .. }
            | Self::InternetFacingNlb { .. }
            | Self::InternetFacingAlbBehindGateway { .. }
            | Self::OpenSecurityGroup { .. } => Severity::Warning,
            Self::NlbDirectTarget { .. }
            | Self::StageVariableLink { .. }
            | Self::AlreadyDirect { .. }
            | Self::NlbAlbWithoutGateway { .. }
            | Self::StagePathCheck { .. }
            | Self::UriNamesNlb { .. }
            | Self::HistoryNamesV1Link { .. }
            | Self::OwnerUnknown { .. }
            | Self::ManagedByCloudformation { .. }
            | Self::ManagedByTerraform { .. }
            | Self::ManagedByKubernetes { .. }
            | Self::ManagedByBeanstalk { .. }
            | Self::ManagedByRefactorSpaces { .. } => Severity::Info,
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
