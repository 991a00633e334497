//! The key of the digests: 32 random bytes that never leave the person's machine.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use unbridge_model::digest::Digester;

use crate::error::Failure;

/// Loads the key, or makes one at the first scan.
pub(crate) fn load(chosen: Option<&Path>) -> Result<Digester, Failure> {
    let path = match chosen {
        Some(path) => path.to_owned(),
        None => default_path()?,
    };
    let shown = path.display().to_string();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(&path).map_err(|e| unusable(&shown, &e))?
        }
        Err(error) => return Err(unusable(&shown, &error)),
    };
    refuse_if_readable_by_others(&path, &shown)?;
    let key = parse(text.trim()).ok_or_else(|| {
        Failure::usage(format!("digest key {shown} does not hold 64 hexadecimal digits"))
            .hint("restore it, or move it away to make a new one; digests of older snapshots then cannot be compared")
    })?;
    Ok(Digester::new(&key))
}

fn unusable(shown: &str, error: &io::Error) -> Failure {
    Failure::io(format!("digest key {shown} cannot be used"), error)
        .hint("choose another place with --digest-key FILE")
}

fn default_path() -> Result<PathBuf, Failure> {
    let under = |variable: &str, rest: &str| {
        let value = std::env::var_os(variable).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value).join(rest))
    };
    let folder = under("XDG_CONFIG_HOME", "unbridge").or_else(|| under("HOME", ".config/unbridge"));
    let none = || {
        Failure::usage("no folder for the digest key: HOME is not set")
            .hint("unbridge scan --digest-key FILE")
    };
    Ok(folder.ok_or_else(none)?.join("digest.key"))
}

/// Written beside its place and linked into it, so that two first scans agree on one key.
fn make(path: &Path) -> io::Result<String> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Temporary files are made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{text}")?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(text),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            fs::read_to_string(path)
        }
        Err(error) => Err(error.error),
    }
}

#[cfg(unix)]
fn refuse_if_readable_by_others(path: &Path, shown: &str) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)
        .map_err(|error| unusable(shown, &error))?
        .permissions()
        .mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "digest key {shown} can be read by others (mode {:o})",
        mode & 0o777
    ))
    .hint(format!("chmod 600 {shown}")))
}

#[cfg(not(unix))]
fn refuse_if_readable_by_others(_: &Path, _: &str) -> Result<(), Failure> {
    Ok(())
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (nth, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * nth..2 * nth + 2)?, 16).ok()?;
    }
    Some(key)
}
