//! What a finding does to the verdict of its NLB: the middle of the table in `docs/findings.md`.

use crate::evidence::{Consumers, Explained, TrafficSeen};
use crate::finding::{Finding, Severity};

/// What a finding does to the verdict, the strongest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bearing {
    /// Nothing by itself.
    None,
    /// A person has to say that it is all right, or a proof on a temporary stage has to show it.
    NeedsAWord,
    /// Something besides chains that can move needs the NLB.
    OtherUser,
    /// A chain cannot move now.
    Blocks,
}

impl Finding {
    /// What it does to the verdict of its NLB.
    #[must_use]
    pub fn bearing(&self) -> Bearing {
        if self.severity() == Severity::Blocker {
            return Bearing::Blocks;
        }
        let unsure = |needs: bool| {
            if needs {
                Bearing::NeedsAWord
            } else {
                Bearing::None
            }
        };
        match self {
            Self::MixedNlb { .. }
            | Self::WebsocketUsesV1Link { .. }
            | Self::EndpointServiceConsumer {
                known_as: Consumers::Strangers,
                ..
            }
            | Self::StaticAddresses { .. }
            | Self::DnsAlias { .. }
            | Self::AcceleratorEndpoint { .. }
            | Self::CloudfrontOrigin { .. }
            | Self::VerifiedAccessEndpoint { .. }
            | Self::TrafficMirrorTarget { .. }
            | Self::TrafficNotExplained {
                explained: Explained::Nothing,
                ..
            } => Bearing::OtherUser,
            // A left-over canary stands in the way of ours; a group at weight 0 of a switch back.
            Self::CanaryInProgress { .. }
            | Self::NlbWeightedForward { .. }
            // A version 2 link may be asleep when its next request comes.
            | Self::RareTraffic { .. }
            // Anybody may call it by its name, APIs of other regions and accounts included.
            | Self::InternetFacingNlb { .. }
            | Self::EndpointServiceConsumer {
                known_as: Consumers::MaybeApiGateway,
                ..
            }
            // Not documented whether a version 2 link does it.
            | Self::BackendClientCertificate { .. }
            | Self::AlbInternetFacingTarget { .. }
            | Self::SharedVpc { .. }
            | Self::RegionNotSupported { .. }
            | Self::UnknownRuleField { .. }
            // The quota was raised, nobody knows to what.
            | Self::LinkQuota { .. }
            // It may all be the APIs' own.
            | Self::TrafficNotExplained {
                explained: Explained::InPart,
                ..
            } => Bearing::NeedsAWord,
            // A stranger among an ALB's addresses may be a left-over, or a backend that is down.
            Self::IpTargetBridge { stale_targets, .. } => unsure(!stale_targets.is_empty()),
            Self::AlbHealthCheckWrong { traffic, .. } => unsure(*traffic != TrafficSeen::Flowing),
            Self::CertificateNameMismatch { problem, .. } => {
                unsure(problem.is_a_doubt())
            }
            Self::WafOnAlb {
                maybe_by_source, ..
            } => unsure(!maybe_by_source.is_empty()),
            Self::HostHeaderRuleChanges { rules, .. } => unsure(!rules.is_empty()),
            Self::NlbBridgesAlb { .. }
            | Self::NlbDirectTarget { .. }
            | Self::UnusedV1Link { .. }
            | Self::ChainBroken { .. }
            | Self::StageVariableLink { .. }
            | Self::DraftDiffersFromStage { .. }
            | Self::AlreadyDirect { .. }
            | Self::NlbAlbWithoutGateway { .. }
            | Self::StageTargetsDiffer { .. }
            | Self::AlarmOnNlb { .. }
            | Self::TlsEndsAtNlb { .. }
            | Self::NoAlbListenerForPort { .. }
            | Self::PortNotAllowed { .. }
            | Self::SourceIpRule { .. }
            | Self::AlbSecurityGroupClosed { .. }
            | Self::NaclBlocksLink { .. }
            | Self::NoFreeAddresses { .. }
            | Self::StagePathCheck { .. }
            | Self::StageCache { .. }
            | Self::AzNotSupported { .. }
            | Self::CrossAccount { .. }
            | Self::DeletionProtection { .. }
            | Self::UriNamesNlb { .. }
            | Self::HistoryNamesV1Link { .. }
            | Self::OwnerUnknown { .. }
            | Self::ManagedByCloudformation { .. }
            | Self::ManagedByTerraform { .. }
            | Self::ManagedByKubernetes { .. }
            | Self::ManagedByBeanstalk { .. }
            | Self::ManagedByRefactorSpaces { .. }
            | Self::DeployedByPipeline { .. }
            | Self::InternetFacingAlbBehindGateway { .. }
            | Self::OpenSecurityGroup { .. }
            // Its gaps are reasons of their own.
            | Self::UnknownUsers { .. } => Bearing::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::CertificateProblem;
    use crate::id::{LoadBalancerArn, TargetGroupArn};
    use crate::text::Text;

    const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333";

    fn alb() -> LoadBalancerArn {
        LoadBalancerArn::new(format!("{ARN}:loadbalancer/app/orders/0123456789abcdef"))
            .expect("an ARN")
    }

    fn web_acl(by_source: &[&str], maybe_by_source: &[&str]) -> Bearing {
        let texts = |names: &[&str]| names.iter().map(|name| Text::new(name)).collect();
        Finding::WafOnAlb {
            alb: alb(),
            web_acl: "edge".into(),
            by_source: texts(by_source),
            maybe_by_source: texts(maybe_by_source),
        }
        .bearing()
    }

    #[test]
    fn a_web_acl_weighs_as_much_as_its_gravest_rule() {
        assert_eq!(web_acl(&["a"], &["b"]), Bearing::Blocks);
        assert_eq!(web_acl(&[], &["b"]), Bearing::NeedsAWord);
        assert_eq!(web_acl(&[], &[]), Bearing::None);
    }

    #[test]
    fn a_certificate_that_was_not_read_is_a_doubt_and_no_refusal() {
        let bearing = |problem| {
            Finding::CertificateNameMismatch {
                alb: alb(),
                port: 443,
                host: "orders.example.com".into(),
                problem,
            }
            .bearing()
        };
        let names = Vec::new();
        let certificates = Vec::new();
        assert_eq!(
            bearing(CertificateProblem::NoName { names }),
            Bearing::Blocks
        );
        assert_eq!(
            bearing(CertificateProblem::Unread { certificates }),
            Bearing::NeedsAWord
        );
    }

    #[test]
    fn bad_health_with_traffic_is_no_doubt() {
        let bearing = |traffic| {
            let group = format!("{ARN}:targetgroup/orders/0123456789abcdef");
            Finding::AlbHealthCheckWrong {
                group: TargetGroupArn::new(group).expect("an ARN"),
                targets: Vec::new(),
                traffic,
            }
            .bearing()
        };
        assert_eq!(bearing(TrafficSeen::Flowing), Bearing::None);
        assert_eq!(bearing(TrafficSeen::NoneSeen), Bearing::NeedsAWord);
        assert_eq!(bearing(TrafficSeen::Unknown), Bearing::NeedsAWord);
    }
}
