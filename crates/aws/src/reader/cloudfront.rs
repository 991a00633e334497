//! The calls of CloudFront.

use aws_sdk_cloudfront::Client;
use unbridge_model::call::{Facts, Page};
use unbridge_model::port::ReadError;

use super::{Asked, page_of_some};
use crate::classify::classify;
use crate::convert::{Subject, cloudfront};

/// The largest page AWS allows.
const MAX_ITEMS: i32 = 100;

pub(super) async fn distributions(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.list_distributions().max_items(MAX_ITEMS);
    let answer = request.set_marker(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let subject = Subject::new("answer of ListDistributions", None);
    let list = subject.required("DistributionList", answer.distribution_list())?;
    let next = list.next_marker().filter(|_| list.is_truncated());
    page_of_some(list.items(), next, cloudfront::distribution, Facts::Users)
}

pub(super) async fn vpc_origins(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.list_vpc_origins().max_items(MAX_ITEMS);
    let answer = request.set_marker(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let subject = Subject::new("answer of ListVpcOrigins", None);
    let list = subject.required("VpcOriginList", answer.vpc_origin_list())?;
    let next = list.next_marker().filter(|_| list.is_truncated());
    page_of_some(list.items(), next, cloudfront::vpc_origin, Facts::Users)
}
