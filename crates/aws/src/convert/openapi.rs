//! The OpenAPI documents that exports are, versions 3.0 and 2.0: where their parts stand.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Converted, Subject};

/// An exported document. Whatever else stands in it is passed over.
#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) paths: BTreeMap<String, Value>,
    /// Version 3.0: schemas, security schemes, shared integrations.
    #[serde(default)]
    pub(super) components: Value,
    /// Version 2.0.
    #[serde(default)]
    definitions: Value,
    #[serde(default, rename = "securityDefinitions")]
    security_definitions: Value,
    /// Media types of bodies where an operation names none; version 2.0.
    #[serde(default)]
    pub(super) consumes: Value,
    /// What callers must show where an operation does not say.
    #[serde(default)]
    pub(super) security: Value,
    #[serde(default, rename = "x-amazon-apigateway-request-validator")]
    pub(super) validator: Value,
    #[serde(default, rename = "x-amazon-apigateway-request-validators")]
    pub(super) validators: Value,
    #[serde(default, rename = "x-amazon-apigateway-gateway-responses")]
    pub(super) gateway_responses: Value,
    #[serde(default, rename = "x-amazon-apigateway-policy")]
    pub(super) policy: Value,
    #[serde(default, rename = "x-amazon-apigateway-binary-media-types")]
    pub(super) binary_media_types: Value,
    #[serde(default, rename = "x-amazon-apigateway-minimum-compression-size")]
    pub(super) minimum_compression_size: Value,
    #[serde(default, rename = "x-amazon-apigateway-api-key-source")]
    pub(super) api_key_source: Value,
}

impl Document {
    pub(super) fn parse(document: &[u8], subject: &Subject) -> Converted<Self> {
        // The parser's own words may quote a value.
        serde_json::from_slice(document).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            subject.unparseable(format_args!(
                "no OpenAPI document, at line {line} column {column}"
            ))
        })
    }

    /// Models by name.
    pub(super) fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        let newer = self.components.get("schemas");
        members(newer.unwrap_or(&self.definitions))
    }

    /// Security schemes by name.
    pub(super) fn security_schemes(&self) -> impl Iterator<Item = (&String, &Value)> {
        let newer = self.components.get("securitySchemes");
        members(newer.unwrap_or(&self.security_definitions))
    }

    /// A security scheme.
    pub(super) fn security_scheme(&self, name: &str) -> Option<&Value> {
        self.security_schemes()
            .find(|(known, _)| *known == name)
            .map(|(_, scheme)| scheme)
    }

    /// What a reference into this document points at; anything else as it is.
    pub(super) fn followed<'a>(
        &'a self,
        told: &'a Value,
        subject: &Subject,
    ) -> Converted<&'a Value> {
        let Some(reference) = told.get("$ref").and_then(Value::as_str) else {
            return Ok(told);
        };
        reference
            .strip_prefix("#/components")
            .and_then(|pointer| self.components.pointer(pointer))
            .ok_or_else(|| subject.unparseable(format_args!("{reference} is not in the export")))
    }
}

/// The members of an object, and none of anything else.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The items of a list, and none of anything else.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The texts in a list.
pub(super) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    items(value).filter_map(Value::as_str)
}
