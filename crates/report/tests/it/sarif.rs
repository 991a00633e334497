//! SARIF: against the published schema, and what GitHub and viewers make of it.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};
use unbridge_model::assessment::{Assessment, Unattached};
use unbridge_model::finding::{Finding, Severity};
use unbridge_report::safe::is_hazardous;
use unbridge_report::sarif;
use unbridge_report::view::View;

use crate::sample;

const SCHEMA: &str = include_str!("../../../../fixtures/sarif/sarif-schema-2.1.0.json");

fn published() -> Validator {
    // Two patterns have a bracket too many, which draft 7 forbids. They are about languages, of
    // which our logs say nothing.
    let schema = SCHEMA.replace("{2}]?$", "{2}$");
    assert_ne!(schema, SCHEMA);
    let schema = serde_json::from_str(&schema).expect("JSON");
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema")
}

fn text(view: &View, snapshot: &str) -> String {
    let mut out = Vec::new();
    sarif::write(view, snapshot, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn log_of(view: &View, snapshot: &str) -> Value {
    serde_json::from_str(&text(view, snapshot)).expect("JSON")
}

fn run_of(view: &View) -> Value {
    log_of(view, "account.jsonl.zst")["runs"][0].take()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn view_named(wanted: &str) -> View {
    let mut views = sample::views().into_iter();
    views.find(|(name, _)| *name == wanted).expect("a view").1
}

#[test]
fn every_view_is_what_the_published_schema_asks_for() {
    let schema = published();
    for (name, view) in sample::views() {
        for snapshot in [
            "account.jsonl.zst",
            "/var/lib/scans/höchst [x] %41.jsonl",
            "-",
        ] {
            let log = log_of(&view, snapshot);
            let errors: Vec<String> = schema
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        }
    }
}

#[test]
fn the_schema_refuses_what_is_no_log() {
    let mut log = log_of(&view_named("full"), "a");
    log["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!published().is_valid(&log));
}

#[test]
fn a_finding_becomes_a_result() {
    let run = run_of(&view_named("full"));
    let results = list(&run["results"]);
    let wanted = |result: &&Value| result["ruleId"] == "ip-target-bridge";
    let result = results.iter().find(wanted).expect("a result");
    insta::assert_snapshot!(format!("{result:#}"), @r#"
    {
      "level": "warning",
      "locations": [
        {
          "logicalLocations": [
            {
              "fullyQualifiedName": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/billing-nlb/50dc6c495c0c9188",
              "kind": "resource",
              "name": "billing-nlb"
            }
          ],
          "physicalLocation": {
            "artifactLocation": {
              "uri": "account.jsonl.zst"
            },
            "region": {
              "startLine": 1
            }
          }
        }
      ],
      "message": {
        "text": "billing-nlb in eu-west-1: target group billing-copied holds addresses of ALB billing-alb; stale addresses: 10.0.1.17. Move the APIs to the ALB itself; then retire whatever copies the addresses."
      },
      "partialFingerprints": {
        "primaryLocationLineHash": "f26933b2a9591e476e96c6b2383aee1b:1",
        "unbridgeFinding/v1": "f26933b2a9591e476e96c6b2383aee1b:1"
      },
      "ruleId": "ip-target-bridge",
      "ruleIndex": 3,
      "suppressions": []
    }
    "#);
}

#[test]
fn every_result_names_a_rule_that_stands_at_its_index() {
    for (name, view) in sample::views() {
        let run = run_of(&view);
        let rules = list(&run["tool"]["driver"]["rules"]);
        let named: BTreeSet<&str> = rules
            .iter()
            .filter_map(|rule| rule["id"].as_str())
            .collect();
        assert_eq!(named.len(), rules.len(), "{name}: each rule once");
        let mut used = BTreeSet::new();
        for result in list(&run["results"]) {
            let index = result["ruleIndex"].as_u64().expect("an index");
            let index = usize::try_from(index).expect("small");
            assert_eq!(rules[index]["id"], result["ruleId"], "{name}");
            used.insert(result["ruleId"].as_str().expect("a code"));
        }
        assert_eq!(used, named, "{name}: rules of results alone");
    }
}

#[test]
fn all_findings_are_results_gravest_first_and_accepted_ones_are_suppressed() {
    for (name, view) in sample::views() {
        let run = run_of(&view);
        let results = list(&run["results"]);
        let findings = view.findings().count();
        assert_eq!(results.len(), findings + view.accepted.len(), "{name}");
        let suppressed = results
            .iter()
            .filter(|result| !list(&result["suppressions"]).is_empty())
            .count();
        assert_eq!(suppressed, view.accepted.len(), "{name}");
        let weight = |result: &Value| match result["level"].as_str() {
            Some("error") => Severity::Blocker,
            Some("warning") => Severity::Warning,
            Some("note") => Severity::Info,
            other => panic!("{other:?}"),
        };
        let sorted = results.is_sorted_by_key(|result| std::cmp::Reverse(weight(result)));
        assert!(sorted, "{name}");
    }
    let run = run_of(&view_named("accepted"));
    let mut suppressions = list(&run["results"])
        .iter()
        .flat_map(|result| list(&result["suppressions"]));
    assert_eq!(
        suppressions.next(),
        Some(&json!({
            "kind": "external",
            "status": "accepted",
            "justification": "known, and gone by summer (until 2026-12-31)",
        }))
    );
}

/// Texts of the notifications of this kind.
fn notified(run: &Value, list_name: &str, id: &str) -> Vec<String> {
    let all = list(&run["invocations"][0][list_name]);
    let of = all.iter().filter(|one| one["descriptor"]["id"] == id);
    of.map(|one| one["message"]["text"].as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn what_was_not_seen_is_notified_and_the_run_still_succeeded() {
    let view = view_named("full");
    let run = run_of(&view);
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let told = "toolExecutionNotifications";
    let incomplete = notified(&run, told, "incomplete");
    assert!(
        incomplete[0].starts_with("Incomplete: 4 readings failed"),
        "{incomplete:?}"
    );
    assert_eq!(
        notified(&run, told, "gap").len(),
        view.assessment.gaps.len()
    );

    let run = run_of(&view_named("empty"));
    assert_eq!(run["invocations"][0][told], json!([]));
}

#[test]
fn filters_a_baseline_and_stale_acceptances_are_notified() {
    let told = "toolExecutionNotifications";
    let filtered = notified(&run_of(&view_named("filtered")), told, "left-out");
    assert!(filtered[0].starts_with("Only verdict "), "{filtered:?}");
    let since = run_of(&view_named("since"));
    let left_out = notified(&since, told, "left-out");
    assert!(
        left_out[0].starts_with("Only what is new since"),
        "{left_out:?}"
    );
    for result in list(&since["results"]) {
        assert_eq!(result["baselineState"], "new");
    }
    for result in list(&run_of(&view_named("full"))["results"]) {
        assert_eq!(result.get("baselineState"), None);
    }
    let accepted = run_of(&view_named("accepted"));
    let stale = notified(
        &accepted,
        "toolConfigurationNotifications",
        "stale-acceptance",
    );
    assert_eq!(stale.len(), 2, "{stale:?}");
}

#[test]
fn fingerprints_are_unique_and_do_not_depend_on_names_counts_and_the_file() {
    let prints = |view: &View, snapshot| -> Vec<Value> {
        let mut log = log_of(view, snapshot);
        let results = log["runs"][0]["results"].as_array_mut().expect("a list");
        results
            .iter_mut()
            .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].take())
            .collect()
    };
    let full = view_named("full");
    let before = prints(&full, "monday.jsonl");
    let unique: BTreeSet<&str> = before.iter().filter_map(Value::as_str).collect();
    assert_eq!(unique.len(), before.len());

    let mut renamed = full;
    for nlb in &mut renamed.assessment.nlbs {
        nlb.name = "another".into();
        nlb.chains.clear();
    }
    assert_eq!(prints(&renamed, "tuesday.jsonl"), before);
}

#[test]
fn names_are_no_links_no_placeholders_and_harmless() {
    let evil = "[x](javascript:y) {0} \\";
    let view = View::of(sample::hostile_with(evil));
    let run = run_of(&view);
    let mut shown = 0;
    for result in list(&run["results"]) {
        let text = result["message"]["text"].as_str().expect("a text");
        let plain = text
            .replace("\\\\", "")
            .replace("\\[", "")
            .replace("\\]", "");
        assert!(!plain.contains(['[', ']', '\\']), "{text}");
        let plain = text.replace("{{", "").replace("}}", "");
        assert!(!plain.contains(['{', '}']), "{text}");
        shown += usize::from(text.contains("\\[x\\](javascript:y) {{0}} \\\\"));
    }
    assert!(shown > 10, "{shown}");
    for (name, view) in sample::views() {
        let written = text(&view, "a");
        assert!(!written.trim_end().chars().any(is_hazardous), "{name}");
    }
}

#[test]
fn the_snapshot_is_an_address() {
    let uri = |snapshot| {
        let log = log_of(&view_named("full"), snapshot);
        log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .clone()
    };
    assert_eq!(
        uri("scans/account-1.jsonl.zst"),
        "scans/account-1.jsonl.zst"
    );
    assert_eq!(uri("/tmp/a b.jsonl"), "file:///tmp/a%20b.jsonl");
    assert_eq!(uri("c:?#%41\u{202e}"), "c%3A%3F%23%2541%E2%80%AE");
}

#[test]
fn two_accounts_are_two_analyses() {
    let run = run_of(&view_named("full"));
    assert_eq!(run["automationDetails"]["id"], "unbridge/111122223333/");
}

#[test]
fn more_results_than_github_takes_are_cut_and_counted() {
    let full = sample::full();
    let unused: Vec<Finding> = full
        .links
        .iter()
        .flat_map(|link| link.findings.clone())
        .collect();
    let (account, region) = (sample::account(), full.unattached[0].region.clone());
    let many = (0..25_010).map(|_| Unattached {
        account: account.clone(),
        region: region.clone(),
        finding: unused[0].clone(),
    });
    let view = View::of(Assessment {
        unattached: many.collect(),
        ..full
    });
    let all = view.findings().count();
    let run = run_of(&view);
    assert_eq!(list(&run["results"]).len(), 25_000);
    let cut = notified(&run, "toolExecutionNotifications", "left-out");
    let said = format!("{} findings of least weight left out", all - 25_000);
    assert!(cut[0].starts_with(&said), "{cut:?}");
    let blockers = view
        .findings()
        .filter(|(_, one)| one.severity() == Severity::Blocker);
    let errors = list(&run["results"])
        .iter()
        .filter(|result| result["level"] == "error");
    assert_eq!(errors.count(), blockers.count());
}
