//! Reading one account: which calls, in which order, and what becomes of those that fail.
//!
//! API Gateway's control plane gives so few requests a second that calls are the currency. So
//! links come first, a region without anything in play is left after a handful of calls, and an
//! API's whole integration set costs one call a page. Does not know files, the SDK or the terminal.
//!
//! What is asked for besides, and when:
//!
//! * of every stage what it runs; of APIs in play also their settings and deployments (`settings`);
//! * custom domain names once an API of the region is known to be in play (`domains`);
//! * listeners, rules, certificates, web ACLs, attributes, tags and traffic of the load balancers
//!   in play only (`balancers`, `details`, `traffic`);
//! * the usage of the load balancers and stages in play, when all of them are known (`usage`);
//! * other users of load balancers in regions in play that have an NLB, and of the account when
//!   there is such a region (`users`).
//!
//! Buckets of different services fill side by side: what spends from another bucket than its
//! neighbours is asked for at the same time, so that the slowest bucket alone decides how long a
//! scan takes.

mod ask;
mod balancers;
mod details;
mod domains;
mod http;
mod metrics;
mod network;
mod region;
mod rest;
mod settings;
mod traffic;
mod usage;
mod users;
mod variables;

use std::collections::BTreeSet;
use std::io;

use futures::StreamExt;
use futures::channel::mpsc;
use jiff::Timestamp;
use unbridge_model::call::Call;
use unbridge_model::digest::Digester;
use unbridge_model::gap::Gap;
use unbridge_model::id::{AccountId, Region};
use unbridge_model::place::Scope;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;

use self::ask::Shared;
use self::users::Addresses;
use crate::pace::Paced;

/// What to scan, and how fast.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// The account the credentials belong to.
    pub account: AccountId,
    /// The regions to read.
    pub regions: Vec<Region>,
    /// The APIs to read; all are listed.
    pub apis: WhichApis,
    /// Whether to look for other users of load balancers.
    pub users: UserSources,
    /// When the scan begins: what is measured ends there.
    pub began: Timestamp,
    /// How far usage is read back from there.
    pub look_back: LookBack,
    /// The part of AWS's quotas to use.
    pub pace: Pace,
    /// How API Gateway's budget is counted.
    pub api_gateway: ApiGatewayBudget,
    /// Seals the values that routing does not need.
    pub digester: Digester,
}

/// Which APIs are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum WhichApis {
    /// All.
    #[default]
    All,
    /// Those with these ids, of any type. What such a scan finds says nothing of what uses a load
    /// balancer or a link: it is for a second look at known objects.
    Only(BTreeSet<Text>),
}

impl WhichApis {
    fn are_to_be_read(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(id),
        }
    }
}

/// Whether the sources that show other users of a load balancer are read
/// ([`Source::USERS`](unbridge_model::gap::Source::USERS)).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserSources {
    /// They are, where there is an NLB that they could lead to.
    #[default]
    Read,
    /// They are; those of the account even where it has no NLB, and what names any address is kept:
    /// they may lead to load balancers of other accounts, which other scans see.
    ReadForSiblings,
    /// They are left out. Each that would have been read is a gap of class
    /// [`Skipped`](unbridge_model::gap::GapClass::Skipped).
    Skip,
    /// They are left out; those of the account are gaps even where it has no NLB, because what they
    /// hold may lead to load balancers of other accounts.
    SkipForSiblings,
}

impl UserSources {
    /// Whether others than this account want to know what it has.
    fn are_for_siblings(self) -> bool {
        match self {
            Self::ReadForSiblings | Self::SkipForSiblings => true,
            Self::Read | Self::Skip => false,
        }
    }
}

/// Takes records as they are read.
pub trait Sink {
    /// Takes one record.
    ///
    /// # Errors
    /// When it cannot be kept; the scan stops then.
    fn put(&self, record: Record) -> io::Result<()>;
}

/// What happens during a scan, for whoever shows progress.
#[derive(Debug, Clone, Copy)]
pub enum ScanEvent<'a> {
    /// An attempt will be made when its turn comes.
    Planned(&'a Call),
    /// An attempt was answered, well or badly.
    Answered(&'a Call),
    /// Something was not seen.
    Gap(&'a Gap),
}

/// Is told what happens during a scan.
pub trait Observer {
    /// Called for every event, in order.
    fn on(&self, event: ScanEvent<'_>);
}

/// Why a scan brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Not a single call was answered.
    #[error("nothing could be read; the first refusal was {0}")]
    NothingReadable(Box<Gap>),
    /// The snapshot cannot be written.
    #[error("the snapshot cannot be written")]
    Sink(#[source] io::Error),
}

/// Reads an account into `sink`.
///
/// Dropping the future stops the scan between two records.
///
/// # Errors
/// [`ScanError`] when nothing at all could be read, or nothing can be written. A call that fails
/// is no error but a gap among the records.
pub async fn scan<R: Reader, T: Timer>(
    reader: &R,
    timer: &T,
    options: &ScanOptions,
    sink: &dyn Sink,
    observer: &dyn Observer,
) -> Result<(), ScanError> {
    let paced = Paced::new(reader, timer, options.pace, options.api_gateway);
    let shared = Shared::new(&paced, timer, sink, observer, options.account.clone());
    let (seen, reached) = mpsc::unbounded();
    let regions = options.regions.iter().map(|region| {
        let seen = seen.clone();
        region::read(&shared, region, options, seen)
    });
    let regions: Vec<_> = regions.collect();
    // The list of what can be reached ends when no region holds a sender any more.
    drop(seen);
    let users = async {
        let reached: Vec<BTreeSet<_>> = reached.collect().await;
        let for_siblings = options.users.are_for_siblings();
        if !reached.is_empty() || for_siblings {
            let kept = match for_siblings {
                true => Addresses::Any,
                false => Addresses::Seen(reached.into_iter().flatten().collect()),
            };
            let global = shared.asker(Scope::Global);
            users::read(&global, options.users, &kept).await;
        }
    };
    futures::join!(futures::future::join_all(regions), users);
    let tally = shared.tally();
    match (tally.broken_sink, tally.answers, tally.first_failure) {
        (Some(error), _, _) => Err(ScanError::Sink(error)),
        (None, 0, Some(gap)) => Err(ScanError::NothingReadable(Box::new(gap))),
        (None, _, _) => Ok(()),
    }
}
