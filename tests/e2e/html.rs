//! The HTML report, written by the binary and opened in a browser: `tests/browser/report_test.py`
//! says what has to be true of it there.

use std::path::{Path, PathBuf};
use std::process::Command;

use unbridge_model::gap::{Gap, GapClass, Source, Unseen};
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{Header, Line, Outcome, Record};
use unbridge_sim::bulk::{self, BulkSize};

use crate::harness::{Desk, repository};
use crate::inputs;

/// Where screenshots and printed pages are kept.
const KEPT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/browser");

/// Text that would end a cell, an attribute, a style or a script, or run.
const MARKUP: &str = "</script></style><img src=x onerror=alert(1)>\"'`-->{{7*7}}&amp;";

/// More NLBs than the page's script shows at once, twice over, and makes sections of at once.
const MANY: BulkSize = BulkSize {
    apis: 300,
    methods_per_api: 2,
    nlbs: 210,
};

fn snapshot(header: &Header, records: impl IntoIterator<Item = Record>) -> Vec<u8> {
    let mut writer = SnapshotWriter::begin(Vec::new(), header).expect("memory");
    for record in records {
        writer.record(record).expect("memory");
    }
    writer.finish(Outcome::Finished).expect("memory")
}

/// What stands in a snapshot.
fn read(plain: &str) -> (Header, Vec<Record>) {
    let mut header = None;
    let mut records = Vec::new();
    for line in plain.lines() {
        match serde_json::from_str(line).expect("a line of a snapshot") {
            Line::Header(first) => header = Some(first),
            Line::Record(record) => records.push(record),
            Line::Footer(_) => {}
        }
    }
    (header.expect("a header"), records)
}

/// The sample account, but for names that are markup.
fn markup(plain: &str) -> Vec<u8> {
    let quoted = |text: &str| serde_json::to_string(text).expect("a text");
    let names = [
        "orders-nlb",
        "billing-nlb",
        "orders-api",
        "billing-api",
        "idle-link",
    ];
    let renamed = names.iter().fold(plain.to_owned(), |plain, name| {
        plain.replace(&quoted(name), &quoted(&format!("{name}{MARKUP}")))
    });
    let (header, records) = read(&renamed);
    snapshot(&header, records)
}

/// The sample account, of which a source was not read and a region not to its end.
fn incomplete(plain: &str) -> Vec<u8> {
    let (header, mut records) = read(plain);
    let gap = |unseen, class| {
        Record::Gap(Gap {
            account: header.account.clone(),
            region: header.regions.first().cloned(),
            unseen,
            class,
            message: "<b>not</b> authorized".into(),
        })
    };
    let source = Source::Alarms;
    records.push(gap(Unseen::Source { source }, GapClass::Skipped));
    records.push(gap(Unseen::Rest, GapClass::Denied));
    snapshot(&header, records)
}

/// Writes a page for each kind of account into the working folder.
fn pages() -> Desk {
    let desk = inputs::desk();
    let plain = desk.snapshot("account.jsonl.zst");
    desk.write("markup.jsonl", markup(&plain));
    desk.write("incomplete.jsonl", incomplete(&plain));
    let many = bulk::records(MANY).map(|record| record.expect("a record"));
    desk.write(
        "many.jsonl",
        snapshot(&bulk::header().expect("a header"), many),
    );
    for (page, snapshot, flags, code) in [
        ("account", "account.jsonl.zst", "", 0),
        ("hostile", "hostile.jsonl", "", 0),
        ("markup", "markup.jsonl", "", 0),
        ("incomplete", "incomplete.jsonl", "", 4),
        ("many", "many.jsonl", "", 0),
        ("accepted", "account.jsonl.zst", "--config accept.toml", 0),
        ("nothing", "account.jsonl.zst", "--api no-such-api", 0),
        (
            "narrowed",
            "account.jsonl.zst",
            "--config stale.toml --baseline last.jsonl --severity warning",
            0,
        ),
    ] {
        let file = format!("{page}.html");
        let args = ["report", "--snapshot", snapshot, "-o", &file];
        let outcome = desk.run(args.into_iter().chain(flags.split_whitespace()));
        outcome.expect_code(code);
    }
    desk
}

fn python() -> PathBuf {
    let python = repository().join(".venv/bin/python");
    let shown = python.display();
    assert!(
        python.exists(),
        "{shown} is missing: run `make setup` first"
    );
    python
}

#[test]
fn the_page_does_in_a_browser_what_it_promises() {
    let desk = pages();
    let output = Command::new(python())
        .arg(repository().join("tests/browser/report_test.py"))
        .arg(desk.work())
        .arg(Path::new(KEPT))
        .output()
        .expect("the browser tests start");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("\nOK\n"), "{told}");
}
