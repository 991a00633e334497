//! What is new since an earlier scan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use unbridge_model::assessment::Assessment;
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
    /// did not see; and private integrations it did not list. What was not seen stays: a gap is no news, and no rest either.
    ///
    /// # Errors
    /// [`ForeignBaseline`] when the earlier scan is of another account.
    pub fn since(mut self, old: Assessment) -> Result<Self, ForeignBaseline> {
        let (of, baseline) = (&self.assessment.header.account, &old.header.account);
        if of != baseline {
            return Err(ForeignBaseline {
                of: of.clone(),
                baseline: baseline.clone(),
            });
        }
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
            started_at: old.header.started_at,
            verdicts,
            nlbs,
            findings,
        });
        Ok(self)
    }
}
