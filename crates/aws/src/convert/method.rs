//! What a method asks of its callers and promises them, in the form that a draft and an export
//! share.
//!
//! Left out on both sides, because an export cannot tell them or because they change nothing:
//! parameters in the path (always there), models of responses (for generated clients only), and
//! whether a response's header is required.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_apigateway::types;
use serde::Serialize;
use serde_json::Value;
use unbridge_model::apigateway::{ByIdOrName, MethodField, MethodSettings, Sealed};
use unbridge_model::digest::Digester;
use unbridge_model::text::Text;

use super::openapi::{Document, items, members, texts};
use super::{Converted, Subject, canonical, schema};

const NONE: &str = "NONE";
const IAM: &str = "AWS_IAM";
const CUSTOM: &str = "CUSTOM";
const COGNITO: &str = "COGNITO_USER_POOLS";

/// The settings of a method in canonical form.
#[derive(Default)]
struct Told {
    /// AWS's word: `NONE`, `AWS_IAM`, `CUSTOM`, `COGNITO_USER_POOLS`.
    authorization: String,
    authorizer: Option<ByIdOrName>,
    scopes: BTreeSet<String>,
    api_key_required: bool,
    validator: Option<ByIdOrName>,
    /// Whether each is required, by `header.NAME` or `querystring.NAME`.
    parameters: BTreeMap<String, bool>,
    /// By media type.
    models: BTreeMap<String, String>,
    /// Names of headers by status.
    responses: BTreeMap<String, BTreeSet<String>>,
    operation_name: Option<String>,
}

impl Told {
    /// `None` when everything is AWS's default.
    fn sealed(mut self, digester: &Digester) -> Option<Arc<MethodSettings>> {
        let mut sealed = BTreeMap::new();
        let mut seal = |field, value: String| {
            sealed.insert(field, digester.seal(&value));
        };
        // What was said of an authorizer that is no longer asked stays behind in a draft.
        if ![CUSTOM, COGNITO].contains(&self.authorization.as_str()) {
            self.authorizer = None;
            self.scopes.clear();
        }
        if self.api_key_required {
            seal(MethodField::ApiKeyRequired, "true".to_owned());
        }
        if !self.scopes.is_empty() {
            seal(MethodField::AuthorizationScopes, json(&self.scopes));
        }
        if self.authorization != NONE {
            seal(MethodField::AuthorizationType, self.authorization);
        }
        if !self.responses.is_empty() {
            seal(MethodField::MethodResponses, json(&self.responses));
        }
        if let Some(name) = self.operation_name.filter(|name| !name.is_empty()) {
            seal(MethodField::OperationName, name);
        }
        if !self.models.is_empty() {
            seal(MethodField::RequestModels, json(&self.models));
        }
        if !self.parameters.is_empty() {
            seal(MethodField::RequestParameters, json(&self.parameters));
        }
        let settings = MethodSettings {
            authorizer: self.authorizer,
            validator: self.validator,
            sealed: Sealed::new(sealed),
        };
        (settings != MethodSettings::default()).then(|| Arc::new(settings))
    }
}

/// Maps and sets of texts always have a JSON form.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The settings of a method of the editable API.
pub(super) fn draft(told: &types::Method, digester: &Digester) -> Option<Arc<MethodSettings>> {
    let id = |id: Option<&str>| {
        let id = id.filter(|id| !id.is_empty())?;
        Some(ByIdOrName::Id(Text::new(id)))
    };
    let parameters = told.request_parameters().into_iter().flatten();
    let responses = told.method_responses().into_iter().flatten();
    let settings = Told {
        authorization: told
            .authorization_type()
            .filter(|kind| !kind.is_empty())
            .unwrap_or(NONE)
            .to_ascii_uppercase(),
        authorizer: id(told.authorizer_id()),
        scopes: told.authorization_scopes().iter().cloned().collect(),
        api_key_required: told.api_key_required() == Some(true),
        validator: id(told.request_validator_id()),
        parameters: parameters
            .map(|(key, required)| (behind(key, "method.request."), *required))
            .filter(|(key, _)| !key.starts_with("path."))
            .collect(),
        models: told
            .request_models()
            .cloned()
            .into_iter()
            .flatten()
            .collect(),
        responses: responses
            .map(|(status, response)| {
                let headers = response.response_parameters().into_iter().flatten();
                let header = |key: &String| behind(key, "method.response.header.");
                let names = headers.map(|(key, _)| header(key));
                (status.clone(), names.collect())
            })
            .collect(),
        operation_name: told.operation_name().map(str::to_owned),
    };
    settings.sealed(digester)
}

fn behind(key: &str, prefix: &str) -> String {
    key.strip_prefix(prefix).unwrap_or(key).to_owned()
}

/// The settings of a method as an export tells them.
pub(super) fn exported(
    operation: &Value,
    path: &Value,
    document: &Document,
    digester: &Digester,
    subject: &Subject,
) -> Converted<Option<Arc<MethodSettings>>> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let validator = text(operation.get("x-amazon-apigateway-request-validator"))
        .or_else(|| text(Some(&document.validator)));
    let mut told = Told {
        authorization: NONE.to_owned(),
        validator: validator.map(|name| ByIdOrName::Name(Text::from(name))),
        operation_name: text(operation.get("operationId")),
        responses: responses(operation),
        ..Told::default()
    };
    let security = operation.get("security").unwrap_or(&document.security);
    for (scheme, scopes) in items(security).flat_map(members) {
        security_scheme(scheme, scopes, document, &mut told, subject)?;
    }
    if let Some(kind) = text(operation.pointer("/x-amazon-apigateway-auth/type")) {
        told.authorization = kind.to_ascii_uppercase();
    }
    let bodies = parameters(operation, path, &mut told);
    told.models = models(operation, &bodies, document);
    Ok(told.sealed(digester))
}

/// What one security scheme asks of callers. AWS lists several where all are asked.
fn security_scheme(
    name: &str,
    scopes: &Value,
    document: &Document,
    told: &mut Told,
    subject: &Subject,
) -> Converted<()> {
    let scheme = document.security_scheme(name);
    let word = |pointer: &str| {
        let word = scheme.and_then(|scheme| scheme.pointer(pointer))?;
        Some(word.as_str()?.to_ascii_lowercase())
    };
    let kind = word("/x-amazon-apigateway-authorizer/type");
    let kind = kind.or_else(|| word("/x-amazon-apigateway-authtype"));
    match kind.as_deref() {
        Some("cognito_user_pools") => COGNITO.clone_into(&mut told.authorization),
        Some("awssigv4") => {
            IAM.clone_into(&mut told.authorization);
            return Ok(());
        }
        Some(_) => CUSTOM.clone_into(&mut told.authorization),
        None if name == "sigv4" => {
            IAM.clone_into(&mut told.authorization);
            return Ok(());
        }
        None if name == "api_key" || word("/name").as_deref() == Some("x-api-key") => {
            told.api_key_required = true;
            return Ok(());
        }
        None => {
            return Err(
                subject.unparseable(format_args!("security scheme {name:?} has an unknown form"))
            );
        }
    }
    told.authorizer = Some(ByIdOrName::Name(Text::new(name)));
    told.scopes.extend(texts(scopes).map(str::to_owned));
    Ok(())
}

/// Takes down the parameters that are no body, and gives back the bodies, which only version 2.0
/// lists among them.
fn parameters<'a>(operation: &'a Value, path: &'a Value, told: &mut Told) -> Vec<&'a Value> {
    let mut bodies = Vec::new();
    // Those of the operation count before those of its path.
    for parameter in [path, operation]
        .into_iter()
        .filter_map(|owner| owner.get("parameters"))
        .flat_map(items)
    {
        let member = |name: &str| parameter.get(name).and_then(Value::as_str);
        let (place, name) = (member("in"), member("name").unwrap_or_default());
        let key = match place {
            Some("query") => format!("querystring.{name}"),
            Some("header") => format!("header.{name}"),
            Some("body") => {
                bodies.push(parameter);
                continue;
            }
            _ => continue,
        };
        let required = parameter.get("required") == Some(&Value::Bool(true));
        told.parameters.insert(key, required);
    }
    bodies
}

/// Models of bodies by media type.
fn models(operation: &Value, bodies: &[&Value], document: &Document) -> BTreeMap<String, String> {
    let model = |told: &Value| match told.pointer("/schema/$ref").and_then(Value::as_str) {
        Some(address) => schema::name(address).to_owned(),
        // Written out in place: it has no name to go by.
        None => canonical::text(&schema::canonical(
            told.get("schema").unwrap_or(&Value::Null),
        )),
    };
    let newer = operation.pointer("/requestBody/content");
    let newer = newer.into_iter().flat_map(members);
    let newer = newer
        .filter(|(_, told)| told.get("schema").is_some())
        .map(|(media, told)| (media.clone(), model(told)));
    let consumes = operation.get("consumes").unwrap_or(&document.consumes);
    let media: Vec<_> = texts(consumes).collect();
    let older = bodies.iter().flat_map(|body| {
        let media = if media.is_empty() {
            vec!["application/json"]
        } else {
            media.clone()
        };
        let model = model(body);
        media
            .into_iter()
            .map(move |media| (media.to_owned(), model.clone()))
    });
    newer.chain(older).collect()
}

/// Names of headers by status.
fn responses(operation: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let told = operation.get("responses").into_iter().flat_map(members);
    // A method's responses have numbers; OpenAPI wants this one where there are none.
    told.filter(|(status, _)| *status != "default")
        .map(|(status, response)| {
            let headers = response.get("headers").into_iter().flat_map(members);
            let headers = headers.map(|(name, _)| name.clone());
            (status.clone(), headers.collect())
        })
        .collect()
}
