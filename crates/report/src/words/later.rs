//! Evidence of what to know before the NLB goes, of who owns what a move changes, and of who can
//! get past the gateway.

use unbridge_model::finding::{ApiRef, OpenGroup, OwnedKind, OwnedObject};
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::text::Text;

use super::{Evidence, albs_in_words, api, apis_in_words, load_balancer, name, plural, ports};
use crate::layout::count;

pub(super) fn deletion_protection(attribute: &Text) -> Evidence {
    Evidence::new(format!("{} is on", name(attribute)))
}

pub(super) fn uri_names_nlb(apis: &[ApiRef], methods: u32, host: &Text) -> Evidence {
    Evidence::with(
        format!(
            "{methods} {} of {} {} {}:",
            if methods == 1 { "method" } else { "methods" },
            apis_in_words(apis.len()),
            if methods == 1 { "names" } else { "name" },
            name(host)
        ),
        apis.iter().map(api),
    )
}

pub(super) fn history_names_v1_link(of: &ApiRef, deployments: u32) -> Evidence {
    Evidence::new(format!(
        "{}: {deployments} {} that no stage runs",
        api(of),
        if deployments == 1 {
            "deployment"
        } else {
            "deployments"
        }
    ))
}

pub(super) fn owned(objects: &[OwnedObject], how: &str) -> Evidence {
    Evidence::with(
        format!("{how} {}:", count(objects.len(), "object", "objects")),
        objects.iter().map(object),
    )
}

fn object(object: &OwnedObject) -> String {
    let OwnedObject { kind, id, evidence } = object;
    let kind = match kind {
        OwnedKind::Api => "API",
        OwnedKind::Stage => "stage",
        OwnedKind::SecurityGroup => "security group",
        OwnedKind::VpcLink => "VPC link",
        OwnedKind::LoadBalancer => "load balancer",
        OwnedKind::TargetGroup => "target group",
    };
    let called = name(short(id));
    match evidence {
        Some(tag) => format!("{kind} {called} ({})", name(tag)),
        None => format!("{kind} {called}"),
    }
}

/// `net/orders` of a load balancer's ARN, `orders` of a target group's; ids as they are.
fn short(id: &str) -> &str {
    let after = |part| id.split_once(part).map(|(_, rest)| rest);
    let rest = after(":loadbalancer/").or_else(|| after(":targetgroup/"));
    rest.and_then(|rest| rest.rsplit_once('/'))
        .map_or(id, |(called, _)| called)
}

pub(super) fn deployed_by_pipeline(of: &ApiRef, deployments: u32) -> Evidence {
    Evidence::new(format!(
        "{}: {deployments} deployments in the last 90 days before the scan",
        api(of)
    ))
}

pub(super) fn internet_facing_nlb(of: &[u16]) -> Evidence {
    Evidence::new(format!(
        "internet-facing on {} {}",
        plural(of.len(), "port", "ports"),
        ports(of)
    ))
}

pub(super) fn internet_facing_alb_behind_gateway(albs: &[LoadBalancerArn]) -> Evidence {
    Evidence::new(format!(
        "{} {} internet-facing",
        albs_in_words(albs),
        plural(albs.len(), "is", "are")
    ))
}

pub(super) fn open_security_group(groups: &[OpenGroup]) -> Evidence {
    let open = |open: &OpenGroup| {
        let OpenGroup {
            group,
            load_balancer: of,
            ports,
        } = open;
        format!(
            "{group} of {}: {}",
            load_balancer(of),
            if ports == "all" {
                "all ports".to_owned()
            } else if ports.bytes().all(|byte| byte.is_ascii_digit()) {
                format!("port {ports}")
            } else {
                format!("ports {}", name(ports))
            }
        )
    };
    Evidence::with(
        format!(
            "{} every address:",
            plural(groups.len(), "1 group admits", "groups admit")
        ),
        groups.iter().map(open),
    )
}
