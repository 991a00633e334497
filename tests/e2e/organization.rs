//! Many accounts: scanned into a tree, in a folder and in a bucket; gone on with, divided, compared,
//! and judged together (H21). What goes wrong is told of the account it goes wrong in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Account, Desk, Invocation, Outcome, emulator, list, read, text, wait_for};

/// The day that the tests run on.
pub(crate) const DAY: &str = "date=2026-11-01";
pub(crate) const ROLE: &str = "unbridge-audit";

pub(crate) fn scan<'d>(
    desk: &'d Desk,
    management: &Account,
    into: &str,
    more: &[&str],
) -> Invocation<'d> {
    let common = ["scan", "--pace", "100", "--output", "json", "-o", into];
    desk.unbridge(common.iter().chain(more)).account(management)
}

pub(crate) fn of_all<'d>(
    desk: &'d Desk,
    management: &Account,
    into: &str,
    more: &[&str],
) -> Invocation<'d> {
    let mut options = vec!["--organization", "--assume-role", ROLE];
    options.extend(more);
    scan(desk, management, into, &options)
}

/// Every file below a folder of the desk, by its name below it.
pub(crate) fn files(desk: &Desk, below: &str) -> BTreeMap<String, PathBuf> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                let name = path.strip_prefix(root).expect("below the root");
                found.insert(name.display().to_string(), path);
            }
        }
    }
    let root = desk.work().join(below);
    let mut found = BTreeMap::new();
    walk(&root, &root, &mut found);
    found
}

pub(crate) fn snapshot(account: &str, region: &str) -> String {
    format!("account={account}/region={region}/{DAY}/snapshot.jsonl.zst")
}

/// Accounts of the scenario by what it says of them.
pub(crate) fn accounts(management: &Account, key: &str) -> Vec<String> {
    match &management.seeded[key] {
        Value::Array(all) => all.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

pub(crate) fn gap_of<'r>(report: &'r Value, account: &str) -> &'r Value {
    let mut gaps = list(&report["gaps"]).iter();
    let found = gaps.find(|gap| gap["account"] == account);
    found.unwrap_or_else(|| panic!("no gap of {account}: {}", report["gaps"]))
}

pub(crate) fn nlbs_of<'r>(report: &'r Value, account: &str) -> Vec<&'r Value> {
    let all = list(&report["nlbs"]).iter();
    all.filter(|nlb| nlb["account"] == account).collect()
}

/// A report without what differs between two scans of the same accounts.
fn timeless(outcome: &Outcome) -> Value {
    let mut report = outcome.report().0;
    report["generated_from"] = Value::Null;
    report
}

#[test]
fn every_account_is_read_and_those_that_cannot_be_are_named() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let outcome = of_all(&desk, &management, "audit/", &[]).run();
    outcome.expect_code(4);
    let report = outcome.report().0;
    let (lacking, refusing) = (
        &accounts(&management, "lacking")[0],
        &accounts(&management, "refusing")[0],
    );
    for account in [lacking, refusing] {
        let gap = gap_of(&report, account);
        assert_eq!(gap["class"], "denied", "{gap}");
        outcome.expect_told(&format!("not read: account {account}"));
    }
    let closed = &accounts(&management, "closed")[0];
    outcome.expect_told(&format!("not read: account {closed}"));
    let kept = files(&desk, "audit");
    for account in accounts(&management, "readable") {
        for region in ["us-east-1", "global"] {
            assert!(kept.contains_key(&snapshot(&account, region)), "{kept:?}");
        }
    }
    assert!(kept.contains_key(&snapshot(lacking, "global")));
    assert!(!kept.contains_key(&snapshot(closed, "global")));
    assert!(kept.contains_key(&format!("organization/{DAY}/accounts.json")));
    let marks = kept.keys().filter(|name| name.starts_with("scans/"));
    assert_eq!(marks.count(), 0, "the scan is over");
    // What the tree says later is what the scan said.
    let later = desk.run(["report", "--snapshot", "audit", "--output", "json"]);
    later.expect_code(4);
    assert_eq!(later.stdout, outcome.stdout);
}

#[test]
fn users_in_sibling_accounts_count_before_any_verdict_h21() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let report = of_all(&desk, &management, "audit/", &[]).run().report().0;
    let readable = accounts(&management, "readable");
    let ends = |cross: &Value| (text(&cross["owner"]), text(&cross["user"]));
    let seen = |cross: &&Value| {
        let (owner, user) = ends(cross);
        readable.contains(&owner) && readable.contains(&user)
    };
    let crossing: Vec<_> = list(&management.seeded["crossing"])
        .iter()
        .filter(seen)
        .collect();
    assert!(!crossing.is_empty());
    for cross in crossing {
        let (owner, user) = ends(cross);
        let owned = nlbs_of(&report, &owner);
        let mut owned = owned.iter();
        let nlb = owned.find(|nlb| nlb["arn"] == cross["load_balancer"]);
        let nlb = nlb.unwrap_or_else(|| panic!("{cross}"));
        assert_eq!(nlb["verdict"], "rewirable", "{cross}");
        let told = nlb["findings"].to_string();
        assert!(told.contains(&format!("(account {user})")), "{told}");
    }
    // The account that nobody can read has an alias: nothing is removable without a condition.
    for nlb in list(&report["nlbs"]) {
        assert_ne!(nlb["verdict"], "removable", "{nlb}");
    }
    let lacking = &accounts(&management, "lacking")[0];
    let unsure = list(&report["nlbs"]).iter();
    let unsure = unsure.filter(|nlb| nlb["verdict"] == "removable-if");
    let mut told = unsure.map(|nlb| nlb["findings"].to_string()).peekable();
    assert!(told.peek().is_some());
    assert!(told.all(|findings| findings.contains(lacking.as_str())));
}

#[test]
fn accounts_that_the_organization_has_and_the_tree_has_not_are_named_h21() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    of_all(&desk, &management, "audit/", &[])
        .run()
        .expect_code(4);
    let gone = &accounts(&management, "readable")[1];
    fs::remove_dir_all(desk.work().join(format!("audit/account={gone}"))).expect("it was there");
    let outcome = desk.run(["report", "--snapshot", "audit/", "--output", "json"]);
    outcome.expect_code(4);
    let gap = gap_of(&outcome.report().0, gone).clone();
    assert_eq!(gap["class"], "no-snapshot", "{gap}");
}

#[test]
fn units_and_lists_choose_accounts() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let units: BTreeMap<String, String> = {
        let all = management.seeded["organization"]["accounts"].as_object();
        let all = all.expect("accounts").iter();
        all.map(|(id, account)| (id.clone(), text(&account["ou"])))
            .collect()
    };
    let readable = accounts(&management, "readable");
    let unit = readable
        .iter()
        .map(|id| &units[id])
        .find(|unit| !unit.is_empty());
    let unit = unit.expect("an account in a unit");
    of_all(&desk, &management, "unit/", &["--ou", unit]).run();
    let kept = files(&desk, "unit");
    for (account, of) in &units {
        let below = of == unit || of.starts_with(&format!("{unit}/"));
        let wanted = below && *account != accounts(&management, "closed")[0];
        assert_eq!(
            kept.contains_key(&snapshot(account, "global")),
            wanted,
            "{account} in {of}"
        );
    }
    desk.write("accounts.txt", format!("# two of them\n{}\n", readable[0]));
    let options = [
        "--accounts",
        "accounts.txt",
        "--accounts",
        &readable[1],
        "--assume-role",
        ROLE,
    ];
    let outcome = scan(&desk, &management, "list/", &options).run();
    outcome.expect_code(0);
    let kept = files(&desk, "list");
    let snapshots = kept.keys().filter(|name| name.starts_with("account="));
    assert_eq!(snapshots.count(), 4, "{kept:?}");
}

#[test]
fn a_role_is_asked_for_as_its_trust_policy_wants_it() {
    let management = emulator().organization(json!({ "external_id": "our-secret-word" }));
    let desk = Desk::new();
    let own = &management.id;
    let member = accounts(&management, "readable")
        .into_iter()
        .find(|id| id != own);
    let member = member.expect("a member");
    let options = ["--accounts", &member, "--assume-role", ROLE];
    let wrong = scan(&desk, &management, "wrong/", &options).run();
    wrong.expect_code(4);
    assert_eq!(gap_of(&wrong.report().0, &member)["class"], "denied");
    let mut options = options.to_vec();
    options.extend([
        "--external-id",
        "our-secret-word",
        "--session-name",
        "auditor",
    ]);
    let right = scan(&desk, &management, "right/", &options).run();
    right.expect_code(0);
    let told = format!("{}{}", right.stdout, right.stderr);
    assert!(!told.contains("our-secret-word"));
    let kept = &files(&desk, "right")[&snapshot(&member, "global")];
    let plain = zstd::decode_all(fs::File::open(kept).expect("a file")).expect("zstd");
    let plain = String::from_utf8(plain).expect("text");
    assert!(
        plain.contains(&format!("assumed-role/{ROLE}/auditor")),
        "{plain}"
    );
}

#[test]
fn a_role_whose_keys_end_is_taken_again_during_the_scan() {
    let management = emulator().organization(json!({}));
    let member = accounts(&management, "readable")
        .into_iter()
        .find(|id| *id != management.id);
    let member = member.expect("a member");
    // AWS hands out no such keys; here they are renewed before every call.
    let short = json!({ "id": member, "session_seconds": 5 });
    emulator().post("organization/account", &short);
    let desk = Desk::new();
    let options = ["--accounts", &member, "--assume-role", ROLE];
    scan(&desk, &management, "audit/", &options)
        .run()
        .expect_code(0);
    let taken = management.calls()["sts:AssumeRole"];
    assert!(taken > 1, "{taken}");
}

#[test]
fn an_account_that_is_closed_meanwhile_stops_none_of_the_others() {
    for closed_as in ["denied", "subscription", "token"] {
        let management = emulator().organization(json!({}));
        let own = &management.id;
        let readable = accounts(&management, "readable");
        let closing = readable.iter().find(|id| *id != own).expect("a member");
        emulator().post(
            "faults",
            &json!({ "account": closing, "rules": [{ "service": "apigateway", "delay_ms": 700, "times": -1 }] }),
        );
        let desk = Desk::new();
        let running = of_all(&desk, &management, "audit/", &[]).start();
        wait_for("the account's first call", || {
            emulator()
                .calls_of(closing)
                .get("apigateway:GetVpcLinks")
                .copied()
        });
        let close = json!({ "id": closing, "status": "SUSPENDED", "closed_as": closed_as });
        emulator().post("organization/account", &close);
        let outcome = running.finish();
        outcome.expect_code(4);
        let report = outcome.report().0;
        gap_of(&report, closing);
        let mut others = readable.iter().filter(|id| *id != closing && *id != own);
        assert!(
            others.any(|id| !nlbs_of(&report, id).is_empty()),
            "{report}"
        );
    }
}

#[test]
fn parts_of_the_accounts_are_together_the_whole() {
    let management = emulator().organization(json!({ "members": 12 }));
    let desk = Desk::new();
    let whole = of_all(&desk, &management, "whole/", &[]).run();
    let part = |flags: &[&str], index: Option<(&str, &str)>| {
        let mut asked = of_all(&desk, &management, "parts/", flags);
        if let Some((name, value)) = index {
            asked = asked.env(name, value);
        }
        let outcome = asked.run();
        assert!([0, 4].contains(&outcome.code()), "{outcome:?}");
        outcome.expect_told("unbridge report --snapshot parts");
    };
    part(&["--shard", "1/3"], None);
    part(&["--shards", "3"], Some(("JOB_COMPLETION_INDEX", "1")));
    part(&["--shards", "3"], Some(("AWS_BATCH_JOB_ARRAY_INDEX", "2")));
    let names = |below| files(&desk, below).into_keys().collect::<Vec<_>>();
    assert_eq!(names("parts"), names("whole"));
    let parts = desk.run(["report", "--snapshot", "parts/", "--output", "json"]);
    assert_eq!(timeless(&parts), timeless(&whole));
}

#[test]
fn a_scan_that_is_killed_is_gone_on_with_and_keeps_nothing_by_halves() {
    let management = emulator().organization(json!({}));
    let readable = accounts(&management, "readable");
    let slow = readable
        .iter()
        .find(|id| **id != management.id)
        .expect("a member");
    let rule = json!({ "service": "route53", "delay_ms": 60_000, "times": -1 });
    emulator().post("faults", &json!({ "account": slow, "rules": [rule] }));
    let desk = Desk::new();
    let running = of_all(&desk, &management, "audit/", &[]).start();
    let done = |name: String| {
        wait_for(&name, || {
            desk.work().join("audit").join(&name).exists().then_some(())
        })
    };
    for account in readable.iter().filter(|id| *id != slow) {
        done(snapshot(account, "global"));
    }
    done(snapshot(slow, "us-east-1"));
    running.kill();
    emulator().post("faults", &json!({ "account": slow, "rules": [] }));
    // A report says what is missing, as long as it is.
    let partly = desk.run(["report", "--snapshot", "audit/", "--output", "json"]);
    partly.expect_code(4);
    gap_of(&partly.report().0, slow);
    // Nobody begins another one over it.
    let before = emulator().calls_of(slow);
    let refused = of_all(&desk, &management, "audit/", &[]).run();
    refused.expect_code(5).expect_told("--resume");
    assert_eq!(emulator().calls_of(slow), before);
    let resumed = of_all(&desk, &management, "audit/", &["--resume"]).run();
    resumed.expect_code(4);
    let after = emulator().calls_of(slow);
    assert_eq!(
        after["apigateway:GetRestApis"], before["apigateway:GetRestApis"],
        "the region was whole"
    );
    let calls = emulator().calls_of(&readable[2]);
    assert_eq!(calls["apigateway:GetVpcLinks"], 1, "the account was whole");
    let whole = of_all(&Desk::new(), &management, "audit/", &[]).run();
    assert_eq!(timeless(&resumed), timeless(&whole));
}

#[test]
fn ctrl_c_keeps_whole_regions_and_says_how_to_go_on() {
    let management = emulator().organization(json!({}));
    let readable = accounts(&management, "readable");
    let slow = readable
        .iter()
        .find(|id| **id != management.id)
        .expect("a member");
    let rule = json!({ "service": "route53", "delay_ms": 60_000, "times": -1 });
    emulator().post("faults", &json!({ "account": slow, "rules": [rule] }));
    let desk = Desk::new();
    let running = of_all(&desk, &management, "audit/", &[]).start();
    let place = desk.work().join("audit").join(snapshot(slow, "us-east-1"));
    wait_for("the region", || place.exists().then_some(()));
    running.interrupt();
    running
        .finish()
        .expect_code(130)
        .expect_told("--resume goes on with it");
    emulator().post("faults", &json!({ "account": slow, "rules": [] }));
    let resumed = of_all(&desk, &management, "audit/", &["--resume"]).run();
    resumed.expect_code(4);
    assert!(files(&desk, "audit").contains_key(&snapshot(slow, "global")));
}

#[test]
fn a_bucket_holds_the_same_tree_as_a_folder() {
    let management = emulator().organization(json!({}));
    let bucket = management.bucket("tree");
    let desk = Desk::new();
    let place = format!("s3://{bucket}/nlb/audit");
    // Refused for pace at first, as S3 does.
    management.faults(json!([{ "service": "s3", "kind": "throttle", "times": 2 }]));
    let outcome = of_all(&desk, &management, &place, &[]).run();
    outcome.expect_code(4);
    let in_folder = of_all(&desk, &management, "audit/", &[]).run();
    assert_eq!(timeless(&outcome), timeless(&in_folder));
    let report = |at: &str| desk.unbridge(["report", "--snapshot", at, "--output", "json"]);
    let again = report(&place).account(&management).run();
    assert_eq!(again.stdout, outcome.stdout);
    let diff = ["diff", &place, "audit/", "--output", "json"];
    let diff = desk.unbridge(diff).account(&management).run();
    diff.expect_code(4);
    assert_eq!(diff.report().0["nlbs"], json!([]), "nothing changed");
    // A second scan of the day takes the place of the first.
    of_all(&desk, &management, &place, &[]).run().expect_code(4);
}

#[test]
fn a_bucket_that_cannot_be_used_is_told_before_any_account_is_read() {
    let management = emulator().organization(json!({}));
    let member = accounts(&management, "readable")
        .into_iter()
        .find(|id| *id != management.id);
    let member = member.expect("a member");
    let desk = Desk::new();
    let absent = of_all(&desk, &management, "s3://there-is-no-such-bucket/x", &[]).run();
    absent.expect_code(1).expect_told("NoSuchBucket");
    let bucket = management.bucket("denied");
    management.denied(&["s3:PutObject"]);
    let denied = of_all(&desk, &management, &format!("s3://{bucket}/x"), &[]).run();
    denied.expect_code(1).expect_told("AccessDenied");
    management.denied(&[]);
    assert_eq!(emulator().calls_of(&member), BTreeMap::new());
    let none = desk.unbridge(["report", "--snapshot", "s3://there-is-no-such-bucket"]);
    let none = none.account(&management).run();
    none.expect_code(2).expect_told("NoSuchBucket");
    let nothing = desk.unbridge(["report", "--snapshot", &format!("s3://{bucket}/empty")]);
    nothing
        .account(&management)
        .run()
        .expect_code(2)
        .expect_told("holds no snapshots");
}

#[test]
fn an_account_that_cannot_be_kept_is_named_and_gone_on_with() {
    let management = emulator().organization(json!({}));
    let bucket = management.bucket("full");
    let member = accounts(&management, "readable")
        .into_iter()
        .find(|id| *id != management.id);
    let member = member.expect("a member");
    let key = format!("nlb/account={member}/");
    let rule = json!({ "service": "s3", "path": key, "status": 403, "code": "QuotaExceeded", "times": -1 });
    management.faults(json!([rule]));
    let desk = Desk::new();
    let place = format!("s3://{bucket}/nlb");
    let outcome = of_all(&desk, &management, &place, &[]).run();
    outcome.expect_code(1);
    outcome.expect_told(&format!("not kept: account {member}"));
    outcome.expect_told("--resume reads what is missing");
    management.faults(json!([]));
    let resumed = of_all(&desk, &management, &place, &["--resume"]).run();
    resumed.expect_code(4).expect_told("read 1, whole already");
}

#[test]
fn foreign_and_damaged_files_in_a_tree_are_named_and_the_rest_goes_on() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let whole = of_all(&desk, &management, "audit/", &[]).run().report().0;
    let readable = accounts(&management, "readable");
    let with_nlbs = |id: &&String| !nlbs_of(&whole, id).is_empty();
    let mut owners = readable.iter().filter(with_nlbs);
    let (damaged, kept) = (owners.next().expect("one"), owners.next().expect("another"));
    let place = format!("audit/{}", snapshot(damaged, "us-east-1"));
    let path = desk.work().join(&place);
    let mut bytes = fs::read(&path).expect("a snapshot");
    bytes.truncate(bytes.len() / 2);
    desk.write(&place, bytes);
    desk.write("audit/README.txt", "ours");
    // A snapshot in another one's place.
    let foreign = format!("audit/{}", snapshot(kept, "eu-west-1"));
    fs::create_dir_all(desk.work().join(&foreign).parent().expect("a folder")).expect("room");
    let other = desk
        .work()
        .join(format!("audit/{}", snapshot(kept, "global")));
    fs::copy(other, desk.work().join(&foreign)).expect("a copy");
    let outcome = desk.run(["report", "--snapshot", "audit/", "--output", "json"]);
    outcome.expect_code(4);
    outcome
        .expect_told("README.txt")
        .expect_told(&place)
        .expect_told(&foreign);
    let report = outcome.report().0;
    assert_eq!(gap_of(&report, damaged)["class"], "no-snapshot");
    assert_eq!(nlbs_of(&report, damaged), Vec::<&Value>::new());
    assert_eq!(nlbs_of(&report, kept), nlbs_of(&whole, kept));
}

#[test]
fn one_account_of_a_tree_is_explained_and_planned() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let report = of_all(&desk, &management, "audit/", &[]).run().report().0;
    let unsure = list(&report["nlbs"]).iter();
    let nlb = unsure
        .into_iter()
        .find(|nlb| nlb["verdict"] == "removable-if");
    let nlb = nlb.expect("one that may go");
    let (name, account) = (text(&nlb["name"]), text(&nlb["account"]));
    let unnamed = desk.run(["explain", &name, "--snapshot", "audit/"]);
    unnamed.expect_code(2).expect_told("--account ID");
    let explain = [
        "explain",
        &name,
        "--snapshot",
        "audit/",
        "--account",
        &account,
    ];
    let explained = desk.run(explain);
    explained.expect_code(4);
    assert!(
        explained.stdout.contains("route53:ListHostedZones"),
        "{explained:?}"
    );
    let by_arn = desk.run(["explain", &text(&nlb["arn"]), "--snapshot", "audit/"]);
    assert_eq!(by_arn.stdout, explained.stdout);
    let plan = [
        "plan",
        "--snapshot",
        "audit/",
        "--account",
        &account,
        "--nlb",
        &name,
        "-o",
        "a.plan.json",
    ];
    let planned = desk.run(plan);
    assert!([0, 4, 5].contains(&planned.code()), "{planned:?}");
}

#[test]
fn the_accounts_of_several_profiles_are_read_together() {
    let one = emulator().account("light", json!({}));
    let other = emulator().account("light", json!({}));
    let desk = Desk::new();
    let mut profiles = String::new();
    for (name, account) in [("one", &one), ("other", &other), ("again", &one)] {
        profiles.push_str(&format!(
            "[profile {name}]\nregion = us-east-1\naws_access_key_id = {}\naws_secret_access_key = x\n",
            account.access_key()
        ));
    }
    fs::create_dir_all(desk.home().join(".aws")).expect("a folder");
    fs::write(desk.home().join(".aws/config"), profiles).expect("room");
    let asked = [
        "scan",
        "--pace",
        "100",
        "--output",
        "json",
        "--profile",
        "one",
        "--profile",
    ];
    let run = |more: &[&str]| desk.unbridge(asked.iter().chain(more)).emulated().run();
    let outcome = run(&["other", "-o", "audit/"]);
    outcome.expect_code(0);
    let report = outcome.report().0;
    for account in [&one, &other] {
        assert!(!nlbs_of(&report, &account.id).is_empty(), "{report}");
    }
    run(&["again", "-o", "audit/"])
        .expect_code(2)
        .expect_told("two profiles are of account");
    run(&["other"]).expect_code(2).expect_told("-o DIR/");
}

#[test]
fn what_changed_between_two_days_is_told() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    of_all(&desk, &management, "audit/", &["--date", "2026-10-01"])
        .run()
        .expect_code(4);
    of_all(&desk, &management, "audit/", &[])
        .run()
        .expect_code(4);
    let same = ["diff", "audit/", "audit/", "--old-date", "2026-10-01"];
    let outcome = desk.run(same);
    outcome.expect_code(4);
    assert!(outcome.stdout.contains("Nothing changed"), "{outcome:?}");
    // An NLB gets an alias in a sibling account.
    let owner = accounts(&management, "readable")
        .into_iter()
        .find(|id| *id != management.id);
    let owner = owner.expect("a member");
    let region = desk
        .work()
        .join("audit")
        .join(snapshot(&owner, "us-east-1"));
    fs::remove_file(region).expect("it was there");
    let gone = desk.run(same);
    gone.expect_code(4);
    assert!(!gone.stdout.contains("Nothing changed"), "{gone:?}");
    assert!(
        !gone.stdout.contains("solved"),
        "nothing is solved over a gap: {gone:?}"
    );
    let none = desk.run(["diff", "audit/", "audit/", "--old-date", "2026-09-01"]);
    none.expect_code(2)
        .expect_told("holds no snapshots of 2026-09-01");
}

#[test]
fn flags_that_do_not_fit_are_refused_before_any_call() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let check = |into: &str, options: &[&str], words: &str| {
        let outcome = scan(&desk, &management, into, options).run();
        outcome.expect_code(2).expect_told(words);
    };
    check("a/", &["--organization"], "--assume-role");
    check(
        "a/",
        &["--accounts", "1234", "--assume-role", ROLE],
        "names neither accounts nor a file",
    );
    check("a/", &["--ou", "Prod"], "--organization");
    check("a/", &["--shard", "3/2"], "1/4 to 4/4");
    check("a/", &["--shards", "2"], "neither is set");
    check(
        "a/",
        &["--organization", "--assume-role", ROLE, "--ou", "Nowhere"],
        "no account of the organization",
    );
    desk.write("there.jsonl", "x");
    check(
        "there.jsonl",
        &["--organization", "--assume-role", ROLE],
        "is a file",
    );
    let calls = emulator().calls_of(&management.id);
    let asked: Vec<_> = calls
        .keys()
        .filter(|call| !call.starts_with("organizations:") && !call.starts_with("sts:"))
        .collect();
    assert_eq!(asked, Vec::<&String>::new());
    // Another account's organization is not ours to list.
    let stranger = emulator().account("light", json!({}));
    let refused = of_all(&desk, &stranger, "b/", &[]).run();
    refused
        .expect_code(1)
        .expect_told("--accounts does without");
    assert_eq!(read(&desk.work().join("there.jsonl")), "x");
}
