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
mod moves;
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

use unbridge_model::assessment::Assessment;
use unbridge_model::gap::{Gap, Unseen};
use unbridge_model::id::{LoadBalancerArn, Region};
use unbridge_model::plan::choices::Difference;
use unbridge_model::plan::forecast::Saving;
use unbridge_model::plan::{Body, Choices, ObjectRef, SeenObject};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;

pub use forecast::forecast;
pub use objects::{ById, seen_as};
pub use retire::retire;
pub use stale::{FieldChange, Now, Stale, stale};

use ground::Ground;
use moves::Moves;

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

    let moves = Moves::of(&ground, &selected);
    body.waiting.extend(moves.waiting.iter().cloned());
    body.waiting.extend(selected.waiting.iter().cloned());
    body.waiting.sort();
    body.waiting.dedup();
    body.elsewhere.extend(moves.elsewhere.iter().cloned());
    body.elsewhere.sort();
    body.elsewhere.dedup();
    body.missing = missing(&ground, &body.objects);
    body.complete = body.missing.is_empty();
    body.names = names::names(&body, ground.facts);
    (body.steps, body.stay) = moves.steps(&ground, &body.names.apis);
    body.stay.sort();
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
