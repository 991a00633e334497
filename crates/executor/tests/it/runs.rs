//! Runs of a plan over the small account, with a journal in memory.

use std::cell::RefCell;
use std::rc::Rc;

use unbridge_executor::{
    BeginError, Context, Limits, Outcome, Ports, StopReason, begin, forward, resume, rollback,
    take_up,
};
use unbridge_model::id::RunId;
use unbridge_model::journal::{Journal, JournalError, JournalStore, StoreError, Written};
use unbridge_model::plan::Plan;
use unbridge_model::port::ApprovedAtStart;
use unbridge_model::text::Text;

use crate::plans::migration;
use crate::transcript::transcript;
use crate::world::{Fault, World};

/// A journal in memory that may fail at a line, counted from 0, having written half of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    pub(crate) text: Rc<RefCell<String>>,
    fails_at: Option<usize>,
}

impl JournalStore for Store {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        let mut text = self.text.borrow_mut();
        if self.fails_at == Some(text.lines().count()) {
            text.push_str(&line[..line.len() / 2]);
            return Err(StoreError("no space left on device".to_owned()));
        }
        text.push_str(line);
        Ok(())
    }
}

pub(crate) fn context() -> Context {
    Context {
        run: RunId::new("r1").unwrap(),
        caller: Text::new("arn:aws:iam::111122223333:user/ops"),
        owner: Text::new("ops@laptop"),
        tool_version: Text::new("0.1.0"),
        chosen: None,
    }
}

pub(crate) fn ports(world: &World) -> Ports<'_> {
    Ports {
        writer: world,
        clock: world,
        prober: world,
        meter: world,
        approver: &ApprovedAtStart,
        locks: world,
    }
}

/// A plan, an account, and the journal between them.
pub(crate) struct Bench {
    pub(crate) plan: Plan,
    pub(crate) world: World,
    pub(crate) store: Store,
    pub(crate) limits: Limits,
}

impl Bench {
    pub(crate) fn new(plan: Plan, world: World) -> Self {
        Self {
            plan,
            world,
            store: Store::default(),
            limits: Limits::default(),
        }
    }

    /// The migration, with these faults.
    pub(crate) fn migration(faults: &[(usize, Fault)]) -> Self {
        Self::new(migration(), World::with(faults))
    }

    pub(crate) fn begin(&self) -> Result<Journal<Store>, BeginError> {
        begin(
            &self.plan,
            self.store.clone(),
            &context(),
            &ports(&self.world),
        )
    }

    /// Begins and goes forward.
    pub(crate) fn run(&self) -> Result<Outcome, JournalError> {
        let mut journal = match self.begin() {
            Ok(journal) => journal,
            Err(BeginError::Journal(error)) => return Err(error),
            Err(other) => panic!("{other}"),
        };
        let ports = ports(&self.world);
        forward(&self.plan, &mut journal, &context(), &ports, &self.limits)
    }

    /// The journal as another process finds it: without what was being written.
    pub(crate) fn reopened(&self) -> Journal<Store> {
        let bytes = self.store.text.borrow().clone();
        let written = Written::read(bytes.as_bytes()).unwrap();
        self.store.text.borrow_mut().truncate(written.whole);
        let store = Store {
            text: Rc::clone(&self.store.text),
            fails_at: None,
        };
        Journal::take_up(store, &written, &self.plan).unwrap()
    }

    pub(crate) fn resume(&self) -> Outcome {
        let mut journal = self.reopened();
        let ports = ports(&self.world);
        resume(&self.plan, &mut journal, &context(), &ports, &self.limits).unwrap()
    }

    /// Another process takes the run up and takes it back.
    pub(crate) fn roll_back(&self) -> Outcome {
        let mut journal = self.reopened();
        let (ports, context) = (ports(&self.world), context());
        take_up(&self.plan, &mut journal, &context, &ports).unwrap();
        let why = Text::new("it was asked for");
        rollback(
            &self.plan,
            &mut journal,
            why,
            &context,
            &ports,
            &self.limits,
        )
        .unwrap()
    }

    pub(crate) fn fail_at(&mut self, line: usize) {
        self.store.fails_at = Some(line);
    }

    pub(crate) fn lines(&self) -> usize {
        self.store.text.borrow().lines().count()
    }

    pub(crate) fn transcript(&self) -> String {
        transcript(&self.store.text.borrow())
    }

    /// No request lost what it ran over.
    pub(crate) fn assert_no_harm(&self) {
        let harm = self.world.harm.borrow();
        assert_eq!(harm.first(), None, "\n{}", self.transcript());
    }
}

/// The step at which a run stopped, and why, in words.
pub(crate) fn stop(outcome: &Outcome) -> (String, String) {
    match outcome {
        Outcome::Stopped { step, why } => (step.to_string(), why.to_string()),
        other => panic!("it did not stop: {other:?}"),
    }
}

pub(crate) fn stop_reason(outcome: Outcome) -> StopReason {
    match outcome {
        Outcome::Stopped { why, .. } => why,
        other => panic!("it did not stop: {other:?}"),
    }
}

impl Bench {
    /// The journal reopened over a store that fails where it was told to.
    pub(crate) fn failing_journal(&self) -> Journal<Store> {
        let text = self.store.text.borrow().clone();
        let written = Written::parse(&text).unwrap();
        Journal::take_up(self.store.clone(), &written, &self.plan).unwrap()
    }

    pub(crate) fn try_forward(
        &self,
        journal: &mut Journal<Store>,
    ) -> Result<Outcome, JournalError> {
        forward(
            &self.plan,
            journal,
            &context(),
            &ports(&self.world),
            &self.limits,
        )
    }

    pub(crate) fn try_back(&self, journal: &mut Journal<Store>) -> Result<Outcome, JournalError> {
        let why = Text::new("it was asked for");
        rollback(
            &self.plan,
            journal,
            why,
            &context(),
            &ports(&self.world),
            &self.limits,
        )
    }
}
