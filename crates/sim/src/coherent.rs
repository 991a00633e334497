//! Whether an account could stand in AWS: checks for tests.

use std::collections::BTreeSet;

use unbridge_model::apigateway::LinkReach;
use unbridge_model::elb::{Action, LoadBalancerType, TargetType};
use unbridge_model::id::{LoadBalancerArn, SubnetId, TargetGroupArn};

use crate::account::{Account, RegionState};

/// Everything that AWS would not let be.
pub(crate) fn complaints(account: &Account) -> Vec<String> {
    let mut found = Vec::new();
    for (region, state) in &account.regions {
        let mut check = Check {
            state,
            found: Vec::new(),
        };
        check.ids();
        check.links();
        check.load_balancers();
        check.groups();
        check.interfaces_and_services();
        check.apis();
        found.extend(
            check
                .found
                .into_iter()
                .map(|what| format!("{region}: {what}")),
        );
    }
    found
}

struct Check<'a> {
    state: &'a RegionState,
    found: Vec<String>,
}

impl Check<'_> {
    fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.found.push(what());
        }
    }

    fn ids(&mut self) {
        let state = self.state;
        let ids: Vec<String> = (state.links.iter().map(|link| link.id.to_string()))
            .chain(state.rest_apis.iter().map(|known| known.api.id.to_string()))
            .chain(state.http_apis.iter().map(|known| known.api.id.to_string()))
            .chain(state.load_balancers.iter().map(|lb| lb.arn.to_string()))
            .chain(
                state
                    .target_groups
                    .iter()
                    .map(|group| group.arn.to_string()),
            )
            .chain(state.vpcs.iter().map(|vpc| vpc.id.to_string()))
            .chain(
                state
                    .network_interfaces
                    .iter()
                    .map(|eni| eni.id.to_string()),
            )
            .chain(
                state
                    .endpoint_services
                    .iter()
                    .map(|service| service.id.to_string()),
            )
            .chain(state.vpcs.iter().flat_map(|vpc| {
                vpc.subnets
                    .iter()
                    .flatten()
                    .map(|subnet| subnet.id.to_string())
            }))
            .chain(state.vpcs.iter().flat_map(|vpc| {
                vpc.security_groups
                    .iter()
                    .flatten()
                    .map(|group| group.id.to_string())
            }))
            .collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        self.require(distinct.len() == ids.len(), || "an id stands twice".into());
        for name in (state.load_balancers.iter().map(|lb| &lb.name))
            .chain(state.target_groups.iter().map(|group| &group.name))
        {
            self.require(name.len() <= 32, || format!("{name} is too long"));
        }
    }

    fn links(&mut self) {
        let mut linked = BTreeSet::new();
        for link in &self.state.links {
            match &link.reach {
                LinkReach::V1 { targets } => {
                    let [target] = &targets[..] else {
                        self.found.push(format!("{} has not one target", link.name));
                        continue;
                    };
                    let nlb = self.state.load_balancer(target);
                    let is_nlb = nlb.is_some_and(|lb| lb.kind == LoadBalancerType::Network);
                    self.require(is_nlb, || format!("{} targets no NLB", link.name));
                    self.require(linked.insert(target), || format!("{target} has two links"));
                    let services = self.state.endpoint_services.iter();
                    let of_nlb = services.filter(|known| known.load_balancers == [target.clone()]);
                    self.require(of_nlb.count() == 1, || format!("{target} has no service"));
                }
                LinkReach::V2 {
                    subnets,
                    security_groups,
                } => {
                    let mut vpcs = self.state.vpcs.iter();
                    let home = vpcs.any(|vpc| {
                        let inside = |id: &SubnetId| {
                            vpc.subnets.iter().flatten().any(|known| known.id == *id)
                        };
                        let mut groups = vpc.security_groups.iter().flatten();
                        subnets.iter().all(inside)
                            && groups.any(|group| security_groups.contains(&group.id))
                    });
                    self.require(home, || format!("{} has no home", link.name));
                }
            }
        }
    }

    fn load_balancers(&mut self) {
        for lb in &self.state.load_balancers {
            let dns = lb.dns_name.as_deref().unwrap_or_default();
            self.require(dns == dns.to_lowercase(), || {
                format!("{dns} is not lower case")
            });
            let mut ports = BTreeSet::new();
            for listener in lb.listeners.iter().flatten() {
                self.require(listener.arn.load_balancer() == Some(lb.arn.clone()), || {
                    format!("{} is not of {}", listener.arn, lb.name)
                });
                self.require(ports.insert(listener.port), || {
                    format!("{} port twice", lb.name)
                });
                for group in forwarded(&listener.default_actions) {
                    let known = self.state.target_group(group);
                    let fits = known.is_some_and(|known| known.load_balancers.contains(&lb.arn));
                    self.require(fits, || format!("{} forwards to {group}", lb.name));
                }
            }
        }
    }

    fn groups(&mut self) {
        let mut fronts: Vec<&str> = Vec::new();
        for group in &self.state.target_groups {
            self.require(group.load_balancers.len() <= 1, || {
                format!("{} is shared", group.name)
            });
            for lb in &group.load_balancers {
                let used = self.uses(lb, &group.arn);
                self.require(used, || format!("{} is not used by {lb}", group.name));
            }
            let targets = group.targets.iter().flatten();
            let distinct: BTreeSet<_> = targets.clone().map(|target| &target.id).collect();
            let count = targets.clone().count();
            self.require(distinct.len() == count, || {
                format!("{} has doubles", group.name)
            });
            if group.target_type != TargetType::Alb {
                continue;
            }
            self.require(count <= 1, || format!("{} has two ALBs", group.name));
            for target in targets {
                let mut lbs = self.state.load_balancers.iter();
                let alb = lbs.find(|lb| lb.arn.as_str() == target.id.as_str());
                self.require(alb.is_some(), || format!("{} leads nowhere", group.name));
                let together = alb.is_some_and(|alb| alb.vpc == group.vpc);
                self.require(together, || format!("{} is in another VPC", group.name));
                fronts.push(target.id.as_str());
            }
        }
        for alb in fronts.iter().collect::<BTreeSet<_>>() {
            let times = fronts.iter().filter(|front| front == &alb).count();
            self.require(times <= 2, || format!("{alb} is behind {times} groups"));
        }
    }

    fn uses(&self, lb: &LoadBalancerArn, group: &TargetGroupArn) -> bool {
        let lb = self.state.load_balancer(lb);
        lb.into_iter()
            .flat_map(|lb| lb.listeners.iter().flatten())
            .flat_map(|listener| {
                let rules = listener.rules.iter().flatten();
                let actions = rules.map(|rule| &rule.actions);
                actions.chain([&listener.default_actions])
            })
            .any(|actions| forwarded(actions).any(|known| known == group))
    }

    fn interfaces_and_services(&mut self) {
        let mut addresses = BTreeSet::new();
        for interface in &self.state.network_interfaces {
            let mut lbs = self.state.load_balancers.iter();
            let owner = lbs.find(|lb| interface.load_balancer == lb.arn.tail());
            self.require(owner.is_some(), || format!("{} is nobody's", interface.id));
            for address in &interface.addresses {
                let vpc = owner.and_then(|lb| lb.vpc.as_ref());
                self.require(addresses.insert((vpc, address)), || {
                    format!("{address} stands twice in {vpc:?}")
                });
            }
        }
        for service in &self.state.endpoint_services {
            for nlb in &service.load_balancers {
                let known = self.state.load_balancer(nlb).is_some();
                self.require(known, || format!("{} stands on nothing", service.id));
            }
            for connection in service.connections.iter().flatten() {
                let ours = connection.service == service.id;
                self.require(ours, || format!("{} is of another", connection.endpoint));
            }
        }
    }

    fn apis(&mut self) {
        for api in &self.state.rest_apis {
            let name = &api.api.name;
            for stage in &api.stages {
                let canary = stage.canary.as_ref().map(|canary| &canary.deployment);
                for deployment in canary.into_iter().chain([&stage.deployment]) {
                    let known = api.deployments.contains_key(deployment);
                    self.require(known, || format!("{name} runs {deployment}"));
                }
            }
            let draft: Vec<_> = api.api.draft.iter().flatten().collect();
            let distinct: BTreeSet<_> = draft.iter().map(|m| (&m.path, m.verb)).collect();
            self.require(distinct.len() == draft.len(), || {
                format!("{name} has doubles")
            });
        }
        for api in &self.state.http_apis {
            for route in api.api.routes.iter().flatten() {
                let mut known = api.api.integrations.iter().flatten();
                let there = known.any(|known| Some(&known.id) == route.integration.as_ref());
                self.require(there, || format!("{} goes nowhere", route.key));
            }
        }
    }
}

fn forwarded(actions: &[Action]) -> impl Iterator<Item = &TargetGroupArn> {
    actions.iter().flat_map(|action| match action {
        Action::Forward { groups } => groups.iter().map(|weighted| &weighted.group).collect(),
        _ => Vec::new(),
    })
}
