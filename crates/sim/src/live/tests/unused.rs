//! Whether anything uses a link.

use unbridge_model::apigateway::Integration;
use unbridge_model::plan::condition::{Hosts, WebsocketStages};
use unbridge_model::template::Template;

use super::*;
use crate::account::{CanaryState, Content, HttpRuns};

impl Desk {
    fn unused(&self) -> Cond {
        Condition::LinkUnused {
            link: self.link("direct"),
        }
    }

    fn v1_unused(&self) -> Cond {
        Condition::V1LinkUnused {
            link: self.link("orders-link"),
            websockets: WebsocketStages::Count,
        }
    }

    fn unnamed(&self, load_balancer: &str, hosts: Hosts) -> Cond {
        Condition::LoadBalancerUnnamed {
            load_balancer: self.load_balancer(load_balancer),
            hosts,
            websockets: WebsocketStages::Count,
        }
    }

    /// Puts the draft back as it was before [`Desk::moved`], but for its target.
    fn back(&self) {
        self.done(self.update(self.to_nlb()));
    }

    /// The draft's method goes over the link that a variable of this name holds.
    fn over_variable(&self, name: &str) {
        let template = Template::new(format!("${{stageVariables.{name}}}"));
        let patch = IntegrationPatch {
            connection_id: ConnectionId::Template(template),
            integration_target: Some(self.load_balancer("orders-alb")),
            uri: None,
        };
        self.done(self.update(patch));
    }
}

#[test]
fn a_link_is_used_by_drafts_stages_and_canaries_and_by_no_deployment_that_nothing_runs() {
    let desk = desk();
    assert!(desk.holds(&desk.unused()));
    let own = desk.runs("prod");
    let moved = desk.moved();
    let api = desk.api();
    assert_eq!(
        desk.found(&desk.unused()),
        format!("it is named by the draft of API {api}")
    );
    desk.back();
    assert!(desk.holds(&desk.unused()));
    desk.done(desk.canary("prod", &moved, 0));
    assert_eq!(
        desk.found(&desk.unused()),
        format!("it is named by the canary of stage prod of API {api}")
    );
    desk.done(desk.no_canary("prod"));
    desk.done(desk.set("prod", &moved));
    assert_eq!(
        desk.found(&desk.unused()),
        format!("it is named by stage prod of API {api}")
    );
    desk.done(desk.set("prod", &own));
    assert!(desk.holds(&desk.unused()));
}

#[test]
fn a_link_behind_a_variable_is_used_while_a_stage_holds_its_id_h3() {
    let desk = desk();
    let link = desk.link("direct");
    desk.over_variable("link");
    let over = desk.deployed();
    desk.back();
    desk.done(desk.set("dev", &over));
    assert!(desk.holds(&desk.unused()));
    let hold = |value: Option<&VpcLinkId>| {
        desk.edit_api(|api| {
            let mut stages = api.stages.iter_mut();
            let dev = stages.find(|known| known.name.as_str() == "dev");
            let variables = &mut dev.expect("the stage").variables;
            variables.remove("link");
            let value = value.map(|id| (Text::new("link"), id.to_string()));
            variables.extend(value);
        });
    };
    hold(Some(&link));
    assert!(desk.found(&desk.unused()).contains("stage dev"));
    // AWS would delete it all the same.
    let fork = Desk(desk.0.fork());
    fork.done(Operation::DeleteVpcLink { link: link.clone() });
    hold(Some(&desk.link("orders-link")));
    assert!(desk.holds(&desk.unused()));
    hold(None);
    assert!(desk.holds(&desk.unused()));
}

#[test]
fn a_draft_is_looked_at_with_every_stages_variables_and_a_canary_with_its_own_h3() {
    let desk = desk();
    let link = desk.link("direct");
    desk.over_variable("link");
    let over = desk.deployed();
    let own = desk.runs("dev");
    let canary = |deployment: &DeploymentId| {
        desk.edit_api(|api| {
            let mut stages = api.stages.iter_mut();
            let dev = stages.find(|known| known.name.as_str() == "dev");
            dev.expect("the stage").canary = Some(CanaryState {
                deployment: deployment.clone(),
                percent: 5.0,
                overrides: [(Text::new("link"), link.to_string())].into(),
            });
        });
    };
    canary(&own);
    assert!(desk.found(&desk.unused()).contains("the draft of API"));
    desk.back();
    assert!(desk.holds(&desk.unused()));
    canary(&over);
    assert!(
        desk.found(&desk.unused())
            .contains("the canary of stage dev")
    );
}

#[test]
fn a_link_is_used_by_integrations_and_frozen_stages_of_http_apis() {
    let desk = Desk::of(estate().http_api("web", |api| {
        api.private("$default", "direct", "orders-nlb", 80)
            .auto("live")
            .freeze("still")
    }));
    let state = desk.state();
    let web = &state.http_api_named("web").expect("the API").api.id;
    assert_eq!(
        desk.found(&desk.unused()),
        format!("it is named by an integration of API {web}, stage still of API {web}")
    );
    let other = desk.link("orders-link");
    let away = |integration: &mut Integration| {
        integration.vpc_link = Some(Template::new(other.as_str()));
    };
    desk.edit(|state| {
        for api in state.http_apis.iter_mut() {
            for known in api.api.integrations.iter_mut().flatten() {
                away(&mut known.integration);
            }
        }
    });
    assert_eq!(
        desk.found(&desk.unused()),
        format!("it is named by stage still of API {web}")
    );
    desk.edit(|state| {
        for stage in state.http_apis.iter_mut().flat_map(|api| &mut api.stages) {
            if let HttpRuns::Frozen(routes) = &mut stage.runs {
                routes
                    .iter_mut()
                    .for_each(|route| away(&mut route.integration));
            }
        }
    });
    assert!(desk.holds(&desk.unused()));
}

#[test]
fn what_could_not_be_read_is_not_taken_for_unused() {
    let desk = desk();
    let moved = desk.moved();
    desk.back();
    desk.edit_api(|api| {
        let deployment = api.deployments.get_mut(&moved).expect("the deployment");
        deployment.content = Content::Unknown;
        deployment.methods = Vec::new();
    });
    assert!(desk.holds(&desk.unused()));
    desk.done(desk.set("prod", &moved));
    let unknown = desk.held(&desk.unused());
    assert!(matches!(unknown, Held::Unknown { .. }), "{unknown:?}");
    desk.edit_api(|api| api.api.draft = None);
    let unknown = desk.held(&desk.unused());
    assert!(matches!(unknown, Held::Unknown { .. }), "{unknown:?}");
}

#[test]
fn a_version_1_link_is_used_until_draft_and_stages_have_left_it_h39() {
    let desk = desk();
    let api = desk.api();
    assert_eq!(
        desk.found(&desk.v1_unused()),
        format!(
            "it is named by stage dev of API {api}, stage prod of API {api}, the draft of API {api}"
        )
    );
    let moved = desk.moved();
    desk.done(desk.set("prod", &moved));
    assert_eq!(
        desk.found(&desk.v1_unused()),
        format!("it is named by stage dev of API {api}")
    );
    desk.done(desk.set("dev", &moved));
    assert!(desk.holds(&desk.v1_unused()));
}

#[test]
fn a_websocket_stage_that_cannot_be_read_may_use_a_version_1_link_and_no_other_h39() {
    let desk = Desk::of(
        Estate::new("123456789012")
            .region("eu-west-1")
            .bridge("orders", 80)
            .v2_link("direct")
            .websocket_api("chat", |api| api.lambda("$default").freeze("live")),
    );
    assert!(desk.holds(&desk.unused()));
    let unknown = desk.held(&desk.v1_unused());
    assert!(matches!(unknown, Held::Unknown { .. }), "{unknown:?}");
    let unnamed = desk.unnamed("orders-nlb", Hosts::DoNotCount);
    let unknown = desk.held(&unnamed);
    assert!(matches!(unknown, Held::Unknown { .. }), "{unknown:?}");
}

#[test]
fn a_person_may_answer_for_websocket_stages_but_not_for_their_integrations_h39() {
    let answered = |described: &Estate| {
        let desk = Desk::of(described.clone());
        let unused = Condition::V1LinkUnused {
            link: desk.link("orders-link"),
            websockets: WebsocketStages::DoNotCount,
        };
        desk.held(&unused)
    };
    let estate = || {
        Estate::new("123456789012")
            .region("eu-west-1")
            .bridge("orders", 80)
    };
    let other = estate().websocket_api("chat", |api| api.lambda("$default").freeze("live"));
    assert_eq!(answered(&other), Held::Yes);
    let over = estate().websocket_api("chat", |api| {
        api.over_v1("$default", "orders-link").freeze("live")
    });
    assert!(matches!(answered(&over), Held::No { .. }));
}

#[test]
fn a_load_balancer_is_named_by_targets_by_listeners_and_if_asked_by_hosts_h38() {
    let desk = Desk::of(estate().http_api("web", |api| {
        api.private("$default", "direct", "orders-nlb", 80)
            .auto("live")
    }));
    let (alb, nlb) = ("orders-alb", "orders-nlb");
    assert!(desk.holds(&desk.unnamed(alb, Hosts::Count)));
    let found = desk.found(&desk.unnamed(nlb, Hosts::DoNotCount));
    assert!(found.contains("an integration of API"), "{found}");
    desk.edit(|state| {
        let web = state.http_api_named("web").expect("the API").api.id.clone();
        state.http_apis.retain(|api| api.api.id != web);
    });
    assert!(desk.holds(&desk.unnamed(nlb, Hosts::DoNotCount)));
    let found = desk.found(&desk.unnamed(nlb, Hosts::Count));
    assert!(found.contains("the draft of API"), "{found}");
    // A move keeps the host.
    let moved = desk.moved();
    desk.done(desk.set("prod", &moved));
    desk.done(desk.set("dev", &moved));
    assert!(!desk.holds(&desk.unnamed(nlb, Hosts::Count)));
    assert!(!desk.holds(&desk.unnamed(alb, Hosts::DoNotCount)));
    let gone = desk.unnamed(nlb, Hosts::Count);
    desk.edit(|state| state.load_balancers.retain(|lb| lb.name != *nlb));
    assert_eq!(desk.found(&gone), "there is no such load balancer");
}

/// What somebody's canary release runs cannot be read. But what stood there before a link was made
/// cannot hold its id.
#[test]
fn what_is_older_than_a_link_and_not_known_does_not_name_it() {
    let desk = desk();
    let older = |desk: &Desk| {
        desk.edit_api(|api| {
            let deployment = api.deployments.values_mut().next().expect("a deployment");
            deployment.content = Content::Unknown;
            deployment.methods = Vec::new();
        });
    };
    older(&desk);
    let group = desk.group("fresh");
    let made = Condition::LinkUnused {
        link: desk.fresh_link("fresh", &[group]),
    };
    assert!(desk.holds(&made));
    let unknown = desk.held(&desk.unused());
    assert!(matches!(unknown, Held::Unknown { .. }), "{unknown:?}");
}
