//! CSV for spreadsheets and pipelines: one line an NLB, as RFC 4180 says, and no formulas.

use std::io::{self, Write};

use crate::rows::{Cell, Column, Headers, Layout, Row, groups, rows};
use crate::view::View;

/// The columns when none are chosen.
const COLUMNS: &[Column] = &[
    Column::Account,
    Column::Region,
    Column::Nlb,
    Column::Verdict,
    Column::Severity,
    Column::Chains,
    Column::Apis,
    Column::Albs,
    Column::Findings,
    Column::Accepted,
    Column::Reasons,
    Column::Gaps,
    Column::Currency,
    Column::MonthlyCost,
    Column::MonthlySavings,
    Column::MonthlyPotential,
    Column::Tags,
    Column::Arn,
];

/// Between the things in a cell.
const SEPARATOR: &str = "; ";

/// What stands for what was not read.
const UNKNOWN: &str = "unknown";

/// Writes a line for each NLB; in groups, a line for each NLB of a group, led by the group's name.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, layout: &Layout, out: impl Write) -> io::Result<()> {
    let own = own_columns(view);
    let columns = layout.columns_or(&own);
    let mut lines = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    let by = layout.group_by.as_ref();
    if layout.headers == Headers::Shown {
        let names = columns.iter().map(Column::to_string);
        lines.write_record(by.map(|_| "group".to_owned()).into_iter().chain(names))?;
    }
    let rows = rows(view);
    match by {
        None => {
            for row in &rows {
                lines.write_record(cells(row, columns))?;
            }
        }
        Some(by) => {
            for group in groups(&rows, by) {
                for row in group.rows {
                    let name = no_formula(group.name.clone());
                    lines.write_record(std::iter::once(name).chain(cells(row, columns)))?;
                }
            }
        }
    }
    lines.flush()
}

/// The columns when none are chosen: with those about accounts where something is known of them.
fn own_columns(view: &View) -> Vec<Column> {
    let mut columns = COLUMNS.to_vec();
    if !view.accounts.is_empty() {
        columns.splice(1..1, [Column::AccountName, Column::Ou]);
    }
    columns
}

fn cells(row: &Row<'_>, columns: &[Column]) -> impl Iterator<Item = String> {
    columns.iter().map(|column| text(row.cell(*column)))
}

fn text(cell: Cell) -> String {
    let texts = cell.texts(UNKNOWN).into_iter().map(no_formula);
    texts.collect::<Vec<_>>().join(SEPARATOR)
}

/// The text, with an apostrophe before it where a spreadsheet would take it for a formula: behind
/// blanks too, and by the wide forms of these characters that some take for the narrow ones.
pub(crate) fn no_formula(mut text: String) -> String {
    let starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.trim_start_matches(' ').starts_with(starts) {
        text.insert(0, '\'');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_a_formula_is_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"] {
            assert_eq!(no_formula(formula.to_owned()), format!("'{formula}"));
        }
        for text in ["", "a=1", "orders-nlb", "12", "'=1"] {
            assert_eq!(no_formula(text.to_owned()), text);
        }
    }

    #[test]
    fn each_thing_in_a_cell_is_guarded() {
        let cell = Cell::Names(vec!["orders".to_owned(), "=1+1".to_owned()]);
        assert_eq!(text(cell), "orders; '=1+1");
    }
}
