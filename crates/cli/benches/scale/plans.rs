//! What planning takes beside the analysis that it starts from: everything of an account moved at
//! once, without a rehearsal.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use unbridge_model::finding::FindingCode;
use unbridge_model::plan::choices::Choices;
use unbridge_model::plan::operation::{Operation, Percent};
use unbridge_model::snapshot::Snapshot;
use unbridge_model::snapshot::read::read;
use unbridge_model::text::Text;
use unbridge_planner::Asked;
use unbridge_scanner::assess::assess;

use super::{Failure, Sample, median, peak_memory};

/// Planning over load and verdicts of the same file. That it takes no longer than those is the aim,
/// and missed: see `docs/performance.md`.
const MOST: f64 = 2.0;

const ROUNDS: usize = 5;

/// What one process measured.
struct Run {
    /// Seconds on the clock: load and verdicts on one processor, planning on all.
    seconds: [f64; 2],
    memory: u64,
}

/// Prints seconds on the clock of load and verdicts, and of planning, peak memory, and how many methods
/// are moved.
pub(super) fn measure(path: &Path) -> Result<(), Failure> {
    let start = Instant::now();
    let snapshot = read(BufReader::with_capacity(1 << 18, File::open(path)?))?;
    let assessment = assess(&snapshot)?;
    let analysis = start.elapsed();
    let choices = everything(&snapshot);
    let region = snapshot.regions.keys().next().ok_or("no region")?;
    let begun = Instant::now();
    let body = unbridge_planner::plan(&Asked {
        snapshot: &snapshot,
        assessment: &assessment,
        region,
        choices: &choices,
        savings: Vec::new(),
    });
    let planning = begun.elapsed();
    let moves = |operation: &Operation| matches!(operation, Operation::UpdateIntegration { .. });
    let moved = body.steps.iter().filter(|step| moves(&step.operation));
    let (moved, memory) = (moved.count(), peak_memory()?);
    let seconds = [analysis, planning].map(|time| time.as_secs_f64().to_string());
    writeln!(io::stdout(), "{} {memory} {moved}", seconds.join(" "))?;
    // Taking it all apart is the system's work at exit, not the reader's.
    std::mem::forget((snapshot, assessment, body));
    Ok(())
}

/// Everything moves, and whoever owns it lets it.
fn everything(snapshot: &Snapshot) -> Choices {
    let mut choices = Choices {
        canary: [10, 50, 100].into_iter().filter_map(Percent::new).collect(),
        bake_seconds: 300,
        findings: FindingCode::ALL.iter().copied().collect(),
        link_quota: Some(u32::MAX),
        ..Choices::default()
    };
    for facts in snapshot.regions.values() {
        let nlbs = facts.load_balancers.keys();
        choices.selection.nlbs.extend(nlbs.cloned());
        let apis = facts.rest_apis.iter().map(|api| Text::from(api.id.clone()));
        choices.edit.extend(apis);
        let groups = facts.vpcs.values();
        let groups = groups.flat_map(|vpc| vpc.security_groups.iter().flatten());
        choices
            .edit
            .extend(groups.map(|group| Text::from(group.id.clone())));
    }
    choices
}

fn run(sample: &Sample) -> Result<Run, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .arg("measure-plan")
        .arg(&sample.path)
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let [analysis, plan, memory, moved] = words[..] else {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("a measurement of planning failed: {error}").into());
    };
    if moved.parse::<usize>()? != sample.methods {
        return Err(format!("{moved} of {} methods are moved", sample.methods).into());
    }
    Ok(Run {
        seconds: [analysis.parse()?, plan.parse()?],
        memory: memory.parse()?,
    })
}

/// Measures planning at every size; says whether the bound was kept at the largest.
pub(super) fn compare(samples: &[Sample]) -> Result<bool, Failure> {
    let mut out = io::stdout();
    writeln!(
        out,
        "methods    analysis s  plan s  plan/analysis  us/method  peak MB"
    )?;
    let mut last = f64::NAN;
    for sample in samples {
        let mut runs = Vec::new();
        for _ in 0..ROUNDS {
            runs.push(run(sample)?);
        }
        let [analysis, plan] = [0, 1].map(|part| median(runs.iter().map(|run| run.seconds[part])));
        last = median(runs.iter().map(|run| run.seconds[1] / run.seconds[0]));
        let memory = runs.iter().map(|run| run.memory).max();
        #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
        let each = plan * 1e6 / sample.methods as f64;
        writeln!(
            out,
            "{:>8} {analysis:>12.3} {plan:>7.3} {last:>14.2} {each:>10.2} {:>8}",
            sample.methods,
            memory.unwrap_or_default() / 1_000_000,
        )?;
    }
    Ok(last <= MOST)
}
