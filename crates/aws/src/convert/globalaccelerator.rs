//! Accelerators, their listeners, and the load balancers at their ends.

use aws_sdk_globalaccelerator::types;
use unbridge_model::id::{AcceleratorArn, AcceleratorListenerArn, LoadBalancerArn};
use unbridge_model::user::{Pointer, User, UserKind};

use super::{Converted, Subject, user};

pub(crate) fn accelerator(told: &types::Accelerator) -> Converted<AcceleratorArn> {
    Subject::new("accelerator", told.name()).id("AcceleratorArn", told.accelerator_arn())
}

pub(crate) fn listener(told: &types::Listener) -> Converted<AcceleratorListenerArn> {
    Subject::new("listener of an accelerator", None).id("ListenerArn", told.listener_arn())
}

/// The group of endpoints; `None` when no load balancer is one. Other endpoints are instances and
/// elastic addresses of instances.
pub(crate) fn endpoint_group(told: &types::EndpointGroup) -> Converted<Option<User>> {
    let subject = Subject::new("endpoint group", told.endpoint_group_arn());
    let id = subject.text("EndpointGroupArn", told.endpoint_group_arn())?;
    let pointers = told
        .endpoint_descriptions()
        .iter()
        .filter_map(|endpoint| LoadBalancerArn::new(endpoint.endpoint_id()?).ok())
        .map(Pointer::Arn)
        .collect();
    Ok(user(UserKind::AcceleratorEndpoint, None, id, pointers))
}
