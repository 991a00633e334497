//! One NLB or one finding code, explained: why the verdict, hop by hop, and what would change it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::sync::Arc;

use unbridge_model::assessment::{Assessment, Chain, NlbAssessment, SeenIn, Way};
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
    if !assessment.is_complete() {
        let text = format!(
            "{}: {}.",
            Tone::Bad.of("INCOMPLETE"),
            gaps::headline(&assessment.gaps)
        );
        layout::put(&mut page, "", &text, columns);
        page.push('\n');
    }
    let text = format!(
        "{}: {}",
        Tone::Strong.of(words::name(&nlb.name)),
        verdict::tone(nlb.verdict).of(nlb.verdict)
    );
    layout::put(&mut page, "", &text, columns);
    layout::put(&mut page, "", verdict::meaning(nlb.verdict), columns);
    layout::put(&mut page, "", &words::name(nlb.arn.as_str()), columns);

    if !nlb.reasons.is_empty() {
        heading(&mut page, "Why");
        let unread =
            |reason: &&Reason| matches!(reason, Reason::Gap(gap) if gap.class == GapClass::NotRead);
        let mut lines =
            unique(nlb.reasons.iter().filter(|reason| !unread(reason)).map(
                |reason| match reason {
                    Reason::Finding(code) => format!("{} ({code})", words::reason(reason)),
                    Reason::Gap(_)
                    | Reason::NoGateway
                    | Reason::NoAlb
                    | Reason::ListenerLeadsNowhere(_)
                    | Reason::EverythingMoves => words::reason(reason),
                },
            ));
        let sources = nlb.reasons.iter().filter(unread).count();
        if sources > 0 {
            let sources = count(sources, "source", "sources");
            lines.push(format!(
                "{sources} of facts not read by this version (named under Not seen)"
            ));
        }
        list(&mut page, &lines, columns);
    }
    ways(&mut page, &nlb.chains, columns);
    findings(&mut page, &nlb.findings, columns);
    remedies(&mut page, nlb, columns);
    unseen(&mut page, assessment, nlb, columns);
    look.put(&page, out)
}

/// Explains one finding code.
///
/// # Errors
/// When `out` does not take it.
pub fn explain_code(code: FindingCode, look: Look, out: &mut dyn Write) -> fmt::Result {
    let columns = look.columns();
    let text = text_of(code);
    let mut page = String::new();
    let title = format!("{}: {}", Tone::Strong.of(code), text.title);
    layout::put(&mut page, "", &title, columns);
    page.push('\n');
    layout::put(&mut page, "", text.meaning, columns);
    for (label, words) in [("What to do", text.remedy), ("Verdict", text.effect)] {
        heading(&mut page, label);
        layout::put(&mut page, "  ", words, columns);
    }
    look.put(&page, out)
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

fn ways(page: &mut String, chains: &[Chain], columns: usize) {
    heading(page, "Chains");
    if chains.is_empty() {
        layout::put(page, "  ", "No method of any API passes it.", columns);
        return;
    }
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
    let mut told: BTreeMap<FindingCode, usize> = BTreeMap::new();
    for finding in findings {
        let code = finding.code();
        let number = told.entry(code).or_default();
        *number += 1;
        if *number <= ALIKE {
            one_finding(page, finding, columns);
        }
    }
    for (code, number) in told.into_iter().filter(|(_, number)| *number > ALIKE) {
        let text = format!(
            "+{} more {code}; --output json has them all",
            number - ALIKE
        );
        layout::put(page, "  ", &text, columns);
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

/// What the reasons of the verdict ask for.
fn remedies(page: &mut String, nlb: &NlbAssessment, columns: usize) {
    match nlb.verdict {
        Verdict::Removable | Verdict::AlreadyDirect | Verdict::NotABridge => return,
        Verdict::RemovableIf | Verdict::Rewirable | Verdict::Blocked => {}
    }
    let lines = unique(nlb.reasons.iter().filter_map(|reason| match reason {
        Reason::Finding(code) => Some(text_of(*code).remedy.to_owned()),
        Reason::Gap(_) => Some("Let a scan see what stands under Not seen.".to_owned()),
        Reason::ListenerLeadsNowhere(_) => {
            Some("Remove the listener, or give it targets again; then scan again.".to_owned())
        }
        Reason::NoGateway | Reason::NoAlb | Reason::EverythingMoves => None,
    }));
    if !lines.is_empty() {
        heading(page, "What would change it");
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
    gaps::put(page, named.into_iter(), columns);
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
