//! Alarms on metrics of load balancers, and what passed NLBs.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types;
use unbridge_model::elb::Traffic;
use unbridge_model::gap::GapClass;
use unbridge_model::id::{LoadBalancerArn, Region};
use unbridge_model::port::ReadError;
use unbridge_model::text::Text;
use unbridge_model::user::{Pointer, User, UserKind};

use super::{Converted, Subject, user};

/// Days looked back, the day of the scan included.
pub(crate) const DAYS: u16 = 60;

/// What is measured of an NLB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Flows that began.
    Flows,
    /// Bytes that passed.
    Bytes,
}

impl Measure {
    /// Both.
    pub(crate) const BOTH: [Self; 2] = [Self::Flows, Self::Bytes];

    /// AWS's name of the metric.
    pub(crate) fn metric(self) -> &'static str {
        match self {
            Self::Flows => "NewFlowCount",
            Self::Bytes => "ProcessedBytes",
        }
    }

    /// The id of the query about the `n`th NLB.
    pub(crate) fn id(self, n: usize) -> String {
        match self {
            Self::Flows => format!("flows{n}"),
            Self::Bytes => format!("bytes{n}"),
        }
    }
}

/// The alarm; `None` when it looks at no load balancer.
pub(crate) fn alarm(told: &types::MetricAlarm, region: &Region) -> Converted<Option<User>> {
    let subject = Subject::new("alarm", told.alarm_name());
    let inner = told.metrics().iter().filter_map(|query| {
        let metric = query.metric_stat()?.metric()?;
        Some(metric.dimensions())
    });
    let dimensions = inner
        .chain([told.dimensions()])
        .flatten()
        .filter(|dimension| dimension.name() == Some("LoadBalancer"))
        .filter_map(types::Dimension::value);
    let named = told
        .metrics()
        .iter()
        .filter_map(types::MetricDataQuery::expression)
        .flat_map(load_balancers_in);
    let pointers = dimensions
        .chain(named)
        .map(|value| Pointer::Metrics(Text::new(value)))
        .collect();
    let id = subject.text("AlarmName", told.alarm_name())?;
    Ok(user(UserKind::Alarm, Some(region), id, pointers))
}

/// The load balancers that a search or a query names: `net/orders/0123`.
fn load_balancers_in(expression: &str) -> impl Iterator<Item = &str> {
    let other = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '/'));
    expression.split(other).filter(|word| {
        matches!(
            word.split('/').collect::<Vec<_>>()[..],
            ["net" | "app" | "gwy", name, id] if !name.is_empty() && !id.is_empty()
        )
    })
}

/// What passed each of the NLBs that were asked about.
///
/// Every query must be answered to its end: a part that is missing would read as days without
/// traffic.
pub(crate) fn traffic(
    load_balancers: &[LoadBalancerArn],
    told: &[types::MetricDataResult],
) -> Converted<BTreeMap<LoadBalancerArn, Traffic>> {
    let by_id: BTreeMap<_, _> = told.iter().map(|told| (told.id(), told)).collect();
    load_balancers
        .iter()
        .enumerate()
        .map(|(n, arn)| {
            let subject = Subject::new("metrics of", Some(arn.as_str()));
            let series = |measure: Measure| {
                let told = by_id.get(&Some(measure.id(n).as_str())).copied();
                datapoints(subject.required(measure.metric(), told)?, &subject)
            };
            let (flows, bytes) = (series(Measure::Flows)?, series(Measure::Bytes)?);
            let active: BTreeSet<i64> = flows
                .iter()
                .chain(&bytes)
                .filter(|(_, sum)| *sum > 0.0)
                .map(|(day, _)| *day)
                .collect();
            let traffic = Traffic {
                days: DAYS,
                active_days: u16::try_from(active.len()).unwrap_or(u16::MAX),
                flows: total(&flows),
                bytes: total(&bytes),
            };
            Ok((arn.clone(), traffic))
        })
        .collect()
}

/// Datapoints of a result: begin of the day in seconds since the epoch, and the day's sum.
fn datapoints(told: &types::MetricDataResult, subject: &Subject) -> Converted<Vec<(i64, f64)>> {
    match told.status_code() {
        None | Some(types::StatusCode::Complete) => {}
        Some(other) => {
            let message = format!("{subject}: the result is {other}");
            return Err(ReadError::new(GapClass::Failed, message));
        }
    }
    let (times, values) = (told.timestamps(), told.values());
    if times.len() != values.len() {
        return Err(subject.unparseable("as many Timestamps as Values are expected"));
    }
    let days = times
        .iter()
        .map(aws_sdk_cloudwatch::primitives::DateTime::secs);
    Ok(days.zip(values.iter().copied()).collect())
}

/// The sum, in whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts; a float is cast to the nearest number there is"
)]
fn total(datapoints: &[(i64, f64)]) -> u64 {
    datapoints.iter().map(|(_, sum)| sum).sum::<f64>().round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_balancers_are_found_in_expressions() {
        let found = |text| load_balancers_in(text).collect::<Vec<_>>();
        assert_eq!(
            found("SEARCH('{AWS/NetworkELB,LoadBalancer} \"net/orders/0a1\"', 'Sum')"),
            ["net/orders/0a1"]
        );
        assert_eq!(
            found("SELECT SUM(X) FROM \"AWS/NetworkELB\" WHERE LoadBalancer = 'net/a-b/1'"),
            ["net/a-b/1"]
        );
        assert!(found("flows0/bytes0 + net/2").is_empty());
    }
}
