//! A table of typed columns, and how it becomes CSV and a tree of Parquet files. Knows nothing of
//! what stands in it.

use std::collections::BTreeMap;
use std::io;

use unbridge_model::assessment::{NlbAssessment, Scanned};
use unbridge_model::id::{AccountId, Region};

use super::File;
use crate::columnar::{self, Use};
pub(super) use crate::columnar::{Column, Value};
use crate::csv::no_formula;
use crate::safe::printable;

/// Rows of one kind and the columns that read them.
pub(super) struct Table<R> {
    pub(super) columns: Vec<Column<R>>,
    pub(super) rows: Vec<R>,
}

/// A row about an NLB.
pub(super) trait AboutNlb {
    fn nlb(&self) -> &NlbAssessment;
}

/// Where a table's Parquet files stand, and the places that have one even without rows.
pub(super) struct Tree<'a> {
    pub(super) name: &'static str,
    pub(super) scanned: &'a Scanned,
}

impl<R: AboutNlb> Table<R> {
    /// The table as RFC 4180 says.
    pub(super) fn csv(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut lines = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(&mut bytes);
        lines.write_record(self.columns.iter().map(|column| column.name))?;
        for row in &self.rows {
            let cells = self.columns.iter();
            lines.write_record(cells.map(|column| cell(&column.value, row)))?;
        }
        lines.flush()?;
        drop(lines);
        Ok(bytes)
    }

    /// A Parquet file for each account and region.
    pub(super) fn parquet(&self, tree: &Tree<'_>) -> io::Result<Vec<File>> {
        let mut parts: BTreeMap<(&AccountId, &Region), Vec<&R>> = BTreeMap::new();
        for header in tree.scanned.iter() {
            for region in &header.regions {
                parts.entry((&header.account, region)).or_default();
            }
        }
        for row in &self.rows {
            let nlb = row.nlb();
            let part = parts.entry((&nlb.account, &nlb.region)).or_default();
            part.push(row);
        }
        // What the path says must not stand in the file again: some readers refuse a table that
        // has a column twice.
        let columns = self.columns.iter();
        let columns: Vec<_> = columns.filter(|column| column.name != "region").collect();
        let parts = parts.into_iter();
        parts
            .map(|((account, region), rows)| {
                let name = tree.name;
                let path = format!("{name}/account={account}/region={region}/part-0.parquet");
                let bytes = columnar::file(name, &columns, &rows, Use::Shown);
                let bytes = bytes.map_err(io::Error::other)?;
                Ok((path, bytes))
            })
            .collect()
    }
}

fn cell<R>(value: &Value<R>, row: &R) -> String {
    let text = match value {
        Value::Text(read) => read(row).map(|text| no_formula(printable(&text).into_owned())),
        Value::Amount(read) => read(row).map(|amount| amount.normalize().to_string()),
        Value::Count(read) => read(row).map(|count| count.to_string()),
        Value::Truth(read) => read(row).map(|truth| truth.to_string()),
        Value::Moment(read) => read(row).map(|moment| moment.to_string()),
        Value::Day(read) => read(row).map(|day| day.to_string()),
    };
    text.unwrap_or_default()
}
