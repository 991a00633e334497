//! Where locks are: in the account, or in files of this machine.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use unbridge_aws::SsmLocks;
use unbridge_model::id::{AccountId, Region, RunId};
use unbridge_model::port::{LockError, LockHolder, LockKey, LockStore};
use unbridge_model::text::Text;

use super::aws::Account;
use crate::args::LockPlace;
use crate::error::Failure;

/// The locks of an account.
#[derive(Debug)]
pub(crate) enum Locks {
    Ssm(Box<SsmLocks>),
    Local(LocalLocks),
}

impl Locks {
    pub(crate) fn of(account: &Account, place: LockPlace) -> Result<Self, Failure> {
        Ok(match place {
            LockPlace::Ssm => {
                let locks = SsmLocks::new(&account.session, account.runtime());
                Self::Ssm(Box::new(locks))
            }
            LockPlace::Local => Self::Local(LocalLocks {
                account: account.caller.account.clone(),
                folder: folder()?,
            }),
        })
    }

    pub(super) fn place(&self) -> LockPlace {
        match self {
            Self::Ssm(_) => LockPlace::Ssm,
            Self::Local(_) => LockPlace::Local,
        }
    }

    /// Who holds the lock of a region.
    pub(crate) fn holder(&self, region: &Region) -> Result<Option<LockHolder>, LockError> {
        match self {
            Self::Ssm(locks) => locks.holder(region),
            Self::Local(locks) => locks.holder(region),
        }
    }

    /// Takes a lock away from the run that holds it.
    pub(crate) fn remove(&self, region: &Region, run: &RunId) -> Result<(), LockError> {
        match self {
            Self::Ssm(locks) => locks.remove(region, run),
            Self::Local(locks) => locks.remove(region, run),
        }
    }
}

impl LockStore for Locks {
    fn acquire(&self, key: &LockKey, holder: &LockHolder) -> Result<(), LockError> {
        match self {
            Self::Ssm(locks) => locks.acquire(key, holder),
            Self::Local(locks) => locks.acquire(key, holder),
        }
    }

    fn release(&self, key: &LockKey, run: &RunId) -> Result<(), LockError> {
        match self {
            Self::Ssm(locks) => locks.release(key, run),
            Self::Local(locks) => locks.remove(&key.region, run),
        }
    }
}

/// Locks that other machines do not see.
#[derive(Debug)]
pub(crate) struct LocalLocks {
    account: AccountId,
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Said {
    run: RunId,
    owner: Text,
    since: Text,
}

impl LocalLocks {
    fn place(&self, region: &Region) -> PathBuf {
        self.folder.join(format!("{}-{region}.json", self.account))
    }

    fn holder(&self, region: &Region) -> Result<Option<LockHolder>, LockError> {
        let place = self.place(region);
        let text = match fs::read_to_string(&place) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreachable(&place, error)),
        };
        let said = serde_json::from_str(&text).map_err(|error| unreachable(&place, error))?;
        let Said { run, owner, since } = said;
        Ok(Some(LockHolder { run, owner, since }))
    }

    fn remove(&self, region: &Region, run: &RunId) -> Result<(), LockError> {
        match self.holder(region)? {
            None => Ok(()),
            Some(known) if known.run != *run => Err(LockError::Held(known)),
            Some(_) => {
                let place = self.place(region);
                fs::remove_file(&place).map_err(|error| unreachable(&place, error))
            }
        }
    }

    fn acquire(&self, key: &LockKey, holder: &LockHolder) -> Result<(), LockError> {
        let place = self.place(&key.region);
        let refused = |error| unreachable(&place, error);
        fs::create_dir_all(&self.folder).map_err(refused)?;
        let LockHolder { run, owner, since } = holder.clone();
        let text = serde_json::to_string(&Said { run, owner, since });
        let text = text.map_err(|error| unreachable(&place, error))?;
        // Made beside its place and linked into it: a lock that can be seen is whole.
        let made = crate::place::beside(&place, &mut tempfile::Builder::new());
        let mut made = made.map_err(refused)?;
        made.write_all(text.as_bytes()).map_err(refused)?;
        made.as_file().sync_all().map_err(refused)?;
        match made.persist_noclobber(&place) {
            Ok(_) => Ok(()),
            Err(there) if there.error.kind() == io::ErrorKind::AlreadyExists => {
                match self.holder(&key.region)? {
                    Some(known) if known.run == holder.run => Ok(()),
                    Some(known) => Err(LockError::Held(known)),
                    None => Err(unreachable(&place, "another run may just have ended")),
                }
            }
            Err(there) => Err(unreachable(&place, there.error)),
        }
    }
}

fn unreachable(place: &std::path::Path, why: impl std::fmt::Display) -> LockError {
    LockError::Unreachable(format!("{}: {why}", place.display()))
}

fn folder() -> Result<PathBuf, Failure> {
    let under = |variable: &str, rest: &str| {
        let value = std::env::var_os(variable).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value).join(rest))
    };
    let folder = under("XDG_STATE_HOME", "unbridge/locks")
        .or_else(|| under("HOME", ".local/state/unbridge/locks"));
    folder.ok_or_else(|| {
        Failure::usage("no folder for locks: HOME is not set")
            .hint("--lock ssm keeps them in the account")
    })
}
