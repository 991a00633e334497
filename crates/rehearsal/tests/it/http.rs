//! H31: plans for an HTTP API, which has no canary releases: a second integration, routes moved one
//! by one, and a deployment for the stage that does not deploy by itself.

use unbridge_model::apigateway::HttpRoute;
use unbridge_model::id::{DeploymentId, HttpApiId, HttpIntegrationId, ListenerArn, StageName};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Step, Undo};
use unbridge_model::text::Text;
use unbridge_rehearsal::{Branches, CounterExample, Why};
use unbridge_sim::account::{Account, RegionState};
use unbridge_sim::build::Estate;
use unbridge_sim::live::{Live, Switches};

use crate::bad::{harmed, stopped};
use crate::good::{REGION, rehearsed};
use crate::plans::{Draft, Site, id};

/// `web` goes over `direct` to the NLB: `live` deploys by itself, `still` does not.
pub(crate) fn account() -> Account {
    Estate::new("123456789012")
        .region(REGION)
        .bridge("x", 80)
        .bridge("y", 80)
        .v2_link("direct")
        .rest_api("api", |api| api.proxy("/all", "x-link").deploy("prod"))
        .http_api("web", |api| {
            api.private("GET /orders", "direct", "x-nlb", 80)
                .private("$default", "direct", "x-nlb", 80)
                .auto("live")
                .freeze("still")
        })
        .build()
        .expect("an account")
}

fn state(account: &Account) -> &RegionState {
    account.regions.values().next().expect("a region")
}

fn listener_of(account: &Account, alb: &str) -> ListenerArn {
    let alb = state(account).load_balancer_named(alb).expect("the ALB");
    alb.listeners.as_ref().expect("listeners")[0].arn.clone()
}

/// The deployment that `still` runs: the account of a scan names it.
fn runs(account: &Account, api: &HttpApiId) -> DeploymentId {
    let region = account.regions.keys().next().expect("a region");
    let live = Live::new(account.clone(), region.clone(), Switches::default());
    let stage = StageName::new("still").expect("a stage");
    live.http_deployment(api, &stage).expect("a deployment")
}

/// What the plan knows of `web`.
struct Web {
    api: HttpApiId,
    listener: ListenerArn,
    runs: DeploymentId,
}

impl Web {
    fn bake(&self, stage: &str) -> Gate {
        Gate::BakeHttp {
            api: self.api.clone(),
            stages: vec![StageName::new(stage).expect("a stage")],
            seconds: 300,
        }
    }

    fn copy(&self, name: &str, like: &HttpIntegrationId) -> Step {
        let operation = Operation::CreateHttpIntegration {
            api: self.api.clone(),
            like: like.clone(),
            link: Later::From(id("link")),
            listener: self.listener.clone(),
        };
        let undo = Undo::Operation {
            operation: Operation::DeleteHttpIntegration {
                api: self.api.clone(),
                integration: Later::From(id(name)),
            },
            only_if: Vec::new(),
        };
        crate::plans::step(name, Phase::Rewire, operation, undo)
    }

    fn moves(&self, name: &str, route: &HttpRoute, copy: &str) -> Step {
        let known = route.id.clone().expect("an id");
        let to = |integration| Operation::UpdateRoute {
            api: self.api.clone(),
            route: known.clone(),
            key: route.key.clone(),
            integration,
        };
        let goes = |integration| Condition::RouteGoesTo {
            api: self.api.clone(),
            route: known.clone(),
            integration,
        };
        let old = Later::Known(route.integration.clone().expect("an integration"));
        let new = Later::From(id(copy));
        let undo = Undo::Operation {
            operation: to(old.clone()),
            only_if: vec![goes(new.clone())],
        };
        let mut step = crate::plans::step(name, Phase::Shift, to(new.clone()), undo);
        step.preconditions.push(goes(old));
        step.verification.push(goes(new));
        step.verify_within = 60;
        step.gate = Some(self.bake("live"));
        step
    }

    fn deploys(&self) -> [Step; 2] {
        let stage = StageName::new("still").expect("a stage");
        let freeze = Operation::CreateHttpDeployment {
            api: self.api.clone(),
            description: Text::new("over the new link"),
        };
        let set = |deployment| Operation::SetHttpDeployment {
            api: self.api.clone(),
            stage: stage.clone(),
            deployment,
        };
        let runs = |deployment| Condition::HttpStageRuns {
            api: self.api.clone(),
            stage: stage.clone(),
            deployment,
        };
        let (old, new) = (Later::Known(self.runs.clone()), Later::From(id("deploy")));
        let undo = Undo::Operation {
            operation: set(old.clone()),
            only_if: vec![runs(new.clone())],
        };
        let mut step = crate::plans::step("promote", Phase::Shift, set(new.clone()), undo);
        step.preconditions.push(runs(old));
        step.verification.push(runs(new));
        step.verify_within = 60;
        step.gate = Some(self.bake("still"));
        // AWS keeps deployments of HTTP APIs; nothing runs it once the stage is moved back.
        [
            crate::plans::step("deploy", Phase::Shift, freeze, Undo::Nothing),
            step,
        ]
    }
}

/// The good plan for `web`.
pub(crate) fn good(account: &Account) -> Draft {
    let api = state(account).http_api_named("web").expect("the API");
    let web = Web {
        api: api.api.id.clone(),
        listener: listener_of(account, "x-alb"),
        runs: runs(account, &api.api.id),
    };
    let mut draft = Draft::prepared(Site::of(account, REGION, "api"));
    let routes: Vec<&HttpRoute> = api.api.routes.iter().flatten().collect();
    for (number, route) in (1..).zip(&routes) {
        let old = route.integration.as_ref().expect("an integration");
        draft = draft.and(web.copy(&format!("copy-{number}"), old));
    }
    for (number, route) in (1..).zip(&routes) {
        let (name, copy) = (format!("route-{number}"), format!("copy-{number}"));
        let mut step = web.moves(&name, route, &copy);
        step.preconditions.push(draft.admitted());
        draft = draft.and(step);
    }
    web.deploys().into_iter().fold(draft, Draft::and)
}

#[track_caller]
fn refuted(spoil: impl FnOnce(&Account, Draft) -> Draft) -> CounterExample {
    let account = account();
    let plan = spoil(&account, good(&account)).plan();
    let rehearsal = rehearsed(&account, &plan, Branches::Rejoin);
    *rehearsal.counter_example.expect("a counter-example")
}

fn unchecked(step: &mut Step) {
    step.preconditions.clear();
}

#[test]
fn a_good_plan_for_an_http_api_is_proven_h31() {
    let account = account();
    let rehearsal = rehearsed(&account, &good(&account).plan(), Branches::Rejoin);
    if let Some(found) = &rehearsal.counter_example {
        panic!(
            "{}\nif {}\n{:?}\n{}",
            found.why, found.switches, found.scenario, found.trace
        );
    }
    assert!(rehearsal.runs > 300, "{}", rehearsal.runs);
}

#[test]
fn a_route_moved_before_the_link_is_available_loses_requests_h31() {
    let found = refuted(|_, plan| plan.with("link", |step| step.verification.clear()));
    harmed(&found, "cannot arrive", "route-1");
    assert!(
        found.why.to_string().contains("of stage live"),
        "{}",
        found.why
    );
}

#[test]
fn a_route_over_a_link_that_the_alb_does_not_admit_is_not_moved_h33() {
    let found = refuted(|_, plan| plan.without("ingress"));
    stopped(&found, "route-1", "the group has no such rule");
}

#[test]
fn without_an_egress_rule_the_first_route_that_is_moved_loses_requests_h33() {
    let found = refuted(|_, plan| plan.without("egress"));
    harmed(&found, "cannot arrive", "route-1");
}

#[test]
fn a_copy_on_the_listener_of_another_alb_sends_requests_there() {
    let found = refuted(|account, plan| {
        let wrong = listener_of(account, "y-alb");
        let change = |step: &mut Step| {
            if let Operation::CreateHttpIntegration { listener, .. } = &mut step.operation {
                *listener = wrong.clone();
            }
        };
        // The link's group lets everything out, or requests would not get that far.
        plan.without("group-closed")
            .without("egress")
            .with("copy-1", change)
    });
    harmed(&found, "forwarded to y-", "route-1");
}

#[test]
fn an_integration_that_a_route_still_names_is_not_deleted() {
    let found = refuted(|account, plan| {
        let api = state(account).http_api_named("web").expect("the API");
        let integrations = api.api.integrations.as_ref().expect("integrations");
        let operation = Operation::DeleteHttpIntegration {
            api: api.api.id.clone(),
            integration: Later::Known(integrations[0].id.clone()),
        };
        let step = crate::plans::step("tidy", Phase::Shift, operation, Undo::Nothing);
        plan.and(step).moved("tidy", "route-1")
    });
    stopped(&found, "tidy", "it is the target of route");
}

#[test]
fn a_deployment_made_before_the_routes_are_moved_moves_nothing() {
    let found = refuted(|_, plan| plan.moved("deploy", "route-1"));
    let Why::NothingMoved(_, stage) = &found.why else {
        panic!("{}\n{}", found.why, found.trace);
    };
    assert_eq!(stage.as_str(), "still");
}

#[test]
fn a_route_sent_to_its_own_integration_moves_nothing() {
    let found = refuted(|account, plan| {
        let api = state(account).http_api_named("web").expect("the API");
        let routes = api.api.routes.clone().expect("routes");
        let same = |plan: Draft, (number, route): (u32, &HttpRoute)| {
            plan.with(&format!("route-{number}"), |step| {
                if let Operation::UpdateRoute { integration, .. } = &mut step.operation {
                    let old = route.integration.clone().expect("an integration");
                    *integration = Later::Known(old);
                }
                step.verification.clear();
            })
        };
        (1..).zip(&routes).fold(plan, same)
    });
    let Why::NothingMoved(_, stage) = &found.why else {
        panic!("{}\n{}", found.why, found.trace);
    };
    assert_eq!(stage.as_str(), "live");
}

#[test]
fn without_a_way_back_from_a_route_nothing_that_it_uses_can_go() {
    let found = refuted(|_, plan| {
        plan.with("route-1", |step| step.undo = Undo::Nothing)
            .with("route-2", unchecked)
    });
    assert!(found.scenario.is_some(), "{}", found.why);
    assert!(!matches!(found.why, Why::Harm(_)), "{}", found.why);
}
