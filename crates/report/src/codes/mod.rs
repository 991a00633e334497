//! What each finding code means and what to do about it: the one table behind `explain`.
//!
//! One file a family; the match here is what a new code has to enter.

mod behaviour;
mod cannot_move;
mod exposure;
mod owners;
mod retire;
mod shape;
mod users;

use unbridge_model::finding::FindingCode;

/// What there is to say about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeText {
    /// A few words.
    pub title: &'static str,
    /// What is the case.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// What it does to the verdict, and until when.
    pub effect: &'static str,
}

/// Where the long form of a code's texts stands.
pub(crate) fn anchor(code: FindingCode) -> String {
    format!("docs/findings.md#{code}")
}

/// The texts of a code.
#[must_use]
pub fn text_of(code: FindingCode) -> CodeText {
    match code {
        FindingCode::NlbBridgesAlb => shape::NLB_BRIDGES_ALB,
        FindingCode::NlbDirectTarget => shape::NLB_DIRECT_TARGET,
        FindingCode::MixedNlb => shape::MIXED_NLB,
        FindingCode::IpTargetBridge => shape::IP_TARGET_BRIDGE,
        FindingCode::UnusedV1Link => shape::UNUSED_V1_LINK,
        FindingCode::ChainBroken => shape::CHAIN_BROKEN,
        FindingCode::AlreadyDirect => shape::ALREADY_DIRECT,
        FindingCode::NlbAlbWithoutGateway => shape::NLB_ALB_WITHOUT_GATEWAY,
        FindingCode::NlbWeightedForward => shape::NLB_WEIGHTED_FORWARD,
        FindingCode::AlbHealthCheckWrong => shape::ALB_HEALTH_CHECK_WRONG,
        FindingCode::WebsocketUsesV1Link => users::WEBSOCKET_USES_V1_LINK,
        FindingCode::EndpointServiceConsumer => users::ENDPOINT_SERVICE_CONSUMER,
        FindingCode::StaticAddresses => users::STATIC_ADDRESSES,
        FindingCode::DnsAlias => users::DNS_ALIAS,
        FindingCode::AcceleratorEndpoint => users::ACCELERATOR_ENDPOINT,
        FindingCode::CloudfrontOrigin => users::CLOUDFRONT_ORIGIN,
        FindingCode::VerifiedAccessEndpoint => users::VERIFIED_ACCESS_ENDPOINT,
        FindingCode::TrafficMirrorTarget => users::TRAFFIC_MIRROR_TARGET,
        FindingCode::AlarmOnNlb => users::ALARM_ON_NLB,
        FindingCode::TrafficNotExplained => users::TRAFFIC_NOT_EXPLAINED,
        FindingCode::UnknownUsers => users::UNKNOWN_USERS,
        FindingCode::TlsEndsAtNlb => behaviour::TLS_ENDS_AT_NLB,
        FindingCode::NoAlbListenerForPort => behaviour::NO_ALB_LISTENER_FOR_PORT,
        FindingCode::PortNotAllowed => behaviour::PORT_NOT_ALLOWED,
        FindingCode::HostHeaderRuleChanges => behaviour::HOST_HEADER_RULE_CHANGES,
        FindingCode::CertificateNameMismatch => behaviour::CERTIFICATE_NAME_MISMATCH,
        FindingCode::SourceIpRule => behaviour::SOURCE_IP_RULE,
        FindingCode::UnknownRuleField => behaviour::UNKNOWN_RULE_FIELD,
        FindingCode::WafOnAlb => behaviour::WAF_ON_ALB,
        FindingCode::AlbSecurityGroupClosed => behaviour::ALB_SECURITY_GROUP_CLOSED,
        FindingCode::NaclBlocksLink => behaviour::NACL_BLOCKS_LINK,
        FindingCode::NoFreeAddresses => behaviour::NO_FREE_ADDRESSES,
        FindingCode::SharedVpc => behaviour::SHARED_VPC,
        FindingCode::RareTraffic => behaviour::RARE_TRAFFIC,
        FindingCode::StagePathCheck => behaviour::STAGE_PATH_CHECK,
        FindingCode::StageCache => behaviour::STAGE_CACHE,
        FindingCode::BackendClientCertificate => behaviour::BACKEND_CLIENT_CERTIFICATE,
        FindingCode::AlbInternetFacingTarget => behaviour::ALB_INTERNET_FACING_TARGET,
        FindingCode::StageVariableLink => cannot_move::STAGE_VARIABLE_LINK,
        FindingCode::DraftDiffersFromStage => cannot_move::DRAFT_DIFFERS_FROM_STAGE,
        FindingCode::CanaryInProgress => cannot_move::CANARY_IN_PROGRESS,
        FindingCode::StageTargetsDiffer => cannot_move::STAGE_TARGETS_DIFFER,
        FindingCode::AzNotSupported => cannot_move::AZ_NOT_SUPPORTED,
        FindingCode::RegionNotSupported => cannot_move::REGION_NOT_SUPPORTED,
        FindingCode::CrossAccount => cannot_move::CROSS_ACCOUNT,
        FindingCode::LinkQuota => cannot_move::LINK_QUOTA,
        FindingCode::DeletionProtection => retire::DELETION_PROTECTION,
        FindingCode::UriNamesNlb => retire::URI_NAMES_NLB,
        FindingCode::HistoryNamesV1Link => retire::HISTORY_NAMES_V1_LINK,
        FindingCode::OwnerUnknown => owners::OWNER_UNKNOWN,
        FindingCode::ManagedByCloudformation => owners::MANAGED_BY_CLOUDFORMATION,
        FindingCode::ManagedByTerraform => owners::MANAGED_BY_TERRAFORM,
        FindingCode::ManagedByKubernetes => owners::MANAGED_BY_KUBERNETES,
        FindingCode::ManagedByBeanstalk => owners::MANAGED_BY_BEANSTALK,
        FindingCode::ManagedByRefactorSpaces => owners::MANAGED_BY_REFACTOR_SPACES,
        FindingCode::DeployedByPipeline => owners::DEPLOYED_BY_PIPELINE,
        FindingCode::InternetFacingNlb => exposure::INTERNET_FACING_NLB,
        FindingCode::InternetFacingAlbBehindGateway => exposure::INTERNET_FACING_ALB_BEHIND_GATEWAY,
        FindingCode::OpenSecurityGroup => exposure::OPEN_SECURITY_GROUP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_texts_of_its_own() {
        let mut titles = Vec::new();
        for code in FindingCode::ALL {
            let text = text_of(*code);
            for sentence in [text.meaning, text.remedy, text.effect] {
                assert!(sentence.len() > 10 && sentence.ends_with('.'), "{code}");
                assert!(!sentence.contains("  "), "{code}: {sentence}");
            }
            assert!(!text.title.is_empty() && !text.title.ends_with('.'));
            titles.push(text.title);
        }
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), FindingCode::ALL.len());
    }
}
