//! Writing a tree: what is read of a region is kept aside until the region is whole, then compressed
//! and put in its place at once. Nothing that is not whole is ever put.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use jiff::civil::Date;
use object_store::buffered::BufWriter;
use object_store::path::Path as Name;
use object_store::{ObjectStoreExt, PutMode};
use serde::Serialize;
use tempfile::SpooledTempFile;
use tokio::io::AsyncWriteExt;
use unbridge_aws::{NoBucket, Session, bucket};
use unbridge_model::id::Region;
use unbridge_model::place::Scope;
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{Header, Outcome, Record};
use unbridge_scanner::scan::Sink;

use super::{Key, Tree, TreeAt, words};
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
                Ok(Self::in_bucket(at, objects, &prefix))
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
        let objects = std::sync::Arc::clone(&self.objects);
        let mut out = BufWriter::with_capacity(objects, place, CHUNK);
        loop {
            let mut chunk = Vec::new();
            (&mut file).take(CHUNK as u64).read_to_end(&mut chunk)?;
            if chunk.is_empty() {
                return out.shutdown().await;
            }
            out.put(chunk.into()).await?;
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
    open: RefCell<BTreeMap<Scope, Spool>>,
    whole: UnboundedSender<(Scope, SpooledTempFile)>,
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
            whole,
        };
        (sink, Regions(regions))
    }

    fn with<T>(
        &self,
        scope: &Scope,
        act: impl FnOnce(&mut Spool) -> io::Result<T>,
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
            open.insert(scope.clone(), spool);
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
        let Some(spool) = self.open.borrow_mut().remove(scope) else {
            return Ok(());
        };
        let file = spool.finish(Outcome::Finished)?;
        let sent = self.whole.unbounded_send((scope.clone(), file));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Everything was read: what belongs to no region is whole too.
    pub(crate) fn end(self) -> io::Result<()> {
        self.is_whole(&Scope::Global)?;
        match self.open.into_inner().into_keys().next() {
            None => Ok(()),
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
            _ => None,
        };
        self.with(&scope, |spool| spool.record(record))?;
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
