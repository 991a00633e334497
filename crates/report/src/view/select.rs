//! Filters: which part of an assessment is asked for.

use std::collections::BTreeSet;
use std::fmt;

use rust_decimal::Decimal;
use unbridge_model::apigateway::Tags;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::Estimate;
use unbridge_model::finding::{ApiRef, Severity, Verdict};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::text::Text;

use super::{Narrowed, View, identity};

/// What is asked for. Several values of one kind mean any of them, an empty list means all;
/// several kinds mean all of them at once.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Accounts.
    pub accounts: Vec<AccountId>,
    /// Regions.
    pub regions: Vec<Region>,
    /// Verdicts.
    pub verdicts: Vec<Verdict>,
    /// Findings of this severity or graver, and what has one.
    pub severity: Option<Severity>,
    /// Tags of NLBs.
    pub tags: Vec<TagWanted>,
    /// Names or ids of APIs.
    pub apis: Vec<Text>,
    /// NLBs whose going may save at least so much a month. What cannot be told may.
    pub min_savings: Option<Decimal>,
}

/// A tag that an NLB should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagWanted {
    /// Its key.
    pub key: Text,
    /// Its value; `None` for any.
    pub value: Option<Text>,
}

impl fmt::Display for TagWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

impl TagWanted {
    /// Whether it is among these.
    #[must_use]
    pub fn is_in(&self, tags: &Tags) -> bool {
        let found = tags.get(&self.key);
        found.is_some_and(|found| self.value.as_ref().is_none_or(|value| value == found))
    }
}

impl Selection {
    /// The filters, as words.
    fn words(&self) -> Vec<String> {
        let Self {
            accounts,
            regions,
            verdicts,
            severity,
            tags,
            apis,
            min_savings,
        } = self;
        let mut words = Vec::new();
        words.extend(any_of("account", accounts));
        words.extend(any_of("region", regions));
        words.extend(any_of("verdict", verdicts));
        words.extend(severity.map(|severity| format!("severity {severity} or graver")));
        words.extend(any_of("tag", tags));
        words.extend(any_of("API", apis));
        words.extend(min_savings.map(|least| format!("savings of {least} a month or more")));
        words
    }

    fn is_about_nlbs(&self) -> bool {
        !self.verdicts.is_empty() || !self.tags.is_empty() || self.min_savings.is_some()
    }

    fn has_place(&self, account: &AccountId, region: &Region) -> bool {
        (self.accounts.is_empty() || self.accounts.contains(account))
            && (self.regions.is_empty() || self.regions.contains(region))
    }

    fn has_api(&self, api: &ApiRef) -> bool {
        self.apis.is_empty() || self.apis.contains(&api.id) || self.apis.contains(&api.name)
    }

    fn has_tags(&self, nlb: &NlbAssessment) -> bool {
        let tags = nlb.tags.as_ref();
        self.tags.is_empty()
            || tags.is_some_and(|tags| self.tags.iter().any(|wanted| wanted.is_in(tags)))
    }

    fn may_save(&self, estimate: Option<&Estimate>) -> bool {
        let most = estimate.and_then(|estimate| estimate.monthly_savings.high);
        self.min_savings
            .is_none_or(|least| most.is_none_or(|most| most >= least))
    }

    /// Whether an NLB is asked for, its tags and findings left aside.
    fn has(&self, nlb: &NlbAssessment) -> bool {
        let mut named = nlb.findings.iter().flat_map(identity::apis);
        let mut apis = nlb.chains.iter().map(|chain| &*chain.start.api);
        self.has_place(&nlb.account, &nlb.region)
            && (self.verdicts.is_empty() || self.verdicts.contains(&nlb.verdict))
            && (self.apis.is_empty()
                || apis.any(|api| self.has_api(api))
                || named.any(|api| self.has_api(api)))
    }
}

fn any_of<T: fmt::Display>(kind: &str, values: &[T]) -> Option<String> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    (!values.is_empty()).then(|| format!("{kind} {}", values.join(" or ")))
}

impl View {
    /// Keeps what is asked for. Links are kept with the NLBs they lead to; what was not seen is
    /// always kept.
    #[must_use]
    pub fn select(mut self, selection: &Selection) -> Self {
        let by = selection.words();
        if by.is_empty() {
            return self;
        }
        let all = (self.assessment.nlbs.len(), self.findings().count());
        if let Some(least) = selection.severity {
            self.retain_findings(|_, finding| finding.severity() >= least);
        }
        let graver = |found: bool| selection.severity.is_none() || found;
        let (shown, costs) = (&mut self.assessment, self.costs.as_ref());
        let mut tags_unread = 0;
        shown.nlbs.retain(|nlb| {
            let estimate = costs.and_then(|costs| costs.of(nlb));
            let asked_for = selection.has(nlb)
                && graver(!nlb.findings.is_empty())
                && selection.may_save(estimate);
            let tagged = selection.has_tags(nlb);
            tags_unread += usize::from(asked_for && !tagged && nlb.tags.is_none());
            asked_for && tagged
        });
        let kept: BTreeSet<_> = shown.nlbs.iter().map(|nlb| &nlb.arn).collect();
        let by_nlb = selection.is_about_nlbs() || !selection.apis.is_empty();
        shown.links.retain(|link| {
            let leads_to_one = link.targets.iter().any(|nlb| kept.contains(nlb));
            selection.has_place(&link.account, &link.region)
                && graver(!link.findings.is_empty())
                && (!by_nlb || leads_to_one)
        });
        shown.private_integrations.retain(|one| {
            selection.has_place(&one.account, &one.region)
                && selection.has_api(&one.api)
                && !selection.is_about_nlbs()
        });
        shown.unattached.retain(|one| {
            let mut apis = identity::apis(&one.finding).into_iter();
            selection.has_place(&one.account, &one.region)
                && apis.any(|api| selection.has_api(api))
                && !selection.is_about_nlbs()
        });
        self.forget_accepted_elsewhere();
        let shown = (self.assessment.nlbs.len(), self.findings().count());
        self.narrowed = Some(Narrowed {
            by,
            nlbs: all.0 - shown.0,
            tags_unread,
            findings: all.1 - shown.1,
        });
        self
    }
}
