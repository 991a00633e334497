//! Whether what a retirement has still to delete is as unused as when it was planned. A run may be
//! gone on with weeks after it stopped: what came since, it finds by planning once more.
//!
//! What the run itself took away would look like a difference, so it is put back first, in the
//! picture of the account alone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use unbridge_model::apigateway::{LinkReach, Tags, VpcLink};
use unbridge_model::elb::{Target, TargetGroup};
use unbridge_model::id::{LoadBalancerArn, VpcLinkId};
use unbridge_model::journal::{Folded, StepState};
use unbridge_model::plan::choices::{Choices, Selection};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::waiting::Subject;
use unbridge_model::plan::{Body, Plan, Step};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;
use unbridge_planner::Asked;

use super::preflight::{Check, What};
use crate::cmd::report;
use crate::error::Failure;
use crate::terraform;

/// A retirement, planned of what the account tells now.
pub(super) fn planned_again(
    plan: &Plan,
    choices: &Choices,
    live: &Snapshot,
    states: &[PathBuf],
) -> Result<Body, Failure> {
    let states = terraform::states(states)?;
    let assessment = report::assessed(live, &states)?;
    Ok(unbridge_planner::retire(&Asked {
        snapshot: live,
        assessment: &assessment,
        region: &plan.body.region,
        choices,
        savings: Vec::new(),
    }))
}

/// Whether the region's old way is as unused as when the plan was made, by what the account tells
/// now.
pub(super) fn of_disuse(plan: &Plan, planned_now: &Body) -> Check {
    if planned_now.steps == plan.body.steps {
        return Check::noted(
            What::Disuse,
            format!("quiet for {} days", plan.body.choices.retirement.quiet_days),
        );
    }
    let mut why: Vec<String> = planned_now
        .waiting
        .iter()
        .map(|waiting| format!("{}: {}", waiting.code, waiting.why))
        .collect();
    if why.is_empty() {
        why.push("planned again now, its steps would be others".to_owned());
    }
    Check::refused(
        What::Disuse,
        why,
        "wait until nothing uses the old way, then: unbridge plan retire",
    )
}

/// Whether nothing uses what a run of a retirement has still to delete. `next` is said of something
/// that does.
pub(super) fn of_rest(
    plan: &Plan,
    folded: &Folded,
    live: &Snapshot,
    next: String,
) -> Result<Check, Failure> {
    let rest = Rest::of(plan, folded, live);
    if rest.nlbs.is_empty() {
        return Ok(Check::noted(What::Disuse, "no NLB is left to delete"));
    }
    let mut choices = plan.body.choices.clone();
    // By name: one that is in use again would not be looked at otherwise.
    choices.selection = Selection {
        nlbs: rest.nlbs.clone(),
        ..Selection::default()
    };
    let found = as_found(plan, folded, live);
    let now = planned_again(plan, &choices, &found, &[])?;
    let against = now.waiting.iter().filter(|one| rest.has(&one.what));
    let why: Vec<String> = against
        .map(|one| format!("{}: {}", one.code, one.why))
        .collect();
    Ok(match why.is_empty() {
        true => Check::noted(
            What::Disuse,
            format!("quiet for {} days", plan.body.choices.retirement.quiet_days),
        ),
        false => Check::refused(What::Disuse, why, next),
    })
}

/// What a run has still to delete.
struct Rest {
    nlbs: BTreeSet<LoadBalancerArn>,
    links: BTreeSet<VpcLinkId>,
}

impl Rest {
    fn of(plan: &Plan, folded: &Folded, live: &Snapshot) -> Self {
        let facts = live.regions.get(&plan.body.region);
        let (mut nlbs, mut links) = (BTreeSet::new(), BTreeSet::new());
        for (step, state) in plan.body.steps.iter().zip(folded.states()) {
            // A deletion of which nothing was heard is over once the thing is gone.
            let is_left = |stands: bool| match state {
                StepState::Waiting => true,
                StepState::Doing => stands,
                StepState::Made
                | StepState::Verified
                | StepState::Passed
                | StepState::Undoing
                | StepState::Undone
                | StepState::Left => false,
            };
            match &step.operation {
                Operation::DeleteLoadBalancer { load_balancer } => {
                    let stands =
                        |facts: &RegionFacts| facts.load_balancers.contains_key(load_balancer);
                    if is_left(facts.is_some_and(stands)) {
                        nlbs.insert(load_balancer.clone());
                    }
                }
                Operation::DeleteV1Link { link } => {
                    let stands = |facts: &RegionFacts| facts.v1_links.contains_key(link);
                    if is_left(facts.is_some_and(stands)) {
                        links.insert(link.clone());
                    }
                }
                _ => {}
            }
        }
        Self { nlbs, links }
    }

    fn has(&self, what: &Subject) -> bool {
        match what {
            Subject::Nlb(nlb) => self.nlbs.contains(nlb),
            Subject::VpcLink(link) => self.links.contains(link),
            Subject::Api { .. }
            | Subject::Method { .. }
            | Subject::Stage(_)
            | Subject::Alb(_)
            | Subject::Vpc(_)
            | Subject::SecurityGroup(_) => false,
        }
    }
}

/// The account with the targets and links in it that the run has taken away: an NLB without them would
/// be taken for one that never was a bridge.
fn as_found(plan: &Plan, folded: &Folded, live: &Snapshot) -> Snapshot {
    let mut found = live.clone();
    let Some(facts) = found.regions.get_mut(&plan.body.region) else {
        return found;
    };
    for (step, state) in plan.body.steps.iter().zip(folded.states()) {
        if state == StepState::Waiting {
            continue;
        }
        match &step.operation {
            Operation::DeregisterTarget {
                group,
                target,
                port,
            } => {
                let group = facts.target_groups.get_mut(group);
                group
                    .into_iter()
                    .for_each(|group| put_back(group, target, *port));
            }
            Operation::DeleteV1Link { link } => {
                let made = || VpcLink {
                    id: link.clone(),
                    region: plan.body.region.clone(),
                    name: Text::from(link.clone()),
                    reach: LinkReach::V1 {
                        targets: nlbs_of(step),
                    },
                    status: Text::new("AVAILABLE"),
                    tags: Tags::new(),
                };
                facts.v1_links.entry(link.clone()).or_insert_with(made);
            }
            _ => {}
        }
    }
    found
}

/// The NLB that a link leads to: the step that deletes the link asks whether it may be deleted.
fn nlbs_of(step: &Step) -> Vec<LoadBalancerArn> {
    let conditions = step.preconditions.iter();
    let nlbs = conditions.filter_map(|condition| match condition {
        Condition::NotProtected { load_balancer } => Some(load_balancer.clone()),
        _ => None,
    });
    nlbs.collect()
}

fn put_back(group: &mut TargetGroup, target: &Text, port: u16) {
    // What was not read stays unread.
    let Some(targets) = &mut group.targets else {
        return;
    };
    let default = group.port;
    let is_it = |known: &Target| known.id == *target && known.port.or(default) == Some(port);
    if !targets.iter().any(is_it) {
        targets.push(Target {
            id: target.clone(),
            port: Some(port),
            health: Text::new("healthy"),
        });
    }
}
