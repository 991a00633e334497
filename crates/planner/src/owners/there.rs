//! What owners of APIs and stages have to change where they keep them, so that the old way is moved
//! off: links, integrations, routes, deployments, in the owner's own words (H16).
//!
//! Links are those that a plan would make or use for the same, were the APIs its own to change.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::finding::OwnedKind;
use unbridge_model::id::{DeploymentId, HttpIntegrationId, LoadBalancerArn, StageName, StepId};
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool, PropertyChange};
use unbridge_model::plan::operation::ConnectionId;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::Waiting;
use unbridge_model::text::Text;

use super::{Owner, row, set};
use crate::ground::{Destination, Ground};
use crate::http::{HttpMove, RouteMove};
use crate::links::{self, Links, Planned};
use crate::rest::{MethodMove, RestMove};

/// How many ALBs a link is called by.
const CALLED: usize = 3;

/// An API that its owner moves.
#[derive(Debug)]
pub(crate) enum Kept<'a> {
    Rest(Owner, RestMove<'a>),
    Http(Owner, HttpMove<'a>),
}

impl Kept<'_> {
    fn destinations(&self) -> BTreeSet<&Destination> {
        match self {
            Self::Rest(_, moved) => moved.destinations().collect(),
            Self::Http(_, moved) => moved.destinations().collect(),
        }
    }
}

/// What others have to write, and ALBs that no link would lead to.
#[derive(Debug, Default)]
pub(crate) struct There {
    pub(crate) elsewhere: Vec<Elsewhere>,
    pub(crate) waiting: Vec<Waiting>,
}

/// What the owners of these APIs have to write. A link that the plan makes or uses is theirs too;
/// each other one is described once.
pub(crate) fn there(
    ground: &Ground<'_>,
    kept: &[Kept<'_>],
    wanted: &BTreeSet<Destination>,
    own: &Links,
) -> There {
    let mut there = There::default();
    if kept.is_empty() {
        return there;
    }
    let ends = kept.iter().flat_map(Kept::destinations);
    let is_led = |to: &Destination| wanted.contains(to) && own.reach.contains_key(&to.alb);
    let left: BTreeSet<Destination> = ends.filter(|to| !is_led(to)).cloned().collect();
    let theirs = links::for_owners(ground, &left, own);
    let mut writer = Writer {
        wanted,
        own,
        theirs: &theirs,
        described: BTreeMap::new(),
        rows: Vec::new(),
    };
    for one in kept {
        match one {
            Kept::Rest(owner, moved) => writer.rest(owner, moved),
            Kept::Http(owner, moved) => writer.http(owner, moved),
        }
    }
    there.elsewhere = writer.rows;
    there.waiting = theirs.waiting;
    there
}

struct Writer<'w> {
    wanted: &'w BTreeSet<Destination>,
    own: &'w Links,
    theirs: &'w Links,
    /// What links are called that stand in a row already, by the steps that would make them.
    described: BTreeMap<StepId, Text>,
    rows: Vec<Elsewhere>,
}

impl Writer<'_> {
    /// What leads to a listener, in words or by its id; described where nobody has yet. `None` where
    /// no link can be made: then its ALB waits.
    fn link(
        &mut self,
        owner: &Owner,
        id: &Text,
        to: &Destination,
        words: &LinkWords,
    ) -> Option<Text> {
        let own = self.own.reach.get(&to.alb);
        if let Some(reach) = own.filter(|_| self.wanted.contains(to)) {
            return Some(match &reach.link {
                Later::Known(link) => link.clone().into(),
                Later::From(step) => Text::from(format!("<the link that step {step} makes>")),
            });
        }
        let reach = self.theirs.reach.get(&to.alb)?;
        let step = match &reach.link {
            Later::Known(link) => return Some(link.clone().into()),
            Later::From(step) => step,
        };
        if let Some(called) = self.described.get(step) {
            return Some(called.clone());
        }
        let planned = self.theirs.planned(step)?;
        let called = link_to(&planned.albs);
        let mut row = row(owner, OwnedKind::Api, id, words.link, called.clone());
        row.set = new_link(words, &planned);
        self.rows.push(row);
        self.described.insert(step.clone(), called.clone());
        Some(called)
    }

    fn rest(&mut self, owner: &Owner, moved: &RestMove<'_>) {
        let id: Text = moved.api.id.clone().into();
        let words = words(owner.tool);
        for method in &moved.methods {
            let Some(link) = self.link(owner, &id, &method.to, &words.link) else {
                continue;
            };
            let which = Text::from(format!("{} {}", method.method.verb, method.method.path));
            let mut row = row(owner, OwnedKind::Api, &id, words.integration, which);
            row.set = new_integration(&words, link, method);
            self.rows.push(row);
        }
    }

    /// A second integration for each pair of an integration and a listener, and the target of each
    /// route: the first integration is the way back, and a stage that deploys by itself follows
    /// route by route (H31).
    fn http(&mut self, owner: &Owner, moved: &HttpMove<'_>) {
        let id: Text = moved.api.id.clone().into();
        let words = http_words(owner.tool);
        let mut second: BTreeSet<(&HttpIntegrationId, &Destination)> = BTreeSet::new();
        for route in &moved.routes {
            let Some(link) = self.link(owner, &id, &route.to, &words.link) else {
                continue;
            };
            let called = second_of(route);
            if second.insert((&route.old, &route.to)) {
                let mut row = row(
                    owner,
                    OwnedKind::Api,
                    &id,
                    words.integration,
                    called.clone(),
                );
                row.set = vec![
                    set(words.connection, None, link.to_string()),
                    set(words.uri, None, route.to.listener.to_string()),
                    set(
                        "everything else",
                        None,
                        format!("<as integration {} has it>", route.old),
                    ),
                ];
                self.rows.push(row);
            }
            let mut row = row(owner, OwnedKind::Api, &id, words.route, route.key.clone());
            let old = Text::from(format!("integrations/{}", route.old));
            row.set = vec![set(
                words.target,
                Some(old),
                format!("integrations/{called}"),
            )];
            self.rows.push(row);
        }
    }
}

/// `<like integration abc123, to orders-alb:80>`
fn second_of(route: &RouteMove) -> Text {
    Text::from(format!(
        "<like integration {}, to {}:{}>",
        route.old,
        route.to.alb.name(),
        route.to.port
    ))
}

/// `<link to orders-alb>`
fn link_to(albs: &[&LoadBalancerArn]) -> Text {
    let names: Vec<&str> = albs.iter().take(CALLED).map(|alb| alb.name()).collect();
    let more = match albs.len().saturating_sub(CALLED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Text::from(format!("<link to {}{more}>", names.join(", ")))
}

fn new_link(words: &LinkWords, planned: &Planned<'_>) -> Vec<PropertyChange> {
    let subnets: Vec<&str> = planned.subnets.iter().map(|id| id.as_str()).collect();
    let ways = planned.lets_out.iter();
    let ways: Vec<String> = ways
        .map(|(port, to)| format!("TCP {port} to {to}"))
        .collect();
    let names: Vec<&str> = planned.albs.iter().map(|alb| alb.name()).collect();
    let group = format!(
        "<a group that may send {}, and that the groups of {} let in>",
        ways.join(", "),
        names.join(", ")
    );
    vec![
        set(words.subnets, None, subnets.join(", ")),
        set(words.groups, None, group),
    ]
}

fn new_integration(words: &Words, new: Text, method: &MethodMove) -> Vec<PropertyChange> {
    let link = match &method.old.connection_id {
        ConnectionId::Template(template) => Some(template.text().clone()),
        ConnectionId::Link(_) => None,
    };
    let target = method.old.integration_target.as_ref();
    let target = target.map(|arn| Text::from(arn.to_string()));
    let mut all = vec![
        set(words.connection, link, new.to_string()),
        set(words.target, target, method.to.alb.to_string()),
    ];
    if let Some(uri) = &method.uri {
        let old = method.old.uri.as_ref();
        let old = old.map(|old| Text::from(old.to_string()));
        all.push(set(words.uri, old, uri.to_string()));
    }
    all
}

/// The deployment that the owner of a stage of a REST API has to put on it.
pub(super) fn shifted(
    owner: &Owner,
    id: &Text,
    stage: &StageName,
    old: &DeploymentId,
) -> Elsewhere {
    let words = words(owner.tool);
    deployed(owner, id, (words.stage, words.deployment), (stage, old))
}

/// The deployment that the owner of a stage of an HTTP API has to put on it.
pub(super) fn shifted_http(
    owner: &Owner,
    id: &Text,
    stage: &StageName,
    old: &DeploymentId,
) -> Elsewhere {
    let words = http_words(owner.tool);
    deployed(owner, id, (words.stage, words.deployment), (stage, old))
}

fn deployed(
    owner: &Owner,
    id: &Text,
    (resource, property): (&str, &str),
    (stage, old): (&StageName, &DeploymentId),
) -> Elsewhere {
    let mut row = row(owner, OwnedKind::Stage, id, resource, stage.clone().into());
    row.set = vec![set(
        property,
        Some(Text::from(old.to_string())),
        "<a deployment of the API after its integrations were moved>",
    )];
    row
}

/// An owner's words for what a move of a REST API changes.
struct Words {
    integration: &'static str,
    connection: &'static str,
    target: &'static str,
    uri: &'static str,
    link: LinkWords,
    stage: &'static str,
    deployment: &'static str,
}

/// Source: CloudFormation template reference, `AWS::ApiGateway::Method`; Terraform's AWS provider,
/// from 6.25.0 on; API Gateway API reference.
fn words(tool: OwnerTool) -> Words {
    match tool {
        OwnerTool::Cloudformation => Words {
            integration: "AWS::ApiGateway::Method",
            connection: "Integration.ConnectionId",
            target: "Integration.IntegrationTarget",
            uri: "Integration.Uri",
            link: link_words(tool),
            stage: "AWS::ApiGateway::Stage",
            deployment: "DeploymentId",
        },
        OwnerTool::Terraform => Words {
            integration: "aws_api_gateway_integration",
            connection: "connection_id",
            target: "integration_target",
            uri: "uri",
            link: link_words(tool),
            stage: "aws_api_gateway_stage",
            deployment: "deployment_id",
        },
        OwnerTool::Kubernetes
        | OwnerTool::Beanstalk
        | OwnerTool::RefactorSpaces
        | OwnerTool::Unknown => Words {
            integration: "integration",
            connection: "connectionId",
            target: "integrationTarget",
            uri: "uri",
            link: link_words(tool),
            stage: "stage",
            deployment: "deploymentId",
        },
    }
}

/// An owner's words for what a move of an HTTP API changes.
struct HttpWords {
    integration: &'static str,
    connection: &'static str,
    uri: &'static str,
    route: &'static str,
    target: &'static str,
    link: LinkWords,
    stage: &'static str,
    deployment: &'static str,
}

/// Source: CloudFormation template reference, `AWS::ApiGatewayV2::Integration`, `Route` and `Stage`;
/// Terraform's AWS provider; API Gateway V2 API reference.
fn http_words(tool: OwnerTool) -> HttpWords {
    match tool {
        OwnerTool::Cloudformation => HttpWords {
            integration: "AWS::ApiGatewayV2::Integration",
            connection: "ConnectionId",
            uri: "IntegrationUri",
            route: "AWS::ApiGatewayV2::Route",
            target: "Target",
            link: link_words(tool),
            stage: "AWS::ApiGatewayV2::Stage",
            deployment: "DeploymentId",
        },
        OwnerTool::Terraform => HttpWords {
            integration: "aws_apigatewayv2_integration",
            connection: "connection_id",
            uri: "integration_uri",
            route: "aws_apigatewayv2_route",
            target: "target",
            link: link_words(tool),
            stage: "aws_apigatewayv2_stage",
            deployment: "deployment_id",
        },
        OwnerTool::Kubernetes
        | OwnerTool::Beanstalk
        | OwnerTool::RefactorSpaces
        | OwnerTool::Unknown => HttpWords {
            integration: "integration",
            connection: "connectionId",
            uri: "integrationUri",
            route: "route",
            target: "target",
            link: link_words(tool),
            stage: "stage",
            deployment: "deploymentId",
        },
    }
}

/// An owner's words for a link of version 2.
struct LinkWords {
    link: &'static str,
    subnets: &'static str,
    groups: &'static str,
}

/// Source: as those of integrations.
fn link_words(tool: OwnerTool) -> LinkWords {
    match tool {
        OwnerTool::Cloudformation => LinkWords {
            link: "AWS::ApiGatewayV2::VpcLink",
            subnets: "SubnetIds",
            groups: "SecurityGroupIds",
        },
        OwnerTool::Terraform => LinkWords {
            link: "aws_apigatewayv2_vpc_link",
            subnets: "subnet_ids",
            groups: "security_group_ids",
        },
        OwnerTool::Kubernetes
        | OwnerTool::Beanstalk
        | OwnerTool::RefactorSpaces
        | OwnerTool::Unknown => LinkWords {
            link: "VPC link of version 2",
            subnets: "subnetIds",
            groups: "securityGroupIds",
        },
    }
}
