//! One account of many: signed in to, read, kept. Whatever goes wrong is told of this account alone.

use unbridge_aws::{AwsReader, Session};
use unbridge_model::call::Caller;
use unbridge_model::digest::Digester;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::port::ReadError;
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;
use unbridge_scanner::scan::{ScanError, ScanOptions, Sink, UserSources, scan};

use super::mark::Mark;
use super::room::{InRoom, Room};
use super::targets::{Target, Targets};
use crate::args::{AccountArgs, ManyArgs};
use crate::cmd::scan::{WallTimer, header, options, regions_of};
use crate::progress::Many;
use crate::tree::Tree;
use crate::tree::whole::{Skipped, Taken, Whole};
use crate::tree::write::AccountSink;

/// What all accounts of a scan share.
pub(super) struct Shared<'a> {
    pub(super) args: &'a AccountArgs,
    pub(super) many: &'a ManyArgs,
    pub(super) targets: &'a Targets,
    pub(super) tree: &'a Tree,
    pub(super) digester: &'a Digester,
    pub(super) mark: &'a Mark,
    pub(super) room: &'a Room,
    pub(super) progress: &'a Many,
}

/// How reading an account ended.
pub(super) enum End {
    /// It was read; what could not be seen is a gap.
    Read { gaps: usize },
    /// It was whole already.
    Known { gaps: usize },
    /// Nobody could sign in, or nothing was answered; the tree says so.
    Unread(String),
    /// It was read, and cannot be kept.
    Unkept(String),
}

/// An account that somebody is signed in to.
struct SignedIn {
    session: Session,
    caller: Caller,
    regions: Vec<Region>,
}

/// Reads an account and keeps it.
pub(super) async fn read(shared: &Shared<'_>, target: &Target) -> End {
    let whole = match shared.many.resume {
        true => whole(shared, &target.account).await,
        false => Ok(Whole::default()),
    };
    let whole = match whole {
        Ok(whole) => whole,
        Err(why) => return End::Unkept(why),
    };
    let known = End::Known { gaps: whole.gaps() };
    let signed_in = match sign_in(shared, target, &whole).await {
        Ok(Some(signed_in)) => signed_in,
        Ok(None) => return known,
        Err(error) => {
            let refusal = keep_refusal(shared, &target.account, error.class, &error.message);
            return match refusal.await {
                Ok(()) => End::Unread(error.to_string()),
                Err(why) => End::Unkept(why),
            };
        }
    };
    if whole.is_all(&signed_in.regions) {
        return known;
    }
    let before = whole.gaps_of(&signed_in.regions);
    let left = signed_in.regions.into_iter();
    let left: Vec<_> = left.filter(|region| !whole.has(region)).collect();
    match keep(shared, signed_in.session, &signed_in.caller, left).await {
        End::Read { gaps } => End::Read {
            gaps: before + gaps,
        },
        other => other,
    }
}

/// What of the account need not be read again. An account that nobody could read may be readable now.
async fn whole(shared: &Shared<'_>, account: &AccountId) -> Result<Whole, String> {
    let _room = shared.room.for_account(0).await;
    let taken = Taken {
        since: shared.mark.since.clone(),
        skipped: match shared.args.skip_users {
            true => Skipped::AreFine,
            false => Skipped::AreMissed,
        },
    };
    let whole = shared.tree.whole(account, shared.mark.date, &taken).await;
    whole.map_err(|failure| failure.to_string())
}

/// Signs in and finds out which regions are wanted; `None` when it shows before any call that all of
/// them are there.
async fn sign_in(
    shared: &Shared<'_>,
    target: &Target,
    whole: &Whole,
) -> Result<Option<SignedIn>, ReadError> {
    let session = shared.targets.session(target).await?;
    if !shared.args.all_regions && whole.is_all(&regions_of(shared.args, &session).await?) {
        return Ok(None);
    }
    let _room = shared.room.for_request().await;
    let caller = session.caller().await?;
    if caller.account != target.account {
        let what = format!("the credentials are of account {}", caller.account);
        return Err(ReadError::new(GapClass::Refused, what));
    }
    let regions = regions_of(shared.args, &session).await?;
    Ok(Some(SignedIn {
        session,
        caller,
        regions,
    }))
}

async fn keep(shared: &Shared<'_>, session: Session, caller: &Caller, regions: Vec<Region>) -> End {
    let users = match shared.args.skip_users {
        true => UserSources::SkipForSiblings,
        false => UserSources::ReadForSiblings,
    };
    let digester = shared.digester.clone();
    let options = options(shared.args, caller, regions, digester.clone(), users);
    let reader = InRoom {
        reader: AwsReader::new(session, digester),
        room: shared.room,
    };
    let room = shared.room.for_account(options.regions.len()).await;
    let put = put(shared, &reader, caller, &options).await;
    // Whoever waits for more with some in hand could wait for ever.
    drop(room);
    match put {
        Put::Read(gaps) => End::Read { gaps },
        Put::Nothing(gap) => {
            let refusal = keep_refusal(shared, &caller.account, gap.class, &gap.message).await;
            refusal.map_or_else(End::Unkept, |()| End::Unread(gap.to_string()))
        }
        Put::Failed(error) => End::Unkept(error.to_string()),
    }
}

/// How putting an account into the tree ended.
enum Put {
    /// It is there, and this much could not be seen.
    Read(usize),
    /// Nothing was answered, and nothing is kept of it.
    Nothing(Box<Gap>),
    Failed(std::io::Error),
}

async fn put(
    shared: &Shared<'_>,
    reader: &InRoom<'_, AwsReader>,
    caller: &Caller,
    options: &ScanOptions,
) -> Put {
    let header = header(caller, options, jiff::Timestamp::now());
    let (sink, regions) = AccountSink::begin(header.clone());
    let timer = WallTimer::start();
    let read = async {
        match scan(reader, &timer, options, &sink, shared.progress).await {
            Ok(()) => sink.end().map_or_else(Put::Failed, Put::Read),
            // The sink goes, and with it what it has.
            Err(ScanError::NothingReadable(gap)) => {
                drop(sink);
                Put::Nothing(gap)
            }
            Err(ScanError::Sink(error)) => {
                drop(sink);
                Put::Failed(error)
            }
        }
    };
    let put = regions.put_into(shared.tree, &header, shared.mark.date);
    match futures::join!(read, put) {
        (_, Err(error)) => Put::Failed(error),
        (read, Ok(())) => read,
    }
}

/// An account that nobody can read is told in the tree, where every report finds it; but never in the
/// place of what an earlier scan of the day could read.
async fn keep_refusal(
    shared: &Shared<'_>,
    account: &AccountId,
    class: GapClass,
    message: &str,
) -> Result<(), String> {
    let _room = shared.room.for_account(0).await;
    let (tree, date) = (shared.tree, shared.mark.date);
    if tree.has_been_read(account, date).await {
        return Ok(());
    }
    let caller = Caller {
        account: account.clone(),
        arn: Text::new(""),
        regions: None,
    };
    let digester = shared.digester.clone();
    let options = options(
        shared.args,
        &caller,
        Vec::new(),
        digester,
        UserSources::Skip,
    );
    let header = header(&caller, &options, jiff::Timestamp::now());
    let (sink, regions) = AccountSink::begin(header.clone());
    let gap = Gap {
        account: account.clone(),
        region: None,
        unseen: Unseen::Rest,
        class,
        message: Text::from(message.to_owned()),
    };
    let kept = sink.put(Record::Gap(gap)).and_then(|()| sink.end());
    kept.map_err(|error| error.to_string())?;
    let put = regions.put_into(tree, &header, date).await;
    put.map_err(|error| error.to_string())
}
