//! Where a request to one method ends up: the pure function under everything.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use unbridge_model::apigateway::{Integration, VariableValue, Variables};
use unbridge_model::assessment::Way;
use unbridge_model::call::CallKind;
use unbridge_model::id::{ListenerArn, LoadBalancerArn, VpcLinkId};
use unbridge_model::route::{Broken, End, Hop, Unfollowed};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::template::Template;
use unbridge_model::text::{FastHasher, Text};

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
    literal: RefCell<Cache>,
}

/// Ways of integrations without variables, by the integration's address: the snapshot outlives the
/// router and shares equal integrations.
type Cache = HashMap<(*const Integration, Told), Option<Arc<Way>>, BuildHasherDefault<FastHasher>>;

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
            literal: RefCell::default(),
        }
    }

    /// The way of an integration on a stage with these variables.
    pub(crate) fn way(
        &self,
        integration: &Arc<Integration>,
        told: Told,
        variables: &Variables,
    ) -> Option<Arc<Way>> {
        if !is_literal(integration) {
            return self.find(integration, told, variables).map(Arc::new);
        }
        let key = (Arc::as_ptr(integration), told);
        if let Some(known) = self.literal.borrow().get(&key) {
            return known.clone();
        }
        let way = self.find(integration, told, variables).map(Arc::new);
        self.literal.borrow_mut().insert(key, way.clone());
        way
    }

    /// The way of an integration, uncached.
    pub(crate) fn find(
        &self,
        integration: &Integration,
        told: Told,
        variables: &Variables,
    ) -> Option<Way> {
        let fill = |template: &Template| fill(template, variables);
        let nowhere = |end| {
            Some(Way {
                hops: Vec::new(),
                end,
            })
        };
        let Some(link) = &integration.vpc_link else {
            let uri = integration.uri.as_ref().and_then(|uri| fill(uri).ok())?;
            return self.over_the_internet(&uri);
        };
        let link = match fill(link) {
            Ok(link) => link,
            Err(end) => return nowhere(end),
        };
        let uri = match integration.uri.as_ref().map(fill) {
            Some(Ok(uri)) => uri,
            Some(Err(end)) => return nowhere(end),
            None => return nowhere(invalid("")),
        };
        let target = match integration.target.as_ref().map(fill) {
            Some(Ok(target)) => Some(target),
            Some(Err(end)) => return nowhere(end),
            None => None,
        };
        Some(self.over_link(&link, &uri, target.as_ref(), told))
    }

    /// An integration without link that calls a load balancer of this account by its public name.
    fn over_the_internet(&self, uri: &Text) -> Option<Way> {
        let address = uri::parse(uri)?;
        let lb = self
            .by_dns_name
            .get(address.host.to_ascii_lowercase().as_str())?;
        Some(self.topology.enter(Vec::new(), lb, address.port))
    }

    fn over_link(&self, link: &Text, uri: &Text, target: Option<&Text>, told: Told) -> Way {
        let id = VpcLinkId::new(link.clone()).ok();
        let (v1, v2) = (&self.facts.v1_links, &self.facts.v2_links);
        match id {
            Some(id) if v1.contains_key(&id) => match uri::parse(uri) {
                Some(address) => self.topology.from_v1_link(&id, address.port),
                None => Way {
                    hops: vec![Hop::VpcLinkV1(id)],
                    end: invalid(uri),
                },
            },
            Some(id) if v2.contains_key(&id) => self.over_v2(id, uri, target, told),
            Some(_)
                if self.sight.failed(CallKind::GetVpcLinks, None)
                    || self.sight.failed(CallKind::GetVpcLinksV2, None) =>
            {
                Way {
                    hops: Vec::new(),
                    end: End::Unseen(Unfollowed::Links(link.clone())),
                }
            }
            Some(_) | None => Way {
                hops: Vec::new(),
                end: End::Broken(Broken::LinkMissing { link: link.clone() }),
            },
        }
    }

    fn over_v2(&self, id: VpcLinkId, uri: &Text, target: Option<&Text>, told: Told) -> Way {
        let hops = vec![Hop::VpcLinkV2(id.clone())];
        // An HTTP API names a listener where a REST API names an address.
        if let Ok(listener) = ListenerArn::new(uri.clone()) {
            return self.at_listener(hops, &listener);
        }
        let Some(target) = target else {
            let end = match told {
                Told::Draft => End::Broken(Broken::TargetMissing { link: id }),
                Told::Export => End::Unseen(Unfollowed::ExportedTarget(id)),
            };
            return Way { hops, end };
        };
        if let Ok(listener) = ListenerArn::new(target.clone()) {
            return self.at_listener(hops, &listener);
        }
        match (LoadBalancerArn::new(target.clone()), uri::parse(uri)) {
            (Ok(lb), Some(address)) => self.topology.enter(hops, &lb, address.port),
            (Err(_), _) => Way {
                hops,
                end: End::Broken(Broken::LoadBalancerMissing {
                    arn: target.clone(),
                }),
            },
            (_, None) => Way {
                hops,
                end: invalid(uri),
            },
        }
    }

    fn at_listener(&self, hops: Vec<Hop>, arn: &ListenerArn) -> Way {
        let missing = || {
            End::Broken(Broken::LoadBalancerMissing {
                arn: arn.clone().into(),
            })
        };
        let Some(lb) = arn.load_balancer() else {
            return Way {
                hops,
                end: missing(),
            };
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
                None => Way {
                    hops,
                    end: missing(),
                },
            },
            Some(None) => Way {
                hops,
                end: End::Unseen(Unfollowed::LoadBalancer(lb.into())),
            },
            None if self.sight.failed(CallKind::DescribeLoadBalancers, None) => Way {
                hops,
                end: End::Unseen(Unfollowed::LoadBalancer(lb.into())),
            },
            None => Way {
                hops,
                end: missing(),
            },
        }
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
    [uri, vpc_link, target]
        .into_iter()
        .flatten()
        .all(Template::is_literal)
}

fn fill(template: &Template, variables: &Variables) -> Result<Text, NoValue> {
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
