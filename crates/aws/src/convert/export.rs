//! What a stage runs, from the OpenAPI documents that `GetExport` and `ExportApi` answer.
//!
//! An integration, an authorizer or a setting that cannot be understood is an error. Whatever else
//! stands in a document is passed over.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use unbridge_model::apigateway::{ExportedRoute, Integration, Method, Verb};
use unbridge_model::call::Export;
use unbridge_model::digest::Digester;
use unbridge_model::id::{HttpApiId, RestApiId, StageName};
use unbridge_model::text::Text;

use super::integration::{Generation, ToldIntegration, integration, verb};
use super::openapi::Document;
use super::{Converted, Subject, method, settings};

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const ANY: &str = "x-amazon-apigateway-any-method";

/// The keys of a path that are methods; the others describe the path.
const METHODS: [&str; 8] = [
    ANY, "delete", "get", "head", "options", "patch", "post", "put",
];

/// One method of a document and its integration.
struct Operation<'a> {
    path: &'a str,
    verb: Verb,
    /// What stands under the path and under the method.
    told: (&'a Value, &'a Value),
    integration: Option<Integration>,
}

/// What a stage of a REST API runs: its methods by path and verb, and its settings.
pub(crate) fn rest(
    document: &[u8],
    api: &RestApiId,
    stage: &StageName,
    digester: &Digester,
) -> Converted<Export> {
    let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
    let document = Document::parse(document, &subject)?;
    let operations = operations(&document, Generation::Rest, digester, &subject)?;
    let method = |operation: Operation<'_>| {
        let Operation { path, verb, .. } = operation;
        let subject = subject.part(format_args!("{verb} {path}"));
        let (item, told) = operation.told;
        Converted::Ok(Method {
            path: Text::new(path),
            verb,
            resource: None,
            integration: operation.integration.map(Arc::new),
            settings: method::exported(told, item, &document, digester, &subject)?,
        })
    };
    Ok(Export {
        methods: operations
            .into_iter()
            .map(method)
            .collect::<Converted<_>>()?,
        settings: settings::exported(&document, api, digester, &subject)?,
    })
}

/// The routes that a stage of an HTTP API runs. A route without an integration answers nothing.
pub(crate) fn routes(
    document: &[u8],
    api: &HttpApiId,
    stage: &StageName,
    digester: &Digester,
) -> Converted<Vec<ExportedRoute>> {
    let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
    let document = Document::parse(document, &subject)?;
    let operations = operations(&document, Generation::Http, digester, &subject)?;
    let route = |operation: Operation<'_>| {
        let (_, told) = operation.told;
        let is_default = told.get("isDefaultRoute") == Some(&Value::Bool(true))
            || operation.path.trim_matches('/') == "$default";
        let key = if is_default {
            Text::new("$default")
        } else {
            Text::from(format!("{} {}", operation.verb, operation.path))
        };
        let integration = operation.integration?;
        Some(ExportedRoute { key, integration })
    };
    Ok(operations.into_iter().filter_map(route).collect())
}

fn operations<'a>(
    document: &'a Document,
    generation: Generation,
    digester: &Digester,
    subject: &Subject,
) -> Converted<Vec<Operation<'a>>> {
    let mut operations = Vec::new();
    for (path, item) in &document.paths {
        for name in METHODS {
            let Some(operation) = item.get(name) else {
                continue;
            };
            let verb = verb(name, subject)?;
            let subject = subject.part(format_args!("{verb} {path}"));
            let told = operation
                .get(INTEGRATION)
                .map(|told| told_integration(told, document, &subject))
                .transpose()?;
            operations.push(Operation {
                path,
                verb,
                told: (item, operation),
                integration: told
                    .map(|told| integration(told, generation, digester, &subject))
                    .transpose()?,
            });
        }
    }
    operations.sort_by(|a, b| (a.path, a.verb).cmp(&(b.path, b.verb)));
    Ok(operations)
}

fn told_integration(
    told: &Value,
    document: &Document,
    subject: &Subject,
) -> Converted<ToldIntegration> {
    let told = document.followed(told, subject)?;
    // Without the parser's words: they may quote a value.
    ToldIntegration::deserialize(told)
        .map_err(|_| subject.unparseable(format_args!("{INTEGRATION} has an unknown form")))
}
