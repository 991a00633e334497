//! `unbridge scan`: opens a session, reads the account into a snapshot file, reports on it.

pub(crate) mod digest_key;
mod many;

use std::path::PathBuf;
use std::time::Duration;

use unbridge_aws::{AwsReader, Idle, Session, Settings};
use unbridge_model::call::Caller;
use unbridge_model::digest::Digester;
use unbridge_model::gap::GapClass;
use unbridge_model::id::{AccountId, Region};
use unbridge_model::port::{ReadError, Timer};
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header, Outcome};
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;
use unbridge_report::view::Selection;
use unbridge_scanner::scan::{ScanError, ScanOptions, UserSources, WhichApis, scan};

use crate::args::{AccountArgs, ScanArgs};
use crate::cmd::report::Asked;
use crate::error::{Failure, chain};
use crate::exit::Done;
use crate::files::SnapshotFile;
use crate::output::Sheet;
use crate::progress::Progress;
use crate::settings::Settings as Settled;
use crate::stop::told_to_stop;
use crate::{settings, terminal};

pub(crate) fn run(args: &ScanArgs) -> Result<Done, Failure> {
    let sheet = Sheet::on_stdout(&args.output)?;
    let settled = settings::read(&args.settings.file)?;
    let account = args.account.settled(&settled);
    if let Some(tree) = many::is_asked_for(args)? {
        return many::run(args, &account, tree, settled, sheet);
    }
    let asked = Asked::new(
        settled,
        &args.settings,
        &args.pipeline,
        Selection::default(),
    )?;
    let Some((path, ended)) = snapshot(&account, args.output_file.clone(), |account| {
        asked.check(account)
    })?
    else {
        return Ok(Done::Interrupted);
    };
    let shown = asked.answer(&path, None, sheet)?;
    Ok(match ended {
        Outcome::Finished => shown,
        Outcome::Interrupted => Done::Interrupted,
    })
}

impl AccountArgs {
    /// With what the settings say where no flag does.
    fn settled(&self, settled: &Settled) -> Self {
        let asked = self.clone();
        let regions = match asked.regions.is_empty() && !asked.all_regions {
            true => settled.regions.clone(),
            false => asked.regions,
        };
        Self {
            regions,
            pace: asked.pace.or(Some(settled.pace.into())),
            ..asked
        }
    }
}

/// Reads an account into a snapshot file; `None` when it was interrupted.
pub(crate) fn into_file(account: &AccountArgs) -> Result<Option<PathBuf>, Failure> {
    let read = snapshot(account, None, |_| Ok(()))?;
    Ok(read.and_then(|(path, ended)| match ended {
        Outcome::Finished => Some(path),
        Outcome::Interrupted => None,
    }))
}

/// Reads an account that is fit into a snapshot file, and says where it is; `None` when it was
/// interrupted before anything was read.
fn snapshot(
    account: &AccountArgs,
    place: Option<PathBuf>,
    fit: impl Fn(&AccountId) -> Result<(), Failure>,
) -> Result<Option<(PathBuf, Outcome)>, Failure> {
    let digester = digest_key::load(account.digest_key.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::io("no asynchronous runtime", &error))?;
    let read = runtime.block_on(async {
        // Listened for from the start: a shell may have had the signal ignored.
        let (session, caller, options) = tokio::select! {
            prepared = prepare(account, digester) => prepared?,
            () = told_to_stop() => return Ok(None),
        };
        fit(&caller.account)?;
        read(place, session, &caller, &options).await.map(Some)
    })?;
    match &read {
        Some((path, _)) => terminal::tell(&format!("snapshot: {}", path.display())),
        None => terminal::tell("interrupted before anything was read"),
    }
    Ok(read)
}

const NAME_A_REGION: &str = "unbridge scan --region eu-west-1, or AWS_REGION=eu-west-1";

fn no_region() -> Failure {
    Failure::usage("no region is given and none is configured").hint(NAME_A_REGION)
}

/// Signs in and finds out what to read.
async fn prepare(
    args: &AccountArgs,
    digester: Digester,
) -> Result<(Session, Caller, ScanOptions), Failure> {
    let session = open(args, args.profiles.first(), Idle::Any).await?;
    let caller = session
        .caller()
        .await
        .map_err(|error| not_read(&error, "the caller's identity"))?;
    let regions = regions(args, &session).await?;
    let users = if args.skip_users {
        UserSources::Skip
    } else {
        UserSources::Read
    };
    let options = options(args, &caller, regions, digester, users);
    Ok((session, caller, options))
}

/// A session of whoever the environment says, to reach a bucket with.
pub(crate) async fn any_session() -> Result<Session, Failure> {
    opened(&Settings::default(), None, Idle::Any).await
}

/// Opens a session that has a home region.
async fn open(
    args: &AccountArgs,
    profile: Option<&String>,
    idle: Idle,
) -> Result<Session, Failure> {
    let settings = Settings {
        profile: profile.cloned(),
    };
    opened(&settings, args.regions.first().cloned(), idle).await
}

async fn opened(settings: &Settings, home: Option<Region>, idle: Idle) -> Result<Session, Failure> {
    let session = Session::open_keeping(settings, home, idle).await;
    let session = session.map_err(|error| Failure::usage(chain(&error)).hint(NAME_A_REGION))?;
    match session.home() {
        Some(_) => Ok(session),
        None => Err(no_region()),
    }
}

fn options(
    args: &AccountArgs,
    caller: &Caller,
    regions: Vec<Region>,
    digester: Digester,
    users: UserSources,
) -> ScanOptions {
    ScanOptions {
        apis: WhichApis::All,
        account: caller.account.clone(),
        regions,
        began: jiff::Timestamp::now(),
        look_back: LookBack::of_days(args.look_back).unwrap_or(LookBack::DEFAULT),
        pace: args.pace.and_then(Pace::percent).unwrap_or(Pace::HALF),
        api_gateway: if args.pace_per_region {
            ApiGatewayBudget::PerRegion
        } else {
            ApiGatewayBudget::PerAccount
        },
        digester,
        users,
    }
}

async fn regions(args: &AccountArgs, session: &Session) -> Result<Vec<Region>, Failure> {
    let regions = regions_of(args, session).await;
    regions.map_err(|error| not_read(&error, "the account's regions"))
}

/// The regions to read: those that are asked for, else the session's own.
async fn regions_of(args: &AccountArgs, session: &Session) -> Result<Vec<Region>, ReadError> {
    if args.all_regions {
        return session.enabled_regions().await;
    }
    if args.regions.is_empty() {
        return Ok(session.home().cloned().into_iter().collect());
    }
    let mut regions = args.regions.clone();
    regions.sort();
    regions.dedup();
    Ok(regions)
}

/// Reads into the snapshot file until the end, or until told to stop; both leave a whole file.
async fn read(
    place: Option<PathBuf>,
    session: Session,
    caller: &Caller,
    options: &ScanOptions,
) -> Result<(PathBuf, Outcome), Failure> {
    let started_at = jiff::Timestamp::now();
    let header = header(caller, options, started_at);
    let default = || {
        format!(
            "unbridge-{}-{}.jsonl.zst",
            caller.account,
            started_at.strftime("%Y%m%dT%H%M%SZ")
        )
    };
    let path = place.unwrap_or_else(|| default().into());
    let file = SnapshotFile::begin(path, &header)?;
    let reader = AwsReader::new(session, options.digester.clone());
    let progress = Progress::start(&options.regions);
    let timer = WallTimer::start();
    let ended = tokio::select! {
        ended = scan(&reader, &timer, options, &file, &progress) => Some(ended),
        () = told_to_stop() => None,
    };
    progress.end();
    let outcome = match ended {
        Some(Ok(())) => Outcome::Finished,
        Some(Err(error)) => return Err(failed(&error)),
        None => {
            terminal::tell("interrupted; what was read so far is kept and marked incomplete");
            Outcome::Interrupted
        }
    };
    Ok((file.finish(outcome)?, outcome))
}

fn header(caller: &Caller, options: &ScanOptions, started_at: jiff::Timestamp) -> Header {
    Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new(env!("CARGO_PKG_VERSION")),
        account: caller.account.clone(),
        caller: caller.arn.clone(),
        regions: options.regions.clone(),
        started_at: Text::from(started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        digest_key: Text::new(options.digester.key_id()),
    }
}

fn failed(error: &ScanError) -> Failure {
    let failure = Failure::unexpected(chain(error));
    match error {
        ScanError::NothingReadable(gap) => failure.hint(advice(gap.class)),
        ScanError::Sink(_) => failure.hint("name a place with room with -o FILE"),
    }
}

pub(crate) fn not_read(error: &ReadError, what: &str) -> Failure {
    Failure::unexpected(format!("{what} cannot be read: {error}")).hint(advice(error.class))
}

/// What a person can do about a failure of this class.
pub(crate) fn advice(class: GapClass) -> &'static str {
    match class {
        GapClass::Denied => "allow this identity what `unbridge policy scan` prints",
        GapClass::Credentials => "sign in again (aws sso login, or new keys), or choose --profile",
        GapClass::Throttled => "wait, or scan more slowly with --pace 20",
        GapClass::Unreachable => "check the network, the region's name and AWS_ENDPOINT_URL",
        GapClass::Failed
        | GapClass::Refused
        | GapClass::Vanished
        | GapClass::Unparseable
        | GapClass::Unreadable
        | GapClass::NotRead
        | GapClass::Skipped
        | GapClass::Interrupted
        | GapClass::NoSnapshot => "run again with -v to see more",
    }
}

pub(crate) struct WallTimer(tokio::time::Instant);

impl WallTimer {
    pub(crate) fn start() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Timer for WallTimer {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn wait(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn settled(flags: &[&str]) -> AccountArgs {
        let mut settings = Settled::default();
        settings.regions = vec![Region::new("eu-north-1").expect("a region")];
        settings.pace = Pace::percent(20).expect("a pace");
        let cli = Cli::try_parse_from(["unbridge", "scan"].iter().chain(flags));
        match cli.expect("a command line").command {
            Command::Scan(args) => args.account.settled(&settings),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flag_wins_over_the_settings() {
        let regions = |args: &AccountArgs| args.regions.iter().map(ToString::to_string).collect();
        let regions = |flags: &[&str]| -> Vec<String> { regions(&settled(flags)) };
        assert_eq!(regions(&[]), ["eu-north-1"]);
        assert_eq!(regions(&["--region", "eu-west-1"]), ["eu-west-1"]);
        assert_eq!(regions(&["--all-regions"]), [""; 0]);
        assert_eq!(settled(&[]).pace, Some(20));
        assert_eq!(settled(&["--pace", "70"]).pace, Some(70));
    }
}
