//! The scans behind a report, in the public JSON.

use schemars::JsonSchema;
use unbridge_model::apigateway::Tags;
use unbridge_model::id::{AccountId, Region};
use unbridge_model::snapshot::Header;

use crate::said;
use crate::view::{Baseline, View, Whose};

/// The account of a thing in a report on several accounts; `None` in a report on one.
pub(super) fn of_several<'a>(view: &View, account: &'a AccountId) -> Option<&'a str> {
    Whose::from(view).several().then(|| account.as_str())
}

/// The scans behind a report: the fields of the one scan, or a list of scans.
#[derive(serde::Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum GeneratedFrom<'a> {
    /// Of a report on one account.
    One(Scan<'a>),
    /// Of a report on several accounts.
    Several {
        /// One for each account, by account.
        accounts: Vec<AccountScan<'a>>,
    },
}

impl<'a> From<&'a View> for GeneratedFrom<'a> {
    fn from(view: &'a View) -> Self {
        let scanned = &view.assessment.scanned;
        match scanned.only() {
            Some(header) => Self::One(Scan::from(header)),
            None => Self::Several {
                accounts: scanned
                    .iter()
                    .map(|one| AccountScan::of(view, one))
                    .collect(),
            },
        }
    }
}

/// The scan of one account.
#[derive(serde::Serialize, JsonSchema)]
pub(crate) struct Scan<'a> {
    /// The version of the tool that scanned.
    tool_version: &'a str,
    /// The account.
    account: &'a str,
    /// The identity that scanned; null when unknown.
    caller: Option<&'a str>,
    /// The regions asked for.
    regions: &'a [Region],
    /// When the scan began, RFC 3339 in UTC.
    started_at: &'a str,
}

impl<'a> From<&'a Header> for Scan<'a> {
    fn from(header: &'a Header) -> Self {
        Self {
            tool_version: &header.tool_version,
            account: header.account.as_str(),
            caller: Some(header.caller.as_str()).filter(|caller| !caller.is_empty()),
            regions: &header.regions,
            started_at: &header.started_at,
        }
    }
}

/// The scan of one of several accounts, and what AWS Organizations says of the account.
#[derive(serde::Serialize, JsonSchema)]
pub(crate) struct AccountScan<'a> {
    /// The scan.
    #[serde(flatten)]
    scan: Scan<'a>,
    /// The account's name; null when it is not known.
    name: Option<&'a str>,
    /// The organizational unit that it stands in, names joined by slashes, empty for the root; null
    /// when it is not known.
    ou: Option<&'a str>,
    /// Its tags; null when they are not known.
    tags: Option<&'a Tags>,
    /// How many gaps it has.
    gaps: usize,
}

impl<'a> AccountScan<'a> {
    fn of(view: &'a View, header: &'a Header) -> Self {
        let member = view.accounts.of(&header.account);
        let gaps = &view.assessment.gaps;
        // They are sorted, by account first.
        let from = gaps.partition_point(|gap| gap.account < header.account);
        let to = gaps.partition_point(|gap| gap.account <= header.account);
        Self {
            scan: Scan::from(header),
            name: member.map(|member| member.name.as_str()),
            ou: member
                .and_then(|member| member.unit.as_ref())
                .map(|unit| unit.path.as_str()),
            tags: member.and_then(|member| member.tags.as_ref()),
            gaps: to - from,
        }
    }
}

/// The earlier scan whose findings are left out.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Since<'a> {
    /// When it began, RFC 3339 in UTC; of several, when the last did.
    started_at: &'a str,
    /// NLBs left out, because nothing about them is new.
    nlbs: usize,
    /// Findings left out, because the earlier scan had them.
    findings: usize,
    /// How its accounts differ; absent where both are of one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<Compared<'a>>,
}

/// Accounts that are in one of two scans alone.
#[derive(serde::Serialize, JsonSchema)]
struct Compared<'a> {
    /// Those that the earlier scan did not have, by id: all of them is new.
    new: &'a [AccountId],
    /// Those that the earlier scan alone had, by id: nothing is said of them.
    gone: &'a [AccountId],
}

impl<'a> From<&'a Baseline> for Since<'a> {
    fn from(baseline: &'a Baseline) -> Self {
        let Baseline {
            scanned,
            new_accounts: new,
            gone_accounts: gone,
            verdicts: _,
            nlbs,
            findings,
        } = baseline;
        let one = scanned.only().is_some() && new.is_empty();
        Self {
            started_at: said::times(scanned).1,
            nlbs: *nlbs,
            findings: *findings,
            accounts: (!one).then_some(Compared { new, gone }),
        }
    }
}
