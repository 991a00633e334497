//! What the tests are written with: an emulated AWS, accounts in it, and a desk to run the binary
//! at.

mod binary;
mod emulator;
mod json;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use binary::{Desk, Invocation, Outcome, Running};
pub(crate) use emulator::{Account, Load, Request, emulator};
pub(crate) use json::{Report, Row, list, text};

/// Longer than anything here takes on the slowest machine: what waits longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize()
        .expect("the crate stands in the repository")
}

/// Whether expected files are to be rewritten instead of compared.
pub(crate) fn updates() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// The contents of a file.
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// How much a test does: a number of `tests/budget.toml`.
pub(crate) fn budget(name: &str) -> u32 {
    let text = read(&repository().join("tests/budget.toml"));
    let table: toml::Table = text.parse().expect("TOML");
    let number = table["cases"][name].as_integer().expect("a number");
    u32::try_from(number).expect("a small number")
}

/// Asks until there is an answer.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}");
        thread::yield_now();
    }
}

/// Does the same with many things, a few at a time.
pub(crate) fn for_all<T: Send>(things: impl IntoIterator<Item = T>, act: impl Fn(T) + Sync) {
    const AT_ONCE: usize = 8;
    let waiting: Mutex<Vec<T>> = Mutex::new(things.into_iter().collect());
    let next = || waiting.lock().expect("no panic holds the list").pop();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(thing) = next() {
                    act(thing);
                }
            });
        }
    });
}

/// Characters that move the cursor, change colours or direction, or cannot be seen.
pub(crate) fn misleads(c: char) -> bool {
    let hidden = ('\u{200b}'..='\u{200f}').contains(&c) || ('\u{2060}'..='\u{206f}').contains(&c);
    let turning = ('\u{2028}'..='\u{202e}').contains(&c) || c == '\u{61c}';
    (c.is_control() && c != '\n') || hidden || turning || c == '\u{feff}'
}
