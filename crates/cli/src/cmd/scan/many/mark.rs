//! The mark that a scan of a day runs, or was broken off. It stands in the tree meanwhile, and keeps
//! apart scans that would be in each other's way.
//!
//! An organization is divided into shards, and every shard has a mark. A scan that names its accounts
//! has one for just those, so that others beside it may name others.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use unbridge_model::text::Text;
use unbridge_report::safe::printable;

use super::targets::Targets;
use crate::args::{Day, ManyArgs, Shard};
use crate::cmd::apply::machine;
use crate::error::Failure;
use crate::today::now;
use crate::tree::{Tree, key};

/// A scan that runs, or was broken off.
pub(super) struct Mark {
    pub(super) date: Date,
    pub(super) name: String,
    /// When the scan first began that this one goes on with, RFC 3339 in UTC; `None` when no mark of
    /// it was left, and all of the day is one scan.
    pub(super) since: Option<Text>,
}

/// What stands in the tree meanwhile.
#[derive(Debug, Serialize, Deserialize)]
struct Running {
    /// Where it runs.
    host: String,
    /// The process there.
    process: u32,
    /// Since when, RFC 3339 in UTC.
    since: String,
    /// When the scan first began that it goes on with, by the clock that stamps snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<Text>,
}

/// Which part of which accounts a scan reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// What tells a list of accounts from others; `None` for an organization.
    pub(super) listed: Option<u64>,
    pub(super) shard: Shard,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.listed {
            Some(list) => write!(f, "{}{list:016x}-{}", key::LISTED, self.shard),
            None => write!(f, "{}{}", key::SHARD, self.shard),
        }
    }
}

impl Part {
    fn of(mark: &str) -> Option<Self> {
        let (listed, shard) = match mark.strip_prefix(key::LISTED) {
            Some(rest) => {
                let (list, shard) = rest.split_once('-')?;
                (Some(u64::from_str_radix(list, 16).ok()?), shard)
            }
            None => (None, mark.strip_prefix(key::SHARD)?),
        };
        let shard = shard.replacen("-of-", "/", 1).parse().ok()?;
        Some(Self { listed, shard })
    }

    /// Whether both may write the same day. Parts of one division hold different accounts, and lists
    /// are what somebody named.
    fn goes_beside(&self, other: &Self) -> bool {
        match (self.listed, other.listed) {
            (Some(one), Some(other)) if one != other => true,
            (Some(_), Some(_)) | (None, None) => self.shard.of == other.shard.of,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Mark {
    /// Marks that a scan runs, unless another one does that would be in its way.
    pub(super) async fn put(
        tree: &Tree,
        many: &ManyArgs,
        targets: &Targets,
    ) -> Result<Self, Failure> {
        let now = now()?;
        let part = targets.part();
        let date = day(tree, many, now, part).await?;
        for (_, other) in tree.marks(Some(date)).await? {
            if Part::of(&other).is_none_or(|other| !part.goes_beside(&other)) {
                let there = left(tree, &key::scan(date, &other)).await;
                return Err(divided_otherwise(tree, date, &other, part, there.as_ref()));
            }
        }
        let name = key::scan(date, part);
        // Not the moment that a test or a rebuild chooses: snapshots are stamped by the clock.
        let stamp = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut running = Running {
            host: machine(),
            process: std::process::id(),
            since: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            first: Some(Text::from(stamp)),
        };
        if many.resume {
            running.first = left(tree, &name).await.and_then(|it| it.first);
            tree.put(&name, &running).await?;
        } else if let Some(there) = tree.put_new(&name, &running).await? {
            return Err(taken(
                tree,
                date,
                serde_json::from_slice(&there).ok().as_ref(),
            ));
        }
        let since = running.first;
        Ok(Self { date, name, since })
    }
}

/// The day of a scan. One that goes on past midnight keeps its day; one of last week is over.
async fn day(tree: &Tree, many: &ManyArgs, now: Timestamp, part: Part) -> Result<Date, Failure> {
    let today = now.to_zoned(TimeZone::UTC).date();
    match (many.date, many.resume) {
        (Some(Day::Of(date)), _) => Ok(date),
        (Some(Day::Today), _) | (None, false) => Ok(today),
        (None, true) => {
            let marks = tree.marks(None).await?.into_iter();
            let own = part.to_string();
            let left = marks.filter(|(_, mark)| *mark == own).map(|(day, _)| day);
            let yesterday = today.yesterday().unwrap_or(today);
            let last = left.filter(|day| (yesterday..=today).contains(day)).max();
            Ok(last.unwrap_or(today))
        }
    }
}

async fn left(tree: &Tree, name: &str) -> Option<Running> {
    let there = tree.get(name).await.ok()?.whole().ok()?;
    serde_json::from_slice(&there).ok()
}

fn who(there: Option<&Running>) -> String {
    match there {
        Some(Running {
            host,
            process,
            since,
            ..
        }) => format!("on {host}, process {process}, since {since}"),
        None => "by a program that says nothing of itself".to_owned(),
    }
}

fn taken(tree: &Tree, date: Date, there: Option<&Running>) -> Failure {
    let what = format!(
        "a scan of {date} into {} runs, or was broken off: {}",
        tree.at(),
        who(there)
    );
    Failure::refused(printable(&what)).hint("wait for it; or, when it is over for sure, --resume")
}

fn divided_otherwise(
    tree: &Tree,
    date: Date,
    other: &str,
    own: Part,
    there: Option<&Running>,
) -> Failure {
    let what = format!(
        "a scan of {date} into {} runs, or was broken off, that divides the accounts otherwise \
         ({other} there, {own} here): {}",
        tree.at(),
        who(there)
    );
    let name = key::scan(date, other);
    Failure::refused(printable(&what)).hint(printable(&format!(
        "wait for it, or go on with it as it was begun, with --resume; or, when it is given up, delete \
         {}/{name}",
        tree.at()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(mark: &str) -> Part {
        Part::of(mark).unwrap_or_else(|| panic!("{mark}"))
    }

    #[test]
    fn marks_are_read_back() {
        for mark in [
            "shard-1-of-1",
            "shard-3-of-10",
            "accounts-00000000000000ff-1-of-1",
            "accounts-0123456789abcdef-2-of-4",
        ] {
            assert_eq!(part(mark).to_string(), mark);
        }
        for foreign in ["shard-0-of-1", "shard-2-of-1", "shard-", "accounts-1"] {
            assert_eq!(Part::of(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn only_parts_of_one_division_and_other_lists_go_beside_each_other() {
        let beside = |one: &str, other: &str| {
            let (one, other) = (part(one), part(other));
            assert_eq!(one.goes_beside(&other), other.goes_beside(&one));
            one.goes_beside(&other)
        };
        assert!(beside("shard-1-of-3", "shard-2-of-3"));
        assert!(!beside("shard-1-of-1", "shard-1-of-2"));
        assert!(beside(
            "accounts-000000000000000a-1-of-1",
            "accounts-000000000000000b-1-of-2"
        ));
        assert!(!beside(
            "accounts-000000000000000a-1-of-1",
            "accounts-000000000000000a-1-of-2"
        ));
        assert!(!beside("accounts-000000000000000a-1-of-1", "shard-1-of-1"));
    }
}
