//! What somebody understands in a minute: how many bridges there are, how many can go today, and
//! what holds the rest back.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::finding::{FindingCode, Reason, Verdict};

use super::label;
use crate::layout::count;
use crate::said;
use crate::text_of;
use crate::verdict;
use crate::view::View;

/// How many reasons are shown before the rest is folded away.
const HOLDS: usize = 8;

/// Verdicts of bridges that cannot go today.
const HELD: [Verdict; 3] = [Verdict::Blocked, Verdict::Rewirable, Verdict::RemovableIf];

/// The top of the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Summary {
    pub(super) title: String,
    /// What is saved a month and a year; empty when nobody worked it out.
    pub(super) saves: Vec<String>,
    pub(super) lede: Vec<String>,
    /// Bridges by verdict; empty when there is none.
    pub(super) tally: Vec<Part>,
    /// The same for who cannot see it.
    pub(super) alt: String,
    /// All NLBs by verdict.
    pub(super) all: Vec<Part>,
    /// What holds the rest back, the commonest first.
    pub(super) holds: Vec<Hold>,
    pub(super) more_holds: Vec<Hold>,
    /// Verdicts of the rest, as far as they occur.
    pub(super) held: Vec<Part>,
}

/// NLBs of one verdict, as a part of a bar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) verdict: Verdict,
    pub(super) label: &'static str,
    pub(super) meaning: &'static str,
    pub(super) nlbs: usize,
    /// Percent of the bar to the left of it.
    pub(super) from: String,
    /// Its percent of the bar.
    pub(super) width: String,
}

/// A reason, and the bridges it holds back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hold {
    pub(super) title: String,
    /// What finds the NLBs in the table.
    pub(super) find: String,
    pub(super) nlbs: usize,
    pub(super) parts: Vec<Part>,
    pub(super) alt: String,
}

impl Summary {
    pub(super) fn of(view: &View) -> Self {
        let assessment = &view.assessment;
        let bridges: Vec<Verdict> = verdict::ORDER
            .into_iter()
            .filter(|verdict| *verdict != Verdict::NotABridge)
            .collect();
        let tally = parts(&bridges, |verdict| assessment.count(verdict));
        let mut holds = holds(&assessment.nlbs);
        let more_holds = holds.split_off(holds.len().min(HOLDS));
        let mut held = parts(&HELD, |verdict| assessment.count(verdict));
        held.retain(|part| part.nlbs > 0);
        let any = tally.iter().any(|part| part.nlbs > 0);
        Self {
            title: title(view),
            saves: said::savings(view),
            lede: lede(view),
            alt: alt("Bridges by verdict", &tally),
            tally: if any { tally } else { Vec::new() },
            all: parts(&verdict::ORDER, |verdict| assessment.count(verdict)),
            holds,
            more_holds,
            held,
        }
    }

    /// `8 bridges that cannot go today`.
    pub(super) fn held_back(&self) -> String {
        let held = self.held.iter().map(|part| part.nlbs).sum();
        format!("{} that cannot go today", count(held, "bridge", "bridges"))
    }
}

fn bridges(assessment: &Assessment) -> usize {
    assessment.nlbs.len() - assessment.count(Verdict::NotABridge)
}

/// The one line that is read when no other is.
fn title(view: &View) -> String {
    let assessment = &view.assessment;
    let bridges = bridges(assessment);
    let today = assessment.count(Verdict::Removable) + assessment.count(Verdict::AlreadyDirect);
    // Of what was not seen, or not asked for, nothing is said.
    let which = if view.narrowed.is_some() || view.baseline.is_some() {
        " shown here"
    } else if assessment.is_complete() {
        ""
    } else {
        " seen"
    };
    match (bridges, today) {
        (0, _) if which.is_empty() => "There is no bridge".to_owned(),
        (0, _) => format!("No bridge{which}"),
        (1, 0) => format!("The one bridge{which} cannot go today"),
        (1, _) => format!("The one bridge{which} can go today"),
        (_, 0) => format!("None of the {bridges} bridges{which} can go today"),
        (all, can) if all == can => format!("All {bridges} bridges{which} can go today"),
        _ => format!("{today} of {bridges} bridges{which} can go today"),
    }
}

fn lede(view: &View) -> Vec<String> {
    let assessment = &view.assessment;
    if assessment.nlbs.is_empty() {
        return vec![said::no_nlb(view)];
    }
    let mut lede = vec![
        "A bridge is a Network Load Balancer (NLB) that passes requests from API Gateway on to an \
         Application Load Balancer (ALB). API Gateway can call the ALB itself now, so a bridge \
         that nothing else uses can go."
            .to_owned(),
        verdict::summary(assessment),
    ];
    lede.extend(said::sums(view));
    lede
}

/// The parts of a bar, in this order.
fn parts(verdicts: &[Verdict], nlbs: impl Fn(Verdict) -> usize) -> Vec<Part> {
    let whole: usize = verdicts.iter().map(|verdict| nlbs(*verdict)).sum();
    scaled(verdicts, nlbs, whole)
}

/// The parts of a bar that is full with so many NLBs.
fn scaled(verdicts: &[Verdict], nlbs: impl Fn(Verdict) -> usize, whole: usize) -> Vec<Part> {
    let mut before = 0;
    let part = |verdict: &Verdict| {
        let number = nlbs(*verdict);
        let part = Part {
            verdict: *verdict,
            label: label(*verdict),
            meaning: verdict::meaning(*verdict),
            nlbs: number,
            from: percent(before, whole),
            width: percent(number, whole),
        };
        before += number;
        part
    };
    verdicts.iter().map(part).collect()
}

/// Hundredths of percents, without an exponent or a locale's comma.
fn percent(part: usize, whole: usize) -> String {
    let hundredths = (part * 10_000).checked_div(whole).unwrap_or_default();
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// `Bridges by verdict: Can go 2, Blocked 1`.
fn alt(what: &str, parts: &[Part]) -> String {
    let told: Vec<String> = parts
        .iter()
        .filter(|part| part.nlbs > 0)
        .map(|part| format!("{} {}", part.label, part.nlbs))
        .collect();
    format!("{what}: {}", told.join(", "))
}

/// What a reason is counted as: everything that was not seen is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holding {
    Finding(FindingCode),
    Unseen,
    LeadsNowhere,
}

impl Holding {
    fn of(reason: &Reason) -> Option<Self> {
        match reason {
            Reason::Finding(code) => Some(Self::Finding(*code)),
            Reason::Gap(_) => Some(Self::Unseen),
            Reason::ListenerLeadsNowhere(_) => Some(Self::LeadsNowhere),
            Reason::NoGateway | Reason::NoAlb | Reason::EverythingMoves => None,
        }
    }

    fn title(self) -> String {
        match self {
            Self::Finding(code) => text_of(code).title.to_owned(),
            Self::Unseen => "something could not be seen".to_owned(),
            Self::LeadsNowhere => "a listener leads to no target that exists".to_owned(),
        }
    }

    /// A word that the rows of the bridges have that it holds back.
    fn find(self) -> String {
        match self {
            Self::Finding(code) => format!("held-by:{code}"),
            Self::Unseen => "held-by:not-seen".to_owned(),
            Self::LeadsNowhere => "held-by:leads-nowhere".to_owned(),
        }
    }
}

/// What holds an NLB back, as words that find it.
pub(super) fn held_by(nlb: &NlbAssessment) -> impl Iterator<Item = String> {
    holding(nlb).into_iter().map(Holding::find)
}

/// What holds an NLB back, once each.
fn holding(nlb: &NlbAssessment) -> BTreeSet<Holding> {
    let is_held = HELD.contains(&nlb.verdict);
    let reasons = nlb.reasons.iter().filter(|_| is_held);
    reasons.filter_map(Holding::of).collect()
}

fn holds(nlbs: &[NlbAssessment]) -> Vec<Hold> {
    let mut found: BTreeMap<Holding, Vec<Verdict>> = BTreeMap::new();
    for nlb in nlbs {
        for one in holding(nlb) {
            found.entry(one).or_default().push(nlb.verdict);
        }
    }
    let held = nlbs
        .iter()
        .filter(|nlb| HELD.contains(&nlb.verdict))
        .count();
    let mut holds: Vec<Hold> = found
        .into_iter()
        .map(|(holding, verdicts)| {
            let nlbs = |wanted| verdicts.iter().filter(|one| **one == wanted).count();
            let mut parts = scaled(&HELD, nlbs, held);
            parts.retain(|part| part.nlbs > 0);
            Hold {
                title: holding.title(),
                find: holding.find(),
                nlbs: verdicts.len(),
                alt: alt(&count(verdicts.len(), "bridge", "bridges"), &parts),
                parts,
            }
        })
        .collect();
    holds.sort_by_key(|hold| std::cmp::Reverse(hold.nlbs));
    holds
}
