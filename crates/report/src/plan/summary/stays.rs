//! What means nothing any more once a plan is carried out, and stays: a person may want to look after
//! it.

use unbridge_model::plan::Body;
use unbridge_model::plan::left::Left;

use super::{api, heading, load_balancer};
use crate::layout;
use crate::words;

/// Puts what stays.
pub(super) fn put(page: &mut String, body: &Body, columns: usize) {
    if body.left.is_empty() {
        return;
    }
    heading(page, "What stays, and means nothing any more");
    for left in &body.left {
        layout::fill(page, "  ", &told(body, left), columns);
    }
}

fn told(body: &Body, left: &Left) -> String {
    match left {
        Left::Alarm { nlb, alarm } => {
            format!(
                "alarm {}, which watches {}",
                words::name(alarm),
                load_balancer(nlb)
            )
        }
        Left::Address { nlb, address } => format!(
            "address {} of {}; an elastic one stays billed",
            words::name(address),
            load_balancer(nlb)
        ),
        Left::Rule { group, lets_in } => format!(
            "a rule of security group {group} that may have been for the NLB alone: {}",
            words::name(lets_in)
        ),
        Left::SecurityGroup { nlb, group } => {
            format!("security group {group} of {}", load_balancer(nlb))
        }
        Left::TargetGroup { group } => format!(
            "{}, to which other load balancers forward",
            words::group(group)
        ),
        Left::Deployments {
            link,
            api: id,
            count,
        } => {
            let many = match count {
                Some(count) => format!("{count} deployments"),
                None => "an unknown number of deployments".to_owned(),
            };
            format!(
                "{many} of {} that no stage runs: they may name link {link}, and cannot be gone \
                 back to",
                api(body, id)
            )
        }
    }
}
