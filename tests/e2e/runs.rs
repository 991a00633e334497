//! `unbridge status` and `unbridge journal` of plans that the binary made and the executor carried
//! out, over the sample account in the simulator.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use unbridge_executor::{Context, Limits, Outcome, Ports, begin, forward};
use unbridge_model::id::RunId;
use unbridge_model::journal::{JournalStore, StoreError};
use unbridge_model::plan::Plan;
use unbridge_model::plan::condition::Gate;
use unbridge_model::port::{ApprovedAtStart, Judgement, Meter, Prober};
use unbridge_model::text::Text;
use unbridge_sim::live::{Live, Switches};
use unbridge_sim::sample;

use crate::apply::bench::Bench;
use crate::harness::{Desk, Outcome as Ended, emulator, list, read, text, wait_for};
use crate::inputs;

#[derive(Clone, Default)]
struct Store(Rc<RefCell<String>>);

impl JournalStore for Store {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        self.0.borrow_mut().push_str(line);
        Ok(())
    }
}

/// Opens every gate.
struct Open;

impl Prober for Open {
    fn prove(&self, _: &Gate) -> Judgement {
        Judgement::Pass
    }
}

impl Meter for Open {
    fn judge(&self, _: &Gate) -> Judgement {
        Judgement::Pass
    }
}

/// The journal of a run of this plan on the sample account, in which nothing goes wrong.
fn carried_out(plan: &Plan) -> String {
    let account = sample::account().expect("the sample");
    let live = Live::new(account, plan.body.region.clone(), Switches::default());
    let context = Context {
        run: RunId::new("r1").expect("a run"),
        caller: Text::new("arn:aws:iam::111122223333:user/ada"),
        owner: Text::new("ada@laptop"),
        tool_version: Text::new("0.1.0"),
        chosen: None,
    };
    let ports = Ports {
        writer: &live,
        clock: &live,
        prober: &Open,
        meter: &Open,
        approver: &ApprovedAtStart,
        locks: &live,
    };
    let store = Store::default();
    let mut journal = begin(plan, store.clone(), &context, &ports).expect("it begins");
    let ended = forward(plan, &mut journal, &context, &ports, &Limits::default());
    assert_eq!(ended.expect("a journal"), Outcome::Completed);
    store.0.take()
}

const PLAN: [&str; 14] = [
    "plan",
    "--snapshot",
    "account.jsonl.zst",
    "--nlb",
    "orders-nlb",
    "--edit",
    "c65npcywlk",
    "--edit",
    "c65npcywlk/prod",
    "--edit",
    "c65npcywlk/staging",
    "--no-rehearsal",
    "-o",
    "made.plan.json",
];

/// A desk with a plan that was carried out.
fn carried() -> Desk {
    let desk = Desk::with_demo();
    desk.run(PLAN).expect_code(0);
    let plan = Plan::parse(&read(&desk.work().join("made.plan.json"))).expect("a plan");
    desk.write("made.journal.jsonl", carried_out(&plan));
    desk
}

/// A status as JSON, asked at a time.
fn status(desk: &Desk, options: &[&str], at: i64) -> Value {
    let args = ["status", "made.plan.json", "--output", "json"];
    let outcome = desk
        .unbridge(args.iter().chain(options))
        .env("SOURCE_DATE_EPOCH", at.to_string())
        .run();
    serde_json::from_str(&outcome.expect_code(0).stdout).expect("JSON")
}

/// 2026-01-05T09:00:00Z, when runs in the simulator begin.
const BEGAN: i64 = 1_767_603_600;
const DAY: i64 = 86_400;

#[test]
fn the_forecast_of_a_plan_is_what_is_left_before_its_first_step_and_nothing_is_afterwards() {
    let desk = carried();
    let journal = read(&desk.work().join("made.journal.jsonl"));
    let (header, _) = journal.split_once('\n').expect("lines");
    desk.write("begun.jsonl", format!("{header}\n"));
    let begun = status(&desk, &["--journal", "begun.jsonl"], BEGAN);
    let plan: Value =
        serde_json::from_str(&read(&desk.work().join("made.plan.json"))).expect("JSON");
    let seconds = |field: &str| -> u64 {
        let phases = list(&plan["body"]["forecast"]["phases"]).iter();
        phases
            .map(|phase| phase[field].as_u64().expect("seconds"))
            .sum()
    };
    assert_eq!(begun["left"]["work_seconds"], seconds("work_seconds"));
    assert_eq!(begun["left"]["watch_seconds"], seconds("watch_seconds"));
    assert_eq!(begun["position"]["percent"], 0);

    let ended = status(&desk, &[], BEGAN + DAY);
    assert_eq!(ended["run"]["stands"]["kind"], "completed");
    assert_eq!(
        (&ended["left"], &ended["position"]),
        (&Value::Null, &Value::Null)
    );
    let shares: Vec<&Value> = list(&ended["stages"])
        .iter()
        .map(|one| &one["percent"])
        .collect();
    assert_eq!(shares, [100, 100]);
}

#[test]
fn a_snapshot_from_afterwards_tells_what_still_passes_the_nlb() {
    let desk = carried();
    let plain = desk.snapshot("account.jsonl.zst");
    desk.write("later.jsonl", inputs::later(&plain));
    let soak = |options: &[&str]| {
        let told = status(&desk, options, BEGAN + 45 * DAY);
        let waits = list(&told["soak"]["waits_for"]).iter().map(text);
        (waits.collect::<Vec<_>>().join("; "), told)
    };
    let (waits, told) = soak(&[]);
    assert!(waits.contains("NLB orders-nlb was not measured"), "{waits}");
    assert_eq!(told["measured"]["nlb_traffic"], Value::Null);
    assert_eq!(text(&told["soak"]["not_before"])[..10], *"2026-02-09");

    // The simulated metrics do not know that the run took place: requests go on over the NLB.
    let (waits, told) = soak(&["--snapshot", "later.jsonl"]);
    assert!(
        waits.contains("something still passes NLB orders-nlb"),
        "{waits}"
    );
    let traffic = &list(&told["measured"]["nlb_traffic"])[0];
    assert!(traffic["flows"].as_f64().expect("flows") > 0.0, "{traffic}");
    assert_eq!(list(&told["measured"]["savings"])[0]["gone"], false);
    assert_eq!(told["measured"]["latency"], Value::Null);
}

#[test]
fn a_journal_is_shown_the_same_while_a_line_of_it_is_written() {
    let desk = carried();
    let journal = read(&desk.work().join("made.journal.jsonl"));
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    // Every line that could be the last one, with half of the next behind it.
    for whole in [1, 2, 3, lines.len() / 2, lines.len() - 1] {
        let next = lines[whole];
        let begun: String = lines[..whole].concat();
        desk.write("whole.jsonl", &begun);
        desk.write("torn.jsonl", format!("{begun}{}", &next[..next.len() / 2]));
        let shown = |name: &str| {
            let args = [
                "journal",
                "show",
                name,
                "--plan",
                "made.plan.json",
                "--output",
                "json",
            ];
            let outcome = desk.run(args);
            let told: Value = serde_json::from_str(&outcome.expect_code(0).stdout).expect("JSON");
            told
        };
        let (whole, mut torn) = (shown("whole.jsonl"), shown("torn.jsonl"));
        assert_eq!(
            (&whole["half_a_line"], &torn["half_a_line"]),
            (&false.into(), &true.into())
        );
        torn["half_a_line"] = false.into();
        torn["next"] = whole["next"].clone();
        assert_eq!(torn, whole);
    }
}

#[test]
fn a_damaged_journal_is_refused_with_its_line_by_both_commands() {
    let desk = carried();
    let journal = read(&desk.work().join("made.journal.jsonl"));
    let mut lines: Vec<&str> = journal.split_inclusive('\n').collect();
    lines[6] = "{}\n";
    desk.write("made.journal.jsonl", lines.concat());
    for args in [
        &["status", "made.plan.json"][..],
        &["journal", "show", "made.journal.jsonl"],
    ] {
        let outcome = desk.run(args);
        outcome
            .expect_code(2)
            .expect_told("made.journal.jsonl: line 7 of the journal: ");
        assert_eq!(outcome.stdout, "");
    }
}

/// The run took place so many days ago, and what was measured until now as well.
fn days_ago(bench: &Bench, days: i64) {
    bench.account.age(u32::try_from(days).expect("days"));
    let path = bench.desk.work().join("orders.journal.jsonl");
    let shifted = |text: &Value| {
        let at: Timestamp = text.as_str().expect("a text").parse().expect("a time");
        let at = at - SignedDuration::from_hours(24 * days);
        Value::from(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    let lines = read(&path);
    let lines = lines.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        for field in ["at", "began_at"] {
            if let Some(at) = line.get_mut(field) {
                *at = shifted(at);
            }
        }
        format!("{line}\n")
    });
    bench
        .desk
        .write("orders.journal.jsonl", lines.collect::<String>());
}

/// A status as of now: commands are told another day elsewhere.
fn now(bench: &Bench, options: &[&str]) -> Ended {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("a clock").as_secs().to_string();
    let status = bench.command("status", options);
    status.env("SOURCE_DATE_EPOCH", now).run()
}

/// A run that took place three days ago, with hours of requests before it and since.
fn measured(bench: &Bench) -> Value {
    bench.flow();
    bench.account.past(180);
    bench.execute(&[]).expect_code(0);
    bench.ebb();
    days_ago(bench, 3);
    bench.flow();
    bench.account.past(180);
    bench.ebb();
    let asked = bench.account.journal().len();
    let outcome = now(bench, &["--measure", "--output", "json"]);
    let told = serde_json::from_str(&outcome.expect_code(0).stdout).expect("JSON");
    // Nothing is asked but who asks, and CloudWatch.
    for request in bench.account.journal().drain(asked..) {
        let call = request.call.as_str();
        assert!(
            ["sts:GetCallerIdentity", "monitoring:GetMetricData"].contains(&call),
            "{call}"
        );
    }
    told
}

/// The percentiles of the one stage that moved, before and since.
fn percentiles(told: &Value, stage: &str) -> [(f64, f64); 2] {
    let [latency] = list(&told["measured"]["latency"]) else {
        panic!("one stage moved: {told}");
    };
    assert_eq!(text(&latency["stage"]), stage);
    assert_eq!(latency["after_over"]["chosen"], "since");
    for over in ["before_over", "after_over"] {
        assert_eq!(latency[over]["period_seconds"], 3600);
        assert!(latency[over]["values"].as_u64().expect("a number") > 0);
    }
    ["p50", "p95"].map(|which| {
        let of = |when: &str| {
            let value = latency[when][which].as_f64();
            value.unwrap_or_else(|| panic!("no {which} {when}: {latency}"))
        };
        (of("before"), of("after"))
    })
}

#[test]
fn how_long_backends_take_is_measured_before_a_run_and_since_all_requests_go_the_new_way() {
    let bench = Bench::new();
    for (before, after) in percentiles(&measured(&bench), "prod") {
        // The emulator takes a few milliseconds off for the hop that is gone.
        assert!(
            after > 0.0 && after < before,
            "{after} since, {before} before"
        );
    }
    let outcome = now(&bench, &["--measure"]);
    outcome.expect_code(0);
    assert!(
        outcome.stdout.contains("ms before; p50 "),
        "{}",
        outcome.stdout
    );

    // Another account is not asked.
    let other = emulator().parts(&["billing"]);
    let args = ["status", "orders.plan.json", "--measure"];
    let refused = bench.desk.unbridge(args).account(&other).run();
    refused.expect_code(2).expect_told("the credentials are of");
}

#[test]
fn an_http_api_is_measured_once_its_last_route_has_moved() {
    let bench = Bench::http(&["--bake", "3s"]);
    for (before, after) in percentiles(&measured(&bench), "$default") {
        // To the emulator it makes no difference where a link of version 2 leads to.
        assert!(
            after > 0.0 && after <= before,
            "{after} since, {before} before"
        );
    }
}

#[test]
fn where_nothing_was_measured_it_is_not_known_how_long_backends_take() {
    let bench = Bench::new();
    let status = bench.run("status", &["--measure"]);
    status.expect_code(0).expect_told("nothing is measured");
    // Nobody asks the API: the canary release stays where it is.
    let options = ["--execute", "--yes", "--probe", "/a/b"];
    bench.run("apply", &options).expect_code(7);
    let status = bench.run("status", &["--measure", "--width", "120"]);
    status.expect_code(0);
    let told = &status.stdout;
    assert!(told.contains("not known before; not known since"), "{told}");
    assert!(told.contains("before: 0 hours with requests"), "{told}");
    assert!(told.contains("Drafts that are changed"), "{told}");
}

#[test]
fn a_rule_that_its_owner_takes_away_during_the_canary_takes_the_run_back_h33() {
    let bench = Bench::planned(&["--canary", "50,100", "--bake", "10m"]);
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
    let watched = format!("\"verified\",\"step\":\"{}-prod-canary-50\"", bench.api);
    wait_for("the canary's watch", || {
        bench.journal_has(&watched).then_some(())
    });
    let events = bench.journal();
    let rule = events
        .iter()
        .find(|event| event["operation"]["kind"] == "authorize-rule");
    let operation = &rule.expect("the rule that lets requests out of the link")["operation"];
    let (group, rule) = (text(&operation["group"]), &operation["rule"]);
    let (port, peer) = (&rule["port"], text(&rule["peer"]));
    let revoke = format!(
        "Action=RevokeSecurityGroupEgress&Version=2016-11-15&GroupId={group}\
         &IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort={port}\
         &IpPermissions.1.ToPort={port}&IpPermissions.1.Groups.1.GroupId={peer}"
    );
    bench.account.raw_query("ec2", &revoke);
    let outcome = running.finish();
    outcome.expect_code(6);
    assert!(
        outcome
            .stdout
            .contains("it failed: it is no longer so that"),
        "{outcome:?}"
    );
    bench.account.stop_load();
    assert_eq!(bench.state(), before);
    bench.nothing_tagged();
}

#[test]
fn a_draft_that_somebody_else_edits_stops_the_run_before_the_next_share_h25() {
    let bench = Bench::new();
    // Nobody asks the API: the run stops in the watch of its first share.
    let options = ["--execute", "--yes", "--probe", "/a/b"];
    bench.run("apply", &options).expect_code(7);
    // The pipeline that owns the API puts a method back.
    let plan: Value =
        serde_json::from_str(&read(&bench.desk.work().join("orders.plan.json"))).expect("JSON");
    let moved = list(&plan["body"]["steps"])
        .iter()
        .find(|step| step["operation"]["kind"] == "update-integration");
    let back = &moved.expect("a method that moves")["undo"]["operation"];
    let (method, link) = (
        &back["method"],
        text(&back["patch"]["connection_id"]["template"]),
    );
    let (resource, verb) = (text(&method["resource"]), text(&method["verb"]));
    let path = format!(
        "/restapis/{}/resources/{resource}/methods/{verb}/integration",
        bench.api
    );
    let patch = json!({ "patchOperations": [
        { "op": "replace", "path": "/connectionId", "value": link },
    ] });
    bench.account.raw_patch("apigateway", &path, &patch);
    bench.flow();
    let outcome = bench.take_up("resume");
    outcome.expect_code(7);
    for words in [
        "the draft of API",
        "somebody else changed that; found:",
        &format!("connectionId {link}"),
        "has been changed for",
        "unbridge rollback orders.plan.json",
    ] {
        assert!(outcome.stdout.contains(words), "{words}: {outcome:?}");
    }
    let shares = bench.journal();
    let shares = shares
        .iter()
        .filter(|event| event["operation"]["kind"] == "set-canary");
    assert_eq!(shares.count(), 1, "the second share was not set");
    bench.account.stop_load();
}

#[test]
fn a_stage_that_somebody_else_sets_to_a_deployment_during_the_canary_stops_the_run_h35() {
    let bench = Bench::new();
    let options = ["--execute", "--yes", "--probe", "/a/b"];
    bench.run("apply", &options).expect_code(7);
    let events = bench.journal();
    let made = events.iter().rev().find_map(|event| {
        let id = event["output"]["deployment"].as_str()?;
        Some(id.to_owned())
    });
    let made = made.expect("a deployment of the run");
    // Somebody promotes it by hand, with the canary release still there.
    let patch = json!({ "patchOperations": [
        { "op": "replace", "path": "/deploymentId", "value": made },
    ] });
    let stage = format!("/restapis/{}/stages/prod", bench.api);
    bench.account.raw_patch("apigateway", &stage, &patch);
    bench.flow();
    let outcome = bench.take_up("resume");
    outcome.expect_code(7);
    for words in [
        "its canary release aside; somebody else changed that; found: it runs",
        "unbridge rollback orders.plan.json",
    ] {
        assert!(outcome.stdout.contains(words), "{words}: {outcome:?}");
    }
    bench.account.stop_load();
}
