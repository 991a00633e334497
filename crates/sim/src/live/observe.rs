//! Whether a state holds now, as AWS tells it.

use unbridge_model::apigateway::VpcLink;
use unbridge_model::elb::Target;
use unbridge_model::id::{
    LoadBalancerArn, RestApiId, SecurityGroupId, StageName, TargetGroupArn, VpcLinkId,
};
use unbridge_model::plan::condition::{Condition, PatchedMethod};
use unbridge_model::plan::operation::{IntegrationPatch, MethodRef};
use unbridge_model::plan::value::Settled;
use unbridge_model::port::{Held, ReadError, Untouched};
use unbridge_model::text::Text;

use super::balancers::is_protected;
use super::groups::{groups, has, lets_everything_out};
use super::owned::unreadable;
use super::rest::{drafted, patched};
use super::unused::Older;
use super::world::World;
use crate::account::{HttpRuns, RegionState, StageState};
use crate::data_plane;

pub(super) fn no(found: impl Into<String>) -> Held {
    Held::No {
        found: Text::from(found.into()),
    }
}

fn holds(is: bool, found: impl FnOnce() -> String) -> Held {
    match is {
        true => Held::Yes,
        false => no(found()),
    }
}

impl World {
    pub(super) fn observe(&mut self, condition: &Condition<Settled>) -> Result<Held, ReadError> {
        use Condition as C;
        self.pay_for_reading(condition)?;
        let state = self.state().map_err(unreadable)?;
        let group_of = |id: &SecurityGroupId| groups(state).find(|group| group.id == *id);
        Ok(match condition {
            C::GroupStands { vpc, group } => match group_of(group) {
                Some(known) => holds(known.vpc.as_ref() == Some(vpc), || {
                    let home = known.vpc.as_ref().map(ToString::to_string);
                    format!("it is in {}", home.as_deref().unwrap_or("no VPC"))
                }),
                None => no("there is no such group"),
            },
            C::GroupGone { group } => match group_of(group) {
                Some(known) => no(format!("it stands, as {}", known.name)),
                None => Held::Yes,
            },
            C::RuleStands { group, rule } => match group_of(group) {
                Some(known) => holds(has(known, rule), || "the group has no such rule".to_owned()),
                None => no("there is no such group"),
            },
            C::RuleGone { group, rule } => {
                let known = group_of(group);
                holds(!known.is_some_and(|known| has(known, rule)), || {
                    "the group has the rule".to_owned()
                })
            }
            C::DefaultEgressGone { group } => match group_of(group) {
                Some(known) => holds(!lets_everything_out(known), || {
                    "the group lets everything out".to_owned()
                }),
                None => no("there is no such group"),
            },
            C::LinkAvailable { link } => match state.v2_links().find(|known| known.id == *link) {
                Some(VpcLink { status, .. }) if *status == "FAILED" => Held::Never {
                    found: Text::new("it is FAILED"),
                },
                Some(VpcLink { status, .. }) => {
                    holds(status == "AVAILABLE", || format!("it is {status}"))
                }
                None => no("there is no such link"),
            },
            C::LinkGone { link } => gone(state.v2_links().find(|known| known.id == *link)),
            C::LinkUnused { link } => {
                let older = match self.links_before.contains(link) {
                    true => Older::None,
                    false => Older::AllBut(&self.descriptions),
                };
                super::unused::link_unused(state, link, older)
            }
            C::LinkAdmitted {
                link,
                load_balancer,
                port,
            } => admitted(state, link, load_balancer, *port),
            C::V1LinkUnused { link, websockets } => {
                super::unused::v1_link_unused(state, link, *websockets)
            }
            C::V1LinkGone { link } => gone(state.v1_links().find(|known| known.id == *link)),
            C::IntegrationIs { method, patch } => integration_is(state, method, patch),
            C::DeploymentStands { api, deployment } => {
                let known = state.rest_api(api);
                let stands = known.is_some_and(|api| api.deployments.contains_key(deployment));
                holds(stands, || "there is no such deployment".to_owned())
            }
            C::DeploymentGone { api, deployment } => {
                let known = state.rest_api(api);
                let stands = known.is_some_and(|api| api.deployments.contains_key(deployment));
                holds(!stands, || "it stands".to_owned())
            }
            C::StageRuns {
                api,
                stage,
                deployment,
            } => on_stage(state, api, stage, |known| {
                let runs = known.deployment == *deployment && known.canary.is_none();
                holds(runs, || said(known))
            }),
            C::CanaryIs {
                api,
                stage,
                deployment,
                percent,
            } => on_stage(state, api, stage, |known| {
                let is = known.canary.as_ref().is_some_and(|canary| {
                    let share =
                        percent.is_none_or(|share| canary.percent == f64::from(share.get()));
                    canary.deployment == *deployment && share && canary.overrides.is_empty()
                });
                holds(is, || said(known))
            }),
            C::NoCanary { api, stage } => on_stage(state, api, stage, |known| {
                holds(known.canary.is_none(), || said(known))
            }),
            C::StageGone { api, stage } => {
                let known = state.rest_api(api).and_then(|api| api.stage(stage));
                known.map_or(Held::Yes, |known| no(said(known)))
            }
            C::StageFurnished { api, stage, like } => on_stage(state, api, like, |_| {
                on_stage(state, api, stage, |_| {
                    let place = (api.clone(), stage.clone());
                    holds(!self.unfurnished.contains(&place), || {
                        "it lacks the throttle and the web ACL".to_owned()
                    })
                })
            }),
            C::StagesAlike {
                api,
                stage,
                like,
                but,
            } => match state.rest_api(api) {
                Some(api) => super::alike::alike(api, stage, like, but),
                None => no("there is no such API"),
            },
            C::RouteGoesTo {
                api,
                route,
                integration,
            } => {
                let known = state.http_api(api);
                let known = known.and_then(|api| super::http::route(api, route));
                match known.map(|route| &route.integration) {
                    Some(Some(found)) => {
                        holds(found == integration, || format!("it goes to {found}"))
                    }
                    Some(None) => no("it goes nowhere"),
                    None => no("there is no such route"),
                }
            }
            C::HttpIntegrationGone { api, integration } => {
                let known = state.http_api(api);
                let mut known = known.iter().flat_map(|known| &known.api.integrations);
                holds(
                    !known.any(|all| all.iter().any(|one| one.id == *integration)),
                    || "it stands".to_owned(),
                )
            }
            C::HttpDeploymentGone { api, deployment } => {
                let place = (api.clone(), deployment.clone());
                holds(!self.http.contains_key(&place), || "it stands".to_owned())
            }
            C::HttpDeploymentUnused { api, deployment } => {
                let known = state.http_api(api);
                let mut stages = known.iter().flat_map(|known| &known.stages);
                match stages.find(|known| known.deployment.as_ref() == Some(deployment)) {
                    Some(known) => no(format!("stage {} runs it", known.name)),
                    None => Held::Yes,
                }
            }
            C::HttpStageRuns {
                api,
                stage,
                deployment,
            } => {
                let known = state.http_api(api);
                let mut stages = known.iter().flat_map(|known| &known.stages);
                match stages
                    .find(|known| known.name == *stage)
                    .map(|known| (&known.runs, &known.deployment))
                {
                    None => no("there is no such stage"),
                    Some((HttpRuns::Current, _)) => no("the stage deploys by itself"),
                    Some((HttpRuns::Frozen(_), found)) => {
                        let found = found.as_ref();
                        let words = || found.map_or("nothing".to_owned(), ToString::to_string);
                        holds(found == Some(deployment), || format!("it runs {}", words()))
                    }
                }
            }
            C::TargetRegistered {
                group,
                target,
                port,
            } => match state.target_group(group) {
                Some(_) => holds(is_registered(state, group, target, *port), || {
                    "it is not registered".to_owned()
                }),
                None => no("there is no such target group"),
            },
            C::TargetGone {
                group,
                target,
                port,
            } => holds(!is_registered(state, group, target, *port), || {
                "it is registered".to_owned()
            }),
            C::NotProtected { load_balancer } => match state.load_balancer(load_balancer) {
                Some(known) => holds(!is_protected(known), || {
                    "its deletion protection is on".to_owned()
                }),
                None => no("there is no such load balancer"),
            },
            C::LoadBalancerUnnamed {
                load_balancer,
                hosts,
                websockets,
            } => match state.load_balancer(load_balancer) {
                Some(known) => {
                    super::unused::load_balancer_unnamed(state, known, *hosts, *websockets)
                }
                None => no("there is no such load balancer"),
            },
            C::LoadBalancerGone { load_balancer } => {
                let known = state.load_balancer(load_balancer);
                holds(known.is_none(), || "it stands".to_owned())
            }
            C::TargetGroupGone { group } => {
                let known = state.target_group(group);
                holds(known.is_none(), || "it stands".to_owned())
            }
        })
    }
}

impl World {
    pub(super) fn is_left_alone(&mut self, what: &Untouched) -> Result<Held, ReadError> {
        self.pay_for_untouched()?;
        let state = self.state().map_err(unreadable)?;
        Ok(match what {
            Untouched::OwnDeployment {
                api,
                stage,
                deployment,
            } => on_stage(state, api, stage, |known| {
                holds(known.deployment == *deployment, || said(known))
            }),
            Untouched::Draft { api: _, methods } => {
                let held = methods.iter().find_map(|PatchedMethod { method, patch }| {
                    let Held::No { found } = integration_is(state, method, patch) else {
                        return None;
                    };
                    let (verb, path) = (<&str>::from(method.verb), &method.path);
                    Some(no(format!("{verb} {path}: {found}")))
                });
                held.unwrap_or(Held::Yes)
            }
        })
    }
}

fn admitted(
    state: &RegionState,
    link: &VpcLinkId,
    load_balancer: &LoadBalancerArn,
    port: u16,
) -> Held {
    let Some(link) = state.v2_links().find(|known| known.id == *link) else {
        return no("there is no such link");
    };
    match state.load_balancer(load_balancer) {
        Some(known) => holds(data_plane::admits_link(state, link, known, port), || {
            format!(
                "none of its security groups lets TCP {port} in from all of the link's subnets, or from a group of the link"
            )
        }),
        None => no("there is no such load balancer"),
    }
}

fn gone(link: Option<&VpcLink>) -> Held {
    link.map_or(Held::Yes, |link| no(format!("it is {}", link.status)))
}

fn on_stage(
    state: &RegionState,
    api: &RestApiId,
    stage: &StageName,
    look: impl FnOnce(&StageState) -> Held,
) -> Held {
    let known = state.rest_api(api).and_then(|api| api.stage(stage));
    known.map_or_else(|| no("there is no such stage"), look)
}

/// What a stage runs, in words.
fn said(stage: &StageState) -> String {
    let runs = format!("it runs {}", stage.deployment);
    let Some(canary) = &stage.canary else {
        return format!("{runs} and has no canary release");
    };
    let own = match canary.overrides.is_empty() {
        true => "",
        false => " with variables of its own",
    };
    let (percent, deployment) = (canary.percent, &canary.deployment);
    format!("{runs} and has a canary release of {percent} % on {deployment}{own}")
}

fn integration_is(
    state: &RegionState,
    method: &MethodRef,
    patch: &IntegrationPatch<Settled>,
) -> Held {
    let api = state.rest_api(&method.api);
    let known = api.and_then(|api| drafted(api, method));
    let Some(known) = known.and_then(|known| known.integration.as_deref()) else {
        return no("there is no such integration");
    };
    holds(patched(known, patch) == *known, || {
        let link = known.vpc_link.as_ref().map_or("none", |link| link.as_str());
        let target = known
            .target
            .as_ref()
            .map_or("none", |target| target.as_str());
        let uri = known.uri.as_ref().map(ToString::to_string);
        let uri = uri.as_deref().unwrap_or("none");
        format!("connectionId {link}, integrationTarget {target}, uri {uri}")
    })
}

fn is_registered(state: &RegionState, group: &TargetGroupArn, target: &Text, port: u16) -> bool {
    let Some(group) = state.target_group(group) else {
        return false;
    };
    let mut targets = group.targets.iter().flatten();
    let is_it = |known: &Target| known.id == *target && known.port.or(group.port) == Some(port);
    targets.any(is_it)
}
