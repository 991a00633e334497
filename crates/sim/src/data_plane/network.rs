//! EC2's part: what security groups and network ACLs let through on the way to a load balancer.
//!
//! Groups remember a flow and let its answers back; network ACLs do not, and are asked both ways,
//! wherever a flow crosses from one subnet to another. Rule `group-unknown`: of an address that is only known to lie in
//! a subnet, what holds for the whole subnet holds; what holds for a part of it is not known. The same
//! goes for ways between several subnets: a request may take any of them. A group, prefix list or
//! subnet that is not known leaves open what it is asked about, and a link without groups everything.
//!
//! The traffic of a version 1 link comes out of the NLB itself: no network ACL is asked about it.
//! Rule `alb-admits-link`, rule `link-let-out`, rule `network-acls`, rule `nlb-groups`, rule
//! `v2-link-over-nlb`, rule `link-own-vpc`: see the page on semantics.
//!
//! Route tables are not asked: a link and its load balancer stand in one VPC.

use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::elb::{LoadBalancer, LoadBalancerType};
use unbridge_model::id::{SecurityGroupId, SubnetId};
use unbridge_model::network::{
    AclEffect, AclEntry, Direction, NetworkAcl, SecurityGroup, SecurityRule, Subnet,
};

use super::Stop;
use super::address::{Coverage, Range};
use crate::account::RegionState;

/// The ports that answers go to. Source: Amazon VPC user guide, "Ephemeral ports".
const EPHEMERAL: (u16, u16) = (1024, 65535);

/// Whether something gets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    Open,
    Closed,
    /// It depends on something that is not known.
    Unknown,
}

impl Passage {
    pub(super) fn check(self) -> Result<(), Stop> {
        match self {
            Self::Open => Ok(()),
            Self::Closed => Err(Stop::Refused),
            Self::Unknown => Err(Stop::Unseen),
        }
    }

    /// Through one after the other.
    fn then(self, next: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Open => next(),
            Self::Closed => Self::Closed,
            Self::Unknown => match next() {
                Self::Closed => Self::Closed,
                Self::Open | Self::Unknown => Self::Unknown,
            },
        }
    }

    /// One of these, and nobody knows which.
    fn one_of(ways: impl IntoIterator<Item = Self>) -> Self {
        let agree = |one: Self, other: Self| match one == other {
            true => one,
            false => Self::Unknown,
        };
        ways.into_iter().reduce(agree).unwrap_or(Self::Unknown)
    }
}

/// What stands at one end of a flow.
struct Side<'s> {
    groups: &'s [SecurityGroupId],
    /// What it means to have no group.
    without: Passage,
    nodes: Vec<Node<'s>>,
}

/// A network interface, or several in one subnet.
struct Node<'s> {
    subnet: &'s Subnet,
    at: Range,
}

/// From a link to a load balancer's listener on this port.
pub(super) fn from_link(
    state: &RegionState,
    link: &VpcLink,
    lb: &LoadBalancer,
    port: u16,
) -> Passage {
    let to = side(state, lb);
    match &link.reach {
        LinkReach::V1 { .. } => over_private_link(state, lb, port),
        LinkReach::V2 {
            subnets,
            security_groups,
        } => {
            if let Some(from) = link_side(state, subnets, security_groups) {
                between(state, &from, &to, port)
            } else {
                Passage::Unknown
            }
        }
    }
}

/// Whether the groups of a load balancer are known to let a link of version 2 in on this port.
pub(crate) fn admits_link(
    state: &RegionState,
    link: &VpcLink,
    lb: &LoadBalancer,
    port: u16,
) -> bool {
    let LinkReach::V2 {
        subnets,
        security_groups,
    } = &link.reach
    else {
        return false;
    };
    let from = link_side(state, subnets, security_groups);
    let passage =
        from.map(|from| admits_all(state, &side(state, lb), Direction::Ingress, &from, port));
    passage == Some(Passage::Open)
}

/// From an NLB to an ALB's listener on this port, for what came over this link. Over a version 2
/// link it depends on the target group whether it is the link's address that the ALB sees.
pub(super) fn from_nlb(
    state: &RegionState,
    link: &VpcLink,
    nlb: &LoadBalancer,
    alb: &LoadBalancer,
    port: u16,
) -> Passage {
    let (from, to) = (side(state, nlb), side(state, alb));
    let own = between(state, &from, &to, port);
    let LinkReach::V2 {
        subnets,
        security_groups,
    } = &link.reach
    else {
        return own;
    };
    let by_group = admits_by_group(state, &to, &from, port);
    let kept = match link_side(state, subnets, security_groups) {
        Some(link) => admits_all(state, &to, Direction::Ingress, &link, port),
        None => Passage::Unknown,
    };
    match by_group {
        Passage::Open => own,
        Passage::Closed | Passage::Unknown => Passage::one_of([own, own.then(|| kept)]),
    }
}

/// A link's interfaces; `None` when its subnets are not known.
fn link_side<'s>(
    state: &'s RegionState,
    subnets: &[SubnetId],
    groups: &'s [SecurityGroupId],
) -> Option<Side<'s>> {
    let nodes = subnets.iter().map(|id| {
        let subnet = subnet(state, id)?;
        let at = Range::parse(&subnet.cidr)?;
        Some(Node { subnet, at })
    });
    Some(Side {
        groups,
        // Which group the interfaces of a link without one get is not documented.
        without: Passage::Unknown,
        nodes: nodes.collect::<Option<_>>()?,
    })
}

/// A load balancer's nodes, each by its own addresses where these are known.
fn side<'s>(state: &'s RegionState, lb: &'s LoadBalancer) -> Side<'s> {
    let interfaces = state.network_interfaces.iter();
    let own: Vec<Range> = interfaces
        .filter(|interface| interface.load_balancer == lb.arn.tail())
        .flat_map(|interface| &interface.addresses)
        .filter_map(|address| Range::parse(address))
        .collect();
    let mut nodes = Vec::new();
    for id in lb.zones.iter().filter_map(|zone| zone.subnet.as_ref()) {
        let Some((subnet, whole)) =
            subnet(state, id).and_then(|subnet| Some((subnet, Range::parse(&subnet.cidr)?)))
        else {
            continue;
        };
        let here = own.iter().filter(|address| address.is_within(whole));
        let before = nodes.len();
        nodes.extend(here.map(|at| Node { subnet, at: *at }));
        if nodes.len() == before {
            nodes.push(Node { subnet, at: whole });
        }
    }
    Side {
        groups: &lb.security_groups,
        without: match lb.kind {
            // Rule `nlb-groups`: an NLB made without groups lets everything through; an ALB always has one.
            LoadBalancerType::Network | LoadBalancerType::Gateway => Passage::Open,
            LoadBalancerType::Application => Passage::Unknown,
        },
        nodes,
    }
}

fn subnet<'s>(state: &'s RegionState, id: &SubnetId) -> Option<&'s Subnet> {
    let mut all = state
        .vpcs
        .iter()
        .flat_map(|vpc| vpc.subnets.iter().flatten());
    all.find(|subnet| subnet.id == *id)
}

/// The addresses that a version 1 link's traffic has before an NLB are API Gateway's own.
fn over_private_link(state: &RegionState, nlb: &LoadBalancer, port: u16) -> Passage {
    if nlb.security_groups.is_empty() || nlb.private_link_inbound_rules.as_deref() == Some("off") {
        return Passage::Open;
    }
    let nobody = Side {
        groups: &[],
        without: Passage::Unknown,
        nodes: Vec::new(),
    };
    let side = side(state, nlb);
    admits(
        state,
        &side,
        Direction::Ingress,
        &nobody,
        Range::EVERYWHERE,
        port,
    )
}

fn between(state: &RegionState, from: &Side<'_>, to: &Side<'_>, port: u16) -> Passage {
    admits_all(state, from, Direction::Egress, to, port)
        .then(|| admits_all(state, to, Direction::Ingress, from, port))
        .then(|| {
            let pairs = from
                .nodes
                .iter()
                .flat_map(|from| to.nodes.iter().map(move |to| (from, to)));
            Passage::one_of(pairs.map(|(from, to)| across(state, from, to, port)))
        })
}

/// Whether the groups of a side let through what comes from, or goes to, any node of the other.
fn admits_all(
    state: &RegionState,
    side: &Side<'_>,
    way: Direction,
    other: &Side<'_>,
    port: u16,
) -> Passage {
    let nodes = other.nodes.iter();
    Passage::one_of(nodes.map(|node| admits(state, side, way, other, node.at, port)))
}

/// Whether ingress of a side names a group of the other.
fn admits_by_group(state: &RegionState, side: &Side<'_>, other: &Side<'_>, port: u16) -> Passage {
    let (rules, _) = rules(state, side.groups, Direction::Ingress, port);
    match rules.iter().any(|rule| names_group(rule, other.groups)) {
        true => Passage::Open,
        false => Passage::Closed,
    }
}

fn admits(
    state: &RegionState,
    side: &Side<'_>,
    way: Direction,
    other: &Side<'_>,
    at: Range,
    port: u16,
) -> Passage {
    if side.groups.is_empty() {
        return side.without;
    }
    let (rules, unknown) = rules(state, side.groups, way, port);
    if rules.iter().any(|rule| names_group(rule, other.groups)) {
        return Passage::Open;
    }
    let peers = rules.iter().flat_map(|rule| &rule.peers);
    let ranges: Vec<Range> = peers
        .clone()
        .filter_map(|peer| Range::parse(peer))
        .collect();
    // What a prefix list holds is not part of an account.
    let lists = peers.clone().any(|peer| peer.starts_with("pl-"));
    match at.covered_by(&ranges) {
        Coverage::Whole => Passage::Open,
        Coverage::Part => Passage::Unknown,
        Coverage::Nothing if lists || unknown > 0 => Passage::Unknown,
        Coverage::Nothing => Passage::Closed,
    }
}

/// The rules of groups about TCP on this port, and how many groups are not known.
fn rules<'s>(
    state: &'s RegionState,
    groups: &[SecurityGroupId],
    way: Direction,
    port: u16,
) -> (Vec<&'s SecurityRule>, usize) {
    let (mut rules, mut unknown) = (Vec::new(), 0);
    for id in groups {
        let Some(group) = group(state, id) else {
            unknown += 1;
            continue;
        };
        let all = match way {
            Direction::Ingress => &group.ingress,
            Direction::Egress => &group.egress,
        };
        rules.extend(all.iter().filter(|rule| is_about(rule, port)));
    }
    (rules, unknown)
}

fn group<'s>(state: &'s RegionState, id: &SecurityGroupId) -> Option<&'s SecurityGroup> {
    let mut all = state
        .vpcs
        .iter()
        .flat_map(|vpc| vpc.security_groups.iter().flatten());
    all.find(|group| group.id == *id)
}

fn is_about(rule: &SecurityRule, port: u16) -> bool {
    match rule.protocol.as_str() {
        "-1" => true,
        "tcp" | "6" => {
            rule.from_port.is_none_or(|from| from <= i32::from(port))
                && rule.to_port.is_none_or(|to| i32::from(port) <= to)
        }
        _ => false,
    }
}

fn names_group(rule: &SecurityRule, groups: &[SecurityGroupId]) -> bool {
    let mut peers = rule.peers.iter();
    peers.any(|peer| groups.iter().any(|group| *peer == *group.as_str()))
}

/// Through the network ACLs between two nodes, and back.
fn across(state: &RegionState, from: &Node<'_>, to: &Node<'_>, port: u16) -> Passage {
    if from.subnet.id == to.subnet.id {
        return Passage::Open;
    }
    let there = (port, port);
    let ask = |node: &Node<'_>, way, other: &Node<'_>, ports| match acl(state, &node.subnet.id) {
        Some(acl) => passes(acl, way, other.at, ports),
        None => Passage::Unknown,
    };
    ask(from, Direction::Egress, to, there)
        .then(|| ask(to, Direction::Ingress, from, there))
        .then(|| ask(to, Direction::Egress, from, EPHEMERAL))
        .then(|| ask(from, Direction::Ingress, to, EPHEMERAL))
}

fn acl<'s>(state: &'s RegionState, subnet: &SubnetId) -> Option<&'s NetworkAcl> {
    let mut all = state
        .vpcs
        .iter()
        .flat_map(|vpc| vpc.network_acls.iter().flatten());
    all.find(|acl| acl.subnets.contains(subnet))
}

fn passes(acl: &NetworkAcl, way: Direction, other: Range, ports: (u16, u16)) -> Passage {
    let mut entries: Vec<&AclEntry> = acl.entries.iter().filter(|e| e.direction == way).collect();
    entries.sort_by_key(|entry| entry.number);
    first_match(&entries, other, ports)
}

/// What the first entry that matches says, for each part of a flow by itself.
fn first_match(entries: &[&AclEntry], at: Range, (from, to): (u16, u16)) -> Passage {
    let Some((entry, later)) = entries.split_first() else {
        return Passage::Closed;
    };
    let Some((about, (first, last))) = reach(entry) else {
        return first_match(later, at, (from, to));
    };
    let (low, high) = (from.max(first), to.min(last));
    let (Some(met), true) = (at.common(about), low <= high) else {
        return first_match(later, at, (from, to));
    };
    let mut parts = vec![match entry.effect {
        AclEffect::Allow => Passage::Open,
        AclEffect::Deny => Passage::Closed,
    }];
    let outside = at.without(met).into_iter().map(|rest| (rest, (from, to)));
    let below = (from < low).then(|| (met, (from, low - 1)));
    let above = (high < to).then(|| (met, (high + 1, to)));
    let rest = outside.chain(below).chain(above);
    parts.extend(rest.map(|(at, ports)| first_match(later, at, ports)));
    Passage::one_of(parts)
}

/// The addresses and ports that an entry is about; `None` when it is not about TCP over IPv4.
fn reach(entry: &AclEntry) -> Option<(Range, (u16, u16))> {
    let about = Range::parse(&entry.cidr)?;
    let port =
        |port: Option<i32>, all: u16| port.map_or(Some(all), |port| u16::try_from(port).ok());
    match entry.protocol.as_str() {
        "-1" => Some((about, (0, u16::MAX))),
        "6" | "tcp" => {
            let ports = (port(entry.from_port, 0)?, port(entry.to_port, u16::MAX)?);
            Some((about, ports))
        }
        _ => None,
    }
}
