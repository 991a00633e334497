//! The process is killed behind every line of its journal, then gone on with, and again taken back:
//! the account ends fully migrated, or as it was.
//!
//! The kernel kills it: no file may grow beyond what the journal has by then, so that it dies while
//! it writes the next line, having done whatever the last line announced.

use std::collections::BTreeSet;

use super::bench::Bench;
use crate::harness::for_all;

/// The lengths of a journal's lines, added up.
fn ends(journal: &str) -> Vec<usize> {
    let mut length = 0;
    let lines = journal.split_inclusive('\n');
    lines
        .map(|line| {
            length += line.len();
            length
        })
        .collect()
}

/// What a journal's last line says: step and kind of event.
fn last(bench: &Bench) -> Option<(String, String)> {
    let event = bench.journal().pop()?;
    let step = event["step"].as_str().unwrap_or_default();
    // Ids differ from account to account.
    let step = step.rsplit_once(&bench.api).map_or(step, |(_, rest)| rest);
    Some((
        step.to_owned(),
        event["kind"].as_str().unwrap_or_default().to_owned(),
    ))
}

#[test]
fn killed_behind_any_line_of_the_journal_a_run_goes_on_and_goes_back() {
    let whole = Bench::new();
    whole.flow();
    whole.execute(&[]).expect_code(0);
    whole.ebb();
    let path = whole.desk.work().join("orders.journal.jsonl");
    let ends = ends(&std::fs::read_to_string(path).expect("a journal"));
    let cases = ends.iter().rev().skip(1).enumerate();
    let cases = cases.flat_map(|(line, end)| [(line, *end, "resume"), (line, *end, "rollback")]);
    let seen = std::sync::Mutex::new(BTreeSet::new());
    for_all(cases.collect::<Vec<_>>(), |(line, end, then)| {
        let bench = Bench::new();
        let before = bench.state();
        bench.flow();
        bench.killed_at(end);
        if let Some(event) = last(&bench) {
            seen.lock().expect("no panic holds it").insert(event);
        }
        let outcome = bench.run(then, &["--yes"]);
        assert_eq!(outcome.code(), 0, "line {line}, {then}: {outcome:?}");
        bench.ebb();
        let found = bench.account.route(&bench.api, "prod", "GET", "/a");
        let way = if then == "resume" {
            "vpc link v2"
        } else {
            "vpc link v1"
        };
        assert!(
            found["hops"].to_string().contains(way),
            "line {line}, {then}: {found}"
        );
        if then == "rollback" {
            assert_eq!(bench.state(), before, "line {line}");
            bench.nothing_tagged();
        }
    });
    let seen = seen.into_inner().expect("no panic holds it");
    let kinds: BTreeSet<&str> = seen.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        BTreeSet::from(["passed", "started", "succeeded", "verified"])
    );
    assert!(seen.len() > 40, "{seen:?}");
}
