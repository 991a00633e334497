//! What becomes of a price table by what the Price List tells.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use unbridge_model::estimate::{Price, PriceItem};
use unbridge_model::id::Region;
use unbridge_model::text::Text;

use super::product::{Found, Listing};
use crate::prices::{BadPrices, PriceTable, Where, currency_of};

/// What the Price List is asked for.
const ASKED: [PriceItem; 2] = [PriceItem::NlbHour, PriceItem::NlcuHour];

/// How the source of a price from the Price List begins; its SKU and the day follow.
const FROM_THE_LIST: &str = "AWS Price List, sku ";
/// What comes before the day of a source that tells none itself.
const UNDATED: &str = ", as of ";

/// A price that is now another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub region: Region,
    /// What for.
    pub item: PriceItem,
    /// What the table said.
    pub before: Decimal,
    /// What it says now.
    pub after: Decimal,
}

/// Products that disagree about one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Where.
    pub region: Region,
    /// What for.
    pub item: PriceItem,
    /// What each says, by SKU.
    pub told: Vec<(Text, Decimal)>,
}

/// A table, and how it became what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The table as it is now.
    pub table: PriceTable,
    /// Prices that were not known before.
    pub new: Vec<(Region, PriceItem)>,
    /// Prices that are other ones now.
    pub changed: Vec<Change>,
    /// How many prices AWS tells as the table had them.
    pub same: usize,
    /// How many rows stay as they were: AWS told nothing about them, or several things. Their
    /// sources name the day of the table that they are from.
    pub kept: usize,
    /// Prices about which AWS tells several things: they stay as they were.
    pub disputed: Vec<Dispute>,
    /// Prices that were asked for by region and not told: unknown, or as they were.
    pub unanswered: Vec<(Region, PriceItem)>,
}

/// Merges what AWS told on a day into a table. Only the regions `asked` for count; all when there
/// are none.
///
/// # Errors
/// [`BadPrices`] for a price that no table can hold.
pub fn merge(
    before: &PriceTable,
    listing: &Listing,
    asked: &[Region],
    today: Date,
) -> Result<Update, BadPrices> {
    let mut update = Update {
        table: before.clone(),
        new: Vec::new(),
        changed: Vec::new(),
        same: 0,
        kept: 0,
        disputed: Vec::new(),
        unanswered: Vec::new(),
    };
    update.table.as_of = today;
    let mut told_of = BTreeSet::new();
    for ((region, item), told) in &listing.found {
        if asked.is_empty() || asked.contains(region) {
            told_of.extend(update.take(region, *item, told)?);
        }
    }
    update.kept = update.date_what_is_kept(&told_of, before.as_of);
    for region in asked {
        let untold = |item: &PriceItem| !listing.found.contains_key(&(region.clone(), *item));
        let items = ASKED.into_iter().filter(untold);
        update
            .unanswered
            .extend(items.map(|item| (region.clone(), item)));
    }
    Ok(update)
}

impl Update {
    /// Takes in what is told of one price; the row that it is now in, when that is surely one.
    fn take(
        &mut self,
        region: &Region,
        item: PriceItem,
        told: &[Found],
    ) -> Result<Option<(Where, PriceItem)>, BadPrices> {
        let mut told: Vec<&Found> = told.iter().collect();
        told.sort_unstable_by(|a, b| a.sku.cmp(&b.sku));
        let Some(first) = told.first() else {
            return Ok(None);
        };
        let (region, amount) = (region.clone(), first.amount);
        if told.iter().any(|one| one.amount != amount) {
            let each = |one: &&Found| (Text::new(&one.sku), one.amount);
            let told = told.iter().map(each).collect();
            self.disputed.push(Dispute { region, item, told });
            return Ok(None);
        }
        let price = Price {
            amount,
            currency: currency_of(&region),
            source: Text::from(format!(
                "{FROM_THE_LIST}{}, {}",
                first.sku, self.table.as_of
            )),
        };
        let place = Where::Region(region.clone());
        let before = self.table.put(place.clone(), item, price);
        let before = before.map_err(|problem| BadPrices::Row {
            item,
            region: region.to_string(),
            problem: problem.to_owned(),
        })?;
        match before {
            None => self.new.push((region, item)),
            Some(before) if before.amount == amount => self.same += 1,
            Some(before) => self.changed.push(Change {
                region,
                item,
                before: before.amount,
                after: amount,
            }),
        }
        Ok(Some((place, item)))
    }

    /// Says in the sources of rows that stay of which day they are, because the day of the table
    /// does not say it any more; tells how many there are.
    fn date_what_is_kept(&mut self, told_of: &BTreeSet<(Where, PriceItem)>, day: Date) -> usize {
        let mut kept = 0;
        for (place, item, price) in self.table.rows_mut() {
            if told_of.contains(&(place.clone(), item)) {
                continue;
            }
            kept += 1;
            let dated = [FROM_THE_LIST, UNDATED].map(|words| price.source.contains(words));
            if dated == [false, false] {
                price.source = Text::from(format!("{}{UNDATED}{day}", price.source));
            }
        }
        kept
    }

    /// Whether everything that was asked for was told, and could be understood.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.disputed.is_empty() && self.unanswered.is_empty()
    }

    /// Whether AWS told any price.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        !self.new.is_empty() || !self.changed.is_empty() || self.same > 0
    }
}
