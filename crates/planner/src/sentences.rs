//! What a step does and takes back, in words for a person.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};

use unbridge_model::network::Direction;
use unbridge_model::plan::operation::{ConnectionId, GroupRule, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Step, Undo};
use unbridge_model::text::Text;

/// Names of APIs, by id.
pub(crate) type ApiNames = BTreeMap<Text, Text>;

/// Says of each step what is done and how it is taken back.
pub(crate) fn tell(steps: &mut [Step], names: &ApiNames) {
    let nothing = Text::new("Nothing: it goes with other steps.");
    // A plan has a step for each method: one buffer serves all of them.
    let mut buffer = String::new();
    for step in steps {
        step.forward = sentence(&mut buffer, &step.operation, names);
        step.backward = match &step.undo {
            Undo::Operation { operation, .. } => sentence(&mut buffer, operation, names),
            Undo::Nothing => nothing.clone(),
            Undo::Impossible { why } => Text::from(format!("There is no way back: {why}.")),
        };
    }
}

fn named<T: Display>(what: &str, value: &Later<T>) -> impl Display {
    fmt::from_fn(move |f| match value {
        Later::Known(id) => write!(f, "{what} {id}"),
        Later::From(step) => write!(f, "the {what} of step {step}"),
    })
}

fn group<T: Display>(value: &Later<T>) -> impl Display {
    named("security group", value)
}

fn deployment<T: Display>(value: &Later<T>) -> impl Display {
    named("deployment", value)
}

fn lets<T: Display>(own: &Later<T>, rule: &GroupRule) -> impl Display {
    fmt::from_fn(move |f| {
        let (own, peer, port) = (group(own), group(&rule.peer), rule.port);
        match rule.direction {
            Direction::Ingress => write!(f, "let {own} take TCP {port} from {peer}"),
            Direction::Egress => write!(f, "let {own} send TCP {port} to {peer}"),
        }
    })
}

/// What an operation does, as a sentence.
fn sentence(buffer: &mut String, operation: &Operation, names: &ApiNames) -> Text {
    buffer.clear();
    // Writing to memory does not fail.
    let written = done(buffer, operation, names);
    debug_assert!(written.is_ok());
    if let Some(first) = buffer.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    buffer.push('.');
    Text::new(buffer)
}

fn done(out: &mut String, operation: &Operation, names: &ApiNames) -> fmt::Result {
    let api = |id: &str| {
        let (id, name) = (id.to_owned(), names.get(id));
        fmt::from_fn(move |f| match name {
            Some(name) => write!(f, "{name} ({id})"),
            None => f.write_str(&id),
        })
    };
    match operation {
        Operation::CreateSecurityGroup { vpc, name, .. } => {
            write!(out, "make security group {name} in {vpc} for the new link")
        }
        Operation::RevokeDefaultEgress { group: own } => write!(
            out,
            "take away the rule that lets everything out of {}",
            group(own)
        ),
        Operation::AuthorizeRule { group: own, rule } => write!(out, "{}", lets(own, rule)),
        Operation::RevokeRule { group: own, rule } => write!(out, "no longer {}", lets(own, rule)),
        Operation::DeleteSecurityGroup { group: own } => write!(out, "delete {}", group(own)),
        Operation::CreateVpcLink { name, subnets, .. } => write!(
            out,
            "make VPC link {name} of version 2 in {} subnets and wait until it is available",
            subnets.len()
        ),
        Operation::DeleteVpcLink { link } => write!(out, "delete {}", named("VPC link", link)),
        Operation::UpdateIntegration { method, patch } => {
            let (verb, path) = (method.verb, &method.path);
            let api = api(method.api.as_str());
            write!(out, "in the draft of {api}, send {verb} {path} over ")?;
            match &patch.connection_id {
                ConnectionId::Link(link) => write!(out, "{}", named("VPC link", link))?,
                ConnectionId::Template(link) => write!(out, "VPC link {}", link.as_str())?,
            }
            patch
                .uri
                .as_ref()
                .map_or(Ok(()), |uri| write!(out, ", to {uri}"))
        }
        Operation::CreateDeployment {
            api: id,
            description,
        } => write!(
            out,
            "freeze the draft of {} as a deployment ({description}); no stage runs it yet",
            api(id.as_str())
        ),
        Operation::DeleteDeployment {
            api: id,
            deployment: known,
        } => write!(out, "delete {} of {}", deployment(known), api(id.as_str())),
        Operation::CreateStage {
            api: id,
            stage,
            deployment: known,
            like,
            ..
        } => write!(
            out,
            "make temporary stage {stage} of {}, set up as {like}, on {}",
            api(id.as_str()),
            deployment(known)
        ),
        Operation::FurnishStage {
            api: id,
            stage,
            like,
        } => write!(
            out,
            "see that stage {stage} of {} has the client certificate, throttle and web ACL of {like}",
            api(id.as_str())
        ),
        Operation::DeleteStage { api: id, stage } => {
            write!(out, "delete stage {stage} of {}", api(id.as_str()))
        }
        Operation::SetCanary {
            api: id,
            stage,
            deployment: known,
            percent,
        } => write!(
            out,
            "send {percent} of the requests to stage {stage} of {} to {}",
            api(id.as_str()),
            deployment(known)
        ),
        Operation::RemoveCanary { api: id, stage } => {
            write!(
                out,
                "end the canary release on stage {stage} of {}",
                api(id.as_str())
            )
        }
        Operation::SetDeployment {
            api: id,
            stage,
            deployment: known,
        } => write!(
            out,
            "have stage {stage} of {} run {}",
            api(id.as_str()),
            deployment(known)
        ),
        Operation::CreateHttpIntegration {
            api: id,
            like,
            link,
            listener,
        } => write!(
            out,
            "make an integration of {} like {like}, over {} to listener {}",
            api(id.as_str()),
            named("VPC link", link),
            listener
        ),
        Operation::DeleteHttpIntegration {
            api: id,
            integration,
        } => write!(
            out,
            "delete {} of {}",
            named("integration", integration),
            api(id.as_str())
        ),
        Operation::UpdateRoute {
            api: id,
            key,
            integration,
            ..
        } => write!(
            out,
            "have route {key} of {} go to {}",
            api(id.as_str()),
            named("integration", integration)
        ),
        Operation::CreateHttpDeployment {
            api: id,
            description,
        } => {
            write!(
                out,
                "freeze {} as a deployment ({description})",
                api(id.as_str())
            )
        }
        Operation::DeleteHttpDeployment {
            api: id,
            deployment: known,
        } => write!(out, "delete {} of {}", deployment(known), api(id.as_str())),
        Operation::SetHttpDeployment {
            api: id,
            stage,
            deployment: known,
        } => write!(
            out,
            "have stage {stage} of {} run {}",
            api(id.as_str()),
            deployment(known)
        ),
        Operation::DeleteV1Link { link } => {
            write!(
                out,
                "delete VPC link {link} of version 1: from here on there is no way back"
            )
        }
        Operation::DeregisterTarget {
            group,
            target,
            port,
        } => write!(out, "take {target} port {port} out of target group {group}"),
        Operation::RegisterTarget {
            group,
            target,
            port,
        } => write!(out, "put {target} port {port} into target group {group}"),
        Operation::DeleteLoadBalancer { load_balancer } => {
            write!(out, "delete load balancer {}", load_balancer.name())
        }
        Operation::DeleteTargetGroup { group } => write!(out, "delete target group {group}"),
    }
}
