//! One form for an integration, whether the editable API or an export told it, and the sealing of
//! everything that routing does not need.
//!
//! The two spell the same integration differently: case, defaults left out or written, responses
//! by status or by selection pattern. Both are brought to one canonical form first, so that equal
//! integrations give equal nouns.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use unbridge_model::apigateway::{Carried, CarriedField, Integration, IntegrationType, Verb};
use unbridge_model::digest::{Digest, Digester};
use unbridge_model::template::Template;
use unbridge_model::uri::Uri;

use super::{Converted, Subject};

/// Where an integration belongs to; the defaults differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// A REST API.
    Rest,
    /// An HTTP or WebSocket API.
    Http,
}

impl Generation {
    fn default_timeout_in_millis(self) -> i64 {
        match self {
            Self::Rest => 29_000,
            Self::Http => 30_000,
        }
    }
}

/// A map whose members may be null, which means absent.
pub(crate) type Entries = BTreeMap<String, Option<String>>;

/// An integration as told, under the names of the OpenAPI extension.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ToldIntegration {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) http_method: Option<String>,
    pub(crate) uri: Option<String>,
    pub(crate) connection_type: Option<String>,
    pub(crate) connection_id: Option<String>,
    /// AWS's documentation has both spellings.
    #[serde(alias = "integration-target")]
    pub(crate) integration_target: Option<String>,
    pub(crate) credentials: Option<String>,
    pub(crate) request_parameters: Option<Entries>,
    pub(crate) request_templates: Option<Entries>,
    pub(crate) passthrough_behavior: Option<String>,
    pub(crate) content_handling: Option<String>,
    pub(crate) timeout_in_millis: Option<i64>,
    pub(crate) cache_key_parameters: Option<Vec<String>>,
    pub(crate) tls_config: Option<ToldTls>,
    pub(crate) response_transfer_mode: Option<String>,
    /// Of REST APIs; an export keys them by selection pattern.
    #[serde(deserialize_with = "by_pattern")]
    pub(crate) responses: Vec<ToldResponse>,
    /// Of HTTP APIs, by status.
    pub(crate) response_parameters: Option<BTreeMap<String, Entries>>,
}

/// TLS towards the backend as told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ToldTls {
    pub(crate) insecure_skip_verification: bool,
    pub(crate) server_name_to_verify: Option<String>,
}

/// An integration response as told.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ToldResponse {
    pub(crate) selection_pattern: Option<String>,
    #[serde(deserialize_with = "status_code")]
    pub(crate) status_code: Option<String>,
    pub(crate) response_parameters: Option<Entries>,
    pub(crate) response_templates: Option<Entries>,
    pub(crate) content_handling: Option<String>,
}

fn by_pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ToldResponse>, D::Error> {
    let told = Option::<BTreeMap<String, ToldResponse>>::deserialize(deserializer)?;
    let pattern = |(pattern, response)| ToldResponse {
        selection_pattern: Some(pattern),
        ..response
    };
    Ok(told.into_iter().flatten().map(pattern).collect())
}

pub(super) fn status_code<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Code {
        Text(String),
        Number(u16),
    }
    let told = Option::<Code>::deserialize(deserializer)?;
    Ok(told.map(|code| match code {
        Code::Text(text) => text,
        Code::Number(number) => number.to_string(),
    }))
}

/// The canonical form of an integration response, in the order it is sealed in.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Response {
    pattern: Option<String>,
    status: Option<String>,
    parameters: BTreeMap<String, String>,
    templates: BTreeMap<String, String>,
    content_handling: Option<String>,
}

impl Response {
    fn new(told: ToldResponse) -> Self {
        // An export keys the response without a pattern by this word.
        let pattern = set(told.selection_pattern).filter(|pattern| pattern != "default");
        Self {
            pattern,
            status: set(told.status_code),
            parameters: entries(told.response_parameters),
            templates: entries(told.response_templates),
            content_handling: word(told.content_handling),
        }
    }
}

/// A text that is there and not empty.
fn set(told: Option<String>) -> Option<String> {
    told.filter(|text| !text.is_empty())
}

/// One of AWS's words; an export writes some of them in lower case.
fn word(told: Option<String>) -> Option<String> {
    set(told).map(|text| text.to_ascii_uppercase())
}

/// The members that say something: AWS keeps an empty template as null.
pub(super) fn entries(told: Option<Entries>) -> BTreeMap<String, String> {
    told.into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key, set(value)?)))
        .collect()
}

/// Seals the carried properties of one integration.
struct Sealer<'a> {
    digester: &'a Digester,
    subject: &'a Subject,
    carried: BTreeMap<CarriedField, Digest>,
}

impl Sealer<'_> {
    fn text(&mut self, field: CarriedField, value: Option<String>) {
        if let Some(value) = value {
            self.carried.insert(field, self.digester.seal(&value));
        }
    }

    fn json(&mut self, field: CarriedField, value: &impl Serialize) -> Converted<()> {
        let text = serde_json::to_string(value)
            .map_err(|_| self.subject.unparseable(format_args!("{field} is no JSON")))?;
        self.text(field, Some(text));
        Ok(())
    }

    fn map(&mut self, field: CarriedField, value: &BTreeMap<String, String>) -> Converted<()> {
        if value.is_empty() {
            Ok(())
        } else {
            self.json(field, value)
        }
    }
}

/// The noun of an integration.
pub(crate) fn integration(
    told: ToldIntegration,
    generation: Generation,
    digester: &Digester,
    subject: &Subject,
) -> Converted<Integration> {
    let kind = subject.required("type", word(told.kind))?;
    let kind: IntegrationType = kind
        .parse()
        .map_err(|_| subject.unparseable(format_args!("type {kind:?} is not known")))?;
    let vpc_link = match word(told.connection_type).as_deref() {
        None | Some("INTERNET") => None,
        Some("VPC_LINK") => Some(subject.required("connectionId", set(told.connection_id))?),
        Some(other) => {
            return Err(subject.unparseable(format_args!("connectionType {other:?} is not known")));
        }
    };
    let mut parameters = entries(told.request_parameters);
    let host_mapping = take_host_mapping(&mut parameters);
    let (uri, uri_rest) = match set(told.uri) {
        None => (None, None),
        Some(uri) if vpc_link.is_none() => split_path(split_uri(uri)),
        Some(uri) => split_uri(uri),
    };

    let mut sealer = Sealer {
        digester,
        subject,
        carried: BTreeMap::new(),
    };
    let mut keys = told.cache_key_parameters.unwrap_or_default();
    if !keys.is_empty() {
        keys.sort_unstable();
        sealer.json(CarriedField::CacheKeyParameters, &keys)?;
    }
    sealer.text(CarriedField::ContentHandling, word(told.content_handling));
    sealer.text(CarriedField::Credentials, set(told.credentials));
    let mut responses: Vec<_> = told.responses.into_iter().map(Response::new).collect();
    responses.sort_unstable();
    let by_status: BTreeMap<_, _> = told
        .response_parameters
        .into_iter()
        .flatten()
        .map(|(status, told)| (status, entries(Some(told))))
        .filter(|(_, parameters)| !parameters.is_empty())
        .collect();
    if !responses.is_empty() || !by_status.is_empty() {
        sealer.json(CarriedField::IntegrationResponses, &(responses, by_status))?;
    }
    let passthrough = word(told.passthrough_behavior).filter(|word| word != "WHEN_NO_MATCH");
    sealer.text(CarriedField::PassthroughBehavior, passthrough);
    sealer.map(CarriedField::RequestParameters, &parameters)?;
    sealer.map(
        CarriedField::RequestTemplates,
        &entries(told.request_templates),
    )?;
    let mode = word(told.response_transfer_mode).filter(|word| word != "BUFFERED");
    sealer.text(CarriedField::ResponseTransferMode, mode);
    let timeout = told
        .timeout_in_millis
        .filter(|millis| ![0, generation.default_timeout_in_millis()].contains(millis));
    sealer.text(
        CarriedField::TimeoutInMillis,
        timeout.map(|millis| millis.to_string()),
    );
    let tls = told.tls_config.unwrap_or_default();
    if tls != ToldTls::default() {
        sealer.json(CarriedField::TlsConfig, &tls)?;
    }

    Ok(Integration {
        kind,
        http_method: set(told.http_method)
            .map(|method| verb(&method, subject))
            .transpose()?,
        uri: uri.as_deref().map(Uri::new),
        uri_rest: uri_rest.map(|rest| digester.seal(&rest)),
        vpc_link: vpc_link.map(Template::new),
        target: set(told.integration_target).map(Template::new),
        host_mapping: host_mapping.map(Template::new),
        carried: Carried::new(sealer.carried),
    })
}

/// A method by the name that the API, or an OpenAPI document, gives it.
pub(crate) fn verb(name: &str, subject: &Subject) -> Converted<Verb> {
    if name.eq_ignore_ascii_case("x-amazon-apigateway-any-method") {
        return Ok(Verb::Any);
    }
    name.to_ascii_uppercase()
        .parse()
        .map_err(|_| subject.unparseable(format_args!("method {name:?} is not known")))
}

/// Takes the mapping of the Host header out of the request parameters.
fn take_host_mapping(parameters: &mut BTreeMap<String, String>) -> Option<String> {
    // REST and WebSocket APIs write the first, HTTP APIs the second.
    const PLACES: [&str; 2] = ["integration.request.header.host", "overwrite:header.host"];
    let key = parameters
        .keys()
        .find(|key| PLACES.contains(&key.to_ascii_lowercase().as_str()))?
        .clone();
    parameters.remove(&key)
}

/// The address of a uri, and what stands in it that may be a secret: user information and query.
///
/// ARNs stay whole.
fn split_uri(uri: String) -> (Option<String>, Option<String>) {
    if uri.starts_with("arn:") {
        return (Some(uri), None);
    }
    let (address, query) = match uri.find('?') {
        Some(at) => uri.split_at(at),
        None => (uri.as_str(), ""),
    };
    let (scheme, rest) = match address.find("://") {
        Some(at) => address.split_at(at + 3),
        None => ("", address),
    };
    let host_ends = rest.find('/').unwrap_or(rest.len());
    let (user, rest) = match rest[..host_ends].rfind('@') {
        Some(at) => rest.split_at(at + 1),
        None => ("", rest),
    };
    let secret = format!("{user}{query}");
    let address = format!("{scheme}{rest}");
    (Some(address), set(Some(secret)))
}

/// The same without the path: over the internet only the host can lead to a load balancer, and
/// webhooks keep secrets in their paths. An ARN loses what it hands to the action that it names.
fn split_path(
    (address, secret): (Option<String>, Option<String>),
) -> (Option<String>, Option<String>) {
    let Some(address) = address else {
        return (None, secret);
    };
    let ends = if address.starts_with("arn:") {
        address.find('?')
    } else {
        let begins = address.find("://").map_or(0, |at| at + 3);
        address[begins..].find('/').map(|at| begins + at)
    };
    let (kept, left) = address.split_at(ends.unwrap_or(address.len()));
    let secret = format!("{left}{}", secret.unwrap_or_default());
    (Some(kept.to_owned()), set(Some(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_public_address_is_sealed() {
        let split = |uri: &str| split_path(split_uri(uri.to_owned()));
        let is = |address: &str, secret: Option<&str>| {
            (Some(address.to_owned()), secret.map(str::to_owned))
        };
        assert_eq!(
            split("https://hooks.example/T/SECRET"),
            is("https://hooks.example", Some("/T/SECRET"))
        );
        assert_eq!(
            split("https://u@h:81/x?k"),
            is("https://h:81", Some("/xu@?k"))
        );
        assert_eq!(split("http://h"), is("http://h", None));
        assert_eq!(
            split("${stageVariables.url}/a"),
            is("${stageVariables.url}", Some("/a"))
        );
        assert_eq!(split("arn:aws:x/y?z?a"), is("arn:aws:x/y", Some("?z?a")));
        assert_eq!(split("arn:aws:x/y"), is("arn:aws:x/y", None));
    }

    fn check_uri(uri: &str, address: &str, secret: Option<&str>) {
        let (got, rest) = split_uri(uri.to_owned());
        assert_eq!((got.as_deref(), rest.as_deref()), (Some(address), secret));
    }

    #[test]
    fn query_and_user_information_leave_the_uri() {
        check_uri("http://nlb/orders", "http://nlb/orders", None);
        check_uri("http://nlb/o?key=s3", "http://nlb/o", Some("?key=s3"));
        check_uri("https://u:p@nlb:8443/o", "https://nlb:8443/o", Some("u:p@"));
        check_uri("http://u:p@nlb?k=v", "http://nlb", Some("u:p@?k=v"));
        check_uri("http://nlb/a@b", "http://nlb/a@b", None);
        check_uri(
            "http://${stageVariables.host}/o?k=${stageVariables.k}",
            "http://${stageVariables.host}/o",
            Some("?k=${stageVariables.k}"),
        );
        check_uri(
            "${stageVariables.url}?k",
            "${stageVariables.url}",
            Some("?k"),
        );
        let arn = "arn:aws:apigateway:eu-west-1:sqs:action/SendMessage?QueueUrl=x";
        check_uri(arn, arn, None);
    }

    fn noun(told: ToldIntegration) -> Converted<Integration> {
        integration(
            told,
            Generation::Rest,
            &Digester::new(&[1; 32]),
            &Subject::new("method", Some("GET /")),
        )
    }

    fn proxy() -> ToldIntegration {
        ToldIntegration {
            kind: Some("HTTP_PROXY".to_owned()),
            ..ToldIntegration::default()
        }
    }

    #[test]
    fn defaults_are_not_carried() {
        let bare = noun(proxy()).expect("an integration");
        let spelled_out = ToldIntegration {
            connection_type: Some("INTERNET".to_owned()),
            timeout_in_millis: Some(29_000),
            passthrough_behavior: Some("WHEN_NO_MATCH".to_owned()),
            response_transfer_mode: Some("BUFFERED".to_owned()),
            tls_config: Some(ToldTls::default()),
            request_parameters: Some(Entries::new()),
            cache_key_parameters: Some(Vec::new()),
            request_templates: Some(Entries::from([("a/b".to_owned(), None)])),
            ..proxy()
        };
        assert_eq!(noun(spelled_out).expect("an integration"), bare);
        assert_eq!(bare.carried.iter().count(), 0);
    }

    #[test]
    fn the_host_mapping_is_kept_in_clear_and_the_rest_sealed() {
        let parameter = |key: &str, value: &str| (key.to_owned(), Some(value.to_owned()));
        let told = ToldIntegration {
            request_parameters: Some(Entries::from([
                parameter("integration.request.header.HOST", "'orders.example.com'"),
                parameter("integration.request.header.X-Api-Key", "'hunter2'"),
            ])),
            ..proxy()
        };
        let integration = noun(told).expect("an integration");
        let host = integration.host_mapping.as_ref().map(Template::as_str);
        assert_eq!(host, Some("'orders.example.com'"));
        let sealed = integration.carried.get(CarriedField::RequestParameters);
        assert!(sealed.is_some());
        assert!(!format!("{integration:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_not_known_is_an_error_that_names_it() {
        let check = |told: ToldIntegration, words: &str| {
            let error = noun(told).expect_err("not an integration");
            assert!(error.message.contains(words), "{}", error.message);
            assert!(error.message.contains("GET /"), "{}", error.message);
        };
        check(ToldIntegration::default(), "type is missing");
        let odd = Some("TUNNEL".to_owned());
        check(
            ToldIntegration {
                kind: odd.clone(),
                ..ToldIntegration::default()
            },
            "type \"TUNNEL\"",
        );
        check(
            ToldIntegration {
                connection_type: odd,
                ..proxy()
            },
            "connectionType \"TUNNEL\"",
        );
        check(
            ToldIntegration {
                connection_type: Some("VPC_LINK".to_owned()),
                ..proxy()
            },
            "connectionId is missing",
        );
    }
}
