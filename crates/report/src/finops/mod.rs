//! Costs for FinOps: two tables that join with what AWS exports, each as CSV and as Parquet.
//!
//! [`hub`] has a row for each bridge that could save something, in the column names of the data
//! export of AWS's Cost Optimization Hub (`COST_OPTIMIZATION_RECOMMENDATIONS`). [`focus`] has a row
//! for each cost component of each bridge, in those of FOCUS 1.2. Both are estimates from list
//! prices and measured usage, not a bill. The modules of the tables say what each column holds and
//! which stay empty. Names that begin with `x_` are our own.
//!
//! What is not known is empty in CSV and NULL in Parquet, never zero. Texts are printable; CSV
//! guards them against being formulas. The same view gives the same bytes.

mod bridge;
mod evidence;
mod recommendation;
mod table;

use std::io;

use self::bridge::{Bridge, bridges};
use self::evidence::Evidence;
use self::table::{Table, Tree};
use crate::view::View;

/// A file: its path below the target folder, with `/` between folders, and its bytes.
pub type File = (String, Vec<u8>);

/// Bridges that could save something, as CSV in the column names of Cost Optimization Hub's data
/// export.
///
/// # Errors
/// When a text cannot be written.
pub fn hub(view: &View) -> io::Result<Vec<u8>> {
    recommendations(&bridges(view)?).csv()
}

/// What makes up the costs of bridges, as CSV in FOCUS column names.
///
/// # Errors
/// When a text cannot be written.
pub fn focus(view: &View) -> io::Result<Vec<u8>> {
    evidence(&bridges(view)?).csv()
}

/// Both tables as Parquet, in Hive partitions of account and region. A region that was asked for
/// has a file even without rows, so that an older one does not stay in its place.
///
/// # Errors
/// When a text cannot be written, or Parquet refuses something.
pub fn parquet(view: &View) -> io::Result<Vec<File>> {
    let bridges = bridges(view)?;
    let tree = |name| Tree {
        name,
        scanned: &view.assessment.scanned,
    };
    let mut files = recommendations(&bridges).parquet(&tree("recommendations"))?;
    files.extend(evidence(&bridges).parquet(&tree("evidence"))?);
    Ok(files)
}

/// Everything: both tables as CSV, `recommendations.csv` and `evidence.csv`, and as Parquet.
///
/// # Errors
/// When a text cannot be written, or Parquet refuses something.
pub fn files(view: &View) -> io::Result<Vec<File>> {
    let mut files = vec![
        ("recommendations.csv".to_owned(), hub(view)?),
        ("evidence.csv".to_owned(), focus(view)?),
    ];
    files.extend(parquet(view)?);
    Ok(files)
}

fn recommendations<'b>(bridges: &'b [Bridge<'_>]) -> Table<&'b Bridge<'b>> {
    Table {
        columns: recommendation::columns(),
        rows: bridges
            .iter()
            .filter(|bridge| recommendation::could_save(bridge))
            .collect(),
    }
}

fn evidence<'b>(bridges: &'b [Bridge<'_>]) -> Table<Evidence<'b>> {
    Table {
        columns: evidence::columns(),
        rows: bridges.iter().flat_map(Evidence::of).collect(),
    }
}
