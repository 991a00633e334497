//! What holds for whatever is counted.

use proptest::prelude::*;
use unbridge_model::port::Judgement;
use unbridge_model::usage::Measure;

use super::traffic::{Callers, Dice, Habit, alb_of, seen, stage_of};
use crate::canary::{Minutes, Seen, Thresholds, judge};

fn callers() -> impl Strategy<Value = Callers> {
    let habit = prop_oneof![
        Just(Habit::Steady),
        (0.0..0.6).prop_map(Habit::Restless),
        (0.0..0.6).prop_map(Habit::Moody),
        (2_usize..60, 1.0..30.0).prop_map(|(every, by)| Habit::Bursts(every, by)),
    ];
    (1.0..5_000.0, prop_oneof![Just(0.0), 0.0..0.4], habit).prop_map(|(a_minute, share, habit)| {
        Callers {
            a_minute,
            share,
            habit,
        }
    })
}

/// A stage, maybe harmed.
fn stages() -> impl Strategy<Value = Seen> {
    let harm = prop_oneof![Just(0.0), 0.0..0.5];
    (
        callers(),
        any::<u64>(),
        1_usize..90,
        1_usize..20,
        harm,
        1.0..100.0,
    )
        .prop_map(|(callers, seed, before, now, harm, share)| {
            let mut dice = Dice::of_seed(seed);
            let before = callers.minutes(&mut dice, before, 0.0);
            let now = callers.minutes(&mut dice, now, harm);
            seen(share, vec![stage_of(before, now)])
        })
}

fn came_to(seen: &Seen) -> Judgement {
    judge(seen, &Thresholds::default()).judgement
}

fn has_failed(judgement: &Judgement) -> bool {
    matches!(judgement, Judgement::Fail { .. })
}

/// The same minutes in another order.
fn shuffled(minutes: &Minutes, dice: &mut Dice) -> Minutes {
    let length = minutes.values().map(Vec::len).max().unwrap_or_default();
    let mut order: Vec<(f64, usize)> = (0..length).map(|at| (dice.part(), at)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let placed = minutes.iter().map(|(measure, series)| {
        let taken = order
            .iter()
            .map(|(_, at)| series.get(*at).copied().flatten());
        (*measure, taken.collect())
    });
    placed.collect()
}

fn scaled(minutes: &mut Minutes, by: f64) {
    for value in minutes.values_mut().flatten().flatten() {
        *value *= by;
    }
}

proptest! {
    #[test]
    fn the_order_of_minutes_says_nothing(seen in stages(), seed: u64) {
        let mut dice = Dice::of_seed(seed);
        let mut other = seen.clone();
        for place in &mut other.places {
            place.before = shuffled(&place.before, &mut dice);
            place.now = shuffled(&place.now, &mut dice);
        }
        let (one, other) = (judge(&seen, &Thresholds::default()), judge(&other, &Thresholds::default()));
        prop_assert_eq!(one.judgement, other.judgement);
        prop_assert_eq!(one.requests, other.requests);
    }

    #[test]
    fn more_requests_to_a_failed_canary_leave_it_failed(seen in stages(), times in 1_u32..50) {
        if has_failed(&came_to(&seen)) {
            let mut more = seen;
            scaled(&mut more.places[0].now, f64::from(times));
            prop_assert!(has_failed(&came_to(&more)), "{:?}", came_to(&more));
        }
    }

    #[test]
    fn more_errors_never_turn_a_fail_into_anything_else(seen in stages(), part in 0.0..1.0) {
        if has_failed(&came_to(&seen)) {
            let mut worse = seen;
            let now = &mut worse.places[0].now;
            let counts = now[&Measure::Count].clone();
            let errors = now.get_mut(&Measure::Count4xx).expect("errors");
            for (count, errors) in counts.into_iter().zip(errors) {
                if let (Some(count), Some(errors)) = (count, errors.as_mut()) {
                    // The same part of what went well, so that minutes differ no more than they did.
                    *errors += part * (count - *errors);
                }
            }
            prop_assert!(has_failed(&came_to(&worse)), "{:?}", came_to(&worse));
        }
    }

    #[test]
    fn what_is_missing_never_makes_a_pass(seen in stages(), measure in 0_usize..3, what in 0_usize..5) {
        let measure = [Measure::Count, Measure::Count4xx, Measure::Count5xx][measure];
        let mut less = seen.clone();
        let place = &mut less.places[0];
        match what {
            0 => { place.now.remove(&measure); }
            1 => { place.before.remove(&measure); }
            2 => place.now.values_mut().for_each(Vec::clear),
            3 => place.before.values_mut().for_each(Vec::clear),
            _ => less.places.clear(),
        }
        prop_assert_ne!(came_to(&less), Judgement::Pass);
    }

    #[test]
    fn fewer_minutes_never_make_a_pass_of_an_unharmed_stage_that_was_undecided(
        a_minute in 1.0..2_000.0, share in 0.0..0.3, minutes in 2_usize..20, left in 1_usize..20,
    ) {
        let regular = |minutes| -> Minutes {
            let values = [(Measure::Count, a_minute), (Measure::Count4xx, a_minute * share), (Measure::Count5xx, 0.0)];
            values.map(|(measure, value)| (measure, vec![Some(value); minutes])).into()
        };
        let of = |now| came_to(&seen(10.0, vec![stage_of(regular(60), regular(now))]));
        if left < minutes && of(minutes) != Judgement::Pass {
            prop_assert_ne!(of(left), Judgement::Pass);
        }
    }

    #[test]
    fn a_busier_alb_never_hides_redirects_of_the_canary_in_a_pass(others in 0.0..1e6_f64, usual in 0.0..0.9) {
        // 1000 requests a minute to the stage, a tenth of them to the canary, half of which are
        // redirected.
        let stage = |minutes| -> Minutes {
            let values = [(Measure::Count, 1000.0), (Measure::Count4xx, 0.0), (Measure::Count5xx, 0.0)];
            values.map(|(measure, value)| (measure, vec![Some(value); minutes])).into()
        };
        let requests = 1000.0 + others;
        let redirected = usual * others;
        let before = [(Measure::Target2xx, requests - redirected), (Measure::Elb3xx, redirected)];
        let now = [(Measure::Target2xx, requests - redirected - 50.0), (Measure::Elb3xx, redirected + 50.0)];
        let alb = alb_of((60, &before), (5, &now));
        let judgement = came_to(&seen(10.0, vec![stage_of(stage(60), stage(5)), alb]));
        prop_assert_ne!(judgement, Judgement::Pass);
    }

    #[test]
    fn nonsense_is_judged_without_harm(
        values in proptest::collection::vec(proptest::option::of(any::<f64>()), 0..40),
        share in any::<f64>(),
    ) {
        let minutes = || -> Minutes {
            [Measure::Count, Measure::Count4xx, Measure::Count5xx].map(|m| (m, values.clone())).into()
        };
        let measured = judge(&seen(share, vec![stage_of(minutes(), minutes())]), &Thresholds::default());
        for one in &measured.compared {
            prop_assert!(!one.to_string().is_empty());
        }
    }
}
