//! What findings keep from moving: which chains each concerns, and what a person can do.
//!
//! Findings about subnets, zones, links and security groups are left to `links`, those about owners
//! to `owners`; those about other users of an NLB, and about its retirement, keep nothing from
//! moving.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::assessment::NlbAssessment;
use unbridge_model::finding::{ApiRef, CanaryEffect, Finding, FindingCode, Severity};
use unbridge_model::id::{LoadBalancerArn, Region, StageName, VpcLinkId};
use unbridge_model::plan::choices::StageRef;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::route::End;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_scanner::same_for_hosts;

use crate::ground::Ground;
use crate::select::Picked;

/// Which chains something concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All over the NLB.
    Nlb,
    /// Those over this port of it.
    NlbPort(u16),
    /// Those that end at this ALB: on this port, and of these APIs, where they are named.
    Alb {
        alb: LoadBalancerArn,
        port: Option<u16>,
        apis: Option<BTreeSet<Text>>,
    },
    /// Those of this API.
    Api(Text),
    /// Those of this API on this stage: the stage is not shifted.
    Stage(Text, StageName),
    /// Those of this API and method.
    Method { api: Text, path: Text },
    /// Those over this link.
    Link(VpcLinkId),
}

/// Something that keeps chains over an NLB from moving.
#[derive(Debug, Clone)]
pub(crate) struct Obstacle {
    pub(crate) scope: Scope,
    pub(crate) waiting: Waiting,
}

/// Everything that keeps something from moving: what concerns chains by the NLB they pass, what
/// concerns an API or a stage as a whole by its API.
#[derive(Debug, Default)]
pub(crate) struct Obstacles {
    by_nlb: BTreeMap<LoadBalancerArn, Vec<Obstacle>>,
    apis: BTreeSet<Text>,
    stages: BTreeSet<(Text, StageName)>,
}

impl Obstacles {
    /// What findings of these NLBs keep from moving.
    pub(crate) fn of<'a>(
        ground: &Ground<'_>,
        nlbs: impl Iterator<Item = &'a NlbAssessment>,
    ) -> Self {
        let mut all = Self::default();
        for nlb in nlbs {
            let found = obstacles(ground, nlb);
            for one in &found {
                match &one.scope {
                    Scope::Api(id) => {
                        all.apis.insert(id.clone());
                    }
                    Scope::Stage(api, stage) => {
                        all.stages.insert((api.clone(), stage.clone()));
                    }
                    Scope::Nlb
                    | Scope::NlbPort(_)
                    | Scope::Alb { .. }
                    | Scope::Method { .. }
                    | Scope::Link(_) => {}
                }
            }
            all.by_nlb.insert(nlb.arn.clone(), found);
        }
        all
    }

    /// Those that findings of this NLB name.
    pub(crate) fn of_nlb(&self, nlb: &LoadBalancerArn) -> &[Obstacle] {
        self.by_nlb.get(nlb).map_or(&[], Vec::as_slice)
    }

    /// Whether they keep a chain from moving.
    pub(crate) fn stop(&self, picked: &Picked<'_>) -> bool {
        let mut of_nlb = self.of_nlb(&picked.nlb.arn).iter();
        of_nlb.any(|one| one.stops(picked))
    }

    /// Whether they keep an API as a whole from moving.
    pub(crate) fn stop_api(&self, api: &str) -> bool {
        self.apis.contains(api)
    }

    /// Whether they keep a stage from moving.
    pub(crate) fn stop_stage(&self, api: &Text, stage: &StageName) -> bool {
        !self.stages.is_empty() && self.stages.contains(&(api.clone(), stage.clone()))
    }
}

impl Obstacle {
    /// Whether it keeps this chain, on every stage, from moving.
    pub(crate) fn stops(&self, picked: &Picked<'_>) -> bool {
        let (chain, way) = (picked.chain, &picked.chain.way);
        match &self.scope {
            Scope::Nlb => true,
            Scope::NlbPort(port) => way.nlb().is_some_and(|(_, at)| at == *port),
            Scope::Alb { alb, port, apis } => {
                let there = match &way.end {
                    End::Alb { alb: at, port: on } => {
                        at == alb && port.is_none_or(|port| port == *on)
                    }
                    End::OtherTargets { .. }
                    | End::CloudMap { .. }
                    | End::Broken(_)
                    | End::Unseen(_) => false,
                };
                let of = |ids: &BTreeSet<Text>| ids.contains(&chain.start.api.id);
                there && apis.as_ref().is_none_or(of)
            }
            Scope::Api(id) => chain.start.api.id == *id,
            Scope::Stage(..) => false,
            Scope::Method { api, path } => chain.start.api.id == *api && chain.path == *path,
            Scope::Link(link) => way.link() == Some(link),
        }
    }
}

/// Everything that findings keep from moving over an NLB.
fn obstacles(ground: &Ground<'_>, nlb: &NlbAssessment) -> Vec<Obstacle> {
    let mut found = Vec::new();
    for finding in &nlb.findings {
        let code = finding.code();
        for (scope, kind, why) in stopped_by(finding, ground.facts) {
            let accepted = kind == Kind::Word && ground.choices.findings.contains(&code);
            if !accepted {
                let waiting = waiting(ground, nlb, code, &scope, kind, why);
                found.push(Obstacle { scope, waiting });
            }
        }
    }
    found
}

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A change in AWS, and another scan.
    Change,
    /// One command, and another scan: a canary release without effect is taken away.
    LeftOver,
    /// A person's word.
    Word,
    /// A deployment of the stage, or of another one first.
    Lag,
}

fn waiting(
    ground: &Ground<'_>,
    nlb: &NlbAssessment,
    finding: FindingCode,
    scope: &Scope,
    kind: Kind,
    why: String,
) -> Waiting {
    let api = |id: &Text| {
        let mut chains = nlb.chains.iter().map(|chain| &chain.start.api);
        let name = chains.find(|api| api.id == *id).map(|api| api.name.clone());
        Subject::Api {
            id: id.clone(),
            name: name.unwrap_or_else(|| Text::new("")),
        }
    };
    let what = match scope {
        Scope::Nlb | Scope::NlbPort(_) => Subject::Nlb(nlb.arn.clone()),
        Scope::Alb { alb, .. } => Subject::Alb(alb.clone()),
        Scope::Api(id) | Scope::Method { api: id, .. } => api(id),
        Scope::Stage(api, stage) => Subject::Stage(StageRef {
            api: api.clone(),
            stage: stage.clone(),
        }),
        Scope::Link(link) => Subject::VpcLink(link.clone()),
    };
    let (code, next, flag) = match kind {
        Kind::Change => (
            WaitingCode::Blocked,
            format!("unbridge explain {finding}"),
            None,
        ),
        Kind::LeftOver => (
            WaitingCode::Blocked,
            without_canary(ground.region, scope)
                .unwrap_or_else(|| format!("unbridge explain {finding}")),
            None,
        ),
        Kind::Word => (
            WaitingCode::NeedsAWord,
            format!("unbridge explain {finding}; then say that it is all right"),
            Some(Text::from(format!("--accept {finding}"))),
        ),
        Kind::Lag => (WaitingCode::StageLags, lagging(scope), None),
    };
    Waiting {
        code,
        what,
        finding: Some(finding),
        why: Text::from(why),
        next: Text::from(next),
        flag,
    }
}

type Stop = (Scope, Kind, String);

fn ids(apis: &[ApiRef]) -> BTreeSet<Text> {
    apis.iter().map(|api| api.id.clone()).collect()
}

fn at(alb: &LoadBalancerArn, port: u16) -> Scope {
    Scope::Alb {
        alb: alb.clone(),
        port: Some(port),
        apis: None,
    }
}

/// How a stage gets what the draft says.
fn lagging(scope: &Scope) -> String {
    let all = match scope {
        Scope::Stage(api, _) => format!(" (unbridge explain {api} names all of it)"),
        Scope::Nlb
        | Scope::NlbPort(_)
        | Scope::Alb { .. }
        | Scope::Api(_)
        | Scope::Method { .. }
        | Scope::Link(_) => String::new(),
    };
    format!("deploy the draft to this stage, or put back what differs{all}, then scan again")
}

/// The command that takes a canary release from a stage; `None` where a name cannot be written for a
/// shell.
fn without_canary(region: &Region, scope: &Scope) -> Option<String> {
    let Scope::Stage(api, stage) = scope else {
        return None;
    };
    let words = [
        "aws",
        "apigateway",
        "update-stage",
        "--region",
        region.as_str(),
        "--rest-api-id",
        api,
        "--stage-name",
        stage.as_str(),
    ];
    let command = shlex::try_join(words).ok()?;
    // Written as AWS's pages do: no shell reads anything into it.
    Some(format!(
        "{command} --patch-operations op=remove,path=/canarySettings"
    ))
}

/// What a finding keeps from moving.
fn stopped_by(finding: &Finding, facts: &RegionFacts) -> Vec<Stop> {
    use Finding as F;
    let one = |scope, kind, why: String| vec![(scope, kind, why)];
    let word_or_change = match finding.severity() {
        Severity::Blocker => Kind::Change,
        Severity::Warning | Severity::Info => Kind::Word,
    };
    match finding {
        F::IpTargetBridge { albs, stale_targets, group } if albs.len() > 1 || !stale_targets.is_empty() => {
            one(Scope::Nlb, word_or_change, format!("{group} holds addresses of several ALBs, or of none"))
        }
        F::NlbWeightedForward { port, .. } => one(
            Scope::NlbPort(*port),
            word_or_change,
            format!("its listener on port {port} spreads requests over several groups by weight; a move leads to one of them"),
        ),
        F::DraftDiffersFromStage { api, stage, differences, settings } => one(
            Scope::Stage(api.id.clone(), stage.clone()),
            Kind::Lag,
            lag(differences, settings),
        ),
        F::CanaryInProgress { api, stage, effect, percent, .. } => {
            let (whose, kind) = match effect {
                CanaryEffect::Differs => ("somebody's canary release", Kind::Change),
                CanaryEffect::None => ("a left-over canary release without effect", Kind::LeftOver),
            };
            one(
                Scope::Stage(api.id.clone(), stage.clone()),
                kind,
                format!("{whose} of {percent} % is on the stage; end it first, then scan again"),
            )
        }
        F::StageTargetsDiffer { api, method, .. } => one(
            Scope::Method { api: api.id.clone(), path: method.resource_path.clone() },
            Kind::Change,
            format!("{} ends at different ALB listeners on different stages", method.resource_path),
        ),
        // Broken before, broken after: only these methods stay where they are.
        F::ChainBroken { api, methods, why, .. } => methods
            .iter()
            .map(|method| {
                let scope = Scope::Method { api: api.id.clone(), path: method.resource_path.clone() };
                (scope, Kind::Change, format!("requests do not arrive today: {why}"))
            })
            .collect(),
        F::TlsEndsAtNlb { alb, alb_port, alb_protocol, .. } if *alb_protocol != *"HTTPS" => one(
            at(alb, *alb_port),
            Kind::Word,
            format!("TLS ends at the NLB; behind it, port {alb_port} of {} speaks {alb_protocol}, so requests would no longer be encrypted and X-Forwarded-Proto changes", alb.name()),
        ),
        F::NoAlbListenerForPort { alb, port, .. } => one(
            at(alb, *port),
            Kind::Change,
            format!("{} has no listener on port {port}", alb.name()),
        ),
        F::PortNotAllowed { alb, port } => one(
            at(alb, *port),
            Kind::Change,
            format!("API Gateway cannot call port {port}: only 80, 443 and 1024 up"),
        ),
        F::HostHeaderRuleChanges { alb, port, before, after, apis, .. } => {
            let scope = Scope::Alb { alb: alb.clone(), port: Some(*port), apis: Some(ids(apis)) };
            let changes = format!("backends would see the Host header {after} instead of {before}");
            match answers_alike(facts, alb, *port, [before, after]) {
                true => one(scope, Kind::Word, changes),
                false => one(scope, Kind::Change, format!("{changes}, and rules of {} may tell them apart", alb.name())),
            }
        }
        F::CertificateNameMismatch { alb, port, host, .. } => one(
            at(alb, *port),
            word_or_change,
            format!("the certificates of {} on port {port} may not do for {host}", alb.name()),
        ),
        F::SourceIpRule { alb, port, rules, .. } => one(
            at(alb, *port),
            Kind::Change,
            format!("rules of {} on port {port} look at the source address, which a move changes: {}", alb.name(), rules.len()),
        ),
        F::UnknownRuleField { alb, port, fields, .. } => {
            let fields: Vec<&str> = fields.iter().map(Text::as_str).collect();
            one(at(alb, *port), Kind::Word, format!("rules look at {}, which this version does not know", fields.join(", ")))
        }
        F::WafOnAlb { alb, web_acl, by_source, maybe_by_source } if !by_source.is_empty() || !maybe_by_source.is_empty() => one(
            Scope::Alb { alb: alb.clone(), port: None, apis: None },
            word_or_change,
            format!("web ACL {web_acl} looks, or may look, at the source address, which a move changes"),
        ),
        F::CrossAccount { load_balancer, apis } => apis
            .iter()
            .map(|api| (Scope::Api(api.id.clone()), Kind::Change, format!("it leads to {load_balancer} of another account")))
            .collect(),
        F::RareTraffic { vpc_link_id, .. } => one(
            Scope::Link(vpc_link_id.clone()),
            Kind::Word,
            "so little passes this link that a version 2 link in its place would fall asleep after 60 idle days".to_owned(),
        ),
        F::DeployedByPipeline { api, deployments } => one(
            Scope::Api(api.id.clone()),
            Kind::Word,
            format!("a pipeline seems to deploy it ({deployments} times in 90 days): it has to rest during the move, and its code has to be changed"),
        ),
        // They keep nothing from moving, or are looked at elsewhere.
        F::IpTargetBridge { .. }
        | F::TlsEndsAtNlb { .. }
        | F::WafOnAlb { .. }
        | F::NlbBridgesAlb { .. }
        | F::NlbDirectTarget { .. }
        | F::MixedNlb { .. }
        | F::UnusedV1Link { .. }
        | F::StageVariableLink { .. }
        | F::WebsocketUsesV1Link { .. }
        | F::AlreadyDirect { .. }
        | F::NlbAlbWithoutGateway { .. }
        | F::EndpointServiceConsumer { .. }
        | F::AlbHealthCheckWrong { .. }
        | F::StaticAddresses { .. }
        | F::DnsAlias { .. }
        | F::AcceleratorEndpoint { .. }
        | F::CloudfrontOrigin { .. }
        | F::VerifiedAccessEndpoint { .. }
        | F::TrafficMirrorTarget { .. }
        | F::AlarmOnNlb { .. }
        | F::TrafficNotExplained { .. }
        | F::AlbSecurityGroupClosed { .. }
        | F::NaclBlocksLink { .. }
        | F::NoFreeAddresses { .. }
        | F::SharedVpc { .. }
        | F::StagePathCheck { .. }
        | F::StageCache { .. }
        | F::BackendClientCertificate { .. }
        | F::AlbInternetFacingTarget { .. }
        | F::AzNotSupported { .. }
        | F::RegionNotSupported { .. }
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
        | F::InternetFacingNlb { .. }
        | F::InternetFacingAlbBehindGateway { .. }
        | F::OpenSecurityGroup { .. }
        | F::UnknownUsers { .. } => Vec::new(),
    }
}

/// Whether a listener does the same whichever of two Host headers it sees (H8).
fn answers_alike(
    facts: &RegionFacts,
    alb: &LoadBalancerArn,
    port: u16,
    [before, after]: [&Text; 2],
) -> bool {
    let known = facts.load_balancers.get(alb);
    let mut listeners = known
        .into_iter()
        .flat_map(|alb| alb.listeners.iter().flatten());
    let listener = listeners.find(|listener| listener.port == Some(port));
    listener.is_some_and(|listener| same_for_hosts(listener, before, after))
}

/// What differs, all of it: whoever deploys the draft deploys all of it.
fn lag(
    differences: &[unbridge_model::finding::Difference],
    settings: &[unbridge_model::finding::SettingDifference],
) -> String {
    let methods = differences.iter().map(|difference| {
        let method = &difference.method;
        let verb = method
            .http_method
            .map(|verb| format!("{verb} "))
            .unwrap_or_default();
        let fields: Vec<String> = difference.fields.iter().map(field_name).collect();
        format!("{verb}{} ({})", method.resource_path, fields.join(", "))
    });
    let settings = settings.iter().map(|one| match &one.name {
        Some(name) => format!("{} {name}", one.setting),
        None => one.setting.to_string(),
    });
    let named: Vec<String> = methods.chain(settings).collect();
    format!(
        "the draft differs from what the stage runs, and a deployment ships all of it: {}",
        named.join("; ")
    )
}

fn field_name(field: &unbridge_model::finding::DifferingField) -> String {
    use unbridge_model::finding::DifferingField as D;
    match field {
        D::OnlyInDraft => "only in the draft".to_owned(),
        D::OnlyOnStage => "only on the stage".to_owned(),
        D::Integration => "integration".to_owned(),
        D::Type => "type".to_owned(),
        D::HttpMethod => "httpMethod".to_owned(),
        D::Uri => "uri".to_owned(),
        D::ConnectionId => "connectionId".to_owned(),
        D::IntegrationTarget => "integrationTarget".to_owned(),
        D::AuthorizerId => "authorizerId".to_owned(),
        D::RequestValidatorId => "requestValidatorId".to_owned(),
        D::Carried(field) => field.to_string(),
        D::Method(field) => field.to_string(),
    }
}
