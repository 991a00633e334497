//! What is parted with beside the link and the NLB: rules that let the NLB into its ALBs, and whatever
//! means nothing any more and stays (H18, H22, H39).

use std::collections::BTreeSet;

use unbridge_model::elb::LoadBalancer;
use unbridge_model::finding::{ApiType, Finding, OwnedKind};
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId};
use unbridge_model::network::{SecurityGroup, SecurityRule};
use unbridge_model::plan::choices::Doubt;
use unbridge_model::plan::elsewhere::Elsewhere;
use unbridge_model::plan::left::Left;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;

use super::old_way::OldWay;
use super::owned::rule_removed;
use crate::ground::Ground;
use crate::owners::{Owners, waiting};

/// A rule that lets an NLB, by its own group, into an ALB.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Door {
    pub(super) nlb: LoadBalancerArn,
    pub(super) group: SecurityGroupId,
    pub(super) port: u16,
    pub(super) peer: SecurityGroupId,
}

/// What is parted with beside links, NLBs and target groups.
#[derive(Debug, Default)]
pub(super) struct Parting {
    /// Rules that are taken away.
    pub(super) doors: BTreeSet<Door>,
    pub(super) left: Vec<Left>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) elsewhere: Vec<Elsewhere>,
}

/// All of it, for NLBs that go.
pub(super) fn parting(ground: &Ground<'_>, ready: &[&OldWay<'_>]) -> Parting {
    let mut parting = Parting::default();
    let mut left = BTreeSet::new();
    for way in ready {
        stays(ground, way, &mut left);
        for alb in &way.albs {
            let rules = Rules { ground, way, alb };
            rules.part(&mut parting, &mut left);
        }
    }
    parting.left = left.into_iter().collect();
    parting
}

fn stays(ground: &Ground<'_>, way: &OldWay<'_>, left: &mut BTreeSet<Left>) {
    let nlb = || way.nlb.arn.clone();
    for finding in &way.nlb.findings {
        if let Finding::AlarmOnNlb { users } = finding {
            left.extend(
                users
                    .iter()
                    .cloned()
                    .map(|alarm| Left::Alarm { nlb: nlb(), alarm }),
            );
        }
    }
    let chosen = way
        .balancer
        .zones
        .iter()
        .flat_map(|zone| &zone.chosen_addresses);
    left.extend(chosen.cloned().map(|address| Left::Address {
        nlb: nlb(),
        address,
    }));
    let groups = way.balancer.security_groups.iter().cloned();
    left.extend(groups.map(|group| Left::SecurityGroup { nlb: nlb(), group }));
    let shared = way.shared.iter().map(|group| group.arn.clone());
    left.extend(shared.map(|group| Left::TargetGroup { group }));
    for link in &way.links {
        let old = old_deployments(ground, way).into_iter();
        left.extend(old.map(|(api, count)| Left::Deployments {
            link: link.id.clone(),
            api,
            count,
        }));
    }
}

/// Deployments that no stage runs of the REST APIs that go to its ALBs: they went over it once, and
/// may name its link.
pub(super) fn old_deployments(ground: &Ground<'_>, way: &OldWay<'_>) -> Vec<(Text, Option<u32>)> {
    let direct = way.nlb.findings.iter().filter_map(|finding| match finding {
        Finding::AlreadyDirect { apis, .. } => Some(apis),
        _ => None,
    });
    let ids: BTreeSet<&str> = direct
        .flatten()
        .filter(|api| api.kind == ApiType::Rest)
        .map(|api| api.id.as_str())
        .collect();
    let apis = ground
        .facts
        .rest_apis
        .iter()
        .filter(|api| ids.contains(api.id.as_str()));
    let counted = apis.map(|api| {
        let stages = api.stages.iter().flatten();
        let running: BTreeSet<_> = stages
            .flat_map(|stage| {
                let canary = stage.canary.iter().map(|canary| &canary.deployment);
                canary.chain([&stage.deployment])
            })
            .collect();
        let count = api.deployments.as_ref().map(|all| {
            let old = all.iter().filter(|one| !running.contains(&one.id)).count();
            u32::try_from(old).unwrap_or(u32::MAX)
        });
        (Text::from(api.id.clone()), count)
    });
    counted.filter(|(_, count)| *count != Some(0)).collect()
}

/// The rules of an ALB's groups, as far as they are about an NLB.
struct Rules<'r, 'a> {
    ground: &'r Ground<'a>,
    way: &'r OldWay<'a>,
    alb: &'r LoadBalancer,
}

impl Rules<'_, '_> {
    fn part(&self, parting: &mut Parting, left: &mut BTreeSet<Left>) {
        let vpc = self
            .alb
            .vpc
            .as_ref()
            .and_then(|vpc| self.ground.facts.vpcs.get(vpc));
        let groups = vpc
            .into_iter()
            .flat_map(|vpc| vpc.security_groups.iter().flatten());
        for group in groups.filter(|group| self.alb.security_groups.contains(&group.id)) {
            for rule in &group.ingress {
                for peer in &rule.peers {
                    self.peer(group, rule, peer, (parting, left));
                }
            }
        }
    }

    fn peer(
        &self,
        group: &SecurityGroup,
        rule: &SecurityRule,
        peer: &Text,
        (parting, left): (&mut Parting, &mut BTreeSet<Left>),
    ) {
        let stays = || Left::Rule {
            group: group.id.clone(),
            lets_in: words(rule, peer),
        };
        let own = self
            .way
            .balancer
            .security_groups
            .iter()
            .find(|own| own.as_str() == peer.as_str());
        let Some(own) = own else {
            if self.holds_address(peer) {
                left.insert(stays());
            }
            return;
        };
        let Some(port) = one_port(rule).filter(|_| !self.others_carry(own)) else {
            left.insert(stays());
            return;
        };
        let door = Door {
            nlb: self.way.nlb.arn.clone(),
            group: group.id.clone(),
            port,
            peer: own.clone(),
        };
        match self.stands_open(&door, &words(rule, peer), parting) {
            true => {
                left.insert(stays());
            }
            false => {
                parting.doors.insert(door);
            }
        }
    }

    /// Whether a rule stays until a person, or the group's owner, says otherwise.
    fn stands_open(&self, door: &Door, lets_in: &Text, parting: &mut Parting) -> bool {
        let subject = || Subject::SecurityGroup(door.group.clone());
        let owners = Owners::of(self.ground.assessment.nlbs.iter());
        let id = Text::from(door.group.clone());
        if let Some(owner) = owners.keeps(self.ground, OwnedKind::SecurityGroup, &id) {
            parting.waiting.push(waiting(&owner, subject(), &id));
            parting.elsewhere.push(rule_removed(&owner, &id, lets_in));
            return true;
        }
        let doubt = Doubt::NlbSecurityGroup;
        if self.ground.choices.doubts.contains(&doubt) {
            return false;
        }
        parting.waiting.push(Waiting {
            code: WaitingCode::NeedsAWord,
            what: subject(),
            finding: None,
            why: Text::from(format!(
                "its rule for {} lets in whatever carries that group, and interfaces other than the NLB's are not in a snapshot (H39)",
                door.peer
            )),
            next: Text::from(format!("see who carries it; docs/plan.md, {doubt}")),
            flag: Some(Text::from(format!("--accept {doubt}"))),
        });
        true
    }

    /// Whether another load balancer carries the group.
    fn others_carry(&self, group: &SecurityGroupId) -> bool {
        let mut others = self.ground.facts.load_balancers.values();
        others.any(|lb| lb.arn != self.way.nlb.arn && lb.security_groups.contains(group))
    }

    /// Whether a range holds an address of the NLB; one that holds every address is not about it.
    fn holds_address(&self, range: &str) -> bool {
        let Ok(range) = range.parse::<ipnet::IpNet>() else {
            return false;
        };
        let interfaces = self.ground.facts.network_interfaces.iter();
        let own = interfaces.filter(|one| one.load_balancer == *self.way.nlb.arn.tail());
        let mut addresses = own.flat_map(|one| &one.addresses);
        range.prefix_len() > 0
            && addresses.any(|address| {
                let address = address.parse::<std::net::IpAddr>();
                address.is_ok_and(|address| range.contains(&address))
            })
    }
}

/// The port of a rule for TCP on one port.
fn one_port(rule: &SecurityRule) -> Option<u16> {
    let one = rule.protocol == *"tcp" && rule.from_port == rule.to_port;
    u16::try_from(rule.from_port.filter(|_| one)?).ok()
}

/// A rule as a person reads it: `tcp 80-81 from 10.0.0.0/16`.
fn words(rule: &SecurityRule, peer: &Text) -> Text {
    let protocol = match rule.protocol.as_str() {
        "-1" => "everything",
        protocol => protocol,
    };
    let ports = match (rule.from_port, rule.to_port) {
        (Some(from), Some(to)) if from == to => format!(" {from}"),
        (Some(from), Some(to)) => format!(" {from}-{to}"),
        (None, _) | (_, None) => String::new(),
    };
    Text::from(format!("{protocol}{ports} from {peer}"))
}
