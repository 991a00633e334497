//! What changed between two scans: what is only called gone where it was looked for, and what comes
//! to nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;
use unbridge_model::assessment::{Assessment, SeenIn};
use unbridge_model::estimate::Range;
use unbridge_model::finding::{CanaryEffect, Finding, FindingCode, Verdict};
use unbridge_model::gap::Unseen;
use unbridge_model::id::VpcLinkId;
use unbridge_model::organization::{Member, MemberStatus, Organization};
use unbridge_report::diff::{self, Change, Diff, Findings, Seen, Sides};
use unbridge_report::safe::is_hazardous;
use unbridge_report::view::{About, Accounts, View, identity};

use crate::markdown::has_html;
use crate::plain;
use crate::sample::several::{
    CLOSED, TWIN, account_of, closed, in_account, merged, named, several,
};
use crate::sample::{self, full, priced};

fn tabled(diff: &Diff<'_>) -> String {
    let mut out = String::new();
    diff::table(diff, plain(80), &mut out).expect("a string takes everything");
    out
}

fn in_markdown(diff: &Diff<'_>) -> String {
    let mut out = String::new();
    diff::markdown(diff, &mut out).expect("a string takes everything");
    out
}

fn in_json(diff: &Diff<'_>) -> String {
    let mut out = Vec::new();
    diff::json(diff, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("UTF-8")
}

/// The account without what was not seen.
fn seen_whole() -> Assessment {
    Assessment {
        gaps: Vec::new(),
        ..full()
    }
}

/// A month earlier: an NLB was there that is gone, one was not there yet, one was blocked, one had
/// another finding, and one fewer methods.
fn earlier() -> Assessment {
    let mut old = seen_whole();
    old.nlbs.retain(|nlb| nlb.name != "chat-nlb");
    for nlb in &mut old.nlbs {
        match nlb.name.as_str() {
            "billing-nlb" => nlb.verdict = Verdict::Blocked,
            "carts-nlb" => nlb.findings.push(Finding::UnusedV1Link {
                vpc_link_id: nlb_link(),
                name: "shop".into(),
            }),
            "orders-nlb" => {
                nlb.chains.truncate(2);
            }
            _ => {}
        }
    }
    old
}

fn nlb_link() -> VpcLinkId {
    VpcLinkId::new("v1shop").expect("a link")
}

fn later() -> Assessment {
    let mut new = seen_whole();
    new.nlbs.retain(|nlb| nlb.name != "pets-nlb");
    new
}

fn changes(diff: &Diff<'_>) -> Vec<(String, Change)> {
    let of = diff.nlbs.iter();
    of.map(|one| (one.sides.nlb().name.to_string(), Change::from(one)))
        .collect()
}

#[test]
fn what_changed_is_told_with_what_it_is_worth() {
    let (old, new) = (View::of(earlier()), View::of(later()));
    let (old, new) = (priced(old, "x"), priced(new, "x"));
    assert_snapshot!(tabled(&Diff::of(&old, &new)), @"
    The older: Account 111122223333 in eu-west-1, us-east-1; scanned
    2026-03-01T09:30:00Z.
    The newer: Account 111122223333 in eu-west-1, us-east-1; scanned
    2026-03-01T09:30:00Z.

    1 NLB appeared, 1 NLB is gone, 1 NLB has another verdict, 2 NLBs differ in
    findings or chains, 3 findings appeared, 24 findings are solved.

    NLBs that appeared
      chat-nlb in eu-west-1: rewirable
        costs 19.27 USD (19.00 to 20.20) a month; its going saves 0.00 to 1.80 USD
        with endpoint-service-consumer, mixed-nlb, websocket-uses-v1-link

    NLBs that are gone
      pets-nlb in eu-west-1: blocked
        costs 19.27 USD (19.00 to 20.20) a month; its going saves 0.00 USD

    NLBs with another verdict
      billing-nlb in eu-west-1: blocked -> removable-if

    NLBs with other findings or chains
      carts-nlb in eu-west-1: removable
        solved: warning unused-v1-link: a VPC link v1 that nothing uses
      orders-nlb in eu-west-1: blocked
        orders (REST a1b2c3d4e5) stage prod: 6 methods appeared

    What it is worth
      1 bridge that appeared: 19.27 USD (19.00 to 20.20) a month, of which 0.00 to
      1.80 USD could be saved.
      1 bridge that is gone: 19.27 USD (19.00 to 20.20) a month less, of which 0.00
      USD could be saved.
      1 bridge with another verdict: at least 18.40 USD a month could be saved, 0.00
      USD could be before.
    ");
}

#[test]
fn another_way_and_another_severity_are_told_apart_from_news() {
    let (mut old, new) = (seen_whole(), seen_whole());
    for nlb in &mut old.nlbs {
        for finding in &mut nlb.findings {
            if let Finding::CanaryInProgress { effect, .. } = finding {
                *effect = CanaryEffect::None;
            }
        }
        if nlb.name == "orders-nlb" {
            let cut = Arc::clone(&nlb.chains[6].way);
            nlb.chains[1].way = cut;
            nlb.chains[2].seen_in = SeenIn::Draft;
        }
    }
    let (old, new) = (View::of(old), View::of(new));
    let diff = Diff::of(&old, &new);
    assert_eq!(changes(&diff), [("orders-nlb".to_owned(), Change::Details)]);
    let drift = &diff.nlbs[0].drift;
    let numbers = drift
        .iter()
        .map(|one| (one.appeared, one.gone, one.changed));
    assert_eq!(numbers.collect::<Vec<_>>(), [(0, 0, 2)]);
    let news: Vec<_> = diff.news().map(Finding::code).collect();
    assert_eq!(news, [FindingCode::CanaryInProgress]);
    let page = tabled(&diff);
    assert!(
        page.contains("stage prod: 2 methods led another way"),
        "{page}"
    );
    assert!(
        page.contains("was warning, now: blocker canary-in-progress"),
        "{page}"
    );
    // A canary that became harmless is no news.
    assert_eq!(Diff::of(&new, &old).news().count(), 0);
}

#[test]
fn a_scan_differs_from_itself_in_nothing() {
    for (name, view) in sample::views() {
        let diff = Diff::of(&view, &view);
        assert!(diff.is_empty(), "{name}");
        assert!(diff.worth().is_empty(), "{name}");
        assert!(tabled(&diff).contains("Nothing changed"), "{name}");
    }
}

#[test]
fn over_a_gap_nothing_is_called_gone() {
    let (old, mut gap) = (View::of(earlier()), later());
    gap.gaps = full().gaps;
    let new = View::of(gap);
    let diff = Diff::of(&old, &new);
    let pets = ("pets-nlb".to_owned(), Change::NotSeen);
    assert!(changes(&diff).contains(&pets), "{:?}", changes(&diff));
    let findings = diff.nlbs.iter().flat_map(|one| &one.findings.gone);
    assert!(findings.clone().count() > 0);
    assert!(findings.clone().all(|one| one.seen == Seen::Partly));
    let page = tabled(&diff);
    assert!(page.starts_with("INCOMPLETE: of the newer"), "{page}");
    assert!(!page.contains("solved") && !page.contains("gone"), "{page}");
}

#[test]
fn what_filters_took_out_is_not_called_gone() {
    let (old, new) = (View::of(seen_whole()), View::of(seen_whole()));
    let new = new.select(&unbridge_report::view::Selection {
        verdicts: vec![Verdict::Blocked],
        ..Default::default()
    });
    let diff = Diff::of(&old, &new);
    assert!(!diff.is_empty());
    for (name, change) in changes(&diff) {
        assert_eq!(change, Change::NotSeen, "{name}");
    }
}

#[test]
fn another_user_is_not_called_gone_while_an_account_is_not_seen() {
    let mut gone = seen_whole();
    for nlb in &mut gone.nlbs {
        nlb.findings
            .retain(|finding| finding.code() != FindingCode::DnsAlias);
    }
    let solved = |new: Assessment| {
        let old = View::of(merged([seen_whole(), in_account(seen_whole(), TWIN)]));
        let new = View::of(new);
        let diff = Diff::of(&old, &new);
        let mut findings = diff.nlbs.iter().flat_map(|one| &one.findings.gone);
        let alias = |finding: &Finding| finding.code() == FindingCode::DnsAlias;
        let alias = findings.find(|one| alias(one.finding));
        alias.expect("an alias that went").seen
    };
    let twin = in_account(seen_whole(), TWIN);
    assert_eq!(solved(merged([gone.clone(), twin])), Seen::Whole);
    assert_eq!(solved(merged([gone.clone(), closed(TWIN)])), Seen::Partly);
    assert_eq!(solved(gone), Seen::Partly);
}

#[test]
fn an_account_that_one_scan_has_alone_is_said_and_nothing_of_it_is_called_gone() {
    let old = View::of(merged([seen_whole(), in_account(seen_whole(), TWIN)]));
    let new = View::of(merged([seen_whole(), in_account(seen_whole(), CLOSED)]))
        .with_accounts(named("Pay"));
    let diff = Diff::of(&old, &new);
    assert_eq!(diff.new_accounts, [account_of(CLOSED)]);
    assert_eq!(diff.gone_accounts, [account_of(TWIN)]);
    let kinds: BTreeSet<Change> = diff.nlbs.iter().map(|one| one.into()).collect();
    assert_eq!(kinds, [Change::FirstSeen, Change::NotSeen].into());
    let page = tabled(&diff);
    assert!(
        page.contains("In the newer alone: 1 account (333344445555)."),
        "{page}"
    );
    assert!(
        page.contains("older alone: 1 account (222233334444 (Pay))."),
        "{page}"
    );
    let only = Diff::of(&old, &new).only(&[account_of(TWIN)], &[]);
    assert!(
        only.nlbs
            .iter()
            .all(|one| one.sides.nlb().account == account_of(TWIN))
    );
}

/// An account among others, before and after its alias went; its NLB needed the alias before.
fn alias_gone() -> (Assessment, Assessment) {
    let alias = |finding: &Finding| finding.code() == FindingCode::DnsAlias;
    let (mut old, mut new) = (seen_whole(), seen_whole());
    for (was, is) in old.nlbs.iter_mut().zip(&mut new.nlbs) {
        if was.findings.iter().any(alias) {
            was.verdict = Verdict::Rewirable;
            is.verdict = Verdict::Removable;
            is.findings.retain(|finding| !alias(finding));
        }
    }
    (old, new)
}

#[test]
fn a_verdict_that_is_another_for_want_of_an_account_is_in_doubt_and_worth_nothing_h21() {
    let (old, new) = alias_gone();
    let twin = || in_account(seen_whole(), TWIN);
    let old = priced(View::of(merged([old, twin()])), "x");
    let whole = priced(View::of(merged([new.clone(), twin()])), "x");
    let diff = Diff::of(&old, &whole);
    let verdicts = |diff: &Diff<'_>| diff.new_verdicts().collect::<Vec<_>>();
    assert_eq!(verdicts(&diff), [Verdict::Removable]);
    assert!(diff.is_complete());
    let less = priced(View::of(new), "x");
    let diff = Diff::of(&old, &less);
    assert_eq!(verdicts(&diff), []);
    assert!(!diff.is_complete());
    let mut both = changes(&diff);
    both.retain(|(_, change)| *change != Change::NotSeen);
    assert!(
        both.iter()
            .all(|(_, change)| *change == Change::VerdictInDoubt),
        "{both:?}"
    );
    assert_eq!(both.len(), 1);
    let worth = diff.worth();
    assert!(worth.iter().all(|one| one.change != Change::Verdict));
    let page = tabled(&diff);
    assert!(page.starts_with("INCOMPLETE: one of the two"), "{page}");
    assert!(page.contains("verdict is in doubt"), "{page}");
    // The other way round it is as little news.
    let back = Diff::of(&less, &old);
    assert_eq!(verdicts(&back), []);
    assert!(!back.is_complete());
}

#[test]
fn a_verdict_that_is_another_because_users_are_unknown_is_in_doubt() {
    let (mut old, mut new) = (seen_whole(), seen_whole());
    for nlb in old.nlbs.iter_mut().chain(&mut new.nlbs) {
        nlb.findings.clear();
        nlb.verdict = Verdict::Removable;
    }
    new.nlbs[0].verdict = Verdict::RemovableIf;
    new.nlbs[0].findings.push(Finding::UnknownUsers {
        gaps: full().gaps.into_iter().take(1).collect(),
        sources: Vec::new(),
    });
    let (old, new) = (View::of(old), View::of(new));
    for diff in [Diff::of(&old, &new), Diff::of(&new, &old)] {
        let changes: Vec<Change> = diff.nlbs.iter().map(Change::from).collect();
        assert_eq!(changes, [Change::VerdictInDoubt]);
        assert_eq!(diff.new_verdicts().count(), 0);
    }
}

#[test]
fn where_the_older_scan_read_nothing_nothing_is_new() {
    let mut old = seen_whole();
    let region = old.nlbs[0].region.clone();
    for header in old.scanned.iter_mut() {
        header.regions.retain(|one| *one != region);
    }
    old.nlbs.retain(|nlb| nlb.region != region);
    old.links.retain(|link| link.region != region);
    old.unattached.retain(|one| one.region != region);
    let (old, new) = (View::of(old), View::of(seen_whole()));
    let diff = Diff::of(&old, &new);
    let first = diff.nlbs.iter().map(Change::from);
    assert!(first.clone().count() > 0);
    assert!(first.clone().all(|change| change == Change::FirstSeen));
    assert_eq!(diff.news().count(), 0);
    assert_eq!(diff.new_verdicts().count(), 0);
    assert!(!diff.is_complete());
    // What a scan saw in part is news: it may be new, and nobody looks twice.
    let mut partly = seen_whole();
    partly.nlbs.clear();
    partly.gaps = full().gaps;
    partly.gaps.retain(|gap| gap.unseen != Unseen::Rest);
    let partly = View::of(partly);
    assert!(Diff::of(&partly, &new).news().count() > 0);
}

#[test]
fn a_region_and_an_account_that_the_newer_scan_lacks_make_it_incomplete() {
    let old = View::of(merged([seen_whole(), in_account(seen_whole(), TWIN)]));
    let mut less = merged([seen_whole(), in_account(seen_whole(), TWIN)]);
    let region = less.nlbs[0].region.clone();
    less.nlbs.retain(|nlb| nlb.region != region);
    for header in less.scanned.iter_mut() {
        header.regions.retain(|one| *one != region);
    }
    let mut none = in_account(seen_whole(), TWIN);
    none.nlbs.clear();
    none.links.clear();
    none.unattached.clear();
    let empty_before = View::of(merged([seen_whole(), none]));
    let without = View::of(seen_whole());
    for (old, new) in [
        (&old, &View::of(less)),
        (&old, &without),
        (&empty_before, &without),
    ] {
        assert!(old.assessment.is_complete() && new.assessment.is_complete());
        assert!(!Diff::of(old, new).is_complete());
        assert!(!Diff::of(new, old).is_complete());
    }
}

#[test]
fn what_the_organization_says_of_an_account_tells_gone_from_not_seen() {
    let both = || View::of(merged([seen_whole(), in_account(seen_whole(), TWIN)]));
    let one = || View::of(seen_whole());
    let listed = |second: Option<MemberStatus>| {
        let member = |id: &str, status| Member {
            account: account_of(id),
            name: "".into(),
            status,
            unit: None,
            tags: None,
        };
        let own = full().scanned.first().account.to_string();
        let first = member(&own, MemberStatus::Active);
        let second = second.map(|status| member(TWIN, status));
        let members = [first].into_iter().chain(second).collect();
        Accounts::from(Organization::of(members))
    };
    let kinds = |old: &View, new: &View| {
        let diff = Diff::of(old, new);
        let kinds: BTreeSet<Change> = diff.nlbs.iter().map(Change::from).collect();
        (kinds, diff.is_complete())
    };
    let suspended = one().with_accounts(listed(Some(MemberStatus::Suspended)));
    assert_eq!(
        kinds(&both(), &suspended),
        ([Change::Gone].into(), true),
        "closed"
    );
    let still = one().with_accounts(listed(Some(MemberStatus::Active)));
    assert_eq!(kinds(&both(), &still), ([Change::NotSeen].into(), false));
    let left = one().with_accounts(listed(None));
    assert_eq!(kinds(&both(), &left), ([Change::NotSeen].into(), false));
    assert_eq!(
        kinds(&left, &both()),
        ([Change::Appeared].into(), true),
        "opened"
    );
    assert_eq!(kinds(&still, &both()), ([Change::FirstSeen].into(), false));
}

#[test]
fn what_is_unknown_is_not_worth_nothing() {
    let old = View::of(earlier());
    let new = priced(View::of(later()), "x");
    let diff = Diff::of(&old, &new);
    let worth = diff.worth();
    let verdict = worth.iter().find(|one| one.change == Change::Verdict);
    let was = verdict.and_then(|one| one.was).expect("a sum");
    assert_eq!(was.cost, Range::unknown());
    let page = tabled(&diff);
    let gone = "1 bridge that is gone: what they cost is not known.";
    assert!(page.contains(gone), "{page}");
    let nobody = (View::of(earlier()), View::of(later()));
    assert!(!tabled(&Diff::of(&nobody.0, &nobody.1)).contains("worth"));
}

#[test]
fn an_accepted_finding_is_neither_solved_nor_news() {
    let view = sample::accepted();
    let open = View::of(full());
    assert!(Diff::of(&open, &view).is_empty());
    let nothing = View::of(sample::empty());
    let diff = Diff::of(&nothing, &view);
    let accepted: Vec<_> = view
        .accepted
        .iter()
        .map(|one| identity(&one.finding))
        .collect();
    assert!(!accepted.is_empty());
    let orders = diff
        .nlbs
        .iter()
        .find(|one| one.sides.nlb().name == "orders-nlb");
    let findings = &orders.expect("an NLB").findings.appeared;
    assert!(findings.iter().any(|one| one.accepted));
    let news: Vec<_> = diff.news().map(Finding::code).collect();
    assert!(news.contains(&FindingCode::ChainBroken));
    assert!(findings.iter().filter(|one| one.accepted).all(|one| {
        let is_bridge = one.finding.code() == FindingCode::NlbBridgesAlb;
        is_bridge && !diff.news().any(|news| std::ptr::eq(news, one.finding))
    }));
}

#[test]
fn hostile_names_are_harmless_in_every_format() {
    let markup = || {
        let all = [
            sample::hostile_with(sample::MARKUP),
            in_account(full(), TWIN),
        ];
        View::of(merged(all)).with_accounts(named("\u{202e}<img src=x>|`"))
    };
    for (name, new) in sample::views().into_iter().chain([("markup", markup())]) {
        for old in [View::of(sample::empty()), View::of(several()), markup()] {
            for diff in [Diff::of(&old, &new), Diff::of(&new, &old)] {
                for page in [tabled(&diff), in_markdown(&diff), in_json(&diff)] {
                    let raw = |c: char| is_hazardous(c) && c != '\n';
                    assert!(!page.contains(raw), "{name}");
                }
                assert!(!has_html(&in_markdown(&diff)), "{name}");
                let wide = |line: &str| line.chars().count() > 80;
                assert!(!tabled(&diff).lines().any(wide), "{name}");
            }
        }
    }
}

#[test]
fn what_is_written_as_json_has_the_published_shape() {
    let published = diff::schema();
    let validator = jsonschema::validator_for(&published).expect("a schema");
    let old = priced(View::of(earlier()), "x");
    for (name, new) in sample::views() {
        let diff = Diff::of(&old, &new);
        let value: Value = serde_json::from_str(&in_json(&diff)).expect("JSON");
        assert!(validator.is_valid(&value), "{name}");
        assert_eq!(in_json(&diff), in_json(&Diff::of(&old, &new)), "{name}");
    }
}

/// What one of the two has alone, as texts.
fn alone<'d>(
    diff: &'d Diff<'_>,
    nlb: impl Fn(Sides<'_>) -> Option<Seen>,
    findings: impl Fn(&'d Findings<'_>) -> Vec<(&'d Finding, Seen)>,
    accounts: impl Fn(&'d Diff<'_>) -> String,
) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = [accounts(diff)].into();
    for one in &diff.nlbs {
        let arn = &one.sides.nlb().arn;
        all.extend(nlb(one.sides).map(|seen| format!("{arn} {seen:?}")));
        for (finding, seen) in findings(&one.findings) {
            all.insert(format!("{arn} {} {seen:?}", identity(finding)));
        }
    }
    for one in &diff.others {
        for (finding, seen) in findings(&one.findings) {
            let about: &About = &one.about;
            all.insert(format!("{about:?} {} {seen:?}", identity(finding)));
        }
    }
    all
}

fn appeared(diff: &Diff<'_>) -> BTreeSet<String> {
    alone(
        diff,
        |sides| match sides {
            Sides::Appeared(_, seen) => Some(seen),
            Sides::Gone(..) | Sides::Both(..) => None,
        },
        |all| {
            all.appeared
                .iter()
                .map(|one| (one.finding, one.seen))
                .collect()
        },
        |diff| format!("{:?}", diff.new_accounts),
    )
}

fn gone(diff: &Diff<'_>) -> BTreeSet<String> {
    alone(
        diff,
        |sides| match sides {
            Sides::Gone(_, seen) => Some(seen),
            Sides::Appeared(..) | Sides::Both(..) => None,
        },
        |all| all.gone.iter().map(|one| (one.finding, one.seen)).collect(),
        |diff| format!("{:?}", diff.gone_accounts),
    )
}

/// Some of the accounts, NLBs, findings, chains and gaps of three accounts.
fn any_scan() -> impl Strategy<Value = View> {
    let bits = || proptest::collection::vec(any::<bool>(), 64);
    (1..8_usize, bits(), bits(), any::<bool>()).prop_map(|(accounts, some, others, gaps)| {
        let all = [full(), in_account(full(), TWIN), closed(CLOSED)];
        let chosen = all.into_iter().enumerate();
        let chosen = chosen.filter(|(number, _)| accounts & (1 << number) != 0);
        let mut scan = merged(chosen.map(|(_, one)| one));
        let mut bit = some.iter().cycle();
        scan.nlbs.retain(|_| *bit.next().expect("endless"));
        let mut bit = others.iter().cycle();
        for nlb in &mut scan.nlbs {
            nlb.findings.retain(|_| *bit.next().expect("endless"));
            nlb.chains.retain(|_| *bit.next().expect("endless"));
        }
        for link in &mut scan.links {
            link.findings.retain(|_| *bit.next().expect("endless"));
        }
        if !gaps {
            scan.gaps.clear();
        }
        View::of(scan)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_appeared_one_way_is_gone_the_other(a in any_scan(), b in any_scan()) {
        let (forth, back) = (Diff::of(&a, &b), Diff::of(&b, &a));
        prop_assert_eq!(appeared(&forth), gone(&back));
        prop_assert_eq!(gone(&forth), appeared(&back));
        let drift = |diff: &Diff<'_>| -> (usize, usize, usize) {
            let all = diff.nlbs.iter().flat_map(|one| &one.drift);
            all.fold((0, 0, 0), |sum, one| {
                (sum.0 + one.appeared, sum.1 + one.gone, sum.2 + one.changed)
            })
        };
        let (there, here) = (drift(&forth), drift(&back));
        prop_assert_eq!(there, (here.1, here.0, here.2));
        prop_assert!(Diff::of(&a, &a).is_empty());
    }
}
