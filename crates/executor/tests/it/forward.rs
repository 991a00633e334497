//! The way forward: what is checked, awaited, tried again, and where it stops.

use std::time::Duration;

use unbridge_executor::{Outcome, StopReason};
use unbridge_model::gap::GapClass;
use unbridge_model::port::Judgement;
use unbridge_model::text::Text;

use crate::runs::{Bench, stop, stop_reason};
use crate::world::{Fault, OLD};

#[test]
fn a_plan_is_carried_out_step_by_step() {
    let bench = Bench::migration(&[]);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    bench.assert_no_harm();
    assert_eq!(*bench.world.lock.borrow(), None, "the lock is given back");
    insta::assert_snapshot!(bench.transcript(), @"
    > link-group: create-security-group
    > link-group succeeded: security-group sg-1
    link-group verified
    > link-closed: revoke-default-egress
    > link-closed succeeded
    link-closed verified
    > link-egress: authorize-rule
    > link-egress succeeded
    link-egress verified
    > alb-ingress: authorize-rule
    > alb-ingress succeeded
    alb-ingress verified
    > link: create-vpc-link
    > link succeeded: vpc-link link2
    link verified
    > rewire: update-integration
    > rewire succeeded
    rewire verified
    > freeze: create-deployment
    > freeze succeeded: deployment dep3
    freeze verified
    > trial: create-stage
    > trial succeeded
    trial verified
    trial passed
    > canary: set-canary
    > canary succeeded
    canary verified
    canary passed
    > canary-end: remove-canary
    > canary-end succeeded
    canary-end verified
    > promote: set-deployment
    > promote succeeded
    promote verified
    promote passed
    > trial-gone: delete-stage
    > trial-gone succeeded
    trial-gone verified
    ended: completed
    ");
}

#[test]
fn each_effect_comes_after_its_announcement() {
    // A journal that fails at its n-th line stops the run before what that line announces.
    let whole = Bench::migration(&[]);
    whole.run().unwrap();
    for line in 1..whole.lines() {
        let mut bench = Bench::migration(&[]);
        bench.fail_at(line);
        bench.run().unwrap_err();
        let text = bench.store.text.borrow();
        let announced = text
            .lines()
            .take(line)
            .filter(|line| line.contains("\"started\""));
        assert_eq!(announced.count(), bench.world.calls(), "line {line}");
    }
}

#[test]
fn what_is_throttled_is_tried_again_after_growing_pauses() {
    let bench = Bench::migration(&[(1, Fault::Throttle), (2, Fault::Throttle)]);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    let transcript = bench.transcript();
    let attempts: Vec<&str> = transcript
        .lines()
        .filter(|line| line.contains("link-closed"))
        .collect();
    insta::assert_snapshot!(attempts.join("\n"), @"
    > link-closed: revoke-default-egress
    > link-closed not made: Too Many Requests
    > link-closed: revoke-default-egress
    > link-closed not made: Too Many Requests
    > link-closed: revoke-default-egress
    > link-closed succeeded
    link-closed verified
    ");
}

#[test]
fn what_is_throttled_for_too_long_stops_and_can_be_taken_up() {
    let throttled: Vec<_> = (1..100).map(|call| (call, Fault::Throttle)).collect();
    let bench = Bench::migration(&throttled);
    let outcome = bench.run().unwrap();
    let (step, why) = stop(&outcome);
    assert_eq!(step, "link-closed");
    assert!(
        why.contains("Too Many Requests; take the run up later"),
        "{why}"
    );
    assert!(bench.world.elapsed() >= bench.limits.throttled_for);
    bench.world.faults.borrow_mut().clear();
    assert_eq!(bench.resume(), Outcome::Completed);
}

#[test]
fn what_aws_does_not_take_yet_is_tried_again() {
    let bench = Bench::migration(&[(6, Fault::NotYet), (7, Fault::NotYet)]);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
}

#[test]
fn what_aws_refuses_stops_before_anything_else_is_done() {
    let bench = Bench::migration(&[(3, Fault::Refuse)]);
    let outcome = bench.run().unwrap();
    insta::assert_snapshot!(stop(&outcome).1, @"AWS refused it (refused): it is not valid");
    assert_eq!(bench.world.calls(), 4);
    insta::assert_snapshot!(bench.transcript(), @"
    > link-group: create-security-group
    > link-group succeeded: security-group sg-1
    link-group verified
    > link-closed: revoke-default-egress
    > link-closed succeeded
    link-closed verified
    > link-egress: authorize-rule
    > link-egress succeeded
    link-egress verified
    > alb-ingress: authorize-rule
    > alb-ingress not made: it is not valid
    alb-ingress stopped: AWS refused it (refused): it is not valid
    ");
}

#[test]
fn expired_credentials_say_how_to_go_on() {
    let bench = Bench::migration(&[(5, Fault::Expire)]);
    let outcome = bench.run().unwrap();
    insta::assert_snapshot!(stop(&outcome).1, @"AWS refused it (credentials): token expired; sign in again, then take the run up");
    assert_eq!(bench.resume(), Outcome::Completed);
}

#[test]
fn a_denied_change_stops_and_can_be_taken_up_once_it_is_allowed() {
    let bench = Bench::migration(&[(0, Fault::Deny)]);
    let outcome = bench.run().unwrap();
    assert!(stop(&outcome).1.contains("not authorized; allow it"));
    assert_eq!(bench.resume(), Outcome::Completed);
}

#[test]
fn a_precondition_that_does_not_hold_stops_before_any_effect() {
    let bench = Bench::migration(&[]);
    bench.world.account.borrow_mut().draft.uri = "http://else.example.com/".to_owned();
    let outcome = bench.run().unwrap();
    assert_eq!(bench.world.calls(), 5, "the rewire was not tried");
    insta::assert_snapshot!(stop(&outcome).1, @"before this step it has to hold that the draft's integration of GET /orders of API api1 goes over VPC link v1link to http://nlb.example.com/orders; found: v1link http://else.example.com/");
}

#[test]
fn a_state_that_cannot_be_read_for_a_while_is_read_again() {
    let bench = Bench::migration(&[]);
    let faults = [(0, GapClass::Throttled), (1, GapClass::Unreachable)];
    bench.world.read_faults.borrow_mut().extend(faults);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
}

#[test]
fn a_state_that_may_not_be_read_stops() {
    let bench = Bench::migration(&[]);
    bench
        .world
        .read_faults
        .borrow_mut()
        .insert(0, GapClass::Denied);
    let outcome = bench.run().unwrap();
    insta::assert_snapshot!(stop(&outcome).1, @"it could not be read whether security group sg-1 does not have a rule that lets TCP 8080 out to security group sg-alb: no answer");
    assert_eq!(bench.resume(), Outcome::Completed);
}

#[test]
fn a_link_that_never_comes_up_stops_after_the_time_the_plan_gives_it() {
    let bench = Bench::migration(&[]);
    bench.world.link_takes.set(Duration::from_secs(100_000));
    let outcome = bench.run().unwrap();
    insta::assert_snapshot!(stop(&outcome).1, @"after 600 s it is still not so that VPC link link2 is AVAILABLE; found: PENDING");
    assert_eq!(bench.world.elapsed().as_secs(), 600);
    insta::assert_snapshot!(bench.transcript(), @"
    > link-group: create-security-group
    > link-group succeeded: security-group sg-1
    link-group verified
    > link-closed: revoke-default-egress
    > link-closed succeeded
    link-closed verified
    > link-egress: authorize-rule
    > link-egress succeeded
    link-egress verified
    > alb-ingress: authorize-rule
    > alb-ingress succeeded
    alb-ingress verified
    > link: create-vpc-link
    > link succeeded: vpc-link link2
    link stopped: after 600 s it is still not so that VPC link link2 is AVAILABLE; found: PENDING
    ");
}

#[test]
fn a_proof_that_fails_stops_before_any_canary() {
    let bench = Bench::migration(&[]);
    let why = Text::new("GET /orders: 404 where prod answers 200");
    *bench.world.proof.borrow_mut() = Judgement::Fail { why };
    let outcome = bench.run().unwrap();
    insta::assert_snapshot!(stop(&outcome).1, @"it failed: GET /orders: 404 where prod answers 200");
    assert_eq!(bench.world.account.borrow().stages["prod"].canary, None);
}

#[test]
fn a_canary_that_fails_stops_at_the_first_look_that_shows_it() {
    let bench = Bench::migration(&[]);
    let why = Text::new("5XX rose from 0 to 8 %");
    let verdicts = [Judgement::Fail { why }, Judgement::Pass];
    bench.world.verdicts.borrow_mut().extend(verdicts);
    let outcome = bench.run().unwrap();
    let (step, why) = stop(&outcome);
    assert_eq!(
        (step.as_str(), why.as_str()),
        ("canary", "it failed: 5XX rose from 0 to 8 %")
    );
    // 90 s for the link, two slices of a minute.
    assert_eq!(bench.world.elapsed().as_secs(), 90 + 120);
}

#[test]
fn a_canary_of_which_too_little_was_seen_does_not_advance() {
    let unclear = || Judgement::Inconclusive {
        why: Text::new("12 requests"),
    };
    let bench = Bench::migration(&[]);
    bench
        .world
        .verdicts
        .borrow_mut()
        .extend([unclear(), unclear(), unclear()]);
    let outcome = bench.run().unwrap();
    assert_eq!(stop_reason(outcome), StopReason::Gate(unclear()));
    // It is watched for the whole time again.
    let before = bench.world.elapsed();
    assert_eq!(bench.resume(), Outcome::Completed);
    assert_eq!((bench.world.elapsed() - before).as_secs(), 150 + 149);
}

#[test]
fn only_the_last_look_lets_a_canary_pass() {
    let unclear = Judgement::Inconclusive {
        why: Text::new("2 requests"),
    };
    let bench = Bench::migration(&[]);
    // The first look is the last of the list.
    let verdicts = [Judgement::Pass, Judgement::Pass, unclear];
    bench.world.verdicts.borrow_mut().extend(verdicts);
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
}

#[test]
fn a_canary_that_could_not_be_measured_does_not_advance() {
    let error = || Judgement::Error {
        why: Text::new("no metrics"),
    };
    let bench = Bench::migration(&[]);
    bench
        .world
        .verdicts
        .borrow_mut()
        .extend([error(), Judgement::Pass, Judgement::Pass]);
    let outcome = bench.run().unwrap();
    assert_eq!(stop_reason(outcome), StopReason::Gate(error()));
}

#[test]
fn an_interrupted_run_keeps_what_it_has_and_goes_on_from_there() {
    let whole = Bench::migration(&[]);
    whole.run().unwrap();
    for wait in 0.. {
        let bench = Bench::migration(&[]);
        bench.world.interrupt_at.set(Some(wait));
        let outcome = bench.run().unwrap();
        if outcome == Outcome::Completed {
            assert!(wait > 20, "there are more waits than {wait}");
            break;
        }
        let Outcome::Interrupted { .. } = outcome else {
            panic!("wait {wait}: {outcome:?}");
        };
        assert!(bench.world.lock.borrow().is_some(), "the lock is kept");
        bench.world.interrupt_at.set(None);
        assert_eq!(bench.resume(), Outcome::Completed);
        assert_eq!(bench.world.calls(), whole.world.calls(), "wait {wait}");
        bench.assert_no_harm();
    }
}

#[test]
fn a_run_that_is_over_does_nothing_more() {
    let bench = Bench::migration(&[]);
    bench.run().unwrap();
    let (lines, calls) = (bench.lines(), bench.world.calls());
    assert_eq!(bench.resume(), Outcome::Completed);
    assert_eq!((bench.lines(), bench.world.calls()), (lines, calls));
}

#[test]
fn somebody_elses_deployment_before_the_canary_stops_the_run() {
    let bench = Bench::migration(&[(7, Fault::ForeignDeployment)]);
    let outcome = bench.run().unwrap();
    let (step, why) = stop(&outcome);
    assert_eq!(step, "canary");
    assert!(
        why.contains(&format!("stage prod of API api1 runs deployment {OLD}")),
        "{why}"
    );
}

#[test]
fn a_precondition_that_cannot_be_told_stops_before_any_effect() {
    let bench = Bench::migration(&[]);
    bench.world.blind.set(true);
    let outcome = bench.run().unwrap();
    assert_eq!(bench.world.calls(), 2, "two steps have no preconditions");
    insta::assert_snapshot!(stop(&outcome).1, @"it cannot be told whether security group sg-1 does not have a rule that lets TCP 8080 out to security group sg-alb: no export");
}
