//! States in words for a person: clauses that go on after "it has to hold that".

use std::fmt::{self, Display};

use crate::network::Direction;
use crate::plan::condition::{Condition, Hosts, WebsocketStages};
use crate::plan::operation::{ConnectionId, GroupRule};
use crate::plan::value::{Settled, Values};

/// A clause of which values stand apart: of a plan, some are known only once a step is done.
#[derive(Debug)]
pub struct Clause<'c, V: Values>(Vec<Piece<'c, V>>);

/// A part of a clause.
#[derive(Debug)]
pub enum Piece<'c, V: Values> {
    /// Words.
    Text(String),
    /// The id of a link of version 2.
    VpcLink(&'c V::VpcLink),
    /// The id of a security group.
    SecurityGroup(&'c V::SecurityGroup),
    /// The id of a deployment.
    Deployment(&'c V::Deployment),
    /// The id of an integration of an HTTP API.
    HttpIntegration(&'c V::HttpIntegration),
}

impl<'c, V: Values> Clause<'c, V> {
    /// Its parts, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece<'c, V>> {
        self.0.iter()
    }

    fn of(text: impl Display) -> Self {
        Self(Vec::new()).then(text)
    }

    fn then(self, text: impl Display) -> Self {
        self.with(Piece::Text(text.to_string()))
    }

    fn link(self, link: &'c V::VpcLink) -> Self {
        self.with(Piece::VpcLink(link))
    }

    fn group(self, group: &'c V::SecurityGroup) -> Self {
        self.with(Piece::SecurityGroup(group))
    }

    fn deployment(self, deployment: &'c V::Deployment) -> Self {
        self.with(Piece::Deployment(deployment))
    }

    fn integration(self, integration: &'c V::HttpIntegration) -> Self {
        self.with(Piece::HttpIntegration(integration))
    }

    fn with(mut self, piece: Piece<'c, V>) -> Self {
        self.0.push(piece);
        self
    }
}

impl Display for Clause<'_, Settled> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::VpcLink(id) => id.fmt(f),
            Piece::SecurityGroup(id) => id.fmt(f),
            Piece::Deployment(id) => id.fmt(f),
            Piece::HttpIntegration(id) => id.fmt(f),
        })
    }
}

impl<V: Values> Condition<V> {
    /// The state as a clause.
    #[must_use]
    pub fn clause(&self) -> Clause<'_, V> {
        match self {
            Self::GroupStands { vpc, group } => Clause::of("security group ")
                .group(group)
                .then(format_args!(" exists in {vpc}")),
            Self::GroupGone { group } => Clause::of("security group ")
                .group(group)
                .then(" does not exist"),
            Self::RuleStands { group, rule } => ruled(group, "has", rule),
            Self::RuleGone { group, rule } => ruled(group, "does not have", rule),
            Self::DefaultEgressGone { group } => Clause::of("security group ")
                .group(group)
                .then(" has no rule that lets everything out"),
            Self::LinkAvailable { link } => {
                Clause::of("VPC link ").link(link).then(" is AVAILABLE")
            }
            Self::LinkGone { link } => Clause::of("VPC link ").link(link).then(" does not exist"),
            Self::LinkUnused { link } => {
                Clause::of("no API of the region uses VPC link ").link(link)
            }
            Self::LinkAdmitted {
                link,
                load_balancer,
                port,
            } => Clause::of(format_args!("ALB {} lets VPC link ", load_balancer.name()))
                .link(link)
                .then(format_args!(" in on TCP {port}")),
            Self::IntegrationIs { method, patch } => {
                let (verb, path, api) = (method.verb, &method.path, &method.api);
                let begun = format!("the draft's integration of {verb} {path} of API {api}");
                let begun = Clause::of(begun).then(" goes over VPC link ");
                let over = match &patch.connection_id {
                    ConnectionId::Link(link) => begun.link(link),
                    ConnectionId::Template(template) => begun.then(template.as_str()),
                };
                match &patch.uri {
                    Some(uri) => over.then(format_args!(" to {uri}")),
                    None => over,
                }
            }
            Self::DeploymentStands { api, deployment } => Clause::of("deployment ")
                .deployment(deployment)
                .then(format_args!(" of API {api} exists")),
            Self::DeploymentGone { api, deployment } => Clause::of("deployment ")
                .deployment(deployment)
                .then(format_args!(" of API {api} does not exist")),
            Self::StageRuns {
                api,
                stage,
                deployment,
            } => Clause::of(format_args!("stage {stage} of API {api} runs deployment "))
                .deployment(deployment)
                .then(" without a canary"),
            Self::CanaryIs {
                api,
                stage,
                deployment,
                percent,
            } => {
                let share = percent.map_or(String::new(), |percent| format!(" with {percent}"));
                Clause::of(format_args!(
                    "stage {stage} of API {api} has a canary on deployment "
                ))
                .deployment(deployment)
                .then(share)
            }
            Self::NoCanary { api, stage } => {
                Clause::of(format_args!("stage {stage} of API {api} has no canary"))
            }
            Self::StageGone { api, stage } => {
                Clause::of(format_args!("API {api} has no stage {stage}"))
            }
            Self::StageFurnished { api, stage, like } => Clause::of(format_args!(
                "stage {stage} of API {api} has the client certificate, throttle and web ACL of {like}"
            )),
            Self::StagesAlike {
                api,
                stage,
                like,
                but,
            } => {
                let but = match but.is_empty() {
                    true => "",
                    false => ", but for what was set",
                };
                Clause::of(format_args!(
                    "stage {stage} of API {api} runs the same as {like}{but}"
                ))
            }
            Self::RouteGoesTo {
                api,
                route,
                integration,
            } => Clause::of(format_args!(
                "route {route} of API {api} goes to integration "
            ))
            .integration(integration),
            Self::HttpIntegrationGone { api, integration } => Clause::of("integration ")
                .integration(integration)
                .then(format_args!(" of API {api} does not exist")),
            Self::HttpDeploymentGone { api, deployment } => Clause::of("deployment ")
                .deployment(deployment)
                .then(format_args!(" of API {api} does not exist")),
            Self::HttpDeploymentUnused { api, deployment } => {
                Clause::of(format_args!("no stage of API {api} runs deployment "))
                    .deployment(deployment)
            }
            Self::HttpStageRuns {
                api,
                stage,
                deployment,
            } => Clause::of(format_args!("stage {stage} of API {api} runs deployment "))
                .deployment(deployment),
            Self::V1LinkUnused { link, websockets } => Clause::of(format_args!(
                "no API of the region uses VPC link {link} of version 1{}",
                but_for(*websockets)
            )),
            Self::V1LinkGone { link } => {
                Clause::of(format_args!("VPC link {link} of version 1 does not exist"))
            }
            Self::TargetRegistered {
                group,
                target,
                port,
            } => Clause::of(format_args!("{group} has the target {target}, port {port}")),
            Self::TargetGone {
                group,
                target,
                port,
            } => Clause::of(format_args!(
                "{group} does not have the target {target}, port {port}"
            )),
            Self::NotProtected { load_balancer } => {
                Clause::of(format_args!("{load_balancer} has no deletion protection"))
            }
            Self::LoadBalancerUnnamed {
                load_balancer,
                hosts,
                websockets,
            } => {
                let but = but_for(*websockets);
                Clause::of(match hosts {
                    Hosts::Count => format!("no API of the region names {load_balancer}{but}"),
                    Hosts::DoNotCount => {
                        format!("no API of the region goes to {load_balancer} by its ARN{but}")
                    }
                })
            }
            Self::LoadBalancerGone { load_balancer } => {
                Clause::of(format_args!("{load_balancer} does not exist"))
            }
            Self::TargetGroupGone { group } => Clause::of(format_args!("{group} does not exist")),
        }
    }
}

/// What nobody looks at, because a person answers for it.
fn but_for(websockets: WebsocketStages) -> &'static str {
    match websockets {
        WebsocketStages::Count => "",
        WebsocketStages::DoNotCount => {
            ", what WebSocket stages run that do not deploy by themselves left out"
        }
    }
}

fn ruled<'c, V: Values>(
    group: &'c V::SecurityGroup,
    has: &str,
    rule: &'c GroupRule<V>,
) -> Clause<'c, V> {
    let way = match rule.direction {
        Direction::Ingress => "in from",
        Direction::Egress => "out to",
    };
    Clause::of("security group ")
        .group(group)
        .then(format_args!(
            " {has} a rule that lets TCP {} {way} security group ",
            rule.port
        ))
        .group(&rule.peer)
}
