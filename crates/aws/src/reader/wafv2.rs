//! The calls of WAF.

use aws_sdk_wafv2::Client;
use unbridge_model::call::{Facts, Page};
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::port::ReadError;

use super::whole;
use crate::classify::classify;
use crate::convert::wafv2;

pub(super) async fn web_acl(
    client: &Client,
    load_balancer: &LoadBalancerArn,
) -> Result<Page, ReadError> {
    let request = client.get_web_acl_for_resource();
    let request = request.resource_arn(load_balancer.as_str());
    let answer = request.send().await.map_err(classify)?;
    Ok(whole(Facts::WebAcl(wafv2::web_acl_on(answer.web_acl())?)))
}
