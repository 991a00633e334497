//! The objects that a plan is made from, and their digests: over what they are set to, not over
//! what flows through them or is well today.

use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::Serialize;
use unbridge_model::apigateway::{HttpApi, RestApi};
use unbridge_model::finding::ApiType;
use unbridge_model::id::{HttpApiId, RestApiId, SecurityGroupId, Sha256};
use unbridge_model::network::SecurityGroup;
use unbridge_model::plan::{ObjectRef, SeenObject, digest_of};
use unbridge_model::route::{End, Hop};
use unbridge_model::snapshot::RegionFacts;

use crate::select::Selected;

/// What a snapshot holds of a region, with what it holds in lists by id: a region may have many
/// thousands of each.
#[derive(Debug)]
pub struct ById<'a> {
    facts: &'a RegionFacts,
    rest_apis: BTreeMap<&'a str, &'a RestApi>,
    http_apis: BTreeMap<&'a str, &'a HttpApi>,
    groups: BTreeMap<&'a str, &'a SecurityGroup>,
}

impl<'a> ById<'a> {
    /// What is in these facts.
    #[must_use]
    pub fn of(facts: &'a RegionFacts) -> Self {
        let rest = facts.rest_apis.iter().map(|api| (api.id.as_str(), api));
        let http = facts.http_apis.iter().map(|api| (api.id.as_str(), api));
        let groups = facts.vpcs.values();
        let groups = groups.flat_map(|vpc| vpc.security_groups.iter().flatten());
        Self {
            facts,
            rest_apis: rest.collect(),
            http_apis: http.collect(),
            groups: groups.map(|group| (group.id.as_str(), group)).collect(),
        }
    }

    /// The REST API of this id.
    pub(crate) fn rest_api(&self, id: &str) -> Option<&'a RestApi> {
        self.rest_apis.get(id).copied()
    }

    /// The HTTP or WebSocket API of this id.
    pub(crate) fn http_api(&self, id: &str) -> Option<&'a HttpApi> {
        self.http_apis.get(id).copied()
    }

    fn group(&self, id: &SecurityGroupId) -> Option<&'a SecurityGroup> {
        self.groups.get(id.as_str()).copied()
    }
}

/// Everything that was asked for, and what stands behind it, as it was seen.
pub(crate) fn objects(known: &ById<'_>, selected: &Selected<'_>) -> Vec<SeenObject> {
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
                let alb = known.facts.load_balancers.get(alb);
                let groups = alb.into_iter().flat_map(|alb| &alb.security_groups);
                named.extend(groups.cloned().map(ObjectRef::SecurityGroup));
            }
        }
    }
    seen(known, named)
}

/// Those of these objects that are known, with their digests.
pub(crate) fn seen(known: &ById<'_>, named: BTreeSet<ObjectRef>) -> Vec<SeenObject> {
    let seen = named.into_par_iter().filter_map(|object| {
        let digest = seen_as(known, &object)?;
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
pub fn seen_as(known: &ById<'_>, object: &ObjectRef) -> Option<Sha256> {
    struct Digested;
    impl Visit for Digested {
        type Out = Sha256;
        fn noun(self, noun: &impl Serialize) -> Sha256 {
            digest_of(noun)
        }
    }
    visit(known, object, Digested)
}

/// Does something with a noun of any kind.
pub(crate) trait Visit {
    /// What comes of it.
    type Out;
    /// Does it.
    fn noun(self, noun: &impl Serialize) -> Self::Out;
}

/// Does something with what an object is set to, as a snapshot holds it, without what flows through
/// it; `None` when it holds no such object.
pub(crate) fn visit<V: Visit>(known: &ById<'_>, object: &ObjectRef, visitor: V) -> Option<V::Out> {
    let facts = known.facts;
    match object {
        ObjectRef::RestApi(id) => Some(visitor.noun(known.rest_api(id.as_str())?)),
        ObjectRef::HttpApi(id) => Some(visitor.noun(known.http_api(id.as_str())?)),
        ObjectRef::LoadBalancer(arn) => {
            let mut known = facts.load_balancers.get(arn)?.clone();
            known.traffic = None;
            Some(visitor.noun(&known))
        }
        ObjectRef::TargetGroup(arn) => {
            let mut known = facts.target_groups.get(arn)?.clone();
            for target in known.targets.iter_mut().flatten() {
                target.health = unbridge_model::text::Text::new("");
            }
            Some(visitor.noun(&known))
        }
        ObjectRef::VpcLink(id) => match facts.v1_links.get(id) {
            Some(link) => Some(visitor.noun(link)),
            None => Some(visitor.noun(facts.v2_links.get(id)?)),
        },
        ObjectRef::SecurityGroup(id) => Some(visitor.noun(known.group(id)?)),
        ObjectRef::Vpc(id) => {
            let mut known = facts.vpcs.get(id)?.clone();
            for subnet in known.subnets.iter_mut().flatten() {
                subnet.free_addresses = 0;
            }
            Some(visitor.noun(&known))
        }
    }
}
