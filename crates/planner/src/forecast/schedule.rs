//! The time at which each call of a run can be made.

use std::time::Duration;

use unbridge_model::plan::budget::{CALL, RunCall};
use unbridge_model::quota::{Budget, Pace, Quota};

/// A run so far: its clock, and the budgets it spends.
pub(super) struct Schedule {
    pace: Pace,
    now: Duration,
    calls: u64,
    /// The buckets that were spent from, few of them.
    buckets: Vec<(Budget, Bucket)>,
}

/// A budget, at the pace of the run.
struct Bucket {
    period: Duration,
    /// How long a full one takes to fill.
    whole: Duration,
    /// When it would be full again.
    full: Duration,
}

impl Schedule {
    /// A run that begins with full buckets.
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            now: Duration::ZERO,
            calls: 0,
            buckets: Vec::new(),
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
                self.now = self.now.max(self.bucket(*budget).token());
            }
            let now = self.now;
            for budget in call.budgets() {
                self.bucket(*budget).take(now);
            }
            self.now += CALL;
            self.calls += 1;
        }
    }

    fn bucket(&mut self, budget: Budget) -> &mut Bucket {
        let known = self.buckets.iter().position(|(known, _)| *known == budget);
        let at = known.unwrap_or_else(|| {
            let Quota { period, burst } = self.pace.share(budget.quota());
            let bucket = Bucket {
                period,
                whole: period * burst,
                full: Duration::ZERO,
            };
            self.buckets.push((budget, bucket));
            self.buckets.len() - 1
        });
        &mut self.buckets[at].1
    }
}

impl Bucket {
    /// When it has its next token.
    fn token(&self) -> Duration {
        (self.full + self.period).saturating_sub(self.whole)
    }

    fn take(&mut self, now: Duration) {
        self.full = self.full.max(now) + self.period;
    }
}
