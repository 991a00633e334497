//! Scans of many accounts that meet with trouble: what is tried again, what is gone on with, which
//! scans go beside each other, and what one of them says when it ends.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Account, Desk, Outcome, emulator, text, wait_for};
use crate::organization::{DAY, ROLE, accounts, files, gap_of, nlbs_of, of_all, scan, snapshot};

/// Some members that can be read, with the role.
fn members(management: &Account) -> Vec<String> {
    let mut readable = accounts(management, "readable");
    readable.retain(|id| *id != management.id);
    readable
}

/// Replaces the fault rules of a member.
fn faults(account: &str, rules: Value) {
    emulator().post("faults", &json!({ "account": account, "rules": rules }));
}

/// Makes calls of an account go wrong in this way, for good.
fn always(account: &str, service: &str, how: Value) {
    let mut rule = how;
    rule["service"] = json!(service);
    rule["times"] = json!(-1);
    faults(account, json!([rule]));
}

/// Every service but that which hands out credentials.
const READS: &str = "(?!sts|s3).*";

fn of_these(desk: &Desk, management: &Account, accounts: &[&String], more: &[&str]) -> Outcome {
    let ids: Vec<&str> = accounts.iter().map(|id| id.as_str()).collect();
    let ids = ids.join(",");
    let mut options = vec!["--accounts", &ids, "--assume-role", ROLE];
    options.extend(more);
    scan(desk, management, "audit/", &options).run()
}

fn calls(account: &str, call: &str) -> usize {
    emulator().calls_of(account).get(call).copied().unwrap_or(0)
}

/// The start that a snapshot tells.
fn started(desk: &Desk, name: &str) -> String {
    let file = fs::File::open(desk.work().join("audit").join(name)).expect("a snapshot");
    let plain = zstd::decode_all(file).expect("zstd");
    let plain = String::from_utf8(plain).expect("text");
    let header: Value =
        serde_json::from_str(plain.lines().next().expect("a header")).expect("JSON");
    text(&header["header"]["started_at"])
}

fn lists(desk: &Desk) -> Vec<Value> {
    let wanted = format!("organization/{DAY}/wanted-");
    let lists = files(desk, "audit").into_iter();
    let lists = lists.filter(|(name, _)| name.starts_with(&wanted));
    lists
        .map(|(_, path)| serde_json::from_slice(&fs::read(path).expect("a list")).expect("JSON"))
        .collect()
}

#[test]
fn every_scan_says_which_accounts_it_is_to_read_before_it_reads_any() {
    let management = emulator().organization(json!({}));
    let members = members(&management);
    let (one, other) = (&members[0], &members[1]);
    always(one, READS, json!({ "delay_ms": 60_000 }));
    let desk = Desk::new();
    let ids = format!("{one},{other}");
    let options = ["--accounts", &ids, "--assume-role", ROLE];
    let running = scan(&desk, &management, "audit/", &options).start();
    wait_for("the first call", || {
        (!emulator().calls_of(other).is_empty()).then_some(())
    });
    running.kill();
    faults(one, json!([]));
    let mut both = vec![one.clone(), other.clone()];
    both.sort();
    let told = lists(&desk);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["accounts"], json!(both));
    // A shard tells all, not only those that it reads; what the first left keeps the second away.
    let refused = of_all(&desk, &management, "audit/", &["--shard", "1/3"]).run();
    refused
        .expect_code(5)
        .expect_told("divides the accounts otherwise");
    assert_eq!(
        lists(&desk).len(),
        1,
        "a scan that is refused tells nothing"
    );
    let desk = Desk::new();
    of_all(&desk, &management, "audit/", &["--shard", "1/3"]).run();
    let told = lists(&desk);
    let told = told[0]["accounts"].as_array().expect("accounts");
    for account in accounts(&management, "readable") {
        assert!(told.contains(&json!(account)), "{told:?}");
    }
}

#[test]
fn a_scan_takes_no_more_files_and_connections_than_the_system_gives() {
    let management = emulator().organization(json!({ "members": 24 }));
    let desk = Desk::new();
    for account in members(&management) {
        always(&account, READS, json!({ "delay_ms": 20 }));
    }
    let script = format!(
        "ulimit -n 96; exec unbridge scan --organization --assume-role {ROLE} --pace 100 \
         --region us-east-1 --region eu-west-1 --no-report -o audit/"
    );
    let outcome = desk.shell(&script).account(&management).run();
    outcome.expect_code(4);
    outcome.expect_told("so few files");
    assert!(
        !outcome.stderr.contains("Too many open files"),
        "{outcome:?}"
    );
    let kept = files(&desk, "audit");
    for account in accounts(&management, "readable") {
        for scope in ["us-east-1", "eu-west-1", "global"] {
            assert!(
                kept.contains_key(&snapshot(&account, scope)),
                "{account} {scope}"
            );
        }
    }
    // Two lack the role or may not take it.
    outcome.expect_told("not readable 2");
    for (name, path) in kept {
        if let Ok(plain) = zstd::decode_all(fs::File::open(path).expect("a file")) {
            let plain = String::from_utf8(plain).expect("text");
            assert!(!plain.contains("Too many open files"), "{name}");
        }
    }
}

#[test]
fn a_role_is_taken_once_however_many_accounts_are_read() {
    let management = emulator().organization(json!({ "members": 80 }));
    let desk = Desk::new();
    let options = ["--skip-users", "--no-report"];
    of_all(&desk, &management, "audit/", &options)
        .run()
        .expect_code(4);
    let taken = management.calls()["sts:AssumeRole"];
    assert!(taken <= 80, "{taken}");
}

#[test]
fn a_scan_without_report_tells_of_its_own_accounts_alone() {
    let management = emulator().organization(json!({}));
    let members = members(&management);
    let (denied, fine) = (&members[0], &members[1]);
    let lacking = &accounts(&management, "lacking")[0];
    let desk = Desk::new();
    // What an account lacks, and what was not seen of one, makes its own scan incomplete.
    let unread = of_these(&desk, &management, &[lacking], &["--no-report"]);
    unread.expect_code(4);
    assert_eq!(unread.stdout, "");
    always(denied, "route53", json!({ "kind": "deny" }));
    let gaps = of_these(&desk, &management, &[denied], &["--no-report"]);
    gaps.expect_code(4).expect_told("read 1, gaps ");
    // It does not make that of others so.
    let clean = of_these(&desk, &management, &[fine], &["--no-report"]);
    clean.expect_code(0);
    assert_eq!(clean.stdout, "");
    let known = of_these(&desk, &management, &[denied], &["--no-report", "--resume"]);
    known.expect_code(4).expect_told("whole already 1, gaps ");
}

#[test]
fn a_shard_that_did_not_see_all_of_its_accounts_is_incomplete() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let ids = members(&management);
    always(&ids[0], "route53", json!({ "kind": "deny" }));
    let shard = |nth: &str| {
        let both = format!("{},{}", ids[0], ids[1]);
        let options = ["--accounts", &both, "--assume-role", ROLE, "--shard", nth];
        let outcome = scan(&desk, &management, "audit/", &options).run();
        let read = files(&desk, "audit").contains_key(&snapshot(&ids[0], "global"));
        (outcome.code(), read)
    };
    let codes = ["1/2", "2/2"].map(shard);
    // Which part the account is in is decided by its number.
    match codes {
        [(first, true), (second, _)] => assert_eq!((first, second), (4, 0)),
        [(first, false), (second, _)] => assert_eq!((first, second), (0, 4)),
    }
}

#[test]
fn the_account_of_the_credentials_is_read_without_the_role() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let other = &members(&management)[0];
    of_these(&desk, &management, &[&management.id, other], &[]).expect_code(0);
    assert_eq!(management.calls()["sts:AssumeRole"], 1, "{other} alone");
}

#[test]
fn scans_that_name_other_accounts_go_beside_each_other() {
    let management = emulator().organization(json!({}));
    let members = members(&management);
    let (slow, quick) = (&members[0], &members[1]);
    always(slow, "route53", json!({ "delay_ms": 60_000 }));
    let desk = Desk::new();
    let options = ["--accounts", slow, "--assume-role", ROLE];
    let running = scan(&desk, &management, "audit/", &options).start();
    let marks = || {
        let kept = files(&desk, "audit").into_keys();
        kept.filter(|name| name.starts_with("scans/")).count()
    };
    wait_for("its mark", || {
        (desk.work().join("audit").exists() && marks() == 1).then_some(())
    });
    of_these(&desk, &management, &[quick], &["--no-report"]).expect_code(0);
    assert_eq!(marks(), 1, "each takes its own mark away");
    of_these(&desk, &management, &[slow], &[])
        .expect_code(5)
        .expect_told("--resume");
    running.kill();
    faults(slow, json!([]));
}

#[test]
fn shards_of_another_division_are_refused() {
    let management = emulator().organization(json!({}));
    let slow = &members(&management)[0];
    always(slow, "route53", json!({ "delay_ms": 60_000 }));
    let desk = Desk::new();
    let running = of_all(&desk, &management, "audit/", &[]).start();
    let mark = format!("scans/{DAY}/shard-1-of-1.json");
    wait_for("the mark", || {
        desk.work().join("audit").join(&mark).exists().then_some(())
    });
    running.kill();
    faults(slow, json!([]));
    for more in [&["--shard", "1/2"][..], &["--shard", "1/2", "--resume"]] {
        let refused = of_all(&desk, &management, "audit/", more).run();
        refused
            .expect_code(5)
            .expect_told("shard-1-of-1 there, shard-1-of-2 here")
            .expect_told(&mark);
    }
    fs::remove_file(desk.work().join("audit").join(&mark)).expect("it is given up");
    let part = of_all(&desk, &management, "audit/", &["--shard", "1/2"]).run();
    assert!([0, 4].contains(&part.code()), "{part:?}");
}

#[test]
fn an_account_whose_role_may_do_nothing_is_tried_again() {
    let management = emulator().organization(json!({}));
    let member = &members(&management)[0];
    always(member, READS, json!({ "kind": "deny" }));
    let desk = Desk::new();
    let refused = of_these(&desk, &management, &[member], &[]);
    refused
        .expect_code(4)
        .expect_told(&format!("not read: account {member}"));
    assert_eq!(gap_of(&refused.report().0, member)["class"], "denied");
    let kept = files(&desk, "audit");
    assert!(kept.contains_key(&snapshot(member, "global")));
    assert!(
        !kept.contains_key(&snapshot(member, "us-east-1")),
        "nothing was seen"
    );
    faults(member, json!([]));
    of_these(&desk, &management, &[member], &["--resume"])
        .expect_code(0)
        .expect_told("read 1");
}

#[test]
fn what_was_lost_to_credentials_that_expired_is_read_again() {
    let management = emulator().organization(json!({}));
    let member = &members(&management)[0];
    let rule = json!({ "service": "elasticloadbalancing", "region": "eu-west-1", "kind": "expired", "times": -1 });
    faults(member, json!([rule]));
    let desk = Desk::new();
    let regions = ["--region", "us-east-1", "--region", "eu-west-1"];
    of_these(&desk, &management, &[member], &regions).expect_code(4);
    faults(member, json!([]));
    let before = emulator().calls_of(member);
    let mut resumed = regions.to_vec();
    resumed.push("--resume");
    of_these(&desk, &management, &[member], &resumed)
        .expect_code(0)
        .expect_told("read 1");
    let links = "apigateway:GetVpcLinks";
    assert_eq!(
        calls(member, links),
        before[links] + 1,
        "the other region was whole"
    );
}

#[test]
fn going_on_reads_the_regions_that_are_asked_for_now() {
    let management = emulator().organization(json!({}));
    let member = &members(&management)[0];
    let desk = Desk::new();
    of_these(&desk, &management, &[member], &["--region", "us-east-1"]).expect_code(0);
    let more = ["--resume", "--region", "us-east-1", "--region", "eu-west-1"];
    of_these(&desk, &management, &[member], &more)
        .expect_code(0)
        .expect_told("read 1");
    assert!(files(&desk, "audit").contains_key(&snapshot(member, "eu-west-1")));
    assert_eq!(
        calls(member, "route53:ListHostedZones"),
        2,
        "what belongs to no region as well"
    );
    let fewer = ["--resume", "--region", "eu-west-1"];
    of_these(&desk, &management, &[member], &fewer)
        .expect_code(0)
        .expect_told("whole already 1");
    // What a scan left out is missed by one that does not.
    let desk = Desk::new();
    of_these(&desk, &management, &[member], &["--skip-users"]).expect_code(4);
    of_these(&desk, &management, &[member], &["--resume"])
        .expect_code(0)
        .expect_told("read 1");
}

#[test]
fn a_second_scan_of_a_day_is_gone_on_with_and_not_the_first() {
    let management = emulator().organization(json!({}));
    let members = members(&management);
    let (quick, slow) = (&members[0], &members[1]);
    let desk = Desk::new();
    of_these(&desk, &management, &[quick, slow], &[]).expect_code(0);
    let place = snapshot(quick, "global");
    let first = started(&desk, &place);
    // The next one begins in another second.
    wait_for("the next second", || {
        (jiff::Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
            > first)
            .then_some(())
    });
    always(slow, READS, json!({ "delay_ms": 60_000 }));
    let ids = format!("{quick},{slow}");
    let options = ["--accounts", &ids, "--assume-role", ROLE];
    let running = scan(&desk, &management, "audit/", &options).start();
    wait_for("the quick account", || {
        (started(&desk, &place) > first).then_some(())
    });
    running.kill();
    faults(slow, json!([]));
    of_these(&desk, &management, &[quick, slow], &["--resume"])
        .expect_code(0)
        .expect_told("read 1, whole already 1");
    assert!(started(&desk, &snapshot(slow, "global")) > first);
    assert!(started(&desk, &snapshot(slow, "us-east-1")) > first);
}

#[test]
fn a_refusal_never_takes_the_place_of_what_could_be_read_that_day() {
    let management = emulator().organization(json!({}));
    let members = members(&management);
    let desk = Desk::new();
    let owner = &members[0];
    let before = of_these(&desk, &management, &[owner], &[]);
    before.expect_code(0);
    for refusal in [json!({ "kind": "deny" }), json!({ "kind": "expired" })] {
        always(owner, ".*", refusal);
        let again = of_these(&desk, &management, &[owner], &[]);
        again
            .expect_code(4)
            .expect_told(&format!("not read: account {owner}"));
        assert_eq!(
            nlbs_of(&again.report().0, owner),
            nlbs_of(&before.report().0, owner)
        );
    }
    faults(owner, json!([]));
}

#[test]
fn one_answer_that_fails_on_the_way_in_costs_no_account() {
    let management = emulator().organization(json!({}));
    let member = &members(&management)[0];
    let once = |service: &str, action: &str| json!({ "service": service, "action": action, "status": 503, "code": "ServiceUnavailable", "times": 1 });
    faults(
        member,
        json!([
            once("sts", "GetCallerIdentity"),
            once("ec2", "DescribeRegions")
        ]),
    );
    management.faults(json!([
        once("sts", "GetCallerIdentity"),
        once("sts", "AssumeRole")
    ]));
    let desk = Desk::new();
    // The emulator names regions of other partitions as well, which are gaps.
    let outcome = of_these(
        &desk,
        &management,
        &[member],
        &["--all-regions", "--no-report"],
    );
    outcome.expect_told("accounts: read 1, gaps");
    let kept = files(&desk, "audit");
    assert!(
        kept.contains_key(&snapshot(member, "eu-west-1")),
        "{kept:?}"
    );
}

#[test]
fn a_role_without_accounts_is_refused_and_an_external_id_in_the_environment_is_not() {
    let management = emulator().organization(json!({}));
    let desk = Desk::new();
    let refused = scan(&desk, &management, "audit/", &["--assume-role", ROLE]).run();
    refused.expect_code(2).expect_told("in which accounts");
    let both = ["--profile", "a", "--profile", "b", "--assume-role", ROLE];
    scan(&desk, &management, "audit/", &both)
        .run()
        .expect_code(2)
        .expect_told("in which accounts");
    let both = [
        "--profile",
        "a",
        "--profile",
        "b",
        "--organization",
        "--assume-role",
        ROLE,
    ];
    scan(&desk, &management, "audit/", &both)
        .run()
        .expect_code(2)
        .expect_told("several profiles");
    let typed = ["--external-id", "word"];
    scan(&desk, &management, "audit/", &typed)
        .run()
        .expect_code(2);
    assert_eq!(management.calls().get("sts:AssumeRole"), None);
    let account = emulator().account("light", json!({}));
    desk.scan(&account, &[])
        .env("UNBRIDGE_EXTERNAL_ID", "word")
        .run()
        .expect_code(0);
    // Where a role is taken, the variable counts.
    let asking = emulator().organization(json!({ "external_id": "word" }));
    let member = members(&asking)[0].clone();
    let options = ["--accounts", &member, "--assume-role", ROLE];
    scan(&desk, &asking, "audit/", &options)
        .env("UNBRIDGE_EXTERNAL_ID", "word")
        .run()
        .expect_code(0);
}

#[test]
fn a_full_disk_keeps_whole_regions_and_names_the_account() {
    let management = emulator().organization(json!({}));
    let member = &members(&management)[0];
    let desk = Desk::new();
    let run = |limit: &str| {
        let script = format!(
            "trap '' XFSZ; ulimit -f {limit}; exec unbridge scan --accounts {member} \
             --assume-role {ROLE} --pace 100 --output json -o audit/ --resume"
        );
        desk.shell(&script).account(&management).run()
    };
    // In blocks of 512 bytes: room for the mark and the list, and not for a region.
    let full = run("1");
    full.expect_code(1)
        .expect_told(&format!("not kept: account {member}"))
        .expect_told("--resume reads what is missing");
    let kept = files(&desk, "audit");
    assert!(
        !kept.contains_key(&snapshot(member, "us-east-1")),
        "{kept:?}"
    );
    assert!(kept.keys().all(|name| !name.contains('#')), "{kept:?}");
    run("unlimited").expect_code(0).expect_told("read 1");
}
