//! The data plane: what happens to one concrete request to a stage of an API, from the stage to the
//! listener that decides.
//!
//! [`answer`] asks the configuration of a REST API alone, as two other witnesses do. [`serve`] asks
//! everything else as well: one given deployment, HTTP APIs, security groups, network ACLs, and what
//! is not known of AWS.
//!
//! Written from AWS's documentation of API Gateway and Elastic Load Balancing, and from nothing in
//! the scanner. What AWS leaves open is decided here so:
//!
//! - Rule `method-picked`: a method is picked by its resource first: the one that fits best segment
//!   by segment (a literal beats `{param}` beats `{proxy+}`), then its own verb before `ANY`. A
//!   resource without that verb does not hand the request on.
//! - Rule `path-variables`: a path variable that no parameter maps stays in the address as it is
//!   written.
//! - Rule `listener-rules`: regular expressions search, anchored only where they say so; on hosts and
//!   headers without regard to case.
//! - Rule `conditions-unknown`: a condition on a header or the query string is decided by the raw
//!   value behind its digest. Where that is not kept, or API Gateway may set the header itself, the
//!   rule may match or not: its end is one of several. So is that of a rule with an unknown
//!   condition, with a range of source addresses that holds some of the addresses the ALB may see, or
//!   with a host that fits a Host header only with or only without its port.
//! - Rule `transforms`: a transform that would change what a redirect is made of makes the answer
//!   unseen.
//! - Targets of an NLB that are no ALB take what the NLB sends: their groups are not part of an
//!   account.
//! - Rule `parameters-unknown`: parameters of an integration that are not known are taken to fill
//!   path variables by their names, and may set any header ([`serve`] only: before and after a move
//!   they are the same).
//! - Rule `host-sent`, rule `link-carries`, rule `http-listener`, rule `deployment-unknown`: see the
//!   page on semantics.

mod address;
mod balancer;
mod gateway;
mod http;
mod network;
mod rules;
mod running;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::id::VpcLinkId;
use unbridge_model::route::{Landing, ListenerEnd, Request, UriScheme};
use unbridge_model::text::Text;

use crate::account::{Account, Content, RegionState};
use crate::live::{SwitchKind, Switches};
pub(crate) use address::Range;
use balancer::Way;
pub(crate) use gateway::filled_in;
use gateway::{Asked, Sent};
pub(crate) use network::admits_link;
pub use running::Running;

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

/// Where a request lands, and over which link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// Where it lands.
    pub landing: Landing,
    /// The link that its integration names, if that exists.
    pub link: Option<VpcLinkId>,
}

/// Where a request lands that this answers, whatever the request says of its API and share; by
/// everything that stands between.
#[must_use]
pub fn serve<A>(
    account: &Account,
    request: &Request<A>,
    running: Running<'_>,
    switches: Switches,
) -> Answer {
    serve_noting(account, request, running, switches, &mut BTreeSet::new())
}

/// As [`serve`]; notes which switches decided something.
pub(crate) fn serve_noting<A>(
    account: &Account,
    request: &Request<A>,
    running: Running<'_>,
    switches: Switches,
    decided: &mut BTreeSet<SwitchKind>,
) -> Answer {
    let Some(state) = account.regions.get(&request.region) else {
        return Answer {
            landing: Landing::NotPrivate,
            link: None,
        };
    };
    let depth = Depth::Everything(switches);
    let asked = Asked::of(request);
    let OnTheWay { landing, link } = on_the_way(state, &asked, &running, depth, decided);
    Answer {
        landing: landing.unwrap_or_else(Landing::from),
        link,
    }
}

/// How much is asked of what stands on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// The configuration of API Gateway and load balancers.
    Configuration,
    /// Everything, and what is not known of AWS is taken to be like this.
    Everything(Switches),
}

/// Where a request got to.
struct OnTheWay {
    landing: Result<Landing, Stop>,
    link: Option<VpcLinkId>,
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
    let running = state
        .rest_api(&request.api)
        .and_then(|api| Running::of_rest(api, request))
        .ok_or(Stop::NotPrivate)?;
    let (asked, depth) = (Asked::of(request), Depth::Configuration);
    on_the_way(state, &asked, &running, depth, &mut BTreeSet::new()).landing
}

/// Where a request goes that this answers, and over which link.
fn on_the_way(
    state: &RegionState,
    asked: &Asked<'_>,
    running: &Running<'_>,
    depth: Depth,
    decided: &mut BTreeSet<SwitchKind>,
) -> OnTheWay {
    let followed = match running {
        Running::Rest {
            deployment,
            variables,
            raw,
        } => match deployment.content {
            Content::Unknown => Err(Stop::Unseen),
            Content::Known => {
                gateway::choose(&deployment.methods, variables, asked).map(|chosen| {
                    let link = link_of(state, &chosen.link);
                    let sent = gateway::send(*asked, &chosen, variables, raw, depth);
                    let landing =
                        sent.and_then(|sent| over_link(state, link, sent, depth, decided));
                    (link, landing)
                })
            }
        },
        Running::Http { routes, variables } => {
            http::choose(routes, variables, asked).map(|chosen| {
                let link = link_of(state, &chosen.link);
                let sent = http::send(*asked, &chosen, variables);
                let landing = sent
                    .and_then(|(sent, listener)| to_listener(state, link, &sent, &listener, depth));
                (link, landing)
            })
        }
    };
    match followed {
        Ok((link, landing)) => OnTheWay {
            landing,
            link: link.map(|link| link.id.clone()),
        },
        Err(stop) => OnTheWay {
            landing: Err(stop),
            link: None,
        },
    }
}

fn link_of<'s>(state: &'s RegionState, id: &Result<Text, Stop>) -> Option<&'s VpcLink> {
    let id = id.as_ref().ok()?;
    let mut links = state.links.iter();
    links.find(|link| link.id.as_str() == id.as_str())
}

/// A link that carries requests.
fn carrying(link: Option<&VpcLink>) -> Result<&VpcLink, Stop> {
    let available = link.filter(|link| link.status == "AVAILABLE");
    available.ok_or(Stop::Refused)
}

/// A request of a REST API behind its link.
fn over_link(
    state: &RegionState,
    link: Option<&VpcLink>,
    mut sent: Sent<'_>,
    depth: Depth,
    decided: &mut BTreeSet<SwitchKind>,
) -> Result<Landing, Stop> {
    let link = carrying(link)?;
    let target = match (&link.reach, depth) {
        (LinkReach::V1 { targets }, _) => targets.first().map(|arn| Text::new(arn.as_str())),
        (LinkReach::V2 { .. }, Depth::Configuration) => sent.target.clone(),
        (LinkReach::V2 { .. }, Depth::Everything(switches)) => {
            gateway::in_the_face_of(&mut sent, state, switches, decided)?;
            // AWS takes none without a target, but it is not known whether an export tells it.
            Some(sent.target.clone().ok_or(Stop::Unseen)?)
        }
    };
    let way = Way {
        state,
        link,
        sent: &sent,
        depth,
    };
    let arrivals = balancer::arrive(&way, &target.ok_or(Stop::Refused)?)?;
    landing(sent.scheme, arrivals)
}

/// A request of an HTTP API behind its link.
fn to_listener(
    state: &RegionState,
    link: Option<&VpcLink>,
    sent: &Sent<'_>,
    listener: &str,
    depth: Depth,
) -> Result<Landing, Stop> {
    let way = Way {
        state,
        link: carrying(link)?,
        sent,
        depth,
    };
    landing(sent.scheme, balancer::arrive_at_listener(&way, listener)?)
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
