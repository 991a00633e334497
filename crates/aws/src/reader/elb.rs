//! The calls of Elastic Load Balancing v2.

use aws_sdk_elasticloadbalancingv2::Client;
use unbridge_model::call::{Call, Facts, Page};
use unbridge_model::port::ReadError;

use super::{Asked, of_another_service, page, whole};
use crate::classify::classify;
use crate::convert::{Converted, Subject, elb};

/// The largest page AWS allows.
const PAGE_SIZE: i32 = 400;

pub(super) async fn read(
    client: &Client,
    call: &Call,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let Asked {
        region,
        digester,
        from,
    } = asked;
    match call {
        Call::DescribeLoadBalancers => {
            let request = client.describe_load_balancers().page_size(PAGE_SIZE);
            let answer = request.set_marker(from).send().await.map_err(classify)?;
            let convert = |told: &_| elb::load_balancer(told, region);
            let (items, next) = (answer.load_balancers(), answer.next_marker());
            page(items, next, convert, Facts::LoadBalancers)
        }
        Call::DescribeTargetGroups => {
            let request = client.describe_target_groups().page_size(PAGE_SIZE);
            let answer = request.set_marker(from).send().await.map_err(classify)?;
            let convert = |told: &_| elb::target_group(told, region);
            let (items, next) = (answer.target_groups(), answer.next_marker());
            page(items, next, convert, Facts::TargetGroups)
        }
        Call::DescribeListeners { load_balancer } => {
            let request = client
                .describe_listeners()
                .load_balancer_arn(load_balancer.as_str())
                .page_size(PAGE_SIZE);
            let answer = request.set_marker(from).send().await.map_err(classify)?;
            let (items, next) = (answer.listeners(), answer.next_marker());
            page(items, next, elb::listener, Facts::Listeners)
        }
        Call::DescribeRules { listener } => {
            let request = client
                .describe_rules()
                .listener_arn(listener.as_str())
                .page_size(PAGE_SIZE);
            let answer = request.set_marker(from).send().await.map_err(classify)?;
            let convert = |told: &_| elb::rule(told, digester);
            page(answer.rules(), answer.next_marker(), convert, |rules| {
                Facts::Rules(rules.into_iter().flatten().collect())
            })
        }
        Call::DescribeTargetHealth { group } => {
            let request = client.describe_target_health();
            let request = request.target_group_arn(group.as_str());
            let answer = request.send().await.map_err(classify)?;
            let items = answer.target_health_descriptions();
            page(items, None, elb::target, Facts::Targets)
        }
        Call::DescribeLoadBalancerAttributes { load_balancer } => {
            let request = client.describe_load_balancer_attributes();
            let request = request.load_balancer_arn(load_balancer.as_str());
            let answer = request.send().await.map_err(classify)?;
            let told = answer.attributes().iter();
            let subject = Subject::new("load balancer", Some(load_balancer.as_str()));
            let attributes = elb::attributes(told.map(|a| (a.key(), a.value())), &subject)?;
            Ok(whole(Facts::Attributes(attributes)))
        }
        Call::DescribeTargetGroupAttributes { group } => {
            let request = client.describe_target_group_attributes();
            let request = request.target_group_arn(group.as_str());
            let answer = request.send().await.map_err(classify)?;
            let told = answer.attributes().iter();
            let subject = Subject::new("target group", Some(group.as_str()));
            let attributes = elb::attributes(told.map(|a| (a.key(), a.value())), &subject)?;
            Ok(whole(Facts::Attributes(attributes)))
        }
        Call::DescribeTags { resources } => {
            let arns = resources.iter().map(ToString::to_string).collect();
            let request = client.describe_tags().set_resource_arns(Some(arns));
            let answer = request.send().await.map_err(classify)?;
            let told = answer.tag_descriptions().iter();
            let tags = told.map(elb::tags).collect::<Converted<_>>()?;
            Ok(whole(Facts::Tags(tags)))
        }
        Call::GetVpcLinks
        | Call::GetVpcLinksV2
        | Call::GetRestApis
        | Call::GetResources { .. }
        | Call::GetStages { .. }
        | Call::GetExport { .. }
        | Call::GetApis
        | Call::GetIntegrations { .. }
        | Call::GetRoutes { .. }
        | Call::GetApiStages { .. }
        | Call::ExportApi { .. }
        | Call::DescribeSubnets { .. }
        | Call::DescribeSecurityGroups { .. }
        | Call::DescribeNetworkInterfaces
        | Call::DescribeVpcEndpointServiceConfigurations
        | Call::DescribeVpcEndpointConnections => Err(of_another_service(call)),
    }
}
