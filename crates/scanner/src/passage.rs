//! What lets a version 2 link stand in a subnet and reach an ALB: zones, network ACLs, rules of
//! security groups. Findings rest on it, and so does a plan that makes the link.
//!
//! Decides nothing but what passes; whom that concerns is for those who ask.

use ipnet::IpNet;
use unbridge_model::id::{Region, SecurityGroupId};
use unbridge_model::network::{
    AclEffect, AclEntry, Direction, NetworkAcl, SecurityGroup, SecurityRule, Subnet,
};

use crate::zones;

/// Version 2 links that an account may have in a region unless AWS has raised it. Source: API
/// Gateway developer guide, "Quotas for configuring and running an HTTP API", L-608BDCD4.
pub const LINKS: usize = 10;

/// The ports that answers go to. Source: Amazon VPC user guide, "Ephemeral ports", for load
/// balancers and AWS's own clients.
const EPHEMERAL: Ports = Ports(1024, 65535);

/// Whether a zone has version 2 links, as far as AWS's table tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneHasLinks {
    /// The table lists it.
    Yes,
    /// The table lists the region, and not this zone.
    No,
    /// The table does not list the region: it may lag behind what AWS offers.
    RegionNotListed,
}

/// Whether the zone of this id, such as `use1-az3`, has version 2 links.
#[must_use]
pub fn zone_has_links(region: &Region, zone_id: &str) -> ZoneHasLinks {
    match zones::with_links(region) {
        Some(zones) if zones.contains(&zone_id) => ZoneHasLinks::Yes,
        Some(_) => ZoneHasLinks::No,
        None => ZoneHasLinks::RegionNotListed,
    }
}

/// What network ACLs say of connections from one subnet to a port in another, and of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between<'a> {
    /// They let everything through that is needed.
    Open,
    /// This one does not.
    Refused(&'a NetworkAcl),
    /// None refuses of those that were read, and that of one of the subnets is not among them.
    NotSeen,
}

/// What these ACLs say of connections from a link in one subnet to an ALB's port in another. Inside
/// a subnet none is asked.
#[must_use]
pub fn between<'a>(acls: &'a [NetworkAcl], link: &Subnet, alb: &Subnet, port: u16) -> Between<'a> {
    if link.id == alb.id {
        return Between::Open;
    }
    let acl_of = |subnet: &Subnet| acls.iter().find(|acl| acl.subnets.contains(&subnet.id));
    let (of_link, of_alb) = (acl_of(link), acl_of(alb));
    let service = Ports(port, port);
    let ways = [
        (of_link, Direction::Egress, &alb.cidr, service),
        (of_alb, Direction::Ingress, &link.cidr, service),
        (of_alb, Direction::Egress, &link.cidr, EPHEMERAL),
        (of_link, Direction::Ingress, &alb.cidr, EPHEMERAL),
    ];
    let refusing = ways
        .into_iter()
        .find_map(|(acl, way, peer, ports)| acl.filter(|acl| !admits(acl, way, peer, ports)));
    match refusing {
        Some(acl) => Between::Refused(acl),
        None if of_link.is_none() || of_alb.is_none() => Between::NotSeen,
        None => Between::Open,
    }
}

/// Whether one of these rules of security groups lets TCP through on this port to or from all of an
/// address range.
pub fn range_passes<'a>(
    rules: impl IntoIterator<Item = &'a SecurityRule>,
    port: u16,
    cidr: &str,
) -> bool {
    let mut rules = rules.into_iter();
    rules.any(|rule| is_about(rule, port) && names(rule, cidr))
}

/// Whether one of these rules of security groups lets TCP through on this port to or from what
/// carries a group.
pub fn group_passes<'a>(
    rules: impl IntoIterator<Item = &'a SecurityRule>,
    port: u16,
    group: &SecurityGroupId,
) -> bool {
    let mut rules = rules.into_iter();
    rules.any(|rule| is_about(rule, port) && rule.peers.iter().any(|peer| *peer == *group.as_str()))
}
/// First and last port.
#[derive(Debug, Clone, Copy)]
struct Ports(u16, u16);

/// Whether an ACL lets this through: a single port wholly, and of the ports that answers go to all
/// but a [`FEW`]. The lowest entry that speaks of a port and its peer decides.
fn admits(acl: &NetworkAcl, direction: Direction, peer: &str, ports: Ports) -> bool {
    let Ok(peer) = peer.parse::<IpNet>() else {
        return false;
    };
    let Ports(first, last) = ports;
    let mut undecided = vec![ports];
    let mut admitted = 0;
    let entries = acl.entries.iter();
    for entry in entries.filter(|entry| entry.direction == direction) {
        let Some((of_peer, spoken_of)) = overlap(entry, &peer) else {
            continue;
        };
        // A part of the peers that is let through leaves the rest as it was; a part that is not
        // stops what the rest may do.
        if of_peer == OfPeer::Part && entry.effect == AclEffect::Allow {
            continue;
        }
        let (decided, rest) = split(&undecided, spoken_of);
        undecided = rest;
        if entry.effect == AclEffect::Allow {
            admitted += decided;
        }
    }
    match u32::from(last - first) + 1 {
        1 => admitted == 1,
        asked => asked - admitted <= FEW,
    }
}

/// Ports that an ACL may deny of those that answers go to: usual lists deny a database's or a
/// remote desktop's, which costs one connection in thousands, and does so today.
const FEW: u32 = 16;

/// How many of these ports lie among others, and those that do not.
fn split(ports: &[Ports], Ports(from, to): Ports) -> (u32, Vec<Ports>) {
    let (mut inside, mut rest) = (0, Vec::new());
    for Ports(first, last) in ports.iter().copied() {
        if to < first || last < from {
            rest.push(Ports(first, last));
            continue;
        }
        inside += u32::from(last.min(to) - first.max(from)) + 1;
        if first < from {
            rest.push(Ports(first, from - 1));
        }
        if to < last {
            rest.push(Ports(to + 1, last));
        }
    }
    (inside, rest)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfPeer {
    Whole,
    Part,
}

/// How much of a peer an entry speaks of, and of which TCP ports; `None` when of neither.
fn overlap(entry: &AclEntry, peer: &IpNet) -> Option<(OfPeer, Ports)> {
    let range = entry.cidr.parse::<IpNet>().ok()?;
    let of_peer = if range.contains(peer) {
        OfPeer::Whole
    } else if peer.contains(&range) {
        OfPeer::Part
    } else {
        return None;
    };
    let port = |port: Option<i32>, open: u16| {
        port.and_then(|port| u16::try_from(port).ok())
            .unwrap_or(open)
    };
    match entry.protocol.as_str() {
        "-1" | "all" => Some((of_peer, Ports(0, u16::MAX))),
        "6" | "tcp" => {
            let (from, to) = (port(entry.from_port, 0), port(entry.to_port, u16::MAX));
            Some((of_peer, Ports(from, to)))
        }
        _ => None,
    }
}

/// A group among those of a VPC, which stand in order.
#[must_use]
pub fn group_of<'g>(
    groups: &'g [SecurityGroup],
    id: &SecurityGroupId,
) -> Option<&'g SecurityGroup> {
    let at = groups.binary_search_by(|group| group.id.cmp(id)).ok()?;
    groups.get(at)
}

/// Whether a security group's rule speaks of TCP to this port.
#[must_use]
pub fn is_about(rule: &SecurityRule, port: u16) -> bool {
    let port = i32::from(port);
    match rule.protocol.as_str() {
        "-1" => true,
        "tcp" | "6" => {
            rule.from_port.is_none_or(|from| from <= port)
                && rule.to_port.is_none_or(|to| port <= to)
        }
        _ => false,
    }
}

/// Whether one of the rule's address ranges holds all of this one.
fn names(rule: &SecurityRule, cidr: &str) -> bool {
    let Ok(wanted) = cidr.parse::<IpNet>() else {
        return false;
    };
    rule.peers
        .iter()
        .filter_map(|peer| peer.parse::<IpNet>().ok())
        .any(|range| range.contains(&wanted))
}

#[cfg(test)]
mod tests {
    use unbridge_model::text::Text;

    use super::*;

    fn entry(number: u32, effect: AclEffect, cidr: &str, ports: Option<(i32, i32)>) -> AclEntry {
        AclEntry {
            direction: Direction::Ingress,
            number,
            effect,
            protocol: Text::new(if ports.is_some() { "6" } else { "-1" }),
            from_port: ports.map(|(from, _)| from),
            to_port: ports.map(|(_, to)| to),
            cidr: Text::new(cidr),
        }
    }

    fn admitted(entries: &[AclEntry]) -> bool {
        let acl = NetworkAcl {
            id: Text::new("acl-1"),
            subnets: Vec::new(),
            entries: entries.to_vec(),
        };
        admits(&acl, Direction::Ingress, "10.0.1.0/24", Ports(443, 443))
    }

    #[test]
    fn the_first_entry_that_speaks_of_it_decides() {
        use AclEffect::{Allow, Deny};
        let all = |number, effect| entry(number, effect, "0.0.0.0/0", None);
        assert!(admitted(&[all(100, Allow)]));
        assert!(!admitted(&[]));
        assert!(!admitted(&[
            entry(90, Deny, "10.0.0.0/16", None),
            all(100, Allow)
        ]));
        assert!(!admitted(&[
            entry(90, Deny, "10.0.1.128/25", None),
            all(100, Allow)
        ]));
        assert!(admitted(&[
            entry(90, Deny, "10.0.2.0/24", None),
            all(100, Allow)
        ]));
        assert!(admitted(&[
            entry(90, Deny, "0.0.0.0/0", Some((80, 80))),
            all(100, Allow)
        ]));
        assert!(!admitted(&[entry(
            90,
            Allow,
            "10.0.1.0/25",
            Some((443, 443))
        )]));
    }

    /// Ports that answers go to, with these entries before one that lets everything pass.
    fn answers(entries: &[AclEntry]) -> bool {
        let mut entries = entries.to_vec();
        entries.push(entry(100, AclEffect::Allow, "0.0.0.0/0", None));
        let acl = NetworkAcl {
            id: Text::new("acl-1"),
            subnets: Vec::new(),
            entries,
        };
        admits(&acl, Direction::Ingress, "10.0.1.0/24", EPHEMERAL)
    }

    #[test]
    fn answers_need_all_of_their_ports_but_a_few() {
        use AclEffect::{Allow, Deny};
        let deny = |from, to| entry(90, Deny, "0.0.0.0/0", Some((from, to)));
        let allow = |number, from, to| entry(number, Allow, "0.0.0.0/0", Some((from, to)));
        assert!(answers(&[deny(3389, 3389), deny(3306, 3306)]));
        assert!(answers(&[deny(1024, 1039)]));
        assert!(!answers(&[deny(1024, 1040)]));
        assert!(!answers(&[deny(32768, 65535)]));
        // What is let through first stays let through.
        assert!(answers(&[
            allow(80, 1024, 40000),
            allow(81, 40001, 65535),
            deny(0, 65535)
        ]));
        assert!(!answers(&[allow(80, 1024, 40000), deny(0, 65535)]));
    }

    #[test]
    fn what_several_entries_let_through_counts_together() {
        let two = |first, second| split(&[Ports(10, 20)], Ports(first, second));
        let (inside, rest) = two(12, 15);
        assert_eq!(inside, 4);
        assert!(matches!(rest[..], [Ports(10, 11), Ports(16, 20)]));
        assert_eq!(two(0, 65535).0, 11);
        assert_eq!(two(21, 30).0, 0);
    }
}
