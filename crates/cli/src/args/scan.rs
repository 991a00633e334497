//! What a scan reads: one account, or many.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use jiff::civil::Date;
use unbridge_report::view::TagWanted;

use super::report::parse_tag;
use super::{OutputArgs, PipelineArgs, SettingsArgs};

const SCAN_EXAMPLES: &str = "\
Examples:
  unbridge scan --region eu-west-1
  unbridge scan --profile audit --all-regions --pace 20 -o account.jsonl.zst
  unbridge scan --region eu-west-1 --output json --fail-on nlb-bridges-alb
  unbridge scan --organization --assume-role unbridge-audit --all-regions -o audit/
  unbridge scan --accounts accounts.txt --assume-role unbridge-audit -o s3://audit/nlb --resume";

#[derive(Debug, Args)]
#[command(after_help = SCAN_EXAMPLES)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    #[command(flatten)]
    pub(crate) many: ManyArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Where to write the snapshot [default: unbridge-ACCOUNT-TIME.jsonl.zst], or those of many
    /// accounts: a folder, or s3://BUCKET/PREFIX.
    ///
    /// A name that ends in `.zst` is compressed. A name that ends in `/`, or a folder, is a tree of
    /// snapshots, one for each account and region.
    #[arg(
        short,
        long,
        value_name = "FILE|DIR/|s3://...",
        help_heading = "Output"
    )]
    pub(crate) output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
}

/// What is read, and how fast.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct AccountArgs {
    /// Named profile of the AWS configuration; SSO and credential processes work. Repeat it to read
    /// the account of each into a tree.
    #[arg(long = "profile", value_name = "PROFILE")]
    pub(crate) profiles: Vec<String>,
    /// Region to read; repeat for more. Without one, those of the settings, or the profile's.
    #[arg(long = "region", value_name = "REGION", conflicts_with = "all_regions")]
    pub(crate) regions: Vec<unbridge_model::id::Region>,
    /// Read every region enabled for the account.
    #[arg(long)]
    pub(crate) all_regions: bool,
    /// Percent of AWS's request quotas to use; the rest is for the account's own tools [default: as
    /// the settings say, or 50].
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) pace: Option<u8>,
    /// Count API Gateway's quota per region. AWS does not say whether regions share it.
    #[arg(long)]
    pub(crate) pace_per_region: bool,
    /// Do not read what shows other users of load balancers: Route 53, Global Accelerator,
    /// CloudFront, Verified Access, traffic mirrors, alarms. Each is a gap then, and a verdict is
    /// at best removable-if.
    #[arg(long)]
    pub(crate) skip_users: bool,
    /// Days of metrics to look back on, 1 to 455.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=455))]
    pub(crate) look_back: u16,
    /// Key for the digests kept in place of values that routing does not need; made when absent
    /// [default: unbridge/digest.key in the user's configuration folder].
    #[arg(long, value_name = "FILE", env = "UNBRIDGE_DIGEST_KEY")]
    pub(crate) digest_key: Option<PathBuf>,
}

/// Which accounts are read, and with which role.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Many accounts")]
pub(crate) struct ManyArgs {
    /// Every account that AWS Organizations lists and that is not closed. The account of the
    /// credentials is read with them, the others with --assume-role.
    #[arg(long, requires = "role", conflicts_with = "accounts")]
    pub(crate) organization: bool,
    /// Only accounts in this organizational unit or below it: its id, or names joined by `/`. Repeat
    /// for more.
    #[arg(long = "ou", value_name = "ID|PATH", requires = "organization")]
    pub(crate) units: Vec<String>,
    /// Only accounts with this tag; repeat for any of several.
    #[arg(long = "account-tag", value_name = "KEY[=VALUE]", requires = "organization", value_parser = parse_tag)]
    pub(crate) account_tags: Vec<TagWanted>,
    /// These accounts: ids, separated by commas, or a file that holds one a line. Repeat for more.
    #[arg(long, value_name = "ID,...|FILE", requires = "role")]
    pub(crate) accounts: Vec<String>,
    /// The role to take in each account but that of the credentials; `unbridge policy organization`
    /// makes it.
    #[arg(long = "assume-role", value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// What the role's trust policy asks for [env: UNBRIDGE_EXTERNAL_ID].
    // Not clap's `env`: a variable that is set for other scans does not ask for a role.
    #[arg(long, value_name = "TEXT", requires = "role")]
    pub(crate) external_id: Option<String>,
    /// The name under which CloudTrail shows the role being used.
    #[arg(
        long,
        value_name = "NAME",
        requires = "role",
        default_value = "unbridge"
    )]
    pub(crate) session_name: String,
    /// How long the role is taken for at a time, 900 to 43200 [default: AWS's hour]. It is taken again
    /// before that is over.
    #[arg(long, value_name = "SECONDS", requires = "role", value_parser = clap::value_parser!(u32).range(900..=43_200))]
    pub(crate) role_duration: Option<u32>,
    /// Accounts that are read at the same time; fewer where the system lets a process open few files.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) at_once: u16,
    /// Only part I of N of the accounts, counted from 1: always the same ones, however many there are
    /// beside them.
    #[arg(long, value_name = "I/N", conflicts_with = "shards")]
    pub(crate) shard: Option<Shard>,
    /// Only the part of N that AWS_BATCH_JOB_ARRAY_INDEX or JOB_COMPLETION_INDEX says, counted from 0
    /// [default: AWS_BATCH_JOB_ARRAY_SIZE].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) shards: Option<u32>,
    /// The day under which the snapshots are kept [default: today, in UTC; with --resume yesterday,
    /// when a scan of it was broken off].
    #[arg(long, value_name = "DATE|today")]
    pub(crate) date: Option<Day>,
    /// Go on with a scan that was broken off: regions and accounts that are whole are not read again.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Print no report on the tree. The exit code tells of the accounts of this scan alone.
    #[arg(long)]
    pub(crate) no_report: bool,
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Today,
    Of(Date),
}

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "today" => Ok(Self::Today),
            date => date
                .parse()
                .map(Self::Of)
                .map_err(|_| "a day: 2026-01-31, or today"),
        }
    }
}

/// One part of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which, from 0.
    pub(crate) index: u32,
    /// Of how many.
    pub(crate) of: u32,
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(nth, of)| Some((nth.parse::<u32>().ok()?, of.parse().ok()?)));
        match parts {
            Some((nth, of)) if (1..=of).contains(&nth) => Ok(Self { index: nth - 1, of }),
            Some(_) | None => Err("a part and how many there are: 1/4 to 4/4"),
        }
    }
}
