//! Metrics: which are asked for and in how many calls, where their values are put, and what becomes
//! of those that are not told.

use std::collections::BTreeMap;

use unbridge_model::apigateway::Verb;
use unbridge_model::call::{Call, CallKind, Facts, Page, PageToken, Series, Told};
use unbridge_model::elb::LoadBalancerType;
use unbridge_model::finding::Verdict;
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_model::place::Place;
use unbridge_model::port::{ReadError, Reader};
use unbridge_model::quota::Pace;
use unbridge_model::snapshot::{Outcome, Record, Snapshot};
use unbridge_model::text::Text;
use unbridge_model::usage::{LookBack, Measure, Measured, MetricQuery, Period, Span, Usage};
use unbridge_scanner::scan::{ScanOptions, WhichApis};
use unbridge_sim::account::Account;
use unbridge_sim::build::{Estate, Load, Situation};
use unbridge_sim::reader::{Fault, Settings, SimReader};

use crate::common::{
    BEGAN, Scanned, assessed, estate, nlb, options, scan_through, scan_with, scanned,
};

/// The queries of each call that asks for values of this period, in the order of the calls.
fn asked(scanned: &Scanned, period: Period) -> Vec<&[MetricQuery]> {
    let calls = scanned.calls.iter().map(|attempt| &attempt.call);
    let of_period = calls.filter_map(|call| match call {
        Call::GetMetricData { queries, span } if span.period() == period => Some(&queries[..]),
        _ => None,
    });
    of_period.collect()
}

fn usages(scanned: &Scanned) -> BTreeMap<String, &Usage> {
    let regions = scanned.snapshot.regions.values();
    let all = regions.flat_map(|facts| &facts.usage);
    all.map(|(of, usage)| (of.to_string(), usage)).collect()
}

/// The usage of the load balancer of this name.
fn usage_of<'s>(scanned: &'s Scanned, name: &str) -> &'s Usage {
    let regions = scanned.snapshot.regions.values();
    let found = regions
        .flat_map(|facts| &facts.usage)
        .find(|(of, _)| matches!(of, Measured::LoadBalancer(arn) if arn.name() == name));
    found.expect("its usage").1
}

fn word(account: &Account, name: &str) -> Text {
    let state = account.regions.values().next().expect("a region");
    let arn = &state.load_balancer_named(name).expect("there").arn;
    Text::from(Measured::LoadBalancer(arn.clone()).to_string())
}

/// One clean bridge with an API.
fn clean() -> Estate {
    Situation::CleanBridge.add(estate(), "x", 80)
}

fn days(days: u16) -> LookBack {
    LookBack::of_days(days).expect("a look-back")
}

fn looking_back(account: &Account, look_back: LookBack) -> Scanned {
    let options = ScanOptions {
        apis: WhichApis::All,
        look_back,
        ..options(account, Pace::FULL)
    };
    let scanned = scan_through(account.clone(), Settings::unthrottled(), &options, |sim| {
        sim
    });
    scanned.expect("a scan")
}

#[test]
fn what_is_in_play_is_measured_hour_by_hour_and_nothing_else_is() {
    let account = estate()
        .bridge("orders", 80)
        .rest_api("orders", |api| {
            api.proxy("/orders", "orders-link")
                .deploy("dev")
                .deploy("prod")
        })
        .rest_api("by-stage", |api| {
            api.public(Verb::Get, "/")
                .proxy("/orders", "orders-link")
                .deploy("prod")
                .drop_method(Verb::Any, "/orders")
        })
        .rest_api("web", |api| api.public(Verb::Get, "/").deploy("prod"))
        .v2_link("direct")
        .http_api("shop", |api| {
            api.private("GET /", "direct", "orders-alb", 80)
                .auto("live")
        })
        .http_api("status", |api| api.lambda("GET /").auto("$default"))
        .websocket_api("chat", |api| {
            api.over_v1("$default", "orders-link").auto("prod")
        })
        .alb("unrelated-alb", 80);
    let account = account.build().expect("an account");
    let state = account.regions.values().next().expect("a region");
    let shop = &state.http_api_named("shop").expect("an API").api.id;
    let scanned = scanned(account.clone());
    let found = usages(&scanned);
    let expected = [
        word(&account, "orders-alb").to_string(),
        word(&account, "orders-nlb").to_string(),
        "usage:by-stage/prod".to_owned(),
        "usage:orders/dev".to_owned(),
        "usage:orders/prod".to_owned(),
        format!("usage:{shop}/live"),
    ];
    let mut named: Vec<_> = found.keys().cloned().collect();
    let mut expected = expected.to_vec();
    named.sort();
    expected.sort();
    assert_eq!(named, expected);
    for usage in found.values() {
        let measures: Vec<_> = usage.series.keys().copied().collect();
        assert_eq!(measures, usage.of.measures(), "{}", usage.of);
        assert!(usage.series.values().all(Vec::is_empty), "nothing was seen");
    }
    assert_eq!(asked(&scanned, Period::Day).len(), 1);
    let [hourly] = &asked(&scanned, Period::Hour)[..] else {
        panic!("one call");
    };
    assert_eq!(hourly.len(), 16 + 12 + 4 * 7);
    assert_eq!(scanned.snapshot.gaps, []);
}

#[test]
fn two_apis_of_one_name_have_one_usage() {
    let api = |estate: Estate, name: &str| {
        estate.rest_api(name, |api| api.proxy("/", "orders-link").deploy("prod"))
    };
    let two = api(api(estate().bridge("orders", 80), "a"), "b");
    let mut account = two.build().expect("an account");
    let state = account.regions.values_mut().next().expect("a region");
    for api in &mut state.rest_apis {
        api.api.name = Text::new("orders");
    }
    let scanned = scanned(account);
    assert_eq!(asked(&scanned, Period::Hour)[0].len(), 16 + 12 + 7);
    assert!(usages(&scanned).contains_key("usage:orders/prod"));
}

#[test]
fn a_call_holds_500_queries_or_a_page_of_datapoints() {
    let all = (0..251).fold(estate(), |estate, n| estate.bridge(&format!("b{n}"), 80));
    let account = all.build().expect("an account");
    let sizes = |look_back| {
        let scanned = looking_back(&account, look_back);
        let mut lbs = scanned
            .snapshot
            .regions
            .values()
            .flat_map(|facts| &facts.load_balancers);
        let is_nlb = |kind: &LoadBalancerType| *kind == LoadBalancerType::Network;
        assert!(lbs.all(|(_, lb)| lb.traffic.is_some() == is_nlb(&lb.kind)));
        let found = usages(&scanned);
        let whole = |usage: &&Usage| usage.series.len() == usage.of.measures().len();
        assert_eq!(found.values().filter(|usage| whole(usage)).count(), 502);
        let size = |period| {
            let calls = asked(&scanned, period).into_iter().map(<[_]>::len);
            calls.fold(BTreeMap::new(), |mut sizes, size| {
                *sizes.entry(size).or_insert(0) += 1;
                sizes
            })
        };
        (size(Period::Day), size(Period::Hour))
    };
    // 251 x 2 by day, 251 x (16 + 12) by hour.
    let by_day = BTreeMap::from([(500, 1), (2, 1)]);
    let by_hour = BTreeMap::from([(140, 50), (28, 1)]);
    assert_eq!(sizes(LookBack::DEFAULT), (by_day.clone(), by_hour));
    let by_hour = BTreeMap::from([(500, 14), (28, 1)]);
    assert_eq!(sizes(days(1)), (by_day.clone(), by_hour));
    // Fewer than an NLB has measures.
    let by_hour = BTreeMap::from([(9, 780), (8, 1)]);
    assert_eq!(sizes(LookBack::LONGEST), (by_day, by_hour));
}

#[test]
fn the_look_back_ends_at_the_last_full_hour() {
    let account = clean().build().expect("an account");
    let options = ScanOptions {
        apis: WhichApis::All,
        began: "2026-03-10T11:59:59Z".parse().expect("a moment"),
        look_back: days(7),
        ..options(&account, Pace::FULL)
    };
    let scanned = scan_through(account, Settings::unthrottled(), &options, |sim| sim);
    let scanned = scanned.expect("a scan");
    for usage in usages(&scanned).values() {
        assert_eq!(usage.from, "2026-03-03T11:00:00Z");
        assert_eq!((usage.period, usage.periods), (3600, 168));
    }
}

#[test]
fn values_stand_at_their_hours_and_a_silent_measure_is_empty() {
    let night_off = [&[None; 6][..], &[Some(5.0); 18]].concat();
    let account = clean()
        .measured("x-nlb", Measure::NewFlowCount, &night_off)
        .measured("x-nlb", Measure::ConsumedLcus, &[Some(0.25)])
        .build()
        .expect("an account");
    let scanned = looking_back(&account, days(2));
    let usage = usage_of(&scanned, "x-nlb");
    assert_eq!(usage.from, "2025-12-30T00:00:00Z");
    let twice = [&night_off[..], &night_off].concat();
    assert_eq!(usage.values(Measure::NewFlowCount), Some(&twice[..]));
    let level = [Some(0.25); 48];
    assert_eq!(usage.values(Measure::ConsumedLcus), Some(&level[..]));
    assert_eq!(usage.values(Measure::ProcessedBytes), Some(&[][..]));
    assert_eq!(usage.values(Measure::RequestCount), None, "not an NLB's");
    assert_eq!(
        usage_of(&scanned, "x-alb").values(Measure::RequestCount),
        Some(&[][..])
    );
}

#[test]
fn means_are_kept_to_seven_digits_and_counts_whole() {
    let account = clean()
        .measured("x-nlb", Measure::ConsumedLcus, &[Some(1.0 / 3.0)])
        .measured("x-nlb", Measure::ProcessedBytes, &[Some(123_456_789_012.0)])
        .build()
        .expect("an account");
    let scanned = looking_back(&account, days(1));
    let usage = usage_of(&scanned, "x-nlb");
    let first = |measure| usage.values(measure).expect("it was read")[0];
    assert_eq!(first(Measure::ConsumedLcus), Some(0.333_333_3));
    assert_eq!(first(Measure::ProcessedBytes), Some(123_456_789_012.0));
}

/// Changes what a page says of metrics of one period, or adds a page.
struct Otherwise<F> {
    sim: SimReader,
    period: Period,
    change: F,
}

/// The pages in place of the one that the simulated account tells.
type Pages = Vec<Vec<Series>>;

impl<F: Fn(Vec<Series>) -> Pages + Sync> Reader for Otherwise<F> {
    async fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        let meant =
            matches!(call, Call::GetMetricData { span, .. } if span.period() == self.period);
        if !meant {
            return self.sim.read(place, call, from).await;
        }
        let page = self.sim.read(place, call, None).await?;
        let Facts::Series(series) = page.facts else {
            panic!("series");
        };
        let number = from.map_or(0, |token| token.0.parse::<usize>().expect("a number"));
        let mut pages = (self.change)(series);
        let next = (number + 1 < pages.len()).then(|| PageToken((number + 1).to_string()));
        Ok(Page {
            facts: Facts::Series(pages.remove(number)),
            next,
        })
    }
}

/// A busy bridge, scanned through a reader that tells its hours in other pages.
fn told_otherwise(change: impl Fn(Vec<Series>) -> Pages + Sync) -> Scanned {
    let account = busy();
    let options = options(&account, Pace::FULL);
    let before = |sim| Otherwise {
        sim,
        period: Period::Hour,
        change,
    };
    scan_through(account, Settings::unthrottled(), &options, before).expect("a scan")
}

fn busy() -> Account {
    let load = Load::new(1000.0, 2000.0, 30.0);
    let busy = clean().load("x-nlb", load).load("x-alb", load);
    busy.build().expect("an account")
}

fn partly(series: &Series, values: &[(u32, f64)]) -> Series {
    Series {
        values: values.to_vec(),
        told: Told::Partly(Text::new("PartialData")),
        ..series.clone()
    }
}

fn is_units_of_nlb(series: &Series) -> bool {
    matches!(&series.query.of, Measured::LoadBalancer(arn) if arn.tail().starts_with("net/"))
        && series.query.measure == Measure::ConsumedLcus
}

#[test]
fn a_series_may_go_on_on_the_next_page() {
    let whole = scanned(busy());
    let halves = |all: Vec<Series>| {
        let first = |one: &Series| partly(one, &one.values[..one.values.len() / 2]);
        let second = |one: &Series| Series {
            values: one.values[one.values.len() / 2..].to_vec(),
            ..one.clone()
        };
        vec![
            all.iter().map(first).collect(),
            all.iter().map(second).collect(),
        ]
    };
    assert!(told_otherwise(halves).snapshot == whole.snapshot);
}

#[test]
fn a_series_without_its_end_is_unknown_and_no_verdict_hangs_on_it() {
    let whole = scanned(busy());
    let cut = |mut all: Vec<Series>| {
        for one in all.iter_mut().filter(|one| is_units_of_nlb(one)) {
            *one = partly(one, &one.values);
        }
        vec![all]
    };
    let left_out = |mut all: Vec<Series>| {
        all.retain(|one| !is_units_of_nlb(one));
        vec![all]
    };
    for (scanned, class, says) in [
        (told_otherwise(cut), GapClass::Failed, "PartialData"),
        (
            told_otherwise(left_out),
            GapClass::Unparseable,
            "not in the answer",
        ),
    ] {
        let usage = usage_of(&scanned, "x-nlb");
        assert_eq!(usage.values(Measure::ConsumedLcus), None);
        let bytes = usage.values(Measure::ProcessedBytes).expect("told");
        assert_eq!(bytes.iter().flatten().count(), 720);
        let [gap] = &scanned.snapshot.gaps[..] else {
            panic!("{:?}", scanned.snapshot.gaps);
        };
        let of = Unseen::Call {
            call: CallKind::GetMetricData,
            of: Some(word(&busy(), "x-nlb")),
        };
        assert_eq!((&gap.unseen, gap.class), (&of, class));
        assert_eq!(gap.message, *format!("ConsumedLCUs: {says}"));
        let [seen, blind] = [&whole, &scanned].map(|scanned| assessed(&scanned.snapshot));
        assert_eq!(nlb(&blind, "x-nlb"), nlb(&seen, "x-nlb"));
    }
}

#[test]
fn days_that_are_not_told_make_one_nlb_doubtful_and_no_other() {
    let account = Situation::CleanBridge.add(clean(), "y", 80);
    let account = account.build().expect("an account");
    let of_x = |one: &Series| one.query.of.to_string().contains("x-nlb");
    let change = |mut all: Vec<Series>| {
        all.retain(|one| !of_x(one) || one.query.measure == Measure::NewFlowCount);
        vec![all]
    };
    let before = |sim| Otherwise {
        sim,
        period: Period::Day,
        change,
    };
    let options = options(&account, Pace::FULL);
    let scanned = scan_through(account, Settings::unthrottled(), &options, before);
    let scanned = scanned.expect("a scan");
    let [gap] = &scanned.snapshot.gaps[..] else {
        panic!("{:?}", scanned.snapshot.gaps);
    };
    assert_eq!(gap.message, "ProcessedBytes: not in the answer");
    let assessment = assessed(&scanned.snapshot);
    let verdicts = ["x-nlb", "y-nlb"].map(|name| nlb(&assessment, name).verdict);
    assert_eq!(verdicts, [Verdict::RemovableIf, Verdict::Removable]);
}

#[test]
fn denied_hours_change_no_verdict_and_denied_days_do() {
    let account = busy();
    let denied = |of: Option<Text>| {
        let fault = Fault::denied(CallKind::GetMetricData);
        let fault = of.into_iter().fold(fault, Fault::of);
        let settings = Settings {
            faults: vec![fault],
            ..Settings::unthrottled()
        };
        let scanned = scan_with(account.clone(), settings, Pace::FULL).expect("a scan");
        let gaps = scanned.snapshot.gaps.len();
        let verdict = nlb(&assessed(&scanned.snapshot), "x-nlb").verdict;
        let known = usages(&scanned).len();
        (verdict, gaps, known)
    };
    let state = account.regions.values().next().expect("a region");
    let arn = &state.load_balancer_named("x-nlb").expect("an NLB").arn;
    let things = usages(&scanned(account.clone())).len();
    // One call of each kind: hours of everything are unknown, not empty.
    let hours = denied(Some(word(&account, "x-nlb")));
    assert_eq!(hours, (Verdict::Removable, 1, 0));
    let days = denied(Some(arn.clone().into()));
    assert_eq!(days, (Verdict::RemovableIf, 1, things));
    assert_eq!(denied(None), (Verdict::RemovableIf, 2, 0));
}

#[test]
fn a_name_that_cloudwatch_has_no_metrics_under_is_a_gap_and_is_not_asked() {
    let mut account = busy();
    let state = account.regions.values_mut().next().expect("a region");
    for api in &mut state.rest_apis {
        api.api.name = Text::new("注文");
    }
    let scanned = scanned(account);
    let gaps = scanned.snapshot.gaps.iter();
    let told: Vec<_> = gaps
        .map(|gap| (gap.unseen.to_string(), gap.class))
        .collect();
    let expected = ["prod", "staging"].map(|stage| {
        let what = format!("cloudwatch:GetMetricData of usage:注文/{stage}");
        (what, GapClass::Unreadable)
    });
    assert_eq!(told, expected);
    let hourly = asked(&scanned, Period::Hour);
    assert_eq!(hourly[0].len(), 16 + 12);
    let verdict = nlb(&assessed(&scanned.snapshot), "x-nlb").verdict;
    assert_eq!(verdict, Verdict::Removable);
}

#[test]
fn a_snapshot_of_a_scan_that_read_no_usage_is_judged_alike() {
    let scanned = scanned(busy());
    let mut old = Snapshot::new(scanned.snapshot.header.clone());
    for record in scanned.records {
        if !matches!(record, Record::Usage(_)) {
            old.add(record).expect("nothing twice");
        }
    }
    old.finish(Outcome::Finished).expect("nothing twice");
    assert!(old.regions.values().all(|facts| facts.usage.is_empty()));
    assert_eq!(assessed(&old), assessed(&scanned.snapshot));
}

#[test]
fn traffic_is_the_sum_of_its_days() {
    let account = clean().traffic("x-nlb", 3, 10).build().expect("an account");
    let scanned = scanned(account);
    let regions = scanned.snapshot.regions.values();
    let mut lbs = regions.flat_map(|facts| facts.load_balancers.values());
    let traffic = lbs.find(|lb| lb.name == "x-nlb").expect("an NLB").traffic;
    let traffic = traffic.expect("its traffic");
    assert_eq!((traffic.days, traffic.active_days), (60, 3));
    assert_eq!((traffic.flows, traffic.bytes), (30, 187_500));
    let calls = scanned.calls.iter().map(|attempt| &attempt.call);
    let spans: Vec<Span> = calls
        .filter_map(|call| match call {
            Call::GetMetricData { span, .. } => Some(*span),
            _ => None,
        })
        .collect();
    let now = BEGAN.as_second();
    assert!(spans.contains(&Span::days_until(now, 60)));
    assert!(spans.contains(&Span::hours_before(now, LookBack::DEFAULT)));
}
