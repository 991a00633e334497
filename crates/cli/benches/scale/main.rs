//! Speed and memory over snapshots of up to a million methods: the bounds of
//! `docs/performance.md`, asserted.
//!
//! Each measurement runs in a process of its own, so that its peak memory is its own.

mod costs;
mod plans;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::iter;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;
use unbridge_model::snapshot::read::read;
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{Outcome, Record};
use unbridge_report::view::View;
use unbridge_scanner::assess::assess;
use unbridge_sim::build::BuildError;
use unbridge_sim::bulk::{self, BulkSize};

type Failure = Box<dyn std::error::Error>;

/// Load, graph, verdicts and report, over one pass that only parses.
const MOST_PASSES: f64 = 6.0;
/// Peak memory over the snapshot's uncompressed size.
const MOST_MEMORY: f64 = 0.5;
/// Time per method at the largest size over that at the smallest.
const MOST_BEND: f64 = 1.10;
const MOST_HELP: Duration = Duration::from_millis(10);

/// Every size is measured in each round, so that a machine that slows down or has other work
/// meets all sizes alike.
const ROUNDS: usize = 7;

/// Each size, and how often a round measures it: a short run needs company to be exact.
const SIZES: [(BulkSize, usize); 3] = [
    (
        BulkSize {
            apis: 200,
            methods_per_api: 50,
            nlbs: 50,
        },
        32,
    ),
    (
        BulkSize {
            apis: 2_000,
            methods_per_api: 50,
            nlbs: 500,
        },
        4,
    ),
    (BulkSize::MILLION, 1),
];

fn main() -> ExitCode {
    // Cargo adds the word that says how it was called.
    let arguments = std::env::args().skip(1).filter(|word| word != "--bench");
    let arguments: Vec<String> = arguments.collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["generate", path, apis, methods, nlbs] => {
            generate(path.as_ref(), [apis, methods, nlbs], |_| iter::empty())
        }
        ["generate-usage-of-nlbs", path, apis, methods, nlbs] => {
            generate(path.as_ref(), [apis, methods, nlbs], bulk::usage_of_nlbs)
        }
        ["generate-usage", path, apis, methods, nlbs] => {
            generate(path.as_ref(), [apis, methods, nlbs], bulk::usage)
        }
        ["measure", path] => measure(path.as_ref()),
        ["measure-costs", path] => costs::measure(path.as_ref()),
        ["measure-plan", path] => plans::measure(path.as_ref()),
        ["plans"] => only_plans(),
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

/// Writes a snapshot, with these records beside those of the account.
fn generate<I: Iterator<Item = Result<Record, BuildError>>>(
    path: &Path,
    [apis, methods, nlbs]: [&str; 3],
    beside: impl FnOnce(BulkSize) -> I,
) -> Result<(), Failure> {
    let size = BulkSize {
        apis: apis.parse()?,
        methods_per_api: methods.parse()?,
        nlbs: nlbs.parse()?,
    };
    let mut writer = SnapshotWriter::begin(BufWriter::new(File::create(path)?), &bulk::header()?)?;
    for record in beside(size).chain(bulk::records(size)) {
        writer.record(record?)?;
    }
    writer.finish(Outcome::Finished)?;
    Ok(())
}

/// Prints processor seconds of the parsing pass, of load, of verdicts, of the report, and peak
/// memory.
fn measure(path: &Path) -> Result<(), Failure> {
    // The first pass of a process pays for the process.
    parse_only(path)?;
    let start = spent()?;
    parse_only(path)?;
    let before = spent()?;
    let snapshot = read(BufReader::with_capacity(1 << 18, File::open(path)?))?;
    let loaded = spent()?;
    let view = View::of(assess(&snapshot)?);
    let judged = spent()?;
    unbridge_report::json::write(&view, io::sink())?;
    let reported = spent()?;
    let memory = peak_memory()?;
    // Once on either side of the work, so that a pace that changes meanwhile changes both alike.
    parse_only(path)?;
    let after = spent()?;
    let chains: usize = view
        .assessment
        .nlbs
        .iter()
        .map(|nlb| nlb.chains.len())
        .sum();
    let seconds = [
        (before - start + (after - reported)) / 2,
        loaded - before,
        judged - loaded,
        reported - judged,
    ]
    .map(|d| d.as_secs_f64().to_string());
    writeln!(io::stdout(), "{} {memory} {chains}", seconds.join(" "))?;
    // Taking a million chains apart is the system's work at exit, not the reader's.
    std::mem::forget((snapshot, view));
    Ok(())
}

/// Processor time of this process: time in which others had the processor is not ours.
fn spent() -> Result<Duration, Failure> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Ok(Duration::try_from(time)?)
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

/// One size and its snapshot.
struct Sample {
    path: PathBuf,
    methods: usize,
    bytes: u64,
    /// How often a round measures it.
    times: usize,
    rounds: Vec<Vec<Run>>,
}

/// What one process measured.
struct Run {
    /// Processor seconds: parse only, load, verdicts, report.
    seconds: [f64; 4],
    memory: u64,
}

impl Run {
    /// Load, verdicts and report, in passes of the same process over the same file.
    fn passes(&self) -> f64 {
        self.seconds[1..].iter().sum::<f64>() / self.seconds[0]
    }
}

impl Sample {
    fn generate(folder: &Path, size: BulkSize, times: usize) -> Result<Self, Failure> {
        let methods = size.apis * size.methods_per_api;
        let path = folder.join(format!("{methods}.jsonl"));
        generated("generate", &path, size)?;
        Ok(Self {
            bytes: std::fs::metadata(&path)?.len(),
            path,
            methods,
            times,
            rounds: Vec::new(),
        })
    }

    fn runs(&self) -> impl Iterator<Item = &Run> {
        self.rounds.iter().flatten()
    }

    fn seconds(&self, part: usize) -> f64 {
        median(self.runs().map(|run| run.seconds[part]))
    }

    fn passes(&self) -> f64 {
        median(self.runs().map(Run::passes))
    }

    fn memory(&self) -> u64 {
        self.runs().map(|run| run.memory).max().unwrap_or_default()
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
    fn memory_share(&self) -> f64 {
        self.memory() as f64 / self.bytes as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
    fn bytes_per_method(&self) -> f64 {
        self.bytes as f64 / self.methods as f64
    }

    /// Adds so many runs to the current round.
    fn run(&mut self, times: usize) -> Result<(), Failure> {
        for _ in 0..times {
            let run = measured(&self.path, self.methods)?;
            self.rounds.last_mut().ok_or("no round")?.push(run);
        }
        Ok(())
    }
}

/// Has another process generate a snapshot, whose memory is not ours.
fn generated(word: &str, path: &Path, size: BulkSize) -> Result<(), Failure> {
    let numbers = [size.apis, size.methods_per_api, size.nlbs];
    let generated = Command::new(std::env::current_exe()?)
        .arg(word)
        .arg(path)
        .args(numbers.map(|number| number.to_string()))
        .status()?;
    if generated.success() {
        Ok(())
    } else {
        Err("the snapshot could not be generated".into())
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// One round: half of each size's runs, and then the other half in reverse, so that the middle of
/// each size's runs is the middle of the round.
fn round(samples: &mut [Sample]) -> Result<(), Failure> {
    for sample in samples.iter_mut() {
        sample.rounds.push(Vec::new());
        sample.run(sample.times / 2)?;
    }
    for sample in samples.iter_mut().rev() {
        sample.run(sample.times - sample.times / 2)?;
    }
    Ok(())
}

/// Time per method at the larger size over that at the smaller, round by round, both in units of
/// the yardstick's time per byte at that moment.
fn bends(small: &Sample, large: &Sample) -> Vec<f64> {
    let scale = large.bytes_per_method() / small.bytes_per_method();
    let passes = |runs: &Vec<Run>| median(runs.iter().map(Run::passes));
    let rounds = small.rounds.iter().zip(&large.rounds);
    rounds
        .map(|(small, large)| passes(large) / passes(small) * scale)
        .collect()
}

fn compare() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut out = io::stdout();
    let mut samples = Vec::new();
    for (size, times) in SIZES {
        samples.push(Sample::generate(folder.path(), size, times)?);
    }
    for _ in 0..ROUNDS {
        round(&mut samples)?;
    }
    writeln!(
        out,
        "methods    file MB  parse s  load s  verdicts s  report s  passes  peak MB  peak/file"
    )?;
    for sample in &samples {
        let [parse, load, verdicts, report] = [0, 1, 2, 3].map(|part| sample.seconds(part));
        writeln!(
            out,
            "{:>8} {:>9} {parse:>8.4} {load:>7.3} {verdicts:>11.3} {report:>9.3} {:>7.2} {:>8} {:>10.2}",
            sample.methods,
            sample.bytes / 1_000_000,
            sample.passes(),
            sample.memory() / 1_000_000,
            sample.memory_share(),
        )?;
    }
    let help = help_time()?;
    let (Some(small), Some(large)) = (samples.first(), samples.last()) else {
        return Err("nothing measured".into());
    };
    let mut bends = bends(small, large);
    bends.sort_by(f64::total_cmp);
    let bend = median(bends.iter().copied());
    writeln!(
        out,
        "time per method, most methods over fewest: {bend:.3} (rounds: {}); --help: {:.1} ms",
        bends
            .iter()
            .map(|bend| format!("{bend:.2}"))
            .collect::<Vec<_>>()
            .join(" "),
        help.as_secs_f64() * 1e3
    )?;
    let costs = costs::compare(folder.path(), &large.path)?;
    let plans = plans::compare(&samples)?;
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
        (costs, "costs slower than the bound"),
        (plans, "planning slower than the bound"),
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

/// Planning alone, for whoever works on it.
fn only_plans() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut samples = Vec::new();
    for (size, times) in SIZES {
        samples.push(Sample::generate(folder.path(), size, times)?);
    }
    match plans::compare(&samples)? {
        true => Ok(()),
        false => Err("planning slower than the bound".into()),
    }
}

fn measured(path: &Path, methods: usize) -> Result<Run, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .arg("measure")
        .arg(path)
        .output()?;
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
    Ok(Run {
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
