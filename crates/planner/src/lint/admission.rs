//! Whether requests are moved only while the ALB still lets the new link in (H33): the plan's own
//! rule stands on other people's security groups, and they may put them back.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::elb::LoadBalancer;
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::network::Direction;
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Operation;

use super::code::LintCode;
use super::findings::Findings;
use super::thing::{Act, RuleOf, Thing, Value, destination, named};

/// What is moved together: an API, or the routes that go to one integration.
type Moved<'p> = (&'p str, Option<Value<'p>>);

/// The rules that let links in, and the steps before which they have to stand.
struct Admission<'p> {
    rules: BTreeMap<RuleOf<'p>, usize>,
    moves: BTreeMap<Moved<'p>, Vec<(usize, &'p Step)>>,
    leads: BTreeMap<Moved<'p>, BTreeSet<LoadBalancerArn>>,
    links: BTreeMap<Moved<'p>, BTreeSet<Value<'p>>>,
    groups: BTreeMap<Value<'p>, BTreeSet<Value<'p>>>,
}

impl<'p> Admission<'p> {
    fn of(findings: &Findings<'p>) -> Self {
        let mut all = Self {
            rules: BTreeMap::new(),
            moves: BTreeMap::new(),
            leads: BTreeMap::new(),
            links: BTreeMap::new(),
            groups: BTreeMap::new(),
        };
        for (place, step) in findings.steps() {
            if let Act::Makes(Thing::Rule(rule)) = Act::of(&step.id, &step.operation) {
                all.rules.insert(rule, place);
            }
            if let Operation::CreateVpcLink {
                security_groups, ..
            } = &step.operation
            {
                let groups = security_groups.iter().map(Value::group).collect();
                all.groups.insert(Value::From(&step.id), groups);
            }
            if let Some(moved) = moved(step) {
                all.moves.entry(moved).or_default().push((place, step));
            }
            all.note_leads(step);
        }
        all
    }

    /// The security groups of the links that something is moved to.
    fn groups_of(&self, moved: Moved<'p>) -> BTreeSet<Value<'p>> {
        let links = self.links.get(&moved).into_iter().flatten();
        let groups = links.filter_map(|link| self.groups.get(link));
        groups.flatten().copied().collect()
    }

    fn note_leads(&mut self, step: &'p Step) {
        let Some(to) = destination(&step.operation) else {
            return;
        };
        let led: Vec<Moved<'p>> = match &step.operation {
            Operation::UpdateIntegration { method, .. } => vec![(method.api.as_str(), None)],
            Operation::CreateHttpIntegration { api, .. } => vec![
                (api.as_str(), None),
                (api.as_str(), Some(Value::From(&step.id))),
            ],
            _ => Vec::new(),
        };
        for moved in led {
            self.leads.entry(moved).or_default().insert(to.clone());
            let links = self.links.entry(moved).or_default();
            links.extend(
                named(&step.operation)
                    .into_iter()
                    .filter_map(|thing| match thing {
                        Thing::Link(link) => Some(link),
                        _ => None,
                    }),
            );
        }
    }
}

/// What a step moves requests of, be it those of a proof.
fn moved(step: &Step) -> Option<Moved<'_>> {
    match &step.operation {
        Operation::SetCanary { api, .. } | Operation::SetDeployment { api, .. } => {
            Some((api.as_str(), None))
        }
        Operation::SetHttpDeployment { api, .. } => Some((api.as_str(), None)),
        Operation::FurnishStage { api, .. } if matches!(step.gate, Some(Gate::Proof { .. })) => {
            Some((api.as_str(), None))
        }
        Operation::UpdateRoute {
            api, integration, ..
        } => Some((api.as_str(), Some(Value::integration(integration)))),
        _ => None,
    }
}

/// What a step asks for first: a rule, or whether a load balancer lets a link in on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked<'p> {
    Rule(RuleOf<'p>),
    Link(Value<'p>, &'p LoadBalancerArn, u16),
}

fn asked(step: &Step) -> BTreeSet<Asked<'_>> {
    let asked = step.preconditions.iter().filter_map(|one| match one {
        Condition::RuleStands { group, rule } => Some(Asked::Rule(RuleOf::of(group, rule))),
        Condition::LinkAdmitted {
            link,
            load_balancer,
            port,
        } => Some(Asked::Link(Value::link(link), load_balancer, *port)),
        _ => None,
    });
    asked.collect()
}

const NOT_ASKED: &str = "it does not ask whether the ALB still admits the new link";

/// Every rule is asked for by somebody; and what is moved together asks for the same.
pub(super) fn check(findings: &mut Findings<'_>) {
    let all = Admission::of(findings);
    let mut somewhere = BTreeSet::new();
    for moves in all.moves.values() {
        let by_step: Vec<_> = moves
            .iter()
            .map(|(place, step)| (*place, asked(step)))
            .collect();
        let together: BTreeSet<Asked<'_>> = by_step
            .iter()
            .flat_map(|(_, rules)| rules.iter().copied())
            .collect();
        for (place, rules) in &by_step {
            if *rules != together {
                findings.at(*place, LintCode::AdmissionNotAsked, NOT_ASKED);
            }
        }
        somewhere.extend(together);
    }
    for (moved, moves) in &all.moves {
        let ours = all.groups_of(*moved);
        let lets_out =
            |rule: &&RuleOf<'_>| rule.direction == Direction::Egress && ours.contains(&rule.group);
        let rules = all.rules.keys().filter(lets_out).copied();
        let rules: BTreeSet<Asked<'_>> = rules.map(Asked::Rule).collect();
        one_of(findings, moves, &rules);
        for alb in all.leads.get(moved).into_iter().flatten() {
            // Which groups the ALB has only the account tells.
            lets_in(findings, moves, |asked| match asked {
                Asked::Rule(rule) => is_way_in(rule) && !rule.group.is_made(),
                Asked::Link(_, to, _) => *to == alb,
            });
        }
    }
    for (rule, place) in &all.rules {
        if !somewhere.contains(&Asked::Rule(*rule)) {
            let what = "no step that moves requests asks whether this rule still stands";
            findings.at(*place, LintCode::AdmissionNotAsked, what);
        }
    }
}

/// As [`check`], knowing each ALB: what leads to one that the plan opens asks for a rule of its groups,
/// and what leads to another one asks about a port on which it listens.
pub(super) fn check_on<'p>(
    findings: &mut Findings<'p>,
    known: impl Fn(&LoadBalancerArn) -> Option<&'p LoadBalancer>,
) {
    let all = Admission::of(findings);
    for (moved, moves) in &all.moves {
        let ours = all.groups_of(*moved);
        for alb in all.leads.get(moved).into_iter().flatten() {
            let known = known(alb);
            let groups = known.iter().flat_map(|known| &known.security_groups);
            let groups: BTreeSet<Value<'_>> =
                groups.map(|group| Value::Known(group.as_str())).collect();
            for direction in [Direction::Ingress, Direction::Egress] {
                let passes = |rule: &&RuleOf<'_>| {
                    let (inside, outside) = match direction {
                        Direction::Ingress => (rule.peer, rule.group),
                        Direction::Egress => (rule.group, rule.peer),
                    };
                    rule.direction == direction
                        && ours.contains(&inside)
                        && groups.contains(&outside)
                };
                let rules = all.rules.keys().filter(passes).copied();
                let rules = rules.map(Asked::Rule).collect();
                one_of(findings, moves, &rules);
            }
            if !groups.is_empty() {
                let listeners = known.and_then(|known| known.listeners.as_deref());
                let listens = |port| {
                    listeners.is_none_or(|all| all.iter().any(|known| known.port == Some(port)))
                };
                lets_in(findings, moves, |asked| match asked {
                    Asked::Rule(rule) => is_way_in(rule) && groups.contains(&rule.group),
                    Asked::Link(_, to, port) => *to == alb && listens(*port),
                });
            }
        }
    }
}

/// Every one of these steps asks for one of the rules; where there is none, it need not.
fn one_of(findings: &mut Findings<'_>, moves: &[(usize, &Step)], rules: &BTreeSet<Asked<'_>>) {
    for (place, step) in moves {
        if !rules.is_empty() && asked(step).is_disjoint(rules) {
            findings.at(*place, LintCode::AdmissionNotAsked, NOT_ASKED);
        }
    }
}

fn is_way_in(rule: &RuleOf<'_>) -> bool {
    rule.direction == Direction::Ingress
}

/// Every one of these steps asks what tells that an ALB lets the link in.
fn lets_in(
    findings: &mut Findings<'_>,
    moves: &[(usize, &Step)],
    tells: impl Fn(&Asked<'_>) -> bool,
) {
    for (place, step) in moves {
        if !asked(step).iter().any(&tells) {
            findings.at(*place, LintCode::AdmissionNotAsked, NOT_ASKED);
        }
    }
}
