//! The moment and the day on which something is told: the one place of `cli` besides scans and runs
//! that asks the clock.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::Failure;

/// What sets the day for reports that are to come out the same tomorrow
/// (<https://reproducible-builds.org/specs/source-date-epoch/>).
const FIXED: &str = "SOURCE_DATE_EPOCH";

/// Today in UTC, or the day that `SOURCE_DATE_EPOCH` names.
pub(crate) fn today() -> Result<Date, Failure> {
    Ok(now()?.to_zoned(TimeZone::UTC).date())
}

/// Now, or the moment that `SOURCE_DATE_EPOCH` names.
pub(crate) fn now() -> Result<Timestamp, Failure> {
    match std::env::var_os(FIXED) {
        None => Ok(Timestamp::now()),
        Some(told) => {
            let seconds = told.to_str().and_then(|text| text.parse().ok());
            let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
            time.ok_or_else(|| {
                Failure::usage(format!("{FIXED} is no number of seconds since 1970"))
                    .hint(format!("unset {FIXED}"))
            })
        }
    }
}
