//! What goes wrong around a [`Writer`] and a journal: by plan, at chosen calls and lines.
//!
//! Knows nothing of what is written or why.

mod store;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use unbridge_model::gap::GapClass;
use unbridge_model::journal::{Owner, Recorded};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{Operation, OperationKind};
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{Held, ReadError, Untouched, WriteError, WriteFailure, Writer};

pub use store::{Crash, CrashingStore, Moment};

/// What goes wrong at one call.
pub enum Fault {
    /// It is refused, and nothing is done.
    Refuse,
    /// It is refused for what else there is, which may pass, and nothing is done.
    NotYet,
    /// There were too many calls; nothing is done.
    Throttle,
    /// It is denied, and so is every later change of its kind.
    Deny,
    /// It is refused, and so is every later change of its kind.
    RefuseForEver,
    /// No answer comes, and nothing is done.
    LoseBefore,
    /// It is done, and no answer comes.
    LoseAfter,
    /// The credentials are no longer good, for this call and every later one, until they are
    /// renewed.
    Expire,
    /// Somebody else changes something just before it.
    Edit(Box<dyn Fn()>),
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refuse => "Refuse",
            Self::NotYet => "NotYet",
            Self::Throttle => "Throttle",
            Self::Deny => "Deny",
            Self::RefuseForEver => "RefuseForEver",
            Self::LoseBefore => "LoseBefore",
            Self::LoseAfter => "LoseAfter",
            Self::Expire => "Expire",
            Self::Edit(_) => "Edit",
        })
    }
}

/// Whether the credentials are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credentials {
    Good,
    Expired,
}

/// A writer at whose changes things go wrong.
#[derive(Debug)]
pub struct Faulty<W> {
    inner: W,
    /// By the number of the call, from 0.
    faults: BTreeMap<u32, Fault>,
    calls: Cell<u32>,
    credentials: Cell<Credentials>,
    denied: RefCell<BTreeSet<OperationKind>>,
    refused: RefCell<BTreeSet<OperationKind>>,
}

impl<W> Faulty<W> {
    /// This writer, with faults at calls of [`Writer::perform`], counted from 0; each attempt counts.
    #[must_use]
    pub fn new(inner: W, faults: BTreeMap<u32, Fault>) -> Self {
        Self {
            inner,
            faults,
            calls: Cell::new(0),
            credentials: Cell::new(Credentials::Good),
            denied: RefCell::default(),
            refused: RefCell::default(),
        }
    }

    /// The writer within.
    #[must_use]
    pub fn inner(&self) -> &W {
        &self.inner
    }

    /// How many changes were asked for so far.
    #[must_use]
    pub fn performs(&self) -> u32 {
        self.calls.get()
    }

    /// The person signs in again.
    pub fn renew(&self) {
        self.credentials.set(Credentials::Good);
    }

    fn is_readable(&self) -> Result<(), ReadError> {
        match self.credentials.get() {
            Credentials::Good => Ok(()),
            Credentials::Expired => Err(ReadError::new(GapClass::Credentials, EXPIRED)),
        }
    }

    /// What stands in the way of a change before any fault of its own.
    fn is_writable(&self, kind: OperationKind) -> Result<(), WriteError> {
        if self.credentials.get() == Credentials::Expired {
            return Err(WriteError::new(WriteFailure::Credentials, EXPIRED));
        }
        if self.denied.borrow().contains(&kind) {
            return Err(denied(kind));
        }
        if self.refused.borrow().contains(&kind) {
            return Err(refused(kind));
        }
        Ok(())
    }
}

const EXPIRED: &str = "The security token included in the request is expired";

fn denied(kind: OperationKind) -> WriteError {
    let message = format!("User is not authorized to perform {kind}");
    WriteError::new(WriteFailure::Denied, message)
}

fn refused(kind: OperationKind) -> WriteError {
    WriteError::new(WriteFailure::Refused, format!("{kind} is not possible"))
}

fn lost() -> WriteError {
    WriteError::new(WriteFailure::Lost, "no answer came")
}

impl<W: Writer> Writer for Faulty<W> {
    fn perform(&self, change: Recorded) -> Result<Option<Output>, WriteError> {
        let call = self.calls.get();
        self.calls.set(call + 1);
        let kind = OperationKind::from(change.operation());
        let fault = self.faults.get(&call);
        // Time and other people do not ask whether the credentials are good.
        match fault {
            Some(Fault::Edit(edit)) => edit(),
            Some(Fault::Expire) => self.credentials.set(Credentials::Expired),
            Some(
                Fault::Refuse
                | Fault::NotYet
                | Fault::Throttle
                | Fault::Deny
                | Fault::RefuseForEver
                | Fault::LoseBefore
                | Fault::LoseAfter,
            )
            | None => {}
        }
        self.is_writable(kind)?;
        match fault {
            Some(Fault::Refuse) => Err(refused(kind)),
            Some(Fault::NotYet) => {
                let message = format!("{kind} is not possible now");
                Err(WriteError::new(WriteFailure::NotYet, message))
            }
            Some(Fault::Throttle) => Err(WriteError::new(
                WriteFailure::Throttled,
                "Too Many Requests",
            )),
            Some(Fault::Deny) => {
                self.denied.borrow_mut().insert(kind);
                Err(denied(kind))
            }
            Some(Fault::RefuseForEver) => {
                self.refused.borrow_mut().insert(kind);
                Err(refused(kind))
            }
            Some(Fault::LoseBefore) => Err(lost()),
            Some(Fault::LoseAfter) => {
                // A refusal gets lost on its way back like any other answer.
                let _: Result<_, _> = self.inner.perform(change);
                Err(lost())
            }
            Some(Fault::Expire | Fault::Edit(_)) | None => self.inner.perform(change),
        }
    }

    fn observe(&self, condition: &Condition<Settled>) -> Result<Held, ReadError> {
        self.is_readable()?;
        self.inner.observe(condition)
    }

    fn untouched(&self, what: &Untouched) -> Result<Held, ReadError> {
        self.is_readable()?;
        self.inner.untouched(what)
    }

    fn find_owned(
        &self,
        owner: &Owner,
        operation: &Operation<Settled>,
    ) -> Result<Vec<Output>, ReadError> {
        self.is_readable()?;
        self.inner.find_owned(owner, operation)
    }
}
