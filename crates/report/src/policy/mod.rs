//! The least an identity needs, as an IAM policy: for a scan, for one plan, and to read every account
//! of an organization. Derived from the calls there are.
//!
//! `docs/permissions.md` shows what this writes for a scan; a test compares them.

mod names;
mod organization;
mod plan;
mod scan;
mod stack_set;

use std::collections::BTreeMap;

use serde::Serialize;
use strum::VariantArray;
use unbridge_model::call::Service;

pub use names::{BucketPlace, ExternalId, InvalidName, Principal, RoleName};
pub use organization::{auditor, trust};
pub use plan::{Fit, MOST, PlanPolicy, plan};
pub(crate) use scan::actions;
pub use scan::scan;
pub use stack_set::{Rollout, stack_set};

/// AWS's partitions that have API Gateway.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, VariantArray)]
pub enum Partition {
    /// The commercial regions.
    #[default]
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
}

impl Partition {
    /// The word in ARNs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }

    /// The partition with this word in ARNs.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let mut known = Self::VARIANTS.iter().copied();
        known.find(|known| known.word() == word)
    }

    /// A region in which CloudFormation may make what is of no region.
    fn main_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::AwsCn => "cn-north-1",
            Self::AwsUsGov => "us-gov-west-1",
        }
    }
}

/// Whether the scan reads what shows other users of load balancers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherUsers {
    /// It does.
    Read,
    /// It leaves them out (`--skip-users`).
    Skip,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: String,
    effect: &'static str,
    /// Who is allowed; in the trust policy of a role alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<BTreeMap<&'static str, String>>,
    action: Vec<&'static str>,
    /// Empty in the trust policy of a role, which is about that role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<BTreeMap<&'static str, BTreeMap<String, String>>>,
}

impl Policy {
    fn of(statement: Vec<Statement>) -> Self {
        Self {
            version: VERSION,
            statement,
        }
    }

    fn pretty(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl Statement {
    /// Allows these actions on these resources, to whoever has the policy.
    fn allow(sid: impl Into<String>, action: Vec<&'static str>, resource: Vec<String>) -> Self {
        Self {
            sid: sid.into(),
            effect: "Allow",
            principal: None,
            action,
            resource,
            condition: None,
        }
    }
}

/// The version of the language.
const VERSION: &str = "2012-10-17";

/// The statement that holds a service's actions. IAM takes letters and digits only.
fn sid(service: Service) -> &'static str {
    match service {
        Service::Acm => "UnbridgeCertificates",
        Service::ApiGateway => "UnbridgeApiGateway",
        Service::CloudFront => "UnbridgeCloudFront",
        Service::CloudWatch => "UnbridgeCloudWatch",
        Service::Ec2 => "UnbridgeNetworks",
        Service::ElasticLoadBalancing => "UnbridgeLoadBalancers",
        Service::GlobalAccelerator => "UnbridgeGlobalAccelerator",
        Service::Route53 => "UnbridgeRoute53",
        Service::Wafv2 => "UnbridgeWebAcls",
    }
}
