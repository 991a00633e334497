//! Amounts of money in words.

use rust_decimal::{Decimal, RoundingStrategy};
use unbridge_model::estimate::{Currency, Missing, Range};

/// How many things that are not known are told by name.
const MOST: usize = 4;

/// An amount in whole cents, away from zero where it is half a cent.
pub(crate) fn cents(amount: Decimal) -> String {
    let rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    format!("{rounded:.2}")
}

/// A figure: `18.62`, `18.62 (17.10 to 21.00)`, `0.00 to 2.19`, `at least 16.43`; `None` when nothing
/// of it is known.
pub(crate) fn figure(range: Range) -> Option<String> {
    let low = cents(range.low);
    match (range.expected.map(cents), range.high.map(cents)) {
        (Some(expected), Some(high)) if low == expected && expected == high => Some(expected),
        (Some(expected), Some(high)) => Some(format!("{expected} ({low} to {high})")),
        (Some(expected), None) => Some(format!("{expected} ({low} or more)")),
        (None, Some(high)) => Some(format!("{low} to {high}")),
        (None, None) if range.low.is_zero() => None,
        (None, None) => Some(format!("at least {low}")),
    }
}

/// A figure for a cell: what is expected, else the bounds that are known.
pub(crate) fn brief(range: Range) -> Option<String> {
    match range.expected {
        Some(expected) => Some(cents(expected)),
        None => figure(range),
    }
}

/// A figure with its currency: `18.62 USD`; `an unknown amount` when nothing of it is known.
pub(crate) fn money(range: Range, currency: Currency) -> String {
    match figure(range) {
        Some(figure) => match figure.split_once(' ') {
            Some((first, rest)) if rest.starts_with('(') => format!("{first} {currency} {rest}"),
            Some(_) | None => format!("{figure} {currency}"),
        },
        None => "an unknown amount".to_owned(),
    }
}

/// What is not known, each once: `no price of nlcu-hour in us-west-2; usage was not read`.
pub(crate) fn missing(all: &[Missing]) -> Option<String> {
    let mut told: Vec<String> = all.iter().take(MOST).map(ToString::to_string).collect();
    if all.len() > MOST {
        told.push(format!("+{} more", all.len() - MOST));
    }
    (!told.is_empty()).then(|| told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: &str, expected: Option<&str>, high: Option<&str>) -> Range {
        let amount = |text: &str| text.parse().expect("a decimal");
        Range {
            low: amount(low),
            expected: expected.map(amount),
            high: high.map(amount),
        }
    }

    #[test]
    fn amounts_say_how_far_they_are_known() {
        let usd = |low, expected, high| money(range(low, expected, high), Currency::Usd);
        assert_eq!(usd("18.615", Some("18.615"), Some("18.615")), "18.62 USD");
        assert_eq!(usd("1", Some("2.5"), Some("3")), "2.50 USD (1.00 to 3.00)");
        assert_eq!(usd("0", None, Some("2.19")), "0.00 to 2.19 USD");
        assert_eq!(usd("16.425", None, None), "at least 16.43 USD");
        assert_eq!(usd("0", None, None), "an unknown amount");
        assert_eq!(usd("0", Some("0"), Some("0")), "0.00 USD");
    }
}
