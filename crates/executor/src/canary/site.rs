//! What a gate is about: stages, the ALBs and target groups that the new way leads to, and the share
//! of requests that go it. All of it follows from the plan and from how the region stands.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{HttpApi, RestApi};
use unbridge_model::elb::{Action, LoadBalancer};
use unbridge_model::id::{
    HttpApiId, ListenerArn, LoadBalancerArn, RestApiId, StageName, TargetGroupArn,
};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::{IntegrationPatch, MethodRef, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Body, Step};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_model::usage::{Measured, MetricQuery, metric_name};

use super::Minutes;

/// What a gate is about.
#[derive(Debug)]
pub(super) struct Site {
    /// The share of requests that go the new way, in percent.
    pub(super) share_percent: f64,
    /// Where they are counted, and what people call it.
    pub(super) places: Vec<(Measured, Text)>,
    /// The groups of `places`.
    pub(super) groups: Vec<(TargetGroupArn, Text)>,
    /// Other APIs that are counted under the same name.
    pub(super) namesakes: Vec<Text>,
}

/// Listeners of an ALB, by port; `None` for all of them, where the port is not known.
type Ports = BTreeMap<LoadBalancerArn, BTreeSet<Option<u16>>>;

impl Site {
    /// The site of a step's gate; the names are those of all REST APIs of the region.
    ///
    /// # Errors
    /// What is not known of it, for a person.
    pub(super) fn of(
        body: &Body,
        facts: &RegionFacts,
        step: &Step,
        gate: &Gate,
        named: &[(RestApiId, Text)],
    ) -> Result<Self, String> {
        let (stages, ports, namesakes, share_percent) = match (gate, &step.operation) {
            (Gate::Bake { api, stage, .. }, Operation::SetCanary { percent, .. }) => {
                let (stage, namesakes) = rest_stage(api, stage, named)?;
                let share = f64::from(percent.get());
                (vec![stage], rest_ports(body, facts, api), namesakes, share)
            }
            // Requests end that began before; all others go the new way.
            (Gate::Drain { .. }, Operation::SetDeployment { api, stage, .. }) => {
                let (stage, namesakes) = rest_stage(api, stage, named)?;
                (vec![stage], rest_ports(body, facts, api), namesakes, 100.0)
            }
            (Gate::BakeHttp { api, stages, .. }, _) => {
                let known = facts.http_apis.iter().find(|known| known.id == *api);
                let name = known.map_or(api.as_str(), |known| known.name.as_str());
                let of = |stage: &StageName| {
                    let of = Measured::HttpStage {
                        api_id: Text::new(api.as_str()),
                        stage: stage.clone(),
                    };
                    (of, Text::from(format!("stage {stage} of {name}")))
                };
                let stages = stages.iter().map(of).collect();
                let share = http_share(step, known);
                let ports = http_ports(body, facts, step, api)?;
                (stages, ports, Vec::new(), share)
            }
            (Gate::Bake { .. }, _) => return Err(format!("step {} sets no share", step.id)),
            (Gate::Proof { .. } | Gate::Drain { .. }, _) => {
                return Err("no gate to measure".to_owned());
            }
        };
        let mut site = Self {
            share_percent,
            places: stages,
            groups: Vec::new(),
            namesakes,
        };
        if ports.is_empty() {
            return Err("the plan does not say which ALB the new way leads to".to_owned());
        }
        for (alb, ports) in &ports {
            site.add_alb(facts, alb, ports)?;
        }
        for (of, name) in &site.places {
            if of.dimensions().is_none() {
                return Err(format!("CloudWatch can have no metrics of {name}"));
            }
        }
        Ok(site)
    }

    fn add_alb(
        &mut self,
        facts: &RegionFacts,
        arn: &LoadBalancerArn,
        ports: &BTreeSet<Option<u16>>,
    ) -> Result<(), String> {
        let known = facts.load_balancers.get(arn);
        let alb = known.ok_or_else(|| format!("{arn} was not found"))?;
        let name = Text::from(format!("ALB {}", arn.name()));
        let of = Measured::LoadBalancer(arn.clone());
        if of.watched().is_empty() {
            return Err(format!("{arn} is no ALB"));
        }
        self.places.push((of, name));
        for group in groups(alb, ports)? {
            let known = facts.target_groups.get(&group);
            let name = known.map_or(group.as_str(), |known| known.name.as_str());
            let name = Text::from(format!("target group {name}"));
            let of = Measured::TargetGroup {
                load_balancer: arn.clone(),
                group: group.clone(),
            };
            self.places.push((of, name.clone()));
            self.groups.push((group, name));
        }
        Ok(())
    }

    /// Everything that is read of it.
    pub(super) fn queries(&self) -> impl Iterator<Item = MetricQuery> {
        self.places.iter().flat_map(|(of, _)| {
            of.watched().iter().map(|measure| MetricQuery {
                of: of.clone(),
                measure: *measure,
            })
        })
    }

    /// For each place that nothing was read.
    pub(super) fn unread(&self) -> Vec<Minutes> {
        self.places.iter().map(|_| Minutes::new()).collect()
    }

    /// For each place that nothing was counted yet.
    pub(super) fn nothing(&self) -> Vec<Minutes> {
        let none = |(of, _): &(Measured, Text)| -> Minutes {
            of.watched().iter().map(|one| (*one, Vec::new())).collect()
        };
        self.places.iter().map(none).collect()
    }
}

/// Where the requests of a stage are counted, with what people call it, and other APIs that are
/// counted under the same name.
type Counted = ((Measured, Text), Vec<Text>);

fn rest_stage(
    api: &RestApiId,
    stage: &StageName,
    named: &[(RestApiId, Text)],
) -> Result<Counted, String> {
    let name = named.iter().find(|(id, _)| id == api);
    let (_, name) = name.ok_or_else(|| format!("there is no REST API {api}"))?;
    let of = Measured::RestStage {
        api_name: name.clone(),
        stage: stage.clone(),
    };
    let same =
        |other: &&(RestApiId, Text)| other.0 != *api && metric_name(&other.1) == metric_name(name);
    let namesakes = named.iter().filter(same);
    let namesakes = namesakes.map(|(id, _)| Text::new(id.as_str())).collect();
    let called = Text::from(format!("stage {stage} of {name}"));
    Ok(((of, called), namesakes))
}

/// The part of an HTTP API's requests that a step moves. How many a route gets is not known: each is
/// taken to get as many as any other.
fn http_share(step: &Step, api: Option<&HttpApi>) -> f64 {
    let routes = api.and_then(|api| api.routes.as_ref()).map_or(1, Vec::len);
    if let Operation::UpdateRoute { .. } = step.operation {
        100.0 / routes.max(1) as f64
    } else {
        100.0
    }
}

/// Where the methods of a REST API lead to.
fn rest_ports(body: &Body, facts: &RegionFacts, api: &RestApiId) -> Ports {
    let known = facts.rest_apis.iter().find(|known| known.id == *api);
    let mut ports = Ports::new();
    for step in &body.steps {
        let Operation::UpdateIntegration { method, patch } = &step.operation else {
            continue;
        };
        if let (true, Some(alb)) = (method.api == *api, &patch.integration_target) {
            let port = address(method, patch, known).and_then(|uri| port(&uri));
            ports.entry(alb.clone()).or_default().insert(port);
        }
    }
    ports
}

fn address(method: &MethodRef, patch: &IntegrationPatch, api: Option<&RestApi>) -> Option<Uri> {
    if let Some(uri) = &patch.uri {
        return Some(uri.clone());
    }
    let mut methods = api?.draft.as_ref()?.iter();
    let known = methods.find(|known| known.path == method.path && known.verb == method.verb)?;
    known.integration.as_ref()?.uri.clone()
}

/// The port that an address names; `None` where a stage variable may hold it.
fn port(uri: &Uri) -> Option<u16> {
    let base = uri.base();
    if !base.is_literal() {
        return None;
    }
    let (scheme, host) = base.as_str().split_once("://")?;
    match (host.rsplit_once(':'), scheme) {
        (Some((_, port)), _) => port.parse().ok(),
        (None, "http") => Some(80),
        (None, "https") => Some(443),
        (None, _) => None,
    }
}

/// Where the routes that a step moves lead to.
fn http_ports(
    body: &Body,
    facts: &RegionFacts,
    step: &Step,
    api: &HttpApiId,
) -> Result<Ports, String> {
    let moved = if let Operation::UpdateRoute {
        integration: Later::From(made),
        ..
    } = &step.operation
    {
        Some(made)
    } else {
        None
    };
    let listeners = body.steps.iter().filter_map(|one| {
        let Operation::CreateHttpIntegration {
            api: of, listener, ..
        } = &one.operation
        else {
            return None;
        };
        let is_meant = of == api && moved.is_none_or(|made| *made == one.id);
        is_meant.then_some(listener)
    });
    let mut ports = Ports::new();
    for listener in listeners {
        let (alb, port) =
            alb_of(facts, listener).ok_or_else(|| format!("listener {listener} was not found"))?;
        ports.entry(alb).or_default().insert(port);
    }
    Ok(ports)
}

fn alb_of(facts: &RegionFacts, listener: &ListenerArn) -> Option<(LoadBalancerArn, Option<u16>)> {
    facts.load_balancers.values().find_map(|lb| {
        let mut listeners = lb.listeners.iter().flatten();
        let found = listeners.find(|known| known.arn == *listener)?;
        Some((lb.arn.clone(), found.port))
    })
}

/// The target groups that these listeners forward to.
fn groups(
    alb: &LoadBalancer,
    ports: &BTreeSet<Option<u16>>,
) -> Result<BTreeSet<TargetGroupArn>, String> {
    let unread = || format!("the listeners of {} were not read", alb.name);
    let listeners = alb.listeners.as_ref().ok_or_else(unread)?;
    let all = ports.contains(&None);
    let used = listeners
        .iter()
        .filter(|one| all || ports.contains(&one.port));
    let mut groups = BTreeSet::new();
    for listener in used {
        let rules = listener.rules.as_ref().ok_or_else(unread)?;
        let actions = rules.iter().flat_map(|rule| &rule.actions);
        for action in actions.chain(&listener.default_actions) {
            if let Action::Forward { groups: forward } = action {
                groups.extend(forward.iter().map(|one| one.group.clone()));
            }
        }
    }
    Ok(groups)
}
