//! Both sides of a move in the public JSON.

use schemars::JsonSchema;
use unbridge_model::comparison::{Comparison, Setup};
use unbridge_model::id::LoadBalancerArn;

/// What has to be run and looked after, before and after a move.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct BothSides<'a> {
    /// As it is.
    today: Side<'a>,
    /// As it would be after a move, what blocks it today left aside.
    after: Side<'a>,
}

impl<'a> From<&'a Comparison> for BothSides<'a> {
    fn from(comparison: &'a Comparison) -> Self {
        Self {
            today: Side::from(&comparison.today),
            after: Side::from(&comparison.after),
        }
    }
}

/// What one side of a move consists of.
#[derive(serde::Serialize, JsonSchema)]
struct Side<'a> {
    /// Version 1 links that lead to the NLB.
    v1_links: usize,
    /// Version 2 links, one per VPC of the ALBs.
    v2_links: usize,
    /// Network Load Balancers: one or none.
    nlbs: usize,
    /// Listeners of the NLB; null when they were not read.
    nlb_listeners: Option<usize>,
    /// Target groups of the NLB, each with health checks of its own.
    nlb_target_groups: usize,
    /// Application Load Balancers behind the NLB.
    albs: usize,
    /// Load balancers that a request passes; null when no API sends one.
    hops: Option<usize>,
    /// Rules of the ALB listeners in use; null when some were not read.
    alb_rules: Option<usize>,
    /// Certificates that listeners show.
    certificates: usize,
    /// Security groups on load balancers and version 2 links.
    security_groups: usize,
    /// Load balancers that can be reached from the internet.
    internet_facing: &'a [LoadBalancerArn],
}

impl<'a> From<&'a Setup> for Side<'a> {
    fn from(setup: &'a Setup) -> Self {
        let Setup {
            v1_links,
            v2_links,
            nlbs,
            nlb_listeners,
            nlb_target_groups,
            albs,
            hops,
            alb_rules,
            certificates,
            security_groups,
            internet_facing,
        } = setup;
        Self {
            v1_links: *v1_links,
            v2_links: *v2_links,
            nlbs: *nlbs,
            nlb_listeners: *nlb_listeners,
            nlb_target_groups: *nlb_target_groups,
            albs: *albs,
            hops: *hops,
            alb_rules: *alb_rules,
            certificates: *certificates,
            security_groups: *security_groups,
            internet_facing,
        }
    }
}
