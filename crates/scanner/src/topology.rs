//! The graph of a region's links, load balancers, listeners and target groups.
//!
//! petgraph stays inside: typed ids go in, typed ids come out. Owns what leads where; does not
//! know APIs or verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, EdgeRef};
use unbridge_model::apigateway::LinkReach;
use unbridge_model::assessment::{LinkVersion, Way};
use unbridge_model::call::CallKind;
use unbridge_model::elb::{Action, Listener, LoadBalancerType, Target, TargetGroup, TargetType};
use unbridge_model::finding::ApiRef;
use unbridge_model::id::{
    ListenerArn, LoadBalancerArn, StageName, TargetGroupArn, VpcId, VpcLinkId,
};
use unbridge_model::network::EndpointService;
use unbridge_model::route::{Broken, End, Hop, Unfollowed};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::sight::Sight;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Stage(Arc<ApiRef>, Option<StageName>),
    Link(LinkVersion, VpcLinkId),
    LoadBalancer(LoadBalancerArn),
    Listener(ListenerArn),
    Group(TargetGroupArn),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Edge {
    /// A stage to the link, or without one the load balancer, that its methods use.
    Uses,
    /// A version 1 link to its NLB.
    Targets,
    /// A load balancer to its listener on a port.
    Listens(u16),
    /// An NLB's listener to a group, with its weight.
    Forwards(u16),
    /// A group to an ALB that it holds, and the port traffic arrives on there.
    Registers(u16),
}

/// The weight of a group that is forwarded to without one.
const WHOLE: u16 = 1;

/// What a target group of an NLB leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupReach {
    /// ALBs, and the port traffic arrives on; by their ARN or by their nodes' addresses.
    Albs(Vec<(LoadBalancerArn, u16)>),
    /// Targets that are no ALB.
    Other,
    /// No target at all.
    Empty,
    /// It could not be seen.
    Unseen,
}

/// A group that an NLB's listener forwards to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forward {
    /// The group.
    pub(crate) group: TargetGroupArn,
    /// Its weight.
    pub(crate) weight: u16,
    /// What it leads to; `None` when the group does not exist.
    pub(crate) reach: Option<GroupReach>,
}

/// A listener of an NLB and what it forwards to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenerReach {
    /// The listener's port.
    pub(crate) port: u16,
    /// Its groups, heaviest first.
    pub(crate) forwards: Vec<Forward>,
    /// What it does, as read.
    pub(crate) actions: Vec<Action>,
}

/// A contradiction inside a graph: a bug, not bad input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the graph contradicts itself: {0}")]
pub struct Inconsistent(String);

/// The graph of one region.
pub(crate) struct Topology<'s> {
    graph: DiGraph<Node, Edge>,
    nodes: BTreeMap<Node, NodeIndex>,
    facts: &'s RegionFacts,
    sight: &'s Sight<'s>,
    alb_addresses: Addresses<'s>,
    groups: BTreeMap<&'s LoadBalancerArn, Vec<&'s TargetGroup>>,
    services: BTreeMap<&'s LoadBalancerArn, Vec<&'s EndpointService>>,
}

impl<'s> Topology<'s> {
    /// The graph of what was read of a region.
    pub(crate) fn build(facts: &'s RegionFacts, sight: &'s Sight<'s>) -> Self {
        let alb_addresses = alb_addresses(facts);
        let groups = by_balancer(facts.target_groups.values(), |group| &group.load_balancers);
        let services = by_balancer(facts.endpoint_services.iter(), |service| {
            &service.load_balancers
        });
        let (graph, nodes) = (DiGraph::new(), BTreeMap::new());
        let mut topology = Self {
            graph,
            nodes,
            facts,
            sight,
            alb_addresses,
            groups,
            services,
        };
        for lb in facts.load_balancers.values() {
            topology.node(Node::LoadBalancer(lb.arn.clone()));
        }
        for group in facts.target_groups.values() {
            topology.add_group(group);
        }
        for lb in facts.load_balancers.values() {
            for listener in lb.listeners.iter().flatten() {
                topology.add_listener(&lb.arn, lb.kind, listener);
            }
        }
        for link in facts.v1_links.values().chain(facts.v2_links.values()) {
            match &link.reach {
                LinkReach::V1 { targets } => {
                    let node = topology.node(Node::Link(LinkVersion::V1, link.id.clone()));
                    for target in targets {
                        topology.connect(node, &Node::LoadBalancer(target.clone()), Edge::Targets);
                    }
                }
                LinkReach::V2 { .. } => {
                    topology.node(Node::Link(LinkVersion::V2, link.id.clone()));
                }
            }
        }
        topology
    }

    fn node(&mut self, node: Node) -> NodeIndex {
        let graph = &mut self.graph;
        *self
            .nodes
            .entry(node)
            .or_insert_with_key(|node| graph.add_node(node.clone()))
    }

    /// An edge to a node that exists; what does not exist has no edge and is broken.
    fn connect(&mut self, from: NodeIndex, to: &Node, edge: Edge) {
        if let Some(&to) = self.nodes.get(to) {
            self.graph.add_edge(from, to, edge);
        }
    }

    fn add_group(&mut self, group: &TargetGroup) {
        let node = self.node(Node::Group(group.arn.clone()));
        for (alb, port) in self.albs_in(group) {
            self.connect(node, &Node::LoadBalancer(alb), Edge::Registers(port));
        }
    }

    fn add_listener(&mut self, lb: &LoadBalancerArn, kind: LoadBalancerType, listener: &Listener) {
        let node = self.node(Node::Listener(listener.arn.clone()));
        if let (Some(port), Some(&lb)) = (
            listener.port,
            self.nodes.get(&Node::LoadBalancer(lb.clone())),
        ) {
            self.graph.add_edge(lb, node, Edge::Listens(port));
        }
        if kind == LoadBalancerType::Network {
            for (group, weight) in forwards(&listener.default_actions) {
                self.connect(node, &Node::Group(group.clone()), Edge::Forwards(weight));
            }
        }
    }

    /// The ALBs whose ARN or addresses a group holds, with the port traffic arrives on.
    pub(crate) fn albs_in(&self, group: &TargetGroup) -> Vec<(LoadBalancerArn, u16)> {
        let mut albs: Vec<_> = group
            .targets
            .iter()
            .flatten()
            .filter_map(|target| {
                let port = target.port.or(group.port)?;
                Some((self.alb_of(group, target)?, port))
            })
            .collect();
        albs.sort();
        albs.dedup();
        albs
    }

    fn alb_of(&self, group: &TargetGroup, target: &Target) -> Option<LoadBalancerArn> {
        match group.target_type {
            TargetType::Alb => LoadBalancerArn::new(target.id.clone()).ok(),
            TargetType::Ip => {
                let address = (group.vpc.as_ref()?, target.id.as_str());
                self.alb_addresses.get(&address).map(|alb| (*alb).clone())
            }
            TargetType::Instance | TargetType::Lambda | TargetType::Unknown(_) => None,
        }
    }

    fn is(&self, arn: &LoadBalancerArn, kind: LoadBalancerType) -> bool {
        self.facts
            .load_balancers
            .get(arn)
            .is_some_and(|lb| lb.kind == kind)
    }

    /// What a target group leads to.
    pub(crate) fn group_reach(&self, group: &TargetGroup) -> GroupReach {
        let Some(targets) = &group.targets else {
            // Never asked for, because no ALB can be in it.
            return match group.target_type {
                TargetType::Instance | TargetType::Lambda => GroupReach::Other,
                TargetType::Ip if !self.any_alb() => GroupReach::Other,
                TargetType::Ip | TargetType::Alb | TargetType::Unknown(_) => GroupReach::Unseen,
            };
        };
        if targets.is_empty() {
            return GroupReach::Empty;
        }
        let albs = self.albs_in(group);
        match group.target_type {
            TargetType::Alb => GroupReach::Albs(albs),
            TargetType::Instance | TargetType::Lambda => GroupReach::Other,
            TargetType::Unknown(_) => GroupReach::Unseen,
            TargetType::Ip
                if !self.only_stale_strangers(group, targets)
                    && self.sight.failed(CallKind::DescribeNetworkInterfaces, None) =>
            {
                GroupReach::Unseen
            }
            TargetType::Ip if albs.is_empty() || !self.only_stale_strangers(group, targets) => {
                GroupReach::Other
            }
            TargetType::Ip => GroupReach::Albs(albs),
        }
    }

    fn any_alb(&self) -> bool {
        self.sight.failed(CallKind::DescribeLoadBalancers, None)
            || self
                .facts
                .load_balancers
                .values()
                .any(|lb| lb.kind == LoadBalancerType::Application)
    }

    /// An ALB's addresses rotate, so strangers are expected in a group that follows them; but only
    /// among targets that get no traffic. With no healthy target at all an NLB sends to every one.
    fn only_stale_strangers(&self, group: &TargetGroup, targets: &[Target]) -> bool {
        let healthy = targets.iter().any(|target| target.health == "healthy");
        targets
            .iter()
            .all(|target| self.alb_of(group, target).is_some() || (healthy && is_stale(target)))
    }

    /// Targets of an `ip` group that are no ALB's address any more.
    pub(crate) fn stale_targets(&self, group: &TargetGroup) -> Vec<Text> {
        let stale = group
            .targets
            .iter()
            .flatten()
            .filter(|target| self.alb_of(group, target).is_none());
        stale.map(|target| target.id.clone()).collect()
    }

    /// The listeners of an NLB; `None` when they were not read.
    pub(crate) fn listeners(&self, nlb: &LoadBalancerArn) -> Option<Vec<ListenerReach>> {
        let listeners = self.facts.load_balancers.get(nlb)?.listeners.as_ref()?;
        Some(
            listeners
                .iter()
                .filter_map(|listener| self.listener_reach(listener))
                .collect(),
        )
    }

    fn listener_reach(&self, listener: &Listener) -> Option<ListenerReach> {
        let mut forwards: Vec<Forward> = forwards(&listener.default_actions)
            .map(|(arn, weight)| {
                let reach = self
                    .facts
                    .target_groups
                    .get(arn)
                    .map(|group| self.group_reach(group));
                let unlisted = self.sight.failed(CallKind::DescribeTargetGroups, None);
                let reach = reach.or(unlisted.then_some(GroupReach::Unseen));
                Forward {
                    group: arn.clone(),
                    weight,
                    reach,
                }
            })
            .collect();
        forwards.sort_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.group.cmp(&b.group)));
        Some(ListenerReach {
            port: listener.port?,
            forwards,
            actions: listener.default_actions.clone(),
        })
    }

    /// The groups that a load balancer forwards to.
    pub(crate) fn groups_of(&self, lb: &LoadBalancerArn) -> impl Iterator<Item = &'s TargetGroup> {
        self.groups.get(lb).into_iter().flatten().copied()
    }

    /// The endpoint services on a load balancer.
    pub(crate) fn services_on(
        &self,
        lb: &LoadBalancerArn,
    ) -> impl Iterator<Item = &'s EndpointService> {
        self.services.get(lb).into_iter().flatten().copied()
    }

    /// The version 1 links that target an NLB.
    pub(crate) fn v1_links_over(&self, nlb: &LoadBalancerArn) -> impl Iterator<Item = &VpcLinkId> {
        let node = self.nodes.get(&Node::LoadBalancer(nlb.clone()));
        let links = node
            .into_iter()
            .flat_map(|node| self.graph.neighbors_directed(*node, Direction::Incoming));
        let mut links: Vec<_> = links
            .filter_map(|index| match &self.graph[index] {
                Node::Link(LinkVersion::V1, id) => Some(id),
                Node::Link(LinkVersion::V2, _)
                | Node::Stage(..)
                | Node::LoadBalancer(_)
                | Node::Listener(_)
                | Node::Group(_) => None,
            })
            .collect();
        links.sort();
        links.into_iter()
    }

    /// Notes that a stage's methods take this way.
    pub(crate) fn add_use(&mut self, api: &Arc<ApiRef>, stage: Option<&StageName>, way: &Way) {
        let entry = match way.hops.first() {
            Some(Hop::VpcLinkV1(id)) => Node::Link(LinkVersion::V1, id.clone()),
            Some(Hop::VpcLinkV2(id)) => Node::Link(LinkVersion::V2, id.clone()),
            Some(Hop::NlbListener { nlb: lb, .. } | Hop::AlbListener { alb: lb, .. }) => {
                Node::LoadBalancer(lb.clone())
            }
            Some(Hop::TargetGroup(_)) | None => return,
        };
        if let Some(&entry) = self.nodes.get(&entry) {
            let stage = self.node(Node::Stage(Arc::clone(api), stage.cloned()));
            if !self.graph.contains_edge(stage, entry) {
                self.graph.add_edge(stage, entry, Edge::Uses);
            }
        }
    }

    /// Whether some stage, or some draft, uses a link.
    pub(crate) fn is_used(&self, version: LinkVersion, link: &VpcLinkId) -> bool {
        let node = self.nodes.get(&Node::Link(version, link.clone()));
        node.is_some_and(|node| {
            self.graph
                .neighbors_directed(*node, Direction::Incoming)
                .next()
                .is_some()
        })
    }

    /// The ALBs that a load balancer's listeners lead to, by ARN.
    pub(crate) fn albs_behind(&self, nlb: &LoadBalancerArn) -> BTreeSet<LoadBalancerArn> {
        let Some(&start) = self.nodes.get(&Node::LoadBalancer(nlb.clone())) else {
            return BTreeSet::new();
        };
        let mut found = BTreeSet::new();
        let mut walk = Dfs::new(&self.graph, start);
        while let Some(index) = walk.next(&self.graph) {
            if let Node::LoadBalancer(arn) = &self.graph[index]
                && self.is(arn, LoadBalancerType::Application)
            {
                found.insert(arn.clone());
            }
        }
        found
    }

    /// The way from a version 1 link, entering its NLB on `port`.
    pub(crate) fn through_v1_link(&self, link: &VpcLinkId, port: u16) -> Way {
        let hop = Hop::VpcLinkV1(link.clone());
        let targets = self.facts.v1_links.get(link).map(|link| &link.reach);
        let Some(LinkReach::V1 { targets }) = targets else {
            return Way {
                hops: vec![hop],
                end: End::Broken(Broken::LinkMissing {
                    link: link.clone().into(),
                }),
                sent: None,
            };
        };
        match targets.first() {
            Some(nlb) => self.enter(vec![hop], nlb, port),
            None => Way {
                hops: vec![hop],
                end: End::Broken(Broken::LinkEmpty { link: link.clone() }),
                sent: None,
            },
        }
    }

    /// The way on from a load balancer entered on `port`.
    pub(crate) fn enter(&self, mut hops: Vec<Hop>, lb: &LoadBalancerArn, port: u16) -> Way {
        let end = match self.facts.load_balancers.get(lb).map(|lb| lb.kind) {
            Some(LoadBalancerType::Application) => self.at_alb(&mut hops, lb, port),
            Some(LoadBalancerType::Network | LoadBalancerType::Gateway) => {
                self.through_nlb(&mut hops, lb, port)
            }
            None => self.missing(lb),
        };
        Way {
            hops,
            end,
            sent: None,
        }
    }

    fn missing(&self, lb: &LoadBalancerArn) -> End {
        if self.sight.failed(CallKind::DescribeLoadBalancers, None) {
            End::Unseen(Unfollowed::LoadBalancer(lb.clone().into()))
        } else {
            End::Broken(Broken::LoadBalancerMissing {
                arn: lb.clone().into(),
            })
        }
    }

    fn through_nlb(&self, hops: &mut Vec<Hop>, nlb: &LoadBalancerArn, port: u16) -> End {
        hops.push(Hop::NlbListener {
            nlb: nlb.clone(),
            port,
        });
        let Some(listeners) = self.listeners(nlb) else {
            return End::Unseen(Unfollowed::LoadBalancer(nlb.clone().into()));
        };
        let Some(listener) = listeners.into_iter().find(|listener| listener.port == port) else {
            return End::Broken(Broken::ListenerMissing {
                load_balancer: nlb.clone(),
                port,
            });
        };
        let Some(Forward { group, reach, .. }) = listener.forwards.into_iter().next() else {
            return End::Broken(Broken::ListenerForwardsNowhere {
                load_balancer: nlb.clone(),
                port,
            });
        };
        hops.push(Hop::TargetGroup(group.clone()));
        match reach {
            None => End::Broken(Broken::GroupMissing { group }),
            Some(GroupReach::Empty) => End::Broken(Broken::GroupEmpty { group }),
            Some(GroupReach::Unseen) => End::Unseen(Unfollowed::TargetGroup(group)),
            Some(GroupReach::Other) => End::OtherTargets { group },
            Some(GroupReach::Albs(albs)) => match albs.first() {
                Some((alb, _)) if !self.facts.load_balancers.contains_key(alb) => self.missing(alb),
                Some((alb, port)) => self.at_alb(hops, alb, *port),
                None => End::Broken(Broken::GroupEmpty { group }),
            },
        }
    }

    fn at_alb(&self, hops: &mut Vec<Hop>, alb: &LoadBalancerArn, port: u16) -> End {
        let listeners = self
            .facts
            .load_balancers
            .get(alb)
            .and_then(|lb| lb.listeners.as_ref());
        let Some(listeners) = listeners else {
            return End::Unseen(Unfollowed::LoadBalancer(alb.clone().into()));
        };
        let Some(listener) = listeners
            .iter()
            .find(|listener| listener.port == Some(port))
        else {
            return End::Broken(Broken::ListenerMissing {
                load_balancer: alb.clone(),
                port,
            });
        };
        hops.push(Hop::AlbListener {
            alb: alb.clone(),
            port,
            listener: listener.arn.clone(),
        });
        End::Alb {
            alb: alb.clone(),
            port,
        }
    }

    /// Checks that nodes, edges and the facts they were made from agree.
    ///
    /// # Errors
    /// [`Inconsistent`] says what does not.
    pub(crate) fn verify(&self) -> Result<(), Inconsistent> {
        if self.nodes.len() != self.graph.node_count() {
            return Err(Inconsistent(format!(
                "{} names for {} nodes",
                self.nodes.len(),
                self.graph.node_count()
            )));
        }
        for (node, index) in &self.nodes {
            if self.graph.node_weight(*index) != Some(node) {
                return Err(Inconsistent(format!(
                    "{node:?} is found under another name"
                )));
            }
        }
        for edge in self.graph.edge_references() {
            let (from, to) = (&self.graph[edge.source()], &self.graph[edge.target()]);
            if !self.is_lawful(from, edge.weight(), to) {
                return Err(Inconsistent(format!(
                    "{from:?} cannot lead to {to:?} by {:?}",
                    edge.weight()
                )));
            }
        }
        let listeners: usize = self
            .facts
            .load_balancers
            .values()
            .map(|lb| lb.listeners.iter().flatten().count())
            .sum();
        let facts = self.facts.v1_links.len()
            + self.facts.v2_links.len()
            + self.facts.load_balancers.len()
            + self.facts.target_groups.len()
            + listeners;
        let nodes = self
            .nodes
            .keys()
            .filter(|node| !matches!(node, Node::Stage(..)))
            .count();
        if facts != nodes {
            return Err(Inconsistent(format!("{nodes} nodes for {facts} facts")));
        }
        Ok(())
    }

    fn is_lawful(&self, from: &Node, edge: &Edge, to: &Node) -> bool {
        match (from, edge, to) {
            (Node::Link(LinkVersion::V1, _), Edge::Targets, Node::LoadBalancer(_)) => true,
            (Node::LoadBalancer(lb), Edge::Listens(_), Node::Listener(listener)) => {
                listener.load_balancer().as_ref() == Some(lb)
            }
            (Node::Listener(listener), Edge::Forwards(_), Node::Group(_)) => listener
                .load_balancer()
                .is_some_and(|lb| self.is(&lb, LoadBalancerType::Network)),
            (Node::Group(_), Edge::Registers(_), Node::LoadBalancer(_)) => true,
            (Node::Stage(..), Edge::Uses, Node::Link(..) | Node::LoadBalancer(_)) => true,
            (
                Node::Stage(..)
                | Node::Link(..)
                | Node::LoadBalancer(_)
                | Node::Listener(_)
                | Node::Group(_),
                _,
                _,
            ) => false,
        }
    }
}

/// Things by the load balancers they name.
fn by_balancer<'s, T>(
    things: impl Iterator<Item = &'s T>,
    balancers: impl Fn(&'s T) -> &'s [LoadBalancerArn],
) -> BTreeMap<&'s LoadBalancerArn, Vec<&'s T>> {
    let mut by_balancer: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for thing in things {
        for lb in balancers(thing) {
            by_balancer.entry(lb).or_default().push(thing);
        }
    }
    by_balancer
}

/// ALBs by the addresses of their network interfaces. Networks may overlap, so an address only
/// means something within its VPC.
type Addresses<'s> = BTreeMap<(&'s VpcId, &'s str), &'s LoadBalancerArn>;

fn alb_addresses(facts: &RegionFacts) -> Addresses<'_> {
    let albs = facts
        .load_balancers
        .values()
        .filter(|lb| lb.kind == LoadBalancerType::Application);
    let by_tail: BTreeMap<_, _> = albs
        .filter_map(|alb| Some((alb.arn.tail(), (alb.vpc.as_ref()?, &alb.arn))))
        .collect();
    let interfaces = facts.network_interfaces.iter();
    interfaces
        .filter_map(|interface| Some((interface, *by_tail.get(interface.load_balancer.as_str())?)))
        .flat_map(|(interface, (vpc, alb))| {
            interface
                .addresses
                .iter()
                .map(move |a| ((vpc, a.as_str()), alb))
        })
        .collect()
}

fn is_stale(target: &Target) -> bool {
    matches!(target.health.as_str(), "unhealthy" | "unused" | "draining")
}

/// The groups that actions forward to, with their weights.
pub(crate) fn forwards(actions: &[Action]) -> impl Iterator<Item = (&TargetGroupArn, u16)> {
    let groups = actions.iter().filter_map(|action| match action {
        Action::Forward { groups } => Some(groups),
        Action::Redirect { .. }
        | Action::FixedResponse { .. }
        | Action::Authenticate { .. }
        | Action::Unknown { .. } => None,
    });
    groups
        .flatten()
        .map(|weighted| (&weighted.group, weighted.weight.unwrap_or(WHOLE)))
}

#[cfg(test)]
mod tests;
