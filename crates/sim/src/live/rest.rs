//! The draft of a REST API and the deployments that freeze it.

use std::sync::Arc;

use unbridge_model::apigateway::{Integration, IntegrationType, LinkReach, Method, VpcLink};
use unbridge_model::id::{DeploymentId, LoadBalancerArn, RestApiId};
use unbridge_model::journal::Owner;
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, MethodRef};
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::template::Template;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

use super::digest::digest_of_method;
use super::owned::described;
use super::switches::{LeftoverTarget, SwitchKind};
use super::world::{Changed, World, made, not_yet, refused};
use crate::account::{Content, DeploymentState, RegionState, RestApiState};

/// The method of a draft. Rule `method-by-resource`: AWS names it by resource id and verb; by path
/// where the id is not known.
pub(super) fn drafted<'a>(api: &'a RestApiState, method: &MethodRef) -> Option<&'a Method> {
    let mut methods = api.api.draft.iter().flatten();
    methods.find(|known| is_it(known, method))
}

fn is_it(known: &Method, method: &MethodRef) -> bool {
    known.verb == method.verb
        && match known.resource {
            Some(resource) => resource == method.resource,
            None => known.path == method.path,
        }
}

/// An integration with a patch applied. Rule `patch-replaces`: what the patch names is replaced, and
/// everything else stays.
pub(super) fn patched(integration: &Integration, patch: &IntegrationPatch<Settled>) -> Integration {
    let mut integration = integration.clone();
    integration.vpc_link = Some(match &patch.connection_id {
        ConnectionId::Link(link) => Template::new(link.as_str()),
        ConnectionId::Template(template) => template.clone(),
    });
    if let Some(target) = &patch.integration_target {
        integration.target = Some(Template::new(target.as_str()));
    }
    if let Some(uri) = &patch.uri {
        integration.uri = Some(uri.clone());
        integration.uri_rest = None;
    }
    integration
}

impl World {
    pub(super) fn update_integration(
        &mut self,
        method: &MethodRef,
        patch: &IntegrationPatch<Settled>,
    ) -> Changed {
        let api = self.rest_api(&method.api)?;
        let found = drafted(api, method);
        let found = found
            .ok_or_else(|| refused("NotFoundException: Invalid Method identifier specified"))?;
        let integration = found.integration.as_deref();
        let integration = integration.ok_or_else(|| {
            refused("NotFoundException: Invalid Integration identifier specified")
        })?;
        patch_fits(integration, patch)?;
        let after = patched(integration, patch);
        if self.leaves_target(&after, patch)? {
            self.asked.insert(SwitchKind::LeftoverTarget);
            // Rule `leftover-target`.
            match self.switches.leftover_target {
                LeftoverTarget::Ignored => {}
                LeftoverTarget::Refused => {
                    return Err(refused(
                        "BadRequestException: IntegrationTarget is not supported for VpcLink",
                    ));
                }
            }
        }
        let digest = self.draft_digest(&method.api)?;
        let counts = self.counts(method);
        let api = self.rest_api_mut(&method.api)?;
        let draft = api.api.draft.as_deref_mut().into_iter();
        let mut methods = draft.flatten();
        if let Some(known) = methods.find(|known| is_it(known, method)) {
            let before = digest_of_method(known, &counts);
            known.integration = Some(Arc::new(after));
            let digest = digest
                .wrapping_sub(before)
                .wrapping_add(digest_of_method(known, &counts));
            self.drafts.insert(method.api.clone(), digest);
        }
        Ok(())
    }

    /// Rule `end-state-is-checked`: all patch operations of one call together must leave an
    /// integration that can be. Tells whether it has a target that its link has no use for.
    fn leaves_target(
        &self,
        after: &Integration,
        patch: &IntegrationPatch<Settled>,
    ) -> Changed<bool> {
        if let Some(target) = &patch.integration_target {
            self.is_ours(target)?;
        }
        let link = after.vpc_link.as_ref();
        // Rule `link-by-variable-unchecked`: what a stage variable holds is not looked at.
        let Some(link) = link.filter(|link| link.is_literal()) else {
            return Ok(false);
        };
        // Rule `link-exists`.
        let link = link_named(self.state()?, link.as_str())
            .ok_or_else(|| refused("BadRequestException: Invalid Vpc Link identifier specified"))?;
        target_fits(link, after)?;
        Ok(matches!(link.reach, LinkReach::V1 { .. }) && after.target.is_some())
    }

    /// Rule `target-same-account`: link, API and load balancer are of one account and region.
    fn is_ours(&self, target: &LoadBalancerArn) -> Changed {
        let same =
            target.account() == self.account.id.as_str() && target.region() == self.region.as_str();
        match same {
            true => Ok(()),
            false => Err(refused(format!(
                "BadRequestException: Invalid IntegrationTarget {target}: it is not of this account and Region"
            ))),
        }
    }

    pub(super) fn create_deployment(
        &mut self,
        api: &RestApiId,
        description: &Text,
        owner: &Owner,
    ) -> Changed<Output> {
        let known = self.rest_api(api)?;
        let draft = known.api.draft.as_deref().cloned().unwrap_or_default();
        // Rule `deployment-needs-methods`.
        if draft.is_empty() {
            return Err(refused(
                "BadRequestException: The REST API doesn't contain any methods",
            ));
        }
        for method in &draft {
            let integration = method.integration.as_deref();
            let integration = integration
                .ok_or_else(|| refused("BadRequestException: No integration defined for method"))?;
            self.link_ready(integration)?;
        }
        // Rule `deployment-freezes-draft`: all methods and settings, whoever edited them.
        let frozen = DeploymentState {
            created_at: self.wall(),
            methods: draft,
            settings: known.settings.clone(),
            content: Content::Known,
        };
        let id = made(DeploymentId::new(self.short_id(api.as_str(), owner, 6)))?;
        let deployments = &mut self.rest_api_mut(api)?.deployments;
        deployments.insert(id.clone(), frozen.into());
        let place = (Text::new(api.as_str()), Text::new(id.as_str()));
        self.descriptions
            .insert(place, described(description, owner));
        // Rule `deployment-is-detached`: no stage runs it yet.
        Ok(self.noted(Output::Deployment(id)))
    }

    fn link_ready(&self, integration: &Integration) -> Changed {
        let link = integration.vpc_link.as_ref();
        let Some(link) = link.filter(|link| link.is_literal()) else {
            return Ok(());
        };
        // Rule `deployment-over-missing-link`: a link that is gone holds no deployment up.
        let Some(link) = link_named(self.state()?, link.as_str()) else {
            return Ok(());
        };
        target_fits(link, integration)?;
        let VpcLink { id, .. } = link;
        match link.status.as_str() {
            // Rule `deployment-waits-for-link`.
            "PENDING" => Err(not_yet(format!(
                "BadRequestException: VpcLink {id} is PENDING"
            ))),
            // Rule `deployment-fails-over-deleting-link`.
            "DELETING" => Err(refused(format!(
                "BadRequestException: VpcLink {id} is DELETING"
            ))),
            _ => Ok(()),
        }
    }

    pub(super) fn delete_deployment(&mut self, api: &RestApiId, id: &DeploymentId) -> Changed {
        let known = self.rest_api(api)?;
        if !known.deployments.contains_key(id) {
            return Err(no_deployment());
        }
        // Rule `deployment-in-use`: by a stage or its canary release.
        let used = known.stages.iter().any(|stage| {
            let canary = stage.canary.as_ref();
            stage.deployment == *id || canary.is_some_and(|canary| canary.deployment == *id)
        });
        if used {
            return Err(not_yet(
                "BadRequestException: Active stages pointing to this deployment must be moved or deleted",
            ));
        }
        self.rest_api_mut(api)?.deployments.remove(id);
        let place = (Text::new(api.as_str()), Text::new(id.as_str()));
        self.descriptions.remove(&place);
        self.fresh.remove(&Output::Deployment(id.clone()));
        Ok(())
    }

    pub(super) fn deployment_exists(&self, api: &RestApiId, id: &DeploymentId) -> Changed {
        match self.rest_api(api)?.deployments.contains_key(id) {
            true => Ok(()),
            false => Err(no_deployment()),
        }
    }
}

fn no_deployment() -> unbridge_model::port::WriteError {
    refused("NotFoundException: Invalid Deployment identifier specified")
}

fn link_named<'s>(state: &'s RegionState, id: &str) -> Option<&'s VpcLink> {
    state.links.iter().find(|link| link.id.as_str() == id)
}

/// Rule `v2-needs-target`.
fn target_fits(link: &VpcLink, integration: &Integration) -> Changed {
    let VpcLink { id, .. } = link;
    match (&link.reach, &integration.target) {
        (LinkReach::V2 { .. }, None) => Err(refused(format!(
            "BadRequestException: IntegrationTarget is required for VpcLinkV2 {id}"
        ))),
        (LinkReach::V2 { .. } | LinkReach::V1 { .. }, _) => Ok(()),
    }
}

/// Whether an integration takes such a patch. Rule `patch-needs-private`: `/connectionId` fits only
/// what has `connectionType` `VPC_LINK`, which is HTTP or `HTTP_PROXY`.
fn patch_fits(integration: &Integration, patch: &IntegrationPatch<Settled>) -> Changed {
    match integration.kind {
        IntegrationType::Http | IntegrationType::HttpProxy if integration.vpc_link.is_some() => {}
        IntegrationType::Http
        | IntegrationType::HttpProxy
        | IntegrationType::Aws
        | IntegrationType::AwsProxy
        | IntegrationType::Mock => {
            return Err(refused(
                "BadRequestException: Invalid patch path /connectionId: connectionType is not VPC_LINK",
            ));
        }
    }
    let port = patch.uri.as_ref().and_then(port_of);
    // Rule `integration-ports`.
    match port {
        Some(port) if !(port == 80 || port == 443 || port >= 1024) => Err(refused(format!(
            "BadRequestException: Invalid HTTP endpoint specified for URI: port {port}"
        ))),
        Some(_) | None => Ok(()),
    }
}

/// The port that an address writes, where no stage variable may hold it.
fn port_of(uri: &Uri) -> Option<u16> {
    let base = uri.base();
    if !base.is_literal() {
        return None;
    }
    let (_, authority) = base.as_str().split_once("://")?;
    let (_, port) = authority.rsplit_once(':')?;
    port.parse().ok()
}
