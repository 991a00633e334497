//! What a step does and takes back, in words for a person.

use std::fmt::Display;

use unbridge_model::network::Direction;
use unbridge_model::plan::operation::{ConnectionId, GroupRule, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Step, Undo};
use unbridge_model::text::Text;

/// Says of a step what is done and how it is taken back; the API goes by this name.
pub(crate) fn tell(step: &mut Step, api: &str) {
    step.forward = Text::from(done(&step.operation, api));
    step.backward = match &step.undo {
        Undo::Operation { operation, .. } => Text::from(done(operation, api)),
        Undo::Nothing => Text::new("Nothing: it goes with other steps."),
        Undo::Impossible { .. } => Text::new("There is no way back."),
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
    let (first, rest) = text.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}

fn done(operation: &Operation, api: &str) -> String {
    sentence(&match operation {
        Operation::CreateSecurityGroup { vpc, name, .. } => {
            format!("make security group {name} in {vpc} for the new link")
        }
        Operation::RevokeDefaultEgress { group: own } => {
            format!(
                "take away the rule that lets everything out of {}",
                group(own)
            )
        }
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
                ConnectionId::Template(link) => format!("VPC link {link}"),
            };
            format!(
                "in the draft of {api}, send {} {} over {link}",
                method.verb, method.path
            )
        }
        Operation::CreateDeployment { description, .. } => format!(
            "freeze the draft of {api} as a deployment ({description}); no stage runs it yet"
        ),
        Operation::DeleteDeployment {
            deployment: known, ..
        } => {
            format!("delete {} of {api}", deployment(known))
        }
        Operation::CreateStage {
            stage,
            deployment: known,
            like,
            ..
        } => format!(
            "make temporary stage {stage} of {api}, set up as {like}, on {}",
            deployment(known)
        ),
        Operation::DeleteStage { stage, .. } => format!("delete stage {stage} of {api}"),
        Operation::SetCanary {
            stage,
            deployment: known,
            percent,
            ..
        } => format!(
            "send {percent} of the requests to stage {stage} of {api} to {}",
            deployment(known)
        ),
        Operation::RemoveCanary { stage, .. } => {
            format!("end the canary release on stage {stage} of {api}")
        }
        Operation::SetDeployment {
            stage,
            deployment: known,
            ..
        } => format!("have stage {stage} of {api} run {}", deployment(known)),
        Operation::DeleteV1Link { link } => format!("delete VPC link {link} of version 1"),
        Operation::DeleteLoadBalancer { load_balancer } => {
            format!("delete load balancer {}", load_balancer.name())
        }
        other => <&str>::from(other).to_owned(),
    })
}
