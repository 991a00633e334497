//! What goes wrong in AWS while a plan is carried out: no request fares worse, and the run ends
//! where its journal says.

use serde_json::{Value, json};

use super::bench::Bench;
use crate::harness::{text, wait_for};

/// Calls that change API Gateway.
const CHANGES: &str = "Create.*|Update.*|Delete.*";

/// With these rules the plan is carried out all the same.
fn all_the_same(rules: Value) {
    let bench = Bench::new();
    bench.flow();
    bench.account.faults(rules.clone());
    let outcome = bench.execute(&[]);
    assert_eq!(outcome.code(), 0, "{rules}: {outcome:?}");
    let load = bench.ebb();
    assert!(load.over_v2 > 0);
}

#[test]
fn calls_that_are_put_off_are_made_again() {
    all_the_same(json!([
        { "action": CHANGES, "kind": "throttle", "times": 3 },
        { "service": "ec2", "action": ".*SecurityGroup.*", "kind": "throttle", "times": 2 },
    ]));
}

#[test]
fn answers_that_are_lost_are_looked_for() {
    // Each kind of change once: it was made, and nobody was told.
    let lost: Vec<Value> = [
        "CreateSecurityGroup",
        "RevokeSecurityGroupEgress",
        "AuthorizeSecurityGroupEgress",
        "CreateVpcLink",
        "UpdateIntegration",
        "CreateDeployment",
        "CreateStage",
        "DeleteStage",
        "DeleteDeployment",
        "UpdateStage",
    ]
    .iter()
    .map(|action| json!({ "action": action, "drop": "after", "times": 1 }))
    .collect();
    all_the_same(Value::Array(lost));
}

#[test]
fn changes_that_never_arrived_are_made_again() {
    let lost: Vec<Value> = [
        "CreateVpcLink",
        "UpdateIntegration",
        "CreateDeployment",
        "UpdateStage",
    ]
    .iter()
    .map(|action| json!({ "action": action, "drop": "before", "times": 1 }))
    .collect();
    all_the_same(Value::Array(lost));
}

#[test]
fn failures_of_the_service_are_looked_into() {
    all_the_same(json!([
        { "action": "UpdateStage", "status": 500, "times": 1 },
        { "action": "CreateVpcLink", "status": 503, "times": 1 },
        { "action": "GetStage|GetIntegration|GetVpcLink", "status": 500, "times": 2 },
    ]));
}

#[test]
fn a_change_that_is_refused_stops_the_run_which_can_go_on_or_back() {
    let bench = Bench::new();
    bench.flow();
    bench.account.faults(json!([
        { "action": "UpdateStage", "kind": "deny", "times": -1 },
    ]));
    let outcome = bench.execute(&[]);
    outcome.ends("apply --execute", 7);
    assert!(
        outcome.stdout.contains("allow it, then take the run up"),
        "{outcome:?}"
    );
    bench.take_up("resume").ends("resume", 7);
    bench.account.faults(json!([]));
    bench.take_up("resume").ends("resume", 0);
    bench.ebb();
}

#[test]
fn a_way_back_that_is_refused_is_gone_on_with_when_it_is_allowed() {
    let bench = Bench::new();
    let before = bench.state();
    bench.flow();
    bench.account.faults(json!([
        { "action": "UpdateStage|DeleteVpcLink", "kind": "deny", "times": -1 },
    ]));
    bench.execute(&[]).expect_code(7);
    let outcome = bench.run("rollback", &["--yes"]);
    outcome.ends("rollback", 7);
    assert!(outcome.stdout.contains("allow it"), "{outcome:?}");
    bench.account.faults(json!([]));
    bench.take_up("resume").ends("resume", 6);
    let load = bench.ebb();
    assert_eq!(load.over_v2, 0);
    assert_eq!(bench.state(), before);
    bench.nothing_tagged();
}

#[test]
fn credentials_that_expire_stop_the_run_which_goes_on_when_signed_in_again() {
    let bench = Bench::new();
    bench.flow();
    bench.account.faults(json!([
        { "action": "CreateDeployment", "kind": "expired", "after": 1, "times": 1 },
    ]));
    let outcome = bench.execute(&[]);
    outcome.expect_code(7);
    assert!(outcome.stdout.contains("sign in again"), "{outcome:?}");
    bench.take_up("resume").expect_code(0);
    bench.ebb();
}

#[test]
fn a_link_that_fails_stops_the_run_before_any_request_moved() {
    let bench = Bench::new();
    let before = bench.state();
    bench.flow();
    bench.account.next_link_fails();
    let outcome = bench.execute(&[]);
    outcome.expect_code(7);
    assert!(outcome.stdout.contains("FAILED"), "{outcome:?}");
    bench.run("rollback", &["--yes"]).expect_code(0);
    let load = bench.ebb();
    assert_eq!(load.over_v2, 0);
    assert_eq!(bench.state(), before);
    bench.nothing_tagged();
}

#[test]
fn targets_that_break_during_the_canary_take_the_run_back_h30() {
    for mut rule in [
        json!({ "status": 500 }),
        json!({ "status": 404 }),
        json!({ "status": 301 }),
        json!({ "by": "rejected", "status": 503 }),
    ] {
        let bench = Bench::planned(&["--canary", "50,100", "--bake", "20s"]);
        let before = bench.state();
        bench.flow();
        // The temporary stage is answered as before.
        rule["link"] = json!("v2");
        rule["stage"] = json!("prod");
        bench.account.backend(json!([rule]));
        let outcome = bench.execute(&["--on-fail", "rollback"]);
        outcome.ends("apply --execute", 6);
        let load = bench.account.stop_load();
        assert!(load.failed < load.sent / 2, "{load:?}");
        assert_eq!(bench.state(), before, "{rule}");
        bench.nothing_tagged();
    }
}

#[test]
fn targets_that_turn_unhealthy_during_the_canary_take_the_run_back_h30() {
    let bench = Bench::planned(&["--canary", "50,100", "--bake", "20s"]);
    let before = bench.state();
    bench.flow();
    let options = [
        "--execute",
        "--yes",
        "--probe",
        "/a/b",
        "--on-fail",
        "rollback",
    ];
    let running = bench.command("apply", &options).start();
    wait_for("the canary", || {
        bench.journal_has("set-canary").then_some(())
    });
    let group = text(&bench.account.seeded["target_groups"]["billing-tasks"]);
    for target in ["10.20.200.10", "10.20.201.11", "10.20.202.12"] {
        bench.account.health(&group, target, "unhealthy");
    }
    let outcome = running.finish();
    outcome.expect_code(6);
    assert!(
        outcome.stdout.contains("is healthy any more"),
        "{outcome:?}"
    );
    // Its load balancer sends requests to them all the same.
    bench.ebb();
    assert_eq!(bench.state(), before);
    bench.nothing_tagged();
}

#[test]
fn targets_that_were_lost_to_the_canary_are_no_usual_sight_when_the_run_is_gone_on_with_h30() {
    let bench = Bench::planned(&["--canary", "50,100", "--bake", "8s"]);
    bench.flow();
    let group = text(&bench.account.seeded["target_groups"]["billing-tasks"]);
    let all_are = |state| {
        for target in ["10.20.200.10", "10.20.201.11", "10.20.202.12"] {
            bench.account.health(&group, target, state);
        }
    };
    let options = ["--execute", "--yes", "--probe", "/a/b"];
    let running = bench.command("apply", &options).start();
    wait_for("the canary", || {
        bench.journal_has("set-canary").then_some(())
    });
    all_are("unhealthy");
    let outcome = running.finish();
    outcome.ends("apply --execute", 7);
    assert!(
        outcome.stdout.contains("is healthy any more"),
        "{outcome:?}"
    );
    let outcome = bench.run("resume", &["--yes", "--probe", "/a/b"]);
    outcome.ends("resume", 7);
    assert!(
        outcome
            .stdout
            .contains("whether one was before requests moved is not known"),
        "{outcome:?}"
    );
    all_are("healthy");
    bench.take_up("resume").ends("resume", 0);
    bench.ebb();
}

#[test]
fn which_minutes_a_canary_is_judged_by_goes_by_the_clock_of_aws() {
    let bench = Bench::new();
    bench.flow();
    // By it the share is set in minutes of which nothing was counted yet.
    bench.account.clock(600);
    let options = ["--execute", "--yes", "--probe", "/a/b"];
    let outcome = bench.run("apply", &options);
    outcome.ends("apply --execute", 7);
    for words in [
        "s behind AWS's, which is the one that counts",
        "too little was seen to tell: CloudWatch shows no request to stage prod",
    ] {
        assert!(outcome.stdout.contains(words), "{outcome:?}");
    }
    bench.account.clock(0);
    let outcome = bench.take_up("resume");
    outcome.ends("resume", 0);
    assert!(
        !outcome.stdout.contains("the one that counts"),
        "{outcome:?}"
    );
    bench.ebb();
}

#[test]
fn a_canary_that_nobody_uses_does_not_advance_h30() {
    let bench = Bench::new();
    // Nothing flows, and nothing was measured before.
    let options = ["--execute", "--yes", "--probe", "/a/b"];
    let outcome = bench.run(
        "apply",
        &[&options[..], &["--on-fail", "rollback"]].concat(),
    );
    outcome.expect_code(7);
    let journal = bench.journal();
    let canaries = journal
        .iter()
        .filter(|event| event["kind"] == "started" && event["operation"]["kind"] == "set-canary");
    assert_eq!(canaries.count(), 1, "only the first share was set");
    assert!(
        outcome
            .stdout
            .contains("unbridge rollback orders.plan.json"),
        "{outcome:?}"
    );
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.nothing_tagged();
}

#[test]
fn a_proof_that_fails_takes_the_run_back_before_any_request_moved_h28() {
    // Whatever is to follow when requests fare worse: the draft must not stay changed.
    for options in [&["--on-fail", "rollback"][..], &[]] {
        let bench = Bench::new();
        let before = bench.state();
        bench.flow();
        bench
            .account
            .backend(json!([{ "link": "v2", "status": 403 }]));
        let outcome = bench.execute(options);
        outcome.expect_code(6);
        let load = bench.ebb();
        assert_eq!(load.over_v2, 0);
        assert_eq!(bench.state(), before);
        bench.nothing_tagged();
    }
}
