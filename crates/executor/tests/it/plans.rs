//! Hand-written plans over the small account.

use std::collections::BTreeMap;

use unbridge_model::id::{
    AccountId, DeploymentId, HttpApiId, HttpIntegrationId, ListenerArn, LoadBalancerArn, Region,
    ResourceId, RestApiId, RouteId, SecurityGroupId, Sha256, StageName, StepId, SubnetId, VpcId,
    VpcLinkId,
};
use unbridge_model::network::Direction;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::{
    ConnectionId, GroupRule, IntegrationPatch, MethodRef, Operation, Percent,
};
use unbridge_model::plan::value::{Later, Planned};
use unbridge_model::plan::{Body, ObjectRef, Phase, Plan, SeenObject, Step, Undo};
use unbridge_model::template::Template;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

use crate::world::{ALB_GROUP, OLD};

pub(crate) fn step_id(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

fn api() -> RestApiId {
    RestApiId::new("api1").unwrap()
}

fn prod() -> StageName {
    StageName::new("prod").unwrap()
}

fn trial() -> StageName {
    StageName::new("unbridge-7f3a").unwrap()
}

fn vpc() -> VpcId {
    VpcId::new("vpc-1").unwrap()
}

fn old() -> Later<DeploymentId> {
    Later::Known(DeploymentId::new(OLD).unwrap())
}

fn new() -> Later<DeploymentId> {
    Later::From(step_id("freeze"))
}

fn link_group() -> Later<SecurityGroupId> {
    Later::From(step_id("link-group"))
}

fn alb_group() -> Later<SecurityGroupId> {
    Later::Known(SecurityGroupId::new(ALB_GROUP).unwrap())
}

fn method() -> MethodRef {
    MethodRef {
        api: api(),
        resource: ResourceId::new("abc").unwrap(),
        path: Text::new("/orders"),
        verb: unbridge_model::apigateway::Verb::Get,
    }
}

pub(crate) fn alb() -> LoadBalancerArn {
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/1a2b";
    LoadBalancerArn::new(arn).unwrap()
}

fn rewired() -> IntegrationPatch {
    IntegrationPatch {
        connection_id: ConnectionId::Link(Later::From(step_id("link"))),
        integration_target: Some(alb()),
        uri: Some(Uri::new("http://alb.example.com:8080/orders")),
    }
}

fn before() -> IntegrationPatch {
    IntegrationPatch {
        connection_id: ConnectionId::Template(Template::new("v1link")),
        integration_target: None,
        uri: Some(Uri::new("http://nlb.example.com/orders")),
    }
}

fn rule(direction: Direction, peer: Later<SecurityGroupId>) -> GroupRule {
    GroupRule {
        direction,
        port: 8080,
        peer,
    }
}

fn step(name: &str, phase: Phase, operation: Operation, undo: Undo) -> Step {
    Step {
        id: step_id(name),
        phase,
        forward: Text::new(name),
        backward: Text::new(name),
        preconditions: Vec::new(),
        operation,
        verification: Vec::new(),
        verify_within: 0,
        gate: None,
        undo,
    }
}

fn undo(operation: Operation) -> Undo {
    Undo::Operation {
        operation,
        only_if: Vec::new(),
    }
}

fn undo_if(operation: Operation, condition: Condition) -> Undo {
    Undo::Operation {
        operation,
        only_if: vec![condition],
    }
}

fn prepare() -> Vec<Step> {
    let group = Operation::CreateSecurityGroup {
        vpc: vpc(),
        name: Text::new("unbridge-link"),
        description: Text::new("for the link"),
        tags: BTreeMap::new(),
    };
    let delete_group = Operation::DeleteSecurityGroup {
        group: link_group(),
    };
    let mut steps = vec![
        step("link-group", Phase::Prepare, group, undo(delete_group)),
        step(
            "link-closed",
            Phase::Prepare,
            Operation::RevokeDefaultEgress {
                group: link_group(),
            },
            Undo::Nothing,
        ),
    ];
    let rules = [
        (
            "link-egress",
            link_group(),
            rule(Direction::Egress, alb_group()),
        ),
        (
            "alb-ingress",
            alb_group(),
            rule(Direction::Ingress, link_group()),
        ),
    ];
    for (name, group, rule) in rules {
        let (same_group, same_rule) = (group.clone(), rule.clone());
        let revoke = Operation::RevokeRule {
            group: group.clone(),
            rule: rule.clone(),
        };
        let authorize = Operation::AuthorizeRule { group, rule };
        let mut step = step(name, Phase::Prepare, authorize, undo(revoke));
        step.preconditions = vec![Condition::RuleGone {
            group: same_group,
            rule: same_rule,
        }];
        steps.push(step);
    }
    let made = || Later::From(step_id("link"));
    let create = Operation::CreateVpcLink {
        name: Text::new("unbridge"),
        subnets: vec![SubnetId::new("subnet-1").unwrap()],
        security_groups: vec![link_group()],
        tags: BTreeMap::new(),
    };
    let delete = Operation::DeleteVpcLink { link: made() };
    let mut link = step("link", Phase::Prepare, create, undo(delete));
    link.verification = vec![Condition::LinkAvailable { link: made() }];
    link.verify_within = 600;
    steps.push(link);
    steps
}

fn rewire() -> Step {
    let update = |patch| Operation::UpdateIntegration {
        method: method(),
        patch,
    };
    let is = |patch| Condition::IntegrationIs {
        method: method(),
        patch,
    };
    let undo = undo_if(update(before()), is(rewired()));
    let mut rewire = step("rewire", Phase::Rewire, update(rewired()), undo);
    rewire.preconditions = vec![is(before())];
    rewire.verification = vec![is(rewired())];
    rewire
}

fn shift() -> Vec<Step> {
    let freeze = Operation::CreateDeployment {
        api: api(),
        description: Text::new("unbridge"),
    };
    let thaw = Operation::DeleteDeployment {
        api: api(),
        deployment: new(),
    };
    let stage = Operation::CreateStage {
        api: api(),
        stage: trial(),
        deployment: new(),
        like: prod(),
        tags: BTreeMap::new(),
    };
    let delete_stage = || Operation::DeleteStage {
        api: api(),
        stage: trial(),
    };
    let mut try_out = step("trial", Phase::Shift, stage, undo(delete_stage()));
    try_out.gate = Some(Gate::Proof {
        api: api(),
        stage: trial(),
        like: prod(),
    });
    let tidy = step("trial-gone", Phase::TidyUp, delete_stage(), Undo::Nothing);
    vec![
        step("freeze", Phase::Shift, freeze, undo(thaw)),
        try_out,
        canary(),
        step("canary-end", Phase::Shift, remove_canary(), Undo::Nothing),
        promote(),
        tidy,
    ]
}

fn remove_canary() -> Operation {
    Operation::RemoveCanary {
        api: api(),
        stage: prod(),
    }
}

fn runs(deployment: Later<DeploymentId>) -> Condition {
    Condition::StageRuns {
        api: api(),
        stage: prod(),
        deployment,
    }
}

fn canary() -> Step {
    let percent = Percent::new(10).unwrap();
    let set = Operation::SetCanary {
        api: api(),
        stage: prod(),
        deployment: new(),
        percent,
    };
    let is = |percent| Condition::CanaryIs {
        api: api(),
        stage: prod(),
        deployment: new(),
        percent,
    };
    let mut canary = step(
        "canary",
        Phase::Shift,
        set,
        undo_if(remove_canary(), is(None)),
    );
    canary.preconditions = vec![runs(old())];
    canary.verification = vec![is(Some(percent))];
    canary.gate = Some(Gate::Bake {
        api: api(),
        stage: prod(),
        seconds: 150,
    });
    canary
}

fn promote() -> Step {
    let set = |deployment| Operation::SetDeployment {
        api: api(),
        stage: prod(),
        deployment,
    };
    let undo = undo_if(set(old()), runs(new()));
    let mut promote = step("promote", Phase::Shift, set(new()), undo);
    promote.preconditions = vec![runs(old())];
    promote.verification = vec![runs(new())];
    promote.gate = Some(Gate::Drain { seconds: 149 });
    promote
}

/// Moves one method of one stage over to a new link.
pub(crate) fn migration() -> Plan {
    let mut steps = prepare();
    steps.push(rewire());
    steps.extend(shift());
    plan(steps)
}

/// The same in two shares, over a link that has to be admitted.
pub(crate) fn shares() -> Plan {
    let Plan {
        tool_version,
        mut body,
        ..
    } = migration();
    let admitted = Condition::LinkAdmitted {
        link: Later::From(step_id("link")),
        load_balancer: alb(),
        port: 8080,
    };
    let place = body
        .steps
        .iter()
        .position(|one| one.id == step_id("canary"));
    let place = place.unwrap();
    let mut more = body.steps[place].clone();
    more.id = step_id("canary-50");
    more.preconditions = more.verification.clone();
    let percent = Percent::new(50).unwrap();
    if let Operation::SetCanary { percent: share, .. } = &mut more.operation {
        *share = percent;
    }
    if let Some(Condition::CanaryIs { percent: share, .. }) = more.verification.first_mut() {
        *share = Some(percent);
    }
    body.steps.insert(place + 1, more);
    for step in &mut body.steps {
        if matches!(step.gate, Some(Gate::Bake { .. } | Gate::Drain { .. })) {
            step.preconditions.push(admitted.clone());
        }
    }
    body.check().unwrap();
    Plan::new(tool_version, body)
}

/// Deletes the old link, which cannot be taken back.
pub(crate) fn retirement() -> Plan {
    let link = VpcLinkId::new("v1link").unwrap();
    let why = Text::new("old deployments name its id");
    let impossible = Undo::Impossible { why };
    let delete = Operation::DeleteV1Link { link };
    let mut steps = prepare();
    steps.push(step("old-link", Phase::Retire, delete, impossible));
    plan(steps)
}

pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    let body = Body {
        objects: vec![SeenObject {
            object: ObjectRef::RestApi(api()),
            digest: Sha256::of(b"api1"),
        }],
        ..Body::of_steps(
            AccountId::new("111122223333").unwrap(),
            Region::new("eu-west-1").unwrap(),
            Text::new("arn:aws:iam::111122223333:user/ops"),
            steps,
        )
    };
    body.check().unwrap();
    Plan::new(Text::new("0.1.0"), body)
}

/// The plan, made from a link and an NLB that lead to what it leads to.
pub(crate) fn from_old_way(mut plan: Plan) -> Plan {
    let nlb = alb().as_str().replace("/app/shop/", "/net/shop/");
    let link = VpcLinkId::new("v1link").unwrap();
    let objects = [
        ObjectRef::LoadBalancer(alb()),
        ObjectRef::LoadBalancer(LoadBalancerArn::new(nlb).unwrap()),
        ObjectRef::VpcLink(link),
    ];
    plan.body.objects.extend(objects.map(|object| SeenObject {
        digest: Sha256::of(b"seen"),
        object,
    }));
    Plan::new(plan.tool_version, plan.body)
}

/// The plan without some of its steps' ways back.
pub(crate) fn with_undo(mut plan: Plan, step: &str, undo: Undo) -> Plan {
    let steps = plan.body.steps.iter_mut();
    for one in steps.filter(|one| one.id == step_id(step)) {
        one.undo = undo.clone();
    }
    Plan::new(plan.tool_version, plan.body)
}

/// The operation of a step of a plan.
pub(crate) fn operation(plan: &Plan, step: &str) -> Operation<Planned> {
    plan.body.step(&step_id(step)).unwrap().operation.clone()
}

/// Moves one route of an HTTP API over to a new link.
pub(crate) fn http_migration() -> Plan {
    let api = || HttpApiId::new("http1").unwrap();
    let old = || HttpIntegrationId::new("int0").unwrap();
    let made = || Later::From(step_id("integration"));
    let listener =
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/shop/1a2b/3c4d";
    let create = Operation::CreateHttpIntegration {
        api: api(),
        like: old(),
        link: Later::From(step_id("link")),
        listener: ListenerArn::new(listener).unwrap(),
    };
    let delete = Operation::DeleteHttpIntegration {
        api: api(),
        integration: made(),
    };
    let route = |integration| Operation::UpdateRoute {
        api: api(),
        route: RouteId::new("route1").unwrap(),
        key: Text::new("GET /orders"),
        integration,
    };
    let undo_route = undo(route(Later::Known(old())));
    let mut steps = prepare();
    steps.push(step("integration", Phase::Rewire, create, undo(delete)));
    steps.push(step("route", Phase::Shift, route(made()), undo_route));
    plan(steps)
}
