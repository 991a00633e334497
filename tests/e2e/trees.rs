//! Trees of snapshots as they are found: from several days, with accounts that no scan came to, with
//! names that are none of a tree's, and with what cannot be read. Whoever may lead to an NLB and was
//! not looked at keeps it from being removable (H21).

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Account, Desk, Outcome, emulator, list, text};
use crate::organization::{DAY, ROLE, accounts, files, gap_of, nlbs_of, of_all, scan, snapshot};

const EARLIER: &str = "2026-10-01";

fn of_these(
    desk: &Desk,
    management: &Account,
    accounts: &[&str],
    into: &str,
    more: &[&str],
) -> Outcome {
    let accounts = accounts.join(",");
    let mut options = vec!["--accounts", &accounts, "--assume-role", ROLE];
    options.extend(more);
    scan(desk, management, into, &options).run()
}

fn report(desk: &Desk, tree: &str, more: &[&str]) -> Outcome {
    let common = ["report", "--output", "json", "--snapshot", tree];
    desk.run(common.iter().chain(more))
}

fn verdict_of(report: &Value, arn: &Value) -> String {
    let mut nlbs = list(&report["nlbs"]).iter();
    let nlb = nlbs.find(|nlb| nlb["arn"] == *arn);
    text(&nlb.unwrap_or_else(|| panic!("no {arn}"))["verdict"])
}

/// An NLB, its account, and another account with something that leads to it; both can be read.
struct Crossing {
    owner: String,
    user: String,
    nlb: Value,
}

impl Crossing {
    fn of(management: &Account) -> Self {
        let readable = accounts(management, "readable");
        let is_readable = |id: &Value| readable.contains(&text(id));
        let all = list(&management.seeded["crossing"]).iter();
        let mut seen = all.filter(|one| is_readable(&one["owner"]) && is_readable(&one["user"]));
        let one = seen.next().expect("two accounts");
        Self {
            owner: text(&one["owner"]),
            user: text(&one["user"]),
            nlb: one["load_balancer"].clone(),
        }
    }
}

#[test]
fn what_another_day_knows_of_an_account_counts_on_every_day_h21() {
    let management = emulator().organization(json!({}));
    let crossing = Crossing::of(&management);
    let (owner, user) = (crossing.owner.as_str(), crossing.user.as_str());
    let desk = Desk::new();
    let alone = of_these(&desk, &management, &[owner], "alone/", &[]);
    alone.expect_code(0);
    let alone = verdict_of(&alone.report().0, &crossing.nlb);
    assert_ne!(alone, "rewirable", "nobody else is known");
    of_these(&desk, &management, &[user], "t/", &["--date", EARLIER]).expect_code(0);
    let ended = of_these(&desk, &management, &[owner], "t/", &[]);
    let whole = report(&desk, "t/", &[]);
    let of_a_day = report(&desk, "t/", &["--date", "2026-11-01"]);
    assert_eq!(of_a_day.stdout, ended.stdout);
    whole.expect_code(0);
    ended.expect_code(4);
    for outcome in [&ended, &whole] {
        let verdict = verdict_of(&outcome.report().0, &crossing.nlb);
        assert_eq!(verdict, "rewirable");
    }
    let gap = gap_of(&ended.report().0, user).to_string();
    assert!(
        gap.contains("a snapshot of 2026-10-01, and none of"),
        "{gap}"
    );
    // A day before anybody looked into the owner: it may have been there.
    let before = report(&desk, "t/", &["--date", EARLIER]);
    before.expect_code(4);
    gap_of(&before.report().0, owner);
}

#[test]
fn an_account_that_a_scan_was_to_read_and_did_not_is_missing_in_every_report_h21() {
    let management = emulator().organization(json!({}));
    let crossing = Crossing::of(&management);
    let both = [crossing.owner.as_str(), crossing.user.as_str()];
    let user = &crossing.user;
    let desk = Desk::new();
    let never_kept = |tree: &str| {
        for region in ["us-east-1", "global"] {
            let place = format!("{tree}account={user}/region={region}/{DAY}");
            fs::remove_dir_all(desk.work().join(place)).expect("it was there");
        }
    };
    of_these(&desk, &management, &both, "t/", &[]).expect_code(0);
    never_kept("t/");
    let outcome = report(&desk, "t/", &[]);
    outcome.expect_code(4);
    let gap = gap_of(&outcome.report().0, user).to_string();
    assert!(gap.contains("was to read it, and no snapshot"), "{gap}");
    let verdict = verdict_of(&outcome.report().0, &crossing.nlb);
    assert_ne!(verdict, "removable");
    // What an earlier scan read of it is old.
    of_these(&desk, &management, &both, "old/", &["--date", EARLIER]).expect_code(0);
    of_these(&desk, &management, &both, "old/", &[]).expect_code(0);
    never_kept("old/");
    let outcome = report(&desk, "old/", &[]);
    outcome.expect_code(4);
    let gap = gap_of(&outcome.report().0, user).to_string();
    assert!(
        gap.contains("its newest snapshot is of 2026-10-01"),
        "{gap}"
    );
    // That another scan leaves it out does not make it seen.
    let later = ["--date", "2026-11-02"];
    of_these(&desk, &management, &both[..1], "t/", &later).expect_code(4);
    report(&desk, "t/", &[]).expect_code(4);
}

#[test]
fn a_scan_that_did_not_end_and_left_nothing_else_makes_reports_incomplete() {
    let management = emulator().organization(json!({}));
    let own = management.id.clone();
    let desk = Desk::new();
    of_these(&desk, &management, &[&own], "t/", &[]).expect_code(0);
    report(&desk, "t/", &[]).expect_code(0);
    let mark = |day: &str| {
        let place = format!("t/scans/date={day}");
        fs::create_dir_all(desk.work().join(&place)).expect("room");
        desk.write(&format!("{place}/shard-1-of-1.json"), "{}");
    };
    mark("2026-11-02");
    let outcome = report(&desk, "t/", &[]);
    outcome.expect_code(4);
    outcome.expect_told("a scan of 2026-11-02 runs, or was broken off");
    gap_of(&outcome.report().0, &own);
    // One that is older than everything there says nothing.
    mark("2026-10-02");
    fs::remove_dir_all(desk.work().join("t/scans/date=2026-11-02")).expect("it was there");
    report(&desk, "t/", &[]).expect_code(0);
}

#[cfg(unix)]
#[test]
fn names_that_are_none_of_a_tree_end_no_report() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let management = emulator().organization(json!({}));
    let own = management.id.clone();
    let desk = Desk::new();
    of_these(&desk, &management, &[&own], "t/", &[]).expect_code(0);
    let whole = report(&desk, "t/", &[]);
    whole.expect_code(0);
    let tree = desk.work().join("t");
    fs::write(tree.join(OsStr::from_bytes(b"caf\xe9")), "ours").expect("room");
    let folder = tree.join(OsStr::from_bytes(b"account=\xff"));
    fs::create_dir(&folder).expect("room");
    fs::write(folder.join("ours"), "").expect("room");
    symlink(&tree, tree.join("round")).expect("a link");
    let outcome = report(&desk, "t/", &[]);
    outcome.expect_code(0);
    assert_eq!(outcome.stdout, whole.stdout);
    outcome
        .expect_told("t/caf")
        .expect_told("t/account=")
        .expect_told("t/round: a symbolic link leads back");
    // In an account's folder it stands for what may be there.
    let account = tree.join(format!("account={own}"));
    symlink(&account, account.join("region=eu-west-1")).expect("a link");
    let outcome = report(&desk, "t/", &[]);
    outcome.expect_code(4);
    let gap = gap_of(&outcome.report().0, &own).to_string();
    assert!(gap.contains("a symbolic link leads back"), "{gap}");
}

#[test]
fn keys_that_no_folder_can_have_end_no_report_on_a_bucket() {
    let management = emulator().organization(json!({}));
    let bucket = management.bucket("odd");
    let readable = accounts(&management, "readable");
    let both = [readable[0].as_str(), readable[1].as_str()];
    let place = format!("s3://{bucket}/team~nlb");
    let desk = Desk::new();
    of_these(&desk, &management, &both, &place, &[]).expect_code(0);
    let kept = management.objects(&bucket);
    assert!(kept.contains("team~nlb/account="), "{kept}");
    let report = || {
        let asked = ["report", "--output", "json", "--snapshot", &place];
        desk.unbridge(asked).account(&management).run()
    };
    let whole = report();
    whole.expect_code(0);
    management.put_object(&bucket, "team~nlb//ours.txt");
    let outcome = report();
    outcome.expect_code(0).expect_told("empty path segment");
    assert_eq!(outcome.stdout, whole.stdout);
    let nowhere = format!("s3://{bucket}/a//b");
    let refused = desk.unbridge(["report", "--snapshot", &nowhere]);
    let refused = refused.account(&management).run();
    refused.expect_code(2).expect_told("is no place for a tree");
}

#[test]
fn a_key_in_an_accounts_place_that_cannot_be_told_is_a_gap_of_the_account() {
    let management = emulator().organization(json!({}));
    let bucket = management.bucket("odd");
    let readable = accounts(&management, "readable");
    let both = [readable[0].as_str(), readable[1].as_str()];
    let place = format!("s3://{bucket}/t");
    let desk = Desk::new();
    of_these(&desk, &management, &both, &place, &[]).expect_code(0);
    let odd = format!("t/account={}//ours.txt", both[0]);
    management.put_object(&bucket, &odd);
    let asked = ["report", "--output", "json", "--snapshot", &place];
    let outcome = desk.unbridge(asked).account(&management).run();
    outcome.expect_code(4);
    gap_of(&outcome.report().0, both[0]);
    assert!(!nlbs_of(&outcome.report().0, both[1]).is_empty());
}

#[test]
fn an_account_that_was_closed_is_left_out_and_gone() {
    let management = emulator().organization(json!({}));
    let own = &management.id;
    let readable = accounts(&management, "readable");
    let closing = readable.iter().find(|id| *id != own).expect("a member");
    let desk = Desk::new();
    let before = of_all(&desk, &management, "t/", &["--date", EARLIER]).run();
    before.expect_code(4);
    assert!(!nlbs_of(&before.report().0, closing).is_empty());
    let close = json!({ "id": closing, "status": "SUSPENDED", "closed_as": "denied" });
    emulator().post("organization/account", &close);
    of_all(&desk, &management, "t/", &[]).run().expect_code(4);
    let outcome = report(&desk, "t/", &[]);
    outcome.expect_told(&format!("not in the report: account {closing}"));
    let said = outcome.report().0;
    assert_eq!(nlbs_of(&said, closing), Vec::<&Value>::new());
    assert!(!said["gaps"].to_string().contains(closing.as_str()));
    let page = desk.run(["report", "--snapshot", "t/", "--width", "200"]);
    assert!(
        page.stdout.contains("2 closed accounts are left out"),
        "{page:?}"
    );
    let diff = [
        "diff",
        "t/",
        "t/",
        "--old-date",
        EARLIER,
        "--output",
        "json",
    ];
    let diff = desk.run(diff).report().0;
    assert_eq!(diff["accounts"]["gone"], json!([closing]));
    let all = list(&diff["nlbs"]).iter();
    let mut of_it = all.filter(|nlb| nlb["account"] == **closing).peekable();
    assert!(of_it.peek().is_some());
    assert!(of_it.all(|nlb| nlb["change"] == "gone"), "{diff}");
    let explain = [
        "explain",
        "any-nlb",
        "--snapshot",
        "t/",
        "--account",
        closing,
    ];
    desk.run(explain).expect_code(2).expect_told("is suspended");
}

#[test]
fn a_damaged_list_of_accounts_is_named_and_gone_on_without() {
    let management = emulator().organization(json!({}));
    let readable = accounts(&management, "readable");
    let desk = Desk::new();
    of_these(&desk, &management, &[&readable[0]], "t/", &[]).expect_code(0);
    let whole = report(&desk, "t/", &[]).report().0;
    let lists = files(&desk, "t").into_keys();
    let lists: Vec<String> = lists.filter(|name| name.contains("wanted-")).collect();
    assert_eq!(lists.len(), 1);
    for place in [
        format!("t/{}", lists[0]),
        format!("t/organization/{DAY}/accounts.json"),
    ] {
        desk.write(&place, "{\"format\":");
        let outcome = report(&desk, "t/", &[]);
        outcome.expect_code(4).expect_told(&place);
        let report = outcome.report().0;
        assert!(report["gaps"].to_string().contains("json cannot be used"));
        let (had, has) = (
            nlbs_of(&whole, &readable[0]),
            nlbs_of(&report, &readable[0]),
        );
        assert_eq!(had.len(), has.len());
        assert!(
            has.iter().all(|nlb| nlb["verdict"] != "removable"),
            "{has:?}"
        );
        fs::remove_file(desk.work().join(&place)).expect("it was there");
    }
}

#[test]
fn an_account_whose_files_are_all_damaged_keeps_its_day() {
    let management = emulator().organization(json!({}));
    let readable = accounts(&management, "readable");
    let both = [readable[0].as_str(), readable[1].as_str()];
    let desk = Desk::new();
    of_these(&desk, &management, &both, "t/", &[]).expect_code(0);
    for region in ["us-east-1", "global"] {
        desk.write(&format!("t/{}", snapshot(both[0], region)), "x");
    }
    let outcome = report(&desk, "t/", &[]);
    outcome.expect_code(4);
    let report = outcome.report().0;
    let mut scans = list(&report["generated_from"]["accounts"]).iter();
    let scan = scans.find(|scan| scan["account"] == both[0]);
    let scan = scan.expect("it stays in the report");
    assert_eq!(scan["started_at"], "2026-11-01T00:00:00Z");
}

#[test]
fn what_was_not_asked_of_an_account_is_a_gap_of_its_siblings_even_where_nothing_is_in_play_h21() {
    let management = emulator().organization(json!({}));
    let crossing = Crossing::of(&management);
    let (owner, user) = (crossing.owner.as_str(), crossing.user.as_str());
    let desk = Desk::new();
    let nothing = ["--region", "eu-west-3", "--skip-users"];
    of_these(&desk, &management, &[user], "t/", &nothing).expect_code(4);
    of_these(&desk, &management, &[owner], "t/", &[]).expect_code(4);
    let outcome = report(&desk, "t/", &[]);
    outcome.expect_code(4);
    assert_eq!(gap_of(&outcome.report().0, user)["class"], "skipped");
    let verdict = verdict_of(&outcome.report().0, &crossing.nlb);
    assert_ne!(verdict, "removable");
}

#[test]
fn what_a_scan_lacks_is_no_change_and_the_exit_code_says_so() {
    let management = emulator().organization(json!({}));
    let crossing = Crossing::of(&management);
    let (owner, user) = (crossing.owner.as_str(), crossing.user.as_str());
    let desk = Desk::new();
    of_these(&desk, &management, &[owner, user], "both/", &[]).expect_code(0);
    of_these(&desk, &management, &[owner], "one/", &[]).expect_code(0);
    let one = report(&desk, "one/", &[]).report().0;
    let verdict = verdict_of(&one, &crossing.nlb);
    let diff = |old: &str, new: &str, fail_on: &str| {
        desk.run(["diff", old, new, "--fail-on", fail_on, "--output", "json"])
    };
    let less = diff("both/", "one/", &verdict);
    less.expect_code(4);
    let less = less.report().0;
    let mut nlbs = list(&less["nlbs"]).iter();
    let nlb = nlbs.find(|nlb| nlb["arn"] == crossing.nlb);
    assert_eq!(nlb.expect("it differs")["change"], "verdict-in-doubt");
    // Of the other account nothing was looked at before.
    let first = [
        "diff",
        "one/",
        "both/",
        "--fail-on",
        "info",
        "--account",
        user,
    ];
    desk.run(first).expect_code(4);
    diff("both/", "both/", &verdict).expect_code(0);
}

#[test]
fn a_day_is_chosen_for_one_account_too() {
    let management = emulator().organization(json!({}));
    let own = Crossing::of(&management).owner;
    let desk = Desk::new();
    of_these(&desk, &management, &[&own], "t/", &["--date", EARLIER]).expect_code(0);
    let later = of_these(&desk, &management, &[&own], "t/", &[]);
    let name = text(&nlbs_of(&later.report().0, &own)[0]["name"]);
    let region = format!("t/account={own}/region=us-east-1/{DAY}");
    fs::remove_dir_all(desk.work().join(region)).expect("it was there");
    let explain = ["explain", &name, "--snapshot", "t/", "--account", &own];
    desk.run(explain).expect_code(2);
    let on = |day| desk.run(explain.iter().chain(&["--date", day]));
    let outcome = on(EARLIER);
    outcome.expect_code(0);
    assert!(outcome.stdout.starts_with(&name), "{outcome:?}");
    let plan = [
        "plan",
        "--snapshot",
        "t/",
        "--account",
        &own,
        "--date",
        EARLIER,
    ];
    let planned = desk.run(plan);
    assert!([0, 4, 5].contains(&planned.code()), "{planned:?}");
    on("2026-09-01")
        .expect_code(2)
        .expect_told("holds no snapshots of 2026-09-01");
}
