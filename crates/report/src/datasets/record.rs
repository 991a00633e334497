//! Rows of a dataset: what each kind has to say of itself, and how a partition of them is written.

use std::io;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use unbridge_model::assessment::NlbAssessment;

use super::part::Part;
use crate::columnar::{self, Column, Use, Value};

/// A row of a dataset.
pub(super) trait Record<'p>: Sized {
    /// The rows of a partition, in an order that the same view always gives.
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>>;

    /// Its columns, but for those that every dataset has.
    fn columns() -> Vec<Column<Self>>;

    /// When the scan of its account began.
    fn scanned(&self) -> Option<Timestamp>;
}

/// A row that may be about an NLB.
pub(super) trait AboutNlb {
    /// The NLB.
    fn nlb(&self) -> Option<&NlbAssessment>;
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
pub enum Holds {
    /// UTF-8.
    #[strum(serialize = "STRING")]
    Text,
    /// Money, quantities and prices.
    #[strum(serialize = "DECIMAL(38,12)")]
    Amount,
    /// A whole number, not negative.
    #[strum(serialize = "BIGINT")]
    Count,
    /// True or false.
    #[strum(serialize = "BOOLEAN")]
    Truth,
    /// A time in UTC, to the microsecond.
    #[strum(serialize = "TIMESTAMP")]
    Moment,
    /// A day.
    #[strum(serialize = "DATE")]
    Day,
}

impl<R> From<&Value<R>> for Holds {
    fn from(value: &Value<R>) -> Self {
        match value {
            Value::Text(_) => Self::Text,
            Value::Amount(_) => Self::Amount,
            Value::Count(_) => Self::Count,
            Value::Truth(_) => Self::Truth,
            Value::Moment(_) => Self::Moment,
            Value::Day(_) => Self::Day,
        }
    }
}

/// What a partition without rows comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoRows {
    NoFile,
    EmptyFile,
}

fn day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

fn all_columns<'p, R: Record<'p>>() -> Vec<Column<R>> {
    let mut columns = R::columns();
    columns.push(Column::new("scanned_at", Value::Moment(R::scanned)));
    let date = Value::Day(|of: &R| of.scanned().map(day));
    columns.push(Column::new("date", date));
    columns
}

/// The columns of a dataset and what they hold.
pub(super) fn columns<'p, R: Record<'p>>() -> Vec<(&'static str, Holds)> {
    let columns = all_columns::<R>().into_iter();
    columns
        .map(|column| (column.name, Holds::from(&column.value)))
        .collect()
}

/// The file of a partition.
pub(super) fn written<'p, R: Record<'p>>(
    name: &str,
    part: &'p Part<'p>,
    no_rows: NoRows,
) -> io::Result<Option<Vec<u8>>> {
    let rows = R::of(part)?;
    if rows.is_empty() && no_rows == NoRows::NoFile {
        return Ok(None);
    }
    let columns = all_columns::<R>();
    let columns: Vec<&Column<R>> = columns.iter().collect();
    let rows: Vec<&R> = rows.iter().collect();
    let file = columnar::file(name, &columns, &rows, Use::Asked);
    file.map(Some).map_err(io::Error::other)
}

/// Which NLB a row is about, and what may happen to it.
pub(super) fn about_nlb<R: AboutNlb>() -> Vec<Column<R>> {
    vec![
        Column::new(
            "nlb_arn",
            Value::Text(|of: &R| Some(of.nlb()?.arn.to_string())),
        ),
        Column::new(
            "nlb_name",
            Value::Text(|of: &R| Some(of.nlb()?.name.to_string())),
        ),
        Column::new(
            "verdict",
            Value::Text(|of: &R| Some(of.nlb()?.verdict.to_string())),
        ),
    ]
}
