//! The command line, as typed.

mod apply;
mod diff;
mod plan;
mod policy;
mod report;
mod run;
#[cfg(feature = "aws")]
mod scan;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

#[cfg(feature = "aws")]
pub(crate) use apply::{
    ApplyArgs, BeginArgs, BeginWith, LockArgs, LocksArgs, ResumeArgs, RetireArgs, RollbackArgs,
    RunArgs, RunOutput, UnlockArgs,
};
pub(crate) use apply::{LockPlace, OnFail};
pub(crate) use diff::{DiffArgs, DiffOutput};
pub(crate) use plan::{
    Accepted, ChainsArgs, Emitted, PlanArgs, PlanDiffArgs, PlanEmitArgs, PlanFromArgs,
    PlanMakeArgs, PlanOf, PlanRetireArgs, PlanShowArgs, PlanToArgs, RehearseArgs, RehearseOutput,
};
pub(crate) use policy::{
    Partition, PolicyArgs, PolicyOf, PolicyOrganizationArgs, PolicyOutput, PolicyPlanArgs,
    PolicyScanArgs,
};
pub(crate) use report::{FailOn, Output, OutputArgs, PipelineArgs, ReportArgs, SettingsArgs};
pub(crate) use run::{
    ConfigArgs, JournalArgs, JournalOf, JournalShowArgs, SettingsShowArgs, StatusArgs, Told,
};
#[cfg(feature = "aws")]
pub(crate) use scan::{AccountArgs, Day, ManyArgs, ScanArgs, Shard};

const FIRST_STEPS: &str = "\
First look, no AWS needed:
  unbridge demo

Then an account:
  unbridge scan --region eu-west-1 -o account.jsonl.zst
  unbridge report --snapshot account.jsonl.zst
  unbridge explain NLB --snapshot account.jsonl.zst

What to allow for it:
  unbridge policy scan";

/// Finds the Network Load Balancers that only bridge API Gateway to an Application Load Balancer,
/// and says which of them can go.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = FIRST_STEPS)]
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
    /// What changed between two scans: what appeared, what was solved, what drifted, and what it is
    /// worth.
    Diff(DiffArgs),
    /// Why an NLB has its verdict, hop by hop; what an API's private integrations do; or what a
    /// finding means.
    Explain(ExplainArgs),
    /// Plan a migration off NLBs, prove it in a simulated copy of the account, and look at plans;
    /// changes nothing.
    Plan(Box<PlanArgs>),
    /// Run a plan in a simulated copy of the account: proven, or what would go wrong; no AWS
    /// needed.
    Rehearse(RehearseArgs),
    /// Check a plan against the account as it is now and show every call; with --execute, carry it
    /// out, step by step, with a way back.
    #[cfg(feature = "aws")]
    Apply(ApplyArgs),
    /// Go on with a run that stopped, in the direction in which it went.
    #[cfg(feature = "aws")]
    Resume(ResumeArgs),
    /// Take back what a run has made.
    #[cfg(feature = "aws")]
    Rollback(RollbackArgs),
    /// Delete the old way, as a plan of `plan retire` says: there is no way back from that.
    #[cfg(feature = "aws")]
    Retire(RetireArgs),
    /// Who holds the locks that keep runs apart.
    #[cfg(feature = "aws")]
    Locks(LocksArgs),
    /// Take a lock away from a run that is over for sure.
    #[cfg(feature = "aws")]
    Unlock(UnlockArgs),
    /// Where a run of a plan stands, from any terminal; no AWS needed unless it measures.
    Status(StatusArgs),
    /// The journal of a run: what became of each step; no AWS needed.
    Journal(JournalArgs),
    /// What is settled in unbridge.toml and by default, each with where it comes from.
    Settings(SettingsShowArgs),
    /// The least an identity needs, as an IAM policy; no AWS needed.
    Policy(PolicyArgs),
    /// The whole story on an embedded sample account; no AWS needed.
    Demo(DemoArgs),
    /// The prices that costs are worked out at.
    Prices(PricesArgs),
    /// JSON Schemas of the files and outputs others may rely on.
    Schema(SchemaArgs),
    /// Completions for a shell.
    Completions(CompletionsArgs),
    /// The manual, as man pages.
    Man(ManArgs),
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  unbridge explain billing-nlb --snapshot account.jsonl.zst
  unbridge explain billing-api --snapshot account.jsonl.zst
  unbridge explain draft-differs-from-stage";

#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// A finding's code, an NLB's name or ARN, or an API's id or name.
    #[arg(value_name = "CODE|NLB|API")]
    pub(crate) what: String,
    /// Snapshot that holds the NLB or the API, or a tree of many; a code needs none.
    #[arg(long, value_name = "FILE|DIR|s3://...", help_heading = "Input")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Of a tree, this account; an ARN says it too.
    #[arg(long, value_name = "ID", help_heading = "Input")]
    pub(crate) account: Option<unbridge_model::id::AccountId>,
    /// Of a tree, the snapshots of this day alone [default: of every account its newest day].
    #[arg(
        long,
        value_name = "DATE",
        requires = "snapshot",
        help_heading = "Input"
    )]
    pub(crate) date: Option<jiff::civil::Date>,
    /// A Terraform or OpenTofu state, or what `terraform show -json` prints: says who owns what a
    /// move changes. Repeat for more.
    #[arg(long = "terraform-state", value_name = "FILE", help_heading = "Input")]
    pub(crate) terraform_states: Vec<PathBuf>,
    /// How wide the text is, in characters [default: as the terminal, or 80].
    #[arg(long, help_heading = "Output", value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct PricesArgs {
    #[command(subcommand)]
    pub(crate) of: PricesOf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PricesOf {
    /// Print them, each with its source.
    Show(PricesShowArgs),
    /// Ask AWS's Price List, and write a table that `--prices` takes; changes nothing in AWS.
    #[cfg(feature = "aws")]
    Update(PricesUpdateArgs),
}

const PRICES_EXAMPLES: &str = "\
Examples:
  unbridge prices show
  unbridge prices show --output toml
  unbridge prices show --prices unbridge-prices.toml";

#[derive(Debug, Args)]
#[command(after_help = PRICES_EXAMPLES)]
pub(crate) struct PricesShowArgs {
    /// Those of this file instead of the table in the binary.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(crate) prices: Option<PathBuf>,
    /// How.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) output: PricesOutput,
    /// How wide the table is, in characters [default: as the terminal, or 80].
    #[arg(long, help_heading = "Output", value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
}

#[cfg(feature = "aws")]
const PRICES_UPDATE_EXAMPLES: &str = "\
Examples:
  unbridge prices update
  unbridge prices update --region eu-west-1 --region us-gov-west-1 -o prices.toml
  unbridge report --snapshot account.jsonl.zst --prices unbridge-prices.toml

Of the region that --region names, or of every region, the prices of NLB hours and capacity units
are asked for; what AWS does not tell stays as it was. It needs pricing:GetProducts. Regions of
China need credentials of an account in China, GovCloud those of a commercial account.";

#[cfg(feature = "aws")]
#[derive(Debug, Args)]
#[command(after_help = PRICES_UPDATE_EXAMPLES)]
pub(crate) struct PricesUpdateArgs {
    /// Named profile of the AWS configuration; SSO and credential processes work.
    #[arg(long, help_heading = "Input")]
    pub(crate) profile: Option<String>,
    /// Region whose prices to ask for; repeat for more [default: every region that AWS tells].
    #[arg(long = "region", value_name = "REGION", help_heading = "Input")]
    pub(crate) regions: Vec<unbridge_model::id::Region>,
    /// Table to bring up to date, instead of the one in the binary.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(crate) prices: Option<PathBuf>,
    /// Where to write the table; `-` is stdout. What stands there is replaced.
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "unbridge-prices.toml",
        help_heading = "Output"
    )]
    pub(crate) output_file: PathBuf,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PricesOutput {
    /// For people.
    #[default]
    Table,
    /// As a file that `--prices` takes.
    Toml,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  unbridge demo\n  unbridge demo -o account.jsonl.zst")]
pub(crate) struct DemoArgs {
    /// Keep the sample account's snapshot in this file.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,
    /// How wide the text is, in characters [default: as the terminal, or 80].
    #[arg(long, help_heading = "Output", value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  unbridge schema snapshot\n  unbridge schema report")]
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
    /// What `unbridge diff --output json` writes.
    Diff,
    /// A plan file.
    Plan,
    /// One line of a run's journal behind its header.
    Journal,
    /// What `unbridge rehearse --output json` writes.
    Rehearsal,
    /// What `unbridge status --output json` writes.
    Status,
    /// What `unbridge journal show --output json` writes.
    Run,
    /// What `unbridge settings --output json` writes.
    Settings,
    /// One line of what `unbridge apply --output json` and its kin write.
    #[cfg(feature = "aws")]
    Events,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  unbridge completions bash\n  unbridge completions zsh > ~/.zfunc/_unbridge"
)]
pub(crate) struct CompletionsArgs {
    /// Which shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  unbridge man\n  unbridge man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Folder for a page of each command, made when absent. Without one, the main page goes to
    /// stdout.
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
