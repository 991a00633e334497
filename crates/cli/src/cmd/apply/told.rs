//! What a run tells while it goes on: lines and a bar for a person, or a stream of events, one JSON
//! object a line.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use unbridge_executor::canary::{Counted, Measurement, Source, Watch};
use unbridge_executor::proof::{Ask, Proof};
use unbridge_model::id::StepId;
use unbridge_model::journal::{Direction, End, Entry, Event, JournalStore, Residue, StoreError};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::{Phase, Plan, Step};
use unbridge_model::port::{Judgement, Meter, Prober};
use unbridge_model::text::Text;
use unbridge_model::usage::Measure;

use super::journal_file::JournalFile;
use super::preflight::Check;
use crate::args::RunOutput;
use crate::terminal;

/// The version of the stream of events.
const FORMAT_VERSION: u32 = 1;

/// One thing that is told.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case"
)]
pub(crate) enum Told {
    /// One check before the first change.
    Checked(Check),
    /// A call that a run would make; only told of a run that makes none.
    WouldDo {
        /// The step's number, from 1.
        number: usize,
        /// The step.
        step: StepId,
        /// What it does.
        what: Text,
        /// The calls of the AWS CLI that do the same.
        calls: Vec<String>,
    },
    /// A run begins or is taken up.
    Begins {
        /// Its name.
        run: Text,
        /// Its journal.
        journal: String,
        /// Steps of the plan.
        steps: usize,
        /// Which way it goes.
        direction: Direction,
    },
    /// What the journal now says.
    Journal {
        /// The entry.
        entry: Entry,
    },
    /// Nothing happens for so long.
    Waits {
        /// Seconds.
        seconds: u64,
    },
    /// What callers get while a share of them goes the new way.
    Measured {
        /// In words.
        what: Text,
    },
    /// A request that a temporary stage was proven with.
    Asked {
        /// The request.
        request: Text,
        /// What its answer showed.
        found: Text,
    },
    /// The run is over or pauses.
    Ended {
        /// How.
        outcome: &'static str,
        /// The exit code.
        code: u8,
        /// Why, or at which step.
        why: Option<Text>,
        /// What stays behind, by step.
        residue: Vec<(StepId, Residue)>,
        /// What to type next.
        next: Option<String>,
    },
}

#[derive(Serialize, schemars::JsonSchema)]
struct Line<'a> {
    format: &'static str,
    format_version: u32,
    at: String,
    #[serde(flatten)]
    told: &'a Told,
}

/// The schema of a line of the stream.
pub(crate) fn schema() -> serde_json::Value {
    schemars::schema_for!(Line<'_>).to_value()
}

/// Tells what happens.
pub(crate) struct Teller<'p> {
    plan: &'p Plan,
    output: RunOutput,
    bar: ProgressBar,
    now: RefCell<Now>,
}

/// So many of something.
pub(super) fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}

/// Seconds that the plan forecasts from a step on: its own gates, and its part of what its phase takes
/// for work.
fn left_from(plan: &Plan, place: usize) -> Option<u64> {
    let forecast = plan.body.forecast.as_ref()?;
    let steps = &plan.body.steps;
    let mut seconds = 0;
    for time in &forecast.phases {
        let all = steps.iter().filter(|step| step.phase == time.phase);
        let all = all.count() as u64;
        let open = steps.iter().skip(place);
        let open = open.filter(|step| step.phase == time.phase).count() as u64;
        let whole = u64::from(time.work_seconds) + u64::from(time.watch_seconds);
        seconds += (whole * open).checked_div(all).unwrap_or(0);
    }
    Some(seconds)
}

/// Where the run stands.
#[derive(Debug, Default)]
struct Now {
    phase: Option<Phase>,
    back: bool,
    done: usize,
}

impl<'p> Teller<'p> {
    pub(crate) fn new(plan: &'p Plan, output: RunOutput) -> Self {
        let shown = output == RunOutput::Text && io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(plan.body.steps.len() as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} steps  {wide_msg}") {
            bar.set_style(style);
        }
        Self {
            plan,
            output,
            bar,
            now: RefCell::default(),
        }
    }

    /// Tells one thing.
    pub(crate) fn tell(&self, told: &Told) {
        match self.output {
            RunOutput::Json => {
                let line = Line {
                    format: "unbridge-events",
                    format_version: FORMAT_VERSION,
                    at: jiff::Timestamp::now()
                        .strftime("%Y-%m-%dT%H:%M:%SZ")
                        .to_string(),
                    told,
                };
                let mut out = io::stdout().lock();
                // Nobody listening any more does not stop a run that changes an account.
                let _ = serde_json::to_writer(&mut out, &line)
                    .map_err(io::Error::from)
                    .and_then(|()| out.write_all(b"\n"))
                    .and_then(|()| out.flush());
            }
            RunOutput::Text => {
                for line in self.in_words(told) {
                    self.say(&line);
                }
            }
        }
    }

    /// Says a line to a person, above the bar.
    pub(crate) fn say(&self, line: &str) {
        if self.output == RunOutput::Json {
            return;
        }
        self.bar.suspend(|| {
            let _ = terminal::put(&format!("{line}\n"));
        });
    }

    /// Shows that something goes on for a while.
    pub(crate) fn waits(&self, pause: Duration) {
        if pause >= Duration::from_secs(1) {
            self.tell(&Told::Waits {
                seconds: pause.as_secs(),
            });
        }
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn step(&self, id: &StepId) -> Option<(usize, &'p Step)> {
        let steps = &self.plan.body.steps;
        let place = steps.iter().position(|step| step.id == *id)?;
        Some((place + 1, steps.get(place)?))
    }

    fn in_words(&self, told: &Told) -> Vec<String> {
        match told {
            Told::Checked(check) => vec![check.to_string()],
            Told::WouldDo {
                number,
                what,
                calls,
                ..
            } => {
                let mut lines = vec![format!("{number:>4}  {what}")];
                lines.extend(calls.iter().map(|call| format!("      aws {call}")));
                lines
            }
            Told::Begins {
                run,
                journal,
                steps,
                direction,
            } => {
                let what = match direction {
                    Direction::Forward => "carrying out",
                    Direction::Undo => "taking back",
                };
                let steps = counted(*steps, "step");
                vec![format!("run {run}: {what} {steps}; journal {journal}")]
            }
            Told::Journal { entry } => self.entry(entry),
            Told::Waits { seconds } => {
                self.bar.set_message(format!("waiting {seconds} s"));
                Vec::new()
            }
            Told::Measured { what } => vec![format!("        {what}")],
            Told::Asked { request, found } => vec![format!("        {request}: {found}")],
            Told::Ended {
                outcome,
                why,
                residue,
                next,
                ..
            } => {
                let mut lines = vec![match why {
                    Some(why) => format!("{outcome}: {why}"),
                    None => (*outcome).to_owned(),
                }];
                lines.extend(
                    residue
                        .iter()
                        .map(|(step, residue)| format!("  stays behind: {}", left(step, residue))),
                );
                lines.extend(next.iter().map(|next| format!("  next: {next}")));
                lines
            }
        }
    }

    fn entry(&self, entry: &Entry) -> Vec<String> {
        let of = self.plan.body.steps.len();
        match &entry.event {
            Event::Started {
                step, direction, ..
            } => {
                let Some((number, step)) = self.step(step) else {
                    return Vec::new();
                };
                let mut now = self.now.borrow_mut();
                let mut lines = Vec::new();
                if *direction == Direction::Forward && now.phase != Some(step.phase) {
                    now.phase = Some(step.phase);
                    lines.push(format!("phase {}", step.phase));
                }
                if *direction == Direction::Undo {
                    now.back = true;
                }
                let left = left_from(self.plan, number - 1).filter(|_| !now.back);
                let left = left.map(|left| format!("about {} min left: ", left.div_ceil(60)));
                let left = left.unwrap_or_default();
                self.bar.set_message(format!("{left}{}", step.forward));
                lines.push(match direction {
                    Direction::Forward => format!("[{number}/{of}] {}", step.forward),
                    Direction::Undo => format!("[{number}/{of}] back: {}", step.backward),
                });
                lines
            }
            Event::Verified { step } | Event::Passed { step } => {
                let Some((number, known)) = self.step(step) else {
                    return Vec::new();
                };
                let passed = matches!(entry.event, Event::Passed { .. });
                let mut now = self.now.borrow_mut();
                if passed || known.gate.is_none() {
                    now.done = number;
                    self.bar.set_position(number as u64);
                }
                match (passed, &known.gate) {
                    (true, _) => vec![format!("[{number}/{of}]   passed")],
                    (false, Some(gate)) => vec![format!("[{number}/{of}]   {}", watched(gate))],
                    (false, None) => Vec::new(),
                }
            }
            Event::NotMade { why, .. } => vec![format!("        not made: {why}")],
            Event::Lost { why, .. } => vec![format!("        no answer: {why}; looking for it")],
            Event::TurnedBack { why } => vec![format!("going back: {why}")],
            Event::Left { step, residue } => {
                vec![format!("        stays behind: {}", left(step, residue))]
            }
            Event::TakenUp { caller } => vec![format!("taken up by {caller}")],
            Event::Ended { end } => vec![match end {
                End::Completed => "every step is done".to_owned(),
                End::RolledBack => "the way back is at its end".to_owned(),
            }],
            Event::Succeeded { .. }
            | Event::NothingToUndo { .. }
            | Event::Stopped { .. }
            | Event::Stuck { .. } => Vec::new(),
        }
    }
}

fn watched(gate: &Gate) -> String {
    match gate {
        Gate::Proof { stage, like, .. } => {
            format!("asking temporary stage {stage} what {like} is asked")
        }
        Gate::Bake { stage, seconds, .. } => format!("watching stage {stage} for {seconds} s"),
        Gate::BakeHttp {
            stages, seconds, ..
        } => {
            let stages: Vec<&str> = stages.iter().map(|stage| stage.as_str()).collect();
            format!("watching {} for {seconds} s", stages.join(", "))
        }
        Gate::Drain { seconds } => format!("waiting {seconds} s for requests on their way"),
    }
}

fn left(step: &StepId, residue: &Residue) -> String {
    match residue {
        Residue::IntegrationTarget { method } => format!(
            "integrationTarget of {} {} of API {} (AWS lets nobody take it away; it does nothing)",
            <&str>::from(method.verb),
            method.path,
            method.api
        ),
        Residue::NotUndone { why } => format!("what step {step} made: {why}"),
    }
}

/// A journal whose entries are told once they are on disk.
pub(crate) struct ToldJournal<'t, 'p> {
    pub(super) file: JournalFile,
    pub(super) teller: &'t Teller<'p>,
}

impl JournalStore for ToldJournal<'_, '_> {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        self.file.append(line)?;
        // The first line is the header, which is no entry.
        if let Ok(entry) = serde_json::from_str::<Entry>(line) {
            self.teller.tell(&Told::Journal { entry });
        }
        Ok(())
    }
}

/// A meter whose looks are told.
pub(super) struct ToldMeter<'t, 'p, S> {
    pub(super) meter: Watch<'p, S>,
    pub(super) teller: &'t Teller<'p>,
}

impl<S: Source> Meter for ToldMeter<'_, '_, S> {
    fn judge(&self, gate: &Gate) -> Judgement {
        let judgement = self.meter.judge(gate);
        if let Some(measured) = self.meter.last() {
            let what = Text::from(looked(&measured));
            self.teller.tell(&Told::Measured { what });
        }
        judgement
    }
}

/// A look in one line: the split, and each status of a stage before and now.
fn looked(measured: &Measurement) -> String {
    let Measurement {
        share_percent,
        minutes,
        requests,
        compared,
        ..
    } = measured;
    let stages = compared
        .iter()
        .filter(|one| matches!(one.status, Measure::Count4xx | Measure::Count5xx));
    let shares = stages.map(|one| {
        let name = match one.status {
            Measure::Count4xx => "4XX",
            _ => "5XX",
        };
        format!("{name} {} (before {})", share(&one.now), share(&one.before))
    });
    let shares: Vec<String> = shares.collect();
    format!(
        "{share_percent:.0} % go the new way; {requests:.0} requests in {minutes} min; {}",
        shares.join(", ")
    )
}

fn share(counted: &Counted) -> String {
    if counted.of > 0.0 {
        format!("{:.2} %", 100.0 * counted.share())
    } else {
        "unknown".to_owned()
    }
}

/// A prober whose requests are told.
pub(super) struct ToldProber<'t, 'p, A> {
    pub(super) prober: Proof<'p, A>,
    pub(super) teller: &'t Teller<'p>,
}

impl<A: Ask> Prober for ToldProber<'_, '_, A> {
    fn prove(&self, gate: &Gate) -> Judgement {
        let judgement = self.prober.prove(gate);
        let shown = self.prober.last().unwrap_or_default();
        for (request, found) in &shown.asked {
            self.teller.tell(&Told::Asked {
                request: request.clone(),
                found: Text::from(found.to_string()),
            });
        }
        for request in &shown.left_out {
            self.teller.tell(&Told::Asked {
                request: request.clone(),
                found: Text::new("not asked"),
            });
        }
        judgement
    }
}

/// On the way back nothing is measured and nothing is proven.
pub(super) struct NotAsked;

const NOT_ASKED: &str = "nothing is measured on the way back";

impl Meter for NotAsked {
    fn judge(&self, _: &Gate) -> Judgement {
        let why = Text::new(NOT_ASKED);
        Judgement::Error { why }
    }
}

impl Prober for NotAsked {
    fn prove(&self, _: &Gate) -> Judgement {
        let why = Text::new(NOT_ASKED);
        Judgement::Error { why }
    }
}
