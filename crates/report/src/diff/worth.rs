//! What changes are worth a month.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::{Currency, Range};

use super::{Diff, NlbDiff, Seen, Sides};
use crate::view::{Totals, View, is_bridge};

/// What happened to an NLB.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    schemars::JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Change {
    /// It is new: the older scan read all of its place and did not have it.
    Appeared,
    /// It is in the newer scan alone; the older did not read all of its place.
    FirstSeen,
    /// It is gone: the newer scan read all of its place and does not have it.
    Gone,
    /// It is in the older scan alone; the newer did not read all of its place.
    NotSeen,
    /// It is in both with another verdict.
    Verdict,
    /// It is in both with another verdict, and may have that only because one of the scans did not
    /// see everything that decides it.
    VerdictInDoubt,
    /// It is in both with the same verdict, and other findings or chains.
    Details,
}

impl From<&NlbDiff<'_>> for Change {
    fn from(one: &NlbDiff<'_>) -> Self {
        match one.sides {
            Sides::Appeared(_, Seen::Whole) => Self::Appeared,
            Sides::Appeared(_, Seen::Partly | Seen::Not) => Self::FirstSeen,
            Sides::Gone(_, Seen::Whole) => Self::Gone,
            Sides::Gone(_, Seen::Partly | Seen::Not) => Self::NotSeen,
            Sides::Both(..) if one.is_in_doubt() => Self::VerdictInDoubt,
            Sides::Both(..) if one.sides.has_another_verdict() => Self::Verdict,
            Sides::Both(..) => Self::Details,
        }
    }
}

/// What the bridges cost and save a month that changed in one way, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// How they changed.
    pub change: Change,
    /// The currency.
    pub currency: Currency,
    /// How many NLBs of this change are bridges before or after it.
    pub bridges: usize,
    /// What they cost and save before; `None` for what appeared.
    pub was: Option<Figures>,
    /// What they cost and save after; `None` for what is gone.
    pub is: Option<Figures>,
}

/// Two amounts of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// What bridges cost.
    pub cost: Range,
    /// What the going of those that can go would save.
    pub savings: Range,
}

impl From<&Totals> for Figures {
    fn from(totals: &Totals) -> Self {
        Self {
            cost: totals.monthly_cost,
            savings: totals.monthly_savings,
        }
    }
}

/// The sums of all changes but those in details, which are worth nothing by themselves.
pub(super) fn worth(diff: &Diff<'_>) -> Vec<Worth> {
    let mut changes: BTreeMap<Change, Vec<Sides<'_>>> = BTreeMap::new();
    for one in &diff.nlbs {
        let change = Change::from(one);
        if change != Change::Details {
            changes.entry(change).or_default().push(one.sides);
        }
    }
    let worth = |(change, sides): (Change, Vec<Sides<'_>>)| of_change(diff, change, &sides);
    changes.into_iter().flat_map(worth).collect()
}

fn of_change(diff: &Diff<'_>, change: Change, sides: &[Sides<'_>]) -> Vec<Worth> {
    let was = Side::of(diff.old, sides.iter().filter_map(|one| one.was()).collect());
    let is = Side::of(diff.new, sides.iter().filter_map(|one| one.is()).collect());
    let bridges = sides.iter().filter(|one| is_bridge_of_either(one));
    let bridges = bridges.count();
    let currencies = was.known.keys().chain(is.known.keys());
    let currencies: BTreeSet<Currency> = currencies.copied().collect();
    let one = |currency: Currency| {
        let (was, is) = (was.figures(currency), is.figures(currency));
        let (was, is) = match change {
            Change::Appeared | Change::FirstSeen => (None, Some(is)),
            Change::Gone | Change::NotSeen => (Some(was), None),
            Change::Verdict | Change::VerdictInDoubt | Change::Details => (Some(was), Some(is)),
        };
        Worth {
            change,
            currency,
            bridges,
            was,
            is,
        }
    };
    currencies.into_iter().map(one).collect()
}

/// Whether it is a bridge in one of the views.
pub(super) fn is_bridge_of_either(sides: &Sides<'_>) -> bool {
    let is_bridge = |nlb: Option<&NlbAssessment>| nlb.is_some_and(is_bridge);
    is_bridge(sides.was()) || is_bridge(sides.is())
}

/// What NLBs cost in one view.
struct Side {
    known: BTreeMap<Currency, Figures>,
    /// What stands for a currency in which nothing is known.
    otherwise: Figures,
}

impl Side {
    fn of(view: &View, nlbs: Vec<&NlbAssessment>) -> Self {
        let totals = match &view.costs {
            Some(costs) => costs.totals(nlbs.iter().copied()),
            None => Vec::new(),
        };
        let mut bridges = nlbs.into_iter().filter(|nlb| is_bridge(nlb));
        // What is no bridge costs nothing as one.
        let otherwise = match bridges.any(|nlb| view.estimate(nlb).is_none()) {
            true => Range::unknown(),
            false => Range::exactly(Decimal::ZERO),
        };
        Self {
            known: totals
                .iter()
                .map(|one| (one.currency, Figures::from(one)))
                .collect(),
            otherwise: Figures {
                cost: otherwise,
                savings: otherwise,
            },
        }
    }

    fn figures(&self, currency: Currency) -> Figures {
        let known = self.known.get(&currency);
        known.copied().unwrap_or(self.otherwise)
    }
}
