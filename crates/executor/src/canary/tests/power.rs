//! Judgements over many simulated days.

use unbridge_model::port::Judgement;

use super::traffic::{Callers, Dice, Habit, first, seen, stage_of};
use crate::canary::{Minutes, Seen, Thresholds, judge};

const SHARE: f64 = 10.0;
/// What a harm to 20 % of the canary's requests comes to among all of a stage, at that share.
const HARM: f64 = 0.02;

fn judged(before: &Minutes, now: Minutes) -> Judgement {
    let seen = seen(SHARE, vec![stage_of(before.clone(), now)]);
    judge(&seen, &Thresholds::default()).judgement
}

fn callers() -> impl Iterator<Item = Callers> {
    let rates = [20.0, 300.0, 3_000.0, 30_000.0];
    let shares = [0.0, 0.001, 0.01, 0.05, 0.3];
    let habits = [
        Habit::Steady,
        Habit::Restless(0.3),
        Habit::Moody(0.15),
        Habit::Bursts(20, 5.0),
        Habit::Bursts(60, 20.0),
    ];
    rates.into_iter().flat_map(move |a_minute| {
        shares.into_iter().flat_map(move |share| {
            habits.into_iter().map(move |habit| Callers {
                a_minute,
                share,
                habit,
            })
        })
    })
}

#[test]
fn a_stage_that_stays_as_it_was_is_failed_on_no_day() {
    for callers in callers() {
        for seed in 0..40 {
            let mut dice = Dice::of_seed(seed);
            let before = callers.minutes(&mut dice, 60, 0.0);
            let now = callers.minutes(&mut dice, 15, 0.0);
            // A bake looks again each minute.
            for minutes in 1..=15 {
                let judgement = judged(&before, first(&now, minutes));
                assert!(
                    !matches!(judgement, Judgement::Fail { .. }),
                    "{callers:?}, seed {seed}, minute {minutes}: {judgement:?}"
                );
            }
        }
    }
}

#[test]
fn a_harm_to_as_many_requests_as_the_threshold_says_passes_on_no_day() {
    for callers in callers() {
        for seed in 0..100 {
            let mut dice = Dice::of_seed(seed);
            let before = callers.minutes(&mut dice, 60, 0.0);
            let now = callers.minutes(&mut dice, 15, HARM);
            assert_ne!(
                judged(&before, now),
                Judgement::Pass,
                "{callers:?}, seed {seed}"
            );
        }
    }
}

#[test]
fn where_a_stage_passes_a_harmed_one_fails_in_999_of_1000_cases() {
    // Traffic that is just enough, or little more.
    for (a_minute, share) in [(100.0, 0.0), (330.0, 0.002), (520.0, 0.01), (1_600.0, 0.05)] {
        let callers = Callers {
            a_minute,
            share,
            habit: Habit::Steady,
        };
        let (mut could_tell, mut failed) = (0, 0);
        for seed in 0..2_000 {
            let mut dice = Dice::of_seed(seed);
            let before = callers.minutes(&mut dice, 60, 0.0);
            let unharmed = callers.minutes(&mut dice, 15, 0.0);
            if judged(&before, unharmed) != Judgement::Pass {
                continue;
            }
            could_tell += 1;
            let harmed = callers.minutes(&mut dice, 15, HARM);
            failed += usize::from(matches!(judged(&before, harmed), Judgement::Fail { .. }));
        }
        assert!(could_tell >= 1_000, "{callers:?}: {could_tell}");
        assert!(
            (could_tell - failed) * 1_000 <= could_tell,
            "{callers:?}: {failed} of {could_tell}"
        );
    }
}

#[test]
fn a_backend_that_refuses_every_request_of_the_canary_is_failed_within_three_minutes() {
    let callers = Callers {
        a_minute: 600.0,
        share: 0.01,
        habit: Habit::Restless(0.2),
    };
    for seed in 0..200 {
        let mut dice = Dice::of_seed(seed);
        let before = callers.minutes(&mut dice, 60, 0.0);
        let now = callers.minutes(&mut dice, 3, 0.1);
        let failed = |minutes| {
            let judgement = judged(&before, first(&now, minutes));
            matches!(judgement, Judgement::Fail { .. })
        };
        assert!(failed(2) || failed(3), "seed {seed}");
    }
}

/// A stage of which every minute is as the others.
fn regular(a_minute: f64, share: f64, minutes: usize) -> Minutes {
    use unbridge_model::usage::Measure;
    let values = [
        (Measure::Count, a_minute),
        (Measure::Count4xx, a_minute * share),
        (Measure::Count5xx, 0.0),
    ];
    let series = values.map(|(measure, value)| (measure, vec![Some(value); minutes]));
    series.into_iter().collect()
}

/// What lets through as much as settings can.
fn most_lenient() -> Thresholds {
    Thresholds {
        harm_percent: 100.0,
        floor_percent: 0.001,
        beyond_noise: 0.001,
        base_minutes: 1,
        least_minutes: 1,
        ..Thresholds::default()
    }
}

/// A regular stage without errors: so many requests in one minute of a watch.
fn of_requests(requests: f64, percent: f64) -> Seen {
    let before = regular(1e6, 0.0, 60);
    seen(percent, vec![stage_of(before, regular(requests, 0.0, 1))])
}

/// Requests of which with a chance of less than one in a thousand none went the new way.
fn to_be_met(percent: f64) -> f64 {
    let old_way = 1.0 - percent / 100.0;
    let mut requests = 1;
    while f64::powi(old_way, requests) >= 1e-3 {
        requests += 1;
    }
    f64::from(requests)
}

#[test]
fn a_watch_whose_requests_may_all_have_missed_the_canary_never_passes_h29() {
    let page = include_str!("../../../../../docs/canary.md");
    let needed = [5.0, 10.0, 50.0].map(to_be_met);
    let [at_5, at_10, at_50] = needed;
    let told = format!("{at_5} requests at 5 %, {at_10} at 10 %, {at_50} at 50 %");
    assert!(page.contains(&told), "{told}");
    for percent in (1..=100).map(f64::from) {
        let needed = to_be_met(percent);
        for requests in [1.0, needed / 2.0, needed - 1.0] {
            for thresholds in [most_lenient(), Thresholds::default()] {
                let judged = judge(&of_requests(requests.floor(), percent), &thresholds);
                let may_pass = requests.floor() >= needed;
                assert!(
                    may_pass || matches!(judged.judgement, Judgement::Inconclusive { .. }),
                    "{requests} at {percent} %: {judged:?}"
                );
            }
        }
    }
}

#[test]
fn how_many_requests_it_takes_to_have_met_the_canary_is_said_h29() {
    // At a large share other reasons to wait are gone before this one.
    let judged = |requests| judge(&of_requests(requests, 60.0), &most_lenient()).judgement;
    assert_eq!(
        judged(7.0),
        Judgement::Inconclusive {
            why:
                "7 requests to stage prod of orders-api, of which 60 % should go the new way: the \
                  chance that none did is 0.2 %; it takes 8 requests"
                    .into()
        }
    );
    assert_eq!(judged(8.0), Judgement::Pass);
    assert_eq!(
        judge(&of_requests(1.0, 100.0), &most_lenient()).judgement,
        Judgement::Pass
    );
}

/// Requests that a regular stage needs to pass.
fn needed(share_percent: f64, share: f64) -> f64 {
    let passes = |requests: f64| {
        let now = regular(requests / 5.0, share, 5);
        let before = regular(requests / 5.0, share, 60);
        let seen = seen(share_percent, vec![stage_of(before, now)]);
        judge(&seen, &Thresholds::default()).judgement == Judgement::Pass
    };
    let mut requests = 10.0;
    while !passes(requests) {
        requests *= 1.01;
    }
    requests
}

#[test]
fn the_page_says_how_many_requests_it_takes() {
    let page = include_str!("../../../../../docs/canary.md");
    for share in [0.0, 0.001, 0.01, 0.05, 0.2] {
        let cells = [5.0, 10.0, 25.0, 50.0, 100.0].map(|percent| {
            // To two digits.
            let needed = needed(percent, share);
            let scale = 10_f64.powi(needed.log10().floor() as i32 - 1);
            format!(" {} |", (needed / scale).round() * scale)
        });
        let row = format!("| {} % |{}", share * 100.0, cells.concat());
        assert!(page.contains(&row), "{row}");
    }
}
