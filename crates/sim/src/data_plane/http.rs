//! API Gateway's part of HTTP APIs: which route answers, and what it sends where.
//!
//! Written from the developer guide's "Create routes for HTTP APIs" and "Create private integrations
//! for HTTP APIs". Not documented, or not in an account: the Host header, and what a parameter
//! mapping makes of the path; a listener that looks at them may do any of several things.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{CarriedField, ExportedRoute, Integration, IntegrationType, Verb};
use unbridge_model::route::UriScheme;
use unbridge_model::text::Text;

use super::Stop;
use super::gateway::{Asked, Passes, Sent, Told, fit, template_on, verb_of};
use crate::account::RawVariables;

/// The key of the route that takes what no other does.
const DEFAULT: &str = "$default";

/// Where a request to an HTTP API goes.
pub(super) struct Chosen<'r> {
    integration: &'r Integration,
    pub(super) link: Result<Text, Stop>,
}

/// Which integration a request goes through, if that is a private one.
pub(super) fn choose<'r>(
    routes: &'r [ExportedRoute],
    variables: &RawVariables,
    asked: &Asked<'_>,
) -> Result<Chosen<'r>, Stop> {
    let route = pick(routes, asked).ok_or(Stop::NotPrivate)?;
    let integration = &route.integration;
    match integration.kind {
        IntegrationType::HttpProxy => {}
        IntegrationType::Http
        | IntegrationType::Aws
        | IntegrationType::AwsProxy
        | IntegrationType::Mock => return Err(Stop::NotPrivate),
    }
    let link = integration.vpc_link.as_ref().ok_or(Stop::NotPrivate)?;
    Ok(Chosen {
        integration,
        link: template_on(link, variables),
    })
}

/// What is sent for a request, and to which listener, by its ARN.
pub(super) fn send<'a>(
    asked: Asked<'a>,
    chosen: &Chosen<'_>,
    variables: &RawVariables,
) -> Result<(Sent<'a>, Text), Stop> {
    let Chosen { integration, link } = chosen;
    link.clone()?;
    let uri = integration.uri.as_ref().ok_or(Stop::Refused)?;
    let listener = uri.filled(|template| template_on(template, variables))?;
    let carries = |field| integration.carried.get(field).is_some();
    let maps = carries(CarriedField::RequestParameters);
    let (path, path_is) = match (maps, asked.stage.as_str()) {
        (true, _) => ("/{mapped}".to_owned(), Told::ByName),
        (false, DEFAULT) => (asked.path.to_owned(), Told::Exactly),
        // Rule `http-stage-in-path`: the stage's name stands before the path unless a mapping takes
        // it away.
        (false, stage) => (format!("/{stage}{}", asked.path), Told::Exactly),
    };
    let scheme = match carries(CarriedField::TlsConfig) {
        true => UriScheme::Https,
        false => UriScheme::Http,
    };
    let host = integration.host_mapping.as_ref();
    let host = host.map_or("{host}".to_owned(), |mapping| format!("{{{mapping}}}"));
    let sent = Sent {
        target: None,
        scheme,
        name: String::new(),
        port: scheme.default_port(),
        host: Text::from(host),
        host_is: Told::ByName,
        path,
        path_is,
        query: Some(asked.query.to_string()),
        query_is: path_is,
        verb: verb_of(integration, asked.verb).ok_or(Stop::Refused)?,
        asked,
        set: (!maps).then(BTreeMap::new),
        passes: Passes::Everything,
    };
    Ok((sent, listener))
}

/// The route that answers. Rule `http-route-best-fit`: of those whose method and path fit the one that fits best, `$default`
/// when there is none. Unlike in REST APIs a route without the request's method does not stand in
/// another one's way.
fn pick<'r>(routes: &'r [ExportedRoute], asked: &Asked<'_>) -> Option<&'r ExportedRoute> {
    let ranked = routes.iter().filter_map(|route| {
        let (verb, path) = route.key.split_once(' ')?;
        let verb: Verb = verb.parse().ok()?;
        let fit = fit(path, asked.path)?;
        let fits = verb == Verb::Any || verb == asked.verb;
        fits.then_some(((fit.rank, verb == Verb::Any), route))
    });
    let best = ranked.min_by(|(a, _), (b, _)| a.cmp(b));
    best.map(|(_, route)| route)
        .or_else(|| routes.iter().find(|route| route.key == DEFAULT))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use unbridge_model::id::StageName;

    use super::*;
    use crate::build::private;

    #[test]
    fn the_best_fitting_route_of_the_method_answers() {
        let keys = [
            "GET /pets/dog/1",
            "GET /pets/dog/{id}",
            "GET /pets/{proxy+}",
            "ANY /pets/{proxy+}",
            "$default",
        ];
        let routes = keys.map(|key| ExportedRoute {
            key: Text::new(key),
            integration: private("link", "host", 80, ""),
        });
        let request = |verb, path: &str| unbridge_model::route::Request {
            region: unbridge_model::id::Region::new("eu-west-1").expect("a region"),
            api: (),
            stage: StageName::new("$default").expect("a stage"),
            share: unbridge_model::route::Share::Stage,
            verb,
            path: Text::new(path),
            query: Text::new(""),
            headers: BTreeMap::new(),
        };
        let key = |verb, path: &str| {
            let request = request(verb, path);
            pick(&routes, &Asked::of(&request)).map(|route| route.key.to_string())
        };
        let check = |verb, path: &str, expect: &str| {
            assert_eq!(key(verb, path).as_deref(), Some(expect), "{verb} {path}");
        };
        check(Verb::Get, "/pets/dog/1", keys[0]);
        check(Verb::Get, "/pets/dog/2", keys[1]);
        check(Verb::Get, "/pets/cat/1", keys[2]);
        check(Verb::Post, "/pets/dog/1", keys[3]);
        check(Verb::Post, "/cars", keys[4]);
        assert_eq!(
            pick(&routes[..4], &Asked::of(&request(Verb::Post, "/cars"))),
            None
        );
    }
}
