//! Which calls an operation is, and how what it makes is found again.

use std::collections::BTreeMap;
use std::fmt::Display;

use unbridge_model::apigateway::Tags;
use unbridge_model::id::Region;
use unbridge_model::journal::{Owner, RUN_TAG, STEP_TAG};
use unbridge_model::network::Direction;
use unbridge_model::plan::operation::{GroupRule, IntegrationPatch, MethodRef, Operation};

use super::state::{connection, look_at_group, look_at_stage};
use super::{Call, Json, Word};

/// Which calls an operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) enum Change {
    /// One. Where it makes something, it prints what.
    Call(Call),
    /// Further ones: `CreateStage` takes the variables of the stage to be like, and neither its
    /// client certificate, its throttling nor its web ACL.
    StageLike {
        look: Call,
        create: Call,
        api: String,
        stage: String,
        /// The stage's name for other services.
        arn: String,
    },
    /// What a stage that stands lacks of the one to be like.
    Furnish {
        look: Call,
        /// A look at the stage itself.
        own: Call,
        api: String,
        stage: String,
        /// The stage's name for other services.
        arn: String,
    },
    /// An integration takes everything from the one to be like but where it leads to.
    IntegrationLike { look: Call, set: Word },
    /// The rules that let everything out stand in the group; they are taken from there.
    CloseEgress { look: Call, group: Word },
}

/// Which calls this operation is.
pub(in crate::plan) fn change(operation: &Operation, owner: &Owner, region: &Region) -> Change {
    use Operation as O;
    Change::Call(match operation {
        O::CreateSecurityGroup {
            vpc,
            name,
            description,
            tags,
        } => {
            let tags = owned(tags, owner).map(|(key, value)| {
                Json::map([("Key", Json::Raw(key)), ("Value", Json::Raw(value))])
            });
            let tags = Json::map([
                ("ResourceType", Json::of("security-group")),
                ("Tags", Json::List(tags.collect())),
            ]);
            let input = Json::map([
                ("VpcId", Json::of(vpc)),
                ("GroupName", Json::of(name)),
                ("Description", Json::of(description)),
                ("TagSpecifications", Json::List(vec![tags])),
            ]);
            Call::new("ec2", "create-security-group", input).asking(Word::text("GroupId"))
        }
        O::RevokeDefaultEgress { group } => {
            let group = Word::value(group);
            // Without the other ranges that a rule may name.
            let query = "SecurityGroups[].IpPermissionsEgress[] | [?IpProtocol == `\"-1\"`].\
                         {IpProtocol: IpProtocol, \
                         IpRanges: IpRanges[?CidrIp == `\"0.0.0.0/0\"`].{CidrIp: CidrIp}, \
                         Ipv6Ranges: Ipv6Ranges[?CidrIpv6 == `\"::/0\"`].{CidrIpv6: CidrIpv6}}";
            return Change::CloseEgress {
                look: look_at_group(&group).asking(Word::text(query)),
                group,
            };
        }
        O::AuthorizeRule { group, rule } => {
            let command = match rule.direction {
                Direction::Ingress => "authorize-security-group-ingress",
                Direction::Egress => "authorize-security-group-egress",
            };
            Call::new("ec2", command, with_rule(Json::value(group), rule))
        }
        O::RevokeRule { group, rule } => {
            let command = match rule.direction {
                Direction::Ingress => "revoke-security-group-ingress",
                Direction::Egress => "revoke-security-group-egress",
            };
            Call::new("ec2", command, with_rule(Json::value(group), rule))
        }
        O::DeleteSecurityGroup { group } => {
            let input = Json::map([("GroupId", Json::value(group))]);
            Call::new("ec2", "delete-security-group", input)
        }
        O::CreateVpcLink {
            name,
            subnets,
            security_groups,
            tags,
        } => {
            let input = Json::map([
                ("Name", Json::of(name)),
                (
                    "SubnetIds",
                    Json::List(subnets.iter().map(Json::of).collect()),
                ),
                (
                    "SecurityGroupIds",
                    Json::List(security_groups.iter().map(Json::value).collect()),
                ),
                ("Tags", tag_map(tags, owner)),
            ]);
            Call::new("apigatewayv2", "create-vpc-link", input).asking(Word::text("VpcLinkId"))
        }
        O::DeleteVpcLink { link } => {
            let input = Json::map([("VpcLinkId", Json::value(link))]);
            Call::new("apigatewayv2", "delete-vpc-link", input)
        }
        O::UpdateIntegration { method, patch } => update_integration(method, patch),
        O::CreateDeployment { api, description } => {
            let input = Json::map([
                ("restApiId", Json::of(api)),
                ("description", Json::Raw(described(description, owner))),
            ]);
            Call::new("apigateway", "create-deployment", input).asking(Word::text("id"))
        }
        O::DeleteDeployment { api, deployment } => {
            let input = Json::map([
                ("restApiId", Json::of(api)),
                ("deploymentId", Json::value(deployment)),
            ]);
            Call::new("apigateway", "delete-deployment", input)
        }
        O::CreateStage {
            api,
            stage,
            deployment,
            like,
            tags,
        } => {
            let input = Json::map([
                ("restApiId", Json::of(api)),
                ("stageName", Json::of(stage)),
                ("deploymentId", Json::value(deployment)),
                ("tags", tag_map(tags, owner)),
            ]);
            return Change::StageLike {
                look: look_at_stage(api, like),
                create: Call::new("apigateway", "create-stage", input),
                api: api.to_string(),
                stage: stage.to_string(),
                arn: arn(region, api, stage),
            };
        }
        O::FurnishStage { api, stage, like } => {
            return Change::Furnish {
                look: look_at_stage(api, like),
                own: look_at_stage(api, stage),
                api: api.to_string(),
                stage: stage.to_string(),
                arn: arn(region, api, stage),
            };
        }
        O::DeleteStage { api, stage } => {
            let input = Json::map([("restApiId", Json::of(api)), ("stageName", Json::of(stage))]);
            Call::new("apigateway", "delete-stage", input)
        }
        O::SetCanary {
            api,
            stage,
            deployment,
            percent,
        } => {
            let patches = vec![
                replace("/canarySettings/deploymentId", Json::value(deployment)),
                replace("/canarySettings/percentTraffic", Json::of(percent.get())),
            ];
            update_stage(api, stage, patches)
        }
        O::RemoveCanary { api, stage } => {
            let remove = Json::map([
                ("op", Json::of("remove")),
                ("path", Json::of("/canarySettings")),
            ]);
            update_stage(api, stage, vec![remove])
        }
        O::SetDeployment {
            api,
            stage,
            deployment,
        } => update_stage(
            api,
            stage,
            vec![replace("/deploymentId", Json::value(deployment))],
        ),
        O::CreateHttpIntegration {
            api,
            like,
            link,
            listener,
        } => {
            let look = Json::map([("ApiId", Json::of(api)), ("IntegrationId", Json::of(like))]);
            let set = Json::map([
                ("ApiId", Json::of(api)),
                ("ConnectionType", Json::of("VPC_LINK")),
                ("ConnectionId", Json::value(link)),
                ("IntegrationUri", Json::of(listener)),
                ("Description", Json::of(owner.mark())),
            ]);
            return Change::IntegrationLike {
                look: Call::new("apigatewayv2", "get-integration", look),
                set: set.word(),
            };
        }
        O::DeleteHttpIntegration { api, integration } => {
            let input = Json::map([
                ("ApiId", Json::of(api)),
                ("IntegrationId", Json::value(integration)),
            ]);
            Call::new("apigatewayv2", "delete-integration", input)
        }
        O::UpdateRoute {
            api,
            route,
            key: _,
            integration,
        } => {
            let target = Word::text("integrations/").and(&Word::value(integration));
            let input = Json::map([
                ("ApiId", Json::of(api)),
                ("RouteId", Json::of(route)),
                ("Target", Json::Text(target)),
            ]);
            Call::new("apigatewayv2", "update-route", input)
        }
        O::CreateHttpDeployment { api, description } => {
            let input = Json::map([
                ("ApiId", Json::of(api)),
                ("Description", Json::Raw(described(description, owner))),
            ]);
            let call = Call::new("apigatewayv2", "create-deployment", input);
            call.asking(Word::text("DeploymentId"))
        }
        O::DeleteHttpDeployment { api, deployment } => {
            let input = Json::map([
                ("ApiId", Json::of(api)),
                ("DeploymentId", Json::value(deployment)),
            ]);
            Call::new("apigatewayv2", "delete-deployment", input)
        }
        O::SetHttpDeployment {
            api,
            stage,
            deployment,
        } => {
            let input = Json::map([
                ("ApiId", Json::of(api)),
                ("StageName", Json::of(stage)),
                ("DeploymentId", Json::value(deployment)),
            ]);
            Call::new("apigatewayv2", "update-stage", input)
        }
        O::DeleteV1Link { link } => {
            let input = Json::map([("vpcLinkId", Json::of(link))]);
            Call::new("apigateway", "delete-vpc-link", input)
        }
        O::DeregisterTarget {
            group,
            target,
            port,
        } => Call::new(
            "elbv2",
            "deregister-targets",
            with_target(group, target, *port),
        ),
        O::RegisterTarget {
            group,
            target,
            port,
        } => Call::new(
            "elbv2",
            "register-targets",
            with_target(group, target, *port),
        ),
        O::DeleteLoadBalancer { load_balancer } => {
            let input = Json::map([("LoadBalancerArn", Json::of(load_balancer))]);
            Call::new("elbv2", "delete-load-balancer", input)
        }
        O::DeleteTargetGroup { group } => {
            let input = Json::map([("TargetGroupArn", Json::of(group))]);
            Call::new("elbv2", "delete-target-group", input)
        }
    })
}

/// Prints the ids of what this operation has made for this owner; `None` where it makes nothing.
pub(in crate::plan) fn find(operation: &Operation, owner: &Owner) -> Option<Call> {
    use Operation as O;
    let mark = Word::text(owner.mark());
    // The mark is the last word of a description.
    let marked = |list: &str, field: &str, id: &str| {
        Word::text(format!("{list}[?{field} && ({field} == "))
            .literal(&mark)
            .then(format!(" || ends_with({field}, "))
            .literal(&Word::text(" ").and(&mark))
            .then(format!("))].{id}"))
    };
    Some(match operation {
        O::CreateSecurityGroup { .. } => {
            let filter = |tag: &str, value: &str| {
                let values = Json::List(vec![Json::of(value)]);
                Json::map([
                    ("Name", Json::Raw(format!("tag:{tag}"))),
                    ("Values", values),
                ])
            };
            let filters = vec![
                filter(RUN_TAG, owner.run.as_str()),
                filter(STEP_TAG, owner.step.as_str()),
            ];
            let input = Json::map([("Filters", Json::List(filters))]);
            let call = Call::new("ec2", "describe-security-groups", input);
            call.asking(Word::text("SecurityGroups[].GroupId"))
        }
        O::CreateVpcLink { .. } => {
            let query = Word::text(format!("Items[?Tags.\"{RUN_TAG}\" == "))
                .literal(&Word::text(owner.run.as_str()))
                .then(format!(" && Tags.\"{STEP_TAG}\" == "))
                .literal(&Word::text(owner.step.as_str()))
                .then(" && VpcLinkStatus != `\"DELETING\"`].VpcLinkId");
            let input = Json::map([("MaxResults", Json::of("1000"))]);
            Call::new("apigatewayv2", "get-vpc-links", input).asking(query)
        }
        O::CreateDeployment { api, .. } => {
            let input = Json::map([("restApiId", Json::of(api))]);
            let call = Call::new("apigateway", "get-deployments", input);
            call.asking(marked("items", "description", "id"))
        }
        O::CreateHttpDeployment { api, .. } => {
            let input = Json::map([("ApiId", Json::of(api))]);
            let call = Call::new("apigatewayv2", "get-deployments", input);
            call.asking(marked("Items", "Description", "DeploymentId"))
        }
        O::CreateHttpIntegration { api, .. } => {
            let input = Json::map([("ApiId", Json::of(api))]);
            let call = Call::new("apigatewayv2", "get-integrations", input);
            call.asking(marked("Items", "Description", "IntegrationId"))
        }
        O::RevokeDefaultEgress { .. }
        | O::AuthorizeRule { .. }
        | O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. }
        | O::DeleteVpcLink { .. }
        | O::UpdateIntegration { .. }
        | O::DeleteDeployment { .. }
        | O::CreateStage { .. }
        | O::FurnishStage { .. }
        | O::DeleteStage { .. }
        | O::SetCanary { .. }
        | O::RemoveCanary { .. }
        | O::SetDeployment { .. }
        | O::DeleteHttpIntegration { .. }
        | O::UpdateRoute { .. }
        | O::DeleteHttpDeployment { .. }
        | O::SetHttpDeployment { .. }
        | O::DeleteV1Link { .. }
        | O::DeregisterTarget { .. }
        | O::RegisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => return None,
    })
}

/// Tags with those that name the owner.
fn owned(tags: &Tags, owner: &Owner) -> impl Iterator<Item = (String, String)> {
    let mut all: BTreeMap<String, String> = tags
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    all.insert(RUN_TAG.to_owned(), owner.run.to_string());
    all.insert(STEP_TAG.to_owned(), owner.step.to_string());
    all.into_iter()
}

fn tag_map(tags: &Tags, owner: &Owner) -> Json {
    Json::Map(
        owned(tags, owner)
            .map(|(key, value)| (key, Json::Raw(value)))
            .collect(),
    )
}

fn described(description: &str, owner: &Owner) -> String {
    match description.is_empty() {
        true => owner.mark(),
        false => format!("{description} {}", owner.mark()),
    }
}

fn with_rule(group: Json, rule: &GroupRule) -> Json {
    let peer = Json::map([("GroupId", Json::value(&rule.peer))]);
    let permission = Json::map([
        ("IpProtocol", Json::of("tcp")),
        ("FromPort", Json::Number(rule.port.into())),
        ("ToPort", Json::Number(rule.port.into())),
        ("UserIdGroupPairs", Json::List(vec![peer])),
    ]);
    Json::map([
        ("GroupId", group),
        ("IpPermissions", Json::List(vec![permission])),
    ])
}

fn with_target(group: impl Display, target: &str, port: u16) -> Json {
    let target = Json::map([
        ("Id", Json::of(target)),
        ("Port", Json::Number(port.into())),
    ]);
    Json::map([
        ("TargetGroupArn", Json::of(group)),
        ("Targets", Json::List(vec![target])),
    ])
}

fn replace(path: &str, value: Json) -> Json {
    Json::map([
        ("op", Json::of("replace")),
        ("path", Json::of(path)),
        ("value", value),
    ])
}

fn update_stage(api: impl Display, stage: impl Display, patches: Vec<Json>) -> Call {
    let input = Json::map([
        ("restApiId", Json::of(api)),
        ("stageName", Json::of(stage)),
        ("patchOperations", Json::List(patches)),
    ]);
    Call::new("apigateway", "update-stage", input)
}

fn arn(region: &Region, api: impl Display, stage: impl Display) -> String {
    let name = region.as_str();
    let partition = match name {
        _ if name.starts_with("cn-") => "aws-cn",
        _ if name.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:apigateway:{name}::/restapis/{api}/stages/{stage}")
}

/// All patch operations go in one call: AWS checks what they come to together.
fn update_integration(method: &MethodRef, patch: &IntegrationPatch) -> Call {
    let mut patches = vec![replace("/connectionId", Json::Text(connection(patch)))];
    if let Some(target) = &patch.integration_target {
        patches.push(replace("/integrationTarget", Json::of(target)));
    }
    if let Some(uri) = &patch.uri {
        patches.push(replace("/uri", Json::of(uri)));
    }
    let input = Json::map([
        ("restApiId", Json::of(&method.api)),
        ("resourceId", Json::of(method.resource)),
        ("httpMethod", Json::of(method.verb)),
        ("patchOperations", Json::List(patches)),
    ]);
    Call::new("apigateway", "update-integration", input)
}
