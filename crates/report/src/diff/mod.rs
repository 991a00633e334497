//! What changed between two scans of the same accounts, and what it is worth.
//!
//! What is not there any more is only called gone where the newer scan read all of the account and
//! region it was in; over a gap it was not seen, which is no news of it. The same holds the other
//! way round for what appeared, and for a verdict that is another one for want of sight. Reads two
//! views and decides nothing about accounts.

mod drift;
mod findings;
mod json;
mod markdown;
mod sight;
mod table;
mod told;
mod worth;

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::bearing::Bearing;
use unbridge_model::finding::{Finding, FindingCode, Verdict};
use unbridge_model::id::{AccountId, LoadBalancerArn, Region};

pub use self::drift::Drift;
pub use self::findings::{FindingDiff, Findings, Regraded};
pub use self::json::{FORMAT_VERSION, json, schema};
pub use self::markdown::markdown;
pub use self::sight::Seen;
pub use self::table::table;
pub use self::worth::{Change, Figures, Worth};

use self::findings::{Known, known};
use self::sight::Sight;
use crate::view::{About, View, missing_in};

/// What changed between two views.
#[derive(Debug)]
pub struct Diff<'v> {
    /// The older view.
    pub old: &'v View,
    /// The newer view.
    pub new: &'v View,
    /// Accounts that the newer has alone, by id.
    pub new_accounts: Vec<AccountId>,
    /// Accounts that the older has alone, by id.
    pub gone_accounts: Vec<AccountId>,
    /// NLBs about which something changed, by ARN.
    pub nlbs: Vec<NlbDiff<'v>>,
    /// Links, and chains without a load balancer, about which something changed.
    pub others: Vec<OtherDiff<'v>>,
}

/// What changed about one NLB.
#[derive(Debug)]
pub struct NlbDiff<'v> {
    /// Where it was seen.
    pub sides: Sides<'v>,
    /// Findings that appeared and went: all of them for an NLB that did.
    pub findings: Findings<'v>,
    /// Chains that lead another way, stage by stage; empty for an NLB that appeared or went.
    pub drift: Vec<Drift<'v>>,
    /// Whether the older and the newer view read all of its region.
    seen: (Seen, Seen),
}

/// In which of the two views an NLB is.
#[derive(Debug, Clone, Copy)]
pub enum Sides<'v> {
    /// In the newer alone; and whether the older would have seen it.
    Appeared(&'v NlbAssessment, Seen),
    /// In the older alone; and whether the newer would have seen it.
    Gone(&'v NlbAssessment, Seen),
    /// In both, the older first.
    Both(&'v NlbAssessment, &'v NlbAssessment),
}

impl<'v> Sides<'v> {
    /// The NLB as the older view has it.
    #[must_use]
    pub fn was(self) -> Option<&'v NlbAssessment> {
        match self {
            Self::Gone(was, _) | Self::Both(was, _) => Some(was),
            Self::Appeared(..) => None,
        }
    }

    /// The NLB as the newer view has it.
    #[must_use]
    pub fn is(self) -> Option<&'v NlbAssessment> {
        match self {
            Self::Appeared(is, _) | Self::Both(_, is) => Some(is),
            Self::Gone(..) => None,
        }
    }

    /// The NLB as the newest view that has it.
    #[must_use]
    pub fn nlb(self) -> &'v NlbAssessment {
        match self {
            Self::Appeared(nlb, _) | Self::Gone(nlb, _) | Self::Both(_, nlb) => nlb,
        }
    }

    /// Whether it is in both with different verdicts.
    #[must_use]
    pub fn has_another_verdict(self) -> bool {
        match self {
            Self::Both(was, is) => was.verdict != is.verdict,
            Self::Appeared(..) | Self::Gone(..) => false,
        }
    }
}

/// What changed about a link, or about the chains of a region that reach no load balancer.
#[derive(Debug)]
pub struct OtherDiff<'v> {
    /// What it is about.
    pub about: About,
    /// What changed.
    pub findings: Findings<'v>,
}

impl<'v> Diff<'v> {
    /// What changed from `old` to `new`. Both are to be whole: what a filter or a baseline took out
    /// of one of them is not seen there.
    #[must_use]
    pub fn of(old: &'v View, new: &'v View) -> Self {
        let (before, after) = (&old.assessment.scanned, &new.assessment.scanned);
        let new_accounts = missing_in(before, after);
        let gone_accounts = missing_in(after, before);
        let sights = Sights {
            old: Sight::of(old, &new_accounts, |account| was_not_there(old, account)),
            new: Sight::of(new, &gone_accounts, |account| is_closed(new, account)),
        };
        let mut all = Pairs::of(old, new);
        let nlbs = nlbs(&old.assessment, &new.assessment);
        let nlbs = nlbs.into_iter().map(|sides| {
            let about = About::Nlb(sides.nlb().arn.clone());
            let findings = all.take(&about, &sights);
            NlbDiff::of(sides, findings, &sights)
        });
        let nlbs = nlbs.filter(NlbDiff::is_news).collect();
        let others = all.rest(&sights);
        Self {
            old,
            new,
            new_accounts,
            gone_accounts,
            nlbs,
            others,
        }
    }

    /// Only what is in these accounts and regions; an empty list means all.
    #[must_use]
    pub fn only(mut self, accounts: &[AccountId], regions: &[Region]) -> Self {
        let is_asked = |account: &str, region: &str| {
            (accounts.is_empty() || accounts.iter().any(|one| one.as_str() == account))
                && (regions.is_empty() || regions.iter().any(|one| one.as_str() == region))
        };
        self.nlbs.retain(|one| {
            let nlb = one.sides.nlb();
            is_asked(nlb.account.as_str(), nlb.region.as_str())
        });
        let asked = |about: &About| is_asked(about.account(), about.region());
        self.others.retain(|one| asked(&one.about));
        if !accounts.is_empty() {
            self.new_accounts.retain(|one| accounts.contains(one));
            self.gone_accounts.retain(|one| accounts.contains(one));
        }
        self
    }

    /// Whether nothing changed, as far as both views saw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nlbs.is_empty()
            && self.others.is_empty()
            && self.new_accounts.is_empty()
            && self.gone_accounts.is_empty()
    }

    /// Whether both views saw everything, and each what the other saw.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let (old, new) = (self.old, self.new);
        old.assessment.is_complete()
            && new.assessment.is_complete()
            && self.new_accounts.iter().all(|one| was_not_there(old, one))
            && self.gone_accounts.iter().all(|one| is_closed(new, one))
            && self.nlbs.iter().all(NlbDiff::is_seen)
            && self.others.iter().all(|one| one.findings.are_seen())
    }

    /// The verdicts that NLBs got: those of NLBs that appeared, and those that are others than before
    /// for sure. Where the older view read nothing at all, nothing is new.
    pub fn new_verdicts(&self) -> impl Iterator<Item = Verdict> {
        self.nlbs.iter().filter_map(|one| match one.sides {
            Sides::Appeared(is, Seen::Whole | Seen::Partly) => Some(is.verdict),
            Sides::Both(_, is) if Change::from(one) == Change::Verdict => Some(is.verdict),
            Sides::Appeared(_, Seen::Not) | Sides::Gone(..) | Sides::Both(..) => None,
        })
    }

    /// Findings that appeared or became graver, but for those that a team has accepted, and those in
    /// places of which the older view read nothing.
    pub fn news(&self) -> impl Iterator<Item = &'v Finding> {
        let of_nlbs = self.nlbs.iter().map(|one| &one.findings);
        let of_others = self.others.iter().map(|one| &one.findings);
        of_nlbs.chain(of_others).flat_map(Findings::news)
    }

    /// What the changes are worth a month, by currency and kind of change; empty when nobody worked
    /// costs out.
    #[must_use]
    pub fn worth(&self) -> Vec<Worth> {
        worth::worth(self)
    }
}

impl<'v> NlbDiff<'v> {
    fn of(sides: Sides<'v>, findings: Findings<'v>, sights: &Sights<'_>) -> Self {
        let (account, region) = (&sides.nlb().account, &sides.nlb().region);
        let seen = (
            sights.old.place(account.as_str(), region.as_str()),
            sights.new.place(account.as_str(), region.as_str()),
        );
        let (sides, drift) = match sides {
            Sides::Appeared(nlb, _) => (Sides::Appeared(nlb, seen.0), Vec::new()),
            Sides::Gone(nlb, _) => (Sides::Gone(nlb, seen.1), Vec::new()),
            Sides::Both(was, is) => (sides, drift::drift(&was.chains, &is.chains, seen)),
        };
        Self {
            sides,
            findings,
            drift,
            seen,
        }
    }

    /// Whether it is in both with different verdicts, and that may come from what one of the views
    /// did not see.
    fn is_in_doubt(&self) -> bool {
        let Sides::Both(_, is) = self.sides else {
            return false;
        };
        if !self.sides.has_another_verdict() {
            return false;
        }
        let (appeared, gone) = (&self.findings.appeared, &self.findings.gone);
        let alone = || appeared.iter().chain(gone);
        let decides = |one: &FindingDiff<'_>| one.finding.bearing() != Bearing::None;
        if is.verdict == Verdict::Blocked && appeared.iter().any(decides) {
            // Whatever else was not seen: more of it would block it as well.
            return false;
        }
        let unseen_user = |one: &FindingDiff<'_>| {
            one.finding.bearing() == Bearing::OtherUser && one.seen != Seen::Whole
        };
        let unknown = |one: &FindingDiff<'_>| one.finding.code() == FindingCode::UnknownUsers;
        let has_a_cause = || !self.findings.regraded.is_empty() || alone().any(decides);
        gone.iter()
            .any(|one| decides(one) && one.seen != Seen::Whole)
            || appeared.iter().any(unseen_user)
            || alone().any(unknown)
            || (self.seen != (Seen::Whole, Seen::Whole) && !has_a_cause())
    }

    /// Whether what one of the views has alone would have been seen by the other.
    fn is_seen(&self) -> bool {
        let sides = match self.sides {
            Sides::Appeared(_, seen) | Sides::Gone(_, seen) => seen == Seen::Whole,
            Sides::Both(..) => !self.is_in_doubt(),
        };
        let drift = self.drift.iter().all(|one| {
            (one.appeared == 0 || one.seen.0 == Seen::Whole)
                && (one.gone == 0 || one.seen.1 == Seen::Whole)
        });
        sides && drift && self.findings.are_seen()
    }

    fn is_news(&self) -> bool {
        match self.sides {
            Sides::Appeared(..) | Sides::Gone(..) => true,
            Sides::Both(..) => {
                self.sides.has_another_verdict()
                    || !self.findings.is_empty()
                    || !self.drift.is_empty()
            }
        }
    }
}

/// Whether an older view lacks an account because it was not there to be read, as AWS Organizations
/// said then.
fn was_not_there(old: &View, account: &AccountId) -> bool {
    match old.accounts.of(account) {
        Some(member) => !member.status.answers(),
        None => !old.accounts.is_empty(),
    }
}

/// Whether a newer view lacks an account because it is closed.
fn is_closed(new: &View, account: &AccountId) -> bool {
    let member = new.accounts.of(account);
    member.is_some_and(|member| !member.status.answers())
}

/// How much each of the two views saw of what the other has.
struct Sights<'v> {
    old: Sight<'v>,
    new: Sight<'v>,
}

/// The NLBs of both, by ARN, each once; what was seen is told later.
fn nlbs<'v>(old: &'v Assessment, new: &'v Assessment) -> Vec<Sides<'v>> {
    let mut all: BTreeMap<&LoadBalancerArn, Sides<'v>> = BTreeMap::new();
    for nlb in &old.nlbs {
        all.insert(&nlb.arn, Sides::Gone(nlb, Seen::Partly));
    }
    for nlb in &new.nlbs {
        let sides = match all.get(&nlb.arn).and_then(|sides| sides.was()) {
            Some(was) => Sides::Both(was, nlb),
            None => Sides::Appeared(nlb, Seen::Partly),
        };
        all.insert(&nlb.arn, sides);
    }
    all.into_values().collect()
}

/// The findings of both views, by what they are about.
struct Pairs<'v> {
    old: BTreeMap<About, Known<'v>>,
    new: BTreeMap<About, Known<'v>>,
}

impl<'v> Pairs<'v> {
    fn of(old: &'v View, new: &'v View) -> Self {
        Self {
            old: known(old),
            new: known(new),
        }
    }

    fn take(&mut self, about: &About, sights: &Sights<'_>) -> Findings<'v> {
        let old = self.old.remove(about).unwrap_or_default();
        let new = self.new.remove(about).unwrap_or_default();
        let seen = |sight: &Sight<'_>, finding: &Finding| sight.finding(about, finding);
        Findings::of(
            old,
            new,
            |finding| seen(&sights.old, finding),
            |finding| seen(&sights.new, finding),
        )
    }

    /// What is about no NLB.
    fn rest(mut self, sights: &Sights<'_>) -> Vec<OtherDiff<'v>> {
        let all = self.old.keys().chain(self.new.keys());
        let all: BTreeSet<About> = all.cloned().collect();
        let others = all.into_iter().map(|about| OtherDiff {
            findings: self.take(&about, sights),
            about,
        });
        others.filter(|one| !one.findings.is_empty()).collect()
    }
}
