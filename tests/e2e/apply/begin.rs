//! Before the first change: the dry run, and everything that refuses a run.

use serde_json::{Value, json};
use unbridge_model::plan::Plan;
use unbridge_model::plan::condition::Gate;

use super::bench::Bench;
use crate::harness::{list, read, text};

/// A refusal: its code, nothing written, and words of it.
fn refused(bench: &Bench, options: &[&str], words: &[&str]) {
    let before = bench.account.writes().len();
    let outcome = bench.run("apply", options);
    outcome.expect_code(5);
    let said = format!("{}\n{}", outcome.stdout, outcome.stderr);
    for word in words {
        assert!(said.contains(word), "{word:?} is not said: {said}");
    }
    assert_eq!(
        bench.account.writes().len(),
        before,
        "something was written"
    );
}

#[test]
fn a_dry_run_shows_every_call_and_writes_nothing() {
    let bench = Bench::new();
    let before = bench.account.writes().len();
    let outcome = bench.run("apply", &[]);
    outcome.ends("apply", 0);
    for words in [
        "ok       objects",
        "ok       rights",
        "aws apigatewayv2 create-vpc-link",
        "/canarySettings/percentTraffic",
        "dry run: nothing was changed",
        "unbridge apply orders.plan.json --execute",
    ] {
        assert!(
            outcome.stdout.contains(words),
            "{words}: {}",
            outcome.stdout
        );
    }
    assert_eq!(bench.account.writes().len(), before);
    assert!(
        !bench
            .desk
            .files()
            .contains(&"orders.journal.jsonl".to_owned())
    );

    let events = Bench::events(&bench.run("apply", &["--output", "json"]));
    let count = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
    let steps = count("would-do");
    assert!(steps > 10 && count("checked") > 8, "{steps}");
    assert!(
        events
            .iter()
            .all(|event| event["format"] == "unbridge-events")
    );
    assert_eq!(events.last().expect("an end")["outcome"], "dry run");
    assert_eq!(bench.account.writes().len(), before);
}

#[test]
fn a_run_without_a_terminal_needs_a_word() {
    let bench = Bench::new();
    let outcome = bench.run("apply", &["--execute"]);
    outcome.ends("apply --execute", 2).expect_told("--yes");
    assert!(
        bench
            .account
            .writes()
            .iter()
            .all(|one| one.method != "PATCH")
    );
}

#[test]
fn a_plan_that_is_stale_is_refused_field_by_field() {
    let bench = Bench::new();
    let (api, account) = (&bench.api, &bench.account);
    account.raw_patch(
        "apigateway",
        &format!("/restapis/{api}/stages/prod"),
        &json!({ "patchOperations": [{ "op": "replace", "path": "/variables/colour", "value": "blue" }] }),
    );
    refused(
        &bench,
        &["--execute", "--yes"],
        &["objects", "has changed", "--snapshot FILE"],
    );
    refused(
        &bench,
        &["--execute", "--yes", "--snapshot", "account.jsonl"],
        &["stages / prod / variables", "scan and plan again"],
    );
}

#[test]
fn a_foreign_canary_is_refused() {
    let bench = Bench::new();
    let (api, account) = (&bench.api, &bench.account);
    account.raw_patch(
        "apigateway",
        &format!("/restapis/{api}/stages/prod"),
        &json!({ "patchOperations": [{ "op": "replace", "path": "/canarySettings/percentTraffic", "value": "5" }] }),
    );
    refused(
        &bench,
        &["--execute", "--yes"],
        &["preconditions", "canary"],
    );
}

#[test]
fn rights_that_are_missing_are_named_before_anything_is_changed() {
    let bench = Bench::new();
    bench.account.denied(&["apigateway:PATCH"]);
    refused(
        &bench,
        &["--execute", "--yes"],
        &["rights", "apigateway:PATCH", "policy plan"],
    );
    bench.account.denied(&["iam:SimulatePrincipalPolicy"]);
    bench
        .account
        .faults(json!([{ "service": "iam", "kind": "deny", "times": -1 }]));
    refused(
        &bench,
        &["--execute", "--yes"],
        &["unknown  rights", "--accept unchecked-rights"],
    );
    bench.run("apply", &[]).ends("apply", 5);
    bench
        .run("apply", &["--accept", "unchecked-rights"])
        .expect_code(0);
}

#[test]
fn a_plan_for_another_account_is_refused() {
    let bench = Bench::new();
    let other = crate::harness::emulator().parts(&["billing"]);
    let outcome = bench
        .desk
        .unbridge(["apply", "orders.plan.json", "--execute", "--yes"])
        .account(&other)
        .run();
    outcome.expect_code(5);
    assert!(
        outcome.stdout.contains("the plan is for account"),
        "{outcome:?}"
    );
    assert!(
        other.writes().is_empty()
            || other
                .writes()
                .iter()
                .all(|one| !one.path.contains("stages"))
    );
}

#[test]
fn a_lock_that_is_held_refuses_and_says_whose_it_is_h36() {
    let bench = Bench::new();
    let lock =
        json!({ "run": "0a0b0c0d0e0f", "owner": "erin@laptop", "since": "2026-01-01T00:00:00Z" });
    bench.account.raw_json(
        "ssm",
        "AmazonSSM.PutParameter",
        &json!({ "Name": "/unbridge/lock", "Type": "String", "Value": lock.to_string() }),
    );
    refused(
        &bench,
        &["--execute", "--yes"],
        &[
            "run 0a0b0c0d0e0f of erin@laptop",
            "unbridge unlock --region us-east-1 --run 0a0b0c0d0e0f",
        ],
    );
    let desk = &bench.desk;
    let shown = desk.unbridge(["locks"]).account(&bench.account).run();
    shown.ends("locks", 0);
    assert!(shown.stdout.contains("erin@laptop"), "{shown:?}");
    let unlock = |run: &str| {
        desk.unbridge(["unlock", "--run", run])
            .account(&bench.account)
            .run()
    };
    unlock("another").ends("unlock", 5);
    unlock("0a0b0c0d0e0f").ends("unlock", 0);
    let shown = desk.unbridge(["locks"]).account(&bench.account).run();
    assert!(shown.stdout.contains("free"), "{shown:?}");
}

#[test]
fn a_plan_that_nobody_rehearsed_needs_a_word() {
    let bench = Bench::new();
    let options = ["--no-rehearsal", "--canary", "100", "--bake", "1s"];
    bench.plan("orders.plan.json", &options).expect_code(0);
    refused(
        &bench,
        &["--execute", "--yes"],
        &["unknown  proof", "--accept unproven"],
    );
    bench.run("apply", &["--accept", "unproven"]).expect_code(0);
}

#[test]
fn a_quota_that_others_have_used_up_is_refused() {
    let bench = Bench::new();
    let plan = read(&bench.desk.work().join("orders.plan.json"));
    let plan: Value = serde_json::from_str(&plan).expect("a plan");
    let steps = list(&plan["body"]["steps"]).iter();
    let mut links = steps.filter(|step| step["operation"]["kind"] == "create-vpc-link");
    let link = links.next().expect("a link");
    let subnets = &link["operation"]["subnets"];
    for number in 1..=10 {
        let other = json!({ "name": format!("other-{number}"), "subnetIds": subnets });
        bench.account.raw_post("apigateway", "/v2/vpclinks", &other);
    }
    refused(
        &bench,
        &["--execute", "--yes"],
        &["refused  quotas", "more version 2 links than AWS allows"],
    );
}

#[test]
fn a_plan_that_the_linter_refuses_is_refused() {
    let bench = Bench::new();
    let plan = read(&bench.desk.work().join("orders.plan.json"));
    let plan = Plan::parse(&plan).expect("a plan");
    // Somebody else's tool, or one of another version, made it: it is whole, and moves requests
    // without proving anything before.
    let mut body = plan.body.clone();
    for step in &mut body.steps {
        if matches!(step.gate, Some(Gate::Proof { .. })) {
            step.gate = None;
        }
    }
    let unlinted = Plan::new(plan.tool_version.clone(), body);
    bench
        .desk
        .write("orders.plan.json", unlinted.to_json().expect("a plan"));
    refused(
        &bench,
        &["--execute", "--yes", "--accept", "unproven"],
        &["refused  lint", "proof-missing", "make the plan again"],
    );
}

#[test]
fn a_deployment_to_go_back_to_that_is_gone_is_refused() {
    let bench = Bench::new();
    let (api, account) = (&bench.api, &bench.account);
    let stage = account.raw_get("apigateway", &format!("/restapis/{api}/stages/prod"));
    let stage: Value = serde_json::from_str(&stage).expect("a stage");
    let old = text(&stage["deploymentId"]);
    let deployments = format!("/restapis/{api}/deployments");
    account.raw_post("apigateway", &deployments, &json!({ "stageName": "prod" }));
    account.raw_delete("apigateway", &format!("{deployments}/{old}"));
    refused(
        &bench,
        &["--execute", "--yes"],
        &["refused  objects", "refused  preconditions", &old],
    );
}

#[test]
fn a_lock_of_this_machine_is_told_with_where_it_is_h36() {
    let bench = Bench::unrehearsed();
    let words = ["--accept", "unproven", "--lock", "local"];
    bench.account.next_link_fails();
    bench.execute(&words).expect_code(7);
    let journal = read(&bench.desk.work().join("orders.journal.jsonl"));
    let header: Value =
        serde_json::from_str(journal.lines().next().expect("a line")).expect("JSON");
    let run = text(&header["run"]);
    let other = [&words[..], &["--execute", "--yes", "--journal", "b.jsonl"]].concat();
    let outcome = bench.run("apply", &other);
    outcome.expect_code(5);
    let unlock = format!("unbridge unlock --region us-east-1 --run {run} --lock local");
    assert!(outcome.stdout.contains(&unlock), "{outcome:?}");

    // Locks are looked for where the settings say.
    let locks = |words: &[&str]| {
        let all = ["locks"].iter().chain(words).copied();
        bench.desk.unbridge(all).account(&bench.account).run()
    };
    assert!(locks(&[]).stdout.contains("free"));
    assert!(locks(&["--lock", "local"]).stdout.contains(&run));
    bench.settle("[pace]", "lock = \"local\"\n[pace]");
    assert!(locks(&[]).stdout.contains(&run));
    assert!(locks(&["--no-config"]).stdout.contains("free"));
    let unlock = ["unlock", "--run", &run];
    let outcome = bench.desk.unbridge(unlock).account(&bench.account).run();
    outcome.expect_code(0).expect_told("us-east-1 is unlocked");
    assert!(locks(&[]).stdout.contains("free"));
}

#[test]
fn a_plan_without_steps_and_a_plan_that_was_edited_are_refused() {
    let bench = Bench::new();
    let path = bench.desk.work().join("orders.plan.json");
    let plan = std::fs::read_to_string(&path).expect("a plan");
    bench.desk.write(
        "orders.plan.json",
        plan.replace("\"percent\": 50", "\"percent\": 51"),
    );
    bench
        .run("apply", &[])
        .ends("apply", 2)
        .expect_told("was changed after it was made");
    bench.run("apply", &["--journal"]).expect_code(2);
    for command in ["resume", "rollback"] {
        bench.run(command, &["--yes"]).expect_code(2);
    }
}
