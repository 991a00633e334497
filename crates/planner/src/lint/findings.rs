//! Where checks put down what they find.

use std::collections::BTreeMap;

use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Plan, Step};
use unbridge_model::text::Text;

use super::code::{Lint, LintCode};
use super::thing::{Act, Thing};

/// What was found so far.
pub(super) struct Findings<'p> {
    pub(super) plan: &'p Plan,
    found: Vec<(Option<usize>, LintCode, String)>,
    /// What the plan makes, and where it first does.
    made: BTreeMap<Thing<'p>, usize>,
    /// Stages to which it gives a canary release, and where it first does.
    canaries: BTreeMap<Thing<'p>, usize>,
}

impl<'p> Findings<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        let (mut made, mut canaries) = (BTreeMap::new(), BTreeMap::new());
        for (place, step) in plan.body.steps.iter().enumerate() {
            let act = Act::of(&step.id, &step.operation);
            if let Act::Makes(thing) = act {
                made.entry(thing).or_insert(place);
            }
            if let Operation::SetCanary { .. } = step.operation {
                canaries.entry(act.thing()).or_insert(place);
            }
        }
        Self {
            plan,
            found: Vec::new(),
            made,
            canaries,
        }
    }

    /// The steps with their places.
    pub(super) fn steps(&self) -> impl Iterator<Item = (usize, &'p Step)> + use<'p> {
        self.plan.body.steps.iter().enumerate()
    }

    /// Whether a step before this place makes this.
    pub(super) fn makes(&self, thing: Thing<'p>, before: usize) -> bool {
        self.made.get(&thing).is_some_and(|place| *place < before)
    }

    /// Whether a step before this place gives this stage a canary release.
    pub(super) fn canaries(&self, stage: Thing<'p>, before: usize) -> bool {
        let place = self.canaries.get(&stage);
        place.is_some_and(|place| *place < before)
    }

    /// Something is wrong with the plan as a whole.
    pub(super) fn whole(&mut self, code: LintCode, what: impl Into<String>) {
        self.found.push((None, code, what.into()));
    }

    /// Something is wrong with the step at this place.
    pub(super) fn at(&mut self, place: usize, code: LintCode, what: impl Into<String>) {
        self.found.push((Some(place), code, what.into()));
    }

    /// All of it: what concerns the whole first, then step by step; each told once.
    pub(super) fn lints(mut self) -> Vec<Lint> {
        self.found.sort();
        self.found.dedup();
        let steps = &self.plan.body.steps;
        let lint = |(place, code, what): (Option<usize>, LintCode, String)| Lint {
            step: place.and_then(|place| steps.get(place).map(|step| step.id.clone())),
            code,
            what: Text::from(what),
        };
        self.found.into_iter().map(lint).collect()
    }
}
