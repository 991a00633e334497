//! Who owns what a plan would change (H16): what it may change, and what is to be changed where the
//! owner keeps it.

use std::collections::BTreeMap;

use unbridge_model::apigateway::Stage;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::elb::LoadBalancer;
use unbridge_model::finding::{Finding, OwnedKind, OwnedObject};
use unbridge_model::plan::choices::StageRef;
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool, PropertyChange};
use unbridge_model::plan::operation::ConnectionId;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;

use crate::ground::{Destination, Ground};
use crate::http::{HttpMove, RouteMove};
use crate::rest::{MethodMove, RestMove};

/// Who owns the objects around some NLBs, as far as findings tell.
#[derive(Debug, Default)]
pub(crate) struct Owners(BTreeMap<(OwnedKind, Text), (OwnerTool, Option<Text>)>);

/// An owner and what tells it.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    pub(crate) tool: OwnerTool,
    pub(crate) evidence: Option<Text>,
}

impl Owners {
    /// The owners that findings of these NLBs name.
    pub(crate) fn of<'a>(nlbs: impl Iterator<Item = &'a NlbAssessment>) -> Self {
        let mut owners = Self::default();
        for finding in nlbs.flat_map(|nlb| &nlb.findings) {
            if let Some((tool, objects)) = owned(finding) {
                for OwnedObject { kind, id, evidence } in objects {
                    owners
                        .0
                        .insert((*kind, id.clone()), (tool, evidence.clone()));
                }
            }
        }
        owners
    }

    /// The owner of an object that nobody said may be changed; `None` when it may.
    pub(crate) fn keeps(&self, ground: &Ground<'_>, kind: OwnedKind, id: &Text) -> Option<Owner> {
        if ground.choices.edit.contains(id) {
            return None;
        }
        let known = self.0.get(&(kind, id.clone()));
        let (tool, evidence) = known.cloned().unwrap_or((OwnerTool::Unknown, None));
        Some(Owner { tool, evidence })
    }
}

/// The owner that a finding names, and what of.
fn owned(finding: &Finding) -> Option<(OwnerTool, &[OwnedObject])> {
    match finding {
        Finding::OwnerUnknown { objects } => Some((OwnerTool::Unknown, objects)),
        Finding::ManagedByCloudformation { objects } => Some((OwnerTool::Cloudformation, objects)),
        Finding::ManagedByTerraform { objects } => Some((OwnerTool::Terraform, objects)),
        Finding::ManagedByKubernetes { objects } => Some((OwnerTool::Kubernetes, objects)),
        Finding::ManagedByBeanstalk { objects } => Some((OwnerTool::Beanstalk, objects)),
        Finding::ManagedByRefactorSpaces { objects } => Some((OwnerTool::RefactorSpaces, objects)),
        _ => None,
    }
}

/// What waits for owners, and what they have to change.
#[derive(Debug, Default)]
pub(crate) struct ForOwners {
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) elsewhere: Vec<Elsewhere>,
}

/// What of a move nobody else keeps: all of it, fewer stages, or nothing. Everything that waits is
/// told at once, so that one round of questions is enough.
pub(crate) fn allowed<'a>(
    ground: &Ground<'a>,
    owners: &Owners,
    mut moved: RestMove<'a>,
    told: &mut ForOwners,
) -> Option<RestMove<'a>> {
    let id: Text = moved.api.id.clone().into();
    let kept = owners.keeps(ground, OwnedKind::Api, &id);
    if let Some(owner) = &kept {
        let subject = Subject::Api {
            id: id.clone(),
            name: moved.api.name.clone(),
        };
        told.waiting.push(waiting(owner, subject, &id));
        told.elsewhere
            .extend(rewired_there(ground, owner, &id, &moved));
    }
    moved.stages.retain(|stage| {
        let Some((owner, named)) = stage_kept(ground, owners, &id, stage) else {
            return true;
        };
        let subject = Subject::Stage(StageRef {
            api: id.clone(),
            stage: stage.name.clone(),
        });
        told.waiting.push(waiting(&owner, subject, &named));
        told.elsewhere.push(shifted_there(&owner, &named, stage));
        false
    });
    (kept.is_none() && !moved.stages.is_empty()).then_some(moved)
}

/// What of a move of an HTTP API nobody else keeps: all of it, or nothing.
pub(crate) fn allowed_http<'a>(
    ground: &Ground<'a>,
    owners: &Owners,
    moved: HttpMove<'a>,
    told: &mut ForOwners,
) -> Option<HttpMove<'a>> {
    let id: Text = moved.api.id.clone().into();
    let Some(owner) = owners.keeps(ground, OwnedKind::Api, &id) else {
        return Some(moved);
    };
    let subject = Subject::Api {
        id: id.clone(),
        name: moved.api.name.clone(),
    };
    told.waiting.push(waiting(&owner, subject, &id));
    let routes = moved.routes.iter();
    let rows = routes.map(|route| rerouted_there(ground, &owner, &id, &moved, route));
    told.elsewhere.extend(rows);
    None
}

/// The integration that the owner of an HTTP API has to write for a route.
fn rerouted_there(
    ground: &Ground<'_>,
    owner: &Owner,
    id: &Text,
    moved: &HttpMove<'_>,
    route: &RouteMove,
) -> Elsewhere {
    let words = http_words(owner.tool);
    let mut known = moved.api.integrations.iter().flatten();
    let old = known.find(|known| known.id == route.old);
    let old = old.map(|known| &known.integration);
    let link = old.and_then(|old| old.vpc_link.as_ref());
    let uri = old.and_then(|old| old.uri.as_ref());
    let alb = ground.facts.load_balancers.get(&route.to.alb);
    let new = alb.map_or_else(|| Text::new("<the new link>"), link_to);
    let key = route.key.clone();
    let mut row = row(owner, OwnedKind::Api, id, words.integration, key);
    row.set = vec![
        set(
            words.connection,
            link.map(|link| link.text().clone()),
            new.to_string(),
        ),
        set(
            words.uri,
            uri.map(|uri| Text::from(uri.to_string())),
            route.to.listener.to_string(),
        ),
    ];
    row
}

/// An owner's words for an integration of an HTTP API.
struct HttpWords {
    integration: &'static str,
    connection: &'static str,
    uri: &'static str,
}

/// Source: CloudFormation template reference, `AWS::ApiGatewayV2::Integration`; Terraform's AWS
/// provider; API Gateway V2 API reference.
fn http_words(tool: OwnerTool) -> HttpWords {
    match tool {
        OwnerTool::Cloudformation => HttpWords {
            integration: "AWS::ApiGatewayV2::Integration",
            connection: "ConnectionId",
            uri: "IntegrationUri",
        },
        OwnerTool::Terraform => HttpWords {
            integration: "aws_apigatewayv2_integration",
            connection: "connection_id",
            uri: "integration_uri",
        },
        OwnerTool::Kubernetes
        | OwnerTool::Beanstalk
        | OwnerTool::RefactorSpaces
        | OwnerTool::Unknown => HttpWords {
            integration: "integration",
            connection: "connectionId",
            uri: "integrationUri",
        },
    }
}

/// The owner that keeps a stage. Who lets an API be changed lets its stages be, unless something
/// names another owner of theirs.
fn stage_kept(
    ground: &Ground<'_>,
    owners: &Owners,
    api: &Text,
    stage: &Stage,
) -> Option<(Owner, Text)> {
    let named = Text::from(format!("{api}/{}", stage.name));
    let owner = owners.keeps(ground, OwnedKind::Stage, &named)?;
    (owner.tool != OwnerTool::Unknown).then_some((owner, named))
}

/// What people call an owner.
fn name(tool: OwnerTool) -> &'static str {
    match tool {
        OwnerTool::Cloudformation => "CloudFormation",
        OwnerTool::Terraform => "Terraform",
        OwnerTool::Kubernetes => "Kubernetes",
        OwnerTool::Beanstalk => "Elastic Beanstalk",
        OwnerTool::RefactorSpaces => "Refactor Spaces",
        OwnerTool::Unknown => "nobody known",
    }
}

pub(crate) fn waiting(owner: &Owner, what: Subject, id: &Text) -> Waiting {
    let evidence = owner.evidence.as_deref();
    let (why, next) = match owner.tool {
        OwnerTool::Unknown => (
            "nothing says who owns it".to_owned(),
            "find out who does, and change it there; or say that it may be changed here",
        ),
        tool => (
            format!(
                "{} owns it ({})",
                name(tool),
                evidence.unwrap_or("by its tags")
            ),
            "make the change there, apply it and scan again; or say that it may be changed here as well",
        ),
    };
    Waiting {
        code: WaitingCode::OwnedElsewhere,
        what,
        finding: None,
        why: Text::from(why),
        next: Text::new(next),
        flag: Some(Text::from(format!("--edit {id}"))),
    }
}

/// An owner's words for what a move changes.
struct Words {
    integration: &'static str,
    connection: &'static str,
    target: &'static str,
    uri: &'static str,
    link: &'static str,
    subnets: &'static str,
    groups: &'static str,
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
            link: "AWS::ApiGatewayV2::VpcLink",
            subnets: "SubnetIds",
            groups: "SecurityGroupIds",
            stage: "AWS::ApiGateway::Stage",
            deployment: "DeploymentId",
        },
        OwnerTool::Terraform => Words {
            integration: "aws_api_gateway_integration",
            connection: "connection_id",
            target: "integration_target",
            uri: "uri",
            link: "aws_apigatewayv2_vpc_link",
            subnets: "subnet_ids",
            groups: "security_group_ids",
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
            link: "VPC link of version 2",
            subnets: "subnetIds",
            groups: "securityGroupIds",
            stage: "stage",
            deployment: "deploymentId",
        },
    }
}

pub(crate) fn row(
    owner: &Owner,
    kind: OwnedKind,
    id: &Text,
    resource: &str,
    which: Text,
) -> Elsewhere {
    Elsewhere {
        owner: owner.tool,
        kind,
        id: id.clone(),
        evidence: owner.evidence.clone(),
        resource: Text::new(resource),
        which,
        set: Vec::new(),
    }
}

pub(crate) fn set(property: &str, old: Option<Text>, new: impl Into<String>) -> PropertyChange {
    PropertyChange {
        property: Text::new(property),
        old,
        new: Text::from(new.into()),
    }
}

/// The links and the integrations that the owner of an API has to write.
fn rewired_there(
    ground: &Ground<'_>,
    owner: &Owner,
    id: &Text,
    moved: &RestMove<'_>,
) -> Vec<Elsewhere> {
    let words = words(owner.tool);
    let mut albs: BTreeMap<_, Vec<&Destination>> = BTreeMap::new();
    for method in &moved.methods {
        let known = albs.entry(&method.to.alb).or_default();
        if !known.contains(&&method.to) {
            known.push(&method.to);
        }
    }
    let links = albs.into_iter().filter_map(|(alb, ends)| {
        let alb = ground.facts.load_balancers.get(alb)?;
        let mut row = row(owner, OwnedKind::Api, id, words.link, link_to(alb));
        row.set = new_link(&words, alb, &ends);
        Some(row)
    });
    let methods = moved.methods.iter().map(|method| {
        let which = Text::from(format!("{} {}", method.method.verb, method.method.path));
        let mut row = row(owner, OwnedKind::Api, id, words.integration, which);
        row.set = new_integration(&words, ground, method);
        row
    });
    links.chain(methods).collect()
}

fn link_to(alb: &LoadBalancer) -> Text {
    Text::from(format!("<link to {}>", alb.name))
}

fn new_link(words: &Words, alb: &LoadBalancer, ends: &[&Destination]) -> Vec<PropertyChange> {
    let subnets: Vec<&str> = alb
        .zones
        .iter()
        .filter_map(|zone| zone.subnet.as_ref())
        .map(|subnet| subnet.as_str())
        .collect();
    let ports: Vec<String> = ends.iter().map(|to| to.port.to_string()).collect();
    let groups: Vec<&str> = alb.security_groups.iter().map(|id| id.as_str()).collect();
    let group = format!(
        "<a group that may send TCP {} to {}, and that these let in>",
        ports.join(", "),
        groups.join(", ")
    );
    vec![
        set(words.subnets, None, subnets.join(", ")),
        set(words.groups, None, group),
    ]
}

fn new_integration(words: &Words, ground: &Ground<'_>, method: &MethodMove) -> Vec<PropertyChange> {
    let link = match &method.old.connection_id {
        ConnectionId::Template(template) => Some(template.text().clone()),
        ConnectionId::Link(_) => None,
    };
    let alb = ground.facts.load_balancers.get(&method.to.alb);
    let new = alb.map_or_else(|| Text::new("<the new link>"), link_to);
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

/// The deployment that the owner of a stage has to put on it.
fn shifted_there(owner: &Owner, id: &Text, stage: &Stage) -> Elsewhere {
    let words = words(owner.tool);
    let mut row = row(
        owner,
        OwnedKind::Stage,
        id,
        words.stage,
        stage.name.clone().into(),
    );
    let old = Some(Text::from(stage.deployment.to_string()));
    row.set = vec![set(
        words.deployment,
        old,
        "<a deployment of the API after its integrations were moved>",
    )];
    row
}
