//! Mutated snapshots: each is refused with the line that is wrong, or assessed and written in every
//! format. Nothing panics, and no output holds a character that misleads.
//!
//! `make test` runs as many as `tests/budget.toml` says, always the same ones. `make fuzz` runs
//! `FUZZ_CASES` of the seed `FUZZ_SEED`. What once failed, and what nearly could, is kept in
//! `fixtures/fuzz/` and is run again each time.

mod mutate;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};
use std::thread;

use serde_json::Value;
use strum::VariantArray;
use unbridge_cost::estimates;
use unbridge_cost::prices::PriceTable;
use unbridge_model::assessment::Assessment;
use unbridge_model::finding::{FindingCode, Severity};
use unbridge_model::snapshot::{Snapshot, read::read as read_snapshot};
use unbridge_report::explain::{explain_api, explain_nlb, known_apis};
use unbridge_report::look::{Colour, Look};
use unbridge_report::rows::{Column, GroupBy, Headers, Layout};
use unbridge_report::safe::is_hazardous;
use unbridge_report::view::{Acceptance, Costs, Scope, Selection, View, Wildcard};
use unbridge_report::{csv, dot, html, json, markdown, mermaid, sarif, table};
use unbridge_scanner::assess::assess;
use unbridge_sim::random::{Random, mixed};

use crate::harness::{budget, read, repository};

/// What came of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Refused,
    Written,
}

/// Runs a case to its end.
///
/// # Errors
/// What is wrong with what came of it.
fn run(input: &[u8], random: &mut Random) -> Result<Fate, String> {
    let snapshot = match read_snapshot(input) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            let told = error.to_string();
            let names_a_line = told.starts_with("line ");
            return names_a_line.then_some(Fate::Refused).ok_or(told);
        }
    };
    let assessment = assess(&snapshot).map_err(|bug| bug.to_string())?;
    explained(&snapshot, &assessment)?;
    let costs = costs(&snapshot, &assessment);
    written(&viewed(assessment, costs, random), random)?;
    Ok(Fate::Written)
}

fn costs(snapshot: &Snapshot, assessment: &Assessment) -> Costs {
    static PRICES: LazyLock<PriceTable> =
        LazyLock::new(|| PriceTable::embedded().expect("the embedded prices"));
    Costs {
        estimates: estimates(assessment, snapshot, &PRICES),
        prices_as_of: PRICES.as_of,
        prices_too_old: None,
    }
}

/// Everything, or what is left of it by one of the ways to narrow it.
fn viewed(assessment: Assessment, costs: Costs, random: &mut Random) -> View {
    let view = View::of(assessment.clone()).with_costs(costs);
    match random.below(4) {
        0 => view.accept(&acceptances(), jiff::civil::date(2026, 3, 2)),
        1 => {
            let mut old = assessment;
            old.nlbs.truncate(random.below(old.nlbs.len() + 1));
            old.links.clear();
            view.since(old).expect("one account")
        }
        2 => {
            let mut chains = assessment.nlbs.iter().flat_map(|nlb| nlb.chains.iter());
            let api = chains.next().map(|chain| chain.start.api.name.clone());
            view.select(&Selection {
                apis: Vec::from_iter(api),
                severity: random.percent(50).then_some(Severity::Warning),
                ..Selection::default()
            })
        }
        _ => view,
    }
}

/// Every second code is accepted, some of them too late.
fn acceptances() -> Vec<Acceptance> {
    let codes = FindingCode::VARIANTS.iter().enumerate();
    codes
        .filter(|(nth, _)| nth % 2 == 0)
        .map(|(nth, code)| Acceptance {
            finding: *code,
            scope: Scope {
                api: (nth % 3 == 0).then(|| Wildcard::new("*")),
                ..Scope::default()
            },
            reason: "a\u{1b}[31m\u{202e} <b> | =1".into(),
            expires: jiff::civil::date(2026, if nth % 5 == 0 { 1 } else { 12 }, 31),
        })
        .collect()
}

fn layout(random: &mut Random) -> Layout {
    let mut columns = Column::VARIANTS.to_vec();
    random.shuffle(&mut columns);
    columns.truncate(random.below(columns.len() + 1));
    let groups = [
        None,
        None,
        None,
        Some(GroupBy::Account),
        Some(GroupBy::Region),
        Some(GroupBy::Verdict),
        Some(GroupBy::Severity),
        Some(GroupBy::Api),
        Some(GroupBy::Tag("team".into())),
    ];
    Layout {
        columns,
        headers: if random.percent(80) {
            Headers::Shown
        } else {
            Headers::Hidden
        },
        group_by: random.pick(&groups).cloned().flatten(),
    }
}

fn look(width: u16) -> Look {
    Look {
        width,
        colour: Colour::Never,
    }
}

fn explained(snapshot: &Snapshot, assessment: &Assessment) -> Result<(), String> {
    let mut text = String::new();
    for nlb in &assessment.nlbs {
        explain_nlb(assessment, nlb, look(80), &mut text).expect("a string");
    }
    for api in &known_apis(snapshot) {
        explain_api(assessment, api, look(80), &mut text).expect("a string");
    }
    harmless("explain", &text)
}

/// Writes the view in every format, and looks at what comes.
fn written(view: &View, random: &mut Random) -> Result<(), String> {
    let layout = layout(random);
    let width = u16::try_from(40 + random.below(200)).expect("a width");
    let text = |write: &dyn Fn(&mut dyn Write) -> std::fmt::Result| {
        let mut text = String::new();
        write(&mut text).expect("a string takes everything");
        text
    };
    let bytes = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut bytes = Vec::new();
        write(&mut bytes).expect("a vector takes everything");
        String::from_utf8(bytes).expect("UTF-8")
    };
    let outputs = [
        (
            "table",
            text(&|out| table::table(view, &layout, look(width), out)),
        ),
        (
            "markdown",
            text(&|out| markdown::markdown(view, &layout, out)),
        ),
        ("mermaid", text(&|out| mermaid::mermaid(view, out))),
        ("dot", text(&|out| dot::dot(view, out))),
        ("html", text(&|out| html::html(view, out))),
        ("json", bytes(&|out| json::write(view, out))),
        (
            "csv",
            bytes(&|out| csv::write(view, &layout, out)).replace("\r\n", "\n"),
        ),
        (
            "sarif",
            bytes(&|out| sarif::write(view, "a\u{202e}.jsonl", out)),
        ),
    ];
    for (format, output) in &outputs {
        harmless(format, output)?;
    }
    for (format, output) in outputs
        .iter()
        .filter(|(f, _)| ["json", "sarif"].contains(f))
    {
        serde_json::from_str::<Value>(output).map_err(|error| format!("{format}: {error}"))?;
    }
    Ok(())
}

fn harmless(format: &str, output: &str) -> Result<(), String> {
    let misleads = |c: char| is_hazardous(c) && c != '\n';
    match output.lines().find(|line| line.contains(misleads)) {
        Some(line) => Err(format!("{format} holds a raw character: {line:?}")),
        None => Ok(()),
    }
}

/// Runs a case; a panic is what is wrong with it, too.
fn judged(input: &[u8], random: &mut Random) -> Result<Fate, String> {
    catch_unwind(AssertUnwindSafe(|| run(input, random))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or("no text")))
    })
}

fn number_of(variable: &str) -> Option<u64> {
    let text = std::env::var(variable)
        .ok()
        .filter(|text| !text.is_empty())?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
    )
}

/// Runs all cases of a seed: how many were written, and what was wrong, each with an input that
/// shows it.
fn run_all(cases: u64, seed: u64, seeds: &[String]) -> (u64, BTreeMap<String, PathBuf>) {
    let next = AtomicU64::new(0);
    let written = AtomicU64::new(0);
    let wrong: Mutex<BTreeMap<String, PathBuf>> = Mutex::default();
    let work = || loop {
        let case = next.fetch_add(1, Ordering::Relaxed);
        if case >= cases {
            return;
        }
        let mut random = Random::new(mixed(mixed(seed).wrapping_add(case)));
        let input = mutate::mutated(&mut random, seeds);
        match judged(&input, &mut random) {
            Ok(Fate::Refused) => {}
            Ok(Fate::Written) => drop(written.fetch_add(1, Ordering::Relaxed)),
            Err(what) => {
                let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
                let kept = kept.join(format!("fuzz-{seed}-{case}.jsonl"));
                fs::write(&kept, &input).expect("a file is written");
                wrong.lock().expect("no panic holds it").insert(what, kept);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, NonZero::get) {
            scope.spawn(work);
        }
    });
    (
        written.into_inner(),
        wrong.into_inner().expect("no panic holds it"),
    )
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "`make fuzz` shows how to have its cases again"
)]
fn mutated_snapshots_are_refused_by_line_or_written_in_every_format() {
    let folder = fs::read_dir(repository().join("fixtures/findings")).expect("fixtures");
    let mut files: Vec<PathBuf> = folder
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let seeds: Vec<String> = files.iter().map(|path| read(path)).collect();
    let cases = number_of("FUZZ_CASES").unwrap_or(budget("fuzz").into());
    let seed = number_of("FUZZ_SEED").unwrap_or(1);
    println!("{cases} cases of FUZZ_SEED={seed}");
    let (written, wrong) = run_all(cases, seed, &seeds);
    assert!(wrong.is_empty(), "of FUZZ_SEED={seed}: {wrong:#?}");
    println!("{written} were written in every format, the others refused");
    // A mutation that nearly always ends at the reader tests nothing behind it.
    assert!(written * 4 > cases, "{written} of {cases} were written");
}

#[test]
fn what_once_failed_is_refused_by_line_or_written_in_every_format() {
    let corpus = fs::read_dir(repository().join("fixtures/fuzz")).expect("fixtures/fuzz");
    let files = corpus.map(|entry| entry.expect("an entry").path());
    let inputs = files.filter(|path| path.extension().is_some_and(|e| e == "jsonl"));
    let mut fates = Vec::new();
    for path in inputs {
        let input = fs::read(&path).expect("a fixture");
        // Each way to narrow a view has its turn.
        for seed in 0..12 {
            let fate = judged(&input, &mut Random::new(seed));
            fates.push(fate.unwrap_or_else(|what| panic!("{}: {what}", path.display())));
        }
    }
    assert!(fates.contains(&Fate::Written) && fates.contains(&Fate::Refused));
}
