//! A journal in memory whose process may end at any line, and which notices when a run comes to a
//! state from which the rest is known to go well.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use unbridge_model::journal::{
    Entry, Event, Folded, JournalStore, RunState, StepState, StoreError,
};
use unbridge_model::plan::{Body, Plan};
use unbridge_sim::live::Live;
use xxhash_rust::xxh3::Xxh3;

use crate::run::Then;
use crate::watch::Recent;

/// Where the process ends, by the number of a line among those that it writes, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crash {
    /// Before this line is on disk.
    Before(usize),
    /// When half of it is.
    Amid(usize),
    /// When it is, and nothing was done yet.
    After(usize),
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(line) => write!(f, "before line {} of the journal is written", line + 1),
            Self::Amid(line) => write!(f, "amid line {} of the journal", line + 1),
            Self::After(line) => write!(f, "after line {} of the journal is written", line + 1),
        }
    }
}

/// A state of a run: the world and what the journal comes to.
pub(crate) type State = (u128, u128);

/// States from which a run goes well to its end.
pub(crate) type Known = BTreeSet<State>;

/// What is made of the states that a run comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum States<'a> {
    /// Nothing.
    Ignored,
    /// They are noted, and the moments with them.
    Noted,
    /// They are noted, and a run that comes to one of these stops there.
    Known(&'a Known),
}

/// Why a line was not written, besides the crash itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broke {
    Crashed,
    Rejoined,
}

/// A moment of a run: just before a line of its journal was written.
pub(crate) struct Moment {
    pub(crate) live: Live,
    pub(crate) recent: Recent,
    /// What the journal so far comes to.
    pub(crate) folded: Folded,
    /// The line that was to be written.
    pub(crate) line: String,
    /// Lines of the trace so far.
    pub(crate) told: usize,
}

/// A journal in memory. Clones share it.
#[derive(Clone)]
pub(crate) struct Tape<'a> {
    live: &'a Live,
    plan: &'a Plan,
    states: States<'a>,
    shared: Rc<RefCell<Shared<'a>>>,
}

struct Shared<'a> {
    text: String,
    folded: Folded,
    lines: usize,
    crash: Option<Crash>,
    broke: Option<Broke>,
    /// The state before each line.
    seen: Vec<State>,
    moments: Vec<Moment>,
    /// What goes wrong in this run has gone wrong: from here on its states say all of it.
    is_armed: bool,
    /// Where the process wants the run to go.
    then: Then,
    /// What is under way besides, for a moment.
    around: Option<&'a dyn Fn() -> (Recent, usize)>,
}

impl<'a> Tape<'a> {
    /// The journal of a run on this account, of which nothing is written.
    pub(crate) fn new(live: &'a Live, plan: &'a Plan, states: States<'a>) -> Self {
        Self::behind(live, plan, Folded::new(&plan.body), states)
    }

    /// The rest of a journal whose events come to this.
    pub(crate) fn behind(
        live: &'a Live,
        plan: &'a Plan,
        folded: Folded,
        states: States<'a>,
    ) -> Self {
        let shared = Shared {
            folded,
            text: String::new(),
            lines: 0,
            crash: None,
            broke: None,
            seen: Vec::new(),
            moments: Vec::new(),
            is_armed: false,
            then: Then::Resume,
            around: None,
        };
        Self {
            live,
            plan,
            states,
            shared: Rc::new(RefCell::new(shared)),
        }
    }

    /// Tells what is under way when a line is written.
    pub(crate) fn looks(&self, around: &'a dyn Fn() -> (Recent, usize)) {
        self.shared.borrow_mut().around = Some(around);
    }

    pub(crate) fn text(&self) -> String {
        self.shared.borrow().text.clone()
    }

    pub(crate) fn lines(&self) -> usize {
        self.shared.borrow().lines
    }

    pub(crate) fn broke(&self) -> Option<Broke> {
        self.shared.borrow().broke
    }

    /// The states and moments that were noted.
    pub(crate) fn taken(&self) -> (Vec<State>, Vec<Moment>) {
        let mut shared = self.shared.borrow_mut();
        (
            std::mem::take(&mut shared.seen),
            std::mem::take(&mut shared.moments),
        )
    }

    /// Where the process wants the run to go.
    pub(crate) fn goes(&self, then: Then) {
        self.shared.borrow_mut().then = then;
    }

    /// Another process goes on behind the whole lines, wants the run to go this way, and ends there.
    pub(crate) fn reopen(&self, whole: usize, then: Then, crash: Option<Crash>) {
        let mut shared = self.shared.borrow_mut();
        shared.then = then;
        shared.text.truncate(whole);
        shared.crash = crash;
        shared.broke = None;
    }

    /// The process ends there.
    pub(crate) fn ends(&self, crash: Option<Crash>) {
        self.shared.borrow_mut().crash = crash;
    }

    /// What goes wrong in this run has gone wrong.
    pub(crate) fn arm(&self) {
        self.shared.borrow_mut().is_armed = true;
    }

    fn state(&self, folded: &Folded) -> State {
        (self.live.digest(), key(folded, &self.plan.body))
    }
}

/// What a journal comes to, as far as the rest of the run depends on it. A step that was taken back
/// is as one that was never made.
fn key(folded: &Folded, body: &Body) -> u128 {
    let mut hash = Xxh3::new();
    let run = match folded.run() {
        RunState::Forward => "forward",
        RunState::Back => "back",
        RunState::Stuck(_) => "stuck",
        RunState::Ended(_) => "ended",
    };
    hash.update(run.as_bytes());
    for step in &body.steps {
        let state = match folded.state(&step.id) {
            StepState::Undone => StepState::Waiting,
            other => other,
        };
        hash.update(&[b'\n', state as u8]);
        if state != StepState::Waiting
            && let Some(output) = folded.outputs().get(&step.id)
        {
            hash.update(output.id().as_bytes());
        }
    }
    hash.digest128()
}

impl Shared<'_> {
    /// Whether the state before a line says everything that the rest of the run depends on: what
    /// goes wrong has gone wrong, and the run goes the way that the process wants it to go.
    fn says_all(&self, line: &str) -> bool {
        let on_its_way = match self.then {
            Then::Resume => true,
            Then::RollBack => *self.folded.run() == RunState::Back,
        };
        let entry = serde_json::from_str::<Entry>(line);
        let turns = matches!(
            entry.map(|entry| entry.event),
            Ok(Event::TakenUp { .. } | Event::TurnedBack { .. } | Event::Stopped { .. })
        );
        self.is_armed && on_its_way && !turns
    }

    fn write(&mut self, line: &str) {
        self.text.push_str(line);
        // The header is no event, and what cannot follow was refused before it came here.
        if let Ok(entry) = serde_json::from_str::<Entry>(line) {
            let _ = self.folded.take(&entry.event);
        }
    }
}

impl JournalStore for Tape<'_> {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        let mut shared = self.shared.borrow_mut();
        let ended = || Err(StoreError("the process has ended".to_owned()));
        if shared.broke.is_some() {
            return ended();
        }
        match self.states {
            States::Ignored => {}
            States::Noted => {
                let state = self.state(&shared.folded);
                shared.seen.push(state);
                let (recent, told) = shared.around.map(|look| look()).unwrap_or_default();
                let moment = Moment {
                    live: self.live.fork(),
                    recent,
                    folded: shared.folded.clone(),
                    line: line.to_owned(),
                    told,
                };
                shared.moments.push(moment);
            }
            States::Known(known) if shared.says_all(line) => {
                let state = self.state(&shared.folded);
                if known.contains(&state) {
                    shared.broke = Some(Broke::Rejoined);
                    return ended();
                }
                shared.seen.push(state);
            }
            States::Known(_) => {}
        }
        let at = shared.lines;
        shared.lines += 1;
        match shared.crash {
            Some(Crash::Before(line)) if line == at => {}
            Some(Crash::Amid(number)) if number == at => {
                let half = line.len() / 2;
                let half = line.get(..half).unwrap_or_default().to_owned();
                shared.text.push_str(&half);
            }
            Some(Crash::After(number)) if number == at => shared.write(line),
            _ => {
                shared.write(line);
                return Ok(());
            }
        }
        shared.broke = Some(Broke::Crashed);
        ended()
    }
}
