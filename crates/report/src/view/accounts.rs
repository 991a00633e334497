//! What AWS Organizations says of accounts, and when a thing has to say whose it is.

use std::collections::BTreeMap;

use unbridge_model::assessment::{Assessment, Scanned};
use unbridge_model::id::AccountId;
use unbridge_model::organization::{Member, Organization};

use super::View;
use crate::words;

/// What is known of accounts besides their ids. Of an account without an entry that is nothing.
#[derive(Debug, Clone, Default)]
pub struct Accounts(BTreeMap<AccountId, Member>);

impl From<Organization> for Accounts {
    fn from(organization: Organization) -> Self {
        let members = organization.members.into_iter();
        Self(members.map(|one| (one.account.clone(), one)).collect())
    }
}

impl Accounts {
    /// What is known of this account.
    #[must_use]
    pub fn of(&self, account: &AccountId) -> Option<&Member> {
        self.0.get(account)
    }

    /// Every account that something is known of, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.0.values()
    }

    /// Whether nothing is known of any account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Which accounts a reader could confuse, and what they are called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whose<'v> {
    scanned: &'v Scanned,
    accounts: Option<&'v Accounts>,
}

impl<'v> From<&'v View> for Whose<'v> {
    fn from(view: &'v View) -> Self {
        Self {
            scanned: &view.assessment.scanned,
            accounts: Some(&view.accounts),
        }
    }
}

impl<'v> From<&'v Assessment> for Whose<'v> {
    fn from(assessment: &'v Assessment) -> Self {
        Self {
            scanned: &assessment.scanned,
            accounts: None,
        }
    }
}

impl Whose<'_> {
    /// Whether there are several accounts.
    pub(crate) fn several(self) -> bool {
        self.scanned.only().is_none()
    }

    /// The name of an account, printable; `None` when it is not known, or blank.
    pub(crate) fn name(self, account: &str) -> Option<String> {
        let name = words::name(&self.accounts?.0.get(account)?.name);
        (!name.trim().is_empty()).then_some(name)
    }

    /// An account with its name where that is known, printable: `111122223333 (payments)`.
    pub(crate) fn account(self, account: &str) -> String {
        match self.name(account) {
            Some(name) => format!("{account} ({name})"),
            None => account.to_owned(),
        }
    }

    /// ` of account 111122223333 (payments)`; empty where there is no other that could be meant.
    pub(crate) fn of(self, account: &str) -> String {
        match self.scanned.only() {
            Some(only) if only.account.as_str() == account => String::new(),
            Some(_) | None => format!(" of account {}", self.account(account)),
        }
    }
}
