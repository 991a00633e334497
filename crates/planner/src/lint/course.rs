//! Follows a plan step by step and sees whether each finds what it asks for, changes something, and
//! whether all ends well.

use std::collections::BTreeMap;

use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Step, Undo};

use super::code::LintCode;
use super::findings::Findings;
use super::state::State;
use super::thing::{Act, Thing, named};

pub(super) fn check<'p>(findings: &mut Findings<'p>, mut state: State<'p>) {
    for (place, step) in findings.steps() {
        for condition in hold(findings, place, &state, &step.preconditions, "before it") {
            state.assume(condition);
        }
        change(findings, place, &state, step);
        state.apply(step);
        let _ = hold(findings, place, &state, &step.verification, "after it");
        if let Undo::Operation { only_if, .. } = &step.undo {
            let _ = hold(findings, place, &state, only_if, "for its way back");
        }
    }
    end(findings, &state);
}

/// The conditions that can hold.
fn hold<'p>(
    findings: &mut Findings<'p>,
    place: usize,
    state: &State<'p>,
    conditions: &'p [Condition],
    when: &str,
) -> Vec<&'p Condition> {
    let mut can = Vec::new();
    for (number, condition) in (1..).zip(conditions) {
        if state.holds(condition) == Some(false) {
            let what = format!("condition {number} {when} cannot hold at this place of the plan");
            findings.at(place, LintCode::CannotHold, what);
        } else {
            can.push(condition);
        }
    }
    can
}

fn change<'p>(findings: &mut Findings<'p>, place: usize, state: &State<'p>, step: &'p Step) {
    let act = Act::of(&step.id, &step.operation);
    let gone = |thing| state.stands(thing) == Some(false);
    let mut names = named(&step.operation).into_iter();
    let itself = match act {
        Act::Makes(_) => None,
        Act::Changes(thing) | Act::Deletes(thing) => Some(thing),
    };
    if names.any(gone) || itself.is_some_and(gone) {
        let what = "it names what does not stand there, or not any more";
        findings.at(place, LintCode::NamesWhatIsGone, what);
    } else if state.is_so(step) {
        findings.at(
            place,
            LintCode::ChangesNothing,
            "it brings about what is so already",
        );
    }
    if let Act::Deletes(thing) = act
        && state.is_used(thing)
    {
        findings.at(
            place,
            LintCode::StillUsed,
            "it deletes what is still in use",
        );
    }
}

fn end<'p>(findings: &mut Findings<'p>, state: &State<'p>) {
    for (place, step) in findings.steps() {
        let Act::Makes(thing) = Act::of(&step.id, &step.operation) else {
            continue;
        };
        if state.stands(thing) == Some(true) && !has_a_use(thing, state) {
            let what = "in the end nothing uses what it makes";
            findings.at(place, LintCode::LeftBehind, what);
        }
    }
    let mut last = BTreeMap::new();
    for (place, step) in findings.steps() {
        if let Operation::SetCanary { api, stage, .. } = &step.operation {
            last.insert((api, stage), place);
        }
    }
    for (api, stage) in state.in_canary() {
        if let Some(place) = last.get(&(api, stage)) {
            let what = format!("stage {stage} keeps its canary release");
            findings.at(*place, LintCode::NotFinished, what);
        }
    }
}

/// Whether what the plan made may stay: a temporary stage never, everything else while it is used.
fn has_a_use<'p>(thing: Thing<'p>, state: &State<'p>) -> bool {
    match thing {
        Thing::Deployment(..)
        | Thing::Group(_)
        | Thing::HttpDeployment(..)
        | Thing::HttpIntegration(..)
        | Thing::Link(_) => state.is_used(thing),
        Thing::Stage(..) => false,
        Thing::DefaultEgress(_)
        | Thing::HttpStage(..)
        | Thing::LoadBalancer(_)
        | Thing::Method(_)
        | Thing::Route(..)
        | Thing::Rule(_)
        | Thing::Target(..)
        | Thing::TargetGroup(_)
        | Thing::V1Link(_)
        | Thing::Vpc(_) => true,
    }
}
