//! Times of a journal, as people read them. A journal's times are texts: one that is none is shown as
//! it stands, and nothing is counted with it.

use jiff::Timestamp;
use unbridge_model::text::Text;

use crate::layout::count;
use crate::plan::roughly;
use crate::words;

/// The moment that a text names.
pub(super) fn moment(at: &Text) -> Option<Timestamp> {
    at.parse().ok()
}

/// `2026-01-05 09:00:00`, in UTC.
pub(super) fn clock(at: &Text) -> String {
    match moment(at) {
        Some(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        None => words::name(at),
    }
}

/// `2026-01-05 09:00:00 UTC, 41 min ago`; how long ago only when that is known and not negative.
pub(super) fn with_age(at: &Text, now: &Text) -> String {
    let clock = clock(at);
    match seconds_between(at, now) {
        Some(seconds) => format!("{clock} UTC, {} ago", long(seconds)),
        None => format!("{clock} UTC"),
    }
}

/// Seconds from one moment to a later one; `None` when the first is not the earlier one.
pub(super) fn seconds_between(from: &Text, to: &Text) -> Option<u64> {
    u64::try_from(moment(to)?.as_second() - moment(from)?.as_second()).ok()
}

/// A moment as text.
pub(super) fn text(moment: Timestamp) -> Text {
    Text::from(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A time that may be days.
pub(super) fn long(seconds: u64) -> String {
    const DAY: u64 = 86_400;
    match usize::try_from(seconds / DAY) {
        Ok(days @ 2..) => count(days, "day", "days"),
        Ok(_) | Err(_) => roughly(seconds),
    }
}
