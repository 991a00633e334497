//! Requests to everything that an account's APIs answer.
//!
//! [`everything`] asks every method of every stage of REST APIs, private or not. [`requests`] asks
//! what a move could change: what goes over a link, and so that every rule of the ALBs behind it is
//! met that a request can meet (H6).

mod aimed;
mod patterns;

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{ExportedRoute, Integration, Method, Protocol, Verb};
use unbridge_model::id::{Region, StageName};
use unbridge_model::route::{AnyApi, Request, Share};
use unbridge_model::text::Text;

use crate::account::{
    Account, DeploymentState, HttpApiState, HttpRuns, RawVariables, RegionState, RestApiState,
    StageState,
};
use aimed::{Door, Entry};

/// The most requests that are made for one method of one stage. Those that no rule asked for come
/// first, then those of rules by load balancer, port and priority.
pub const PER_METHOD: usize = 24;

/// Requests to every method, or route, of every stage that goes over a link: a plain one, one with a
/// query string and a header that rules may look at, and one for each way to meet a rule of an ALB
/// behind the link, as far as a request can. At most [`PER_METHOD`] for each; none twice. All are
/// requests to the stage, whoever answers; what only a canary release has is asked as well.
#[must_use]
pub fn requests(account: &Account, region: &Region) -> Vec<Request<AnyApi>> {
    let Some(state) = account.regions.get(region) else {
        return Vec::new();
    };
    let mut collected = Collected::default();
    for api in &state.rest_apis {
        for stage in &api.stages {
            for (deployment, variables) in answering(api, stage) {
                for method in &deployment.methods {
                    if let Some(integration) = method.integration.as_deref() {
                        let door = rest_door(state, api, method, integration, &variables);
                        collected.take(door.map(|door| {
                            let to = (region, AnyApi::Rest(api.api.id.clone()), &stage.name);
                            door_requests(to, &door)
                        }));
                    }
                }
            }
        }
    }
    for api in &state.http_apis {
        for (stage, variables, routes) in running_routes(api) {
            for route in &routes {
                let door = http_door(state, stage, route, variables);
                collected.take(door.map(|door| {
                    let to = (region, AnyApi::Http(api.api.id.clone()), stage);
                    door_requests(to, &door)
                }));
            }
        }
    }
    collected.requests
}

/// Requests to every method of every stage and every canary of REST APIs: a plain one, and one with
/// a query string and a header that rules may look at. `ANY` is asked by `GET` and by `POST`.
pub(crate) fn everything(account: &Account) -> Vec<Request> {
    let mut requests = Vec::new();
    for (region, state) in &account.regions {
        for api in &state.rest_apis {
            for stage in &api.stages {
                for (share, methods) in shares(api, stage) {
                    let asked = methods.iter().flat_map(|method| {
                        let path = filled(&method.path, &BTreeMap::new());
                        let verbs = verbs(method.verb).iter();
                        verbs.map(move |verb| Request {
                            share,
                            ..plain((region, api.api.id.clone(), &stage.name), *verb, &path)
                        })
                    });
                    requests.extend(asked.flat_map(|request| [dressed(&request), request]));
                }
            }
        }
    }
    requests
}

/// Requests in the order in which they came, none twice.
#[derive(Default)]
struct Collected {
    requests: Vec<Request<AnyApi>>,
    known: BTreeSet<Request<AnyApi>>,
}

impl Collected {
    fn take(&mut self, more: Option<Vec<Request<AnyApi>>>) {
        for request in more.into_iter().flatten() {
            if self.known.insert(request.clone()) {
                self.requests.push(request);
            }
        }
    }
}

/// The known deployments that answer requests to a stage, with the variables they see.
fn answering<'s>(
    api: &'s RestApiState,
    stage: &'s StageState,
) -> Vec<(&'s DeploymentState, RawVariables)> {
    let canary = stage.canary.as_ref().map(|canary| {
        let mut variables = stage.variables.clone();
        variables.extend(canary.overrides.clone());
        (&canary.deployment, variables)
    });
    let all = [(&stage.deployment, stage.variables.clone())];
    let all = all.into_iter().chain(canary);
    all.filter_map(|(id, variables)| Some((&**api.deployments.get(id)?, variables)))
        .collect()
}

fn running_routes(api: &HttpApiState) -> Vec<(&StageName, &RawVariables, Vec<ExportedRoute>)> {
    match api.api.protocol {
        Protocol::Http => {}
        Protocol::Websocket => return Vec::new(),
    }
    let stages = api.stages.iter();
    stages
        .map(|stage| {
            let routes = match &stage.runs {
                HttpRuns::Current => api.current(),
                HttpRuns::Frozen(routes) => routes.clone(),
            };
            (&stage.name, &stage.variables, routes)
        })
        .collect()
}

fn rest_door<'a>(
    state: &'a RegionState,
    api: &RestApiState,
    method: &Method,
    integration: &'a Integration,
    variables: &RawVariables,
) -> Option<Door<'a>> {
    let entry = Entry {
        path: method.path.to_string(),
        verb: method.verb,
        integration,
    };
    Door::of_rest(state, &api.raw, entry, variables)
}

fn http_door<'a>(
    state: &'a RegionState,
    stage: &StageName,
    route: &'a ExportedRoute,
    variables: &RawVariables,
) -> Option<Door<'a>> {
    let (verb, path) = match route.key.split_once(' ') {
        Some((verb, path)) => (verb.parse().ok()?, path),
        None => (Verb::Any, "/{proxy+}"),
    };
    let entry = Entry {
        path: path.to_owned(),
        verb,
        integration: &route.integration,
    };
    Door::of_http(state, stage, entry, variables)
}

type To<'a, A> = (&'a Region, A, &'a StageName);

fn door_requests(to: To<'_, AnyApi>, door: &Door<'_>) -> Vec<Request<AnyApi>> {
    let path = filled(&door.entry.path, &BTreeMap::new());
    let verbs = verbs(door.entry.verb).iter();
    let unaimed = verbs.flat_map(|verb| {
        let request = plain((to.0, to.1.clone(), to.2), *verb, &path);
        [dressed(&request), request]
    });
    let aimed = door.aims().map(|aim| Request {
        query: Text::from(aim.query.join("&")),
        headers: aim.headers,
        ..plain(
            (to.0, to.1.clone(), to.2),
            aim.verb,
            &filled(&door.entry.path, &aim.values),
        )
    });
    let mut known = BTreeSet::new();
    let fresh = unaimed.chain(aimed);
    fresh
        .filter(|request| known.insert(request.clone()))
        .take(PER_METHOD)
        .collect()
}

fn shares<'s>(
    api: &'s RestApiState,
    stage: &'s StageState,
) -> impl Iterator<Item = (Share, &'s [Method])> {
    let canary = stage.canary.as_ref();
    let canary = canary.map(|canary| (Share::Canary, &canary.deployment));
    let shares = [(Share::Stage, &stage.deployment)]
        .into_iter()
        .chain(canary);
    shares.filter_map(|(share, id)| Some((share, api.deployments.get(id)?.methods.as_slice())))
}

fn verbs(verb: Verb) -> &'static [Verb] {
    match verb {
        Verb::Any => &[Verb::Get, Verb::Post],
        Verb::Delete => &[Verb::Delete],
        Verb::Get => &[Verb::Get],
        Verb::Head => &[Verb::Head],
        Verb::Options => &[Verb::Options],
        Verb::Patch => &[Verb::Patch],
        Verb::Post => &[Verb::Post],
        Verb::Put => &[Verb::Put],
    }
}

fn plain<A>((region, api, stage): To<'_, A>, verb: Verb, path: &str) -> Request<A> {
    Request {
        region: region.clone(),
        api,
        stage: stage.clone(),
        share: Share::Stage,
        verb,
        path: Text::new(path),
        query: Text::new(""),
        headers: BTreeMap::new(),
    }
}

fn dressed<A: Clone>(request: &Request<A>) -> Request<A> {
    Request {
        query: Text::new("version=2&channel=beta"),
        headers: [(Text::new("x-tenant"), Text::new("gold-7"))].into(),
        ..request.clone()
    }
}

/// A path with its variables filled in: by these values, or else each by one that no resource has as
/// a literal.
fn filled(path: &str, values: &BTreeMap<String, String>) -> String {
    let segments = path.split('/').enumerate().map(|(at, segment)| {
        let variable = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let Some(name) = variable else {
            return segment.to_owned();
        };
        let value = values.get(name.trim_end_matches('+')).cloned();
        value.unwrap_or_else(|| match name.ends_with('+') {
            true => format!("a{at}/deep/er"),
            false => format!("some{at}"),
        })
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
