//! Commands about plans, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use unbridge_model::finding::FindingCode;
use unbridge_model::id::{AccountId, Region, StageName, VpcLinkId};
use unbridge_model::plan::choices::{Doubt, LinkPer, Retirement};
use unbridge_model::plan::operation::Percent;
use unbridge_model::text::Text;

use crate::args::report::one_of;
use crate::near::near;

const PLAN_EXAMPLES: &str = "\
Examples:
  unbridge plan --snapshot account.jsonl.zst
  unbridge plan --snapshot account.jsonl.zst --nlb orders-nlb -o orders.plan.json
  unbridge plan --snapshot account.jsonl.zst --api checkout-api --accept tls-ends-at-nlb
  unbridge plan --snapshot account.jsonl.zst --tag-is team=orders --canary 5,25,100 --bake 10m";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = PLAN_EXAMPLES)]
pub(crate) struct PlanArgs {
    #[command(subcommand)]
    pub(crate) of: Option<PlanOf>,
    #[command(flatten)]
    pub(crate) make: PlanMakeArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PlanOf {
    /// Plan the deletion of what a finished migration has left unused.
    Retire(Box<PlanRetireArgs>),
    /// What a plan would do, step by step.
    Show(PlanShowArgs),
    /// What differs between two plans.
    Diff(PlanDiffArgs),
    /// A plan as a runbook, a shell script of AWS CLI commands, or a diagram.
    Emit(PlanEmitArgs),
}

/// What is planned from what, for a migration.
#[derive(Debug, Args)]
pub(crate) struct PlanMakeArgs {
    #[command(flatten)]
    pub(crate) from: PlanFromArgs,
    #[command(flatten)]
    pub(crate) chains: ChainsArgs,
    #[command(flatten)]
    pub(crate) links: LinkArgs,
    /// Shares of the canary releases in percent, in order.
    #[arg(
        long,
        value_name = "PERCENTS",
        value_delimiter = ',',
        default_value = "10,50,100",
        value_parser = parse_percent,
        help_heading = "The move"
    )]
    pub(crate) canary: Vec<Percent>,
    /// How long each share is watched, such as 90s, 5m or 1h [default: 8m, less where the shares of
    /// a stage would take more than an hour together].
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, help_heading = "The move")]
    pub(crate) bake: Option<u32>,
    #[command(flatten)]
    pub(crate) to: PlanToArgs,
}

const RETIRE_EXAMPLES: &str = "\
Examples:
  unbridge plan retire --snapshot account.jsonl.zst --nlb payments-nlb
  unbridge plan retire --snapshot account.jsonl.zst --nlb payments-nlb --quarantine 24h";

#[derive(Debug, Args)]
#[command(after_help = RETIRE_EXAMPLES)]
pub(crate) struct PlanRetireArgs {
    #[command(flatten)]
    pub(crate) from: PlanFromArgs,
    #[command(flatten)]
    pub(crate) chains: ChainsArgs,
    /// Take the targets out first and wait so long, such as 24h, before anything is deleted: they
    /// can be put back.
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, help_heading = "The retirement")]
    pub(crate) quarantine: Option<u32>,
    /// For how many days nothing may have passed an NLB.
    #[arg(long, value_name = "DAYS", default_value_t = Retirement::QUIET_DAYS, value_parser = clap::value_parser!(u16).range(1..=455), help_heading = "The retirement")]
    pub(crate) quiet_days: u16,
    #[command(flatten)]
    pub(crate) to: PlanToArgs,
}

/// What a plan is made from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct PlanFromArgs {
    /// Snapshot that `unbridge scan` wrote, or a tree of many.
    #[cfg_attr(feature = "aws", doc = "Without one, the account is scanned first.")]
    #[arg(long, value_name = "FILE|DIR|s3://...")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Of a tree, the account to plan for.
    #[arg(long, value_name = "ID", requires = "snapshot")]
    pub(crate) account: Option<AccountId>,
    /// Of a tree, the snapshots of this day alone [default: of every account its newest day].
    #[arg(long, value_name = "DATE", requires = "snapshot")]
    pub(crate) date: Option<jiff::civil::Date>,
    /// Region to plan for, where it does not follow from what is chosen.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<Region>,
    /// Prices to use instead of those in the binary; `unbridge prices show` prints them.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// A Terraform or OpenTofu state, or what `terraform show -json` prints: says who owns what a
    /// move changes. Repeat for more.
    #[arg(long = "terraform-state", value_name = "FILE")]
    pub(crate) terraform_states: Vec<PathBuf>,
    /// Percent of AWS's request quotas to use; the rest is for the account's own tools.
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) pace: u8,
    /// Named profile of the AWS configuration, for the scan.
    #[cfg(feature = "aws")]
    #[arg(long, conflicts_with = "snapshot")]
    pub(crate) profile: Option<String>,
    /// Key for the digests of the scan [default: unbridge/digest.key in the user's configuration
    /// folder].
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "FILE", env = "UNBRIDGE_DIGEST_KEY")]
    pub(crate) digest_key: Option<PathBuf>,
}

/// Which chains, and what a person takes upon themselves.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is planned [default: every NLB that is removable]")]
pub(crate) struct ChainsArgs {
    /// This NLB; repeat for more.
    #[arg(long = "nlb", value_name = "NAME|ARN")]
    pub(crate) nlbs: Vec<String>,
    /// NLBs with this tag; repeat for any of several.
    #[arg(long = "tag-is", value_name = "KEY=VALUE", value_parser = parse_tag)]
    pub(crate) tagged: Vec<(Text, Text)>,
    /// Only this API; repeat for more.
    #[arg(long = "api", value_name = "NAME|ID")]
    pub(crate) apis: Vec<String>,
    /// Only this stage; repeat for more.
    #[arg(long = "stage", value_name = "API/STAGE", value_parser = parse_stage)]
    pub(crate) stages: Vec<(String, StageName)>,
    /// Take upon yourself what this finding, or this doubt, is about; repeat or separate by commas.
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = parse_accepted)]
    pub(crate) accept: Vec<Accepted>,
    /// Change this object although another tool owns it, or nobody knows who does; repeat for more.
    #[arg(long, value_name = "ID|ARN")]
    pub(crate) edit: Vec<Text>,
}

/// How the new way is built.
#[derive(Debug, Args)]
#[command(next_help_heading = "The move")]
pub(crate) struct LinkArgs {
    /// How far one link reaches: all ALBs of a VPC, or one ALB.
    #[arg(long, value_name = "REACH", default_value_t, value_parser = one_of::<LinkPer>())]
    pub(crate) links: LinkPer,
    /// A link of somebody else that may be used; repeat for more.
    #[arg(long = "use-link", value_name = "ID")]
    pub(crate) use_links: Vec<VpcLinkId>,
    /// Id of a zone (euw1-az1) that has version 2 links besides those that AWS lists; repeat for
    /// more.
    #[arg(long = "zone", value_name = "ID")]
    pub(crate) zones: Vec<Text>,
    /// Version 2 links that the account may have in the region, where AWS raised it.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) link_quota: Option<u32>,
    /// Stages that a REST API may have, where AWS raised it.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) stage_quota: Option<u32>,
    /// Tag on everything that is made; repeat for more.
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = parse_tag)]
    pub(crate) tags: Vec<(Text, Text)>,
}

/// Where a plan goes, and how it is proven.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct PlanToArgs {
    /// Where to write the plan [default: unbridge-PLAN.plan.json]; `-` is stdout, and the summary
    /// is left out. What stands there is replaced.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Do not rehearse the plan; it is marked as not proven.
    #[arg(long)]
    pub(crate) no_rehearsal: bool,
    #[command(flatten)]
    pub(crate) page: PageArgs,
}

/// What `--accept` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    Finding(FindingCode),
    Doubt(Doubt),
}

fn parse_accepted(text: &str) -> Result<Accepted, String> {
    use strum::VariantArray;
    let finding = || text.parse().map(Accepted::Finding).ok();
    let doubt = || text.parse().map(Accepted::Doubt).ok();
    finding().or_else(doubt).ok_or_else(|| {
        let doubts: Vec<String> = Doubt::VARIANTS.iter().map(ToString::to_string).collect();
        let codes = FindingCode::ALL.iter().map(|code| (*code).into());
        let like = near(text, codes.chain(doubts.iter().map(String::as_str)));
        let listed = "docs/findings.md and docs/plan.md list what can be accepted";
        match like.as_slice() {
            [] => format!("neither a finding's code nor a doubt; {listed}"),
            like => format!(
                "neither a finding's code nor a doubt; one of: {}",
                like.join(", ")
            ),
        }
    })
}

fn parse_percent(text: &str) -> Result<Percent, &'static str> {
    let percent = text.parse().ok().filter(|percent| *percent > 0);
    let percent = percent.and_then(Percent::new);
    percent.ok_or("shares are whole percents, 1 to 100")
}

/// The longest time that can be asked for, in seconds: 30 days.
const LONGEST: i64 = 30 * 24 * 3600;

fn parse_seconds(text: &str) -> Result<u32, &'static str> {
    let time = text.parse::<jiff::SignedDuration>().ok();
    let seconds = time.map(|time| time.as_secs());
    let seconds = seconds.filter(|seconds| (1..=LONGEST).contains(seconds));
    let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    seconds.ok_or("a time of 1 s to 30 days, such as 90s, 5m, 1h 30m")
}

fn parse_tag(text: &str) -> Result<(Text, Text), &'static str> {
    let tag = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let tag = tag.map(|(key, value)| (Text::new(key), Text::new(value)));
    tag.ok_or("a tag is KEY=VALUE")
}

/// Names of APIs may hold a slash, names of stages cannot.
fn parse_stage(text: &str) -> Result<(String, StageName), String> {
    let (api, stage) = text
        .rsplit_once('/')
        .filter(|(api, _)| !api.is_empty())
        .ok_or("a stage is API/STAGE, such as orders-api/prod")?;
    let stage = stage.parse().map_err(|error| format!("{error}"))?;
    Ok((api.to_owned(), stage))
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  unbridge plan show orders.plan.json")]
pub(crate) struct PlanShowArgs {
    /// The plan.
    #[arg(value_name = "FILE")]
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) page: PageArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  unbridge plan diff monday.plan.json tuesday.plan.json")]
pub(crate) struct PlanDiffArgs {
    /// A plan.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The plan it is compared with.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    #[command(flatten)]
    pub(crate) page: PageArgs,
}

const EMIT_EXAMPLES: &str = "\
Examples:
  unbridge plan emit orders.plan.json --as runbook -o orders.md
  unbridge plan emit orders.plan.json --as script -o orders.sh
  unbridge plan emit orders.plan.json --as mermaid";

#[derive(Debug, Args)]
#[command(after_help = EMIT_EXAMPLES)]
pub(crate) struct PlanEmitArgs {
    /// The plan.
    #[arg(value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// As what.
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub(crate) form: Emitted,
    /// Where to write it [default: stdout]. What stands there is replaced.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,
}

/// What a plan is written as for hands other than this tool's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Emitted {
    /// Markdown: every step with its commands, checks and way back.
    Runbook,
    /// Bash and the AWS CLI: carries the plan out up to the point of no return, or takes it back.
    Script,
    /// A flowchart: what requests pass today, and afterwards.
    Mermaid,
}

impl Emitted {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Runbook => "runbook",
            Self::Script => "script",
            Self::Mermaid => "diagram",
        }
    }
}

const REHEARSE_EXAMPLES: &str = "\
Examples:
  unbridge rehearse orders.plan.json --snapshot account.jsonl.zst
  unbridge rehearse orders.plan.json --snapshot account.jsonl.zst -o proven.plan.json
  unbridge rehearse orders.plan.json --snapshot account.jsonl.zst --output json";

#[derive(Debug, Args)]
#[command(after_help = REHEARSE_EXAMPLES)]
pub(crate) struct RehearseArgs {
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// The account as a scan saw it.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(crate) snapshot: PathBuf,
    /// Write the plan with its proof to this file, when it is proven.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,
    /// How what was found is told on stdout.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) output: RehearseOutput,
    #[command(flatten)]
    pub(crate) page: PageArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RehearseOutput {
    /// For people.
    #[default]
    Text,
    /// For programs: `unbridge schema rehearsal`.
    Json,
}

/// How a page is written.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// How wide the text is, in characters [default: as the terminal, or 80].
    #[arg(long, help_heading = "Output", value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_write_them() {
        assert_eq!(parse_seconds("90s"), Ok(90));
        assert_eq!(parse_seconds("5m"), Ok(300));
        assert_eq!(parse_seconds("1h 30m"), Ok(5400));
        for wrong in ["", "5", "0s", "-5m", "31d", "744h 1s", "five minutes"] {
            assert!(parse_seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_finding_and_a_doubt_can_be_accepted_and_a_slip_gets_what_it_is_near() {
        assert_eq!(
            parse_accepted("tls-ends-at-nlb"),
            Ok(Accepted::Finding(FindingCode::TlsEndsAtNlb))
        );
        assert_eq!(
            parse_accepted("resource-policy"),
            Ok(Accepted::Doubt(Doubt::ResourcePolicy))
        );
        let slip = parse_accepted("tls-end-at-nlb").expect_err("no code");
        assert!(slip.ends_with("one of: tls-ends-at-nlb"), "{slip}");
        let doubt = parse_accepted("resource-polic").expect_err("no doubt");
        assert!(doubt.contains("resource-policy"), "{doubt}");
    }

    #[test]
    fn a_stage_stands_behind_the_last_slash() {
        let stage = |text| parse_stage(text).map(|(api, stage)| (api, stage.to_string()));
        assert_eq!(stage("a/b/prod"), Ok(("a/b".to_owned(), "prod".to_owned())));
        assert!(stage("prod").is_err() && stage("/prod").is_err());
    }

    #[test]
    fn shares_are_between_one_and_a_hundred() {
        assert_eq!(parse_percent("10").map(Percent::get), Ok(10));
        for wrong in ["0", "101", "1.5", "ten", "10 %"] {
            assert!(parse_percent(wrong).is_err(), "{wrong}");
        }
    }
}
