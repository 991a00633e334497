//! `unbridge.toml`: the findings that a team has accepted. Owns the file's form and what is said of
//! a wrong one; what an acceptance does is the report's.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;
use unbridge_model::finding::FindingCode;
use unbridge_model::text::Text;
use unbridge_report::view::{Acceptance, Scope, Wildcard};

use crate::args::SettingsArgs;
use crate::error::Failure;
use crate::near::near;
use crate::terminal;

/// The file that is read without being asked for, in the current folder.
const DEFAULT: &str = "unbridge.toml";

const FORM: &str = "an entry is [[accept]] with finding, reason and expires = 2030-12-31, a date \
                    without quotes, and where wanted account, region, nlb, link or api; \
                    docs/reports.md has an example";

/// The acceptances of the file that the flags name, or of the one in the current folder.
pub(crate) fn acceptances(args: &SettingsArgs) -> Result<Vec<Acceptance>, Failure> {
    let path = match &args.config {
        Some(path) => path.as_path(),
        None if args.no_config => return Ok(Vec::new()),
        None => Path::new(DEFAULT),
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if args.config.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(Vec::new());
        }
        Err(error) => {
            let what = format!("settings {} cannot be read: {error}", path.display());
            return Err(
                Failure::usage(what).hint("--config FILE names another file, --no-config none")
            );
        }
    };
    if args.config.is_none() {
        terminal::tell(&format!("settings: {DEFAULT} (--no-config ignores it)"));
    }
    parse(&text).map_err(|wrong| {
        let Wrong { at, what, hint } = wrong;
        let line = line_of(&text, at);
        Failure::usage(format!("{}, line {line}: {what}", path.display())).hint(hint)
    })
}

/// The number of the line in which a byte stands, from 1.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// What is wrong with a file, and at which byte.
#[derive(Debug)]
struct Wrong {
    at: usize,
    what: String,
    hint: String,
}

impl Wrong {
    fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
            hint: FORM.to_owned(),
        }
    }

    fn in_value<T>(value: &Spanned<T>, what: impl Into<String>) -> Self {
        Self::new(value.span().start, what)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    accept: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    finding: Spanned<String>,
    account: Option<Spanned<String>>,
    region: Option<Spanned<String>>,
    nlb: Option<Spanned<String>>,
    link: Option<Spanned<String>>,
    api: Option<Spanned<String>>,
    reason: Spanned<String>,
    expires: Spanned<Datetime>,
}

fn parse(text: &str) -> Result<Vec<Acceptance>, Wrong> {
    let settings: Settings = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Wrong::new(at, error.message())
    })?;
    settings.accept.iter().map(acceptance).collect()
}

fn acceptance(entry: &Entry) -> Result<Acceptance, Wrong> {
    let Entry {
        finding,
        account,
        region,
        nlb,
        link,
        api,
        reason,
        expires,
    } = entry;
    if reason.get_ref().trim().is_empty() {
        return Err(Wrong::in_value(reason, "the reason is blank"));
    }
    Ok(Acceptance {
        finding: code(finding)?,
        scope: Scope {
            account: id(account.as_ref())?,
            region: id(region.as_ref())?,
            nlb: wildcard("nlb", nlb.as_ref())?,
            link: wildcard("link", link.as_ref())?,
            api: wildcard("api", api.as_ref())?,
        },
        reason: Text::new(reason.get_ref().trim()),
        expires: day(expires)?,
    })
}

fn code(word: &Spanned<String>) -> Result<FindingCode, Wrong> {
    let text = word.get_ref();
    text.parse().map_err(|_| {
        let codes = FindingCode::ALL.iter().map(|code| (*code).into());
        let like = near(text, codes);
        let wrong = Wrong::in_value(word, format!("{text:?} is no finding's code"));
        let hint = if like.is_empty() {
            "docs/findings.md lists the codes".to_owned()
        } else {
            format!("one of: {}", like.join(", "))
        };
        Wrong { hint, ..wrong }
    })
}

fn id<T: std::str::FromStr<Err: std::fmt::Display>>(
    text: Option<&Spanned<String>>,
) -> Result<Option<T>, Wrong> {
    let parse = |text: &Spanned<String>| {
        let parsed = text.get_ref().parse();
        parsed.map_err(|error: T::Err| Wrong::in_value(text, error.to_string()))
    };
    text.map(parse).transpose()
}

fn wildcard(key: &str, text: Option<&Spanned<String>>) -> Result<Option<Wildcard>, Wrong> {
    let parse = |text: &Spanned<String>| {
        if text.get_ref().is_empty() {
            let what = format!("{key} is empty, which no name is; `*` stands for any characters");
            return Err(Wrong::in_value(text, what));
        }
        Ok(Wildcard::new(text.get_ref()))
    };
    text.map(parse).transpose()
}

fn day(expires: &Spanned<Datetime>) -> Result<jiff::civil::Date, Wrong> {
    let Datetime { date, time, offset } = expires.get_ref();
    let whole_day = date.filter(|_| time.is_none() && offset.is_none());
    let day = whole_day.and_then(|date| {
        let year = i16::try_from(date.year).ok()?;
        let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
        jiff::civil::Date::new(year, month, day).ok()
    });
    day.ok_or_else(|| {
        let what = format!(
            "expires is {}, and not a day such as 2026-12-31",
            expires.get_ref()
        );
        Wrong::in_value(expires, what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
[[accept]]
finding = "canary-in-progress"
account = "111122223333"
region = "eu-west-1"
nlb = "checkout-*"
reason = " goes live in June "
expires = 2026-06-30

[[accept]]
finding = "unused-v1-link"
link = "old*"
reason = "kept for the audit"
expires = 2026-12-31
"#;

    #[test]
    fn entries_are_read_with_their_limits() {
        let read = parse(WHOLE).expect("a whole file");
        let [canary, link] = &read[..] else {
            panic!("{read:?}")
        };
        assert_eq!(canary.finding, FindingCode::CanaryInProgress);
        assert_eq!(
            canary.scope.words(),
            ["account 111122223333", "region eu-west-1", "nlb checkout-*"]
        );
        assert_eq!(canary.reason, "goes live in June");
        assert_eq!(canary.expires.to_string(), "2026-06-30");
        assert_eq!(link.scope.words(), ["link old*"]);
        assert!(parse("").expect("nothing is accepted").is_empty());
    }

    /// What is said of the file with one text in it replaced, and on which line.
    fn told(from: &str, to: &str) -> (usize, String, String) {
        assert!(WHOLE.contains(from));
        let text = WHOLE.replacen(from, to, 1);
        let Wrong { at, what, hint } = parse(&text).expect_err("a wrong file");
        (line_of(&text, at), what, hint)
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (from, to, line, words) in [
            ("[[accept]]", "[[accepted]]", 2, "unknown field"),
            ("nlb =", "nbl =", 6, "unknown field `nbl`"),
            (
                "\"canary-in-progress\"",
                "\"canary\"",
                3,
                "no finding's code",
            ),
            (
                "reason = \" goes live in June \"\n",
                "",
                2,
                "missing field `reason`",
            ),
            ("\" goes live in June \"", "\" \"", 7, "the reason is blank"),
            ("expires = 2026-06-30", "", 2, "missing field `expires`"),
            ("2026-06-30", "2026-06-31", 8, ""),
            ("2026-06-30", "\"2026-06-30\"", 8, "invalid type: string"),
            ("2026-06-30", "2026-06-30T10:00:00Z", 8, "not a day"),
            ("2026-06-30", "10:00:00", 8, "not a day"),
            ("2026-06-30", "", 8, ""),
            ("111122223333", "1111", 4, "expected 12 digits"),
            ("eu-west-1", "eu-west", 5, "a region code"),
            ("checkout-*", "", 6, "nlb is empty"),
            (
                "nlb = \"checkout-*\"",
                "nlb = 7",
                6,
                "invalid type: integer",
            ),
        ] {
            let (at, what, hint) = told(from, to);
            assert!(what.contains(words), "{to}: {what}");
            assert!(!what.is_empty() && !what.contains('\n'), "{to}: {what}");
            assert_eq!(at, line, "{to}: {what}");
            assert!(!hint.is_empty());
        }
    }

    #[test]
    fn a_code_that_is_nearly_one_gets_those_that_look_alike() {
        let (_, _, hint) = told("canary-in-progress", "canary-in-progres");
        assert_eq!(hint, "one of: canary-in-progress");
    }
}
