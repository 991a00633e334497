//! A small account in which a method can be moved, and words for what is done to it.

mod asked;
mod balancers;
mod groups;
mod history;
mod http;
mod links;
mod owned;
mod properties;
mod quota;
mod rest;
mod semantics;
mod stages;
mod unused;

use std::time::Duration;

use unbridge_model::apigateway::{Tags, Verb};
use unbridge_model::id::{
    AccountId, DeploymentId, LoadBalancerArn, PlanId, Region, RestApiId, RunId, SecurityGroupId,
    Sha256, StageName, StepId, SubnetId, TargetGroupArn, VpcId, VpcLinkId,
};
use unbridge_model::journal::{
    Direction, FORMAT, FORMAT_VERSION, Header, Journal, JournalStore, Owner, Recorded, StoreError,
};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{
    ConnectionId, GroupRule, IntegrationPatch, MethodRef, Operation, Percent,
};
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::plan::{Body, Phase, Step, Undo};
use unbridge_model::port::{Clock, Held, WriteError, WriteFailure, Writer};
use unbridge_model::route::{AnyApi, Request, Share};
use unbridge_model::text::Text;

use super::{Live, Switches};
use crate::account::{Account, RegionState, RestApiState, StageState};
use crate::build::Estate;

type Op = Operation<Settled>;
type Cond = Condition<Settled>;

const RUN: &str = "run-1";

/// The answer of a change.
type Answered = Result<Option<Output>, WriteError>;

/// A live account and words for what stands in it.
struct Desk(Live);

fn region() -> Region {
    Region::new("eu-west-1").expect("a region")
}

/// `shop` runs `/{proxy+}` over `orders-link` on `prod` and `dev`; there is a link `direct` of
/// version 2 in the same VPC.
fn estate() -> Estate {
    Estate::new("123456789012")
        .region("eu-west-1")
        .bridge("orders", 80)
        .v2_link("direct")
        .rest_api("shop", |api| {
            api.proxy("/{proxy+}", "orders-link")
                .lambda(Verb::Get, "/hello")
                .deploy("dev")
                .deploy("prod")
                .variable("prod", "tenant", "acme")
                .client_certificate("prod", "cert1")
        })
}

fn desk() -> Desk {
    Desk::of(estate())
}

fn stage(name: &str) -> StageName {
    StageName::new(name).expect("a stage name")
}

fn percent(share: u8) -> Percent {
    Percent::new(share).expect("a percentage")
}

fn owner(step: &str) -> Owner {
    Owner {
        run: RunId::new(RUN).expect("a run"),
        step: StepId::new(step).expect("a step"),
    }
}

struct Nowhere;

impl JournalStore for Nowhere {
    fn append(&mut self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A change as the journal of a run announces it.
fn recorded(step: &str, operation: Op) -> Recorded {
    let step = Step {
        id: StepId::new(step).expect("a step"),
        phase: Phase::Shift,
        forward: Text::new(""),
        backward: Text::new(""),
        preconditions: Vec::new(),
        operation: Operation::CreateSecurityGroup {
            vpc: VpcId::new("vpc-1").expect("a VPC"),
            name: Text::new(""),
            description: Text::new(""),
            tags: Tags::new(),
        },
        verification: Vec::new(),
        verify_within: 0,
        gate: None,
        undo: Undo::Nothing,
    };
    let body = Body::of_steps(
        AccountId::new("123456789012").expect("an account"),
        region(),
        Text::new("tests"),
        vec![step.clone()],
    );
    let header = Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0"),
        plan_id: PlanId::from_digest(Sha256::of(b"plan")),
        body_digest: body.digest(),
        account: body.account.clone(),
        region: region(),
        run: RunId::new(RUN).expect("a run"),
        caller: Text::new("tests"),
        began_at: Text::new("2026-01-05T09:00:00Z"),
        chosen: None,
    };
    let mut journal = Journal::begin(Nowhere, header, &body).expect("a journal");
    let at = Text::new("2026-01-05T09:00:00Z");
    let recorded = journal.started(at, &step, Direction::Forward, operation);
    recorded.expect("a change that is recorded")
}

impl Desk {
    fn of(estate: Estate) -> Self {
        Self::under(estate, Switches::default())
    }

    fn under(estate: Estate, switches: Switches) -> Self {
        let account = estate.build().expect("an account");
        Self(Live::new(account, region(), switches))
    }

    fn wait(&self, seconds: u64) {
        self.0.wait(Duration::from_secs(seconds));
    }

    fn does(&self, step: &str, operation: Op) -> Answered {
        self.0.perform(recorded(step, operation))
    }

    /// Makes a change that has to succeed, once no quota stands in its way.
    fn done(&self, operation: Op) -> Option<Output> {
        self.done_as("a-step", operation)
    }

    fn done_as(&self, step: &str, operation: Op) -> Option<Output> {
        for _ in 0..20 {
            match self.does(step, operation.clone()) {
                Err(error) if error.class == WriteFailure::Throttled => self.wait(5),
                answer => return answer.expect("a change that is made"),
            }
        }
        panic!("throttled for ever");
    }

    /// How a change is refused: its class and AWS's words. Nothing may have changed.
    fn refusal(&self, operation: Op) -> (WriteFailure, String) {
        let before = self.0.digest();
        let error = self.does("a-step", operation).expect_err("a refusal");
        assert_eq!(self.0.digest(), before, "{error} and yet something changed");
        (error.class, error.message)
    }

    fn refused(&self, operation: Op, words: &str) {
        let (class, message) = self.refusal(operation);
        assert_eq!(class, WriteFailure::Refused, "{message}");
        assert!(message.contains(words), "{message}");
    }

    fn put_off(&self, operation: Op, words: &str) {
        let (class, message) = self.refusal(operation);
        assert_eq!(class, WriteFailure::NotYet, "{message}");
        assert!(message.contains(words), "{message}");
    }

    fn held(&self, condition: &Cond) -> Held {
        self.0.observe(condition).expect("a reading")
    }

    fn holds(&self, condition: &Cond) -> bool {
        self.held(condition) == Held::Yes
    }

    /// What stands there instead.
    fn found(&self, condition: &Cond) -> String {
        match self.held(condition) {
            Held::No { found } => found.to_string(),
            held => panic!("{held:?}"),
        }
    }

    fn account(&self) -> Account {
        self.0.account()
    }

    fn state(&self) -> RegionState {
        let mut regions = self.account().regions;
        regions.remove(&region()).expect("the region")
    }

    fn edit(&self, change: impl FnOnce(&mut RegionState)) {
        self.0.edit(|account| {
            let state = account.regions.get_mut(&region());
            change(state.expect("the region"));
        });
    }

    fn edit_api(&self, change: impl FnOnce(&mut RestApiState)) {
        let id = self.api();
        self.edit(|state| {
            let mut apis = state.rest_apis.iter_mut();
            change(apis.find(|api| api.api.id == id).expect("the API"));
        });
    }

    fn api(&self) -> RestApiId {
        let state = self.state();
        let api = state.rest_api_named("shop").expect("the API");
        api.api.id.clone()
    }

    fn rest(&self) -> RestApiState {
        let state = self.state();
        state.rest_api_named("shop").expect("the API").clone()
    }

    fn stage(&self, name: &str) -> StageState {
        self.rest().stage(&stage(name)).expect("a stage").clone()
    }

    fn runs(&self, name: &str) -> DeploymentId {
        self.stage(name).deployment
    }

    fn link(&self, name: &str) -> VpcLinkId {
        let state = self.state();
        state.link_named(name).expect("a link").id.clone()
    }

    fn link_status(&self, id: &VpcLinkId) -> Option<String> {
        let state = self.state();
        let link = state.links.iter().find(|link| link.id == *id);
        link.map(|link| link.status.to_string())
    }

    fn load_balancer(&self, name: &str) -> LoadBalancerArn {
        let state = self.state();
        let lb = state.load_balancer_named(name).expect("a load balancer");
        lb.arn.clone()
    }

    fn target_group(&self, name: &str) -> TargetGroupArn {
        let state = self.state();
        let group = state.target_group_named(name).expect("a target group");
        group.arn.clone()
    }

    fn group_named(&self, name: &str) -> SecurityGroupId {
        let state = self.state();
        let mut groups = super::groups::groups(&state);
        let group = groups.find(|group| group.name == name).expect("a group");
        group.id.clone()
    }

    fn vpc(&self) -> VpcId {
        self.state().vpcs[0].id.clone()
    }

    fn subnets(&self) -> Vec<SubnetId> {
        let state = self.state();
        let subnets = state.vpcs[0].subnets.iter().flatten();
        subnets.map(|subnet| subnet.id.clone()).collect()
    }

    fn proxy(&self) -> MethodRef {
        let api = self.rest();
        let mut draft = api.api.draft.iter().flatten();
        let method = draft.find(|method| method.path == "/{proxy+}");
        let method = method.expect("the method");
        MethodRef {
            api: api.api.id.clone(),
            resource: method.resource.expect("a resource"),
            path: method.path.clone(),
            verb: method.verb,
        }
    }

    /// The patch that moves the method to the ALB.
    fn to_alb(&self) -> IntegrationPatch<Settled> {
        IntegrationPatch {
            connection_id: ConnectionId::Link(self.link("direct")),
            integration_target: Some(self.load_balancer("orders-alb")),
            uri: None,
        }
    }

    /// The patch that moves it back.
    fn to_nlb(&self) -> IntegrationPatch<Settled> {
        let link = self.link("orders-link");
        IntegrationPatch {
            connection_id: ConnectionId::Template(unbridge_model::template::Template::new(
                link.as_str(),
            )),
            integration_target: None,
            uri: None,
        }
    }

    fn update(&self, patch: IntegrationPatch<Settled>) -> Op {
        Operation::UpdateIntegration {
            method: self.proxy(),
            patch,
        }
    }

    fn deploy(&self) -> Op {
        Operation::CreateDeployment {
            api: self.api(),
            description: Text::new("moved"),
        }
    }

    /// A deployment of the draft as it stands.
    fn deployed(&self) -> DeploymentId {
        match self.done(self.deploy()) {
            Some(Output::Deployment(id)) => id,
            made => panic!("{made:?}"),
        }
    }

    /// A deployment with the method moved; the draft stays moved.
    fn moved(&self) -> DeploymentId {
        self.done(self.update(self.to_alb()));
        self.deployed()
    }

    fn set(&self, name: &str, deployment: &DeploymentId) -> Op {
        Operation::SetDeployment {
            api: self.api(),
            stage: stage(name),
            deployment: deployment.clone(),
        }
    }

    fn canary(&self, name: &str, deployment: &DeploymentId, share: u8) -> Op {
        Operation::SetCanary {
            api: self.api(),
            stage: stage(name),
            deployment: deployment.clone(),
            percent: percent(share),
        }
    }

    fn no_canary(&self, name: &str) -> Op {
        Operation::RemoveCanary {
            api: self.api(),
            stage: stage(name),
        }
    }

    fn drop_deployment(&self, deployment: &DeploymentId) -> Op {
        Operation::DeleteDeployment {
            api: self.api(),
            deployment: deployment.clone(),
        }
    }

    fn new_stage(&self, name: &str, deployment: &DeploymentId) -> Op {
        Operation::CreateStage {
            api: self.api(),
            stage: stage(name),
            deployment: deployment.clone(),
            like: stage("prod"),
            tags: Tags::new(),
        }
    }

    fn furnish(&self, name: &str) -> Op {
        Operation::FurnishStage {
            api: self.api(),
            stage: stage(name),
            like: stage("prod"),
        }
    }

    fn new_group(&self, name: &str) -> Op {
        Operation::CreateSecurityGroup {
            vpc: self.vpc(),
            name: Text::new(name),
            description: Text::new("for a link"),
            tags: Tags::new(),
        }
    }

    fn group(&self, name: &str) -> SecurityGroupId {
        match self.done(self.new_group(name)) {
            Some(Output::SecurityGroup(id)) => id,
            made => panic!("{made:?}"),
        }
    }

    fn new_link(&self, name: &str, groups: &[SecurityGroupId]) -> Op {
        Operation::CreateVpcLink {
            name: Text::new(name),
            subnets: self.subnets(),
            security_groups: groups.to_vec(),
            tags: Tags::new(),
        }
    }

    /// A new link, `PENDING`.
    fn fresh_link(&self, name: &str, groups: &[SecurityGroupId]) -> VpcLinkId {
        match self.done_as(name, self.new_link(name, groups)) {
            Some(Output::VpcLink(id)) => id,
            made => panic!("{made:?}"),
        }
    }

    fn request(&self, name: &str) -> Request<AnyApi> {
        Request {
            region: region(),
            api: AnyApi::Rest(self.api()),
            stage: stage(name),
            share: Share::Stage,
            verb: Verb::Get,
            path: Text::new("/orders/7"),
            query: Text::new(""),
            headers: std::collections::BTreeMap::new(),
        }
    }

    /// The links that requests to a stage may go over now, and `nothing` where they go over none.
    fn links_taken(&self, name: &str) -> Vec<String> {
        let answers = self.0.answers(&self.request(name));
        let names = answers.into_iter().map(|answer| {
            let state = self.state();
            let link = answer.link.and_then(|id| {
                let link = state.links.iter().find(|link| link.id == id);
                link.map(|link| link.name.to_string())
            });
            link.unwrap_or_else(|| "nothing".to_owned())
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn rule(
    direction: unbridge_model::network::Direction,
    port: u16,
    peer: &SecurityGroupId,
) -> GroupRule<Settled> {
    GroupRule {
        direction,
        port,
        peer: peer.clone(),
    }
}
