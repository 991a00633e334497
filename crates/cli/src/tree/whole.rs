//! What of an account a day has already that need not be read again.
//!
//! Which accounts and regions are wanted is not known here.

use std::collections::BTreeMap;

use jiff::civil::Date;
use object_store::ObjectStoreExt;
use object_store::path::Path as Name;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::place::Scope;
use unbridge_model::snapshot::Snapshot;
use unbridge_model::text::Text;

use super::read::Part;
use super::{Key, Tree};
use crate::error::Failure;

/// What has to hold of a snapshot that a scan takes as its own.
pub(crate) struct Taken {
    /// When the scan first began, RFC 3339 in UTC. What is older belongs to another scan of the day;
    /// `None` to take that too.
    pub(crate) since: Option<Text>,
    pub(crate) skipped: Skipped,
}

/// Whether a scan minds that another one was told to leave sources out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// It was told so itself.
    AreFine,
    AreMissed,
}

/// What is whole of an account.
#[derive(Default)]
pub(crate) struct Whole {
    /// With what was not seen there all the same, and would not be seen by another try.
    scopes: BTreeMap<Scope, usize>,
}

impl Whole {
    pub(crate) fn has(&self, region: &Region) -> bool {
        self.scopes.contains_key(&Scope::Region(region.clone()))
    }

    /// What was not seen of all that is there.
    pub(crate) fn gaps(&self) -> usize {
        self.scopes.values().sum()
    }

    /// What was not seen of these regions, as far as they are there.
    pub(crate) fn gaps_of(&self, regions: &[Region]) -> usize {
        let scopes = regions.iter().map(|region| Scope::Region(region.clone()));
        scopes.filter_map(|scope| self.scopes.get(&scope)).sum()
    }

    /// Whether nothing is left of an account of which these regions are wanted.
    pub(crate) fn is_all(&self, regions: &[Region]) -> bool {
        self.scopes.contains_key(&Scope::Global) && regions.iter().all(|region| self.has(region))
    }

    fn take(&mut self, scope: Scope, snapshot: &Snapshot, taken: &Taken) {
        if taken.takes(snapshot) {
            self.scopes.insert(scope, snapshot.gaps.len());
        }
    }
}

impl Taken {
    fn takes(&self, snapshot: &Snapshot) -> bool {
        let since = self.since.as_ref();
        since.is_none_or(|since| snapshot.header.started_at >= *since)
            && !snapshot.gaps.iter().any(|gap| self.reads_again(gap))
    }

    /// Whether what could not be seen may be seen now, without anybody having granted anything.
    fn reads_again(&self, gap: &Gap) -> bool {
        match (&gap.unseen, gap.class) {
            // Nobody could read the account.
            (Unseen::Rest, _) => true,
            (
                Unseen::Call { .. } | Unseen::Source { .. },
                GapClass::Credentials
                | GapClass::Throttled
                | GapClass::Unreachable
                | GapClass::Failed
                | GapClass::Interrupted
                | GapClass::NoSnapshot,
            ) => true,
            (Unseen::Call { .. } | Unseen::Source { .. }, GapClass::Skipped) => {
                self.skipped == Skipped::AreMissed
            }
            (
                Unseen::Call { .. } | Unseen::Source { .. },
                GapClass::Denied
                | GapClass::Refused
                | GapClass::Vanished
                | GapClass::Unparseable
                | GapClass::Unreadable
                | GapClass::NotRead,
            ) => false,
        }
    }
}

impl Tree {
    /// What a scan that goes on need not read again.
    pub(crate) async fn whole(
        &self,
        account: &AccountId,
        date: Date,
        taken: &Taken,
    ) -> Result<Whole, Failure> {
        let below = format!("account={account}");
        let keys = self.list(Some(&below)).await?.snapshots.into_iter();
        let mut whole = Whole::default();
        for key in keys.filter(|key| key.date == date) {
            let scope = key.scope.clone();
            if let Some(snapshot) = self.snapshot(key).await {
                whole.take(scope, &snapshot, taken);
            }
        }
        Ok(whole)
    }

    /// Whether somebody could read the account on this day, and its own snapshot says so.
    pub(crate) async fn has_been_read(&self, account: &AccountId, date: Date) -> bool {
        let key = Key {
            account: account.clone(),
            date,
            scope: Scope::Global,
        };
        if self
            .objects
            .head(&Name::from(key.to_string()))
            .await
            .is_err()
        {
            return false;
        }
        let read = self.snapshot(key).await;
        read.is_some_and(|it| it.gaps.iter().all(|gap| gap.unseen != Unseen::Rest))
    }

    async fn snapshot(&self, key: Key) -> Option<Snapshot> {
        let part = Part::of(self, key).await;
        let tree = self.clone();
        // A large region takes seconds, in which all other accounts would stand still.
        let read = tokio::task::spawn_blocking(move || part.read(&tree));
        read.await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use unbridge_model::gap::Source;
    use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header};

    use super::*;

    fn snapshot(started_at: &str, gaps: &[(Unseen, GapClass)]) -> Snapshot {
        let account = AccountId::new("111122223333").expect("an account");
        let mut snapshot = Snapshot::new(Header {
            format: Text::new(FORMAT),
            format_version: FORMAT_VERSION,
            tool_version: Text::new("0.0.0"),
            account: account.clone(),
            caller: Text::new(""),
            regions: Vec::new(),
            started_at: Text::new(started_at),
            digest_key: Text::new(""),
        });
        let gaps = gaps.iter().map(|(unseen, class)| Gap {
            account: account.clone(),
            region: None,
            unseen: unseen.clone(),
            class: *class,
            message: Text::new(""),
        });
        snapshot.gaps.extend(gaps);
        snapshot
    }

    #[test]
    fn what_another_try_may_see_is_read_again_and_what_was_refused_for_good_is_not() {
        let source = Unseen::Source {
            source: Source::DnsRecords,
        };
        let takes = |unseen: &Unseen, class, skipped| {
            let taken = Taken {
                since: None,
                skipped,
            };
            taken.takes(&snapshot(
                "2026-11-22T08:00:00Z",
                &[(unseen.clone(), class)],
            ))
        };
        for class in [
            GapClass::Credentials,
            GapClass::Throttled,
            GapClass::Unreachable,
            GapClass::Failed,
            GapClass::Interrupted,
        ] {
            assert!(!takes(&source, class, Skipped::AreFine), "{class}");
        }
        for class in [GapClass::Denied, GapClass::NotRead, GapClass::Vanished] {
            assert!(takes(&source, class, Skipped::AreMissed), "{class}");
        }
        assert!(!takes(&Unseen::Rest, GapClass::Denied, Skipped::AreFine));
        assert!(takes(&source, GapClass::Skipped, Skipped::AreFine));
        assert!(!takes(&source, GapClass::Skipped, Skipped::AreMissed));
    }

    #[test]
    fn what_is_older_than_the_scan_is_another_scans() {
        let taken = Taken {
            since: Some(Text::new("2026-11-22T08:00:00Z")),
            skipped: Skipped::AreFine,
        };
        assert!(!taken.takes(&snapshot("2026-11-22T07:59:59Z", &[])));
        assert!(taken.takes(&snapshot("2026-11-22T08:00:00Z", &[])));
    }
}
