//! Who names a link or a load balancer, in the whole region: drafts, what stages run, canary releases,
//! and what stage variables hold (H3, H38). Chains do not tell that: a request that goes direct may
//! still have the NLB's name in its address.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{
    HttpApi, HttpDeployed, Integration, Protocol, RestApi, Stage, VariableValue, Variables,
};
use unbridge_model::id::{LoadBalancerArn, VpcLinkId};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::template::Template;
use unbridge_model::text::Text;

/// Who names what, each as a person calls it.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// By the id that stands for a link.
    pub(super) links: BTreeMap<VpcLinkId, BTreeSet<Text>>,
    /// By the load balancer whose name an address has for its host.
    pub(super) hosts: BTreeMap<LoadBalancerArn, BTreeSet<Text>>,
    /// What was not read, and may name anything.
    pub(super) unread: BTreeSet<Text>,
    /// Stages of WebSocket APIs that do not deploy by themselves: what they run cannot be read, but
    /// the integrations of their APIs can, and were.
    pub(super) websocket_stages: BTreeSet<Text>,
}

/// What is looked for.
pub(super) struct Sought<'a> {
    pub(super) links: BTreeMap<&'a str, &'a VpcLinkId>,
    /// Load balancers by their DNS names, lower case.
    pub(super) hosts: BTreeMap<&'a str, &'a LoadBalancerArn>,
}

impl Sought<'_> {
    /// Everything that names any of it.
    pub(super) fn in_region(&self, facts: &RegionFacts) -> Named {
        let mut found = Finder {
            sought: self,
            named: Named::default(),
        };
        for api in &facts.rest_apis {
            found.rest(api);
        }
        for api in &facts.http_apis {
            found.http(api);
        }
        found.named
    }
}

struct Finder<'s> {
    sought: &'s Sought<'s>,
    named: Named,
}

/// A place that holds integrations, and the variables they are read with.
struct Place<'p> {
    who: Text,
    variables: &'p [Variables],
}

impl Finder<'_> {
    fn rest(&mut self, api: &RestApi) {
        let called = format!("{} ({})", api.name, api.id);
        let Some(stages) = &api.stages else {
            self.unread(format!("the stages of API {called}"));
            return;
        };
        // A draft is tested with, and deployed on, any of the API's stages.
        let variables: Vec<Variables> = stages.iter().flat_map(ways).collect();
        match &api.draft {
            Some(draft) => {
                let place = Place {
                    who: Text::from(format!("the draft of API {called}")),
                    variables: &variables,
                };
                let integrations = draft
                    .iter()
                    .filter_map(|method| method.integration.as_deref());
                self.look(&place, integrations);
            }
            None => self.unread(format!("the draft of API {called}")),
        }
        for stage in stages {
            let who = format!("stage {} of API {called}", stage.name);
            match &stage.deployed {
                Some(deployed) => {
                    let place = Place {
                        who: Text::new(&who),
                        variables: &ways(stage),
                    };
                    let runs = deployed
                        .iter()
                        .filter_map(|method| method.integration.as_deref());
                    self.look(&place, runs);
                }
                None => self.unread(format!("what {who} runs")),
            }
            // What a canary release runs beside its stage cannot be exported.
            let canary = stage.canary.as_ref();
            if canary.is_some_and(|canary| canary.deployment != stage.deployment) {
                self.unread(format!("what the canary release of {who} runs"));
            }
        }
    }

    fn http(&mut self, api: &HttpApi) {
        let called = format!("{} ({})", api.name, api.id);
        let Some(stages) = &api.stages else {
            self.unread(format!("the stages of API {called}"));
            return;
        };
        let variables: Vec<Variables> =
            stages.iter().map(|stage| stage.variables.clone()).collect();
        match &api.integrations {
            Some(all) => {
                let place = Place {
                    who: Text::from(format!("an integration of API {called}")),
                    variables: &variables,
                };
                self.look(&place, all.iter().map(|one| &one.integration));
            }
            None => self.unread(format!("the integrations of API {called}")),
        }
        for stage in stages {
            let who = format!("stage {} of API {called}", stage.name);
            match (&stage.deployed, api.protocol) {
                // It runs the integrations.
                (HttpDeployed::Auto, Protocol::Http | Protocol::Websocket) => {}
                (HttpDeployed::Routes(routes), _) => {
                    let place = Place {
                        who: Text::new(&who),
                        variables: std::slice::from_ref(&stage.variables),
                    };
                    self.look(&place, routes.iter().map(|route| &route.integration));
                }
                (HttpDeployed::Unread, Protocol::Websocket) => {
                    self.named.websocket_stages.insert(Text::from(who));
                }
                (HttpDeployed::Unread, Protocol::Http) => {
                    self.unread(format!("what {who} runs"));
                }
            }
        }
    }

    fn unread(&mut self, what: String) {
        self.named.unread.insert(Text::from(what));
    }

    fn look<'i>(&mut self, place: &Place<'_>, integrations: impl Iterator<Item = &'i Integration>) {
        let mut last: Option<&Integration> = None;
        for integration in integrations {
            // Methods share few integrations.
            if last.is_some_and(|last| std::ptr::eq(last, integration)) {
                continue;
            }
            last = Some(integration);
            if let Some(link) = &integration.vpc_link {
                for id in values(link, place.variables) {
                    self.link(&id, place);
                }
            }
            let Some(uri) = integration
                .uri
                .as_ref()
                .filter(|_| !self.sought.hosts.is_empty())
            else {
                continue;
            };
            if uri.is_literal() {
                self.host(uri.base().as_str(), place);
                continue;
            }
            for base in values(uri.base(), place.variables) {
                self.host(&base, place);
            }
        }
    }

    fn link(&mut self, id: &str, place: &Place<'_>) {
        if let Some(id) = self.sought.links.get(id) {
            let known = self.named.links.entry((*id).clone()).or_default();
            known.insert(place.who.clone());
        }
    }

    fn host(&mut self, base: &str, place: &Place<'_>) {
        for name in names(base) {
            if let Some(arn) = self.sought.hosts.get(name.as_str()) {
                let known = self.named.hosts.entry((*arn).clone()).or_default();
                known.insert(place.who.clone());
            }
        }
    }
}

/// The variables that requests to a stage see, and those to its canary release.
fn ways(stage: &Stage) -> Vec<Variables> {
    let canary = stage.canary.as_ref().map(|canary| {
        let mut variables = stage.variables.clone();
        variables.extend(canary.overrides.clone());
        variables
    });
    std::iter::once(stage.variables.clone())
        .chain(canary)
        .collect()
}

/// What a text stands for with any of these variables. A value that the snapshot keeps as a digest is
/// one that no address and no link reads.
fn values(template: &Template, variables: &[Variables]) -> BTreeSet<Text> {
    if template.is_literal() {
        return BTreeSet::from([template.text().clone()]);
    }
    let filled = variables.iter().filter_map(|known| {
        let clear = |name: &str| match known.get(name) {
            Some(VariableValue::Clear(value)) => Some(value),
            Some(VariableValue::Sealed(_)) | None => None,
        };
        template.resolve(clear).ok()
    });
    filled.collect()
}

/// The load balancer names that the host of an address may mean: itself, and the load balancer of a
/// zonal name (`eu-west-1a.NAME`).
fn names(base: &str) -> Vec<String> {
    let Some((_, rest)) = base.split_once("://") else {
        return Vec::new();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or(rest);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let whole = host.trim_end_matches('.').to_ascii_lowercase();
    let zonal = whole.split_once('.').map(|(_, rest)| rest.to_owned());
    std::iter::once(whole).chain(zonal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_be_written_in_many_ways() {
        let check = |base: &str, name: &str| {
            assert!(names(base).iter().any(|one| one == name), "{base}");
        };
        check("http://nlb.example", "nlb.example");
        check("https://NLB.example.:8443/x", "nlb.example");
        check("http://user@nlb.example?x=1", "nlb.example");
        check("http://eu-west-1a.nlb.example:80", "nlb.example");
        assert_eq!(names("arn:aws:lambda"), Vec::<String>::new());
    }
}
