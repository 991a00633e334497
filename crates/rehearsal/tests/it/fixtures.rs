//! The plans that are stored for others to read: the demo and the tests of the binary.

use std::fs;
use std::path::Path;

use unbridge_model::plan::{Plan, Step};
use unbridge_rehearsal::{Branches, CounterExample, Why};
use unbridge_sim::sample;

use crate::good::rehearsed;
use crate::plans::{Draft, Site};

/// The plan for `orders-api` of the sample account.
fn orders() -> Draft {
    let account = sample::account().expect("the sample");
    Draft::good(
        Site::of(&account, sample::REGION, "orders-api"),
        &["staging", "prod"],
    )
}

/// The stored plan of this name, after a look at whether it is what the writer writes.
/// `UPDATE=1` writes it anew.
fn stored(name: &str, written: &Plan) -> Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/plans");
    let path = folder.join(name);
    let json = written.to_json().expect("JSON");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(&path, &json).expect("a file is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, json, "UPDATE=1 writes {name}");
    Plan::parse(&kept).expect("a plan")
}

#[test]
fn the_stored_plan_for_the_sample_account_is_proven() {
    let plan = stored("orders.plan.json", &orders().plan());
    let account = sample::account().expect("the sample");
    let rehearsal = rehearsed(&account, &plan, Branches::Rejoin);
    if let Some(found) = &rehearsal.counter_example {
        panic!("{}\nif {}\n{}", found.why, found.switches, found.trace);
    }
}

/// H33. The ALB of the sample admits its whole VPC: it is the plan itself that misses its rule.
#[test]
fn the_stored_plan_without_the_ingress_step_stops_before_requests_move() {
    let plan = stored("no-ingress.plan.json", &orders().without("ingress").plan());
    let found = refuted(&plan);
    let Why::Stopped(step, why) = &found.why else {
        panic!("{}\n{}", found.why, found.trace);
    };
    assert_eq!(step.as_str(), "staging-canary-10");
    assert!(why.contains("the group has no such rule"), "{why}");
}

/// H28
#[test]
fn the_stored_plan_without_egress_step_and_proof_loses_requests() {
    let unproven = |step: &mut Step| step.gate = None;
    let spoiled = orders().without("egress").with("proof-stage", unproven);
    let found = refuted(&stored("blind.plan.json", &spoiled.plan()));
    assert!(matches!(found.why, Why::Harm(_)), "{}", found.why);
    let told = found.why.to_string();
    assert!(told.contains("of stage staging"), "{told}");
    assert!(told.contains("cannot arrive"), "{told}");
}

fn refuted(plan: &Plan) -> CounterExample {
    let account = sample::account().expect("the sample");
    let rehearsal = rehearsed(&account, plan, Branches::Rejoin);
    *rehearsal.counter_example.expect("a counter-example")
}
