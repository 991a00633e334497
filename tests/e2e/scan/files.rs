//! What a scan leaves on disk and on the terminal: snapshot, digest key, interruption, pipes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::reference;
use crate::harness::{Desk, Running, emulator, wait_for};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn nothing_but_the_files_name_is_said_where_nobody_watches() {
    let scanned = reference();
    assert_eq!(scanned.outcome.stderr, "snapshot: account.jsonl\n");
    assert_eq!(scanned.desk.files(), ["account.jsonl"]);
}

#[test]
fn without_a_name_the_file_is_named_after_account_and_time_and_compressed() {
    let account = emulator().account("empty", json!({}));
    let desk = Desk::new();
    desk.unbridge(["scan"])
        .account(&account)
        .run()
        .expect_code(0);
    let files = desk.files();
    let [file] = &files[..] else {
        panic!("{files:?}")
    };
    assert!(
        file.starts_with(&format!("unbridge-{}-2", account.id)),
        "{file}"
    );
    assert!(file.ends_with("Z.jsonl.zst"), "{file}");
    assert!(
        desk.snapshot(file)
            .starts_with(r#"{"header":{"format":"unbridge-snapshot""#)
    );
    desk.run(["report", "--snapshot", file]).expect_code(0);
}

#[test]
fn the_report_of_a_snapshot_is_the_report_of_its_scan() {
    let scanned = reference();
    let args = ["report", "--snapshot", "account.jsonl", "--output", "json"];
    let again = scanned.desk.run(args);
    assert_eq!(again.expect_code(4).stdout, scanned.outcome.stdout);
}

#[test]
fn two_scans_of_an_unchanged_account_say_the_same() {
    let account = emulator().parts(&["billing", "mixed", "drift"]);
    let told = || {
        let mut report = Desk::new().scan(&account, &[]).run().report().0;
        report["generated_from"]["started_at"].take();
        report
    };
    assert_eq!(told(), told());
}

/// A scan that hangs in its first export.
fn scan_in_the_middle(desk: &Desk) -> Running<'_> {
    let account = emulator().parts(&["billing", "mixed"]);
    let slow = json!({ "action": "GetExport", "delay_ms": 20_000, "times": -1 });
    account.faults(json!([slow]));
    let running = desk.scan(&account, &[]).start();
    wait_for("the first export", || {
        (account.fault_matches() > 0).then_some(())
    });
    running
}

#[test]
fn an_interrupted_scan_leaves_a_file_that_says_it_is_incomplete() {
    let desk = Desk::new();
    let running = scan_in_the_middle(&desk);
    running.interrupt();
    let outcome = running.finish();
    outcome.expect_code(130).expect_told("interrupted");
    assert_eq!(desk.files(), ["account.jsonl"]);
    let report = desk.run(["report", "--snapshot", "account.jsonl", "--output", "json"]);
    let gaps = report.expect_code(4).report();
    let interrupted = gaps
        .gaps()
        .iter()
        .filter(|gap| gap["class"] == "interrupted")
        .count();
    assert_eq!(
        interrupted,
        2,
        "of the region and of the account: {:?}",
        gaps.gaps()
    );
    assert!(!gaps.is_complete());
}

#[test]
fn a_scan_interrupted_before_its_first_call_leaves_nothing() {
    let account = emulator().account("empty", json!({}));
    account.faults(json!([{ "service": "sts", "delay_ms": 20_000 }]));
    let desk = Desk::new();
    let running = desk.scan(&account, &[]).start();
    wait_for("the first question", || {
        (account.fault_matches() > 0).then_some(())
    });
    running.interrupt();
    let outcome = running.finish();
    assert!(outcome.was_interrupted(), "{outcome:#?}");
    assert_eq!(outcome.stdout, "");
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn a_key_for_digests_is_made_once_for_its_owner_only() {
    let account = emulator().account("empty", json!({}));
    let desk = Desk::new();
    let key = desk.home().join(".config/unbridge/digest.key");
    desk.scan(&account, &[]).run().expect_code(0);
    assert_eq!(mode(&key), 0o600);
    let made = fs::read(&key).expect("a key");
    desk.scan(&account, &[]).run().expect_code(0);
    assert_eq!(fs::read(&key).expect("a key"), made);
}

#[test]
fn a_key_that_others_can_read_is_refused_before_anything_is_asked() {
    let account = emulator().account("empty", json!({}));
    let desk = Desk::new();
    let key = desk.write("shared.key", "ab".repeat(32));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("its mode is set");
    let outcome = desk.scan(&account, &["--digest-key", "shared.key"]).run();
    outcome
        .expect_code(2)
        .expect_told("mode 640")
        .expect_told("chmod 600 shared.key");
    assert!(account.journal().is_empty());
    assert_eq!(desk.files(), ["shared.key"]);
}

#[test]
fn a_key_that_is_none_is_refused() {
    let account = emulator().account("empty", json!({}));
    let desk = Desk::new();
    let key = desk.write("broken.key", "ab".repeat(31) + "zz");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("its mode is set");
    let outcome = desk.scan(&account, &["--digest-key", "broken.key"]).run();
    outcome
        .expect_code(2)
        .expect_told("broken.key")
        .expect_told("64 hexadecimal digits");
}

#[test]
fn digests_depend_on_the_key() {
    let account = emulator().parts(&["orders"]);
    let digests = |key: &str| {
        let desk = Desk::new();
        let path = desk.write("digest.key", key.repeat(32));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode is set");
        desk.scan(&account, &["--digest-key", "digest.key"])
            .run()
            .expect_code(4);
        let snapshot = desk.snapshot("account.jsonl");
        let api = snapshot
            .lines()
            .find(|line| line.contains("orders-api"))
            .map(str::to_owned);
        api.expect("orders-api")
    };
    let (one, again, other) = (digests("ab"), digests("ab"), digests("cd"));
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_before_the_scan() {
    let account = emulator().parts(&["billing"]);
    let desk = Desk::new();
    let args = ["scan", "-o", "nowhere/account.jsonl"];
    let outcome = desk.unbridge(args).account(&account).run();
    outcome.expect_told("nowhere/account.jsonl");
    assert_ne!(outcome.code(), 0);
    assert!(
        account.calls().keys().all(|call| call.starts_with("sts:")),
        "{:?}",
        account.calls()
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::with_demo();
    let report = ["report", "--snapshot", "account.jsonl.zst"];
    let json = [
        "report",
        "--snapshot",
        "account.jsonl.zst",
        "--output",
        "json",
    ];
    for args in [
        &report[..],
        &json[..],
        &["schema", "report"],
        &["demo"],
        &["--help"],
    ] {
        let mut running = desk.unbridge(args).start();
        running.close_stdout();
        let outcome = running.finish();
        assert_eq!(
            (outcome.code(), outcome.stderr.as_str()),
            (0, ""),
            "{args:?}"
        );
    }
    let outcome = desk
        .shell("unbridge report --snapshot account.jsonl.zst | head -c 1")
        .run();
    assert_eq!((outcome.code(), outcome.stderr.as_str()), (0, ""));
}
