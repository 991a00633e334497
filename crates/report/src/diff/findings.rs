//! Findings of one thing in two views: a finding is the same where its
//! [`identity()`](crate::view::identity) is.

use std::collections::BTreeMap;

use unbridge_model::finding::{Finding, Severity};

use super::Seen;
use crate::view::{About, View, identity};

/// A finding that one of the two views has alone.
#[derive(Debug, Clone, Copy)]
pub struct FindingDiff<'v> {
    /// The finding.
    pub finding: &'v Finding,
    /// Whether a team has accepted it, in the view that has it.
    pub accepted: bool,
    /// Whether the other view would have found it. What is gone is solved only where it would.
    pub seen: Seen,
}

/// A finding with another severity than before.
#[derive(Debug, Clone, Copy)]
pub struct Regraded<'v> {
    /// The finding, as the newer view has it.
    pub finding: &'v Finding,
    /// Whether a team has accepted it, in the newer view.
    pub accepted: bool,
    /// Its severity in the older view.
    pub was: Severity,
}

/// How the findings of one thing changed; each list by identity.
#[derive(Debug, Default)]
pub struct Findings<'v> {
    /// Those that the newer view has alone.
    pub appeared: Vec<FindingDiff<'v>>,
    /// Those that the older view has alone.
    pub gone: Vec<FindingDiff<'v>>,
    /// Those of another severity.
    pub regraded: Vec<Regraded<'v>>,
}

/// A finding, and whether it was accepted.
type One<'v> = (&'v Finding, bool);

/// The findings of one thing by identity, accepted or not.
pub(super) type Known<'v> = BTreeMap<String, One<'v>>;

/// The findings of a view by what they are about.
pub(super) fn known(view: &View) -> BTreeMap<About, Known<'_>> {
    let mut all: BTreeMap<About, Known<'_>> = BTreeMap::new();
    let open = view
        .findings()
        .map(|(about, finding)| (about, finding, false));
    let accepted = view.accepted.iter();
    let accepted = accepted.map(|one| (one.about.clone(), &one.finding, true));
    for (about, finding, accepted) in open.chain(accepted) {
        let known = all.entry(about).or_default();
        let one = known
            .entry(identity(finding))
            .or_insert((finding, accepted));
        if finding.severity() > one.0.severity() {
            *one = (finding, accepted);
        }
    }
    all
}

impl<'v> Findings<'v> {
    /// How findings changed; the last two say what the older and the newer view would have found.
    pub(super) fn of(
        old: Known<'v>,
        mut new: Known<'v>,
        in_old: impl Fn(&Finding) -> Seen,
        in_new: impl Fn(&Finding) -> Seen,
    ) -> Self {
        let mut findings = Self::default();
        for (identity, (was, accepted)) in old {
            match new.remove(&identity) {
                None => findings.gone.push(FindingDiff {
                    finding: was,
                    accepted,
                    seen: in_new(was),
                }),
                Some((finding, accepted)) if finding.severity() != was.severity() => {
                    findings.regraded.push(Regraded {
                        finding,
                        accepted,
                        was: was.severity(),
                    });
                }
                Some(_) => {}
            }
        }
        let appeared = new.into_values().map(|(finding, accepted)| FindingDiff {
            finding,
            accepted,
            seen: in_old(finding),
        });
        findings.appeared = appeared.collect();
        findings
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.appeared.is_empty() && self.gone.is_empty() && self.regraded.is_empty()
    }

    /// Whether the other view would have found everything that one of the two has alone.
    pub(super) fn are_seen(&self) -> bool {
        let mut alone = self.appeared.iter().chain(&self.gone);
        alone.all(|one| one.seen == Seen::Whole)
    }

    /// Findings that appeared or became graver and that nobody accepted. Where the older view read
    /// nothing at all, nothing is new.
    pub(super) fn news(&self) -> impl Iterator<Item = &'v Finding> {
        let appeared = self.appeared.iter();
        let appeared = appeared.filter(|one| !one.accepted && one.seen != Seen::Not);
        let graver = self.regraded.iter();
        let graver = graver.filter(|one| !one.accepted && one.finding.severity() > one.was);
        let graver = graver.map(|one| one.finding);
        appeared.map(|one| one.finding).chain(graver)
    }
}
