//! The calls of EC2.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Filter;
use unbridge_model::call::{Call, Facts, Page};
use unbridge_model::port::ReadError;

use super::{Asked, of_another_service, page};
use crate::classify::classify;
use crate::convert::ec2;

/// The largest page AWS allows.
const MAX_RESULTS: i32 = 1000;

pub(super) async fn read(
    client: &Client,
    call: &Call,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let Asked { region, from, .. } = asked;
    match call {
        Call::DescribeSubnets { vpc } => {
            let request = client.describe_subnets().max_results(MAX_RESULTS);
            let request = request.filters(filter("vpc-id", vpc.as_str()));
            let answer = request.set_next_token(from).send().await;
            let answer = answer.map_err(classify)?;
            let (items, next) = (answer.subnets(), answer.next_token());
            page(items, next, ec2::subnet, Facts::Subnets)
        }
        Call::DescribeSecurityGroups { vpc } => {
            let request = client.describe_security_groups().max_results(MAX_RESULTS);
            let request = request.filters(filter("vpc-id", vpc.as_str()));
            let answer = request.set_next_token(from).send().await;
            let answer = answer.map_err(classify)?;
            let (items, next) = (answer.security_groups(), answer.next_token());
            page(items, next, ec2::security_group, Facts::SecurityGroups)
        }
        Call::DescribeNetworkInterfaces => {
            let request = client.describe_network_interfaces();
            let request = request.max_results(MAX_RESULTS).set_next_token(from);
            let request = request.filters(filter("description", "ELB *"));
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| ec2::network_interface(told, region);
            let (items, next) = (answer.network_interfaces(), answer.next_token());
            page(items, next, convert, |interfaces| {
                Facts::NetworkInterfaces(interfaces.into_iter().flatten().collect())
            })
        }
        Call::DescribeVpcEndpointServiceConfigurations => {
            let request = client.describe_vpc_endpoint_service_configurations();
            let request = request.max_results(MAX_RESULTS).set_next_token(from);
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| ec2::endpoint_service(told, region);
            let (items, next) = (answer.service_configurations(), answer.next_token());
            page(items, next, convert, Facts::EndpointServices)
        }
        Call::DescribeVpcEndpointConnections => {
            let request = client.describe_vpc_endpoint_connections();
            let request = request.max_results(MAX_RESULTS).set_next_token(from);
            let answer = request.send().await.map_err(classify)?;
            let (items, next) = (answer.vpc_endpoint_connections(), answer.next_token());
            let facts = Facts::EndpointConnections;
            page(items, next, ec2::endpoint_connection, facts)
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
        | Call::DescribeLoadBalancers
        | Call::DescribeTargetGroups
        | Call::DescribeListeners { .. }
        | Call::DescribeRules { .. }
        | Call::DescribeTargetHealth { .. }
        | Call::DescribeLoadBalancerAttributes { .. }
        | Call::DescribeTargetGroupAttributes { .. }
        | Call::DescribeTags { .. } => Err(of_another_service(call)),
    }
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}
