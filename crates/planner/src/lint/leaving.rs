//! Whether a retirement takes away only what nothing needs, as far as a scan tells which load
//! balancer a target or a rule belongs to (H37, H38).

use std::collections::BTreeSet;

use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::elb::LoadBalancer;
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId, TargetGroupArn, VpcLinkId};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Step};
use unbridge_model::snapshot::RegionFacts;

use super::code::LintCode;
use super::findings::Findings;

/// What steps so far asked for and took away.
#[derive(Default)]
struct SoFar<'p> {
    unused: BTreeSet<&'p VpcLinkId>,
    unnamed: BTreeSet<&'p LoadBalancerArn>,
    emptied: BTreeSet<&'p TargetGroupArn>,
}

pub(super) fn check(findings: &mut Findings<'_>, facts: &RegionFacts) {
    let wanted = findings.plan.body.choices.retirement.quarantine_seconds;
    let mut so_far = SoFar::default();
    for (place, step) in findings.steps() {
        if step.phase != Phase::Retire {
            continue;
        }
        so_far.asked(step);
        let mut of = concerned(facts, &step.operation).into_iter();
        if !of.all(|balancer| so_far.is_shown_unused(facts, balancer)) {
            let what = "nothing was asked before it that shows that no API passes the NLB";
            findings.at(place, LintCode::DisuseNotAsked, what);
        }
        if let Operation::DeleteTargetGroup { group } = &step.operation {
            let known = facts.target_groups.get(group);
            let targets = known.and_then(|known| known.targets.as_ref());
            let serves = targets.is_some_and(|targets| !targets.is_empty());
            if wanted > 0 && serves && !so_far.emptied.contains(group) {
                let what = "its targets were not taken out first, as was chosen";
                findings.at(place, LintCode::GateMissing, what);
            }
        }
    }
}

impl<'p> SoFar<'p> {
    fn asked(&mut self, step: &'p Step) {
        for condition in &step.preconditions {
            match condition {
                Condition::V1LinkUnused { link, .. } => {
                    self.unused.insert(link);
                }
                Condition::LoadBalancerUnnamed { load_balancer, .. } => {
                    self.unnamed.insert(load_balancer);
                }
                _ => {}
            }
        }
        if let Operation::DeregisterTarget { group, .. } = &step.operation {
            self.emptied.insert(group);
        }
    }

    /// Whether nothing named it or a link to it when that was asked.
    fn is_shown_unused(&self, facts: &RegionFacts, balancer: &LoadBalancer) -> bool {
        let leads = |link: &&VpcLink| match &link.reach {
            LinkReach::V1 { targets } => targets.contains(&balancer.arn),
            LinkReach::V2 { .. } => false,
        };
        let mut links = facts.v1_links.values().filter(leads);
        self.unnamed.contains(&balancer.arn) && links.all(|link| self.unused.contains(&link.id))
    }
}

/// The load balancers that lose a target, or a rule that lets them on.
fn concerned<'f>(facts: &'f RegionFacts, operation: &Operation) -> Vec<&'f LoadBalancer> {
    match operation {
        Operation::DeregisterTarget { group, .. } => {
            let known = facts.target_groups.get(group);
            let of = known.into_iter().flat_map(|known| &known.load_balancers);
            of.filter_map(|arn| facts.load_balancers.get(arn)).collect()
        }
        Operation::RevokeRule { rule, .. } => match &rule.peer {
            Later::Known(peer) => carriers(facts, peer),
            Later::From(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn carriers<'f>(facts: &'f RegionFacts, group: &SecurityGroupId) -> Vec<&'f LoadBalancer> {
    let balancers = facts.load_balancers.values();
    balancers
        .filter(|balancer| balancer.security_groups.contains(group))
        .collect()
}
