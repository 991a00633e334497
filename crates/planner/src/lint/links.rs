//! Whether links are closed but for what they are for, and seen before they are used (H33, H34).

use std::collections::BTreeSet;

use unbridge_model::network::Direction;
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;

use super::code::LintCode;
use super::findings::Findings;
use super::thing::{RuleOf, Thing, Value, named};

/// Subnets that a link may have.
///
/// Source: API Gateway Developer Guide, quotas of HTTP APIs, "Subnets per VPC link".
const SUBNETS: usize = 10;

/// What the steps so far did to the plan's own groups.
#[derive(Default)]
struct Groups<'p> {
    closed: BTreeSet<Value<'p>>,
    leading_out: BTreeSet<Value<'p>>,
}

pub(super) fn check(findings: &mut Findings<'_>) {
    let mut groups = Groups::default();
    let mut awaited = BTreeSet::new();
    for (place, step) in findings.steps() {
        match &step.operation {
            Operation::RevokeDefaultEgress { group } => {
                groups.closed.insert(Value::group(group));
            }
            Operation::AuthorizeRule { group, rule } => {
                if rule.direction == Direction::Egress {
                    groups.leading_out.insert(Value::group(group));
                }
                strangers(findings, place, RuleOf::of(group, rule));
            }
            Operation::CreateVpcLink {
                security_groups,
                subnets,
                ..
            } => {
                let of: Vec<_> = security_groups.iter().map(Value::group).collect();
                of_link(findings, place, &of, &groups);
                let different: BTreeSet<_> = subnets.iter().collect();
                if !(1..=SUBNETS).contains(&subnets.len()) || different.len() < subnets.len() {
                    let what = format!("a link has 1 to {SUBNETS} subnets, each once");
                    findings.at(place, LintCode::OverQuota, what);
                }
            }
            _ => {}
        }
        for thing in named(&step.operation) {
            let Thing::Link(link) = thing else { continue };
            if !awaited.contains(&link) && !asks(step, link) {
                let what = "it leads to a link that was not seen to be available";
                findings.at(place, LintCode::LinkNotAwaited, what);
            }
        }
        awaited.extend(seen(step));
    }
}

fn of_link(findings: &mut Findings<'_>, place: usize, of: &[Value<'_>], groups: &Groups<'_>) {
    let made = || of.iter().filter(|group| group.is_made());
    if made().any(|group| !groups.closed.contains(group)) {
        let what = "its new security group still lets everything out";
        findings.at(place, LintCode::EgressOpen, what);
    }
    if of.is_empty() || made().any(|group| !groups.leading_out.contains(group)) {
        let what = "its security group has no rule that lets requests out to the ALB";
        findings.at(place, LintCode::NoWayOut, what);
    }
}

/// A rule has the plan's own group, or that of a link that is used, on one of its sides.
fn strangers(findings: &mut Findings<'_>, place: usize, rule: RuleOf<'_>) {
    let reused = !findings.plan.body.choices.use_links.is_empty();
    let ours = rule.group.is_made() || rule.peer.is_made();
    if !ours && !reused {
        let what = "it adds a rule between two groups that are none of the plan's";
        findings.at(place, LintCode::RuleForOthers, what);
    }
}

fn available(condition: &Condition) -> Option<Value<'_>> {
    match condition {
        Condition::LinkAvailable { link } => Some(Value::link(link)),
        _ => None,
    }
}

/// Links that are seen to be available once a step is done.
fn seen(step: &Step) -> impl Iterator<Item = Value<'_>> {
    let conditions = step.preconditions.iter().chain(&step.verification);
    conditions.filter_map(available)
}

fn asks(step: &Step, link: Value<'_>) -> bool {
    let mut asked = step.preconditions.iter().filter_map(available);
    asked.any(|one| one == link)
}
