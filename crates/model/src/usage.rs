//! What CloudWatch measured of load balancers and stages, hour by hour.
//!
//! A measure that is not in a [`Usage`] was not read: unknown. A measure with an empty series was
//! read and had no datapoint: nothing was seen.
//!
//! Stages of WebSocket APIs are not measured: AWS counts connections and messages there, no
//! requests, and none of the measures of a stage but `IntegrationLatency`.

mod line;
mod span;
mod watched;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{LoadBalancerArn, Region, StageName, TargetGroupArn};
use crate::text::Text;

pub(crate) use line::of_line;
pub use span::{LookBack, Period, Span};

/// What is measured.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measured {
    /// A load balancer.
    LoadBalancer(LoadBalancerArn),
    /// A stage of a REST API. Metrics know the API by its name, which others may have too.
    RestStage {
        /// The API's name.
        api_name: Text,
        /// The stage.
        stage: StageName,
    },
    /// A stage of an HTTP API.
    HttpStage {
        /// The API's id.
        api_id: Text,
        /// The stage.
        stage: StageName,
    },
    /// A target group of a load balancer. No snapshot holds it: it is read while a run watches.
    #[serde(skip)]
    TargetGroup {
        /// The load balancer.
        load_balancer: LoadBalancerArn,
        /// The group.
        group: TargetGroupArn,
    },
}

/// One word, `usage:net/orders/0123` or `usage:orders-api/prod`, that is no id of a resource: a gap
/// about usage names things by it, and is never taken for a gap about the things.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, stage) = match self {
            Self::LoadBalancer(arn) => return write!(f, "usage:{}", arn.tail()),
            Self::RestStage { api_name, stage } => (api_name, stage),
            Self::HttpStage { api_id, stage } => (api_id, stage),
            Self::TargetGroup { group, .. } => {
                return write!(f, "usage:{}", watched::dimension(group));
            }
        };
        let name = name.replace(char::is_whitespace, "_");
        write!(f, "usage:{name}/{stage}")
    }
}

impl Measured {
    /// What a scan reads of it; nothing of load balancers that are neither NLB nor ALB.
    #[must_use]
    pub fn measures(&self) -> &'static [Measure] {
        match self {
            Self::LoadBalancer(arn) => match arn.tail().split('/').next() {
                Some("net") => Measure::OF_NLBS,
                Some("app") => Measure::OF_ALBS,
                Some(_) | None => &[],
            },
            Self::RestStage { .. } | Self::HttpStage { .. } => Measure::OF_STAGES,
            Self::TargetGroup { .. } => &[],
        }
    }

    /// Where its metrics are.
    #[must_use]
    pub fn namespace(&self) -> Namespace {
        match self {
            Self::LoadBalancer(arn) if arn.tail().starts_with("app/") => Namespace::ApplicationElb,
            Self::LoadBalancer(_) => Namespace::NetworkElb,
            Self::TargetGroup { .. } => Namespace::ApplicationElb,
            Self::RestStage { .. } | Self::HttpStage { .. } => Namespace::ApiGateway,
        }
    }

    /// Names and values of the dimensions that its metrics have; `None` when `CloudWatch` can have
    /// no such value. It drops what is not ASCII from the names of REST APIs, and refuses a
    /// dimension without anything in it.
    #[must_use]
    pub fn dimensions(&self) -> Option<Vec<(&'static str, String)>> {
        let stage = |stage: &StageName| ("Stage", stage.to_string());
        let dimensions = match self {
            Self::LoadBalancer(arn) => vec![("LoadBalancer", arn.tail().to_owned())],
            Self::RestStage { api_name, stage: s } => {
                vec![("ApiName", metric_name(api_name)), stage(s)]
            }
            Self::HttpStage { api_id, stage: s } => vec![("ApiId", api_id.to_string()), stage(s)],
            Self::TargetGroup {
                load_balancer,
                group,
            } => vec![
                ("LoadBalancer", load_balancer.tail().to_owned()),
                ("TargetGroup", watched::dimension(group).to_owned()),
            ],
        };
        let fits = |value: &str| !value.trim().is_empty() && !value.starts_with(':');
        dimensions
            .iter()
            .all(|(_, value)| fits(value))
            .then_some(dimensions)
    }
}

/// The name by which `CloudWatch` knows a REST API: without what is not ASCII, so that APIs of
/// different names may share one.
#[must_use]
pub fn metric_name(api_name: &str) -> String {
    api_name
        .chars()
        .filter(|c| matches!(c, ' '..='~'))
        .collect()
}

/// One series to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricQuery {
    /// Of what.
    pub of: Measured,
    /// Which.
    pub measure: Measure,
}

/// How the values of a period become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    /// Their mean.
    Average,
    /// Their sum.
    Sum,
    /// The value that half of them do not exceed.
    P50,
    /// The value that 95 percent of them do not exceed.
    P95,
}

impl Statistic {
    /// `CloudWatch`'s word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Average => "Average",
            Self::Sum => "Sum",
            Self::P50 => "p50",
            Self::P95 => "p95",
        }
    }
}

/// One metric and its statistic. Times are milliseconds where AWS measures them so (API Gateway),
/// seconds for targets of an ALB.
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
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Measure {
    ConsumedLcus,
    ConsumedLcusTcp,
    ConsumedLcusTls,
    ConsumedLcusUdp,
    ProcessedBytes,
    ProcessedBytesTcp,
    ProcessedBytesTls,
    ProcessedBytesUdp,
    NewFlowCount,
    NewFlowCountTcp,
    NewFlowCountTls,
    NewFlowCountUdp,
    ActiveFlowCount,
    ActiveFlowCountTcp,
    ActiveFlowCountTls,
    ActiveFlowCountUdp,
    RequestCount,
    TargetResponseTime,
    #[serde(rename = "target-2xx")]
    #[strum(serialize = "target-2xx")]
    Target2xx,
    #[serde(rename = "target-3xx")]
    #[strum(serialize = "target-3xx")]
    Target3xx,
    #[serde(rename = "target-4xx")]
    #[strum(serialize = "target-4xx")]
    Target4xx,
    #[serde(rename = "target-5xx")]
    #[strum(serialize = "target-5xx")]
    Target5xx,
    #[serde(skip)]
    #[strum(serialize = "elb-3xx")]
    Elb3xx,
    #[serde(rename = "elb-4xx")]
    #[strum(serialize = "elb-4xx")]
    Elb4xx,
    #[serde(rename = "elb-5xx")]
    #[strum(serialize = "elb-5xx")]
    Elb5xx,
    RedirectCount,
    FixedResponseCount,
    RejectedConnectionCount,
    Count,
    #[serde(rename = "count-4xx")]
    #[strum(serialize = "count-4xx")]
    Count4xx,
    #[serde(rename = "count-5xx")]
    #[strum(serialize = "count-5xx")]
    Count5xx,
    IntegrationLatencyP50,
    IntegrationLatencyP95,
    LatencyP50,
    LatencyP95,
}

/// Where a measure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    /// `AWS/NetworkELB`.
    NetworkElb,
    /// `AWS/ApplicationELB`.
    ApplicationElb,
    /// `AWS/ApiGateway`, dimensions `ApiName` and `Stage` for REST APIs, `ApiId` and `Stage` for
    /// HTTP APIs.
    ApiGateway,
}

impl Namespace {
    /// AWS's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NetworkElb => "AWS/NetworkELB",
            Self::ApplicationElb => "AWS/ApplicationELB",
            Self::ApiGateway => "AWS/ApiGateway",
        }
    }
}

impl Measure {
    /// What is read of an NLB.
    pub const OF_NLBS: &'static [Self] = &[
        Self::ConsumedLcus,
        Self::ConsumedLcusTcp,
        Self::ConsumedLcusTls,
        Self::ConsumedLcusUdp,
        Self::ProcessedBytes,
        Self::ProcessedBytesTcp,
        Self::ProcessedBytesTls,
        Self::ProcessedBytesUdp,
        Self::NewFlowCount,
        Self::NewFlowCountTcp,
        Self::NewFlowCountTls,
        Self::NewFlowCountUdp,
        Self::ActiveFlowCount,
        Self::ActiveFlowCountTcp,
        Self::ActiveFlowCountTls,
        Self::ActiveFlowCountUdp,
    ];

    /// What is read of an ALB.
    pub const OF_ALBS: &'static [Self] = &[
        Self::ConsumedLcus,
        Self::RequestCount,
        Self::TargetResponseTime,
        Self::Target2xx,
        Self::Target3xx,
        Self::Target4xx,
        Self::Target5xx,
        Self::Elb4xx,
        Self::Elb5xx,
        Self::RedirectCount,
        Self::FixedResponseCount,
        Self::RejectedConnectionCount,
    ];

    /// What is read of a stage.
    pub const OF_STAGES: &'static [Self] = &[
        Self::Count,
        Self::Count4xx,
        Self::Count5xx,
        Self::IntegrationLatencyP50,
        Self::IntegrationLatencyP95,
        Self::LatencyP50,
        Self::LatencyP95,
    ];

    /// AWS's name of the metric. HTTP APIs call errors `4xx` and `5xx`, REST APIs `4XXError` and
    /// `5XXError`.
    #[must_use]
    pub fn metric(self, of: &Measured) -> &'static str {
        let is_http = matches!(of, Measured::HttpStage { .. });
        match self {
            Self::ConsumedLcus => "ConsumedLCUs",
            Self::ConsumedLcusTcp => "ConsumedLCUs_TCP",
            Self::ConsumedLcusTls => "ConsumedLCUs_TLS",
            Self::ConsumedLcusUdp => "ConsumedLCUs_UDP",
            Self::ProcessedBytes => "ProcessedBytes",
            Self::ProcessedBytesTcp => "ProcessedBytes_TCP",
            Self::ProcessedBytesTls => "ProcessedBytes_TLS",
            Self::ProcessedBytesUdp => "ProcessedBytes_UDP",
            Self::NewFlowCount => "NewFlowCount",
            Self::NewFlowCountTcp => "NewFlowCount_TCP",
            Self::NewFlowCountTls => "NewFlowCount_TLS",
            Self::NewFlowCountUdp => "NewFlowCount_UDP",
            Self::ActiveFlowCount => "ActiveFlowCount",
            Self::ActiveFlowCountTcp => "ActiveFlowCount_TCP",
            Self::ActiveFlowCountTls => "ActiveFlowCount_TLS",
            Self::ActiveFlowCountUdp => "ActiveFlowCount_UDP",
            Self::RequestCount => "RequestCount",
            Self::TargetResponseTime => "TargetResponseTime",
            Self::Target2xx => "HTTPCode_Target_2XX_Count",
            Self::Target3xx => "HTTPCode_Target_3XX_Count",
            Self::Target4xx => "HTTPCode_Target_4XX_Count",
            Self::Target5xx => "HTTPCode_Target_5XX_Count",
            Self::Elb3xx => "HTTPCode_ELB_3XX_Count",
            Self::Elb4xx => "HTTPCode_ELB_4XX_Count",
            Self::Elb5xx => "HTTPCode_ELB_5XX_Count",
            Self::RedirectCount => "HTTP_Redirect_Count",
            Self::FixedResponseCount => "HTTP_Fixed_Response_Count",
            Self::RejectedConnectionCount => "RejectedConnectionCount",
            Self::Count => "Count",
            Self::Count4xx if is_http => "4xx",
            Self::Count4xx => "4XXError",
            Self::Count5xx if is_http => "5xx",
            Self::Count5xx => "5XXError",
            Self::IntegrationLatencyP50 | Self::IntegrationLatencyP95 => "IntegrationLatency",
            Self::LatencyP50 | Self::LatencyP95 => "Latency",
        }
    }

    /// Its statistic. Capacity units and active flows are levels, so their hour is a mean.
    #[must_use]
    pub fn statistic(self) -> Statistic {
        match self {
            Self::ConsumedLcus
            | Self::ConsumedLcusTcp
            | Self::ConsumedLcusTls
            | Self::ConsumedLcusUdp
            | Self::ActiveFlowCount
            | Self::ActiveFlowCountTcp
            | Self::ActiveFlowCountTls
            | Self::ActiveFlowCountUdp => Statistic::Average,
            Self::ProcessedBytes
            | Self::ProcessedBytesTcp
            | Self::ProcessedBytesTls
            | Self::ProcessedBytesUdp
            | Self::NewFlowCount
            | Self::NewFlowCountTcp
            | Self::NewFlowCountTls
            | Self::NewFlowCountUdp
            | Self::RequestCount
            | Self::Target2xx
            | Self::Target3xx
            | Self::Target4xx
            | Self::Target5xx
            | Self::Elb3xx
            | Self::Elb4xx
            | Self::Elb5xx
            | Self::RedirectCount
            | Self::FixedResponseCount
            | Self::RejectedConnectionCount
            | Self::Count
            | Self::Count4xx
            | Self::Count5xx => Statistic::Sum,
            Self::IntegrationLatencyP50 | Self::LatencyP50 | Self::TargetResponseTime => {
                Statistic::P50
            }
            Self::IntegrationLatencyP95 | Self::LatencyP95 => Statistic::P95,
        }
    }
}

/// A value as a snapshot keeps it: whole, as counts are, or to seven significant digits. Means come
/// with seventeen, which is three quarters of a file for nothing that anybody measures.
#[must_use]
pub fn kept(value: f64) -> f64 {
    const DIGITS: i32 = 7;
    // Larger powers of ten are no floats.
    const MOST_PLACES: i32 = 22;
    if !value.is_finite() || value.fract() == 0.0 {
        return value;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm, within 400")]
    let before_point = value.abs().log10().floor() as i32 + 1;
    match DIGITS - before_point {
        ..=0 => value.round(),
        places @ 1..=MOST_PLACES => {
            let scale = 10_f64.powi(places);
            (value * scale).round() / scale
        }
        _ => value,
    }
}

/// What was measured of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Its region.
    pub region: Region,
    /// The thing.
    pub of: Measured,
    /// When the first period began, RFC 3339 in UTC.
    pub from: Text,
    /// Seconds in a period.
    pub period: u32,
    /// How many periods were asked for.
    pub periods: u32,
    /// A value for each period, from the first on, `null` where there was no datapoint. Empty: no
    /// datapoint at all. A measure that is not here was not read.
    pub series: BTreeMap<Measure, Vec<Option<f64>>>,
}

impl Usage {
    /// The values of a measure; `None` when it was not read, an empty slice when nothing was seen.
    #[must_use]
    pub fn values(&self, measure: Measure) -> Option<&[Option<f64>]> {
        self.series.get(&measure).map(Vec::as_slice)
    }

    /// Hours that were looked at.
    #[must_use]
    pub fn hours(&self) -> f64 {
        f64::from(self.periods) * f64::from(self.period) / 3600.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lb(tail: &str) -> Measured {
        let arn =
            format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/{tail}");
        Measured::LoadBalancer(LoadBalancerArn::new(arn).expect("an ARN"))
    }

    fn rest(api_name: &str) -> Measured {
        Measured::RestStage {
            api_name: Text::new(api_name),
            stage: StageName::new("prod").expect("a stage"),
        }
    }

    #[test]
    fn a_value_is_kept_whole_or_to_seven_digits() {
        let told = |value: f64| kept(value).to_string();
        assert_eq!(told(123_456_789_012.0), "123456789012");
        assert_eq!(told(0.000_125_554_053_887_155_4), "0.0001255541");
        assert_eq!(told(-1_234.567_891), "-1234.568");
        assert_eq!(told(123_456_789.4), "123456789");
        assert_eq!(told(0.999_999_99), "1");
        assert_eq!(told(3.472_222_222_222_222e-7), "0.0000003472222");
        assert_eq!(
            told(1.234_567_891e-30),
            "0.000000000000000000000000000001234567891"
        );
        assert!(kept(f64::NAN).is_nan());
    }

    #[test]
    fn a_thing_is_one_word_that_is_no_arn() {
        assert_eq!(lb("net/orders/1").to_string(), "usage:net/orders/1");
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/orders";
        let hostile = rest(&format!("a\u{2003}b {arn}"));
        assert_eq!(hostile.to_string(), format!("usage:a_b_{arn}/prod"));
    }

    #[test]
    fn dimensions_are_those_that_cloudwatch_has() {
        let told = |of: &Measured| {
            let dimensions = of.dimensions()?.into_iter();
            Some(
                dimensions
                    .map(|(_, value)| value)
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        assert_eq!(told(&lb("app/a/1")).as_deref(), Some("app/a/1"));
        assert_eq!(told(&rest("orders é")).as_deref(), Some("orders  prod"));
        assert_eq!([told(&rest("注文")), told(&rest(":a"))], [None, None]);
    }

    #[test]
    fn a_load_balancer_is_measured_as_what_it_is() {
        assert_eq!(lb("net/a/1").measures(), Measure::OF_NLBS);
        assert_eq!(lb("app/a/1").measures(), Measure::OF_ALBS);
        assert_eq!(lb("gwy/a/1").measures(), []);
        let name = |of: Measured| of.namespace().name();
        assert_eq!(name(lb("net/a/1")), "AWS/NetworkELB");
        assert_eq!(name(lb("app/a/1")), "AWS/ApplicationELB");
        assert_eq!(name(rest("a")), "AWS/ApiGateway");
    }
}
