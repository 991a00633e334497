//! `unbridge policy`

use unbridge_report::policy::{self, OtherUsers};

use crate::args::{Partition, PolicyArgs, PolicyOf, PolicyScanArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::terminal;

pub(crate) fn run(args: &PolicyArgs) -> Result<Done, Failure> {
    let PolicyOf::Scan(PolicyScanArgs {
        skip_users,
        partition,
    }) = &args.of;
    let partition = match partition {
        Partition::Aws => policy::Partition::Aws,
        Partition::AwsCn => policy::Partition::AwsCn,
        Partition::AwsUsGov => policy::Partition::AwsUsGov,
    };
    let users = if *skip_users {
        OtherUsers::Skip
    } else {
        OtherUsers::Read
    };
    let policy = policy::scan(partition, users).map_err(Failure::unexpected)?;
    terminal::put(&format!("{policy}\n"))?;
    Ok(Done::Clean)
}
