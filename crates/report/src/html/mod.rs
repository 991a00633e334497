//! The report as one HTML page: what somebody looks at before saying that an NLB may go.
//!
//! Owns how the page looks and what stands where. The page loads nothing and is whole without its
//! script. Texts get into it through [`Harmless`] alone; nothing in a template knows which of them
//! came from AWS.

mod accounts;
mod aside;
mod bill;
mod compare;
mod drawing;
mod nlb;
mod route;
mod summary;

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use askama::Template;
use askama::filters::{Escaper, Html};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use unbridge_model::assessment::Scanned;
use unbridge_model::finding::Verdict;
use unbridge_model::text::Text;

use self::accounts::Overview;
use self::aside::{Aside, Unseen};
use self::bill::Bill;
use self::drawing::Patterns;
use self::nlb::Nlb;
use self::summary::Summary;
use crate::layout::{count, some};
use crate::rows::rows;
use crate::safe::printable;
use crate::said;
use crate::view::{View, Whose};
use crate::words;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// How many regions are named in the head.
const REGIONS: usize = 4;

/// How many versions of snapshots are named in the foot.
const VERSIONS: usize = 3;

/// How many rows the script shows at once; without it all are there.
const ON_PAGE: usize = 100;

/// Writes the page.
///
/// # Errors
/// When `out` does not take it.
pub fn html(view: &View, out: &mut dyn Write) -> fmt::Result {
    Page::of(view).render_into(out).map_err(|_| fmt::Error)
}

/// The page, as its template wants it.
#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    policy: String,
    style: &'static str,
    script: &'static str,
    patterns: Patterns,
    /// Whose it is, with the word account.
    whose: String,
    /// The same to be put in strong letters, which for one account leaves the word out.
    account: String,
    regions: String,
    scanned: String,
    tool_version: String,
    read_by: String,
    notices: Vec<String>,
    summary: Summary,
    bill: Option<Bill>,
    /// The accounts, where there are several.
    overview: Option<Overview>,
    has_costs: bool,
    latency_meaning: String,
    nlbs: Vec<Nlb>,
    on_page: usize,
    aside: Aside,
    unseen: Option<Unseen>,
}

impl Page {
    fn of(view: &View) -> Self {
        let head = Head::of(view);
        let mut patterns = Patterns::default();
        let rows = rows(view);
        Self {
            policy: policy(),
            style: STYLE,
            script: SCRIPT,
            whose: head.whose,
            account: head.account,
            regions: head.regions,
            scanned: head.scanned,
            tool_version: head.tool_version,
            read_by: head.read_by,
            notices: aside::notices(view),
            summary: Summary::of(view),
            bill: Bill::of(view, &rows),
            overview: Overview::of(view, &rows),
            has_costs: view.costs.is_some(),
            latency_meaning: words::latency::meaning(),
            nlbs: nlb::all(view, &rows, &mut patterns),
            on_page: ON_PAGE,
            patterns,
            aside: Aside::of(view),
            unseen: Unseen::of(view),
        }
    }
}

/// What was scanned, when, with what and by whom.
struct Head {
    whose: String,
    account: String,
    regions: String,
    scanned: String,
    tool_version: String,
    read_by: String,
}

impl Head {
    fn of(view: &View) -> Self {
        let all = &view.assessment.scanned;
        let Some(header) = all.only() else {
            return Self::of_several(all);
        };
        let regions: Vec<String> = header.regions.iter().map(ToString::to_string).collect();
        let account = Whose::from(view).account(header.account.as_str());
        Self {
            whose: format!("account {account}"),
            account,
            regions: some(&regions, REGIONS),
            scanned: scanned(&header.started_at),
            tool_version: header.tool_version.to_string(),
            read_by: header.caller.to_string(),
        }
    }

    fn of_several(all: &Scanned) -> Self {
        let (first, last) = said::times(all);
        let versions: BTreeSet<&str> = all.iter().map(|one| one.tool_version.as_str()).collect();
        let versions: Vec<String> = versions.into_iter().map(str::to_owned).collect();
        let callers: BTreeSet<&Text> = all.iter().map(|one| &one.caller).collect();
        let regions = count(all.regions().len(), "region", "regions");
        Self {
            whose: said::accounts(all),
            account: said::accounts(all),
            regions: match said::unread(all) {
                Some(unread) => format!("{regions} · {unread}"),
                None => regions,
            },
            scanned: match first == last {
                true => scanned(first),
                false => format!("{} to {}", scanned(first), scanned(last)),
            },
            tool_version: some(&versions, VERSIONS),
            read_by: count(callers.len(), "identity", "identities"),
        }
    }
}

/// Nothing may be loaded, and nothing may run or give style but what this program wrote.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types sections",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// `3 March 2026, 09:30 UTC`; what is no time is shown as it is.
fn scanned(at: &str) -> String {
    at.parse::<Timestamp>().map_or_else(
        |_| at.to_owned(),
        |at| at.strftime("%-d %B %Y, %H:%M UTC").to_string(),
    )
}

/// What a verdict means for somebody who has to decide, in a few words.
fn label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Removable => "Can go",
        Verdict::AlreadyDirect => "Already bypassed",
        Verdict::RemovableIf => "Can go once checked",
        Verdict::Rewirable => "Needed by others",
        Verdict::Blocked => "Blocked",
        Verdict::NotABridge => "Not a bridge",
    }
}

/// Makes a text harmless: markup is escaped, and what cannot be seen is spelled out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Harmless;

impl Escaper for Harmless {
    fn write_escaped_str<W: Write>(&self, dest: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &printable(text))
    }
}
