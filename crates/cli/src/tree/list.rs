//! What a tree holds, by the names in it. A name that nobody can make sense of, and a folder that may
//! not be read, are told and take nothing else with them.

use std::path::Path;

use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use jiff::civil::Date;
use object_store::path::Path as Name;
use object_store::{Error, ObjectMeta, ObjectStore};
use unbridge_report::safe::printable;
use walkdir::WalkDir;

use super::key::{self, Key, Named};
use super::{AT_ONCE, Tree, TreeAt, unreachable, words};
use crate::error::Failure;

/// What a tree holds.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The snapshots, by account, date and region.
    pub(crate) snapshots: Vec<Key>,
    /// The days of which there is a list of accounts.
    pub(crate) accounts: Vec<Date>,
    /// The lists of accounts that were to be read: of which day, and what they are named after.
    pub(crate) wanted: Vec<(Date, u64)>,
    /// The days of scans that run or were broken off.
    pub(crate) scans: Vec<Date>,
    /// Names that are none of a tree's.
    pub(crate) foreign: Vec<String>,
    /// What cannot be listed.
    pub(crate) unlisted: Vec<Unlisted>,
}

/// A place in a tree that cannot be listed: what is in it is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unlisted {
    /// Where in the tree, printable.
    pub(crate) name: String,
    pub(crate) why: String,
}

/// A name of an object, or a place where there may be others.
type Listed = Result<String, Unlisted>;
type Found = BoxStream<'static, object_store::Result<ObjectMeta>>;

impl Tree {
    /// Everything in it, or below one name. In all of it something may be unlisted; below one name
    /// that is a failure, because whoever asks for so little depends on it.
    pub(crate) async fn list(&self, below: Option<&str>) -> Result<Listing, Failure> {
        let names = match &self.at {
            TreeAt::Folder(folder) => {
                let (folder, below) = (folder.clone(), below.map(str::to_owned));
                let walk = move || in_folder(&folder, below.as_deref());
                let walked = tokio::task::spawn_blocking(walk).await;
                let walked = walked.map_err(Failure::unexpected)?;
                walked.map_err(|error| unreachable(&self.at, &error))?
            }
            TreeAt::Bucket { .. } => {
                let found = in_bucket(self.objects.as_ref(), below).await;
                found.map_err(|error| unreachable(&self.at, &error))?
            }
        };
        let mut listing = Listing::default();
        for name in names {
            match name {
                Ok(name) => listing.add(name),
                Err(unlisted) if below.is_none() => listing.unlisted.push(unlisted),
                Err(Unlisted { name, why }) => {
                    return Err(Failure::unexpected(format!(
                        "{}/{name} cannot be read: {why}",
                        self.at
                    )));
                }
            }
        }
        listing.sort();
        Ok(listing)
    }
}

impl Listing {
    fn add(&mut self, name: String) {
        match key::parse(&name) {
            Some(Named::Snapshot(key)) => self.snapshots.push(key),
            Some(Named::Accounts(date)) => self.accounts.push(date),
            Some(Named::Wanted(date, hash)) => self.wanted.push((date, hash)),
            Some(Named::Scan(date)) => self.scans.push(date),
            None => self.foreign.push(name),
        }
    }

    fn sort(&mut self) {
        self.snapshots.sort();
        self.accounts.sort();
        self.wanted.sort();
        self.scans.sort();
        self.foreign.sort();
        self.unlisted.sort();
    }
}

/// The files in a folder. What stands beside a file while it is written is none.
fn in_folder(root: &Path, below: Option<&str>) -> Result<Vec<Listed>, std::io::Error> {
    let start = below.map_or_else(|| root.to_owned(), |below| root.join(below));
    let named = |path: &Path| {
        let path = path.strip_prefix(root).unwrap_or(path);
        let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
        parts
            .map(|parts| parts.join("/"))
            .ok_or_else(|| printable(&path.to_string_lossy()).into_owned())
    };
    let mut names = Vec::new();
    let mut entries = WalkDir::new(&start).follow_links(true).into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) => match named(entry.path()) {
                Ok(_) if entry.file_type().is_dir() => {}
                Ok(name) if is_being_written(&name) => {}
                Ok(name) => names.push(Ok(name)),
                // A tree has no such names, nor anything below them.
                Err(foreign) => {
                    names.push(Ok(foreign));
                    if entry.file_type().is_dir() {
                        entries.skip_current_dir();
                    }
                }
            },
            Err(error) => {
                let path = error.path().unwrap_or(&start);
                let gone = error.io_error().map(std::io::Error::kind)
                    == Some(std::io::ErrorKind::NotFound)
                    && !path.is_symlink();
                match (gone, error.depth()) {
                    (true, 0) if below.is_some() => {}
                    (false, 0) | (true, 0) => return Err(error.into()),
                    (true, _) => {}
                    (false, _) => names.push(Err(Unlisted {
                        name: named(path).unwrap_or_else(|lossy| lossy),
                        why: why(&error),
                    })),
                }
            }
        }
    }
    Ok(names)
}

/// Whether a file is one that is renamed when it is whole: `object_store` puts a number behind its
/// name.
fn is_being_written(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn why(error: &walkdir::Error) -> String {
    match (error.loop_ancestor(), error.io_error()) {
        (Some(_), _) => "a symbolic link leads back to a folder that it is in".to_owned(),
        (None, Some(error)) => error.to_string(),
        (None, None) => printable(&error.to_string()).into_owned(),
    }
}

/// The objects in a bucket, folder by folder: one that cannot be listed stops none of the others.
async fn in_bucket(
    objects: &dyn ObjectStore,
    below: Option<&str>,
) -> object_store::Result<Vec<Listed>> {
    if let Some(below) = below {
        return Ok(objects_below(objects, Name::from(below)).await);
    }
    let top = match objects.list_with_delimiter(None).await {
        Ok(top) => top,
        // Names with an empty part are none to the client, and their page fails with them. They come
        // before every name of a tree.
        Err(error @ Error::InvalidPath { .. }) => {
            let mut names = named(objects.list_with_offset(None, &Name::from("0")), "").await;
            names.push(Err(Unlisted {
                name: "/".to_owned(),
                why: words(&error),
            }));
            return Ok(names);
        }
        Err(error) => return Err(error),
    };
    let files = top.objects.into_iter();
    let mut names: Vec<Listed> = files.map(|file| Ok(file.location.to_string())).collect();
    let folders = stream::iter(top.common_prefixes);
    let folders = folders.map(|folder| objects_below(objects, folder));
    let mut folders = folders.buffer_unordered(AT_ONCE);
    while let Some(found) = folders.next().await {
        names.extend(found);
    }
    Ok(names)
}

async fn objects_below(objects: &dyn ObjectStore, folder: Name) -> Vec<Listed> {
    named(objects.list(Some(&folder)), folder.as_ref()).await
}

async fn named(found: Found, folder: &str) -> Vec<Listed> {
    let named = found.map(|object| match object {
        Ok(object) => Ok(object.location.to_string()),
        Err(error) => Err(Unlisted {
            name: printable(folder).into_owned(),
            why: words(&error),
        }),
    });
    named.collect().await
}
