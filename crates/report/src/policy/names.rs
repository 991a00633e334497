//! What a person names when a role is rolled out: the role, who takes it, with which word, and where
//! the snapshots go.
//!
//! Every name is checked where it enters. None of them can hold a quote, a line break, or what IAM
//! takes as a wildcard or a variable.

use std::fmt;
use std::str::FromStr;

use unbridge_model::id::AccountId;

use super::Partition;

/// A text that is not a name of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidName {
    expected: &'static str,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for InvalidName {}

fn refuse<T>(expected: &'static str) -> Result<T, InvalidName> {
    Err(InvalidName { expected })
}

/// Letters, digits and these. IAM's own classes (`[\w+=,.@-]`) are of ASCII.
fn is_of(text: &str, marks: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    text.chars().all(fits)
}

/// The name of an IAM role, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName(String);

impl RoleName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if !(1..=64).contains(&text.len()) || !is_of(text, "_+=,.@-") {
            return refuse("the name of a role: up to 64 letters, digits and _+=,.@-");
        }
        Ok(Self(text.to_owned()))
    }
}

/// The word that whoever takes a role has to say with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExternalId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if !(2..=1224).contains(&text.len()) || !is_of(text, "_+=,.@:/-") {
            return refuse("an external id: 2 to 1224 letters, digits and _+=,.@:/-");
        }
        Ok(Self(text.to_owned()))
    }
}

/// Who may take a role: every identity of an account that is allowed to, or one identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An account.
    Account(AccountId),
    /// A role or a user; or an account, by its root's ARN.
    Identity {
        /// Its ARN.
        arn: String,
        /// The partition that its ARN names.
        partition: Partition,
    },
}

impl Principal {
    /// The ARN that a trust policy of this partition names.
    #[must_use]
    pub fn arn(&self, partition: Partition) -> String {
        match self {
            Self::Account(account) => format!("arn:{}:iam::{account}:root", partition.word()),
            Self::Identity { arn, .. } => arn.clone(),
        }
    }

    /// The partition it says that it is of.
    #[must_use]
    pub fn partition(&self) -> Option<Partition> {
        match self {
            Self::Account(_) => None,
            Self::Identity { partition, .. } => Some(*partition),
        }
    }
}

/// As typed.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => account.fmt(f),
            Self::Identity { arn, .. } => arn.fmt(f),
        }
    }
}

impl FromStr for Principal {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if let Ok(account) = AccountId::new(text) {
            return Ok(Self::Account(account));
        }
        let Some(partition) = partition_of_identity(text) else {
            return refuse("an account of 12 digits, or the ARN of a role or a user");
        };
        Ok(Self::Identity {
            arn: text.to_owned(),
            partition,
        })
    }
}

/// The partition of the role, user or root with this ARN.
fn partition_of_identity(arn: &str) -> Option<Partition> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(":iam::")?;
    let (account, named) = rest.split_once(':')?;
    AccountId::new(account).ok()?;
    let kinds = ["role/", "user/"];
    let name = kinds.iter().find_map(|kind| named.strip_prefix(kind));
    let is_name = |name: &str| !name.is_empty() && !name.ends_with('/') && is_of(name, "_+=,.@/-");
    let is_whole = named == "root" || name.is_some_and(is_name);
    is_whole.then(|| Partition::of_word(partition))?
}

/// Where the snapshots of an organization are kept: a bucket of S3, or what is below a prefix in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketPlace {
    bucket: String,
    prefix: Option<String>,
}

impl BucketPlace {
    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What the keys of all objects begin with, without a slash at its end.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }
}

impl FromStr for BucketPlace {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let text = text.strip_prefix("s3://").unwrap_or(text);
        let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
        let prefix = prefix.trim_end_matches('/');
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(lower) {
            return refuse("BUCKET or BUCKET/PREFIX; a bucket has 3 to 63 of a-z 0-9 . -");
        }
        if !is_of(prefix, "!_.'()=/-") {
            return refuse("BUCKET or BUCKET/PREFIX; a prefix has letters, digits and !_.'()=/-");
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
        })
    }
}
