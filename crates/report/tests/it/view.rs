//! What is left of an assessment once acceptances, a baseline and filters have been applied.

use std::collections::BTreeSet;

use unbridge_model::finding::{CanaryEffect, Finding, FindingCode, Severity, Verdict};
use unbridge_model::id::AccountId;
use unbridge_model::route::Broken;
use unbridge_model::snapshot::Header;
use unbridge_report::view::{
    About, Acceptance, Scope, Selection, Stale, TagWanted, View, Wildcard, identity,
};

use crate::sample;

fn names(view: &View) -> Vec<&str> {
    view.assessment
        .nlbs
        .iter()
        .map(|nlb| nlb.name.as_str())
        .collect()
}

fn select(selection: Selection) -> View {
    View::of(sample::full()).select(&selection)
}

#[test]
fn an_accepted_finding_is_shown_apart_and_changes_no_verdict() {
    let whole = View::of(sample::full());
    let view = sample::accepted();
    let [one] = &view.accepted[..] else {
        panic!("{:?}", view.accepted)
    };
    assert_eq!(one.finding.code(), FindingCode::NlbBridgesAlb);
    assert_eq!(view.findings().count() + 1, whole.findings().count());
    let verdicts = |view: &View| -> Vec<_> {
        let nlbs = view.assessment.nlbs.iter();
        nlbs.map(|nlb| (nlb.verdict, nlb.reasons.clone())).collect()
    };
    assert_eq!(verdicts(&view), verdicts(&whole));
    assert_eq!(view.accepted_about(&one.about).count(), 1);
    let About::Nlb(arn) = &one.about else {
        panic!("{:?}", one.about)
    };
    assert_eq!(arn.name(), "orders-nlb");
}

#[test]
fn acceptances_that_expired_or_match_nothing_are_told_and_accept_nothing() {
    let view = sample::accepted();
    let told: Vec<_> = view
        .stale
        .iter()
        .map(|stale| (stale.acceptance.finding, stale.why))
        .collect();
    assert_eq!(
        told,
        [
            (FindingCode::CanaryInProgress, Stale::Expired),
            (FindingCode::WafOnAlb, Stale::MatchesNothing),
        ]
    );
    let canary = |(_, finding): (About, &Finding)| finding.code() == FindingCode::CanaryInProgress;
    assert!(view.findings().any(canary));
}

fn accept(scope: Scope, expires: &str) -> View {
    let acceptance = Acceptance {
        finding: FindingCode::UnusedV1Link,
        scope,
        reason: "kept for the audit".into(),
        expires: expires.parse().expect("a date"),
    };
    let today = "2026-03-02".parse().expect("a date");
    View::of(sample::full()).accept(&[acceptance], today)
}

#[test]
fn the_last_day_of_an_acceptance_still_counts() {
    let whole = Scope::default;
    assert_eq!(accept(whole(), "2026-03-02").accepted.len(), 1);
    let late = accept(whole(), "2026-03-01");
    assert_eq!((late.accepted.len(), late.stale.len()), (0, 1));
}

#[test]
fn an_acceptance_reaches_as_far_as_its_limits() {
    let counts = |scope: Scope| {
        let view = accept(scope, "2026-12-31");
        (view.accepted.len(), view.stale.len())
    };
    let link = |pattern: &str| Scope {
        link: Some(Wildcard::new(pattern)),
        ..Scope::default()
    };
    assert_eq!(counts(link("old*")), (1, 0));
    assert_eq!(counts(link("nobody")), (1, 0));
    assert_eq!(counts(link("abc*")), (0, 1));
    let region = |region: &str| Scope {
        region: Some(region.parse().expect("a region")),
        ..Scope::default()
    };
    assert_eq!(counts(region("eu-west-1")), (1, 0));
    assert_eq!(counts(region("us-east-1")), (0, 1));
    // Somebody else's: neither used nor stale.
    assert_eq!(counts(region("ap-south-1")), (0, 0));
    let account = Scope {
        account: Some(AccountId::new("999988887777").expect("an account")),
        ..Scope::default()
    };
    assert_eq!(counts(account), (0, 0));
    let nlb = Scope {
        nlb: Some(Wildcard::new("*")),
        ..Scope::default()
    };
    assert_eq!(counts(nlb), (0, 1), "a link is no NLB");
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let view = sample::since();
    let baseline = view.baseline.as_ref().expect("a baseline");
    let names = names(&view);
    assert_eq!(names, ["billing-nlb", "chat-nlb", "orders-nlb"]);
    let nlb = |name: &str| {
        let mut nlbs = view.assessment.nlbs.iter();
        nlbs.find(|nlb| nlb.name == name).expect("an NLB")
    };
    // Another verdict, and nothing else.
    assert!(nlb("billing-nlb").findings.is_empty());
    assert!(view.is_news(&nlb("billing-nlb").arn, Verdict::RemovableIf));
    // New findings, the old verdict.
    assert_eq!(nlb("orders-nlb").findings.len(), 6);
    assert!(!view.is_news(&nlb("orders-nlb").arn, Verdict::Blocked));
    assert!(view.is_news(&nlb("chat-nlb").arn, Verdict::Rewirable));
    assert_eq!(baseline.nlbs, sample::full().nlbs.len() - 3);
    assert_eq!(view.assessment.gaps, sample::full().gaps);
    assert!(view.assessment.private_integrations.is_empty());
}

#[test]
fn nothing_is_new_since_the_same_scan() {
    let view = View::of(sample::full())
        .since(sample::full())
        .expect("one account");
    assert_eq!(view.findings().count(), 0);
    assert!(view.assessment.nlbs.is_empty());
}

#[test]
fn a_baseline_of_another_account_is_refused() {
    let mut old = sample::full();
    old.scanned = Header {
        account: AccountId::new("999988887777").expect("an account"),
        ..old.scanned.first().clone()
    }
    .into();
    let refused = View::of(sample::full()).since(old).expect_err("foreign");
    assert!(refused.to_string().contains("999988887777"), "{refused}");
}

#[test]
fn what_was_measured_does_not_make_a_finding_new() {
    let mut changed = sample::full();
    for nlb in &mut changed.nlbs {
        for finding in &mut nlb.findings {
            match finding {
                Finding::CanaryInProgress { percent, .. } => *percent += 10.0,
                Finding::DraftDiffersFromStage { differences, .. } => differences.truncate(1),
                Finding::HistoryNamesV1Link { deployments, .. } => *deployments += 1,
                _ => {}
            }
        }
    }
    let view = View::of(changed)
        .since(sample::full())
        .expect("one account");
    assert_eq!(view.findings().count(), 0);
}

#[test]
fn a_finding_that_became_graver_is_new() {
    let mut old = sample::full();
    for finding in old.nlbs.iter_mut().flat_map(|nlb| &mut nlb.findings) {
        if let Finding::CanaryInProgress { effect, .. } = finding {
            *effect = CanaryEffect::None;
        }
    }
    let new = View::of(sample::full()).since(old).expect("one account");
    let codes: Vec<_> = new.findings().map(|(_, finding)| finding.code()).collect();
    assert_eq!(codes, [FindingCode::CanaryInProgress]);
}

#[test]
fn findings_about_one_thing_have_identities_of_their_own() {
    let view = View::of(sample::full());
    let mut seen = BTreeSet::new();
    for (about, finding) in view.findings() {
        let one = (about, identity(finding));
        assert!(!seen.contains(&one), "{one:?}");
        seen.insert(one);
    }
}

#[test]
fn filters_of_one_kind_are_any_and_of_several_kinds_are_all() {
    let blocked = select(Selection {
        verdicts: vec![Verdict::Blocked, Verdict::Rewirable],
        ..Selection::default()
    });
    let kept = names(&blocked);
    assert_eq!(kept, ["chat-nlb", "orders-nlb", "pets-nlb-2", "pets-nlb"]);
    let both = select(Selection {
        verdicts: vec![Verdict::Blocked],
        apis: vec!["orders".into()],
        ..Selection::default()
    });
    assert_eq!(names(&both), ["orders-nlb"]);
    let narrowed = both.narrowed.as_ref().expect("filters");
    assert_eq!(narrowed.by, ["verdict blocked", "API orders"]);
    assert_eq!(narrowed.nlbs, sample::full().nlbs.len() - 1);
    let links: Vec<_> = both
        .assessment
        .links
        .iter()
        .map(|l| l.id.as_str())
        .collect();
    assert_eq!(links, ["abc123"]);
}

#[test]
fn an_api_is_found_by_id_too_and_in_evidence() {
    for api in ["w1w2w3", "chat"] {
        let view = select(Selection {
            apis: vec![api.into()],
            ..Selection::default()
        });
        assert_eq!(names(&view), ["chat-nlb"], "{api}");
    }
}

#[test]
fn a_severity_leaves_graver_findings_and_what_has_one() {
    let view = select(Selection {
        severity: Some(Severity::Blocker),
        ..Selection::default()
    });
    assert!(view.findings().count() > 0);
    assert!(
        view.findings()
            .all(|(_, finding)| finding.severity() == Severity::Blocker)
    );
    assert!(
        view.assessment
            .nlbs
            .iter()
            .all(|nlb| !nlb.findings.is_empty())
    );
}

#[test]
fn nlbs_whose_tags_were_not_read_are_left_out_and_counted() {
    let view = select(Selection {
        tags: vec![TagWanted {
            key: "team".into(),
            value: Some("payments".into()),
        }],
        ..Selection::default()
    });
    let nlbs = &view.assessment.nlbs;
    assert!(!nlbs.is_empty());
    let paid = |nlb: &&unbridge_model::assessment::NlbAssessment| {
        matches!(nlb.verdict, Verdict::Blocked | Verdict::Rewirable)
    };
    assert_eq!(nlbs.iter().filter(paid).count(), nlbs.len());
    let unread = sample::full()
        .nlbs
        .iter()
        .filter(|nlb| nlb.tags.is_none())
        .count();
    assert_eq!(view.narrowed.expect("filters").tags_unread, unread);
    let any_value = select(Selection {
        tags: vec![TagWanted {
            key: "team".into(),
            value: None,
        }],
        ..Selection::default()
    });
    assert!(any_value.assessment.nlbs.len() > nlbs.len());
}

#[test]
fn a_region_or_an_account_leaves_what_is_there() {
    let us = select(Selection {
        regions: vec!["us-east-1".parse().expect("a region")],
        ..Selection::default()
    });
    assert!(!us.assessment.nlbs.is_empty());
    assert!(
        us.assessment
            .nlbs
            .iter()
            .all(|nlb| nlb.region.as_str() == "us-east-1")
    );
    assert!(us.assessment.links.is_empty() && us.assessment.unattached.is_empty());
    let nobody = select(Selection {
        accounts: vec![AccountId::new("999988887777").expect("an account")],
        ..Selection::default()
    });
    assert_eq!(nobody.findings().count(), 0);
    assert!(nobody.assessment.nlbs.is_empty());
    assert!(!nobody.assessment.is_complete(), "gaps stay");
}

/// What concerns another API too was not accepted for it.
#[test]
fn an_acceptance_for_one_api_leaves_a_finding_about_several() {
    let accept = |pattern: &str| {
        let acceptance = Acceptance {
            finding: FindingCode::StagePathCheck,
            scope: Scope {
                api: Some(Wildcard::new(pattern)),
                ..Scope::default()
            },
            reason: "proven by hand".into(),
            expires: "2026-12-31".parse().expect("a date"),
        };
        let mut full = sample::full();
        let mut findings = full.nlbs.iter_mut().flat_map(|nlb| &mut nlb.findings);
        let found = findings.find_map(|finding| match finding {
            Finding::StagePathCheck { apis } => Some(apis),
            _ => None,
        });
        let apis = found.expect("a finding");
        let mut other = apis[0].clone();
        (apis[0].name, other.name) = ("one".into(), "other".into());
        other.id = "other0".into();
        *apis = vec![apis[0].clone(), other];
        let today = "2026-03-02".parse().expect("a date");
        View::of(full).accept(&[acceptance], today).accepted.len()
    };
    assert_eq!(accept("one"), 0);
    assert_eq!(accept("o*"), 1);
}

/// A stage that breaks for another reason is news.
#[test]
fn another_cause_of_a_broken_chain_is_new() {
    let mut old = sample::full();
    for one in &mut old.unattached {
        if let Finding::ChainBroken { why, .. } = &mut one.finding {
            *why = Broken::LinkMissing {
                link: "another".into(),
            };
        }
    }
    let new = View::of(sample::full()).since(old).expect("one account");
    let codes: Vec<_> = new.findings().map(|(_, finding)| finding.code()).collect();
    assert_eq!(codes, [FindingCode::ChainBroken]);
}
