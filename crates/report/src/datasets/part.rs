//! A partition: what belongs to one region of an account, or to none of its regions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use unbridge_model::assessment::{LinkAssessment, Unattached};
use unbridge_model::gap::Gap;
use unbridge_model::id::{AccountId, Region};

use crate::rows::{Row, rows};
use crate::view::{About, Accepted, View};

/// The region of what belongs to none.
const GLOBAL: &str = "global";

/// What belongs to one place.
pub(super) struct Part<'v> {
    pub(super) view: &'v View,
    pub(super) account: &'v AccountId,
    /// `None` for what belongs to no region.
    pub(super) in_region: Option<&'v Region>,
    /// When the scan of its account began; `None` when it was not scanned.
    pub(super) scanned: Option<Timestamp>,
    pub(super) rows: Vec<Row<'v>>,
    pub(super) links: Vec<&'v LinkAssessment>,
    pub(super) unattached: Vec<&'v Unattached>,
    /// Accepted findings about chains that reach no load balancer.
    pub(super) accepted_on_chains: Vec<&'v Accepted>,
    pub(super) gaps: Vec<&'v Gap>,
}

type Place<'v> = (&'v AccountId, Option<&'v Region>);
type Parts<'v> = BTreeMap<Place<'v>, Part<'v>>;

impl<'v> Part<'v> {
    fn new(view: &'v View, (account, in_region): Place<'v>) -> Self {
        Self {
            view,
            account,
            in_region,
            scanned: scanned(view, account),
            rows: Vec::new(),
            links: Vec::new(),
            unattached: Vec::new(),
            accepted_on_chains: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// What its region is called in a path.
    pub(super) fn region(&self) -> &'v str {
        region(self.in_region)
    }
}

/// What a region is called in a path.
pub(super) fn region(region: Option<&Region>) -> &str {
    region.map_or(GLOBAL, Region::as_str)
}

/// When the scan of an account began; `None` when it was not scanned, or the snapshot's text is no
/// time.
pub(super) fn scanned(view: &View, account: &AccountId) -> Option<Timestamp> {
    let header = view.assessment.scanned.of(account)?;
    header.started_at.parse().ok()
}

/// Every place that was scanned, and every other that something is known of, by account and region;
/// never none.
pub(super) fn parts(view: &View) -> Vec<Part<'_>> {
    let shown = &view.assessment;
    let mut parts = Parts::new();
    for header in shown.scanned.iter() {
        let regions = header.regions.iter().map(Some);
        for region in std::iter::once(None).chain(regions) {
            at(&mut parts, view, (&header.account, region));
        }
    }
    for row in rows(view) {
        let place = (&row.nlb.account, Some(&row.nlb.region));
        at(&mut parts, view, place).rows.push(row);
    }
    for link in &shown.links {
        let place = (&link.account, Some(&link.region));
        at(&mut parts, view, place).links.push(link);
    }
    for one in &shown.unattached {
        let place = (&one.account, Some(&one.region));
        at(&mut parts, view, place).unattached.push(one);
    }
    for one in &view.accepted {
        match &one.about {
            About::Chains(account, region) => {
                let part = at(&mut parts, view, (account, Some(region)));
                part.accepted_on_chains.push(one);
            }
            About::Nlb(_) | About::Link(..) => {}
        }
    }
    for gap in &shown.gaps {
        let place = (&gap.account, gap.region.as_ref());
        at(&mut parts, view, place).gaps.push(gap);
    }
    parts.into_values().collect()
}

fn at<'p, 'v>(parts: &'p mut Parts<'v>, view: &'v View, place: Place<'v>) -> &'p mut Part<'v> {
    parts.entry(place).or_insert_with(|| Part::new(view, place))
}
