//! Files that the golden scripts work on: the sample account's snapshot, the bad inputs of
//! `fixtures/bad/`, and those that are derived from the snapshot.

use std::fs;

use unbridge_model::plan::{Phase, Plan};
use unbridge_model::snapshot::Line;
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::text::Text;

use crate::harness::{Desk, read, repository};

/// What a person could call an NLB, a link or an API to fool whoever reads the report: colours,
/// a title, a cleared screen, a hidden end of line, text that runs backwards, and forged rows.
const HOSTILE: [(&str, &str); 6] = [
    ("orders-nlb", "orders-nlb\u{1b}[31m red \u{1b}[0m"),
    ("billing-nlb", "billing-nlb\u{202e}gnp.exe\u{2066}"),
    ("orders-api", "orders-api\u{1b}]0;owned\u{7}\u{9b}2J"),
    ("idle-link", "idle-link\r\nremovable  forged-nlb"),
    ("billing-api", "billing-api\u{200b}\u{feff}\u{61c}"),
    ("search-nlb", "search-nlb\u{0}\u{8}\u{7f}\u{2028}\t"),
];

/// Settings, right and wrong. None is called as the file that is read without being asked for.
const SETTINGS: [(&str, &str); 16] = [
    (
        "accept.toml",
        r#"
[[accept]]
finding = "unused-v1-link"
link = "idle-*"
reason = "kept until the audit"
expires = 9999-12-31

[[accept]]
finding = "alarm-on-nlb"
nlb = "shared-edge-*"
reason = "the alarm moves with the NLB"
expires = 9999-12-31
"#,
    ),
    (
        "stale.toml",
        r#"
[[accept]]
finding = "alarm-on-nlb"
reason = "was to go by new year"
expires = 2026-01-01

[[accept]]
finding = "mixed-nlb"
nlb = "gone-*"
region = "eu-west-1"
reason = "nobody remembers"
expires = 9999-12-31

# Neither used nor stale here.
[[accept]]
finding = "mixed-nlb"
account = "999988887777"
reason = "another account"
expires = 9999-12-31
"#,
    ),
    ("empty.toml", "# nothing is accepted yet\n"),
    (
        "unknown-key.toml",
        "[[accept]]\nfinding = \"mixed-nlb\"\nnlbs = \"a\"\nreason = \"r\"\nexpires = 2030-01-01\n",
    ),
    ("unknown-table.toml", "\n[accepted]\n"),
    (
        "unknown-code.toml",
        "[[accept]]\nfinding = \"mixed-nbl\"\nreason = \"r\"\nexpires = 2030-01-01\n",
    ),
    (
        "no-reason.toml",
        "[[accept]]\nfinding = \"mixed-nlb\"\nexpires = 2030-01-01\n",
    ),
    (
        "blank-reason.toml",
        "[[accept]]\nfinding = \"mixed-nlb\"\nreason = \" \"\nexpires = 2030-01-01\n",
    ),
    (
        "no-end.toml",
        "[[accept]]\nfinding = \"mixed-nlb\"\nreason = \"for good\"\n",
    ),
    (
        "quoted-date.toml",
        "[[accept]]\nfinding = \"mixed-nlb\"\nreason = \"r\"\nexpires = \"2030-01-01\"\n",
    ),
    (
        "no-day.toml",
        "[[accept]]\nfinding = \"mixed-nlb\"\nreason = \"r\"\nexpires = 2030-02-30\n",
    ),
    ("not.toml", "accept: mixed-nlb \u{1b}[31m\n"),
    (
        "team.toml",
        r#"regions = ["eu-west-1", "us-east-1"]
on_fail = "rollback"

[pace]
percent = 20

[probes]
body = "ignore"

[[probes.request]]
path = "/orders/42"
stage = "prod"
headers = { Accept = "application/json", Authorization = "env:ORDERS_TOKEN" }

[canary]
harm_percent = 5
latency_p95_rise = 50

[waits]
metrics = 240

[[accept]]
finding = "alarm-on-nlb"
nlb = "shared-edge-*"
reason = "the alarm moves with the NLB"
expires = 9999-12-31
"#,
    ),
    ("near.toml", "[waits]\nsetling = 60\n"),
    ("range.toml", "\n[pace]\npercent = 0\n"),
    (
        "secret.toml",
        "[[probes.request]]\npath = \"/a\"\nheaders = { Authorization = \"Bearer s3cr3t\" }\n",
    ),
];

/// A desk with every input in its working folder.
pub(crate) fn desk() -> Desk {
    let desk = Desk::with_demo();
    for fixture in fs::read_dir(repository().join("fixtures/bad")).expect("fixtures/bad") {
        let fixture = fixture.expect("an entry");
        let place = desk.work().join(fixture.file_name());
        fs::copy(fixture.path(), place).expect("a fixture is copied");
    }
    fs::create_dir(desk.work().join("folder")).expect("a folder");

    let packed = fs::read(desk.work().join("account.jsonl.zst")).expect("the snapshot");
    // So early that nothing can be had of it; half of a file is among the fixtures.
    desk.write("truncated.jsonl.zst", &packed[..100]);
    // The checksum at the end, which fits no other contents.
    let mut flipped = packed;
    *flipped.last_mut().expect("bytes") ^= 0x10;
    desk.write("flipped.jsonl.zst", &flipped);

    let plain = desk.snapshot("account.jsonl.zst");
    desk.write(
        "damaged.jsonl",
        plain.replacen("orders-link", "orders-lynk", 1),
    );
    let (first, rest) = plain.split_once('\n').expect("lines");
    let (_, without_second) = rest.split_once('\n').expect("lines");
    desk.write("lost-line.jsonl", format!("{first}\n{without_second}"));
    desk.write("hostile.jsonl", hostile(&plain));
    desk.write("last.jsonl", earlier(&plain));
    desk.write("unread.jsonl", without_a_draft(&plain));
    desk.write("orders-only.jsonl", orders_alone(&plain));
    plans(&desk);
    bad_plans(&desk);
    journals(&desk);
    bad_journals(&desk);
    let other = repository().join("fixtures/findings/canary-in-progress.jsonl");
    fs::copy(other, desk.work().join("other-account.jsonl")).expect("a fixture is copied");
    for (name, settings) in SETTINGS {
        desk.write(name, settings);
    }

    // Longer than any line may be, and small on disk.
    let header = format!("{first}\n");
    let mut long = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    std::io::Write::write_all(&mut long, header.as_bytes()).expect("memory");
    std::io::copy(
        &mut std::io::Read::take(std::io::repeat(b' '), 65 << 20),
        &mut long,
    )
    .expect("memory");
    desk.write("long-line.jsonl.zst", long.finish().expect("memory"));
    desk
}

/// Plans for the sample account: a good one, one that misses a step, and one that goes blindly on
/// without another; where the repository has them, and under names of days.
pub(crate) fn plans(desk: &Desk) {
    let folder = "fixtures/plans";
    fs::create_dir_all(desk.work().join(folder)).expect("a folder");
    for stored in ["orders", "no-ingress", "blind"] {
        desk.write(&format!("{folder}/{stored}.plan.json"), stored_plan(stored));
    }
    for (name, stored) in [
        ("orders.plan.json", "orders"),
        ("monday.plan.json", "no-ingress"),
        ("tuesday.plan.json", "orders"),
        ("blind.plan.json", "blind"),
    ] {
        desk.write(name, stored_plan(stored));
    }
    desk.write("small.plan.json", small_plan());
}

/// Journals of runs of the good plan, where the repository has them, and two beside a plan of their
/// own name.
pub(crate) fn journals(desk: &Desk) {
    let folder = "fixtures/journals";
    fs::create_dir_all(desk.work().join(folder)).expect("a folder");
    for stored in ["completed", "expired", "rolled-back", "stopped", "stuck"] {
        let name = format!("{folder}/{stored}.journal.jsonl");
        desk.write(&name, stored_journal(stored));
    }
    for (name, stored) in [("halted", "stopped"), ("moved", "completed")] {
        desk.write(&format!("{name}.plan.json"), stored_plan("orders"));
        desk.write(&format!("{name}.journal.jsonl"), stored_journal(stored));
    }
}

/// Journals that end amid a line, were changed, or would fool whoever reads them.
fn bad_journals(desk: &Desk) {
    let good = stored_journal("stopped");
    let lines: Vec<&str> = good.lines().collect();
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate();
        let kept = kept.filter(|(at, _)| *at != left_out);
        kept.map(|(_, line)| format!("{line}\n"))
            .collect::<String>()
    };
    desk.write("torn.journal.jsonl", &good[..good.len() - 40]);
    desk.write("hole.journal.jsonl", without(12));
    desk.write(
        "damaged.journal.jsonl",
        good.replacen("verified", "verifyed", 1),
    );
    // Every number fits, and the step was never announced.
    let unannounced = good.replacen("\"kind\":\"started\"", "\"kind\":\"verified\"", 1);
    let (before, after) = unannounced
        .split_once("verified\",\"step\":\"baseline-deploy\"")
        .expect("it");
    let (_, rest) = after.split_once('\n').expect("lines");
    let unannounced = format!("{before}verified\",\"step\":\"baseline-deploy\"}}}}\n{rest}");
    desk.write("unannounced.journal.jsonl", unannounced);
    desk.write(
        "newer.journal.jsonl",
        good.replacen("\"format_version\":1", "\"format_version\":2", 1),
    );
    let quoted = serde_json::to_string(HOSTILE[3].1).expect("a text");
    let hostile = good
        .replace("\"arn:aws:iam::111122223333:user/ada\"", &quoted)
        .replace("more than noise", "\\u001b[31m more than \\u202enoise");
    desk.write("hostile.journal.jsonl", hostile);
}

fn stored_journal(name: &str) -> String {
    read(&repository().join(format!("fixtures/journals/{name}.journal.jsonl")))
}

/// The part of a plan that prepares, and one method.
fn small_plan() -> String {
    let plan = Plan::parse(&stored_plan("orders")).expect("a plan");
    let mut body = plan.body;
    body.steps
        .retain(|step| step.phase == Phase::Prepare || step.id.as_str() == "rewire-1");
    let plan = Plan::new(plan.tool_version, body);
    plan.to_json().expect("JSON")
}

fn stored_plan(name: &str) -> String {
    read(&repository().join(format!("fixtures/plans/{name}.plan.json")))
}

/// Plans that cannot be used, and one whose sentences would fool whoever reads them.
fn bad_plans(desk: &Desk) {
    let good = stored_plan("orders");
    desk.write("cut.plan.json", &good[..good.len() / 2]);
    desk.write(
        "edited.plan.json",
        good.replacen("\"port\": 80", "\"port\": 8080", 1),
    );
    desk.write(
        "newer.plan.json",
        good.replacen("\"format_version\": 1", "\"format_version\": 2", 1),
    );
    let other = |change: fn(&mut Plan)| {
        let mut plan = Plan::parse(&good).expect("a plan");
        change(&mut plan);
        let plan = Plan::new(plan.tool_version, plan.body);
        plan.to_json().expect("JSON")
    };
    let elsewhere = other(|plan| plan.body.region = "eu-north-1".parse().expect("a region"));
    desk.write("elsewhere.plan.json", elsewhere);
    let hostile = other(|plan| {
        let texts = plan.body.steps.iter_mut();
        for (step, (_, text)) in texts.zip(HOSTILE) {
            step.forward = Text::new(text);
            step.backward = Text::new(text);
        }
        plan.body.missing.push(Text::new(HOSTILE[3].1));
    });
    desk.write("hostile.plan.json", hostile);
}

/// The snapshot of an account that has nothing but what `orders-api` is about: its rehearsals are
/// quick.
pub(crate) fn orders_alone(plain: &str) -> Vec<u8> {
    const FRAME: [&str; 4] = [
        "header",
        "footer",
        "record\":{\"vpc",
        "record\":{\"region_done",
    ];
    rewritten(plain, |line| {
        let frame = FRAME
            .iter()
            .any(|name| line.starts_with(&format!("{{\"{name}\"")));
        let about = line.contains("orders") && !line.contains("\"usage\"");
        (frame || about).then(|| line.to_owned())
    })
}

/// The snapshot of a scan that was refused the draft of `orders-api`.
fn without_a_draft(plain: &str) -> Vec<u8> {
    rewritten(plain, |line| {
        if !line.starts_with("{\"record\":{\"rest_api\"") || !line.contains("\"orders-api\"") {
            return Some(line.to_owned());
        }
        let mut record: serde_json::Value = serde_json::from_str(line).expect("JSON");
        record["record"]["rest_api"]["draft"].take();
        Some(record.to_string())
    })
}

/// The snapshot with hostile names.
fn hostile(plain: &str) -> Vec<u8> {
    rewritten(plain, |line| {
        let quoted = |text: &str| serde_json::to_string(text).expect("a text");
        let renamed = HOSTILE.iter().fold(line.to_owned(), |line, (name, text)| {
            line.replace(&quoted(name), &quoted(text))
        });
        Some(renamed)
    })
}

/// What an earlier scan would have seen: no alarm on an NLB yet, and one NLB less.
pub(crate) fn earlier(plain: &str) -> Vec<u8> {
    let came_later = ["alarm:shared-edge", "/mqtt-nlb", "targetgroup/mqtt-nlb"];
    rewritten(plain, |line| {
        let was_there = !came_later.iter().any(|name| line.contains(name));
        was_there.then(|| line.replace("2026-01-01T", "2025-12-01T"))
    })
}

/// What a scan of 19 February 2026 would see, with the metrics of the thirty days before it.
pub(crate) fn later(plain: &str) -> Vec<u8> {
    rewritten(plain, |line| {
        let begun = line.replace("2025-12-02T", "2026-01-20T");
        Some(begun.replace("2026-01-01T", "2026-02-19T"))
    })
}

/// The snapshot with other lines, or fewer, and a footer that fits.
fn rewritten(plain: &str, change: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let mut writer = None;
    for line in plain.lines().filter_map(change) {
        match serde_json::from_str(&line).expect("a line of a snapshot") {
            Line::Header(header) => {
                writer = Some(SnapshotWriter::begin(Vec::new(), &header).expect("memory"));
            }
            Line::Record(record) => {
                let writer = writer.as_mut().expect("the header comes first");
                writer.record(record).expect("memory");
            }
            Line::Footer(footer) => {
                let writer = writer.take().expect("the header comes first");
                return writer.finish(footer.outcome).expect("memory");
            }
        }
    }
    panic!("the snapshot has no footer")
}
