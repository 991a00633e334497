//! `unbridge.toml` where it matters: what a scan reads, and what `unbridge settings` says of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::{Desk, emulator, list, read, repository, text};

/// The regions that a snapshot is of.
fn regions(desk: &Desk) -> Vec<String> {
    let plain = desk.snapshot("account.jsonl");
    let header: Value =
        serde_json::from_str(plain.lines().next().expect("a header")).expect("JSON");
    list(&header["header"]["regions"])
        .iter()
        .map(text)
        .collect()
}

#[test]
fn a_scan_reads_the_regions_of_the_settings_unless_a_flag_names_others() {
    let account = emulator().parts(&["billing"]);
    let desk = Desk::new();
    desk.write(
        "unbridge.toml",
        "regions = [\"eu-west-1\", \"eu-central-1\"]\n[pace]\npercent = 100\n",
    );
    let scan = |options: &[&str]| {
        let args = ["scan", "-o", "account.jsonl"].iter().chain(options);
        let outcome = desk.unbridge(args).account(&account).run();
        assert!([0, 4].contains(&outcome.code()), "{outcome:?}");
        outcome
    };
    let told = scan(&[]);
    assert_eq!(
        told.stderr.matches("settings: unbridge.toml").count(),
        1,
        "{told:?}"
    );
    assert_eq!(regions(&desk), ["eu-central-1", "eu-west-1"]);
    scan(&["--region", "us-east-1"]);
    assert_eq!(regions(&desk), ["us-east-1"]);
    scan(&["--no-config"]);
    assert_eq!(regions(&desk), ["us-east-1"], "the profile's");
}

#[test]
fn what_is_wrong_with_the_settings_stops_a_scan_before_any_call() {
    let account = emulator().parts(&["billing"]);
    let desk = Desk::new();
    desk.write("unbridge.toml", "[pace]\npercent = 101\n");
    let outcome = desk.unbridge(["scan"]).account(&account).run();
    outcome
        .expect_code(2)
        .expect_told("unbridge.toml, line 2: percent is 101");
    assert_eq!(desk.files(), ["unbridge.toml"]);
}

#[test]
fn settings_say_where_each_value_comes_from() {
    let desk = Desk::new();
    desk.write("unbridge.toml", "lock = \"local\"\n\n[waits]\npoll = 1\n");
    let outcome = desk.run(["settings", "--output", "json"]);
    outcome
        .expect_code(0)
        .expect_told("settings: unbridge.toml");
    let told: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(told["file"], "unbridge.toml");
    let of = |key: &str| {
        let known = list(&told["settings"]).iter().find(|one| one["key"] == key);
        known.unwrap_or_else(|| panic!("no {key}: {told}"))
    };
    assert_eq!(of("lock")["value"], "local");
    assert_eq!(of("lock")["from"]["line"], 1);
    assert_eq!(of("lock")["flag"], "--lock");
    assert_eq!(
        (&of("waits.poll")["value"], &of("waits.poll")["unit"]),
        (&1.into(), &"s".into())
    );
    assert_eq!(of("waits.poll")["from"]["line"], 4);
    assert_eq!(of("waits.drain")["from"]["kind"], "default");

    let none = desk.run(["settings", "--no-config", "--output", "json"]);
    let none: Value = serde_json::from_str(&none.expect_code(0).stdout).expect("JSON");
    assert_eq!(none["file"], Value::Null);
    let kinds: BTreeSet<String> = list(&none["settings"])
        .iter()
        .map(|one| text(&one["from"]["kind"]))
        .collect();
    assert_eq!(kinds, BTreeSet::from(["default".to_owned()]));
}

/// A secret that stands in the environment is never read for it.
#[test]
fn settings_do_not_show_what_the_environment_holds() {
    let desk = Desk::new();
    desk.write(
        "unbridge.toml",
        "[[probes.request]]\npath = \"/a\"\nheaders = { Authorization = \"env:TOKEN\" }\n",
    );
    let outcome = desk.unbridge(["settings"]).env("TOKEN", "s3cr3t").run();
    outcome.expect_code(0);
    assert!(outcome.stdout.contains("env:TOKEN"), "{outcome:?}");
    assert!(!outcome.stdout.contains("s3cr3t"), "{outcome:?}");
}

/// The rows of the tables of `docs/settings.md`: a key, and what it is by default.
fn documented() -> BTreeMap<String, String> {
    let document = read(&repository().join("docs/settings.md"));
    let rows = document.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let key = cells.next()?.strip_suffix('`')?;
        Some((key.to_owned(), cells.next()?.to_owned()))
    });
    rows.collect()
}

#[test]
fn every_key_is_documented_with_its_default() {
    let outcome = Desk::new().run(["settings", "--no-config", "--output", "json"]);
    let told: Value = serde_json::from_str(&outcome.expect_code(0).stdout).expect("JSON");
    let documented = documented();
    for setting in list(&told["settings"]) {
        let key = text(&setting["key"]);
        let row = documented.get(&key);
        let row = row.unwrap_or_else(|| panic!("docs/settings.md has no row for {key}"));
        let default = match &setting["value"] {
            // In words: there is nothing that could be typed.
            Value::Null => continue,
            Value::String(word) => word.clone(),
            Value::Number(number) => number.as_f64().expect("a number").to_string(),
            other => other.to_string(),
        };
        assert_eq!(*row, default, "{key}");
    }
    let known = list(&told["settings"]).len();
    let of_requests = ["path", "verb", "status", "api", "stage", "headers"];
    let gone = documented
        .keys()
        .filter(|key| !of_requests.contains(&key.as_str()));
    assert_eq!(gone.count(), known, "a row for a key that there is not");
}
