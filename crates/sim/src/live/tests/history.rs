use unbridge_model::route::Landing;

use super::*;
use crate::live::{IN_FLIGHT, PROPAGATION};

#[test]
fn what_a_stage_ran_still_answers_until_the_change_has_spread_and_requests_have_ended_h35() {
    let desk = desk();
    let moved = desk.moved();
    assert_eq!(desk.links_taken("prod"), ["orders-link"]);
    desk.done(desk.set("prod", &moved));
    assert_eq!(desk.links_taken("prod"), ["direct", "orders-link"]);
    let window = (PROPAGATION + IN_FLIGHT).as_secs();
    desk.wait(window - 1);
    assert_eq!(desk.links_taken("prod"), ["direct", "orders-link"]);
    desk.wait(1);
    assert_eq!(desk.links_taken("prod"), ["direct"]);
}

#[test]
fn a_request_in_flight_dies_with_its_link_h35() {
    let desk = desk();
    let moved = desk.moved();
    desk.done(desk.set("prod", &moved));
    let link = desk.link("orders-link");
    desk.edit(|state| state.links.retain(|known| known.id != link));
    let answers = desk.0.answers(&desk.request("prod"));
    let refused = answers
        .iter()
        .filter(|answer| answer.landing == Landing::Refused);
    assert_eq!((answers.len(), refused.count()), (2, 1));
    desk.wait(60);
    let answers = desk.0.answers(&desk.request("prod"));
    assert!(matches!(answers[..], [ref one] if matches!(one.landing, Landing::Lands { .. })));
}

#[test]
fn requests_in_flight_keep_a_deployment_that_was_deleted() {
    let desk = desk();
    let old = desk.runs("prod");
    let moved = desk.moved();
    desk.done(desk.set("prod", &moved));
    desk.done(desk.set("dev", &moved));
    desk.done(desk.drop_deployment(&old));
    assert_eq!(desk.links_taken("prod"), ["direct", "orders-link"]);
}

#[test]
fn both_shares_answer_while_a_canary_has_any() {
    let desk = desk();
    let moved = desk.moved();
    desk.done(desk.canary("prod", &moved, 0));
    assert_eq!(desk.links_taken("prod"), ["orders-link"]);
    desk.done(desk.canary("prod", &moved, 1));
    assert_eq!(desk.links_taken("prod"), ["direct", "orders-link"]);
    desk.done(desk.no_canary("prod"));
    // Its requests still run.
    assert_eq!(desk.links_taken("prod"), ["direct", "orders-link"]);
    desk.wait(60);
    assert_eq!(desk.links_taken("prod"), ["orders-link"]);
}

#[test]
fn a_canary_reads_the_stages_variables_and_its_own_over_them() {
    let desk = Desk::of(estate().rest_api("shop", |api| {
        api.by_variable(Verb::Any, "/{proxy+}", "link", 80)
            .deploy("prod")
            .link_variable("prod", "link", "orders-link")
            .canary("prod", 10.0)
    }));
    assert_eq!(desk.links_taken("prod"), ["orders-link"]);
    let direct = desk.link("direct");
    desk.edit_api(|api| {
        let mut stages = api.stages.iter_mut();
        let prod = stages
            .find(|known| known.name.as_str() == "prod")
            .expect("prod");
        let canary = prod.canary.as_mut().expect("a canary");
        canary
            .overrides
            .insert(Text::new("link"), direct.to_string());
    });
    assert_eq!(desk.links_taken("prod"), ["direct", "orders-link"]);
}

#[test]
fn what_somebody_else_changes_spreads_as_slowly() {
    let desk = desk();
    let moved = desk.moved();
    let put = moved.clone();
    desk.edit_api(|api| {
        let mut stages = api.stages.iter_mut();
        let prod = stages.find(|known| known.name.as_str() == "prod");
        prod.expect("prod").deployment = put;
    });
    assert_eq!(desk.links_taken("prod"), ["direct", "orders-link"]);
    desk.wait(60);
    assert_eq!(desk.links_taken("prod"), ["direct"]);
}

#[test]
fn a_stage_that_is_gone_answers_nobody_but_requests_in_flight() {
    let desk = desk();
    desk.done(Operation::DeleteStage {
        api: desk.api(),
        stage: stage("dev"),
    });
    assert_eq!(desk.links_taken("dev"), ["orders-link"]);
    desk.wait(60);
    let answers = desk.0.answers(&desk.request("dev"));
    assert!(matches!(answers[..], [ref one] if one.landing == Landing::NotPrivate));
}

#[test]
fn a_fork_goes_its_own_way_and_a_clone_does_not() {
    let desk = desk();
    let fork = Desk(desk.0.fork());
    let clone = Desk(desk.0.clone());
    assert_eq!(desk.0.digest(), fork.0.digest());
    desk.moved();
    assert_eq!(desk.0.digest(), clone.0.digest());
    assert_ne!(desk.0.digest(), fork.0.digest());
    // The same steps lead to the same ids, and so to the same world.
    fork.moved();
    assert_eq!(desk.0.digest(), fork.0.digest());
}

#[test]
fn digests_count_what_is_in_flight_from_now_and_forget_it_when_it_is_over() {
    let (one, other) = (desk(), desk());
    let there_and_back = |desk: &Desk| {
        let (old, moved) = (desk.runs("prod"), desk.moved());
        desk.done(desk.set("prod", &moved));
        desk.done(desk.set("prod", &old));
        moved
    };
    there_and_back(&one);
    let moved = other.moved();
    assert_ne!(one.0.digest(), other.0.digest());
    one.wait(60);
    other.wait(5);
    assert_eq!(one.0.digest(), other.0.digest());
    // So long ago is so long ago, whatever the time is.
    one.done(one.set("prod", &moved));
    one.wait(7);
    other.wait(1000);
    other.done(other.set("prod", &moved));
    assert_ne!(one.0.digest(), other.0.digest());
    other.wait(7);
    assert_eq!(one.0.digest(), other.0.digest());
}

#[test]
fn the_time_of_day_follows_virtual_time() {
    let desk = desk();
    assert_eq!(desk.0.wall(), "2026-01-05T09:00:00Z");
    desk.wait(86_400 + 61);
    assert_eq!(desk.0.wall(), "2026-01-06T09:01:01Z");
    assert_eq!(desk.0.now(), Duration::from_secs(86_461));
}
