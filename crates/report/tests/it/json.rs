//! The public JSON: its shape, its schema, its order.

use std::cmp::Ordering;
use std::io;

use serde_json::{Value, json};
use unbridge_model::assessment::Assessment;
use unbridge_model::snapshot::{Line, Record};
use unbridge_report::rows::GroupBy;
use unbridge_report::view::View;
use unbridge_report::{json as report, safe, schema};

use crate::sample;

fn written(assessment: &Assessment) -> String {
    let mut out = Vec::new();
    report::write(&View::of(assessment.clone()), &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn read(assessment: &Assessment) -> Value {
    serde_json::from_str(&written(assessment)).expect("JSON")
}

fn read_view(view: &View) -> Value {
    let mut out = Vec::new();
    report::write(view, &mut out).expect("a vector takes everything");
    serde_json::from_slice(&out).expect("JSON")
}

#[test]
fn the_report_has_the_published_shape() {
    let report = read(&sample::full());
    assert_eq!(report["format_version"], 1);
    assert_eq!(report["complete"], false);
    assert_eq!(
        report["generated_from"],
        json!({
            "tool_version": "0.1.0",
            "account": "111122223333",
            "caller": "arn:aws:sts::111122223333:assumed-role/audit/alice",
            "regions": ["eu-west-1", "us-east-1"],
            "started_at": "2026-03-01T09:30:00Z",
        })
    );
    assert_eq!(
        report["summary"],
        json!({
            "nlbs": 9,
            "chains": 11,
            "verdicts": {
                "removable": 1, "removable-if": 1, "already-direct": 1,
                "rewirable": 2, "blocked": 2, "not-a-bridge": 2,
            },
        })
    );
}

#[test]
fn a_private_integration_is_told_apart_from_a_private_api() {
    let report = read(&sample::full());
    assert_eq!(
        report["private_integrations"][1],
        json!({
            "region": "eu-west-1",
            "api_id": "c1c2c3",
            "api_name": "carts",
            "api_type": "REST",
            "access": "private-api",
            "stage": "prod",
            "pattern": "rest-api-to-internal-nlb",
            "methods": 1,
        })
    );
}

#[test]
fn calls_that_failed_have_the_names_aws_gives_them() {
    let report = read(&sample::full());
    let calls: Vec<&Value> = list(&report["gaps"])
        .iter()
        .filter_map(|gap| gap["unseen"]["call"].get("call"))
        .collect();
    assert!(calls.contains(&&json!("apigateway:GetExport")), "{calls:?}");
    let billing = nlb(&report, "billing-nlb");
    let users = list(&billing["findings"])
        .iter()
        .find(|finding| finding["code"] == "unknown-users");
    assert_eq!(
        users.expect("unknown users")["evidence"]["gaps"][0]["unseen"]["call"]["call"],
        "ec2:DescribeVpcEndpointConnections"
    );
}

#[test]
fn a_difference_of_settings_is_named() {
    let report = read(&sample::full());
    let drift = list(&nlb(&report, "orders-nlb")["findings"])
        .iter()
        .find(|finding| finding["code"] == "draft-differs-from-stage");
    let evidence = &drift.expect("drift")["evidence"];
    assert_eq!(
        evidence["settings"],
        json!([
            {"setting": "model", "name": "Order", "differs": "in-value"},
            {"setting": "resource-policy", "name": null, "differs": "only-in-draft"},
        ])
    );
    assert_eq!(
        evidence["differences"][2]["fields"],
        json!(["authorizerId", {"method": "requestParameters"}])
    );
}

#[test]
fn a_chain_names_both_of_its_ends() {
    let report = read(&sample::full());
    let nlb = nlb(&report, "carts-nlb");
    assert_eq!(nlb["monthly_cost"], Value::Null);
    assert_eq!(nlb["monthly_savings"], Value::Null);
    assert_eq!(nlb["cost_reason"], json!(["costs were not worked out"]));
    assert_eq!(nlb["reasons"], json!([{"kind": "everything-moves"}]));
    assert_eq!(
        nlb["chains"],
        json!([{
            "api_id": "c1c2c3",
            "api_name": "carts",
            "api_type": "REST",
            "stage": "prod",
            "resource_path": "/carts",
            "http_method": "GET",
            "vpc_link_id": "abc123",
            "nlb_listener_port": 80,
            "alb_arn": sample::alb_arn("carts-alb").as_str(),
            "alb_listener_port": 80,
            "deployed": true,
            "draft": true,
            "end": "alb",
        }])
    );
}

#[test]
fn an_end_that_is_no_alb_says_why() {
    let report = read(&sample::full());
    let nlb = nlb(&report, "orders-nlb");
    let ends: Vec<(&Value, &Value, &Value)> = nlb["chains"]
        .as_array()
        .expect("chains")
        .iter()
        .filter(|chain| chain["end"] != "alb")
        .map(|chain| (&chain["end"], &chain["alb_arn"], &chain["end_reason"]))
        .collect();
    assert_eq!(ends.len(), 2);
    assert_eq!(
        ends[0],
        (
            &json!("broken"),
            &Value::Null,
            &json!("orders-nlb has no listener on port 8080")
        )
    );
    assert_eq!((ends[1].0, ends[1].1), (&json!("unseen"), &Value::Null));
    assert!(ends[1].2.is_string());
}

fn nlb<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["nlbs"]
        .as_array()
        .expect("NLBs")
        .iter()
        .find(|nlb| nlb["name"] == name)
        .expect("an NLB of this name")
}

#[test]
fn the_same_assessment_gives_the_same_bytes() {
    assert_eq!(written(&sample::full()), written(&sample::full()));
    assert_eq!(written(&sample::full()).lines().count(), 1);
}

#[test]
fn a_big_report_is_written_piece_by_piece() {
    let mut assessment = sample::full();
    let chain = assessment.nlbs[0].chains[0].clone();
    assessment.nlbs[0].chains = vec![chain; 10_000];
    let mut pieces = Pieces(Vec::new());
    report::write(&View::of(assessment), &mut pieces).expect("it takes everything");
    assert!(pieces.0.iter().sum::<usize>() > 2_000_000);
    assert!(pieces.0.iter().all(|piece| *piece <= 1 << 16));
}

/// The sizes of what was written.
struct Pieces(Vec<usize>);

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn hostile_names_are_the_same_data_and_not_raw() {
    let text = written(&sample::hostile());
    assert!(!text.trim_end().chars().any(safe::is_hazardous));
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        report["nlbs"][0]["name"],
        sample::hostile().nlbs[0].name.as_str()
    );
}

#[test]
fn real_output_is_what_the_schema_says() {
    let schema = report::schema();
    for assessment in [sample::full(), sample::empty(), sample::hostile()] {
        valid(&schema, &schema, &read(&assessment), "report").expect("a valid report");
    }
    for (name, view) in sample::views() {
        let priced = read_view(&sample::priced(view, sample::MARKUP));
        valid(&schema, &schema, &priced, "report").expect(name);
    }
    let mut wrong = read(&sample::full());
    wrong["nlbs"][0]["verdict"] = json!("fine");
    valid(&schema, &schema, &wrong, "report").expect_err("no such verdict");
}

#[test]
fn totals_are_told_by_account_region_and_verdict_and_by_what_is_asked_for() {
    let view = sample::priced(View::of(sample::full()), "a test");
    let report = read_view(&view);
    let keys = |report: &Value| -> Vec<String> {
        let by = report["totals_by"].as_object().expect("groupings");
        by.keys().cloned().collect()
    };
    assert_eq!(keys(&report), ["account", "region", "verdict"]);
    assert_eq!(
        report["totals_by"]["region"],
        json!([
            {"value": "eu-west-1", "nlbs": 8, "shared": 0, "totals": report["totals"]},
            // Nothing bridges there, so there is nothing to add up.
            {"value": "us-east-1", "nlbs": 1, "shared": 0, "totals": []},
        ])
    );
    let mut out = Vec::new();
    let team = GroupBy::Tag("team".into());
    report::write_with(&view, Some(&team), &mut out).expect("a vector takes everything");
    let report: Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(keys(&report), ["account", "region", "tag:team", "verdict"]);
    let unread = &report["totals_by"]["tag:team"][2];
    assert_eq!(unread["value"], Value::Null);
    assert_eq!(unread["reason"], "tags were not read");
}

#[test]
fn time_beside_the_targets_is_null_with_a_reason_and_never_below_zero_without_one() {
    let report = read_view(&sample::priced(View::of(sample::full()), "a test"));
    let of = |name: &str| nlb(&report, name)["latency"][0].clone();
    let orders = nlb(&report, "orders-nlb")["latency"].clone();
    assert_eq!(list(&orders).len(), 2);
    assert_eq!(orders[1]["api_name"], "orders");
    assert_eq!(orders[1]["stage"], "prod");
    assert_eq!(orders[1]["added_ms"], "4.25");
    assert_eq!(orders[1]["hours"], 312);
    assert_eq!(orders[1]["hours_below_zero"], 12);
    assert!(orders[1].get("reason").is_none());
    let carts = of("carts-nlb");
    assert_eq!(carts["added_ms"], "-20.2");
    let reason = carts["reason"].as_str().expect("a reason");
    assert!(reason.contains("the two measures disagree"), "{reason}");
    let billing = of("billing-nlb");
    assert_eq!(billing["added_ms"], Value::Null);
    assert_eq!(billing["reason"], "a test");
    for one in [&orders[0], &carts, &billing] {
        let formula = one["formula"].as_str().expect("a formula");
        assert!(formula.contains("IntegrationLatency (p50) of the stage - TargetResponseTime ("));
    }
    let unpriced = read(&sample::full());
    assert_eq!(nlb(&unpriced, "orders-nlb")["latency"], Value::Null);
}

#[test]
fn the_snapshot_schema_accepts_what_is_written() {
    let schema = schema::snapshot();
    let full = sample::full();
    let lines = [
        Line::Header(full.scanned.first().clone()),
        Line::Record(Record::Gap(full.gaps[0].clone())),
    ];
    for line in lines {
        let value = serde_json::to_value(&line).expect("JSON");
        valid(&schema, &schema, &value, "line").expect("a valid line");
    }
    valid(&schema, &schema, &json!({"footer": {}}), "line").expect_err("an empty footer");
}

/// Whether `value` is what `schema` says, as far as the keywords go that our schemas use; an
/// unknown keyword fails, so that nothing is taken for checked that is not.
fn valid(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let rules = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Object(rules) => rules,
        _ => return Err(format!("{at}: not a schema: {schema}")),
    };
    for (keyword, rule) in rules {
        let holds = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "format" | "default" => true,
            "$ref" => {
                let path = rule.as_str().and_then(|path| path.strip_prefix('#'));
                let target = path.and_then(|path| root.pointer(path));
                valid(root, target.ok_or(format!("{at}: {rule}"))?, value, at)?;
                true
            }
            "type" => match rule {
                Value::Array(any) => any.iter().any(|one| is_a(one, value)),
                one => is_a(one, value),
            },
            "const" => rule == value,
            "enum" => list(rule).contains(value),
            "minimum" => value
                .as_f64()
                .is_none_or(|value| Some(value) >= rule.as_f64()),
            "maximum" => value
                .as_f64()
                .is_none_or(|value| Some(value) <= rule.as_f64()),
            "minItems" | "maxItems" => {
                let order = (list(value).len() as u64).cmp(&rule.as_u64().unwrap_or_default());
                let wrong = if keyword == "minItems" {
                    Ordering::Less
                } else {
                    Ordering::Greater
                };
                !value.is_array() || order != wrong
            }
            "anyOf" | "oneOf" => {
                let fits = list(rule)
                    .iter()
                    .filter(|one| valid(root, one, value, at).is_ok())
                    .count();
                fits == 1 || (fits > 1 && keyword == "anyOf")
            }
            "required" => {
                let has = |key: &Value| key.as_str().is_some_and(|key| value.get(key).is_some());
                !value.is_object() || list(rule).iter().all(has)
            }
            "properties" => {
                for (key, rule) in rule.as_object().into_iter().flatten() {
                    if let Some(found) = value.get(key) {
                        valid(root, rule, found, &format!("{at}.{key}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = rules.get("properties").and_then(Value::as_object);
                for (key, found) in value.as_object().into_iter().flatten() {
                    let is_known = known.is_some_and(|known| known.contains_key(key));
                    if !is_known && rule == &Value::Bool(false) {
                        return Err(format!("{at}.{key}: not foreseen"));
                    }
                    if !is_known {
                        valid(root, rule, found, &format!("{at}.{key}"))?;
                    }
                }
                true
            }
            "prefixItems" => {
                for (number, (rule, found)) in list(rule).iter().zip(list(value)).enumerate() {
                    valid(root, rule, found, &format!("{at}[{number}]"))?;
                }
                true
            }
            "items" => {
                for (number, found) in list(value).iter().enumerate() {
                    valid(root, rule, found, &format!("{at}[{number}]"))?;
                }
                true
            }
            other => return Err(format!("{at}: the check does not know {other}")),
        };
        if !holds {
            return Err(format!("{at}: {keyword} {rule} does not hold for {value}"));
        }
    }
    Ok(())
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
