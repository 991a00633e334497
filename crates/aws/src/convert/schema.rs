//! Models, in the form that a draft and an export share.
//!
//! A model is a JSON Schema; an export writes it as a schema of OpenAPI. On the way AWS drops
//! `$schema`, sorts `required`, writes `500` as `500.0` and names other models by another
//! address. Only keywords that decide whether a request's body is valid, and that OpenAPI has, are
//! compared: titles and examples change nothing, and a keyword that no export can tell would make
//! every stage look different from its draft.

use serde_json::{Map, Value};

use super::canonical::set;

/// A model in its canonical form.
pub(super) fn canonical(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    if let Some(Value::String(address)) = members.get("$ref") {
        return Value::Object(Map::from_iter([("$ref".to_owned(), name(address).into())]));
    }
    let kept = members.iter().filter_map(|(keyword, value)| {
        let value = keyword_value(keyword, value)?;
        Some((keyword.clone(), value))
    });
    Value::Object(kept.collect())
}

/// The name in the address of a model: behind `https://apigateway.amazonaws.com/restapis/ID/models/`,
/// `#/components/schemas/` or `#/definitions/`.
pub(super) fn name(address: &str) -> &str {
    address.rsplit_once('/').map_or(address, |(_, name)| name)
}

/// What a keyword says; `None` when it says nothing, or nothing that is compared.
fn keyword_value(keyword: &str, value: &Value) -> Option<Value> {
    match keyword {
        "properties" => {
            let members = value.as_object()?.iter();
            let members = members.map(|(name, schema)| (name.clone(), canonical(schema)));
            Some(Value::Object(members.collect())).filter(says_something)
        }
        "items" | "not" => Some(canonical(value)),
        "additionalProperties" => {
            // Whatever is allowed is allowed by default.
            Some(canonical(value)).filter(|value| *value != true && says_something(value))
        }
        "allOf" | "anyOf" | "oneOf" => Some(set(value.as_array()?.iter().map(canonical))),
        "required" | "enum" => Some(set(value.as_array()?.iter().cloned())).filter(says_something),
        "type" => match value {
            Value::Array(types) if types.len() == 1 => types.first().cloned(),
            Value::Array(types) => Some(set(types.iter().cloned())),
            other => Some(other.clone()),
        },
        "exclusiveMaximum" | "exclusiveMinimum" | "uniqueItems" => {
            Some(value.clone()).filter(|value| *value != false)
        }
        "minItems" | "minLength" | "minProperties" => {
            Some(value.clone()).filter(|value| value.as_f64() != Some(0.0))
        }
        "format" | "maxItems" | "maxLength" | "maxProperties" | "maximum" | "minimum"
        | "multipleOf" | "pattern" => Some(value.clone()),
        _ => None,
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::canonical::text;
    use super::*;

    fn check(one: &str, other: &str, same: bool) {
        let form = |schema: &str| text(&canonical(&serde_json::from_str(schema).expect("JSON")));
        assert_eq!(form(one) == form(other), same, "{one} and {other}");
    }

    #[test]
    fn a_model_and_its_export_have_one_form() {
        check(
            r#"{"$schema":"http://json-schema.org/draft-04/schema#","title":"Empty Schema","type":"object"}"#,
            r#"{"type":"object"}"#,
            true,
        );
        check(
            r#"{"type":"object","required":["type","name"],"additionalProperties":true,
                "properties":{"price":{"type":"number","minimum":25,"exclusiveMinimum":false},
                  "of":{"$ref":"https://apigateway.amazonaws.com/restapis/a1/models/Kind"}}}"#,
            r##"{"properties":{"of":{"$ref":"#/components/schemas/Kind"},
                  "price":{"minimum":25.0,"type":"number"}},
                "required":["name","type"],"type":"object"}"##,
            true,
        );
    }

    #[test]
    fn what_validates_differently_differs() {
        let model = r#"{"type":"object","required":["a"]}"#;
        check(model, r#"{"type":"object","required":["a","b"]}"#, false);
        check(model, r#"{"type":"object"}"#, false);
        check(
            r#"{"properties":{"title":{"type":"string"}}}"#,
            r#"{"properties":{"title":{"type":"string","minLength":1}}}"#,
            false,
        );
        check(
            r#"{"additionalProperties":false}"#,
            r#"{"additionalProperties":true}"#,
            false,
        );
    }
}
