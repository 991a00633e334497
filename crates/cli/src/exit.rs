//! Exit codes, as documented in `docs/exit-codes.md`, and the one place that chooses among them.

use std::process::ExitCode;

use crate::error::Failure;
use crate::terminal;

/// Everything went well.
pub(crate) const DONE: u8 = 0;
/// Something unexpected failed.
pub(crate) const UNEXPECTED: u8 = 1;
/// The command line, or a file it names, is wrong.
pub(crate) const USAGE: u8 = 2;
/// `--fail-on` matched, whether or not the scan was complete.
pub(crate) const FINDINGS: u8 = 3;
/// Something could not be seen; what could be seen was reported.
pub(crate) const INCOMPLETE: u8 = 4;
/// Refused before anything was changed.
pub(crate) const REFUSED: u8 = 5;
/// It was stopped and taken back.
#[cfg(feature = "aws")]
pub(crate) const UNDONE: u8 = 6;
/// It stands between the old way and the new one, and a person has to look.
#[cfg(feature = "aws")]
pub(crate) const STUCK: u8 = 7;
/// Interrupted by Ctrl-C or SIGTERM.
#[cfg(feature = "aws")]
pub(crate) const INTERRUPTED: u8 = 130;

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Clean,
    Findings,
    Incomplete,
    Refused,
    #[cfg(feature = "aws")]
    Undone,
    #[cfg(feature = "aws")]
    Stuck,
    #[cfg(feature = "aws")]
    Interrupted,
}

impl Done {
    /// The same after its result was written. What was found does not depend on how far somebody
    /// read: whoever closed the pipe has seen enough.
    pub(crate) fn once(self, written: Result<(), Failure>) -> Result<Self, Failure> {
        match written {
            Err(failure) if !failure.is_broken_pipe() => Err(failure),
            Ok(()) | Err(_) => Ok(self),
        }
    }
}

/// The exit code of a command; failures are told on stderr.
pub(crate) fn of(done: Result<Done, Failure>) -> ExitCode {
    let code = match done {
        Ok(done) => code(done),
        // A command that finds nothing out: whoever closed the pipe has seen enough.
        Err(failure) if failure.is_broken_pipe() => DONE,
        Err(failure) => {
            terminal::tell(&failure.to_string());
            failure.code
        }
    };
    ExitCode::from(code)
}

/// The exit code of how a command ended that did its work.
pub(crate) fn code(done: Done) -> u8 {
    match done {
        Done::Clean => DONE,
        Done::Findings => FINDINGS,
        Done::Incomplete => INCOMPLETE,
        Done::Refused => REFUSED,
        #[cfg(feature = "aws")]
        Done::Undone => UNDONE,
        #[cfg(feature = "aws")]
        Done::Stuck => STUCK,
        #[cfg(feature = "aws")]
        Done::Interrupted => INTERRUPTED,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_closed_pipe_changes_nothing_that_was_found() {
        let written = |kind| Err(terminal::unwritten(&io::Error::from(kind)));
        for done in [Done::Clean, Done::Findings, Done::Incomplete] {
            assert_eq!(done.once(Ok(())).ok(), Some(done));
            let closed = done.once(written(io::ErrorKind::BrokenPipe));
            assert_eq!(closed.ok(), Some(done));
            assert!(done.once(written(io::ErrorKind::StorageFull)).is_err());
        }
    }
}
