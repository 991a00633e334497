//! Rehearsals: which files they write, and what a proof is worth.

use std::fs;

use serde_json::Value;
use unbridge_model::plan::Plan;

use crate::harness::{Desk, read};
use crate::inputs;

/// A desk with plans, and a snapshot on which they are rehearsed quickly.
fn desk() -> Desk {
    let desk = Desk::with_demo();
    let small = inputs::orders_alone(&desk.snapshot("account.jsonl.zst"));
    desk.write("small.jsonl", small);
    inputs::plans(&desk);
    desk
}

#[test]
fn a_proven_plan_is_written_with_its_proof_and_a_refuted_one_is_not() {
    let desk = desk();
    let before = desk.files();
    let rehearsed = |plan: &str, output: &str| {
        let args = [
            "rehearse",
            plan,
            "--snapshot",
            "small.jsonl",
            "--output",
            "json",
            "-o",
            output,
        ];
        desk.run(args)
    };
    rehearsed("blind.plan.json", "refuted.plan.json").expect_code(5);
    assert_eq!(desk.files(), before);

    let outcome = rehearsed("orders.plan.json", "proven.plan.json");
    outcome.expect_code(0).expect_told("plan: proven.plan.json");
    let told: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(told["verdict"], "proven");
    let read_plan = |name: &str| Plan::parse(&read(&desk.work().join(name))).expect("a plan");
    let (plan, proven) = (read_plan("orders.plan.json"), read_plan("proven.plan.json"));
    assert_eq!(proven.body, plan.body);
    let proof = proven.proven().expect("a proof");
    assert_eq!(told["runs"], proof.runs);
    assert_eq!(told["requests"], proof.requests);
    assert!(proof.runs > 1000, "{}", proof.runs);

    let outcome = desk.run(["plan", "show", "proven.plan.json"]);
    outcome.expect_code(0);
    assert!(outcome.stdout.contains("\nPROVEN: rehearsed in "));
    let outcome = desk.run(["plan", "diff", "orders.plan.json", "proven.plan.json"]);
    assert_eq!(outcome.expect_code(0).stdout, "The plans do the same.\n");
}

#[test]
fn a_proof_of_another_plan_is_no_proof() {
    let desk = desk();
    let text = read(&desk.work().join("blind.plan.json"));
    let good: Value =
        serde_json::from_str(&read(&desk.work().join("orders.plan.json"))).expect("JSON");
    let mut plan: Value = serde_json::from_str(&text).expect("JSON");
    plan["proof"] = serde_json::json!({
        "body_digest": good["body_digest"], "tool_version": "0.1.0", "runs": 7, "requests": 7,
    });
    desk.write("borrowed.plan.json", plan.to_string());
    let outcome = desk.run(["plan", "show", "borrowed.plan.json"]);
    outcome.expect_code(0);
    assert!(
        outcome.stdout.contains("\nNOT PROVEN: "),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_rehearsal_changes_no_file_that_it_reads() {
    let desk = desk();
    let inputs = ["blind.plan.json", "small.jsonl"];
    let bytes = |name: &&str| fs::read(desk.work().join(name)).expect("a file");
    let before: Vec<_> = inputs.iter().map(bytes).collect();
    let args = ["rehearse", "blind.plan.json", "--snapshot", "small.jsonl"];
    desk.run(args).expect_code(5);
    let after: Vec<_> = inputs.iter().map(bytes).collect();
    assert!(before == after);
}
