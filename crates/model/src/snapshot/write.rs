//! Writing a snapshot line by line, as it is read.

use std::io::{self, Write};

use xxhash_rust::xxh3::Xxh3;

use super::{Footer, Header, Line, Outcome, Record};
use crate::text::Text;

/// Writes the lines of a snapshot; the footer makes it whole.
pub struct SnapshotWriter<W: Write> {
    out: W,
    hash: Box<Xxh3>,
    lines: u64,
    buffer: Vec<u8>,
}

impl<W: Write> SnapshotWriter<W> {
    /// Begins a snapshot.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn begin(out: W, header: &Header) -> io::Result<Self> {
        let mut writer = Self {
            out,
            hash: Box::default(),
            lines: 0,
            buffer: Vec::new(),
        };
        writer.line(&Line::Header(header.clone()))?;
        Ok(writer)
    }

    /// Adds one record.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn record(&mut self, record: Record) -> io::Result<()> {
        self.line(&Line::Record(record))
    }

    /// Ends the snapshot and hands the output back, flushed.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn finish(mut self, outcome: Outcome) -> io::Result<W> {
        let xxh3 = hex(&self.hash);
        self.line(&Line::Footer(Footer {
            outcome,
            lines: self.lines,
            xxh3,
        }))?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line)?;
        self.buffer.push(b'\n');
        self.hash.update(&self.buffer);
        self.lines += 1;
        self.out.write_all(&self.buffer)
    }
}

pub(super) fn hex(hash: &Xxh3) -> Text {
    Text::from(format!("{:032x}", hash.digest128()))
}
