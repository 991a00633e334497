//! Plans over small accounts that were scanned.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;

use unbridge_model::assessment::Assessment;
use unbridge_model::digest::Digester;
use unbridge_model::finding::Finding;
use unbridge_model::id::Region;
use unbridge_model::plan::waiting::WaitingCode;
use unbridge_model::plan::{Body, Choices, Plan, Step};
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::snapshot::{
    FORMAT, FORMAT_VERSION, Header, Outcome, Record, RegionFacts, Snapshot,
};
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;
use unbridge_planner::Asked;
use unbridge_planner::lint::lint_on;
use unbridge_scanner::assess::assess;
use unbridge_scanner::scan::{
    Observer, ScanEvent, ScanOptions, Sink, UserSources, WhichApis, scan,
};
use unbridge_sim::build::Estate;
use unbridge_sim::clock::VirtualClock;
use unbridge_sim::reader::{Settings, SimReader};

pub(crate) const REGION: &str = "eu-west-1";

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

/// An account without anything in it.
pub(crate) fn estate() -> Estate {
    Estate::new("123456789012").region(REGION)
}

/// What a scan sees that looks back so many days.
pub(crate) fn scanned(estate: Estate, days: u16, users: UserSources) -> Snapshot {
    let account = estate.build().expect("an account");
    let digester = Digester::new(&[7; 32]);
    let began = "2026-01-01T00:00:00Z";
    let options = ScanOptions {
        apis: WhichApis::All,
        account: account.id.clone(),
        regions: account.regions.keys().cloned().collect(),
        users,
        began: began.parse().expect("a time"),
        look_back: LookBack::of_days(days).expect("days"),
        pace: Pace::FULL,
        api_gateway: ApiGatewayBudget::PerAccount,
        digester: digester.clone(),
    };
    let mut snapshot = Snapshot::new(Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0.0.0"),
        account: options.account.clone(),
        caller: Text::new("arn:aws:iam::123456789012:user/test"),
        regions: options.regions.clone(),
        started_at: Text::new(began),
        digest_key: Text::new(digester.key_id()),
    });
    let clock = VirtualClock::new();
    let reader = SimReader::new(account, digester, clock.clone(), Settings::unthrottled());
    let kept = Kept::default();
    let done = clock.run(scan(&reader, &clock, &options, &kept, &Nobody));
    done.expect("no deadlock").expect("a scan");
    for record in kept.0.into_inner() {
        snapshot.add(record).expect("nothing twice");
    }
    snapshot.finish(Outcome::Finished).expect("nothing twice");
    snapshot
}

/// An account that was scanned, and what a person chooses.
pub(crate) struct Case {
    pub(crate) snapshot: Snapshot,
    pub(crate) choices: Choices,
}

impl Case {
    /// Everything that findings name an owner of may be changed.
    pub(crate) fn of(snapshot: Snapshot) -> Self {
        let mut case = Self {
            snapshot,
            choices: Choices::default(),
        };
        case.choices.edit = case.owned();
        case
    }

    pub(crate) fn assessment(&self) -> Assessment {
        assess(&self.snapshot).expect("a consistent graph")
    }

    pub(crate) fn facts(&self) -> &RegionFacts {
        let region = Region::new(REGION).expect("a region");
        &self.snapshot.regions[&region]
    }

    pub(crate) fn facts_mut(&mut self) -> &mut RegionFacts {
        let region = Region::new(REGION).expect("a region");
        self.snapshot.regions.get_mut(&region).expect("the region")
    }

    fn owned(&self) -> BTreeSet<Text> {
        let assessment = self.assessment();
        let findings = assessment.nlbs.iter().flat_map(|nlb| &nlb.findings);
        let objects = findings.flat_map(|finding| match finding {
            Finding::OwnerUnknown { objects } => objects.as_slice(),
            _ => &[],
        });
        objects.map(|object| object.id.clone()).collect()
    }

    /// What a plan is made of, with everything in it that has to be.
    pub(crate) fn made(&self, make: fn(&Asked<'_>) -> Body) -> Body {
        let assessment = self.assessment();
        let region = Region::new(REGION).expect("a region");
        let body = make(&Asked {
            snapshot: &self.snapshot,
            assessment: &assessment,
            region: &region,
            choices: &self.choices,
            savings: Vec::new(),
        });
        assert_eq!(body.check(), Ok(()));
        assert!(body.waiting.is_sorted());
        for step in &body.steps {
            assert!(!step.forward.is_empty(), "{}", step.id);
        }
        let plan = Plan::new(Text::new("0.0.0"), body);
        assert_eq!(lint_on(&plan, &self.snapshot), []);
        plan.body
    }
}

/// The names of steps, in order.
pub(crate) fn names(body: &Body) -> Vec<&str> {
    body.steps.iter().map(|step| step.id.as_str()).collect()
}

/// The step whose name ends like this.
pub(crate) fn named<'b>(body: &'b Body, end: &str) -> &'b Step {
    let mut steps = body.steps.iter();
    let found = steps.find(|step| step.id.as_str().ends_with(end));
    found.unwrap_or_else(|| panic!("no step {end} among {:?}", names(body)))
}

/// Why things wait.
pub(crate) fn codes(body: &Body) -> BTreeSet<WaitingCode> {
    body.waiting.iter().map(|waiting| waiting.code).collect()
}

/// The reason of one kind, which has to say this.
pub(crate) fn waits(body: &Body, code: WaitingCode, says: &str) {
    let of_code = body.waiting.iter().filter(|waiting| waiting.code == code);
    let whys: Vec<&str> = of_code.map(|waiting| waiting.why.as_str()).collect();
    assert!(
        whys.iter().any(|why| why.contains(says)),
        "{code}: {whys:?} of {:?}",
        body.waiting
    );
}
