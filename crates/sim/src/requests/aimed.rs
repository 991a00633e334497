//! Requests that are made to meet the rules of the ALBs behind a link.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{CarriedField, Integration, LinkReach, Verb, VpcLink};
use unbridge_model::elb::{
    Action, Condition, Listener, LoadBalancer, LoadBalancerType, Rule, TargetGroup, TargetType,
};
use unbridge_model::id::StageName;
use unbridge_model::text::Text;

use super::patterns::{like, made_by, matching};
use super::{PER_METHOD, verbs};
use crate::account::{RawValues, RawVariables, RegionState};
use crate::data_plane::filled_in;

/// A method or route as its callers know it, and where it goes.
pub(super) struct Entry<'a> {
    /// The resource's path.
    pub(super) path: String,
    pub(super) verb: Verb,
    pub(super) integration: &'a Integration,
}

/// A method or route that goes over a link, and what is behind that.
pub(super) struct Door<'a> {
    pub(super) entry: Entry<'a>,
    state: &'a RegionState,
    /// The path that is sent, with variables by the names that the resource's path has.
    sends: String,
    rules: Vec<&'a Rule>,
}

/// What a request has to be to meet a rule, as far as that can be chosen.
#[derive(Clone, Default)]
struct Wish {
    path: Option<String>,
    host: Option<String>,
    verb: Option<Verb>,
    headers: BTreeMap<Text, Text>,
    query: Vec<String>,
}

/// A request that is made to meet a rule.
pub(super) struct Aim {
    pub(super) verb: Verb,
    /// Values of the variables of the resource's path.
    pub(super) values: BTreeMap<String, String>,
    pub(super) headers: BTreeMap<Text, Text>,
    pub(super) query: Vec<String>,
}

impl<'a> Door<'a> {
    /// `None` when the method goes over no link.
    pub(super) fn of_rest(
        state: &'a RegionState,
        raw: &RawValues,
        entry: Entry<'a>,
        variables: &RawVariables,
    ) -> Option<Self> {
        let Entry { integration, .. } = entry;
        let link = link_of(state, integration, variables);
        let target = integration.target.as_ref();
        let target = target.and_then(|target| filled_in(target, variables));
        let over = match link.map(|link| &link.reach) {
            Some(LinkReach::V1 { targets }) => targets.first().map(|arn| Text::new(arn.as_str())),
            Some(LinkReach::V2 { .. }) | None => None,
        };
        let named = [over, target];
        let balancers = named.iter().flatten();
        let rules = balancers.flat_map(|arn| rules_behind(state, arn)).collect();
        let uri = integration.uri.as_ref();
        let uri = uri.and_then(|uri| uri.filled(|part| filled_in(part, variables).ok_or(())).ok());
        let sends = path_of(uri.as_deref().unwrap_or_default());
        integration.vpc_link.as_ref()?;
        Some(Self {
            sends: renamed(&sends, integration, raw),
            state,
            rules,
            entry,
        })
    }

    /// `None` when the route goes over no link.
    pub(super) fn of_http(
        state: &'a RegionState,
        stage: &StageName,
        entry: Entry<'a>,
        variables: &RawVariables,
    ) -> Option<Self> {
        let Entry { integration, .. } = entry;
        integration.vpc_link.as_ref()?;
        let uri = integration.uri.as_ref();
        let uri = uri.and_then(|uri| uri.filled(|part| filled_in(part, variables).ok_or(())).ok());
        let lb = uri.and_then(|listener| {
            let arn = unbridge_model::id::ListenerArn::new(listener).ok()?;
            arn.load_balancer()
        });
        let lb = lb.map(|arn| Text::new(arn.as_str()));
        let rules = lb.iter().flat_map(|arn| rules_behind(state, arn)).collect();
        let path = entry.path.replace("+}", "}");
        let mapped = integration.carried.get(CarriedField::RequestParameters);
        let sends = match (mapped, stage.as_str()) {
            (Some(_), _) | (None, "$default") => path,
            (None, stage) => format!("/{stage}{path}"),
        };
        Some(Self {
            entry,
            state,
            sends,
            rules,
        })
    }

    /// One for each way to meet a rule.
    pub(super) fn aims(&self) -> impl Iterator<Item = Aim> {
        let wishes = self.rules.iter().flat_map(|rule| self.wishes(rule));
        wishes.filter_map(|wish| self.aim(wish))
    }

    fn aim(&self, wish: Wish) -> Option<Aim> {
        let Entry {
            path,
            verb,
            integration,
        } = &self.entry;
        let verb = self.verb(*verb, integration.http_method?, wish.verb)?;
        let greedy = |name: &str| path.contains(&format!("{{{name}+}}"));
        let values = match &wish.path {
            Some(wanted) => made_by(&self.sends, wanted, greedy)?,
            None => BTreeMap::new(),
        };
        let (mut headers, mut query) = (wish.headers, wish.query);
        let source = integration.host_mapping.as_ref().map(|host| host.as_str());
        if let (Some(host), Some(source)) = (wish.host, source) {
            if let Some(name) = source.strip_prefix("method.request.header.") {
                headers.insert(Text::from(name.to_ascii_lowercase()), Text::from(host));
            } else if let Some(name) = source.strip_prefix("method.request.querystring.") {
                query.push(format!("{name}={host}"));
            }
        }
        Some(Aim {
            verb,
            values,
            headers,
            query,
        })
    }

    /// The method to ask with so that the listener sees the one that is wished.
    fn verb(&self, own: Verb, sent: Verb, wished: Option<Verb>) -> Option<Verb> {
        let first = verbs(own).first().copied();
        match (wished, sent, own) {
            (None, _, _) => first,
            (Some(wished), Verb::Any, Verb::Any) => Some(wished),
            (Some(wished), Verb::Any, own) => (own == wished).then_some(own),
            (Some(wished), sent, _) => first.filter(|_| sent == wished),
        }
    }

    /// Every combination of one value of each condition of a rule, and those without a path: the
    /// method's own may fit.
    fn wishes(&self, rule: &Rule) -> Vec<Wish> {
        let mut wishes = vec![Wish::default()];
        for condition in &rule.conditions {
            let options = self.options(condition);
            if options.is_empty() {
                continue;
            }
            let combined = wishes.iter().flat_map(|wish| {
                let options = options.iter();
                options.map(|option| option.on(wish.clone()))
            });
            wishes = combined.take(PER_METHOD).collect();
        }
        let without_path = wishes.first().map(|wish| Wish {
            path: None,
            ..wish.clone()
        });
        wishes.extend(without_path);
        wishes
    }

    /// Values that hold for a condition; none for what a request cannot choose or nobody knows.
    fn options(&self, condition: &Condition) -> Vec<Choice> {
        let texts = |values: &[Text], regexes: &[Text]| -> Vec<String> {
            let plain = values.iter().map(|value| like(value));
            plain
                .chain(regexes.iter().filter_map(|regex| matching(regex)))
                .collect()
        };
        match condition {
            Condition::PathPattern { values, regexes } => {
                let paths = texts(values, regexes).into_iter();
                paths.map(Choice::Path).collect()
            }
            Condition::HostHeader { values, regexes } => {
                let hosts = texts(values, regexes).into_iter();
                hosts.map(Choice::Host).collect()
            }
            Condition::HttpRequestMethod { values } => {
                let known = values.iter().filter_map(|value| value.parse().ok());
                known.map(Choice::Verb).collect()
            }
            Condition::HttpHeader {
                name,
                values,
                regexes,
            } => {
                let raw = |digest| self.state.raw.get(digest);
                let plain = values.iter().filter_map(raw).map(|value| like(value));
                let regexes = regexes.iter().filter_map(raw);
                let all = plain.chain(regexes.filter_map(|regex| matching(regex)));
                let name = Text::from(name.to_ascii_lowercase());
                all.map(|value| Choice::Header(name.clone(), Text::from(value)))
                    .collect()
            }
            Condition::QueryString { values } => {
                let raw = values.iter().filter_map(|value| self.state.raw.get(value));
                raw.map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or(("", pair));
                    let key = if key.is_empty() { "x" } else { key };
                    Choice::Query(format!("{}={}", like(key), like(value)))
                })
                .collect()
            }
            Condition::SourceIp { .. } | Condition::Unknown { .. } => Vec::new(),
        }
    }
}

/// One value of a condition.
enum Choice {
    Path(String),
    Host(String),
    Verb(Verb),
    Header(Text, Text),
    Query(String),
}

impl Choice {
    fn on(&self, mut wish: Wish) -> Wish {
        match self {
            Self::Path(path) => wish.path = Some(path.clone()),
            Self::Host(host) => wish.host = Some(host.clone()),
            Self::Verb(verb) => wish.verb = Some(*verb),
            Self::Header(name, value) => {
                wish.headers.insert(name.clone(), value.clone());
            }
            Self::Query(pair) => wish.query.push(pair.clone()),
        }
        wish
    }
}

fn link_of<'s>(
    state: &'s RegionState,
    integration: &Integration,
    variables: &RawVariables,
) -> Option<&'s VpcLink> {
    let id = filled_in(integration.vpc_link.as_ref()?, variables)?;
    state.links.iter().find(|link| link.id.as_str() == &*id)
}

/// The path of an address, without its query string.
fn path_of(uri: &str) -> String {
    let behind = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let path = behind.find('/').map_or("", |at| behind.split_at(at).1);
    path.split('?').next().unwrap_or_default().to_owned()
}

/// A path with its variables under the names of the method's own that fill them, where the
/// parameters are known.
fn renamed(path: &str, integration: &Integration, raw: &RawValues) -> String {
    let digest = integration.carried.get(CarriedField::RequestParameters);
    let lines = digest.and_then(|digest| raw.get(&digest));
    let pairs = lines.into_iter().flat_map(|lines| lines.lines());
    let pairs = pairs.filter_map(|line| {
        let (key, source) = line.split_once('=')?;
        let name = key.strip_prefix("integration.request.path.")?;
        Some((name, source.strip_prefix("method.request.path.")?))
    });
    pairs.fold(path.to_owned(), |path, (name, own)| {
        path.replace(&format!("{{{name}}}"), &format!("{{{own}}}"))
    })
}

/// The rules of every ALB that this load balancer is or leads to, on every port.
fn rules_behind<'s>(state: &'s RegionState, arn: &str) -> Vec<&'s Rule> {
    let mut lbs = state.load_balancers.iter();
    let Some(lb) = lbs.find(|lb| lb.arn.as_str() == arn) else {
        return Vec::new();
    };
    let albs = match lb.kind {
        LoadBalancerType::Application => vec![lb],
        LoadBalancerType::Network => albs_behind(state, lb),
        LoadBalancerType::Gateway => Vec::new(),
    };
    let mut rules = Vec::new();
    for alb in albs {
        let mut listeners: Vec<&Listener> = alb.listeners.iter().flatten().collect();
        listeners.sort_by_key(|listener| listener.port);
        for listener in listeners {
            let mut own: Vec<&Rule> = listener.rules.iter().flatten().collect();
            own.sort_by_key(|rule| rule.priority);
            rules.extend(own);
        }
    }
    rules
}

fn albs_behind<'s>(state: &'s RegionState, nlb: &LoadBalancer) -> Vec<&'s LoadBalancer> {
    let actions = nlb.listeners.iter().flatten();
    let actions = actions.flat_map(|listener| &listener.default_actions);
    let groups = actions.flat_map(|action| match action {
        Action::Forward { groups } => groups.as_slice(),
        Action::Redirect { .. }
        | Action::FixedResponse { .. }
        | Action::Authenticate { .. }
        | Action::Unknown { .. } => &[],
    });
    let groups: Vec<&TargetGroup> = groups
        .filter_map(|group| state.target_group(&group.group))
        .collect();
    let is_behind = |lb: &&LoadBalancer| {
        lb.kind == LoadBalancerType::Application
            && groups.iter().any(|group| holds(state, group, lb))
    };
    state.load_balancers.iter().filter(is_behind).collect()
}

fn holds(state: &RegionState, group: &TargetGroup, alb: &LoadBalancer) -> bool {
    let mut targets = group.targets.iter().flatten();
    match group.target_type {
        TargetType::Alb => targets.any(|target| target.id == *alb.arn.as_str()),
        TargetType::Ip => {
            let interfaces = state.network_interfaces.iter();
            let own = interfaces.filter(|interface| interface.load_balancer == alb.arn.tail());
            let own: Vec<&Text> = own.flat_map(|interface| &interface.addresses).collect();
            group.vpc == alb.vpc && targets.any(|target| own.contains(&&target.id))
        }
        TargetType::Instance | TargetType::Lambda | TargetType::Unknown(_) => false,
    }
}
