//! A region's facts, and what the costs of every NLB look up among all of its things.

use std::collections::BTreeMap;
use std::ops::Deref;

use unbridge_model::apigateway::{HttpApi, RestApi};
use unbridge_model::elb::TargetGroup;
use unbridge_model::finding::ApiRef;
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::usage::metric_name;

/// A region's facts with indexes. Without them the time of an NLB would grow with the region.
#[derive(Debug)]
pub struct Indexed<'f> {
    facts: &'f RegionFacts,
    rest_apis: BTreeMap<&'f str, &'f RestApi>,
    http_apis: BTreeMap<&'f str, &'f HttpApi>,
    /// How many REST APIs metrics know by a name.
    names: BTreeMap<String, usize>,
    groups: BTreeMap<&'f LoadBalancerArn, Vec<&'f TargetGroup>>,
}

impl<'f> Indexed<'f> {
    /// Indexes of a region.
    #[must_use]
    pub fn new(facts: &'f RegionFacts) -> Self {
        let mut names = BTreeMap::new();
        for api in &facts.rest_apis {
            *names.entry(metric_name(&api.name)).or_default() += 1;
        }
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for group in facts.target_groups.values() {
            for arn in &group.load_balancers {
                groups.entry(arn).or_default().push(group);
            }
        }
        let rest_apis = facts.rest_apis.iter();
        let http_apis = facts.http_apis.iter();
        Self {
            facts,
            rest_apis: rest_apis.map(|api| (api.id.as_str(), api)).collect(),
            http_apis: http_apis.map(|api| (api.id.as_str(), api)).collect(),
            names,
            groups,
        }
    }

    /// The REST API that this is.
    pub(crate) fn rest_api(&self, api: &ApiRef) -> Option<&'f RestApi> {
        self.rest_apis.get(api.id.as_str()).copied()
    }

    /// The HTTP or WebSocket API that this is.
    pub(crate) fn http_api(&self, api: &ApiRef) -> Option<&'f HttpApi> {
        self.http_apis.get(api.id.as_str()).copied()
    }

    /// Whether metrics cannot tell a REST API from another one of the region: they know it by name.
    pub(crate) fn has_namesake(&self, api: &ApiRef) -> bool {
        let known = self.names.get(&metric_name(&api.name));
        known.is_some_and(|apis| *apis > 1)
    }

    /// The target groups of a load balancer.
    pub(crate) fn groups(&self, arn: &LoadBalancerArn) -> &[&'f TargetGroup] {
        self.groups.get(arn).map_or(&[], Vec::as_slice)
    }
}

impl Deref for Indexed<'_> {
    type Target = RegionFacts;

    fn deref(&self) -> &RegionFacts {
        self.facts
    }
}
