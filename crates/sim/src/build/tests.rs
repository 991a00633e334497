use std::collections::BTreeSet;

use unbridge_model::apigateway::{LinkReach, Verb};
use unbridge_model::elb::{LoadBalancerType, TargetType};
use unbridge_model::id::StageName;

use super::*;
use crate::account::{Account, HttpRuns};
use crate::coherent::complaints;

fn estate() -> Estate {
    Estate::new("123456789012").region("eu-west-1")
}

fn built(estate: Estate) -> RegionState {
    let account = estate.build().expect("an account");
    assert_eq!(complaints(&account), [""; 0]);
    let mut regions = account.regions.into_values();
    regions.next().expect("a region")
}

fn situation(situation: Situation) -> RegionState {
    built(situation.add(estate(), "orders", 80))
}

#[test]
fn every_situation_is_coherent_alone_and_together() {
    let distinct: BTreeSet<_> = Situation::ALL.into_iter().collect();
    assert_eq!(distinct.len(), Situation::ALL.len());
    let mut all = estate();
    for (number, one) in Situation::ALL.into_iter().enumerate() {
        let account = one.add(estate(), "orders", 8080).build();
        let account = account.unwrap_or_else(|error| panic!("{one:?}: {error}"));
        assert_eq!(complaints(&account), [""; 0], "{one:?}");
        all = one.add(all, &format!("s{number}"), 80);
    }
    built(all);
}

#[test]
fn the_same_words_build_the_same_account() {
    let build = || {
        let situations = Situation::ALL.into_iter().enumerate();
        situations.fold(estate(), |estate, (number, one)| {
            one.add(estate, &format!("s{number}"), 80)
        })
    };
    assert_eq!(build().build(), build().build());
}

#[test]
fn a_bridge_leads_from_the_link_to_the_alb() {
    let region = situation(Situation::CleanBridge);
    let LinkReach::V1 { targets } = &region.link_named("orders-link").expect("a link").reach else {
        panic!("a version 1 link");
    };
    let nlb = region.load_balancer(&targets[0]).expect("an NLB");
    assert_eq!(nlb.kind, LoadBalancerType::Network);
    let group = region.target_group_named("orders-nlb-80").expect("a group");
    assert_eq!(group.target_type, TargetType::Alb);
    let target = &group.targets.as_ref().expect("targets")[0];
    let alb = region.load_balancer_named("orders-alb").expect("an ALB");
    assert_eq!(target.id, alb.arn.as_str());
    let api = region.rest_api_named("orders").expect("an API");
    let draft = api.api.draft.as_ref().expect("a draft");
    let uri = draft[0].integration.as_ref().and_then(|i| i.uri.as_ref());
    let dns = nlb.dns_name.as_ref().expect("a name");
    assert_eq!(
        uri.expect("a uri").to_string(),
        format!("http://{dns}/orders")
    );
}

#[test]
fn deployments_are_frozen_and_edits_stay_in_the_draft() {
    let deployed = |one| {
        let region = situation(one);
        let api = region.rest_api_named("orders").expect("an API").clone();
        let prod = StageName::new("prod").expect("a stage");
        let deployed = api.deployed(&prod).expect("a deployment").methods.clone();
        (api.api.draft.expect("a draft").to_vec(), deployed)
    };
    let (draft, prod) = deployed(Situation::CleanBridge);
    assert_eq!(draft, prod);
    let (draft, prod) = deployed(Situation::DraftEdited);
    assert!(draft != prod && draft.len() == prod.len());
    let (draft, prod) = deployed(Situation::DraftReduced);
    assert_eq!((draft.len(), prod.len()), (0, 1));
    let (draft, prod) = deployed(Situation::DraftExtended);
    assert_eq!((draft.len(), prod.len()), (2, 1));
}

#[test]
fn a_canary_runs_another_deployment_and_a_left_over_the_same() {
    let runs_the_same = |one| {
        let region = situation(one);
        let api = region.rest_api_named("orders").expect("an API");
        let stage = &api.stages[0];
        stage
            .canary
            .as_ref()
            .map(|canary| canary.deployment == stage.deployment)
    };
    assert_eq!(runs_the_same(Situation::CanaryInProgress), Some(false));
    assert_eq!(runs_the_same(Situation::CanaryLeftOver), Some(true));
    assert_eq!(runs_the_same(Situation::CleanBridge), None);
}

#[test]
fn a_frozen_http_stage_keeps_its_old_routes() {
    let region = situation(Situation::HttpApiFrozen);
    let api = region.http_api_named("orders").expect("an API");
    let HttpRuns::Frozen(routes) = &api.stages[0].runs else {
        panic!("a frozen stage");
    };
    let uri = |integration: &unbridge_model::apigateway::Integration| {
        integration.uri.as_ref().expect("a uri").to_string()
    };
    assert!(uri(&routes[0].integration).contains("/net/orders-nlb/"));
    assert!(uri(&api.current()[0].integration).contains("/app/orders-alb/"));
}

#[test]
fn an_ip_bridge_holds_the_albs_own_addresses() {
    let region = situation(Situation::IpBridgeStale);
    let alb = region.load_balancer_named("orders-alb").expect("an ALB");
    let interfaces = region.network_interfaces.iter();
    let own: BTreeSet<_> = interfaces
        .filter(|interface| interface.load_balancer == alb.arn.tail())
        .flat_map(|interface| &interface.addresses)
        .collect();
    let group = region.target_group_named("orders-nlb-80").expect("a group");
    for target in group.targets.iter().flatten() {
        assert_eq!(own.contains(&target.id), target.health == "healthy");
    }
    assert_eq!(group.targets.as_ref().map(Vec::len), Some(4));
}

#[test]
fn the_first_mistake_is_told() {
    let tell = |estate: Estate| estate.build().expect_err("a mistake").to_string();
    assert_eq!(
        tell(
            estate()
                .rest_api("a", |api| api.proxy("/", "gone"))
                .link("b", "c")
        ),
        "there is no link gone"
    );
    assert_eq!(
        tell(estate().alb("a", 80).alb("a", 80)),
        "there are two of load balancer a"
    );
    assert_eq!(
        tell(Estate::new("12")).split(':').next(),
        Some("not a valid AccountId")
    );
    assert_eq!(
        tell(Estate::new("123456789012").nlb("a")),
        "there is no region to build in"
    );
    let missing = estate().rest_api("a", |api| api.drop_method(Verb::Get, "/"));
    assert_eq!(tell(missing), "there is no method GET /");
}

#[test]
fn an_account_can_be_extended() {
    let account: Account = estate().bridge("a", 80).build().expect("an account");
    let more = Estate::extend(account.clone())
        .region("eu-west-1")
        .bridge("b", 80);
    let region = built(more);
    assert_eq!(region.load_balancers.len(), 4);
    assert_eq!(complaints(&account), [""; 0]);
}
