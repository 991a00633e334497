//! Links that stand already: ours, and those that somebody named (H34).
//!
//! A link cannot be changed, so one is used as it is or not at all. A rule that lets it in is added
//! only for one that was named: where a rule for ours is gone, somebody took it away.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::id::{SecurityGroupId, SubnetId, VpcId, VpcLinkId};
use unbridge_model::journal::{PLAN_TAG, RUN_TAG};
use unbridge_model::network::{Direction, SecurityGroup, Subnet};
use unbridge_model::plan::Undo;
use unbridge_model::plan::choices::LinkPer;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;
use unbridge_scanner::passage::{group_of, group_passes, range_passes};

use super::entry::{Added, Caller, Doors, Entry, Peer, is_just};
use super::make::{let_in_by, rule, rule_stands};
use super::site::Site;
use super::subnets::between_words;
use super::{Links, Reach};
use crate::ground::Ground;

/// Why a link may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Named,
    Ours,
}

/// A link that may be used.
#[derive(Debug)]
struct Standing<'a> {
    id: &'a VpcLinkId,
    claim: Claim,
    vpc: &'a VpcId,
    subnets: Vec<&'a Subnet>,
    groups: Vec<&'a SecurityGroup>,
}

/// A link, an ALB and how it lets the link in.
type Found<'s, 'a> = (&'s Standing<'a>, Vec<(u16, Entry)>);

/// Reaches what links that stand can reach; gives back the rest.
pub(super) fn take<'a>(
    ground: &Ground<'a>,
    sites: Vec<Site<'a>>,
    doors: &Doors<'_>,
    added: &mut Added,
    links: &mut Links,
) -> Vec<Site<'a>> {
    let standing = standing(ground, &sites, &mut links.waiting);
    let mut rest = Vec::new();
    for site in sites {
        match find(ground, &standing, &site, doors, added, links) {
            Search::Found((link, entries)) => lead(link, &site, entries, links),
            Search::Nothing => rest.push(site),
            Search::NotLetIn => {}
        }
    }
    rest
}

enum Search<'s, 'a> {
    Found(Found<'s, 'a>),
    /// A link that was named would do, and nobody lets it in.
    NotLetIn,
    Nothing,
}

fn find<'s, 'a>(
    ground: &Ground<'_>,
    standing: &'s [Standing<'a>],
    site: &Site<'a>,
    doors: &Doors<'_>,
    added: &mut Added,
    links: &mut Links,
) -> Search<'s, 'a> {
    let mut shut = None;
    for link in standing.iter().filter(|link| *link.vpc == site.vpc.id) {
        let caller = Caller {
            subnets: &link.subnets,
            peer: Peer::Standing(link.groups.clone()),
        };
        match (link.keeps_from(site), link.claim) {
            (None, Claim::Named) => match doors.admit(added, site, &caller) {
                Ok(entries) => return Search::Found((link, entries)),
                Err(why) => shut = shut.or(Some(why)),
            },
            (None, Claim::Ours) => {
                let narrow = ground.choices.links == LinkPer::Vpc || link.reaches_only(site);
                if let (Some(entries), true) = (Doors::admits(site, &caller), narrow) {
                    return Search::Found((link, entries));
                }
            }
            (Some(why), Claim::Named) => links.waiting.push(unusable(
                link.id,
                format!("it does not reach {}: {why}", site.alb.name),
            )),
            (Some(_), Claim::Ours) => {}
        }
    }
    match shut {
        Some(why) => {
            links.refuse(why);
            Search::NotLetIn
        }
        None => Search::Nothing,
    }
}

/// Leads to an ALB over a link that stands.
fn lead(link: &Standing<'_>, site: &Site<'_>, entries: Vec<(u16, Entry)>, links: &mut Links) {
    let used = Later::Known(link.id.clone());
    let available = Condition::LinkAvailable { link: used.clone() };
    let mut admitted = vec![available.clone()];
    for (port, entry) in entries {
        let peer = link.groups.first();
        let Some(peer) = peer.map(|group| Later::Known(group.id.clone())) else {
            continue;
        };
        if let Entry::Added { group } = &entry
            && let Some(step) = links.let_in(site, port, group, &peer)
        {
            let gone = Condition::RuleGone {
                group: Later::Known(group.clone()),
                rule: rule(Direction::Ingress, port, peer.clone()),
            };
            step.preconditions = vec![available.clone(), gone];
            // By then others may go over the link, and rely on the rule.
            if let Undo::Operation { only_if, .. } = &mut step.undo {
                only_if.push(Condition::LinkUnused { link: used.clone() });
            }
        }
        admitted.extend(link.let_out_by(site, port));
        admitted.push(let_in_by(entry, port, site, &peer, &used));
    }
    let reach = Reach {
        link: used,
        admitted,
    };
    links.reach.insert(site.alb.arn.clone(), reach);
}

/// Links that may be used, those that were named first. Named ones that cannot be used at all wait.
fn standing<'a>(
    ground: &Ground<'a>,
    sites: &[Site<'a>],
    waiting: &mut Vec<Waiting>,
) -> Vec<Standing<'a>> {
    let vpcs: BTreeSet<&VpcId> = sites.iter().map(|site| &site.vpc.id).collect();
    let mut found = Vec::new();
    for id in &ground.choices.use_links {
        match named(ground, id) {
            Ok(link) if !vpcs.contains(link.vpc) => waiting.push(unusable(
                id,
                format!("it stands in {}, where nothing is to be moved to", link.vpc),
            )),
            Ok(link) => found.push(link),
            Err(why) => waiting.push(unusable(id, why)),
        }
    }
    let ours =
        |link: &&VpcLink| link.tags.contains_key(PLAN_TAG) || link.tags.contains_key(RUN_TAG);
    for link in ground.facts.v2_links.values().filter(ours) {
        if !ground.choices.use_links.contains(&link.id) {
            found.extend(Standing::of(ground, link, Claim::Ours).ok());
        }
    }
    found
}

fn named<'a>(ground: &Ground<'a>, id: &VpcLinkId) -> Result<Standing<'a>, String> {
    let facts = ground.facts;
    match facts.v2_links.get(id) {
        Some(link) => Standing::of(ground, link, Claim::Named),
        None if facts.v1_links.contains_key(id) => Err("it is a link of version 1".to_owned()),
        None => Err(format!("{} has no such link", ground.region)),
    }
}

fn unusable(link: &VpcLinkId, why: String) -> Waiting {
    Waiting {
        code: WaitingCode::LinkUnusable,
        what: Subject::VpcLink(link.clone()),
        finding: None,
        why: Text::from(why),
        next: Text::new("name another link, or none: then one is made"),
        flag: None,
    }
}

impl<'a> Standing<'a> {
    fn of(ground: &Ground<'a>, link: &'a VpcLink, claim: Claim) -> Result<Self, String> {
        if link.status != *"AVAILABLE" {
            return Err(format!("it is {}, not AVAILABLE", link.status));
        }
        let LinkReach::V2 {
            subnets,
            security_groups,
        } = &link.reach
        else {
            return Err("it is a link of version 1".to_owned());
        };
        let all = || ground.facts.vpcs.values();
        let subnet = |id: &SubnetId| {
            let mut known = all().flat_map(|vpc| vpc.subnets.iter().flatten());
            let found = known.find(|subnet| subnet.id == *id);
            found.ok_or_else(|| format!("its subnet {id} is in no VPC that was read"))
        };
        let group = |id: &SecurityGroupId| {
            let mut known = all().filter_map(|vpc| group_of(vpc.security_groups.as_ref()?, id));
            let found = known.next();
            found.ok_or_else(|| format!("its security group {id} is in no VPC that was read"))
        };
        let subnets: Vec<&Subnet> = subnets.iter().map(subnet).collect::<Result<_, _>>()?;
        let groups: Vec<_> = security_groups
            .iter()
            .map(group)
            .collect::<Result<_, _>>()?;
        let vpc = subnets.first().ok_or("its subnets are not known")?;
        if groups.is_empty() {
            return Err(
                "it names no security group, and which its interfaces have is not known".to_owned(),
            );
        }
        Ok(Self {
            id: &link.id,
            claim,
            vpc: &vpc.vpc,
            subnets,
            groups,
        })
    }

    /// What keeps it from an ALB, as far as the link goes.
    fn keeps_from(&self, site: &Site<'_>) -> Option<String> {
        let closed = site
            .ports
            .iter()
            .find(|port| !self.is_let_out(site, **port));
        if let Some(port) = closed {
            let to: Vec<&str> = site.groups.iter().map(|group| group.id.as_str()).collect();
            return Some(format!(
                "its security groups let nothing out on port {port} to {} nor to the ALB's subnets",
                to.join(", ")
            ));
        }
        between_words(&self.subnets, site)
    }

    fn is_let_out(&self, site: &Site<'_>, port: u16) -> bool {
        let rules = || self.groups.iter().flat_map(|group| &group.egress);
        let mut to = site.groups.iter();
        let mut inside = site.subnets.iter();
        to.any(|group| group_passes(rules(), port, &group.id))
            || inside.all(|subnet| range_passes(rules(), port, &subnet.cidr))
    }

    /// The rule that lets it out and that can be asked about.
    fn let_out_by(&self, site: &Site<'_>, port: u16) -> Option<Condition> {
        let ways = self
            .groups
            .iter()
            .flat_map(|own| site.groups.iter().map(move |to| (own, to)));
        let mut ways = ways.filter(|(own, to)| {
            let mut rules = own.egress.iter();
            rules.any(|rule| is_just(rule, port, &to.id))
        });
        let (own, to) = ways.next()?;
        let out = rule(Direction::Egress, port, Later::Known(to.id.clone()));
        Some(rule_stands(&Later::Known(own.id.clone()), out))
    }

    /// Whether it is let out to the groups of this ALB and to nothing else.
    fn reaches_only(&self, site: &Site<'_>) -> bool {
        let rules = self.groups.iter().flat_map(|group| &group.egress);
        let mut peers = rules.flat_map(|rule| &rule.peers);
        peers.all(|peer| site.groups.iter().any(|group| *peer == *group.id.as_str()))
    }
}
