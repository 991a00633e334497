//! What was not seen.

use std::io;

use jiff::Timestamp;
use unbridge_model::gap::{Gap, Unseen};

use super::part::Part;
use super::record::Record;
use crate::columnar::Column;
use crate::columnar::Value::Text;

/// One gap.
pub(super) struct Unread<'p> {
    part: &'p Part<'p>,
    gap: &'p Gap,
}

/// What kind of thing was not seen.
pub(super) fn kind(gap: &Gap) -> &'static str {
    match gap.unseen {
        Unseen::Call { .. } => "call",
        Unseen::Source { .. } => "source",
        Unseen::Rest => "rest",
    }
}

/// The call or the source; `None` for everything that was still to be read.
pub(super) fn what(gap: &Gap) -> Option<String> {
    match &gap.unseen {
        Unseen::Call { call, of: _ } => Some(call.name().to_owned()),
        Unseen::Source { source } => Some(source.to_string()),
        Unseen::Rest => None,
    }
}

fn resource(gap: &Gap) -> Option<String> {
    match &gap.unseen {
        Unseen::Call { call: _, of } => of.as_ref().map(ToString::to_string),
        Unseen::Source { .. } | Unseen::Rest => None,
    }
}

impl<'p> Record<'p> for Unread<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let gaps = part.gaps.iter();
        Ok(gaps.map(|gap| Self { part, gap }).collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let column = Column::new;
        vec![
            column("kind", Text(|of| Some(kind(of.gap).to_owned()))),
            column("what", Text(|of| what(of.gap))),
            column("resource", Text(|of| resource(of.gap))),
            column("class", Text(|of| Some(of.gap.class.to_string()))),
            column("message", Text(|of| Some(of.gap.message.to_string()))),
        ]
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}
