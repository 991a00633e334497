//! The findings table: what a person sees first after a scan.
//!
//! Owns in which order things are told; [`grid`](crate::grid) owns which columns fit a width. Knows
//! nothing of the files a snapshot came from.

use std::fmt::{self, Write};

use unbridge_model::assessment::{LinkAssessment, PrivateIntegrations};
use unbridge_model::finding::Verdict;

use crate::grid::Grid;
use crate::layout::{self, count};
use crate::look::{Look, Tone};
use crate::rows::{Layout, Row, groups, rows};
use crate::view::{View, Whose};
use crate::{gaps, said, verdict, words};

/// How many links, or findings about no NLB, are listed before the rest is only counted.
pub(crate) const MOST: usize = 20;

/// Writes the table of all NLBs, then what was found about links, then what was not seen, then a
/// summary in words.
///
/// # Errors
/// When `out` does not take it.
pub fn table(view: &View, layout: &Layout, look: Look, out: &mut dyn Write) -> fmt::Result {
    let assessment = &view.assessment;
    let columns = look.columns();
    let mut page = String::new();
    head(&mut page, view, columns);
    for text in said::narrowed(view) {
        layout::fill(&mut page, "", &text, columns);
    }
    page.push('\n');
    let rows = rows(view);
    if rows.is_empty() {
        layout::fill(&mut page, "", &said::no_nlb(view), columns);
    } else {
        nlbs(&mut page, view, &rows, layout, columns);
    }
    links(&mut page, view, columns);
    private_integrations(&mut page, &assessment.private_integrations, columns);
    unattached(&mut page, view, columns);
    accepted(&mut page, view, columns);
    if !assessment.gaps.is_empty() {
        heading(&mut page, "Not seen");
        gaps::put(&mut page, assessment.gaps.iter(), view.into(), columns);
    }
    foot(&mut page, view, &rows, columns);
    look.put(&page, out)
}

fn heading(page: &mut String, text: &str) {
    page.push_str(&format!("\n{}\n", Tone::Strong.of(text)));
}

fn head(page: &mut String, view: &View, columns: usize) {
    if let Some(text) = said::incomplete(&view.assessment) {
        let text = format!("{}: {text}", Tone::Bad.of("INCOMPLETE"));
        layout::fill(page, "", &text, columns);
    }
    layout::fill(page, "", &said::scanned(view), columns);
}

fn nlbs(page: &mut String, view: &View, rows: &[Row<'_>], layout: &Layout, columns: usize) {
    let Some(by) = &layout.group_by else {
        let rows: Vec<&Row<'_>> = rows.iter().collect();
        Grid::of(&rows, layout, columns).put(page, 0..rows.len());
        return;
    };
    let groups = groups(rows, by);
    let rows: Vec<&Row<'_>> = groups.iter().flat_map(|g| g.rows.iter().copied()).collect();
    let grid = Grid::of(&rows, layout, columns);
    let mut from = 0;
    for group in groups {
        if from > 0 {
            page.push('\n');
        }
        layout::fill(page, "", &Tone::Strong.of(group.heading()), columns);
        if let Some(text) = said::group_costs(view, &group) {
            layout::fill(page, "", &text, columns);
        }
        let to = from + group.rows.len();
        grid.put(page, from..to);
        from = to;
    }
}

fn links(page: &mut String, view: &View, columns: usize) {
    let whose = Whose::from(view);
    let found: Vec<&LinkAssessment> = view
        .assessment
        .links
        .iter()
        .filter(|link| !link.findings.is_empty())
        .collect();
    if found.is_empty() {
        return;
    }
    heading(page, "Links");
    for link in found.iter().take(MOST) {
        let text = format!(
            "{} ({}, {}) in {}{}",
            link.id,
            said::version(link.version),
            words::name(&link.name),
            link.region,
            whose.of(link.account.as_str())
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

/// How many methods reach their backends in which way, and which of the APIs are private APIs.
fn private_integrations(page: &mut String, all: &[PrivateIntegrations], columns: usize) {
    if all.is_empty() {
        return;
    }
    heading(page, "Private integrations");
    for (pattern, counted) in said::patterns(all) {
        let text = format!(
            "{}: {}, {}, {}",
            words::pattern(pattern),
            count(counted.methods, "method", "methods"),
            count(counted.stages.len(), "stage", "stages"),
            count(counted.apis.len(), "API", "APIs")
        );
        layout::fill(page, "  ", &text, columns);
    }
    if let Some(text) = said::private_apis(all) {
        layout::fill(page, "  ", &format!("of these APIs, {text}"), columns);
    }
}

/// What is wrong with chains that never come to a load balancer.
fn unattached(page: &mut String, view: &View, columns: usize) {
    let findings = &view.assessment.unattached;
    if findings.is_empty() {
        return;
    }
    heading(page, "Chains that reach no load balancer");
    for one in findings.iter().take(MOST) {
        let finding = &one.finding;
        let text = format!(
            "{} {}: {}{}",
            words::severity(finding.severity()),
            finding.code(),
            words::evidence(finding).sentence,
            said::place(one, view.into())
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

/// What a team has accepted, and acceptances that did nothing.
fn accepted(page: &mut String, view: &View, columns: usize) {
    if !view.accepted.is_empty() {
        heading(page, "Accepted");
        for one in view.accepted.iter().take(MOST) {
            let text = format!("{} {}", one.finding.code(), said::accepted(view, one));
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

fn foot(page: &mut String, view: &View, rows: &[Row<'_>], columns: usize) {
    let assessment = &view.assessment;
    let Some(first) = rows.first().map(|row| row.nlb) else {
        return;
    };
    page.push('\n');
    layout::fill(page, "", &verdict::summary(assessment), columns);
    for text in said::costs(view) {
        layout::fill(page, "", &text, columns);
    }
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
    let of = match (assessment.scanned.only(), unique) {
        (None, true) => format!("DIR --account {}", first.account),
        (None, false) => "DIR".to_owned(),
        (Some(_), _) => "FILE".to_owned(),
    };
    page.push_str(&format!("Next: unbridge explain {name} --snapshot {of}\n"));
}

fn is_shell_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte)
}
