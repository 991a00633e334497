//! Changes whose answer was lost: they are looked for before they are made again.

use unbridge_executor::{Outcome, StuckReason};
use unbridge_model::gap::GapClass;

use crate::runs::{Bench, stop};
use crate::world::Fault;

fn about(bench: &Bench, step: &str) -> String {
    let transcript = bench.transcript();
    let lines = transcript.lines().filter(|line| line.contains(step));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_thing_that_was_made_is_found_by_its_mark_and_not_made_again() {
    let bench = Bench::migration(&[(4, Fault::LoseAfter)]);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    insta::assert_snapshot!(about(&bench, " link"), @"
    > link-group: create-security-group
    > link-group succeeded: security-group sg-1
    > link-closed: revoke-default-egress
    > link-closed succeeded
    > link-egress: authorize-rule
    > link-egress succeeded
    > link: create-vpc-link
    > link lost: connection reset
    > link succeeded: vpc-link link2
    ");
    assert_eq!(bench.world.calls(), 12);
}

#[test]
fn a_thing_that_was_not_made_is_looked_for_long_enough_and_then_made() {
    let bench = Bench::migration(&[(4, Fault::LoseBefore)]);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    assert!(bench.world.elapsed() > bench.limits.lost_object);
    insta::assert_snapshot!(about(&bench, " link"), @"
    > link-group: create-security-group
    > link-group succeeded: security-group sg-1
    > link-closed: revoke-default-egress
    > link-closed succeeded
    > link-egress: authorize-rule
    > link-egress succeeded
    > link: create-vpc-link
    > link lost: connection reset
    > link not made: it was looked for and is not there
    > link: create-vpc-link
    > link succeeded: vpc-link link2
    ");
}

#[test]
fn a_state_that_was_brought_about_is_read_back() {
    let bench = Bench::migration(&[(8, Fault::LoseAfter)]);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    insta::assert_snapshot!(about(&bench, " canary "), @"
    > canary lost: connection reset
    > canary succeeded
    ");
}

#[test]
fn a_state_that_was_not_brought_about_is_brought_about_once_a_late_call_would_have_arrived() {
    let bench = Bench::migration(&[(8, Fault::LoseBefore)]);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    insta::assert_snapshot!(about(&bench, " canary"), @"
    > canary: set-canary
    > canary lost: connection reset
    > canary not made: it was looked for and is not there
    > canary: set-canary
    > canary succeeded
    > canary-end: remove-canary
    > canary-end succeeded
    ");
    let usual = Bench::migration(&[]);
    usual.run().unwrap();
    let longer = bench.world.elapsed() - usual.world.elapsed();
    assert_eq!(longer, bench.limits.settling);
}

#[test]
fn two_things_with_one_mark_are_left_to_a_person() {
    let bench = Bench::migration(&[(4, Fault::TwiceAndLost)]);
    let outcome = bench.run().unwrap();
    let Outcome::Stuck { step, why } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(step.as_str(), "link");
    insta::assert_snapshot!(why, @"vpc-link link2 and vpc-link link3 carry the mark of this one step: delete all but one of them, then take the run up");
    // It stays stuck until somebody takes it up.
    let again = crate::runs::Bench::reopened(&bench);
    assert_eq!(
        again.folded().stuck().map(ToString::to_string),
        Some(why.to_string())
    );
    assert!(matches!(why, StuckReason::TwoOwned { outputs } if outputs.len() == 2));
}

#[test]
fn an_answer_that_does_not_say_what_was_made_is_as_good_as_none() {
    let bench = Bench::migration(&[(0, Fault::Mumble)]);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    insta::assert_snapshot!(about(&bench, "link-group"), @"
    > link-group: create-security-group
    > link-group lost: the answer does not say what was made
    > link-group succeeded: security-group sg-1
    link-group verified
    ");
}

#[test]
fn a_lost_change_that_cannot_be_looked_for_stops_without_making_it_again() {
    let bench = Bench::migration(&[(4, Fault::LoseAfter)]);
    // Reads before it: two preconditions.
    bench
        .world
        .read_faults
        .borrow_mut()
        .insert(2, GapClass::Denied);
    let outcome = bench.run().unwrap();
    insta::assert_snapshot!(stop(&outcome).1, @"it could not be read whether a vpc-link of this step exists: no answer");
    assert_eq!(bench.resume(), Outcome::Completed);
    assert_eq!(bench.world.calls(), 12);
}

#[test]
fn every_lost_answer_leads_to_the_same_account() {
    let usual = Bench::migration(&[]);
    usual.run().unwrap();
    for call in 0..12 {
        for fault in [Fault::LoseAfter, Fault::LoseBefore] {
            let bench = Bench::migration(&[(call, fault)]);
            assert_eq!(
                bench.run().unwrap(),
                Outcome::Completed,
                "call {call}, {fault:?}"
            );
            bench.assert_no_harm();
            assert_eq!(
                bench.world.ours(),
                usual.world.ours(),
                "call {call}, {fault:?}"
            );
        }
    }
}
