//! What writers write: an assessment, less what a team has accepted, what an earlier scan already
//! said, and what was not asked for. Each of the three says what it took away.
//!
//! Verdicts are never touched here: an accepted or filtered finding still holds its NLB back.

mod accept;
mod accounts;
mod baseline;
mod costs;
mod identity;
mod select;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use unbridge_model::assessment::{
    Assessment, LinkAssessment, LinkVersion, NlbAssessment, Scanned, Unattached,
};
use unbridge_model::estimate::Estimate;
use unbridge_model::finding::{Finding, Verdict};
use unbridge_model::id::{AccountId, LoadBalancerArn, Region, VpcLinkId};
use unbridge_model::text::Text;

pub use accept::{Acceptance, Scope, Wildcard};
pub use accounts::Accounts;
pub(crate) use accounts::Whose;
pub use baseline::ForeignBaseline;
pub(crate) use baseline::missing_in;
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
    /// What is known of the accounts besides their ids.
    pub accounts: Accounts,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// An NLB.
    Nlb(LoadBalancerArn),
    /// A VPC link: its account, region, version and id.
    Link(AccountId, Region, LinkVersion, VpcLinkId),
    /// Chains in this account and region that reach no load balancer.
    Chains(AccountId, Region),
}

impl About {
    /// The place of what was found on a link.
    #[must_use]
    pub fn of_link(link: &LinkAssessment) -> Self {
        let (account, region) = (link.account.clone(), link.region.clone());
        Self::Link(account, region, link.version, link.id.clone())
    }

    /// The place of what was found on chains without a load balancer.
    #[must_use]
    pub fn of_chains(one: &Unattached) -> Self {
        Self::Chains(one.account.clone(), one.region.clone())
    }

    /// The account it belongs to.
    #[must_use]
    pub fn account(&self) -> &str {
        match self {
            Self::Nlb(arn) => arn.account(),
            Self::Link(account, ..) | Self::Chains(account, _) => account.as_str(),
        }
    }

    /// The region it belongs to.
    #[must_use]
    pub fn region(&self) -> &str {
        match self {
            Self::Nlb(arn) => arn.region(),
            Self::Link(_, region, ..) | Self::Chains(_, region) => region.as_str(),
        }
    }
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
    /// The headers of its snapshots.
    pub scanned: Scanned,
    /// Accounts that it did not have, by id: all of them is new.
    pub new_accounts: Vec<AccountId>,
    /// Accounts that it had and that are not here any more, by id: nothing is said of them.
    pub gone_accounts: Vec<AccountId>,
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
            accounts: Accounts::default(),
        }
    }

    /// With what is known of the accounts.
    #[must_use]
    pub fn with_accounts(mut self, accounts: Accounts) -> Self {
        self.accounts = accounts;
        self
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
            let about = || About::of_link(link);
            link.findings.iter().map(move |finding| (about(), finding))
        });
        let of_chains = shown
            .unattached
            .iter()
            .map(|one| (About::of_chains(one), &one.finding));
        of_nlbs.chain(of_links).chain(of_chains)
    }

    /// Drops accepted findings about NLBs and links that are not shown any more.
    fn forget_accepted_elsewhere(&mut self) {
        if self.accepted.is_empty() {
            return;
        }
        let shown = &self.assessment;
        let nlbs: BTreeSet<&LoadBalancerArn> = shown.nlbs.iter().map(|nlb| &nlb.arn).collect();
        let links: BTreeSet<About> = shown.links.iter().map(About::of_link).collect();
        self.accepted.retain(|one| match &one.about {
            About::Nlb(arn) => nlbs.contains(arn),
            About::Link(..) => links.contains(&one.about),
            About::Chains(..) => true,
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
            let about = About::of_link(link);
            link.findings.retain(|finding| keep(&about, finding));
        }
        shown
            .unattached
            .retain(|one| keep(&About::of_chains(one), &one.finding));
    }
}
