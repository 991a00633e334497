//! An account that can be changed, in virtual time: what API Gateway, EC2 and Elastic Load Balancing
//! do with each change of a plan, what they refuse, and what only time brings.
//!
//! Written from AWS's documentation and from what others saw. Every rule has a name, which stands
//! beside its code, and a row of `docs/semantics.md` with its source, how sure it is, and the test
//! that shows it. What is not known is one of the [`Switches`], or taken so that more goes wrong.

mod alike;
mod balancers;
mod digest;
mod groups;
mod history;
mod http;
mod idle;
mod links;
mod observe;
mod owned;
mod perform;
mod quota;
mod rest;
mod stages;
mod switches;
#[cfg(test)]
mod tests;
mod time;
mod unused;
mod world;
mod zones;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use unbridge_model::id::{DeploymentId, HttpApiId, Region, RunId, StageName};
use unbridge_model::journal::{Owner, Recorded};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{IntegrationPatch, MethodRef, Operation};
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{
    Clock, Held, LockError, LockHolder, LockKey, LockStore, ReadError, Untouched, Waited,
    WriteError, Writer,
};
use unbridge_model::route::{AnyApi, Request};
use unbridge_model::text::Text;

use crate::account::{Account, HttpRuns};
use crate::data_plane::Answer;
use world::World;

pub use history::{IN_FLIGHT, PROPAGATION};
pub use idle::IDLE;
pub use links::{DELETING, INTERFACES_STAY, PROVISIONING};
pub use owned::VISIBLE_AFTER;
pub use switches::{
    FirstCanaryPatch, HostResolution, LeftoverTarget, StageInPath, SwitchKind, Switches,
};
pub use world::Granted;

/// An account that can be changed, in virtual time. Clones share it.
#[derive(Clone)]
pub struct Live(Rc<RefCell<World>>);

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.0.borrow();
        write!(f, "Live({} at {:?})", world.region, world.now)
    }
}

impl Live {
    /// This account, at the beginning of virtual time. Only what stands in this region is changed.
    #[must_use]
    pub fn new(account: Account, region: Region, switches: Switches) -> Self {
        Self(Rc::new(RefCell::new(World::new(account, region, switches))))
    }

    /// The account, granted more than AWS's pages say.
    #[must_use]
    pub fn granting(self, granted: Granted) -> Self {
        self.0.borrow_mut().granted = Rc::new(granted);
        self
    }

    /// A copy that goes its own way from here.
    #[must_use]
    pub fn fork(&self) -> Self {
        let world = self.0.borrow().clone();
        Self(Rc::new(RefCell::new(world)))
    }

    /// The account as it stands now, without what is still in flight.
    #[must_use]
    pub fn account(&self) -> Account {
        Account::clone(&self.0.borrow().account)
    }

    /// What is not known of AWS, as it is taken here.
    #[must_use]
    pub fn switches(&self) -> Switches {
        self.0.borrow().switches
    }

    /// The switches that have decided something so far, here or before this was forked off. Under
    /// the other setting of any other switch everything so far would have gone the same way. It is
    /// no part of the digest: who stops following a fork takes its set along.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<SwitchKind> {
        self.0.borrow().asked.clone()
    }

    /// A number that is equal for accounts that go the same way from here, timers and requests in
    /// flight included. The time of day and how full quotas are do not count.
    #[must_use]
    pub fn digest(&self) -> u128 {
        self.0.borrow().digest()
    }

    /// As [`Live::digest`], whatever the switches are.
    #[must_use]
    pub fn standing(&self) -> u128 {
        self.0.borrow().standing()
    }

    /// A number that is equal for accounts which answer every request alike, as long as no time
    /// passes and the switches are the same.
    #[must_use]
    pub fn served(&self) -> u128 {
        self.0.borrow().served()
    }

    /// Somebody else changes something. What stages ran before is remembered, and links that are
    /// `PENDING` or `DELETING` come to their end by themselves.
    pub fn edit(&self, change: impl FnOnce(&mut Account)) {
        let mut world = self.0.borrow_mut();
        let before = world.account.regions.get(&world.region).cloned();
        change(Rc::make_mut(&mut world.account));
        world.forget_digests();
        world.reconcile(before.as_ref());
    }

    /// Every way in which a request may be answered now, whatever it says of its share: by what its
    /// stage runs, and by what it ran within the last [`PROPAGATION`] and [`IN_FLIGHT`] together.
    /// Links, rules, listeners and load balancers count as they stand now.
    #[must_use]
    pub fn answers(&self, request: &Request<AnyApi>) -> Vec<Answer> {
        self.0.borrow_mut().answers(request)
    }

    /// As [`Live::answers`], but that the switches which decide something are noted there.
    #[must_use]
    pub fn answers_noting(
        &self,
        request: &Request<AnyApi>,
        decided: &mut BTreeSet<SwitchKind>,
    ) -> Vec<Answer> {
        self.0.borrow().answers_noting(request, decided)
    }

    /// From now on this method of a draft counts in a digest as if it had been taken back by this
    /// patch, or as it is, and had no `integrationTarget`. The account is as it is. For who knows
    /// that the rest goes the same way with what stays behind and without it.
    pub fn forgive(&self, method: &MethodRef, by: Option<&IntegrationPatch<Settled>>) {
        self.0.borrow_mut().forgive(method, by);
    }

    /// From now on [`Live::asked`] tells of what comes.
    pub fn forget_asked(&self) {
        self.0.borrow_mut().asked.clear();
    }

    /// Notes that these switches have decided something.
    pub fn decided(&self, kinds: &BTreeSet<SwitchKind>) {
        self.0.borrow_mut().asked.extend(kinds);
    }

    /// The deployment that a stage of an HTTP API runs; `None` when it deploys by itself or is not
    /// there.
    #[must_use]
    pub fn http_deployment(&self, api: &HttpApiId, stage: &StageName) -> Option<DeploymentId> {
        let world = self.0.borrow();
        let mut stages = world.http_api(api).ok()?.stages.iter();
        let stage = stages.find(|known| known.name == *stage)?;
        match stage.runs {
            HttpRuns::Current => None,
            HttpRuns::Frozen(_) => stage.deployment.clone(),
        }
    }
}

impl Writer for Live {
    fn perform(&self, change: Recorded) -> Result<Option<Output>, WriteError> {
        let mut world = self.0.borrow_mut();
        world.pay_for_change(change.operation())?;
        world.perform(change.operation(), change.owner())
    }

    fn observe(&self, condition: &Condition<Settled>) -> Result<Held, ReadError> {
        self.0.borrow_mut().observe(condition)
    }

    fn untouched(&self, what: &Untouched) -> Result<Held, ReadError> {
        self.0.borrow_mut().is_left_alone(what)
    }

    fn find_owned(
        &self,
        owner: &Owner,
        operation: &Operation<Settled>,
    ) -> Result<Vec<Output>, ReadError> {
        self.0.borrow_mut().find_owned(owner, operation)
    }
}

impl Clock for Live {
    fn now(&self) -> Duration {
        self.0.borrow().now
    }

    fn wall(&self) -> Text {
        self.0.borrow().wall()
    }

    fn wait(&self, pause: Duration) -> Waited {
        self.0.borrow_mut().advance(pause);
        Waited::Passed
    }
}

impl LockStore for Live {
    fn acquire(&self, key: &LockKey, holder: &LockHolder) -> Result<(), LockError> {
        let locks = &mut self.0.borrow_mut().locks;
        match locks.get(key) {
            Some(held) if held.run != holder.run => Err(LockError::Held(held.clone())),
            Some(_) | None => {
                locks.insert(key.clone(), holder.clone());
                Ok(())
            }
        }
    }

    fn release(&self, key: &LockKey, run: &RunId) -> Result<(), LockError> {
        let locks = &mut self.0.borrow_mut().locks;
        match locks.get(key) {
            Some(held) if held.run != *run => Err(LockError::Held(held.clone())),
            Some(_) | None => {
                locks.remove(key);
                Ok(())
            }
        }
    }
}
