//! The finished view of a snapshot: one verdict per NLB, with chains and findings. Writers turn it
//! into bytes; nothing in it is decided later. Views of several accounts are put together here too.

mod scanned;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::apigateway::{Tags, Verb};
use crate::comparison::Comparison;
use crate::finding::{ApiRef, Finding, Reason, Severity, Verdict};
use crate::gap::Gap;
use crate::id::{AccountId, LoadBalancerArn, Region, StageName, VpcLinkId};
use crate::route::{End, Hop, UriScheme};
use crate::text::Text;

pub use scanned::Scanned;

/// How one or more methods reach their end: shared by every chain that takes the same way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way {
    /// The stops, in order.
    pub hops: Vec<Hop>,
    /// The end.
    pub end: End,
    /// What is sent, where an address says it. Integrations that name a listener's ARN, as those of
    /// HTTP APIs do, have no address.
    pub sent: Option<Sent>,
}

/// What an integration's address says of the requests that are sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sent {
    /// The scheme.
    pub scheme: UriScheme,
    /// The host, as written.
    pub name: Text,
    /// The port; the scheme's own where none is written.
    pub port: u16,
    /// The Host header that a parameter mapping sets: a text, or a source such as
    /// `method.request.header.x` that only a request tells.
    pub host_mapping: Option<Text>,
    /// How far API Gateway checks who issued the backend's certificate.
    pub issuer: IssuerCheck,
}

/// How far API Gateway checks who issued a backend's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssuerCheck {
    /// Only authorities it trusts.
    Trusted,
    /// Any (`insecureSkipVerification`).
    Any,
}

impl Sent {
    /// The Host header that the backend sees with this scheme and port: what a mapping sets, else
    /// the host with its port when that is not the scheme's own.
    #[must_use]
    pub fn host_header(&self, scheme: UriScheme, port: u16) -> Text {
        match &self.host_mapping {
            Some(mapping) => mapping.clone(),
            None if port == scheme.default_port() => self.name.clone(),
            None => Text::from(format!("{}:{port}", self.name)),
        }
    }
}

impl Way {
    /// The link it takes.
    #[must_use]
    pub fn link(&self) -> Option<&VpcLinkId> {
        self.hops.iter().find_map(|hop| match hop {
            Hop::VpcLinkV1(id) | Hop::VpcLinkV2(id) => Some(id),
            Hop::NlbListener { .. } | Hop::TargetGroup(_) | Hop::AlbListener { .. } => None,
        })
    }

    /// The NLB it passes, and the listener's port.
    #[must_use]
    pub fn nlb(&self) -> Option<(&LoadBalancerArn, u16)> {
        self.hops.iter().find_map(|hop| match hop {
            Hop::NlbListener { nlb, port } => Some((nlb, *port)),
            Hop::VpcLinkV1(_)
            | Hop::VpcLinkV2(_)
            | Hop::TargetGroup(_)
            | Hop::AlbListener { .. } => None,
        })
    }
}

/// Where a method was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeenIn {
    /// On the stage and, the same, in the draft.
    Both,
    /// Only on the stage.
    Stage,
    /// Only in the draft.
    Draft,
}

/// Where chains begin: shared by every method of a stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    /// The API.
    pub api: Arc<ApiRef>,
    /// The stage; `None` for an API without stages.
    pub stage: Option<StageName>,
}

/// One method on one stage and the way it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The API and the stage.
    pub start: Arc<Start>,
    /// The resource's path, or the route key.
    pub path: Text,
    /// The method; `None` where the route key says it.
    pub verb: Option<Verb>,
    /// Where it was seen.
    pub seen_in: SeenIn,
    /// The way it takes.
    pub way: Arc<Way>,
}

/// How a private integration reaches its backend: the patterns people describe, and the rest.
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
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Pattern {
    /// An HTTP API to an internal ALB in private subnets.
    HttpApiToAlbInPrivateSubnets,
    /// An HTTP API to an internal ALB in public subnets.
    HttpApiToAlbInPublicSubnets,
    /// A REST API over a version 1 link to an internal NLB.
    RestApiToInternalNlb,
    /// A REST API over a version 1 link to an internet-facing NLB.
    RestApiToInternetFacingNlb,
    /// A REST API over a version 2 link to an ALB: where this tool leads.
    RestApiToAlbOverV2,
    /// Any other: a version 2 link to an NLB, a WebSocket API, a Cloud Map service, an
    /// internet-facing ALB behind an HTTP API.
    Other,
    /// It could not be told, because something on the way was not seen or does not exist.
    Unknown,
}

/// Who can call an API: not to be confused with a private integration, which is about whom the API
/// calls.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ApiAccess {
    /// Anybody on the internet (edge-optimized or regional).
    Public,
    /// Only VPC endpoints (endpoint type `PRIVATE`).
    PrivateApi,
}

/// The private integrations of one stage that have one pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PrivateIntegrations {
    /// The API's account.
    pub account: AccountId,
    /// The API.
    pub api: Arc<ApiRef>,
    /// The API's region.
    pub region: Region,
    /// Who can call it.
    pub access: ApiAccess,
    /// The stage; `None` for an API without stages.
    pub stage: Option<StageName>,
    /// How they reach their backends.
    pub pattern: Pattern,
    /// How many methods.
    pub methods: usize,
}

/// What is known of one NLB.
#[derive(Debug, Clone, PartialEq)]
pub struct NlbAssessment {
    /// Its ARN.
    pub arn: LoadBalancerArn,
    /// Its name.
    pub name: Text,
    /// Its account.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Its tags; `None` when not in play or not readable.
    pub tags: Option<Tags>,
    /// What may happen to it.
    pub verdict: Verdict,
    /// Why, in the order of the verdict's table.
    pub reasons: Vec<Reason>,
    /// Findings, gravest first.
    pub findings: Vec<Finding>,
    /// Chains over it, by API, stage, path and method.
    pub chains: Vec<Chain>,
    /// What a move would change of what has to be run; `None` for an NLB that is no bridge.
    pub comparison: Option<Comparison>,
}

impl NlbAssessment {
    /// The gravest severity among its findings.
    #[must_use]
    pub fn gravest(&self) -> Option<Severity> {
        self.findings.iter().map(Finding::severity).max()
    }
}

/// The version of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LinkVersion {
    V1,
    V2,
}

/// What is known of one VPC link.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkAssessment {
    /// Its id: unique within its account and region.
    pub id: VpcLinkId,
    /// Its name.
    pub name: Text,
    /// Its account.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Its version.
    pub version: LinkVersion,
    /// AWS's status word.
    pub status: Text,
    /// NLBs a version 1 link targets.
    pub targets: Vec<LoadBalancerArn>,
    /// Methods on stages that use it.
    pub methods: usize,
    /// Findings.
    pub findings: Vec<Finding>,
}

/// A finding about chains that reach no load balancer.
#[derive(Debug, Clone, PartialEq)]
pub struct Unattached {
    /// The account of the API.
    pub account: AccountId,
    /// The region of the API.
    pub region: Region,
    /// The finding.
    pub finding: Finding,
}

/// The finished view of a snapshot, or of one snapshot for each of several accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The header of the snapshot of each account.
    pub scanned: Scanned,
    /// Everything that was not seen, sorted. Empty means complete.
    pub gaps: Vec<Gap>,
    /// NLBs, by ARN.
    pub nlbs: Vec<NlbAssessment>,
    /// Links, by account, region, version and id.
    pub links: Vec<LinkAssessment>,
    /// Private integrations, by account, region, API, stage and pattern.
    pub private_integrations: Vec<PrivateIntegrations>,
    /// Findings about chains that reach no load balancer at all, by account and region; those of a
    /// region in the order in which they were found.
    pub unattached: Vec<Unattached>,
}

impl Assessment {
    /// The view of several accounts, from one of each; `None` of none. Nothing is copied, and the
    /// order in which they come changes nothing. One account comes once: whoever read it in parts
    /// puts these together before they are assessed.
    #[must_use]
    pub fn of_many(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut all = all.into_iter();
        let mut whole = all.next()?;
        for Self {
            scanned,
            mut gaps,
            mut nlbs,
            mut links,
            mut private_integrations,
            mut unattached,
        } in all
        {
            whole.scanned.add(scanned);
            whole.gaps.append(&mut gaps);
            whole.nlbs.append(&mut nlbs);
            whole.links.append(&mut links);
            whole.private_integrations.append(&mut private_integrations);
            whole.unattached.append(&mut unattached);
        }
        if whole.scanned.only().is_none() {
            whole.sort();
        }
        Some(whole)
    }

    /// Every list in the order that its field names.
    fn sort(&mut self) {
        self.scanned.sort();
        self.gaps.sort();
        self.gaps.dedup();
        self.nlbs.sort_by(|a, b| a.arn.cmp(&b.arn));
        self.links.sort_by(|a, b| {
            (&a.account, &a.region, a.version, &a.id)
                .cmp(&(&b.account, &b.region, b.version, &b.id))
        });
        self.private_integrations.sort_by(|a, b| {
            (&a.account, &a.region, &a.api, &a.stage, a.pattern)
                .cmp(&(&b.account, &b.region, &b.api, &b.stage, b.pattern))
        });
        self.unattached
            .sort_by(|a, b| (&a.account, &a.region).cmp(&(&b.account, &b.region)));
    }

    /// Whether everything was seen that could change a verdict.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// How many NLBs have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.nlbs
            .iter()
            .filter(|nlb| nlb.verdict == verdict)
            .count()
    }
}
