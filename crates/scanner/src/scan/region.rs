//! One region: is anything in play there, and if so, all of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;

use futures::channel::{mpsc, oneshot};
use unbridge_model::apigateway::{Integration, LinkReach, VpcLink};
use unbridge_model::call::Call;
use unbridge_model::digest::Digester;
use unbridge_model::elb::{LoadBalancer, LoadBalancerType, Scheme};
use unbridge_model::id::{ListenerArn, LoadBalancerArn, Region};
use unbridge_model::network::NetworkInterface;
use unbridge_model::place::Scope;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::{Extent, Record, RegionDone};
use unbridge_model::template::Template;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measured, Span};

use super::ask::{Asker, Listing, Read, Shared, listed};
use super::balancers::Balancers;
use super::users::{self, Addresses};
use super::{ScanOptions, WhichApis, domains, http, network, rest, usage};

/// What the readers of APIs need to know of a region's links.
pub(super) struct Links {
    /// Ids of both versions: a stage variable with such a value routes requests.
    pub(super) ids: BTreeSet<Text>,
    /// Whether a WebSocket API could reach an NLB: over a version 1 link, or by a public name.
    pub(super) websocket_reach: Presence,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is, or nobody could look.
    Possible,
    /// It was looked for and is not.
    Absent,
}

impl Presence {
    fn unless(absent: bool) -> Self {
        if absent { Self::Absent } else { Self::Possible }
    }

    fn or(self, other: Self) -> Self {
        Self::unless(self == Self::Absent && other == Self::Absent)
    }
}

/// What the APIs of one kind bring into play: load balancers that any of them names, and the stages
/// of those in play themselves.
#[derive(Default)]
pub(super) struct Named {
    /// By ARN, as target of a version 2 link or owner of a listener.
    pub(super) arns: BTreeSet<LoadBalancerArn>,
    /// By the host of an address that is reached over the internet.
    pub(super) hosts: BTreeSet<Text>,
    /// Stages, as they are measured.
    pub(super) stages: BTreeSet<Measured>,
}

/// What the readers of APIs work with.
pub(super) struct Apis<'a, R, T> {
    pub(super) asker: &'a Asker<'a, R, T>,
    pub(super) links: &'a Links,
    pub(super) digester: &'a Digester,
    pub(super) in_play: InPlay,
    pub(super) which: &'a WhichApis,
}

/// Passes on that an API is in play, once.
pub(super) struct InPlay(RefCell<Option<oneshot::Sender<()>>>);

impl InPlay {
    fn new() -> (Self, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        (Self(RefCell::new(Some(sender))), receiver)
    }

    pub(super) fn found(&self) {
        if let Some(sender) = self.0.take() {
            // Nobody listens any more when the scan is being dropped.
            sender.send(()).ok();
        }
    }
}

/// What the first few calls tell.
struct Start {
    links: Links,
    any_link: Presence,
    any_nlb: Presence,
    /// Targets of version 1 links.
    linked: BTreeSet<LoadBalancerArn>,
    /// Addresses that somebody chose for a load balancer.
    chosen: BTreeSet<IpAddr>,
    balancers: Balancers,
    groups: Read,
}

/// Whether a region is worth reading.
enum Glance {
    NothingInPlay,
    /// It is; with the interfaces, if they were read to find out.
    InPlay(Option<Listing<NetworkInterface>>),
}

/// Reads a region. Sends the addresses of its load balancers, once they are known, when something
/// is in play and an NLB may be there: users of the account could lead to it.
pub(super) async fn read<R: Reader, T: Timer>(
    shared: &Shared<'_, R, T>,
    region: &Region,
    options: &ScanOptions,
    seen: mpsc::UnboundedSender<BTreeSet<IpAddr>>,
) {
    let asker = &shared.asker(Scope::Region(region.clone()));
    let mut start = start(asker).await;
    let extent = match glance(asker, &mut start).await {
        Glance::NothingInPlay => Extent::NothingInPlay,
        Glance::InPlay(interfaces) => {
            read_in_play(asker, region, options, &mut start, interfaces, seen).await;
            Extent::Full
        }
    };
    start.balancers.write(asker);
    let region = region.clone();
    asker.put(Record::RegionDone(RegionDone { region, extent }));
}

async fn start<R: Reader, T: Timer>(asker: &Asker<'_, R, T>) -> Start {
    let (v1, v2, load_balancers) = futures::join!(
        asker.listing(Call::GetVpcLinks, listed!(VpcLinks)),
        asker.listing(Call::GetVpcLinksV2, listed!(VpcLinks)),
        asker.listing(Call::DescribeLoadBalancers, listed!(LoadBalancers)),
    );
    let (mut v1, v2) = (
        v1.once(|link| link.id.clone()),
        v2.once(|link| link.id.clone()),
    );
    // Whether the version 1 list names version 2 links as well is not documented.
    v1.items
        .retain(|link| !v2.items.iter().any(|other| other.id == link.id));
    let any = |what: &dyn Fn(&LoadBalancer) -> bool| {
        let found = load_balancers.items.iter().any(what);
        Presence::unless(load_balancers.read == Read::Whole && !found)
    };
    let is_nlb = |lb: &LoadBalancer| lb.kind == LoadBalancerType::Network;
    let any_nlb = any(&is_nlb);
    let any_public = any(&|lb| is_nlb(lb) && lb.scheme != Some(Scheme::Internal));
    let any_v1 = Presence::unless(v1.is_known_empty());
    let any_link = Presence::unless(v1.is_known_empty() && v2.is_known_empty());
    let ids = v1.items.iter().chain(&v2.items);
    let links = Links {
        ids: ids.map(|link| link.id.clone().into()).collect(),
        websocket_reach: any_v1.or(any_public),
    };
    let linked = v1_targets(&v1.items);
    for link in v1.items.into_iter().chain(v2.items) {
        asker.put(Record::VpcLink(link));
    }
    let groups = match any_link.or(any_nlb) {
        Presence::Absent => Listing::none(),
        Presence::Possible => {
            let call = Call::DescribeTargetGroups;
            asker.listing(call, listed!(TargetGroups)).await
        }
    };
    Start {
        links,
        any_link,
        any_nlb,
        linked,
        chosen: chosen_addresses(&load_balancers.items),
        groups: groups.read,
        balancers: Balancers::new(load_balancers, groups.items),
    }
}

/// Without links a region is in play only when an NLB stands in front of an ALB.
async fn glance<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, start: &mut Start) -> Glance {
    if start.any_link == Presence::Possible || start.groups == Read::Partly {
        return Glance::InPlay(None);
    }
    let balancers = &mut start.balancers;
    if !balancers.any_may_bridge() {
        return Glance::NothingInPlay;
    }
    let (interfaces, ()) = futures::join!(
        network::read_interfaces(asker),
        balancers.read_may_bridge(asker)
    );
    if balancers.any_bridges(&interfaces) {
        Glance::InPlay(Some(interfaces))
    } else {
        Glance::NothingInPlay
    }
}

async fn read_in_play<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    options: &ScanOptions,
    start: &mut Start,
    interfaces: Option<Listing<NetworkInterface>>,
    seen: mpsc::UnboundedSender<BTreeSet<IpAddr>>,
) {
    let Start {
        links,
        any_nlb,
        linked,
        chosen,
        balancers,
        ..
    } = start;
    let reach = async {
        let interfaces = match interfaces {
            Some(read) => read,
            None => network::read_interfaces(asker).await,
        };
        if *any_nlb == Presence::Possible {
            chosen.extend(interface_addresses(&interfaces.items));
            // Nobody listens any more when the scan is being dropped.
            seen.unbounded_send(std::mem::take(chosen)).ok();
        }
        drop(seen);
        interfaces
    };
    let users = async {
        if *any_nlb == Presence::Possible {
            // No source of a region names a load balancer by an address.
            let none = Addresses::Seen(BTreeSet::new());
            users::read(asker, options.users, &none).await;
        }
    };
    let ((), mut named, (), interfaces, ()) = futures::join!(
        balancers.read_linked(asker, std::mem::take(linked)),
        read_apis(asker, links, options),
        network::read_services(asker),
        reach,
        users,
    );
    let stages = named
        .each_mut()
        .map(|named| std::mem::take(&mut named.stages));
    balancers.read_named(asker, named, &interfaces.items).await;
    let vpcs = balancers.vpcs_in_play();
    let measured = balancers.measured().chain(stages.into_iter().flatten());
    let measured = measured.collect();
    let hours = Span::hours_before(options.began.as_second(), options.look_back);
    futures::join!(
        balancers.read_in_bulk(asker, options.began),
        usage::read(asker, region, measured, hours),
        network::read_vpcs(asker, region, vpcs)
    );
}

/// APIs of every type, and the names that lead to them.
async fn read_apis<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    links: &Links,
    options: &ScanOptions,
) -> [Named; 2] {
    let (in_play, found) = InPlay::new();
    let apis = async {
        let apis = Apis {
            asker,
            links,
            digester: &options.digester,
            in_play,
            which: &options.apis,
        };
        futures::join!(rest::read(&apis), http::read(&apis))
    };
    let ((by_rest, by_http), ()) = futures::join!(apis, domains::read(asker, found));
    [by_rest, by_http]
}

/// Allocations of elastic addresses stand among them, and are no addresses.
fn chosen_addresses(load_balancers: &[LoadBalancer]) -> BTreeSet<IpAddr> {
    let zones = load_balancers.iter().flat_map(|lb| &lb.zones);
    let chosen = zones.flat_map(|zone| &zone.chosen_addresses);
    chosen.filter_map(|text| text.parse().ok()).collect()
}

fn interface_addresses(interfaces: &[NetworkInterface]) -> BTreeSet<IpAddr> {
    let all = interfaces.iter().flat_map(|interface| &interface.addresses);
    all.filter_map(|text| text.parse().ok()).collect()
}

fn v1_targets(links: &[VpcLink]) -> BTreeSet<LoadBalancerArn> {
    let targets = links.iter().filter_map(|link| match &link.reach {
        LinkReach::V1 { targets } => Some(targets),
        LinkReach::V2 { .. } => None,
    });
    targets.flatten().cloned().collect()
}

impl Named {
    /// Adds the load balancers that these integrations name.
    pub(super) fn add<'i>(&mut self, integrations: impl Iterator<Item = &'i Integration>) {
        for integration in integrations {
            let target = integration.target.as_ref().map(Template::as_str);
            // An ARN, or an address: either way the base says what is called.
            let uri = integration.uri.as_ref().map(|uri| uri.base().as_str());
            for arn in [target, uri].into_iter().flatten() {
                let listener = || ListenerArn::new(arn).ok()?.load_balancer();
                self.arns
                    .extend(LoadBalancerArn::new(arn).ok().or_else(listener));
            }
            if integration.vpc_link.is_none()
                && let Some(address) = uri.and_then(crate::uri::parse)
            {
                self.hosts.extend(
                    crate::uri::names_of(address.host)
                        .into_iter()
                        .map(Text::from),
                );
            }
        }
    }
}
