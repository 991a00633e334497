//! Asking until an answer is whole: pages, retries, and the gap when none comes.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::io;
use std::time::Duration;

use unbridge_model::call::{Call, Facts, Page, PageToken};
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::AccountId;
use unbridge_model::place::{Place, Scope};
use unbridge_model::port::{ReadError, Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::text::{FastHasher, Text};

use super::{Observer, ScanEvent, Sink};

/// Attempts for a call that is refused for pace: other callers of the account come first.
const PATIENT_ATTEMPTS: u32 = 8;
/// Attempts for a call that fails otherwise.
const ATTEMPTS: u32 = 3;
/// The first pause before another attempt; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause of our own choosing.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The longest pause that an answer can ask for: AWS's quotas fill up within seconds, and a pause
/// of hours, as a proxy may ask for, looks like a scan that hangs.
const LONGEST_TOLD_PAUSE: Duration = Duration::from_secs(60);

/// Whether a list was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    Whole,
    Partly,
}

/// What may be had of a list, and whether it is all.
pub(super) struct Listing<X> {
    pub(super) items: Vec<X>,
    pub(super) read: Read,
}

impl<X> Listing<X> {
    /// Nothing, without asking.
    pub(super) fn none() -> Self {
        Self {
            items: Vec::new(),
            read: Read::Whole,
        }
    }

    /// Without the repetitions that pages have when the list changes between them.
    pub(super) fn once<K: Ord>(mut self, key: impl Fn(&X) -> K) -> Self {
        let mut seen = BTreeSet::new();
        self.items.retain(|item| seen.insert(key(item)));
        self
    }

    /// The list, if it is all.
    pub(super) fn whole(self) -> Option<Vec<X>> {
        (self.read == Read::Whole).then_some(self.items)
    }

    pub(super) fn is_known_empty(&self) -> bool {
        self.items.is_empty() && self.read == Read::Whole
    }
}

#[derive(Default)]
struct State {
    broken_sink: Option<io::Error>,
    answers: usize,
    first_failure: Option<Gap>,
}

/// What the askers of one scan share.
pub(super) struct Shared<'a, R, T> {
    reader: &'a R,
    timer: &'a T,
    sink: &'a dyn Sink,
    observer: &'a dyn Observer,
    account: AccountId,
    state: RefCell<State>,
}

/// How asking went over a whole scan.
pub(super) struct Tally {
    pub(super) broken_sink: Option<io::Error>,
    pub(super) answers: usize,
    pub(super) first_failure: Option<Gap>,
}

impl<'a, R, T> Shared<'a, R, T> {
    pub(super) fn new(
        reader: &'a R,
        timer: &'a T,
        sink: &'a dyn Sink,
        observer: &'a dyn Observer,
        account: AccountId,
    ) -> Self {
        Self {
            reader,
            timer,
            sink,
            observer,
            account,
            state: RefCell::default(),
        }
    }

    /// Whoever asks in a region, or the services without regions.
    pub(super) fn asker(&self, scope: Scope) -> Asker<'_, R, T> {
        Asker {
            shared: self,
            place: Place {
                account: self.account.clone(),
                scope,
            },
            refused: RefCell::default(),
        }
    }

    pub(super) fn tally(self) -> Tally {
        let State {
            broken_sink,
            answers,
            first_failure,
        } = self.state.into_inner();
        Tally {
            broken_sink,
            answers,
            first_failure,
        }
    }
}

/// Asks at one place.
pub(super) struct Asker<'s, R, T> {
    shared: &'s Shared<'s, R, T>,
    place: Place,
    /// Why asking on here is pointless: every later call fails with it, unasked. A region that the
    /// account has not enabled refuses credentials that serve elsewhere.
    refused: RefCell<Option<ReadError>>,
}

/// What is inside a page's facts, when they are of the variant asked for.
macro_rules! listed {
    ($variant:ident) => {
        |facts| match facts {
            unbridge_model::call::Facts::$variant(items) => Some(items),
            _ => None,
        }
    };
}
pub(super) use listed;

impl<R: Reader, T: Timer> Asker<'_, R, T> {
    /// Whether it asks the services without regions.
    pub(super) fn is_global(&self) -> bool {
        self.place.region().is_none()
    }

    /// A whole list, or `None` and a gap.
    pub(super) async fn list<X>(
        &self,
        call: Call,
        pick: impl Fn(Facts) -> Option<Vec<X>>,
    ) -> Option<Vec<X>> {
        self.listing(call, pick).await.whole()
    }

    /// As much of a list as could be read; a gap when that is not all.
    pub(super) async fn listing<X>(
        &self,
        call: Call,
        pick: impl Fn(Facts) -> Option<Vec<X>>,
    ) -> Listing<X> {
        let mut items = Vec::new();
        let read = self.pages(call, pick, |more| items.extend(more)).await;
        Listing { items, read }
    }

    /// Hands on what every page tells, as it comes; a gap when one is missing.
    pub(super) async fn pages<X>(
        &self,
        call: Call,
        pick: impl Fn(Facts) -> Option<X>,
        mut take: impl FnMut(X),
    ) -> Read {
        let mut from = None;
        loop {
            let answer = self.page(&call, from.as_ref()).await;
            let picked = answer.and_then(|page| {
                let told = pick(page.facts).ok_or_else(mismatch)?;
                if page.next.is_some() && page.next == from {
                    return Err(endless());
                }
                Ok((told, page.next))
            });
            match picked {
                Ok((told, next)) => {
                    take(told);
                    from = next;
                }
                Err(error) => {
                    self.failed(&call, error);
                    return Read::Partly;
                }
            }
            if from.is_none() {
                return Read::Whole;
            }
        }
    }

    /// An answer of one page, or `None` and a gap.
    pub(super) async fn one<X>(&self, call: Call, pick: impl Fn(Facts) -> Option<X>) -> Option<X> {
        let picked = self.page(&call, None).await.and_then(|page| {
            let whole = page.next.is_none();
            pick(page.facts).filter(|_| whole).ok_or_else(mismatch)
        });
        picked.map_err(|error| self.failed(&call, error)).ok()
    }

    /// Writes a record. A sink that cannot take it ends the scan.
    pub(super) fn put(&self, record: Record) {
        if let Err(error) = self.shared.sink.put(record) {
            let mut state = self.shared.state.borrow_mut();
            state.broken_sink.get_or_insert(error);
        }
    }

    /// Records that something was not seen here.
    pub(super) fn gap(&self, unseen: Unseen, class: GapClass, message: &str) {
        let gap = self.gap_of(unseen, class, message);
        self.shared.observer.on(ScanEvent::Gap(&gap));
        self.put(Record::Gap(gap));
    }

    fn gap_of(&self, unseen: Unseen, class: GapClass, message: &str) -> Gap {
        Gap {
            account: self.place.account.clone(),
            region: self.place.region().cloned(),
            unseen,
            class,
            message: Text::new(message),
        }
    }

    fn failed(&self, call: &Call, error: ReadError) {
        tracing::warn!(place = %self.place, call = call.kind().name(), class = %error.class, message = %error.message, "not read");
        let unseen = Unseen::Call {
            call: call.kind(),
            of: call.subject(),
        };
        let gap = self.gap_of(unseen.clone(), error.class, &error.message);
        self.shared
            .state
            .borrow_mut()
            .first_failure
            .get_or_insert(gap);
        self.gap(unseen, error.class, &error.message);
    }

    /// Whether asking on makes sense.
    fn check(&self) -> Result<(), ReadError> {
        if self.shared.state.borrow().broken_sink.is_some() {
            let message = "the snapshot could not be written";
            return Err(ReadError::new(GapClass::Interrupted, message));
        }
        let refused = self.refused.borrow();
        refused.as_ref().map_or(Ok(()), |error| Err(error.clone()))
    }

    async fn page(&self, call: &Call, from: Option<&PageToken>) -> Result<Page, ReadError> {
        let Shared {
            reader,
            timer,
            observer,
            ..
        } = self.shared;
        observer.on(ScanEvent::Planned(call));
        let mut attempt = 1;
        loop {
            self.check()?;
            let answer = reader.read(&self.place, call, from).await;
            observer.on(ScanEvent::Answered(call));
            let error = match answer {
                Ok(page) => {
                    self.shared.state.borrow_mut().answers += 1;
                    return Ok(page);
                }
                Err(error) => error,
            };
            if !error.is_transient() || attempt >= attempts(error.class) {
                if error.class == GapClass::Credentials {
                    self.refused.replace(Some(error.clone()));
                }
                return Err(error);
            }
            observer.on(ScanEvent::Planned(call));
            tracing::debug!(call = call.kind().name(), attempt, class = %error.class, "again");
            timer.wait(pause_before_next(call, attempt, &error)).await;
            attempt += 1;
        }
    }
}

fn attempts(class: GapClass) -> u32 {
    if class == GapClass::Throttled {
        PATIENT_ATTEMPTS
    } else {
        ATTEMPTS
    }
}

fn mismatch() -> ReadError {
    ReadError::new(
        GapClass::Unparseable,
        "the answer is of another kind than the question",
    )
}

fn endless() -> ReadError {
    ReadError::new(
        GapClass::Unparseable,
        "a page names itself as the next one, so the answer has no end",
    )
}

/// Our own pause, or the one that AWS tells where that is longer.
fn pause_before_next(call: &Call, attempt: u32, error: &ReadError) -> Duration {
    let told = error.retry_after.unwrap_or_default();
    pause_after(call, attempt).max(told.min(LONGEST_TOLD_PAUSE))
}

/// Doubling pauses, spread over their upper half by call so that calls refused together do not
/// come back together.
fn pause_after(call: &Call, attempt: u32) -> Duration {
    let mut hasher = FastHasher::default();
    (call, attempt).hash(&mut hasher);
    let spread = u32::try_from(hasher.finish() % 512).unwrap_or(0);
    let whole = FIRST_PAUSE
        .saturating_mul(1 << attempt.min(10))
        .min(LONGEST_PAUSE);
    whole / 2 + whole * spread / 1024
}
