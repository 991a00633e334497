//! API Gateway's part: which method answers, and what it sends where.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{CarriedField, Integration, IntegrationType, Method, Verb};
use unbridge_model::id::StageName;
use unbridge_model::route::{Request, UriScheme};
use unbridge_model::template::Template;
use unbridge_model::text::Text;

use super::address::Address;
use super::{Depth, Stop};
use crate::account::{RawValues, RawVariables, RegionState};
use crate::live::{HostResolution, StageInPath, SwitchKind, Switches};

/// A request, whatever API it is to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) stage: &'a StageName,
    pub(super) verb: Verb,
    pub(super) path: &'a str,
    pub(super) query: &'a Text,
    headers: &'a BTreeMap<Text, Text>,
}

impl<'a> Asked<'a> {
    pub(super) fn of<A>(request: &'a Request<A>) -> Self {
        Self {
            stage: &request.stage,
            verb: request.verb,
            path: &request.path,
            query: &request.query,
            headers: &request.headers,
        }
    }

    fn header(&self, name: &str) -> Option<&'a Text> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }
}

/// A request as API Gateway sends it.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    /// The load balancer that the integration names.
    pub(super) target: Option<Text>,
    pub(super) scheme: UriScheme,
    /// The host of the address, without port.
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) host: Text,
    pub(super) host_is: Told,
    pub(super) path: String,
    pub(super) path_is: Told,
    /// `None` when it is not known. By name it is the caller's own, for what looks at the whole
    /// address: the same before and after a change that keeps the parameters.
    pub(super) query: Option<String>,
    pub(super) query_is: Told,
    pub(super) verb: Text,
    pub(super) asked: Asked<'a>,
    /// Headers that parameters set; `None` when the parameters are not known.
    pub(super) set: Option<BTreeMap<String, Option<String>>>,
    pub(super) passes: Passes,
}

/// Whether a part of a request is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// As it stands there.
    Exactly,
    /// It comes from something that is not known; what stands there in braces names that.
    ByName,
}

/// What goes through without being mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passes {
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
        match (self.passes, self.asked.header(&name)) {
            (Passes::Everything, Some(value)) => Seen::Value(value.to_string()),
            (Passes::Everything, None) | (Passes::Nothing, _) => Seen::Absent,
        }
    }
}

/// The integration that a request goes through.
#[derive(Debug)]
pub(super) struct Chosen<'m> {
    integration: &'m Integration,
    path_values: PathValues,
    passes: Passes,
    /// The link's id; that of a variable which the stage does not have is not told.
    pub(super) link: Result<Text, Stop>,
}

/// Which integration a request goes through, if that is a private one.
pub(super) fn choose<'m>(
    methods: &'m [Method],
    variables: &RawVariables,
    asked: &Asked<'_>,
) -> Result<Chosen<'m>, Stop> {
    let (method, path_values) = pick(methods, asked).ok_or(Stop::NotPrivate)?;
    let integration = method.integration.as_deref().ok_or(Stop::NotPrivate)?;
    let passes = match integration.kind {
        IntegrationType::HttpProxy => Passes::Everything,
        IntegrationType::Http => Passes::Nothing,
        IntegrationType::Aws | IntegrationType::AwsProxy | IntegrationType::Mock => {
            return Err(Stop::NotPrivate);
        }
    };
    let link = integration.vpc_link.as_ref().ok_or(Stop::NotPrivate)?;
    Ok(Chosen {
        integration,
        path_values,
        passes,
        link: template_on(link, variables),
    })
}

/// What is sent for a request.
pub(super) fn send<'a>(
    asked: Asked<'a>,
    chosen: &Chosen<'_>,
    variables: &RawVariables,
    raw: &RawValues,
    depth: Depth,
) -> Result<Sent<'a>, Stop> {
    let &Chosen {
        integration,
        ref path_values,
        passes,
        ref link,
    } = chosen;
    let fill = |template: &Template| template_on(template, variables);
    let uri = integration
        .uri
        .as_ref()
        .ok_or(Stop::Refused)?
        .filled(fill)?;
    let sources = Sources {
        asked,
        path_values,
        variables,
    };
    let mapped = Mapped::of(integration, raw, &sources);
    let address = Address::parse(&mapped.fill_path(&uri, path_values, depth)?);
    let address = address.ok_or(Stop::Refused)?;
    let (host, host_is) = match &integration.host_mapping {
        Some(mapping) => match sources.value(mapping.as_str()) {
            Found::Value(host) => (host, Told::Exactly),
            // What is mapped from nothing is not set.
            Found::Missing => (address.host(), Told::Exactly),
            Found::Unknown => match depth {
                Depth::Configuration => return Err(Stop::Unseen),
                Depth::Everything(_) => (format!("{{{mapping}}}"), Told::ByName),
            },
        },
        None => (address.host(), Told::Exactly),
    };
    let query = mapped.query(&address.query, asked.query, passes);
    let (query, query_is) = match (depth, query, integration.uri_rest) {
        (Depth::Configuration, query, _) => (query, Told::Exactly),
        (Depth::Everything(_), Some(query), None) => (Some(query), Told::Exactly),
        // A snapshot keeps parameters and the query string of an address as digests.
        (Depth::Everything(_), None, _) | (Depth::Everything(_), Some(_), Some(_)) => {
            (Some(asked.query.to_string()), Told::ByName)
        }
    };
    link.clone()?;
    Ok(Sent {
        target: integration.target.as_ref().map(fill).transpose()?,
        scheme: address.scheme,
        port: address.port,
        name: address.name,
        host: Text::from(host),
        host_is,
        path: address.path,
        path_is: Told::Exactly,
        query,
        query_is,
        verb: verb_of(integration, asked.verb).ok_or(Stop::Refused)?,
        asked,
        set: mapped.headers(),
        passes,
    })
}

/// What may be done to a request over a version 2 link, as far as AWS leaves it open, and which
/// switches decided it.
pub(super) fn in_the_face_of(
    sent: &mut Sent<'_>,
    state: &RegionState,
    switches: Switches,
    decided: &mut BTreeSet<SwitchKind>,
) -> Result<(), Stop> {
    decided.insert(SwitchKind::StageInPath);
    match switches.stage_in_path {
        StageInPath::NotSent => {}
        StageInPath::Sent => sent.path = format!("/{}{}", sent.asked.stage, sent.path),
    }
    if !is_gone(state, &sent.name) {
        return Ok(());
    }
    decided.insert(SwitchKind::HostResolution);
    match switches.host_resolution {
        HostResolution::NotNeeded => Ok(()),
        HostResolution::Needed => Err(Stop::Refused),
    }
}

/// Whether a host is the name of a load balancer that does not exist any more.
fn is_gone(state: &RegionState, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let name = host.strip_prefix("dualstack.").unwrap_or(&host);
    let of_a_load_balancer = name.contains(".elb.")
        && [".amazonaws.com", ".amazonaws.com.cn"]
            .iter()
            .any(|end| name.ends_with(end));
    let mut lbs = state.load_balancers.iter();
    of_a_load_balancer && !lbs.any(|lb| lb.dns_name.as_deref() == Some(name))
}

/// The method that an integration sends.
pub(super) fn verb_of(integration: &Integration, asked: Verb) -> Option<Text> {
    let verb = match integration.http_method? {
        Verb::Any => asked,
        verb => verb,
    };
    Some(Text::from(verb.to_string()))
}

pub(super) fn template_on(template: &Template, variables: &RawVariables) -> Result<Text, Stop> {
    filled_in(template, variables).ok_or(Stop::Refused)
}

/// A text with its stage variables filled in; `None` when the stage lacks one.
pub(crate) fn filled_in(template: &Template, variables: &RawVariables) -> Option<Text> {
    if template.is_literal() {
        return Some(template.text().clone());
    }
    let known: BTreeMap<&str, Text> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), Text::new(value)))
        .collect();
    template.resolve(|name| known.get(name)).ok()
}

pub(super) type PathValues = BTreeMap<String, String>;

/// The method that answers, with what its path variables hold.
fn pick<'m>(methods: &'m [Method], asked: &Asked<'_>) -> Option<(&'m Method, PathValues)> {
    // What is written just like the path fits it best.
    let is_it = |method: &&Method| method.path == asked.path && !asked.path.contains('{');
    let fits = || {
        let fits = methods.iter();
        fits.filter_map(|method| Some((fit(&method.path, asked.path)?, method)))
    };
    let (rank, best) = match methods.iter().find(is_it) {
        Some(method) => (fit(&method.path, asked.path)?, &method.path),
        None => fits()
            .min_by(|(a, _), (b, _)| a.rank.cmp(&b.rank))
            .map(|(fit, method)| (fit, &method.path))?,
    };
    let of = |verb: Verb| {
        let mut here = methods.iter().filter(|method| method.path == *best);
        here.find(|method| method.verb == verb)
    };
    let method = of(asked.verb).or_else(|| of(Verb::Any))?;
    Some((method, rank.values))
}

/// Whether no segment of a resource that is no variable stands against it.
fn may_fit(resource: &str, path: &str) -> bool {
    let mut given = path.trim_matches('/').split('/');
    for segment in resource.trim_matches('/').split('/') {
        let is_variable = segment.starts_with('{') && segment.ends_with('}');
        match (is_variable, given.next()) {
            (true, _) if segment.ends_with("+}") => return true,
            (true, Some(_)) => {}
            (false, Some(there)) if there == segment => {}
            (_, _) => return false,
        }
    }
    true
}

/// How well a resource fits a path: by segment, lower is better.
pub(super) struct Fit {
    pub(super) rank: Vec<u8>,
    values: PathValues,
}

pub(super) fn fit(resource: &str, path: &str) -> Option<Fit> {
    // Most resources do not fit most paths.
    if !may_fit(resource, path) {
        return None;
    }
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
    asked: Asked<'a>,
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
            return found(query_value(self.asked.query, name).map(str::to_owned));
        }
        match source.strip_prefix("method.request.header.") {
            // The caller's own Host is not part of a request.
            Some(name) if !name.eq_ignore_ascii_case("host") => {
                found(self.asked.header(name).map(Text::to_string))
            }
            _ => Found::Unknown,
        }
    }
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
    fn of(integration: &Integration, raw: &RawValues, sources: &Sources<'_>) -> Self {
        let Some(digest) = integration.carried.get(CarriedField::RequestParameters) else {
            return Self(Some(BTreeMap::new()));
        };
        let Some(raw) = raw.get(&digest) else {
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

    /// An address with its path variables filled in. Where parameters are not known each is taken
    /// to be filled by the method's own of that name: it is the same before and after a change
    /// that keeps the parameters.
    fn fill_path(&self, uri: &str, named: &PathValues, depth: Depth) -> Result<String, Stop> {
        let mut filled = String::new();
        let mut rest = uri;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            let value = match (&self.0, depth) {
                (Some(mapped), _) => match mapped.get(&format!("path.{name}")) {
                    Some(value) => Some(value.as_deref().ok_or(Stop::Unseen)?),
                    None => None,
                },
                (None, Depth::Everything(_)) => named.get(name).map(String::as_str),
                (None, Depth::Configuration) => return Err(Stop::Unseen),
            };
            filled.push_str(before);
            match value {
                Some(value) => filled.push_str(value),
                None => filled.push_str(&format!("{{{name}}}")),
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The query string: the address's own, the caller's where it passes, and what is mapped.
    fn query(&self, own: &str, asked: &str, passes: Passes) -> Option<String> {
        let mapped = self.0.as_ref()?;
        let mut parts = vec![own.to_owned()];
        if passes == Passes::Everything {
            parts.push(asked.to_owned());
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
