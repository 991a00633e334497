//! Products in the form that the Price List has them.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use unbridge_model::estimate::{Currency, Price, PriceItem};
use unbridge_model::text::Text;

use super::*;
use crate::prices::{PriceTable, Where};

const TODAY: Date = Date::constant(2026, 11, 1);

fn region(code: &str) -> Region {
    Region::new(code).expect("a region")
}

fn amount(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

/// A product in full, with one price for any quantity.
fn product(sku: &str, code: &str, usage: &str, unit: &str, price: (&str, &str)) -> Value {
    let (currency, amount) = price;
    json!({
        "product": {
            "productFamily": "Load Balancer-Network",
            "attributes": {
                "regionCode": code,
                "servicecode": "AWSELB",
                "groupDescription": "Used Network Load Balancer capacity units-hr",
                "usagetype": usage,
                "locationType": "AWS Region",
                "location": "EU (Ireland)",
                "servicename": "Elastic Load Balancing",
                "operation": "LoadBalancing:Network",
                "group": "ELB:Balancer",
            },
            "sku": sku,
        },
        "serviceCode": "AWSELB",
        "terms": { "OnDemand": { format!("{sku}.JRTCKXETXF"): {
            "priceDimensions": { format!("{sku}.JRTCKXETXF.6YS6EN2CT7"): {
                "unit": unit,
                "endRange": "Inf",
                "description": "a price",
                "appliesTo": [],
                "rateCode": format!("{sku}.JRTCKXETXF.6YS6EN2CT7"),
                "beginRange": "0",
                "pricePerUnit": { currency: amount },
            } },
            "sku": sku,
            "effectiveDate": "2026-09-01T00:00:00Z",
            "offerTermCode": "JRTCKXETXF",
            "termAttributes": {},
        } } },
        "version": "20260911000000",
        "publicationDate": "2026-09-11T00:00:00Z",
    })
}

fn hours(sku: &str, code: &str, usage: &str, usd: &str) -> Value {
    product(sku, code, usage, "Hrs", ("USD", usd))
}

fn listing(products: &[Value]) -> Listing {
    let mut listing = Listing::default();
    for product in products {
        listing.add(&product.to_string());
    }
    listing
}

/// The rows of a table that begins empty, as `REGION ITEM AMOUNT CURRENCY`.
fn rows(products: &[Value]) -> Vec<String> {
    let table = PriceTable::empty(Date::constant(2026, 1, 1));
    let update = merge(&table, &listing(products), &[], TODAY).expect("a table");
    let rows = update.table.rows();
    rows.map(|(place, item, price)| format!("{place} {item} {} {}", price.amount, price.currency))
        .collect()
}

/// The one problem that a product has.
fn problem(product: &Value) -> (String, String) {
    let listing = listing(std::slice::from_ref(product));
    assert!(listing.found.is_empty() && listing.others == 0);
    let [refused] = &listing.refused[..] else {
        panic!("{listing:?}");
    };
    (refused.product.clone(), refused.problem.clone())
}

#[test]
fn hours_and_capacity_units_of_every_partition_are_told() {
    let told = rows(&[
        hours("A1", "us-east-1", "LoadBalancerUsage", "0.0225000000"),
        product(
            "A2",
            "us-east-1",
            "LCUUsage",
            "LCU-Hrs",
            ("USD", "0.0060000000"),
        ),
        hours("B1", "eu-west-1", "EU-LoadBalancerUsage", "0.0252000000"),
        hours(
            "C1",
            "us-gov-west-1",
            "UGW1-LoadBalancerUsage",
            "0.0270000000",
        ),
        product(
            "D1",
            "cn-north-1",
            "CNN1-LoadBalancerUsage",
            "Hrs",
            ("CNY", "0.1560000000"),
        ),
        product(
            "D2",
            "cn-northwest-1",
            "CNW1-LCUUsage",
            "LCU-Hrs",
            ("CNY", "0.0420000000"),
        ),
    ]);
    assert_eq!(
        told,
        [
            "cn-north-1 nlb-hour 0.156 CNY",
            "cn-northwest-1 nlcu-hour 0.042 CNY",
            "eu-west-1 nlb-hour 0.0252 USD",
            "us-east-1 nlb-hour 0.0225 USD",
            "us-east-1 nlcu-hour 0.006 USD",
            "us-gov-west-1 nlb-hour 0.027 USD",
        ]
    );
}

#[test]
fn what_is_no_nlb_in_a_region_is_left_aside() {
    let mut outposts = hours("O1", "eu-west-1", "EU-LoadBalancerUsage", "0.03");
    outposts["product"]["attributes"]["locationType"] = json!("AWS Outposts");
    let mut local = hours("L1", "us-west-2-lax-1", "LAX1-LoadBalancerUsage", "0.027");
    local["product"]["attributes"]["locationType"] = json!("AWS Local Zone");
    let mut alb = hours("L2", "eu-west-1", "EU-LoadBalancerUsage", "0.0252");
    alb["product"]["attributes"]["operation"] = json!("LoadBalancing:Application");
    let mut family = hours("L3", "eu-west-1", "EU-LoadBalancerUsage", "0.0126");
    family["product"]["productFamily"] = json!("Load Balancer-Gateway");
    let mut all = vec![outposts, local, alb, family];
    for usage in [
        "EU-TS-LoadBalancerUsage",
        "TS-LoadBalancerUsage",
        "TS-EUW1-LCUUsage",
        "EU-Outposts-LCUUsage",
        "Outposts-LoadBalancerUsage",
        "EU-ReservedLCUUsage",
        "ReservedLCUUsage",
        "EU-Reserved LoadBalancerUsage",
        "EU-IdleProvisionedLBCapacity",
        "-LCUUsage",
        "",
    ] {
        all.push(hours("U1", "eu-west-1", usage, "0.001"));
    }
    let listing = listing(&all);
    assert_eq!(listing.others, all.len());
    assert!(listing.found.is_empty() && listing.refused.is_empty());
}

#[test]
fn a_product_that_tells_no_family_or_place_is_known_by_its_operation() {
    let mut bare = product("A2", "eu-west-2", "EUW2-LCUUsage", "Hrs", ("USD", "0.006"));
    bare["product"]["productFamily"] = Value::Null;
    let attributes = bare["product"]["attributes"].as_object_mut();
    attributes.expect("attributes").remove("locationType");
    assert_eq!(rows(&[bare]), ["eu-west-2 nlcu-hour 0.006 USD"]);
}

#[test]
fn a_price_that_is_not_surely_one_is_refused_with_a_reason() {
    let good = || hours("A1", "eu-west-1", "EU-LoadBalancerUsage", "0.0252");
    let mut tiered = good();
    let term = &mut tiered["terms"]["OnDemand"]["A1.JRTCKXETXF"]["priceDimensions"];
    let first = term["A1.JRTCKXETXF.6YS6EN2CT7"].clone();
    term["A1.JRTCKXETXF.OTHER"] = first;
    let mut without = good();
    without["terms"] = json!({});
    let mut nowhere = good();
    nowhere["product"]["attributes"]["regionCode"] = Value::Null;
    let mut odd = good();
    odd["product"]["attributes"]["regionCode"] = json!("Europe");
    let priced = |currency, amount| {
        product(
            "A1",
            "eu-west-1",
            "EU-LCUUsage",
            "LCU-Hrs",
            (currency, amount),
        )
    };
    for (product, words) in [
        (tiered, "several tiers"),
        (without, "but none"),
        (nowhere, "regionCode is missing"),
        (odd, "regionCode"),
        (priced("EUR", "0.02"), "no price in USD"),
        (priced("USD", "cheap"), "no number"),
        (priced("USD", "0.0000000000"), "for free"),
        (priced("USD", "-1"), "for free"),
        (
            product("A1", "cn-north-1", "CNN1-LCUUsage", "LCU-Hrs", ("USD", "1")),
            "no price in CNY",
        ),
        (
            product("A1", "eu-west-1", "EU-LCUUsage", "GB", ("USD", "1")),
            "unit is \"GB\"",
        ),
        (
            product(
                "A1",
                "eu-west-1",
                "EU-LoadBalancerUsage",
                "LCU-Hrs",
                ("USD", "1"),
            ),
            "unit",
        ),
    ] {
        let (sku, problem) = problem(&product);
        assert_eq!(sku, "A1");
        assert!(problem.contains(words), "{problem}");
    }
}

#[test]
fn what_is_no_product_is_refused_by_its_place() {
    let mut listing = Listing::default();
    let good = hours("A1", "eu-west-1", "EU-LoadBalancerUsage", "0.0252").to_string();
    let half = &good[..good.len() / 2];
    for text in [
        &good,
        half,
        "",
        "[]",
        r#"{"product":{}}"#,
        &"[".repeat(10_000),
    ] {
        listing.add(text);
    }
    assert_eq!(listing.found.len(), 1);
    let places: Vec<_> = listing
        .refused
        .iter()
        .map(|one| one.product.as_str())
        .collect();
    assert_eq!(
        places,
        [2, 3, 4, 5, 6].map(|place| format!("product {place}"))
    );
}

/// A table with hours in two regions, of which one is not what AWS will say.
fn before() -> PriceTable {
    let mut table = PriceTable::empty(Date::constant(2026, 10, 1));
    for (code, hour) in [("eu-west-1", "0.0252"), ("us-east-1", "0.02")] {
        let price = Price {
            amount: amount(hour),
            currency: Currency::Usd,
            source: Text::new("a blog"),
        };
        let place = Where::Region(region(code));
        table
            .insert(place, PriceItem::NlbHour, price)
            .expect("a price");
    }
    table
}

#[test]
fn rows_are_new_or_changed_or_the_same_or_stay() {
    let told = listing(&[
        hours("A1", "us-east-1", "LoadBalancerUsage", "0.0225000000"),
        product("A2", "us-east-1", "LCUUsage", "LCU-Hrs", ("USD", "0.006")),
    ]);
    let asked = [region("us-east-1")];
    let update = merge(&before(), &told, &asked, TODAY).expect("a table");
    assert_eq!(update.new, [(region("us-east-1"), PriceItem::NlcuHour)]);
    let change = Change {
        region: region("us-east-1"),
        item: PriceItem::NlbHour,
        before: amount("0.02"),
        after: amount("0.0225"),
    };
    assert_eq!(update.changed, [change]);
    assert_eq!((update.same, update.kept), (0, 1));
    assert!(update.is_complete() && update.has_answer());
    assert_eq!(update.table.as_of, TODAY);
    let source = |table: &PriceTable, code: &str| {
        let price = table.price(PriceItem::NlbHour, &region(code));
        price.expect("a price").source.to_string()
    };
    assert_eq!(
        source(&update.table, "us-east-1"),
        "AWS Price List, sku A1, 2026-11-01"
    );
    assert_eq!(
        source(&update.table, "eu-west-1"),
        "a blog, as of 2026-10-01"
    );

    let same_day = merge(&update.table, &told, &asked, TODAY).expect("a table");
    assert_eq!((same_day.same, same_day.kept), (2, 1));
    let later = Date::constant(2027, 5, 1);
    let again = merge(&update.table, &told, &asked, later).expect("a table");
    assert_eq!((again.same, again.kept), (2, 1));
    assert_eq!((again.new, again.changed), (vec![], vec![]));
    assert_eq!(
        source(&again.table, "eu-west-1"),
        "a blog, as of 2026-10-01"
    );
    let nothing = merge(&again.table, &Listing::default(), &[], later).expect("a table");
    assert_eq!((nothing.kept, nothing.has_answer()), (3, false));
    assert_eq!(
        source(&nothing.table, "us-east-1"),
        "AWS Price List, sku A1, 2027-05-01"
    );
    let read = PriceTable::parse(&again.table.to_toml()).expect("a table");
    assert_eq!(read, again.table);
}

#[test]
fn a_region_without_an_answer_is_named_and_its_price_never_taken_from_elsewhere() {
    let told = listing(&[hours("A1", "us-east-1", "LoadBalancerUsage", "0.0225")]);
    let asked = ["eu-west-1", "sa-east-1", "us-east-1"].map(region);
    let update = merge(&before(), &told, &asked, TODAY).expect("a table");
    let unanswered: Vec<_> = update
        .unanswered
        .iter()
        .map(|(region, item)| format!("{region} {item}"))
        .collect();
    assert_eq!(
        unanswered,
        [
            "eu-west-1 nlb-hour",
            "eu-west-1 nlcu-hour",
            "sa-east-1 nlb-hour",
            "sa-east-1 nlcu-hour",
            "us-east-1 nlcu-hour",
        ]
    );
    assert!(!update.is_complete());
    assert_eq!(
        update.table.price(PriceItem::NlbHour, &region("sa-east-1")),
        None
    );
    let more = listing(&[hours(
        "B1",
        "ap-south-1",
        "APS3-LoadBalancerUsage",
        "0.0239",
    )]);
    let update = merge(&before(), &more, &[region("us-east-1")], TODAY).expect("a table");
    assert!(!update.has_answer(), "nobody asked for that region");
}

#[test]
fn products_that_disagree_are_refused_and_named_and_those_that_agree_are_one() {
    let told = |prices: [&str; 2]| {
        let [one, other] = prices;
        let products = [
            hours("B2", "us-east-1", "LoadBalancerUsage", other),
            hours("A1", "us-east-1", "LoadBalancerUsage", one),
        ];
        merge(&before(), &listing(&products), &[], TODAY).expect("a table")
    };
    let update = told(["0.0225", "0.0300"]);
    let [dispute] = &update.disputed[..] else {
        panic!("{update:?}");
    };
    let skus: Vec<_> = dispute.told.iter().map(|(sku, _)| sku.as_str()).collect();
    assert_eq!(skus, ["A1", "B2"]);
    let price = |update: &Update| {
        let price = update.table.price(PriceItem::NlbHour, &region("us-east-1"));
        price.expect("a price").amount
    };
    assert_eq!(price(&update), amount("0.02"));
    assert!(!update.is_complete());
    let update = told(["0.0225", "0.022500"]);
    assert!(update.is_complete());
    assert_eq!(price(&update), amount("0.0225"));
}

#[test]
fn each_market_is_asked_about_its_own_regions() {
    let asked = ["us-gov-west-1", "cn-north-1"].map(region);
    let queries = Query::about(&asked, Market::Commercial);
    let told: Vec<_> = queries
        .iter()
        .map(|query| (query.market.endpoint(), query.filters()))
        .collect();
    let operation = ("operation", "LoadBalancing:Network");
    assert_eq!(
        told,
        [
            (
                "us-east-1",
                vec![operation, ("regionCode", "us-gov-west-1")]
            ),
            (
                "cn-northwest-1",
                vec![operation, ("regionCode", "cn-north-1")]
            ),
        ]
    );
    let [all] = &Query::about(&[], Market::China)[..] else {
        panic!("one question about all");
    };
    assert_eq!(all.filters(), [operation]);
}
