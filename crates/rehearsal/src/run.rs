//! One run of a plan in the simulator: where it crashes, what fails, and what is done then.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_executor::{Context, Limits, Outcome, Ports, begin, forward, resume, rollback};
use unbridge_model::id::{RunId, StepId};
use unbridge_model::journal::{Entry, Header, Journal, Residue};
use unbridge_model::plan::Plan;
use unbridge_model::port::Clock;
use unbridge_model::text::Text;
use unbridge_sim::account::Account;
use unbridge_sim::faults::Faulty;
use unbridge_sim::live::{Live, SwitchKind};

use crate::load::{Harm, Load};
use crate::schedule::{Mishap, Scenario};
use crate::tape::{Broke, Crash, Moment, State, States, Tape};
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

/// What a run came to.
pub(crate) struct Played {
    pub(crate) end: Ending,
    pub(crate) trace: Trace,
    pub(crate) requests: u64,
    /// The states that it came through.
    pub(crate) states: Vec<State>,
    /// The account afterwards.
    pub(crate) account: Account,
    /// What is not known of AWS and could have changed something.
    pub(crate) asked: BTreeSet<SwitchKind>,
}

/// The run in which nothing goes wrong.
pub(crate) struct Main {
    pub(crate) played: Played,
    /// The journal's header; `None` when it was never written.
    pub(crate) header: Option<Header>,
    pub(crate) moments: Vec<Moment>,
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
    /// Plays the plan with nothing going wrong.
    pub(crate) fn main(&self) -> Main {
        let live = self.start.fork();
        let watched = Watched::new(&live, &live, self.load, &|_| {});
        let around = || (watched.recent.borrow().clone(), watched.told());
        let tape = Tape::new(&live, self.plan, States::Noted);
        tape.looks(&around);
        let outcome = self.first(&ports(&watched, &live), &tape);
        let (states, moments) = tape.taken();
        let header = moments.first();
        let header = header.and_then(|moment| serde_json::from_str(&moment.line).ok());
        Main {
            played: played(&watched, &live, &tape, outcome, states),
            header,
            moments,
        }
    }

    /// Plays what follows when something goes wrong at a moment of that run.
    pub(crate) fn after(
        &self,
        main: &Main,
        number: usize,
        scenario: Scenario,
        states: States<'_>,
    ) -> Option<Played> {
        let moment = main.moments.get(number)?;
        let live = moment.live.fork();
        let mut folded = moment.folded.clone();
        let mut events = u64::try_from(number).ok()?.saturating_sub(1);
        let mut faults = BTreeMap::new();
        match scenario.mishap {
            // Half a line does not count when a journal is read: so `Written::parse` has it.
            Mishap::Crash(Crash::Before(_) | Crash::Amid(_)) => {}
            Mishap::Crash(Crash::After(_)) if number > 0 => {
                let entry: Entry = serde_json::from_str(&moment.line).ok()?;
                folded.take(&entry.event).ok()?;
                events += 1;
            }
            // The header is no event.
            Mishap::Crash(Crash::After(_)) => {}
            Mishap::Failure(_, failure) => {
                faults.insert(0, failure.fault());
            }
        }
        let is_crash = faults.is_empty();
        let tape = Tape::behind(&live, self.plan, folded.clone(), states);
        let arm = |_| tape.arm();
        let faulty = Faulty::new(live.clone(), faults);
        let watched = Watched::new(&live, &faulty, self.load, &arm);
        watched.recent.replace(moment.recent.clone());
        let ports = ports(&watched, &live);
        let then = if is_crash {
            tape.arm();
            let ended = "the process ended here".to_owned();
            watched.trace.borrow_mut().line(live.now(), ended);
            scenario.then
        } else {
            Then::Resume
        };
        // Before its header there is no journal: nothing was done, and it begins anew.
        let header = match scenario.mishap {
            Mishap::Crash(Crash::Before(0) | Crash::Amid(0)) | Mishap::Failure(0, _) => None,
            Mishap::Crash(_) | Mishap::Failure(..) => Some(main.header.clone()?),
        };
        let outcome = match header {
            Some(header) => {
                let mut journal = Journal::go_on(tape.clone(), header, folded, events);
                let outcome = self.goes(&mut journal, &ports, &tape, then);
                match &outcome {
                    Ok(Outcome::Stopped { .. }) if !is_crash => {
                        faulty.renew();
                        self.goes(&mut journal, &ports, &tape, scenario.then)
                    }
                    _ => outcome,
                }
            }
            None => match then {
                Then::Resume => self.first(&ports, &tape),
                Then::RollBack => Ok(Outcome::RolledBack {
                    residue: Vec::new(),
                }),
            },
        };
        let (states, _) = tape.taken();
        let mut played = played(&watched, &live, &tape, outcome, states);
        played.trace = main.played.trace.beginning(moment.told, played.trace);
        Some(played)
    }

    fn first(&self, ports: &Ports<'_>, tape: &Tape<'_>) -> Result<Outcome, String> {
        let mut journal = begin(self.plan, tape.clone(), &self.context, ports)
            .map_err(|error| error.to_string())?;
        forward(self.plan, &mut journal, &self.context, ports, &self.limits)
            .map_err(|error| error.to_string())
    }

    /// A process takes the run up and has it go this way.
    fn goes(
        &self,
        journal: &mut Journal<Tape<'_>>,
        ports: &Ports<'_>,
        tape: &Tape<'_>,
        then: Then,
    ) -> Result<Outcome, String> {
        tape.goes(then);
        let (context, limits) = (&self.context, &self.limits);
        match then {
            Then::Resume => resume(self.plan, journal, context, ports, limits)
                .map_err(|error| error.to_string()),
            Then::RollBack => {
                let why = Text::new("the rehearsal goes back here");
                rollback(self.plan, journal, why, context, ports, limits)
                    .map_err(|error| error.to_string())
            }
        }
    }
}

fn ports<'a>(watched: &'a Watched<'a>, live: &'a Live) -> Ports<'a> {
    Ports {
        writer: watched,
        clock: watched,
        prober: watched,
        meter: watched,
        locks: live,
    }
}

fn played(
    watched: &Watched<'_>,
    live: &Live,
    tape: &Tape<'_>,
    outcome: Result<Outcome, String>,
    states: Vec<State>,
) -> Played {
    if tape.broke() != Some(Broke::Rejoined) {
        watched.settle();
    }
    let harm = watched.harm.borrow_mut().take();
    Played {
        end: match (harm, tape.broke()) {
            (Some(harm), _) => Ending::Harmed(Box::new(harm)),
            (None, Some(Broke::Rejoined)) => Ending::Rejoined,
            (None, _) => ending(outcome),
        },
        trace: watched.trace.take(),
        requests: watched.requests.get(),
        states,
        account: live.account(),
        asked: live.asked(),
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
