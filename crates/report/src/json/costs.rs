//! Costs in the public JSON.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use unbridge_model::estimate::{
    Added, Attribution, Component, Confidence, Currency, Estimate, Latency, PriceItem, Range, Share,
};
use unbridge_model::finding::ApiRef;
use unbridge_model::id::StageName;

use crate::rows::{Group, GroupBy, groups, rows};
use crate::view::{Costs, Totals, View};
use crate::words;

/// What an NLB costs a month. Amounts are decimals as texts, before discounts and taxes.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Cost<'a> {
    /// The currency of every amount.
    currency: Currency,
    /// The three figures.
    #[serde(flatten)]
    amount: Amount,
    /// What makes it up.
    components: Vec<Line<'a>>,
    /// What the figures about usage rest on.
    confidence: Confidence,
    /// Whose it is, by requests; null when that cannot be told.
    by_api: Option<Vec<Part<'a>>>,
    /// Why it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_api_reason: Option<&'a str>,
}

impl<'a> From<&'a Estimate> for Cost<'a> {
    fn from(estimate: &'a Estimate) -> Self {
        let (by_api, by_api_reason) = match &estimate.attribution {
            Attribution::ByRequests(shares) => {
                (Some(shares.iter().map(Part::from).collect()), None)
            }
            Attribution::NoRequests => (None, Some("no API sent a request in the time looked at")),
            Attribution::Unknown(why) => (None, Some(why.as_str())),
        };
        Self {
            currency: estimate.currency,
            amount: Amount::from(estimate.monthly_cost),
            components: estimate.components.iter().map(Line::from).collect(),
            confidence: estimate.confidence,
            by_api,
            by_api_reason,
        }
    }
}

/// Three figures; expected and high are null where they cannot be told.
#[derive(serde::Serialize, JsonSchema)]
pub(crate) struct Amount {
    /// Surely not less.
    low: String,
    /// Most likely.
    expected: Option<String>,
    /// Hardly more.
    high: Option<String>,
}

impl From<Range> for Amount {
    fn from(range: Range) -> Self {
        let text = |amount: Decimal| amount.normalize().to_string();
        Self {
            low: text(range.low),
            expected: range.expected.map(text),
            high: range.high.map(text),
        }
    }
}

/// What AWS charges for, a month of it.
#[derive(serde::Serialize, JsonSchema)]
struct Line<'a> {
    /// What.
    item: PriceItem,
    /// The unit of the quantity.
    unit: &'a str,
    /// How much in a month.
    quantity: Amount,
    /// The price of one unit; null when it is not known.
    unit_price: Option<String>,
    /// Where the price is from; null when it is not known.
    price_source: Option<&'a str>,
    /// Quantity times price.
    monthly: Amount,
    /// How the quantity was found.
    formula: &'a str,
}

impl<'a> From<&'a Component> for Line<'a> {
    fn from(component: &'a Component) -> Self {
        let price = component.price.as_ref();
        Self {
            item: component.item,
            unit: component.item.unit(),
            quantity: Amount::from(component.quantity),
            unit_price: price.map(|price| price.amount.normalize().to_string()),
            price_source: price.map(|price| price.source.as_str()),
            monthly: Amount::from(component.monthly),
            formula: &component.formula,
        }
    }
}

/// One API's part of a cost.
#[derive(serde::Serialize, JsonSchema)]
struct Part<'a> {
    /// The API.
    #[serde(flatten)]
    api: &'a ApiRef,
    /// Its stages over the NLB.
    stages: &'a [StageName],
    /// Their requests in the time looked at.
    requests: u64,
    /// Its part of the monthly cost.
    monthly: Amount,
}

impl<'a> From<&'a Share> for Part<'a> {
    fn from(share: &'a Share) -> Self {
        Self {
            api: &share.api,
            stages: &share.stages,
            requests: share.requests,
            monthly: Amount::from(share.monthly),
        }
    }
}

/// What an NLB's going would save a month.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Savings {
    /// The currency of every amount.
    currency: Currency,
    /// The three figures under the verdict of today.
    #[serde(flatten)]
    amount: Amount,
    /// The same if nothing blocked it.
    potential: Amount,
    /// Once: what the old way costs while both stand.
    double_running: Amount,
    /// For how many days.
    double_running_days: u32,
}

impl From<&Estimate> for Savings {
    fn from(estimate: &Estimate) -> Self {
        let (days, double_running) = estimate.double_running;
        Self {
            currency: estimate.currency,
            amount: Amount::from(estimate.monthly_savings),
            potential: Amount::from(estimate.monthly_potential),
            double_running: Amount::from(double_running),
            double_running_days: days,
        }
    }
}

/// What is not known of an estimate, and what it leaves out.
pub(super) fn cost_reason(estimate: &Estimate) -> Vec<String> {
    let missing = estimate.missing.iter().map(ToString::to_string);
    let left_out = estimate.left_out.iter();
    missing
        .chain(left_out.map(|text| format!("left out: {text}")))
        .collect()
}

/// What bridges add up to.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Total {
    /// The currency.
    currency: Currency,
    /// What they cost a month.
    monthly_cost: Amount,
    /// What their going would save under their verdicts of today.
    monthly_savings: Amount,
    /// The same if nothing blocked them.
    monthly_potential: Amount,
}

impl From<Totals> for Total {
    fn from(totals: Totals) -> Self {
        Self {
            currency: totals.currency,
            monthly_cost: Amount::from(totals.monthly_cost),
            monthly_savings: Amount::from(totals.monthly_savings),
            monthly_potential: Amount::from(totals.monthly_potential),
        }
    }
}

pub(super) fn totals(view: &View) -> Vec<Total> {
    let costs = view.costs.iter();
    let all = costs.flat_map(|costs| costs.totals(&view.assessment.nlbs));
    all.map(Total::from).collect()
}

/// What the bridges of a group add up to.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct GroupTotals {
    /// What the NLBs have in common; null when that is nothing.
    value: Option<String>,
    /// Why it is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// How many NLBs are in it, bridges or not.
    nlbs: usize,
    /// How many bridges among them are in other groups too, and counted in full there as here.
    shared: usize,
    /// The sums over its bridges, one for each currency; empty without bridges.
    totals: Vec<Total>,
}

/// Sums by account, region, verdict and whatever else is asked for; nothing when nobody worked
/// costs out.
pub(super) fn totals_by(
    view: &View,
    asked: Option<&GroupBy>,
) -> BTreeMap<String, Vec<GroupTotals>> {
    let Some(costs) = &view.costs else {
        return BTreeMap::new();
    };
    let rows = rows(view);
    let always = [GroupBy::Account, GroupBy::Region, GroupBy::Verdict];
    let group = |group: Group<'_, '_>| GroupTotals {
        reason: group.value.as_ref().err().copied(),
        nlbs: group.rows.len(),
        shared: group.shared,
        totals: costs
            .totals(group.nlbs())
            .into_iter()
            .map(Total::from)
            .collect(),
        value: group.value.ok(),
    };
    let sums = |by: &GroupBy| {
        let groups = groups(&rows, by).into_iter();
        (by.to_string(), groups.map(group).collect())
    };
    always.iter().chain(asked).map(sums).collect()
}

/// What the way to the targets adds to the requests of a stage: network, link, NLB and ALB
/// together.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct AddedLatency<'a> {
    /// The API.
    #[serde(flatten)]
    api: &'a ApiRef,
    /// The stage.
    stage: &'a str,
    /// The median of the hours, in milliseconds; null when it cannot be told. Below zero the two
    /// measures disagree, and it says nothing.
    added_ms: Option<String>,
    /// In how many hours both were measured.
    hours: Option<usize>,
    /// In how many of them the difference was below zero.
    hours_below_zero: Option<usize>,
    /// The ALB that the stage's requests reach.
    alb_arn: Option<&'a str>,
    /// What was taken from what.
    formula: String,
    /// Why it is null, or what speaks against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> From<&'a Latency> for AddedLatency<'a> {
    fn from(latency: &'a Latency) -> Self {
        let unknown = Self {
            api: &latency.api,
            stage: latency.stage.as_str(),
            added_ms: None,
            hours: None,
            hours_below_zero: None,
            alb_arn: None,
            formula: words::latency::formula(),
            reason: None,
        };
        match &latency.added {
            Added::Unknown(why) => Self {
                reason: Some(why),
                ..unknown
            },
            Added::Measured {
                alb,
                median,
                hours,
                below_zero,
            } => Self {
                added_ms: Some(median.normalize().to_string()),
                hours: Some(*hours),
                hours_below_zero: Some(*below_zero),
                alb_arn: Some(alb.as_str()),
                reason: words::latency::disagreement(*median),
                ..unknown
            },
        }
    }
}

/// The prices that costs rest on.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Prices {
    /// The day on which they held.
    as_of: String,
    /// How many days old they are, when that is more than half a year; else null.
    days_old: Option<i64>,
}

impl From<&Costs> for Prices {
    fn from(costs: &Costs) -> Self {
        Self {
            as_of: costs.prices_as_of.to_string(),
            days_old: costs.prices_too_old,
        }
    }
}
