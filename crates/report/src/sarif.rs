//! SARIF 2.1.0: findings for code scanning services and viewers.
//!
//! Owns which part of a view is which part of a log. What it says of a finding stands in
//! [`words`] and [`codes`](crate::codes).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use sha2::{Digest, Sha256};
use unbridge_model::finding::{Finding, FindingCode, Severity};
use unbridge_model::gap::Gap;

use crate::codes::anchor;
use crate::layout::count;
use crate::safe::{HarmlessJson, printable};
use crate::said;
use crate::view::{About, Accepted, View, Whose, identity};
use crate::{gaps, text_of, words};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Results in one run: GitHub refuses a log with more.
const MOST: usize = 25_000;

/// What stands in the address of a file as it is.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Writes a log with one run, gravest results first. `snapshot` is the file that the view was made
/// from, as the reader named it.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, snapshot: &str, mut out: impl Write) -> io::Result<()> {
    let mut harmless = HarmlessJson::new(&mut out);
    serde_json::to_writer(&mut harmless, &Log::of(view, snapshot))?;
    harmless.flush()?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    automation_details: Automation,
    invocations: [Invocation; 1],
    results: Results<'a>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
    notifications: Vec<Kind>,
}

/// What keeps the logs of two accounts apart.
#[derive(Serialize)]
struct Automation {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: FindingCode,
    short_description: Message,
    full_description: Message,
    help: Message,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: Level,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warning,
    Note,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
    tool_configuration_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    descriptor: Descriptor,
    level: Level,
    message: Message,
}

#[derive(Serialize)]
struct Descriptor {
    id: &'static str,
}

/// A kind of notification.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    id: &'static str,
    short_description: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: FindingCode,
    rule_index: usize,
    level: Level,
    message: Message,
    locations: [Location<'a>; 1],
    partial_fingerprints: Fingerprints<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    suppressions: Vec<Suppression>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical<'a>,
    logical_locations: [Logical; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical<'a> {
    artifact_location: Artifact<'a>,
    region: Place,
}

#[derive(Serialize)]
struct Artifact<'a> {
    uri: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

/// What makes a result the same in the next log.
#[derive(Serialize)]
struct Fingerprints<'a> {
    #[serde(rename = "unbridgeFinding/v1")]
    finding: &'a str,
    /// GitHub compares no other. It would compute it from the snapshot's first line, and take all
    /// findings of a code for one.
    #[serde(rename = "primaryLocationLineHash")]
    line: &'a str,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

impl<'a> Log<'a> {
    fn of(view: &'a View, snapshot: &str) -> Self {
        let results = Results::of(view, snapshot);
        let invocation = Invocation {
            execution_successful: true,
            tool_execution_notifications: seen(view, results.cut),
            tool_configuration_notifications: stale(view),
        };
        Self {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "unbridge",
                        version: env!("CARGO_PKG_VERSION"),
                        rules: rules(&results.codes),
                        notifications: kinds(),
                    },
                },
                automation_details: Automation {
                    id: match view.assessment.scanned.only() {
                        Some(header) => format!("unbridge/{}/", header.account),
                        None => "unbridge/accounts/".to_owned(),
                    },
                },
                invocations: [invocation],
                results,
            }],
        }
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Blocker => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
    }
}

/// A text whose brackets are no link and whose braces are no placeholder: a SARIF message has both.
fn message(text: &str) -> Message {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '[' | ']' => escaped.extend(['\\', c]),
            '{' | '}' => escaped.extend([c, c]),
            _ => escaped.push(c),
        }
    }
    Message { text: escaped }
}

/// The rules that results name, each as grave as its gravest result.
fn rules(codes: &BTreeMap<FindingCode, Severity>) -> Vec<Rule> {
    let rule = |(code, severity): (&FindingCode, &Severity)| {
        let text = text_of(*code);
        Rule {
            id: *code,
            short_description: message(text.title),
            full_description: message(text.meaning),
            help: message(&format!(
                "{} For the verdict: {} See {}.",
                text.remedy,
                text.effect,
                anchor(*code)
            )),
            default_configuration: Configuration {
                level: level(*severity),
            },
        }
    };
    codes.iter().map(rule).collect()
}

const INCOMPLETE: &str = "incomplete";
const GAP: &str = "gap";
const LEFT_OUT: &str = "left-out";
const STALE: &str = "stale-acceptance";

fn kinds() -> Vec<Kind> {
    let kind = |id, text| Kind {
        id,
        short_description: message(text),
    };
    vec![
        kind(INCOMPLETE, "The scan did not see everything."),
        kind(GAP, "This could not be seen."),
        kind(LEFT_OUT, "Not every finding of the scan is a result."),
        kind(STALE, "An acceptance that did nothing."),
    ]
}

fn notification(id: &'static str, level: Level, text: &str) -> Notification {
    Notification {
        descriptor: Descriptor { id },
        level,
        message: message(text),
    }
}

/// What was not seen, and what is left out.
fn seen(view: &View, cut: usize) -> Vec<Notification> {
    let assessment = &view.assessment;
    let mut said = Vec::new();
    if let Some(text) = said::incomplete(assessment) {
        let text = format!("Incomplete: {text}");
        said.push(notification(INCOMPLETE, Level::Warning, &text));
    }
    for text in said::narrowed(view) {
        said.push(notification(LEFT_OUT, Level::Note, &text));
    }
    if cut > 0 {
        let text = format!(
            "{} of least weight left out: a log holds {MOST} results. Filters choose which.",
            count(cut, "finding", "findings")
        );
        said.push(notification(LEFT_OUT, Level::Warning, &text));
    }
    let whose = Whose::from(view);
    if whose.several() {
        // Thousands of accounts fail alike.
        let kinds = gaps::told(assessment.gaps.iter(), whose);
        said.extend(
            kinds
                .iter()
                .map(|kind| notification(GAP, Level::Warning, &kind.what)),
        );
    } else {
        let whose = |gap: &Gap| whose.of(gap.account.as_str());
        let gaps = assessment.gaps.iter();
        let gaps = gaps.map(|gap| words::gap(gap, &whose(gap)));
        said.extend(gaps.map(|text| notification(GAP, Level::Warning, &text)));
    }
    said
}

fn stale(view: &View) -> Vec<Notification> {
    let stale = view.stale.iter().map(words::stale);
    stale
        .map(|text| notification(STALE, Level::Warning, &text))
        .collect()
}

/// A finding, accepted or not.
struct Item<'a> {
    about: About,
    finding: &'a Finding,
    accepted: Option<&'a Accepted>,
}

impl Item<'_> {
    /// What it is about and its identity among what is found there, as one digest.
    fn hash(&self) -> String {
        let about = match &self.about {
            About::Nlb(arn) => arn.to_string(),
            About::Link(account, region, version, id) => {
                format!("{account}/{region}/{version}/{id}")
            }
            About::Chains(account, region) => format!("{account}/{region}"),
        };
        let mut digest = Sha256::new();
        digest.update(about);
        digest.update([0]);
        digest.update(identity(self.finding));
        let digest = digest.finalize();
        digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn logical(&self, whose: Whose<'_>) -> Logical {
        let (name, path) = match &self.about {
            About::Nlb(arn) => (arn.name().to_owned(), arn.to_string()),
            About::Link(account, region, version, id) => {
                let version = said::version(*version);
                (
                    id.to_string(),
                    format!("{account}/{region}/vpc-link-{version}/{id}"),
                )
            }
            About::Chains(account, region) => {
                let of = identity(self.finding);
                let of = of.split_once('/').map_or("", |(_, of)| of);
                (
                    words::about(&self.about, whose),
                    format!("{account}/{region}/{of}"),
                )
            }
        };
        Logical {
            name: printable(&name).into_owned(),
            fully_qualified_name: printable(&path).into_owned(),
            kind: "resource",
        }
    }

    /// What is the case, and what to do.
    fn message(&self, whose: Whose<'_>) -> Message {
        let evidence = words::evidence(self.finding);
        let mut text = format!(
            "{}: {}",
            words::about(&self.about, whose),
            evidence.sentence
        );
        if !evidence.details.is_empty() {
            let colon = if text.ends_with(':') { "" } else { ":" };
            text.push_str(&format!("{colon} {}", evidence.details.join("; ")));
        }
        message(&format!("{text}. {}", text_of(self.finding.code()).remedy))
    }
}

/// The results, each made as it is written.
struct Results<'a> {
    view: &'a View,
    uri: String,
    items: Vec<Item<'a>>,
    /// Findings that are left out.
    cut: usize,
    codes: BTreeMap<FindingCode, Severity>,
}

impl<'a> Results<'a> {
    fn of(view: &'a View, snapshot: &str) -> Self {
        let open = view.findings().map(|(about, finding)| Item {
            about,
            finding,
            accepted: None,
        });
        let accepted = view.accepted.iter().map(|one| Item {
            about: one.about.clone(),
            finding: &one.finding,
            accepted: Some(one),
        });
        let mut items: Vec<Item<'a>> = open.chain(accepted).collect();
        items.sort_by_key(|item| Reverse(item.finding.severity()));
        let cut = items.len().saturating_sub(MOST);
        items.truncate(MOST);
        let mut codes = BTreeMap::new();
        for item in items.iter().rev() {
            codes.insert(item.finding.code(), item.finding.severity());
        }
        Self {
            view,
            uri: uri(snapshot),
            items,
            cut,
            codes,
        }
    }
}

/// A file's name as an address: relative as it is, absolute with its scheme.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", utf8_percent_encode(path, IN_PATHS))
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whose = Whose::from(self.view);
        let index: BTreeMap<FindingCode, usize> = self.codes.keys().copied().zip(0..).collect();
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        let mut all = serializer.serialize_seq(Some(self.items.len()))?;
        for item in &self.items {
            let hash = item.hash();
            let number = alike.entry(hash.clone()).or_default();
            *number += 1;
            let fingerprint = format!("{hash}:{number}");
            let code = item.finding.code();
            all.serialize_element(&Outcome {
                rule_id: code,
                rule_index: index.get(&code).copied().unwrap_or_default(),
                level: level(item.finding.severity()),
                message: item.message(whose),
                locations: [Location {
                    physical_location: Physical {
                        artifact_location: Artifact { uri: &self.uri },
                        region: Place { start_line: 1 },
                    },
                    logical_locations: [item.logical(whose)],
                }],
                partial_fingerprints: Fingerprints {
                    finding: &fingerprint,
                    line: &fingerprint,
                },
                baseline_state: self.baseline_state(item),
                suppressions: item.accepted.into_iter().map(suppression).collect(),
            })?;
        }
        all.end()
    }
}

impl Results<'_> {
    /// What is shown is new since the baseline; an accepted finding may be older.
    fn baseline_state(&self, item: &Item<'_>) -> Option<&'static str> {
        let is_new = self.view.baseline.is_some() && item.accepted.is_none();
        is_new.then_some("new")
    }
}

fn suppression(accepted: &Accepted) -> Suppression {
    Suppression {
        kind: "external",
        status: "accepted",
        justification: format!(
            "{} (until {})",
            printable(&accepted.reason),
            accepted.expires
        ),
    }
}
