//! What bridges cost, drawn: a bar for each of the dearest, and sums by what they have in common.
//!
//! Every number of a drawing stands beside it as text. Widths are percents, so that a drawing is as
//! wide as there is room.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use unbridge_model::estimate::{Currency, Estimate, Range};
use unbridge_model::finding::Verdict;

use super::label;
use crate::layout::count;
use crate::rows::{Group, GroupBy, Row, groups};
use crate::said;
use crate::view::{Costs, Totals, View, is_bridge};
use crate::words::costs::{cents, money};

/// How many bridges have a bar before the rest is only added up.
const BARS: usize = 15;

/// The part of the page about costs.
pub(super) struct Bill {
    pub(super) charts: Vec<Chart>,
    pub(super) sums: Vec<Sums>,
    /// What the figures leave out, and whose prices they are.
    pub(super) notes: Vec<String>,
}

/// The dearest bridges of one currency.
pub(super) struct Chart {
    pub(super) caption: String,
    pub(super) bars: Vec<Bar>,
    /// What the others add up to.
    pub(super) others: Option<String>,
    /// What the right end stands for.
    pub(super) most: String,
}

/// What one bridge costs; places are percents of the width.
pub(super) struct Bar {
    /// The number of the NLB's section.
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) verdict: Verdict,
    pub(super) label: &'static str,
    /// What it costs and saves, as text.
    pub(super) cost: String,
    pub(super) saved: String,
    pub(super) cost_to: String,
    pub(super) saved_to: String,
    /// From low to high.
    pub(super) bounds: Option<Bounds>,
}

/// A line from the lowest to the highest figure.
pub(super) struct Bounds {
    pub(super) from: String,
    pub(super) to: String,
    /// Whether it may be more than is known.
    pub(super) is_open: bool,
}

/// Sums by what NLBs have in common.
pub(super) struct Sums {
    pub(super) by: &'static str,
    pub(super) groups: Vec<Sum>,
}

/// The sums of one group.
pub(super) struct Sum {
    pub(super) name: String,
    pub(super) nlbs: usize,
    pub(super) cost: String,
    pub(super) savings: String,
    pub(super) potential: String,
}

impl Bill {
    /// `None` when nobody worked costs out, or there is no bridge.
    pub(super) fn of(view: &View, rows: &[Row<'_>]) -> Option<Self> {
        let costs = view.costs.as_ref()?;
        let notes = said::cost_notes(view);
        (!notes.is_empty()).then(|| Self {
            charts: charts(costs, rows),
            sums: sums(costs, rows),
            notes,
        })
    }
}

/// A bridge with what it costs and the number of its section.
type Billed<'r, 'v> = (usize, &'r Row<'v>, &'v Estimate);

fn charts(costs: &Costs, rows: &[Row<'_>]) -> Vec<Chart> {
    let mut billed: BTreeMap<Currency, Vec<Billed<'_, '_>>> = BTreeMap::new();
    for (number, row) in (1..).zip(rows) {
        if let Some(estimate) = row.estimate.filter(|_| is_bridge(row.nlb)) {
            let of_currency = billed.entry(estimate.currency).or_default();
            of_currency.push((number, row, estimate));
        }
    }
    let chart = |(currency, bridges)| Chart::of(costs, currency, bridges);
    billed.into_iter().map(chart).collect()
}

impl Chart {
    fn of(costs: &Costs, currency: Currency, mut bridges: Vec<Billed<'_, '_>>) -> Self {
        bridges.sort_by_key(|(_, _, estimate)| Reverse(likely(estimate.monthly_cost)));
        let others = bridges.split_off(bridges.len().min(BARS));
        let ends = bridges.iter().map(|(_, _, one)| end(one.monthly_cost));
        let most = ends.max().unwrap_or_default();
        let caption = format!("What the bridges cost a month, in {currency}, the dearest first");
        Self {
            caption,
            bars: bridges.iter().map(|one| Bar::of(one, most)).collect(),
            others: told_together(costs, currency, &others),
            most: format!("{} {currency}", cents(most)),
        }
    }
}

fn told_together(costs: &Costs, currency: Currency, all: &[Billed<'_, '_>]) -> Option<String> {
    let totals = costs.totals(all.iter().map(|(_, row, _)| row.nlb));
    let totals = totals.first()?;
    Some(format!(
        "{} cost {} a month together; what can go of them would save {}",
        count(all.len(), "other", "others"),
        money(totals.monthly_cost, currency),
        money(totals.monthly_savings, currency)
    ))
}

impl Bar {
    fn of((number, row, estimate): &Billed<'_, '_>, most: Decimal) -> Self {
        let (cost, verdict) = (estimate.monthly_cost, row.nlb.verdict);
        let told = |range| money(range, estimate.currency);
        let saved = match verdict {
            Verdict::Blocked => format!(
                "saves nothing yet, {} if nothing blocked it",
                told(estimate.monthly_potential)
            ),
            Verdict::Removable
            | Verdict::RemovableIf
            | Verdict::AlreadyDirect
            | Verdict::Rewirable
            | Verdict::NotABridge => format!("saves {}", told(estimate.monthly_savings)),
        };
        let is_exact = cost == Range::exactly(cost.low);
        Self {
            number: *number,
            name: row.nlb.name.to_string(),
            verdict,
            label: label(verdict),
            cost: told(cost),
            saved,
            cost_to: percent(likely(cost), most),
            saved_to: percent(likely(estimate.monthly_savings), most),
            bounds: (!is_exact).then(|| Bounds {
                from: percent(cost.low, most),
                to: percent(cost.high.unwrap_or(most), most),
                is_open: cost.high.is_none(),
            }),
        }
    }
}

/// What a bar is as long as: what is expected, else what is certain.
pub(super) fn likely(range: Range) -> Decimal {
    range.expected.unwrap_or(range.low)
}

fn end(range: Range) -> Decimal {
    range.high.unwrap_or_else(|| likely(range))
}

/// Hundredths of percents, without an exponent or a locale's comma.
fn percent(part: Decimal, whole: Decimal) -> String {
    let hundred = Decimal::from(100);
    let share = part
        .checked_div(whole)
        .and_then(|share| share.checked_mul(hundred));
    let share = share.unwrap_or_default().clamp(Decimal::ZERO, hundred);
    format!("{:.2}", share.round_dp(2))
}

fn sums(costs: &Costs, rows: &[Row<'_>]) -> Vec<Sums> {
    let by = |what, by: &GroupBy| {
        let groups = groups(rows, by).into_iter();
        let groups = groups.filter(|group| group.nlbs().any(is_bridge));
        Sums {
            by: what,
            groups: groups.map(|group| sum(costs, by, &group)).collect(),
        }
    };
    let mut sums = vec![
        by("Verdict", &GroupBy::Verdict),
        by("Region", &GroupBy::Region),
    ];
    // One group says what the whole page says.
    sums.retain(|sums| sums.by == "Verdict" || sums.groups.len() > 1);
    sums
}

fn sum(costs: &Costs, by: &GroupBy, group: &Group<'_, '_>) -> Sum {
    let totals = costs.totals(group.nlbs());
    let told = |of: fn(&Totals) -> Range| {
        let amounts = totals.iter().map(|one| money(of(one), one.currency));
        let amounts: Vec<String> = amounts.collect();
        if amounts.is_empty() {
            return "unknown".to_owned();
        }
        amounts.join("; ")
    };
    let verdict = group.nlbs().map(|nlb| nlb.verdict).next();
    Sum {
        name: match (by, verdict) {
            (GroupBy::Verdict, Some(verdict)) => label(verdict).to_owned(),
            _ => group.name.clone(),
        },
        nlbs: group.nlbs().filter(|nlb| is_bridge(nlb)).count(),
        cost: told(|one| one.monthly_cost),
        savings: told(|one| one.monthly_savings),
        potential: told(|one| one.monthly_potential),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_leaves_its_drawing() {
        let percent = |part: i64, whole: i64| percent(Decimal::from(part), Decimal::from(whole));
        assert_eq!(percent(1, 3), "33.33");
        assert_eq!(percent(0, 0), "0.00");
        assert_eq!(percent(7, 7), "100.00");
        assert_eq!(percent(9, 7), "100.00");
        assert_eq!(super::percent(Decimal::MAX, Decimal::MAX), "100.00");
    }
}
