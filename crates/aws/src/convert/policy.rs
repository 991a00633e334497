//! Resource policies, in the form that a draft and an export share.

use serde_json::{Map, Value};
use unbridge_model::id::RestApiId;

use super::canonical::set;

/// What stands for this API in a resource.
const THIS_API: &str = "execute-api:/";

/// The policy in this text. `GetRestApis` tells it as JSON text whose quotes are escaped once more.
pub(super) fn parse(text: &str) -> Option<Value> {
    let document = |text: &str| serde_json::from_str::<Value>(text).ok();
    let inner = match document(text) {
        Some(Value::String(inner)) => inner,
        Some(policy) => return Some(policy),
        None => serde_json::from_str(&format!("\"{text}\"")).ok()?,
    };
    document(&inner).filter(Value::is_object)
}

/// A policy in its canonical form: every list is a set, one value is a list of one, and this API
/// is named in one way.
pub(super) fn canonical(policy: &Value, api: &RestApiId) -> Value {
    match policy {
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| (name.clone(), listed(name, value, api));
            Value::Object(members.iter().map(member).collect())
        }
        Value::Array(items) => set(items.iter().map(|item| canonical(item, api))),
        Value::String(text) => Value::from(this_api_stripped(text, api)),
        Value::Bool(_) | Value::Number(_) => Value::from(policy.to_string()),
        Value::Null => Value::Null,
    }
}

fn listed(name: &str, value: &Value, api: &RestApiId) -> Value {
    let value = match value {
        // Everyone, written short.
        Value::String(everyone)
            if everyone == "*" && matches!(name, "Principal" | "NotPrincipal") =>
        {
            Value::Object(Map::from_iter([("AWS".to_owned(), Value::from("*"))]))
        }
        other => other.clone(),
    };
    let is_structure = value.is_object() && name != "Statement";
    if value.is_array() || is_structure {
        canonical(&value, api)
    } else {
        set([canonical(&value, api)])
    }
}

/// `arn:aws:execute-api:REGION:ACCOUNT:API/prod/GET/x` and `execute-api:/prod/GET/x` are the same.
fn this_api_stripped(text: &str, api: &RestApiId) -> String {
    let stripped = text.strip_prefix("arn:").and_then(|rest| {
        let parts: Vec<_> = rest.splitn(5, ':').collect();
        let [_, "execute-api", _, _, resource] = parts[..] else {
            return None;
        };
        resource.strip_prefix(api.as_str())?.strip_prefix('/')
    });
    stripped.map_or_else(|| text.to_owned(), |rest| format!("{THIS_API}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::super::canonical::text;
    use super::*;

    fn form(policy: &str) -> String {
        let api = RestApiId::new("a1b2c3").expect("an id");
        text(&canonical(&parse(policy).expect("a policy"), &api))
    }

    const SHORT: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",
        "Action":"execute-api:Invoke","Resource":["execute-api:/*","execute-api:/prod/GET/x"],
        "Condition":{"Bool":{"aws:SecureTransport":true}}}}"#;

    #[test]
    fn a_policy_has_one_form_however_it_is_written() {
        let long = r#"{"Statement":[{"Action":["execute-api:Invoke"],"Principal":{"AWS":"*"},
            "Condition":{"Bool":{"aws:SecureTransport":["true"]}},"Effect":"Allow",
            "Resource":["arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/GET/x",
                        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/*"]}],
            "Version":"2012-10-17"}"#;
        assert_eq!(form(SHORT), form(long));
        let escaped = SHORT.replace('\n', "").replace('"', "\\\"");
        assert_eq!(form(SHORT), form(&escaped));
        assert_eq!(parse("{hunter2"), None);
    }

    #[test]
    fn another_effect_another_api_and_another_statement_differ() {
        for (from, to) in [
            ("Allow", "Deny"),
            (
                "execute-api:/*",
                "arn:aws:execute-api:eu-west-1:123456789012:other/*",
            ),
            ("\"Principal\":\"*\",", ""),
        ] {
            assert_ne!(form(SHORT), form(&SHORT.replace(from, to)), "{to}");
        }
    }
}
