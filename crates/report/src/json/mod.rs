//! The public JSON: what scripts rely on. A field may be added within a format version; none may
//! change its meaning or go.
//!
//! Everything is borrowed from the view and written as it is met, so a million chains take
//! no memory of their own. Order is the view's.

mod costs;
mod list;
mod scans;
mod sides;

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde_json::Value;
use unbridge_model::apigateway::{Tags, Verb};
use unbridge_model::assessment::{
    ApiAccess, Assessment, Chain, LinkAssessment, LinkVersion, NlbAssessment, Pattern,
    PrivateIntegrations, SeenIn, Unattached,
};
use unbridge_model::finding::{ApiRef, ApiType, Finding, FindingCode, Reason, Severity, Verdict};
use unbridge_model::gap::Gap;
use unbridge_model::id::{LoadBalancerArn, StageName, VpcLinkId};
use unbridge_model::route::End;

pub(crate) use self::costs::Amount;
use self::costs::{
    AddedLatency, Cost, GroupTotals, Prices, Savings, Total, cost_reason, totals, totals_by,
};
use self::list::{Each, EachIn};
pub(crate) use self::scans::GeneratedFrom;
use self::scans::Since;
use self::sides::BothSides;
use crate::rows::GroupBy;
use crate::safe::HarmlessJson;
use crate::view::{About, Accepted, Baseline, Narrowed, Stale, StaleAcceptance, View, Whose};

/// The version of the format.
pub const FORMAT_VERSION: u32 = 1;

const COST_REASON: &str = "costs were not worked out";

/// Writes the view as one line of JSON.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, out: impl Write) -> io::Result<()> {
    write_with(view, None, out)
}

/// The same, with totals by what is asked for besides those that are always there.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_with(view: &View, by: Option<&GroupBy>, mut out: impl Write) -> io::Result<()> {
    let report = Report {
        totals_by: totals_by(view, by),
        ..Report::from(view)
    };
    let mut harmless = HarmlessJson::new(&mut out);
    serde_json::to_writer(&mut harmless, &report)?;
    harmless.flush()?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The JSON Schema of what [`write()`] writes.
#[must_use]
pub fn schema() -> Value {
    crate::schema::of::<Report<'static>>()
}

/// `unbridge report --output json`.
#[derive(serde::Serialize, JsonSchema)]
struct Report<'a> {
    /// The version of this format.
    format_version: u32,
    /// What the report was made from.
    generated_from: GeneratedFrom<'a>,
    /// Whether everything was seen that could change a verdict.
    complete: bool,
    /// What was not seen.
    gaps: &'a [Gap],
    /// Network Load Balancers, by ARN.
    nlbs: EachIn<'a, NlbAssessment, Nlb<'a>>,
    /// VPC links of both versions, by account, region, version and id.
    links: EachIn<'a, LinkAssessment, Link<'a>>,
    /// Private integrations, by account, region, API, stage and pattern.
    private_integrations: EachIn<'a, PrivateIntegrations, Private<'a>>,
    /// Findings about chains that reach no load balancer.
    unattached: EachIn<'a, Unattached, FoundIn<'a>>,
    /// Accepted findings about such chains.
    unattached_accepted: Vec<AcceptedOnChains<'a>>,
    /// Acceptances that did nothing.
    stale_acceptances: Each<'a, StaleAcceptance, StaleEntry<'a>>,
    /// What filters left out; null without filters.
    filtered: Option<Filtered<'a>>,
    /// The earlier scan whose findings are left out; null without one.
    baseline: Option<Since<'a>>,
    /// Counts over what is listed.
    summary: Summary,
    /// What the bridges that are listed cost, a sum for each currency; empty when nobody worked it
    /// out.
    totals: Vec<Total>,
    /// The same by what NLBs have in common: always by `account`, `region` and `verdict`. Empty
    /// when nobody worked it out.
    totals_by: BTreeMap<String, Vec<GroupTotals>>,
    /// The prices; null when nobody worked costs out.
    prices: Option<Prices>,
}

impl<'a> From<&'a View> for Report<'a> {
    fn from(view: &'a View) -> Self {
        let assessment = &view.assessment;
        let of_chains = |one: &&Accepted| matches!(one.about, About::Chains(..));
        Self {
            format_version: FORMAT_VERSION,
            generated_from: GeneratedFrom::from(view),
            complete: assessment.is_complete(),
            gaps: &assessment.gaps,
            nlbs: EachIn::of(view, &assessment.nlbs),
            links: EachIn::of(view, &assessment.links),
            private_integrations: EachIn::of(view, &assessment.private_integrations),
            unattached: EachIn::of(view, &assessment.unattached),
            unattached_accepted: view
                .accepted
                .iter()
                .filter(of_chains)
                .map(|one| AcceptedOnChains::from((view, one)))
                .collect(),
            stale_acceptances: Each::of(&view.stale),
            filtered: view.narrowed.as_ref().map(Filtered::from),
            baseline: view.baseline.as_ref().map(Since::from),
            summary: Summary::from(assessment),
            totals: totals(view),
            totals_by: BTreeMap::new(),
            prices: view.costs.as_ref().map(Prices::from),
        }
    }
}

/// What filters left out.
#[derive(serde::Serialize, JsonSchema)]
struct Filtered<'a> {
    /// The filters, in words.
    by: &'a [String],
    /// NLBs left out.
    nlbs: usize,
    /// Of these, NLBs whose tags a filter asked for and the scan did not read.
    tags_unread: usize,
    /// Findings left out.
    findings: usize,
}

impl<'a> From<&'a Narrowed> for Filtered<'a> {
    fn from(narrowed: &'a Narrowed) -> Self {
        Self {
            by: &narrowed.by,
            nlbs: narrowed.nlbs,
            tags_unread: narrowed.tags_unread,
            findings: narrowed.findings,
        }
    }
}

/// An acceptance that did nothing.
#[derive(serde::Serialize, JsonSchema)]
struct StaleEntry<'a> {
    /// Why it did nothing.
    why: Stale,
    /// The code it accepts.
    finding: FindingCode,
    /// What it is limited to, in words; empty for no limit.
    scope: Vec<String>,
    /// The reason it gives.
    reason: &'a str,
    /// Its last day.
    expires: String,
}

impl<'a> From<&'a StaleAcceptance> for StaleEntry<'a> {
    fn from(stale: &'a StaleAcceptance) -> Self {
        let acceptance = &stale.acceptance;
        Self {
            why: stale.why,
            finding: acceptance.finding,
            scope: acceptance.scope.words(),
            reason: &acceptance.reason,
            expires: acceptance.expires.to_string(),
        }
    }
}

/// One Network Load Balancer.
#[derive(serde::Serialize, JsonSchema)]
struct Nlb<'a> {
    /// Its ARN.
    arn: &'a str,
    /// Its name.
    name: &'a str,
    /// Its account.
    account: &'a str,
    /// Its region.
    region: &'a str,
    /// Its tags; null when they were not read.
    tags: Option<&'a Tags>,
    /// What may happen to it.
    verdict: Verdict,
    /// Its verdict in the baseline; null without a baseline, and for an NLB that was not in it.
    previous_verdict: Option<Verdict>,
    /// Why.
    reasons: Each<'a, Reason, Why<'a>>,
    /// What was found about it, gravest first.
    findings: Each<'a, Finding, Found<'a>>,
    /// Findings that a team has accepted. They still count in the verdict.
    accepted: Vec<AcceptedFinding<'a>>,
    /// Methods whose requests pass it.
    chains: Each<'a, Chain, ChainLine<'a>>,
    /// What has to be run for it today and after a move; null for an NLB that is no bridge.
    comparison: Option<BothSides<'a>>,
    /// What it costs a month; null when nobody worked it out.
    monthly_cost: Option<Cost<'a>>,
    /// What its going would save a month under its verdict; null when nobody worked it out.
    monthly_savings: Option<Savings>,
    /// What the way to the targets adds to requests, stage by stage; null when nobody worked it
    /// out.
    latency: Option<Vec<AddedLatency<'a>>>,
    /// Why cost and savings, or their expected and high figures, are null, and what they leave
    /// out.
    cost_reason: Vec<String>,
}

impl<'a> From<(&'a View, &'a NlbAssessment)> for Nlb<'a> {
    fn from((view, nlb): (&'a View, &'a NlbAssessment)) -> Self {
        let before = |baseline: &Baseline| baseline.verdicts.get(&nlb.arn).copied();
        Self {
            arn: nlb.arn.as_str(),
            name: &nlb.name,
            account: nlb.account.as_str(),
            region: nlb.region.as_str(),
            tags: nlb.tags.as_ref(),
            verdict: nlb.verdict,
            previous_verdict: view.baseline.as_ref().and_then(before),
            reasons: Each::of(&nlb.reasons),
            findings: Each::of(&nlb.findings),
            accepted: accepted(view.accepted_about(&About::Nlb(nlb.arn.clone()))),
            chains: Each::of(&nlb.chains),
            comparison: nlb.comparison.as_ref().map(BothSides::from),
            monthly_cost: view.estimate(nlb).map(Cost::from),
            monthly_savings: view.estimate(nlb).map(Savings::from),
            latency: view
                .estimate(nlb)
                .map(|estimate| estimate.latency.iter().map(AddedLatency::from).collect()),
            cost_reason: match view.estimate(nlb) {
                Some(estimate) => cost_reason(estimate),
                None => vec![COST_REASON.to_owned()],
            },
        }
    }
}

/// Why a verdict is what it is.
#[derive(serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
enum Why<'a> {
    /// A finding of this code says so.
    Finding {
        /// The code.
        code: FindingCode,
    },
    /// This could not be seen.
    Gap {
        /// What.
        gap: &'a Gap,
    },
    /// No link and no API names the NLB.
    NoGateway,
    /// No listener reaches an ALB.
    NoAlb,
    /// A listener leads to no target that exists.
    ListenerLeadsNowhere {
        /// Its port.
        port: u16,
    },
    /// Every chain over it can move and every source of other users was empty.
    EverythingMoves,
}

impl<'a> From<&'a Reason> for Why<'a> {
    fn from(reason: &'a Reason) -> Self {
        match reason {
            Reason::Finding(code) => Self::Finding { code: *code },
            Reason::Gap(gap) => Self::Gap { gap },
            Reason::NoGateway => Self::NoGateway,
            Reason::NoAlb => Self::NoAlb,
            Reason::ListenerLeadsNowhere(port) => Self::ListenerLeadsNowhere { port: *port },
            Reason::EverythingMoves => Self::EverythingMoves,
        }
    }
}

/// What was found.
#[derive(serde::Serialize, JsonSchema)]
pub(crate) struct Found<'a> {
    /// Its stable code.
    code: FindingCode,
    /// How much it weighs.
    severity: Severity,
    /// The facts behind it; which ones depends on the code.
    evidence: &'a Finding,
}

impl<'a> From<&'a Finding> for Found<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            code: finding.code(),
            severity: finding.severity(),
            evidence: finding,
        }
    }
}

/// What was found about chains that reach no load balancer.
#[derive(serde::Serialize, JsonSchema)]
struct FoundIn<'a> {
    /// The account of the API; absent for a report on one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    /// The region of the API.
    region: &'a str,
    /// What was found.
    #[serde(flatten)]
    found: Found<'a>,
}

impl<'a> From<(&'a View, &'a Unattached)> for FoundIn<'a> {
    fn from((view, unattached): (&'a View, &'a Unattached)) -> Self {
        Self {
            account: scans::of_several(view, &unattached.account),
            region: unattached.region.as_str(),
            found: Found::from(&unattached.finding),
        }
    }
}

/// A finding that a team has accepted.
#[derive(serde::Serialize, JsonSchema)]
struct AcceptedFinding<'a> {
    /// The finding.
    #[serde(flatten)]
    found: Found<'a>,
    /// Why it was accepted.
    reason: &'a str,
    /// The last day of the acceptance.
    expires: String,
}

impl<'a> From<&'a Accepted> for AcceptedFinding<'a> {
    fn from(one: &'a Accepted) -> Self {
        Self {
            found: Found::from(&one.finding),
            reason: &one.reason,
            expires: one.expires.to_string(),
        }
    }
}

/// An accepted finding about chains that reach no load balancer.
#[derive(serde::Serialize, JsonSchema)]
struct AcceptedOnChains<'a> {
    /// The account of the API; absent for a report on one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    /// The region of the API; absent for a report on one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    /// The finding, and why it was accepted.
    #[serde(flatten)]
    accepted: AcceptedFinding<'a>,
}

impl<'a> From<(&'a View, &'a Accepted)> for AcceptedOnChains<'a> {
    fn from((view, one): (&'a View, &'a Accepted)) -> Self {
        let several = Whose::from(view).several();
        Self {
            account: several.then(|| one.about.account()),
            region: several.then(|| one.about.region()),
            accepted: AcceptedFinding::from(one),
        }
    }
}

fn accepted<'a>(all: impl Iterator<Item = &'a Accepted>) -> Vec<AcceptedFinding<'a>> {
    all.map(AcceptedFinding::from).collect()
}

/// One method on one stage, and the way its requests take.
#[derive(serde::Serialize, JsonSchema)]
struct ChainLine<'a> {
    /// The API's id.
    api_id: &'a str,
    /// The API's name.
    api_name: &'a str,
    /// The API's type.
    api_type: ApiType,
    /// The stage; null for an API without stages.
    stage: Option<&'a str>,
    /// The resource's path, or the route key.
    resource_path: &'a str,
    /// The method; null where the route key says it.
    http_method: Option<Verb>,
    /// The link.
    vpc_link_id: Option<&'a str>,
    /// Port of the NLB's listener.
    nlb_listener_port: Option<u16>,
    /// The ALB at the end; null unless `end` is `alb`.
    alb_arn: Option<&'a str>,
    /// Port of the ALB's listener; null unless `end` is `alb`.
    alb_listener_port: Option<u16>,
    /// Whether the stage runs it.
    deployed: bool,
    /// Whether it stands in the draft.
    draft: bool,
    /// Where its requests end.
    end: EndKind,
    /// Why they end nowhere, or why the end is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_reason: Option<String>,
}

/// Where requests end.
#[derive(serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum EndKind {
    /// At a listener of an ALB.
    Alb,
    /// At targets of the NLB that are no ALB, or at a Cloud Map service.
    OtherTargets,
    /// Nowhere: they cannot arrive.
    Broken,
    /// Not known: it could not be read.
    Unseen,
}

impl<'a> From<&'a Chain> for ChainLine<'a> {
    fn from(chain: &'a Chain) -> Self {
        let way = &*chain.way;
        let (end, alb, end_reason) = match &way.end {
            End::Alb { alb, port } => (EndKind::Alb, Some((alb, *port)), None),
            End::OtherTargets { group: _ } | End::CloudMap { service: _ } => {
                (EndKind::OtherTargets, None, None)
            }
            End::Broken(why) => (EndKind::Broken, None, Some(why.to_string())),
            End::Unseen(why) => (EndKind::Unseen, None, Some(why.to_string())),
        };
        let (deployed, draft) = match chain.seen_in {
            SeenIn::Both => (true, true),
            SeenIn::Stage => (true, false),
            SeenIn::Draft => (false, true),
        };
        Self {
            api_id: &chain.start.api.id,
            api_name: &chain.start.api.name,
            api_type: chain.start.api.kind,
            stage: chain.start.stage.as_ref().map(StageName::as_str),
            resource_path: &chain.path,
            http_method: chain.verb,
            vpc_link_id: way.link().map(VpcLinkId::as_str),
            nlb_listener_port: way.nlb().map(|(_, port)| port),
            alb_arn: alb.map(|(arn, _)| LoadBalancerArn::as_str(arn)),
            alb_listener_port: alb.map(|(_, port)| port),
            deployed,
            draft,
            end,
            end_reason,
        }
    }
}

/// One VPC link.
#[derive(serde::Serialize, JsonSchema)]
struct Link<'a> {
    /// Its id.
    id: &'a str,
    /// Its name.
    name: &'a str,
    /// Its account; absent for a report on one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    /// Its region.
    region: &'a str,
    /// 1 or 2.
    version: u8,
    /// AWS's status word.
    status: &'a str,
    /// NLBs a version 1 link targets.
    targets: &'a [LoadBalancerArn],
    /// Methods on stages that use it.
    methods: usize,
    /// What was found about it.
    findings: Each<'a, Finding, Found<'a>>,
    /// Findings that a team has accepted.
    accepted: Vec<AcceptedFinding<'a>>,
}

impl<'a> From<(&'a View, &'a LinkAssessment)> for Link<'a> {
    fn from((view, link): (&'a View, &'a LinkAssessment)) -> Self {
        let about = About::of_link(link);
        Self {
            id: link.id.as_str(),
            name: &link.name,
            account: scans::of_several(view, &link.account),
            region: link.region.as_str(),
            version: match link.version {
                LinkVersion::V1 => 1,
                LinkVersion::V2 => 2,
            },
            status: &link.status,
            targets: &link.targets,
            methods: link.methods,
            findings: Each::of(&link.findings),
            accepted: accepted(view.accepted_about(&about)),
        }
    }
}

/// The private integrations of one stage that reach their backends in one way.
#[derive(serde::Serialize, JsonSchema)]
struct Private<'a> {
    /// The API's account; absent for a report on one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    /// The API's region.
    region: &'a str,
    /// The API.
    #[serde(flatten)]
    api: &'a ApiRef,
    /// Who can call the API; has nothing to do with whom it calls.
    access: ApiAccess,
    /// The stage; null for an API without stages.
    stage: Option<&'a str>,
    /// How they reach their backends.
    pattern: Pattern,
    /// How many methods.
    methods: usize,
}

impl<'a> From<(&'a View, &'a PrivateIntegrations)> for Private<'a> {
    fn from((view, private): (&'a View, &'a PrivateIntegrations)) -> Self {
        let PrivateIntegrations {
            account,
            api,
            region,
            access,
            stage,
            pattern,
            methods,
        } = private;
        Self {
            account: scans::of_several(view, account),
            region: region.as_str(),
            api,
            access: *access,
            stage: stage.as_ref().map(StageName::as_str),
            pattern: *pattern,
            methods: *methods,
        }
    }
}

/// Counts over what is listed.
#[derive(serde::Serialize, JsonSchema)]
struct Summary {
    /// NLBs.
    nlbs: usize,
    /// Methods on stages and in drafts whose requests pass an NLB.
    chains: usize,
    /// NLBs by verdict.
    verdicts: Verdicts,
}

/// NLBs by verdict.
#[derive(Default, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Verdicts {
    removable: usize,
    removable_if: usize,
    already_direct: usize,
    rewirable: usize,
    blocked: usize,
    not_a_bridge: usize,
}

impl From<&Assessment> for Summary {
    fn from(assessment: &Assessment) -> Self {
        let mut verdicts = Verdicts::default();
        for nlb in &assessment.nlbs {
            *match nlb.verdict {
                Verdict::Removable => &mut verdicts.removable,
                Verdict::RemovableIf => &mut verdicts.removable_if,
                Verdict::AlreadyDirect => &mut verdicts.already_direct,
                Verdict::Rewirable => &mut verdicts.rewirable,
                Verdict::Blocked => &mut verdicts.blocked,
                Verdict::NotABridge => &mut verdicts.not_a_bridge,
            } += 1;
        }
        Self {
            nlbs: assessment.nlbs.len(),
            chains: assessment.nlbs.iter().map(|nlb| nlb.chains.len()).sum(),
            verdicts,
        }
    }
}
