//! Runs a plan in the simulator while requests flow to every stage and method: forward, with a
//! crash at every line of the journal, with every change refused, throttled or its answer lost, and
//! back from everywhere; under every setting of what is not known of AWS.
//!
//! Owns the runs and what counts as harm. It knows no planner, no files and no clock.

mod chaos;
mod load;
mod run;
mod schedule;
mod tape;
mod trace;
mod verdict;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use unbridge_executor::Limits;
use unbridge_model::id::Region;
use unbridge_model::plan::Plan;
use unbridge_model::plan::operation::Operation;
use unbridge_model::route::AnyApi;
use unbridge_sim::account::Account;
use unbridge_sim::live::{Live, Switches};

pub use chaos::{Survived, chaos};
pub use load::{Harm, Request};
pub use run::Then;
pub use schedule::{Failure, Mishap, Scenario};
pub use tape::Crash;
pub use trace::Trace;
pub use verdict::{CounterExample, Rehearsal, Stop, Why};

use load::Load;
use run::{Ending, Played, Theatre};
use schedule::Line;
use tape::{Known, States};

/// How thorough a rehearsal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branches {
    /// A run that comes to a state from which the rest is known to go well stops there.
    Rejoin,
    /// Every run goes to its end.
    ToTheEnd,
    /// Only the run in which nothing goes wrong.
    None,
}

/// Rehearses a plan on an account, with these requests, under every setting of what is not known
/// of AWS. A switch that no run asks for is left as it is: its other setting would change nothing.
#[must_use]
pub fn rehearse(
    plan: &Plan,
    account: &Account,
    requests: &[Request],
    branches: Branches,
) -> Rehearsal {
    let mut rehearsal = Rehearsal::default();
    let mut done = BTreeSet::new();
    loop {
        let settings = Switches::differing(&rehearsal.asked);
        let next = settings.into_iter().find(|one| !done.contains(one));
        let Some(switches) = next else {
            return rehearsal;
        };
        done.insert(switches);
        if let Err(found) = under(plan, account, requests, branches, switches, &mut rehearsal) {
            rehearsal.counter_example = Some(found);
            return rehearsal;
        }
    }
}

/// Rehearses a plan under these settings.
#[must_use]
pub fn rehearse_under(
    plan: &Plan,
    account: &Account,
    requests: &[Request],
    branches: Branches,
    settings: &[Switches],
) -> Rehearsal {
    let mut rehearsal = Rehearsal::default();
    for switches in settings {
        if let Err(found) = under(plan, account, requests, branches, *switches, &mut rehearsal) {
            rehearsal.counter_example = Some(found);
            break;
        }
    }
    rehearsal
}

/// The part of an account that a plan for this region can touch or a request can meet.
fn concerned(account: &Account, region: &Region) -> Account {
    let mut part = Account::new(account.id.clone());
    if let Some(state) = account.regions.get(region) {
        let mut state = state.clone();
        state.usage.clear();
        part.regions.insert(region.clone(), state);
    }
    part
}

/// Every run under one setting.
fn under(
    plan: &Plan,
    account: &Account,
    requests: &[Request],
    branches: Branches,
    switches: Switches,
    rehearsal: &mut Rehearsal,
) -> Result<(), Box<CounterExample>> {
    let region = &plan.body.region;
    let account = &concerned(account, region);
    let start = Live::new(account.clone(), region.clone(), switches);
    let load = Load::of(&start, requests, &plan.body.choices.accepted);
    let Some(context) = run::context() else {
        return Ok(());
    };
    if load.is_empty() {
        return Err(Box::new(CounterExample {
            switches,
            scenario: None,
            why: Why::NothingServed,
            trace: Trace::default(),
        }));
    }
    let theatre = Theatre {
        plan,
        start: &start,
        load: &load,
        context,
        limits: Limits::default(),
    };
    let judge = Judge {
        plan,
        account,
        switches,
        load: &load,
    };
    let main = theatre.main();
    rehearsal.count(&main.played);
    judge.main(&main.played, rehearsal)?;
    let mut known: Known = main.played.states.iter().copied().collect();
    // From its end to its beginning: what goes back late comes through where it goes back early.
    for (number, moment) in main.moments.iter().enumerate().rev() {
        for scenario in schedule::scenarios(number, Line::of(&moment.line)) {
            let states = match branches {
                Branches::Rejoin => States::Known(&known),
                Branches::ToTheEnd => States::Ignored,
                Branches::None => return Ok(()),
            };
            let Some(played) = theatre.after(&main, number, scenario, states) else {
                continue;
            };
            rehearsal.count(&played);
            judge.after(scenario, &played, rehearsal)?;
            known.extend(played.states);
        }
    }
    Ok(())
}

/// Says whether a run went well.
struct Judge<'a> {
    plan: &'a Plan,
    account: &'a Account,
    switches: Switches,
    load: &'a Load,
}

impl Judge<'_> {
    fn refuted(
        &self,
        scenario: Option<Scenario>,
        why: Why,
        played: &Played,
    ) -> Box<CounterExample> {
        Box::new(CounterExample {
            switches: self.switches,
            scenario,
            why,
            trace: played.trace.clone(),
        })
    }

    /// The run in which nothing goes wrong.
    fn main(&self, played: &Played, rehearsal: &mut Rehearsal) -> Result<(), Box<CounterExample>> {
        let why = match &played.end {
            Ending::Completed => match self.unmoved(&played.account) {
                Some(why) => why,
                None => return Ok(()),
            },
            Ending::Stopped(step, why) if self.switches != Switches::default() => {
                rehearsal.stops.insert(Stop {
                    switches: self.switches,
                    step: step.clone(),
                    why: why.clone(),
                });
                return Ok(());
            }
            other => self.bad_end(other),
        };
        Err(self.refuted(None, why, played))
    }

    /// A run in which something goes wrong, and what is done then.
    fn after(
        &self,
        scenario: Scenario,
        played: &Played,
        rehearsal: &mut Rehearsal,
    ) -> Result<(), Box<CounterExample>> {
        let why = match (&played.end, scenario.then) {
            (Ending::Rejoined, _) | (Ending::Completed, Then::Resume) => return Ok(()),
            // A mishap after the last change: there is nothing to go back from.
            (Ending::Completed, Then::RollBack) => return Ok(()),
            (Ending::RolledBack(residue), _) => {
                let left = residue.iter();
                rehearsal
                    .residue
                    .extend(left.map(|(step, what)| verdict::of_step(step, what)));
                let region = &self.plan.body.region;
                match verdict::changed(
                    self.account,
                    &played.account,
                    region,
                    residue,
                    self.switches,
                ) {
                    Some(what) => Why::NotRestored(what),
                    None => return Ok(()),
                }
            }
            // A step that this setting refuses is refused again.
            (Ending::Stopped(..), Then::Resume) if self.stops_anyway(rehearsal) => return Ok(()),
            (other, _) => self.bad_end(other),
        };
        Err(self.refuted(Some(scenario), why, played))
    }

    fn stops_anyway(&self, rehearsal: &Rehearsal) -> bool {
        let mut stops = rehearsal.stops.iter();
        stops.any(|stop| stop.switches == self.switches)
    }

    fn bad_end(&self, end: &Ending) -> Why {
        match end {
            Ending::Harmed(harm) => Why::Harm(harm.clone()),
            Ending::Stopped(step, why) => Why::Stopped(step.clone(), why.clone()),
            Ending::Stuck(step, why) => Why::Stuck(step.clone(), why.clone()),
            Ending::Refused(why) => Why::Refused(why.clone()),
            Ending::Completed => Why::Refused("it went on although it was to go back".to_owned()),
            Ending::RolledBack(_) => {
                Why::Refused("it went back although it was to go on".to_owned())
            }
            Ending::Rejoined => Why::Refused("it stopped where the rest is known".to_owned()),
        }
    }

    /// A stage that the plan moves and of which nothing goes another way in the end.
    fn unmoved(&self, end: &Account) -> Option<Why> {
        let live = Live::new(end.clone(), self.plan.body.region.clone(), self.switches);
        let steps = self.plan.body.steps.iter();
        let mut stages: BTreeMap<_, BTreeSet<bool>> = BTreeMap::new();
        for step in steps {
            let Operation::SetDeployment { api, stage, .. } = &step.operation else {
                continue;
            };
            let moved = stages
                .entry((AnyApi::Rest(api.clone()), stage.clone()))
                .or_default();
            for asked in self.load.to_stage(&AnyApi::Rest(api.clone()), stage) {
                let now = live.answers(&asked.request);
                let old = |link| asked.before.iter().any(|before| before.link == link);
                moved.insert(now.into_iter().all(|now| !old(now.link)));
            }
        }
        let unmoved = stages.into_iter().find(|(_, moved)| !moved.contains(&true));
        unmoved.map(|((api, stage), _)| Why::NothingMoved(api, stage))
    }
}
