//! The journal of a run: one line for each event, on disk before the effect it announces.
//!
//! Owns the file format, which event may follow which, and what the events of a run come to. A
//! [`Recorded`] change, which is the only kind that can be performed, is made here and nowhere
//! else, so that nothing is done that the journal does not say.

mod fold;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, PlanId, Region, RunId, Sha256, StepId};
use crate::plan::operation::{MethodRef, Operation};
use crate::plan::value::{Output, Settled};
use crate::plan::{Body, Plan, Step};
use crate::text::Text;

pub use fold::{Direction, Folded, Illegal, RunState, StepState};

/// The version of the format that this tool writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The word every journal's header holds.
pub const FORMAT: &str = "unbridge-journal";

/// The first line: which plan is carried out, where, by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always [`FORMAT`].
    pub format: Text,
    /// The format's version.
    pub format_version: u32,
    /// The version of the tool that began it.
    pub tool_version: Text,
    /// The plan.
    pub plan_id: PlanId,
    /// What the plan said.
    pub body_digest: Sha256,
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// The run.
    pub run: RunId,
    /// Who runs it.
    pub caller: Text,
    /// When it began, RFC 3339 in UTC.
    pub began_at: Text,
    /// What was chosen for the run; absent in journals of tools that did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
}

/// What was chosen for a run when it began. It holds for whoever takes the run up, unless they say
/// otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Where its lock is.
    pub lock: LockPlace,
    /// What follows when a gate fails.
    pub on_fail: OnFail,
}

/// Where the lock of a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LockPlace {
    /// In the parameter store of the account.
    Ssm,
    /// On the machine that began the run.
    Local,
}

/// What follows when a gate fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFail {
    /// What was done is taken back.
    Rollback,
    /// The run stops where it is.
    Pause,
}

#[derive(Deserialize)]
struct Head {
    format: String,
    format_version: u32,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number, from 1 and without holes.
    pub number: u64,
    /// When, RFC 3339 in UTC.
    pub at: Text,
    /// What.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum Event {
    /// A change is about to be made.
    Started {
        /// The step.
        step: StepId,
        /// Which way.
        direction: Direction,
        /// The change.
        operation: Operation<Settled>,
    },
    /// The change was made; or it was looked for, and found.
    Succeeded {
        /// The step.
        step: StepId,
        /// Which way.
        direction: Direction,
        /// What it made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Output>,
    },
    /// The change was surely not made: it was refused, or it was looked for and is not there.
    NotMade {
        /// The step.
        step: StepId,
        /// Which way.
        direction: Direction,
        /// Why.
        why: Text,
    },
    /// Nobody knows whether the change was made.
    Lost {
        /// The step.
        step: StepId,
        /// Which way.
        direction: Direction,
        /// Why.
        why: Text,
    },
    /// What has to be seen after the change was seen.
    Verified {
        /// The step.
        step: StepId,
    },
    /// The step's gate is open.
    Passed {
        /// The step.
        step: StepId,
    },
    /// The run goes no further forward; it goes back from here.
    TurnedBack {
        /// Why.
        why: Text,
    },
    /// Nothing of a step has to be taken back.
    NothingToUndo {
        /// The step.
        step: StepId,
        /// Why.
        why: Text,
    },
    /// Something of a step stays behind.
    Left {
        /// The step.
        step: StepId,
        /// What.
        residue: Residue,
    },
    /// The run stopped before its end; it can be taken up again.
    Stopped {
        /// At this step.
        step: StepId,
        /// Why.
        why: Text,
    },
    /// The run cannot go on in either direction; a person is needed.
    Stuck {
        /// At this step.
        step: StepId,
        /// Why, and what to look at.
        why: Text,
    },
    /// Another process goes on with the run.
    TakenUp {
        /// Who.
        caller: Text,
    },
    /// The run is over.
    Ended {
        /// How.
        end: End,
    },
}

/// How a run is over.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum End {
    /// Every step is done.
    Completed,
    /// Every step is undone, but for what stays behind.
    RolledBack,
}

/// What stays behind when a run is rolled back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum Residue {
    /// `integrationTarget` of a method of the draft: AWS lets nobody take it away.
    IntegrationTarget {
        /// The method.
        method: MethodRef,
    },
    /// A change that could not be taken back.
    NotUndone {
        /// Why.
        why: Text,
    },
}

/// Who made a thing: every change carries it, in tags or in its description.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
}

/// The tag that names the run.
pub const RUN_TAG: &str = "unbridge:run";

/// The tag that everything a plan makes carries beside that: the plan's id.
pub const PLAN_TAG: &str = "unbridge:plan";
/// The parameter of the Systems Manager parameter store that locks a region of an account.
pub const LOCK_PARAMETER: &str = "/unbridge/lock";
/// The tag that names the step.
pub const STEP_TAG: &str = "unbridge:step";

impl Owner {
    /// As it stands in the description of what cannot have tags: `unbridge:RUN:STEP`.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("unbridge:{}:{}", self.run, self.step)
    }
}

/// A change that the journal has announced: only such a one can be performed, and only once.
#[derive(Debug)]
pub struct Recorded {
    owner: Owner,
    direction: Direction,
    operation: Operation<Settled>,
}

impl Recorded {
    /// Who makes it.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Which way.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The change.
    #[must_use]
    pub fn operation(&self) -> &Operation<Settled> {
        &self.operation
    }
}

/// Where lines are kept.
pub trait JournalStore {
    /// Appends a line, which ends in a line feed. It is on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`] when it may not be.
    fn append(&mut self, line: &str) -> Result<(), StoreError>;
}

/// A line that may not be on disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct StoreError(pub String);

/// A journal that cannot be used, or cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// A line could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line is none of a journal.
    #[error("line {line} of the journal: {message}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// Another format, or a newer version of this one.
    #[error("format {0:?} version {1}; {FORMAT:?} version {FORMAT_VERSION} is known")]
    Format(String, u32),
    /// It is the journal of another plan.
    #[error("it is the journal of plan {found}, not of {wanted}")]
    OtherPlan {
        /// The plan whose body digest was expected.
        wanted: Sha256,
        /// That of the journal.
        found: Sha256,
    },
    /// An event that cannot stand where it stands.
    #[error("line {line} of the journal: {illegal}")]
    Illegal {
        /// The line, from 1.
        line: usize,
        /// Why not.
        illegal: Illegal,
    },
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal<S> {
    store: S,
    header: Header,
    folded: Folded,
    next: u64,
    /// Why nothing more is written: behind half a line nothing could be read again.
    broken: Option<StoreError>,
}

/// A journal as it stands on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its header.
    pub header: Header,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Bytes of whole lines; what is behind them was being written when the process ended.
    pub whole: usize,
}

impl<S: JournalStore> Journal<S> {
    /// Begins a journal.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn begin(mut store: S, header: Header, body: &Body) -> Result<Self, JournalError> {
        store.append(&line(&header))?;
        Ok(Self {
            store,
            header,
            folded: Folded::new(body),
            next: 1,
            broken: None,
        })
    }

    /// Goes on with a journal; the store appends behind its whole lines.
    ///
    /// # Errors
    /// [`JournalError`] when it is of another plan or an event cannot stand where it stands.
    pub fn take_up(store: S, written: &Written, plan: &Plan) -> Result<Self, JournalError> {
        let folded = written.fold(plan)?;
        Ok(Self {
            store,
            header: written.header.clone(),
            folded,
            next: written.entries.len() as u64 + 1,
            broken: None,
        })
    }

    /// Goes on with a journal of which is known what its events come to, and how many they are.
    #[must_use]
    pub fn go_on(store: S, header: Header, folded: Folded, events: u64) -> Self {
        Self {
            store,
            header,
            folded,
            next: events.saturating_add(1),
            broken: None,
        }
    }

    /// The run.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What the events so far come to.
    #[must_use]
    pub fn folded(&self) -> &Folded {
        &self.folded
    }

    /// Announces a change of a step.
    ///
    /// # Errors
    /// [`JournalError`] when the event cannot stand here or may not be on disk: then nothing may be
    /// done.
    pub fn started(
        &mut self,
        at: Text,
        step: &Step,
        direction: Direction,
        operation: Operation<Settled>,
    ) -> Result<Recorded, JournalError> {
        let event = Event::Started {
            step: step.id.clone(),
            direction,
            operation: operation.clone(),
        };
        self.note(at, event)?;
        Ok(Recorded {
            owner: Owner {
                run: self.header.run.clone(),
                step: step.id.clone(),
            },
            direction,
            operation,
        })
    }

    /// Writes an event. Once a line may not be on disk, none follows: the journal has to be read
    /// again and taken up.
    ///
    /// # Errors
    /// [`JournalError`] when it cannot stand here or may not be on disk.
    pub fn note(&mut self, at: Text, event: Event) -> Result<(), JournalError> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone().into());
        }
        let illegal = |illegal| JournalError::Illegal {
            line: usize::try_from(self.next).unwrap_or(usize::MAX) + 1,
            illegal,
        };
        let change = self.folded.change(&event).map_err(illegal)?;
        let entry = Entry {
            number: self.next,
            at,
            event,
        };
        if let Err(error) = self.store.append(&line(&entry)) {
            self.broken = Some(error.clone());
            return Err(error.into());
        }
        self.folded.apply(&entry.event, change);
        self.next += 1;
        Ok(())
    }
}

impl Written {
    /// Reads a journal from its bytes, which may end in the middle of a letter.
    ///
    /// # Errors
    /// [`JournalError`] when it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, JournalError> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        let whole = bytes.get(..whole.map_or(0, |at| at + 1));
        match std::str::from_utf8(whole.unwrap_or_default()) {
            Ok(text) => Self::parse(text),
            Err(error) => Err(JournalError::Malformed {
                line: lines_before(bytes, error.valid_up_to()) + 1,
                message: "it is not UTF-8".to_owned(),
            }),
        }
    }

    /// Reads a journal. A last line without line feed was being written when the process ended:
    /// its effect had not begun, and it does not count.
    ///
    /// # Errors
    /// [`JournalError`] when it is none.
    pub fn parse(text: &str) -> Result<Self, JournalError> {
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let mut lines = text.get(..whole).unwrap_or_default().lines().enumerate();
        let malformed = |number: usize, message: String| JournalError::Malformed {
            line: number + 1,
            message,
        };
        let (_, first) = lines
            .next()
            .ok_or_else(|| malformed(0, "there is no whole line".to_owned()))?;
        let head: Head =
            serde_json::from_str(first).map_err(|error| malformed(0, error.to_string()))?;
        if head.format != FORMAT || head.format_version != FORMAT_VERSION {
            return Err(JournalError::Format(head.format, head.format_version));
        }
        let header: Header =
            serde_json::from_str(first).map_err(|error| malformed(0, error.to_string()))?;
        let mut entries = Vec::new();
        for (number, text) in lines {
            let entry: Entry =
                serde_json::from_str(text).map_err(|error| malformed(number, error.to_string()))?;
            if entry.number != number as u64 {
                let message = format!("number {number} was expected, not {}", entry.number);
                return Err(malformed(number, message));
            }
            entries.push(entry);
        }
        Ok(Self {
            header,
            entries,
            whole,
        })
    }

    /// What the events come to.
    ///
    /// # Errors
    /// [`JournalError`] when it is of another plan or an event cannot stand where it stands.
    pub fn fold(&self, plan: &Plan) -> Result<Folded, JournalError> {
        if self.header.body_digest != plan.body_digest {
            return Err(JournalError::OtherPlan {
                wanted: plan.body_digest.clone(),
                found: self.header.body_digest.clone(),
            });
        }
        let mut folded = Folded::new(&plan.body);
        for (entry, line) in self.entries.iter().zip(2..) {
            let change = folded.change(&entry.event);
            let change = change.map_err(|illegal| JournalError::Illegal { line, illegal })?;
            folded.apply(&entry.event, change);
        }
        Ok(folded)
    }
}

fn lines_before(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count()
}

fn line(noun: &impl Serialize) -> String {
    // Nouns are maps with texts as keys: there is nothing that JSON cannot say.
    let mut line = serde_json::to_string(noun).unwrap_or_default();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests;
