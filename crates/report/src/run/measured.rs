//! What was measured of a migration once it was made. Each part may not have been: then it is said to
//! be unknown, and never shown as nothing.

use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::id::{LoadBalancerArn, StageName};
use unbridge_model::plan::forecast::Saving;
use unbridge_model::text::Text;

/// What was measured; a part that is `None` was not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Measured {
    /// How long backends take, by stage.
    pub latency: Option<Vec<Latency>>,
    /// What still passes the NLBs since the run ended.
    pub nlb_traffic: Option<Vec<NlbTraffic>>,
    /// What is saved, by NLB.
    pub savings: Option<Vec<Realised>>,
}

/// `IntegrationLatency` of a stage before the run and since it ended.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Latency {
    /// The API's id.
    pub api: Text,
    /// The stage.
    pub stage: StageName,
    /// Before the run; null when nothing was measured.
    pub before: Option<Percentiles>,
    /// Since it ended; null when nothing was measured.
    pub after: Option<Percentiles>,
}

/// Percentiles of a time, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Percentiles {
    /// Half of the requests are faster.
    pub p50: f64,
    /// 95 of 100 are.
    pub p95: f64,
}

/// What passes an NLB since the run ended.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NlbTraffic {
    /// The NLB.
    pub nlb: LoadBalancerArn,
    /// Over how many whole hours that was measured.
    pub hours: u64,
    /// New flows; null when it was not measured.
    pub flows: Option<f64>,
    /// Bytes; null when it was not measured.
    pub bytes: Option<f64>,
}

impl NlbTraffic {
    /// Whether something passes it; `None` when that is not known.
    pub(super) fn passes(&self) -> Option<bool> {
        match (self.hours, self.flows, self.bytes) {
            (_, Some(flows), _) if flows > 0.0 => Some(true),
            (_, _, Some(bytes)) if bytes > 0.0 => Some(true),
            (1.., Some(_), Some(_)) => Some(false),
            _ => None,
        }
    }
}

/// What is saved a month by the going of an NLB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Realised {
    /// How much, once it is gone.
    pub saving: Saving,
    /// Whether it is; null when that is not known.
    pub gone: Option<bool>,
}
