//! What one NLB costs, and what its going would save.
//!
//! Only what really goes away counts as saved. The verdict says what may go; this module does not
//! ask whether it is right.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::bearing::Bearing;
use unbridge_model::elb::{
    CapacityReservation, LoadBalancer, LoadBalancerZone, Scheme, TargetGroup,
};
use unbridge_model::estimate::{
    Component, Confidence, Estimate, HOURS_OF_A_MONTH, Missing, PriceItem, Range,
};
use unbridge_model::finding::{Finding, Verdict};
use unbridge_model::id::{LoadBalancerArn, Region};
use unbridge_model::snapshot::Snapshot;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, Usage};

use crate::attribution::attribution;
use crate::capacity::{Hour, Protocol, units};
use crate::indexed::Indexed;
use crate::latency::latency;
use crate::prices::{PriceTable, currency_of};
use crate::series::{DAYS_ENOUGH, Month, month, seen, since_first};

/// Days for which both ways are taken to stand before the old one goes.
pub const SOAK_DAYS: u32 = 7;

/// AWS's name of the attribute.
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
/// Bytes of a gigabyte of traffic.
const GB: f64 = 1e9;

/// What every NLB of a snapshot costs a month, and what its going would save, at these prices.
#[must_use]
pub fn estimates(
    assessment: &Assessment,
    snapshot: &Snapshot,
    prices: &PriceTable,
) -> BTreeMap<LoadBalancerArn, Estimate> {
    let regions = snapshot.regions.iter();
    let regions: BTreeMap<&Region, Indexed<'_>> = regions
        .map(|(region, facts)| (region, Indexed::new(facts)))
        .collect();
    let nlbs = assessment.nlbs.iter();
    let of = |nlb: &NlbAssessment| {
        let facts = regions.get(&nlb.region)?;
        Some((nlb.arn.clone(), estimate(nlb, facts, prices)))
    };
    nlbs.filter_map(of).collect()
}

/// What an NLB costs a month, and what its going would save, at these prices.
#[must_use]
pub fn estimate(nlb: &NlbAssessment, facts: &Indexed<'_>, prices: &PriceTable) -> Estimate {
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
    let lb = facts.load_balancers.get(&nlb.arn);
    let (mut capacity, confidence) = capacity(&bill, usage);
    if let Some(CapacityReservation::Units(_)) = lb.and_then(|lb| lb.capacity_reservation) {
        below_reservation(&mut capacity);
    }
    components.push(capacity);
    let mut left_out = Vec::new();
    if let Some(lb) = lb {
        components.extend(addresses(&bill, lb, &mut left_out));
        components.extend(between_zones(&bill, lb, facts, usage));
    }
    match lb.and_then(|lb| lb.capacity_reservation) {
        Some(CapacityReservation::Nothing) => {}
        Some(CapacityReservation::Units(units)) => {
            components.push(reserved(&bill, units));
        }
        None => left_out.push(Text::new(
            "capacity reservations, which are billed apart and were not read",
        )),
    }
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
    let shared = match nlb.verdict {
        Verdict::Rewirable => true,
        Verdict::Blocked => has_other_users(nlb),
        Verdict::Removable
        | Verdict::RemovableIf
        | Verdict::AlreadyDirect
        | Verdict::NotABridge => false,
    };
    missing.extend(shared.then_some(Missing::Share));
    missing.sort();
    missing.dedup();
    // Where nothing moves, or the NLB stays anyway, nothing runs twice.
    let soak = match (nlb.verdict, shared) {
        (Verdict::AlreadyDirect | Verdict::NotABridge, _) | (_, true) => 0,
        _ => 24 * SOAK_DAYS,
    };
    let soak = Range::exactly(Decimal::from(soak));
    Estimate {
        currency: currency_of(&nlb.region),
        double_running: (SOAK_DAYS, bill.amount(PriceItem::NlbHour, soak)),
        attribution: attribution(nlb, facts, monthly_cost),
        latency: latency(nlb, facts),
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
            PriceItem::NlbHour | PriceItem::ReservedNlcuHour | PriceItem::PublicIpv4Hour => nothing,
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

    /// A line of which nothing is known, for this reason.
    fn unknown(&self, item: PriceItem, why: Missing) -> Component {
        let mut component = self.component(item, Range::unknown(), why.to_string());
        component.missing.push(why);
        component
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
            if !counted.is_empty() || recomputed.is_some_and(|[_, high]| high.high == 0.0) =>
        {
            let month = month(&since_first(counted));
            let days = recomputed.map_or(month.days, |[low, _]| low.days.max(month.days));
            let confidence = if days >= DAYS_ENOUGH {
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
            let mut component = bill.component(item, range(low, high), formula);
            if low != high {
                component.missing.push(Missing::Protocols);
            }
            return (component, Confidence::Recomputed);
        }
        (_, None) => {
            return (bill.unknown(item, Missing::Usage), Confidence::NoUsage);
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
    let begun = begun(usage);
    let at = |values: &[Option<f64>], hour: usize| seen(values.get(hour).copied().flatten());
    let hours = (begun.min(length)..length).map(|hour| {
        let hour = Hour {
            new_flows: at(new, hour),
            active_flows: at(active, hour),
            bytes: at(bytes, hour),
        };
        units(protocol, hour)
    });
    Some(hours.collect())
}

/// The first hour with a datapoint in any series: before it the NLB did not exist, as far as can be
/// told.
fn begun(usage: &Usage) -> usize {
    let first = |values: &Vec<Option<f64>>| values.iter().position(Option::is_some);
    usage.series.values().filter_map(first).min().unwrap_or(0)
}

/// Units that are paid for whether they are used or not.
fn reserved(bill: &Bill<'_>, units: u32) -> Component {
    let hours = Decimal::from(units) * Decimal::from(HOURS_OF_A_MONTH);
    let formula = format!("{units} reserved units x {HOURS_OF_A_MONTH} hours");
    bill.component(PriceItem::ReservedNlcuHour, Range::exactly(hours), formula)
}

/// Which of the units in use a reservation covers is not documented: perhaps all, perhaps none.
fn below_reservation(capacity: &mut Component) {
    for figure in [&mut capacity.quantity, &mut capacity.monthly] {
        figure.low = Decimal::ZERO;
        // Where nothing is used, nothing is left to cover.
        figure.expected = figure.expected.filter(Decimal::is_zero);
    }
    capacity.formula = Text::from(format!(
        "{}; which of them the reservation covers is not documented",
        capacity.formula
    ));
}

/// Public addresses that AWS owns. Elastic ones outlive the NLB.
fn addresses(bill: &Bill<'_>, lb: &LoadBalancer, left_out: &mut Vec<Text>) -> Option<Component> {
    match lb.scheme {
        Some(Scheme::InternetFacing) => {}
        Some(Scheme::Internal) => return None,
        None => return Some(bill.unknown(PriceItem::PublicIpv4Hour, Missing::Settings)),
    }
    let elastic = |zone: &&LoadBalancerZone| {
        let mut chosen = zone.chosen_addresses.iter();
        chosen.any(|address| address.starts_with("eipalloc-"))
    };
    let chosen = lb.zones.iter().filter(elastic).count();
    if chosen > 0 {
        left_out.push(Text::from(format!(
            "{chosen} elastic addresses: they stay, and stay billed, until somebody releases them"
        )));
    }
    let owned = lb.zones.len() - chosen;
    let hours = Decimal::from(owned) * Decimal::from(HOURS_OF_A_MONTH);
    (owned > 0).then(|| {
        let formula = format!("{owned} public addresses of AWS x {HOURS_OF_A_MONTH} hours");
        bill.component(PriceItem::PublicIpv4Hour, Range::exactly(hours), formula)
    })
}

/// Whether it sends to other zones than its own; `None` when that was not read. A target group may
/// say otherwise than its NLB.
fn crosses_zones(lb: &LoadBalancer, facts: &Indexed<'_>) -> Option<bool> {
    let own = lb.attributes.as_ref()?.get(CROSS_ZONE);
    let own = own.is_some_and(|on| *on == *"true");
    let says = |group: &&TargetGroup| {
        let attributes = group.attributes.as_ref()?;
        Some(match attributes.get(CROSS_ZONE).map(Text::as_str) {
            Some("true") => true,
            Some("false") => false,
            Some(_) | None => own,
        })
    };
    let told: Vec<Option<bool>> = facts.groups(&lb.arn).iter().map(says).collect();
    if told.is_empty() {
        return Some(own);
    }
    if told.contains(&Some(true)) {
        return Some(true);
    }
    (!told.contains(&None)).then_some(false)
}

/// Bytes between zones, which are charged when an NLB sends to other zones than its own.
fn between_zones(
    bill: &Bill<'_>,
    lb: &LoadBalancer,
    facts: &Indexed<'_>,
    usage: Option<&Usage>,
) -> Option<Component> {
    let item = PriceItem::InterZoneGb;
    if lb.zones.len() < 2 {
        return None;
    }
    match crosses_zones(lb, facts) {
        Some(true) => {}
        Some(false) => return None,
        None => return Some(bill.unknown(item, Missing::Settings)),
    }
    let bytes =
        usage.and_then(|usage| Some((begun(usage), usage.values(Measure::ProcessedBytes)?)));
    let Some((begun, bytes)) = bytes else {
        return Some(bill.unknown(item, Missing::Usage));
    };
    let since = bytes.get(begun..).unwrap_or_default();
    let hours: Vec<f64> = since.iter().map(|value| seen(*value)).collect();
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
