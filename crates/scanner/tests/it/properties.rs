//! What must hold for every account.

use proptest::prelude::*;
use unbridge_model::apigateway::{LinkReach, VpcLink};
use unbridge_model::assessment::Assessment;
use unbridge_model::finding::Verdict;
use unbridge_model::quota::Pace;
use unbridge_sim::account::RegionState;
use unbridge_sim::estate::{Size, generate, shuffle, unrelated};
use unbridge_sim::reader::{Order, Settings};

use crate::common::{assessed, property_cases, scan_with, scanned};

/// What a reader of the report would notice.
fn told(assessment: &Assessment) -> Vec<(String, Verdict, Vec<String>, usize)> {
    let nlbs = assessment.nlbs.iter().map(|nlb| {
        let findings = nlb
            .findings
            .iter()
            .map(|finding| format!("{finding:?}"))
            .collect();
        (nlb.arn.to_string(), nlb.verdict, findings, nlb.chains.len())
    });
    nlbs.collect()
}

fn has_room_for_a_link(region: &RegionState) -> bool {
    let v2 = |link: &&VpcLink| matches!(link.reach, LinkReach::V2 { .. });
    region.links.iter().filter(v2).count() < 10
}

proptest! {
    #![proptest_config(ProptestConfig { cases: property_cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_lists_and_the_size_of_pages_change_nothing(seed: u64, size in 1_usize..12, page in 1_usize..4) {
        let account = generate(seed, Size(size)).expect("an account");
        let settings = Settings { order: Order::AsStored, page_size: Some(page), ..Settings::unthrottled() };
        let shuffled = scan_with(shuffle(account.clone(), seed ^ 1), settings, Pace::FULL).expect("a scan");
        let plain = scanned(account);
        prop_assert!(assessed(&shuffled.snapshot) == assessed(&plain.snapshot), "assessments differ");
        prop_assert!(shuffled.snapshot == plain.snapshot, "snapshots differ");
    }

    #[test]
    fn unrelated_resources_change_no_verdict(seed: u64, size in 1_usize..12) {
        let account = generate(seed, Size(size)).expect("an account");
        let more = unrelated(account.clone(), seed ^ 2).expect("an account");
        // A region full of version 2 links has no room for another one: that is no unrelated thing.
        prop_assume!(more.regions.values().all(has_room_for_a_link));
        let (alone, among) = (assessed(&scanned(account).snapshot), assessed(&scanned(more).snapshot));
        let among = told(&among);
        for nlb in told(&alone) {
            prop_assert!(among.contains(&nlb), "{nlb:?}");
        }
    }

    /// The graph of every account verifies (`assess` refuses otherwise), and the verdicts keep what
    /// they promise.
    #[test]
    fn verdicts_keep_their_promises(seed: u64, size in 1_usize..12) {
        let account = generate(seed, Size(size)).expect("an account");
        let assessment = assessed(&scanned(account).snapshot);
        for nlb in &assessment.nlbs {
            let ends_at_alb = |end: &unbridge_model::route::End| matches!(end, unbridge_model::route::End::Alb { .. });
            match nlb.verdict {
                Verdict::Removable | Verdict::RemovableIf => {
                    prop_assert!(nlb.chains.iter().all(|chain| ends_at_alb(&chain.way.end)));
                    prop_assert!(nlb.gravest() != Some(unbridge_model::finding::Severity::Blocker));
                }
                Verdict::AlreadyDirect => prop_assert!(nlb.chains.is_empty()),
                Verdict::NotABridge => prop_assert!(!nlb.chains.iter().any(|chain| ends_at_alb(&chain.way.end))),
                Verdict::Rewirable | Verdict::Blocked => prop_assert!(!nlb.findings.is_empty()),
            }
        }
    }
}
