//! A picture in the making: chains, links and load balancers become nodes and edges.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::assessment::{NlbAssessment, Way};
use unbridge_model::finding::{Finding, Verdict};
use unbridge_model::id::{LoadBalancerArn, VpcLinkId};

use super::callers::{self, Tally, api_in_words};
use super::stops::{Stop, failing, fit, kind, of_end, of_hop};
use super::{Edge, Fate, Kind, Node};
use crate::layout::count;
use crate::rows::shape;
use crate::view::{About, View};
use crate::words;

/// How many APIs with their stages are drawn over one NLB before the rest is one node.
const CALLERS: usize = 8;
/// How many ways, or ALBs, are drawn at one NLB before the rest is one node.
const WAYS: usize = 8;
/// How many links that no chain takes are drawn at one NLB.
const IDLE_LINKS: usize = 3;

/// What passes between two stops.
#[derive(Debug, Clone, Copy, Default)]
struct Flow {
    today: Tally,
    comes: usize,
}

impl Flow {
    fn words(&self) -> Option<String> {
        match (self.comes, self.today.methods) {
            (0, 0) => None,
            (0, _) => Some(self.today.words()),
            (comes, _) => Some(count(comes, "method", "methods")),
        }
    }
}

/// A picture in the making.
pub(super) struct Drawing<'a> {
    view: &'a View,
    nlb: &'a NlbAssessment,
    link_goes: bool,
    nlb_goes: bool,
    nodes: Vec<Node>,
    at: BTreeMap<Stop<'a>, usize>,
    flows: BTreeMap<(usize, usize), Flow>,
}

impl<'a> Drawing<'a> {
    /// The nodes of an NLB and its VPC links, and the edges between them.
    pub(super) fn of(
        view: &'a View,
        nlb: &'a NlbAssessment,
        links: &[&'a VpcLinkId],
    ) -> (Vec<Node>, Vec<Edge>) {
        let mut drawing = Self::new(view, nlb);
        drawing.chains();
        drawing.idle(links);
        drawing.direct();
        let edges = drawing.edges();
        (drawing.nodes, edges)
    }

    fn new(view: &'a View, nlb: &'a NlbAssessment) -> Self {
        let after = nlb.comparison.as_ref().map(|sides| &sides.after);
        let link_goes = after.is_some_and(|after| after.v1_links == 0);
        Self {
            view,
            nlb,
            link_goes,
            // A link that stays has to lead somewhere.
            nlb_goes: link_goes
                && nlb.verdict != Verdict::Rewirable
                && after.is_some_and(|after| after.nlbs == 0),
            nodes: Vec::new(),
            at: BTreeMap::new(),
            flows: BTreeMap::new(),
        }
    }

    /// The node of a stop, which `lines` says what stands in.
    fn node(&mut self, stop: Stop<'a>, lines: impl FnOnce() -> Vec<String>) -> usize {
        if let Some(at) = self.at.get(&stop) {
            return *at;
        }
        let at = self.nodes.len();
        self.nodes.push(Node {
            kind: kind(stop),
            lines: lines().iter().flat_map(|line| fit(line)).collect(),
            fate: self.fate(stop),
        });
        self.at.insert(stop, at);
        at
    }

    fn fate(&self, stop: Stop<'_>) -> Fate {
        let goes = |goes| if goes { Fate::Goes } else { Fate::Stays };
        match stop {
            Stop::NewLink => Fate::Comes,
            Stop::LinkV1(_) | Stop::MoreLinks => goes(self.link_goes),
            Stop::Listener(..) | Stop::Nlb | Stop::Group(_) => goes(self.nlb_goes),
            Stop::Caller(_)
            | Stop::LinkV2(_)
            | Stop::DirectLink
            | Stop::Alb(..)
            | Stop::WholeAlb(_)
            | Stop::SomeAlbs
            | Stop::End(_)
            | Stop::MoreWays => Fate::Stays,
        }
    }

    /// The chains over the NLB, and where they would go.
    fn chains(&mut self) {
        let mut callers = callers::callers(self.nlb);
        let routes = callers::busiest(&callers);
        let (drawn, rest) = routes.split_at(routes.len().min(WAYS));
        let more_ways = count(rest.len(), "more way", "more ways");
        if callers.len() > CALLERS {
            let rest = callers.split_off(CALLERS - 1);
            callers.push(callers::together(rest));
        }
        let mut undrawn = Vec::new();
        for (number, caller) in callers.into_iter().enumerate() {
            let from = self.node(Stop::Caller(number), || caller.lines);
            for (route, (way, tally)) in caller.routes {
                if drawn.contains(&route) {
                    self.today(from, way, tally);
                    self.after(from, way, tally);
                } else {
                    undrawn.push((from, way, tally));
                }
            }
        }
        for (from, way, tally) in undrawn {
            let more = self.node(Stop::MoreWays, || vec![format!("+{more_ways}")]);
            self.pass(from, more, tally);
            self.after(from, way, tally);
        }
    }

    fn pass(&mut self, from: usize, to: usize, tally: Tally) {
        self.flows.entry((from, to)).or_default().today.add(tally);
    }

    fn today(&mut self, caller: usize, way: &'a Way, tally: Tally) {
        let mut stops: Vec<Stop<'a>> = way.hops.iter().map(of_hop).collect();
        stops.push(of_end(&way.end));
        // The end is often the last hop again.
        stops.dedup();
        let mut from = caller;
        for (stop, told) in stops.into_iter().zip(words::way(way)) {
            let to = self.node(stop, || vec![failing(stop).unwrap_or(told)]);
            let stays = matches!(stop, Stop::LinkV2(_));
            self.pass(from, to, if stays { tally.staying() } else { tally });
            from = to;
        }
    }

    /// Adds where methods would go, to an ALB that is drawn or among the ways that are not.
    fn after(&mut self, caller: usize, way: &'a Way, tally: Tally) {
        if tally.moving == 0 {
            return;
        }
        let at = |stop| self.at.get(&stop).copied();
        let Some(to) = at(of_end(&way.end)).or(at(Stop::MoreWays)) else {
            return;
        };
        let mut stops = way.hops.iter().map(of_hop);
        let kept = stops.find(|stop| matches!(stop, Stop::LinkV2(_)));
        let link = match kept {
            Some(stop) => at(stop),
            None => {
                let lines = new_link(self.nlb);
                let link = self.node(Stop::NewLink, || lines);
                self.come(caller, link, tally);
                Some(link)
            }
        };
        if let Some(link) = link {
            self.come(link, to, tally);
        }
    }

    fn come(&mut self, from: usize, to: usize, tally: Tally) {
        self.flows.entry((from, to)).or_default().comes += tally.moving;
    }

    /// Links that lead to the NLB and that no chain takes, and what stands around an NLB that no
    /// chain passes.
    fn idle(&mut self, links: &[&'a VpcLinkId]) {
        let taken = |id: &&&'a VpcLinkId| self.at.contains_key(&Stop::LinkV1(id));
        let idle: Vec<&'a VpcLinkId> = links.iter().filter(|id| !taken(id)).copied().collect();
        let alone = self.nlb.chains.is_empty();
        let to = alone.then(|| {
            let name = format!("NLB {}", words::name(&self.nlb.name));
            let nlb = self.node(Stop::Nlb, || vec![name]);
            for alb in self.albs() {
                self.pass(nlb, alb, Tally::default());
            }
            nlb
        });
        for id in idle.iter().take(IDLE_LINKS) {
            let unused = "no method seen on it".to_owned();
            let lines = vec![format!("VPC link v1 {id}"), unused];
            let link = self.node(Stop::LinkV1(id), || lines);
            if let Some(nlb) = to {
                self.pass(link, nlb, Tally::default());
            }
        }
        if let Some(more) = idle.len().checked_sub(IDLE_LINKS).filter(|more| *more > 0) {
            let more = count(more, "more VPC link v1", "more VPC links v1");
            self.node(Stop::MoreLinks, || vec![format!("+{more}")]);
        }
    }

    /// The ALBs behind an NLB that no chain passes, as far as findings name them.
    fn albs(&mut self) -> Vec<usize> {
        let albs: BTreeSet<&'a LoadBalancerArn> = self
            .known()
            .into_iter()
            .flat_map(|finding| shape::of(finding).0)
            .collect();
        if albs.is_empty() {
            let behind = self.nlb.comparison.as_ref().map(|sides| sides.today.albs);
            let behind = behind.filter(|albs| *albs > 0);
            let node =
                behind.map(|albs| self.node(Stop::SomeAlbs, || vec![count(albs, "ALB", "ALBs")]));
            return node.into_iter().collect();
        }
        if albs.len() > WAYS {
            let lines = vec![count(albs.len(), "ALB", "ALBs")];
            return vec![self.node(Stop::SomeAlbs, || lines)];
        }
        albs.into_iter().map(|alb| self.alb(alb)).collect()
    }

    fn alb(&mut self, alb: &'a LoadBalancerArn) -> usize {
        self.node(Stop::WholeAlb(alb), || {
            vec![format!("ALB {}", words::load_balancer(alb))]
        })
    }

    /// What was found about the NLB, accepted or not.
    fn known(&self) -> Vec<&'a Finding> {
        let about = About::Nlb(self.nlb.arn.clone());
        let accepted = self.view.accepted_about(&about).map(|one| &one.finding);
        self.nlb.findings.iter().chain(accepted).collect()
    }

    /// APIs that reach the ALBs without the NLB.
    fn direct(&mut self) {
        if self.nlb.verdict != Verdict::AlreadyDirect {
            return;
        }
        for finding in self.known() {
            let Finding::AlreadyDirect { apis, albs } = finding else {
                continue;
            };
            let link = self.node(Stop::DirectLink, || vec!["VPC link v2".to_owned()]);
            for api in apis.iter().take(CALLERS) {
                let lines = api_in_words(api);
                let caller = self.node(Stop::Caller(self.nodes.len()), || lines);
                self.pass(caller, link, Tally::default());
            }
            if let Some(more) = apis.len().checked_sub(CALLERS).filter(|more| *more > 0) {
                let lines = vec![format!("+{}", count(more, "more API", "more APIs"))];
                let caller = self.node(Stop::Caller(self.nodes.len()), || lines);
                self.pass(caller, link, Tally::default());
            }
            for alb in albs.iter().take(WAYS) {
                let to = self.alb(alb);
                self.pass(link, to, Tally::default());
            }
        }
    }

    fn edges(&self) -> Vec<Edge> {
        let mut splits: BTreeMap<usize, usize> = BTreeMap::new();
        for (from, _) in self.flows.keys() {
            *splits.entry(*from).or_default() += 1;
        }
        let edge = |(&(from, to), flow): (&(usize, usize), &Flow)| {
            let says_more = self.nodes[from].kind == Kind::Api || splits[&from] > 1;
            Edge {
                from,
                to,
                label: flow.words().filter(|_| says_more),
                fate: self.fate_of(from, to, flow),
            }
        };
        self.flows.iter().map(edge).collect()
    }

    fn fate_of(&self, from: usize, to: usize, flow: &Flow) -> Fate {
        let [first, second] = [from, to].map(|at| &self.nodes[at]);
        let goes = |node: &Node| node.fate == Fate::Goes;
        let leaves = matches!(first.kind, Kind::Api | Kind::Link)
            && matches!(second.kind, Kind::Link | Kind::Nlb | Kind::More)
            && flow.today.moving > 0
            && flow.today.moving == flow.today.methods;
        if flow.comes > 0 {
            Fate::Comes
        } else if goes(first) || goes(second) || leaves {
            Fate::Goes
        } else {
            Fate::Stays
        }
    }
}

fn new_link(nlb: &NlbAssessment) -> Vec<String> {
    let new = if nlb.verdict == Verdict::Blocked {
        "would be new"
    } else {
        "new"
    };
    let links = nlb.comparison.as_ref().map(|sides| sides.after.v2_links);
    match links {
        Some(links @ 2..) => vec![
            format!("{links} VPC links v2"),
            format!("{new}, one per VPC"),
        ],
        Some(_) | None => vec!["VPC link v2".to_owned(), new.to_owned()],
    }
}
