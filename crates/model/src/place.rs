//! Where a call is made: an account and a region, or the account as a whole.

use std::fmt;

use crate::id::{AccountId, Region};

/// A region, or the services that have none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A service without regions.
    Global,
    /// One region.
    Region(Region),
}

/// Where a call is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The account that is read.
    pub account: AccountId,
    /// The region, or global.
    pub scope: Scope,
}

impl Place {
    /// A region of an account.
    #[must_use]
    pub fn regional(account: AccountId, region: Region) -> Self {
        Self {
            account,
            scope: Scope::Region(region),
        }
    }

    /// The account itself, for services without regions.
    #[must_use]
    pub fn global(account: AccountId) -> Self {
        Self {
            account,
            scope: Scope::Global,
        }
    }

    /// The region; `None` for global services.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        match &self.scope {
            Scope::Global => None,
            Scope::Region(region) => Some(region),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Scope::Global => write!(f, "{} (global)", self.account),
            Scope::Region(region) => write!(f, "{} {region}", self.account),
        }
    }
}
