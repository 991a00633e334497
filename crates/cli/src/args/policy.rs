//! `unbridge policy`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use unbridge_report::policy::{BucketPlace, ExternalId, Principal, RoleName};

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    pub(crate) of: PolicyOf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyOf {
    /// A role to read every account of an organization with, and what rolls it out.
    Organization(PolicyOrganizationArgs),
    /// What carrying out one plan and taking it back needs, and nothing else.
    Plan(PolicyPlanArgs),
    /// What `unbridge scan` reads, and nothing else.
    Scan(PolicyScanArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  unbridge policy plan orders.plan.json\n  unbridge policy plan orders.plan.json -o orders.policy.json"
)]
pub(crate) struct PolicyPlanArgs {
    /// The plan.
    #[arg(value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// Write the policy to this file instead of stdout.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  unbridge policy scan\n  unbridge policy scan --skip-users --partition aws-us-gov"
)]
pub(crate) struct PolicyScanArgs {
    /// Without what `unbridge scan --skip-users` leaves out.
    #[arg(long)]
    pub(crate) skip_users: bool,
    /// Partition of the account, as ARNs name it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) partition: Partition,
}

const ORGANIZATION_EXAMPLES: &str = "\
Examples:
  unbridge policy organization --trust 111122223333 > unbridge-audit.yaml
  unbridge policy organization --output trust --trust 111122223333 --external-id 7f3c
  unbridge policy organization --output auditor --bucket audit-tree/unbridge";

#[derive(Debug, Args)]
#[command(after_help = ORGANIZATION_EXAMPLES)]
pub(crate) struct PolicyOrganizationArgs {
    /// Name of the role, the same in every account.
    #[arg(long, value_name = "ROLE", default_value = "unbridge-audit")]
    pub(crate) role_name: RoleName,
    /// Who may take the role: an account, for every identity of it that is allowed to, or one role
    /// or user. The template asks when it is not said here.
    #[arg(long, value_name = "ACCOUNT|ARN")]
    pub(crate) trust: Option<Principal>,
    /// What whoever takes the role has to say with it. It is no secret: it stands in the output.
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<ExternalId>,
    /// Bucket that the snapshots go to: for the auditor's policy.
    #[arg(long, value_name = "BUCKET[/PREFIX]")]
    pub(crate) bucket: Option<BucketPlace>,
    /// Without what `unbridge scan --skip-users` leaves out.
    #[arg(long)]
    pub(crate) skip_users: bool,
    /// Partition of the accounts, as ARNs name it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) partition: Partition,
    /// What to print.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHAT",
        help_heading = "Output"
    )]
    pub(crate) output: PolicyOutput,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyOutput {
    /// The role as a CloudFormation template, with the commands that bring it to every account.
    #[default]
    Stackset,
    /// The role's policy: what `unbridge policy scan` prints.
    Policy,
    /// The role's trust policy.
    Trust,
    /// The policy of the identity that goes from account to account.
    Auditor,
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
