//! What a state, a judgement and a refusal are called in messages to a person.

use unbridge_model::network::Direction;
use unbridge_model::plan::condition::{Condition, Hosts};
use unbridge_model::plan::operation::GroupRule;
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{Judgement, WriteFailure};

/// The state as a clause.
pub fn holds(condition: &Condition<Settled>) -> String {
    use Condition as C;
    match condition {
        C::GroupStands { vpc, group } => format!("security group {group} exists in {vpc}"),
        C::GroupGone { group } => format!("security group {group} does not exist"),
        C::RuleStands { group, rule } => format!("{group} has {}", told(rule)),
        C::RuleGone { group, rule } => format!("{group} does not have {}", told(rule)),
        C::DefaultEgressGone { group } => {
            format!("{group} has no rule that lets everything out")
        }
        C::LinkAvailable { link } => format!("VPC link {link} is AVAILABLE"),
        C::LinkGone { link } => format!("VPC link {link} does not exist"),
        C::LinkUnused { link } => format!("no API of the region uses VPC link {link}"),
        C::IntegrationIs { method, .. } => format!(
            "the draft's integration of {} {} of API {} is as it was set",
            <&str>::from(method.verb),
            method.path,
            method.api
        ),
        C::DeploymentStands { api, deployment } => {
            format!("deployment {deployment} of API {api} exists")
        }
        C::DeploymentGone { api, deployment } => {
            format!("deployment {deployment} of API {api} does not exist")
        }
        C::StageRuns {
            api,
            stage,
            deployment,
        } => format!("stage {stage} of API {api} runs deployment {deployment} without a canary"),
        C::CanaryIs {
            api,
            stage,
            deployment,
            percent,
        } => {
            let share = percent.map_or(String::new(), |percent| format!(" with {percent}"));
            format!("stage {stage} of API {api} has a canary on deployment {deployment}{share}")
        }
        C::NoCanary { api, stage } => format!("stage {stage} of API {api} has no canary"),
        C::StageGone { api, stage } => format!("API {api} has no stage {stage}"),
        C::StagesAlike {
            api, stage, like, ..
        } => format!("stage {stage} of API {api} runs the same as {like}, but for what was set"),
        C::RouteGoesTo {
            api,
            route,
            integration,
        } => format!("route {route} of API {api} goes to integration {integration}"),
        C::HttpIntegrationGone { api, integration } => {
            format!("integration {integration} of API {api} does not exist")
        }
        C::HttpStageRuns {
            api,
            stage,
            deployment,
        } => format!("stage {stage} of API {api} runs deployment {deployment}"),
        C::V1LinkUnused { link } => {
            format!("no API of the region uses VPC link {link} of version 1")
        }
        C::V1LinkGone { link } => format!("VPC link {link} of version 1 does not exist"),
        C::TargetRegistered {
            group,
            target,
            port,
        } => format!("{group} has the target {target}, port {port}"),
        C::TargetGone {
            group,
            target,
            port,
        } => format!("{group} does not have the target {target}, port {port}"),
        C::NotProtected { load_balancer } => {
            format!("{load_balancer} has no deletion protection")
        }
        C::LoadBalancerUnnamed {
            load_balancer,
            hosts,
        } => match hosts {
            Hosts::Count => format!("no API of the region names {load_balancer}"),
            Hosts::DoNotCount => {
                format!("no API of the region goes to {load_balancer} by its ARN")
            }
        },
        C::LoadBalancerGone { load_balancer } => format!("{load_balancer} does not exist"),
        C::TargetGroupGone { group } => format!("{group} does not exist"),
    }
}

fn told(rule: &GroupRule<Settled>) -> String {
    let GroupRule {
        direction,
        port,
        peer,
    } = rule;
    match direction {
        Direction::Ingress => format!("a rule that lets TCP {port} in from {peer}"),
        Direction::Egress => format!("a rule that lets TCP {port} out to {peer}"),
    }
}

/// What a gate came to.
pub(crate) fn judgement(judgement: &Judgement) -> String {
    match judgement {
        Judgement::Pass => "it passed".to_owned(),
        Judgement::Fail { why } => format!("it failed: {why}"),
        Judgement::Inconclusive { why } => format!("too little was seen to tell: {why}"),
        Judgement::Error { why } => format!("it could not be measured: {why}"),
    }
}

/// How to go on after a refusal, to be put behind it.
pub(crate) fn advice(class: WriteFailure) -> &'static str {
    match class {
        WriteFailure::Credentials => "; sign in again, then take the run up",
        WriteFailure::Denied => "; allow it, then take the run up",
        WriteFailure::Throttled | WriteFailure::NotYet => "; take the run up later",
        WriteFailure::Refused | WriteFailure::Lost => "",
    }
}

/// Several things.
pub(crate) fn outputs(outputs: &[Output]) -> String {
    let names: Vec<String> = outputs.iter().map(ToString::to_string).collect();
    names.join(" and ")
}
