//! Version 2 links for what is moved, and the security groups and subnets they stand in (H11, H33,
//! H34): which link reaches which ALB, made by the plan or there already.
//!
//! ALBs that nothing can lead to are left out one by one, each with the reason; links are made for
//! the rest.

mod elsewhere;
mod entry;
mod make;
mod reuse;
mod site;
mod subnets;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::finding::FindingCode;
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId, StepId, SubnetId, VpcLinkId};
use unbridge_model::network::Direction;
use unbridge_model::plan::Step;
use unbridge_model::plan::choices::{Doubt, LinkPer};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::elsewhere::Elsewhere;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;
use unbridge_scanner::passage::LINKS;

use crate::ground::{Destination, Ground};
use crate::objects::ById;
use crate::quotas::RULES;
use entry::{Added, Caller, Doors, Peer, Refused};
use make::NewLink;
use site::Site;

/// Links that lead to every ALB that can be led to.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// The steps that make them, in order.
    pub(crate) steps: Vec<Step>,
    /// Rules that the steps add to groups of ALBs: whom they let in, by group and port.
    let_in: BTreeMap<(SecurityGroupId, u16), Vec<Later<SecurityGroupId>>>,
    /// How each ALB is reached; one that is missing waits.
    pub(crate) reach: BTreeMap<LoadBalancerArn, Reach>,
    /// What waits, and for what.
    pub(crate) waiting: Vec<Waiting>,
    /// Rules that others have to add.
    pub(crate) elsewhere: Vec<Elsewhere>,
}

/// How an ALB is reached.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// The link.
    pub(crate) link: Later<VpcLinkId>,
    /// What has to hold for its requests to be let in: asked before they are proven, and again
    /// before each canary step.
    pub(crate) admitted: Vec<Condition>,
}

/// A link that is to be made, as far as others have to know it.
#[derive(Debug)]
pub(crate) struct Planned<'l> {
    /// The ALBs that it leads to.
    pub(crate) albs: Vec<&'l LoadBalancerArn>,
    pub(crate) subnets: &'l [SubnetId],
    /// The ports and groups that its own group lets it out to.
    pub(crate) lets_out: Vec<(u16, &'l SecurityGroupId)>,
}

/// Links to these listeners.
pub(crate) fn links(ground: &Ground<'_>, wanted: &BTreeSet<Destination>) -> Links {
    beside(ground, wanted, 0)
}

/// Links that the owners of APIs need to these listeners, beside those of a plan. They open security
/// groups where these are kept, which [`links`] tells; so what waits here is what no owner helps.
pub(crate) fn for_owners(
    ground: &Ground<'_>,
    wanted: &BTreeSet<Destination>,
    own: &Links,
) -> Links {
    let mut choices = ground.choices.clone();
    let albs = wanted.iter().map(|to| &to.alb);
    let albs = albs.filter_map(|alb| ground.facts.load_balancers.get(alb));
    let groups = albs.flat_map(|alb| &alb.security_groups);
    choices
        .edit
        .extend(groups.map(|group| group.clone().into()));
    let doubts = [Doubt::SharedSecurityGroup, Doubt::PrefixListRules];
    choices.doubts.extend(doubts);
    let known = ById::of(ground.facts);
    let ground = Ground {
        choices: &choices,
        known,
        plan_id: ground.plan_id.clone(),
        ..*ground
    };
    let makes = |step: &&Step| matches!(step.operation, Operation::CreateVpcLink { .. });
    let made = own.steps.iter().filter(makes).count();
    let mut links = beside(&ground, wanted, made);
    links.waiting.retain(|one| match &one.what {
        Subject::Alb(_) => one.code != WaitingCode::NoGroupToOpen,
        Subject::Nlb(_)
        | Subject::Api { .. }
        | Subject::Method { .. }
        | Subject::Stage(_)
        | Subject::Vpc(_)
        | Subject::VpcLink(_)
        | Subject::SecurityGroup(_) => false,
    });
    links
}

/// Links to these listeners, while a plan makes so many others.
fn beside(ground: &Ground<'_>, wanted: &BTreeSet<Destination>, made: usize) -> Links {
    let mut links = Links::default();
    let sites = site::sites(ground, wanted, &mut links.waiting);
    let doors = Doors::of(ground, &sites);
    let mut added = Added::default();
    let rest = reuse::take(ground, sites, &doors, &mut added, &mut links);
    let mut left = Quota::of(ground, made);
    for (label, sites) in shared_out(ground, rest) {
        let before = added.len();
        let Some(new) = fitted(&doors, label, sites, &mut added, &mut links) else {
            continue;
        };
        if left.take() {
            make::link(ground, new, &mut links);
        } else {
            added.shorten(before);
            links.waiting.extend(left.waiting(&new));
        }
    }
    links.waiting.sort();
    links.waiting.dedup();
    links.elsewhere.sort();
    links.elsewhere.dedup();
    links
}

/// The ALBs of each link that is to be made, with words that tell it from others.
fn shared_out<'a>(ground: &Ground<'_>, sites: Vec<Site<'a>>) -> Vec<(String, Vec<Site<'a>>)> {
    match ground.choices.links {
        LinkPer::Alb => sites
            .into_iter()
            .map(|site| (format!("alb-{}", site.alb.name), vec![site]))
            .collect(),
        LinkPer::Vpc => {
            let mut by_vpc: BTreeMap<_, Vec<Site<'a>>> = BTreeMap::new();
            for site in sites {
                by_vpc.entry(&site.vpc.id).or_default().push(site);
            }
            let mut shared_out = Vec::new();
            for (vpc, sites) in by_vpc {
                let parts = by_rules(sites);
                shared_out.extend(parts.into_iter().enumerate().map(|(at, part)| {
                    let label = match at {
                        0 => vpc.to_string(),
                        _ => format!("{vpc}-{}", at + 1),
                    };
                    (label, part)
                }));
            }
            shared_out
        }
    }
}

/// As few parts as do with one security group each, in order: it has a rule for every group and port
/// that it lets out to.
fn by_rules(sites: Vec<Site<'_>>) -> Vec<Vec<Site<'_>>> {
    let mut parts: Vec<Vec<Site<'_>>> = Vec::new();
    let mut rules: BTreeSet<(SecurityGroupId, u16)> = BTreeSet::new();
    for site in sites {
        let own = site.lets_out();
        let with: BTreeSet<_> = rules.union(&own).cloned().collect();
        match parts.last_mut() {
            Some(part) if with.len() <= RULES => {
                part.push(site);
                rules = with;
            }
            Some(_) | None => {
                parts.push(vec![site]);
                rules = own;
            }
        }
    }
    parts
}

/// A link that reaches all of those that it can reach; those that it cannot wait.
fn fitted<'a>(
    doors: &Doors<'a>,
    label: String,
    mut sites: Vec<Site<'a>>,
    added: &mut Added,
    links: &mut Links,
) -> Option<NewLink<'a>> {
    // Without those that nobody lets in, other subnets may do for the rest.
    loop {
        let placed = subnets::place(doors.ground, sites, &mut links.waiting)?;
        let caller = Caller {
            subnets: &placed.subnets,
            peer: Peer::New(make::group_step(&label)),
        };
        let before = added.len();
        let (mut admitted, mut refused) = (Vec::new(), Vec::new());
        for site in placed.sites {
            match doors.admit(added, &site, &caller) {
                Ok(entry) => admitted.push((site, entry)),
                Err(why) => refused.push(why),
            }
        }
        if refused.is_empty() {
            return Some(NewLink {
                label,
                subnets: placed.subnets,
                sites: admitted,
            });
        }
        added.shorten(before);
        refused.into_iter().for_each(|why| links.refuse(why));
        sites = admitted.into_iter().map(|(site, _)| site).collect();
    }
}

impl Links {
    /// The link that a step makes.
    pub(crate) fn planned(&self, by: &StepId) -> Option<Planned<'_>> {
        let made = self.steps.iter().find(|step| step.id == *by)?;
        let Operation::CreateVpcLink {
            subnets,
            security_groups,
            ..
        } = &made.operation
        else {
            return None;
        };
        let lets_out = self.steps.iter().filter_map(|step| match &step.operation {
            Operation::AuthorizeRule { group, rule }
                if rule.direction == Direction::Egress && security_groups.contains(group) =>
            {
                match &rule.peer {
                    Later::Known(peer) => Some((rule.port, peer)),
                    Later::From(_) => None,
                }
            }
            _ => None,
        });
        let to = self.reach.iter();
        let to = to.filter(|(_, reach)| reach.link.step() == Some(by));
        Some(Planned {
            albs: to.map(|(alb, _)| alb).collect(),
            subnets,
            lets_out: lets_out.collect(),
        })
    }

    fn refuse(&mut self, refused: Refused) {
        self.waiting.push(refused.waiting);
        self.elsewhere.extend(refused.elsewhere);
    }
}

/// How many links may still be made.
#[derive(Debug)]
struct Quota {
    standing: usize,
    /// How many there may be; `None` where AWS raised it to nobody knows what.
    most: Option<usize>,
    made: usize,
}

impl Quota {
    fn of(ground: &Ground<'_>, made: usize) -> Self {
        let standing = ground.facts.v2_links.len();
        let chosen = ground.choices.link_quota;
        let chosen = chosen.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        Self {
            standing,
            most: chosen.or((standing <= LINKS).then_some(LINKS)),
            made,
        }
    }

    fn take(&mut self) -> bool {
        let fits = self
            .most
            .is_some_and(|most| self.standing + self.made < most);
        self.made += usize::from(fits);
        fits
    }

    fn waiting(&self, new: &NewLink<'_>) -> Vec<Waiting> {
        let standing = self.standing;
        let why = match (self.most, self.made) {
            (None, _) => format!(
                "the region has {standing} version 2 links, more than the {LINKS} that every account may have: to how many AWS raised it, no scan tells"
            ),
            (Some(most), 0) => {
                format!("the region has {standing} version 2 links and may have {most}")
            }
            (Some(most), made) => format!(
                "the region has {standing} version 2 links, this plan makes {made}, and there may be {most}"
            ),
        };
        let next = "say how many there may be, have AWS raise it (Service Quotas, L-608BDCD4), or let a link that stands be used (--use-link)";
        let wait = |site: &Site<'_>| Waiting {
            code: WaitingCode::LinkQuota,
            what: Subject::Alb(site.alb.arn.clone()),
            finding: Some(FindingCode::LinkQuota),
            why: Text::new(&why),
            next: Text::new(next),
            flag: Some(Text::new("--link-quota N")),
        };
        new.sites.iter().map(|(site, _)| wait(site)).collect()
    }
}
