use super::*;

fn retry_after(answer: &Answered) -> Option<Duration> {
    let error = answer.as_ref().expect_err("a throttled call");
    assert_eq!(error.class, WriteFailure::Throttled, "{error}");
    error.retry_after
}

#[test]
fn deployments_are_made_once_in_five_seconds_and_a_throttled_one_is_not_made() {
    let desk = desk();
    desk.does("first", desk.deploy()).expect("a deployment");
    let before = desk.account();
    let answer = desk.does("second", desk.deploy());
    assert_eq!(retry_after(&answer), Some(Duration::from_secs(5)));
    assert_eq!(desk.account(), before);
    assert!(
        answer
            .expect_err("throttled")
            .message
            .starts_with("TooManyRequestsException")
    );
    desk.wait(4);
    assert_eq!(
        retry_after(&desk.does("second", desk.deploy())),
        Some(Duration::from_secs(1))
    );
    desk.wait(1);
    desk.does("second", desk.deploy()).expect("a deployment");
}

#[test]
fn links_are_made_once_in_fifteen_and_deleted_once_in_thirty_seconds() {
    let desk = desk();
    desk.does("first", desk.new_link("one", &[]))
        .expect("a link");
    let second = desk.does("second", desk.new_link("two", &[]));
    assert_eq!(retry_after(&second), Some(Duration::from_secs(15)));
    let delete = |name: &str| Operation::DeleteVpcLink {
        link: desk.link(name),
    };
    desk.does("third", delete("one")).expect("a deletion");
    let fourth = desk.does("fourth", delete("direct"));
    assert_eq!(retry_after(&fourth), Some(Duration::from_secs(30)));
    // Links of version 1 have no quota of their own.
    let v1 = desk.does(
        "fifth",
        Operation::DeleteV1Link {
            link: desk.link("orders-link"),
        },
    );
    assert_eq!(v1.expect_err("in use").class, WriteFailure::NotYet);
}

#[test]
fn all_calls_of_api_gateway_together_are_ten_a_second_after_forty_reads_included() {
    let desk = desk();
    let none = Condition::NoCanary {
        api: desk.api(),
        stage: stage("prod"),
    };
    let stay = desk.set("prod", &desk.runs("prod"));
    for _ in 0..20 {
        desk.0.observe(&none).expect("a reading");
        desk.does("stay", stay.clone()).expect("a change");
    }
    let error = desk.0.observe(&none).expect_err("a throttled reading");
    assert_eq!(error.class, unbridge_model::gap::GapClass::Throttled);
    assert_eq!(error.retry_after, Some(Duration::from_millis(100)));
    retry_after(&desk.does("stay", stay.clone()));
    // EC2 counts for itself.
    desk.does("group", desk.new_group("ours")).expect("a group");
    desk.wait(1);
    for _ in 0..10 {
        desk.does("stay", stay.clone()).expect("a change");
    }
    retry_after(&desk.does("stay", stay));
}

#[test]
fn load_balancers_have_quotas_of_their_own() {
    let desk = desk();
    let gone = Operation::DeleteLoadBalancer {
        load_balancer: LoadBalancerArn::new(
            desk.load_balancer("orders-nlb")
                .as_str()
                .replace("orders", "gone"),
        )
        .expect("an ARN"),
    };
    for _ in 0..20 {
        desk.does("gone", gone.clone()).expect("a change");
    }
    let answer = desk.does("gone", gone.clone());
    assert_eq!(retry_after(&answer), Some(Duration::from_millis(334)));
    assert!(
        answer
            .expect_err("throttled")
            .message
            .starts_with("ThrottlingException")
    );
    let deregister = Operation::DeregisterTarget {
        group: desk.target_group("orders-nlb-80"),
        target: Text::new("nothing"),
        port: 80,
    };
    for _ in 0..20 {
        desk.does("targets", deregister.clone()).expect("a change");
    }
    retry_after(&desk.does("targets", deregister));
    desk.wait(1);
    desk.does("gone", gone).expect("a change");
}

#[test]
fn quotas_are_no_part_of_a_digest() {
    let (one, other) = (desk(), desk());
    for _ in 0..30 {
        one.done(one.set("prod", &one.runs("prod")));
    }
    assert_eq!(one.0.digest(), other.0.digest());
}
