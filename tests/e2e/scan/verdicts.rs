//! What a scan says about every topology of the reference scenario.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::reference;
use crate::harness::{Desk, Row, emulator, list, text};

/// What everybody has where a canary or a WebSocket stage cannot be read.
const UNREAD: &str = "unknown-users";

fn row(verdict: &str, codes: &[&str]) -> Row {
    (
        verdict.to_owned(),
        codes.iter().map(|code| (*code).to_owned()).collect(),
    )
}

#[test]
fn every_topology_gets_its_verdict_and_its_findings_and_no_other() {
    let bridge = "nlb-bridges-alb";
    // The emulator knows of no traffic, and the seed tags load balancers and nothing else.
    let common = [UNREAD, "managed-by-terraform", "owner-unknown"];
    let rest_api = ["rare-traffic", "uri-names-nlb"];
    let with = |verdict, codes: &[&'static str], more: &[&'static str]| {
        let all: Vec<_> = [codes, more, &common, &rest_api].concat();
        row(verdict, &all)
    };
    let to_alb = ["stage-path-check"];
    let expected: BTreeMap<String, Row> = [
        ("billing-nlb", with("removable-if", &[bridge], &to_alb)),
        ("broken-nlb", with("blocked", &["chain-broken"], &[])),
        (
            "chat-nlb",
            with("rewirable", &[bridge, "websocket-uses-v1-link"], &[]),
        ),
        (
            "drift-nlb",
            with("blocked", &[bridge, "draft-differs-from-stage"], &to_alb),
        ),
        (
            "front-nlb",
            row("removable-if", &[bridge, UNREAD, "owner-unknown"]),
        ),
        // Its link is not called unused: nobody can tell what the stages of chat and the canary
        // of orders run.
        (
            "idle-nlb",
            row("removable-if", &[&[bridge], &common[..]].concat()),
        ),
        (
            "legacy-nlb",
            with("removable-if", &[bridge, "ip-target-bridge"], &to_alb),
        ),
        ("mixed-nlb", with("rewirable", &["mixed-nlb"], &to_alb)),
        (
            "orders-nlb",
            with(
                "blocked",
                &[
                    bridge,
                    "alb-security-group-closed",
                    "canary-in-progress",
                    "deletion-protection",
                    "dns-alias",
                    "stage-variable-link",
                ],
                &to_alb,
            ),
        ),
        ("plain-nlb", row("not-a-bridge", &[])),
        (
            "shadow-nlb",
            with("blocked", &[bridge, "draft-differs-from-stage"], &to_alb),
        ),
        ("tls-nlb", row("not-a-bridge", &["nlb-direct-target"])),
    ]
    .map(|(name, row)| (name.to_owned(), row))
    .into();
    assert_eq!(reference().report.rows(), expected);
}

#[test]
fn an_incomplete_scan_says_so_on_every_channel() {
    let scanned = reference();
    scanned.outcome.expect_code(4);
    assert!(!scanned.report.is_complete());
    let table = scanned.desk.run(["report", "--snapshot", "account.jsonl"]);
    table.expect_code(4);
    assert!(
        table.stdout.to_lowercase().contains("incomplete"),
        "{}",
        table.stdout
    );
}

#[test]
fn what_cannot_be_exported_is_a_gap() {
    let gaps = reference().report.gaps();
    let kinds: Vec<_> = gaps
        .iter()
        .map(|gap| (text(&gap["class"]), &gap["unseen"]))
        .collect();
    let of = |api: &str| {
        format!(
            "{}/prod",
            text(&reference().account.seeded["apis"][api]["id"])
        )
    };
    let unseen = |call: &str, api| json!({ "call": { "call": call, "of": of(api) } });
    let (canary, websocket) = (
        unseen("apigateway:GetExport", "orders-api"),
        unseen("apigatewayv2:ExportApi", "chat-api"),
    );
    let expected = [&canary, &websocket].map(|unseen| ("unreadable".to_owned(), unseen));
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert!(expected.iter().all(|gap| kinds.contains(gap)), "{kinds:?}");
}

#[test]
fn a_canary_is_named_with_what_it_changes() {
    let seeded = &reference().account.seeded["apis"]["orders-api"];
    let evidence = reference()
        .report
        .evidence("orders-nlb", "canary-in-progress");
    assert_eq!(evidence["stage"], "prod");
    assert_eq!(evidence["deployment_id"], seeded["canary"]);
    assert_eq!(evidence["percent"], 10.0);
    assert_eq!(evidence["effect"], "differs");
}

#[test]
fn a_difference_between_draft_and_stage_is_named_method_by_method_and_field_by_field() {
    let differences = |nlb| {
        let evidence = reference().report.evidence(nlb, "draft-differs-from-stage");
        assert_eq!(evidence["stage"], "prod");
        &evidence["differences"]
    };
    let proxy = json!({ "resource_path": "/{proxy+}", "http_method": "ANY" });
    assert_eq!(
        *differences("drift-nlb"),
        json!([{ "method": proxy, "fields": ["uri"] }])
    );
    assert_eq!(
        *differences("shadow-nlb"),
        json!([{ "method": proxy, "fields": ["onlyOnStage"] }])
    );
}

#[test]
fn what_only_a_stage_runs_is_a_chain_all_the_same() {
    let [chain] = reference().report.chains("shadow-nlb") else {
        panic!("{:?}", reference().report.chains("shadow-nlb"));
    };
    assert_eq!(
        (&chain["deployed"], &chain["draft"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        chain["alb_arn"],
        reference().account.load_balancer("shadow-alb")
    );
}

#[test]
fn an_empty_target_group_breaks_the_chain() {
    let evidence = reference().report.evidence("broken-nlb", "chain-broken");
    let group = &reference().account.seeded["target_groups"]["broken-alb-80"];
    assert_eq!(
        evidence["why"],
        json!({ "kind": "group-empty", "group": group })
    );
}

#[test]
fn a_link_named_by_a_variable_is_resolved_on_each_stage() {
    let link = &reference().account.seeded["links"]["orders-link"];
    let found = list(&reference().report.nlb("orders-nlb")["findings"]).iter();
    let stages: Vec<_> = found
        .filter(|finding| finding["code"] == "stage-variable-link")
        .map(|finding| {
            assert_eq!(finding["evidence"]["vpc_link_id"], *link);
            text(&finding["evidence"]["stage"])
        })
        .collect();
    assert_eq!(stages, ["dev", "prod"]);
}

#[test]
fn the_listeners_of_half_a_bridge_are_told_apart() {
    let evidence = reference().report.evidence("mixed-nlb", "mixed-nlb");
    assert_eq!(evidence["bridging_ports"], json!([80]));
    assert_eq!(evidence["others"][0]["port"], 9000);
    assert_eq!(evidence["others"][0]["target_type"], "ip");
    let ends = |path: &str| {
        let chains = reference().report.chains("mixed-nlb").iter();
        let mut ends = chains
            .filter(|c| c["resource_path"] == path)
            .map(|c| text(&c["end"]));
        (ends.next(), ends.next())
    };
    assert_eq!(ends("/web"), (Some("alb".to_owned()), None));
    assert_eq!(ends("/raw"), (Some("other-targets".to_owned()), None));
}

#[test]
fn addresses_of_an_albs_nodes_are_a_bridge() {
    let evidence = reference()
        .report
        .evidence("legacy-nlb", "ip-target-bridge");
    assert_eq!(
        evidence["albs"],
        json!([reference().account.load_balancer("legacy-alb")])
    );
    assert_eq!(evidence["stale_targets"], json!([]));
}

#[test]
fn every_chain_of_an_api_is_listed_by_stage_path_and_method() {
    let seeded = &reference().account.seeded;
    let chains = reference().report.chains("orders-nlb").iter();
    let told: Vec<_> = chains
        .map(|chain| {
            assert_eq!(chain["api_id"], seeded["apis"]["orders-api"]["id"]);
            assert_eq!(chain["vpc_link_id"], seeded["links"]["orders-link"]);
            assert_eq!(
                chain["alb_arn"],
                reference().account.load_balancer("orders-alb")
            );
            assert_eq!(chain["nlb_listener_port"], chain["alb_listener_port"]);
            let port = chain["alb_listener_port"].as_u64().expect("a port");
            let [stage, path, verb] =
                ["stage", "resource_path", "http_method"].map(|key| text(&chain[key]));
            format!("{stage} {verb} {path} {port}")
        })
        .collect();
    let expected: Vec<_> = ["dev", "prod"]
        .iter()
        .flat_map(|stage| {
            [
                "GET /orders 80",
                "POST /orders 80",
                "ANY /orders/{orderId} 80",
                "GET /orders/{orderId}/items/{itemId} 443",
                "ANY /{proxy+} 80",
            ]
            .map(|method| format!("{stage} {method}"))
        })
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn links_of_both_versions_are_counted_with_their_methods() {
    let links: BTreeMap<_, _> = list(&reference().report.0["links"])
        .iter()
        .map(|link| (text(&link["name"]), (&link["version"], &link["methods"])))
        .collect();
    let told = |name: &str| {
        let (version, methods): (&Value, &Value) = links[name];
        (
            version.as_u64().expect("a version"),
            methods.as_u64().expect("a count"),
        )
    };
    assert_eq!(told("orders-link"), (1, 10));
    assert_eq!(told("idle-link"), (1, 0));
    assert_eq!(told("web-link"), (2, 2));
    assert_eq!(told("chat-link"), (1, 1));
    assert_eq!(links.len(), 11);
}

#[test]
fn a_link_is_called_unused_where_everything_could_be_read() {
    let account = emulator().parts(&["idle", "billing"]);
    let outcome = Desk::new().scan(&account, &[]).run();
    let report = outcome.report();
    let owners = ["managed-by-terraform", "owner-unknown"];
    let codes = [&["nlb-bridges-alb", "unused-v1-link"], &owners[..]].concat();
    assert_eq!(report.rows()["idle-nlb"], row("removable", &codes));
    let link = &account.seeded["links"]["idle-link"];
    assert_eq!(
        report.evidence("idle-nlb", "unused-v1-link")["vpc_link_id"],
        *link
    );
    // The emulator knows of no traffic.
    let told = &report.rows()["billing-nlb"].1;
    assert!(told.contains("rare-traffic"), "{told:?}");
    assert_eq!(report.verdict("billing-nlb"), "removable-if");
}

#[test]
fn an_nlb_that_no_api_uses_is_no_bridge_of_api_gateway() {
    let account = emulator().parts(&["front"]);
    let api = account.seeded["apis"]["front-api"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    account.raw_delete("apigateway", &format!("/v2/apis/{api}"));
    let report = Desk::new().scan(&account, &[]).run().report();
    assert_eq!(
        report.rows()["front-nlb"],
        row("not-a-bridge", &["nlb-alb-without-gateway"])
    );
}

#[test]
fn a_stranger_on_the_endpoint_service_keeps_the_nlb() {
    let account = emulator().parts(&["billing"]);
    account.connect_consumer("billing-nlb", "999988887777");
    let report = Desk::new().scan(&account, &[]).run().report();
    assert_eq!(report.verdict("billing-nlb"), "rewirable");
    let evidence = report.evidence("billing-nlb", "endpoint-service-consumer");
    assert_eq!(evidence["owners"], json!(["999988887777"]));
}

/// Finding A of the emulator's README: a template that is null makes the SDK drop the whole page.
#[test]
fn a_page_with_a_json_null_in_a_map_is_read() {
    let account = emulator().parts(&["orders"]);
    let api = text(&account.seeded["apis"]["orders-api"]["id"]);
    let page = format!("/restapis/{api}/resources?embed=methods&limit=500");
    let answer = account.raw_get("apigateway", &page);
    assert!(
        answer.contains(r#""application/json": null"#),
        "no null to stumble over: {answer}"
    );
    let report = Desk::new().scan(&account, &[]).run().report();
    let with_null = report.chains("orders-nlb").iter().filter(|chain| {
        chain["http_method"] == "POST"
            && chain["resource_path"] == "/orders"
            && chain["draft"] == true
    });
    assert_eq!(with_null.count(), 2);
}
