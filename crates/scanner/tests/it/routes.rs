//! Where methods end up, as the chains of the report tell it.

use unbridge_model::apigateway::{Integration, Verb};
use unbridge_model::assessment::{Assessment, Chain, SeenIn};
use unbridge_model::call::CallKind;
use unbridge_model::elb::Action;
use unbridge_model::finding::{DifferingField, Finding, FindingCode, Reason, Verdict};
use unbridge_model::gap::{Gap, GapClass, Source, Unseen};
use unbridge_model::quota::Pace;
use unbridge_model::route::{Broken, End};
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_sim::account::Account;
use unbridge_sim::build::{Estate, Situation};
use unbridge_sim::reader::{Fault, Settings, Times};

use crate::common::{assessed, codes, estate, nlb, scan_with, scanned};

fn assessment(estate: Estate) -> Assessment {
    assessed(&scanned(estate.build().expect("an account")).snapshot)
}

fn blind(account: Account, kind: CallKind) -> Assessment {
    let faults = vec![Fault::denied(kind).times(Times::Always)];
    let settings = Settings {
        faults,
        ..Settings::unthrottled()
    };
    assessed(
        &scan_with(account, settings, Pace::FULL)
            .expect("a scan")
            .snapshot,
    )
}

fn port(chain: &Chain) -> Option<u16> {
    chain.way.nlb().map(|(_, port)| port)
}

/// A method over the link `x-link` whose draft was moved to `y-link` after `prod` was deployed.
fn moved_draft() -> Estate {
    let link_of = |integration: &mut Integration, other: &Integration| {
        integration.vpc_link.clone_from(&other.vpc_link);
        integration.uri.clone_from(&other.uri);
    };
    estate()
        .bridge("x", 80)
        .bridge("y", 80)
        .rest_api("api", |api| {
            api.method(Verb::Get, "/moved", "x-link")
                .method(Verb::Get, "/model", "y-link")
                .deploy("prod")
        })
        .edit(|region| {
            let api = &mut region
                .rest_apis
                .iter_mut()
                .find(|api| api.api.name == *"api")
                .expect("the API")
                .api;
            let draft = api.draft.as_mut().expect("a draft");
            let integration = |path: &str| {
                draft
                    .iter()
                    .find(|m| m.path == *path)
                    .expect("a method")
                    .integration
                    .clone()
            };
            let (mut moved, model) = (
                integration("/moved").expect("one"),
                integration("/model").expect("one"),
            );
            link_of(std::sync::Arc::make_mut(&mut moved), &model);
            let method = draft
                .iter_mut()
                .find(|m| m.path == *"/moved")
                .expect("a method");
            method.integration = Some(moved);
        })
}

#[test]
fn a_stage_takes_its_own_way_and_the_draft_another() {
    let assessment = assessment(moved_draft());
    let seen = |name, path: &str| -> Vec<SeenIn> {
        let chains = nlb(&assessment, name).chains.iter();
        chains
            .filter(|chain| chain.path == *path)
            .map(|chain| chain.seen_in)
            .collect()
    };
    assert_eq!(seen("x-nlb", "/moved"), [SeenIn::Stage]);
    assert_eq!(seen("y-nlb", "/moved"), [SeenIn::Draft]);
    assert_eq!(seen("y-nlb", "/model"), [SeenIn::Both]);
}

#[test]
fn a_moved_draft_is_named_field_by_field() {
    let assessment = assessment(moved_draft());
    for name in ["x-nlb", "y-nlb"] {
        let found = &nlb(&assessment, name).findings;
        let fields = found.iter().find_map(|finding| match finding {
            Finding::DraftDiffersFromStage { differences, .. } => Some(differences),
            _ => None,
        });
        let fields = fields.expect("the finding");
        assert_eq!(fields.len(), 1);
        assert_eq!(
            fields[0].fields,
            [DifferingField::Uri, DifferingField::ConnectionId]
        );
    }
}

/// Stages that lag each other are told apart by the draft, not taken for stages that resolve a
/// variable differently (H5, H32).
#[test]
fn stages_that_lag_do_not_count_as_stages_that_differ() {
    let assessment = assessment(moved_draft().rest_api("api", |api| api.deploy("dev")));
    assert!(codes(nlb(&assessment, "x-nlb")).contains(&FindingCode::DraftDiffersFromStage));
    for nlb in &assessment.nlbs {
        assert!(
            !codes(nlb).contains(&FindingCode::StageTargetsDiffer),
            "{}",
            nlb.name
        );
    }
}

#[test]
fn a_draft_that_was_not_read_is_not_said_to_differ() {
    let account = Situation::CleanBridge
        .add(estate(), "x", 80)
        .build()
        .expect("an account");
    for kind in [CallKind::GetResources, CallKind::GetExport] {
        let assessment = blind(account.clone(), kind);
        assert!(
            !codes(nlb(&assessment, "x-nlb")).contains(&FindingCode::DraftDiffersFromStage),
            "{kind:?}"
        );
    }
}

#[test]
fn a_version_2_link_without_target_is_broken_in_a_draft_and_unseen_in_an_export() {
    let without_target = |integration: &mut Integration| integration.target = None;
    let estate = estate()
        .bridge("x", 80)
        .v2_link("new")
        .rest_api("api", |api| {
            api.direct(Verb::Get, "/direct", "new", "x-alb")
                .edit(Verb::Get, "/direct", without_target)
                .deploy("prod")
        });
    let assessment = assessment(estate);
    let broken = |finding: &&Finding| {
        matches!(
            finding,
            Finding::ChainBroken {
                why: Broken::TargetMissing { .. },
                ..
            }
        )
    };
    assert_eq!(
        assessment
            .unattached
            .iter()
            .map(|one| &one.finding)
            .filter(broken)
            .count(),
        1
    );
    let untold = assessment
        .gaps
        .iter()
        .filter(|gap| gap.message.contains("does not tell the target"));
    assert_eq!(untold.count(), 1);
}

#[test]
fn methods_are_counted_by_link() {
    let estate = estate().bridge("x", 80).rest_api("api", |api| {
        let verbs = [Verb::Get, Verb::Post, Verb::Put];
        let api = verbs
            .into_iter()
            .fold(api, |api, verb| api.method(verb, "/x", "x-link"));
        api.deploy("dev").deploy("prod")
    });
    let assessment = assessment(estate);
    assert_eq!(
        assessment
            .links
            .iter()
            .map(|link| link.methods)
            .collect::<Vec<_>>(),
        [6]
    );
}

#[test]
fn what_is_unseen_behind_a_known_nlb_is_no_gap_of_its_own() {
    let account = Situation::CleanBridge
        .add(estate(), "x", 80)
        .build()
        .expect("an account");
    let assessment = blind(account, CallKind::DescribeListeners);
    let over = nlb(&assessment, "x-nlb");
    assert!(
        over.chains
            .iter()
            .all(|chain| matches!(chain.way.end, End::Unseen(_)))
    );
    assert!(
        assessment
            .gaps
            .iter()
            .all(|gap| !gap.message.contains("could not be read"))
    );
}

/// The port of the address picks the listener, and the group behind it the ALB (facts 1.3, 6.1).
#[test]
fn the_port_of_the_address_picks_the_listener() {
    let estate = estate()
        .bridge("x", 80)
        .alb("other", 8080)
        .forward("x-nlb", 9000, "other", 8080)
        .rest_api("api", |api| {
            api.method(Verb::Get, "/a", "x-link")
                .method_on(Verb::Get, "/b", "x-link", 9000)
                .deploy("prod")
        });
    let assessment = assessment(estate);
    let over = nlb(&assessment, "x-nlb");
    let ends: Vec<_> = over
        .chains
        .iter()
        .map(|chain| match &chain.way.end {
            End::Alb { alb, port: at } => (port(chain), alb.name().to_owned(), *at),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        ends,
        [
            (Some(80), "x-alb".to_owned(), 80),
            (Some(9000), "other".to_owned(), 8080)
        ]
    );
}

/// A REST API that calls an NLB by its public name, without a link (pattern four of the design).
#[test]
fn an_nlb_that_is_called_by_its_public_name_is_in_use() {
    let host = |region: &mut unbridge_sim::account::RegionState| {
        let dns = region
            .load_balancer_named("x-nlb")
            .and_then(|lb| lb.dns_name.clone())
            .expect("a name");
        let api = &mut region
            .rest_apis
            .iter_mut()
            .find(|api| api.api.name == *"api")
            .expect("the API")
            .api;
        for method in api.draft.as_mut().expect("a draft").iter_mut() {
            let integration = std::sync::Arc::make_mut(method.integration.as_mut().expect("one"));
            let uri = format!("http://{}/x", dns.to_uppercase());
            integration.uri = Some(Uri::new(&uri));
        }
    };
    let estate = estate()
        .nlb_to_alb("x", 80)
        .internet_facing("x-nlb")
        .rest_api("api", |api| api.public(Verb::Get, "/x"))
        .edit(host);
    let assessment = assessment(estate);
    let over = nlb(&assessment, "x-nlb");
    assert_eq!(over.chains.len(), 1);
    assert!(codes(over).contains(&FindingCode::NlbBridgesAlb));
}

#[test]
fn an_http_api_that_calls_an_nlb_by_its_public_name_keeps_it_in_use() {
    let rename = |region: &mut unbridge_sim::account::RegionState| {
        let dns = region
            .load_balancer_named("x-nlb")
            .and_then(|lb| lb.dns_name.clone())
            .expect("a name");
        let api = &mut region
            .http_apis
            .iter_mut()
            .find(|api| api.api.name == *"web")
            .expect("the API")
            .api;
        for integration in api.integrations.iter_mut().flatten() {
            // A zonal name with the dot that ends a full name.
            let uri = format!("http://eu-west-1a.{dns}./x");
            integration.integration.uri = Some(Uri::new(&uri));
        }
    };
    let estate = Situation::UnusedLink
        .add(estate(), "x", 80)
        .internet_facing("x-nlb");
    let estate = estate
        .http_api("web", |api| api.public("GET /x").auto("$default"))
        .edit(rename);
    let assessment = assessment(estate);
    let over = nlb(&assessment, "x-nlb");
    assert!(
        over.chains
            .iter()
            .any(|chain| chain.start.api.name == *"web")
    );
}

#[test]
fn a_link_whose_request_cannot_be_followed_is_in_use() {
    let lost = |integration: &mut Integration| {
        integration.uri = Some(Uri::new("http://x/${stageVariables.gone}"));
    };
    let estate = estate().bridge("x", 80).rest_api("api", |api| {
        api.method(Verb::Get, "/x", "x-link")
            .edit(Verb::Get, "/x", lost)
            .deploy("prod")
    });
    let assessment = assessment(estate);
    let over = nlb(&assessment, "x-nlb");
    assert!(!codes(over).contains(&FindingCode::UnusedV1Link));
    assert!(codes(over).contains(&FindingCode::ChainBroken));
    assert_eq!(over.verdict, Verdict::Blocked);
}

#[test]
fn a_listener_that_leads_nowhere_holds_a_bridge_back() {
    let estate = Situation::CleanBridge
        .add(estate(), "x", 80)
        .alb("spare", 81)
        .forward("x-nlb", 9000, "spare", 81);
    let assessment = assessment(estate.empty_group("x-nlb", 9000));
    let over = nlb(&assessment, "x-nlb");
    assert_eq!(over.verdict, Verdict::RemovableIf);
    assert!(over.reasons.contains(&Reason::ListenerLeadsNowhere(9000)));
}

#[test]
fn an_unknown_action_is_not_taken_for_a_bridge() {
    let confuse = |region: &mut unbridge_sim::account::RegionState| {
        let lb = region
            .load_balancers
            .iter_mut()
            .find(|lb| lb.name == *"x-nlb")
            .expect("the NLB");
        for listener in lb.listeners.iter_mut().flatten() {
            listener.default_actions.push(Action::Unknown {
                action: "jump".into(),
            });
        }
    };
    let assessment = assessment(Situation::CleanBridge.add(estate(), "x", 80).edit(confuse));
    assert_eq!(nlb(&assessment, "x-nlb").verdict, Verdict::Blocked);
}

#[test]
fn a_dead_version_2_link_makes_nothing_direct() {
    let kill = |region: &mut unbridge_sim::account::RegionState| {
        for link in &mut region.links {
            link.status = "FAILED".into();
        }
    };
    let working = Situation::AlreadyDirectOldLink.add(estate(), "x", 80);
    assert_eq!(
        nlb(&assessment(working), "x-nlb").verdict,
        Verdict::AlreadyDirect
    );
    let dead = Situation::AlreadyDirectOldLink
        .add(estate(), "x", 80)
        .edit(kill);
    assert!(!codes(nlb(&assessment(dead), "x-nlb")).contains(&FindingCode::AlreadyDirect));
}

/// One line for each kind of failure, however many calls failed.
#[test]
fn an_nlb_names_each_kind_of_gap_once() {
    let apis = (0..30).fold(
        Situation::CleanBridge.add(estate(), "x", 80),
        |estate, n| {
            estate.rest_api(&format!("api-{n}"), |api| {
                api.public(Verb::Get, "/").deploy("prod")
            })
        },
    );
    let assessment = blind(apis.build().expect("an account"), CallKind::GetExport);
    assert!(assessment.gaps.len() > 30);
    let told = nlb(&assessment, "x-nlb").reasons.len();
    assert!(told < 20, "{told}");
}

/// Files of older versions hold gaps for sources that were not read then.
#[test]
fn only_sources_that_show_users_stand_under_unknown_users() {
    let account = Situation::CleanBridge.add(estate(), "x", 80);
    let mut snapshot = scanned(account.build().expect("an account")).snapshot;
    for source in [Source::DnsRecords, Source::Certificates] {
        snapshot.gaps.push(Gap {
            account: snapshot.header.account.clone(),
            region: None,
            unseen: Unseen::Source { source },
            class: GapClass::NotRead,
            message: Text::new("this version does not read it"),
        });
    }
    let assessment = assessed(&snapshot);
    let of = nlb(&assessment, "x-nlb");
    let sources = of.findings.iter().find_map(|finding| match finding {
        Finding::UnknownUsers { sources, .. } => Some(sources.as_slice()),
        _ => None,
    });
    assert_eq!(sources, Some([Source::DnsRecords].as_slice()));
    assert_eq!(of.verdict, Verdict::RemovableIf);
}
