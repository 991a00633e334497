//! An ALB that is to be reached, and what a scan saw around it.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::LinkReach;
use unbridge_model::elb::LoadBalancer;
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId, SubnetId, VpcLinkId};
use unbridge_model::network::{NetworkAcl, SecurityGroup, Subnet, Vpc};
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_scanner::passage::group_of;

use crate::ground::{Destination, Ground};

/// An ALB that is to be reached.
#[derive(Debug, Clone)]
pub(super) struct Site<'a> {
    pub(super) alb: &'a LoadBalancer,
    pub(super) vpc: &'a Vpc,
    pub(super) acls: &'a [NetworkAcl],
    /// The subnets it stands in, by id.
    pub(super) subnets: Vec<&'a Subnet>,
    /// Its security groups, in order.
    pub(super) groups: Vec<&'a SecurityGroup>,
    /// The one that links are let out to: that which the fewest others carry, so that the link
    /// reaches no more than it has to.
    pub(super) peer: &'a SecurityGroupId,
    pub(super) ports: BTreeSet<u16>,
}

/// Something that carries a security group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Carrier<'a> {
    LoadBalancer(&'a LoadBalancerArn),
    Link(&'a VpcLinkId),
}

/// What carries each security group, as far as a snapshot tells: load balancers and version 2
/// links. Interfaces of instances, functions and endpoints are in no snapshot.
#[derive(Debug, Clone)]
pub(super) struct Carriers<'a>(BTreeMap<&'a SecurityGroupId, BTreeSet<Carrier<'a>>>);

impl<'a> Carriers<'a> {
    pub(super) fn of(facts: &'a RegionFacts) -> Self {
        let mut carriers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let mut note = |group: &'a SecurityGroupId, by| {
            carriers.entry(group).or_default().insert(by);
        };
        for lb in facts.load_balancers.values() {
            for group in &lb.security_groups {
                note(group, Carrier::LoadBalancer(&lb.arn));
            }
        }
        for link in facts.v2_links.values() {
            if let LinkReach::V2 {
                security_groups, ..
            } = &link.reach
            {
                for group in security_groups {
                    note(group, Carrier::Link(&link.id));
                }
            }
        }
        Self(carriers)
    }

    pub(super) fn of_group(&self, group: &SecurityGroupId) -> impl Iterator<Item = Carrier<'a>> {
        self.0.get(group).into_iter().flatten().copied()
    }
}

impl Site<'_> {
    /// The groups and ports that a link has to be let out to.
    pub(super) fn lets_out(&self) -> BTreeSet<(SecurityGroupId, u16)> {
        let ports = self.ports.iter();
        ports.map(|port| (self.peer.clone(), *port)).collect()
    }
}

/// The ALBs of these listeners, by ARN; those that nothing can be said of wait.
pub(super) fn sites<'a>(
    ground: &Ground<'a>,
    wanted: &BTreeSet<Destination>,
    waiting: &mut Vec<Waiting>,
) -> Vec<Site<'a>> {
    let mut ports: BTreeMap<&LoadBalancerArn, BTreeSet<u16>> = BTreeMap::new();
    for to in wanted {
        ports.entry(&to.alb).or_default().insert(to.port);
    }
    let carriers = Carriers::of(ground.facts);
    let mut sites = Vec::new();
    for (alb, ports) in ports {
        match site(ground.facts, &carriers, alb, ports) {
            Ok(site) => sites.push(site),
            Err(missing) => waiting.push(not_seen(alb, &missing)),
        }
    }
    sites
}

fn not_seen(alb: &LoadBalancerArn, missing: &str) -> Waiting {
    Waiting {
        code: WaitingCode::NotSeen,
        what: Subject::Alb(alb.clone()),
        finding: None,
        why: Text::from(format!(
            "{missing}, so whether a link reaches {} is not known",
            alb.name()
        )),
        next: Text::new(
            "let the scan read it (its gaps say what was denied), then scan and plan again",
        ),
        flag: None,
    }
}

/// What a scan saw around an ALB, or what it did not see.
fn site<'a>(
    facts: &'a RegionFacts,
    carriers: &Carriers<'_>,
    alb: &LoadBalancerArn,
    ports: BTreeSet<u16>,
) -> Result<Site<'a>, String> {
    let alb = facts.load_balancers.get(alb);
    let alb = alb.ok_or("the load balancer was not read")?;
    let vpc = alb.vpc.as_ref().ok_or("its VPC is not known")?;
    let vpc = facts.vpcs.get(vpc);
    let vpc = vpc.ok_or("its VPC was not read")?;
    let part = |name: &str| format!("{name} of {} were not read", vpc.id);
    let known = vpc.subnets.as_deref().ok_or_else(|| part("subnets"))?;
    let all = vpc.security_groups.as_deref();
    let all = all.ok_or_else(|| part("security groups"))?;
    let acls = vpc.network_acls.as_deref();
    let acls = acls.ok_or_else(|| part("network ACLs"))?;
    let ids: BTreeSet<&SubnetId> = alb.zones.iter().filter_map(|z| z.subnet.as_ref()).collect();
    let of = |id: &SubnetId| {
        let found = known.iter().find(|subnet| subnet.id == *id);
        found.ok_or_else(|| format!("subnet {id} was not read"))
    };
    let subnets: Vec<&Subnet> = ids.into_iter().map(of).collect::<Result<_, _>>()?;
    let of = |id: &SecurityGroupId| {
        group_of(all, id).ok_or_else(|| format!("security group {id} was not read"))
    };
    let groups = alb.security_groups.iter().map(of);
    let groups: Vec<&SecurityGroup> = groups.collect::<Result<_, _>>()?;
    let few = |group: &&&SecurityGroup| carriers.of_group(&group.id).count();
    let peer = groups.iter().min_by_key(few);
    let peer = &peer.ok_or("its security groups are not known")?.id;
    if subnets.is_empty() {
        return Err("its subnets are not known".to_owned());
    }
    Ok(Site {
        alb,
        vpc,
        acls,
        subnets,
        peer,
        groups,
        ports,
    })
}
