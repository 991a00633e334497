//! What findings about an NLB's shape tell of what is behind it.

use unbridge_model::finding::Finding;
use unbridge_model::id::LoadBalancerArn;

/// The ALBs and ports that a finding about the NLB's shape tells: without chains there is no other
/// way to know them.
pub(crate) fn of(finding: &Finding) -> (&[LoadBalancerArn], &[u16]) {
    match finding {
        Finding::NlbBridgesAlb { albs, ports } => (albs, ports),
        Finding::MixedNlb { bridging_ports, .. } => (&[], bridging_ports),
        Finding::IpTargetBridge { albs, .. }
        | Finding::NlbAlbWithoutGateway { albs }
        | Finding::AlreadyDirect { albs, .. } => (albs, &[]),
        Finding::NlbDirectTarget { .. }
        | Finding::UnusedV1Link { .. }
        | Finding::ChainBroken { .. }
        | Finding::StageVariableLink { .. }
        | Finding::WebsocketUsesV1Link { .. }
        | Finding::DraftDiffersFromStage { .. }
        | Finding::CanaryInProgress { .. }
        | Finding::EndpointServiceConsumer { .. }
        | Finding::NlbWeightedForward { .. }
        | Finding::StageTargetsDiffer { .. }
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
        | Finding::NoAlbListenerForPort { .. }
        | Finding::PortNotAllowed { .. }
        | Finding::HostHeaderRuleChanges { .. }
        | Finding::CertificateNameMismatch { .. }
        | Finding::SourceIpRule { .. }
        | Finding::UnknownRuleField { .. }
        | Finding::WafOnAlb { .. }
        | Finding::AlbSecurityGroupClosed { .. }
        | Finding::NaclBlocksLink { .. }
        | Finding::NoFreeAddresses { .. }
        | Finding::SharedVpc { .. }
        | Finding::RareTraffic { .. }
        | Finding::StagePathCheck { .. }
        | Finding::StageCache { .. }
        | Finding::BackendClientCertificate { .. }
        | Finding::AlbInternetFacingTarget { .. }
        | Finding::AzNotSupported { .. }
        | Finding::RegionNotSupported { .. }
        | Finding::CrossAccount { .. }
        | Finding::LinkQuota { .. }
        | Finding::DeletionProtection { .. }
        | Finding::UriNamesNlb { .. }
        | Finding::HistoryNamesV1Link { .. }
        | Finding::OwnerUnknown { .. }
        | Finding::ManagedByCloudformation { .. }
        | Finding::ManagedByTerraform { .. }
        | Finding::ManagedByKubernetes { .. }
        | Finding::ManagedByBeanstalk { .. }
        | Finding::ManagedByRefactorSpaces { .. }
        | Finding::DeployedByPipeline { .. }
        | Finding::InternetFacingNlb { .. }
        | Finding::InternetFacingAlbBehindGateway { .. }
        | Finding::OpenSecurityGroup { .. }
        | Finding::UnknownUsers { .. } => (&[], &[]),
    }
}
