//! What operations and conditions are about: things of an account, told apart by their ids or by
//! the step that makes them.

use unbridge_model::id::{
    HttpApiId, HttpIntegrationId, LoadBalancerArn, RestApiId, RouteId, SecurityGroupId, StageName,
    StepId, TargetGroupArn, VpcId, VpcLinkId,
};
use unbridge_model::network::Direction;
use unbridge_model::plan::ObjectRef;
use unbridge_model::plan::operation::{ConnectionId, GroupRule, MethodRef, Operation};
use unbridge_model::plan::value::Later;

/// An id, or what a step makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value<'p> {
    Known(&'p str),
    From(&'p StepId),
}

impl<'p> Value<'p> {
    pub(super) fn of<T>(later: &'p Later<T>, id: fn(&T) -> &str) -> Self {
        match later {
            Later::Known(known) => Self::Known(id(known)),
            Later::From(step) => Self::From(step),
        }
    }

    pub(super) fn group(later: &'p Later<SecurityGroupId>) -> Self {
        Self::of(later, SecurityGroupId::as_str)
    }

    pub(super) fn link(later: &'p Later<VpcLinkId>) -> Self {
        Self::of(later, VpcLinkId::as_str)
    }

    pub(super) fn deployment(later: &'p Later<unbridge_model::id::DeploymentId>) -> Self {
        Self::of(later, unbridge_model::id::DeploymentId::as_str)
    }

    pub(super) fn integration(later: &'p Later<HttpIntegrationId>) -> Self {
        Self::of(later, HttpIntegrationId::as_str)
    }

    /// Whether a step makes it.
    pub(super) fn is_made(self) -> bool {
        matches!(self, Self::From(_))
    }
}

/// A rule of a security group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleOf<'p> {
    pub(super) group: Value<'p>,
    pub(super) direction: Direction,
    pub(super) port: u16,
    pub(super) peer: Value<'p>,
}

impl<'p> RuleOf<'p> {
    pub(super) fn of(group: &'p Later<SecurityGroupId>, rule: &'p GroupRule) -> Self {
        Self {
            group: Value::group(group),
            direction: rule.direction,
            port: rule.port,
            peer: Value::group(&rule.peer),
        }
    }
}

/// What an operation or a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing<'p> {
    DefaultEgress(Value<'p>),
    Deployment(&'p RestApiId, Value<'p>),
    Group(Value<'p>),
    HttpDeployment(&'p HttpApiId, Value<'p>),
    HttpIntegration(&'p HttpApiId, Value<'p>),
    HttpStage(&'p HttpApiId, &'p StageName),
    Link(Value<'p>),
    LoadBalancer(&'p LoadBalancerArn),
    Method(&'p MethodRef),
    Route(&'p HttpApiId, &'p RouteId),
    Rule(RuleOf<'p>),
    Stage(&'p RestApiId, &'p StageName),
    Target(&'p TargetGroupArn, &'p str, u16),
    TargetGroup(&'p TargetGroupArn),
    V1Link(&'p VpcLinkId),
    Vpc(&'p VpcId),
}

impl Thing<'_> {
    /// Whether its id follows from a step, so that nobody else can have made it.
    pub(super) fn is_made(self) -> bool {
        match self {
            Self::DefaultEgress(value)
            | Self::Deployment(_, value)
            | Self::Group(value)
            | Self::HttpDeployment(_, value)
            | Self::HttpIntegration(_, value)
            | Self::Link(value) => value.is_made(),
            Self::Rule(rule) => rule.group.is_made() || rule.peer.is_made(),
            Self::HttpStage(..)
            | Self::LoadBalancer(_)
            | Self::Method(_)
            | Self::Route(..)
            | Self::Stage(..)
            | Self::Target(..)
            | Self::TargetGroup(_)
            | Self::V1Link(_)
            | Self::Vpc(_) => false,
        }
    }

    /// The object of the account that it is, or is a part of; `None` for what a step makes.
    pub(super) fn object(self) -> Option<ObjectRef> {
        let group = |value| match value {
            Value::Known(id) => SecurityGroupId::new(id).ok().map(ObjectRef::SecurityGroup),
            Value::From(_) => None,
        };
        match self {
            Self::DefaultEgress(value) | Self::Group(value) => group(value),
            Self::Rule(rule) => group(rule.group),
            Self::Link(Value::Known(id)) => VpcLinkId::new(id).ok().map(ObjectRef::VpcLink),
            Self::Link(Value::From(_)) => None,
            Self::Deployment(api, _) | Self::Stage(api, _) => Some(ObjectRef::RestApi(api.clone())),
            Self::Method(method) => Some(ObjectRef::RestApi(method.api.clone())),
            Self::HttpDeployment(api, _)
            | Self::HttpIntegration(api, _)
            | Self::HttpStage(api, _)
            | Self::Route(api, _) => Some(ObjectRef::HttpApi(api.clone())),
            Self::LoadBalancer(arn) => Some(ObjectRef::LoadBalancer(arn.clone())),
            Self::Target(group, ..) | Self::TargetGroup(group) => {
                Some(ObjectRef::TargetGroup(group.clone()))
            }
            Self::V1Link(link) => Some(ObjectRef::VpcLink(link.clone())),
            Self::Vpc(vpc) => Some(ObjectRef::Vpc(vpc.clone())),
        }
    }
}

/// What an operation does to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act<'p> {
    Makes(Thing<'p>),
    Changes(Thing<'p>),
    Deletes(Thing<'p>),
}

impl<'p> Act<'p> {
    /// What the operation of this step does.
    pub(super) fn of(step: &'p StepId, operation: &'p Operation) -> Self {
        use Operation as O;
        let made = Value::From(step);
        match operation {
            O::CreateSecurityGroup { .. } => Self::Makes(Thing::Group(made)),
            O::RevokeDefaultEgress { group } => {
                Self::Deletes(Thing::DefaultEgress(Value::group(group)))
            }
            O::AuthorizeRule { group, rule } => Self::Makes(Thing::Rule(RuleOf::of(group, rule))),
            O::RevokeRule { group, rule } => Self::Deletes(Thing::Rule(RuleOf::of(group, rule))),
            O::DeleteSecurityGroup { group } => Self::Deletes(Thing::Group(Value::group(group))),
            O::CreateVpcLink { .. } => Self::Makes(Thing::Link(made)),
            O::DeleteVpcLink { link } => Self::Deletes(Thing::Link(Value::link(link))),
            O::UpdateIntegration { method, .. } => Self::Changes(Thing::Method(method)),
            O::CreateDeployment { api, .. } => Self::Makes(Thing::Deployment(api, made)),
            O::DeleteDeployment { api, deployment } => {
                Self::Deletes(Thing::Deployment(api, Value::deployment(deployment)))
            }
            O::CreateStage { api, stage, .. } => Self::Makes(Thing::Stage(api, stage)),
            O::DeleteStage { api, stage } => Self::Deletes(Thing::Stage(api, stage)),
            O::FurnishStage { api, stage, .. }
            | O::SetCanary { api, stage, .. }
            | O::RemoveCanary { api, stage }
            | O::SetDeployment { api, stage, .. } => Self::Changes(Thing::Stage(api, stage)),
            O::CreateHttpIntegration { api, .. } => Self::Makes(Thing::HttpIntegration(api, made)),
            O::DeleteHttpIntegration { api, integration } => {
                let value = Value::integration(integration);
                Self::Deletes(Thing::HttpIntegration(api, value))
            }
            O::UpdateRoute { api, route, .. } => Self::Changes(Thing::Route(api, route)),
            O::CreateHttpDeployment { api, .. } => Self::Makes(Thing::HttpDeployment(api, made)),
            O::DeleteHttpDeployment { api, deployment } => {
                Self::Deletes(Thing::HttpDeployment(api, Value::deployment(deployment)))
            }
            O::SetHttpDeployment { api, stage, .. } => Self::Changes(Thing::HttpStage(api, stage)),
            O::DeleteV1Link { link } => Self::Deletes(Thing::V1Link(link)),
            O::DeregisterTarget {
                group,
                target,
                port,
            } => Self::Deletes(Thing::Target(group, target.as_str(), *port)),
            O::RegisterTarget {
                group,
                target,
                port,
            } => Self::Makes(Thing::Target(group, target.as_str(), *port)),
            O::DeleteLoadBalancer { load_balancer } => {
                Self::Deletes(Thing::LoadBalancer(load_balancer))
            }
            O::DeleteTargetGroup { group } => Self::Deletes(Thing::TargetGroup(group)),
        }
    }

    pub(super) fn thing(self) -> Thing<'p> {
        match self {
            Self::Makes(thing) | Self::Changes(thing) | Self::Deletes(thing) => thing,
        }
    }
}

/// What an operation names besides what it changes.
pub(super) fn named(operation: &Operation) -> Vec<Thing<'_>> {
    use Operation as O;
    match operation {
        O::CreateSecurityGroup { vpc, .. } => vec![Thing::Vpc(vpc)],
        O::AuthorizeRule { group, rule } | O::RevokeRule { group, rule } => vec![
            Thing::Group(Value::group(group)),
            Thing::Group(Value::group(&rule.peer)),
        ],
        O::RevokeDefaultEgress { group } => vec![Thing::Group(Value::group(group))],
        O::CreateVpcLink {
            security_groups, ..
        } => {
            let groups = security_groups.iter();
            groups
                .map(|group| Thing::Group(Value::group(group)))
                .collect()
        }
        O::UpdateIntegration { patch, .. } => {
            let link = match &patch.connection_id {
                ConnectionId::Link(link) => Some(Thing::Link(Value::link(link))),
                ConnectionId::Template(_) => None,
            };
            let target = patch.integration_target.as_ref().map(Thing::LoadBalancer);
            link.into_iter().chain(target).collect()
        }
        O::CreateStage {
            api,
            deployment,
            like,
            ..
        } => vec![
            Thing::Deployment(api, Value::deployment(deployment)),
            Thing::Stage(api, like),
        ],
        O::FurnishStage { api, like, .. } => vec![Thing::Stage(api, like)],
        O::SetCanary {
            api, deployment, ..
        }
        | O::SetDeployment {
            api, deployment, ..
        } => vec![Thing::Deployment(api, Value::deployment(deployment))],
        O::CreateHttpIntegration {
            api, like, link, ..
        } => vec![
            Thing::HttpIntegration(api, Value::Known(like.as_str())),
            Thing::Link(Value::link(link)),
        ],
        O::UpdateRoute {
            api, integration, ..
        } => vec![Thing::HttpIntegration(api, Value::integration(integration))],
        O::SetHttpDeployment {
            api, deployment, ..
        } => vec![Thing::HttpDeployment(api, Value::deployment(deployment))],
        O::DeregisterTarget { group, .. } | O::RegisterTarget { group, .. } => {
            vec![Thing::TargetGroup(group)]
        }
        O::DeleteSecurityGroup { .. }
        | O::DeleteVpcLink { .. }
        | O::CreateDeployment { .. }
        | O::DeleteDeployment { .. }
        | O::DeleteStage { .. }
        | O::RemoveCanary { .. }
        | O::DeleteHttpIntegration { .. }
        | O::CreateHttpDeployment { .. }
        | O::DeleteHttpDeployment { .. }
        | O::DeleteV1Link { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => Vec::new(),
    }
}

/// The load balancer to whose listener an operation leads requests.
pub(super) fn destination(operation: &Operation) -> Option<LoadBalancerArn> {
    match operation {
        Operation::UpdateIntegration { patch, .. } => patch.integration_target.clone(),
        Operation::CreateHttpIntegration { listener, .. } => listener.load_balancer(),
        _ => None,
    }
}
