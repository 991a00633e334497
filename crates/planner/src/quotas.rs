//! What AWS allows of what a plan makes, unless it was raised. Of links: `passage::LINKS`.

/// Stages of an API. Source: API Gateway developer guide, "Quotas for configuring and running a REST
/// API".
pub(crate) const STAGES: usize = 10;

/// Rules of a security group in one direction, each peer counted, and groups and prefix lists as
/// one. Source: Amazon VPC user guide, "Amazon VPC quotas", L-0EA8095F. It can be raised; 60 is
/// assumed.
pub(crate) const RULES: usize = 60;
