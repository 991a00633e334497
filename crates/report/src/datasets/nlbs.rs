//! NLBs, why they have their verdicts, and their tags.

use std::io;

use jiff::Timestamp;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::finding::Reason;
use unbridge_model::gap::Gap;
use unbridge_model::text::Text;

use super::gaps;
use super::part::{self, Part};
use super::record::{AboutNlb, Record, about_nlb};
use crate::columnar::Column;
use crate::columnar::Value::{Count, Text as Words, Truth};
use crate::rows::{Cell, Column as Shown, Row};
use crate::words;

/// One NLB.
pub(super) struct Nlb<'p> {
    part: &'p Part<'p>,
    row: &'p Row<'p>,
}

/// One reason of the verdict of an NLB.
pub(super) struct Why<'p> {
    part: &'p Part<'p>,
    nlb: &'p NlbAssessment,
    reason: &'p Reason,
}

/// One tag of an NLB, or of an account.
pub(super) struct Tag<'p> {
    part: &'p Part<'p>,
    /// `None` for a tag of the account.
    nlb: Option<&'p NlbAssessment>,
    key: &'p Text,
    value: &'p Text,
}

impl<'p> Record<'p> for Nlb<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let rows = part.rows.iter();
        Ok(rows.map(|row| Self { part, row }).collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let column = Column::new;
        let mut columns = about_nlb();
        columns.extend([
            column(
                "previous_verdict",
                Words(|of: &Self| name(of.row.cell(Shown::PreviousVerdict))),
            ),
            column(
                "severity",
                Words(|of| Some(of.row.nlb.gravest()?.to_string())),
            ),
            column(
                "chains",
                Count(|of| number(&of.row.of_chains(of.row.nlb.chains.len()))),
            ),
            column(
                "apis",
                Count(|of| number(&of.row.of_chains(of.row.apis.len()))),
            ),
            column(
                "stages",
                Count(|of| number(&of.row.of_chains(of.row.stages.len()))),
            ),
            column("tags_read", Truth(|of| Some(of.row.nlb.tags.is_some()))),
            column("gaps", Count(|of| number(&of.row.cell(Shown::Gaps)))),
        ]);
        columns
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}

impl AboutNlb for Nlb<'_> {
    fn nlb(&self) -> Option<&NlbAssessment> {
        Some(self.row.nlb)
    }
}

fn number(cell: &Cell) -> Option<usize> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Names(_) | Cell::Words(_) | Cell::Unknown => None,
    }
}

fn name(cell: Cell) -> Option<String> {
    match cell {
        Cell::Names(names) => names.into_iter().next(),
        Cell::Number(_) | Cell::Words(_) | Cell::Unknown => None,
    }
}

impl Why<'_> {
    fn kind(&self) -> &'static str {
        match self.reason {
            Reason::Finding(_) => "finding",
            Reason::Gap(_) => "gap",
            Reason::NoGateway => "no-gateway",
            Reason::NoAlb => "no-alb",
            Reason::ListenerLeadsNowhere(_) => "listener-leads-nowhere",
            Reason::EverythingMoves => "everything-moves",
        }
    }

    fn code(&self) -> Option<String> {
        match self.reason {
            Reason::Finding(code) => Some(code.to_string()),
            Reason::Gap(_)
            | Reason::NoGateway
            | Reason::NoAlb
            | Reason::ListenerLeadsNowhere(_)
            | Reason::EverythingMoves => None,
        }
    }

    fn gap(&self) -> Option<&Gap> {
        match self.reason {
            Reason::Gap(gap) => Some(gap),
            Reason::Finding(_)
            | Reason::NoGateway
            | Reason::NoAlb
            | Reason::ListenerLeadsNowhere(_)
            | Reason::EverythingMoves => None,
        }
    }
}

impl<'p> Record<'p> for Why<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let nlbs = part.rows.iter().map(|row| row.nlb);
        let reasons = nlbs.flat_map(|nlb| nlb.reasons.iter().map(move |reason| (nlb, reason)));
        Ok(reasons
            .map(|(nlb, reason)| Self { part, nlb, reason })
            .collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let column = Column::new;
        let mut columns = about_nlb();
        columns.extend([
            column("kind", Words(|of: &Self| Some(of.kind().to_owned()))),
            column("code", Words(Self::code)),
            column(
                "gap_account",
                Words(|of| Some(of.gap()?.account.to_string())),
            ),
            column(
                "gap_region",
                Words(|of| Some(part::region(of.gap()?.region.as_ref()).to_owned())),
            ),
            column(
                "gap_kind",
                Words(|of| Some(gaps::kind(of.gap()?).to_owned())),
            ),
            column("gap_what", Words(|of| gaps::what(of.gap()?))),
            column("gap_class", Words(|of| Some(of.gap()?.class.to_string()))),
            column(
                "says",
                Words(|of| Some(words::reason(of.reason, &of.nlb.account))),
            ),
        ]);
        columns
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}

impl AboutNlb for Why<'_> {
    fn nlb(&self) -> Option<&NlbAssessment> {
        Some(self.nlb)
    }
}

impl<'p> Record<'p> for Tag<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let member = part.view.accounts.of(part.account);
        let of_account = member
            .filter(|_| part.in_region.is_none())
            .and_then(|member| Some((None, member.tags.as_ref()?)));
        let of_nlbs = part
            .rows
            .iter()
            .filter_map(|row| Some((Some(row.nlb), row.nlb.tags.as_ref()?)));
        let tags = of_account.into_iter().chain(of_nlbs);
        Ok(tags
            .flat_map(|(nlb, tags)| tags.iter().map(move |(key, value)| (nlb, key, value)))
            .map(|(nlb, key, value)| Self {
                part,
                nlb,
                key,
                value,
            })
            .collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let column = Column::new;
        let about = |of: &Self| {
            let about = if of.nlb.is_some() { "nlb" } else { "account" };
            Some(about.to_owned())
        };
        let mut columns = vec![column("about", Words(about))];
        columns.extend(about_nlb());
        columns.extend([
            column("key", Words(|of: &Self| Some(of.key.to_string()))),
            column("value", Words(|of| Some(of.value.to_string()))),
        ]);
        columns
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}

impl AboutNlb for Tag<'_> {
    fn nlb(&self) -> Option<&NlbAssessment> {
        self.nlb
    }
}
