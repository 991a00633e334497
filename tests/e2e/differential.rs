//! Simulator and emulator agree on what changes do: the same operations on the same account give the
//! same answers, can be seen to have been made in the same way, and send requests to the same
//! places.
//!
//! The two were written from AWS's documentation and none from the other. What they are known to do
//! differently is in [`known`], with a reason each. Ids are told apart by the step that made a thing.
//! A difference that is not known prints the seed, the sequence up to it and both answers;
//! `DIFFERENTIAL=SEED` runs that sequence alone.
//!
//! Simulated links take minutes and the emulator's none: after each change of a generated sequence
//! the simulator waits until everything has come to its end. Links on their way have a script.

pub(crate) mod accounts;
pub(crate) mod both;
mod generator;
mod known;
mod scripts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use unbridge_model::plan::operation::{Operation, OperationKind};
use unbridge_sim::random::Random;

use crate::harness::budget;
use both::{Both, Desk, Kind, Links, Split};

/// Operations of one sequence.
const LENGTH: usize = 14;

/// The seed of the account on which known differences are shown.
const SCRIPTS: u64 = 99_999_999_999;

/// How a sequence ended.
#[derive(Default)]
struct Run {
    /// The operations that were performed, and how both answered.
    done: Vec<(OperationKind, Kind)>,
    /// Requests whose way was compared.
    requests: usize,
    /// Differences that are known.
    known: BTreeSet<&'static str>,
}

/// Performs operations until they end or the two go different ways.
fn carry_out(
    both: &mut Both<'_>,
    mut next: impl FnMut(&Both<'_>) -> Option<Operation>,
) -> Result<Run, String> {
    let mut run = Run::default();
    let mut said = Vec::new();
    let tell = |said: &[String], split: &Split| {
        let sequence = said.join("\n  ");
        format!("  {sequence}\n{split}")
    };
    while let Some(operation) = next(both) {
        let kind = OperationKind::from(&operation);
        said.push(format!("{:>2} {operation:?}", said.len()));
        let answered = match both.perform(&operation) {
            Ok(Some(answered)) => answered,
            // It names what an earlier one was to make and did not.
            Ok(None) => continue,
            Err(split) => {
                let Some(known) = known::of(&operation, &split) else {
                    return Err(tell(&said, &split));
                };
                run.known.insert(known.name);
                match known.then {
                    known::Then::GoOn => continue,
                    known::Then::Stop => return Ok(run),
                }
            }
        };
        run.done.push((kind, answered));
    }
    both.compare_states().map_err(|split| tell(&said, &split))?;
    run.requests = both.compare_routes().map_err(|split| tell(&said, &split))?;
    Ok(run)
}

fn sequence(seed: u64) -> Result<Run, String> {
    let desk = Desk::new(seed);
    let mut random = Random::new(seed);
    let mut both = desk.both(
        accounts::any(&mut random, desk.account_id()),
        Links::Awaited,
    );
    let mut generator = generator::Generator::new(&mut random);
    let mut left = LENGTH;
    carry_out(&mut both, |both| {
        left = left.checked_sub(1)?;
        Some(generator.next(&mut random, both))
    })
}

#[test]
fn simulator_and_emulator_answer_the_same_changes_alike() {
    let one: Option<u64> = std::env::var("DIFFERENTIAL")
        .ok()
        .map(|seed| seed.parse().expect("a seed"));
    let seeds = one.map_or(0..u64::from(budget("differential_sequences")), |seed| {
        seed..seed + 1
    });
    let (next, end) = (AtomicU64::new(seeds.start), seeds.end);
    let runs: Mutex<Vec<Result<Run, String>>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    let run = sequence(seed).map_err(|split| {
                        format!(
                            "seed {seed}:\n{split}\nagain: DIFFERENTIAL={seed} cargo test --workspace --test e2e -- answer_the_same_changes"
                        )
                    });
                    runs.lock().expect("no panic holds it").push(run);
                }
            });
        }
    });
    let runs = runs.into_inner().expect("no panic holds it");
    let wrong: Vec<_> = runs.iter().filter_map(|run| run.as_ref().err()).collect();
    let shown: Vec<&str> = wrong.iter().take(5).map(|text| text.as_str()).collect();
    let (count, all) = (wrong.len(), runs.len());
    assert!(
        wrong.is_empty(),
        "{count} of {all} sequences:\n{}",
        shown.join("\n\n")
    );
    if one.is_none() {
        said_enough(runs.iter().flatten());
    }
}

/// Sequences that are refused from the first to the last, or never are, show little.
fn said_enough<'a>(runs: impl Iterator<Item = &'a Run>) {
    let mut answers: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut made = BTreeSet::new();
    let (mut requests, mut sequences) = (0, 0);
    for run in runs {
        sequences += 1;
        requests += run.requests;
        for (operation, kind) in &run.done {
            *answers.entry(*kind).or_default() += 1;
            if *kind == Kind::Made {
                made.insert(*operation);
            }
        }
    }
    let of = |kind| answers.get(&kind).copied().unwrap_or_default();
    let all: usize = answers.values().sum();
    assert!(of(Kind::Made) * 4 > all, "{answers:?}");
    assert!(of(Kind::Refused) * 20 > all, "{answers:?}");
    assert!(of(Kind::NotYet) * 50 > all, "{answers:?}");
    assert!(made.len() > 20, "only these were ever made: {made:?}");
    assert!(
        requests > sequences * 5,
        "{requests} requests in {sequences} sequences"
    );
}

#[test]
fn links_on_their_way_are_answered_alike() {
    let desk = Desk::new(SCRIPTS - 1);
    let mut both = desk.both(accounts::plain(desk.account_id()), Links::OnTheirWay);
    let script = scripts::links_on_their_way(&both);
    for (operation, expect) in script {
        let answered = both.perform(&operation);
        let answered = answered.unwrap_or_else(|split| panic!("{operation:?}\n{split}"));
        assert_eq!(answered, Some(expect), "{operation:?}");
    }
}

#[test]
fn quotas_are_met_after_as_many() {
    let desk = Desk::new(SCRIPTS - 2);
    for script in scripts::QUOTAS {
        let mut both = desk.both(accounts::plain(desk.account_id()), Links::Awaited);
        let mut made = 0;
        loop {
            let operation = script(&both, made);
            let answered = both.perform(&operation);
            match answered.unwrap_or_else(|split| panic!("{operation:?}\n{split}")) {
                Some(Kind::Made) if made < 100 => made += 1,
                answered => {
                    assert_eq!(answered, Some(Kind::Refused), "{operation:?}");
                    break;
                }
            }
        }
        assert!(made > 1, "none could be made");
    }
}

#[test]
fn every_known_difference_is_still_one() {
    let desk = Desk::new(SCRIPTS);
    for known in &known::ALL {
        let mut both = desk.both(accounts::plain(desk.account_id()), known.links);
        let mut script = (known.shown_by)(&both).into_iter();
        let run = carry_out(&mut both, |_| script.next());
        let run = run.unwrap_or_else(|split| panic!("{}:\n{split}", known.name));
        assert!(
            run.known.contains(known.name),
            "{} is no difference any more, though {}",
            known.name,
            known.why
        );
    }
}
