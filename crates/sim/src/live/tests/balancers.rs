use super::*;

fn delete(load_balancer: &LoadBalancerArn) -> Op {
    Operation::DeleteLoadBalancer {
        load_balancer: load_balancer.clone(),
    }
}

/// `lone-nlb` stands before `lone-alb`, without a link.
fn lone() -> Desk {
    Desk::of(estate().nlb_to_alb("lone", 8080))
}

#[test]
fn deletion_protection_refuses_and_is_seen_before() {
    let desk = Desk::of(estate().nlb_to_alb("lone", 8080).attribute(
        "lone-nlb",
        "deletion_protection.enabled",
        "true",
    ));
    let nlb = desk.load_balancer("lone-nlb");
    let free = Condition::NotProtected {
        load_balancer: nlb.clone(),
    };
    assert_eq!(desk.found(&free), "its deletion protection is on");
    desk.refused(delete(&nlb), "OperationNotPermitted");
    assert!(desk.holds(&Condition::NotProtected {
        load_balancer: desk.load_balancer("orders-nlb"),
    }));
}

#[test]
fn a_load_balancer_takes_its_listeners_along_and_leaves_its_groups() {
    let desk = lone();
    let (nlb, group) = (
        desk.load_balancer("lone-nlb"),
        desk.target_group("lone-nlb-8080"),
    );
    let drop_group = Operation::DeleteTargetGroup {
        group: group.clone(),
    };
    desk.put_off(
        drop_group.clone(),
        "currently in use by a listener or a rule",
    );
    desk.put_off(delete(&desk.load_balancer("lone-alb")), "ResourceInUse");
    desk.done(delete(&nlb));
    assert!(desk.holds(&Condition::LoadBalancerGone {
        load_balancer: nlb.clone(),
    }));
    let state = desk.state();
    let left = state.target_group(&group).expect("the group");
    assert!(left.load_balancers.is_empty());
    let tail = nlb.tail();
    assert!(
        !state
            .network_interfaces
            .iter()
            .any(|one| one.load_balancer == tail)
    );
    desk.done(drop_group.clone());
    assert!(desk.holds(&Condition::TargetGroupGone { group }));
    // Twice does no harm.
    desk.done(delete(&nlb));
    desk.done(drop_group);
    desk.done(delete(&desk.load_balancer("lone-alb")));
}

#[test]
fn a_group_that_a_rule_forwards_to_stays() {
    let desk = lone();
    let (alb, group) = (
        desk.load_balancer("orders-alb"),
        desk.target_group("lone-nlb-8080"),
    );
    desk.done(delete(&desk.load_balancer("lone-nlb")));
    let (used, name) = (group.clone(), alb.clone());
    desk.edit(|state| {
        let mut load_balancers = state.load_balancers.iter_mut();
        let alb = load_balancers.find(|lb| lb.arn == name).expect("the ALB");
        let listener = &mut alb.listeners.as_mut().expect("listeners")[0];
        let arn = listener
            .arn
            .as_str()
            .replacen(":listener/", ":listener-rule/", 1);
        let forward = unbridge_model::elb::Action::Forward {
            groups: vec![unbridge_model::elb::WeightedGroup {
                group: used,
                weight: Some(0),
            }],
        };
        listener.rules = Some(vec![unbridge_model::elb::Rule {
            arn: unbridge_model::id::RuleArn::new(format!("{arn}/1")).expect("an ARN"),
            priority: 1,
            conditions: Vec::new(),
            actions: vec![forward],
            transforms: Vec::new(),
        }]);
    });
    desk.put_off(Operation::DeleteTargetGroup { group }, "ResourceInUse");
}

#[test]
fn a_target_is_taken_out_and_put_back_h37() {
    let desk = desk();
    let (group, alb) = (
        desk.target_group("orders-nlb-80"),
        desk.load_balancer("orders-alb"),
    );
    let target = Text::new(alb.as_str());
    let out = Operation::DeregisterTarget {
        group: group.clone(),
        target: target.clone(),
        port: 80,
    };
    let back = Operation::RegisterTarget {
        group: group.clone(),
        target: target.clone(),
        port: 80,
    };
    let registered = Condition::TargetRegistered {
        group: group.clone(),
        target: target.clone(),
        port: 80,
    };
    let gone = Condition::TargetGone {
        group: group.clone(),
        target,
        port: 80,
    };
    assert!(desk.holds(&registered) && !desk.holds(&gone));
    let before = desk.state();
    desk.done(out.clone());
    desk.done(out);
    assert!(!desk.holds(&registered) && desk.holds(&gone));
    let answers = desk.0.answers(&desk.request("prod"));
    assert!(
        matches!(&answers[..], [one] if one.landing == unbridge_model::route::Landing::Refused)
    );
    desk.done(back.clone());
    desk.done(back);
    assert!(desk.holds(&registered));
    let health = |desk: &Desk| {
        let state = desk.state();
        let group = state.target_group(&group).expect("the group");
        let targets = group.targets.iter().flatten();
        targets
            .map(|one| one.health.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(health(&desk), ["initial"]);
    desk.wait(30);
    assert_eq!(health(&desk), ["healthy"]);
    assert_eq!(desk.state(), before);
}

#[test]
fn a_group_of_type_alb_takes_one_alb_of_its_vpc_with_a_listener_on_its_port() {
    let desk = Desk::of(
        estate()
            .alb("other-alb", 80)
            .alb("quiet-alb", 81)
            .apart("far", |estate| estate.alb("far-alb", 80)),
    );
    let group = desk.target_group("orders-nlb-80");
    let register = |target: &str, port| Operation::RegisterTarget {
        group: group.clone(),
        target: Text::new(target),
        port,
    };
    let arn = |name: &str| desk.load_balancer(name).to_string();
    desk.refused(register(&arn("other-alb"), 80), "beside another");
    let mine = arn("orders-alb");
    desk.done(Operation::DeregisterTarget {
        group: group.clone(),
        target: Text::new(&mine),
        port: 80,
    });
    desk.refused(register("nothing", 80), "does not exist");
    desk.refused(register(&arn("far-alb"), 80), "not in the VPC");
    desk.refused(register(&arn("quiet-alb"), 80), "no listener on the port");
    desk.refused(register(&mine, 81), "no listener on the port");
    desk.done(register(&arn("other-alb"), 80));
    let nowhere = TargetGroupArn::new(group.as_str().replace("orders", "nowhere"));
    desk.refused(
        Operation::DeregisterTarget {
            group: nowhere.expect("an ARN"),
            target: Text::new(&mine),
            port: 80,
        },
        "TargetGroupNotFound",
    );
}
