//! What [`Topology::verify`] notices: nobody else can bring a graph into such a state.

use unbridge_model::id::Region;

use super::*;

const ALB: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/0123456789abcdef";

/// Whether the graph of an empty region still verifies after this.
fn verifies(change: impl FnOnce(&mut Topology<'_>)) -> bool {
    let region = Region::new("eu-west-1").expect("a region");
    let (facts, sight) = (RegionFacts::default(), Sight::new(&[], &region));
    let mut topology = Topology::build(&facts, &sight);
    change(&mut topology);
    topology.verify().is_ok()
}

fn alb() -> LoadBalancerArn {
    LoadBalancerArn::new(ALB).expect("an ARN")
}

fn link(id: &str) -> Node {
    Node::Link(LinkVersion::V1, VpcLinkId::new(id).expect("an id"))
}

#[test]
fn a_graph_of_nothing_verifies() {
    assert!(verifies(|_| ()));
}

#[test]
fn a_node_without_a_fact_is_a_contradiction() {
    assert!(!verifies(|topology| {
        topology.node(Node::LoadBalancer(alb()));
    }));
}

#[test]
fn a_node_without_a_name_is_a_contradiction() {
    assert!(!verifies(|topology| {
        topology.graph.add_node(Node::LoadBalancer(alb()));
    }));
}

#[test]
fn a_node_under_another_name_is_a_contradiction() {
    assert!(!verifies(|topology| {
        let index = topology.graph.add_node(link("abc123"));
        topology.nodes.insert(link("def456"), index);
    }));
}

/// Only an NLB's listeners forward to groups that chains follow.
#[test]
fn edges_lead_only_where_such_things_lead() {
    let listener = ListenerArn::new(
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/0123456789abcdef/fedcba9876543210",
    );
    let group = TargetGroupArn::new(
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/g/0123456789abcdef",
    );
    let (listener, group) = (listener.expect("an ARN"), group.expect("an ARN"));
    let region = Region::new("eu-west-1").expect("a region");
    let (facts, sight) = (RegionFacts::default(), Sight::new(&[], &region));
    let topology = Topology::build(&facts, &sight);
    let lawful = |from, edge, to| topology.is_lawful(&from, &edge, &to);
    let nodes = || (Node::Listener(listener.clone()), Node::Group(group.clone()));
    let (from, to) = nodes();
    assert!(!lawful(from, Edge::Forwards(1), to));
    let (to, from) = nodes();
    assert!(!lawful(from, Edge::Forwards(1), to));
    assert!(lawful(
        link("abc123"),
        Edge::Targets,
        Node::LoadBalancer(alb())
    ));
    assert!(!lawful(
        link("abc123"),
        Edge::Uses,
        Node::LoadBalancer(alb())
    ));
}
