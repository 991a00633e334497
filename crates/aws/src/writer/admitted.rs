//! Whether the security groups of a load balancer let a version 2 link in.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range};
use ipnet::IpNet;
use unbridge_model::id::{LoadBalancerArn, VpcLinkId};
use unbridge_model::port::{Held, ReadError};

use super::{Clients, found, holds, no};
use crate::classify::classify;

pub(super) async fn link_admitted(
    clients: &Clients,
    link: &VpcLinkId,
    load_balancer: &LoadBalancerArn,
    port: u16,
) -> Result<Held, ReadError> {
    let asked = clients.apigatewayv2.get_vpc_link();
    let asked = asked.vpc_link_id(link.as_str()).send().await;
    let Some(link) = found(asked.map_err(classify))? else {
        return Ok(no("there is no such link"));
    };
    let asked = clients.elb.describe_load_balancers();
    let asked = asked
        .load_balancer_arns(load_balancer.as_str())
        .send()
        .await;
    let answer = found(asked.map_err(classify))?;
    let Some(known) = answer
        .as_ref()
        .and_then(|answer| answer.load_balancers().first())
    else {
        return Ok(no("there is no such load balancer"));
    };
    // A load balancer without groups, as Network Load Balancers may be, takes everything.
    if known.security_groups().is_empty() {
        return Ok(Held::Yes);
    }
    // Where nothing is named, AWS would tell of everything.
    if link.subnet_ids().is_empty() {
        return Ok(no("the link has no subnets"));
    }
    let asked = clients.ec2.describe_security_groups();
    let asked = asked.set_group_ids(Some(known.security_groups().to_vec()));
    let groups = asked.send().await.map_err(classify)?;
    let rules = groups.security_groups().iter();
    let rules = rules.flat_map(|group| group.ip_permissions());
    let rules: Vec<&IpPermission> = rules.filter(|rule| is_about(rule, port)).collect();
    let peers = rules.iter().flat_map(|rule| rule.user_id_group_pairs());
    let mut peers = peers.filter_map(|peer| peer.group_id());
    if peers.any(|peer| link.security_group_ids().iter().any(|own| own == peer)) {
        return Ok(Held::Yes);
    }
    let asked = clients.ec2.describe_subnets();
    let asked = asked.set_subnet_ids(Some(link.subnet_ids().to_vec()));
    let subnets = asked.send().await.map_err(classify)?;
    let ranges = ranges(&rules);
    let inside = |cidr: Option<&str>| {
        let cidr = cidr.and_then(|cidr| cidr.parse::<IpNet>().ok());
        cidr.is_some_and(|cidr| ranges.iter().any(|range| range.contains(&cidr)))
    };
    let subnets = subnets.subnets();
    let all = !subnets.is_empty() && subnets.iter().all(|subnet| inside(subnet.cidr_block()));
    Ok(holds(all, || {
        format!(
            "none of its security groups lets TCP {port} in from all of the link's subnets, or from a group of the link"
        )
    }))
}

fn is_about(rule: &IpPermission, port: u16) -> bool {
    let port = i32::from(port);
    match rule.ip_protocol() {
        Some("-1") => true,
        Some("tcp" | "6") => {
            rule.from_port().is_none_or(|from| from <= port)
                && rule.to_port().is_none_or(|to| port <= to)
        }
        Some(_) | None => false,
    }
}

/// The address ranges that rules name, those that lie side by side as one.
fn ranges(rules: &[&IpPermission]) -> Vec<IpNet> {
    let ipv4 = rules.iter().flat_map(|rule| rule.ip_ranges());
    let ipv6 = rules.iter().flat_map(|rule| rule.ipv6_ranges());
    let written = ipv4
        .filter_map(IpRange::cidr_ip)
        .chain(ipv6.filter_map(Ipv6Range::cidr_ipv6));
    let parsed: Vec<IpNet> = written.filter_map(|range| range.parse().ok()).collect();
    IpNet::aggregate(&parsed)
}
