//! How an ALB lets a link in: by a rule that is there, by one that the plan adds to a security group
//! that may be changed, or by one that its owner has to add (H16, H33).

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::finding::{FindingCode, OwnedKind};
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId, StepId, VpcId};
use unbridge_model::network::{SecurityGroup, SecurityRule, Subnet};
use unbridge_model::plan::choices::{Doubt, LinkPer};
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool};
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;
use unbridge_scanner::passage::{group_passes, range_passes};

use super::elsewhere::opened_there;
use super::site::{Carrier, Carriers, Site};
use crate::ground::Ground;
use crate::owners::{Owner, Owners};
use crate::quotas::RULES;

/// Who wants in.
#[derive(Debug)]
pub(super) struct Caller<'c> {
    /// Where it stands.
    pub(super) subnets: &'c [&'c Subnet],
    pub(super) peer: Peer<'c>,
}

/// What it carries.
#[derive(Debug, Clone)]
pub(super) enum Peer<'c> {
    /// A group that this step makes.
    New(StepId),
    /// These.
    Standing(Vec<&'c SecurityGroup>),
}

/// How an ALB lets a link in on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// By what it lets in anyway: an address range, or several ports.
    Anyway,
    /// By a rule of this group of its own for this port and this group of the link.
    Stands {
        group: SecurityGroupId,
        peer: SecurityGroupId,
    },
    /// By a rule that is added to this group of its own.
    Added { group: SecurityGroupId },
}

/// Why an ALB lets nobody in.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) waiting: Waiting,
    pub(super) elsewhere: Vec<Elsewhere>,
}

/// Rules that a plan adds to groups of ALBs: group, port, and what tells the peer.
#[derive(Debug, Default)]
pub(super) struct Added {
    rules: BTreeSet<NewRule>,
    /// The same, in the order in which they were added.
    order: Vec<NewRule>,
}

type NewRule = (SecurityGroupId, u16, Text);

impl Added {
    fn to(&self, group: &SecurityGroupId) -> usize {
        let of_group = self.rules.range((group.clone(), 0, Text::new(""))..);
        of_group.take_while(|(to, ..)| to == group).count()
    }

    fn add(&mut self, rule: NewRule) {
        if self.rules.insert(rule.clone()) {
            self.order.push(rule);
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Forgets all but so many that were added first.
    pub(super) fn shorten(&mut self, len: usize) {
        for rule in self.order.drain(len..) {
            self.rules.remove(&rule);
        }
    }
}

/// The security groups of ALBs, and who may change them.
pub(super) struct Doors<'g> {
    pub(super) ground: &'g Ground<'g>,
    carriers: Carriers<'g>,
    owners: Owners,
    /// ALBs that are to be reached, with their VPCs.
    wanted: BTreeMap<&'g LoadBalancerArn, &'g VpcId>,
}

/// What keeps a rule from being added to a group.
#[derive(Debug)]
enum Shut {
    Kept(Owner),
    /// These carry it too, and would let the link in as well.
    Shared(Vec<String>),
    Full,
    /// It names these prefix lists, each of which counts as many rules as it may have entries.
    RoomUnknown(Vec<Text>),
}

impl Caller<'_> {
    /// Whether it comes from a group that one of these rules names for this port, or wholly from
    /// address ranges that they name.
    fn passes<'r>(&self, rules: impl Iterator<Item = &'r SecurityRule> + Clone, port: u16) -> bool {
        let named = |group: &&SecurityGroup| group_passes(rules.clone(), port, &group.id);
        let inside = |subnet: &&Subnet| range_passes(rules.clone(), port, &subnet.cidr);
        let by_group = match &self.peer {
            Peer::New(_) => false,
            Peer::Standing(groups) => groups.iter().any(named),
        };
        by_group || self.subnets.iter().all(inside)
    }

    /// What tells it from others.
    fn key(&self) -> Text {
        match &self.peer {
            Peer::New(step) => Text::from(step.to_string()),
            Peer::Standing(groups) => {
                let first = groups.first();
                first.map_or_else(|| Text::new(""), |group| group.id.clone().into())
            }
        }
    }
}

impl<'g> Doors<'g> {
    pub(super) fn of(ground: &'g Ground<'g>, sites: &[Site<'g>]) -> Self {
        let here = ground.assessment.nlbs.iter();
        let here = here.filter(|nlb| nlb.region == *ground.region);
        Self {
            ground,
            carriers: Carriers::of(ground.facts),
            owners: Owners::of(here),
            wanted: sites
                .iter()
                .map(|site| (&site.alb.arn, &site.vpc.id))
                .collect(),
        }
    }

    /// How an ALB lets a link in on every port that is asked for.
    pub(super) fn admit(
        &self,
        added: &mut Added,
        site: &Site<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<(u16, Entry)>, Refused> {
        let before = added.len();
        let (mut entries, mut shut) = (Vec::new(), Vec::new());
        for port in site.ports.iter().copied() {
            let entry = standing(site, caller, port);
            match entry.or_else(|| self.add(added, site, caller, port)) {
                Some(entry) => entries.push((port, entry)),
                None => shut.push(port),
            }
        }
        if shut.is_empty() {
            return Ok(entries);
        }
        let refused = self.refused(added, site, caller, &shut);
        added.shorten(before);
        Err(refused)
    }

    /// How it lets a link in without anything being added.
    pub(super) fn admits(site: &Site<'_>, caller: &Caller<'_>) -> Option<Vec<(u16, Entry)>> {
        let ports = site.ports.iter();
        ports
            .map(|port| Some((*port, standing(site, caller, *port)?)))
            .collect()
    }

    fn add(
        &self,
        added: &mut Added,
        site: &Site<'_>,
        caller: &Caller<'_>,
        port: u16,
    ) -> Option<Entry> {
        let rule = |group: &SecurityGroup| (group.id.clone(), port, caller.key());
        let is_added = |group: &&&SecurityGroup| added.rules.contains(&rule(group));
        let groups = site.groups.iter();
        let open = groups.filter(|group| self.shut(added, site, group).is_empty());
        let group = site
            .groups
            .iter()
            .find(is_added)
            .or_else(|| open.min_by_key(|group| !prefix_lists(group).is_empty()))?;
        added.add(rule(group));
        Some(Entry::Added {
            group: group.id.clone(),
        })
    }

    /// Everything that keeps a rule from being added to a group of an ALB.
    fn shut(&self, added: &Added, site: &Site<'_>, group: &SecurityGroup) -> Vec<Shut> {
        let mut found = Vec::new();
        let id = group.id.clone().into();
        let owner = self
            .owners
            .keeps(self.ground, OwnedKind::SecurityGroup, &id);
        found.extend(owner.map(Shut::Kept));
        let others = self.others(site, group);
        let doubt = Doubt::SharedSecurityGroup;
        if !others.is_empty() && !self.ground.choices.doubts.contains(&doubt) {
            found.push(Shut::Shared(others));
        }
        let standing: usize = group.ingress.iter().map(|rule| rule.peers.len()).sum();
        let lists = prefix_lists(group);
        if standing + added.to(&group.id) >= RULES {
            found.push(Shut::Full);
        } else if !lists.is_empty() && !self.ground.choices.doubts.contains(&Doubt::PrefixListRules)
        {
            found.push(Shut::RoomUnknown(lists));
        }
        found
    }

    /// What else carries a group and is not to be reached by the same link.
    fn others(&self, site: &Site<'_>, group: &SecurityGroup) -> Vec<String> {
        let along = |alb: &LoadBalancerArn| match self.ground.choices.links {
            LinkPer::Alb => *alb == site.alb.arn,
            LinkPer::Vpc => self.wanted.get(alb) == Some(&&site.vpc.id),
        };
        let others = self.carriers.of_group(&group.id);
        let others = others.filter_map(|carrier| match carrier {
            Carrier::LoadBalancer(lb) if along(lb) => None,
            Carrier::LoadBalancer(lb) => Some(lb.name().to_owned()),
            Carrier::Link(link) => Some(format!("link {link}")),
        });
        others.collect()
    }

    fn refused(
        &self,
        added: &Added,
        site: &Site<'_>,
        caller: &Caller<'_>,
        ports: &[u16],
    ) -> Refused {
        let groups = site.groups.iter();
        let shut: Vec<(&SecurityGroup, Vec<Shut>)> = groups
            .map(|group| (*group, self.shut(added, site, group)))
            .collect();
        let words = shut.iter().map(|(group, shut)| {
            let why: Vec<String> = shut.iter().map(Shut::words).collect();
            format!("{} ({})", group.id, why.join("; "))
        });
        let words: Vec<String> = words.collect();
        // That which the fewest words open.
        let best = shut.iter().min_by_key(|(_, shut)| {
            let full = shut.iter().any(|one| matches!(one, Shut::Full));
            (full, shut.len())
        });
        let (mut elsewhere, mut flag) = (Vec::new(), None);
        if let Some((group, shut)) = best {
            let flags = shut.iter().map(|one| one.flag(group));
            flag = flags.collect::<Option<Vec<String>>>();
            for one in shut {
                if let (Shut::Kept(owner), true) = (one, flag.is_some()) {
                    elsewhere = opened_there(owner, group, site, caller.subnets, ports);
                }
            }
        }
        let next = match (elsewhere.is_empty(), flag.is_some()) {
            (false, _) => {
                "add the rule where the group is described, apply it and scan again; or say that it may be added here"
            }
            (true, true) => "say that the rule may be added",
            (true, false) => {
                "make room in one of the groups, or give the ALB another group, then scan again"
            }
        };
        let list: Vec<String> = ports.iter().map(u16::to_string).collect();
        let why = format!(
            "{} does not let the link in on port {}, and to none of its security groups a rule may be added: {}",
            site.alb.name,
            list.join(", "),
            words.join(", ")
        );
        Refused {
            waiting: Waiting {
                code: WaitingCode::NoGroupToOpen,
                what: Subject::Alb(site.alb.arn.clone()),
                finding: Some(FindingCode::AlbSecurityGroupClosed),
                why: Text::from(why),
                next: Text::new(next),
                flag: flag.map(|flags| Text::from(flags.join(" "))),
            },
            elsewhere,
        }
    }
}

/// The prefix lists that rules of a group let in. What one counts is not in a snapshot: CloudFront's
/// counts 55 (Amazon VPC user guide, "AWS-managed prefix lists").
fn prefix_lists(group: &SecurityGroup) -> Vec<Text> {
    let peers = group.ingress.iter().flat_map(|rule| &rule.peers);
    let lists = peers.filter(|peer| peer.starts_with("pl-"));
    let lists: BTreeSet<&Text> = lists.collect();
    lists.into_iter().cloned().collect()
}

/// How an ALB lets a link in on a port as it stands.
fn standing(site: &Site<'_>, caller: &Caller<'_>, port: u16) -> Option<Entry> {
    if let Peer::Standing(peers) = &caller.peer {
        for group in &site.groups {
            let this = |peer: &&&SecurityGroup| {
                let mut rules = group.ingress.iter();
                rules.any(|rule| is_just(rule, port, &peer.id))
            };
            if let Some(peer) = peers.iter().find(this) {
                return Some(Entry::Stands {
                    group: group.id.clone(),
                    peer: peer.id.clone(),
                });
            }
        }
    }
    let rules = site.groups.iter().flat_map(|group| &group.ingress);
    caller.passes(rules, port).then_some(Entry::Anyway)
}

/// Whether a rule is one that a plan would add: TCP, this port and no other, this group.
pub(super) fn is_just(rule: &SecurityRule, port: u16, peer: &SecurityGroupId) -> bool {
    let port = Some(i32::from(port));
    let named = rule.peers.iter().any(|known| *known == *peer.as_str());
    rule.protocol == "tcp" && rule.from_port == port && rule.to_port == port && named
}

impl Shut {
    fn words(&self) -> String {
        match self {
            Self::Kept(owner) => match owner.tool {
                OwnerTool::Unknown => "nothing says who owns it".to_owned(),
                OwnerTool::Cloudformation
                | OwnerTool::Terraform
                | OwnerTool::Kubernetes
                | OwnerTool::Beanstalk
                | OwnerTool::RefactorSpaces => format!("{} owns it", owner.tool),
            },
            Self::Shared(others) => format!("{} carry it too", others.join(", ")),
            Self::Full => format!("it has {RULES} rules, and may have no more"),
            Self::RoomUnknown(lists) => {
                let lists: Vec<&str> = lists.iter().map(Text::as_str).collect();
                format!(
                    "it names {}, and a prefix list counts as many rules as it may have entries, so whether it has room is not known",
                    lists.join(", ")
                )
            }
        }
    }

    fn flag(&self, group: &SecurityGroup) -> Option<String> {
        match self {
            Self::Kept(_) => Some(format!("--edit {}", group.id)),
            Self::Shared(_) => Some(format!("--accept {}", Doubt::SharedSecurityGroup)),
            Self::RoomUnknown(_) => Some(format!("--accept {}", Doubt::PrefixListRules)),
            Self::Full => None,
        }
    }
}
