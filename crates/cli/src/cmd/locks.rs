//! `unbridge locks` and `unbridge unlock`

use unbridge_model::id::Region;
use unbridge_model::port::{LockError, LockHolder};

use crate::args::{LockArgs, LocksArgs, UnlockArgs};
use crate::cmd::apply::{Account, Locks};
use crate::error::Failure;
use crate::exit::Done;
use crate::terminal;

/// Whose locks are held.
pub(crate) fn locks(args: &LocksArgs) -> Result<Done, Failure> {
    let account = account(&args.at)?;
    let (locks, regions) = locks_of(&account, &args.at)?;
    let mut text = String::new();
    for region in &regions {
        let line = match locks
            .holder(region)
            .map_err(|error| unreadable(region, &error))?
        {
            None => format!("{region}  free\n"),
            Some(LockHolder { run, owner, since }) => {
                format!("{region}  run {run} of {owner} since {since}\n")
            }
        };
        text.push_str(&line);
    }
    Done::Clean.once(terminal::put(&text))
}

/// Takes a lock away.
pub(crate) fn unlock(args: &UnlockArgs) -> Result<Done, Failure> {
    let account = account(&args.at)?;
    let (locks, regions) = locks_of(&account, &args.at)?;
    let [region] = regions.as_slice() else {
        return Err(Failure::usage("one region at a time is unlocked").hint("--region REGION"));
    };
    match locks
        .holder(region)
        .map_err(|error| unreadable(region, &error))?
    {
        None => {
            terminal::tell(&format!("{region} is not locked"));
            return Ok(Done::Clean);
        }
        Some(holder) if holder.run != args.run => {
            let what = format!("{region} is locked by {holder}, not by run {}", args.run);
            return Err(Failure::refused(what).hint(format!("unbridge locks --region {region}")));
        }
        Some(_) => {}
    }
    locks
        .remove(region, &args.run)
        .map_err(|error| unreadable(region, &error))?;
    terminal::tell(&format!(
        "{region} is unlocked; run {} can be gone on with: unbridge resume PLAN",
        args.run
    ));
    Ok(Done::Clean)
}

fn account(args: &LockArgs) -> Result<Account, Failure> {
    Account::open(args.profile.as_deref(), args.regions.first().cloned())
}

fn locks_of(account: &Account, args: &LockArgs) -> Result<(Locks, Vec<Region>), Failure> {
    let locks = Locks::of(account, args.lock)?;
    let regions = match args.regions.as_slice() {
        [] => vec![account.home.clone()],
        regions => regions.to_vec(),
    };
    Ok((locks, regions))
}

fn unreadable(region: &Region, error: &LockError) -> Failure {
    Failure::unexpected(format!("the lock of {region}: {error}"))
        .hint("allow ssm:GetParameter and ssm:DeleteParameter of parameter/unbridge/lock")
}
