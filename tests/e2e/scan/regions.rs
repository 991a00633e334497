//! Which regions are read, and how fast.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::harness::{Account, Desk, Report, emulator, list, text};

const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

fn in_two_regions() -> Account {
    let account = emulator().parts(&["billing"]);
    account.seed(
        "reference",
        json!({ "only": ["mixed"], "region": "eu-west-1" }),
    );
    account
}

fn nlbs(report: &Report) -> BTreeMap<String, String> {
    let nlbs = list(&report.0["nlbs"]).iter();
    nlbs.map(|nlb| (text(&nlb["region"]), text(&nlb["name"])))
        .collect()
}

fn expected() -> BTreeMap<String, String> {
    [("eu-west-1", "mixed-nlb"), ("us-east-1", "billing-nlb")]
        .map(|(region, nlb)| (region.to_owned(), nlb.to_owned()))
        .into()
}

#[test]
fn regions_given_are_read_and_no_others() {
    let account = in_two_regions();
    let options = [
        "--region",
        "us-east-1",
        "--region",
        "eu-west-1",
        "--region",
        "us-east-1",
    ];
    let report = Desk::new().scan(&account, &options).run().report();
    assert_eq!(nlbs(&report), expected());
    assert_eq!(report.0["generated_from"]["regions"], json!(REGIONS));
    let asked: BTreeSet<_> = account
        .journal()
        .into_iter()
        .map(|request| request.region)
        .collect();
    // Global Accelerator answers in us-west-2 alone; other services without regions in us-east-1.
    let mut expected = BTreeSet::from(REGIONS.map(str::to_owned));
    expected.insert("us-west-2".to_owned());
    assert_eq!(asked, expected);
    assert_eq!(account.calls()["apigateway:GetVpcLinks"], 2);
}

#[test]
fn all_regions_of_the_account_are_read_and_those_without_anything_cost_three_calls() {
    let account = in_two_regions();
    let desk = Desk::new();
    let outcome = desk
        .scan(&account, &["--all-regions", "--pace-per-region"])
        .run();
    let report = outcome.report();
    assert_eq!(nlbs(&report), expected());
    let read = list(&report.0["generated_from"]["regions"]).len();
    assert!(read > 10, "{read} regions");
    let mut calls: BTreeMap<_, usize> = BTreeMap::new();
    for request in account.journal() {
        *calls.entry(request.region).or_default() += 1;
    }
    assert_eq!(calls.len(), read);
    let empty = calls
        .iter()
        .filter(|(region, _)| !REGIONS.contains(&region.as_str()));
    for (region, count) in empty {
        let accelerators = usize::from(region == "us-west-2");
        assert_eq!(*count, 3 + accelerators, "{region}");
    }
}

#[test]
fn at_full_pace_aws_never_has_to_throttle() {
    let account = emulator().account("bulk", json!({ "apis": 12, "resources": 5 }));
    account.throttle("aws");
    let outcome = Desk::new().scan(&account, &[]).run();
    assert_eq!(outcome.report().chains("bulk-nlb").len(), 60);
    let journal = account.journal();
    let throttled: Vec<_> = journal
        .iter()
        .filter(|request| request.status != 200)
        .collect();
    assert!(throttled.is_empty(), "{throttled:?}");
    assert_eq!(account.calls()["apigateway:GetResources"], 12);
}
