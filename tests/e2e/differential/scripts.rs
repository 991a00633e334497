//! Sequences that chance does not find.

use unbridge_model::apigateway::Tags;
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId, StageName, StepId, SubnetId, VpcId};
use unbridge_model::network::Direction;
use unbridge_model::plan::operation::{
    ConnectionId, GroupRule, IntegrationPatch, MethodRef, Operation, Percent,
};
use unbridge_model::plan::value::Later;
use unbridge_model::text::Text;
use unbridge_sim::account::{RegionState, RestApiState};

use super::both::{Both, Kind, region};

/// What stands in the plain account at first.
struct Plain {
    state: RegionState,
    api: RestApiState,
}

/// What the n-th step made.
fn made<T>(step: usize) -> Later<T> {
    Later::From(StepId::new(format!("step-{step}")).expect("a step"))
}

impl Plain {
    fn of(both: &Both<'_>) -> Self {
        let account = both.live.account();
        let state = account.regions[&region()].clone();
        let api = state.rest_api_named("shop").expect("an API").clone();
        Self { state, api }
    }

    fn vpc(&self) -> VpcId {
        self.state.vpcs.iter().next().expect("a VPC").id.clone()
    }

    fn subnet(&self) -> SubnetId {
        let vpc = self.state.vpcs.iter().next().expect("a VPC");
        let mut subnets = vpc.subnets.iter().flatten();
        subnets.next().expect("a subnet").id.clone()
    }

    fn alb(&self) -> LoadBalancerArn {
        let alb = self.state.load_balancer_named("orders-alb");
        alb.expect("an ALB").arn.clone()
    }

    fn group(&self, name: &str) -> Operation {
        Operation::CreateSecurityGroup {
            vpc: self.vpc(),
            name: Text::new(name),
            description: Text::new("for links"),
            tags: Tags::new(),
        }
    }

    fn link(&self, groups: Vec<Later<SecurityGroupId>>) -> Operation {
        Operation::CreateVpcLink {
            name: Text::new("new"),
            subnets: vec![self.subnet()],
            security_groups: groups,
            tags: Tags::new(),
        }
    }

    /// Has the API's private method go over a link, to the ALB where that is of version 2.
    fn moved(&self, connection_id: ConnectionId, target: Option<LoadBalancerArn>) -> Operation {
        let mut methods = self.api.api.draft.iter().flatten();
        let method = methods.find(|method| method.path == "/{proxy+}");
        let method = method.expect("a private method");
        Operation::UpdateIntegration {
            method: MethodRef {
                api: self.api.api.id.clone(),
                resource: method.resource.expect("its resource"),
                path: method.path.clone(),
                verb: method.verb,
            },
            patch: IntegrationPatch {
                connection_id,
                integration_target: target,
                uri: None,
            },
        }
    }

    /// Back to the link that the method goes over at first.
    fn back(&self) -> Operation {
        let mut methods = self.api.api.draft.iter().flatten();
        let private = methods.find_map(|method| method.integration.as_ref()?.vpc_link.clone());
        self.moved(ConnectionId::Template(private.expect("a link")), None)
    }

    fn deployment(&self) -> Operation {
        Operation::CreateDeployment {
            api: self.api.api.id.clone(),
            description: Text::new("over links"),
        }
    }
}

/// A link that is `PENDING`, then `DELETING`, and what cannot be done meanwhile.
pub(super) fn links_on_their_way(both: &Both<'_>) -> Vec<(Operation, Kind)> {
    let plain = Plain::of(both);
    let over = || plain.moved(ConnectionId::Link(made(1)), Some(plain.alb()));
    let delete = || Operation::DeleteVpcLink { link: made(1) };
    vec![
        (plain.group("links"), Kind::Made),
        (plain.link(vec![made(0)]), Kind::Made),
        (over(), Kind::Made),
        (delete(), Kind::NotYet),
        (plain.back(), Kind::Made),
        (delete(), Kind::Made),
        (
            Operation::DeleteSecurityGroup { group: made(0) },
            Kind::NotYet,
        ),
        (over(), Kind::Made),
        (plain.deployment(), Kind::Refused),
    ]
}

/// The n-th of as many as there may be.
pub(super) const QUOTAS: [fn(&Both<'_>, usize) -> Operation; 3] = [stages, links, rules];

fn stages(both: &Both<'_>, number: usize) -> Operation {
    let api = Plain::of(both).api;
    let like = &api.stages[0];
    Operation::CreateStage {
        api: api.api.id.clone(),
        stage: StageName::new(format!("proof-{number}")).expect("a stage"),
        deployment: both.later_deployment(&like.deployment),
        like: like.name.clone(),
        tags: Tags::new(),
    }
}

fn links(both: &Both<'_>, _: usize) -> Operation {
    Plain::of(both).link(Vec::new())
}

fn rules(both: &Both<'_>, number: usize) -> Operation {
    let state = Plain::of(both).state;
    let vpcs = state.vpcs.iter();
    let mut groups = vpcs.flat_map(|vpc| vpc.security_groups.iter().flatten());
    let group = Later::Known(groups.next().expect("a group").id.clone());
    Operation::AuthorizeRule {
        group: group.clone(),
        rule: GroupRule {
            direction: Direction::Ingress,
            port: 2000 + u16::try_from(number).expect("a small number"),
            peer: group,
        },
    }
}

/// A link that nothing but a canary release goes over is deleted.
pub(super) fn link_of_canary(both: &Both<'_>) -> Vec<Operation> {
    let plain = Plain::of(both);
    vec![
        plain.link(Vec::new()),
        plain.moved(ConnectionId::Link(made(0)), Some(plain.alb())),
        plain.deployment(),
        Operation::SetCanary {
            api: plain.api.api.id.clone(),
            stage: StageName::new("prod").expect("a stage"),
            deployment: made(2),
            percent: Percent::new(10).expect("a share"),
        },
        plain.back(),
        Operation::DeleteVpcLink { link: made(0) },
    ]
}

/// A link is deleted while it is being deleted.
pub(super) fn link_deleted_twice(both: &Both<'_>) -> Vec<Operation> {
    let delete = || Operation::DeleteVpcLink { link: made(0) };
    vec![Plain::of(both).link(Vec::new()), delete(), delete()]
}

/// A canary release is removed where there is none.
pub(super) fn no_canary_to_remove(both: &Both<'_>) -> Vec<Operation> {
    vec![Operation::RemoveCanary {
        api: Plain::of(both).api.api.id.clone(),
        stage: StageName::new("prod").expect("a stage"),
    }]
}
