//! Operations by chance: some that move an API, some that make no sense.

use unbridge_model::apigateway::{Method, Tags};
use unbridge_model::id::{
    DeploymentId, HttpApiId, HttpIntegrationId, LoadBalancerArn, ResourceId, RestApiId, RouteId,
    SecurityGroupId, StageName, SubnetId, TargetGroupArn, VpcId, VpcLinkId,
};
use unbridge_model::network::Direction;
use unbridge_model::plan::operation::{
    ConnectionId, GroupRule, IntegrationPatch, MethodRef, Operation, OperationKind, Percent,
};
use unbridge_model::plan::value::Later;
use unbridge_model::template::Template;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_sim::account::{HttpApiState, RegionState, RestApiState};
use unbridge_sim::random::Random;

use super::both::{Both, region};

/// What is drawn, and how often.
const WEIGHTS: [(OperationKind, usize); 27] = [
    (OperationKind::CreateSecurityGroup, 5),
    (OperationKind::RevokeDefaultEgress, 3),
    (OperationKind::AuthorizeRule, 6),
    (OperationKind::RevokeRule, 3),
    (OperationKind::DeleteSecurityGroup, 4),
    (OperationKind::CreateVpcLink, 4),
    (OperationKind::DeleteVpcLink, 4),
    (OperationKind::UpdateIntegration, 14),
    (OperationKind::CreateDeployment, 8),
    (OperationKind::DeleteDeployment, 4),
    (OperationKind::CreateStage, 5),
    (OperationKind::FurnishStage, 3),
    (OperationKind::DeleteStage, 3),
    (OperationKind::SetCanary, 8),
    (OperationKind::RemoveCanary, 5),
    (OperationKind::SetDeployment, 8),
    (OperationKind::CreateHttpIntegration, 5),
    (OperationKind::DeleteHttpIntegration, 3),
    (OperationKind::UpdateRoute, 5),
    (OperationKind::CreateHttpDeployment, 3),
    (OperationKind::DeleteHttpDeployment, 3),
    (OperationKind::SetHttpDeployment, 3),
    (OperationKind::DeleteV1Link, 3),
    (OperationKind::DeregisterTarget, 3),
    (OperationKind::RegisterTarget, 3),
    (OperationKind::DeleteLoadBalancer, 4),
    (OperationKind::DeleteTargetGroup, 3),
];

/// A migration in its order; sequences follow it some of the way.
const MIGRATION: [OperationKind; 12] = [
    OperationKind::UpdateIntegration,
    OperationKind::CreateDeployment,
    OperationKind::CreateStage,
    OperationKind::SetCanary,
    OperationKind::RemoveCanary,
    OperationKind::SetDeployment,
    OperationKind::DeleteStage,
    OperationKind::UpdateIntegration,
    OperationKind::CreateDeployment,
    OperationKind::SetDeployment,
    OperationKind::DeleteV1Link,
    OperationKind::DeleteLoadBalancer,
];

/// Draws operations.
pub(super) struct Generator {
    /// How far the migration has come; `None` when there is none.
    migrated: Option<usize>,
}

impl Generator {
    pub(super) fn new(random: &mut Random) -> Self {
        Self {
            migrated: random.percent(50).then_some(0),
        }
    }

    pub(super) fn next(&mut self, random: &mut Random, both: &Both<'_>) -> Operation {
        let account = both.live.account();
        let state = &account.regions[&region()];
        for _ in 0..50 {
            let kind = self.kind(random);
            let drawing = Drawing {
                random,
                both,
                state,
            };
            if let Some(operation) = drawing.operation(kind) {
                return operation;
            }
        }
        unreachable!("groups can always be made")
    }

    fn kind(&mut self, random: &mut Random) -> OperationKind {
        if let Some(at) = self.migrated
            && random.percent(70)
            && let Some(kind) = MIGRATION.get(at)
        {
            self.migrated = Some(at + 1);
            return *kind;
        }
        let all = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut drawn = random.below(all);
        for (kind, weight) in WEIGHTS {
            match drawn.checked_sub(weight) {
                Some(rest) => drawn = rest,
                None => return kind,
            }
        }
        unreachable!("weights add up")
    }
}

struct Drawing<'a> {
    random: &'a mut Random,
    both: &'a Both<'a>,
    state: &'a RegionState,
}

fn text(text: &str) -> Text {
    Text::new(text)
}

impl Drawing<'_> {
    /// Whether something is drawn that does not stand.
    fn missing(&mut self) -> bool {
        self.random.percent(6)
    }

    fn one<T: Clone>(&mut self, of: Vec<T>) -> Option<T> {
        self.random.pick(&of).cloned()
    }

    fn vpc(&mut self) -> Option<VpcId> {
        if self.missing() {
            return VpcId::new("vpc-00000000000000000").ok();
        }
        let all = self.state.vpcs.iter().map(|vpc| vpc.id.clone()).collect();
        self.one(all)
    }

    fn group(&mut self) -> Option<Later<SecurityGroupId>> {
        if self.missing() {
            let id = SecurityGroupId::new("sg-00000000000000000").ok()?;
            return Some(Later::Known(id));
        }
        let vpcs = self.state.vpcs.iter();
        let groups = vpcs.flat_map(|vpc| vpc.security_groups.iter().flatten());
        let ids: Vec<_> = groups.map(|group| group.id.clone()).collect();
        // What was made is drawn more often than what stood before.
        let made: Vec<_> = ids
            .iter()
            .map(|id| self.both.later_group(id))
            .filter(|id| id.step().is_some())
            .collect();
        match self.random.percent(60) && !made.is_empty() {
            true => self.one(made),
            false => self.one(ids).map(|id| self.both.later_group(&id)),
        }
    }

    fn rule(&mut self) -> Option<GroupRule> {
        let direction = self.one(vec![Direction::Ingress, Direction::Egress])?;
        Some(GroupRule {
            direction,
            port: self.one(vec![80, 443, 8080])?,
            peer: self.group()?,
        })
    }

    fn v2_link(&mut self) -> Option<Later<VpcLinkId>> {
        if self.missing() {
            return Some(Later::Known(VpcLinkId::new("zzzzzzzzzz").ok()?));
        }
        let all = self.state.v2_links().map(|link| link.id.clone()).collect();
        self.one(all).map(|id| self.both.later_link(&id))
    }

    fn v1_link(&mut self) -> Option<VpcLinkId> {
        if self.missing() {
            return VpcLinkId::new("zzzzzz").ok();
        }
        let all = self.state.v1_links().map(|link| link.id.clone()).collect();
        self.one(all)
    }

    fn rest_api(&mut self) -> Option<RestApiState> {
        let all = self.state.rest_apis.iter().cloned().collect();
        self.one(all)
    }

    fn http_api(&mut self) -> Option<HttpApiState> {
        let all = self.state.http_apis.iter().cloned().collect();
        self.one(all)
    }

    fn stage(&mut self, api: &RestApiState) -> Option<StageName> {
        if self.missing() {
            return StageName::new("nowhere").ok();
        }
        let all = api.stages.iter().map(|stage| stage.name.clone()).collect();
        self.one(all)
    }

    fn deployment(&mut self, api: &RestApiState) -> Option<Later<DeploymentId>> {
        if self.missing() {
            return Some(Later::Known(DeploymentId::new("zzzzzz").ok()?));
        }
        let all: Vec<_> = api.deployments.keys().cloned().collect();
        let made: Vec<_> = all
            .iter()
            .map(|id| self.both.later_deployment(id))
            .filter(|id| id.step().is_some())
            .collect();
        match self.random.percent(60) && !made.is_empty() {
            true => self.one(made),
            false => self.one(all).map(|id| self.both.later_deployment(&id)),
        }
    }

    fn load_balancer(&mut self) -> Option<LoadBalancerArn> {
        let all: Vec<_> = self
            .state
            .load_balancers
            .iter()
            .map(|lb| lb.arn.clone())
            .collect();
        let arn = self.one(all)?;
        if self.missing() {
            let other = arn.as_str().replace("orders", "nobodys");
            return LoadBalancerArn::new(other).ok();
        }
        Some(arn)
    }

    fn target_group(&mut self) -> Option<TargetGroupArn> {
        let groups = self.state.target_groups.iter();
        let arn = self.one(groups.map(|group| group.arn.clone()).collect())?;
        if self.missing() {
            let other = arn.as_str().replace("orders", "nobodys");
            return TargetGroupArn::new(other).ok();
        }
        Some(arn)
    }

    fn operation(mut self, kind: OperationKind) -> Option<Operation> {
        use OperationKind as K;
        match kind {
            K::CreateSecurityGroup
            | K::RevokeDefaultEgress
            | K::AuthorizeRule
            | K::RevokeRule
            | K::DeleteSecurityGroup => self.of_group(kind),
            K::CreateVpcLink => self.create_link(),
            K::DeleteVpcLink => Some(Operation::DeleteVpcLink {
                link: self.v2_link()?,
            }),
            K::DeleteV1Link => Some(Operation::DeleteV1Link {
                link: self.v1_link()?,
            }),
            K::UpdateIntegration => self.update_integration(),
            K::CreateDeployment
            | K::DeleteDeployment
            | K::CreateStage
            | K::FurnishStage
            | K::DeleteStage
            | K::SetCanary
            | K::RemoveCanary
            | K::SetDeployment => self.of_rest(kind),
            K::CreateHttpIntegration
            | K::DeleteHttpIntegration
            | K::UpdateRoute
            | K::CreateHttpDeployment
            | K::DeleteHttpDeployment
            | K::SetHttpDeployment => self.of_http(kind),
            K::DeregisterTarget | K::RegisterTarget => self.of_target(kind),
            K::DeleteLoadBalancer => Some(Operation::DeleteLoadBalancer {
                load_balancer: self.load_balancer()?,
            }),
            K::DeleteTargetGroup => Some(Operation::DeleteTargetGroup {
                group: self.target_group()?,
            }),
        }
    }

    fn of_group(&mut self, kind: OperationKind) -> Option<Operation> {
        Some(match kind {
            OperationKind::CreateSecurityGroup => {
                let names = ["links", "links-2", "links-3", "sg-links"];
                Operation::CreateSecurityGroup {
                    vpc: self.vpc()?,
                    name: text(self.random.pick(&names)?),
                    description: text("for links"),
                    tags: Tags::from([(text("team"), text("shop"))]),
                }
            }
            OperationKind::RevokeDefaultEgress => Operation::RevokeDefaultEgress {
                group: self.group()?,
            },
            OperationKind::AuthorizeRule => Operation::AuthorizeRule {
                group: self.group()?,
                rule: self.rule()?,
            },
            OperationKind::RevokeRule => {
                let group = self.group()?;
                let standing = self.standing_rule(&group);
                let rule = match standing {
                    Some(rule) if self.random.percent(70) => rule,
                    _ => self.rule()?,
                };
                Operation::RevokeRule { group, rule }
            }
            _ => Operation::DeleteSecurityGroup {
                group: self.group()?,
            },
        })
    }

    /// A rule that a group has, of the kind that plans know.
    fn standing_rule(&mut self, group: &Later<SecurityGroupId>) -> Option<GroupRule> {
        let vpcs = self.state.vpcs.iter();
        let mut groups = vpcs.flat_map(|vpc| vpc.security_groups.iter().flatten());
        let known = groups.find(|known| self.both.later_group(&known.id) == *group)?;
        let ways = [
            (Direction::Ingress, &known.ingress),
            (Direction::Egress, &known.egress),
        ];
        let rules = ways.into_iter().flat_map(|(way, rules)| {
            let tcp = rules.iter().filter(|rule| rule.protocol == "tcp");
            tcp.flat_map(move |rule| rule.peers.iter().map(move |peer| (way, rule, peer)))
        });
        let rules: Vec<GroupRule> = rules
            .filter_map(|(direction, rule, peer)| {
                let peer = SecurityGroupId::new(peer.clone()).ok()?;
                Some(GroupRule {
                    direction,
                    port: u16::try_from(rule.from_port?).ok()?,
                    peer: self.both.later_group(&peer),
                })
            })
            .collect();
        self.one(rules)
    }

    fn create_link(&mut self) -> Option<Operation> {
        let vpc = self.one(self.state.vpcs.iter().cloned().collect())?;
        let mut subnets: Vec<SubnetId> = vpc
            .subnets
            .iter()
            .flatten()
            .map(|subnet| subnet.id.clone())
            .collect();
        subnets.truncate(1 + self.random.below(3));
        if self.random.percent(5) {
            subnets.clear();
        }
        if self.random.percent(5) {
            subnets.push(SubnetId::new("subnet-00000000000000000").ok()?);
        }
        let mut groups = Vec::new();
        for _ in 0..self.random.below(3) {
            groups.extend(self.group());
        }
        groups.dedup();
        let name = self.one(vec!["new", "new", "new", "new", ""])?;
        Some(Operation::CreateVpcLink {
            name: text(name),
            subnets,
            security_groups: groups,
            tags: Tags::new(),
        })
    }

    fn update_integration(&mut self) -> Option<Operation> {
        let api = self.rest_api()?;
        let methods = api.api.draft.iter().flatten().cloned().collect();
        let method: Method = self.one(methods)?;
        let resource = match self.missing() {
            true => "zzzzzzzzzz".parse::<ResourceId>().ok()?,
            false => method.resource?,
        };
        let before = method
            .integration
            .as_deref()
            .and_then(|one| one.vpc_link.clone());
        let direct = self.random.percent(65);
        let connection_id = match (direct, before) {
            (true, _) => ConnectionId::Link(self.v2_link()?),
            (false, Some(before)) if self.random.percent(50) => ConnectionId::Template(before),
            (false, _) if self.random.percent(20) => {
                ConnectionId::Template(Template::new("${stageVariables.link}"))
            }
            (false, _) => ConnectionId::Template(Template::new(self.v1_link()?.as_str())),
        };
        let target = self.random.percent(if direct { 85 } else { 10 });
        let lbs = self.state.load_balancers.iter().cloned().collect();
        let lb: unbridge_model::elb::LoadBalancer = self.one(lbs)?;
        let arn = match self.random.below(30) {
            0 => lb.arn.as_str().replace("eu-west-1", "us-east-1"),
            1 => lb.arn.as_str().replace(lb.arn.account(), "999988887777"),
            _ => lb.arn.as_str().to_owned(),
        };
        let port = lb.listeners.iter().flatten().find_map(|one| one.port);
        let port = match self.random.below(10) {
            0 => 81,
            _ => port.unwrap_or(80),
        };
        let host = lb.dns_name.as_deref().unwrap_or("backend.example");
        let uri = Uri::new(&format!("http://{host}:{port}/moved"));
        Some(Operation::UpdateIntegration {
            method: MethodRef {
                api: api.api.id.clone(),
                resource,
                path: method.path.clone(),
                verb: method.verb,
            },
            patch: IntegrationPatch {
                connection_id,
                integration_target: target.then(|| LoadBalancerArn::new(arn).ok()).flatten(),
                uri: self.random.percent(40).then_some(uri),
            },
        })
    }

    fn of_rest(&mut self, kind: OperationKind) -> Option<Operation> {
        let known = self.rest_api()?;
        let api = match self.random.percent(2) {
            true => RestApiId::new("zzzzzzzzzz").ok()?,
            false => known.api.id.clone(),
        };
        Some(match kind {
            OperationKind::CreateDeployment => Operation::CreateDeployment {
                api,
                description: text("over links"),
            },
            OperationKind::DeleteDeployment => Operation::DeleteDeployment {
                api,
                deployment: self.deployment(&known)?,
            },
            OperationKind::CreateStage => {
                let names = ["proof", "proof-2", "prod", "of.dots", "two words"];
                let name =
                    names[self.random.below(names.len() + 4).min(names.len() + 3) % names.len()];
                Operation::CreateStage {
                    api,
                    stage: StageName::new(name).ok()?,
                    deployment: self.deployment(&known)?,
                    like: self.stage(&known)?,
                    tags: Tags::new(),
                }
            }
            OperationKind::FurnishStage => Operation::FurnishStage {
                api,
                stage: self.stage(&known)?,
                like: self.stage(&known)?,
            },
            OperationKind::DeleteStage => Operation::DeleteStage {
                api,
                stage: self.stage(&known)?,
            },
            OperationKind::SetCanary => Operation::SetCanary {
                api,
                stage: self.stage(&known)?,
                deployment: self.deployment(&known)?,
                percent: Percent::new(*self.random.pick(&[0, 1, 10, 50, 100])?)?,
            },
            OperationKind::RemoveCanary => Operation::RemoveCanary {
                api,
                stage: self.stage(&known)?,
            },
            _ => Operation::SetDeployment {
                api,
                stage: self.stage(&known)?,
                deployment: self.deployment(&known)?,
            },
        })
    }

    fn http_integration(&mut self, api: &HttpApiState) -> Option<Later<HttpIntegrationId>> {
        if self.missing() {
            return Some(Later::Known(HttpIntegrationId::new("zzzzzzz").ok()?));
        }
        let all = api.api.integrations.iter().flatten();
        let all = all.map(|one| one.id.clone()).collect();
        self.one(all).map(|id| self.both.later_integration(&id))
    }

    fn http_deployment(&mut self, api: &HttpApiId) -> Option<Later<DeploymentId>> {
        if self.missing() {
            return Some(Later::Known(DeploymentId::new("zzzzzz").ok()?));
        }
        let known = self.state.http_api(api)?;
        let before = known
            .stages
            .iter()
            .filter_map(|stage| stage.deployment.as_ref());
        let before = before.map(|id| self.both.later_deployment(id));
        let made = self.both.http.iter().filter(|(of, _)| of == api);
        let made = made.map(|(_, step)| Later::From(step.clone()));
        self.one(before.chain(made).collect())
    }

    fn of_http(&mut self, kind: OperationKind) -> Option<Operation> {
        let known = self.http_api()?;
        let api = known.api.id.clone();
        Some(match kind {
            OperationKind::CreateHttpIntegration => {
                let integrations = known.api.integrations.iter().flatten();
                let like = integrations
                    .filter(|one| self.both.later_integration(&one.id).step().is_none());
                let like = like.map(|one| one.id.clone()).collect();
                let lbs = self.state.load_balancers.iter();
                let listeners = lbs.flat_map(|lb| lb.listeners.iter().flatten());
                let listeners = listeners.map(|listener| listener.arn.clone()).collect();
                Operation::CreateHttpIntegration {
                    api,
                    like: self.one(like)?,
                    link: self.v2_link()?,
                    listener: self.one(listeners)?,
                }
            }
            OperationKind::DeleteHttpIntegration => Operation::DeleteHttpIntegration {
                api,
                integration: self.http_integration(&known)?,
            },
            OperationKind::UpdateRoute => {
                let routes = known.api.routes.iter().flatten();
                let routes =
                    routes.filter_map(|route| Some((route.id.clone()?, route.key.clone())));
                let (route, key) = self.one(routes.collect())?;
                let route = match self.missing() {
                    true => RouteId::new("zzzzzzz").ok()?,
                    false => route,
                };
                Operation::UpdateRoute {
                    api,
                    route,
                    key,
                    integration: self.http_integration(&known)?,
                }
            }
            OperationKind::CreateHttpDeployment => Operation::CreateHttpDeployment {
                api,
                description: text("over links"),
            },
            OperationKind::DeleteHttpDeployment => Operation::DeleteHttpDeployment {
                deployment: self.http_deployment(&api)?,
                api,
            },
            _ => {
                let stages = known.stages.iter().map(|stage| stage.name.clone());
                let stages = stages.collect();
                let stage = match self.missing() {
                    true => StageName::new("nowhere").ok()?,
                    false => self.one(stages)?,
                };
                Operation::SetHttpDeployment {
                    deployment: self.http_deployment(&api)?,
                    api,
                    stage,
                }
            }
        })
    }

    fn of_target(&mut self, kind: OperationKind) -> Option<Operation> {
        let groups = self.state.target_groups.iter().cloned().collect();
        let known: unbridge_model::elb::TargetGroup = self.one(groups)?;
        let targets: Vec<_> = known.targets.iter().flatten().cloned().collect();
        let standing = self.one(targets);
        let port = standing.as_ref().and_then(|one| one.port).or(known.port)?;
        let port = match self.random.below(8) {
            0 => 8081,
            _ => port,
        };
        let alb = known.target_type == unbridge_model::elb::TargetType::Alb;
        let target = match standing {
            Some(one) if self.random.percent(70) => one.id,
            _ if alb => text(self.load_balancer()?.as_str()),
            _ => text("10.0.0.77"),
        };
        let group = match self.missing() {
            true => self.target_group()?,
            false => known.arn.clone(),
        };
        Some(match kind {
            OperationKind::DeregisterTarget => Operation::DeregisterTarget {
                group,
                target,
                port,
            },
            _ => Operation::RegisterTarget {
                group,
                target,
                port,
            },
        })
    }
}
