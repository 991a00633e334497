//! The calls that a step would make, for a person who wants to see them before they are made.

use unbridge_model::plan::{Plan, Step};

use super::cli_words::{Change, change, owner};
use crate::safe::printable;

/// The calls of a step as calls of the AWS CLI, behind `aws`. What a step before it makes stands in
/// them by that step's name.
#[must_use]
pub fn step_calls(plan: &Plan, step: &Step) -> Vec<String> {
    let Some(owner) = owner(plan, &step.id) else {
        return Vec::new();
    };
    let calls = match change(&step.operation, &owner, &plan.body.region) {
        Change::Call(call) => vec![call.shell()],
        Change::StageLike { look, create, .. } => vec![
            look.shell(),
            create.shell(),
            "apigateway update-stage, with what create-stage does not take".to_owned(),
        ],
        Change::Furnish { look, .. } => vec![
            look.shell(),
            "apigateway update-stage and wafv2 associate-web-acl, with what the stage lacks"
                .to_owned(),
        ],
        Change::IntegrationLike { look, .. } => vec![
            look.shell(),
            "apigatewayv2 create-integration, like it but for the link and the listener".to_owned(),
        ],
        Change::CloseEgress { look, .. } => vec![
            look.shell(),
            "ec2 revoke-security-group-egress, of the rules that let everything out".to_owned(),
        ],
    };
    calls
        .iter()
        .map(|call| printable(call).into_owned())
        .collect()
}
