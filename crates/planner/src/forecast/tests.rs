//! How long plans take, and others wait.

use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::forecast::{Forecast, PhaseTime, RefusedDeployments};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Phase, Step, Undo};
use unbridge_model::quota::Pace;

use super::forecast;
use crate::ground::step;

const DEPLOY: &str = r#"{"kind": "create-deployment", "api": "rest1", "description": "d"}"#;
const PATCH: &str = r#"{"kind": "update-integration", "method": {"api": "rest1", "resource": "res1", "path": "/", "verb": "GET"}, "patch": {"connection_id": {"link": {"known": "v2link"}}}}"#;
const CANARY: &str = r#"{"kind": "set-canary", "api": "rest1", "stage": "prod", "deployment": {"known": "dep1"}, "percent": 10}"#;
const END: &str = r#"{"kind": "remove-canary", "api": "rest1", "stage": "prod"}"#;
const PROMOTE: &str = r#"{"kind": "set-deployment", "api": "rest1", "stage": "prod", "deployment": {"known": "dep1"}}"#;
const LINK: &str = r#"{"kind": "create-vpc-link", "name": "n", "subnets": ["subnet-1"], "security_groups": [], "tags": {}}"#;
const ROUTE: &str = r#"{"kind": "update-route", "api": "http1", "route": "route1", "key": "GET /", "integration": {"known": "int2"}}"#;
const FREEZE: &str = r#"{"kind": "create-http-deployment", "api": "http1", "description": "d"}"#;

fn change(phase: Phase, operation: &str) -> Step {
    let operation: Operation = serde_json::from_str(operation).expect("an operation");
    let id = "step".parse().expect("a step id");
    step(id, phase, operation, Undo::Nothing)
}

fn seen(mut step: Step, conditions: &str) -> Step {
    step.verification = serde_json::from_str(conditions).expect("conditions");
    step
}

fn watched(mut step: Step, seconds: u32) -> Step {
    step.gate = Some(Gate::Drain { seconds });
    step
}

fn at_half(steps: &[Step]) -> Forecast {
    forecast(steps, Pace::HALF, Vec::new())
}

/// Calls, seconds of work, seconds of watching.
fn only_phase(forecast: &Forecast) -> (u32, u32, u32) {
    let [phase] = forecast.phases.as_slice() else {
        panic!("{forecast:?}");
    };
    (phase.calls, phase.work_seconds, phase.watch_seconds)
}

#[test]
fn a_link_takes_the_minutes_that_aws_takes_and_a_look_every_five_seconds() {
    let available = r#"[{"kind": "link-available", "link": {"known": "v2link"}}]"#;
    let link = seen(change(Phase::Prepare, LINK), available);
    let (calls, work, watch) = only_phase(&at_half(&[link]));
    // Each pause of five seconds comes after a look of a tenth of one.
    assert_eq!((calls, work, watch), (1 + 48 + 1, 245, 0));
}

#[test]
fn deployments_wait_for_their_own_quota() {
    let two = [change(Phase::Shift, DEPLOY), change(Phase::Shift, DEPLOY)];
    assert_eq!(only_phase(&at_half(&two)), (2, 11, 0));
    let full = forecast(&two, Pace::FULL, Vec::new());
    assert_eq!(only_phase(&full), (2, 6, 0));
}

#[test]
fn many_calls_go_at_the_pace_once_the_burst_is_spent() {
    let steps: Vec<Step> = (0..1000).map(|_| change(Phase::Rewire, PATCH)).collect();
    // 18 at once, five a second after.
    assert_eq!(only_phase(&at_half(&steps)), (1000, 197, 0));
}

#[test]
fn what_has_to_hold_is_read_before_and_after_a_change() {
    let is = r#"[{"kind": "integration-is", "method": {"api": "rest1", "resource": "res1", "path": "/", "verb": "GET"}, "patch": {"connection_id": {"link": {"known": "v2link"}}}}]"#;
    let alike = r#"[{"kind": "stages-alike", "api": "rest1", "stage": "proof", "like": "prod"}]"#;
    let mut one = seen(change(Phase::Rewire, PATCH), alike);
    one.preconditions = serde_json::from_str::<Vec<Condition>>(is).expect("conditions");
    // Two stages are two exports.
    assert_eq!(only_phase(&at_half(&[one])).0, 1 + 1 + 2);
}

#[test]
fn watching_is_told_apart_from_work_and_phases_come_in_order() {
    let steps = [
        watched(change(Phase::Shift, CANARY), 300),
        change(Phase::Baseline, DEPLOY),
        watched(change(Phase::Shift, PROMOTE), 149),
    ];
    let forecast = at_half(&steps);
    let phase = |phase, calls, watch_seconds| PhaseTime {
        phase,
        calls,
        work_seconds: 1,
        watch_seconds,
    };
    assert_eq!(
        forecast.phases,
        [phase(Phase::Baseline, 1, 0), phase(Phase::Shift, 2, 449)]
    );
    assert_eq!(forecast.seconds(), 451);
}

#[test]
fn others_wait_from_the_first_rewire_to_the_end_and_a_stage_while_it_has_a_canary() {
    let steps = [
        // Nobody waits for this.
        watched(change(Phase::Baseline, DEPLOY), 1000),
        change(Phase::Rewire, PATCH),
        watched(change(Phase::Shift, CANARY), 300),
        change(Phase::Shift, END),
        watched(change(Phase::Shift, PROMOTE), 149),
        // Nor for what is done to others.
        watched(change(Phase::Shift, LINK), 1000),
    ];
    let refused = |stage: Option<&str>, seconds| RefusedDeployments {
        api: "rest1".into(),
        stage: stage.map(|stage| stage.parse().expect("a stage")),
        seconds,
    };
    assert_eq!(
        at_half(&steps).refused_deployments,
        [refused(None, 450), refused(Some("prod"), 301)]
    );
}

#[test]
fn an_http_api_that_is_live_at_once_keeps_nobody_waiting() {
    let live = [change(Phase::Shift, ROUTE)];
    assert_eq!(at_half(&live).refused_deployments, []);
    let frozen = [change(Phase::Shift, ROUTE), change(Phase::Shift, FREEZE)];
    let [refused] = at_half(&frozen)
        .refused_deployments
        .try_into()
        .expect("one");
    assert_eq!((refused.api.as_str(), refused.stage), ("http1", None));
}

#[test]
fn a_large_plan_takes_as_long_as_its_calls() {
    let steps: Vec<Step> = (0..200_000).map(|_| change(Phase::Rewire, PATCH)).collect();
    assert_eq!(only_phase(&at_half(&steps)), (200_000, 39_997, 0));
}
