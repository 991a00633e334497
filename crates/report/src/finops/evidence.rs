//! What makes up the cost of each bridge, a row a component, in the columns of FOCUS 1.2. The rows
//! add up to the monthly cost of all bridges.
//!
//! | Column | Filled with |
//! |---|---|
//! | `BillingAccountId` | Empty: who pays is not in a scan. |
//! | `SubAccountId`, `RegionId` | The NLB's account and region. |
//! | `ProviderName` | `AWS`. |
//! | `ServiceCategory` | `Networking`. |
//! | `ServiceName` | `Elastic Load Balancing`; for public addresses `Amazon Virtual Private Cloud`; empty for bytes between zones, which AWS does not say where it bills. |
//! | `ResourceId`, `ResourceName`, `ResourceType` | The NLB's ARN and name; `NetworkLoadBalancer`. AWS bills addresses and bytes under ids of their own. |
//! | `ChargeCategory`, `ChargeFrequency`, `PricingCategory` | `Usage`, `Usage-Based`, `Standard`. |
//! | `ChargeClass` | Empty, as FOCUS has it for what corrects nothing. |
//! | `ChargeDescription` | In words, with the NLB's name. |
//! | `ChargePeriodStart`, `ChargePeriodEnd` | The 730 hours that begin with the scan: the month that the estimate is for. |
//! | `PricingQuantity`, `PricingUnit` | How much of it in such a month, as expected. |
//! | `ListUnitPrice`, `ListCost` | The price of a unit, and a month of it, as expected. |
//! | `BillingCurrency`, `PricingCurrency` | The currency of the region. |
//! | `ContractedCost`, `EffectiveCost`, `BilledCost` | Empty: this is no bill, and discounts are not read. |
//! | `SkuId`, `SkuPriceId` | Empty: the price table does not keep them. |
//! | `Tags` | The NLB's, as a JSON object; empty when they were not read. |
//!
//! Other columns of FOCUS are left out.

use jiff::{SignedDuration, Timestamp};
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::{Component, Estimate, HOURS_OF_A_MONTH, PriceItem};

use super::bridge::Bridge;
use super::recommendation::RESOURCE_TYPE;
use super::table::{AboutNlb, Column, Value};
use crate::cells::{low, missing};

/// A component of what a bridge costs.
pub(super) struct Evidence<'b> {
    bridge: &'b Bridge<'b>,
    estimate: &'b Estimate,
    component: &'b Component,
}

impl<'b> Evidence<'b> {
    /// The components of a bridge; none when nobody worked out its costs.
    pub(super) fn of(bridge: &'b Bridge<'b>) -> impl Iterator<Item = Self> {
        bridge.estimate.into_iter().flat_map(move |estimate| {
            let components = estimate.components.iter();
            components.map(move |component| Self {
                bridge,
                estimate,
                component,
            })
        })
    }

    fn period_end(&self) -> Option<Timestamp> {
        let month = SignedDuration::from_hours(HOURS_OF_A_MONTH.into());
        self.bridge.scanned?.checked_add(month).ok()
    }

    fn description(&self) -> String {
        let what = charge(self.component.item).what;
        format!(
            "Estimate, not a bill: {what} of NLB {}",
            self.bridge.nlb.name
        )
    }
}

impl AboutNlb for Evidence<'_> {
    fn nlb(&self) -> &NlbAssessment {
        self.bridge.nlb
    }
}

/// The columns of FOCUS, then our own.
pub(super) fn columns<'b>() -> Vec<Column<Evidence<'b>>> {
    let mut columns = about_the_resource();
    columns.extend(about_the_charge());
    columns.extend(our_own());
    columns
}

fn about_the_resource<'b>() -> Vec<Column<Evidence<'b>>> {
    use Value::Text;
    let column = Column::new;
    vec![
        column("BillingAccountId", Text(|_| None)),
        column(
            "SubAccountId",
            Text(|of| Some(of.nlb().account.to_string())),
        ),
        column("RegionId", Text(|of| Some(of.nlb().region.to_string()))),
        column("ProviderName", Text(|_| Some("AWS".to_owned()))),
        column("ServiceCategory", Text(|_| Some("Networking".to_owned()))),
        column(
            "ServiceName",
            Text(|of| Some(charge(of.component.item).service?.to_owned())),
        ),
        column("ResourceId", Text(|of| Some(of.nlb().arn.to_string()))),
        column("ResourceName", Text(|of| Some(of.nlb().name.to_string()))),
        column("ResourceType", Text(|_| Some(RESOURCE_TYPE.to_owned()))),
        column("Tags", Text(|of| of.bridge.tags.clone())),
    ]
}

fn about_the_charge<'b>() -> Vec<Column<Evidence<'b>>> {
    use Value::{Amount, Moment, Text};
    let column = Column::new;
    vec![
        column("ChargeCategory", Text(|_| Some("Usage".to_owned()))),
        column("ChargeClass", Text(|_| None)),
        column("ChargeDescription", Text(|of| Some(of.description()))),
        column("ChargeFrequency", Text(|_| Some("Usage-Based".to_owned()))),
        column("ChargePeriodStart", Moment(|of| of.bridge.scanned)),
        column("ChargePeriodEnd", Moment(|of| of.period_end())),
        column("PricingCategory", Text(|_| Some("Standard".to_owned()))),
        column(
            "PricingQuantity",
            Amount(|of| of.component.quantity.expected),
        ),
        column(
            "PricingUnit",
            Text(|of| Some(charge(of.component.item).unit.to_owned())),
        ),
        column(
            "ListUnitPrice",
            Amount(|of| Some(of.component.price.as_ref()?.amount)),
        ),
        column("ListCost", Amount(|of| of.component.monthly.expected)),
        column("ContractedCost", Amount(|_| None)),
        column("EffectiveCost", Amount(|_| None)),
        column("BilledCost", Amount(|_| None)),
        column(
            "BillingCurrency",
            Text(|of| Some(of.estimate.currency.to_string())),
        ),
        column(
            "PricingCurrency",
            Text(|of| Some(of.estimate.currency.to_string())),
        ),
        column("SkuId", Text(|_| None)),
        column("SkuPriceId", Text(|_| None)),
    ]
}

fn our_own<'b>() -> Vec<Column<Evidence<'b>>> {
    use Value::{Amount, Count, Text, Truth};
    let column = Column::new;
    vec![
        column("x_item", Text(|of| Some(of.component.item.to_string()))),
        column("x_quantity_low", Amount(|of| low(of.component.quantity))),
        column("x_quantity_high", Amount(|of| of.component.quantity.high)),
        column("x_list_cost_low", Amount(|of| low(of.component.monthly))),
        column("x_list_cost_high", Amount(|of| of.component.monthly.high)),
        column(
            "x_formula",
            Text(|of| Some(of.component.formula.to_string())),
        ),
        column(
            "x_price_source",
            Text(|of| Some(of.component.price.as_ref()?.source.to_string())),
        ),
        column("x_prices_as_of", Text(|of| of.bridge.prices_as_of())),
        column("x_missing", Text(|of| missing(&of.component.missing))),
        column(
            "x_confidence",
            Text(|of| Some(of.estimate.confidence.to_string())),
        ),
        column("x_verdict", Text(|of| Some(of.nlb().verdict.to_string()))),
        column("x_gaps", Count(|of| of.bridge.gaps)),
        column(
            "x_scan_complete",
            Truth(|of| Some(of.bridge.view.assessment.is_complete())),
        ),
        column("x_narrowed_by", Text(|of| of.bridge.narrowed_by())),
    ]
}

/// What FOCUS wants to know of an item.
struct Charge {
    service: Option<&'static str>,
    /// In the unit format of FOCUS.
    unit: &'static str,
    what: &'static str,
}

fn charge(item: PriceItem) -> Charge {
    let (service, unit, what) = match item {
        PriceItem::NlbHour => (Some("Elastic Load Balancing"), "Hours", "hours"),
        PriceItem::NlcuHour => (
            Some("Elastic Load Balancing"),
            "NLCU-Hours",
            "capacity units",
        ),
        PriceItem::ReservedNlcuHour => (
            Some("Elastic Load Balancing"),
            "NLCU-Hours",
            "reserved capacity units",
        ),
        PriceItem::PublicIpv4Hour => (
            Some("Amazon Virtual Private Cloud"),
            "Address-Hours",
            "public IPv4 addresses",
        ),
        PriceItem::InterZoneGb => (None, "GB", "bytes between zones"),
    };
    Charge {
        service,
        unit,
        what,
    }
}
