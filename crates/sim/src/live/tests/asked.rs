//! Which switches have decided something.

use std::collections::BTreeSet;

use super::*;
use crate::live::SwitchKind;

fn asked(desk: &Desk) -> Vec<SwitchKind> {
    desk.0.asked().into_iter().collect()
}

fn ask(desk: &Desk) {
    assert!(!desk.0.answers(&desk.request("prod")).is_empty());
}

#[test]
fn requests_over_a_version_2_link_ask_for_the_path_and_others_for_nothing() {
    let desk = desk();
    ask(&desk);
    let moved = desk.moved();
    ask(&desk);
    assert_eq!(asked(&desk), []);
    desk.done(desk.set("prod", &moved));
    assert_eq!(asked(&desk), []);
    ask(&desk);
    assert_eq!(asked(&desk), [SwitchKind::StageInPath]);
}

#[test]
fn only_the_name_of_a_load_balancer_that_is_gone_asks_whether_it_has_to_be_known() {
    let desk = desk();
    let moved = desk.moved();
    desk.done(desk.set("prod", &moved));
    ask(&desk);
    assert!(!asked(&desk).contains(&SwitchKind::HostResolution));
    desk.edit(|state| state.load_balancers.retain(|lb| lb.name != "orders-nlb"));
    ask(&desk);
    assert!(asked(&desk).contains(&SwitchKind::HostResolution));
}

#[test]
fn an_integration_asks_for_its_target_on_the_way_back_only() {
    let desk = desk();
    desk.done(desk.update(desk.to_nlb()));
    desk.done(desk.update(desk.to_alb()));
    assert_eq!(asked(&desk), []);
    desk.done(desk.update(desk.to_nlb()));
    assert_eq!(asked(&desk), [SwitchKind::LeftoverTarget]);
}

#[test]
fn the_first_canary_patch_asks_and_no_later_one() {
    let (desk, later) = (desk(), desk());
    let (own, moved) = (desk.runs("prod"), desk.moved());
    desk.done(desk.canary("prod", &own, 10));
    desk.done(desk.canary("prod", &moved, 20));
    assert_eq!(asked(&desk), []);
    later.done(later.update(later.to_alb()));
    let moved = later.deployed();
    later.done(later.canary("prod", &moved, 10));
    assert_eq!(asked(&later), [SwitchKind::FirstCanaryPatch]);
}

#[test]
fn a_fork_begins_with_what_was_asked_and_tells_nobody_what_it_asks() {
    let desk = desk();
    desk.done(desk.update(desk.to_alb()));
    desk.done(desk.update(desk.to_nlb()));
    let fork = Desk(desk.0.fork());
    assert_eq!(asked(&fork), [SwitchKind::LeftoverTarget]);
    let (own, moved) = (fork.runs("prod"), fork.moved());
    assert_ne!(own, moved);
    fork.done(fork.canary("prod", &moved, 10));
    assert_eq!(
        fork.0.asked(),
        BTreeSet::from([SwitchKind::LeftoverTarget, SwitchKind::FirstCanaryPatch])
    );
    assert_eq!(asked(&desk), [SwitchKind::LeftoverTarget]);
}
