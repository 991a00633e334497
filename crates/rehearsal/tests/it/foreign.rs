//! Somebody else works on the sample account's API while a run moves it.

use std::cell::Cell;

use unbridge_executor::{Context, Limits, Outcome, Ports, StopReason, begin, forward};
use unbridge_model::id::{DeploymentId, Region, RunId};
use unbridge_model::journal::{JournalStore, StoreError};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::{Plan, Step};
use unbridge_model::port::{Approval, Approver, Judgement, Meter, Prober, Writer};
use unbridge_model::text::Text;
use unbridge_sim::account::{RegionState, RestApiState};
use unbridge_sim::live::{Live, Switches};
use unbridge_sim::sample;

const PLAN: &str = include_str!("../../../../fixtures/plans/orders.plan.json");

struct Nowhere;

impl JournalStore for Nowhere {
    fn append(&mut self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Opens every gate.
struct Open;

impl Prober for Open {
    fn prove(&self, _: &Gate) -> Judgement {
        Judgement::Pass
    }
}

/// Lets every canary pass, and does something after a look at one, counted from 1.
struct During<F: Fn()> {
    look: usize,
    does: F,
    looks: Cell<usize>,
}

impl<F: Fn()> Meter for During<F> {
    fn judge(&self, _: &Gate) -> Judgement {
        self.looks.set(self.looks.get() + 1);
        if self.looks.get() == self.look {
            (self.does)();
        }
        Judgement::Pass
    }
}

/// Does something just before a step.
struct Before<'s, F: Fn()> {
    step: &'s str,
    does: F,
}

impl<F: Fn()> Approver for Before<'_, F> {
    fn approve(&self, step: &Step) -> Approval {
        if step.id.as_str() == self.step {
            (self.does)();
        }
        Approval::Given
    }
}

fn live() -> Live {
    let account = sample::account().expect("the sample");
    let region = Region::new(sample::REGION).expect("a region");
    Live::new(account, region, Switches::default())
}

/// Changes the API that the plan moves.
fn edit(live: &Live, change: impl FnOnce(&mut RestApiState)) {
    let region = Region::new(sample::REGION).expect("a region");
    live.edit(|account| {
        let state: &mut RegionState = account.regions.get_mut(&region).expect("the region");
        let mut apis = state.rest_apis.iter_mut();
        let api = apis.find(|api| api.api.id.as_str() == "c65npcywlk");
        change(api.expect("the API"));
    });
}

/// Somebody has a stage run what another stage runs.
fn deploy(live: &Live, stage: &str) {
    edit(live, |api| {
        let (id, known) = api.deployments.iter().next().expect("a deployment");
        let foreign = DeploymentId::new("foreign").expect("an id");
        assert_ne!(*id, foreign);
        let known = known.clone();
        api.deployments.insert(foreign.clone(), known);
        let mut stages = api.stages.iter_mut();
        let stage = stages.find(|known| known.name.as_str() == stage);
        stage.expect("the stage").deployment = foreign;
    });
}

fn run(live: &Live, meter: &dyn Meter, approver: &dyn Approver) -> (String, StopReason) {
    let plan = Plan::parse(PLAN).expect("a plan");
    let context = Context {
        run: RunId::new("r1").expect("a run"),
        caller: Text::new("ada"),
        owner: Text::new("ada@laptop"),
        tool_version: Text::new("0.1.0"),
        chosen: None,
    };
    let writer: &dyn Writer = live;
    let ports = Ports {
        writer,
        clock: live,
        prober: &Open,
        meter,
        approver,
        locks: live,
    };
    let mut journal = begin(&plan, Nowhere, &context, &ports).expect("it begins");
    let ended = forward(&plan, &mut journal, &context, &ports, &Limits::default());
    match ended.expect("a journal") {
        Outcome::Stopped { step, why } => (step.to_string(), why),
        other => panic!("{other:?}"),
    }
}

fn no_look() -> During<impl Fn()> {
    During {
        look: 0,
        does: || {},
        looks: Cell::default(),
    }
}

#[test]
fn a_foreign_deployment_between_two_shares_stops_before_the_next_one_h35() {
    let live = live();
    let before = Before {
        step: "prod-canary-50",
        does: || deploy(&live, "prod"),
    };
    let (step, why) = run(&live, &no_look(), &before);
    assert_eq!(step, "prod-canary-50");
    let StopReason::Touched { what, found } = &why else {
        panic!("{why}");
    };
    assert!(
        what.starts_with("stage prod of API c65npcywlk runs deployment"),
        "{what}"
    );
    assert!(
        found.starts_with("it runs foreign and has a canary release of 10 %"),
        "{found}"
    );
}

#[test]
fn a_foreign_deployment_during_a_watch_stops_it_h35() {
    let live = live();
    let during = During {
        look: 2,
        does: || deploy(&live, "staging"),
        looks: Cell::default(),
    };
    let (step, why) = run(&live, &during, &unbridge_model::port::ApprovedAtStart);
    assert_eq!(step, "staging-canary-10");
    assert!(matches!(why, StopReason::Touched { .. }), "{why}");
    assert_eq!(during.looks.get(), 2);
}

#[test]
fn a_draft_that_is_put_back_by_its_owners_pipeline_stops_before_the_next_share_h25() {
    let live = live();
    // As it was before the run began.
    let was = self::live();
    let mut draft = None;
    edit(&was, |api| draft.clone_from(&api.api.draft));
    let before = Before {
        step: "staging-canary-50",
        does: || edit(&live, |api| api.api.draft.clone_from(&draft)),
    };
    let (step, why) = run(&live, &no_look(), &before);
    assert_eq!(step, "staging-canary-50");
    let told = why.to_string();
    assert!(
        told.contains("the draft of API c65npcywlk holds what was set"),
        "{told}"
    );
    assert!(told.contains("found: GET /orders: connectionId"), "{told}");
}

#[test]
fn a_rule_that_is_taken_away_during_a_watch_fails_it_h33() {
    let live = live();
    let region = Region::new(sample::REGION).expect("a region");
    let take_away = || {
        live.edit(|account| {
            let state = account.regions.get_mut(&region).expect("the region");
            let groups = state.vpcs.iter_mut();
            let groups = groups.flat_map(|vpc| vpc.security_groups.iter_mut().flatten());
            groups.for_each(|group| group.ingress.clear());
        });
    };
    let during = During {
        look: 1,
        does: take_away,
        looks: Cell::default(),
    };
    let (step, why) = run(&live, &during, &unbridge_model::port::ApprovedAtStart);
    assert_eq!(step, "staging-canary-10");
    assert!(
        matches!(why, StopReason::Gate(Judgement::Fail { .. })),
        "{why}"
    );
    assert!(
        why.to_string().contains("the group has no such rule"),
        "{why}"
    );
}
