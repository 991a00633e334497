//! What differs between two plans.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde_json::Value;
use unbridge_model::plan::{ObjectRef, Plan, Step};

use crate::layout;
use crate::look::{Look, Tone};
use crate::words;

/// Writes what differs between two plans: what they were made from, what was chosen, their steps.
///
/// # Errors
/// When `out` does not take it.
pub fn plan_diff(old: &Plan, new: &Plan, look: Look, out: &mut dyn Write) -> fmt::Result {
    let columns = look.columns();
    let mut lines = Vec::new();
    places(old, new, &mut lines);
    objects(old, new, &mut lines);
    fields(
        "choice",
        &told(&old.body.choices),
        &told(&new.body.choices),
        &mut lines,
    );
    steps(old, new, &mut lines);
    let mut page = String::new();
    let head = match (lines.is_empty(), old.plan_id == new.plan_id) {
        (true, _) => "The plans do the same.",
        (false, true) => "The plans were made from the same, and differ.",
        (false, false) => "The plans differ.",
    };
    layout::fill(&mut page, "", head, columns);
    for line in lines {
        let sign = match line.sign {
            Sign::Gone => Tone::Bad.of("-"),
            Sign::New => Tone::Good.of("+"),
            Sign::Changed => Tone::Care.of("~"),
        };
        layout::fill(&mut page, &format!("{sign} "), &line.text, columns);
    }
    look.put(&page, out)
}

enum Sign {
    Gone,
    New,
    Changed,
}

struct Line {
    sign: Sign,
    text: String,
}

fn places(old: &Plan, new: &Plan, lines: &mut Vec<Line>) {
    let place = |plan: &Plan| format!("{} in account {}", plan.body.region, plan.body.account);
    if place(old) != place(new) {
        let text = format!("{} -> {}", place(old), place(new));
        lines.push(Line {
            sign: Sign::Changed,
            text,
        });
    }
}

fn objects(old: &Plan, new: &Plan, lines: &mut Vec<Line>) {
    let known = |plan: &Plan| -> BTreeMap<ObjectRef, String> {
        let seen = plan.body.objects.iter();
        seen.map(|seen| (seen.object.clone(), seen.digest.to_string()))
            .collect()
    };
    let (old, new) = (known(old), known(new));
    for (object, digest) in &old {
        let (sign, what) = match new.get(object) {
            None => (Sign::Gone, "is not looked at"),
            Some(other) if other != digest => (Sign::Changed, "has changed in AWS"),
            Some(_) => continue,
        };
        lines.push(Line {
            sign,
            text: format!("{} {what}", name(object)),
        });
    }
    for object in new.keys().filter(|object| !old.contains_key(object)) {
        lines.push(Line {
            sign: Sign::New,
            text: format!("{} is looked at", name(object)),
        });
    }
}

fn name(object: &ObjectRef) -> String {
    match object {
        ObjectRef::HttpApi(id) => format!("HTTP API {id}"),
        ObjectRef::LoadBalancer(arn) => format!("load balancer {}", words::name(arn.name())),
        ObjectRef::RestApi(id) => format!("REST API {id}"),
        ObjectRef::SecurityGroup(id) => format!("security group {id}"),
        ObjectRef::TargetGroup(arn) => format!("target group {}", words::name(arn.as_str())),
        ObjectRef::Vpc(id) => format!("VPC {id}"),
        ObjectRef::VpcLink(id) => format!("VPC link {id}"),
    }
}

fn steps(old: &Plan, new: &Plan, lines: &mut Vec<Line>) {
    let forward = |step: &Step| words::name(&step.forward);
    for step in &old.body.steps {
        match new.body.step(&step.id) {
            None => lines.push(Line {
                sign: Sign::Gone,
                text: format!("step {}: {}", step.id, forward(step)),
            }),
            Some(other) => fields(
                &format!("step {}:", step.id),
                &told(step),
                &told(other),
                lines,
            ),
        }
    }
    for step in &new.body.steps {
        if old.body.step(&step.id).is_none() {
            lines.push(Line {
                sign: Sign::New,
                text: format!("step {}: {}", step.id, forward(step)),
            });
        }
    }
    let both = |plan: &Plan, other: &Plan| -> Vec<String> {
        let steps = plan.body.steps.iter();
        steps
            .filter(|step| other.body.step(&step.id).is_some())
            .map(|step| step.id.to_string())
            .collect()
    };
    if both(old, new) != both(new, old) {
        lines.push(Line {
            sign: Sign::Changed,
            text: "the steps stand in another order".to_owned(),
        });
    }
}

fn told(noun: &impl serde::Serialize) -> Value {
    serde_json::to_value(noun).unwrap_or_default()
}

/// The fields in which two nouns differ, each with both values.
fn fields(what: &str, old: &Value, new: &Value, lines: &mut Vec<Line>) {
    let nothing = serde_json::Map::new();
    let (old, new) = (
        old.as_object().unwrap_or(&nothing),
        new.as_object().unwrap_or(&nothing),
    );
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    for field in names {
        let (before, after) = (old.get(field), new.get(field));
        if before != after {
            let shown = |value: Option<&Value>| match value {
                Some(value) => words::name(&value.to_string()),
                None => "nothing".to_owned(),
            };
            let text = format!("{what} {field}: {} -> {}", shown(before), shown(after));
            lines.push(Line {
                sign: Sign::Changed,
                text,
            });
        }
    }
}
