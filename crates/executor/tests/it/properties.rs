//! Whatever happens, no request loses what it runs over, and what was written can be read.

use proptest::prelude::*;
use unbridge_executor::{Outcome, take_up};
use unbridge_model::gap::GapClass;
use unbridge_model::journal::{Direction, End, Event, Residue, Written};
use unbridge_model::plan::value::Output;
use unbridge_model::port::Judgement;
use unbridge_model::text::Text;

use crate::plans::{migration, step_id};
use crate::runs::{Bench, context, ports};
use crate::world::Fault;

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => Just(Fault::Throttle),
        4 => Just(Fault::NotYet),
        2 => Just(Fault::Refuse),
        2 => Just(Fault::Deny),
        1 => Just(Fault::Expire),
        4 => Just(Fault::LoseBefore),
        4 => Just(Fault::LoseAfter),
        1 => Just(Fault::Mumble),
        1 => Just(Fault::TwiceAndLost),
        1 => Just(Fault::ForeignDeployment),
        1 => Just(Fault::ForeignCanary),
        1 => Just(Fault::ForeignDraft),
        1 => Just(Fault::CanaryRemoved),
    ]
}

fn class() -> impl Strategy<Value = GapClass> {
    prop_oneof![
        Just(GapClass::Throttled),
        Just(GapClass::Failed),
        Just(GapClass::Denied),
        Just(GapClass::Credentials),
    ]
}

fn judgement() -> impl Strategy<Value = Judgement> {
    let why = || Text::new("scripted");
    prop_oneof![
        6 => Just(Judgement::Pass),
        1 => Just(Judgement::Fail { why: why() }),
        1 => Just(Judgement::Inconclusive { why: why() }),
        1 => Just(Judgement::Error { why: why() }),
    ]
}

#[derive(Debug, Clone)]
struct Script {
    faults: Vec<(usize, Fault)>,
    reads: Vec<(usize, GapClass)>,
    verdicts: Vec<Judgement>,
    crash: Option<usize>,
    interrupt: Option<usize>,
    /// What is done each time it stops: it goes on, or it goes back.
    goes_on: Vec<Direction>,
}

fn script() -> impl Strategy<Value = Script> {
    let way = prop_oneof![Just(Direction::Forward), Just(Direction::Undo)];
    (
        prop::collection::vec((0..30usize, fault()), 0..6),
        prop::collection::vec((0..90usize, class()), 0..4),
        prop::collection::vec(judgement(), 0..6),
        prop::option::of(1..60usize),
        prop::option::of(0..60usize),
        prop::collection::vec(way, 1..8),
    )
        .prop_map(
            |(faults, reads, verdicts, crash, interrupt, goes_on)| Script {
                faults,
                reads,
                verdicts,
                crash,
                interrupt,
                goes_on,
            },
        )
}

fn is_over(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Completed | Outcome::RolledBack { .. } => true,
        Outcome::Stopped { .. } | Outcome::Stuck { .. } | Outcome::Interrupted { .. } => false,
    }
}

/// Goes on as the script says until the run is over; at last without faults.
fn play(bench: &mut Bench, script: &Script) -> Option<Outcome> {
    bench
        .world
        .read_faults
        .borrow_mut()
        .extend(script.reads.iter().copied());
    bench
        .world
        .verdicts
        .borrow_mut()
        .extend(script.verdicts.iter().cloned());
    bench.world.interrupt_at.set(script.interrupt);
    if let Some(line) = script.crash {
        bench.fail_at(line);
    }
    let mut outcome = bench.run().ok();
    for way in &script.goes_on {
        if outcome.as_ref().is_some_and(is_over) {
            break;
        }
        outcome = Some(match way {
            Direction::Forward => bench.resume(),
            Direction::Undo => bench.roll_back(),
        });
    }
    bench.world.faults.borrow_mut().clear();
    bench.world.read_faults.borrow_mut().clear();
    bench.world.verdicts.borrow_mut().clear();
    bench.world.interrupt_at.set(None);
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_loses_what_it_runs_over(script in script()) {
        let mut bench = Bench::migration(&script.faults);
        play(&mut bench, &script);
        let harm = bench.world.harm.borrow().first().cloned();
        prop_assert!(harm.is_none(), "{harm:?}\n{}", bench.transcript());
    }

    #[test]
    fn what_was_written_can_be_read_at_every_length(script in script()) {
        let mut bench = Bench::migration(&script.faults);
        play(&mut bench, &script);
        let text = bench.store.text.borrow().clone();
        let header = text.find('\n').unwrap() + 1;
        for end in (header..=text.len()).step_by(97) {
            let written = Written::read(&text.as_bytes()[..end]).unwrap();
            written.fold(&bench.plan).unwrap();
        }
    }

    #[test]
    fn once_nothing_goes_wrong_any_more_the_way_back_ends(script in script()) {
        let mut bench = Bench::migration(&script.faults);
        let outcome = play(&mut bench, &script);
        let foreign = |(_, fault): &(usize, Fault)| matches!(
            fault,
            Fault::ForeignDeployment
                | Fault::ForeignCanary
                | Fault::ForeignDraft
                | Fault::TwiceAndLost
        );
        if matches!(outcome, Some(Outcome::RolledBack { .. })) || script.faults.iter().any(foreign) {
            return Ok(());
        }
        let outcome = bench.roll_back();
        let Outcome::RolledBack { residue } = outcome else {
            return Err(TestCaseError::fail(format!("{outcome:?}\n{}", bench.transcript())));
        };
        let kept = residue.iter().any(|(_, one)| matches!(one, Residue::NotUndone { .. }));
        prop_assert!(kept || bench.world.ours().is_empty(), "{:?}", bench.world.ours());
    }

    #[test]
    fn any_event_is_taken_or_refused(events in prop::collection::vec(event(), 0..60)) {
        let plan = migration();
        let mut folded = unbridge_model::journal::Folded::new(&plan.body);
        for event in events {
            if let Ok(next) = folded.next(&event) {
                folded = next;
            }
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let plan = migration();
    let names: Vec<_> = plan.body.steps.iter().map(|step| step.id.clone()).collect();
    let whole = Bench::migration(&[]);
    whole.run().unwrap();
    let journal = whole.reopened();
    let operations: Vec<_> = names
        .iter()
        .map(|name| journal.folded().announced(name).unwrap().clone())
        .collect();
    let step = prop_oneof![prop::sample::select(names), Just(step_id("foreign"))];
    let way = prop_oneof![Just(Direction::Forward), Just(Direction::Undo)];
    let output = Output::VpcLink(unbridge_model::id::VpcLinkId::new("link1").unwrap());
    (0..15usize, step, way, prop::sample::select(operations)).prop_map(
        move |(kind, step, direction, operation)| {
            let why = Text::new("scripted");
            match kind {
                0 | 1 => Event::Started {
                    step,
                    direction,
                    operation,
                },
                2 => Event::Succeeded {
                    step,
                    direction,
                    output: None,
                },
                3 => Event::Succeeded {
                    step,
                    direction,
                    output: Some(output.clone()),
                },
                4 => Event::NotMade {
                    step,
                    direction,
                    why,
                },
                5 => Event::Lost {
                    step,
                    direction,
                    why,
                },
                6 => Event::Verified { step },
                7 => Event::Passed { step },
                8 => Event::TurnedBack { why },
                9 => Event::NothingToUndo { step, why },
                10 => Event::Left {
                    step,
                    residue: Residue::NotUndone { why },
                },
                11 => Event::Stopped { step, why },
                12 => Event::Stuck { step, why },
                13 => Event::TakenUp { caller: why },
                _ => Event::Ended {
                    end: End::Completed,
                },
            }
        },
    )
}

#[test]
fn a_run_can_be_taken_up_any_number_of_times() {
    let bench = Bench::migration(&[(3, Fault::Deny)]);
    bench.run().unwrap();
    for _ in 0..5 {
        let mut journal = bench.reopened();
        take_up(&bench.plan, &mut journal, &context(), &ports(&bench.world)).unwrap();
    }
    assert_eq!(bench.resume(), Outcome::Completed);
}
