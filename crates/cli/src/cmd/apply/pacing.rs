//! When each call of a run is made: no sooner than AWS's quotas allow at the pace of the plan, which
//! leaves the rest to the account's own tools.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use unbridge_model::plan::budget::RunCall;
use unbridge_model::port::Turns;
use unbridge_model::quota::{Pace, Spending};

use crate::stop::Stop;

/// Gives the calls of one process their turns.
#[derive(Debug)]
pub(super) struct Pacing {
    began: Instant,
    spending: Mutex<Spending>,
    /// The longest that one call waits.
    most: Duration,
    stop: Arc<Stop>,
}

impl Pacing {
    /// At this pace, from now on.
    pub(super) fn new(pace: Pace, most: Duration, stop: Arc<Stop>) -> Self {
        Self {
            began: Instant::now(),
            spending: Mutex::new(Spending::new(pace)),
            most,
            stop,
        }
    }
}

impl Turns for Pacing {
    fn wait(&self, call: RunCall) {
        let now = self.began.elapsed();
        let mut spending = self.spending.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = spending.turn(call.budgets(), now);
        drop(spending);
        // Whoever wants the run to stop is not kept: the few calls until then are made at once.
        let _ = self.stop.wait(turn.saturating_sub(now).min(self.most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_waits_for_its_budget_and_not_longer_than_it_may() {
        let at = |most| Pacing::new(Pace::FULL, most, Arc::default());
        let two = |pacing: &Pacing| {
            pacing.wait(RunCall::CreateDeployment);
            pacing.wait(RunCall::CreateDeployment);
            pacing.began.elapsed()
        };
        assert!(two(&at(Duration::ZERO)) < Duration::from_secs(4));
        let waited = two(&at(Duration::from_millis(50)));
        assert!(waited >= Duration::from_millis(50), "{waited:?}");
    }
}
