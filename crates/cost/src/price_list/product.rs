//! Products as the Price List writes them, each a text of JSON, and the prices among them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use unbridge_model::estimate::PriceItem;
use unbridge_model::id::Region;

use crate::prices::currency_of;

/// What NLBs are billed under.
pub(super) const OPERATION: &str = "LoadBalancing:Network";
/// The family of their products.
const FAMILY: &str = "Load Balancer-Network";
/// Where a price holds that is none of Outposts, Local Zones and their like.
const IN_A_REGION: &str = "AWS Region";
/// What stands before a kind of usage where trust stores are meant, as a region's letters do.
const TRUST_STORE: &str = "TS";

#[derive(Deserialize)]
struct Told {
    product: Product,
    #[serde(default)]
    terms: Terms,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    sku: String,
    product_family: Option<String>,
    attributes: Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    region_code: Option<String>,
    usagetype: Option<String>,
    operation: Option<String>,
    location_type: Option<String>,
}

#[derive(Deserialize, Default)]
struct Terms {
    #[serde(default, rename = "OnDemand")]
    on_demand: BTreeMap<String, Term>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    price_dimensions: BTreeMap<String, Dimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    unit: String,
    price_per_unit: BTreeMap<String, String>,
}

/// A price that a product tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) sku: String,
    pub(super) amount: Decimal,
}

/// A product that should tell a price and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which: its SKU, or its place among the products, from 1, where it has none.
    pub product: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What products tell, page by page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    pub(super) found: BTreeMap<(Region, PriceItem), Vec<Found>>,
    /// Products that were refused.
    pub refused: Vec<Refused>,
    /// Products that have nothing to do with NLBs in regions, such as reserved capacity.
    pub others: usize,
    products: usize,
}

/// What a product is to us.
enum Meaning {
    Price(Region, PriceItem, Found),
    Other,
}

impl Listing {
    /// Takes in one product.
    pub fn add(&mut self, product: &str) {
        self.products += 1;
        match meaning(product) {
            Ok(Meaning::Price(region, item, found)) => {
                self.found.entry((region, item)).or_default().push(found);
            }
            Ok(Meaning::Other) => self.others += 1,
            Err((sku, problem)) => self.refused.push(Refused {
                product: sku.unwrap_or_else(|| format!("product {}", self.products)),
                problem,
            }),
        }
    }
}

/// The problem of a product, and its SKU where that can be read.
type Problem = (Option<String>, String);

fn meaning(text: &str) -> Result<Meaning, Problem> {
    let told: Told = serde_json::from_str(text).map_err(|error| (None, error.to_string()))?;
    let Told { product, terms } = told;
    let Some(item) = item(&product) else {
        return Ok(Meaning::Other);
    };
    let Product {
        sku, attributes, ..
    } = product;
    let priced = region(&attributes)
        .and_then(|region| Ok((amount(&terms, item, &region)?, region)))
        .map_err(|problem| (Some(sku.clone()), problem));
    let (amount, region) = priced?;
    Ok(Meaning::Price(region, item, Found { sku, amount }))
}

/// What a product is a price of; `None` for what is no concern of ours. The kind of usage is a
/// name, in all regions but one with the region's letters before it: `EU-LCUUsage`.
fn item(product: &Product) -> Option<PriceItem> {
    let Attributes {
        usagetype,
        operation,
        location_type,
        region_code: _,
    } = &product.attributes;
    let is = |told: &Option<String>, word| told.as_ref().is_none_or(|told| told == word);
    let family = product.product_family.as_ref();
    let ours = operation.as_deref() == Some(OPERATION)
        && is(location_type, IN_A_REGION)
        && family.is_none_or(|family| family.is_empty() || family == FAMILY);
    let usage = usagetype.as_deref().filter(|_| ours)?;
    let letters = |prefix: &str| {
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        prefix != TRUST_STORE && !prefix.is_empty() && prefix.chars().all(plain)
    };
    let name = match usage.split_once('-') {
        Some((prefix, name)) if letters(prefix) => name,
        Some(_) => return None,
        None => usage,
    };
    match name {
        "LoadBalancerUsage" => Some(PriceItem::NlbHour),
        "LCUUsage" => Some(PriceItem::NlcuHour),
        _ => None,
    }
}

fn region(attributes: &Attributes) -> Result<Region, String> {
    let code = attributes.region_code.as_deref();
    let code = code.ok_or("regionCode is missing")?;
    Region::new(code).map_err(|error| format!("regionCode: {error}"))
}

fn amount(terms: &Terms, item: PriceItem, region: &Region) -> Result<Decimal, String> {
    let terms = terms.on_demand.values();
    let mut dimensions = terms.flat_map(|term| term.price_dimensions.values());
    let (Some(only), None) = (dimensions.next(), dimensions.next()) else {
        return Err("it has not one price on demand, but none, or several tiers".to_owned());
    };
    let units: &[&str] = match item {
        PriceItem::NlcuHour => &["LCU-Hrs", "Hrs"],
        PriceItem::NlbHour
        | PriceItem::ReservedNlcuHour
        | PriceItem::PublicIpv4Hour
        | PriceItem::InterZoneGb => &["Hrs"],
    };
    if !units.contains(&only.unit.as_str()) {
        return Err(format!("its unit is {:?}", only.unit));
    }
    let currency = currency_of(region);
    let told = only.price_per_unit.get(&currency.to_string());
    let told = told.ok_or_else(|| format!("it has no price in {currency}"))?;
    let amount: Decimal = told
        .parse()
        .map_err(|_| format!("its price is {told:?}, which is no number"))?;
    if amount <= Decimal::ZERO {
        return Err(format!("its price is {told}, and nothing is for free"));
    }
    Ok(amount.normalize())
}
