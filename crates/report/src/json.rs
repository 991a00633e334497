//! The public JSON: what scripts rely on. A field may be added within a format version; none may
//! change its meaning or go.
//!
//! Everything is borrowed from the assessment and written as it is met, so a million chains take
//! no memory of their own. Order is the assessment's.

use std::io::{self, Write};
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use unbridge_model::apigateway::Verb;
use unbridge_model::assessment::{
    ApiAccess, Assessment, Chain, LinkAssessment, LinkVersion, NlbAssessment, Pattern,
    PrivateIntegrations, SeenIn,
};
use unbridge_model::finding::{ApiRef, ApiType, Finding, FindingCode, Reason, Severity, Verdict};
use unbridge_model::gap::Gap;
use unbridge_model::id::{LoadBalancerArn, Region, StageName, VpcLinkId};
use unbridge_model::route::End;

use crate::safe::HarmlessJson;

/// The version of the format.
pub const FORMAT_VERSION: u32 = 1;

const COST_REASON: &str = "costs are not computed by this version";

/// Writes the assessment as one line of JSON.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(assessment: &Assessment, mut out: impl Write) -> io::Result<()> {
    let mut harmless = HarmlessJson::new(&mut out);
    serde_json::to_writer(&mut harmless, &Report::from(assessment))?;
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
    nlbs: Each<'a, NlbAssessment, Nlb<'a>>,
    /// VPC links of both versions, by region, version and id.
    links: Each<'a, LinkAssessment, Link<'a>>,
    /// Private integrations, by region, API, stage and pattern.
    private_integrations: Each<'a, PrivateIntegrations, Private<'a>>,
    /// Findings about chains that reach no load balancer.
    unattached: Each<'a, Finding, Found<'a>>,
    /// Counts over the whole report.
    summary: Summary,
}

impl<'a> From<&'a Assessment> for Report<'a> {
    fn from(assessment: &'a Assessment) -> Self {
        let header = &assessment.header;
        Self {
            format_version: FORMAT_VERSION,
            generated_from: GeneratedFrom {
                tool_version: &header.tool_version,
                account: header.account.as_str(),
                caller: Some(header.caller.as_str()).filter(|caller| !caller.is_empty()),
                regions: &header.regions,
                started_at: &header.started_at,
            },
            complete: assessment.is_complete(),
            gaps: &assessment.gaps,
            nlbs: Each::of(&assessment.nlbs),
            links: Each::of(&assessment.links),
            private_integrations: Each::of(&assessment.private_integrations),
            unattached: Each::of(&assessment.unattached),
            summary: Summary::from(assessment),
        }
    }
}

/// The scan behind a report.
#[derive(serde::Serialize, JsonSchema)]
struct GeneratedFrom<'a> {
    /// The version of the tool that scanned.
    tool_version: &'a str,
    /// The account.
    account: &'a str,
    /// The identity that scanned; null when unknown.
    caller: Option<&'a str>,
    /// The regions asked for.
    regions: &'a [Region],
    /// When the scan began, RFC 3339 in UTC.
    started_at: &'a str,
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
    /// What may happen to it.
    verdict: Verdict,
    /// Why.
    reasons: Each<'a, Reason, Why<'a>>,
    /// What was found about it, gravest first.
    findings: Each<'a, Finding, Found<'a>>,
    /// Methods whose requests pass it.
    chains: Each<'a, Chain, ChainLine<'a>>,
    /// What it costs a month; null when unknown.
    monthly_cost: Unknown,
    /// What its removal would save a month; null when unknown.
    monthly_savings: Unknown,
    /// Why cost and savings are null.
    cost_reason: &'static str,
}

impl<'a> From<&'a NlbAssessment> for Nlb<'a> {
    fn from(nlb: &'a NlbAssessment) -> Self {
        Self {
            arn: nlb.arn.as_str(),
            name: &nlb.name,
            account: nlb.account.as_str(),
            region: nlb.region.as_str(),
            verdict: nlb.verdict,
            reasons: Each::of(&nlb.reasons),
            findings: Each::of(&nlb.findings),
            chains: Each::of(&nlb.chains),
            monthly_cost: Unknown,
            monthly_savings: Unknown,
            cost_reason: COST_REASON,
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
struct Found<'a> {
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
}

impl<'a> From<&'a LinkAssessment> for Link<'a> {
    fn from(link: &'a LinkAssessment) -> Self {
        Self {
            id: link.id.as_str(),
            name: &link.name,
            region: link.region.as_str(),
            version: match link.version {
                LinkVersion::V1 => 1,
                LinkVersion::V2 => 2,
            },
            status: &link.status,
            targets: &link.targets,
            methods: link.methods,
            findings: Each::of(&link.findings),
        }
    }
}

/// The private integrations of one stage that reach their backends in one way.
#[derive(serde::Serialize, JsonSchema)]
struct Private<'a> {
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

impl<'a> From<&'a PrivateIntegrations> for Private<'a> {
    fn from(private: &'a PrivateIntegrations) -> Self {
        let PrivateIntegrations {
            api,
            region,
            access,
            stage,
            pattern,
            methods,
        } = private;
        Self {
            region: region.as_str(),
            api,
            access: *access,
            stage: stage.as_ref().map(StageName::as_str),
            pattern: *pattern,
            methods: *methods,
        }
    }
}

/// Counts over the whole report.
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

/// Always null, with a reason beside it.
struct Unknown;

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl JsonSchema for Unknown {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Unknown".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "null"})
    }
}

/// A list whose elements are turned into their public form one by one, as they are written.
struct Each<'a, T, U> {
    all: &'a [T],
    form: PhantomData<fn() -> U>,
}

impl<'a, T, U> Each<'a, T, U> {
    fn of(all: &'a [T]) -> Self {
        Self {
            all,
            form: PhantomData,
        }
    }
}

impl<'a, T, U: From<&'a T> + Serialize> Serialize for Each<'a, T, U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.all.iter().map(U::from))
    }
}

impl<T, U: JsonSchema> JsonSchema for Each<'_, T, U> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Vec::<U>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<U>::json_schema(generator)
    }
}
