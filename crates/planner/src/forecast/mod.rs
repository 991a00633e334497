//! How long a plan takes, from AWS's quotas at the chosen pace and the times that AWS's own work
//! takes; and for how long others cannot deploy.
//!
//! It goes through the steps as the executor does when all goes well: what has to hold is read once,
//! the change is asked for once, what has to be seen is looked at until AWS has brought it about.
//! One call follows the other, and each waits for every budget it spends.

mod refused;
mod schedule;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::forecast::{Forecast, PhaseTime, Saving};
use unbridge_model::plan::{Phase, Step, budget};
use unbridge_model::quota::Pace;

use refused::Refused;
use schedule::Schedule;

/// What these steps take and bring.
#[must_use]
pub fn forecast(steps: &[Step], pace: Pace, savings: Vec<Saving>) -> Forecast {
    let mut schedule = Schedule::new(pace);
    let mut phases: BTreeMap<Phase, Spent> = BTreeMap::new();
    let mut refused = Refused::of(steps);
    for step in steps {
        let (began, calls) = (schedule.now(), schedule.calls());
        work(&mut schedule, step);
        let seen = schedule.now();
        schedule.wait(watch(step.gate.as_ref()));
        let spent = phases.entry(step.phase).or_default();
        spent.calls += schedule.calls() - calls;
        spent.work += seen - began;
        spent.watch += schedule.now() - seen;
        refused.note(step, [began, seen, schedule.now()]);
    }
    Forecast {
        phases: phases.into_iter().map(Spent::told).collect(),
        refused_deployments: refused.told(),
        savings,
    }
}

/// What a phase has taken so far.
#[derive(Default)]
struct Spent {
    calls: u64,
    work: Duration,
    watch: Duration,
}

impl Spent {
    fn told((phase, spent): (Phase, Self)) -> PhaseTime {
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        PhaseTime {
            phase,
            calls: narrow(spent.calls),
            work_seconds: narrow(seconds(spent.work)),
            watch_seconds: narrow(seconds(spent.watch)),
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// A step up to where its change is seen.
fn work(schedule: &mut Schedule, step: &Step) {
    for condition in &step.preconditions {
        schedule.call(condition.calls());
    }
    schedule.call(step.operation.calls());
    let asked = schedule.now();
    // Each look begins with the first condition and ends at one that does not hold yet.
    for (place, condition) in step.verification.iter().enumerate() {
        let due = asked + step.operation.brings_after(condition);
        while schedule.now() < due {
            for seen in step.verification.iter().take(place + 1) {
                schedule.call(seen.calls());
            }
            schedule.wait(budget::POLL);
        }
    }
    for condition in &step.verification {
        schedule.call(condition.calls());
    }
}

/// How long is watched before the next step begins.
fn watch(gate: Option<&Gate>) -> Duration {
    match gate {
        None => Duration::ZERO,
        Some(Gate::Proof { .. }) => budget::PROOF,
        Some(
            Gate::Bake { seconds, .. } | Gate::BakeHttp { seconds, .. } | Gate::Drain { seconds },
        ) => Duration::from_secs((*seconds).into()),
    }
}
