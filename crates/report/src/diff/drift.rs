//! Methods whose requests take another way than before.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::Verb;
use unbridge_model::assessment::{Chain, SeenIn, Way};
use unbridge_model::finding::{ApiRef, ApiType};
use unbridge_model::id::StageName;

use super::Seen;

/// How the methods of one stage changed that lead over one NLB.
#[derive(Debug, Clone)]
pub struct Drift<'v> {
    /// The API, as the newest view that has it names it.
    pub api: &'v ApiRef,
    /// The stage; `None` for an API without stages.
    pub stage: Option<&'v StageName>,
    /// Methods that the newer view has alone.
    pub appeared: usize,
    /// Methods that the older view has alone.
    pub gone: usize,
    /// Methods of both that take another way, or stand in draft and stage otherwise than before.
    pub changed: usize,
    /// Whether the older view would have seen those that appeared, and the newer those that are
    /// gone.
    pub seen: (Seen, Seen),
}

/// An API by what does not change when it gets another name.
type Start<'v> = (ApiType, &'v str, Option<&'v StageName>);
/// A method of it.
type Method<'v> = (&'v str, Option<Verb>);
/// Where and how it leads.
type Led<'v> = BTreeSet<(SeenIn, &'v Way)>;

/// A stage with its methods.
struct Stage<'v> {
    api: &'v ApiRef,
    methods: BTreeMap<Method<'v>, Led<'v>>,
}

/// How chains changed, by API and stage.
pub(super) fn drift<'v>(was: &'v [Chain], is: &'v [Chain], seen: (Seen, Seen)) -> Vec<Drift<'v>> {
    if was == is {
        return Vec::new();
    }
    let (mut old, new) = (stages(was), stages(is));
    let mut all = Vec::new();
    for (start, stage) in new {
        let before = old.remove(&start);
        let before = before.map_or_else(BTreeMap::new, |stage| stage.methods);
        all.push((
            start,
            Drift::of(stage.api, start.2, before, stage.methods, seen),
        ));
    }
    for (start, stage) in old {
        let nothing = BTreeMap::new();
        all.push((
            start,
            Drift::of(stage.api, start.2, stage.methods, nothing, seen),
        ));
    }
    all.sort_by_key(|(start, _)| *start);
    let all = all.into_iter().map(|(_, drift)| drift);
    all.filter(|one| one.appeared + one.gone + one.changed > 0)
        .collect()
}

fn stages(chains: &[Chain]) -> BTreeMap<Start<'_>, Stage<'_>> {
    let mut stages: BTreeMap<Start<'_>, Stage<'_>> = BTreeMap::new();
    for chain in chains {
        let api = &*chain.start.api;
        let start = (api.kind, api.id.as_str(), chain.start.stage.as_ref());
        let stage = stages.entry(start).or_insert_with(|| Stage {
            api,
            methods: BTreeMap::new(),
        });
        let led = stage.methods.entry((chain.path.as_str(), chain.verb));
        led.or_default().insert((chain.seen_in, &*chain.way));
    }
    stages
}

impl<'v> Drift<'v> {
    fn of(
        api: &'v ApiRef,
        stage: Option<&'v StageName>,
        old: BTreeMap<Method<'v>, Led<'v>>,
        mut new: BTreeMap<Method<'v>, Led<'v>>,
        seen: (Seen, Seen),
    ) -> Self {
        let (mut gone, mut changed) = (0, 0);
        for (method, was) in old {
            match new.remove(&method) {
                None => gone += 1,
                Some(is) => changed += usize::from(was != is),
            }
        }
        Self {
            api,
            stage,
            appeared: new.len(),
            gone,
            changed,
            seen,
        }
    }
}
