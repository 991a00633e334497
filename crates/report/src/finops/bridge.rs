//! One bridge with what both tables say of it.

use std::io::{self, Write};

use jiff::Timestamp;
use unbridge_model::apigateway::Tags;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::{Estimate, Range};
use unbridge_model::finding::Verdict;

use crate::cells;
use crate::rows::{Cell, Column, rows};
use crate::safe::HarmlessJson;
use crate::view::View;

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
            Some(estimate) => cells::missing(&estimate.missing),
            None => Some(cells::NO_ESTIMATE.to_owned()),
        }
    }

    /// The day on which the prices held.
    pub(super) fn prices_as_of(&self) -> Option<String> {
        let costs = self.view.costs.as_ref()?;
        Some(costs.prices_as_of.to_string())
    }

    /// What was taken out of the report it stands in.
    pub(super) fn narrowed_by(&self) -> Option<String> {
        cells::narrowed_by(self.view)
    }
}

fn json(tags: &Tags) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut harmless = HarmlessJson::new(&mut bytes);
    serde_json::to_writer(&mut harmless, tags)?;
    harmless.flush()?;
    drop(harmless);
    String::from_utf8(bytes).map_err(io::Error::other)
}
