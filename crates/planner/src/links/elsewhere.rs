//! The rule that lets a link into an ALB, in the words of who owns the security group (H16, H33).
//!
//! It names the address ranges of the link's subnets, since the link's own group does not exist yet:
//! once it is there, nothing has to be added.

use std::collections::BTreeSet;

use unbridge_model::finding::OwnedKind;
use unbridge_model::network::{SecurityGroup, Subnet};
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool, PropertyChange};
use unbridge_model::text::Text;
use unbridge_scanner::passage::{is_about, range_passes};

use super::site::Site;
use crate::owners::Owner;

/// Rules of this group that let these subnets into an ALB on these ports, for those that do not yet
/// pass.
pub(super) fn opened_there(
    owner: &Owner,
    group: &SecurityGroup,
    site: &Site<'_>,
    subnets: &[&Subnet],
    ports: &[u16],
) -> Vec<Elsewhere> {
    let mut changes = Vec::new();
    for port in ports.iter().copied() {
        let passes = |subnet: &&&Subnet| {
            let rules = site.groups.iter().flat_map(|group| &group.ingress);
            range_passes(rules, port, &subnet.cidr)
        };
        let ranges: BTreeSet<&Text> = subnets
            .iter()
            .filter(|subnet| !passes(subnet))
            .map(|subnet| &subnet.cidr)
            .collect();
        match owner.tool {
            OwnerTool::Kubernetes => changes.push(by_ingress(owner, group, port, &ranges)),
            OwnerTool::Terraform
            | OwnerTool::Cloudformation
            | OwnerTool::Beanstalk
            | OwnerTool::RefactorSpaces
            | OwnerTool::Unknown => {
                let rules = ranges.into_iter();
                changes.extend(rules.map(|range| by_rule(owner, group, port, range)));
            }
        }
    }
    changes
}

/// An owner's words for a rule: the resource, the group, the protocol, both ports, the range.
type RuleWords = (&'static str, [&'static str; 5]);

/// Source: Terraform's AWS provider, `aws_vpc_security_group_ingress_rule`.
const TERRAFORM: RuleWords = (
    "aws_vpc_security_group_ingress_rule",
    [
        "security_group_id",
        "ip_protocol",
        "from_port",
        "to_port",
        "cidr_ipv4",
    ],
);

/// Source: CloudFormation template reference, `AWS::EC2::SecurityGroupIngress`. Elastic Beanstalk
/// takes it in `.ebextensions`.
const CLOUDFORMATION: RuleWords = (
    "AWS::EC2::SecurityGroupIngress",
    ["GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp"],
);

/// Source: EC2 API reference, `AuthorizeSecurityGroupIngress`.
const EC2: RuleWords = (
    "AuthorizeSecurityGroupIngress",
    ["GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp"],
);

fn by_rule(owner: &Owner, group: &SecurityGroup, port: u16, range: &Text) -> Elsewhere {
    let (resource, words) = match owner.tool {
        OwnerTool::Terraform => TERRAFORM,
        OwnerTool::Cloudformation | OwnerTool::Beanstalk => CLOUDFORMATION,
        OwnerTool::Kubernetes | OwnerTool::RefactorSpaces | OwnerTool::Unknown => EC2,
    };
    let values = [
        group.id.to_string(),
        "tcp".to_owned(),
        port.to_string(),
        port.to_string(),
        range.to_string(),
    ];
    let set = words.into_iter().zip(values);
    change(
        owner,
        group,
        resource,
        format!("TCP {port} from {range}"),
        |property| {
            property.extend(set.map(|(property, new)| PropertyChange {
                property: Text::new(property),
                old: None,
                new: Text::from(new),
            }));
        },
    )
}

/// The AWS Load Balancer Controller writes the rules of the groups it made from one annotation.
///
/// Source: AWS Load Balancer Controller, Ingress annotations, `inbound-cidrs`.
fn by_ingress(
    owner: &Owner,
    group: &SecurityGroup,
    port: u16,
    ranges: &BTreeSet<&Text>,
) -> Elsewhere {
    let about = group.ingress.iter().filter(|rule| is_about(rule, port));
    let known = about.flat_map(|rule| &rule.peers);
    let known: Vec<&str> = known
        .map(Text::as_str)
        .filter(|peer| peer.contains('/'))
        .collect();
    let all = known
        .iter()
        .copied()
        .chain(ranges.iter().map(|r| r.as_str()));
    let all: Vec<&str> = all.collect();
    change(owner, group, "Ingress", format!("TCP {port}"), |property| {
        property.push(PropertyChange {
            property: Text::new("metadata.annotations[alb.ingress.kubernetes.io/inbound-cidrs]"),
            old: (!known.is_empty()).then(|| Text::from(known.join(","))),
            new: Text::from(all.join(",")),
        });
    })
}

fn change(
    owner: &Owner,
    group: &SecurityGroup,
    resource: &str,
    which: String,
    fill: impl FnOnce(&mut Vec<PropertyChange>),
) -> Elsewhere {
    let mut set = Vec::new();
    fill(&mut set);
    Elsewhere {
        owner: owner.tool,
        kind: OwnedKind::SecurityGroup,
        id: group.id.clone().into(),
        evidence: owner.evidence.clone(),
        resource: Text::new(resource),
        which: Text::from(which),
        set,
    }
}
