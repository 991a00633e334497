//! The calls of Route 53.

use aws_sdk_route53::Client;
use aws_sdk_route53::types::RrType;
use unbridge_model::call::{Facts, Page};
use unbridge_model::id::HostedZoneId;
use unbridge_model::port::ReadError;

use super::{Asked, page, page_of_some};
use crate::classify::classify;
use crate::convert::route53;

/// The largest page of zones.
const MAX_ZONES: i32 = 100;
/// The largest page of records.
const MAX_RECORDS: i32 = 300;

pub(super) async fn hosted_zones(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.list_hosted_zones().max_items(MAX_ZONES);
    let answer = request.set_marker(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let next = answer.next_marker().filter(|_| answer.is_truncated());
    let facts = Facts::HostedZones;
    page(answer.hosted_zones(), next, route53::hosted_zone, facts)
}

pub(super) async fn records(
    client: &Client,
    zone: &HostedZoneId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let mut request = client
        .list_resource_record_sets()
        .hosted_zone_id(zone.as_str())
        .max_items(MAX_RECORDS);
    // A page goes on at a record: its name, its type, and its identifier where it is one of many.
    if let Some(from) = &asked.from {
        let mut parts = from.split('\n');
        request = request
            .set_start_record_name(parts.next().map(str::to_owned))
            .set_start_record_type(parts.next().map(RrType::from))
            .set_start_record_identifier(parts.next().map(str::to_owned));
    }
    let answer = request.send().await.map_err(classify)?;
    let next = answer.next_record_name().filter(|_| answer.is_truncated());
    let next = next.map(|name| {
        let kind = answer.next_record_type().map(RrType::as_str);
        let identifier = answer.next_record_identifier();
        let parts = [Some(name), kind, identifier].into_iter().flatten();
        parts.collect::<Vec<_>>().join("\n")
    });
    let convert = |told: &_| route53::record(told, zone);
    let items = answer.resource_record_sets();
    page_of_some(items, next.as_deref(), convert, Facts::Users)
}
