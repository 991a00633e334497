//! How long to wait on the way back, and from where on there is none.

use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Phase, Plan, Step, Undo};

/// Seconds between the last request that was moved back and the first thing that is deleted, where
/// the plan says nothing: a request runs up to 29 s, a stage's change takes up to 120 s to arrive.
const DRAIN: u32 = 149;

/// How long requests that began before they were moved back may last, in seconds.
pub(in crate::plan) fn drain(steps: &[Step]) -> u32 {
    let gates = steps.iter().filter_map(|step| match &step.gate {
        Some(Gate::Drain { seconds }) => Some(*seconds),
        Some(Gate::Proof { .. } | Gate::Bake { .. } | Gate::BakeHttp { .. }) | None => None,
    });
    gates.max().unwrap_or(DRAIN)
}

/// The steps before the point of no return, and those from there on: a step of the retirement, one
/// without a way back, or one that deletes what no plan can make again.
pub(in crate::plan) fn at_no_return(plan: &Plan) -> (&[Step], &[Step]) {
    let steps = &plan.body.steps;
    let first = steps.iter().position(|step| {
        step.phase == Phase::Retire
            || matches!(step.undo, Undo::Impossible { .. })
            || deletes_for_good(&step.operation)
    });
    steps.split_at(first.unwrap_or(steps.len()))
}

fn deletes_for_good(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::DeleteV1Link { .. }
            | Operation::DeleteLoadBalancer { .. }
            | Operation::DeleteTargetGroup { .. }
    )
}
