//! What a plan moves, before and after, as a flowchart for Mermaid.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{self, Display, Write};

use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Plan, Step, Undo};

use crate::layout::count;
use crate::mermaid::{comment, label};
use crate::words;

/// Ways that one flowchart holds; more cannot be read.
const MOST: usize = 60;

/// A way of requests: who asks, over what, to where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    api: String,
    link: String,
    /// The NLB, where it is known.
    nlb: Option<String>,
    end: String,
    /// What takes it.
    takes: Takes,
}

/// What takes a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Takes {
    Methods,
    Routes,
}

impl Takes {
    fn told(self, many: usize) -> String {
        match self {
            Self::Methods => count(many, "method", "methods"),
            Self::Routes => count(many, "route", "routes"),
        }
    }
}

/// Writes two subgraphs: today, and when the plan is carried out.
///
/// # Errors
/// When `out` does not take it.
pub fn plan_mermaid(plan: &Plan, out: &mut dyn Write) -> fmt::Result {
    let mut today: BTreeMap<Way, usize> = BTreeMap::new();
    let mut then: BTreeMap<Way, usize> = BTreeMap::new();
    for step in &plan.body.steps {
        if let Some((was, is)) = ways(plan, step) {
            *today.entry(was).or_default() += 1;
            *then.entry(is).or_default() += 1;
        }
    }
    out.write_str("flowchart LR\n")?;
    for text in remarks(plan, today.is_empty()) {
        writeln!(out, "%% {}", comment(&text))?;
    }
    let mut chart = Chart::default();
    // Mermaid stacks subgraphs from the last to the first.
    chart.subgraph("After", &then, out)?;
    chart.subgraph("Today", &today, out)
}

fn remarks(plan: &Plan, is_empty: bool) -> Vec<String> {
    let body = &plan.body;
    let mut texts = vec![format!(
        "Plan {}: {} in account {}",
        plan.plan_id.short(),
        body.region,
        body.account
    )];
    if plan.proven().is_none() {
        texts.push("NOT PROVEN: rehearse it before it is carried out.".to_owned());
    }
    if !body.complete || !body.missing.is_empty() {
        texts.push("INCOMPLETE: it was made without seeing everything.".to_owned());
    }
    for (many, what) in [
        (body.waiting.len(), "left out of the plan"),
        (body.elsewhere.len(), "to be changed elsewhere"),
    ] {
        if many > 0 {
            texts.push(format!(
                "Not drawn: {} {what}.",
                count(many, "thing", "things")
            ));
        }
    }
    if is_empty {
        texts.push("It moves no requests.".to_owned());
    }
    texts
}

fn api(plan: &Plan, id: &impl Display) -> String {
    let id = id.to_string();
    match plan.body.names.apis.get(id.as_str()) {
        Some(name) => format!("{} ({id})", words::name(name)),
        None => format!("API {id}"),
    }
}

/// The way before and after a step that moves requests.
fn ways(plan: &Plan, step: &Step) -> Option<(Way, Way)> {
    match (&step.operation, &step.undo) {
        (
            Operation::UpdateIntegration { method, patch },
            Undo::Operation {
                operation: Operation::UpdateIntegration { patch: old, .. },
                ..
            },
        ) => {
            let api = api(plan, &method.api);
            let end = patch.integration_target.as_ref();
            let end = end.map_or("the same ALB".to_owned(), |alb| {
                format!("ALB {}", words::load_balancer(alb))
            });
            let (link, nlb) = old_link(plan, old);
            let was = Way {
                api: api.clone(),
                link,
                nlb,
                end: end.clone(),
                takes: Takes::Methods,
            };
            let is = Way {
                api,
                link: new_link(plan, patch),
                nlb: None,
                end,
                takes: Takes::Methods,
            };
            Some((was, is))
        }
        (
            Operation::UpdateRoute {
                api: id,
                integration,
                ..
            },
            _,
        ) => {
            let api = api(plan, id);
            let made = integration.step().and_then(|step| plan.body.step(step))?;
            let Operation::CreateHttpIntegration { link, listener, .. } = &made.operation else {
                return None;
            };
            let end = format!("listener {}", words::name(listener.as_str()));
            let old = step
                .preconditions
                .iter()
                .find_map(|condition| match condition {
                    Condition::RouteGoesTo {
                        integration: Later::Known(old),
                        ..
                    } => Some(old),
                    _ => None,
                });
            let old = old.map_or("its integration".to_owned(), |old| {
                format!("integration {old}")
            });
            let was = Way {
                api: api.clone(),
                link: old,
                nlb: Some("NLB".to_owned()),
                end: end.clone(),
                takes: Takes::Routes,
            };
            let is = Way {
                api,
                link: link_name(plan, link),
                nlb: None,
                end,
                takes: Takes::Routes,
            };
            Some((was, is))
        }
        _ => None,
    }
}

fn old_link(plan: &Plan, patch: &IntegrationPatch) -> (String, Option<String>) {
    let nlb = Some("NLB".to_owned());
    let ConnectionId::Template(template) = &patch.connection_id else {
        return (new_link(plan, patch), None);
    };
    let id = template.as_str();
    let known = plan
        .body
        .names
        .links
        .iter()
        .find(|(known, _)| known.as_str() == id);
    match known {
        Some((_, known)) => {
            let told = known
                .nlb
                .as_ref()
                .map(|arn| format!("NLB {}", words::load_balancer(arn)));
            let link = format!(
                "VPC link v1 {} ({})",
                words::name(&known.name),
                words::name(id)
            );
            (link, told.or(nlb))
        }
        None => (format!("VPC link v1 {}", words::name(id)), nlb),
    }
}

fn new_link(plan: &Plan, patch: &IntegrationPatch) -> String {
    match &patch.connection_id {
        ConnectionId::Link(link) => link_name(plan, link),
        ConnectionId::Template(template) => format!("VPC link {}", words::name(template.as_str())),
    }
}

fn link_name<T: Display>(plan: &Plan, link: &Later<T>) -> String {
    let name = match link {
        Later::Known(id) => return format!("VPC link v2 {id}"),
        Later::From(step) => match plan.body.step(step).map(|step| &step.operation) {
            Some(Operation::CreateVpcLink { name, .. }) => words::name(name),
            _ => format!("of step {step}"),
        },
    };
    format!("VPC link v2 {name}, new")
}

#[derive(Default)]
struct Chart {
    graphs: usize,
    nodes: usize,
}

impl Chart {
    fn subgraph(
        &mut self,
        title: &str,
        ways: &BTreeMap<Way, usize>,
        out: &mut dyn Write,
    ) -> fmt::Result {
        self.graphs += 1;
        writeln!(out, "  subgraph g{}[{}]", self.graphs, label(&[title]))?;
        writeln!(out, "    direction LR")?;
        let mut nodes: BTreeMap<(usize, String), usize> = BTreeMap::new();
        let mut edges: BTreeMap<(usize, usize, Takes), usize> = BTreeMap::new();
        for (way, methods) in ways.iter().take(MOST) {
            let stops = [
                Some(&way.api),
                Some(&way.link),
                way.nlb.as_ref(),
                Some(&way.end),
            ];
            let mut before = None;
            for (kind, stop) in stops.into_iter().enumerate() {
                let Some(stop) = stop else {
                    continue;
                };
                // NLBs that are not known are as many as the links before them.
                let key = match stop == "NLB" {
                    true => format!("NLB behind {}", way.link),
                    false => stop.clone(),
                };
                let next = nodes.len() + self.nodes + 1;
                let at = match nodes.entry((kind, key)) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(free) => {
                        let (open, close) =
                            [("([", "])"), ("{{", "}}"), ("[", "]"), ("[[", "]]")][kind];
                        writeln!(out, "    n{next}{open}{}{close}", label(&[stop]))?;
                        *free.insert(next)
                    }
                };
                if let Some(before) = before {
                    *edges.entry((before, at, way.takes)).or_default() += methods;
                }
                before = Some(at);
            }
        }
        for ((from, to, takes), many) in edges {
            let text = label(&[takes.told(many)]);
            writeln!(out, "    n{from} -->|{text}| n{to}")?;
        }
        self.nodes += nodes.len();
        if ways.len() > MOST {
            let more = count(ways.len() - MOST, "more way", "more ways");
            self.nodes += 1;
            writeln!(out, "    n{}({})", self.nodes, label(&[format!("+{more}")]))?;
        }
        if ways.is_empty() {
            self.nodes += 1;
            writeln!(out, "    n{}({})", self.nodes, label(&["nothing moves"]))?;
        }
        writeln!(out, "  end")
    }
}
