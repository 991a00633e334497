//! What makes two findings of two scans the same: their code and what they are about. What was
//! measured or counted, and what is wrong in detail, may change without making a finding new.

use std::fmt::Display;

use unbridge_model::finding::{ApiRef, ApiStage, CertificateProblem, Finding};

/// The identity of a finding among those about one thing: the same in every scan, and no secret.
#[must_use]
pub fn identity(finding: &Finding) -> String {
    let mut parts = vec![finding.code().to_string()];
    let Marks { apis, others } = marks(finding);
    parts.extend(apis.into_iter().map(|api| api.id.to_string()));
    parts.extend(others);
    parts.join("/")
}

/// The APIs that a finding names.
pub(crate) fn apis(finding: &Finding) -> Vec<&ApiRef> {
    marks(finding).apis
}

/// What a finding is about, besides the thing it was found on.
#[derive(Default)]
struct Marks<'f> {
    apis: Vec<&'f ApiRef>,
    others: Vec<String>,
}

impl<'f> Marks<'f> {
    fn of(apis: impl IntoIterator<Item = &'f ApiRef>, others: &[&dyn Display]) -> Self {
        Self {
            apis: apis.into_iter().collect(),
            others: others.iter().map(ToString::to_string).collect(),
        }
    }

    fn each<T: Display + 'f>(others: impl IntoIterator<Item = &'f T>) -> Self {
        Self {
            apis: Vec::new(),
            others: others.into_iter().map(ToString::to_string).collect(),
        }
    }
}

fn marks(finding: &Finding) -> Marks<'_> {
    match finding {
        Finding::NlbBridgesAlb { albs, .. }
        | Finding::NlbAlbWithoutGateway { albs }
        | Finding::AlbInternetFacingTarget { albs }
        | Finding::InternetFacingAlbBehindGateway { albs } => Marks::each(albs),
        Finding::NlbDirectTarget { .. }
        | Finding::MixedNlb { .. }
        | Finding::StaticAddresses { .. }
        | Finding::TrafficNotExplained { .. }
        | Finding::RegionNotSupported { .. }
        | Finding::LinkQuota { .. }
        | Finding::InternetFacingNlb { .. }
        | Finding::UnknownUsers { .. } => Marks::default(),
        Finding::IpTargetBridge { group, .. } | Finding::AlbHealthCheckWrong { group, .. } => {
            Marks::of([], &[group])
        }
        Finding::UnusedV1Link { vpc_link_id, .. } | Finding::RareTraffic { vpc_link_id, .. } => {
            Marks::of([], &[vpc_link_id])
        }
        Finding::ChainBroken {
            api, stage, why, ..
        } => {
            let stage = stage.as_ref().map_or("", |stage| stage.as_str());
            Marks::of([api], &[&stage, why])
        }
        Finding::StageVariableLink { api, stage, .. }
        | Finding::DraftDiffersFromStage { api, stage, .. }
        | Finding::StageCache { api, stage, .. } => Marks::of([api], &[stage]),
        Finding::CanaryInProgress {
            api,
            stage,
            deployment_id,
            ..
        } => Marks::of([api], &[stage, deployment_id]),
        Finding::WebsocketUsesV1Link { api, .. }
        | Finding::HistoryNamesV1Link { api, .. }
        | Finding::DeployedByPipeline { api, .. } => Marks::of([api], &[]),
        Finding::AlreadyDirect { apis, .. }
        | Finding::StagePathCheck { apis }
        | Finding::UriNamesNlb { apis, .. } => Marks::of(apis, &[]),
        Finding::EndpointServiceConsumer { service, .. } => Marks::of([], &[service]),
        Finding::NlbWeightedForward { port, .. } => Marks::of([], &[port]),
        Finding::StageTargetsDiffer { api, method, .. } => {
            let verb = method.http_method.map(|verb| verb.to_string());
            let verb = verb.unwrap_or_default();
            Marks::of([api], &[&method.resource_path, &verb])
        }
        Finding::DnsAlias { users }
        | Finding::AcceleratorEndpoint { users }
        | Finding::CloudfrontOrigin { users }
        | Finding::VerifiedAccessEndpoint { users }
        | Finding::TrafficMirrorTarget { users }
        | Finding::AlarmOnNlb { users } => Marks::each(users),
        Finding::TlsEndsAtNlb { port, alb, .. } => Marks::of([], &[alb, port]),
        Finding::NoAlbListenerForPort { alb, port, .. }
        | Finding::PortNotAllowed { alb, port }
        | Finding::SourceIpRule { alb, port, .. }
        | Finding::UnknownRuleField { alb, port, .. }
        | Finding::AlbSecurityGroupClosed { alb, port, .. } => Marks::of([], &[alb, port]),
        Finding::HostHeaderRuleChanges {
            alb,
            port,
            before,
            after,
            ..
        } => Marks::of([], &[alb, port, before, after]),
        Finding::CertificateNameMismatch {
            alb,
            port,
            host,
            problem,
        } => Marks::of([], &[alb, port, host, &kind(problem)]),
        Finding::WafOnAlb { alb, web_acl, .. } => Marks::of([], &[alb, web_acl]),
        Finding::NaclBlocksLink { alb, .. }
        | Finding::NoFreeAddresses { alb, .. }
        | Finding::SharedVpc { alb, .. }
        | Finding::AzNotSupported { alb, .. } => Marks::of([], &[alb]),
        Finding::BackendClientCertificate { stages, listeners } => {
            let mut marks = Marks::each(listeners);
            for ApiStage { api, stage } in stages {
                marks.apis.push(api);
                marks.others.push(stage.to_string());
            }
            marks
        }
        Finding::CrossAccount {
            load_balancer,
            apis,
        } => Marks::of(apis, &[load_balancer]),
        Finding::DeletionProtection { attribute } => Marks::of([], &[attribute]),
        Finding::OwnerUnknown { objects }
        | Finding::ManagedByCloudformation { objects }
        | Finding::ManagedByTerraform { objects }
        | Finding::ManagedByKubernetes { objects }
        | Finding::ManagedByBeanstalk { objects }
        | Finding::ManagedByRefactorSpaces { objects } => {
            Marks::each(objects.iter().map(|object| &object.id))
        }
        Finding::OpenSecurityGroup { groups } => Marks::each(groups.iter().map(|open| &open.group)),
    }
}

fn kind(problem: &CertificateProblem) -> &'static str {
    match problem {
        CertificateProblem::NoName { .. } => "no-name",
        CertificateProblem::Expired { .. } => "expired",
        CertificateProblem::NotPublic { .. } => "not-public",
        CertificateProblem::Unread { .. } => "unread",
        CertificateProblem::Imported => "imported",
        CertificateProblem::NameSealed => "name-sealed",
    }
}
