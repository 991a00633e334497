//! The data plane: what happens to one concrete request to a stage of a REST API, from the stage to
//! the listener that decides.
//!
//! Written from AWS's documentation of API Gateway and Elastic Load Balancing, and from nothing in
//! the scanner. What AWS leaves open is decided here so:
//!
//! - A method is picked by its resource first: the one that fits best segment by segment (a literal
//!   beats `{param}` beats `{proxy+}`), then its own verb before `ANY`. A resource without that verb
//!   does not hand the request on.
//! - A path variable that no parameter maps stays in the address as it is written.
//! - Regular expressions search, anchored only where they say so; on hosts and headers without
//!   regard to case.
//! - A condition on a header or the query string is decided by the raw value behind its digest.
//!   Where that is not kept, or API Gateway may set the header itself, the rule may match or not:
//!   its end is one of several. So is that of a rule with an unknown condition, with a range of
//!   source addresses that holds some of the addresses the ALB may see, or with a host that fits a
//!   Host header only with or only without its port.
//! - A transform that would change what a redirect is made of makes the answer unseen.
//! - Security groups and network ACLs are not asked.

mod address;
mod balancer;
mod gateway;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use unbridge_model::apigateway::LinkReach;
use unbridge_model::route::{Landing, ListenerEnd, Request, UriScheme};
use unbridge_model::text::Text;

use crate::account::{Account, RegionState};
pub(crate) use address::Range;

/// Where a request lands.
#[must_use]
pub fn answer(account: &Account, request: &Request) -> Landing {
    account
        .regions
        .get(&request.region)
        .ok_or(Stop::NotPrivate)
        .and_then(|state| follow(state, request))
        .unwrap_or_else(Landing::from)
}

/// Why a request lands nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// Nobody answers it, or it goes over no link.
    NotPrivate,
    /// It cannot arrive.
    Refused,
    /// What AWS does with it is not known.
    Unseen,
}

impl From<Stop> for Landing {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::NotPrivate => Self::NotPrivate,
            Stop::Refused => Self::Refused,
            Stop::Unseen => Self::Unseen,
        }
    }
}

/// A request at the listener that decides, and what that does with it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Arrival {
    host: Text,
    path: Text,
    end: ListenerEnd,
}

fn follow(state: &RegionState, request: &Request) -> Result<Landing, Stop> {
    let sent = gateway::send(state, request)?;
    let mut links = state.links.iter();
    let link = links.find(|link| link.id.as_str() == sent.link.as_str());
    let link = link.ok_or(Stop::Refused)?;
    if link.status != "AVAILABLE" {
        return Err(Stop::Refused);
    }
    let target = match &link.reach {
        LinkReach::V1 { targets } => targets.first().map(|arn| arn.as_str()),
        LinkReach::V2 { .. } => sent.target.as_deref(),
    };
    let arrivals = balancer::arrive(state, link, target.ok_or(Stop::Refused)?, &sent)?;
    landing(sent.scheme, arrivals)
}

/// One landing of all the ways that a request may take.
fn landing(scheme: UriScheme, arrivals: Vec<Arrival>) -> Result<Landing, Stop> {
    let mut arrivals = arrivals.into_iter();
    let Arrival { host, path, end } = arrivals.next().ok_or(Stop::Refused)?;
    let mut ends = BTreeSet::from([end]);
    for other in arrivals {
        // One landing has one host and one path.
        if other.host != host || other.path != path {
            return Err(Stop::Unseen);
        }
        ends.insert(other.end);
    }
    Ok(Landing::Lands {
        scheme,
        host,
        path,
        ends,
    })
}
