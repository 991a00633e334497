//! Snapshot files: compressed or not, written beside their place and renamed into it when whole.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};
use unbridge_model::snapshot::read::{self, SnapshotError};
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_model::snapshot::{Header, Outcome, Record, Snapshot};
use unbridge_scanner::scan::Sink;

use crate::error::Failure;
use crate::place;

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A report reads thousands of small files, and a larger buffer would be given back to the system
/// after each.
pub(crate) const BUFFER: usize = 64 << 10;
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
    read(BufReader::with_capacity(BUFFER, file)).map_err(|error| {
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

/// Reads a snapshot, compressed or not.
pub(crate) fn read<'r>(input: impl BufRead + 'r) -> Result<Snapshot, SnapshotError> {
    decompressed(input)
        .map_err(SnapshotError::Io)
        .and_then(read::read)
}

fn decompressed<'r>(mut file: impl BufRead + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    if !file.fill_buf()?.starts_with(&ZSTD_MAGIC) {
        return Ok(Box::new(file));
    }
    let mut decoder = zstd::Decoder::with_buffer(file)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    let whole = CutShort {
        input: decoder,
        began: false,
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER, whole)))
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

/// The same, compressed, from its beginning on.
#[cfg(feature = "aws")]
pub(crate) fn compressed<W: Write>(mut plain: impl Read + io::Seek, out: W) -> io::Result<W> {
    plain.rewind()?;
    let mut encoder = zstd::Encoder::new(out, ZSTD_LEVEL)?;
    encoder.include_checksum(true)?;
    io::copy(&mut plain, &mut encoder)?;
    encoder.finish()
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
        check_place(&path)?;
        let writer = Self::open(&path).and_then(|out| SnapshotWriter::begin(out, header));
        let unwritable = |error| unwritable(&path, &error);
        let writer = RefCell::new(writer.map_err(unwritable)?);
        Ok(Self { path, writer })
    }

    fn open(path: &Path) -> io::Result<Output> {
        let file = place::beside(path, &mut tempfile::Builder::new())?;
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
        let file = writer.into_inner().finish(outcome).and_then(Output::whole);
        let file = file.map_err(|error| unwritable(&path, &error))?;
        match file.persist(&path) {
            Ok(_) => Ok(path),
            Err(refused) => Err(unplaced(&path, refused)),
        }
    }
}

fn check_place(path: &Path) -> Result<(), Failure> {
    let Some(why) = place::refusal(path) else {
        return Ok(());
    };
    let shown = path.display();
    let what = format!("snapshot {shown} cannot be written: {why}");
    Err(Failure::unexpected(what).hint(NAME_A_PLACE))
}

const NAME_A_PLACE: &str = "name a writable place with -o FILE";

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(
        format!("snapshot {} cannot be written", path.display()),
        error,
    )
    .hint(NAME_A_PLACE)
}

/// A whole snapshot that could not be put in its place stays where it is: a scan may take hours.
fn unplaced(path: &Path, refused: PersistError) -> Failure {
    let PersistError { error, file } = refused;
    let Ok((_, kept)) = file.keep() else {
        return unwritable(path, &error);
    };
    let (path, kept) = (path.display(), kept.display());
    let what = format!("the snapshot is whole, but in {kept}: it cannot be moved to {path}");
    Failure::io(what, &error).hint(format!("unbridge report --snapshot {kept}"))
}

impl Sink for SnapshotFile {
    fn put(&self, record: Record) -> io::Result<()> {
        self.writer.borrow_mut().record(record)
    }
}

impl Output {
    /// The file with everything that was written, on disk.
    fn whole(self) -> io::Result<NamedTempFile> {
        let out = match self {
            Self::Plain(out) => out,
            Self::Zstd(encoder) => encoder.finish()?,
        };
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok(file)
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

#[cfg(test)]
mod tests {
    use unbridge_model::id::AccountId;
    use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION};
    use unbridge_model::text::Text;

    use super::*;

    fn header() -> Header {
        Header {
            format: Text::new(FORMAT),
            format_version: FORMAT_VERSION,
            tool_version: Text::new("0.0.0"),
            account: AccountId::new("123456789012").expect("an account"),
            caller: Text::new("arn:aws:iam::123456789012:user/test"),
            regions: Vec::new(),
            started_at: Text::new("2026-01-01T00:00:00Z"),
            digest_key: Text::new("0"),
        }
    }

    #[test]
    fn a_name_that_no_file_can_have_is_refused_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |name: &str, words: &str| {
            let begun = SnapshotFile::begin(folder.path().join(name), &header());
            let failure = begun.err().expect("a refusal");
            assert_eq!(failure.code, crate::exit::UNEXPECTED);
            assert!(failure.to_string().contains(words), "{failure}");
        };
        check("", "it is a folder");
        check("..", "it is a folder");
        check("there-is-none/", "it names no file");
        check("there-is-none/..", "it names no file");
        let left = std::fs::read_dir(folder.path()).expect("the folder");
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn a_snapshot_that_cannot_be_put_in_its_place_is_kept_and_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("account.jsonl");
        let file = SnapshotFile::begin(path.clone(), &header()).expect("a file");
        std::fs::create_dir(&path).expect("something else in its place");
        let failure = file.finish(Outcome::Finished).expect_err("no place");
        assert_eq!(failure.code, crate::exit::UNEXPECTED);
        let kept = std::fs::read_dir(folder.path())
            .expect("the folder")
            .map(|entry| entry.expect("an entry").path())
            .find(|entry| *entry != path)
            .expect("the file");
        let told = failure.to_string();
        assert!(told.contains(&kept.display().to_string()), "{told}");
        assert!(load(&kept).is_ok());
    }
}
