//! Findings, reasons and ways in plain words, names made printable.

mod behaviour;
mod cannot_move;
pub(crate) mod costs;
mod evidence;
pub(crate) mod latency;
mod later;
mod shape;
mod users;

use std::fmt::Display;

use unbridge_model::apigateway::Verb;
use unbridge_model::assessment::{ApiAccess, Pattern, SeenIn, Way};
use unbridge_model::finding::{ApiRef, MethodRef, Reason, Severity, TrafficTold};
use unbridge_model::gap::{Gap, Source};
use unbridge_model::id::{AccountId, LoadBalancerArn, StageName, SubnetId, TargetGroupArn};
use unbridge_model::route::{End, Hop};
use unbridge_model::text::Text;

use crate::codes::text_of;
use crate::gaps;
use crate::layout::{count, some};
use crate::look::Tone;
use crate::safe::printable;
use crate::view::{About, Stale, StaleAcceptance, Whose};

pub(crate) use self::evidence::evidence;

/// How many things of a kind are named before the rest is only counted.
const MOST: usize = 8;

/// A finding's evidence: a sentence, and what belongs under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) sentence: String,
    pub(crate) details: Vec<String>,
}

impl Evidence {
    fn new(sentence: String) -> Self {
        Self {
            sentence,
            details: Vec::new(),
        }
    }

    /// A sentence and what it announces; a colon that announces nothing is left out.
    fn with(mut sentence: String, details: impl Iterator<Item = String>) -> Self {
        let mut details: Vec<String> = details.collect();
        if details.is_empty() && sentence.ends_with(':') {
            sentence.pop();
        }
        if details.len() > MOST {
            let more = details.len() - MOST;
            details.truncate(MOST);
            details.push(format!("+{more} more; --output json has them all"));
        }
        Self { sentence, details }
    }
}

/// A reason of a verdict, of an NLB in this account.
pub(crate) fn reason(reason: &Reason, home: &AccountId) -> String {
    match reason {
        Reason::Finding(code) => text_of(*code).title.to_owned(),
        Reason::Gap(unseen) => {
            let of = match &unseen.account {
                account if account == home => String::new(),
                account => format!(" of account {account}"),
            };
            format!("not seen: {}", gap(unseen, &of))
        }
        Reason::NoGateway => "no VPC link and no API names it".to_owned(),
        Reason::NoAlb => "no listener of it reaches an ALB".to_owned(),
        Reason::ListenerLeadsNowhere(port) => {
            format!("its listener on port {port} leads to no target that exists")
        }
        Reason::EverythingMoves => {
            "every chain over it can move, and every other source of users was read and empty"
                .to_owned()
        }
    }
}

/// What a source would show.
pub(crate) fn source_in_words(source: Source) -> &'static str {
    match source {
        Source::DnsRecords => "Route 53 records that point at an NLB",
        Source::Accelerators => "Global Accelerator endpoints",
        Source::CloudfrontOrigins => "CloudFront origins",
        Source::VerifiedAccessEndpoints => "Verified Access endpoints",
        Source::TrafficMirrorTargets => "traffic mirror targets",
        Source::Alarms => "CloudWatch alarms that watch an NLB",
        Source::Certificates => "certificates of ALB listeners",
        Source::WebAcls => "web ACLs on ALBs",
        Source::NetworkAcls => "network ACLs",
        Source::RouteTables => "route tables",
        Source::ApiSettings => "authorizers, models and policies that a deployment ships along",
        Source::DomainNames => "custom domain names and their mappings",
        Source::MoveComparison => "whether ALB rules see the same request after a move",
    }
}

/// One gap in a line; `whose` says whose it is, where that has to be said.
pub(crate) fn gap(gap: &Gap, whose: &str) -> String {
    let Gap {
        account: _,
        region,
        unseen,
        class,
        message: _,
    } = gap;
    let place = region
        .as_ref()
        .map_or_else(String::new, |region| format!(" in {region}"));
    format!(
        "{}{place}{whose} ({})",
        printable(&gaps::unseen_in_words(unseen)),
        gaps::class_in_words(*class)
    )
}

/// The way of a request, stop by stop, each printable and marked where it fails.
pub(crate) fn way(way: &Way) -> Vec<String> {
    let mut stops: Vec<String> = way.hops.iter().map(hop).collect();
    match &way.end {
        End::Alb { alb, port } => {
            let last = format!("ALB {}:{port}", load_balancer(alb));
            if stops.last() != Some(&last) {
                stops.push(last);
            }
        }
        End::OtherTargets {
            group: target_group,
        } => {
            stops.push(format!("targets of {} (no ALB)", group(target_group)));
        }
        End::CloudMap { service } => {
            stops.push(format!("Cloud Map service {}", printable(service)));
        }
        End::Broken(why) => {
            stops.push(Tone::Bad.of(format!("BROKEN: {}", printable(&why.to_string()))));
        }
        End::Unseen(why) => {
            stops.push(Tone::Care.of(format!("NOT SEEN: {}", printable(&why.to_string()))));
        }
    }
    stops
}

fn hop(hop: &Hop) -> String {
    match hop {
        Hop::VpcLinkV1(id) => format!("VPC link v1 {id}"),
        Hop::VpcLinkV2(id) => format!("VPC link v2 {id}"),
        Hop::NlbListener { nlb, port } => format!("NLB {}:{port}", load_balancer(nlb)),
        Hop::TargetGroup(target_group) => group(target_group),
        Hop::AlbListener {
            alb,
            port,
            listener: _,
        } => format!("ALB {}:{port}", load_balancer(alb)),
    }
}

/// The way to an organizational unit, printable.
pub(crate) fn ou(path: &str) -> String {
    match path {
        "" => "the root".to_owned(),
        path => name(path),
    }
}

/// `orders (REST a1b2c3)`.
pub(crate) fn api(api: &ApiRef) -> String {
    let ApiRef {
        kind,
        id,
        name: called,
    } = api;
    format!("{} ({kind} {})", name(called), name(id))
}

/// `orders (REST a1b2c3) stage prod`.
pub(crate) fn stage(of: &ApiRef, stage: Option<&StageName>) -> String {
    match stage {
        Some(stage) => format!("{} stage {stage}", api(of)),
        None => format!("{} without a stage", api(of)),
    }
}

/// What it means where a method was seen, unless it is what one expects.
pub(crate) fn seen_in(seen: SeenIn) -> Option<&'static str> {
    match seen {
        SeenIn::Both => None,
        SeenIn::Stage => Some("not in the draft"),
        SeenIn::Draft => Some("only in the draft"),
    }
}

/// `GET /orders`, or a route key.
pub(crate) fn path(verb: Option<Verb>, path: &Text) -> String {
    match verb {
        Some(verb) => format!("{verb} {}", name(path)),
        None => name(path),
    }
}

/// The word for a severity, in its colour.
pub(crate) fn severity(severity: Severity) -> String {
    let tone = match severity {
        Severity::Blocker => Tone::Bad,
        Severity::Warning => Tone::Care,
        Severity::Info => Tone::Faint,
    };
    tone.of(severity)
}

/// The name of a load balancer, printable.
pub(crate) fn load_balancer(arn: &LoadBalancerArn) -> String {
    printable(arn.name()).into_owned()
}

/// What a finding is about, printable.
pub(crate) fn about(about: &About, whose: Whose<'_>) -> String {
    let (region, of) = (about.region(), whose.of(about.account()));
    match about {
        About::Nlb(arn) => format!("{} in {region}{of}", load_balancer(arn)),
        About::Link(_, _, _, id) => format!("{id} in {region}{of}"),
        About::Chains(..) => format!("chains in {region}{of}"),
    }
}

/// An acceptance that did nothing, and why.
pub(crate) fn stale(stale: &StaleAcceptance) -> String {
    let acceptance = &stale.acceptance;
    let scope = acceptance.scope.words().join(", ");
    let of = if scope.is_empty() {
        String::new()
    } else {
        format!(" ({})", name(&scope))
    };
    let why = match stale.why {
        Stale::Expired => format!(
            "expired on {}: what it accepted counts again",
            acceptance.expires
        ),
        Stale::MatchesNothing => "matches no finding: remove it, or mend its limits".to_owned(),
    };
    format!("{}{of}: {why}", acceptance.finding)
}

/// A name from AWS, printable.
pub(crate) fn name(text: &str) -> String {
    printable(text).into_owned()
}

fn method(method: &MethodRef) -> String {
    let MethodRef {
        resource_path,
        http_method,
    } = method;
    path(*http_method, resource_path)
}

/// `target group orders-80`.
pub(crate) fn group(arn: &TargetGroupArn) -> String {
    let tail = arn.as_str().rsplit_once("targetgroup/");
    let called = tail.and_then(|(_, tail)| tail.split('/').next());
    format!("target group {}", printable(called.unwrap_or(arn.as_str())))
}

fn albs_in_words(albs: &[LoadBalancerArn]) -> String {
    let names: Vec<String> = albs.iter().map(load_balancer).collect();
    format!(
        "{} {}",
        plural(albs.len(), "ALB", "ALBs"),
        some(&names, MOST)
    )
}

fn ports(ports: &[u16]) -> String {
    ids(ports)
}

/// Things whose names are safe by their type, the first few of them.
fn ids<T: Display>(ids: &[T]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    some(&ids, MOST)
}

/// Names from AWS, printable.
fn names(texts: &[Text]) -> impl Iterator<Item = String> {
    texts.iter().map(|text| name(text))
}

/// `1 API`, `3 APIs`.
fn apis_in_words(number: usize) -> String {
    count(number, "API", "APIs")
}

/// What passed, over how long.
fn traffic(told: TrafficTold) -> String {
    let TrafficTold {
        days,
        active_days,
        flows,
        bytes,
    } = told;
    format!("{flows} flows and {bytes} bytes on {active_days} of {days} days")
}

fn usable_subnets(usable: &[SubnetId]) -> String {
    match usable.len() {
        0 => "no subnet works".to_owned(),
        1 => format!("subnet {} works", ids(usable)),
        _ => format!("subnets {} work", ids(usable)),
    }
}

/// How a private integration reaches its backend.
pub(crate) fn pattern(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::HttpApiToAlbInPrivateSubnets => "HTTP API to an internal ALB in private subnets",
        Pattern::HttpApiToAlbInPublicSubnets => "HTTP API to an internal ALB in public subnets",
        Pattern::RestApiToInternalNlb => "REST API over VPC link v1 to an internal NLB",
        Pattern::RestApiToInternetFacingNlb => {
            "REST API over VPC link v1 to an internet-facing NLB"
        }
        Pattern::RestApiToAlbOverV2 => "REST API over VPC link v2 to an ALB",
        Pattern::Other => "another way",
        Pattern::Unknown => "a way that was not seen to its end",
    }
}

/// Who can call an API.
pub(crate) fn access(access: ApiAccess) -> &'static str {
    match access {
        ApiAccess::Public => "it can be called from the internet",
        ApiAccess::PrivateApi => {
            "a private API (endpoint type PRIVATE): only VPC endpoints can call it"
        }
    }
}

fn plural(number: usize, one: &'static str, many: &'static str) -> &'static str {
    if number == 1 { one } else { many }
}
