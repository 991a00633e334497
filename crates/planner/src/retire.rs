//! The plan that deletes the old way: version 1 link, NLB, target groups, each on its own evidence of
//! disuse (H37 to H39). It is apart from a migration, and only for what a finished one has left.
//!
//! An NLB is deleted whole or not at all: whatever speaks against one part leaves all of it out.

mod evidence;
mod left;
mod named;
mod old_way;
mod owned;
mod quiet;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::assessment::NlbAssessment;
use unbridge_model::finding::{Finding, Verdict};
use unbridge_model::id::{LoadBalancerArn, VpcLinkId};
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::plan::{Body, ObjectRef, SeenObject};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::ground::Ground;
use crate::objects::{ById, seen};
use crate::select::named as is_named;
use crate::{Asked, begun};
use evidence::Case;
use named::Sought;
use old_way::OldWay;

/// The plan of a retirement: of the NLBs that are named, or of every one that no API goes over any
/// more. Without steps when nothing can be deleted: then what waits says why.
#[must_use]
pub fn retire(asked: &Asked<'_>) -> Body {
    let header = &asked.snapshot.header;
    let nothing = RegionFacts::default();
    let facts = asked.snapshot.regions.get(asked.region).unwrap_or(&nothing);
    let mut body = begun(asked, asked.choices.clone());
    let mut ground = Ground {
        account: &header.account,
        region: asked.region,
        facts,
        known: ById::of(facts),
        assessment: asked.assessment,
        choices: asked.choices,
        plan_id: body.plan_id(),
    };
    let nlbs = wanted(&ground);
    let ways: Vec<OldWay<'_>> = nlbs
        .iter()
        .filter_map(|nlb| OldWay::of(&ground, nlb))
        .collect();
    body.objects = objects(&ground.known, ground.facts, &ways);
    ground.plan_id = body.plan_id();
    body.waiting = unknown(&ground);

    let named = sought(&ways).in_region(ground.facts);
    let mut ready = Vec::new();
    for way in &ways {
        let case = Case {
            ground: &ground,
            way,
            named: &named,
        };
        let mut waiting = case.waiting();
        if way.nlb.verdict != Verdict::NotABridge {
            let elsewhere = owned::elsewhere(&ground, way);
            waiting.extend(elsewhere.waiting);
            body.elsewhere.extend(elsewhere.elsewhere);
        }
        if waiting.is_empty() {
            ready.push(way);
        }
        body.waiting.append(&mut waiting);
    }
    let parting = left::parting(&ground, &ready);
    body.steps = steps::steps(&ground, &ready, &parting);
    body.left = parting.left;
    body.waiting.extend(parting.waiting);
    body.elsewhere.extend(parting.elsewhere);
    finish(&mut body, &ground, asked, &ready);
    body
}

/// Puts everything in order, and says what a person wants to know of the steps.
fn finish(body: &mut Body, ground: &Ground<'_>, asked: &Asked<'_>, ready: &[&OldWay<'_>]) {
    body.waiting.sort();
    body.waiting.dedup();
    body.elsewhere.sort();
    body.elsewhere.dedup();
    body.missing = crate::missing(ground, &body.objects);
    body.complete = body.missing.is_empty();
    body.names = crate::names::names(body, ground.facts);
    crate::sentences::tell(&mut body.steps, &body.names.apis);
    let gone: BTreeSet<&LoadBalancerArn> = ready.iter().map(|way| &way.nlb.arn).collect();
    let savings = asked
        .savings
        .iter()
        .filter(|saving| gone.contains(&saving.nlb));
    let savings = savings.cloned().collect();
    body.forecast = Some(crate::forecast(&body.steps, ground.choices.pace, savings));
}

/// The NLBs that are to go.
fn wanted<'a>(ground: &Ground<'a>) -> Vec<&'a NlbAssessment> {
    let selection = &ground.choices.selection;
    let open = selection.nlbs.is_empty() && selection.tags.is_empty();
    let here = ground
        .assessment
        .nlbs
        .iter()
        .filter(|nlb| nlb.region == *ground.region);
    here.filter(|nlb| match open {
        true => is_left_behind(nlb),
        false => is_named(ground, nlb),
    })
    .collect()
}

/// Whether a migration has left it: no API goes over it, and one goes to its ALB without it, or the
/// link over it is unused.
fn is_left_behind(nlb: &NlbAssessment) -> bool {
    let tells = |finding: &Finding| {
        matches!(
            finding,
            Finding::AlreadyDirect { .. } | Finding::UnusedV1Link { .. }
        )
    };
    nlb.chains.is_empty() && nlb.findings.iter().any(tells)
}

/// NLBs that were named and that the snapshot does not hold.
fn unknown(ground: &Ground<'_>) -> Vec<Waiting> {
    let here = ground
        .assessment
        .nlbs
        .iter()
        .filter(|nlb| nlb.region == *ground.region);
    let known: BTreeSet<&LoadBalancerArn> = here.map(|nlb| &nlb.arn).collect();
    let asked = ground.choices.selection.nlbs.iter();
    let missing = asked.filter(|arn| !known.contains(arn));
    missing
        .map(|arn| Waiting {
            code: WaitingCode::NotSeen,
            what: Subject::Nlb(arn.clone()),
            finding: None,
            why: Text::from(format!("no NLB of {} has this ARN", ground.region)),
            next: Text::new("unbridge report, for those there are"),
            flag: None,
        })
        .collect()
}

/// What must not be named any more.
fn sought<'w>(ways: &'w [OldWay<'_>]) -> Sought<'w> {
    let links = ways.iter().flat_map(|way| &way.links);
    let links: BTreeMap<&str, &VpcLinkId> =
        links.map(|link| (link.id.as_str(), &link.id)).collect();
    let hosts = ways.iter().filter_map(|way| {
        let name = way.balancer.dns_name.as_deref()?;
        Some((name, &way.balancer.arn))
    });
    Sought {
        links,
        hosts: hosts.collect(),
    }
}

/// Everything that is deleted or changed, as it was seen.
fn objects(known: &ById<'_>, facts: &RegionFacts, ways: &[OldWay<'_>]) -> Vec<SeenObject> {
    let mut named = BTreeSet::new();
    for way in ways {
        named.insert(ObjectRef::LoadBalancer(way.nlb.arn.clone()));
        named.extend(
            way.links
                .iter()
                .map(|link| ObjectRef::VpcLink(link.id.clone())),
        );
        named.extend(
            way.groups
                .iter()
                .map(|group| ObjectRef::TargetGroup(group.arn.clone())),
        );
        // Rules of the ALBs' groups that name the NLB's own may go.
        let albs = way.albs.iter().flat_map(|alb| &alb.security_groups);
        let nlb = facts.load_balancers.get(&way.nlb.arn).into_iter();
        let groups = albs.chain(nlb.flat_map(|nlb| &nlb.security_groups));
        named.extend(groups.cloned().map(ObjectRef::SecurityGroup));
    }
    seen(known, named)
}
