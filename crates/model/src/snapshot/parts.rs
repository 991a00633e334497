//! One account that is kept in several snapshots, put together again.

use super::{Contradiction, Outcome, Snapshot};
use crate::id::AccountId;
use crate::text::Text;

/// Why snapshots are no parts of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Apart {
    /// They are of two accounts.
    #[error("it is of account {found}, not of {expected}")]
    Account {
        /// The others' account.
        expected: AccountId,
        /// This one's.
        found: AccountId,
    },
    /// What equal digests of them mean is not known.
    #[error(
        "its digests were made with key {found}, those of the account's other regions with {expected}"
    )]
    DigestKey {
        /// The others' key id.
        expected: Text,
        /// This one's.
        found: Text,
    },
    /// Both hold the same thing.
    #[error(transparent)]
    Twice(#[from] Contradiction),
}

impl Snapshot {
    /// Takes in another part of the same account: regions that this one does not hold, or what
    /// belongs to no region. It is as old as its oldest part, and interrupted when one of them is.
    ///
    /// # Errors
    /// [`Apart`]; nothing has been taken in then.
    pub fn take_part(&mut self, part: Self) -> Result<(), Apart> {
        let (mine, other) = (&mut self.header, part.header);
        if mine.account != other.account {
            return Err(Apart::Account {
                expected: mine.account.clone(),
                found: other.account,
            });
        }
        if mine.digest_key != other.digest_key {
            return Err(Apart::DigestKey {
                expected: mine.digest_key.clone(),
                found: other.digest_key,
            });
        }
        if let Some(region) = other.regions.iter().find(|it| mine.regions.contains(it)) {
            return Err(Contradiction::Twice(region.to_string()).into());
        }
        mine.regions.extend(other.regions);
        mine.regions.sort();
        if other.started_at < mine.started_at {
            mine.started_at = other.started_at;
        }
        self.regions.extend(part.regions);
        self.users.extend(part.users);
        self.users.sort();
        self.users.dedup();
        self.gaps.extend(part.gaps);
        self.gaps.sort();
        self.gaps.dedup();
        if part.outcome == Outcome::Interrupted {
            self.outcome = Outcome::Interrupted;
        }
        Ok(())
    }
}
