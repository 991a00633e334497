use unbridge_model::id::DeploymentId;

use super::*;
use crate::account::CanaryState;
use crate::live::FirstCanaryPatch;

fn canary_is(desk: &Desk, deployment: &DeploymentId, share: u8) -> Cond {
    Condition::CanaryIs {
        api: desk.api(),
        stage: stage("prod"),
        deployment: deployment.clone(),
        percent: Some(percent(share)),
    }
}

#[test]
fn a_canary_runs_what_was_sent_and_is_changed_by_sending_again() {
    let desk = desk();
    let id = desk.moved();
    let own = desk.runs("prod");
    desk.done(desk.canary("prod", &id, 10));
    assert!(desk.holds(&canary_is(&desk, &id, 10)));
    desk.done(desk.canary("prod", &id, 50));
    assert!(desk.holds(&canary_is(&desk, &id, 50)));
    assert_eq!(
        desk.found(&canary_is(&desk, &id, 10)),
        format!("it runs {own} and has a canary release of 50 % on {id}")
    );
    assert_eq!(desk.runs("prod"), own);
}

#[test]
fn the_first_canary_patch_may_run_the_stages_own_deployment_h27() {
    let switches = Switches {
        first_canary_patch: FirstCanaryPatch::OnOwnDeployment,
        ..Switches::default()
    };
    let desk = Desk::under(estate(), switches);
    let id = desk.moved();
    desk.done(desk.canary("prod", &id, 10));
    assert!(desk.holds(&canary_is(&desk, &desk.runs("prod"), 10)));
    desk.wait(60);
    assert_eq!(desk.links_taken("prod"), ["orders-link"]);
    desk.done(desk.canary("prod", &id, 10));
    assert!(desk.holds(&canary_is(&desk, &id, 10)));
}

#[test]
fn a_foreign_canary_is_taken_over_with_its_variables_h27() {
    let desk = desk();
    let own = desk.runs("prod");
    let foreign = own.clone();
    desk.edit_api(|api| {
        let mut stages = api.stages.iter_mut();
        let prod = stages.find(|known| known.name.as_str() == "prod");
        prod.expect("prod").canary = Some(CanaryState {
            deployment: foreign,
            percent: 5.0,
            overrides: [(Text::new("tenant"), "other".to_owned())].into(),
        });
    });
    let id = desk.moved();
    desk.done(desk.canary("prod", &id, 10));
    assert!(
        desk.found(&canary_is(&desk, &id, 10))
            .ends_with("with variables of its own")
    );
}

#[test]
fn no_other_deployment_comes_on_a_stage_with_a_canary() {
    let desk = desk();
    let moved = desk.moved();
    let other = desk.deployed();
    desk.done(desk.canary("prod", &moved, 10));
    desk.put_off(desk.set("prod", &other), "non-canary deployment");
    desk.done(desk.no_canary("prod"));
    desk.done(desk.set("prod", &other));
    let runs = Condition::StageRuns {
        api: desk.api(),
        stage: stage("prod"),
        deployment: other,
    };
    assert!(desk.holds(&runs));
}

#[test]
fn the_deployment_of_a_canary_comes_on_the_stage_beside_it() {
    let desk = desk();
    let moved = desk.moved();
    desk.done(desk.canary("prod", &moved, 100));
    desk.done(desk.set("prod", &moved));
    let runs = Condition::StageRuns {
        api: desk.api(),
        stage: stage("prod"),
        deployment: moved.clone(),
    };
    // The release still stands beside it.
    assert!(desk.found(&runs).contains("canary release of 100 %"));
    desk.done(desk.no_canary("prod"));
    assert!(desk.holds(&runs));
}

#[test]
fn removing_a_canary_leaves_the_stages_own_deployment_and_happens_once() {
    let desk = desk();
    let own = desk.runs("prod");
    let moved = desk.moved();
    let none = Condition::NoCanary {
        api: desk.api(),
        stage: stage("prod"),
    };
    desk.done(desk.canary("prod", &moved, 100));
    assert!(!desk.holds(&none));
    desk.done(desk.no_canary("prod"));
    assert!(desk.holds(&none));
    assert_eq!(desk.runs("prod"), own);
    desk.refused(desk.no_canary("prod"), "no canary release");
}

#[test]
fn an_old_deployment_is_put_back_at_once() {
    let desk = desk();
    let old = desk.runs("prod");
    let moved = desk.moved();
    desk.done(desk.set("prod", &moved));
    desk.done(desk.set("prod", &old));
    assert_eq!(desk.runs("prod"), old);
}

#[test]
fn a_temporary_stage_has_the_variables_and_certificate_of_the_one_it_is_like_h28() {
    let desk = desk();
    let moved = desk.moved();
    desk.done(desk.new_stage("temporary", &moved));
    let (new, like) = (desk.stage("temporary"), desk.stage("prod"));
    assert_eq!(new.deployment, moved);
    assert_eq!(new.variables, like.variables);
    assert_eq!(new.client_certificate, like.client_certificate);
    assert_eq!((new.canary, new.cache), (None, None));
    desk.refused(desk.new_stage("temporary", &moved), "Stage already exists");
    desk.refused(desk.new_stage("$default", &moved), "Stage name only allows");
}

#[test]
fn an_api_has_at_most_ten_stages_h28() {
    let desk = desk();
    let own = desk.runs("prod");
    for number in 0..8 {
        desk.done(desk.new_stage(&format!("s{number}"), &own));
    }
    desk.refused(desk.new_stage("s8", &own), "LimitExceededException");
    let delete = |name: &str| Operation::DeleteStage {
        api: desk.api(),
        stage: stage(name),
    };
    let gone = Condition::StageGone {
        api: desk.api(),
        stage: stage("s0"),
    };
    assert!(!desk.holds(&gone));
    desk.done(delete("s0"));
    assert!(desk.holds(&gone));
    desk.done(desk.new_stage("s8", &own));
    desk.refused(delete("s0"), "Invalid stage identifier");
}

#[test]
fn a_stage_is_made_of_what_exists() {
    let desk = desk();
    let own = desk.runs("prod");
    let nothing = DeploymentId::new("never1").expect("an id");
    desk.refused(
        desk.new_stage("new", &nothing),
        "Invalid Deployment identifier",
    );
    let mut operation = desk.new_stage("new", &own);
    if let Operation::CreateStage { like, .. } = &mut operation {
        *like = stage("nowhere");
    }
    desk.refused(operation, "Invalid stage identifier");
    desk.refused(desk.canary("nowhere", &own, 1), "Invalid stage identifier");
    desk.refused(desk.set("nowhere", &own), "Invalid stage identifier");
    desk.refused(
        desk.canary("prod", &nothing, 1),
        "Invalid Deployment identifier",
    );
}

#[test]
fn a_temporary_stage_lacks_what_is_not_made_with_it_until_it_is_given_that() {
    let desk = desk();
    let own = desk.runs("prod");
    let furnished = Condition::StageFurnished {
        api: desk.api(),
        stage: stage("new"),
        like: stage("prod"),
    };
    assert_eq!(desk.found(&furnished), "there is no such stage");
    desk.refused(desk.furnish("new"), "Invalid stage identifier");
    desk.done(desk.new_stage("new", &own));
    assert!(!desk.holds(&furnished));
    desk.done(desk.furnish("new"));
    desk.done(desk.furnish("new"));
    assert!(desk.holds(&furnished));
    // Of one that is made anew nothing is known either.
    desk.done(Operation::DeleteStage {
        api: desk.api(),
        stage: stage("new"),
    });
    desk.done(desk.new_stage("new", &own));
    assert!(!desk.holds(&furnished));
}
