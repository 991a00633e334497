//! `[canary]`: how a canary release is judged (H30). The thresholds are the executor's.

use std::collections::BTreeMap;

use serde_json::json;
use toml::{Spanned, Value};
use unbridge_executor::canary::Thresholds;

use super::file::{Wrong, whole};

/// A key of the table.
struct Key {
    name: &'static str,
    unit: &'static str,
    number: Number,
}

/// Where a threshold stands, and within which bounds.
enum Number {
    /// Above 0, up to this.
    Decimal(f64, fn(&mut Thresholds) -> &mut f64),
    /// The same, but it may be left open.
    Open(f64, fn(&mut Thresholds) -> &mut Option<f64>),
    /// From 1 up to this.
    Whole(i64, fn(&mut Thresholds) -> &mut u32),
}

const KEYS: [Key; 8] = [
    Key {
        name: "base_minutes",
        unit: "min",
        number: Number::Whole(1440, |all| &mut all.base_minutes),
    },
    Key {
        name: "baseline_minutes",
        unit: "min",
        number: Number::Whole(1440, |all| &mut all.baseline_minutes),
    },
    Key {
        name: "beyond_noise",
        unit: "standard deviations",
        number: Number::Decimal(100.0, |all| &mut all.beyond_noise),
    },
    Key {
        name: "floor_percent",
        unit: "%",
        number: Number::Decimal(100.0, |all| &mut all.floor_percent),
    },
    Key {
        name: "harm_percent",
        unit: "%",
        number: Number::Decimal(100.0, |all| &mut all.harm_percent),
    },
    Key {
        name: "lasting_minutes",
        unit: "min",
        number: Number::Whole(1440, |all| &mut all.lasting_minutes),
    },
    Key {
        name: "least_minutes",
        unit: "min",
        number: Number::Whole(1440, |all| &mut all.least_minutes),
    },
    Key {
        name: "latency_p95_rise",
        unit: "ms",
        number: Number::Open(60_000.0, |all| &mut all.latency_p95_rise),
    },
];

/// The keys of the table.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|key| key.name)
}

/// Every value by its key, with its unit; null where it is open.
pub(super) fn values(
    thresholds: Thresholds,
) -> impl Iterator<Item = (&'static str, serde_json::Value, &'static str)> {
    KEYS.iter().map(move |key| {
        let all = &mut { thresholds };
        let value = match key.number {
            Number::Decimal(_, of) => json!(of(all)),
            Number::Open(_, of) => json!(of(all)),
            Number::Whole(_, of) => json!(of(all)),
        };
        (key.name, value, key.unit)
    })
}

/// The table, whose keys are known.
pub(super) fn read(table: &BTreeMap<String, Spanned<Value>>) -> Result<Thresholds, Wrong> {
    let mut thresholds = Thresholds::default();
    for Key { name, number, .. } in &KEYS {
        let Some(value) = table.get(*name) else {
            continue;
        };
        match number {
            Number::Decimal(most, of) => *of(&mut thresholds) = decimal(name, value, *most)?,
            Number::Open(most, of) => *of(&mut thresholds) = Some(decimal(name, value, *most)?),
            Number::Whole(most, of) => {
                let known = value.get_ref().as_integer();
                let integer = known.map(|known| Spanned::new(value.span(), known));
                let none = || {
                    let what = format!("{name} is {}, and not a whole number", value.get_ref());
                    Wrong::in_value(value, what)
                };
                *of(&mut thresholds) = whole(name, &integer.ok_or_else(none)?, 1..=*most)?;
            }
        }
    }
    Ok(thresholds)
}

fn decimal(key: &str, value: &Spanned<Value>, most: f64) -> Result<f64, Wrong> {
    let number = match value.get_ref() {
        Value::Float(number) => Some(*number),
        // No integer that is in bounds is too long for it.
        Value::Integer(number) => i32::try_from(*number).ok().map(f64::from),
        _ => None,
    };
    let fits = number.filter(|number| *number > 0.0 && *number <= most);
    fits.ok_or_else(|| {
        let what = format!(
            "{key} is {}, and not a number above 0, up to {most}",
            value.get_ref()
        );
        Wrong::in_value(value, what)
    })
}
