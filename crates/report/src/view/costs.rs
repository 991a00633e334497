//! Estimates beside the NLBs, and what they add up to.

use std::collections::BTreeMap;

use jiff::civil::Date;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::{Currency, Estimate, Missing, Range};
use unbridge_model::finding::Verdict;
use unbridge_model::id::LoadBalancerArn;

/// What NLBs cost, at which prices.
#[derive(Debug, Clone)]
pub struct Costs {
    /// An estimate for each NLB.
    pub estimates: BTreeMap<LoadBalancerArn, Estimate>,
    /// The day on which the prices held.
    pub prices_as_of: Date,
    /// How many days old they are, when that is too many.
    pub prices_too_old: Option<i64>,
}

/// What several NLBs add up to, in one currency. Every figure counts an NLB once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// The currency.
    pub currency: Currency,
    /// What bridges cost a month.
    pub monthly_cost: Range,
    /// What their going would save.
    pub monthly_savings: Range,
    /// What it would save if nothing were in the way.
    pub monthly_potential: Range,
}

/// Whether sums count it: what is no bridge is nobody's to save.
pub(crate) fn is_bridge(nlb: &NlbAssessment) -> bool {
    nlb.verdict != Verdict::NotABridge
}

impl Costs {
    /// The estimate of an NLB.
    #[must_use]
    pub fn of(&self, nlb: &NlbAssessment) -> Option<&Estimate> {
        self.estimates.get(&nlb.arn)
    }

    /// The sums over the bridges among these NLBs, one for each currency. A bridge without an
    /// estimate leaves every sum open.
    pub fn totals<'n>(&self, nlbs: impl IntoIterator<Item = &'n NlbAssessment>) -> Vec<Totals> {
        let mut totals: BTreeMap<Currency, Totals> = BTreeMap::new();
        let mut open = Range::exactly(rust_decimal::Decimal::ZERO);
        for nlb in nlbs.into_iter().filter(|nlb| is_bridge(nlb)) {
            let Some(estimate) = self.of(nlb) else {
                open = Range::unknown();
                continue;
            };
            let nothing = Range::exactly(rust_decimal::Decimal::ZERO);
            let sums = totals.entry(estimate.currency).or_insert(Totals {
                currency: estimate.currency,
                monthly_cost: nothing,
                monthly_savings: nothing,
                monthly_potential: nothing,
            });
            sums.monthly_cost = sums.monthly_cost.plus(estimate.monthly_cost);
            sums.monthly_savings = sums.monthly_savings.plus(estimate.monthly_savings);
            sums.monthly_potential = sums.monthly_potential.plus(estimate.monthly_potential);
        }
        let mut totals: Vec<Totals> = totals.into_values().collect();
        for sums in &mut totals {
            sums.monthly_cost = sums.monthly_cost.plus(open);
            sums.monthly_savings = sums.monthly_savings.plus(open);
            sums.monthly_potential = sums.monthly_potential.plus(open);
        }
        totals
    }

    /// What is not known of these NLBs, each once.
    pub fn missing<'n>(&self, nlbs: impl IntoIterator<Item = &'n NlbAssessment>) -> Vec<Missing> {
        let estimates = nlbs.into_iter().filter_map(|nlb| self.of(nlb));
        let mut missing: Vec<Missing> = estimates.flat_map(|one| one.missing.clone()).collect();
        missing.sort();
        missing.dedup();
        missing
    }
}
