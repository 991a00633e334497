//! One NLB: its row in the table, and its section.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unbridge_model::assessment::{Chain, NlbAssessment, SeenIn, Way};
use unbridge_model::bearing::Bearing;
use unbridge_model::estimate::{Currency, Estimate, Range};
use unbridge_model::finding::{ApiRef, Finding, FindingCode, Severity, Verdict};
use unbridge_model::id::StageName;

use super::compare::{self, Line};
use super::drawing::{Drawing, Mood, Patterns, Side, draw};
use super::{accounts, aside, label, summary};
use crate::diagram::{Fate, Sheet};
use crate::layout::{count, some};
use crate::rows::{Cell, Column, Row};
use crate::text_of;
use crate::verdict;
use crate::view::{About, View, Whose};
use crate::words::{self, Evidence, costs};

/// How many findings of one code are told.
const ALIKE: usize = 5;
/// How many ways are told, and how many who take one.
const WAYS: usize = 8;
const CALLERS: usize = 6;
/// How many stages are told what the way adds to them.
const STAGES: usize = 8;
/// How many tags are shown.
const TAGS: usize = 12;
/// How many APIs of an NLB a search finds it by.
const FOUND_BY: usize = 20;

/// What the page says of one NLB.
pub(super) struct Nlb {
    /// Its place in the order of the page, from 1.
    pub(super) number: usize,
    pub(super) verdict: Verdict,
    pub(super) rank: usize,
    pub(super) label: &'static str,
    pub(super) meaning: &'static str,
    pub(super) news: Option<String>,
    pub(super) name: String,
    pub(super) arn: String,
    /// Its account, where there are several.
    pub(super) account: Option<Account>,
    pub(super) region: String,
    pub(super) tags: Option<String>,
    pub(super) apis: Count,
    pub(super) methods: Count,
    pub(super) gravest: Option<Severity>,
    /// 0 without findings, then higher the graver.
    pub(super) gravity: usize,
    pub(super) findings_shown: usize,
    pub(super) saves: Saves,
    /// Further words by which a search finds it.
    pub(super) find: String,
    pub(super) reasons: Vec<String>,
    pub(super) figures: Vec<Figure>,
    pub(super) after: &'static str,
    pub(super) compared: Vec<Line>,
    /// What the way to the targets adds, stage by stage.
    pub(super) latency: Vec<String>,
    pub(super) findings: Vec<Found>,
    pub(super) accepted: Vec<aside::Accepted>,
    pub(super) ways: Vec<Told>,
    pub(super) more_ways: usize,
}

/// An account, and what it is called where that is known.
pub(super) struct Account {
    pub(super) id: String,
    pub(super) name: Option<String>,
}

impl Account {
    /// `None` where there is only one.
    fn of(view: &View, nlb: &NlbAssessment) -> Option<Self> {
        let (whose, id) = (Whose::from(view), nlb.account.as_str());
        whose.several().then(|| Self {
            id: id.to_owned(),
            name: whose.name(id),
        })
    }
}

/// A count that may be unknown.
pub(super) struct Count(Option<usize>);

impl Count {
    fn of(cell: Cell) -> Self {
        match cell {
            Cell::Number(number) => Self(Some(number)),
            Cell::Names(names) | Cell::Words(names) => Self(Some(names.len())),
            Cell::Unknown => Self(None),
        }
    }

    pub(super) fn words(&self) -> String {
        self.0
            .map_or_else(|| "unknown".to_owned(), |number| number.to_string())
    }

    /// What it is sorted by: unknown stands below none.
    pub(super) fn key(&self) -> String {
        self.0
            .map_or_else(|| "-1".to_owned(), |number| number.to_string())
    }
}

/// What the going of an NLB saves a month, as far as it is known.
pub(super) struct Saves(Option<(Range, Currency)>);

impl Saves {
    pub(super) fn words(&self) -> String {
        let brief = |(range, currency)| Some(format!("{} {currency}", costs::brief(range)?));
        self.0
            .and_then(brief)
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// What it is sorted by: what is expected, else what is certain; unknown stands below nothing.
    pub(super) fn key(&self) -> String {
        let amount = self.0.and_then(|(range, _)| {
            let known = costs::figure(range).map(|_| range.low);
            range.expected.or(known)
        });
        amount.map_or_else(|| "-1".to_owned(), |amount| amount.to_string())
    }
}

/// A drawing under its caption.
pub(super) struct Figure {
    pub(super) caption: &'static str,
    /// How to read it.
    pub(super) note: Option<&'static str>,
    pub(super) drawing: Drawing,
}

/// The findings of one code.
pub(super) struct Found {
    pub(super) code: FindingCode,
    pub(super) title: &'static str,
    pub(super) severity: Severity,
    /// What it does to the verdict; `None` when that is nothing.
    pub(super) effect: Option<&'static str>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) more: usize,
    pub(super) remedy: &'static str,
}

/// A way of requests and who takes it.
pub(super) struct Told {
    pub(super) callers: Vec<String>,
    pub(super) stops: Vec<String>,
}

/// Every NLB of the view, in the order in which a reader needs them.
pub(super) fn all(view: &View, rows: &[Row<'_>], patterns: &mut Patterns) -> Vec<Nlb> {
    let sheet = Sheet::of(view);
    let numbered = (1..).zip(rows);
    numbered
        .map(|(number, row)| Nlb::of(view, &sheet, number, row, patterns))
        .collect()
}

impl Nlb {
    fn of<'v>(
        view: &'v View,
        sheet: &Sheet<'v>,
        number: usize,
        row: &Row<'v>,
        patterns: &mut Patterns,
    ) -> Self {
        let nlb = row.nlb;
        let about = About::Nlb(nlb.arn.clone());
        let (ways, more_ways) = ways(&nlb.chains);
        let gravest = nlb.gravest();
        Self {
            number,
            verdict: nlb.verdict,
            rank: verdict::rank(nlb.verdict),
            label: label(nlb.verdict),
            meaning: verdict::meaning(nlb.verdict),
            news: news(view, nlb),
            name: nlb.name.to_string(),
            arn: nlb.arn.to_string(),
            account: Account::of(view, nlb),
            region: nlb.region.to_string(),
            tags: tags(row),
            apis: Count::of(row.cell(Column::Apis)),
            methods: Count::of(row.cell(Column::Chains)),
            gravest,
            gravity: gravity(gravest),
            findings_shown: nlb.findings.len(),
            saves: Saves(row.estimate.map(|one| (one.monthly_savings, one.currency))),
            find: find(view, row),
            reasons: row.cell(Column::Reasons).texts("unknown"),
            figures: figures(sheet, nlb, patterns),
            after: compare::after(nlb.verdict),
            compared: compared(view, nlb),
            latency: row.estimate.map(latency).unwrap_or_default(),
            findings: found(&nlb.findings),
            accepted: view
                .accepted_about(&about)
                .map(|one| aside::Accepted::of(view, one))
                .collect(),
            ways,
            more_ways,
        }
    }

    pub(super) fn first_reason(&self) -> &str {
        self.reasons.first().map_or("", String::as_str)
    }
}

/// The comparison with what it costs and saves; empty for what is no bridge.
fn compared(view: &View, nlb: &NlbAssessment) -> Vec<Line> {
    let Some(comparison) = &nlb.comparison else {
        return Vec::new();
    };
    let cost = view.estimate(nlb);
    let cost = cost.map(|estimate| compare::cost(nlb.verdict, estimate));
    compare::lines(comparison).into_iter().chain(cost).collect()
}

/// The first stages; the rest is counted.
fn latency(estimate: &Estimate) -> Vec<String> {
    let all = &estimate.latency;
    let mut lines: Vec<String> = all
        .iter()
        .take(STAGES)
        .map(words::latency::latency)
        .collect();
    if all.len() > STAGES {
        let more = count(all.len() - STAGES, "more stage", "more stages");
        lines.push(format!("+{more}; --output json has them all"));
    }
    lines
}

fn gravity(gravest: Option<Severity>) -> usize {
    match gravest {
        None => 0,
        Some(Severity::Info) => 1,
        Some(Severity::Warning) => 2,
        Some(Severity::Blocker) => 3,
    }
}

fn news(view: &View, nlb: &NlbAssessment) -> Option<String> {
    let baseline = view.baseline.as_ref()?;
    Some(match baseline.verdicts.get(&nlb.arn) {
        None => "new since the earlier scan".to_owned(),
        Some(same) if *same == nlb.verdict => "as in the earlier scan".to_owned(),
        Some(before) => format!("{before} in the earlier scan"),
    })
}

fn tags(row: &Row<'_>) -> Option<String> {
    let tags = row.cell(Column::Tags);
    if tags == Cell::Names(Vec::new()) {
        return None;
    }
    Some(format!("Tags: {}", some(&tags.texts("not read"), TAGS)))
}

fn find(view: &View, row: &Row<'_>) -> String {
    let mut words: BTreeSet<String> = summary::held_by(row.nlb).collect();
    if Whose::from(view).several() {
        words.insert(accounts::find(&row.nlb.account));
    }
    words.insert(row.nlb.verdict.to_string());
    words.extend(row.cell(Column::Findings).texts(""));
    words.extend(row.cell(Column::Apis).texts("").into_iter().take(FOUND_BY));
    let words: Vec<String> = words.into_iter().collect();
    words.join(" ")
}

fn figures<'v>(sheet: &Sheet<'v>, nlb: &'v NlbAssessment, patterns: &mut Patterns) -> Vec<Figure> {
    if nlb.verdict == Verdict::NotABridge && nlb.chains.is_empty() {
        return Vec::new();
    }
    let mood = match nlb.verdict {
        Verdict::Blocked => Mood::Would,
        Verdict::Removable
        | Verdict::RemovableIf
        | Verdict::AlreadyDirect
        | Verdict::Rewirable
        | Verdict::NotABridge => Mood::Will,
    };
    let picture = sheet.picture(nlb);
    let has = |fate| picture.nodes.iter().any(|node| node.fate == fate);
    let mut figures = Vec::new();
    if let Some(drawing) = draw(&picture, Side::Today, mood, patterns) {
        figures.push(Figure {
            caption: "Today",
            note: has(Fate::Goes).then_some(match mood {
                Mood::Will => "Dashed: goes away.",
                Mood::Would => "Dashed: would go away, were nothing in the way.",
            }),
            drawing,
        });
    }
    // What is no bridge does not move.
    let after = nlb.comparison.as_ref();
    if let Some(drawing) = after.and_then(|_| draw(&picture, Side::After, mood, patterns)) {
        figures.push(Figure {
            caption: compare::after(nlb.verdict),
            note: has(Fate::Comes).then_some(match mood {
                Mood::Will => "Bold: new.",
                Mood::Would => "Bold: would be new.",
            }),
            drawing,
        });
    }
    figures
}

fn found(findings: &[Finding]) -> Vec<Found> {
    let mut order: Vec<FindingCode> = Vec::new();
    let mut by_code: BTreeMap<FindingCode, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let alike = by_code.entry(finding.code()).or_default();
        if alike.is_empty() {
            order.push(finding.code());
        }
        alike.push(finding);
    }
    let told = order.into_iter().filter_map(|code| {
        let alike = by_code.get(&code)?;
        let severity = alike.iter().map(|finding| finding.severity()).max()?;
        let bearing = alike.iter().map(|finding| finding.bearing()).max()?;
        let text = text_of(code);
        Some(Found {
            code,
            title: text.title,
            severity,
            effect: (bearing != Bearing::None).then_some(text.effect),
            evidence: alike
                .iter()
                .take(ALIKE)
                .map(|finding| words::evidence(finding))
                .collect(),
            more: alike.len().saturating_sub(ALIKE),
            remedy: text.remedy,
        })
    });
    told.collect()
}

/// Who takes a way: an API, a stage, and where its methods were seen.
type Caller<'a> = (&'a ApiRef, Option<&'a StageName>, SeenIn);

/// The ways over an NLB with how many methods of whom take each, and how many more ways there are.
fn ways(chains: &[Chain]) -> (Vec<Told>, usize) {
    let mut ways: BTreeMap<&Way, BTreeMap<Caller<'_>, usize>> = BTreeMap::new();
    // Sorted chains repeat way and caller; a run of them is looked up once.
    let same = |a: &Chain, b: &Chain| {
        Arc::ptr_eq(&a.way, &b.way) && Arc::ptr_eq(&a.start, &b.start) && a.seen_in == b.seen_in
    };
    for run in chains.chunk_by(same) {
        let Some(first) = run.first() else { continue };
        let start = &first.start;
        let caller = (&*start.api, start.stage.as_ref(), first.seen_in);
        let callers = ways.entry(&first.way).or_default();
        *callers.entry(caller).or_default() += run.len();
    }
    let more = ways.len().saturating_sub(WAYS);
    let told = ways.into_iter().take(WAYS).map(|(way, callers)| Told {
        callers: told(&callers),
        stops: words::way(way)
            .iter()
            .map(|stop| aside::unmarked(stop))
            .collect(),
    });
    (told.collect(), more)
}

fn told(callers: &BTreeMap<Caller<'_>, usize>) -> Vec<String> {
    let caller = |((api, stage, seen), methods): (&Caller<'_>, &usize)| {
        let seen = words::seen_in(*seen).map_or_else(String::new, |seen| format!(", {seen}"));
        let methods = count(*methods, "method", "methods");
        format!("{}: {methods}{seen}", words::stage(api, *stage))
    };
    let mut lines: Vec<String> = callers.iter().take(CALLERS).map(caller).collect();
    if callers.len() > CALLERS {
        let more = callers.len() - CALLERS;
        lines.push(format!("+{}", count(more, "more stage", "more stages")));
    }
    lines
}
