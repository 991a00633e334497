//! What a plan is, in a few lines: how much it does and where, whether it is proven, what was not
//! seen when it was made.

use unbridge_model::plan::Plan;

use crate::layout::{self, count};
use crate::look::Tone;
use crate::words;

/// Puts what every page about a plan begins with.
pub(super) fn put(page: &mut String, plan: &Plan, columns: usize) {
    let body = &plan.body;
    let head = format!(
        "Plan {}: {} in {} of account {}.",
        Tone::Strong.of(plan.plan_id.short()),
        count(body.steps.len(), "step", "steps"),
        body.region,
        body.account,
    );
    layout::fill(page, "", &head, columns);
    if let Some(proof) = proof(plan) {
        layout::fill(page, "", &proof, columns);
    }
    if !body.complete || !body.missing.is_empty() {
        let text = format!(
            "{}: it was made without seeing everything.",
            Tone::Bad.of("INCOMPLETE")
        );
        layout::fill(page, "", &text, columns);
        for missing in &body.missing {
            layout::fill(page, "  ", &words::name(missing), columns);
        }
    }
}

/// Whether it is proven; nothing where there is nothing to prove.
fn proof(plan: &Plan) -> Option<String> {
    let number = |many: u64| usize::try_from(many).unwrap_or(usize::MAX);
    match plan.proven() {
        Some(proof) => Some(format!(
            "{}: rehearsed in {} with {}.",
            Tone::Good.of("PROVEN"),
            count(number(proof.runs), "run", "runs"),
            count(number(proof.requests), "request", "requests"),
        )),
        None if plan.body.steps.is_empty() => None,
        None => Some(format!(
            "{}: rehearse it before it is carried out.",
            Tone::Care.of("NOT PROVEN")
        )),
    }
}
