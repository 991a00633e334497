use unbridge_model::apigateway::LinkReach;
use unbridge_model::id::{HttpApiId, HttpIntegrationId, ListenerArn, RouteId};
use unbridge_model::route::Landing;

use super::*;
use crate::account::HttpApiState;

/// `web` goes over `direct` to the NLB: `live` deploys by itself, `still` does not.
fn desk() -> Desk {
    Desk::of(estate().http_api("web", |api| {
        api.private("$default", "direct", "orders-nlb", 80)
            .auto("live")
            .freeze("still")
    }))
}

impl Desk {
    fn web(&self) -> HttpApiState {
        let state = self.state();
        state.http_api_named("web").expect("the API").clone()
    }

    fn web_id(&self) -> HttpApiId {
        self.web().api.id
    }

    fn integration(&self) -> HttpIntegrationId {
        let web = self.web();
        let mut routes = web.api.routes.iter().flatten();
        let route = routes.next().expect("a route");
        route.integration.clone().expect("an integration")
    }

    fn alb_listener(&self) -> ListenerArn {
        let state = self.state();
        let alb = state.load_balancer_named("orders-alb").expect("the ALB");
        alb.listeners.as_ref().expect("listeners")[0].arn.clone()
    }

    fn copy(&self) -> Op {
        self.copy_over(&self.link("direct"))
    }

    fn copy_over(&self, link: &VpcLinkId) -> Op {
        Operation::CreateHttpIntegration {
            api: self.web_id(),
            like: self.integration(),
            link: link.clone(),
            listener: self.alb_listener(),
        }
    }

    fn copied(&self) -> HttpIntegrationId {
        self.copied_over(&self.link("direct"))
    }

    fn copied_over(&self, link: &VpcLinkId) -> HttpIntegrationId {
        match self.done(self.copy_over(link)) {
            Some(Output::HttpIntegration(id)) => id,
            made => panic!("{made:?}"),
        }
    }

    /// The links over which requests to a stage of `web` are lost now.
    fn loses(&self, name: &str) -> Vec<Option<VpcLinkId>> {
        let answers = self.0.answers(&self.to_web(name)).into_iter();
        answers
            .filter(|answer| !matches!(answer.landing, Landing::Lands { .. }))
            .map(|answer| answer.link)
            .collect()
    }

    fn route(&self, integration: &HttpIntegrationId) -> Op {
        let web = self.web();
        let mut routes = web.api.routes.iter().flatten();
        let route = routes.next().expect("a route");
        Operation::UpdateRoute {
            api: self.web_id(),
            route: route.id.clone().expect("an id"),
            key: route.key.clone(),
            integration: integration.clone(),
        }
    }

    fn to_web(&self, name: &str) -> Request<AnyApi> {
        Request {
            api: AnyApi::Http(self.web_id()),
            ..self.request(name)
        }
    }

    /// How many ways there are for a request to a stage.
    fn ways(&self, name: &str) -> usize {
        self.0.answers(&self.to_web(name)).len()
    }

    fn set_web(&self, name: &str, deployment: &DeploymentId) -> Op {
        Operation::SetHttpDeployment {
            api: self.web_id(),
            stage: stage(name),
            deployment: deployment.clone(),
        }
    }

    fn web_deployed(&self) -> DeploymentId {
        let operation = Operation::CreateHttpDeployment {
            api: self.web_id(),
            description: Text::new("moved"),
        };
        match self.done(operation) {
            Some(Output::Deployment(id)) => id,
            made => panic!("{made:?}"),
        }
    }
}

#[test]
fn a_second_integration_carries_nothing_until_a_route_goes_to_it_h31() {
    let desk = desk();
    let before = desk.0.answers(&desk.to_web("live"));
    let old = desk.integration();
    let new = desk.copied();
    desk.wait(60);
    assert_eq!(desk.0.answers(&desk.to_web("live")), before);
    let web = desk.web();
    let of = |id: &HttpIntegrationId| {
        let mut integrations = web.api.integrations.iter().flatten();
        let one = integrations.find(|one| one.id == *id).expect("one");
        one.integration.clone()
    };
    let (old, new) = (of(&old), of(&new));
    assert_eq!(
        new.uri.map(|uri| uri.to_string()),
        Some(desk.alb_listener().to_string())
    );
    assert_eq!((old.kind, old.carried), (new.kind, new.carried));
}

#[test]
fn an_edited_route_is_live_at_once_where_the_stage_deploys_by_itself_h31() {
    let desk = desk();
    let new = desk.copied();
    let still = desk.0.answers(&desk.to_web("still"));
    let goes = Condition::RouteGoesTo {
        api: desk.web_id(),
        route: match desk.route(&new) {
            Operation::UpdateRoute { route, .. } => route,
            other => panic!("{other:?}"),
        },
        integration: new.clone(),
    };
    assert!(!desk.holds(&goes));
    let state = desk.state();
    let alb = state
        .load_balancer_named("orders-alb")
        .expect("the ALB")
        .arn
        .clone();
    // The two ways have to end apart to be told apart.
    desk.edit(|state| {
        let mut load_balancers = state.load_balancers.iter_mut();
        let alb = load_balancers.find(|lb| lb.arn == alb).expect("the ALB");
        alb.listeners.as_mut().expect("listeners")[0].port = Some(8080);
    });
    assert_eq!(desk.ways("live"), 1);
    desk.done(desk.route(&new));
    assert!(desk.holds(&goes));
    assert_eq!(desk.ways("live"), 2);
    desk.wait(60);
    assert_eq!(desk.ways("live"), 1);
    assert_eq!(desk.ways("still"), 1);
    assert_ne!(
        desk.0.answers(&desk.to_web("still")),
        desk.0.answers(&desk.to_web("live"))
    );
    assert_eq!(still.len(), 1);
}

#[test]
fn an_integration_that_a_route_goes_to_cannot_be_deleted() {
    let desk = desk();
    let old = desk.integration();
    let new = desk.copied();
    let delete = |integration: &HttpIntegrationId| Operation::DeleteHttpIntegration {
        api: desk.web_id(),
        integration: integration.clone(),
    };
    desk.put_off(delete(&old), "it is the target of route $default");
    desk.done(desk.route(&new));
    desk.done(delete(&old));
    assert!(desk.holds(&Condition::HttpIntegrationGone {
        api: desk.web_id(),
        integration: old.clone(),
    }));
    desk.refused(delete(&old), "Unable to find Integration");
    desk.refused(desk.route(&old), "Unable to find Integration");
}

#[test]
fn a_stage_that_does_not_deploy_by_itself_runs_the_deployment_it_is_given() {
    let desk = desk();
    let old = desk.0.http_deployment(&desk.web_id(), &stage("still"));
    let old = old.expect("a deployment");
    assert_eq!(desk.0.http_deployment(&desk.web_id(), &stage("live")), None);
    let runs = |deployment: &DeploymentId| Condition::HttpStageRuns {
        api: desk.web_id(),
        stage: stage("still"),
        deployment: deployment.clone(),
    };
    assert!(desk.holds(&runs(&old)));
    let new = desk.copied();
    desk.done(desk.route(&new));
    let deployed = desk.web_deployed();
    assert!(desk.holds(&runs(&old)));
    desk.done(desk.set_web("still", &deployed));
    assert!(desk.holds(&runs(&deployed)));
    let live = desk.web().deployed(&stage("live"));
    assert_eq!(desk.web().deployed(&stage("still")), live);
    desk.done(desk.set_web("still", &old));
    assert!(desk.holds(&runs(&old)));
    assert_ne!(desk.web().deployed(&stage("still")), live);
    let never = DeploymentId::new("never1").expect("an id");
    desk.refused(desk.set_web("still", &never), "Unable to find Deployment");
    desk.refused(desk.set_web("nowhere", &old), "Unable to find Stage");
}

#[test]
fn a_stage_that_deploys_by_itself_takes_no_deployment() {
    let desk = desk();
    let deployed = desk.web_deployed();
    desk.refused(desk.set_web("live", &deployed), "auto deploy");
    let runs = Condition::HttpStageRuns {
        api: desk.web_id(),
        stage: stage("live"),
        deployment: deployed,
    };
    assert_eq!(desk.found(&runs), "the stage deploys by itself");
}

#[test]
fn a_route_is_known_by_its_id_and_by_nothing_else() {
    let desk = desk();
    let mut operation = desk.route(&desk.integration());
    if let Operation::UpdateRoute { route, .. } = &mut operation {
        *route = RouteId::new("nowhere1").expect("an id");
    }
    desk.refused(operation, "Unable to find Route");
}

#[test]
fn an_integration_needs_a_version_2_link_that_exists() {
    let desk = desk();
    let mut operation = desk.copy();
    if let Operation::CreateHttpIntegration { link, .. } = &mut operation {
        *link = desk.link("orders-link");
    }
    desk.refused(operation, "Unable to find VpcLink");
    let mut operation = desk.copy();
    if let Operation::CreateHttpIntegration { like, .. } = &mut operation {
        *like = HttpIntegrationId::new("nowhere1").expect("an id");
    }
    desk.refused(operation, "Unable to find Integration");
}

#[test]
fn a_websocket_api_takes_no_version_2_link() {
    let desk = Desk::of(estate().websocket_api("web", |api| {
        api.over_v1("$connect", "orders-link").auto("live")
    }));
    desk.refused(desk.copy(), "not supported for WEBSOCKET");
}

#[test]
fn a_link_that_an_http_or_websocket_api_names_cannot_be_deleted() {
    let desk = desk();
    let delete = Operation::DeleteVpcLink {
        link: desk.link("direct"),
    };
    let words = format!("{}:{}", desk.web_id(), desk.integration());
    desk.put_off(delete, &words);
    let desk = Desk::of(estate().bridge("chat", 90).websocket_api("web", |api| {
        api.over_v1("$connect", "chat-link").auto("live")
    }));
    let delete = Operation::DeleteV1Link {
        link: desk.link("chat-link"),
    };
    let words = format!("{}:{}", desk.web_id(), desk.integration());
    desk.put_off(delete, &words);
}

#[test]
fn somebody_elses_deployment_of_a_frozen_stage_gets_an_id_of_its_own() {
    let desk = desk();
    let old = desk.0.http_deployment(&desk.web_id(), &stage("still"));
    desk.edit(|state| {
        for stage in state.http_apis.iter_mut().flat_map(|api| &mut api.stages) {
            if let crate::account::HttpRuns::Frozen(routes) = &mut stage.runs {
                routes.clear();
            }
        }
    });
    let new = desk.0.http_deployment(&desk.web_id(), &stage("still"));
    assert!(new.is_some() && new != old);
    desk.done(desk.set_web("still", &old.expect("a deployment")));
    assert_eq!(
        desk.web()
            .deployed(&stage("still"))
            .map(|routes| routes.len()),
        Some(1)
    );
}

/// A new link for `web`, in the groups of the one that is there.
fn second_link(desk: &Desk) -> VpcLinkId {
    let state = desk.state();
    let direct = state.link_named("direct").expect("a link");
    let LinkReach::V2 {
        security_groups, ..
    } = &direct.reach
    else {
        panic!("a link of version 2");
    };
    desk.fresh_link("second", security_groups)
}

#[test]
fn a_route_that_goes_over_a_pending_link_loses_requests_until_it_is_available_h31() {
    let desk = desk();
    let link = second_link(&desk);
    let new = desk.copied_over(&link);
    assert_eq!(desk.loses("live"), []);
    desk.done(desk.route(&new));
    assert_eq!(desk.loses("live"), [Some(link.clone())]);
    // Other than a REST API, where a deployment would have had to wait for the link.
    desk.wait(60);
    assert_eq!(desk.loses("live"), [Some(link.clone())]);
    assert_eq!(desk.loses("still"), []);
    desk.wait(super::super::PROVISIONING.as_secs());
    assert_eq!(desk.link_status(&link).as_deref(), Some("AVAILABLE"));
    assert_eq!(desk.loses("live"), []);
}

#[test]
fn a_route_that_goes_over_an_available_link_loses_none_there_and_back_h31() {
    let desk = desk();
    let link = second_link(&desk);
    let old = desk.integration();
    let new = desk.copied_over(&link);
    desk.wait(super::super::PROVISIONING.as_secs());
    for integration in [&new, &old, &new] {
        desk.done(desk.route(integration));
        // Until the change has spread both ways are taken, and both lead to the backend.
        let over: std::collections::BTreeSet<_> = desk
            .0
            .answers(&desk.to_web("live"))
            .into_iter()
            .map(|answer| answer.link)
            .collect();
        assert_eq!(over.len(), 2);
        assert_eq!(desk.loses("live"), []);
        desk.wait(60);
        assert_eq!(desk.loses("live"), []);
    }
}

#[test]
fn a_frozen_stage_given_a_deployment_over_a_pending_link_loses_requests_h31() {
    let desk = desk();
    let link = second_link(&desk);
    let new = desk.copied_over(&link);
    desk.done(desk.route(&new));
    let old = desk.0.http_deployment(&desk.web_id(), &stage("still"));
    let deployed = desk.web_deployed();
    assert_eq!(desk.loses("still"), []);
    desk.done(desk.set_web("still", &deployed));
    assert_eq!(desk.loses("still"), [Some(link)]);
    desk.done(desk.set_web("still", &old.expect("a deployment")));
    desk.wait(60);
    assert_eq!(desk.loses("still"), []);
}

#[test]
fn a_frozen_stages_own_deployment_can_be_put_back_as_a_scan_names_it() {
    let desk = desk();
    let named = |desk: &Desk| {
        let web = desk.web();
        let mut stages = web.stages.iter();
        let still = stages.find(|known| known.name == stage("still"));
        still.and_then(|still| still.deployment.clone())
    };
    let old = named(&desk).expect("a deployment");
    let new = desk.web_deployed();
    desk.done(desk.set_web("still", &new));
    assert_eq!(named(&desk), Some(new));
    desk.done(desk.set_web("still", &old));
    assert_eq!(named(&desk), Some(old));
}

#[test]
fn a_deployment_that_no_stage_runs_is_deleted_and_is_gone() {
    let desk = desk();
    let deployed = desk.web_deployed();
    let (api, deployment) = (desk.web_id(), deployed.clone());
    let gone = Condition::HttpDeploymentGone { api, deployment };
    assert_eq!(desk.found(&gone), "it stands");
    let delete = || Operation::DeleteHttpDeployment {
        api: desk.web_id(),
        deployment: deployed.clone(),
    };
    desk.done(delete());
    assert!(desk.holds(&gone));
    desk.refused(delete(), "Unable to find Deployment");
    desk.refused(
        desk.set_web("still", &deployed),
        "Unable to find Deployment",
    );
}

#[test]
fn a_deployment_that_a_stage_runs_is_deleted_all_the_same_and_the_stage_has_nothing_left() {
    let desk = desk();
    let deployed = desk.web_deployed();
    desk.done(desk.set_web("still", &deployed));
    desk.wait(60);
    assert_eq!(desk.ways("still"), 1);
    let (api, deployment) = (desk.web_id(), deployed.clone());
    let unused = Condition::HttpDeploymentUnused { api, deployment };
    assert_eq!(desk.found(&unused), "stage still runs it");
    let (api, deployment) = (desk.web_id(), deployed);
    desk.done(Operation::DeleteHttpDeployment { api, deployment });
    desk.wait(60);
    let answers = desk.0.answers(&desk.to_web("still"));
    assert!(
        answers.iter().all(|answer| answer.link.is_none()),
        "{answers:?}"
    );
}
