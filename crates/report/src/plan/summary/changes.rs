//! What a plan changes, as a diff: API by API, methods that change alike together.

use std::collections::BTreeMap;

use unbridge_model::id::{HttpApiId, RestApiId, StageName, VpcLinkId};
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Body, Phase, Step, Undo};
use unbridge_model::uri::Uri;

use super::{api, heading, load_balancer};
use crate::layout::{self, count, some};
use crate::look::Tone;
use crate::words;

/// How many methods are named before the rest is only counted.
const METHODS: usize = 12;
/// How many steps of a kind are told before the rest is only counted.
const SENTENCES: usize = 16;

/// Puts what changes: what is added, which way each method takes, what is deleted.
pub(super) fn put(page: &mut String, body: &Body, columns: usize) {
    sentences(page, body, Phase::Prepare, "What is added", columns);
    let changes = changes(body);
    if !changes.is_empty() {
        heading(page, "What changes");
    }
    for (of, groups) in &changes {
        let many: usize = groups.values().map(Vec::len).sum();
        layout::fill(page, "  ", &title(body, of, many), columns);
        for (change, methods) in groups {
            put_group(page, change, methods, columns);
        }
    }
    sentences(page, body, Phase::Retire, "What is deleted", columns);
}

/// An API of a plan.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of<'a> {
    Rest(&'a RestApiId),
    Http(&'a HttpApiId),
}

/// What changes for a method: lines that go and lines that come.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    old: Vec<String>,
    new: Vec<String>,
}

type Changes<'a> = BTreeMap<Of<'a>, BTreeMap<Change, Vec<String>>>;

fn changes(body: &Body) -> Changes<'_> {
    let mut changes: Changes<'_> = BTreeMap::new();
    let mut copies = BTreeMap::new();
    for step in &body.steps {
        match &step.operation {
            Operation::UpdateIntegration { method, patch } => {
                let change = patched(body, step, patch);
                let name = words::path(Some(method.verb), &method.path);
                let groups = changes.entry(Of::Rest(&method.api)).or_default();
                groups.entry(change).or_default().push(name);
            }
            Operation::CreateHttpIntegration {
                like,
                link: over,
                listener,
                ..
            } => {
                let to = listener.load_balancer();
                let to = to.map_or_else(|| listener.to_string(), |arn| load_balancer(&arn));
                let new = vec![
                    format!("an integration like {like}"),
                    format!("over {}", new_link(over)),
                    format!("to {to}"),
                ];
                copies.insert(&step.id, new);
            }
            Operation::UpdateRoute {
                api,
                key,
                integration,
                ..
            } => {
                let new = match integration {
                    Later::From(step) => copies.get(step).cloned(),
                    Later::Known(_) => None,
                };
                let change = Change {
                    old: routed(step).into_iter().collect(),
                    new: new.unwrap_or_else(|| vec![format!("integration {}", later(integration))]),
                };
                let groups = changes.entry(Of::Http(api)).or_default();
                groups.entry(change).or_default().push(words::name(key));
            }
            _ => {}
        }
    }
    changes
}

/// What a patch changes; what it takes back says how it was.
fn patched(body: &Body, step: &Step, patch: &IntegrationPatch) -> Change {
    let before = match &step.undo {
        Undo::Operation { operation, .. } => match operation {
            Operation::UpdateIntegration { patch, .. } => Some(patch),
            _ => None,
        },
        Undo::Nothing | Undo::Impossible { .. } => None,
    };
    let mut change = Change {
        old: before.iter().map(|old| connection(body, old)).collect(),
        new: vec![connection(body, patch)],
    };
    if let Some(uri) = &patch.uri {
        let base = |uri: &Uri| format!("address {}", words::name(uri.base().as_str()));
        let old = before.and_then(|old| old.uri.as_ref());
        change.old.extend(old.map(base));
        change.new.push(base(uri));
    }
    change
}

/// `over link v1 orders-link (ayryfm) and NLB orders-nlb`.
fn connection(body: &Body, patch: &IntegrationPatch) -> String {
    let over = match &patch.connection_id {
        ConnectionId::Link(link) => new_link(link),
        ConnectionId::Template(text) => {
            let id = VpcLinkId::new(text.as_str()).ok();
            match id.and_then(|id| body.names.links.get(&id)) {
                Some(link) => {
                    let nlb = link.nlb.as_ref().map(load_balancer);
                    let nlb = nlb.map_or_else(String::new, |nlb| format!(" and {nlb}"));
                    let name = words::name(&link.name);
                    format!("link v1 {name} ({}){nlb}", words::name(text.as_str()))
                }
                None => format!("link {}", words::name(text.as_str())),
            }
        }
    };
    match &patch.integration_target {
        Some(target) => format!("over {over} to {}", load_balancer(target)),
        None => format!("over {over}"),
    }
}

fn new_link(link: &Later<VpcLinkId>) -> String {
    match link {
        Later::Known(id) => format!("link v2 {id}"),
        Later::From(step) => format!("the link v2 of step {step}"),
    }
}

fn later<T: std::fmt::Display>(value: &Later<T>) -> String {
    match value {
        Later::Known(id) => id.to_string(),
        Later::From(step) => format!("of step {step}"),
    }
}

/// The integration that a route had.
fn routed(step: &Step) -> Option<String> {
    let Undo::Operation { operation, .. } = &step.undo else {
        return None;
    };
    match operation {
        Operation::UpdateRoute { integration, .. } => {
            Some(format!("integration {}", later(integration)))
        }
        _ => None,
    }
}

/// `REST API orders-api (c65npcywlk), stages prod and staging: 6 methods`.
fn title(body: &Body, of: &Of<'_>, many: usize) -> String {
    let (kind, id, what) = match of {
        Of::Rest(id) => ("REST", id.as_str(), count(many, "method", "methods")),
        Of::Http(id) => ("HTTP", id.as_str(), count(many, "route", "routes")),
    };
    let stages: Vec<String> = stages(body, of).iter().map(ToString::to_string).collect();
    let stages = match stages.as_slice() {
        [] => String::new(),
        [stage] => format!(", stage {stage}"),
        stages => format!(", stages {}", stages.join(", ")),
    };
    format!(
        "{kind} API {}{stages}: {what}",
        Tone::Strong.of(api(body, id))
    )
}

/// The stages of an API that a plan moves, in its order.
fn stages<'a>(body: &'a Body, of: &Of<'_>) -> Vec<&'a StageName> {
    let mut stages: Vec<&StageName> = Vec::new();
    for step in &body.steps {
        let stage = match &step.operation {
            Operation::SetCanary { api, stage, .. }
            | Operation::SetDeployment { api, stage, .. }
                if *of == Of::Rest(api) =>
            {
                stage
            }
            Operation::SetHttpDeployment { api, stage, .. } if *of == Of::Http(api) => stage,
            _ => continue,
        };
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    stages
}

fn put_group(page: &mut String, change: &Change, methods: &[String], columns: usize) {
    layout::fill(page, "    ", &some(methods, METHODS), columns);
    for (sign, lines) in [
        (Tone::Bad.of("-"), &change.old),
        (Tone::Good.of("+"), &change.new),
    ] {
        for line in lines {
            layout::fill(page, &format!("      {sign} "), line, columns);
        }
    }
}

/// What the steps of a phase do, each in its sentence.
fn sentences(page: &mut String, body: &Body, phase: Phase, title: &str, columns: usize) {
    let of_phase: Vec<&Step> = body
        .steps
        .iter()
        .filter(|step| step.phase == phase)
        .collect();
    if of_phase.is_empty() {
        return;
    }
    heading(page, title);
    for step in of_phase.iter().take(SENTENCES) {
        let sentence = words::name(&step.forward);
        layout::fill(page, &format!("  {} ", sign(step)), &sentence, columns);
    }
    let more = of_phase.len().saturating_sub(SENTENCES);
    if more > 0 {
        layout::fill(page, "  ", &format!("+{more} more"), columns);
    }
}

fn sign(step: &Step) -> String {
    match step.phase {
        Phase::Retire => Tone::Bad.of("-"),
        Phase::Baseline | Phase::Prepare | Phase::Rewire | Phase::Shift | Phase::TidyUp => {
            Tone::Good.of("+")
        }
    }
}
