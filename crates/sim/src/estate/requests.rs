//! Requests to everything that an account's REST APIs answer.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{Method, Verb};
use unbridge_model::id::Region;
use unbridge_model::route::{Request, Share};
use unbridge_model::text::Text;

use crate::account::{Account, RestApiState, StageState};

/// Requests to every method of every stage and every canary: a plain one, and one with a query
/// string and a header that rules may look at. `ANY` is asked by `GET` and by `POST`.
#[must_use]
pub fn requests(account: &Account) -> Vec<Request> {
    let mut requests = Vec::new();
    for (region, state) in &account.regions {
        for api in &state.rest_apis {
            for stage in &api.stages {
                for (share, methods) in shares(api, stage) {
                    let asked = methods.iter().flat_map(|method| {
                        let verbs = verbs(method.verb).iter();
                        verbs.map(|verb| plain(region, api, stage, share, *verb, &method.path))
                    });
                    requests.extend(asked.flat_map(|request| [dressed(&request), request]));
                }
            }
        }
    }
    requests
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

fn plain(
    region: &Region,
    api: &RestApiState,
    stage: &StageState,
    share: Share,
    verb: Verb,
    path: &str,
) -> Request {
    Request {
        region: region.clone(),
        api: api.api.id.clone(),
        stage: stage.name.clone(),
        share,
        verb,
        path: Text::from(filled(path)),
        query: Text::new(""),
        headers: BTreeMap::new(),
    }
}

fn dressed(request: &Request) -> Request {
    Request {
        query: Text::new("version=2&channel=beta"),
        headers: [(Text::new("x-tenant"), Text::new("gold-7"))].into(),
        ..request.clone()
    }
}

/// A path with its variables filled in, each by a value that no resource has as a literal.
fn filled(path: &str) -> String {
    let segments = path.split('/').enumerate().map(|(at, segment)| {
        match segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            Some(name) if name.ends_with('+') => format!("a{at}/deep/er"),
            Some(_) => format!("some{at}"),
            None => segment.to_owned(),
        }
    });
    segments.collect::<Vec<_>>().join("/")
}
