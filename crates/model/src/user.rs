//! Other users of a load balancer: whatever leads to one without API Gateway.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{LoadBalancerArn, Region};
use crate::text::Text;

/// What kind of thing leads to a load balancer.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum UserKind {
    /// A Route 53 record: alias, `CNAME`, or addresses.
    DnsRecord,
    /// An endpoint of a Global Accelerator.
    AcceleratorEndpoint,
    /// An origin of a CloudFront distribution, by name.
    CloudfrontOrigin,
    /// A VPC origin of CloudFront.
    CloudfrontVpcOrigin,
    /// A Verified Access endpoint.
    VerifiedAccessEndpoint,
    /// A traffic mirror target.
    TrafficMirrorTarget,
    /// A CloudWatch alarm on a load balancer's metrics.
    Alarm,
}

impl UserKind {
    /// Whether it belongs to the account and not to a region, so that it can lead to load balancers
    /// of any account.
    #[must_use]
    pub fn is_global(self) -> bool {
        match self {
            Self::DnsRecord
            | Self::AcceleratorEndpoint
            | Self::CloudfrontOrigin
            | Self::CloudfrontVpcOrigin => true,
            Self::VerifiedAccessEndpoint | Self::TrafficMirrorTarget | Self::Alarm => false,
        }
    }
}

/// How it names a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pointer {
    /// By ARN.
    Arn(LoadBalancerArn),
    /// By DNS name, lower case, without a final dot.
    DnsName(Text),
    /// By an address.
    Address(Text),
    /// By the dimension of its metrics: `net/orders/0123`.
    Metrics(Text),
}

/// Something that leads to load balancers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// What it is.
    pub kind: UserKind,
    /// Its region; `None` for services without regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// What names it: a record's zone, name and type, an ARN, an id.
    pub id: Text,
    /// What it leads to, sorted.
    pub points_at: Vec<Pointer>,
}
