//! What a person is told when a command cannot do its work: what happened, to which resource, and
//! what to do next.

use std::error::Error;
use std::fmt;
use std::io;

use crate::exit;

/// A failure, ready to be told.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    what: String,
    hint: Option<String>,
    cause: Option<io::ErrorKind>,
}

impl Failure {
    /// Something failed that should not.
    pub(crate) fn unexpected(what: impl fmt::Display) -> Self {
        Self {
            code: exit::UNEXPECTED,
            what: what.to_string(),
            hint: None,
            cause: None,
        }
    }

    /// The command line, or a file it names, is wrong.
    pub(crate) fn usage(what: impl fmt::Display) -> Self {
        Self {
            code: exit::USAGE,
            ..Self::unexpected(what)
        }
    }

    /// Refused before anything was changed.
    #[cfg(feature = "aws")]
    pub(crate) fn refused(what: impl fmt::Display) -> Self {
        Self {
            code: exit::REFUSED,
            ..Self::unexpected(what)
        }
    }

    /// A run stands where a person has to look.
    #[cfg(feature = "aws")]
    pub(crate) fn stuck(what: impl fmt::Display) -> Self {
        Self {
            code: exit::STUCK,
            ..Self::unexpected(what)
        }
    }

    /// Reading or writing failed.
    pub(crate) fn io(what: impl fmt::Display, error: &io::Error) -> Self {
        Self {
            cause: Some(error.kind()),
            ..Self::unexpected(format!("{what}: {error}"))
        }
    }

    /// What the person can do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether the reader of the output went away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.cause == Some(io::ErrorKind::BrokenPipe)
    }
}

/// An error and what lies beneath it, on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  try: {hint}"),
            None => Ok(()),
        }
    }
}
