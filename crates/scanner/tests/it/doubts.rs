//! What an NLB is called where calls failed, listeners lead astray, or others connect.

use unbridge_model::apigateway::Verb;
use unbridge_model::assessment::Assessment;
use unbridge_model::call::CallKind;
use unbridge_model::finding::{Finding, FindingCode, Reason, Verdict};
use unbridge_model::id::AccountId;
use unbridge_model::quota::Pace;
use unbridge_sim::account::RegionState;
use unbridge_sim::build::{Backend, Estate, Situation};
use unbridge_sim::reader::{Fault, Settings};

use crate::common::{assessed, codes, estate, nlb, scan_with};

/// An account of which everything was read but what these faults hide.
pub(crate) fn seen_but(estate: Estate, faults: Vec<Fault>) -> Assessment {
    let settings = Settings {
        faults,
        ..Settings::unthrottled()
    };
    let account = estate.build().expect("an account");
    let scanned = scan_with(account, settings, Pace::FULL).expect("a scan");
    assessed(&scanned.snapshot)
}

pub(crate) fn seen(estate: Estate) -> Assessment {
    seen_but(estate, Vec::new())
}

fn arn_of(estate: &Estate, name: &str) -> String {
    let account = estate.clone().build().expect("an account");
    let region = account.regions.values().next().expect("a region");
    let lb = region.load_balancer_named(name).expect("the load balancer");
    lb.arn.to_string()
}

#[test]
fn a_link_that_is_gone_stays_broken_when_something_else_was_denied() {
    let gone = || {
        estate()
            .bridge("x", 80)
            .bridge("y", 80)
            .rest_api("api", |api| {
                api.proxy("/x", "x-link")
                    .proxy("/y", "y-link")
                    .deploy("prod")
            })
    };
    let broken = |assessment: &Assessment| {
        let codes = assessment.unattached.iter().map(|one| one.finding.code());
        codes
            .filter(|code| *code == FindingCode::ChainBroken)
            .count()
    };
    let without_link = || gone().drop_link("x-link");
    assert_eq!(broken(&seen(without_link())), 1);
    let tags = vec![Fault::denied(CallKind::DescribeTags)];
    assert_eq!(broken(&seen_but(without_link(), tags)), 1);
    for links in [CallKind::GetVpcLinks, CallKind::GetVpcLinksV2] {
        let faults = vec![Fault::denied(links)];
        assert_eq!(broken(&seen_but(without_link(), faults)), 0, "{links:?}");
    }
}

/// Its groups show no ALB, but one of its listeners might lead to a group that is new.
#[test]
fn an_nlb_whose_listeners_were_not_read_is_not_said_to_be_no_bridge() {
    let both = || {
        // No API uses its link: no chain could hold the verdict back.
        Situation::CleanBridge
            .add(estate(), "y", 80)
            .direct_nlb("x", 80, Backend::Instances)
    };
    let hidden = |name| {
        let fault = Fault::denied(CallKind::DescribeListeners).of(arn_of(&both(), name));
        nlb(&seen_but(both(), vec![fault]), "x-nlb").verdict
    };
    assert_eq!(hidden("x-nlb"), Verdict::Blocked);
    assert_eq!(hidden("y-nlb"), Verdict::NotABridge);
}

/// A WebSocket API cannot be exported, and cannot reach an internal NLB but over a version 1 link.
#[test]
fn a_websocket_api_casts_doubt_only_where_it_could_reach() {
    let beside = |estate: Estate| {
        estate
            .bridge("used", 80)
            .nlb_to_alb("x", 80)
            .rest_api("used", |api| api.proxy("/", "used-link").deploy("prod"))
    };
    let websocket =
        |estate: Estate| estate.websocket_api("live", |api| api.lambda("$connect").freeze("live"));
    let inside = seen(websocket(beside(estate())));
    assert_eq!(nlb(&inside, "x-nlb").verdict, Verdict::NotABridge);
    let outside = seen(websocket(beside(estate()).internet_facing("x-nlb")));
    assert_eq!(nlb(&outside, "x-nlb").verdict, Verdict::Blocked);
    assert!(
        !codes(nlb(&outside, "used-nlb")).contains(&FindingCode::UnusedV1Link),
        "it is used"
    );
}

#[test]
fn an_http_api_whose_export_was_denied_casts_doubt_on_every_nlb() {
    let http = estate()
        .bridge("used", 80)
        .nlb_to_alb("x", 80)
        .rest_api("used", |api| api.proxy("/", "used-link").deploy("prod"))
        .http_api("web", |api| api.public("GET /").freeze("prod"));
    assert_eq!(
        nlb(&seen(http.clone()), "x-nlb").verdict,
        Verdict::NotABridge
    );
    let denied = seen_but(http, vec![Fault::denied(CallKind::ExportApi)]);
    assert_eq!(nlb(&denied, "x-nlb").verdict, Verdict::Blocked);
}

/// An ALB's addresses could come back into such a group, but none is there.
#[test]
fn an_nlb_with_an_empty_group_of_addresses_is_no_bridge_whatever_apis_there_are() {
    let beside = Situation::CleanBridge
        .add(estate(), "y", 80)
        .nlb("x-nlb")
        .serve("x-nlb", 80, Backend::Addresses)
        .empty_group("x-nlb", 80);
    let assessment = seen_but(beside, vec![Fault::denied(CallKind::GetExport)]);
    assert_eq!(nlb(&assessment, "x-nlb").verdict, Verdict::NotABridge);
}

#[test]
fn an_empty_group_that_was_not_made_for_an_alb_is_another_user() {
    let bridge = || Situation::CleanBridge.add(estate(), "x", 80);
    for backend in [Backend::Addresses, Backend::Instances] {
        let mixed = bridge()
            .serve("x-nlb", 9000, backend)
            .empty_group("x-nlb", 9000);
        let assessment = seen(mixed);
        let mixed = nlb(&assessment, "x-nlb");
        assert_eq!(mixed.verdict, Verdict::Rewirable, "{backend:?}");
        assert!(codes(mixed).contains(&FindingCode::MixedNlb), "{backend:?}");
    }
}

#[test]
fn a_listener_in_front_of_an_alb_that_is_gone_leads_nowhere() {
    let raze = |region: &mut RegionState| region.load_balancers.retain(|lb| lb.name != *"spare");
    let bridge = Situation::CleanBridge
        .add(estate(), "x", 80)
        .alb("spare", 81)
        .forward("x-nlb", 9000, "spare", 81)
        .edit(raze);
    let assessment = seen(bridge);
    let bridge = nlb(&assessment, "x-nlb");
    assert_eq!(bridge.verdict, Verdict::RemovableIf);
    assert_eq!(bridge.reasons, [Reason::ListenerLeadsNowhere(9000)]);
}

fn consumers(assessment: &Assessment) -> Option<Vec<AccountId>> {
    let mut findings = nlb(assessment, "x-nlb").findings.iter();
    findings.find_map(|finding| match finding {
        Finding::EndpointServiceConsumer { owners, .. } => Some(owners.clone()),
        _ => None,
    })
}

#[test]
fn only_those_who_connect_or_wait_to_count_as_consumers() {
    let bridge = || {
        Situation::CleanBridge
            .add(estate(), "x", 80)
            .consumer("x-nlb", "444455556666")
    };
    let stranger = AccountId::new("444455556666").expect("an id");
    let in_state = |word: &'static str| {
        bridge().edit(|region: &mut RegionState| {
            let services = region.endpoint_services.iter_mut();
            for connection in services.flat_map(|service| service.connections.iter_mut().flatten())
            {
                if connection.owner == stranger {
                    connection.state = word.into();
                }
            }
        })
    };
    for live in ["available", "Available", "pendingAcceptance", "pending"] {
        let assessment = seen(in_state(live));
        assert_eq!(consumers(&assessment), Some(vec![stranger.clone()]));
        let verdict = nlb(&assessment, "x-nlb").verdict;
        assert_eq!(verdict, Verdict::Rewirable, "{live}");
    }
    for over in ["rejected", "Deleted", "deleting", "failed", "expired"] {
        let assessment = seen(in_state(over));
        assert_eq!(consumers(&assessment), None, "{over}");
        let verdict = nlb(&assessment, "x-nlb").verdict;
        assert_eq!(verdict, Verdict::Removable, "{over}");
    }
}

#[test]
fn a_service_that_nobody_connects_to_is_still_somebodys_own() {
    let leave = |region: &mut RegionState| {
        for service in &mut region.endpoint_services {
            service.connections = Some(Vec::new());
        }
    };
    let own = estate()
        .nlb_to_alb("x", 80)
        .consumer("x-nlb", "444455556666")
        .edit(leave)
        .v2_link("v2")
        .rest_api("api", |api| {
            api.direct(Verb::Get, "/", "v2", "x-nlb").deploy("prod")
        });
    assert_eq!(consumers(&seen(own)), Some(Vec::new()));
}

/// An NLB that serves targets is no bridge because another listener of it leads nowhere.
#[test]
fn a_dead_listener_beside_one_that_serves_targets_makes_no_bridge() {
    let estate = estate()
        .direct_nlb("x", 80, Backend::Instances)
        .alb("x-alb", 80)
        .forward("x-nlb", 443, "x-alb", 80)
        .empty_group("x-nlb", 443)
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link").deploy("prod")
        });
    assert_eq!(nlb(&seen(estate), "x-nlb").verdict, Verdict::NotABridge);
}

/// What routes that were deployed by hand ask of their callers is not compared with the draft.
#[test]
fn an_http_api_that_is_deployed_by_hand_leaves_a_doubt() {
    let over = || estate().nlb_to_alb("x", 80).v2_link("v2");
    let by_itself = over().http_api("web", |api| {
        api.private("GET /x", "v2", "x-nlb", 80).auto("$default")
    });
    assert_eq!(nlb(&seen(by_itself), "x-nlb").verdict, Verdict::Removable);
    let by_hand = over().http_api("web", |api| {
        api.private("GET /x", "v2", "x-nlb", 80).freeze("prod")
    });
    assert_eq!(nlb(&seen(by_hand), "x-nlb").verdict, Verdict::RemovableIf);
}

/// Tags and security groups tell of no API, so an account of which they were not read has no more
/// APIs than were seen.
#[test]
fn what_tells_of_no_api_casts_no_doubt_on_there_being_none() {
    let unused = || Situation::UnusedLink.add(estate(), "x", 80);
    let says_unused = |assessment: &Assessment| {
        codes(nlb(assessment, "x-nlb")).contains(&FindingCode::UnusedV1Link)
    };
    for harmless in [CallKind::DescribeTags, CallKind::DescribeSecurityGroups] {
        let assessment = seen_but(unused(), vec![Fault::denied(harmless)]);
        assert!(says_unused(&assessment), "{harmless:?}");
    }
    for telling in [CallKind::GetRestApis, CallKind::GetApis] {
        let assessment = seen_but(unused(), vec![Fault::denied(telling)]);
        assert!(!says_unused(&assessment), "{telling:?}");
    }
}
