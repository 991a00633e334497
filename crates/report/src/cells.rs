//! What stands in cells of typed columns, where several tables say the same.

use rust_decimal::Decimal;
use unbridge_model::estimate::{Missing, Range};

use crate::said;
use crate::view::View;

/// Between the things in a text.
pub(crate) const SEPARATOR: &str = "; ";

/// What is said of an NLB whose costs nobody worked out.
pub(crate) const NO_ESTIMATE: &str = "costs were not worked out";

/// The lower bound; `None` when nothing is known, for which it is zero.
pub(crate) fn low(range: Range) -> Option<Decimal> {
    (range != Range::unknown()).then_some(range.low)
}

/// The texts in one; `None` for none.
pub(crate) fn joined(texts: impl IntoIterator<Item = String>) -> Option<String> {
    let texts: Vec<String> = texts.into_iter().collect();
    (!texts.is_empty()).then(|| texts.join(SEPARATOR))
}

/// What is not known, in words; `None` for nothing.
pub(crate) fn missing(all: &[Missing]) -> Option<String> {
    joined(all.iter().map(ToString::to_string))
}

/// What was taken out of a view.
pub(crate) fn narrowed_by(view: &View) -> Option<String> {
    let filters = view.narrowed.iter().flat_map(|by| by.by.clone());
    let baseline = view.baseline.iter();
    let since = baseline.map(|one| format!("new since {}", said::span(&one.scanned)));
    joined(filters.chain(since))
}
