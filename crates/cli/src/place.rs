//! A file's place: whether a file can stand there at all, and how it comes there, which is whole or
//! not at all. Knows nothing of what is in it.

use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile, TempDir};

/// Why no file can ever stand at `path`. Only the end of the work would show it otherwise.
pub(crate) fn refusal(path: &Path) -> Option<&'static str> {
    let last = path.as_os_str().as_encoded_bytes().last();
    let ends_in_slash = last.is_some_and(|byte| std::path::is_separator(char::from(*byte)));
    if path.is_dir() {
        Some("it is a folder")
    } else if ends_in_slash || path.file_name().is_none() {
        Some("it names no file")
    } else if path.exists() && !path.is_file() {
        Some("it is no ordinary file")
    } else {
        None
    }
}

/// A temporary folder beside `path`, to be renamed into it when it is whole.
pub(crate) fn folder_beside(path: &Path) -> io::Result<TempDir> {
    let mut builder = Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o777));
    }
    let folder = folder_of(path)?;
    builder
        .prefix(".unbridge-")
        .suffix(".partial")
        .tempdir_in(folder)
}

/// The folder that `path` stands in, which must be there: otherwise an error would name a temporary
/// file, which nobody chose.
fn folder_of(path: &Path) -> io::Result<&Path> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    std::fs::metadata(folder)?;
    Ok(folder)
}

/// A temporary file beside `path`, to be renamed into it when it is whole.
pub(crate) fn beside(path: &Path, builder: &mut Builder<'_, '_>) -> io::Result<NamedTempFile> {
    let folder = folder_of(path)?;
    builder
        .prefix(".unbridge-")
        .suffix(".partial")
        .tempfile_in(folder)
}
