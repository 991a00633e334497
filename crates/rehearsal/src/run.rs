//! One run of a plan in the simulator: where it crashes, what fails, and what is done then.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_executor::{Context, Limits, Outcome, Ports, begin, forward, resume, rollback};
use unbridge_model::id::{RunId, StepId};
use unbridge_model::journal::{Folded, Header, Journal, Residue};
use unbridge_model::port::{ApprovedAtStart, Clock};
use unbridge_model::text::Text;
use unbridge_sim::faults::Faulty;
use unbridge_sim::live::{Live, SwitchKind};

use crate::known::{Begun, Joined, Key, Known, Script, Served, Start, State};
use crate::load::{Harm, Load};
use crate::schedule::{Mishap, Scenario};
use crate::tape::{Broke, Crash, Moment, States, Tape};
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
    /// What was done since the moment at which it began.
    pub(crate) trace: Trace,
    /// Lines of the trace before that.
    pub(crate) told: usize,
    pub(crate) requests: u64,
    /// The states that it came through.
    pub(crate) states: Vec<State>,
    /// What it joined that is known to go well, if it did.
    pub(crate) joined: Option<Joined>,
    /// What is done after a stop; `None` when it did not stop.
    pub(crate) then: Option<Then>,
    /// The account afterwards.
    pub(crate) live: Live,
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
    pub(crate) script: &'a Script<'a>,
    pub(crate) start: &'a Live,
    pub(crate) load: &'a Load,
    /// Requests that need not be asked again.
    pub(crate) served: Option<&'a Served>,
    pub(crate) context: Context,
    pub(crate) limits: Limits,
}

impl Theatre<'_> {
    /// Plays the plan with nothing going wrong.
    pub(crate) fn main(&self, states: States<'_>) -> Main {
        let live = self.start.fork();
        let watched = Watched::new(&live, &live, self.load, self.served, &|_| {});
        let around = || (watched.recent.borrow().clone(), watched.told());
        let tape = Tape::new(&live, self.script, states);
        tape.looks(&around);
        let outcome = self.first(&ports(&watched, &live), &tape);
        let (states, moments) = tape.taken();
        let text = tape.text();
        let header = text.lines().next();
        Main {
            header: header.and_then(|line| serde_json::from_str(line).ok()),
            played: played(&watched, &live, &tape, outcome, states),
            moments,
        }
    }

    /// Where a run begins in which something goes wrong at a moment of the main run.
    pub(crate) fn begins(&self, main: &Main, number: usize, scenario: Scenario) -> Option<Start> {
        let moment = main.moments.get(number)?;
        let (world, _) = moment.state;
        let (journal, failure, state) = match scenario.mishap {
            Mishap::Crash(Crash::Before(_) | Crash::Amid(_)) => (number.min(1), None, moment.state),
            Mishap::Crash(Crash::After(_)) => {
                let (folded, key) = self.behind(moment);
                (1, None, (world, key.digest(&folded)))
            }
            Mishap::Failure(_, failure) => (number.min(1), Some(failure), moment.state),
        };
        Some(Start {
            state,
            journal: match journal {
                0 => Begun::No,
                _ => Begun::Yes,
            },
            failure,
            then: Some(scenario.then),
        })
    }

    /// What a journal comes to behind the line of a moment.
    fn behind(&self, moment: &Moment) -> (Folded, Key) {
        let (mut folded, mut key) = (moment.folded.clone(), moment.key.clone());
        // The header is no event.
        if let Some(event) = &moment.event {
            key.take(&mut folded, event, self.script);
        }
        (folded, key)
    }

    /// Plays what follows when something goes wrong at a moment of that run.
    pub(crate) fn after(
        &self,
        main: &Main,
        number: usize,
        scenario: Scenario,
        known: Option<&Known>,
    ) -> Option<Played> {
        let moment = main.moments.get(number)?;
        let live = moment.live.fork();
        live.forget_asked();
        let mut behind = (moment.folded.clone(), moment.key.clone());
        let mut events = u64::try_from(number).ok()?.saturating_sub(1);
        let mut faults = BTreeMap::new();
        match scenario.mishap {
            // Half a line does not count when a journal is read: so `Written::parse` has it.
            Mishap::Crash(Crash::Before(_) | Crash::Amid(_)) => {}
            Mishap::Crash(Crash::After(_)) => {
                behind = self.behind(moment);
                events += u64::from(moment.event.is_some());
            }
            Mishap::Failure(_, failure) => {
                faults.insert(0, failure.fault());
            }
        }
        let is_crash = faults.is_empty();
        let states = known.map_or(States::Ignored, States::Known);
        let tape = Tape::behind(&live, self.script, behind.clone(), states);
        let arm = |_| tape.arm();
        let faulty = Faulty::new(live.clone(), faults);
        let watched = Watched::new(&live, &faulty, self.load, self.served, &arm);
        watched.recent.replace(moment.recent.clone());
        let ports = ports(&watched, &live);
        let mut stopped = None;
        let then = if is_crash {
            tape.arm();
            let ended = "the process ended here".to_owned();
            watched.trace.borrow_mut().line(live.now(), ended);
            stopped = Some(scenario.then);
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
                let mut journal = Journal::go_on(tape.clone(), header, behind.0, events);
                let outcome = self.goes(&mut journal, &ports, &tape, then);
                match &outcome {
                    Ok(Outcome::Stopped { .. }) if !is_crash => {
                        stopped = Some(scenario.then);
                        faulty.renew();
                        let joined = Joined::Start(Start {
                            state: tape.state(),
                            journal: Begun::Yes,
                            failure: None,
                            then: stopped,
                        });
                        match known {
                            Some(known) if known.has(&joined) => {
                                tape.joins(joined);
                                outcome
                            }
                            _ => self.goes(&mut journal, &ports, &tape, scenario.then),
                        }
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
        (played.told, played.then) = (moment.told, stopped);
        Some(played)
    }

    fn first(&self, ports: &Ports<'_>, tape: &Tape<'_>) -> Result<Outcome, String> {
        let mut journal = begin(self.script.plan, tape.clone(), &self.context, ports)
            .map_err(|error| error.to_string())?;
        forward(
            self.script.plan,
            &mut journal,
            &self.context,
            ports,
            &self.limits,
        )
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
        let (plan, context, limits) = (self.script.plan, &self.context, &self.limits);
        match then {
            Then::Resume => {
                resume(plan, journal, context, ports, limits).map_err(|error| error.to_string())
            }
            Then::RollBack => {
                let why = Text::new("the rehearsal goes back here");
                rollback(plan, journal, why, context, ports, limits)
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
        approver: &ApprovedAtStart,
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
        told: 0,
        requests: watched.requests.get(),
        states,
        joined: tape.joined(),
        then: None,
        live: live.clone(),
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
        chosen: None,
    })
}
