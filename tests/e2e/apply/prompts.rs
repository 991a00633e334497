//! Guided runs: what a person at a terminal is asked, and what follows from the answers.

use super::bench::Bench;
use super::terminal::{CTRL_C, CTRL_D, Terminal};
use crate::harness::{Outcome, read, repository, wait_for};

const PREPARE: &str = "begin to prepare? [y/N]";
const PROVE: &str = "begin to change the draft and prove it? [y/N]";
const MOVE: &str = "begin to move requests? [y/N]";
const GO_ON: &str = "go on? [y/N]";
const TAKE_BACK: &str = "take it back? [y/N]";

/// A command about the plan at a terminal.
fn at_terminal(bench: &Bench, command: &str, options: &[&str]) -> Terminal {
    let probe = ["--probe", "/a/b"];
    let options: Vec<&str> = options.iter().chain(&probe).copied().collect();
    Terminal::of(bench.command(command, &options))
}

/// Every question that was asked is one of the operator's guide.
pub(crate) fn in_the_guide(outcome: &Outcome) {
    let guide = read(&repository().join("docs/operators-guide.md"));
    // What was typed may stand behind it.
    let question = |line: &str| {
        let ends = ["[y/N]", ", billing-nlb:"].iter();
        let mut ends = ends.filter_map(|end| Some(line.find(end)? + end.len()));
        ends.next().map(|end| line[..end].trim().to_owned())
    };
    let asked: Vec<String> = outcome.stdout.lines().filter_map(question).collect();
    assert!(!asked.is_empty(), "{outcome:?}");
    for question in asked {
        assert!(
            guide.contains(&question),
            "{question:?} is not in the guide"
        );
    }
}

/// The kinds of changes that the journal says were begun.
fn begun(bench: &Bench) -> Vec<String> {
    let started = bench.journal().into_iter();
    let started = started.filter(|event| event["kind"] == "started");
    let kind = |event: serde_json::Value| event["operation"]["kind"].as_str().map(str::to_owned);
    started.filter_map(kind).collect()
}

#[test]
fn a_guided_run_asks_before_each_phase_and_shows_what_comes_and_the_way_back() {
    let bench = Bench::new();
    bench.flow();
    let mut run = at_terminal(&bench, "apply", &["--execute"]);
    let shown = run.answers(PREPARE, "y");
    for words in [
        "ok       rights",
        "prepare: 4 steps",
        "Make VPC link",
        "way back: unbridge",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let shown = run.answers(PROVE, "yes");
    assert!(
        shown.contains("anybody's deployment would ship the changed draft"),
        "{shown}"
    );
    let shown = run.answers(MOVE, "Y");
    // Between the change of the draft and its proof nothing is asked.
    assert!(
        shown.contains("passed") && !shown.contains("[y/N]"),
        "{shown}"
    );
    assert!(shown.contains("Send 50 % of the requests"), "{shown}");
    let outcome = run.finish();
    in_the_guide(&outcome);
    let outcome = bench.gone_on_with(outcome);
    outcome.expect_code(0);
    assert!(outcome.stdout.contains("every step is done"), "{outcome:?}");

    let mut back = at_terminal(&bench, "rollback", &[]);
    let shown = back.answers(TAKE_BACK, "n");
    assert!(shown.contains("stays behind: integrationTarget"), "{shown}");
    let outcome = back.finish();
    outcome.ends("rollback", 130);
    in_the_guide(&outcome);
    assert!(
        outcome.stdout.contains("nothing was taken back"),
        "{outcome:?}"
    );
    let mut back = at_terminal(&bench, "rollback", &[]);
    back.answers(TAKE_BACK, "y");
    back.finish().ends("rollback", 0);
    bench.ebb();
    bench.nothing_tagged();
}

/// A run in front of its second share, and what was shown with the question. On a busy machine too
/// little may come by in the time of the first one: then another.
fn before_the_second_share() -> (Bench, Terminal, String) {
    const TIMES: usize = 5;
    for _ in 0..TIMES {
        let bench = Bench::new();
        bench.flow();
        let mut run = at_terminal(&bench, "apply", &["--execute", "--confirm-each"]);
        for question in [PREPARE, PROVE, MOVE] {
            run.answers(question, "y");
        }
        match run.reads_one_of(&[GO_ON, "too little was seen to tell"]) {
            (0, shown) => return (bench, run, shown),
            (_, _) => run.finish().expect_code(7),
        };
    }
    panic!("too little came by {TIMES} times");
}

#[test]
fn each_canary_step_is_asked_about_on_request_and_a_no_keeps_the_share() {
    let (bench, mut run, shown) = before_the_second_share();
    assert!(
        shown.contains("next: Send 100 % of the requests"),
        "{shown}"
    );
    assert!(shown.contains("way back: "), "{shown}");
    run.types("n\n");
    let outcome = run.finish();
    outcome.expect_code(130);
    in_the_guide(&outcome);
    assert!(
        outcome.stdout.contains("it was not let begin"),
        "{outcome:?}"
    );
    let canaries = begun(&bench);
    let canaries = canaries.iter().filter(|kind| *kind == "set-canary");
    assert_eq!(canaries.count(), 1);
    let status = bench.desk.run(["status", "orders.plan.json"]);
    assert!(status.stdout.contains("50 %"), "{status:?}");
    bench.take_up("resume").expect_code(0);
    bench.ebb();
}

#[test]
fn whoever_says_no_or_nothing_at_a_question_stops_the_run_before_what_was_asked_about() {
    let bench = Bench::new();
    bench.flow();
    let before = bench.state();
    let mut run = at_terminal(&bench, "apply", &["--execute"]);
    // Whatever is not a yes is a no.
    run.answers(PREPARE, "maybe");
    let outcome = run.finish();
    outcome.ends("apply --execute", 130);
    assert!(
        outcome.stdout.contains("unbridge resume orders.plan.json"),
        "{outcome:?}"
    );
    assert_eq!(begun(&bench), Vec::<String>::new());

    let mut run = at_terminal(&bench, "resume", &[]);
    run.reads(PREPARE);
    run.types(CTRL_C);
    let outcome = run.finish();
    outcome.ends("resume", 130);
    assert!(
        outcome.stdout.contains("stopping after this change"),
        "{outcome:?}"
    );
    assert_eq!(begun(&bench), Vec::<String>::new());

    // The end of what is typed.
    let mut run = at_terminal(&bench, "resume", &[]);
    run.answers(PREPARE, "y");
    run.reads(PROVE);
    run.types(CTRL_D);
    run.finish().ends("resume", 130);
    assert!(!begun(&bench).contains(&"update-integration".to_owned()));
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
    assert_eq!(bench.state(), before);
    bench.nothing_tagged();
}

#[test]
fn ctrl_c_at_a_terminal_ends_a_watch_and_once_more_ends_the_program() {
    let bench = Bench::planned(&["--canary", "50,100", "--bake", "10m"]);
    bench.flow();
    let mut run = at_terminal(&bench, "apply", &["--execute"]);
    for question in [PREPARE, PROVE, MOVE] {
        run.answers(question, "y");
    }
    run.reads("watching stage prod");
    run.types(CTRL_C);
    run.finish().ends("apply --execute", 130);

    let mut run = at_terminal(&bench, "resume", &[]);
    wait_for("the watch", || bench.journal_has("taken-up").then_some(()));
    // Twice at once.
    run.types(CTRL_C);
    run.types(CTRL_C);
    let outcome = run.finish();
    outcome.ends("resume", 130);
    assert!(
        outcome
            .stdout
            .contains("unbridge rollback orders.plan.json"),
        "{outcome:?}"
    );
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
    bench.nothing_tagged();
}
