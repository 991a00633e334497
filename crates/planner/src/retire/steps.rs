//! The steps of a retirement: for all NLBs first what can be taken back, then what cannot.

use unbridge_model::elb::TargetGroup;
use unbridge_model::id::StepId;
use unbridge_model::network::Direction;
use unbridge_model::plan::choices::Doubt;
use unbridge_model::plan::condition::{Condition, Gate, Hosts, WebsocketStages};
use unbridge_model::plan::operation::{GroupRule, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Step, Undo};
use unbridge_model::text::Text;

use super::left::{Parting, old_deployments};
use super::old_way::OldWay;
use crate::ground::{Ground, back_if, step};

/// How long a change may take to be read back, in seconds.
const READ_BACK_SECONDS: u32 = 60;
/// How long a link and the endpoint service behind it may take to go.
const LINK_SECONDS: u32 = 900;
/// How long a load balancer may take to go.
const BALANCER_SECONDS: u32 = 300;

/// The steps for these NLBs.
pub(super) fn steps(ground: &Ground<'_>, ready: &[&OldWay<'_>], parting: &Parting) -> Vec<Step> {
    let mut writer = Writer {
        ground,
        steps: Vec::new(),
    };
    for way in ready {
        writer.quarantine(way);
        writer.close(way, parting);
    }
    writer.wait();
    for way in ready {
        writer.delete(way);
    }
    writer.steps
}

struct Writer<'g, 'a> {
    ground: &'g Ground<'a>,
    steps: Vec<Step>,
}

impl Writer<'_, '_> {
    fn add(&mut self, words: &[&str], operation: Operation, undo: Undo) -> &mut Step {
        let at = self.steps.len();
        let id = StepId::of_words(words);
        self.steps.push(step(id, Phase::Retire, operation, undo));
        &mut self.steps[at]
    }

    /// No API goes over the NLB any more: asked of AWS itself, not of the snapshot.
    fn unused(&self, way: &OldWay<'_>) -> Vec<Condition> {
        let links = way.links.iter().map(|link| Condition::V1LinkUnused {
            link: link.id.clone(),
            websockets: self.websockets(),
        });
        links.chain([self.unnamed(way)]).collect()
    }

    fn accepts(&self, doubt: Doubt) -> bool {
        self.ground.choices.doubts.contains(&doubt)
    }

    fn websockets(&self) -> WebsocketStages {
        match self.accepts(Doubt::WebsocketStages) {
            true => WebsocketStages::DoNotCount,
            false => WebsocketStages::Count,
        }
    }

    fn unnamed(&self, way: &OldWay<'_>) -> Condition {
        Condition::LoadBalancerUnnamed {
            load_balancer: way.nlb.arn.clone(),
            hosts: match self.accepts(Doubt::HostNeedNotResolve) {
                true => Hosts::DoNotCount,
                false => Hosts::Count,
            },
            websockets: self.websockets(),
        }
    }

    /// Takes the targets out, so that whoever still comes is noticed while they can be put back.
    fn quarantine(&mut self, way: &OldWay<'_>) {
        if self.ground.choices.retirement.quarantine_seconds == 0 {
            return;
        }
        let mut unused = self.unused(way);
        let targets = way.groups.iter().flat_map(|group| targets(group));
        for (number, (group, target, port)) in targets.enumerate() {
            let number = (number + 1).to_string();
            let registered = Condition::TargetRegistered {
                group: group.arn.clone(),
                target: target.clone(),
                port,
            };
            let gone = Condition::TargetGone {
                group: group.arn.clone(),
                target: target.clone(),
                port,
            };
            let register = Operation::RegisterTarget {
                group: group.arn.clone(),
                target: target.clone(),
                port,
            };
            let deregister = Operation::DeregisterTarget {
                group: group.arn.clone(),
                target: target.clone(),
                port,
            };
            let undo = back_if(register, vec![gone.clone()]);
            let step = self.add(&[&way.nlb.name, "quarantine", &number], deregister, undo);
            step.preconditions.append(&mut unused);
            step.preconditions.push(registered);
            step.verification.push(gone);
            step.verify_within = READ_BACK_SECONDS;
        }
    }

    /// Takes away the rules that name the NLB's own group.
    fn close(&mut self, way: &OldWay<'_>, parting: &Parting) {
        let doors = parting.doors.iter().filter(|door| door.nlb == way.nlb.arn);
        for (number, door) in doors.enumerate() {
            let number = (number + 1).to_string();
            let group = Later::Known(door.group.clone());
            let rule = GroupRule {
                direction: Direction::Ingress,
                port: door.port,
                peer: Later::Known(door.peer.clone()),
            };
            let stands = Condition::RuleStands {
                group: group.clone(),
                rule: rule.clone(),
            };
            let gone = Condition::RuleGone {
                group: group.clone(),
                rule: rule.clone(),
            };
            let authorize = Operation::AuthorizeRule {
                group: group.clone(),
                rule: rule.clone(),
            };
            let undo = back_if(authorize, vec![gone.clone()]);
            let revoke = Operation::RevokeRule { group, rule };
            let unused = match number.as_str() {
                "1" => self.unused(way),
                _ => Vec::new(),
            };
            let step = self.add(&[&way.nlb.name, "rule", &number], revoke, undo);
            step.preconditions.extend(unused);
            step.preconditions.push(stands);
            step.verification.push(gone);
            step.verify_within = READ_BACK_SECONDS;
        }
    }

    /// The time in which somebody may notice, once for all NLBs.
    fn wait(&mut self) {
        let seconds = self.ground.choices.retirement.quarantine_seconds;
        if let Some(last) = self.steps.last_mut().filter(|_| seconds > 0) {
            last.gate = Some(Gate::Drain { seconds });
        }
    }

    fn delete(&mut self, way: &OldWay<'_>) {
        let balancer = way.nlb.arn.clone();
        let not_protected = Condition::NotProtected {
            load_balancer: balancer.clone(),
        };
        for (number, link) in way.links.iter().enumerate() {
            let number = (number + 1).to_string();
            let why = self.no_way_back(way);
            let unused = self.unused(way);
            let delete = Operation::DeleteV1Link {
                link: link.id.clone(),
            };
            let undo = Undo::Impossible { why };
            let step = self.add(&[&way.nlb.name, "link", &number], delete, undo);
            // A link that is gone for an NLB that has to stay would be the worst of both.
            step.preconditions.push(not_protected.clone());
            step.preconditions.extend(unused);
            step.verification.push(Condition::V1LinkGone {
                link: link.id.clone(),
            });
            step.verify_within = LINK_SECONDS;
        }
        let unnamed = self.unnamed(way);
        let delete = Operation::DeleteLoadBalancer {
            load_balancer: balancer.clone(),
        };
        let why = "another NLB has another name, other addresses and another ARN";
        let undo = Undo::Impossible {
            why: Text::new(why),
        };
        let step = self.add(&[&way.nlb.name, "nlb"], delete, undo);
        step.preconditions.push(not_protected);
        step.preconditions.push(unnamed);
        step.verification.push(Condition::LoadBalancerGone {
            load_balancer: balancer,
        });
        step.verify_within = BALANCER_SECONDS;
        for (number, group) in way.groups.iter().enumerate() {
            let number = (number + 1).to_string();
            let delete = Operation::DeleteTargetGroup {
                group: group.arn.clone(),
            };
            let undo = Undo::Impossible {
                why: Text::new("another target group has another ARN"),
            };
            let step = self.add(&[&way.nlb.name, "group", &number], delete, undo);
            step.verification.push(Condition::TargetGroupGone {
                group: group.arn.clone(),
            });
            step.verify_within = READ_BACK_SECONDS;
        }
    }

    /// What ends with a link (H39).
    fn no_way_back(&self, way: &OldWay<'_>) -> Text {
        let old = old_deployments(self.ground, way);
        let known: u32 = old
            .iter()
            .filter_map(|(_, count)| *count)
            .fold(0, u32::saturating_add);
        let unknown = old.iter().filter(|(_, count)| count.is_none()).count();
        let more = match unknown {
            0 => String::new(),
            unknown => format!(", and those of {unknown} APIs whose deployments were not read"),
        };
        Text::from(format!(
            "another link has another id: deployments that no stage runs may name this one, and stages cannot go back to them; {known} are known{more}"
        ))
    }
}

/// The targets of a group and their ports.
fn targets(group: &TargetGroup) -> impl Iterator<Item = (&TargetGroup, &Text, u16)> {
    let targets = group.targets.iter().flatten();
    targets.filter_map(move |target| Some((group, &target.id, target.port.or(group.port)?)))
}
