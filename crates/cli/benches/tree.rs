//! One report from ten thousand snapshots: the bounds of `docs/performance.md`, asserted.
//!
//! The tree is made of small snapshots, as most accounts are. The yardstick decompresses all of them
//! and parses every line into nothing, on one thread.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;
use unbridge_model::id::{AccountId, Region};
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{Header, Outcome, Record};
use unbridge_sim::bulk::{self, BulkSize};

type Failure = Box<dyn std::error::Error>;

/// The report over the yardstick.
const MOST_PASSES: f64 = 4.0;
/// Peak memory of the report, in bytes.
const MOST_MEMORY: u64 = 1 << 30;
/// Time per snapshot of the large tree over that of the small one.
const MOST_BEND: f64 = 1.15;
const ROUNDS: usize = 3;

const REGIONS: [&str; 4] = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"];
/// What one region of an account holds.
const REGION: BulkSize = BulkSize {
    apis: 4,
    methods_per_api: 25,
    nlbs: 1,
};
/// Accounts: with what belongs to none of their regions, five snapshots each.
const SMALL: usize = 200;
const LARGE: usize = 2000;

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// The lines of one region, to be put under other names.
struct Template {
    header: Header,
    lines: Vec<String>,
}

impl Template {
    fn new() -> Result<Self, Failure> {
        let lines = bulk::records(REGION)
            .map(|record| -> Result<String, Failure> { Ok(serde_json::to_string(&record?)?) });
        Ok(Self {
            header: bulk::header()?,
            lines: lines.collect::<Result<_, _>>()?,
        })
    }

    fn write(
        &self,
        tree: &Path,
        account: &AccountId,
        region: Option<&Region>,
    ) -> Result<(), Failure> {
        let folder = region.map_or("global", Region::as_str);
        let folder = tree.join(format!("account={account}/region={folder}/date=2026-11-01"));
        fs::create_dir_all(&folder)?;
        let file = BufWriter::new(File::create(folder.join("snapshot.jsonl.zst"))?);
        let header = Header {
            account: account.clone(),
            regions: region.cloned().into_iter().collect(),
            ..self.header.clone()
        };
        let out = zstd::Encoder::new(file, 3)?;
        let mut writer = SnapshotWriter::begin(out, &header)?;
        let (was_account, was_region) = (self.header.account.as_str(), &self.header.regions[0]);
        for line in self.lines.iter().filter(|_| region.is_some()) {
            let line = line.replace(was_account, account.as_str());
            let line = region.map_or_else(
                || line.clone(),
                |region| line.replace(was_region.as_str(), region.as_str()),
            );
            writer.record(serde_json::from_str::<Record>(&line)?)?;
        }
        writer.finish(Outcome::Finished)?.finish()?.flush()?;
        Ok(())
    }
}

fn generate(tree: &Path, accounts: usize) -> Result<(), Failure> {
    let template = Template::new()?;
    for number in 0..accounts {
        let account = AccountId::new(format!("{:012}", 100_000_000_000 + number))?;
        for region in REGIONS {
            template.write(tree, &account, Some(&Region::new(region)?))?;
        }
        template.write(tree, &account, None)?;
    }
    Ok(())
}

/// Every snapshot below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// Decompresses and parses everything, and keeps nothing; with how many bytes that are.
fn yardstick(files: &[PathBuf]) -> Result<(Duration, usize), Failure> {
    let start = Instant::now();
    let mut bytes = 0;
    let mut line = String::new();
    for path in files {
        let decoder = zstd::Decoder::new(BufReader::new(File::open(path)?))?;
        let mut input = BufReader::with_capacity(1 << 18, decoder);
        loop {
            line.clear();
            let read = input.by_ref().read_line(&mut line)?;
            if read == 0 {
                break;
            }
            bytes += read;
            serde_json::from_str::<IgnoredAny>(&line)?;
        }
    }
    Ok((start.elapsed(), bytes))
}

/// How long the report takes, and its peak memory in bytes.
fn report(tree: &Path) -> Result<(Duration, u64), Failure> {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_unbridge"))
        .args(["report", "--output", "json", "--snapshot"])
        .arg(tree)
        .stdout(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        // A high-water mark: the last one that can be read is that of the whole.
        if let Some(seen) = high_water(&status) {
            peak = peak.max(seen);
        }
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    match ended.code() {
        Some(0) => Ok((start.elapsed(), peak)),
        _ => Err(format!("the report ended with {ended}").into()),
    }
}

fn high_water(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}

/// What was measured of one tree: medians, and the most memory.
struct Measured {
    snapshots: usize,
    megabytes: f64,
    yardstick: f64,
    report: f64,
    peak: u64,
}

fn measure(tree: &Path) -> Result<Measured, Failure> {
    let mut all = Vec::new();
    files(tree, &mut all)?;
    let (mut yardsticks, mut reports, mut peak) = (Vec::new(), Vec::new(), 0);
    let mut size = 0;
    for _ in 0..ROUNDS {
        let (took, bytes) = yardstick(&all)?;
        yardsticks.push(took.as_secs_f64());
        size = bytes;
        let (took, memory) = report(tree)?;
        reports.push(took.as_secs_f64());
        peak = peak.max(memory);
    }
    Ok(Measured {
        snapshots: all.len(),
        #[expect(clippy::cast_precision_loss, reason = "to be printed")]
        megabytes: size as f64 / 1e6,
        yardstick: median(yardsticks),
        report: median(reports),
        peak,
    })
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn compare() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let trees = [("small", SMALL), ("large", LARGE)];
    let mut measured = Vec::new();
    for (name, accounts) in trees {
        let tree = folder.path().join(name);
        generate(&tree, accounts)?;
        measured.push(measure(&tree)?);
    }
    let mut out = io::stdout();
    for it in &measured {
        writeln!(
            out,
            "{} snapshots, {:.0} MB: one pass {:.2} s, report {:.2} s ({:.2} passes), peak {} MB",
            it.snapshots,
            it.megabytes,
            it.yardstick,
            it.report,
            it.report / it.yardstick,
            it.peak >> 20
        )?;
    }
    let [small, large] = &measured[..] else {
        return Err("two trees are measured".into());
    };
    let passes = large.report / large.yardstick;
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let bend = (large.report / large.snapshots as f64) / (small.report / small.snapshots as f64);
    writeln!(out, "time per snapshot, large over small: {bend:.2}")?;
    let missed = [
        (passes > MOST_PASSES).then(|| format!("{passes:.2} passes, at most {MOST_PASSES}")),
        (large.peak > MOST_MEMORY).then(|| format!("{} bytes of memory", large.peak)),
        (bend > MOST_BEND).then(|| format!("bend {bend:.2}, at most {MOST_BEND}")),
    ];
    let missed: Vec<String> = missed.into_iter().flatten().collect();
    match missed.is_empty() {
        true => Ok(()),
        false => Err(format!("missed: {}", missed.join("; ")).into()),
    }
}
