//! Ways that lead to what is gone or was not seen.

use unbridge_model::assessment::Assessment;
use unbridge_model::call::CallKind;
use unbridge_model::finding::Finding;
use unbridge_model::gap::{Gap, GapClass};
use unbridge_model::route::Broken;
use unbridge_sim::account::RegionState;
use unbridge_sim::build::Estate;
use unbridge_sim::reader::Fault;

use crate::common::estate;
use crate::doubts::{seen, seen_but};

/// Why chains that touch no NLB are broken.
fn broken(assessment: &Assessment) -> Vec<&Broken> {
    let unattached = assessment.unattached.iter();
    unattached
        .filter_map(|finding| match finding {
            Finding::ChainBroken { why, .. } => Some(why),
            _ => None,
        })
        .collect()
}

/// Ways that could not be followed.
fn unfollowed(assessment: &Assessment) -> Vec<&Gap> {
    let gaps = assessment.gaps.iter();
    gaps.filter(|gap| gap.class == GapClass::Unreadable)
        .collect()
}

/// A listener's ARN tells its load balancer, so only a complete list says that it is gone.
#[test]
fn a_listener_of_a_load_balancer_that_is_gone_is_broken_only_when_all_were_listed() {
    let raze = |region: &mut RegionState| region.load_balancers.retain(|lb| lb.name != *"gone");
    let web = |estate: Estate| {
        estate
            .bridge("x", 80)
            .alb("gone", 80)
            .v2_link("v2")
            .http_api("web", |api| {
                api.private("GET /", "v2", "gone", 80).auto("$default")
            })
            .edit(raze)
    };
    let listed = seen(web(estate()));
    assert!(
        matches!(broken(&listed)[..], [Broken::LoadBalancerMissing { .. }]),
        "{:?}",
        listed.unattached
    );
    assert!(unfollowed(&listed).is_empty());
    let denied = vec![Fault::denied(CallKind::DescribeLoadBalancers)];
    let unlisted = seen_but(web(estate()), denied);
    assert_eq!(broken(&unlisted), [] as [&Broken; 0]);
    assert_eq!(unfollowed(&unlisted).len(), 1);
}
