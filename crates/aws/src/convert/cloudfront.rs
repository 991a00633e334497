//! Distributions and VPC origins of CloudFront.

use aws_sdk_cloudfront::types;
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::user::{Pointer, User, UserKind};

use super::{Converted, Subject, dns_name, user};

/// The distribution and the names of its origins. Headers that it adds for them may be secrets and
/// are not looked at.
///
/// An origin that is reached by a VPC origin has a name too; the VPC origin itself is another user.
pub(crate) fn distribution(told: &types::DistributionSummary) -> Converted<Option<User>> {
    let subject = Subject::new("distribution", Some(told.id()));
    let origins = told.origins().map(types::Origins::items);
    let pointers = origins
        .unwrap_or_default()
        .iter()
        .map(|origin| Pointer::DnsName(dns_name(origin.domain_name())))
        .collect();
    let id = subject.text("Id", Some(told.id()))?;
    Ok(user(UserKind::CloudfrontOrigin, None, id, pointers))
}

/// The VPC origin; `None` when an instance is its end.
pub(crate) fn vpc_origin(told: &types::VpcOriginSummary) -> Converted<Option<User>> {
    let subject = Subject::new("VPC origin", Some(told.id()));
    let end = LoadBalancerArn::new(told.origin_endpoint_arn());
    let pointers = end.ok().map(Pointer::Arn).into_iter().collect();
    let id = subject.text("Id", Some(told.id()))?;
    Ok(user(UserKind::CloudfrontVpcOrigin, None, id, pointers))
}
