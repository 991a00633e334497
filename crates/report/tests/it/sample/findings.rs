//! One finding of each code that the other NLBs of the sample do not have.

use unbridge_model::finding::{
    ApiRef, ApiStage, ApiType, BlockedPath, CertificateProblem, Explained, Finding, OpenGroup,
    OwnedKind, OwnedObject, SubnetZone, TrafficSeen, TrafficTold,
};
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId, SubnetId};
use unbridge_model::text::Text;

use super::parts::{EU, account, alb_arn, api, group, link, region, stage};

pub(crate) fn pets() -> ApiRef {
    (*api(ApiType::Rest, "p1p2p3", "pets")).clone()
}

fn alb() -> LoadBalancerArn {
    alb_arn("pets-alb")
}

fn texts(texts: &[&str]) -> Vec<Text> {
    texts.iter().map(|text| Text::new(text)).collect()
}

fn subnets(ids: &[&str]) -> Vec<SubnetId> {
    let id = |id: &&str| SubnetId::new(format!("subnet-0a1b2c{id}")).expect("a subnet");
    ids.iter().map(id).collect()
}

fn security_group() -> SecurityGroupId {
    SecurityGroupId::new("sg-0a1b2c3d").expect("a security group")
}

fn told(active_days: u16) -> TrafficTold {
    TrafficTold {
        days: 60,
        active_days,
        flows: 12,
        bytes: 4096,
    }
}

fn object(kind: OwnedKind, id: &str, evidence: Option<&str>) -> OwnedObject {
    OwnedObject {
        kind,
        id: id.into(),
        evidence: evidence.map(Text::new),
    }
}

/// Findings about what a move changes, gravest first.
pub(crate) fn of_a_move() -> Vec<Finding> {
    vec![
        Finding::NoAlbListenerForPort {
            alb: alb(),
            port: 8443,
            apis: vec![pets()],
        },
        Finding::PortNotAllowed {
            alb: alb(),
            port: 81,
        },
        Finding::CertificateNameMismatch {
            alb: alb(),
            port: 443,
            host: "pets.example.com".into(),
            problem: CertificateProblem::NoName {
                names: texts(&["*.example.org"]),
            },
        },
        Finding::SourceIpRule {
            alb: alb(),
            port: 443,
            rules: texts(&["rule 10"]),
            ranges: texts(&["10.0.0.0/24"]),
        },
        Finding::WafOnAlb {
            alb: alb(),
            web_acl: "edge".into(),
            by_source: texts(&["office-only"]),
            maybe_by_source: texts(&["AWS/AWSManagedRulesAmazonIpReputationList"]),
        },
        Finding::NaclBlocksLink {
            alb: alb(),
            blocked: vec![BlockedPath {
                from: subnets(&["1"]).remove(0),
                to: subnets(&["2"]).remove(0),
                network_acl: "acl-0a1b".into(),
            }],
            usable: Vec::new(),
        },
        Finding::CrossAccount {
            load_balancer:
                "arn:aws:elasticloadbalancing:eu-west-1:999988887777:loadbalancer/app/x/1".into(),
            apis: vec![pets()],
        },
        Finding::LinkQuota {
            links: 10,
            quota: 10,
        },
        Finding::TlsEndsAtNlb {
            port: 443,
            alb: alb(),
            alb_port: 80,
            alb_protocol: "HTTP".into(),
        },
        Finding::HostHeaderRuleChanges {
            alb: alb(),
            port: 8080,
            before: "pets.example.com".into(),
            after: "pets.example.com:8080".into(),
            rules: texts(&["rule 20"]),
            apis: vec![pets()],
        },
        Finding::CertificateNameMismatch {
            alb: alb(),
            port: 443,
            host: "pets.example.com".into(),
            problem: CertificateProblem::Unread {
                certificates: texts(&["arn:aws:acm:eu-west-1:111122223333:certificate/1"]),
            },
        },
        Finding::UnknownRuleField {
            alb: alb(),
            port: 443,
            rules: texts(&["rule 30"]),
            fields: texts(&["moon-phase"]),
        },
        Finding::AlbSecurityGroupClosed {
            alb: alb(),
            port: 443,
            groups: vec![security_group()],
        },
        Finding::NoFreeAddresses {
            alb: alb(),
            full: subnets(&["1"]),
            usable: subnets(&["2", "3"]),
        },
        Finding::SharedVpc {
            alb: alb(),
            subnets: subnets(&["1"]),
            owners: vec![account()],
        },
        Finding::RareTraffic {
            vpc_link_id: link("abc123"),
            traffic: told(1),
        },
        Finding::StageCache {
            api: pets(),
            stage: stage("prod"),
            size: "0.5".into(),
        },
        Finding::BackendClientCertificate {
            stages: vec![ApiStage {
                api: pets(),
                stage: stage("prod"),
            }],
            listeners: texts(&["ALB pets-alb:443"]),
        },
        Finding::AlbInternetFacingTarget { albs: vec![alb()] },
        Finding::AzNotSupported {
            alb: alb(),
            subnets: vec![SubnetZone {
                subnet: subnets(&["1"]).remove(0),
                zone_id: "use1-az3".into(),
            }],
            usable: subnets(&["2"]),
        },
        Finding::RegionNotSupported { region: region(EU) },
        Finding::DeployedByPipeline {
            api: pets(),
            deployments: 31,
        },
        Finding::StagePathCheck { apis: vec![pets()] },
    ]
}

/// Findings about who else uses an NLB, who owns it and who can reach it, gravest first.
pub(crate) fn of_others() -> Vec<Finding> {
    let named = texts(&["something.example.com"]);
    vec![
        Finding::AlbHealthCheckWrong {
            group: group("pets"),
            targets: texts(&["pets-alb"]),
            traffic: TrafficSeen::NoneSeen,
        },
        Finding::StaticAddresses {
            addresses: texts(&["203.0.113.7"]),
        },
        Finding::DnsAlias {
            users: named.clone(),
        },
        Finding::AcceleratorEndpoint {
            users: named.clone(),
        },
        Finding::CloudfrontOrigin {
            users: named.clone(),
        },
        Finding::VerifiedAccessEndpoint {
            users: named.clone(),
        },
        Finding::TrafficMirrorTarget {
            users: named.clone(),
        },
        Finding::AlarmOnNlb { users: named },
        Finding::TrafficNotExplained {
            traffic: told(58),
            ports: vec![443],
            explained: Explained::InPart,
        },
        Finding::DeletionProtection {
            attribute: "deletion_protection.enabled".into(),
        },
        Finding::InternetFacingNlb { ports: vec![80] },
        Finding::InternetFacingAlbBehindGateway { albs: vec![alb()] },
        Finding::OpenSecurityGroup {
            groups: vec![OpenGroup {
                group: security_group(),
                load_balancer: alb(),
                ports: "all".into(),
            }],
        },
        Finding::UriNamesNlb {
            apis: vec![pets()],
            methods: 3,
            host: "pets-nlb-1.elb.eu-west-1.amazonaws.com".into(),
        },
        Finding::HistoryNamesV1Link {
            api: pets(),
            deployments: 4,
        },
        Finding::OwnerUnknown {
            objects: vec![object(OwnedKind::Api, "p1p2p3", None)],
        },
        Finding::ManagedByCloudformation {
            objects: vec![object(
                OwnedKind::Stage,
                "p1p2p3/prod",
                Some("aws:cloudformation:stack-name=pets"),
            )],
        },
        Finding::ManagedByTerraform {
            objects: vec![object(
                OwnedKind::LoadBalancer,
                "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/pets/1a2b",
                Some("terraform=true"),
            )],
        },
        Finding::ManagedByKubernetes {
            objects: vec![object(
                OwnedKind::TargetGroup,
                "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/k8s-pets/1a2b",
                None,
            )],
        },
        Finding::ManagedByBeanstalk {
            objects: vec![object(OwnedKind::SecurityGroup, "sg-1", None)],
        },
        Finding::ManagedByRefactorSpaces {
            objects: vec![object(OwnedKind::VpcLink, "abc123", None)],
        },
    ]
}
