//! What a retirement deletes, in which order, and what keeps it from doing so.

use unbridge_model::apigateway::Verb;
use unbridge_model::finding::FindingCode;
use unbridge_model::id::{LoadBalancerArn, StageName};
use unbridge_model::network::SecurityRule;
use unbridge_model::plan::choices::Doubt;
use unbridge_model::plan::condition::{Condition, Gate, Hosts, WebsocketStages};
use unbridge_model::plan::elsewhere::OwnerTool;
use unbridge_model::plan::left::Left;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::waiting::{Subject, WaitingCode};
use unbridge_model::plan::{Body, Phase, Undo};
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured};
use unbridge_planner::retire;
use unbridge_scanner::scan::UserSources;
use unbridge_sim::build::{Estate, RestApiBuilder};

use crate::common::{Case, codes, estate, named, names, scanned, waits};

/// `shop` goes straight to `orders-alb`; `orders-link` and `orders-nlb` are left behind, and nothing
/// has passed them for as long as metrics go back.
fn migrated() -> Estate {
    left_behind(|api| api.direct(Verb::Get, "/orders", "direct", "orders-alb"))
}

fn left_behind(describe: impl for<'e> Fn(RestApiBuilder<'e>) -> RestApiBuilder<'e>) -> Estate {
    estate()
        .bridge("orders", 80)
        .v2_link("direct")
        .rest_api("shop", |api| describe(api).deploy("prod"))
        .idle("orders-nlb")
        .quiet("orders-nlb")
}

fn case(estate: Estate) -> Case {
    Case::of(scanned(estate, 35, UserSources::Read))
}

fn retired(case: &Case) -> Body {
    let body = case.made(retire);
    for step in &body.steps {
        assert_eq!(step.phase, Phase::Retire);
    }
    body
}

fn of(estate: Estate) -> Body {
    retired(&case(estate))
}

/// Nothing is deleted, for this reason and no other.
fn refuses(body: &Body, code: WaitingCode, says: &str) {
    assert_eq!(names(body), Vec::<&str>::new());
    assert_eq!(codes(body), [code].into(), "{:?}", body.waiting);
    waits(body, code, says);
}

#[test]
fn link_nlb_and_target_group_go_in_this_order_and_none_of_it_comes_back_h39() {
    let body = of(migrated());
    assert_eq!(body.waiting, []);
    assert!(body.complete, "{:?}", body.missing);
    let steps = ["orders-nlb-link-1", "orders-nlb-nlb", "orders-nlb-group-1"];
    assert_eq!(names(&body), steps);
    for step in &body.steps {
        assert!(matches!(step.undo, Undo::Impossible { .. }), "{}", step.id);
        assert_eq!(step.verification.len(), 1);
    }
    assert!(matches!(
        named(&body, "link-1").operation,
        Operation::DeleteV1Link { .. }
    ));
    assert!(matches!(
        named(&body, "-nlb").operation,
        Operation::DeleteLoadBalancer { .. }
    ));
    assert!(matches!(
        named(&body, "group-1").operation,
        Operation::DeleteTargetGroup { .. }
    ));
}

#[test]
fn disuse_is_asked_of_aws_again_before_each_deletion_h38() {
    let body = of(migrated());
    let asks = |step: &str, wanted: fn(&Condition) -> bool| {
        assert!(
            named(&body, step).preconditions.iter().any(wanted),
            "{step}"
        );
    };
    let counting = |one: &Condition| {
        matches!(
            one,
            Condition::LoadBalancerUnnamed {
                hosts: Hosts::Count,
                ..
            }
        )
    };
    asks("link-1", |one| {
        matches!(one, Condition::V1LinkUnused { .. })
    });
    asks("link-1", |one| {
        matches!(one, Condition::NotProtected { .. })
    });
    asks("link-1", counting);
    asks("orders-nlb-nlb", |one| {
        matches!(one, Condition::NotProtected { .. })
    });
    asks("orders-nlb-nlb", counting);
}

#[test]
fn an_nlb_that_requests_pass_stays() {
    let over = estate()
        .bridge("orders", 80)
        .rest_api("shop", |api| {
            api.method(Verb::Get, "/orders", "orders-link")
                .deploy("prod")
        })
        .idle("orders-nlb")
        .quiet("orders-nlb");
    assert_eq!(
        of(over.clone()).waiting,
        [],
        "it is not even looked at unless it is named"
    );
    let mut case = case(over);
    let arn = case.assessment().nlbs[0].arn.clone();
    case.choices.selection.nlbs.insert(arn);
    let body = retired(&case);
    waits(&body, WaitingCode::StillUsed, "1 methods on prod");
    waits(&body, WaitingCode::StillUsed, "stage prod of API shop");
    assert_eq!(names(&body), Vec::<&str>::new());
}

#[test]
fn a_draft_that_still_names_the_link_counts_as_use_h3() {
    let back = migrated().rest_api("shop", |api| api.method(Verb::Get, "/old", "orders-link"));
    let mut case = case(back);
    let arn = case.assessment().nlbs[0].arn.clone();
    case.choices.selection.nlbs.insert(arn);
    waits(
        &retired(&case),
        WaitingCode::StillUsed,
        "the draft of API shop",
    );
}

#[test]
fn a_link_that_only_a_stage_variable_names_is_in_use_h3() {
    let by_variable = migrated().rest_api("billing", |api| {
        api.by_variable(Verb::Get, "/bills", "link", 80)
            .deploy("prod")
            .link_variable("prod", "link", "orders-link")
    });
    let mut case = case(by_variable);
    let arn = case.assessment().nlbs[0].arn.clone();
    case.choices.selection.nlbs.insert(arn);
    waits(
        &retired(&case),
        WaitingCode::StillUsed,
        "stage prod of API billing",
    );
}

#[test]
fn a_canary_release_that_nobody_can_read_may_name_the_link_h39() {
    let canary = migrated().rest_api("billing", |api| {
        api.lambda(Verb::Get, "/bills")
            .deploy("prod")
            .canary("prod", 10.0)
    });
    refuses(
        &of(canary),
        WaitingCode::NotSeen,
        "the canary release of stage prod of API billing",
    );
}

#[test]
fn an_address_that_has_the_nlb_for_its_host_keeps_it_until_a_proof_h38() {
    let dns = |estate: &Estate| {
        let account = estate.clone().build().expect("an account");
        let state = account.regions.values().next().expect("a region");
        let name = state
            .load_balancer_named("orders-nlb")
            .and_then(|nlb| nlb.dns_name.clone());
        format!("http://{}/orders", name.expect("a name"))
    };
    let address = dns(&migrated());
    let named_so =
        left_behind(|api| api.direct_at(Verb::Get, "/orders", "direct", "orders-alb", &address));
    let mut case = case(named_so);
    let body = retired(&case);
    refuses(
        &body,
        WaitingCode::StillUsed,
        "host of addresses in stage prod of API shop",
    );
    assert_eq!(body.waiting[0].finding, Some(FindingCode::UriNamesNlb));
    case.choices.doubts.insert(Doubt::HostNeedNotResolve);
    let body = retired(&case);
    let unnamed = |one: &Condition| {
        matches!(
            one,
            Condition::LoadBalancerUnnamed {
                hosts: Hosts::DoNotCount,
                ..
            }
        )
    };
    assert!(named(&body, "link-1").preconditions.iter().any(unnamed));
}

#[test]
fn other_users_keep_it_whoever_they_are_h1() {
    let check = |estate: Estate, says: &str| {
        let mut case = case(estate);
        let arn = case.assessment().nlbs[0].arn.clone();
        case.choices.selection.nlbs.insert(arn);
        let body = retired(&case);
        assert_eq!(names(&body), Vec::<&str>::new());
        waits(&body, WaitingCode::StillUsed, says);
    };
    check(
        migrated().dns_alias("orders.example.com", "orders-nlb"),
        "orders.example.com",
    );
    check(migrated().accelerator("global", "orders-nlb"), "used by");
    check(migrated().distribution("edge", "orders-nlb"), "used by");
    check(migrated().mirror_target("mirror", "orders-nlb"), "used by");
    check(
        migrated().verified_access("inside", "orders-nlb"),
        "used by",
    );
    check(
        migrated().consumer("orders-nlb", "210987654321"),
        "consumers of its own",
    );
    let mixed = migrated().serve("orders-nlb", 9000, unbridge_sim::build::Backend::Addresses);
    check(mixed, "9000");
    let chat = migrated().websocket_api("chat", |api| {
        api.over_v1("$default", "orders-link").auto("live")
    });
    check(chat, "WebSocket API chat");
}

#[test]
fn a_websocket_stage_that_nobody_can_read_takes_a_word_h39() {
    let chat = migrated().websocket_api("chat", |api| api.lambda("$default").freeze("live"));
    let mut case = case(chat);
    let body = retired(&case);
    refuses(&body, WaitingCode::NeedsAWord, "stage live of API chat");
    let flag = body.waiting[0].flag.as_deref();
    assert_eq!(flag, Some("--accept websocket-stages"));
    case.choices.doubts.insert(Doubt::WebsocketStages);
    let body = retired(&case);
    assert_eq!(body.waiting, []);
    let asked = body.steps.iter().flat_map(|step| &step.preconditions);
    let words: Vec<WebsocketStages> = asked
        .filter_map(|one| match one {
            Condition::V1LinkUnused { websockets, .. }
            | Condition::LoadBalancerUnnamed { websockets, .. } => Some(*websockets),
            _ => None,
        })
        .collect();
    assert_eq!(words, [WebsocketStages::DoNotCount; 3]);
}

#[test]
fn no_word_covers_a_websocket_api_whose_integrations_name_the_link_h39() {
    let chat = migrated().websocket_api("chat", |api| {
        api.over_v1("$default", "orders-link").freeze("live")
    });
    let mut case = case(chat);
    let arn = case.assessment().nlbs[0].arn.clone();
    case.choices.selection.nlbs.insert(arn);
    case.choices.doubts.insert(Doubt::WebsocketStages);
    let body = retired(&case);
    assert_eq!(names(&body), Vec::<&str>::new());
    waits(&body, WaitingCode::StillUsed, "an integration of API chat");
}

#[test]
fn users_that_nobody_looked_for_are_not_none_h1() {
    let case = Case::of(scanned(migrated(), 35, UserSources::Skip));
    let body = retired(&case);
    refuses(&body, WaitingCode::NotSeen, "dns-records");
    assert!(!body.complete);
}

#[test]
fn what_a_stage_runs_and_was_not_read_is_not_nothing_h3() {
    let mut case = case(migrated());
    let prod = StageName::new("prod").expect("a stage");
    for api in &mut case.facts_mut().rest_apis {
        for stage in api
            .stages
            .iter_mut()
            .flatten()
            .filter(|stage| stage.name == prod)
        {
            stage.deployed = None;
        }
    }
    waits(
        &retired(&case),
        WaitingCode::NotSeen,
        "what stage prod of API shop",
    );
}

#[test]
fn protection_is_never_lifted() {
    let protected = migrated().attribute("orders-nlb", "deletion_protection.enabled", "true");
    let body = of(protected);
    refuses(&body, WaitingCode::Protected, "protected");
    assert_eq!(body.waiting[0].flag, None);
}

#[test]
fn metrics_that_were_read_for_too_short_a_time_show_nothing_h37() {
    let short = Case::of(scanned(migrated(), 30, UserSources::Read));
    refuses(&retired(&short), WaitingCode::DisuseNotShown, "30 days");
    let mut fewer = short;
    fewer.choices.retirement.quiet_days = 14;
    assert_eq!(retired(&fewer).waiting, []);
}

#[test]
fn metrics_that_were_not_read_or_are_not_there_show_nothing_h37() {
    let mut unread = case(migrated());
    let arn = unread.assessment().nlbs[0].arn.clone();
    unread
        .facts_mut()
        .usage
        .remove(&Measured::LoadBalancer(arn));
    refuses(&retired(&unread), WaitingCode::DisuseNotShown, "not read");
    let silent = estate()
        .bridge("orders", 80)
        .v2_link("direct")
        .rest_api("shop", |api| {
            api.direct(Verb::Get, "/orders", "direct", "orders-alb")
                .deploy("prod")
        })
        .idle("orders-nlb");
    refuses(&of(silent), WaitingCode::DisuseNotShown, "0 of 35 days");
}

#[test]
fn a_byte_within_the_window_is_somebody_h37() {
    let mut hours = vec![None; 24 * 20];
    hours[0] = Some(1.0);
    let used = migrated().measured("orders-nlb", Measure::ProcessedBytes, &hours);
    refuses(&of(used), WaitingCode::DisuseNotShown, "processed-bytes");
    let flowing = migrated().traffic("orders-nlb", 2, 30);
    let mut case = case(flowing);
    let arn = case.assessment().nlbs[0].arn.clone();
    case.choices.selection.nlbs.insert(arn);
    waits(
        &retired(&case),
        WaitingCode::DisuseNotShown,
        "something passed it",
    );
}

#[test]
fn whether_somebody_on_the_internet_needs_it_is_a_persons_word_h37() {
    let mut case = case(migrated().internet_facing("orders-nlb"));
    let body = retired(&case);
    refuses(&body, WaitingCode::NeedsAWord, "internet");
    assert_eq!(
        body.waiting[0].flag.as_deref(),
        Some("--accept internet-facing-nlb")
    );
    case.choices.findings.insert(FindingCode::InternetFacingNlb);
    assert_eq!(retired(&case).steps.len(), 3);
}

#[test]
fn chosen_addresses_take_a_word_and_outlive_the_nlb_h22() {
    let mut case = case(migrated().elastic_addresses("orders-nlb"));
    refuses(&retired(&case), WaitingCode::NeedsAWord, "eipalloc-");
    case.choices.findings.insert(FindingCode::StaticAddresses);
    // What needs a word is no `already-direct`, but nothing goes over it either.
    let body = retired(&case);
    let addresses = body
        .left
        .iter()
        .filter(|left| matches!(left, Left::Address { .. }));
    assert_eq!((body.steps.len(), addresses.count()), (3, 3));
}

#[test]
fn alarms_that_watch_it_are_named_h18() {
    let body = of(migrated().alarm("flows", "orders-nlb"));
    assert_eq!(body.steps.len(), 3);
    assert!(
        body.left
            .iter()
            .any(|left| matches!(left, Left::Alarm { .. }))
    );
}

#[test]
fn objects_of_others_are_removed_there_or_by_a_persons_word_h16() {
    let tag = "aws:cloudformation:stack-name";
    let mut case = case(migrated().tag("orders-nlb", tag, "orders"));
    let body = retired(&case);
    refuses(&body, WaitingCode::OwnedElsewhere, "cloudformation");
    let row = &body.elsewhere[0];
    let word = "AWS::ElasticLoadBalancingV2::LoadBalancer";
    assert_eq!(
        (row.owner, row.resource.as_str()),
        (OwnerTool::Cloudformation, word)
    );
    let arn = Text::from(case.assessment().nlbs[0].arn.clone());
    case.choices.edit.insert(arn);
    assert_eq!(retired(&case).steps.len(), 3);
    case.choices.edit.clear();
    let nobody = retired(&case);
    waits(
        &nobody,
        WaitingCode::OwnedElsewhere,
        "nothing says who owns it",
    );
    let link = |waiting: &unbridge_model::plan::waiting::Waiting| {
        matches!(waiting.what, Subject::VpcLink(_))
    };
    assert!(nobody.waiting.iter().any(link));
}

#[test]
fn history_that_may_name_the_link_is_told_h39() {
    let deployed_before = migrated().rest_api("shop", |api| api.deploy("prod").deploy("prod"));
    let body = of(deployed_before);
    let Undo::Impossible { why } = &named(&body, "link-1").undo else {
        panic!("no way back");
    };
    assert!(why.contains("2 are known"), "{why}");
    let told = |left: &Left| matches!(left, Left::Deployments { count: Some(2), .. });
    assert!(body.left.iter().any(told), "{:?}", body.left);
}

#[test]
fn target_groups_of_addresses_may_be_named_by_services_h39() {
    let by_address = estate()
        .ip_bridge("orders", 80)
        .v2_link("direct")
        .rest_api("shop", |api| {
            api.direct(Verb::Get, "/orders", "direct", "orders-alb")
                .deploy("prod")
        })
        .idle("orders-nlb")
        .quiet("orders-nlb");
    let mut case = case(by_address);
    refuses(&retired(&case), WaitingCode::NeedsAWord, "ECS");
    case.choices.doubts.insert(Doubt::TargetGroupUsers);
    assert_eq!(retired(&case).steps.len(), 3);
}

#[test]
fn a_target_group_of_others_stays_h39() {
    let shared = migrated().nlb("other-nlb").edit(|state| {
        let arn = |name: &str| {
            state
                .load_balancer_named(name)
                .expect("the NLB")
                .arn
                .clone()
        };
        let (own, other) = (arn("orders-nlb"), arn("other-nlb"));
        let mut groups = state.target_groups.iter_mut();
        let group = groups.find(|group| group.load_balancers.contains(&own));
        group.expect("a group").load_balancers.push(other);
    });
    let body = of(shared);
    assert_eq!(names(&body), ["orders-nlb-link-1", "orders-nlb-nlb"]);
    assert!(
        body.left
            .iter()
            .any(|left| matches!(left, Left::TargetGroup { .. }))
    );
}

/// An NLB with a security group that its ALB lets in.
fn let_in() -> Estate {
    migrated()
        .with_security_group("orders-nlb")
        .admit_only_nlb("orders-alb", "orders-nlb")
        .security_groups_of("orders-alb", |group| {
            for rule in &mut group.ingress {
                (rule.from_port, rule.to_port) = (Some(80), Some(80));
            }
        })
}

/// The ALB's group may be edited.
fn with_alb_group(estate: Estate) -> Case {
    let mut case = case(estate);
    let albs = case.facts().load_balancers.values();
    let groups = albs
        .filter(|lb| lb.name == *"orders-alb")
        .flat_map(|alb| &alb.security_groups);
    let groups: Vec<Text> = groups.cloned().map(Text::from).collect();
    case.choices.edit.extend(groups);
    case
}

#[test]
fn rules_that_name_the_nlbs_own_group_go_first_and_can_come_back_h39() {
    let mut case = with_alb_group(let_in());
    let body = retired(&case);
    assert_eq!(body.steps.len(), 3, "the rest does not wait for the rule");
    waits(
        &body,
        WaitingCode::NeedsAWord,
        "interfaces other than the NLB's",
    );
    case.choices.doubts.insert(Doubt::NlbSecurityGroup);
    let body = retired(&case);
    assert_eq!(body.waiting, []);
    assert_eq!(names(&body)[0], "orders-nlb-rule-1");
    let undo = &body.steps[0].undo;
    let Undo::Operation { operation, only_if } = undo else {
        panic!("a way back");
    };
    assert!(matches!(operation, Operation::AuthorizeRule { .. }));
    assert!(matches!(only_if[..], [Condition::RuleGone { .. }]));
    let unused = |one: &Condition| matches!(one, Condition::V1LinkUnused { .. });
    assert!(body.steps[0].preconditions.iter().any(unused));
}

#[test]
fn a_rule_in_a_group_of_others_is_removed_there_h16() {
    let body = of(let_in());
    assert_eq!(body.steps.len(), 3);
    waits(
        &body,
        WaitingCode::OwnedElsewhere,
        "nothing says who owns it",
    );
    assert!(
        body.elsewhere
            .iter()
            .any(|row| row.resource == *"security group")
    );
}

#[test]
fn rules_that_let_in_more_than_the_nlb_are_listed_and_stay_h39() {
    let wide = let_in().security_groups_of("orders-alb", |group| {
        let rule = group.ingress.first().cloned().expect("a rule");
        group.ingress = vec![SecurityRule {
            to_port: Some(90),
            ..rule
        }];
    });
    let mut case = with_alb_group(wide);
    case.choices.doubts.insert(Doubt::NlbSecurityGroup);
    let body = retired(&case);
    assert_eq!(body.steps.len(), 3);
    let listed = |left: &Left| matches!(left, Left::Rule { lets_in, .. } if lets_in.starts_with("tcp 80-90 from sg-"));
    assert!(body.left.iter().any(listed), "{:?}", body.left);
    let range = migrated().admit("orders-alb", "10.0.0.0/8", (80, 80));
    let listed = |left: &Left| matches!(left, Left::Rule { lets_in, .. } if lets_in.ends_with("from 10.0.0.0/8"));
    let body = of(range);
    assert!(body.left.iter().any(listed), "{:?}", body.left);
}

#[test]
fn a_quarantine_can_be_taken_back_and_is_over_before_anything_is_deleted_h37() {
    let mut case = case(
        migrated()
            .alb("more-alb", 81)
            .forward("orders-nlb", 81, "more-alb", 81),
    );
    case.choices.retirement.quarantine_seconds = 86_400;
    let body = retired(&case);
    let first: Vec<_> = body
        .steps
        .iter()
        .take_while(|step| matches!(step.undo, Undo::Operation { .. }))
        .collect();
    let ids: Vec<&str> = first.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["orders-nlb-quarantine-1", "orders-nlb-quarantine-2"]);
    let gates: Vec<_> = first.iter().map(|step| step.gate.clone()).collect();
    assert_eq!(gates, [None, Some(Gate::Drain { seconds: 86_400 })]);
    for step in &first {
        assert!(matches!(step.operation, Operation::DeregisterTarget { .. }));
        let Undo::Operation { operation, .. } = &step.undo else {
            panic!("a way back");
        };
        assert!(matches!(operation, Operation::RegisterTarget { .. }));
    }
    assert!(
        first[0]
            .preconditions
            .iter()
            .any(|one| matches!(one, Condition::V1LinkUnused { .. }))
    );
    assert_eq!(body.steps.len(), 2 + 2 + 2);
}

#[test]
fn an_nlb_that_serves_something_else_is_no_retirement_h2() {
    let mut case = case(migrated().nlb_to_alb("static", 80));
    let nlbs = case.assessment().nlbs;
    let other = nlbs
        .iter()
        .find(|nlb| nlb.name == *"static-nlb")
        .expect("the NLB");
    case.choices.selection.nlbs.insert(other.arn.clone());
    refuses(
        &retired(&case),
        WaitingCode::NothingToMove,
        "another purpose",
    );
}

#[test]
fn an_nlb_that_nobody_knows_is_said_to_be_unknown() {
    let mut case = case(migrated());
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/gone/1";
    let arn = LoadBalancerArn::new(arn).expect("an ARN");
    case.choices.selection.nlbs.insert(arn);
    refuses(&retired(&case), WaitingCode::NotSeen, "no NLB of eu-west-1");
}

#[test]
fn the_same_snapshot_and_choices_give_the_same_plan() {
    let (one, other) = (of(let_in()), of(let_in()));
    assert_eq!(one.digest(), other.digest());
    let mut changed = case(let_in());
    changed.choices.retirement.quarantine_seconds = 60;
    assert_ne!(retired(&changed).plan_id(), one.plan_id());
}
