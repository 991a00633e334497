//! Carries a plan out through the ports: one change at a time, each in the journal before it is
//! made, resumable after any crash, reversible until something is destroyed.
//!
//! Owns the order of effects, waiting, what a lost answer means, and the way back. It decides
//! nothing about the plan: that is complete. It knows no SDK, no files and no clock of its own.
//!
//! `docs/journal.md` says in words what every state of a step comes to on the way forward, after a
//! crash, and on the way back.

mod back;
pub mod canary;
mod forward;
mod limits;
mod outcome;
mod patience;
pub mod proof;
mod resolve;
mod run;
mod soak;
mod untouched;
mod words;

use unbridge_model::id::RunId;
use unbridge_model::journal::{
    Chosen, Event, FORMAT, FORMAT_VERSION, Header, Journal, JournalError, JournalStore, RunState,
};
use unbridge_model::plan::Plan;
use unbridge_model::port::{
    Approver, Clock, LockHolder, LockKey, LockStore, Meter, Prober, Writer,
};
use unbridge_model::text::Text;

pub use back::{MayGo, Needs};
pub use limits::Limits;
pub use outcome::{BeginError, Outcome, StopReason, StuckReason};
use run::Run;
pub use words::holds as said;

/// The ways to the world.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Makes changes and looks at them.
    pub writer: &'a dyn Writer,
    /// Tells the time and waits.
    pub clock: &'a dyn Clock,
    /// Sends requests.
    pub prober: &'a dyn Prober,
    /// Measures what callers get.
    pub meter: &'a dyn Meter,
    /// Lets steps begin.
    pub approver: &'a dyn Approver,
    /// Keeps other runs away.
    pub locks: &'a dyn LockStore,
}

/// Who runs a plan, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The run's name, unique among all runs.
    pub run: RunId,
    /// The identity in AWS.
    pub caller: Text,
    /// The person and machine, for others who find the lock taken.
    pub owner: Text,
    /// The version of the tool.
    pub tool_version: Text,
    /// What is kept in the journal of a run that it begins.
    pub chosen: Option<Chosen>,
}

/// Begins a run: takes the lock, then writes the journal's header. Nothing is changed.
///
/// # Errors
/// [`BeginError`]; the lock is not held then.
pub fn begin<S: JournalStore>(
    plan: &Plan,
    store: S,
    context: &Context,
    ports: &Ports<'_>,
) -> Result<Journal<S>, BeginError> {
    if plan.body.steps.is_empty() {
        return Err(BeginError::NoSteps);
    }
    plan.body.check()?;
    let key = key(plan);
    ports
        .locks
        .acquire(&key, &holder(&context.run, context, ports))?;
    let header = Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: context.tool_version.clone(),
        plan_id: plan.plan_id.clone(),
        body_digest: plan.body_digest.clone(),
        account: plan.body.account.clone(),
        region: plan.body.region.clone(),
        run: context.run.clone(),
        caller: context.caller.clone(),
        began_at: ports.clock.wall(),
        chosen: context.chosen,
    };
    Journal::begin(store, header, &plan.body).map_err(|error| {
        // That nothing was begun matters more than a lock that cannot be given back: whoever finds
        // it is told whose it is.
        let _ = ports.locks.release(&key, &context.run);
        error.into()
    })
}

/// Takes the lock again for the journal's run and notes who goes on. What follows is [`forward`]
/// or [`rollback`]; [`resume`] does both. There is nothing to take up of a run that is over.
///
/// # Errors
/// [`BeginError`] when another run holds the lock or the journal cannot be written.
pub fn take_up<S: JournalStore>(
    plan: &Plan,
    journal: &mut Journal<S>,
    context: &Context,
    ports: &Ports<'_>,
) -> Result<(), BeginError> {
    if let RunState::Ended(_) = journal.folded().run() {
        return Ok(());
    }
    let holder = holder(&journal.header().run, context, ports);
    ports.locks.acquire(&key(plan), &holder)?;
    let caller = context.caller.clone();
    journal.note(ports.clock.wall(), Event::TakenUp { caller })?;
    Ok(())
}

/// Goes on with a run, in the direction in which its journal goes.
///
/// # Errors
/// [`BeginError`] when it cannot be taken up, or the journal cannot be written.
pub fn resume<S: JournalStore>(
    plan: &Plan,
    journal: &mut Journal<S>,
    context: &Context,
    ports: &Ports<'_>,
    limits: &Limits,
) -> Result<Outcome, BeginError> {
    take_up(plan, journal, context, ports)?;
    Ok(forward(plan, journal, context, ports, limits)?)
}

/// Carries out what is left of a plan. A run that goes back already goes on going back.
///
/// # Errors
/// [`JournalError`] when the journal cannot be written: nothing was done that it does not say.
pub fn forward<S: JournalStore>(
    plan: &Plan,
    journal: &mut Journal<S>,
    context: &Context,
    ports: &Ports<'_>,
    limits: &Limits,
) -> Result<Outcome, JournalError> {
    Run {
        plan,
        journal,
        context,
        ports,
        limits,
    }
    .proceed()
}

/// Takes back what was made of a plan, in the order in which nothing in use is taken away. It may
/// also begin after the run was completed, until the old way is deleted.
///
/// # Errors
/// [`JournalError`] when the journal cannot be written: nothing was done that it does not say.
pub fn rollback<S: JournalStore>(
    plan: &Plan,
    journal: &mut Journal<S>,
    why: Text,
    context: &Context,
    ports: &Ports<'_>,
    limits: &Limits,
) -> Result<Outcome, JournalError> {
    Run {
        plan,
        journal,
        context,
        ports,
        limits,
    }
    .turn_back(why)
}

fn key(plan: &Plan) -> LockKey {
    LockKey {
        account: plan.body.account.clone(),
        region: plan.body.region.clone(),
    }
}

fn holder(run: &RunId, context: &Context, ports: &Ports<'_>) -> LockHolder {
    LockHolder {
        run: run.clone(),
        owner: context.owner.clone(),
        since: ports.clock.wall(),
    }
}
