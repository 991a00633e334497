//! A journal in memory, on a machine that crashes.

use std::cell::RefCell;
use std::rc::Rc;

use unbridge_model::journal::{JournalStore, StoreError};

/// When, around the writing of a line, a machine crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Nothing of the line is on disk.
    Before,
    /// Half of it is.
    Torn,
    /// All of it is.
    After,
}

/// A crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Crash {
    /// At this line, counted from 0 over all that this store writes.
    pub line: u32,
    /// When.
    pub moment: Moment,
}

/// A journal's lines in memory. Clones share them.
///
/// After a crash nothing can be written any more, as a process that has ended writes nothing: that
/// is how a crash looks from inside a run that does nothing without its journal. The text lives on.
#[derive(Debug, Clone, Default)]
pub struct CrashingStore(Rc<RefCell<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    text: String,
    lines: u32,
    crash_at: Option<Crash>,
    machine: Machine,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Machine {
    #[default]
    Running,
    Crashed,
}

impl CrashingStore {
    /// An empty journal; the machine crashes there, or never.
    #[must_use]
    pub fn new(crash_at: Option<Crash>) -> Self {
        Self::holding(String::new(), crash_at)
    }

    /// A journal that holds this already and is gone on with. A line that was torn is cut off, as
    /// who takes up a journal does. Lines are counted from 0 anew.
    #[must_use]
    pub fn holding(mut text: String, crash_at: Option<Crash>) -> Self {
        text.truncate(text.rfind('\n').map_or(0, |at| at + 1));
        Self(Rc::new(RefCell::new(Kept {
            text,
            lines: 0,
            crash_at,
            machine: Machine::Running,
        })))
    }

    /// What is on disk, a torn line included.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.borrow().text.clone()
    }

    /// Lines that were to be written so far, that of the crash included.
    #[must_use]
    pub fn lines(&self) -> u32 {
        self.0.borrow().lines
    }

    /// Whether the machine has crashed.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.0.borrow().machine == Machine::Crashed
    }
}

impl JournalStore for CrashingStore {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        let mut kept = self.0.borrow_mut();
        let crashed = || StoreError("the machine has crashed".to_owned());
        if kept.machine == Machine::Crashed {
            return Err(crashed());
        }
        let number = kept.lines;
        kept.lines += 1;
        let Some(crash) = kept.crash_at.filter(|crash| crash.line == number) else {
            kept.text.push_str(line);
            return Ok(());
        };
        kept.machine = Machine::Crashed;
        match crash.moment {
            Moment::Before => {}
            Moment::Torn => {
                let half = line.chars().take(line.chars().count() / 2);
                kept.text.extend(half);
            }
            Moment::After => kept.text.push_str(line),
        }
        Err(crashed())
    }
}
