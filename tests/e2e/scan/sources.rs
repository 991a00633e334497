//! Everything a verdict depends on is read over the wire: one bridge for each thing that may stand
//! in its way, and one API that uses every feature an API can have.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::harness::{Account, Desk, Report, emulator, for_all, list, text};

fn report(account: &Account) -> Report {
    Desk::new().scan(account, &[]).run().report()
}

fn has(report: &Report, nlb: &str, code: &str) -> bool {
    report.rows()[nlb].1.contains(code)
}

#[test]
fn what_stands_in_the_way_of_a_bridge_is_found_over_the_wire() {
    let report = report(&emulator().account("sources", json!({})));
    for (part, code, verdict) in [
        ("alias", "dns-alias", "rewirable"),
        ("cname", "dns-alias", "rewirable"),
        ("accelerator", "accelerator-endpoint", "rewirable"),
        ("origin-domain", "cloudfront-origin", "rewirable"),
        ("origin-vpc", "cloudfront-origin", "rewirable"),
        ("verified", "verified-access-endpoint", "rewirable"),
        ("mirror", "traffic-mirror-target", "rewirable"),
        ("alarm", "alarm-on-nlb", "removable"),
        ("alarm-math", "alarm-on-nlb", "removable"),
        ("tls-fit", "tls-ends-at-nlb", "removable"),
        ("tls-sni", "tls-ends-at-nlb", "removable"),
        ("tls-misfit", "certificate-name-mismatch", "blocked"),
        ("tls-expired", "certificate-name-mismatch", "blocked"),
        ("tls-private", "certificate-name-mismatch", "blocked"),
        ("mutual", "backend-client-certificate", "removable-if"),
        (
            "client-certificate",
            "backend-client-certificate",
            "removable-if",
        ),
        ("waf-address", "waf-on-alb", "blocked"),
        ("waf-rate", "waf-on-alb", "blocked"),
        ("waf-forwarded", "waf-on-alb", "removable"),
        ("waf-header", "waf-on-alb", "removable"),
        ("nacl", "nacl-blocks-link", "blocked"),
        ("shared", "shared-vpc", "removable-if"),
        ("public", "alb-internet-facing-target", "removable-if"),
        ("open", "open-security-group", "removable-if"),
        ("flows", "nlb-bridges-alb", "removable"),
        ("cache", "stage-cache", "removable"),
        ("rule-source", "source-ip-rule", "blocked"),
        ("rule-unknown", "unknown-rule-field", "removable-if"),
    ] {
        let nlb = format!("{part}-nlb");
        assert!(
            has(&report, &nlb, code),
            "{part}: {:?}",
            report.rows()[&nlb]
        );
        assert_eq!(
            report.verdict(&nlb),
            verdict,
            "{part}: {:?}",
            report.rows()[&nlb]
        );
    }
    for fits in ["tls-fit-nlb", "tls-sni-nlb"] {
        assert!(!has(&report, fits, "certificate-name-mismatch"), "{fits}");
    }
    assert!(!has(&report, "flows-nlb", "rare-traffic"));
    assert!(
        has(&report, "open-nlb", "rare-traffic"),
        "the emulator knows of no traffic there"
    );
}

/// Changes of a draft that change nothing a caller or a backend could notice, or that an export does
/// not tell: a namespace of its own for a cache, a model that only describes an answer, and words
/// in a model that validate nothing.
const UNTOLD: [&str; 3] = ["cache-namespace", "model", "response-model"];

fn features(options: Value) -> (Report, Value) {
    let account = emulator().account("features", options);
    (report(&account), account.seeded)
}

/// H4: no false alarm on a freshly deployed API that uses every feature, and every change of one
/// feature of its draft is noticed.
#[test]
fn a_freshly_deployed_api_equals_its_draft_and_every_change_of_it_is_named() {
    let (fresh, seeded) = features(json!({}));
    assert!(!has(&fresh, "features-nlb", "draft-differs-from-stage"));
    assert_eq!(
        fresh.verdict("features-nlb"),
        "removable",
        "{:?}",
        fresh.rows()
    );
    let (fresh, _) = features(json!({ "xml": true }));
    assert!(
        !has(&fresh, "features-nlb", "draft-differs-from-stage"),
        "by swagger"
    );
    assert!(fresh.is_complete(), "{:?}", fresh.gaps());

    let drifts: Vec<String> = list(&seeded["drifts"]).iter().map(text).collect();
    assert!(drifts.len() > 40, "{drifts:?}");
    let missed = Mutex::new(Vec::new());
    for_all(drifts, |drift| {
        let (changed, _) = features(json!({ "drift": drift }));
        if !has(&changed, "features-nlb", "draft-differs-from-stage") {
            missed.lock().expect("no panic holds it").push(drift);
        }
    });
    let mut missed = missed.into_inner().expect("no panic holds it");
    missed.sort();
    assert_eq!(missed, UNTOLD);
}
