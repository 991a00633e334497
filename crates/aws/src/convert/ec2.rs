//! Subnets, security groups, network ACLs, route tables, network interfaces of load balancers,
//! endpoint services, and the users of load balancers that EC2 lists.

use aws_sdk_ec2::types;
use unbridge_model::apigateway::Tags;
use unbridge_model::id::{LoadBalancerArn, Region, SecurityGroupId};
use unbridge_model::network::{
    AclEffect, AclEntry, Direction, EndpointConnection, EndpointService, NetworkAcl,
    NetworkInterface, Route, RouteTable, RouteTableScope, SecurityGroup, SecurityRule, Subnet,
};
use unbridge_model::text::Text;
use unbridge_model::user::{Pointer, User, UserKind};

use super::{Converted, Subject, address, user};

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
    let public = told
        .private_ip_addresses()
        .iter()
        .filter_map(types::NetworkInterfacePrivateIpAddress::association)
        .chain(told.association())
        .filter_map(types::NetworkInterfaceAssociation::public_ip);
    let ipv6 = told
        .ipv6_addresses()
        .iter()
        .filter_map(types::NetworkInterfaceIpv6Address::ipv6_address);
    let mut addresses: Vec<Text> = told
        .private_ip_address()
        .into_iter()
        .chain(private)
        .chain(public)
        .chain(ipv6)
        .map(address)
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

pub(crate) fn network_acl(told: &types::NetworkAcl) -> Converted<NetworkAcl> {
    let subject = Subject::new("network ACL", told.network_acl_id());
    let mut entries = told
        .entries()
        .iter()
        .map(|told| acl_entry(told, &subject))
        .collect::<Converted<Vec<_>>>()?;
    entries.sort_unstable();
    Ok(NetworkAcl {
        id: subject.text("NetworkAclId", told.network_acl_id())?,
        subnets: told
            .associations()
            .iter()
            .map(|told| subject.id("Associations.SubnetId", told.subnet_id()))
            .collect::<Converted<_>>()?,
        entries,
    })
}

fn acl_entry(told: &types::NetworkAclEntry, subject: &Subject) -> Converted<AclEntry> {
    let number = subject.number("RuleNumber", told.rule_number())?;
    let effect = match subject.required("RuleAction", told.rule_action())? {
        types::RuleAction::Allow => AclEffect::Allow,
        types::RuleAction::Deny => AclEffect::Deny,
        other => {
            let word = other.as_str();
            return Err(subject.unparseable(format_args!("RuleAction {word:?} is not known")));
        }
    };
    Ok(AclEntry {
        direction: if subject.required("Egress", told.egress())? {
            Direction::Egress
        } else {
            Direction::Ingress
        },
        number: subject.required("RuleNumber", number)?,
        effect,
        protocol: subject.text("Protocol", told.protocol())?,
        from_port: told.port_range().and_then(types::PortRange::from),
        to_port: told.port_range().and_then(types::PortRange::to),
        cidr: subject.text("CidrBlock", told.cidr_block().or(told.ipv6_cidr_block()))?,
    })
}

pub(crate) fn route_table(told: &types::RouteTable) -> Converted<RouteTable> {
    let subject = Subject::new("route table", told.route_table_id());
    // A table may also serve a gateway; that is no subnet.
    let subnets = told
        .associations()
        .iter()
        .filter_map(|told| {
            subject
                .optional_id("SubnetId", told.subnet_id())
                .transpose()
        })
        .collect::<Converted<_>>()?;
    let is_main = told.associations().iter().any(|a| a.main() == Some(true));
    let mut routes = told
        .routes()
        .iter()
        .map(|told| route(told, &subject))
        .collect::<Converted<Vec<_>>>()?;
    routes.sort_unstable();
    Ok(RouteTable {
        id: subject.text("RouteTableId", told.route_table_id())?,
        serves: if is_main {
            RouteTableScope::Main(subnets)
        } else {
            RouteTableScope::Subnets(subnets)
        },
        routes,
    })
}

fn route(told: &types::Route, subject: &Subject) -> Converted<Route> {
    let destination = told
        .destination_cidr_block()
        .or(told.destination_ipv6_cidr_block())
        .or(told.destination_prefix_list_id());
    let target = told
        .gateway_id()
        .or(told.nat_gateway_id())
        .or(told.transit_gateway_id())
        .or(told.vpc_peering_connection_id())
        .or(told.network_interface_id())
        .or(told.instance_id())
        .or(told.egress_only_internet_gateway_id())
        .or(told.local_gateway_id())
        .or(told.carrier_gateway_id())
        .or(told.core_network_arn())
        .or(told.odb_network_arn())
        .or(told.ip_address());
    // What a route led to may be gone: AWS keeps the route and drops the packets.
    let dropped = told.state() == Some(&types::RouteState::Blackhole);
    let target = if dropped { Some("blackhole") } else { target };
    Ok(Route {
        destination: subject.text("Routes: the destination", destination)?,
        target: subject.text("Routes: the target", target)?,
    })
}

/// The endpoint; `None` when it leads to no load balancer. One that leads to addresses may lead to
/// those of a load balancer, which cannot be told.
pub(crate) fn verified_access_endpoint(
    told: &types::VerifiedAccessEndpoint,
    region: &Region,
) -> Converted<Option<User>> {
    let id = told.verified_access_endpoint_id();
    let subject = Subject::new("Verified Access endpoint", id);
    if told.cidr_options().is_some() || told.network_interface_options().is_some() {
        let kind = told.endpoint_type().map_or("unknown", |kind| kind.as_str());
        return Err(subject.unparseable(format_args!(
            "of type {kind}: whether the addresses it leads to are a load balancer's cannot be told"
        )));
    }
    let options = told.load_balancer_options();
    let arn = options.and_then(|options| options.load_balancer_arn());
    let arn: Option<LoadBalancerArn> =
        subject.optional_id("LoadBalancerOptions.LoadBalancerArn", arn)?;
    let pointers = arn.map(Pointer::Arn).into_iter().collect();
    let id = subject.text("VerifiedAccessEndpointId", id)?;
    let kind = UserKind::VerifiedAccessEndpoint;
    Ok(user(kind, Some(region), id, pointers))
}

/// The target; `None` when it is no load balancer.
pub(crate) fn traffic_mirror_target(
    told: &types::TrafficMirrorTarget,
    region: &Region,
) -> Converted<Option<User>> {
    let id = told.traffic_mirror_target_id();
    let subject = Subject::new("traffic mirror target", id);
    let arn = told.network_load_balancer_arn();
    let arn: Option<LoadBalancerArn> = subject.optional_id("NetworkLoadBalancerArn", arn)?;
    let pointers = arn.map(Pointer::Arn).into_iter().collect();
    let id = subject.text("TrafficMirrorTargetId", id)?;
    let kind = UserKind::TrafficMirrorTarget;
    Ok(user(kind, Some(region), id, pointers))
}
