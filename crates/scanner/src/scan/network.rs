//! EC2's part: interfaces of load balancers, endpoint services, and the VPCs in play.

use std::collections::BTreeSet;

use futures::StreamExt;
use unbridge_model::call::Call;
use unbridge_model::id::{Region, VpcId};
use unbridge_model::network::{EndpointConnection, NetworkInterface, Vpc};
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;

use super::ask::{Asker, Listing, listed};

const VPCS_AT_ONCE: usize = 8;

/// Tells the interfaces it read: an older pattern of bridges is only known by their addresses.
pub(super) async fn read_interfaces<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
) -> Listing<NetworkInterface> {
    let call = Call::DescribeNetworkInterfaces;
    let interfaces = asker
        .listing(region, call, listed!(NetworkInterfaces))
        .await;
    let interfaces = interfaces.once(|interface| interface.id.clone());
    for interface in &interfaces.items {
        asker.put(Record::NetworkInterface(interface.clone()));
    }
    interfaces
}

pub(super) async fn read_services<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, region: &Region) {
    let services = Call::DescribeVpcEndpointServiceConfigurations;
    let connections = Call::DescribeVpcEndpointConnections;
    let (services, connections) = futures::join!(
        asker.listing(region, services, listed!(EndpointServices)),
        asker.list(region, connections, listed!(EndpointConnections)),
    );
    for mut service in services.once(|service| service.id.clone()).items {
        let of_service = |all: &Vec<EndpointConnection>| {
            all.iter()
                .filter(|connection| connection.service == service.id)
                .cloned()
                .collect()
        };
        service.connections = connections.as_ref().map(of_service);
        asker.put(Record::EndpointService(service));
    }
}

pub(super) async fn read_vpcs<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    vpcs: BTreeSet<VpcId>,
) {
    let one = async |id: VpcId| {
        let (subnets, security_groups) = futures::join!(
            asker.list(
                region,
                Call::DescribeSubnets { vpc: id.clone() },
                listed!(Subnets)
            ),
            asker.list(
                region,
                Call::DescribeSecurityGroups { vpc: id.clone() },
                listed!(SecurityGroups)
            ),
        );
        asker.put(Record::Vpc(Vpc {
            id,
            region: region.clone(),
            subnets,
            security_groups,
        }));
    };
    futures::stream::iter(vpcs)
        .for_each_concurrent(VPCS_AT_ONCE, one)
        .await;
}
