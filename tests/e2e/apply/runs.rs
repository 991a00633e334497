//! Whole runs: forward, back, interrupted, gone on with, looked at.

use super::bench::{Bench, NOWHERE};
use crate::harness::wait_for;

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
