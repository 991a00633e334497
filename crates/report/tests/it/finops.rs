//! The export for FinOps: what joins with AWS's own exports and adds up to the table's totals.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use insta::assert_snapshot;
use parquet::basic::{LogicalType, Repetition, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use rust_decimal::Decimal;
use unbridge_model::estimate::Range;
use unbridge_model::finding::Verdict;
use unbridge_report::finops::{files, focus, hub, parquet};
use unbridge_report::safe::is_hazardous;
use unbridge_report::view::{Totals, View};

use crate::parquet_rows::{Row, read};
use crate::sample::{self, decimal};

const COST: [&str; 3] = ["x_list_cost_low", "ListCost", "x_list_cost_high"];
const SAVINGS: [&str; 3] = [
    "x_monthly_savings_low",
    "estimated_monthly_savings_before_discount",
    "x_monthly_savings_high",
];
const POTENTIAL: [&str; 3] = [
    "x_monthly_potential_low",
    "x_monthly_potential_expected",
    "x_monthly_potential_high",
];

fn full() -> View {
    sample::priced(View::of(sample::full()), "a test")
}

/// Every view with costs, and one of which everything is known.
fn views() -> Vec<(&'static str, View)> {
    let evil = "=1+1\",'\u{202e}\n<b>";
    let views = sample::views().into_iter();
    let mut views: Vec<_> = views
        .map(|(name, view)| (name, sample::priced(view, evil)))
        .collect();
    let known = View::of(sample::known(sample::full()));
    views.push(("known", sample::priced(known, "a test")));
    views
}

fn header(csv: &[u8]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader.headers().expect("a header");
    header.iter().map(str::to_owned).collect()
}

fn rows(csv: &[u8]) -> Vec<Row> {
    let header = header(csv);
    let mut reader = csv::Reader::from_reader(csv);
    let row = |record: csv::StringRecord| {
        let cells = header.iter().cloned();
        let cells = cells.zip(record.iter().map(str::to_owned));
        cells.filter(|(_, cell)| !cell.is_empty()).collect()
    };
    let records = reader.records();
    records
        .map(|record| row(record.expect("a record")))
        .collect()
}

fn recommendations(view: &View) -> Vec<Row> {
    rows(&hub(view).expect("CSV"))
}

fn evidence(view: &View) -> Vec<Row> {
    rows(&focus(view).expect("CSV"))
}

fn of<'r>(rows: &'r [Row], nlb: &str) -> &'r Row {
    let summary = format!("Network Load Balancer {nlb}");
    let found = rows
        .iter()
        .find(|row| row["current_resource_summary"] == summary);
    found.unwrap_or_else(|| panic!("no row of {nlb}"))
}

/// The three figures of a row; `-` for what is not known.
fn figures(row: &Row, columns: [&str; 3]) -> [String; 3] {
    columns.map(|column| row.get(column).cloned().unwrap_or_else(|| "-".to_owned()))
}

/// What these rows add up to: a lower bound that is not known adds nothing, and one figure that is
/// not known makes the sum unknown.
fn sum(rows: &[Row], [low, expected, high]: [&str; 3]) -> Range {
    let amounts = |column| {
        rows.iter()
            .map(move |row| row.get(column).map(|cell| decimal(cell)))
    };
    Range {
        low: amounts(low).flatten().sum(),
        expected: amounts(expected).sum(),
        high: amounts(high).sum(),
    }
}

/// The cells of a Parquet file, spelled as CSV spells them.
/// The text before a spreadsheet's apostrophe was put there.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[test]
fn recommendations_have_the_columns_of_the_hub_and_ours_behind_them() {
    let header = header(&hub(&full()).expect("CSV"));
    let (ours, hubs): (Vec<String>, Vec<String>) =
        header.into_iter().partition(|name| name.starts_with("x_"));
    // AWS, Data Exports table dictionary: every column of COST_OPTIMIZATION_RECOMMENDATIONS.
    let documented = [
        "account_id",
        "account_name",
        "action_type",
        "currency_code",
        "current_resource_details",
        "current_resource_summary",
        "current_resource_type",
        "estimated_monthly_cost_after_discount",
        "estimated_monthly_cost_before_discount",
        "estimated_monthly_savings_after_discount",
        "estimated_monthly_savings_before_discount",
        "estimated_savings_percentage_after_discount",
        "estimated_savings_percentage_before_discount",
        "implementation_effort",
        "last_refresh_timestamp",
        "recommendation_id",
        "recommendation_lookback_period_in_days",
        "recommendation_source",
        "recommended_resource_details",
        "recommended_resource_summary",
        "recommended_resource_type",
        "region",
        "resource_arn",
        "restart_needed",
        "rollback_possible",
        "tags",
    ];
    assert_eq!(hubs, documented);
    assert!(ours.contains(&"x_savings_available".to_owned()), "{ours:?}");
}

#[test]
fn what_a_recommendation_says() {
    let rows = recommendations(&full());
    let told = |nlb| {
        let row = of(&rows, nlb).iter();
        let lines: Vec<String> = row.map(|(name, cell)| format!("{name}: {cell}")).collect();
        lines.join("\n")
    };
    assert_snapshot!(told("orders-nlb"), @r#"
    account_id: 111122223333
    action_type: Delete
    currency_code: USD
    current_resource_summary: Network Load Balancer orders-nlb
    current_resource_type: NetworkLoadBalancer
    estimated_monthly_cost_before_discount: 19.272000006
    estimated_monthly_savings_before_discount: 0
    estimated_savings_percentage_before_discount: 0
    last_refresh_timestamp: 2026-03-01T09:30:00Z
    recommendation_id: unbridge/arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders-nlb/50dc6c495c0c9188
    recommendation_source: unbridge
    recommended_resource_summary: API Gateway reaches the ALB over a VPC link v2; the NLB goes
    region: eu-west-1
    resource_arn: arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders-nlb/50dc6c495c0c9188
    restart_needed: false
    rollback_possible: false
    tags: {"env":"prod","team":"payments"}
    x_confidence: measured
    x_double_running_days: 7
    x_double_running_expected: 4.2336
    x_double_running_high: 4.2336
    x_double_running_low: 4.2336
    x_gaps: 3
    x_left_out: a test
    x_monthly_cost_high: 20.199
    x_monthly_cost_low: 18.996
    x_monthly_potential_expected: 19.272000006
    x_monthly_potential_high: 20.199
    x_monthly_potential_low: 18.996
    x_monthly_savings_high: 0
    x_monthly_savings_low: 0
    x_prices_as_of: 2026-01-15
    x_prices_days_old: 200
    x_savings_available: once-unblocked
    x_scan_complete: false
    x_verdict: blocked
    "#);
}

#[test]
fn what_a_line_of_evidence_says() {
    let rows = evidence(&full());
    let row = rows
        .iter()
        .find(|row| row["ResourceName"] == "orders-nlb" && row["x_item"] == "nlcu-hour");
    let row = row.expect("capacity units").iter();
    let lines: Vec<String> = row.map(|(name, cell)| format!("{name}: {cell}")).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    BillingCurrency: USD
    ChargeCategory: Usage
    ChargeDescription: Estimate, not a bill: capacity units of NLB orders-nlb
    ChargeFrequency: Usage-Based
    ChargePeriodEnd: 2026-03-31T19:30:00Z
    ChargePeriodStart: 2026-03-01T09:30:00Z
    ListCost: 0.876000006
    ListUnitPrice: 0.006
    PricingCategory: Standard
    PricingCurrency: USD
    PricingQuantity: 146.000001
    PricingUnit: NLCU-Hours
    ProviderName: AWS
    RegionId: eu-west-1
    ResourceId: arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders-nlb/50dc6c495c0c9188
    ResourceName: orders-nlb
    ResourceType: NetworkLoadBalancer
    ServiceCategory: Networking
    ServiceName: Elastic Load Balancing
    SubAccountId: 111122223333
    Tags: {"env":"prod","team":"payments"}
    x_confidence: measured
    x_formula: a test
    x_gaps: 3
    x_item: nlcu-hour
    x_list_cost_high: 1.803
    x_list_cost_low: 0.6
    x_price_source: a test
    x_prices_as_of: 2026-01-15
    x_quantity_high: 300.5
    x_quantity_low: 100
    x_scan_complete: false
    x_verdict: blocked
    "#);
}

#[test]
fn there_is_a_recommendation_for_each_bridge_and_none_for_other_nlbs() {
    for (name, view) in views() {
        let bridges = view.assessment.nlbs.iter();
        let bridges = bridges.filter(|nlb| nlb.verdict != Verdict::NotABridge);
        let arns: BTreeSet<String> = bridges.map(|nlb| nlb.arn.to_string()).collect();
        let recommended = recommendations(&view);
        let told = recommended.iter().map(|row| row["resource_arn"].clone());
        assert_eq!(told.collect::<BTreeSet<_>>(), arns, "{name}");
        assert_eq!(recommended.len(), arns.len(), "{name}");
        let evident = evidence(&view);
        let told = evident.iter().map(|row| row["ResourceId"].clone());
        assert_eq!(told.collect::<BTreeSet<_>>(), arns, "{name}");
    }
}

#[test]
fn a_bridge_whose_going_saves_nothing_is_not_recommended() {
    let mut view = full();
    let costs = view.costs.as_mut().expect("costs");
    for estimate in costs.estimates.values_mut() {
        estimate.monthly_savings = Range::exactly(Decimal::ZERO);
        estimate.monthly_potential = Range::exactly(Decimal::ZERO);
    }
    assert!(recommendations(&view).is_empty());
    // What cannot be told may be something.
    let costs = view.costs.as_mut().expect("costs");
    for estimate in costs.estimates.values_mut() {
        estimate.monthly_potential = Range::unknown();
    }
    assert_eq!(recommendations(&view).len(), 7);
}

#[test]
fn what_is_not_known_is_empty_and_never_zero() {
    let view = full();
    let rows = recommendations(&view);
    // Usage was not read: of the hour alone it is known what it costs.
    assert_eq!(
        figures(of(&rows, "billing-nlb"), SAVINGS),
        ["18.396", "-", "-"]
    );
    let missing = &of(&rows, "billing-nlb")["x_missing"];
    assert_eq!(missing, "usage was not read");
    // How much of the capacity goes with the APIs cannot be told.
    assert_eq!(figures(of(&rows, "chat-nlb"), SAVINGS), ["0", "-", "1.803"]);
    assert!(!of(&rows, "chat-nlb").contains_key("estimated_savings_percentage_before_discount"));
    // Nothing at all is known of a line without a price.
    let lines = evidence(&view);
    let line = lines.iter().find(|row| row["x_item"] == "inter-zone-gb");
    let line = line.expect("bytes between zones");
    assert_eq!(figures(line, COST), ["-", "-", "-"]);
    assert!(!line.contains_key("ListUnitPrice") && !line.contains_key("ServiceName"));
    assert_eq!(line["PricingQuantity"], "12.5");
    assert_eq!(line["x_missing"], "no price of inter-zone-gb in eu-west-1");
    // Zero addresses cost nothing, which is known.
    let line = lines.iter().find(|row| row["x_item"] == "public-ipv4-hour");
    assert_eq!(figures(line.expect("addresses"), COST), ["0", "0", "0"]);
}

#[test]
fn discounts_and_bills_are_never_made_up() {
    for (name, view) in views() {
        for row in recommendations(&view) {
            assert!(
                !row.keys().any(|column| column.ends_with("_after_discount")),
                "{name}"
            );
        }
        for row in evidence(&view) {
            for column in [
                "BilledCost",
                "EffectiveCost",
                "ContractedCost",
                "BillingAccountId",
            ] {
                assert!(!row.contains_key(column), "{name}: {column}");
            }
        }
    }
}

#[test]
fn without_costs_every_bridge_is_there_and_no_amount_is() {
    let view = View::of(sample::full());
    let rows = recommendations(&view);
    assert_eq!(rows.len(), 7);
    for row in &rows {
        assert_eq!(row["x_missing"], "costs were not worked out");
        let amounts = row
            .keys()
            .filter(|name| name.contains("monthly") || name.contains("double"));
        assert_eq!(amounts.collect::<Vec<_>>(), Vec::<&String>::new());
    }
    assert!(evidence(&view).is_empty());
}

#[test]
fn what_is_blocked_saves_nothing_yet_and_says_what_it_would() {
    let view = full();
    let rows = recommendations(&view);
    let told = |nlb| {
        let row = of(&rows, nlb);
        let action = row.get("action_type").map_or("-", String::as_str);
        (
            action,
            row["x_savings_available"].as_str(),
            figures(row, SAVINGS)[1].clone(),
        )
    };
    assert_eq!(
        told("orders-nlb"),
        ("Delete", "once-unblocked", "0".to_owned())
    );
    assert_eq!(
        of(&rows, "orders-nlb")["x_monthly_potential_expected"],
        "19.272000006"
    );
    // Something else would keep it.
    assert_eq!(
        told("pets-nlb"),
        ("Rewire", "once-unblocked", "0".to_owned())
    );
    assert_eq!(told("chat-nlb"), ("Rewire", "now", "-".to_owned()));
    assert_eq!(
        told("billing-nlb"),
        ("Delete", "once-confirmed", "-".to_owned())
    );
    assert_eq!(of(&rows, "carts-nlb")["x_savings_available"], "now");
    let rows = recommendations(&View::of(sample::full()));
    assert!(!of(&rows, "orders-nlb").contains_key("action_type"));
}

#[test]
fn rows_add_up_to_the_totals_of_every_view() {
    for (name, view) in views() {
        let costs = view.costs.as_ref().expect("costs");
        let totals = costs.totals(&view.assessment.nlbs);
        let recommended = recommendations(&view);
        let nothing = Range::exactly(Decimal::ZERO);
        let [cost, savings, potential] = match totals[..] {
            [] => [nothing; 3],
            [
                Totals {
                    currency: _,
                    monthly_cost,
                    monthly_savings,
                    monthly_potential,
                },
            ] => [monthly_cost, monthly_savings, monthly_potential],
            _ => panic!("{name}: several currencies"),
        };
        assert_eq!(sum(&evidence(&view), COST), cost, "{name}");
        assert_eq!(sum(&recommended, SAVINGS), savings, "{name}");
        assert_eq!(sum(&recommended, POTENTIAL), potential, "{name}");
        if name == "known" {
            assert_eq!(cost.expected, Some(decimal("38.544000012")));
            assert_eq!(savings.expected, Some(decimal("19.272000006")));
        }
    }
}

#[test]
fn parquet_says_what_csv_says() {
    for (name, view) in views() {
        for (tree, csv) in [
            ("recommendations", recommendations(&view)),
            ("evidence", evidence(&view)),
        ] {
            let parts = parquet(&view).expect("Parquet").into_iter();
            let parts = parts.filter(|(path, _)| path.starts_with(tree));
            let mut kept: Vec<Row> = parts.flat_map(|(_, bytes)| read(&bytes)).collect();
            let mut told = csv;
            for row in &mut told {
                row.remove("region");
                row.values_mut()
                    .for_each(|cell| *cell = unguarded(cell).to_owned());
            }
            kept.sort();
            told.sort();
            assert_eq!(kept, told, "{name}");
        }
    }
}

#[test]
fn parquet_is_typed_and_has_no_column_that_its_path_has() {
    for (path, bytes) in parquet(&full()).expect("Parquet") {
        let reader = SerializedFileReader::new(Bytes::from(bytes)).expect("Parquet");
        let schema = reader.metadata().file_metadata().schema_descr();
        for column in schema.columns() {
            let name = column.name();
            let kind = column.logical_type_ref();
            assert!(!["account", "region"].contains(&name), "{path}");
            assert_eq!(
                column.self_type().get_basic_info().repetition(),
                Repetition::OPTIONAL
            );
            if name.to_lowercase().contains("cost") || name.contains("monthly") {
                assert_eq!(kind, Some(&LogicalType::decimal(12, 38)), "{name}");
            }
            if name.starts_with("ChargePeriod") || name.ends_with("timestamp") {
                let moment = LogicalType::timestamp(true, TimeUnit::MILLIS);
                assert_eq!(kind, Some(&moment), "{name}");
            }
        }
    }
}

#[test]
fn partitions_are_those_of_hive_and_a_region_without_rows_has_one() {
    let view = full();
    let paths = |files: &[(String, Vec<u8>)]| -> Vec<String> {
        files.iter().map(|(path, _)| path.clone()).collect()
    };
    let all = files(&view).expect("files");
    assert_eq!(
        paths(&all),
        [
            "recommendations.csv",
            "evidence.csv",
            "recommendations/account=111122223333/region=eu-west-1/part-0.parquet",
            "recommendations/account=111122223333/region=us-east-1/part-0.parquet",
            "evidence/account=111122223333/region=eu-west-1/part-0.parquet",
            "evidence/account=111122223333/region=us-east-1/part-0.parquet",
        ]
    );
    // In the second region nothing bridges.
    assert!(!read(&all[2].1).is_empty() && read(&all[3].1).is_empty());
    for (name, view) in views() {
        for path in paths(&files(&view).expect("files")) {
            let harmless = |c: char| c.is_ascii_alphanumeric() || "-=./".contains(c);
            assert!(
                path.chars().all(harmless) && !path.contains(".."),
                "{name}: {path}"
            );
        }
    }
}

#[test]
fn the_same_view_gives_the_same_bytes() {
    for (name, view) in views() {
        let once = files(&view).expect("files");
        assert!(once == files(&view.clone()).expect("files"), "{name}");
    }
}

#[test]
fn hostile_texts_are_harmless_in_both_formats() {
    for (name, view) in views() {
        for csv in [hub(&view), focus(&view)] {
            let csv = csv.expect("CSV");
            for (column, cell) in rows(&csv).iter().flatten() {
                assert!(
                    !cell.starts_with(['=', '+', '-', '@']),
                    "{name}: {column}: {cell}"
                );
            }
            let text = String::from_utf8(csv).expect("UTF-8").replace("\r\n", "");
            assert!(!text.chars().any(is_hazardous), "{name}");
        }
        for (path, bytes) in parquet(&view).expect("Parquet") {
            let rows = read(&bytes);
            let mut cells = rows.iter().flat_map(BTreeMap::values);
            let hazard = cells.find(|cell| cell.chars().any(is_hazardous));
            assert_eq!(hazard, None, "{name}: {path}");
        }
    }
    let formula = sample::priced(View::of(sample::hostile_with("=1+1")), "=1+1");
    let lines = evidence(&formula);
    assert_eq!(lines[0]["x_price_source"], "'=1+1");
    assert_eq!(lines[0]["ResourceName"], "'=1+1");
}

#[test]
fn tags_are_json_and_unread_ones_are_not_none() {
    let mut assessment = sample::full();
    for nlb in &mut assessment.nlbs {
        nlb.tags = match nlb.arn.name() {
            "orders-nlb" => Some([("te\"am\u{202e}".into(), "shop".into())].into()),
            "chat-nlb" => Some([].into()),
            _ => None,
        };
    }
    let rows = recommendations(&sample::priced(View::of(assessment), "a test"));
    let tags: BTreeMap<String, String> =
        serde_json::from_str(&of(&rows, "orders-nlb")["tags"]).expect("JSON");
    assert_eq!(tags["te\"am\u{202e}"], "shop");
    assert_eq!(of(&rows, "chat-nlb")["tags"], "{}");
    assert!(!of(&rows, "pets-nlb").contains_key("tags"));
}

#[test]
fn rows_say_how_much_of_the_account_they_come_from() {
    let incomplete = recommendations(&full());
    assert_eq!(of(&incomplete, "orders-nlb")["x_scan_complete"], "false");
    assert_eq!(of(&incomplete, "orders-nlb")["x_gaps"], "3");
    let mut complete = sample::full();
    complete.gaps.clear();
    let complete = recommendations(&sample::priced(View::of(complete), "a test"));
    assert_eq!(of(&complete, "orders-nlb")["x_scan_complete"], "true");
    assert!(!of(&complete, "orders-nlb").contains_key("x_narrowed_by"));
    let narrowed = |view| {
        let rows = recommendations(&sample::priced(view, "a test"));
        of(&rows, "chat-nlb")["x_narrowed_by"].clone()
    };
    assert!(narrowed(sample::filtered()).contains("verdict blocked or rewirable"));
    assert_eq!(narrowed(sample::since()), "new since 2026-02-01T09:30:00Z");
    let accepted = recommendations(&sample::priced(sample::accepted(), "a test"));
    assert_eq!(
        of(&accepted, "orders-nlb")["x_accepted_findings"],
        "nlb-bridges-alb"
    );
}

#[test]
fn a_time_that_is_none_is_not_guessed() {
    let mut assessment = sample::full();
    for header in assessment.scanned.iter_mut() {
        header.started_at = "yesterday".into();
    }
    let view = sample::priced(View::of(assessment), "a test");
    assert!(!recommendations(&view)[0].contains_key("last_refresh_timestamp"));
    assert!(!evidence(&view)[0].contains_key("ChargePeriodEnd"));
}
