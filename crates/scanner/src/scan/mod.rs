//! Reading one account: which calls, in which order, and what becomes of those that fail.
//!
//! API Gateway's control plane gives so few requests a second that calls are the currency. So
//! links come first, a region without anything in play is left after a handful of calls, and an
//! API's whole integration set costs one call a page. Does not know files, the SDK or the terminal.

mod ask;
mod balancers;
mod http;
mod network;
mod region;
mod rest;
mod variables;

use std::io;

use strum::VariantArray;
use unbridge_model::call::Call;
use unbridge_model::digest::Digester;
use unbridge_model::gap::{Gap, GapClass, Source, Unseen};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::port::{Reader, Timer};
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::snapshot::Record;

use self::ask::Asker;
use crate::pace::Paced;

/// What to scan, and how fast.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// The account the credentials belong to.
    pub account: AccountId,
    /// The regions to read.
    pub regions: Vec<Region>,
    /// The part of AWS's quotas to use.
    pub pace: Pace,
    /// How API Gateway's budget is counted.
    pub api_gateway: ApiGatewayBudget,
    /// Seals the values that routing does not need.
    pub digester: Digester,
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
    let asker = Asker::new(&paced, timer, sink, observer, options.account.clone());
    unread_sources(&asker, &options.regions);
    futures::future::join_all(
        options
            .regions
            .iter()
            .map(|region| region::read(&asker, region, &options.digester)),
    )
    .await;
    let tally = asker.tally();
    match (tally.broken_sink, tally.answers, tally.first_failure) {
        (Some(error), _, _) => Err(ScanError::Sink(error)),
        (None, 0, Some(gap)) => Err(ScanError::NothingReadable(Box::new(gap))),
        (None, _, _) => Ok(()),
    }
}

/// Until a source is read it is a gap, never "none".
fn unread_sources<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, regions: &[Region]) {
    for source in Source::VARIANTS {
        let unseen = || Unseen::Source { source: *source };
        let message = "this version does not read it";
        if source.is_global() {
            asker.gap(None, unseen(), GapClass::NotRead, message);
        } else {
            for region in regions {
                asker.gap(Some(region), unseen(), GapClass::NotRead, message);
            }
        }
    }
}
