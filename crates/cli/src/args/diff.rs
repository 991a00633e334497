//! Two scans that are compared.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use unbridge_model::id::{AccountId, Region};

use super::report::parse_fail_on;
use super::{FailOn, SettingsArgs};

const EXAMPLES: &str = "\
Examples:
  unbridge diff last.jsonl.zst account.jsonl.zst
  unbridge diff audit/ audit/ --old-date 2026-10-01
  unbridge diff s3://audit/nlb s3://audit/nlb --old-date 2026-10-01 --fail-on warning";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DiffArgs {
    /// The older snapshot, or a tree of many: a folder, or s3://BUCKET/PREFIX.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The newer one.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// Of the older tree, the snapshots of this day alone [default: of every account its newest day].
    #[arg(long, value_name = "DATE", help_heading = "Input")]
    pub(crate) old_date: Option<Date>,
    /// The same of the newer tree.
    #[arg(long, value_name = "DATE", help_heading = "Input")]
    pub(crate) new_date: Option<Date>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// How.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) output: DiffOutput,
    /// How wide the table is, in characters [default: as the terminal, or 80].
    #[arg(long, help_heading = "Output", value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
    /// Only this account; repeat or separate by commas.
    #[arg(
        long = "account",
        value_name = "ID",
        value_delimiter = ',',
        help_heading = "Filters"
    )]
    pub(crate) accounts: Vec<AccountId>,
    /// Only this region; repeat or separate by commas.
    #[arg(
        long = "region",
        value_name = "REGION",
        value_delimiter = ',',
        help_heading = "Filters"
    )]
    pub(crate) regions: Vec<Region>,
    /// Exit with 3 when a finding of this severity or graver, or this finding, is new, or when an NLB
    /// has this verdict and had another one. Repeat or separate by commas.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = parse_fail_on, help_heading = "For pipelines")]
    pub(crate) fail_on: Vec<FailOn>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffOutput {
    /// For people at a terminal.
    #[default]
    Table,
    /// For programs; see `unbridge schema diff`.
    Json,
    /// For pull requests and wikis.
    Markdown,
}
