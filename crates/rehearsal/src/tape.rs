//! A journal in memory whose process may end at any line, and which notices when a run comes to a
//! state from which the rest is known to go well.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use unbridge_model::journal::{Entry, Event, Folded, JournalStore, RunState, StoreError};
use unbridge_sim::live::Live;

use crate::known::{Joined, Key, Known, Script, State};
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
    pub(crate) key: Key,
    pub(crate) state: State,
    /// The event that was to be written; `None` for the header.
    pub(crate) event: Option<Event>,
    /// Lines of the trace so far.
    pub(crate) told: usize,
}

/// A journal in memory. Clones share it.
#[derive(Clone)]
pub(crate) struct Tape<'a> {
    live: &'a Live,
    script: &'a Script<'a>,
    states: States<'a>,
    shared: Rc<RefCell<Shared<'a>>>,
}

struct Shared<'a> {
    text: String,
    folded: Folded,
    key: Key,
    lines: usize,
    crash: Option<Crash>,
    broke: Option<Broke>,
    /// What was joined when the run came to what is known.
    joined: Option<Joined>,
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
    pub(crate) fn new(live: &'a Live, script: &'a Script<'a>, states: States<'a>) -> Self {
        let folded = Folded::new(&script.plan.body);
        Self::behind(live, script, (folded, Key::new()), states)
    }

    /// The rest of a journal whose events come to this.
    pub(crate) fn behind(
        live: &'a Live,
        script: &'a Script<'a>,
        (folded, key): (Folded, Key),
        states: States<'a>,
    ) -> Self {
        let shared = Shared {
            folded,
            key,
            text: String::new(),
            lines: 0,
            crash: None,
            broke: None,
            joined: None,
            seen: Vec::new(),
            moments: Vec::new(),
            is_armed: false,
            then: Then::Resume,
            around: None,
        };
        Self {
            live,
            script,
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

    pub(crate) fn joined(&self) -> Option<Joined> {
        self.shared.borrow().joined
    }

    /// The run ends here: it has come to what is known to go well.
    pub(crate) fn joins(&self, joined: Joined) {
        let mut shared = self.shared.borrow_mut();
        shared.broke = Some(Broke::Rejoined);
        shared.joined = Some(joined);
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

    /// The state in which the run is.
    pub(crate) fn state(&self) -> State {
        self.shared.borrow().state(self.live)
    }
}

impl Shared<'_> {
    fn state(&self, live: &Live) -> State {
        (live.standing(), self.key.digest(&self.folded))
    }

    /// Whether the state before a line says everything that the rest of the run depends on: what
    /// goes wrong has gone wrong, and the run goes the way that the process wants it to go.
    fn says_all(&self, event: Option<&Event>) -> bool {
        let on_its_way = match self.then {
            Then::Resume => true,
            Then::RollBack => *self.folded.run() == RunState::Back,
        };
        let turns = matches!(
            event,
            Some(Event::TakenUp { .. } | Event::TurnedBack { .. } | Event::Stopped { .. })
        );
        self.is_armed && on_its_way && !turns
    }

    fn write(&mut self, line: &str, event: Option<&Event>, live: &Live, script: &Script<'_>) {
        self.text.push_str(line);
        // The header is no event.
        let Some(event) = event else {
            return;
        };
        if let Some(forgiven) = self.key.take(&mut self.folded, event, script) {
            forgiven.on(live);
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
        let entry = serde_json::from_str::<Entry>(line);
        let event = entry.map(|entry| entry.event).ok();
        match self.states {
            States::Ignored => {}
            States::Noted => {
                let state = shared.state(self.live);
                shared.seen.push(state);
                let (recent, told) = shared.around.map(|look| look()).unwrap_or_default();
                let moment = Moment {
                    live: self.live.fork(),
                    recent,
                    folded: shared.folded.clone(),
                    key: shared.key.clone(),
                    state,
                    event: event.clone(),
                    told,
                };
                shared.moments.push(moment);
            }
            States::Known(known) if shared.says_all(event.as_ref()) => {
                let state = shared.state(self.live);
                let joined = Joined::State(state);
                if known.has(&joined) {
                    shared.broke = Some(Broke::Rejoined);
                    shared.joined = Some(joined);
                    return ended();
                }
                shared.seen.push(state);
            }
            States::Known(_) => {}
        }
        let at = shared.lines;
        shared.lines += 1;
        let (live, script) = (self.live, self.script);
        match shared.crash {
            Some(Crash::Before(line)) if line == at => {}
            Some(Crash::Amid(number)) if number == at => {
                let half = line.len() / 2;
                let half = line.get(..half).unwrap_or_default().to_owned();
                shared.text.push_str(&half);
            }
            Some(Crash::After(number)) if number == at => {
                shared.write(line, event.as_ref(), live, script);
            }
            _ => {
                shared.write(line, event.as_ref(), live, script);
                return Ok(());
            }
        }
        shared.broke = Some(Broke::Crashed);
        ended()
    }
}
