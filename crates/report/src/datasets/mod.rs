//! What was found, as Parquet datasets for query engines: one for each kind of thing, in Hive
//! partitions of account and region.
//!
//! A row is flat. What there may be several of has a dataset of its own, or is joined by a separator
//! that `docs/queries/README.md` names; a test compares that page with [`Dataset::columns`]. Codes
//! are the words of closed enums. What is not known is NULL, never zero and never an empty text, and
//! texts from AWS stay as they are: they are data here. The same view gives the same bytes.

mod accounts;
mod chains;
mod costs;
mod findings;
mod gaps;
mod links;
mod nlbs;
mod part;
mod record;

use std::io;

use strum::VariantArray as _;

use self::accounts::Account;
use self::chains::ChainLine;
use self::costs::{Cost, CostComponent};
use self::findings::Found;
use self::gaps::Unread;
use self::links::Link;
use self::nlbs::{Nlb, Tag, Why};
use self::part::{Part, parts};
pub use self::record::Holds;
use self::record::{NoRows, columns, written};
use crate::view::View;

/// A file: its path below the target, with `/` between folders, and its bytes.
pub type File = (String, Vec<u8>);

/// The columns that the path of a partition holds, and its files do not.
pub const IN_THE_PATH: [&str; 2] = ["account", "region"];

/// A dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Dataset {
    /// A row for each NLB.
    Nlbs,
    /// A row for each reason of the verdict of an NLB.
    Reasons,
    /// A row for each tag of an NLB or an account.
    Tags,
    /// A row for each finding.
    Findings,
    /// A row for each method on a stage, or in a draft, whose requests pass an NLB.
    Chains,
    /// A row for each VPC link.
    Links,
    /// A row for each NLB: what it costs, and what its going would save.
    Costs,
    /// A row for each part of the cost of an NLB.
    Components,
    /// A row for each thing that was not seen.
    Gaps,
    /// A row for each account, in one file without partitions. Written last.
    Accounts,
}

impl Dataset {
    /// Every dataset, in the order in which files are written.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// Whether account and region stand in the path.
    #[must_use]
    pub fn is_partitioned(self) -> bool {
        self != Self::Accounts
    }

    /// The columns of its files, in order, and what they hold. Where it is partitioned, those
    /// [in the path](IN_THE_PATH) come on top.
    #[must_use]
    pub fn columns(self) -> Vec<(&'static str, Holds)> {
        match self {
            Self::Nlbs => columns::<Nlb<'_>>(),
            Self::Reasons => columns::<Why<'_>>(),
            Self::Tags => columns::<Tag<'_>>(),
            Self::Findings => columns::<Found<'_>>(),
            Self::Chains => columns::<ChainLine<'_>>(),
            Self::Links => columns::<Link<'_>>(),
            Self::Costs => columns::<Cost<'_>>(),
            Self::Components => columns::<CostComponent<'_>>(),
            Self::Gaps => columns::<Unread<'_>>(),
            Self::Accounts => columns::<Account<'_>>(),
        }
    }

    fn written<'p>(self, part: &'p Part<'p>, no_rows: NoRows) -> io::Result<Option<Vec<u8>>> {
        let name = self.to_string();
        match self {
            Self::Nlbs => written::<Nlb<'p>>(&name, part, no_rows),
            Self::Reasons => written::<Why<'p>>(&name, part, no_rows),
            Self::Tags => written::<Tag<'p>>(&name, part, no_rows),
            Self::Findings => written::<Found<'p>>(&name, part, no_rows),
            Self::Chains => written::<ChainLine<'p>>(&name, part, no_rows),
            Self::Links => written::<Link<'p>>(&name, part, no_rows),
            Self::Costs => written::<Cost<'p>>(&name, part, no_rows),
            Self::Components => written::<CostComponent<'p>>(&name, part, no_rows),
            Self::Gaps => written::<Unread<'p>>(&name, part, no_rows),
            Self::Accounts => written::<Account<'p>>(&name, part, no_rows),
        }
    }

    fn path(self, part: &Part<'_>) -> String {
        if !self.is_partitioned() {
            return format!("{self}/part-0.parquet");
        }
        let (account, region) = (part.account, part.region());
        format!("{self}/account={account}/region={region}/part-0.parquet")
    }
}

/// The files of every dataset, each made when it is asked for. A partition without rows has none,
/// but each dataset has at least one file, so that it can be read at all.
///
/// # Errors
/// When a finding cannot be written as JSON, or Parquet refuses something.
pub fn files(view: &View) -> impl Iterator<Item = io::Result<File>> {
    let parts = parts(view);
    let mut datasets = Dataset::ALL.iter().copied();
    let mut at = datasets.next().map(|dataset| (dataset, 0));
    let mut empty = true;
    std::iter::from_fn(move || {
        loop {
            let (dataset, nth) = at?;
            let end = if dataset.is_partitioned() {
                parts.len()
            } else {
                1
            };
            // Its last chance is the first partition, once it is known that none has rows.
            let (part, no_rows) = match (nth < end, empty) {
                (true, _) => (parts.get(nth)?, NoRows::NoFile),
                (false, true) => (parts.first()?, NoRows::EmptyFile),
                (false, false) => {
                    at = datasets.next().map(|dataset| (dataset, 0));
                    empty = true;
                    continue;
                }
            };
            at = Some((dataset, nth + 1));
            match dataset.written(part, no_rows) {
                Ok(None) => {}
                Ok(Some(bytes)) => {
                    empty = false;
                    return Some(Ok((dataset.path(part), bytes)));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    })
}
