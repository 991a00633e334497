//! Runs, as they are told: what a journal comes to, where a run stands, and what is settled for runs.
//! Each is a value that is written for people or as JSON that scripts rely on: a field may be added
//! within a format version; none may change its meaning or go.
//!
//! Owns what is read out of a plan and a journal for that. It reads no clock: what time it is comes
//! in.

mod draft;
mod journal;
mod latency;
mod measured;
mod page;
mod settings;
mod shares;
mod stands;
mod status;
mod steps;
mod time;

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::id::{AccountId, PlanId, Region, RunId, Sha256};
use unbridge_model::journal::{JournalError, Written};
use unbridge_model::plan::Plan;
use unbridge_model::text::Text;

use crate::plan::Left;
use crate::safe::HarmlessJson;

pub use draft::{DraftChanged, drafts_changed};
pub use journal::journal;
pub use latency::{Values, latency};
pub use measured::{Chosen, Latency, Measured, NlbTraffic, Over, Percentiles, Realised};
pub use settings::{From, Setting, SettingsTold, settings};
pub use shares::{RoutesMoved, StageShare};
pub use stands::{Next, Stands};
pub use status::{Asked, Position, Soak, Status, TimeLeft, old_way, status};
pub use steps::StepTold;

/// The version of the formats.
pub const FORMAT_VERSION: u32 = 1;

/// A run, as its journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunTold {
    /// The version of this format.
    pub format_version: u32,
    /// The plan's name.
    pub plan_id: PlanId,
    /// The body that is carried out.
    pub body_digest: Sha256,
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// The run's name.
    pub run: RunId,
    /// When it began, RFC 3339 in UTC.
    pub began_at: Text,
    /// Who began it.
    pub began_by: Text,
    /// Who went on with it, in order.
    pub taken_up: Vec<TakenUp>,
    /// How many events its journal holds.
    pub events: usize,
    /// When the last of them was; null when there is none.
    pub last_event_at: Option<Text>,
    /// Whether half a line stands behind them, of a process that ended while it wrote. It does not
    /// count: nothing was done of it.
    pub half_a_line: bool,
    /// Where it stands.
    pub stands: Stands,
    /// Its steps, in the order of the plan; without the plan those that were begun, in their order.
    pub steps: Vec<StepTold>,
    /// What stays behind, each told once.
    pub stays: Vec<Left>,
    /// What can be done next.
    pub next: Vec<Next>,
}

/// Somebody who went on with a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TakenUp {
    /// When, RFC 3339 in UTC.
    pub at: Text,
    /// Who.
    pub by: Text,
}

/// What a run is told from.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// The journal.
    pub written: &'a Written,
    /// Bytes of the file, half a last line included.
    pub bytes: usize,
    /// The plan, where it is there.
    pub plan: Option<&'a Plan>,
    /// What is typed behind `unbridge resume`, ready for a shell: the plan, and the journal where it
    /// does not stand beside it.
    pub typed: &'a str,
}

impl RunTold {
    /// The run of a journal. Whether each event could follow the ones before it is known with the
    /// plan alone.
    ///
    /// # Errors
    /// [`JournalError`] when it is the journal of another plan, or an event cannot stand where it
    /// stands.
    pub fn of(kept: &Kept<'_>) -> Result<Self, JournalError> {
        let Kept {
            written,
            bytes,
            plan,
            typed,
        } = kept;
        if let Some(plan) = plan {
            written.fold(plan)?;
        }
        let stands = stands::stands(written);
        let next = stands::next(written, *plan, &stands, typed);
        let header = &written.header;
        Ok(Self {
            format_version: FORMAT_VERSION,
            plan_id: header.plan_id.clone(),
            body_digest: header.body_digest.clone(),
            account: header.account.clone(),
            region: header.region.clone(),
            run: header.run.clone(),
            began_at: header.began_at.clone(),
            began_by: header.caller.clone(),
            taken_up: stands::taken_up(written),
            events: written.entries.len(),
            last_event_at: written.entries.last().map(|entry| entry.at.clone()),
            half_a_line: *bytes > written.whole,
            steps: steps::steps(written, *plan),
            stays: Left::told(stands::residue(written)),
            stands,
            next,
        })
    }
}

/// Writes one of these as JSON, on one line.
///
/// # Errors
/// When `out` cannot be written.
pub fn json(told: &impl Serialize, mut out: impl io::Write) -> io::Result<()> {
    let mut harmless = HarmlessJson::new(&mut out);
    serde_json::to_writer(&mut harmless, told)?;
    io::Write::flush(&mut harmless)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The JSON Schema of a [`RunTold`], a [`Status`] or [`SettingsTold`].
#[must_use]
pub fn schema<T: JsonSchema>() -> serde_json::Value {
    crate::schema::of::<T>()
}
