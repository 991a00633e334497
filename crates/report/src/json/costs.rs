//! Costs in the public JSON.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use unbridge_model::estimate::{
    Attribution, Component, Confidence, Currency, Estimate, PriceItem, Range, Share,
};
use unbridge_model::finding::ApiRef;
use unbridge_model::id::StageName;

use crate::view::{Costs, View};

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
struct Amount {
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

/// What the bridges that are listed add up to.
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

pub(super) fn totals(view: &View) -> Vec<Total> {
    let all = view
        .costs
        .iter()
        .flat_map(|costs| costs.totals(&view.assessment.nlbs));
    all.map(|totals| Total {
        currency: totals.currency,
        monthly_cost: Amount::from(totals.monthly_cost),
        monthly_savings: Amount::from(totals.monthly_savings),
        monthly_potential: Amount::from(totals.monthly_potential),
    })
    .collect()
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
