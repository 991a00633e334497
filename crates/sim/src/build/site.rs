//! One region under construction: makes healthy things that fit each other.
//!
//! Every load balancer stands in three zones with a network interface in each; every version 1
//! link has the endpoint service that API Gateway makes for it. Network ACLs let everything pass,
//! route tables are private, subnets have addresses left, NLBs have traffic every day.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::elb::{
    Action, CapacityReservation, Listener, LoadBalancer, LoadBalancerType, LoadBalancerZone,
    Scheme, Target, TargetGroup, TargetType, Traffic, WebAclOn, WeightedGroup,
};
use unbridge_model::id::{
    AccountId, LoadBalancerArn, SecurityGroupId, SubnetId, TargetGroupArn, VpcId,
};
use unbridge_model::network::{
    AclEffect, AclEntry, Direction, EndpointConnection, EndpointService, NetworkAcl,
    NetworkInterface, Route, RouteTable, RouteTableScope, SecurityGroup, SecurityRule, Subnet, Vpc,
};
use unbridge_model::text::Text;

use super::error::BuildError;
use super::names::Names;
use crate::account::RegionState;

const ZONES: usize = 3;

/// What passed an NLB that is used every day.
const EVERY_DAY: Traffic = Traffic {
    days: 60,
    active_days: 60,
    flows: 864_000,
    bytes: 5_400_000_000,
};

/// A region under construction.
pub(super) struct Site<'w> {
    pub(super) names: Names,
    pub(super) state: &'w mut RegionState,
    /// The name of the VPC that new things stand in.
    pub(super) vpc: &'w str,
}

/// What makes a target group.
pub(super) struct GroupPlan {
    pub(super) name: String,
    pub(super) target_type: TargetType,
    pub(super) protocol: &'static str,
    pub(super) port: u16,
    pub(super) targets: Vec<Text>,
}

impl Site<'_> {
    pub(super) fn vpc(&mut self) -> Result<VpcId, BuildError> {
        let id = self.names.vpc(self.vpc)?;
        if self.state.vpcs.iter().any(|vpc| vpc.id == id) {
            return Ok(id);
        }
        let subnets = (0..ZONES)
            .map(|zone| {
                Ok(Subnet {
                    id: self.names.subnet(self.vpc, zone)?,
                    vpc: id.clone(),
                    zone_id: self.names.zone_id(zone),
                    cidr: Text::from(format!("10.0.{}.0/20", zone * 16)),
                    free_addresses: 4000,
                    owner: self.names.account.clone(),
                })
            })
            .collect::<Result<Vec<Subnet>, BuildError>>()?;
        let inside = subnets.iter().map(|subnet| subnet.id.clone()).collect();
        self.state.vpcs.push(Vpc {
            id: id.clone(),
            region: self.names.region.clone(),
            subnets: Some(subnets),
            security_groups: Some(Vec::new()),
            network_acls: Some(vec![open_acl(self.names.of_vpc("acl", self.vpc), inside)]),
            route_tables: Some(vec![private_table(self.names.of_vpc("rtb", self.vpc))]),
        });
        Ok(id)
    }

    /// The VPC that new things stand in.
    pub(super) fn home(&mut self) -> Result<&mut Vpc, BuildError> {
        let id = self.vpc()?;
        let mut vpcs = self.state.vpcs.iter_mut();
        let found = vpcs.find(|vpc| vpc.id == id);
        found.ok_or_else(|| BuildError::missing("VPC", self.vpc))
    }

    /// One address in each zone for the next load balancer.
    fn interface_addresses(&self, vpc: &VpcId) -> Vec<Text> {
        let lbs = self.state.load_balancers.iter();
        let number = lbs.filter(|lb| lb.vpc.as_ref() == Some(vpc)).count();
        addresses(Pool::Interfaces, number)
    }

    /// One address in each zone for the targets of the next group.
    pub(super) fn target_addresses(&mut self) -> Result<Vec<Text>, BuildError> {
        let vpc = self.vpc()?;
        let groups = self.state.target_groups.iter();
        let number = groups.filter(|group| group.vpc.as_ref() == Some(&vpc));
        Ok(addresses(Pool::Targets, number.count()))
    }

    pub(super) fn load_balancer(
        &mut self,
        kind: LoadBalancerType,
        name: &str,
    ) -> Result<LoadBalancerArn, BuildError> {
        if self.state.load_balancer_named(name).is_some() {
            let (what, name) = ("load balancer", name.to_owned());
            return Err(BuildError::Twice { what, name });
        }
        let arn = self.names.load_balancer(kind, name)?;
        let vpc = self.vpc()?;
        let mut zones = Vec::new();
        for (zone, address) in self.interface_addresses(&vpc).into_iter().enumerate() {
            zones.push(LoadBalancerZone {
                zone: self.names.zone(zone),
                subnet: Some(self.names.subnet(self.vpc, zone)?),
                chosen_addresses: Vec::new(),
            });
            self.state.network_interfaces.push(NetworkInterface {
                id: self.names.interface(&arn, zone)?,
                region: self.names.region.clone(),
                load_balancer: Text::new(arn.tail()),
                addresses: vec![address],
            });
        }
        // An NLB made without security groups never gets one, and most have none.
        let (security_groups, cross_zone) = match kind {
            LoadBalancerType::Application => (vec![self.security_group(name)?], "true"),
            LoadBalancerType::Gateway | LoadBalancerType::Network => (Vec::new(), "false"),
        };
        let attributes = [
            ("deletion_protection.enabled", "false"),
            ("load_balancing.cross_zone.enabled", cross_zone),
        ];
        self.state.load_balancers.push(LoadBalancer {
            arn: arn.clone(),
            region: self.names.region.clone(),
            name: Text::new(name),
            kind,
            scheme: Some(Scheme::Internal),
            dns_name: Some(self.names.dns(kind, Scheme::Internal, name)),
            vpc: Some(vpc),
            zones,
            security_groups,
            private_link_inbound_rules: None,
            listeners: Some(Vec::new()),
            attributes: Some(
                attributes
                    .map(|(key, value)| (Text::new(key), Text::new(value)))
                    .into(),
            ),
            tags: Some(BTreeMap::new()),
            web_acl: (kind == LoadBalancerType::Application).then_some(WebAclOn::Nothing),
            traffic: (kind == LoadBalancerType::Network).then_some(EVERY_DAY),
            capacity_reservation: (kind == LoadBalancerType::Network)
                .then_some(CapacityReservation::Nothing),
        });
        Ok(arn)
    }

    pub(super) fn security_group(&mut self, name: &str) -> Result<SecurityGroupId, BuildError> {
        let id = self.names.security_group(name)?;
        let vpc = self.vpc()?;
        let rule = |protocol: &str, port: Option<i32>, peer: &str| SecurityRule {
            protocol: Text::new(protocol),
            from_port: port.map(|_| 1),
            to_port: port,
            peers: vec![Text::new(peer)],
        };
        let group = SecurityGroup {
            id: id.clone(),
            vpc: Some(vpc.clone()),
            name: Text::from(format!("{name}-sg")),
            ingress: vec![rule("tcp", Some(65535), "10.0.0.0/16")],
            egress: vec![rule("-1", None, "0.0.0.0/0")],
            tags: BTreeMap::new(),
        };
        let mut vpcs = self.state.vpcs.iter_mut();
        if let Some(home) = vpcs.find(|known| known.id == vpc) {
            home.security_groups.get_or_insert_default().push(group);
        }
        Ok(id)
    }

    /// An ALB with one listener in front of a service of its own.
    pub(super) fn alb(&mut self, name: &str, port: u16) -> Result<LoadBalancerArn, BuildError> {
        let arn = self.load_balancer(LoadBalancerType::Application, name)?;
        let targets = self.target_addresses()?;
        let group = self.group(GroupPlan {
            name: format!("{name}-service"),
            target_type: TargetType::Ip,
            protocol: "HTTP",
            port: 8080,
            targets,
        })?;
        self.listener(name, port, "HTTP", vec![(group, None)])?;
        Ok(arn)
    }

    pub(super) fn group(&mut self, plan: GroupPlan) -> Result<TargetGroupArn, BuildError> {
        let name = plan.name;
        if self.state.target_group_named(&name).is_some() {
            let what = "target group";
            return Err(BuildError::Twice { what, name });
        }
        let arn = self.names.target_group(&name)?;
        let vpc = self.vpc()?;
        let targets = plan.targets.into_iter().map(|id| Target {
            id,
            port: Some(plan.port),
            health: Text::new("healthy"),
        });
        self.state.target_groups.push(TargetGroup {
            arn: arn.clone(),
            region: self.names.region.clone(),
            name: Text::from(name),
            target_type: plan.target_type,
            protocol: Some(Text::new(plan.protocol)),
            port: Some(plan.port),
            vpc: Some(vpc),
            load_balancers: Vec::new(),
            targets: Some(targets.collect()),
            attributes: Some(BTreeMap::new()),
            tags: Some(BTreeMap::new()),
        });
        Ok(arn)
    }

    /// A group of type `alb` whose only target is this ALB.
    pub(super) fn alb_group(
        &mut self,
        name: String,
        alb: &str,
        port: u16,
    ) -> Result<TargetGroupArn, BuildError> {
        let target = self.find(alb)?.arn.clone().into();
        self.group(GroupPlan {
            name,
            target_type: TargetType::Alb,
            protocol: "TCP",
            port,
            targets: vec![target],
        })
    }

    /// A group of type `ip` that holds an ALB's own addresses.
    pub(super) fn address_group(
        &mut self,
        name: String,
        alb: &str,
        port: u16,
    ) -> Result<TargetGroupArn, BuildError> {
        let tail = self.find(alb)?.arn.tail();
        let interfaces = self.state.network_interfaces.iter();
        let targets = interfaces
            .filter(|interface| interface.load_balancer == tail)
            .flat_map(|interface| interface.addresses.iter().cloned())
            .collect();
        self.group(GroupPlan {
            name,
            target_type: TargetType::Ip,
            protocol: "TCP",
            port,
            targets,
        })
    }

    /// A group of type `ip` whose targets are no load balancer.
    pub(super) fn service_group(
        &mut self,
        name: String,
        target_type: TargetType,
        port: u16,
    ) -> Result<TargetGroupArn, BuildError> {
        let targets = match target_type {
            TargetType::Instance => (0..ZONES)
                .map(|number| self.names.instance(&name, number))
                .collect(),
            _ => self.target_addresses()?,
        };
        self.group(GroupPlan {
            name,
            target_type,
            protocol: "TCP",
            port,
            targets,
        })
    }

    /// A listener that forwards to these groups.
    pub(super) fn listener(
        &mut self,
        owner: &str,
        port: u16,
        protocol: &str,
        groups: Vec<(TargetGroupArn, Option<u16>)>,
    ) -> Result<(), BuildError> {
        let arn = self.find(owner)?.arn.clone();
        let id = self.names.listener(&arn, port)?;
        for (group, _) in &groups {
            let mut known = self.state.target_groups.iter_mut();
            if let Some(group) = known.find(|known| known.arn == *group) {
                group.load_balancers.push(arn.clone());
            }
        }
        let lb = self.find_mut(owner)?;
        let listeners = lb.listeners.get_or_insert_default();
        if listeners.iter().any(|known| known.port == Some(port)) {
            let (what, name) = ("listener", format!("{owner}:{port}"));
            return Err(BuildError::Twice { what, name });
        }
        let groups = groups.into_iter();
        listeners.push(Listener {
            arn: id,
            port: Some(port),
            protocol: Some(Text::new(protocol)),
            certificates: Vec::new(),
            mutual_authentication: None,
            default_actions: vec![Action::Forward {
                groups: groups
                    .map(|(group, weight)| WeightedGroup { group, weight })
                    .collect(),
            }],
            rules: (lb.kind == LoadBalancerType::Application).then(Vec::new),
        });
        Ok(())
    }

    /// A version 1 link, with the endpoint service that API Gateway makes for it.
    pub(super) fn v1_link(&mut self, name: &str, nlb: &str) -> Result<(), BuildError> {
        let target = self.find(nlb)?.arn.clone();
        self.link(
            name,
            LinkReach::V1 {
                targets: vec![target],
            },
        )?;
        let gateway = self.names.gateway_account()?;
        self.consumer(nlb, gateway)
    }

    pub(super) fn v2_link(&mut self, name: &str) -> Result<(), BuildError> {
        self.vpc()?;
        let subnets = (0..ZONES)
            .map(|zone| self.names.subnet(self.vpc, zone))
            .collect::<Result<_, _>>()?;
        let security_groups = vec![self.security_group(&format!("{name}-v2"))?];
        self.link(
            name,
            LinkReach::V2 {
                subnets,
                security_groups,
            },
        )
    }

    fn link(&mut self, name: &str, reach: LinkReach) -> Result<(), BuildError> {
        if self.state.link_named(name).is_some() {
            let (what, name) = ("link", name.to_owned());
            return Err(BuildError::Twice { what, name });
        }
        self.state.links.push(VpcLink {
            id: self.names.link(name)?,
            region: self.names.region.clone(),
            name: Text::new(name),
            reach,
            status: Text::new("AVAILABLE"),
            tags: BTreeMap::new(),
        });
        Ok(())
    }

    /// Somebody who connects to the endpoint service on an NLB; the service is made when there is
    /// none, for an NLB belongs to at most one.
    pub(super) fn consumer(&mut self, nlb: &str, owner: AccountId) -> Result<(), BuildError> {
        let nlb = self.find(nlb)?.arn.clone();
        let id = self.names.service(&nlb)?;
        let connection = EndpointConnection {
            service: id.clone(),
            endpoint: self.names.endpoint(&id, &owner),
            owner,
            state: Text::new("available"),
        };
        let mut services = self.state.endpoint_services.iter_mut();
        if let Some(service) = services.find(|service| service.id == id) {
            service.connections.get_or_insert_default().push(connection);
            return Ok(());
        }
        self.state.endpoint_services.push(EndpointService {
            id,
            region: self.names.region.clone(),
            load_balancers: vec![nlb],
            state: Text::new("Available"),
            connections: Some(vec![connection]),
        });
        Ok(())
    }

    pub(super) fn drop_link(&mut self, name: &str) -> Result<(), BuildError> {
        let links = &mut self.state.links;
        let link = links.iter().find(|link| link.name == name).cloned();
        let link = link.ok_or_else(|| BuildError::missing("link", name))?;
        links.retain(|known| known.id != link.id);
        if let LinkReach::V1 { targets } = link.reach {
            let services = &mut self.state.endpoint_services;
            services.retain(|service| service.load_balancers != targets);
        }
        Ok(())
    }

    pub(super) fn find(&self, name: &str) -> Result<&LoadBalancer, BuildError> {
        let found = self.state.load_balancer_named(name);
        found.ok_or_else(|| BuildError::missing("load balancer", name))
    }

    pub(super) fn find_mut(&mut self, name: &str) -> Result<&mut LoadBalancer, BuildError> {
        let mut lbs = self.state.load_balancers.iter_mut();
        lbs.find(|lb| lb.name == name)
            .ok_or_else(|| BuildError::missing("load balancer", name))
    }

    /// The groups that a listener forwards to.
    pub(super) fn groups_behind(
        &mut self,
        owner: &str,
        port: u16,
    ) -> Result<Vec<&mut TargetGroup>, BuildError> {
        let lb = self.find(owner)?;
        let mut listeners = lb.listeners.iter().flatten();
        let listener = listeners
            .find(|listener| listener.port == Some(port))
            .ok_or_else(|| BuildError::missing("listener", format!("{owner}:{port}")))?;
        let behind: BTreeSet<TargetGroupArn> = listener
            .default_actions
            .iter()
            .filter_map(|action| match action {
                Action::Forward { groups } => Some(groups),
                Action::Redirect { .. }
                | Action::FixedResponse { .. }
                | Action::Authenticate { .. }
                | Action::Unknown { .. } => None,
            })
            .flatten()
            .map(|weighted| weighted.group.clone())
            .collect();
        let groups = self.state.target_groups.iter_mut();
        Ok(groups.filter(|group| behind.contains(&group.arn)).collect())
    }

    /// An address that no load balancer and no service has.
    pub(super) fn odd_address(&self) -> Text {
        let targets = self.state.target_groups.iter();
        let number = targets.flat_map(|group| group.targets.iter().flatten());
        address(Pool::Odd, 0, number.count())
    }

    /// A listener of a load balancer.
    pub(super) fn listener_mut(
        &mut self,
        owner: &str,
        port: u16,
    ) -> Result<&mut Listener, BuildError> {
        let mut listeners = self.find_mut(owner)?.listeners.iter_mut().flatten();
        listeners
            .find(|listener| listener.port == Some(port))
            .ok_or_else(|| BuildError::missing("listener", format!("{owner}:{port}")))
    }

    /// The group of this name; made, with targets of its own, when it is not there. `owner` sends
    /// to it.
    pub(super) fn service_of(
        &mut self,
        owner: &str,
        name: &str,
    ) -> Result<TargetGroupArn, BuildError> {
        if self.state.target_group_named(name).is_none() {
            let targets = self.target_addresses()?;
            self.group(GroupPlan {
                name: name.to_owned(),
                target_type: TargetType::Ip,
                protocol: "HTTP",
                port: 8080,
                targets,
            })?;
        }
        let owner = self.find(owner)?.arn.clone();
        let mut groups = self.state.target_groups.iter_mut();
        let found = groups.find(|group| group.name == name);
        let group = found.ok_or_else(|| BuildError::missing("target group", name))?;
        if !group.load_balancers.contains(&owner) {
            group.load_balancers.push(owner);
        }
        Ok(group.arn.clone())
    }
}

/// Lets everything pass; what no entry allows is denied.
fn open_acl(id: Text, subnets: Vec<SubnetId>) -> NetworkAcl {
    let entry = |direction, number, effect| AclEntry {
        direction,
        number,
        effect,
        protocol: Text::new("-1"),
        from_port: None,
        to_port: None,
        cidr: Text::new("0.0.0.0/0"),
    };
    let of = |direction| {
        [
            entry(direction, 100, AclEffect::Allow),
            entry(direction, 32_767, AclEffect::Deny),
        ]
    };
    NetworkAcl {
        id,
        subnets,
        entries: [of(Direction::Egress), of(Direction::Ingress)].concat(),
    }
}

/// The main table of a VPC whose way out is a NAT gateway.
fn private_table(id: Text) -> RouteTable {
    let route = |destination, target: &str| Route {
        destination: Text::new(destination),
        target: Text::new(target),
    };
    let nat = id.replacen("rtb-", "nat-", 1);
    RouteTable {
        id,
        serves: RouteTableScope::Main(Vec::new()),
        routes: vec![route("10.0.0.0/16", "local"), route("0.0.0.0/0", &nat)],
    }
}

/// What an address is for. Each has its part of every subnet, so that nothing gets what another
/// one has.
#[derive(Clone, Copy)]
enum Pool {
    Interfaces,
    Targets,
    Odd,
}

/// One address in each zone.
fn addresses(pool: Pool, number: usize) -> Vec<Text> {
    (0..ZONES).map(|zone| address(pool, zone, number)).collect()
}

fn address(pool: Pool, zone: usize, number: usize) -> Text {
    let block = match pool {
        Pool::Interfaces => 0,
        Pool::Targets => 5,
        Pool::Odd => 10,
    };
    let (block, host) = (zone * 16 + block + number / 200, 20 + number % 200);
    Text::from(format!("10.0.{block}.{host}"))
}
