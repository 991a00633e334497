//! Settings of a REST API that a deployment ships along with its methods, in the form that a draft
//! and an export share: names in clear, everything else sealed.
//!
//! An export tells the models and authorizers that its methods name, and no others.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_apigateway::types;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unbridge_model::apigateway::{Setting, SettingKind};
use unbridge_model::call::DraftSetting;
use unbridge_model::digest::Digester;
use unbridge_model::id::RestApiId;
use unbridge_model::text::Text;

use super::integration::{Entries, entries, status_code};
use super::openapi::{Document, members, texts};
use super::{Converted, Subject, canonical, policy, schema};

/// How long API Gateway remembers an authorizer's answer, in seconds, when nothing is said.
const DEFAULT_TTL: i64 = 300;

/// The body of a gateway response when nothing is said.
const DEFAULT_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

/// Makes settings of one API.
struct Sealer<'a> {
    digester: &'a Digester,
    subject: &'a Subject,
}

impl Sealer<'_> {
    fn setting(&self, kind: SettingKind, name: Option<&str>, says: &str) -> Setting {
        Setting {
            kind,
            name: name.map(Text::new),
            digest: self.digester.seal(says),
        }
    }

    fn json(
        &self,
        kind: SettingKind,
        name: Option<&str>,
        says: &impl Serialize,
    ) -> Converted<Setting> {
        let says = serde_json::to_string(says)
            .map_err(|_| self.subject.unparseable(format_args!("{kind} is no JSON")))?;
        Ok(self.setting(kind, name, &says))
    }

    fn authorizer(&self, name: &str, told: ToldAuthorizer) -> Converted<Setting> {
        self.json(SettingKind::Authorizer, Some(name), &told.canonical())
    }

    fn validator(&self, name: &str, told: &ToldValidator) -> Converted<Setting> {
        self.json(SettingKind::RequestValidator, Some(name), told)
    }

    fn model(&self, name: &str, schema: &Value) -> Setting {
        let says = canonical::text(&schema::canonical(schema));
        self.setting(SettingKind::Model, Some(name), &says)
    }

    fn gateway_response(&self, kind: &str, told: ToldGatewayResponse) -> Converted<Setting> {
        self.json(
            SettingKind::GatewayResponse,
            Some(kind),
            &told.canonical(kind),
        )
    }

    fn policy(&self, policy: &Value, api: &RestApiId) -> Setting {
        let says = canonical::text(&policy::canonical(policy, api));
        self.setting(SettingKind::ResourcePolicy, None, &says)
    }

    fn binary_media_types<'t>(
        &self,
        told: impl Iterator<Item = &'t str>,
    ) -> Converted<Option<Setting>> {
        // A path of a patch writes the slash so, and AWS may keep it.
        let types: BTreeSet<_> = told.map(|media| media.replace("~1", "/")).collect();
        if types.is_empty() {
            return Ok(None);
        }
        self.json(SettingKind::BinaryMediaTypes, None, &types)
            .map(Some)
    }

    fn minimum_compression_size(&self, told: Option<i64>) -> Option<Setting> {
        let size = told?.to_string();
        Some(self.setting(SettingKind::MinimumCompressionSize, None, &size))
    }

    fn api_key_source(&self, told: Option<&str>) -> Option<Setting> {
        let source = told.map(str::to_ascii_uppercase)?;
        let is_default = source.is_empty() || source == "HEADER";
        (!is_default).then(|| self.setting(SettingKind::ApiKeySource, None, &source))
    }
}

/// An authorizer, under the names of the OpenAPI extension.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ToldAuthorizer {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "providerARNs", alias = "providerArns")]
    provider_arns: Option<Vec<String>>,
    authorizer_uri: Option<String>,
    authorizer_credentials: Option<String>,
    identity_source: Option<String>,
    identity_validation_expression: Option<String>,
    authorizer_result_ttl_in_seconds: Option<i64>,
}

/// An authorizer in the form it is sealed in. Its `authType` has no effect.
#[derive(Serialize)]
struct Authorizer {
    kind: String,
    provider_arns: BTreeSet<String>,
    uri: Option<String>,
    credentials: Option<String>,
    identity_sources: BTreeSet<String>,
    identity_validation_expression: Option<String>,
    ttl: i64,
}

impl ToldAuthorizer {
    fn canonical(self) -> Authorizer {
        let set = |text: Option<String>| text.filter(|text| !text.is_empty());
        let sources = self.identity_source.unwrap_or_default();
        let sources = sources.split(',').map(str::trim);
        let ttl = self.authorizer_result_ttl_in_seconds;
        Authorizer {
            kind: self.kind.unwrap_or_default().to_ascii_uppercase(),
            provider_arns: self.provider_arns.into_iter().flatten().collect(),
            uri: set(self.authorizer_uri),
            credentials: set(self.authorizer_credentials),
            identity_sources: sources
                .filter(|source| !source.is_empty())
                .map(str::to_owned)
                .collect(),
            identity_validation_expression: set(self.identity_validation_expression),
            ttl: ttl.unwrap_or(DEFAULT_TTL),
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ToldValidator {
    validate_request_body: bool,
    validate_request_parameters: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ToldGatewayResponse {
    #[serde(deserialize_with = "status_code")]
    status_code: Option<String>,
    response_parameters: Option<Entries>,
    response_templates: Option<Entries>,
}

/// A gateway response in the form it is sealed in: without what AWS does by default, which one
/// side may write and the other leave out.
#[derive(Serialize)]
struct GatewayResponse {
    status: Option<String>,
    parameters: BTreeMap<String, String>,
    templates: BTreeMap<String, String>,
}

impl ToldGatewayResponse {
    fn canonical(self, kind: &str) -> GatewayResponse {
        let mut templates = entries(self.response_templates);
        templates
            .retain(|media, template| media != "application/json" || template != DEFAULT_TEMPLATE);
        GatewayResponse {
            status: self
                .status_code
                .filter(|status| !status.is_empty() && default_status(kind) != Some(status)),
            parameters: entries(self.response_parameters),
            templates,
        }
    }
}

/// The status of a gateway response that nobody changed; the two defaults have none.
/// Source: API Gateway developer guide, "Gateway response types".
fn default_status(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "BAD_REQUEST_BODY" | "BAD_REQUEST_PARAMETERS" => "400",
        "UNAUTHORIZED" => "401",
        "ACCESS_DENIED"
        | "EXPIRED_TOKEN"
        | "INVALID_API_KEY"
        | "INVALID_SIGNATURE"
        | "MISSING_AUTHENTICATION_TOKEN"
        | "WAF_FILTERED" => "403",
        "RESOURCE_NOT_FOUND" => "404",
        "REQUEST_TOO_LARGE" => "413",
        "UNSUPPORTED_MEDIA_TYPE" => "415",
        "QUOTA_EXCEEDED" | "THROTTLED" => "429",
        "API_CONFIGURATION_ERROR" | "AUTHORIZER_CONFIGURATION_ERROR" | "AUTHORIZER_FAILURE" => {
            "500"
        }
        "INTEGRATION_FAILURE" | "INTEGRATION_TIMEOUT" => "504",
        _ => return None,
    })
}

/// An authorizer of the editable API.
pub(crate) fn draft_authorizer(
    told: &types::Authorizer,
    api: &RestApiId,
    digester: &Digester,
) -> Converted<DraftSetting> {
    let subject = Subject::new(&format!("authorizer of API {api}:"), told.id());
    let name = subject.text("name", told.name())?;
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let id = subject.text("id", told.id())?;
    let told = ToldAuthorizer {
        kind: owned(told.r#type().map(types::AuthorizerType::as_str)),
        provider_arns: Some(told.provider_arns().to_vec()),
        authorizer_uri: owned(told.authorizer_uri()),
        authorizer_credentials: owned(told.authorizer_credentials()),
        identity_source: owned(told.identity_source()),
        identity_validation_expression: owned(told.identity_validation_expression()),
        authorizer_result_ttl_in_seconds: told.authorizer_result_ttl_in_seconds().map(i64::from),
    };
    let subject = &subject;
    Ok(DraftSetting {
        id: Some(id),
        setting: Sealer { digester, subject }.authorizer(&name, told)?,
    })
}

/// A request validator of the editable API.
pub(crate) fn draft_validator(
    told: &types::RequestValidator,
    api: &RestApiId,
    digester: &Digester,
) -> Converted<DraftSetting> {
    let subject = &Subject::new(&format!("request validator of API {api}:"), told.id());
    let name = subject.text("name", told.name())?;
    let says = ToldValidator {
        validate_request_body: told.validate_request_body(),
        validate_request_parameters: told.validate_request_parameters(),
    };
    Ok(DraftSetting {
        id: Some(subject.text("id", told.id())?),
        setting: Sealer { digester, subject }.validator(&name, &says)?,
    })
}

/// A model of the editable API. Methods name it by its name. One that is not JSON validates nothing,
/// and what an export makes of it is not documented: `None`.
pub(crate) fn draft_model(
    told: &types::Model,
    api: &RestApiId,
    digester: &Digester,
) -> Converted<Option<DraftSetting>> {
    let subject = &Subject::new(&format!("model of API {api}:"), told.name());
    let name = subject.text("name", told.name())?;
    let Ok(schema) = serde_json::from_str(told.schema().unwrap_or_default()) else {
        return Ok(None);
    };
    Ok(Some(DraftSetting {
        id: None,
        setting: Sealer { digester, subject }.model(&name, &schema),
    }))
}

/// A gateway response of the editable API; `None` when it is AWS's own.
pub(crate) fn draft_gateway_response(
    told: &types::GatewayResponse,
    api: &RestApiId,
    digester: &Digester,
) -> Converted<Option<DraftSetting>> {
    if told.default_response() {
        return Ok(None);
    }
    let kind = told.response_type().map(types::GatewayResponseType::as_str);
    let subject = &Subject::new(&format!("gateway response of API {api}:"), kind);
    let kind = subject.text("responseType", kind)?;
    let owned = |(key, value): (&String, &String)| (key.clone(), Some(value.clone()));
    let parameters = told.response_parameters().into_iter().flatten();
    let templates = told.response_templates().into_iter().flatten();
    let says = ToldGatewayResponse {
        status_code: told.status_code().map(str::to_owned),
        response_parameters: Some(parameters.map(owned).collect()),
        response_templates: Some(templates.map(owned).collect()),
    };
    Ok(Some(DraftSetting {
        id: None,
        setting: Sealer { digester, subject }.gateway_response(&kind, says)?,
    }))
}

/// The settings that `GetRestApis` tells, sorted.
pub(super) fn of_api(
    told: &types::RestApi,
    api: &RestApiId,
    digester: &Digester,
    subject: &Subject,
) -> Converted<Vec<Setting>> {
    let sealer = Sealer { digester, subject };
    let policy = told.policy().filter(|policy| !policy.is_empty());
    let policy = policy
        .map(|text| {
            let policy = policy::parse(text);
            // Without the parser's words: they may quote a value.
            let policy = policy.ok_or_else(|| subject.unparseable("policy is no JSON"))?;
            Converted::Ok(sealer.policy(&policy, api))
        })
        .transpose()?;
    let binary = told.binary_media_types().iter().map(String::as_str);
    let source = told.api_key_source().map(types::ApiKeySourceType::as_str);
    let all = [
        policy,
        sealer.binary_media_types(binary)?,
        sealer.minimum_compression_size(told.minimum_compression_size().map(i64::from)),
        sealer.api_key_source(source),
    ];
    let mut settings: Vec<_> = all.into_iter().flatten().collect();
    settings.sort_unstable();
    Ok(settings)
}

/// The settings that an export tells, sorted.
pub(super) fn exported(
    document: &Document,
    api: &RestApiId,
    digester: &Digester,
    subject: &Subject,
) -> Converted<Vec<Setting>> {
    let sealer = Sealer { digester, subject };
    let mut settings = Vec::new();
    for (name, scheme) in document.security_schemes() {
        if let Some(told) = scheme.get(AUTHORIZER) {
            let mut told: ToldAuthorizer = understood(told, AUTHORIZER, name, subject)?;
            let source = told.identity_source.take();
            told.identity_source = source.or_else(|| identity_source(scheme));
            settings.push(sealer.authorizer(name, told)?);
        }
    }
    for (name, told) in members(&document.validators) {
        let told = understood(told, "request validator", name, subject)?;
        settings.push(sealer.validator(name, &told)?);
    }
    for (name, schema) in document.schemas() {
        settings.push(sealer.model(name, schema));
    }
    for (kind, told) in members(&document.gateway_responses) {
        let told = understood(told, "gateway response", kind, subject)?;
        settings.push(sealer.gateway_response(kind, told)?);
    }
    let unknown = |what: &str| subject.unparseable(format_args!("{what} has an unknown form"));
    let policy = match &document.policy {
        Value::Null => None,
        Value::String(text) => {
            Some(policy::parse(text).ok_or_else(|| unknown("the resource policy"))?)
        }
        Value::Object(_) => Some(document.policy.clone()),
        _ => return Err(unknown("the resource policy")),
    };
    settings.extend(policy.map(|policy| sealer.policy(&policy, api)));
    settings.extend(sealer.binary_media_types(texts(&document.binary_media_types))?);
    let size = &document.minimum_compression_size;
    if !size.is_null() {
        let size = size
            .as_i64()
            .ok_or_else(|| unknown("the minimum compression size"))?;
        settings.extend(sealer.minimum_compression_size(Some(size)));
    }
    settings.extend(sealer.api_key_source(document.api_key_source.as_str()));
    settings.sort_unstable();
    Ok(settings)
}

const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";

fn understood<'a, T: Deserialize<'a>>(
    told: &'a Value,
    what: &str,
    name: &str,
    subject: &Subject,
) -> Converted<T> {
    // Without the parser's words: they may quote a value.
    T::deserialize(told)
        .map_err(|_| subject.unparseable(format_args!("{what} {name} has an unknown form")))
}

/// Where the caller's identity stands, from the security scheme itself: an authorizer with one
/// source may leave it out. AWS calls the header `Unused` where there is none.
fn identity_source(scheme: &Value) -> Option<String> {
    let member = |name: &str| scheme.get(name).and_then(Value::as_str);
    let name = member("name").filter(|name| *name != "Unused")?;
    let place = match member("in")? {
        "header" => "header",
        "query" => "querystring",
        _ => return None,
    };
    Some(format!("method.request.{place}.{name}"))
}
