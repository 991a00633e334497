//! Asking until an answer is whole: pages, retries, and the gap when none comes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::io;
use std::time::Duration;

use unbridge_model::call::{Call, Facts, Page, PageToken};
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::place::Place;
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
    /// Without the repetitions that pages have when the list changes between them.
    pub(super) fn once<K: Ord>(mut self, key: impl Fn(&X) -> K) -> Self {
        let mut seen = BTreeSet::new();
        self.items.retain(|item| seen.insert(key(item)));
        self
    }

    pub(super) fn is_known_empty(&self) -> bool {
        self.items.is_empty() && self.read == Read::Whole
    }
}

#[derive(Default)]
struct State {
    /// Regions where asking on is pointless: every later call there fails with it, unasked. A
    /// region that the account has not enabled refuses credentials that serve elsewhere.
    refused: BTreeMap<Region, ReadError>,
    broken_sink: Option<io::Error>,
    answers: usize,
    first_failure: Option<Gap>,
}

pub(super) struct Asker<'a, R, T> {
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

/// The list inside a page's facts, when they are of the variant asked for.
macro_rules! listed {
    ($variant:ident) => {
        |facts| match facts {
            unbridge_model::call::Facts::$variant(items) => Some(items),
            _ => None,
        }
    };
}
pub(super) use listed;

impl<'a, R: Reader, T: Timer> Asker<'a, R, T> {
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

    pub(super) fn tally(self) -> Tally {
        let State {
            broken_sink,
            answers,
            first_failure,
            ..
        } = self.state.into_inner();
        Tally {
            broken_sink,
            answers,
            first_failure,
        }
    }

    /// A whole list, or `None` and a gap.
    pub(super) async fn list<X>(
        &self,
        region: &Region,
        call: Call,
        pick: impl Fn(Facts) -> Option<Vec<X>>,
    ) -> Option<Vec<X>> {
        let listing = self.listing(region, call, pick).await;
        (listing.read == Read::Whole).then_some(listing.items)
    }

    /// As much of a list as could be read; a gap when that is not all.
    pub(super) async fn listing<X>(
        &self,
        region: &Region,
        call: Call,
        pick: impl Fn(Facts) -> Option<Vec<X>>,
    ) -> Listing<X> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let page = match self.page(region, &call, from.as_ref()).await {
                Ok(page) => page,
                Err(error) => {
                    self.failed(region, &call, error);
                    return Listing {
                        items,
                        read: Read::Partly,
                    };
                }
            };
            let Some(more) = pick(page.facts) else {
                self.failed(region, &call, mismatch());
                return Listing {
                    items,
                    read: Read::Partly,
                };
            };
            items.extend(more);
            from = page.next;
            if from.is_none() {
                return Listing {
                    items,
                    read: Read::Whole,
                };
            }
        }
    }

    /// An answer of one page, or `None` and a gap.
    pub(super) async fn one<X>(
        &self,
        region: &Region,
        call: Call,
        pick: impl Fn(Facts) -> Option<X>,
    ) -> Option<X> {
        let answer = self
            .page(region, &call, None)
            .await
            .and_then(|page| pick(page.facts).ok_or_else(mismatch));
        answer
            .map_err(|error| self.failed(region, &call, error))
            .ok()
    }

    /// Writes a record. A sink that cannot take it ends the scan.
    pub(super) fn put(&self, record: Record) {
        if let Err(error) = self.sink.put(record) {
            self.state.borrow_mut().broken_sink.get_or_insert(error);
        }
    }

    /// Records that something was not seen.
    pub(super) fn gap(
        &self,
        region: Option<&Region>,
        unseen: Unseen,
        class: GapClass,
        message: &str,
    ) {
        let gap = Gap {
            account: self.account.clone(),
            region: region.cloned(),
            unseen,
            class,
            message: Text::new(message),
        };
        self.observer.on(ScanEvent::Gap(&gap));
        self.put(Record::Gap(gap));
    }

    fn failed(&self, region: &Region, call: &Call, error: ReadError) {
        tracing::warn!(%region, call = call.kind().name(), class = %error.class, message = %error.message, "not read");
        let unseen = Unseen::Call {
            call: call.kind(),
            of: call.subject(),
        };
        let gap = Gap {
            account: self.account.clone(),
            region: Some(region.clone()),
            unseen: unseen.clone(),
            class: error.class,
            message: Text::new(&error.message),
        };
        self.state.borrow_mut().first_failure.get_or_insert(gap);
        self.gap(Some(region), unseen, error.class, &error.message);
    }

    /// Whether asking on makes sense.
    fn check(&self, region: &Region) -> Result<(), ReadError> {
        let state = self.state.borrow();
        if state.broken_sink.is_some() {
            let message = "the snapshot could not be written";
            return Err(ReadError::new(GapClass::Interrupted, message));
        }
        state
            .refused
            .get(region)
            .map_or(Ok(()), |error| Err(error.clone()))
    }

    async fn page(
        &self,
        region: &Region,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        let place = Place::regional(self.account.clone(), region.clone());
        self.observer.on(ScanEvent::Planned(call));
        let mut attempt = 1;
        loop {
            self.check(region)?;
            let answer = self.reader.read(&place, call, from).await;
            self.observer.on(ScanEvent::Answered(call));
            let error = match answer {
                Ok(page) => {
                    self.state.borrow_mut().answers += 1;
                    return Ok(page);
                }
                Err(error) => error,
            };
            let limit = if error.class == GapClass::Throttled {
                PATIENT_ATTEMPTS
            } else {
                ATTEMPTS
            };
            if !error.is_transient() || attempt >= limit {
                if error.class == GapClass::Credentials {
                    let refused = &mut self.state.borrow_mut().refused;
                    refused.insert(region.clone(), error.clone());
                }
                return Err(error);
            }
            self.observer.on(ScanEvent::Planned(call));
            tracing::debug!(call = call.kind().name(), attempt, class = %error.class, "again");
            let pause = pause_after(call, attempt).max(error.retry_after.unwrap_or_default());
            self.timer.wait(pause).await;
            attempt += 1;
        }
    }
}

fn mismatch() -> ReadError {
    ReadError::new(
        GapClass::Unparseable,
        "the answer is of another kind than the question",
    )
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
