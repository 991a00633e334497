//! Sums: in every grouping and every format they are what the rows add up to, and open where a row
//! is.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::{Attribution, Confidence, Currency, Estimate, Range};
use unbridge_model::finding::Verdict;
use unbridge_report::html::html;
use unbridge_report::rows::{Column, GroupBy, Layout};
use unbridge_report::view::{Costs, View};
use unbridge_report::{csv, json, markdown, table};

use crate::{plain, sample};

const COLUMNS: [Column; 5] = [
    Column::Verdict,
    Column::Currency,
    Column::MonthlyCost,
    Column::MonthlySavings,
    Column::MonthlyPotential,
];

fn groupings() -> [GroupBy; 4] {
    [
        GroupBy::Account,
        GroupBy::Region,
        GroupBy::Verdict,
        GroupBy::Tag("team".into()),
    ]
}

/// What an NLB is in the group of.
fn group(nlb: &NlbAssessment, by: &GroupBy) -> String {
    match by {
        GroupBy::Account => nlb.account.to_string(),
        GroupBy::Region => nlb.region.to_string(),
        GroupBy::Verdict => nlb.verdict.to_string(),
        GroupBy::Tag(key) => match nlb.tags.as_ref().map(|tags| tags.get(key)) {
            None => "tags not read".to_owned(),
            Some(None) => format!("without the tag {key}"),
            Some(Some(value)) => format!("{key}={value}"),
        },
        GroupBy::Severity | GroupBy::Api | GroupBy::Ou | GroupBy::AccountTag(_) => {
            panic!("not asked for")
        }
    }
}

// What is written

fn tabled(view: &View, layout: &Layout) -> String {
    let mut out = String::new();
    table::table(view, layout, plain(1000), &mut out).expect("a string takes everything");
    out
}

/// Without quotes: what is code is not what is asked here.
fn in_markdown(view: &View, layout: &Layout) -> String {
    let mut out = String::new();
    markdown::markdown(view, layout, &mut out).expect("a string takes everything");
    out.replace(['`', '\\'], "")
}

fn in_json(view: &View, by: &GroupBy) -> Value {
    let mut out = Vec::new();
    json::write_with(view, Some(by), &mut out).expect("a vector takes everything");
    serde_json::from_slice(&out).expect("JSON")
}

fn in_html(view: &View) -> String {
    let mut out = String::new();
    html(view, &mut out).expect("a string takes everything");
    out
}

fn by(by: &GroupBy) -> Layout {
    Layout {
        columns: COLUMNS.to_vec(),
        group_by: Some(by.clone()),
        ..Layout::default()
    }
}

// What is expected

/// Cost, savings and potential of some bridges, by currency.
type Sums = BTreeMap<Currency, [Range; 3]>;

fn sums<'n>(view: &View, nlbs: impl IntoIterator<Item = &'n NlbAssessment>) -> Sums {
    let mut sums = Sums::new();
    let mut is_open = false;
    for nlb in nlbs {
        let Some(one) = view.estimate(nlb) else {
            is_open |= nlb.verdict != Verdict::NotABridge;
            continue;
        };
        if nlb.verdict == Verdict::NotABridge {
            continue;
        }
        let zero = Some(Decimal::ZERO);
        let nothing = Range {
            low: Decimal::ZERO,
            expected: zero,
            high: zero,
        };
        let sum = sums.entry(one.currency).or_insert([nothing; 3]);
        let figures = [one.monthly_cost, one.monthly_savings, one.monthly_potential];
        for (sum, figure) in sum.iter_mut().zip(figures) {
            sum.low += figure.low;
            sum.expected = sum.expected.zip(figure.expected).map(|(a, b)| a + b);
            sum.high = sum.high.zip(figure.high).map(|(a, b)| a + b);
        }
    }
    for range in sums.values_mut().flatten().filter(|_| is_open) {
        (range.expected, range.high) = (None, None);
    }
    sums
}

fn money(range: Range, currency: Currency) -> String {
    let (low, high) = (range.low, range.high.map(|high| format!("{high:.2}")));
    match (range.expected, high) {
        (Some(one), Some(high)) if range.high == Some(low) => {
            assert_eq!(format!("{one:.2}"), high);
            format!("{high} {currency}")
        }
        (Some(one), Some(high)) => format!("{one:.2} {currency} ({low:.2} to {high})"),
        (Some(one), None) => format!("{one:.2} {currency} ({low:.2} or more)"),
        (None, Some(high)) => format!("{low:.2} to {high} {currency}"),
        (None, None) if low.is_zero() => "an unknown amount".to_owned(),
        (None, None) => format!("at least {low:.2} {currency}"),
    }
}

fn sentences(whose: &str, sums: &Sums) -> String {
    let sentence = |(currency, [cost, savings, potential]): (&Currency, &[Range; 3])| {
        let money = |range: &Range| money(*range, *currency);
        let more = if savings == potential {
            String::new()
        } else {
            format!(", and {} if nothing were blocked", money(potential))
        };
        format!(
            "{whose} cost {} a month; what can go would save {}{more}.",
            money(cost),
            money(savings)
        )
    };
    sums.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// What stands under the heading of a group.
fn told(view: &View, nlbs: &[&NlbAssessment]) -> String {
    if nlbs.iter().all(|nlb| nlb.verdict == Verdict::NotABridge) {
        return "No bridge among them.".to_owned();
    }
    let sums = sums(view, nlbs.iter().copied());
    if sums.is_empty() {
        return "What its bridges cost is not known.".to_owned();
    }
    sentences("Its bridges", &sums)
}

/// What cells of rows add up to, of the bridges among them; `None` when one is no plain number.
fn added<'c>(rows: impl Iterator<Item = Vec<&'c str>>) -> BTreeMap<String, [Option<Decimal>; 3]> {
    let mut sums: BTreeMap<String, [Option<Decimal>; 3]> = BTreeMap::new();
    for row in rows.filter(|row| row[0] != "not-a-bridge") {
        let sum = sums
            .entry(row[1].to_owned())
            .or_insert([Some(Decimal::ZERO); 3]);
        for (sum, cell) in sum.iter_mut().zip(&row[2..]) {
            *sum = sum
                .zip(cell.parse::<Decimal>().ok())
                .map(|(sum, cell)| sum + cell);
        }
    }
    sums
}

/// Rows that are all known add up to the sum; where one is not, there is no sum.
fn agree(view: &View, rows: &BTreeMap<String, [Option<Decimal>; 3]>, nlbs: &[&NlbAssessment]) {
    let unestimated = |nlb: &&&NlbAssessment| view.estimate(nlb).is_none();
    let is_open = nlbs
        .iter()
        .filter(unestimated)
        .any(|nlb| nlb.verdict != Verdict::NotABridge);
    for (currency, sums) in sums(view, nlbs.iter().copied()) {
        let rows = rows
            .get(&currency.to_string())
            .expect("rows of the currency");
        for (sum, rows) in sums.iter().zip(rows) {
            assert_eq!(sum.expected, rows.filter(|_| !is_open));
        }
    }
}

/// The lines of a table behind this heading, in cells.
fn rows_behind<'t>(
    text: &'t str,
    heading: &str,
    cells: fn(&'t str) -> Vec<&'t str>,
) -> Vec<Vec<&'t str>> {
    let (_, rest) = text
        .split_once(heading)
        .unwrap_or_else(|| panic!("no {heading:?} in {text}"));
    let rows = rest.lines().skip_while(|line| line.is_empty());
    let rows = rows.take_while(|line| !line.is_empty());
    rows.map(cells).filter(|row| row[0] != "VERDICT").collect()
}

fn cells_of_table(line: &str) -> Vec<&str> {
    line.split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect()
}

fn cells_of_markdown(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

fn check(view: &View) {
    let all: Vec<&NlbAssessment> = view.assessment.nlbs.iter().collect();
    let whole = sums(view, all.iter().copied());
    let everything = sentences("The bridges", &whole);
    for grouping in &groupings() {
        let mut groups: BTreeMap<String, Vec<&NlbAssessment>> = BTreeMap::new();
        for nlb in &all {
            groups.entry(group(nlb, grouping)).or_default().push(nlb);
        }
        let layout = by(grouping);
        let table = tabled(view, &layout);
        let page = in_markdown(view, &layout);
        for text in [&table, &page] {
            let text = text.replace("\n\n", "\n").replace('\n', " ");
            assert!(text.contains(&everything), "{everything}\n{text}");
        }
        for (name, nlbs) in &groups {
            let number = match nlbs.len() {
                1 => "1 NLB".to_owned(),
                many => format!("{many} NLBs"),
            };
            let told = told(view, nlbs);
            let heading = format!("{name}: {number}\n{told}\n");
            let rows = rows_behind(&table, &heading, cells_of_table);
            assert_eq!(rows.len(), nlbs.len(), "{table}");
            agree(view, &added(rows.into_iter()), nlbs);
            let heading = format!("### {name}: {number}\n\n{told}\n");
            let rows = rows_behind(&page, &heading, cells_of_markdown);
            agree(view, &added(rows.into_iter().skip(2)), nlbs);
        }
        check_json(&in_json(view, grouping), grouping, &groups);
        check_csv(view, &layout, &groups);
    }
    check_html(&in_html(view), view, &everything);
}

/// A figure in JSON.
fn figure(value: &Value) -> Range {
    let of = |name: &str| {
        value[name]
            .as_str()
            .map(|text| text.parse().expect("a decimal"))
    };
    Range {
        low: of("low").expect("a bound"),
        expected: of("expected"),
        high: of("high"),
    }
}

fn check_json(report: &Value, grouping: &GroupBy, groups: &BTreeMap<String, Vec<&NlbAssessment>>) {
    let by_arn: BTreeMap<&str, &Value> = report["nlbs"]
        .as_array()
        .expect("NLBs")
        .iter()
        .map(|nlb| (nlb["arn"].as_str().expect("an ARN"), nlb))
        .collect();
    let told = report["totals_by"][grouping.to_string()]
        .as_array()
        .expect("groups");
    assert_eq!(told.len(), groups.len());
    for one in told {
        let value = match (one["value"].as_str(), one["reason"].as_str(), grouping) {
            (Some(value), None, GroupBy::Tag(key)) => format!("{key}={value}"),
            (Some(value), None, _) => value.to_owned(),
            (None, Some("the tag is not there"), GroupBy::Tag(key)) => {
                format!("without the tag {key}")
            }
            (None, Some("tags were not read"), _) => "tags not read".to_owned(),
            other => panic!("{other:?}"),
        };
        let nlbs = &groups[&value];
        assert_eq!(one["nlbs"], nlbs.len());
        let bridges = nlbs.iter().map(|nlb| by_arn[nlb.arn.as_str()]);
        let bridges: Vec<&Value> = bridges
            .filter(|nlb| nlb["verdict"] != "not-a-bridge")
            .collect();
        let is_open = bridges.iter().any(|nlb| nlb["monthly_cost"].is_null());
        for total in one["totals"].as_array().expect("totals") {
            let of_currency = |nlb: &&&Value| nlb["monthly_cost"]["currency"] == total["currency"];
            let rows: Vec<&&Value> = bridges.iter().filter(of_currency).collect();
            assert!(!rows.is_empty());
            for (sum, part) in [
                ("monthly_cost", "/monthly_cost"),
                ("monthly_savings", "/monthly_savings"),
                ("monthly_potential", "/monthly_savings/potential"),
            ] {
                let rows = rows.iter().map(|nlb| nlb.pointer(part).expect("a figure"));
                let mut expected: Range = rows.map(figure).sum();
                if is_open {
                    (expected.expected, expected.high) = (None, None);
                }
                assert_eq!(figure(&total[sum]), expected, "{grouping} {value} {sum}");
            }
        }
    }
}

fn check_csv(view: &View, layout: &Layout, groups: &BTreeMap<String, Vec<&NlbAssessment>>) {
    let mut out = Vec::new();
    csv::write(view, layout, &mut out).expect("a vector takes everything");
    let text = String::from_utf8(out).expect("UTF-8");
    let mut lines: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let (group, cells) = line.split_once(',').expect("cells");
        lines
            .entry(group)
            .or_default()
            .push(cells.split(',').collect());
    }
    let names: BTreeSet<&str> = groups.keys().map(String::as_str).collect();
    assert_eq!(lines.keys().copied().collect::<BTreeSet<_>>(), names);
    // Each NLB once: no group has what another has.
    assert_eq!(
        lines.values().map(Vec::len).sum::<usize>(),
        view.assessment.nlbs.len()
    );
    for (name, nlbs) in groups {
        agree(view, &added(lines[name.as_str()].iter().cloned()), nlbs);
    }
}

fn check_html(page: &str, view: &View, everything: &str) {
    let text = page.replace("</p><p class=\"prose lede\">", " ");
    let text = text.replace("</p>\n<p class=\"prose lede\">", " ");
    assert!(text.contains(everything), "{everything}\n{text}");
    for grouping in [GroupBy::Verdict, GroupBy::Region] {
        let mut groups: BTreeMap<String, Vec<&NlbAssessment>> = BTreeMap::new();
        for nlb in &view.assessment.nlbs {
            groups.entry(group(nlb, &grouping)).or_default().push(nlb);
        }
        let known: Vec<_> = groups
            .iter()
            .map(|(name, nlbs)| (name, sums(view, nlbs.iter().copied())))
            .filter(|(_, sums)| !sums.is_empty())
            .collect();
        if grouping == GroupBy::Region && known.len() < 2 {
            continue;
        }
        for (name, sums) in known {
            let cells = (0..3).map(|figure| {
                let all = sums
                    .iter()
                    .map(|(currency, three)| money(three[figure], *currency));
                format!("<td>{}</td>", all.collect::<Vec<_>>().join("; "))
            });
            let cells: String = cells.collect();
            assert!(page.contains(&cells), "{name}: {cells}");
        }
    }
}

// What is generated

/// A figure in whole cents, so that rounded rows add up to a rounded sum.
fn ranges() -> impl Strategy<Value = Range> {
    let known = (0..50_000_i64, 0..50_000_i64, 0..50_000_i64).prop_map(|(low, more, most)| {
        let cents = |cents| Decimal::new(cents, 2);
        Range {
            low: cents(low),
            expected: Some(cents(low + more)),
            high: Some(cents(low + more + most)),
        }
    });
    (known, 0..8_u8).prop_map(|(range, kind)| match kind {
        0 => Range {
            expected: None,
            ..range
        },
        1 => Range {
            expected: None,
            high: None,
            ..range
        },
        2 => Range {
            high: None,
            ..range
        },
        3 => Range::unknown(),
        4 => Range::exactly(range.low),
        5 => Range::exactly(Decimal::ZERO),
        _ => range,
    })
}

fn estimates() -> impl Strategy<Value = Estimate> {
    let currency = prop_oneof![9 => Just(Currency::Usd), 1 => Just(Currency::Cny)];
    let all = (currency, ranges(), ranges(), ranges());
    all.prop_map(
        |(currency, monthly_cost, monthly_savings, monthly_potential)| Estimate {
            currency,
            components: Vec::new(),
            monthly_cost,
            monthly_savings,
            monthly_potential,
            missing: Vec::new(),
            left_out: Vec::new(),
            double_running: (7, Range::exactly(Decimal::ZERO)),
            confidence: Confidence::Measured,
            attribution: Attribution::NoRequests,
            latency: Vec::new(),
        },
    )
}

/// What is generated of one NLB: its verdict, its team (not read, none, one of two), its costs.
type Generated = (Verdict, Option<Option<bool>>, Option<Estimate>);

fn generated() -> impl Strategy<Value = Vec<Generated>> {
    let verdicts = proptest::sample::select(vec![
        Verdict::Removable,
        Verdict::RemovableIf,
        Verdict::AlreadyDirect,
        Verdict::Rewirable,
        Verdict::Blocked,
        Verdict::NotABridge,
    ]);
    let team = proptest::option::of(proptest::option::of(any::<bool>()));
    let estimate = proptest::option::weighted(0.95, estimates());
    proptest::collection::vec((verdicts, team, estimate), 9)
}

fn view(generated: Vec<Generated>) -> View {
    let mut assessment = sample::full();
    let mut estimates = BTreeMap::new();
    for (nlb, (verdict, team, estimate)) in assessment.nlbs.iter_mut().zip(generated) {
        nlb.verdict = verdict;
        let tag = |is_shop| {
            let team = if is_shop { "shop" } else { "pay" };
            ("team".into(), team.into())
        };
        nlb.tags = team.map(|team| team.map(tag).into_iter().collect());
        estimates.extend(estimate.map(|estimate| (nlb.arn.clone(), estimate)));
    }
    View::of(assessment).with_costs(Costs {
        estimates,
        prices_as_of: "2026-01-15".parse().expect("a date"),
        prices_too_old: None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn totals_are_the_sum_of_rows_in_every_grouping_and_format(all in generated()) {
        check(&view(all));
    }
}

#[test]
fn an_nlb_of_several_apis_is_counted_in_full_with_each_and_that_is_said() {
    let mut assessment = sample::full();
    let orders = assessment.nlbs.iter().find(|nlb| nlb.name == "orders-nlb");
    let chain = orders.expect("it").chains[0].clone();
    let carts = assessment
        .nlbs
        .iter_mut()
        .find(|nlb| nlb.name == "carts-nlb");
    carts.expect("it").chains.push(chain);
    let view = sample::priced(View::of(assessment), "a test");
    let shown = tabled(&view, &by(&GroupBy::Api));
    assert_eq!(
        shown
            .matches("1 bridge of other APIs too, counted in full here.")
            .count(),
        2,
        "{shown}"
    );
    let report = in_json(&view, &GroupBy::Api);
    let groups = report["totals_by"]["api"].as_array().expect("groups");
    let shared = groups.iter().filter(|group| group["shared"] == 1);
    assert_eq!(shared.count(), 2);
}

#[test]
fn without_costs_nothing_is_added_up() {
    let view = View::of(sample::full());
    let shown = tabled(&view, &by(&GroupBy::Region));
    assert!(!shown.contains("cost"), "{shown}");
    assert_eq!(
        in_json(&view, &GroupBy::Region)["totals_by"],
        serde_json::json!({})
    );
    let page = in_html(&view);
    assert!(!page.contains("id=\"costs\"") && !page.contains("Saves a month"));
}
