//! What has to be run and looked after for the requests over one NLB, today and after a move.

use crate::id::LoadBalancerArn;

/// Both sides of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// As it is.
    pub today: Setup,
    /// As it would be once every chain over the NLB has moved that can ever move, and what is then
    /// unused is gone. What blocks it today is left out of account.
    pub after: Setup,
}

/// What one side of a move consists of. Counts, not prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Version 1 links that lead to the NLB.
    pub v1_links: usize,
    /// Version 2 links, one per VPC of the ALBs.
    pub v2_links: usize,
    /// Network Load Balancers: one or none.
    pub nlbs: usize,
    /// Listeners of the NLB; `None` when they were not read.
    pub nlb_listeners: Option<usize>,
    /// Target groups of the NLB, each with health checks of its own.
    pub nlb_target_groups: usize,
    /// Application Load Balancers behind the NLB.
    pub albs: usize,
    /// Load balancers that a request of an API passes; `None` when no API sends one.
    pub hops: Option<usize>,
    /// Rules of the ALB listeners in use, the default ones left out; `None` when some were not
    /// read.
    pub alb_rules: Option<usize>,
    /// Certificates that listeners show: all of the NLB's, and those of the ALB listeners in use.
    pub certificates: usize,
    /// Security groups on load balancers and version 2 links. A new link gets one of its own.
    pub security_groups: usize,
    /// Load balancers that can be reached from the internet.
    pub internet_facing: Vec<LoadBalancerArn>,
}
