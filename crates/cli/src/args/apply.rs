//! Commands that carry plans out, as typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use unbridge_model::journal;

use crate::args::ConfigArgs;

const APPLY_EXAMPLES: &str = "\
Examples:
  unbridge apply orders.plan.json
  unbridge apply orders.plan.json --execute
  unbridge apply orders.plan.json --execute --yes --on-fail rollback --output json
  unbridge apply orders.plan.json --execute --probe /health --probe 'GET /orders/42 404'";

#[derive(Debug, Args)]
#[command(after_help = APPLY_EXAMPLES)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) begin: BeginArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

const RETIRE_EXAMPLES: &str = "\
Examples:
  unbridge plan retire --nlb orders-nlb -o retire.plan.json
  unbridge retire retire.plan.json
  unbridge retire retire.plan.json --execute
  unbridge retire retire.plan.json --execute --yes --nlb orders-nlb";

#[derive(Debug, Args)]
#[command(after_help = RETIRE_EXAMPLES)]
pub(crate) struct RetireArgs {
    #[command(flatten)]
    pub(crate) begin: BeginArgs,
    /// The name of an NLB that is deleted; without a terminal each has to be named.
    #[arg(long = "nlb", value_name = "NAME")]
    pub(crate) nlbs: Vec<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What only the beginning of a run takes.
#[derive(Debug, Args)]
pub(crate) struct BeginArgs {
    /// Make the changes. Without it, everything is checked and shown, and nothing is changed.
    #[arg(long)]
    pub(crate) execute: bool,
    /// Begin although this is so; repeat for more.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) accept: Vec<BeginWith>,
    /// The snapshot that the plan was made from: what has changed since is told field by field.
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// A Terraform or OpenTofu state that the plan was made with; repeat for more.
    #[arg(long = "terraform-state", value_name = "FILE")]
    pub(crate) terraform_states: Vec<PathBuf>,
}

/// What a run does not begin with unless a person says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum BeginWith {
    /// No rehearsal has proven the plan.
    Unproven,
    /// The plan rests on a snapshot with gaps.
    Incomplete,
    /// Nobody could check whether the identity may make all the calls.
    UncheckedRights,
}

const RESUME_EXAMPLES: &str = "\
Examples:
  unbridge resume orders.plan.json
  unbridge resume orders.plan.json --yes --output json";

#[derive(Debug, Args)]
#[command(after_help = RESUME_EXAMPLES)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

const ROLLBACK_EXAMPLES: &str = "\
Examples:
  unbridge rollback orders.plan.json
  unbridge rollback orders.plan.json --yes --reason 'orders team saw time-outs'";

#[derive(Debug, Args)]
#[command(after_help = ROLLBACK_EXAMPLES)]
pub(crate) struct RollbackArgs {
    /// Why, for the journal.
    #[arg(long, value_name = "WORDS", default_value = "a person wants it")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What every run takes.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The plan.
    pub(crate) plan: PathBuf,
    /// The journal [default: beside the plan, `orders.plan.json` has `orders.journal.jsonl`].
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Named profile of the AWS configuration; SSO and credential processes work.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Ask nothing; needed where there is no terminal.
    #[arg(long, help_heading = "The run")]
    pub(crate) yes: bool,
    /// Ask before each canary step too.
    #[arg(long, conflicts_with = "yes", help_heading = "The run")]
    pub(crate) confirm_each: bool,
    /// What follows when requests fare worse [default: pause, or as the run was begun]. A proof that
    /// fails takes everything back at once, whatever this says.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "The run")]
    pub(crate) on_fail: Option<OnFail>,
    /// Where the lock is that keeps other runs away [default: ssm, or as the run was begun].
    #[arg(long, value_enum, value_name = "WHERE", help_heading = "The run")]
    pub(crate) lock: Option<LockPlace>,
    /// A request to prove the new way with, as PATH, or "VERB PATH STATUS"; repeat for more.
    #[arg(long = "probe", value_name = "REQUEST", help_heading = "The run")]
    pub(crate) probes: Vec<String>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Key for the digests of values that routing does not need: the one that the plan's snapshot
    /// was made with [default: as `unbridge scan`].
    #[arg(long, value_name = "FILE", env = "UNBRIDGE_DIGEST_KEY")]
    pub(crate) digest_key: Option<PathBuf>,
    /// How what happens is told.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    pub(crate) output: RunOutput,
}

/// What follows when a gate fails.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    ValueEnum,
    strum::Display,
    strum::EnumString,
    serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum OnFail {
    /// What was done is taken back.
    Rollback,
    /// The run stops where it is; a canary keeps its share.
    Pause,
}

/// Where locks are.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    ValueEnum,
    strum::Display,
    strum::EnumString,
    serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum LockPlace {
    /// A parameter of the Systems Manager parameter store: every machine sees it.
    Ssm,
    /// A file of this machine: runs on other machines are not kept away.
    Local,
}

impl From<journal::OnFail> for OnFail {
    fn from(kept: journal::OnFail) -> Self {
        match kept {
            journal::OnFail::Rollback => Self::Rollback,
            journal::OnFail::Pause => Self::Pause,
        }
    }
}

impl From<OnFail> for journal::OnFail {
    fn from(said: OnFail) -> Self {
        match said {
            OnFail::Rollback => Self::Rollback,
            OnFail::Pause => Self::Pause,
        }
    }
}

impl From<journal::LockPlace> for LockPlace {
    fn from(kept: journal::LockPlace) -> Self {
        match kept {
            journal::LockPlace::Ssm => Self::Ssm,
            journal::LockPlace::Local => Self::Local,
        }
    }
}

impl From<LockPlace> for journal::LockPlace {
    fn from(said: LockPlace) -> Self {
        match said {
            LockPlace::Ssm => Self::Ssm,
            LockPlace::Local => Self::Local,
        }
    }
}

/// How a run tells what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunOutput {
    /// Lines for a person.
    Text,
    /// One JSON object a line; `unbridge schema events` describes them.
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  unbridge locks --region eu-west-1")]
pub(crate) struct LocksArgs {
    #[command(flatten)]
    pub(crate) at: LockArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  unbridge unlock --region eu-west-1 --run 1f0c2a9b7d3e")]
pub(crate) struct UnlockArgs {
    /// The run that holds it, as `unbridge locks` tells it.
    #[arg(long)]
    pub(crate) run: unbridge_model::id::RunId,
    #[command(flatten)]
    pub(crate) at: LockArgs,
}

/// Which locks.
#[derive(Debug, Args)]
pub(crate) struct LockArgs {
    /// Region; repeat for more. Without one, the profile's.
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<unbridge_model::id::Region>,
    /// Named profile of the AWS configuration.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Where the locks are [default: as the settings say, else ssm].
    #[arg(long, value_enum, value_name = "WHERE")]
    pub(crate) lock: Option<LockPlace>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
