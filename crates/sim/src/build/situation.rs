//! The situations a scan has to tell apart, each as a few lines of building.
//!
//! Owns what each situation consists of; what a scan should say of it is not known here.

use unbridge_model::apigateway::{CarriedField, Verb};

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
}

impl Situation {
    /// Every situation.
    pub const ALL: [Self; 37] = [
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
                    .carry(Verb::Get, item, CarriedField::RequestParameters, "id")
                    .deploy("prod")
                    .promote("prod", "staging")
            }),
            Self::UnusedLink => estate.bridge(name, port),
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
                .forward(nlb, port + 1, &format!("{alb}-2"), port)
                .rest_api(name, |api| {
                    api.proxy(root, link)
                        .method_on(Verb::Get, "/second", link, port + 1)
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
                    .method_on(Verb::Get, item, link, port + 1)
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
            Self::AlreadyDirect => direct(estate.nlb_to_alb(name, port), name),
            Self::AlreadyDirectOldLink => direct(estate.bridge(name, port), name),
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
                (estate.bridge(name, port)).rest_api(name, |api| api.proxy(root, link))
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
        }
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
