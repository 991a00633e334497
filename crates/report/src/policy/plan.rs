//! What carrying out one plan and taking it back asks, as a policy.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::call::Service;
use unbridge_model::plan::Body;
use unbridge_model::plan::rights::{Need, Only, Right, rights};

use super::{Policy, Statement, sid};

/// What IAM takes as a managed policy, in characters, white space not counted.
/// Source: IAM user guide, "IAM and AWS STS quotas".
pub const MOST: usize = 6144;

/// The policy of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPolicy {
    /// It, as indented JSON.
    pub text: String,
    /// How it had to be written.
    pub fit: Fit,
}

/// How a policy fits into what IAM takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Each method that is changed is named.
    Exact,
    /// It would be too large with each method: the methods of an API are named together.
    Widened,
    /// It is too large all the same, by its characters.
    TooLarge(usize),
}

/// A policy that allows to carry out a plan and to take it back, and nothing else.
///
/// Statements say in their names when they are used ([`Need`]). The same plan gives the same text.
///
/// # Errors
/// When JSON cannot hold it, which no text of ours brings about.
pub fn plan(body: &Body) -> serde_json::Result<PlanPolicy> {
    let rights = rights(body);
    let exact = Policy::of_rights(&rights);
    if exact.size()? <= MOST {
        return exact.written(Fit::Exact);
    }
    let together = rights.into_iter().map(|right| Right {
        resource: of_all_methods(right.resource),
        ..right
    });
    let widened = Policy::of_rights(&together.collect::<Vec<_>>());
    let size = widened.size()?;
    match size <= MOST {
        true => widened.written(Fit::Widened),
        false => widened.written(Fit::TooLarge(size)),
    }
}

/// The integrations of all methods of an API instead of one.
fn of_all_methods(resource: String) -> String {
    match resource.split_once("/resources/") {
        Some((api, one)) if one.ends_with("/integration") => {
            format!("{api}/resources/*/methods/*/integration")
        }
        _ => resource,
    }
}

/// What a statement of a plan is about.
type About = (Need, &'static str, Option<Only>);

impl Policy {
    /// One statement for the resources that the same actions are allowed on.
    fn of_rights(rights: &[Right]) -> Self {
        let mut on: BTreeMap<(About, &str), BTreeSet<&'static str>> = BTreeMap::new();
        for right in rights {
            let about = (right.need, sid_of(right.action), right.only.clone());
            on.entry((about, &right.resource))
                .or_default()
                .insert(right.action);
        }
        let mut alike: BTreeMap<(About, Vec<&'static str>), Vec<String>> = BTreeMap::new();
        for ((about, resource), actions) in on {
            let actions = actions.into_iter().collect();
            let resources = alike.entry((about, actions)).or_default();
            resources.push(resource.to_owned());
        }
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let statement = alike
            .into_iter()
            .map(|(((need, sid, only), action), resource)| {
                let name = format!("{sid}{need}");
                let number = names.entry(name.clone()).or_default();
                *number += 1;
                let condition = only.map(|only| {
                    let compared = BTreeMap::from([(only.key, only.value)]);
                    BTreeMap::from([(only.operator, compared)])
                });
                Statement {
                    condition,
                    ..Statement::allow(format!("{name}{number}"), action, resource)
                }
            });
        Self::of(statement.collect())
    }

    /// Its characters as IAM counts them.
    fn size(&self) -> serde_json::Result<usize> {
        Ok(serde_json::to_string(self)?.chars().count())
    }

    fn written(&self, fit: Fit) -> serde_json::Result<PlanPolicy> {
        let text = self.pretty()?;
        Ok(PlanPolicy { text, fit })
    }
}

/// The name of the statements that hold an action.
fn sid_of(action: &str) -> &'static str {
    match action.split_once(':') {
        Some(("apigateway", _)) => sid(Service::ApiGateway),
        Some(("ec2", _)) => sid(Service::Ec2),
        Some(("elasticloadbalancing", _)) => sid(Service::ElasticLoadBalancing),
        Some(("wafv2", _)) => sid(Service::Wafv2),
        Some(("cloudwatch", _)) => sid(Service::CloudWatch),
        Some(("ssm", _)) => "UnbridgeLock",
        _ => "UnbridgeRoles",
    }
}
