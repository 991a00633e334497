//! Plans and rehearsals, for people.

mod calls;
mod cli_words;
mod diff;
mod gates;
mod head;
mod mermaid;
mod rehearsal;
mod runbook;
mod script;
mod show;
mod summary;

use unbridge_model::id::StageName;
use unbridge_model::plan::Phase;
use unbridge_model::plan::condition::Gate;

pub use calls::step_calls;
pub use diff::plan_diff;
pub use mermaid::plan_mermaid;
pub use rehearsal::{
    CounterExample, FORMAT_VERSION, Harmed, Left, Moment, RehearsalVerdict, Rehearsed, Served,
    Stop, Traced, rehearsed, rehearsed_json, rehearsed_schema,
};
pub use runbook::plan_runbook;
pub use script::plan_script;
pub use show::plan;
pub use summary::plan_summary;
pub(crate) use summary::{api, roughly, saved, stage, subject};

/// What a phase is for.
pub(crate) fn meaning(phase: Phase) -> &'static str {
    match phase {
        Phase::Baseline => "shows that the draft is what the stages run; changes nothing they run",
        Phase::Prepare => "adds what the new way needs; no request takes it yet",
        Phase::Rewire => "changes the draft; no request meets it yet",
        Phase::Shift => "proves the new way, then moves requests over",
        Phase::TidyUp => "takes away what only the move needed",
        Phase::Retire => "deletes the old way",
    }
}

/// What a step's gate waits for.
pub(crate) fn gate(gate: &Gate) -> String {
    match gate {
        Gate::Proof { stage, like, .. } => {
            format!("goes on when {stage} answers as {like} does")
        }
        Gate::Bake { stage, seconds, .. } => {
            format!("goes on when {stage} did well for {}", span(*seconds))
        }
        Gate::BakeHttp {
            stages, seconds, ..
        } => {
            let stages: Vec<&str> = stages.iter().map(StageName::as_str).collect();
            let stages = stages.join(", ");
            format!("goes on when {stages} did well for {}", span(*seconds))
        }
        Gate::Drain { seconds } => {
            format!("goes on after {}, when requests have ended", span(*seconds))
        }
    }
}

/// A time, such as `5 min` or `149 s`.
pub(crate) fn span(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (minutes @ 1.., 0) => format!("{minutes} min"),
        _ => format!("{seconds} s"),
    }
}
