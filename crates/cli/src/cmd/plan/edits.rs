//! Whether the snapshot holds the objects that a person lets a plan change: a mistyped one would
//! only be waited for again.

use std::collections::BTreeSet;

use unbridge_model::apigateway::LinkReach;
use unbridge_model::plan::choices::Choices;
use unbridge_model::snapshot::RegionFacts;

use crate::error::Failure;
use crate::near::near;

/// Refuses an object that the region does not have.
pub(super) fn check(facts: &RegionFacts, choices: &Choices) -> Result<(), Failure> {
    let known = known(facts);
    let mistyped = choices.edit.iter();
    let mut mistyped = mistyped.filter(|id| !known.contains(id.as_str()) && !is_unread(facts, id));
    let Some(typed) = mistyped.next() else {
        return Ok(());
    };
    let failure = Failure::usage(format!("--edit {typed}: the snapshot holds no such object"));
    let like = near(typed, known.iter().map(String::as_str));
    Err(match like.is_empty() {
        true => failure.hint("an id or ARN, as a plan says it: --edit ID"),
        false => failure.hint(format!("one of: {}", like.join(", "))),
    })
}

/// Ids and ARNs of everything that a plan may change.
fn known(facts: &RegionFacts) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for api in &facts.rest_apis {
        known.insert(api.id.to_string());
        let stages = api.stages.iter().flatten();
        known.extend(stages.map(|stage| format!("{}/{}", api.id, stage.name)));
    }
    for api in &facts.http_apis {
        known.insert(api.id.to_string());
        let stages = api.stages.iter().flatten();
        known.extend(stages.map(|stage| format!("{}/{}", api.id, stage.name)));
    }
    for balancer in facts.load_balancers.values() {
        known.insert(balancer.arn.to_string());
        known.extend(balancer.security_groups.iter().map(ToString::to_string));
    }
    known.extend(facts.target_groups.keys().map(ToString::to_string));
    for link in facts.v1_links.values().chain(facts.v2_links.values()) {
        known.insert(link.id.to_string());
        if let LinkReach::V2 {
            security_groups, ..
        } = &link.reach
        {
            known.extend(security_groups.iter().map(ToString::to_string));
        }
    }
    let groups = facts.vpcs.values();
    let groups = groups.flat_map(|vpc| vpc.security_groups.iter().flatten());
    known.extend(groups.map(|group| group.id.to_string()));
    known
}

/// Whether it may be there and was not read.
fn is_unread(facts: &RegionFacts, id: &str) -> bool {
    if id.starts_with("sg-") {
        return facts.vpcs.values().any(|vpc| vpc.security_groups.is_none());
    }
    let Some((api, _)) = id.split_once('/') else {
        return false;
    };
    let rest = facts.rest_apis.iter();
    let http = facts.http_apis.iter();
    rest.map(|known| (known.id.as_str(), known.stages.is_none()))
        .chain(http.map(|known| (known.id.as_str(), known.stages.is_none())))
        .any(|(known, unread)| known == api && unread)
}
