//! What costs add to the time of an analysis: the same account, with and without the usage of a
//! month.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::Command;

use unbridge_cost::estimates;
use unbridge_cost::prices::PriceTable;
use unbridge_model::estimate::Confidence;
use unbridge_model::snapshot::read::read;
use unbridge_scanner::assess::assess;
use unbridge_sim::bulk::BulkSize;

use super::{Failure, median, peak_memory, spent};

/// Load, verdicts and costs of the file with usage of its NLBs, over load and verdicts of the file
/// without any.
const MOST: f64 = 2.0;

/// Each file is measured once in every round.
const ROUNDS: usize = 7;
/// Of the file with usage of everything, which has no bound.
const ROUNDS_OF_ALL: usize = 3;

/// What one process measured.
struct Run {
    /// Processor seconds: load, verdicts, costs.
    seconds: [f64; 3],
    memory: u64,
}

/// Prints processor seconds of load, verdicts and costs, peak memory, and of how many NLBs capacity
/// units were measured.
pub(super) fn measure(path: &Path) -> Result<(), Failure> {
    let prices = PriceTable::embedded()?;
    let start = spent()?;
    let snapshot = read(BufReader::with_capacity(1 << 18, File::open(path)?))?;
    let loaded = spent()?;
    let assessment = assess(&snapshot)?;
    let judged = spent()?;
    let estimates = estimates(&assessment, &snapshot, &prices);
    let told = spent()?;
    let measured = estimates
        .values()
        .filter(|one| one.confidence == Confidence::Measured);
    let measured = measured.count();
    let seconds = [loaded - start, judged - loaded, told - judged]
        .map(|seconds| seconds.as_secs_f64().to_string());
    let memory = peak_memory()?;
    writeln!(io::stdout(), "{} {memory} {measured}", seconds.join(" "))?;
    // Taking it all apart is the system's work at exit, not the reader's.
    std::mem::forget((snapshot, assessment, estimates));
    Ok(())
}

fn run(path: &Path, measured_nlbs: usize) -> Result<Run, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .arg("measure-costs")
        .arg(path)
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let [load, verdicts, costs, memory, measured] = words[..] else {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("a measurement of costs failed: {error}").into());
    };
    if measured.parse::<usize>()? != measured_nlbs {
        return Err(format!("usage of {measured} NLBs, not of {measured_nlbs}").into());
    }
    Ok(Run {
        seconds: [load.parse()?, verdicts.parse()?, costs.parse()?],
        memory: memory.parse()?,
    })
}

/// One file, and its runs.
struct Sample<'p> {
    path: &'p Path,
    what: &'static str,
    measured_nlbs: usize,
    runs: Vec<Run>,
}

impl<'p> Sample<'p> {
    fn new(path: &'p Path, what: &'static str, measured_nlbs: usize) -> Self {
        Self {
            path,
            what,
            measured_nlbs,
            runs: Vec::new(),
        }
    }

    fn seconds(&self, part: usize) -> f64 {
        median(self.runs.iter().map(|run| run.seconds[part]))
    }
}

/// Measures the file without usage beside one with the usage of NLBs, and beside one with the usage
/// of everything; prints the figures, and says whether the bound was kept.
pub(super) fn compare(folder: &Path, without: &Path) -> Result<bool, Failure> {
    let nlbs = beside(folder, without, ("generate-usage-of-nlbs", "NLBs"), ROUNDS)?;
    beside(
        folder,
        without,
        ("generate-usage", "everything"),
        ROUNDS_OF_ALL,
    )?;
    Ok(nlbs <= MOST)
}

/// The time of an analysis with costs over one without usage, the median of these rounds. Both are
/// measured in each round, so that a machine that slows down slows both alike.
fn beside(
    folder: &Path,
    without: &Path,
    (generate, what): (&str, &'static str),
    rounds: usize,
) -> Result<f64, Failure> {
    let size = BulkSize::MILLION;
    let with = folder.join("usage.jsonl");
    super::generated(generate, &with, size)?;
    let mut samples = [
        Sample::new(without, "nothing", 0),
        Sample::new(&with, what, size.nlbs),
    ];
    for _ in 0..rounds {
        for sample in &mut samples {
            sample.runs.push(run(sample.path, sample.measured_nlbs)?);
        }
    }
    let times = print(&samples)?;
    // Disks are not large everywhere.
    std::fs::remove_file(with)?;
    Ok(times)
}

fn print(samples: &[Sample<'_>; 2]) -> Result<f64, Failure> {
    let mut out = io::stdout();
    writeln!(
        out,
        "usage of    file MB  load s  verdicts s  costs s  peak MB"
    )?;
    for sample in samples {
        let [load, verdicts, costs] = [0, 1, 2].map(|part| sample.seconds(part));
        let memory = sample.runs.iter().map(|run| run.memory).max();
        writeln!(
            out,
            "{:<11} {:>7} {load:>7.3} {verdicts:>11.3} {costs:>8.3} {:>8}",
            sample.what,
            std::fs::metadata(sample.path)?.len() / 1_000_000,
            memory.unwrap_or_default() / 1_000_000,
        )?;
    }
    let [without, with] = samples;
    let rounds = without.runs.iter().zip(&with.runs);
    let mut times: Vec<f64> = rounds
        .map(|(without, with)| {
            with.seconds.iter().sum::<f64>() / without.seconds[..2].iter().sum::<f64>()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let middle = median(times.iter().copied());
    let rounds: Vec<String> = times.iter().map(|times| format!("{times:.2}")).collect();
    writeln!(
        out,
        "time of an analysis with costs, over one without usage: {middle:.2} (rounds: {})",
        rounds.join(" ")
    )?;
    Ok(middle)
}
