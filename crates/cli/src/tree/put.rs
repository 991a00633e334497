//! Files of a report in a bucket: many at the same time, and one last, which says that the others are
//! there.

use std::io;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStoreExt;
use object_store::path::Path as Name;

use super::{Tree, unreachable, words};
use crate::error::Failure;

/// Objects that are put at the same time.
const AT_ONCE: usize = 32;

const ANOTHER_PREFIX: &str = "another prefix with -o s3://BUCKET/PREFIX";

type File = io::Result<(String, Vec<u8>)>;

impl Tree {
    /// Refuses a place that holds something already.
    pub(crate) async fn expect_empty(&self) -> Result<(), Failure> {
        let first = self.objects.list(None).try_next().await;
        match first.map_err(|error| unreachable(&self.at, &error))? {
            None => Ok(()),
            Some(_) => {
                let what = format!("{} is there already", self.at);
                Err(Failure::usage(what).hint(ANOTHER_PREFIX))
            }
        }
    }

    /// Puts these files; the last of them once all others are there.
    pub(crate) async fn put_all(&self, files: impl Iterator<Item = File>) -> Result<(), Failure> {
        let mut files = files.peekable();
        let mut last = None;
        let others = std::iter::from_fn(|| {
            let file = files.next()?;
            if files.peek().is_some() {
                return Some(file);
            }
            last = Some(file);
            None
        });
        let put = stream::iter(others).map(|file| self.put_file(file));
        put.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        match last {
            Some(last) => self.put_file(last).await,
            None => Ok(()),
        }
    }

    async fn put_file(&self, file: File) -> Result<(), Failure> {
        let unwritable = |name: &str, why: &str| {
            let what = format!("report {}{name} cannot be written: {why}", self.at);
            Failure::unexpected(what).hint(ANOTHER_PREFIX)
        };
        let (name, bytes) = file.map_err(|error| unwritable("", &error.to_string()))?;
        let place = Name::from(name.as_str());
        let put = self.objects.put(&place, bytes.into()).await;
        put.map(drop)
            .map_err(|error| unwritable(&format!("/{name}"), &words(&error)))
    }
}
