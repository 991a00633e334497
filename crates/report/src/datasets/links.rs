//! VPC links of both versions.

use std::io;

use jiff::Timestamp;
use unbridge_model::assessment::{LinkAssessment, LinkVersion};
use unbridge_model::id::LoadBalancerArn;

use super::part::Part;
use super::record::Record;
use crate::columnar::Column;
use crate::columnar::Value::{Count, Text};

/// Between ARNs, in which there is none.
const SPACE: &str = " ";

/// One link.
pub(super) struct Link<'p> {
    part: &'p Part<'p>,
    link: &'p LinkAssessment,
}

/// The number of a version.
pub(super) fn version(version: LinkVersion) -> usize {
    match version {
        LinkVersion::V1 => 1,
        LinkVersion::V2 => 2,
    }
}

impl Link<'_> {
    /// What it targets; `None` for a version 2 link, which targets nothing of its own.
    fn targets(&self) -> Option<String> {
        let targets = self.link.targets.iter().map(LoadBalancerArn::as_str);
        let targets: Vec<&str> = targets.collect();
        (!targets.is_empty()).then(|| targets.join(SPACE))
    }
}

impl<'p> Record<'p> for Link<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let links = part.links.iter();
        Ok(links.map(|link| Self { part, link }).collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let column = Column::new;
        vec![
            column("vpc_link_id", Text(|of| Some(of.link.id.to_string()))),
            column("link_version", Count(|of| Some(version(of.link.version)))),
            column("link_name", Text(|of| Some(of.link.name.to_string()))),
            column("status", Text(|of| Some(of.link.status.to_string()))),
            column("target_arns", Text(Self::targets)),
            column("methods", Count(|of| Some(of.link.methods))),
        ]
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}
