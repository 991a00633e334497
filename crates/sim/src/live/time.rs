//! Virtual time: what happens by itself, and the time of day.

use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::id::{TargetGroupArn, VpcLinkId};
use unbridge_model::text::Text;

use super::world::World;

/// What happens by itself when its time has come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A link is provisioned, or fails.
    LinkProvisioned(VpcLinkId),
    /// A link that is being deleted is gone.
    LinkGone(VpcLinkId),
    /// The network interfaces of a link that was deleted are gone.
    InterfacesGone(VpcLinkId),
    /// A registered target has passed its first health checks.
    TargetHealthy(TargetGroupArn, Text),
}

/// What is due, by time and then by the order of its kind and name.
#[derive(Debug, Clone, Default)]
pub(super) struct Timers(BTreeMap<(Duration, Timer), ()>);

impl Timers {
    pub(super) fn set(&mut self, due: Duration, timer: Timer) {
        self.0.insert((due, timer), ());
    }

    /// Whether something of the kind is under way.
    pub(super) fn has(&self, timer: &Timer) -> bool {
        self.iter().any(|(_, known)| known == timer)
    }

    pub(super) fn cancel(&mut self, timer: &Timer) {
        self.0.retain(|(_, known), ()| known != timer);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Duration, &Timer)> {
        self.0.keys().map(|(due, timer)| (*due, timer))
    }

    fn next_until(&mut self, end: Duration) -> Option<(Duration, Timer)> {
        let first = self.0.first_entry().filter(|first| first.key().0 <= end)?;
        Some(first.remove_entry().0)
    }
}

/// 2026-01-05T09:00:00Z, in seconds since 1970.
const BEGAN: u64 = 1_767_603_600;

/// Virtual time goes no further: a hundred years.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

impl World {
    /// Lets time pass, with everything that happens meanwhile.
    pub(super) fn advance(&mut self, pause: Duration) {
        let end = self.now.saturating_add(pause).min(FAR);
        loop {
            // Links fall asleep by themselves between two timers too.
            let sleeps = self.idle.first_sleep().filter(|at| *at <= end);
            let due = self.timers.iter().next().map(|(due, _)| due);
            match (sleeps, due) {
                (Some(at), due) if due.is_none_or(|due| at < due) => {
                    self.now = self.now.max(at);
                    self.fall_asleep();
                }
                _ => match self.timers.next_until(end) {
                    Some((due, timer)) => {
                        self.now = self.now.max(due);
                        self.fire(&timer);
                    }
                    None => break,
                },
            }
        }
        self.now = end;
        self.forget();
    }

    fn fire(&mut self, timer: &Timer) {
        match timer {
            Timer::LinkProvisioned(link) => self.link_provisioned(link),
            Timer::LinkGone(link) => self.link_gone(link),
            Timer::InterfacesGone(link) => {
                self.lingering.remove(link);
            }
            Timer::TargetHealthy(group, target) => self.target_healthy(group, target),
        }
    }

    /// Drops what no longer has any effect.
    fn forget(&mut self) {
        let now = self.now;
        self.history.forget(now);
        let visible = super::owned::VISIBLE_AFTER;
        self.fresh.retain(|_, made| *made + visible > now);
    }

    /// The time of day, RFC 3339 in UTC.
    pub(super) fn wall(&self) -> Text {
        Text::from(date(BEGAN.saturating_add(self.now.as_secs())))
    }
}

/// RFC 3339 of seconds since 1970.
fn date(seconds: u64) -> String {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| {
        (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let day = days + 1;
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_by_the_calendar() {
        for (seconds, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (BEGAN, "2026-01-05T09:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
        ] {
            assert_eq!(date(seconds), expect);
        }
    }
}
