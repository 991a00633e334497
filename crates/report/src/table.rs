//! The findings table: what a person sees first after a scan.
//!
//! Owns which columns fit a width, and in which order things are told. Knows nothing of the files
//! a snapshot came from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use unbridge_model::assessment::{
    ApiAccess, Assessment, LinkAssessment, LinkVersion, NlbAssessment, Pattern,
    PrivateIntegrations, Unattached,
};
use unbridge_model::finding::Verdict;
use unbridge_model::id::{Region, StageName};
use unbridge_model::text::Text;

use crate::layout::{self, count};
use crate::look::{Look, Tone};
use crate::view::View;
use crate::{gaps, grid, verdict, words};

/// How many links, or findings about no NLB, are listed before the rest is only counted.
const MOST: usize = 20;

/// Writes the table of all NLBs, then what was found about links, then what was not seen, then a
/// summary in words.
///
/// # Errors
/// When `out` does not take it.
pub fn table(view: &View, look: Look, out: &mut dyn Write) -> fmt::Result {
    let assessment = &view.assessment;
    let columns = look.columns();
    let mut page = String::new();
    head(&mut page, assessment, columns);
    narrowed(&mut page, view, columns);
    page.push('\n');
    let mut nlbs: Vec<&NlbAssessment> = assessment.nlbs.iter().collect();
    nlbs.sort_by_key(|nlb| (verdict::rank(nlb.verdict), &nlb.name, &nlb.arn));
    if nlbs.is_empty() {
        layout::fill(&mut page, "", &no_nlb(view), columns);
    } else {
        page.push_str(&grid::of(&nlbs, columns));
    }
    links(&mut page, assessment, columns);
    private_integrations(&mut page, &assessment.private_integrations, columns);
    unattached(&mut page, &assessment.unattached, columns);
    accepted(&mut page, view, columns);
    if !assessment.gaps.is_empty() {
        heading(&mut page, "Not seen");
        gaps::put(&mut page, assessment.gaps.iter(), columns);
    }
    foot(&mut page, assessment, &nlbs, columns);
    look.put(&page, out)
}

fn heading(page: &mut String, text: &str) {
    page.push_str(&format!("\n{}\n", Tone::Strong.of(text)));
}

fn head(page: &mut String, assessment: &Assessment, columns: usize) {
    if !assessment.is_complete() {
        let text = format!(
            "{}: {}. Verdicts that depend on it say so.",
            Tone::Bad.of("INCOMPLETE"),
            gaps::headline(&assessment.gaps)
        );
        layout::fill(page, "", &text, columns);
    }
    let header = &assessment.header;
    let text = format!(
        "Account {} in {}; scanned {}",
        header.account,
        regions(&header.regions),
        words::name(&header.started_at)
    );
    layout::fill(page, "", &text, columns);
}

fn regions(regions: &[Region]) -> String {
    let names: Vec<String> = regions.iter().map(ToString::to_string).collect();
    match names.len() {
        0 => "no region".to_owned(),
        1..=3 => names.join(", "),
        many => format!("{many} regions"),
    }
}

fn no_nlb(view: &View) -> String {
    let assessment = &view.assessment;
    if view
        .narrowed
        .as_ref()
        .is_some_and(|narrowed| narrowed.nlbs > 0)
    {
        return "No Network Load Balancer is what was asked for.".to_owned();
    }
    if view
        .baseline
        .as_ref()
        .is_some_and(|baseline| baseline.nlbs > 0)
    {
        return "Nothing is new about any Network Load Balancer.".to_owned();
    }
    let place = regions(&assessment.header.regions);
    if assessment.is_complete() {
        format!("There is no Network Load Balancer in {place}, so there is no bridge.")
    } else {
        format!(
            "No Network Load Balancer was seen in {place}, but not everything could be read: \
             there may be some."
        )
    }
}

fn links(page: &mut String, assessment: &Assessment, columns: usize) {
    let found: Vec<&LinkAssessment> = assessment
        .links
        .iter()
        .filter(|link| !link.findings.is_empty())
        .collect();
    if found.is_empty() {
        return;
    }
    heading(page, "Links");
    for link in found.iter().take(MOST) {
        let version = match link.version {
            LinkVersion::V1 => "v1",
            LinkVersion::V2 => "v2",
        };
        let text = format!(
            "{} ({version}, {}) in {}",
            link.id,
            words::name(&link.name),
            link.region
        );
        layout::fill(page, "  ", &text, columns);
        for finding in &link.findings {
            let text = format!(
                "{} {}: {}",
                words::severity(finding.severity()),
                finding.code(),
                crate::text_of(finding.code()).title
            );
            layout::fill(page, "    ", &text, columns);
        }
    }
    more(page, found.len(), ("more link", "more links"), columns);
}

/// How many methods reach their backends in which way, and which of the APIs are private APIs: two
/// things that share a word.
fn private_integrations(page: &mut String, all: &[PrivateIntegrations], columns: usize) {
    if all.is_empty() {
        return;
    }
    heading(page, "Private integrations");
    let mut patterns: BTreeMap<Pattern, Counted<'_>> = BTreeMap::new();
    let mut private_apis = BTreeSet::new();
    for one in all {
        let counted = patterns.entry(one.pattern).or_default();
        let api = (&one.region, &one.api.id);
        counted.methods += one.methods;
        counted.apis.insert(api);
        counted
            .stages
            .extend(one.stage.as_ref().map(|stage| (api, stage)));
        if one.access == ApiAccess::PrivateApi {
            private_apis.insert(api);
        }
    }
    for (pattern, counted) in patterns {
        let text = format!(
            "{}: {}, {}, {}",
            words::pattern(pattern),
            count(counted.methods, "method", "methods"),
            count(counted.stages.len(), "stage", "stages"),
            count(counted.apis.len(), "API", "APIs")
        );
        layout::fill(page, "  ", &text, columns);
    }
    if !private_apis.is_empty() {
        let text = format!(
            "of these APIs, {} (endpoint type PRIVATE): only VPC endpoints can call {}",
            count(private_apis.len(), "is a private API", "are private APIs"),
            if private_apis.len() == 1 {
                "it"
            } else {
                "them"
            }
        );
        layout::fill(page, "  ", &text, columns);
    }
}

/// An API by region and id: ids are unique within a region.
type ApiKey<'a> = (&'a Region, &'a Text);

/// What one pattern adds up to.
#[derive(Default)]
struct Counted<'a> {
    methods: usize,
    apis: BTreeSet<ApiKey<'a>>,
    stages: BTreeSet<(ApiKey<'a>, &'a StageName)>,
}

/// What is wrong with chains that never come to a load balancer.
fn unattached(page: &mut String, findings: &[Unattached], columns: usize) {
    if findings.is_empty() {
        return;
    }
    heading(page, "Chains that reach no load balancer");
    for Unattached { finding, region: _ } in findings.iter().take(MOST) {
        let text = format!(
            "{} {}: {}",
            words::severity(finding.severity()),
            finding.code(),
            words::evidence(finding).sentence
        );
        layout::fill(page, "  ", &text, columns);
    }
    more(
        page,
        findings.len(),
        ("more finding", "more findings"),
        columns,
    );
}

/// What was left out, and why.
fn narrowed(page: &mut String, view: &View, columns: usize) {
    if let Some(baseline) = &view.baseline {
        let text = format!(
            "Only what is new since the scan of {}; {} and {} left out.",
            words::name(&baseline.started_at),
            count(baseline.nlbs, "NLB", "NLBs"),
            count(baseline.findings, "finding", "findings")
        );
        layout::fill(page, "", &text, columns);
    }
    if let Some(narrowed) = &view.narrowed {
        let by: Vec<_> = narrowed.by.iter().map(|by| words::name(by)).collect();
        let mut text = format!(
            "Only {}; {} and {} left out.",
            by.join(", "),
            count(narrowed.nlbs, "NLB", "NLBs"),
            count(narrowed.findings, "finding", "findings")
        );
        if narrowed.tags_unread > 0 {
            text.push_str(&format!(
                " The tags of {} were not read.",
                count(narrowed.tags_unread, "NLB", "NLBs")
            ));
        }
        layout::fill(page, "", &text, columns);
    }
}

/// What a team has accepted, and acceptances that did nothing.
fn accepted(page: &mut String, view: &View, columns: usize) {
    if !view.accepted.is_empty() {
        heading(page, "Accepted");
        for one in view.accepted.iter().take(MOST) {
            let text = format!(
                "{} on {} until {}: {}",
                one.finding.code(),
                words::about(&one.about),
                one.expires,
                words::name(&one.reason)
            );
            layout::fill(page, "  ", &text, columns);
        }
        more(page, view.accepted.len(), ("more", "more"), columns);
    }
    if !view.stale.is_empty() {
        heading(page, "Acceptances that do nothing");
        for stale in &view.stale {
            let text = words::stale(stale);
            layout::fill(page, "  ", &text, columns);
        }
    }
}

/// Says how many of `all` were not listed.
fn more(page: &mut String, all: usize, (one, many): (&str, &str), columns: usize) {
    if all > MOST {
        let text = format!("+{}", count(all - MOST, one, many));
        layout::fill(page, "  ", &text, columns);
    }
}

fn foot(page: &mut String, assessment: &Assessment, sorted: &[&NlbAssessment], columns: usize) {
    let Some(first) = sorted.first() else {
        return;
    };
    page.push('\n');
    layout::fill(page, "", &verdict::summary(assessment), columns);
    if assessment.count(Verdict::NotABridge) == assessment.nlbs.len() {
        return;
    }
    let unique = assessment
        .nlbs
        .iter()
        .filter(|nlb| nlb.name == first.name)
        .count()
        == 1;
    let name = if unique {
        &first.name
    } else {
        first.arn.as_str()
    };
    // A name that a shell would read as more than a name is not put into a command.
    let name = if name.bytes().all(is_shell_safe) {
        name
    } else {
        "NAME"
    };
    // A command is there to be copied: it stays on one line, however long the name is.
    page.push_str(&format!("Next: unbridge explain {name} --snapshot FILE\n"));
}

fn is_shell_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte)
}
