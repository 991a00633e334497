//! Ctrl-C and SIGTERM: told once, the work stops where it can be gone on with; told twice, the
//! process ends at once.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use unbridge_model::port::Waited;

use crate::{exit, terminal};

/// Whether somebody told the process to stop.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    told: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Listens from now on, until the process ends.
    pub(crate) fn listen(runtime: &Handle, how_to_go_on: String) -> Arc<Self> {
        let stop = Arc::new(Self::default());
        let told = Arc::clone(&stop);
        runtime.spawn(async move {
            told_to_stop().await;
            terminal::tell(&format!(
                "stopping after this change, which is not broken off; {how_to_go_on}; once more \
                 ends the program at once"
            ));
            told.tell();
            told_to_stop().await;
            // Every line of the journal is on disk before what it announces.
            terminal::tell(&format!("stopped at once; {how_to_go_on}"));
            std::process::exit(exit::INTERRUPTED.into());
        });
        stop
    }

    fn tell(&self) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Returns when so much time has passed, or somebody told the process to stop.
    pub(crate) fn wait(&self, pause: Duration) -> Waited {
        let until = Instant::now() + pause;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if *told {
                return Waited::Interrupted;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Waited::Passed;
            }
            let woken = self.changed.wait_timeout(told, left);
            told = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Ctrl-C, and what a container is stopped with.
pub(crate) async fn told_to_stop() {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        // Then it ends the work as it ends any program.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_when_somebody_says_stop() {
        let stop = Stop::default();
        assert_eq!(stop.wait(Duration::ZERO), Waited::Passed);
        std::thread::scope(|scope| {
            scope.spawn(|| stop.tell());
            assert_eq!(stop.wait(Duration::from_secs(600)), Waited::Interrupted);
        });
        assert_eq!(stop.wait(Duration::ZERO), Waited::Interrupted);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_terminated_is_told_to_stop() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let mut stop = std::pin::pin!(told_to_stop());
            tokio::select! {
                biased;
                () = &mut stop => panic!("nobody said so yet"),
                () = std::future::ready(()) => {}
            }
            let kill = format!("kill -TERM {}", std::process::id());
            let sent = std::process::Command::new("/bin/sh")
                .args(["-c", &kill])
                .status();
            assert!(sent.expect("a shell").success());
            let told = tokio::time::timeout(Duration::from_secs(10), stop).await;
            assert!(told.is_ok());
        });
    }
}
