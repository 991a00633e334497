//! Spending the account's request budget: no call leaves before its buckets have a token for it.
//!
//! Owns the buckets; does not know what is asked or why, and does not retry.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::lock::Mutex as TurnLock;
use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota as Cells, RateLimiter};
use unbridge_model::call::{Call, Page, PageToken};
use unbridge_model::place::Place;
use unbridge_model::port::{ReadError, Reader, Timer};
use unbridge_model::quota::{ApiGatewayBudget, Bucket, Budget, Pace, Quota};

/// A [`Reader`] that waits for its turn before every attempt.
///
/// Waiting calls are served in the order they came, bucket by bucket, the narrowest first.
pub struct Paced<'a, R, T: Timer> {
    reader: &'a R,
    timer: &'a T,
    pace: Pace,
    api_gateway: ApiGatewayBudget,
    gates: Mutex<BTreeMap<Bucket, Arc<Gate<'a, T>>>>,
}

impl<'a, R: Reader, T: Timer> Paced<'a, R, T> {
    /// Paces `reader` by `timer`, at `pace` of AWS's published quotas.
    pub fn new(reader: &'a R, timer: &'a T, pace: Pace, api_gateway: ApiGatewayBudget) -> Self {
        Self {
            reader,
            timer,
            pace,
            api_gateway,
            gates: Mutex::default(),
        }
    }

    fn gate(&self, budget: Budget, place: &Place) -> Arc<Gate<'a, T>> {
        let bucket = Bucket::at(budget, place, self.api_gateway);
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates
            .entry(bucket)
            .or_insert_with(|| Arc::new(Gate::new(self.timer, self.pace.share(budget.quota()))));
        Arc::clone(gate)
    }
}

impl<R: Reader, T: Timer> Reader for Paced<'_, R, T> {
    async fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        for budget in Budget::of(call.kind()) {
            self.gate(*budget, place).take().await;
        }
        self.reader.read(place, call, from).await
    }
}

/// One bucket and the queue before it.
struct Gate<'a, T: Timer> {
    timer: &'a T,
    cells: RateLimiter<NotKeyed, InMemoryState, TimerClock<'a, T>, NoOpMiddleware<Moment>>,
    turn: TurnLock<()>,
}

impl<'a, T: Timer> Gate<'a, T> {
    fn new(timer: &'a T, quota: Quota) -> Self {
        let burst = NonZeroU32::new(quota.burst).unwrap_or(NonZeroU32::MIN);
        let cells = Cells::with_period(quota.period)
            .unwrap_or(Cells::per_second(NonZeroU32::MIN))
            .allow_burst(burst);
        Self {
            timer,
            cells: RateLimiter::direct_with_clock(cells, TimerClock(timer)),
            turn: TurnLock::new(()),
        }
    }

    async fn take(&self) {
        // Only the first in the queue watches the clock.
        let _turn = self.turn.lock().await;
        while let Err(not_yet) = self.cells.check() {
            self.timer
                .wait(not_yet.wait_time_from(TimerClock(self.timer).now()))
                .await;
        }
    }
}

struct TimerClock<'a, T>(&'a T);

impl<T> Clone for TimerClock<'_, T> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<T: Timer> Clock for TimerClock<'_, T> {
    type Instant = Moment;

    fn now(&self) -> Moment {
        Moment(self.0.now())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(Duration);

impl Add<Nanos> for Moment {
    type Output = Self;

    fn add(self, later: Nanos) -> Self {
        Self(self.0 + Duration::from(later))
    }
}

impl Reference for Moment {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.checked_sub(duration.into()).unwrap_or(self.0))
    }
}
