//! The names of a tree's objects: `account=A/region=R/date=D/snapshot.jsonl.zst`, and what stands
//! beside them.

use std::fmt;

use jiff::civil::Date;
use unbridge_model::id::{AccountId, Region};
use unbridge_model::place::Scope;

/// What the region of the account's own snapshot is called.
const GLOBAL: &str = "global";
const SNAPSHOT: &str = "snapshot.jsonl.zst";
const ORGANIZATION: &str = "organization";
const ACCOUNTS: &str = "accounts.json";
/// The folder of the marks of scans.
pub(crate) const SCANS: &str = "scans";

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

/// The name of the mark of a scan.
#[cfg(feature = "aws")]
pub(crate) fn scan(date: Date, shard: impl fmt::Display) -> String {
    format!("{SCANS}/date={date}/shard-{shard}.json")
}

/// What a name means; `None` when it is none of a tree's.
pub(crate) fn parse(name: &str) -> Option<Named> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        [account, region, date, SNAPSHOT] => {
            let region = value("region", region)?;
            let scope = match region {
                GLOBAL => Scope::Global,
                region => Scope::Region(Region::new(region).ok()?),
            };
            Some(Named::Snapshot(Key {
                account: AccountId::new(value("account", account)?).ok()?,
                date: value("date", date)?.parse().ok()?,
                scope,
            }))
        }
        [ORGANIZATION, date, ACCOUNTS] => Some(Named::Accounts(value("date", date)?.parse().ok()?)),
        [SCANS, date, shard] if shard.starts_with("shard-") => {
            Some(Named::Scan(value("date", date)?.parse().ok()?))
        }
        _ => None,
    }
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
        let scan = "scans/date=2026-11-22/shard-1-of-3.json";
        assert_eq!(parse(scan), Some(Named::Scan(date)));
        for foreign in [
            "account=111122223333/region=eu-west-1/date=2026-11-22/other.jsonl.zst",
            "account=1111/region=eu-west-1/date=2026-11-22/snapshot.jsonl.zst",
            "account=111122223333/region=nowhere/date=2026-11-22/snapshot.jsonl.zst",
            "account=111122223333/region=eu-west-1/date=2026-31-22/snapshot.jsonl.zst",
            "account=111122223333/snapshot.jsonl.zst",
            "organization/date=2026-11-22/other.json",
            "README.md",
        ] {
            assert_eq!(parse(foreign), None, "{foreign}");
        }
    }
}
