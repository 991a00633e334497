//! The names of a tree's objects: `account=A/region=R/date=D/snapshot.jsonl.zst`, and what stands
//! beside them.

use std::fmt;

use jiff::civil::Date;
use unbridge_model::id::{AccountId, Region};
#[cfg(feature = "aws")]
use unbridge_model::organization::Wanted;
use unbridge_model::place::Scope;

/// What the region of the account's own snapshot is called.
const GLOBAL: &str = "global";
const SNAPSHOT: &str = "snapshot.jsonl.zst";
const ORGANIZATION: &str = "organization";
const ACCOUNTS: &str = "accounts.json";
const WANTED: &str = "wanted-";
const JSON: &str = ".json";
/// The folder of the marks of scans.
pub(crate) const SCANS: &str = "scans";
/// How the mark of a scan begins that divides an organization, or reads all of it.
pub(crate) const SHARD: &str = "shard-";
/// How the mark of a scan begins that names its accounts.
pub(crate) const LISTED: &str = "accounts-";

/// The snapshot of a region of an account, or of what belongs to none of its regions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) account: AccountId,
    pub(crate) date: Date,
    pub(crate) scope: Scope,
}

/// An object of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Snapshot(Key),
    /// The list of the organization's accounts of a day.
    Accounts(Date),
    /// The accounts that a scan of a day was to read, named after what is in it.
    Wanted(Date, u64),
    /// The mark of a scan that runs, or was broken off.
    Scan(Date),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            account,
            date,
            scope,
        } = self;
        let region = match scope {
            Scope::Global => GLOBAL,
            Scope::Region(region) => region.as_str(),
        };
        write!(
            f,
            "account={account}/region={region}/date={date}/{SNAPSHOT}"
        )
    }
}

/// The name of the list of accounts of a day.
pub(crate) fn accounts(date: Date) -> String {
    format!("{ORGANIZATION}/date={date}/{ACCOUNTS}")
}

/// The name of the list of the accounts that a scan of a day is to read. Scans side by side that read
/// the same accounts have one list, and others never take each other's place.
#[cfg(feature = "aws")]
pub(crate) fn wanted(date: Date, wanted: &Wanted) -> String {
    wanted_of(date, hash(wanted))
}

/// What tells lists of accounts apart.
#[cfg(feature = "aws")]
pub(crate) fn hash(wanted: &Wanted) -> u64 {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for account in &wanted.accounts {
        hash.update(account.as_str().as_bytes());
    }
    hash.digest()
}

/// The name of such a list, by what it is named after.
pub(crate) fn wanted_of(date: Date, hash: u64) -> String {
    format!("{ORGANIZATION}/date={date}/{WANTED}{hash:016x}{JSON}")
}

/// The folder of the marks of a day's scans.
#[cfg(feature = "aws")]
pub(crate) fn scans(date: Date) -> String {
    format!("{SCANS}/date={date}")
}

/// The name of the mark of a scan.
#[cfg(feature = "aws")]
pub(crate) fn scan(date: Date, mark: impl fmt::Display) -> String {
    format!("{}/{mark}{JSON}", scans(date))
}

/// A scan's day and mark, by the name of its mark.
#[cfg(feature = "aws")]
pub(crate) fn marked(name: &str) -> Option<(Date, &str)> {
    let Named::Scan(date) = parse(name)? else {
        return None;
    };
    Some((date, name.rsplit('/').next()?.strip_suffix(JSON)?))
}

/// What a name means; `None` when it is none of a tree's, letter for letter.
pub(crate) fn parse(name: &str) -> Option<Named> {
    let named = meaning(name)?;
    let whole = match &named {
        Named::Snapshot(key) => key.to_string(),
        Named::Accounts(date) => accounts(*date),
        Named::Wanted(date, hash) => wanted_of(*date, *hash),
        Named::Scan(_) => return Some(named),
    };
    (whole == name).then_some(named)
}

fn meaning(name: &str) -> Option<Named> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        [account, region, date, SNAPSHOT] => {
            let region = value("region", region)?;
            let scope = match region {
                GLOBAL => Scope::Global,
                region => Scope::Region(Region::new(region).ok()?),
            };
            Some(Named::Snapshot(Key {
                account: account_of(account)?,
                date: value("date", date)?.parse().ok()?,
                scope,
            }))
        }
        [ORGANIZATION, date, ACCOUNTS] => Some(Named::Accounts(value("date", date)?.parse().ok()?)),
        [ORGANIZATION, date, list] => {
            let hash = list.strip_prefix(WANTED)?.strip_suffix(JSON)?;
            let hash = u64::from_str_radix(hash, 16).ok()?;
            Some(Named::Wanted(value("date", date)?.parse().ok()?, hash))
        }
        [SCANS, date, mark] if mark.starts_with(SHARD) || mark.starts_with(LISTED) => {
            Some(Named::Scan(value("date", date)?.parse().ok()?))
        }
        _ => None,
    }
}

/// The account in whose folder a name is.
pub(crate) fn account_of(name: &str) -> Option<AccountId> {
    let folder = name.split('/').next()?;
    AccountId::new(value("account", folder)?).ok()
}

/// Whether a name is one of the lists' and marks', or of the folder that they are in.
pub(crate) fn is_of_a_scan(name: &str) -> bool {
    let folder = name.split('/').next();
    [Some(ORGANIZATION), Some(SCANS)].contains(&folder)
}

fn value<'t>(name: &str, part: &'t str) -> Option<&'t str> {
    part.strip_prefix(name)?.strip_prefix('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_none() {
        let account = AccountId::new("111122223333").expect("an account");
        let date: Date = "2026-11-22".parse().expect("a date");
        for scope in [
            Scope::Global,
            Scope::Region(Region::new("eu-west-1").expect("a region")),
        ] {
            let key = Key {
                account: account.clone(),
                date,
                scope,
            };
            assert_eq!(parse(&key.to_string()), Some(Named::Snapshot(key)));
        }
        assert_eq!(parse(&accounts(date)), Some(Named::Accounts(date)));
        let hash = 0x0012_3456_789a_bcde;
        assert_eq!(
            parse(&wanted_of(date, hash)),
            Some(Named::Wanted(date, hash))
        );
        for mark in ["shard-1-of-3", "accounts-00123456789abcde-1-of-1"] {
            let scan = format!("scans/date=2026-11-22/{mark}.json");
            assert_eq!(parse(&scan), Some(Named::Scan(date)));
        }
        for foreign in [
            "account=111122223333/region=eu-west-1/date=2026-11-22/other.jsonl.zst",
            "account=1111/region=eu-west-1/date=2026-11-22/snapshot.jsonl.zst",
            "account=111122223333/region=nowhere/date=2026-11-22/snapshot.jsonl.zst",
            "account=111122223333/region=eu-west-1/date=2026-31-22/snapshot.jsonl.zst",
            "account=111122223333/snapshot.jsonl.zst",
            "organization/date=2026-11-22/other.json",
            "organization/date=2026-11-22/wanted-ours.json",
            "organization/date=2026-11-22/wanted-1.json",
            "account=111122223333/region=eu-west-1/date=20261122/snapshot.jsonl.zst",
            "README.md",
        ] {
            assert_eq!(parse(foreign), None, "{foreign}");
        }
    }
}
