//! Whether a version 2 link could stand in an ALB's subnets and reach it: zones, free addresses,
//! owners, network ACLs, security groups, and rules that look at where requests come from.
//!
//! A link is put into the subnets of its ALB unless somebody chooses otherwise, so those are what is
//! judged.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use unbridge_model::apigateway::LinkReach;
use unbridge_model::elb::{Condition, LoadBalancer};
use unbridge_model::finding::{BlockedPath, Finding, SubnetZone};
use unbridge_model::id::{AccountId, SecurityGroupId, SubnetId, VpcLinkId};
use unbridge_model::network::{
    AclEffect, AclEntry, Direction, NetworkAcl, SecurityGroup, SecurityRule, Subnet, Vpc,
};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::moves::{Destination, Entrance};
use crate::zones;

/// Version 2 links that an account may have in a region unless AWS has raised it. Source: API
/// Gateway developer guide, "Quotas for configuring and running an HTTP API", L-608BDCD4.
const LINKS: usize = 10;

/// The ports that answers go to. Source: Amazon VPC user guide, "Ephemeral ports", for load
/// balancers and AWS's own clients.
const EPHEMERAL: Ports = Ports(1024, 65535);

/// The subnets an ALB stands in.
struct Surroundings<'r> {
    alb: &'r LoadBalancer,
    vpc: &'r Vpc,
    subnets: Vec<&'r Subnet>,
}

/// Everything about the way from a new link to this listener.
pub(crate) fn findings(
    to: &Destination<'_>,
    nlb: &LoadBalancer,
    facts: &RegionFacts,
    account: &AccountId,
) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(link_quota(facts));
    let Some(around) = surroundings(to.alb, facts) else {
        return found;
    };
    let blocked = around.blocked_paths(to.port);
    let usable = around.usable(&blocked);
    found.extend(around.zones(&usable));
    found.extend(around.free_addresses(&usable));
    found.extend(around.shared(account));
    found.extend(around.network_acls(blocked, &usable));
    found.extend(around.closed_groups(to.port));
    found.extend(around.source_rules(to, nlb, facts));
    found
}

/// `None` when the VPC or its subnets were not read, which is a gap.
fn surroundings<'r>(alb: &'r LoadBalancer, facts: &'r RegionFacts) -> Option<Surroundings<'r>> {
    let vpc = facts.vpcs.get(alb.vpc.as_ref()?)?;
    let ids: BTreeSet<&SubnetId> = alb.zones.iter().filter_map(|z| z.subnet.as_ref()).collect();
    let subnets = vpc.subnets.as_ref()?.iter();
    Some(Surroundings {
        alb,
        vpc,
        subnets: subnets.filter(|subnet| ids.contains(&subnet.id)).collect(),
    })
}

fn link_quota(facts: &RegionFacts) -> Option<Finding> {
    let links = facts.v2_links.len();
    (links >= LINKS).then(|| Finding::LinkQuota {
        links: u32::try_from(links).unwrap_or(u32::MAX),
        quota: u32::try_from(LINKS).unwrap_or(u32::MAX),
    })
}

impl Surroundings<'_> {
    fn ids(&self, which: impl Fn(&Subnet) -> bool) -> Vec<SubnetId> {
        let chosen = self.subnets.iter().filter(|subnet| which(subnet));
        chosen.map(|subnet| subnet.id.clone()).collect()
    }

    /// Subnets in which nothing stands in a link's way: one of them is enough. A region whose zones
    /// are not known is told by a finding of its own.
    fn usable(&self, blocked: &[BlockedPath]) -> Vec<SubnetId> {
        self.ids(|subnet| {
            let blocked = blocked.iter().any(|path| path.from == subnet.id);
            subnet.free_addresses > 0 && !blocked && self.may_hold_links(subnet)
        })
    }

    fn may_hold_links(&self, subnet: &Subnet) -> bool {
        let zones = zones::with_links(&self.vpc.region);
        zones.is_none_or(|zones| zones.contains(&subnet.zone_id.as_str()))
    }

    fn zones(&self, usable: &[SubnetId]) -> Option<Finding> {
        let region = &self.vpc.region;
        if zones::with_links(region).is_none() {
            return Some(Finding::RegionNotSupported {
                region: region.clone(),
            });
        }
        let without = self
            .subnets
            .iter()
            .filter(|subnet| !self.may_hold_links(subnet));
        let subnets: Vec<_> = without
            .map(|subnet| SubnetZone {
                subnet: subnet.id.clone(),
                zone_id: subnet.zone_id.clone(),
            })
            .collect();
        (!subnets.is_empty()).then(|| Finding::AzNotSupported {
            alb: self.alb.arn.clone(),
            subnets,
            usable: usable.to_vec(),
        })
    }

    fn free_addresses(&self, usable: &[SubnetId]) -> Option<Finding> {
        let full = self.ids(|subnet| subnet.free_addresses == 0);
        (!full.is_empty()).then(|| Finding::NoFreeAddresses {
            alb: self.alb.arn.clone(),
            full,
            usable: usable.to_vec(),
        })
    }

    fn shared(&self, account: &AccountId) -> Option<Finding> {
        let foreign = |subnet: &&&Subnet| subnet.owner != *account;
        let owners: BTreeSet<_> = self
            .subnets
            .iter()
            .filter(foreign)
            .map(|s| &s.owner)
            .collect();
        (!owners.is_empty()).then(|| Finding::SharedVpc {
            alb: self.alb.arn.clone(),
            subnets: self.ids(|subnet| subnet.owner != *account),
            owners: owners.into_iter().cloned().collect(),
        })
    }

    /// Network ACLs stand between subnets only.
    fn blocked_paths(&self, port: u16) -> Vec<BlockedPath> {
        let acls = self.vpc.network_acls.as_deref().unwrap_or_default();
        let acl_of = |subnet: &Subnet| acls.iter().find(|acl| acl.subnets.contains(&subnet.id));
        let mut blocked = Vec::new();
        for (link, alb) in self
            .subnets
            .iter()
            .flat_map(|link| self.subnets.iter().map(move |alb| (link, alb)))
            .filter(|(link, alb)| link.id != alb.id)
        {
            let service = Ports(port, port);
            let ways = [
                (acl_of(link), Direction::Egress, &alb.cidr, service),
                (acl_of(alb), Direction::Ingress, &link.cidr, service),
                (acl_of(alb), Direction::Egress, &link.cidr, EPHEMERAL),
                (acl_of(link), Direction::Ingress, &alb.cidr, EPHEMERAL),
            ];
            // A subnet whose ACL is not among those read is not judged by it.
            let refusing = ways.into_iter().find_map(|(acl, way, peer, ports)| {
                acl.filter(|acl| !admits(acl, way, peer, ports))
            });
            blocked.extend(refusing.map(|acl| BlockedPath {
                from: link.id.clone(),
                to: alb.id.clone(),
                network_acl: acl.id.clone(),
            }));
        }
        blocked
    }

    fn network_acls(&self, blocked: Vec<BlockedPath>, usable: &[SubnetId]) -> Option<Finding> {
        (!blocked.is_empty()).then(|| Finding::NaclBlocksLink {
            alb: self.alb.arn.clone(),
            blocked,
            usable: usable.to_vec(),
        })
    }

    fn closed_groups(&self, port: u16) -> Option<Finding> {
        let groups = self.vpc.security_groups.as_ref()?;
        let carried = self.alb.security_groups.iter();
        let carried = carried.filter_map(|id| group_of(groups, id));
        let rules: Vec<_> = carried.flat_map(|group| &group.ingress).collect();
        let open_to = |subnet: &&Subnet| {
            rules
                .iter()
                .any(|rule| covers(rule, port) && names(rule, &subnet.cidr))
        };
        let closed = !self.alb.security_groups.is_empty() && !self.subnets.iter().all(open_to);
        closed.then(|| Finding::AlbSecurityGroupClosed {
            alb: self.alb.arn.clone(),
            port,
            groups: self.alb.security_groups.clone(),
        })
    }

    /// Today the NLB's own addresses are the source; after a move, addresses of the link in the
    /// ALB's subnets. A rule that answers both alike is no obstacle.
    fn source_rules(
        &self,
        to: &Destination<'_>,
        nlb: &LoadBalancer,
        facts: &RegionFacts,
    ) -> Option<Finding> {
        let looks = |condition: &Condition| matches!(condition, Condition::SourceIp { .. });
        let mut rules = to.listener.rules.iter().flatten();
        if !rules.any(|rule| rule.conditions.iter().any(looks)) {
            return None;
        }
        let of_nlb = |tail: &Text| *tail == *nlb.arn.tail();
        let home = nlb.vpc.as_ref().and_then(|vpc| facts.vpcs.get(vpc));
        let inside: Vec<IpNet> = home
            .and_then(|vpc| vpc.subnets.as_ref())
            .into_iter()
            .flatten()
            .filter_map(|subnet| subnet.cidr.parse().ok())
            .collect();
        // It reaches its targets from inside, whatever its public addresses are.
        let own = facts
            .network_interfaces
            .iter()
            .filter(|interface| of_nlb(&interface.load_balancer))
            .flat_map(|interface| &interface.addresses)
            .filter_map(|address| address.parse::<IpAddr>().ok().map(IpNet::from))
            .filter(|address| inside.iter().any(|subnet| subnet.contains(address)));
        // An NLB may pass on the address of who sends, unless that is a version 1 link.
        let passed_on: Option<Vec<Vec<IpNet>>> = to
            .entrances
            .iter()
            .map(|entrance| match entrance {
                Entrance::V1Link => Some(Vec::new()),
                Entrance::V2Link(link) => subnets_of(link, facts),
                Entrance::Internet => None,
            })
            .collect();
        let before = passed_on.map(|links| own.chain(links.into_iter().flatten()).collect());
        let before: Vec<IpNet> = before.unwrap_or_default();
        let after: Vec<IpNet> = self
            .subnets
            .iter()
            .filter_map(|s| s.cidr.parse().ok())
            .collect();
        let (mut rules, mut ranges) = (Vec::new(), BTreeSet::new());
        for rule in to.listener.rules.iter().flatten() {
            for condition in &rule.conditions {
                if let Condition::SourceIp { values } = condition
                    && same_answer(values, &before, &after).is_none()
                {
                    rules.push(rule.arn.clone().into());
                    ranges.extend(values.iter().cloned());
                }
            }
        }
        (!rules.is_empty()).then(|| Finding::SourceIpRule {
            alb: self.alb.arn.clone(),
            port: to.port,
            rules,
            ranges: ranges.into_iter().collect(),
        })
    }
}

/// The address ranges of the subnets a version 2 link stands in, where all are known.
fn subnets_of(link: &VpcLinkId, facts: &RegionFacts) -> Option<Vec<IpNet>> {
    let LinkReach::V2 { subnets, .. } = &facts.v2_links.get(link)?.reach else {
        return None;
    };
    let known = || {
        facts
            .vpcs
            .values()
            .flat_map(|vpc| vpc.subnets.iter().flatten())
    };
    let range = |id: &SubnetId| known().find(|subnet| subnet.id == *id)?.cidr.parse().ok();
    subnets.iter().map(range).collect()
}

/// What a condition on these ranges says of all addresses, before and after; `None` when it may say
/// different things, or that is not known.
fn same_answer(ranges: &[Text], before: &[IpNet], after: &[IpNet]) -> Option<bool> {
    let ranges: Option<Vec<IpNet>> = ranges.iter().map(|range| range.parse().ok()).collect();
    let ranges = ranges?;
    let inside = |net: &IpNet| ranges.iter().any(|range| range.contains(net));
    let apart = |net: &IpNet| {
        !ranges
            .iter()
            .any(|range| range.contains(net) || net.contains(range))
    };
    let known = !before.is_empty() && !after.is_empty();
    let mut all = before.iter().chain(after);
    if !known {
        None
    } else if all.clone().all(inside) {
        Some(true)
    } else {
        all.all(apart).then_some(false)
    }
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
pub(crate) fn group_of<'g>(
    groups: &'g [SecurityGroup],
    id: &SecurityGroupId,
) -> Option<&'g SecurityGroup> {
    let at = groups.binary_search_by(|group| group.id.cmp(id)).ok()?;
    groups.get(at)
}

/// Whether a security group's rule speaks of TCP to this port.
fn covers(rule: &SecurityRule, port: u16) -> bool {
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

/// The ports that a group opens to every address; `None` when it opens none.
pub(crate) fn open_ports(group: &SecurityGroup) -> Option<Text> {
    let anyone = |peer: &Text| matches!(peer.as_str(), "0.0.0.0/0" | "::/0");
    let open = group
        .ingress
        .iter()
        .filter(|rule| rule.peers.iter().any(anyone));
    let words: BTreeSet<String> = open
        .map(
            |rule| match (rule.protocol.as_str(), rule.from_port, rule.to_port) {
                ("-1", _, _) | (_, None, _) | (_, _, None) => "all".to_owned(),
                (_, Some(from), Some(to)) if from == to => from.to_string(),
                (_, Some(from), Some(to)) => format!("{from}-{to}"),
            },
        )
        .collect();
    let words: Vec<_> = words.into_iter().collect();
    (!words.is_empty()).then(|| Text::from(words.join(", ")))
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_source_rule_is_harmless_only_when_it_says_the_same_of_every_address() {
        let net = |text: &str| text.parse::<IpNet>().expect("a range");
        let (before, after) = ([net("10.0.1.7/32")], [net("10.0.1.0/24")]);
        let check = |range: &str| same_answer(&[Text::new(range)], &before, &after);
        assert_eq!(check("10.0.0.0/8"), Some(true));
        assert_eq!(check("192.168.0.0/16"), Some(false));
        assert_eq!(check("10.0.1.7/32"), None);
        assert_eq!(same_answer(&[Text::new("10.0.0.0/8")], &[], &after), None);
    }
}
