//! Where a run stands now: how far it is, what it waits for, what is left, and what retirement still
//! waits for once it is complete.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::id::{LoadBalancerArn, PlanId, StepId};
use unbridge_model::journal::{Direction, Event, JournalError, StepState, Written};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::{Body, Phase, Plan, Step};
use unbridge_model::text::Text;

use super::draft::{self, DraftChanged};
use super::measured::Measured;
use super::shares::{self, RoutesMoved, StageShare};
use super::steps::{StepTold, step_of};
use super::time::{moment, seconds_between, text};
use super::{FORMAT_VERSION, Kept, Next, NlbTraffic, RunTold, Stands, page};
use crate::look::Look;
use crate::plan::{gate, span};
use crate::words;

/// The run of a plan as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Status {
    /// The version of this format.
    pub format_version: u32,
    /// The plan's name.
    pub plan_id: PlanId,
    /// When this was asked, RFC 3339 in UTC.
    pub asked_at: Text,
    /// The run; null when it was not begun.
    pub run: Option<RunTold>,
    /// How far it is; null when it was not begun or is over.
    pub position: Option<Position>,
    /// Seconds without an event, where that is longer than the step can account for: its process
    /// may have ended.
    pub silent_for: Option<u64>,
    /// How many requests of each stage run the new deployment.
    pub stages: Vec<StageShare>,
    /// How many routes of each HTTP API go to their new integration.
    pub routes: Vec<RoutesMoved>,
    /// Drafts that are changed while not all of their stages run them.
    pub drafts: Vec<DraftChanged>,
    /// What is left of the way forward, as the plan forecasts it; null when it has no forecast, or
    /// the run does not go forward.
    pub left: Option<TimeLeft>,
    /// What retirement still waits for; null unless the run is complete.
    pub soak: Option<Soak>,
    /// What was measured.
    pub measured: Measured,
    /// What can be done next.
    pub next: Vec<Next>,
}

/// What a status is told from.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The journal, and the bytes of its file, half a last line included; `None` when there is none.
    pub journal: Option<(&'a Written, usize)>,
    /// What is typed behind `unbridge resume`, ready for a shell.
    pub typed: &'a str,
    /// What time it is.
    pub now: Timestamp,
    /// What was measured.
    pub measured: Measured,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Position {
    /// Which way it goes.
    pub way: Direction,
    /// The step it is at.
    pub step: StepId,
    /// The step's phase.
    pub phase: Phase,
    /// What the step does, for a person.
    pub forward: Text,
    /// The step's place in the plan, from 1.
    pub number: usize,
    /// How many steps the plan has.
    pub of: usize,
    /// Percent of the steps that are done; going back, of those that were made and are taken back.
    pub percent: u8,
    /// What is waited for; null when the run does not go on now.
    pub waits_for: Option<String>,
    /// Since when it is in this state, RFC 3339 in UTC; null when nothing was done of it.
    pub since: Option<Text>,
}

/// Time that a forecast says is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimeLeft {
    /// Seconds for calls, and for what AWS takes to make something.
    pub work_seconds: u64,
    /// Seconds for watching and draining.
    pub watch_seconds: u64,
}

/// The time after a migration in which the old way stands, unused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Soak {
    /// When the run ended, RFC 3339 in UTC.
    pub ended_at: Text,
    /// For how many days nothing may have passed an NLB before it is retired.
    pub quiet_days: u16,
    /// The NLBs of the old way.
    pub nlbs: Vec<LoadBalancerArn>,
    /// When that time is over at the earliest, RFC 3339 in UTC; null when the journal's time cannot
    /// be read.
    pub not_before: Option<Text>,
    /// What else is in the way, as far as plan and measurements tell.
    pub waits_for: Vec<String>,
}

impl Status {
    /// Where the run of a plan stands; without a journal it was not begun.
    ///
    /// # Errors
    /// [`JournalError`] when it is the journal of another plan, or an event cannot stand where it
    /// stands.
    pub fn of(asked: Asked<'_>) -> Result<Self, JournalError> {
        let Asked {
            plan,
            journal,
            typed,
            now,
            measured,
        } = asked;
        let body = &plan.body;
        let mut status = Self {
            format_version: FORMAT_VERSION,
            plan_id: plan.plan_id.clone(),
            asked_at: text(now),
            run: None,
            position: None,
            silent_for: None,
            stages: Vec::new(),
            routes: Vec::new(),
            drafts: Vec::new(),
            left: None,
            soak: None,
            measured,
            next: Vec::new(),
        };
        let Some((written, bytes)) = journal else {
            status.next.push(not_begun(body, typed));
            return Ok(status);
        };
        let run = RunTold::of(&Kept {
            written,
            bytes,
            plan: Some(plan),
            typed,
        })?;
        status.stages = shares::stages(body, &run.steps);
        status.routes = shares::routes(body, &run.steps);
        status.drafts = draft::drafts(body, written, &run.steps, &status.asked_at);
        match &run.stands {
            Stands::UnderWay { way } | Stands::Stopped { way, .. } | Stands::Stuck { way, .. } => {
                status.position = position(body, written, &run, *way);
                if *way == Direction::Forward {
                    status.left = time_left(body, &run.steps, &run.stands, &status.asked_at);
                }
            }
            Stands::Completed { at } if !is_retirement(body) => {
                status.soak = Some(soak(body, at, &status.measured));
            }
            Stands::Completed { .. } | Stands::RolledBack { .. } => {}
        }
        status.silent_for = silent_for(body, &run, status.position.as_ref(), &status.asked_at);
        status.next.clone_from(&run.next);
        status.run = Some(run);
        Ok(status)
    }
}

/// Writes it for people.
///
/// # Errors
/// When `out` does not take it.
pub fn status(status: &Status, plan: &Plan, look: Look, out: &mut dyn Write) -> fmt::Result {
    let mut written = String::new();
    page::status(&mut written, status, plan, look.columns());
    look.put(&written, out)
}

fn is_retirement(body: &Body) -> bool {
    body.steps.iter().any(|step| step.phase == Phase::Retire)
}

/// Whether there is nothing more to do of a step on the way forward.
fn is_done(step: &Step, state: StepState) -> bool {
    match state {
        StepState::Passed => true,
        StepState::Verified => step.gate.is_none(),
        StepState::Waiting
        | StepState::Doing
        | StepState::Made
        | StepState::Undoing
        | StepState::Undone
        | StepState::Left => false,
    }
}

fn position(body: &Body, written: &Written, run: &RunTold, way: Direction) -> Option<Position> {
    let steps = || body.steps.iter().zip(&run.steps);
    let at = match (&run.stands, way) {
        (Stands::Stopped { step, .. } | Stands::Stuck { step, .. }, _) => {
            body.steps.iter().position(|known| known.id == *step)?
        }
        (_, Direction::Forward) => steps().position(|(step, told)| !is_done(step, told.state))?,
        // The way back has an order of its own: it is where the last event was.
        (_, Direction::Undo) => {
            let last = written.entries.iter().rev();
            let last = last.filter_map(|entry| step_of(&entry.event)).next()?;
            body.steps.iter().position(|step| step.id == *last)?
        }
    };
    let (step, told) = (body.steps.get(at)?, run.steps.get(at)?);
    let (done, all) = match way {
        Direction::Forward => {
            let done = steps().filter(|(step, told)| is_done(step, told.state));
            (done.count(), body.steps.len())
        }
        Direction::Undo => {
            let gone = |state| matches!(state, StepState::Undone | StepState::Left);
            let gone = run.steps.iter().filter(|told| gone(told.state)).count();
            let made = run.steps.iter();
            let made = made.filter(|told| told.state != StepState::Waiting).count();
            (gone, made)
        }
    };
    let percent = (done * 100).checked_div(all).unwrap_or(100);
    Some(Position {
        way,
        step: step.id.clone(),
        phase: step.phase,
        forward: step.forward.clone(),
        number: at + 1,
        of: body.steps.len(),
        percent: u8::try_from(percent).unwrap_or(100),
        waits_for: match run.stands {
            Stands::UnderWay { .. } => waits_for(written, step, told),
            Stands::Stopped { .. }
            | Stands::Stuck { .. }
            | Stands::Completed { .. }
            | Stands::RolledBack { .. } => None,
        },
        since: told.at.clone(),
    })
}

/// What a run waits for that goes on, at this step.
fn waits_for(written: &Written, step: &Step, told: &StepTold) -> Option<String> {
    let because = || told.why.as_ref().map(|why| words::name(why));
    Some(match (told.state, &step.gate) {
        (StepState::Waiting, _) => match because() {
            Some(why) => format!("the next attempt; the last one was not made: {why}"),
            None => "what has to hold before it".to_owned(),
        },
        (StepState::Doing, _) => match because() {
            Some(why) => format!("the change to be found: there was no answer ({why})"),
            None => "AWS's answer".to_owned(),
        },
        (StepState::Made, _) if is_turned_back(written) => "its turn to be taken back".to_owned(),
        (StepState::Made, _) => {
            format!(
                "its effect to be seen, for up to {}",
                span(step.verify_within)
            )
        }
        (StepState::Verified, Some(known)) if !is_turned_back(written) => gate(known),
        (StepState::Undoing, _) => "its way back to be seen".to_owned(),
        (StepState::Undone | StepState::Left, _) => "the next step to be taken back".to_owned(),
        (StepState::Verified | StepState::Passed, _) => "its turn to be taken back".to_owned(),
    })
}

fn is_turned_back(written: &Written) -> bool {
    let mut events = written.entries.iter().map(|entry| &entry.event);
    events.any(|event| matches!(event, Event::TurnedBack { .. }))
}

/// For how long a gate waits, in seconds, when all goes well.
fn seconds_of(gate: &Gate) -> u64 {
    match gate {
        Gate::Proof { .. } => unbridge_model::plan::budget::PROOF.as_secs(),
        Gate::Bake { seconds, .. } | Gate::BakeHttp { seconds, .. } | Gate::Drain { seconds } => {
            (*seconds).into()
        }
    }
}

/// Steps wait longer for AWS without a word than anything else does.
const LEAST_SILENCE: u64 = 20 * 60;

/// Seconds without an event, where a run that goes on would have had one.
fn silent_for(body: &Body, run: &RunTold, position: Option<&Position>, now: &Text) -> Option<u64> {
    let Stands::UnderWay { .. } = run.stands else {
        return None;
    };
    let last = run.last_event_at.as_ref().unwrap_or(&run.began_at);
    let silent = seconds_between(last, now)?;
    let step = position.and_then(|at| body.step(&at.step));
    let may = step.map_or(0, |step| {
        let gate = step.gate.as_ref().map_or(0, seconds_of);
        gate + u64::from(step.verify_within)
    });
    (silent > may + LEAST_SILENCE).then_some(silent)
}

/// What is left of the forecast: phases that are not begun as they are, of the others the share of
/// steps that are left for work, and gates that are not open for watching.
fn time_left(body: &Body, told: &[StepTold], stands: &Stands, now: &Text) -> Option<TimeLeft> {
    let forecast = body.forecast.as_ref()?;
    let mut left = TimeLeft {
        work_seconds: 0,
        watch_seconds: 0,
    };
    for time in &forecast.phases {
        let steps = || {
            let steps = body.steps.iter().zip(told);
            steps.filter(|(step, _)| step.phase == time.phase)
        };
        let open = steps().filter(|(step, told)| !is_done(step, told.state));
        let (open, all) = (open.count() as u64, steps().count() as u64);
        let work = u64::from(time.work_seconds) * open;
        left.work_seconds += work.checked_div(all).unwrap_or(0);
        for (step, told) in steps().filter(|(step, told)| !is_done(step, told.state)) {
            let whole = step.gate.as_ref().map_or(0, seconds_of);
            // A gate that was interrupted begins anew.
            let begun = match (stands, told.state) {
                (Stands::UnderWay { .. }, StepState::Verified) => told.at.as_ref(),
                _ => None,
            };
            let passed = begun.and_then(|at| seconds_between(at, now));
            left.watch_seconds += whole.saturating_sub(passed.unwrap_or(0));
        }
    }
    Some(left)
}

/// The NLBs of the way that a plan leads away from.
#[must_use]
pub fn old_way(body: &Body) -> Vec<LoadBalancerArn> {
    let links = body.names.links.values();
    let links = links.filter_map(|link| link.nlb.clone());
    let saved = body.forecast.iter().flat_map(|known| &known.savings);
    let saved = saved.map(|saving| saving.nlb.clone());
    let chosen = body.choices.selection.nlbs.iter().cloned();
    let all: BTreeSet<LoadBalancerArn> = links.chain(saved).chain(chosen).collect();
    all.into_iter().collect()
}

fn soak(body: &Body, ended_at: &Text, measured: &Measured) -> Soak {
    let quiet_days = body.choices.retirement.quiet_days;
    let quiet = jiff::SignedDuration::from_hours(i64::from(quiet_days) * 24);
    let not_before = moment(ended_at).and_then(|ended| ended.checked_add(quiet).ok());
    let nlbs = old_way(body);
    let mut waits_for = Vec::new();
    for waiting in &body.waiting {
        let what = crate::plan::subject(body, &waiting.what);
        waits_for.push(format!(
            "{what}, which the plan left out ({}), may still go the old way",
            waiting.code
        ));
    }
    for nlb in &nlbs {
        let name = words::load_balancer(nlb);
        let traffic = measured.nlb_traffic.iter().flatten();
        let traffic = traffic.filter(|traffic| traffic.nlb == *nlb);
        match traffic.map(NlbTraffic::passes).next().flatten() {
            Some(true) => waits_for.push(format!("something still passes NLB {name}")),
            Some(false) => {}
            None => waits_for.push(format!(
                "whether something still passes NLB {name} was not measured"
            )),
        }
    }
    Soak {
        ended_at: ended_at.clone(),
        quiet_days,
        nlbs,
        not_before: not_before.map(text),
        waits_for,
    }
}

/// What can be done where nothing was begun.
fn not_begun(body: &Body, typed: &str) -> Next {
    let word = if is_retirement(body) {
        "retire"
    } else {
        "apply"
    };
    Next {
        command: Some(format!("unbridge {word} {typed}")),
        what: "shows what would be done, and changes nothing".to_owned(),
    }
}
