//! The time at which each call of a run can be made.

use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::plan::budget::{CALL, RunCall};
use unbridge_model::quota::{Budget, Pace, Quota};

/// A run so far: its clock, and the budgets it spends.
pub(super) struct Schedule {
    pace: Pace,
    now: Duration,
    calls: u64,
    /// When each bucket would be full again.
    full: BTreeMap<Budget, Duration>,
}

impl Schedule {
    /// A run that begins with full buckets.
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            now: Duration::ZERO,
            calls: 0,
            full: BTreeMap::new(),
        }
    }

    /// Time since the run began.
    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// Calls made so far.
    pub(super) fn calls(&self) -> u64 {
        self.calls
    }

    pub(super) fn wait(&mut self, pause: Duration) {
        self.now += pause;
    }

    /// Makes calls one after the other, each once all its budgets have a token.
    pub(super) fn call(&mut self, calls: &[RunCall]) {
        for call in calls {
            for budget in call.budgets() {
                self.now = self.now.max(self.token(*budget));
            }
            for budget in call.budgets() {
                let Quota { period, .. } = self.pace.share(budget.quota());
                let full = self.full.entry(*budget).or_default();
                *full = (*full).max(self.now) + period;
            }
            self.now += CALL;
            self.calls += 1;
        }
    }

    /// When a bucket has its next token.
    fn token(&self, budget: Budget) -> Duration {
        let Quota { period, burst } = self.pace.share(budget.quota());
        let full = self.full.get(&budget).copied().unwrap_or_default();
        (full + period).saturating_sub(period * burst)
    }
}
