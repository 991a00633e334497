//! The calls of CloudWatch.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{AlarmType, Dimension, Metric, MetricDataQuery, MetricStat};
use unbridge_model::call::{Facts, Page};
use unbridge_model::port::ReadError;
use unbridge_model::usage::{MetricQuery, Period, Span};

use super::{Asked, page, page_of_some};
use crate::classify::classify;
use crate::convert::cloudwatch;

/// The largest page of alarms.
const MAX_RECORDS: i32 = 100;
/// The most that AWS puts on a page.
const MAX_DATAPOINTS: i32 = Span::DATAPOINTS.cast_signed();

pub(super) async fn alarms(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.describe_alarms().alarm_types(AlarmType::MetricAlarm);
    let request = request.max_records(MAX_RECORDS).set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| cloudwatch::alarm(told, asked.region);
    let (items, next) = (answer.metric_alarms(), answer.next_token());
    page_of_some(items, next, convert, Facts::Users)
}

/// Values come by period, in pages; a query's may stand on several of them.
pub(super) async fn metrics(
    client: &Client,
    queries: &[MetricQuery],
    span: Span,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let sent = queries.iter().enumerate();
    let sent = sent.map(|(number, asked)| query(number, asked, span.period()));
    let request = client
        .get_metric_data()
        .start_time(DateTime::from_secs(span.from()))
        .end_time(DateTime::from_secs(span.until()))
        .max_datapoints(MAX_DATAPOINTS)
        .set_metric_data_queries(Some(sent.collect()))
        .set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| cloudwatch::series(told, queries, span);
    let (results, next) = (answer.metric_data_results(), answer.next_token());
    page(results, next, convert, Facts::Series)
}

fn query(number: usize, asked: &MetricQuery, period: Period) -> MetricDataQuery {
    let dimension = |(name, value)| Dimension::builder().name(name).value(value).build();
    let dimensions = asked.of.dimensions().unwrap_or_default();
    let metric = Metric::builder()
        .namespace(asked.of.namespace().name())
        .metric_name(asked.measure.metric(&asked.of))
        .set_dimensions(Some(dimensions.into_iter().map(dimension).collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(period.seconds().cast_signed())
        .stat(asked.measure.statistic().word())
        .build();
    MetricDataQuery::builder()
        .id(cloudwatch::query_id(number))
        .metric_stat(stat)
        .return_data(true)
        .build()
}
