//! Which accounts an assessment is of.

use std::collections::BTreeSet;

use crate::id::{AccountId, Region};
use crate::snapshot::Header;

/// The headers of the snapshots that an assessment was made from: one for each account, by account,
/// and never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    first: Header,
    rest: Vec<Header>,
}

impl From<Header> for Scanned {
    fn from(first: Header) -> Self {
        Self {
            first,
            rest: Vec::new(),
        }
    }
}

impl Scanned {
    /// Every header, by account.
    pub fn iter(&self) -> impl Iterator<Item = &Header> + Clone {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// Every header, to be changed; but for the account, which they are sorted by.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Header> {
        std::iter::once(&mut self.first).chain(&mut self.rest)
    }

    /// The first account's header: the only one, but for several accounts.
    #[must_use]
    pub fn first(&self) -> &Header {
        &self.first
    }

    /// The header of the only account; `None` for several.
    #[must_use]
    pub fn only(&self) -> Option<&Header> {
        self.rest.is_empty().then_some(&self.first)
    }

    /// How many accounts, at least one.
    #[must_use]
    pub fn accounts(&self) -> usize {
        1 + self.rest.len()
    }

    /// The header of this account; `None` when it was not scanned.
    #[must_use]
    pub fn of(&self, account: &AccountId) -> Option<&Header> {
        if self.first.account == *account {
            return Some(&self.first);
        }
        let at = self.rest.binary_search_by(|one| one.account.cmp(account));
        self.rest.get(at.ok()?)
    }

    /// The regions asked for in any of the accounts, each once.
    #[must_use]
    pub fn regions(&self) -> BTreeSet<&Region> {
        self.iter().flat_map(|header| &header.regions).collect()
    }

    /// Takes in those of other accounts. [`sort`](Self::sort) is to follow.
    pub(super) fn add(&mut self, other: Self) {
        self.rest.push(other.first);
        self.rest.extend(other.rest);
    }

    pub(super) fn sort(&mut self) {
        if let Some(least) = self
            .rest
            .iter_mut()
            .min_by(|a, b| a.account.cmp(&b.account))
            && least.account < self.first.account
        {
            std::mem::swap(&mut self.first, least);
        }
        self.rest.sort_by(|a, b| a.account.cmp(&b.account));
    }
}
