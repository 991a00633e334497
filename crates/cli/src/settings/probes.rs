//! `[probes]`: the requests that a temporary stage is proven with (H28).

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::Spanned;
use unbridge_model::apigateway::Verb;
use unbridge_model::id::StageName;
use unbridge_model::text::Text;

use super::file::{Wrong, parsed, whole};

/// How many methods are asked by themselves, at most.
const MOST_REPLAYED: i64 = 1000;

/// Words that say whether bodies have to be equal.
const BODIES: [(&str, Bodies); 2] = [("digest", Bodies::Digest), ("ignore", Bodies::Ignore)];

/// Headers whose values are secrets: they do not stand in a file.
const SECRET: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-api-key",
];

/// Headers that whoever sends a request sets: with others it would be another request.
const OWN: [&str; 5] = [
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
];

/// The requests that a temporary stage is proven with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Probes {
    /// Where requests are sent instead of the API's own host, as an origin: `https://host:port`.
    pub(crate) address: Option<Text>,
    /// How many safe methods of the plan without path parameters are asked by themselves.
    pub(crate) replay: u16,
    /// Whether bodies have to be equal.
    pub(crate) body: Bodies,
    /// The person's own requests.
    pub(crate) requests: Vec<ProbeRequest>,
}

impl Default for Probes {
    fn default() -> Self {
        Self {
            address: None,
            replay: 20,
            body: Bodies::Digest,
            requests: Vec::new(),
        }
    }
}

/// Whether bodies have to be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum Bodies {
    /// They have to.
    Digest,
    /// They may differ.
    Ignore,
}

/// A request of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProbeRequest {
    /// Its path with a query where wanted, without the stage; or the whole address at a custom
    /// domain, which leads to stage and path.
    pub(crate) path: Text,
    /// Its verb.
    pub(crate) verb: Verb,
    /// The status that it is answered with.
    pub(crate) status: u16,
    /// The id or name of the API that is asked; `None` for each of the plan.
    pub(crate) api: Option<Text>,
    /// The stage whose temporary twin is asked; `None` for each of the plan.
    pub(crate) stage: Option<StageName>,
    /// Its headers, by name.
    pub(crate) headers: BTreeMap<Text, HeaderValue>,
}

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderValue {
    /// As it stands in the file.
    Literal(Text),
    /// What this variable of the environment holds: secrets come from there.
    Environment(Text),
}

impl fmt::Display for HeaderValue {
    /// As it stands in the file; never what the environment holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::Environment(name) => write!(f, "env:{name}"),
        }
    }
}

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table [probes] with address, replay, body, request"
)]
pub(super) struct Table {
    address: Option<Spanned<String>>,
    replay: Option<Spanned<i64>>,
    body: Option<Spanned<String>>,
    request: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table [[probes.request]] with a path"
)]
struct Entry {
    path: Spanned<String>,
    verb: Option<Spanned<String>>,
    status: Option<Spanned<i64>>,
    api: Option<Spanned<String>>,
    stage: Option<Spanned<String>>,
    #[serde(default)]
    headers: BTreeMap<Spanned<String>, Spanned<String>>,
}

pub(super) fn read(table: &Table) -> Result<Probes, Wrong> {
    let Table {
        address,
        replay,
        body,
        request,
    } = table;
    let whole_replay = |value| whole("replay", value, 0..=MOST_REPLAYED);
    let standard = Probes::default();
    Ok(Probes {
        address: address.as_ref().map(origin).transpose()?,
        replay: replay.as_ref().map_or(Ok(standard.replay), whole_replay)?,
        body: body.as_ref().map_or(Ok(standard.body), bodies)?,
        requests: request.iter().map(entry).collect::<Result<_, _>>()?,
    })
}

fn bodies(word: &Spanned<String>) -> Result<Bodies, Wrong> {
    let known = BODIES.iter().find(|(known, _)| known == word.get_ref());
    known.map(|(_, bodies)| *bodies).ok_or_else(|| {
        let what = format!("body is {:?}, and not digest or ignore", word.get_ref());
        Wrong::in_value(word, what)
    })
}

/// An origin: where to, and nothing of what.
fn origin(text: &Spanned<String>) -> Result<Text, Wrong> {
    let address = text.get_ref().trim_end_matches('/');
    let behind = ["https://", "http://"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    let is_authority = |host: &str| {
        let may = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        !host.is_empty() && host.chars().all(may)
    };
    if behind.is_some_and(is_authority) {
        return Ok(Text::new(address));
    }
    let what = format!(
        "address is {:?}, and not one such as https://vpce-1-a.execute-api.eu-west-1.vpce.amazonaws.com, \
         without a path",
        text.get_ref()
    );
    Err(Wrong::in_value(text, what))
}

fn entry(entry: &Entry) -> Result<ProbeRequest, Wrong> {
    let Entry {
        path,
        verb: word,
        status,
        api,
        stage,
        headers,
    } = entry;
    let whole_status = |value| whole("status", value, 100..=599);
    let headers = headers.iter().map(|(name, value)| header(name, value));
    Ok(ProbeRequest {
        path: place(path)?,
        verb: word.as_ref().map_or(Ok(Verb::Get), verb)?,
        status: status.as_ref().map_or(Ok(200), whole_status)?,
        api: api.as_ref().map(api_named).transpose()?,
        stage: stage.as_ref().map(parsed).transpose()?,
        headers: headers.collect::<Result<_, _>>()?,
    })
}

fn api_named(text: &Spanned<String>) -> Result<Text, Wrong> {
    match text.get_ref().trim() {
        "" => Err(Wrong::in_value(
            text,
            "api is empty: leave it out for every API",
        )),
        name => Ok(Text::new(name)),
    }
}

/// A path with a query, or an address at a custom domain.
fn place(text: &Spanned<String>) -> Result<Text, Wrong> {
    let path = text.get_ref();
    let wrong = |what: String| Err(Wrong::in_value(text, what));
    let is_domain = path.strip_prefix("https://").is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        !host.is_empty()
    });
    if !path.starts_with('/') && !is_domain {
        return wrong(format!(
            "path is {path:?}: it begins with / and leaves the stage out, or is a whole https:// \
             address at a custom domain"
        ));
    }
    // What a URL may hold, with percent signs for the rest (RFC 3986).
    let odd = |c: &char| !c.is_ascii_graphic() || "\"<>\\^`{|}#".contains(*c);
    match path.chars().find(odd) {
        Some(c) => wrong(format!("path has {c:?}, which a path cannot hold as it is")),
        None => Ok(Text::new(path)),
    }
}

fn verb(word: &Spanned<String>) -> Result<Verb, Wrong> {
    let verb = word.get_ref().parse().ok();
    verb.filter(|verb| *verb != Verb::Any).ok_or_else(|| {
        let what = format!(
            "verb is {:?}, and not one of GET HEAD OPTIONS POST PUT PATCH DELETE",
            word.get_ref()
        );
        Wrong::in_value(word, what)
    })
}

fn header(name: &Spanned<String>, value: &Spanned<String>) -> Result<(Text, HeaderValue), Wrong> {
    let lower = name.get_ref().to_ascii_lowercase();
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if lower.is_empty() || !lower.chars().all(is_token) {
        let what = format!("{:?} is no header's name", name.get_ref());
        return Err(Wrong::in_value(name, what));
    }
    if OWN.contains(&lower.as_str()) {
        let what = format!("the header {} is not yours to set", name.get_ref());
        let hint = "requests bear the API's own host; `address` says where they are sent";
        return Err(Wrong::in_value(name, what).hint(hint));
    }
    let text = value.get_ref();
    let known = match text.strip_prefix("env:") {
        Some(variable) if is_variable(variable) => HeaderValue::Environment(Text::new(variable)),
        Some(variable) => {
            let what = format!("{variable:?} is no name of an environment variable");
            return Err(Wrong::in_value(value, what));
        }
        None if SECRET.contains(&lower.as_str()) => {
            // The value is not repeated: it may be one.
            let what = format!("the value of {} is a secret", name.get_ref());
            return Err(
                Wrong::in_value(value, what).hint("\"env:NAME\" takes it from the environment")
            );
        }
        None => HeaderValue::Literal(Text::new(text)),
    };
    if text.chars().any(|c| c.is_control() && c != '\t') {
        let what = format!("the value of {} has a control character", name.get_ref());
        return Err(Wrong::in_value(value, what));
    }
    Ok((Text::new(name.get_ref()), known))
}

fn is_variable(name: &str) -> bool {
    let may = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(may) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}
