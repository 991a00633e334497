use unbridge_model::apigateway::LinkReach;
use unbridge_model::network::Direction::{Egress, Ingress};

use super::*;
use crate::live::{DELETING, INTERFACES_STAY};

fn add(group: &SecurityGroupId, rule: GroupRule<Settled>) -> Op {
    let group = group.clone();
    Operation::AuthorizeRule { group, rule }
}

fn take(group: &SecurityGroupId, rule: GroupRule<Settled>) -> Op {
    let group = group.clone();
    Operation::RevokeRule { group, rule }
}

fn delete(group: &SecurityGroupId) -> Op {
    let group = group.clone();
    Operation::DeleteSecurityGroup { group }
}

#[test]
fn a_new_group_lets_everything_out_until_that_is_revoked_h33() {
    let desk = desk();
    let group = desk.group("ours");
    let gone = Condition::DefaultEgressGone {
        group: group.clone(),
    };
    assert_eq!(desk.found(&gone), "the group lets everything out");
    let revoke = Operation::RevokeDefaultEgress { group };
    desk.done(revoke.clone());
    assert!(desk.holds(&gone));
    desk.refused(revoke, "InvalidPermission.NotFound");
}

#[test]
fn a_groups_name_is_its_own_in_its_vpc() {
    let desk = Desk::of(estate().apart("other", |estate| estate.alb("far-alb", 80)));
    let group = desk.group("ours");
    desk.refused(desk.new_group("ours"), "InvalidGroup.Duplicate");
    desk.refused(desk.new_group("sg-ours"), "InvalidParameterValue");
    desk.refused(desk.new_group(""), "InvalidParameterValue");
    let mut elsewhere = desk.new_group("ours");
    if let Operation::CreateSecurityGroup { vpc, .. } = &mut elsewhere {
        *vpc = desk.state().vpcs[1].id.clone();
    }
    desk.done_as("elsewhere", elsewhere.clone());
    if let Operation::CreateSecurityGroup { vpc, .. } = &mut elsewhere {
        *vpc = VpcId::new("vpc-nowhere").expect("an id");
    }
    desk.refused(elsewhere, "InvalidVpcID.NotFound");
    let stands = Condition::GroupStands {
        vpc: desk.vpc(),
        group: group.clone(),
    };
    assert!(desk.holds(&stands));
    desk.done(delete(&group));
    assert!(!desk.holds(&stands));
    assert!(desk.holds(&Condition::GroupGone { group }));
}

#[test]
fn a_rule_stands_once_and_is_taken_away_once() {
    let desk = desk();
    let (ours, alb) = (desk.group("ours"), desk.group_named("orders-alb-sg"));
    let egress = rule(Egress, 80, &alb);
    let stands = Condition::RuleStands {
        group: ours.clone(),
        rule: egress.clone(),
    };
    let gone = Condition::RuleGone {
        group: ours.clone(),
        rule: egress.clone(),
    };
    assert!(!desk.holds(&stands) && desk.holds(&gone));
    desk.done(add(&ours, egress.clone()));
    assert!(desk.holds(&stands) && !desk.holds(&gone));
    desk.refused(add(&ours, egress.clone()), "InvalidPermission.Duplicate");
    // Another port, another direction and another group are other rules.
    desk.done(add(&ours, rule(Egress, 81, &alb)));
    desk.done(add(&ours, rule(Ingress, 80, &alb)));
    desk.done(add(&ours, rule(Egress, 80, &ours)));
    desk.done(take(&ours, egress.clone()));
    assert!(desk.holds(&gone));
    desk.refused(take(&ours, egress), "InvalidPermission.NotFound");
    let other = Condition::RuleStands {
        group: ours.clone(),
        rule: rule(Egress, 80, &ours),
    };
    assert!(desk.holds(&other));
}

#[test]
fn a_rule_names_groups_that_exist() {
    let desk = desk();
    let nobody = SecurityGroupId::new("sg-nobody").expect("an id");
    let ours = desk.group("ours");
    desk.refused(
        add(&ours, rule(Egress, 80, &nobody)),
        "InvalidGroup.NotFound",
    );
    desk.refused(
        add(&nobody, rule(Egress, 80, &ours)),
        "InvalidGroup.NotFound",
    );
    desk.refused(
        take(&nobody, rule(Egress, 80, &ours)),
        "InvalidGroup.NotFound",
    );
    desk.refused(delete(&nobody), "InvalidGroup.NotFound");
}

#[test]
fn a_group_takes_sixty_rules_each_way_h33() {
    let desk = desk();
    let ours = desk.group("ours");
    for port in 1..=60 {
        desk.done(add(&ours, rule(Ingress, port, &ours)));
    }
    desk.refused(
        add(&ours, rule(Ingress, 61, &ours)),
        "RulesPerSecurityGroupLimitExceeded",
    );
    desk.done(add(&ours, rule(Egress, 61, &ours)));
    // What AWS shows as one rule with many peers counts by its peers.
    desk.edit(|state| {
        let groups = state.vpcs[0].security_groups.iter_mut().flatten();
        for group in groups.filter(|group| group.id == ours) {
            group.ingress.truncate(1);
            let peers = (0..60).map(|number| Text::from(format!("10.0.0.{number}/32")));
            group.ingress[0].peers = peers.collect();
        }
    });
    desk.refused(
        add(&ours, rule(Ingress, 61, &ours)),
        "RulesPerSecurityGroupLimitExceeded",
    );
}

#[test]
fn a_group_that_another_ones_rule_names_cannot_be_deleted() {
    let desk = desk();
    let (ours, alb) = (desk.group("ours"), desk.group_named("orders-alb-sg"));
    desk.put_off(delete(&alb), "DependencyViolation");
    desk.done(add(&ours, rule(Ingress, 80, &ours)));
    let ingress = rule(Ingress, 80, &ours);
    desk.done(add(&alb, ingress.clone()));
    desk.put_off(delete(&ours), "DependencyViolation");
    desk.done(take(&alb, ingress));
    desk.done(delete(&ours));
}

#[test]
fn the_interfaces_of_a_deleted_link_keep_its_group_for_minutes_h35() {
    let desk = desk();
    let ours = desk.group("ours");
    let link = desk.fresh_link("new", std::slice::from_ref(&ours));
    desk.put_off(delete(&ours), "DependencyViolation");
    desk.done(Operation::DeleteVpcLink { link: link.clone() });
    desk.wait(DELETING.as_secs());
    assert_eq!(desk.link_status(&link), None);
    desk.put_off(delete(&ours), "DependencyViolation");
    desk.wait(INTERFACES_STAY.as_secs());
    desk.done(delete(&ours));
}

#[test]
fn the_default_group_of_a_vpc_stays() {
    let desk = desk();
    let ours = desk.group("ours");
    desk.edit(|state| {
        let groups = state.vpcs[0].security_groups.iter_mut().flatten();
        for group in groups.filter(|group| group.id == ours) {
            group.name = Text::new("default");
        }
    });
    desk.refused(delete(&ours), "CannotDelete");
}

/// Whether `orders-alb` is seen to let `direct` in on port 80.
fn admitted(desk: &Desk) -> Cond {
    let state = desk.state();
    let link = state.v2_links().find(|link| link.name == "direct");
    let alb = state
        .load_balancers
        .iter()
        .find(|lb| lb.name == "orders-alb");
    Condition::LinkAdmitted {
        link: link.expect("the link").id.clone(),
        load_balancer: alb.expect("the ALB").arn.clone(),
        port: 80,
    }
}

#[test]
fn an_alb_admits_a_link_by_a_group_of_it_or_by_all_of_its_subnets_h33() {
    let of_range = |range: &str| {
        let desk = Desk::of(estate().admit("orders-alb", range, (80, 80)));
        let condition = admitted(&desk);
        (desk, condition)
    };
    for range in ["10.0.0.0/16", "0.0.0.0/0"] {
        let (desk, condition) = of_range(range);
        assert!(desk.holds(&condition), "{range}");
    }
    let (desk, condition) = of_range("10.0.0.0/20");
    assert!(
        desk.found(&condition)
            .starts_with("none of its security groups lets TCP 80 in")
    );
    let state = desk.state();
    let link = state
        .v2_links()
        .find(|link| link.name == "direct")
        .expect("the link");
    let LinkReach::V2 {
        security_groups, ..
    } = &link.reach
    else {
        panic!("{link:?}");
    };
    let alb = desk.group_named("orders-alb-sg");
    desk.done(add(&alb, rule(Ingress, 81, &security_groups[0])));
    assert!(!desk.holds(&condition), "another port");
    desk.done(add(&alb, rule(Ingress, 80, &security_groups[0])));
    assert!(desk.holds(&condition));
}

#[test]
fn a_link_or_a_load_balancer_that_is_gone_admits_nothing() {
    let desk = desk();
    let nowhere = |condition: &Cond| desk.found(condition);
    let Condition::LinkAdmitted {
        link,
        load_balancer,
        port,
    } = admitted(&desk)
    else {
        panic!("another condition");
    };
    let gone = VpcLinkId::new("gone01").expect("an id");
    let of = |link: &VpcLinkId, arn: &str| Condition::LinkAdmitted {
        link: link.clone(),
        load_balancer: LoadBalancerArn::new(arn).expect("an ARN"),
        port,
    };
    assert_eq!(
        nowhere(&of(&gone, load_balancer.as_str())),
        "there is no such link"
    );
    let other = format!("{load_balancer}0");
    assert_eq!(
        nowhere(&of(&link, &other)),
        "there is no such load balancer"
    );
}
