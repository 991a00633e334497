//! A small account: one REST API, one ALB group, and what a plan adds to it. It answers as scripted,
//! and notes when requests lose what they run over.

mod making;
mod reading;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use unbridge_model::gap::GapClass;
use unbridge_model::id::{DeploymentId, RunId, SecurityGroupId, VpcLinkId};
use unbridge_model::journal::{Owner, Recorded};
use unbridge_model::network::Direction;
use unbridge_model::plan::condition::{Condition, Gate, PatchedMethod};
use unbridge_model::plan::operation::{GroupRule, Operation};
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{
    Clock, Held, Judgement, LockError, LockHolder, LockKey, LockStore, Meter, Prober, ReadError,
    Untouched, Waited, WriteError, WriteFailure, Writer,
};
use unbridge_model::text::Text;

use reading::state;

/// How a change is answered instead of as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Throttle,
    NotYet,
    Refuse,
    Deny,
    Expire,
    LoseBefore,
    LoseAfter,
    /// Made, and the answer says nothing of what.
    Mumble,
    /// Made twice, and the answer is lost.
    TwiceAndLost,
    /// Before the change, somebody else deploys to the stage.
    ForeignDeployment,
    /// Before the change, somebody else starts a canary release.
    ForeignCanary,
    /// Before the change, somebody else edits the draft.
    ForeignDraft,
    /// Before the change, somebody else takes the canary release away.
    CanaryRemoved,
    /// Before the change, somebody else deploys to the stage beside its canary release.
    ForeignOwn,
    /// Before the change, somebody else takes the rule away that lets the link in.
    RuleTaken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) deployment: String,
    pub(crate) canary: Option<(String, u8)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) connection: String,
    pub(crate) target: Option<String>,
    pub(crate) uri: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Link {
    owner: Owner,
    groups: Vec<String>,
    available_at: Duration,
}

type Rule = (String, &'static str, u16, String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// What of the old way stands, by id or ARN.
    pub(crate) old_way: BTreeSet<String>,
    groups: BTreeMap<String, Option<Owner>>,
    open_egress: BTreeSet<String>,
    rules: BTreeSet<Rule>,
    links: BTreeMap<String, Link>,
    pub(crate) draft: Draft,
    /// By id, the mark in the description and the connection of its only method.
    deployments: BTreeMap<String, (String, String)>,
    pub(crate) stages: BTreeMap<String, Stage>,
}

/// The account as a port.
pub(crate) struct World {
    pub(crate) account: RefCell<Account>,
    now: Cell<Duration>,
    made: Cell<usize>,
    calls: Cell<usize>,
    reads: Cell<usize>,
    waits: Cell<usize>,
    pub(crate) faults: RefCell<BTreeMap<usize, Fault>>,
    pub(crate) read_faults: RefCell<BTreeMap<usize, GapClass>>,
    pub(crate) interrupt_at: Cell<Option<usize>>,
    pub(crate) link_takes: Cell<Duration>,
    pub(crate) proof: RefCell<Judgement>,
    pub(crate) verdicts: RefCell<Vec<Judgement>>,
    pub(crate) lock: RefCell<Option<LockHolder>>,
    pub(crate) lock_unreachable: Cell<usize>,
    /// Nothing can be told of any state.
    pub(crate) blind: Cell<bool>,
    /// What callers ran over, and until when.
    ran: RefCell<BTreeMap<String, Duration>>,
    /// Requests that lost what they ran over.
    pub(crate) harm: RefCell<Vec<String>>,
    /// Every change that took effect.
    pub(crate) effects: RefCell<Vec<&'static str>>,
}

pub(crate) const ALB_GROUP: &str = "sg-alb";
pub(crate) const OLD: &str = "old111";
const IN_FLIGHT: Duration = Duration::from_secs(149);

impl World {
    pub(crate) fn new() -> Self {
        let stage = Stage {
            deployment: OLD.to_owned(),
            canary: None,
        };
        let account = Account {
            old_way: BTreeSet::new(),
            groups: BTreeMap::from([(ALB_GROUP.to_owned(), None)]),
            open_egress: BTreeSet::new(),
            rules: BTreeSet::new(),
            links: BTreeMap::new(),
            draft: Draft {
                connection: "v1link".to_owned(),
                target: None,
                uri: "http://nlb.example.com/orders".to_owned(),
            },
            deployments: BTreeMap::from([(OLD.to_owned(), (String::new(), "v1link".to_owned()))]),
            stages: BTreeMap::from([("prod".to_owned(), stage)]),
        };
        Self {
            account: RefCell::new(account),
            now: Cell::default(),
            made: Cell::default(),
            calls: Cell::default(),
            reads: Cell::default(),
            waits: Cell::default(),
            faults: RefCell::default(),
            read_faults: RefCell::default(),
            interrupt_at: Cell::default(),
            link_takes: Cell::new(Duration::from_secs(90)),
            proof: RefCell::new(Judgement::Pass),
            verdicts: RefCell::default(),
            lock: RefCell::default(),
            lock_unreachable: Cell::default(),
            blind: Cell::default(),
            ran: RefCell::default(),
            harm: RefCell::default(),
            effects: RefCell::default(),
        }
    }

    pub(crate) fn with(faults: &[(usize, Fault)]) -> Self {
        let world = Self::new();
        world.faults.borrow_mut().extend(faults.iter().copied());
        world
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.now.get()
    }

    /// What of it was made by a run, by id.
    pub(crate) fn ours(&self) -> Vec<String> {
        let account = self.account.borrow();
        let groups = account.groups.iter().filter(|(_, owner)| owner.is_some());
        let deployments = account.deployments.iter();
        let deployments = deployments.filter(|(_, (mark, _))| mark.starts_with("unbridge:"));
        let rules = account.rules.iter().map(|rule| format!("{rule:?}"));
        let stages = account.stages.keys();
        let stages = stages.filter(|name| name.starts_with("unbridge"));
        groups
            .map(|(id, _)| id.clone())
            .chain(account.links.keys().cloned())
            .chain(deployments.map(|(id, _)| id.clone()))
            .chain(rules)
            .chain(stages.cloned())
            .collect()
    }

    /// The next look at a state is answered with a failure.
    pub(crate) fn next_read_fails(&self, class: GapClass) {
        self.read_faults
            .borrow_mut()
            .insert(self.reads.get(), class);
    }

    fn id(&self, prefix: &str) -> String {
        self.made.set(self.made.get() + 1);
        format!("{prefix}{}", self.made.get())
    }

    /// What somebody else does.
    pub(crate) fn edit(&self, fault: Fault) {
        let mut account = self.account.borrow_mut();
        let connection = account.draft.connection.clone();
        let deploy = || {
            let id = self.id("foreign");
            (id, (String::new(), connection.clone()))
        };
        match fault {
            Fault::ForeignDeployment => {
                let (id, deployment) = deploy();
                account.deployments.insert(id.clone(), deployment);
                let canary = None;
                let deployment = id;
                account
                    .stages
                    .insert("prod".to_owned(), Stage { deployment, canary });
            }
            Fault::ForeignCanary => {
                let (id, deployment) = deploy();
                account.deployments.insert(id.clone(), deployment);
                account.stages.get_mut("prod").unwrap().canary = Some((id, 5));
            }
            Fault::ForeignDraft => account.draft.uri = "http://else.example.com/".to_owned(),
            Fault::CanaryRemoved => account.stages.get_mut("prod").unwrap().canary = None,
            Fault::ForeignOwn => {
                let (id, deployment) = deploy();
                account.deployments.insert(id.clone(), deployment);
                account.stages.get_mut("prod").unwrap().deployment = id;
            }
            Fault::RuleTaken => account.rules.retain(|(group, ..)| group != ALB_GROUP),
            Fault::Throttle
            | Fault::NotYet
            | Fault::Refuse
            | Fault::Deny
            | Fault::Expire
            | Fault::LoseBefore
            | Fault::LoseAfter
            | Fault::Mumble
            | Fault::TwiceAndLost => {}
        }
    }

    /// Notes what callers run over now, and whether all of it and of what they ran over lately is
    /// there.
    fn look(&self) {
        let account = self.account.borrow();
        let mut ran = self.ran.borrow_mut();
        for (name, stage) in &account.stages {
            if name.starts_with("unbridge") {
                continue;
            }
            let canary = stage.canary.iter().map(|(id, _)| id);
            for id in std::iter::once(&stage.deployment).chain(canary) {
                match account.deployments.get(id) {
                    Some((_, connection)) => {
                        ran.insert(connection.clone(), self.now.get());
                    }
                    None => self.harm.borrow_mut().push(format!("{name} runs nothing")),
                }
            }
        }
        let now = self.now.get();
        ran.retain(|_, until| *until + IN_FLIGHT > now);
        for connection in ran.keys().filter(|connection| *connection != "v1link") {
            if let Some(why) = broken(&account, connection) {
                self.harm.borrow_mut().push(why);
            }
        }
    }
}

fn broken(account: &Account, connection: &str) -> Option<String> {
    let Some(link) = account.links.get(connection) else {
        return Some(format!("requests run over {connection}, which is gone"));
    };
    for group in &link.groups {
        let out = (group.clone(), "egress", 8080, ALB_GROUP.to_owned());
        let into = (ALB_GROUP.to_owned(), "ingress", 8080, group.clone());
        for rule in [out, into] {
            if !account.rules.contains(&rule) {
                return Some(format!("requests run over {connection} without {rule:?}"));
            }
        }
    }
    None
}

fn plain(group: &SecurityGroupId, rule: &GroupRule<Settled>) -> Rule {
    let way = match rule.direction {
        Direction::Ingress => "ingress",
        Direction::Egress => "egress",
    };
    let (group, peer) = (group.as_str().to_owned(), rule.peer.as_str().to_owned());
    (group, way, rule.port, peer)
}

impl Writer for World {
    fn perform(&self, change: Recorded) -> Result<Option<Output>, WriteError> {
        let call = self.calls.get();
        self.calls.set(call + 1);
        let fault = self.faults.borrow_mut().remove(&call);
        if let Some(fault) = fault {
            self.edit(fault);
        }
        let fail = |class, message: &str| Err(WriteError::new(class, message));
        match fault {
            Some(Fault::Throttle) => return fail(WriteFailure::Throttled, "Too Many Requests"),
            Some(Fault::NotYet) => return fail(WriteFailure::NotYet, "it is in use"),
            Some(Fault::Refuse) => return fail(WriteFailure::Refused, "it is not valid"),
            Some(Fault::Deny) => return fail(WriteFailure::Denied, "not authorized"),
            Some(Fault::Expire) => return fail(WriteFailure::Credentials, "token expired"),
            Some(Fault::LoseBefore) => return fail(WriteFailure::Lost, "connection reset"),
            _ => {}
        }
        self.look();
        let made = self.make(change.owner(), change.operation());
        if made.is_ok() {
            self.effects.borrow_mut().push(change.operation().into());
        }
        self.look();
        match fault {
            Some(Fault::TwiceAndLost) => {
                let _ = self.make(change.owner(), change.operation());
                fail(WriteFailure::Lost, "connection reset")
            }
            Some(Fault::LoseAfter) => fail(WriteFailure::Lost, "connection reset"),
            Some(Fault::Mumble) => Ok(None),
            _ => made,
        }
    }

    fn observe(&self, condition: &Condition<Settled>) -> Result<Held, ReadError> {
        self.read()?;
        if self.blind.get() {
            let why = Text::new("no export");
            return Ok(Held::Unknown { why });
        }
        let account = self.account.borrow();
        let (holds, found) = state(&account, self.now.get(), condition);
        Ok(if holds {
            Held::Yes
        } else {
            Held::No {
                found: Text::from(found),
            }
        })
    }

    fn untouched(&self, what: &Untouched) -> Result<Held, ReadError> {
        self.read()?;
        let account = self.account.borrow();
        let (holds, found) = match what {
            Untouched::OwnDeployment {
                stage, deployment, ..
            } => {
                let known = account.stages.get(stage.as_str());
                let owns = known.is_some_and(|known| known.deployment == deployment.as_str());
                (owns, format!("{known:?}"))
            }
            Untouched::Draft { methods, .. } => {
                let open = methods.iter().find_map(|PatchedMethod { method, patch }| {
                    let (method, patch) = (method.clone(), patch.clone());
                    let condition = Condition::IntegrationIs { method, patch };
                    let (holds, found) = state(&account, self.now.get(), &condition);
                    (!holds).then_some(found)
                });
                (open.is_none(), open.unwrap_or_default())
            }
        };
        Ok(match holds {
            true => Held::Yes,
            false => Held::No {
                found: Text::from(found),
            },
        })
    }

    fn find_owned(
        &self,
        owner: &Owner,
        operation: &Operation<Settled>,
    ) -> Result<Vec<Output>, ReadError> {
        self.read()?;
        let account = self.account.borrow();
        Ok(match operation {
            Operation::CreateSecurityGroup { .. } => {
                let groups = account.groups.iter();
                let ours = groups.filter(|(_, by)| by.as_ref() == Some(owner));
                ours.map(|(id, _)| Output::SecurityGroup(SecurityGroupId::new(&**id).unwrap()))
                    .collect()
            }
            Operation::CreateVpcLink { .. } => {
                let ours = account
                    .links
                    .iter()
                    .filter(|(_, link)| link.owner == *owner);
                ours.map(|(id, _)| Output::VpcLink(VpcLinkId::new(&**id).unwrap()))
                    .collect()
            }
            Operation::CreateDeployment { .. } => {
                let deployments = account.deployments.iter();
                let ours = deployments.filter(|(_, (mark, _))| *mark == owner.mark());
                ours.map(|(id, _)| Output::Deployment(DeploymentId::new(&**id).unwrap()))
                    .collect()
            }
            _ => Vec::new(),
        })
    }
}

impl World {
    fn read(&self) -> Result<(), ReadError> {
        let read = self.reads.get();
        self.reads.set(read + 1);
        match self.read_faults.borrow_mut().remove(&read) {
            Some(class) => Err(ReadError::new(class, "no answer")),
            None => Ok(()),
        }
    }
}

impl Clock for World {
    fn now(&self) -> Duration {
        self.now.get()
    }

    fn wall(&self) -> Text {
        let seconds = self.now.get().as_secs();
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        Text::from(format!(
            "2026-01-01T{hours:02}:{minutes:02}:{:02}Z",
            seconds % 60
        ))
    }

    fn wait(&self, pause: Duration) -> Waited {
        let wait = self.waits.get();
        self.waits.set(wait + 1);
        if self.interrupt_at.get() == Some(wait) {
            return Waited::Interrupted;
        }
        self.look();
        self.now.set(self.now.get() + pause);
        self.look();
        Waited::Passed
    }
}

impl Prober for World {
    fn prove(&self, _: &Gate) -> Judgement {
        self.proof.borrow().clone()
    }
}

impl Meter for World {
    fn judge(&self, _: &Gate) -> Judgement {
        self.verdicts.borrow_mut().pop().unwrap_or(Judgement::Pass)
    }
}

impl LockStore for World {
    fn acquire(&self, _: &LockKey, holder: &LockHolder) -> Result<(), LockError> {
        let mut lock = self.lock.borrow_mut();
        match &*lock {
            Some(other) if other.run != holder.run => Err(LockError::Held(other.clone())),
            _ => {
                *lock = Some(holder.clone());
                Ok(())
            }
        }
    }

    fn release(&self, _: &LockKey, run: &RunId) -> Result<(), LockError> {
        if self.lock_unreachable.get() > 0 {
            self.lock_unreachable.set(self.lock_unreachable.get() - 1);
            return Err(LockError::Unreachable("no route".to_owned()));
        }
        let mut lock = self.lock.borrow_mut();
        match &*lock {
            Some(other) if other.run != *run => Err(LockError::Held(other.clone())),
            _ => {
                *lock = None;
                Ok(())
            }
        }
    }
}
