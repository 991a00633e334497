//! What speaks against deleting an NLB: everything that uses it, names it, protects it or could not be
//! seen, and metrics that do not show its disuse.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use unbridge_model::apigateway::{Protocol, VpcLink};
use unbridge_model::call::CallKind;
use unbridge_model::elb::{Scheme, TargetType};
use unbridge_model::finding::{Consumers, Finding, FindingCode, Verdict};
use unbridge_model::gap::{Gap, Unseen};
use unbridge_model::plan::choices::Doubt;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;
use unbridge_model::usage::Measured;

use super::named::Named;
use super::old_way::OldWay;
use super::quiet;
use crate::ground::Ground;

/// The attribute that keeps a load balancer from being deleted.
const PROTECTION: &str = "deletion_protection.enabled";

/// How many of many are told by name.
const MOST: usize = 5;

/// An NLB that is to go.
pub(super) struct Case<'c, 'a> {
    pub(super) ground: &'c Ground<'a>,
    pub(super) way: &'c OldWay<'a>,
    pub(super) named: &'c Named,
}

/// Why something waits.
struct Against {
    code: WaitingCode,
    finding: Option<FindingCode>,
    why: String,
    next: String,
    flag: Option<String>,
}

impl Against {
    fn of(code: WaitingCode, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            code,
            finding: None,
            why: why.into(),
            next: next.into(),
            flag: None,
        }
    }

    fn found(self, finding: FindingCode) -> Self {
        Self {
            finding: Some(finding),
            ..self
        }
    }

    fn flag(self, accepts: &dyn fmt::Display) -> Self {
        Self {
            flag: Some(format!("--accept {accepts}")),
            ..self
        }
    }

    fn about(self, what: Subject) -> Waiting {
        Waiting {
            code: self.code,
            what,
            finding: self.finding,
            why: Text::from(self.why),
            next: Text::from(self.next),
            flag: self.flag.map(Text::from),
        }
    }
}

/// The first few, and how many more there are.
fn few<'t>(all: impl IntoIterator<Item = &'t Text>) -> String {
    let all: Vec<&str> = all.into_iter().map(Text::as_str).collect();
    let more = all.len().saturating_sub(MOST);
    let told = all
        .iter()
        .take(MOST)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match more {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

impl Case<'_, '_> {
    /// Everything that speaks against it.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        let nlb = || Subject::Nlb(self.way.nlb.arn.clone());
        if self.way.nlb.verdict == Verdict::NotABridge {
            let why = "it is no bridge from API Gateway to an ALB, or nothing tells that it was one: it may serve another purpose (H2)";
            let next = format!("unbridge explain {}", self.way.nlb.name);
            return vec![Against::of(WaitingCode::NothingToMove, why, next).about(nlb())];
        }
        let mut against = self.chains();
        against.extend(
            self.way
                .nlb
                .findings
                .iter()
                .filter_map(|finding| self.finding(finding)),
        );
        against.extend(self.unread());
        against.extend(self.websockets());
        against.extend(self.host());
        against.extend(self.metrics());
        against.extend(self.protection());
        against.extend(self.words());
        let mut waiting: Vec<Waiting> = against.into_iter().map(|one| one.about(nlb())).collect();
        waiting.extend(self.way.links.iter().filter_map(|link| self.link(link)));
        waiting
    }

    fn accepts(&self, code: FindingCode) -> bool {
        self.ground.choices.findings.contains(&code)
    }

    fn doubts(&self, doubt: Doubt) -> bool {
        !self.ground.choices.doubts.contains(&doubt)
    }

    /// Requests that pass it today, on a stage or in a draft.
    fn chains(&self) -> Vec<Against> {
        let mut apis: BTreeMap<_, (BTreeSet<&str>, usize)> = BTreeMap::new();
        for chain in &self.way.nlb.chains {
            let (stages, methods) = apis.entry(&chain.start.api).or_default();
            stages.extend(chain.start.stage.as_ref().map(|stage| stage.as_str()));
            *methods += 1;
        }
        let told = apis.into_iter().map(|(api, (stages, methods))| {
            let on = stages.into_iter().collect::<Vec<_>>().join(", ");
            let why = format!("API {} ({}) goes over it: {methods} methods on {on}", api.name, api.id);
            let next = "unbridge plan, then apply it; what the draft or another stage still names counts as well";
            Against::of(WaitingCode::StillUsed, why, next)
        });
        told.collect()
    }

    /// A link that something names, by its id or through a stage variable (H3, H39).
    fn link(&self, link: &VpcLink) -> Option<Waiting> {
        let who = self.named.links.get(&link.id)?;
        let why = format!("it is named by {}", few(who));
        let next = "move what names it, on every stage; then scan again";
        let against = Against::of(WaitingCode::StillUsed, why, next);
        Some(against.about(Subject::VpcLink(link.id.clone())))
    }

    /// What was not read may name the link, or the NLB.
    fn unread(&self) -> Option<Against> {
        let unread = &self.named.unread;
        (!unread.is_empty()).then(|| {
            let why = format!("not known, and may name it: {}", few(unread));
            let next = "end canary releases of others, allow what is missing, then scan again";
            Against::of(WaitingCode::NotSeen, why, next)
        })
    }

    /// AWS offers no export of what a WebSocket stage runs, so only a person can say that it runs its
    /// API's integrations: whatever these name is told as use (H39).
    fn websockets(&self) -> Option<Against> {
        let stages = &self.named.websocket_stages;
        let doubt = Doubt::WebsocketStages;
        (!stages.is_empty() && self.doubts(doubt)).then(|| {
            let why = format!(
                "AWS does not tell what {} runs, a WebSocket API that does not deploy by itself: an older deployment may name the link",
                few(stages)
            );
            let next = format!("deploy the API to it, so that it runs its integrations; docs/plan.md, {doubt}");
            Against::of(WaitingCode::NeedsAWord, why, next).flag(&doubt)
        })
    }

    /// Whether this is what no export tells of a stage of a WebSocket API, which is asked about on its
    /// own.
    fn is_websocket_stage(&self, gap: &Gap) -> bool {
        let Unseen::Call {
            call: CallKind::ExportApi,
            of: Some(of),
        } = &gap.unseen
        else {
            return false;
        };
        let api = of.split_once('/');
        let api = api.and_then(|(api, _)| self.ground.known.http_api(api));
        api.is_some_and(|api| api.protocol == Protocol::Websocket)
    }

    /// An address that has its name for a host (H38).
    fn host(&self) -> Option<Against> {
        let who = self.named.hosts.get(&self.way.nlb.arn)?;
        let doubt = Doubt::HostNeedNotResolve;
        self.doubts(doubt).then(|| {
            let why = format!("its DNS name is the host of addresses in {}: whether a host has to resolve is not documented (H38)", few(who));
            let next = format!("write another host there and deploy; or show on a temporary stage that one that does not resolve is answered: docs/plan.md, {doubt}");
            Against::of(WaitingCode::StillUsed, why, next)
                .found(FindingCode::UriNamesNlb)
                .flag(&doubt)
        })
    }

    fn metrics(&self) -> Option<Against> {
        let days = self.ground.choices.retirement.quiet_days;
        let of = Measured::LoadBalancer(self.way.nlb.arn.clone());
        let why = quiet::not_shown(self.ground.facts.usage.get(&of), days)?;
        let next =
            format!("unbridge scan --look-back {days}, {days} days after the last request over it");
        Some(Against::of(
            WaitingCode::DisuseNotShown,
            format!("{why} (H37)"),
            next,
        ))
    }

    fn protection(&self) -> Option<Against> {
        let attributes = self.way.balancer.attributes.as_ref();
        let word = attributes.and_then(|known| known.get(PROTECTION));
        let next = "ask who switched it on; only they switch it off; then scan again";
        match word {
            Some(word) if *word == *"true" => {
                let why = "it is protected from deletion, and nothing here lifts that";
                let against = Against::of(WaitingCode::Protected, why, next);
                Some(against.found(FindingCode::DeletionProtection))
            }
            Some(_) => None,
            None => {
                let why = "whether it is protected from deletion was not read";
                let next = "unbridge scan, with the rights that `unbridge policy scan` names";
                Some(Against::of(WaitingCode::NotSeen, why, next))
            }
        }
    }

    /// What only a person can say.
    fn words(&self) -> Vec<Against> {
        let mut against = Vec::new();
        let mut ask = |code: FindingCode, why: String| {
            if !self.accepts(code) {
                let next = format!("unbridge explain {code}; then say that nobody needs it");
                let one = Against::of(WaitingCode::NeedsAWord, why, next);
                against.push(one.found(code).flag(&code));
            }
        };
        let balancer = self.way.balancer;
        if balancer.scheme == Some(Scheme::InternetFacing) {
            let why = "it can be reached from the internet: who calls it by its name is not known, and scanners look like callers (H37)";
            ask(FindingCode::InternetFacingNlb, why.to_owned());
        }
        let chosen: Vec<_> = balancer
            .zones
            .iter()
            .flat_map(|zone| &zone.chosen_addresses)
            .collect();
        if !chosen.is_empty() {
            let why = format!(
                "somebody chose its addresses and may have written them down: {}",
                few(chosen)
            );
            ask(FindingCode::StaticAddresses, why);
        }
        let others = self
            .way
            .groups
            .iter()
            .filter(|group| group.target_type != TargetType::Alb);
        let others: Vec<&Text> = others.map(|group| &group.name).collect();
        let doubt = Doubt::TargetGroupUsers;
        if !others.is_empty() && self.doubts(doubt) {
            let why = format!(
                "an ECS service or a scaling group may name target group {}: a snapshot does not hold these (H39)",
                few(others)
            );
            let next = format!("look there; docs/plan.md, {doubt}");
            against.push(Against::of(WaitingCode::NeedsAWord, why, next).flag(&doubt));
        }
        against
    }

    /// What a finding says of its use. Chains, protection, addresses and owners are looked at as
    /// facts.
    fn finding(&self, finding: &Finding) -> Option<Against> {
        use Finding as F;
        let code = finding.code();
        let explain = || format!("unbridge explain {code}");
        let used =
            |why: String| Some(Against::of(WaitingCode::StillUsed, why, explain()).found(code));
        match finding {
            F::MixedNlb { others, .. } => {
                let ports: Vec<Text> = others
                    .iter()
                    .map(|one| Text::from(one.port.to_string()))
                    .collect();
                used(format!(
                    "it serves targets that are no ALB, on port {}",
                    few(&ports)
                ))
            }
            F::WebsocketUsesV1Link { api, .. } => used(format!(
                "WebSocket API {} ({}) goes over it",
                api.name, api.id
            )),
            F::EndpointServiceConsumer {
                service, known_as, ..
            } => match known_as {
                Consumers::Strangers => used(format!(
                    "endpoint service {service} on it has consumers of its own, or waits for some"
                )),
                Consumers::MaybeApiGateway if self.accepts(code) => None,
                Consumers::MaybeApiGateway => {
                    let why = format!(
                        "somebody connects to endpoint service {service}: perhaps API Gateway, whose account in this region AWS does not tell"
                    );
                    let next = format!("{}; then say that it is API Gateway", explain());
                    Some(
                        Against::of(WaitingCode::NeedsAWord, why, next)
                            .found(code)
                            .flag(&code),
                    )
                }
            },
            F::DnsAlias { users }
            | F::AcceleratorEndpoint { users }
            | F::CloudfrontOrigin { users }
            | F::VerifiedAccessEndpoint { users }
            | F::TrafficMirrorTarget { users } => used(format!("it is used by {}", few(users))),
            F::ChainBroken { api, .. } => used(format!(
                "API {} ({}) names it, although its requests do not arrive",
                api.name, api.id
            )),
            F::CanaryInProgress { api, stage, .. } => used(format!(
                "the canary release on stage {stage} of API {} ({}) may go over it",
                api.name, api.id
            )),
            F::TrafficNotExplained { traffic, .. } => {
                let why = format!(
                    "something passed it on {} of {} days",
                    traffic.active_days, traffic.days
                );
                Some(Against::of(WaitingCode::DisuseNotShown, why, explain()).found(code))
            }
            F::UnknownUsers { gaps, sources } => {
                let gaps = gaps.iter().filter(|gap| !self.is_websocket_stage(gap));
                let gaps = gaps.map(|gap| Text::from(gap.unseen.to_string()));
                let sources = sources.iter().map(|source| Text::from(source.to_string()));
                let all: Vec<Text> = gaps.chain(sources).collect();
                if all.is_empty() {
                    return None;
                }
                let why = format!("others may use it: not seen are {}", few(&all));
                let next = "unbridge scan, with the rights that `unbridge policy scan` names";
                Some(Against::of(WaitingCode::NotSeen, why, next).found(code))
            }
            // Of chains, which are told as such; or of a move; or of owners and exposure.
            F::NlbBridgesAlb { .. }
            | F::NlbDirectTarget { .. }
            | F::IpTargetBridge { .. }
            | F::UnusedV1Link { .. }
            | F::StageVariableLink { .. }
            | F::DraftDiffersFromStage { .. }
            | F::AlreadyDirect { .. }
            | F::NlbAlbWithoutGateway { .. }
            | F::NlbWeightedForward { .. }
            | F::StageTargetsDiffer { .. }
            | F::AlbHealthCheckWrong { .. }
            | F::StaticAddresses { .. }
            | F::AlarmOnNlb { .. }
            | F::TlsEndsAtNlb { .. }
            | F::NoAlbListenerForPort { .. }
            | F::PortNotAllowed { .. }
            | F::HostHeaderRuleChanges { .. }
            | F::CertificateNameMismatch { .. }
            | F::SourceIpRule { .. }
            | F::UnknownRuleField { .. }
            | F::WafOnAlb { .. }
            | F::AlbSecurityGroupClosed { .. }
            | F::NaclBlocksLink { .. }
            | F::NoFreeAddresses { .. }
            | F::SharedVpc { .. }
            | F::RareTraffic { .. }
            | F::StagePathCheck { .. }
            | F::StageCache { .. }
            | F::BackendClientCertificate { .. }
            | F::AlbInternetFacingTarget { .. }
            | F::AzNotSupported { .. }
            | F::RegionNotSupported { .. }
            | F::CrossAccount { .. }
            | F::LinkQuota { .. }
            | F::DeletionProtection { .. }
            | F::UriNamesNlb { .. }
            | F::HistoryNamesV1Link { .. }
            | F::OwnerUnknown { .. }
            | F::ManagedByCloudformation { .. }
            | F::ManagedByTerraform { .. }
            | F::ManagedByKubernetes { .. }
            | F::ManagedByBeanstalk { .. }
            | F::ManagedByRefactorSpaces { .. }
            | F::DeployedByPipeline { .. }
            | F::InternetFacingNlb { .. }
            | F::InternetFacingAlbBehindGateway { .. }
            | F::OpenSecurityGroup { .. } => None,
        }
    }
}
