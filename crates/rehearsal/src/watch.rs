//! The ports of a rehearsal: the simulated account behind a writer that may fail, with requests
//! flowing at every change and while time passes.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use unbridge_model::id::StageName;
use unbridge_model::journal::{Owner, Recorded};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::{Operation, OperationKind};
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{
    Clock, Held, Judgement, Meter, Prober, ReadError, Untouched, Waited, WriteError, Writer,
};
use unbridge_model::route::AnyApi;
use unbridge_model::text::Text;
use unbridge_sim::live::Live;

use crate::known::{Served, place};
use crate::load::{Asked, Harm, Load, Touch};
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
    /// What need not be asked again; `None` where everything is asked as often as it is met.
    served: Option<&'a Served>,
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
        served: Option<&'a Served>,
        before: &'a dyn Fn(u32),
    ) -> Self {
        Self {
            live,
            writer,
            load,
            served,
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
        if *touch == Touch::Nothing || self.harm.borrow().is_some() {
            return;
        }
        let harm = self.first_harm(&format!("{touch:?}"), || {
            self.load.touched(touch).map(|asked| (asked, None))
        });
        if let Some(harm) = harm {
            self.trace.borrow_mut().harm(self.live.now(), &harm);
            self.harm.replace(Some(harm));
        }
    }

    /// The first of these requests that is not served as before; each to its own stage, or to
    /// another one.
    fn first_harm<'l, I>(&self, which: &str, requests: impl FnOnce() -> I) -> Option<Harm>
    where
        I: Iterator<Item = (&'l Asked, Option<&'l StageName>)>,
    {
        let switches = self.live.switches();
        // The same requests, answered by the same things.
        let known = self.served.map(|known| {
            let here = place(self.live.served(), which);
            (known, here)
        });
        if let Some((known, here)) = known
            && let Some(decided) = known.known(here, switches)
        {
            self.live.decided(&decided);
            return None;
        }
        let mut decided = BTreeSet::new();
        let mut harm = None;
        for (asked, elsewhere) in requests() {
            self.requests.set(self.requests.get() + 1);
            let answers = match elsewhere {
                None => self.live.answers_noting(&asked.request, &mut decided),
                Some(stage) => {
                    let mut request = asked.request.clone();
                    request.stage = stage.clone();
                    self.live.answers_noting(&request, &mut decided)
                }
            };
            harm = self.load.harm(asked, answers);
            if harm.is_some() {
                break;
            }
        }
        self.live.decided(&decided);
        if let (Some((known, here)), None) = (known, &harm) {
            known.note(here, switches, decided, self.load.decided());
        }
        harm
    }

    /// How many lines the trace has.
    pub(crate) fn told(&self) -> usize {
        self.trace.borrow().len()
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

    fn untouched(&self, what: &Untouched) -> Result<Held, ReadError> {
        self.writer.untouched(what)
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
        let rest = AnyApi::Rest(api.clone());
        if self.load.to_stage(&rest, like).next().is_none() {
            return Judgement::Inconclusive {
                why: Text::new("no request to the live stage is known"),
            };
        }
        let harm = self.first_harm(&format!("{gate:?}"), || {
            let asked = self.load.to_stage(&rest, like);
            asked.map(|asked| (asked, Some(stage)))
        });
        match harm {
            Some(harm) => Judgement::Fail {
                why: Text::from(crate::trace::difference(&harm)),
            },
            None => Judgement::Pass,
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
