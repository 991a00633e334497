//! Who sends requests over an NLB: APIs with their stages, counted by the ways they take.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unbridge_model::assessment::{Chain, NlbAssessment, SeenIn, Way};
use unbridge_model::finding::{ApiRef, ApiType};
use unbridge_model::id::StageName;
use unbridge_model::route::{End, Hop};

use crate::layout::{count, some};
use crate::words;

/// How many stages of an API are named.
const STAGES: usize = 4;

/// The stops of a way, whatever is sent over it.
pub(super) type Route<'a> = (&'a [Hop], &'a End);

/// The ways that somebody takes, each with how many methods take it.
pub(super) type Routes<'a> = BTreeMap<Route<'a>, (&'a Way, Tally)>;

/// How many methods.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) methods: usize,
    /// Those of them that could take a version 2 link.
    pub(super) moving: usize,
    only_draft: usize,
    only_stage: usize,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.methods += other.methods;
        self.moving += other.moving;
        self.only_draft += other.only_draft;
        self.only_stage += other.only_stage;
    }

    /// The same, on a stop that a move keeps.
    pub(super) fn staying(self) -> Self {
        Self { moving: 0, ..self }
    }

    pub(super) fn words(self) -> String {
        let mut text = count(self.methods, "method", "methods");
        for (number, seen) in [
            (self.only_draft, SeenIn::Draft),
            (self.only_stage, SeenIn::Stage),
        ] {
            let Some(seen) = words::seen_in(seen).filter(|_| number > 0) else {
                continue;
            };
            let of = if number == self.methods {
                String::new()
            } else {
                format!("{number} ")
            };
            text.push_str(&format!(", {of}{seen}"));
        }
        text
    }
}

/// An API with those of its stages that take the same ways.
#[derive(Default)]
pub(super) struct Caller<'a> {
    pub(super) lines: Vec<String>,
    apis: BTreeSet<&'a ApiRef>,
    stages: Vec<Option<&'a StageName>>,
    pub(super) routes: Routes<'a>,
}

impl<'a> Caller<'a> {
    fn methods(&self) -> usize {
        self.routes.values().map(|(_, tally)| tally.methods).sum()
    }

    fn take(&mut self, routes: Routes<'a>) {
        for (route, (way, tally)) in routes {
            let taken = self.routes.entry(route).or_insert((way, Tally::default()));
            taken.1.add(tally);
        }
    }
}

/// The APIs over an NLB, each with those of its stages that take the same ways; most methods first.
pub(super) fn callers(nlb: &NlbAssessment) -> Vec<Caller<'_>> {
    type Same<'a> = (&'a ApiRef, Vec<Route<'a>>);
    let mut same: BTreeMap<Same<'_>, Caller<'_>> = BTreeMap::new();
    for ((api, stage), routes) in starts(nlb) {
        let key = (api, routes.keys().copied().collect());
        let caller = same.entry(key).or_default();
        caller.apis.insert(api);
        caller.stages.push(stage);
        caller.take(routes);
    }
    let mut callers = Vec::new();
    for ((api, _), mut caller) in same {
        caller.lines = api_in_words(api);
        caller.lines.push(stages_in_words(&caller.stages));
        callers.push(caller);
    }
    callers.sort_by_key(|caller| Reverse(caller.methods()));
    callers
}

/// The ways that each stage of each API takes.
fn starts(nlb: &NlbAssessment) -> BTreeMap<(&ApiRef, Option<&StageName>), Routes<'_>> {
    let bridges = nlb.comparison.is_some();
    let mut starts: BTreeMap<_, Routes<'_>> = BTreeMap::new();
    // Sorted chains repeat start and way; a run of them is looked up once.
    let same = |a: &Chain, b: &Chain| {
        Arc::ptr_eq(&a.way, &b.way) && Arc::ptr_eq(&a.start, &b.start) && a.seen_in == b.seen_in
    };
    for run in nlb.chains.chunk_by(same) {
        let Some(first) = run.first() else { continue };
        let Way { hops, end, sent: _ } = &*first.way;
        let api = &*first.start.api;
        let of = |so| if so { run.len() } else { 0 };
        let routes = starts.entry((api, first.start.stage.as_ref())).or_default();
        let taken = routes.entry((hops, end));
        taken
            .or_insert((&first.way, Tally::default()))
            .1
            .add(Tally {
                methods: run.len(),
                moving: of(bridges && can_ever_move(api.kind, end)),
                only_draft: of(first.seen_in == SeenIn::Draft),
                only_stage: of(first.seen_in == SeenIn::Stage),
            });
    }
    starts
}

/// Whether a version 2 link can take such an API to this end.
fn can_ever_move(kind: ApiType, end: &End) -> bool {
    let takes_v2 = match kind {
        ApiType::Rest | ApiType::Http => true,
        ApiType::Websocket => false,
    };
    takes_v2 && matches!(end, End::Alb { .. })
}

/// All routes, those of most methods first.
pub(super) fn busiest<'a>(callers: &[Caller<'a>]) -> Vec<Route<'a>> {
    let mut methods: BTreeMap<Route<'a>, usize> = BTreeMap::new();
    for (route, (_, tally)) in callers.iter().flat_map(|caller| &caller.routes) {
        *methods.entry(*route).or_default() += tally.methods;
    }
    let mut routes: Vec<Route<'a>> = methods.keys().copied().collect();
    routes.sort_by_key(|route| Reverse(methods.get(route)));
    routes
}

/// Callers that are only counted.
pub(super) fn together(callers: Vec<Caller<'_>>) -> Caller<'_> {
    let mut whole = Caller::default();
    for caller in callers {
        whole.apis.extend(caller.apis);
        whole.stages.extend(caller.stages);
        whole.take(caller.routes);
    }
    let stages = count(whole.stages.len(), "more stage", "more stages");
    let apis = count(whole.apis.len(), "API", "APIs");
    whole.lines = vec![format!("+{stages} of {apis}")];
    whole
}

pub(super) fn api_in_words(api: &ApiRef) -> Vec<String> {
    let ApiRef { kind, id, name } = api;
    vec![words::name(name), format!("{kind} {}", words::name(id))]
}

fn stages_in_words(stages: &[Option<&StageName>]) -> String {
    let names: Vec<String> = stages.iter().flatten().map(ToString::to_string).collect();
    match names.len() {
        0 => "without a stage".to_owned(),
        1 => format!("stage {}", names.concat()),
        _ => format!("stages {}", some(&names, STAGES)),
    }
}
