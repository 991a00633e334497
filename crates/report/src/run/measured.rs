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

/// `IntegrationLatency` of a stage before the run's first change, and since all of the stage's
/// requests go the new way.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Latency {
    /// The API's id.
    pub api: Text,
    /// The stage.
    pub stage: StageName,
    /// Before the first change; null when it is not known.
    pub before: Option<Percentiles>,
    /// The time that was looked at for `before`; null when none was.
    pub before_over: Option<Over>,
    /// Since all requests go the new way; null when it is not known.
    pub after: Option<Percentiles>,
    /// The time that was looked at for `after`; null when none was.
    pub after_over: Option<Over>,
}

/// A time that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Over {
    /// Its first moment, RFC 3339 in UTC.
    pub from: Text,
    /// The first moment after it, RFC 3339 in UTC.
    pub until: Text,
    /// Seconds that one value stands for.
    pub period_seconds: u32,
    /// How many periods have values: those in which a backend was asked.
    pub values: usize,
    /// Why this time.
    pub chosen: Chosen,
}

/// Why a time was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Chosen {
    /// All requests go the new way since then.
    Since,
    /// It has the same hours of the day, before the run's first change.
    SameHours,
    /// It came just before the run's first change: in the same hours of the day nothing was measured.
    JustBefore,
}

/// Percentiles of a time, in milliseconds: the middle of the periods' own.
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
