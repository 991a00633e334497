//! Which subnets a new link stands in: those of its ALBs in which nothing is in its way, one for
//! each zone (H11, H34).

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::finding::FindingCode;
use unbridge_model::id::{AccountId, SubnetId};
use unbridge_model::network::Subnet;
use unbridge_model::plan::choices::LinkPer;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;
use unbridge_scanner::passage::{Between, ZoneHasLinks, between, zone_has_links};

use super::site::Site;
use crate::ground::Ground;

/// Subnets of a link. Source: API Gateway developer guide, "Quotas for configuring and running an
/// HTTP API", L-668C9B28.
const SUBNETS: usize = 10;

/// Where a link stands.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    /// The ALBs that it reaches from everywhere.
    pub(super) sites: Vec<Site<'a>>,
    /// Its subnets, by id.
    pub(super) subnets: Vec<&'a Subnet>,
}

/// What is in a link's way in a subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
enum InTheWay<'a> {
    SharedBy(&'a AccountId),
    NoLinksInZone(&'a Text),
    RegionNotListed,
    Full,
    /// This ACL stands between it and a subnet of the ALB.
    Refused {
        acl: &'a Text,
        to: &'a SubnetId,
    },
    /// Whether an ACL stands between it and a subnet of the ALB was not seen.
    NotSeen {
        to: &'a SubnetId,
    },
}

/// Puts a link where it reaches the most of these ALBs; the others wait. `None` when it reaches
/// none.
pub(super) fn place<'a>(
    ground: &Ground<'a>,
    sites: Vec<Site<'a>>,
    waiting: &mut Vec<Waiting>,
) -> Option<Placed<'a>> {
    let own = sites.iter().flat_map(|site| &site.subnets);
    let subnets: BTreeMap<&SubnetId, &Subnet> = own.map(|subnet| (&subnet.id, *subnet)).collect();
    let mut reaching: Vec<(&Subnet, BTreeSet<usize>)> = Vec::new();
    for subnet in subnets.into_values() {
        if standing(ground, subnet).is_empty() {
            let reached = sites.iter().enumerate();
            let reached = reached.filter(|(_, site)| on_the_way(subnet, site).is_none());
            reaching.push((subnet, reached.map(|(at, _)| at).collect()));
        }
    }
    let mut most = BTreeSet::new();
    for (_, reached) in &reaching {
        if reached.len() > most.len() {
            most.clone_from(reached);
        }
    }
    let (mut kept, mut usable) = (Vec::new(), Vec::new());
    for (at, site) in sites.into_iter().enumerate() {
        if most.contains(&at) {
            kept.push(site);
        } else {
            waiting.push(no_usable_subnet(ground, &site));
        }
    }
    for (subnet, reached) in reaching {
        if reached.is_superset(&most) {
            usable.push(subnet);
        }
    }
    (!kept.is_empty()).then(|| Placed {
        sites: kept,
        subnets: one_in_each_zone(usable),
    })
}

/// The one with the most free addresses in each zone, and no more than a link may have.
fn one_in_each_zone(subnets: Vec<&Subnet>) -> Vec<&Subnet> {
    let mut zones: BTreeMap<&Text, &Subnet> = BTreeMap::new();
    for subnet in subnets {
        let best = zones.entry(&subnet.zone_id).or_insert(subnet);
        if subnet.free_addresses > best.free_addresses {
            *best = subnet;
        }
    }
    let mut chosen: Vec<&Subnet> = zones.into_values().take(SUBNETS).collect();
    chosen.sort_by_key(|subnet| &subnet.id);
    chosen
}

/// What keeps any link out of a subnet.
fn standing<'a>(ground: &Ground<'a>, subnet: &'a Subnet) -> Vec<InTheWay<'a>> {
    let choices = ground.choices;
    let mut found = Vec::new();
    let shared = subnet.owner != *ground.account;
    if shared && !choices.findings.contains(&FindingCode::SharedVpc) {
        found.push(InTheWay::SharedBy(&subnet.owner));
    }
    if !choices.zones.contains(&subnet.zone_id) {
        match zone_has_links(ground.region, &subnet.zone_id) {
            ZoneHasLinks::Yes => {}
            ZoneHasLinks::No => found.push(InTheWay::NoLinksInZone(&subnet.zone_id)),
            ZoneHasLinks::RegionNotListed => {
                if !choices.findings.contains(&FindingCode::RegionNotSupported) {
                    found.push(InTheWay::RegionNotListed);
                }
            }
        }
    }
    if subnet.free_addresses == 0 {
        found.push(InTheWay::Full);
    }
    found
}

/// What keeps a link in a subnet from an ALB.
fn on_the_way<'a>(subnet: &Subnet, site: &Site<'a>) -> Option<InTheWay<'a>> {
    let ways = site.subnets.iter();
    let ways = ways.flat_map(|to| site.ports.iter().map(move |port| (to, *port)));
    let mut met = ways.map(|(to, port)| match between(site.acls, subnet, to, port) {
        Between::Open => None,
        Between::Refused(acl) => Some(InTheWay::Refused {
            acl: &acl.id,
            to: &to.id,
        }),
        Between::NotSeen => Some(InTheWay::NotSeen { to: &to.id }),
    });
    met.find_map(|met| met)
}

/// The network ACL between one of these subnets and an ALB, in words.
pub(super) fn between_words(subnets: &[&Subnet], site: &Site<'_>) -> Option<String> {
    let mut subnets = subnets.iter();
    subnets.find_map(|subnet| {
        let met = on_the_way(subnet, site)?;
        Some(format!("from its subnet {}, {}", subnet.id, met.words()))
    })
}

impl InTheWay<'_> {
    fn words(&self) -> String {
        match self {
            Self::SharedBy(owner) => format!("account {owner} owns it"),
            Self::NoLinksInZone(zone) => {
                format!("AWS lists no version 2 links in its zone {zone}")
            }
            Self::RegionNotListed => "AWS's list of zones leaves out its region".to_owned(),
            Self::Full => "it has no free address".to_owned(),
            Self::Refused { acl, to } => {
                format!("network ACL {acl} does not let requests or answers through to {to}")
            }
            Self::NotSeen { to } => format!("the network ACL between it and {to} was not read"),
        }
    }

    fn finding(&self) -> Option<FindingCode> {
        match self {
            Self::SharedBy(_) => Some(FindingCode::SharedVpc),
            Self::NoLinksInZone(_) => Some(FindingCode::AzNotSupported),
            Self::RegionNotListed => Some(FindingCode::RegionNotSupported),
            Self::Full => Some(FindingCode::NoFreeAddresses),
            Self::Refused { .. } => Some(FindingCode::NaclBlocksLink),
            Self::NotSeen { .. } => None,
        }
    }

    /// The flag that takes it out of the way.
    fn flag(&self) -> Option<String> {
        match self {
            Self::NoLinksInZone(zone) => Some(format!("--zone {zone}")),
            Self::SharedBy(_) => Some("--accept shared-vpc".to_owned()),
            Self::RegionNotListed => Some("--accept region-not-supported".to_owned()),
            Self::Full | Self::Refused { .. } | Self::NotSeen { .. } => None,
        }
    }
}

/// Everything that keeps a link in a subnet of an ALB from it.
fn all<'a>(ground: &Ground<'a>, subnet: &'a Subnet, site: &Site<'a>) -> Vec<InTheWay<'a>> {
    let mut found = standing(ground, subnet);
    found.extend(on_the_way(subnet, site));
    found
}

/// Says of each subnet of an ALB what is in the way there.
fn no_usable_subnet<'a>(ground: &Ground<'a>, site: &Site<'a>) -> Waiting {
    let mut waiting = Waiting {
        code: WaitingCode::NoUsableSubnet,
        what: Subject::Alb(site.alb.arn.clone()),
        finding: None,
        why: Text::new(""),
        next: Text::new(""),
        flag: None,
    };
    let mut own = site.subnets.iter();
    let alone = own.any(|subnet| all(ground, subnet, site).is_empty());
    if alone && ground.choices.links == LinkPer::Vpc {
        waiting.finding = Some(FindingCode::NaclBlocksLink);
        waiting.why = Text::from(format!(
            "network ACLs of {} leave no subnet from which one link reaches this ALB and the others that are to be moved",
            site.vpc.id
        ));
        waiting.next = Text::new("make a link for each ALB, or leave the others out");
        waiting.flag = Some(Text::from(format!("--links {}", LinkPer::Alb)));
        return waiting;
    }
    let mut findings = BTreeSet::new();
    let mut why = Vec::new();
    let mut flags: Option<Vec<String>> = None;
    for subnet in &site.subnets {
        let found = all(ground, subnet, site);
        findings.extend(found.iter().map(InTheWay::finding));
        let words: Vec<String> = found.iter().map(InTheWay::words).collect();
        why.push(format!("{}: {}", subnet.id, words.join(", ")));
        let helping: Option<Vec<String>> = found.iter().map(InTheWay::flag).collect();
        if let Some(helping) = helping
            && flags
                .as_ref()
                .is_none_or(|flags| helping.len() < flags.len())
        {
            flags = Some(helping);
        }
    }
    if let [one] = Vec::from_iter(findings)[..] {
        waiting.finding = one;
    }
    waiting.why = Text::from(format!("no subnet can hold the link; {}", why.join("; ")));
    waiting.next = Text::new(match flags {
        Some(_) => "take it upon yourself, or change one of the subnets, then scan and plan again",
        None => "change one of the subnets, then scan and plan again",
    });
    waiting.flag = flags.map(|flags| Text::from(flags.join(" ")));
    waiting
}
