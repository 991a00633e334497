//! `unbridge prices update` over the wire.

use serde_json::{Value, json};

use crate::harness::{Account, Desk, Outcome, emulator};

fn update(desk: &Desk, account: &Account, args: &[&str]) -> Outcome {
    let words = ["prices", "update"].iter().chain(args);
    desk.unbridge(words).account(account).run()
}

fn empty() -> Account {
    emulator().account("empty", json!({}))
}

/// Products that the Price List has besides its own.
fn more_products(account: &Account, items: Value) {
    let body = json!({
        "account": account.id, "region": "us-east-1", "kind": "products", "items": items,
    });
    emulator().post("put", &body);
}

/// What a table says of a price: amount, currency and source.
fn price(table: &toml::Table, region: &str, item: &str) -> Option<[String; 3]> {
    let rows = table["price"].as_array().expect("rows").iter();
    let mut rows = rows.filter(|row| row["region"].as_str() == Some(region));
    let row = rows.find(|row| row["item"].as_str() == Some(item))?;
    let text = |key: &str| row[key].as_str().expect("a text").to_owned();
    Some(["price", "currency", "source"].map(text))
}

fn table(text: &str) -> toml::Table {
    text.parse().expect("TOML")
}

fn written(desk: &Desk, name: &str) -> toml::Table {
    let text = std::fs::read_to_string(desk.work().join(name)).expect("a table");
    table(&text)
}

#[test]
fn every_region_of_the_price_list_is_read_page_by_page() {
    let account = empty();
    let desk = Desk::new();
    let outcome = update(&desk, &account, &[]);
    outcome
        .expect_code(0)
        .expect_told("prices: unbridge-prices.toml")
        // 22 regions with two prices each, of which the table in the binary had 19.
        .expect_told("25 new, 1 changed, 18 the same; 1 stay as they were")
        .expect_told("changed: nlcu-hour in eu-west-1: 0.006 -> 0.0061");
    assert_eq!(outcome.stdout, "");
    assert_eq!(account.calls()["pricing:GetProducts"], 2, "132 products");
    assert_eq!(desk.files(), ["unbridge-prices.toml"]);

    let made = written(&desk, "unbridge-prices.toml");
    assert_eq!(made["as_of"].to_string(), "2026-11-01");
    let of = |region: &str, item: &str| price(&made, region, item);
    let amount =
        |region, item| of(region, item).map(|[amount, currency, _]| amount + " " + &currency);
    assert_eq!(
        amount("sa-east-1", "nlb-hour").as_deref(),
        Some("0.034 USD")
    );
    assert_eq!(
        amount("us-gov-west-1", "nlb-hour").as_deref(),
        Some("0.027 USD")
    );
    assert_eq!(
        amount("us-gov-east-1", "nlcu-hour").as_deref(),
        Some("0.0075 USD")
    );
    assert_eq!(of("cn-north-1", "nlb-hour"), None);
    let [_, _, source] = of("sa-east-1", "nlcu-hour").expect("a price");
    assert!(source.starts_with("AWS Price List, sku "), "{source}");
    assert!(source.ends_with(", 2026-11-01"), "{source}");
    let [_, _, kept] = of("*", "public-ipv4-hour").expect("a price");
    assert!(kept.ends_with("as of 2026-10-01"), "{kept}");

    let shown = desk.run(["prices", "show", "--prices", "unbridge-prices.toml"]);
    shown.expect_code(0);
    assert!(
        shown.stdout.contains("Prices of 2026-11-01"),
        "{}",
        shown.stdout
    );
}

#[test]
fn regions_are_asked_for_one_by_one_and_stdout_takes_the_table() {
    let account = empty();
    let desk = Desk::new();
    let args = [
        "--region",
        "us-gov-west-1",
        "--region",
        "ap-east-1",
        "-o",
        "-",
    ];
    let outcome = update(&desk, &account, &args);
    outcome
        .expect_code(0)
        .expect_told("4 new, 0 changed, 0 the same; 20 stay as they were");
    let made = table(&outcome.stdout);
    assert!(price(&made, "us-gov-west-1", "nlb-hour").is_some());
    assert_eq!(price(&made, "sa-east-1", "nlb-hour"), None);
    assert_eq!(desk.files(), Vec::<String>::new());
    let regions: Vec<_> = account
        .journal()
        .into_iter()
        .map(|request| request.region)
        .collect();
    assert_eq!(
        regions,
        ["us-east-1", "us-east-1"],
        "GovCloud has no Price List of its own"
    );

    desk.write("mine.toml", &outcome.stdout);
    let args = [
        "--prices",
        "mine.toml",
        "-o",
        "mine.toml",
        "--region",
        "ap-east-1",
    ];
    update(&desk, &account, &args)
        .expect_code(0)
        .expect_told("0 new, 0 changed, 2 the same; 22 stay as they were");
    assert!(price(&written(&desk, "mine.toml"), "us-gov-west-1", "nlb-hour").is_some());
}

#[test]
fn china_is_asked_in_china_and_answers_in_its_currency() {
    let account = empty();
    let desk = Desk::new();
    let told = |outcome: Outcome| {
        outcome.expect_code(0);
        let made = table(&outcome.stdout);
        let [amount, currency, _] = price(&made, "cn-north-1", "nlb-hour").expect("a price");
        (amount, currency)
    };
    let expected = ("0.156".to_owned(), "CNY".to_owned());
    let asked = update(&desk, &account, &["--region", "cn-north-1", "-o", "-"]);
    assert_eq!(told(asked), expected);
    let words = ["prices", "update", "-o", "-"];
    let at_home = desk
        .unbridge(words)
        .account(&account)
        .env("AWS_REGION", "cn-north-1");
    assert_eq!(told(at_home.run()), expected);
    let regions = account.journal().into_iter().map(|request| request.region);
    assert!(regions.into_iter().all(|region| region == "cn-northwest-1"));
}

#[test]
fn a_region_without_an_answer_is_named_and_makes_the_update_incomplete() {
    let account = empty();
    let desk = Desk::new();
    let args = ["--region", "eu-west-1", "--region", "mx-central-1"];
    update(&desk, &account, &args)
        .expect_code(4)
        .expect_told("no answer: nlb-hour in mx-central-1; it is unknown, or as it was");
    let made = written(&desk, "unbridge-prices.toml");
    assert!(price(&made, "eu-west-1", "nlb-hour").is_some());
    assert_eq!(price(&made, "mx-central-1", "nlb-hour"), None);

    let desk = Desk::new();
    update(&desk, &account, &["--region", "mx-central-1"])
        .expect_code(1)
        .expect_told("nothing was written");
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn products_that_are_damaged_or_disagree_change_no_price() {
    let account = empty();
    more_products(
        &account,
        json!([
            { "Text": "{\"product\": {\"sku\": \"HA" },
            { "Region": "us-east-1", "Usage": "LoadBalancerUsage", "Unit": "Hrs", "Price": "9.99" },
            { "Region": "eu-west-1", "Usage": "EU-LCUUsage", "Unit": "parsecs", "Price": "1" },
            {
                "Region": "eu-west-2", "Usage": "EUW2-LCUUsage\u{1b}[2J\nerror: no", "Unit": "Hrs",
                "Price": "1",
            },
        ]),
    );
    let desk = Desk::new();
    let outcome = update(&desk, &account, &[]);
    outcome
        .expect_code(4)
        .expect_told("refused: nlb-hour in us-east-1: ")
        .expect_told("9.99 in sku ")
        .expect_told("refused: product ")
        .expect_told("parsecs");
    let made = written(&desk, "unbridge-prices.toml");
    let [amount, _, source] = price(&made, "us-east-1", "nlb-hour").expect("a price");
    assert_eq!(amount, "0.0225");
    assert!(!source.contains("Price List"), "{source}");
    assert!(!outcome.stderr.contains('\u{1b}') && !outcome.stderr.contains("\nerror"));
}

#[test]
fn a_denied_update_says_what_to_allow_and_writes_nothing() {
    let account = empty();
    account.faults(json!([{ "service": "pricing", "kind": "deny", "times": -1 }]));
    let desk = Desk::new();
    update(&desk, &account, &[])
        .expect_code(1)
        .expect_told("allow this identity pricing:GetProducts");
    assert_eq!(account.journal().len(), 1);
    for (region, words) in [
        ("us-gov-west-1", "commercial"),
        ("cn-north-1", "accounts in China"),
    ] {
        update(&desk, &account, &["--region", region])
            .expect_code(1)
            .expect_told(words);
    }
    let expired = json!([{ "service": "pricing", "kind": "expired", "times": -1 }]);
    account.faults(expired);
    update(&desk, &account, &[])
        .expect_code(1)
        .expect_told("sign in again");
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn what_is_throttled_or_breaks_off_is_asked_again() {
    let account = empty();
    let desk = Desk::new();
    for fault in [json!({ "kind": "throttle" }), json!({ "drop": "before" })] {
        account.faults(json!([fault]));
        update(&desk, &account, &["--region", "eu-west-1"]).expect_code(0);
    }
    account.faults(json!([{ "corrupt": true }]));
    let desk = Desk::new();
    update(&desk, &account, &["--region", "eu-west-1"]).expect_code(1);
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn a_place_that_takes_no_file_is_told_and_nothing_is_left_behind() {
    let account = empty();
    let desk = Desk::new();
    std::fs::create_dir(desk.work().join("folder")).expect("a folder");
    update(&desk, &account, &["-o", "folder"])
        .expect_code(1)
        .expect_told("it is a folder");
    assert!(account.journal().is_empty(), "before anything is asked");
    update(
        &desk,
        &account,
        &["--region", "eu-west-1", "-o", "nowhere/prices.toml"],
    )
    .expect_code(1)
    .expect_told("nowhere/prices.toml")
    .expect_told("-o FILE");
    assert_eq!(desk.files(), ["folder"]);
}

#[test]
fn without_credentials_no_price_is_asked_for() {
    let desk = Desk::new();
    let outcome = desk.unbridge(["prices", "update"]).emulated().run();
    outcome.expect_code(1).expect_told("sign in");
    assert_eq!(desk.files(), Vec::<String>::new());
}
