//! One run of a plan in the simulator: where it crashes, what fails, and what is done then.

use std::collections::BTreeMap;

use unbridge_executor::{Context, Limits, Outcome, Ports, begin, forward, resume, rollback};
use unbridge_model::id::{RunId, StepId};
use unbridge_model::journal::{Journal, JournalError, Residue, Written};
use unbridge_model::plan::Plan;
use unbridge_model::port::{Clock, LockStore};
use unbridge_model::text::Text;
use unbridge_sim::account::Account;
use unbridge_sim::faults::{Fault, Faulty};
use unbridge_sim::live::Live;

use crate::load::{Harm, Load};
use crate::tape::{Broke, Crash, State, States, Tape};
use crate::trace::Trace;
use crate::watch::Watched;

/// What is done after a crash or a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Then {
    /// The run goes on.
    Resume,
    /// The run goes back.
    RollBack,
}

/// What happens in a run besides the plan.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) faults: BTreeMap<u32, Fault>,
    pub(crate) crash: Option<Crash>,
    pub(crate) then: Option<Then>,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) end: Ending,
    pub(crate) trace: Trace,
    pub(crate) requests: u64,
    pub(crate) changes: u32,
    pub(crate) lines: usize,
    pub(crate) states: Vec<State>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A request was not served as before.
    Harmed(Box<Harm>),
    /// Every step is done.
    Completed,
    /// Every step is taken back but for this.
    RolledBack(Vec<(StepId, Residue)>),
    /// It stopped at a step, going this way.
    Stopped(StepId, String),
    /// It cannot go on or back.
    Stuck(StepId, String),
    /// It came to a state from which it is known to go well.
    Rejoined,
    /// The executor or the journal refused.
    Refused(String),
}

/// A stage on which a plan is played again and again.
pub(crate) struct Theatre<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) start: &'a Live,
    pub(crate) load: &'a Load,
    pub(crate) context: Context,
    pub(crate) limits: Limits,
}

impl Theatre<'_> {
    /// Plays the plan once. Also tells the account as it stands afterwards.
    pub(crate) fn play(&self, script: Script, states: States<'_>) -> (Played, Account) {
        let live = self.start.fork();
        let tape = Tape::new(&live, &self.plan.body, script.crash, states);
        let last = script.faults.keys().next_back().copied();
        let arm = |number| {
            if last == Some(number) {
                tape.arm();
            }
        };
        let faulty = Faulty::new(live.clone(), script.faults);
        let watched = Watched::new(&live, &faulty, self.load, &arm);
        let ports = Ports {
            writer: &watched,
            clock: &watched,
            prober: &watched,
            meter: &watched,
            locks: &live as &dyn LockStore,
        };
        let mut outcome = self.first(&ports, &tape);
        if let (Some(Broke::Crashed), Some(then)) = (tape.broke(), script.then) {
            watched
                .trace
                .borrow_mut()
                .line(live.now(), "the process ended here".to_owned());
            outcome = self.after(&ports, &tape, then);
        }
        if let (Ok(Outcome::Stopped { .. }), Some(then)) = (&outcome, script.then) {
            faulty.renew();
            outcome = self.after(&ports, &tape, then);
        }
        if tape.broke() != Some(Broke::Rejoined) {
            watched.settle();
        }
        let harm = watched.harm.borrow_mut().take();
        let played = Played {
            end: match (harm, tape.broke()) {
                (Some(harm), _) => Ending::Harmed(Box::new(harm)),
                (None, Some(Broke::Rejoined)) => Ending::Rejoined,
                (None, _) => ending(outcome),
            },
            trace: watched.trace.take(),
            requests: watched.requests.get(),
            changes: watched.changes.get(),
            lines: tape.lines(),
            states: tape.states(),
        };
        (played, live.account())
    }

    fn first(&self, ports: &Ports<'_>, tape: &Tape<'_>) -> Result<Outcome, String> {
        let mut journal = begin(self.plan, tape.clone(), &self.context, ports)
            .map_err(|error| error.to_string())?;
        forward(self.plan, &mut journal, &self.context, ports, &self.limits)
            .map_err(|error| error.to_string())
    }

    fn after(&self, ports: &Ports<'_>, tape: &Tape<'_>, then: Then) -> Result<Outcome, String> {
        let text = tape.text();
        let written = match Written::parse(&text) {
            Ok(written) => written,
            // Not even the header was written: nothing was done, and it begins anew.
            Err(JournalError::Malformed { line: 1, .. }) => {
                tape.reopen(0, None);
                return match then {
                    Then::Resume => self.first(ports, tape),
                    Then::RollBack => Ok(Outcome::RolledBack {
                        residue: Vec::new(),
                    }),
                };
            }
            Err(error) => return Err(error.to_string()),
        };
        tape.reopen(written.whole, None);
        let mut journal = Journal::take_up(tape.clone(), &written, self.plan)
            .map_err(|error| error.to_string())?;
        let (context, limits) = (&self.context, &self.limits);
        let outcome = match then {
            Then::Resume => resume(self.plan, &mut journal, context, ports, limits)
                .map_err(|error| error.to_string())?,
            Then::RollBack => {
                let why = Text::new("the rehearsal goes back here");
                rollback(self.plan, &mut journal, why, context, ports, limits)
                    .map_err(|error| error.to_string())?
            }
        };
        Ok(outcome)
    }
}

fn ending(outcome: Result<Outcome, String>) -> Ending {
    match outcome {
        Ok(Outcome::Completed) => Ending::Completed,
        Ok(Outcome::RolledBack { residue }) => Ending::RolledBack(residue),
        Ok(Outcome::Stopped { step, why }) => Ending::Stopped(step, why.to_string()),
        Ok(Outcome::Stuck { step, why }) => Ending::Stuck(step, why.to_string()),
        Ok(Outcome::Interrupted { step }) => Ending::Stopped(step, "interrupted".to_owned()),
        Err(error) => Ending::Refused(error),
    }
}

/// Who runs a rehearsal.
pub(crate) fn context() -> Option<Context> {
    Some(Context {
        run: RunId::new("rehearsal").ok()?,
        caller: Text::new("rehearsal"),
        owner: Text::new("rehearsal"),
        tool_version: Text::new("rehearsal"),
    })
}
