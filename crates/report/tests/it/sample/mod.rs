//! A small account in which every verdict and every finding occurs.

mod costs;
mod findings;
mod hostile;
mod parts;
pub(crate) mod several;
mod views;

use unbridge_model::apigateway::{CarriedField, MethodField, SettingKind, Tags, Verb};
use unbridge_model::assessment::{
    ApiAccess, Assessment, LinkAssessment, LinkVersion, NlbAssessment, Pattern,
    PrivateIntegrations, SeenIn, Unattached,
};
use unbridge_model::call::CallKind;
use unbridge_model::comparison::{Comparison, Setup};
use unbridge_model::finding::{
    ApiType, CanaryEffect, Consumers, Difference, DifferingField, Finding, FindingCode,
    ListenerTarget, MethodRef, Reason, SettingDifference, SettingDiffers, StageTarget, Verdict,
};
use unbridge_model::gap::{Gap, GapClass, Source, Unseen};
use unbridge_model::id::{AccountId, DeploymentId, EndpointServiceId};
use unbridge_model::route::{Broken, End, Unfollowed};
use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header};
use unbridge_model::text::Text;

pub(crate) use costs::{decimal, known, priced};
pub(crate) use hostile::{hostile, hostile_with};
use parts::{EU, US, api, chain, cut_way, group, link, nlb_arn, region, stage, way};
pub(crate) use parts::{account, alb_arn};
pub(crate) use views::{MARKUP, accepted, filtered, several_accepted, several_since, since, views};

fn nlb(name: &str, verdict: Verdict, reasons: Vec<Reason>) -> NlbAssessment {
    NlbAssessment {
        arn: nlb_arn(EU, name),
        name: name.into(),
        account: account(),
        region: region(EU),
        tags: None,
        verdict,
        reasons,
        findings: Vec::new(),
        chains: Vec::new(),
        comparison: None,
    }
}

fn bridges(alb: &str) -> Finding {
    Finding::NlbBridgesAlb {
        albs: vec![alb_arn(alb)],
        ports: vec![80],
    }
}

fn method(verb: Verb, path: &str) -> MethodRef {
    MethodRef {
        resource_path: path.into(),
        http_method: Some(verb),
    }
}

fn gap(region_code: Option<&str>, unseen: Unseen, class: GapClass, message: &str) -> Gap {
    Gap {
        account: account(),
        region: region_code.map(region),
        unseen,
        class,
        message: message.into(),
    }
}

fn denied_connections() -> Gap {
    gap(
        Some(EU),
        Unseen::Call {
            call: CallKind::DescribeVpcEndpointConnections,
            of: None,
        },
        GapClass::Denied,
        "You are not authorized to perform this operation.",
    )
}

fn orders() -> NlbAssessment {
    let rest = api(ApiType::Rest, "a1b2c3d4e5", "orders");
    let good = way("orders-nlb", "orders-alb");
    let broken = Broken::ListenerMissing {
        load_balancer: nlb_arn(EU, "orders-nlb"),
        port: 8080,
    };
    let nowhere = cut_way("orders-nlb", End::Broken(broken.clone()));
    let unseen = cut_way(
        "orders-nlb",
        End::Unseen(Unfollowed::TargetGroup(group("orders-other"))),
    );
    let mut chains = vec![chain(
        &rest,
        Some("dev"),
        Verb::Get,
        "/orders",
        SeenIn::Stage,
        &good,
    )];
    for (verb, path) in [
        (Verb::Get, "/orders"),
        (Verb::Post, "/orders"),
        (Verb::Delete, "/orders/{id}"),
        (Verb::Get, "/orders/{id}"),
        (Verb::Put, "/orders/{id}"),
    ] {
        chains.push(chain(&rest, Some("prod"), verb, path, SeenIn::Both, &good));
    }
    chains.push(chain(
        &rest,
        Some("prod"),
        Verb::Any,
        "/legacy",
        SeenIn::Both,
        &nowhere,
    ));
    chains.push(chain(
        &rest,
        Some("prod"),
        Verb::Any,
        "/other",
        SeenIn::Draft,
        &unseen,
    ));
    NlbAssessment {
        findings: vec![
            Finding::ChainBroken {
                api: (*rest).clone(),
                stage: Some(stage("prod")),
                methods: vec![method(Verb::Any, "/legacy")],
                why: broken,
            },
            Finding::DraftDiffersFromStage {
                api: (*rest).clone(),
                stage: stage("dev"),
                differences: vec![
                    Difference {
                        method: method(Verb::Get, "/orders"),
                        fields: vec![
                            DifferingField::Uri,
                            DifferingField::Carried(CarriedField::TimeoutInMillis),
                        ],
                    },
                    Difference {
                        method: method(Verb::Post, "/orders"),
                        fields: vec![DifferingField::OnlyInDraft],
                    },
                    Difference {
                        method: method(Verb::Put, "/orders/{id}"),
                        fields: vec![
                            DifferingField::AuthorizerId,
                            DifferingField::Method(MethodField::RequestParameters),
                        ],
                    },
                ],
                settings: vec![
                    SettingDifference {
                        setting: SettingKind::Model,
                        name: Some("Order".into()),
                        differs: SettingDiffers::InValue,
                    },
                    SettingDifference {
                        setting: SettingKind::ResourcePolicy,
                        name: None,
                        differs: SettingDiffers::OnlyInDraft,
                    },
                ],
            },
            Finding::CanaryInProgress {
                api: (*rest).clone(),
                stage: stage("prod"),
                deployment_id: DeploymentId::new("d4e5f6").expect("a deployment"),
                percent: 12.5,
                effect: CanaryEffect::Differs,
            },
            Finding::StageTargetsDiffer {
                api: (*rest).clone(),
                method: method(Verb::Get, "/orders"),
                targets: vec![
                    StageTarget {
                        stage: stage("dev"),
                        alb_arn: Some(alb_arn("orders-alb")),
                        alb_listener_port: Some(8443),
                    },
                    StageTarget {
                        stage: stage("prod"),
                        alb_arn: None,
                        alb_listener_port: None,
                    },
                ],
            },
            Finding::NlbWeightedForward {
                port: 80,
                groups: vec![(group("orders-blue"), 90), (group("orders-green"), 10)],
            },
            bridges("orders-alb"),
            Finding::StageVariableLink {
                api: (*rest).clone(),
                stage: stage("prod"),
                connection_id: "${stageVariables.link}".into(),
                vpc_link_id: link("abc123"),
            },
        ],
        chains,
        ..nlb(
            "orders-nlb",
            Verdict::Blocked,
            vec![
                Reason::Finding(FindingCode::ChainBroken),
                Reason::Finding(FindingCode::DraftDiffersFromStage),
                Reason::Finding(FindingCode::CanaryInProgress),
            ],
        )
    }
}

fn chat() -> NlbAssessment {
    let websocket = api(ApiType::Websocket, "w1w2w3", "chat");
    let http = api(ApiType::Http, "h1h2h3", "shop");
    let good = way("chat-nlb", "shop-alb");
    let mut route = chain(
        &http,
        Some("$default"),
        Verb::Any,
        "ANY /shop/{proxy+}",
        SeenIn::Both,
        &good,
    );
    route.verb = None;
    NlbAssessment {
        findings: vec![
            Finding::MixedNlb {
                bridging_ports: vec![80],
                others: vec![
                    ListenerTarget {
                        port: 9000,
                        group: Some(group("metrics")),
                        target_type: Some("instance".into()),
                    },
                    ListenerTarget {
                        port: 9001,
                        group: None,
                        target_type: None,
                    },
                ],
            },
            Finding::WebsocketUsesV1Link {
                api: (*websocket).clone(),
                vpc_link_id: Some(link("abc123")),
            },
            Finding::EndpointServiceConsumer {
                service: EndpointServiceId::new("vpce-svc-0a1b2c3d").expect("a service"),
                owners: vec![AccountId::new("444455556666").expect("an account")],
                known_as: Consumers::Strangers,
            },
        ],
        chains: vec![route],
        ..nlb(
            "chat-nlb",
            Verdict::Rewirable,
            vec![
                Reason::Finding(FindingCode::MixedNlb),
                Reason::Finding(FindingCode::WebsocketUsesV1Link),
                Reason::Finding(FindingCode::EndpointServiceConsumer),
            ],
        )
    }
}

fn billing() -> NlbAssessment {
    let rest = api(ApiType::Rest, "b1b2b3", "billing");
    NlbAssessment {
        findings: vec![
            bridges("billing-alb"),
            Finding::IpTargetBridge {
                group: group("billing-copied"),
                albs: vec![alb_arn("billing-alb")],
                stale_targets: vec!["10.0.1.17".into()],
            },
            Finding::UnknownUsers {
                gaps: vec![denied_connections()],
                sources: vec![Source::DnsRecords, Source::Accelerators],
            },
        ],
        chains: vec![chain(
            &rest,
            Some("live"),
            Verb::Any,
            "/{proxy+}",
            SeenIn::Both,
            &way("billing-nlb", "billing-alb"),
        )],
        ..nlb(
            "billing-nlb",
            Verdict::RemovableIf,
            vec![
                Reason::Finding(FindingCode::UnknownUsers),
                Reason::Gap(denied_connections()),
            ],
        )
    }
}

fn in_us(name: &str, nlb: NlbAssessment) -> NlbAssessment {
    NlbAssessment {
        arn: nlb_arn(US, name),
        region: region(US),
        ..nlb
    }
}

fn others() -> Vec<NlbAssessment> {
    let rest = api(ApiType::Rest, "c1c2c3", "carts");
    vec![
        NlbAssessment {
            findings: vec![bridges("carts-alb")],
            chains: vec![chain(
                &rest,
                Some("prod"),
                Verb::Get,
                "/carts",
                SeenIn::Both,
                &way("carts-nlb", "carts-alb"),
            )],
            ..nlb(
                "carts-nlb",
                Verdict::Removable,
                vec![Reason::EverythingMoves],
            )
        },
        NlbAssessment {
            findings: vec![
                bridges("carts-alb"),
                Finding::AlreadyDirect {
                    apis: vec![(*rest).clone()],
                    albs: vec![alb_arn("carts-alb")],
                },
            ],
            ..nlb(
                "carts-nlb-old-internal-prod-eu-1",
                Verdict::AlreadyDirect,
                vec![Reason::Finding(FindingCode::AlreadyDirect)],
            )
        },
        NlbAssessment {
            findings: vec![Finding::NlbDirectTarget {
                listeners: vec![ListenerTarget {
                    port: 5432,
                    group: Some(group("postgres")),
                    target_type: Some("ip".into()),
                }],
            }],
            ..in_us(
                "postgres",
                nlb("postgres", Verdict::NotABridge, vec![Reason::NoAlb]),
            )
        },
        NlbAssessment {
            findings: findings::of_a_move(),
            ..nlb(
                "pets-nlb",
                Verdict::Blocked,
                vec![
                    Reason::Finding(FindingCode::PortNotAllowed),
                    Reason::Finding(FindingCode::SourceIpRule),
                ],
            )
        },
        NlbAssessment {
            findings: findings::of_others(),
            ..nlb(
                "pets-nlb-2",
                Verdict::Rewirable,
                vec![
                    Reason::Finding(FindingCode::StaticAddresses),
                    Reason::Finding(FindingCode::DnsAlias),
                ],
            )
        },
        NlbAssessment {
            findings: vec![Finding::NlbAlbWithoutGateway {
                albs: vec![alb_arn("partners-alb")],
            }],
            ..nlb("partners", Verdict::NotABridge, vec![Reason::NoGateway])
        },
    ]
}

fn header() -> Header {
    Header {
        format: FORMAT.into(),
        format_version: FORMAT_VERSION,
        tool_version: "0.1.0".into(),
        account: account(),
        caller: "arn:aws:sts::111122223333:assumed-role/audit/alice".into(),
        regions: vec![region(EU), region(US)],
        started_at: "2026-03-01T09:30:00Z".into(),
        digest_key: "k1".into(),
    }
}

/// An account without NLBs, read to the end.
pub(crate) fn empty() -> Assessment {
    Assessment {
        scanned: header().into(),
        gaps: Vec::new(),
        nlbs: Vec::new(),
        links: Vec::new(),
        private_integrations: Vec::new(),
        unattached: Vec::new(),
    }
}

fn private(
    (kind, id, name): (ApiType, &str, &str),
    access: ApiAccess,
    pattern: Pattern,
    methods: usize,
) -> PrivateIntegrations {
    PrivateIntegrations {
        account: account(),
        api: api(kind, id, name),
        region: region(EU),
        access,
        stage: Some(stage("prod")),
        pattern,
        methods,
    }
}

/// Tags of the bridges; those of others were not read.
fn tags(nlb: &NlbAssessment) -> Option<Tags> {
    let team = match nlb.verdict {
        Verdict::NotABridge => return None,
        Verdict::Blocked | Verdict::Rewirable => "payments",
        Verdict::Removable | Verdict::RemovableIf | Verdict::AlreadyDirect => "shop",
    };
    Some([("env".into(), "prod".into()), ("team".into(), team.into())].into())
}

fn comparison(nlb: &NlbAssessment) -> Comparison {
    let today = Setup {
        v1_links: 1,
        v2_links: 0,
        nlbs: 1,
        nlb_listeners: Some(2),
        nlb_target_groups: 2,
        albs: 1,
        hops: Some(2),
        alb_rules: None,
        certificates: 1,
        security_groups: 2,
        internet_facing: vec![nlb.arn.clone()],
    };
    let after = Setup {
        v1_links: 0,
        v2_links: 1,
        nlbs: 0,
        nlb_listeners: Some(0),
        nlb_target_groups: 0,
        hops: Some(1),
        certificates: 0,
        internet_facing: Vec::new(),
        ..today.clone()
    };
    Comparison { today, after }
}

/// Everything at once.
pub(crate) fn full() -> Assessment {
    let mut nlbs = vec![orders(), chat(), billing()];
    nlbs.extend(others());
    nlbs.sort_by(|a, b| a.arn.cmp(&b.arn));
    for nlb in &mut nlbs {
        nlb.tags = tags(nlb);
        nlb.comparison = (nlb.verdict != Verdict::NotABridge).then(|| comparison(nlb));
    }
    let export = |api: &str| Unseen::Call {
        call: CallKind::GetExport,
        of: Some(Text::from(format!("{api}/prod"))),
    };
    let mut gaps = vec![
        denied_connections(),
        gap(
            Some(US),
            export("q1"),
            GapClass::Throttled,
            "Too Many Requests",
        ),
        gap(
            Some(US),
            export("q2"),
            GapClass::Throttled,
            "Too Many Requests",
        ),
        gap(
            None,
            Unseen::Source {
                source: Source::DnsRecords,
            },
            GapClass::NotRead,
            "not read",
        ),
        gap(
            None,
            Unseen::Source {
                source: Source::CloudfrontOrigins,
            },
            GapClass::Skipped,
            "left out on request",
        ),
        gap(Some(US), Unseen::Rest, GapClass::Interrupted, "interrupted"),
    ];
    gaps.sort();
    Assessment {
        gaps,
        nlbs,
        links: vec![
            LinkAssessment {
                id: link("abc123"),
                name: "orders".into(),
                account: account(),
                region: region(EU),
                version: LinkVersion::V1,
                status: "AVAILABLE".into(),
                targets: vec![nlb_arn(EU, "orders-nlb")],
                methods: 7,
                findings: Vec::new(),
            },
            LinkAssessment {
                id: link("old999"),
                name: "nobody".into(),
                account: account(),
                region: region(EU),
                version: LinkVersion::V1,
                status: "AVAILABLE".into(),
                targets: vec![nlb_arn(EU, "carts-nlb")],
                methods: 0,
                findings: vec![Finding::UnusedV1Link {
                    vpc_link_id: link("old999"),
                    name: "nobody".into(),
                }],
            },
        ],
        private_integrations: vec![
            private(
                (ApiType::Rest, "a1b2c3d4e5", "orders"),
                ApiAccess::Public,
                Pattern::RestApiToInternalNlb,
                7,
            ),
            private(
                (ApiType::Rest, "c1c2c3", "carts"),
                ApiAccess::PrivateApi,
                Pattern::RestApiToInternalNlb,
                1,
            ),
            private(
                (ApiType::Rest, "c1c2c3", "carts"),
                ApiAccess::PrivateApi,
                Pattern::RestApiToAlbOverV2,
                2,
            ),
            private(
                (ApiType::Http, "h1h2h3", "shop"),
                ApiAccess::Public,
                Pattern::HttpApiToAlbInPublicSubnets,
                1,
            ),
        ],
        unattached: vec![Unattached {
            account: account(),
            region: region(EU),
            finding: Finding::ChainBroken {
                api: (*api(ApiType::Rest, "e1e2e3", "forgotten")).clone(),
                stage: None,
                methods: vec![method(Verb::Get, "/x"), method(Verb::Put, "/x")],
                why: Broken::LinkMissing {
                    link: "gone00".into(),
                },
            },
        }],
        ..empty()
    }
}
