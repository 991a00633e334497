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
) -> Listing<NetworkInterface> {
    let call = Call::DescribeNetworkInterfaces;
    let interfaces = asker.listing(call, listed!(NetworkInterfaces)).await;
    let interfaces = interfaces.once(|interface| interface.id.clone());
    for interface in &interfaces.items {
        asker.put(Record::NetworkInterface(interface.clone()));
    }
    interfaces
}

pub(super) async fn read_services<R: Reader, T: Timer>(asker: &Asker<'_, R, T>) {
    let services = Call::DescribeVpcEndpointServiceConfigurations;
    let connections = Call::DescribeVpcEndpointConnections;
    let (services, connections) = futures::join!(
        asker.listing(services, listed!(EndpointServices)),
        asker.list(connections, listed!(EndpointConnections)),
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

/// Subnets, security groups, network ACLs and route tables: four calls a VPC and page.
pub(super) async fn read_vpcs<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    vpcs: BTreeSet<VpcId>,
) {
    let one = async |id: VpcId| {
        let vpc = || id.clone();
        let (subnets, security_groups, network_acls, route_tables) = futures::join!(
            asker.listing(Call::DescribeSubnets { vpc: vpc() }, listed!(Subnets)),
            asker.listing(
                Call::DescribeSecurityGroups { vpc: vpc() },
                listed!(SecurityGroups)
            ),
            asker.listing(
                Call::DescribeNetworkAcls { vpc: vpc() },
                listed!(NetworkAcls)
            ),
            asker.listing(
                Call::DescribeRouteTables { vpc: vpc() },
                listed!(RouteTables)
            ),
        );
        asker.put(Record::Vpc(Vpc {
            id,
            region: region.clone(),
            subnets: subnets.once(|subnet| subnet.id.clone()).whole(),
            security_groups: security_groups.once(|group| group.id.clone()).whole(),
            network_acls: network_acls.once(|acl| acl.id.clone()).whole(),
            route_tables: route_tables.once(|table| table.id.clone()).whole(),
        }));
    };
    futures::stream::iter(vpcs)
        .for_each_concurrent(VPCS_AT_ONCE, one)
        .await;
}
