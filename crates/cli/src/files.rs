//! Snapshot files: compressed or not, written beside their place and renamed into it when whole.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use unbridge_model::snapshot::read::{self, SnapshotError};
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{Header, Outcome, Record, Snapshot};
use unbridge_scanner::scan::Sink;

use crate::error::Failure;

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Fast, and still a tenth of the plain size.
const ZSTD_LEVEL: i32 = 3;
/// 128 MiB: what the strongest ordinary level needs; more is refused before it is allocated.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Reads a snapshot file, compressed or not.
pub(crate) fn load(path: &Path) -> Result<Snapshot, Failure> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| {
        let what = format!("{shown} cannot be opened: {error}");
        Failure::usage(what).hint("unbridge scan -o FILE writes a snapshot")
    })?;
    let parsed = decompressed(BufReader::with_capacity(1 << 18, file))
        .map_err(SnapshotError::Io)
        .and_then(read::read);
    parsed.map_err(|error| {
        let hint = match error {
            SnapshotError::Newer { .. } => {
                "use the version of unbridge that wrote it, or a newer one"
            }
            SnapshotError::Foreign { .. } => "unbridge scan -o FILE writes a snapshot",
            SnapshotError::Io(_)
            | SnapshotError::TooLong { .. }
            | SnapshotError::Malformed { .. }
            | SnapshotError::Truncated { .. }
            | SnapshotError::Damaged { .. }
            | SnapshotError::BehindFooter { .. }
            | SnapshotError::Contradiction { .. } => "scan again: unbridge scan -o FILE",
        };
        Failure::usage(format!("{shown}: {error}")).hint(hint)
    })
}

fn decompressed(mut file: BufReader<File>) -> io::Result<Box<dyn BufRead>> {
    if !file.fill_buf()?.starts_with(&ZSTD_MAGIC) {
        return Ok(Box::new(file));
    }
    let mut decoder = zstd::Decoder::with_buffer(file)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    let whole = CutShort {
        input: decoder,
        began: false,
    };
    Ok(Box::new(BufReader::with_capacity(1 << 18, whole)))
}

/// A compressed file that ends early is an end, not an error: the missing footer says it better,
/// unless not even the header can be had of it.
struct CutShort<R> {
    input: R,
    began: bool,
}

impl<R: Read> Read for CutShort<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let nothing = "the compressed file ends early, so it is truncated";
                if self.began {
                    Ok(0)
                } else {
                    Err(io::Error::new(error.kind(), nothing))
                }
            }
            // The decoder's own words depend on which byte was hit; the system's do not.
            Err(error) if error.raw_os_error().is_none() => {
                let damaged = "the compressed file is damaged";
                Err(io::Error::new(io::ErrorKind::InvalidData, damaged))
            }
            other => {
                self.began = true;
                other
            }
        }
    }
}

/// A snapshot file while it is written. Nothing stands at its path before [`Self::finish`].
pub(crate) struct SnapshotFile {
    path: PathBuf,
    writer: RefCell<SnapshotWriter<Output>>,
}

enum Output {
    Plain(BufWriter<NamedTempFile>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<NamedTempFile>>>),
}

impl SnapshotFile {
    /// Begins a snapshot that will stand at `path`.
    pub(crate) fn begin(path: PathBuf, header: &Header) -> Result<Self, Failure> {
        let writer = Self::open(&path).and_then(|out| SnapshotWriter::begin(out, header));
        let unwritable = |error| unwritable(&path, &error);
        let writer = RefCell::new(writer.map_err(unwritable)?);
        Ok(Self { path, writer })
    }

    fn open(path: &Path) -> io::Result<Output> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        let file = tempfile::Builder::new()
            .prefix(".unbridge-")
            .suffix(".partial")
            .tempfile_in(folder)?;
        let out = BufWriter::with_capacity(1 << 18, file);
        if path.extension().is_some_and(|extension| extension == "zst") {
            let mut encoder = zstd::Encoder::new(out, ZSTD_LEVEL)?;
            encoder.include_checksum(true)?;
            Ok(Output::Zstd(Box::new(encoder)))
        } else {
            Ok(Output::Plain(out))
        }
    }

    /// Ends the snapshot and puts it in its place.
    pub(crate) fn finish(self, outcome: Outcome) -> Result<PathBuf, Failure> {
        let Self { path, writer } = self;
        let placed = writer.into_inner().finish(outcome).and_then(|out| {
            let file = match out {
                Output::Plain(out) => out,
                Output::Zstd(encoder) => encoder.finish()?,
            };
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)
        });
        placed.map_err(|error| unwritable(&path, &error))?;
        Ok(path)
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(
        format!("snapshot {} cannot be written", path.display()),
        error,
    )
    .hint("name a writable place with -o FILE")
}

impl Sink for SnapshotFile {
    fn put(&self, record: Record) -> io::Result<()> {
        self.writer.borrow_mut().record(record)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Zstd(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Zstd(out) => out.flush(),
        }
    }
}
