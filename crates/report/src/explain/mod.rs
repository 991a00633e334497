//! One NLB, one API or one finding code, explained: why the verdict, hop by hop, and what would
//! change it.

mod api;
mod code;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::sync::Arc;

pub use self::api::{KnownApi, explain_api, known_apis};
pub use self::code::explain_code;

use unbridge_model::assessment::{Assessment, Chain, NlbAssessment, SeenIn, Way};
use unbridge_model::bearing::Bearing;
use unbridge_model::finding::{ApiRef, Finding, FindingCode, Reason, Verdict};
use unbridge_model::gap::{Gap, GapClass};
use unbridge_model::id::StageName;

use crate::codes::text_of;
use crate::layout::{self, count};
use crate::look::{Look, Tone};
use crate::{gaps, verdict, words};

/// How many methods of one caller are named.
const METHODS: usize = 3;
/// How many callers of one way are named.
const CALLERS: usize = 12;
/// How many findings of one code are told.
const ALIKE: usize = 10;
/// How many ways are drawn.
const WAYS: usize = 40;

/// Explains the verdict of one NLB.
///
/// # Errors
/// When `out` does not take it.
pub fn explain_nlb(
    assessment: &Assessment,
    nlb: &NlbAssessment,
    look: Look,
    out: &mut dyn Write,
) -> fmt::Result {
    let columns = look.columns();
    let mut page = String::new();
    incomplete(&mut page, assessment, columns);
    let text = format!(
        "{}: {}",
        Tone::Strong.of(words::name(&nlb.name)),
        verdict::tone(nlb.verdict).of(nlb.verdict)
    );
    layout::put(&mut page, "", &text, columns);
    layout::put(&mut page, "", verdict::meaning(nlb.verdict), columns);
    layout::put(&mut page, "", &words::name(nlb.arn.as_str()), columns);

    why(&mut page, nlb, columns);
    heading(&mut page, "Chains");
    if nlb.chains.is_empty() {
        layout::put(&mut page, "  ", "No method of any API passes it.", columns);
    }
    ways(&mut page, &nlb.chains, columns);
    findings(&mut page, &nlb.findings, columns);
    to_clear(&mut page, nlb, columns);
    unseen(&mut page, assessment, nlb, columns);
    look.put(&page, out)
}

/// Says first that not everything was seen.
fn incomplete(page: &mut String, assessment: &Assessment, columns: usize) {
    if !assessment.is_complete() {
        let text = format!(
            "{}: {}.",
            Tone::Bad.of("INCOMPLETE"),
            gaps::headline(assessment)
        );
        layout::put(page, "", &text, columns);
        page.push('\n');
    }
}

fn why(page: &mut String, nlb: &NlbAssessment, columns: usize) {
    let (reasons, home) = (&nlb.reasons, &nlb.account);
    if reasons.is_empty() {
        return;
    }
    heading(page, "Why");
    let known_before = |reason: &&Reason| match reason {
        Reason::Gap(gap) => matches!(gap.class, GapClass::NotRead | GapClass::Skipped),
        Reason::Finding(_)
        | Reason::NoGateway
        | Reason::NoAlb
        | Reason::ListenerLeadsNowhere(_)
        | Reason::EverythingMoves => false,
    };
    let told = reasons.iter().filter(|reason| !known_before(reason));
    let mut lines = unique(told.map(|reason| match reason {
        Reason::Finding(code) => format!("{} ({code})", words::reason(reason, home)),
        Reason::Gap(_)
        | Reason::NoGateway
        | Reason::NoAlb
        | Reason::ListenerLeadsNowhere(_)
        | Reason::EverythingMoves => words::reason(reason, home),
    }));
    let sources = reasons.iter().filter(known_before).count();
    if sources > 0 {
        let sources = count(sources, "source", "sources");
        lines.push(format!(
            "{sources} of facts not read (named under Not seen)"
        ));
    }
    list(page, &lines, columns);
}

fn heading(page: &mut String, text: &str) {
    page.push_str(&format!("\n{}\n", Tone::Strong.of(text)));
}

fn list(page: &mut String, lines: &[String], columns: usize) {
    for line in lines {
        layout::put(page, "  - ", line, columns);
    }
}

fn unique(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    lines.filter(|line| seen.insert(line.clone())).collect()
}

/// Who takes a way: an API, a stage, and where its methods were seen.
type Caller<'a> = (&'a ApiRef, Option<&'a StageName>, SeenIn);

/// The methods of one caller, of which the first few are named.
#[derive(Default)]
struct Methods {
    named: Vec<String>,
    more: usize,
}

/// Chains, drawn way by way.
fn ways(page: &mut String, chains: &[Chain], columns: usize) {
    let grouped = group(chains);
    let drawn = grouped.len().min(WAYS);
    for (number, (way, callers)) in grouped.iter().take(drawn).enumerate() {
        if number > 0 {
            page.push('\n');
        }
        for ((api, stage, seen), methods) in callers.iter().take(CALLERS) {
            layout::pack(page, "  ", &caller(api, *stage, *seen, methods), columns);
        }
        if callers.len() > CALLERS {
            let more = callers.len() - CALLERS;
            let text = format!("+{}", count(more, "more stage", "more stages"));
            layout::put(page, "  ", &text, columns);
        }
        let stops = words::way(way).into_iter();
        let arrows: Vec<String> = stops.map(|stop| format!("-> {stop}")).collect();
        layout::pack(page, "    ", &arrows, columns);
    }
    if grouped.len() > drawn {
        let more = grouped.len() - drawn;
        let text = format!("+{}", count(more, "more way", "more ways"));
        layout::put(page, "  ", &text, columns);
    }
}

fn group(chains: &[Chain]) -> BTreeMap<&Way, BTreeMap<Caller<'_>, Methods>> {
    let mut grouped: BTreeMap<&Way, BTreeMap<Caller<'_>, Methods>> = BTreeMap::new();
    // Sorted chains repeat way and caller; a run of them is looked up once.
    let same = |a: &Chain, b: &Chain| {
        Arc::ptr_eq(&a.way, &b.way) && Arc::ptr_eq(&a.start, &b.start) && a.seen_in == b.seen_in
    };
    for run in chains.chunk_by(same) {
        let Some(first) = run.first() else { continue };
        let start = &first.start;
        let caller = (&*start.api, start.stage.as_ref(), first.seen_in);
        let methods = grouped
            .entry(&first.way)
            .or_default()
            .entry(caller)
            .or_default();
        let free = METHODS.saturating_sub(methods.named.len());
        let named = run.iter().take(free);
        methods
            .named
            .extend(named.map(|chain| words::path(chain.verb, &chain.path)));
        methods.more += run.len().saturating_sub(free);
    }
    grouped
}

/// A caller and its methods, in pieces that stay whole.
fn caller(api: &ApiRef, stage: Option<&StageName>, seen: SeenIn, methods: &Methods) -> Vec<String> {
    let mut who = words::stage(api, stage);
    if let Some(seen) = words::seen_in(seen) {
        who.push_str(&format!(" ({seen})"));
    }
    let mut pieces = vec![format!("{who}:")];
    let last = methods.named.len().saturating_sub(1);
    for (number, method) in methods.named.iter().enumerate() {
        let comma = if number < last || methods.more > 0 {
            ","
        } else {
            ""
        };
        pieces.push(format!("{method}{comma}"));
    }
    if methods.more > 0 {
        pieces.push(format!("+{}", count(methods.more, "method", "methods")));
    }
    pieces
}

fn findings(page: &mut String, findings: &[Finding], columns: usize) {
    if findings.is_empty() {
        return;
    }
    heading(page, "Findings");
    let alike = |a: &Finding, b: &Finding| a.code() == b.code();
    let mut told: BTreeSet<FindingCode> = BTreeSet::new();
    for run in findings.chunk_by(alike) {
        for finding in run.iter().take(ALIKE) {
            one_finding(page, finding, columns);
        }
        let Some(code) = run.first().map(Finding::code) else {
            continue;
        };
        if run.len() > ALIKE {
            let text = format!(
                "+{} more {code}; --output json has them all",
                run.len() - ALIKE
            );
            layout::put(page, "    ", &text, columns);
        }
        if told.insert(code) {
            remedy(page, code, columns);
        }
    }
}

fn one_finding(page: &mut String, finding: &Finding, columns: usize) {
    let code = finding.code();
    let text = format!(
        "{} {code}: {}",
        words::severity(finding.severity()),
        text_of(code).title
    );
    layout::put(page, "  ", &text, columns);
    let evidence = words::evidence(finding);
    layout::put(page, "    ", &evidence.sentence, columns);
    for detail in &evidence.details {
        layout::put(page, "      ", detail, columns);
    }
}

/// What to do about findings of a code.
fn remedy(page: &mut String, code: FindingCode, columns: usize) {
    layout::put(page, "    -> ", text_of(code).remedy, columns);
}

/// What holds the verdict back, in the order of the verdict's table: what blocks, then who else
/// needs it, then what needs a person's word or was not seen.
fn to_clear(page: &mut String, nlb: &NlbAssessment, columns: usize) {
    match nlb.verdict {
        Verdict::Removable | Verdict::AlreadyDirect | Verdict::NotABridge => return,
        Verdict::RemovableIf | Verdict::Rewirable | Verdict::Blocked => {}
    }
    let mut holding: BTreeMap<FindingCode, Bearing> = BTreeMap::new();
    for finding in &nlb.findings {
        let bearing = holding.entry(finding.code()).or_insert(Bearing::None);
        *bearing = finding.bearing().max(*bearing);
    }
    let mut lines = Vec::new();
    for step in [Bearing::Blocks, Bearing::OtherUser, Bearing::NeedsAWord] {
        let codes = holding.iter().filter(|(_, bearing)| **bearing == step);
        lines.extend(codes.map(|(code, _)| format!("{code}: {}", text_of(*code).effect)));
    }
    let nowhere = nlb.reasons.iter().filter_map(|reason| match reason {
        Reason::ListenerLeadsNowhere(port) => Some(format!(
            "Remove the listener on port {port}, or give it targets again; then scan again."
        )),
        Reason::Finding(_)
        | Reason::Gap(_)
        | Reason::NoGateway
        | Reason::NoAlb
        | Reason::EverythingMoves => None,
    });
    lines.extend(nowhere);
    let unseen = |reason: &Reason| matches!(reason, Reason::Gap(_));
    if nlb.reasons.iter().any(unseen) || holding.contains_key(&FindingCode::UnknownUsers) {
        lines.push("Let a scan see what stands under Not seen.".to_owned());
    }
    if !lines.is_empty() {
        heading(page, "What would change it, in this order");
        list(page, &lines, columns);
    }
}

/// Gaps that the verdict or a finding names, then how many others could matter.
fn unseen(page: &mut String, assessment: &Assessment, nlb: &NlbAssessment, columns: usize) {
    let mut named: BTreeSet<&Gap> = BTreeSet::new();
    for reason in &nlb.reasons {
        if let Reason::Gap(gap) = reason {
            named.insert(gap);
        }
    }
    for finding in &nlb.findings {
        if let Finding::UnknownUsers { gaps, sources: _ } = finding {
            named.extend(gaps);
        }
    }
    let others = assessment
        .gaps
        .iter()
        .filter(|gap| gap.account == nlb.account)
        .filter(|gap| {
            gap.region
                .as_ref()
                .is_none_or(|region| *region == nlb.region)
        })
        .filter(|gap| !named.contains(gap))
        .count();
    if named.is_empty() && others == 0 {
        return;
    }
    heading(page, "Not seen");
    gaps::put(page, named.into_iter(), assessment.into(), columns);
    if others > 0 {
        let text = format!(
            "{} in {} or of the account that this verdict does not name; \
             unbridge report lists them",
            count(others, "other gap", "other gaps"),
            nlb.region
        );
        layout::put(page, "  ", &text, columns);
    }
}
