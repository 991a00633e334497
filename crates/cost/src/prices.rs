//! The price table: which prices are known, from where, and how old they are.
//!
//! A table is a file of rows. What has no row has no price: it is unknown, never zero, and never
//! that of a neighbouring region.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use unbridge_model::estimate::{Currency, Price, PriceItem};
use unbridge_model::id::Region;
use unbridge_model::text::Text;

/// The table in the binary.
const EMBEDDED: &str = include_str!("prices.toml");

const FORMAT: &str = "unbridge-prices";
const VERSION: u32 = 1;

/// Days after which a table is called old.
pub const OLD_AFTER_DAYS: i64 = 180;

/// Known prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTable {
    /// The day on which the rows held.
    pub as_of: Date,
    rows: BTreeMap<(Where, PriceItem), Price>,
}

/// Where a price holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Where {
    /// In every region of the `aws` partition that has no row of its own.
    Commercial,
    /// In this region.
    Region(Region),
}

impl std::fmt::Display for Where {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Commercial => f.write_str("*"),
            Self::Region(region) => region.fmt(f),
        }
    }
}

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadPrices {
    /// No TOML, or TOML of another shape.
    #[error("line {line}: {message}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// Another format, or a newer version of this one.
    #[error("format {0:?} version {1}; {FORMAT:?} version {VERSION} is known")]
    Format(String, u32),
    /// A row that cannot be right.
    #[error("the price of {item} in {region}: {problem}")]
    Row {
        /// The item.
        item: PriceItem,
        /// The region, as written.
        region: String,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u32,
    as_of: toml::value::Datetime,
    #[serde(default)]
    price: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    region: String,
    item: PriceItem,
    #[serde(with = "rust_decimal::serde::str")]
    price: Decimal,
    currency: Currency,
    source: String,
}

impl PriceTable {
    /// The table in the binary.
    ///
    /// # Errors
    /// [`BadPrices`] never: a test reads it.
    pub fn embedded() -> Result<Self, BadPrices> {
        Self::parse(EMBEDDED)
    }

    /// A table with no rows.
    #[must_use]
    pub fn empty(as_of: Date) -> Self {
        Self {
            as_of,
            rows: BTreeMap::new(),
        }
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`BadPrices`] when it is none, or when a row cannot be right.
    pub fn parse(text: &str) -> Result<Self, BadPrices> {
        let file: File = toml::from_str(text).map_err(|error| malformed(text, &error))?;
        if (file.format.as_str(), file.version) != (FORMAT, VERSION) {
            return Err(BadPrices::Format(file.format, file.version));
        }
        let mut table = Self::empty(date(file.as_of));
        for row in file.price {
            let bad = |problem: &str| BadPrices::Row {
                item: row.item,
                region: row.region.clone(),
                problem: problem.to_owned(),
            };
            let place = match row.region.as_str() {
                "*" => Where::Commercial,
                code => {
                    let region = Region::new(code).map_err(|error| bad(&error.to_string()))?;
                    Where::Region(region)
                }
            };
            let price = Price {
                amount: row.price,
                currency: row.currency,
                source: Text::from(row.source.clone()),
            };
            table.insert(place, row.item, price).map_err(bad)?;
        }
        Ok(table)
    }

    /// Adds a price.
    ///
    /// # Errors
    /// What is wrong with it: not above zero, in another currency than the region's, or there
    /// already.
    pub fn insert(
        &mut self,
        place: Where,
        item: PriceItem,
        price: Price,
    ) -> Result<(), &'static str> {
        match self.put(place, item, price)? {
            Some(_) => Err("it stands there twice"),
            None => Ok(()),
        }
    }

    /// Sets a price, and gives back the one that it takes the place of.
    ///
    /// # Errors
    /// What is wrong with it: not above zero, or in another currency than the region's.
    pub fn put(
        &mut self,
        place: Where,
        item: PriceItem,
        price: Price,
    ) -> Result<Option<Price>, &'static str> {
        let expected = match &place {
            Where::Commercial => Currency::Usd,
            Where::Region(region) => currency_of(region),
        };
        if price.amount <= Decimal::ZERO {
            return Err("a price is above zero");
        }
        if price.currency != expected {
            return Err("prices in China are in CNY, all others in USD");
        }
        Ok(self.rows.insert((place, item), price))
    }

    /// The price of an item in a region; `None` when it is not known.
    #[must_use]
    pub fn price(&self, item: PriceItem, region: &Region) -> Option<&Price> {
        let here = self.rows.get(&(Where::Region(region.clone()), item));
        here.or_else(|| {
            let everywhere = self.rows.get(&(Where::Commercial, item));
            everywhere.filter(|_| is_commercial(region))
        })
    }

    /// Every row, by region and item.
    pub fn rows(&self) -> impl Iterator<Item = (&Where, PriceItem, &Price)> {
        let all = self.rows.iter();
        all.map(|((place, item), price)| (place, *item, price))
    }

    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = (&Where, PriceItem, &mut Price)> {
        let all = self.rows.iter_mut();
        all.map(|((place, item), price)| (place, *item, price))
    }

    /// The table as a file that [`parse`](Self::parse) takes.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = format!(
            "format = \"{FORMAT}\"\nversion = {VERSION}\nas_of = {}\n",
            self.as_of
        );
        let quoted = |text: &str| toml::Value::from(text).to_string();
        for (place, item, price) in self.rows() {
            text.push_str(&format!(
                "\n[[price]]\nregion = {}\nitem = {}\nprice = {}\ncurrency = {}\nsource = {}\n",
                quoted(&place.to_string()),
                quoted(&item.to_string()),
                quoted(&price.amount.to_string()),
                quoted(&price.currency.to_string()),
                quoted(&price.source),
            ));
        }
        text
    }

    /// How many days old the table is, when that is too many.
    #[must_use]
    pub fn too_old(&self, today: Date) -> Option<i64> {
        let age = i64::from((today - self.as_of).get_days());
        (age > OLD_AFTER_DAYS).then_some(age)
    }
}

/// The currency that AWS bills a region in.
#[must_use]
pub fn currency_of(region: &Region) -> Currency {
    if region.as_str().starts_with("cn-") {
        Currency::Cny
    } else {
        Currency::Usd
    }
}

/// The other partitions have prices of their own.
fn is_commercial(region: &Region) -> bool {
    let others = ["cn-", "us-gov-", "us-iso", "eu-iso", "eusc-"];
    !others.iter().any(|one| region.as_str().starts_with(one))
}

/// Where in a text an error is, without the text itself: it may be anything.
fn malformed(text: &str, error: &toml::de::Error) -> BadPrices {
    let before = error.span().and_then(|span| text.get(..span.start));
    BadPrices::Malformed {
        line: before.unwrap_or_default().matches('\n').count() + 1,
        message: error.message().to_owned(),
    }
}

/// The day of a date of TOML; the first of the year 1 for a time without date, which is old enough
/// to be noticed.
fn date(told: toml::value::Datetime) -> Date {
    let day = told.date.and_then(|date| {
        let year = i16::try_from(date.year).ok()?;
        Date::new(
            year,
            i8::try_from(date.month).ok()?,
            i8::try_from(date.day).ok()?,
        )
        .ok()
    });
    day.unwrap_or(Date::constant(1, 1, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(code: &str) -> Region {
        Region::new(code).expect("a region")
    }

    fn table(rows: &str) -> Result<PriceTable, BadPrices> {
        let head = "format = 'unbridge-prices'\nversion = 1\nas_of = 2026-10-01\n";
        PriceTable::parse(&format!("{head}{rows}"))
    }

    fn row(region: &str, price: &str, currency: &str) -> String {
        format!(
            "[[price]]\nregion = '{region}'\nitem = 'nlb-hour'\nprice = '{price}'\n\
             currency = '{currency}'\nsource = 'a test'\n"
        )
    }

    #[test]
    fn the_table_in_the_binary_is_right_and_every_row_says_where_it_is_from() {
        let table = PriceTable::embedded().expect("a table");
        assert_eq!(table.rows().count(), 20);
        assert!(table.rows().all(|(_, _, price)| !price.source.is_empty()));
        let of = |item, code: &str| {
            let price = table.price(item, &region(code));
            price.map(|price| price.amount.to_string())
        };
        assert_eq!(
            of(PriceItem::NlbHour, "us-east-1").as_deref(),
            Some("0.0225")
        );
        assert_eq!(
            of(PriceItem::NlcuHour, "af-south-1").as_deref(),
            Some("0.0071")
        );
        assert_eq!(of(PriceItem::NlbHour, "sa-east-1"), None);
        assert_eq!(of(PriceItem::NlcuHour, "us-east-2"), None);
        assert_eq!(of(PriceItem::InterZoneGb, "us-east-1"), None);
        assert_eq!(
            of(PriceItem::PublicIpv4Hour, "sa-east-1").as_deref(),
            Some("0.005")
        );
        assert_eq!(of(PriceItem::PublicIpv4Hour, "cn-north-1"), None);
        for elsewhere in ["us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"] {
            assert_eq!(of(PriceItem::PublicIpv4Hour, elsewhere), None);
        }
    }

    #[test]
    fn a_table_that_is_written_is_read_as_it_was() {
        let mut table = PriceTable::embedded().expect("a table");
        let hostile = Price {
            amount: Decimal::ONE,
            currency: Currency::Cny,
            source: Text::new("a \"quote\"\n[[price]]\u{1b}"),
        };
        let place = Where::Region(region("cn-north-1"));
        table
            .insert(place, PriceItem::NlbHour, hostile)
            .expect("a price");
        let read = PriceTable::parse(&table.to_toml()).expect("a table");
        assert_eq!(read, table);
    }

    #[test]
    fn a_table_is_old_after_half_a_year() {
        let table = table("").expect("a table");
        let on = |day: &str| table.too_old(day.parse().expect("a date"));
        assert_eq!(on("2027-03-30"), None);
        assert_eq!(on("2027-03-31"), Some(181));
        assert_eq!(on("2026-01-01"), None);
    }

    #[test]
    fn rows_that_cannot_be_right_are_refused_by_name() {
        let refused = |rows: &str| table(rows).expect_err("a refusal").to_string();
        let usd = |region: &str, price: &str| row(region, price, "USD");
        assert!(refused(&usd("us-east-1", "0")).contains("above zero"));
        assert!(refused(&usd("us-east-1", "-1")).contains("nlb-hour in us-east-1"));
        assert!(refused(&usd("cn-north-1", "1")).contains("CNY"));
        assert!(refused(&row("us-east-1", "1", "CNY")).contains("USD"));
        assert!(refused(&(usd("eu-west-1", "1") + &usd("eu-west-1", "2"))).contains("twice"));
        assert!(refused(&usd("nowhere", "1")).contains("nowhere"));
        assert!(refused(&usd("us-east-1", "a lot")).contains("line"));
        assert!(refused("[[price]]\nregion = 'us-east-1'\n").contains("item"));
        let newer = "format = 'unbridge-prices'\nversion = 2\nas_of = 2026-10-01\n";
        let newer = PriceTable::parse(newer).expect_err("a refusal").to_string();
        assert!(newer.contains("version 2"), "{newer}");
    }
}
