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
use unbridge_model::id::{AccountId, SubnetId, VpcLinkId};
use unbridge_model::network::{SecurityGroup, Subnet, Vpc};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::moves::{Destination, Entrance};
use crate::passage::{
    Between, LINKS, ZoneHasLinks, between, group_of, range_passes, zone_has_links,
};
use crate::zones;

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
        zone_has_links(&self.vpc.region, &subnet.zone_id) != ZoneHasLinks::No
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

    /// Network ACLs stand between subnets only. A subnet whose ACL is not among those read is not
    /// judged by it.
    fn blocked_paths(&self, port: u16) -> Vec<BlockedPath> {
        let acls = self.vpc.network_acls.as_deref().unwrap_or_default();
        let pairs = self
            .subnets
            .iter()
            .flat_map(|link| self.subnets.iter().map(move |alb| (link, alb)));
        let blocked = pairs.filter_map(|(link, alb)| match between(acls, link, alb, port) {
            Between::Refused(acl) => Some(BlockedPath {
                from: link.id.clone(),
                to: alb.id.clone(),
                network_acl: acl.id.clone(),
            }),
            Between::Open | Between::NotSeen => None,
        });
        blocked.collect()
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
        let open_to = |subnet: &&Subnet| range_passes(rules.iter().copied(), port, &subnet.cidr);
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
