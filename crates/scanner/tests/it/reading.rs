//! What is read, in how many calls, and what becomes of calls that fail.

use std::time::Duration;

use strum::VariantArray;
use unbridge_model::apigateway::{VariableValue, Verb};
use unbridge_model::call::{Call, CallKind, Page, PageToken};
use unbridge_model::finding::{FindingCode, Verdict};
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_model::place::Place;
use unbridge_model::port::{ReadError, Reader};
use unbridge_model::quota::Pace;
use unbridge_model::snapshot::Extent;
use unbridge_scanner::scan::ScanError;
use unbridge_sim::build::{Backend, Situation};
use unbridge_sim::reader::{Fault, Settings, SimReader, Times};
use unbridge_sim::sample;

use crate::common::{
    assessed, codes, counts, estate, nlb, options, scan_through, scan_with, scanned,
};

fn with_faults(faults: Vec<Fault>) -> Settings {
    Settings {
        faults,
        ..Settings::unthrottled()
    }
}

#[test]
fn a_region_without_links_costs_a_handful_of_calls() {
    let empty = scanned(estate().build().expect("an account"));
    assert_eq!(empty.calls.len(), 3);
    let apis = estate()
        .rest_api("web", |api| api.public(Verb::Get, "/").deploy("prod"))
        .alb("web-alb", 80);
    let apis = apis
        .nlb("tcp")
        .serve("tcp", 9000, Backend::Instances)
        .build()
        .expect("an account");
    let without_links = scanned(apis);
    assert_eq!(without_links.calls.len(), 4, "{:?}", counts(&without_links));
    let facts = without_links
        .snapshot
        .regions
        .values()
        .next()
        .expect("a region");
    assert_eq!(facts.extent, Some(Extent::NothingInPlay));
}

#[test]
fn addresses_that_are_no_albs_do_not_make_a_region_worth_reading() {
    let account = estate()
        .rest_api("web", |api| api.public(Verb::Get, "/").deploy("prod"))
        .alb("web-alb", 80)
        .nlb("tcp")
        .serve("tcp", 9000, Backend::Addresses);
    let scanned = scanned(account.build().expect("an account"));
    assert_eq!(scanned.calls.len(), 7, "{:?}", counts(&scanned));
    let facts = scanned.snapshot.regions.values().next().expect("a region");
    assert_eq!(facts.extent, Some(Extent::NothingInPlay));
    let assessment = assessed(&scanned.snapshot);
    assert_eq!(nlb(&assessment, "tcp").verdict, Verdict::NotABridge);
}

#[test]
fn an_api_costs_one_call_a_page_and_one_a_stage() {
    let account = estate().bridge("orders", 80).rest_api("orders", |api| {
        let api = (0..40).fold(api, |api, n| api.proxy(&format!("/r{n}"), "orders-link"));
        api.deploy("dev").deploy("prod")
    });
    let scanned = scanned(account.build().expect("an account"));
    let counts = counts(&scanned);
    let of = |name| counts.get(name).copied().unwrap_or_default();
    assert_eq!(of("apigateway:GetResources"), 1);
    assert_eq!(of("apigateway:GetStages"), 1);
    assert_eq!(of("apigateway:GetExport"), 2);
}

#[test]
fn small_pages_bring_the_same_snapshot() {
    let account = sample::account().expect("the sample");
    let whole = scanned(account.clone()).snapshot;
    let settings = Settings {
        page_size: Some(1),
        ..Settings::unthrottled()
    };
    let paged = scan_with(account, settings, Pace::FULL).expect("a scan");
    assert_eq!(paged.snapshot, whole);
}

/// Tells the lists of these calls on one page more, all over again.
struct Again<'k> {
    sim: SimReader,
    kinds: &'k [CallKind],
    /// Where the repetition goes on.
    after: Option<PageToken>,
}

impl Reader for Again<'_> {
    async fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        if !self.kinds.contains(&call.kind()) {
            return self.sim.read(place, call, from).await;
        }
        let page = self.sim.read(place, call, None).await?;
        let next = match from {
            None => Some(PageToken("again".to_owned())),
            Some(_) => self.after.clone(),
        };
        Ok(Page { next, ..page })
    }
}

#[test]
fn a_list_that_shifts_between_pages_holds_nothing_twice() {
    let account = sample::account().expect("the sample");
    let whole = scanned(account.clone()).snapshot;
    let options = options(&account, Pace::FULL);
    let kinds = [
        CallKind::GetIntegrations,
        CallKind::GetApiStages,
        CallKind::DescribeListeners,
        CallKind::DescribeRules,
    ];
    let again = |sim| Again {
        sim,
        kinds: &kinds,
        after: None,
    };
    let settings = Settings::unthrottled();
    let shifted = scan_through(account, settings, &options, again).expect("a scan");
    assert_eq!(shifted.snapshot, whole);
}

#[test]
fn a_list_whose_page_names_itself_as_the_next_is_a_gap() {
    let account = sample::account().expect("the sample");
    let options = options(&account, Pace::FULL);
    let again = |sim| Again {
        sim,
        kinds: &[CallKind::GetVpcLinks],
        after: Some(PageToken("again".to_owned())),
    };
    let settings = Settings::unthrottled();
    let endless = scan_through(account, settings, &options, again).expect("a scan");
    let gaps = &endless.snapshot.gaps;
    let gap = gaps.iter().find(
        |gap| matches!(&gap.unseen, Unseen::Call { call, .. } if *call == CallKind::GetVpcLinks),
    );
    assert_eq!(gap.expect("a gap").class, GapClass::Unparseable);
}

#[test]
fn a_pause_that_aws_tells_is_kept_up_to_a_minute() {
    let took = |told| {
        let fault = Fault {
            retry_after: Some(told),
            ..Fault::new(CallKind::GetVpcLinks, GapClass::Throttled, "no").times(Times::Once)
        };
        let account = estate().bridge("x", 80).build().expect("an account");
        let scanned = scan_with(account, with_faults(vec![fault]), Pace::FULL);
        scanned.expect("a scan").took
    };
    let half = took(Duration::from_secs(30));
    let minute = took(Duration::from_secs(60));
    assert_eq!(minute - half, Duration::from_secs(30));
    assert_eq!(took(Duration::from_secs(86_400)), minute);
}

#[test]
fn every_denied_call_is_a_gap_and_nothing_becomes_safer_by_it() {
    let account = sample::account().expect("the sample");
    let seen = assessed(&scanned(account.clone()).snapshot);
    for kind in CallKind::VARIANTS {
        let faults = vec![Fault::denied(*kind).times(Times::Always)];
        let denied = scan_with(account.clone(), with_faults(faults), Pace::FULL).expect("a scan");
        let asked = denied
            .calls
            .iter()
            .any(|attempt| attempt.call.kind() == *kind);
        let of_kind = |unseen: &Unseen| matches!(unseen, Unseen::Call { call, .. } if call == kind);
        let gap = denied
            .snapshot
            .gaps
            .iter()
            .any(|gap| of_kind(&gap.unseen) && gap.class == GapClass::Denied);
        assert_eq!(gap, asked, "{kind:?}");
        let blind = assessed(&denied.snapshot);
        for nlb in &blind.nlbs {
            let before = seen
                .nlbs
                .iter()
                .find(|other| other.arn == nlb.arn)
                .expect("the same NLB");
            let safe = |verdict| matches!(verdict, Verdict::Removable | Verdict::AlreadyDirect);
            assert!(
                !safe(nlb.verdict) || nlb.verdict == before.verdict,
                "{kind:?} made {} {}",
                nlb.name,
                nlb.verdict
            );
            if before.verdict != Verdict::NotABridge && nlb.verdict == Verdict::NotABridge {
                panic!("without {kind:?}, {} looks like no bridge", nlb.name);
            }
        }
    }
}

#[test]
fn an_unread_export_takes_removable_away_h3() {
    let account = Situation::CleanBridge.add(estate(), "x", 80);
    let account = account
        .rest_api("other", |api| api.public(Verb::Get, "/").deploy("prod"))
        .build()
        .expect("an account");
    let verdict = |faults| {
        let scanned = scan_with(account.clone(), with_faults(faults), Pace::FULL).expect("a scan");
        let assessment = assessed(&scanned.snapshot);
        nlb(&assessment, "x-nlb").verdict
    };
    assert_eq!(verdict(vec![]), Verdict::Removable);
    assert_eq!(
        verdict(vec![Fault::denied(CallKind::GetExport).times(Times::Once)]),
        Verdict::RemovableIf
    );
}

#[test]
fn unused_is_not_said_of_a_link_when_an_api_was_not_read() {
    let account = Situation::UnusedLink.add(estate(), "x", 80);
    let account = account
        .rest_api("other", |api| api.public(Verb::Get, "/").deploy("prod"))
        .build()
        .expect("an account");
    let blind = vec![Fault::denied(CallKind::GetResources)];
    let scanned = scan_with(account, with_faults(blind), Pace::FULL).expect("a scan");
    let assessment = assessed(&scanned.snapshot);
    assert!(!codes(nlb(&assessment, "x-nlb")).contains(&FindingCode::UnusedV1Link));
    assert!(assessment.links.iter().all(|link| link.findings.is_empty()));
}

#[test]
fn everything_denied_is_an_error() {
    let faults = CallKind::VARIANTS
        .iter()
        .map(|kind| Fault::denied(*kind).times(Times::Always))
        .collect();
    let result = scan_with(
        sample::account().expect("the sample"),
        with_faults(faults),
        Pace::FULL,
    );
    assert!(
        matches!(result, Err(ScanError::NothingReadable(gap)) if gap.class == GapClass::Denied)
    );
}

#[test]
fn expired_credentials_stop_the_asking() {
    let faults = vec![
        Fault::new(CallKind::GetRestApis, GapClass::Credentials, "expired").times(Times::Always),
    ];
    let account = sample::account().expect("the sample");
    let all = scanned(account.clone()).calls.len();
    let stopped = scan_with(account, with_faults(faults), Pace::FULL).expect("a scan");
    assert!(
        stopped.calls.len() < all / 2,
        "{} of {all}",
        stopped.calls.len()
    );
    let gaps = &stopped.snapshot.gaps;
    assert!(gaps.iter().any(|gap| gap.class == GapClass::Credentials));
}

#[test]
fn throttled_and_failing_calls_are_tried_again_and_each_attempt_counts() {
    let fault = |class, n| Fault::new(CallKind::GetVpcLinks, class, "no").times(Times::First(n));
    let attempts = |fault| {
        let account = Situation::CleanBridge
            .add(estate(), "x", 80)
            .build()
            .expect("an account");
        let scanned = scan_with(account, with_faults(vec![fault]), Pace::FULL).expect("a scan");
        let gaps = scanned.snapshot.gaps.len();
        (
            scanned
                .calls
                .iter()
                .filter(|a| a.call.kind() == CallKind::GetVpcLinks)
                .count(),
            gaps,
        )
    };
    assert_eq!(attempts(fault(GapClass::Throttled, 7)), (8, 0));
    assert_eq!(attempts(fault(GapClass::Throttled, 100)), (8, 1));
    assert_eq!(attempts(fault(GapClass::Failed, 2)), (3, 0));
    assert_eq!(attempts(fault(GapClass::Unreachable, 100)), (3, 1));
    assert_eq!(attempts(fault(GapClass::Denied, 100)), (1, 1));
}

#[test]
fn stage_variables_are_sealed_unless_a_route_reads_them_h20() {
    let account = Situation::LinkByVariable.add(estate(), "x", 80);
    let account = account
        .rest_api("with-secret", |api| {
            api.public(Verb::Get, "/")
                .deploy("prod")
                .variable("prod", "token", "hunter2")
        })
        .build()
        .expect("an account");
    let scanned = scanned(account);
    let facts = scanned.snapshot.regions.values().next().expect("a region");
    let stages = facts
        .rest_apis
        .iter()
        .flat_map(|api| api.stages.iter().flatten());
    let variables: Vec<_> = stages.flat_map(|stage| &stage.variables).collect();
    assert!(
        variables
            .iter()
            .any(|(_, value)| matches!(value, VariableValue::Clear(_))),
        "the link's is kept"
    );
    let secret = variables
        .iter()
        .find(|(name, _)| name.as_str() == "token")
        .expect("the variable");
    assert!(matches!(secret.1, VariableValue::Sealed(_)));
    assert!(!format!("{:?}", scanned.snapshot).contains("hunter2"));
}
