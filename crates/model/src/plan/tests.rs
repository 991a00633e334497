//! What a plan file must be to be read.

use crate::id::{AccountId, Region, RestApiId, StageName, StepId};
use crate::plan::condition::Condition;
use crate::plan::operation::Operation;
use crate::plan::value::Later;
use crate::plan::{BadPlan, Body, Phase, Plan, Step, Undo};
use crate::text::Text;

fn id(text: &str) -> StepId {
    StepId::new(text).expect("a step id")
}

fn api() -> RestApiId {
    RestApiId::new("a1b2c3").expect("an API id")
}

fn step(name: &str, operation: Operation, undo: Undo) -> Step {
    Step {
        id: id(name),
        phase: Phase::Shift,
        forward: Text::new("on"),
        backward: Text::new("back"),
        preconditions: Vec::new(),
        operation,
        verification: Vec::new(),
        verify_within: 0,
        gate: None,
        undo,
    }
}

fn deploy() -> Step {
    let operation = Operation::CreateDeployment {
        api: api(),
        description: Text::new("new"),
    };
    let undo = Undo::Operation {
        operation: Operation::DeleteDeployment {
            api: api(),
            deployment: Later::From(id("deploy")),
        },
        only_if: Vec::new(),
    };
    step("deploy", operation, undo)
}

fn promote(from: &str) -> Step {
    let operation = Operation::SetDeployment {
        api: api(),
        stage: StageName::new("prod").expect("a stage"),
        deployment: Later::From(id(from)),
    };
    step("promote", operation, Undo::Nothing)
}

fn plan(steps: Vec<Step>) -> Plan {
    let body = Body::of_steps(
        AccountId::new("123456789012").expect("an account"),
        Region::new("eu-west-1").expect("a region"),
        Text::new("arn:aws:iam::123456789012:user/planner"),
        steps,
    );
    Plan::new(Text::new("0.1.0"), body)
}

fn read(plan: &Plan) -> Result<Plan, BadPlan> {
    Plan::parse(&plan.to_json().expect("JSON"))
}

#[test]
fn a_plan_is_read_as_it_was_written() {
    let plan = plan(vec![deploy(), promote("deploy")]);
    assert_eq!(read(&plan), Ok(plan));
}

#[test]
fn a_plan_that_was_edited_is_refused() {
    let plan = plan(vec![deploy(), promote("deploy")]);
    let json = plan.to_json().expect("JSON");
    let edited = Plan::parse(&json.replace("\"prod\"", "\"live\""));
    assert!(matches!(edited, Err(BadPlan::Edited { .. })), "{edited:?}");
    // White space is no edit.
    let spaced = Plan::parse(&json.replace('\n', "\n "));
    assert_eq!(spaced, Ok(plan));
}

#[test]
fn the_name_of_a_plan_follows_from_what_it_was_made_from_and_not_from_its_steps() {
    let (one, two) = (plan(vec![deploy()]), plan(Vec::new()));
    assert_eq!(one.plan_id, two.plan_id);
    assert_ne!(one.body_digest, two.body_digest);
    let mut renamed = one.clone();
    let mut other = plan(Vec::new());
    other.body.choices.bake_seconds = 60;
    renamed.plan_id = other.body.plan_id();
    assert_ne!(renamed.plan_id, one.plan_id);
    assert_eq!(read(&renamed), Err(BadPlan::Renamed));
}

#[test]
fn a_step_names_only_what_an_earlier_one_makes() {
    let late = read(&plan(vec![promote("deploy"), deploy()]));
    assert!(matches!(late, Err(BadPlan::Dangling { .. })), "{late:?}");
    let nothing = read(&plan(vec![deploy(), promote("nowhere")]));
    assert!(
        matches!(nothing, Err(BadPlan::Dangling { .. })),
        "{nothing:?}"
    );
    // What it makes itself is known only after it was made.
    let mut own = deploy();
    own.preconditions.push(Condition::DeploymentStands {
        api: api(),
        deployment: Later::From(id("deploy")),
    });
    let own = read(&plan(vec![own]));
    assert!(matches!(own, Err(BadPlan::Dangling { .. })), "{own:?}");
    let twice = read(&plan(vec![deploy(), deploy()]));
    assert_eq!(twice, Err(BadPlan::Twice(id("deploy"))));
}

#[test]
fn other_formats_and_broken_files_are_told_apart() {
    let json = plan(vec![deploy()]).to_json().expect("JSON");
    let newer = Plan::parse(&json.replace("\"format_version\": 1", "\"format_version\": 2"));
    let format = "unbridge-plan".to_owned();
    assert_eq!(newer, Err(BadPlan::Format(format, 2)));
    let cut = Plan::parse(json.get(..json.len() / 2).expect("half of it"));
    assert!(
        matches!(cut, Err(BadPlan::Malformed { line: 1.., .. })),
        "{cut:?}"
    );
    let unknown = Plan::parse(&json.replace("\"kind\": \"create-deployment\"", "\"kind\": \"x\""));
    assert!(
        matches!(unknown, Err(BadPlan::Malformed { .. })),
        "{unknown:?}"
    );
}

#[test]
fn a_proof_of_another_body_counts_for_nothing() {
    let mut proven = plan(vec![deploy()]);
    proven.proof = Some(super::Proof {
        body_digest: plan(Vec::new()).body_digest,
        tool_version: Text::new("0.1.0"),
        runs: 1,
        requests: 1,
    });
    assert_eq!(proven.proven(), None);
    proven.proof.as_mut().expect("a proof").body_digest = proven.body_digest.clone();
    assert!(proven.proven().is_some());
}
