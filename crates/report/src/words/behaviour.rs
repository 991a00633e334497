//! Evidence of what a move would change for requests, and of what would stop them.

use unbridge_model::finding::{ApiRef, ApiStage, BlockedPath, CertificateProblem, TrafficTold};
use unbridge_model::id::{
    AccountId, LoadBalancerArn, SecurityGroupId, StageName, SubnetId, VpcLinkId,
};
use unbridge_model::text::Text;

use super::{
    Evidence, MOST, albs_in_words, api, apis_in_words, ids, load_balancer, name, names, plural,
    stage, traffic, usable_subnets,
};
use crate::layout::{count, some};

/// `ALB orders-alb:443`.
fn alb_port(alb: &LoadBalancerArn, port: u16) -> String {
    format!("ALB {}:{port}", load_balancer(alb))
}

pub(super) fn tls_ends_at_nlb(
    port: u16,
    alb: &LoadBalancerArn,
    behind: u16,
    protocol: &Text,
) -> Evidence {
    Evidence::new(format!(
        "TLS ends at port {port}; behind it stands {}, which speaks {}",
        alb_port(alb, behind),
        name(protocol)
    ))
}

pub(super) fn no_alb_listener_for_port(
    alb: &LoadBalancerArn,
    port: u16,
    apis: &[ApiRef],
) -> Evidence {
    Evidence::with(
        format!(
            "ALB {} has no listener on port {port}; {}:",
            load_balancer(alb),
            apis_in_words(apis.len())
        ),
        apis.iter().map(api),
    )
}

pub(super) fn port_not_allowed(alb: &LoadBalancerArn, port: u16) -> Evidence {
    Evidence::new(format!(
        "{}: only 80, 443 and 1024 up can be called",
        alb_port(alb, port)
    ))
}

pub(super) fn host_header_rule_changes(
    (alb, port): (&LoadBalancerArn, u16),
    (before, after): (&Text, &Text),
    rules: &[Text],
    apis: &[ApiRef],
) -> Evidence {
    let seen_by = if rules.is_empty() {
        "no rule looks at it, its targets may".to_owned()
    } else {
        format!(
            "{} at it",
            plural(rules.len(), "a rule looks", "rules look")
        )
    };
    let rules = names(rules);
    Evidence::with(
        format!(
            "{} sees Host {} today and {} after a move; {seen_by}; {}:",
            alb_port(alb, port),
            name(before),
            name(after),
            apis_in_words(apis.len())
        ),
        rules.chain(apis.iter().map(api)),
    )
}

pub(super) fn certificate_name_mismatch(
    alb: &LoadBalancerArn,
    port: u16,
    host: &Text,
    problem: &CertificateProblem,
) -> Evidence {
    let (what, details) = match problem {
        CertificateProblem::NoName { names } => (
            "no certificate is good for it; they are good for:".to_owned(),
            names.as_slice(),
        ),
        CertificateProblem::Expired { not_after } => (
            format!("its certificate ended at {}", name(not_after)),
            &[][..],
        ),
        CertificateProblem::NotPublic { origin } => (
            format!(
                "its certificate ({}) is of no public authority",
                name(origin)
            ),
            &[][..],
        ),
        CertificateProblem::Imported => (
            "its certificate was imported, so it is not known who issued it".to_owned(),
            &[][..],
        ),
        CertificateProblem::NameSealed => (
            "an HTTP API verifies a name of its own there, which is not kept".to_owned(),
            &[][..],
        ),
        CertificateProblem::Unread { certificates } => (
            "its certificates could not be read:".to_owned(),
            certificates.as_slice(),
        ),
    };
    Evidence::with(
        format!("{}, host {}: {what}", alb_port(alb, port), name(host)),
        names(details),
    )
}

pub(super) fn source_ip_rule(
    alb: &LoadBalancerArn,
    port: u16,
    rules: &[Text],
    ranges: &[Text],
) -> Evidence {
    let named: Vec<String> = names(ranges).collect();
    Evidence::with(
        format!(
            "{}: {} at the source address ({}):",
            alb_port(alb, port),
            plural(rules.len(), "a rule looks", "rules look"),
            some(&named, MOST)
        ),
        names(rules),
    )
}

pub(super) fn unknown_rule_field(
    alb: &LoadBalancerArn,
    port: u16,
    rules: &[Text],
    fields: &[Text],
) -> Evidence {
    let fields: Vec<String> = names(fields).collect();
    Evidence::with(
        format!(
            "{}: not known are {}; in:",
            alb_port(alb, port),
            some(&fields, MOST)
        ),
        names(rules),
    )
}

pub(super) fn waf_on_alb(
    alb: &LoadBalancerArn,
    web_acl: &Text,
    by_source: &[Text],
    maybe_by_source: &[Text],
) -> Evidence {
    let does = by_source
        .iter()
        .map(|rule| format!("{} looks at the source address", name(rule)));
    let may = maybe_by_source
        .iter()
        .map(|rule| format!("{} may look at the source address", name(rule)));
    let none = if by_source.is_empty() && maybe_by_source.is_empty() {
        "; none of its rules looks at the source address"
    } else {
        ":"
    };
    Evidence::with(
        format!(
            "web ACL {} before ALB {}{none}",
            name(web_acl),
            load_balancer(alb)
        ),
        does.chain(may),
    )
}

pub(super) fn alb_security_group_closed(
    alb: &LoadBalancerArn,
    port: u16,
    groups: &[SecurityGroupId],
) -> Evidence {
    let of = if groups.is_empty() {
        String::new()
    } else {
        format!(" ({})", ids(groups))
    };
    Evidence::new(format!(
        "{}: its security groups{of} admit no subnet that the link could stand in",
        alb_port(alb, port)
    ))
}

pub(super) fn nacl_blocks_link(
    alb: &LoadBalancerArn,
    blocked: &[BlockedPath],
    usable: &[SubnetId],
) -> Evidence {
    let path = |path: &BlockedPath| {
        let BlockedPath {
            from,
            to,
            network_acl,
        } = path;
        format!("{from} to {to}: {}", name(network_acl))
    };
    Evidence::with(
        format!(
            "ALB {}: {}; blocked:",
            load_balancer(alb),
            usable_subnets(usable)
        ),
        blocked.iter().map(path),
    )
}

pub(super) fn no_free_addresses(
    alb: &LoadBalancerArn,
    full: &[SubnetId],
    usable: &[SubnetId],
) -> Evidence {
    Evidence::new(format!(
        "ALB {}: {} {}; {}",
        load_balancer(alb),
        plural(full.len(), "full subnet", "full subnets"),
        ids(full),
        usable_subnets(usable)
    ))
}

pub(super) fn shared_vpc(
    alb: &LoadBalancerArn,
    subnets: &[SubnetId],
    owners: &[AccountId],
) -> Evidence {
    Evidence::new(format!(
        "ALB {}: {} {} of account{} {}",
        load_balancer(alb),
        plural(subnets.len(), "subnet", "subnets"),
        ids(subnets),
        if owners.len() == 1 { "" } else { "s" },
        ids(owners)
    ))
}

pub(super) fn rare_traffic(link: &VpcLinkId, told: TrafficTold) -> Evidence {
    Evidence::new(format!("VPC link v1 {link}: {}", traffic(told)))
}

pub(super) fn stage_path_check(apis: &[ApiRef]) -> Evidence {
    Evidence::with(
        format!("{}:", apis_in_words(apis.len())),
        apis.iter().map(api),
    )
}

pub(super) fn stage_cache(of: &ApiRef, on: &StageName, size: &Text) -> Evidence {
    Evidence::new(format!(
        "{}: a cache of {} GB",
        stage(of, Some(on)),
        name(size)
    ))
}

pub(super) fn backend_client_certificate(stages: &[ApiStage], listeners: &[Text]) -> Evidence {
    let shows = stages.iter().map(|shows| {
        let ApiStage { api, stage: on } = shows;
        format!("{} shows a certificate", stage(api, Some(on)))
    });
    let asks = names(listeners).map(|listener| format!("{listener} asks for a certificate"));
    Evidence::with(
        format!(
            "{}, {}:",
            count(stages.len(), "stage", "stages"),
            count(listeners.len(), "listener", "listeners")
        ),
        shows.chain(asks),
    )
}

pub(super) fn alb_internet_facing_target(albs: &[LoadBalancerArn]) -> Evidence {
    Evidence::new(format!(
        "{} {} internet-facing",
        albs_in_words(albs),
        plural(albs.len(), "is", "are")
    ))
}
