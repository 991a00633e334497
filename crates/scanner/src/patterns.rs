//! Which of the well-known patterns a private integration follows.

use std::collections::BTreeSet;

use unbridge_model::apigateway::RestApi;
use unbridge_model::assessment::{ApiAccess, Pattern, Way};
use unbridge_model::elb::{LoadBalancer, LoadBalancerType, Scheme};
use unbridge_model::finding::ApiType;
use unbridge_model::id::SubnetId;
use unbridge_model::network::{RouteTable, RouteTableScope};
use unbridge_model::route::{End, Hop};
use unbridge_model::snapshot::RegionFacts;

/// Who can call a REST API: endpoint type `PRIVATE` admits VPC endpoints only, whatever its
/// integrations reach.
pub(crate) fn access(api: &RestApi) -> ApiAccess {
    if api.endpoint_types.iter().any(|kind| *kind == *"PRIVATE") {
        ApiAccess::PrivateApi
    } else {
        ApiAccess::Public
    }
}

/// The pattern of a way; `None` when it takes no link, so that it is no private integration.
pub(crate) fn pattern(kind: ApiType, way: &Way, facts: &RegionFacts) -> Option<Pattern> {
    let link = match way.hops.first() {
        Some(link @ (Hop::VpcLinkV1(_) | Hop::VpcLinkV2(_))) => Some(link),
        Some(Hop::NlbListener { .. } | Hop::TargetGroup(_) | Hop::AlbListener { .. }) => {
            return None;
        }
        None => None,
    };
    let entered = way.hops.iter().find_map(|hop| match hop {
        Hop::NlbListener { nlb: lb, .. } | Hop::AlbListener { alb: lb, .. } => {
            facts.load_balancers.get(lb)
        }
        Hop::VpcLinkV1(_) | Hop::VpcLinkV2(_) | Hop::TargetGroup(_) => None,
    });
    let (Some(link), Some(lb)) = (link, entered) else {
        let elsewhere = matches!(way.end, End::CloudMap { .. });
        return Some(if elsewhere {
            Pattern::Other
        } else {
            Pattern::Unknown
        });
    };
    let over_v1 = matches!(link, Hop::VpcLinkV1(_));
    Some(match (kind, lb.kind, over_v1) {
        (ApiType::Rest, LoadBalancerType::Application, false) => Pattern::RestApiToAlbOverV2,
        (ApiType::Rest, LoadBalancerType::Network, true) => match lb.scheme {
            Some(Scheme::Internal) => Pattern::RestApiToInternalNlb,
            Some(Scheme::InternetFacing) => Pattern::RestApiToInternetFacingNlb,
            None => Pattern::Unknown,
        },
        (ApiType::Http, LoadBalancerType::Application, false)
            if lb.scheme == Some(Scheme::Internal) =>
        {
            match in_public_subnets(lb, facts) {
                Some(true) => Pattern::HttpApiToAlbInPublicSubnets,
                Some(false) => Pattern::HttpApiToAlbInPrivateSubnets,
                None => Pattern::Unknown,
            }
        }
        (ApiType::Rest | ApiType::Http | ApiType::Websocket, _, _) => Pattern::Other,
    })
}

/// Whether a load balancer stands in a subnet with a route to an internet gateway; `None` when that
/// was not seen.
fn in_public_subnets(lb: &LoadBalancer, facts: &RegionFacts) -> Option<bool> {
    let tables = facts.vpcs.get(lb.vpc.as_ref()?)?.route_tables.as_ref()?;
    let subnets: BTreeSet<_> = lb.zones.iter().filter_map(|z| z.subnet.as_ref()).collect();
    let own = |subnet: &SubnetId| {
        tables.iter().find(|table| match &table.serves {
            RouteTableScope::Main(named) | RouteTableScope::Subnets(named) => {
                named.contains(subnet)
            }
        })
    };
    let main = || {
        tables
            .iter()
            .find(|table| matches!(table.serves, RouteTableScope::Main(_)))
    };
    let public = |table: &RouteTable| {
        table
            .routes
            .iter()
            .any(|route| route.target.starts_with("igw-"))
    };
    let tables: Option<Vec<_>> = subnets.into_iter().map(|s| own(s).or_else(main)).collect();
    tables.map(|tables| tables.into_iter().any(public))
}
