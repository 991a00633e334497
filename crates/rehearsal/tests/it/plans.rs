//! Plans written by hand: the good one for a REST API over one NLB, step by step as the design
//! says, and a way to spoil it.

use unbridge_model::apigateway::{LinkReach, Method, Tags};
use unbridge_model::elb::{Action, LoadBalancer};
use unbridge_model::id::{
    AccountId, DeploymentId, LoadBalancerArn, Region, RestApiId, SecurityGroupId, StageName,
    StepId, VpcLinkId,
};
use unbridge_model::network::Direction;
use unbridge_model::plan::condition::{Condition, Gate, PatchedMethod};
use unbridge_model::plan::operation::{
    ConnectionId, GroupRule, IntegrationPatch, MethodRef, Operation, Percent,
};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{
    Body, Choices, ObjectRef, Phase, Plan, SeenObject, Step, Undo, digest_of,
};
use unbridge_model::text::Text;
use unbridge_sim::account::{Account, RegionState, RestApiState};

use crate::sentences::tell;

/// How long a link may take to become available, in seconds.
const LINK_SECONDS: u32 = 900;
/// Shares of the canary releases, in percent.
const SHARES: [u8; 3] = [10, 50, 100];
/// How long each share is watched, in seconds.
const BAKE_SECONDS: u32 = 300;

/// A step's name.
pub(crate) fn id(text: &str) -> StepId {
    StepId::new(text).expect("a step id")
}

/// What a plan for one API has to know.
pub(crate) struct Site {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) api: RestApiState,
    pub(crate) link: VpcLinkId,
    pub(crate) alb: LoadBalancer,
    pub(crate) port: u16,
}

impl Site {
    /// What stands around the API of this name: its first private method leads over its link and
    /// NLB to an ALB.
    pub(crate) fn of(account: &Account, region: &str, api: &str) -> Self {
        let region = Region::new(region).expect("a region");
        let state = account.regions.get(&region).expect("the region");
        let api = state.rest_api_named(api).expect("the API");
        let method = private_methods(api).next().expect("a private method");
        let integration = method.integration.as_deref().expect("an integration");
        let link = integration.vpc_link.as_ref().expect("a link").as_str();
        let link = VpcLinkId::new(link).expect("a literal link");
        let (alb, port) = behind(state, &link);
        Self {
            account: account.id.clone(),
            api: api.clone(),
            link,
            alb: alb.clone(),
            port,
            region,
        }
    }

    fn api_id(&self) -> RestApiId {
        self.api.api.id.clone()
    }

    fn alb_group(&self) -> SecurityGroupId {
        let group = self.alb.security_groups.first();
        group.expect("a security group of the ALB").clone()
    }
}

/// Methods over a link.
fn private_methods(api: &RestApiState) -> impl Iterator<Item = &Method> {
    let draft = api.api.draft.iter().flat_map(|methods| methods.iter());
    draft.filter(|method| {
        let integration = method.integration.as_deref();
        integration.is_some_and(|known| known.vpc_link.is_some())
    })
}

/// The ALB behind the first listener of a link's NLB.
fn behind<'a>(state: &'a RegionState, link: &VpcLinkId) -> (&'a LoadBalancer, u16) {
    let link = state.links.iter().find(|known| known.id == *link);
    let LinkReach::V1 { targets } = &link.expect("the link").reach else {
        panic!("a link of version 1");
    };
    let nlb = state.load_balancer(&targets[0]).expect("the NLB");
    let listener = &nlb.listeners.as_ref().expect("listeners")[0];
    let Action::Forward { groups } = &listener.default_actions[0] else {
        panic!("it forwards");
    };
    let group = state.target_group(&groups[0].group).expect("the group");
    let target = &group.targets.as_ref().expect("targets")[0];
    let alb = LoadBalancerArn::new(target.id.clone()).expect("an ALB");
    let port = target.port.expect("a port");
    (state.load_balancer(&alb).expect("the ALB"), port)
}

/// The steps of a plan while they are written.
pub(crate) struct Draft {
    site: Site,
    pub(crate) steps: Vec<Step>,
}

impl Draft {
    /// The good plan: these stages, in this order.
    pub(crate) fn good(site: Site, stages: &[&str]) -> Self {
        let stages: Vec<StageName> = stages
            .iter()
            .map(|name| StageName::new(*name).expect("a stage"))
            .collect();
        let mut draft = Self {
            site,
            steps: Vec::new(),
        };
        draft.baseline(&stages);
        draft.prepare();
        draft.rewire(&stages);
        for stage in &stages {
            draft.shift(stage);
        }
        draft
    }

    /// The beginning of a plan: a security group, its rules, and a link.
    pub(crate) fn prepared(site: Site) -> Self {
        let mut draft = Self {
            site,
            steps: Vec::new(),
        };
        draft.prepare();
        draft
    }

    /// The plan with these steps.
    pub(crate) fn plan(self) -> Plan {
        let Self { site, mut steps } = self;
        let api = format!("{} ({})", site.api.api.name, site.api_id());
        steps.iter_mut().for_each(|step| tell(step, &api));
        let mut objects = vec![
            SeenObject {
                object: ObjectRef::RestApi(site.api_id()),
                digest: digest_of(&site.api.api),
            },
            SeenObject {
                object: ObjectRef::LoadBalancer(site.alb.arn.clone()),
                digest: digest_of(&site.alb),
            },
        ];
        objects.sort();
        let caller = Text::from(format!("arn:aws:iam::{}:user/planner", site.account));
        let body = Body {
            objects,
            choices: Choices {
                canary: SHARES.into_iter().filter_map(Percent::new).collect(),
                bake_seconds: BAKE_SECONDS,
                ..Choices::default()
            },
            ..Body::of_steps(site.account, site.region, caller, steps)
        };
        Plan::new(Text::new("0.1.0"), body)
    }

    /// Takes a step out, and what names it.
    pub(crate) fn without(mut self, step: &str) -> Self {
        let before = self.steps.len();
        self.steps.retain(|known| known.id.as_str() != step);
        assert_eq!(self.steps.len(), before - 1, "{step}");
        self
    }

    /// Changes a step.
    pub(crate) fn with(mut self, step: &str, change: impl FnOnce(&mut Step)) -> Self {
        let mut found = self
            .steps
            .iter_mut()
            .find(|known| known.id.as_str() == step);
        change(found.as_mut().expect(step));
        self
    }

    /// Sees to it, before it is proven, that the temporary stage has what it does not get when it is
    /// made.
    pub(crate) fn furnished(mut self) -> Self {
        let named = |known: &Step| known.id.as_str() == "proof-stage";
        let place = self.steps.iter().position(named).expect("a stage");
        let made = &mut self.steps[place];
        let Operation::CreateStage {
            api, stage, like, ..
        } = made.operation.clone()
        else {
            unreachable!("a stage");
        };
        let has = Condition::StageFurnished {
            api: api.clone(),
            stage: stage.clone(),
            like: like.clone(),
        };
        let furnish = Operation::FurnishStage { api, stage, like };
        let mut given = step("proof-furnish", made.phase, furnish, Undo::Nothing);
        given.verification = std::mem::take(&mut made.verification);
        given.verification.insert(0, has);
        given.verify_within = made.verify_within;
        given.gate = made.gate.take();
        self.steps.insert(place + 1, given);
        self
    }

    /// Moves a step before another.
    pub(crate) fn moved(mut self, step: &str, before: &str) -> Self {
        let at = |steps: &[Step], name: &str| {
            let found = steps.iter().position(|known| known.id.as_str() == name);
            found.expect("the step")
        };
        let taken = self.steps.remove(at(&self.steps, step));
        let place = at(&self.steps, before);
        self.steps.insert(place, taken);
        self
    }

    /// Puts a step behind all others.
    pub(crate) fn and(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    fn stage_runs(&self, stage: &StageName) -> DeploymentId {
        let stage = self.site.api.stage(stage).expect("the stage");
        stage.deployment.clone()
    }

    fn add(&mut self, name: &str, phase: Phase, operation: Operation, undo: Undo) -> &mut Step {
        self.steps.push(step(name, phase, operation, undo));
        self.steps.last_mut().expect("the step just added")
    }

    fn baseline(&mut self, stages: &[StageName]) {
        let api = self.site.api_id();
        let temporary = StageName::new("unbridge-baseline").expect("a stage");
        self.add(
            "baseline-deploy",
            Phase::Baseline,
            Operation::CreateDeployment {
                api: api.clone(),
                description: Text::new("baseline"),
            },
            back(Operation::DeleteDeployment {
                api: api.clone(),
                deployment: Later::From(id("baseline-deploy")),
            }),
        );
        let alike = stages.iter().map(|stage| Condition::StagesAlike {
            api: api.clone(),
            stage: temporary.clone(),
            like: stage.clone(),
            but: Vec::new(),
        });
        self.temporary_stage("baseline", Phase::Baseline, &stages[0], "baseline-deploy")
            .verification
            .extend(alike);
        self.add(
            "baseline-delete-stage",
            Phase::Baseline,
            Operation::DeleteStage {
                api: api.clone(),
                stage: temporary,
            },
            Undo::Nothing,
        );
        self.add(
            "baseline-delete-deployment",
            Phase::Baseline,
            Operation::DeleteDeployment {
                api,
                deployment: Later::From(id("baseline-deploy")),
            },
            Undo::Nothing,
        );
    }

    fn temporary_stage(
        &mut self,
        name: &str,
        phase: Phase,
        like: &StageName,
        deployment: &str,
    ) -> &mut Step {
        let api = self.site.api_id();
        let stage = StageName::new(format!("unbridge-{name}")).expect("a stage");
        let gone = Condition::StageGone {
            api: api.clone(),
            stage: stage.clone(),
        };
        let step = self.add(
            &format!("{name}-stage"),
            phase,
            Operation::CreateStage {
                api: api.clone(),
                stage: stage.clone(),
                deployment: Later::From(id(deployment)),
                like: like.clone(),
                tags: Tags::new(),
            },
            back(Operation::DeleteStage { api, stage }),
        );
        step.preconditions.push(gone);
        step.verify_within = 120;
        step
    }

    fn prepare(&mut self) {
        let vpc = self.site.alb.vpc.clone().expect("the ALB's VPC");
        let (ours, albs) = (Later::From(id("group")), self.site.alb_group());
        let port = self.site.port;
        let created = Operation::CreateSecurityGroup {
            vpc: vpc.clone(),
            name: Text::new("unbridge-link"),
            description: Text::new("of a VPC link"),
            tags: Tags::new(),
        };
        let deleted = Operation::DeleteSecurityGroup {
            group: ours.clone(),
        };
        let step = self.add("group", Phase::Prepare, created, back(deleted));
        step.verification.push(Condition::GroupStands {
            vpc,
            group: ours.clone(),
        });
        step.verify_within = 60;
        let revoke = Operation::RevokeDefaultEgress {
            group: ours.clone(),
        };
        self.add("group-closed", Phase::Prepare, revoke, Undo::Nothing);
        let out = GroupRule {
            direction: Direction::Egress,
            port,
            peer: Later::Known(albs.clone()),
        };
        let authorize = Operation::AuthorizeRule {
            group: ours.clone(),
            rule: out,
        };
        self.add("egress", Phase::Prepare, authorize, Undo::Nothing);
        let (group, rule) = (
            Later::Known(albs),
            GroupRule {
                direction: Direction::Ingress,
                port,
                peer: ours.clone(),
            },
        );
        let revoke = Operation::RevokeRule {
            group: group.clone(),
            rule: rule.clone(),
        };
        let authorize = Operation::AuthorizeRule { group, rule };
        self.add("ingress", Phase::Prepare, authorize, back(revoke));
        let zones = self.site.alb.zones.iter();
        let created = Operation::CreateVpcLink {
            name: Text::new("unbridge"),
            subnets: zones.filter_map(|zone| zone.subnet.clone()).collect(),
            security_groups: vec![ours],
            tags: Tags::new(),
        };
        let link = Later::From(id("link"));
        let deleted = Operation::DeleteVpcLink { link: link.clone() };
        let undo = Undo::Operation {
            operation: deleted,
            only_if: vec![Condition::LinkUnused { link: link.clone() }],
        };
        let step = self.add("link", Phase::Prepare, created, undo);
        step.verification.push(Condition::LinkAvailable { link });
        step.verify_within = LINK_SECONDS;
    }

    /// A method of the API, what it is set to, and what it was set to.
    fn patches(&self) -> Vec<(MethodRef, IntegrationPatch, IntegrationPatch)> {
        let rows = private_methods(&self.site.api).map(|method| {
            let integration = method.integration.as_deref().expect("an integration");
            let named = MethodRef {
                api: self.site.api_id(),
                resource: method.resource.expect("a resource"),
                path: method.path.clone(),
                verb: method.verb,
            };
            let new = IntegrationPatch {
                connection_id: ConnectionId::Link(Later::From(id("link"))),
                integration_target: Some(self.site.alb.arn.clone()),
                uri: None,
            };
            let old = IntegrationPatch {
                connection_id: ConnectionId::Template(
                    integration.vpc_link.clone().expect("a link"),
                ),
                integration_target: None,
                uri: None,
            };
            (named, new, old)
        });
        rows.collect()
    }

    fn rewire(&mut self, stages: &[StageName]) {
        let api = self.site.api_id();
        let patches = self.patches();
        for (number, (method, new, old)) in patches.iter().enumerate() {
            let was = Condition::IntegrationIs {
                method: method.clone(),
                patch: old.clone(),
            };
            let undo = Undo::Operation {
                operation: Operation::UpdateIntegration {
                    method: method.clone(),
                    patch: old.clone(),
                },
                only_if: vec![Condition::IntegrationIs {
                    method: method.clone(),
                    patch: new.clone(),
                }],
            };
            let operation = Operation::UpdateIntegration {
                method: method.clone(),
                patch: new.clone(),
            };
            let step = self.add(
                &format!("rewire-{}", number + 1),
                Phase::Rewire,
                operation,
                undo,
            );
            step.preconditions.push(was);
        }
        self.add(
            "deploy",
            Phase::Shift,
            Operation::CreateDeployment {
                api: api.clone(),
                description: Text::new("over the new link"),
            },
            back(Operation::DeleteDeployment {
                api: api.clone(),
                deployment: Later::From(id("deploy")),
            }),
        );
        let temporary = StageName::new("unbridge-proof").expect("a stage");
        let but: Vec<PatchedMethod> = patches
            .into_iter()
            .map(|(method, patch, _)| PatchedMethod { method, patch })
            .collect();
        let alike = stages.iter().map(|stage| Condition::StagesAlike {
            api: api.clone(),
            stage: temporary.clone(),
            like: stage.clone(),
            but: but.clone(),
        });
        let gate = Gate::Proof {
            api: api.clone(),
            stage: temporary.clone(),
            like: stages[0].clone(),
        };
        let step = self.temporary_stage("proof", Phase::Shift, &stages[0], "deploy");
        step.verification.extend(alike);
        step.gate = Some(gate);
        self.add(
            "proof-delete-stage",
            Phase::Shift,
            Operation::DeleteStage {
                api,
                stage: temporary,
            },
            Undo::Nothing,
        );
    }

    /// The ALB still admits the link (H33).
    pub(crate) fn admitted(&self) -> Condition {
        Condition::RuleStands {
            group: Later::Known(self.site.alb_group()),
            rule: GroupRule {
                direction: Direction::Ingress,
                port: self.site.port,
                peer: Later::From(id("group")),
            },
        }
    }

    fn shift(&mut self, stage: &StageName) {
        let (api, old) = (self.site.api_id(), self.stage_runs(stage));
        let new = Later::From(id("deploy"));
        let runs_old = Condition::StageRuns {
            api: api.clone(),
            stage: stage.clone(),
            deployment: Later::Known(old.clone()),
        };
        let canary = |percent: Option<u8>| Condition::CanaryIs {
            api: api.clone(),
            stage: stage.clone(),
            deployment: new.clone(),
            percent: percent.and_then(Percent::new),
        };
        let mut before = runs_old.clone();
        for percent in SHARES {
            let operation = Operation::SetCanary {
                api: api.clone(),
                stage: stage.clone(),
                deployment: new.clone(),
                percent: Percent::new(percent).expect("a percentage"),
            };
            let undo = Undo::Operation {
                operation: Operation::RemoveCanary {
                    api: api.clone(),
                    stage: stage.clone(),
                },
                only_if: vec![canary(None)],
            };
            let gate = Gate::Bake {
                api: api.clone(),
                stage: stage.clone(),
                seconds: BAKE_SECONDS,
            };
            let name = format!("{stage}-canary-{percent}");
            let admitted = self.admitted();
            let step = self.add(&name, Phase::Shift, operation, undo);
            step.preconditions.push(before);
            step.preconditions.push(admitted);
            step.verification.push(canary(Some(percent)));
            step.verify_within = 60;
            step.gate = Some(gate);
            before = canary(Some(percent));
        }
        let remove = Operation::RemoveCanary {
            api: api.clone(),
            stage: stage.clone(),
        };
        let name = format!("{stage}-end-canary");
        let step = self.add(&name, Phase::Shift, remove, Undo::Nothing);
        step.preconditions.push(before);
        let set = |deployment| Operation::SetDeployment {
            api: api.clone(),
            stage: stage.clone(),
            deployment,
        };
        let runs_new = Condition::StageRuns {
            api: api.clone(),
            stage: stage.clone(),
            deployment: new.clone(),
        };
        let undo = Undo::Operation {
            operation: set(Later::Known(old)),
            only_if: vec![runs_new.clone()],
        };
        let name = format!("{stage}-promote");
        let step = self.add(&name, Phase::Shift, set(new.clone()), undo);
        step.preconditions.push(runs_old);
        step.verification.push(runs_new);
        step.verify_within = 60;
        step.gate = Some(Gate::Drain { seconds: 149 });
    }
}

/// A step of which only the change and the way back are said.
pub(crate) fn step(name: &str, phase: Phase, operation: Operation, undo: Undo) -> Step {
    Step {
        id: id(name),
        phase,
        // Told when the plan is whole.
        forward: Text::new(""),
        backward: Text::new(""),
        preconditions: Vec::new(),
        operation,
        verification: Vec::new(),
        verify_within: 0,
        gate: None,
        undo,
    }
}

fn back(operation: Operation) -> Undo {
    Undo::Operation {
        operation,
        only_if: Vec::new(),
    }
}
