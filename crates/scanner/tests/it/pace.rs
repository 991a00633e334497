//! The pace of a scan, in simulated time.

use std::time::Duration;

use unbridge_model::apigateway::{DomainName, Verb};
use unbridge_model::call::CallKind;
use unbridge_model::elb::{Certificate, LoadBalancerType};
use unbridge_model::id::{CertificateArn, HostedZoneId};
use unbridge_model::quota::Pace;
use unbridge_model::text::Text;
use unbridge_model::usage::Span;
use unbridge_sim::account::{Account, HostedZoneState};
use unbridge_sim::estate::{Size, generate};
use unbridge_sim::reader::{Settings, Throttling};

use crate::bound::bound;
use crate::common::{estate, scan_with};

fn check(account: Account, pace: Pace) {
    let settings = Settings {
        throttling: Throttling::Published,
        ..Settings::default()
    };
    let scanned = scan_with(account, settings, pace).expect("a scan");
    assert!(
        scanned
            .calls
            .iter()
            .all(|attempt| attempt.refused.is_none()),
        "AWS never had to refuse"
    );
    let bound = bound(&scanned.calls, pace);
    assert!(
        bound > Duration::from_secs(20),
        "long enough to tell: {bound:?}"
    );
    let allowed = bound.mul_f64(1.05);
    assert!(
        scanned.took <= allowed,
        "took {:?}, the bound is {bound:?}",
        scanned.took
    );
    assert!(
        scanned.took >= bound,
        "took {:?}, less than the bound {bound:?}",
        scanned.took
    );
}

/// `apis` REST APIs, of which every `private_every`th is in play, with `stages` stages each.
fn apis(apis: usize, private_every: usize, stages: usize) -> Account {
    let start = estate().bridge("orders", 80);
    let all = (0..apis).fold(start, |estate, n| {
        estate.rest_api(&format!("api-{n}"), |api| {
            let api = if n % private_every == 0 {
                api.proxy("/orders", "orders-link")
            } else {
                api.public(Verb::Get, "/")
            };
            (0..stages).fold(api, |api, stage| api.deploy(&format!("stage{stage}")))
        })
    });
    all.build().expect("an account")
}

#[test]
fn a_scan_takes_hardly_longer_than_the_quotas_demand() {
    for (private_every, stages) in [(1, 1), (1, 4), (10, 1), (10, 3), (1000, 2)] {
        check(apis(150, private_every, stages), Pace::HALF);
        check(apis(300, private_every, stages), Pace::FULL);
    }
}

#[test]
fn a_scan_of_many_load_balancers_does_too() {
    let all = (0..60).fold(estate(), |estate, n| estate.bridge(&format!("b{n}"), 80));
    let mut account = all.build().expect("an account");
    check(account.clone(), Pace::HALF);
    let region = account.regions.values_mut().next().expect("a region");
    let albs = region.load_balancers.iter_mut();
    for lb in albs.filter(|lb| lb.kind == LoadBalancerType::Application) {
        let arn = format!("arn:aws:acm:eu-west-1:123456789012:certificate/{}", lb.name);
        let arn = CertificateArn::new(arn).expect("an ARN");
        for listener in lb.listeners.iter_mut().flatten() {
            listener.protocol = Some(Text::new("HTTPS"));
            listener.certificates = vec![arn.clone()];
        }
        region.certificates.push(Certificate {
            arn,
            region: lb.region.clone(),
            names: Vec::new(),
            kind: Text::new("AMAZON_ISSUED"),
            not_after: None,
        });
    }
    check(account, Pace::HALF);
}

#[test]
fn metrics_bring_no_more_datapoints_a_second_than_aws_allows_at_any_pace() {
    let all = (0..60).fold(estate(), |estate, n| estate.bridge(&format!("b{n}"), 80));
    let account = all.build().expect("an account");
    for percent in [50, 78, 79, 100] {
        let pace = Pace::percent(percent).expect("a pace");
        let settings = Settings {
            latency: Duration::from_millis(1),
            ..Settings::default()
        };
        let scanned = scan_with(account.clone(), settings, pace).expect("a scan");
        let calls = scanned.calls.iter();
        let metrics: Vec<_> = calls
            .filter(|attempt| attempt.call.kind() == CallKind::GetMetricData)
            .collect();
        assert!(metrics.len() > 8, "enough to tell: {}", metrics.len());
        assert!(metrics.iter().all(|attempt| attempt.refused.is_none()));
        // Every call may bring as much as a page holds.
        let least = f64::from(Span::DATAPOINTS) / 396_000.0 * 100.0 / f64::from(percent);
        for pair in metrics.windows(2) {
            let between = (pair[1].at - pair[0].at).as_secs_f64();
            assert!(between >= least, "{percent} %: {between} s");
        }
    }
}

#[test]
fn zones_and_domain_names_are_read_beside_the_apis() {
    let mut account = apis(150, 5, 2);
    let region = account.regions.values_mut().next().expect("a region");
    region.domain_names = (0..60)
        .map(|n| DomainName {
            name: Text::from(format!("d{n}.example")),
            region: region.rest_apis[0].api.region.clone(),
            mappings: Some(Vec::new()),
        })
        .collect();
    let zones = |count: usize| {
        let zone = |n| HostedZoneState {
            id: HostedZoneId::new(format!("Z{n}")).expect("a zone"),
            name: Text::from(format!("z{n}.example")),
            records: Vec::new(),
        };
        (0..count).map(zone).collect()
    };
    // API Gateway is the slowest, then Route 53 is.
    for count in [50, 1000] {
        account.global.hosted_zones = zones(count);
        check(account.clone(), Pace::HALF);
    }
}

#[test]
fn generated_accounts_are_read_without_a_refusal() {
    for seed in 0..8 {
        let account = generate(seed, Size::LARGE).expect("an account");
        let settings = Settings {
            throttling: Throttling::Published,
            ..Settings::default()
        };
        let scanned = scan_with(account, settings, Pace::FULL).expect("a scan");
        assert!(
            scanned
                .calls
                .iter()
                .all(|attempt| attempt.refused.is_none()),
            "seed {seed}"
        );
    }
}
