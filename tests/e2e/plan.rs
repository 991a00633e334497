//! Plans: what is written where, what a proof is worth, and documents that keep step.

use std::collections::BTreeSet;
use std::fmt::Display;

use strum::VariantArray;
use unbridge_model::plan::Plan;
use unbridge_model::plan::choices::{Doubt, LinkPer};
use unbridge_model::plan::operation::OperationKind;
use unbridge_model::plan::waiting::WaitingCode;

use crate::harness::{Desk, Outcome, emulator, read, repository};
use crate::inputs;

/// The orders NLB, whose API and stages CloudFormation owns.
const ORDERS: [&str; 8] = [
    "--nlb",
    "orders-nlb",
    "--edit",
    "c65npcywlk",
    "--edit",
    "c65npcywlk/prod",
    "--edit",
    "c65npcywlk/staging",
];

/// A desk with the sample account, and a snapshot on which plans are rehearsed quickly.
fn desk() -> Desk {
    let desk = Desk::with_demo();
    let small = inputs::orders_alone(&desk.snapshot("account.jsonl.zst"));
    desk.write("small.jsonl", small);
    desk
}

fn planned(desk: &Desk, snapshot: &str, flags: &[&str]) -> Outcome {
    let args = ["plan", "--snapshot", snapshot];
    desk.run(args.iter().chain(&ORDERS).chain(flags).copied())
}

fn plan_at(desk: &Desk, name: &str) -> Plan {
    Plan::parse(&read(&desk.work().join(name))).expect("a plan")
}

#[test]
fn a_plan_is_written_with_its_proof() {
    let desk = desk();
    let outcome = planned(&desk, "small.jsonl", &["-o", "orders.plan.json"]);
    outcome.expect_code(0).expect_told("plan: orders.plan.json");
    let plan = plan_at(&desk, "orders.plan.json");
    let proof = plan.proven().expect("a proof");
    assert!(proof.runs > 100, "{} runs", proof.runs);
    assert!(outcome.stdout.contains("\nPROVEN: rehearsed in "));
    let again = ["rehearse", "orders.plan.json", "--snapshot", "small.jsonl"];
    desk.run(again).expect_code(0);
}

#[test]
fn a_plan_that_was_not_rehearsed_says_so() {
    let desk = desk();
    let outcome = planned(&desk, "account.jsonl.zst", &["--no-rehearsal"]);
    outcome.expect_code(0);
    assert!(
        outcome.stdout.contains("\nNOT PROVEN: "),
        "{}",
        outcome.stdout
    );
}

#[test]
fn the_same_snapshot_and_choices_give_the_same_bytes_under_a_name_of_its_own() {
    let desk = desk();
    let before = desk.files();
    planned(&desk, "account.jsonl.zst", &["--no-rehearsal"]).expect_code(0);
    let new: Vec<String> = desk
        .files()
        .into_iter()
        .filter(|name| !before.contains(name))
        .collect();
    let [name] = new.as_slice() else {
        panic!("{new:?}")
    };
    let plan = plan_at(&desk, name);
    assert_eq!(
        *name,
        format!("unbridge-{}.plan.json", plan.plan_id.short())
    );
    let outcome = planned(&desk, "account.jsonl.zst", &["--no-rehearsal", "-o", "-"]);
    assert_eq!(outcome.expect_code(0).stdout, read(&desk.work().join(name)));
}

#[test]
fn other_choices_make_another_plan() {
    let desk = desk();
    for flags in [
        &["-o", "a.json"][..],
        &["-o", "b.json", "--canary", "5,100"],
    ] {
        let flags = [flags, &["--no-rehearsal"]].concat();
        planned(&desk, "account.jsonl.zst", &flags).expect_code(0);
    }
    let (one, other) = (plan_at(&desk, "a.json"), plan_at(&desk, "b.json"));
    assert_ne!(one.plan_id, other.plan_id);
    let diff = desk.run(["plan", "diff", "a.json", "b.json"]);
    assert!(diff.expect_code(0).stdout.contains("choice canary"));
}

#[test]
fn nothing_to_plan_leaves_no_file_unless_a_place_is_named() {
    let desk = desk();
    let before = desk.files();
    let args = [
        "plan",
        "--snapshot",
        "account.jsonl.zst",
        "--nlb",
        "idle-nlb",
    ];
    desk.run(args).expect_code(5);
    assert_eq!(desk.files(), before);
    desk.run(args.iter().chain(&["-o", "why.json"]).copied())
        .expect_code(5);
    let plan = plan_at(&desk, "why.json");
    assert!(plan.body.steps.is_empty() && !plan.body.waiting.is_empty());
}

#[test]
fn the_command_that_takes_everything_upon_oneself_can_be_copied() {
    let desk = desk();
    let args = [
        "plan",
        "--snapshot",
        "account.jsonl.zst",
        "--nlb",
        "orders-nlb",
        "--no-rehearsal",
    ];
    let mut outcome = desk.run(args);
    // Who is asked about an API is asked about its stages next.
    for _ in 0..3 {
        let mut lines = outcome.stdout.lines();
        let command = lines.rfind(|line| line.starts_with("  unbridge plan "));
        let Some(command) = command else { break };
        outcome = desk.shell(command.trim()).run();
    }
    outcome.expect_code(0);
    assert!(!outcome.stdout.contains("WAITING"), "{}", outcome.stdout);
}

#[test]
fn a_plan_without_a_snapshot_scans_first_and_changes_nothing() {
    let account = emulator().parts(&["billing"]);
    let desk = Desk::new();
    let mut flags: Vec<String> = Vec::new();
    let mut made = None;
    // What waits says with which flags it does not.
    for _ in 0..3 {
        let args = "plan --pace 100 --nlb billing-nlb --no-rehearsal -o billing.plan.json";
        let args = args.split(' ').chain(flags.iter().map(String::as_str));
        let outcome = desk.unbridge(args).account(&account).run();
        assert!([0, 4, 5].contains(&outcome.code()), "{}", outcome.stderr);
        let plan = plan_at(&desk, "billing.plan.json");
        let asked = plan.body.waiting.iter().filter_map(|one| one.flag.as_ref());
        flags.extend(asked.flat_map(|flag| flag.split(' ').map(str::to_owned)));
        made = Some(plan);
    }
    let plan = made.expect("a plan");
    assert_eq!(plan.body.account.as_str(), account.id);
    assert!(plan.body.digest_key.is_some());
    assert!(!plan.body.steps.is_empty(), "{:?}", plan.body.waiting);
    assert!(account.writes().is_empty(), "{:?}", account.writes());
}

/// The lines of a section of `docs/plan.md`.
fn section(title: &str) -> Vec<String> {
    let document = read(&repository().join("docs/plan.md"));
    let lines = document.lines().map(str::to_owned);
    let behind = lines
        .skip_while(|line| *line != format!("## {title}"))
        .skip(1);
    behind.take_while(|line| !line.starts_with("## ")).collect()
}

fn headings(title: &str) -> BTreeSet<String> {
    let lines = section(title).into_iter();
    lines
        .filter_map(|line| Some(line.strip_prefix("### ")?.to_owned()))
        .collect()
}

/// The codes in the first column of a section's table.
fn first_column(title: &str) -> BTreeSet<String> {
    let lines = section(title).into_iter();
    let code = |line: String| {
        let cell = line.strip_prefix("| `")?;
        Some(cell.split_once("` |")?.0.to_owned())
    };
    lines.filter_map(code).collect()
}

fn names<T: Display>(variants: &[T]) -> BTreeSet<String> {
    variants.iter().map(ToString::to_string).collect()
}

#[test]
fn everything_a_plan_waits_for_has_a_section_and_every_section_a_code() {
    assert_eq!(
        headings("What a plan waits for"),
        names(WaitingCode::VARIANTS)
    );
}

#[test]
fn every_doubt_has_a_section_and_every_section_a_doubt() {
    assert_eq!(headings("Doubts"), names(Doubt::VARIANTS));
}

#[test]
fn every_operation_has_a_row_with_its_way_back_and_every_row_an_operation() {
    assert_eq!(first_column("Operations"), names(OperationKind::VARIANTS));
}

#[test]
fn every_reach_of_a_link_has_a_row() {
    assert_eq!(first_column("Links"), names(LinkPer::VARIANTS));
}
