//! The command line, as typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use unbridge_model::finding::{FindingCode, Severity, Verdict};

/// Finds the Network Load Balancers that only bridge API Gateway to an Application Load Balancer,
/// and says which of them can go.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    after_help = "First look, no AWS needed:\n  unbridge demo\n\nThen an account:\n  unbridge scan --region eu-west-1 -o account.jsonl.zst\n  unbridge report --snapshot account.jsonl.zst\n  unbridge explain NLB --snapshot account.jsonl.zst\n\nWhat to allow for it:\n  unbridge policy scan"
)]
pub(crate) struct Cli {
    /// Show what happens on stderr; twice for more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read an AWS account into a snapshot file and report on it; changes nothing.
    #[cfg(feature = "aws")]
    Scan(ScanArgs),
    /// Verdicts and findings from a snapshot.
    Report(ReportArgs),
    /// Why an NLB has its verdict, hop by hop; what an API's private integrations do; or what a
    /// finding means.
    Explain(ExplainArgs),
    /// The least an identity needs, as an IAM policy; no AWS needed.
    Policy(PolicyArgs),
    /// The whole story on an embedded sample account; no AWS needed.
    Demo(DemoArgs),
    /// JSON Schemas of the files and outputs others may rely on.
    Schema(SchemaArgs),
}

#[cfg(feature = "aws")]
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Named profile of the AWS configuration; SSO and credential processes work.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Region to read; repeat for more. Without one, the profile's.
    #[arg(long = "region", value_name = "REGION", conflicts_with = "all_regions")]
    pub(crate) regions: Vec<unbridge_model::id::Region>,
    /// Read every region enabled for the account.
    #[arg(long)]
    pub(crate) all_regions: bool,
    /// Where to write the snapshot [default: unbridge-ACCOUNT-TIME.jsonl.zst].
    ///
    /// A name that ends in `.zst` is compressed.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Percent of AWS's request quotas to use; the rest is for the account's own tools.
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) pace: u8,
    /// Count API Gateway's quota per region. AWS does not say whether regions share it.
    #[arg(long)]
    pub(crate) pace_per_region: bool,
    /// Do not read what shows other users of load balancers: Route 53, Global Accelerator,
    /// CloudFront, Verified Access, traffic mirrors, alarms. Each is a gap then, and a verdict is
    /// at best removable-if.
    #[arg(long)]
    pub(crate) skip_users: bool,
    /// Key for the digests kept in place of values that routing does not need; made when absent
    /// [default: unbridge/digest.key in the user's configuration folder].
    #[arg(long, value_name = "FILE", env = "UNBRIDGE_DIGEST_KEY")]
    pub(crate) digest_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Snapshot that `unbridge scan` wrote.
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// What to write to stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// Columns of the table [default: the terminal's, or 80].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
    /// Exit with 3 when there is a finding of this severity or graver, this finding, or an NLB with
    /// this verdict; repeat or separate by commas.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = parse_fail_on)]
    pub(crate) fail_on: Vec<FailOn>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs; see `unbridge schema report`.
    Json,
}

/// What makes a pipeline stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailOn {
    Severity(Severity),
    Finding(FindingCode),
    Verdict(Verdict),
}

fn parse_fail_on(text: &str) -> Result<FailOn, String> {
    let severity = || text.parse().map(FailOn::Severity).ok();
    let finding = || text.parse().map(FailOn::Finding).ok();
    let verdict = || text.parse().map(FailOn::Verdict).ok();
    severity().or_else(finding).or_else(verdict).ok_or_else(|| {
        "neither a severity (info, warning, blocker), nor a finding's code, nor a verdict; \
         docs/findings.md lists them"
            .to_owned()
    })
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A finding's code, an NLB's name or ARN, or an API's id or name.
    #[arg(value_name = "CODE|NLB|API")]
    pub(crate) what: String,
    /// Snapshot that holds the NLB or the API; a code needs none.
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Columns to use [default: the terminal's, or 80].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    pub(crate) of: PolicyOf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyOf {
    /// What `unbridge scan` reads, and nothing else.
    Scan(PolicyScanArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyScanArgs {
    /// Without what `unbridge scan --skip-users` leaves out.
    #[arg(long)]
    pub(crate) skip_users: bool,
    /// Partition of the account, as ARNs name it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) partition: Partition,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Partition {
    /// The commercial regions.
    #[default]
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep the sample account's snapshot in this file.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Columns to use [default: the terminal's, or 80].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which schema.
    #[arg(value_enum)]
    pub(crate) what: SchemaOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// One line of a snapshot file.
    Snapshot,
    /// What `--output json` writes.
    Report,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn fail_on_takes_severities_codes_and_verdicts() {
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
        assert!(parse_fail_on("warn").is_err());
    }
}
