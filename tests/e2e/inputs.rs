//! Files that the golden scripts work on: the sample account's snapshot, the bad inputs of
//! `fixtures/bad/`, and those that are derived from the snapshot.

use std::fs;

use unbridge_model::snapshot::Line;
use unbridge_model::snapshot::write::SnapshotWriter;

use crate::harness::{Desk, repository};

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
    let (half, _) = packed.split_at(packed.len() / 2);
    desk.write("truncated.jsonl.zst", half);
    let mut flipped = packed.clone();
    flipped[packed.len() / 2] ^= 0x10;
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

/// The snapshot with hostile names, and a footer that fits.
fn hostile(plain: &str) -> Vec<u8> {
    let mut writer = None;
    for line in plain.lines() {
        let renamed = HOSTILE
            .iter()
            .fold(line.to_owned(), |line, (name, hostile)| {
                let quoted = |text: &str| serde_json::to_string(text).expect("a text");
                line.replace(&quoted(name), &quoted(hostile))
            });
        match serde_json::from_str(&renamed).expect("a line of a snapshot") {
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
