//! Journals of every format that was ever written still load, and still say the same.

use unbridge_model::journal::{End, Folded, Residue, RunState, Written};
use unbridge_model::plan::Plan;

use crate::plans::step_id;

fn folded(plan: &str, journal: &str) -> Folded {
    let plan = Plan::parse(plan).unwrap();
    let written = Written::read(journal.as_bytes()).unwrap();
    written.fold(&plan).unwrap()
}

const PLAN_1: &str = include_str!("../../../../fixtures/journal/1/plan.json");
const COMPLETED_1: &str = include_str!("../../../../fixtures/journal/1/completed.jsonl");
const ROLLED_BACK_1: &str = include_str!("../../../../fixtures/journal/1/rolled-back.jsonl");
const STUCK_1: &str = include_str!("../../../../fixtures/journal/1/stuck.jsonl");

#[test]
fn a_completed_run_of_format_1() {
    let folded = folded(PLAN_1, COMPLETED_1);
    assert_eq!(*folded.run(), RunState::Ended(End::Completed));
    let outputs: Vec<String> = folded
        .outputs()
        .iter()
        .map(|(step, output)| format!("{step}: {output}"))
        .collect();
    assert_eq!(
        outputs,
        [
            "freeze: deployment dep3",
            "link: vpc-link link2",
            "link-group: security-group sg-1"
        ]
    );
}

#[test]
fn a_rolled_back_run_of_format_1_and_what_it_left() {
    let folded = folded(PLAN_1, ROLLED_BACK_1);
    assert_eq!(*folded.run(), RunState::Ended(End::RolledBack));
    let (target, kept): (Vec<_>, Vec<_>) = folded
        .residue()
        .iter()
        .partition(|(_, residue)| matches!(residue, Residue::IntegrationTarget { .. }));
    assert_eq!(target.len(), 1);
    let kept: Vec<&str> = kept.iter().map(|(step, _)| step.as_str()).collect();
    assert_eq!(
        kept,
        [
            "promote",
            "freeze",
            "link",
            "alb-ingress",
            "link-egress",
            "link-group"
        ]
    );
}

#[test]
fn a_stuck_run_of_format_1() {
    let folded = folded(PLAN_1, STUCK_1);
    assert_eq!(*folded.run(), RunState::Stuck(step_id("link")));
    assert!(folded.stuck().is_some_and(|why| why.contains("link3")));
}
