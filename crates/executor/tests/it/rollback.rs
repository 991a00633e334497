//! The way back: its order, what it leaves alone, and what stays behind.

use std::time::Duration;

use unbridge_executor::{Outcome, StopReason};
use unbridge_model::journal::Residue;
use unbridge_model::plan::Undo;
use unbridge_model::plan::operation::Operation;
use unbridge_model::port::Judgement;
use unbridge_model::text::Text;

use crate::plans::{from_old_way, migration, operation, retirement, with_undo};
use crate::runs::{Bench, stop, stop_reason};
use crate::world::{Fault, OLD, World};

/// Runs until the canary fails.
fn failing_canary(faults: &[(usize, Fault)]) -> Bench {
    let bench = Bench::migration(faults);
    let why = Text::new("5XX rose");
    bench
        .world
        .verdicts
        .borrow_mut()
        .push(Judgement::Fail { why });
    bench.run().unwrap();
    bench
}

fn residue(outcome: &Outcome) -> Vec<String> {
    let Outcome::RolledBack { residue } = outcome else {
        panic!("it was not rolled back: {outcome:?}");
    };
    let told = residue.iter().map(|(step, residue)| match residue {
        Residue::IntegrationTarget { method } => format!("{step}: target of {}", method.path),
        Residue::NotUndone { why } => format!("{step}: {why}"),
    });
    told.collect()
}

#[test]
fn requests_go_back_first_then_the_draft_and_deletions_wait_for_requests_in_flight() {
    let bench = failing_canary(&[]);
    let lines = bench.lines();
    let before = bench.world.elapsed();
    let outcome = bench.roll_back();
    assert_eq!(residue(&outcome), ["rewire: target of /orders"]);
    bench.assert_no_harm();
    assert_eq!(bench.world.ours(), Vec::<String>::new());
    assert_eq!(bench.world.account.borrow().draft.connection, "v1link");
    assert_eq!(bench.world.elapsed() - before, bench.limits.drain);
    assert_eq!(*bench.world.lock.borrow(), None);
    let transcript = bench.transcript();
    let back: Vec<_> = transcript.lines().skip(lines - 1).collect();
    insta::assert_snapshot!(back.join("\n"), @"
    taken up
    turned back: it was asked for
    < canary: remove-canary
    < canary succeeded
    < rewire: update-integration
    rewire left: integrationTarget of /orders
    < trial: delete-stage
    < trial succeeded
    < freeze: delete-deployment
    < freeze succeeded
    < link: delete-vpc-link
    < link succeeded
    < alb-ingress: revoke-rule
    < alb-ingress succeeded
    < link-egress: revoke-rule
    < link-egress succeeded
    < link-group: delete-security-group
    < link-group succeeded
    link-closed nothing to undo: the steps around it are undone
    ended: rolled-back
    ");
}

#[test]
fn a_completed_run_can_be_taken_back() {
    let bench = Bench::migration(&[]);
    bench.run().unwrap();
    let outcome = bench.roll_back();
    assert_eq!(residue(&outcome), ["rewire: target of /orders"]);
    assert_eq!(bench.world.account.borrow().stages["prod"].deployment, OLD);
    bench.assert_no_harm();
    assert_eq!(bench.world.ours(), Vec::<String>::new());
}

#[test]
fn nothing_is_taken_back_of_a_run_that_did_nothing() {
    let bench = Bench::migration(&[(0, Fault::Refuse)]);
    bench.run().unwrap();
    assert_eq!(
        bench.roll_back(),
        Outcome::RolledBack {
            residue: Vec::new()
        }
    );
    assert_eq!(bench.world.calls(), 1);
}

#[test]
fn a_foreign_deployment_stays_and_so_does_all_that_it_may_run_over() {
    let bench = Bench::migration(&[]);
    bench.run().unwrap();
    let lines = bench.lines();
    // Somebody deploys the draft as the run left it, over the new link.
    bench.world.edit(Fault::ForeignDeployment);
    let outcome = bench.roll_back();
    bench.assert_no_harm();
    insta::assert_snapshot!(residue(&outcome).join("\n"), @"
    promote: it is no longer so that stage prod of API api1 runs deployment dep3 without a canary: Some(Stage { deployment: \"foreign4\", canary: None })
    rewire: target of /orders
    freeze: step promote stays and may use it
    link: step freeze stays and may use it
    alb-ingress: step link stays and may use it
    link-egress: step link stays and may use it
    link-group: step link-egress stays and may use it
    ");
    let transcript = bench.transcript();
    let back: Vec<_> = transcript.lines().skip(lines - 1).collect();
    insta::assert_snapshot!(back.join("\n"), @"
    taken up
    turned back: it was asked for
    promote left: it is no longer so that stage prod of API api1 runs deployment dep3 without a canary: Some(Stage { deployment: \"foreign4\", canary: None })
    canary nothing to undo: it is as it was before
    < rewire: update-integration
    rewire left: integrationTarget of /orders
    trial nothing to undo: it is as it was before
    freeze left: step promote stays and may use it
    link left: step freeze stays and may use it
    alb-ingress left: step link stays and may use it
    link-egress left: step link stays and may use it
    link-group left: step link-egress stays and may use it
    trial-gone nothing to undo: the steps around it are undone
    canary-end nothing to undo: the steps around it are undone
    link-closed nothing to undo: the steps around it are undone
    ended: rolled-back
    ");
}

#[test]
fn a_foreign_canary_is_never_removed() {
    let bench = failing_canary(&[]);
    {
        let mut account = bench.world.account.borrow_mut();
        account.stages.get_mut("prod").unwrap().canary = Some((OLD.to_owned(), 5));
    }
    let outcome = bench.roll_back();
    let left = residue(&outcome);
    assert!(
        left[0].starts_with("canary: it is no longer so that stage prod"),
        "{left:?}"
    );
    let account = bench.world.account.borrow();
    assert_eq!(account.stages["prod"].canary, Some((OLD.to_owned(), 5)));
    assert_eq!(
        account.draft.connection, "v1link",
        "the draft goes back all the same"
    );
}

#[test]
fn a_draft_that_somebody_edited_stays_and_so_does_the_link_it_may_name() {
    let bench = failing_canary(&[]);
    bench.world.account.borrow_mut().draft.uri = "http://else.example.com/".to_owned();
    let outcome = bench.roll_back();
    let left = residue(&outcome);
    let steps: Vec<_> = left
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        steps,
        ["rewire", "link", "alb-ingress", "link-egress", "link-group"]
    );
    bench.assert_no_harm();
}

#[test]
fn a_draft_that_aws_does_not_take_back_keeps_the_link_it_names() {
    // Calls of the way back: canary removed, draft.
    let bench = failing_canary(&[(10, Fault::Refuse)]);
    let outcome = bench.roll_back();
    let left = residue(&outcome);
    assert_eq!(left[0], "rewire: AWS refused it: it is not valid");
    assert!(bench.world.ours().iter().any(|id| id.starts_with("link")));
    bench.assert_no_harm();
}

#[test]
fn what_was_taken_back_by_somebody_else_needs_no_undo() {
    let bench = failing_canary(&[]);
    bench
        .world
        .account
        .borrow_mut()
        .stages
        .get_mut("prod")
        .unwrap()
        .canary = None;
    let calls = bench.world.calls();
    let outcome = bench.roll_back();
    assert_eq!(residue(&outcome), ["rewire: target of /orders"]);
    assert!(
        bench
            .transcript()
            .contains("canary nothing to undo: it is as it was before")
    );
    // Draft, stage, deployment, link, two rules, group.
    assert_eq!(bench.world.calls() - calls, 7);
}

#[test]
fn requests_that_cannot_be_moved_back_leave_the_run_stuck_once_the_draft_is_back() {
    let bench = failing_canary(&[(9, Fault::Refuse)]);
    let outcome = bench.roll_back();
    let Outcome::Stuck { step, why } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(step.as_str(), "canary");
    insta::assert_snapshot!(why, @"requests still go the new way, and AWS refused to move them back: it is not valid; move them back by hand, then take the run up");
    assert_eq!(bench.world.account.borrow().draft.connection, "v1link");
    assert!(bench.world.lock.borrow().is_some());
    bench.assert_no_harm();
    // A person takes the canary away and takes the run up.
    bench
        .world
        .account
        .borrow_mut()
        .stages
        .get_mut("prod")
        .unwrap()
        .canary = None;
    let outcome = bench.resume();
    assert_eq!(residue(&outcome), ["rewire: target of /orders"]);
    bench.assert_no_harm();
    assert_eq!(bench.world.ours(), Vec::<String>::new());
}

#[test]
fn one_stage_that_may_not_be_changed_does_not_keep_the_draft_from_going_back() {
    let bench = failing_canary(&[(9, Fault::Deny)]);
    let outcome = bench.roll_back();
    assert_eq!(stop(&outcome).0, "canary");
    assert_eq!(bench.world.account.borrow().draft.connection, "v1link");
    assert!(!bench.world.ours().is_empty(), "nothing is deleted yet");
    let outcome = bench.resume();
    assert_eq!(residue(&outcome), ["rewire: target of /orders"]);
    assert_eq!(bench.world.ours(), Vec::<String>::new());
}

#[test]
fn what_is_in_use_is_deleted_when_it_no_longer_is() {
    // Way back: canary, draft, stage, deployment, then the link.
    let bench = failing_canary(&[(13, Fault::NotYet), (14, Fault::NotYet)]);
    let outcome = bench.roll_back();
    assert_eq!(residue(&outcome), ["rewire: target of /orders"]);
    assert_eq!(bench.world.ours(), Vec::<String>::new());
}

#[test]
fn what_stays_in_use_for_too_long_stops_and_can_be_taken_up() {
    let faults: Vec<_> = (13..60).map(|call| (call, Fault::NotYet)).collect();
    let bench = failing_canary(&faults);
    let outcome = bench.roll_back();
    assert_eq!(stop(&outcome).0, "link");
    bench.world.faults.borrow_mut().clear();
    let before = bench.world.elapsed();
    assert_eq!(residue(&bench.resume()), ["rewire: target of /orders"]);
    assert_eq!(bench.world.elapsed(), before, "it does not drain twice");
}

#[test]
fn nothing_is_taken_back_once_something_cannot_be() {
    let bench = Bench::new(retirement(), World::new());
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    let calls = bench.world.calls();
    let outcome = bench.roll_back();
    insta::assert_snapshot!(stop(&outcome).1, @"there is no way back from it: old deployments name its id; nothing was taken back");
    assert_eq!(bench.world.calls(), calls);
    assert_eq!(
        bench.resume(),
        Outcome::Completed,
        "the run is still a completed one"
    );
}

#[test]
fn nothing_is_taken_back_to_an_old_way_that_is_deleted_h37() {
    let bench = Bench::new(from_old_way(migration()), World::new());
    let nlb = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/shop/1a2b";
    assert_eq!(bench.run().unwrap(), Outcome::Completed);
    let calls = bench.world.calls();
    for (stands, told) in [
        (vec![nlb], "VPC link v1link"),
        (vec!["v1link"], "load balancer shop"),
    ] {
        bench.world.account.borrow_mut().old_way = stands.into_iter().map(str::to_owned).collect();
        let outcome = bench.roll_back();
        assert_eq!(
            stop(&outcome).1,
            format!(
                "there is no way back from it: {told}, over which requests went before, is deleted: \
                 all of them would fail; nothing was taken back"
            )
        );
        assert_eq!(bench.world.calls(), calls);
        assert_eq!(*bench.world.lock.borrow(), None);
        assert_eq!(bench.resume(), Outcome::Completed);
    }
    let whole = [nlb, "v1link"].map(str::to_owned);
    bench.world.account.borrow_mut().old_way = whole.into_iter().collect();
    assert!(matches!(bench.roll_back(), Outcome::RolledBack { .. }));
}

#[test]
fn whether_it_can_be_taken_back_is_asked_of_a_lost_change_first() {
    let bench = Bench::new(retirement(), World::with(&[(5, Fault::LoseAfter)]));
    // The process ends while nobody knows.
    let mut bench = bench;
    bench.fail_at(1 + 5 * 3 + 2);
    bench.run().unwrap_err();
    let outcome = bench.roll_back();
    assert!(matches!(stop_reason(outcome), StopReason::NoWayBack { .. }));
    assert_eq!(
        bench.resume(),
        Outcome::Completed,
        "it can still go forward"
    );
}

#[test]
fn a_plan_that_would_delete_what_another_step_still_uses_stops() {
    // The canary's way back deletes the link under it.
    let delete = Operation::DeleteVpcLink {
        link: match operation(&migration(), "rewire") {
            Operation::UpdateIntegration { patch, .. } => match patch.connection_id {
                unbridge_model::plan::operation::ConnectionId::Link(link) => link,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        },
    };
    let undo = Undo::Operation {
        operation: delete,
        only_if: Vec::new(),
    };
    let bench = Bench::new(with_undo(migration(), "canary", undo), World::new());
    let why = Text::new("5XX rose");
    bench
        .world
        .verdicts
        .borrow_mut()
        .push(Judgement::Fail { why });
    bench.run().unwrap();
    let outcome = bench.roll_back();
    assert_eq!(
        stop(&outcome),
        (
            "freeze".to_owned(),
            "step canary is not taken back yet and may still use it".to_owned()
        )
    );
    bench.assert_no_harm();
}

#[test]
fn a_gate_of_the_plan_that_drains_for_longer_is_followed() {
    let mut plan = migration();
    for step in &mut plan.body.steps {
        if let Some(unbridge_model::plan::condition::Gate::Drain { seconds }) = &mut step.gate {
            *seconds = 1000;
        }
    }
    let plan = unbridge_model::plan::Plan::new(plan.tool_version, plan.body);
    let bench = Bench::new(plan, World::new());
    bench.run().unwrap();
    let before = bench.world.elapsed();
    bench.roll_back();
    assert_eq!(bench.world.elapsed() - before, Duration::from_secs(1000));
}

#[test]
fn a_lost_undo_is_looked_for_before_it_is_done_again() {
    for call in 9..17 {
        for fault in [Fault::LoseAfter, Fault::LoseBefore] {
            let bench = failing_canary(&[(call, fault)]);
            let outcome = bench.roll_back();
            assert_eq!(
                residue(&outcome),
                ["rewire: target of /orders"],
                "{call} {fault:?}"
            );
            assert_eq!(bench.world.ours(), Vec::<String>::new(), "{call} {fault:?}");
            bench.assert_no_harm();
        }
    }
}

#[test]
fn a_draft_that_somebody_deployed_before_any_shift_keeps_the_link_it_runs_over() {
    let bench = Bench::migration(&[(7, Fault::ForeignDeployment)]);
    bench.run().unwrap();
    let outcome = bench.roll_back();
    bench.assert_no_harm();
    insta::assert_snapshot!(residue(&outcome).join("\n"), @"
    rewire: target of /orders
    link: requests of step promote do not go as before and may use it
    alb-ingress: step link stays and may use it
    link-egress: step link stays and may use it
    link-group: step link-egress stays and may use it
    ");
}

#[test]
fn nothing_is_taken_back_or_deleted_while_nothing_can_be_told() {
    let bench = failing_canary(&[]);
    let calls = bench.world.calls();
    bench.world.blind.set(true);
    let outcome = bench.roll_back();
    insta::assert_snapshot!(stop(&outcome).1, @"it cannot be told whether stage prod of API api1 has a canary on deployment dep3: no export");
    assert_eq!(bench.world.calls(), calls);
    bench.world.blind.set(false);
    assert_eq!(residue(&bench.resume()), ["rewire: target of /orders"]);
}

#[test]
fn the_link_stays_while_it_cannot_be_told_what_a_stage_runs() {
    // It stops at the canary. Way back: draft, stage, deployment, link.
    let link_is_next = Bench::migration(&[(8, Fault::Deny), (12, Fault::Deny)]);
    link_is_next.run().unwrap();
    assert_eq!(stop(&link_is_next.roll_back()).0, "link");
    link_is_next.world.blind.set(true);
    let outcome = link_is_next.resume();
    assert!(matches!(stop_reason(outcome), StopReason::Unknown { .. }));
    assert!(
        link_is_next
            .world
            .ours()
            .iter()
            .any(|id| id.starts_with("link"))
    );
}
