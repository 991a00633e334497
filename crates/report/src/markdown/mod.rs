//! A report in GitHub-flavoured Markdown, to be pasted into a pull request or a wiki.
//!
//! Owns the order of its parts. Whatever comes from AWS goes through [`escape`].

pub(crate) mod escape;

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use unbridge_model::assessment::{LinkAssessment, PrivateIntegrations};
use unbridge_model::finding::Finding;

use self::escape::{Place, code, prose};
use crate::look::{Colour, Look};
use crate::rows::{Cell, Column, GroupBy, Headers, Layout, Row, groups, rows};
use crate::said;
use crate::table::MOST;
use crate::view::{View, Whose};
use crate::{gaps, verdict, words};

/// How many names or codes one cell holds before the rest is only counted.
const IN_CELL: usize = 6;

/// What stands for what was not read.
const UNKNOWN: &str = "unknown";
/// What stands for none.
const NONE: &str = "none";

/// Writes a page.
///
/// # Errors
/// When `out` does not take it.
pub fn markdown(view: &View, layout: &Layout, out: &mut dyn Write) -> fmt::Result {
    let assessment = &view.assessment;
    let mut page = "# NLBs between API Gateway and ALBs\n".to_owned();
    if let Some(text) = said::incomplete(assessment) {
        let text = prose(&text, Place::Text);
        page.push_str(&format!("\n> **INCOMPLETE:** {text}\n"));
    }
    paragraph(&mut page, &said::scanned(view));
    for text in said::narrowed(view) {
        paragraph(&mut page, &text);
    }
    let rows = rows(view);
    if rows.is_empty() {
        paragraph(&mut page, &said::no_nlb(view));
    } else {
        paragraph(&mut page, &verdict::summary(assessment));
        for text in said::costs(view) {
            paragraph(&mut page, &text);
        }
        nlbs(&mut page, view, &rows, layout);
    }
    links(&mut page, view);
    private_integrations(&mut page, &assessment.private_integrations);
    unattached(&mut page, view);
    accepted(&mut page, view);
    not_seen(&mut page, view);
    drop_marks(&page, out)
}

/// Puts out a text that was made for a terminal or may hold such a text, without its colours.
fn drop_marks(text: &str, out: &mut dyn Write) -> fmt::Result {
    let look = Look {
        width: u16::MAX,
        colour: Colour::Never,
    };
    look.put(text, out)
}

fn heading(page: &mut String, text: &str) {
    page.push_str(&format!("\n## {text}\n\n"));
}

fn paragraph(page: &mut String, text: &str) {
    page.push_str(&format!("\n{}\n", prose(text, Place::Text)));
}

fn item(page: &mut String, markdown: &str) {
    page.push_str(&format!("- {markdown}\n"));
}

/// Says how many of `all` were not listed.
fn more(page: &mut String, all: usize) {
    if all > MOST {
        item(page, &format!("+{} more", all - MOST));
    }
}

fn nlbs(page: &mut String, view: &View, rows: &[Row<'_>], layout: &Layout) {
    let chosen = own_columns(view, rows, layout.group_by.as_ref());
    let columns = layout.columns_or(&chosen);
    heading(page, "NLBs");
    let Some(by) = &layout.group_by else {
        table(page, columns, layout.headers, rows);
        return;
    };
    for (number, group) in groups(rows, by).into_iter().enumerate() {
        if number > 0 {
            page.push('\n');
        }
        let heading = prose(&group.heading(), Place::Text);
        page.push_str(&format!("### {heading}\n\n"));
        if let Some(text) = said::group_costs(view, &group) {
            page.push_str(&format!("{}\n\n", prose(&text, Place::Text)));
        }
        table(page, columns, layout.headers, group.rows);
    }
}

/// The columns when none are chosen: those that tell these NLBs apart.
fn own_columns(view: &View, rows: &[Row<'_>], by: Option<&GroupBy>) -> Vec<Column> {
    let mut columns = vec![Column::Verdict];
    if view.baseline.is_some() {
        columns.push(Column::PreviousVerdict);
    }
    columns.push(Column::Nlb);
    let accounts: BTreeSet<_> = rows.iter().map(|row| &row.nlb.account).collect();
    if accounts.len() > 1 && by != Some(&GroupBy::Account) {
        columns.push(Column::Account);
        if !view.accounts.is_empty() {
            columns.push(Column::AccountName);
        }
    }
    let regions: BTreeSet<_> = rows.iter().map(|row| &row.nlb.region).collect();
    if regions.len() > 1 && by != Some(&GroupBy::Region) {
        columns.push(Column::Region);
    }
    columns.extend([
        Column::Chains,
        Column::Apis,
        Column::Findings,
        Column::Reasons,
    ]);
    columns
}

fn table<'r, 'v: 'r>(
    page: &mut String,
    columns: &[Column],
    headers: Headers,
    rows: impl IntoIterator<Item = &'r Row<'v>>,
) {
    line(
        page,
        columns.iter().map(|column| match headers {
            Headers::Shown => column.title(),
            Headers::Hidden => "",
        }),
    );
    line(
        page,
        columns
            .iter()
            .map(|column| if column.is_number() { "--:" } else { "---" }),
    );
    for row in rows {
        line(page, columns.iter().map(|column| cell(row.cell(*column))));
    }
}

fn line<T: fmt::Display>(page: &mut String, cells: impl Iterator<Item = T>) {
    page.push('|');
    for cell in cells {
        page.push_str(&format!(" {cell} |"));
    }
    page.push('\n');
}

fn cell(cell: Cell) -> String {
    let (texts, separator): (Vec<String>, &str) = match cell {
        Cell::Number(number) => return number.to_string(),
        Cell::Unknown => return UNKNOWN.to_owned(),
        Cell::Names(names) => {
            let codes = names.iter().map(|name| code(name, Place::Cell));
            (codes.collect(), ", ")
        }
        Cell::Words(words) => {
            let words = words.iter().map(|words| prose(words, Place::Cell));
            (words.collect(), "; ")
        }
    };
    let more = texts.len().saturating_sub(IN_CELL);
    let mut text = texts[..texts.len() - more].join(separator);
    if more > 0 {
        text.push_str(&format!("{separator}+{more} more"));
    }
    if text.is_empty() {
        text.push_str(NONE);
    }
    text
}

/// `warning`, a finding's code, and what it is called.
fn finding(finding: &Finding, said: &str) -> String {
    format!(
        "{} {}: {}",
        finding.severity(),
        code(&finding.code().to_string(), Place::Text),
        prose(said, Place::Text)
    )
}

fn links(page: &mut String, view: &View) {
    let whose = Whose::from(view);
    let links = view.assessment.links.iter();
    let found: Vec<&LinkAssessment> = links.filter(|link| !link.findings.is_empty()).collect();
    if found.is_empty() {
        return;
    }
    heading(page, "Links");
    for link in found.iter().take(MOST) {
        let text = format!(
            "{} ({}, {}) in {}",
            code(link.id.as_str(), Place::Text),
            said::version(link.version),
            code(&words::name(&link.name), Place::Text),
            prose(
                &format!("{}{}", link.region, whose.of(link.account.as_str())),
                Place::Text
            )
        );
        item(page, &text);
        for one in &link.findings {
            let title = crate::text_of(one.code()).title;
            page.push_str(&format!("  - {}\n", finding(one, title)));
        }
    }
    more(page, found.len());
}

fn private_integrations(page: &mut String, all: &[PrivateIntegrations]) {
    if all.is_empty() {
        return;
    }
    heading(page, "Private integrations");
    line(page, ["How", "Methods", "Stages", "APIs"].into_iter());
    line(page, ["---", "--:", "--:", "--:"].into_iter());
    for (pattern, counted) in said::patterns(all) {
        let how = prose(words::pattern(pattern), Place::Cell);
        let counts = [counted.methods, counted.stages.len(), counted.apis.len()];
        let counts = counts.map(|count| count.to_string());
        line(page, std::iter::once(how).chain(counts));
    }
    if let Some(text) = said::private_apis(all) {
        paragraph(page, &format!("Of these APIs, {text}."));
    }
}

fn unattached(page: &mut String, view: &View) {
    let all = &view.assessment.unattached;
    if all.is_empty() {
        return;
    }
    heading(page, "Chains that reach no load balancer");
    for one in all.iter().take(MOST) {
        let sentence = words::evidence(&one.finding).sentence;
        let text = format!("{sentence}{}", said::place(one, view.into()));
        item(page, &finding(&one.finding, &text));
    }
    more(page, all.len());
}

fn accepted(page: &mut String, view: &View) {
    if !view.accepted.is_empty() {
        heading(page, "Accepted");
        for one in view.accepted.iter().take(MOST) {
            let code = code(&one.finding.code().to_string(), Place::Text);
            let said = prose(&said::accepted(view, one), Place::Text);
            item(page, &format!("{code} {said}"));
        }
        more(page, view.accepted.len());
    }
    if !view.stale.is_empty() {
        heading(page, "Acceptances that do nothing");
        for stale in &view.stale {
            item(page, &prose(&words::stale(stale), Place::Text));
        }
    }
}

/// What was not seen, and what to do about it.
fn not_seen(page: &mut String, view: &View) {
    if view.assessment.is_complete() {
        return;
    }
    heading(page, "Not seen");
    let mut line = |lead: &str, text: &str| {
        page.push_str(&format!("{lead}{}\n", prose(text, Place::Text)));
    };
    for told in gaps::told(view.assessment.gaps.iter(), view.into()) {
        line("- ", &told.what);
        for further in told.remedy.iter().chain(&told.message) {
            line("  - ", further);
        }
    }
}
