//! What means nothing any more once a plan is carried out, and stays: a person may want to look after
//! it.

use std::collections::BTreeMap;

use unbridge_model::plan::Body;
use unbridge_model::plan::choices::StageRef;
use unbridge_model::plan::left::Left;

use super::{api, heading, load_balancer};
use crate::layout;
use crate::words;

/// Puts what stays.
pub(super) fn put(page: &mut String, body: &Body, columns: usize) {
    put_stages(page, body, columns);
    if body.left.is_empty() {
        return;
    }
    heading(page, "What stays, and means nothing any more");
    for left in &body.left {
        layout::fill(page, "  ", &told(body, left), columns);
    }
}

/// Puts the stages that stay on the old way though their API's draft does not.
fn put_stages(page: &mut String, body: &Body, columns: usize) {
    let mut by_api: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for StageRef { api, stage } in &body.stay {
        by_api.entry(api).or_default().push(stage.as_str());
    }
    if by_api.is_empty() {
        return;
    }
    heading(page, "What stays on the old way");
    for (id, stages) in by_api {
        let many = if stages.len() == 1 { "stage" } else { "stages" };
        let text = format!(
            "{many} {} of {}. Its draft is on the new way once this is carried out, so the next \
             deployment moves {}, without proof or canary: plan it before somebody deploys.",
            words::name(&stages.join(", ")),
            api(body, id),
            if stages.len() == 1 { "it" } else { "them" },
        );
        layout::fill(page, "  ", &text, columns);
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
