//! Findings, reasons and ways in plain words, names made printable.
//!
//! Matches take every field by name, so that a field added to the evidence has no way around
//! being shown.

use unbridge_model::apigateway::Verb;
use unbridge_model::assessment::{SeenIn, Way};
use unbridge_model::finding::{
    ApiRef, CanaryEffect, Difference, DifferingField, Finding, ListenerTarget, MethodRef, Reason,
    Severity, StageTarget,
};
use unbridge_model::gap::{Gap, Source};
use unbridge_model::id::{LoadBalancerArn, StageName, TargetGroupArn};
use unbridge_model::route::{End, Hop};
use unbridge_model::text::Text;

use crate::codes::text_of;
use crate::gaps;
use crate::layout::{count, some};
use crate::look::Tone;
use crate::safe::printable;

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

    fn with(sentence: String, details: impl Iterator<Item = String>) -> Self {
        let mut details: Vec<String> = details.collect();
        if details.len() > MOST {
            let more = details.len() - MOST;
            details.truncate(MOST);
            details.push(format!("+{more} more; --output json has them all"));
        }
        Self { sentence, details }
    }
}

/// The evidence of a finding.
pub(crate) fn evidence(finding: &Finding) -> Evidence {
    match finding {
        Finding::NlbBridgesAlb { albs, ports } => Evidence::new(format!(
            "{} {} at {}",
            plural(ports.len(), "port", "ports"),
            self::ports(ports),
            albs_in_words(albs)
        )),
        Finding::NlbDirectTarget { listeners } => Evidence::with(
            format!(
                "{} of its own",
                count(listeners.len(), "listener", "listeners")
            ),
            listeners.iter().map(listener),
        ),
        Finding::MixedNlb {
            bridging_ports,
            others,
        } => Evidence::with(
            format!(
                "{} {} to ALBs; other listeners:",
                plural(bridging_ports.len(), "port", "ports"),
                ports(bridging_ports)
            ),
            others.iter().map(listener),
        ),
        Finding::IpTargetBridge {
            group: target_group,
            albs,
            stale_targets,
        } => Evidence::with(
            format!(
                "{} holds addresses of {}{}",
                group(target_group),
                albs_in_words(albs),
                if stale_targets.is_empty() {
                    ""
                } else {
                    "; stale addresses:"
                }
            ),
            stale_targets.iter().map(|target| name(target)),
        ),
        Finding::UnusedV1Link {
            vpc_link_id,
            name: link,
        } => Evidence::new(format!("VPC link v1 {vpc_link_id} ({})", name(link))),
        Finding::ChainBroken {
            api,
            stage,
            methods,
            why,
        } => Evidence::with(
            format!(
                "{}, {}: {}",
                self::stage(api, stage.as_ref()),
                count(methods.len(), "method", "methods"),
                printable(&why.to_string())
            ),
            methods.iter().map(method),
        ),
        Finding::StageVariableLink {
            api,
            stage,
            connection_id,
            vpc_link_id,
        } => Evidence::new(format!(
            "{}: {} is VPC link {vpc_link_id}",
            self::stage(api, Some(stage)),
            name(connection_id)
        )),
        Finding::WebsocketUsesV1Link {
            api: websocket,
            vpc_link_id,
        } => Evidence::new(match vpc_link_id {
            Some(link) => format!("{} uses VPC link v1 {link}", api(websocket)),
            None => format!("{} calls the NLB by its public name", api(websocket)),
        }),
        Finding::DraftDiffersFromStage {
            api,
            stage,
            differences,
        } => Evidence::with(
            format!(
                "{}: {} in the draft than on the stage",
                self::stage(api, Some(stage)),
                if differences.len() == 1 {
                    "1 method is different".to_owned()
                } else {
                    format!("{} methods are different", differences.len())
                }
            ),
            differences.iter().map(difference),
        ),
        Finding::CanaryInProgress {
            api,
            stage,
            deployment_id,
            percent,
            effect,
        } => Evidence::new(format!(
            "{}: {percent} % of requests run deployment {deployment_id}, {}",
            self::stage(api, Some(stage)),
            match effect {
                CanaryEffect::Differs => "which differs from the stage",
                CanaryEffect::None => "which is the stage's own: a left-over",
            }
        )),
        Finding::AlreadyDirect { apis, albs } => Evidence::with(
            format!(
                "{} {} over VPC link v2:",
                if apis.len() == 1 {
                    "1 API reaches".to_owned()
                } else {
                    format!("{} APIs reach", apis.len())
                },
                albs_in_words(albs)
            ),
            apis.iter().map(api),
        ),
        Finding::NlbAlbWithoutGateway { albs } => {
            Evidence::new(format!("forwards to {}", albs_in_words(albs)))
        }
        Finding::EndpointServiceConsumer { service, owners } => {
            let accounts: Vec<String> = owners.iter().map(ToString::to_string).collect();
            Evidence::new(match accounts.len() {
                0 => format!("endpoint service {service}: nobody is connected yet"),
                1 => format!(
                    "account {} connects to endpoint service {service}",
                    accounts[0]
                ),
                _ => format!(
                    "accounts {} connect to endpoint service {service}",
                    some(&accounts, MOST)
                ),
            })
        }
        Finding::NlbWeightedForward { port, groups } => Evidence::with(
            format!("port {port} forwards by weight:"),
            groups
                .iter()
                .map(|(target_group, weight)| format!("{weight} to {}", group(target_group))),
        ),
        Finding::StageTargetsDiffer {
            api: of,
            method: which,
            targets,
        } => Evidence::with(
            format!("{}: {}", api(of), method(which)),
            targets.iter().map(stage_target),
        ),
        Finding::UnknownUsers { gaps, sources } => Evidence::with(
            "not seen:".to_owned(),
            gaps.iter().map(gap).chain(
                sources
                    .iter()
                    .map(|source| source_in_words(*source).to_owned()),
            ),
        ),
    }
}

/// A reason of a verdict.
pub(crate) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Finding(code) => text_of(*code).title.to_owned(),
        Reason::Gap(unseen) => format!("not seen: {}", gap(unseen)),
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

/// One gap in a line.
pub(crate) fn gap(gap: &Gap) -> String {
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
        "{}{place} ({})",
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

fn group(arn: &TargetGroupArn) -> String {
    let tail = arn.as_str().rsplit_once("targetgroup/");
    let called = tail.and_then(|(_, tail)| tail.split('/').next());
    format!("target group {}", printable(called.unwrap_or(arn.as_str())))
}

fn listener(listener: &ListenerTarget) -> String {
    let ListenerTarget {
        port,
        group: target_group,
        target_type,
    } = listener;
    match (target_group, target_type) {
        (None, _) => format!("port {port} forwards nowhere"),
        (Some(arn), None) => format!("port {port} to {}", group(arn)),
        (Some(arn), Some(holds)) => format!("port {port} to {} ({})", group(arn), name(holds)),
    }
}

fn difference(difference: &Difference) -> String {
    let Difference {
        method: which,
        fields,
    } = difference;
    let fields: Vec<String> = fields.iter().map(field).collect();
    format!("{}: {}", method(which), fields.join(", "))
}

fn field(field: &DifferingField) -> String {
    match field {
        DifferingField::OnlyInDraft => "only in the draft".to_owned(),
        DifferingField::OnlyOnStage => "only on the stage".to_owned(),
        DifferingField::Integration => "only one has an integration".to_owned(),
        DifferingField::Type => "type".to_owned(),
        DifferingField::HttpMethod => "httpMethod".to_owned(),
        DifferingField::Uri => "uri".to_owned(),
        DifferingField::ConnectionId => "connectionId".to_owned(),
        DifferingField::IntegrationTarget => "integrationTarget".to_owned(),
        DifferingField::Carried(carried) => carried.to_string(),
    }
}

fn stage_target(target: &StageTarget) -> String {
    let StageTarget {
        stage,
        alb_arn,
        alb_listener_port,
    } = target;
    match (alb_arn, alb_listener_port) {
        (None, _) => format!("{stage} ends at no ALB"),
        (Some(alb), None) => format!("{stage} ends at ALB {}", load_balancer(alb)),
        (Some(alb), Some(port)) => format!("{stage} ends at ALB {}:{port}", load_balancer(alb)),
    }
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
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    some(&ports, MOST)
}

fn plural(number: usize, one: &'static str, many: &'static str) -> &'static str {
    if number == 1 { one } else { many }
}
