//! The calls of Global Accelerator.

use aws_sdk_globalaccelerator::Client;
use unbridge_model::call::{Facts, Page};
use unbridge_model::id::{AcceleratorArn, AcceleratorListenerArn};
use unbridge_model::port::ReadError;

use super::{Asked, page, page_of_some};
use crate::classify::classify;
use crate::convert::globalaccelerator;

/// The largest page AWS allows.
const MAX_RESULTS: i32 = 100;

pub(super) async fn accelerators(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.list_accelerators().max_results(MAX_RESULTS);
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let (items, next) = (answer.accelerators(), answer.next_token());
    let facts = Facts::Accelerators;
    page(items, next, globalaccelerator::accelerator, facts)
}

pub(super) async fn listeners(
    client: &Client,
    accelerator: &AcceleratorArn,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client
        .list_listeners()
        .accelerator_arn(accelerator.as_str());
    let request = request.max_results(MAX_RESULTS).set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let (items, next) = (answer.listeners(), answer.next_token());
    let facts = Facts::AcceleratorListeners;
    page(items, next, globalaccelerator::listener, facts)
}

pub(super) async fn endpoint_groups(
    client: &Client,
    listener: &AcceleratorListenerArn,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client
        .list_endpoint_groups()
        .listener_arn(listener.as_str());
    let request = request.max_results(MAX_RESULTS).set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let (items, next) = (answer.endpoint_groups(), answer.next_token());
    page_of_some(items, next, globalaccelerator::endpoint_group, Facts::Users)
}
