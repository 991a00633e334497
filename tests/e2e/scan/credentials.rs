//! Whose account is read, and what happens when the credentials are no good.

use serde_json::{Value, json};

use crate::harness::{Desk, emulator};

fn expired_after(calls: u32) -> Value {
    json!([{ "kind": "expired", "after": calls, "times": -1 }])
}

#[test]
fn expired_credentials_are_an_error_with_a_way_out() {
    let account = emulator().parts(&["billing"]);
    account.faults(expired_after(0));
    let desk = Desk::new();
    let outcome = desk.scan(&account, &[]).run();
    outcome
        .expect_code(1)
        .expect_told("expired")
        .expect_told("aws sso login");
    assert_eq!((outcome.stdout.as_str(), desk.files().len()), ("", 0));
    assert_eq!(account.journal().len(), 1);
}

#[test]
fn credentials_that_expire_on_the_way_end_the_asking_but_keep_what_was_read() {
    let account = emulator().parts(&["billing", "mixed"]);
    let desk = Desk::new();
    desk.scan(&account, &[]).run();
    let whole = account.journal().len();

    const ANSWERED: u32 = 12;
    account.faults(expired_after(ANSWERED));
    let outcome = desk.scan(&account, &[]).run();
    outcome.expect_code(4);
    let report = outcome.report();
    let classes: Vec<_> = report.gaps().iter().map(|gap| &gap["class"]).collect();
    assert!(classes.contains(&&json!("credentials")), "{classes:?}");
    let asked = account.journal().split_off(whole);
    let answered = asked.iter().filter(|request| request.status == 200).count();
    assert_eq!(answered, ANSWERED as usize);
    // Those that were on their way are refused; the rest is not asked any more.
    assert!(
        (answered + 1..whole - 5).contains(&asked.len()),
        "{} of {whole}",
        asked.len()
    );
    for nlb in ["billing-nlb", "mixed-nlb"] {
        assert_ne!(report.verdict(nlb), "removable");
    }
}

#[test]
fn without_credentials_nothing_is_asked() {
    let desk = Desk::new();
    let outcome = desk
        .unbridge(["scan", "--region", "us-east-1"])
        .emulated()
        .run();
    outcome
        .expect_code(1)
        .expect_told("sign in")
        .expect_told("--profile");
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn without_a_region_one_is_asked_for() {
    let account = emulator().account("empty", json!({}));
    let desk = Desk::new();
    let scan = || desk.scan(&account, &[]);
    scan()
        .without("AWS_REGION")
        .run()
        .expect_code(2)
        .expect_told("--region");
    scan()
        .env("AWS_REGION", "us east 1")
        .run()
        .expect_code(2)
        .expect_told("--region");
    assert!(account.journal().is_empty());
}

#[test]
fn a_profile_with_a_credential_process_is_enough() {
    let account = emulator().parts(&["billing"]);
    let other = emulator().account("empty", json!({}));
    let desk = Desk::new();
    let keys = json!({
        "Version": 1, "AccessKeyId": account.access_key(), "SecretAccessKey": "secret",
    });
    let keys = desk.write("keys.json", keys.to_string());
    std::fs::create_dir(desk.home().join(".aws")).expect("a folder");
    let profile = format!(
        "[profile audit]\nregion = us-east-1\ncredential_process = /bin/cat {}\n",
        keys.display()
    );
    std::fs::write(desk.home().join(".aws/config"), profile).expect("a file is written");

    let args = [
        "scan",
        "--profile",
        "audit",
        "--pace",
        "100",
        "--output",
        "json",
    ];
    // A profile that was asked for wins over keys in the environment.
    let outcome = desk
        .unbridge(args)
        .emulated()
        .env("AWS_ACCESS_KEY_ID", other.access_key())
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .run();
    outcome.expect_code(0);
    let report = outcome.report();
    assert_eq!(report.0["generated_from"]["account"], account.id);
    assert_eq!(report.0["generated_from"]["regions"], json!(["us-east-1"]));
    assert_eq!(report.verdict("billing-nlb"), "removable-if");
    assert!(other.journal().is_empty());
}
