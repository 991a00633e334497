//! What each thing that is seen comes to, and in which words.

use unbridge_model::port::Judgement;
use unbridge_model::text::Text;
use unbridge_model::usage::Measure;

use super::traffic::{alb_of, seen, stage_of};
use crate::canary::{Health, Minutes, Place, Seen, Thresholds, judge};

fn minutes(count: usize, values: &[(Measure, f64)]) -> Minutes {
    let measures = [Measure::Count, Measure::Count4xx, Measure::Count5xx];
    let mut all: Minutes = measures.map(|measure| (measure, Vec::new())).into();
    for (measure, value) in values {
        all.insert(*measure, vec![Some(*value); count]);
    }
    all
}

const REQUESTS: f64 = 1000.0;

/// A stage with few errors before, and with these now.
fn stage(now: &[(Measure, f64)]) -> Place {
    let before = [(Measure::Count, REQUESTS), (Measure::Count4xx, 3.0)];
    let now: Vec<_> = [(Measure::Count, REQUESTS), (Measure::Count4xx, 3.0)]
        .into_iter()
        .chain(now.iter().copied())
        .collect();
    stage_of(minutes(60, &before), minutes(5, &now))
}

fn alb(now: &[(Measure, f64)]) -> Place {
    let before = [
        (Measure::RequestCount, 1200.0),
        (Measure::Target2xx, 1200.0),
    ];
    let now: Vec<_> = before.iter().chain(now).copied().collect();
    alb_of((60, &before), (5, &now))
}

fn came_to(seen: &Seen) -> Judgement {
    judge(seen, &Thresholds::default()).judgement
}

fn why(seen: &Seen) -> String {
    match came_to(seen) {
        Judgement::Pass => "pass".to_owned(),
        Judgement::Fail { why } => format!("fail: {why}"),
        Judgement::Inconclusive { why } => format!("inconclusive: {why}"),
        Judgement::Error { why } => format!("error: {why}"),
    }
}

#[test]
fn a_stage_and_its_alb_as_they_were_pass() {
    assert_eq!(
        came_to(&seen(10.0, vec![stage(&[]), alb(&[])])),
        Judgement::Pass
    );
}

#[test]
fn errors_that_stages_count_are_failed_with_what_they_mean_for_the_canary() {
    let not_found = seen(10.0, vec![stage(&[(Measure::Count4xx, 93.0)]), alb(&[])]);
    assert_eq!(
        why(&not_found),
        "fail: 4XXError of stage prod of orders-api rose from 0.3 % (180 of 60000) to 9.3 % (465 of \
         5000), as if 90 % of the canary's requests went wrong; that is 34.7 standard deviations \
         beyond what it varied by before"
    );
    let broken = seen(10.0, vec![stage(&[(Measure::Count5xx, 100.0)]), alb(&[])]);
    assert!(
        why(&broken).starts_with("fail: 5XXError of stage prod"),
        "{}",
        why(&broken)
    );
}

#[test]
fn what_no_stage_counts_is_failed_by_the_alb() {
    let cases = [
        (Measure::RedirectCount, "HTTP_Redirect_Count"),
        (Measure::Elb3xx, "HTTPCode_ELB_3XX_Count"),
        (Measure::Target3xx, "HTTPCode_Target_3XX_Count"),
        (Measure::FixedResponseCount, "HTTP_Fixed_Response_Count"),
        (Measure::RejectedConnectionCount, "RejectedConnectionCount"),
    ];
    for (measure, name) in cases {
        let seen = seen(10.0, vec![stage(&[]), alb(&[(measure, 100.0)])]);
        let why = why(&seen);
        assert!(
            why.starts_with(&format!("fail: {name} of ALB orders-alb")),
            "{why}"
        );
    }
}

#[test]
fn a_rise_that_no_canary_could_cause_is_failed_and_said_to_be_more() {
    let seen = seen(10.0, vec![stage(&[(Measure::Count5xx, 500.0)])]);
    let why = why(&seen);
    assert!(
        why.contains("more than the canary's requests alone could cause"),
        "{why}"
    );
}

#[test]
fn when_all_of_the_canarys_requests_go_wrong_that_is_not_said_to_be_more() {
    let seen = seen(10.0, vec![stage(&[(Measure::Count4xx, 106.0)])]);
    let why = why(&seen);
    assert!(
        why.contains("as if 100 % of the canary's requests went wrong"),
        "{why}"
    );
}

#[test]
fn a_rise_below_the_floor_is_no_fail_however_regular_the_stage() {
    let risen = |by: f64| {
        let (before, now) = (1e6, 1e6);
        let before = [(Measure::Count, before), (Measure::Count4xx, 1e4)];
        let now = [(Measure::Count, now), (Measure::Count4xx, 1e4 + by * 1e6)];
        seen(10.0, vec![stage_of(minutes(60, &before), minutes(5, &now))])
    };
    assert_eq!(came_to(&risen(0.0049)), Judgement::Pass);
    assert!(why(&risen(0.0051)).starts_with("fail"));
}

#[test]
fn a_small_canary_has_a_small_floor() {
    let mut all = seen(1.0, vec![stage(&[(Measure::Count4xx, 5.0)])]);
    assert!(why(&all).starts_with("inconclusive"), "{}", why(&all));
    let scale = |minutes: &mut Minutes| {
        minutes
            .values_mut()
            .flatten()
            .flatten()
            .for_each(|value| *value *= 1000.0);
    };
    scale(&mut all.places[0].before);
    scale(&mut all.places[0].now);
    // 0.2 % of the requests, but a fifth of the canary's.
    assert!(why(&all).starts_with("fail"), "{}", why(&all));
}

#[test]
fn a_group_that_loses_its_last_healthy_target_is_failed() {
    let with = |before, now| {
        let mut seen = seen(10.0, vec![stage(&[]), alb(&[])]);
        seen.health.push(Health {
            group: Text::new("target group orders"),
            before,
            now,
        });
        why(&seen)
    };
    assert_eq!(
        with(Some(2), Some(0)),
        "fail: no target of target group orders is healthy any more; before, 2 were"
    );
    assert_eq!(with(Some(2), Some(1)), "pass");
    assert_eq!(with(Some(0), Some(0)), "pass");
    for unknown in [with(Some(1), None), with(None, None)] {
        assert_eq!(
            unknown,
            "inconclusive: whether target group orders has healthy targets could not be read"
        );
    }
    assert_eq!(
        with(None, Some(0)),
        "inconclusive: no target of target group orders is healthy, and whether one was before \
         requests moved is not known: they may be failing. When one is healthy again the run can go \
         on"
    );
    assert_eq!(with(None, Some(1)), "pass");
}

#[test]
fn namesakes_leave_a_stage_undecided_but_not_its_alb() {
    let mut all = seen(10.0, vec![stage(&[(Measure::Count4xx, 93.0)]), alb(&[])]);
    all.namesakes.push(Text::new("abc123"));
    assert_eq!(
        why(&all),
        "inconclusive: CloudWatch counts by name, and abc123 goes by the same one: whose requests \
         these are cannot be told. Rename one of them, or look at its access log and go on \
         yourself"
    );
    all.places[1] = alb(&[(Measure::Elb3xx, 100.0)]);
    assert!(why(&all).starts_with("fail: HTTPCode_ELB_3XX_Count"));
}

#[test]
fn too_few_requests_are_said_with_how_long_it_takes() {
    let before = [(Measure::Count, 60.0)];
    let seen = seen(
        10.0,
        vec![stage_of(minutes(60, &before), minutes(3, &before))],
    );
    assert_eq!(
        why(&seen),
        "inconclusive: 180 requests in 3 minutes, of which 10 % (18) went the new way: if 20 % of \
         those went wrong, 4XXError of stage prod of orders-api might not show it; it takes about \
         26 minutes at this rate, or a larger share"
    );
}

#[test]
fn where_no_number_of_requests_helps_that_is_said() {
    let mut restless = [(Measure::Count, 1000.0), (Measure::Count4xx, 0.0)].into_iter();
    let before = minutes(60, restless.by_ref().as_slice());
    let mut place = stage_of(before.clone(), minutes(5, &[(Measure::Count, 1000.0)]));
    let moods = (0..60).map(|minute| Some(if minute % 2 == 0 { 400.0 } else { 0.0 }));
    place.before.insert(Measure::Count4xx, moods.collect());
    let why = why(&seen(10.0, vec![place]));
    assert!(why.contains("more requests do not help"), "{why}");
}

#[test]
fn silence_is_an_error_before_and_now_and_undecided_on_one_side() {
    let quiet = || minutes(0, &[]);
    let busy = |count| minutes(count, &[(Measure::Count, REQUESTS)]);
    let of = |before, now| why(&seen(10.0, vec![stage_of(before, now)]));
    assert!(of(quiet(), quiet()).starts_with("error: CloudWatch shows no request to stage prod"));
    assert!(of(busy(60), quiet()).starts_with("inconclusive: CloudWatch shows no request to"));
    assert_eq!(
        of(quiet(), busy(5)),
        "inconclusive: stage prod of orders-api had requests in 0 minutes before the run; 10 are \
         needed to tell what is usual there"
    );
    assert!(of(busy(9), busy(5)).contains("in 9 minutes"));
    assert_eq!(of(busy(10), busy(5)), "pass");
}

#[test]
fn a_measure_that_was_not_read_is_an_error() {
    for place in [stage(&[]), alb(&[])] {
        for measure in place.now.keys() {
            let mut unread = seen(10.0, vec![stage(&[]), alb(&[])]);
            let changed = unread.places.iter_mut().find(|one| one.of == place.of);
            changed.expect("the place").now.remove(measure);
            let why = why(&unread);
            assert!(
                why.starts_with("error: ") && why.ends_with("was not read"),
                "{why}"
            );
        }
    }
}

#[test]
fn without_a_stage_or_a_share_nothing_passes() {
    assert_eq!(
        why(&seen(10.0, vec![alb(&[])])),
        "error: no stage was measured"
    );
    for share in [0.0, -1.0, 101.0, f64::NAN] {
        let why = why(&seen(share, vec![stage(&[])]));
        assert!(why.starts_with("inconclusive: no share"), "{why}");
    }
}

#[test]
fn an_alb_that_shows_nothing_leaves_it_undecided() {
    let quiet = alb_of((60, &[(Measure::RequestCount, 10.0)]), (0, &[]));
    let why = why(&seen(10.0, vec![stage(&[]), quiet]));
    assert!(
        why.starts_with("inconclusive: CloudWatch shows no request to ALB"),
        "{why}"
    );
}

#[test]
fn a_minute_without_a_status_is_a_zero_only_where_something_else_was_counted() {
    // Every other minute of the canary's is missing altogether; the others have no 4XX.
    let mut place = stage(&[]);
    for measure in [Measure::Count, Measure::Count4xx] {
        let series = place.now.get_mut(&measure).expect("a series");
        series.iter_mut().step_by(2).for_each(|value| *value = None);
    }
    place.now.insert(Measure::Count4xx, Vec::new());
    let measured = judge(&seen(100.0, vec![place]), &Thresholds::default());
    assert_eq!((measured.minutes, measured.requests), (2, 2.0 * REQUESTS));
    let of_4xx = &measured.compared[0];
    assert_eq!((of_4xx.now.hits, of_4xx.now.of), (0.0, 2.0 * REQUESTS));
}

#[test]
fn latency_is_told_and_judged_only_on_request() {
    let latency = |p95| {
        [
            (Measure::IntegrationLatencyP50, 20.0),
            (Measure::IntegrationLatencyP95, p95),
        ]
    };
    let mut place = stage(&latency(160.0));
    for (measure, value) in latency(90.0) {
        place.before.insert(measure, vec![Some(value); 60]);
    }
    let all = seen(10.0, vec![place]);
    let measured = judge(&all, &Thresholds::default());
    assert_eq!(measured.judgement, Judgement::Pass);
    assert_eq!(
        measured.latency[0].to_string(),
        "integration latency of stage prod of orders-api: p50 20 ms before, 20 ms now; p95 90 ms \
         before, 160 ms now"
    );
    let judged_by = |most| {
        let thresholds = Thresholds {
            latency_p95_rise: Some(most),
            ..Thresholds::default()
        };
        judge(&all, &thresholds).judgement
    };
    assert_eq!(judged_by(70.0), Judgement::Pass);
    assert!(matches!(judged_by(69.0), Judgement::Fail { .. }));
}

/// A stage that answers as before, but for its latency: in so many minutes before, and then with these.
fn slower(base: usize, now: &[f64]) -> Seen {
    let mut place = stage(&[]);
    let p95 = Measure::IntegrationLatencyP95;
    place.before.insert(p95, vec![Some(90.0); base]);
    let now = now.iter().map(|value| Some(*value)).collect();
    place.now.insert(p95, now);
    seen(10.0, vec![place])
}

fn why_by_latency(seen: &Seen) -> String {
    let thresholds = Thresholds {
        latency_p95_rise: Some(100.0),
        ..Thresholds::default()
    };
    match judge(seen, &thresholds).judgement {
        Judgement::Pass => "pass".to_owned(),
        Judgement::Fail { why } => format!("fail: {why}"),
        Judgement::Inconclusive { why } => format!("inconclusive: {why}"),
        Judgement::Error { why } => format!("error: {why}"),
    }
}

#[test]
fn one_slow_minute_is_no_failure_and_two_are() {
    assert_eq!(
        why_by_latency(&slower(60, &[900.0])),
        "inconclusive: the integration latency of stage prod of orders-api is known of 60 minutes \
         before the run and of 1 since the share was set; 10 and 2 are needed to judge it"
    );
    assert_eq!(
        why_by_latency(&slower(60, &[900.0, 900.0])),
        "fail: the 95th percentile of the integration latency of stage prod of orders-api rose from \
         90 ms to 900 ms, by more than 100 ms"
    );
    assert_eq!(why_by_latency(&slower(60, &[90.0, 95.0])), "pass");
}

#[test]
fn latency_without_a_base_line_or_without_any_is_undecided_when_it_is_to_be_judged() {
    for (base, now) in [(9, &[900.0, 900.0][..]), (0, &[90.0, 90.0]), (60, &[])] {
        let why = why_by_latency(&slower(base, now));
        assert!(
            why.starts_with("inconclusive: the integration latency of stage prod"),
            "{why}"
        );
        assert_eq!(came_to(&slower(base, now)), Judgement::Pass);
    }
}

#[test]
fn latency_of_namesakes_fails_nothing_h30() {
    let mut all = slower(60, &[900.0, 900.0]);
    all.namesakes.push(Text::new("abc123"));
    let why = why_by_latency(&all);
    assert!(
        why.starts_with("inconclusive: CloudWatch counts by name"),
        "{why}"
    );
}

#[test]
fn a_fail_wins_over_what_is_missing() {
    let mut all = seen(10.0, vec![stage(&[(Measure::Count5xx, 100.0)]), alb(&[])]);
    all.places[1].now.clear();
    all.namesakes.clear();
    assert!(why(&all).starts_with("fail"));
}
