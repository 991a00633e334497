//! What a plan will take and bring: time, deployments that others cannot make meanwhile, money.
//! Computed when the plan is made; nothing in a run follows from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{LoadBalancerArn, StageName};
use crate::plan::Phase;
use crate::text::Text;

/// What a plan will take and bring.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// How long each phase takes, in order.
    pub phases: Vec<PhaseTime>,
    /// How long ordinary deployments fail or wait, by API and stage (H25, H26).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_deployments: Vec<RefusedDeployments>,
    /// What is saved once the NLBs are gone, by ARN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub savings: Vec<Saving>,
}

impl Forecast {
    /// Seconds from the first call to the last, watching included.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        let phases = self.phases.iter();
        phases
            .map(|phase| u64::from(phase.work_seconds) + u64::from(phase.watch_seconds))
            .sum()
    }
}

/// How long a phase takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseTime {
    /// The phase.
    pub phase: Phase,
    /// Calls that are made.
    pub calls: u32,
    /// Seconds for calls at the chosen pace and for what AWS takes to make something.
    pub work_seconds: u32,
    /// Seconds for watching and draining, as chosen.
    pub watch_seconds: u32,
}

/// A time in which others cannot deploy as usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusedDeployments {
    /// The API's id.
    pub api: Text,
    /// The stage whose canary release makes AWS refuse them (H26); absent where any deployment of
    /// the API would ship the half-moved draft and so has to wait (H25).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageName>,
    /// How long, in seconds.
    pub seconds: u64,
}

/// What is saved a month once an NLB is gone. Amounts are decimals; unknown is absent, with a
/// reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Saving {
    /// The NLB.
    pub nlb: LoadBalancerArn,
    /// ISO 4217; absent when no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Text>,
    /// Surely not less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Text>,
    /// Most likely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Text>,
    /// Hardly more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Text>,
    /// What is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Text>,
}
