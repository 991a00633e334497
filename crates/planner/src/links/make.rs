//! The steps that make a link, its security group and the rules on both sides, and how each ALB is
//! then reached (H33).

use std::collections::BTreeMap;

use unbridge_model::id::{SecurityGroupId, StepId, VpcLinkId};
use unbridge_model::network::{Direction, Subnet};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{GroupRule, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Step, Undo};
use unbridge_model::text::Text;

use super::entry::Entry;
use super::site::Site;
use super::{Links, Reach};
use crate::ground::{Ground, back, back_if, step};

/// How long a new group may take to be seen everywhere, in seconds: EC2 is eventually consistent.
const GROUP_SECONDS: u32 = 60;

/// How long a link may take to become available, in seconds. Source: API Gateway developer guide,
/// "VPC links V2", says a few minutes; CloudFormation's reference says up to ten.
const LINK_SECONDS: u32 = 900;

/// A link that is to be made.
#[derive(Debug)]
pub(super) struct NewLink<'a> {
    /// Tells it from others of the plan.
    pub(super) label: String,
    pub(super) subnets: Vec<&'a Subnet>,
    /// The ALBs that it reaches, and how each lets it in.
    pub(super) sites: Vec<(Site<'a>, Vec<(u16, Entry)>)>,
}

/// The step that makes the group of the link with this label.
pub(super) fn group_step(label: &str) -> StepId {
    StepId::of_words(&["group", label])
}

/// Adds a link.
pub(super) fn link(ground: &Ground<'_>, new: NewLink<'_>, links: &mut Links) {
    let Some((site, _)) = new.sites.first() else {
        return;
    };
    let group = Later::From(group_step(&new.label));
    let vpc = &site.vpc.id;
    let name = ground.name(&format!("link-{}", new.label));
    let stands = Condition::GroupStands {
        vpc: vpc.clone(),
        group: group.clone(),
    };
    let created = Operation::CreateSecurityGroup {
        vpc: vpc.clone(),
        name: name.clone(),
        description: Text::from(format!(
            "Lets a VPC link of API Gateway reach its ALBs and nothing else. Plan {}.",
            ground.plan_id.short()
        )),
        tags: ground.tags(),
    };
    let deleted = Operation::DeleteSecurityGroup {
        group: group.clone(),
    };
    let id = group_step(&new.label);
    links.add(id, created, back(deleted), stands.clone());
    let id = StepId::of_words(&["group-closed", &new.label]);
    let revoke = Operation::RevokeDefaultEgress {
        group: group.clone(),
    };
    let closed = Condition::DefaultEgressGone {
        group: group.clone(),
    };
    let step = links.add(id, revoke, Undo::Nothing, closed);
    step.preconditions.push(stands);
    let mut let_out = BTreeMap::new();
    for (site, _) in &new.sites {
        for port in site.ports.iter().copied() {
            let way = (site.peer.clone(), port);
            let_out.entry(way).or_insert(site);
        }
    }
    for ((peer, port), site) in let_out {
        let rule = rule(Direction::Egress, port, Later::Known(peer));
        let id = StepId::of_words(&["egress", &site.alb.name, &port.to_string()]);
        links.authorize(id, &group, &rule, Undo::Nothing);
    }
    for (site, entries) in &new.sites {
        for (port, entry) in entries {
            if let Entry::Added { group: to } = entry {
                links.let_in(site, *port, to, &group);
            }
        }
    }
    let id = StepId::of_words(&["link", &new.label]);
    let made = Later::From(id.clone());
    let created = Operation::CreateVpcLink {
        name,
        subnets: new.subnets.iter().map(|subnet| subnet.id.clone()).collect(),
        security_groups: vec![group.clone()],
        tags: ground.tags(),
    };
    let deleted = Operation::DeleteVpcLink { link: made.clone() };
    let unused = Condition::LinkUnused { link: made.clone() };
    let available = Condition::LinkAvailable { link: made.clone() };
    let step = links.add(id, created, back_if(deleted, vec![unused]), available);
    step.verify_within = LINK_SECONDS;
    for (site, entries) in new.sites {
        let mut admitted = Vec::new();
        for (port, entry) in entries {
            admitted.push(rule_stands(
                &group,
                rule(Direction::Egress, port, Later::Known(site.peer.clone())),
            ));
            admitted.push(let_in_by(entry, port, &site, &group, &made));
        }
        let reach = Reach {
            link: made.clone(),
            admitted,
        };
        links.reach.insert(site.alb.arn.clone(), reach);
    }
}

/// What lets a link in that carries this group: the rule, or where more than one rule of just that
/// does, whatever does.
pub(super) fn let_in_by(
    entry: Entry,
    port: u16,
    site: &Site<'_>,
    own: &Later<SecurityGroupId>,
    link: &Later<VpcLinkId>,
) -> Condition {
    let (group, peer) = match entry {
        Entry::Anyway => {
            return Condition::LinkAdmitted {
                link: link.clone(),
                load_balancer: site.alb.arn.clone(),
                port,
            };
        }
        Entry::Stands { group, peer } => (group, Later::Known(peer)),
        Entry::Added { group } => (group, own.clone()),
    };
    let rule = rule(Direction::Ingress, port, peer);
    rule_stands(&Later::Known(group), rule)
}

pub(super) fn rule(direction: Direction, port: u16, peer: Later<SecurityGroupId>) -> GroupRule {
    GroupRule {
        direction,
        port,
        peer,
    }
}

pub(super) fn rule_stands(group: &Later<SecurityGroupId>, rule: GroupRule) -> Condition {
    Condition::RuleStands {
        group: group.clone(),
        rule,
    }
}

impl Links {
    /// A step of the part that prepares; what it brings is seen within a minute.
    fn add(&mut self, id: StepId, operation: Operation, undo: Undo, seen: Condition) -> &mut Step {
        let mut one = step(id, Phase::Prepare, operation, undo);
        one.verification.push(seen);
        one.verify_within = GROUP_SECONDS;
        let at = self.steps.len();
        self.steps.push(one);
        &mut self.steps[at]
    }

    fn authorize(
        &mut self,
        id: StepId,
        group: &Later<SecurityGroupId>,
        rule: &GroupRule,
        undo: Undo,
    ) -> &mut Step {
        let operation = Operation::AuthorizeRule {
            group: group.clone(),
            rule: rule.clone(),
        };
        let seen = rule_stands(group, rule.clone());
        self.add(id, operation, undo, seen)
    }

    /// Lets a link into an ALB by a rule of this group of the ALB, once.
    pub(super) fn let_in(
        &mut self,
        site: &Site<'_>,
        port: u16,
        group: &SecurityGroupId,
        link: &Later<SecurityGroupId>,
    ) -> Option<&mut Step> {
        let opened = self.let_in.entry((group.clone(), port)).or_default();
        if opened.contains(link) {
            return None;
        }
        opened.push(link.clone());
        let group = Later::Known(group.clone());
        let rule = rule(Direction::Ingress, port, link.clone());
        let revoke = Operation::RevokeRule {
            group: group.clone(),
            rule: rule.clone(),
        };
        let id = StepId::of_words(&["ingress", &site.alb.name, &port.to_string()]);
        Some(self.authorize(id, &group, &rule, back(revoke)))
    }
}
