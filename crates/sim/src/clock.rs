//! Virtual time: a clock whose waits cost nothing, and the executor that moves it.
//!
//! Owns time and the order in which waits end: by deadline, then by who began to wait first. It
//! knows nothing of what is waited for.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use unbridge_model::port::Timer;

/// A clock that stands still while anything can be done, and then jumps to the next deadline.
/// Clones share their time.
#[derive(Clone, Default)]
pub struct VirtualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    now: Duration,
    begun: u64,
    waiting: BTreeMap<Place, Waker>,
}

/// Where a wait stands in the queue: its deadline, then how many waits began before it.
type Place = (Duration, u64);

/// A future waits for something that is no wait of this clock, so it would wait for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlock {
    /// The virtual time at which nothing moved any more.
    pub at: Duration,
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "deadlock at {:?} of virtual time: the future is pending and no wait is under way",
            self.at
        )
    }
}

impl std::error::Error for Deadlock {}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        write!(
            f,
            "VirtualClock({:?}, {} waiting)",
            state.now,
            state.waiting.len()
        )
    }
}

impl VirtualClock {
    /// A clock at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The virtual time that has passed.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.lock().now
    }

    /// Runs a future to its end, as fast as it goes, moving time whenever nothing else can move.
    ///
    /// # Errors
    /// [`Deadlock`] when the future waits for something that no wait of this clock brings.
    pub fn run<F: Future>(&self, future: F) -> Result<F::Output, Deadlock> {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        loop {
            while woken.take() {
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Ok(output);
                }
            }
            if !self.advance() {
                return Err(Deadlock { at: self.now() });
            }
        }
    }

    /// Jumps to the next deadline and wakes all that wait for it; `false` when nobody waits.
    fn advance(&self) -> bool {
        let mut due = Vec::new();
        {
            let mut state = self.lock();
            let Some(&(deadline, _)) = state.waiting.keys().next() else {
                return false;
            };
            state.now = deadline;
            while let Some(first) = state.waiting.first_entry() {
                if first.key().0 > deadline {
                    break;
                }
                due.push(first.remove());
            }
        }
        due.into_iter().for_each(Waker::wake);
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timer for VirtualClock {
    fn now(&self) -> Duration {
        Self::now(self)
    }

    fn wait(&self, pause: Duration) -> impl Future<Output = ()> + Send {
        let mut state = self.lock();
        state.begun += 1;
        Wait {
            place: (state.now.saturating_add(pause), state.begun),
            clock: self.clone(),
            queued: Queued::No,
        }
    }
}

/// Whether a wait stands in its clock's queue.
#[derive(PartialEq, Eq)]
enum Queued {
    Yes,
    No,
}

struct Wait {
    clock: VirtualClock,
    place: Place,
    queued: Queued,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.lock();
        if state.now >= self.place.0 {
            return Poll::Ready(());
        }
        // A wait that is polled again has perhaps moved to another task.
        state
            .waiting
            .entry(self.place)
            .and_modify(|waker| waker.clone_from(context.waker()))
            .or_insert_with(|| context.waker().clone());
        drop(state);
        self.queued = Queued::Yes;
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        // A wait that was given up must not move time.
        if self.queued == Queued::Yes {
            let waker = self.clock.lock().waiting.remove(&self.place);
            drop(waker);
        }
    }
}

struct Woken(AtomicBool);

impl Woken {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use futures::stream::{FuturesUnordered, StreamExt};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn waits_end_by_deadline_and_then_by_who_came_first() {
        let clock = VirtualClock::new();
        let pauses = [30, 10, 20, 10, 0];
        let ended: Vec<_> = clock
            .run(async {
                let waits: FuturesUnordered<_> = pauses
                    .iter()
                    .enumerate()
                    .map(|(number, pause)| {
                        let wait = clock.wait(MS * *pause);
                        let clock = &clock;
                        async move {
                            wait.await;
                            (number, clock.now())
                        }
                    })
                    .collect();
                waits.collect().await
            })
            .expect("no deadlock");
        let expect = [(4, 0), (1, 10), (3, 10), (2, 20), (0, 30)];
        assert_eq!(ended, expect.map(|(number, ms)| (number, MS * ms)));
    }

    #[test]
    fn joined_futures_share_time() {
        let clock = VirtualClock::new();
        let (short, long) = clock
            .run(async {
                futures::join!(
                    async {
                        clock.wait(MS * 10).await;
                        clock.wait(MS * 10).await;
                        clock.now()
                    },
                    async {
                        clock.wait(MS * 100).await;
                        clock.now()
                    }
                )
            })
            .expect("no deadlock");
        assert_eq!((short, long), (MS * 20, MS * 100));
    }

    #[test]
    fn hundreds_of_thousands_of_waits_take_no_time() {
        let clock = VirtualClock::new();
        let sum = clock
            .run(async {
                let tasks: FuturesUnordered<_> = (0..1000_u32)
                    .map(|task| {
                        let clock = clock.clone();
                        async move {
                            for step in 0..300 {
                                clock.wait(MS * (1 + (task * 7 + step) % 13)).await;
                            }
                            1_u32
                        }
                    })
                    .collect();
                tasks.fold(0, |sum, one| async move { sum + one }).await
            })
            .expect("no deadlock");
        assert_eq!(sum, 1000);
        assert!(clock.now() >= MS * 300);
    }

    #[test]
    fn a_wait_given_up_moves_nothing() {
        let clock = VirtualClock::new();
        clock
            .run(async {
                let long = pin!(clock.wait(MS * 1000));
                let short = pin!(clock.wait(MS));
                futures::future::select(long, short).await;
            })
            .expect("no deadlock");
        assert_eq!(clock.now(), MS);
        assert!(clock.lock().waiting.is_empty());
    }

    #[test]
    fn waiting_for_nothing_is_a_deadlock() {
        let clock = VirtualClock::new();
        let outcome = clock.run(async {
            clock.wait(MS).await;
            std::future::pending::<()>().await;
        });
        assert_eq!(outcome, Err(Deadlock { at: MS }));
    }
}
