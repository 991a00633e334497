//! A tree: the snapshots of many accounts in a folder, or under a prefix of a bucket.
//!
//! Knows where they are and how they are named, listed, put and got. Which of them a report is made
//! from is `choose`'s; what is in them is `read`'s and `write`'s.

mod choose;
pub(crate) mod key;
mod list;
mod put;
pub(crate) mod read;
#[cfg(feature = "aws")]
pub(crate) mod whole;
#[cfg(feature = "aws")]
pub(crate) mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
#[cfg(feature = "aws")]
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use unbridge_report::safe::printable;

pub(crate) use self::key::Key;
use crate::error::Failure;

const S3: &str = "s3://";
/// Objects that are asked for at the same time.
const AT_ONCE: usize = 32;

/// Where a snapshot, or many, are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In one file.
    File(PathBuf),
    /// In a tree.
    Tree(TreeAt),
}

/// Where a tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TreeAt {
    Folder(PathBuf),
    Bucket { bucket: String, prefix: String },
}

impl Kept {
    /// What a flag names: a bucket, a folder that is there or ends in a slash, or a file.
    pub(crate) fn at(path: &Path) -> Self {
        let text = path.to_str().unwrap_or_default();
        if let Some(place) = text.strip_prefix(S3) {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            return Self::Tree(TreeAt::Bucket {
                bucket: bucket.to_owned(),
                prefix: prefix.trim_matches('/').to_owned(),
            });
        }
        if path.is_dir() || text.ends_with(std::path::is_separator) {
            // Its parts, put together again without the slash at the end.
            return Self::Tree(TreeAt::Folder(path.components().collect()));
        }
        Self::File(path.to_owned())
    }
}

impl fmt::Display for TreeAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Bucket { bucket, prefix } if prefix.is_empty() => write!(f, "{S3}{bucket}"),
            Self::Bucket { bucket, prefix } => write!(f, "{S3}{bucket}/{prefix}"),
        }
    }
}

/// A tree that can be read and written.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    at: TreeAt,
    objects: Arc<dyn ObjectStore>,
}

/// What is in an object: a file that is opened by whoever reads it, or all of it.
pub(crate) enum Content {
    File(PathBuf),
    Bytes(bytes::Bytes),
}

impl Tree {
    /// A folder that is there.
    pub(crate) fn in_folder(folder: &Path) -> Result<Self, Failure> {
        let at = TreeAt::Folder(folder.to_owned());
        let files = LocalFileSystem::new_with_prefix(folder)
            .map_err(|error| unreachable(&at, &error))?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Self {
            at,
            objects: Arc::new(files),
        })
    }

    /// Objects under a prefix.
    #[cfg(feature = "aws")]
    pub(crate) fn in_bucket(
        at: TreeAt,
        objects: Arc<dyn ObjectStore>,
        prefix: &str,
    ) -> Result<Self, Failure> {
        if prefix.is_empty() {
            return Ok(Self { at, objects });
        }
        // As it is written: `Name::from` would put other characters in the place of some.
        let below = Name::parse(prefix).map_err(|error| {
            let what = format!("{at} is no place for a tree: {}", words(&error));
            Failure::usage(what).hint("a prefix without empty parts, `.` and `..`")
        })?;
        let objects = Arc::new(PrefixStore::new(objects, below));
        Ok(Self { at, objects })
    }

    pub(crate) fn at(&self) -> &TreeAt {
        &self.at
    }

    /// What is in an object.
    pub(crate) async fn get(&self, name: &str) -> object_store::Result<Content> {
        match &self.at {
            TreeAt::Folder(folder) => Ok(Content::File(folder.join(name))),
            TreeAt::Bucket { .. } => {
                let found = self.objects.get(&Name::from(name)).await?;
                Ok(Content::Bytes(found.bytes().await?))
            }
        }
    }
}

impl Content {
    /// All of it.
    pub(crate) fn whole(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::File(path) => std::fs::read(path),
            Self::Bytes(bytes) => Ok(bytes.to_vec()),
        }
    }
}

/// What went wrong, without the client's own words around it: of an answer of S3 its code and message.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(beneath) = innermost.source() {
        innermost = beneath;
    }
    let text = innermost.to_string();
    let tagged = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    match (tagged("Code"), tagged("Message")) {
        (Some(code), Some(message)) => printable(&format!("{code}: {message}")).into_owned(),
        _ => printable(&text).into_owned(),
    }
}

fn unreachable(at: &TreeAt, error: &(dyn std::error::Error + 'static)) -> Failure {
    let hint = match at {
        TreeAt::Folder(_) => "a folder that `unbridge scan -o DIR/` wrote",
        TreeAt::Bucket { .. } => {
            "check the bucket's name, its region, and what this identity may do with it: \
             `unbridge policy organization --bucket` prints it"
        }
    };
    Failure::usage(format!("{at} cannot be read: {}", words(error))).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_a_folder_and_a_file_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let bucket = |bucket: &str, prefix: &str| {
            Kept::Tree(TreeAt::Bucket {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            })
        };
        let check = |text: &str, kept: Kept| assert_eq!(Kept::at(Path::new(text)), kept, "{text}");
        check("s3://audit", bucket("audit", ""));
        check("s3://audit/", bucket("audit", ""));
        check("s3://audit/nlb/2026/", bucket("audit", "nlb/2026"));
        check("new/", Kept::Tree(TreeAt::Folder("new".into())));
        assert_eq!(TreeAt::Folder("new".into()).to_string(), "new");
        check("account.jsonl.zst", Kept::File("account.jsonl.zst".into()));
        let there = folder.path().to_str().expect("a name");
        check(there, Kept::Tree(TreeAt::Folder(there.into())));
    }
}
