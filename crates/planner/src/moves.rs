//! What of everything that was asked for can move, and the steps that move it: API by API, on all
//! processors.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use unbridge_model::assessment::SeenIn;
use unbridge_model::finding::{ApiRef, ApiType, FindingCode};
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::plan::Step;
use unbridge_model::plan::choices::StageRef;
use unbridge_model::plan::elsewhere::Elsewhere;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;

use crate::ground::{Destination, Ground};
use crate::http::{self, HttpMove};
use crate::links::{self, Links};
use crate::obstacles::{Obstacles, Scope};
use crate::owners::{self, ForOwners, Owners};
use crate::rest::{self, RestMove};
use crate::select::{Picked, Selected};
use crate::sentences::{self, ApiNames};

/// APIs whose steps are made at the same time: they are held twice until they are put together.
const AT_ONCE: usize = 256;

/// What of an API can move.
enum ApiMove<'a> {
    Rest(RestMove<'a>),
    Http(HttpMove<'a>),
}

impl<'a> ApiMove<'a> {
    fn destinations(&self) -> BTreeSet<&Destination> {
        match self {
            Self::Rest(moved) => moved.destinations().collect(),
            Self::Http(moved) => moved.destinations().collect(),
        }
    }

    /// What of it nobody else keeps.
    fn allowed(
        self,
        ground: &Ground<'a>,
        owners: &Owners,
        told: &mut ForOwners<'a>,
    ) -> Option<Self> {
        match self {
            Self::Rest(moved) => owners::allowed(ground, owners, moved, told).map(Self::Rest),
            Self::Http(moved) => owners::allowed_http(ground, owners, moved, told).map(Self::Http),
        }
    }

    /// Its steps, in words too, and its stages that stay as they are beside them.
    fn steps(self, ground: &Ground<'_>, links: &Links, names: &ApiNames) -> Written {
        let (mut steps, stay) = match self {
            Self::Rest(moved) => {
                let stay = moved.staying();
                (rest::steps(ground, moved, links), stay)
            }
            Self::Http(moved) => (http::steps(ground, &moved, links), moved.staying()),
        };
        sentences::tell(&mut steps, names);
        match steps.is_empty() {
            true => Written::default(),
            false => (steps, stay),
        }
    }
}

/// Steps, and stages that stay as they are.
type Written = (Vec<Step>, Vec<StageRef>);

/// An API that was looked at.
struct Looked<'s, 'a> {
    api: &'s Arc<ApiRef>,
    picked: &'s [Picked<'a>],
    moved: Option<ApiMove<'a>>,
    waiting: Vec<Waiting>,
}

impl<'s, 'a> Looked<'s, 'a> {
    fn at(
        ground: &Ground<'a>,
        stops: &Obstacles,
        (api, picked): (&'s Arc<ApiRef>, &'s Vec<Picked<'a>>),
    ) -> Self {
        let mut waiting = Vec::new();
        let moved = match api.kind {
            ApiType::Rest => {
                rest::movable(ground, api, picked, stops, &mut waiting).map(ApiMove::Rest)
            }
            ApiType::Http => {
                http::movable(ground, api, picked, stops, &mut waiting).map(ApiMove::Http)
            }
            ApiType::Websocket => {
                waiting.push(websocket(api));
                None
            }
        };
        Self {
            api,
            picked,
            moved,
            waiting,
        }
    }
}

/// What can move, and what waits for whom.
#[derive(Default)]
pub(crate) struct Moves<'a> {
    rest: Vec<ApiMove<'a>>,
    http: Vec<ApiMove<'a>>,
    links: Links,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) elsewhere: Vec<Elsewhere>,
}

impl<'a> Moves<'a> {
    /// What of everything that was asked for can move.
    pub(crate) fn of(ground: &Ground<'a>, selected: &Selected<'a>) -> Self {
        let owners = Owners::of(selected.nlbs.iter().copied());
        let stops = Obstacles::of(ground, selected.nlbs.iter().copied());
        let looked: Vec<Looked<'_, 'a>> = selected
            .apis
            .par_iter()
            .map(|api| Looked::at(ground, &stops, api))
            .collect();
        let mut moves = Self::default();
        let mut told = ForOwners::default();
        // Where everything would end, were it for nobody else to say.
        let mut asked: BTreeSet<Destination> = BTreeSet::new();
        let mut wanted: BTreeSet<Destination> = BTreeSet::new();
        for one in looked {
            let destinations = one.moved.iter().flat_map(ApiMove::destinations);
            note(&mut asked, destinations);
            let moved = one.moved;
            let moved = moved.and_then(|moved| moved.allowed(ground, &owners, &mut told));
            moves.waiting.extend(one.waiting);
            let parts = match moved {
                Some(_) => Parts::Some,
                None => Parts::None,
            };
            let stopped = in_the_way(&stops, one.api, one.picked, parts);
            moves.waiting.extend(stopped);
            note(&mut wanted, moved.iter().flat_map(ApiMove::destinations));
            match &moved {
                Some(ApiMove::Rest(_)) => moves.rest.extend(moved),
                Some(ApiMove::Http(_)) => moves.http.extend(moved),
                None => {}
            }
        }
        moves.links = links::links(ground, &wanted);
        if asked != wanted {
            moves.and_for(&wanted, links::links(ground, &asked));
        }
        let there = owners::there(ground, &told.kept, &wanted, &moves.links);
        moves.waiting.extend(there.waiting);
        moves.elsewhere.extend(there.elsewhere);
        moves.waiting.append(&mut moves.links.waiting);
        moves.waiting.extend(told.waiting);
        moves.elsewhere.append(&mut moves.links.elsewhere);
        moves.elsewhere.extend(told.elsewhere);
        moves
    }

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

    /// The steps that make the links and move the APIs, and the stages that stay as they are.
    pub(crate) fn steps(mut self, ground: &Ground<'_>, names: &ApiNames) -> Written {
        let mut steps = std::mem::take(&mut self.links.steps);
        sentences::tell(&mut steps, names);
        let mut stay = Vec::new();
        let mut apis = self.rest.into_iter().chain(self.http);
        loop {
            let some: Vec<ApiMove<'_>> = apis.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                return (steps, stay);
            }
            let written: Vec<Written> = some
                .into_par_iter()
                .map(|moved| moved.steps(ground, &self.links, names))
                .collect();
            for (mut more, staying) in written {
                steps.append(&mut more);
                stay.extend(staying);
            }
        }
    }
}

/// Notes where things end: APIs lead to few listeners.
fn note<'d>(known: &mut BTreeSet<Destination>, ends: impl Iterator<Item = &'d Destination>) {
    for end in ends {
        if !known.contains(end) {
            known.insert(end.clone());
        }
    }
}

/// What keeps chains of this API from moving: told of the API when none of it moves, else of the
/// methods and stages that stay.
fn in_the_way(
    stops: &Obstacles,
    api: &Arc<ApiRef>,
    picked: &[Picked<'_>],
    moves: Parts,
) -> Vec<Waiting> {
    let mut found = Vec::new();
    let all = rest::nlbs(picked);
    for one in all.keys().flat_map(|nlb| stops.of_nlb(nlb)) {
        if let Scope::Stage(id, _) = &one.scope {
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
                Parts::None => Subject::Api {
                    id: api.id.clone(),
                    name: api.name.clone(),
                },
                Parts::Some => Subject::Method {
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
enum Parts {
    None,
    Some,
}

/// WebSocket APIs cannot use links of version 2.
fn websocket(api: &ApiRef) -> Waiting {
    Waiting {
        code: WaitingCode::CannotMove,
        what: Subject::Api {
            id: api.id.clone(),
            name: api.name.clone(),
        },
        finding: Some(FindingCode::WebsocketUsesV1Link),
        why: Text::new("AWS lets WebSocket APIs use links of version 1 only"),
        next: Text::new("unbridge explain websocket-uses-v1-link"),
        flag: None,
    }
}
