//! What lets a link into an ALB.

use unbridge_model::id::SecurityGroupId;
use unbridge_model::network::{Direction, SecurityRule};
use unbridge_model::plan::choices::{Doubt, LinkPer};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{GroupRule, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::{Subject, WaitingCode};
use unbridge_model::plan::{Choices, Undo};
use unbridge_model::text::Text;
use unbridge_sim::build::Estate;

use super::{Seen, bridge, editing, flag, shut};

fn rule(protocol: &str, port: i32, peer: &str) -> SecurityRule {
    SecurityRule {
        protocol: Text::new(protocol),
        from_port: Some(port),
        to_port: Some(port),
        peers: vec![Text::new(peer)],
    }
}

#[test]
fn an_alb_that_lets_all_subnets_of_the_link_in_gets_no_rule_h33() {
    for range in ["10.0.0.0/16", "0.0.0.0/0"] {
        let seen = Seen::of(bridge().admit("x-alb", range, (80, 443)));
        let links = seen.links(&["x-alb"], &Choices::default());
        assert_eq!(
            (links.count("ingress"), links.reach.len()),
            (0, 1),
            "{range}"
        );
        let alb = &seen.alb("x-alb").arn;
        let admitted = Condition::LinkAdmitted {
            link: Later::From(links.step("link-").id.clone()),
            load_balancer: alb.clone(),
            port: 80,
        };
        assert!(links.reach[alb].admitted.contains(&admitted), "{range}");
    }
    // One subnet of three is not enough.
    let seen = Seen::of(bridge().admit("x-alb", "10.0.0.0/20", (80, 80)));
    let links = seen.links(&["x-alb"], &Choices::default());
    assert_eq!(links.codes(), [WaitingCode::NoGroupToOpen]);
}

#[test]
fn a_closed_alb_gets_a_rule_for_the_links_group_which_is_asked_for_again_h33() {
    let seen = Seen::of(shut(bridge(), "x-alb"));
    let of_alb = seen.group("x-alb");
    let links = seen.links(&["x-alb"], &editing(&[&of_alb]));
    assert!(links.waiting.is_empty(), "{:?}", links.waiting);
    let step = links.step("ingress-x-alb-80");
    let ours = Later::From(links.step("group-vpc-").id.clone());
    let rule = GroupRule {
        direction: Direction::Ingress,
        port: 80,
        peer: ours,
    };
    let group = Later::Known(of_alb);
    let add = Operation::AuthorizeRule {
        group: group.clone(),
        rule: rule.clone(),
    };
    assert_eq!(step.operation, add);
    let undo = Operation::RevokeRule {
        group: group.clone(),
        rule: rule.clone(),
    };
    assert_eq!(
        step.undo,
        Undo::Operation {
            operation: undo,
            only_if: Vec::new()
        }
    );
    let stands = Condition::RuleStands { group, rule };
    let admitted = &links.reach[&seen.alb("x-alb").arn].admitted;
    assert!(admitted.contains(&stands));
    assert_eq!(admitted.len(), 2, "the way out is asked for as well");
}

/// Adds a group with this name to an ALB.
fn another_group(estate: Estate, alb: &str, id: &str) -> Estate {
    let id = SecurityGroupId::new(id).expect("an id");
    estate.edit(|state| {
        let mut all = state.load_balancers.iter_mut();
        let alb = all.find(|lb| lb.name == *alb).expect("the ALB");
        let vpc = alb.vpc.clone().expect("its VPC");
        let mut vpcs = state.vpcs.iter_mut();
        let home = vpcs.find(|known| known.id == vpc).expect("the VPC");
        let groups = home.security_groups.get_or_insert_default();
        if !groups.iter().any(|group| group.id == id) {
            let mut new = groups[0].clone();
            new.id = id.clone();
            new.name = Text::from(format!("{id}-name"));
            new.ingress = Vec::new();
            groups.push(new);
        }
        alb.security_groups.push(id);
    })
}

const SHARED: &str = "sg-0fffffffffffffff0";

#[test]
fn two_albs_with_one_group_share_its_rules_h33() {
    let two = shut(shut(bridge().bridge("y", 80), "x-alb"), "y-alb");
    let two = another_group(another_group(two, "x-alb", SHARED), "y-alb", SHARED);
    let seen = Seen::of(two);
    let shared = SecurityGroupId::new(SHARED).expect("an id");
    let links = seen.links(&["x-alb", "y-alb"], &editing(&[&shared]));
    assert_eq!((links.reach.len(), links.count("ingress")), (2, 1));
    for alb in ["x-alb", "y-alb"] {
        let admitted = &links.reach[&seen.alb(alb).arn].admitted;
        let ingress = &links.step("ingress").verification[0];
        assert!(admitted.contains(ingress), "{alb}");
    }
    // A link for each ALB would let each into the other.
    let each = Choices {
        links: LinkPer::Alb,
        ..editing(&[&shared])
    };
    let links = seen.links(&["x-alb", "y-alb"], &each);
    assert_eq!(links.codes(), [WaitingCode::NoGroupToOpen; 2]);
}

#[test]
fn a_group_that_other_load_balancers_carry_needs_a_word_h33() {
    let two = shut(bridge().bridge("y", 80), "x-alb").edit(|state| {
        let mut all = state.load_balancers.iter_mut();
        let groups = all.find(|lb| lb.name == *"x-alb").expect("the ALB");
        let groups = groups.security_groups.clone();
        let mut all = state.load_balancers.iter_mut();
        let other = all.find(|lb| lb.name == *"y-alb").expect("the ALB");
        other.security_groups.extend(groups);
    });
    let seen = Seen::of(two);
    let group = seen.group("x-alb");
    let links = seen.links(&["x-alb"], &editing(&[&group]));
    let waiting = links.waits();
    assert_eq!(waiting.code, WaitingCode::NoGroupToOpen);
    assert_eq!(flag(waiting), "--accept shared-security-group");
    assert!(waiting.why.contains("y-alb"), "{}", waiting.why);
    assert!(links.elsewhere.is_empty(), "it may be changed here");
    let links = seen.links(&["x-alb"], &Choices::default());
    let both = format!("--edit {group} --accept shared-security-group");
    assert_eq!(flag(links.waits()), both);
    let said = Choices {
        doubts: [Doubt::SharedSecurityGroup].into(),
        ..editing(&[&group])
    };
    assert_eq!(seen.links(&["x-alb"], &said).count("ingress"), 1);
    // Where both are moved over one link, it is to reach both.
    let links = seen.links(&["x-alb", "y-alb"], &editing(&[&group]));
    assert!(links.waiting.is_empty(), "{:?}", links.waiting);
}

#[test]
fn a_group_that_a_link_carries_needs_a_word_too_h33() {
    let estate = shut(bridge(), "x-alb").v2_link("foreign");
    let estate = estate.edit(|state| {
        let mut all = state.load_balancers.iter_mut();
        let alb = all.find(|lb| lb.name == *"x-alb").expect("the ALB");
        let group = alb.security_groups[0].clone();
        let mut links = state.links.iter_mut();
        let link = links
            .find(|link| link.name == *"foreign")
            .expect("the link");
        if let unbridge_model::apigateway::LinkReach::V2 {
            security_groups, ..
        } = &mut link.reach
        {
            security_groups.push(group);
        }
    });
    let seen = Seen::of(estate);
    let links = seen.links(&["x-alb"], &editing(&[&seen.group("x-alb")]));
    assert_eq!(flag(links.waits()), "--accept shared-security-group");
}

/// The groups of an ALB have so many rules, none of which lets a link in.
fn crowded(estate: Estate, alb: &str, rules: u8) -> Estate {
    estate.security_groups_of(alb, |group| {
        let one = |n: u8| rule("tcp", 80, &format!("192.0.2.{n}/32"));
        group.ingress = (0..rules).map(one).collect();
    })
}

#[test]
fn a_group_without_room_takes_no_rule_and_another_one_may_h33() {
    let seen = Seen::of(crowded(bridge(), "x-alb", 60));
    let group = seen.group("x-alb");
    let links = seen.links(&["x-alb"], &editing(&[&group]));
    let waiting = links.waits();
    assert_eq!(waiting.code, WaitingCode::NoGroupToOpen);
    assert_eq!(flag(waiting), "");
    assert!(waiting.why.contains("60 rules"), "{}", waiting.why);
    let roomy = another_group(crowded(bridge(), "x-alb", 60), "x-alb", SHARED);
    let seen = Seen::of(roomy);
    let shared = SecurityGroupId::new(SHARED).expect("an id");
    let links = seen.links(&["x-alb"], &editing(&[&group, &shared]));
    let Operation::AuthorizeRule { group, .. } = &links.step("ingress").operation else {
        panic!("no rule");
    };
    assert_eq!(*group, Later::Known(shared));
}

#[test]
fn a_group_that_names_a_prefix_list_may_be_full_and_another_one_is_taken_h33() {
    let listed = crowded(bridge(), "x-alb", 5).security_groups_of("x-alb", |group| {
        group.ingress.push(rule("tcp", 80, "pl-4fa04526"));
    });
    let seen = Seen::of(listed.clone());
    let group = seen.group("x-alb");
    let links = seen.links(&["x-alb"], &editing(&[&group]));
    let waiting = links.waits();
    assert_eq!(waiting.code, WaitingCode::NoGroupToOpen);
    assert_eq!(flag(waiting), "--accept prefix-list-rules");
    assert!(waiting.why.contains("pl-4fa04526"), "{}", waiting.why);
    let said = |groups: &[&SecurityGroupId]| Choices {
        doubts: [Doubt::PrefixListRules].into(),
        ..editing(groups)
    };
    assert_eq!(seen.links(&["x-alb"], &said(&[&group])).count("ingress"), 1);

    let seen = Seen::of(another_group(listed, "x-alb", SHARED));
    let shared = SecurityGroupId::new(SHARED).expect("an id");
    let both = [&group, &shared];
    for choices in [editing(&both), said(&both)] {
        let links = seen.links(&["x-alb"], &choices);
        let Operation::AuthorizeRule { group, .. } = &links.step("ingress").operation else {
            panic!("no rule");
        };
        assert_eq!(*group, Later::Known(shared.clone()));
    }
}

#[test]
fn rules_that_the_plan_adds_itself_take_room_h33() {
    let ports = crowded(bridge(), "x-alb", 59)
        .alb_listener("x-alb", 81)
        .forward("x-nlb", 81, "x-alb", 81);
    let seen = Seen::of(ports);
    let both = [seen.destination("x-alb", 80), seen.destination("x-alb", 81)];
    let choices = editing(&[&seen.group("x-alb")]);
    let links = seen.links_to(&both.clone().into(), &choices);
    assert_eq!(links.codes(), [WaitingCode::NoGroupToOpen]);
    let [one, _] = both;
    assert_eq!(seen.links_to(&[one].into(), &choices).count("ingress"), 1);
}

#[test]
fn an_alb_that_lets_nobody_in_holds_up_no_other_h33() {
    let seen = Seen::of(shut(bridge().bridge("y", 80), "x-alb"));
    let links = seen.links(&["x-alb", "y-alb"], &Choices::default());
    let waiting = links.waits();
    assert_eq!(waiting.what, Subject::Alb(seen.alb("x-alb").arn.clone()));
    assert!(links.reach.contains_key(&seen.alb("y-alb").arn));
    assert_eq!(links.count("egress"), 1);
}

#[test]
fn a_link_is_let_out_to_the_group_that_the_fewest_others_carry_h33_h34() {
    let two = bridge().bridge("y", 80);
    let two = another_group(another_group(two, "x-alb", SHARED), "y-alb", SHARED);
    let seen = Seen::of(two);
    let links = seen.links(&["x-alb"], &Choices::default());
    let Operation::AuthorizeRule { rule, .. } = &links.step("egress").operation else {
        panic!("no rule");
    };
    assert_ne!(
        rule.peer,
        Later::Known(SecurityGroupId::new(SHARED).expect("an id"))
    );
}
