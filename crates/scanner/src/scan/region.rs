//! One region: is anything in play there, and if so, all of it.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{Integration, LinkReach, VpcLink};
use unbridge_model::call::Call;
use unbridge_model::digest::Digester;
use unbridge_model::elb::{LoadBalancer, LoadBalancerType, Scheme};
use unbridge_model::id::{ListenerArn, LoadBalancerArn, Region};
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::{Extent, Record, RegionDone};
use unbridge_model::template::Template;
use unbridge_model::text::Text;

use super::ask::{Asker, Listing, Read, listed};
use super::balancers::Balancers;
use super::{http, network, rest};

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

/// Load balancers that an API names.
#[derive(Default)]
pub(super) struct Named {
    /// By ARN, as target of a version 2 link or owner of a listener.
    pub(super) arns: BTreeSet<LoadBalancerArn>,
    /// By the host of an address that is reached over the internet.
    pub(super) hosts: BTreeSet<Text>,
}

pub(super) async fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    digester: &Digester,
) {
    let (v1, v2, load_balancers) = futures::join!(
        asker.listing(region, Call::GetVpcLinks, listed!(VpcLinks)),
        asker.listing(region, Call::GetVpcLinksV2, listed!(VpcLinks)),
        asker.listing(region, Call::DescribeLoadBalancers, listed!(LoadBalancers)),
    );
    let (mut v1, v2) = (
        v1.once(|link| link.id.clone()),
        v2.once(|link| link.id.clone()),
    );
    // Whether the version 1 list names version 2 links as well is not documented.
    v1.items
        .retain(|link| !v2.items.iter().any(|other| other.id == link.id));
    let without_links = v1.is_known_empty() && v2.is_known_empty();
    let public = |lb: &LoadBalancer| {
        lb.kind == LoadBalancerType::Network && lb.scheme != Some(Scheme::Internal)
    };
    let without_public_nlb =
        load_balancers.read == Read::Whole && !load_balancers.items.iter().any(public);
    let links = Links {
        ids: v1
            .items
            .iter()
            .chain(&v2.items)
            .map(|link| link.id.clone().into())
            .collect(),
        websocket_reach: if v1.is_known_empty() && without_public_nlb {
            Presence::Absent
        } else {
            Presence::Possible
        },
    };
    let linked = v1_targets(&v1.items);
    for link in v1.items.into_iter().chain(v2.items) {
        asker.put(Record::VpcLink(link));
    }

    let without_nlb = load_balancers.read == Read::Whole
        && !load_balancers
            .items
            .iter()
            .any(|lb| lb.kind == LoadBalancerType::Network);
    let groups = if without_links && without_nlb {
        Listing {
            items: Vec::new(),
            read: Read::Whole,
        }
    } else {
        asker
            .listing(region, Call::DescribeTargetGroups, listed!(TargetGroups))
            .await
    };
    let groups_read = groups.read;
    let mut balancers = Balancers::new(region, load_balancers, groups.items);
    let mut interfaces = None;
    if without_links && groups_read == Read::Whole {
        let bridges = if balancers.any_may_bridge() {
            let reading = network::read_interfaces(asker, region);
            let (read, ()) = futures::join!(reading, balancers.read_may_bridge(asker));
            let bridges = balancers.any_bridges(&read);
            interfaces = Some(read);
            bridges
        } else {
            false
        };
        if !bridges {
            balancers.write(asker);
            asker.put(Record::RegionDone(RegionDone {
                region: region.clone(),
                extent: Extent::NothingInPlay,
            }));
            return;
        }
    }

    let read_interfaces = async {
        match interfaces {
            Some(read) => read,
            None => network::read_interfaces(asker, region).await,
        }
    };
    let ((), named_by_rest, named_by_http, (), interfaces) = futures::join!(
        balancers.read_linked(asker, linked),
        rest::read(asker, region, &links, digester),
        http::read(asker, region, &links, digester),
        network::read_services(asker, region),
        read_interfaces,
    );
    balancers
        .read_named(asker, [named_by_rest, named_by_http], &interfaces.items)
        .await;
    balancers.read_tags(asker).await;
    network::read_vpcs(asker, region, balancers.vpcs_in_play()).await;
    balancers.write(asker);
    asker.put(Record::RegionDone(RegionDone {
        region: region.clone(),
        extent: Extent::Full,
    }));
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
            let uri = integration.uri.as_ref().map(Template::as_str);
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
