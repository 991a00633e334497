//! What passed NLBs day by day: whether something passes at all, on how many days, and how much.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use jiff::Timestamp;
use unbridge_model::elb::Traffic;
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::usage::{Measure, Measured, MetricQuery, Span};

use super::ask::Asker;
use super::metrics::{self, Values};

/// Days looked back, the day of the scan included: what a version 2 link takes to fall asleep.
const DAYS: u16 = 60;

/// Reads what passed these NLBs. One whose flows or bytes were not told to their end is left out:
/// days that are missing would read as days without traffic.
pub(super) async fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    nlbs: Vec<LoadBalancerArn>,
    until: Timestamp,
) -> BTreeMap<LoadBalancerArn, Traffic> {
    let span = Span::days_until(until.as_second(), DAYS);
    let query = |nlb: &LoadBalancerArn, measure| MetricQuery {
        of: Measured::LoadBalancer(nlb.clone()),
        measure,
    };
    let both = |nlb| [Measure::NewFlowCount, Measure::ProcessedBytes].map(|m| query(nlb, m));
    let queries: Vec<MetricQuery> = nlbs.iter().flat_map(both).collect();
    let told: Vec<_> = metrics::read(asker, &queries, span).collect().await;
    let mut told: BTreeMap<MetricQuery, Values> = told.into_iter().flatten().collect();
    let mut series = |nlb: &LoadBalancerArn, measure| told.remove(&query(nlb, measure));
    let of_one = |nlb: LoadBalancerArn| {
        let flows = series(&nlb, Measure::NewFlowCount)?;
        let bytes = series(&nlb, Measure::ProcessedBytes)?;
        Some((nlb, traffic(&flows, &bytes)))
    };
    nlbs.into_iter().filter_map(of_one).collect()
}

fn traffic(flows: &[(u32, f64)], bytes: &[(u32, f64)]) -> Traffic {
    let days = flows.iter().chain(bytes);
    let active: BTreeSet<u32> = days
        .filter(|(_, sum)| *sum > 0.0)
        .map(|(day, _)| *day)
        .collect();
    Traffic {
        days: DAYS,
        active_days: u16::try_from(active.len()).unwrap_or(u16::MAX),
        flows: total(flows),
        bytes: total(bytes),
    }
}

/// The sum, in whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts; a float is cast to the nearest number there is"
)]
fn total(series: &[(u32, f64)]) -> u64 {
    series.iter().map(|(_, sum)| sum).sum::<f64>().round() as u64
}
