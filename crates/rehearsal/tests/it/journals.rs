//! The journals that are stored for others to read: runs of the stored plan for the sample account,
//! in the simulator, as they would be in AWS. The documents and the tests of the binary show them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use unbridge_executor::{
    Context, Limits, Outcome, Ports, begin, forward, resume, rollback, take_up,
};
use unbridge_model::id::{Region, RunId};
use unbridge_model::journal::{Journal, JournalStore, StoreError, Written};
use unbridge_model::plan::Plan;
use unbridge_model::plan::condition::Gate;
use unbridge_model::port::{ApprovedAtStart, Judgement, Meter, Prober};
use unbridge_model::text::Text;
use unbridge_sim::faults::{Fault, Faulty};
use unbridge_sim::live::{Live, Switches};
use unbridge_sim::sample;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

fn plan() -> Plan {
    let path = folder().join("plans/orders.plan.json");
    Plan::parse(&fs::read_to_string(path).expect("the plan")).expect("a plan")
}

/// A journal in memory.
#[derive(Clone, Default)]
struct Store(Rc<RefCell<String>>);

impl JournalStore for Store {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        self.0.borrow_mut().push_str(line);
        Ok(())
    }
}

/// Opens every gate but one canary's, whose stage it finds to answer otherwise than before.
struct Gates {
    /// How many judgements of canaries are still good.
    good: Cell<u32>,
}

impl Prober for Gates {
    fn prove(&self, _: &Gate) -> Judgement {
        Judgement::Pass
    }
}

impl Meter for Gates {
    fn judge(&self, _: &Gate) -> Judgement {
        match self.good.get() {
            0 => Judgement::Fail {
                why: Text::new(
                    "stage prod: 5XXError 4.1 % of 1200 requests, 0.1 % before: more than noise",
                ),
            },
            good => {
                self.good.set(good - 1);
                Judgement::Pass
            }
        }
    }
}

fn context(caller: &str) -> Context {
    Context {
        run: RunId::new("1f0c2a9b7d3e").expect("a run"),
        caller: Text::from(format!("arn:aws:iam::111122223333:user/{caller}")),
        owner: Text::from(format!("{caller}@laptop")),
        tool_version: Text::new("0.1.0"),
        chosen: None,
    }
}

/// A run on the sample account: some calls go wrong, and the canary's watch fails once it has looked
/// so many times.
struct Bench {
    plan: Plan,
    live: Live,
    writer: Faulty<Live>,
    gates: Gates,
    store: Store,
}

impl Bench {
    fn new(faults: BTreeMap<u32, Fault>, good_looks: u32) -> Self {
        let account = sample::account().expect("the sample");
        let region = Region::new(sample::REGION).expect("a region");
        let live = Live::new(account, region, Switches::default());
        Self {
            plan: plan(),
            writer: Faulty::new(live.clone(), faults),
            live,
            gates: Gates {
                good: Cell::new(good_looks),
            },
            store: Store::default(),
        }
    }

    fn ports(&self) -> Ports<'_> {
        Ports {
            writer: &self.writer,
            clock: &self.live,
            prober: &self.gates,
            meter: &self.gates,
            approver: &ApprovedAtStart,
            locks: &self.live,
        }
    }

    fn run(&self) -> Outcome {
        let (ports, context) = (self.ports(), context("ada"));
        let begun = begin(&self.plan, self.store.clone(), &context, &ports);
        let mut journal = begun.expect("it begins");
        let limits = Limits::default();
        forward(&self.plan, &mut journal, &context, &ports, &limits).expect("a journal")
    }

    fn reopened(&self) -> Journal<Store> {
        let written = Written::parse(&self.store.0.borrow()).expect("a journal");
        Journal::take_up(self.store.clone(), &written, &self.plan).expect("a journal")
    }

    fn resume(&self) -> Outcome {
        let (ports, context, limits) = (self.ports(), context("grace"), Limits::default());
        resume(&self.plan, &mut self.reopened(), &context, &ports, &limits).expect("it goes on")
    }

    fn roll_back(&self) -> Outcome {
        let (ports, context, limits) = (self.ports(), context("grace"), Limits::default());
        let mut journal = self.reopened();
        take_up(&self.plan, &mut journal, &context, &ports).expect("it is taken up");
        let why = Text::new("a person wants it");
        rollback(&self.plan, &mut journal, why, &context, &ports, &limits).expect("a journal")
    }

    /// The stored journal of this name is what was written. `UPDATE=1` writes it anew.
    fn is_stored_as(&self, name: &str) {
        let folder = folder().join("journals");
        let path = folder.join(format!("{name}.journal.jsonl"));
        let written = self.store.0.borrow();
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(&path, written.as_str()).expect("a file is written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == *written, "UPDATE=1 writes {}", path.display());
    }
}

/// Looks up to the end of the fifth share: each share is looked at once a minute for five minutes, and
/// the first stage also while its requests end.
const LOOKS: u32 = 5 * 5 + 3;

/// Calls are refused for their number, and one answer is lost.
fn trouble() -> BTreeMap<u32, Fault> {
    BTreeMap::from([
        (4, Fault::Throttle),
        (5, Fault::Throttle),
        (11, Fault::LoseAfter),
    ])
}

#[test]
fn a_canary_release_that_fails_stops_the_run() {
    let bench = Bench::new(trouble(), LOOKS - 3);
    let outcome = bench.run();
    let Outcome::Stopped { step, .. } = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(step.as_str(), "prod-canary-50");
    bench.is_stored_as("stopped");
}

#[test]
fn a_run_that_is_taken_back_leaves_what_aws_keeps() {
    let bench = Bench::new(trouble(), LOOKS - 3);
    bench.run();
    let outcome = bench.roll_back();
    assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
    bench.is_stored_as("rolled-back");
}

#[test]
fn a_run_whose_credentials_expire_goes_on_with_new_ones() {
    let bench = Bench::new(BTreeMap::from([(9, Fault::Expire)]), u32::MAX);
    let outcome = bench.run();
    assert!(matches!(outcome, Outcome::Stopped { .. }), "{outcome:?}");
    bench.is_stored_as("expired");
    bench.writer.renew();
    assert_eq!(bench.resume(), Outcome::Completed);
    bench.is_stored_as("completed");
}

/// Somebody deletes the old deployment of a stage: it cannot be put back.
#[test]
fn a_run_is_stuck_whose_requests_cannot_be_moved_back() {
    let refuse = || Fault::RefuseForEver;
    let bench = Bench::new(BTreeMap::new(), u32::MAX);
    assert_eq!(bench.run(), Outcome::Completed);
    let calls = bench.writer.performs();
    let stuck = Bench::new(BTreeMap::from([(calls, refuse())]), u32::MAX);
    assert_eq!(stuck.run(), Outcome::Completed);
    let outcome = stuck.roll_back();
    assert!(matches!(outcome, Outcome::Stuck { .. }), "{outcome:?}");
    stuck.is_stored_as("stuck");
}
