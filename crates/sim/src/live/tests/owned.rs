use super::*;
use crate::live::VISIBLE_AFTER;

fn found(desk: &Desk, step: &str, operation: &Op) -> Vec<Output> {
    desk.0
        .find_owned(&owner(step), operation)
        .expect("a search")
}

#[test]
fn what_was_made_is_found_by_its_owner_a_little_later_and_by_nobody_else_h36() {
    let desk = Desk::of(estate().http_api("web", |api| {
        api.private("$default", "direct", "orders-nlb", 80)
            .auto("live")
    }));
    let state = desk.state();
    let web = &state.http_api_named("web").expect("the API").api;
    let alb = state.load_balancer_named("orders-alb").expect("the ALB");
    let operations = [
        desk.new_group("ours"),
        desk.new_link("ours", &[]),
        desk.deploy(),
        Operation::CreateHttpIntegration {
            api: web.id.clone(),
            like: web.integrations.as_ref().expect("integrations")[0]
                .id
                .clone(),
            link: desk.link("direct"),
            listener: alb.listeners.as_ref().expect("listeners")[0].arn.clone(),
        },
        Operation::CreateHttpDeployment {
            api: web.id.clone(),
            description: Text::new("moved"),
        },
    ];
    for operation in operations {
        desk.wait(15);
        let made = desk
            .done_as("step-1", operation.clone())
            .expect("an output");
        assert_eq!(found(&desk, "step-1", &operation), [], "{made} lags");
        desk.wait(VISIBLE_AFTER.as_secs());
        assert_eq!(found(&desk, "step-1", &operation), [made]);
        assert_eq!(found(&desk, "step-10", &operation), []);
    }
}

#[test]
fn what_was_made_twice_is_found_twice() {
    let desk = desk();
    let mut made = vec![
        desk.done_as("deploy", desk.deploy()).expect("an output"),
        desk.done_as("deploy", desk.deploy()).expect("an output"),
    ];
    desk.wait(VISIBLE_AFTER.as_secs());
    made.sort();
    assert_ne!(made[0], made[1]);
    assert_eq!(found(&desk, "deploy", &desk.deploy()), made);
}

#[test]
fn what_was_deleted_is_not_found() {
    let desk = desk();
    let group = desk.group("ours");
    desk.wait(VISIBLE_AFTER.as_secs());
    let create = desk.new_group("ours");
    assert_eq!(found(&desk, "a-step", &create).len(), 1);
    desk.done(Operation::DeleteSecurityGroup { group });
    assert_eq!(found(&desk, "a-step", &create), []);
}

#[test]
fn changes_that_make_nothing_are_found_nowhere() {
    let desk = desk();
    let id = desk.moved();
    desk.done(desk.canary("prod", &id, 10));
    desk.wait(60);
    assert_eq!(found(&desk, "a-step", &desk.canary("prod", &id, 10)), []);
}

#[test]
fn tags_stand_beside_those_of_the_plan() {
    let desk = desk();
    let tags = Tags::from([(Text::new("team"), Text::new("orders"))]);
    let own = desk.runs("prod");
    let mut operation = desk.new_stage("temporary", &own);
    if let Operation::CreateStage { tags: given, .. } = &mut operation {
        *given = tags;
    }
    desk.done(operation);
    let tags = desk.stage("temporary").tags;
    let tags: Vec<_> = tags
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        tags,
        [
            ("team", "orders"),
            ("unbridge:run", RUN),
            ("unbridge:step", "a-step")
        ]
    );
}

#[test]
fn a_lock_is_held_by_one_run() {
    use unbridge_model::port::{LockError, LockHolder, LockKey, LockStore as _};
    let desk = desk();
    let key = LockKey {
        account: AccountId::new("123456789012").expect("an account"),
        region: region(),
    };
    let holder = |run: &str| LockHolder {
        run: RunId::new(run).expect("a run"),
        owner: Text::new("somebody"),
        since: desk.0.wall(),
    };
    let (mine, theirs) = (holder("mine"), holder("theirs"));
    desk.0.acquire(&key, &mine).expect("a lock");
    desk.0.acquire(&key, &mine).expect("the same lock");
    let held = desk.0.acquire(&key, &theirs);
    assert_eq!(held, Err(LockError::Held(mine.clone())));
    assert_eq!(
        desk.0.release(&key, &theirs.run),
        Err(LockError::Held(mine.clone()))
    );
    desk.0.release(&key, &mine.run).expect("released");
    desk.0.acquire(&key, &theirs).expect("a lock");
}
