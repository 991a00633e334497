//! What was not seen, grouped so that a thousand failures of one kind are one line, and what to do
//! about each kind.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::assessment::Assessment;
use unbridge_model::call::CallKind;
use unbridge_model::gap::{Gap, GapClass, Source, Unseen};
use unbridge_model::id::AccountId;
use unbridge_model::text::Text;

use crate::layout::{self, count, some};
use crate::look::Tone;
use crate::policy;
use crate::safe::printable;
use crate::view::Whose;
use crate::words::source_in_words;

/// How many groups are listed before the rest is only counted.
const MOST: usize = 20;
/// How many accounts are named for one kind of gap.
const ACCOUNTS: usize = 3;
/// How much of AWS's own message is shown.
const MESSAGE: usize = 160;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Call(CallKind),
    Rest,
    Source(Source),
}

impl From<&Unseen> for Kind {
    fn from(unseen: &Unseen) -> Self {
        match unseen {
            Unseen::Call { call, of: _ } => Self::Call(*call),
            Unseen::Source { source } => Self::Source(*source),
            Unseen::Rest => Self::Rest,
        }
    }
}

#[derive(Default)]
struct Group<'a> {
    gaps: usize,
    accounts: BTreeSet<&'a str>,
    regions: BTreeSet<&'a str>,
    of: Vec<&'a Text>,
    message: Option<&'a Text>,
}

/// What failed, what was left out and what is not read at all: `3 readings failed, 2 sources are
/// not read by this version`.
pub(crate) fn headline(assessment: &Assessment) -> String {
    let gaps = &assessment.gaps;
    let unread = sources(gaps.iter(), GapClass::NotRead).len();
    let skipped = sources(gaps.iter(), GapClass::Skipped).len();
    let failed = gaps.iter().filter(|gap| !is_chosen(gap.class)).count();
    let of = in_accounts(assessment);
    let failed =
        (failed > 0).then(|| format!("{} failed{of}", count(failed, "reading", "readings")));
    let skipped = (skipped > 0).then(|| {
        format!(
            "{} left out on request",
            count(skipped, "source was", "sources were")
        )
    });
    let unread = (unread > 0).then(|| {
        format!(
            "{} not read by this version",
            count(unread, "source is", "sources are")
        )
    });
    let parts: Vec<String> = failed.into_iter().chain(skipped).chain(unread).collect();
    parts.join(", ")
}

/// In how many accounts readings failed, where there are several.
fn in_accounts(assessment: &Assessment) -> String {
    if assessment.scanned.only().is_some() {
        return String::new();
    }
    let failed = assessment.gaps.iter().filter(|gap| !is_chosen(gap.class));
    let accounts: BTreeSet<&AccountId> = failed.map(|gap| &gap.account).collect();
    format!(" in {}", count(accounts.len(), "account", "accounts"))
}

/// Whether it was known before the scan that this would not be read.
fn is_chosen(class: GapClass) -> bool {
    match class {
        GapClass::NotRead | GapClass::Skipped => true,
        GapClass::Denied
        | GapClass::Credentials
        | GapClass::Throttled
        | GapClass::Unreachable
        | GapClass::Failed
        | GapClass::Refused
        | GapClass::Vanished
        | GapClass::Unparseable
        | GapClass::Unreadable
        | GapClass::Interrupted
        | GapClass::NoSnapshot => false,
    }
}

/// The sources with a gap of this class, in words, once each.
fn sources<'a>(gaps: impl Iterator<Item = &'a Gap>, class: GapClass) -> Vec<&'static str> {
    let sources: BTreeSet<Source> = gaps
        .filter_map(|gap| match &gap.unseen {
            Unseen::Source { source } if gap.class == class => Some(*source),
            Unseen::Source { .. } | Unseen::Call { .. } | Unseen::Rest => None,
        })
        .collect();
    sources.into_iter().map(source_in_words).collect()
}

/// What is said of the gaps of one kind; every text is printable.
pub(crate) struct Told {
    /// What was not seen, where, and why.
    pub(crate) what: String,
    /// What to do about it; `None` for a line that only counts what is not listed.
    pub(crate) remedy: Option<String>,
    /// AWS's own words, where they add to ours.
    pub(crate) message: Option<String>,
}

/// The gaps, kind by kind.
pub(crate) fn told<'a>(gaps: impl Iterator<Item = &'a Gap>, whose: Whose<'_>) -> Vec<Told> {
    let mut groups: BTreeMap<(Kind, GapClass), Group<'_>> = BTreeMap::new();
    let gaps: Vec<&Gap> = gaps.collect();
    let unread = sources(gaps.iter().copied(), GapClass::NotRead);
    let skipped = sources(gaps.iter().copied(), GapClass::Skipped);
    for gap in gaps {
        let group = groups
            .entry((Kind::from(&gap.unseen), gap.class))
            .or_default();
        group.gaps += 1;
        group.accounts.insert(gap.account.as_str());
        group
            .regions
            .extend(gap.region.as_ref().map(|r| r.as_str()));
        if let Unseen::Call { of: Some(of), .. } = &gap.unseen {
            group.of.push(of);
        }
        group.message = group.message.or(Some(&gap.message));
    }
    groups.retain(|(_, class), _| !is_chosen(*class));
    let more = groups.len().saturating_sub(MOST);
    let groups = groups.into_iter().take(MOST);
    let mut told: Vec<Told> = groups
        .map(|((kind, class), group)| told_of(kind, class, &group, whose))
        .collect();
    for (what, remedy, sources) in [
        ("left out on request", "scan without --skip-users", skipped),
        (
            "not read by this version",
            "check these by hand before an NLB goes",
            unread,
        ),
    ] {
        if !sources.is_empty() {
            told.push(Told {
                what: format!("{what}: {}", sources.join("; ")),
                remedy: Some(remedy.to_owned()),
                message: None,
            });
        }
    }
    if more > 0 {
        told.push(Told {
            what: format!("+{}", count(more, "more kind of gap", "more kinds of gap")),
            remedy: None,
            message: None,
        });
    }
    told
}

/// Adds the gaps to `page`: a line for each kind of failure, and what to do.
pub(crate) fn put<'a>(
    page: &mut String,
    gaps: impl Iterator<Item = &'a Gap>,
    whose: Whose<'_>,
    columns: usize,
) {
    for Told {
        what,
        remedy,
        message,
    } in told(gaps, whose)
    {
        layout::fill(page, "  ", &what, columns);
        if let Some(remedy) = remedy {
            layout::fill(page, "    -> ", &remedy, columns);
        }
        if let Some(message) = message {
            layout::fill(page, "    ", &Tone::Faint.of(message), columns);
        }
    }
}

fn told_of(kind: Kind, class: GapClass, group: &Group<'_>, whose: Whose<'_>) -> Told {
    let what = match kind {
        Kind::Call(call) => call.name(),
        Kind::Source(source) => source_in_words(source),
        Kind::Rest => "the rest",
    };
    let mut line = what.to_owned();
    if group.gaps > 1 && kind != Kind::Rest {
        line.push_str(&format!(", {} times", group.gaps));
    }
    let regions: Vec<String> = group.regions.iter().map(ToString::to_string).collect();
    if !regions.is_empty() {
        let relation = if kind == Kind::Rest { "of" } else { "in" };
        line.push_str(&format!(" {relation} {}", some(&regions, 3)));
    }
    line.push_str(&of_accounts(&group.accounts, whose));
    line.push_str(&format!(": {}", class_in_words(class)));
    if let Some(first) = group.of.first() {
        let label = if group.gaps > 1 { "such as" } else { "of" };
        line.push_str(&format!(" ({label} {})", printable(first)));
    }
    let message = group.message.filter(|text| says_more(class, text));
    Told {
        what: line,
        remedy: Some(remedy(kind, class)),
        message: message.map(short),
    }
}

/// Whose the gaps are, where more than one account could be meant: all of a few accounts, of many
/// how many and the first of them.
fn of_accounts(accounts: &BTreeSet<&str>, whose: Whose<'_>) -> String {
    let mut all = accounts.iter();
    match (all.next(), all.next()) {
        (None, _) => String::new(),
        (Some(only), None) => whose.of(only),
        (Some(_), Some(_)) => {
            let named = accounts.iter().take(ACCOUNTS + 1);
            let named: Vec<String> = named.map(|account| whose.account(account)).collect();
            let more = accounts.len().saturating_sub(ACCOUNTS);
            let named = match more {
                0 | 1 => named.join(", "),
                _ => format!("{}, +{more} more", named[..ACCOUNTS].join(", ")),
            };
            format!(" of {} accounts ({named})", accounts.len())
        }
    }
}

/// Whether AWS's own words add to ours.
fn says_more(class: GapClass, message: &Text) -> bool {
    let ours = matches!(
        class,
        GapClass::NotRead | GapClass::Skipped | GapClass::Unreadable | GapClass::Interrupted
    );
    !ours && !message.trim().is_empty()
}

fn short(message: &Text) -> String {
    let shown = printable(message);
    match shown.char_indices().nth(MESSAGE) {
        Some((at, _)) => format!("{}...", &shown[..at]),
        None => shown.into_owned(),
    }
}

/// What could not be seen; not printable yet.
pub(crate) fn unseen_in_words(unseen: &Unseen) -> String {
    match unseen {
        Unseen::Call { .. } => unseen.to_string(),
        Unseen::Source { source } => source_in_words(*source).to_owned(),
        Unseen::Rest => "the rest of the region".to_owned(),
    }
}

/// Why it could not be seen.
pub(crate) fn class_in_words(class: GapClass) -> &'static str {
    match class {
        GapClass::Denied => "denied",
        GapClass::Credentials => "credentials missing, wrong or expired",
        GapClass::Throttled => "throttled",
        GapClass::Unreachable => "no answer",
        GapClass::Failed => "AWS failed",
        GapClass::Refused => "refused",
        GapClass::Vanished => "gone when it was asked about",
        GapClass::Unparseable => "answer not understood",
        GapClass::Unreadable => "AWS offers no way to read it",
        GapClass::NotRead => "not read by this version",
        GapClass::Skipped => "left out on request",
        GapClass::Interrupted => "interrupted",
        GapClass::NoSnapshot => "no snapshot of it",
    }
}

fn remedy(kind: Kind, class: GapClass) -> String {
    match (class, kind) {
        (GapClass::Denied, Kind::Call(call)) => {
            format!("allow {} and scan again", policy::actions(call).join(", "))
        }
        (GapClass::Denied, Kind::Source(_) | Kind::Rest) => {
            "grant the permission and scan again".to_owned()
        }
        (GapClass::Credentials, _) => "renew the credentials and scan again".to_owned(),
        (GapClass::Throttled, _) => {
            "scan again when the account is quieter, or at a slower pace".to_owned()
        }
        (GapClass::Unreachable, _) => "check network and endpoint, and scan again".to_owned(),
        (GapClass::Failed | GapClass::Interrupted | GapClass::Vanished, _) => {
            "scan again".to_owned()
        }
        (GapClass::NoSnapshot, _) => "scan the account again".to_owned(),
        (GapClass::Refused, _) => "see AWS's words; leave the region out if it does not \
                                   offer the call"
            .to_owned(),
        (GapClass::Unparseable, _) => {
            "update unbridge; if that does not help, report it with its message".to_owned()
        }
        (GapClass::Unreadable, _) => "ask the owner of the API".to_owned(),
        (GapClass::NotRead, _) => "check by hand before an NLB goes".to_owned(),
        (GapClass::Skipped, _) => "scan without --skip-users".to_owned(),
    }
}
