//! What holds for every NLB, whatever it uses.

use proptest::prelude::*;
use rust_decimal::Decimal;
use unbridge_model::elb::Scheme;
use unbridge_model::estimate::Range;
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
    (regions, verdicts, any::<bool>(), any::<bool>(), series).prop_map(
        |(region, verdict, public, across, series)| {
            let site = Site::new(region, verdict).lb(|lb| {
                if public {
                    lb.scheme = Some(Scheme::InternetFacing);
                }
                let on = ("load_balancing.cross_zone.enabled".into(), "true".into());
                lb.attributes = across.then(|| [on].into());
            });
            let all = series.into_iter();
            all.fold(site, |site, (measure, values)| {
                site.series(measure, &values)
            })
        },
    )
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

proptest! {
    #[test]
    fn savings_never_exceed_cost(site in sites()) {
        let estimate = site.estimate();
        prop_assert!(in_order(estimate.monthly_cost), "{:?}", estimate.monthly_cost);
        prop_assert!(in_order(estimate.monthly_savings));
        prop_assert!(at_most(estimate.monthly_savings, estimate.monthly_potential));
        prop_assert!(at_most(estimate.monthly_potential, estimate.monthly_cost));
    }

    #[test]
    fn the_cost_is_the_sum_of_its_components(site in sites()) {
        let estimate = site.estimate();
        let sum: Range = estimate.components.iter().map(|one| one.monthly).sum();
        prop_assert_eq!(sum, estimate.monthly_cost);
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
}
