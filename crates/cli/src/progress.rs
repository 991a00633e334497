//! Progress on a terminal: of a scan calls made, rate, time left; of what only computes, how long it
//! has taken.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

#[cfg(feature = "aws")]
pub(crate) use of_scan::Progress;

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

#[cfg(feature = "aws")]
mod of_scan {
    use std::fmt;
    use std::io::{self, IsTerminal};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
    use unbridge_model::gap::GapClass;
    use unbridge_model::id::Region;
    use unbridge_report::safe::printable;
    use unbridge_scanner::scan::{Observer, ScanEvent};

    use super::TICK;

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
            if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
                    let _ = write!(out, "{:.1}/s", state.per_sec());
                };
                bar.set_style(style.with_key("rate", rate));
            }
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
}
