//! A rehearsal runs on a snapshot: what was scanned, made an account again, sends requests where the
//! account that was scanned sends them.

use strum::VariantArray;
use unbridge_model::call::CallKind;
use unbridge_model::quota::Pace;
use unbridge_model::route::{AnyApi, Landing, Request};
use unbridge_sim::account::{Account, RawValues};
use unbridge_sim::data_plane::{Answer, Running, serve};
use unbridge_sim::estate::{Size, generate};
use unbridge_sim::from_snapshot::account;
use unbridge_sim::live::{FirstCanaryPatch, HostResolution, LeftoverTarget, StageInPath, Switches};
use unbridge_sim::reader::{Fault, Settings};
use unbridge_sim::requests::requests;
use unbridge_sim::sample;

use crate::common::{scan_with, scanned};

/// Accounts that are scanned.
const ACCOUNTS: u64 = 12;

/// What the data plane is asked of what is not known of AWS, the other way round.
const OTHERWISE: Switches = Switches {
    stage_in_path: StageInPath::Sent,
    leftover_target: LeftoverTarget::Refused,
    host_resolution: HostResolution::Needed,
    first_canary_patch: FirstCanaryPatch::OnOwnDeployment,
};

fn answer(account: &Account, request: &Request<AnyApi>, switches: Switches) -> Answer {
    let running = Running::of(&account.regions[&request.region], request);
    running.map_or(
        Answer {
            landing: Landing::NotPrivate,
            link: None,
        },
        |running| serve(account, request, running, switches),
    )
}

/// The account without what a scan keeps as digests only.
fn without_secrets(mut account: Account) -> Account {
    for state in account.regions.values_mut() {
        state.raw = RawValues::new();
        for api in &mut state.rest_apis {
            api.raw = RawValues::new();
        }
    }
    account
}

/// Requests that land alike, and all.
fn compare(original: Account, name: &str) -> (usize, usize) {
    let world = account(&scanned(original.clone()).snapshot);
    let world = world.unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
    let asked: Vec<_> = original
        .regions
        .keys()
        .flat_map(|region| requests(&original, region))
        .collect();
    let original = without_secrets(original);
    let mut landed = 0;
    for request in &asked {
        for switches in [Switches::default(), OTHERWISE] {
            let (before, after) = (
                answer(&original, request, switches),
                answer(&world, request, switches),
            );
            assert_eq!(after, before, "{name}: {switches}: {request:?}");
        }
        let plain = answer(&world, request, Switches::default()).landing;
        landed += usize::from(matches!(plain, Landing::Lands { .. }));
    }
    (landed, asked.len())
}

#[test]
fn a_scanned_account_sends_requests_where_the_account_does() {
    let (mut landed, mut all) = (0, 0);
    for seed in 0..ACCOUNTS {
        let account = generate(seed, Size(6)).expect("an account");
        let (some, more) = compare(account, &format!("seed {seed}"));
        landed += some;
        all += more;
    }
    assert!(all > 1000 && landed * 10 > all * 7, "{landed} of {all}");
}

#[test]
fn the_sample_account_can_be_rehearsed_on() {
    let (landed, all) = compare(sample::account().expect("the sample"), "sample");
    assert!(landed * 10 > all * 8, "{landed} of {all}");
}

#[test]
fn requests_that_meet_rules_by_path_are_made_from_a_snapshot_as_well_h6() {
    for seed in 0..ACCOUNTS {
        let mut original = generate(seed, Size(6)).expect("an account");
        // AWS tells nobody what a canary release runs.
        for state in original.regions.values_mut() {
            let stages = state.rest_apis.iter_mut().flat_map(|api| &mut api.stages);
            stages.for_each(|stage| stage.canary = None);
        }
        let world = account(&scanned(original.clone()).snapshot).expect("a world");
        let original = without_secrets(original);
        for region in original.regions.keys() {
            let sorted = |account: &Account| {
                let mut all = requests(account, region);
                all.sort();
                all
            };
            assert_eq!(sorted(&world), sorted(&original), "seed {seed}");
        }
    }
}

#[test]
fn whatever_call_is_denied_the_snapshot_is_refused_with_its_name_or_nothing_lands_elsewhere() {
    let original = sample::account().expect("the sample");
    let (mut refused, mut alike) = (Vec::new(), 0);
    for kind in CallKind::VARIANTS {
        let settings = Settings {
            faults: vec![Fault::denied(*kind)],
            ..Settings::unthrottled()
        };
        let scanned = scan_with(original.clone(), settings, Pace::FULL).expect("a scan");
        match account(&scanned.snapshot) {
            Err(unfit) => {
                assert!(unfit.to_string().contains(kind.name()), "{kind:?}: {unfit}");
                refused.push(*kind);
            }
            Ok(world) => {
                alike += 1;
                let original = without_secrets(original.clone());
                for region in original.regions.keys() {
                    for request in requests(&original, region) {
                        let switches = Switches::default();
                        let (before, after) = (
                            answer(&original, &request, switches),
                            answer(&world, &request, switches),
                        );
                        assert_eq!(after, before, "{kind:?}: {request:?}");
                    }
                }
            }
        }
    }
    for kind in [
        CallKind::GetVpcLinks,
        CallKind::GetVpcLinksV2,
        CallKind::GetExport,
        CallKind::DescribeListeners,
        CallKind::DescribeRules,
        CallKind::DescribeTargetHealth,
        CallKind::DescribeSecurityGroups,
        CallKind::DescribeNetworkAcls,
    ] {
        assert!(refused.contains(&kind), "{kind:?}");
    }
    assert!(alike > 10, "{refused:?}");
}
