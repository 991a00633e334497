//! A scan of many accounts into a tree: all at the same time, each at its own pace, so that the
//! slowest decides how long it takes. One that fails stops none of the others.

mod account;
mod mark;
mod room;
mod shard;
mod targets;

use futures::StreamExt;
use unbridge_report::safe::printable;
use unbridge_report::view::Selection;

use self::account::{End, Shared};
use self::mark::Mark;
use self::room::Room;
use self::targets::Targets;
use crate::args::{AccountArgs, ManyArgs, ScanArgs};
use crate::cmd::report::Asked;
use crate::cmd::scan::digest_key;
use crate::error::Failure;
use crate::exit::Done;
use crate::output::Sheet;
use crate::progress::Many;
use crate::settings::Settings;
use crate::stop::told_to_stop;
use crate::terminal;
use crate::tree::{Kept, Tree, TreeAt, key};

/// Regions that an account has when nobody has enabled or disabled any.
const USUAL_REGIONS: usize = 17;

/// Where the tree is that a scan writes; `None` when one account is read into one file.
pub(super) fn is_asked_for(args: &ScanArgs) -> Result<Option<TreeAt>, Failure> {
    let many = &args.many;
    let names = many.organization || !many.accounts.is_empty();
    if many.role.is_some() && !names {
        return Err(Failure::usage(
            "--assume-role is given, and nothing says in which accounts it is to be taken",
        )
        .hint("--organization, or --accounts ID,..."));
    }
    if names && args.account.profiles.len() > 1 {
        return Err(Failure::usage(
            "several profiles are given, and accounts that are read with the role of one",
        )
        .hint("one --profile, or no --organization and no --accounts"));
    }
    let several = names
        || args.account.profiles.len() > 1
        || many.shard.is_some()
        || many.shards.is_some()
        || many.resume
        || many.no_report;
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
    let room = Room::made();
    let begun = runtime.block_on(async {
        tokio::select! {
            begun = begin(account, &args.many, at, &room) => begun.map(Some),
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
        mark: &mark,
        room: &room,
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
    if args.many.no_report {
        return Ok(tally.done());
    }
    if targets.shard.of > 1 {
        terminal::tell(&format!(
            "part {} of the accounts is read; when all are: unbridge report --snapshot {}",
            targets.shard,
            tree.at()
        ));
        return Ok(tally.done());
    }
    let shown = asked.answer_tree(&runtime, &tree, Some(mark.date), sheet)?;
    Ok(match shown {
        // The tree may have what an earlier scan of the day read of an account that nobody can read
        // any more.
        Done::Clean if tally.unread > 0 => Done::Incomplete,
        shown => shown,
    })
}

/// Finds out what is to be read, and that it can be kept, before anything is.
async fn begin(
    args: &AccountArgs,
    many: &ManyArgs,
    at: TreeAt,
    room: &Room,
) -> Result<(Targets, Tree, Mark), Failure> {
    let targets = Targets::of(args, many, room).await?;
    let tree = Tree::open(at, &targets.base).await?;
    let mark = Mark::put(&tree, many, &targets).await?;
    let wanted = key::wanted(mark.date, &targets.wanted);
    tree.put(&wanted, &targets.wanted).await?;
    if let Some(organization) = &targets.organization {
        tree.put(&key::accounts(mark.date), organization).await?;
    }
    for member in &targets.closed {
        terminal::tell(&printable(&format!(
            "not read: account {} ({}) is {}",
            member.account, member.name, member.status
        )));
    }
    tell_of_room(args, many, room, &targets);
    Ok((targets, tree, mark))
}

/// A bound that nobody chose is told, because it makes a scan slow.
fn tell_of_room(args: &AccountArgs, many: &ManyArgs, room: &Room, targets: &Targets) {
    let regions = match args.all_regions {
        true => USUAL_REGIONS,
        false => args.regions.len().max(1),
    };
    let fit = room.accounts(regions);
    if fit < targets.accounts.len().min(many.at_once.into()) {
        terminal::tell(&format!(
            "note: the system lets this process open so few files that about {fit} accounts are read \
             at the same time; `ulimit -Hn` says how many"
        ));
    }
}

/// How many accounts ended how.
#[derive(Default)]
struct Tally {
    read: usize,
    known: usize,
    unread: usize,
    unkept: usize,
    /// What was not seen of accounts that were read.
    gaps: usize,
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
            End::Read { gaps } => {
                tally.read += 1;
                tally.gaps += gaps;
                None
            }
            End::Known { gaps } => {
                tally.known += 1;
                tally.gaps += gaps;
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
    /// How a scan ends that says nothing of the whole tree.
    fn done(&self) -> Done {
        match (self.unread, self.gaps) {
            (0, 0) => Done::Clean,
            (_, _) => Done::Incomplete,
        }
    }

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
        if self.gaps > 0 {
            parts.push(format!("gaps {}", self.gaps));
        }
        let parts = parts.join(", ");
        terminal::tell(&format!("accounts: {parts}; snapshots: {}", tree.at()));
    }
}
