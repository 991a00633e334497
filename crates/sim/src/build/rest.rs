//! A REST API under construction. Calls happen in order, as edits and deployments do: `deploy`
//! freezes the draft as it is at that moment, and what follows edits the draft only.

use std::collections::BTreeMap;
use std::sync::Arc;

use unbridge_model::apigateway::{
    ByIdOrName, Carried, CarriedField, DefaultEndpoint, Integration, IntegrationType, LinkReach,
    Method, MethodField, MethodSettings, Methods, RestApi, Sealed, Setting, SettingKind, Verb,
};
use unbridge_model::call::DraftSetting;
use unbridge_model::elb::LoadBalancer;
use unbridge_model::id::{DeploymentId, InvalidId, StageName, VpcLinkId};
use unbridge_model::template::Template;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

use super::error::BuildError;
use super::names::Names;
use crate::account::{
    CanaryState, Content, DeploymentState, RawValues, RawVariables, RegionState, RestApiState,
    StageState, stand_in,
};

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
                default_endpoint: DefaultEndpoint::Answers,
                tags: BTreeMap::new(),
                draft: Some(Methods::default()),
                settings: None,
                deployments: None,
                stages: None,
            },
            settings: Vec::new(),
            deployments: BTreeMap::new(),
            stages: Vec::new(),
            raw: RawValues::new(),
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

    /// A method through a link to this address, such as `https://orders.internal:8443`: the path
    /// is put behind it. A version 2 link needs a target besides.
    #[must_use]
    pub fn at(self, verb: Verb, path: &str, link: &str, address: &str) -> Self {
        let target = link_of(self.state, link);
        let target = target.map(|id| Integration {
            vpc_link: Some(Template::new(id.as_str())),
            ..over_internet(IntegrationType::HttpProxy, address, path)
        });
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

    /// A method through a version 2 link to a load balancer, at this address.
    #[must_use]
    pub fn direct_at(
        self,
        verb: Verb,
        path: &str,
        link: &str,
        load_balancer: &str,
        address: &str,
    ) -> Self {
        let target = load_balancer_of(self.state, load_balancer);
        let target = target.map(|lb| Template::new(lb.arn.as_str()));
        let api = self.at(verb, path, link, address);
        match target {
            Ok(target) => api.edit(verb, path, |integration| {
                integration.target = Some(target);
            }),
            Err(error) => api.then(|_, _| Err(error)),
        }
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

    /// Gives a carried property of a method of the draft this value. Parameters are written one a
    /// line: `integration.request.path.id=method.request.path.id`.
    #[must_use]
    pub fn carry(self, verb: Verb, path: &str, field: CarriedField, value: &str) -> Self {
        let digest = stand_in(value);
        let kept = self.then(|_, api| {
            api.raw.insert(digest, value.to_owned());
            Ok(())
        });
        kept.edit(verb, path, |integration| {
            let mut carried: BTreeMap<_, _> = integration.carried.iter().collect();
            carried.insert(field, digest);
            integration.carried = Carried::new(carried);
        })
    }

    /// Sets the Host header of a method of the draft: `'orders.internal'`, or a source.
    #[must_use]
    pub fn map_host(self, verb: Verb, path: &str, source: &str) -> Self {
        self.edit(verb, path, |integration| {
            integration.host_mapping = Some(Template::new(source));
        })
    }

    /// Gives the API a setting, or changes the one of this kind and name.
    #[must_use]
    pub fn setting(self, kind: SettingKind, name: Option<&str>, says: &str) -> Self {
        self.then(|names, api| {
            let id = match kind {
                SettingKind::Authorizer | SettingKind::RequestValidator => {
                    let word = kind.to_string();
                    name.map(|name| names.setting(&api.api.id, &word, name))
                }
                SettingKind::ApiKeySource
                | SettingKind::BinaryMediaTypes
                | SettingKind::GatewayResponse
                | SettingKind::MinimumCompressionSize
                | SettingKind::Model
                | SettingKind::ResourcePolicy => None,
            };
            let setting = Setting {
                kind,
                name: name.map(Text::new),
                digest: stand_in(says),
            };
            api.raw.insert(setting.digest, says.to_owned());
            drop_setting(api, kind, name);
            api.settings.push(DraftSetting { id, setting });
            Ok(())
        })
    }

    /// Takes a setting away.
    #[must_use]
    pub fn drop_setting(self, kind: SettingKind, name: Option<&str>) -> Self {
        self.then(|_, api| match drop_setting(api, kind, name) {
            true => Ok(()),
            false => Err(BuildError::missing("setting", kind.to_string())),
        })
    }

    /// Lets an authorizer of the API stand before a method of the draft.
    #[must_use]
    pub fn authorize(self, verb: Verb, path: &str, authorizer: &str) -> Self {
        let id = self.setting_id(SettingKind::Authorizer, authorizer);
        self.method_settings(verb, path, |settings| {
            settings.authorizer = Some(ByIdOrName::Id(id?));
            Ok(())
        })
        .method_field(verb, path, MethodField::AuthorizationType, "CUSTOM")
    }

    /// Lets a validator of the API check requests to a method of the draft.
    #[must_use]
    pub fn validate(self, verb: Verb, path: &str, validator: &str) -> Self {
        let id = self.setting_id(SettingKind::RequestValidator, validator);
        self.method_settings(verb, path, |settings| {
            settings.validator = Some(ByIdOrName::Id(id?));
            Ok(())
        })
    }

    /// Gives a property of a method of the draft this value.
    #[must_use]
    pub fn method_field(self, verb: Verb, path: &str, field: MethodField, value: &str) -> Self {
        self.method_settings(verb, path, |settings| {
            let mut sealed: BTreeMap<_, _> = settings.sealed.iter().collect();
            sealed.insert(field, stand_in(value));
            settings.sealed = Sealed::new(sealed);
            Ok(())
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
                client_certificate: None,
                cache: None,
                tags: BTreeMap::new(),
            });
            Ok(())
        })
    }

    /// Deploys the draft to a stage so many times, a week apart, the last time on 29 December 2025.
    #[must_use]
    pub fn deploy_weekly(self, stage: &str, times: usize) -> Self {
        (0..times).rev().fold(self, |api, weeks| {
            let day = 362 - weeks * 7;
            api.deploy(stage).dated(&day_of_2025(day))
        })
    }

    /// Says when the last deployment was made, RFC 3339 in UTC.
    #[must_use]
    pub fn dated(self, when: &str) -> Self {
        self.then(|names, api| {
            let last = api.deployments.len().saturating_sub(1);
            let id = names.deployment(&api.api.id, last)?;
            let deployment = api.deployments.get_mut(&id);
            let deployment = deployment.ok_or_else(|| BuildError::missing("deployment", when))?;
            deployment.created_at = Text::new(when);
            Ok(())
        })
    }

    /// Lets a stage show a certificate to its backends.
    #[must_use]
    pub fn client_certificate(self, stage: &str, id: &str) -> Self {
        self.then(|_, api| {
            stage_of(api, stage)?.client_certificate = Some(Text::new(id));
            Ok(())
        })
    }

    /// Gives a stage a cache of so many GB.
    #[must_use]
    pub fn cache(self, stage: &str, size: &str) -> Self {
        self.then(|_, api| {
            stage_of(api, stage)?.cache = Some(Text::new(size));
            Ok(())
        })
    }

    /// Tags a stage.
    #[must_use]
    pub fn tag_stage(self, stage: &str, key: &str, value: &str) -> Self {
        self.then(|_, api| {
            let tags = &mut stage_of(api, stage)?.tags;
            tags.insert(Text::new(key), Text::new(value));
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

    /// Disables the API's own address.
    #[must_use]
    pub fn without_default_endpoint(self) -> Self {
        self.then(|_, api| {
            api.api.default_endpoint = DefaultEndpoint::Disabled;
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

    fn setting_id(&self, kind: SettingKind, name: &str) -> Result<Text, BuildError> {
        let api = self.work.as_ref().map_err(Clone::clone)?;
        let mut settings = api
            .settings
            .iter()
            .filter(|known| known.setting.kind == kind);
        let found = settings.find(|known| known.setting.name.as_deref() == Some(name));
        let id = found.and_then(|known| known.id.clone());
        id.ok_or_else(|| BuildError::missing("setting", name))
    }

    fn method_settings(
        self,
        verb: Verb,
        path: &str,
        change: impl FnOnce(&mut MethodSettings) -> Result<(), BuildError>,
    ) -> Self {
        self.then(|_, api| {
            let mut methods = api.api.draft.iter_mut().flatten();
            let found = methods.find(|method| method.path == path && method.verb == verb);
            let method =
                found.ok_or_else(|| BuildError::missing("method", format!("{verb} {path}")))?;
            change(Arc::make_mut(method.settings.get_or_insert_default()))
        })
    }

    fn put(self, verb: Verb, path: &str, target: Result<Integration, BuildError>) -> Self {
        self.then(|names, api| {
            let mut integration = target?;
            if let Some(parameters) = parameters_of(&integration) {
                let digest = stand_in(&parameters);
                api.raw.insert(digest, parameters);
                let mut carried: BTreeMap<_, _> = integration.carried.iter().collect();
                carried
                    .entry(CarriedField::RequestParameters)
                    .or_insert(digest);
                integration.carried = Carried::new(carried);
            }
            let method = Method {
                path: Text::new(path),
                verb,
                resource: Some(names.resource(&api.api.id, path)?),
                integration: Some(Arc::new(integration)),
                settings: None,
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
    let number = api.deployments.len();
    let id = names.deployment(&api.api.id, number)?;
    let deployment = DeploymentState {
        // Long ago, and in order.
        created_at: Text::from(format!(
            "2024-{:02}-{:02}T09:30:00Z",
            3 + number / 28 % 9,
            1 + number % 28
        )),
        methods: api.api.draft.as_deref().cloned().unwrap_or_default(),
        settings: api.settings.clone(),
        content: Content::Known,
    };
    api.deployments.insert(id.clone(), deployment.into());
    Ok(id)
}

fn drop_setting(api: &mut RestApiState, kind: SettingKind, name: Option<&str>) -> bool {
    let before = api.settings.len();
    api.settings
        .retain(|known| known.setting.kind != kind || known.setting.name.as_deref() != name);
    api.settings.len() < before
}

/// The parameters that fill the path variables of an address, under their own names.
fn parameters_of(integration: &Integration) -> Option<String> {
    let uri = integration.uri.as_ref()?.to_string();
    // `${stageVariables.name}` is no path variable.
    let names = uri.match_indices('{').filter_map(|(at, _)| {
        let (before, rest) = uri.split_at(at);
        (!before.ends_with('$')).then_some(rest.get(1..)?.split_once('}')?.0)
    });
    let lines =
        names.map(|name| format!("integration.request.path.{name}=method.request.path.{name}"));
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Nine in the morning of a day of 2025, from 0.
fn day_of_2025(mut day: usize) -> String {
    let months = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while month < 11 && day >= months[month] {
        day -= months[month];
        month += 1;
    }
    format!("2025-{:02}-{:02}T09:00:00Z", month + 1, day + 1)
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
        uri: Some(Uri::new(&format!("{address}{path}"))),
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
