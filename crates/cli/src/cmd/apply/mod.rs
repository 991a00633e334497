//! `unbridge apply`, `retire`, `resume` and `rollback`: plans carried out, gone on with, and taken
//! back. What is done and in which order is the executor's; here it is given an account, a journal,
//! a lock, and a person to ask.

mod aws;
mod disuse;
mod guide;
mod journal_file;
mod locks;
mod meter;
mod pacing;
mod preflight;
mod prober;

mod run;
mod told;
mod typed;

use std::path::PathBuf;
use std::sync::Arc;

use unbridge_executor::Context;
use unbridge_model::id::{RunId, StepId};
use unbridge_model::journal::{Chosen, Direction, End, Folded, RunState, StepState, Written};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Body, Plan, Undo};
use unbridge_model::text::Text;
use unbridge_report::plan::step_calls;

use self::disuse::{of_disuse, of_rest, planned_again};
use self::guide::{Asking, is_somebody_there, typed_names};
use self::journal_file::{JournalFile, look, put_aside};
use self::pacing::Pacing;
use self::preflight::{
    Again, Check, is_retirement, of_account, of_lock, of_plan, of_preconditions, of_rights,
};
use self::run::{Run, unfit};
use self::told::{Teller, Told};
use self::typed::Typed;
use crate::args::{ApplyArgs, BeginArgs, ResumeArgs, RetireArgs, RollbackArgs, RunArgs};
use crate::cmd::plan;
use crate::error::Failure;
use crate::exit::{self, Done};
use crate::run_files::journal_of;
use crate::settings::Settings;
use crate::stop::Stop;
use crate::{files, settings};

pub(crate) use self::aws::Account;
pub(crate) use self::locks::Locks;
pub(crate) use self::meter::CloudWatch;
pub(crate) use self::told::schema as events_schema;

/// `unbridge apply`
pub(crate) fn apply(args: &ApplyArgs) -> Result<Done, Failure> {
    let known = plan::load(&args.run.plan)?;
    if is_retirement(&known.body) {
        let what = format!("{} deletes the old way", args.run.plan.display());
        return Err(Failure::usage(what).hint("unbridge retire PLAN"));
    }
    Desk::open(known, &args.run)?.begin(&args.begin, None)
}

/// `unbridge retire`
pub(crate) fn retire(args: &RetireArgs) -> Result<Done, Failure> {
    let known = plan::load(&args.run.plan)?;
    if !is_retirement(&known.body) {
        let what = format!("{} deletes nothing of the old way", args.run.plan.display());
        return Err(Failure::usage(what).hint("unbridge apply PLAN"));
    }
    Desk::open(known, &args.run)?.begin(&args.begin, Some(&args.nlbs))
}

/// `unbridge resume`
pub(crate) fn resume(args: &ResumeArgs) -> Result<Done, Failure> {
    let known = plan::load(&args.run.plan)?;
    Desk::open(known, &args.run)?.take_up(Way::On)
}

/// `unbridge rollback`
pub(crate) fn rollback(args: &RollbackArgs) -> Result<Done, Failure> {
    let known = plan::load(&args.run.plan)?;
    let reason = &args.reason;
    Desk::open(known, &args.run)?.take_up(Way::Back { reason })
}

/// Everything that a run needs, before it is begun or gone on with.
struct Desk<'a> {
    plan: Plan,
    args: &'a RunArgs,
    journal: PathBuf,
    settings: Settings,
}

impl<'a> Desk<'a> {
    fn open(plan: Plan, args: &'a RunArgs) -> Result<Self, Failure> {
        if plan.body.steps.is_empty() {
            let what = format!("plan {} has no steps", args.plan.display());
            return Err(
                Failure::refused(what).hint("unbridge plan show PLAN tells what it waits for")
            );
        }
        let journal = args.journal.clone();
        Ok(Self {
            journal: journal.unwrap_or_else(|| journal_of(&args.plan)),
            settings: settings::read(&args.config)?,
            plan,
            args,
        })
    }

    fn account(&self) -> Result<Account, Failure> {
        let region = self.plan.body.region.clone();
        Account::open(self.args.profile.as_deref(), Some(region))
    }

    fn stop(&self, account: &Account, typed: &Typed<'_>) -> Arc<Stop> {
        let (on, back) = (typed.resume(), typed.rollback());
        let how = format!("`{on}` goes on, `{back}` takes back");
        Stop::listen(&account.runtime(), how)
    }

    fn pacing(&self, stop: &Arc<Stop>) -> Arc<Pacing> {
        let most = self.settings.waits.turn_most;
        let pace = self.plan.body.choices.pace;
        Arc::new(Pacing::new(pace, most, Arc::clone(stop)))
    }

    /// `deletes` holds the names that a person gave of what is deleted.
    fn begin(self, begin: &BeginArgs, deletes: Option<&[String]>) -> Result<Done, Failure> {
        let asking = self.asking(begin.execute)?;
        if let (Some(given), true, Asking::Nothing) = (deletes, begin.execute, asking) {
            given_names(&self.plan.body, given)?;
        }
        let teller = Teller::new(&self.plan, self.args.output);
        let aside = self.earlier_run()?;
        let before = begin.snapshot.as_deref().map(files::load).transpose()?;
        let mut checks = Checks::new(&teller);
        checks.note(of_plan(&self.plan, &begin.accept));
        let account = self.account()?;
        let chosen = self.chosen(None);
        let typed = Typed::begun(self.args, &self.journal);
        let stop = self.stop(&account, &typed);
        checks.note([of_account(&self.plan, &account)]);
        checks.pass()?;
        let locks = Locks::of(&account, chosen.lock.into())?;
        checks.note([of_lock(&locks, &self.plan.body.region, &typed)]);
        let again = Again {
            plan: &self.plan,
            account: &account,
            key: self.args.digest_key.as_deref(),
            pace: self.settings.pace,
            before: before.as_ref(),
        };
        let live = again.look()?;
        checks.note(again.of_objects(&live));
        let pacing = self.pacing(&stop);
        let writer = account.writer(&self.plan.body.region, &pacing);
        let limits = &self.settings.waits.limits;
        checks.note([of_preconditions(&self.plan, &writer, &stop, limits)]);
        checks.note([of_rights(&self.plan, &account, &begin.accept)]);
        if is_retirement(&self.plan.body) {
            let choices = &self.plan.body.choices;
            let now = planned_again(&self.plan, choices, &live, &begin.terraform_states)?;
            checks.note([of_disuse(&self.plan, &now)]);
        }
        checks.pass()?;
        if !begin.execute {
            let command = if deletes.is_some() { "retire" } else { "apply" };
            let next = typed.execute(command, begin, deletes.unwrap_or_default());
            return Ok(self.dry_run(&teller, next));
        }
        if let (Some(_), Asking::Phases | Asking::CanariesToo) = (deletes, asking) {
            teller.say("deleting the version 1 link is the point of no return: also for deployments of the past");
            typed_names(&names_of_deleted(&self.plan.body), &stop)?;
        }
        if let Some(written) = aside {
            let place = put_aside(&self.journal, &written)?;
            teller.say(&format!(
                "the journal of the run before is now {}",
                place.display()
            ));
        }
        let context = context(&account, chosen)?;
        let file = JournalFile::make(&self.journal)?;
        let run = Run {
            plan: &self.plan,
            args: self.args,
            journal: &self.journal,
            typed: &typed,
            settings: &self.settings,
            account: &account,
            locks: &locks,
            pacing: &pacing,
            stop: &stop,
            teller: &teller,
            live: Some(&live),
            began: account.now().as_second(),
            announced: Vec::new(),
            asking,
            context: &context,
        };
        run.begin(file)
    }

    /// The journal of a run that is over, to be put aside; refuses where one is not.
    fn earlier_run(&self) -> Result<Option<Written>, Failure> {
        let Some(written) = look(&self.journal)? else {
            return Ok(None);
        };
        let place = self.journal.display();
        let run = &written.header.run;
        let typed = Typed::earlier(self.args, &self.journal, written.header.chosen);
        let folded = written.fold(&self.plan).map_err(|error| {
            Failure::refused(format!("journal {place}: {error}"))
                .hint("--journal FILE names another place")
        })?;
        match folded.run() {
            RunState::Ended(End::RolledBack) => Ok(Some(written)),
            RunState::Ended(End::Completed) => {
                let what = format!("run {run} has carried this plan out already: {place}");
                Err(Failure::refused(what).hint(typed.status()))
            }
            RunState::Forward | RunState::Back | RunState::Stuck(_) => {
                let what = format!("run {run} of this plan is not over: {place}");
                Err(Failure::refused(what).hint(typed.on_or_back()))
            }
        }
    }

    fn asking(&self, execute: bool) -> Result<Asking, Failure> {
        match (execute, self.args.yes) {
            (false, _) | (true, true) => Ok(Asking::Nothing),
            (true, false) if !is_somebody_there() => {
                let what = "there is no terminal to ask at before each phase";
                Err(Failure::usage(what).hint("--yes says yes to all of it"))
            }
            (true, false) if self.args.confirm_each => Ok(Asking::CanariesToo),
            (true, false) => Ok(Asking::Phases),
        }
    }

    /// Tells every call that a run would make.
    fn dry_run(&self, teller: &Teller<'_>, next: String) -> Done {
        for (number, step) in self.plan.body.steps.iter().enumerate() {
            teller.tell(&Told::WouldDo {
                number: number + 1,
                step: step.id.clone(),
                what: step.forward.clone(),
                calls: step_calls(&self.plan, step),
            });
        }
        teller.tell(&Told::Ended {
            outcome: "dry run",
            code: exit::DONE,
            why: Some(Text::new("nothing was changed")),
            residue: Vec::new(),
            next: Some(next),
        });
        Done::Clean
    }

    /// Takes up a run that was begun.
    fn take_up(self, way: Way<'_>) -> Result<Done, Failure> {
        let asking = self.asking(true)?;
        let (file, written) = JournalFile::take_up(&self.journal)?;
        let folded = written.fold(&self.plan).map_err(|error| unfit(&error))?;
        let kept = written.header.chosen;
        let chosen = self.chosen(kept);
        let typed = Typed::taken_up(self.args, &self.journal, kept);
        let teller = Teller::new(&self.plan, self.args.output);
        let account = self.account()?;
        let stop = self.stop(&account, &typed);
        let mut checks = Checks::new(&teller);
        checks.note([of_account(&self.plan, &account)]);
        checks.pass()?;
        let locks = Locks::of(&account, chosen.lock.into())?;
        let again = Again {
            plan: &self.plan,
            account: &account,
            key: self.args.digest_key.as_deref(),
            pace: self.settings.pace,
            before: None,
        };
        // On the way back nothing is measured.
        let live = match way {
            Way::On if goes_forward(&folded) => Some(again.look()?),
            Way::On | Way::Back { .. } => None,
        };
        if let (Some(live), true) = (&live, is_retirement(&self.plan.body)) {
            let next = self.when_used_again(&folded, &typed);
            checks.note([of_rest(&self.plan, &folded, live, next)?]);
            checks.pass()?;
        }
        let context = context(&account, chosen)?;
        let run = Run {
            plan: &self.plan,
            args: self.args,
            journal: &self.journal,
            typed: &typed,
            settings: &self.settings,
            account: &account,
            locks: &locks,
            pacing: &self.pacing(&stop),
            stop: &stop,
            teller: &teller,
            live: live.as_ref(),
            began: moment(&written.header.began_at),
            announced: announced(&self.plan, &folded),
            asking,
            context: &context,
        };
        match way {
            Way::On => run.go_on(file, &written),
            Way::Back { reason } => run.go_back(file, &written, reason),
        }
    }

    /// What holds for the run: what is said now, else what its journal keeps, else what is settled.
    fn chosen(&self, kept: Option<Chosen>) -> Chosen {
        let kept = kept.unwrap_or(Chosen {
            lock: self.settings.lock.into(),
            on_fail: self.settings.on_fail.into(),
        });
        let RunArgs { lock, on_fail, .. } = self.args;
        Chosen {
            lock: lock.map_or(kept.lock, Into::into),
            on_fail: on_fail.map_or(kept.on_fail, Into::into),
        }
    }

    /// What to do when something uses what a retirement has still to delete.
    fn when_used_again(&self, folded: &Folded, typed: &Typed<'_>) -> String {
        let on = format!(
            "end that use and wait until it is quiet again, then: {}",
            typed.resume()
        );
        let steps = self.plan.body.steps.iter().zip(folded.states());
        let mut gone = steps.filter(|(step, state)| {
            matches!(step.undo, Undo::Impossible { .. }) && *state != StepState::Waiting
        });
        match gone.next() {
            // What is deleted is no reason to delete the rest; but nothing of it comes back.
            Some(_) => on,
            None => format!("{on}; or keep the old way: {}", typed.rollback()),
        }
    }
}

/// Steps whose change was made, or may have been.
fn announced(plan: &Plan, folded: &Folded) -> Vec<StepId> {
    let steps = plan.body.steps.iter().zip(folded.states());
    let begun = steps.filter(|(_, state)| *state != StepState::Waiting);
    begun.map(|(step, _)| step.id.clone()).collect()
}

/// Whether a run that is gone on with goes forward.
fn goes_forward(folded: &Folded) -> bool {
    match folded.run() {
        RunState::Forward => true,
        RunState::Stuck(_) => folded.way() == Direction::Forward,
        RunState::Back | RunState::Ended(_) => false,
    }
}

/// Which way a run that was begun is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way<'a> {
    /// In the direction in which its journal goes.
    On,
    /// Back.
    Back {
        /// Why.
        reason: &'a str,
    },
}

/// Checks, as they are told.
struct Checks<'t> {
    teller: &'t Teller<'t>,
    open: usize,
}

impl<'t> Checks<'t> {
    fn new(teller: &'t Teller<'t>) -> Self {
        teller.say("before the first change:");
        Self { teller, open: 0 }
    }

    fn note(&mut self, checks: impl IntoIterator<Item = Check>) {
        for check in checks {
            if !check.lets_begin() {
                self.open += 1;
            }
            self.teller.tell(&Told::Checked(check));
        }
    }

    /// Goes no further when a check refused.
    fn pass(&self) -> Result<(), Failure> {
        match self.open {
            0 => Ok(()),
            1 => Err(Failure::refused(
                "a check refuses the run; nothing was changed",
            )),
            open => Err(Failure::refused(format!(
                "{open} checks refuse the run; nothing was changed"
            ))),
        }
    }
}

/// Names of NLBs that a plan deletes.
fn names_of_deleted(body: &Body) -> Vec<String> {
    let steps = body.steps.iter();
    let deleted = steps.filter_map(|step| match &step.operation {
        Operation::DeleteLoadBalancer { load_balancer } => Some(load_balancer.name().to_owned()),
        _ => None,
    });
    deleted.collect()
}

/// Whether a person named each NLB that is deleted.
fn given_names(body: &Body, given: &[String]) -> Result<(), Failure> {
    let missing = names_of_deleted(body);
    match missing.iter().find(|name| !given.contains(name)) {
        None => Ok(()),
        Some(name) => Err(
            Failure::usage(format!("{name} would be deleted and was not named"))
                .hint(format!("--nlb {name}")),
        ),
    }
}

/// A moment of a journal in seconds since 1970. One that says none ends no base line too late.
fn moment(at: &Text) -> i64 {
    let at = at.parse::<jiff::Timestamp>();
    at.map_or(0, jiff::Timestamp::as_second)
}

/// Who runs the plan.
fn context(account: &Account, chosen: Chosen) -> Result<Context, Failure> {
    let mut random = [0; 6];
    getrandom::fill(&mut random).map_err(Failure::unexpected)?;
    let run: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    let user = user.unwrap_or_else(|_| "somebody".to_owned());
    Ok(Context {
        run: RunId::new(run).map_err(Failure::unexpected)?,
        caller: account.caller.arn.clone(),
        owner: Text::from(format!("{user}@{}", machine())),
        tool_version: Text::new(env!("CARGO_PKG_VERSION")),
        chosen: Some(chosen),
    })
}

#[cfg(unix)]
pub(crate) fn machine() -> String {
    let uname = rustix::system::uname();
    uname.nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
pub(crate) fn machine() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
}
