//! Prices, and what NLBs cost at them. Knows the files; what costs are is `cost`'s.

use std::fs;
use std::path::Path;

use jiff::civil::Date;
use unbridge_cost::estimates;
use unbridge_cost::prices::PriceTable;
use unbridge_model::assessment::Assessment;
use unbridge_model::snapshot::Snapshot;
use unbridge_report::view::Costs;

use crate::error::Failure;

/// The prices of this file, or of the table in the binary.
pub(crate) fn prices(file: Option<&Path>) -> Result<PriceTable, Failure> {
    let Some(path) = file else {
        return PriceTable::embedded().map_err(Failure::unexpected);
    };
    let hint = "`unbridge prices show --output toml` prints a table to begin with";
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("prices {} cannot be read: {error}", path.display())).hint(hint)
    })?;
    PriceTable::parse(&text)
        .map_err(|error| Failure::usage(format!("prices {}: {error}", path.display())).hint(hint))
}

/// What the NLBs of a snapshot cost.
pub(crate) fn of(
    assessment: &Assessment,
    snapshot: &Snapshot,
    prices: &PriceTable,
    today: Date,
) -> Costs {
    Costs {
        estimates: estimates(assessment, snapshot, prices),
        prices_as_of: prices.as_of,
        prices_too_old: prices.too_old(today),
    }
}
