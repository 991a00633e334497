//! Which snapshots of a tree a report is made from, and of which accounts there should be some: those
//! that the organization lists, that a scan was to read, or that the tree has of other days. An
//! account that nobody looked into may hold whatever leads to another one's load balancers (H21).
//!
//! What is in snapshots is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use futures::{StreamExt, stream};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::AccountId;
use unbridge_model::organization::{self, Member, Organization, Wanted};
use unbridge_model::place::Scope;
use unbridge_model::text::Text;
use unbridge_report::safe::printable;

use super::list::Listing;
use super::{AT_ONCE, Key, Tree, key, words};
use crate::error::Failure;
use crate::terminal;

/// Which snapshots of a tree are looked at.
pub(crate) struct Chosen {
    pub(super) accounts: BTreeMap<AccountId, Day>,
    /// Of accounts that have no snapshot of the chosen day: what another day has of them that belongs
    /// to none of their regions.
    pub(super) others: Vec<Key>,
    /// What is missing, at most once for each account.
    pub(super) gaps: BTreeMap<AccountId, Gap>,
    /// Why nobody can say which accounts there should be, where that is so.
    pub(super) unlisted: Option<String>,
    pub(super) organization: Option<Organization>,
}

/// The snapshots of an account of one day.
pub(super) struct Day {
    pub(super) date: Date,
    pub(super) keys: Vec<Key>,
}

impl Chosen {
    /// Of every account its newest day, or those of one day. Accounts that the organization has closed
    /// are left out.
    pub(crate) async fn of(tree: &Tree, date: Option<Date>) -> Result<Self, Failure> {
        let listing = tree.list(None).await?;
        tell_foreign(tree, &listing);
        let lists = Lists::read(tree, &listing, date).await;
        let mut accounts = newest(&listing, date);
        accounts.retain(|account, day| match lists.closed(account) {
            None => true,
            Some(member) => {
                let name = printable(&member.name);
                terminal::tell(&format!(
                    "not in the report: account {account} ({name}) is {}; its newest snapshot is of {}",
                    member.status, day.date
                ));
                false
            }
        });
        if accounts.is_empty() {
            let when = date.map_or_else(String::new, |date| format!(" of {date}"));
            let what = format!("{} holds no snapshots{when}", tree.at());
            let hint = "`unbridge scan --organization -o DIR/` writes them";
            return Err(Failure::usage(what).hint(hint));
        }
        let mut chosen = Self {
            accounts,
            others: Vec::new(),
            gaps: BTreeMap::new(),
            unlisted: None,
            organization: None,
        };
        chosen.add_unlisted(tree, &listing);
        if let Some(date) = date {
            chosen.add_other_days(&listing, &lists, date);
        }
        chosen.add_wanted(&lists);
        chosen.add_broken_off(&listing, date);
        chosen.add_members(&lists);
        chosen.unlisted = lists.unusable.or(chosen.unlisted);
        chosen.organization = lists.organization;
        Ok(chosen)
    }

    fn add(&mut self, account: &AccountId, why: String) {
        let gap = || no_snapshot(account, why);
        self.gaps.entry(account.clone()).or_insert_with(gap);
    }

    /// Folders that cannot be looked into.
    fn add_unlisted(&mut self, tree: &Tree, listing: &Listing) {
        for unlisted in &listing.unlisted {
            let what = format!("{}/{}: {}", tree.at(), unlisted.name, unlisted.why);
            match key::account_of(&unlisted.name) {
                Some(account) => self.add(&account, what),
                None if key::is_of_a_scan(&unlisted.name) => self.unlisted = Some(what),
                None => {}
            }
        }
    }

    /// Accounts of which the tree has other days than the chosen one: the last before it or, where
    /// nothing says that the account was not there yet, the first after it.
    fn add_other_days(&mut self, listing: &Listing, lists: &Lists, date: Date) {
        let mut days: BTreeMap<&AccountId, BTreeSet<Date>> = BTreeMap::new();
        for key in &listing.snapshots {
            let known = self.accounts.contains_key(&key.account);
            if !known && lists.closed(&key.account).is_none() {
                days.entry(&key.account).or_default().insert(key.date);
            }
        }
        for (account, days) in days {
            let before = days.range(..date).next_back();
            let after = || days.range(date..).next();
            let nearest = before.or_else(|| after().filter(|_| lists.organization.is_none()));
            let Some(nearest) = nearest else {
                continue;
            };
            let key = Key {
                account: account.clone(),
                date: *nearest,
                scope: Scope::Global,
            };
            if listing.snapshots.binary_search(&key).is_ok() {
                self.others.push(key);
            }
            let what = format!("the tree has a snapshot of {nearest}, and none of {date}");
            self.add(account, what);
        }
    }

    /// Accounts that a scan was to read and of which it left nothing.
    fn add_wanted(&mut self, lists: &Lists) {
        for (account, day) in &lists.wanted {
            if lists.closed(account).is_some() {
                continue;
            }
            let there = match self.accounts.get(account) {
                Some(there) if there.date >= *day => continue,
                Some(there) => format!("its newest snapshot is of {}", there.date),
                None => "no snapshot of it is there".to_owned(),
            };
            self.add(
                account,
                format!("a scan of {day} was to read it, and {there}"),
            );
        }
    }

    /// Scans that run or were broken off, and of which nothing says what they were to read.
    fn add_broken_off(&mut self, listing: &Listing, date: Option<Date>) {
        let newest = self.accounts.values().map(|day| day.date).max();
        let marks: BTreeSet<Date> = listing.scans.iter().copied().collect();
        let marks = marks.into_iter().filter(|mark| match date {
            Some(date) => *mark == date,
            None => Some(*mark) >= newest,
        });
        for mark in marks {
            terminal::tell(&format!(
                "a scan of {mark} runs, or was broken off: what it reads may not be there"
            ));
            if listing.wanted.iter().any(|(day, _)| *day == mark) {
                continue;
            }
            let old = self.accounts.iter().filter(|(_, day)| day.date < mark);
            let old: Vec<_> = old
                .map(|(account, day)| (account.clone(), day.date))
                .collect();
            for (account, day) in old {
                let what =
                    format!("a scan of {mark} did not end, and the newest snapshot is of {day}");
                self.add(&account, what);
            }
        }
    }

    /// Accounts that the organization has and nobody has scanned.
    fn add_members(&mut self, lists: &Lists) {
        let members = lists.members().filter(|member| member.status.answers());
        for member in members {
            if !self.accounts.contains_key(&member.account) {
                let what = "the organization has this account, and no scan of it is there";
                self.add(&member.account, what.to_owned());
            }
        }
    }
}

/// A gap of all of an account.
pub(super) fn no_snapshot(account: &AccountId, why: String) -> Gap {
    Gap {
        account: account.clone(),
        region: None,
        unseen: Unseen::Rest,
        class: GapClass::NoSnapshot,
        message: Text::from(why),
    }
}

fn tell_foreign(tree: &Tree, listing: &Listing) {
    for name in &listing.foreign {
        terminal::tell(&printable(&format!(
            "not a snapshot of a tree, so not read: {}/{name}",
            tree.at()
        )));
    }
    for unlisted in &listing.unlisted {
        terminal::tell(&format!(
            "not read: {}/{}: {}",
            tree.at(),
            unlisted.name,
            unlisted.why
        ));
    }
}

fn newest(listing: &Listing, date: Option<Date>) -> BTreeMap<AccountId, Day> {
    let mut accounts: BTreeMap<AccountId, Day> = BTreeMap::new();
    // By account, then by date: a newer day takes the place of an older one.
    let wanted = |key: &&Key| date.is_none_or(|date| key.date == date);
    for key in listing.snapshots.iter().filter(wanted) {
        let day = accounts.entry(key.account.clone()).or_insert_with(|| Day {
            date: key.date,
            keys: Vec::new(),
        });
        if day.date != key.date {
            day.date = key.date;
            day.keys.clear();
        }
        day.keys.push(key.clone());
    }
    accounts
}

/// What scans left that says which accounts there should be.
#[derive(Default)]
struct Lists {
    organization: Option<Organization>,
    /// Those of its accounts that nobody can call.
    closed: BTreeMap<AccountId, Member>,
    /// The last day on which a scan was to read each account.
    wanted: BTreeMap<AccountId, Date>,
    /// A list that cannot be used, and why.
    unusable: Option<String>,
}

impl Lists {
    /// The newest of the organization's lists, or that of a day; and all lists of what was wanted
    /// until then.
    async fn read(tree: &Tree, listing: &Listing, date: Option<Date>) -> Self {
        let in_time = |day: &Date| date.is_none_or(|date| *day <= date);
        let mut lists = Self::default();
        let days = listing.accounts.iter().rev().copied();
        for day in days.filter(in_time) {
            match organization(tree, day).await {
                Ok(organization) => {
                    let closed = organization.members.iter();
                    let closed = closed.filter(|member| !member.status.answers());
                    let closed = closed.map(|member| (member.account.clone(), member.clone()));
                    lists.closed = closed.collect();
                    lists.organization = Some(organization);
                    break;
                }
                Err(why) => lists.cannot_use(tree, &key::accounts(day), &why),
            }
        }
        // By date: the same accounts on a later day have the same name, and need not be read twice.
        let wanted = listing.wanted.iter().filter(|(day, _)| in_time(day));
        let wanted: BTreeMap<u64, Date> = wanted.map(|(day, hash)| (*hash, *day)).collect();
        let each = wanted.into_iter().map(async |(hash, day)| {
            let name = key::wanted_of(day, hash);
            (wanted_in(tree, &name).await, name, day)
        });
        let mut each = stream::iter(each).buffer_unordered(AT_ONCE);
        while let Some((accounts, name, day)) = each.next().await {
            match accounts {
                Ok(accounts) => lists.want(accounts, day),
                Err(why) => lists.cannot_use(tree, &name, &why),
            }
        }
        lists
    }

    fn want(&mut self, accounts: BTreeSet<AccountId>, day: Date) {
        for account in accounts {
            let last = self.wanted.entry(account).or_insert(day);
            *last = day.max(*last);
        }
    }

    fn cannot_use(&mut self, tree: &Tree, name: &str, why: &str) {
        let what = format!("{}/{name} cannot be used: {why}", tree.at());
        terminal::tell(&what);
        self.unusable.get_or_insert(what);
    }

    fn members(&self) -> impl Iterator<Item = &Member> {
        let listed = self.organization.iter();
        listed.flat_map(|listed| &listed.members)
    }

    /// What the organization says of an account that nobody can call.
    fn closed(&self, account: &AccountId) -> Option<&Member> {
        self.closed.get(account)
    }
}

async fn organization(tree: &Tree, day: Date) -> Result<Organization, String> {
    let listed: Organization = read(tree, &key::accounts(day)).await?;
    check(&listed.format, organization::FORMAT, listed.format_version)?;
    Ok(listed)
}

async fn wanted_in(tree: &Tree, name: &str) -> Result<BTreeSet<AccountId>, String> {
    let wanted: Wanted = read(tree, name).await?;
    check(&wanted.format, organization::WANTED, wanted.format_version)?;
    Ok(wanted.accounts)
}

async fn read<T: DeserializeOwned>(tree: &Tree, name: &str) -> Result<T, String> {
    let told = |error: &dyn Display| printable(&error.to_string()).into_owned();
    let content = tree.get(name).await.map_err(|error| words(&error))?;
    let bytes = content.whole().map_err(|error| told(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| told(&error))
}

fn check(format: &Text, expected: &str, version: u32) -> Result<(), String> {
    if format.as_str() != expected {
        return Err("its format has another name".to_owned());
    }
    match version > organization::FORMAT_VERSION {
        true => Err("a newer version of unbridge wrote it".to_owned()),
        false => Ok(()),
    }
}
