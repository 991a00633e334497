//! A REST API under construction. Calls happen in order, as edits and deployments do: `deploy`
//! freezes the draft as it is at that moment, and what follows edits the draft only.

use std::collections::BTreeMap;
use std::sync::Arc;

use unbridge_model::apigateway::{
    Carried, CarriedField, Integration, IntegrationType, LinkReach, Method, Methods, RestApi, Verb,
};
use unbridge_model::digest::Digester;
use unbridge_model::elb::LoadBalancer;
use unbridge_model::id::{DeploymentId, InvalidId, StageName, VpcLinkId};
use unbridge_model::template::Template;
use unbridge_model::text::Text;

use super::error::BuildError;
use super::names::Names;
use crate::account::{CanaryState, RawVariables, RegionState, RestApiState, StageState};

/// A REST API under construction.
#[derive(Debug)]
pub struct RestApiBuilder<'e> {
    names: &'e Names,
    state: &'e RegionState,
    work: Result<RestApiState, BuildError>,
}

/// The port that an integration names when the load balancer has no listener yet.
const DEFAULT_PORT: u16 = 80;

impl<'e> RestApiBuilder<'e> {
    pub(super) fn open(names: &'e Names, state: &'e RegionState, name: &str) -> Self {
        let known = state.rest_api_named(name).cloned();
        let fresh = |id| RestApiState {
            api: RestApi {
                id,
                region: names.region.clone(),
                name: Text::new(name),
                endpoint_types: vec![Text::new("REGIONAL")],
                tags: BTreeMap::new(),
                draft: Some(Methods::default()),
                stages: None,
            },
            deployments: BTreeMap::new(),
            stages: Vec::new(),
        };
        let work = known.map_or_else(|| Ok(names.rest_api(name).map(fresh)?), Ok);
        Self { names, state, work }
    }

    pub(super) fn finish(self) -> Result<RestApiState, BuildError> {
        self.work
    }

    /// `ANY` on a path, through a version 1 link to the first listener of its NLB.
    #[must_use]
    pub fn proxy(self, path: &str, link: &str) -> Self {
        self.method(Verb::Any, path, link)
    }

    /// A method through a version 1 link to the first listener of its NLB.
    #[must_use]
    pub fn method(self, verb: Verb, path: &str, link: &str) -> Self {
        let target = nlb_of(self.state, link);
        let target = target.map(|(id, nlb)| private(id.as_str(), &dns(nlb), first_port(nlb), path));
        self.put(verb, path, target)
    }

    /// A method through a version 1 link to this port of its NLB, listener or not.
    #[must_use]
    pub fn method_on(self, verb: Verb, path: &str, link: &str, port: u16) -> Self {
        let target = nlb_of(self.state, link);
        let target = target.map(|(id, nlb)| private(id.as_str(), &dns(nlb), port, path));
        self.put(verb, path, target)
    }

    /// A method whose link is the value of a stage variable.
    #[must_use]
    pub fn by_variable(self, verb: Verb, path: &str, variable: &str, port: u16) -> Self {
        let link = format!("${{stageVariables.{variable}}}");
        let target = private(&link, "backend.internal", port, path);
        self.put(verb, path, Ok(target))
    }

    /// A method through a version 2 link straight to a load balancer's first listener.
    #[must_use]
    pub fn direct(self, verb: Verb, path: &str, link: &str, load_balancer: &str) -> Self {
        let target = link_of(self.state, link).and_then(|id| {
            let lb = load_balancer_of(self.state, load_balancer)?;
            Ok(Integration {
                target: Some(Template::new(lb.arn.as_str())),
                ..private(id.as_str(), &dns(lb), first_port(lb), path)
            })
        });
        self.put(verb, path, target)
    }

    /// A method that goes to the internet.
    #[must_use]
    pub fn public(self, verb: Verb, path: &str) -> Self {
        let target = over_internet(IntegrationType::HttpProxy, "https://partner.example", path);
        self.put(verb, path, Ok(target))
    }

    /// A method answered by a function.
    #[must_use]
    pub fn lambda(self, verb: Verb, path: &str) -> Self {
        let (region, account) = (&self.names.region, &self.names.account);
        let uri = format!(
            "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/arn:aws:lambda:{region}:{account}:function:handler/invocations"
        );
        self.put(verb, path, Ok(function(&uri)))
    }

    /// `OPTIONS` answered by API Gateway itself.
    #[must_use]
    pub fn mock(self, path: &str) -> Self {
        let target = Integration {
            kind: IntegrationType::Mock,
            http_method: None,
            uri: None,
            uri_rest: None,
            vpc_link: None,
            target: None,
            host_mapping: None,
            carried: Carried::default(),
        };
        self.put(Verb::Options, path, Ok(target))
    }

    /// A method with this integration.
    #[must_use]
    pub fn integration(self, verb: Verb, path: &str, integration: Integration) -> Self {
        self.put(verb, path, Ok(integration))
    }

    /// Edits an integration of the draft.
    #[must_use]
    pub fn edit(self, verb: Verb, path: &str, change: impl FnOnce(&mut Integration)) -> Self {
        self.then(|_, api| {
            let mut methods = api.api.draft.iter_mut().flatten();
            let found = methods.find(|method| method.path == path && method.verb == verb);
            let integration = found.and_then(|method| method.integration.as_mut());
            change(Arc::make_mut(integration.ok_or_else(|| {
                BuildError::missing("method", format!("{verb} {path}"))
            })?));
            Ok(())
        })
    }

    /// Gives a carried property of a method of the draft this value.
    #[must_use]
    pub fn carry(self, verb: Verb, path: &str, field: CarriedField, value: &str) -> Self {
        self.edit(verb, path, |integration| {
            // Any key does: the digest only stands for the value until the reader seals it.
            let mut carried: BTreeMap<_, _> = integration.carried.iter().collect();
            carried.insert(field, Digester::new(&[0; 32]).seal(value));
            integration.carried = Carried::new(carried);
        })
    }

    /// Takes a method out of the draft.
    #[must_use]
    pub fn drop_method(self, verb: Verb, path: &str) -> Self {
        self.then(|_, api| {
            let draft = api.api.draft.get_or_insert_default();
            let before = draft.len();
            draft.retain(|method| method.path != path || method.verb != verb);
            if draft.len() == before {
                return Err(BuildError::missing("method", format!("{verb} {path}")));
            }
            Ok(())
        })
    }

    /// Deploys the draft to a stage, which is made when it is not there.
    #[must_use]
    pub fn deploy(self, stage: &str) -> Self {
        self.then(|names, api| {
            let deployment = freeze(names, api)?;
            if let Ok(known) = stage_of(api, stage) {
                known.deployment = deployment;
                return Ok(());
            }
            api.stages.push(StageState {
                name: StageName::new(stage)?,
                deployment,
                canary: None,
                variables: RawVariables::new(),
                tags: BTreeMap::new(),
            });
            Ok(())
        })
    }

    /// Lets a stage run what another one runs.
    #[must_use]
    pub fn promote(self, from: &str, to: &str) -> Self {
        self.then(|_, api| {
            let source = stage_of(api, from)?.clone();
            let name = StageName::new(to)?;
            api.stages.retain(|stage| stage.name != name);
            api.stages.push(StageState { name, ..source });
            Ok(())
        })
    }

    /// Deploys the draft as a canary of a stage.
    #[must_use]
    pub fn canary(self, stage: &str, percent: f64) -> Self {
        self.then(|names, api| {
            let deployment = freeze(names, api)?;
            set_canary(api, stage, deployment, percent)
        })
    }

    /// Leaves a canary on a stage that runs the stage's own deployment.
    #[must_use]
    pub fn leftover_canary(self, stage: &str, percent: f64) -> Self {
        self.then(|_, api| {
            let deployment = stage_of(api, stage)?.deployment.clone();
            set_canary(api, stage, deployment, percent)
        })
    }

    /// Overrides a variable for canary requests.
    #[must_use]
    pub fn canary_variable(self, stage: &str, name: &str, value: &str) -> Self {
        self.then(|_, api| {
            let canary = stage_of(api, stage)?.canary.as_mut();
            let canary = canary.ok_or_else(|| BuildError::missing("canary on stage", stage))?;
            canary.overrides.insert(Text::new(name), value.to_owned());
            Ok(())
        })
    }

    /// Overrides a variable for canary requests by a link's id.
    #[must_use]
    pub fn canary_link(self, stage: &str, name: &str, link: &str) -> Self {
        match link_of(self.state, link) {
            Ok(id) => self.canary_variable(stage, name, id.as_str()),
            Err(error) => self.then(|_, _| Err(error)),
        }
    }

    /// Sets a stage variable.
    #[must_use]
    pub fn variable(self, stage: &str, name: &str, value: &str) -> Self {
        self.then(|_, api| {
            let variables = &mut stage_of(api, stage)?.variables;
            variables.insert(Text::new(name), value.to_owned());
            Ok(())
        })
    }

    /// Sets a stage variable to a link's id.
    #[must_use]
    pub fn link_variable(self, stage: &str, name: &str, link: &str) -> Self {
        match link_of(self.state, link) {
            Ok(id) => self.variable(stage, name, id.as_str()),
            Err(error) => self.then(|_, _| Err(error)),
        }
    }

    /// Sets the endpoint type: `EDGE`, `REGIONAL`, `PRIVATE`.
    #[must_use]
    pub fn endpoint(self, word: &str) -> Self {
        self.then(|_, api| {
            api.api.endpoint_types = vec![Text::new(word)];
            Ok(())
        })
    }

    /// Tags the API.
    #[must_use]
    pub fn tag(self, key: &str, value: &str) -> Self {
        self.then(|_, api| {
            api.api.tags.insert(Text::new(key), Text::new(value));
            Ok(())
        })
    }

    fn put(self, verb: Verb, path: &str, target: Result<Integration, BuildError>) -> Self {
        self.then(|names, api| {
            let method = Method {
                path: Text::new(path),
                verb,
                resource: Some(names.resource(&api.api.id, path)?),
                integration: Some(Arc::new(target?)),
            };
            let draft = api.api.draft.get_or_insert_default();
            draft.retain(|known| known.path != method.path || known.verb != verb);
            draft.push(method);
            Ok(())
        })
    }

    fn then(
        mut self,
        step: impl FnOnce(&Names, &mut RestApiState) -> Result<(), BuildError>,
    ) -> Self {
        let names = self.names;
        self.work = self
            .work
            .and_then(|mut api| step(names, &mut api).map(|()| api));
        self
    }
}

fn freeze(names: &Names, api: &mut RestApiState) -> Result<DeploymentId, InvalidId> {
    let id = names.deployment(&api.api.id, api.deployments.len())?;
    let draft = api.api.draft.as_deref().cloned().unwrap_or_default();
    api.deployments.insert(id.clone(), draft);
    Ok(id)
}

fn set_canary(
    api: &mut RestApiState,
    stage: &str,
    deployment: DeploymentId,
    percent: f64,
) -> Result<(), BuildError> {
    stage_of(api, stage)?.canary = Some(CanaryState {
        deployment,
        percent,
        overrides: RawVariables::new(),
    });
    Ok(())
}

fn stage_of<'a>(api: &'a mut RestApiState, name: &str) -> Result<&'a mut StageState, BuildError> {
    let mut stages = api.stages.iter_mut();
    let found = stages.find(|stage| stage.name.as_str() == name);
    found.ok_or_else(|| BuildError::missing("stage", name))
}

pub(super) fn link_of<'e>(state: &'e RegionState, name: &str) -> Result<&'e VpcLinkId, BuildError> {
    let link = state.link_named(name);
    let link = link.ok_or_else(|| BuildError::missing("link", name))?;
    Ok(&link.id)
}

pub(super) fn load_balancer_of<'e>(
    state: &'e RegionState,
    name: &str,
) -> Result<&'e LoadBalancer, BuildError> {
    let found = state.load_balancer_named(name);
    found.ok_or_else(|| BuildError::missing("load balancer", name))
}

/// A version 1 link and its NLB.
pub(super) fn nlb_of<'e>(
    state: &'e RegionState,
    link: &str,
) -> Result<(&'e VpcLinkId, &'e LoadBalancer), BuildError> {
    let known = state.link_named(link);
    let known = known.ok_or_else(|| BuildError::missing("link", link))?;
    let target = match &known.reach {
        LinkReach::V1 { targets } => targets.first(),
        LinkReach::V2 { .. } => None,
    };
    let nlb = target.and_then(|target| state.load_balancer(target));
    let nlb = nlb.ok_or_else(|| BuildError::missing("NLB behind link", link))?;
    Ok((&known.id, nlb))
}

pub(super) fn dns(lb: &LoadBalancer) -> String {
    lb.dns_name.as_deref().unwrap_or_default().to_owned()
}

pub(super) fn first_port(lb: &LoadBalancer) -> u16 {
    let mut listeners = lb.listeners.iter().flatten();
    let port = listeners.find_map(|listener| listener.port);
    port.unwrap_or(DEFAULT_PORT)
}

/// An `HTTP_PROXY` integration over a link.
pub(crate) fn private(link: &str, host: &str, port: u16, path: &str) -> Integration {
    let address = match port {
        80 => format!("http://{host}"),
        port => format!("http://{host}:{port}"),
    };
    Integration {
        vpc_link: Some(Template::new(link)),
        ..over_internet(IntegrationType::HttpProxy, &address, path)
    }
}

fn over_internet(kind: IntegrationType, address: &str, path: &str) -> Integration {
    // A greedy path variable loses its plus where it is filled in.
    let path = path.replace("+}", "}");
    Integration {
        kind,
        http_method: Some(Verb::Any),
        uri: Some(Template::new(format!("{address}{path}"))),
        uri_rest: None,
        vpc_link: None,
        target: None,
        host_mapping: None,
        carried: Carried::default(),
    }
}

pub(super) fn function(uri: &str) -> Integration {
    Integration {
        http_method: Some(Verb::Post),
        ..over_internet(IntegrationType::AwsProxy, uri, "")
    }
}
