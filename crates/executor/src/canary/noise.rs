//! How much shares vary by themselves, and what stands out from that.

use super::series::Counted;

/// Standard deviations below which the difference falls at most once in a thousand times: 3.09
/// for a normal number, and more for few requests and for what their own dispersion takes.
const ONE_IN_A_THOUSAND: f64 = 3.6;
/// How many times as many requests are looked for at most.
const MOST_TIMES: f64 = 4096.0;

/// What a share has to exceed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    /// Standard deviations of a fail.
    pub(super) deviations: f64,
    /// The smallest rise of a share that fails, 0 to 1.
    pub(super) floor: f64,
    /// The rise that has to be noticed, 0 to 1.
    pub(super) harm: f64,
}

/// A share before and now, and how it varies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    pub(super) before: Counted,
    pub(super) now: Counted,
    minutes_before: f64,
    minutes_now: f64,
    /// Variance before, as a multiple of the binomial one.
    dispersion: f64,
    /// How much of it is more than chance.
    excess: f64,
    /// Variance among the minutes now, as a multiple of the binomial one.
    dispersion_now: f64,
    lasting: f64,
}

impl Noise {
    pub(super) fn of(before: &[Counted], now: &[Counted], lasting_minutes: u32) -> Self {
        let (dispersion, excess) = dispersion(before);
        Self {
            before: Counted::sum(before),
            now: Counted::sum(now),
            minutes_before: before.len() as f64,
            minutes_now: now.len() as f64,
            dispersion,
            excess,
            dispersion_now: self::dispersion(now).0,
            lasting: f64::from(lasting_minutes.max(1)),
        }
    }

    /// The variance of a count over so many minutes, as a multiple of the binomial one.
    fn inflation(&self, minutes: f64) -> f64 {
        let together = self.lasting.min(minutes.max(1.0));
        self.dispersion + self.excess * (together - 1.0)
    }

    /// What requests before and now are divided by.
    fn inflations(&self) -> (f64, f64) {
        let now = self.inflation(self.minutes_now);
        let before = self.inflation(self.minutes_before);
        (before, now.max(self.dispersion_now))
    }

    /// The standard deviation of the difference between the transformed shares.
    fn spread(&self) -> f64 {
        let (before, now) = self.inflations();
        let part = |of: f64, by: f64| 1.0 / (of / by + 0.5);
        (part(self.now.of, now) + part(self.before.of, before)).sqrt()
    }

    /// By how many standard deviations the share is larger now.
    pub(super) fn deviations(&self) -> f64 {
        let (before, now) = self.inflations();
        let scaled = |counted: Counted, by: f64| {
            transformed((counted.hits / by + 0.375) / (counted.of / by + 0.75))
        };
        (scaled(self.now, now) - scaled(self.before, before)) / self.spread()
    }

    fn is_known(&self) -> bool {
        self.now.of > 0.0 && self.before.of > 0.0
    }

    pub(super) fn is_worse(&self, bar: Bar) -> bool {
        let rise = self.now.share() - self.before.share();
        self.is_known() && rise >= bar.floor && self.deviations() >= bar.deviations
    }

    /// Whether the harm would have made it worse, in 999 of 1000 cases.
    pub(super) fn would_notice(&self, bar: Bar) -> bool {
        if !self.is_known() || bar.harm <= 0.0 {
            return false;
        }
        let before = (self.before.hits + 0.375) / (self.before.of + 0.75);
        let risen = |by: f64| transformed((before + by).min(1.0)) - transformed(before);
        let spread = self.spread();
        let needed = (bar.deviations * spread).max(risen(bar.floor));
        // What had gone wrong already does not show when it goes wrong otherwise.
        risen(bar.harm * (1.0 - before)) - needed >= ONE_IN_A_THOUSAND * spread
    }

    /// How many times as many requests, over as many times the minutes, would let it notice; `None`
    /// when more do not help.
    pub(super) fn times_needed(&self, bar: Bar, least_minutes: u32) -> Option<f64> {
        let least = f64::from(least_minutes) / self.minutes_now.max(1.0);
        let would = |times: f64| {
            let longer = Self {
                now: Counted {
                    hits: self.now.hits * times,
                    of: self.now.of * times,
                },
                minutes_now: self.minutes_now * times,
                ..*self
            };
            times >= least && longer.would_notice(bar)
        };
        let mut enough = 1.0;
        while !would(enough) {
            enough *= 2.0;
            if enough > MOST_TIMES {
                return None;
            }
        }
        let mut too_few = enough / 2.0;
        while enough - too_few > 0.05 * enough {
            let middle = (enough + too_few) / 2.0;
            match would(middle) {
                true => enough = middle,
                false => too_few = middle,
            }
        }
        Some(enough)
    }
}

/// The arc sine of the root, twice: its variance is 1 over the number of requests at every share.
fn transformed(share: f64) -> f64 {
    2.0 * share.clamp(0.0, 1.0).sqrt().asin()
}

/// Pearson's statistic over its degrees of freedom, at least 1; and by how much it exceeds what
/// chance makes of 1.
fn dispersion(minutes: &[Counted]) -> (f64, f64) {
    let share = Counted::sum(minutes).share();
    let free = minutes.len().saturating_sub(1) as f64;
    let spread = share * (1.0 - share);
    if free < 1.0 || spread <= 0.0 {
        return (1.0, 0.0);
    }
    let of_one = |minute: &Counted| {
        let expected = minute.of * share;
        (minute.hits - expected).powi(2) / (minute.of * spread)
    };
    let found = minutes.iter().map(of_one).sum::<f64>() / free;
    // A minute's part has the variance 2, and more where it expects few: the kurtosis of the
    // binomial distribution adds (1 - 6 q (1 - q)) / (n q (1 - q)).
    let rare: f64 = minutes
        .iter()
        .map(|minute| (1.0 - 6.0 * spread).max(0.0) / (minute.of * spread))
        .sum();
    let variance = (2.0 + rare / minutes.len() as f64) / free;
    let chance = 1.0 + 2.0 * variance.sqrt();
    (found.max(1.0), (found - chance).max(0.0))
}
