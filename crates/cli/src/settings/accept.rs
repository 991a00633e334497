//! `[[accept]]`: the findings that a team has accepted. What an acceptance does is the report's.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;
use unbridge_model::finding::FindingCode;
use unbridge_model::text::Text;
use unbridge_report::view::{Acceptance, Scope, Wildcard};

use super::file::{Wrong, parsed};
use crate::near::near;

pub(super) const FORM: &str = "an entry is [[accept]] with finding, reason and expires = 2030-12-31, a date \
     without quotes, and where wanted account, region, nlb, link or api; \
     docs/reports.md has an example";

/// The keys of an entry.
pub(super) const KEYS: [&str; 8] = [
    "account", "api", "expires", "finding", "link", "nlb", "reason", "region",
];

/// An entry as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    finding: Spanned<String>,
    account: Option<Spanned<String>>,
    region: Option<Spanned<String>>,
    nlb: Option<Spanned<String>>,
    link: Option<Spanned<String>>,
    api: Option<Spanned<String>>,
    reason: Spanned<String>,
    expires: Spanned<Datetime>,
}

/// What an entry says.
pub(super) fn acceptance(entry: &Entry) -> Result<Acceptance, Wrong> {
    read(entry).map_err(|wrong| match wrong.hint.starts_with("one of") {
        true => wrong,
        false => wrong.hint(FORM),
    })
}

fn read(entry: &Entry) -> Result<Acceptance, Wrong> {
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
            account: account.as_ref().map(parsed).transpose()?,
            region: region.as_ref().map(parsed).transpose()?,
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
        if like.is_empty() {
            wrong.hint("one of those in docs/findings.md")
        } else {
            wrong.hint(format!("one of: {}", like.join(", ")))
        }
    })
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
