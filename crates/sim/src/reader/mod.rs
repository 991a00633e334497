//! The `Reader` port answered from an [`Account`]: pages, latency, throttling and faults as AWS
//! has them, and a log of every attempt.
//!
//! Owns how AWS behaves towards someone who reads. What it answers is in `answer`; it makes no
//! retries and keeps no pace.

mod answer;
mod fault;
mod listed;
mod metrics;
mod page;
mod seal;
mod throttle;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use unbridge_model::call::{Call, CallKind, Page, PageToken};
use unbridge_model::digest::Digester;
use unbridge_model::gap::GapClass;
use unbridge_model::place::Place;
use unbridge_model::port::{ReadError, Reader, Timer};
use unbridge_model::quota::ApiGatewayBudget;

use crate::account::Account;
use crate::clock::VirtualClock;

pub use fault::{Fault, Times};
pub use page::Order;

/// How the simulated AWS behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Virtual time each attempt takes, refused ones too.
    pub latency: Duration,
    /// Items a page holds in every paged call; `None` for AWS's own limits.
    pub page_size: Option<usize>,
    /// The order of lists.
    pub order: Order,
    /// Whether calls over the published rates are refused.
    pub throttling: Throttling,
    /// Whether regions share API Gateway's rates.
    pub api_gateway: ApiGatewayBudget,
    /// What goes wrong; the first that fits an attempt answers it.
    pub faults: Vec<Fault>,
}

/// Whether calls over the published rates are refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Throttling {
    /// At AWS's full published rates.
    #[default]
    Published,
    /// Never.
    Off,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency: Duration::from_millis(40),
            page_size: None,
            order: Order::default(),
            throttling: Throttling::default(),
            api_gateway: ApiGatewayBudget::default(),
            faults: Vec::new(),
        }
    }
}

impl Settings {
    /// The default without throttling: for tests that are not about pace.
    #[must_use]
    pub fn unthrottled() -> Self {
        Self {
            throttling: Throttling::Off,
            ..Self::default()
        }
    }
}

/// One attempt of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Where it was made.
    pub place: Place,
    /// The call.
    pub call: Call,
    /// Which page was asked for, from 1; 0 when the token was not one of ours.
    pub page: usize,
    /// The virtual time at which it was made.
    pub at: Duration,
    /// Why it brought no page; `None` when it brought one.
    pub refused: Option<GapClass>,
}

/// Reads a simulated account. Clones share the log, the rates and the tally of faults, so that one
/// can be kept to ask afterwards.
#[derive(Debug, Clone)]
pub struct SimReader {
    account: Arc<Account>,
    digester: Digester,
    clock: VirtualClock,
    settings: Settings,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    attempts: Vec<Attempt>,
    meters: throttle::Meters,
    tally: fault::Tally,
}

impl SimReader {
    /// A reader of this account.
    #[must_use]
    pub fn new(
        account: impl Into<Arc<Account>>,
        digester: Digester,
        clock: VirtualClock,
        settings: Settings,
    ) -> Self {
        Self {
            account: account.into(),
            digester,
            clock,
            settings,
            state: Arc::default(),
        }
    }

    /// The account it reads.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Every attempt so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Attempt> {
        self.lock().attempts.clone()
    }

    /// How many attempts so far were of this kind.
    #[must_use]
    pub fn count(&self, kind: CallKind) -> usize {
        let state = self.lock();
        let of_kind = |attempt: &&Attempt| attempt.call.kind() == kind;
        state.attempts.iter().filter(of_kind).count()
    }

    fn attempt(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        let at = self.clock.now();
        let mut state = self.lock();
        let window = page::Window::new(call, from, &self.settings);
        let outcome = state
            .tally
            .check(&self.settings.faults, place, call)
            .and_then(|()| match self.settings.throttling {
                Throttling::Published => {
                    state
                        .meters
                        .spend(place, call, self.settings.api_gateway, at)
                }
                Throttling::Off => Ok(()),
            })
            .and_then(|()| {
                let window = window.as_ref().map_err(ReadError::clone)?;
                answer::answer(&self.account, &self.digester, place, call, window)
            });
        state.attempts.push(Attempt {
            place: place.clone(),
            call: call.clone(),
            page: window.map_or(0, |window| window.page()),
            at,
            refused: outcome.as_ref().err().map(|error| error.class),
        });
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader for SimReader {
    async fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        // AWS decides when the call arrives; the answer takes its time.
        let outcome = self.attempt(place, call, from);
        self.clock.wait(self.settings.latency).await;
        outcome
    }
}

#[cfg(test)]
mod tests;
