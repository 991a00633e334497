//! Commands about plans, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(subcommand)]
    pub(crate) of: PlanOf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PlanOf {
    /// What a plan would do, step by step.
    Show(PlanShowArgs),
    /// What differs between two plans.
    Diff(PlanDiffArgs),
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
