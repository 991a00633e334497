//! What a stage runs, from the OpenAPI documents that `GetExport` and `ExportApi` answer.
//!
//! Only paths and the integration extension are read. Whatever else stands in a document is
//! passed over; an integration that cannot be understood is an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use unbridge_model::apigateway::{ExportedRoute, Integration, Method, Verb};
use unbridge_model::digest::Digester;
use unbridge_model::id::{HttpApiId, RestApiId, StageName};
use unbridge_model::text::Text;

use super::integration::{Generation, ToldIntegration, integration, verb};
use super::{Converted, Subject};

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const ANY: &str = "x-amazon-apigateway-any-method";

/// The keys of a path that are methods; the others describe the path.
const METHODS: [&str; 8] = [
    ANY, "delete", "get", "head", "options", "patch", "post", "put",
];

#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, Value>,
    #[serde(default)]
    components: Value,
}

/// One method of a document and its integration.
struct Operation<'a> {
    path: &'a str,
    verb: Verb,
    is_default: bool,
    integration: Option<Integration>,
}

/// The methods that a stage of a REST API runs, by path and verb.
pub(crate) fn methods(
    document: &[u8],
    api: &RestApiId,
    stage: &StageName,
    digester: &Digester,
) -> Converted<Vec<Method>> {
    let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
    let document = parse(document, &subject)?;
    let operations = operations(&document, Generation::Rest, digester, &subject)?;
    let method = |operation: Operation<'_>| Method {
        path: Text::new(operation.path),
        verb: operation.verb,
        resource: None,
        integration: operation.integration.map(Arc::new),
    };
    Ok(operations.into_iter().map(method).collect())
}

/// The routes that a stage of an HTTP API runs. A route without an integration answers nothing.
pub(crate) fn routes(
    document: &[u8],
    api: &HttpApiId,
    stage: &StageName,
    digester: &Digester,
) -> Converted<Vec<ExportedRoute>> {
    let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
    let document = parse(document, &subject)?;
    let operations = operations(&document, Generation::Http, digester, &subject)?;
    let route = |operation: Operation<'_>| {
        let is_default = operation.is_default || operation.path.trim_matches('/') == "$default";
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

fn parse(document: &[u8], subject: &Subject) -> Converted<Document> {
    // The parser's own words may quote a value.
    serde_json::from_slice(document).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        subject.unparseable(format_args!(
            "no OpenAPI document, at line {line} column {column}"
        ))
    })
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
                is_default: operation.get("isDefaultRoute") == Some(&Value::Bool(true)),
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
    let told = match told.get("$ref").and_then(Value::as_str) {
        None => told,
        Some(reference) => reference
            .strip_prefix("#/components")
            .and_then(|pointer| document.components.pointer(pointer))
            .ok_or_else(|| subject.unparseable(format_args!("{reference} is not in the export")))?,
    };
    // Again without the parser's words.
    ToldIntegration::deserialize(told)
        .map_err(|_| subject.unparseable(format_args!("{INTEGRATION} has an unknown form")))
}
