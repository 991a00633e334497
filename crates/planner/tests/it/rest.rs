//! Plans of REST APIs.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{CarriedField, SettingKind, Verb};
use unbridge_model::finding::FindingCode;
use unbridge_model::id::StageName;
use unbridge_model::plan::choices::{Doubt, LinkPer, StageRef};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool};
use unbridge_model::plan::operation::{ConnectionId, Operation, Percent};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::{Subject, WaitingCode};
use unbridge_model::plan::{Body, Difference, Plan, Undo};
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_planner::plan;
use unbridge_scanner::scan::UserSources;
use unbridge_sim::build::{Estate, Situation};

use crate::common::{Case, codes, estate, named, names, scanned, waits};

/// Everything over every NLB may move, over two shares.
fn case(estate: Estate) -> Case {
    let mut case = Case::of(scanned(estate, 30, UserSources::Read));
    case.choices.selection.nlbs = case.facts().load_balancers.keys().cloned().collect();
    case.choices.canary = [10, 100].into_iter().filter_map(Percent::new).collect();
    case.choices.bake_seconds = 300;
    case
}

fn bridge() -> Estate {
    estate().bridge("x", 80).rest_api("api", |api| {
        api.method(Verb::Get, "/x", "x-link")
            .proxy("/all", "x-link")
            .deploy("dev")
            .deploy("prod")
    })
}

fn made(case: &Case) -> Body {
    case.made(plan)
}

fn api_of(case: &Case) -> Text {
    case.facts().rest_apis[0].id.clone().into()
}

fn stage(name: &str) -> StageName {
    StageName::new(name).expect("a stage")
}

#[test]
fn baseline_comes_before_the_first_patch_and_proof_before_any_canary_h24_h28() {
    let case = case(bridge());
    let body = made(&case);
    let api = api_of(&case);
    let of_api = names(&body);
    let of_api = of_api
        .iter()
        .filter_map(|name| name.strip_prefix(&*format!("{api}-")));
    assert_eq!(
        of_api.collect::<Vec<_>>(),
        [
            "baseline-deploy",
            "baseline-stage",
            "baseline-furnish",
            "baseline-delete-stage",
            "baseline-delete-deployment",
            "rewire-1",
            "rewire-2",
            "deploy",
            "proof-dev-stage",
            "proof-dev-furnish",
            "proof-dev-delete-stage",
            "proof-prod-stage",
            "proof-prod-furnish",
            "proof-prod-delete-stage",
            "dev-canary-10",
            "dev-canary-100",
            "dev-end-canary",
            "dev-promote",
            "prod-canary-10",
            "prod-canary-100",
            "prod-end-canary",
            "prod-promote",
        ]
    );
    let compared = named(&body, "baseline-furnish").verification.iter();
    let exactly =
        |one: &&Condition| matches!(one, Condition::StagesAlike { but, .. } if but.is_empty());
    assert_eq!(compared.filter(exactly).count(), 2);
    let proof = named(&body, "proof-prod-furnish");
    assert!(matches!(&proof.gate, Some(Gate::Proof { like, .. }) if *like == stage("prod")));
    assert!(
        body.complete && body.waiting.is_empty(),
        "{:?}",
        body.waiting
    );
}

#[test]
fn one_patch_call_a_method_sets_link_and_target_and_the_way_back_sets_what_was() {
    let body = made(&case(bridge()));
    let step = named(&body, "rewire-1");
    let Operation::UpdateIntegration { patch, .. } = &step.operation else {
        panic!("{:?}", step.operation);
    };
    assert!(matches!(
        &patch.connection_id,
        ConnectionId::Link(Later::From(_))
    ));
    assert!(patch.integration_target.is_some());
    // The ALB listens where the NLB did: the address stays as it is, to the letter.
    assert_eq!(patch.uri, None);
    let Undo::Operation {
        operation: Operation::UpdateIntegration { patch: old, .. },
        ..
    } = &step.undo
    else {
        panic!("{:?}", step.undo);
    };
    assert!(matches!(&old.connection_id, ConnectionId::Template(link) if link.is_literal()));
    assert_eq!((&old.integration_target, &old.uri), (&None, &None));
}

#[test]
fn every_canary_step_is_read_back_with_its_deployment_and_share_h27() {
    let body = made(&case(bridge()));
    for step in &body.steps {
        if let Operation::SetCanary {
            deployment,
            percent,
            ..
        } = &step.operation
        {
            let read_back = |one: &Condition| {
                matches!(one,
                Condition::CanaryIs { deployment: seen, percent: Some(share), .. } if seen == deployment && share == percent)
            };
            assert!(step.verification.iter().any(read_back), "{}", step.id);
        }
    }
    let ended = named(&body, "prod-end-canary");
    assert!(matches!(
        ended.verification[..],
        [Condition::StageRuns { .. }]
    ));
}

#[test]
fn a_lagging_stage_waits_by_name_and_the_others_move_h32() {
    let case = case(estate().bridge("x", 80).rest_api("api", |api| {
        api.method(Verb::Get, "/x", "x-link")
            .deploy("prod")
            .method(Verb::Get, "/new", "x-link")
            .deploy("dev")
    }));
    let body = made(&case);
    waits(
        &body,
        WaitingCode::StageLags,
        "GET /new (only in the draft)",
    );
    assert!(body.waiting.iter().any(|one| one.what
        == Subject::Stage(StageRef {
            api: api_of(&case),
            stage: stage("prod"),
        })));
    assert!(names(&body).iter().all(|name| !name.contains("-prod-")));
    named(&body, "dev-promote");
}

#[test]
fn a_stage_that_is_named_moves_alone() {
    let mut case = case(bridge());
    case.choices.selection.nlbs.clear();
    case.choices.selection.stages = BTreeSet::from([StageRef {
        api: api_of(&case),
        stage: stage("dev"),
    }]);
    let body = made(&case);
    named(&body, "dev-promote");
    assert!(names(&body).iter().all(|name| !name.contains("prod")));
}

#[test]
fn a_link_behind_a_variable_is_replaced_by_the_literal_one_where_every_stage_ends_alike_h5() {
    let by_variable = |other: &str| {
        estate()
            .bridge("x", 80)
            .bridge("y", 80)
            .rest_api("api", |api| {
                api.by_variable(Verb::Get, "/x", "link", 80)
                    .deploy("dev")
                    .deploy("prod")
                    .link_variable("dev", "link", "x-link")
                    .link_variable("prod", "link", other)
            })
    };
    let body = made(&case(by_variable("x-link")));
    let patched = named(&body, "rewire-1");
    let Operation::UpdateIntegration { patch, .. } = &patched.operation else {
        panic!("{:?}", patched.operation);
    };
    assert!(matches!(patch.connection_id, ConnectionId::Link(_)));
    let body = made(&case(by_variable("y-link")));
    assert!(body.steps.is_empty());
    waits(&body, WaitingCode::Blocked, "different ALB listeners");
}

#[test]
fn an_address_is_written_only_for_another_port_and_never_without_its_query_h5() {
    let other_port = |uri: &'static str| {
        estate()
            .alb("x-alb", 8080)
            .nlb("x-nlb")
            .forward("x-nlb", 80, "x-alb", 8080)
            .link("x-link", "x-nlb")
            .rest_api("api", move |api| {
                api.method(Verb::Get, "/x", "x-link")
                    .edit(Verb::Get, "/x", |known| known.uri = Some(Uri::new(uri)))
                    .deploy("prod")
            })
    };
    let mut moved = case(other_port("http://shop.example/x"));
    let body = made(&moved);
    waits(
        &body,
        WaitingCode::NeedsAWord,
        "Host header shop.example:8080 instead of shop.example",
    );
    assert!(body.steps.is_empty());
    moved.choices.findings = BTreeSet::from([FindingCode::HostHeaderRuleChanges]);
    let body = made(&moved);
    assert!(body.choices.accepted.contains(&Difference::Host));
    let Operation::UpdateIntegration { patch, .. } = &named(&body, "rewire-1").operation else {
        panic!("no patch");
    };
    let uri = patch.uri.as_ref().expect("an address");
    assert_eq!(
        format!("{}{}", uri.base().as_str(), uri.path().as_str()),
        "http://shop.example:8080/x"
    );

    let mut queried = case(other_port("http://shop.example/x?version=1"));
    queried.choices.findings = BTreeSet::from([FindingCode::HostHeaderRuleChanges]);
    waits(&made(&queried), WaitingCode::UriNotWritable, "query string");
}

#[test]
fn rules_that_may_tell_the_two_host_headers_apart_are_no_matter_of_a_word_h8() {
    let mut case = case(
        estate()
            .alb("x-alb", 8080)
            .alb_rule("x-alb", 8080, 10, |rule| {
                rule.host(&["shop.example"]).respond("418")
            })
            .nlb("x-nlb")
            .forward("x-nlb", 80, "x-alb", 8080)
            .link("x-link", "x-nlb")
            .rest_api("api", |api| {
                api.at(Verb::Get, "/x", "x-link", "http://shop.example")
                    .deploy("prod")
            }),
    );
    case.choices.findings = BTreeSet::from([FindingCode::HostHeaderRuleChanges]);
    let body = made(&case);
    assert!(body.steps.is_empty());
    waits(&body, WaitingCode::Blocked, "may tell them apart");
}

#[test]
fn what_somebody_owns_is_changed_where_they_keep_it_h16() {
    let owned = bridge().tag_all("api", "aws:cloudformation:stack-name", "shop");
    let mut case = case(owned);
    let body = made(&case);
    assert!(body.steps.is_empty());
    waits(
        &body,
        WaitingCode::OwnedElsewhere,
        "CloudFormation owns it (aws:cloudformation:stack-name=shop)",
    );
    let change = body
        .elsewhere
        .iter()
        .find(|one| one.which == *"GET /x")
        .expect("a change of the method");
    assert_eq!(change.owner, OwnerTool::Cloudformation);
    assert_eq!(change.resource, *"AWS::ApiGateway::Method");
    let set: Vec<&str> = change.set.iter().map(|one| one.property.as_str()).collect();
    assert_eq!(
        set,
        ["Integration.ConnectionId", "Integration.IntegrationTarget"]
    );
    case.choices.edit.insert(api_of(&case));
    for stage in ["dev", "prod"] {
        case.choices
            .edit
            .insert(Text::from(format!("{}/{stage}", api_of(&case))));
    }
    let body = made(&case);
    assert!(body.elsewhere.is_empty());
    named(&body, "prod-promote");
}

/// The links that owners are to make.
fn links_elsewhere(body: &Body) -> Vec<&Elsewhere> {
    let rows = body.elsewhere.iter();
    rows.filter(|row| row.resource == *"AWS::ApiGatewayV2::VpcLink")
        .collect()
}

/// Two APIs to two ALBs of one VPC, of one stack.
fn two_of_a_stack() -> Case {
    case(["x", "y"].into_iter().fold(estate(), |estate, name| {
        estate
            .bridge(name, 80)
            .rest_api(&format!("{name}-api"), |api| {
                api.method(Verb::Get, "/a", &format!("{name}-link"))
                    .deploy("prod")
            })
            .tag_all(
                &format!("{name}-api"),
                "aws:cloudformation:stack-name",
                "shop",
            )
    }))
}

#[test]
fn owners_are_told_the_links_that_a_plan_would_make_h16_h34() {
    let mut case = two_of_a_stack();
    // Nothing can stand there any more.
    let mut full = None;
    for vpc in case.facts_mut().vpcs.values_mut() {
        if let [first, _, ..] = &mut vpc.subnets.as_deref_mut().unwrap_or_default()[..] {
            first.free_addresses = 0;
            full = Some(first.id.to_string());
        }
    }
    let full = full.expect("a subnet");
    let body = made(&case);
    assert!(body.steps.is_empty());
    let [link] = links_elsewhere(&body)[..] else {
        panic!("one link for both: {:?}", body.elsewhere);
    };
    assert_eq!(link.which, *"<link to x-alb, y-alb>");
    let subnets = &link.set[0].new;
    assert!(
        subnets.contains("subnet-") && !subnets.contains(&full),
        "{subnets}"
    );
    let rows = body.elsewhere.iter();
    let over = rows.filter(|row| row.set[0].new == link.which).count();
    assert_eq!(over, 2, "{:?}", body.elsewhere);

    case.choices.links = LinkPer::Alb;
    assert_eq!(links_elsewhere(&made(&case)).len(), 2);
}

#[test]
fn owners_are_told_no_link_that_cannot_be_made_h34() {
    let mut case = two_of_a_stack();
    case.choices.link_quota = Some(0);
    let body = made(&case);
    waits(&body, WaitingCode::LinkQuota, "may have 0");
    assert_eq!(links_elsewhere(&body), Vec::<&Elsewhere>::new());
    assert!(!body.elsewhere.iter().any(|row| row.which == *"GET /a"));
}

/// Two APIs to one ALB, of one stack.
fn two_to_one_alb(estate: Estate) -> Case {
    let both = ["one", "two"].into_iter().fold(estate, |estate, name| {
        estate
            .rest_api(name, |api| {
                api.method(Verb::Get, "/a", "x-link").deploy("prod")
            })
            .tag_all(name, "aws:cloudformation:stack-name", "shop")
    });
    case(both)
}

#[test]
fn an_owner_uses_the_link_that_the_plan_makes_for_others_h34() {
    let mut case = two_to_one_alb(estate().bridge("x", 80));
    let mut ids = case.facts().rest_apis.iter().map(|api| api.id.to_string());
    let one = ids.next().expect("an API");
    drop(ids);
    case.choices.edit.insert(Text::from(format!("{one}/prod")));
    case.choices.edit.insert(Text::from(one));
    let body = made(&case);
    named(&body, "prod-promote");
    assert_eq!(links_elsewhere(&body), Vec::<&Elsewhere>::new());
    let told = body.elsewhere.iter().find(|row| row.which == *"GET /a");
    let new = &told.expect("the other API's method").set[0].new;
    assert!(new.starts_with("<the link that step link-"), "{new}");
}

#[test]
fn an_owner_uses_a_link_that_was_named_h34() {
    let mut case = two_to_one_alb(estate().bridge("x", 80).v2_link("standing"));
    let id = case.facts().v2_links.keys().next().expect("a link").clone();
    case.choices.use_links.insert(id.clone());
    let body = made(&case);
    assert_eq!(links_elsewhere(&body), Vec::<&Elsewhere>::new());
    let mut told = body.elsewhere.iter();
    let told = told.find(|row| row.which == *"GET /a");
    assert_eq!(told.expect("a method").set[0].new, Text::from(id));
}

#[test]
fn what_nobody_is_known_to_own_waits_for_a_word_on_each_object_h16() {
    let mut case = case(bridge());
    case.choices.edit.clear();
    let body = made(&case);
    assert!(body.steps.is_empty());
    waits(
        &body,
        WaitingCode::OwnedElsewhere,
        "nothing says who owns it",
    );
    let flags: Vec<_> = body
        .waiting
        .iter()
        .filter_map(|one| one.flag.clone())
        .collect();
    assert_eq!(flags, [Text::from(format!("--edit {}", api_of(&case)))]);
}

#[test]
fn an_api_with_ten_stages_has_no_room_for_a_proof_h28() {
    let mut case = case(estate().bridge("x", 80).rest_api("api", |api| {
        let api = api.method(Verb::Get, "/x", "x-link");
        (0..10).fold(api, |api, number| api.deploy(&format!("s{number}")))
    }));
    waits(&made(&case), WaitingCode::NoRoomForStage, "10 stages");
    case.choices.stage_quota = Some(10);
    waits(&made(&case), WaitingCode::NoRoomForStage, "AWS allows 10");
    case.choices.stage_quota = Some(11);
    assert!(!made(&case).steps.is_empty());
}

#[test]
fn a_policy_or_callers_who_must_be_known_need_a_word_h28() {
    let check = |doubt, estate| {
        let mut case = case(estate);
        let body = made(&case);
        assert!(body.steps.is_empty(), "{doubt}");
        let flags: Vec<_> = body
            .waiting
            .iter()
            .filter_map(|one| one.flag.as_deref())
            .collect();
        assert_eq!(flags, [format!("--accept {doubt}")]);
        case.choices.doubts.insert(doubt);
        named(&made(&case), "prod-promote");
    };
    let api =
        |change: fn(unbridge_sim::build::RestApiBuilder) -> unbridge_sim::build::RestApiBuilder| {
            estate().bridge("x", 80).rest_api("api", |api| {
                change(api.method(Verb::Get, "/x", "x-link")).deploy("prod")
            })
        };
    check(
        Doubt::ResourcePolicy,
        api(|api| api.setting(SettingKind::ResourcePolicy, None, "{}")),
    );
    check(Doubt::ProbeNotPossible, api(|api| api.endpoint("PRIVATE")));
    let closed = api(|api| api.without_default_endpoint());
    check(Doubt::ProbeNotPossible, closed);
}

#[test]
fn somebodys_canary_release_is_left_alone_h26() {
    for add in [Situation::CanaryInProgress, Situation::CanaryLeftOver] {
        let body = made(&case(add.add(estate(), "x", 80)));
        waits(&body, WaitingCode::Blocked, "canary release");
        let canary = |operation: &Operation| matches!(operation, Operation::SetCanary { .. });
        assert!(
            !body.steps.iter().any(|step| canary(&step.operation)),
            "{add:?}"
        );
    }
}

#[test]
fn a_left_over_canary_release_waits_with_the_command_that_takes_it_away_h26() {
    let body = made(&case(Situation::CanaryLeftOver.add(estate(), "x", 80)));
    let mut waiting = body.waiting.iter();
    let waiting = waiting.find(|one| one.code == WaitingCode::Blocked);
    let next = &waiting.expect("the canary release").next;
    let begins = "aws apigateway update-stage --region eu-west-1 --rest-api-id ";
    let ends = " --stage-name prod --patch-operations op=remove,path=/canarySettings";
    assert!(next.starts_with(begins) && next.ends_with(ends), "{next}");
}

#[test]
fn a_stage_that_lags_is_told_with_every_difference_h32() {
    let lagging = estate().bridge("x", 80).rest_api("api", |api| {
        let api = api.method(Verb::Get, "/x", "x-link").deploy("prod");
        (0..9).fold(api, |api, number| {
            api.method(Verb::Get, &format!("/new{number}"), "x-link")
        })
    });
    let body = made(&case(lagging));
    for number in 0..9 {
        waits(&body, WaitingCode::StageLags, &format!("/new{number} "));
    }
}

#[test]
fn requests_that_may_run_for_long_are_drained_for_long_h35() {
    let drained = |estate| {
        let body = made(&case(estate));
        match named(&body, "prod-promote").gate {
            Some(Gate::Drain { seconds }) => seconds,
            ref other => panic!("{other:?}"),
        }
    };
    assert_eq!(drained(bridge()), 149);
    let streaming = estate().bridge("x", 80).rest_api("api", |api| {
        api.method(Verb::Get, "/x", "x-link")
            .carry(
                Verb::Get,
                "/x",
                CarriedField::ResponseTransferMode,
                "STREAM",
            )
            .deploy("prod")
    });
    assert_eq!(drained(streaming), 1020);
}

#[test]
fn nothing_is_planned_for_a_websocket_api_or_an_nlb_that_is_no_bridge() {
    let body = made(&case(Situation::WebsocketApi.add(estate(), "x", 80)));
    assert!(codes(&body).contains(&WaitingCode::CannotMove));
    let body = made(&case(Situation::DirectInstances.add(estate(), "x", 80)));
    assert!(body.steps.is_empty());
    assert_eq!(codes(&body), BTreeSet::from([WaitingCode::NothingToMove]));
}

#[test]
fn a_plan_over_gaps_says_what_is_missing() {
    let mut case = Case::of(scanned(bridge(), 30, UserSources::Skip));
    case.choices.selection.nlbs = case.facts().load_balancers.keys().cloned().collect();
    let body = made(&case);
    assert!(!body.complete);
    assert!(
        body.missing.iter().any(|one| one.contains("dns-records")),
        "{:?}",
        body.missing
    );
    named(&body, "prod-promote");
}

#[test]
fn what_a_stage_runs_has_to_be_known_h3() {
    let mut case = case(bridge());
    for stage in case.facts_mut().rest_apis[0].stages.iter_mut().flatten() {
        stage.deployed = None;
    }
    let body = made(&case);
    assert!(body.steps.is_empty());
    waits(&body, WaitingCode::NotSeen, "what it runs was not read");
}

#[test]
fn the_same_snapshot_and_choices_make_the_same_bytes() {
    let bytes = |case: &Case| {
        Plan::new(Text::new("1"), made(case))
            .to_json()
            .expect("JSON")
    };
    let first = case(bridge());
    assert_eq!(bytes(&first), bytes(&case(bridge())));
    let mut other = case(bridge());
    other.choices.bake_seconds = 60;
    let (one, two) = (made(&first), made(&other));
    assert_ne!(one.plan_id(), two.plan_id());
}

#[test]
fn everything_that_is_made_carries_the_plan_and_the_tags_that_were_chosen_h36() {
    let mut case = case(bridge());
    case.choices
        .tags
        .insert(Text::new("team"), Text::new("shop"));
    let body = made(&case);
    let plan_id = body.plan_id().to_string();
    let mut seen = 0;
    for step in &body.steps {
        let (Operation::CreateSecurityGroup { tags, .. }
        | Operation::CreateVpcLink { tags, .. }
        | Operation::CreateStage { tags, .. }) = &step.operation
        else {
            continue;
        };
        seen += 1;
        assert_eq!(
            tags.get("unbridge:plan").map(Text::as_str),
            Some(plan_id.as_str())
        );
        assert_eq!(
            tags.get("team").map(Text::as_str),
            Some("shop"),
            "{}",
            step.id
        );
    }
    assert!(seen >= 4, "{seen}");
}
