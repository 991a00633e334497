//! Good plans are proven.

use std::collections::BTreeSet;

use unbridge_model::apigateway::Verb;
use unbridge_model::plan::Plan;
use unbridge_rehearsal::{Branches, Rehearsal, rehearse};
use unbridge_sim::account::Account;
use unbridge_sim::build::Estate;
use unbridge_sim::requests::requests;

use crate::plans::{Draft, Site};

pub(crate) const REGION: &str = "eu-west-1";

/// A bridge with one API on two stages.
pub(crate) fn bridge() -> Estate {
    Estate::new("123456789012")
        .region(REGION)
        .bridge("x", 80)
        .with_security_group("x-nlb")
        .admit_only_nlb("x-alb", "x-nlb")
        .alb_rule("x-alb", 80, 10, |rule| {
            rule.path(&["/admin/*"]).respond("403")
        })
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link")
                .proxy("/all", "x-link")
                .deploy("dev")
                .deploy("prod")
        })
}

pub(crate) fn account() -> Account {
    bridge().build().expect("an account")
}

pub(crate) fn good(account: &Account) -> Draft {
    Draft::good(Site::of(account, REGION, "api"), &["dev", "prod"])
}

pub(crate) fn rehearsed(account: &Account, plan: &Plan, branches: Branches) -> Rehearsal {
    plan.body.check().expect("a plan that fits together");
    let requests = requests(account, &plan.body.region);
    assert!(requests.len() > 4, "{requests:?}");
    rehearse(plan, account, &requests, branches)
}

#[test]
fn a_good_plan_is_proven() {
    let account = account();
    let plan = good(&account).plan();
    let rehearsal = rehearsed(&account, &plan, Branches::Rejoin);
    if let Some(found) = &rehearsal.counter_example {
        panic!(
            "{}\nif {}\n{:?}\n{}",
            found.why, found.switches, found.scenario, found.trace
        );
    }
    // The proof stops it where a backend sees the stage's name, the first canary where that runs
    // the stage's own deployment; both without harm.
    let stops: BTreeSet<&str> = rehearsal
        .stops
        .iter()
        .map(|stop| stop.step.as_str())
        .collect();
    assert_eq!(stops, BTreeSet::from(["dev-canary-10", "proof-stage"]));
    assert!(rehearsal.runs > 1000, "{}", rehearsal.runs);
}

#[test]
fn a_stage_that_is_given_what_it_lacks_goes_on_and_back_whatever_is_lost_h28() {
    let account = account();
    let plan = good(&account).furnished().plan();
    let rehearsal = rehearsed(&account, &plan, Branches::Rejoin);
    if let Some(found) = &rehearsal.counter_example {
        panic!("{}\n{:?}\n{}", found.why, found.scenario, found.trace);
    }
    let mut stops = rehearsal.stops.iter();
    assert!(stops.any(|stop| stop.step.as_str() == "proof-furnish"));
}
