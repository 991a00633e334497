//! Ways that lead to what is gone or was not seen.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{CarriedField, Verb};
use unbridge_model::assessment::{Assessment, IssuerCheck};
use unbridge_model::call::CallKind;
use unbridge_model::finding::{Finding, FindingCode, Reason, Verdict};
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::route::{Broken, End};
use unbridge_sim::account::RegionState;
use unbridge_sim::build::{Backend, Estate, Situation};
use unbridge_sim::reader::Fault;

use crate::common::{codes, estate, nlb};
use crate::doubts::{seen, seen_but};

/// Why chains that touch no NLB are broken.
fn broken(assessment: &Assessment) -> Vec<&Broken> {
    let unattached = assessment.unattached.iter();
    unattached
        .filter_map(|one| match &one.finding {
            Finding::ChainBroken { why, .. } => Some(why),
            _ => None,
        })
        .collect()
}

/// Ways that could not be followed.
fn unfollowed(assessment: &Assessment) -> Vec<&Gap> {
    let gaps = assessment.gaps.iter();
    gaps.filter(|gap| gap.class == GapClass::Unreadable)
        .collect()
}

/// A listener's ARN tells its load balancer, so only a complete list says that it is gone.
#[test]
fn a_listener_of_a_load_balancer_that_is_gone_is_broken_only_when_all_were_listed() {
    let raze = |region: &mut RegionState| region.load_balancers.retain(|lb| lb.name != *"gone");
    let web = |estate: Estate| {
        estate
            .bridge("x", 80)
            .alb("gone", 80)
            .v2_link("v2")
            .http_api("web", |api| {
                api.private("GET /", "v2", "gone", 80).auto("$default")
            })
            .edit(raze)
    };
    let listed = seen(web(estate()));
    assert!(
        matches!(broken(&listed)[..], [Broken::LoadBalancerMissing { .. }]),
        "{:?}",
        listed.unattached
    );
    assert!(unfollowed(&listed).is_empty());
    let denied = vec![Fault::denied(CallKind::DescribeLoadBalancers)];
    let unlisted = seen_but(web(estate()), denied);
    assert_eq!(broken(&unlisted), [] as [&Broken; 0]);
    assert_eq!(unfollowed(&unlisted).len(), 1);
}

#[test]
fn a_chain_to_an_alb_that_is_gone_is_broken() {
    let raze = |region: &mut RegionState| region.load_balancers.retain(|lb| lb.name != *"x-alb");
    let assessment = seen(Situation::CleanBridge.add(estate(), "x", 80).edit(raze));
    let over = nlb(&assessment, "x-nlb");
    assert_eq!(over.verdict, Verdict::Blocked);
    for chain in &over.chains {
        let end = &chain.way.end;
        let missing = matches!(end, End::Broken(Broken::LoadBalancerMissing { .. }));
        assert!(missing, "{end:?}");
    }
}

/// With no healthy target an NLB sends to every one, so a stranger gets traffic as the ALB does.
#[test]
fn a_stranger_among_targets_of_which_none_is_healthy_counts() {
    let sicken = |region: &mut RegionState| {
        for group in &mut region.target_groups {
            for target in group.targets.iter_mut().flatten() {
                target.health = "unhealthy".into();
            }
        }
    };
    let stale = || Situation::IpBridgeStale.add(estate(), "x", 80);
    let bridges = |assessment| {
        let codes = codes(nlb(&assessment, "x-nlb"));
        codes.contains(&FindingCode::IpTargetBridge)
    };
    assert!(bridges(seen(stale())));
    assert!(!bridges(seen(stale().edit(sicken))));
}

/// Without an ALB in the region nobody asks what addresses are in a group.
#[test]
fn addresses_that_were_not_asked_for_are_no_alb_where_there_is_none() {
    let estate = Situation::DirectInstances
        .add(estate(), "y", 80)
        .nlb("x-nlb")
        .serve("x-nlb", 80, Backend::Addresses);
    let assessment = seen_but(estate, vec![Fault::denied(CallKind::GetExport)]);
    let unasked = nlb(&assessment, "x-nlb");
    assert_eq!(unasked.verdict, Verdict::NotABridge);
    assert_eq!(unasked.reasons, [Reason::NoAlb]);
}

#[test]
fn what_is_unread_of_an_alb_matters_to_the_nlbs_in_front_of_it() {
    let two = || {
        let one = Situation::CleanBridge.add(estate(), "x", 80);
        Situation::CleanBridge.add(one, "y", 80)
    };
    let account = two().build().expect("an account");
    let region = account.regions.values().next().expect("a region");
    let alb = region.load_balancer_named("x-alb").expect("the ALB");
    let listener = alb.listeners.iter().flatten().next().expect("a listener");
    let fault = Fault::denied(CallKind::DescribeRules).of(listener.arn.as_str());
    let assessment = seen_but(two(), vec![fault]);
    let unread = |name| {
        let reasons = &nlb(&assessment, name).reasons;
        let rules = |reason: &Reason| match reason {
            Reason::Gap(gap) => matches!(
                gap.unseen,
                Unseen::Call {
                    call: CallKind::DescribeRules,
                    ..
                }
            ),
            _ => false,
        };
        reasons.iter().any(rules)
    };
    assert!(unread("x-nlb"));
    assert!(!unread("y-nlb"));
}

/// What one stage sets another does not: a Host header by stage is followed stage by stage.
#[test]
fn a_host_by_stage_variable_is_each_stages_own() {
    let estate = estate().bridge("x", 80).rest_api("api", |api| {
        api.method(Verb::Get, "/x", "x-link")
            .map_host(Verb::Get, "/x", "stageVariables.host")
            .method(Verb::Get, "/y", "x-link")
            .map_host(Verb::Get, "/y", "stageVariables.host")
            .deploy("dev")
            .variable("dev", "host", "dev.corp.example")
            .deploy("prod")
            .variable("prod", "host", "www.corp.example")
    });
    let seen = seen(estate);
    let hosts: BTreeSet<(String, String)> = nlb(&seen, "x-nlb")
        .chains
        .iter()
        .map(|chain| {
            let stage = chain.start.stage.as_ref().expect("a stage").to_string();
            let sent = chain.way.sent.as_ref().expect("an address");
            (stage, sent.host_header(sent.scheme, sent.port).to_string())
        })
        .collect();
    let told: Vec<_> = hosts
        .iter()
        .map(|(stage, host)| (stage.as_str(), host.as_str()))
        .collect();
    assert_eq!(
        told,
        [("dev", "dev.corp.example"), ("prod", "www.corp.example")]
    );
}

/// Only a version 1 link can be called unused: what uses a version 2 link may be no API.
#[test]
fn a_link_is_unused_when_no_stage_and_no_draft_has_it() {
    let estate = estate()
        .bridge("used", 80)
        .bridge("idle", 81)
        .v2_link("v2")
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "used-link").deploy("prod")
        });
    let seen = seen(estate);
    let unused: Vec<_> = seen
        .links
        .iter()
        .filter(|link| !link.findings.is_empty())
        .map(|link| link.name.as_str())
        .collect();
    assert_eq!(unused, ["idle-link"]);
    assert_eq!(seen.links.len(), 3);
}

/// Integrations of one API are told apart by everything their way depends on, however alike they
/// look and in whatever order they come.
#[test]
fn integrations_that_look_alike_take_ways_of_their_own() {
    let estate = estate()
        .bridge("one", 80)
        .bridge("two", 80)
        .v2_link("v2")
        .rest_api("api", |api| {
            let api = api
                .at(Verb::Get, "/a", "one-link", "http://same.example/a")
                .at(Verb::Get, "/b", "two-link", "http://same.example/b")
                .at(Verb::Get, "/c", "one-link", "https://same.example:80/c")
                .at(Verb::Get, "/d", "one-link", "https://same.example:80/d")
                .carry(Verb::Get, "/d", CarriedField::TlsConfig, "insecure");
            api.direct_at(Verb::Get, "/e", "v2", "one-alb", "http://same.example")
                .map_host(Verb::Get, "/e", "'e.example'")
                .direct_at(Verb::Get, "/f", "v2", "two-alb", "http://same.example")
                .map_host(Verb::Get, "/f", "'f.example'")
                .deploy("prod")
        });
    let seen = seen(estate);
    let over = |name: &str| -> Vec<(String, IssuerCheck)> {
        let chains = &nlb(&seen, name).chains;
        let told = chains.iter().map(|chain| {
            let sent = chain.way.sent.as_ref().expect("an address");
            (chain.path.to_string(), sent.issuer)
        });
        told.collect()
    };
    let way = |path: &str, issuer| (path.to_owned(), issuer);
    assert_eq!(
        over("one-nlb"),
        [
            way("/a", IssuerCheck::Trusted),
            way("/c", IssuerCheck::Trusted),
            way("/d", IssuerCheck::Any),
        ]
    );
    assert_eq!(over("two-nlb"), [way("/b", IssuerCheck::Trusted)]);
    let direct = |name: &str| {
        let found = nlb(&seen, name).findings.iter();
        found
            .filter(|finding| finding.code() == FindingCode::AlreadyDirect)
            .count()
    };
    assert_eq!((direct("one-nlb"), direct("two-nlb")), (1, 1));
}
