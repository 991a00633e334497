//! Reading a snapshot back, and refusing what is not one, or not whole.

use std::io::{self, BufRead};

use serde::Deserialize;
use xxhash_rust::xxh3::Xxh3;

use super::write::hex;
use super::{FORMAT, FORMAT_VERSION, Footer, Header, LINE_CAP, Line, Record, Snapshot};
use crate::text::interned;
use crate::usage;

/// Why a snapshot was refused. Line numbers count from 1.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The input cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The first line is no header of ours.
    #[error("line 1: not an unbridge snapshot ({why})")]
    Foreign {
        /// What was wrong with it.
        why: String,
    },
    /// A newer tool wrote it.
    #[error(
        "line 1: snapshot format {found} is newer than {FORMAT_VERSION}, the newest this version reads"
    )]
    Newer {
        /// The version found.
        found: u32,
    },
    /// A line is longer than [`LINE_CAP`].
    #[error("line {line}: longer than {} MiB", LINE_CAP >> 20)]
    TooLong {
        /// The line.
        line: u64,
    },
    /// A line cannot be understood.
    #[error("line {line}, column {column}: {why}")]
    Malformed {
        /// The line.
        line: u64,
        /// The column, in bytes from 1.
        column: usize,
        /// What was wrong.
        why: String,
    },
    /// The footer is missing.
    #[error("line {line}: the file ends without a footer, so it is truncated")]
    Truncated {
        /// The last line.
        line: u64,
    },
    /// The footer does not fit what stands before it.
    #[error(
        "line {line}: the footer's {what} does not fit the lines before it, so the file was altered or damaged"
    )]
    Damaged {
        /// The footer's line.
        line: u64,
        /// `line count` or `digest`.
        what: &'static str,
    },
    /// Something stands behind the footer.
    #[error("line {line}: stands behind the footer")]
    BehindFooter {
        /// The line.
        line: u64,
    },
    /// It holds what no account can hold.
    #[error("line {line}: {what}")]
    Contradiction {
        /// The line at which it was noticed.
        line: u64,
        /// What.
        what: super::Contradiction,
    },
}

/// Reads a whole snapshot.
///
/// # Errors
/// [`SnapshotError`] names the line that was refused.
pub fn read(input: impl BufRead) -> Result<Snapshot, SnapshotError> {
    interned(|| read_lines(input))
}

fn read_lines(input: impl BufRead) -> Result<Snapshot, SnapshotError> {
    let mut lines = Lines {
        input,
        number: 0,
        buffer: Vec::new(),
    };
    let mut hash = Box::<Xxh3>::default();
    let Some(first) = lines.next()? else {
        return Err(SnapshotError::Foreign {
            why: "it is empty".into(),
        });
    };
    let mut snapshot = Snapshot::new(header(first)?);
    hash.update(first);
    loop {
        let before = lines.number;
        let Some(bytes) = lines.next()? else {
            return Err(SnapshotError::Truncated { line: before });
        };
        let line = before + 1;
        match parse(bytes) {
            Ok(Line::Record(record)) => {
                hash.update(bytes);
                snapshot
                    .add(record)
                    .map_err(|what| SnapshotError::Contradiction { line, what })?;
            }
            Ok(Line::Footer(footer)) => {
                check(&footer, line, &hash)?;
                if lines.next()?.is_some() {
                    return Err(SnapshotError::BehindFooter { line: line + 1 });
                }
                snapshot
                    .finish(footer.outcome)
                    .map_err(|what| SnapshotError::Contradiction { line, what })?;
                return Ok(snapshot);
            }
            Ok(Line::Header(_)) => {
                return Err(SnapshotError::Malformed {
                    line,
                    column: 1,
                    why: "a second header".into(),
                });
            }
            Err(_) if !bytes.ends_with(b"\n") => return Err(SnapshotError::Truncated { line }),
            Err(error) => {
                return Err(SnapshotError::Malformed {
                    line,
                    column: error.column().max(1),
                    why: without_place(&error),
                });
            }
        }
    }
}

/// Text is checked once as a whole, which is much faster than string by string.
fn parse(bytes: &[u8]) -> serde_json::Result<Line> {
    let text = std::str::from_utf8(bytes).map_err(serde::de::Error::custom)?;
    match usage::of_line(text) {
        Some(usage) => Ok(Line::Record(Record::Usage(usage))),
        None => serde_json::from_str(text),
    }
}

/// serde_json's message without its own ` at line 1 column 7`: the line is ours to name.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(why, _)| why.to_owned())
}

fn check(footer: &Footer, line: u64, hash: &Xxh3) -> Result<(), SnapshotError> {
    if footer.lines != line - 1 {
        return Err(SnapshotError::Damaged {
            line,
            what: "line count",
        });
    }
    if footer.xxh3 != hex(hash) {
        return Err(SnapshotError::Damaged {
            line,
            what: "digest",
        });
    }
    Ok(())
}

/// The header, or why the file is not for us: a newer header may well have fields we do not know,
/// so its format and version are looked at first.
fn header(bytes: &[u8]) -> Result<Header, SnapshotError> {
    #[derive(Deserialize)]
    struct First {
        header: Claims,
    }
    #[derive(Deserialize)]
    struct Claims {
        format: String,
        format_version: u32,
    }
    let foreign = |why: String| SnapshotError::Foreign { why };
    let claims = serde_json::from_slice::<First>(bytes)
        .map_err(|e| foreign(without_place(&e)))?
        .header;
    if claims.format != FORMAT {
        return Err(foreign("its format has another name".into()));
    }
    if claims.format_version > FORMAT_VERSION {
        return Err(SnapshotError::Newer {
            found: claims.format_version,
        });
    }
    match serde_json::from_slice(bytes) {
        Ok(Line::Header(header)) => Ok(header),
        Ok(_) => Err(foreign("no header".into())),
        Err(error) => Err(SnapshotError::Malformed {
            line: 1,
            column: error.column().max(1),
            why: without_place(&error),
        }),
    }
}

struct Lines<R> {
    input: R,
    number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<&[u8]>, SnapshotError> {
        self.buffer.clear();
        let cap = LINE_CAP as u64 + 1;
        let length = io::Read::take(&mut self.input, cap).read_until(b'\n', &mut self.buffer)?;
        if length == 0 {
            return Ok(None);
        }
        self.number += 1;
        if length > LINE_CAP {
            return Err(SnapshotError::TooLong { line: self.number });
        }
        Ok(Some(&self.buffer))
    }
}
