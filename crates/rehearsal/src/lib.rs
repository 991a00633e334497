//! Runs a plan in the simulator while requests flow to every stage and method: forward, with a
//! crash at every line of the journal, with every change refused, throttled or its answer lost, and
//! back from everywhere; under every setting of what is not known of AWS.
//!
//! Owns the runs and what counts as harm. It knows no planner, no files and no clock.

mod chaos;
mod known;
mod load;
mod run;
mod schedule;
mod tape;
mod trace;
mod verdict;
mod watch;

use std::collections::BTreeSet;

use unbridge_executor::Limits;
use unbridge_model::id::{HttpApiId, Region, StageName, StepId};
use unbridge_model::plan::choices::Doubt;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Choices, Plan, Undo};
use unbridge_model::route::AnyApi;
use unbridge_sim::account::{Account, HttpRuns};
use unbridge_sim::live::{Granted, Live, SwitchKind, Switches};

pub use chaos::{Survived, chaos};
pub use load::{Harm, Request};
pub use run::Then;
pub use schedule::{Failure, Mishap, Scenario};
pub use tape::Crash;
pub use trace::Trace;
pub use verdict::{CounterExample, Rehearsal, Stop, Why};

use known::{Known, Record, Records, Script, Served, Start};
use load::Load;
use run::{Ending, Main, Played, Theatre};
use schedule::Line;
use tape::States;

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

/// How far a rehearsal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Runs that are known to go well.
    pub runs: u64,
    /// Runs that are known to come, those included. More may become known; none is made twice.
    pub known: u64,
    /// The setting that is rehearsed, from 1, of so many that are known to come.
    pub setting: (usize, usize),
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
    rehearse_telling(plan, account, requests, branches, &mut |_| {})
}

/// As [`rehearse`]; tells how far it is.
#[must_use]
pub fn rehearse_telling(
    plan: &Plan,
    account: &Account,
    requests: &[Request],
    branches: Branches,
    tell: &mut dyn FnMut(Progress),
) -> Rehearsal {
    let mut rehearsing = Rehearsing::new(plan, account, requests, branches, tell);
    let mut done = BTreeSet::new();
    loop {
        let settings = Switches::differing(&open(plan, &rehearsing.found.asked));
        let all = settings.len();
        let next = settings.into_iter().find(|one| !done.contains(one));
        let Some(switches) = next else {
            return rehearsing.found;
        };
        done.insert(switches);
        rehearsing.settings = (done.len(), all);
        if let Err(found) = rehearsing.under(switches) {
            rehearsing.found.counter_example = Some(found);
            return rehearsing.found;
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
    let tell = &mut |_| {};
    let mut rehearsing = Rehearsing::new(plan, account, requests, branches, tell);
    for (number, switches) in settings.iter().enumerate() {
        rehearsing.settings = (number + 1, settings.len());
        if let Err(found) = rehearsing.under(*switches) {
            rehearsing.found.counter_example = Some(found);
            break;
        }
    }
    rehearsing.found
}

/// Settings that were asked for, without those that a person has shown to be at their default: where
/// a temporary stage has answered over a host that does not resolve (H38), hosts need not.
fn open(plan: &Plan, asked: &BTreeSet<SwitchKind>) -> BTreeSet<SwitchKind> {
    let mut open = asked.clone();
    let doubts = &plan.body.choices.doubts;
    if doubts.contains(&Doubt::HostNeedNotResolve) {
        open.remove(&SwitchKind::HostResolution);
    }
    open
}

/// What AWS grants beyond its pages, as a person said when the plan was made.
fn granted(choices: &Choices) -> Granted {
    let number = |quota: Option<u32>| quota.and_then(|quota| usize::try_from(quota).ok());
    Granted {
        links: number(choices.link_quota),
        stages: number(choices.stage_quota),
        zones: choices.zones.clone(),
    }
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

/// A rehearsal under way.
struct Rehearsing<'a> {
    plan: &'a Plan,
    account: Account,
    requests: &'a [Request],
    branches: Branches,
    /// The setting, from 1, and how many are known to come.
    settings: (usize, usize),
    /// Runs that went well under any setting so far.
    records: Records,
    /// Requests that were served as before under any setting so far.
    served: Served,
    found: Rehearsal,
    tell: &'a mut dyn FnMut(Progress),
}

impl<'a> Rehearsing<'a> {
    fn new(
        plan: &'a Plan,
        account: &Account,
        requests: &'a [Request],
        branches: Branches,
        tell: &'a mut dyn FnMut(Progress),
    ) -> Self {
        Self {
            plan,
            account: concerned(account, &plan.body.region),
            requests,
            branches,
            settings: (0, 0),
            records: Records::default(),
            served: Served::default(),
            found: Rehearsal::default(),
            tell,
        }
    }

    /// Every run under one setting.
    fn under(&mut self, switches: Switches) -> Result<(), Box<CounterExample>> {
        let Some(context) = run::context() else {
            return Ok(());
        };
        let (account, served) = (self.account.clone(), std::mem::take(&mut self.served));
        let region = self.plan.body.region.clone();
        let granted = granted(&self.plan.body.choices);
        let start = Live::new(account, region, switches).granting(granted);
        // As it is known from its first moment: frozen stages have deployments with names.
        let account = start.account();
        let load = Load::of(&start, self.requests, &self.plan.body.choices.accepted);
        if load.is_empty() {
            return Err(Box::new(CounterExample {
                switches,
                scenario: None,
                why: Why::NothingServed,
                trace: Trace::default(),
            }));
        }
        let script = Script::of(self.plan, switches);
        let theatre = Theatre {
            script: &script,
            start: &start,
            load: &load,
            served: match self.branches {
                Branches::Rejoin | Branches::None => Some(&served),
                Branches::ToTheEnd => None,
            },
            context,
            limits: Limits::default(),
        };
        let judge = Judge {
            plan: self.plan,
            account: &account,
            switches,
            load: &load,
        };
        let went = self.every_run(&theatre, &judge);
        self.served = served;
        went
    }

    fn every_run(
        &mut self,
        theatre: &Theatre<'_>,
        judge: &Judge<'_>,
    ) -> Result<(), Box<CounterExample>> {
        let main = theatre.main(match self.branches {
            Branches::Rejoin | Branches::ToTheEnd => States::Noted,
            Branches::None => States::Ignored,
        });
        self.found.runs += 1;
        self.found.count(&main.played);
        judge.main(&main.played, &mut self.found)?;
        let moments = main.moments.iter().enumerate().rev();
        // From its end to its beginning: what goes back late comes through where it goes back early.
        let scenarios = moments
            .flat_map(|(number, moment)| {
                let line = Line::of(moment.event.as_ref());
                let all = schedule::scenarios(number, line).into_iter();
                all.map(move |scenario| (number, scenario))
            })
            .collect::<Vec<_>>();
        let mut known = Known::default();
        known.states(main.played.states.iter().copied());
        let (setting, settings) = self.settings;
        let all = u64::try_from(scenarios.len()).unwrap_or(u64::MAX);
        // As many runs as under this setting are known to come under the others.
        let others = u64::try_from(settings.saturating_sub(setting)).unwrap_or(0);
        let to_come = self.found.runs + all + others * (all + 1);
        for (number, scenario) in scenarios {
            self.run(theatre, judge, &main, (number, scenario), &mut known)?;
            (self.tell)(Progress {
                runs: self.found.runs,
                known: to_come,
                setting: self.settings,
            });
        }
        Ok(())
    }

    /// One run in which something goes wrong, unless it is known how it goes.
    fn run(
        &mut self,
        theatre: &Theatre<'_>,
        judge: &Judge<'_>,
        main: &Main,
        (number, scenario): (usize, Scenario),
        known: &mut Known,
    ) -> Result<(), Box<CounterExample>> {
        let start = match self.branches {
            Branches::Rejoin => theatre.begins(main, number, scenario),
            Branches::ToTheEnd | Branches::None => None,
        };
        let switches = judge.switches;
        if let Some(start) = start
            && self.records.show(start, switches, known)
        {
            self.found.runs += 1;
            return Ok(());
        }
        let to = start.is_some().then_some(&*known);
        let Some(played) = theatre.after(main, number, scenario, to) else {
            return Ok(());
        };
        self.found.runs += 1;
        self.found.count(&played);
        judge.after(scenario, main, &played, &mut self.found)?;
        let Some(start) = start else {
            return Ok(());
        };
        // A run that stops well does so under this setting alone.
        if let Ending::Stopped(..) = played.end {
            known.states(played.states);
            return Ok(());
        }
        let mut asked = played.asked;
        asked.extend(judge.load.decided());
        let record = Record {
            switches,
            asked,
            states: played.states,
            joined: played.joined,
        };
        let start = Start {
            then: played.then,
            ..start
        };
        self.records.note(start, record, known);
        Ok(())
    }
}

/// Says whether a run went well.
struct Judge<'a> {
    plan: &'a Plan,
    account: &'a Account,
    switches: Switches,
    load: &'a Load,
}

impl Judge<'_> {
    fn refuted(&self, scenario: Option<Scenario>, why: Why, trace: Trace) -> Box<CounterExample> {
        Box::new(CounterExample {
            switches: self.switches,
            scenario,
            why,
            trace,
        })
    }

    /// The run in which nothing goes wrong.
    fn main(&self, played: &Played, rehearsal: &mut Rehearsal) -> Result<(), Box<CounterExample>> {
        let why = match &played.end {
            Ending::Completed => match self.unmoved(&played.live) {
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
        Err(self.refuted(None, why, played.trace.clone()))
    }

    /// A run in which something goes wrong, and what is done then.
    fn after(
        &self,
        scenario: Scenario,
        main: &Main,
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
                    &played.live.account(),
                    region,
                    residue,
                    self.switches,
                ) {
                    Some(what) => Why::NotRestored(what),
                    None => return Ok(()),
                }
            }
            // There is no way back from there, which the plan says before it goes.
            (Ending::Stuck(step, _) | Ending::Stopped(step, _), Then::RollBack)
                if self.is_past_return(step) =>
            {
                return Ok(());
            }
            // A step that this setting refuses is refused again.
            (Ending::Stopped(..), Then::Resume) if self.stops_anyway(rehearsal) => return Ok(()),
            (other, _) => self.bad_end(other),
        };
        let trace = main.played.trace.beginning(played.told, &played.trace);
        Err(self.refuted(Some(scenario), why, trace))
    }

    fn is_past_return(&self, step: &StepId) -> bool {
        let step = self.plan.body.step(step);
        step.is_some_and(|step| matches!(step.undo, Undo::Impossible { .. }))
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
    fn unmoved(&self, end: &Live) -> Option<Why> {
        let steps = self.plan.body.steps.iter();
        let stages: BTreeSet<_> = steps.flat_map(|step| self.moves(&step.operation)).collect();
        let unmoved = stages.into_iter().find(|(api, stage)| match api {
            AnyApi::Rest(_) => !self.goes_over_other_links(end, api, stage),
            AnyApi::Http(id) => !self.runs_other_routes(end, id, stage),
        });
        unmoved.map(|(api, stage)| Why::NothingMoved(api, stage))
    }

    /// The stages whose requests an operation is to move.
    fn moves(&self, operation: &Operation) -> Vec<(AnyApi, StageName)> {
        match operation {
            Operation::SetDeployment { api, stage, .. } => {
                vec![(AnyApi::Rest(api.clone()), stage.clone())]
            }
            Operation::SetHttpDeployment { api, stage, .. } => {
                vec![(AnyApi::Http(api.clone()), stage.clone())]
            }
            // Stages that deploy by themselves run it at once.
            Operation::UpdateRoute { api, .. } => {
                let region = self.account.regions.get(&self.plan.body.region);
                let known = region.and_then(|state| state.http_api(api));
                let stages = known.into_iter().flat_map(|api| &api.stages);
                let auto = stages.filter(|stage| stage.runs == HttpRuns::Current);
                auto.map(|stage| (AnyApi::Http(api.clone()), stage.name.clone()))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a request to a stage goes over no link any more over which it went before.
    fn goes_over_other_links(&self, end: &Live, api: &AnyApi, stage: &StageName) -> bool {
        self.load.to_stage(api, stage).any(|asked| {
            let old = |link| asked.before.iter().any(|before| before.link == link);
            let mut now = end.answers(&asked.request).into_iter();
            now.all(|now| !old(now.link))
        })
    }

    /// Whether a stage of an HTTP API runs other routes than before. They may go over the same link:
    /// one of version 2 leads to both load balancers.
    fn runs_other_routes(&self, end: &Live, api: &HttpApiId, stage: &StageName) -> bool {
        let runs = |account: &Account| {
            let region = account.regions.get(&self.plan.body.region)?;
            region.http_api(api)?.deployed(stage)
        };
        runs(self.account) != runs(&end.account())
    }
}
