//! How much one view saw of what another has: nothing is called gone over a gap.

use std::collections::BTreeSet;

use unbridge_model::assessment::Scanned;
use unbridge_model::bearing::Bearing;
use unbridge_model::finding::Finding;
use unbridge_model::gap::Gap;
use unbridge_model::snapshot::Header;

use crate::view::{About, View, missing_in};

/// Whether a view would have seen something that it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It read all of the place: what it does not have was not there.
    Whole,
    /// It did not: what it does not have may have been there.
    Partly,
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
    /// Whether something was taken out of it that may be anywhere.
    narrowed: bool,
    /// Whether it saw everything that could hold another user of an NLB.
    users: Seen,
}

impl<'v> Sight<'v> {
    /// What `view` saw, for one that has the accounts of `other`.
    pub(super) fn of(view: &'v View, other: &Scanned) -> Self {
        let assessment = &view.assessment;
        let gaps = assessment.gaps.iter();
        let place = |gap: &'v Gap| {
            let region = gap.region.as_ref().map(|region| region.as_str());
            (gap.account.as_str(), region)
        };
        // Another user can be in any account that one of the two knows.
        let every_account = missing_in(&assessment.scanned, other).is_empty();
        Self {
            asked: assessment.scanned.iter().flat_map(places).collect(),
            gaps: gaps.map(place).collect(),
            narrowed: view.narrowed.is_some() || view.baseline.is_some(),
            users: Seen::when(assessment.is_complete() && every_account),
        }
    }

    /// Whether all of a region of an account was read.
    pub(super) fn place(&self, account: &str, region: &str) -> Seen {
        let asked = self.asked.contains(&(account, region));
        let gap =
            self.gaps.contains(&(account, None)) || self.gaps.contains(&(account, Some(region)));
        Seen::when(asked && !gap && !self.narrowed)
    }

    /// Whether a finding about this would have been found.
    pub(super) fn finding(&self, about: &About, finding: &Finding) -> Seen {
        let place = self.place(about.account(), about.region());
        match finding.bearing() {
            Bearing::OtherUser if self.users == Seen::Partly => Seen::Partly,
            Bearing::OtherUser | Bearing::None | Bearing::NeedsAWord | Bearing::Blocks => place,
        }
    }
}

fn places(header: &Header) -> impl Iterator<Item = (&str, &str)> {
    let regions = header.regions.iter();
    regions.map(|region| (header.account.as_str(), region.as_str()))
}
