//! One bridge with what both tables say of it.

use std::io::{self, Write};

use jiff::Timestamp;
use rust_decimal::Decimal;
use unbridge_model::apigateway::Tags;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::{Estimate, Missing, Range};
use unbridge_model::finding::Verdict;

use crate::rows::{Cell, Column, rows};
use crate::safe::HarmlessJson;
use crate::said;
use crate::view::View;

/// Between the things in a text.
const SEPARATOR: &str = "; ";

/// What is said of an NLB whose costs nobody worked out.
const NO_ESTIMATE: &str = "costs were not worked out";

/// An NLB that bridges.
pub(super) struct Bridge<'v> {
    pub(super) view: &'v View,
    pub(super) nlb: &'v NlbAssessment,
    pub(super) estimate: Option<&'v Estimate>,
    /// When the scan began; `None` when the snapshot's text is no time.
    pub(super) scanned: Option<Timestamp>,
    /// Its tags as a JSON object; `None` when they were not read.
    pub(super) tags: Option<String>,
    /// Gaps of its region and of its account as a whole.
    pub(super) gaps: Option<usize>,
    /// Codes of findings that a team has accepted.
    pub(super) accepted: Vec<String>,
}

/// The bridges of a view, in the order in which the other writers tell them.
pub(super) fn bridges(view: &View) -> io::Result<Vec<Bridge<'_>>> {
    let scanned = |nlb: &NlbAssessment| {
        let header = view.assessment.scanned.of(&nlb.account)?;
        header.started_at.parse().ok()
    };
    let rows = rows(view).into_iter();
    rows.filter(|row| row.nlb.verdict != Verdict::NotABridge)
        .map(|row| {
            let gaps = match row.cell(Column::Gaps) {
                Cell::Number(gaps) => Some(gaps),
                Cell::Names(_) | Cell::Words(_) | Cell::Unknown => None,
            };
            Ok(Bridge {
                view,
                nlb: row.nlb,
                estimate: view.estimate(row.nlb),
                scanned: scanned(row.nlb),
                tags: row.nlb.tags.as_ref().map(json).transpose()?,
                gaps,
                accepted: row.cell(Column::Accepted).texts(""),
            })
        })
        .collect()
}

impl Bridge<'_> {
    /// A figure of its estimate.
    pub(super) fn figure(&self, of: fn(&Estimate) -> Range) -> Option<Range> {
        self.estimate.map(of)
    }

    /// Why figures about it are not known, or not to the full.
    pub(super) fn missing(&self) -> Option<String> {
        match self.estimate {
            Some(estimate) => missing(&estimate.missing),
            None => Some(NO_ESTIMATE.to_owned()),
        }
    }

    /// The day on which the prices held.
    pub(super) fn prices_as_of(&self) -> Option<String> {
        let costs = self.view.costs.as_ref()?;
        Some(costs.prices_as_of.to_string())
    }

    /// What was taken out of the report it stands in.
    pub(super) fn narrowed_by(&self) -> Option<String> {
        let filters = self.view.narrowed.iter().flat_map(|by| by.by.clone());
        let baseline = self.view.baseline.iter();
        let since = baseline.map(|one| format!("new since {}", said::span(&one.scanned)));
        joined(filters.chain(since))
    }
}

/// What is not known, in words; `None` for nothing.
pub(super) fn missing(all: &[Missing]) -> Option<String> {
    joined(all.iter().map(ToString::to_string))
}

/// The texts in one; `None` for none.
pub(super) fn joined(texts: impl IntoIterator<Item = String>) -> Option<String> {
    let texts: Vec<String> = texts.into_iter().collect();
    (!texts.is_empty()).then(|| texts.join(SEPARATOR))
}

/// The lower bound; `None` when nothing is known, for which it is zero.
pub(super) fn low(range: Range) -> Option<Decimal> {
    (range != Range::unknown()).then_some(range.low)
}

fn json(tags: &Tags) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut harmless = HarmlessJson::new(&mut bytes);
    serde_json::to_writer(&mut harmless, tags)?;
    harmless.flush()?;
    drop(harmless);
    String::from_utf8(bytes).map_err(io::Error::other)
}
