//! Over which time metrics are read, and which of its periods a moment begins.

/// How far usage is read back, in whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookBack(u16);

impl LookBack {
    /// 30 days.
    pub const DEFAULT: Self = Self(30);
    /// As long as `CloudWatch` keeps values of an hour: 455 days
    /// (`CloudWatch` user guide, "Metrics retention").
    pub const LONGEST: Self = Self(455);

    /// A look-back of 1 to 455 days; `None` outside.
    #[must_use]
    pub fn of_days(days: u16) -> Option<Self> {
        (1..=Self::LONGEST.0).contains(&days).then_some(Self(days))
    }

    /// The days.
    #[must_use]
    pub fn days(self) -> u16 {
        self.0
    }
}

impl Default for LookBack {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The time that one value stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A minute, which `CloudWatch` keeps for 15 days.
    Minute,
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
}

impl Period {
    /// Its length in seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }
}

/// A time cut into periods. They begin at multiples of their length since 1970, as `CloudWatch`
/// aligns them. Moments are seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    from: i64,
    until: i64,
    period: Period,
    periods: u32,
}

impl Span {
    /// Queries a call takes.
    const QUERIES: u32 = 500;
    /// Datapoints a call may ask for.
    pub const DATAPOINTS: u32 = 100_800;

    /// The whole hours of the look-back that end before this moment.
    #[must_use]
    pub fn hours_before(moment: i64, look_back: LookBack) -> Self {
        let hour = i64::from(Period::Hour.seconds());
        let until = moment - moment.rem_euclid(hour);
        let periods = u32::from(look_back.0) * 24;
        Self {
            from: until - i64::from(periods) * hour,
            until,
            period: Period::Hour,
            periods,
        }
    }

    /// So many days up to this moment, the day that it is in included.
    #[must_use]
    pub fn days_until(moment: i64, days: u16) -> Self {
        let day = i64::from(Period::Day.seconds());
        let today = moment - moment.rem_euclid(day);
        Self {
            from: today - (i64::from(days) - 1) * day,
            until: moment,
            period: Period::Day,
            periods: u32::from(days),
        }
    }

    /// Every minute of which a part lies between two moments.
    #[must_use]
    pub fn minutes(from: i64, until: i64) -> Self {
        let minute = i64::from(Period::Minute.seconds());
        let from = from - from.rem_euclid(minute);
        let touched = (until - from).max(0) + minute - 1;
        let periods = u32::try_from(touched / minute).unwrap_or(u32::MAX);
        Self {
            from,
            until: from + i64::from(periods) * minute,
            period: Period::Minute,
            periods,
        }
    }

    /// When the first period begins.
    #[must_use]
    pub fn from(self) -> i64 {
        self.from
    }

    /// The first moment after the span.
    #[must_use]
    pub fn until(self) -> i64 {
        self.until
    }

    /// Its periods' length.
    #[must_use]
    pub fn period(self) -> Period {
        self.period
    }

    /// How many periods it has.
    #[must_use]
    pub fn periods(self) -> u32 {
        self.periods
    }

    /// The number of the period that begins at this moment, from 0; `None` when none does.
    #[must_use]
    pub fn index(self, moment: i64) -> Option<u32> {
        let since = moment.checked_sub(self.from)?;
        let period = i64::from(self.period.seconds());
        let index = u32::try_from(since / period).ok()?;
        (since % period == 0 && index < self.periods).then_some(index)
    }

    /// How many queries over this span a call takes: 500 at most, and no more than 100 800
    /// datapoints together (`CloudWatch` API reference, `GetMetricData`).
    #[must_use]
    pub fn queries_a_call(self) -> usize {
        let fit = Self::DATAPOINTS / self.periods.max(1);
        fit.clamp(1, Self::QUERIES) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01 at 10:20:30 UTC.
    const MOMENT: i64 = 1_767_262_830;

    #[test]
    fn hours_end_before_the_moment_and_days_include_its_own() {
        let hours = Span::hours_before(MOMENT, LookBack::DEFAULT);
        assert_eq!(hours.until(), MOMENT - 1230);
        assert_eq!((hours.periods(), hours.from() % 3600), (720, 0));
        assert_eq!(hours.from() + 720 * 3600, hours.until());
        let days = Span::days_until(MOMENT, 60);
        assert_eq!((days.until(), days.periods()), (MOMENT, 60));
        assert_eq!(days.from() + 59 * 86_400, MOMENT - MOMENT % 86_400);
    }

    #[test]
    fn minutes_are_whole_and_all_that_were_touched() {
        let told = |from, until| {
            let span = Span::minutes(MOMENT + from, MOMENT + until);
            (span.from() - MOMENT, span.until() - MOMENT, span.periods())
        };
        // The moment lies half a minute after a whole one.
        assert_eq!(told(0, 1), (-30, 30, 1));
        assert_eq!(told(30, 90), (30, 90, 1));
        assert_eq!(told(30, 91), (30, 150, 2));
        assert_eq!(told(30, 30), (30, 30, 0));
        assert_eq!(told(31, -500), (30, 30, 0));
    }

    #[test]
    fn only_the_beginnings_of_periods_have_a_number() {
        let span = Span::hours_before(MOMENT, LookBack::of_days(1).expect("a day"));
        let at = |since| span.index(span.from() + since);
        assert_eq!(
            (at(0), at(3600), at(23 * 3600)),
            (Some(0), Some(1), Some(23))
        );
        assert_eq!((at(1), at(-3600), at(24 * 3600)), (None, None, None));
        assert_eq!((span.index(i64::MIN), span.index(i64::MAX)), (None, None));
    }

    #[test]
    fn a_look_back_is_what_cloudwatch_keeps() {
        let days = |days| LookBack::of_days(days).map(LookBack::days);
        assert_eq!(
            (days(0), days(1), days(455), days(456)),
            (None, Some(1), Some(455), None)
        );
    }

    #[test]
    fn calls_hold_what_aws_answers_on_a_page() {
        let queries = |days| {
            let look_back = LookBack::of_days(days).expect("a look-back");
            Span::hours_before(MOMENT, look_back).queries_a_call()
        };
        assert_eq!([1, 8, 30, 455].map(queries), [500, 500, 140, 9]);
        assert_eq!(Span::days_until(MOMENT, 60).queries_a_call(), 500);
    }
}
