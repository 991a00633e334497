//! The process is killed behind every line of its journal, then gone on with, and again taken back:
//! the account ends fully migrated, or as it was.
//!
//! The kernel kills it: no file may grow beyond what the journal has by then, so that it dies while
//! it writes the next line, having done whatever the last line announced.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bench::Bench;
use crate::harness::for_all;

/// The lengths of a journal's lines, added up.
pub(crate) fn ends(journal: &str) -> Vec<usize> {
    let mut length = 0;
    let lines = journal.split_inclusive('\n');
    lines
        .map(|line| {
            length += line.len();
            length
        })
        .collect()
}

/// What each line of a journal says: the kind of change, and the kind of event.
pub(crate) fn says(journal: &str) -> Vec<(String, String)> {
    let mut of_step = BTreeMap::new();
    let mut says = Vec::new();
    for line in journal.lines().skip(1) {
        let entry: Value = serde_json::from_str(line).expect("an entry");
        let event = &entry["event"];
        let step = event["step"].to_string();
        if let Some(kind) = event["operation"]["kind"].as_str() {
            of_step.insert(step.clone(), kind.to_owned());
        }
        let kind = of_step.get(&step).cloned().unwrap_or_default();
        let event = event["kind"].as_str().unwrap_or_default();
        says.push((kind, event.to_owned()));
    }
    says
}

#[test]
fn killed_behind_any_event_of_any_kind_of_step_a_run_goes_on_and_goes_back() {
    let whole = Bench::new();
    whole.flow();
    whole.execute(&[]).expect_code(0);
    whole.ebb();
    let journal = whole.journal_text();
    let mut seen = BTreeSet::new();
    let ends = ends(&journal);
    let points = says(&journal).into_iter().zip(ends.iter().skip(1));
    // Behind the last line nothing is written any more.
    let points = points.filter(|(says, end)| **end < journal.len() && seen.insert(says.clone()));
    let cases: Vec<_> = points
        .flat_map(|(says, end)| [(says.clone(), *end, "resume"), (says, *end, "rollback")])
        .collect();
    assert!(cases.len() >= 60, "{cases:?}");
    for_all(cases, |(says, end, then)| {
        let bench = Bench::unrehearsed();
        let before = bench.state();
        bench.flow();
        bench.killed_at(end);
        let outcome = bench.take_up(then);
        assert_eq!(outcome.code(), 0, "{says:?}, {then}: {outcome:?}");
        bench.ebb();
        let found = bench.account.route(&bench.api, "prod", "GET", "/a");
        let way = if then == "resume" {
            "vpc link v2"
        } else {
            "vpc link v1"
        };
        let hops = found["hops"].to_string();
        assert!(hops.contains(way), "{says:?}, {then}: {found}");
        if then == "rollback" {
            assert_eq!(bench.state(), before, "{says:?}");
            bench.nothing_tagged();
        }
    });
}

#[test]
fn killed_behind_any_event_of_the_way_back_a_run_is_taken_back_all_the_same() {
    let whole = Bench::unrehearsed();
    whole.flow();
    whole.execute(&["--accept", "unproven"]).expect_code(0);
    let forward = whole.journal_text().len();
    whole.run("rollback", &["--yes"]).expect_code(0);
    whole.ebb();
    let journal = whole.journal_text();
    let mut seen = BTreeSet::new();
    let ends = ends(&journal);
    let points = says(&journal).into_iter().zip(ends.into_iter().skip(1));
    let points = points
        .filter(|(says, end)| (forward..journal.len()).contains(end) && seen.insert(says.clone()));
    let cases: Vec<_> = points.map(|(says, end)| (says, end - forward)).collect();
    assert!(cases.len() >= 20, "{cases:?}");
    for_all(cases, |(says, behind)| {
        let bench = Bench::unrehearsed();
        let before = bench.state();
        bench.flow();
        bench.execute(&["--accept", "unproven"]).expect_code(0);
        bench.killed_on_the_way_back_at(bench.journal_text().len() + behind);
        let outcome = bench.run("rollback", &["--yes"]);
        assert_eq!(outcome.code(), 0, "{says:?}: {outcome:?}");
        bench.ebb();
        assert_eq!(bench.state(), before, "{says:?}");
        bench.nothing_tagged();
    });
}
