//! What there is of the old way over one NLB.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::elb::{LoadBalancer, TargetGroup, TargetType};
use unbridge_model::finding::Finding;
use unbridge_model::id::LoadBalancerArn;

use crate::ground::Ground;

/// An NLB and all that goes with it.
pub(super) struct OldWay<'a> {
    pub(super) nlb: &'a NlbAssessment,
    pub(super) balancer: &'a LoadBalancer,
    /// Version 1 links to it.
    pub(super) links: Vec<&'a VpcLink>,
    /// Target groups that only it forwards to.
    pub(super) groups: Vec<&'a TargetGroup>,
    /// Target groups that others forward to as well.
    pub(super) shared: Vec<&'a TargetGroup>,
    /// ALBs behind it.
    pub(super) albs: Vec<&'a LoadBalancer>,
}

impl<'a> OldWay<'a> {
    /// `None` when the snapshot holds no such load balancer.
    pub(super) fn of(ground: &Ground<'a>, nlb: &'a NlbAssessment) -> Option<Self> {
        let facts = ground.facts;
        let balancer = facts.load_balancers.get(&nlb.arn)?;
        let links = facts.v1_links.values().filter(|link| match &link.reach {
            LinkReach::V1 { targets } => targets.contains(&nlb.arn),
            LinkReach::V2 { .. } => false,
        });
        let groups = facts.target_groups.values();
        let groups = groups.filter(|group| group.load_balancers.contains(&nlb.arn));
        let (groups, shared): (Vec<_>, Vec<_>) =
            groups.partition(|group| group.load_balancers.iter().all(|lb| *lb == nlb.arn));
        let behind = albs(nlb, groups.iter().chain(&shared).copied());
        Some(Self {
            nlb,
            balancer,
            links: links.collect(),
            albs: behind
                .iter()
                .filter_map(|arn| facts.load_balancers.get(arn))
                .collect(),
            groups,
            shared,
        })
    }
}

fn albs<'g>(
    nlb: &NlbAssessment,
    groups: impl Iterator<Item = &'g TargetGroup>,
) -> BTreeSet<LoadBalancerArn> {
    let by_arn = groups.filter(|group| group.target_type == TargetType::Alb);
    let by_arn = by_arn.flat_map(|group| group.targets.iter().flatten());
    let by_arn = by_arn.filter_map(|target| LoadBalancerArn::new(target.id.clone()).ok());
    let found = nlb.findings.iter().flat_map(|finding| match finding {
        Finding::NlbBridgesAlb { albs, .. } | Finding::IpTargetBridge { albs, .. } => {
            albs.as_slice()
        }
        _ => &[],
    });
    by_arn.chain(found.cloned()).collect()
}
