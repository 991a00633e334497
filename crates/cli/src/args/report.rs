//! What is shown of a snapshot, and how: the flags of `unbridge report`, most of which
//! `unbridge scan` takes too.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use rust_decimal::Decimal;
use strum::VariantArray;
use unbridge_model::finding::{FindingCode, Severity, Verdict};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::text::Text;
use unbridge_report::rows::{Column, GroupBy};
use unbridge_report::view::{Selection, TagWanted};

use crate::args::ConfigArgs;

const EXAMPLES: &str = "\
Examples:
  unbridge report --snapshot account.jsonl.zst
  unbridge report --snapshot account.jsonl.zst -o bridges.html
  unbridge report --snapshot account.jsonl.zst --verdict removable,blocked --group-by region
  unbridge report --snapshot account.jsonl.zst --output csv --columns nlb,verdict --no-headers
  unbridge report --snapshot account.jsonl.zst --baseline last.jsonl.zst --fail-on warning";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    /// Snapshot that `unbridge scan` wrote, or a tree of many: a folder, or s3://BUCKET/PREFIX.
    #[arg(long, value_name = "FILE|DIR|s3://...", help_heading = "Input")]
    pub(crate) snapshot: PathBuf,
    /// Of a tree, the snapshots of this day alone [default: of every account its newest day].
    #[arg(long, value_name = "DATE", help_heading = "Input")]
    pub(crate) date: Option<Date>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Write to this file, and not to stdout. Its ending chooses the format: .txt .json .csv .md
    /// .mmd .dot .gv .sarif .html.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct SettingsArgs {
    #[command(flatten)]
    pub(crate) file: ConfigArgs,
    /// Prices to use instead of those in the binary; `unbridge prices show` prints them.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// A Terraform or OpenTofu state, or what `terraform show -json` prints: says who owns what a
    /// move changes. Repeat for more.
    #[arg(long = "terraform-state", value_name = "FILE")]
    pub(crate) terraform_states: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// The report's format [default: what the ending of its file says, or table].
    #[arg(long, value_enum)]
    pub(crate) output: Option<Output>,
    /// How wide the table is, in characters [default: as the terminal, or 80].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
    /// Columns of table, csv and markdown, in this order; repeat or separate by commas.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', value_parser = one_of::<Column>())]
    pub(crate) columns: Vec<Column>,
    /// Do not name the columns of table, csv and markdown.
    #[arg(long)]
    pub(crate) no_headers: bool,
    /// Put the NLBs of table, csv and markdown into groups: account, ou, region, verdict, severity,
    /// api, tag:KEY or account-tag:KEY.
    #[arg(long, value_name = "WHAT")]
    pub(crate) group_by: Option<GroupBy>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Only this account; repeat or separate by commas.
    #[arg(long = "account", value_name = "ID", value_delimiter = ',')]
    pub(crate) accounts: Vec<AccountId>,
    /// Only this region; repeat or separate by commas.
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<Region>,
    /// Only NLBs with this verdict; repeat or separate by commas.
    #[arg(long = "verdict", value_name = "VERDICT", value_delimiter = ',', value_parser = one_of::<Verdict>())]
    pub(crate) verdicts: Vec<Verdict>,
    /// Only findings of this severity or graver, and what has one.
    #[arg(long, value_name = "SEVERITY", value_parser = one_of::<Severity>())]
    pub(crate) severity: Option<Severity>,
    /// Only NLBs with this tag; repeat for any of several.
    #[arg(long = "tag", value_name = "KEY[=VALUE]", value_parser = parse_tag)]
    pub(crate) tags: Vec<TagWanted>,
    /// Only what concerns this API; repeat for any of several.
    #[arg(long = "api", value_name = "NAME|ID")]
    pub(crate) apis: Vec<Text>,
    /// Only NLBs whose going may save at least so much a month. What cannot be told may.
    #[arg(long, value_name = "AMOUNT", value_parser = parse_amount)]
    pub(crate) min_savings: Option<Decimal>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "For pipelines")]
pub(crate) struct PipelineArgs {
    /// Show only what is new since this older snapshot of the same account.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Exit with 3 when what is shown has a finding of this severity or graver, this finding, or an
    /// NLB with this verdict; or, for `stale-acceptance`, when an acceptance has expired or matches
    /// nothing. Repeat or separate by commas.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = parse_fail_on)]
    pub(crate) fail_on: Vec<FailOn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum Output {
    /// For people at a terminal.
    Table,
    /// For programs; see `unbridge schema report`.
    Json,
    /// A line for each NLB, for spreadsheets.
    Csv,
    /// For pull requests and wikis.
    Markdown,
    /// Diagrams of the chains, as Markdown pages can show them.
    Mermaid,
    /// The same for Graphviz.
    Dot,
    /// For code scanning, SARIF 2.1.0.
    Sarif,
    /// One page for a browser, with everything in it.
    Html,
    /// Recommendations and cost evidence as CSV and Parquet, in a new folder.
    Finops,
    /// Findings, chains, costs and gaps as Parquet for query engines, in a new folder or under
    /// s3://BUCKET/PREFIX.
    Datasets,
}

/// What makes a pipeline stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailOn {
    Severity(Severity),
    Finding(FindingCode),
    Verdict(Verdict),
    StaleAcceptance,
}

pub(super) fn parse_fail_on(text: &str) -> Result<FailOn, String> {
    if text == "stale-acceptance" {
        return Ok(FailOn::StaleAcceptance);
    }
    let severity = || text.parse().map(FailOn::Severity).ok();
    let finding = || text.parse().map(FailOn::Finding).ok();
    let verdict = || text.parse().map(FailOn::Verdict).ok();
    severity().or_else(finding).or_else(verdict).ok_or_else(|| {
        "neither a severity (info, warning, blocker), nor a finding's code, nor a verdict, nor \
         stale-acceptance; docs/findings.md lists them"
            .to_owned()
    })
}

pub(super) fn parse_tag(text: &str) -> Result<TagWanted, &'static str> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(Text::new(value))),
        None => (text, None),
    };
    if key.is_empty() {
        return Err("a tag has a key: KEY or KEY=VALUE");
    }
    Ok(TagWanted {
        key: Text::new(key),
        value,
    })
}

fn parse_amount(text: &str) -> Result<Decimal, &'static str> {
    let amount = text.parse().ok();
    let amount = amount.filter(|amount: &Decimal| *amount >= Decimal::ZERO);
    amount.ok_or("an amount of money, such as 10 or 12.50")
}

/// One of a closed list of words; help and errors name them all.
pub(super) fn one_of<T>() -> impl TypedValueParser<Value = T>
where
    T: VariantArray + Display + FromStr + Clone + Send + Sync,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let words = T::VARIANTS.iter().map(ToString::to_string);
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
}

impl From<&FilterArgs> for Selection {
    fn from(filters: &FilterArgs) -> Self {
        let FilterArgs {
            accounts,
            regions,
            verdicts,
            severity,
            tags,
            apis,
            min_savings,
        } = filters;
        Self {
            accounts: accounts.clone(),
            regions: regions.clone(),
            verdicts: verdicts.clone(),
            severity: *severity,
            tags: tags.clone(),
            apis: apis.clone(),
            min_savings: *min_savings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fail_on_takes_severities_codes_verdicts_and_stale_acceptances() {
        assert_eq!(
            parse_fail_on("warning"),
            Ok(FailOn::Severity(Severity::Warning))
        );
        assert_eq!(
            parse_fail_on("mixed-nlb"),
            Ok(FailOn::Finding(FindingCode::MixedNlb))
        );
        assert_eq!(
            parse_fail_on("removable-if"),
            Ok(FailOn::Verdict(Verdict::RemovableIf))
        );
        assert_eq!(
            parse_fail_on("stale-acceptance"),
            Ok(FailOn::StaleAcceptance)
        );
        assert!(parse_fail_on("warn").is_err());
    }

    #[test]
    fn a_tag_is_a_key_with_or_without_a_value() {
        let tag = |text| parse_tag(text).map(|tag| (tag.key, tag.value));
        let text = Text::new;
        assert_eq!(tag("team"), Ok((text("team"), None)));
        assert_eq!(tag("team="), Ok((text("team"), Some(text("")))));
        assert_eq!(tag("a=b=c, d"), Ok((text("a"), Some(text("b=c, d")))));
        assert!(tag("").is_err() && tag("=x").is_err());
    }
}
