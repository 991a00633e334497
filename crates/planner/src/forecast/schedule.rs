//! The time at which each call of a run can be made.

use std::time::Duration;

use unbridge_model::plan::budget::{CALL, RunCall};
use unbridge_model::quota::{Pace, Spending};

/// A run so far: its clock, and the budgets it spends.
pub(super) struct Schedule {
    spending: Spending,
    now: Duration,
    calls: u64,
}

impl Schedule {
    /// A run that begins with full buckets.
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            spending: Spending::new(pace),
            now: Duration::ZERO,
            calls: 0,
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
            self.now = self.spending.turn(call.budgets(), self.now) + CALL;
            self.calls += 1;
        }
    }
}
