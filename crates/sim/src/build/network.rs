//! What stands between a link and an ALB: subnets, network ACLs, routes, security groups.

use unbridge_model::id::AccountId;
use unbridge_model::network::{
    AclEffect, AclEntry, Direction, RouteTable, RouteTableScope, SecurityGroup, SecurityRule,
    Subnet,
};
use unbridge_model::text::Text;

use super::{BuildError, Estate};

impl Estate {
    /// Changes the subnet of the VPC in this zone, from 0 to 2.
    #[must_use]
    pub fn subnet(self, zone: usize, change: impl FnOnce(&mut Subnet)) -> Self {
        self.here(|site| {
            let id = site.names.subnet(site.vpc, zone)?;
            let mut subnets = site.home()?.subnets.iter_mut().flatten();
            let subnet = subnets.find(|subnet| subnet.id == id);
            change(subnet.ok_or_else(|| BuildError::missing("subnet in zone", zone.to_string()))?);
            Ok(())
        })
    }

    /// Leaves so many addresses free in the subnet of a zone.
    #[must_use]
    pub fn free_addresses(self, zone: usize, free: u32) -> Self {
        self.subnet(zone, |subnet| subnet.free_addresses = free)
    }

    /// Gives the subnet of a zone another zone's id, such as `use1-az3`.
    #[must_use]
    pub fn zone_id(self, zone: usize, id: &str) -> Self {
        self.subnet(zone, |subnet| subnet.zone_id = Text::new(id))
    }

    /// The subnet of a zone is shared by another account.
    #[must_use]
    pub fn shared_by(self, zone: usize, owner: &str) -> Self {
        match AccountId::new(owner) {
            Ok(owner) => self.subnet(zone, |subnet| subnet.owner = owner),
            Err(error) => self.then(|_| Err(error.into())),
        }
    }

    /// Puts an entry before those of the VPC's network ACL.
    #[must_use]
    pub fn acl_entry(self, entry: AclEntry) -> Self {
        self.here(|site| {
            let acls = site.home()?.network_acls.iter_mut().flatten();
            acls.for_each(|acl| acl.entries.insert(0, entry.clone()));
            Ok(())
        })
    }

    /// Denies TCP to or from these addresses at the border of every subnet of the VPC.
    #[must_use]
    pub fn deny(self, direction: Direction, cidr: &str, ports: (i32, i32)) -> Self {
        self.acl_entry(AclEntry {
            direction,
            number: 50,
            effect: AclEffect::Deny,
            protocol: Text::new("6"),
            from_port: Some(ports.0),
            to_port: Some(ports.1),
            cidr: Text::new(cidr),
        })
    }

    /// Lets the subnets of the VPC lead to the internet and back.
    #[must_use]
    pub fn public_subnets(self) -> Self {
        self.here(|site| {
            let gateway = site.names.of_vpc("igw", site.vpc);
            let tables = site.home()?.route_tables.iter_mut().flatten();
            for route in tables.flat_map(|table| &mut table.routes) {
                if route.target != "local" {
                    route.target = gateway.clone();
                }
            }
            Ok(())
        })
    }

    /// Lets the subnet of a zone alone lead to the internet and back, by a table of its own.
    #[must_use]
    pub fn public_subnet(self, zone: usize) -> Self {
        self.here(|site| {
            let subnet = site.names.subnet(site.vpc, zone)?;
            let id = site.names.of_vpc("rtb", &format!("{} {zone}", site.vpc));
            let gateway = site.names.of_vpc("igw", site.vpc);
            let tables = site.home()?.route_tables.get_or_insert_default();
            let mut routes = tables
                .first()
                .map_or_else(Vec::new, |main| main.routes.clone());
            for route in &mut routes {
                if route.target != "local" {
                    route.target = gateway.clone();
                }
            }
            tables.push(RouteTable {
                id,
                serves: RouteTableScope::Subnets(vec![subnet]),
                routes,
            });
            Ok(())
        })
    }

    /// Lets the security groups of a load balancer admit these addresses or groups on these ports
    /// and nothing else.
    #[must_use]
    pub fn admit(self, load_balancer: &str, peer: &str, ports: (i32, i32)) -> Self {
        self.security_groups_of(load_balancer, |group| {
            group.ingress = vec![SecurityRule {
                protocol: Text::new("tcp"),
                from_port: Some(ports.0),
                to_port: Some(ports.1),
                peers: vec![Text::new(peer)],
            }];
        })
    }

    /// Lets the security groups of an ALB admit those of an NLB and nothing else.
    #[must_use]
    pub fn admit_only_nlb(self, alb: &str, nlb: &str) -> Self {
        let peers = self.look(|work| {
            let groups = work.find(nlb)?.security_groups.iter();
            Ok(groups
                .map(|group| group.clone().into())
                .collect::<Vec<Text>>())
        });
        match peers {
            Ok(peers) => self.security_groups_of(alb, |group| {
                for rule in &mut group.ingress {
                    rule.peers.clone_from(&peers);
                }
            }),
            Err(error) => self.then(|_| Err(error)),
        }
    }

    /// Changes the security groups of a load balancer.
    #[must_use]
    pub fn security_groups_of(
        self,
        load_balancer: &str,
        mut change: impl FnMut(&mut SecurityGroup),
    ) -> Self {
        self.here(|site| {
            let groups = site.find(load_balancer)?.security_groups.clone();
            let known = site.state.vpcs.iter_mut();
            let known = known.flat_map(|vpc| vpc.security_groups.iter_mut().flatten());
            known
                .filter(|group| groups.contains(&group.id))
                .for_each(&mut change);
            Ok(())
        })
    }

    /// Gives an NLB a security group, as those made lately have. What comes over a link is not
    /// checked against it, as API Gateway's guide advises.
    #[must_use]
    pub fn with_security_group(self, name: &str) -> Self {
        self.here(|site| {
            let group = site.security_group(name)?;
            let lb = site.find_mut(name)?;
            lb.security_groups = vec![group];
            lb.private_link_inbound_rules = Some(Text::new("off"));
            Ok(())
        })
    }
}
