//! Where a request to one method ends up: the pure function under everything.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use unbridge_model::apigateway::{CarriedField, Integration, LinkReach, VariableValue, Variables};
use unbridge_model::assessment::{IssuerCheck, Sent, Way};
use unbridge_model::call::CallKind;
use unbridge_model::id::{ListenerArn, LoadBalancerArn, VpcLinkId};
use unbridge_model::route::{Broken, End, Hop, Unfollowed};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::template::Template;
use unbridge_model::text::{FastHasher, Text};
use unbridge_model::uri::Uri;

use crate::sight::Sight;
use crate::topology::Topology;
use crate::uri;

/// Where an integration was read. A draft tells every field; an export may leave the target out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    /// By the editable API.
    Draft,
    /// By the export of a stage.
    Export,
}

/// Finds ways through one region. `None` is a way that touches neither link nor load balancer.
pub(crate) struct Router<'t, 's> {
    topology: &'t Topology<'s>,
    facts: &'s RegionFacts,
    sight: &'s Sight<'s>,
    by_dns_name: BTreeMap<&'s str, &'s LoadBalancerArn>,
    /// Ways over links, so that equal ones are one allocation.
    over_links: RefCell<Cache<OverLink>>,
    /// Hosts of addresses, so that equal ones are one allocation.
    hosts: RefCell<HashSet<Text, BuildHasherDefault<FastHasher>>>,
    /// The integrations followed last, the latest first: an API has many that
    /// differ in their paths alone, and to compare a few is faster than to look one up.
    last: RefCell<VecDeque<Followed>>,
}

/// How many different integrations of one API are worth remembering.
const LAST: usize = 4;

/// A literal integration and the way it takes, whatever its path.
struct Followed {
    base: Text,
    link: Text,
    target: Option<Text>,
    host_mapping: Option<Text>,
    issuer: IssuerCheck,
    told: Told,
    way: Option<Arc<Way>>,
}

impl Followed {
    /// Whether this integration is literal as well, and differs in its path at most.
    fn is_like(&self, integration: &Integration, told: Told) -> bool {
        let same = |ours: &Option<Text>, theirs: &Option<Template>| {
            ours.as_ref() == theirs.as_ref().map(Template::text)
        };
        let same_base = |uri: &Uri| *uri.base().text() == self.base && uri.path().is_literal();
        self.told == told
            && integration.vpc_link.as_ref().map(Template::text) == Some(&self.link)
            && integration.uri.as_ref().is_some_and(same_base)
            && same(&self.target, &integration.target)
            && same(&self.host_mapping, &integration.host_mapping)
            && issuer_check(integration) == self.issuer
    }
}

type Cache<K> = HashMap<K, Option<Arc<Way>>, BuildHasherDefault<FastHasher>>;

/// All that a way over a link depends on.
#[derive(PartialEq, Eq, Hash)]
struct OverLink {
    link: Text,
    entry: Entry,
    target: Option<Text>,
    told: Told,
}

/// Where a load balancer is entered.
#[derive(PartialEq, Eq, Hash)]
enum Entry {
    /// By an address.
    Address(Sent),
    /// Not an address: a listener's ARN, or nothing that can be called.
    Text(Text),
}

/// A template without a value: broken, or only unseen.
type NoValue = End;

impl<'t, 's> Router<'t, 's> {
    pub(crate) fn new(
        topology: &'t Topology<'s>,
        facts: &'s RegionFacts,
        sight: &'s Sight<'s>,
    ) -> Self {
        let named = facts
            .load_balancers
            .values()
            .filter_map(|lb| Some((lb.dns_name.as_deref()?, &lb.arn)));
        Self {
            topology,
            facts,
            sight,
            by_dns_name: named.collect(),
            over_links: RefCell::default(),
            hosts: RefCell::default(),
            last: RefCell::default(),
        }
    }

    /// The way of an integration on a stage with these variables.
    pub(crate) fn way(
        &self,
        integration: &Integration,
        told: Told,
        variables: &Variables,
    ) -> Option<Arc<Way>> {
        let fill = |template: &Template| fill(template, variables);
        let Some(link) = &integration.vpc_link else {
            let uri = integration.uri.as_ref()?.filled(fill).ok()?;
            let address = uri::parse(&uri)?;
            let way = self.over_the_internet(address)?;
            let sent = self.sent(integration, address, variables);
            return Some(Arc::new(with(way, &sent)));
        };
        let last = self.last.borrow();
        if let Some(known) = last.iter().find(|known| known.is_like(integration, told)) {
            return known.way.clone();
        }
        drop(last);
        let link = match fill(link) {
            Ok(link) => link,
            Err(end) => {
                return Some(Arc::new(ended(Vec::new(), end)));
            }
        };
        let uri = integration.uri.as_ref().map(|uri| uri.filled(fill));
        let rest = [uri, integration.target.as_ref().map(fill)].map(Option::transpose);
        let (uri, target) = match rest {
            [Ok(uri), Ok(target)] => (uri.unwrap_or_else(|| Text::new("")), target),
            // The link is in use even where the request cannot be followed further.
            [Err(end), _] | [_, Err(end)] => {
                let hops = self.link_hop(&link).into_iter().collect();
                return Some(Arc::new(ended(hops, end)));
            }
        };
        let entry = uri::parse(&uri).map_or_else(
            || Entry::Text(uri.clone()),
            |address| Entry::Address(self.sent(integration, address, variables)),
        );
        let key = OverLink {
            link,
            entry,
            target,
            told,
        };
        let known = self.over_links.borrow().get(&key).cloned();
        let way = known.unwrap_or_else(|| {
            let way = Some(Arc::new(self.over_link(&key)));
            self.over_links.borrow_mut().insert(key, way.clone());
            way
        });
        if is_literal(integration) {
            self.remember(integration, told, way.clone());
        }
        way
    }

    fn remember(&self, integration: &Integration, told: Told, way: Option<Arc<Way>>) {
        let text = |template: &Option<Template>| template.as_ref().map(|t| t.text().clone());
        let base = integration.uri.as_ref().map(|uri| uri.base().text());
        let Some((base, link)) = base.zip(text(&integration.vpc_link)) else {
            return;
        };
        let host_mapping = text(&integration.host_mapping);
        // What a variable sets depends on the stage.
        let by_stage = |mapping: &Text| mapping.starts_with(BY_STAGE);
        if host_mapping.iter().any(by_stage) || uri::parse(base).is_none() {
            return;
        }
        let mut last = self.last.borrow_mut();
        last.truncate(LAST - 1);
        last.push_front(Followed {
            base: base.clone(),
            link,
            target: text(&integration.target),
            host_mapping,
            issuer: issuer_check(integration),
            told,
            way,
        });
    }

    /// What the address says of the requests that are sent.
    fn sent(&self, integration: &Integration, address: uri::Address<'_>, on: &Variables) -> Sent {
        let known = self.hosts.borrow().get(address.host).cloned();
        let name = known.unwrap_or_else(|| {
            let name = Text::new(address.host);
            self.hosts.borrow_mut().insert(name.clone());
            name
        });
        let mapping = integration.host_mapping.as_ref();
        Sent {
            scheme: address.scheme,
            name,
            port: address.port,
            host_mapping: mapping.map(|mapping| host_value(mapping, on)),
            issuer: issuer_check(integration),
        }
    }

    fn link_hop(&self, link: &Text) -> Option<Hop> {
        let id = VpcLinkId::new(link.clone()).ok()?;
        if self.facts.v1_links.contains_key(&id) {
            Some(Hop::VpcLinkV1(id))
        } else {
            self.facts
                .v2_links
                .contains_key(&id)
                .then_some(Hop::VpcLinkV2(id))
        }
    }

    /// The NLB that a version 1 link leads to.
    pub(crate) fn target_of(&self, link: &VpcLinkId) -> Option<LoadBalancerArn> {
        match &self.facts.v1_links.get(link)?.reach {
            LinkReach::V1 { targets } => targets.first().cloned(),
            LinkReach::V2 { .. } => None,
        }
    }

    /// Whether a call about this resource failed.
    pub(crate) fn unread(&self, call: CallKind, of: &str) -> bool {
        self.sight.failed(call, Some(of))
    }

    /// Whether a way begins with a version 2 link that carries traffic.
    pub(crate) fn works_over_v2(&self, way: &Way) -> bool {
        let Some(Hop::VpcLinkV2(id)) = way.hops.first() else {
            return false;
        };
        self.facts
            .v2_links
            .get(id)
            .is_some_and(|link| link.status == *"AVAILABLE")
    }

    /// An integration without link that calls a load balancer of this account by its public name.
    fn over_the_internet(&self, address: uri::Address<'_>) -> Option<Way> {
        let lb = uri::names_of(address.host)
            .iter()
            .find_map(|name| self.by_dns_name.get(name.as_str()))?;
        Some(self.topology.enter(Vec::new(), lb, address.port))
    }

    fn over_link(&self, question: &OverLink) -> Way {
        let OverLink {
            link,
            entry,
            target,
            told,
        } = question;
        let id = VpcLinkId::new(link.clone()).ok();
        let (v1, v2) = (&self.facts.v1_links, &self.facts.v2_links);
        let unread = |kind| self.sight.failed(kind, None);
        let end = match id {
            Some(id) if v1.contains_key(&id) => {
                return match entry {
                    Entry::Address(sent) => {
                        let way = self.topology.through_v1_link(&id, sent.port);
                        with(way, sent)
                    }
                    Entry::Text(uri) => ended(vec![Hop::VpcLinkV1(id)], invalid(uri)),
                };
            }
            Some(id) if v2.contains_key(&id) => {
                return self.over_v2(id, entry, target.as_ref(), *told);
            }
            Some(_) if unread(CallKind::GetVpcLinks) || unread(CallKind::GetVpcLinksV2) => {
                End::Unseen(Unfollowed::Links(link.clone()))
            }
            Some(_) | None => End::Broken(Broken::LinkMissing { link: link.clone() }),
        };
        ended(Vec::new(), end)
    }

    fn over_v2(&self, id: VpcLinkId, entry: &Entry, target: Option<&Text>, told: Told) -> Way {
        let hops = vec![Hop::VpcLinkV2(id.clone())];
        // An HTTP API names a listener, or a Cloud Map service, where a REST API names an address.
        if let Entry::Text(uri) = entry {
            if let Ok(listener) = ListenerArn::new(uri.clone()) {
                return self.at_listener(hops, &listener);
            }
            if uri.contains(":servicediscovery:") {
                let service = uri.clone();
                return ended(hops, End::CloudMap { service });
            }
        }
        let Some(target) = target else {
            let end = match told {
                Told::Draft => End::Broken(Broken::TargetMissing { link: id }),
                Told::Export => End::Unseen(Unfollowed::ExportedTarget(id)),
            };
            return ended(hops, end);
        };
        if let Ok(listener) = ListenerArn::new(target.clone()) {
            return self.at_listener(hops, &listener);
        }
        match (LoadBalancerArn::new(target.clone()), entry) {
            (Ok(lb), Entry::Address(sent)) => with(self.topology.enter(hops, &lb, sent.port), sent),
            (Err(_), _) => {
                let arn = target.clone();
                ended(hops, End::Broken(Broken::LoadBalancerMissing { arn }))
            }
            (Ok(_), Entry::Text(uri)) => ended(hops, invalid(uri)),
        }
    }

    fn at_listener(&self, hops: Vec<Hop>, arn: &ListenerArn) -> Way {
        let missing = || {
            End::Broken(Broken::LoadBalancerMissing {
                arn: arn.clone().into(),
            })
        };
        let Some(lb) = arn.load_balancer() else {
            return ended(hops, missing());
        };
        let listeners = self
            .facts
            .load_balancers
            .get(&lb)
            .map(|lb| lb.listeners.as_ref());
        match listeners {
            Some(Some(listeners)) => match listeners
                .iter()
                .find(|l| l.arn == *arn)
                .and_then(|l| l.port)
            {
                Some(port) => self.topology.enter(hops, &lb, port),
                None => ended(hops, missing()),
            },
            Some(None) => ended(hops, End::Unseen(Unfollowed::LoadBalancer(lb.into()))),
            None if self.sight.failed(CallKind::DescribeLoadBalancers, None) => {
                ended(hops, End::Unseen(Unfollowed::LoadBalancer(lb.into())))
            }
            None => ended(hops, missing()),
        }
    }
}

fn ended(hops: Vec<Hop>, end: End) -> Way {
    Way {
        hops,
        end,
        sent: None,
    }
}

fn with(way: Way, sent: &Sent) -> Way {
    Way {
        sent: Some(sent.clone()),
        ..way
    }
}

/// The one member that REST APIs have of `tlsConfig` is `insecureSkipVerification`, and what holds
/// AWS's default is not kept.
fn issuer_check(integration: &Integration) -> IssuerCheck {
    match integration.carried.get(CarriedField::TlsConfig) {
        Some(_) => IssuerCheck::Any,
        None => IssuerCheck::Trusted,
    }
}

/// What a Host mapping begins with when a stage variable sets it.
const BY_STAGE: &str = "stageVariables.";

/// The Host header that a mapping sets, as far as the stage tells: a static text stands in quotes.
fn host_value(mapping: &Template, variables: &Variables) -> Text {
    let source = mapping.as_str();
    if let Some(text) = source.strip_prefix('\'').and_then(|s| s.strip_suffix('\'')) {
        return Text::new(text);
    }
    let variable = source.strip_prefix(BY_STAGE);
    match variable.and_then(|name| variables.get(name)) {
        Some(VariableValue::Clear(value)) => value.clone(),
        Some(VariableValue::Sealed(_)) | None => mapping.text().clone(),
    }
}

fn invalid(uri: &str) -> End {
    End::Broken(Broken::UriInvalid {
        uri: Text::new(uri),
    })
}

/// Whether the way is the same on every stage.
pub(crate) fn is_literal(integration: &Integration) -> bool {
    let Integration {
        uri,
        vpc_link,
        target,
        ..
    } = integration;
    uri.as_ref().is_none_or(Uri::is_literal)
        && [vpc_link, target]
            .into_iter()
            .flatten()
            .all(Template::is_literal)
}

pub(crate) fn fill(template: &Template, variables: &Variables) -> Result<Text, NoValue> {
    if template.is_literal() {
        return Ok(template.text().clone());
    }
    let sealed = template
        .variables()
        .find(|name| matches!(variables.get(*name), Some(VariableValue::Sealed(_))));
    if let Some(name) = sealed {
        return Err(End::Unseen(Unfollowed::Variable(Text::new(name))));
    }
    let value = |name: &str| match variables.get(name) {
        Some(VariableValue::Clear(value)) => Some(value),
        Some(VariableValue::Sealed(_)) | None => None,
    };
    template
        .resolve(value)
        .map_err(|missing| End::Broken(Broken::VariableMissing { name: missing.0 }))
}
