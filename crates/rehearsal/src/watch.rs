//! The ports of a rehearsal: the simulated account behind a writer that may fail, with requests
//! flowing at every change and while time passes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::journal::{Owner, Recorded};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::{Operation, OperationKind};
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{
    Clock, Held, Judgement, Meter, Prober, ReadError, Waited, WriteError, Writer,
};
use unbridge_model::route::AnyApi;
use unbridge_model::text::Text;
use unbridge_sim::live::Live;

use crate::load::{Harm, Load, Touch};
use crate::trace::{Trace, told};

/// How often requests are asked while time passes, for as long as a change may still spread.
const SLICE: Duration = Duration::from_secs(10);
/// After this long without a change nothing moves by itself.
const SETTLED: Duration = Duration::from_secs(120);

/// What was changed lately, and when: requests may still meet it.
pub(crate) type Recent = BTreeMap<Touch, Duration>;

/// An account under a running plan, watched.
pub(crate) struct Watched<'a> {
    live: &'a Live,
    writer: &'a dyn Writer,
    load: &'a Load,
    pub(crate) recent: RefCell<Recent>,
    pub(crate) trace: RefCell<Trace>,
    pub(crate) harm: RefCell<Option<Harm>>,
    pub(crate) requests: Cell<u64>,
    pub(crate) changes: Cell<u32>,
    /// Called before each change, with its number.
    before: &'a dyn Fn(u32),
}

impl<'a> Watched<'a> {
    pub(crate) fn new(
        live: &'a Live,
        writer: &'a dyn Writer,
        load: &'a Load,
        before: &'a dyn Fn(u32),
    ) -> Self {
        Self {
            live,
            writer,
            load,
            recent: RefCell::default(),
            trace: RefCell::default(),
            harm: RefCell::default(),
            requests: Cell::default(),
            changes: Cell::default(),
            before,
        }
    }

    /// Asks the requests that a change can touch, until one is not served as before.
    fn ask(&self, touch: &Touch) {
        if self.harm.borrow().is_some() {
            return;
        }
        for asked in self.load.touched(touch) {
            self.requests.set(self.requests.get() + 1);
            let answers = self.live.answers(&asked.request);
            if let Some(harm) = self.load.harm(asked, answers) {
                self.trace.borrow_mut().harm(self.live.now(), &harm);
                self.harm.replace(Some(harm));
                return;
            }
        }
    }

    /// How many lines the trace has.
    pub(crate) fn told(&self) -> usize {
        self.trace.borrow().lines().count()
    }

    /// Asks all requests once more, when every change has spread.
    pub(crate) fn settle(&self) {
        self.live.wait(SETTLED);
        self.ask(&Touch::Everything);
    }

    /// Asks what lately changed, as long as it may still spread.
    fn ask_recent(&self) {
        let now = self.live.now();
        let mut recent = self.recent.borrow_mut();
        recent.retain(|_, at| now.saturating_sub(*at) <= SETTLED);
        recent.keys().for_each(|touch| self.ask(touch));
    }
}

impl Writer for Watched<'_> {
    fn perform(&self, change: Recorded) -> Result<Option<Output>, WriteError> {
        let number = self.changes.get();
        (self.before)(number);
        self.changes.set(number + 1);
        let touch = Touch::of(change.operation());
        let (step, kind) = (
            change.owner().step.clone(),
            OperationKind::from(change.operation()),
        );
        let direction = change.direction();
        let answer = self.writer.perform(change);
        let line = told(&step, direction, kind, &answer);
        self.trace.borrow_mut().line(self.live.now(), line);
        self.ask(&touch);
        if touch != Touch::Nothing {
            self.recent.borrow_mut().insert(touch, self.live.now());
        }
        answer
    }

    fn observe(&self, condition: &Condition<Settled>) -> Result<Held, ReadError> {
        self.writer.observe(condition)
    }

    fn find_owned(
        &self,
        owner: &Owner,
        operation: &Operation<Settled>,
    ) -> Result<Vec<Output>, ReadError> {
        self.writer.find_owned(owner, operation)
    }
}

impl Clock for Watched<'_> {
    fn now(&self) -> Duration {
        self.live.now()
    }

    fn wall(&self) -> Text {
        self.live.wall()
    }

    fn wait(&self, pause: Duration) -> Waited {
        let mut left = pause;
        while !left.is_zero() && !self.recent.borrow().is_empty() {
            let slice = SLICE.min(left);
            self.live.wait(slice);
            left = left.saturating_sub(slice);
            self.ask_recent();
            if self.harm.borrow().is_some() {
                return Waited::Interrupted;
            }
        }
        self.live.wait(left);
        Waited::Passed
    }
}

impl Prober for Watched<'_> {
    fn prove(&self, gate: &Gate) -> Judgement {
        let Gate::Proof { api, stage, like } = gate else {
            return Judgement::Error {
                why: Text::new("it is no proof"),
            };
        };
        let mut compared = 0_u32;
        for asked in self.load.to_stage(&AnyApi::Rest(api.clone()), like) {
            let mut request = asked.request.clone();
            request.stage = stage.clone();
            compared += 1;
            self.requests.set(self.requests.get() + 1);
            if let Some(harm) = self.load.harm(asked, self.live.answers(&request)) {
                let why = crate::trace::difference(&harm);
                return Judgement::Fail {
                    why: Text::from(why),
                };
            }
        }
        match compared {
            0 => Judgement::Inconclusive {
                why: Text::new("no request to the live stage is known"),
            },
            _ => Judgement::Pass,
        }
    }
}

impl Meter for Watched<'_> {
    /// Every request is watched already: what is wrong is seen before it is measured.
    fn judge(&self, _: &Gate) -> Judgement {
        match &*self.harm.borrow() {
            Some(harm) => Judgement::Fail {
                why: Text::from(crate::trace::difference(harm)),
            },
            None => Judgement::Pass,
        }
    }
}
