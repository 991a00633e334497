//! How much one view saw of what another has: nothing is called gone over a gap.

use std::collections::BTreeSet;

use unbridge_model::bearing::Bearing;
use unbridge_model::finding::Finding;
use unbridge_model::gap::{Gap, Unseen};
use unbridge_model::id::AccountId;
use unbridge_model::snapshot::Header;

use crate::view::{About, View};

/// Whether a view would have seen something that it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It read all of the place: what it does not have was not there.
    Whole,
    /// It did not: what it does not have may have been there.
    Partly,
    /// It read nothing there: what the other has may have been there just so.
    Not,
}

impl Seen {
    fn when(whole: bool) -> Self {
        match whole {
            true => Self::Whole,
            false => Self::Partly,
        }
    }
}

/// What a view saw.
pub(super) struct Sight<'v> {
    /// Regions of accounts that were asked for.
    asked: BTreeSet<(&'v str, &'v str)>,
    /// Accounts, and regions of them, with a gap.
    gaps: BTreeSet<(&'v str, Option<&'v str>)>,
    /// Regions of accounts that were not read to their end.
    broken_off: BTreeSet<(&'v str, &'v str)>,
    /// Accounts that the other has alone, and in which there was nothing to see.
    empty: BTreeSet<&'v str>,
    /// Whether something was taken out of it that may be anywhere.
    narrowed: bool,
    /// Whether it saw everything that could hold another user of an NLB.
    users: Seen,
}

impl<'v> Sight<'v> {
    /// What `view` saw, where it lacks these accounts that the other has; of them `is_empty` says
    /// whether there was nothing to see.
    pub(super) fn of(
        view: &'v View,
        lacking: &'v [AccountId],
        is_empty: impl Fn(&AccountId) -> bool,
    ) -> Self {
        let assessment = &view.assessment;
        let gaps = assessment.gaps.iter();
        let place = |gap: &'v Gap| {
            let region = gap.region.as_ref().map(|region| region.as_str());
            (gap.account.as_str(), region)
        };
        let rest = assessment.gaps.iter();
        let rest = rest.filter(|gap| gap.unseen == Unseen::Rest);
        let broken_off = rest.filter_map(|gap| Some((gap.account.as_str(), gap.region.as_ref()?)));
        let empty = lacking.iter().filter(|account| is_empty(account));
        let empty: BTreeSet<&str> = empty.map(AccountId::as_str).collect();
        // Another user can be in any account that one of the two knows.
        let every_account = empty.len() == lacking.len();
        Self {
            asked: assessment.scanned.iter().flat_map(places).collect(),
            gaps: gaps.map(place).collect(),
            broken_off: broken_off
                .map(|(account, region)| (account, region.as_str()))
                .collect(),
            empty,
            narrowed: view.narrowed.is_some() || view.baseline.is_some(),
            users: Seen::when(assessment.is_complete() && every_account),
        }
    }

    /// Whether all of a region of an account was read.
    pub(super) fn place(&self, account: &str, region: &str) -> Seen {
        if self.empty.contains(account) {
            return Seen::Whole;
        }
        let here = (account, region);
        if !self.asked.contains(&here) || self.broken_off.contains(&here) {
            return Seen::Not;
        }
        let gap =
            self.gaps.contains(&(account, None)) || self.gaps.contains(&(account, Some(region)));
        Seen::when(!gap && !self.narrowed)
    }

    /// Whether a finding about this would have been found.
    pub(super) fn finding(&self, about: &About, finding: &Finding) -> Seen {
        let place = self.place(about.account(), about.region());
        match finding.bearing() {
            Bearing::OtherUser if place == Seen::Whole => self.users,
            Bearing::OtherUser | Bearing::None | Bearing::NeedsAWord | Bearing::Blocks => place,
        }
    }
}

fn places(header: &Header) -> impl Iterator<Item = (&str, &str)> {
    let regions = header.regions.iter();
    regions.map(|region| (header.account.as_str(), region.as_str()))
}
