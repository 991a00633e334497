//! Minutes as `CloudWatch` tells them. It publishes a count only where there was something to count:
//! a minute without a value is a zero where another measure of the same thing has one, and else it is
//! unknown and left out.

use std::collections::BTreeMap;

use unbridge_model::usage::Measure;

/// A value for each minute, in order, by measure; `None` where there was no datapoint. An empty
/// series has none at all, and a measure that is not here was not read.
pub type Minutes = BTreeMap<Measure, Vec<Option<f64>>>;

/// Requests, and how many of them had a status.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counted {
    /// How many had it.
    pub hits: f64,
    /// Of how many.
    pub of: f64,
}

impl Counted {
    /// Its share, 0 to 1; 0 of nothing.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of > 0.0 {
            self.hits / self.of
        } else {
            0.0
        }
    }

    pub(super) fn sum(minutes: &[Self]) -> Self {
        minutes.iter().fold(Self::default(), |sum, one| Self {
            hits: sum.hits + one.hits,
            of: sum.of + one.of,
        })
    }
}

fn value(minutes: &Minutes, measure: Measure, minute: usize) -> Option<f64> {
    let value = minutes.get(&measure)?.get(minute).copied().flatten()?;
    (value.is_finite() && value >= 0.0).then_some(value)
}

/// The numbers of the minutes in which anything was counted.
pub(super) fn known(minutes: &Minutes) -> impl Iterator<Item = usize> + '_ {
    let most = minutes.values().map(Vec::len).max().unwrap_or_default();
    (0..most).filter(|minute| {
        let mut measures = minutes.keys();
        measures.any(|measure| value(minutes, *measure, *minute).is_some())
    })
}

/// Requests of one minute: what a sum comes to, or the measure that is no more than it.
fn requests(minutes: &Minutes, sum: &[Measure], least: Measure, minute: usize) -> f64 {
    let of = |measure| value(minutes, measure, minute).unwrap_or_default();
    let sum: f64 = sum.iter().copied().map(of).sum();
    sum.max(of(least))
}

/// All requests of the known minutes.
pub(super) fn total(minutes: &Minutes, sum: &[Measure], least: Measure) -> f64 {
    let all = known(minutes).map(|minute| requests(minutes, sum, least, minute));
    all.sum()
}

/// A status in each known minute; `None` when it was not read.
pub(super) fn counted(
    minutes: &Minutes,
    status: Measure,
    sum: &[Measure],
    least: Measure,
) -> Option<Vec<Counted>> {
    minutes.get(&status)?;
    let one = |minute| {
        let hits = value(minutes, status, minute).unwrap_or_default();
        let of = requests(minutes, sum, least, minute);
        Counted {
            hits,
            // Connections that were rejected are no requests.
            of: of.max(hits),
        }
    };
    let counted = known(minutes).map(one);
    Some(counted.filter(|minute| minute.of > 0.0).collect())
}

/// The values of a measure in the minutes that have one.
fn values(minutes: &Minutes, measure: Measure) -> impl Iterator<Item = f64> + '_ {
    known(minutes).filter_map(move |minute| value(minutes, measure, minute))
}

/// In how many minutes a measure has a value.
pub(super) fn known_of(minutes: &Minutes, measure: Measure) -> usize {
    values(minutes, measure).count()
}

/// The middle of the values; `None` without any.
pub(super) fn median(minutes: &Minutes, measure: Measure) -> Option<f64> {
    let mut values: Vec<f64> = values(minutes, measure).collect();
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    let lower = values.len().saturating_sub(1) / 2;
    Some((values.get(lower)? + values.get(upper)?) / 2.0)
}
