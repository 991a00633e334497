//! One account of many: signed in to, read, kept. Whatever goes wrong is told of this account alone.

use std::collections::BTreeSet;

use jiff::civil::Date;
use unbridge_aws::AwsReader;
use unbridge_model::call::Caller;
use unbridge_model::digest::Digester;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::place::Scope;
use unbridge_model::port::ReadError;
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;
use unbridge_scanner::scan::{ScanError, ScanOptions, Sink, UserSources, scan};

use super::targets::{Target, Targets};
use crate::args::{AccountArgs, ManyArgs};
use crate::cmd::scan::{WallTimer, header, options, regions_of};
use crate::progress::Many;
use crate::tree::Tree;
use crate::tree::write::AccountSink;

/// What all accounts of a scan share.
pub(super) struct Shared<'a> {
    pub(super) args: &'a AccountArgs,
    pub(super) many: &'a ManyArgs,
    pub(super) targets: &'a Targets,
    pub(super) tree: &'a Tree,
    pub(super) digester: &'a Digester,
    pub(super) date: Date,
    pub(super) progress: &'a Many,
}

/// How reading an account ended.
pub(super) enum End {
    /// It was read; what could not be seen is a gap.
    Read,
    /// It was whole already.
    Known,
    /// Nobody could sign in, or nothing was answered; the tree says so.
    Unread(String),
    /// It was read, and cannot be kept.
    Unkept(String),
}

/// Reads an account and keeps it.
pub(super) async fn read(shared: &Shared<'_>, target: &Target) -> End {
    let stored = match shared.many.resume {
        true => stored(shared, &target.account).await,
        false => Ok(BTreeSet::new()),
    };
    let stored = match stored {
        Ok(stored) if stored.contains(&Scope::Global) => return End::Known,
        Ok(stored) => stored,
        Err(why) => return End::Unkept(why),
    };
    match sign_in(shared, target).await {
        Ok((reader, options, caller)) => {
            let left = |region: &Region| !stored.contains(&Scope::Region(region.clone()));
            let regions = options.regions.iter().filter(|it| left(it)).cloned();
            let regions = regions.collect();
            keep(
                shared,
                &reader,
                &caller,
                &ScanOptions { regions, ..options },
            )
            .await
        }
        Err(error) => match keep_refusal(shared, &target.account, &error).await {
            Ok(()) => End::Unread(error.to_string()),
            Err(why) => End::Unkept(why),
        },
    }
}

/// What of the account is in the tree already. An account that nobody could read may be readable
/// now.
async fn stored(shared: &Shared<'_>, account: &AccountId) -> Result<BTreeSet<Scope>, String> {
    let below = format!("account={account}");
    let listing = shared.tree.list(Some(&below)).await;
    let listing = listing.map_err(|failure| failure.to_string())?;
    let today = listing
        .snapshots
        .into_iter()
        .filter(|key| key.date == shared.date);
    let mut scopes: BTreeSet<Scope> = today.map(|key| key.scope).collect();
    if scopes.contains(&Scope::Global) && shared.tree.is_refusal(account, shared.date).await {
        scopes.remove(&Scope::Global);
    }
    Ok(scopes)
}

async fn sign_in(
    shared: &Shared<'_>,
    target: &Target,
) -> Result<(AwsReader, ScanOptions, Caller), ReadError> {
    let session = shared.targets.session(target).await?;
    let caller = session.caller().await?;
    if caller.account != target.account {
        let what = format!("the credentials are of account {}", caller.account);
        return Err(ReadError::new(GapClass::Refused, what));
    }
    let regions = regions_of(shared.args, &session).await?;
    let users = match shared.args.skip_users {
        true => UserSources::Skip,
        false => UserSources::ReadForSiblings,
    };
    let options = options(
        shared.args,
        &caller,
        regions,
        shared.digester.clone(),
        users,
    );
    let reader = AwsReader::new(session, shared.digester.clone());
    Ok((reader, options, caller))
}

async fn keep(
    shared: &Shared<'_>,
    reader: &AwsReader,
    caller: &Caller,
    options: &ScanOptions,
) -> End {
    let header = header(caller, options, jiff::Timestamp::now());
    let (sink, regions) = AccountSink::begin(header.clone());
    let timer = WallTimer::start();
    let read = async {
        let read = scan(reader, &timer, options, &sink, shared.progress).await;
        let ended = match &read {
            Ok(()) | Err(ScanError::NothingReadable(_)) => sink.end(),
            Err(ScanError::Sink(_)) => Ok(()),
        };
        (read, ended)
    };
    let put = regions.put_into(shared.tree, &header, shared.date);
    let ((read, ended), put) = futures::join!(read, put);
    let unkept = |error: &std::io::Error| End::Unkept(error.to_string());
    match (put, ended, read) {
        (Err(error), _, _) | (_, Err(error), _) | (_, _, Err(ScanError::Sink(error))) => {
            unkept(&error)
        }
        (Ok(()), Ok(()), Err(ScanError::NothingReadable(gap))) => End::Unread(gap.to_string()),
        (Ok(()), Ok(()), Ok(())) => End::Read,
    }
}

/// An account that nobody can read is told in the tree, where every report finds it.
async fn keep_refusal(
    shared: &Shared<'_>,
    account: &AccountId,
    error: &ReadError,
) -> Result<(), String> {
    let caller = Caller {
        account: account.clone(),
        arn: Text::new(""),
        regions: None,
    };
    let users = UserSources::Skip;
    let options = options(
        shared.args,
        &caller,
        Vec::new(),
        shared.digester.clone(),
        users,
    );
    let header = header(&caller, &options, jiff::Timestamp::now());
    let (sink, regions) = AccountSink::begin(header.clone());
    let gap = Gap {
        account: account.clone(),
        region: None,
        unseen: Unseen::Rest,
        class: error.class,
        message: error.message.clone().into(),
    };
    let kept = sink.put(Record::Gap(gap)).and_then(|()| sink.end());
    kept.map_err(|error| error.to_string())?;
    let put = regions.put_into(shared.tree, &header, shared.date).await;
    put.map_err(|error| error.to_string())
}
