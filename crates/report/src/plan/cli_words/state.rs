//! How a condition is read back.

use std::fmt::Display;

use unbridge_model::apigateway::Verb;
use unbridge_model::network::Direction;
use unbridge_model::plan::condition::{Condition, PatchedMethod};
use unbridge_model::plan::operation::{ConnectionId, GroupRule, IntegrationPatch, MethodRef};
use unbridge_model::plan::words::Piece;

use super::{Call, Json, NotHere, Word};

/// How a condition is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) enum State {
    /// The call prints `true` where it holds.
    True(Call),
    /// The exports of two stages are compared, but for what methods of the first were set to.
    Alike {
        api: Word,
        stage: Word,
        like: Word,
        but: Word,
    },
    /// What two stages have is compared.
    Furnished { api: Word, stage: Word, like: Word },
    /// Everything in the region is searched for a link.
    LinkUnused { link: Word },
    /// The rules of a load balancer's groups are looked through for a link.
    Admitted {
        link: Word,
        load_balancer: Word,
        port: u16,
    },
    /// Not by this.
    Not(NotHere),
}

const NO_NAME: NotHere = NotHere {
    why: "the CLI would not take the stage's name for one",
};

const WHOLE_REGION: NotHere = NotHere {
    why: "it takes a look at every draft, stage and stage variable of the region",
};

/// How this condition is read back.
pub(in crate::plan) fn state(condition: &Condition) -> State {
    use Condition as C;
    State::True(match condition {
        C::GroupStands { vpc, group } => {
            let query = Word::text("length(SecurityGroups[?VpcId == ");
            let query = query.literal(&Word::text(vpc.as_str()));
            look_at_group(&Word::value(group)).asking(query.then("]) == `1`"))
        }
        C::GroupGone { group } => {
            let query = Word::text("length(SecurityGroups) == `0`");
            look_at_group(&Word::value(group)).asking(query)
        }
        C::RuleStands { group, rule } => {
            let query = rules(rule).then(" | length(@) > `0`");
            look_at_group(&Word::value(group)).asking(query)
        }
        C::RuleGone { group, rule } => {
            let query = rules(rule).then(" | length(@) == `0`");
            look_at_group(&Word::value(group)).asking(query)
        }
        C::DefaultEgressGone { group } => {
            let query = Word::text(
                "length(SecurityGroups) == `1` && length(SecurityGroups[].IpPermissionsEgress[] \
                 | [?IpProtocol == `\"-1\"`] \
                 | [?IpRanges[?CidrIp == `\"0.0.0.0/0\"`] || Ipv6Ranges[?CidrIpv6 == `\"::/0\"`]]) \
                 == `0`",
            );
            look_at_group(&Word::value(group)).asking(query)
        }
        C::LinkAvailable { link } => {
            let input = Json::map([("VpcLinkId", Json::value(link))]);
            let query = Word::text("VpcLinkStatus == `\"AVAILABLE\"`");
            Call::new("apigatewayv2", "get-vpc-link", input).asking(query)
        }
        C::LinkGone { link } => {
            let query = Word::text("!NextToken && length(Items[?VpcLinkId == ");
            let query = query.literal(&Word::value(link)).then("] || `[]`) == `0`");
            let input = Json::map([("MaxResults", Json::of("1000"))]);
            Call::new("apigatewayv2", "get-vpc-links", input).asking(query)
        }
        C::LinkUnused { link } => {
            let link = Word::value(link);
            return State::LinkUnused { link };
        }
        C::LinkAdmitted {
            link,
            load_balancer,
            port,
        } => {
            return State::Admitted {
                link: Word::value(link),
                load_balancer: Word::text(load_balancer.as_str()),
                port: *port,
            };
        }
        C::V1LinkUnused { .. } | C::LoadBalancerUnnamed { .. } => return State::Not(WHOLE_REGION),
        C::IntegrationIs { method, patch } => look_at_integration(method).asking(is_set(patch)),
        C::DeploymentStands { api, deployment } => {
            let there = among("items", "id", &Word::value(deployment)).then(" == `1`");
            in_rest("get-deployments", api).asking(there)
        }
        C::DeploymentGone { api, deployment } => {
            let there = among("items", "id", &Word::value(deployment)).then(" == `0`");
            in_rest("get-deployments", api).asking(there)
        }
        C::StageRuns {
            api,
            stage,
            deployment,
        } => {
            let query = Word::text("deploymentId == ").literal(&Word::value(deployment));
            look_at_stage(api, stage).asking(query.then(" && !canarySettings"))
        }
        C::CanaryIs {
            api,
            stage,
            deployment,
            percent,
        } => {
            let query = Word::text("canarySettings.deploymentId == ");
            let query = query.literal(&Word::value(deployment));
            let query = match percent {
                Some(percent) => query.then(format!(
                    " && canarySettings.percentTraffic == `{}`",
                    percent.get()
                )),
                None => query,
            };
            // To the CLI `!` binds closer than a dot.
            let own = " && !(canarySettings.stageVariableOverrides)";
            look_at_stage(api, stage).asking(query.then(own))
        }
        C::NoCanary { api, stage } => {
            look_at_stage(api, stage).asking(Word::text("!canarySettings"))
        }
        C::StageGone { api, stage } => {
            let there = among("item", "stageName", &Word::text(stage.as_str()));
            in_rest("get-stages", api).asking(there.then(" == `0`"))
        }
        C::StageFurnished { api, stage, like } => {
            return State::Furnished {
                api: Word::text(api.as_str()),
                stage: Word::text(stage.as_str()),
                like: Word::text(like.as_str()),
            };
        }
        C::StagesAlike {
            api,
            stage,
            like,
            but,
        } => {
            // An export is a file: its call takes nothing as JSON.
            if !(is_bare(stage.as_str()) && is_bare(like.as_str())) {
                return State::Not(NO_NAME);
            }
            return State::Alike {
                api: Word::text(api.as_str()),
                stage: Word::text(stage.as_str()),
                like: Word::text(like.as_str()),
                but: patched(but).word(),
            };
        }
        C::RouteGoesTo {
            api,
            route,
            integration,
        } => {
            let input = Json::map([("ApiId", Json::of(api)), ("RouteId", Json::of(route))]);
            let target = Word::text("integrations/").and(&Word::value(integration));
            let query = Word::text("Target == ").literal(&target);
            Call::new("apigatewayv2", "get-route", input).asking(query)
        }
        C::HttpIntegrationGone { api, integration } => {
            let there = among("Items", "IntegrationId", &Word::value(integration));
            let input = Json::map([("ApiId", Json::of(api))]);
            Call::new("apigatewayv2", "get-integrations", input).asking(there.then(" == `0`"))
        }
        C::HttpDeploymentGone { api, deployment } => {
            let there = among("Items", "DeploymentId", &Word::value(deployment));
            let input = Json::map([("ApiId", Json::of(api))]);
            Call::new("apigatewayv2", "get-deployments", input).asking(there.then(" == `0`"))
        }
        C::HttpDeploymentUnused { api, deployment } => {
            let there = among("Items", "DeploymentId", &Word::value(deployment));
            let input = Json::map([("ApiId", Json::of(api))]);
            Call::new("apigatewayv2", "get-stages", input).asking(there.then(" == `0`"))
        }
        C::HttpStageRuns {
            api,
            stage,
            deployment,
        } => {
            let input = Json::map([("ApiId", Json::of(api)), ("StageName", Json::of(stage))]);
            let query = Word::text("AutoDeploy != `true` && DeploymentId == ");
            let query = query.literal(&Word::value(deployment));
            Call::new("apigatewayv2", "get-stage", input).asking(query)
        }
        C::V1LinkGone { link } => {
            let there = among("items", "id", &Word::text(link.as_str()));
            let call = Call::new("apigateway", "get-vpc-links", Json::map([]));
            call.asking(there.then(" == `0`"))
        }
        C::TargetRegistered {
            group,
            target,
            port,
        } => targets(group.as_str(), target, *port, " > `0`"),
        C::TargetGone {
            group,
            target,
            port,
        } => targets(group.as_str(), target, *port, " == `0`"),
        C::NotProtected { load_balancer } => {
            let input = Json::map([("LoadBalancerArn", Json::of(load_balancer))]);
            let query = Word::text(
                "length(Attributes[?Key == `\"deletion_protection.enabled\"` \
                 && Value == `\"true\"`]) == `0`",
            );
            Call::new("elbv2", "describe-load-balancer-attributes", input).asking(query)
        }
        C::LoadBalancerGone { load_balancer } => {
            let arn = Word::text(load_balancer.as_str());
            let there = among("LoadBalancers", "LoadBalancerArn", &arn).then(" == `0`");
            Call::new("elbv2", "describe-load-balancers", Json::map([])).asking(there)
        }
        C::TargetGroupGone { group } => {
            let there = among(
                "TargetGroups",
                "TargetGroupArn",
                &Word::text(group.as_str()),
            );
            let call = Call::new("elbv2", "describe-target-groups", Json::map([]));
            call.asking(there.then(" == `0`"))
        }
    })
}

/// How many of a list have this id.
fn among(list: &str, key: &str, id: &Word) -> Word {
    let query = Word::text(format!("length({list}[?{key} == "));
    query.literal(id).then("] || `[]`)")
}

pub(super) fn look_at_group(group: &Word) -> Call {
    // A filter finds nothing where an id would be refused.
    let filter = Json::map([
        ("Name", Json::of("group-id")),
        ("Values", Json::List(vec![Json::Text(group.clone())])),
    ]);
    let input = Json::map([("Filters", Json::List(vec![filter]))]);
    Call::new("ec2", "describe-security-groups", input)
}

/// The rules of a group that are this very rule.
fn rules(rule: &GroupRule) -> Word {
    let list = match rule.direction {
        Direction::Ingress => "IpPermissions",
        Direction::Egress => "IpPermissionsEgress",
    };
    let port = rule.port;
    let query = Word::text(format!(
        "SecurityGroups[].{list}[] \
         | [?IpProtocol == `\"tcp\"` && FromPort == `{port}` && ToPort == `{port}`]\
         .UserIdGroupPairs[] | [?GroupId == "
    ));
    query.literal(&Word::value(&rule.peer)).then("]")
}

fn look_at_integration(method: &MethodRef) -> Call {
    let input = Json::map([
        ("restApiId", Json::of(&method.api)),
        ("resourceId", Json::of(method.resource)),
        ("httpMethod", Json::of(method.verb)),
    ]);
    Call::new("apigateway", "get-integration", input)
}

/// What `connectionId` is set to.
pub(super) fn connection(patch: &IntegrationPatch) -> Word {
    match &patch.connection_id {
        ConnectionId::Link(link) => Word::value(link),
        ConnectionId::Template(template) => Word::text(template.as_str()),
    }
}

fn is_set(patch: &IntegrationPatch) -> Word {
    let mut query = Word::text("connectionId == ").literal(&connection(patch));
    if let Some(target) = &patch.integration_target {
        query = query.then(" && integrationTarget == ");
        query = query.literal(&Word::text(target.as_str()));
    }
    if let Some(uri) = &patch.uri {
        query = query.then(" && uri == ");
        query = query.literal(&Word::text(uri.to_string()));
    }
    query
}

fn in_rest(command: &'static str, api: impl Display) -> Call {
    let input = Json::map([("restApiId", Json::of(api))]);
    Call::new("apigateway", command, input)
}

pub(super) fn look_at_stage(api: impl Display, stage: impl Display) -> Call {
    let input = Json::map([("restApiId", Json::of(api)), ("stageName", Json::of(stage))]);
    Call::new("apigateway", "get-stage", input)
}

/// Whether the CLI takes a bare value for what it is.
fn is_bare(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    name.chars().all(plain) && !name.starts_with('-')
}

/// Methods by their place in an export, and what they were set to.
fn patched(but: &[PatchedMethod]) -> Json {
    let rows = but.iter().map(|one| {
        let verb = match one.method.verb {
            Verb::Any => "x-amazon-apigateway-any-method".to_owned(),
            verb => verb.to_string().to_lowercase(),
        };
        let mut set = Json::map([("connectionId", Json::Text(connection(&one.patch)))]);
        if let Some(target) = &one.patch.integration_target {
            set = set.and("integrationTarget", Json::of(target));
        }
        if let Some(uri) = &one.patch.uri {
            set = set.and("uri", Json::of(uri));
        }
        Json::map([
            ("path", Json::of(&one.method.path)),
            ("verb", Json::of(verb)),
            ("set", set),
        ])
    });
    Json::List(rows.collect())
}

fn targets(group: &str, target: &str, port: u16, how_many: &str) -> Call {
    let input = Json::map([("TargetGroupArn", Json::of(group))]);
    let query = Word::text("length(TargetHealthDescriptions[?Target.Id == ");
    let query = query.literal(&Word::text(target)).then(format!(
        " && Target.Port == `{port}` && TargetHealth.State != `\"draining\"`]){how_many}"
    ));
    Call::new("elbv2", "describe-target-health", input).asking(query)
}

/// The condition as a clause.
pub(in crate::plan) fn said(condition: &Condition) -> Word {
    let clause = condition.clause();
    let pieces = clause.pieces().map(|piece| match piece {
        Piece::Text(text) => Word::text(text),
        Piece::VpcLink(link) => Word::value(link),
        Piece::SecurityGroup(group) => Word::value(group),
        Piece::Deployment(deployment) => Word::value(deployment),
        Piece::HttpIntegration(integration) => Word::value(integration),
    });
    pieces.fold(Word::default(), |all, piece| all.and(&piece))
}
