//! Datapoints: what an account's rhythms and traffic come to over a span.

use unbridge_model::elb::Traffic;
use unbridge_model::usage::{Measure, Measured, MetricQuery, Period, Span};

use crate::account::{RegionState, Rhythm};

/// Values by the number of their period.
type Values = Vec<(u32, f64)>;

/// What was measured over a span.
pub(super) fn measured(state: &RegionState, query: &MetricQuery, span: Span) -> Values {
    let usage = state.usage.get(&query.of);
    let rhythm = usage.and_then(|usage| usage.get(&query.measure));
    match (span.period(), rhythm) {
        (Period::Hour, Some(rhythm)) => by_hour(rhythm, span),
        (Period::Day, Some(rhythm)) => by_day(rhythm, span),
        (Period::Day, None) => passed(state, query, span),
        // An account in memory has no minutes.
        (Period::Hour, None) | (Period::Minute, _) => Vec::new(),
    }
}

/// The value of the hour that begins at this moment.
fn at(rhythm: &Rhythm, moment: i64) -> Option<f64> {
    let hour = moment.div_euclid(i64::from(Period::Hour.seconds()));
    let length = i64::try_from(rhythm.len()).ok()?;
    let place = usize::try_from(hour.checked_rem_euclid(length)?).ok()?;
    rhythm.get(place).copied().flatten()
}

fn begins(span: Span, index: u32) -> i64 {
    span.from() + i64::from(index) * i64::from(span.period().seconds())
}

fn by_hour(rhythm: &Rhythm, span: Span) -> Values {
    let told = |index| Some((index, at(rhythm, begins(span, index))?));
    (0..span.periods()).filter_map(told).collect()
}

/// Sums: no day is asked for of anything that is not counted.
fn by_day(rhythm: &Rhythm, span: Span) -> Values {
    let told = |day| {
        let hours = (0..24).map(|hour| begins(span, day) + hour * 3600);
        let hours = hours.filter(|moment| *moment < span.until());
        let values: Vec<f64> = hours.filter_map(|moment| at(rhythm, moment)).collect();
        (!values.is_empty()).then(|| (day, values.iter().sum()))
    };
    (0..span.periods()).filter_map(told).collect()
}

/// What an NLB's traffic is on the first days of the span, as many as it is said to be active on.
fn passed(state: &RegionState, query: &MetricQuery, span: Span) -> Values {
    let Measured::LoadBalancer(arn) = &query.of else {
        return Vec::new();
    };
    let traffic = state.load_balancer(arn).and_then(|known| known.traffic);
    let Some(traffic) = traffic else {
        return Vec::new();
    };
    let Traffic {
        active_days,
        flows,
        bytes,
        days: _,
    } = traffic;
    let total = match query.measure {
        Measure::NewFlowCount => flows,
        Measure::ProcessedBytes => bytes,
        _ => return Vec::new(),
    };
    let days = u32::from(active_days).min(span.periods());
    let share = total / u64::from(days.max(1));
    let last = total - share * u64::from(days.saturating_sub(1));
    let of_day = |day| if day + 1 == days { last } else { share };
    (0..days).map(|day| (day, number(of_day(day)))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
