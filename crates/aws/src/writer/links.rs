//! VPC links of both versions.

use std::collections::HashMap;

use aws_sdk_apigateway::Client as Rest;
use aws_sdk_apigatewayv2::Client;
use unbridge_model::id::{SecurityGroupId, SubnetId, VpcLinkId};
use unbridge_model::journal::Owner;
use unbridge_model::plan::value::Output;
use unbridge_model::port::{Held, ReadError};
use unbridge_model::text::Text;

use super::{Changed, all, found, holds, is_tagged, made, no};
use crate::classify::{classify, classify_change};
use crate::convert::Subject;

pub(super) async fn create(
    client: &Client,
    name: &Text,
    subnets: &[SubnetId],
    groups: &[SecurityGroupId],
    tags: HashMap<String, String>,
) -> Changed<Option<Output>> {
    let request = client
        .create_vpc_link()
        .name(name.as_str())
        .set_subnet_ids(Some(subnets.iter().map(ToString::to_string).collect()))
        .set_security_group_ids(Some(groups.iter().map(ToString::to_string).collect()))
        .set_tags(Some(tags));
    let answer = request.send().await.map_err(classify_change)?;
    let id = made::<VpcLinkId>(answer.vpc_link_id())?;
    Ok(Some(Output::VpcLink(id)))
}

pub(super) async fn delete(client: &Client, link: &VpcLinkId) -> Changed {
    let request = client.delete_vpc_link().vpc_link_id(link.as_str());
    request.send().await.map_err(classify_change)?;
    Ok(())
}

pub(super) async fn delete_v1(client: &Rest, link: &VpcLinkId) -> Changed {
    let request = client.delete_vpc_link().vpc_link_id(link.as_str());
    request.send().await.map_err(classify_change)?;
    Ok(())
}

/// The status of a link of version 2.
async fn status(client: &Client, link: &VpcLinkId) -> Result<Option<String>, ReadError> {
    let request = client.get_vpc_link().vpc_link_id(link.as_str());
    let answer = found(request.send().await.map_err(classify))?;
    Ok(answer.map(|answer| {
        let status = answer.vpc_link_status();
        status
            .map_or("without status", |status| status.as_str())
            .to_owned()
    }))
}

pub(super) async fn available(client: &Client, link: &VpcLinkId) -> Result<Held, ReadError> {
    Ok(match status(client, link).await? {
        // No call takes a link of version 2 out of this state but its deletion.
        Some(status) if status == "FAILED" => Held::Never {
            found: Text::new("it is FAILED"),
        },
        Some(status) => holds(status == "AVAILABLE", || format!("it is {status}")),
        None => no("there is no such link"),
    })
}

pub(super) async fn gone(client: &Client, link: &VpcLinkId) -> Result<Held, ReadError> {
    let status = status(client, link).await?;
    Ok(status.map_or(Held::Yes, |status| no(format!("it is {status}"))))
}

pub(super) async fn v1_gone(client: &Rest, link: &VpcLinkId) -> Result<Held, ReadError> {
    let request = client.get_vpc_link().vpc_link_id(link.as_str());
    let answer = found(request.send().await.map_err(classify))?;
    Ok(answer.map_or(Held::Yes, |answer| {
        let status = answer.status();
        let status = status.map_or("without status", |status| status.as_str());
        no(format!("it is {status}"))
    }))
}

pub(super) async fn find_owned(client: &Client, owner: &Owner) -> Result<Vec<Output>, ReadError> {
    let links = all(|next| async {
        let request = client.get_vpc_links().max_results("100");
        let answer = request.set_next_token(next).send().await;
        let answer = answer.map_err(classify)?;
        Ok((answer.items.unwrap_or_default(), answer.next_token))
    });
    let links = links.await?;
    let owned = links.iter().filter(|link| is_tagged(link.tags(), owner));
    let subject = Subject::new("VPC link", None);
    let ids = owned.map(|link| subject.id("VpcLinkId", link.vpc_link_id()));
    ids.map(|id| id.map(Output::VpcLink)).collect()
}
