//! Subnets, security groups, network interfaces of load balancers, endpoint services.

use aws_sdk_ec2::types;
use unbridge_model::apigateway::Tags;
use unbridge_model::id::{LoadBalancerArn, Region, SecurityGroupId};
use unbridge_model::network::{
    EndpointConnection, EndpointService, NetworkInterface, SecurityGroup, SecurityRule, Subnet,
};
use unbridge_model::text::Text;

use super::{Converted, Subject};

pub(crate) fn subnet(told: &types::Subnet) -> Converted<Subnet> {
    let subject = Subject::new("subnet", told.subnet_id());
    // A subnet of IPv6 only has no other range.
    let cidr = told.cidr_block().or_else(|| {
        told.ipv6_cidr_block_association_set()
            .iter()
            .find_map(types::SubnetIpv6CidrBlockAssociation::ipv6_cidr_block)
    });
    let free = subject.number("AvailableIpAddressCount", told.available_ip_address_count())?;
    Ok(Subnet {
        id: subject.id("SubnetId", told.subnet_id())?,
        vpc: subject.id("VpcId", told.vpc_id())?,
        zone_id: subject.text("AvailabilityZoneId", told.availability_zone_id())?,
        cidr: subject.text("CidrBlock", cidr)?,
        free_addresses: subject.required("AvailableIpAddressCount", free)?,
        owner: subject.id("OwnerId", told.owner_id())?,
    })
}

pub(crate) fn security_group(told: &types::SecurityGroup) -> Converted<SecurityGroup> {
    let subject = Subject::new("security group", told.group_id());
    let rules = |told: &[types::IpPermission]| -> Converted<Vec<_>> {
        told.iter()
            .map(|told| security_rule(told, &subject))
            .collect()
    };
    Ok(SecurityGroup {
        id: subject.id("GroupId", told.group_id())?,
        vpc: subject.optional_id("VpcId", told.vpc_id())?,
        name: subject.text("GroupName", told.group_name())?,
        ingress: rules(told.ip_permissions())?,
        egress: rules(told.ip_permissions_egress())?,
        tags: tags(told.tags(), &subject)?,
    })
}

fn security_rule(told: &types::IpPermission, subject: &Subject) -> Converted<SecurityRule> {
    let mut peers = Vec::new();
    for range in told.ip_ranges() {
        peers.push(subject.text("IpRanges.CidrIp", range.cidr_ip())?);
    }
    for range in told.ipv6_ranges() {
        peers.push(subject.text("Ipv6Ranges.CidrIpv6", range.cidr_ipv6())?);
    }
    for pair in told.user_id_group_pairs() {
        let group: SecurityGroupId = subject.id("UserIdGroupPairs.GroupId", pair.group_id())?;
        peers.push(group.into());
    }
    for list in told.prefix_list_ids() {
        peers.push(subject.text("PrefixListIds.PrefixListId", list.prefix_list_id())?);
    }
    Ok(SecurityRule {
        protocol: subject.text("IpProtocol", told.ip_protocol())?,
        from_port: told.from_port(),
        to_port: told.to_port(),
        peers,
    })
}

fn tags(told: &[types::Tag], subject: &Subject) -> Converted<Tags> {
    told.iter()
        .map(|tag| {
            let key = subject.text("Tags.Key", tag.key())?;
            Ok((key, Text::new(tag.value().unwrap_or_default())))
        })
        .collect()
}

/// The interface; `None` when it belongs to no load balancer of this generation.
pub(crate) fn network_interface(
    told: &types::NetworkInterface,
    region: &Region,
) -> Converted<Option<NetworkInterface>> {
    let owner = told
        .description()
        .and_then(|text| text.strip_prefix("ELB "));
    let owner = owner.filter(|owner| {
        let kind = owner.split_once('/').map(|(kind, _)| kind);
        matches!(kind, Some("app" | "net" | "gwy"))
    });
    let Some(owner) = owner else {
        return Ok(None);
    };
    let subject = Subject::new("network interface", told.network_interface_id());
    let private = told
        .private_ip_addresses()
        .iter()
        .filter_map(types::NetworkInterfacePrivateIpAddress::private_ip_address);
    let ipv6 = told
        .ipv6_addresses()
        .iter()
        .filter_map(types::NetworkInterfaceIpv6Address::ipv6_address);
    let mut addresses: Vec<Text> = told
        .private_ip_address()
        .into_iter()
        .chain(private)
        .chain(ipv6)
        .map(Text::new)
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ok(Some(NetworkInterface {
        id: subject.id("NetworkInterfaceId", told.network_interface_id())?,
        region: region.clone(),
        load_balancer: Text::new(owner),
        addresses,
    }))
}

pub(crate) fn endpoint_service(
    told: &types::ServiceConfiguration,
    region: &Region,
) -> Converted<EndpointService> {
    let subject = Subject::new("endpoint service", told.service_id());
    let mut load_balancers: Vec<LoadBalancerArn> =
        subject.ids("NetworkLoadBalancerArns", told.network_load_balancer_arns())?;
    load_balancers.extend(
        subject
            .ids::<LoadBalancerArn>("GatewayLoadBalancerArns", told.gateway_load_balancer_arns())?,
    );
    let state = told.service_state().map(types::ServiceState::as_str);
    Ok(EndpointService {
        id: subject.id("ServiceId", told.service_id())?,
        region: region.clone(),
        load_balancers,
        state: subject.text("ServiceState", state)?,
        connections: None,
    })
}

pub(crate) fn endpoint_connection(
    told: &types::VpcEndpointConnection,
) -> Converted<EndpointConnection> {
    let subject = Subject::new("connection of endpoint", told.vpc_endpoint_id());
    let state = told.vpc_endpoint_state().map(types::State::as_str);
    let state = subject.required("VpcEndpointState", state)?;
    Ok(EndpointConnection {
        service: subject.id("ServiceId", told.service_id())?,
        endpoint: subject.text("VpcEndpointId", told.vpc_endpoint_id())?,
        owner: subject.id("VpcEndpointOwner", told.vpc_endpoint_owner())?,
        state: subject.text("VpcEndpointState", Some(&decapitalized(state)))?,
    })
}

/// AWS's model capitalizes the words that its answers begin in lower case.
fn decapitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + letters.as_str()
    })
}
