//! The views that every writer is tested on.

use unbridge_model::assessment::Assessment;
use unbridge_model::finding::{FindingCode, Severity, Verdict};
use unbridge_report::view::{Acceptance, Scope, Selection, View, Wildcard};

use super::several::{TWIN, account_of, closed, in_account, merged, named, several};
use super::{empty, full, hostile, hostile_with};

/// Text that would end a cell, a string, a tag, a comment, a link or a formula, or run.
pub(crate) const MARKUP: &str =
    "=1+1</script><img src=x onerror=alert(1)>\"'`|*_[x](javascript:y)]]>--{{7*7}}${x}\\&amp;;#%%";

fn acceptance(finding: FindingCode, nlb: Option<&str>, expires: &str) -> Acceptance {
    Acceptance {
        finding,
        scope: Scope {
            nlb: nlb.map(Wildcard::new),
            ..Scope::default()
        },
        reason: "known, and gone by summer".into(),
        expires: expires.parse().expect("a date"),
    }
}

/// The whole account with three acceptances: one that is used, one that has expired, one that
/// matches nothing.
pub(crate) fn accepted() -> View {
    let acceptances = [
        acceptance(FindingCode::NlbBridgesAlb, Some("orders-*"), "2026-12-31"),
        acceptance(FindingCode::CanaryInProgress, None, "2026-01-31"),
        acceptance(FindingCode::WafOnAlb, Some("nobody"), "2026-12-31"),
    ];
    let today = "2026-03-02".parse().expect("a date");
    View::of(full()).accept(&acceptances, today)
}

/// What two filters leave.
pub(crate) fn filtered() -> View {
    View::of(full()).select(&Selection {
        verdicts: vec![Verdict::Blocked, Verdict::Rewirable],
        severity: Some(Severity::Warning),
        ..Selection::default()
    })
}

/// What is new since a scan in which one NLB was missing, one had another verdict, and one fewer
/// findings.
pub(crate) fn since() -> View {
    View::of(full()).since(earlier()).expect("one account")
}

fn earlier() -> Assessment {
    let mut old = full();
    for header in old.scanned.iter_mut() {
        header.started_at = "2026-02-01T09:30:00Z".into();
    }
    old.nlbs.retain(|nlb| nlb.name != "chat-nlb");
    for nlb in &mut old.nlbs {
        if nlb.name == "billing-nlb" {
            nlb.verdict = Verdict::Blocked;
        }
        if nlb.name == "orders-nlb" {
            nlb.findings.truncate(1);
        }
    }
    old
}

/// Three accounts, two with names, with acceptances for one of them and for all.
pub(crate) fn several_accepted() -> View {
    let mut here = acceptance(FindingCode::UnusedV1Link, None, "2026-12-31");
    here.scope.account = Some(account_of(TWIN));
    let mut nowhere = acceptance(FindingCode::UnusedV1Link, None, "2026-12-31");
    nowhere.scope.account = Some(account_of("999988887777"));
    let acceptances = [
        acceptance(FindingCode::NlbBridgesAlb, Some("orders-*"), "2026-12-31"),
        acceptance(FindingCode::WafOnAlb, Some("nobody"), "2026-12-31"),
        here,
        nowhere,
    ];
    let today = "2026-03-02".parse().expect("a date");
    View::of(several())
        .with_accounts(named("Payments"))
        .accept(&acceptances, today)
}

/// Three accounts since a scan that had the first of them, and one that is gone.
pub(crate) fn several_since() -> View {
    let old = merged([earlier(), closed("444455556666")]);
    View::of(several()).since(old).expect("an account of both")
}

/// Every view, by name.
pub(crate) fn views() -> Vec<(&'static str, View)> {
    vec![
        ("full", View::of(full())),
        ("empty", View::of(empty())),
        ("hostile", View::of(hostile())),
        ("markup", View::of(hostile_with(MARKUP))),
        ("accepted", accepted()),
        ("filtered", filtered()),
        ("since", since()),
        ("several", View::of(several())),
        ("several-accepted", several_accepted()),
        ("several-since", several_since()),
        ("several-markup", {
            View::of(merged([hostile_with(MARKUP), in_account(full(), TWIN)]))
                .with_accounts(named(MARKUP))
        }),
    ]
}
