//! Names that try to take the terminal over.

use std::sync::Arc;

use unbridge_model::assessment::{Assessment, Start, Unattached};
use unbridge_model::finding::{ApiType, CertificateProblem, Finding};
use unbridge_model::gap::Unseen;
use unbridge_model::route::Broken;

use super::full;
use super::parts::api;

/// The same account with names that try to take the terminal over.
pub(crate) fn hostile() -> Assessment {
    hostile_with("pay\u{1b}]0;x\u{7}\u{202e}\u{200b}\n\u{9b}31m\u{e0041}roll")
}

/// The same account with this name for everything.
pub(crate) fn hostile_with(evil: &str) -> Assessment {
    let mut assessment = full();
    for nlb in &mut assessment.nlbs {
        nlb.name = evil.into();
        nlb.tags = Some([(evil.into(), evil.into())].into());
        for chain in &mut nlb.chains {
            chain.path = evil.into();
            chain.start = Arc::new(Start {
                api: api(ApiType::Rest, evil, evil),
                stage: None,
            });
        }
        for finding in &mut nlb.findings {
            spoil(finding, evil);
        }
    }
    for link in &mut assessment.links {
        link.name = evil.into();
        link.status = evil.into();
        for finding in &mut link.findings {
            spoil(finding, evil);
        }
    }
    for Unattached { finding, .. } in &mut assessment.unattached {
        spoil(finding, evil);
    }
    for gap in &mut assessment.gaps {
        gap.message = evil.into();
        if let Unseen::Call { of, .. } = &mut gap.unseen {
            *of = Some(evil.into());
        }
    }
    for header in assessment.scanned.iter_mut() {
        header.caller = evil.into();
        header.started_at = evil.into();
    }
    assessment
}

fn spoil(finding: &mut Finding, evil: &str) {
    match finding {
        Finding::ChainBroken {
            api, methods, why, ..
        } => {
            api.name = evil.into();
            methods[0].resource_path = evil.into();
            *why = Broken::UriInvalid { uri: evil.into() };
        }
        Finding::StageVariableLink { connection_id, .. } => *connection_id = evil.into(),
        Finding::MixedNlb { others, .. } => others[0].target_type = Some(evil.into()),
        Finding::IpTargetBridge { stale_targets, .. } => stale_targets[0] = evil.into(),
        Finding::UnusedV1Link { name, .. } => *name = evil.into(),
        Finding::UnknownUsers { gaps, .. } => gaps[0].message = evil.into(),
        Finding::AlreadyDirect { apis, .. }
        | Finding::StagePathCheck { apis }
        | Finding::NoAlbListenerForPort { apis, .. } => apis[0].name = evil.into(),
        _ => spoil_texts(finding, evil),
    }
}

/// Findings whose evidence is made of texts.
fn spoil_texts(finding: &mut Finding, evil: &str) {
    let all = match finding {
        Finding::DnsAlias { users }
        | Finding::AcceleratorEndpoint { users }
        | Finding::CloudfrontOrigin { users }
        | Finding::VerifiedAccessEndpoint { users }
        | Finding::TrafficMirrorTarget { users }
        | Finding::AlarmOnNlb { users } => users,
        Finding::StaticAddresses { addresses } => addresses,
        Finding::AlbHealthCheckWrong { targets, .. } => targets,
        Finding::SourceIpRule { rules, .. } | Finding::HostHeaderRuleChanges { rules, .. } => rules,
        Finding::UnknownRuleField { fields, .. } => fields,
        Finding::BackendClientCertificate { listeners, .. } => listeners,
        Finding::WafOnAlb {
            web_acl, by_source, ..
        } => {
            *web_acl = evil.into();
            by_source
        }
        Finding::CertificateNameMismatch { host, problem, .. } => {
            *host = evil.into();
            match problem {
                CertificateProblem::NoName { names } => names,
                CertificateProblem::Unread { certificates } => certificates,
                _ => return,
            }
        }
        Finding::TlsEndsAtNlb { alb_protocol, .. } => {
            *alb_protocol = evil.into();
            return;
        }
        Finding::UriNamesNlb { host, .. } => {
            *host = evil.into();
            return;
        }
        Finding::StageCache { size, .. } => {
            *size = evil.into();
            return;
        }
        Finding::OwnerUnknown { objects } | Finding::ManagedByTerraform { objects } => {
            objects[0].id = evil.into();
            objects[0].evidence = Some(evil.into());
            return;
        }
        Finding::OpenSecurityGroup { groups } => {
            groups[0].ports = evil.into();
            return;
        }
        _ => return,
    };
    all[0] = evil.into();
}
