//! API Gateway's part: which method answers, and what it sends where.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{CarriedField, Integration, IntegrationType, Method, Verb};
use unbridge_model::route::{Request, Share, UriScheme};
use unbridge_model::template::Template;
use unbridge_model::text::Text;

use super::Stop;
use super::address::Address;
use crate::account::{RawVariables, RegionState, RestApiState};

/// A request as API Gateway sends it.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    pub(super) link: Text,
    pub(super) target: Option<Text>,
    pub(super) scheme: UriScheme,
    pub(super) port: u16,
    pub(super) host: Text,
    pub(super) path: String,
    /// `None` when it is not known.
    pub(super) query: Option<String>,
    pub(super) verb: Text,
    asked: &'a Request,
    /// Headers that parameters set; `None` when the parameters are not known.
    set: Option<BTreeMap<String, Option<String>>>,
    passes: Passes,
}

/// What goes through without being mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passes {
    /// Everything: a proxy integration.
    Everything,
    /// Nothing.
    Nothing,
}

/// A header of a request, as a listener sees it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Value(String),
    Absent,
    Unknown,
}

/// Headers that API Gateway sets or changes by itself.
const ITS_OWN: [&str; 8] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "via",
];

impl Sent<'_> {
    /// What the listener sees of a header.
    pub(super) fn header(&self, name: &str) -> Seen {
        let name = name.to_ascii_lowercase();
        let Some(set) = &self.set else {
            return Seen::Unknown;
        };
        if let Some(value) = set.get(&name) {
            return value.clone().map_or(Seen::Unknown, Seen::Value);
        }
        if ITS_OWN.contains(&name.as_str())
            || ["x-forwarded-", "x-amzn-"]
                .iter()
                .any(|own| name.starts_with(own))
        {
            return Seen::Unknown;
        }
        match (self.passes, header_of(self.asked, &name)) {
            (Passes::Everything, Some(value)) => Seen::Value(value.to_string()),
            (Passes::Everything, None) | (Passes::Nothing, _) => Seen::Absent,
        }
    }
}

/// What is sent for a request.
pub(super) fn send<'a>(state: &RegionState, request: &'a Request) -> Result<Sent<'a>, Stop> {
    let api = state.rest_api(&request.api).ok_or(Stop::NotPrivate)?;
    let (methods, variables) = running(api, request).ok_or(Stop::NotPrivate)?;
    let (method, path_values) = pick(methods, request).ok_or(Stop::NotPrivate)?;
    let integration = method.integration.as_deref().ok_or(Stop::NotPrivate)?;
    let passes = match integration.kind {
        IntegrationType::HttpProxy => Passes::Everything,
        IntegrationType::Http => Passes::Nothing,
        IntegrationType::Aws | IntegrationType::AwsProxy | IntegrationType::Mock => {
            return Err(Stop::NotPrivate);
        }
    };
    let link = integration.vpc_link.as_ref().ok_or(Stop::NotPrivate)?;
    let fill = |template: &Template| template_on(template, &variables);
    let uri = integration
        .uri
        .as_ref()
        .ok_or(Stop::Refused)?
        .filled(fill)?;
    let sources = Sources {
        request,
        path_values: &path_values,
        variables: &variables,
    };
    let mapped = Mapped::of(integration, api, &sources);
    let address = Address::parse(&mapped.fill_path(&uri)?).ok_or(Stop::Refused)?;
    let host = match &integration.host_mapping {
        Some(mapping) => match sources.value(mapping.as_str()) {
            Found::Value(host) => host,
            // What is mapped from nothing is not set.
            Found::Missing => address.host(),
            Found::Unknown => return Err(Stop::Unseen),
        },
        None => address.host(),
    };
    let query = mapped.query(&address.query, request, passes);
    Ok(Sent {
        link: fill(link)?,
        target: integration.target.as_ref().map(fill).transpose()?,
        scheme: address.scheme,
        port: address.port,
        host: Text::from(host),
        path: address.path,
        query,
        verb: match integration.http_method.ok_or(Stop::Refused)? {
            Verb::Any => Text::from(request.verb.to_string()),
            verb => Text::from(verb.to_string()),
        },
        asked: request,
        set: mapped.headers(),
        passes,
    })
}

/// What answers a request: the stage's deployment, or its canary's with the canary's variables.
fn running<'s>(api: &'s RestApiState, request: &Request) -> Option<(&'s [Method], RawVariables)> {
    let stage = api.stage(&request.stage)?;
    let mut variables = stage.variables.clone();
    let deployment = match request.share {
        Share::Stage => &stage.deployment,
        Share::Canary => {
            let canary = stage.canary.as_ref()?;
            variables.extend(canary.overrides.clone());
            &canary.deployment
        }
    };
    let deployed = api.deployments.get(deployment)?;
    Some((&deployed.methods, variables))
}

fn template_on(template: &Template, variables: &RawVariables) -> Result<Text, Stop> {
    let known: BTreeMap<&str, Text> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), Text::new(value)))
        .collect();
    let filled = template.resolve(|name| known.get(name));
    filled.map_err(|_| Stop::Refused)
}

type PathValues = BTreeMap<String, String>;

/// The method that answers, with what its path variables hold.
fn pick<'m>(methods: &'m [Method], request: &Request) -> Option<(&'m Method, PathValues)> {
    let fits = methods
        .iter()
        .filter_map(|method| Some((fit(&method.path, &request.path)?, method)));
    let (rank, best) = fits
        .min_by(|(a, _), (b, _)| a.rank.cmp(&b.rank))
        .map(|(fit, method)| (fit, &method.path))?;
    let of = |verb: Verb| {
        let mut here = methods.iter().filter(|method| method.path == *best);
        here.find(|method| method.verb == verb)
    };
    let method = of(request.verb).or_else(|| of(Verb::Any))?;
    Some((method, rank.values))
}

/// How well a resource fits a path: by segment, lower is better.
struct Fit {
    rank: Vec<u8>,
    values: PathValues,
}

fn fit(resource: &str, path: &str) -> Option<Fit> {
    let split = |text: &str| -> Vec<String> {
        let text = text.trim_matches('/');
        match text {
            "" => Vec::new(),
            text => text.split('/').map(str::to_owned).collect(),
        }
    };
    let (wanted, given) = (split(resource), split(path));
    let mut fit = Fit {
        rank: Vec::new(),
        values: PathValues::new(),
    };
    for (at, segment) in wanted.iter().enumerate() {
        let variable = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        match variable {
            Some(name) if name.ends_with('+') => {
                let rest = given.get(at..).filter(|rest| !rest.is_empty())?;
                fit.rank.push(2);
                fit.values
                    .insert(name.trim_end_matches('+').to_owned(), rest.join("/"));
                return Some(fit);
            }
            Some(name) => {
                fit.rank.push(1);
                fit.values.insert(name.to_owned(), given.get(at)?.clone());
            }
            None => {
                if given.get(at) != Some(segment) {
                    return None;
                }
                fit.rank.push(0);
            }
        }
    }
    (wanted.len() == given.len()).then_some(fit)
}

/// Where parameters take their values from.
struct Sources<'a> {
    request: &'a Request,
    path_values: &'a PathValues,
    variables: &'a RawVariables,
}

/// What a source holds.
enum Found {
    Value(String),
    Missing,
    Unknown,
}

impl Sources<'_> {
    fn value(&self, source: &str) -> Found {
        let found = |value: Option<String>| value.map_or(Found::Missing, Found::Value);
        if let Some(text) = source
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
        {
            return Found::Value(text.to_owned());
        }
        if let Some(name) = source.strip_prefix("stageVariables.") {
            return found(self.variables.get(name).cloned());
        }
        if let Some(name) = source.strip_prefix("method.request.path.") {
            return found(self.path_values.get(name).cloned());
        }
        if let Some(name) = source.strip_prefix("method.request.querystring.") {
            return found(query_value(&self.request.query, name).map(str::to_owned));
        }
        match source.strip_prefix("method.request.header.") {
            // The caller's own Host is not part of a request.
            Some(name) if !name.eq_ignore_ascii_case("host") => {
                found(header_of(self.request, name).map(Text::to_string))
            }
            _ => Found::Unknown,
        }
    }
}

fn header_of<'r>(request: &'r Request, name: &str) -> Option<&'r Text> {
    let mut headers = request.headers.iter();
    let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

fn query_value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let mut pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The request parameters of an integration with their values: `path.id`, `header.x-tenant`, ...
/// `None` when there are some that are not known.
struct Mapped(Option<BTreeMap<String, Option<Text>>>);

impl Mapped {
    fn of(integration: &Integration, api: &RestApiState, sources: &Sources<'_>) -> Self {
        let Some(digest) = integration.carried.get(CarriedField::RequestParameters) else {
            return Self(Some(BTreeMap::new()));
        };
        let Some(raw) = api.raw.get(&digest) else {
            return Self(None);
        };
        let mut mapped = BTreeMap::new();
        for line in raw.lines() {
            let Some((key, source)) = line.split_once('=') else {
                return Self(None);
            };
            let Some(key) = key.strip_prefix("integration.request.") else {
                return Self(None);
            };
            match sources.value(source) {
                Found::Value(value) => mapped.insert(key.to_owned(), Some(Text::from(value))),
                Found::Missing => continue,
                Found::Unknown => mapped.insert(key.to_owned(), None),
            };
        }
        Self(Some(mapped))
    }

    /// An address with its path variables filled in.
    fn fill_path(&self, uri: &str) -> Result<String, Stop> {
        let mut filled = String::new();
        let mut rest = uri;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            let mapped = self.0.as_ref().ok_or(Stop::Unseen)?;
            filled.push_str(before);
            match mapped.get(&format!("path.{name}")) {
                Some(Some(value)) => filled.push_str(value),
                Some(None) => return Err(Stop::Unseen),
                None => filled.push_str(&format!("{{{name}}}")),
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The query string: the address's own, the caller's where it passes, and what is mapped.
    fn query(&self, own: &str, request: &Request, passes: Passes) -> Option<String> {
        let mapped = self.0.as_ref()?;
        let mut parts = vec![own.to_owned()];
        if passes == Passes::Everything {
            parts.push(request.query.to_string());
        }
        for (key, value) in mapped {
            if let Some(name) = key.strip_prefix("querystring.") {
                parts.push(format!("{name}={}", value.as_ref()?));
            }
        }
        parts.retain(|part| !part.is_empty());
        Some(parts.join("&"))
    }

    fn headers(&self) -> Option<BTreeMap<String, Option<String>>> {
        let mapped = self.0.as_ref()?;
        let headers = mapped.iter().filter_map(|(key, value)| {
            let name = key.strip_prefix("header.")?;
            Some((
                name.to_ascii_lowercase(),
                value.as_ref().map(Text::to_string),
            ))
        });
        Some(headers.collect())
    }
}
