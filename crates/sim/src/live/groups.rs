//! Security groups and their rules.

use unbridge_model::apigateway::Tags;
use unbridge_model::id::{SecurityGroupId, VpcId};
use unbridge_model::journal::Owner;
use unbridge_model::network::{Direction, SecurityGroup, SecurityRule, Vpc};
use unbridge_model::plan::operation::GroupRule;
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::text::Text;

use super::world::{Changed, World, made, not_yet, owned, refused};
use crate::account::RegionState;

/// Rules of one group in one direction; each peer of a rule counts. Rule `group-rule-quota`.
const RULES: usize = 60;

/// Letters of a group's name.
const NAME: usize = 255;

/// The rule that lets everything out.
pub(super) fn everything_out() -> SecurityRule {
    SecurityRule {
        protocol: Text::new("-1"),
        from_port: None,
        to_port: None,
        peers: vec![Text::new("0.0.0.0/0")],
    }
}

/// All security groups of a region.
pub(super) fn groups(state: &RegionState) -> impl Iterator<Item = &SecurityGroup> {
    let vpcs = state.vpcs.iter();
    vpcs.flat_map(|vpc| vpc.security_groups.iter().flatten())
}

fn holds(vpc: &Vpc, id: &SecurityGroupId) -> bool {
    let mut groups = vpc.security_groups.iter().flatten();
    groups.any(|group| group.id == *id)
}

pub(super) fn rules(group: &SecurityGroup, direction: Direction) -> &[SecurityRule] {
    match direction {
        Direction::Ingress => &group.ingress,
        Direction::Egress => &group.egress,
    }
}

/// Whether the group has this very rule: TCP on this one port with this group on the other side.
pub(super) fn has(group: &SecurityGroup, rule: &GroupRule<Settled>) -> bool {
    let mut known = rules(group, rule.direction).iter();
    known.any(|known| same_ports(known, rule) && names(known, &rule.peer))
}

fn same_ports(known: &SecurityRule, rule: &GroupRule<Settled>) -> bool {
    let port = Some(i32::from(rule.port));
    known.protocol == "tcp" && known.from_port == port && known.to_port == port
}

fn names(rule: &SecurityRule, peer: &SecurityGroupId) -> bool {
    rule.peers.iter().any(|known| known == peer.as_str())
}

/// Whether the rule that AWS gives every new group stands.
pub(super) fn lets_everything_out(group: &SecurityGroup) -> bool {
    let default = everything_out();
    let mut rules = group.egress.iter();
    rules.any(|rule| rule.protocol == default.protocol && rule.peers.contains(&default.peers[0]))
}

impl World {
    pub(super) fn group(&self, id: &SecurityGroupId) -> Changed<&SecurityGroup> {
        let found = groups(self.state()?).find(|group| group.id == *id);
        found.ok_or_else(|| no_group(id))
    }

    fn group_rules(
        &mut self,
        id: &SecurityGroupId,
        direction: Direction,
    ) -> Changed<&mut Vec<SecurityRule>> {
        let home = self.state_mut()?.vpcs.find_mut(|vpc| holds(vpc, id));
        let mut groups = home
            .into_iter()
            .flat_map(|vpc| vpc.security_groups.iter_mut().flatten());
        let found = groups.find(|group| group.id == *id);
        let group = found.ok_or_else(|| no_group(id))?;
        Ok(match direction {
            Direction::Ingress => &mut group.ingress,
            Direction::Egress => &mut group.egress,
        })
    }

    pub(super) fn create_group(
        &mut self,
        vpc: &VpcId,
        name: &Text,
        tags: &Tags,
        owner: &Owner,
    ) -> Changed<Output> {
        let state = self.state()?;
        let home = state.vpcs.iter().find(|known| known.id == *vpc);
        let home = home.ok_or_else(|| {
            refused(format!(
                "InvalidVpcID.NotFound: The vpc ID '{vpc}' does not exist"
            ))
        })?;
        // Rule `group-name`.
        if name.is_empty() || name.chars().count() > NAME || name.starts_with("sg-") {
            return Err(refused(format!(
                "InvalidParameterValue: Value ({name}) for parameter GroupName is invalid"
            )));
        }
        // Rule `group-name-unique`: in its VPC.
        let mut known = home.security_groups.iter().flatten();
        if known.any(|group| group.name == *name) {
            return Err(refused(format!(
                "InvalidGroup.Duplicate: The security group '{name}' already exists for VPC '{vpc}'"
            )));
        }
        let number = self.number("sg", owner);
        let id = made(SecurityGroupId::new(format!("sg-0{number:016x}")))?;
        let group = SecurityGroup {
            id: id.clone(),
            vpc: Some(vpc.clone()),
            name: name.clone(),
            ingress: Vec::new(),
            // Rule `group-default-egress`.
            egress: vec![everything_out()],
            tags: owned(tags, owner),
        };
        let home = self.state_mut()?.vpcs.find_mut(|known| known.id == *vpc);
        if let Some(home) = home {
            home.security_groups.get_or_insert_default().push(group);
        }
        Ok(self.noted(Output::SecurityGroup(id)))
    }

    pub(super) fn revoke_default_egress(&mut self, id: &SecurityGroupId) -> Changed {
        if !lets_everything_out(self.group(id)?) {
            return Err(no_rule());
        }
        let default = everything_out();
        let rules = self.group_rules(id, Direction::Egress)?;
        for rule in rules.iter_mut() {
            if rule.protocol == default.protocol {
                rule.peers.retain(|peer| *peer != default.peers[0]);
            }
        }
        rules.retain(|rule| !rule.peers.is_empty());
        Ok(())
    }

    pub(super) fn authorize(&mut self, id: &SecurityGroupId, rule: &GroupRule<Settled>) -> Changed {
        let group = self.group(id)?;
        // Rule `group-peer-exists`.
        self.group(&rule.peer)?;
        // Rule `group-rule-duplicate`.
        if has(group, rule) {
            let GroupRule { port, peer, .. } = rule;
            return Err(refused(format!(
                "InvalidPermission.Duplicate: the specified rule \"peer: {peer}, TCP, from port: {port}, to port: {port}, ALLOW\" already exists"
            )));
        }
        let standing = rules(group, rule.direction).iter();
        if standing.map(|known| known.peers.len()).sum::<usize>() >= RULES {
            return Err(refused(
                "RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.",
            ));
        }
        let rules = self.group_rules(id, rule.direction)?;
        let peer = Text::new(rule.peer.as_str());
        match rules.iter_mut().find(|known| same_ports(known, rule)) {
            Some(known) => known.peers.push(peer),
            None => rules.push(SecurityRule {
                protocol: Text::new("tcp"),
                from_port: Some(i32::from(rule.port)),
                to_port: Some(i32::from(rule.port)),
                peers: vec![peer],
            }),
        }
        Ok(())
    }

    pub(super) fn revoke(&mut self, id: &SecurityGroupId, rule: &GroupRule<Settled>) -> Changed {
        // Rule `group-rule-to-revoke`.
        if !has(self.group(id)?, rule) {
            return Err(no_rule());
        }
        let rules = self.group_rules(id, rule.direction)?;
        for known in rules.iter_mut().filter(|known| same_ports(known, rule)) {
            known.peers.retain(|peer| peer != rule.peer.as_str());
        }
        rules.retain(|known| !known.peers.is_empty());
        Ok(())
    }

    pub(super) fn delete_group(&mut self, id: &SecurityGroupId) -> Changed {
        let group = self.group(id)?;
        if group.name == "default" {
            return Err(refused(format!(
                "CannotDelete: the specified group: \"{id}\" name: \"default\" cannot be deleted by a user"
            )));
        }
        let state = self.state()?;
        // Rule `group-in-use`: by interfaces of links and load balancers, or by another group's rule.
        let by_link = self.groups_of_links()?.contains(id);
        let mut load_balancers = state.load_balancers.iter();
        let by_load_balancer = load_balancers.any(|lb| lb.security_groups.contains(id));
        let others = groups(state).filter(|group| group.id != *id);
        let by_rule = others
            .flat_map(|group| group.ingress.iter().chain(&group.egress))
            .any(|rule| names(rule, id));
        if by_link || by_load_balancer || by_rule {
            return Err(not_yet(format!(
                "DependencyViolation: resource {id} has a dependent object"
            )));
        }
        let home = self.state_mut()?.vpcs.find_mut(|vpc| holds(vpc, id));
        for groups in home.into_iter().flat_map(|vpc| &mut vpc.security_groups) {
            groups.retain(|group| group.id != *id);
        }
        self.fresh.remove(&Output::SecurityGroup(id.clone()));
        Ok(())
    }
}

fn no_group(id: &SecurityGroupId) -> unbridge_model::port::WriteError {
    refused(format!(
        "InvalidGroup.NotFound: The security group '{id}' does not exist"
    ))
}

fn no_rule() -> unbridge_model::port::WriteError {
    refused("InvalidPermission.NotFound: The specified rule does not exist in this security group.")
}
