//! Pauses between attempts, until a time is used up.

use std::time::Duration;

use crate::limits::Limits;

/// Shorter pauses than this would be a busy loop.
const LEAST: Duration = Duration::from_millis(100);

/// Pauses that together last a given time.
#[derive(Debug)]
pub(crate) struct Patience {
    left: Duration,
    pause: Duration,
    most: Duration,
}

impl Patience {
    /// Equal pauses.
    pub(crate) fn steady(limit: Duration, limits: &Limits) -> Self {
        Self {
            left: limit,
            pause: limits.poll,
            most: limits.poll,
        }
    }

    /// Pauses that double.
    pub(crate) fn growing(limit: Duration, limits: &Limits) -> Self {
        Self {
            left: limit,
            pause: limits.back_off,
            most: limits.back_off_most,
        }
    }

    /// The next pause, at least as long as was asked for; the last one ends with the limit. `None`
    /// when the time is used up.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        if self.left.is_zero() {
            return None;
        }
        let wanted = self.pause.max(asked.unwrap_or_default()).max(LEAST);
        let pause = wanted.min(self.left);
        self.left = self.left.saturating_sub(pause);
        self.pause = self.pause.saturating_mul(2).min(self.most);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut patience: Patience, asked: Option<Duration>) -> Vec<u64> {
        std::iter::from_fn(|| patience.next(asked))
            .map(|pause| pause.as_secs())
            .collect()
    }

    #[test]
    fn growing_pauses_double_up_to_the_longest_and_end_with_the_limit() {
        let patience = Patience::growing(Duration::from_secs(200), &Limits::default());
        assert_eq!(all(patience, None), [5, 10, 20, 40, 60, 60, 5]);
    }

    #[test]
    fn a_pause_is_as_long_as_aws_asks() {
        let patience = Patience::growing(Duration::from_secs(100), &Limits::default());
        let asked = Some(Duration::from_secs(45));
        assert_eq!(all(patience, asked), [45, 45, 10]);
    }

    #[test]
    fn pauses_of_nothing_end_all_the_same() {
        let limits = Limits {
            poll: Duration::ZERO,
            ..Limits::default()
        };
        let patience = Patience::steady(Duration::from_secs(1), &limits);
        assert_eq!(all(patience, None).len(), 10);
    }
}
