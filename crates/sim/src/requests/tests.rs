use std::collections::BTreeSet;

use unbridge_model::route::{Landing, ListenerEnd};

use super::*;
use crate::build::Estate;
use crate::data_plane::{Running, serve};
use crate::estate::{Size, generate};
use crate::live::Switches;

fn region() -> Region {
    Region::new("eu-west-1").expect("a region")
}

fn estate() -> Estate {
    Estate::new("123456789012").region("eu-west-1")
}

fn landing(account: &Account, request: &Request<AnyApi>) -> Landing {
    let running = Running::of(&account.regions[&request.region], request);
    let Some(running) = running else {
        return Landing::NotPrivate;
    };
    serve(account, request, running, Switches::default()).landing
}

/// Every end that requests come to: status codes, and names of groups.
fn ends(account: &Account) -> BTreeSet<String> {
    let landings = requests(account, &region());
    let landings = landings.iter().map(|request| landing(account, request));
    let ends = landings.flat_map(|landing| match landing {
        Landing::Lands { ends, .. } if ends.len() == 1 => ends,
        Landing::Lands { .. } | Landing::NotPrivate | Landing::Refused | Landing::Unseen => {
            BTreeSet::new()
        }
    });
    ends.map(|end| match end {
        ListenerEnd::FixedResponse { status } => status.to_string(),
        ListenerEnd::Forward { groups } => {
            let names = groups.iter().map(|arn| arn.as_str().split('/').nth(1));
            names.flatten().collect::<Vec<_>>().join("+")
        }
        other => format!("{other:?}"),
    })
    .collect()
}

#[test]
fn every_rule_that_a_request_can_meet_is_met_h6() {
    let account = estate()
        .bridge("x", 80)
        .alb_rule("x-alb", 80, 10, |rule| {
            rule.path(&["/v1/orders/*", "/v1/*/deep"]).respond("410")
        })
        .alb_rule("x-alb", 80, 20, |rule| {
            rule.path_regex("^/v1/items/[a-z]+[0-9]+$").respond("420")
        })
        .alb_rule("x-alb", 80, 30, |rule| {
            rule.method(&["DELETE"]).respond("430")
        })
        .alb_rule("x-alb", 80, 40, |rule| {
            rule.header("x-tenant", &["silver"])
                .query(&["kind=bulk"])
                .respond("440")
        })
        .alb_rule("x-alb", 80, 50, |rule| {
            rule.host(&["*.mapped.example"]).respond("450")
        })
        .alb_rule("x-alb", 80, 60, |rule| {
            rule.path(&["/elsewhere/*"]).respond("460")
        })
        .rest_api("api", |api| {
            api.at(Verb::Any, "/{proxy+}", "x-link", "http://x.example/v1")
                .at(Verb::Get, "/{id}/by-host", "x-link", "http://x.example")
                .map_host(Verb::Get, "/{id}/by-host", "method.request.header.X-Host")
                .deploy("prod")
        })
        .build()
        .expect("an account");
    let expect = ["410", "420", "430", "440", "450", "x-alb-service"];
    assert_eq!(ends(&account), BTreeSet::from(expect.map(str::to_owned)));
}

#[test]
fn routes_of_http_apis_are_asked_and_those_of_websocket_apis_are_not_h14() {
    let account = estate()
        .bridge("x", 80)
        .v2_link("v2")
        .alb_rule("x-alb", 80, 10, |rule| {
            rule.path(&["/prod/orders/*"]).respond("410")
        })
        .http_api("web", |api| {
            api.private("$default", "v2", "x-nlb", 80)
                .private("GET /orders/{proxy+}", "v2", "x-alb", 80)
                .public("GET /public")
                .auto("prod")
        })
        .websocket_api("chat", |api| {
            api.over_v1("$default", "x-link").freeze("prod")
        })
        .build()
        .expect("an account");
    let asked = requests(&account, &region());
    assert!(!asked.is_empty());
    let web = account.regions[&region()].http_api_named("web");
    let web = AnyApi::Http(web.expect("the API").api.id.clone());
    assert!(asked.iter().all(|request| request.api == web));
    assert!(asked.iter().all(|request| request.path != *"/public"));
    let expect = ["410", "x-alb-service"];
    assert_eq!(ends(&account), BTreeSet::from(expect.map(str::to_owned)));
}

#[test]
fn what_only_a_canary_has_is_asked_and_what_nobody_runs_is_not() {
    let account = estate()
        .bridge("x", 80)
        .rest_api("api", |api| {
            api.method(Verb::Get, "/stage", "x-link")
                .deploy("prod")
                .method(Verb::Get, "/canary", "x-link")
                .canary("prod", 10.0)
                .method(Verb::Get, "/draft", "x-link")
                .public(Verb::Get, "/public")
        })
        .build()
        .expect("an account");
    let asked = requests(&account, &region());
    let paths: BTreeSet<&str> = asked.iter().map(|request| &*request.path).collect();
    assert_eq!(paths, BTreeSet::from(["/canary", "/stage"]));
    assert!(asked.iter().all(|request| request.share == Share::Stage));
}

#[test]
fn requests_are_the_same_every_time_none_is_made_twice_and_a_method_has_few() {
    for seed in 0..12 {
        let account = generate(seed, Size(8)).expect("an account");
        for region in account.regions.keys() {
            let asked = requests(&account, region);
            assert_eq!(asked, requests(&account, region), "seed {seed}");
            let once: BTreeSet<_> = asked.iter().collect();
            assert_eq!(once.len(), asked.len(), "seed {seed}");
            let state = &account.regions[region];
            let methods: usize = (state.rest_apis.iter())
                .flat_map(|api| api.stages.iter().map(move |stage| (api, stage)))
                .flat_map(|(api, stage)| answering(api, stage))
                .map(|(deployment, _)| deployment.methods.len())
                .sum();
            let routes = state.http_apis.iter().flat_map(running_routes);
            let routes: usize = routes.map(|(_, _, routes)| routes.len()).sum();
            assert!(
                asked.len() <= PER_METHOD * (methods + routes),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn more_rules_than_there_are_requests_leave_the_unaimed_ones() {
    let mut estate = estate().bridge("x", 80);
    for rule in 1..=60_u32 {
        let path = format!("/rule-{rule}/*");
        estate = estate.alb_rule("x-alb", 80, rule, |rule| rule.path(&[&path]).respond("410"));
    }
    let account = estate
        .rest_api("api", |api| {
            api.method(Verb::Any, "/{proxy+}", "x-link").deploy("prod")
        })
        .build()
        .expect("an account");
    let asked = requests(&account, &region());
    assert_eq!(asked.len(), PER_METHOD);
    let expect = ["410", "x-alb-service"];
    assert_eq!(ends(&account), BTreeSet::from(expect.map(str::to_owned)));
}

#[test]
fn a_region_that_an_account_does_not_have_is_not_asked() {
    let account = estate().bridge("x", 80).build().expect("an account");
    let nowhere = Region::new("eu-south-1").expect("a region");
    assert_eq!(requests(&account, &nowhere), []);
}
