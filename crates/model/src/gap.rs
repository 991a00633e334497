//! What a scan could not see. A gap is never read as "none".

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::CallKind;
use crate::id::{AccountId, Region};
use crate::text::Text;

/// A source of facts that a scan can leave out, or that an older version did not read.
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
pub enum Source {
    /// Route 53 zones and records that point at an NLB.
    DnsRecords,
    /// Global Accelerator endpoints.
    Accelerators,
    /// CloudFront distributions and VPC origins.
    CloudfrontOrigins,
    /// Verified Access endpoints.
    VerifiedAccessEndpoints,
    /// Traffic mirror targets.
    TrafficMirrorTargets,
    /// CloudWatch alarms that watch an NLB.
    Alarms,
    /// Certificates of ALB listeners (acm).
    Certificates,
    /// Web ACLs on ALBs (wafv2).
    WebAcls,
    /// Network ACLs of the VPCs in play.
    NetworkAcls,
    /// Route tables of the VPCs in play.
    RouteTables,
    /// Authorizers, validators, models, gateway responses and policies, which a deployment ships
    /// along with the methods.
    ApiSettings,
    /// Custom domain names and their mappings.
    DomainNames,
    /// Whether ALB rules, names and addresses see the same before and after a move.
    MoveComparison,
}

impl Source {
    /// Sources that show other users of a load balancer.
    pub const USERS: &'static [Self] = &[
        Self::DnsRecords,
        Self::Accelerators,
        Self::CloudfrontOrigins,
        Self::VerifiedAccessEndpoints,
        Self::TrafficMirrorTargets,
        Self::Alarms,
    ];

    /// Whether the source belongs to the account and not to a region.
    #[must_use]
    pub fn is_global(self) -> bool {
        matches!(
            self,
            Self::DnsRecords | Self::Accelerators | Self::CloudfrontOrigins
        )
    }
}

/// What could not be seen.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Unseen {
    /// A call that failed.
    Call {
        /// Which call.
        call: CallKind,
        /// The resource it asked about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Text>,
    },
    /// A source that was not read at all.
    Source {
        /// Which source.
        source: Source,
    },
    /// What was still to be read of a region, or of the account, when the scan was interrupted.
    Rest,
}

/// Why it could not be seen.
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
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum GapClass {
    /// The identity lacks the permission.
    Denied,
    /// Credentials are missing, wrong or expired.
    Credentials,
    /// AWS kept refusing for pace, after all retries.
    Throttled,
    /// No answer came: name, connection or time-out.
    Unreachable,
    /// AWS answered with an error of its own, after all retries.
    Failed,
    /// AWS refused the question.
    Refused,
    /// The resource was gone when it was asked about.
    Vanished,
    /// An answer came that could not be understood.
    Unparseable,
    /// AWS offers no way to read it.
    Unreadable,
    /// The version that scanned does not read it.
    NotRead,
    /// The person who scanned asked to leave it out.
    Skipped,
    /// The scan was interrupted before it was read.
    Interrupted,
    /// No snapshot holds it that could be read: the account was not scanned, or the file is damaged.
    NoSnapshot,
}

/// One thing a scan could not see.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The account.
    pub account: AccountId,
    /// The region; `None` for what belongs to the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// What.
    pub unseen: Unseen,
    /// Why.
    pub class: GapClass,
    /// AWS's own words, or ours.
    pub message: Text,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { call, of: Some(of) } => write!(f, "{} of {of}", call.name()),
            Self::Call { call, of: None } => f.write_str(call.name()),
            Self::Source { source } => write!(f, "{source}"),
            Self::Rest => f.write_str("the rest"),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.region.as_ref().map_or("global", Region::as_str);
        write!(
            f,
            "{} {place}: {} ({}): {}",
            self.account, self.unseen, self.class, self.message
        )
    }
}
