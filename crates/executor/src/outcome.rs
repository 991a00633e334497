//! How a run ends or pauses, each with the reason a person has to know.

use unbridge_model::id::StepId;
use unbridge_model::journal::{JournalError, Residue};
use unbridge_model::plan::BadPlan;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::value::{Output, Settled, Unsettled};
use unbridge_model::port::{Judgement, LockError, ReadError, WriteFailure};
use unbridge_model::text::Text;

use crate::words;

/// A run that was not begun or not taken up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// The plan does nothing.
    #[error("the plan has no steps")]
    NoSteps,
    /// The plan does not fit together.
    #[error(transparent)]
    Plan(#[from] BadPlan),
    /// Another run holds the lock, or it cannot be reached.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Where a run stands when it returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every step is done; the lock is given back.
    Completed,
    /// Every step is taken back but for what stays behind; the lock is given back.
    RolledBack {
        /// What stays behind, by step.
        residue: Vec<(StepId, Residue)>,
    },
    /// It stopped and keeps the lock; it can be taken up, in either direction.
    Stopped {
        /// At this step.
        step: StepId,
        /// Why.
        why: StopReason,
    },
    /// A person has to look before it can be taken up; it keeps the lock.
    Stuck {
        /// At this step.
        step: StepId,
        /// Why.
        why: StuckReason,
    },
    /// A person interrupted it; it keeps the lock and can be taken up.
    Interrupted {
        /// At this step.
        step: StepId,
    },
}

/// Why a run stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// What has to hold before the step does not.
    #[error("before this step it has to hold that {}; found: {found}", words::holds(.condition))]
    NotMet {
        /// What has to hold.
        condition: Box<Condition<Settled>>,
        /// What was found instead.
        found: Text,
    },
    /// It cannot be told whether a state holds.
    #[error("it cannot be told whether {}: {why}", words::holds(.condition))]
    Unknown {
        /// The state.
        condition: Box<Condition<Settled>>,
        /// Why not.
        why: Text,
    },
    /// A state could not be read.
    #[error("it could not be read whether {what}: {error}")]
    Unreadable {
        /// The state.
        what: Text,
        /// What AWS said.
        error: ReadError,
    },
    /// AWS refused the change.
    #[error("AWS refused it ({class}): {message}{}", words::advice(*.class))]
    Refused {
        /// What kind of refusal.
        class: WriteFailure,
        /// AWS's words.
        message: Text,
    },
    /// The change was made and is not seen.
    #[error("after {seconds} s it is still not so that {}; found: {found}", words::holds(.condition))]
    NotSeen {
        /// What has to be seen.
        condition: Box<Condition<Settled>>,
        /// What was found instead.
        found: Text,
        /// How long it was awaited, in seconds.
        seconds: u64,
    },
    /// The change was made, and what it was to bring about will not come.
    #[error("it will not come about that {}; found: {found}", words::holds(.condition))]
    Hopeless {
        /// What has to be seen.
        condition: Box<Condition<Settled>>,
        /// What was found instead.
        found: Text,
    },
    /// Somebody else changed what the run relies on.
    #[error("it is no longer so that {what}; somebody else changed that; found: {found}")]
    Touched {
        /// What the run relies on.
        what: Text,
        /// What was found instead.
        found: Text,
    },
    /// It cannot be told whether others left something alone.
    #[error("it cannot be told whether {what}: {why}")]
    Untold {
        /// What the run relies on.
        what: Text,
        /// Why not.
        why: Text,
    },
    /// While the step was watched, somebody else changed what it had brought about.
    #[error(
        "it is no longer so that {}; somebody else changed that; found: {found}",
        words::holds(.condition)
    )]
    Changed {
        /// What the step had brought about.
        condition: Box<Condition<Settled>>,
        /// What was found instead.
        found: Text,
    },
    /// The step's gate did not open.
    #[error("{}", words::judgement(.0))]
    Gate(Judgement),
    /// A person was asked before the step, and did not let it begin.
    #[error("it was not let begin")]
    NotApproved,
    /// A value that an earlier step was to make is missing.
    #[error(transparent)]
    Unsettled(#[from] Unsettled),
    /// Another step, which is not taken back yet, may still use what this step made.
    #[error("step {by} is not taken back yet and may still use it")]
    StillNeeded {
        /// The other step.
        by: StepId,
    },
    /// What was done cannot be taken back. Nothing was changed: the run can still go on forward.
    #[error("there is no way back from it: {why}; nothing was taken back")]
    NoWayBack {
        /// Why.
        why: Text,
    },
    /// The lock could not be taken or given back.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl StopReason {
    /// Whether every further call would fail as well.
    pub(crate) fn ends_everything(&self) -> bool {
        use unbridge_model::gap::GapClass;
        match self {
            Self::Refused { class, .. } => *class == WriteFailure::Credentials,
            Self::Unreadable { error, .. } => error.class == GapClass::Credentials,
            Self::NotMet { .. }
            | Self::Unknown { .. }
            | Self::NotSeen { .. }
            | Self::Changed { .. }
            | Self::Touched { .. }
            | Self::Untold { .. }
            | Self::Gate(_)
            | Self::NotApproved
            | Self::Hopeless { .. }
            | Self::Unsettled(_)
            | Self::StillNeeded { .. }
            | Self::NoWayBack { .. }
            | Self::Lock(_) => false,
        }
    }
}

/// Why a run is stuck, and what to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StuckReason {
    /// One step made several things.
    #[error(
        "{} carry the mark of this one step: delete all but one of them, then take the run up",
        words::outputs(.outputs)
    )]
    TwoOwned {
        /// What was found.
        outputs: Vec<Output>,
    },
    /// What was done cannot be taken back, and the run goes back.
    #[error("there is no way back from it: {why}")]
    NoWayBack {
        /// Why.
        why: Text,
    },
    /// AWS refuses to take requests back to the old way.
    #[error(
        "requests still go the new way, and AWS refused to move them back: {message}; move them back by hand, then take the run up"
    )]
    RequestsNotMovedBack {
        /// AWS's words.
        message: Text,
    },
    /// Nothing says what was to be done.
    #[error("the journal does not say what was to be done")]
    Unannounced,
    /// What the journal says of an earlier process.
    #[error("{0}")]
    Noted(Text),
}
