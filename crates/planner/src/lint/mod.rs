//! What makes a plan unfit to be carried out, found without the planner's help: from the plan alone,
//! and from the account as it was seen.
//!
//! Knows the format and the rules of `docs/lint.md`; nothing of how plans are made. It follows a
//! plan step by step as far as the plan itself tells what stands where ([`course`]); what requests
//! make of it is for the rehearsal.

mod admission;
mod code;
mod course;
mod findings;
mod form;
mod http;
mod leaving;
mod links;
mod marks;
mod order;
mod readback;
mod scope;
mod seen;
mod shift;
mod state;
mod thing;
mod undo;

use unbridge_model::plan::Plan;
use unbridge_model::snapshot::Snapshot;

pub use code::{Lint, LintCode};
use findings::Findings;
use state::State;

/// Everything that is wrong with a plan by itself; nothing for a good one. What concerns the whole
/// plan comes first, then the steps in order.
#[must_use]
pub fn lint(plan: &Plan) -> Vec<Lint> {
    let mut findings = alone(plan);
    course::check(&mut findings, State::default());
    findings.lints()
}

/// Everything that is wrong with a plan by itself and for the account as a scan saw it.
#[must_use]
pub fn lint_on(plan: &Plan, snapshot: &Snapshot) -> Vec<Lint> {
    let mut findings = alone(plan);
    let start = seen::check(&mut findings, snapshot);
    course::check(&mut findings, start);
    findings.lints()
}

fn alone(plan: &Plan) -> Findings<'_> {
    let mut findings = Findings::new(plan);
    form::check(&mut findings);
    marks::check(&mut findings);
    scope::check(&mut findings);
    undo::check(&mut findings);
    order::check(&mut findings);
    links::check(&mut findings);
    shift::check(&mut findings);
    http::check(&mut findings);
    admission::check(&mut findings);
    readback::check(&mut findings);
    findings
}
