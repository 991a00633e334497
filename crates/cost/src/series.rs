//! From hourly series to what a month takes.

use unbridge_model::estimate::HOURS_OF_A_MONTH;

/// Full days from which on a look-back is taken to have seen the usual: two weeks.
pub(crate) const DAYS_ENOUGH: usize = 14;

/// What a month takes, from hourly values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Month {
    /// As on a quiet day: the tenth percentile of the daily sums.
    pub(crate) low: f64,
    /// As on average.
    pub(crate) expected: f64,
    /// As on a busy day: the ninetieth percentile.
    pub(crate) high: f64,
    /// Full days that were looked at.
    pub(crate) days: usize,
}

/// What a month of these hours takes. An hour without value had nothing.
pub(crate) fn month(hours: &[f64]) -> Month {
    let in_a_month = f64::from(HOURS_OF_A_MONTH);
    if hours.is_empty() {
        return Month {
            low: 0.0,
            expected: 0.0,
            high: 0.0,
            days: 0,
        };
    }
    let mut days: Vec<f64> = hours.chunks_exact(24).map(|day| day.iter().sum()).collect();
    days.sort_by(f64::total_cmp);
    let expected = mean(hours) * in_a_month;
    let as_on = |percent: usize| {
        let rank = (days.len() * percent).div_ceil(100).max(1);
        days.get(rank - 1).map(|day| day * in_a_month / 24.0)
    };
    Month {
        // One day like no other may move the mean past a percentile.
        low: as_on(10).map_or(expected, |low| low.min(expected)),
        expected,
        high: as_on(90).map_or(expected, |high| high.max(expected)),
        days: days.len(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "hours of some years at most")]
fn mean(hours: &[f64]) -> f64 {
    hours.iter().sum::<f64>() / hours.len() as f64
}

/// The values, without the time before the first one: what always has a value did not exist yet.
pub(crate) fn since_first(values: &[Option<f64>]) -> Vec<f64> {
    let first = values.iter().position(Option::is_some);
    let values = first.map_or(&[][..], |first| &values[first..]);
    values.iter().map(|value| seen(*value)).collect()
}

/// A value; nothing for what is no amount.
pub(crate) fn seen(value: Option<f64>) -> f64 {
    value
        .filter(|value| value.is_finite() && *value > 0.0)
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(levels: &[f64]) -> Vec<f64> {
        levels.iter().flat_map(|level| [*level; 24]).collect()
    }

    #[test]
    fn a_level_is_a_month_of_itself() {
        let month = month(&days(&[2.0; 30]));
        let all = [month.low, month.expected, month.high];
        assert!(
            all.iter().all(|units| (units - 1460.0).abs() < 1e-9),
            "{all:?}"
        );
        assert_eq!(month.days, 30);
    }

    #[test]
    fn quiet_and_busy_days_are_the_bounds() {
        let levels: Vec<f64> = (1..=10).map(f64::from).collect();
        let month = month(&days(&levels));
        assert!((month.low - 730.0).abs() < 1e-9);
        assert!((month.expected - 5.5 * 730.0).abs() < 1e-6);
        assert!((month.high - 9.0 * 730.0).abs() < 1e-6);
    }

    #[test]
    fn one_day_like_no_other_stays_within_the_bounds() {
        let mut levels = [0.0; 30];
        levels[7] = 300.0;
        let month = month(&days(&levels));
        assert!(month.low <= month.expected && month.expected <= month.high);
        assert!((month.expected - 7300.0).abs() < 1e-6);
    }

    #[test]
    fn hours_that_make_no_day_have_no_bounds_but_their_mean() {
        let month = month(&[1.0; 5]);
        assert!((month.low - 730.0).abs() < 1e-9 && (month.high - 730.0).abs() < 1e-9);
        assert_eq!(month.days, 0);
    }

    #[test]
    fn the_time_before_the_first_value_does_not_count() {
        let none: [Option<f64>; 3] = [None; 3];
        assert!(since_first(&none).is_empty());
        assert_eq!(
            since_first(&[None, Some(1.0), None, Some(-1.0)]),
            [1.0, 0.0, 0.0]
        );
    }
}
