//! What the diagrams show: for each NLB the way of its requests, stop by stop, and what a move
//! would take away and bring. Writers spell it, each in its own way; nothing here knows a format.
//!
//! Every text in a [`Picture`] is [printable](crate::safe::printable) and broken into short lines,
//! and still has to be escaped for the format.

mod callers;
mod drawing;
mod stops;

use std::collections::BTreeMap;

use unbridge_model::assessment::{LinkVersion, NlbAssessment};
use unbridge_model::finding::{Reason, Verdict};
use unbridge_model::id::{LoadBalancerArn, VpcLinkId};

use self::drawing::Drawing;
use crate::layout::{count, some};
use crate::said;
use crate::view::{View, Whose};
use crate::{gaps, verdict, words};

/// How to read a drawing.
pub(crate) const LEGEND: &str =
    "Dashed goes away with a move, thick is new. A method counts once a stage.";

/// How many reasons of a verdict are named.
const REASONS: usize = 4;
/// How many accepted findings are told before the rest is only counted.
const REMARKS: usize = 20;
/// Characters of one remark.
const REMARK: usize = 240;

/// A view, about to be drawn.
#[derive(Debug)]
pub(crate) struct Sheet<'v> {
    view: &'v View,
    /// Links of version 1, by the NLB they lead to.
    links: BTreeMap<&'v LoadBalancerArn, Vec<&'v VpcLinkId>>,
    /// The NLBs worth a picture, in the order in which a reader needs them.
    pub(crate) nlbs: Vec<&'v NlbAssessment>,
    /// NLBs that are not worth one: no API uses them and they bridge nothing.
    pub(crate) undrawn: usize,
}

/// One NLB, today and after a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// `orders-nlb in eu-west-1: blocked`.
    pub(crate) title: String,
    /// What a move would do, or what stands in its way: a line below the title.
    pub(crate) subtitle: String,
    /// The stops.
    pub(crate) nodes: Vec<Node>,
    /// The arrows between them.
    pub(crate) edges: Vec<Edge>,
}

/// A stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) kind: Kind,
    /// What stands in it, line by line.
    pub(crate) lines: Vec<String>,
    /// What a move does to it.
    pub(crate) fate: Fate,
}

/// An arrow from stop to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The index of the node where it begins.
    pub(crate) from: usize,
    /// The index of the node where it ends.
    pub(crate) to: usize,
    /// How many methods take it, in words; `None` where the arrow before it says the same.
    pub(crate) label: Option<String>,
    /// What a move does to it.
    pub(crate) fate: Fate,
}

/// What a move does to a part of a picture. Today's picture is what stays and what goes; the one
/// after a move is what stays and what comes. For a blocked NLB read "would" throughout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is there before and after.
    Stays,
    /// It goes away. To be drawn dashed, so that it shows without colour.
    Goes,
    /// It is new. To be drawn bold.
    Comes,
}

/// What a stop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An API with one or more of its stages, or what is left of them.
    Api,
    /// A VPC link of either version.
    Link,
    /// A listener of the NLB, or the NLB where no chain names a listener.
    Nlb,
    /// A target group behind the NLB.
    Group,
    /// A listener of an ALB, or ALBs where no chain names a listener.
    Alb,
    /// Targets that are no ALB, or a Cloud Map service.
    Other,
    /// Where requests cannot arrive.
    Broken,
    /// Where a scan could not see on.
    Unseen,
    /// Ways that are only counted.
    More,
}

impl Kind {
    /// Where it stands on the way from the caller: 0 to [`Kind::LAST_COLUMN`].
    pub(crate) fn column(self) -> usize {
        match self {
            Self::Api => 0,
            Self::Link | Self::More => 1,
            Self::Nlb => 2,
            Self::Group => 3,
            Self::Alb | Self::Other | Self::Broken | Self::Unseen => Self::LAST_COLUMN,
        }
    }

    /// The last column of a picture.
    pub(crate) const LAST_COLUMN: usize = 4;
}

/// What has to be said of a drawing as a whole, each text printable and on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notes {
    /// What it was made from.
    pub(crate) made_from: String,
    /// What a reader must not miss: what was not seen, and what was left out.
    pub(crate) cautions: Vec<String>,
    /// What was accepted, and acceptances that did nothing.
    pub(crate) accepted: Vec<String>,
}

impl Notes {
    /// All of them, for comments.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = &str> {
        let first = [&self.made_from].into_iter();
        let all = first.chain(&self.cautions).chain(&self.accepted);
        all.map(String::as_str)
    }
}

impl<'v> Sheet<'v> {
    /// The sheet of a view.
    pub(crate) fn of(view: &'v View) -> Self {
        let all = &view.assessment.nlbs;
        let worth =
            |nlb: &&NlbAssessment| nlb.verdict != Verdict::NotABridge || !nlb.chains.is_empty();
        let mut nlbs: Vec<&NlbAssessment> = all.iter().filter(worth).collect();
        nlbs.sort_by_key(|nlb| (verdict::rank(nlb.verdict), &nlb.name, &nlb.arn));
        let mut links: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for link in &view.assessment.links {
            if link.version == LinkVersion::V1 {
                for nlb in &link.targets {
                    links.entry(nlb).or_default().push(&link.id);
                }
            }
        }
        Self {
            view,
            links,
            undrawn: all.len() - nlbs.len(),
            nlbs,
        }
    }

    /// The picture of one NLB of the view.
    pub(crate) fn picture(&self, nlb: &'v NlbAssessment) -> Picture {
        let links = self.links.get(&nlb.arn).map_or(&[][..], Vec::as_slice);
        let (nodes, edges) = Drawing::of(self.view, nlb, links);
        let name = words::name(&nlb.name);
        let of = Whose::from(self.view).of(nlb.account.as_str());
        Picture {
            title: format!("{name} in {}{of}: {}", nlb.region, nlb.verdict),
            subtitle: subtitle(nlb),
            nodes,
            edges,
        }
    }

    /// What has to be said of the whole.
    pub(crate) fn notes(&self) -> Notes {
        let assessment = &self.view.assessment;
        let mut cautions = Vec::new();
        if !assessment.is_complete() {
            cautions.push(format!(
                "INCOMPLETE: {}. Something may be missing here.",
                gaps::headline(assessment)
            ));
        }
        cautions.extend(said::narrowed(self.view));
        if self.nlbs.is_empty() {
            cautions.push(nothing(self.view));
        }
        if self.undrawn > 0 {
            cautions.push(format!(
                "Not drawn: {} that no API uses and that bridge nothing, as far as was seen.",
                count(self.undrawn, "NLB", "NLBs")
            ));
        }
        Notes {
            made_from: said::scanned(self.view),
            cautions: cautions.into_iter().map(short).collect(),
            accepted: accepted(self.view).into_iter().map(short).collect(),
        }
    }
}

/// Why no NLB is drawn.
fn nothing(view: &View) -> String {
    if view.assessment.nlbs.is_empty() {
        said::no_nlb(view)
    } else {
        "There is no bridge to draw.".to_owned()
    }
}

/// Findings that were accepted, and acceptances that did nothing.
fn accepted(view: &View) -> Vec<String> {
    let used = view.accepted.iter().take(REMARKS).map(|one| {
        format!(
            "Accepted: {} {}",
            one.finding.code(),
            said::accepted(view, one)
        )
    });
    let more = view
        .accepted
        .len()
        .checked_sub(REMARKS)
        .filter(|more| *more > 0);
    let more = more.map(|more| format!("+{more} more accepted"));
    let stale = view.stale.iter().take(REMARKS);
    let stale = stale.map(|one| format!("Acceptance that does nothing: {}", words::stale(one)));
    let rest = view
        .stale
        .len()
        .checked_sub(REMARKS)
        .filter(|rest| *rest > 0);
    let rest = rest.map(|rest| format!("+{rest} more that do nothing"));
    used.chain(more).chain(stale).chain(rest).collect()
}

/// A remark that cannot fill the page.
fn short(text: String) -> String {
    match text.char_indices().nth(REMARK) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

fn subtitle(nlb: &NlbAssessment) -> String {
    let because = because(nlb);
    match nlb.verdict {
        Verdict::Removable if nlb.chains.is_empty() => "Dashed can go.".to_owned(),
        Verdict::Removable => "Dashed goes away with the move.".to_owned(),
        Verdict::AlreadyDirect => "Dashed can go now: the APIs go direct.".to_owned(),
        Verdict::RemovableIf => format!("Dashed can go once this is checked: {because}"),
        Verdict::Rewirable => format!("The APIs can move; it stays for: {because}"),
        Verdict::Blocked => format!("Cannot move now, drawn as it would be. Blocked by: {because}"),
        Verdict::NotABridge => format!("Nothing to move: {because}"),
    }
}

/// The reasons in a few words: codes, and whether something was not seen.
fn because(nlb: &NlbAssessment) -> String {
    let mut told = Vec::new();
    for reason in &nlb.reasons {
        let words = match reason {
            Reason::Finding(code) => code.to_string(),
            Reason::Gap(_) => "what was not seen".to_owned(),
            Reason::NoGateway
            | Reason::NoAlb
            | Reason::ListenerLeadsNowhere(_)
            | Reason::EverythingMoves => words::reason(reason, &nlb.account),
        };
        if !told.contains(&words) {
            told.push(words);
        }
    }
    some(&told, REASONS)
}
