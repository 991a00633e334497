//! The ports through which decisions reach the world. Adapters implement them: the SDK in one
//! crate, a simulated account in another.

use std::future::Future;
use std::time::Duration;

use crate::call::{Call, Page, PageToken};
use crate::gap::GapClass;
use crate::place::Place;

/// Reads AWS. One attempt per call: no retries and no pace of its own.
pub trait Reader: Sync {
    /// One page of the answer to `call`.
    fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> impl Future<Output = Result<Page, ReadError>> + Send;
}

/// A clock that can wait. Simulated time runs as fast as it is awaited.
pub trait Timer: Sync {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// Completes when `pause` has passed.
    fn wait(&self, pause: Duration) -> impl Future<Output = ()> + Send;
}

/// Why a call brought no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What kind of failure.
    pub class: GapClass,
    /// AWS's words.
    pub message: String,
    /// How long AWS asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

impl ReadError {
    /// A failure of this class.
    #[must_use]
    pub fn new(class: GapClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            retry_after: None,
        }
    }

    /// Whether another attempt may bring the page.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.class {
            GapClass::Throttled | GapClass::Failed | GapClass::Unreachable => true,
            GapClass::Denied
            | GapClass::Credentials
            | GapClass::Refused
            | GapClass::Vanished
            | GapClass::Unparseable
            | GapClass::Unreadable
            | GapClass::NotRead
            | GapClass::Skipped
            | GapClass::Interrupted => false,
        }
    }
}
