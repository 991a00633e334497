//! What others do to an API while a run goes on: during a watch, and between two steps.

use std::cell::Cell;

use unbridge_executor::{Outcome, Ports, StopReason, forward};
use unbridge_model::gap::GapClass;
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::Gate;
use unbridge_model::port::{Approval, Approver, Judgement, Meter};
use unbridge_model::text::Text;

use crate::plans::shares;
use crate::runs::{Bench, context, ports, stop, stop_reason};
use crate::world::{Fault, World};

fn bench() -> Bench {
    Bench::new(shares(), World::new())
}

fn run(bench: &Bench, ports: &Ports<'_>) -> Outcome {
    let mut journal = bench.begin().unwrap();
    let ended = forward(&bench.plan, &mut journal, &context(), ports, &bench.limits);
    ended.unwrap()
}

/// Does something to the account just before a step.
struct Before<'w, F: Fn(&World)> {
    world: &'w World,
    step: &'static str,
    does: F,
    /// Changes that the run had made by then.
    calls: Cell<usize>,
}

impl<F: Fn(&World)> Approver for Before<'_, F> {
    fn approve(&self, step: &Step) -> Approval {
        if step.id.as_str() == self.step {
            (self.does)(self.world);
            self.calls.set(self.world.calls());
        }
        Approval::Given
    }
}

/// The stop that something brings about just before a step, with no change after it.
fn stopped_before_by(step: &'static str, does: impl Fn(&World)) -> (Bench, String) {
    let bench = bench();
    let before = Before {
        world: &bench.world,
        step,
        does,
        calls: Cell::default(),
    };
    let outcome = run(
        &bench,
        &Ports {
            approver: &before,
            ..ports(&bench.world)
        },
    );
    let (at, why) = stop(&outcome);
    assert_eq!(at, step);
    assert_eq!(before.calls.get(), bench.world.calls(), "{why}");
    (bench, why)
}

fn stopped_before(step: &'static str, does: Fault) -> (Bench, String) {
    stopped_before_by(step, |world| world.edit(does))
}

/// Does something after a look of the meter, counted from 1, and answers as it is told.
struct After<'w, F: Fn(&World, usize)> {
    world: &'w World,
    does: F,
    looks: Cell<usize>,
    says: fn(&Gate, usize) -> Judgement,
}

impl<F: Fn(&World, usize)> Meter for After<'_, F> {
    fn judge(&self, gate: &Gate) -> Judgement {
        self.looks.set(self.looks.get() + 1);
        (self.does)(self.world, self.looks.get());
        (self.says)(gate, self.looks.get())
    }
}

fn passes(_: &Gate, _: usize) -> Judgement {
    Judgement::Pass
}

/// A run in which something is done after a look: how it ends, and at which look.
fn watched(
    bench: &Bench,
    says: fn(&Gate, usize) -> Judgement,
    does: impl Fn(&World, usize),
) -> (Outcome, usize) {
    let after = After {
        world: &bench.world,
        does,
        looks: Cell::default(),
        says,
    };
    let outcome = run(
        bench,
        &Ports {
            meter: &after,
            ..ports(&bench.world)
        },
    );
    (outcome, after.looks.get())
}

/// A share is watched for 150 s, a slice of which is a minute.
const LOOKS: usize = 3;

#[test]
fn with_nobody_else_about_a_plan_of_two_shares_is_carried_out() {
    let bench = bench();
    let (outcome, looks) = watched(&bench, passes, |_, _| {});
    assert_eq!(outcome, Outcome::Completed);
    // Both shares, and the time in which requests end.
    assert_eq!(looks, 3 * LOOKS);
    bench.assert_no_harm();
}

#[test]
fn a_rule_that_is_taken_away_during_a_watch_fails_it_at_the_next_look_h33() {
    let bench = bench();
    let (outcome, looks) = watched(&bench, passes, |world, look| {
        if look == 1 {
            world.edit(Fault::RuleTaken);
        }
    });
    assert_eq!(looks, 1, "nothing is measured any more");
    let why = stop_reason(outcome);
    // It is a failure as those that are measured: whoever wants it has it taken back at once.
    assert!(matches!(why, StopReason::Gate(Judgement::Fail { .. })));
    insta::assert_snapshot!(why.to_string(), @"it failed: it is no longer so that ALB shop lets VPC link link2 in on TCP 8080; found: the group has no such rule");
    assert_ne!(bench.world.account.borrow().stages["prod"].canary, None);
    assert!(matches!(bench.roll_back(), Outcome::RolledBack { .. }));
    assert_eq!(bench.world.account.borrow().stages["prod"].canary, None);
}

#[test]
fn a_rule_that_is_taken_away_while_requests_end_fails_it_too_h33() {
    let bench = bench();
    let (outcome, _) = watched(&bench, passes, |world, look| {
        if look == 2 * LOOKS + 1 {
            world.edit(Fault::RuleTaken);
        }
    });
    let (step, why) = stop(&outcome);
    assert_eq!(step, "promote");
    assert!(why.contains("the group has no such rule"), "{why}");
    assert!(matches!(bench.roll_back(), Outcome::RolledBack { .. }));
}

#[test]
fn requests_that_fail_while_others_end_fail_the_promotion_h30() {
    let fails = |gate: &Gate, _: usize| match gate {
        Gate::Drain { .. } => Judgement::Fail {
            why: Text::new("no target of target group orders is healthy any more"),
        },
        _ => Judgement::Pass,
    };
    let bench = bench();
    let (outcome, _) = watched(&bench, fails, |_, _| {});
    let (step, why) = stop(&outcome);
    assert_eq!(step, "promote");
    assert!(why.contains("is healthy any more"), "{why}");
}

#[test]
fn the_time_in_which_requests_end_needs_no_pass() {
    let unclear = |gate: &Gate, look: usize| match (gate, look % 2) {
        (Gate::Drain { .. }, 0) => Judgement::Inconclusive {
            why: Text::new("12 requests"),
        },
        (Gate::Drain { .. }, _) => Judgement::Error {
            why: Text::new("no metrics"),
        },
        _ => Judgement::Pass,
    };
    let (outcome, _) = watched(&bench(), unclear, |_, _| {});
    assert_eq!(outcome, Outcome::Completed);
}

#[test]
fn what_cannot_be_told_amid_a_watch_may_be_told_at_its_end() {
    let bench = bench();
    let (outcome, _) = watched(&bench, passes, |world, look| world.blind.set(look == 1));
    assert_eq!(outcome, Outcome::Completed);

    let bench = self::bench();
    let (outcome, looks) = watched(&bench, passes, |world, look| {
        world.blind.set(look >= LOOKS - 1);
    });
    assert_eq!(looks, LOOKS - 1);
    assert!(matches!(stop_reason(outcome), StopReason::Unknown { .. }));
}

#[test]
fn a_state_that_may_not_be_read_amid_a_watch_does_not_end_it() {
    let bench = bench();
    let (outcome, _) = watched(&bench, passes, |world, look| {
        if look == 1 {
            world.next_read_fails(GapClass::Denied);
        }
    });
    assert_eq!(outcome, Outcome::Completed);
}

#[test]
fn a_canary_release_that_somebody_else_ends_stops_the_watch_h35() {
    let bench = bench();
    let (outcome, _) = watched(&bench, passes, |world, look| {
        if look == 1 {
            world.edit(Fault::CanaryRemoved);
        }
    });
    let why = stop_reason(outcome);
    assert!(matches!(why, StopReason::Changed { .. }), "{why}");
    insta::assert_snapshot!(why.to_string(), @"it is no longer so that stage prod of API api1 has a canary on deployment dep3 with 10 %; somebody else changed that; found: None");
}

#[test]
fn a_foreign_deployment_during_a_watch_stops_it_h35() {
    let bench = bench();
    let (outcome, looks) = watched(&bench, passes, |world, look| {
        if look == 1 {
            world.edit(Fault::ForeignOwn);
        }
    });
    assert_eq!(looks, 1);
    insta::assert_snapshot!(stop(&outcome).1, @r#"it is no longer so that stage prod of API api1 runs deployment old111, its canary release aside; somebody else changed that; found: Some(Stage { deployment: "foreign4", canary: Some(("dep3", 10)) })"#);
    // What somebody else runs there stays; our canary release goes.
    let own = bench.world.account.borrow().stages["prod"]
        .deployment
        .clone();
    bench.roll_back();
    let stage = bench.world.account.borrow().stages["prod"].clone();
    assert_eq!((stage.deployment, stage.canary), (own, None));
}

#[test]
fn a_foreign_deployment_between_two_shares_stops_before_the_next_change_h35() {
    for step in ["canary-50", "canary-end"] {
        let (_, why) = stopped_before(step, Fault::ForeignOwn);
        assert!(why.contains("somebody else changed that"), "{why}");
        assert!(why.contains("runs deployment old111"), "{why}");
    }
    let (_, why) = stopped_before("promote", Fault::ForeignDeployment);
    assert!(why.contains("runs deployment old111"), "{why}");
}

#[test]
fn an_edit_of_the_draft_stops_before_every_deployment_share_and_promotion_h25() {
    for step in ["freeze", "canary", "canary-50", "canary-end", "promote"] {
        let (bench, why) = stopped_before(step, Fault::ForeignDraft);
        assert!(why.contains("somebody else changed that"), "{why}");
        assert!(why.contains("http://else.example.com/"), "{why}");
        // Once the draft is as it was, the run goes on.
        bench.world.account.borrow_mut().draft.uri =
            "http://alb.example.com:8080/orders".to_owned();
        assert_eq!(bench.resume(), Outcome::Completed, "{step}");
    }
}

#[test]
fn a_process_that_takes_the_run_up_sees_what_was_changed_meanwhile_h35() {
    let (bench, first) = stopped_before("canary-50", Fault::ForeignOwn);
    let (step, why) = stop(&bench.resume());
    assert_eq!((step.as_str(), why), ("canary-50", first));
}

#[test]
fn what_may_not_be_read_of_the_draft_stops_before_the_change() {
    // The deployment has no condition of its own: the draft is the first that is read.
    let (_, why) = stopped_before_by("freeze", |world| world.next_read_fails(GapClass::Denied));
    assert!(
        why.contains("the draft of API api1 holds what was set"),
        "{why}"
    );
}
