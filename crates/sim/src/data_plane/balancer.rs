//! Elastic Load Balancing's part: from a load balancer to the listener that decides.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::elb::{
    Action, Listener, LoadBalancer, LoadBalancerType, TargetGroup, TargetType, WeightedGroup,
};
use unbridge_model::id::TargetGroupArn;
use unbridge_model::route::{ListenerEnd, UriScheme};
use unbridge_model::text::Text;

use super::address::Range;
use super::gateway::Sent;
use super::{Arrival, Stop, rules};
use crate::account::RegionState;

/// Everything that a request may meet at a load balancer.
pub(super) fn arrive(
    state: &RegionState,
    link: &VpcLink,
    target: &str,
    sent: &Sent<'_>,
) -> Result<Vec<Arrival>, Stop> {
    if target.contains(":listener/") {
        // Whether a version 2 link takes a listener is not documented.
        return Err(Stop::Unseen);
    }
    let mut lbs = state.load_balancers.iter();
    let lb = lbs
        .find(|lb| lb.arn.as_str() == target)
        .ok_or(Stop::Refused)?;
    let through = subnets_of(state, link);
    match lb.kind {
        LoadBalancerType::Application => {
            let listener = listener_on(lb, sent.port)?;
            at_alb(state, listener, sent.scheme, &through, sent)
        }
        LoadBalancerType::Network => {
            // Traffic of a version 1 link comes from the NLB's own addresses. Over a version 2 link
            // it depends on the group whether the link's address is kept.
            let sources = [addresses_of(state, lb), through].concat();
            at_nlb(state, listener_on(lb, sent.port)?, &sources, sent)
        }
        LoadBalancerType::Gateway => Err(Stop::Refused),
    }
}

/// The ranges that the interfaces of a version 2 link have their addresses from.
fn subnets_of(state: &RegionState, link: &VpcLink) -> Vec<Range> {
    let LinkReach::V2 { subnets, .. } = &link.reach else {
        return Vec::new();
    };
    let known = state
        .vpcs
        .iter()
        .flat_map(|vpc| vpc.subnets.iter().flatten());
    known
        .filter(|subnet| subnets.contains(&subnet.id))
        .filter_map(|subnet| Range::parse(&subnet.cidr))
        .collect()
}

fn addresses_of(state: &RegionState, lb: &LoadBalancer) -> Vec<Range> {
    let interfaces = state.network_interfaces.iter();
    interfaces
        .filter(|interface| interface.load_balancer == lb.arn.tail())
        .flat_map(|interface| &interface.addresses)
        .filter_map(|address| Range::parse(address))
        .collect()
}

fn listener_on(lb: &LoadBalancer, port: u16) -> Result<&Listener, Stop> {
    let mut listeners = lb.listeners.iter().flatten();
    let found = listeners.find(|listener| listener.port == Some(port));
    found.ok_or(Stop::Refused)
}

/// Groups of a forward that get requests.
fn used(groups: &[WeightedGroup]) -> BTreeSet<TargetGroupArn> {
    let used = groups.iter().filter(|group| group.weight != Some(0));
    used.map(|group| group.group.clone()).collect()
}

/// Through an NLB's listener. A request may take any of the groups, so all of them count; where
/// some ways end and others do not, nothing certain can be said.
fn at_nlb(
    state: &RegionState,
    listener: &Listener,
    sources: &[Range],
    sent: &Sent<'_>,
) -> Result<Vec<Arrival>, Stop> {
    let Some(Action::Forward { groups }) = listener.default_actions.first() else {
        return Err(Stop::Refused);
    };
    let mut ways = Vec::new();
    for arn in used(groups) {
        let group = state.target_group(&arn);
        let group = group.filter(|group| group.targets.iter().flatten().next().is_some());
        let way = group.ok_or(Stop::Refused).and_then(|group| {
            let scheme = behind(listener, group, sent.scheme);
            at_group(state, group, scheme, sources, sent)
        });
        ways.push(way);
    }
    merged(ways)
}

fn merged(ways: Vec<Result<Vec<Arrival>, Stop>>) -> Result<Vec<Arrival>, Stop> {
    if ways.iter().all(|way| *way == Err(Stop::Refused)) {
        return Err(Stop::Refused);
    }
    let is_certain = ways.iter().flatten().all(|way| way.len() == 1);
    let mut arrivals = Vec::new();
    for way in ways {
        arrivals.extend(way.map_err(|_| Stop::Unseen)?);
    }
    match one_forward(&arrivals) {
        Some(one) if is_certain => Ok(vec![one]),
        _ => Ok(arrivals),
    }
}

/// Ways that all forward the same request: it gets to one of all their groups.
fn one_forward(arrivals: &[Arrival]) -> Option<Arrival> {
    let mut one = arrivals.first()?.clone();
    for arrival in arrivals {
        let ListenerEnd::Forward { groups } = &arrival.end else {
            return None;
        };
        let ListenerEnd::Forward { groups: all } = &mut one.end else {
            return None;
        };
        if (&arrival.host, &arrival.path) != (&one.host, &one.path) {
            return None;
        }
        all.extend(groups.iter().cloned());
    }
    Some(one)
}

/// The scheme behind a listener: one that speaks TLS ends the encryption, and its group begins
/// another one or none.
fn behind(listener: &Listener, group: &TargetGroup, scheme: UriScheme) -> UriScheme {
    match (listener.protocol.as_deref(), group.protocol.as_deref()) {
        (Some("TLS"), Some("TLS")) => UriScheme::Https,
        (Some("TLS"), _) => UriScheme::Http,
        _ => scheme,
    }
}

fn at_group(
    state: &RegionState,
    group: &TargetGroup,
    scheme: UriScheme,
    sources: &[Range],
    sent: &Sent<'_>,
) -> Result<Vec<Arrival>, Stop> {
    let targets = group.targets.as_deref().unwrap_or_default();
    let alb_at = |lb: Option<&LoadBalancer>, port: Option<u16>| {
        let lb = lb.ok_or(Stop::Refused)?;
        let listener = listener_on(lb, port.or(group.port).ok_or(Stop::Refused)?)?;
        at_alb(state, listener, scheme, sources, sent)
    };
    match &group.target_type {
        TargetType::Alb => merged(
            targets
                .iter()
                .map(|target| {
                    let mut lbs = state.load_balancers.iter();
                    let lb = lbs.find(|lb| lb.arn.as_str() == target.id.as_str());
                    alb_at(lb, target.port)
                })
                .collect(),
        ),
        TargetType::Ip => {
            // With no healthy target an NLB sends to every one.
            let open = !targets.iter().any(|target| target.health == "healthy");
            let taking = targets
                .iter()
                .filter(|target| open || target.health == "healthy");
            let mut ways: Vec<_> = taking
                .map(|target| match alb_with(state, group, &target.id) {
                    Some(lb) => alb_at(Some(lb), target.port),
                    None => Ok(vec![served_by(group, sent)]),
                })
                .collect();
            ways.dedup();
            merged(ways)
        }
        TargetType::Instance => Ok(vec![served_by(group, sent)]),
        TargetType::Lambda | TargetType::Unknown(_) => Err(Stop::Unseen),
    }
}

/// The ALB that has this address in the group's VPC.
fn alb_with<'s>(
    state: &'s RegionState,
    group: &TargetGroup,
    address: &Text,
) -> Option<&'s LoadBalancer> {
    state.load_balancers.iter().find(|lb| {
        let mut interfaces = state.network_interfaces.iter();
        lb.kind == LoadBalancerType::Application
            && lb.vpc == group.vpc
            && interfaces.any(|interface| {
                interface.load_balancer == lb.arn.tail() && interface.addresses.contains(address)
            })
    })
}

/// An NLB's group of targets that are no ALB takes a request as it comes.
fn served_by(group: &TargetGroup, sent: &Sent<'_>) -> Arrival {
    Arrival {
        host: sent.host.clone(),
        path: Text::new(&sent.path),
        end: ListenerEnd::Forward {
            groups: BTreeSet::from([group.arn.clone()]),
        },
    }
}

fn at_alb(
    state: &RegionState,
    listener: &Listener,
    scheme: UriScheme,
    sources: &[Range],
    sent: &Sent<'_>,
) -> Result<Vec<Arrival>, Stop> {
    let speaks = match listener.protocol.as_deref() {
        Some("HTTP") => UriScheme::Http,
        Some("HTTPS") => UriScheme::Https,
        _ => return Err(Stop::Refused),
    };
    if speaks != scheme {
        return Err(Stop::Refused);
    }
    rules::decide(state, listener, sources, sent)
}

/// What a listener or rule does in the end with a request that it sees like this.
pub(super) fn end_of(
    listener: &Listener,
    actions: &[Action],
    host: &str,
    path: &str,
) -> Result<ListenerEnd, Stop> {
    match actions.first().ok_or(Stop::Refused)? {
        Action::Authenticate { by } => Ok(ListenerEnd::Authenticate { by: by.clone() }),
        Action::Forward { groups } => {
            let groups = used(groups);
            if groups.is_empty() {
                return Err(Stop::Refused);
            }
            Ok(ListenerEnd::Forward { groups })
        }
        Action::FixedResponse { status } => Ok(ListenerEnd::FixedResponse {
            status: status.clone(),
        }),
        redirect @ Action::Redirect { status, .. } => Ok(ListenerEnd::Redirect {
            location: location(listener, redirect, host, path)?,
            status: Text::new(status.trim_start_matches("HTTP_")),
        }),
        Action::Unknown { .. } => Err(Stop::Unseen),
    }
}

/// `http://host:port/path`; the query string is not kept of a redirect.
fn location(listener: &Listener, action: &Action, host: &str, path: &str) -> Result<Text, Stop> {
    let Action::Redirect {
        host: to_host,
        port: to_port,
        protocol: to_protocol,
        path: to_path,
        query_reads: _,
        status: _,
    } = action
    else {
        return Err(Stop::Unseen);
    };
    let port = listener.port.ok_or(Stop::Refused)?.to_string();
    let protocol = listener.protocol.as_deref().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let fill = |text: &str| {
        text.replace("#{host}", name)
            .replace("#{port}", &port)
            .replace("#{protocol}", protocol)
            .replace("#{path}", path.trim_start_matches('/'))
    };
    Ok(Text::from(format!(
        "{}://{}:{}{}",
        fill(to_protocol).to_ascii_lowercase(),
        fill(to_host),
        fill(to_port),
        fill(to_path)
    )))
}
