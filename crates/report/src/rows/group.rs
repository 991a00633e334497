//! NLBs put together by what they have in common.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use unbridge_model::assessment::NlbAssessment;
use unbridge_model::finding::{Severity, Verdict};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::text::Text;

use super::row::Named;
use super::{GroupBy, Row};
use crate::layout::count;
use crate::view::is_bridge;
use crate::{verdict, words};

/// Before the key of a tag.
const TAG: &str = "tag:";
/// Before the key of an account's tag.
const ACCOUNT_TAG: &str = "account-tag:";
/// What groups are called of which it is not known.
const NOT_KNOWN: &str = "not known";

/// A text that names nothing to put NLBs together by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownGroup(String);

impl fmt::Display for UnknownGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == TAG {
            return f.write_str("a tag's key is missing: write tag:KEY, such as tag:team");
        }
        if self.0 == ACCOUNT_TAG {
            return f.write_str(
                "a tag's key is missing: write account-tag:KEY, such as account-tag:owner",
            );
        }
        write!(
            f,
            "{:?} is none of account, ou, region, verdict, severity, api, tag:KEY and \
             account-tag:KEY",
            self.0
        )
    }
}

impl std::error::Error for UnknownGroup {}

impl FromStr for GroupBy {
    type Err = UnknownGroup;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let key = |before| {
            text.strip_prefix(before)
                .filter(|key: &&str| !key.is_empty())
        };
        match text {
            "account" => Ok(Self::Account),
            "ou" => Ok(Self::Ou),
            "region" => Ok(Self::Region),
            "verdict" => Ok(Self::Verdict),
            "severity" => Ok(Self::Severity),
            "api" => Ok(Self::Api),
            _ => key(TAG)
                .map(|key| Self::Tag(key.into()))
                .or_else(|| key(ACCOUNT_TAG).map(|key| Self::AccountTag(key.into())))
                .ok_or_else(|| UnknownGroup(text.to_owned())),
        }
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("account"),
            Self::Ou => f.write_str("ou"),
            Self::AccountTag(key) => write!(f, "{ACCOUNT_TAG}{key}"),
            Self::Region => f.write_str("region"),
            Self::Verdict => f.write_str("verdict"),
            Self::Severity => f.write_str("severity"),
            Self::Api => f.write_str("api"),
            Self::Tag(key) => write!(f, "{TAG}{key}"),
        }
    }
}

/// NLBs that have something in common.
pub(crate) struct Group<'r, 'v> {
    /// What they have in common, printable.
    pub(crate) name: String,
    /// The same as AWS writes it, or why they have nothing in common.
    pub(crate) value: Result<String, &'static str>,
    /// The NLBs, in their order.
    pub(crate) rows: Vec<&'r Row<'v>>,
    /// How many bridges among them are in other groups too.
    pub(crate) shared: usize,
}

impl<'v> Group<'_, 'v> {
    /// `payments: 3 NLBs`.
    pub(crate) fn heading(&self) -> String {
        format!("{}: {}", self.name, count(self.rows.len(), "NLB", "NLBs"))
    }

    /// The NLBs.
    pub(crate) fn nlbs(&self) -> impl Iterator<Item = &'v NlbAssessment> {
        self.rows.iter().map(|row| row.nlb)
    }
}

/// What makes a group, in the order of groups: those that have what is asked for, those that do not,
/// and those of which it is not known.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'k> {
    Account(&'k AccountId, Option<&'k Text>),
    Ou(&'k Text),
    OuUnknown,
    AccountTag(&'k Text, &'k Text),
    AccountUntagged(&'k Text),
    AccountTagsUnknown,
    Region(&'k Region),
    Verdict(usize, Verdict),
    Severity(Reverse<Severity>),
    NoFinding,
    Api(Named<'k>),
    NoApi,
    ApisUnread,
    Tag(&'k Text, &'k Text),
    Untagged(&'k Text),
    TagsUnread,
}

impl<'k> Key<'k> {
    fn of(row: &Row<'k>, by: &'k GroupBy) -> Vec<Self> {
        let nlb = row.nlb;
        let key = match by {
            GroupBy::Account => {
                let name = row.member.map(|member| &member.name);
                Self::Account(&nlb.account, name.filter(|name| !name.trim().is_empty()))
            }
            GroupBy::Ou => match row.member.and_then(|member| member.unit.as_ref()) {
                Some(unit) => Self::Ou(&unit.path),
                None => Self::OuUnknown,
            },
            GroupBy::AccountTag(key) => match row.member.and_then(|member| member.tags.as_ref()) {
                None => Self::AccountTagsUnknown,
                Some(tags) => match tags.get(key) {
                    Some(value) => Self::AccountTag(key, value),
                    None => Self::AccountUntagged(key),
                },
            },
            GroupBy::Region => Self::Region(&nlb.region),
            GroupBy::Verdict => Self::Verdict(verdict::rank(nlb.verdict), nlb.verdict),
            GroupBy::Severity => match nlb.gravest() {
                Some(gravest) => Self::Severity(Reverse(gravest)),
                None => Self::NoFinding,
            },
            GroupBy::Api if row.apis.is_empty() => {
                if row.may_have_more_chains() {
                    Self::ApisUnread
                } else {
                    Self::NoApi
                }
            }
            GroupBy::Api => return row.apis.iter().copied().map(Self::Api).collect(),
            GroupBy::Tag(key) => match &nlb.tags {
                None => Self::TagsUnread,
                Some(tags) => match tags.get(key) {
                    Some(value) => Self::Tag(key, value),
                    None => Self::Untagged(key),
                },
            },
        };
        vec![key]
    }

    /// What the group is called, printable.
    fn name(&self) -> String {
        match self {
            Self::Account(account, None) => account.to_string(),
            Self::Account(account, Some(name)) => format!("{account} ({})", words::name(name)),
            Self::Ou(path) => words::ou(path),
            Self::OuUnknown | Self::AccountTagsUnknown => NOT_KNOWN.to_owned(),
            Self::AccountTag(key, value) => words::name(&format!("{key}={value}")),
            Self::AccountUntagged(key) => words::name(&format!("without the tag {key}")),
            Self::Region(region) => region.to_string(),
            Self::Verdict(_, verdict) => verdict.to_string(),
            Self::Severity(Reverse(severity)) => severity.to_string(),
            Self::NoFinding => "no finding shown".to_owned(),
            Self::Api((_, api)) => words::api(api),
            Self::NoApi => "no API over it".to_owned(),
            Self::ApisUnread => "no API seen over it, but not all were read".to_owned(),
            Self::Tag(key, value) => words::name(&format!("{key}={value}")),
            Self::Untagged(key) => words::name(&format!("without the tag {key}")),
            Self::TagsUnread => "tags not read".to_owned(),
        }
    }

    /// The same without our words, as AWS writes it; an error says why there is no such value.
    fn value(&self) -> Result<String, &'static str> {
        match self {
            Self::Account(account, _) => Ok(account.to_string()),
            Self::Ou(path) => Ok(path.to_string()),
            Self::OuUnknown => Err("where the account stands is not known"),
            Self::AccountTag(_, value) => Ok(value.to_string()),
            Self::AccountUntagged(_) => Err("the account does not have the tag"),
            Self::AccountTagsUnknown => Err("the account's tags are not known"),
            Self::Region(region) => Ok(region.to_string()),
            Self::Verdict(_, verdict) => Ok(verdict.to_string()),
            Self::Severity(Reverse(severity)) => Ok(severity.to_string()),
            Self::NoFinding => Err("no finding is shown"),
            Self::Api((_, api)) => Ok(api.id.to_string()),
            Self::NoApi => Err("no API is over it"),
            Self::ApisUnread => Err("no API was seen over it, but not all were read"),
            Self::Tag(_, value) => Ok(value.to_string()),
            Self::Untagged(_) => Err("the tag is not there"),
            Self::TagsUnread => Err("tags were not read"),
        }
    }
}

/// Rows in groups, none of which is empty. An NLB of several APIs is in the group of each.
pub(crate) fn groups<'r, 'v>(rows: &'r [Row<'v>], by: &GroupBy) -> Vec<Group<'r, 'v>> {
    let mut groups: BTreeMap<Key<'_>, Vec<&'r Row<'v>>> = BTreeMap::new();
    for row in rows {
        for key in Key::of(row, by) {
            groups.entry(key).or_default().push(row);
        }
    }
    let group = |(key, rows): (Key<'_>, Vec<&'r Row<'v>>)| Group {
        name: key.name(),
        value: key.value(),
        shared: match by {
            GroupBy::Api => {
                let mut shared = rows.clone();
                shared.retain(|row| is_bridge(row.nlb) && row.apis.len() > 1);
                shared.len()
            }
            GroupBy::Account
            | GroupBy::Ou
            | GroupBy::AccountTag(_)
            | GroupBy::Region
            | GroupBy::Verdict
            | GroupBy::Severity
            | GroupBy::Tag(_) => 0,
        },
        rows,
    };
    groups.into_iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_groups_by_is_called_what_it_is_chosen_by() {
        for text in [
            "account",
            "ou",
            "account-tag:owner:x",
            "region",
            "verdict",
            "severity",
            "api",
            "tag:team:x",
        ] {
            let by: GroupBy = text.parse().expect("something to group by");
            assert_eq!(by.to_string(), text);
        }
    }

    #[test]
    fn what_cannot_be_grouped_by_is_answered_with_what_can() {
        let wrong = |text: &str| text.parse::<GroupBy>().expect_err("nothing").to_string();
        assert_eq!(
            wrong("team"),
            "\"team\" is none of account, ou, region, verdict, severity, api, tag:KEY and \
             account-tag:KEY"
        );
        assert_eq!(
            wrong("tag:"),
            "a tag's key is missing: write tag:KEY, such as tag:team"
        );
    }
}
