//! Commands that look at runs and at what holds for them, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Which settings.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct ConfigArgs {
    /// Settings [default: unbridge.toml in the current folder, if there is one].
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(crate) config: Option<PathBuf>,
    /// Read no settings.
    #[arg(long)]
    pub(crate) no_config: bool,
}

/// How what was found is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ToldArgs {
    /// How it is told on stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Told,
    /// How wide the text is, in characters [default: as the terminal, or 80].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Told {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  unbridge settings\n  unbridge settings --config team.toml --output json"
)]
pub(crate) struct SettingsShowArgs {
    #[command(flatten)]
    pub(crate) file: ConfigArgs,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}

#[derive(Debug, Args)]
pub(crate) struct JournalArgs {
    #[command(subcommand)]
    pub(crate) of: JournalOf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalOf {
    /// What became of each step of a run, why it ended where it did, and what to do next.
    Show(JournalShowArgs),
}

const JOURNAL_EXAMPLES: &str = "\
Examples:
  unbridge journal show orders.journal.jsonl
  unbridge journal show run.jsonl --plan orders.plan.json --output json";

#[derive(Debug, Args)]
#[command(after_help = JOURNAL_EXAMPLES)]
pub(crate) struct JournalShowArgs {
    /// The journal.
    #[arg(value_name = "FILE")]
    pub(crate) journal: PathBuf,
    /// The plan that was carried out, for the sentences of its steps [default: beside the journal,
    /// `orders.journal.jsonl` has `orders.plan.json`].
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(crate) plan: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}

const STATUS_EXAMPLES: &str = "\
Examples:
  unbridge status orders.plan.json
  unbridge status orders.plan.json --journal run.jsonl --output json
  unbridge status orders.plan.json --snapshot account.jsonl.zst
  unbridge status orders.plan.json --measure";

#[derive(Debug, Args)]
#[command(after_help = STATUS_EXAMPLES)]
pub(crate) struct StatusArgs {
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// The journal [default: beside the plan, `orders.plan.json` has `orders.journal.jsonl`].
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(crate) journal: Option<PathBuf>,
    /// A snapshot from after the run: tells what still passes the NLBs.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Ask CloudWatch how long backends took before the run and take since; nothing else is asked.
    #[cfg(feature = "aws")]
    #[arg(long, help_heading = "Input")]
    pub(crate) measure: bool,
    /// Named profile of the AWS configuration, with --measure.
    #[cfg(feature = "aws")]
    #[arg(long, requires = "measure", help_heading = "Input")]
    pub(crate) profile: Option<String>,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}
