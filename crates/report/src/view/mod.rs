//! What writers write: an assessment, less what a team has accepted, what an earlier scan already
//! said, and what was not asked for. Each of the three says what it took away.
//!
//! Verdicts are never touched here: an accepted or filtered finding still holds its NLB back.

mod accept;
mod baseline;
mod costs;
mod identity;
mod select;

use std::collections::BTreeMap;

use jiff::civil::Date;
use unbridge_model::assessment::{Assessment, LinkVersion, NlbAssessment};
use unbridge_model::estimate::Estimate;
use unbridge_model::finding::{Finding, Verdict};
use unbridge_model::id::{LoadBalancerArn, Region, VpcLinkId};
use unbridge_model::text::Text;

pub use accept::{Acceptance, Scope, Wildcard};
pub use baseline::ForeignBaseline;
pub(crate) use costs::is_bridge;
pub use costs::{Costs, Totals};
pub use identity::identity;
pub use select::{Selection, TagWanted};

/// An assessment, narrowed to what is to be shown.
#[derive(Debug, Clone)]
pub struct View {
    /// What is shown.
    pub assessment: Assessment,
    /// Findings that were accepted, by what they are about.
    pub accepted: Vec<Accepted>,
    /// Acceptances that did nothing, in the order they were written.
    pub stale: Vec<StaleAcceptance>,
    /// The earlier scan that this one was compared with.
    pub baseline: Option<Baseline>,
    /// What filters took away; `None` without filters.
    pub narrowed: Option<Narrowed>,
    /// What NLBs cost; `None` when nobody worked it out.
    pub costs: Option<Costs>,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// An NLB.
    Nlb(LoadBalancerArn),
    /// A VPC link: its region, version and id.
    Link(Region, LinkVersion, VpcLinkId),
    /// Chains in this region that reach no load balancer.
    Chains(Region),
}

/// A finding that a team has accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// What it is about.
    pub about: About,
    /// The finding.
    pub finding: Finding,
    /// Why it was accepted.
    pub reason: Text,
    /// The last day of the acceptance.
    pub expires: Date,
}

/// An acceptance that did nothing.
#[derive(Debug, Clone)]
pub struct StaleAcceptance {
    /// The acceptance.
    pub acceptance: Acceptance,
    /// Why it did nothing.
    pub why: Stale,
}

/// Why an acceptance did nothing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Stale {
    /// Its last day has passed: what it accepted counts again.
    Expired,
    /// No finding of the whole scan is one that it accepts.
    MatchesNothing,
}

/// An earlier scan, and what it knew.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// When it began, RFC 3339 in UTC.
    pub started_at: Text,
    /// The verdicts it had for the NLBs that are shown; an NLB that is not here is new.
    pub verdicts: BTreeMap<LoadBalancerArn, Verdict>,
    /// NLBs that are left out, because nothing about them is new.
    pub nlbs: usize,
    /// Findings that are left out, because the earlier scan had them.
    pub findings: usize,
}

/// What filters took away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The filters, as words: `verdict blocked or rewirable`.
    pub by: Vec<String>,
    /// NLBs left out.
    pub nlbs: usize,
    /// Of these, NLBs whose tags a filter asked for and a scan did not read.
    pub tags_unread: usize,
    /// Findings left out, those of NLBs left out included.
    pub findings: usize,
}

impl View {
    /// Everything.
    #[must_use]
    pub fn of(assessment: Assessment) -> Self {
        Self {
            assessment,
            accepted: Vec::new(),
            stale: Vec::new(),
            baseline: None,
            narrowed: None,
            costs: None,
        }
    }

    /// With what NLBs cost. Before [`select`](Self::select), which may ask for savings.
    #[must_use]
    pub fn with_costs(mut self, costs: Costs) -> Self {
        self.costs = Some(costs);
        self
    }

    /// What an NLB costs.
    #[must_use]
    pub fn estimate(&self, nlb: &NlbAssessment) -> Option<&Estimate> {
        self.costs.as_ref()?.of(nlb)
    }

    /// The accepted findings about one thing.
    pub fn accepted_about<'v>(&'v self, about: &About) -> impl Iterator<Item = &'v Accepted> {
        let from = self.accepted.partition_point(|one| one.about < *about);
        let to = self.accepted.partition_point(|one| one.about <= *about);
        self.accepted[from..to].iter()
    }

    /// Whether an NLB's verdict is news: without a baseline every one is.
    #[must_use]
    pub fn is_news(&self, nlb: &LoadBalancerArn, verdict: Verdict) -> bool {
        let before = |baseline: &Baseline| baseline.verdicts.get(nlb).copied();
        self.baseline.as_ref().and_then(before) != Some(verdict)
    }

    /// Every finding that is shown, with what it is about.
    pub fn findings(&self) -> impl Iterator<Item = (About, &Finding)> {
        let shown = &self.assessment;
        let of_nlbs = shown.nlbs.iter().flat_map(|nlb| {
            let about = || About::Nlb(nlb.arn.clone());
            nlb.findings.iter().map(move |finding| (about(), finding))
        });
        let of_links = shown.links.iter().flat_map(|link| {
            let about = || About::Link(link.region.clone(), link.version, link.id.clone());
            link.findings.iter().map(move |finding| (about(), finding))
        });
        let of_chains = shown
            .unattached
            .iter()
            .map(|one| (About::Chains(one.region.clone()), &one.finding));
        of_nlbs.chain(of_links).chain(of_chains)
    }

    /// Drops accepted findings about NLBs and links that are not shown any more.
    fn forget_accepted_elsewhere(&mut self) {
        let shown = &self.assessment;
        self.accepted.retain(|one| match &one.about {
            About::Nlb(arn) => shown.nlbs.iter().any(|nlb| nlb.arn == *arn),
            About::Link(region, version, id) => shown
                .links
                .iter()
                .any(|link| (&link.region, link.version, &link.id) == (region, *version, id)),
            About::Chains(_) => true,
        });
    }

    /// Keeps the findings for which `keep` says so.
    fn retain_findings(&mut self, mut keep: impl FnMut(&About, &Finding) -> bool) {
        let shown = &mut self.assessment;
        for nlb in &mut shown.nlbs {
            let about = About::Nlb(nlb.arn.clone());
            nlb.findings.retain(|finding| keep(&about, finding));
        }
        for link in &mut shown.links {
            let about = About::Link(link.region.clone(), link.version, link.id.clone());
            link.findings.retain(|finding| keep(&about, finding));
        }
        shown
            .unattached
            .retain(|one| keep(&About::Chains(one.region.clone()), &one.finding));
    }
}
