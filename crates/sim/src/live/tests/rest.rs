use unbridge_model::apigateway::{LinkReach, SettingKind};
use unbridge_model::id::{DeploymentId, LoadBalancerArn, ResourceId};
use unbridge_model::template::Template;
use unbridge_model::uri::Uri;

use super::*;
use crate::live::{LeftoverTarget, PROVISIONING};

type Edit = fn(&mut RestApiState);

#[test]
fn a_deployment_freezes_the_whole_draft_whoever_edited_it_h24() {
    let desk = desk();
    desk.edit_api(|api| {
        let draft = api.api.draft.get_or_insert_default();
        draft.retain(|method| method.path != "/hello");
    });
    let id = desk.moved();
    let api = desk.rest();
    let frozen = &api.deployments[&id];
    let paths: Vec<&str> = frozen
        .methods
        .iter()
        .map(|method| method.path.as_str())
        .collect();
    assert_eq!(paths, ["/{proxy+}"]);
    assert_eq!(
        Some(&frozen.methods[..]),
        api.api.draft.as_ref().map(|draft| &draft[..])
    );
    assert_eq!(frozen.settings, api.settings);
    desk.edit_api(|api| api.api.draft = None);
    assert_eq!(desk.rest().deployments[&id].methods.len(), 1);
}

#[test]
fn a_deployment_runs_on_no_stage_until_it_is_put_on_one() {
    let desk = desk();
    let (dev, prod) = (desk.runs("dev"), desk.runs("prod"));
    let id = desk.moved();
    assert_eq!((desk.runs("dev"), desk.runs("prod")), (dev, prod));
    assert_eq!(desk.links_taken("prod"), ["orders-link"]);
    desk.done(desk.set("prod", &id));
    assert_eq!(desk.runs("prod"), id);
}

#[test]
fn an_empty_draft_or_one_with_half_a_method_is_not_deployed() {
    let desk = desk();
    desk.edit_api(|api| {
        for method in api.api.draft.iter_mut().flatten() {
            method.integration = None;
        }
    });
    desk.refused(desk.deploy(), "No integration defined for method");
    desk.wait(5);
    desk.edit_api(|api| api.api.draft = None);
    desk.refused(desk.deploy(), "doesn't contain any methods");
}

#[test]
fn a_deployment_waits_for_a_link_that_is_pending() {
    let desk = desk();
    let link = desk.fresh_link("new", &[]);
    let mut patch = desk.to_alb();
    patch.connection_id = ConnectionId::Link(link);
    desk.done(desk.update(patch));
    desk.put_off(desk.deploy(), "PENDING");
    desk.wait(PROVISIONING.as_secs());
    desk.deployed();
}

#[test]
fn a_deployment_over_a_link_that_is_deleting_fails_and_over_one_that_is_gone_does_not() {
    let desk = desk();
    desk.edit(|state| {
        for link in &mut state.links {
            link.status = Text::new("DELETING");
        }
    });
    desk.refused(desk.deploy(), "DELETING");
    desk.wait(5);
    desk.edit(|state| state.links.clear());
    desk.deployed();
}

#[test]
fn a_version_2_link_without_target_is_refused_by_patch_and_by_deployment() {
    let desk = desk();
    let mut patch = desk.to_alb();
    patch.integration_target = None;
    let words = format!(
        "IntegrationTarget is required for VpcLinkV2 {}",
        desk.link("direct")
    );
    desk.refused(desk.update(patch), &words);
    let link = desk.link("direct");
    desk.edit_api(|api| {
        for method in api.api.draft.iter_mut().flatten() {
            let integration = method.integration.as_mut().map(std::sync::Arc::make_mut);
            if let Some(integration) = integration.filter(|one| one.vpc_link.is_some()) {
                integration.vpc_link = Some(Template::new(link.as_str()));
            }
        }
    });
    desk.refused(desk.deploy(), &words);
}

#[test]
fn a_patch_replaces_what_it_names_and_nothing_else() {
    let desk = desk();
    let before = desk.rest();
    let mut patch = desk.to_alb();
    patch.uri = Some(Uri::new("http://orders.internal:8080/{proxy}"));
    let is = Condition::IntegrationIs {
        method: desk.proxy(),
        patch: patch.clone(),
    };
    assert!(desk.found(&is).contains("integrationTarget none"));
    desk.done(desk.update(patch));
    assert!(desk.holds(&is));
    let after = desk.rest();
    let of = |api: &RestApiState, path: &str| {
        let mut draft = api.api.draft.iter().flatten();
        let method = draft.find(|method| method.path == path).expect("a method");
        method
            .integration
            .as_deref()
            .expect("an integration")
            .clone()
    };
    assert_eq!(of(&before, "/hello"), of(&after, "/hello"));
    let (was, is) = (of(&before, "/{proxy+}"), of(&after, "/{proxy+}"));
    assert_eq!(
        (was.kind, was.http_method, &was.carried),
        (is.kind, is.http_method, &is.carried)
    );
    assert_eq!(
        is.vpc_link,
        Some(Template::new(desk.link("direct").as_str()))
    );
    assert_eq!(before.deployments, after.deployments);
}

#[test]
fn a_method_is_found_by_its_resource_and_verb() {
    let desk = desk();
    let mut method = desk.proxy();
    method.path = Text::new("/another");
    let update = |method| Operation::UpdateIntegration {
        method,
        patch: desk.to_alb(),
    };
    desk.done(update(method.clone()));
    method.resource = ResourceId::new("nowhere1").expect("an id");
    desk.refused(update(method.clone()), "Invalid Method identifier");
    method.api = RestApiId::new("nowhere1").expect("an id");
    desk.refused(update(method), "Invalid API identifier");
    // An export does not tell ids of resources, nor does an old snapshot.
    desk.edit_api(|api| {
        for method in api.api.draft.iter_mut().flatten() {
            method.resource = None;
        }
    });
    let mut method = MethodRef {
        resource: ResourceId::new("nowhere1").expect("an id"),
        path: Text::new("/{proxy+}"),
        api: desk.api(),
        verb: Verb::Any,
    };
    desk.done(update(method.clone()));
    method.verb = Verb::Get;
    desk.refused(update(method), "Invalid Method identifier");
}

#[test]
fn a_link_that_is_written_out_has_to_exist_and_one_behind_a_variable_does_not() {
    let desk = desk();
    let mut patch = desk.to_alb();
    patch.connection_id = ConnectionId::Template(Template::new("gone123"));
    desk.refused(desk.update(patch.clone()), "Invalid Vpc Link identifier");
    patch.connection_id = ConnectionId::Template(Template::new("${stageVariables.link}"));
    desk.done(desk.update(patch));
}

#[test]
fn a_load_balancer_of_another_account_or_region_is_no_target() {
    let desk = desk();
    let mine = desk.load_balancer("orders-alb");
    for (from, to) in [("123456789012", "210987654321"), ("eu-west-1", "eu-west-2")] {
        let theirs = LoadBalancerArn::new(mine.as_str().replace(from, to)).expect("an ARN");
        let mut patch = desk.to_alb();
        patch.integration_target = Some(theirs);
        desk.refused(desk.update(patch), "Invalid IntegrationTarget");
    }
}

#[test]
fn only_ports_that_integrations_may_use_are_taken() {
    let desk = desk();
    for (uri, is_taken) in [
        ("http://alb:81/{proxy}", false),
        ("https://alb:1023/{proxy}", false),
        ("https://alb:443/{proxy}", true),
        ("http://alb:1024/{proxy}", true),
        ("http://alb/{proxy}", true),
        ("http://${stageVariables.host}:81/{proxy}", true),
    ] {
        let mut patch = desk.to_alb();
        patch.uri = Some(Uri::new(uri));
        match is_taken {
            true => drop(desk.done(desk.update(patch))),
            false => desk.refused(desk.update(patch), "Invalid HTTP endpoint"),
        }
    }
}

#[test]
fn what_is_not_private_takes_no_link() {
    let desk = desk();
    let api = desk.rest();
    let mut draft = api.api.draft.iter().flatten();
    let hello = draft
        .find(|method| method.path == "/hello")
        .expect("a method");
    let method = MethodRef {
        api: desk.api(),
        resource: hello.resource.expect("a resource"),
        path: hello.path.clone(),
        verb: hello.verb,
    };
    let patch = desk.to_alb();
    let operation = Operation::UpdateIntegration { method, patch };
    desk.refused(operation, "Invalid patch path /connectionId");
}

#[test]
fn a_target_that_is_left_behind_is_ignored_or_refused() {
    let after = |leftover_target| {
        let desk = Desk::under(
            estate(),
            Switches {
                leftover_target,
                ..Switches::default()
            },
        );
        desk.done(desk.update(desk.to_alb()));
        desk
    };
    let desk = after(LeftoverTarget::Ignored);
    desk.done(desk.update(desk.to_nlb()));
    let id = desk.deployed();
    desk.done(desk.set("prod", &id));
    desk.wait(60);
    assert_eq!(desk.links_taken("prod"), ["orders-link"]);
    let desk = after(LeftoverTarget::Refused);
    desk.refused(
        desk.update(desk.to_nlb()),
        "IntegrationTarget is not supported",
    );
}

#[test]
fn a_deployment_that_a_stage_or_a_canary_runs_cannot_be_deleted() {
    let desk = desk();
    let id = desk.moved();
    let words = "Active stages pointing to this deployment must be moved or deleted";
    desk.put_off(desk.drop_deployment(&desk.runs("prod")), words);
    desk.done(desk.canary("prod", &id, 10));
    desk.put_off(desk.drop_deployment(&id), words);
    desk.done(desk.no_canary("prod"));
    let stands = Condition::DeploymentStands {
        api: desk.api(),
        deployment: id.clone(),
    };
    let gone = Condition::DeploymentGone {
        api: desk.api(),
        deployment: id.clone(),
    };
    assert!(desk.holds(&stands) && !desk.holds(&gone));
    desk.done(desk.drop_deployment(&id));
    assert!(!desk.holds(&stands) && desk.holds(&gone));
    desk.refused(desk.drop_deployment(&id), "Invalid Deployment identifier");
    let never = DeploymentId::new("never1").expect("an id");
    desk.refused(desk.set("prod", &never), "Invalid Deployment identifier");
}

#[test]
fn stages_are_compared_method_by_method_and_setting_by_setting_h24() {
    let desk = Desk::of(estate().rest_api("shop", |api| {
        api.setting(SettingKind::Authorizer, Some("staff"), "cognito")
            .authorize(Verb::Any, "/{proxy+}", "staff")
            .deploy("dev")
            .deploy("prod")
    }));
    let alike = |stage_name: &str, but| Condition::StagesAlike {
        api: desk.api(),
        stage: stage(stage_name),
        like: stage("prod"),
        but,
    };
    assert!(
        desk.holds(&alike("dev", Vec::new())),
        "{:?}",
        desk.held(&alike("dev", Vec::new()))
    );
    let moved = desk.moved();
    desk.done(desk.new_stage("temporary", &moved));
    assert_eq!(
        desk.found(&alike("temporary", Vec::new())),
        "temporary and prod differ: the integration of ANY /{proxy+}"
    );
    let but = vec![unbridge_model::plan::condition::PatchedMethod {
        method: desk.proxy(),
        patch: desk.to_alb(),
    }];
    assert!(desk.holds(&alike("temporary", but.clone())));
    // On `dev` nothing is patched.
    assert!(!desk.holds(&alike("dev", but)));
    assert_eq!(
        desk.found(&alike("nowhere", Vec::new())),
        "there is no stage nowhere"
    );

    // A half-removed authorizer, a setting and a method are seen each.
    let edits: [(Edit, &str); 3] = [
        (
            |api| {
                for method in api.api.draft.iter_mut().flatten() {
                    method.settings = None;
                }
            },
            "what ANY /{proxy+} asks of its callers",
        ),
        (|api| api.settings.clear(), "authorizer staff"),
        (
            |api| {
                let draft = api.api.draft.get_or_insert_default();
                draft.retain(|method| method.path != "/hello");
            },
            "only one has GET /hello",
        ),
    ];
    for (edit, words) in edits {
        let fork = Desk(desk.0.fork());
        fork.done(fork.update(fork.to_nlb()));
        fork.edit_api(edit);
        let id = fork.deployed();
        fork.done(fork.set("dev", &id));
        let found = fork.found(&alike("dev", Vec::new()));
        assert!(found.contains(words), "{found}");
    }
}

#[test]
fn what_no_method_uses_is_no_difference_between_stages_h24() {
    for (kind, name) in [
        (SettingKind::Model, "Empty"),
        (SettingKind::Authorizer, "unused"),
        (SettingKind::RequestValidator, "unused"),
    ] {
        let desk = Desk::of(estate().rest_api("shop", |api| {
            api.deploy("prod").setting(kind, Some(name), "whatever")
        }));
        let alike = Condition::StagesAlike {
            api: desk.api(),
            stage: stage("temporary"),
            like: stage("prod"),
            but: Vec::new(),
        };
        let untouched = desk.deployed();
        desk.done(desk.new_stage("temporary", &untouched));
        assert!(desk.holds(&alike), "{:?}", desk.held(&alike));
    }
}

#[test]
fn what_a_deployment_holds_that_nobody_could_read_is_not_compared() {
    let desk = desk();
    desk.edit_api(|api| {
        for deployment in api.deployments.values_mut() {
            deployment.content = crate::account::Content::Unknown;
        }
    });
    let alike = Condition::StagesAlike {
        api: desk.api(),
        stage: stage("dev"),
        like: stage("prod"),
        but: Vec::new(),
    };
    assert!(matches!(desk.held(&alike), Held::Unknown { .. }));
}

#[test]
fn a_region_that_is_not_enabled_takes_no_change() {
    let account = estate().build().expect("an account");
    let nowhere = Region::new("eu-west-2").expect("a region");
    let live = Live::new(account, nowhere, Switches::default());
    let error = live.perform(recorded("a-step", desk().deploy()));
    let error = error.expect_err("a refusal");
    assert_eq!(error.class, WriteFailure::Refused);
    assert!(
        error.message.contains("eu-west-2 is not enabled"),
        "{error}"
    );
}

#[test]
fn the_link_of_the_sample_leads_where_the_tests_think() {
    let desk = desk();
    let state = desk.state();
    let link = state.link_named("direct").expect("a link");
    assert!(matches!(link.reach, LinkReach::V2 { .. }));
    assert_eq!(desk.links_taken("prod"), ["orders-link"]);
}
