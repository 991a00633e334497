//! One account in both places, and what is compared of them.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use unbridge_aws::{AwsWriter, Session};
use unbridge_model::apigateway::Tags;
use unbridge_model::id::{
    AccountId, DeploymentId, HttpApiId, PlanId, Region, RunId, Sha256, StepId, VpcId,
};
use unbridge_model::journal::{
    Direction, FORMAT, FORMAT_VERSION, Header, Journal, JournalStore, Owner, Recorded, StoreError,
};
use unbridge_model::plan::condition::{Condition, Hosts};
use unbridge_model::plan::operation::{Effect, Operation};
use unbridge_model::plan::value::{Later, Output, Outputs, Settled};
use unbridge_model::plan::{Body, Phase, Step, Undo};
use unbridge_model::port::{AtOnce, Clock, Held, ReadError, WriteError, WriteFailure, Writer};
use unbridge_model::route::{AnyApi, Request, Share};
use unbridge_model::text::Text;
use unbridge_sim::account::Account;
use unbridge_sim::live::{
    DELETING, IN_FLIGHT, INTERFACES_STAY, Live, PROPAGATION, PROVISIONING, Switches, VISIBLE_AFTER,
};
use unbridge_sim::requests::requests;
use unbridge_sim::world::world;

use super::accounts::REGION;
use crate::harness::{self, emulator, list};
use crate::witness::{Said, by_landing, by_oracle, contradicts};

pub(crate) const RUN: &str = "run-1";

/// The longest time in which a call of a kind is answered once.
const NO_QUOTA: Duration = Duration::from_secs(31);

/// How a change is answered, whatever the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Made,
    Refused,
    NotYet,
    /// In a way in which neither should answer here.
    Otherwise,
}

/// Where the two go different ways.
#[derive(Debug)]
pub(super) struct Split {
    /// What was compared.
    pub(super) what: What,
    simulator: String,
    emulator: String,
}

/// What was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// How a change was answered: by the simulator, by the emulator.
    Answer(Kind, Kind),
    /// How it can be seen.
    Effect,
    /// What else stands.
    State(String),
    /// Where a request goes.
    Route(String),
}

impl Split {
    /// Whether one of the two says so.
    pub(super) fn says(&self, words: &str) -> bool {
        self.simulator.contains(words) || self.emulator.contains(words)
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            simulator,
            emulator,
        } = self;
        write!(
            f,
            "{what:?}\n  simulator {simulator}\n  emulator  {emulator}"
        )
    }
}

/// How long links take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// What becomes of them is awaited after each change.
    Awaited,
    /// They stay on their way.
    OnTheirWay,
}

/// An account of the emulator, and a writer for it.
pub(crate) struct Desk {
    pub(crate) here: harness::Account,
    pub(crate) writer: AwsWriter,
    _runtime: Runtime,
}

impl Desk {
    /// Its id follows from the seed, and the ids of all that stands in it from that.
    pub(crate) fn new(seed: u64) -> Self {
        let here = harness::Account {
            id: format!("3{seed:011}"),
            seeded: Value::Null,
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let (url, key) = (emulator().url(), here.access_key());
        let session = Session::at_address(&url, &key, "secret", region());
        let session = runtime.block_on(session);
        let writer = AwsWriter::new(
            &session,
            &region(),
            runtime.handle().clone(),
            Arc::new(AtOnce),
        );
        Self {
            here,
            writer,
            _runtime: runtime,
        }
    }

    pub(crate) fn account_id(&self) -> &str {
        &self.here.id
    }

    /// This account in both places.
    pub(crate) fn both(&self, account: Account, links: Links) -> Both<'_> {
        let region = region();
        let document = world(&account, &region).expect("the region");
        self.clear();
        let with = self.asking("world", document);
        emulator().post("world", &with);
        if links == Links::OnTheirWay {
            let seconds = 3600;
            let slowly = json!({ "account": self.here.id, "seconds": seconds });
            emulator().post("link_delay", &slowly);
        }
        let live = Live::new(account, region, Switches::default());
        Both {
            desk: self,
            live,
            made: <[Outputs; 2]>::default(),
            http: Vec::new(),
            steps: 0,
            links,
        }
    }

    fn clear(&self) {
        emulator().post("reset", &json!({ "account": self.here.id }));
    }

    fn asking(&self, key: &str, value: Value) -> Value {
        let mut body = json!({ "account": self.here.id, "region": REGION });
        body[key] = value;
        body
    }
}

impl Drop for Both<'_> {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.desk.clear();
        }
    }
}

pub(crate) fn region() -> Region {
    Region::new(REGION).expect("a region")
}

/// The account in the simulator and in the emulator, and what steps have made there.
pub(crate) struct Both<'d> {
    desk: &'d Desk,
    pub(crate) live: Live,
    made: [Outputs; 2],
    /// Deployments of HTTP APIs that steps have made.
    pub(super) http: Vec<(HttpApiId, StepId)>,
    steps: usize,
    links: Links,
}

impl Both<'_> {
    /// Performs an operation in both places and compares; `None` when it names what was not made.
    pub(super) fn perform(&mut self, operation: &Operation) -> Result<Option<Kind>, Split> {
        let [ours, theirs] = &self.made;
        let (Ok(ours), Ok(theirs)) = (operation.settle(ours), operation.settle(theirs)) else {
            return Ok(None);
        };
        let step = StepId::new(format!("step-{}", self.steps)).expect("a step");
        self.steps += 1;
        let (before, after) = match self.links {
            // Until no quota is in the way and all consequences are there.
            Links::Awaited => (NO_QUOTA + PROPAGATION + IN_FLIGHT, takes(operation)),
            Links::OnTheirWay => (NO_QUOTA, Duration::ZERO),
        };
        self.live.wait(before);
        let simulator = self.live.perform(recorded(&step, ours.clone()));
        let emulator = self.desk.writer.perform(recorded(&step, theirs.clone()));
        self.live.wait(after);
        let kinds = [kind(&simulator), kind(&emulator)];
        if kinds[0] != kinds[1] || kinds[0] == Kind::Otherwise {
            return Err(Split {
                what: What::Answer(kinds[0], kinds[1]),
                simulator: format!("{simulator:?}"),
                emulator: format!("{emulator:?}"),
            });
        }
        if let (Ok(Some(ours)), Ok(Some(theirs))) = (&simulator, &emulator) {
            self.made[0].insert(step.clone(), ours.clone());
            self.made[1].insert(step.clone(), theirs.clone());
            if let Operation::CreateHttpDeployment { api, .. } = operation {
                self.http.push((api.clone(), step.clone()));
            }
        }
        self.compare_effect(&step, [&ours, &theirs])?;
        Ok(Some(kinds[0]))
    }

    /// Made or not, both see the same of it.
    fn compare_effect(
        &self,
        step: &StepId,
        [ours, theirs]: [&Operation<Settled>; 2],
    ) -> Result<(), Split> {
        let (simulator, emulator) = match (ours.effect(), theirs.effect()) {
            (Effect::Brings(ours), Effect::Brings(theirs)) => (
                said(&self.live.observe(&ours)),
                said(&self.desk.writer.observe(&theirs)),
            ),
            _ => {
                let owner = Owner {
                    run: RunId::new(RUN).expect("a run"),
                    step: step.clone(),
                };
                // What is new is not found at once.
                self.live.wait(VISIBLE_AFTER);
                let found = |outputs: &Outputs, found: Result<Vec<Output>, ReadError>| {
                    let found = found.expect("a list");
                    let made: Vec<&Output> = outputs.get(step).into_iter().collect();
                    match found.iter().eq(made) {
                        true => (true, "finds what was made, and nothing else".to_owned()),
                        false => (false, format!("finds {found:?}")),
                    }
                };
                let simulator = found(&self.made[0], self.live.find_owned(&owner, ours));
                let emulator = found(&self.made[1], self.desk.writer.find_owned(&owner, theirs));
                (simulator, emulator)
            }
        };
        match simulator.0 == emulator.0 {
            true => Ok(()),
            false => Err(Split {
                what: What::Effect,
                simulator: simulator.1,
                emulator: emulator.1,
            }),
        }
    }

    /// What can be asked of everything that stands in the end.
    pub(super) fn compare_states(&self) -> Result<(), Split> {
        let account = self.live.account();
        let state = &account.regions[&region()];
        let mut asked: Vec<Condition> = Vec::new();
        for link in state.v2_links() {
            let link = self.later_link(&link.id);
            asked.push(Condition::LinkAvailable { link: link.clone() });
            for lb in &state.load_balancers {
                asked.push(Condition::LinkAdmitted {
                    link: link.clone(),
                    load_balancer: lb.arn.clone(),
                    port: 80,
                });
            }
            asked.push(Condition::LinkUnused { link });
        }
        for link in state.v1_links() {
            let link = link.id.clone();
            asked.push(Condition::V1LinkUnused {
                link,
                websockets: Default::default(),
            });
        }
        for lb in &state.load_balancers {
            let load_balancer = lb.arn.clone();
            for hosts in [Hosts::Count, Hosts::DoNotCount] {
                asked.push(Condition::LoadBalancerUnnamed {
                    load_balancer: load_balancer.clone(),
                    hosts,
                    websockets: Default::default(),
                });
            }
            asked.push(Condition::NotProtected { load_balancer });
        }
        for api in &state.rest_apis {
            let id = &api.api.id;
            for (stage, like) in api.stages.iter().zip(api.stages.iter().skip(1)) {
                asked.push(Condition::StagesAlike {
                    api: id.clone(),
                    stage: stage.name.clone(),
                    like: like.name.clone(),
                    but: Vec::new(),
                });
            }
            asked.extend(api.stages.iter().map(|stage| Condition::NoCanary {
                api: id.clone(),
                stage: stage.name.clone(),
            }));
            asked.extend(
                api.deployments
                    .keys()
                    .map(|known| Condition::DeploymentStands {
                        api: id.clone(),
                        deployment: self.later_deployment(known),
                    }),
            );
        }
        asked
            .iter()
            .try_for_each(|condition| self.compare_state(condition))
    }

    fn compare_state(&self, condition: &Condition) -> Result<(), Split> {
        self.live.wait(Duration::from_secs(1));
        let [ours, theirs] = [0, 1].map(|side| condition.settle(&self.made[side]));
        let simulator = said(&self.live.observe(&ours.expect("it stands")));
        let emulator = said(&self.desk.writer.observe(&theirs.expect("it stands")));
        // One may not know what the other does.
        let unknown = [&simulator, &emulator].map(|said| said.1.starts_with("Unknown"));
        match simulator.0 == emulator.0 || unknown.contains(&true) {
            true => Ok(()),
            false => Err(Split {
                what: What::State(format!("{condition:?}")),
                simulator: simulator.1,
                emulator: emulator.1,
            }),
        }
    }

    /// Where requests go in the end, canary releases included; answers how many were compared.
    pub(super) fn compare_routes(&self) -> Result<usize, Split> {
        // Until nobody meets what was before.
        self.live
            .wait(PROPAGATION + IN_FLIGHT + Duration::from_secs(1));
        let account = self.live.account();
        let all = requests(&account, &region());
        let mut questions = Vec::new();
        for (number, request) in all.iter().enumerate() {
            questions.push((number, question(request, false)));
            if has_canary(&account, request) {
                questions.push((number, question(request, true)));
            }
        }
        let asked: Vec<Value> = questions.iter().map(|(_, asked)| asked.clone()).collect();
        let answers = emulator().post("routes", &self.desk.asking("requests", json!(asked)));
        let mut told: Vec<Vec<(Said, &Value)>> = vec![Vec::new(); all.len()];
        let answers = list(&answers);
        for ((number, _), answer) in questions.iter().zip(answers) {
            assert!(
                answer.get("error").is_none(),
                "{:?}: {answer}",
                all[*number]
            );
            told[*number].push((by_oracle(answer), answer));
        }
        for (request, told) in all.iter().zip(told) {
            let ours: Vec<Said> = self
                .live
                .answers(request)
                .iter()
                .map(|one| by_landing(&one.landing))
                .collect();
            let fits = |one: &Said, other: &Said| !contradicts(one, other);
            let all_ours = ours
                .iter()
                .all(|one| told.iter().any(|(other, _)| fits(one, other)));
            let all_theirs = told
                .iter()
                .all(|(one, _)| ours.iter().any(|other| fits(other, one)));
            if !(all_ours && all_theirs) {
                return Err(Split {
                    what: What::Route(format!("{request:?}")),
                    simulator: format!("{ours:?}"),
                    emulator: format!("{told:?}"),
                });
            }
        }
        Ok(all.len())
    }
}

/// Names of things by the steps that made them.
impl Both<'_> {
    fn step_of(&self, is: impl Fn(&Output) -> bool) -> Option<StepId> {
        let found = self.made[0].iter().find(|(_, output)| is(output));
        found.map(|(step, _)| step.clone())
    }
}

macro_rules! later {
    ($name:ident, $variant:ident, $id:ty) => {
        impl Both<'_> {
            /// A thing of the simulator's, by the step that made it.
            pub(super) fn $name(&self, id: &$id) -> Later<$id> {
                let step = self.step_of(|output| match output {
                    Output::$variant(known) => known == id,
                    _ => false,
                });
                step.map_or_else(|| Later::Known(id.clone()), Later::From)
            }
        }
    };
}

later!(later_link, VpcLink, unbridge_model::id::VpcLinkId);
later!(
    later_group,
    SecurityGroup,
    unbridge_model::id::SecurityGroupId
);
later!(later_deployment, Deployment, DeploymentId);
later!(
    later_integration,
    HttpIntegration,
    unbridge_model::id::HttpIntegrationId
);

/// How long an operation's consequences take in the simulator.
fn takes(operation: &Operation) -> Duration {
    match operation {
        Operation::CreateVpcLink { .. } => PROVISIONING,
        Operation::DeleteVpcLink { .. } | Operation::DeleteV1Link { .. } => {
            DELETING.max(INTERFACES_STAY)
        }
        // Health checks, and what is not listed at once.
        _ => Duration::from_secs(31),
    }
}

fn kind(answer: &Result<Option<Output>, WriteError>) -> Kind {
    match answer {
        Ok(_) => Kind::Made,
        Err(error) => match error.class {
            WriteFailure::Refused => Kind::Refused,
            WriteFailure::NotYet => Kind::NotYet,
            WriteFailure::Throttled
            | WriteFailure::Denied
            | WriteFailure::Credentials
            | WriteFailure::Lost => Kind::Otherwise,
        },
    }
}

/// Whether a state holds, and how that was told.
fn said(held: &Result<Held, ReadError>) -> (bool, String) {
    let held = held.as_ref().expect("a reading");
    (*held == Held::Yes, format!("{held:?}"))
}

fn has_canary(account: &Account, request: &Request<AnyApi>) -> bool {
    let AnyApi::Rest(api) = &request.api else {
        return false;
    };
    let state = &account.regions[&request.region];
    let stage = state
        .rest_api(api)
        .and_then(|api| api.stage(&request.stage));
    let canary = stage.and_then(|stage| stage.canary.as_ref());
    canary.is_some_and(|canary| canary.percent > 0.0)
}

fn question(request: &Request<AnyApi>, canary: bool) -> Value {
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), json!(value.as_str())));
    json!({
        "api": request.api.to_string(),
        "stage": request.stage.as_str(),
        "canary": canary || request.share == Share::Canary,
        "verb": request.verb.to_string(),
        "path": request.path.as_str(),
        "query": request.query.as_str(),
        "headers": headers.collect::<serde_json::Map<_, _>>(),
    })
}

struct Nowhere;

impl JournalStore for Nowhere {
    fn append(&mut self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A change as the journal of a run announces it.
pub(crate) fn recorded(step: &StepId, operation: Operation<Settled>) -> Recorded {
    let at = Text::new("2026-01-05T09:00:00Z");
    let step = Step {
        id: step.clone(),
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
        began_at: at.clone(),
        chosen: None,
    };
    let mut journal = Journal::begin(Nowhere, header, &body).expect("a journal");
    let recorded = journal.started(at, &step, Direction::Forward, operation);
    recorded.expect("a change that is recorded")
}
