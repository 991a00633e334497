//! The binary at a terminal, and somebody who reads and types.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::harness::{Invocation, Outcome, wait_for};

/// What a terminal sends for Ctrl-C, and for the end of what is typed.
pub(crate) const CTRL_C: &str = "\u{3}";
pub(crate) const CTRL_D: &str = "\u{4}";

/// A run of the binary at a terminal that is wide enough for every line.
pub(crate) struct Terminal {
    child: Child,
    words: Vec<String>,
    keys: File,
    shown: Arc<Mutex<String>>,
    /// Up to where somebody has read.
    read: usize,
}

impl Terminal {
    pub(crate) fn of(invocation: Invocation<'_>) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let screen = openpt(flags).expect("a terminal");
        grantpt(&screen).expect("a terminal");
        unlockpt(&screen).expect("a terminal");
        let line = ioctl_tiocgptpeer(&screen, flags).expect("its other end");
        let size = Winsize {
            ws_row: 50,
            ws_col: 500,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&line, size).expect("a size");
        let end = || Stdio::from(line.try_clone().expect("its other end"));
        // In a session of its own, whose terminal this is: else no key interrupts it.
        let (mut command, words) = invocation.wrapped("setsid", &["--ctty"]);
        command.stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().expect("setsid starts");
        drop(command);
        drop(line);
        let shown = Arc::default();
        collect(screen.try_clone().expect("a screen"), &shown);
        Self {
            child,
            words,
            keys: File::from(screen),
            shown,
            read: 0,
        }
    }

    /// Reads on until these words stand there, and answers with all that stood before them.
    pub(crate) fn reads(&mut self, words: &str) -> String {
        self.reads_one_of(&[words]).1
    }

    /// Reads on until one of these stands there; answers with its number and all that stood before.
    pub(crate) fn reads_one_of(&mut self, all: &[&str]) -> (usize, String) {
        let from = self.read;
        let (number, at) = wait_for("words on the screen", || {
            // Asked first: what was written before the end is then shown.
            let ended = Arc::strong_count(&self.shown) == 1;
            let shown = self.shown();
            let places = all.iter().map(|words| shown[from..].find(words));
            let found = places
                .enumerate()
                .find_map(|(number, at)| Some((number, at?)));
            assert!(
                found.is_some() || !ended,
                "it ended before {all:?}: {shown}"
            );
            found
        });
        self.read = from + at + all[number].len();
        (number, self.shown()[from..from + at].to_owned())
    }

    /// Types something.
    pub(crate) fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("keys");
    }

    /// Types an answer to a question; answers with all that stood before that.
    pub(crate) fn answers(&mut self, question: &str, answer: &str) -> String {
        let before = self.reads(question);
        self.types(&format!("{answer}\n"));
        before
    }

    /// How it ends, and all that was shown.
    pub(crate) fn finish(mut self) -> Outcome {
        let status = wait_for("the end", || self.child.try_wait().expect("a child"));
        // What it wrote last may still be on its way.
        let shown = wait_for("the screen", || {
            (Arc::strong_count(&self.shown) == 1).then(|| self.shown())
        });
        Outcome::at_terminal(std::mem::take(&mut self.words), status, shown)
    }

    fn shown(&self) -> String {
        self.shown.lock().expect("the screen").clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Collects what is shown, without what moves the cursor and draws the bar, until nothing holds the
/// other end.
fn collect(screen: OwnedFd, shown: &Arc<Mutex<String>>) {
    let shown = Arc::clone(shown);
    thread::spawn(move || {
        let mut screen = File::from(screen);
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        // The end shows as an error of the device.
        while let Ok(count @ 1..) = screen.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..count]);
            *shown.lock().expect("the screen") = plain(&String::from_utf8_lossy(&bytes));
        }
    });
}

/// A text without escape sequences and carriage returns.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                // `ESC [`, parameters, and a letter.
                let _ = chars.find(|c| c.is_ascii_alphabetic());
            }
            '\r' => {}
            c => plain.push(c),
        }
    }
    plain
}
