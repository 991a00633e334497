//! The price table, for people.

use std::fmt::{self, Write};

use jiff::civil::Date;
use unbridge_model::estimate::{Price, PriceItem};

use crate::layout;
use crate::look::{Look, Tone};
use crate::words;

/// One row: where it holds, what for, and the price.
#[derive(Debug, Clone)]
pub struct PriceRow<'p> {
    /// A region, or `*` for every commercial one that has no row of its own.
    pub region: String,
    /// What is charged for.
    pub item: PriceItem,
    /// The price.
    pub price: &'p Price,
}

/// Writes every row, its source below it.
///
/// # Errors
/// When `out` does not take it.
pub fn prices(
    rows: &[PriceRow<'_>],
    as_of: Date,
    too_old: Option<i64>,
    look: Look,
    out: &mut dyn Write,
) -> fmt::Result {
    let columns = look.columns();
    let mut page = String::new();
    let mut head = format!("Prices of {as_of}, on demand, before discounts and taxes.");
    if let Some(days) = too_old {
        head.push_str(&format!(" {}: {days} days old.", Tone::Care.of("OLD")));
    }
    layout::fill(&mut page, "", &head, columns);
    layout::fill(
        &mut page,
        "",
        "What is not here has an unknown price, never zero.",
        columns,
    );
    for of_region in rows.chunk_by(|one, next| one.region == next.region) {
        let region = words::name(&of_region[0].region);
        page.push_str(&format!("\n{}\n", Tone::Strong.of(region)));
        for PriceRow { item, price, .. } in of_region {
            let text = format!("{item}: {} {}", price.amount, price.currency);
            layout::fill(&mut page, "  ", &text, columns);
            layout::fill(&mut page, "    ", &words::name(&price.source), columns);
        }
    }
    look.put(&page, out)
}
