//! The calls of Elastic Load Balancing v2.

use aws_sdk_elasticloadbalancingv2::Client;
use unbridge_model::call::{Facts, Page};
use unbridge_model::id::{ListenerArn, LoadBalancerArn, TargetGroupArn};
use unbridge_model::port::ReadError;
use unbridge_model::text::Text;

use super::{Asked, page, page_of_some, whole};
use crate::classify::classify;
use crate::convert::{Converted, Subject, elb};

/// The largest page AWS allows.
const PAGE_SIZE: i32 = 400;

pub(super) async fn load_balancers(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.describe_load_balancers().page_size(PAGE_SIZE);
    let answer = request.set_marker(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| elb::load_balancer(told, asked.region);
    let (items, next) = (answer.load_balancers(), answer.next_marker());
    page(items, next, convert, Facts::LoadBalancers)
}

pub(super) async fn target_groups(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.describe_target_groups().page_size(PAGE_SIZE);
    let answer = request.set_marker(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| elb::target_group(told, asked.region);
    let (items, next) = (answer.target_groups(), answer.next_marker());
    page(items, next, convert, Facts::TargetGroups)
}

pub(super) async fn listeners(
    client: &Client,
    load_balancer: &LoadBalancerArn,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_listeners();
    let request = request.load_balancer_arn(load_balancer.as_str());
    let request = request.page_size(PAGE_SIZE).set_marker(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let (items, next) = (answer.listeners(), answer.next_marker());
    page(items, next, elb::listener, Facts::Listeners)
}

pub(super) async fn rules(
    client: &Client,
    listener: &ListenerArn,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_rules().listener_arn(listener.as_str());
    let request = request.page_size(PAGE_SIZE).set_marker(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| elb::rule(told, asked.digester);
    let (items, next) = (answer.rules(), answer.next_marker());
    page_of_some(items, next, convert, Facts::Rules)
}

pub(super) async fn listener_certificates(
    client: &Client,
    listener: &ListenerArn,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_listener_certificates();
    let request = request.listener_arn(listener.as_str());
    let request = request.page_size(PAGE_SIZE).set_marker(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let subject = Subject::new("listener", Some(listener.as_str()));
    let convert = |told: &_| elb::certificate(told, &subject);
    let (items, next) = (answer.certificates(), answer.next_marker());
    page(items, next, convert, Facts::ListenerCertificates)
}

pub(super) async fn targets(client: &Client, group: &TargetGroupArn) -> Result<Page, ReadError> {
    let request = client.describe_target_health();
    let request = request.target_group_arn(group.as_str());
    let answer = request.send().await.map_err(classify)?;
    let items = answer.target_health_descriptions();
    page(items, None, elb::target, Facts::Targets)
}

pub(super) async fn load_balancer_attributes(
    client: &Client,
    load_balancer: &LoadBalancerArn,
) -> Result<Page, ReadError> {
    let request = client.describe_load_balancer_attributes();
    let request = request.load_balancer_arn(load_balancer.as_str());
    let answer = request.send().await.map_err(classify)?;
    let told = answer.attributes().iter();
    let subject = Subject::new("load balancer", Some(load_balancer.as_str()));
    let attributes = elb::attributes(told.map(|a| (a.key(), a.value())), &subject)?;
    Ok(whole(Facts::Attributes(attributes)))
}

pub(super) async fn capacity_reservation(
    client: &Client,
    load_balancer: &LoadBalancerArn,
) -> Result<Page, ReadError> {
    let request = client.describe_capacity_reservation();
    let request = request.load_balancer_arn(load_balancer.as_str());
    let answer = request.send().await.map_err(classify)?;
    let subject = Subject::new("load balancer", Some(load_balancer.as_str()));
    let reservation = elb::capacity_reservation(&answer, &subject)?;
    Ok(whole(Facts::CapacityReservation(reservation)))
}

pub(super) async fn target_group_attributes(
    client: &Client,
    group: &TargetGroupArn,
) -> Result<Page, ReadError> {
    let request = client.describe_target_group_attributes();
    let request = request.target_group_arn(group.as_str());
    let answer = request.send().await.map_err(classify)?;
    let told = answer.attributes().iter();
    let subject = Subject::new("target group", Some(group.as_str()));
    let attributes = elb::attributes(told.map(|a| (a.key(), a.value())), &subject)?;
    Ok(whole(Facts::Attributes(attributes)))
}

pub(super) async fn tags(client: &Client, resources: &[Text]) -> Result<Page, ReadError> {
    let arns = resources.iter().map(ToString::to_string).collect();
    let request = client.describe_tags().set_resource_arns(Some(arns));
    let answer = request.send().await.map_err(classify)?;
    let told = answer.tag_descriptions().iter();
    let tags = told.map(elb::tags).collect::<Converted<_>>()?;
    Ok(whole(Facts::Tags(tags)))
}
