//! The situations a scan has to tell apart, each as a few lines of building.
//!
//! Owns what each situation consists of; what a scan should say of it is not known here.

mod moves;
mod network;
mod owners;
mod retire;
mod shape;
mod users;

use unbridge_model::apigateway::{CarriedField, Verb};
use unbridge_model::finding::FindingCode;

use super::{Backend, Estate};

/// One situation around one NLB, API or link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Situation {
    /// A version 2 link takes the REST API to the ALB; the NLB stays, its link is gone.
    AlreadyDirect,
    /// The same, and the version 1 link is still there.
    AlreadyDirectOldLink,
    /// Two methods over one NLB with two listeners in front of two ALBs.
    BridgeOfTwoAlbs,
    /// A canary with another deployment.
    CanaryInProgress,
    /// A canary on the stage's own deployment.
    CanaryLeftOver,
    /// A canary that overrides the variable which names the link.
    CanaryOverridesLink,
    /// A bridge whose API runs on two stages as its draft says.
    CleanBridge,
    /// An NLB with address targets that are no ALB.
    DirectAddresses,
    /// An NLB with instance targets.
    DirectInstances,
    /// The draft sends a deployed method elsewhere.
    DraftEdited,
    /// The draft has a method that is not deployed.
    DraftExtended,
    /// A draft that was never deployed.
    DraftOnly,
    /// The draft has dropped a method that the stage still runs.
    DraftReduced,
    /// The `alb` group behind the NLB is empty.
    EmptyGroup,
    /// Another account connects to the account's own endpoint service on the NLB.
    ForeignConsumer,
    /// One method goes direct, another over the NLB.
    HalfMoved,
    /// An HTTP API over a version 2 link to an ALB.
    HttpApiDirect,
    /// An HTTP API whose stage still runs routes over the NLB that were moved since.
    HttpApiFrozen,
    /// An HTTP API over a version 2 link to a listener of the NLB.
    HttpApiOverNlb,
    /// A bridge by the ALB's addresses.
    IpBridge,
    /// The same with an unhealthy left-over.
    IpBridgeStale,
    /// The ALB's addresses beside a healthy one that is none.
    IpGroupMixed,
    /// The link is a stage variable.
    LinkByVariable,
    /// The link does not exist any more.
    LinkGone,
    /// The stage variable that names the link is missing.
    LinkVariableMissing,
    /// The NLB has no listener on the integration's port.
    ListenerMissing,
    /// The NLB bridges on one port and serves instances on another.
    MixedNlb,
    /// An NLB in front of an ALB that no gateway uses.
    NlbWithoutGateway,
    /// An ALB and an NLB that have nothing to do with each other.
    PlainLoadBalancers,
    /// An API without private integrations.
    PublicApi,
    /// Two APIs over one link.
    SharedLink,
    /// Two NLBs in front of one ALB.
    SharedAlb,
    /// Two stages whose variable names links to different ALBs.
    StagesDiffer,
    /// A bridge with a link that no API uses.
    UnusedLink,
    /// A WebSocket API over the version 1 link, beside a REST API.
    WebsocketApi,
    /// The NLB spreads traffic over two ALBs.
    WeightedForward,
    /// The same, but one of them gets nothing.
    WeightedForwardIdle,
    /// A Global Accelerator leads to the NLB.
    AcceleratorEndpoint,
    /// An alarm watches the NLB.
    AlarmOnNlb,
    /// The ALB behind the NLB is unhealthy, and traffic passes all the same.
    AlbHealthCheckWrong,
    /// The ALB behind the NLB is internet-facing.
    AlbInternetFacingTarget,
    /// The ALB admits the NLB's security group and nothing else.
    AlbSecurityGroupClosed,
    /// One of the ALB's subnets stands in a zone without version 2 links.
    AzNotSupported,
    /// The stage shows a certificate, and the ALB's listener asks for one.
    BackendClientCertificate,
    /// API Gateway would check a certificate that does not have the name.
    CertificateNameMismatch,
    /// A distribution and a VPC origin lead to the NLB.
    CloudfrontOrigin,
    /// A method goes direct to another account's load balancer.
    CrossAccount,
    /// The NLB is protected from deletion.
    DeletionProtection,
    /// The API has been deployed every week.
    DeployedByPipeline,
    /// A DNS record names the NLB.
    DnsAlias,
    /// An authorizer and a model of the draft were changed after the deployment.
    DraftSettingsEdited,
    /// Deployments that no stage runs any more.
    HistoryNamesV1Link,
    /// The ALB listens on another port than the NLB, and a rule looks at the Host.
    HostHeaderRuleChanges,
    /// The ALB behind the NLB is internet-facing, and its group is open.
    InternetFacingAlbBehindGateway,
    /// The NLB is internet-facing.
    InternetFacingNlb,
    /// The region has as many version 2 links as AWS allows.
    LinkQuota,
    /// Elastic Beanstalk owns everything.
    ManagedByBeanstalk,
    /// CloudFormation owns everything.
    ManagedByCloudformation,
    /// A Kubernetes controller owns the ALB.
    ManagedByKubernetes,
    /// Refactor Spaces owns everything.
    ManagedByRefactorSpaces,
    /// Terraform owns everything, as tags say.
    ManagedByTerraform,
    /// A network ACL stops the answers of the ALB.
    NaclBlocksLink,
    /// The ALB's listener is gone.
    NoAlbListenerForPort,
    /// One of the ALB's subnets is full.
    NoFreeAddresses,
    /// The ALB admits every address.
    OpenSecurityGroup,
    /// The ALB listens on port 81.
    PortNotAllowed,
    /// Traffic passes once in a while.
    RareTraffic,
    /// The bridge stands in a region without version 2 links.
    RegionNotSupported,
    /// One of the ALB's subnets belongs to another account.
    SharedVpc,
    /// A rule of the ALB looks at the source address.
    SourceIpRule,
    /// The stage has a cache.
    StageCache,
    /// Elastic addresses stand before the NLB.
    StaticAddresses,
    /// A TLS listener of the NLB in front of the ALB's addresses.
    TlsEndsAtNlb,
    /// Mirrored traffic is sent to the NLB.
    TrafficMirrorTarget,
    /// Traffic passes an NLB that no stage uses.
    TrafficNotExplained,
    /// A rule of the ALB has a condition and a transform nobody knows yet.
    UnknownRuleField,
    /// A Verified Access endpoint leads to the NLB.
    VerifiedAccessEndpoint,
    /// A web ACL that allows by address stands before the ALB.
    WafOnAlb,
}

impl Situation {
    /// Every situation.
    pub const ALL: [Self; 78] = [
        Self::AlreadyDirect,
        Self::AlreadyDirectOldLink,
        Self::BridgeOfTwoAlbs,
        Self::CanaryInProgress,
        Self::CanaryLeftOver,
        Self::CanaryOverridesLink,
        Self::CleanBridge,
        Self::DirectAddresses,
        Self::DirectInstances,
        Self::DraftEdited,
        Self::DraftExtended,
        Self::DraftOnly,
        Self::DraftReduced,
        Self::EmptyGroup,
        Self::ForeignConsumer,
        Self::HalfMoved,
        Self::HttpApiDirect,
        Self::HttpApiFrozen,
        Self::HttpApiOverNlb,
        Self::IpBridge,
        Self::IpBridgeStale,
        Self::IpGroupMixed,
        Self::LinkByVariable,
        Self::LinkGone,
        Self::LinkVariableMissing,
        Self::ListenerMissing,
        Self::MixedNlb,
        Self::NlbWithoutGateway,
        Self::PlainLoadBalancers,
        Self::PublicApi,
        Self::SharedLink,
        Self::SharedAlb,
        Self::StagesDiffer,
        Self::UnusedLink,
        Self::WebsocketApi,
        Self::WeightedForward,
        Self::WeightedForwardIdle,
        Self::AcceleratorEndpoint,
        Self::AlarmOnNlb,
        Self::AlbHealthCheckWrong,
        Self::AlbInternetFacingTarget,
        Self::AlbSecurityGroupClosed,
        Self::AzNotSupported,
        Self::BackendClientCertificate,
        Self::CertificateNameMismatch,
        Self::CloudfrontOrigin,
        Self::CrossAccount,
        Self::DeletionProtection,
        Self::DeployedByPipeline,
        Self::DnsAlias,
        Self::DraftSettingsEdited,
        Self::HistoryNamesV1Link,
        Self::HostHeaderRuleChanges,
        Self::InternetFacingAlbBehindGateway,
        Self::InternetFacingNlb,
        Self::LinkQuota,
        Self::ManagedByBeanstalk,
        Self::ManagedByCloudformation,
        Self::ManagedByKubernetes,
        Self::ManagedByRefactorSpaces,
        Self::ManagedByTerraform,
        Self::NaclBlocksLink,
        Self::NoAlbListenerForPort,
        Self::NoFreeAddresses,
        Self::OpenSecurityGroup,
        Self::PortNotAllowed,
        Self::RareTraffic,
        Self::RegionNotSupported,
        Self::SharedVpc,
        Self::SourceIpRule,
        Self::StageCache,
        Self::StaticAddresses,
        Self::TlsEndsAtNlb,
        Self::TrafficMirrorTarget,
        Self::TrafficNotExplained,
        Self::UnknownRuleField,
        Self::VerifiedAccessEndpoint,
        Self::WafOnAlb,
    ];

    /// Adds it to an estate. Its things are called `NAME-nlb`, `NAME-alb`, `NAME-link`, `NAME-v2`
    /// (a version 2 link) and `NAME` (an API); a second bridge is called `NAME-2`.
    #[must_use]
    pub fn add(self, estate: Estate, name: &str, port: u16) -> Estate {
        let [nlb, alb, link, v2] =
            &["nlb", "alb", "link", "v2"].map(|what| format!("{name}-{what}"));
        let two = format!("{name}-2");
        let root = &format!("/{name}");
        let item = &format!("/{name}/{{id}}");
        match self {
            Self::CleanBridge => estate.bridge(name, port).rest_api(name, |api| {
                api.proxy(root, link)
                    .method(Verb::Get, item, link)
                    .carry(Verb::Get, item, CarriedField::TimeoutInMillis, "9000")
                    .deploy("prod")
                    .promote("prod", "staging")
            }),
            Self::UnusedLink => estate.bridge(name, port).idle(nlb),
            Self::NlbWithoutGateway => estate.nlb_to_alb(name, port),
            Self::SharedLink => deployed(estate.bridge(name, port), name)
                .rest_api(&format!("{name}-2"), |api| {
                    api.proxy("/other", link).deploy("prod")
                }),
            Self::SharedAlb => deployed(estate.bridge(name, port), name)
                .nlb(&format!("{nlb}-2"))
                .forward(&format!("{nlb}-2"), port, alb, port),
            Self::BridgeOfTwoAlbs => estate
                .bridge(name, port)
                .alb(&format!("{alb}-2"), port)
                .forward(nlb, port + 1000, &format!("{alb}-2"), port)
                .rest_api(name, |api| {
                    api.proxy(root, link)
                        .method_on(Verb::Get, "/second", link, port + 1000)
                        .deploy("prod")
                }),
            Self::MixedNlb => {
                deployed(estate.bridge(name, port), name).serve(nlb, 9000, Backend::Instances)
            }
            Self::DirectAddresses => {
                deployed(estate.direct_nlb(name, port, Backend::Addresses), name)
            }
            Self::DirectInstances => {
                deployed(estate.direct_nlb(name, port, Backend::Instances), name)
            }
            Self::IpBridge => deployed(estate.ip_bridge(name, port), name),
            Self::IpBridgeStale => {
                deployed(estate.ip_bridge(name, port), name).stale_target(nlb, port)
            }
            Self::IpGroupMixed => {
                deployed(estate.ip_bridge(name, port), name).foreign_target(nlb, port)
            }
            Self::EmptyGroup => deployed(estate.bridge(name, port), name).empty_group(nlb, port),
            Self::ListenerMissing => estate.bridge(name, port).rest_api(name, |api| {
                api.proxy(root, link)
                    .method_on(Verb::Get, item, link, port + 1000)
                    .deploy("prod")
            }),
            Self::LinkGone => deployed(estate.bridge(name, port), name).drop_link(link),
            Self::WeightedForward => deployed(estate.weighted_bridge(name, port, [90, 10]), name),
            Self::WeightedForwardIdle => {
                deployed(estate.weighted_bridge(name, port, [100, 0]), name)
            }
            Self::ForeignConsumer => estate
                .nlb_to_alb(name, port)
                .consumer(nlb, "444455556666")
                .v2_link(v2)
                .http_api(name, |api| {
                    api.private("GET /partner", v2, nlb, port).auto("$default")
                }),
            Self::PlainLoadBalancers => {
                estate
                    .alb(alb, port)
                    .nlb(nlb)
                    .serve(nlb, port, Backend::Instances)
            }
            Self::PublicApi => estate.rest_api(name, |api| {
                api.public(Verb::Get, root)
                    .lambda(Verb::Post, root)
                    .mock(root)
                    .deploy("prod")
            }),
            Self::AlreadyDirect => direct(estate.nlb_to_alb(name, port), name).idle(nlb),
            Self::AlreadyDirectOldLink => direct(estate.bridge(name, port), name).idle(nlb),
            Self::HalfMoved => estate.bridge(name, port).v2_link(v2).rest_api(name, |api| {
                api.proxy(root, link)
                    .direct(Verb::Get, item, v2, alb)
                    .deploy("prod")
            }),
            Self::HttpApiDirect => estate.alb(alb, port).v2_link(v2).http_api(name, |api| {
                api.private("ANY /{proxy+}", v2, alb, port).auto("$default")
            }),
            Self::HttpApiFrozen => {
                estate
                    .nlb_to_alb(name, port)
                    .v2_link(v2)
                    .http_api(name, |api| {
                        api.private("ANY /{proxy+}", v2, nlb, port)
                            .freeze("prod")
                            .private("ANY /{proxy+}", v2, alb, port)
                    })
            }
            Self::HttpApiOverNlb => {
                estate
                    .nlb_to_alb(name, port)
                    .v2_link(v2)
                    .http_api(name, |api| {
                        api.private("ANY /{proxy+}", v2, nlb, port)
                            .public("GET /status")
                            .auto("$default")
                    })
            }
            Self::CanaryInProgress => deployed(estate.bridge(name, port), name)
                .rest_api(name, |api| api.proxy("/new", link).canary("prod", 10.0)),
            Self::CanaryLeftOver => deployed(estate.bridge(name, port), name)
                .rest_api(name, |api| api.leftover_canary("prod", 0.0)),
            Self::CanaryOverridesLink => {
                estate
                    .bridge(name, port)
                    .bridge(&two, port)
                    .rest_api(name, |api| {
                        api.by_variable(Verb::Any, root, "link", port)
                            .deploy("prod")
                            .link_variable("prod", "link", link)
                            .leftover_canary("prod", 10.0)
                            .canary_link("prod", "link", &format!("{two}-link"))
                    })
            }
            Self::DraftEdited => deployed(estate.bridge(name, port), name).rest_api(name, |api| {
                api.carry(Verb::Any, root, CarriedField::TimeoutInMillis, "5000")
            }),
            Self::DraftExtended => deployed(estate.bridge(name, port), name)
                .rest_api(name, |api| api.method(Verb::Delete, item, link)),
            Self::DraftOnly => {
                (estate.bridge(name, port).idle(nlb)).rest_api(name, |api| api.proxy(root, link))
            }
            Self::DraftReduced => deployed(estate.bridge(name, port), name)
                .rest_api(name, |api| api.drop_method(Verb::Any, root)),
            Self::LinkByVariable => estate.bridge(name, port).rest_api(name, |api| {
                api.by_variable(Verb::Any, root, "link", port)
                    .deploy("prod")
                    .link_variable("prod", "link", link)
            }),
            Self::LinkVariableMissing => estate.bridge(name, port).rest_api(name, |api| {
                api.by_variable(Verb::Any, root, "link", port)
                    .proxy("/fixed", link)
                    .deploy("prod")
            }),
            Self::StagesDiffer => {
                estate
                    .bridge(name, port)
                    .bridge(&two, port)
                    .rest_api(name, |api| {
                        api.by_variable(Verb::Any, root, "link", port)
                            .deploy("prod")
                            .promote("prod", "dev")
                            .link_variable("prod", "link", link)
                            .link_variable("dev", "link", &format!("{two}-link"))
                    })
            }
            Self::WebsocketApi => deployed(estate.bridge(name, port), name).websocket_api(
                &format!("{name}-live"),
                |api| {
                    api.lambda("$connect")
                        .over_v1("$default", link)
                        .freeze("live")
                },
            ),
            Self::AcceleratorEndpoint => {
                users::accelerator_endpoint(estate, &Words::of(name, port))
            }
            Self::AlarmOnNlb => users::alarm_on_nlb(estate, &Words::of(name, port)),
            Self::AlbHealthCheckWrong => {
                shape::alb_health_check_wrong(estate, &Words::of(name, port))
            }
            Self::AlbInternetFacingTarget => {
                moves::alb_internet_facing_target(estate, &Words::of(name, port))
            }
            Self::AlbSecurityGroupClosed => {
                network::alb_security_group_closed(estate, &Words::of(name, port))
            }
            Self::AzNotSupported => network::az_not_supported(estate, &Words::of(name, port)),
            Self::BackendClientCertificate => {
                moves::backend_client_certificate(estate, &Words::of(name, port))
            }
            Self::CertificateNameMismatch => {
                moves::certificate_name_mismatch(estate, &Words::of(name, port))
            }
            Self::CloudfrontOrigin => users::cloudfront_origin(estate, &Words::of(name, port)),
            Self::CrossAccount => moves::cross_account(estate, &Words::of(name, port)),
            Self::DeletionProtection => retire::deletion_protection(estate, &Words::of(name, port)),
            Self::DeployedByPipeline => {
                owners::deployed_by_pipeline(estate, &Words::of(name, port))
            }
            Self::DnsAlias => users::dns_alias(estate, &Words::of(name, port)),
            Self::DraftSettingsEdited => {
                retire::draft_settings_edited(estate, &Words::of(name, port))
            }
            Self::HistoryNamesV1Link => {
                retire::history_names_v1_link(estate, &Words::of(name, port))
            }
            Self::HostHeaderRuleChanges => {
                moves::host_header_rule_changes(estate, &Words::of(name, port))
            }
            Self::InternetFacingAlbBehindGateway => {
                moves::internet_facing_alb_behind_gateway(estate, &Words::of(name, port))
            }
            Self::InternetFacingNlb => users::internet_facing_nlb(estate, &Words::of(name, port)),
            Self::LinkQuota => network::link_quota(estate, &Words::of(name, port)),
            Self::ManagedByBeanstalk => {
                owners::managed_by_beanstalk(estate, &Words::of(name, port))
            }
            Self::ManagedByCloudformation => {
                owners::managed_by_cloudformation(estate, &Words::of(name, port))
            }
            Self::ManagedByKubernetes => {
                owners::managed_by_kubernetes(estate, &Words::of(name, port))
            }
            Self::ManagedByRefactorSpaces => {
                owners::managed_by_refactor_spaces(estate, &Words::of(name, port))
            }
            Self::ManagedByTerraform => {
                owners::managed_by_terraform(estate, &Words::of(name, port))
            }
            Self::NaclBlocksLink => network::nacl_blocks_link(estate, &Words::of(name, port)),
            Self::NoAlbListenerForPort => {
                shape::no_alb_listener_for_port(estate, &Words::of(name, port))
            }
            Self::NoFreeAddresses => network::no_free_addresses(estate, &Words::of(name, port)),
            Self::OpenSecurityGroup => network::open_security_group(estate, &Words::of(name, port)),
            Self::PortNotAllowed => moves::port_not_allowed(estate, &Words::of(name, port)),
            Self::RareTraffic => retire::rare_traffic(estate, &Words::of(name, port)),
            Self::RegionNotSupported => {
                network::region_not_supported(estate, &Words::of(name, port))
            }
            Self::SharedVpc => network::shared_vpc(estate, &Words::of(name, port)),
            Self::SourceIpRule => moves::source_ip_rule(estate, &Words::of(name, port)),
            Self::StageCache => moves::stage_cache(estate, &Words::of(name, port)),
            Self::StaticAddresses => users::static_addresses(estate, &Words::of(name, port)),
            Self::TlsEndsAtNlb => moves::tls_ends_at_nlb(estate, &Words::of(name, port)),
            Self::TrafficMirrorTarget => {
                users::traffic_mirror_target(estate, &Words::of(name, port))
            }
            Self::TrafficNotExplained => {
                users::traffic_not_explained(estate, &Words::of(name, port))
            }
            Self::UnknownRuleField => moves::unknown_rule_field(estate, &Words::of(name, port)),
            Self::VerifiedAccessEndpoint => {
                users::verified_access_endpoint(estate, &Words::of(name, port))
            }
            Self::WafOnAlb => moves::waf_on_alb(estate, &Words::of(name, port)),
        }
    }

    /// The situation that shows a finding.
    #[must_use]
    pub fn of(code: FindingCode) -> Self {
        match code {
            FindingCode::NlbBridgesAlb
            | FindingCode::StagePathCheck
            | FindingCode::UriNamesNlb
            | FindingCode::OwnerUnknown => Self::CleanBridge,
            FindingCode::NlbDirectTarget => Self::IpGroupMixed,
            FindingCode::MixedNlb => Self::MixedNlb,
            FindingCode::IpTargetBridge => Self::IpBridgeStale,
            FindingCode::UnusedV1Link => Self::UnusedLink,
            FindingCode::ChainBroken => Self::EmptyGroup,
            FindingCode::StageVariableLink => Self::LinkByVariable,
            FindingCode::WebsocketUsesV1Link | FindingCode::UnknownUsers => Self::WebsocketApi,
            FindingCode::DraftDiffersFromStage => Self::DraftExtended,
            FindingCode::CanaryInProgress => Self::CanaryInProgress,
            FindingCode::AlreadyDirect => Self::AlreadyDirectOldLink,
            FindingCode::NlbAlbWithoutGateway => Self::NlbWithoutGateway,
            FindingCode::EndpointServiceConsumer => Self::ForeignConsumer,
            FindingCode::NlbWeightedForward => Self::WeightedForward,
            FindingCode::StageTargetsDiffer => Self::StagesDiffer,
            FindingCode::AcceleratorEndpoint => Self::AcceleratorEndpoint,
            FindingCode::AlarmOnNlb => Self::AlarmOnNlb,
            FindingCode::AlbHealthCheckWrong => Self::AlbHealthCheckWrong,
            FindingCode::AlbInternetFacingTarget => Self::AlbInternetFacingTarget,
            FindingCode::AlbSecurityGroupClosed => Self::AlbSecurityGroupClosed,
            FindingCode::AzNotSupported => Self::AzNotSupported,
            FindingCode::BackendClientCertificate => Self::BackendClientCertificate,
            FindingCode::CertificateNameMismatch => Self::CertificateNameMismatch,
            FindingCode::CloudfrontOrigin => Self::CloudfrontOrigin,
            FindingCode::CrossAccount => Self::CrossAccount,
            FindingCode::DeletionProtection => Self::DeletionProtection,
            FindingCode::DeployedByPipeline => Self::DeployedByPipeline,
            FindingCode::DnsAlias => Self::DnsAlias,
            FindingCode::HistoryNamesV1Link => Self::HistoryNamesV1Link,
            FindingCode::HostHeaderRuleChanges => Self::HostHeaderRuleChanges,
            FindingCode::InternetFacingAlbBehindGateway => Self::InternetFacingAlbBehindGateway,
            FindingCode::InternetFacingNlb => Self::InternetFacingNlb,
            FindingCode::LinkQuota => Self::LinkQuota,
            FindingCode::ManagedByBeanstalk => Self::ManagedByBeanstalk,
            FindingCode::ManagedByCloudformation => Self::ManagedByCloudformation,
            FindingCode::ManagedByKubernetes => Self::ManagedByKubernetes,
            FindingCode::ManagedByRefactorSpaces => Self::ManagedByRefactorSpaces,
            FindingCode::ManagedByTerraform => Self::ManagedByTerraform,
            FindingCode::NaclBlocksLink => Self::NaclBlocksLink,
            FindingCode::NoAlbListenerForPort => Self::NoAlbListenerForPort,
            FindingCode::NoFreeAddresses => Self::NoFreeAddresses,
            FindingCode::OpenSecurityGroup => Self::OpenSecurityGroup,
            FindingCode::PortNotAllowed => Self::PortNotAllowed,
            FindingCode::RareTraffic => Self::RareTraffic,
            FindingCode::RegionNotSupported => Self::RegionNotSupported,
            FindingCode::SharedVpc => Self::SharedVpc,
            FindingCode::SourceIpRule => Self::SourceIpRule,
            FindingCode::StageCache => Self::StageCache,
            FindingCode::StaticAddresses => Self::StaticAddresses,
            FindingCode::TlsEndsAtNlb => Self::TlsEndsAtNlb,
            FindingCode::TrafficMirrorTarget => Self::TrafficMirrorTarget,
            FindingCode::TrafficNotExplained => Self::TrafficNotExplained,
            FindingCode::UnknownRuleField => Self::UnknownRuleField,
            FindingCode::VerifiedAccessEndpoint => Self::VerifiedAccessEndpoint,
            FindingCode::WafOnAlb => Self::WafOnAlb,
        }
    }
}

/// How the things of a situation are called.
struct Words<'n> {
    name: &'n str,
    port: u16,
    nlb: String,
    alb: String,
    link: String,
    v2: String,
    root: String,
}

impl<'n> Words<'n> {
    fn of(name: &'n str, port: u16) -> Self {
        let [nlb, alb, link, v2] =
            ["nlb", "alb", "link", "v2"].map(|what| format!("{name}-{what}"));
        Self {
            name,
            port,
            nlb,
            alb,
            link,
            v2,
            root: format!("/{name}"),
        }
    }

    /// A bridge under a deployed API.
    fn bridge(&self, estate: Estate) -> Estate {
        deployed(estate.bridge(self.name, self.port), self.name)
    }

    /// A bridge under a deployed API, in a VPC of its own.
    fn bridge_apart(&self, estate: Estate, change: impl FnOnce(Estate) -> Estate) -> Estate {
        estate.apart(self.name, |estate| change(self.bridge(estate)))
    }
}

/// A REST API of the estate's name over the estate's link, deployed.
fn deployed(estate: Estate, name: &str) -> Estate {
    estate.rest_api(name, |api| {
        api.proxy(&format!("/{name}"), &format!("{name}-link"))
            .deploy("prod")
    })
}

/// A REST API of the estate's name that reaches its ALB over a version 2 link, deployed.
fn direct(estate: Estate, name: &str) -> Estate {
    let (path, v2) = (format!("/{name}"), format!("{name}-v2"));
    estate.v2_link(&v2).rest_api(name, |api| {
        api.direct(Verb::Any, &path, &v2, &format!("{name}-alb"))
            .deploy("prod")
    })
}
