//! Where one request to a stage lands, from a snapshot alone: the same routes that verdicts rest
//! on, asked for a single request. One of the witnesses that must agree with each other.
//!
//! A snapshot does not tell everything of a request's way: parameter mappings besides Host, header
//! and query conditions are sealed. What then stays open is told as several possible ends, and a
//! path with its parameters in braces.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{Integration, Method, RestApi, Stage, Variables, Verb};
use unbridge_model::assessment::{Sent, Way};
use unbridge_model::elb::{Listener, LoadBalancer};
use unbridge_model::id::TargetGroupArn;
use unbridge_model::route::{End, Hop, Landing, ListenerEnd, Request, Share, UriScheme};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;

use crate::route::{Router, Told, fill};
use crate::rules::{AtListener, RuleEnd, ends};
use crate::sight::Sight;
use crate::topology::Topology;

/// Where these requests land.
#[must_use]
pub fn land(snapshot: &Snapshot, requests: &[Request]) -> Vec<Landing> {
    requests
        .iter()
        .map(|request| land_one(snapshot, request).unwrap_or(Landing::Unseen))
        .collect()
}

fn land_one(snapshot: &Snapshot, request: &Request) -> Option<Landing> {
    let facts = snapshot.regions.get(&request.region)?;
    let sight = Sight::new(&snapshot.gaps, &request.region);
    let topology = Topology::build(facts, &sight);
    let router = Router::new(&topology, facts, &sight);
    let api = facts.rest_apis.iter().find(|api| api.id == request.api)?;
    let (stage, variables) = stage_of(api, request)?;
    let methods = stage.deployed.as_ref()?;
    let Some(method) = chosen(methods, request) else {
        return Some(Landing::NotPrivate);
    };
    let Some(integration) = method.integration.as_deref() else {
        return Some(Landing::NotPrivate);
    };
    let private = integration.vpc_link.is_some();
    let Some(way) = router
        .way(integration, Told::Export, &variables)
        .filter(|_| private)
    else {
        return Some(Landing::NotPrivate);
    };
    if !link_carries(facts, &way) {
        return Some(Landing::Refused);
    }
    let (alb, port) = match &way.end {
        End::Alb { alb, port } => (alb, *port),
        // An ALB's addresses among others: requests go to either.
        End::OtherTargets { group } if holds_alb(&topology, facts, group) => return None,
        End::OtherTargets { group } => {
            return Some(at_nlb(&way, group.clone(), integration, &variables));
        }
        End::Broken(_) => return Some(Landing::Refused),
        End::CloudMap { .. } | End::Unseen(_) => return None,
    };
    if splits(&topology, &way) {
        return None;
    }
    let alb = facts.load_balancers.get(alb)?;
    let listener = alb
        .listeners
        .iter()
        .flatten()
        .find(|l| l.port == Some(port))?;
    let sent = way.sent.as_ref()?;
    let scheme = scheme_at_alb(facts, &way, sent);
    if speaks(listener) != scheme {
        return Some(Landing::Refused);
    }
    let fill = |template: &_| fill(template, &variables);
    let uri = integration.uri.as_ref()?.filled(fill).ok()?;
    let path = path_of(&uri);
    let host = sent.host_header(sent.scheme, sent.port);
    let verb = match integration.http_method {
        Some(Verb::Any) | None => request.verb,
        Some(verb) => verb,
    };
    let told_by_request = |text: &str| text.starts_with("method.request.");
    let at = AtListener {
        host: Some(host.as_str()).filter(|host| !told_by_request(host)),
        path: Some(path.as_str()).filter(|path| !path.contains('{')),
        written_host: host.as_str(),
        written_path: path.as_str(),
        verb: Some(verb.into()),
        query: Some(request.query.as_str()).filter(|_| integration.uri_rest.is_none()),
        port,
        protocol: listener.protocol.as_deref().unwrap_or_default(),
    };
    landed(ends(listener, &at)?, sent.scheme)
}

/// Rules may rewrite; where several are possible, what they do not agree on is not known.
fn landed(ends: BTreeSet<RuleEnd>, scheme: UriScheme) -> Option<Landing> {
    let one = |pick: fn(&RuleEnd) -> &Text, unknown: &str| {
        let told: BTreeSet<&Text> = ends.iter().map(pick).collect();
        match Vec::from_iter(told)[..] {
            [one] => one.clone(),
            _ => Text::new(unknown),
        }
    };
    let host = one(|rule| &rule.host, "{host}");
    let path = one(|rule| &rule.path, "{path}");
    let known: Option<BTreeSet<ListenerEnd>> = ends.into_iter().map(|rule| rule.end).collect();
    Some(Landing::Lands {
        scheme,
        host,
        path,
        ends: known?,
    })
}

/// At a target group of the NLB itself.
fn at_nlb(
    way: &Way,
    group: TargetGroupArn,
    integration: &Integration,
    variables: &Variables,
) -> Landing {
    let uri = integration
        .uri
        .as_ref()
        .and_then(|uri| uri.filled(|template| fill(template, variables)).ok());
    let (Some(sent), Some(uri)) = (&way.sent, uri) else {
        return Landing::Unseen;
    };
    Landing::Lands {
        scheme: sent.scheme,
        host: sent.host_header(sent.scheme, sent.port),
        path: path_of(&uri),
        ends: BTreeSet::from([ListenerEnd::Forward {
            groups: BTreeSet::from([group]),
        }]),
    }
}

fn holds_alb(topology: &Topology<'_>, facts: &RegionFacts, group: &TargetGroupArn) -> bool {
    let group = facts.target_groups.get(group);
    group.is_some_and(|group| !topology.albs_in(group).is_empty())
}

/// The stage and the variables that this request sees; `None` where a canary runs a deployment that
/// no export tells.
fn stage_of<'s>(api: &'s RestApi, request: &Request) -> Option<(&'s Stage, Variables)> {
    let stage = api
        .stages
        .as_ref()?
        .iter()
        .find(|stage| stage.name == request.stage)?;
    let mut variables = stage.variables.clone();
    if request.share == Share::Canary {
        let canary = stage
            .canary
            .as_ref()
            .filter(|c| c.deployment == stage.deployment)?;
        variables.extend(canary.overrides.clone());
    }
    Some((stage, variables))
}

/// The method that API Gateway picks: a literal part of a path beats `{param}`, which beats
/// `{proxy+}`; a method of its own beats `ANY`.
fn chosen<'s>(methods: &'s [Method], request: &Request) -> Option<&'s Method> {
    let wanted: Vec<&str> = parts(&request.path).collect();
    methods
        .iter()
        .filter(|method| method.verb == request.verb || method.verb == Verb::Any)
        .filter_map(|method| Some((fit(&method.path, &wanted)?, method)))
        .max_by(|(a, one), (b, other)| {
            let own = |method: &Method| method.verb != Verb::Any;
            a.cmp(b).then(own(one).cmp(&own(other)))
        })
        .map(|(_, method)| method)
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// How well a resource's path fits, part by part; `None` when it does not.
fn fit(resource: &str, wanted: &[&str]) -> Option<Vec<u8>> {
    let mut score = Vec::new();
    let mut wanted = wanted.iter();
    for part in parts(resource) {
        let told = wanted.next()?;
        if part.ends_with("+}") {
            score.push(0);
            return Some(score);
        }
        match part {
            _ if part.starts_with('{') => score.push(1),
            _ if part == *told => score.push(2),
            _ => return None,
        }
    }
    wanted.next().is_none().then_some(score)
}

fn link_carries(facts: &RegionFacts, way: &Way) -> bool {
    let link = match way.hops.first() {
        Some(Hop::VpcLinkV1(id)) => facts.v1_links.get(id),
        Some(Hop::VpcLinkV2(id)) => facts.v2_links.get(id),
        Some(Hop::NlbListener { .. } | Hop::TargetGroup(_) | Hop::AlbListener { .. }) | None => {
            None
        }
    };
    link.is_some_and(|link| link.status == *"AVAILABLE")
}

/// Whether the NLB sends requests to several groups, so that no single one is where they land.
fn splits(topology: &Topology<'_>, way: &Way) -> bool {
    let Some((nlb, port)) = way.nlb() else {
        return false;
    };
    let listeners = topology.listeners(nlb).unwrap_or_default();
    listeners
        .iter()
        .filter(|listener| listener.port == port)
        .flat_map(|listener| &listener.forwards)
        .filter(|forward| forward.weight > 0)
        .count()
        > 1
}

/// The scheme that arrives at the ALB: a TLS listener of the NLB ends it, and begins it anew
/// towards a group that speaks TLS.
fn scheme_at_alb(facts: &RegionFacts, way: &Way, sent: &Sent) -> UriScheme {
    let Some((nlb, port)) = way.nlb() else {
        return sent.scheme;
    };
    let tls = |word: &Option<Text>| word.as_deref() == Some("TLS");
    let ends_tls = |lb: &LoadBalancer| {
        let mut listeners = lb.listeners.iter().flatten();
        listeners.any(|listener| listener.port == Some(port) && tls(&listener.protocol))
    };
    if !facts.load_balancers.get(nlb).is_some_and(ends_tls) {
        return sent.scheme;
    }
    let mut groups = way.hops.iter().filter_map(|hop| match hop {
        Hop::TargetGroup(group) => facts.target_groups.get(group),
        Hop::VpcLinkV1(_)
        | Hop::VpcLinkV2(_)
        | Hop::NlbListener { .. }
        | Hop::AlbListener { .. } => None,
    });
    if groups.any(|group| tls(&group.protocol)) {
        UriScheme::Https
    } else {
        UriScheme::Http
    }
}

fn speaks(listener: &Listener) -> UriScheme {
    match listener.protocol.as_deref() {
        Some("HTTPS") => UriScheme::Https,
        Some(_) | None => UriScheme::Http,
    }
}

/// The path of an address, `/` when it has none.
fn path_of(uri: &str) -> Text {
    let behind = uri.split_once("://").map_or(uri, |(_, behind)| behind);
    match behind.find('/') {
        Some(at) => Text::new(&behind[at..]),
        None => Text::new("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_part_beats_a_parameter_which_beats_the_rest() {
        let fits = |resource| fit(resource, &["orders", "7"]);
        assert!(fits("/orders/7") > fits("/orders/{id}"));
        assert!(fits("/orders/{id}") > fits("/orders/{proxy+}"));
        assert!(fits("/orders/{proxy+}") > fits("/{proxy+}"));
        assert_eq!(fits("/orders"), None);
        assert_eq!(fits("/orders/7/items"), None);
        assert_eq!(fit("/", &[]), Some(Vec::new()));
        assert_eq!(fit("/{proxy+}", &[]), None);
    }
}
