//! Calls that fail: what becomes a gap, what is tried again, and what ends a scan.

use std::collections::BTreeSet;
use std::net::TcpListener;

use serde_json::{Value, json};
use strum::VariantArray;
use unbridge_model::call::CallKind;

use crate::harness::{Account, Desk, Outcome, Report, emulator, for_all, list, misleads, text};

/// A fault rule for one kind of call.
fn fault(kind: CallKind, what: Value) -> Value {
    let (service, operation) = kind.name().split_once(':').expect("service:Operation");
    let path = match service {
        "apigateway" => "^/(?!v2/)",
        "apigatewayv2" => "^/v2/",
        _ => "",
    };
    let service = match service {
        "cloudwatch" => "monitoring",
        "wafv2" => service,
        _ => service.trim_end_matches("v2"),
    };
    let mut rule = json!({ "service": service, "action": operation, "path": path, "times": -1 });
    for (key, value) in what.as_object().expect("a rule") {
        rule[key] = value.clone();
    }
    rule
}

fn attempts(account: &Account, kind: CallKind) -> usize {
    let name = kind.name().replace("cloudwatch:", "monitoring:");
    account.calls().get(&name).copied().unwrap_or(0)
}

/// Gaps of a class, and the calls they name.
fn calls_of_class<'r>(report: &'r Report, class: &str) -> Vec<(String, &'r Value)> {
    let gaps = report
        .gaps()
        .into_iter()
        .filter(|gap| gap["class"] == class);
    gaps.map(|gap| (text(&gap["unseen"]["call"]["call"]), gap))
        .collect()
}

fn names_gap(nlb: &Value, gap: &Value) -> bool {
    list(&nlb["reasons"])
        .iter()
        .any(|reason| reason["gap"] == *gap)
}

/// Tags tell owners, reservations costs, deployments the past, route tables and domain names what people know: no
/// verdict depends on them. billing-nlb's ALB shows no certificate. ExportApi fails for front's API
/// only, and could still hide a use.
fn bears_on_billing(kind: CallKind) -> bool {
    !matches!(
        kind,
        CallKind::DescribeCapacityReservation
            | CallKind::DescribeCertificate
            | CallKind::DescribeListenerCertificates
            | CallKind::DescribeRouteTables
            | CallKind::DescribeTags
            | CallKind::GetApiMappings
            | CallKind::GetDeployments
            | CallKind::GetDomainNames
    )
}

#[test]
fn a_denied_call_of_any_kind_is_a_gap_and_never_a_clean_bill() {
    for_all(CallKind::VARIANTS, |kind| {
        let account = emulator().parts(&["billing", "front", "orders"]);
        if matches!(kind, CallKind::ListListeners | CallKind::ListEndpointGroups) {
            account.seed("sources", json!({ "only": ["accelerator"] }));
        }
        account.faults(json!([fault(*kind, json!({ "kind": "deny" }))]));
        let outcome = Desk::new().scan(&account, &[]).run();
        let report = outcome.report();
        assert!(!report.is_complete(), "{kind:?}");
        outcome.expect_code(4);

        let denied = calls_of_class(&report, "denied");
        assert_eq!(
            denied.len(),
            attempts(&account, *kind),
            "{kind:?}: one gap each, no retries"
        );
        assert!(!denied.is_empty(), "{kind:?} is not called at all");
        for (call, gap) in &denied {
            assert_eq!(*call, kind.name());
            assert_eq!(gap["account"], account.id);
            let region = (!kind.service().is_global()).then_some("us-east-1");
            assert_eq!(gap["region"], json!(region));
            let message = text(&gap["message"]);
            assert!(
                message.contains("is not authorized to perform"),
                "{message}"
            );
        }
        if *kind == CallKind::DescribeLoadBalancers {
            assert!(list(&report.0["nlbs"]).is_empty());
            return;
        }
        let nlb = report.nlb("billing-nlb");
        let verdict = text(&nlb["verdict"]);
        let named = denied.iter().any(|(_, gap)| names_gap(nlb, gap));
        assert_eq!(
            named,
            bears_on_billing(*kind),
            "{kind:?}: {}",
            nlb["reasons"]
        );
        let doubted = ["removable-if", "blocked"].contains(&&*verdict);
        assert!(doubted || !named, "{kind:?}: {verdict}");
    });
}

#[test]
fn a_gap_about_one_load_balancer_does_not_touch_the_others() {
    let account = emulator().parts(&["billing", "mixed", "idle"]);
    let arn = account
        .load_balancer("billing-nlb")
        .replace(['/', ':'], ".");
    let rule = json!({ "kind": "deny", "body": arn.rsplit('.').next().expect("an id") });
    account.faults(json!([fault(CallKind::DescribeListeners, rule)]));
    let report = Desk::new().scan(&account, &[]).run().report();
    let denied = calls_of_class(&report, "denied");
    let [(_, gap)] = &denied[..] else {
        panic!("{denied:?}")
    };
    assert_eq!(report.verdict("billing-nlb"), "blocked");
    assert!(names_gap(report.nlb("billing-nlb"), gap));
    assert_eq!(report.verdict("mixed-nlb"), "rewirable");
    assert!(!names_gap(report.nlb("idle-nlb"), gap));
    let codes = &report.rows()["idle-nlb"].1;
    assert!(codes.contains("unused-v1-link"), "{codes:?}");
}

#[test]
fn a_throttled_call_is_asked_again_no_sooner_than_aws_says() {
    let account = emulator().parts(&["billing"]);
    let rule = json!({ "kind": "throttle", "retry_after": 3, "times": 2 });
    account.faults(json!([fault(CallKind::GetRestApis, rule)]));
    let outcome = Desk::new().scan(&account, &[]).run();
    assert!(
        outcome.report().gaps().is_empty(),
        "{:?}",
        outcome.report().gaps()
    );
    let journal = account.journal();
    let tries: Vec<_> = journal
        .iter()
        .filter(|r| r.call == "apigateway:GetRestApis")
        .collect();
    let statuses: Vec<_> = tries.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [429, 429, 200]);
    for pair in tries.windows(2) {
        assert!(pair[1].at - pair[0].at >= 2.99, "{pair:?}");
    }
}

#[test]
fn every_service_words_throttling_differently_and_all_are_asked_again() {
    let account = emulator().parts(&["billing"]);
    let kinds = [
        CallKind::DescribeTargetGroups,
        CallKind::DescribeSubnets,
        CallKind::GetVpcLinksV2,
    ];
    let rules = kinds.map(|kind| fault(kind, json!({ "kind": "throttle", "times": 1 })));
    account.faults(json!(rules));
    let outcome = Desk::new().scan(&account, &[]).run();
    assert!(
        outcome.report().gaps().is_empty(),
        "{:?}",
        outcome.report().gaps()
    );
    for kind in kinds {
        assert_eq!(attempts(&account, kind), 2, "{kind:?}");
    }
}

/// A failure, the class its gap has, and how often the call is tried.
fn failing(what: Value, class: &str, tries: usize) {
    let account = emulator().parts(&["billing"]);
    account.faults(json!([fault(CallKind::DescribeTargetGroups, what)]));
    let outcome = Desk::new().scan(&account, &[]).run();
    outcome.expect_code(4);
    let report = outcome.report();
    let calls: BTreeSet<_> = calls_of_class(&report, class)
        .into_iter()
        .map(|(c, _)| c)
        .collect();
    assert_eq!(
        calls,
        BTreeSet::from(["elasticloadbalancing:DescribeTargetGroups".to_owned()]),
        "{:?}",
        report.gaps()
    );
    assert_eq!(attempts(&account, CallKind::DescribeTargetGroups), tries);
    assert_eq!(report.verdict("billing-nlb"), "blocked");
}

#[test]
fn errors_of_aws_itself_are_tried_three_times() {
    failing(
        json!({ "status": 500, "code": "InternalFailure" }),
        "failed",
        3,
    );
}

#[test]
fn connections_that_break_are_tried_three_times() {
    failing(json!({ "drop": "before" }), "unreachable", 3);
}

#[test]
fn answers_that_cannot_be_understood_are_not_asked_for_again() {
    failing(json!({ "corrupt": true }), "unparseable", 1);
}

#[test]
fn half_a_json_answer_is_a_gap_and_not_half_an_account() {
    let account = emulator().parts(&["billing"]);
    account.faults(json!([fault(
        CallKind::GetResources,
        json!({ "corrupt": true })
    )]));
    let report = Desk::new().scan(&account, &[]).run().report();
    let gaps = calls_of_class(&report, "unparseable");
    assert_eq!(gaps.len(), 1, "{:?}", report.gaps());
    assert!(names_gap(report.nlb("billing-nlb"), gaps[0].1));
}

#[test]
fn words_of_aws_cannot_fool_a_terminal() {
    let account = emulator().parts(&["billing"]);
    let words = "no\u{1b}[31m\u{7}\u{202e}way\u{200b}";
    let refusal = json!({ "status": 400, "code": "BadRequestException", "message": words });
    account.faults(json!([fault(CallKind::GetStages, refusal)]));
    let desk = Desk::new();
    let json = desk.scan(&account, &["-vvv"]).run();
    let table = desk.run(["report", "--snapshot", "account.jsonl"]);
    let page = desk.run(["explain", "billing-nlb", "--snapshot", "account.jsonl"]);
    for text in [&json.stdout, &json.stderr, &table.stdout, &page.stdout] {
        assert!(text.contains("way"), "the words are told: {text}");
        let shown = text.lines().find(|line| line.contains(misleads));
        assert_eq!(shown, None);
    }
}

/// Nothing was read, so nothing may stand there that looks like a report.
fn assert_nothing_left(desk: &Desk, outcome: &Outcome) {
    assert_eq!(outcome.stdout, "");
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn when_everything_is_denied_there_is_an_error_and_no_report() {
    let account = emulator().parts(&["billing"]);
    let services = "acm|apigateway|cloudfront|ec2|elasticloadbalancing|globalaccelerator|monitoring|route53|wafv2";
    account.faults(json!([{ "service": services, "kind": "deny", "times": -1 }]));
    let desk = Desk::new();
    let outcome = desk.scan(&account, &[]).run();
    outcome
        .expect_code(1)
        .expect_told("nothing could be read")
        .expect_told("try: allow this identity what `unbridge policy scan` prints");
    assert_nothing_left(&desk, &outcome);
}

#[test]
fn when_nobody_listens_the_next_step_is_said() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("its address");
    drop(free);
    let account = emulator().account("empty", json!({}));
    let desk = Desk::new();
    let nobody = format!("http://{address}");
    let outcome = desk
        .scan(&account, &[])
        .env("AWS_ENDPOINT_URL", nobody)
        .run();
    outcome
        .expect_code(1)
        .expect_told("AWS_ENDPOINT_URL")
        .expect_told("refused");
    assert_nothing_left(&desk, &outcome);
}
