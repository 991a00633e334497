//! From what a scan saw, what was found and what a person chose, to a plan; and, apart from that,
//! what makes a plan unfit to be carried out.
//!
//! Owns which steps a migration has and in which order. Pure: the same snapshot and choices give
//! the same bytes. It knows no files, no clock and no prices: savings come in as values.

mod address;
mod forecast;
mod ground;
mod http;
mod links;
pub mod lint;
mod names;
mod objects;
mod obstacles;
mod owners;
mod quotas;
mod rest;
mod retire;
mod select;
mod sentences;
mod stale;

use std::collections::BTreeSet;
use std::sync::Arc;

use unbridge_model::assessment::{Assessment, SeenIn};
use unbridge_model::finding::{ApiRef, ApiType};
use unbridge_model::gap::{Gap, Unseen};
use unbridge_model::id::{LoadBalancerArn, Region};
use unbridge_model::plan::choices::{Difference, StageRef};
use unbridge_model::plan::forecast::Saving;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::plan::{Body, Choices, ObjectRef, SeenObject, Step};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;

pub use forecast::forecast;
pub use objects::{ById, seen_as};
pub use retire::retire;
pub use stale::{FieldChange, Now, Stale, stale};

use ground::{Destination, Ground};
use http::HttpMove;
use links::Links;
use obstacles::Obstacles;
use owners::{ForOwners, Owners};
use rest::RestMove;
use select::{Picked, Selected};

/// What a plan is made from.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// What a scan saw.
    pub snapshot: &'a Snapshot,
    /// What was found in it.
    pub assessment: &'a Assessment,
    /// The region that is planned for.
    pub region: &'a Region,
    /// What a person chose.
    pub choices: &'a Choices,
    /// What the going of each NLB saves, where that was estimated.
    pub savings: Vec<Saving>,
}

/// The plan of a migration. Without steps when nothing can be planned: then what waits says why.
#[must_use]
pub fn plan(asked: &Asked<'_>) -> Body {
    let header = &asked.snapshot.header;
    let choices = with_differences(asked.choices.clone());
    let nothing = RegionFacts::default();
    let facts = asked.snapshot.regions.get(asked.region).unwrap_or(&nothing);
    let mut body = begun(asked, choices.clone());
    let mut ground = Ground {
        account: &header.account,
        region: asked.region,
        facts,
        known: ById::of(facts),
        assessment: asked.assessment,
        choices: &choices,
        plan_id: body.plan_id(),
    };
    let selected = select::selected(&ground);
    body.objects = objects::objects(&ground.known, &selected);
    ground.plan_id = body.plan_id();

    let made = made(&ground, &selected);
    body.steps = made.steps;
    body.waiting = made.waiting;
    body.waiting.extend(selected.waiting.iter().cloned());
    body.waiting.sort();
    body.waiting.dedup();
    body.stay = made.stay;
    body.stay.sort();
    body.elsewhere = made.elsewhere;
    body.elsewhere.sort();
    body.elsewhere.dedup();
    body.missing = missing(&ground, &body.objects);
    body.complete = body.missing.is_empty();
    body.names = names::names(&body, ground.facts);
    sentences::tell(&mut body.steps, &body.names.apis);
    let nlbs: BTreeSet<&LoadBalancerArn> = selected.nlbs.iter().map(|nlb| &nlb.arn).collect();
    let savings = asked.savings.iter();
    let savings = savings.filter(|saving| nlbs.contains(&saving.nlb));
    body.forecast = Some(forecast(
        &body.steps,
        choices.pace,
        savings.cloned().collect(),
    ));
    body
}

/// A body that says where, from what and with which choices it is made, and nothing yet of what.
fn begun(asked: &Asked<'_>, choices: Choices) -> Body {
    let header = &asked.snapshot.header;
    Body {
        digest_key: Some(header.digest_key.clone()),
        choices,
        ..Body::of_steps(
            header.account.clone(),
            asked.region.clone(),
            header.caller.clone(),
            Vec::new(),
        )
    }
}

/// What a person accepts with findings.
fn with_differences(mut choices: Choices) -> Choices {
    let codes = choices.findings.iter().copied();
    let differences: Vec<_> = codes.filter_map(Difference::accepted_with).collect();
    choices.accepted.extend(differences);
    choices
}

#[derive(Default)]
struct Made {
    steps: Vec<Step>,
    waiting: Vec<Waiting>,
    stay: Vec<StageRef>,
    elsewhere: Vec<unbridge_model::plan::elsewhere::Elsewhere>,
}

impl Made {
    /// Adds what owners would be asked for ALBs that nothing is led to yet.
    fn and_for(&mut self, wanted: &BTreeSet<Destination>, links: Links) {
        let led_to = |alb: &LoadBalancerArn| wanted.iter().any(|to| to.alb == *alb);
        let of_others = |one: &Waiting| match (&one.what, one.code) {
            (Subject::Alb(alb), WaitingCode::NoGroupToOpen) => !led_to(alb),
            _ => false,
        };
        let waiting = links.waiting.into_iter().filter(of_others);
        self.waiting.extend(waiting);
        self.elsewhere.extend(links.elsewhere);
    }
}

/// The steps for everything that was asked for, and what waits.
fn made(ground: &Ground<'_>, selected: &Selected<'_>) -> Made {
    let mut made = Made::default();
    let owners = Owners::of(selected.nlbs.iter().copied());
    let stops = Obstacles::of(ground, selected.nlbs.iter().copied());
    let mut told = ForOwners::default();
    let mut moves: Vec<RestMove<'_>> = Vec::new();
    let mut http_moves: Vec<HttpMove<'_>> = Vec::new();
    // Where everything would end, were it for nobody else to say.
    let mut asked: BTreeSet<Destination> = BTreeSet::new();
    for (api, picked) in &selected.apis {
        let moved = match api.kind {
            ApiType::Rest => {
                let moved = rest::movable(ground, api, picked, &stops, &mut made.waiting);
                asked.extend(moved.iter().flat_map(RestMove::destinations).cloned());
                let moved =
                    moved.and_then(|moved| owners::allowed(ground, &owners, moved, &mut told));
                let some = moved.is_some();
                moves.extend(moved);
                some
            }
            ApiType::Http => {
                let moved = http::movable(ground, api, picked, &stops, &mut made.waiting);
                asked.extend(moved.iter().flat_map(HttpMove::destinations).cloned());
                let moved =
                    moved.and_then(|moved| owners::allowed_http(ground, &owners, moved, &mut told));
                let some = moved.is_some();
                http_moves.extend(moved);
                some
            }
            ApiType::Websocket => {
                made.waiting.push(websocket(api));
                false
            }
        };
        let moves = if moved {
            Moves::Something
        } else {
            Moves::Nothing
        };
        made.waiting.extend(in_the_way(&stops, api, picked, moves));
    }
    let wanted: BTreeSet<Destination> = moves
        .iter()
        .flat_map(RestMove::destinations)
        .chain(http_moves.iter().flat_map(HttpMove::destinations))
        .cloned()
        .collect();
    let mut links = links::links(ground, &wanted);
    if asked != wanted {
        made.and_for(&wanted, links::links(ground, &asked));
    }
    made.steps.append(&mut links.steps);
    for moved in moves {
        let (before, stay) = (made.steps.len(), moved.staying());
        rest::steps(ground, moved, &links, &mut made.steps);
        if made.steps.len() > before {
            made.stay.extend(stay);
        }
    }
    for moved in &http_moves {
        let steps = http::steps(ground, moved, &links);
        if !steps.is_empty() {
            made.stay.extend(moved.staying());
        }
        made.steps.extend(steps);
    }
    made.waiting.extend(links.waiting);
    made.waiting.extend(told.waiting);
    made.elsewhere.extend(links.elsewhere);
    made.elsewhere.extend(told.elsewhere);
    made
}

/// What keeps chains of this API from moving: told of the API when none of it moves, else of the
/// methods and stages that stay.
fn in_the_way(
    stops: &Obstacles,
    api: &Arc<ApiRef>,
    picked: &[Picked<'_>],
    moves: Moves,
) -> Vec<Waiting> {
    let mut found = Vec::new();
    let all = rest::nlbs(picked);
    for one in all.keys().flat_map(|nlb| stops.of_nlb(nlb)) {
        if let obstacles::Scope::Stage(id, _) = &one.scope {
            if *id == api.id {
                found.push(one.waiting.clone());
            }
            continue;
        }
        let stopped = picked
            .iter()
            .filter(|picked| picked.chain.seen_in != SeenIn::Stage && one.stops(picked));
        found.extend(stopped.map(|picked| Waiting {
            what: match moves {
                Moves::Nothing => Subject::Api {
                    id: api.id.clone(),
                    name: api.name.clone(),
                },
                Moves::Something => Subject::Method {
                    api: api.id.clone(),
                    path: picked.chain.path.clone(),
                    verb: picked.chain.verb,
                },
            },
            ..one.waiting.clone()
        }));
    }
    found.sort();
    found.dedup();
    found
}

/// Whether anything of an API moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moves {
    Nothing,
    Something,
}

/// WebSocket APIs cannot use links of version 2.
fn websocket(api: &ApiRef) -> Waiting {
    Waiting {
        code: WaitingCode::CannotMove,
        what: Subject::Api {
            id: api.id.clone(),
            name: api.name.clone(),
        },
        finding: Some(unbridge_model::finding::FindingCode::WebsocketUsesV1Link),
        why: Text::new("AWS lets WebSocket APIs use links of version 1 only"),
        next: Text::new("unbridge explain websocket-uses-v1-link"),
        flag: None,
    }
}

/// What was not seen of the objects, of the region, and of the account.
fn missing(ground: &Ground<'_>, objects: &[SeenObject]) -> Vec<Text> {
    let named = resources(ground.facts, objects);
    let ours = |of: &str| {
        let api = of.split('/').next().unwrap_or(of);
        named.contains(of) || named.contains(api)
    };
    let matters = |gap: &&Gap| {
        let here = gap
            .region
            .as_ref()
            .is_none_or(|region| region == ground.region);
        here && match &gap.unseen {
            Unseen::Call { of: Some(of), .. } => ours(of),
            Unseen::Call { of: None, .. } | Unseen::Source { .. } | Unseen::Rest => true,
        }
    };
    let gaps = ground.assessment.gaps.iter().filter(matters);
    let told: BTreeSet<String> = gaps
        .map(|gap| format!("{} ({})", gap.unseen, gap.class))
        .collect();
    told.into_iter().map(Text::from).collect()
}

/// The objects, and what belongs to them: listeners, VPCs.
fn resources(facts: &RegionFacts, objects: &[SeenObject]) -> BTreeSet<String> {
    let mut named: BTreeSet<String> = objects.iter().map(|seen| seen.object.to_string()).collect();
    let balancers = objects.iter().filter_map(|seen| match &seen.object {
        ObjectRef::LoadBalancer(arn) => facts.load_balancers.get(arn),
        _ => None,
    });
    for balancer in balancers {
        named.extend(balancer.vpc.as_ref().map(ToString::to_string));
        let listeners = balancer.listeners.iter().flatten();
        named.extend(listeners.map(|listener| listener.arn.to_string()));
    }
    named
}
