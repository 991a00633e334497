//! What a step does and takes back, in words for a person.

use std::collections::BTreeMap;
use std::fmt::Display;

use unbridge_model::network::Direction;
use unbridge_model::plan::operation::{ConnectionId, GroupRule, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Step, Undo};
use unbridge_model::text::Text;

/// Names of APIs, by id.
pub(crate) type ApiNames = BTreeMap<Text, Text>;

/// Says of a step what is done and how it is taken back.
pub(crate) fn tell(step: &mut Step, names: &ApiNames) {
    step.forward = Text::from(done(&step.operation, names));
    step.backward = match &step.undo {
        Undo::Operation { operation, .. } => Text::from(done(operation, names)),
        Undo::Nothing => Text::new("Nothing: it goes with other steps."),
        Undo::Impossible { why } => Text::from(format!("There is no way back: {why}.")),
    };
}

fn named<T: Display>(what: &str, value: &Later<T>) -> String {
    match value {
        Later::Known(id) => format!("{what} {id}"),
        Later::From(step) => format!("the {what} of step {step}"),
    }
}

fn group<T: Display>(value: &Later<T>) -> String {
    named("security group", value)
}

fn deployment<T: Display>(value: &Later<T>) -> String {
    named("deployment", value)
}

fn lets<T: Display>(own: &Later<T>, rule: &GroupRule) -> String {
    let (own, peer, port) = (group(own), group(&rule.peer), rule.port);
    match rule.direction {
        Direction::Ingress => format!("let {own} take TCP {port} from {peer}"),
        Direction::Egress => format!("let {own} send TCP {port} to {peer}"),
    }
}

/// As a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

fn done(operation: &Operation, names: &ApiNames) -> String {
    let api = |id: &dyn Display| {
        let id = id.to_string();
        match names.get(id.as_str()) {
            Some(name) => format!("{name} ({id})"),
            None => id,
        }
    };
    sentence(&match operation {
        Operation::CreateSecurityGroup { vpc, name, .. } => {
            format!("make security group {name} in {vpc} for the new link")
        }
        Operation::RevokeDefaultEgress { group: own } => format!(
            "take away the rule that lets everything out of {}",
            group(own)
        ),
        Operation::AuthorizeRule { group: own, rule } => lets(own, rule),
        Operation::RevokeRule { group: own, rule } => format!("no longer {}", lets(own, rule)),
        Operation::DeleteSecurityGroup { group: own } => format!("delete {}", group(own)),
        Operation::CreateVpcLink { name, subnets, .. } => format!(
            "make VPC link {name} of version 2 in {} subnets and wait until it is available",
            subnets.len()
        ),
        Operation::DeleteVpcLink { link } => format!("delete {}", named("VPC link", link)),
        Operation::UpdateIntegration { method, patch } => {
            let link = match &patch.connection_id {
                ConnectionId::Link(link) => named("VPC link", link),
                ConnectionId::Template(link) => format!("VPC link {}", link.as_str()),
            };
            let address = patch.uri.as_ref();
            let address = address.map_or(String::new(), |uri| format!(", to {uri}"));
            format!(
                "in the draft of {}, send {} {} over {link}{address}",
                api(&method.api),
                method.verb,
                method.path
            )
        }
        Operation::CreateDeployment {
            api: id,
            description,
        } => format!(
            "freeze the draft of {} as a deployment ({description}); no stage runs it yet",
            api(id)
        ),
        Operation::DeleteDeployment {
            api: id,
            deployment: known,
        } => format!("delete {} of {}", deployment(known), api(id)),
        Operation::CreateStage {
            api: id,
            stage,
            deployment: known,
            like,
            ..
        } => format!(
            "make temporary stage {stage} of {}, set up as {like}, on {}",
            api(id),
            deployment(known)
        ),
        Operation::DeleteStage { api: id, stage } => format!("delete stage {stage} of {}", api(id)),
        Operation::SetCanary {
            api: id,
            stage,
            deployment: known,
            percent,
        } => format!(
            "send {percent} of the requests to stage {stage} of {} to {}",
            api(id),
            deployment(known)
        ),
        Operation::RemoveCanary { api: id, stage } => {
            format!("end the canary release on stage {stage} of {}", api(id))
        }
        Operation::SetDeployment {
            api: id,
            stage,
            deployment: known,
        } => format!(
            "have stage {stage} of {} run {}",
            api(id),
            deployment(known)
        ),
        Operation::CreateHttpIntegration {
            api: id,
            like,
            link,
            listener,
        } => format!(
            "make an integration of {} like {like}, over {} to listener {}",
            api(id),
            named("VPC link", link),
            listener
        ),
        Operation::DeleteHttpIntegration {
            api: id,
            integration,
        } => format!(
            "delete {} of {}",
            named("integration", integration),
            api(id)
        ),
        Operation::UpdateRoute {
            api: id,
            key,
            integration,
            ..
        } => format!(
            "have route {key} of {} go to {}",
            api(id),
            named("integration", integration)
        ),
        Operation::CreateHttpDeployment {
            api: id,
            description,
        } => {
            format!("freeze {} as a deployment ({description})", api(id))
        }
        Operation::SetHttpDeployment {
            api: id,
            stage,
            deployment: known,
        } => format!(
            "have stage {stage} of {} run {}",
            api(id),
            deployment(known)
        ),
        Operation::DeleteV1Link { link } => {
            format!("delete VPC link {link} of version 1: from here on there is no way back")
        }
        Operation::DeregisterTarget {
            group,
            target,
            port,
        } => format!("take {target} port {port} out of target group {group}"),
        Operation::RegisterTarget {
            group,
            target,
            port,
        } => format!("put {target} port {port} into target group {group}"),
        Operation::DeleteLoadBalancer { load_balancer } => {
            format!("delete load balancer {}", load_balancer.name())
        }
        Operation::DeleteTargetGroup { group } => format!("delete target group {group}"),
    })
}
