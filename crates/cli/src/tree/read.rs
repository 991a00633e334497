//! A report's input from a tree: of every account its newest day, put together from its regions,
//! judged among all the others.
//!
//! First what belongs to no region is read of every account, because it may lead to load balancers of
//! any other; then account by account the regions, on all processors, each forgotten before the next.
//! What cannot be read is a gap of its account, and the rest goes on.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures::StreamExt;
use jiff::civil::Date;
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unbridge_cost::estimates;
use unbridge_cost::prices::PriceTable;
use unbridge_model::assessment::Assessment;
use unbridge_model::estimate::Estimate;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, LoadBalancerArn};
use unbridge_model::organization::{Member, Organization};
use unbridge_model::place::Scope;
use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header, Outcome, Snapshot};
use unbridge_model::text::Text;
use unbridge_scanner::assess::assess_among;
use unbridge_scanner::siblings::Siblings;
use unbridge_scanner::terraform::TerraformState;

use super::{Content, Key, Listing, Tree, key, words};
use crate::error::Failure;
use crate::files;
use crate::progress::Counted;
use crate::terminal;

/// Accounts whose files are open or in memory, for each processor.
const AHEAD: usize = 4;
/// Objects that are asked for at the same time.
const AT_ONCE: usize = 32;

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

/// Which snapshots of a tree are looked at.
pub(crate) struct Chosen {
    accounts: BTreeMap<AccountId, Vec<Key>>,
    organization: Option<Organization>,
}

impl Chosen {
    /// Of every account its newest day, or those of one day.
    pub(crate) async fn of(tree: &Tree, date: Option<Date>) -> Result<Self, Failure> {
        let listing = tree.list(None).await?;
        for name in &listing.foreign {
            let what = format!(
                "not a snapshot of a tree, so not read: {}/{name}",
                tree.at()
            );
            terminal::tell(&what);
        }
        let accounts = newest(&listing, date);
        if accounts.is_empty() {
            let when = date.map_or_else(String::new, |date| format!(" of {date}"));
            let what = format!("{} holds no snapshots{when}", tree.at());
            let hint = "`unbridge scan --organization -o DIR/` writes them";
            return Err(Failure::usage(what).hint(hint));
        }
        let days = accounts.values().flatten().map(|key| key.date);
        let newest = days.max();
        let listed = listing.accounts.into_iter().rev();
        let mut listed = listed.filter(|day| Some(*day) <= newest);
        let organization = match listed.next() {
            Some(day) => Some(organization(tree, day).await?),
            None => None,
        };
        Ok(Self {
            accounts,
            organization,
        })
    }

    /// Accounts that the organization has, that could be read, and of which there is nothing.
    fn unseen(&self) -> impl Iterator<Item = &Member> {
        let missing = |member: &&Member| !self.accounts.contains_key(&member.account);
        let organization = self.organization.iter();
        let members = organization.flat_map(|listed| &listed.members);
        members
            .filter(|member| member.status.answers())
            .filter(missing)
    }
}

fn newest(listing: &Listing, date: Option<Date>) -> BTreeMap<AccountId, Vec<Key>> {
    let mut accounts: BTreeMap<AccountId, Vec<Key>> = BTreeMap::new();
    // By account, then by date: a newer day takes the place of an older one.
    let wanted = |key: &&Key| date.is_none_or(|date| key.date == date);
    for key in listing.snapshots.iter().filter(wanted) {
        let known = accounts.entry(key.account.clone()).or_default();
        known.retain(|known| known.date == key.date);
        known.push(key.clone());
    }
    accounts
}

async fn organization(tree: &Tree, day: Date) -> Result<Organization, Failure> {
    let name = key::accounts(day);
    let unusable = |why: &dyn std::fmt::Display| {
        let what = format!("{}/{name} cannot be used: {why}", tree.at());
        Failure::usage(what).hint("scan again: unbridge scan --organization")
    };
    let content = tree.get(&name).await;
    let content = content.map_err(|error| unusable(&words(&error)))?;
    let bytes = content.whole().map_err(|error| unusable(&error))?;
    let listed: Organization = serde_json::from_slice(&bytes).map_err(|error| unusable(&error))?;
    if listed.format != unbridge_model::organization::FORMAT {
        return Err(unusable(&"its format has another name"));
    }
    if listed.format_version > unbridge_model::organization::FORMAT_VERSION {
        return Err(unusable(&"a newer version of unbridge wrote it"));
    }
    Ok(listed)
}

/// One snapshot of an account, or why there is none.
struct Part {
    key: Key,
    content: Result<Content, String>,
}

impl Part {
    async fn of(tree: &Tree, key: Key) -> Self {
        let content = tree.get(&key.to_string()).await;
        Self {
            content: content.map_err(|error| words(&error)),
            key,
        }
    }

    fn read(self, tree: &Tree) -> Result<Snapshot, Gap> {
        let Self { key, content } = self;
        let read = content.and_then(|content| {
            let read = match content {
                Content::File(file) => files::read(BufReader::with_capacity(files::BUFFER, file)),
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
    /// What has been read of it.
    whole: Option<Snapshot>,
    /// What of it could not be.
    gaps: Vec<Gap>,
    /// The regions that are still to be read.
    regions: Vec<Key>,
}

impl Account {
    /// One of which what belongs to none of its regions has been read.
    async fn begin(tree: &Tree, id: AccountId, mut keys: Vec<Key>) -> Self {
        let at = keys.iter().position(|key| key.scope == Scope::Global);
        let global = at.map(|at| keys.remove(at));
        let mut account = Self {
            id,
            whole: None,
            gaps: Vec::new(),
            regions: keys,
        };
        match global {
            Some(key) => account.take(&key.clone(), Part::of(tree, key).await.read(tree)),
            None => account.gaps.push(Gap {
                account: account.id.clone(),
                region: None,
                unseen: Unseen::Rest,
                class: GapClass::Interrupted,
                message: Text::new("the scan ended before every other user was looked for"),
            }),
        }
        account
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
        let mut whole = self.whole.unwrap_or_else(|| blank(&self.id, &self.regions));
        whole.gaps.extend(self.gaps);
        whole.gaps.sort();
        whole
    }
}

/// An account of which nothing could be read.
fn blank(account: &AccountId, keys: &[Key]) -> Snapshot {
    let day = keys.first().map(|key| format!("{}T00:00:00Z", key.date));
    let mut snapshot = Snapshot::new(Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new(env!("CARGO_PKG_VERSION")),
        account: account.clone(),
        caller: Text::new(""),
        regions: Vec::new(),
        started_at: Text::from(day.unwrap_or_default()),
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
    let unseen: Vec<Gap> = chosen.unseen().map(never_seen).collect();
    let Chosen {
        accounts,
        organization,
    } = chosen;
    let accounts = runtime.block_on(async {
        let each = accounts.into_iter();
        let each = each.map(|(account, keys)| Account::begin(tree, account, keys));
        let each = futures::stream::iter(each).buffered(AT_ONCE);
        each.collect::<Vec<Account>>().await
    });
    let mut siblings = Siblings::default();
    for gap in &unseen {
        siblings.add_unseen(&gap.account);
    }
    for account in &accounts {
        account.introduce_to(&mut siblings);
    }
    Begun {
        accounts,
        siblings,
        unseen,
        organization,
    }
}

/// One account of a tree, and what is known of all the others.
pub(crate) fn single(
    runtime: &Runtime,
    tree: &Tree,
    chosen: Chosen,
    account: &AccountId,
) -> Result<(Snapshot, Siblings), Failure> {
    let Begun {
        accounts, siblings, ..
    } = begin(runtime, tree, chosen);
    let found = accounts.into_iter().find(|found| found.id == *account);
    let mut found = found.ok_or_else(|| {
        let what = format!("{} holds no snapshot of account {account}", tree.at());
        Failure::usage(what).hint(format!("unbridge report --snapshot {}", tree.at()))
    })?;
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

impl Tree {
    /// Whether what belongs to no region of an account says that nobody could read the account.
    #[cfg(feature = "aws")]
    pub(crate) async fn is_refusal(&self, account: &AccountId, date: Date) -> bool {
        let key = Key {
            account: account.clone(),
            date,
            scope: Scope::Global,
        };
        let read = Part::of(self, key).await.read(self);
        read.map_or(true, |snapshot| {
            snapshot.gaps.iter().any(|gap| gap.unseen == Unseen::Rest)
        })
    }
}

fn never_seen(member: &Member) -> Gap {
    Gap {
        account: member.account.clone(),
        region: None,
        unseen: Unseen::Rest,
        class: GapClass::NoSnapshot,
        message: Text::new("the organization has this account, and no scan of it is there"),
    }
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
    let mut each = futures::stream::iter(each).buffer_unordered(AT_ONCE);
    while each.next().await.is_some() {}
}
