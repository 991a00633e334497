//! One API, explained: its stages, how its private integrations reach their backends, the chains
//! over each NLB, and the findings that name it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use unbridge_model::apigateway::Protocol;
use unbridge_model::assessment::{ApiAccess, Assessment, Chain, NlbAssessment};
use unbridge_model::finding::{ApiRef, ApiType, Finding, FindingCode, OwnedKind, OwnedObject};
use unbridge_model::id::{Region, StageName};
use unbridge_model::snapshot::Snapshot;

use super::{heading, incomplete, one_finding, remedy, ways};
use crate::layout::{self, count, some};
use crate::look::{Look, Tone};
use crate::{verdict, words};

/// How many stages are named.
const STAGES: usize = 40;
/// How many NLBs are drawn.
const NLBS: usize = 20;
/// How many findings are told.
const FINDINGS: usize = 40;

/// An API of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownApi<'a> {
    /// The API.
    pub api: ApiRef,
    /// Its region.
    pub region: &'a Region,
    /// Who can call it.
    pub access: ApiAccess,
    /// Its stages; `None` when they could not be read.
    pub stages: Option<Vec<&'a StageName>>,
}

/// Every API of a snapshot, by region, REST APIs first.
#[must_use]
pub fn known_apis(snapshot: &Snapshot) -> Vec<KnownApi<'_>> {
    let mut apis = Vec::new();
    for (region, facts) in &snapshot.regions {
        for rest in &facts.rest_apis {
            let is_private = rest.endpoint_types.iter().any(|word| *word == *"PRIVATE");
            apis.push(KnownApi {
                api: ApiRef {
                    kind: ApiType::Rest,
                    id: rest.id.clone().into(),
                    name: rest.name.clone(),
                },
                region,
                access: if is_private {
                    ApiAccess::PrivateApi
                } else {
                    ApiAccess::Public
                },
                stages: named(rest.stages.as_deref(), |stage| &stage.name),
            });
        }
        for http in &facts.http_apis {
            apis.push(KnownApi {
                api: ApiRef {
                    kind: match http.protocol {
                        Protocol::Http => ApiType::Http,
                        Protocol::Websocket => ApiType::Websocket,
                    },
                    id: http.id.clone().into(),
                    name: http.name.clone(),
                },
                region,
                access: ApiAccess::Public,
                stages: named(http.stages.as_deref(), |stage| &stage.name),
            });
        }
    }
    apis
}

fn named<'a, S>(
    stages: Option<&'a [S]>,
    name: impl Fn(&'a S) -> &'a StageName,
) -> Option<Vec<&'a StageName>> {
    stages.map(|stages| stages.iter().map(name).collect())
}

/// Explains one API.
///
/// # Errors
/// When `out` does not take it.
pub fn explain_api(
    assessment: &Assessment,
    known: &KnownApi<'_>,
    look: Look,
    out: &mut dyn Write,
) -> fmt::Result {
    let columns = look.columns();
    let mut page = String::new();
    incomplete(&mut page, assessment, columns);
    let text = format!(
        "{} in {}: {}",
        Tone::Strong.of(words::api(&known.api)),
        known.region,
        words::access(known.access)
    );
    layout::put(&mut page, "", &text, columns);
    stages(&mut page, known, columns);
    private_integrations(&mut page, assessment, known, columns);
    chains(&mut page, assessment, known, columns);
    findings(&mut page, assessment, known, columns);
    look.put(&page, out)
}

fn stages(page: &mut String, known: &KnownApi<'_>, columns: usize) {
    heading(page, "Stages");
    let text = match known.stages.as_deref() {
        None => "They could not be read.".to_owned(),
        Some([]) => "It has none.".to_owned(),
        Some(stages) => {
            let names: Vec<String> = stages.iter().map(ToString::to_string).collect();
            some(&names, STAGES)
        }
    };
    layout::put(page, "  ", &text, columns);
}

fn private_integrations(
    page: &mut String,
    assessment: &Assessment,
    known: &KnownApi<'_>,
    columns: usize,
) {
    heading(page, "Private integrations");
    let of_it = assessment
        .private_integrations
        .iter()
        .filter(|one| is(&one.api, &known.api) && one.region == *known.region);
    let before = page.len();
    for one in of_it {
        let text = format!(
            "{}: {}, {}",
            match &one.stage {
                Some(stage) => format!("stage {stage}"),
                None => "without a stage".to_owned(),
            },
            count(one.methods, "method", "methods"),
            words::pattern(one.pattern)
        );
        layout::put(page, "  ", &text, columns);
    }
    if page.len() == before {
        layout::put(page, "  ", "None was seen.", columns);
    }
}

fn is(api: &ApiRef, other: &ApiRef) -> bool {
    (api.kind, &api.id) == (other.kind, &other.id)
}

fn chains(page: &mut String, assessment: &Assessment, known: &KnownApi<'_>, columns: usize) {
    let of_it = |nlb: &NlbAssessment| -> Vec<Chain> {
        let mut chains = nlb.chains.clone();
        chains.retain(|chain| is(&chain.start.api, &known.api));
        chains
    };
    let over: Vec<(&NlbAssessment, Vec<Chain>)> = assessment
        .nlbs
        .iter()
        .filter(|nlb| nlb.region == *known.region)
        .map(|nlb| (nlb, of_it(nlb)))
        .filter(|(_, chains)| !chains.is_empty())
        .collect();
    if over.is_empty() {
        heading(page, "Chains");
        layout::put(page, "  ", "No method of it passes an NLB.", columns);
    }
    for (nlb, chains) in over.iter().take(NLBS) {
        let title = format!(
            "Chains over {} ({})",
            words::name(&nlb.name),
            verdict::tone(nlb.verdict).of(nlb.verdict)
        );
        heading(page, &title);
        ways(page, chains, columns);
    }
    if over.len() > NLBS {
        let text = format!("+{}", count(over.len() - NLBS, "more NLB", "more NLBs"));
        layout::put(page, "", &text, columns);
    }
}

/// Findings that name the API, each once, with the places where they stand.
fn findings(page: &mut String, assessment: &Assessment, known: &KnownApi<'_>, columns: usize) {
    let on_nlbs = assessment.nlbs.iter().flat_map(|nlb| {
        let place = words::name(&nlb.name);
        nlb.findings.iter().map(move |found| (found, place.clone()))
    });
    let on_links = assessment.links.iter().flat_map(|link| {
        let place = format!("VPC link {}", link.id);
        link.findings
            .iter()
            .map(move |found| (found, place.clone()))
    });
    let on_nothing = assessment
        .unattached
        .iter()
        .map(|found| (&found.finding, "no load balancer".to_owned()));
    let mut told: Vec<(&Finding, Vec<String>)> = Vec::new();
    for (found, place) in on_nlbs.chain(on_links).chain(on_nothing) {
        if !names(found, &known.api) {
            continue;
        }
        match told.iter_mut().find(|(known, _)| *known == found) {
            Some((_, places)) => places.push(place),
            None => told.push((found, vec![place])),
        }
    }
    if told.is_empty() {
        return;
    }
    told.sort_by_key(|(found, _)| (std::cmp::Reverse(found.severity()), found.code()));
    heading(page, "Findings that name it");
    let mut codes: BTreeMap<FindingCode, BTreeSet<String>> = BTreeMap::new();
    for (number, (found, places)) in told.iter().take(FINDINGS).enumerate() {
        one_finding(page, found, columns);
        let on = codes.entry(found.code()).or_default();
        on.extend(places.iter().cloned());
        let is_last = told
            .get(number + 1)
            .is_none_or(|(next, _)| next.code() != found.code());
        if is_last {
            let on: Vec<String> = on.iter().cloned().collect();
            layout::put(page, "    ", &format!("on {}", some(&on, NLBS)), columns);
            remedy(page, found.code(), columns);
        }
    }
    if told.len() > FINDINGS {
        let more = told.len() - FINDINGS;
        let text = format!("+{}", count(more, "more finding", "more findings"));
        layout::put(page, "  ", &text, columns);
    }
}

/// Whether the finding's evidence names the API.
fn names(finding: &Finding, api: &ApiRef) -> bool {
    let among = |apis: &[ApiRef]| apis.iter().any(|one| is(one, api));
    let owned = |objects: &[OwnedObject]| objects.iter().any(|object| is_of(object, api));
    match finding {
        Finding::ChainBroken { api: of, .. }
        | Finding::StageVariableLink { api: of, .. }
        | Finding::WebsocketUsesV1Link { api: of, .. }
        | Finding::DraftDiffersFromStage { api: of, .. }
        | Finding::CanaryInProgress { api: of, .. }
        | Finding::StageTargetsDiffer { api: of, .. }
        | Finding::StageCache { api: of, .. }
        | Finding::HistoryNamesV1Link { api: of, .. }
        | Finding::DeployedByPipeline { api: of, .. } => is(of, api),
        Finding::AlreadyDirect { apis, .. }
        | Finding::NoAlbListenerForPort { apis, .. }
        | Finding::HostHeaderRuleChanges { apis, .. }
        | Finding::StagePathCheck { apis }
        | Finding::CrossAccount { apis, .. }
        | Finding::UriNamesNlb { apis, .. } => among(apis),
        Finding::BackendClientCertificate { stages, .. } => {
            stages.iter().any(|stage| is(&stage.api, api))
        }
        Finding::OwnerUnknown { objects }
        | Finding::ManagedByCloudformation { objects }
        | Finding::ManagedByTerraform { objects }
        | Finding::ManagedByKubernetes { objects }
        | Finding::ManagedByBeanstalk { objects }
        | Finding::ManagedByRefactorSpaces { objects } => owned(objects),
        Finding::NlbBridgesAlb { .. }
        | Finding::NlbDirectTarget { .. }
        | Finding::MixedNlb { .. }
        | Finding::IpTargetBridge { .. }
        | Finding::UnusedV1Link { .. }
        | Finding::NlbAlbWithoutGateway { .. }
        | Finding::EndpointServiceConsumer { .. }
        | Finding::NlbWeightedForward { .. }
        | Finding::AlbHealthCheckWrong { .. }
        | Finding::StaticAddresses { .. }
        | Finding::DnsAlias { .. }
        | Finding::AcceleratorEndpoint { .. }
        | Finding::CloudfrontOrigin { .. }
        | Finding::VerifiedAccessEndpoint { .. }
        | Finding::TrafficMirrorTarget { .. }
        | Finding::AlarmOnNlb { .. }
        | Finding::TrafficNotExplained { .. }
        | Finding::TlsEndsAtNlb { .. }
        | Finding::PortNotAllowed { .. }
        | Finding::CertificateNameMismatch { .. }
        | Finding::SourceIpRule { .. }
        | Finding::UnknownRuleField { .. }
        | Finding::WafOnAlb { .. }
        | Finding::AlbSecurityGroupClosed { .. }
        | Finding::NaclBlocksLink { .. }
        | Finding::NoFreeAddresses { .. }
        | Finding::SharedVpc { .. }
        | Finding::RareTraffic { .. }
        | Finding::AlbInternetFacingTarget { .. }
        | Finding::AzNotSupported { .. }
        | Finding::RegionNotSupported { .. }
        | Finding::LinkQuota { .. }
        | Finding::DeletionProtection { .. }
        | Finding::InternetFacingNlb { .. }
        | Finding::InternetFacingAlbBehindGateway { .. }
        | Finding::OpenSecurityGroup { .. }
        | Finding::UnknownUsers { .. } => false,
    }
}

/// Whether the object is the API or a stage of it: their ids and ARNs hold the API's id between
/// slashes.
fn is_of(object: &OwnedObject, api: &ApiRef) -> bool {
    match object.kind {
        OwnedKind::Api | OwnedKind::Stage => object.id.split('/').any(|part| api.id == *part),
        OwnedKind::SecurityGroup
        | OwnedKind::VpcLink
        | OwnedKind::LoadBalancer
        | OwnedKind::TargetGroup => false,
    }
}
