//! Every situation the simulator can build, and the verdict it must bring: kept in one table that
//! a person has read.

use std::fmt::Write;

use unbridge_model::assessment::Unattached;
use unbridge_model::finding::Verdict;
use unbridge_sim::build::Situation;

use crate::common::{assessed, codes, estate, golden, nlb, scanned};

#[test]
fn situations_have_the_verdicts_of_the_table() {
    let mut table = String::new();
    for situation in Situation::ALL {
        let account = situation
            .add(estate(), "x", 80)
            .build()
            .expect("an account");
        let assessment = assessed(&scanned(account).snapshot);
        for nlb in &assessment.nlbs {
            let codes: Vec<_> = codes(nlb).iter().map(ToString::to_string).collect();
            let (name, verdict) = (&nlb.name, nlb.verdict);
            let codes = codes.join(" ");
            writeln!(table, "{situation:?} {name}: {verdict} {codes}").expect("a string");
        }
        for Unattached { finding, .. } in &assessment.unattached {
            writeln!(table, "{situation:?} unattached: {}", finding.code()).expect("a string");
        }
    }
    golden("fixtures/situations.txt", &table);
}

#[test]
fn an_nlb_in_front_of_an_alb_without_gateway_is_not_a_bridge_h2() {
    let account = Situation::NlbWithoutGateway
        .add(estate(), "static", 80)
        .build()
        .expect("an account");
    let assessment = assessed(&scanned(account).snapshot);
    assert_eq!(nlb(&assessment, "static-nlb").verdict, Verdict::NotABridge);
}

#[test]
fn what_a_stage_runs_counts_as_use_when_the_draft_has_dropped_it_h3() {
    let account = Situation::DraftReduced
        .add(estate(), "x", 80)
        .build()
        .expect("an account");
    let assessment = assessed(&scanned(account).snapshot);
    let over = nlb(&assessment, "x-nlb");
    assert!(
        over.chains
            .iter()
            .any(|chain| chain.seen_in == unbridge_model::assessment::SeenIn::Stage)
    );
    assert_eq!(over.verdict, Verdict::Blocked);
}
