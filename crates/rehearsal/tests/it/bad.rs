//! Bad plans are refuted, each with the right counter-example.

use unbridge_model::apigateway::Verb;
use unbridge_model::id::{LoadBalancerArn, StageName, SubnetId, TargetGroupArn};
use unbridge_model::network::Direction;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::{GroupRule, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Step, Undo};
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_rehearsal::{Branches, CounterExample, Then, Why};
use unbridge_sim::account::{Account, RegionState};

use crate::good::{REGION, account, bridge, good, rehearsed};
use crate::plans::{Draft, step};

/// The counter-example of a good plan that was spoiled.
fn refuted(account: &Account, spoil: impl FnOnce(Draft) -> Draft) -> CounterExample {
    let plan = spoil(good(account)).plan();
    let rehearsal = rehearsed(account, &plan, Branches::Rejoin);
    *rehearsal.counter_example.expect("a counter-example")
}

/// Where a spoiled plan stops, and why.
#[track_caller]
fn stops(spoil: impl FnOnce(Draft) -> Draft, at: &str, because: &str) {
    let found = refuted(&account(), spoil);
    stopped(&found, at, because);
}

#[track_caller]
pub(crate) fn stopped(found: &CounterExample, at: &str, because: &str) {
    let Why::Stopped(step, why) = &found.why else {
        panic!("{}\n{}", found.why, found.trace);
    };
    assert_eq!(step.as_str(), at, "{why}");
    assert!(why.contains(because), "{why}");
}

/// What a spoiled plan does to a request.
#[track_caller]
fn harms(spoil: impl FnOnce(Draft) -> Draft, what: &str, after: &str) {
    harmed(&refuted(&account(), spoil), what, after);
}

#[track_caller]
pub(crate) fn harmed(found: &CounterExample, what: &str, after: &str) {
    assert!(
        matches!(found.why, Why::Harm(_)),
        "{}\n{}",
        found.why,
        found.trace
    );
    let why = found.why.to_string();
    assert!(why.contains(what), "{why}");
    // A change under way may still be made when the harm is seen.
    let trace = found.trace.to_string();
    let before = trace.lines().take_while(|line| !line.ends_with(&why));
    let last = before.filter(|line| line.contains(": ")).last();
    let last = last.expect("a change");
    assert!(last.contains(after), "{trace}");
}

/// What stands in the way of a spoiled plan when it goes back.
#[track_caller]
fn cannot_go_back(spoil: impl FnOnce(Draft) -> Draft, what: &str) {
    let found = refuted(&account(), spoil);
    let told = format!("{}\n{}", found.why, found.trace);
    let scenario = found.scenario.expect(&told);
    assert_eq!(scenario.then, Then::RollBack, "{told}");
    assert!(!matches!(found.why, Why::Harm(_)), "{told}");
    assert!(found.why.to_string().contains(what), "{told}");
}

fn state(account: &Account) -> &RegionState {
    account.regions.values().next().expect("a region")
}

fn unproven(draft: Draft) -> Draft {
    draft.with("proof-stage", |step| step.gate = None)
}

fn no_way_back(step: &mut Step) {
    step.undo = Undo::Nothing;
}

fn nlb(account: &Account) -> LoadBalancerArn {
    let found = state(account).load_balancer_named("x-nlb");
    found.expect("the NLB").arn.clone()
}

fn group_of_nlb(account: &Account) -> (TargetGroupArn, Text) {
    let mut groups = state(account).target_groups.iter();
    let group = groups
        .find(|group| group.load_balancers.contains(&nlb(account)))
        .expect("its group");
    let target = &group.targets.as_ref().expect("targets")[0];
    (group.arn.clone(), target.id.clone())
}

fn stage(name: &str) -> StageName {
    StageName::new(name).expect("a stage")
}

/// H33
#[test]
fn without_an_ingress_rule_the_proof_fails_h33() {
    stops(
        |plan| plan.without("ingress"),
        "proof-stage",
        "cannot arrive",
    );
}

/// H28
#[test]
fn without_an_ingress_rule_and_without_a_proof_requests_are_lost_h28() {
    let unchecked = |step: &mut Step| {
        let is_rule = |one: &Condition| matches!(one, Condition::RuleStands { .. });
        step.preconditions.retain(|one| !is_rule(one));
    };
    let spoil = |plan| {
        unproven(plan)
            .without("ingress")
            .with("dev-canary-10", unchecked)
    };
    harms(spoil, "cannot arrive", "dev-canary-10");
}

/// H28: an answer that is lost leaves the stage without.
#[test]
fn a_stage_that_lacks_what_keeps_callers_out_stops_the_plan_before_its_proof_h28() {
    let spoil = |plan: Draft| {
        let plan = plan.furnished();
        let api = plan.site().api.api.id.clone();
        plan.with("proof-furnish", |step| {
            // Another one gets it.
            step.operation = Operation::FurnishStage {
                api,
                stage: stage("dev"),
                like: stage("dev"),
            };
        })
    };
    stops(spoil, "proof-furnish", "it lacks");
}

/// H33
#[test]
fn without_an_egress_rule_the_proof_fails_h33() {
    stops(
        |plan| plan.without("egress"),
        "proof-stage",
        "cannot arrive",
    );
}

#[test]
fn a_port_without_listener_is_noticed_before_any_request_meets_it() {
    let spoil = |plan: Draft| {
        plan.with("rewire-1", |step| {
            let Operation::UpdateIntegration { patch, .. } = &mut step.operation else {
                unreachable!("a rewire");
            };
            patch.uri = Some(Uri::new("http://x.example:8081/x"));
        })
        .with("proof-stage", |step| step.verification.clear())
    };
    stops(spoil, "proof-stage", "cannot arrive");
}

/// H28
#[test]
fn another_alb_is_noticed_by_the_proof_h28() {
    let account = bridge().alb("y-alb", 80).build().expect("an account");
    let other = state(&account).load_balancer_named("y-alb");
    let other = other.expect("the other ALB").arn.clone();
    let aim = |step: &mut Step| {
        let Operation::UpdateIntegration { patch, .. } = &mut step.operation else {
            unreachable!("a rewire");
        };
        patch.integration_target = Some(other);
    };
    let found = refuted(&account, |plan| {
        plan.with("rewire-1", aim)
            .with("proof-stage", |step| step.verification.clear())
    });
    let Why::Stopped(step, _) = &found.why else {
        panic!("{}", found.why);
    };
    assert_eq!(step.as_str(), "proof-stage");
}

#[test]
fn a_link_of_version_2_needs_a_target() {
    let spoil = |plan: Draft| {
        plan.with("rewire-1", |step| {
            let Operation::UpdateIntegration { patch, .. } = &mut step.operation else {
                unreachable!("a rewire");
            };
            patch.integration_target = None;
        })
    };
    stops(spoil, "rewire-1", "IntegrationTarget is required");
}

/// H39: AWS keeps a version 1 link for as long as a stage or a draft names it.
#[test]
fn the_old_link_is_not_deleted_before_the_shift_h39() {
    let spoil = |plan: Draft| {
        let link = plan.site().link.clone();
        let retire = step(
            "retire",
            Phase::Retire,
            Operation::DeleteV1Link { link },
            Undo::Nothing,
        );
        plan.and(retire).moved("retire", "dev-canary-10")
    };
    stops(spoil, "retire", "is referenced in");
}

/// H37
#[test]
fn a_target_taken_out_before_the_shift_loses_requests_h37() {
    let account = account();
    let (group, target) = group_of_nlb(&account);
    let found = refuted(&account, |plan| {
        let operation = Operation::DeregisterTarget {
            group,
            target,
            port: 80,
        };
        let quarantine = step("quarantine", Phase::Retire, operation, Undo::Nothing);
        plan.and(quarantine).moved("quarantine", "dev-canary-10")
    });
    harmed(&found, "cannot arrive", "quarantine");
}

#[test]
fn an_nlb_is_not_deleted_under_its_link() {
    let account = account();
    let load_balancer = nlb(&account);
    let found = refuted(&account, |plan| {
        let delete = Operation::DeleteLoadBalancer { load_balancer };
        plan.and(step("retire", Phase::Retire, delete, Undo::Nothing))
    });
    let Why::Stopped(step, _) = &found.why else {
        panic!("{}", found.why);
    };
    assert_eq!(step.as_str(), "retire");
}

/// H27: a canary release on the stage's own deployment passes and tests nothing.
#[test]
fn a_canary_of_the_stages_own_deployment_moves_nothing_h27() {
    let spoil = |plan: Draft| {
        let own = Later::Known(
            plan.site()
                .api
                .stage(&stage("dev"))
                .expect("dev")
                .deployment
                .clone(),
        );
        let canary = |step: &mut Step| {
            let Operation::SetCanary { deployment, .. } = &mut step.operation else {
                unreachable!("a canary");
            };
            deployment.clone_from(&own);
            step.preconditions.clear();
            step.verification.clear();
        };
        let mut plan = plan;
        for percent in [10, 50, 100] {
            plan = plan.with(&format!("dev-canary-{percent}"), canary);
        }
        plan.with("dev-end-canary", |step| step.preconditions.clear())
            .with("dev-promote", |step| {
                let Operation::SetDeployment { deployment, .. } = &mut step.operation else {
                    unreachable!("a promotion");
                };
                deployment.clone_from(&own);
                step.verification.clear();
            })
    };
    let found = refuted(&account(), spoil);
    assert!(matches!(found.why, Why::NothingMoved(..)), "{}", found.why);
}

/// H27
#[test]
fn a_stage_is_not_promoted_under_its_canary_h27() {
    let spoil = |plan: Draft| {
        plan.without("dev-end-canary")
            .with("dev-promote", |step| step.preconditions.clear())
    };
    let found = refuted(&account(), spoil);
    let Why::Stopped(step, _) = &found.why else {
        panic!("{}", found.why);
    };
    assert_eq!(step.as_str(), "dev-promote");
}

#[test]
fn a_link_that_nobody_waits_for_long_enough_stops_the_plan() {
    let spoil = |plan: Draft| plan.with("link", |step| step.verify_within = 1);
    stops(spoil, "link", "PENDING");
}

#[test]
fn a_link_has_at_most_ten_subnets() {
    let spoil = |plan: Draft| {
        plan.with("link", |step| {
            let Operation::CreateVpcLink { subnets, .. } = &mut step.operation else {
                unreachable!("a link");
            };
            let more = (0..11).map(|number| SubnetId::new(format!("subnet-{number}")));
            *subnets = more.map(|id| id.expect("a subnet")).collect();
        })
    };
    let found = refuted(&account(), spoil);
    let Why::Stopped(step, _) = &found.why else {
        panic!("{}", found.why);
    };
    assert_eq!(step.as_str(), "link");
}

/// H24: deploying ships the whole draft.
#[test]
fn unfinished_work_in_the_draft_stops_the_plan_at_its_baseline_h24() {
    let account = unfinished();
    let found = refuted(&account, |plan| plan);
    stopped(&found, "baseline-stage", "still not so");
}

/// H24
#[test]
fn unfinished_work_in_the_draft_reaches_callers_without_a_baseline_h24() {
    let account = unfinished();
    let found = refuted(&account, |plan| {
        plan.with("baseline-stage", |step| step.verification.clear())
            .with("proof-stage", |step| {
                step.verification.clear();
                step.gate = None;
            })
    });
    harmed(&found, "/elsewhere", "dev-canary-10");
}

/// A draft in which a method leads elsewhere than on the stages.
fn unfinished() -> Account {
    bridge()
        .rest_api("api", |api| {
            api.edit(Verb::Get, "/x", |integration| {
                integration.uri = Some(Uri::new("http://x-nlb.example/elsewhere"));
            })
        })
        .build()
        .expect("an account")
}

#[test]
fn a_live_stage_is_not_a_temporary_one() {
    let spoil = |plan: Draft| {
        let api = plan.site().api.api.id.clone();
        let delete = Operation::DeleteStage {
            api,
            stage: stage("prod"),
        };
        plan.and(step("clean", Phase::TidyUp, delete, Undo::Nothing))
    };
    harms(spoil, "answered by no private integration", "clean");
}

#[test]
fn the_rule_of_the_nlb_is_not_taken_away_before_the_shift() {
    let account = account();
    let nlbs = state(&account).load_balancer_named("x-nlb");
    let nlbs = nlbs.expect("the NLB").security_groups[0].clone();
    let found = refuted(&account, |plan| {
        let albs = plan.site().alb.security_groups[0].clone();
        let operation = Operation::RevokeRule {
            group: Later::Known(albs),
            rule: GroupRule {
                direction: Direction::Ingress,
                port: 80,
                peer: Later::Known(nlbs),
            },
        };
        let revoke = step("close", Phase::TidyUp, operation, Undo::Nothing);
        plan.and(revoke).moved("close", "deploy")
    });
    match &found.why {
        Why::Harm(_) => harmed(&found, "cannot arrive", "close"),
        // The fixture's rule is wider than one port: then AWS knows no such rule.
        Why::Stopped(step, _) => assert_eq!(step.as_str(), "close"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_new_link_in_use_is_not_deleted() {
    let spoil = |plan: Draft| {
        let operation = Operation::DeleteVpcLink {
            link: Later::From(crate::plans::id("link")),
        };
        plan.and(step("oops", Phase::TidyUp, operation, Undo::Nothing))
    };
    stops(spoil, "oops", "is referenced in");
}

#[test]
fn a_deployment_in_use_is_not_deleted() {
    let spoil = |plan: Draft| {
        let api = plan.site().api.api.id.clone();
        let operation = Operation::DeleteDeployment {
            api,
            deployment: Later::From(crate::plans::id("deploy")),
        };
        plan.and(step("oops", Phase::TidyUp, operation, Undo::Nothing))
    };
    stops(spoil, "oops", "Active stages");
}

#[test]
fn a_link_without_a_way_back_keeps_its_group() {
    cannot_go_back(|plan| plan.with("link", no_way_back), "DependencyViolation");
}

#[test]
fn a_rule_without_a_way_back_keeps_the_group_it_names() {
    cannot_go_back(
        |plan| plan.with("ingress", no_way_back),
        "DependencyViolation",
    );
}

#[test]
fn a_group_without_a_way_back_stays() {
    cannot_go_back(
        |plan| plan.with("group", no_way_back),
        "VPCs are not as they were",
    );
}

/// H25: a draft that is not put back ships with the next deployment.
#[test]
fn a_draft_without_a_way_back_stays_rewired_h25() {
    cannot_go_back(|plan| plan.with("rewire-1", no_way_back), "");
}

#[test]
fn a_temporary_stage_without_a_way_back_stays() {
    cannot_go_back(|plan| plan.with("proof-stage", no_way_back), "");
}

#[test]
fn a_canary_without_a_way_back_stays() {
    cannot_go_back(|plan| plan.with("dev-canary-10", no_way_back), "");
}

#[test]
fn a_stage_that_is_not_there_has_no_canary() {
    let spoil = |plan: Draft| {
        plan.with("dev-canary-10", |step| {
            let Operation::SetCanary { stage: of, .. } = &mut step.operation else {
                unreachable!("a canary");
            };
            *of = stage("nowhere");
        })
    };
    let found = refuted(&account(), spoil);
    let Why::Stopped(step, _) = &found.why else {
        panic!("{}", found.why);
    };
    assert_eq!(step.as_str(), "dev-canary-10");
}

/// H28: without a proof the first canary meets the stage's name in the path.
#[test]
fn without_a_proof_a_setting_that_was_not_thought_of_reaches_callers_h28() {
    let found = refuted(&account(), unproven);
    harmed(&found, "/dev/", "dev-canary-10");
    assert_ne!(found.switches, unbridge_sim::live::Switches::default());
}

#[test]
fn a_condition_that_never_holds_stops_the_plan() {
    let spoil = |plan: Draft| {
        let api = plan.site().api.api.id.clone();
        plan.with("dev-promote", |step| {
            step.verification.push(Condition::StageGone {
                api,
                stage: stage("dev"),
            });
        })
    };
    stops(spoil, "dev-promote", "still not so");
}

#[test]
fn a_proof_against_a_stage_that_nobody_asks_shows_nothing() {
    let spoil = |plan: Draft| {
        let api = plan.site().api.api.id.clone();
        plan.with("proof-stage", |step| {
            step.gate = Some(Gate::Proof {
                api,
                stage: stage("unbridge-proof"),
                like: stage("nowhere"),
            });
        })
    };
    stops(spoil, "proof-stage", "too little was seen");
}

#[test]
fn a_plan_for_an_account_where_nothing_is_served_shows_nothing() {
    let account = unbridge_sim::build::Estate::new("123456789012")
        .region(REGION)
        .bridge("x", 80)
        .admit_only_nlb("x-alb", "x-nlb")
        .rest_api("api", |api| {
            api.proxy("/all", "x-link")
                .method(Verb::Get, "/x", "x-link")
                .deploy("dev")
                .deploy("prod")
        })
        .build()
        .expect("an account");
    let found = refuted(&account, |plan| plan);
    assert_eq!(found.why, Why::NothingServed);
}
