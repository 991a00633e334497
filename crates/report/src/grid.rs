//! The rows and columns of the findings table: which columns fit a width, and what gives way when
//! they do not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use unbridge_model::finding::{Finding, FindingCode, Severity};

use crate::layout::{self, Break, wrap};
use crate::look::Tone;
use crate::rows::{Cell, Column, GroupBy, Headers, Layout, Row};
use crate::{verdict, words};

/// Columns of space behind a cell that is not the last.
const PADDING: u16 = 2;
/// The same, to count with.
const GAP: usize = PADDING as usize;
/// The least a column of codes is squeezed to.
const CODES_MIN: usize = 16;
/// The same where somebody chose the columns: more of them are to stand side by side.
const CHOSEN_MIN: usize = 12;
/// The least a chosen column of names is squeezed to.
const NAMES_MIN: usize = 16;
/// The least a column of prose or ARNs is squeezed to.
const PROSE_MIN: usize = 24;
/// The least worth giving to prose that nobody asked for.
const WHY_MIN: usize = 30;
/// How many lines one NLB may take for codes or names.
const LINES: usize = 3;
/// What is told of an NLB where nothing fits side by side.
const NARROW: &[Column] = &[
    Column::Verdict,
    Column::Nlb,
    Column::Region,
    Column::Chains,
    Column::Findings,
];
/// The same of NLBs of several accounts.
const NARROW_OF_MANY: &[Column] = &[
    Column::Verdict,
    Column::Nlb,
    Column::Account,
    Column::Region,
    Column::Chains,
    Column::Findings,
];
/// What stands for what was not read.
const UNKNOWN: &str = "?";
/// What stands for none.
const NONE: &str = "-";

/// The rows of a table, laid out for a width.
pub(crate) enum Grid {
    /// Columns side by side.
    Columns(Vec<Track>, Headers),
    /// A block of lines for each row, because its columns do not fit side by side.
    Blocks(Vec<String>),
}

impl Grid {
    /// These rows, at most `width` wide.
    pub(crate) fn of(rows: &[&Row<'_>], layout: &Layout, width: usize) -> Self {
        let (columns, tracks) = if layout.columns.is_empty() {
            let narrow = if accounts(rows) > 1 {
                NARROW_OF_MANY
            } else {
                NARROW
            };
            (narrow, fit(rows, layout.group_by.as_ref(), width))
        } else {
            (&*layout.columns, chosen(rows, &layout.columns, width))
        };
        if total(&tracks) <= width {
            return Self::Columns(tracks, layout.headers);
        }
        let block = |row: &&Row<'_>| block(row, columns, layout.headers, width);
        Self::Blocks(rows.iter().map(block).collect())
    }

    /// Adds some of the rows to `page`. Columns are as wide as all rows need them, so that tables
    /// below each other are in line.
    pub(crate) fn put(&self, page: &mut String, rows: Range<usize>) {
        match self {
            Self::Columns(tracks, headers) => page.push_str(&render(tracks, *headers, rows)),
            Self::Blocks(blocks) => page.push_str(&blocks[rows].join("\n")),
        }
    }
}

/// When a column gives way to others, and how far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Yields {
    /// Before names do: codes, and what there may be a lot of.
    First(usize),
    /// When nothing else helps: names are there to be copied.
    Last(usize),
    /// Never: it is short.
    Never,
}

impl From<Column> for Yields {
    fn from(column: Column) -> Self {
        match column {
            Column::Reasons => Self::First(PROSE_MIN),
            Column::Apis | Column::Stages | Column::Findings | Column::Accepted | Column::Tags => {
                Self::First(CHOSEN_MIN)
            }
            Column::Nlb | Column::Albs | Column::AccountName | Column::Ou => Self::Last(NAMES_MIN),
            Column::Arn => Self::Last(PROSE_MIN),
            Column::Verdict
            | Column::PreviousVerdict
            | Column::Account
            | Column::Region
            | Column::Chains
            | Column::Ports
            | Column::Severity
            | Column::Gaps
            | Column::Currency
            | Column::MonthlyCost
            | Column::MonthlySavings
            | Column::MonthlyPotential => Self::Never,
        }
    }
}

/// A column with its cells, each in lines.
pub(crate) struct Track {
    title: String,
    align: CellAlignment,
    yields: Yields,
    cells: Vec<Vec<String>>,
}

impl Track {
    fn new(title: &str, rows: &[&Row<'_>], cell: impl Fn(&Row<'_>) -> Vec<String>) -> Self {
        Self {
            title: title.to_owned(),
            align: CellAlignment::Left,
            yields: Yields::Never,
            cells: rows.iter().map(|row| cell(row)).collect(),
        }
    }

    fn number(title: &str, rows: &[&Row<'_>], cell: impl Fn(&Row<'_>) -> Cell) -> Self {
        Self {
            align: CellAlignment::Right,
            ..Self::new(title, rows, |row| cell(row).texts(UNKNOWN))
        }
    }

    /// A column that somebody chose.
    fn of(column: Column, rows: &[&Row<'_>]) -> Self {
        let align = if column.is_number() {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        };
        Self {
            align,
            yields: column.into(),
            ..Self::new(&title(column), rows, |row| lines(row, column))
        }
    }

    fn width(&self) -> usize {
        let lines = self.cells.iter().flatten();
        lines
            .map(|line| layout::width(line))
            .fold(layout::width(&self.title), usize::max)
    }

    fn squeeze(&mut self, width: usize) {
        for cell in &mut self.cells {
            *cell = cell
                .iter()
                .flat_map(|line| wrap(line, width, 2, Break::Anywhere))
                .collect();
        }
    }
}

/// The columns that somebody chose.
fn chosen(rows: &[&Row<'_>], columns: &[Column], width: usize) -> Vec<Track> {
    let columns = columns.iter();
    let mut tracks: Vec<Track> = columns.map(|column| Track::of(*column, rows)).collect();
    squeeze(&mut tracks, width, |yields| match yields {
        Yields::First(least) => Some(least),
        Yields::Last(_) | Yields::Never => None,
    });
    squeeze(&mut tracks, width, |yields| match yields {
        Yields::Last(least) => Some(least),
        Yields::First(_) | Yields::Never => None,
    });
    tracks
}

fn title(column: Column) -> String {
    column.title().to_uppercase()
}

fn total(tracks: &[Track]) -> usize {
    let cells: usize = tracks.iter().map(Track::width).sum();
    cells + GAP * tracks.len().saturating_sub(1)
}

/// Takes from the widest of the columns that have a `least` width, until all fit or no more can be
/// taken.
fn squeeze(tracks: &mut [Track], width: usize, least: impl Fn(Yields) -> Option<usize>) {
    let over = total(tracks).saturating_sub(width);
    if over == 0 {
        return;
    }
    let yielding = tracks.iter_mut().filter_map(|track| {
        let least = least(track.yields)?;
        let width = track.width();
        Some((track, width, least))
    });
    let yielding: Vec<(&mut Track, usize, usize)> = yielding.collect();
    let gained = |most: usize| -> usize {
        let gains = yielding
            .iter()
            .map(|(_, width, least)| width.saturating_sub(most.max(*least)));
        gains.sum()
    };
    let widest = yielding.iter().map(|(_, width, _)| *width).max();
    let most = (0..widest.unwrap_or(0))
        .rev()
        .find(|most| gained(*most) >= over);
    for (track, _, least) in yielding {
        track.squeeze(most.unwrap_or(0).max(least));
    }
}

/// The columns that always stand there, and in their places as many others as fit.
fn fit(rows: &[&Row<'_>], by: Option<&GroupBy>, width: usize) -> Vec<Track> {
    let mut tracks = vec![
        Track::new("VERDICT", rows, |row| lines(row, Column::Verdict)),
        Track::new("NLB", rows, |row| lines(row, Column::Nlb)),
        Track::number("CHAINS", rows, |row| row.cell(Column::Chains)),
        Track::number("APIS", rows, |row| row.of_chains(row.apis.len())),
        // What was not seen stands below the table, once for all of them.
        Track::new("FINDINGS", rows, |row| {
            codes(
                row.nlb
                    .findings
                    .iter()
                    .filter(|f| f.code() != FindingCode::UnknownUsers),
            )
        }),
    ];
    places(&mut tracks, rows, by, width);
    let over = total(&tracks).saturating_sub(width);
    if over > 0 {
        give_way(&mut tracks, width);
        return tracks;
    }
    let before_codes = |tracks: &[Track]| tracks.len() - 1;
    for track in [
        Track::number("STAGES", rows, |row| row.of_chains(row.stages.len())),
        Track::new("PORTS", rows, |row| some(row, Column::Ports)),
        Track::new("ALB", rows, |row| some(row, Column::Albs)),
    ] {
        let place = before_codes(&tracks);
        if insert(&mut tracks, place, track, width).is_err() {
            return tracks;
        }
    }
    let room = width.saturating_sub(total(&tracks) + GAP);
    if room >= WHY_MIN {
        let mut why = Track::of(Column::Reasons, rows);
        why.squeeze(room);
        tracks.push(why);
    }
    tracks
}

/// How many accounts these are in.
fn accounts(rows: &[&Row<'_>]) -> usize {
    let accounts: BTreeSet<_> = rows.iter().map(|row| &row.nlb.account).collect();
    accounts.len()
}

/// Says where NLBs are, as far as they are not all in one place: names repeat from account to
/// account and from region to region. A column where there is room, else below the name.
fn places(tracks: &mut Vec<Track>, rows: &[&Row<'_>], by: Option<&GroupBy>, width: usize) {
    let regions: BTreeSet<_> = rows.iter().map(|row| &row.nlb.region).collect();
    let accounts = accounts(rows) > 1 && by != Some(&GroupBy::Account);
    let regions = regions.len() > 1 && by != Some(&GroupBy::Region);
    let region = regions.then(|| Track::of(Column::Region, rows));
    let account = accounts.then(|| account(rows));
    let mut below: Vec<Track> = Vec::new();
    for place in region.into_iter().chain(account) {
        below.extend(insert(tracks, 2, place, width).err());
    }
    for (row, name) in tracks[1].cells.iter_mut().enumerate() {
        let mut lines = below.iter().rev().map(|place| place.cells[row].iter());
        let Some(first) = lines.next() else { return };
        let mut first: Vec<String> = first.cloned().collect();
        let one = |lines: std::slice::Iter<'_, String>| lines.cloned().collect::<Vec<_>>();
        for further in lines.map(one) {
            // The id and the region in one line, then what the account is called.
            if let Some(lead) = first.first_mut() {
                lead.push_str(&format!(" {}", further.join(" ")));
            }
        }
        name.extend(first.into_iter().map(|line| Tone::Faint.of(line)));
    }
}

/// Accounts, with their names below where any is known.
fn account(rows: &[&Row<'_>]) -> Track {
    let named = |row: &Row<'_>| {
        let mut account = lines(row, Column::Account);
        account.extend(row.member.map(|member| words::name(&member.name)));
        account
    };
    match rows.iter().any(|row| row.member.is_some()) {
        true => Track::new("ACCOUNT", rows, named),
        false => Track::of(Column::Account, rows),
    }
}

/// Puts the column in its place, or hands it back when it does not fit.
fn insert(tracks: &mut Vec<Track>, place: usize, track: Track, width: usize) -> Result<(), Track> {
    if total(tracks) + GAP + track.width() > width {
        return Err(track);
    }
    tracks.insert(place, track);
    Ok(())
}

/// Squeezes the codes first, because names are there to be copied, and then the names.
fn give_way(tracks: &mut [Track], width: usize) {
    let codes = tracks.len() - 1;
    for (place, least) in [(codes, CODES_MIN), (1, 0)] {
        let over = total(tracks).saturating_sub(width);
        if over > 0 {
            let room = tracks[place].width().saturating_sub(over).max(least);
            tracks[place].squeeze(room);
        }
    }
}

fn render(tracks: &[Track], headers: Headers, rows: Range<usize>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    if headers == Headers::Shown {
        table.set_header(tracks.iter().map(|track| &track.title));
    }
    for row in rows {
        table.add_row(tracks.iter().map(|track| track.cells[row].join("\n")));
    }
    let last = tracks.len().saturating_sub(1);
    let columns = table.column_iter_mut().zip(tracks);
    for (number, (column, track)) in columns.enumerate() {
        let padding = if number < last { PADDING } else { 0 };
        let width = u16::try_from(track.width()).unwrap_or(u16::MAX);
        let width = width.saturating_add(padding);
        column.set_cell_alignment(track.align);
        column.set_padding((0, padding));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

/// A row whose columns stand below each other.
fn block(row: &Row<'_>, columns: &[Column], headers: Headers, width: usize) -> String {
    let titles: Vec<String> = columns.iter().map(|column| title(*column)).collect();
    let widest = titles.iter().map(|title| layout::width(title)).max();
    let indent = widest.unwrap_or(0) + GAP;
    let mut text = String::new();
    for (column, title) in columns.iter().zip(titles) {
        let lead = match headers {
            Headers::Shown => format!("{title:indent$}"),
            Headers::Hidden => String::new(),
        };
        layout::fill(&mut text, &lead, &lines(row, *column).join(", "), width);
    }
    text
}

/// The lines of a cell in its colour, never none.
fn lines(row: &Row<'_>, column: Column) -> Vec<String> {
    let mut lines = match column {
        Column::Verdict => vec![verdict::tone(row.nlb.verdict).of(row.nlb.verdict)],
        Column::Severity => row.nlb.gravest().map(words::severity).into_iter().collect(),
        Column::PreviousVerdict
        | Column::Nlb
        | Column::Account
        | Column::AccountName
        | Column::Ou
        | Column::Region
        | Column::Arn
        | Column::Chains
        | Column::Apis
        | Column::Stages
        | Column::Albs
        | Column::Ports
        | Column::Findings
        | Column::Accepted
        | Column::Reasons
        | Column::Tags
        | Column::Gaps
        | Column::Currency
        | Column::MonthlyCost
        | Column::MonthlySavings
        | Column::MonthlyPotential => some(row, column),
    };
    if lines.is_empty() {
        lines.push(NONE.to_owned());
    }
    lines
}

/// The first lines of a cell, and how many more there are.
fn some(row: &Row<'_>, column: Column) -> Vec<String> {
    let mut lines = row.cell(column).texts(UNKNOWN);
    if column == Column::Ports {
        lines = lines.chunks(2).map(|few| few.join(", ")).collect();
    }
    shorten(&mut lines);
    lines
}

/// The codes that say most, gravest first, then how many more there are. That it bridges is said
/// only when nothing else is: it goes without saying for every bridge.
fn codes<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<String> {
    let mut counted: BTreeMap<(Reverse<Severity>, FindingCode), usize> = BTreeMap::new();
    for finding in findings {
        let key = (Reverse(finding.severity()), finding.code());
        *counted.entry(key).or_default() += 1;
    }
    if counted.len() > 1 {
        counted.retain(|(_, code), _| *code != FindingCode::NlbBridgesAlb);
    }
    let mut lines: Vec<String> = counted
        .iter()
        .map(|((_, code), number)| match number {
            1 => code.to_string(),
            _ => format!("{code} ({number})"),
        })
        .collect();
    shorten(&mut lines);
    if lines.is_empty() {
        lines.push(NONE.to_owned());
    }
    lines
}

fn shorten(lines: &mut Vec<String>) {
    if lines.len() > LINES {
        let more = lines.len() - (LINES - 1);
        lines.truncate(LINES - 1);
        lines.push(format!("+{more} more"));
    }
}
