//! Load balancers, target groups and their targets.

use std::time::Duration;

use unbridge_model::elb::{Action, LoadBalancer, Target, TargetGroup, TargetType};
use unbridge_model::id::{LoadBalancerArn, TargetGroupArn};
use unbridge_model::port::WriteError;
use unbridge_model::text::Text;

use super::time::Timer;
use super::world::{Changed, World, not_yet, refused};

/// How long a new target is `initial`. Rule `target-health`.
const HEALTHY_AFTER: Duration = Duration::from_secs(30);

/// Whether a load balancer may not be deleted.
pub(super) fn is_protected(lb: &LoadBalancer) -> bool {
    let attributes = lb.attributes.as_ref();
    let word = attributes.and_then(|known| known.get("deletion_protection.enabled"));
    word.is_some_and(|word| word == "true")
}

impl World {
    fn target_group(&self, arn: &TargetGroupArn) -> Changed<&TargetGroup> {
        self.state()?.target_group(arn).ok_or_else(no_group)
    }

    fn target_group_mut(&mut self, arn: &TargetGroupArn) -> Changed<&mut TargetGroup> {
        let groups = &mut self.state_mut()?.target_groups;
        let found = groups.find_mut(|group| group.arn == *arn);
        found.ok_or_else(no_group)
    }

    /// Rule `target-deregister`: at once, and what is not there does no harm.
    pub(super) fn deregister(
        &mut self,
        group: &TargetGroupArn,
        target: &Text,
        port: u16,
    ) -> Changed {
        let group = self.target_group_mut(group)?;
        let default = group.port;
        let is_it = |known: &Target| known.id == *target && known.port.or(default) == Some(port);
        if let Some(targets) = &mut group.targets {
            targets.retain(|known| !is_it(known));
        }
        Ok(())
    }

    pub(super) fn register(&mut self, arn: &TargetGroupArn, target: &Text, port: u16) -> Changed {
        let group = self.target_group(arn)?;
        if group.target_type == TargetType::Alb {
            self.takes_alb(group, target, port)?;
        }
        let registered = group.targets.iter().flatten();
        let mut registered = registered.filter(|known| known.port.or(group.port) == Some(port));
        if registered.any(|known| known.id == *target) {
            return Ok(());
        }
        let targets = &mut self.target_group_mut(arn)?.targets;
        targets.get_or_insert_default().push(Target {
            id: target.clone(),
            port: Some(port),
            health: Text::new("initial"),
        });
        let timer = Timer::TargetHealthy(arn.clone(), target.clone());
        self.timers.set(self.now + HEALTHY_AFTER, timer);
        Ok(())
    }

    /// Rule `alb-group-target`: one ALB of the group's VPC, with a listener on the group's port.
    fn takes_alb(&self, group: &TargetGroup, target: &Text, port: u16) -> Changed {
        let invalid = |why: &str| Err(refused(format!("InvalidTarget: {target} {why}")));
        let mut load_balancers = self.state()?.load_balancers.iter();
        let Some(alb) = load_balancers.find(|lb| lb.arn.as_str() == target.as_str()) else {
            return invalid("does not exist");
        };
        if alb.vpc != group.vpc {
            return invalid("is not in the VPC of the target group");
        }
        let mut listeners = alb.listeners.iter().flatten();
        if group.port != Some(port) || !listeners.any(|known| known.port == Some(port)) {
            return invalid("has no listener on the port of the target group");
        }
        let mut others = group.targets.iter().flatten();
        match others.any(|known| known.id != *target) {
            true => invalid("cannot be registered beside another Application Load Balancer"),
            false => Ok(()),
        }
    }

    pub(super) fn target_healthy(&mut self, group: &TargetGroupArn, target: &Text) {
        let Ok(group) = self.target_group_mut(group) else {
            return;
        };
        let targets = group.targets.iter_mut().flatten();
        for known in targets.filter(|known| known.id == *target && known.health == "initial") {
            known.health = Text::new("healthy");
        }
    }

    pub(super) fn delete_load_balancer(&mut self, arn: &LoadBalancerArn) -> Changed {
        let state = self.state()?;
        // Rule `load-balancer-gone-twice`: deleting what is not there succeeds.
        let Some(lb) = state.load_balancer(arn) else {
            return Ok(());
        };
        // Rule `deletion-protection`.
        if is_protected(lb) {
            return Err(refused(format!(
                "OperationNotPermitted: Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            )));
        }
        // Rule `load-balancer-in-use`: by an endpoint service, or as the target of an NLB.
        let mut services = state.endpoint_services.iter();
        let served = services.any(|service| service.load_balancers.contains(arn));
        let targets = state.target_groups.iter().flat_map(|group| &group.targets);
        let registered = targets.flatten().any(|target| target.id == arn.as_str());
        if served || registered {
            return Err(not_yet(format!(
                "ResourceInUse: Load balancer '{arn}' cannot be deleted because it is currently associated with another service"
            )));
        }
        // Rule `load-balancer-takes-listeners`: its listeners go with it, its target groups stay.
        let tail = arn.tail().to_owned();
        let state = self.state_mut()?;
        state.load_balancers.retain(|lb| lb.arn != *arn);
        state
            .network_interfaces
            .retain(|interface| interface.load_balancer != tail.as_str());
        let names = |group: &TargetGroup| group.load_balancers.contains(arn);
        while let Some(group) = state.target_groups.find_mut(names) {
            group.load_balancers.retain(|lb| lb != arn);
        }
        Ok(())
    }

    pub(super) fn delete_target_group(&mut self, arn: &TargetGroupArn) -> Changed {
        let state = self.state()?;
        // Rule `target-group-gone-twice`.
        if state.target_group(arn).is_none() {
            return Ok(());
        }
        // Rule `target-group-in-use`: by a listener or a rule.
        let load_balancers = state.load_balancers.iter();
        let listeners = load_balancers.flat_map(|lb| lb.listeners.iter().flatten());
        let used = listeners
            .flat_map(|listener| {
                let rules = listener.rules.iter().flatten();
                let of_rules = rules.flat_map(|rule| &rule.actions);
                listener.default_actions.iter().chain(of_rules)
            })
            .any(|action| forwards_to(action, arn));
        if used {
            return Err(not_yet(format!(
                "ResourceInUse: Target group '{arn}' is currently in use by a listener or a rule"
            )));
        }
        let groups = &mut self.state_mut()?.target_groups;
        groups.retain(|group| group.arn != *arn);
        Ok(())
    }
}

fn forwards_to(action: &Action, arn: &TargetGroupArn) -> bool {
    match action {
        Action::Forward { groups } => groups.iter().any(|group| group.group == *arn),
        Action::Redirect { .. }
        | Action::FixedResponse { .. }
        | Action::Authenticate { .. }
        | Action::Unknown { .. } => false,
    }
}

fn no_group() -> WriteError {
    refused("TargetGroupNotFound: One or more target groups not found")
}
