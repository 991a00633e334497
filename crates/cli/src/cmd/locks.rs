//! `unbridge locks` and `unbridge unlock`

use unbridge_model::id::Region;
use unbridge_model::port::{LockError, LockHolder};

use crate::args::{LockArgs, LocksArgs, UnlockArgs};
use crate::cmd::apply::{Account, Locks};
use crate::error::Failure;
use crate::exit::Done;
use crate::{settings, terminal};

/// Whose locks are held.
pub(crate) fn locks(args: &LocksArgs) -> Result<Done, Failure> {
    let at = At::open(&args.at)?;
    let (locks, regions) = (&at.locks, &at.regions);
    let mut text = String::new();
    for region in regions {
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
    let at = At::open(&args.at)?;
    let (locks, regions) = (&at.locks, &at.regions);
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

/// Locks of an account, where a run with the same flags and settings has them.
struct At {
    locks: Locks,
    regions: Vec<Region>,
    /// What the locks are asked over.
    _account: Account,
}

impl At {
    fn open(args: &LockArgs) -> Result<Self, Failure> {
        let settings = settings::read(&args.config)?;
        let account = Account::open(args.profile.as_deref(), args.regions.first().cloned())?;
        Ok(Self {
            locks: Locks::of(&account, args.lock.unwrap_or(settings.lock))?,
            regions: match args.regions.as_slice() {
                [] => vec![account.home.clone()],
                regions => regions.to_vec(),
            },
            _account: account,
        })
    }
}

fn unreadable(region: &Region, error: &LockError) -> Failure {
    Failure::unexpected(format!("the lock of {region}: {error}"))
        .hint("allow ssm:GetParameter and ssm:DeleteParameter of parameter/unbridge/lock")
}
