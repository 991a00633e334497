//! What every part of planning stands on: the region as it was seen, what was found in it, what a
//! person chose, and names that follow from them.

use unbridge_model::apigateway::Tags;
use unbridge_model::assessment::Assessment;
use unbridge_model::id::{AccountId, ListenerArn, LoadBalancerArn, PlanId, Region, StepId};
use unbridge_model::journal::PLAN_TAG;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Choices, Phase, Step, Undo};
use unbridge_model::route::UriScheme;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::objects::ById;

/// What every part of planning knows.
pub(crate) struct Ground<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) region: &'a Region,
    pub(crate) facts: &'a RegionFacts,
    pub(crate) known: ById<'a>,
    pub(crate) assessment: &'a Assessment,
    pub(crate) choices: &'a Choices,
    pub(crate) plan_id: PlanId,
}

/// A listener of an ALB at which requests end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Destination {
    pub(crate) alb: LoadBalancerArn,
    pub(crate) port: u16,
    pub(crate) listener: ListenerArn,
    pub(crate) scheme: UriScheme,
}

impl Ground<'_> {
    /// Tags on everything that is made: those that were chosen, and the plan's.
    pub(crate) fn tags(&self) -> Tags {
        let mut tags = self.choices.tags.clone();
        tags.insert(Text::new(PLAN_TAG), Text::from(self.plan_id.to_string()));
        tags
    }

    /// A name that no other plan gives: `unbridge-65b86f11890d-link`.
    pub(crate) fn name(&self, what: &str) -> Text {
        Text::from(format!("unbridge-{}-{what}", self.plan_id.short()))
    }
}

/// A step of which only the change and the way back are said.
pub(crate) fn step(id: StepId, phase: Phase, operation: Operation, undo: Undo) -> Step {
    Step {
        id,
        phase,
        forward: Text::new(""),
        backward: Text::new(""),
        preconditions: Vec::new(),
        operation,
        verification: Vec::new(),
        verify_within: 0,
        gate: None,
        undo,
    }
}

/// The way back that this change is.
pub(crate) fn back(operation: Operation) -> Undo {
    back_if(operation, Vec::new())
}

/// The way back that this change is, where what stands there is still ours.
pub(crate) fn back_if(operation: Operation, only_if: Vec<Condition>) -> Undo {
    Undo::Operation { operation, only_if }
}
