//! What stages ran until a moment ago: a change takes time to reach every request, and requests
//! that began before it still run.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use unbridge_model::apigateway::{ExportedRoute, Protocol};
use unbridge_model::id::{DeploymentId, StageName};
use unbridge_model::route::{AnyApi, Landing, Request};

use super::switches::SwitchKind;
use super::world::{Changed, World};
use crate::account::{
    DeploymentState, HttpApiState, HttpRuns, RawValues, RawVariables, RegionState, RestApiState,
    Shared, StageState,
};
use crate::data_plane::{Answer, Running, serve_noting};

/// How long a change of a stage takes at most to reach every request. Rule `stage-changes-spread`.
pub const PROPAGATION: Duration = Duration::from_secs(30);

/// How long a request runs at most. Rule `requests-in-flight`.
pub const IN_FLIGHT: Duration = Duration::from_secs(29);

/// A stage of an API.
pub(super) type Key = (AnyApi, StageName);

/// One of the ways in which a stage answers requests.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Way {
    /// By a deployment of a REST API, with these variables.
    Rest(DeploymentId, RawVariables),
    /// By these routes of an HTTP API.
    Http(Vec<ExportedRoute>, RawVariables),
}

/// A way in which a stage answered requests, with all that it needs.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub(super) way: Way,
    /// What a REST API ran, and what the digests in it stand for.
    deployment: Option<Rc<(Shared<DeploymentState>, RawValues)>>,
    /// Until then.
    pub(super) until: Duration,
}

/// What stages ran until a moment ago.
#[derive(Debug, Clone, Default)]
pub(super) struct History(pub(super) BTreeMap<Key, Vec<Past>>);

/// What stages run at one moment.
pub(super) type Ways = BTreeMap<Key, Vec<Way>>;

impl History {
    /// Drops what no request meets any more.
    pub(super) fn forget(&mut self, now: Duration) {
        for pasts in self.0.values_mut() {
            pasts.retain(|past| past.until + PROPAGATION + IN_FLIGHT > now);
        }
        self.0.retain(|_, pasts| !pasts.is_empty());
    }
}

/// The ways in which a stage of a REST API answers. Rule `canary-share`: with a share above 0 both
/// deployments answer; a canary with a share of 0 answers nobody.
fn rest_ways(stage: &StageState) -> Vec<Way> {
    let own = Way::Rest(stage.deployment.clone(), stage.variables.clone());
    let canary = stage.canary.as_ref().filter(|canary| canary.percent > 0.0);
    let canary = canary.map(|canary| {
        // Rule `canary-inherits-variables`.
        let mut variables = stage.variables.clone();
        variables.extend(canary.overrides.clone());
        Way::Rest(canary.deployment.clone(), variables)
    });
    let mut ways = vec![own];
    ways.extend(canary.filter(|canary| *canary != ways[0]));
    ways
}

/// The ways of all stages of a REST API.
pub(super) fn of_rest(api: &RestApiState) -> Ways {
    let id = AnyApi::Rest(api.api.id.clone());
    let stages = api.stages.iter();
    stages
        .map(|stage| ((id.clone(), stage.name.clone()), rest_ways(stage)))
        .collect()
}

/// The ways of all stages of an HTTP API. Rule `http-auto-deploy`: a stage that deploys by itself
/// runs the routes as they stand.
pub(super) fn of_http(api: &HttpApiState) -> Ways {
    let id = AnyApi::Http(api.api.id.clone());
    let stages = api.stages.iter();
    stages
        .map(|stage| {
            let routes = match &stage.runs {
                HttpRuns::Current => api.current(),
                HttpRuns::Frozen(routes) => routes.clone(),
            };
            let way = Way::Http(routes, stage.variables.clone());
            ((id.clone(), stage.name.clone()), vec![way])
        })
        .collect()
}

/// The ways of all stages of a region.
pub(super) fn of_region(state: &RegionState) -> Ways {
    let rest = state.rest_apis.iter().flat_map(of_rest);
    rest.chain(state.http_apis.iter().flat_map(of_http))
        .collect()
}

/// The ways of all stages of an API; none when there is no such API.
pub(super) fn of_api(state: &RegionState, api: &AnyApi) -> Ways {
    match api {
        AnyApi::Rest(id) => state.rest_api(id).map(of_rest).unwrap_or_default(),
        AnyApi::Http(id) => state.http_api(id).map(of_http).unwrap_or_default(),
    }
}

impl World {
    /// Changes something of an API, and remembers what its stages ran before.
    pub(super) fn changing<T>(
        &mut self,
        api: &AnyApi,
        change: impl FnOnce(&mut Self) -> Changed<T>,
    ) -> Changed<T> {
        let before = of_api(self.state()?, api);
        let done = change(self)?;
        let state = self.state()?;
        let after = of_api(state, api);
        let mut history = std::mem::take(&mut self.history);
        remember(&mut history, self.state()?, &before, &after, self.now);
        self.history = history;
        self.uses_of(&before, &after);
        Ok(done)
    }

    /// Every way in which a request may be answered now.
    pub(super) fn answers(&mut self, request: &Request<AnyApi>) -> Vec<Answer> {
        let mut decided = BTreeSet::new();
        let answers = self.answers_noting(request, &mut decided);
        self.asked.extend(decided);
        answers
    }

    /// Every way in which a request may be answered now; notes which switches decide something.
    pub(super) fn answers_noting(
        &self,
        request: &Request<AnyApi>,
        decided: &mut BTreeSet<SwitchKind>,
    ) -> Vec<Answer> {
        let Some(state) = self.account.regions.get(&request.region) else {
            return vec![nobody()];
        };
        let mut answers = Vec::new();
        let mut ask = |running: Option<Running<'_>>| {
            let answer = running.map_or_else(nobody, |running| {
                serve_noting(&self.account, request, running, self.switches, decided)
            });
            if !answers.contains(&answer) {
                answers.push(answer);
            }
        };
        let key = (request.api.clone(), request.stage.clone());
        let now = stage_ways(state, &key);
        for way in &now {
            ask(running(state, &key, way));
        }
        let of_this_region = request.region == self.region;
        let pasts = self.history.0.get(&key).filter(|_| of_this_region);
        for past in pasts.into_iter().flatten() {
            ask(Some(past.running()));
        }
        match answers.is_empty() {
            true => vec![nobody()],
            false => answers,
        }
    }
}

fn nobody() -> Answer {
    Answer {
        landing: Landing::NotPrivate,
        link: None,
    }
}

fn stage_ways(state: &RegionState, (api, stage): &Key) -> Vec<Way> {
    match api {
        AnyApi::Rest(id) => {
            let stage = state.rest_api(id).and_then(|api| api.stage(stage));
            stage.map(rest_ways).unwrap_or_default()
        }
        AnyApi::Http(id) => {
            let http = state.http_api(id);
            // Requests to WebSocket APIs are not followed.
            let http = http.filter(|known| known.api.protocol == Protocol::Http);
            let mut ways = http.map(of_http).unwrap_or_default();
            ways.remove(&(api.clone(), stage.clone()))
                .unwrap_or_default()
        }
    }
}

/// A way as it stands; `None` when its deployment does not exist.
fn running<'a>(state: &'a RegionState, (api, _): &Key, way: &'a Way) -> Option<Running<'a>> {
    match (api, way) {
        (AnyApi::Rest(id), Way::Rest(deployment, variables)) => {
            let api = state.rest_api(id)?;
            Some(Running::Rest {
                deployment: api.deployments.get(deployment)?,
                variables: Cow::Borrowed(variables),
                raw: &api.raw,
            })
        }
        (_, Way::Http(routes, variables)) => Some(Running::Http {
            routes: Cow::Borrowed(routes),
            variables,
        }),
        (AnyApi::Http(_), Way::Rest(..)) => None,
    }
}

impl Past {
    fn running(&self) -> Running<'_> {
        match (&self.way, self.deployment.as_deref()) {
            (Way::Rest(_, variables), Some((deployment, raw))) => Running::Rest {
                deployment,
                variables: Cow::Borrowed(variables),
                raw,
            },
            (Way::Http(routes, variables), _) => Running::Http {
                routes: Cow::Borrowed(routes),
                variables,
            },
            // Nothing stood there.
            (Way::Rest(_, variables), None) => Running::Http {
                routes: Cow::Borrowed(&[]),
                variables,
            },
        }
    }
}

/// Notes the ways that are no longer taken. `state` still has the deployments they ran.
pub(super) fn remember(
    history: &mut History,
    state: &RegionState,
    before: &Ways,
    after: &Ways,
    now: Duration,
) {
    for (key, was) in before {
        let is = after.get(key).map_or(&[][..], Vec::as_slice);
        if was == is {
            continue;
        }
        let pasts = history.0.entry(key.clone()).or_default();
        for way in was.iter().filter(|way| !is.contains(way)) {
            pasts.retain(|past| past.way != *way);
            pasts.push(Past {
                way: way.clone(),
                deployment: frozen(state, key, way),
                until: now,
            });
        }
        // What is taken again needs no memory.
        pasts.retain(|past| !is.contains(&past.way));
    }
    history.0.retain(|_, pasts| !pasts.is_empty());
}

fn frozen(
    state: &RegionState,
    (api, _): &Key,
    way: &Way,
) -> Option<Rc<(Shared<DeploymentState>, RawValues)>> {
    let (AnyApi::Rest(id), Way::Rest(deployment, _)) = (api, way) else {
        return None;
    };
    let api = state.rest_api(id)?;
    let deployment = api.deployments.get(deployment)?.clone();
    Some(Rc::new((deployment, api.raw.clone())))
}
