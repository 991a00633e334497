//! A fluent way to make small accounts: everything is healthy and coherent unless a method says
//! otherwise.
//!
//! `bridge("orders", 80)` makes `orders-link`, `orders-nlb` and `orders-alb`; other methods name
//! these. A mistake, such as a name that is not there, is kept until [`Estate::build`] tells it.

mod error;
mod http;
mod listeners;
mod names;
mod network;
mod owners;
mod rest;
mod site;
mod situation;
mod usage;
mod users;

use unbridge_model::apigateway::Protocol;
use unbridge_model::elb::{LoadBalancer, LoadBalancerType, Scheme, Target, TargetType};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::text::Text;

use crate::account::{Account, RegionState};
use site::Site;

pub use error::BuildError;
pub use http::HttpApiBuilder;
pub use listeners::RuleBuilder;
pub use rest::RestApiBuilder;
pub use situation::Situation;
pub use usage::Load;

pub(crate) use names::{Names, hashed, short};
pub(crate) use rest::private;

/// An account under construction.
#[derive(Debug, Clone)]
pub struct Estate(Result<Work, BuildError>);

#[derive(Debug, Clone)]
struct Work {
    account: Account,
    region: Option<Region>,
    vpc: String,
}

/// What stands behind an NLB that serves targets of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Addresses that are no load balancer's.
    Addresses,
    /// Instances.
    Instances,
}

impl Estate {
    /// An empty account with this id.
    #[must_use]
    pub fn new(account: &str) -> Self {
        let id = AccountId::new(account).map_err(BuildError::from);
        Self(id.map(|id| Work::of(Account::new(id))))
    }

    /// An account that goes on from another one.
    #[must_use]
    pub fn extend(account: Account) -> Self {
        Self(Ok(Work::of(account)))
    }

    /// The account.
    ///
    /// # Errors
    /// [`BuildError`] tells the first mistake.
    pub fn build(self) -> Result<Account, BuildError> {
        self.0.map(|work| work.account)
    }

    /// Enables a region; what follows stands in it, in the VPC `main`.
    #[must_use]
    pub fn region(self, code: &str) -> Self {
        self.then(|work| {
            let region = Region::new(code)?;
            work.account.regions.entry(region.clone()).or_default();
            work.region = Some(region);
            "main".clone_into(&mut work.vpc);
            Ok(())
        })
    }

    /// What follows stands in the VPC of this name. All VPCs have the same address range.
    #[must_use]
    pub fn vpc(self, name: &str) -> Self {
        self.then(|work| {
            name.clone_into(&mut work.vpc);
            Ok(())
        })
    }

    /// Builds something in another region, and comes back.
    #[must_use]
    pub fn within(self, region: &str, build: impl FnOnce(Self) -> Self) -> Self {
        let place = self.place();
        build(self.region(region)).back_to(place)
    }

    /// Builds something in a VPC of its own, and comes back.
    #[must_use]
    pub fn apart(self, vpc: &str, build: impl FnOnce(Self) -> Self) -> Self {
        let place = self.place();
        build(self.vpc(vpc)).back_to(place)
    }

    fn place(&self) -> Option<(Option<Region>, String)> {
        let work = self.0.as_ref().ok();
        work.map(|work| (work.region.clone(), work.vpc.clone()))
    }

    fn back_to(self, place: Option<(Option<Region>, String)>) -> Self {
        self.then(|work| {
            if let Some((region, vpc)) = place {
                work.region = region;
                work.vpc = vpc;
            }
            Ok(())
        })
    }

    /// An internal ALB with an HTTP listener in front of a service.
    #[must_use]
    pub fn alb(self, name: &str, port: u16) -> Self {
        self.here(|site| site.alb(name, port).map(drop))
    }

    /// An internal NLB without listeners.
    #[must_use]
    pub fn nlb(self, name: &str) -> Self {
        self.here(|site| {
            site.load_balancer(LoadBalancerType::Network, name)
                .map(drop)
        })
    }

    /// A TCP listener in front of a group of type `alb`.
    #[must_use]
    pub fn forward(self, nlb: &str, port: u16, alb: &str, alb_port: u16) -> Self {
        self.here(|site| {
            let group = site.alb_group(format!("{nlb}-{port}"), alb, alb_port)?;
            site.listener(nlb, port, "TCP", vec![(group, None)])
        })
    }

    /// A TCP listener in front of a group of type `ip` that holds an ALB's own addresses.
    #[must_use]
    pub fn forward_by_address(self, nlb: &str, port: u16, alb: &str, alb_port: u16) -> Self {
        self.here(|site| {
            let group = site.address_group(format!("{nlb}-{port}"), alb, alb_port)?;
            site.listener(nlb, port, "TCP", vec![(group, None)])
        })
    }

    /// A TCP listener that spreads traffic over ALBs: name, port and weight of each.
    #[must_use]
    pub fn forward_weighted(self, nlb: &str, port: u16, albs: &[(&str, u16, u16)]) -> Self {
        self.here(|site| {
            let mut groups = Vec::new();
            for (number, (alb, alb_port, weight)) in albs.iter().enumerate() {
                let name = format!("{nlb}-{port}-{number}");
                groups.push((site.alb_group(name, alb, *alb_port)?, Some(*weight)));
            }
            site.listener(nlb, port, "TCP", groups)
        })
    }

    /// A TCP listener in front of targets that are no load balancer.
    #[must_use]
    pub fn serve(self, nlb: &str, port: u16, backend: Backend) -> Self {
        self.here(|site| {
            let target_type = match backend {
                Backend::Addresses => TargetType::Ip,
                Backend::Instances => TargetType::Instance,
            };
            let group = site.service_group(format!("{nlb}-{port}"), target_type, port)?;
            site.listener(nlb, port, "TCP", vec![(group, None)])
        })
    }

    /// A version 1 link, with the endpoint service that API Gateway makes for it.
    #[must_use]
    pub fn link(self, name: &str, nlb: &str) -> Self {
        self.here(|site| site.v1_link(name, nlb))
    }

    /// A version 2 link into all subnets of the VPC.
    #[must_use]
    pub fn v2_link(self, name: &str) -> Self {
        self.here(|site| site.v2_link(name))
    }

    /// Deletes a version 1 link, and with it the endpoint service, whoever names it still.
    #[must_use]
    pub fn drop_link(self, name: &str) -> Self {
        self.here(|site| site.drop_link(name))
    }

    /// `NAME-link` to `NAME-nlb`, which forwards to `NAME-alb`.
    #[must_use]
    pub fn bridge(self, name: &str, port: u16) -> Self {
        self.nlb_to_alb(name, port)
            .link(&format!("{name}-link"), &format!("{name}-nlb"))
    }

    /// `NAME-nlb`, which forwards to `NAME-alb`, without a gateway.
    #[must_use]
    pub fn nlb_to_alb(self, name: &str, port: u16) -> Self {
        let (nlb, alb) = (format!("{name}-nlb"), format!("{name}-alb"));
        self.alb(&alb, port)
            .nlb(&nlb)
            .forward(&nlb, port, &alb, port)
    }

    /// A bridge whose target group holds the ALB's addresses.
    #[must_use]
    pub fn ip_bridge(self, name: &str, port: u16) -> Self {
        let (nlb, alb) = (format!("{name}-nlb"), format!("{name}-alb"));
        self.alb(&alb, port)
            .nlb(&nlb)
            .forward_by_address(&nlb, port, &alb, port)
            .link(&format!("{name}-link"), &nlb)
    }

    /// A bridge that spreads traffic over `NAME-alb` and `NAME-alb-2` by these weights.
    #[must_use]
    pub fn weighted_bridge(self, name: &str, port: u16, weights: [u16; 2]) -> Self {
        let (nlb, one, two) = (
            format!("{name}-nlb"),
            format!("{name}-alb"),
            format!("{name}-alb-2"),
        );
        self.alb(&one, port)
            .alb(&two, port)
            .nlb(&nlb)
            .forward_weighted(
                &nlb,
                port,
                &[(&one, port, weights[0]), (&two, port, weights[1])],
            )
            .link(&format!("{name}-link"), &nlb)
    }

    /// `NAME-link` to `NAME-nlb`, which serves targets of its own: no bridge.
    #[must_use]
    pub fn direct_nlb(self, name: &str, port: u16, backend: Backend) -> Self {
        let nlb = format!("{name}-nlb");
        self.nlb(&nlb)
            .serve(&nlb, port, backend)
            .link(&format!("{name}-link"), &nlb)
    }

    /// Somebody who connects to the endpoint service on an NLB. Without a version 1 link on the
    /// NLB it is the account's own service.
    #[must_use]
    pub fn consumer(self, nlb: &str, account: &str) -> Self {
        self.here(|site| {
            let owner = AccountId::new(account)?;
            site.consumer(nlb, owner)
        })
    }

    /// An unhealthy address in the group behind a listener that is nobody's any more.
    #[must_use]
    pub fn stale_target(self, nlb: &str, port: u16) -> Self {
        self.target(nlb, port, "unhealthy")
    }

    /// A healthy address in the group behind a listener that is no load balancer's.
    #[must_use]
    pub fn foreign_target(self, nlb: &str, port: u16) -> Self {
        self.target(nlb, port, "healthy")
    }

    /// Every target behind a listener fails its health checks.
    #[must_use]
    pub fn unhealthy(self, nlb: &str, port: u16) -> Self {
        self.here(|site| {
            let groups = site.groups_behind(nlb, port)?;
            let targets = groups
                .into_iter()
                .flat_map(|group| group.targets.iter_mut());
            for target in targets.flatten() {
                target.health = Text::new("unhealthy");
            }
            Ok(())
        })
    }

    /// Takes all targets out of the groups behind a listener.
    #[must_use]
    pub fn empty_group(self, nlb: &str, port: u16) -> Self {
        self.here(|site| {
            for group in site.groups_behind(nlb, port)? {
                group.targets = Some(Vec::new());
            }
            Ok(())
        })
    }

    /// Takes a listener away; its groups stay, attached to nothing.
    #[must_use]
    pub fn drop_listener(self, name: &str, port: u16) -> Self {
        self.here(|site| {
            let owner = site.find(name)?.arn.clone();
            for group in site.groups_behind(name, port)? {
                group.load_balancers.retain(|lb| *lb != owner);
            }
            let listeners = &mut site.find_mut(name)?.listeners;
            let listeners = listeners.get_or_insert_default();
            listeners.retain(|listener| listener.port != Some(port));
            Ok(())
        })
    }

    /// Makes a load balancer reachable from anywhere.
    #[must_use]
    pub fn internet_facing(self, name: &str) -> Self {
        self.here(|site| {
            let kind = site.find(name)?.kind;
            let dns_name = site.names.dns(kind, Scheme::InternetFacing, name);
            let lb = site.find_mut(name)?;
            lb.scheme = Some(Scheme::InternetFacing);
            lb.dns_name = Some(dns_name);
            Ok(())
        })
    }

    /// Sets an attribute of a load balancer.
    #[must_use]
    pub fn attribute(self, name: &str, key: &str, value: &str) -> Self {
        self.here(|site| {
            let attributes = site.find_mut(name)?.attributes.get_or_insert_default();
            attributes.insert(Text::new(key), Text::new(value));
            Ok(())
        })
    }

    /// A REST API; one of this name that is there already is opened again.
    #[must_use]
    pub fn rest_api(
        self,
        name: &str,
        describe: impl for<'e> FnOnce(RestApiBuilder<'e>) -> RestApiBuilder<'e>,
    ) -> Self {
        self.here(|site| {
            let builder = RestApiBuilder::open(&site.names, site.state, name);
            let done = describe(builder).finish()?;
            site.state.rest_apis.put(done, |known| &known.api.id);
            Ok(())
        })
    }

    /// An HTTP API; one of this name that is there already is opened again.
    #[must_use]
    pub fn http_api(
        self,
        name: &str,
        describe: impl for<'e> FnOnce(HttpApiBuilder<'e>) -> HttpApiBuilder<'e>,
    ) -> Self {
        self.second_generation(name, Protocol::Http, describe)
    }

    /// A WebSocket API; one of this name that is there already is opened again.
    #[must_use]
    pub fn websocket_api(
        self,
        name: &str,
        describe: impl for<'e> FnOnce(HttpApiBuilder<'e>) -> HttpApiBuilder<'e>,
    ) -> Self {
        self.second_generation(name, Protocol::Websocket, describe)
    }

    /// Changes anything in the region by hand.
    #[must_use]
    pub fn edit(self, change: impl FnOnce(&mut RegionState)) -> Self {
        self.here(|site| {
            change(site.state);
            Ok(())
        })
    }

    fn look<T>(
        &self,
        question: impl FnOnce(&Work) -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        question(self.0.as_ref().map_err(Clone::clone)?)
    }

    fn target(self, nlb: &str, port: u16, health: &str) -> Self {
        self.here(|site| {
            let id = site.odd_address();
            for group in site.groups_behind(nlb, port)? {
                let target = Target {
                    id: id.clone(),
                    port: group.port,
                    health: Text::new(health),
                };
                group.targets.get_or_insert_default().push(target);
            }
            Ok(())
        })
    }

    fn second_generation(
        self,
        name: &str,
        protocol: Protocol,
        describe: impl for<'e> FnOnce(HttpApiBuilder<'e>) -> HttpApiBuilder<'e>,
    ) -> Self {
        self.here(|site| {
            let builder = HttpApiBuilder::open(&site.names, site.state, name, protocol);
            let done = describe(builder).finish()?;
            site.state.http_apis.put(done, |known| &known.api.id);
            Ok(())
        })
    }

    fn then(self, step: impl FnOnce(&mut Work) -> Result<(), BuildError>) -> Self {
        Self(self.0.and_then(|mut work| step(&mut work).map(|()| work)))
    }

    fn here(self, step: impl FnOnce(&mut Site<'_>) -> Result<(), BuildError>) -> Self {
        self.then(|work| {
            let region = work.region.clone();
            let region = region.ok_or_else(|| BuildError::missing("region", "to build in"))?;
            step(&mut Site {
                names: Names {
                    account: work.account.id.clone(),
                    region: region.clone(),
                },
                state: work.account.regions.entry(region).or_default(),
                vpc: &work.vpc,
            })
        })
    }
}

impl Work {
    fn of(account: Account) -> Self {
        Self {
            account,
            region: None,
            vpc: "main".to_owned(),
        }
    }

    /// The region that is being built in.
    fn state(&self) -> Result<&RegionState, BuildError> {
        let region = self.region.as_ref();
        let state = region.and_then(|region| self.account.regions.get(region));
        state.ok_or_else(|| BuildError::missing("region", "to build in"))
    }

    fn find(&self, load_balancer: &str) -> Result<&LoadBalancer, BuildError> {
        let found = self.state()?.load_balancer_named(load_balancer);
        found.ok_or_else(|| BuildError::missing("load balancer", load_balancer))
    }
}

/// Replaces the thing with the same id, or adds it.
fn put<T, K: PartialEq>(list: &mut Vec<T>, thing: T, id: impl Fn(&T) -> &K) {
    match list.iter_mut().find(|known| id(known) == id(&thing)) {
        Some(known) => *known = thing,
        None => list.push(thing),
    }
}

#[cfg(test)]
mod tests;
