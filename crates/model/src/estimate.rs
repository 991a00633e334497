//! What an NLB costs a month and what its going would save: amounts, and what they rest on. And
//! what the way over it adds to requests.
//!
//! Amounts are decimals in one currency, before discounts and taxes. Unknown is never zero: an
//! amount that cannot be told is `None`, with a reason beside it.

use std::fmt;

use rust_decimal::Decimal;

use crate::finding::ApiRef;
use crate::id::{LoadBalancerArn, Region, StageName};
use crate::text::Text;

/// Hours of a month, as AWS's own pricing examples and calculator count them.
pub const HOURS_OF_A_MONTH: u32 = 730;

/// What prices are in.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumString,
)]
#[expect(missing_docs, reason = "ISO 4217")]
pub enum Currency {
    #[serde(rename = "USD")]
    #[strum(serialize = "USD")]
    Usd,
    #[serde(rename = "CNY")]
    #[strum(serialize = "CNY")]
    Cny,
}

/// What AWS charges for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum PriceItem {
    /// An NLB, for an hour or a part of it.
    NlbHour,
    /// A capacity unit of an NLB, for an hour.
    NlcuHour,
    /// A capacity unit that is reserved for an NLB, for an hour, used or not.
    ReservedNlcuHour,
    /// A public IPv4 address that AWS owns, for an hour.
    PublicIpv4Hour,
    /// A gigabyte between two zones of a region, in one direction.
    InterZoneGb,
}

impl PriceItem {
    /// The unit that the price is for.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::NlbHour => "hours",
            Self::NlcuHour => "NLCU-hours",
            Self::ReservedNlcuHour => "reserved NLCU-hours",
            Self::PublicIpv4Hour => "address-hours",
            Self::InterZoneGb => "GB",
        }
    }
}

/// A price and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// For one unit of the item.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// Who says so, and when.
    pub source: Text,
}

/// What is not known of a figure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The price of an item in a region.
    Price(PriceItem, Region),
    /// What was used: metrics were not read.
    Usage,
    /// How the NLB is set up, which decides what is charged: its attributes, its scheme, or those
    /// of its target groups were not read.
    Settings,
    /// Which protocols passed: without that, capacity units lie between bounds.
    Protocols,
    /// How much of it goes: something else uses the NLB too.
    Share,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Price(item, region) => write!(f, "no price of {item} in {region}"),
            Self::Usage => f.write_str("usage was not read"),
            Self::Settings => f.write_str("attributes of the NLB were not read"),
            Self::Protocols => f.write_str("usage was not read protocol by protocol"),
            Self::Share => {
                f.write_str("how many capacity units of a shared NLB its other users need")
            }
        }
    }
}

/// A figure between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// Surely not less.
    pub low: Decimal,
    /// Most likely; `None` when it cannot be told.
    pub expected: Option<Decimal>,
    /// Hardly more; `None` when it cannot be told.
    pub high: Option<Decimal>,
}

impl Range {
    /// A figure that is certain.
    #[must_use]
    pub fn exactly(amount: Decimal) -> Self {
        Self {
            low: amount,
            expected: Some(amount),
            high: Some(amount),
        }
    }

    /// Anything from nothing on.
    #[must_use]
    pub fn unknown() -> Self {
        Self::default()
    }

    /// The sum of two figures that are not negative. What cannot be told of one part, or is too
    /// large for a decimal, cannot be told of it.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let both = |a: Option<Decimal>, b: Option<Decimal>| a?.checked_add(b?);
        Self {
            low: self.low.checked_add(other.low).unwrap_or(self.low),
            expected: both(self.expected, other.expected),
            high: both(self.high, other.high),
        }
    }

    /// The product with a factor that is not negative.
    #[must_use]
    pub fn times(self, factor: Decimal) -> Self {
        let product = |amount: Decimal| amount.checked_mul(factor);
        Self {
            low: product(self.low).unwrap_or_default(),
            expected: self.expected.and_then(product),
            high: self.high.and_then(product),
        }
    }
}

impl std::iter::Sum for Range {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::exactly(Decimal::ZERO), Self::plus)
    }
}

/// One line of a bill, for a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What is charged for.
    pub item: PriceItem,
    /// How much of it in a month, in the [unit](PriceItem::unit) of the item.
    pub quantity: Range,
    /// The price; `None` when it is not known.
    pub price: Option<Price>,
    /// Quantity times price.
    pub monthly: Range,
    /// How the quantity was found.
    pub formula: Text,
    /// Why something of it cannot be told.
    pub missing: Vec<Missing>,
}

/// What a figure about usage rests on.
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
pub enum Confidence {
    /// Capacity units as AWS counted them, over two weeks or more.
    Measured,
    /// The same over fewer days: a week end or a month's end may be missing.
    MeasuredBriefly,
    /// Worked out from flows and bytes of each protocol.
    Recomputed,
    /// Usage was not read.
    NoUsage,
}

/// What of an NLB's requests is one API's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The API.
    pub api: ApiRef,
    /// Its stages over the NLB.
    pub stages: Vec<StageName>,
    /// Requests in the time looked at.
    pub requests: u64,
    /// Its part of the monthly cost, by requests.
    pub monthly: Range,
}

/// Whether costs could be told API by API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribution {
    /// They could.
    ByRequests(Vec<Share>),
    /// No API sent a request in the time looked at.
    NoRequests,
    /// They could not, for this reason.
    Unknown(Text),
}

/// What of a stage's integration latency is not the targets' time: that of network, link, NLB and
/// ALB together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// The API.
    pub api: ApiRef,
    /// Its stage over the NLB.
    pub stage: StageName,
    /// How much it is.
    pub added: Added,
}

/// How much time the way to the targets adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// `IntegrationLatency` of the stage less `TargetResponseTime` of the ALB, hour by hour. Neither
    /// is the time of any one request, so it is an indication.
    Measured {
        /// The ALB that every request of the stage reaches.
        alb: LoadBalancerArn,
        /// The median of the hours' differences, in milliseconds. Below zero the two measures
        /// disagree.
        median: Decimal,
        /// In how many hours both were measured; never 0.
        hours: usize,
        /// In how many of them the difference was below zero.
        below_zero: usize,
    },
    /// It could not be told, for this reason.
    Unknown(Text),
}

/// What an NLB costs, and what its going would save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// The currency of every amount.
    pub currency: Currency,
    /// What makes up the cost.
    pub components: Vec<Component>,
    /// A month of it.
    pub monthly_cost: Range,
    /// What a month less costs once what the verdict allows has been done.
    pub monthly_savings: Range,
    /// What a month less would cost if nothing were in the way.
    pub monthly_potential: Range,
    /// Why something of these cannot be told.
    pub missing: Vec<Missing>,
    /// What is not in the figures, in words.
    pub left_out: Vec<Text>,
    /// Once: what the old way costs while both stand, for this many days.
    pub double_running: (u32, Range),
    /// What usage rests on.
    pub confidence: Confidence,
    /// Costs by API.
    pub attribution: Attribution,
    /// What the way to the targets adds to requests, stage by stage.
    pub latency: Vec<Latency>,
}
