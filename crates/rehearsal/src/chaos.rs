//! Runs in which several things go wrong at random: failures, ends of the process, and other people
//! who change the account meanwhile. Fully known by their seeds.

use std::collections::BTreeMap;

use unbridge_executor::{Limits, Outcome, Ports, begin, forward, resume, rollback};
use unbridge_model::apigateway::{IntegrationType, Method, Verb};
use unbridge_model::id::{DeploymentId, Region};
use unbridge_model::journal::{Journal, JournalError, Written};
use unbridge_model::plan::Plan;
use unbridge_model::port::{ApprovedAtStart, Clock, LockStore};
use unbridge_model::text::Text;
use unbridge_sim::account::{Account, CanaryState, Content, DeploymentState, RegionState};
use unbridge_sim::faults::{Fault, Faulty};
use unbridge_sim::live::{Live, StageInPath, Switches};
use unbridge_sim::random::Random;

use crate::known::Script;
use crate::load::{Load, Request};
use crate::run::{Then, context};
use crate::schedule::Failure;
use crate::tape::{Broke, Crash, States, Tape};
use crate::verdict::{CounterExample, Why, changed};
use crate::watch::Watched;

/// How often a run is taken up before it has to be over.
const ROUNDS: usize = 24;

/// How a run with this seed ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Survived {
    /// Every step was done.
    Completed,
    /// Every step was taken back.
    RolledBack,
    /// A person is needed, because something stands in the way; no request was harmed.
    Stuck,
}

/// Plays the plan with everything that this seed makes go wrong.
///
/// # Errors
/// The run, when it did not go well.
pub fn chaos(
    plan: &Plan,
    account: &Account,
    requests: &[Request],
    seed: u64,
) -> Result<Survived, Box<CounterExample>> {
    let mut random = Random::new(seed);
    let all = Switches::all();
    let switches = random.pick(&all).copied().unwrap_or_default();
    let region = &plan.body.region;
    let granted = crate::granted(&plan.body.choices);
    let start = Live::new(account.clone(), region.clone(), switches).granting(granted);
    let load = Load::of(&start, requests, &plan.body.choices.accepted);
    let live = start.fork();
    let changes = plan.body.steps.len() * 3 / 2;
    let (faults, in_the_way) = faults(&mut random, &live, region, switches, changes);
    let faulty = Faulty::new(live.clone(), faults);
    let watched = Watched::new(&live, &faulty, &load, None, &|_| {});
    let script = Script::of(plan, switches);
    let mut player = Player {
        plan,
        tape: Tape::new(&live, &script, States::Ignored),
        ports: Ports {
            writer: &watched,
            clock: &watched,
            prober: &watched,
            meter: &watched,
            approver: &ApprovedAtStart,
            locks: &live as &dyn LockStore,
        },
        limits: Limits::default(),
    };
    player.tape.ends(crash(&mut random, 0, changes));
    let mut ended = player.first();
    for _ in 0..ROUNDS {
        match &ended {
            Ok(Outcome::Completed | Outcome::RolledBack { .. }) => break,
            Ok(Outcome::Stuck { .. }) if in_the_way == InTheWay::Something => break,
            _ => {}
        }
        if watched.harm.borrow().is_some() {
            break;
        }
        let crashed = player.tape.broke() == Some(Broke::Crashed);
        let word = if crashed {
            "the process ended here"
        } else {
            "the run stopped here"
        };
        watched.trace.borrow_mut().line(live.now(), word.to_owned());
        faulty.renew();
        let next = crash(&mut random, player.tape.lines(), changes);
        ended = player.again(random.percent(40), next);
    }
    watched.settle();
    let why = match (watched.harm.borrow_mut().take(), ended) {
        (Some(harm), _) => Why::Harm(Box::new(harm)),
        (None, Ok(Outcome::Completed)) => return Ok(Survived::Completed),
        (None, Ok(Outcome::RolledBack { residue })) => {
            let end = live.account();
            match changed(account, &end, region, &residue, switches) {
                // It says so itself, or it is not for us to restore.
                Some(what) if in_the_way == InTheWay::Nothing => Why::NotRestored(what),
                Some(_) | None => return Ok(Survived::RolledBack),
            }
        }
        (None, Ok(Outcome::Stuck { .. })) if in_the_way == InTheWay::Something => {
            return Ok(Survived::Stuck);
        }
        (None, Ok(Outcome::Stuck { step, why })) => Why::Stuck(step, why.to_string()),
        (None, Ok(Outcome::Stopped { step, why })) => Why::Stopped(step, why.to_string()),
        (None, Ok(Outcome::Interrupted { step })) => Why::Stopped(step, "interrupted".to_owned()),
        (None, Err(why)) => Why::Refused(why),
    };
    Err(Box::new(CounterExample {
        switches,
        scenario: None,
        why,
        trace: watched.trace.take(),
    }))
}

struct Player<'a> {
    plan: &'a Plan,
    tape: Tape<'a>,
    ports: Ports<'a>,
    limits: Limits,
}

impl Player<'_> {
    fn first(&mut self) -> Result<Outcome, String> {
        let context = context().ok_or("no context")?;
        let mut journal = begin(self.plan, self.tape.clone(), &context, &self.ports)
            .map_err(|error| error.to_string())?;
        forward(self.plan, &mut journal, &context, &self.ports, &self.limits)
            .map_err(|error| error.to_string())
    }

    /// Another process takes the run up, and ends there.
    fn again(&mut self, back: bool, crash: Option<Crash>) -> Result<Outcome, String> {
        let context = context().ok_or("no context")?;
        let written = match Written::parse(&self.tape.text()) {
            Ok(written) => written,
            // Not even the header was written.
            Err(JournalError::Malformed { line: 1, .. }) => {
                self.tape.reopen(0, Then::Resume, crash);
                return self.first();
            }
            Err(error) => return Err(error.to_string()),
        };
        let then = if back { Then::RollBack } else { Then::Resume };
        self.tape.reopen(written.whole, then, crash);
        let mut journal = Journal::take_up(self.tape.clone(), &written, self.plan)
            .map_err(|error| error.to_string())?;
        let (plan, ports, limits) = (self.plan, &self.ports, &self.limits);
        if back {
            let why = Text::new("somebody wants it back");
            rollback(plan, &mut journal, why, &context, ports, limits)
                .map_err(|error| error.to_string())
        } else {
            resume(plan, &mut journal, &context, ports, limits).map_err(|error| error.to_string())
        }
    }
}

/// Where the process ends the next time, if it does.
fn crash(random: &mut Random, lines: usize, changes: usize) -> Option<Crash> {
    random.percent(60).then(|| {
        let line = lines + random.below(changes * 3);
        match random.below(3) {
            0 => Crash::Before(line),
            1 => Crash::Amid(line),
            _ => Crash::After(line),
        }
    })
}

/// Whether something may stand in the way that the run cannot remove: somebody else changed the
/// account, or AWS refuses a change for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InTheWay {
    Something,
    Nothing,
}

fn faults(
    random: &mut Random,
    live: &Live,
    region: &Region,
    switches: Switches,
    changes: usize,
) -> (BTreeMap<u32, Fault>, InTheWay) {
    let mut faults = BTreeMap::new();
    let at = |random: &mut Random| u32::try_from(random.below(changes)).unwrap_or(0);
    let mut in_the_way = InTheWay::Nothing;
    for _ in 0..random.below(5) {
        let failure = random.pick(&Failure::ALL).copied();
        let number = at(random);
        if failure == Some(Failure::Refused) {
            in_the_way = InTheWay::Something;
        }
        faults.extend(failure.map(|failure| (number, failure.fault())));
    }
    if !random.percent(40) {
        return (faults, in_the_way);
    }
    let edit = match random.below(4) {
        0 => Edit::Method,
        1 => Edit::Canary,
        2 => Edit::Rule,
        // A rewired draft is loaded: where the proof would have failed, deploying it does harm,
        // which is why a plan says for how long nobody else should (H25).
        _ if switches.stage_in_path == StageInPath::Sent => Edit::Method,
        _ => Edit::Deployment,
    };
    let (live, region) = (live.clone(), region.clone());
    let change = move || {
        live.edit(|account| {
            if let Some(state) = account.regions.get_mut(&region) {
                edit.make(state);
            }
        });
    };
    faults.insert(at(random), Fault::Edit(Box::new(change)));
    (faults, InTheWay::Something)
}

/// What somebody else does. None of it harms a request by itself.
#[derive(Debug, Clone, Copy)]
enum Edit {
    /// Adds a method to the draft of the first API.
    Method,
    /// Begins a canary release on its first stage.
    Canary,
    /// Takes a rule away that was added to the group of an ALB, unless requests need it.
    Rule,
    /// Deploys it to its first stage.
    Deployment,
}

impl Edit {
    fn make(self, state: &mut RegionState) {
        let in_use = uses_new_link(state);
        let groups = state.vpcs.iter_mut();
        let groups = groups.flat_map(|vpc| vpc.security_groups.iter_mut().flatten());
        if let Self::Rule = self {
            if !in_use {
                // What was added stands last.
                groups
                    .filter(|group| group.ingress.len() > 1)
                    .for_each(|group| drop(group.ingress.pop()));
            }
            return;
        }
        let Some(api) = state.rest_apis.first_mut() else {
            return;
        };
        let draft = api.api.draft.clone().unwrap_or_default();
        let Some(stage) = api.stages.first_mut() else {
            return;
        };
        match self {
            Self::Method => {
                let mut draft = draft;
                draft.push(mock());
                api.api.draft = Some(draft);
            }
            Self::Canary if stage.canary.is_none() => {
                stage.canary = Some(CanaryState {
                    deployment: stage.deployment.clone(),
                    percent: 20.0,
                    overrides: BTreeMap::new(),
                });
            }
            Self::Deployment if stage.canary.is_none() => {
                let Ok(id) = DeploymentId::new("foreign") else {
                    return;
                };
                let frozen = DeploymentState {
                    created_at: Text::new("2026-01-01T00:00:00Z"),
                    content: Content::Known,
                    methods: draft.to_vec(),
                    settings: api.settings.clone(),
                };
                api.deployments.insert(id.clone(), frozen.into());
                stage.deployment = id;
            }
            Self::Canary | Self::Deployment | Self::Rule => {}
        }
    }
}

/// Whether a deployment, which a stage may run any moment, goes over a link of version 2.
fn uses_new_link(state: &RegionState) -> bool {
    let v2: Vec<&str> = state.v2_links().map(|link| link.id.as_str()).collect();
    let deployments = state
        .rest_apis
        .iter()
        .flat_map(|api| api.deployments.values());
    deployments
        .flat_map(|deployment| deployment.methods.iter())
        .filter_map(|method| method.integration.as_ref()?.vpc_link.as_ref())
        .any(|link| v2.contains(&link.as_str()))
}

/// A method that API Gateway answers itself.
fn mock() -> Method {
    Method {
        path: Text::new("/somebody-elses"),
        verb: Verb::Get,
        resource: None,
        integration: Some(
            unbridge_model::apigateway::Integration {
                kind: IntegrationType::Mock,
                http_method: None,
                uri: None,
                uri_rest: None,
                vpc_link: None,
                target: None,
                host_mapping: None,
                carried: Default::default(),
            }
            .into(),
        ),
        settings: None,
    }
}
