//! What is new since an earlier scan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use unbridge_model::assessment::{Assessment, Scanned};
use unbridge_model::finding::Severity;
use unbridge_model::id::AccountId;

use super::{About, Baseline, View, identity};

/// A baseline of another account: everything would be new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignBaseline {
    /// The account of the report.
    pub of: AccountId,
    /// The account of the baseline.
    pub baseline: AccountId,
}

impl fmt::Display for ForeignBaseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, baseline } = self;
        write!(
            f,
            "the baseline is of account {baseline}, the snapshot of account {of}"
        )
    }
}

impl std::error::Error for ForeignBaseline {}

impl View {
    /// Keeps what an earlier scan did not say: findings whose [`identity()`] it did not have, or
    /// had at a lower severity; NLBs with such a finding, with another verdict than then, or that it
    /// did not see; and private integrations it did not list. What was not seen stays: a gap is no
    /// news, and no rest either.
    ///
    /// Several accounts are compared account by account; which of them are in one of both alone is
    /// kept.
    ///
    /// # Errors
    /// [`ForeignBaseline`] when no account is in both.
    pub fn since(mut self, old: Assessment) -> Result<Self, ForeignBaseline> {
        let scanned = &self.assessment.scanned;
        let new_accounts = missing_in(&old.scanned, scanned);
        if new_accounts.len() == scanned.accounts() {
            return Err(ForeignBaseline {
                of: scanned.first().account.clone(),
                baseline: old.scanned.first().account.clone(),
            });
        }
        let gone_accounts = missing_in(scanned, &old.scanned);
        let old = View::of(old);
        let mut known: BTreeMap<(About, String), Severity> = BTreeMap::new();
        for (about, finding) in old.findings() {
            let severity = finding.severity();
            let gravest = known.entry((about, identity(finding))).or_insert(severity);
            *gravest = severity.max(*gravest);
        }
        let mut findings = 0;
        self.retain_findings(|about, finding| {
            let before = known.get(&(about.clone(), identity(finding)));
            let is_known = before.is_some_and(|before| finding.severity() <= *before);
            findings += usize::from(is_known);
            !is_known
        });
        let old = old.assessment;
        let mut verdicts: BTreeMap<_, _> = old
            .nlbs
            .into_iter()
            .map(|nlb| (nlb.arn, nlb.verdict))
            .collect();
        let shown = &mut self.assessment;
        let all = shown.nlbs.len();
        shown
            .nlbs
            .retain(|nlb| !nlb.findings.is_empty() || verdicts.get(&nlb.arn) != Some(&nlb.verdict));
        let nlbs = all - shown.nlbs.len();
        let kept: BTreeSet<_> = shown.nlbs.iter().map(|nlb| &nlb.arn).collect();
        verdicts.retain(|arn, _| kept.contains(arn));
        let private: BTreeSet<_> = old.private_integrations.iter().collect();
        shown
            .private_integrations
            .retain(|one| !private.contains(one));
        self.forget_accepted_elsewhere();
        self.baseline = Some(Baseline {
            scanned: old.scanned,
            new_accounts,
            gone_accounts,
            verdicts,
            nlbs,
            findings,
        });
        Ok(self)
    }
}

/// The accounts of one that another does not have, by id.
pub(crate) fn missing_in(other: &Scanned, one: &Scanned) -> Vec<AccountId> {
    let accounts = one.iter().map(|header| &header.account);
    let missing = accounts.filter(|account| other.of(account).is_none());
    missing.cloned().collect()
}
