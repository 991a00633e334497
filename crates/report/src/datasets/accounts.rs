//! Accounts: those that were scanned, those that the organization has, and those that only a gap
//! names.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use unbridge_model::id::{AccountId, Region};
use unbridge_model::organization::Member;
use unbridge_model::snapshot::Header;
use unbridge_model::text::Text as Name;

use super::part::{Part, scanned};
use super::record::Record;
use crate::cells::narrowed_by;
use crate::columnar::Column;
use crate::columnar::Value::{Count, Text, Truth};
use crate::view::View;

/// The path of the root, which has no name.
const ROOT: &str = "/";
/// Between the ids of units.
const SLASH: &str = "/";
/// Between regions.
const SPACE: &str = " ";

/// One account.
pub(super) struct Account<'v> {
    view: &'v View,
    id: &'v AccountId,
    header: Option<&'v Header>,
    member: Option<&'v Member>,
    nlbs: usize,
    gaps: usize,
}

impl<'v> Account<'v> {
    fn new(view: &'v View, id: &'v AccountId) -> Self {
        Self {
            view,
            id,
            header: view.assessment.scanned.of(id),
            member: view.accounts.of(id),
            nlbs: 0,
            gaps: 0,
        }
    }

    fn regions(&self) -> &[Region] {
        self.header.map_or(&[], |header| &header.regions)
    }

    /// Whether any of its regions was read.
    fn is_seen(&self) -> bool {
        !self.regions().is_empty()
    }

    fn is_complete(&self) -> bool {
        self.is_seen() && self.gaps == 0
    }

    fn ou(&self) -> Option<String> {
        match self.member?.unit.as_ref()?.path.as_str() {
            "" => Some(ROOT.to_owned()),
            path => Some(path.to_owned()),
        }
    }

    fn ou_ids(&self) -> Option<String> {
        let ids = self.member?.unit.as_ref()?.ids.iter().map(Name::as_str);
        Some(ids.collect::<Vec<_>>().join(SLASH))
    }

    fn region_names(&self) -> Option<String> {
        let names = self.regions().iter().map(Region::as_str);
        self.is_seen()
            .then(|| names.collect::<Vec<_>>().join(SPACE))
    }
}

impl<'p> Record<'p> for Account<'p> {
    /// All of them, whatever the partition.
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let view = part.view;
        let shown = &view.assessment;
        let mut all: BTreeMap<&AccountId, Self> = BTreeMap::new();
        let scanned = shown.scanned.iter().map(|header| &header.account);
        let listed = view.accounts.iter().map(|member| &member.account);
        for id in scanned.chain(listed) {
            all.entry(id).or_insert_with(|| Self::new(view, id));
        }
        for gap in &shown.gaps {
            let id = &gap.account;
            all.entry(id).or_insert_with(|| Self::new(view, id)).gaps += 1;
        }
        for nlb in &shown.nlbs {
            let id = &nlb.account;
            all.entry(id).or_insert_with(|| Self::new(view, id)).nlbs += 1;
        }
        Ok(all.into_values().collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let column = Column::new;
        vec![
            column("account", Text(|of| Some(of.id.to_string()))),
            column("account_name", Text(|of| Some(of.member?.name.to_string()))),
            column("status", Text(|of| Some(of.member?.status.to_string()))),
            column("ou", Text(Self::ou)),
            column("ou_ids", Text(Self::ou_ids)),
            column("tags_read", Truth(|of| Some(of.member?.tags.is_some()))),
            column("seen", Truth(|of| Some(of.is_seen()))),
            column("complete", Truth(|of| Some(of.is_complete()))),
            column("regions", Count(|of| Some(of.regions().len()))),
            column("region_names", Text(Self::region_names)),
            column("nlbs", Count(|of| of.is_seen().then_some(of.nlbs))),
            column("gaps", Count(|of| Some(of.gaps))),
            column("narrowed_by", Text(|of| narrowed_by(of.view))),
        ]
    }

    fn scanned(&self) -> Option<Timestamp> {
        scanned(self.view, self.id)
    }
}
