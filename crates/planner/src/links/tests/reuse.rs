//! Links that stand already.

use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::id::VpcLinkId;
use unbridge_model::network::{Direction, SecurityGroup, SecurityRule};
use unbridge_model::plan::Choices;
use unbridge_model::plan::Undo;
use unbridge_model::plan::choices::LinkPer;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::{Subject, WaitingCode};
use unbridge_model::text::Text;
use unbridge_sim::build::Estate;

use super::{Seen, bridge, editing, scanned, shut};

fn using(link: &VpcLinkId) -> Choices {
    Choices {
        use_links: [link.clone()].into(),
        ..Choices::default()
    }
}

/// A bridge and a link that was there before.
fn beside() -> Estate {
    bridge().v2_link("standing")
}

fn ours() -> Estate {
    beside().tag_link("standing", "unbridge:plan", "0123")
}

fn changed(estate: Estate, change: impl FnOnce(&mut VpcLink)) -> Estate {
    estate.edit(|state| {
        let mut links = state.links.iter_mut();
        change(
            links
                .find(|link| link.name == *"standing")
                .expect("the link"),
        );
    })
}

fn its_groups(estate: Estate, change: impl Fn(&mut SecurityGroup)) -> Estate {
    estate.edit(|state| {
        let mut links = state.links.iter();
        let link = links
            .find(|link| link.name == *"standing")
            .expect("the link");
        let LinkReach::V2 {
            security_groups, ..
        } = &link.reach
        else {
            panic!("a link of version 1");
        };
        let ids = security_groups.clone();
        let vpcs = state.vpcs.iter_mut();
        for group in vpcs.flat_map(|vpc| vpc.security_groups.iter_mut().flatten()) {
            if ids.contains(&group.id) {
                change(group);
            }
        }
    })
}

fn is_used(seen: &Seen, choices: &Choices) -> bool {
    let links = seen.links(&["x-alb"], choices);
    let reach = &links.reach[&seen.alb("x-alb").arn];
    let used = reach.link == Later::Known(seen.link("standing"));
    assert_eq!(used, links.steps.is_empty(), "{:?}", links.ids());
    used
}

#[test]
fn only_a_link_of_ours_or_one_that_was_named_is_used_h34() {
    let foreign = Seen::of(beside());
    assert!(!is_used(&foreign, &Choices::default()));
    assert!(is_used(&foreign, &using(&foreign.link("standing"))));
    assert!(is_used(&Seen::of(ours()), &Choices::default()));
    let by_run = beside().tag_link("standing", "unbridge:run", "r-1");
    assert!(is_used(&Seen::of(by_run), &Choices::default()));
}

#[test]
fn a_link_that_is_used_is_seen_to_be_available_before_each_step_h34() {
    let seen = Seen::of(ours());
    let links = seen.links(&["x-alb"], &Choices::default());
    let reach = &links.reach[&seen.alb("x-alb").arn];
    // It lets everything out, and the ALB lets the whole VPC in.
    let link = &reach.link;
    assert_eq!(
        reach.admitted,
        [
            Condition::LinkAvailable { link: link.clone() },
            Condition::LinkAdmitted {
                link: link.clone(),
                load_balancer: seen.alb("x-alb").arn.clone(),
                port: 80,
            }
        ]
    );
}

#[test]
fn rules_of_just_the_two_groups_are_asked_for_again_h33_h34() {
    let estate = shut(ours(), "x-alb");
    let seen = Seen::of(estate.clone());
    let (of_alb, of_link) = (seen.group("x-alb"), seen.group_of_link("standing"));
    let rule = |peer: &str| SecurityRule {
        protocol: Text::new("tcp"),
        from_port: Some(80),
        to_port: Some(80),
        peers: vec![Text::new(peer)],
    };
    let estate = its_groups(estate, |group| group.egress = vec![rule(of_alb.as_str())]);
    let estate = estate.security_groups_of("x-alb", |group| {
        group.ingress = vec![rule(of_link.as_str())];
    });
    let seen = Seen::of(estate);
    assert!(is_used(&seen, &Choices::default()));
    let links = seen.links(&["x-alb"], &Choices::default());
    let asked = &links.reach[&seen.alb("x-alb").arn].admitted;
    let ways: Vec<Direction> = asked
        .iter()
        .filter_map(|condition| match condition {
            Condition::RuleStands { rule, .. } => Some(rule.direction),
            _ => None,
        })
        .collect();
    assert_eq!(ways, [Direction::Egress, Direction::Ingress]);
    // It reaches this ALB only, so it is narrow enough for a link of its own.
    let each = Choices {
        links: LinkPer::Alb,
        ..Choices::default()
    };
    assert!(is_used(&seen, &each));
    assert!(
        !is_used(&Seen::of(ours()), &each),
        "one that reaches everything is not"
    );
}

#[test]
fn a_named_link_is_let_in_by_a_rule_that_is_added_h33_h34() {
    let seen = Seen::of(shut(beside(), "x-alb"));
    let link = seen.link("standing");
    let choices = Choices {
        use_links: [link.clone()].into(),
        ..editing(&[&seen.group("x-alb")])
    };
    let links = seen.links(&["x-alb"], &choices);
    assert_eq!(links.ids(), ["ingress-x-alb-80"]);
    let step = links.step("ingress");
    let link = Later::Known(link);
    let available = Condition::LinkAvailable { link: link.clone() };
    let Undo::Operation { only_if, .. } = &step.undo else {
        panic!("{:?}", step.undo);
    };
    assert_eq!(
        *only_if,
        [Condition::LinkUnused { link }],
        "others may rely on it by then"
    );
    // What stands already is not ours to take away again.
    assert!(step.preconditions.contains(&available));
    assert!(matches!(step.preconditions[1], Condition::RuleGone { .. }));
    let admitted = &links.reach[&seen.alb("x-alb").arn].admitted;
    assert!(admitted.contains(&step.verification[0]));
    // Nobody may change the group: the owner is told the ranges of this link, and none is made.
    let links = seen.links(&["x-alb"], &using(&seen.link("standing")));
    assert_eq!(links.codes(), [WaitingCode::NoGroupToOpen]);
    assert_eq!((links.steps.len(), links.elsewhere.len()), (0, 3));
}

#[test]
fn a_rule_for_ours_that_somebody_took_away_is_not_added_again_h33() {
    let seen = Seen::of(shut(ours(), "x-alb"));
    assert!(!is_used(&seen, &editing(&[&seen.group("x-alb")])));
}

/// Why the named link is not used; another one is made instead.
fn unusable(seen: &Seen, link: &VpcLinkId) -> String {
    let links = seen.links(&["x-alb"], &using(link));
    let waiting = links.waits();
    assert_eq!(waiting.code, WaitingCode::LinkUnusable);
    assert_eq!(waiting.what, Subject::VpcLink(link.clone()));
    assert_eq!(links.count("link-"), 1);
    waiting.why.to_string()
}

#[test]
fn a_named_link_that_cannot_be_used_says_why_h34() {
    let check = |estate: Estate, why: &str| {
        let seen = Seen::of(estate);
        let told = unusable(&seen, &seen.link("standing"));
        assert!(told.contains(why), "{told}");
    };
    for status in ["PENDING", "INACTIVE", "FAILED", "DELETING"] {
        let estate = changed(beside(), |link| link.status = Text::new(status));
        check(estate, status);
    }
    let apart = |estate: Estate| estate.bridge("z", 80).v2_link("standing");
    check(bridge().apart("other", apart), "nothing is to be moved to");
    check(
        bridge().apart("other", |estate| estate.v2_link("standing")),
        "in no VPC that was read",
    );
    let closed = its_groups(beside(), |group| group.egress.clear());
    check(closed, "let nothing out on port 80");
    let elsewhere = its_groups(beside(), |group| {
        group.egress[0].peers = vec![Text::new("10.0.0.0/20")];
    });
    check(elsewhere, "let nothing out on port 80");
    let groupless = changed(beside(), |link| {
        if let LinkReach::V2 {
            security_groups, ..
        } = &mut link.reach
        {
            security_groups.clear();
        }
    });
    check(groupless, "no security group");
    let cut_off = beside().deny(Direction::Ingress, "10.0.16.0/20", (80, 80));
    check(cut_off, "network ACL");
}

#[test]
fn a_named_link_that_is_none_or_was_not_read_says_so_h34() {
    let seen = Seen::of(beside());
    let told = unusable(&seen, &seen.link("x-link"));
    assert!(told.contains("version 1"), "{told}");
    let nobodys = VpcLinkId::new("abc123").expect("an id");
    let told = unusable(&seen, &nobodys);
    assert!(told.contains("no such link"), "{told}");
    let mut snapshot = scanned(beside());
    for facts in snapshot.regions.values_mut() {
        let gone = seen.group_of_link("standing");
        for vpc in facts.vpcs.values_mut() {
            let groups = vpc.security_groups.get_or_insert_default();
            groups.retain(|group| group.id != gone);
        }
    }
    let seen = Seen::from(snapshot, super::REGION);
    let told = unusable(&seen, &seen.link("standing"));
    assert!(told.contains("in no VPC that was read"), "{told}");
}
