//! What must not be taken away while something else may use it.

use unbridge_executor::{MayGo, Needs};
use unbridge_model::id::VpcLinkId;
use unbridge_model::journal::{Direction, Event, Folded, Residue};
use unbridge_model::plan::Plan;
use unbridge_model::plan::operation::{ConnectionId, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::text::Text;

use crate::plans::{http_migration, migration, step_id, with_undo};
use crate::runs::Bench;

/// The events of a migration up to its canary, turned back.
fn turned_back(plan: &Plan) -> Folded {
    let bench = Bench::migration(&[(9, crate::world::Fault::Refuse)]);
    bench.run().unwrap();
    let journal = bench.reopened();
    assert_eq!(
        journal.folded().state(&step_id("canary")).to_string(),
        "passed"
    );
    drop(journal);
    let text = bench.store.text.borrow().clone();
    let written = unbridge_model::journal::Written::parse(&text).unwrap();
    let mut folded = Folded::new(&plan.body);
    for entry in &written.entries {
        folded = folded.next(&entry.event).unwrap();
    }
    let why = Text::new("it was asked for");
    folded.next(&Event::TurnedBack { why }).unwrap()
}

fn undone(folded: &Folded, step: &str) -> Folded {
    let why = Text::new("as before");
    let step = step_id(step);
    folded.next(&Event::NothingToUndo { step, why }).unwrap()
}

fn left(folded: &Folded, step: &str) -> Folded {
    let why = Text::new("foreign");
    let residue = Residue::NotUndone { why };
    let step = step_id(step);
    folded.next(&Event::Left { step, residue }).unwrap()
}

fn by(step: &str) -> MayGo {
    MayGo::InUse { by: step_id(step) }
}

#[test]
fn what_moves_requests_or_drafts_may_always_go_back() {
    let plan = migration();
    let folded = turned_back(&plan);
    let needs = Needs::of(&plan.body);
    for step in ["canary", "rewire", "promote"] {
        assert_eq!(needs.may_go(&folded, &step_id(step)), MayGo::Yes);
    }
}

#[test]
fn nothing_that_serves_requests_goes_before_they_are_back() {
    let plan = migration();
    let folded = turned_back(&plan);
    let needs = Needs::of(&plan.body);
    for step in ["freeze", "link", "alb-ingress", "link-egress", "link-group"] {
        let may = needs.may_go(&folded, &step_id(step));
        assert!(matches!(may, MayGo::NotYet { .. }), "{step}: {may:?}");
    }
    assert_eq!(needs.may_go(&folded, &step_id("trial")), MayGo::Yes);
}

#[test]
fn all_goes_in_the_order_of_the_way_back() {
    let plan = migration();
    let mut folded = turned_back(&plan);
    let needs = Needs::of(&plan.body);
    let order = [
        "canary",
        "rewire",
        "trial",
        "freeze",
        "link",
        "alb-ingress",
        "link-egress",
        "link-group",
    ];
    for step in order {
        assert_eq!(needs.may_go(&folded, &step_id(step)), MayGo::Yes, "{step}");
        folded = undone(&folded, step);
    }
}

#[test]
fn a_stage_that_is_not_back_keeps_deployment_link_rules_and_group() {
    let plan = migration();
    let needs = Needs::of(&plan.body);
    let folded = undone(&left(&turned_back(&plan), "canary"), "rewire");
    for step in ["freeze", "link", "alb-ingress", "link-egress", "link-group"] {
        assert_eq!(
            needs.may_go(&folded, &step_id(step)),
            by("canary"),
            "{step}"
        );
    }
    assert_eq!(needs.may_go(&folded, &step_id("trial")), MayGo::Yes);
}

#[test]
fn a_draft_that_is_not_back_keeps_the_link_and_its_network() {
    let plan = migration();
    let needs = Needs::of(&plan.body);
    let folded = left(&undone(&turned_back(&plan), "canary"), "rewire");
    for step in ["link", "alb-ingress", "link-egress", "link-group"] {
        assert_eq!(
            needs.may_go(&folded, &step_id(step)),
            by("rewire"),
            "{step}"
        );
    }
}

#[test]
fn a_left_over_target_keeps_nothing() {
    let plan = migration();
    let needs = Needs::of(&plan.body);
    let Operation::UpdateIntegration { method, .. } = crate::plans::operation(&plan, "rewire")
    else {
        panic!("it rewires");
    };
    let folded = undone(&turned_back(&plan), "canary");
    let event = Event::Left {
        step: step_id("rewire"),
        residue: Residue::IntegrationTarget { method },
    };
    let folded = undone(&undone(&folded.next(&event).unwrap(), "trial"), "freeze");
    assert_eq!(needs.may_go(&folded, &step_id("link")), MayGo::Yes);
}

#[test]
fn a_link_that_stays_keeps_its_rules_and_group() {
    let plan = migration();
    let needs = Needs::of(&plan.body);
    let mut folded = turned_back(&plan);
    for step in ["canary", "rewire", "trial", "freeze"] {
        folded = undone(&folded, step);
    }
    let folded = left(&folded, "link");
    for step in ["alb-ingress", "link-egress", "link-group"] {
        assert_eq!(needs.may_go(&folded, &step_id(step)), by("link"), "{step}");
    }
}

#[test]
fn an_undo_of_which_nothing_was_heard_still_counts_as_standing() {
    let plan = migration();
    let needs = Needs::of(&plan.body);
    let folded = undone(&turned_back(&plan), "canary");
    let operation = folded.announced(&step_id("rewire")).unwrap().clone();
    let event = Event::Started {
        step: step_id("rewire"),
        direction: Direction::Undo,
        operation,
    };
    let folded = folded.next(&event).unwrap();
    let may = needs.may_go(&folded, &step_id("link"));
    assert!(matches!(may, MayGo::NotYet { .. }), "{may:?}");
}

#[test]
fn a_link_that_no_step_made_keeps_every_rule_while_it_is_named() {
    let mut plan = migration();
    plan.body.steps.retain(|step| step.id != step_id("link"));
    for step in &mut plan.body.steps {
        step.preconditions.clear();
        step.verification.clear();
        if let Operation::UpdateIntegration { patch, .. } = &mut step.operation {
            let link = VpcLinkId::new("theirs").unwrap();
            patch.connection_id = ConnectionId::Link(Later::Known(link));
        }
        if let unbridge_model::plan::Undo::Operation { only_if, .. } = &mut step.undo {
            only_if.clear();
        }
    }
    let needs = Needs::of(&plan.body);
    let mut folded = Folded::new(&plan.body);
    for name in ["alb-ingress", "rewire"] {
        let step = step_id(name);
        let whole = turned_back(&migration());
        let operation = whole.announced(&step).unwrap().clone();
        let direction = Direction::Forward;
        let started = Event::Started {
            step: step.clone(),
            direction,
            operation,
        };
        let succeeded = Event::Succeeded {
            step,
            direction,
            output: None,
        };
        folded = folded.next(&started).unwrap().next(&succeeded).unwrap();
    }
    let why = Text::new("it was asked for");
    let folded = folded.next(&Event::TurnedBack { why }).unwrap();
    let folded = left(&folded, "rewire");
    assert_eq!(needs.may_go(&folded, &step_id("alb-ingress")), by("rewire"));
}

#[test]
fn a_stage_that_is_not_as_before_keeps_the_link_even_of_a_step_that_was_never_begun() {
    let plan = migration();
    let mut needs = Needs::of(&plan.body);
    let mut folded = turned_back(&plan);
    for step in ["canary", "rewire", "trial", "freeze"] {
        folded = undone(&folded, step);
    }
    assert_eq!(folded.state(&step_id("promote")).to_string(), "waiting");
    assert_eq!(needs.may_go(&folded, &step_id("link")), MayGo::Yes);
    needs.still_moved(step_id("promote"));
    let running = MayGo::Running {
        by: step_id("promote"),
    };
    assert_eq!(needs.may_go(&folded, &step_id("link")), running);
}

#[test]
fn a_route_that_is_not_back_keeps_integration_link_rules_and_group() {
    let plan = http_migration();
    let mut needs = Needs::of(&plan.body);
    needs.still_moved(step_id("route"));
    let folded = Folded::new(&plan.body);
    let running = MayGo::Running {
        by: step_id("route"),
    };
    for step in [
        "integration",
        "link",
        "alb-ingress",
        "link-egress",
        "link-group",
    ] {
        assert_eq!(needs.may_go(&folded, &step_id(step)), running, "{step}");
    }
    assert_eq!(needs.may_go(&folded, &step_id("route")), MayGo::Yes);
}

#[test]
fn an_undo_that_deletes_what_another_step_made_waits_for_all_that_use_that() {
    let operation = Operation::DeleteVpcLink {
        link: Later::From(step_id("link")),
    };
    let undo = unbridge_model::plan::Undo::Operation {
        operation,
        only_if: Vec::new(),
    };
    let plan = with_undo(migration(), "canary", undo);
    let needs = Needs::of(&plan.body);
    let mut folded = turned_back(&migration());
    for step in ["rewire", "trial", "freeze"] {
        folded = undone(&folded, step);
    }
    // Its own canary runs over the link.
    let by = step_id("canary");
    assert_eq!(needs.may_go(&folded, &by), MayGo::NotYet { by: by.clone() });
}
