//! Other users of the NLB.

use unbridge_model::call::CallKind;
use unbridge_model::finding::{FindingCode, Verdict};
use unbridge_model::gap::{Gap, GapClass, Source, Unseen};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::snapshot::Outcome;
use unbridge_model::text::Text;
use unbridge_scanner::assess::assess_among;
use unbridge_scanner::siblings::Siblings;
use unbridge_scanner::terraform::TerraformState;
use unbridge_sim::build::Estate;

use crate::common::{assessed, codes, nlb, scanned};

use super::{assessment, bridge, denied, found};

#[test]
fn a_bridge_in_whose_way_nothing_stands_is_removable() {
    let assessment = assessment(bridge());
    let of = nlb(&assessment, "x-nlb");
    assert_eq!(of.verdict, Verdict::Removable, "{:?}", of.findings);
    assert!(assessment.is_complete(), "{:?}", assessment.gaps);
}

/// H1: whoever else leads to the NLB keeps it.
#[test]
fn every_other_user_keeps_the_nlb_h1() {
    let check = |estate: Estate, code| {
        let (verdict, _) = found(estate, code);
        assert_eq!(verdict, Verdict::Rewirable, "{code}");
    };
    check(
        bridge().dns_alias("api.corp.example", "x-nlb"),
        FindingCode::DnsAlias,
    );
    check(
        bridge().dns_addresses("old.corp.example", "x-nlb"),
        FindingCode::DnsAlias,
    );
    check(
        bridge().accelerator("acc", "x-nlb"),
        FindingCode::AcceleratorEndpoint,
    );
    check(
        bridge().distribution("cdn", "x-nlb"),
        FindingCode::CloudfrontOrigin,
    );
    check(
        bridge().vpc_origin("vo", "x-nlb"),
        FindingCode::CloudfrontOrigin,
    );
    check(
        bridge().verified_access("va", "x-nlb"),
        FindingCode::VerifiedAccessEndpoint,
    );
    check(
        bridge().mirror_target("tm", "x-nlb"),
        FindingCode::TrafficMirrorTarget,
    );
    check(
        bridge().elastic_addresses("x-nlb"),
        FindingCode::StaticAddresses,
    );
}

/// H1: a source that was not seen is never "none".
#[test]
fn a_source_of_users_that_is_denied_leaves_a_doubt_h1() {
    for kind in [
        CallKind::ListHostedZones,
        CallKind::ListAccelerators,
        CallKind::ListDistributions,
        CallKind::ListVpcOrigins,
        CallKind::DescribeVerifiedAccessEndpoints,
        CallKind::DescribeTrafficMirrorTargets,
        CallKind::DescribeAlarms,
    ] {
        let assessment = denied(bridge(), kind);
        let of = nlb(&assessment, "x-nlb");
        assert_eq!(of.verdict, Verdict::RemovableIf, "{}", kind.name());
        assert!(
            codes(of).contains(&FindingCode::UnknownUsers),
            "{}",
            kind.name()
        );
    }
}

/// H1: another load balancer's users say nothing of this one.
#[test]
fn users_of_another_nlb_are_not_its_own_h1() {
    let estate = bridge()
        .bridge("y", 80)
        .dns_alias("y.corp.example", "y-nlb");
    let assessment = assessment(estate);
    assert_eq!(nlb(&assessment, "x-nlb").verdict, Verdict::Removable);
    assert_eq!(nlb(&assessment, "y-nlb").verdict, Verdict::Rewirable);
}

/// H1: an interrupted scan may have stopped before it looked for other users.
#[test]
fn an_interrupted_scan_leaves_a_doubt_h1() {
    let mut snapshot = scanned(bridge().build().expect("an account")).snapshot;
    snapshot.outcome = Outcome::Interrupted;
    let assessment = assessed(&snapshot);
    assert_eq!(nlb(&assessment, "x-nlb").verdict, Verdict::RemovableIf);
}

/// The verdict and the findings of the bridge among what another account has.
fn among(other: Estate, gaps: &[Gap]) -> (Verdict, String) {
    let own = scanned(bridge().build().expect("an account")).snapshot;
    let other = scanned(other.build().expect("an account")).snapshot;
    let sibling = AccountId::new("222222222222").expect("an account");
    let mut siblings = Siblings::default();
    siblings.add(&sibling, &other.users, gaps);
    let terraform = TerraformState::default();
    let assessment = assess_among(&own, &terraform, &siblings).expect("a consistent graph");
    assert!(assessment.is_complete(), "gaps of others are theirs");
    let of = nlb(&assessment, "x-nlb");
    (of.verdict, format!("{:?}", of.findings))
}

/// H21: whatever leads to the NLB from another account keeps it as well.
#[test]
fn users_in_another_account_keep_the_nlb_h21() {
    for other in [
        bridge().dns_alias("api.corp.example", "x-nlb"),
        bridge().dns_addresses("old.corp.example", "x-nlb"),
        bridge().accelerator("acc", "x-nlb"),
        bridge().distribution("cdn", "x-nlb"),
        bridge().vpc_origin("vo", "x-nlb"),
    ] {
        let (verdict, findings) = among(other, &[]);
        assert_eq!(verdict, Verdict::Rewirable, "{findings}");
        assert!(findings.contains("(account 222222222222)"), "{findings}");
    }
    let (verdict, _) = among(bridge(), &[]);
    assert_eq!(verdict, Verdict::Removable);
}

/// H21: an account that could not be looked into may lead to any NLB.
#[test]
fn what_was_not_seen_of_another_account_leaves_a_doubt_h21() {
    let gap = |region: Option<Region>, unseen| Gap {
        account: AccountId::new("222222222222").expect("an account"),
        region,
        unseen,
        class: GapClass::Denied,
        message: Text::new("no"),
    };
    let call = |call| Unseen::Call { call, of: None };
    for unseen in [
        Unseen::Rest,
        call(CallKind::ListHostedZones),
        call(CallKind::ListEndpointGroups),
        Unseen::Source {
            source: Source::CloudfrontOrigins,
        },
    ] {
        let (verdict, findings) = among(bridge(), &[gap(None, unseen)]);
        assert_eq!(verdict, Verdict::RemovableIf, "{findings}");
        assert!(findings.contains("222222222222"), "{findings}");
    }
    // What has a region leads to load balancers of its own account alone.
    let region = Region::new("eu-west-1").expect("a region");
    let regional = gap(Some(region), call(CallKind::DescribeAlarms));
    assert_eq!(among(bridge(), &[regional]).0, Verdict::Removable);
}
