//! What has changed of the objects that a plan was made from: which, and where both times are known,
//! field by field.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use unbridge_model::plan::{Body, ObjectRef};
use unbridge_model::snapshot::RegionFacts;

use crate::objects::{ById, Visit, seen_as, visit};

/// An object that is not as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The object.
    pub object: ObjectRef,
    /// How it differs.
    pub now: Now,
}

/// How an object differs from what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Now {
    /// It is gone, or could not be read.
    NotThere,
    /// It says something else; these fields, where what it was is known.
    Changed(Vec<FieldChange>),
}

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its place: `stages / prod / deployment_id`.
    pub field: String,
    /// What stood there; empty when nothing did.
    pub was: String,
    /// What stands there; empty when nothing does.
    pub is: String,
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, was, is } = self;
        match (was.is_empty(), is.is_empty()) {
            (true, _) => write!(f, "{field} is new: {is}"),
            (false, true) => write!(f, "{field} is gone; it was {was}"),
            (false, false) => write!(f, "{field} was {was} and is {is}"),
        }
    }
}

/// The longest value that is told, in characters.
const LONGEST: usize = 60;

/// Objects of a plan that are not as they were. `before` is what the plan was made from; without it,
/// fields cannot be told.
#[must_use]
pub fn stale(body: &Body, now: &RegionFacts, before: Option<&RegionFacts>) -> Vec<Stale> {
    let (now, before) = (ById::of(now), before.map(ById::of));
    let changed = body.objects.iter().filter_map(|seen| {
        let object = seen.object.clone();
        let now = match seen_as(&now, &object) {
            Some(digest) if digest == seen.digest => return None,
            Some(_) => {
                let was = before.as_ref().and_then(|before| told(before, &object));
                let is = told(&now, &object);
                let fields = was.zip(is).map(|(was, is)| changes(&was, &is));
                Now::Changed(fields.unwrap_or_default())
            }
            None => Now::NotThere,
        };
        Some(Stale { object, now })
    });
    changed.collect()
}

/// An object as JSON.
fn told(known: &ById<'_>, object: &ObjectRef) -> Option<Value> {
    struct Told;
    impl Visit for Told {
        type Out = Option<Value>;
        fn noun(self, noun: &impl Serialize) -> Option<Value> {
            serde_json::to_value(noun).ok()
        }
    }
    visit(known, object, Told).flatten()
}

fn changes(was: &Value, is: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), was, is, &mut found);
    found
}

fn compare(path: &mut Vec<String>, was: &Value, is: &Value, found: &mut Vec<FieldChange>) {
    if was == is {
        return;
    }
    match (was, is) {
        (Value::Object(before), Value::Object(after)) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let side = |object: &serde_json::Map<String, Value>| {
                    object.get(key).cloned().unwrap_or(Value::Null)
                };
                path.push(key.clone());
                compare(path, &side(before), &side(after), found);
                path.pop();
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            compare_lists(path, before, after, found);
        }
        _ => found.push(FieldChange {
            field: path.join(" / "),
            was: short(was),
            is: short(is),
        }),
    }
}

/// Items are told apart by what names them, or else by their place.
fn compare_lists(
    path: &mut Vec<String>,
    before: &[Value],
    after: &[Value],
    found: &mut Vec<FieldChange>,
) {
    let named = |items: &[Value]| -> Vec<(String, Value)> {
        let items = items.iter().enumerate();
        items
            .map(|(place, item)| {
                (
                    name(item).unwrap_or_else(|| place.to_string()),
                    item.clone(),
                )
            })
            .collect()
    };
    let (before, after) = (named(before), named(after));
    let names = before.iter().chain(&after).map(|(name, _)| name);
    let names: BTreeSet<&String> = names.collect();
    for name in names {
        let side = |items: &[(String, Value)]| {
            let known = items.iter().find(|(known, _)| known == name);
            known.map_or(Value::Null, |(_, item)| item.clone())
        };
        path.push(name.clone());
        compare(path, &side(&before), &side(&after), found);
        path.pop();
    }
}

/// What an item of a list is called.
fn name(item: &Value) -> Option<String> {
    const NAMES: [&str; 5] = ["id", "name", "arn", "path", "port"];
    let named = NAMES.iter().find_map(|key| item.get(key));
    let verb = item.get("verb").and_then(Value::as_str);
    let named = match named? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(verb.map_or(named.clone(), |verb| format!("{verb} {named}")))
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_told_by_the_name_of_what_changed() {
        let was = json!({"stages": [{"name": "prod", "deployment_id": "d1"}, {"name": "dev"}], "policy": "a"});
        let is =
            json!({"stages": [{"name": "prod", "deployment_id": "d2"}], "tags": {"team": "x"}});
        let told: Vec<String> = changes(&was, &is).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "policy is gone; it was a",
                r#"stages / dev is gone; it was {"name":"dev"}"#,
                "stages / prod / deployment_id was d1 and is d2",
                r#"tags is new: {"team":"x"}"#,
            ]
        );
        assert_eq!(changes(&was, &was), []);
    }
}
