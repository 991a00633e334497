//! Progress on a terminal: of a scan and of a rehearsal how much is done, rate, time left; of what
//! else computes, how long it has taken.

use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

#[cfg(feature = "aws")]
pub(crate) use of_scan::{Many, Progress};

/// What is over sooner shows no progress.
const SOON: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(100);

/// Does what may take long; a terminal is told meanwhile that it goes on.
pub(crate) fn during<T>(what: &'static str, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        scope.spawn(move || {
            if is_done.recv_timeout(SOON) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
                bar.set_style(style);
            }
            let bar = bar.with_message(what).with_elapsed(SOON);
            bar.enable_steady_tick(TICK);
            let _ = is_done.recv();
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

/// A bar that says how much is done of something that is counted, at which rate, and how long the
/// rest takes.
fn counted(template: &str, bar: &ProgressBar) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{:.1}/s", state.per_sec());
        };
        bar.set_style(style.with_key("rate", rate));
    }
}

/// A progress bar over the runs of a rehearsal; silent when stderr is no terminal.
pub(crate) struct Runs(ProgressBar);

impl Runs {
    pub(crate) fn start() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        counted(
            "{spinner} {pos}/{len} runs, {rate}, {eta} left  {msg}",
            &bar,
        );
        Self(bar)
    }

    /// So many of so many runs are done, under this setting of so many.
    pub(crate) fn are(&self, done: u64, known: u64, (setting, settings): (usize, usize)) {
        self.0.set_length(known);
        self.0.set_position(done);
        self.0
            .set_message(format!("rehearsing setting {setting} of {settings}"));
        show_if_it_takes_long(&self.0);
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// A progress bar over things that are counted; silent when stderr is no terminal, or when it is over
/// soon.
pub(crate) struct Counted(ProgressBar);

impl Counted {
    pub(crate) fn start(what: &str, of: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(of as u64), ProgressDrawTarget::hidden());
        let template = format!("{{spinner}} {{pos}}/{{len}} {what}, {{rate}}, {{eta}} left");
        counted(&template, &bar);
        Self(bar)
    }

    pub(crate) fn one_more(&self) {
        self.0.inc(1);
        show_if_it_takes_long(&self.0);
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

fn show_if_it_takes_long(bar: &ProgressBar) {
    if bar.is_hidden() && bar.elapsed() > SOON && io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(TICK);
    }
}

#[cfg(feature = "aws")]
mod of_scan {
    use std::cell::Cell;
    use std::io::{self, IsTerminal};

    use indicatif::{ProgressBar, ProgressDrawTarget};
    use unbridge_model::gap::GapClass;
    use unbridge_model::id::Region;
    use unbridge_report::safe::printable;
    use unbridge_scanner::scan::{Observer, ScanEvent};

    use super::{TICK, counted};
    use crate::terminal;

    /// A progress bar over the calls of a scan, those of the account as a whole included; silent when
    /// stderr is no terminal.
    pub(crate) struct Progress(ProgressBar);

    const TEMPLATE: &str = "{spinner} {pos}/{len} calls, {rate}, {eta} left  {wide_msg}";

    impl Progress {
        pub(crate) fn start(regions: &[Region]) -> Self {
            let target = if io::stderr().is_terminal() {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            };
            let bar = ProgressBar::with_draw_target(Some(0), target);
            counted(TEMPLATE, &bar);
            let what = match regions {
                [region] => region.to_string(),
                regions => format!("{} regions", regions.len()),
            };
            bar.set_message(format!("reading {what}"));
            bar.enable_steady_tick(TICK);
            Self(bar)
        }

        pub(crate) fn end(&self) {
            self.0.finish_and_clear();
        }
    }

    impl Observer for Progress {
        fn on(&self, event: ScanEvent<'_>) {
            match event {
                ScanEvent::Planned(_) => self.0.inc_length(1),
                ScanEvent::Answered(call) => {
                    self.0.inc(1);
                    self.0.set_message(call.kind().name());
                }
                // Said once, below the table: it was known before the scan.
                ScanEvent::Gap(gap)
                    if matches!(gap.class, GapClass::NotRead | GapClass::Skipped) => {}
                ScanEvent::Gap(gap) => self.0.println(printable(&format!("not read: {gap}"))),
            }
        }
    }

    /// A progress bar over the accounts of a scan.
    pub(crate) struct Many {
        bar: ProgressBar,
        calls: Cell<u64>,
        failed: Cell<usize>,
    }

    const MANY: &str = "{spinner} {pos}/{len} accounts, {rate}, {eta} left  {wide_msg}";

    impl Many {
        pub(crate) fn start(accounts: usize) -> Self {
            let target = if io::stderr().is_terminal() {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            };
            let bar = ProgressBar::with_draw_target(Some(accounts as u64), target);
            counted(MANY, &bar);
            bar.enable_steady_tick(TICK);
            Self {
                bar,
                calls: Cell::default(),
                failed: Cell::default(),
            }
        }

        /// One more account is done; or not, and why not.
        pub(crate) fn one_more(&self, why: Option<&str>) {
            if let Some(why) = why {
                self.failed.set(self.failed.get() + 1);
                self.bar.suspend(|| terminal::tell(&printable(why)));
            }
            self.bar.inc(1);
            self.show();
        }

        fn show(&self) {
            let (calls, failed) = (self.calls.get(), self.failed.get());
            self.bar
                .set_message(format!("{calls} calls, {failed} failed"));
        }

        pub(crate) fn end(&self) {
            self.bar.finish_and_clear();
        }
    }

    impl Observer for Many {
        fn on(&self, event: ScanEvent<'_>) {
            match event {
                // Gaps are told in the report: of thousands of accounts they would fill the terminal.
                ScanEvent::Planned(_) | ScanEvent::Gap(_) => {}
                ScanEvent::Answered(_) => {
                    self.calls.set(self.calls.get() + 1);
                    self.show();
                }
            }
        }
    }
}
