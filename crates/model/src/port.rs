//! The ports through which decisions reach the world. Adapters implement them: the SDK in one
//! crate, a simulated account in another.
//!
//! Reading is asynchronous, for there is much of it. Changing is not: one thing is done at a time,
//! and [`Writer`] and its companions block until it is done.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::call::{Call, Page, PageToken};
use crate::gap::GapClass;
use crate::id::{AccountId, DeploymentId, Region, RestApiId, RunId, StageName};
use crate::journal::{Owner, Recorded};
use crate::place::Place;
use crate::plan::Step;
use crate::plan::budget::RunCall;
use crate::plan::condition::{Condition, Gate, PatchedMethod};
use crate::plan::operation::Operation;
use crate::plan::value::{Output, Settled};
use crate::text::Text;

/// Reads AWS. One attempt per call: no retries and no pace of its own.
pub trait Reader: Sync {
    /// One page of the answer to `call`.
    fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> impl Future<Output = Result<Page, ReadError>> + Send;
}

/// A clock that can wait. Simulated time runs as fast as it is awaited.
pub trait Timer: Sync {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// Completes when `pause` has passed.
    fn wait(&self, pause: Duration) -> impl Future<Output = ()> + Send;
}

/// Why a call brought no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What kind of failure.
    pub class: GapClass,
    /// AWS's words.
    pub message: String,
    /// How long AWS asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

impl ReadError {
    /// A failure of this class.
    #[must_use]
    pub fn new(class: GapClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            retry_after: None,
        }
    }

    /// Whether another attempt may bring the page.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.class {
            GapClass::Throttled | GapClass::Failed | GapClass::Unreachable => true,
            GapClass::Denied
            | GapClass::Credentials
            | GapClass::Refused
            | GapClass::Vanished
            | GapClass::Unparseable
            | GapClass::Unreadable
            | GapClass::NotRead
            | GapClass::Skipped
            | GapClass::Interrupted
            | GapClass::NoSnapshot => false,
        }
    }
}

/// Says when the calls of a run may be made.
pub trait Turns: fmt::Debug + Send + Sync {
    /// Returns when this call may be made.
    fn wait(&self, call: RunCall);
}

/// Nobody waits: for a copy of AWS that has no quotas.
#[derive(Debug, Clone, Copy, Default)]
pub struct AtOnce;

impl Turns for AtOnce {
    fn wait(&self, _: RunCall) {}
}

/// Changes AWS, and looks at what it changed. One attempt per call.
pub trait Writer {
    /// Makes a change that the journal has announced, and tells what it made.
    ///
    /// # Errors
    /// [`WriteError`]; its class says whether the change may have been made all the same.
    fn perform(&self, change: Recorded) -> Result<Option<Output>, WriteError>;

    /// Whether a state holds now.
    ///
    /// # Errors
    /// [`ReadError`] when that could not be read.
    fn observe(&self, condition: &Condition<Settled>) -> Result<Held, ReadError>;

    /// Whether others left alone what a run relies on.
    ///
    /// # Errors
    /// [`ReadError`] when that could not be read.
    fn untouched(&self, what: &Untouched) -> Result<Held, ReadError>;

    /// What stands in AWS that this owner made with this operation, by its tags or description.
    ///
    /// # Errors
    /// [`ReadError`] when that could not be read.
    fn find_owned(
        &self,
        owner: &Owner,
        operation: &Operation<Settled>,
    ) -> Result<Vec<Output>, ReadError>;
}

/// What a run left as it is and relies on, and what others may change all the same. No plan names it:
/// it follows from what the run has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untouched {
    /// A stage's own deployment, whatever its canary release runs.
    OwnDeployment {
        /// The API.
        api: RestApiId,
        /// The stage.
        stage: StageName,
        /// What it runs.
        deployment: DeploymentId,
    },
    /// Methods of a draft, which is read at once.
    Draft {
        /// The API.
        api: RestApiId,
        /// What was set of which.
        methods: Vec<PatchedMethod<Settled>>,
    },
}

/// As a clause.
impl fmt::Display for Untouched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnDeployment {
                api,
                stage,
                deployment,
            } => write!(
                f,
                "stage {stage} of API {api} runs deployment {deployment}, its canary release aside"
            ),
            Self::Draft { api, methods } => write!(
                f,
                "the draft of API {api} holds what was set, in all of its methods that move ({})",
                methods.len()
            ),
        }
    }
}

/// Whether a state holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// It does.
    Yes,
    /// It does not, or not yet.
    No {
        /// What stands there instead.
        found: Text,
    },
    /// It does not, and no waiting brings it about.
    Never {
        /// What stands there instead.
        found: Text,
    },
    /// It cannot be told.
    Unknown {
        /// Why not.
        why: Text,
    },
}

/// Why a change was answered with a failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WriteError {
    /// What kind of failure.
    pub class: WriteFailure,
    /// AWS's words.
    pub message: String,
    /// How long AWS asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

impl WriteError {
    /// A failure of this class.
    #[must_use]
    pub fn new(class: WriteFailure, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            retry_after: None,
        }
    }
}

/// Kinds of failures of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum WriteFailure {
    /// AWS refused it for what it says; so it will the next time.
    Refused,
    /// AWS refused it for what else there is (in use, pending, a dependency), which may pass.
    NotYet,
    /// AWS refused it because there were too many calls.
    Throttled,
    /// The identity may not do it.
    Denied,
    /// The credentials are no longer good.
    Credentials,
    /// There is no answer: it may have been made.
    Lost,
}

impl WriteFailure {
    /// Whether the change may have been made all the same.
    #[must_use]
    pub fn may_have_been_made(self) -> bool {
        match self {
            Self::Lost => true,
            Self::Refused | Self::NotYet | Self::Throttled | Self::Denied | Self::Credentials => {
                false
            }
        }
    }
}

/// The clock of a run.
pub trait Clock {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// The time of day, RFC 3339 in UTC, for the journal.
    fn wall(&self) -> Text;

    /// Returns when so much time has passed, or earlier when a person interrupts.
    fn wait(&self, pause: Duration) -> Waited;
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The time has passed.
    Passed,
    /// A person wants the run to stop here.
    Interrupted,
}

/// Sends requests and compares their answers.
pub trait Prober {
    /// How requests to a temporary stage are answered, beside those to a live one.
    fn prove(&self, gate: &Gate) -> Judgement;
}

/// Measures what a stage's callers get.
pub trait Meter {
    /// How a stage does now, beside how it did before.
    fn judge(&self, gate: &Gate) -> Judgement;
}

/// What a gate comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It opens.
    Pass,
    /// It does not.
    Fail {
        /// What is wrong.
        why: Text,
    },
    /// Too little was seen to tell.
    Inconclusive {
        /// What is missing.
        why: Text,
    },
    /// Nothing could be measured.
    Error {
        /// What went wrong.
        why: Text,
    },
}

/// Lets steps begin.
pub trait Approver {
    /// Whether a step of which nothing was done yet may begin. Asked once by each process, before
    /// anything of the step is read or changed; never on the way back.
    fn approve(&self, step: &Step) -> Approval;
}

/// Whether a step may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// It may.
    Given,
    /// A person wants the run to stop before it.
    Withheld,
}

/// Lets every step begin: whoever started the run has said yes to all of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApprovedAtStart;

impl Approver for ApprovedAtStart {
    fn approve(&self, _: &Step) -> Approval {
        Approval::Given
    }
}

/// What is locked: one run at a time changes an account's region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LockKey {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The run.
    pub run: RunId,
    /// The person and machine.
    pub owner: Text,
    /// Since when, RFC 3339 in UTC.
    pub since: Text,
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, owner, since } = self;
        write!(f, "run {run} of {owner} since {since}")
    }
}

/// Keeps two runs apart.
pub trait LockStore {
    /// Takes a lock, or takes it again for the run that holds it.
    ///
    /// # Errors
    /// [`LockError`] when another run holds it or it cannot be reached.
    fn acquire(&self, key: &LockKey, holder: &LockHolder) -> Result<(), LockError>;

    /// Gives a lock back.
    ///
    /// # Errors
    /// [`LockError`] when another run holds it or it cannot be reached.
    fn release(&self, key: &LockKey, run: &RunId) -> Result<(), LockError>;
}

/// A lock that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Another run has it.
    #[error("it is locked by {0}")]
    Held(LockHolder),
    /// It cannot be reached.
    #[error("the lock cannot be reached: {0}")]
    Unreachable(String),
}
