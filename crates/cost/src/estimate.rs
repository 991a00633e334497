//! What one NLB costs, and what its going would save.
//!
//! Only what really goes away counts as saved. The verdict says what may go; this module does not
//! ask whether it is right.

use rust_decimal::Decimal;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::bearing::Bearing;
use unbridge_model::elb::{LoadBalancer, Scheme};
use unbridge_model::estimate::{
    Component, Confidence, Estimate, HOURS_OF_A_MONTH, Missing, PriceItem, Range,
};
use unbridge_model::finding::{Finding, Verdict};
use unbridge_model::id::Region;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, Usage};

use crate::attribution::attribution;
use crate::capacity::{Hour, Protocol, units};
use crate::prices::{PriceTable, currency_of};
use crate::series::{DAYS_ENOUGH, Month, month, seen, since_first};

/// Days for which both ways are taken to stand before the old one goes.
pub const SOAK_DAYS: u32 = 7;

/// AWS's name of the attribute.
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
/// Bytes of a gigabyte of traffic.
const GB: f64 = 1e9;

/// What an NLB costs a month, and what its going would save, at these prices.
#[must_use]
pub fn estimate(nlb: &NlbAssessment, facts: &RegionFacts, prices: &PriceTable) -> Estimate {
    let usage = facts.usage.get(&Measured::LoadBalancer(nlb.arn.clone()));
    let bill = Bill {
        region: &nlb.region,
        prices,
    };
    let hours = Decimal::from(HOURS_OF_A_MONTH);
    let mut components = vec![bill.component(
        PriceItem::NlbHour,
        Range::exactly(hours),
        format!("1 NLB x {HOURS_OF_A_MONTH} hours"),
    )];
    let (capacity, confidence) = capacity(&bill, usage);
    components.push(capacity);
    let mut left_out = Vec::new();
    if let Some(lb) = facts.load_balancers.get(&nlb.arn) {
        components.extend(addresses(&bill, lb, &mut left_out));
        components.extend(between_zones(&bill, lb, usage, &mut left_out));
    }
    left_out.push(Text::new(
        "capacity reservations, which are billed apart and were not read",
    ));
    let monthly_cost = components.iter().map(|one| one.monthly).sum();
    let saved = |verdict| components.iter().map(|one| saved(one, verdict)).sum();
    let monthly_savings = saved(nlb.verdict);
    let monthly_potential = match nlb.verdict {
        Verdict::Blocked if has_other_users(nlb) => saved(Verdict::Rewirable),
        Verdict::Blocked => saved(Verdict::Removable),
        Verdict::Removable
        | Verdict::RemovableIf
        | Verdict::AlreadyDirect
        | Verdict::Rewirable
        | Verdict::NotABridge => monthly_savings,
    };
    if !matches!(nlb.verdict, Verdict::NotABridge | Verdict::AlreadyDirect) {
        left_out.push(Text::new(
            "bytes between zones from the new link to the ALB: what AWS charges is not documented",
        ));
    }
    let mut missing: Vec<Missing> = components
        .iter()
        .flat_map(|one| one.missing.clone())
        .collect();
    if nlb.verdict == Verdict::Rewirable {
        missing.push(Missing::Share);
    }
    missing.sort();
    missing.dedup();
    let soak = Range::exactly(Decimal::from(24 * SOAK_DAYS));
    Estimate {
        currency: currency_of(&nlb.region),
        double_running: (SOAK_DAYS, bill.amount(PriceItem::NlbHour, soak)),
        attribution: attribution(nlb, facts, monthly_cost),
        components,
        monthly_cost,
        monthly_savings,
        monthly_potential,
        missing,
        left_out,
        confidence,
    }
}

/// Whether something would keep the NLB once nothing blocks its chains any more.
fn has_other_users(nlb: &NlbAssessment) -> bool {
    let mut bearings = nlb.findings.iter().map(Finding::bearing);
    bearings.any(|one| one == Bearing::OtherUser)
}

/// What of a line goes away under a verdict.
fn saved(component: &Component, verdict: Verdict) -> Range {
    let nothing = Range::exactly(Decimal::ZERO);
    match verdict {
        Verdict::Removable | Verdict::RemovableIf | Verdict::AlreadyDirect => component.monthly,
        Verdict::Rewirable => match component.item {
            // The NLB stays, and how much of its traffic is the APIs' cannot be told.
            PriceItem::NlcuHour | PriceItem::InterZoneGb => Range {
                low: Decimal::ZERO,
                expected: None,
                high: component.monthly.high,
            },
            PriceItem::NlbHour | PriceItem::PublicIpv4Hour => nothing,
        },
        Verdict::Blocked | Verdict::NotABridge => nothing,
    }
}

/// Where and at which prices.
struct Bill<'a> {
    region: &'a Region,
    prices: &'a PriceTable,
}

impl Bill<'_> {
    fn component(&self, item: PriceItem, quantity: Range, formula: String) -> Component {
        let price = self.prices.price(item, self.region).cloned();
        let missing = match price {
            Some(_) => Vec::new(),
            None => vec![Missing::Price(item, self.region.clone())],
        };
        Component {
            item,
            quantity,
            monthly: self.amount(item, quantity),
            price,
            formula: Text::from(formula),
            missing,
        }
    }

    fn amount(&self, item: PriceItem, quantity: Range) -> Range {
        match self.prices.price(item, self.region) {
            Some(price) => quantity.times(price.amount),
            // None of it costs nothing, whatever its price.
            None if quantity == Range::exactly(Decimal::ZERO) => quantity,
            None => Range::unknown(),
        }
    }
}

/// The capacity units of a month, and what they rest on.
fn capacity(bill: &Bill<'_>, usage: Option<&Usage>) -> (Component, Confidence) {
    let item = PriceItem::NlcuHour;
    let counted = usage.and_then(|usage| usage.values(Measure::ConsumedLcus));
    let recomputed = usage.and_then(recomputed);
    let (quantity, formula, confidence) = match (counted, recomputed) {
        (Some(counted), recomputed)
            if !counted.is_empty() || recomputed.is_none_or(|[low, _]| low.high == 0.0) =>
        {
            let month = month(&since_first(counted));
            let confidence = if month.days >= DAYS_ENOUGH || counted.is_empty() {
                Confidence::Measured
            } else {
                Confidence::MeasuredBriefly
            };
            let formula = format!(
                "mean of ConsumedLCUs x {HOURS_OF_A_MONTH} hours, {} days; quiet and busy days",
                month.days
            );
            (range(month, month), formula, confidence)
        }
        (_, Some([low, high])) => {
            let formula = format!(
                "flows and bytes of each protocol, {} days; ConsumedLCUs were not there",
                low.days
            );
            (range(low, high), formula, Confidence::Recomputed)
        }
        (_, None) => {
            let mut component =
                bill.component(item, Range::unknown(), "usage was not read".to_owned());
            component.missing.push(Missing::Usage);
            return (component, Confidence::NoUsage);
        }
    };
    (bill.component(item, quantity, formula), confidence)
}

fn range(low: Month, high: Month) -> Range {
    let expected = (low == high).then_some(low.expected);
    Range {
        low: decimal(low.low).unwrap_or_default(),
        expected: expected.and_then(decimal),
        high: decimal(high.high),
    }
}

/// A quantity, to a millionth; `None` when it is too large for one.
fn decimal(quantity: f64) -> Option<Decimal> {
    Some(Decimal::try_from(quantity).ok()?.round_dp(6))
}

/// Capacity units from what passed: at least and at most; `None` when that was not read.
fn recomputed(usage: &Usage) -> Option<[Month; 2]> {
    let by_protocol: Option<Vec<Vec<f64>>> = Protocol::ALL
        .into_iter()
        .map(|protocol| hours(usage, protocol, measures(protocol)))
        .collect();
    if let Some(all) = by_protocol {
        let length = all.iter().map(Vec::len).max().unwrap_or_default();
        let sum = |hour: usize| all.iter().filter_map(|hours| hours.get(hour)).sum();
        let month = month(&(0..length).map(sum).collect::<Vec<f64>>());
        return Some([month, month]);
    }
    // Without protocols it may be anything from TCP alone to TLS alone.
    let total = [
        Measure::NewFlowCount,
        Measure::ActiveFlowCount,
        Measure::ProcessedBytes,
    ];
    let [low, high] = [Protocol::Tcp, Protocol::Tls].map(|protocol| hours(usage, protocol, total));
    Some([month(&low?), month(&high?)])
}

fn measures(protocol: Protocol) -> [Measure; 3] {
    match protocol {
        Protocol::Tcp => [
            Measure::NewFlowCountTcp,
            Measure::ActiveFlowCountTcp,
            Measure::ProcessedBytesTcp,
        ],
        Protocol::Tls => [
            Measure::NewFlowCountTls,
            Measure::ActiveFlowCountTls,
            Measure::ProcessedBytesTls,
        ],
        Protocol::Udp => [
            Measure::NewFlowCountUdp,
            Measure::ActiveFlowCountUdp,
            Measure::ProcessedBytesUdp,
        ],
    }
}

/// Units, hour by hour, of what these measures say of one protocol.
fn hours(
    usage: &Usage,
    protocol: Protocol,
    [new, active, bytes]: [Measure; 3],
) -> Option<Vec<f64>> {
    let [new, active, bytes] = [
        usage.values(new)?,
        usage.values(active)?,
        usage.values(bytes)?,
    ];
    let length = new.len().max(active.len()).max(bytes.len());
    let at = |values: &[Option<f64>], hour: usize| seen(values.get(hour).copied().flatten());
    let hours = (0..length).map(|hour| {
        let hour = Hour {
            new_flows: at(new, hour),
            active_flows: at(active, hour),
            bytes: at(bytes, hour),
        };
        units(protocol, hour)
    });
    Some(hours.collect())
}

/// Public addresses that AWS owns. Elastic ones outlive the NLB.
fn addresses(bill: &Bill<'_>, lb: &LoadBalancer, left_out: &mut Vec<Text>) -> Option<Component> {
    if lb.scheme != Some(Scheme::InternetFacing) {
        return None;
    }
    let chosen: usize = lb
        .zones
        .iter()
        .map(|zone| zone.chosen_addresses.len())
        .sum();
    if chosen > 0 {
        left_out.push(Text::from(format!(
            "{chosen} elastic addresses: they stay, and stay billed, until somebody releases them"
        )));
    }
    let owned = lb
        .zones
        .iter()
        .filter(|zone| zone.chosen_addresses.is_empty())
        .count();
    let hours = Decimal::from(owned) * Decimal::from(HOURS_OF_A_MONTH);
    (owned > 0).then(|| {
        let formula = format!("{owned} public addresses of AWS x {HOURS_OF_A_MONTH} hours");
        bill.component(PriceItem::PublicIpv4Hour, Range::exactly(hours), formula)
    })
}

/// Bytes between zones, which are charged when an NLB sends to other zones than its own.
fn between_zones(
    bill: &Bill<'_>,
    lb: &LoadBalancer,
    usage: Option<&Usage>,
    left_out: &mut Vec<Text>,
) -> Option<Component> {
    let Some(attributes) = &lb.attributes else {
        left_out.push(Text::new(
            "bytes between zones: whether the NLB sends across zones was not read",
        ));
        return None;
    };
    let on = attributes.get(CROSS_ZONE).is_some_and(|on| *on == *"true");
    if !on || lb.zones.len() < 2 {
        return None;
    }
    let item = PriceItem::InterZoneGb;
    let bytes = usage.and_then(|usage| usage.values(Measure::ProcessedBytes));
    let Some(bytes) = bytes else {
        let mut component =
            bill.component(item, Range::unknown(), "bytes were not read".to_owned());
        component.missing.push(Missing::Usage);
        return Some(component);
    };
    let hours: Vec<f64> = bytes.iter().map(|value| seen(*value)).collect();
    let month = month(&hours);
    let zones = u32::try_from(lb.zones.len()).unwrap_or(u32::MAX);
    let across = (f64::from(zones) - 1.0) / f64::from(zones) / GB;
    let quantity = Range {
        // Clients and targets may happen to stand in the same zones.
        low: Decimal::ZERO,
        expected: decimal(month.expected * across),
        // Charged on either side.
        high: decimal(month.high * 2.0 * across),
    };
    let formula = format!("ProcessedBytes of a month x {} of {zones} zones", zones - 1);
    Some(bill.component(item, quantity, formula))
}
