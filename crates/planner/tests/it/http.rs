//! How HTTP APIs move: route by route, and what keeps a route or a stage from it.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{Carried, CarriedField, HttpDeployed};
use unbridge_model::digest::Digester;
use unbridge_model::id::StageName;
use unbridge_model::plan::choices::{Doubt, StageRef};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::{Subject, WaitingCode};
use unbridge_model::plan::{Body, Phase, Undo};
use unbridge_model::text::Text;
use unbridge_planner::plan;
use unbridge_scanner::scan::UserSources;
use unbridge_sim::build::{Estate, HttpApiBuilder};

use crate::common::{Case, codes, estate, named, names, scanned, waits};

/// `shop` goes over `orders-nlb` to `orders-alb`, on stages as described.
fn shop(describe: impl for<'e> FnOnce(HttpApiBuilder<'e>) -> HttpApiBuilder<'e>) -> Estate {
    estate()
        .nlb_to_alb("orders", 80)
        .v2_link("old")
        .http_api("shop", |api| {
            describe(api.private("GET /orders", "old", "orders-nlb", 80))
        })
}

fn case(estate: Estate) -> Case {
    let mut case = Case::of(scanned(estate, 30, UserSources::Read));
    let nlbs = case.assessment().nlbs.into_iter().map(|nlb| nlb.arn);
    case.choices.selection.nlbs.extend(nlbs);
    case.choices.bake_seconds = 300;
    // Whatever else stands in the way of a link is not what these tests are about.
    let groups = case
        .facts()
        .vpcs
        .values()
        .flat_map(|vpc| vpc.security_groups.iter().flatten());
    let groups: Vec<Text> = groups.map(|group| group.id.clone().into()).collect();
    case.choices.edit.extend(groups);
    case
}

fn planned(estate: Estate) -> Body {
    case(estate).made(plan)
}

/// The steps that concern the API.
fn of_api(body: &Body) -> Vec<&str> {
    let own = |name: &&str| {
        ["-integration-", "-route-", "-deploy", "-set"]
            .iter()
            .any(|word| name.contains(word))
    };
    names(body).into_iter().filter(own).collect()
}

fn ends(body: &Body, words: &[&str]) {
    let steps = of_api(body);
    let fit = steps.len() == words.len();
    let fit = fit
        && steps
            .iter()
            .zip(words)
            .all(|(step, word)| step.ends_with(word));
    assert!(fit, "{steps:?} {:?}", body.waiting);
}

fn stage(name: &str) -> StageName {
    StageName::new(name).expect("a stage")
}

#[test]
fn routes_move_one_by_one_to_a_second_integration_h31() {
    let body = planned(shop(|api| {
        api.private("POST /orders", "old", "orders-nlb", 80)
            .auto("$default")
    }));
    ends(
        &body,
        &["integration-1", "integration-2", "route-1", "route-2"],
    );
    let integration = named(&body, "integration-1");
    assert_eq!(integration.phase, Phase::Rewire);
    let Operation::CreateHttpIntegration { listener, .. } = &integration.operation else {
        panic!("an integration");
    };
    assert!(listener.as_str().contains("/app/orders-alb/"));
    let route = named(&body, "route-1");
    assert_eq!(route.phase, Phase::Shift);
    let Operation::UpdateRoute {
        integration: new,
        key,
        ..
    } = &route.operation
    else {
        panic!("a route");
    };
    assert_eq!(
        (new.step(), key.as_str()),
        (Some(&integration.id), "GET /orders")
    );
    let before = |one: &Condition| {
        matches!(
            one,
            Condition::RouteGoesTo {
                integration: Later::Known(_),
                ..
            }
        )
    };
    assert!(route.preconditions.iter().any(before));
    let Undo::Operation { operation, only_if } = &route.undo else {
        panic!("a way back");
    };
    assert!(matches!(
        operation,
        Operation::UpdateRoute {
            integration: Later::Known(_),
            ..
        }
    ));
    assert_eq!(*only_if, route.verification);
    let gate = Gate::BakeHttp {
        api: match &route.operation {
            Operation::UpdateRoute { api, .. } => api.clone(),
            _ => unreachable!("it is a route"),
        },
        stages: vec![stage("$default")],
        seconds: 300,
    };
    assert_eq!(route.gate, Some(gate));
}

#[test]
fn the_link_is_let_in_before_each_route_moves_h33() {
    let body = planned(shop(|api| api.auto("$default")));
    let admitted = |one: &Condition| matches!(one, Condition::RuleStands { .. });
    assert!(named(&body, "route-1").preconditions.iter().any(admitted));
}

#[test]
fn routes_share_a_second_integration_as_they_shared_the_first_h31() {
    let body = planned(shop(|api| {
        api.shared("$default", "GET /orders").auto("$default")
    }));
    ends(&body, &["integration-1", "route-1", "route-2"]);
    let Operation::UpdateRoute { key, .. } = &named(&body, "route-2").operation else {
        panic!("a route");
    };
    assert_eq!(
        key.as_str(),
        "$default",
        "what takes everything else moves last"
    );
}

#[test]
fn routes_that_pass_no_nlb_stay_as_they_are() {
    let body = planned(shop(|api| {
        api.private("GET /direct", "old", "orders-alb", 80)
            .public("GET /partner")
            .auto("$default")
    }));
    ends(&body, &["integration-1", "route-1"]);
}

#[test]
fn a_stage_without_auto_deploy_gets_a_deployment_and_can_have_its_own_back_h31() {
    let mut case = case(shop(|api| api.freeze("prod")));
    let body = case.made(plan);
    assert_eq!(of_api(&body), Vec::<&str>::new());
    waits(&body, WaitingCode::NeedsAWord, "authorizers and mappings");
    case.choices.doubts.insert(Doubt::HttpSettings);
    let body = case.made(plan);
    ends(&body, &["integration-1", "route-1", "deploy", "prod-set"]);
    assert_eq!(
        named(&body, "route-1").gate,
        None,
        "no request meets it yet"
    );
    let deploy = named(&body, "deploy");
    let Undo::Operation { operation, only_if } = &deploy.undo else {
        panic!("a way back");
    };
    let ours = Later::From(deploy.id.clone());
    assert!(
        matches!(operation, Operation::DeleteHttpDeployment { deployment, .. } if *deployment == ours)
    );
    let unused = |one: &Condition| matches!(one, Condition::HttpDeploymentUnused { deployment, .. } if *deployment == ours);
    assert!(only_if.iter().any(unused), "{only_if:?}");
    let set = named(&body, "prod-set");
    let runs_old = |one: &Condition| {
        matches!(
            one,
            Condition::HttpStageRuns {
                deployment: Later::Known(_),
                ..
            }
        )
    };
    assert!(set.preconditions.iter().any(runs_old));
    let Undo::Operation { operation, .. } = &set.undo else {
        panic!("a way back");
    };
    assert!(matches!(
        operation,
        Operation::SetHttpDeployment {
            deployment: Later::Known(_),
            ..
        }
    ));
    let stages = vec![stage("prod")];
    assert!(matches!(&set.gate, Some(Gate::BakeHttp { stages: on, .. }) if *on == stages));
}

#[test]
fn stages_of_both_kinds_move_together_h31() {
    let mut case = case(shop(|api| api.auto("$default").freeze("prod")));
    case.choices.doubts.insert(Doubt::HttpSettings);
    let body = case.made(plan);
    ends(&body, &["integration-1", "route-1", "deploy", "prod-set"]);
    assert!(named(&body, "route-1").gate.is_some());
}

#[test]
fn a_stage_that_lags_stays_and_the_others_move_h32() {
    let mut case = case(shop(|api| {
        api.freeze("prod")
            .private("POST /orders", "old", "orders-nlb", 80)
            .freeze("test")
            .auto("$default")
    }));
    case.choices.doubts.insert(Doubt::HttpSettings);
    let body = case.made(plan);
    waits(&body, WaitingCode::StageLags, "POST /orders");
    let set: Vec<&str> = of_api(&body)
        .into_iter()
        .filter(|name| name.ends_with("-set"))
        .collect();
    assert_eq!(set.len(), 1, "{set:?}");
    assert!(set[0].contains("test"));
}

#[test]
fn stages_that_deploy_by_themselves_move_together_or_not_at_all_h31() {
    let mut case = case(shop(|api| api.auto("$default").auto("beta")));
    let api = Text::from(case.facts().http_apis[0].id.clone());
    let beta = StageRef {
        api,
        stage: stage("beta"),
    };
    case.choices.selection.stages.insert(beta);
    let body = case.made(plan);
    assert_eq!(of_api(&body), Vec::<&str>::new());
    waits(&body, WaitingCode::StagesMoveTogether, "$default");
}

#[test]
fn a_copy_that_the_listener_would_not_understand_is_not_made() {
    let digest = Digester::new(&[7; 32]).seal("name");
    let body = planned(shop(|api| {
        api.edit("GET /orders", |integration| {
            integration.carried = Carried::new(BTreeMap::from([(CarriedField::TlsConfig, digest)]));
        })
        .auto("$default")
    }));
    assert_eq!(of_api(&body), Vec::<&str>::new());
    waits(&body, WaitingCode::CannotMove, "speaks https");
}

#[test]
fn what_was_not_read_does_not_move_h14() {
    let check = |change: fn(&mut Case), says: &str| {
        let mut case = case(shop(|api| api.freeze("prod")));
        case.choices.doubts.insert(Doubt::HttpSettings);
        change(&mut case);
        let body = case.made(plan);
        assert_eq!(of_api(&body), Vec::<&str>::new(), "{says}");
        waits(&body, WaitingCode::NotSeen, says);
    };
    check(
        |case| {
            let routes = case.facts_mut().http_apis[0].routes.iter_mut().flatten();
            routes.for_each(|route| route.id = None);
        },
        "the id of route GET /orders",
    );
    check(
        |case| {
            let stages = case.facts_mut().http_apis[0].stages.iter_mut().flatten();
            stages.for_each(|stage| stage.deployed = HttpDeployed::Unread);
        },
        "what it runs was not read",
    );
    check(
        |case| {
            let stages = case.facts_mut().http_apis[0].stages.iter_mut().flatten();
            stages.for_each(|stage| stage.deployment = None);
        },
        "no deployment",
    );
    check(
        |case| case.facts_mut().http_apis[0].routes = None,
        "its routes",
    );
}

#[test]
fn a_route_that_stages_resolve_differently_stays_h5() {
    let two = estate()
        .nlb_to_alb("orders", 80)
        .nlb_to_alb("bills", 80)
        .v2_link("old")
        .http_api("shop", |api| {
            api.private("GET /orders", "old", "orders-nlb", 80)
                .private("GET /bills", "old", "bills-nlb", 80)
                .auto("one")
                .auto("two")
        });
    let account = two.clone().build().expect("an account");
    let state = account.regions.values().next().expect("a region");
    let listener = |name: &str| {
        let nlb = state.load_balancer_named(name).expect("the NLB");
        nlb.listeners.as_ref().expect("listeners")[0]
            .arn
            .to_string()
    };
    let (orders, bills) = (listener("orders-nlb"), listener("bills-nlb"));
    let by_variable = two.http_api("shop", |api| {
        api.edit("GET /orders", |integration| {
            integration.uri = Some(unbridge_model::uri::Uri::new("${stageVariables.to}"));
        })
        .variable("one", "to", &orders)
        .variable("two", "to", &bills)
    });
    let body = planned(by_variable);
    waits(
        &body,
        WaitingCode::Blocked,
        "GET /orders does not end at one ALB listener",
    );
    ends(&body, &["integration-1", "route-1"]);
}

#[test]
fn a_websocket_api_cannot_move_h14() {
    let body = planned(estate().bridge("orders", 80).websocket_api("chat", |api| {
        api.over_v1("$default", "orders-link").auto("live")
    }));
    assert_eq!(names(&body), Vec::<&str>::new());
    assert!(codes(&body).contains(&WaitingCode::CannotMove));
    let about =
        |subject: &Subject| matches!(subject, Subject::Api { name, .. } if *name == *"chat");
    assert!(body.waiting.iter().any(|waiting| about(&waiting.what)));
}

#[test]
fn an_api_that_somebody_else_keeps_is_not_edited_behind_their_back_h16() {
    let mut case = case(shop(|api| api.auto("$default")));
    let api = Text::from(case.facts().http_apis[0].id.clone());
    case.choices.edit.remove(&api);
    let body = case.made(plan);
    assert_eq!(of_api(&body), Vec::<&str>::new());
    let about = |subject: &Subject| matches!(subject, Subject::Api { id, .. } if *id == api);
    let waiting = body.waiting.iter().find(|waiting| about(&waiting.what));
    assert_eq!(
        waiting.map(|waiting| waiting.code),
        Some(WaitingCode::OwnedElsewhere)
    );
    // As the plan would: a second integration, then route by route.
    let of = |resource: &str| {
        let mut rows = body.elsewhere.iter();
        let row = rows.find(|row| row.resource == *resource);
        row.unwrap_or_else(|| panic!("no {resource}: {:?}", body.elsewhere))
    };
    let link = &of("VPC link of version 2").which;
    let second = of("integration");
    assert!(second.set.iter().all(|one| one.old.is_none()), "{second:?}");
    assert_eq!(second.set[0].new, *link);
    let route = of("route");
    assert_eq!(route.which, *"GET /orders");
    let (old, new) = (&route.set[0].old, &route.set[0].new);
    assert!(
        old.as_deref()
            .is_some_and(|old| old.starts_with("integrations/"))
    );
    assert_eq!(*new, Text::from(format!("integrations/{}", second.which)));
}

#[test]
fn a_stage_that_somebody_else_keeps_gets_no_deployment_behind_their_back_h16() {
    let mut case = case(shop(|api| {
        api.auto("$default").freeze("prod").tag_stage(
            "prod",
            "aws:cloudformation:stack-name",
            "shop",
        )
    }));
    case.choices.doubts.insert(Doubt::HttpSettings);
    let body = case.made(plan);
    ends(&body, &["integration-1", "route-1"]);
    waits(&body, WaitingCode::OwnedElsewhere, "CloudFormation owns it");
    let row = body.elsewhere.first().expect("a change of the stage");
    assert_eq!(row.resource, *"AWS::ApiGatewayV2::Stage");
    assert_eq!(row.set[0].property, *"DeploymentId");
    assert!(row.set[0].old.is_some());
    let staying: Vec<&str> = body.stay.iter().map(|one| one.stage.as_str()).collect();
    assert_eq!(staying, ["prod"]);

    let id = format!("{}/prod", case.facts().http_apis[0].id);
    case.choices.edit.insert(Text::from(id));
    let body = case.made(plan);
    assert!(body.elsewhere.is_empty());
    ends(&body, &["integration-1", "route-1", "deploy", "prod-set"]);
}

#[test]
fn an_api_all_of_whose_stages_somebody_else_keeps_stays_as_it_is_h16() {
    let mut case = case(shop(|api| {
        api.freeze("prod")
            .tag_stage("prod", "aws:cloudformation:stack-name", "shop")
    }));
    case.choices.doubts.insert(Doubt::HttpSettings);
    assert_eq!(of_api(&case.made(plan)), Vec::<&str>::new());
}

#[test]
fn a_stage_that_deploys_by_itself_is_its_apis_whoever_made_it_h16() {
    let body = planned(shop(|api| {
        api.auto("$default")
            .tag_stage("$default", "aws:cloudformation:stack-name", "shop")
    }));
    ends(&body, &["integration-1", "route-1"]);
    assert!(body.elsewhere.is_empty());
}
