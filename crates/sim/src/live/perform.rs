//! Which change is made where.

use unbridge_model::journal::Owner;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::{Output, Settled};

use super::history::{of_region, remember};
use super::world::{Changed, World};
use crate::account::RegionState;

impl World {
    /// Makes a change, or refuses it and changes nothing. Rule `refused-changes-nothing`.
    pub(super) fn perform(
        &mut self,
        operation: &Operation<Settled>,
        owner: &Owner,
    ) -> Changed<Option<Output>> {
        use Operation as O;
        match operation {
            O::CreateSecurityGroup {
                vpc, name, tags, ..
            } => return self.create_group(vpc, name, tags, owner).map(Some),
            O::RevokeDefaultEgress { group } => self.revoke_default_egress(group),
            O::AuthorizeRule { group, rule } => self.authorize(group, rule),
            O::RevokeRule { group, rule } => self.revoke(group, rule),
            O::DeleteSecurityGroup { group } => self.delete_group(group),
            O::CreateVpcLink {
                name,
                subnets,
                security_groups,
                tags,
            } => {
                let made = self.create_link(name, subnets, security_groups, tags, owner);
                return made.map(Some);
            }
            O::DeleteVpcLink { link } => self.delete_v2_link(link),
            O::UpdateIntegration { method, patch } => self.update_integration(method, patch),
            O::CreateDeployment { api, description } => {
                return self.create_deployment(api, description, owner).map(Some);
            }
            O::DeleteDeployment { api, deployment } => self.delete_deployment(api, deployment),
            O::CreateStage {
                api,
                stage,
                deployment,
                like,
                tags,
            } => self.create_stage(api, stage, deployment, like, tags, owner),
            O::FurnishStage { api, stage, like } => self.furnish_stage(api, stage, like),
            O::DeleteStage { api, stage } => self.delete_stage(api, stage),
            O::SetCanary {
                api,
                stage,
                deployment,
                percent,
            } => self.set_canary(api, stage, deployment, *percent),
            O::RemoveCanary { api, stage } => self.remove_canary(api, stage),
            O::SetDeployment {
                api,
                stage,
                deployment,
            } => self.set_deployment(api, stage, deployment),
            O::CreateHttpIntegration {
                api,
                like,
                link,
                listener,
            } => {
                let made = self.create_http_integration(api, like, link, listener, owner);
                return made.map(Some);
            }
            O::DeleteHttpIntegration { api, integration } => {
                self.delete_http_integration(api, integration)
            }
            O::UpdateRoute {
                api,
                route,
                key: _,
                integration,
            } => self.update_route(api, route, integration),
            O::CreateHttpDeployment { api, description } => {
                let made = self.create_http_deployment(api, description, owner);
                return made.map(Some);
            }
            O::DeleteHttpDeployment { api, deployment } => {
                self.delete_http_deployment(api, deployment)
            }
            O::SetHttpDeployment {
                api,
                stage,
                deployment,
            } => self.set_http_deployment(api, stage, deployment),
            O::DeleteV1Link { link } => self.delete_v1_link(link),
            O::DeregisterTarget {
                group,
                target,
                port,
            } => self.deregister(group, target, *port),
            O::RegisterTarget {
                group,
                target,
                port,
            } => self.register(group, target, *port),
            O::DeleteLoadBalancer { load_balancer } => self.delete_load_balancer(load_balancer),
            O::DeleteTargetGroup { group } => self.delete_target_group(group),
        }?;
        Ok(None)
    }

    /// Takes up what somebody else changed. Rule `foreign-edits-spread-too`.
    pub(super) fn reconcile(&mut self, before: Option<&RegionState>) {
        let ways = |state: Option<&RegionState>| state.map(of_region).unwrap_or_default();
        let after = ways(self.state().ok());
        if let Some(state) = before {
            let before = of_region(state);
            remember(&mut self.history, state, &before, &after, self.now);
        }
        self.keep_frozen_stages();
        self.watch_links();
        self.count_uses();
    }
}
