//! A run with everything it needs, and what its end means to a person.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use unbridge_executor::{
    BeginError, Context, Limits, Outcome, Ports, StopReason, begin, forward, resume, rollback,
    take_up,
};
use unbridge_model::id::{RunId, StepId};
use unbridge_model::journal::{
    Direction, End, Journal, JournalError, JournalStore, Residue, RunState, Written,
};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::order::{Rank, rank};
use unbridge_model::plan::{Plan, Undo};
use unbridge_model::port::{Clock, Judgement, LockError, Meter, Prober, Waited};
use unbridge_model::snapshot::Snapshot;
use unbridge_model::text::Text;
use unbridge_report::run::drafts_changed;

use super::aws::Account;
use super::guide::{Asking, Guide, agrees};
use super::journal_file::JournalFile;
use super::locks::Locks;
use super::pacing::Pacing;
use super::preflight::{LOCK_RIGHTS, is_retirement};
use super::told::{NotAsked, Teller, Told, ToldJournal, ToldMeter, ToldProber};
use super::typed::Typed;
use super::{meter, prober};
use crate::args::{LockPlace, OnFail, RunArgs};
use crate::error::Failure;
use crate::exit::{self, Done};
use crate::run_files;
use crate::settings::Settings;
use crate::stop::Stop;

/// A run with everything it needs.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    pub(super) args: &'a RunArgs,
    pub(super) journal: &'a Path,
    /// What a person types next.
    pub(super) typed: &'a Typed<'a>,
    pub(super) settings: &'a Settings,
    pub(super) account: &'a Account,
    pub(super) locks: &'a Locks,
    pub(super) pacing: &'a Arc<Pacing>,
    pub(super) stop: &'a Stop,
    pub(super) teller: &'a Teller<'a>,
    /// The plan's objects as they were looked at last; `None` on the way back.
    pub(super) live: Option<&'a Snapshot>,
    /// When it began, in seconds since 1970 by AWS's clock: base lines end there.
    pub(super) began: i64,
    /// Steps that an earlier process of it had announced.
    pub(super) announced: Vec<StepId>,
    pub(super) asking: Asking,
    pub(super) context: &'a Context,
}

/// Which way a person sent the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Forward,
    Back,
}

/// When a run could not be begun or taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Begin,
    TakeUp(Sent),
}

impl Run<'_> {
    fn tell_begin(&self, run: &RunId, direction: Direction) {
        self.teller.tell(&Told::Begins {
            run: Text::from(run.clone()),
            journal: self.journal.display().to_string(),
            steps: self.plan.body.steps.len(),
            direction,
        });
    }

    /// Begins it.
    pub(super) fn begin(&self, file: JournalFile) -> Result<Done, Failure> {
        self.tell_begin(&self.context.run, Direction::Forward);
        self.with_ports(|ports| {
            let store = self.store(file);
            let mut journal = begin(self.plan, store, self.context, ports)
                .map_err(|error| self.not_begun(&error, At::Begin))?;
            let ended = forward(self.plan, &mut journal, self.context, ports, self.limits());
            self.after(ended, &mut journal, ports)
        })
    }

    /// Goes on with it.
    pub(super) fn go_on(&self, file: JournalFile, written: &Written) -> Result<Done, Failure> {
        self.with_ports(|ports| {
            let mut journal = self.journal(file, written)?;
            if let RunState::Ended(end) = journal.folded().run() {
                return Ok(self.over(*end, journal.folded().residue()));
            }
            self.tell_begin(&written.header.run, journal.folded().way());
            let ended = resume(self.plan, &mut journal, self.context, ports, self.limits())
                .map_err(|error| self.not_begun(&error, At::TakeUp(Sent::Forward)))?;
            self.after(Ok(ended), &mut journal, ports)
        })
    }

    /// Takes it back.
    pub(super) fn go_back(
        &self,
        file: JournalFile,
        written: &Written,
        reason: &str,
    ) -> Result<Done, Failure> {
        self.with_ports(|ports| {
            let mut journal = self.journal(file, written)?;
            self.say_residue();
            if self.asking != Asking::Nothing && !agrees("take it back?", self.stop) {
                self.teller.say("nothing was taken back");
                return Ok(Done::Interrupted);
            }
            self.tell_begin(&written.header.run, Direction::Undo);
            take_up(self.plan, &mut journal, self.context, ports)
                .map_err(|error| self.not_begun(&error, At::TakeUp(Sent::Back)))?;
            let ended = self.back(&mut journal, Text::new(reason), ports);
            match (&ended, journal.folded().run()) {
                (Ok(Outcome::Stopped { why, .. }), RunState::Ended(_)) => Err(self.left_over(why)),
                _ => self.told(ended, Sent::Back),
            }
        })
    }

    /// Why a run that is over was not taken back. It is over as before.
    fn left_over(&self, why: &StopReason) -> Failure {
        let again = match why {
            StopReason::NoWayBack { .. } => self.typed.status(),
            _ => self.typed.rollback(),
        };
        Failure::refused(why).hint(again)
    }

    /// What stays behind even when all goes well, said before asking.
    fn say_residue(&self) {
        use unbridge_model::plan::operation::Operation;
        let steps = self.plan.body.steps.iter();
        let targets = steps.filter(|step| match &step.operation {
            Operation::UpdateIntegration { patch, .. } => patch.integration_target.is_some(),
            _ => false,
        });
        let count = targets.count();
        if count > 0 {
            self.teller.say(&format!(
                "stays behind: integrationTarget of up to {count} methods of drafts, which AWS lets \
                 nobody take away, and the history of deployments"
            ));
        }
    }

    fn journal(
        &self,
        file: JournalFile,
        written: &Written,
    ) -> Result<Journal<ToldJournal<'_, '_>>, Failure> {
        Journal::take_up(self.store(file), written, self.plan).map_err(|error| unfit(&error))
    }

    fn store(&self, file: JournalFile) -> ToldJournal<'_, '_> {
        ToldJournal {
            file,
            teller: self.teller,
        }
    }

    fn limits(&self) -> &Limits {
        &self.settings.waits.limits
    }

    fn with_ports<T>(
        &self,
        act: impl FnOnce(&Ports<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let writer = self.account.writer(&self.plan.body.region, self.pacing);
        let clock = WallClock {
            account: self.account,
            began: Instant::now(),
            stop: self.stop,
            teller: self.teller,
        };
        let guide = Guide::new(self.plan, self.asking, self.stop, self.teller);
        let region = &self.plan.body.region;
        let facts = self.live.and_then(|live| live.regions.get(region));
        let (meter, prober): (Box<dyn Meter + '_>, Box<dyn Prober + '_>) = match facts {
            None => (Box::new(NotAsked), Box::new(NotAsked)),
            Some(facts) => {
                let teller = self.teller;
                let meter = meter::of_run(self, facts, self.began);
                meter.note_health();
                let prober = prober::of_run(self, facts, &clock)?;
                (
                    Box::new(ToldMeter { meter, teller }),
                    Box::new(ToldProber { prober, teller }),
                )
            }
        };
        act(&Ports {
            writer: &writer,
            clock: &clock,
            prober: &*prober,
            meter: &*meter,
            approver: &guide,
            locks: self.locks,
        })
    }

    /// Takes a run back whose gate failed, where a person wants that.
    fn after<S: JournalStore>(
        &self,
        ended: Result<Outcome, JournalError>,
        journal: &mut Journal<S>,
        ports: &Ports<'_>,
    ) -> Result<Done, Failure> {
        let chosen = self.context.chosen;
        let on_fail = chosen.map_or(self.settings.on_fail, |chosen| chosen.on_fail.into());
        let failed = match &ended {
            Ok(Outcome::Stopped {
                step,
                why: why @ StopReason::Gate(Judgement::Fail { .. }),
            }) if on_fail == OnFail::Rollback || self.is_proof(step) => {
                Some(format!("step {step}: {why}"))
            }
            Ok(_) | Err(_) => None,
        };
        match failed {
            None => self.told(ended, Sent::Forward),
            Some(why) => {
                let ended = self.back(journal, Text::from(why), ports);
                self.told(ended, Sent::Forward)
            }
        }
    }

    /// Whether a step proves the changed draft: when that fails, the draft goes back at once, for
    /// anybody's deployment would ship it (H25).
    fn is_proof(&self, step: &StepId) -> bool {
        let step = self.plan.body.step(step);
        step.is_some_and(|step| matches!(step.gate, Some(Gate::Proof { .. })))
    }

    fn back<S: JournalStore>(
        &self,
        journal: &mut Journal<S>,
        why: Text,
        ports: &Ports<'_>,
    ) -> Result<Outcome, JournalError> {
        rollback(self.plan, journal, why, self.context, ports, self.limits())
    }

    /// What the end of a process means to a person.
    fn told(&self, ended: Result<Outcome, JournalError>, sent: Sent) -> Result<Done, Failure> {
        let ended = ended.map_err(|error| {
            Failure::stuck(format!("{error}; nothing was done that it does not say")).hint(format!(
                "make room or mend the place, then: {}",
                self.typed.on_or_back()
            ))
        })?;
        let (done, outcome, why, residue, next) = self.meaning(ended, sent);
        let why = why.map(|why| self.with_drafts(why));
        self.end(done, outcome, why, residue, next);
        Ok(done)
    }

    fn meaning(&self, ended: Outcome, sent: Sent) -> Meaning {
        let at = |step: &StepId, why: &dyn std::fmt::Display| Some(format!("step {step}: {why}"));
        match ended {
            Outcome::Completed => {
                let next = if is_retirement(&self.plan.body) {
                    "unbridge scan shows the APIs as already-direct".to_owned()
                } else {
                    format!(
                        "{}; after the soak: unbridge plan retire",
                        self.typed.status()
                    )
                };
                (Done::Clean, "completed", None, Vec::new(), Some(next))
            }
            Outcome::RolledBack { residue } => {
                let done = match sent {
                    Sent::Back => Done::Clean,
                    Sent::Forward => Done::Undone,
                };
                self.taken_back(residue, done)
            }
            Outcome::Stopped { step, why } => {
                // A person may also have interrupted what a gate waits for.
                let interrupted = self.stop.wait(Duration::ZERO) == Waited::Interrupted;
                let done = match why {
                    StopReason::NotApproved => Done::Interrupted,
                    _ if interrupted => Done::Interrupted,
                    _ => Done::Stuck,
                };
                let why = at(&step, &why);
                (
                    done,
                    "stopped",
                    why,
                    Vec::new(),
                    Some(self.typed.on_or_back()),
                )
            }
            Outcome::Stuck { step, why } => {
                let why = at(&step, &why);
                (
                    Done::Stuck,
                    "stuck",
                    why,
                    Vec::new(),
                    Some(self.typed.on_or_back()),
                )
            }
            Outcome::Interrupted { step } => {
                let why = at(&step, &"a person interrupted it");
                let next = Some(self.typed.on_or_back());
                (Done::Interrupted, "interrupted", why, Vec::new(), next)
            }
        }
    }

    /// A run that was taken back. Requests that were not taken back come first, and are no success:
    /// whoever reads only the end takes the account to be as it was.
    fn taken_back(&self, mut residue: Vec<(StepId, Residue)>, done: Done) -> Meaning {
        let places = requests_left(self.plan, &residue);
        if places.is_empty() {
            return (done, "rolled back", None, residue, None);
        }
        residue.sort_by_key(|(step, _)| place_of_requests(self.plan, step).is_none());
        let why = format!(
            "requests were not moved back of {}, which somebody else has changed since",
            places.join(", ")
        );
        let next = format!(
            "look which way they go, and set that right by hand; {} names all that stays",
            self.typed.status()
        );
        let outcome = "rolled back, but for requests";
        (Done::Stuck, outcome, Some(why), residue, Some(next))
    }

    /// What is told of a run that was over before.
    fn over(&self, end: End, residue: &[(StepId, Residue)]) -> Done {
        let (done, outcome, why, residue, next) = match end {
            End::Completed => self.meaning(Outcome::Completed, Sent::Forward),
            End::RolledBack => self.taken_back(residue.to_vec(), Done::Clean),
        };
        let over = format!("the run was over before: {end}");
        let why = why.map_or(over.clone(), |why| format!("{over}; {why}"));
        self.end(done, outcome, Some(why), residue, next);
        done
    }

    fn end(
        &self,
        done: Done,
        outcome: &'static str,
        why: Option<String>,
        residue: Vec<(StepId, Residue)>,
        next: Option<String>,
    ) {
        self.teller.end();
        self.teller.tell(&Told::Ended {
            outcome,
            code: exit::code(done),
            why: why.map(Text::from),
            residue,
            next,
        });
    }

    /// Why a run goes no further, with the drafts that stay changed meanwhile (H25).
    fn with_drafts(&self, why: String) -> String {
        let drafts = run_files::read(self.journal).map_or_else(
            |_| Vec::new(),
            |kept| drafts_changed(self.plan, &kept.written, self.account.now()),
        );
        let all: Vec<String> = std::iter::once(why).chain(drafts).collect();
        all.join("; ")
    }

    fn not_begun(&self, error: &BeginError, at: At) -> Failure {
        let region = &self.plan.body.region;
        let again = match at {
            At::Begin => None,
            At::TakeUp(Sent::Forward) => Some(self.typed.resume()),
            At::TakeUp(Sent::Back) => Some(self.typed.rollback()),
        };
        match error {
            BeginError::Lock(LockError::Held(holder)) => {
                let unlock = self.typed.unlock(region, &holder.run, self.locks.place());
                Failure::refused(format!("the region is locked by {holder}")).hint(format!(
                    "let it end, or, when it is over for sure: {unlock}"
                ))
            }
            BeginError::NoSteps | BeginError::Plan(_) => Failure::refused(error),
            BeginError::Lock(LockError::Unreachable(_)) => {
                let mend = match self.locks.place() {
                    LockPlace::Ssm => LOCK_RIGHTS,
                    LockPlace::Local => "mend that place",
                };
                let again = again.unwrap_or_else(|| "the same command".to_owned());
                Failure::refused(error).hint(format!("{mend}, then: {again}"))
            }
            BeginError::Journal(_) => Failure::refused(error).hint(match again {
                None => "--journal FILE names a place with room".to_owned(),
                // Another file would hold no run that could be taken up.
                Some(again) => format!("make room or mend the place, then: {again}"),
            }),
        }
    }
}

/// A journal that cannot be taken up.
pub(super) fn unfit(error: &JournalError) -> Failure {
    Failure::usage(format!("the journal cannot be taken up: {error}"))
        .hint("--journal FILE names another")
}

/// Where requests were not taken back, each place once, in the order of the plan.
fn requests_left(plan: &Plan, residue: &[(StepId, Residue)]) -> Vec<String> {
    let stays = |step: &StepId| {
        residue
            .iter()
            .any(|(of, residue)| of == step && matches!(residue, Residue::NotUndone { .. }))
    };
    let steps = plan.body.steps.iter().filter(|step| stays(&step.id));
    let mut places: Vec<String> = Vec::new();
    for place in steps.filter_map(|step| place_of_requests(plan, &step.id)) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// Where a step moves requests; `None` when it moves none.
fn place_of_requests(plan: &Plan, step: &StepId) -> Option<String> {
    let step = plan.body.step(step)?;
    if rank(&step.undo) != Rank::Requests {
        return None;
    }
    let Undo::Operation { operation, .. } = &step.undo else {
        return None;
    };
    let named = |api: &str| match plan.body.names.apis.get(api) {
        Some(name) => format!("{name} ({api})"),
        None => api.to_owned(),
    };
    Some(match operation {
        Operation::SetCanary { api, stage, .. }
        | Operation::RemoveCanary { api, stage }
        | Operation::SetDeployment { api, stage, .. } => {
            format!("stage {stage} of {}", named(api.as_str()))
        }
        Operation::SetHttpDeployment { api, stage, .. } => {
            format!("stage {stage} of {}", named(api.as_str()))
        }
        Operation::UpdateRoute { api, key, .. } => {
            format!("route {key} of {}", named(api.as_str()))
        }
        _ => format!("what step {} brought about", step.id),
    })
}

/// Exit, how it is called, why, what stays behind, what to type next.
type Meaning = (
    Done,
    &'static str,
    Option<String>,
    Vec<(StepId, Residue)>,
    Option<String>,
);

/// The clock on the wall; its pauses end when a person wants the run to stop.
struct WallClock<'a> {
    account: &'a Account,
    began: Instant,
    stop: &'a Stop,
    teller: &'a Teller<'a>,
}

impl Clock for WallClock<'_> {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn wall(&self) -> Text {
        // What is noted of the time is measured by later.
        let now = self.account.now();
        Text::from(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    fn wait(&self, pause: Duration) -> Waited {
        self.teller.waits(pause);
        self.stop.wait(pause)
    }
}
