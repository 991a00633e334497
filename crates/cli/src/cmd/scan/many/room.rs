//! How many files and connections the system lets this process have open at the same time, and what
//! of that a scan may take: it waits for room, and never runs out of it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unbridge_aws::Idle;
use unbridge_model::call::{Call, Page, PageToken};
use unbridge_model::place::Place;
use unbridge_model::port::{ReadError, Reader};

/// What is left for everything else: standard streams, the runtime's own, libraries, the report.
const OTHERS: usize = 64;
/// Files of an account that is being read, besides one for each region: what belongs to none, what is
/// compressed, what is put, and a connection to the bucket.
const BESIDES: usize = 4;
/// Hosts that a scan calls in all regions of a partition: one for each service and region.
const HOSTS: usize = 480;
/// More than any scan takes.
const ENOUGH: u64 = 1 << 20;

/// Who is let in.
pub(super) struct Room {
    files: Arc<Semaphore>,
    most_files: usize,
    requests: Arc<Semaphore>,
    idle: usize,
}

impl Room {
    /// As much as the system gives: the soft limit is raised to the hard one.
    pub(super) fn made() -> Self {
        Self::of(usize::try_from(most_open()).unwrap_or(usize::MAX))
    }

    /// Half of it is for files, and the rest for connections: those that are used, and those that are
    /// kept for the next call.
    fn of(open: usize) -> Self {
        let room = open.saturating_sub(OTHERS).max(8 * BESIDES);
        let (files, requests, idle) = (room / 2, room / 6, room / 3);
        Self {
            files: Arc::new(Semaphore::new(files)),
            most_files: files,
            requests: Arc::new(Semaphore::new(requests)),
            idle: (idle / HOSTS).max(1),
        }
    }

    pub(super) fn idle(&self) -> Idle {
        Idle::PerHost(self.idle)
    }

    /// How many accounts with so many regions may be read at the same time.
    pub(super) fn accounts(&self, regions: usize) -> usize {
        self.most_files / self.files_of(regions)
    }

    /// Lets an account in of which so many regions are read. Nobody asks twice.
    pub(super) async fn for_account(&self, regions: usize) -> Option<OwnedSemaphorePermit> {
        let files = u32::try_from(self.files_of(regions)).unwrap_or(u32::MAX);
        // It is never closed.
        Arc::clone(&self.files).acquire_many_owned(files).await.ok()
    }

    /// Never more than there are at all: such an account is read alone.
    fn files_of(&self, regions: usize) -> usize {
        regions.saturating_add(BESIDES).min(self.most_files)
    }

    /// Lets a request in.
    pub(super) async fn for_request(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.requests).acquire_owned().await.ok()
    }
}

/// Reads when there is room for it.
pub(super) struct InRoom<'a, R> {
    pub(super) reader: R,
    pub(super) room: &'a Room,
}

impl<R: Reader> Reader for InRoom<'_, R> {
    async fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        let _room = self.room.for_request().await;
        self.reader.read(place, call, from).await
    }
}

#[cfg(unix)]
fn most_open() -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    // Some systems say that there is no bound, and give no more than this.
    const OPEN_MAX: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    let mut open = limit.current.unwrap_or(ENOUGH);
    for wanted in [limit.maximum, limit.maximum.or(Some(OPEN_MAX))] {
        let most = wanted.unwrap_or(ENOUGH);
        let mut raised = limit;
        raised.current = wanted;
        if most > open && setrlimit(Resource::Nofile, raised).is_ok() {
            open = most;
        }
    }
    open.min(ENOUGH)
}

/// Sockets and files are counted by memory alone there.
#[cfg(not(unix))]
fn most_open() -> u64 {
    ENOUGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_in_stays_below_what_the_system_gives() {
        for open in [0, 100, 256, 1024, 4096, 65_535, 1 << 20] {
            let room = Room::of(open);
            let files = room.files.available_permits();
            let requests = room.requests.available_permits();
            assert!(files > 0 && requests > 0);
            for regions in [1, 4, 17, 40] {
                let accounts = room.accounts(regions);
                assert!(accounts >= 1, "{open}: an account of {regions} regions");
                assert!(accounts * (regions + BESIDES) <= files || accounts == 1);
            }
            if open >= 256 {
                assert!(files + requests + OTHERS < open, "{open}");
            }
        }
        assert!(Room::of(65_535).accounts(17) > 1000);
        assert!(matches!(Room::of(1024).idle(), Idle::PerHost(1)));
    }

    #[tokio::test]
    async fn an_account_with_more_regions_than_there_is_room_for_is_read_alone() {
        let room = Room::of(100);
        let large = room.for_account(100).await;
        assert!(large.is_some());
        assert_eq!(room.files.available_permits(), 0);
        drop(large);
        assert_eq!(room.files.available_permits(), room.most_files);
    }

    #[cfg(unix)]
    #[test]
    fn the_soft_limit_is_raised_to_the_hard_one() {
        use rustix::process::{Resource, getrlimit};
        let open = most_open();
        let limit = getrlimit(Resource::Nofile);
        assert!(open > 0);
        let (current, most) = (limit.current, limit.maximum);
        assert!(current == most || current.is_some_and(|current| current >= 1024));
        assert_eq!(current.unwrap_or(ENOUGH).min(ENOUGH), open);
    }
}
