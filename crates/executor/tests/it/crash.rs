//! The process ends at any line of its journal, having written half of it.

use unbridge_executor::Outcome;
use unbridge_model::journal::Residue;
use unbridge_model::port::Judgement;
use unbridge_model::text::Text;

use crate::runs::Bench;
use crate::world::World;

fn lines_of_a_whole_run() -> usize {
    let bench = Bench::migration(&[]);
    bench.run().unwrap();
    bench.lines()
}

fn crashed(line: usize) -> Bench {
    let mut bench = Bench::migration(&[]);
    bench.fail_at(line);
    bench.run().unwrap_err();
    bench
}

fn nothing_of_ours(world: &World, line: usize) {
    assert_eq!(world.ours(), Vec::<String>::new(), "line {line}");
    assert_eq!(
        world.account.borrow().draft.connection,
        "v1link",
        "line {line}"
    );
    assert_eq!(world.lock.borrow().as_ref(), None, "line {line}");
}

fn clean(outcome: &Outcome) -> bool {
    let Outcome::RolledBack { residue } = outcome else {
        return false;
    };
    residue
        .iter()
        .all(|(_, residue)| matches!(residue, Residue::IntegrationTarget { .. }))
}

#[test]
fn a_run_that_ends_at_any_line_is_taken_up_to_the_same_end() {
    let usual = Bench::migration(&[]);
    usual.run().unwrap();
    for line in 1..lines_of_a_whole_run() {
        let bench = crashed(line);
        assert_eq!(bench.resume(), Outcome::Completed, "line {line}");
        bench.assert_no_harm();
        assert_eq!(bench.world.ours(), usual.world.ours(), "line {line}");
        let effects = bench.world.effects.borrow();
        assert_eq!(
            *effects,
            *usual.world.effects.borrow(),
            "line {line}: nothing is done twice"
        );
    }
}

#[test]
fn a_run_that_ends_at_any_line_can_be_taken_back() {
    for line in 1..lines_of_a_whole_run() {
        let bench = crashed(line);
        let outcome = bench.roll_back();
        assert!(clean(&outcome), "line {line}: {outcome:?}");
        bench.assert_no_harm();
        nothing_of_ours(&bench.world, line);
    }
}

#[test]
fn a_way_back_that_ends_at_any_line_is_taken_up_to_the_same_end() {
    for fails_at in 0.. {
        let mut bench = Bench::migration(&[]);
        let why = Text::new("5XX rose");
        bench
            .world
            .verdicts
            .borrow_mut()
            .push(Judgement::Fail { why });
        bench.run().unwrap();
        let line = bench.lines() + fails_at;
        bench.fail_at(line);
        let mut journal = bench.failing_journal();
        let ended = bench.try_back(&mut journal);
        drop(journal);
        let outcome = match ended {
            Ok(outcome) => {
                assert!(fails_at > 15, "the way back has more lines than {fails_at}");
                assert!(clean(&outcome));
                break;
            }
            Err(_) => bench.roll_back(),
        };
        assert!(
            clean(&outcome),
            "line {line}: {outcome:?}\n{}",
            bench.transcript()
        );
        bench.assert_no_harm();
        nothing_of_ours(&bench.world, line);
    }
}

#[test]
fn a_journal_that_could_not_be_written_is_not_written_behind() {
    let mut bench = Bench::migration(&[]);
    bench.fail_at(7);
    let mut journal = bench.begin().unwrap();
    let first = bench.try_forward(&mut journal).unwrap_err();
    let (text, calls) = (bench.store.text.borrow().clone(), bench.world.calls());
    let second = bench.try_forward(&mut journal).unwrap_err();
    assert_eq!(first, second);
    assert_eq!(*bench.store.text.borrow(), text);
    assert_eq!(bench.world.calls(), calls);
}
