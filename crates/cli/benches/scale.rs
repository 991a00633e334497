//! Speed and memory over snapshots of up to a million methods: the bounds of
//! `docs/performance.md`, asserted.
//!
//! Each measurement runs in a process of its own, so that its peak memory is its own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;
use unbridge_model::snapshot::Outcome;
use unbridge_model::snapshot::read::read;
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_scanner::assess::assess;
use unbridge_sim::bulk::{self, BulkSize};

type Failure = Box<dyn std::error::Error>;

/// Load, graph, verdicts and report, over one pass that only parses.
const MOST_PASSES: f64 = 6.0;
/// Peak memory over the snapshot's uncompressed size.
const MOST_MEMORY: f64 = 0.5;
/// Time per method at the largest size over that at the smallest.
const MOST_BEND: f64 = 1.10;
const MOST_HELP: Duration = Duration::from_millis(10);

const SIZES: [(BulkSize, u32); 3] = [
    (
        BulkSize {
            apis: 200,
            methods_per_api: 50,
            nlbs: 50,
        },
        40,
    ),
    (
        BulkSize {
            apis: 2_000,
            methods_per_api: 50,
            nlbs: 500,
        },
        10,
    ),
    (BulkSize::MILLION, 5),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["generate", path, apis, methods, nlbs] => generate(path.as_ref(), [apis, methods, nlbs]),
        ["measure", path] => measure(path.as_ref()),
        _ => compare(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn generate(path: &Path, [apis, methods, nlbs]: [&str; 3]) -> Result<(), Failure> {
    let size = BulkSize {
        apis: apis.parse()?,
        methods_per_api: methods.parse()?,
        nlbs: nlbs.parse()?,
    };
    let mut writer = SnapshotWriter::begin(BufWriter::new(File::create(path)?), &bulk::header()?)?;
    for record in bulk::records(size) {
        writer.record(record?)?;
    }
    writer.finish(Outcome::Finished)?;
    Ok(())
}

/// Prints seconds of the parsing pass, of load, of verdicts, of the report, and peak memory.
fn measure(path: &Path) -> Result<(), Failure> {
    let parsed = timed(|| parse_only(path))?;
    let start = Instant::now();
    let snapshot = read(BufReader::with_capacity(1 << 18, File::open(path)?))?;
    let loaded = start.elapsed();
    let assessment = assess(&snapshot)?;
    let judged = start.elapsed();
    unbridge_report::json::write(&assessment, io::sink())?;
    let reported = start.elapsed();
    let chains: usize = assessment.nlbs.iter().map(|nlb| nlb.chains.len()).sum();
    let seconds =
        [parsed, loaded, judged - loaded, reported - judged].map(|d| d.as_secs_f64().to_string());
    writeln!(
        io::stdout(),
        "{} {} {chains}",
        seconds.join(" "),
        peak_memory()?
    )?;
    // Taking a million chains apart is the system's work at exit, not the reader's.
    std::mem::forget((snapshot, assessment));
    Ok(())
}

fn parse_only(path: &Path) -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(1 << 18, File::open(path)?);
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        serde_json::from_slice::<IgnoredAny>(&line)?;
        line.clear();
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// The highest resident memory this process has had, in bytes.
fn peak_memory() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM in /proc/self/status")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}

struct Figures {
    methods: usize,
    bytes: u64,
    /// Seconds: parse only, load, verdicts, report.
    seconds: [f64; 4],
    memory: u64,
}

impl Figures {
    fn passes(&self) -> f64 {
        self.work() / self.seconds[0]
    }

    fn work(&self) -> f64 {
        self.seconds[1..].iter().sum()
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
    fn memory_share(&self) -> f64 {
        self.memory as f64 / self.bytes as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
    fn per_method(&self) -> f64 {
        self.work() / self.methods as f64 * 1e6
    }
}

fn compare() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut out = io::stdout();
    writeln!(
        out,
        "methods    file MB  parse s  load s  verdicts s  report s  passes  peak MB  peak/file"
    )?;
    let mut all = Vec::new();
    for (size, runs) in SIZES {
        let figures = best_of(folder.path(), size, runs)?;
        let [parse, load, verdicts, report] = figures.seconds;
        writeln!(
            out,
            "{:>8} {:>9} {parse:>8.3} {load:>7.3} {verdicts:>11.3} {report:>9.3} {:>7.2} {:>8} {:>10.2}",
            figures.methods,
            figures.bytes / 1_000_000,
            figures.passes(),
            figures.memory / 1_000_000,
            figures.memory_share(),
        )?;
        all.push(figures);
    }
    let help = help_time()?;
    let (Some(small), Some(large)) = (all.first(), all.last()) else {
        return Err("nothing measured".into());
    };
    let bend = large.per_method() / small.per_method();
    writeln!(
        out,
        "microseconds per method: {:.2} at most methods, {:.2} at fewest, {bend:.3} times; --help: {:.1} ms",
        large.per_method(),
        small.per_method(),
        help.as_secs_f64() * 1e3
    )?;
    let bounds = [
        (
            large.passes() <= MOST_PASSES,
            "slower than the bound in passes",
        ),
        (
            large.memory_share() <= MOST_MEMORY,
            "more memory than the bound",
        ),
        (bend <= MOST_BEND, "not linear within the bound"),
        (help <= MOST_HELP, "--help slower than the bound"),
    ];
    let missed: Vec<_> = bounds
        .into_iter()
        .filter(|(kept, _)| !kept)
        .map(|(_, what)| what)
        .collect();
    if missed.is_empty() {
        Ok(())
    } else {
        Err(missed.join("; ").into())
    }
}

fn best_of(folder: &Path, size: BulkSize, runs: u32) -> Result<Figures, Failure> {
    let path = folder.join("snapshot.jsonl");
    let numbers = [size.apis, size.methods_per_api, size.nlbs].map(|number| number.to_string());
    let this = std::env::current_exe()?;
    let generated = Command::new(&this)
        .arg("generate")
        .arg(&path)
        .args(numbers)
        .status()?;
    if !generated.success() {
        return Err("the snapshot could not be generated".into());
    }
    let mut best: Option<Figures> = None;
    for _ in 0..runs {
        let figures = measured(&this, &path, size.apis * size.methods_per_api)?;
        best = Some(match best.take() {
            None => figures,
            Some(mut best) => {
                for (kept, new) in best.seconds.iter_mut().zip(figures.seconds) {
                    *kept = kept.min(new);
                }
                best.memory = best.memory.max(figures.memory);
                best
            }
        });
    }
    best.ok_or_else(|| "nothing measured".into())
}

fn measured(this: &PathBuf, path: &Path, methods: usize) -> Result<Figures, Failure> {
    let output = Command::new(this).arg("measure").arg(path).output()?;
    let text = String::from_utf8(output.stdout)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let [parse, load, verdicts, report, memory, chains] = words[..] else {
        return Err(format!(
            "a measurement failed: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    };
    if chains.parse::<usize>()? < methods {
        return Err(format!("{chains} chains for {methods} methods").into());
    }
    Ok(Figures {
        methods,
        bytes: std::fs::metadata(path)?.len(),
        seconds: [
            parse.parse()?,
            load.parse()?,
            verdicts.parse()?,
            report.parse()?,
        ],
        memory: memory.parse()?,
    })
}

fn help_time() -> Result<Duration, Failure> {
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_unbridge"))
            .arg("--help")
            .output()?;
        best = best.min(start.elapsed());
        if !output.status.success() {
            return Err("--help failed".into());
        }
    }
    Ok(best)
}
