//! What each change and each look at a state asks of IAM.

use std::fmt;

use super::{Book, Need, equals};
use crate::id::{
    HttpApiId, RestApiId, SecurityGroupId, StageName, TargetGroupArn, VpcId, VpcLinkId,
};
use crate::network::Direction;
use crate::plan::condition::Condition;
use crate::plan::operation::{MethodRef, Operation};
use crate::plan::value::Later;

const GET: &str = "apigateway:GET";
const POST: &str = "apigateway:POST";
const PUT: &str = "apigateway:PUT";
const PATCH: &str = "apigateway:PATCH";
const DELETE: &str = "apigateway:DELETE";

impl Book<'_> {
    /// A change, and what shows that it took place when its answer was lost.
    pub(super) fn change(&mut self, need: Need, operation: &Operation) {
        use Operation as O;
        match operation {
            O::CreateSecurityGroup { vpc, .. } => self.create_group(need, vpc),
            O::RevokeDefaultEgress { group } => {
                self.any(need, "ec2:DescribeSecurityGroups");
                self.group(need, "ec2:RevokeSecurityGroupEgress", group);
            }
            O::AuthorizeRule { group, rule } => match rule.direction {
                Direction::Ingress => self.group(need, "ec2:AuthorizeSecurityGroupIngress", group),
                Direction::Egress => self.group(need, "ec2:AuthorizeSecurityGroupEgress", group),
            },
            O::RevokeRule { group, rule } => match rule.direction {
                Direction::Ingress => self.group(need, "ec2:RevokeSecurityGroupIngress", group),
                Direction::Egress => self.group(need, "ec2:RevokeSecurityGroupEgress", group),
            },
            O::DeleteSecurityGroup { group } => {
                self.group(need, "ec2:DeleteSecurityGroup", group);
            }
            O::CreateVpcLink { .. } => self.create_link(need),
            O::DeleteVpcLink { link } => {
                let (arn, only) = (self.gateway(&link_at(link)), self.only(link));
                self.note(need, DELETE, arn, only);
                self.path(lost(need), GET, link_at(link));
            }
            O::DeleteV1Link { link } => self.delete_v1_link(need, link),
            O::UpdateIntegration { method, .. } => {
                self.changes(need, PATCH, integration(method));
                // Whether others leave the draft alone is read before what depends on it.
                self.path(
                    need,
                    GET,
                    format_args!("/restapis/{}/resources", method.api),
                );
            }
            O::CreateDeployment { api, .. } => {
                self.changes(need, POST, format_args!("/restapis/{api}/deployments"));
            }
            O::DeleteDeployment { api, deployment } => {
                self.changes(need, DELETE, deployment_at(api, &id(deployment)));
            }
            O::CreateStage {
                api, stage, like, ..
            } => self.create_stage(need, api, stage, like),
            O::FurnishStage { api, stage, like } => {
                self.path(need, GET, at(api, like));
                self.path(need, GET, at(api, stage));
                self.furnish(&at(api, stage));
            }
            O::DeleteStage { api, stage } => self.changes(need, DELETE, at(api, stage)),
            O::SetCanary { api, stage, .. }
            | O::RemoveCanary { api, stage }
            | O::SetDeployment { api, stage, .. } => self.changes(need, PATCH, at(api, stage)),
            O::CreateHttpIntegration { api, like, .. } => {
                self.path(need, GET, integration_at(api, like.as_str()));
                self.changes(need, POST, format_args!("/apis/{api}/integrations"));
            }
            O::DeleteHttpIntegration { api, integration } => {
                self.changes(need, DELETE, integration_at(api, &id(integration)));
            }
            O::UpdateRoute { api, route, .. } => {
                self.changes(need, PATCH, format_args!("/apis/{api}/routes/{route}"));
            }
            O::CreateHttpDeployment { api, .. } => {
                self.changes(need, POST, format_args!("/apis/{api}/deployments"));
            }
            O::DeleteHttpDeployment { api, deployment } => {
                self.changes(need, DELETE, http_deployment_at(api, &id(deployment)));
            }
            O::SetHttpDeployment { api, stage, .. } => {
                self.changes(need, PATCH, http_at(api, stage));
            }
            O::DeregisterTarget { group, .. } => {
                self.targets(need, "elasticloadbalancing:DeregisterTargets", group);
            }
            O::RegisterTarget { group, .. } => {
                self.targets(need, "elasticloadbalancing:RegisterTargets", group);
            }
            O::DeleteLoadBalancer { load_balancer } => {
                let arn = load_balancer.to_string();
                self.note(need, "elasticloadbalancing:DeleteLoadBalancer", arn, None);
                self.any(lost(need), "elasticloadbalancing:DescribeLoadBalancers");
            }
            O::DeleteTargetGroup { group } => {
                let arn = group.to_string();
                self.note(need, "elasticloadbalancing:DeleteTargetGroup", arn, None);
                self.any(lost(need), "elasticloadbalancing:DescribeTargetGroups");
            }
        }
    }

    /// A look at a state.
    pub(super) fn look(&mut self, need: Need, condition: &Condition) {
        use Condition as C;
        match condition {
            C::GroupStands { .. }
            | C::GroupGone { .. }
            | C::RuleStands { .. }
            | C::RuleGone { .. }
            | C::DefaultEgressGone { .. } => self.any(need, "ec2:DescribeSecurityGroups"),
            C::LinkAvailable { link } | C::LinkGone { link } => {
                self.path(need, GET, link_at(link));
            }
            C::LinkUnused { link } => {
                self.names(need);
                // Where a canary release runs what cannot be read: is it older than the link?
                self.path(Need::Perhaps, GET, link_at(link));
                self.path(Need::Perhaps, GET, "/restapis/*/deployments/*");
            }
            C::V1LinkUnused { .. } => self.names(need),
            C::LoadBalancerUnnamed { .. } => {
                self.any(need, "elasticloadbalancing:DescribeLoadBalancers");
                self.names(need);
            }
            C::LinkAdmitted { link, .. } => {
                self.path(need, GET, link_at(link));
                self.any(need, "elasticloadbalancing:DescribeLoadBalancers");
                self.any(need, "ec2:DescribeSecurityGroups");
                self.any(need, "ec2:DescribeSubnets");
            }
            C::IntegrationIs { method, .. } => self.path(need, GET, integration(method)),
            C::DeploymentStands { api, deployment } | C::DeploymentGone { api, deployment } => {
                self.path(need, GET, deployment_at(api, &id(deployment)));
            }
            C::StageRuns { api, stage, .. }
            | C::CanaryIs { api, stage, .. }
            | C::NoCanary { api, stage }
            | C::StageGone { api, stage } => self.path(need, GET, at(api, stage)),
            C::StageFurnished { api, stage, like } => {
                for stage in [stage, like] {
                    self.path(need, GET, at(api, stage));
                }
            }
            C::StagesAlike {
                api, stage, like, ..
            } => {
                for stage in [stage, like] {
                    self.path(need, GET, format_args!("{}/exports/*", at(api, stage)));
                }
            }
            C::RouteGoesTo { api, route, .. } => {
                self.path(need, GET, format_args!("/apis/{api}/routes/{route}"));
            }
            C::HttpIntegrationGone { api, integration } => {
                self.path(need, GET, integration_at(api, &id(integration)));
            }
            C::HttpDeploymentGone { api, deployment } => {
                self.path(need, GET, http_deployment_at(api, &id(deployment)));
            }
            C::HttpDeploymentUnused { api, .. } => {
                self.path(need, GET, format_args!("/apis/{api}/stages"));
            }
            C::HttpStageRuns { api, stage, .. } => self.path(need, GET, http_at(api, stage)),
            C::V1LinkGone { link } => self.path(need, GET, format_args!("/vpclinks/{link}")),
            C::TargetRegistered { .. } | C::TargetGone { .. } => {
                self.any(need, "elasticloadbalancing:DescribeTargetHealth");
            }
            C::NotProtected { .. } => {
                self.any(need, "elasticloadbalancing:DescribeLoadBalancerAttributes");
            }
            C::LoadBalancerGone { .. } => {
                self.any(need, "elasticloadbalancing:DescribeLoadBalancers");
            }
            C::TargetGroupGone { .. } => {
                self.any(need, "elasticloadbalancing:DescribeTargetGroups");
            }
        }
    }

    /// What every API of the region names.
    fn names(&mut self, need: Need) {
        for path in WHATEVER_NAMES {
            self.path(need, GET, path);
        }
    }

    /// A verb on a path that can be read back there.
    fn changes(&mut self, need: Need, verb: &'static str, path: impl fmt::Display) {
        self.path(need, verb, &path);
        self.path(lost(need), GET, path);
    }

    /// A change of a security group.
    fn group(&mut self, need: Need, action: &'static str, group: &Later<SecurityGroupId>) {
        let arn = self.own("ec2", format_args!("security-group/{}", id(group)));
        let only = self.only(group);
        self.note(need, action, arn, only);
        self.any(lost(need), "ec2:DescribeSecurityGroups");
    }

    fn targets(&mut self, need: Need, action: &'static str, group: &TargetGroupArn) {
        self.note(need, action, group.to_string(), None);
        self.any(lost(need), "elasticloadbalancing:DescribeTargetHealth");
    }

    fn create_group(&mut self, need: Need, vpc: &VpcId) {
        let action = "ec2:CreateSecurityGroup";
        // A shared VPC belongs to another account; its id is unique among all.
        let (partition, region) = (self.region.partition(), self.region);
        let vpc = format!("arn:{partition}:ec2:{region}:*:vpc/{vpc}");
        self.note(need, action, vpc, None);
        let groups = self.own("ec2", "security-group/*");
        self.note(need, action, groups.clone(), None);
        let only = equals("ec2:CreateAction", "CreateSecurityGroup");
        self.note(need, "ec2:CreateTags", groups, Some(only));
        self.any(lost(need), "ec2:DescribeSecurityGroups");
    }

    fn create_link(&mut self, need: Need) {
        self.changes(need, POST, "/vpclinks");
        // With or without the generation: seen of HTTP APIs with it, documented without it.
        self.tags(POST, "/*vpclinks/*");
        self.tags(PUT, "/*vpclinks/*");
        // AWS's reference does not list this action. CloudFormation's schema of
        // `AWS::ApiGatewayV2::VpcLink` does, and AWS was seen to ask for it.
        for path in ["/vpclinks", "/vpclinks/*"] {
            self.path(Need::Perhaps, "apigateway:TagResource", path);
        }
        let (partition, account) = (self.region.partition(), self.account);
        let service = "ops.apigateway.amazonaws.com";
        let role = format!("aws-service-role/{service}/AWSServiceRoleForAPIGateway");
        self.note(
            Need::Perhaps,
            "iam:CreateServiceLinkedRole",
            format!("arn:{partition}:iam::{account}:role/{role}"),
            Some(equals("iam:AWSServiceName", service)),
        );
    }

    /// API Gateway deletes the endpoint service behind the link with the caller's rights.
    fn delete_v1_link(&mut self, need: Need, link: &VpcLinkId) {
        self.changes(need, DELETE, format_args!("/vpclinks/{link}"));
        let services = self.own("ec2", "vpc-endpoint-service/*");
        let action = "ec2:DeleteVpcEndpointServiceConfigurations";
        self.note(Need::Perhaps, action, services, None);
    }

    fn create_stage(&mut self, need: Need, api: &RestApiId, stage: &StageName, like: &StageName) {
        let made = at(api, stage);
        self.path(need, GET, at(api, like));
        self.path(need, POST, format_args!("/restapis/{api}/stages"));
        self.path(lost(need), GET, &made);
        self.tags(PUT, &format!("/restapis/{api}/stages/*"));
        self.furnish(&made);
        // A stage that cannot be made like the other is taken away at once.
        self.path(Need::Perhaps, DELETE, made);
    }

    /// What a temporary stage gets of another one, where that has it.
    fn furnish(&mut self, made: &str) {
        self.path(Need::Perhaps, PATCH, made);
        self.path(Need::Perhaps, "apigateway:SetWebACL", made);
        let acls = self.own("wafv2", "regional/webacl/*/*");
        self.note(Need::Perhaps, "wafv2:AssociateWebACL", acls, None);
    }

    /// Tags that are given to what is made: a verb on its ARN, which stands encoded in a path.
    fn tags(&mut self, verb: &'static str, made: &str) {
        let arn = self.gateway(&made);
        let encoded = arn.replace(':', "%3A").replace('/', "%2F");
        self.path(Need::Perhaps, verb, format_args!("/tags/{encoded}"));
    }
}

/// Where a region's APIs say which links and load balancers they use.
const WHATEVER_NAMES: [&str; 8] = [
    "/restapis",
    "/restapis/*/stages",
    "/restapis/*/resources",
    "/restapis/*/stages/*/exports/*",
    "/apis",
    "/apis/*/integrations",
    "/apis/*/stages",
    "/apis/*/exports/*",
];

/// When a look is needed that tells what became of a change.
fn lost(need: Need) -> Need {
    need.max(Need::Lost)
}

/// An id as it stands in a path.
fn id<T: fmt::Display>(value: &Later<T>) -> String {
    match value {
        Later::Known(id) => id.to_string(),
        Later::From(_) => "*".to_owned(),
    }
}

fn link_at(link: &Later<VpcLinkId>) -> String {
    format!("/vpclinks/{}", id(link))
}

fn integration(method: &MethodRef) -> String {
    let MethodRef {
        api,
        resource,
        verb,
        ..
    } = method;
    format!("/restapis/{api}/resources/{resource}/methods/{verb}/integration")
}

fn deployment_at(api: &RestApiId, deployment: &str) -> String {
    format!("/restapis/{api}/deployments/{deployment}")
}

fn http_deployment_at(api: &HttpApiId, deployment: &str) -> String {
    format!("/apis/{api}/deployments/{deployment}")
}

fn integration_at(api: &HttpApiId, integration: &str) -> String {
    format!("/apis/{api}/integrations/{integration}")
}

fn at(api: &RestApiId, stage: &StageName) -> String {
    format!("/restapis/{api}/stages/{}", word(stage))
}

fn http_at(api: &HttpApiId, stage: &StageName) -> String {
    format!("/apis/{api}/stages/{}", word(stage))
}

/// A stage's name in a path. Whether AWS compares `$default` or `%24default` is not documented, so
/// such a character is left open.
fn word(stage: &StageName) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let letters = stage.as_str().chars();
    letters
        .map(|letter| if plain(letter) { letter } else { '*' })
        .collect()
}
