//! The accounts of an organization, as AWS Organizations lists them, those that a scan was to read,
//! and the files that keep both beside the snapshots of a tree.
//!
//! How they are read is not known here.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apigateway::Tags;
use crate::id::AccountId;
use crate::text::Text;

/// The word every list of accounts holds.
pub const FORMAT: &str = "unbridge-organization";

/// The word every list of accounts that were to be read holds.
pub const WANTED: &str = "unbridge-wanted";

/// The version of both formats that this tool writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The accounts of an organization at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Always [`FORMAT`].
    pub format: Text,
    /// The format's version.
    pub format_version: u32,
    /// Its accounts, by id.
    pub members: Vec<Member>,
}

/// The accounts that a scan was to read, whether or not it came to it: what tells an account that
/// could not be kept from one that nobody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Always [`WANTED`].
    pub format: Text,
    /// The format's version.
    pub format_version: u32,
    /// The accounts.
    pub accounts: BTreeSet<AccountId>,
}

/// One account of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// Its name, as somebody chose it.
    pub name: Text,
    /// Whether it can be read at all.
    pub status: MemberStatus,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Its tags; `None` when they were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
}

/// The organizational unit that an account stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// The ids of the units on the way to it, the root's first.
    pub ids: Vec<Text>,
    /// Their names, joined by `/`, without the root's: empty for the root itself.
    pub path: Text,
}

/// What AWS Organizations says of an account's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum MemberStatus {
    /// It is in use.
    Active,
    /// It is closed, and nobody can call it: `SUSPENDED`, `PENDING_CLOSURE`, `CLOSED`.
    Suspended,
    /// Its sign-up is not finished: `PENDING_ACTIVATION`.
    Pending,
    /// A word of AWS that this version does not know. It is read like an active one.
    Unknown,
}

impl Organization {
    /// The list of these accounts.
    #[must_use]
    pub fn of(mut members: Vec<Member>) -> Self {
        members.sort_by(|a, b| a.account.cmp(&b.account));
        members.dedup_by(|a, b| a.account == b.account);
        Self {
            format: Text::new(FORMAT),
            format_version: FORMAT_VERSION,
            members,
        }
    }
}

impl Wanted {
    /// The list of these accounts.
    #[must_use]
    pub fn of(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self {
            format: Text::new(WANTED),
            format_version: FORMAT_VERSION,
            accounts: accounts.into_iter().collect(),
        }
    }
}

impl MemberStatus {
    /// Whether a scan can expect answers.
    #[must_use]
    pub fn answers(self) -> bool {
        match self {
            Self::Active | Self::Unknown => true,
            Self::Suspended | Self::Pending => false,
        }
    }
}

impl Unit {
    /// Whether it is this unit, or stands under it; named by id, or by its path.
    #[must_use]
    pub fn is_under(&self, unit: &str) -> bool {
        let wanted = unit.trim_matches('/');
        self.ids.iter().any(|id| id == wanted)
            || self.path == wanted
            || self
                .path
                .strip_prefix(wanted)
                .is_some_and(|rest| rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_named_by_its_id_its_path_or_one_above() {
        let unit = Unit {
            ids: ["r-1", "ou-1-a", "ou-1-b"].map(Text::new).to_vec(),
            path: Text::new("Workloads/Prod"),
        };
        for above in [
            "r-1",
            "ou-1-a",
            "ou-1-b",
            "Workloads",
            "Workloads/Prod",
            "/Workloads/",
        ] {
            assert!(unit.is_under(above), "{above}");
        }
        for apart in ["ou-1-c", "Work", "Prod", "Workloads/Prod/EU"] {
            assert!(!unit.is_under(apart), "{apart}");
        }
    }
}
