//! Whole runs: forward, back, interrupted, gone on with, looked at.

use serde_json::{Value, json};

use super::bench::{Bench, NOWHERE};
use super::terminal::Terminal;
use crate::harness::{list, read, text, wait_for};

#[test]
fn an_api_moves_to_the_new_way_and_no_request_fares_worse() {
    let bench = Bench::new();
    bench.flow();
    let outcome = bench.execute(&[]);
    outcome.ends("apply --execute", 0);
    let load = bench.ebb();
    assert!(load.over_v1 > 0 && load.over_v2 > 0, "{load:?}");
    assert!(outcome.stdout.contains("every step is done"), "{outcome:?}");
    let end = bench.account.route(&bench.api, "prod", "GET", "/a/b");
    assert!(end["hops"].to_string().contains("vpc link v2"), "{end}");

    // The account as a whole says so too, from a fresh look.
    let scanned = bench.desk.scan(&bench.account, &[]).run();
    let report = scanned.report();
    let verdict = report.nlb("billing-nlb");
    assert!(
        verdict.to_string().contains("rewirable") || verdict.to_string().contains("removable"),
        "{verdict}"
    );

    // It is over: nothing is done twice, and it can still be taken back.
    bench
        .execute(&[])
        .ends("apply --execute", 5)
        .expect_told("has carried this plan out already");
    let status = bench.desk.run(["status", "orders.plan.json"]);
    status.ends("status", 0);
    assert!(status.stdout.contains("COMPLETED"), "{status:?}");
    let events = Bench::events(&bench.run("resume", &["--yes", "--output", "json"]));
    let end = events.last().expect("an end");
    assert_eq!(
        (&end["event"], &end["code"]),
        (&json!("ended"), &json!(0)),
        "{end}"
    );
    assert!(
        end["why"]
            .as_str()
            .is_some_and(|why| why.contains("over before")),
        "{end}"
    );
    bench.flow();
    bench.run("rollback", &["--yes"]).ends("rollback", 0);
    let load = bench.ebb();
    assert!(load.sent > 0);
    let end = bench.account.route(&bench.api, "prod", "GET", "/a/b");
    assert!(end["hops"].to_string().contains("vpc link v1"), "{end}");
}

#[test]
fn what_is_taken_back_leaves_the_account_as_it_was_but_for_what_is_said() {
    let bench = Bench::new();
    let before = bench.state();
    bench.flow();
    bench.execute(&[]).expect_code(0);
    assert_ne!(bench.state(), before);
    let outcome = bench.run("rollback", &["--yes"]);
    outcome.expect_code(0);
    assert!(
        outcome
            .stdout
            .contains("stays behind: integrationTarget of"),
        "{outcome:?}"
    );
    bench.ebb();
    assert_eq!(bench.state(), before);
    bench.nothing_tagged();

    // Then the plan can be carried out again, and the old journal is put aside.
    bench.flow();
    bench.desk.scan(&bench.account, &[]).run();
    bench
        .plan("orders.plan.json", &["--canary", "100", "--bake", "3s"])
        .expect_code(0);
    let journals = || {
        let files = bench.desk.files();
        files
            .into_iter()
            .filter(|name| name.contains("journal"))
            .count()
    };
    assert_eq!(journals(), 1);
    std::fs::remove_file(bench.desk.work().join("orders.journal.jsonl")).expect("a journal");
    bench.execute(&[]).expect_code(0);
    bench.ebb();
}

#[test]
fn events_are_one_versioned_object_a_line() {
    let bench = Bench::new();
    bench.flow();
    let outcome = bench.execute(&["--output", "json"]);
    outcome.expect_code(0);
    let events = Bench::events(&outcome);
    assert!(events.iter().all(|event| event["format_version"] == 1));
    let kinds: std::collections::BTreeSet<&str> = events
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    for kind in ["checked", "begins", "journal", "ended"] {
        assert!(kinds.contains(kind), "{kinds:?}");
    }
    let told = events.iter().filter(|event| event["event"] == "journal");
    let told: Vec<_> = told.map(|event| event["entry"]["event"].clone()).collect();
    assert_eq!(told, bench.journal());
    bench.ebb();

    // So it is of a run that is taken up.
    let outcome = bench.run("rollback", &["--yes", "--output", "json"]);
    let events = Bench::events(outcome.expect_code(0));
    let mut begins = events.iter().filter(|event| event["event"] == "begins");
    assert_eq!(begins.next().expect("a beginning")["direction"], "undo");
    assert!(begins.next().is_none());
    let end = events.last().expect("an end");
    assert_eq!(
        (&end["event"], &end["outcome"]),
        (&json!("ended"), &json!("rolled back"))
    );
}

#[test]
fn ctrl_c_once_stops_between_steps_and_resume_goes_on() {
    let bench = Bench::planned(&["--canary", "50,100", "--bake", "10m"]);
    bench.flow();
    let running = bench
        .command("apply", &["--execute", "--yes", "--probe", "/a/b"])
        .start();
    wait_for("the canary", || {
        bench.journal_has("set-canary").then_some(())
    });
    running.interrupt();
    let outcome = running.finish();
    outcome
        .ends("apply --execute", 130)
        .expect_told("unbridge resume orders.plan.json");
    assert!(outcome.stdout.contains("interrupted"), "{outcome:?}");

    // The lock is kept, and whoever looks is told.
    let locks = bench.desk.unbridge(["locks"]).account(&bench.account).run();
    assert!(locks.stdout.contains("run "), "{locks:?}");
    let status = bench.desk.run(["status", "orders.plan.json"]);
    assert!(status.stdout.contains("50 %"), "{status:?}");
    bench
        .execute(&[])
        .expect_code(5)
        .expect_told("unbridge resume");

    // So it is while it is gone on with, and while it is taken back.
    let interrupted = |command: &str, begun: &str| {
        let running = bench
            .command(command, &["--yes", "--probe", "/a/b"])
            .start();
        wait_for(begun, || bench.journal_has(begun).then_some(()));
        running.interrupt();
        running.finish()
    };
    interrupted("resume", "taken-up").ends("resume", 130);
    for command in ["resume", "rollback"] {
        let invocation = bench.command(command, &["--yes"]);
        let outcome = invocation.env("AWS_ENDPOINT_URL", NOWHERE).run();
        match command {
            "resume" => outcome.ends("resume", 1),
            _ => outcome.ends("rollback", 1),
        };
    }
    let at_once = bench.settle("drain = 0", "drain = 600");
    interrupted("rollback", "turned-back").ends("rollback", 130);
    bench.desk.write("unbridge.toml", at_once);
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
    bench.nothing_tagged();
}

#[test]
fn a_journal_in_use_and_one_of_another_plan_are_refused() {
    let bench = Bench::planned(&["--canary", "50,100", "--bake", "10m"]);
    bench.flow();
    let running = bench
        .command("apply", &["--execute", "--yes", "--probe", "/a/b"])
        .start();
    wait_for("the canary", || {
        bench.journal_has("set-canary").then_some(())
    });
    let used = |command| bench.run(command, &["--yes"]);
    used("resume")
        .ends("resume", 5)
        .expect_told("another process is using journal");
    used("rollback").ends("rollback", 5);
    running.interrupt();
    running.finish();
    bench.plan("other.plan.json", &["--canary", "100", "--bake", "3s"]);
    let outcome = bench
        .desk
        .unbridge([
            "resume",
            "other.plan.json",
            "--journal",
            "orders.journal.jsonl",
            "--yes",
        ])
        .account(&bench.account)
        .run();
    outcome
        .expect_code(2)
        .expect_told("it is the journal of plan");
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
}

#[test]
fn a_journal_that_cannot_be_written_stops_before_the_effect() {
    let bench = Bench::new();
    let before = bench.state();
    bench.execute(&["--journal", "/dev/full"]).expect_code(2);
    bench
        .execute(&["--journal", "nowhere/a.jsonl"])
        .ends("apply --execute", 1);
    assert_eq!(bench.state(), before);
    let locks = bench.desk.unbridge(["locks"]).account(&bench.account).run();
    assert!(locks.stdout.contains("free"), "{locks:?}");

    // The disk is full in the middle of the run.
    bench.flow();
    let outcome = bench.out_of_space_at(3000);
    assert!(outcome.stdout.contains("ended: 7"), "{outcome:?}");
    outcome.expect_told("the journal cannot be written");
    // Nor is it taken up: another file would hold no run.
    let size = std::fs::metadata(bench.desk.work().join("orders.journal.jsonl"));
    let size = size.expect("a journal").len();
    for command in ["resume", "rollback"] {
        let line = format!(
            "trap '' XFSZ; prlimit --fsize={size} --core=0 \
             unbridge {command} orders.plan.json --yes; echo \"ended: $?\""
        );
        let outcome = bench.desk.shell(&line).account(&bench.account).run();
        assert!(outcome.stdout.contains("ended: 5"), "{outcome:?}");
        outcome.expect_told(&format!("then: unbridge {command} orders.plan.json"));
        assert!(!outcome.stderr.contains("--journal FILE"), "{outcome:?}");
    }
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
    assert_eq!(bench.state(), before);
    bench.nothing_tagged();
}

#[test]
fn two_runs_at_one_time_do_not_meet_h36() {
    let bench = Bench::planned(&["--canary", "50,100", "--bake", "10m"]);
    bench.flow();
    let running = bench
        .command("apply", &["--execute", "--yes", "--probe", "/a/b"])
        .start();
    wait_for("the lock", || {
        let writes = bench.account.writes();
        writes
            .iter()
            .any(|one| one.call == "ssm:PutParameter")
            .then_some(())
    });
    // Somebody on another machine, with a copy of the plan.
    let outcome = bench.execute(&["--journal", "elsewhere.jsonl"]);
    outcome.expect_code(5);
    assert!(outcome.stdout.contains("holds it since"), "{outcome:?}");
    running.interrupt();
    running.finish();
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
}

#[test]
fn what_a_run_was_begun_with_holds_when_it_is_gone_on_with() {
    let bench = Bench::planned(&["--canary", "50,100", "--bake", "10m"]);
    let before = bench.state();
    bench.flow();
    let options = ["--execute", "--yes", "--probe", "/a/b"];
    let chosen = ["--on-fail", "rollback", "--lock", "local"];
    let running = bench.command("apply", &[options, chosen].concat()).start();
    wait_for("the canary", || {
        bench.journal_has("set-canary").then_some(())
    });
    running.interrupt();
    let outcome = running.finish();
    outcome.expect_code(130);
    let next =
        "unbridge resume orders.plan.json --probe /a/b  or  unbridge rollback orders.plan.json";
    assert!(outcome.stdout.contains(next), "{outcome:?}");
    assert!(bench.journal_has(r#""chosen":{"lock":"local","on_fail":"rollback"}"#));

    // What is typed next is what was printed: it goes back when requests fail, and leaves no lock.
    bench
        .account
        .backend(json!([{ "status": 500, "link": "v2", "stage": "prod" }]));
    let later = bench.run("resume", &["--yes", "--probe", "/a/b"]);
    bench.gone_on_with(later).expect_code(6);
    bench.account.stop_load();
    assert_eq!(bench.state(), before);
    let writes = bench.account.writes();
    assert!(!writes.iter().any(|one| one.call == "ssm:PutParameter"));
    let locks = ["locks", "--lock", "local"];
    let locks = bench.desk.unbridge(locks).account(&bench.account).run();
    assert!(locks.stdout.contains("free"), "{locks:?}");
}

#[test]
fn requests_that_somebody_else_has_moved_since_are_no_success_of_a_rollback() {
    let bench = Bench::planned(&["--canary", "100", "--bake", "3s"]);
    bench.flow();
    bench.execute(&[]).expect_code(0);
    bench.ebb();
    // Somebody releases the draft, which has moved.
    let deployments = format!("/restapis/{}/deployments", bench.api);
    let release = json!({ "stageName": "prod" });
    bench.account.raw_post("apigateway", &deployments, &release);
    let outcome = bench.run("rollback", &["--yes"]);
    outcome.expect_code(7);
    let said = format!(
        "rolled back, but for requests: requests were not moved back of stage prod of billing-api ({})",
        bench.api
    );
    assert!(outcome.stdout.contains(&said), "{outcome:?}");
    assert!(
        !outcome.stdout.contains("everything is taken back"),
        "{outcome:?}"
    );
    let end = bench.account.route(&bench.api, "prod", "GET", "/a");
    assert!(end["hops"].to_string().contains("vpc link v2"), "{end}");

    // It is over: the lock is given back, and whoever looks again is told the same.
    let locks = bench.desk.unbridge(["locks"]).account(&bench.account).run();
    assert!(locks.stdout.contains("free"), "{locks:?}");
    let events = Bench::events(&bench.run("resume", &["--yes", "--output", "json"]));
    let end = events.last().expect("an end");
    assert_eq!(
        (&end["event"], &end["code"]),
        (&json!("ended"), &json!(7)),
        "{end}"
    );
}

#[test]
fn a_run_that_was_stuck_is_proven_and_measured_when_it_goes_on() {
    let bench = Bench::new();
    bench.flow();
    let plan = read(&bench.desk.work().join("orders.plan.json"));
    let plan: Value = serde_json::from_str(&plan).expect("a plan");
    let steps = list(&plan["body"]["steps"]).iter();
    let mut deploys = steps.filter(|step| step["operation"]["kind"] == "create-deployment");
    let deploy = text(&deploys.next_back().expect("a deployment")["id"]);

    // The answer of the deployment is lost, and two are found that carry its mark.
    let options = ["--execute", "--probe", "/a/b"];
    let mut run = Terminal::of(bench.command("apply", &options));
    run.answers("begin to prepare? [y/N]", "y");
    run.reads("begin to change the draft and prove it? [y/N]");
    let journal = read(&bench.desk.work().join("orders.journal.jsonl"));
    let header: Value =
        serde_json::from_str(journal.lines().next().expect("a line")).expect("JSON");
    let mark = format!("unbridge:{}:{deploy}", text(&header["run"]));
    let deployments = format!("/restapis/{}/deployments", bench.api);
    let known = || -> Vec<String> {
        let all = bench.account.raw_get("apigateway", &deployments);
        let all: Value = serde_json::from_str(&all).expect("JSON");
        let all = all.get("item").or(all.get("items")).expect("deployments");
        list(all).iter().map(|one| text(&one["id"])).collect()
    };
    let before = known();
    let second = json!({ "description": mark });
    bench.account.raw_post("apigateway", &deployments, &second);
    let second = known().into_iter().find(|id| !before.contains(id));
    bench.account.faults(json!([
        { "action": "CreateDeployment", "drop": "after", "after": 1, "times": 1 },
    ]));
    run.types("y\n");
    let outcome = run.finish();
    outcome.expect_code(7);
    assert!(
        outcome.stdout.contains("carry the mark of this one step"),
        "{outcome:?}"
    );

    let second = second.expect("a second one");
    let second = format!("{deployments}/{second}");
    bench.account.raw_delete("apigateway", &second);
    let outcome = bench.take_up("resume");
    assert!(
        !outcome.stdout.contains("could not be measured"),
        "{outcome:?}"
    );
    outcome.expect_code(0);
    bench.ebb();
}
