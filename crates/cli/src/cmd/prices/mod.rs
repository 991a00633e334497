//! `unbridge prices`: what costs are worked out at.

#[cfg(feature = "aws")]
mod update;

use unbridge_report::prices::{PriceRow, prices};

use crate::args::{PricesArgs, PricesOf, PricesOutput, PricesShowArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::today::today;
use crate::{costs, terminal};

pub(crate) fn run(args: &PricesArgs) -> Result<Done, Failure> {
    match &args.of {
        PricesOf::Show(args) => show(args),
        #[cfg(feature = "aws")]
        PricesOf::Update(args) => update::run(args),
    }
}

fn show(args: &PricesShowArgs) -> Result<Done, Failure> {
    let table = costs::prices(args.prices.as_deref())?;
    let text = match args.output {
        PricesOutput::Toml => table.to_toml(),
        PricesOutput::Table => {
            let rows = table.rows().map(|(place, item, price)| PriceRow {
                region: place.to_string(),
                item,
                price,
            });
            let rows: Vec<PriceRow<'_>> = rows.collect();
            let (look, too_old) = (terminal::look(args.width), table.too_old(today()?));
            let mut text = String::new();
            prices(&rows, table.as_of, too_old, look, &mut text).map_err(Failure::unexpected)?;
            text
        }
    };
    terminal::put(&text)?;
    Ok(Done::Clean)
}
