//! The old way is deleted, once nothing has used it for long enough, and not before.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bench::{Bench, NOWHERE};
use super::prompts::in_the_guide;
use super::terminal::Terminal;
use crate::harness::{Outcome, text};

/// A migrated account in which nothing has used the old way for so many days.
fn migrated(days: u32) -> Bench {
    let bench = Bench::new();
    bench.flow();
    bench.execute(&[]).expect_code(0);
    bench.ebb();
    bench.account.age(days);
    bench
}

/// Plans the retirement, with a person's word for all that the account does not tell.
fn planned(bench: &Bench, options: &[&str]) -> Outcome {
    bench
        .desk
        .scan(&bench.account, &["--look-back", "40"])
        .run();
    let seeded = &bench.account.seeded;
    let nlb = bench.account.load_balancer("billing-nlb");
    let group = seeded["target_groups"]["billing-alb-80"].as_str();
    let links: Value =
        serde_json::from_str(&bench.account.raw_get("apigateway", "/vpclinks")).expect("JSON");
    let links = ["item", "items"]
        .iter()
        .find_map(|key| links[*key].as_array());
    let link = links.expect("links")[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut all = vec![
        "plan",
        "retire",
        "--snapshot",
        "account.jsonl",
        "--nlb",
        "billing-nlb",
    ];
    all.extend([
        "-o",
        "retire.plan.json",
        "--accept",
        "host-need-not-resolve",
    ]);
    all.extend([
        "--edit",
        nlb,
        "--edit",
        group.expect("a group"),
        "--edit",
        &link,
    ]);
    all.extend(options);
    bench.desk.unbridge(all).run()
}

fn retire(bench: &Bench, options: &[&str]) -> Outcome {
    let args = ["retire", "retire.plan.json"];
    let args = args.iter().chain(options).copied();
    bench.desk.unbridge(args).account(&bench.account).run()
}

#[test]
fn what_nothing_uses_any_more_is_deleted_and_a_fresh_scan_says_so_h37() {
    let bench = migrated(70);
    planned(&bench, &[]).expect_code(0);
    bench.desk.run(["apply", "retire.plan.json"]).expect_code(2);
    let args = ["retire", "orders.plan.json"];
    bench.desk.run(args).ends("retire", 2);
    let writes = bench.account.writes().len();
    retire(&bench, &[]).ends("retire", 0);
    retire(&bench, &["--execute", "--yes"])
        .ends("retire --execute", 2)
        .expect_told("--nlb billing-nlb");
    assert_eq!(bench.account.writes().len(), writes, "nothing was written");

    let nowhere = |options: &[&str]| {
        let args = ["retire", "retire.plan.json"];
        let args = args.iter().chain(options).copied();
        let invocation = bench.desk.unbridge(args).account(&bench.account);
        invocation.env("AWS_ENDPOINT_URL", NOWHERE).run()
    };
    nowhere(&[]).ends("retire", 1);
    nowhere(&["--execute", "--yes", "--nlb", "billing-nlb"]).ends("retire --execute", 1);

    let outcome = retire(&bench, &["--execute", "--yes", "--nlb", "billing-nlb"]);
    outcome.ends("retire --execute", 0);
    let scanned = bench.desk.scan(&bench.account, &[]).run();
    let text = scanned.stdout;
    assert!(text.contains("already-direct"), "{text}");
    assert!(!text.contains("\"billing-nlb\""), "{text}");
    let end = bench.account.route(&bench.api, "prod", "GET", "/a");
    assert_eq!(end["status"], 200, "{end}");

    // There is no way back from it, which is said; nor to it, from what was moved before.
    let args = ["rollback", "orders.plan.json", "--yes"];
    let changes = || {
        let mut writes = bench.account.writes();
        writes.retain(|write| !write.call.starts_with("ssm:"));
        writes.len()
    };
    let before = changes();
    let outcome = bench.desk.unbridge(args).account(&bench.account).run();
    outcome
        .ends("rollback", 5)
        .expect_told("is deleted: all of them would fail");
    assert_eq!(changes(), before, "nothing was taken back");
    let end = bench.account.route(&bench.api, "prod", "GET", "/a");
    assert_eq!(end["status"], 200, "{end}");
    let args = ["rollback", "retire.plan.json", "--yes"];
    let outcome = bench.desk.unbridge(args).account(&bench.account).run();
    outcome
        .ends("rollback", 5)
        .expect_told("there is no way back from it");
}

#[test]
fn what_stops_a_retirement_leaves_it_to_be_gone_on_with() {
    let bench = migrated(70);
    planned(&bench, &[]).expect_code(0);
    bench.account.faults(json!([
        { "action": "DeleteLoadBalancer", "kind": "deny", "times": 1 },
    ]));
    let outcome = retire(&bench, &["--execute", "--yes", "--nlb", "billing-nlb"]);
    outcome.ends("retire --execute", 7);
    assert!(
        outcome.stdout.contains("unbridge resume retire.plan.json"),
        "{outcome:?}"
    );
    let args = ["resume", "retire.plan.json", "--yes"];
    let resumed = bench.desk.unbridge(args).account(&bench.account).run();
    resumed.expect_code(0);
    let nlb = bench.account.load_balancer("billing-nlb");
    let query = "Action=DescribeLoadBalancers&Version=2015-12-01";
    let left = bench.account.raw_query("elasticloadbalancing", query);
    assert!(
        left.contains("billing-alb") && !left.contains(nlb),
        "{left}"
    );
}

#[test]
fn the_name_of_what_is_deleted_is_typed_at_a_terminal() {
    let bench = migrated(70);
    planned(&bench, &[]).expect_code(0);
    let question = "type the name of the NLB to be deleted, billing-nlb:";
    let writes = bench.account.writes().len();
    let at_terminal = || {
        let args = ["retire", "retire.plan.json", "--execute"];
        Terminal::of(bench.desk.unbridge(args).account(&bench.account))
    };
    let mut run = at_terminal();
    let shown = run.answers(question, "yes");
    assert!(shown.contains("the point of no return"), "{shown}");
    let outcome = run.finish();
    outcome.ends("retire --execute", 5);
    assert_eq!(bench.account.writes().len(), writes, "nothing was written");

    let mut run = at_terminal();
    run.answers(question, "billing-nlb");
    let shown = run.answers("begin to delete the old way? [y/N]", "n");
    assert!(shown.contains("retire: "), "{shown}");
    let outcome = run.finish();
    outcome.ends("retire --execute", 130);
    in_the_guide(&outcome);
    let deleted = || {
        let writes = bench.account.writes().into_iter();
        writes
            .filter(|one| one.call.contains("Delete") && one.status < 300)
            .map(|one| one.call)
            .filter(|call| call.ends_with("DeleteVpcLink") || call.ends_with("DeleteLoadBalancer"))
            .count()
    };
    assert_eq!(deleted(), 0);

    // Somebody uses it by the time it is gone on with.
    let nlb = bench.account.load_balancer("billing-nlb").to_owned();
    bench.account.one_flow(&nlb);
    let outcome = taken_up(&bench, "resume");
    outcome.ends("resume", 5);
    for words in ["refused  disuse", "unbridge rollback retire.plan.json"] {
        assert!(outcome.stdout.contains(words), "{words}: {outcome:?}");
    }
    assert_eq!(deleted(), 0);
    taken_up(&bench, "rollback").expect_code(0);
}

/// Goes on with the retirement, or takes it back.
fn taken_up(bench: &Bench, command: &str) -> Outcome {
    let args = [command, "retire.plan.json", "--yes"];
    bench.desk.unbridge(args).account(&bench.account).run()
}

#[test]
fn killed_at_any_time_a_retirement_goes_on_to_its_end() {
    const ROOM: usize = 300;
    let bench = migrated(70);
    planned(&bench, &["--quarantine", "1s"]).expect_code(0);
    let journal = bench.desk.work().join("retire.journal.jsonl");
    let (mut room, mut known) = (900, String::new());
    let mut words = "retire retire.plan.json --execute --yes --nlb billing-nlb";
    let mut begun = BTreeSet::new();
    loop {
        let size = known.len() + room;
        let script =
            format!("prlimit --fsize={size} --core=0 unbridge {words}; echo \"ended: $?\"");
        let outcome = bench.desk.shell(&script).account(&bench.account).run();
        known = std::fs::read_to_string(&journal).expect("a journal");
        if outcome.stdout.contains("ended: 0") {
            break;
        }
        assert!(
            outcome.stdout.contains("ended: 153") && room < 3000,
            "{outcome:?}"
        );
        let lines = || {
            known
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'))
        };
        let started = lines().rfind(|line| line.contains("\"operation\""));
        let started = started.map(|line| serde_json::from_str::<Value>(line).expect("an entry"));
        begun.extend(started.map(|line| text(&line["event"]["operation"]["kind"])));
        // Whoever only got so far as to take the run up has more room the next time.
        let only_taken_up = lines()
            .next_back()
            .is_some_and(|line| line.contains("taken-up"));
        room = if only_taken_up { room + ROOM } else { ROOM };
        words = "resume retire.plan.json --yes";
    }
    for kind in [
        "deregister-target",
        "delete-v1-link",
        "delete-load-balancer",
    ] {
        assert!(begun.contains(kind), "{kind}: {begun:?}");
    }
    let query = "Action=DescribeLoadBalancers&Version=2015-12-01";
    let left = bench.account.raw_query("elasticloadbalancing", query);
    let nlb = bench.account.load_balancer("billing-nlb");
    assert!(!left.contains(nlb), "{left}");
}

#[test]
fn what_was_used_lately_is_not_deleted_h37() {
    let bench = migrated(70);
    planned(&bench, &[]).expect_code(0);
    // Somebody else uses the NLB after all: a flow of today.
    let nlb = bench.account.load_balancer("billing-nlb").to_owned();
    bench.account.one_flow(&nlb);
    let outcome = retire(&bench, &["--execute", "--yes", "--nlb", "billing-nlb"]);
    outcome.ends("retire --execute", 5);
    assert!(outcome.stdout.contains("refused  disuse"), "{outcome:?}");
    retire(&bench, &[]).ends("retire", 5);
    let journal = bench.desk.files();
    assert!(
        !journal.contains(&"retire.journal.jsonl".to_owned()),
        "{journal:?}"
    );

    // And a soak that is not over makes no plan at all.
    let bench = migrated(3);
    planned(&bench, &[]).expect_code(5);
}

#[test]
fn deletion_protection_refuses_and_is_never_lifted() {
    let bench = migrated(70);
    planned(&bench, &[]).expect_code(0);
    let nlb = bench.account.load_balancer("billing-nlb").to_owned();
    bench.account.protect(&nlb);
    let outcome = retire(&bench, &["--execute", "--yes", "--nlb", "billing-nlb"]);
    outcome.expect_code(5);
    let attributes = |call: &str| {
        bench
            .account
            .writes()
            .iter()
            .filter(|one| one.call.ends_with(call))
            .count()
    };
    assert_eq!(
        attributes("ModifyLoadBalancerAttributes"),
        1,
        "only the test's own"
    );
    assert_eq!(attributes("DeleteLoadBalancer"), 0);
}

#[test]
fn a_quarantine_takes_the_target_out_first_and_can_be_taken_back_h37() {
    let bench = migrated(70);
    planned(&bench, &["--quarantine", "10m"]).expect_code(0);
    let args = [
        "retire",
        "retire.plan.json",
        "--execute",
        "--yes",
        "--nlb",
        "billing-nlb",
    ];
    bench.desk.write(
        "unbridge.toml",
        "[pace]\npercent = 100\n[waits]\npoll = 0\ndrain = 0\nsettling = 0\n",
    );
    let running = bench.desk.unbridge(args).account(&bench.account).start();
    crate::harness::wait_for("the quarantine", || {
        let writes = bench.account.writes();
        writes
            .iter()
            .any(|one| one.call.ends_with("DeregisterTargets"))
            .then_some(())
    });
    running.interrupt();
    running.finish().ends("retire --execute", 130);

    // Whoever comes during the quarantine is noticed, although the target is out.
    let nlb = bench.account.load_balancer("billing-nlb").to_owned();
    bench.account.one_flow(&nlb);
    let outcome = taken_up(&bench, "resume");
    outcome.expect_code(5);
    for words in ["refused  disuse", "shows traffic"] {
        assert!(outcome.stdout.contains(words), "{words}: {outcome:?}");
    }
    let args = ["rollback", "retire.plan.json", "--yes"];
    bench
        .desk
        .unbridge(args)
        .account(&bench.account)
        .run()
        .expect_code(0);
    let writes = bench.account.writes();
    assert!(
        writes
            .iter()
            .any(|one| one.call.ends_with("RegisterTargets"))
    );
    assert!(
        !writes
            .iter()
            .any(|one| one.call.ends_with("DeleteLoadBalancer"))
    );
}
