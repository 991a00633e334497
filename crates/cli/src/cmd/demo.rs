//! `unbridge demo`: scans the embedded sample account, in simulated time, and tells its story.

use std::cell::{Cell, RefCell};
use std::io;

use unbridge_model::digest::Digester;
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header, Outcome, Record, Snapshot};
use unbridge_model::text::Text;
use unbridge_report::explain::explain_nlb;
use unbridge_report::rows::Layout;
use unbridge_report::safe::printable;
use unbridge_report::table;
use unbridge_report::view::View;
use unbridge_scanner::scan::{
    Observer, ScanEvent, ScanOptions, Sink, UserSources, WhichApis, scan,
};
use unbridge_scanner::terraform::TerraformState;
use unbridge_sim::clock::VirtualClock;
use unbridge_sim::reader::{Settings, SimReader};
use unbridge_sim::sample;

use crate::args::DemoArgs;
use crate::cmd::report::assessed;
use crate::error::{Failure, chain};
use crate::exit::Done;
use crate::files::SnapshotFile;
use crate::{costs, terminal};

/// The sample holds no secret, so its digests need none either.
const DEMO_KEY: [u8; 32] = [7; 32];

/// One NLB that can go, one that is blocked, one that something else needs.
const STORIES: [&str; 3] = ["orders-nlb", "billing-nlb", "partner-nlb"];

pub(crate) fn run(args: &DemoArgs) -> Result<Done, Failure> {
    let digester = Digester::new(&DEMO_KEY);
    let account = sample::account().map_err(|bug| Failure::unexpected(chain(&bug)))?;
    let options = ScanOptions {
        apis: WhichApis::All,
        account: account.id.clone(),
        regions: account.regions.keys().cloned().collect(),
        pace: Pace::HALF,
        api_gateway: ApiGatewayBudget::PerAccount,
        digester: digester.clone(),
        users: UserSources::Read,
        began: jiff::Timestamp::constant(1_767_225_600, 0),
        look_back: unbridge_model::usage::LookBack::DEFAULT,
    };
    let header = Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new(env!("CARGO_PKG_VERSION")),
        account: account.id.clone(),
        caller: Text::from(format!(
            "arn:aws:sts::{}:assumed-role/unbridge-scan/demo",
            account.id
        )),
        regions: options.regions.clone(),
        started_at: Text::new("2026-01-01T00:00:00Z"),
        digest_key: Text::new(digester.key_id()),
    };
    let clock = VirtualClock::new();
    let reader = SimReader::new(account, digester, clock.clone(), Settings::default());
    let kept = Kept::default();
    let counted = Counted::default();
    clock
        .run(scan(&reader, &clock, &options, &kept, &counted))
        .map_err(|bug| Failure::unexpected(chain(&bug)))?
        .map_err(|error| Failure::unexpected(chain(&error)))?;
    let records = kept.0.into_inner();
    if let Some(path) = &args.output_file {
        let file = SnapshotFile::begin(path.clone(), &header)?;
        for record in &records {
            file.put(record.clone())
                .map_err(|error| Failure::io("the snapshot cannot be written", &error))?;
        }
        file.finish(Outcome::Finished)?;
    }
    let mut snapshot = Snapshot::new(header);
    for record in records {
        snapshot.add(record).map_err(Failure::unexpected)?;
    }
    snapshot
        .finish(Outcome::Finished)
        .map_err(Failure::unexpected)?;
    let seconds = clock.now().as_secs_f64();
    tell(args, &snapshot, counted.0.get(), seconds)?;
    Ok(Done::Clean)
}

fn tell(args: &DemoArgs, snapshot: &Snapshot, calls: usize, seconds: f64) -> Result<(), Failure> {
    let look = terminal::look(args.width);
    let assessment = assessed(snapshot, &TerraformState::default())?;
    let prices = costs::prices(None)?;
    // The sample's own day, so that its story is the same on every other.
    let costs = costs::of(&assessment, snapshot, &prices, prices.as_of);
    let view = View::of(assessment).with_costs(costs);
    let assessment = &view.assessment;
    let mut text = format!(
        "A sample account, read as `unbridge scan` reads yours: {calls} calls, {seconds:.0} s of\n\
         simulated time at half of AWS's quotas. No AWS was asked.\n\n"
    );
    table::table(&view, &Layout::default(), look, &mut text).map_err(Failure::unexpected)?;
    let told = |name: &&str| assessment.nlbs.iter().find(|nlb| nlb.name == **name);
    let stories = STORIES.iter().filter_map(told);
    for nlb in stories {
        text.push_str(&format!("\n$ unbridge explain {}\n\n", nlb.name));
        explain_nlb(assessment, nlb, look, &mut text).map_err(Failure::unexpected)?;
    }
    if let Some(path) = &args.output_file {
        text.push_str(&format!(
            "\nThe snapshot is in {path}; try\n  unbridge report --snapshot {path} -o bridges.html\n  \
             unbridge report --snapshot {path} --output json\n",
            path = printable(&path.display().to_string())
        ));
    }
    terminal::put(&text)
}

#[derive(Default)]
struct Kept(RefCell<Vec<Record>>);

impl Sink for Kept {
    fn put(&self, record: Record) -> io::Result<()> {
        self.0.borrow_mut().push(record);
        Ok(())
    }
}

#[derive(Default)]
struct Counted(Cell<usize>);

impl Observer for Counted {
    fn on(&self, event: ScanEvent<'_>) {
        if matches!(event, ScanEvent::Answered(_)) {
            self.0.set(self.0.get() + 1);
        }
    }
}
