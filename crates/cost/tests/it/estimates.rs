//! Figures that a person has worked out.

use rust_decimal::Decimal;
use unbridge_model::assessment::SeenIn;
use unbridge_model::elb::{CapacityReservation, Scheme};
use unbridge_model::estimate::{
    Attribution, Component, Confidence, Currency, Estimate, Missing, PriceItem, Range,
};
use unbridge_model::finding::{Finding, Verdict};
use unbridge_model::text::Text;
use unbridge_model::usage::Measure;

use crate::site::Site;

fn amount(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn line(estimate: &Estimate, item: PriceItem) -> Option<&Component> {
    estimate.components.iter().find(|one| one.item == item)
}

fn check(range: Range, low: &str, expected: &str, high: &str) {
    let [low, expected, high] = [low, expected, high].map(amount);
    let known = Range {
        low,
        expected: Some(expected),
        high: Some(high),
    };
    assert_eq!(range, known);
}

fn exactly(range: Range, expected: &str) {
    check(range, expected, expected, expected);
}

/// 730 h x 0.0225 USD = 16.425 USD; 0.5 units x 730 h x 0.006 USD = 2.19 USD.
#[test]
fn a_steady_bridge_in_virginia() {
    let site = Site::new("us-east-1", Verdict::Removable).level(Measure::ConsumedLcus, 0.5);
    let estimate = site.estimate();
    assert_eq!(estimate.currency, Currency::Usd);
    let hours = line(&estimate, PriceItem::NlbHour).expect("hours");
    exactly(hours.monthly, "16.425");
    let units = line(&estimate, PriceItem::NlcuHour).expect("units");
    exactly(units.quantity, "365");
    exactly(units.monthly, "2.190");
    exactly(estimate.monthly_cost, "18.615");
    exactly(estimate.monthly_savings, "18.615");
    assert_eq!(estimate.missing, []);
    assert_eq!(estimate.confidence, Confidence::Measured);
    // 7 days x 24 h x 0.0225 USD.
    let (days, double) = estimate.double_running;
    assert_eq!(days, 7);
    exactly(double, "3.78");
}

/// Ten days, of 0.1 to 1 units: the quiet day has 0.1, the busy one 0.9, the mean is 0.55. Times
/// 730 h x 0.006 USD: 0.438, 2.409, 3.942 USD.
#[test]
fn quiet_and_busy_days_make_a_range() {
    let hours: Vec<Option<f64>> = (1..=10)
        .flat_map(|tenths| [Some(f64::from(tenths) / 10.0); 24])
        .collect();
    let site = Site::new("eu-west-1", Verdict::Removable).series(Measure::ConsumedLcus, &hours);
    let estimate = site.estimate();
    let units = line(&estimate, PriceItem::NlcuHour).expect("units");
    check(units.monthly, "0.438", "2.409", "3.942");
    assert_eq!(estimate.confidence, Confidence::MeasuredBriefly);
}

#[test]
fn no_datapoint_is_no_use_and_a_series_that_is_not_there_is_unknown() {
    let site = Site::new("us-east-1", Verdict::Removable);
    let silent = [
        Measure::ConsumedLcus,
        Measure::NewFlowCount,
        Measure::ActiveFlowCount,
        Measure::ProcessedBytes,
    ];
    let silent = silent
        .iter()
        .fold(site.clone(), |site, one| site.series(*one, &[]));
    let silent = silent.estimate();
    exactly(silent.monthly_cost, "16.425");
    let unread = site.estimate();
    assert_eq!(unread.missing, [Missing::Usage]);
    assert_eq!(unread.confidence, Confidence::NoUsage);
    let at_least = Range {
        low: amount("16.425"),
        expected: None,
        high: None,
    };
    assert_eq!(unread.monthly_cost, at_least);
    assert_eq!(unread.monthly_savings, at_least);
}

/// Without ConsumedLCUs: TLS at 25 new flows a second takes 0.5 units, TCP at 0.3 GB an hour 0.3;
/// protocols are added: 0.8 x 730 h x 0.006 USD = 3.504 USD.
#[test]
fn units_are_worked_out_from_flows_and_bytes_of_each_protocol() {
    let silent = |site: Site, measures: &[Measure]| {
        measures
            .iter()
            .fold(site, |site, one| site.series(*one, &[]))
    };
    let site = Site::new("us-east-1", Verdict::Removable)
        .level(Measure::NewFlowCountTls, 25.0 * 3600.0)
        .level(Measure::ProcessedBytesTcp, 0.3e9);
    let rest = [
        Measure::ActiveFlowCountTls,
        Measure::ProcessedBytesTls,
        Measure::NewFlowCountTcp,
        Measure::ActiveFlowCountTcp,
        Measure::NewFlowCountUdp,
        Measure::ActiveFlowCountUdp,
        Measure::ProcessedBytesUdp,
    ];
    let site = silent(site, &rest);
    let estimate = site.estimate();
    let units = line(&estimate, PriceItem::NlcuHour).expect("units");
    exactly(units.monthly, "3.504");
    assert_eq!(estimate.confidence, Confidence::Recomputed);
    // Units that AWS counted are better.
    let counted = site.level(Measure::ConsumedLcus, 1.0).estimate();
    let units = line(&counted, PriceItem::NlcuHour).expect("units");
    exactly(units.monthly, "4.380");
}

/// 25 new flows a second are 0.03125 units as TCP and 0.5 as TLS.
#[test]
fn without_protocols_units_lie_between_all_tcp_and_all_tls() {
    let site = Site::new("us-east-1", Verdict::Removable)
        .level(Measure::NewFlowCount, 25.0 * 3600.0)
        .series(Measure::ActiveFlowCount, &[])
        .series(Measure::ProcessedBytes, &[]);
    let estimate = site.estimate();
    let units = line(&estimate, PriceItem::NlcuHour).expect("units");
    let between = Range {
        low: amount("22.8125"),
        expected: None,
        high: Some(amount("365")),
    };
    assert_eq!(units.quantity, between);
}

#[test]
fn what_stays_is_not_saved() {
    let of = |verdict| {
        let site = Site::new("us-east-1", verdict).level(Measure::ConsumedLcus, 0.5);
        site.estimate()
    };
    let blocked = of(Verdict::Blocked);
    exactly(blocked.monthly_savings, "0");
    exactly(blocked.monthly_potential, "18.615");
    let rewirable = of(Verdict::Rewirable);
    let units_at_most = Range {
        low: Decimal::ZERO,
        expected: None,
        high: Some(amount("2.190")),
    };
    assert_eq!(rewirable.monthly_savings, units_at_most);
    assert_eq!(rewirable.missing, [Missing::Share]);
    let none = of(Verdict::NotABridge);
    exactly(none.monthly_savings, "0");
    exactly(none.monthly_potential, "0");
    exactly(none.monthly_cost, "18.615");
    exactly(of(Verdict::AlreadyDirect).monthly_savings, "18.615");
}

#[test]
fn a_blocked_nlb_with_other_users_could_save_capacity_units_at_most() {
    let mut site = Site::new("us-east-1", Verdict::Blocked).level(Measure::ConsumedLcus, 0.5);
    site.nlb.findings.push(Finding::StaticAddresses {
        addresses: Vec::new(),
    });
    let estimate = site.estimate();
    exactly(estimate.monthly_savings, "0");
    assert_eq!(estimate.monthly_potential.high, Some(amount("2.190")));
    assert_eq!(estimate.monthly_potential.low, Decimal::ZERO);
}

/// H22: elastic addresses outlive the NLB. 2 x 730 h x 0.005 USD = 7.3 USD are AWS's own.
#[test]
fn public_addresses_count_where_aws_owns_them_h22() {
    let site = Site::new("us-east-1", Verdict::RemovableIf)
        .level(Measure::ConsumedLcus, 0.0)
        .lb(|lb| {
            lb.scheme = Some(Scheme::InternetFacing);
            lb.zones[0].chosen_addresses = vec![Text::new("eipalloc-1")];
        });
    let estimate = site.estimate();
    let addresses = line(&estimate, PriceItem::PublicIpv4Hour).expect("addresses");
    exactly(addresses.monthly, "7.300");
    assert!(
        estimate
            .left_out
            .iter()
            .any(|text| text.contains("1 elastic"))
    );
    let all = site.lb(|lb| {
        for zone in &mut lb.zones {
            zone.chosen_addresses = vec![Text::new("eipalloc-1")];
        }
    });
    assert_eq!(line(&all.estimate(), PriceItem::PublicIpv4Hour), None);
    let internal = Site::new("us-east-1", Verdict::Removable).estimate();
    assert_eq!(line(&internal, PriceItem::PublicIpv4Hour), None);
}

/// H22: 10 x 730 h of reserved units, of a price that nobody sourced; the two units in use are
/// perhaps covered, perhaps not: at most 2 x 730 h x 0.006 USD = 8.76 USD.
#[test]
fn reserved_capacity_is_a_line_of_its_own_and_its_price_is_unknown_h22() {
    let site = |verdict, reserved| {
        Site::new("us-east-1", verdict)
            .level(Measure::ConsumedLcus, 2.0)
            .lb(|lb| lb.capacity_reservation = reserved)
    };
    let ten = Some(CapacityReservation::Units(10));
    let estimate = site(Verdict::Removable, ten).estimate();
    let units = line(&estimate, PriceItem::ReservedNlcuHour).expect("reserved units");
    exactly(units.quantity, "7300");
    assert_eq!(units.monthly, Range::unknown());
    let used = line(&estimate, PriceItem::NlcuHour).expect("units");
    assert_eq!(used.monthly.low, Decimal::ZERO);
    assert_eq!(used.monthly.high, Some(amount("8.760")));
    assert_eq!(estimate.monthly_cost.low, amount("16.425"));
    assert_eq!(estimate.monthly_cost.high, None);
    let region = site(Verdict::Removable, ten).nlb.region;
    let missing = Missing::Price(PriceItem::ReservedNlcuHour, region);
    assert_eq!(estimate.missing, [missing]);

    let not_read = |estimate: &Estimate| {
        let mut texts = estimate.left_out.iter();
        texts.any(|text| text.contains("capacity reservations"))
    };
    assert!(!not_read(&estimate));
    let none = site(Verdict::Removable, Some(CapacityReservation::Nothing)).estimate();
    assert_eq!(line(&none, PriceItem::ReservedNlcuHour), None);
    assert!(!not_read(&none));
    exactly(none.monthly_cost, "25.185");
    assert!(not_read(&site(Verdict::Removable, None).estimate()));

    // The NLB stays, and what is reserved for it with it.
    let stays = site(Verdict::Rewirable, ten).estimate();
    assert_eq!(stays.monthly_savings.low, Decimal::ZERO);
    assert_eq!(stays.monthly_savings.high, Some(amount("8.760")));
}

/// 3 GB an hour over three zones: two thirds cross, 1460 GB; charged on one side or on both.
#[test]
fn bytes_between_zones_count_when_the_nlb_crosses_them() {
    let site = Site::new("us-east-1", Verdict::Removable)
        .level(Measure::ConsumedLcus, 3.0)
        .level(Measure::ProcessedBytes, 3e9)
        .lb(|lb| {
            let on = (
                Text::new("load_balancing.cross_zone.enabled"),
                Text::new("true"),
            );
            lb.attributes = Some([on].into());
        });
    let estimate = site.estimate();
    let across = line(&estimate, PriceItem::InterZoneGb).expect("bytes");
    check(across.quantity, "0", "1460", "2920");
    // Nobody sourced that price: the sum is at least what is known.
    assert_eq!(
        estimate.monthly_cost.low,
        amount("16.425") + amount("13.140")
    );
    assert_eq!(estimate.monthly_cost.expected, None);
    let missing = Missing::Price(PriceItem::InterZoneGb, site.nlb.region.clone());
    assert_eq!(estimate.missing, [missing]);
    let off = site.lb(|lb| lb.attributes = Some(std::collections::BTreeMap::new()));
    assert_eq!(line(&off.estimate(), PriceItem::InterZoneGb), None);
}

#[test]
fn an_unknown_price_is_never_zero() {
    let site = Site::new("sa-east-1", Verdict::Removable).level(Measure::ConsumedLcus, 0.5);
    let estimate = site.estimate();
    assert_eq!(estimate.monthly_cost, Range::unknown());
    let region = || site.nlb.region.clone();
    assert_eq!(
        estimate.missing,
        [
            Missing::Price(PriceItem::NlbHour, region()),
            Missing::Price(PriceItem::NlcuHour, region()),
        ]
    );
    let said: Vec<String> = estimate.missing.iter().map(ToString::to_string).collect();
    assert_eq!(said[0], "no price of nlb-hour in sa-east-1");
}

#[test]
fn costs_are_shared_by_requests() {
    let site = Site::new("us-east-1", Verdict::Removable)
        .level(Measure::ConsumedLcus, 0.5)
        .api("a1", "orders", Some(750.0))
        .api("b2", "carts", Some(250.0));
    let Attribution::ByRequests(shares) = site.estimate().attribution else {
        panic!("by requests")
    };
    let told: Vec<_> = shares
        .iter()
        .map(|share| (share.api.name.as_str(), share.requests))
        .collect();
    assert_eq!(told, [("orders", 750), ("carts", 250)]);
    exactly(shares[0].monthly, "13.96125");
    exactly(shares[1].monthly, "4.65375");
}

/// H23: metrics know REST APIs by name only.
#[test]
fn apis_of_one_name_cannot_be_told_apart_h23() {
    let unknown = |site: Site| match site.estimate().attribution {
        Attribution::Unknown(why) => why.to_string(),
        other => panic!("{other:?}"),
    };
    let site = || Site::new("us-east-1", Verdict::Removable);
    let twins = site()
        .api("a1", "orders", Some(1.0))
        .api("b2", "orders", None);
    assert!(unknown(twins).contains("several REST APIs are called orders"));
    let unread = site().api("a1", "orders", None);
    assert!(unknown(unread).contains("were not read"));
    let silent = site().api("a1", "orders", Some(0.0)).estimate();
    assert_eq!(silent.attribution, Attribution::NoRequests);
}

/// A target group may send across zones although its NLB does not, and the other way round.
#[test]
fn a_target_group_says_whether_bytes_cross_zones() {
    let on = |site: Site| {
        let attribute = Text::new("load_balancing.cross_zone.enabled");
        site.lb(|lb| lb.attributes = Some([(attribute, Text::new("true"))].into()))
    };
    let site = || Site::new("us-east-1", Verdict::Removable).level(Measure::ProcessedBytes, 3e9);
    let bytes = |site: Site| {
        let estimate = site.estimate();
        let component = line(&estimate, PriceItem::InterZoneGb);
        component.map(|one| one.quantity.expected)
    };
    assert_eq!(
        bytes(site().group(Some("true"))),
        Some(Some(amount("1460")))
    );
    assert_eq!(bytes(on(site()).group(Some("false"))), None);
    let own = on(site()).group(Some("use_load_balancer_configuration"));
    assert_eq!(bytes(own), Some(Some(amount("1460"))));
    assert_eq!(bytes(site().group(None)), Some(None), "unread");
    let unread = site().lb(|lb| lb.attributes = None).estimate();
    assert!(unread.missing.contains(&Missing::Settings));
    assert_eq!(unread.monthly_cost.expected, None);
}

#[test]
fn an_address_of_ipv6_is_no_elastic_one() {
    let site = Site::new("us-east-1", Verdict::RemovableIf).lb(|lb| {
        lb.scheme = Some(Scheme::InternetFacing);
        lb.zones[0].chosen_addresses = vec![Text::new("2600:1f18::1")];
    });
    let estimate = site.estimate();
    let addresses = line(&estimate, PriceItem::PublicIpv4Hour).expect("addresses");
    exactly(addresses.quantity, "2190");
    assert!(
        !estimate
            .left_out
            .iter()
            .any(|text| text.contains("elastic"))
    );
    let unknown = site.lb(|lb| lb.scheme = None).estimate();
    assert!(unknown.missing.contains(&Missing::Settings));
}

/// Three days of 30: the days before the NLB stood do not count.
#[test]
fn the_time_before_an_nlb_stood_does_not_count() {
    let young = |value: f64| -> Vec<Option<f64>> {
        let hours = 0..720;
        hours.map(|hour| (hour >= 648).then_some(value)).collect()
    };
    let none: &[Option<f64>] = &[];
    let estimate = Site::new("us-east-1", Verdict::Removable)
        .series(Measure::NewFlowCount, none)
        .series(Measure::ActiveFlowCount, none)
        .series(Measure::ProcessedBytes, &young(2e9))
        .estimate();
    let units = line(&estimate, PriceItem::NlcuHour).expect("units");
    exactly(units.quantity, "1460");
}

#[test]
fn nothing_counted_and_nothing_else_read_is_unknown() {
    let site = Site::new("us-east-1", Verdict::Removable).series(Measure::ConsumedLcus, &[]);
    let estimate = site.estimate();
    assert_eq!(estimate.confidence, Confidence::NoUsage);
    assert_eq!(estimate.missing, [Missing::Usage]);
}

#[test]
fn nothing_runs_twice_where_nothing_moves_or_the_nlb_stays() {
    for verdict in [
        Verdict::AlreadyDirect,
        Verdict::Rewirable,
        Verdict::NotABridge,
    ] {
        let (_, double) = Site::new("us-east-1", verdict).estimate().double_running;
        exactly(double, "0");
    }
}

/// H23: metrics drop what is not ASCII from a name.
#[test]
fn apis_whose_names_look_alike_in_metrics_cannot_be_told_apart_h23() {
    let site = Site::new("us-east-1", Verdict::Removable)
        .api("a1", "shop-é", Some(1.0))
        .api("b2", "shop-ü", Some(3.0));
    let Attribution::Unknown(why) = site.estimate().attribution else {
        panic!("unknown")
    };
    assert!(why.contains("shop-"), "{why}");
}

#[test]
fn a_stage_that_was_not_read_may_have_requests_too() {
    let mut site = Site::new("us-east-1", Verdict::Removable)
        .api("a1", "orders", Some(1.0))
        .api("b2", "carts", Some(3.0));
    site.nlb.chains[0].seen_in = SeenIn::Draft;
    let Attribution::Unknown(why) = site.estimate().attribution else {
        panic!("unknown")
    };
    assert!(why.contains("stages of orders"), "{why}");
}
