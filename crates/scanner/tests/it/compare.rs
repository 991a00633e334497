//! What has to be run and looked after for an NLB, today and after a move.

use unbridge_model::apigateway::Verb;
use unbridge_model::comparison::{Comparison, Setup};
use unbridge_model::finding::Verdict;
use unbridge_sim::build::{Backend, Estate};

use crate::common::{assessed, estate, nlb, scanned};

fn compared(estate: Estate, verdict: Verdict) -> Option<Comparison> {
    let assessment = assessed(&scanned(estate.build().expect("an account")).snapshot);
    let of = nlb(&assessment, "x-nlb");
    assert_eq!(of.verdict, verdict, "{:?}", of.findings);
    of.comparison.clone()
}

fn both(estate: Estate, verdict: Verdict) -> (Setup, Setup) {
    let Comparison { today, after } = compared(estate, verdict).expect("a bridge");
    (today, after)
}

fn bridge() -> Estate {
    estate().bridge("x", 80).rest_api("api", |api| {
        api.method(Verb::Get, "/x", "x-link").deploy("prod")
    })
}

#[test]
fn a_bridge_goes_with_its_link_listener_and_group() {
    let (today, after) = both(bridge(), Verdict::Removable);
    let counts = |setup: &Setup| (setup.v1_links, setup.v2_links, setup.nlbs, setup.albs);
    assert_eq!(counts(&today), (1, 0, 1, 1));
    assert_eq!(counts(&after), (0, 1, 0, 1));
    assert_eq!((today.hops, after.hops), (Some(2), Some(1)));
    assert_eq!(
        (today.nlb_listeners, after.nlb_listeners),
        (Some(1), Some(0))
    );
    assert_eq!((today.nlb_target_groups, after.nlb_target_groups), (1, 0));
    assert!(today.internet_facing.is_empty() && after.internet_facing.is_empty());
}

#[test]
fn a_new_link_brings_a_security_group_and_the_nlb_takes_its_own_away() {
    let (today, after) = both(bridge(), Verdict::Removable);
    assert_eq!(after.security_groups, today.security_groups + 1);
    let guarded = bridge().with_security_group("x-nlb");
    let (guarded, left) = both(guarded, Verdict::Removable);
    assert_eq!(guarded.security_groups, today.security_groups + 1);
    assert_eq!(left.security_groups, guarded.security_groups);
}

#[test]
fn certificates_and_rules_are_those_of_listeners_in_use() {
    let estate = estate()
        .certificate("front", &["api.corp.example"])
        .certificate("back", &["api.corp.example"])
        .certificate("other", &["other.example"])
        .nlb("x-nlb")
        .alb("x-alb", 443)
        .https("x-alb", 443, &["back"])
        .alb_listener("x-alb", 8443)
        .https("x-alb", 8443, &["other"])
        .forward_tls("x-nlb", 443, "x-alb", 443, "front")
        .link("x-link", "x-nlb")
        .rest_api("api", |api| {
            api.at(Verb::Get, "/x", "x-link", "https://api.corp.example/x")
                .deploy("prod")
        });
    let (today, after) = both(estate, Verdict::Removable);
    assert_eq!((today.certificates, after.certificates), (2, 1));
    assert_eq!(today.alb_rules, Some(0));
    assert_eq!(after.alb_rules, today.alb_rules);
}

#[test]
fn rules_of_the_albs_are_counted_on_both_sides() {
    let ruled = bridge().alb_rule("x-alb", 80, 10, |rule| rule.path(&["/x"]).respond("204"));
    let (today, after) = both(ruled, Verdict::Removable);
    assert_eq!((today.alb_rules, after.alb_rules), (Some(1), Some(1)));
}

#[test]
fn what_something_else_needs_stays() {
    let (today, after) = both(
        bridge().serve("x-nlb", 5432, Backend::Instances),
        Verdict::Rewirable,
    );
    assert_eq!((today.nlbs, after.nlbs), (1, 1));
    assert_eq!(after.nlb_listeners, today.nlb_listeners);
    assert_eq!(after.nlb_target_groups, today.nlb_target_groups);
    assert_eq!((today.v1_links, after.v1_links), (1, 0));
    assert_eq!((today.hops, after.hops), (Some(2), Some(1)));
    let websocket =
        bridge().websocket_api("chat", |api| api.over_v1("$default", "x-link").auto("live"));
    let (_, after) = both(websocket, Verdict::Rewirable);
    assert_eq!((after.v1_links, after.v2_links), (1, 1));
}

#[test]
fn what_blocks_today_is_left_aside_but_other_users_stay() {
    let blocked = |estate: Estate| {
        let blocked = estate.rest_api("api", |api| api.canary("prod", 10.0));
        both(blocked, Verdict::Blocked).1
    };
    assert_eq!(blocked(bridge()).nlbs, 0);
    let shared = bridge().serve("x-nlb", 5432, Backend::Instances);
    assert_eq!(blocked(shared).nlbs, 1);
}

#[test]
fn an_internet_facing_nlb_is_exposed_until_it_goes() {
    let (today, after) = both(bridge().internet_facing("x-nlb"), Verdict::RemovableIf);
    let names: Vec<_> = today.internet_facing.iter().map(|lb| lb.name()).collect();
    assert_eq!(names, ["x-nlb"]);
    assert!(after.internet_facing.is_empty());
}

/// A bridge that nothing passes.
fn quiet() -> Estate {
    estate().bridge("x", 80).traffic("x-nlb", 0, 0)
}

#[test]
fn where_nothing_is_sent_nothing_new_is_needed() {
    let (today, after) = both(quiet(), Verdict::Removable);
    assert_eq!((today.hops, after.hops), (None, None));
    assert_eq!((today.v2_links, after.v2_links), (0, 0));
    assert_eq!((today.v1_links, after.v1_links), (1, 0));
}

#[test]
fn apis_that_go_direct_pass_the_alb_alone_already() {
    let estate = quiet().v2_link("v2").rest_api("api", |api| {
        api.direct(Verb::Get, "/x", "v2", "x-alb").deploy("prod")
    });
    let (today, after) = both(estate, Verdict::AlreadyDirect);
    assert_eq!((today.hops, after.hops), (Some(1), Some(1)));
    assert_eq!((today.v2_links, after.v2_links), (1, 1));
    assert_eq!(today.security_groups, after.security_groups);
    assert_eq!((today.nlbs, after.nlbs), (1, 0));
}

#[test]
fn what_is_no_bridge_is_not_compared() {
    let estate = estate().direct_nlb("x", 5432, Backend::Instances);
    assert_eq!(compared(estate, Verdict::NotABridge), None);
}
