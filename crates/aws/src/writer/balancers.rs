//! Load balancers, target groups and their targets.

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealthStateEnum};
use unbridge_model::id::{LoadBalancerArn, TargetGroupArn};
use unbridge_model::port::{Held, ReadError};
use unbridge_model::text::Text;

use super::{Changed, found, holds, no};
use crate::classify::{classify, classify_change};
use crate::convert::Subject;

fn description(target: &Text, port: u16) -> TargetDescription {
    let description = TargetDescription::builder().id(target.as_str());
    description.port(port.into()).build()
}

pub(super) async fn deregister(
    client: &Client,
    group: &TargetGroupArn,
    target: &Text,
    port: u16,
) -> Changed {
    let request = client.deregister_targets();
    let request = request.target_group_arn(group.as_str());
    let request = request.targets(description(target, port));
    request.send().await.map_err(classify_change)?;
    Ok(())
}

pub(super) async fn register(
    client: &Client,
    group: &TargetGroupArn,
    target: &Text,
    port: u16,
) -> Changed {
    let request = client.register_targets();
    let request = request.target_group_arn(group.as_str());
    let request = request.targets(description(target, port));
    request.send().await.map_err(classify_change)?;
    Ok(())
}

pub(super) async fn delete_load_balancer(client: &Client, arn: &LoadBalancerArn) -> Changed {
    let request = client.delete_load_balancer();
    let answer = request.load_balancer_arn(arn.as_str()).send().await;
    answer.map_err(classify_change)?;
    Ok(())
}

pub(super) async fn delete_target_group(client: &Client, arn: &TargetGroupArn) -> Changed {
    let request = client.delete_target_group();
    let answer = request.target_group_arn(arn.as_str()).send().await;
    answer.map_err(classify_change)?;
    Ok(())
}

/// Whether a target is registered; `None` when there is no such group. One that drains is none any
/// more: it is listed until the requests it has are answered.
async fn is_registered(
    client: &Client,
    group: &TargetGroupArn,
    target: &Text,
    port: u16,
) -> Result<Option<bool>, ReadError> {
    let request = client.describe_target_health();
    let answer = request.target_group_arn(group.as_str()).send().await;
    let answer = found(answer.map_err(classify))?;
    Ok(answer.map(|answer| {
        let mut targets = answer.target_health_descriptions().iter();
        targets.any(|told| {
            let health = told.target_health();
            let state = health.and_then(|health| health.state());
            let is_it = told.target().is_some_and(|known| {
                known.id() == Some(target.as_str()) && known.port() == Some(port.into())
            });
            is_it && state != Some(&TargetHealthStateEnum::Draining)
        })
    }))
}

pub(super) async fn registered(
    client: &Client,
    group: &TargetGroupArn,
    target: &Text,
    port: u16,
) -> Result<Held, ReadError> {
    Ok(match is_registered(client, group, target, port).await? {
        Some(is) => holds(is, || "it is not registered".to_owned()),
        None => no("there is no such target group"),
    })
}

pub(super) async fn target_gone(
    client: &Client,
    group: &TargetGroupArn,
    target: &Text,
    port: u16,
) -> Result<Held, ReadError> {
    let is = is_registered(client, group, target, port).await?;
    Ok(holds(is != Some(true), || "it is registered".to_owned()))
}

pub(super) async fn not_protected(
    client: &Client,
    arn: &LoadBalancerArn,
) -> Result<Held, ReadError> {
    let request = client.describe_load_balancer_attributes();
    let answer = request.load_balancer_arn(arn.as_str()).send().await;
    let Some(answer) = found(answer.map_err(classify))? else {
        return Ok(no("there is no such load balancer"));
    };
    let mut attributes = answer.attributes().iter();
    let protected = attributes
        .any(|one| one.key() == Some("deletion_protection.enabled") && one.value() == Some("true"));
    Ok(holds(!protected, || {
        "its deletion protection is on".to_owned()
    }))
}

/// A load balancer's DNS name; `None` when there is no such load balancer.
pub(super) async fn dns_name(
    client: &Client,
    arn: &LoadBalancerArn,
) -> Result<Option<String>, ReadError> {
    let request = client.describe_load_balancers();
    let answer = request.load_balancer_arns(arn.as_str()).send().await;
    let answer = found(answer.map_err(classify))?;
    let told = answer.and_then(|answer| answer.load_balancers.unwrap_or_default().pop());
    let Some(told) = told else {
        return Ok(None);
    };
    let subject = Subject::new("load balancer", Some(arn.as_str()));
    let name = subject.required("DNSName", told.dns_name())?;
    Ok(Some(name.to_ascii_lowercase()))
}

pub(super) async fn load_balancer_gone(
    client: &Client,
    arn: &LoadBalancerArn,
) -> Result<Held, ReadError> {
    let request = client.describe_load_balancers();
    let answer = request.load_balancer_arns(arn.as_str()).send().await;
    let answer = found(answer.map_err(classify))?;
    let stands = answer.is_some_and(|answer| !answer.load_balancers().is_empty());
    Ok(holds(!stands, || "it stands".to_owned()))
}

pub(super) async fn target_group_gone(
    client: &Client,
    arn: &TargetGroupArn,
) -> Result<Held, ReadError> {
    let request = client.describe_target_groups();
    let answer = request.target_group_arns(arn.as_str()).send().await;
    let answer = found(answer.map_err(classify))?;
    let stands = answer.is_some_and(|answer| !answer.target_groups().is_empty());
    Ok(holds(!stands, || "it stands".to_owned()))
}
