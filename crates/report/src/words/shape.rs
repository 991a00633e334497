//! Evidence of what an NLB is, and of whether requests over it arrive.

use unbridge_model::finding::{ApiRef, ListenerTarget, MethodRef, TrafficSeen};
use unbridge_model::id::{LoadBalancerArn, StageName, TargetGroupArn, VpcLinkId};
use unbridge_model::route::Broken;
use unbridge_model::text::Text;

use super::{
    Evidence, albs_in_words, api, apis_in_words, group, method, name, names, plural, ports, stage,
};
use crate::layout::count;
use crate::safe::printable;

pub(super) fn nlb_bridges_alb(albs: &[LoadBalancerArn], of: &[u16]) -> Evidence {
    Evidence::new(format!(
        "{} {} at {}",
        plural(of.len(), "port", "ports"),
        ports(of),
        albs_in_words(albs)
    ))
}

pub(super) fn nlb_direct_target(listeners: &[ListenerTarget]) -> Evidence {
    Evidence::with(
        format!(
            "{} of its own",
            count(listeners.len(), "listener", "listeners")
        ),
        listeners.iter().map(listener),
    )
}

pub(super) fn mixed_nlb(bridging: &[u16], others: &[ListenerTarget]) -> Evidence {
    Evidence::with(
        format!(
            "{} {} to ALBs; other listeners:",
            plural(bridging.len(), "port", "ports"),
            ports(bridging)
        ),
        others.iter().map(listener),
    )
}

pub(super) fn ip_target_bridge(
    of: &TargetGroupArn,
    albs: &[LoadBalancerArn],
    stale: &[Text],
) -> Evidence {
    Evidence::with(
        format!(
            "{} holds addresses of {}{}",
            group(of),
            albs_in_words(albs),
            if stale.is_empty() {
                ""
            } else {
                "; stale addresses:"
            }
        ),
        names(stale),
    )
}

pub(super) fn unused_v1_link(link: &VpcLinkId, called: &Text) -> Evidence {
    Evidence::new(format!("VPC link v1 {link} ({})", name(called)))
}

pub(super) fn chain_broken(
    api: &ApiRef,
    on: Option<&StageName>,
    methods: &[MethodRef],
    why: &Broken,
) -> Evidence {
    Evidence::with(
        format!(
            "{}, {}: {}",
            stage(api, on),
            count(methods.len(), "method", "methods"),
            printable(&why.to_string())
        ),
        methods.iter().map(method),
    )
}

pub(super) fn already_direct(apis: &[ApiRef], albs: &[LoadBalancerArn]) -> Evidence {
    Evidence::with(
        format!(
            "{} {} {} over VPC link v2:",
            apis_in_words(apis.len()),
            plural(apis.len(), "reaches", "reach"),
            albs_in_words(albs)
        ),
        apis.iter().map(api),
    )
}

pub(super) fn nlb_alb_without_gateway(albs: &[LoadBalancerArn]) -> Evidence {
    Evidence::new(format!("forwards to {}", albs_in_words(albs)))
}

pub(super) fn nlb_weighted_forward(port: u16, groups: &[(TargetGroupArn, u16)]) -> Evidence {
    Evidence::with(
        format!("port {port} forwards by weight:"),
        groups
            .iter()
            .map(|(target_group, weight)| format!("{weight} to {}", group(target_group))),
    )
}

pub(super) fn alb_health_check_wrong(
    of: &TargetGroupArn,
    targets: &[Text],
    traffic: TrafficSeen,
) -> Evidence {
    let passes = match traffic {
        TrafficSeen::Flowing => "traffic passes the NLB all the same",
        TrafficSeen::NoneSeen => "no traffic was seen to pass the NLB",
        TrafficSeen::Unknown => "whether traffic passes the NLB was not seen",
    };
    Evidence::with(
        format!(
            "{} holds targets that are not healthy; {passes}:",
            group(of)
        ),
        names(targets),
    )
}

fn listener(listener: &ListenerTarget) -> String {
    let ListenerTarget {
        port,
        group: target_group,
        target_type,
    } = listener;
    match (target_group, target_type) {
        (None, _) => format!("port {port} forwards nowhere"),
        (Some(arn), None) => format!("port {port} to {}", group(arn)),
        (Some(arn), Some(holds)) => format!("port {port} to {} ({})", group(arn), name(holds)),
    }
}
