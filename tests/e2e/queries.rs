//! Datasets for query engines, written by the binary and asked in SQL: `tests/queries/check.py` says
//! what has to be true of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use unbridge_model::id::Region;
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{Header, Line, Outcome, Record};

use crate::harness::{Account, Desk, emulator, repository};
use crate::inputs;

/// The day that the tests run on.
const DAY: &str = "date=2026-11-01";

/// Puts a snapshot of one account into a tree, under another account's id.
fn put_into(tree: &Path, snapshot: &str, account: &str) {
    let moved = snapshot.replace("111122223333", account);
    let mut lines = moved
        .lines()
        .map(|line| serde_json::from_str::<Line>(line).expect("a line"));
    let Some(Line::Header(header)) = lines.next() else {
        panic!("the header comes first");
    };
    let regions = header.regions.iter().cloned().map(Some);
    let mut parts: BTreeMap<Option<Region>, Vec<Record>> = regions
        .chain([None])
        .map(|place| (place, Vec::new()))
        .collect();
    for line in lines {
        if let Line::Record(record) = line {
            let part = parts.get_mut(&record.region().cloned());
            part.expect("a region of the header").push(record);
        }
    }
    for (region, records) in parts {
        let name = region.as_ref().map_or("global", Region::as_str);
        let folder = tree.join(format!("account={account}/region={name}/{DAY}"));
        let header = Header {
            regions: region.into_iter().collect(),
            ..header.clone()
        };
        let mut writer = SnapshotWriter::begin(Vec::new(), &header).expect("memory");
        for record in records {
            writer.record(record).expect("memory");
        }
        let plain = writer.finish(Outcome::Finished).expect("memory");
        fs::create_dir_all(&folder).expect("a folder");
        let packed = zstd::encode_all(&plain[..], 1).expect("zstd");
        fs::write(folder.join("snapshot.jsonl.zst"), packed).expect("a file is written");
    }
}

/// An organization in which some accounts were not read, with the sample account and one of hostile
/// names in it.
fn organization(desk: &Desk) -> Account {
    let management = emulator().organization(json!({}));
    let scan = [
        "scan",
        "--organization",
        "--assume-role",
        "unbridge-audit",
        "--pace",
        "100",
        "-o",
        "audit/",
    ];
    desk.unbridge(scan)
        .account(&management)
        .run()
        .expect_code(4);
    let tree = desk.work().join("audit");
    // As a number it would lose its zeros.
    put_into(&tree, &desk.snapshot("account.jsonl.zst"), "000000000042");
    put_into(&tree, &desk.snapshot("hostile.jsonl"), "000000000043");
    management
}

#[test]
fn ten_questions_have_one_answer_in_duckdb_and_spark_and_it_is_the_report_s() {
    let desk = inputs::desk();
    organization(&desk);
    let report = |of: &[&str], format: &str, into: &str, code: i32| {
        let args = ["report", "--output", format, "-o", into, "--snapshot"];
        desk.run(args.iter().chain(of)).expect_code(code);
    };
    let sample = ["account.jsonl.zst"];
    report(&sample, "datasets", "sample", 0);
    report(&sample, "json", "sample.json", 0);
    let many = ["audit/", "--config", "accept.toml"];
    report(&many, "datasets", "many", 4);
    report(&many, "json", "many.json", 4);
    let python = repository().join(".venv/bin/python");
    let shown = python.display();
    assert!(
        python.exists(),
        "{shown} is missing: run `make setup` first"
    );
    let output = Command::new(&python)
        .arg(repository().join("tests/queries/check.py"))
        .args(["sample", "sample.json", "many", "many.json"])
        .current_dir(desk.work())
        .output()
        .expect("the check starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

/// Names and sizes of the objects of a bucket below a prefix.
fn objects(account: &Account, bucket: &str, prefix: &str) -> BTreeMap<String, u64> {
    let listed = account.raw_get("s3", &format!("/{bucket}?list-type=2&prefix={prefix}"));
    let value = |object: &str, tag: &str| -> Option<String> {
        let (_, rest) = object.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once('<')?.0.to_owned())
    };
    let objects = listed.split("<Contents>").skip(1);
    objects
        .map(|object| {
            let key = value(object, "Key").expect("a key");
            let name = key.strip_prefix(prefix).expect("below the prefix");
            let size = value(object, "Size").expect("a size");
            (name.to_owned(), size.parse().expect("a number"))
        })
        .collect()
}

fn files(root: &Path, folder: &Path, found: &mut BTreeMap<String, u64>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("below the root");
            let size = fs::metadata(&path).expect("a file").len();
            found.insert(name.display().to_string(), size);
        }
    }
}

#[test]
fn datasets_in_a_bucket_are_those_of_a_folder_and_never_take_another_s_place() {
    let desk = Desk::with_demo();
    let account = emulator().parts(&["billing"]);
    let bucket = account.bucket("datasets");
    let place = format!("s3://{bucket}/audit/first");
    let datasets = |into: &str| {
        let args = [
            "report",
            "--snapshot",
            "account.jsonl.zst",
            "--output",
            "datasets",
            "-o",
        ];
        desk.unbridge(args.iter().chain(&[into]))
            .account(&account)
            .run()
    };
    datasets(&place).expect_code(0).expect_told(&place);
    datasets("folder").expect_code(0);
    let mut kept = BTreeMap::new();
    let folder = desk.work().join("folder");
    files(&folder, &folder, &mut kept);
    assert_eq!(objects(&account, &bucket, "audit/first/"), kept);
    let last = account.journal();
    let mut puts = last
        .iter()
        .rev()
        .filter(|request| request.call == "s3:PutObject");
    let last = puts.next().expect("an object was put");
    assert!(
        last.path.ends_with("/accounts/part-0.parquet"),
        "{}",
        last.path
    );
    datasets(&place)
        .expect_code(2)
        .expect_told("is there already");
    datasets("folder")
        .expect_code(2)
        .expect_told("is there already");
    account.denied(&["s3:PutObject"]);
    let denied = datasets(&format!("s3://{bucket}/second"));
    denied.expect_code(1).expect_told("AccessDenied");
}
