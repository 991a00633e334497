//! EC2's nouns as a scan keeps them: subnets, security groups, network ACLs, route tables, network
//! interfaces of load balancers, endpoint services and who connects to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apigateway::Tags;
use crate::id::{
    AccountId, EndpointServiceId, LoadBalancerArn, NetworkInterfaceId, Region, SecurityGroupId,
    SubnetId, VpcId,
};
use crate::text::Text;

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    /// Its id.
    pub id: SubnetId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Zone id such as `use1-az3`, the same zone in every account.
    pub zone_id: Text,
    /// Its address range.
    pub cidr: Text,
    /// Addresses still free.
    pub free_addresses: u32,
    /// The account that owns it; another one's is shared.
    pub owner: AccountId,
}

/// One rule of a security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityRule {
    /// `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub protocol: Text,
    /// First port; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_port: Option<i32>,
    /// Last port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_port: Option<i32>,
    /// Address ranges, groups and prefix lists on the other side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Text>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    /// Its id.
    pub id: SecurityGroupId,
    /// Its VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<VpcId>,
    /// Its name.
    pub name: Text,
    /// What may come in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ingress: Vec<SecurityRule>,
    /// What may go out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<SecurityRule>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// A VPC in play: what lies in it. A part that could not be read is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// Its id.
    pub id: VpcId,
    /// Its region.
    pub region: Region,
    /// Its subnets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnets: Option<Vec<Subnet>>,
    /// Its security groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_groups: Option<Vec<SecurityGroup>>,
    /// Its network ACLs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_acls: Option<Vec<NetworkAcl>>,
    /// Its route tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_tables: Option<Vec<RouteTable>>,
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkAcl {
    /// Its id.
    pub id: Text,
    /// The subnets it stands before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<SubnetId>,
    /// Its entries, by direction and number; the first that matches decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<AclEntry>,
}

/// An entry of a network ACL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AclEntry {
    /// Which way.
    pub direction: Direction,
    /// Its number; lower is asked first.
    pub number: u32,
    /// What it does.
    pub effect: AclEffect,
    /// A protocol number, or `-1` for all.
    pub protocol: Text,
    /// First port; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_port: Option<i32>,
    /// Last port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_port: Option<i32>,
    /// The address range on the other side, IPv4 or IPv6.
    pub cidr: Text,
}

/// Which way packets go, seen from a subnet.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Direction {
    Ingress,
    Egress,
}

/// What an entry of a network ACL does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum AclEffect {
    Allow,
    Deny,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteTable {
    /// Its id.
    pub id: Text,
    /// Which subnets it serves.
    pub serves: RouteTableScope,
    /// Its routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
}

/// Which subnets a route table serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RouteTableScope {
    /// Those that no other table serves: it is the VPC's main table. It may serve some by name as
    /// well.
    Main(Vec<SubnetId>),
    /// These.
    Subnets(Vec<SubnetId>),
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// An address range or prefix list.
    pub destination: Text,
    /// Where it leads: `local`, `igw-...`, `nat-...`, ...
    pub target: Text,
}

/// A network interface of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkInterface {
    /// Its id.
    pub id: NetworkInterfaceId,
    /// Its region.
    pub region: Region,
    /// `app/orders/0123`: the load balancer it belongs to, from its description `ELB app/...`.
    pub load_balancer: Text,
    /// Its addresses: private, public and IPv6.
    pub addresses: Vec<Text>,
}

/// Somebody's connection to an endpoint service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointConnection {
    /// The service.
    pub service: EndpointServiceId,
    /// The endpoint on the consumer's side.
    pub endpoint: Text,
    /// The consumer's account.
    pub owner: AccountId,
    /// AWS's state word: `available`, `pendingAcceptance`, `rejected`, ...
    pub state: Text,
}

/// A VPC endpoint service on load balancers of this account. Every version 1 link is one,
/// with API Gateway's own account as consumer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointService {
    /// Its id.
    pub id: EndpointServiceId,
    /// Its region.
    pub region: Region,
    /// Load balancers behind it.
    pub load_balancers: Vec<LoadBalancerArn>,
    /// AWS's state word.
    pub state: Text,
    /// Who connects; `None` when not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<Vec<EndpointConnection>>,
}
