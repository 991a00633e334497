//! Chains: methods on stages and in drafts, and the way of their requests over an NLB.

use std::io;

use jiff::Timestamp;
use unbridge_model::assessment::{Chain, LinkVersion, NlbAssessment, SeenIn};
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::route::{End, Hop};

use super::links::version;
use super::part::Part;
use super::record::{AboutNlb, Record, about_nlb};
use crate::columnar::Column;
use crate::columnar::Value::{Count, Text, Truth};

/// One method on one stage, or in one draft.
pub(super) struct ChainLine<'p> {
    part: &'p Part<'p>,
    nlb: &'p NlbAssessment,
    chain: &'p Chain,
}

impl ChainLine<'_> {
    fn link_version(&self) -> Option<usize> {
        let mut hops = self.chain.way.hops.iter();
        hops.find_map(|hop| match hop {
            Hop::VpcLinkV1(_) => Some(version(LinkVersion::V1)),
            Hop::VpcLinkV2(_) => Some(version(LinkVersion::V2)),
            Hop::NlbListener { .. } | Hop::TargetGroup(_) | Hop::AlbListener { .. } => None,
        })
    }

    fn alb(&self) -> Option<(&LoadBalancerArn, u16)> {
        match &self.chain.way.end {
            End::Alb { alb, port } => Some((alb, *port)),
            End::OtherTargets { .. } | End::CloudMap { .. } | End::Broken(_) | End::Unseen(_) => {
                None
            }
        }
    }

    fn ends_at(&self) -> &'static str {
        match &self.chain.way.end {
            End::Alb { .. } => "alb",
            End::OtherTargets { .. } | End::CloudMap { .. } => "other-targets",
            End::Broken(_) => "broken",
            End::Unseen(_) => "unseen",
        }
    }

    fn end_reason(&self) -> Option<String> {
        match &self.chain.way.end {
            End::Broken(why) => Some(why.to_string()),
            End::Unseen(why) => Some(why.to_string()),
            End::Alb { .. } | End::OtherTargets { .. } | End::CloudMap { .. } => None,
        }
    }

    fn deployed(&self) -> bool {
        match self.chain.seen_in {
            SeenIn::Both | SeenIn::Stage => true,
            SeenIn::Draft => false,
        }
    }

    fn in_draft(&self) -> bool {
        match self.chain.seen_in {
            SeenIn::Both | SeenIn::Draft => true,
            SeenIn::Stage => false,
        }
    }
}

impl<'p> Record<'p> for ChainLine<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let nlbs = part.rows.iter().map(|row| row.nlb);
        let chains = nlbs.flat_map(|nlb| nlb.chains.iter().map(move |chain| (nlb, chain)));
        Ok(chains
            .map(|(nlb, chain)| Self { part, nlb, chain })
            .collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let mut columns = about_nlb();
        columns.extend(of_the_method());
        columns.extend(of_the_way());
        columns
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}

impl AboutNlb for ChainLine<'_> {
    fn nlb(&self) -> Option<&NlbAssessment> {
        Some(self.nlb)
    }
}

fn of_the_method<'p>() -> Vec<Column<ChainLine<'p>>> {
    let column = Column::new;
    vec![
        column("api_id", Text(|of| Some(of.chain.start.api.id.to_string()))),
        column(
            "api_name",
            Text(|of| Some(of.chain.start.api.name.to_string())),
        ),
        column(
            "api_type",
            Text(|of| Some(of.chain.start.api.kind.to_string())),
        ),
        column(
            "stage",
            Text(|of| Some(of.chain.start.stage.as_ref()?.to_string())),
        ),
        column("resource_path", Text(|of| Some(of.chain.path.to_string()))),
        column("http_method", Text(|of| Some(of.chain.verb?.to_string()))),
        column("deployed", Truth(|of| Some(of.deployed()))),
        column("in_draft", Truth(|of| Some(of.in_draft()))),
    ]
}

fn of_the_way<'p>() -> Vec<Column<ChainLine<'p>>> {
    let column = Column::new;
    vec![
        column(
            "vpc_link_id",
            Text(|of| Some(of.chain.way.link()?.to_string())),
        ),
        column("link_version", Count(ChainLine::link_version)),
        column(
            "nlb_listener_port",
            Count(|of| Some(usize::from(of.chain.way.nlb()?.1))),
        ),
        column("ends_at", Text(|of| Some(of.ends_at().to_owned()))),
        column("alb_arn", Text(|of| Some(of.alb()?.0.to_string()))),
        column(
            "alb_listener_port",
            Count(|of| Some(usize::from(of.alb()?.1))),
        ),
        column("end_reason", Text(ChainLine::end_reason)),
    ]
}
