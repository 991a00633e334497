//! Plans and rehearsals, for people.

mod diff;
mod rehearsal;
mod show;

use unbridge_model::plan::Phase;
use unbridge_model::plan::condition::Gate;

pub use diff::plan_diff;
pub use rehearsal::{
    CounterExample, FORMAT_VERSION, Harmed, Left, Moment, RehearsalVerdict, Rehearsed, Served,
    Stop, Traced, rehearsed, rehearsed_json, rehearsed_schema,
};
pub use show::plan;

/// What a phase is for.
fn meaning(phase: Phase) -> &'static str {
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
fn gate(gate: &Gate) -> String {
    match gate {
        Gate::Proof { stage, like, .. } => {
            format!("goes on when {stage} answers as {like} does")
        }
        Gate::Bake { stage, seconds, .. } => {
            format!("goes on when {stage} did well for {}", span(*seconds))
        }
        Gate::Drain { seconds } => {
            format!("goes on after {}, when requests have ended", span(*seconds))
        }
    }
}

/// A time, such as `5 min` or `149 s`.
fn span(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (minutes @ 1.., 0) => format!("{minutes} min"),
        _ => format!("{seconds} s"),
    }
}
