//! The account that a run changes: signed in to, and looked at again.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::runtime::{Builder, Handle, Runtime};
use unbridge_aws::{AwsReader, AwsWriter, Rights, Session, Settings};
use unbridge_model::call::Caller;
use unbridge_model::digest::Digester;
use unbridge_model::id::Region;
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::snapshot::read::read;
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header, Outcome, Record, Snapshot};
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;
use unbridge_scanner::scan::{ScanOptions, Sink, UserSources, WhichApis, scan};

use super::pacing::Pacing;
use crate::cmd::scan::{WallTimer, not_read};
use crate::error::{Failure, chain};
use crate::progress::Progress;

/// Seconds by which clocks differ without a word about it.
const TOLERATED: u64 = 30;

/// An account, as one identity sees it.
#[derive(Debug)]
pub(crate) struct Account {
    runtime: Runtime,
    pub(crate) session: Session,
    pub(crate) caller: Caller,
    pub(crate) home: Region,
}

impl Account {
    /// Signs in.
    pub(crate) fn open(profile: Option<&str>, home: Option<Region>) -> Result<Self, Failure> {
        // Its thread goes on between calls: it notices connections that AWS has closed, which
        // otherwise would only show as a change without an answer.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Failure::io("no asynchronous runtime", &error))?;
        let settings = Settings {
            profile: profile.map(ToOwned::to_owned),
        };
        let session = runtime.block_on(Session::open(&settings, home));
        let session = session.map_err(|error| Failure::usage(chain(&error)))?;
        let home = session.home().cloned().ok_or_else(|| {
            Failure::usage("no region is given and none is configured").hint("--region REGION")
        })?;
        let caller = runtime
            .block_on(session.caller())
            .map_err(|error| not_read(&error, "the caller's identity"))?;
        Ok(Self {
            runtime,
            session,
            caller,
            home,
        })
    }

    pub(crate) fn runtime(&self) -> Handle {
        self.runtime.handle().clone()
    }

    /// The time by AWS's clock; by this machine's, before an answer told it.
    pub(super) fn now(&self) -> Timestamp {
        told_time(&self.session).unwrap_or_else(Timestamp::now)
    }

    pub(super) fn writer(&self, region: &Region, pacing: &Arc<Pacing>) -> AwsWriter {
        let turns = Arc::clone(pacing);
        AwsWriter::new(&self.session, region, self.runtime(), turns)
    }

    pub(crate) fn rights(&self, region: &Region) -> Rights {
        Rights::new(&self.session, region, self.runtime())
    }

    /// Reads a region again.
    pub(crate) fn look(&self, look: &Look<'_>) -> Result<Snapshot, Failure> {
        let Look {
            region,
            apis,
            users,
            digester,
            pace,
            look_back,
        } = look;
        let began = jiff::Timestamp::now();
        let options = ScanOptions {
            apis: apis.clone(),
            account: self.caller.account.clone(),
            regions: vec![(*region).clone()],
            users: *users,
            began,
            look_back: *look_back,
            pace: *pace,
            api_gateway: ApiGatewayBudget::PerAccount,
            digester: (*digester).clone(),
        };
        let header = Header {
            format: Text::new(FORMAT),
            format_version: FORMAT_VERSION,
            tool_version: Text::new(env!("CARGO_PKG_VERSION")),
            account: self.caller.account.clone(),
            caller: self.caller.arn.clone(),
            regions: options.regions.clone(),
            started_at: Text::from(began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            digest_key: Text::new(digester.key_id()),
        };
        let kept = SnapshotWriter::begin(Vec::new(), &header).map_err(Failure::unexpected)?;
        let kept = InMemory(RefCell::new(kept));
        let reader = AwsReader::new(self.session.clone(), (*digester).clone());
        let progress = Progress::start(&options.regions);
        let timer = WallTimer::start();
        let read_all = scan(&reader, &timer, &options, &kept, &progress);
        let ended = self.runtime.block_on(read_all);
        progress.end();
        ended.map_err(|error| Failure::unexpected(chain(&error)))?;
        let kept = kept.0.into_inner().finish(Outcome::Finished);
        read(&kept.map_err(Failure::unexpected)?[..]).map_err(Failure::unexpected)
    }
}

/// The time by AWS's clock, as its answers told it; `None` before the first that did.
pub(super) fn told_time(session: &Session) -> Option<Timestamp> {
    by_ahead(Timestamp::now(), session.ahead()?)
}

/// The time of a clock that is so many seconds ahead.
fn by_ahead(here: Timestamp, seconds: i64) -> Option<Timestamp> {
    here.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// How far this machine's clock is off, in words; `None` while that may be the way of an answer.
pub(super) fn clock_is_off(ahead: Option<i64>) -> Option<String> {
    let ahead = ahead.filter(|ahead| ahead.unsigned_abs() > TOLERATED)?;
    let (seconds, how) = match ahead {
        ahead @ 0.. => (ahead.unsigned_abs(), "behind"),
        ahead => (ahead.unsigned_abs(), "ahead of"),
    };
    Some(format!(
        "this machine's clock is {seconds} s {how} AWS's, which is the one that counts"
    ))
}

/// What is read again, and how.
pub(crate) struct Look<'a> {
    pub(crate) region: &'a Region,
    pub(crate) apis: WhichApis,
    pub(crate) users: UserSources,
    pub(crate) digester: &'a Digester,
    pub(crate) pace: Pace,
    pub(crate) look_back: LookBack,
}

/// A snapshot that is used once.
struct InMemory(RefCell<SnapshotWriter<Vec<u8>>>);

impl Sink for InMemory {
    fn put(&self, record: Record) -> io::Result<()> {
        self.0.borrow_mut().record(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_awss_whatever_the_clock_here_says() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let told = by_ahead(at("2026-01-01T00:00:00Z"), 300);
        assert_eq!(told, Some(at("2026-01-01T00:05:00Z")));
        let told = by_ahead(at("2026-01-01T00:00:00Z"), -1);
        assert_eq!(told, Some(at("2025-12-31T23:59:59Z")));
        assert_eq!(by_ahead(Timestamp::MAX, 1), None);
    }

    #[test]
    fn a_clock_that_is_off_is_said_beyond_half_a_minute() {
        for near in [None, Some(0), Some(30), Some(-30)] {
            assert_eq!(clock_is_off(near), None);
        }
        assert_eq!(
            clock_is_off(Some(300)).as_deref(),
            Some("this machine's clock is 300 s behind AWS's, which is the one that counts")
        );
        assert_eq!(
            clock_is_off(Some(-31)).as_deref(),
            Some("this machine's clock is 31 s ahead of AWS's, which is the one that counts")
        );
    }
}
