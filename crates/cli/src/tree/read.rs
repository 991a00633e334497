//! A report's input from a tree: of every account the chosen day, put together from its regions,
//! judged among all the others.
//!
//! First what belongs to no region is read of every account, because it may lead to load balancers of
//! any other; then account by account the regions, on all processors, each forgotten before the next.
//! What cannot be read is a gap of its account, and the rest goes on.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures::{StreamExt, stream};
use jiff::civil::Date;
use rayon::iter::{IntoParallelIterator, ParallelExtend, ParallelIterator};
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unbridge_cost::estimates;
use unbridge_cost::prices::PriceTable;
use unbridge_model::assessment::Assessment;
use unbridge_model::estimate::Estimate;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, LoadBalancerArn};
use unbridge_model::organization::Organization;
use unbridge_model::place::Scope;
use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header, Outcome, Snapshot};
use unbridge_model::text::Text;
use unbridge_scanner::assess::assess_among;
use unbridge_scanner::siblings::Siblings;
use unbridge_scanner::terraform::TerraformState;

pub(crate) use super::choose::Chosen;
use super::choose::{Day, no_snapshot};
use super::{AT_ONCE, Content, Key, Tree, words};
use crate::error::Failure;
use crate::files;
use crate::progress::Counted;
use crate::terminal;

/// Accounts whose files are open or in memory, for each processor.
const AHEAD: usize = 4;

/// Accounts of which what belongs to no region is in memory before it is read.
const BEGUN_AT_ONCE: usize = 1024;

/// What everything in a tree is judged with.
pub(crate) struct With<'a> {
    pub(crate) terraform: &'a TerraformState,
    pub(crate) prices: &'a PriceTable,
}

/// What snapshots say.
pub(crate) struct Judged {
    pub(crate) assessment: Assessment,
    pub(crate) estimates: Estimates,
    /// The organization that the accounts belong to, where it was listed.
    pub(crate) organization: Option<Organization>,
}

/// One snapshot of an account, or why there is none.
pub(super) struct Part {
    key: Key,
    content: Result<Content, String>,
}

impl Part {
    pub(super) async fn of(tree: &Tree, key: Key) -> Self {
        let content = tree.get(&key.to_string()).await;
        Self {
            content: content.map_err(|error| words(&error)),
            key,
        }
    }

    pub(super) fn read(self, tree: &Tree) -> Result<Snapshot, Gap> {
        let Self { key, content } = self;
        let read = content.and_then(|content| {
            let read = match content {
                Content::File(path) => {
                    let file = File::open(path).map_err(|error| error.to_string())?;
                    files::read(BufReader::with_capacity(files::BUFFER, file))
                }
                Content::Bytes(bytes) => files::read(bytes.as_ref()),
            };
            read.map_err(|error| error.to_string())
        });
        read.and_then(|snapshot| fits(&key, snapshot))
            .map_err(|why| {
                let what = format!("{}/{key}: {why}", tree.at());
                terminal::tell(&format!("not read: {what}"));
                gap(&key, &what)
            })
    }
}

/// A snapshot that lies where another one belongs says nothing about either.
fn fits(key: &Key, snapshot: Snapshot) -> Result<Snapshot, String> {
    let header = &snapshot.header;
    let regions = match &key.scope {
        Scope::Global => header.regions.is_empty(),
        Scope::Region(region) => header.regions == [region.clone()],
    };
    match header.account == key.account && regions {
        true => Ok(snapshot),
        false => Err("it is of another account or region than its place says".to_owned()),
    }
}

fn gap(key: &Key, what: &str) -> Gap {
    Gap {
        account: key.account.clone(),
        region: match &key.scope {
            Scope::Global => None,
            Scope::Region(region) => Some(region.clone()),
        },
        unseen: Unseen::Rest,
        class: GapClass::NoSnapshot,
        message: Text::from(what.to_owned()),
    }
}

/// An account that is being put together.
struct Account {
    id: AccountId,
    /// The day its snapshots are of.
    date: Date,
    /// What has been read of it.
    whole: Option<Snapshot>,
    /// What of it could not be.
    gaps: Vec<Gap>,
    /// The regions that are still to be read.
    regions: Vec<Key>,
}

impl Account {
    /// One of which nothing has been read, and where what belongs to none of its regions stands.
    fn new((id, day): (AccountId, Day)) -> (Self, Option<Key>) {
        let Day { date, mut keys } = day;
        let at = keys.iter().position(|key| key.scope == Scope::Global);
        let global = at.map(|at| keys.remove(at));
        let account = Self {
            id,
            date,
            whole: None,
            gaps: Vec::new(),
            regions: keys,
        };
        (account, global)
    }

    /// Reads what belongs to none of its regions.
    fn begun(mut self, global: Option<Part>, tree: &Tree) -> Self {
        match global {
            Some(part) => self.take(&part.key.clone(), part.read(tree)),
            None => self.gaps.push(Gap {
                account: self.id.clone(),
                region: None,
                unseen: Unseen::Rest,
                class: GapClass::Interrupted,
                message: Text::new("the scan ended before every other user was looked for"),
            }),
        }
        self
    }

    fn take(&mut self, key: &Key, part: Result<Snapshot, Gap>) {
        let taken = part.and_then(|part| match &mut self.whole {
            Some(whole) => whole.take_part(part).map_err(|apart| {
                terminal::tell(&format!("not read: {key}: {apart}"));
                gap(key, &format!("{key}: {apart}"))
            }),
            None => {
                self.whole = Some(part);
                Ok(())
            }
        });
        self.gaps.extend(taken.err());
    }

    /// Who leads to load balancers from here, and what of that was not seen.
    fn introduce_to(&self, siblings: &mut Siblings) {
        let whole = self.whole.as_ref();
        let users = whole.map_or(&[][..], |whole| &whole.users);
        let gaps = whole.map_or(&[][..], |whole| &whole.gaps);
        siblings.add(&self.id, users, gaps);
        siblings.add(&self.id, &[], &self.gaps);
    }

    fn end(self) -> Snapshot {
        let mut whole = self.whole.unwrap_or_else(|| blank(&self.id, self.date));
        whole.gaps.extend(self.gaps);
        whole.gaps.sort();
        whole
    }
}

/// An account of which nothing could be read.
fn blank(account: &AccountId, date: Date) -> Snapshot {
    let mut snapshot = Snapshot::new(Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new(env!("CARGO_PKG_VERSION")),
        account: account.clone(),
        caller: Text::new(""),
        regions: Vec::new(),
        started_at: Text::from(format!("{date}T00:00:00Z")),
        digest_key: Text::new(""),
    });
    snapshot.outcome = Outcome::Finished;
    snapshot
}

/// An account whose parts are at hand, and the right to hold them.
struct Work {
    nth: usize,
    account: Account,
    parts: Vec<Part>,
    room: OwnedSemaphorePermit,
}

/// Accounts that know of each other, and of which the regions are still to be read.
struct Begun {
    accounts: Vec<Account>,
    siblings: Siblings,
    unseen: Vec<Gap>,
    organization: Option<Organization>,
}

fn begin(runtime: &Runtime, tree: &Tree, chosen: Chosen) -> Begun {
    let Chosen {
        accounts,
        others,
        mut gaps,
        unlisted,
        organization,
    } = chosen;
    let mut accounts = all_begun(runtime, tree, accounts);
    let others: Vec<Part> = runtime.block_on(async {
        let each = others.into_iter().map(|key| Part::of(tree, key));
        stream::iter(each).buffered(AT_ONCE).collect().await
    });
    for account in &mut accounts {
        account.gaps.extend(gaps.remove(&account.id));
    }
    let mut siblings = Siblings::default();
    for account in gaps.keys() {
        siblings.add_unseen(account);
    }
    // What was known of an account on another day is no proof of today's, but a user all the same.
    for part in others.into_iter().flat_map(|part| part.read(tree)) {
        siblings.add(&part.header.account, &part.users, &part.gaps);
    }
    for account in &accounts {
        account.introduce_to(&mut siblings);
    }
    let mut unseen: Vec<Gap> = gaps.into_values().collect();
    if let Some(why) = unlisted {
        siblings.add_unlisted();
        // A gap has an account: the first that there is stands for those that nobody knows.
        unseen.extend(accounts.first().map(|first| no_snapshot(&first.id, why)));
    }
    Begun {
        accounts,
        siblings,
        unseen,
        organization,
    }
}

/// Accounts of which what belongs to no region has been read, on all processors.
fn all_begun(runtime: &Runtime, tree: &Tree, accounts: BTreeMap<AccountId, Day>) -> Vec<Account> {
    let mut begun = Vec::with_capacity(accounts.len());
    let mut accounts = accounts.into_iter().map(Account::new);
    loop {
        let some: Vec<(Account, Option<Key>)> = accounts.by_ref().take(BEGUN_AT_ONCE).collect();
        if some.is_empty() {
            return begun;
        }
        let each = some.into_iter().map(async |(account, key)| {
            let part = match key {
                Some(key) => Some(Part::of(tree, key).await),
                None => None,
            };
            (account, part)
        });
        let fetched: Vec<(Account, Option<Part>)> =
            runtime.block_on(stream::iter(each).buffered(AT_ONCE).collect());
        let fetched = fetched.into_par_iter();
        begun.par_extend(fetched.map(|(account, part)| account.begun(part, tree)));
    }
}

/// One account of a tree, and what is known of all the others.
pub(crate) fn single(
    runtime: &Runtime,
    tree: &Tree,
    chosen: Chosen,
    account: &AccountId,
) -> Result<(Snapshot, Siblings), Failure> {
    if !chosen.accounts.contains_key(account) {
        // Why that is so has been told.
        let what = format!(
            "{} holds no snapshot of account {account} to use",
            tree.at()
        );
        return Err(Failure::usage(what).hint(format!("unbridge report --snapshot {}", tree.at())));
    }
    let Begun {
        accounts, siblings, ..
    } = begin(runtime, tree, chosen);
    let found = accounts.into_iter().find(|found| found.id == *account);
    let mut found = found.ok_or_else(|| Failure::unexpected("an account was lost"))?;
    for key in std::mem::take(&mut found.regions) {
        let part = runtime.block_on(Part::of(tree, key.clone()));
        found.take(&key, part.read(tree));
    }
    Ok((found.end(), siblings))
}

type Estimates = BTreeMap<LoadBalancerArn, Estimate>;
type One = Result<(Assessment, Estimates), Failure>;

/// Judges everything that was chosen.
pub(crate) fn judge(
    runtime: &Runtime,
    tree: &Tree,
    chosen: Chosen,
    with: &With<'_>,
) -> Result<Judged, Failure> {
    let Begun {
        accounts,
        siblings,
        unseen,
        organization,
    } = begin(runtime, tree, chosen);
    let progress = Counted::start("accounts", accounts.len());
    let mut judged = on_all_processors(runtime, tree, accounts, |work| {
        let judged = judge_one(tree, work, &siblings, with);
        progress.one_more();
        judged
    });
    progress.end();
    judged.sort_by_key(|(nth, _)| *nth);
    let mut estimates = BTreeMap::new();
    let mut assessments = Vec::with_capacity(judged.len());
    for (_, judged) in judged {
        let (assessment, costs) = judged?;
        // Not `append`, which goes through all that is there each time.
        estimates.extend(costs);
        assessments.push(assessment);
    }
    let whole = Assessment::of_many(assessments);
    let mut assessment = whole.ok_or_else(|| Failure::unexpected("nothing was judged"))?;
    assessment.gaps.extend(unseen);
    assessment.gaps.sort();
    Ok(Judged {
        assessment,
        estimates,
        organization,
    })
}

fn judge_one(tree: &Tree, work: Work, siblings: &Siblings, with: &With<'_>) -> One {
    let Work {
        mut account,
        parts,
        room,
        ..
    } = work;
    for part in parts {
        let key = part.key.clone();
        account.take(&key, part.read(tree));
    }
    let snapshot = account.end();
    let assessment = assess_among(&snapshot, with.terraform, siblings).map_err(|bug| {
        let account = &snapshot.header.account;
        Failure::unexpected(format!("account {account}: {bug}; please report this bug"))
    })?;
    let costs = estimates(&assessment, &snapshot, with.prices);
    drop(room);
    Ok((assessment, costs))
}

/// Fetches the parts of each account and has it judged, as soon as a processor is free.
fn on_all_processors(
    runtime: &Runtime,
    tree: &Tree,
    accounts: Vec<Account>,
    judge: impl Fn(Work) -> One + Sync,
) -> Vec<(usize, One)> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let room = Arc::new(Semaphore::new(processors * AHEAD));
    let (to_do, work) = mpsc::channel::<Work>();
    let (done, judged) = mpsc::channel();
    let (work, judge) = (&Mutex::new(work), &judge);
    thread::scope(|scope| {
        for done in (0..processors).map(|_| done.clone()) {
            scope.spawn(move || {
                while let Some(work) = next(work) {
                    // Somebody listens until the last one has ended.
                    done.send((work.nth, judge(work))).ok();
                }
            });
        }
        drop(done);
        runtime.block_on(fetch(tree, accounts, &room, to_do));
        judged.into_iter().collect()
    })
}

fn next(work: &Mutex<Receiver<Work>>) -> Option<Work> {
    let work = work.lock().unwrap_or_else(PoisonError::into_inner);
    work.recv().ok()
}

async fn fetch(tree: &Tree, accounts: Vec<Account>, room: &Arc<Semaphore>, to: Sender<Work>) {
    let each = accounts.into_iter().enumerate();
    let each = each.map(async |(nth, mut account)| {
        let Ok(room) = Arc::clone(room).acquire_owned().await else {
            return;
        };
        let keys = std::mem::take(&mut account.regions);
        let parts = keys.into_iter().map(|key| Part::of(tree, key));
        let parts = futures::future::join_all(parts).await;
        let work = Work {
            nth,
            account,
            parts,
            room,
        };
        // Whoever works does so until this end is dropped.
        to.send(work).ok();
    });
    let mut each = stream::iter(each).buffer_unordered(AT_ONCE);
    while each.next().await.is_some() {}
}
