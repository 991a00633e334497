//! What a rehearsal found, for people and as JSON that scripts rely on: a field may be added within
//! a format version; none may change its meaning or go.

mod request;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use unbridge_model::id::{PlanId, RestApiId, Sha256, StepId};
use unbridge_model::journal::Residue;
use unbridge_model::text::Text;

use crate::layout::{self, count, some};
use crate::look::{Look, Tone};
use crate::safe::HarmlessJson;
use crate::words;

pub use request::{Harmed, Served};

/// The version of the format.
pub const FORMAT_VERSION: u32 = 1;

/// How many of the trace's last lines a person sees who does not ask for more.
const LAST: usize = 30;

/// How many methods are named before the rest is only counted.
const MOST: usize = 8;

/// What a rehearsal found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rehearsed {
    /// The version of this format.
    pub format_version: u32,
    /// The version of the tool that rehearsed.
    pub tool_version: Text,
    /// The plan's name.
    pub plan_id: PlanId,
    /// The body that was rehearsed.
    pub body_digest: Sha256,
    /// Whether no run went wrong.
    pub verdict: RehearsalVerdict,
    /// Runs that were made.
    pub runs: u64,
    /// Requests that were followed.
    pub requests: u64,
    /// Where what is not known of AWS may stop the plan without harm.
    pub stops: Vec<Stop>,
    /// What may stay behind when it goes back.
    pub residue: Vec<Left>,
    /// The first run that went wrong; null when none did.
    pub counter_example: Option<CounterExample>,
}

/// What a rehearsal comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RehearsalVerdict {
    /// No run went wrong.
    Proven,
    /// A run went wrong.
    Refuted,
}

/// A step at which the plan may stop without harm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Stop {
    /// The step.
    pub step: StepId,
    /// Why.
    pub why: String,
    /// What of AWS would cause it, each enough by itself.
    pub causes: Vec<String>,
}

/// What may stay behind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Left {
    /// `integrationTarget` of methods of a draft: AWS lets nobody take it away.
    IntegrationTarget {
        /// The REST API.
        api_id: RestApiId,
        /// The methods, such as `GET /orders`.
        methods: Vec<String>,
    },
    /// A change that could not be taken back.
    NotUndone {
        /// Why.
        why: Text,
    },
}

/// A run that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CounterExample {
    /// What is wrong.
    pub why: String,
    /// The request that is not served as before; null when something else is wrong.
    pub harm: Option<Harmed>,
    /// Under which circumstances.
    pub circumstances: Vec<String>,
    /// What was done.
    pub trace: Vec<Moment>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moment {
    /// When, in seconds since the run began.
    pub seconds: u64,
    /// What.
    pub what: String,
}

/// How much of the trace is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traced {
    /// Its end.
    End,
    /// All of it.
    All,
}

impl Left {
    /// What stays behind, each kind told once.
    #[must_use]
    pub fn told<'r>(residue: impl Iterator<Item = &'r Residue>) -> Vec<Self> {
        let mut targets: BTreeMap<&RestApiId, BTreeSet<String>> = BTreeMap::new();
        let mut reasons = BTreeSet::new();
        for left in residue {
            match left {
                Residue::IntegrationTarget { method } => {
                    let name = format!("{} {}", method.verb, method.path);
                    targets.entry(&method.api).or_default().insert(name);
                }
                Residue::NotUndone { why } => {
                    reasons.insert(why);
                }
            }
        }
        let targets = targets.into_iter().map(|(api, methods)| {
            let methods = methods.into_iter().collect();
            let api_id = api.clone();
            Self::IntegrationTarget { api_id, methods }
        });
        let reasons = reasons.into_iter().cloned();
        let reasons = reasons.map(|why| Self::NotUndone { why });
        targets.chain(reasons).collect()
    }

    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::IntegrationTarget { api_id, methods } => format!(
                "integrationTarget of {} in the draft of REST API {api_id} ({}): AWS lets nobody \
                 take it away",
                count(methods.len(), "method", "methods"),
                some(methods, MOST),
            ),
            Self::NotUndone { why } => why.to_string(),
        }
    }
}

/// Writes it as JSON.
///
/// # Errors
/// When `out` cannot be written.
pub fn rehearsed_json(found: &Rehearsed, mut out: impl io::Write) -> io::Result<()> {
    let mut harmless = HarmlessJson::new(&mut out);
    serde_json::to_writer(&mut harmless, found)?;
    io::Write::flush(&mut harmless)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The JSON Schema of what [`rehearsed_json`] writes.
#[must_use]
pub fn rehearsed_schema() -> Value {
    crate::schema::of::<Rehearsed>()
}

/// Writes it for people: proven, or the first run that went wrong.
///
/// # Errors
/// When `out` does not take it.
pub fn rehearsed(
    found: &Rehearsed,
    traced: Traced,
    look: Look,
    out: &mut dyn Write,
) -> fmt::Result {
    let columns = look.columns();
    let mut page = String::new();
    let head = match &found.counter_example {
        None => format!(
            "{}: no request was served otherwise than before.",
            Tone::Good.of("PROVEN")
        ),
        Some(example) => {
            let why = match &example.harm {
                Some(_) => "a request is not served as before".to_owned(),
                None => words::name(&example.why),
            };
            format!("{}: {why}.", Tone::Bad.of("REFUTED"))
        }
    };
    layout::fill(&mut page, "", &head, columns);
    let number = |many: u64| usize::try_from(many).unwrap_or(usize::MAX);
    let work = format!(
        "Plan {}: {}, {} followed.",
        Tone::Strong.of(found.plan_id.short()),
        count(number(found.runs), "run", "runs"),
        count(number(found.requests), "request", "requests"),
    );
    layout::fill(&mut page, "", &work, columns);
    if let Some(example) = &found.counter_example {
        put_example(&mut page, example, traced, columns);
    }
    let stops = found.stops.iter().map(|stop| {
        let causes = stop.causes.join("; or ");
        format!("at step {}, if {causes}: {}", stop.step, stop.why)
    });
    list(
        &mut page,
        "Where it would stop and go back, without harm",
        stops,
        columns,
    );
    list(
        &mut page,
        "What may stay behind after going back",
        found.residue.iter().map(Left::sentence),
        columns,
    );
    look.put(&page, out)
}

fn put_example(page: &mut String, example: &CounterExample, traced: Traced, columns: usize) {
    if let Some(harm) = &example.harm {
        heading(page, "The request");
        layout::fill(page, "  ", &words::name(&harm.name()), columns);
        layout::fill(
            page,
            "  before  ",
            &words::name(&harm.before.told()),
            columns,
        );
        layout::fill(page, "  now     ", &words::name(&harm.now.told()), columns);
    }
    let circumstances = example.circumstances.iter().cloned();
    list(page, "When", circumstances, columns);
    if example.trace.is_empty() {
        return;
    }
    heading(page, "What was done");
    let hidden = match traced {
        Traced::End => example.trace.len().saturating_sub(LAST),
        Traced::All => 0,
    };
    if hidden > 0 {
        let text = format!(
            "... {} before; --verbose shows them",
            count(hidden, "line", "lines")
        );
        layout::fill(page, "  ", &Tone::Faint.of(text), columns);
    }
    for Moment { seconds, what } in example.trace.iter().skip(hidden) {
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let lead = format!("  {hours:02}:{minutes:02}:{:02}  ", seconds % 60);
        layout::fill(page, &lead, &words::name(what), columns);
    }
}

fn heading(page: &mut String, text: &str) {
    page.push_str(&format!("\n{}\n", Tone::Strong.of(text)));
}

fn list(page: &mut String, title: &str, lines: impl Iterator<Item = String>, columns: usize) {
    for (number, line) in lines.enumerate() {
        if number == 0 {
            heading(page, title);
        }
        layout::fill(page, "  - ", &words::name(&line), columns);
    }
}
