//! No value that routing does not need leaves the account (H20).

use serde_json::json;

use crate::harness::{Account, Desk, emulator};

/// Stands in every value of the account that may be a secret.
const MARKER: &str = "hunter2-do-not-tell";

fn vault() -> Account {
    emulator().account("secrets", json!({ "marker": MARKER }))
}

/// Scans and looks for the marker wherever the tool writes.
fn assert_kept(account: &Account, desk: &Desk) {
    let outcome = desk.scan(account, &["-vvv"]).run();
    outcome.expect_code(4);
    let logs = desk
        .scan(account, &[])
        .env("RUST_LOG", "trace")
        .run()
        .stderr;
    let again = |args: &[&str]| desk.run(["-vvv"].iter().chain(args)).stdout;
    let table = again(&["report", "--snapshot", "account.jsonl"]);
    let page = again(&["explain", "vault-nlb", "--snapshot", "account.jsonl"]);
    let snapshot = desk.snapshot("account.jsonl");
    for (place, text) in [
        ("the snapshot", &snapshot),
        ("stdout", &outcome.stdout),
        ("stderr", &outcome.stderr),
        ("the logs", &logs),
        ("the table", &table),
        ("the explanation", &page),
    ] {
        assert!(!text.is_empty(), "{place} is empty");
        let shown = text.lines().find(|line| line.contains(MARKER));
        assert_eq!(shown, None, "{place} tells a secret");
    }
}

#[test]
fn secrets_stay_in_the_account() {
    let account = vault();
    let api = account.seeded["apis"]["vault-api"]["id"]
        .as_str()
        .expect("an id");
    let stages = account.raw_get("apigateway", &format!("/restapis/{api}/stages"));
    assert!(
        stages.matches(MARKER).count() >= 3,
        "the scenario holds the marker: {stages}"
    );
    let desk = Desk::new();
    assert_kept(&account, &desk);
    // They are compared all the same: the same text in two places is one digest.
    let snapshot = desk.snapshot("account.jsonl");
    assert!(snapshot.contains(r#""sealed":""#), "{snapshot}");
}

#[test]
fn errors_about_answers_do_not_quote_them() {
    let account = vault();
    let broken = "GetResources|GetExport|GetStages|GetIntegrations|DescribeRules|ExportApi";
    account.faults(json!([{ "action": broken, "corrupt": true, "times": -1 }]));
    assert_kept(&account, &Desk::new());
}
