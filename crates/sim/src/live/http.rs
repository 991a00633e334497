//! HTTP APIs: integrations, routes, and the deployments of stages that do not deploy by themselves.

use std::collections::BTreeMap;
use std::rc::Rc;

use unbridge_model::apigateway::{ExportedRoute, HttpIntegration, HttpRoute, Protocol};
use unbridge_model::id::{
    DeploymentId, HttpApiId, HttpIntegrationId, ListenerArn, RouteId, StageName, VpcLinkId,
};
use unbridge_model::journal::Owner;
use unbridge_model::plan::value::Output;
use unbridge_model::route::AnyApi;
use unbridge_model::template::Template;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

use super::owned::described;
use super::world::{Changed, World, made, not_yet, refused};
use crate::account::{HttpApiState, HttpRuns};
use crate::build::{hashed, short};

/// Deployments of HTTP APIs. Those of stages that deploy by themselves are not among them.
pub(super) type HttpDeployments = BTreeMap<(HttpApiId, DeploymentId), Rc<[ExportedRoute]>>;

/// The route of this id. Rule `route-by-id`: AWS names it by nothing else.
pub(super) fn route<'a>(api: &'a HttpApiState, id: &RouteId) -> Option<&'a HttpRoute> {
    let mut routes = api.api.routes.iter().flatten();
    routes.find(|route| route.id.as_ref() == Some(id))
}

impl World {
    /// Keeps what stages run that do not deploy by themselves, under a name of its own where their
    /// own is missing or stands for something else.
    pub(super) fn keep_frozen_stages(&mut self) {
        let mut kept = std::mem::take(&mut self.http);
        let mut named = Vec::new();
        let apis = self.state().into_iter();
        for api in apis.flat_map(|state| &state.http_apis) {
            let id = &api.api.id;
            for stage in &api.stages {
                let HttpRuns::Frozen(routes) = &stage.runs else {
                    continue;
                };
                if let Some(own) = &stage.deployment {
                    let place = kept.entry((id.clone(), own.clone()));
                    let known = place.or_insert_with(|| Rc::from(routes.as_slice()));
                    if known[..] == routes[..] {
                        continue;
                    }
                }
                let name = format!("{id} {} {}", stage.name, kept.len());
                if let Ok(new) = DeploymentId::new(short(hashed(name.bytes()), 6)) {
                    let routes = Rc::from(routes.as_slice());
                    kept.insert((id.clone(), new.clone()), routes);
                    named.push((id.clone(), stage.name.clone(), new));
                }
            }
        }
        self.http = kept;
        for (api, name, deployment) in named {
            let api = self.http_api_mut(&api).into_iter();
            let mut stages = api.flat_map(|api| &mut api.stages);
            if let Some(stage) = stages.find(|stage| stage.name == name) {
                stage.deployment = Some(deployment);
            }
        }
    }

    fn http_only(&self, api: &HttpApiId) -> Changed<&HttpApiState> {
        let known = self.http_api(api)?;
        match known.api.protocol {
            Protocol::Http => Ok(known),
            // Rule `websocket-needs-v1`.
            Protocol::Websocket => Err(refused(
                "BadRequestException: VpcLink V2 is not supported for WEBSOCKET APIs",
            )),
        }
    }

    pub(super) fn create_http_integration(
        &mut self,
        api: &HttpApiId,
        like: &HttpIntegrationId,
        link: &VpcLinkId,
        listener: &ListenerArn,
        owner: &Owner,
    ) -> Changed<Output> {
        let known = self.http_only(api)?;
        let mut integrations = known.api.integrations.iter().flatten();
        let like = integrations
            .find(|known| known.id == *like)
            .ok_or_else(|| no_integration(like))?;
        // Rule `http-link-exists`.
        if !self.state()?.v2_links().any(|known| known.id == *link) {
            return Err(refused(format!(
                "BadRequestException: Unable to find VpcLink by ID {link}"
            )));
        }
        // Rule `http-integration-alone`: no request comes over it until a route goes to it.
        let mut integration = like.integration.clone();
        integration.vpc_link = Some(Template::new(link.as_str()));
        integration.uri = Some(Uri::new(listener.as_str()));
        integration.uri_rest = None;
        let id = made(HttpIntegrationId::new(self.short_id(
            api.as_str(),
            owner,
            7,
        )))?;
        let integrations = &mut self.http_api_mut(api)?.api.integrations;
        integrations.get_or_insert_default().push(HttpIntegration {
            id: id.clone(),
            integration,
        });
        let place = (Text::new(api.as_str()), Text::new(id.as_str()));
        let description = described(&Text::new(""), owner);
        self.descriptions.insert(place, description);
        Ok(self.noted(Output::HttpIntegration(id)))
    }

    pub(super) fn delete_http_integration(
        &mut self,
        api: &HttpApiId,
        id: &HttpIntegrationId,
    ) -> Changed {
        let known = &self.http_api(api)?.api;
        let mut integrations = known.integrations.iter().flatten();
        if !integrations.any(|known| known.id == *id) {
            return Err(no_integration(id));
        }
        // Rule `http-integration-in-use`.
        let mut routes = known.routes.iter().flatten();
        if let Some(route) = routes.find(|route| route.integration.as_ref() == Some(id)) {
            return Err(not_yet(format!(
                "ConflictException: Cannot delete Integration '{id}': it is the target of route {}",
                route.key
            )));
        }
        let integrations = &mut self.http_api_mut(api)?.api.integrations;
        integrations
            .iter_mut()
            .for_each(|all| all.retain(|known| known.id != *id));
        let place = (Text::new(api.as_str()), Text::new(id.as_str()));
        self.descriptions.remove(&place);
        self.fresh.remove(&Output::HttpIntegration(id.clone()));
        Ok(())
    }

    pub(super) fn update_route(
        &mut self,
        api: &HttpApiId,
        id: &RouteId,
        integration: &HttpIntegrationId,
    ) -> Changed {
        let known = self.http_api(api)?;
        if route(known, id).is_none() {
            return Err(refused(format!(
                "NotFoundException: Unable to find Route by key or ID {id}"
            )));
        }
        let mut integrations = known.api.integrations.iter().flatten();
        if !integrations.any(|known| known.id == *integration) {
            return Err(no_integration(integration));
        }
        // Rule `http-edit-is-live`: stages that deploy by themselves run it at once. Rule
        // `http-waits-for-no-link`.
        self.changing(&AnyApi::Http(api.clone()), |world| {
            let routes = &mut world.http_api_mut(api)?.api.routes;
            let mut routes = routes.iter_mut().flatten();
            if let Some(route) = routes.find(|route| route.id.as_ref() == Some(id)) {
                route.integration = Some(integration.clone());
            }
            Ok(())
        })
    }

    pub(super) fn create_http_deployment(
        &mut self,
        api: &HttpApiId,
        description: &Text,
        owner: &Owner,
    ) -> Changed<Output> {
        let known = self.http_api(api)?;
        // Rule `http-deployment-freezes`: the routes as they are now.
        let routes: Rc<[ExportedRoute]> = Rc::from(known.current());
        let id = made(DeploymentId::new(self.short_id(api.as_str(), owner, 6)))?;
        self.http.insert((api.clone(), id.clone()), routes);
        let place = (Text::new(api.as_str()), Text::new(id.as_str()));
        self.descriptions
            .insert(place, described(description, owner));
        Ok(self.noted(Output::Deployment(id)))
    }

    /// Rule `http-deployment-deleted-in-use`: AWS names no refusal, so a stage that runs it has
    /// nothing left.
    pub(super) fn delete_http_deployment(
        &mut self,
        api: &HttpApiId,
        deployment: &DeploymentId,
    ) -> Changed {
        self.http_api(api)?;
        let place = (api.clone(), deployment.clone());
        if !self.http.contains_key(&place) {
            return Err(no_deployment(deployment));
        }
        self.changing(&AnyApi::Http(api.clone()), |world| {
            for stage in &mut world.http_api_mut(api)?.stages {
                if let (HttpRuns::Frozen(routes), Some(own)) = (&mut stage.runs, &stage.deployment)
                    && own == deployment
                {
                    routes.clear();
                }
            }
            world.http.remove(&place);
            Ok(())
        })?;
        let place = (Text::new(api.as_str()), Text::new(deployment.as_str()));
        self.descriptions.remove(&place);
        self.fresh.remove(&Output::Deployment(deployment.clone()));
        Ok(())
    }

    pub(super) fn set_http_deployment(
        &mut self,
        api: &HttpApiId,
        name: &StageName,
        deployment: &DeploymentId,
    ) -> Changed {
        let mut stages = self.http_api(api)?.stages.iter();
        let stage = stages.find(|stage| stage.name == *name).ok_or_else(|| {
            refused(format!(
                "NotFoundException: Unable to find Stage by name {name}"
            ))
        })?;
        match stage.runs {
            HttpRuns::Frozen(_) => {}
            // Rule `http-auto-deploy-keeps-stage`.
            HttpRuns::Current => {
                return Err(refused(
                    "BadRequestException: Deployment ID cannot be set on a stage with auto deploy",
                ));
            }
        }
        let kept = self.http.get(&(api.clone(), deployment.clone()));
        let routes = kept.cloned().ok_or_else(|| no_deployment(deployment))?;
        // Rule `http-stage-deployment`.
        self.changing(&AnyApi::Http(api.clone()), |world| {
            let mut stages = world.http_api_mut(api)?.stages.iter_mut();
            if let Some(stage) = stages.find(|stage| stage.name == *name) {
                stage.runs = HttpRuns::Frozen(routes.to_vec());
                stage.deployment = Some(deployment.clone());
            }
            Ok(())
        })
    }
}

fn no_deployment(id: &DeploymentId) -> unbridge_model::port::WriteError {
    refused(format!(
        "NotFoundException: Unable to find Deployment by ID {id}"
    ))
}

fn no_integration(id: &HttpIntegrationId) -> unbridge_model::port::WriteError {
    refused(format!(
        "NotFoundException: Unable to find Integration by ID {id}"
    ))
}
