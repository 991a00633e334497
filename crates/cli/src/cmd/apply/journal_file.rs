//! Journal files: each line on disk before what it announces is done, one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use unbridge_model::journal::{FORMAT, JournalStore, StoreError, Written};

use crate::error::Failure;
use crate::place;

/// A journal file that this process alone appends to.
#[derive(Debug)]
pub(super) struct JournalFile {
    file: File,
}

impl JournalFile {
    /// Makes a journal file where there is none, or none with a whole line: such a run had not
    /// begun.
    pub(super) fn make(path: &Path) -> Result<Self, Failure> {
        refuse_place(path)?;
        let made = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path);
        let mut file = made.map_err(|error| unusable(path, &error))?;
        hold(&file, path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| unusable(path, &error))?;
        if bytes.contains(&b'\n') {
            let what = format!("journal {} was begun meanwhile", path.display());
            return Err(Failure::refused(what).hint("unbridge status PLAN tells what it does"));
        }
        refuse_others(path, &bytes)?;
        file.set_len(0).map_err(|error| unusable(path, &error))?;
        // Only then the name is on disk as well as what it will name.
        sync_folder(path).map_err(|error| unusable(path, &error))?;
        Ok(Self { file })
    }

    /// Opens a journal, and cuts off what was being written when the last process ended.
    pub(super) fn take_up(path: &Path) -> Result<(Self, Written), Failure> {
        refuse_place(path)?;
        let opened = OpenOptions::new().read(true).append(true).open(path);
        let mut file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::usage(format!(
                "there is no journal {}: no run of this plan was begun here",
                path.display()
            ))
            .hint("--journal FILE names another; unbridge apply PLAN begins a run"),
            _ => not_taken_up(path, &error),
        })?;
        hold(&file, path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| not_taken_up(path, &error))?;
        let written = parse(path, &bytes)?;
        let mut cut = || -> io::Result<()> {
            file.set_len(written.whole as u64)?;
            file.seek(SeekFrom::End(0))?;
            file.sync_data()
        };
        cut().map_err(|error| not_taken_up(path, &error))?;
        Ok((Self { file }, written))
    }
}

impl JournalStore for JournalFile {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_data())
            .map_err(|error| StoreError(error.to_string()))
    }
}

/// The journal at a place; `None` when no run was begun there.
pub(super) fn look(path: &Path) -> Result<Option<Written>, Failure> {
    refuse_place(path)?;
    match fs::read(path) {
        Ok(bytes) if !bytes.contains(&b'\n') => refuse_others(path, &bytes).map(|()| None),
        Ok(bytes) => parse(path, &bytes).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, &error)),
    }
}

/// Puts the journal of a run that is over aside, and tells where it is now.
pub(super) fn put_aside(path: &Path, written: &Written) -> Result<PathBuf, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".jsonl").unwrap_or(&name);
    let aside = path.with_file_name(format!("{stem}.{}.jsonl", written.header.run));
    if aside.exists() {
        let what = format!("{} is in the way of the journal before", aside.display());
        return Err(Failure::usage(what).hint("move it away, or --journal FILE"));
    }
    fs::rename(path, &aside).map_err(|error| unusable(path, &error))?;
    Ok(aside)
}

/// Refuses what can be no journal: a device would be read without end.
fn refuse_place(path: &Path) -> Result<(), Failure> {
    match place::refusal(path) {
        None => Ok(()),
        Some(why) => {
            let what = format!("journal {} cannot be used: {why}", path.display());
            Err(Failure::usage(what).hint("--journal FILE names a place for a file"))
        }
    }
}

/// Refuses a file that holds something else than the beginning of a journal's first line: it would be
/// lost.
fn refuse_others(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let begins = format!("{{\"format\":\"{FORMAT}\",");
    let length = begins.len().min(bytes.len());
    if bytes.get(..length) == begins.as_bytes().get(..length) {
        return Ok(());
    }
    let what = format!("{} holds something else than a journal", path.display());
    Err(Failure::usage(what).hint("--journal FILE names another place"))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Written, Failure> {
    Written::read(bytes).map_err(|error| {
        Failure::usage(format!("journal {}: {error}", path.display()))
            .hint("--journal FILE names another; docs/journal.md says what one holds")
    })
}

fn hold(file: &File, path: &Path) -> Result<(), Failure> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let what = format!("another process is using journal {}", path.display());
            Err(Failure::refused(what).hint("unbridge status PLAN tells what it does"))
        }
        Err(TryLockError::Error(error)) => Err(unusable(path, &error)),
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format!("journal {} cannot be used", path.display()), error)
        .hint("--journal FILE names a place with room that can be written to")
}

/// The same of a journal that has to be this one: a run cannot be gone on with in another file.
fn not_taken_up(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format!("journal {} cannot be used", path.display()), error)
        .hint("let it be read and written to and make room, then the same command")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(held: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.journal.jsonl");
        fs::write(&path, held).expect("a file");
        (folder, path)
    }

    #[test]
    fn a_file_that_holds_something_else_is_left_as_it_is() {
        let header = format!("{{\"format\":\"{FORMAT}\",\"format_version\":1");
        for held in [
            "a note without an end",
            "{}",
            "{\"format\":\"unbridge-plan\",",
            " ",
        ] {
            let (_folder, path) = place(held.as_bytes());
            let looked = look(&path).expect_err("a refusal");
            assert!(looked.to_string().contains("something else"), "{looked}");
            assert_eq!(looked.code, crate::exit::USAGE);
            JournalFile::make(&path).expect_err("a refusal");
            assert_eq!(fs::read(&path).expect("a file"), held.as_bytes());
        }
        // What was being written when a process ended before its run had begun.
        for length in 0..=header.len() {
            let (_folder, path) = place(&header.as_bytes()[..length]);
            assert!(look(&path).expect("none").is_none());
            JournalFile::make(&path).expect("a journal");
            assert_eq!(fs::read(&path).expect("a file"), b"");
        }
    }
}
