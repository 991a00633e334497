//! Findings about NLBs, about links, and about chains that reach no load balancer; those that a team
//! has accepted among them.

use std::io;

use jiff::Timestamp;
use jiff::civil::Date;
use unbridge_model::assessment::{LinkAssessment, NlbAssessment};
use unbridge_model::bearing::Bearing;
use unbridge_model::finding::{Finding, FindingCode};

use super::links::version;
use super::part::Part;
use super::record::{AboutNlb, Record, about_nlb};
use crate::codes::text_of;
use crate::columnar::Column;
use crate::columnar::Value::{Count, Day, Text, Truth};
use crate::view::{About, Accepted};
use crate::words;

/// Between the lines of what belongs under a sentence.
const LINE: &str = "\n";

/// What a finding is about.
#[derive(Clone, Copy)]
enum Subject<'p> {
    Nlb(&'p NlbAssessment),
    Link(&'p LinkAssessment),
    Chains,
}

/// One finding.
pub(super) struct Found<'p> {
    part: &'p Part<'p>,
    subject: Subject<'p>,
    finding: &'p Finding,
    accepted: Option<&'p Accepted>,
    says: String,
    details: Vec<String>,
    evidence: String,
}

impl<'p> Found<'p> {
    fn new(
        part: &'p Part<'p>,
        subject: Subject<'p>,
        finding: &'p Finding,
        accepted: Option<&'p Accepted>,
    ) -> io::Result<Self> {
        let words::Evidence { sentence, details } = words::evidence(finding);
        // The colon announces details, which stand in a column of their own.
        let says = sentence.strip_suffix(':').unwrap_or(&sentence);
        Ok(Self {
            part,
            subject,
            finding,
            accepted,
            says: says.to_owned(),
            details,
            evidence: serde_json::to_string(finding)?,
        })
    }

    fn code(&self) -> FindingCode {
        self.finding.code()
    }

    fn link(&self) -> Option<&LinkAssessment> {
        match self.subject {
            Subject::Link(link) => Some(link),
            Subject::Nlb(_) | Subject::Chains => None,
        }
    }

    fn about(&self) -> &'static str {
        match self.subject {
            Subject::Nlb(_) => "nlb",
            Subject::Link(_) => "link",
            Subject::Chains => "chains",
        }
    }

    fn expires(&self) -> Option<Date> {
        Some(self.accepted?.expires)
    }
}

fn bearing(finding: &Finding) -> &'static str {
    match finding.bearing() {
        Bearing::None => "none",
        Bearing::NeedsAWord => "needs-a-word",
        Bearing::OtherUser => "other-user",
        Bearing::Blocks => "blocks",
    }
}

impl<'p> Record<'p> for Found<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let view = part.view;
        let of_nlbs = part.rows.iter().map(|row| {
            let nlb = row.nlb;
            (
                Subject::Nlb(nlb),
                &nlb.findings,
                About::Nlb(nlb.arn.clone()),
            )
        });
        let of_links = part.links.iter().map(|link| {
            let subject = Subject::Link(link);
            (subject, &link.findings, About::of_link(link))
        });
        let mut found = Vec::new();
        for (subject, findings, about) in of_nlbs.chain(of_links) {
            for finding in findings {
                found.push(Self::new(part, subject, finding, None)?);
            }
            for one in view.accepted_about(&about) {
                found.push(Self::new(part, subject, &one.finding, Some(one))?);
            }
        }
        for one in &part.unattached {
            found.push(Self::new(part, Subject::Chains, &one.finding, None)?);
        }
        for one in &part.accepted_on_chains {
            let accepted = Some(*one);
            found.push(Self::new(part, Subject::Chains, &one.finding, accepted)?);
        }
        Ok(found)
    }

    fn columns() -> Vec<Column<Self>> {
        let column = Column::new;
        let mut columns = vec![column(
            "about",
            Text(|of: &Self| Some(of.about().to_owned())),
        )];
        columns.extend(about_nlb());
        columns.extend([
            column(
                "vpc_link_id",
                Text(|of: &Self| Some(of.link()?.id.to_string())),
            ),
            column(
                "link_version",
                Count(|of| Some(version(of.link()?.version))),
            ),
            column("code", Text(|of| Some(of.code().to_string()))),
            column(
                "severity",
                Text(|of| Some(of.finding.severity().to_string())),
            ),
            column("bearing", Text(|of| Some(bearing(of.finding).to_owned()))),
            column(
                "title",
                Text(|of| Some(text_of(of.code()).title.to_owned())),
            ),
            column("says", Text(|of| Some(of.says.clone()))),
            column(
                "details",
                Text(|of| (!of.details.is_empty()).then(|| of.details.join(LINE))),
            ),
            column(
                "remedy",
                Text(|of| Some(text_of(of.code()).remedy.to_owned())),
            ),
            column("evidence", Text(|of| Some(of.evidence.clone()))),
            column("accepted", Truth(|of| Some(of.accepted.is_some()))),
            column(
                "accepted_reason",
                Text(|of| Some(of.accepted?.reason.to_string())),
            ),
            column("accepted_until", Day(Self::expires)),
        ]);
        columns
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}

impl AboutNlb for Found<'_> {
    fn nlb(&self) -> Option<&NlbAssessment> {
        match self.subject {
            Subject::Nlb(nlb) => Some(nlb),
            Subject::Link(_) | Subject::Chains => None,
        }
    }
}
