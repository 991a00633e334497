//! Security groups that somebody else keeps.

use unbridge_model::apigateway::Verb;
use unbridge_model::finding::OwnedKind;
use unbridge_model::plan::Choices;
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool};
use unbridge_model::plan::waiting::WaitingCode;
use unbridge_model::text::Text;
use unbridge_sim::build::Estate;

use super::{Links, Seen, bridge, editing, flag, shut};

/// `x-alb` behind an API, closed, and with this tag on its security group.
fn tagged(key: &str, value: &str) -> Estate {
    let estate = bridge().rest_api("api", |api| {
        api.method(Verb::Get, "/x", "x-link").deploy("prod")
    });
    shut(estate, "x-alb").security_groups_of("x-alb", |group| {
        group.tags.insert(Text::new(key), Text::new(value));
    })
}

fn set(change: &Elsewhere) -> Vec<(&str, &str)> {
    let all = change.set.iter();
    all.map(|one| (one.property.as_str(), one.new.as_str()))
        .collect()
}

/// Every change names the group, and the flag that lets it be changed here.
fn kept(seen: &Seen, owner: OwnerTool) -> Links {
    let links = seen.links(&["x-alb"], &Choices::default());
    let group = seen.group("x-alb");
    let waiting = links.waits();
    assert_eq!(waiting.code, WaitingCode::NoGroupToOpen);
    assert_eq!(flag(waiting), format!("--edit {group}"));
    assert!(links.steps.is_empty(), "{:?}", links.ids());
    for change in &links.elsewhere {
        assert_eq!(change.owner, owner);
        assert_eq!(
            (change.kind, change.id.as_str()),
            (OwnedKind::SecurityGroup, group.as_str())
        );
        assert_eq!(change.evidence.is_some(), owner != OwnerTool::Unknown);
    }
    links
}

#[test]
fn the_owner_of_a_group_is_told_the_rule_in_its_own_words_h16_h33() {
    let cases = [
        (
            "team",
            "orders",
            OwnerTool::Unknown,
            "AuthorizeSecurityGroupIngress",
            "CidrIp",
        ),
        (
            "managed-by",
            "terraform",
            OwnerTool::Terraform,
            "aws_vpc_security_group_ingress_rule",
            "cidr_ipv4",
        ),
        (
            "aws:cloudformation:stack-name",
            "net",
            OwnerTool::Cloudformation,
            "AWS::EC2::SecurityGroupIngress",
            "CidrIp",
        ),
        (
            "elasticbeanstalk:environment-id",
            "e-1",
            OwnerTool::Beanstalk,
            "AWS::EC2::SecurityGroupIngress",
            "CidrIp",
        ),
    ];
    for (key, value, owner, resource, range) in cases {
        let seen = Seen::of(tagged(key, value));
        let links = kept(&seen, owner);
        let ranges: Vec<&str> = links
            .elsewhere
            .iter()
            .flat_map(set)
            .filter(|(property, _)| *property == range)
            .map(|(_, new)| new)
            .collect();
        assert_eq!(
            ranges,
            ["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"],
            "{owner}"
        );
        let one = &links.elsewhere[0];
        assert_eq!(one.resource, resource);
        assert_eq!(one.which, "TCP 80 from 10.0.0.0/20");
        assert!(set(one).contains(&("FromPort", "80")) || set(one).contains(&("from_port", "80")));
        // A person may say that it is changed here all the same.
        let links = seen.links(&["x-alb"], &editing(&[&seen.group("x-alb")]));
        assert_eq!((links.count("ingress"), links.elsewhere.len()), (1, 0));
    }
}

#[test]
fn a_kubernetes_controller_takes_all_ranges_in_one_annotation_h16_h33() {
    let seen = Seen::of(tagged("elbv2.k8s.aws/cluster", "prod"));
    let links = kept(&seen, OwnerTool::Kubernetes);
    let [one] = &links.elsewhere[..] else {
        panic!("{:?}", links.elsewhere);
    };
    assert_eq!(one.resource, "Ingress");
    assert_eq!(one.set[0].old.as_deref(), Some("192.0.2.0/24"));
    assert_eq!(
        one.set[0].new,
        "192.0.2.0/24,10.0.0.0/20,10.0.16.0/20,10.0.32.0/20"
    );
}

/// H33: what the owner is told is all that is missing.
#[test]
fn once_the_owner_has_added_the_rules_nothing_has_to_be_added_h16_h33() {
    let estate = tagged("managed-by", "terraform");
    let seen = Seen::of(estate.clone());
    let told = kept(&seen, OwnerTool::Terraform).elsewhere;
    let done = told.iter().fold(estate, |estate, change| {
        let told: std::collections::BTreeMap<_, _> = set(change).into_iter().collect();
        let port = |name: &str| told[name].parse().expect("a port");
        let rule = unbridge_model::network::SecurityRule {
            protocol: Text::new(told["ip_protocol"]),
            from_port: Some(port("from_port")),
            to_port: Some(port("to_port")),
            peers: vec![Text::new(told["cidr_ipv4"])],
        };
        estate.security_groups_of("x-alb", |group| group.ingress.push(rule.clone()))
    });
    let links = Seen::of(done).links(&["x-alb"], &Choices::default());
    assert_eq!((links.reach.len(), links.count("ingress")), (1, 0));
    assert!(links.waiting.is_empty() && links.elsewhere.is_empty());
}
