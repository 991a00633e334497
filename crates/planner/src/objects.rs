//! The objects that a plan is made from, and their digests: over what they are set to, not over
//! what flows through them or is well today.

use std::collections::BTreeSet;

use unbridge_model::finding::ApiType;
use unbridge_model::id::{HttpApiId, RestApiId, Sha256};
use unbridge_model::plan::{ObjectRef, SeenObject, digest_of};
use unbridge_model::route::{End, Hop};
use unbridge_model::snapshot::RegionFacts;

use crate::select::Selected;

/// Everything that was asked for, and what stands behind it, as it was seen.
pub(crate) fn objects(facts: &RegionFacts, selected: &Selected<'_>) -> Vec<SeenObject> {
    let mut named = BTreeSet::new();
    for nlb in &selected.nlbs {
        named.insert(ObjectRef::LoadBalancer(nlb.arn.clone()));
    }
    for (api, picked) in &selected.apis {
        named.extend(api_named(api.kind, api.id.as_str()));
        let mut last = None;
        for way in picked.iter().map(|picked| &picked.chain.way) {
            // Chains of a stage share few ways.
            if last.is_some_and(|known| std::sync::Arc::ptr_eq(known, way)) {
                continue;
            }
            last = Some(way);
            named.extend(way.hops.iter().map(stop));
            if let End::Alb { alb, .. } = &way.end {
                let known = facts.load_balancers.get(alb);
                let groups = known.into_iter().flat_map(|alb| &alb.security_groups);
                named.extend(groups.cloned().map(ObjectRef::SecurityGroup));
            }
        }
    }
    let seen = named.into_iter().filter_map(|object| {
        let digest = seen_as(facts, &object)?;
        Some(SeenObject { object, digest })
    });
    seen.collect()
}

fn api_named(kind: ApiType, id: &str) -> Option<ObjectRef> {
    match kind {
        ApiType::Rest => RestApiId::new(id).ok().map(ObjectRef::RestApi),
        ApiType::Http | ApiType::Websocket => HttpApiId::new(id).ok().map(ObjectRef::HttpApi),
    }
}

fn stop(hop: &Hop) -> ObjectRef {
    match hop {
        Hop::VpcLinkV1(id) | Hop::VpcLinkV2(id) => ObjectRef::VpcLink(id.clone()),
        Hop::NlbListener { nlb: arn, .. } | Hop::AlbListener { alb: arn, .. } => {
            ObjectRef::LoadBalancer(arn.clone())
        }
        Hop::TargetGroup(arn) => ObjectRef::TargetGroup(arn.clone()),
    }
}

/// The digest of an object as a snapshot holds it; `None` when it holds no such object.
#[must_use]
pub fn seen_as(facts: &RegionFacts, object: &ObjectRef) -> Option<Sha256> {
    match object {
        ObjectRef::RestApi(id) => {
            let mut apis = facts.rest_apis.iter();
            apis.find(|api| api.id == *id).map(digest_of)
        }
        ObjectRef::HttpApi(id) => {
            let mut apis = facts.http_apis.iter();
            apis.find(|api| api.id == *id).map(digest_of)
        }
        ObjectRef::LoadBalancer(arn) => {
            let mut known = facts.load_balancers.get(arn)?.clone();
            known.traffic = None;
            Some(digest_of(&known))
        }
        ObjectRef::TargetGroup(arn) => {
            let mut known = facts.target_groups.get(arn)?.clone();
            for target in known.targets.iter_mut().flatten() {
                target.health = unbridge_model::text::Text::new("");
            }
            Some(digest_of(&known))
        }
        ObjectRef::VpcLink(id) => {
            let v1 = facts.v1_links.get(id).map(digest_of);
            v1.or_else(|| facts.v2_links.get(id).map(digest_of))
        }
        ObjectRef::SecurityGroup(id) => {
            let groups = facts.vpcs.values();
            let mut groups = groups.flat_map(|vpc| vpc.security_groups.iter().flatten());
            groups.find(|group| group.id == *id).map(digest_of)
        }
        ObjectRef::Vpc(id) => {
            let mut known = facts.vpcs.get(id)?.clone();
            for subnet in known.subnets.iter_mut().flatten() {
                subnet.free_addresses = 0;
            }
            Some(digest_of(&known))
        }
    }
}
