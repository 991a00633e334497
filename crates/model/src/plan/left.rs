//! What a retirement does not take away, although it means nothing any more afterwards: a person may
//! want to. Nothing in a run follows from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{LoadBalancerArn, SecurityGroupId, TargetGroupArn, VpcLinkId};
use crate::text::Text;

/// Something that stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum Left {
    /// An alarm that watches the NLB: it fires, or says that it has no data, when traffic leaves
    /// (H18).
    Alarm {
        /// The NLB.
        nlb: LoadBalancerArn,
        /// The alarm.
        alarm: Text,
    },
    /// An address that somebody chose for the NLB: an elastic one outlives it and stays billed (H22).
    Address {
        /// The NLB.
        nlb: LoadBalancerArn,
        /// The elastic allocation, or the private address.
        address: Text,
    },
    /// A rule of an ALB's security group that may have been for the NLB alone: it names addresses, or
    /// more than a plan can take away without taking away more (H39).
    Rule {
        /// The group.
        group: SecurityGroupId,
        /// What it lets in: `tcp 80-81 from 10.0.0.0/16`.
        lets_in: Text,
    },
    /// A security group of the NLB: who else carries it is not known.
    SecurityGroup {
        /// The NLB.
        nlb: LoadBalancerArn,
        /// The group.
        group: SecurityGroupId,
    },
    /// A target group that other load balancers forward to.
    TargetGroup {
        /// The group.
        group: TargetGroupArn,
    },
    /// Deployments of a REST API that no stage runs: they may name the link, and cannot be gone back
    /// to once it is gone (H39).
    Deployments {
        /// The link.
        link: VpcLinkId,
        /// The API's id.
        api: Text,
        /// How many; absent when it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
    },
}
