//! A scan of a simulated account, in simulated time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::digest::Digester;
use unbridge_model::finding::FindingCode;
use unbridge_model::port::Reader;
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header, Outcome, Record, Snapshot};
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;
use unbridge_scanner::assess::assess;
use unbridge_scanner::scan::{
    Observer, ScanError, ScanEvent, ScanOptions, Sink, UserSources, WhichApis, scan,
};
use unbridge_sim::account::Account;
use unbridge_sim::build::Estate;
use unbridge_sim::clock::VirtualClock;
use unbridge_sim::reader::{Attempt, Settings, SimReader};

/// What a scan brought.
pub(crate) struct Scanned {
    pub(crate) snapshot: Snapshot,
    pub(crate) records: Vec<Record>,
    pub(crate) calls: Vec<Attempt>,
    pub(crate) took: Duration,
}

/// When every scan begins: 2026-01-01T00:00:00Z.
pub(crate) const BEGAN: Timestamp = Timestamp::constant(1_767_225_600, 0);

#[derive(Default)]
struct Kept(RefCell<Vec<Record>>);

impl Sink for Kept {
    fn put(&self, record: Record) -> io::Result<()> {
        self.0.borrow_mut().push(record);
        Ok(())
    }
}

struct Nobody;

impl Observer for Nobody {
    fn on(&self, _: ScanEvent<'_>) {}
}

pub(crate) fn digester() -> Digester {
    Digester::new(&[7; 32])
}

pub(crate) fn options(account: &Account, pace: Pace) -> ScanOptions {
    ScanOptions {
        apis: WhichApis::All,
        account: account.id.clone(),
        regions: account.regions.keys().cloned().collect(),
        users: UserSources::Read,
        began: BEGAN,
        look_back: LookBack::DEFAULT,
        pace,
        api_gateway: ApiGatewayBudget::PerAccount,
        digester: digester(),
    }
}

pub(crate) fn header(options: &ScanOptions) -> Header {
    Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0.0.0"),
        account: options.account.clone(),
        caller: Text::new("arn:aws:iam::123456789012:user/test"),
        regions: options.regions.clone(),
        started_at: Text::new("2026-01-01T00:00:00Z"),
        digest_key: Text::new(options.digester.key_id()),
    }
}

pub(crate) fn scanned(account: Account) -> Scanned {
    scan_with(account, Settings::unthrottled(), Pace::FULL).expect("a scan")
}

pub(crate) fn scan_with(
    account: Account,
    settings: Settings,
    pace: Pace,
) -> Result<Scanned, ScanError> {
    let options = options(&account, pace);
    scan_through(account, settings, &options, |sim| sim)
}

/// A scan of an account through a reader that stands before the simulated one.
pub(crate) fn scan_through<R: Reader>(
    account: Account,
    settings: Settings,
    options: &ScanOptions,
    before: impl FnOnce(SimReader) -> R,
) -> Result<Scanned, ScanError> {
    let clock = VirtualClock::new();
    let sim = SimReader::new(account, digester(), clock.clone(), settings);
    let reader = before(sim.clone());
    let kept = Kept::default();
    clock
        .run(scan(&reader, &clock, options, &kept, &Nobody))
        .expect("no deadlock")?;
    let records = kept.0.into_inner();
    let mut snapshot = Snapshot::new(header(options));
    for record in records.clone() {
        snapshot.add(record).expect("nothing twice");
    }
    snapshot.finish(Outcome::Finished).expect("nothing twice");
    Ok(Scanned {
        snapshot,
        records,
        calls: sim.calls(),
        took: clock.now(),
    })
}

/// How many calls of each kind were made.
pub(crate) fn counts(scanned: &Scanned) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for attempt in &scanned.calls {
        *counts.entry(attempt.call.kind().name()).or_default() += 1;
    }
    counts
}

pub(crate) fn assessed(snapshot: &Snapshot) -> Assessment {
    assess(snapshot).expect("a consistent graph")
}

pub(crate) fn estate() -> Estate {
    Estate::new("123456789012").region("eu-west-1")
}

pub(crate) fn nlb<'a>(assessment: &'a Assessment, name: &str) -> &'a NlbAssessment {
    assessment
        .nlbs
        .iter()
        .find(|nlb| nlb.name == *name)
        .expect("the NLB")
}

pub(crate) fn codes(nlb: &NlbAssessment) -> BTreeSet<FindingCode> {
    nlb.findings.iter().map(|finding| finding.code()).collect()
}

/// A folder of the repository.
pub(crate) fn repository(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder)
}

/// Compares with a file of the repository; `UPDATE=1` writes it instead.
pub(crate) fn golden(file: &str, text: &str) {
    let path = repository(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a writable file");
    }
    let kept = std::fs::read_to_string(&path).expect("run once with UPDATE=1");
    let first = kept
        .lines()
        .zip(text.lines())
        .find(|(kept, now)| kept != now);
    assert!(
        kept == text,
        "{file}: UPDATE=1 rewrites it; differs first in {first:?}"
    );
}

/// How many cases a property is tried on: `tests/budget.toml`.
pub(crate) fn property_cases() -> u32 {
    let budget = std::fs::read_to_string(repository("tests/budget.toml")).expect("the budget");
    let line = budget
        .lines()
        .find_map(|line| line.strip_prefix("properties = "));
    line.and_then(|number| number.trim().parse().ok())
        .expect("a number of cases")
}
