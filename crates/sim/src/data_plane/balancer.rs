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
use super::{Arrival, Depth, Stop, network, rules};
use crate::account::RegionState;

/// A request on its way behind a link.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) state: &'a RegionState,
    pub(super) link: &'a VpcLink,
    pub(super) sent: &'a Sent<'a>,
    pub(super) depth: Depth,
}

impl Way<'_> {
    /// Whether the link's traffic gets to a listener.
    fn passes_link(&self, lb: &LoadBalancer, port: u16) -> Result<(), Stop> {
        match self.depth {
            Depth::Configuration => Ok(()),
            Depth::Everything(_) => network::from_link(self.state, self.link, lb, port).check(),
        }
    }

    /// Whether an NLB's traffic gets to an ALB's listener.
    fn passes_nlb(&self, nlb: &LoadBalancer, alb: &LoadBalancer, port: u16) -> Result<(), Stop> {
        match self.depth {
            Depth::Configuration => Ok(()),
            Depth::Everything(_) => {
                network::from_nlb(self.state, self.link, nlb, alb, port).check()
            }
        }
    }

    /// A version 2 link reaches what stands in its own VPC. What a way between VPCs does for it is
    /// not documented, and is not built upon.
    fn shares_vpc(&self, lb: &LoadBalancer) -> Result<(), Stop> {
        let LinkReach::V2 { subnets, .. } = &self.link.reach else {
            return Ok(());
        };
        let Depth::Everything(_) = self.depth else {
            return Ok(());
        };
        let all = self.state.vpcs.iter();
        let mut all = all.flat_map(|vpc| vpc.subnets.iter().flatten());
        let apart =
            all.any(|known| subnets.contains(&known.id) && Some(&known.vpc) != lb.vpc.as_ref());
        match apart {
            true => Err(Stop::Refused),
            false => Ok(()),
        }
    }
}

/// Everything that a request may meet at a load balancer.
pub(super) fn arrive(way: &Way<'_>, target: &str) -> Result<Vec<Arrival>, Stop> {
    if target.contains(":listener/") {
        // Whether a version 2 link takes a listener is not documented.
        return Err(Stop::Unseen);
    }
    let mut lbs = way.state.load_balancers.iter();
    let lb = lbs
        .find(|lb| lb.arn.as_str() == target)
        .ok_or(Stop::Refused)?;
    match lb.kind {
        LoadBalancerType::Application | LoadBalancerType::Network => {
            arrive_at(way, lb, listener_on(lb, way.sent.port)?)
        }
        LoadBalancerType::Gateway => Err(Stop::Refused),
    }
}

/// Everything that a request of an HTTP API may meet at the listener with this ARN.
pub(super) fn arrive_at_listener(way: &Way<'_>, arn: &str) -> Result<Vec<Arrival>, Stop> {
    if arn.contains(":servicediscovery:") {
        // Cloud Map chooses among instances, which are not part of an account.
        return Err(Stop::Unseen);
    }
    let found = way.state.load_balancers.iter().find_map(|lb| {
        let mut listeners = lb.listeners.iter().flatten();
        let listener = listeners.find(|listener| listener.arn.as_str() == arn)?;
        Some((lb, listener))
    });
    let (lb, listener) = found.ok_or(Stop::Refused)?;
    arrive_at(way, lb, listener)
}

fn arrive_at(way: &Way<'_>, lb: &LoadBalancer, listener: &Listener) -> Result<Vec<Arrival>, Stop> {
    let through = subnets_of(way.state, way.link);
    way.shares_vpc(lb)?;
    way.passes_link(lb, listener.port.ok_or(Stop::Refused)?)?;
    match lb.kind {
        LoadBalancerType::Application => at_alb(way, listener, way.sent.scheme, &through),
        LoadBalancerType::Network => {
            // Traffic of a version 1 link comes from the NLB's own addresses. Over a version 2 link
            // it depends on the group whether the link's address is kept.
            let sources = [addresses_of(way.state, lb), through].concat();
            at_nlb(way, lb, listener, &sources)
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

/// Rule `port-chooses-listener`: of an ALB as of an NLB.
fn listener_on(lb: &LoadBalancer, port: u16) -> Result<&Listener, Stop> {
    let listeners = lb.listeners.as_ref().ok_or(Stop::Unseen)?;
    let found = listeners
        .iter()
        .find(|listener| listener.port == Some(port));
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
    way: &Way<'_>,
    nlb: &LoadBalancer,
    listener: &Listener,
    sources: &[Range],
) -> Result<Vec<Arrival>, Stop> {
    let Some(Action::Forward { groups }) = listener.default_actions.first() else {
        return Err(Stop::Refused);
    };
    let mut ways = Vec::new();
    for arn in used(groups) {
        let group = way.state.target_group(&arn);
        ways.push(group.ok_or(Stop::Refused).and_then(|group| {
            let scheme = behind(listener, group, way.sent.scheme);
            at_group(way, nlb, group, scheme, sources)
        }));
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
    way: &Way<'_>,
    nlb: &LoadBalancer,
    group: &TargetGroup,
    scheme: UriScheme,
    sources: &[Range],
) -> Result<Vec<Arrival>, Stop> {
    let &Way { state, sent, .. } = way;
    let targets = match (&group.targets, &group.target_type) {
        (Some(targets), _) => targets.as_slice(),
        // No instance is an ALB, whichever it is.
        (None, TargetType::Instance) => return Ok(vec![served_by(group, sent)]),
        (None, _) => return Err(Stop::Unseen),
    };
    if targets.is_empty() {
        return Err(Stop::Refused);
    }
    let alb_at = |lb: Option<&LoadBalancer>, port: Option<u16>| {
        let lb = lb.ok_or(Stop::Refused)?;
        let port = port.or(group.port).ok_or(Stop::Refused)?;
        let listener = listener_on(lb, port)?;
        way.passes_nlb(nlb, lb, port)?;
        at_alb(way, listener, scheme, sources)
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
    way: &Way<'_>,
    listener: &Listener,
    scheme: UriScheme,
    sources: &[Range],
) -> Result<Vec<Arrival>, Stop> {
    let speaks = match listener.protocol.as_deref() {
        Some("HTTP") => UriScheme::Http,
        Some("HTTPS") => UriScheme::Https,
        _ => return Err(Stop::Refused),
    };
    if speaks != scheme {
        return Err(Stop::Refused);
    }
    if listener.rules.is_none() {
        return Err(Stop::Unseen);
    }
    rules::decide(way.state, listener, sources, way.sent)
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
