//! Why an estate cannot be built.

use std::fmt;

use unbridge_model::id::InvalidId;

/// Why an estate cannot be built. The first mistake is kept, whatever comes after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// A name cannot be part of an id.
    Id(InvalidId),
    /// Something is named that is not there.
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Something is made twice.
    Twice {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
}

impl BuildError {
    pub(crate) fn missing(what: &'static str, name: impl Into<String>) -> Self {
        let name = name.into();
        Self::Missing { what, name }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Missing { what, name } => write!(f, "there is no {what} {name}"),
            Self::Twice { what, name } => write!(f, "there are two of {what} {name}"),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<InvalidId> for BuildError {
    fn from(id: InvalidId) -> Self {
        Self::Id(id)
    }
}
