//! A scan of many accounts into a tree: all at the same time, each at its own pace, so that the
//! slowest decides how long it takes. One that fails stops none of the others.

mod account;
mod shard;
mod targets;

use futures::StreamExt;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unbridge_report::safe::printable;
use unbridge_report::view::Selection;

use self::account::{End, Shared};
use self::targets::Targets;
use crate::args::{AccountArgs, ManyArgs, ScanArgs, Shard};
use crate::cmd::apply::machine;
use crate::cmd::report::Asked;
use crate::cmd::scan::digest_key;
use crate::error::Failure;
use crate::exit::Done;
use crate::output::Sheet;
use crate::progress::Many;
use crate::settings::Settings;
use crate::stop::told_to_stop;
use crate::terminal;
use crate::today::now;
use crate::tree::{Kept, Tree, TreeAt, key};

/// Where the tree is that a scan writes; `None` when one account is read into one file.
pub(super) fn is_asked_for(args: &ScanArgs) -> Result<Option<TreeAt>, Failure> {
    let many = &args.many;
    let several = many.organization
        || !many.accounts.is_empty()
        || args.account.profiles.len() > 1
        || many.role.is_some()
        || many.shard.is_some()
        || many.shards.is_some()
        || many.resume;
    match args.output_file.as_deref().map(Kept::at) {
        Some(Kept::Tree(at)) => Ok(Some(at)),
        Some(Kept::File(path)) if several && !path.exists() => Ok(Some(TreeAt::Folder(path))),
        Some(Kept::File(path)) if several => {
            let what = format!(
                "{} is a file, and many accounts need a folder",
                path.display()
            );
            Err(Failure::usage(what).hint("-o DIR/ or -o s3://BUCKET/PREFIX"))
        }
        None if several => Err(Failure::usage("nothing says where many accounts are kept")
            .hint("-o DIR/ or -o s3://BUCKET/PREFIX")),
        Some(Kept::File(_)) | None => Ok(None),
    }
}

pub(super) fn run(
    args: &ScanArgs,
    account: &AccountArgs,
    at: TreeAt,
    settled: Settings,
    sheet: Sheet<'_>,
) -> Result<Done, Failure> {
    let asked = Asked::new(
        settled,
        &args.settings,
        &args.pipeline,
        Selection::default(),
    )?;
    let digester = digest_key::load(account.digest_key.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::io("no asynchronous runtime", &error))?;
    let begun = runtime.block_on(async {
        tokio::select! {
            begun = begin(account, &args.many, at) => begun.map(Some),
            () = told_to_stop() => Ok(None),
        }
    })?;
    let Some((targets, tree, mark)) = begun else {
        terminal::tell("interrupted before anything was read");
        return Ok(Done::Interrupted);
    };
    let progress = Many::start(targets.accounts.len());
    let shared = Shared {
        args: account,
        many: &args.many,
        targets: &targets,
        tree: &tree,
        digester: &digester,
        date: mark.date,
        progress: &progress,
    };
    let tally = runtime.block_on(read(&shared));
    progress.end();
    tally.tell(&targets, &tree);
    if tally.interrupted {
        terminal::tell("interrupted; whole regions are kept: --resume goes on with it");
        return Ok(Done::Interrupted);
    }
    if tally.unkept > 0 {
        let what = format!("{} of the accounts could not be kept", tally.unkept);
        return Err(Failure::unexpected(what).hint("--resume reads what is missing"));
    }
    runtime.block_on(tree.delete(&mark.name))?;
    if targets.shard.of > 1 {
        terminal::tell(&format!(
            "part {} of the accounts is read; when all are: unbridge report --snapshot {}",
            targets.shard,
            tree.at()
        ));
        return Ok(match tally.unread {
            0 => Done::Clean,
            _ => Done::Incomplete,
        });
    }
    asked.answer_tree(&runtime, &tree, Some(mark.date), sheet)
}

/// Finds out what is to be read, and that it can be kept, before anything is.
async fn begin(
    args: &AccountArgs,
    many: &ManyArgs,
    at: TreeAt,
) -> Result<(Targets, Tree, Mark), Failure> {
    let targets = Targets::of(args, many).await?;
    let tree = Tree::open(at, &targets.base).await?;
    let mark = Mark::put(&tree, many, targets.shard).await?;
    if let Some(organization) = &targets.organization {
        tree.put(&key::accounts(mark.date), organization).await?;
    }
    for member in &targets.closed {
        terminal::tell(&printable(&format!(
            "not read: account {} ({}) is {}",
            member.account, member.name, member.status
        )));
    }
    Ok((targets, tree, mark))
}

/// How many accounts ended how.
#[derive(Default)]
struct Tally {
    read: usize,
    known: usize,
    unread: usize,
    unkept: usize,
    interrupted: bool,
}

async fn read(shared: &Shared<'_>) -> Tally {
    let mut tally = Tally::default();
    let at_once = shared.many.at_once.into();
    let each = shared.targets.accounts.iter();
    let each = each.map(async |target| (target, account::read(shared, target).await));
    let mut each = futures::stream::iter(each).buffer_unordered(at_once);
    let mut stop = std::pin::pin!(told_to_stop());
    loop {
        let next = tokio::select! {
            next = each.next() => next,
            () = &mut stop => {
                tally.interrupted = true;
                return tally;
            }
        };
        let Some((target, end)) = next else {
            return tally;
        };
        let why = match end {
            End::Read => {
                tally.read += 1;
                None
            }
            End::Known => {
                tally.known += 1;
                None
            }
            End::Unread(why) => {
                tally.unread += 1;
                Some(format!("not read: account {target}: {why}"))
            }
            End::Unkept(why) => {
                tally.unkept += 1;
                Some(format!("not kept: account {target}: {why}"))
            }
        };
        shared.progress.one_more(why.as_deref());
    }
}

impl Tally {
    fn tell(&self, targets: &Targets, tree: &Tree) {
        let mut parts = vec![format!("read {}", self.read)];
        for (count, what) in [
            (self.known, "whole already"),
            (self.unread, "not readable"),
            (self.unkept, "not kept"),
            (targets.closed.len(), "closed"),
        ] {
            if count > 0 {
                parts.push(format!("{what} {count}"));
            }
        }
        let parts = parts.join(", ");
        terminal::tell(&format!("accounts: {parts}; snapshots: {}", tree.at()));
    }
}

/// A scan that runs, or was broken off.
struct Mark {
    date: Date,
    name: String,
}

/// What stands in the tree meanwhile.
#[derive(Debug, Serialize, Deserialize)]
struct Running {
    /// Where it runs.
    host: String,
    /// The process there.
    process: u32,
    /// Since when, RFC 3339 in UTC.
    since: String,
}

impl Mark {
    /// Marks that a scan runs, unless another one does.
    async fn put(tree: &Tree, many: &ManyArgs, shard: Shard) -> Result<Self, Failure> {
        let now = now()?;
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let date = match (many.date, many.resume) {
            (Some(date), _) => date,
            (None, false) => today,
            // A scan that goes on past midnight keeps its day; one of last week is over.
            (None, true) => {
                let left = tree.list(Some(key::SCANS)).await?.scans;
                let yesterday = today.yesterday().unwrap_or(today);
                let last = left.into_iter().rfind(|date| *date <= today);
                last.filter(|date| *date >= yesterday).unwrap_or(today)
            }
        };
        let name = key::scan(date, shard);
        let running = Running {
            host: machine(),
            process: std::process::id(),
            since: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        if many.resume {
            tree.put(&name, &running).await?;
        } else if let Some(there) = tree.put_new(&name, &running).await? {
            return Err(taken(tree, date, &there));
        }
        Ok(Self { date, name })
    }
}

fn taken(tree: &Tree, date: Date, there: &[u8]) -> Failure {
    let who = match serde_json::from_slice::<Running>(there) {
        Ok(Running {
            host,
            process,
            since,
        }) => format!("on {host}, process {process}, since {since}"),
        Err(_) => "by a program that says nothing of itself".to_owned(),
    };
    let what = format!(
        "a scan of {date} into {} runs, or was broken off: {who}",
        tree.at()
    );
    Failure::refused(printable(&what)).hint("wait for it; or, when it is over for sure, --resume")
}
