//! The calls of EC2.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Filter;
use unbridge_model::call::{Facts, Page};
use unbridge_model::id::VpcId;
use unbridge_model::port::ReadError;

use super::{Asked, page, page_of_some};
use crate::classify::classify;
use crate::convert::ec2;

/// The largest page AWS allows of most lists.
const MAX_RESULTS: i32 = 1000;
/// The largest page of route tables.
const MAX_ROUTE_TABLES: i32 = 100;
/// The largest page of Verified Access endpoints.
const MAX_VERIFIED_ACCESS_ENDPOINTS: i32 = 200;

pub(super) async fn subnets(
    client: &Client,
    vpc: &VpcId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_subnets().max_results(MAX_RESULTS);
    let request = request.filters(in_vpc(vpc));
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let (items, next) = (answer.subnets(), answer.next_token());
    page(items, next, ec2::subnet, Facts::Subnets)
}

pub(super) async fn security_groups(
    client: &Client,
    vpc: &VpcId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_security_groups().max_results(MAX_RESULTS);
    let request = request.filters(in_vpc(vpc));
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let (items, next) = (answer.security_groups(), answer.next_token());
    page(items, next, ec2::security_group, Facts::SecurityGroups)
}

pub(super) async fn network_acls(
    client: &Client,
    vpc: &VpcId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_network_acls().max_results(MAX_RESULTS);
    let request = request.filters(in_vpc(vpc));
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let (items, next) = (answer.network_acls(), answer.next_token());
    page(items, next, ec2::network_acl, Facts::NetworkAcls)
}

pub(super) async fn route_tables(
    client: &Client,
    vpc: &VpcId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_route_tables();
    let request = request.max_results(MAX_ROUTE_TABLES).filters(in_vpc(vpc));
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let (items, next) = (answer.route_tables(), answer.next_token());
    page(items, next, ec2::route_table, Facts::RouteTables)
}

pub(super) async fn network_interfaces(
    client: &Client,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_network_interfaces();
    let request = request.max_results(MAX_RESULTS).set_next_token(asked.from);
    let request = request.filters(filter("description", "ELB *"));
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| ec2::network_interface(told, asked.region);
    let (items, next) = (answer.network_interfaces(), answer.next_token());
    page_of_some(items, next, convert, Facts::NetworkInterfaces)
}

pub(super) async fn endpoint_services(
    client: &Client,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_vpc_endpoint_service_configurations();
    let request = request.max_results(MAX_RESULTS).set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| ec2::endpoint_service(told, asked.region);
    let (items, next) = (answer.service_configurations(), answer.next_token());
    page(items, next, convert, Facts::EndpointServices)
}

pub(super) async fn endpoint_connections(
    client: &Client,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_vpc_endpoint_connections();
    let request = request.max_results(MAX_RESULTS).set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let (items, next) = (answer.vpc_endpoint_connections(), answer.next_token());
    let facts = Facts::EndpointConnections;
    page(items, next, ec2::endpoint_connection, facts)
}

pub(super) async fn verified_access_endpoints(
    client: &Client,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_verified_access_endpoints();
    let request = request.max_results(MAX_VERIFIED_ACCESS_ENDPOINTS);
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| ec2::verified_access_endpoint(told, asked.region);
    let (items, next) = (answer.verified_access_endpoints(), answer.next_token());
    page_of_some(items, next, convert, Facts::Users)
}

pub(super) async fn traffic_mirror_targets(
    client: &Client,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_traffic_mirror_targets();
    let request = request.max_results(MAX_RESULTS).set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| ec2::traffic_mirror_target(told, asked.region);
    let (items, next) = (answer.traffic_mirror_targets(), answer.next_token());
    page_of_some(items, next, convert, Facts::Users)
}

fn in_vpc(vpc: &VpcId) -> Filter {
    filter("vpc-id", vpc.as_str())
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}
