//! Which links are made, of what steps, and how many.

use std::collections::BTreeSet;

use unbridge_model::finding::FindingCode;
use unbridge_model::id::VpcLinkId;
use unbridge_model::network::Direction;
use unbridge_model::plan::choices::LinkPer;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::WaitingCode;
use unbridge_model::plan::{Choices, Phase, Undo};
use unbridge_model::text::Text;
use unbridge_sim::build::Estate;

use super::{Seen, bridge, estate, flag};

fn per_alb() -> Choices {
    Choices {
        links: LinkPer::Alb,
        ..Choices::default()
    }
}

/// The link that an ALB is reached by, and whether it is one that the plan makes.
fn reached_by(links: &super::Links, seen: &Seen, alb: &str) -> Later<VpcLinkId> {
    links.reach[&seen.alb(alb).arn].link.clone()
}

#[test]
fn one_link_leads_to_all_albs_of_a_vpc_h34() {
    let seen = Seen::of(
        bridge()
            .bridge("y", 80)
            .apart("other", |estate| estate.bridge("z", 80)),
    );
    let links = seen.links(&["x-alb", "y-alb", "z-alb"], &Choices::default());
    assert!(links.waiting.is_empty(), "{:?}", links.waiting);
    assert_eq!(links.count("link-vpc-"), 2);
    let by = |alb| reached_by(&links, &seen, alb);
    assert_eq!(by("x-alb"), by("y-alb"));
    assert_ne!(by("x-alb"), by("z-alb"));
    // And with a link for each, each has its own.
    let links = seen.links(&["x-alb", "y-alb", "z-alb"], &per_alb());
    let made: BTreeSet<String> = ["x-alb", "y-alb", "z-alb"]
        .iter()
        .map(|alb| format!("{:?}", reached_by(&links, &seen, alb)))
        .collect();
    assert_eq!(made.len(), 3);
    assert!(links.ids().contains(&"link-alb-x-alb"), "{:?}", links.ids());
}

#[test]
fn a_link_is_let_out_to_its_albs_and_to_nothing_else_h33() {
    let seen = Seen::of(bridge().bridge("y", 80));
    let links = seen.links(&["x-alb", "y-alb"], &Choices::default());
    let kinds: Vec<&str> = links
        .steps
        .iter()
        .map(|step| (&step.operation).into())
        .collect();
    assert_eq!(
        kinds,
        [
            "create-security-group",
            "revoke-default-egress",
            "authorize-rule",
            "authorize-rule",
            "create-vpc-link"
        ]
    );
    assert!(links.steps.iter().all(|step| step.phase == Phase::Prepare));
    let group = Later::From(links.step("group-vpc-").id.clone());
    let closed = links.step("group-closed-");
    assert_eq!(
        closed.verification,
        [Condition::DefaultEgressGone {
            group: group.clone()
        }]
    );
    for alb in ["x-alb", "y-alb"] {
        let step = links.step(&format!("egress-{alb}-80"));
        let Operation::AuthorizeRule { group: of, rule } = &step.operation else {
            panic!("{step:?}");
        };
        assert_eq!(*of, group);
        assert_eq!(rule.direction, Direction::Egress);
        assert_eq!(rule.peer, Later::Known(seen.group(alb)));
        assert_eq!(step.undo, Undo::Nothing);
        // Asked again before each canary step.
        let reach = &links.reach[&seen.alb(alb).arn];
        assert!(reach.admitted.contains(&step.verification[0]));
    }
}

#[test]
fn a_link_is_waited_for_tagged_and_taken_back_only_while_nobody_uses_it_h34() {
    let seen = Seen::of(bridge());
    let choices = Choices {
        tags: [(Text::new("team"), Text::new("orders"))].into(),
        ..Choices::default()
    };
    let links = seen.links(&["x-alb"], &choices);
    let step = links.step("link-");
    let link = Later::From(step.id.clone());
    assert_eq!(
        step.verification,
        [Condition::LinkAvailable { link: link.clone() }]
    );
    assert_eq!(step.verify_within, 900);
    assert_eq!(
        step.undo,
        Undo::Operation {
            operation: Operation::DeleteVpcLink { link: link.clone() },
            only_if: vec![Condition::LinkUnused { link }],
        }
    );
    let group = links.step("group-vpc-");
    assert_eq!(group.verify_within, 60);
    assert!(matches!(
        group.verification[..],
        [Condition::GroupStands { .. }]
    ));
    for step in [step, group] {
        let (Operation::CreateVpcLink { tags, name, .. }
        | Operation::CreateSecurityGroup { tags, name, .. }) = &step.operation
        else {
            panic!("{step:?}");
        };
        assert!(tags.contains_key("unbridge:plan") && tags.contains_key("team"));
        assert!(name.starts_with("unbridge-"), "{name}");
    }
}

#[test]
fn every_port_of_an_alb_is_let_out_to_h33() {
    let seen = Seen::of(bridge().forward_extra());
    let wanted = [
        seen.destination("x-alb", 80),
        seen.destination("x-alb", 8443),
    ];
    let links = seen.links_to(&wanted.into(), &Choices::default());
    assert_eq!(links.count("egress-x-alb-"), 2);
    let admitted = &links.reach[&seen.alb("x-alb").arn].admitted;
    let ports = admitted.iter().filter_map(|condition| match condition {
        Condition::RuleStands { rule, .. } => Some(rule.port),
        Condition::LinkAdmitted { port, .. } => Some(*port),
        _ => None,
    });
    assert_eq!(ports.collect::<Vec<_>>(), [80, 80, 8443, 8443]);
}

trait Extra {
    fn forward_extra(self) -> Self;
}

impl Extra for Estate {
    /// Another listener of the ALB, and the NLB's in front of it.
    fn forward_extra(self) -> Self {
        self.alb_listener("x-alb", 8443)
            .forward("x-nlb", 8443, "x-alb", 8443)
    }
}

#[test]
fn links_that_fit_are_made_in_order_and_the_rest_waits_h34() {
    let full = |count| {
        let two = bridge().apart("other", |estate| estate.bridge("y", 80));
        let links = |estate: Estate, n| estate.v2_link(&format!("foreign-{n}"));
        Seen::of((0..count).fold(two, links))
    };
    let albs = ["x-alb", "y-alb"];
    let waits = |seen: &Seen, quota: Option<u32>| {
        let choices = Choices {
            link_quota: quota,
            ..Choices::default()
        };
        let links = seen.links(&albs, &choices);
        for waiting in &links.waiting {
            assert_eq!(waiting.code, WaitingCode::LinkQuota);
            assert_eq!(waiting.finding, Some(FindingCode::LinkQuota));
            assert_eq!(flag(waiting), "--link-quota N");
        }
        assert_eq!(links.count("link-"), links.reach.len());
        links.waiting.len()
    };
    assert_eq!(waits(&full(8), None), 0);
    assert_eq!(waits(&full(9), None), 1);
    let ten = full(10);
    assert_eq!(waits(&ten, None), 2);
    assert_eq!(waits(&ten, Some(11)), 1);
    assert_eq!(waits(&ten, Some(12)), 0);
    // Somebody had it raised, and nobody said to what.
    let more = full(11);
    assert_eq!(waits(&more, None), 2);
    assert_eq!(waits(&more, Some(13)), 0);
}

#[test]
fn a_vpc_whose_albs_need_more_rules_than_a_group_may_have_gets_two_links_h33_h34() {
    let names: Vec<String> = (0..61).map(|n| format!("a{n:02}")).collect();
    let many = names
        .iter()
        .fold(estate(), |estate, name| estate.bridge(name, 80));
    let seen = Seen::of(many);
    let albs: Vec<String> = names.iter().map(|name| format!("{name}-alb")).collect();
    let albs: Vec<&str> = albs.iter().map(String::as_str).collect();
    let links = seen.links(&albs, &Choices::default());
    assert_eq!((links.count("link-vpc-"), links.reach.len()), (2, 61));
    let by: BTreeSet<String> = albs[..60]
        .iter()
        .map(|alb| format!("{:?}", reached_by(&links, &seen, alb)))
        .collect();
    assert_eq!(by.len(), 1);
}

#[test]
fn the_same_account_and_choices_give_the_same_steps() {
    let seen = Seen::of(bridge().bridge("y", 80));
    let steps = |albs: &[&str]| {
        let links = seen.links(albs, &Choices::default());
        format!("{:?}", links.steps)
    };
    assert_eq!(steps(&["x-alb", "y-alb"]), steps(&["y-alb", "x-alb"]));
}
