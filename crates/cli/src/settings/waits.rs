//! `[waits]`: how long a run waits for what.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::Spanned;
use unbridge_executor::Limits;
use unbridge_executor::proof::Patience;

use super::file::{Wrong, whole};

/// The longest wait that can be set, in seconds: a day.
const LONGEST: u32 = 86_400;

/// How long a run waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waits {
    /// What the executor waits for.
    pub(crate) limits: Limits,
    /// How long CloudWatch takes to show a minute.
    pub(crate) metrics: Duration,
    /// For how long a temporary stage that was just made may answer otherwise.
    pub(crate) arrival: Duration,
    /// The longest that one call waits for its turn at the pace of the plan.
    pub(crate) turn_most: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            metrics: Duration::from_secs(180),
            arrival: Patience::default().within,
            // A plan knows best.
            turn_most: Duration::from_secs(LONGEST.into()),
        }
    }
}

/// Where a wait stands, by its key.
type Of = fn(&mut Waits) -> &mut Duration;

const WAITS: [(&str, Of); 16] = [
    ("arrival", |waits| &mut waits.arrival),
    ("back_off", |waits| &mut waits.limits.back_off),
    ("back_off_most", |waits| &mut waits.limits.back_off_most),
    ("bake_slice", |waits| &mut waits.limits.bake_slice),
    ("drain", |waits| &mut waits.limits.drain),
    ("drain_most", |waits| &mut waits.limits.drain_most),
    ("lost_object", |waits| &mut waits.limits.lost_object),
    ("metrics", |waits| &mut waits.metrics),
    ("not_yet_for", |waits| &mut waits.limits.not_yet_for),
    ("poll", |waits| &mut waits.limits.poll),
    ("settling", |waits| &mut waits.limits.settling),
    ("slow_settling", |waits| &mut waits.limits.slow_settling),
    ("throttled_for", |waits| &mut waits.limits.throttled_for),
    ("turn_most", |waits| &mut waits.turn_most),
    ("undo_within", |waits| &mut waits.limits.undo_within),
    ("unreadable_for", |waits| &mut waits.limits.unreadable_for),
];

/// The keys of the table.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    WAITS.iter().map(|(key, _)| *key)
}

/// Every wait by its key, in whole seconds.
pub(super) fn seconds(waits: Waits) -> impl Iterator<Item = (&'static str, u64)> {
    let seconds = move |of: Of| of(&mut { waits }).as_secs();
    WAITS.iter().map(move |(key, of)| (*key, seconds(*of)))
}

/// The table, whose keys are known.
pub(super) fn read(table: &BTreeMap<String, Spanned<i64>>) -> Result<Waits, Wrong> {
    let mut waits = Waits::default();
    for (key, of) in WAITS {
        if let Some(value) = table.get(key) {
            *of(&mut waits) = Duration::from_secs(whole(key, value, 0..=LONGEST.into())?);
        }
    }
    let Limits {
        back_off,
        back_off_most,
        ..
    } = waits.limits;
    if back_off > back_off_most {
        let named = table.get("back_off_most").or_else(|| table.get("back_off"));
        let at = named.map_or(0, |value| value.span().start);
        let what = format!(
            "back_off is {} s, longer than back_off_most with {} s",
            back_off.as_secs(),
            back_off_most.as_secs()
        );
        return Err(Wrong::new(at, what));
    }
    Ok(waits)
}
