//! One run at a time changes an account's region.

use unbridge_executor::{BeginError, Outcome};
use unbridge_model::id::RunId;
use unbridge_model::port::{LockError, LockHolder};
use unbridge_model::text::Text;

use crate::plans::plan;
use crate::runs::{Bench, context, ports, stop};
use crate::world::World;

fn other() -> LockHolder {
    LockHolder {
        run: RunId::new("r0").unwrap(),
        owner: Text::new("ann@build-7"),
        since: Text::new("2026-01-01T00:00:00Z"),
    }
}

#[test]
fn a_run_does_not_begin_while_another_has_the_lock() {
    let bench = Bench::migration(&[]);
    *bench.world.lock.borrow_mut() = Some(other());
    let error = bench.begin().unwrap_err();
    assert_eq!(error, BeginError::Lock(LockError::Held(other())));
    assert_eq!(
        error.to_string(),
        "it is locked by run r0 of ann@build-7 since 2026-01-01T00:00:00Z"
    );
    assert_eq!(bench.lines(), 0, "no journal is left behind");
}

#[test]
fn a_run_whose_journal_cannot_be_begun_gives_the_lock_back() {
    let mut bench = Bench::migration(&[]);
    bench.fail_at(0);
    assert!(matches!(bench.begin(), Err(BeginError::Journal(_))));
    assert_eq!(*bench.world.lock.borrow(), None);
}

#[test]
fn a_run_is_not_taken_up_while_another_has_the_lock() {
    let mut bench = Bench::migration(&[]);
    bench.fail_at(9);
    bench.run().unwrap_err();
    *bench.world.lock.borrow_mut() = Some(other());
    let lines = bench.lines();
    let mut journal = bench.reopened();
    let context = context();
    let error =
        unbridge_executor::take_up(&bench.plan, &mut journal, &context, &ports(&bench.world));
    assert_eq!(
        error.unwrap_err(),
        BeginError::Lock(LockError::Held(other()))
    );
    assert_eq!(bench.lines(), lines - 1, "only the half line is gone");
}

#[test]
fn a_lock_that_cannot_be_given_back_for_a_while_is_given_back() {
    let bench = Bench::migration(&[]);
    bench.world.lock_unreachable.set(3);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    assert_eq!(*bench.world.lock.borrow(), None);
}

#[test]
fn a_run_whose_lock_cannot_be_given_back_is_not_over() {
    let bench = Bench::migration(&[]);
    bench.world.lock_unreachable.set(1000);
    let outcome = bench.run().unwrap();
    assert_eq!(
        stop(&outcome),
        (
            "trial-gone".to_owned(),
            "the lock cannot be reached: no route".to_owned()
        )
    );
    bench.world.lock_unreachable.set(0);
    assert_eq!(bench.resume(), Outcome::Completed);
    assert_eq!(*bench.world.lock.borrow(), None);
}

#[test]
fn a_completed_run_is_not_taken_back_while_another_has_the_lock() {
    let bench = Bench::migration(&[]);
    bench.run().unwrap();
    *bench.world.lock.borrow_mut() = Some(other());
    let calls = bench.world.calls();
    let outcome = bench.roll_back();
    assert!(stop(&outcome).1.starts_with("it is locked by run r0"));
    assert_eq!(bench.world.calls(), calls);
}

#[test]
fn a_plan_without_steps_is_not_begun() {
    let bench = Bench::new(plan(Vec::new()), World::new());
    assert_eq!(bench.begin().unwrap_err(), BeginError::NoSteps);
}
