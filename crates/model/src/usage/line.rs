//! Reading usage from a line of a snapshot: numbers by the million, which is what takes the time of
//! loading one.
//!
//! It reads what this tool writes. A line of any other form is left to the reader of all records,
//! which also says what is wrong with it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::{LookBack, Measure, Usage};
use crate::snapshot::{Line, Record};

type Values = Vec<Option<f64>>;

/// The usage that a line holds; `None` when it holds something else, or in another form.
pub(crate) fn of_line(line: &str) -> Option<Usage> {
    const SERIES: &str = ",\"series\":{";
    if !line.starts_with("{\"record\":{\"usage\":{") {
        return None;
    }
    // A quote within a text has a backslash before it, so this is a key.
    let (head, series) = line.split_at(line.find(SERIES)?);
    let head = format!("{head}{SERIES}}}}}}}}}");
    let Ok(Line::Record(Record::Usage(mut usage))) = serde_json::from_str(&head) else {
        return None;
    };
    let mut text = Bytes(&series.as_bytes()[SERIES.len()..]);
    usage.series = text.series(usage.periods as usize)?;
    (text.0.trim_ascii_end() == b"}}}").then_some(usage)
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn first(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn take(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// The pairs of an object, and its end.
    fn series(&mut self, periods: usize) -> Option<BTreeMap<Measure, Values>> {
        let mut series = BTreeMap::new();
        if self.first()? == b'}' {
            self.take(b"}")?;
            return Some(series);
        }
        loop {
            let measure = self.measure()?;
            self.take(b":[")?;
            if series.insert(measure, self.values(periods)?).is_some() {
                return None;
            }
            match self.first()? {
                b',' => self.take(b",")?,
                _ => break,
            }
        }
        self.take(b"}")?;
        Some(series)
    }

    fn measure(&mut self) -> Option<Measure> {
        self.take(b"\"")?;
        let end = self.0.iter().position(|byte| *byte == b'"')?;
        let name = std::str::from_utf8(&self.0[..end]).ok()?;
        self.0 = &self.0[end + 1..];
        let name: StrDeserializer<'_, Error> = name.into_deserializer();
        Measure::deserialize(name).ok()
    }

    /// The items of an array, and its end.
    fn values(&mut self, periods: usize) -> Option<Values> {
        if self.first()? == b']' {
            self.take(b"]")?;
            return Some(Vec::new());
        }
        // What a file claims takes no more memory than what it may hold.
        let most = usize::from(LookBack::LONGEST.days()) * 24;
        let mut values = Vec::with_capacity(periods.min(most).min(self.0.len() / 2 + 1));
        loop {
            let value = match self.first()? {
                b'n' => {
                    self.take(b"null")?;
                    None
                }
                _ => Some(self.number()?),
            };
            values.push(value);
            let (next, rest) = self.0.split_first()?;
            self.0 = rest;
            match next {
                b',' => {}
                b']' => return Some(values),
                _ => return None,
            }
        }
    }

    /// A number as JSON has it.
    fn number(&mut self) -> Option<f64> {
        let all = self.0;
        let minus = self.take(b"-").is_some();
        let mut number = Decimal::default();
        let before = self.0;
        self.digits(&mut number);
        match before.len() - self.0.len() {
            0 => return None,
            1 => {}
            _ if before[0] == b'0' => return None,
            _ => {}
        }
        if self.take(b".").is_some() {
            let fraction = self.0.len();
            self.digits(&mut number);
            let places = fraction - self.0.len();
            if places == 0 {
                return None;
            }
            number.exponent = -i32::try_from(places).ok()?;
        }
        if matches!(self.first()?, b'e' | b'E') {
            self.0 = &self.0[1..];
            number.exponent += self.exponent()?;
        }
        let value = match number.exactly() {
            Some(value) if minus => -value,
            Some(value) => value,
            None => {
                let digits = &all[..all.len() - self.0.len()];
                let value = std::str::from_utf8(digits).ok()?.parse().ok()?;
                return f64::is_finite(value).then_some(value);
            }
        };
        Some(value)
    }

    fn digits(&mut self, number: &mut Decimal) {
        let mut rest = self.0;
        while let [byte @ b'0'..=b'9', more @ ..] = rest {
            number.digits = number
                .digits
                .wrapping_mul(10)
                .wrapping_add(u64::from(byte - b'0'));
            // Zeros before the first digit are none.
            number.count += u32::from(number.digits > 0);
            rest = more;
        }
        self.0 = rest;
    }

    fn exponent(&mut self) -> Option<i32> {
        let minus = self.take(b"-").is_some();
        if !minus {
            let _ = self.take(b"+");
        }
        let mut number = Decimal::default();
        let before = self.0.len();
        self.digits(&mut number);
        if !(1..=4).contains(&(before - self.0.len())) {
            return None;
        }
        let exponent = i32::try_from(number.digits).ok()?;
        Some(if minus { -exponent } else { exponent })
    }
}

/// Digits, and how many places they are shifted.
#[derive(Debug, Clone, Copy, Default)]
struct Decimal {
    digits: u64,
    /// Of the digits.
    count: u32,
    exponent: i32,
}

impl Decimal {
    /// The nearest float, when one operation gives it: both operands are floats exactly. `None`
    /// when it takes more.
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    fn exactly(self) -> Option<f64> {
        const POWERS: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
        ];
        if self.count > 15 {
            return None;
        }
        let power = POWERS.get(self.exponent.unsigned_abs() as usize)?;
        let digits = self.digits as f64;
        Some(if self.exponent < 0 {
            digits / power
        } else {
            digits * power
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = r#"{"record":{"usage":{"region":"eu-west-1","of":{"http_stage":{"api_id":"a,\"series\":{","stage":"s"}},"from":"2026-01-01T00:00:00Z","period":3600,"periods":3"#;

    /// The same, but for the last digit of numbers that have too many.
    fn same(usage: &Usage, all: &Usage) {
        assert!(usage.series.keys().eq(all.series.keys()));
        for (one, other) in usage.series.values().zip(all.series.values()) {
            assert_eq!(one.len(), other.len());
            for pair in one.iter().zip(other) {
                match pair {
                    (Some(one), Some(other)) => {
                        assert!((one - other).abs() <= one.abs() * 1e-15, "{one} {other}");
                    }
                    (one, other) => assert_eq!(one, other),
                }
            }
        }
        let without = |usage: &Usage| Usage {
            series: BTreeMap::new(),
            ..usage.clone()
        };
        assert_eq!(without(usage), without(all));
    }

    /// Whether it was read here, and read as all records are.
    fn read(series: &str) -> bool {
        let line = format!("{HEAD},\"series\":{series}}}}}}}\n");
        let all = serde_json::from_str::<Line>(&line);
        match (of_line(&line), all) {
            (Some(usage), Ok(Line::Record(Record::Usage(all)))) => {
                same(&usage, &all);
                true
            }
            (Some(_), Ok(_)) => panic!("{series}: another record"),
            (None, _) => false,
            (Some(_), Err(error)) => panic!("{series}: {error}"),
        }
    }

    #[test]
    fn what_this_tool_writes_is_read_here() {
        assert!(read("{}"));
        assert!(read(r#"{"count":[],"latency-p95":[null]}"#));
        assert!(read(r#"{"count":[1.0,null,20],"target-2xx":[0,0.0,0.5]}"#));
        assert!(read(
            r#"{"count":[-1.5,1e3,2.5E-7,3e+0,123456789012345.0]}"#
        ));
        assert!(read(r#"{"count":[0.00012555405388715541,1e22,1e23]}"#));
        assert!(read(
            r#"{"count":[340282346638528859811704183484516925440.0]}"#
        ));
    }

    #[test]
    fn what_is_no_list_of_numbers_is_left_to_the_reader_of_all_records() {
        let refused = [
            "",
            "[",
            "[]]",
            "[,]",
            "[1,]",
            "[,1]",
            "[01]",
            "[1.]",
            "[.5]",
            "[+1]",
            "[-]",
            "[1e]",
            "[1e99999]",
            "[nul]",
            "[nulll]",
            "[true]",
            "[\"1\"]",
            "[1 2]",
            "[NaN]",
            "[1e999]",
            "[--1]",
            "[1.5.2]",
            "[1e1.5]",
            "{}",
            "null",
        ];
        for values in refused {
            assert!(!read(&format!("{{\"count\":{values}}}")), "{values}");
        }
        for series in [
            "",
            "{",
            "{\"count\":[1],}",
            "{\"other\":[1]}",
            "[]",
            "{}}",
            "{},\"x\":{}",
        ] {
            assert!(!read(series), "{series}");
        }
        assert!(!read(r#"{"count":[1],"count":[2]}"#), "twice");
    }

    #[test]
    fn other_lines_and_lines_of_another_form_are_left_too() {
        assert_eq!(of_line(r#"{"footer":{"series":{}}}"#), None);
        assert_eq!(of_line(""), None);
        let spaced = format!("{HEAD}, \"series\":{{}}}}}}}}\n");
        assert_eq!(of_line(&spaced), None);
    }

    proptest! {
        #[test]
        fn a_number_that_is_written_is_read_as_it_was(
            values in proptest::collection::vec(proptest::option::of(any::<f64>()), 0..20),
        ) {
            let finite = |value: &Option<f64>| value.is_none_or(f64::is_finite);
            let values: Vec<_> = values.into_iter().filter(finite).collect();
            let text = serde_json::to_string(&values).expect("JSON");
            let line = format!("{HEAD},\"series\":{{\"count\":{text}}}}}}}}}\n");
            let usage = of_line(&line).expect("usage");
            prop_assert_eq!(usage.values(Measure::Count), Some(&values[..]));
        }

        #[test]
        fn no_text_is_read_as_something_else_than_it_is(series in "[{}\\[\\],:\"a-z0-9.eE+-]{0,40}") {
            read(&series);
            read(&format!("{{\"count\":[{series}]}}"));
        }
    }
}
