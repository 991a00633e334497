//! The calls of CloudWatch.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{AlarmType, Dimension, Metric, MetricDataQuery, MetricStat};
use unbridge_model::call::{Facts, Page};
use unbridge_model::gap::GapClass;
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::port::ReadError;

use super::{Asked, page_of_some, whole};
use crate::classify::classify;
use crate::convert::cloudwatch::{self, DAYS, Measure};

/// The largest page of alarms.
const MAX_RECORDS: i32 = 100;
/// One datapoint a day.
const PERIOD: i32 = 86_400;
/// The most that AWS puts on a page. A call has at most 500 queries of 60 days: 30 000 datapoints.
const MAX_DATAPOINTS: i32 = 100_800;

pub(super) async fn alarms(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.describe_alarms().alarm_types(AlarmType::MetricAlarm);
    let request = request.max_records(MAX_RECORDS).set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| cloudwatch::alarm(told, asked.region);
    let (items, next) = (answer.metric_alarms(), answer.next_token());
    page_of_some(items, next, convert, Facts::Users)
}

/// One page is all there is: what 250 NLBs can have in 60 days is a third of a page. An answer
/// that says it goes on, or that a result is not complete, is no answer: days left out would read
/// as days without traffic.
pub(super) async fn traffic(
    client: &Client,
    load_balancers: &[LoadBalancerArn],
) -> Result<Page, ReadError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs().cast_signed());
    let period = i64::from(PERIOD);
    // Buckets begin at multiples of the period when the start does.
    let first_day = now - now.rem_euclid(period) - (i64::from(DAYS) - 1) * period;
    let queries = load_balancers
        .iter()
        .enumerate()
        .flat_map(|(n, arn)| Measure::BOTH.map(|measure| query(n, arn, measure)))
        .collect();
    let request = client
        .get_metric_data()
        .start_time(DateTime::from_secs(first_day))
        .end_time(DateTime::from_secs(now))
        .max_datapoints(MAX_DATAPOINTS)
        .set_metric_data_queries(Some(queries));
    let answer = request.send().await.map_err(classify)?;
    if answer.next_token().is_some_and(|token| !token.is_empty()) {
        let message = "the metrics of 60 days did not fit on a page";
        return Err(ReadError::new(GapClass::Failed, message));
    }
    let traffic = cloudwatch::traffic(load_balancers, answer.metric_data_results())?;
    Ok(whole(Facts::Traffic(traffic)))
}

fn query(n: usize, load_balancer: &LoadBalancerArn, measure: Measure) -> MetricDataQuery {
    let dimension = Dimension::builder()
        .name("LoadBalancer")
        .value(load_balancer.tail())
        .build();
    let metric = Metric::builder()
        .namespace("AWS/NetworkELB")
        .metric_name(measure.metric())
        .dimensions(dimension)
        .build();
    let sum = MetricStat::builder()
        .metric(metric)
        .period(PERIOD)
        .stat("Sum")
        .build();
    MetricDataQuery::builder()
        .id(measure.id(n))
        .metric_stat(sum)
        .return_data(true)
        .build()
}
