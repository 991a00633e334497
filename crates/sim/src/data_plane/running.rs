//! What a stage runs, as the data plane is asked about it.

use std::borrow::Cow;

use unbridge_model::apigateway::{ExportedRoute, Protocol};
use unbridge_model::route::{AnyApi, Request, Share};

use crate::account::{
    DeploymentState, HttpApiState, HttpRuns, RawValues, RawVariables, RegionState, RestApiState,
};

/// What answers the requests to a stage.
#[derive(Debug, Clone, PartialEq)]
pub enum Running<'a> {
    /// A deployment of a REST API.
    Rest {
        /// The deployment, with its methods.
        deployment: &'a DeploymentState,
        /// The stage's variables, those of its canary over them where that answers.
        variables: Cow<'a, RawVariables>,
        /// What the digests in its integrations stand for: [`RestApiState::raw`].
        raw: &'a RawValues,
    },
    /// Routes of an HTTP API.
    Http {
        /// The routes.
        routes: Cow<'a, [ExportedRoute]>,
        /// The stage's variables.
        variables: &'a RawVariables,
    },
}

impl<'a> Running<'a> {
    /// What answers this request as the account stands; `None` when nothing does: there is no such
    /// API, stage, canary release or deployment, or it is a WebSocket API.
    #[must_use]
    pub fn of(state: &'a RegionState, request: &Request<AnyApi>) -> Option<Self> {
        match &request.api {
            AnyApi::Rest(api) => Self::of_rest(state.rest_api(api)?, request),
            AnyApi::Http(api) => Self::of_http(state.http_api(api)?, request),
        }
    }

    pub(super) fn of_rest<A>(api: &'a RestApiState, request: &Request<A>) -> Option<Self> {
        let stage = api.stage(&request.stage)?;
        let (deployment, variables) = match request.share {
            Share::Stage => (&stage.deployment, Cow::Borrowed(&stage.variables)),
            Share::Canary => {
                let canary = stage.canary.as_ref()?;
                let mut variables = stage.variables.clone();
                variables.extend(canary.overrides.clone());
                (&canary.deployment, Cow::Owned(variables))
            }
        };
        Some(Self::Rest {
            deployment: api.deployments.get(deployment)?,
            variables,
            raw: &api.raw,
        })
    }

    fn of_http<A>(api: &'a HttpApiState, request: &Request<A>) -> Option<Self> {
        match api.api.protocol {
            Protocol::Http => {}
            Protocol::Websocket => return None,
        }
        let mut stages = api.stages.iter();
        let stage = stages.find(|known| known.name == request.stage)?;
        // HTTP APIs have no canary releases.
        let routes = match (&stage.runs, request.share) {
            (_, Share::Canary) => return None,
            (HttpRuns::Current, Share::Stage) => Cow::Owned(api.current()),
            (HttpRuns::Frozen(routes), Share::Stage) => Cow::Borrowed(routes.as_slice()),
        };
        Some(Self::Http {
            routes,
            variables: &stage.variables,
        })
    }
}
