//! One text for JSON documents that say the same, so that their digests are equal.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

/// The document with its members in order and its numbers in their shortest form: `500.0` is `500`.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> = members.iter().collect();
            let members: Vec<_> = sorted
                .into_iter()
                .map(|(name, member)| format!("{}:{}", quoted(name), text(member)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(text).collect();
            format!("[{}]", items.join(","))
        }
        Value::String(said) => quoted(said),
        Value::Number(number) => shortest(number),
        Value::Bool(_) | Value::Null => value.to_string(),
    }
}

/// The items as a set: in order, each once.
pub(super) fn set(items: impl IntoIterator<Item = Value>) -> Value {
    let by_text: BTreeMap<_, _> = items.into_iter().map(|item| (text(&item), item)).collect();
    Value::Array(by_text.into_values().collect())
}

fn quoted(said: &str) -> String {
    Value::from(said).to_string()
}

fn shortest(number: &Number) -> String {
    let whole = number.as_f64().filter(|_| number.is_f64());
    match whole {
        // Whole numbers of this size are exact, and print without an exponent.
        Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => format!("{float:.0}"),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_say_the_same_have_one_text() {
        let one: Value = serde_json::from_str(r#"{"b":[1,2.50],"a":500.0}"#).expect("JSON");
        assert_eq!(text(&one), r#"{"a":500,"b":[1,2.5]}"#);
        let items = ["b", "a", "b"].map(Value::from);
        assert_eq!(text(&set(items)), r#"["a","b"]"#);
        assert_eq!(text(&Value::from("a\"b")), r#""a\"b""#);
    }
}
