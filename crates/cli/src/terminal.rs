//! The terminal: its width, whether it shows colour, and the only places that write to it.

use std::io::{self, IsTerminal, Write};

use unbridge_report::look::{Colour, Look};
use unbridge_report::safe::printable;

use crate::error::Failure;

/// Columns when nobody can tell.
const COLUMNS: u16 = 80;

/// How results on stdout look: as wide as the terminal, coloured when it is one and nobody objects
/// (<https://no-color.org>).
pub(crate) fn look(width: Option<u16>) -> Look {
    let objected = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let colour = if io::stdout().is_terminal() && !objected && !dumb {
        Colour::Always
    } else {
        Colour::Never
    };
    let measured = || terminal_size::terminal_size().map(|(width, _)| width.0);
    Look {
        width: width.or_else(measured).unwrap_or(COLUMNS),
        colour,
    }
}

/// How results in a file look: the same on every terminal.
pub(crate) fn look_in_file(width: Option<u16>) -> Look {
    Look {
        width: width.unwrap_or(COLUMNS),
        colour: Colour::Never,
    }
}

/// Writes a result to stdout.
pub(crate) fn put(text: &str) -> Result<(), Failure> {
    put_bytes(text.as_bytes())
}

/// Writes a result, which a library made, to stdout.
pub(crate) fn put_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|e| unwritten(&e))
}

/// stdout could not be written.
pub(crate) fn unwritten(error: &io::Error) -> Failure {
    Failure::io("the result cannot be written to stdout", error)
}

/// Says something on stderr, line by line, with nothing raw in it. Nobody listening is no failure.
pub(crate) fn tell(text: &str) {
    let mut err = io::stderr().lock();
    for line in text.lines() {
        let _ = writeln!(err, "{}", printable(line));
    }
}
