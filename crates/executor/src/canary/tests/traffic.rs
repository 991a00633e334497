//! Made-up traffic, reproducible from a seed.

use std::collections::BTreeMap;

use unbridge_model::id::{LoadBalancerArn, StageName};
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured};

use crate::canary::{Minutes, Place, Seen};

/// Numbers as if by chance: splitmix64.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Above 0, below 1.
    pub(super) fn part(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Of mean 0 and variance 1.
    pub(super) fn normal(&mut self) -> f64 {
        let (angle, length) = (self.part(), self.part());
        (-2.0 * length.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    pub(super) fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 50.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (mut hits, mut left) = (0.0, self.part());
        while left > (-mean).exp() {
            hits += 1.0;
            left *= self.part();
        }
        hits
    }

    pub(super) fn binomial(&mut self, of: f64, share: f64) -> f64 {
        let (mean, variance) = (of * share, of * share * (1.0 - share));
        if variance > 50.0 {
            return (mean + variance.sqrt() * self.normal())
                .round()
                .clamp(0.0, of);
        }
        if share > 0.5 {
            return of - self.binomial(of, 1.0 - share);
        }
        // From gap to gap between two hits.
        let (mut hits, mut at) = (0.0, 0.0);
        loop {
            at += (self.part().ln() / (1.0 - share).ln()).ceil();
            if share <= 0.0 || at > of {
                return hits;
            }
            hits += 1.0;
        }
    }
}

/// How a share moves from minute to minute.
#[derive(Debug, Clone, Copy)]
pub(super) enum Habit {
    /// It does not.
    Steady,
    /// Each minute by so much of itself, by itself.
    Restless(f64),
    /// The same, with what a minute has left over for the next ones.
    Moody(f64),
    /// Every so many minutes one in which it is so many times as large.
    Bursts(usize, f64),
}

/// A stage's callers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Callers {
    pub(super) a_minute: f64,
    /// Share of 4XX answers.
    pub(super) share: f64,
    pub(super) habit: Habit,
}

impl Callers {
    /// So many minutes of a stage, in which a part of the requests goes wrong.
    pub(super) fn minutes(&self, dice: &mut Dice, minutes: usize, wrong: f64) -> Minutes {
        let mut mood = 0.0;
        let mut all = [const { Vec::new() }; 3];
        for _ in 0..minutes {
            let factor = match self.habit {
                Habit::Steady => 1.0,
                Habit::Restless(by) => (by * dice.normal()).exp(),
                Habit::Moody(by) => {
                    mood = 0.6 * mood + 0.8 * by * dice.normal();
                    f64::exp(mood)
                }
                Habit::Bursts(every, by) if dice.part() * (every as f64) < 1.0 => by,
                Habit::Bursts(..) => 1.0,
            };
            let share = (self.share * factor).min(0.9);
            let requests = dice.poisson(self.a_minute);
            let share = share + wrong * (1.0 - share);
            let hits = dice.binomial(requests, share);
            let is_seen = requests > 0.0;
            for (series, value) in all.iter_mut().zip([requests, hits, 0.0]) {
                series.push(is_seen.then_some(value));
            }
        }
        let measures = [Measure::Count, Measure::Count4xx, Measure::Count5xx];
        measures.into_iter().zip(all).collect()
    }
}

pub(super) fn stage_of(before: Minutes, now: Minutes) -> Place {
    Place {
        of: Measured::RestStage {
            api_name: Text::new("orders-api"),
            stage: StageName::new("prod").expect("a stage"),
        },
        name: Text::new("stage prod of orders-api"),
        before,
        now,
    }
}

/// An ALB of which only these measures have values, the same in each minute.
pub(super) fn alb_of(before: (usize, &[(Measure, f64)]), now: (usize, &[(Measure, f64)])) -> Place {
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/orders-alb/1";
    let of = Measured::LoadBalancer(LoadBalancerArn::new(arn).expect("an ARN"));
    let minutes = |(minutes, values): (usize, &[(Measure, f64)])| {
        let mut all: BTreeMap<_, _> = of.watched().iter().map(|one| (*one, Vec::new())).collect();
        for (measure, value) in values {
            all.insert(*measure, vec![Some(*value); minutes]);
        }
        all
    };
    Place {
        name: Text::new("ALB orders-alb"),
        before: minutes(before),
        now: minutes(now),
        of,
    }
}

/// Nothing but places, with a share for the canary.
pub(super) fn seen(share_percent: f64, places: Vec<Place>) -> Seen {
    Seen {
        share_percent,
        places,
        health: Vec::new(),
        namesakes: Vec::new(),
    }
}

/// The first of these minutes.
pub(super) fn first(minutes: &Minutes, count: usize) -> Minutes {
    let cut = minutes.iter().map(|(measure, series)| {
        let series = series.iter().take(count).copied();
        (*measure, series.collect())
    });
    cut.collect()
}
