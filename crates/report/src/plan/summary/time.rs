//! What a plan takes and brings: steps and time by phase, deployments that others cannot make
//! meanwhile, money.

use rust_decimal::Decimal;
use unbridge_model::estimate::{Currency, Range};
use unbridge_model::plan::forecast::{Forecast, Saving};
use unbridge_model::plan::{Body, Phase};
use unbridge_model::text::Text;

use super::{api, heading, stage};
use crate::layout::{self, count, width};
use crate::look::Tone;
use crate::words;
use crate::words::costs::money;

/// Puts the steps by phase, and what is forecast.
pub(super) fn put(page: &mut String, body: &Body, columns: usize) {
    if !body.steps.is_empty() {
        heading(page, "Steps");
        put_phases(page, body, columns);
    }
    if let Some(forecast) = &body.forecast {
        put_refused(page, body, forecast, columns);
        if !body.steps.is_empty() || !body.elsewhere.is_empty() {
            put_savings(page, forecast, columns);
        }
    }
}

/// A row of the table of phases.
struct Row {
    phase: String,
    steps: String,
    time: String,
}

fn put_phases(page: &mut String, body: &Body, columns: usize) {
    let mut phases: Vec<Phase> = body.steps.iter().map(|step| step.phase).collect();
    phases.sort_unstable();
    phases.dedup();
    let mut rows: Vec<Row> = phases.iter().map(|phase| row(body, *phase)).collect();
    if let Some(forecast) = &body.forecast {
        let times = forecast.phases.iter();
        let (work, watch) = times.fold((0, 0), |(work, watch), time| {
            let (more_work, more_watch) = (time.work_seconds, time.watch_seconds);
            (work + u64::from(more_work), watch + u64::from(more_watch))
        });
        let calls = forecast.phases.iter().map(|time| time.calls).sum();
        rows.push(Row {
            phase: "in all".to_owned(),
            steps: count(body.steps.len(), "step", "steps"),
            time: time(calls, work, watch),
        });
    }
    let widest = |of: fn(&Row) -> &str| rows.iter().map(|row| width(of(row))).max();
    let first = widest(|row| &row.phase).unwrap_or(0);
    let second = widest(|row| &row.steps).unwrap_or(0);
    for Row { phase, steps, time } in &rows {
        let lead = format!("  {phase:<first$}  {steps:>second$}  ");
        layout::fill(page, &lead, time, columns);
    }
}

fn row(body: &Body, phase: Phase) -> Row {
    let steps = body.steps.iter().filter(|step| step.phase == phase);
    let forecast = body.forecast.iter().flat_map(|forecast| &forecast.phases);
    let known = forecast.into_iter().find(|time| time.phase == phase);
    Row {
        phase: phase.to_string(),
        steps: count(steps.count(), "step", "steps"),
        time: known.map_or_else(String::new, |known| {
            time(
                known.calls,
                known.work_seconds.into(),
                known.watch_seconds.into(),
            )
        }),
    }
}

/// `34 calls, 2 min; 15 min of watching`.
fn time(calls: u32, work: u64, watch: u64) -> String {
    let calls = count(
        usize::try_from(calls).unwrap_or(usize::MAX),
        "call",
        "calls",
    );
    let work = roughly(work);
    match watch {
        0 => format!("{calls}, {work}"),
        watch => format!("{calls}, {work}; {} of watching", roughly(watch)),
    }
}

fn put_refused(page: &mut String, body: &Body, forecast: &Forecast, columns: usize) {
    if forecast.refused_deployments.is_empty() {
        return;
    }
    heading(page, "While it runs, others do not deploy");
    for refused in &forecast.refused_deployments {
        let text = match &refused.stage {
            Some(name) => format!(
                "{}: AWS refuses ordinary deployments for {} (canary releases)",
                stage(body, &refused.api, name),
                Tone::Care.of(roughly(refused.seconds)),
            ),
            None => format!(
                "{}: for {} whoever deploys it would ship a draft that is half moved",
                api(body, &refused.api),
                Tone::Care.of(roughly(refused.seconds)),
            ),
        };
        layout::fill(page, "  ", &text, columns);
    }
}

fn put_savings(page: &mut String, forecast: &Forecast, columns: usize) {
    if forecast.savings.is_empty() {
        return;
    }
    heading(
        page,
        "Saved a month once they are gone (unbridge plan retire)",
    );
    for saving in &forecast.savings {
        let mut text = saved(saving);
        if !saving.unknown.is_empty() {
            let unknown: Vec<&str> = saving.unknown.iter().map(Text::as_str).collect();
            text.push_str(&format!(
                "; not known: {}",
                words::name(&unknown.join("; "))
            ));
        }
        let lead = format!("  NLB {}  ", words::load_balancer(&saving.nlb));
        layout::fill(page, &lead, &text, columns);
    }
}

pub(crate) fn saved(saving: &Saving) -> String {
    let amount = |text: &Option<Text>| text.as_ref()?.parse::<Decimal>().ok();
    let currency = saving.currency.as_ref();
    let currency = currency.and_then(|text| text.parse::<Currency>().ok());
    let range = Range {
        low: amount(&saving.low).unwrap_or_default(),
        expected: amount(&saving.expected),
        high: amount(&saving.high),
    };
    match currency {
        Some(currency) => money(range, currency),
        None => "an unknown amount".to_owned(),
    }
}

/// A time as one speaks of it: `40 s`, `12 min`, `3 h 5 min`; what is over a minute is rounded up.
pub(crate) fn roughly(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match (seconds, minutes / 60, minutes % 60) {
        (..120, ..) => format!("{seconds} s"),
        (_, 0 | 1, _) => format!("{minutes} min"),
        (_, hours, 0) => format!("{hours} h"),
        (_, hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_as_one_speaks_of_it_and_never_too_short() {
        let told = [0, 90, 119, 121, 7140, 7200, 10_801].map(roughly);
        let right = [
            "0 s",
            "90 s",
            "119 s",
            "3 min",
            "119 min",
            "2 h",
            "3 h 1 min",
        ];
        assert_eq!(told, right);
    }
}
