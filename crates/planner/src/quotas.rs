//! What AWS allows of what a plan makes, unless it was raised. Of links: `passage::LINKS`.

use unbridge_model::plan::Choices;

/// Stages of an API. Source: API Gateway developer guide, "Quotas for configuring and running a REST
/// API".
const STAGES: usize = 10;

/// Stages that an API may have, where a person may have said that AWS raised it.
pub(crate) fn stages(choices: &Choices) -> usize {
    let chosen = choices.stage_quota;
    chosen.map_or(STAGES, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

/// Rules of a security group in one direction, each peer counted, and a group as one; a prefix list
/// counts as many as it may have entries, which no snapshot holds. Source: Amazon VPC user guide,
/// "Amazon VPC quotas", L-0EA8095F. It can be raised; 60 is assumed.
pub(crate) const RULES: usize = 60;
