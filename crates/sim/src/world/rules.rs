//! Rules of listeners: conditions, transforms, actions.

use serde_json::{Value, json};
use unbridge_model::digest::Digest;
use unbridge_model::elb::{Action, Condition, Rewrite, Rule, Transform};
use unbridge_model::text::Text;

use super::object;
use crate::account::RegionState;

pub(super) fn rule(state: &RegionState, rule: &Rule) -> Value {
    let conditions = rule.conditions.iter();
    json!({
        "RuleArn": rule.arn,
        "Priority": rule.priority.to_string(),
        "Conditions": conditions.map(|known| condition(state, known)).collect::<Vec<_>>(),
        "Actions": actions(&rule.actions),
        "Transforms": rule.transforms.iter().map(transform).collect::<Vec<_>>(),
    })
}

/// What a digest stands for; one that stands for nothing known is told itself, and fits nothing.
fn raw(state: &RegionState, digest: &Digest) -> String {
    let known = state.raw.get(digest);
    known.cloned().unwrap_or_else(|| digest.to_string())
}

/// AWS leaves empty lists out.
fn some<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

fn condition(state: &RegionState, condition: &Condition) -> Value {
    let patterns = |field: &str, config: &str, values: &[Text], regexes: &[Text]| {
        let fields = object(json!({
            "Values": some(values),
            "RegexValues": some(regexes),
        }));
        json!({ "Field": field, config: fields })
    };
    match condition {
        Condition::HostHeader { values, regexes } => {
            patterns("host-header", "HostHeaderConfig", values, regexes)
        }
        Condition::PathPattern { values, regexes } => {
            patterns("path-pattern", "PathPatternConfig", values, regexes)
        }
        Condition::HttpRequestMethod { values } => json!({
            "Field": "http-request-method",
            "HttpRequestMethodConfig": { "Values": values },
        }),
        Condition::SourceIp { values } => json!({
            "Field": "source-ip",
            "SourceIpConfig": { "Values": values },
        }),
        Condition::HttpHeader {
            name,
            values,
            regexes,
        } => {
            let told = |digests: &[Digest]| -> Vec<String> {
                digests.iter().map(|digest| raw(state, digest)).collect()
            };
            json!({
                "Field": "http-header",
                "HttpHeaderConfig": object(json!({
                    "HttpHeaderName": name,
                    "Values": some(&told(values)),
                    "RegexValues": some(&told(regexes)),
                })),
            })
        }
        Condition::QueryString { values } => {
            let pairs = values.iter().map(|digest| {
                let raw = raw(state, digest);
                match raw.split_once('=') {
                    Some((key, value)) if !key.is_empty() => {
                        json!({ "Key": key, "Value": value })
                    }
                    Some((_, value)) => json!({ "Value": value }),
                    None => json!({ "Value": raw }),
                }
            });
            json!({
                "Field": "query-string",
                "QueryStringConfig": { "Values": pairs.collect::<Vec<_>>() },
            })
        }
        Condition::Unknown { field } => json!({ "Field": field, "Values": ["unknown"] }),
    }
}

fn transform(transform: &Transform) -> Value {
    let rewrites = |rewrites: &[Rewrite]| {
        let rows = rewrites.iter().map(|rewrite| {
            json!({
                "Regex": rewrite.regex,
                "Replace": rewrite.replace,
            })
        });
        json!({ "Rewrites": rows.collect::<Vec<_>>() })
    };
    match transform {
        Transform::HostHeaderRewrite { rewrites: rows } => json!({
            "Type": "host-header-rewrite",
            "HostHeaderRewriteConfig": rewrites(rows),
        }),
        Transform::UrlRewrite { rewrites: rows } => json!({
            "Type": "url-rewrite",
            "UrlRewriteConfig": rewrites(rows),
        }),
        Transform::Unknown { kind } => json!({ "Type": kind }),
    }
}

pub(super) fn actions(actions: &[Action]) -> Vec<Value> {
    let rows = actions.iter().enumerate();
    rows.map(|(number, known)| action(number + 1, known))
        .collect()
}

fn action(order: usize, action: &Action) -> Value {
    match action {
        Action::Forward { groups } => match &groups[..] {
            [only] if only.weight.is_none() => json!({
                "Type": "forward",
                "Order": order,
                "TargetGroupArn": only.group,
            }),
            groups => {
                let rows = groups.iter().map(|known| {
                    json!({
                        "TargetGroupArn": known.group,
                        "Weight": known.weight.unwrap_or(1),
                    })
                });
                json!({
                    "Type": "forward",
                    "Order": order,
                    "ForwardConfig": { "TargetGroups": rows.collect::<Vec<_>>() },
                })
            }
        },
        Action::Redirect {
            host,
            port,
            protocol,
            path,
            query_reads,
            status,
        } => json!({
            "Type": "redirect",
            "Order": order,
            "RedirectConfig": {
                "Host": host,
                "Port": port,
                "Protocol": protocol,
                "Path": path,
                "Query": query_reads.concat(),
                "StatusCode": status,
            },
        }),
        Action::FixedResponse { status } => json!({
            "Type": "fixed-response",
            "Order": order,
            "FixedResponseConfig": { "StatusCode": status },
        }),
        Action::Authenticate { by } => json!({ "Type": by, "Order": order }),
        Action::Unknown { action } => json!({ "Type": action, "Order": order }),
    }
}
