//! Objects of the old way that somebody else keeps (H16): what is to be removed there.

use unbridge_model::finding::OwnedKind;
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool};
use unbridge_model::plan::waiting::Subject;
use unbridge_model::text::Text;

use super::old_way::OldWay;
use crate::ground::Ground;
use crate::owners::{ForOwners, Owner, Owners, row, set, waiting};

/// What waits for owners of the links, the NLB and its target groups, and what they have to remove.
pub(super) fn elsewhere(ground: &Ground<'_>, way: &OldWay<'_>) -> ForOwners<'static> {
    let owners = Owners::of(std::iter::once(way.nlb));
    let nlb = || Subject::Nlb(way.nlb.arn.clone());
    let links = way.links.iter().map(|link| {
        let subject = Subject::VpcLink(link.id.clone());
        (
            OwnedKind::VpcLink,
            Text::from(link.id.clone()),
            &link.name,
            subject,
        )
    });
    let balancer = (
        OwnedKind::LoadBalancer,
        Text::from(way.nlb.arn.clone()),
        &way.nlb.name,
        nlb(),
    );
    let groups = way.groups.iter().map(|group| {
        let id = Text::from(group.arn.clone());
        (OwnedKind::TargetGroup, id, &group.name, nlb())
    });
    let mut told = ForOwners::default();
    for (kind, id, name, subject) in links.chain([balancer]).chain(groups) {
        if let Some(owner) = owners.keeps(ground, kind, &id) {
            told.waiting.push(waiting(&owner, subject, &id));
            told.elsewhere.push(removed(&owner, kind, &id, name));
        }
    }
    told
}

/// A whole object that is to be removed where it is described.
fn removed(owner: &Owner, kind: OwnedKind, id: &Text, name: &Text) -> Elsewhere {
    let mut row = row(owner, kind, id, word(owner.tool, kind), name.clone());
    row.set = vec![set("the whole resource", Some(name.clone()), "<removed>")];
    row
}

/// A rule of an ALB's group that is to be removed where the group is described.
pub(super) fn rule_removed(owner: &Owner, id: &Text, lets_in: &Text) -> Elsewhere {
    let kind = OwnedKind::SecurityGroup;
    let mut row = row(owner, kind, id, word(owner.tool, kind), id.clone());
    row.set = vec![set("ingress", Some(lets_in.clone()), "<removed>")];
    row
}

/// An owner's word for an object. Source: CloudFormation template reference; Terraform's AWS provider.
fn word(tool: OwnerTool, kind: OwnedKind) -> &'static str {
    use OwnedKind as K;
    match (tool, kind) {
        (OwnerTool::Cloudformation, K::VpcLink) => "AWS::ApiGateway::VpcLink",
        (OwnerTool::Cloudformation, K::LoadBalancer) => "AWS::ElasticLoadBalancingV2::LoadBalancer",
        (OwnerTool::Cloudformation, K::TargetGroup) => "AWS::ElasticLoadBalancingV2::TargetGroup",
        (OwnerTool::Cloudformation, K::SecurityGroup) => "AWS::EC2::SecurityGroup",
        (OwnerTool::Terraform, K::VpcLink) => "aws_api_gateway_vpc_link",
        (OwnerTool::Terraform, K::LoadBalancer) => "aws_lb",
        (OwnerTool::Terraform, K::TargetGroup) => "aws_lb_target_group",
        (OwnerTool::Terraform, K::SecurityGroup) => "aws_security_group",
        (_, K::VpcLink) => "VPC link of version 1",
        (_, K::LoadBalancer) => "load balancer",
        (_, K::TargetGroup) => "target group",
        (_, K::SecurityGroup) => "security group",
        // A retirement changes neither.
        (_, K::Api) => "API",
        (_, K::Stage) => "stage",
    }
}
