//! Writing a snapshot line by line, as it is read.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::{Footer, Header, Line, Outcome, Record};
use crate::text::Text;

/// Writes the lines of a snapshot; the footer makes it whole.
pub struct SnapshotWriter<W: Write> {
    out: W,
    hash: Sha256,
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
            hash: Sha256::new(),
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
        let sha256 = hex(&std::mem::take(&mut self.hash).finalize());
        self.line(&Line::Footer(Footer {
            outcome,
            lines: self.lines,
            sha256,
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

pub(super) fn hex(bytes: &[u8]) -> Text {
    Text::from(
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
    )
}
