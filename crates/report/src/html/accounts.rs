//! The accounts of a report on several: what each has, costs and would save.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::finding::Verdict;
use unbridge_model::id::AccountId;
use unbridge_model::snapshot::Header;

use super::bill::likely;
use super::label;
use crate::rows::Row;
use crate::verdict;
use crate::view::{Totals, View, Whose, is_bridge};
use crate::words::{self, costs::money};

/// How many accounts are shown before the rest is folded away.
const TOP: usize = 15;

/// The accounts, those that would save most first.
pub(super) struct Overview {
    /// What they are sorted by.
    pub(super) order: &'static str,
    /// Verdicts that occur: a column each.
    pub(super) verdicts: Vec<&'static str>,
    pub(super) has_costs: bool,
    /// The first, and those that are folded away.
    pub(super) parts: Vec<Part>,
}

/// Some of the accounts.
pub(super) struct Part {
    pub(super) folded: bool,
    pub(super) lines: Vec<Line>,
}

/// One account.
pub(super) struct Line {
    pub(super) account: String,
    pub(super) name: Option<String>,
    pub(super) ou: Option<String>,
    /// What finds its NLBs in the table.
    pub(super) find: String,
    pub(super) nlbs: usize,
    /// Why there may be more NLBs than are counted; `None` when there are not.
    pub(super) unread: Option<&'static str>,
    /// A number for each verdict that occurs.
    pub(super) verdicts: Vec<usize>,
    pub(super) cost: String,
    pub(super) savings: String,
    pub(super) gaps: usize,
}

/// What sorts an account: what it would save, what it costs, how many NLBs it has.
type Weight = (Decimal, Decimal, usize);

/// A word that the rows of an account have.
pub(super) fn find(account: &AccountId) -> String {
    format!("account:{account}")
}

impl Overview {
    /// `None` where there is only one account.
    pub(super) fn of(view: &View, rows: &[Row<'_>]) -> Option<Self> {
        if !Whose::from(view).several() {
            return None;
        }
        let occurs = |verdict: &Verdict| view.assessment.count(*verdict) > 0;
        let verdicts: Vec<Verdict> = verdict::ORDER.into_iter().filter(occurs).collect();
        let mut nlbs: BTreeMap<&AccountId, Vec<&NlbAssessment>> = BTreeMap::new();
        for row in rows {
            nlbs.entry(&row.nlb.account).or_default().push(row.nlb);
        }
        let mut gaps: BTreeMap<&AccountId, usize> = BTreeMap::new();
        for gap in &view.assessment.gaps {
            *gaps.entry(&gap.account).or_default() += 1;
        }
        let headers = view.assessment.scanned.iter();
        let mut lines: Vec<(Weight, Line)> = headers
            .map(|header| {
                let nlbs = nlbs.remove(&header.account).unwrap_or_default();
                let gaps = gaps.get(&header.account).copied().unwrap_or_default();
                Line::of(view, header, &nlbs, &verdicts, gaps)
            })
            .collect();
        lines.sort_by_key(|(weight, _)| Reverse(*weight));
        let mut top: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
        let rest = top.split_off(top.len().min(TOP));
        let part = |folded, lines: Vec<Line>| (!lines.is_empty()).then_some(Part { folded, lines });
        Some(Self {
            order: match view.costs {
                Some(_) => "Those whose bridges would save most come first.",
                None => "Those with most NLBs come first.",
            },
            verdicts: verdicts.into_iter().map(label).collect(),
            has_costs: view.costs.is_some(),
            parts: part(false, top)
                .into_iter()
                .chain(part(true, rest))
                .collect(),
        })
    }
}

impl Line {
    fn of(
        view: &View,
        header: &Header,
        nlbs: &[&NlbAssessment],
        verdicts: &[Verdict],
        gaps: usize,
    ) -> (Weight, Self) {
        let account = &header.account;
        let bridges = || nlbs.iter().copied().filter(|nlb| is_bridge(nlb));
        let totals = match &view.costs {
            Some(costs) => costs.totals(bridges()),
            None => Vec::new(),
        };
        let told = |of: fn(&Totals) -> unbridge_model::estimate::Range| {
            let amounts = totals.iter().map(|one| money(of(one), one.currency));
            let amounts: Vec<String> = amounts.collect();
            match (amounts.is_empty(), bridges().next()) {
                (true, None) => "no bridge".to_owned(),
                (true, Some(_)) => "unknown".to_owned(),
                (false, _) => amounts.join("; "),
            }
        };
        let most = |of: fn(&Totals) -> unbridge_model::estimate::Range| {
            let amounts = totals.iter().map(|one| likely(of(one)));
            amounts.max().unwrap_or_default()
        };
        let weight = (
            most(|one| one.monthly_savings),
            most(|one| one.monthly_cost),
            nlbs.len(),
        );
        let member = view.accounts.of(account);
        let line = Self {
            account: account.to_string(),
            name: Whose::from(view).name(account.as_str()),
            ou: member
                .and_then(|member| member.unit.as_ref())
                .map(|unit| words::ou(&unit.path)),
            find: find(account),
            nlbs: nlbs.len(),
            unread: match (header.regions.is_empty(), gaps) {
                (true, _) => Some("not read"),
                (false, 0) => None,
                (false, _) => Some("as far as seen"),
            },
            verdicts: verdicts
                .iter()
                .map(|verdict| nlbs.iter().filter(|nlb| nlb.verdict == *verdict).count())
                .collect(),
            cost: told(|one| one.monthly_cost),
            savings: told(|one| one.monthly_savings),
            gaps,
        };
        (weight, line)
    }
}
