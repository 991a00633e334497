//! Whether a plan fits the account as a scan saw it: its objects, its quotas, and where it leads.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{HttpApi, HttpDeployed, HttpStage, Method, RestApi};
use unbridge_model::elb::LoadBalancerType;
use unbridge_model::id::{
    HttpApiId, LoadBalancerArn, RestApiId, SecurityGroupId, StageName, SubnetId, VpcId,
};
use unbridge_model::network::{Direction, SecurityGroup, Vpc};
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::{MethodRef, Operation};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;
use unbridge_scanner::passage::LINKS;

use crate::objects::{ById, seen_as};
use crate::quotas::{self, RULES};

use super::code::LintCode;
use super::findings::Findings;
use super::state::{Canary, Draft, State};
use super::thing::{Act, Thing, Value, destination, named};

/// The region as a scan saw it, for look-ups.
struct Seen<'p> {
    facts: &'p RegionFacts,
    rest: BTreeMap<&'p RestApiId, &'p RestApi>,
    http: BTreeMap<&'p HttpApiId, &'p HttpApi>,
    groups: BTreeMap<&'p SecurityGroupId, (&'p Vpc, &'p SecurityGroup)>,
    /// Whether the groups of every VPC were read.
    all_groups: bool,
}

impl<'p> Seen<'p> {
    fn of(facts: &'p RegionFacts) -> Self {
        let in_vpc = |vpc: &'p Vpc| {
            let groups = vpc.security_groups.iter().flatten();
            groups.map(move |group| (&group.id, (vpc, group)))
        };
        let all_groups = facts.vpcs.values().all(|vpc| vpc.security_groups.is_some());
        Self {
            facts,
            rest: facts.rest_apis.iter().map(|api| (&api.id, api)).collect(),
            http: facts.http_apis.iter().map(|api| (&api.id, api)).collect(),
            groups: facts.vpcs.values().flat_map(in_vpc).collect(),
            all_groups,
        }
    }

    fn method(&self, method: &MethodRef) -> Option<&'p Method> {
        let draft = self.rest.get(&method.api)?.draft.as_ref()?;
        let key = (&method.path, method.verb);
        let at = draft.binary_search_by(|known| (&known.path, known.verb).cmp(&key));
        let known = draft.get(at.ok()?)?;
        (known.resource == Some(method.resource)).then_some(known)
    }
}

/// What is wrong with a plan for this account, and what is known of it at the start.
pub(super) fn check<'p>(findings: &mut Findings<'p>, snapshot: &'p Snapshot) -> State<'p> {
    let body = &findings.plan.body;
    let facts = snapshot.regions.get(&body.region);
    let Some(facts) = facts.filter(|_| body.account == snapshot.header.account) else {
        let what = format!(
            "it is for account {} in {}, of which this snapshot says nothing",
            body.account, body.region
        );
        findings.whole(LintCode::OtherAccount, what);
        return State::default();
    };
    let seen = Seen::of(facts);
    objects(findings, facts, &snapshot.header.digest_key);
    quotas(findings, &seen);
    super::leaving::check(findings, facts);
    for (place, step) in findings.steps() {
        known(findings, &seen, place, step);
        leads(findings, &seen, place, step);
        protected(findings, &seen, place, step);
        watched(findings, &seen, place, step);
    }
    super::admission::check_on(findings, |alb| facts.load_balancers.get(alb));
    let vpcs = destinations(findings, &seen);
    for (place, step) in findings.steps() {
        lies(findings, &seen, &vpcs, place, step);
    }
    start(findings, &seen)
}

/// Digests of objects hold digests of sealed values: those of another key tell nothing.
fn objects(findings: &mut Findings<'_>, facts: &RegionFacts, sealed_with: &Text) {
    let known = ById::of(facts);
    let body = &findings.plan.body;
    let other_key = body.digest_key.as_ref().filter(|key| *key != sealed_with);
    let mut is_open = false;
    for object in &body.objects {
        match seen_as(&known, &object.object) {
            None => {
                let what = format!("the account has no {}", object.object);
                findings.whole(LintCode::Unknown, what);
            }
            Some(digest) if digest != object.digest && other_key.is_some() => is_open = true,
            Some(digest) if digest != object.digest => {
                let what = format!("{} is not as it was when the plan was made", object.object);
                findings.whole(LintCode::Stale, what);
            }
            Some(_) => {}
        }
    }
    if let (true, Some(key)) = (is_open, other_key) {
        let what = format!(
            "whether its objects are as they were cannot be told: its values were sealed with key {key}, \
             the snapshot's with {sealed_with}; scan with the same --digest-key"
        );
        findings.whole(LintCode::Stale, what);
    }
}

/// Whether a step names only what stands there. What was not read is not known to be missing.
fn known(findings: &mut Findings<'_>, seen: &Seen<'_>, place: usize, step: &Step) {
    let act = Act::of(&step.id, &step.operation);
    let itself = match act {
        Act::Makes(Thing::Stage(api, _)) => Some(Thing::Deployment(api, Value::From(&step.id))),
        Act::Makes(thing) | Act::Changes(thing) | Act::Deletes(thing) => Some(thing),
    };
    let things = named(&step.operation).into_iter().chain(itself);
    for thing in things {
        let temporary = findings.makes(thing, place);
        if !temporary && exists(seen, thing) == Some(false) {
            let what = "it names what the account does not have";
            findings.at(place, LintCode::Unknown, what);
        }
    }
}

fn exists(seen: &Seen<'_>, thing: Thing<'_>) -> Option<bool> {
    let group = |value: Value<'_>| match value {
        Value::Known(id) => {
            let id = SecurityGroupId::new(id).ok()?;
            let stands = seen.groups.contains_key(&id);
            (stands || seen.all_groups).then_some(stands)
        }
        Value::From(_) => None,
    };
    match thing {
        Thing::DefaultEgress(value) | Thing::Group(value) => group(value),
        Thing::Rule(rule) => group(rule.group),
        Thing::Deployment(api, value) => {
            let Some(api) = seen.rest.get(api) else {
                return Some(false);
            };
            let Value::Known(id) = value else { return None };
            let known = api.deployments.as_ref()?;
            Some(known.iter().any(|known| known.id.as_str() == id))
        }
        Thing::Method(method) => {
            let draft = seen.rest.get(&method.api).map(|api| api.draft.is_some());
            match draft {
                None => Some(false),
                Some(true) => Some(seen.method(method).is_some()),
                Some(false) => None,
            }
        }
        Thing::Stage(api, stage) => match seen.rest.get(api) {
            None => Some(false),
            Some(api) => {
                let stages = api.stages.as_ref()?;
                Some(stages.iter().any(|known| known.name == *stage))
            }
        },
        Thing::HttpDeployment(api, _) => Some(seen.http.contains_key(api)),
        Thing::HttpIntegration(api, value) => match (seen.http.get(api), value) {
            (None, _) => Some(false),
            (Some(api), Value::Known(id)) => {
                let known = api.integrations.as_ref()?;
                Some(known.iter().any(|known| known.id.as_str() == id))
            }
            (Some(_), Value::From(_)) => None,
        },
        Thing::HttpStage(api, stage) => match seen.http.get(api) {
            None => Some(false),
            Some(api) => {
                let stages = api.stages.as_ref()?;
                Some(stages.iter().any(|known| known.name == *stage))
            }
        },
        Thing::Route(api, route) => match seen.http.get(api) {
            None => Some(false),
            Some(api) => {
                let routes = api.routes.as_ref()?;
                Some(routes.iter().any(|known| known.id.as_ref() == Some(route)))
            }
        },
        Thing::Link(Value::Known(id)) => {
            let mut known = seen.facts.v2_links.keys();
            Some(known.any(|known| known.as_str() == id))
        }
        Thing::Link(Value::From(_)) => None,
        Thing::LoadBalancer(arn) => Some(seen.facts.load_balancers.contains_key(arn)),
        Thing::Target(group, ..) | Thing::TargetGroup(group) => {
            Some(seen.facts.target_groups.contains_key(group))
        }
        Thing::V1Link(link) => Some(seen.facts.v1_links.contains_key(link)),
        Thing::Vpc(vpc) => Some(seen.facts.vpcs.contains_key(vpc)),
    }
}

/// Whether requests are led to a listener of an ALB.
fn leads(findings: &mut Findings<'_>, seen: &Seen<'_>, place: usize, step: &Step) {
    let Some(arn) = destination(&step.operation) else {
        return;
    };
    let known = seen.facts.load_balancers.get(&arn);
    if known.is_some_and(|known| known.kind != LoadBalancerType::Application) {
        let what = format!("{arn} is no ALB");
        findings.at(place, LintCode::NotAnAlb, what);
    }
    let Operation::CreateHttpIntegration { listener, .. } = &step.operation else {
        return;
    };
    let mut listeners = known.and_then(|known| known.listeners.as_ref()).into_iter();
    if listeners.any(|known| !known.iter().any(|known| known.arn == *listener)) {
        let what = "it names a listener that the load balancer does not have";
        findings.at(place, LintCode::Unknown, what);
    }
}

fn protected(findings: &mut Findings<'_>, seen: &Seen<'_>, place: usize, step: &Step) {
    let Operation::DeleteLoadBalancer { load_balancer } = &step.operation else {
        return;
    };
    let known = seen.facts.load_balancers.get(load_balancer);
    let attributes = known.and_then(|known| known.attributes.as_ref());
    let mut attributes = attributes.into_iter().flatten();
    if attributes.any(|(key, value)| *key == *"deletion_protection.enabled" && *value == *"true") {
        let what = "the load balancer is protected from deletion, and nothing lifts that";
        findings.at(place, LintCode::Protected, what);
    }
}

/// Whether every stage that a moved route arrives at is watched (H31).
fn watched(findings: &mut Findings<'_>, seen: &Seen<'_>, place: usize, step: &Step) {
    let Operation::UpdateRoute { api, .. } = &step.operation else {
        return;
    };
    let stages = seen.http.get(api).and_then(|api| api.stages.as_ref());
    let follow = |stage: &&HttpStage| matches!(stage.deployed, HttpDeployed::Auto);
    let mut following = stages.into_iter().flatten().filter(follow);
    let watched: &[StageName] = match &step.gate {
        Some(Gate::BakeHttp { stages, .. }) => stages,
        _ => &[],
    };
    if let Some(stage) = following.find(|stage| !watched.contains(&stage.name)) {
        let what = format!(
            "stage {} follows at once, and nobody watches it",
            stage.name
        );
        findings.at(place, LintCode::GateMissing, what);
    }
}

/// The VPCs of the ALBs that each link leads to.
fn destinations<'p>(
    findings: &Findings<'p>,
    seen: &Seen<'p>,
) -> BTreeMap<Value<'p>, BTreeSet<&'p VpcId>> {
    let mut vpcs: BTreeMap<Value<'p>, BTreeSet<&'p VpcId>> = BTreeMap::new();
    let vpc = |arn: &LoadBalancerArn| seen.facts.load_balancers.get(arn)?.vpc.as_ref();
    for (_, step) in findings.steps() {
        let Some(vpc) = destination(&step.operation).and_then(|arn| vpc(&arn)) else {
            continue;
        };
        for thing in named(&step.operation) {
            if let Thing::Link(link) = thing {
                vpcs.entry(link).or_default().insert(vpc);
            }
        }
    }
    vpcs
}

/// Whether a link and its groups lie in the VPC of what the link leads to.
fn lies<'p>(
    findings: &mut Findings<'p>,
    seen: &Seen<'p>,
    vpcs: &BTreeMap<Value<'p>, BTreeSet<&'p VpcId>>,
    place: usize,
    step: &'p Step,
) {
    let Operation::CreateVpcLink {
        subnets,
        security_groups,
        ..
    } = &step.operation
    else {
        return;
    };
    let empty = BTreeSet::new();
    let leads = vpcs.get(&Value::From(&step.id)).unwrap_or(&empty);
    let homes = security_groups.iter().filter_map(|group| {
        let made = findings.plan.body.step(group.step()?)?;
        match &made.operation {
            Operation::CreateSecurityGroup { vpc, .. } => Some(vpc),
            _ => None,
        }
    });
    let homes: BTreeSet<&VpcId> = homes.chain(leads.iter().copied()).collect();
    let elsewhere = homes.iter().any(|home| {
        let known = seen
            .facts
            .vpcs
            .get(*home)
            .and_then(|vpc| vpc.subnets.as_ref());
        known.is_some_and(|known| {
            let inside = |id: &SubnetId| known.iter().any(|subnet| subnet.id == *id);
            !subnets.iter().all(inside)
        })
    });
    if homes.len() > 1 || elsewhere {
        let what = "its subnets, its security group and the ALB do not lie in one VPC";
        findings.at(place, LintCode::ForeignSubnet, what);
    }
}

fn quotas(findings: &mut Findings<'_>, seen: &Seen<'_>) {
    let chosen = findings.plan.body.choices.link_quota;
    let most = chosen.map_or(LINKS, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let most_stages = quotas::stages(&findings.plan.body.choices);
    let mut links = seen.facts.v2_links.len();
    let mut stages: BTreeMap<&RestApiId, usize> = BTreeMap::new();
    let mut rules: BTreeMap<(Value<'_>, bool), usize> = BTreeMap::new();
    for (place, step) in findings.steps() {
        let over = match Act::of(&step.id, &step.operation) {
            Act::Makes(Thing::Link(_)) => {
                links += 1;
                (links > most).then_some("version 2 links")
            }
            Act::Makes(Thing::Stage(api, _)) => {
                let standing = seen.rest.get(api).and_then(|api| api.stages.as_ref());
                let count = stages
                    .entry(api)
                    .or_insert_with(|| standing.map_or(0, Vec::len));
                *count += 1;
                (*count > most_stages).then_some("stages of its API")
            }
            Act::Deletes(Thing::Stage(api, _)) => {
                if let Some(count) = stages.get_mut(api) {
                    *count = count.saturating_sub(1);
                }
                None
            }
            Act::Makes(Thing::Rule(rule)) => {
                let inward = rule.direction == Direction::Ingress;
                let count = rules
                    .entry((rule.group, inward))
                    .or_insert_with(|| standing_rules(seen, rule.group, rule.direction));
                *count += 1;
                (*count > RULES).then_some("rules of its security group")
            }
            Act::Makes(_) | Act::Changes(_) | Act::Deletes(_) => None,
        };
        if let Some(of) = over {
            let what = format!("with it there would be more {of} than AWS allows");
            findings.at(place, LintCode::OverQuota, what);
        }
    }
}

/// Rules of a group as AWS counts them: one for each peer.
fn standing_rules(seen: &Seen<'_>, group: Value<'_>, direction: Direction) -> usize {
    let Value::Known(id) = group else { return 0 };
    let known = SecurityGroupId::new(id).ok();
    let known = known.and_then(|id| seen.groups.get(&id));
    known.map_or(0, |(_, group)| {
        let rules = match direction {
            Direction::Ingress => &group.ingress,
            Direction::Egress => &group.egress,
        };
        rules.iter().map(|rule| rule.peers.len()).sum()
    })
}

/// What is known to stand there before the first step, of what the plan concerns.
fn start<'p>(findings: &Findings<'p>, seen: &Seen<'p>) -> State<'p> {
    let mut state = State::default();
    let (mut rest, mut http) = (BTreeSet::new(), BTreeSet::new());
    for (_, step) in findings.steps() {
        match Act::of(&step.id, &step.operation).thing() {
            Thing::Method(method) => {
                if let Some(integration) = seen
                    .method(method)
                    .and_then(|known| known.integration.as_deref())
                {
                    let link = integration.vpc_link.as_ref();
                    let draft = Draft {
                        connection: link.map(|link| Value::Known(link.as_str())),
                        target: None,
                        uri: integration.uri.as_ref(),
                    };
                    state.note_draft(method, draft);
                }
            }
            Thing::Stage(api, _) => {
                rest.insert(api);
            }
            Thing::Route(api, _) | Thing::HttpStage(api, _) => {
                http.insert(api);
            }
            _ => {}
        }
    }
    for api in rest.into_iter().filter_map(|id| seen.rest.get(id)) {
        note_stages(&mut state, api);
    }
    for api in http.into_iter().filter_map(|id| seen.http.get(id)) {
        note_routes(&mut state, api);
    }
    state
}

fn note_stages<'p>(state: &mut State<'p>, api: &'p RestApi) {
    for stage in api.stages.iter().flatten() {
        let canary = match &stage.canary {
            None => Canary::None,
            Some(canary) => Canary::On(Value::Known(canary.deployment.as_str()), None),
        };
        let runs = Some(Value::Known(stage.deployment.as_str()));
        state.note_stage((&api.id, &stage.name), runs, canary);
    }
}

fn note_routes<'p>(state: &mut State<'p>, api: &'p HttpApi) {
    for route in api.routes.iter().flatten() {
        if let (Some(id), Some(integration)) = (&route.id, &route.integration) {
            state.note_route((&api.id, id), Value::Known(integration.as_str()));
        }
    }
    for stage in api.stages.iter().flatten() {
        if let Some(deployment) = &stage.deployment {
            let thing = Thing::HttpStage(&api.id, &stage.name);
            state.note_http_stage(thing, Value::Known(deployment.as_str()));
        }
    }
}
