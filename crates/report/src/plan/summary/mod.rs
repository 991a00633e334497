//! What a plan comes to: what changes, in how many steps, how long it takes, what it saves, and what
//! is left out of it.

mod changes;
mod left_out;
mod stays;
mod time;

use std::fmt::{self, Write};

use unbridge_model::id::{LoadBalancerArn, StageName};
use unbridge_model::plan::{Body, Plan};
use unbridge_model::text::Text;

use super::head;
use crate::layout;
use crate::look::{Look, Tone};
use crate::words;

pub(crate) use left_out::subject;
pub(crate) use time::{roughly, saved};

/// Writes what a plan comes to. With the command that made it, the command that leaves less out is
/// told.
///
/// # Errors
/// When `out` does not take it.
pub fn plan_summary(
    plan: &Plan,
    command: Option<&str>,
    look: Look,
    out: &mut dyn Write,
) -> fmt::Result {
    let mut page = String::new();
    put(&mut page, plan, command, look.columns());
    look.put(&page, out)
}

/// Puts what a plan comes to.
pub(super) fn put(page: &mut String, plan: &Plan, command: Option<&str>, columns: usize) {
    let body = &plan.body;
    head::put(page, plan, columns);
    if body.steps.is_empty() {
        let nothing = Tone::Care.of("NOTHING TO CARRY OUT");
        let why = match (body.waiting.is_empty(), body.elsewhere.is_empty()) {
            (false, _) => ": everything that was asked for waits for something.",
            (true, false) => ": every change is to be made elsewhere.",
            (true, true) => ": nothing of what was asked for has to move.",
        };
        layout::fill(page, "", &format!("{nothing}{why}"), columns);
    }
    changes::put(page, body, columns);
    stays::put(page, body, columns);
    time::put(page, body, columns);
    left_out::put(page, body, command, columns);
}

/// A title above a part.
fn heading(page: &mut String, title: &str) {
    page.push_str(&format!("\n{}\n", Tone::Strong.of(title)));
}

/// `orders-api (c65npcywlk)`, or the id where it has no name.
pub(crate) fn api(body: &Body, id: &str) -> String {
    match body.names.apis.get(id) {
        Some(name) => format!("{} ({})", words::name(name), words::name(id)),
        None => words::name(id),
    }
}

/// `orders-api (c65npcywlk) stage prod`.
pub(crate) fn stage(body: &Body, id: &Text, stage: &StageName) -> String {
    format!("{} stage {stage}", api(body, id))
}

/// `NLB orders-nlb` or `ALB orders-alb`.
fn load_balancer(arn: &LoadBalancerArn) -> String {
    let kind = if arn.as_str().contains(":loadbalancer/net/") {
        "NLB"
    } else {
        "ALB"
    };
    format!("{kind} {}", words::load_balancer(arn))
}
