//! What makes a plan unfit to be carried out, found without the planner's help: from the plan alone,
//! and from the account as it was seen.
//!
//! Knows the format and the rules of `docs/plan.md`; nothing of how plans are made.

use unbridge_model::plan::Body;

/// Something that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {}

/// Everything that is wrong with a plan; nothing for a good one.
#[must_use]
pub fn lint(body: &Body) -> Vec<Lint> {
    let _ = body;
    Vec::new()
}
