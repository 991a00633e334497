//! An HTTP or WebSocket API under construction. Calls happen in order: `freeze` deploys the routes
//! as they are at that moment, and a stage with auto-deploy follows every edit.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{
    HttpApi, HttpIntegration, HttpRoute, Integration, Protocol, Verb,
};
use unbridge_model::id::StageName;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

use super::error::BuildError;
use super::names::Names;
use super::rest::{dns, first_port, function, link_of, load_balancer_of, nlb_of, private};
use crate::account::{HttpApiState, HttpRuns, HttpStageState, RawVariables, RegionState};

/// An HTTP or WebSocket API under construction.
#[derive(Debug)]
pub struct HttpApiBuilder<'e> {
    names: &'e Names,
    state: &'e RegionState,
    work: Result<HttpApiState, BuildError>,
}

impl<'e> HttpApiBuilder<'e> {
    pub(super) fn open(
        names: &'e Names,
        state: &'e RegionState,
        name: &str,
        protocol: Protocol,
    ) -> Self {
        let known = state.http_api_named(name).cloned();
        let fresh = |id| HttpApiState {
            api: HttpApi {
                id,
                region: names.region.clone(),
                name: Text::new(name),
                protocol,
                tags: BTreeMap::new(),
                integrations: Some(Vec::new()),
                routes: Some(Vec::new()),
                stages: None,
            },
            stages: Vec::new(),
        };
        let work = known.map_or_else(|| Ok(names.http_api(name).map(fresh)?), Ok);
        Self { names, state, work }
    }

    pub(super) fn finish(self) -> Result<HttpApiState, BuildError> {
        self.work
    }

    /// A route over a version 2 link to a listener of a load balancer, ALB or NLB.
    #[must_use]
    pub fn private(self, key: &str, link: &str, load_balancer: &str, port: u16) -> Self {
        let target = link_of(self.state, link).and_then(|id| {
            let lb = load_balancer_of(self.state, load_balancer)?;
            let mut listeners = lb.listeners.iter().flatten();
            let listener = listeners.find(|listener| listener.port == Some(port));
            let listener = listener.ok_or_else(|| {
                BuildError::missing("listener", format!("{load_balancer}:{port}"))
            })?;
            Ok(Integration {
                uri: Some(Uri::new(listener.arn.as_str())),
                ..private(id.as_str(), "", port, "")
            })
        });
        self.route(key, target)
    }

    /// A route of a WebSocket API over a version 1 link to the first listener of its NLB.
    #[must_use]
    pub fn over_v1(self, key: &str, link: &str) -> Self {
        let target = nlb_of(self.state, link);
        let path = format!("/{}", key.trim_start_matches('$'));
        let target =
            target.map(|(id, nlb)| private(id.as_str(), &dns(nlb), first_port(nlb), &path));
        self.route(key, target)
    }

    /// A route that goes to the internet.
    #[must_use]
    pub fn public(self, key: &str) -> Self {
        let target = Integration {
            uri: Some(Uri::new("https://partner.example")),
            vpc_link: None,
            ..private("", "", 80, "")
        };
        self.route(key, Ok(target))
    }

    /// A route answered by a function.
    #[must_use]
    pub fn lambda(self, key: &str) -> Self {
        let (region, account) = (&self.names.region, &self.names.account);
        let uri = format!("arn:aws:lambda:{region}:{account}:function:handler");
        self.route(key, Ok(function(&uri)))
    }

    /// A route that goes to the integration of another one.
    #[must_use]
    pub fn shared(self, key: &str, other: &str) -> Self {
        self.then(|names, api| {
            let routes = api.api.routes.get_or_insert_default();
            let found = routes.iter().find(|route| route.key == other);
            let found = found.ok_or_else(|| BuildError::missing("route", other))?;
            let integration = found.integration.clone();
            routes.push(HttpRoute {
                id: Some(names.route(&api.api.id, key)?),
                key: Text::new(key),
                integration,
            });
            Ok(())
        })
    }

    /// Changes the integration of a route by hand.
    #[must_use]
    pub fn edit(self, key: &str, change: impl FnOnce(&mut Integration)) -> Self {
        self.then(|names, api| {
            let id = names.integration(&api.api.id, key)?;
            let mut known = api.api.integrations.iter_mut().flatten();
            let found = known.find(|known| known.id == id);
            let found = found.ok_or_else(|| BuildError::missing("route", key))?;
            change(&mut found.integration);
            Ok(())
        })
    }

    /// Takes a route and its integration away.
    #[must_use]
    pub fn drop_route(self, key: &str) -> Self {
        self.then(|names, api| {
            let id = names.integration(&api.api.id, key)?;
            let routes = api.api.routes.get_or_insert_default();
            let before = routes.len();
            routes.retain(|route| route.key != key);
            if routes.len() == before {
                return Err(BuildError::missing("route", key));
            }
            let integrations = api.api.integrations.get_or_insert_default();
            integrations.retain(|known| known.id != id);
            Ok(())
        })
    }

    /// A stage that every edit reaches at once.
    #[must_use]
    pub fn auto(self, stage: &str) -> Self {
        self.stage(stage, |_| HttpRuns::Current)
    }

    /// A stage that runs the routes as they are now, until it is frozen again.
    #[must_use]
    pub fn freeze(self, stage: &str) -> Self {
        self.stage(stage, |api| HttpRuns::Frozen(api.current()))
    }

    /// Sets a stage variable.
    #[must_use]
    pub fn variable(self, stage: &str, name: &str, value: &str) -> Self {
        self.then(|_, api| {
            let mut stages = api.stages.iter_mut();
            let found = stages.find(|known| known.name.as_str() == stage);
            let found = found.ok_or_else(|| BuildError::missing("stage", stage))?;
            found.variables.insert(Text::new(name), value.to_owned());
            Ok(())
        })
    }

    /// Tags a stage.
    #[must_use]
    pub fn tag_stage(self, stage: &str, key: &str, value: &str) -> Self {
        self.then(|_, api| {
            let mut stages = api.stages.iter_mut();
            let found = stages.find(|known| known.name.as_str() == stage);
            let found = found.ok_or_else(|| BuildError::missing("stage", stage))?;
            found.tags.insert(Text::new(key), Text::new(value));
            Ok(())
        })
    }

    fn stage(self, name: &str, runs: impl FnOnce(&HttpApiState) -> HttpRuns) -> Self {
        self.then(|names, api| {
            let runs = runs(api);
            let id = api.api.id.clone();
            let name = StageName::new(name)?;
            let at = api.stages.iter().position(|known| known.name == name);
            let at = at.unwrap_or_else(|| {
                api.stages.push(HttpStageState {
                    name,
                    deployment: None,
                    variables: RawVariables::new(),
                    tags: BTreeMap::new(),
                    runs: HttpRuns::Current,
                });
                api.stages.len() - 1
            });
            let stage = &mut api.stages[at];
            stage.deployment = match runs {
                HttpRuns::Current => None,
                HttpRuns::Frozen(_) => {
                    let before = stage.deployment.as_ref();
                    Some(names.http_deployment(&id, stage.name.as_str(), before)?)
                }
            };
            stage.runs = runs;
            Ok(())
        })
    }

    fn route(self, key: &str, target: Result<Integration, BuildError>) -> Self {
        self.then(|names, api| {
            let id = names.integration(&api.api.id, key)?;
            let integrations = api.api.integrations.get_or_insert_default();
            integrations.retain(|known| known.id != id);
            integrations.push(HttpIntegration {
                id: id.clone(),
                integration: Integration {
                    http_method: Some(Verb::Any),
                    ..target?
                },
            });
            let routes = api.api.routes.get_or_insert_default();
            routes.retain(|route| route.key != key);
            routes.push(HttpRoute {
                id: Some(names.route(&api.api.id, key)?),
                key: Text::new(key),
                integration: Some(id),
            });
            Ok(())
        })
    }

    fn then(
        mut self,
        step: impl FnOnce(&Names, &mut HttpApiState) -> Result<(), BuildError>,
    ) -> Self {
        let names = self.names;
        self.work = self
            .work
            .and_then(|mut api| step(names, &mut api).map(|()| api));
        self
    }
}
