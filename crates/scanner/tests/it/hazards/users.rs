//! Other users of the NLB.

use unbridge_model::call::CallKind;
use unbridge_model::finding::{FindingCode, Verdict};
use unbridge_model::snapshot::Outcome;
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
