//! Writing a tree: what is read of a region is kept aside until the region is whole, then compressed
//! and put in its place at once. Nothing that is not whole is ever put.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::{StreamExt, TryStreamExt};
use jiff::civil::Date;
use object_store::buffered::BufWriter;
use object_store::path::Path as Name;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode};
use serde::Serialize;
use tempfile::SpooledTempFile;
use tokio::io::AsyncWriteExt;
use unbridge_aws::{NoBucket, Session, bucket};
use unbridge_model::id::Region;
use unbridge_model::place::Scope;
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{Header, Outcome, Record};
use unbridge_scanner::scan::Sink;

use super::{Key, Tree, TreeAt, key, words};
use crate::error::{Failure, chain};
use crate::files::compressed;

/// What of a region is kept in memory; more goes to a temporary file.
const IN_MEMORY: usize = 64 << 10;
/// What of an object is sent at a time.
const CHUNK: usize = 8 << 20;

impl Tree {
    /// The tree at this place, a new folder if need be. A bucket is reached with this session.
    pub(crate) async fn open(at: TreeAt, session: &Session) -> Result<Self, Failure> {
        match at {
            TreeAt::Folder(folder) => {
                let made = make(&folder);
                made.map_err(|error| {
                    let what = format!("folder {} cannot be made", folder.display());
                    Failure::io(what, &error).hint(NAME_A_PLACE)
                })?;
                Self::in_folder(&folder)
            }
            TreeAt::Bucket {
                bucket: name,
                prefix,
            } => {
                let objects = bucket(session, &name).await;
                let objects = objects.map_err(|error: NoBucket| {
                    Failure::usage(format!("{S3_OF} {name}: {}", chain(&error))).hint(NAME_A_PLACE)
                })?;
                let at = TreeAt::Bucket {
                    bucket: name,
                    prefix: prefix.clone(),
                };
                Self::in_bucket(at, objects, &prefix)
            }
        }
    }

    /// Puts a small object, or replaces it.
    pub(crate) async fn put(&self, name: &str, what: &impl Serialize) -> Result<(), Failure> {
        let bytes = serde_json::to_vec_pretty(what).map_err(Failure::unexpected)?;
        let put = self.objects.put(&Name::from(name), bytes.into()).await;
        put.map(drop)
            .map_err(|error| unwritable(&self.at, name, &words(&error)))
    }

    /// Puts a small object unless there is another one of its name, which is handed back then.
    pub(crate) async fn put_new(
        &self,
        name: &str,
        what: &impl Serialize,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let unwritable = |why: String| unwritable(&self.at, name, &why);
        let bytes = serde_json::to_vec_pretty(what).map_err(Failure::unexpected)?;
        let place = Name::from(name);
        let put = self
            .objects
            .put_opts(&place, bytes.clone().into(), PutMode::Create.into());
        match put.await {
            Ok(_) => Ok(None),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let there = self.get(name).await.map_err(|e| unwritable(words(&e)))?;
                let there = there.whole().map_err(|e| unwritable(e.to_string()))?;
                // An answer that was lost on its way leaves our own object there.
                Ok((there != bytes).then_some(there))
            }
            Err(error) => Err(unwritable(words(&error))),
        }
    }

    /// Takes an object away, if it is there.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), Failure> {
        let deleted = self.objects.delete(&Name::from(name)).await;
        let deleted = match deleted {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            other => other,
        };
        deleted.map_err(|error| unwritable(&self.at, name, &words(&error)))
    }

    async fn put_snapshot(&self, key: &Key, spool: SpooledTempFile) -> io::Result<()> {
        // A large region takes seconds, in which all the others would stand still.
        let file = tokio::task::spawn_blocking(|| compressed(spool, SpooledTempFile::new(CHUNK)));
        let mut file = file.await.map_err(io::Error::other)??;
        file.rewind()?;
        let place = Name::from(key.to_string());
        let objects = Arc::clone(&self.objects);
        put_file(objects, place, file, CHUNK).await
    }

    /// The days of scans that run or were broken off, and their marks; of one day or of all.
    pub(crate) async fn marks(&self, date: Option<Date>) -> Result<Vec<(Date, String)>, Failure> {
        let below = date.map_or_else(|| key::SCANS.to_owned(), key::scans);
        let objects = self.objects.list(Some(&Name::from(below)));
        let objects: Vec<ObjectMeta> = objects.try_collect().await.map_err(|error| {
            let what = format!("scans in {} cannot be listed: {}", self.at, words(&error));
            Failure::unexpected(what).hint(NAME_A_PLACE)
        })?;
        let marks = objects.iter().filter_map(|object| {
            let (date, mark) = key::marked(object.location.as_ref())?;
            Some((date, mark.to_owned()))
        });
        Ok(marks.collect())
    }
}

/// Puts a file in its place, in parts if it is large. What cannot be put to its end is taken back.
async fn put_file(
    objects: Arc<dyn ObjectStore>,
    place: Name,
    mut file: impl Read,
    chunk: usize,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(objects, place, chunk);
    loop {
        let mut part = Vec::new();
        let read = (&mut file).take(chunk as u64).read_to_end(&mut part);
        let put = match read {
            // At the end the client itself takes back what it cannot put together.
            Ok(0) => return out.shutdown().await,
            Ok(_) => out.put(part.into()).await.map_err(io::Error::from),
            Err(error) => Err(error),
        };
        if let Err(error) = put {
            // The first failure says more than one to clean up, which a lifecycle rule makes good.
            out.abort().await.ok();
            return Err(error);
        }
    }
}

const NAME_A_PLACE: &str = "name a writable place with -o DIR/ or -o s3://BUCKET/PREFIX";
const S3_OF: &str = "bucket";

#[cfg(unix)]
fn make(folder: &std::path::Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    // What stands in it is for its owner alone.
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make(folder: &std::path::Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

fn unwritable(at: &TreeAt, name: &str, why: &str) -> Failure {
    Failure::unexpected(format!("{at}/{name} cannot be written: {why}")).hint(NAME_A_PLACE)
}

/// What has been read of a region, line by line.
type Spool = SnapshotWriter<SpooledTempFile>;

/// An account that is being read into a tree.
pub(crate) struct AccountSink {
    header: Header,
    open: RefCell<BTreeMap<Scope, Open>>,
    /// Regions of which nothing was answered. They are nothing worth keeping when nothing of the
    /// account is.
    blind: RefCell<Vec<(Scope, SpooledTempFile)>>,
    gaps: Cell<usize>,
    whole: UnboundedSender<(Scope, SpooledTempFile)>,
}

/// What is being read of a region.
struct Open {
    spool: Spool,
    told: Told,
}

/// What AWS has told of a region so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    /// Only what could not be seen.
    Gaps,
    Something,
}

impl Told {
    fn and(self, record: &Record) -> Self {
        match (self, record) {
            (_, Record::RegionDone(_)) => self,
            (Self::Nothing | Self::Gaps, Record::Gap(_)) => Self::Gaps,
            (_, _) => Self::Something,
        }
    }
}

/// The regions of an account that are whole, to be put in their places.
pub(crate) struct Regions(UnboundedReceiver<(Scope, SpooledTempFile)>);

impl AccountSink {
    /// One for what is read under this header, but for its regions: each gets one of its own.
    pub(crate) fn begin(header: Header) -> (Self, Regions) {
        let (whole, regions) = mpsc::unbounded();
        let sink = Self {
            header,
            open: RefCell::default(),
            blind: RefCell::default(),
            gaps: Cell::default(),
            whole,
        };
        (sink, Regions(regions))
    }

    fn with<T>(
        &self,
        scope: &Scope,
        act: impl FnOnce(&mut Open) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut open = self.open.borrow_mut();
        if !open.contains_key(scope) {
            let regions = match scope {
                Scope::Global => Vec::new(),
                Scope::Region(region) => vec![region.clone()],
            };
            let header = Header {
                regions,
                ..self.header.clone()
            };
            let spool = SnapshotWriter::begin(SpooledTempFile::new(IN_MEMORY), &header)?;
            let told = Told::Nothing;
            open.insert(scope.clone(), Open { spool, told });
        }
        open.get_mut(scope)
            .map_or_else(|| Err(io::ErrorKind::NotFound.into()), act)
    }

    fn region_is_whole(&self, region: &Region) -> io::Result<()> {
        self.is_whole(&Scope::Region(region.clone()))
    }

    /// Nothing more comes of this scope.
    fn is_whole(&self, scope: &Scope) -> io::Result<()> {
        self.with(scope, |_| Ok(()))?;
        let Some(Open { spool, told }) = self.open.borrow_mut().remove(scope) else {
            return Ok(());
        };
        let whole = (scope.clone(), spool.finish(Outcome::Finished)?);
        match (scope, told) {
            (Scope::Region(_), Told::Gaps) => {
                self.blind.borrow_mut().push(whole);
                Ok(())
            }
            (Scope::Region(_) | Scope::Global, _) => self.send(whole),
        }
    }

    fn send(&self, whole: (Scope, SpooledTempFile)) -> io::Result<()> {
        let sent = self.whole.unbounded_send(whole);
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Everything was read: what belongs to no region is whole too. Says how much could not be seen.
    ///
    /// Without this call nothing is kept of an account of which nothing was told.
    pub(crate) fn end(self) -> io::Result<usize> {
        for blind in self.blind.take() {
            self.send(blind)?;
        }
        self.is_whole(&Scope::Global)?;
        match self.open.into_inner().into_keys().next() {
            None => Ok(self.gaps.get()),
            Some(scope) => {
                let what = format!("something was read of {scope:?} after its end; this is a bug");
                Err(io::Error::other(what))
            }
        }
    }
}

impl Sink for AccountSink {
    fn put(&self, record: Record) -> io::Result<()> {
        let scope = match record.region() {
            None => Scope::Global,
            Some(region) => Scope::Region(region.clone()),
        };
        let done = match &record {
            Record::RegionDone(done) => Some(done.region.clone()),
            Record::Gap(_) => {
                self.gaps.set(self.gaps.get() + 1);
                None
            }
            _ => None,
        };
        self.with(&scope, |open| {
            open.told = open.told.and(&record);
            open.spool.record(record)
        })?;
        done.map_or(Ok(()), |region| self.region_is_whole(&region))
    }
}

impl Regions {
    /// Puts them in their places, as they come; what belongs to no region comes last.
    pub(crate) async fn put_into(
        mut self,
        tree: &Tree,
        header: &Header,
        date: Date,
    ) -> io::Result<()> {
        while let Some((scope, file)) = self.0.next().await {
            let key = Key {
                account: header.account.clone(),
                date,
                scope,
            };
            tree.put_snapshot(&key, file).await.map_err(|error| {
                let what = format!("{}/{key} cannot be written: {}", tree.at(), words(&error));
                io::Error::new(error.kind(), what)
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use futures::FutureExt;
    use futures::stream::BoxStream;
    use object_store::memory::InMemory;
    use object_store::{
        CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload,
        PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
    };

    use super::*;

    /// A store that takes some parts of an upload and refuses the next, and counts what is taken back.
    #[derive(Debug, Default)]
    struct Refusing {
        beneath: InMemory,
        taken_back: Arc<AtomicUsize>,
    }

    #[derive(Debug)]
    struct Upload {
        takes: usize,
        taken_back: Arc<AtomicUsize>,
    }

    fn refusal() -> Error {
        Error::Generic {
            store: "test",
            source: "no more room".into(),
        }
    }

    #[async_trait]
    impl MultipartUpload for Upload {
        fn put_part(&mut self, _: PutPayload) -> UploadPart {
            let taken = self.takes > 0;
            self.takes = self.takes.saturating_sub(1);
            async move { if taken { Ok(()) } else { Err(refusal()) } }.boxed()
        }

        async fn complete(&mut self) -> Result<PutResult> {
            Err(refusal())
        }

        async fn abort(&mut self) -> Result<()> {
            self.taken_back.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    impl fmt::Display for Refusing {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a store that refuses")
        }
    }

    #[async_trait]
    impl ObjectStore for Refusing {
        async fn put_opts(
            &self,
            location: &Name,
            payload: PutPayload,
            opts: PutOptions,
        ) -> Result<PutResult> {
            self.beneath.put_opts(location, payload, opts).await
        }

        async fn put_multipart_opts(
            &self,
            _: &Name,
            _: PutMultipartOptions,
        ) -> Result<Box<dyn MultipartUpload>> {
            let taken_back = Arc::clone(&self.taken_back);
            let takes = 3;
            Ok(Box::new(Upload { takes, taken_back }))
        }

        async fn get_opts(&self, location: &Name, options: GetOptions) -> Result<GetResult> {
            self.beneath.get_opts(location, options).await
        }

        fn delete_stream(
            &self,
            locations: BoxStream<'static, Result<Name>>,
        ) -> BoxStream<'static, Result<Name>> {
            self.beneath.delete_stream(locations)
        }

        fn list(&self, prefix: Option<&Name>) -> BoxStream<'static, Result<ObjectMeta>> {
            self.beneath.list(prefix)
        }

        async fn list_with_delimiter(&self, prefix: Option<&Name>) -> Result<ListResult> {
            self.beneath.list_with_delimiter(prefix).await
        }

        async fn copy_opts(&self, from: &Name, to: &Name, options: CopyOptions) -> Result<()> {
            self.beneath.copy_opts(from, to, options).await
        }
    }

    #[tokio::test]
    async fn an_upload_that_fails_is_taken_back_however_far_it_came() {
        const CHUNK: usize = 16;
        // In the midst of it, where parts are waited for, and at its end.
        for chunks in [100, 5] {
            let store = Arc::new(Refusing::default());
            let place = Name::from("account=111122223333/snapshot");
            let bytes = vec![7; chunks * CHUNK];
            let objects: Arc<dyn ObjectStore> = Arc::clone(&store) as _;
            let put = put_file(objects, place, &bytes[..], CHUNK).await;
            let told = put.expect_err("a refusal").to_string();
            assert!(told.contains("no more room"), "{told}");
            let taken_back = store.taken_back.load(Ordering::Relaxed);
            assert_eq!(taken_back, 1, "of {chunks} parts");
        }
    }
}
