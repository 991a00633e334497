//! What holds for every NLB, whatever it uses.

use proptest::prelude::*;
use rust_decimal::Decimal;
use unbridge_cost::prices::PriceTable;
use unbridge_model::elb::{CapacityReservation, Scheme};
use unbridge_model::estimate::{Attribution, Component, Estimate, Missing, PriceItem, Range};
use unbridge_model::finding::Verdict;
use unbridge_model::usage::Measure;

use crate::site::Site;

fn values() -> impl Strategy<Value = Vec<Option<f64>>> {
    proptest::collection::vec(proptest::option::of(-1.0..1e20_f64), 0..100)
}

fn sites() -> impl Strategy<Value = Site> {
    let regions = prop_oneof![
        Just("us-east-1"),
        Just("sa-east-1"),
        Just("us-west-2"),
        Just("cn-north-1")
    ];
    let verdicts = prop_oneof![
        Just(Verdict::Removable),
        Just(Verdict::RemovableIf),
        Just(Verdict::AlreadyDirect),
        Just(Verdict::Rewirable),
        Just(Verdict::Blocked),
        Just(Verdict::NotABridge),
    ];
    let series = proptest::collection::btree_map(
        proptest::sample::select(Measure::OF_NLBS),
        values(),
        0..16,
    );
    let reserved = prop_oneof![
        Just(None),
        Just(Some(CapacityReservation::Nothing)),
        any::<u32>().prop_map(|units| Some(CapacityReservation::Units(units))),
    ];
    (
        regions,
        verdicts,
        any::<bool>(),
        any::<bool>(),
        reserved,
        series,
    )
        .prop_map(|(region, verdict, public, across, reserved, series)| {
            let site = Site::new(region, verdict).lb(|lb| {
                if public {
                    lb.scheme = Some(Scheme::InternetFacing);
                }
                let on = ("load_balancing.cross_zone.enabled".into(), "true".into());
                lb.capacity_reservation = reserved;
                lb.attributes = across.then(|| [on].into());
            });
            let all = series.into_iter();
            all.fold(site, |site, (measure, values)| {
                site.series(measure, &values)
            })
        })
}

fn in_order(range: Range) -> bool {
    let Range {
        low,
        expected,
        high,
    } = range;
    low >= Decimal::ZERO
        && expected.is_none_or(|expected| expected >= low)
        && high.is_none_or(|high| high >= low && expected.is_none_or(|expected| high >= expected))
}

fn at_most(less: Range, more: Range) -> bool {
    let both = |less: Option<Decimal>, more: Option<Decimal>| {
        less.zip(more).is_none_or(|(less, more)| less <= more)
    };
    less.low <= more.low && both(less.expected, more.expected) && both(less.high, more.high)
}

/// What each hour of an NLB had, by protocol: new flows a second, active flows, gigabytes. The first
/// hour has something, so that the NLB is there from it on.
fn hours() -> impl Strategy<Value = Vec<[[f64; 3]; 3]>> {
    let protocol = [0.0..2_000.0_f64, 0.0..200_000.0, 0.0..50.0];
    let busy = [protocol.clone(), protocol.clone(), protocol];
    let quiet = Just([[0.0; 3]; 3]);
    let hours = proptest::collection::vec(prop_oneof![3 => busy.clone(), 1 => quiet], 0..100);
    (busy, hours).prop_map(|(first, hours)| [vec![first], hours].concat())
}

/// Capacity units of an hour, from what AWS says that a unit holds.
fn units(hour: [[f64; 3]; 3]) -> f64 {
    let tcp = [800.0, 100_000.0, 1.0];
    let tls = [50.0, 3_000.0, 1.0];
    let udp = [400.0, 50_000.0, 1.0];
    let of_protocols = hour.iter().zip([tcp, tls, udp]).map(|(had, holds)| {
        let parts = had.iter().zip(holds).map(|(had, holds)| had / holds);
        parts.fold(0.0, f64::max)
    });
    of_protocols.sum()
}

/// The NLB with these measures of each protocol, told as CloudWatch does: no zero, no datapoint.
fn by_protocol(site: Site, hours: &[[[f64; 3]; 3]]) -> Site {
    let measures = [
        [
            Measure::NewFlowCountTcp,
            Measure::ActiveFlowCountTcp,
            Measure::ProcessedBytesTcp,
        ],
        [
            Measure::NewFlowCountTls,
            Measure::ActiveFlowCountTls,
            Measure::ProcessedBytesTls,
        ],
        [
            Measure::NewFlowCountUdp,
            Measure::ActiveFlowCountUdp,
            Measure::ProcessedBytesUdp,
        ],
    ];
    let per_hour = [3600.0, 1.0, 1e9];
    let all = (0..3).flat_map(|protocol| (0..3).map(move |part| (protocol, part)));
    all.fold(site, |site, (protocol, part)| {
        let told = |hour: &[[f64; 3]; 3]| {
            Some(hour[protocol][part] * per_hour[part]).filter(|value| *value > 0.0)
        };
        let values: Vec<_> = hours.iter().map(told).collect();
        site.series(measures[protocol][part], &values)
    })
}

fn capacity(estimate: &Estimate) -> &Component {
    let mut all = estimate.components.iter();
    let found = all.find(|one| one.item == PriceItem::NlcuHour);
    found.expect("capacity units")
}

/// Whether two figures differ by what rounding to a millionth leaves.
fn close(one: Range, other: Range) -> bool {
    let close = |one: Decimal, other: Decimal| (one - other).abs() <= Decimal::new(2, 6);
    let both = [(one.expected, other.expected), (one.high, other.high)];
    close(one.low, other.low)
        && both.iter().all(|(one, other)| match (one, other) {
            (Some(one), Some(other)) => close(*one, *other),
            (one, other) => one == other,
        })
}

proptest! {
    #[test]
    fn savings_never_exceed_cost(site in sites()) {
        let estimate = site.estimate();
        prop_assert!(at_most(estimate.monthly_savings, estimate.monthly_potential));
        prop_assert!(at_most(estimate.monthly_potential, estimate.monthly_cost));
    }

    #[test]
    fn every_figure_lies_between_its_bounds_and_none_is_negative(
        site in sites(),
        requests in proptest::collection::vec(0.0..1e15_f64, 0..4),
    ) {
        let site = requests.iter().enumerate().fold(site, |site, (number, requests)| {
            site.api(&format!("a{number}"), &format!("api-{number}"), Some(*requests))
        });
        let estimate = site.estimate();
        let (_, double_running) = estimate.double_running;
        let mut figures = vec![
            estimate.monthly_cost,
            estimate.monthly_savings,
            estimate.monthly_potential,
            double_running,
        ];
        for one in &estimate.components {
            figures.extend([one.quantity, one.monthly]);
        }
        if let Attribution::ByRequests(shares) = &estimate.attribution {
            figures.extend(shares.iter().map(|share| share.monthly));
        }
        for figure in figures {
            prop_assert!(in_order(figure), "{figure:?}");
        }
    }

    #[test]
    fn the_cost_is_the_sum_of_its_components(site in sites()) {
        let estimate = site.estimate();
        let sum: Range = estimate.components.iter().map(|one| one.monthly).sum();
        prop_assert_eq!(sum, estimate.monthly_cost);
    }

    /// Nor does it change what another one costs.
    #[test]
    fn another_nlb_never_lowers_the_total(
        sites in proptest::collection::vec(sites(), 0..4),
        another in sites(),
    ) {
        let total: Range = sites.iter().map(|site| site.estimate().monthly_cost).sum();
        let with = total.plus(another.estimate().monthly_cost);
        prop_assert!(at_most(total, with), "{total:?} {with:?}");
        prop_assert!(total.expected.is_some() || with.expected.is_none());
        let another = another.called("another");
        for mut site in sites {
            let alone = site.estimate();
            site.facts.load_balancers.extend(another.facts.load_balancers.clone());
            site.facts.usage.extend(another.facts.usage.clone());
            prop_assert_eq!(site.estimate(), alone);
        }
    }

    #[test]
    fn units_worked_out_from_flows_cost_what_units_that_aws_counted_cost(hours in hours()) {
        let site = by_protocol(Site::new("us-east-1", Verdict::Removable), &hours);
        let counted: Vec<_> = hours.iter().map(|hour| Some(units(*hour))).collect();
        let worked_out = site.estimate();
        let counted = site.series(Measure::ConsumedLcus, &counted).estimate();
        let [worked_out, counted] = [&worked_out, &counted].map(capacity);
        prop_assert!(
            close(worked_out.quantity, counted.quantity),
            "{:?} {:?}", worked_out.quantity, counted.quantity
        );
        prop_assert!(close(worked_out.monthly, counted.monthly));
    }

    #[test]
    fn what_cannot_be_told_has_a_reason(site in sites()) {
        let estimate = site.estimate();
        let told = |range: Range| range.expected.is_some() && range.high.is_some();
        let huge = estimate.components.iter().any(|one| one.missing.is_empty() && !told(one.monthly));
        if !told(estimate.monthly_cost) && !huge {
            prop_assert!(!estimate.missing.is_empty());
        }
    }

    #[test]
    fn what_is_not_known_is_never_told_as_an_amount(site in sites()) {
        for one in site.estimate().components {
            let none_of_it = one.quantity == Range::exactly(Decimal::ZERO);
            prop_assert!(
                one.missing.is_empty() || none_of_it || one.monthly.expected.is_none(),
                "{one:?}"
            );
        }
    }

    #[test]
    fn usage_that_was_not_read_leaves_the_cost_open(site in sites()) {
        let read = site.estimate();
        let mut unread = site;
        unread.facts.usage.clear();
        let unread = unread.estimate();
        prop_assert_eq!(unread.monthly_cost.expected, None);
        prop_assert_eq!(unread.monthly_cost.high, None);
        prop_assert!(unread.monthly_cost.low <= read.monthly_cost.low);
        prop_assert!(unread.missing.contains(&Missing::Usage));
    }

    #[test]
    fn without_prices_nothing_has_a_cost(site in sites()) {
        let mut site = site;
        site.prices = PriceTable::empty(site.prices.as_of);
        let estimate = site.estimate();
        prop_assert_eq!(estimate.monthly_cost, Range::unknown());
        for one in &estimate.components {
            let missing = Missing::Price(one.item, site.nlb.region.clone());
            prop_assert!(estimate.missing.contains(&missing));
        }
    }
}
