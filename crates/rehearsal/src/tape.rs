//! A journal in memory whose process may end at any line, and which notices when a run comes to a
//! state from which the rest is known to go well.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use unbridge_model::journal::{
    Entry, Event, Folded, JournalStore, RunState, StepState, StoreError,
};
use unbridge_model::plan::Body;
use unbridge_sim::live::Live;
use xxhash_rust::xxh3::Xxh3;

/// Where the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crash {
    /// Before this line, from 0 for the header, is on disk.
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
    /// They are noted.
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

/// A journal in memory. Clones share it.
#[derive(Clone)]
pub(crate) struct Tape<'a> {
    live: &'a Live,
    body: &'a Body,
    made_of_states: States<'a>,
    shared: Rc<RefCell<Shared>>,
}

struct Shared {
    text: String,
    lines: usize,
    folded: Folded,
    crash: Option<Crash>,
    broke: Option<Broke>,
    /// The state before each line.
    states: Vec<State>,
    /// What goes wrong in this run has gone wrong: from here on its states say all of it.
    is_armed: bool,
}

impl<'a> Tape<'a> {
    /// An empty journal of a run on this account.
    pub(crate) fn new(
        live: &'a Live,
        body: &'a Body,
        crash: Option<Crash>,
        made_of_states: States<'a>,
    ) -> Self {
        let shared = Shared {
            text: String::new(),
            lines: 0,
            folded: Folded::new(body),
            crash,
            broke: None,
            states: Vec::new(),
            is_armed: false,
        };
        Self {
            live,
            body,
            made_of_states,
            shared: Rc::new(RefCell::new(shared)),
        }
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

    pub(crate) fn states(&self) -> Vec<State> {
        self.shared.borrow().states.clone()
    }

    /// Another process goes on behind the whole lines, and ends there.
    pub(crate) fn reopen(&self, whole: usize, crash: Option<Crash>) {
        let mut shared = self.shared.borrow_mut();
        shared.text.truncate(whole);
        shared.crash = crash;
        shared.broke = None;
        shared.is_armed = true;
    }

    /// What goes wrong in this run has gone wrong.
    pub(crate) fn arm(&self) {
        self.shared.borrow_mut().is_armed = true;
    }

    fn state(&self, folded: &Folded) -> State {
        (self.live.digest(), key(folded, self.body))
    }
}

/// Whether a line says in which direction the run goes from here: the state before it does not.
fn turns(line: &str) -> bool {
    let entry = serde_json::from_str::<Entry>(line);
    let event = entry.map(|entry| entry.event);
    matches!(
        event,
        Ok(Event::TakenUp { .. } | Event::TurnedBack { .. } | Event::Stopped { .. })
    )
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

impl Shared {
    fn write(&mut self, line: &str) {
        self.text.push_str(line);
        // The header is no event, and what cannot follow was refused before it came here.
        if let Ok(entry) = serde_json::from_str::<Entry>(line)
            && let Ok(folded) = self.folded.next(&entry.event)
        {
            self.folded = folded;
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
        match self.made_of_states {
            States::Ignored => {}
            States::Noted => {
                let state = self.state(&shared.folded);
                shared.states.push(state);
            }
            States::Known(known) if shared.is_armed && !turns(line) => {
                let state = self.state(&shared.folded);
                if known.contains(&state) {
                    shared.broke = Some(Broke::Rejoined);
                    return ended();
                }
                shared.states.push(state);
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
