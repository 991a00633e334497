//! Everything a scan asks for besides links, APIs and load balancers: when, how often, and what it
//! keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use strum::VariantArray;
use unbridge_model::apigateway::{ApiMapping, ByIdOrName, DomainName, RestApi, SettingKind, Verb};
use unbridge_model::call::{Call, CallKind, Export, Facts, Page, PageToken};
use unbridge_model::elb::{CapacityReservation, Certificate};
use unbridge_model::gap::{Gap, GapClass, Source, Unseen};
use unbridge_model::id::{
    AcceleratorArn, AcceleratorListenerArn, CertificateArn, HostedZoneId, LoadBalancerArn, Region,
};
use unbridge_model::place::Place;
use unbridge_model::port::{ReadError, Reader};
use unbridge_model::quota::Pace;
use unbridge_model::snapshot::{Extent, RegionFacts};
use unbridge_model::text::Text;
use unbridge_model::usage::Period;
use unbridge_model::user::{Pointer, User, UserKind};
use unbridge_scanner::scan::{ScanOptions, UserSources, WhichApis};
use unbridge_sim::account::{
    AcceleratorListenerState, AcceleratorState, Account, HostedZoneState, RegionState,
};
use unbridge_sim::build::{Backend, RestApiBuilder};
use unbridge_sim::reader::{Fault, Settings, SimReader, Throttling, Times};

use crate::common::{
    Scanned, assessed, counts, estate, nlb, options, scan_through, scan_with, scanned,
};

fn user(kind: UserKind, id: &str, points_at: Vec<Pointer>) -> User {
    let region = Region::new("eu-west-1").expect("a region");
    let global = matches!(
        kind,
        UserKind::DnsRecord
            | UserKind::AcceleratorEndpoint
            | UserKind::CloudfrontOrigin
            | UserKind::CloudfrontVpcOrigin
    );
    User {
        kind,
        region: (!global).then_some(region),
        id: Text::new(id),
        points_at,
    }
}

fn state(account: &mut Account) -> &mut RegionState {
    account.regions.values_mut().next().expect("a region")
}

fn facts(scanned: &Scanned) -> &RegionFacts {
    scanned.snapshot.regions.values().next().expect("a region")
}

fn nlb_arn(account: &Account, name: &str) -> LoadBalancerArn {
    let state = account.regions.values().next().expect("a region");
    state.load_balancer_named(name).expect("an NLB").arn.clone()
}

fn certificate(number: u8) -> Certificate {
    let arn = format!("arn:aws:acm:eu-west-1:123456789012:certificate/{number}");
    Certificate {
        arn: CertificateArn::new(arn).expect("an ARN"),
        region: Region::new("eu-west-1").expect("a region"),
        names: vec![Text::new("orders.example")],
        kind: Text::new("AMAZON_ISSUED"),
        not_after: None,
    }
}

/// Lets an ALB's listener speak HTTPS with these certificates.
fn show(state: &mut RegionState, alb: &str, certificates: &[&str]) {
    let lb = state.load_balancers.iter_mut().find(|lb| lb.name == alb);
    let listeners = &mut lb.expect("an ALB").listeners;
    for listener in listeners.iter_mut().flatten() {
        listener.protocol = Some(Text::new("HTTPS"));
        let arns = certificates.iter().copied().map(CertificateArn::new);
        listener.certificates = arns.collect::<Result<_, _>>().expect("ARNs");
    }
}

fn domain(name: &str, account: &Account) -> DomainName {
    let state = account.regions.values().next().expect("a region");
    let api = &state.rest_apis.first().expect("an API").api;
    DomainName {
        name: Text::new(name),
        region: api.region.clone(),
        mappings: Some(vec![ApiMapping {
            api: api.id.clone().into(),
            stage: Text::new("prod"),
            key: None,
        }]),
    }
}

/// One zone, one accelerator, one distribution, one VPC origin; one of each source of the region.
fn add_users(account: &mut Account, nlb: &str) {
    let arn = nlb_arn(account, nlb);
    let by_arn = || vec![Pointer::Arn(arn.clone())];
    let dns = Text::new("orders-0123.elb.eu-west-1.amazonaws.com");
    let by_name = || vec![Pointer::DnsName(dns.clone())];
    let accelerator = "arn:aws:globalaccelerator::123456789012:accelerator/1";
    account.global.hosted_zones = vec![HostedZoneState {
        id: HostedZoneId::new("Z1").expect("a zone"),
        name: Text::new("example.com"),
        records: vec![user(UserKind::DnsRecord, "orders.example.com A", by_name())],
    }];
    account.global.accelerators = vec![AcceleratorState {
        arn: AcceleratorArn::new(accelerator).expect("an ARN"),
        listeners: vec![AcceleratorListenerState {
            arn: AcceleratorListenerArn::new(format!("{accelerator}/listener/1")).expect("an ARN"),
            endpoint_groups: vec![user(UserKind::AcceleratorEndpoint, "group", by_arn())],
        }],
    }];
    account.global.distributions = vec![user(UserKind::CloudfrontOrigin, "E1", by_name())];
    account.global.vpc_origins = vec![user(UserKind::CloudfrontVpcOrigin, "vo_1", by_arn())];
    let region = state(account);
    let endpoint = UserKind::VerifiedAccessEndpoint;
    region.verified_access_endpoints = vec![user(endpoint, "vae-1", by_arn())];
    region.traffic_mirror_targets = vec![user(UserKind::TrafficMirrorTarget, "tmt-1", by_arn())];
    let metrics = vec![Pointer::Metrics(Text::new(arn.tail()))];
    region.alarms = vec![user(UserKind::Alarm, "orders-flows", metrics)];
}

/// A bridge with one API, and one of everything that a scan asks for besides.
fn one_of_each() -> Account {
    let mut account = estate()
        .bridge("orders", 80)
        .rest_api("orders", |api| {
            authorized(api.proxy("/orders", "orders-link")).deploy("prod")
        })
        .build()
        .expect("an account");
    add_users(&mut account, "orders-nlb");
    let domain = domain("orders.example", &account);
    let state = state(&mut account);
    state.domain_names.push(domain);
    let shown = certificate(1);
    show(state, "orders-alb", &[shown.arn.as_str()]);
    state.certificates.push(shown);
    account
}

/// Every method behind an authorizer and a validator.
fn authorized(api: RestApiBuilder<'_>) -> RestApiBuilder<'_> {
    api.setting(SettingKind::Authorizer, Some("staff"), "jwt")
        .setting(SettingKind::RequestValidator, Some("body"), "true false")
        .setting(SettingKind::Model, Some("Order"), "{}")
        .setting(SettingKind::GatewayResponse, Some("DEFAULT_4XX"), "no")
        .setting(SettingKind::BinaryMediaTypes, None, "image/png")
        .authorize(Verb::Any, "/orders", "staff")
        .validate(Verb::Any, "/orders", "body")
}

fn of_kind(scanned: &Scanned, kind: CallKind) -> Vec<&Call> {
    let calls = scanned.calls.iter().map(|attempt| &attempt.call);
    calls.filter(|call| call.kind() == kind).collect()
}

fn with(faults: Vec<Fault>) -> Settings {
    Settings {
        faults,
        ..Settings::unthrottled()
    }
}

fn api<'s>(facts: &'s RegionFacts, name: &str) -> &'s RestApi {
    let mut apis = facts.rest_apis.iter();
    apis.find(|api| api.name == name).expect("the API")
}

fn kinds(api: &RestApi) -> BTreeSet<String> {
    let settings = api.settings.iter().flatten();
    settings.map(|setting| setting.kind.to_string()).collect()
}

#[test]
fn an_account_in_play_costs_exactly_these_calls() {
    let mut account = one_of_each();
    let elsewhere = Region::new("us-east-1").expect("a region");
    account.regions.insert(elsewhere, RegionState::default());
    let scanned = scanned(account);
    let counted = counts(&scanned);
    for kind in CallKind::VARIANTS {
        let expected = match kind {
            // Once in each region.
            CallKind::GetVpcLinks | CallKind::GetVpcLinksV2 | CallKind::DescribeLoadBalancers => 2,
            // Once for the NLB and once for the ALB.
            CallKind::DescribeListeners | CallKind::DescribeLoadBalancerAttributes => 2,
            // What passed the NLB by day; the usage of NLB, ALB and stage by hour.
            CallKind::GetMetricData => 2,
            // There is no HTTP API.
            CallKind::GetIntegrations
            | CallKind::GetRoutes
            | CallKind::GetApiStages
            | CallKind::ExportApi => 0,
            _ => 1,
        };
        let made = counted.get(kind.name()).copied().unwrap_or_default();
        assert_eq!(made, expected, "{kind:?}");
    }
    for attempt in &scanned.calls {
        let global = attempt.call.kind().service().is_global();
        assert_eq!(
            attempt.place.region().is_none(),
            global,
            "{:?}",
            attempt.call
        );
    }
    assert_eq!(scanned.snapshot.gaps, []);
}

#[test]
fn everything_that_was_asked_for_is_kept() {
    let scanned = scanned(one_of_each());
    let facts = facts(&scanned);
    let kinds: BTreeSet<_> = scanned
        .snapshot
        .users
        .iter()
        .map(|user| user.kind)
        .collect();
    assert_eq!(kinds, UserKind::VARIANTS.iter().copied().collect());
    assert_eq!(facts.certificates.len(), 1);
    assert_eq!(
        facts.domain_names[0].mappings.as_ref().map(Vec::len),
        Some(1)
    );
    let of = |name: &str| facts.load_balancers.values().find(|lb| lb.name == name);
    let (nlb, alb) = (
        of("orders-nlb").expect("an NLB"),
        of("orders-alb").expect("an ALB"),
    );
    assert!(nlb.traffic.is_some() && nlb.web_acl.is_none());
    assert!(alb.web_acl.is_some() && alb.traffic.is_none());
    let vpc = facts.vpcs.values().next().expect("a VPC");
    assert!(vpc.network_acls.is_some() && vpc.route_tables.is_some());
    let api = api(facts, "orders");
    assert_eq!(api.deployments.as_ref().map(Vec::len), Some(1));
    let stage = &api.stages.as_ref().expect("stages")[0];
    assert_eq!(api.settings, stage.settings, "freshly deployed");
    assert_eq!(api.draft, stage.deployed, "by name in both");
}

#[test]
fn reserved_capacity_is_read_of_nlbs_and_no_verdict_hangs_on_it_h22() {
    let mut account = one_of_each();
    let reserved = Some(CapacityReservation::Units(5500));
    for lb in &mut state(&mut account).load_balancers {
        lb.capacity_reservation = reserved;
    }
    let read = scanned(account.clone());
    let of = |scanned: &Scanned, name: &str| {
        let mut all = facts(scanned).load_balancers.values();
        let found = all.find(|lb| lb.name == name).expect("there");
        found.capacity_reservation
    };
    assert_eq!(of(&read, "orders-nlb"), reserved);
    assert_eq!(of(&read, "orders-alb"), None);
    let denied = with(vec![Fault::denied(CallKind::DescribeCapacityReservation)]);
    let denied = scan_with(account, denied, Pace::FULL).expect("a scan");
    assert_eq!(of(&denied, "orders-nlb"), None, "unknown, not none");
    assert_eq!(denied.snapshot.gaps.len(), 1);
    let verdict = |scanned: &Scanned| nlb(&assessed(&scanned.snapshot), "orders-nlb").verdict;
    assert_eq!(verdict(&denied), verdict(&read));
}

#[test]
fn nothing_more_is_asked_where_nothing_is_in_play() {
    let mut account = estate()
        .rest_api("web", |api| api.public(Verb::Get, "/").deploy("prod"))
        .alb("web-alb", 443)
        .nlb("tcp")
        .serve("tcp", 9000, Backend::Instances)
        .build()
        .expect("an account");
    add_users(&mut account, "tcp");
    let domain = domain("web.example", &account);
    state(&mut account).domain_names.push(domain);
    for users in [UserSources::Read, UserSources::Skip] {
        let options = ScanOptions {
            apis: WhichApis::All,
            users,
            ..options(&account, Pace::FULL)
        };
        let scanned = scan_through(account.clone(), Settings::unthrottled(), &options, |sim| {
            sim
        })
        .expect("a scan");
        assert_eq!(scanned.calls.len(), 4, "{:?}", counts(&scanned));
        assert_eq!(facts(&scanned).extent, Some(Extent::NothingInPlay));
        assert_eq!(scanned.snapshot.gaps, [], "nothing was left out");
    }
}

/// In a tree of many accounts, what one account was not asked for may lead to another one's NLB.
#[test]
fn what_is_left_out_is_a_gap_for_siblings_even_where_nothing_is_in_play_h21() {
    let account = estate().nlb("tcp").build().expect("an account");
    let every = options(&account, Pace::FULL);
    for regions in [every.regions.clone(), Vec::new()] {
        let options = ScanOptions {
            users: UserSources::SkipForSiblings,
            regions,
            ..every.clone()
        };
        let scanned = scan_through(account.clone(), Settings::unthrottled(), &options, |sim| {
            sim
        })
        .expect("a scan");
        let gaps = scanned.snapshot.gaps.iter();
        let told = gaps.map(|gap| (gap.class, gap.region.is_none(), gap.unseen.clone()));
        let of_the_account = Source::USERS.iter().filter(|source| source.is_global());
        let expected = of_the_account.map(|source| {
            let unseen = Unseen::Source { source: *source };
            (GapClass::Skipped, true, unseen)
        });
        let (told, expected): (Vec<_>, Vec<_>) = (told.collect(), expected.collect());
        assert_eq!(told, expected);
    }
}

#[test]
fn users_are_not_looked_for_where_no_nlb_is() {
    let mut account = one_of_each();
    let region = state(&mut account);
    region.load_balancers.retain(|lb| lb.name != "orders-nlb");
    let scanned = scanned(account);
    assert_eq!(facts(&scanned).extent, Some(Extent::Full));
    assert_eq!(scanned.snapshot.users, []);
    for kind in [CallKind::DescribeAlarms, CallKind::ListHostedZones] {
        assert_eq!(of_kind(&scanned, kind).len(), 0, "{kind:?}");
    }
    let by_day = |call: &&Call| matches!(call, Call::GetMetricData { span, .. } if span.period() == Period::Day);
    let metrics = of_kind(&scanned, CallKind::GetMetricData);
    assert_eq!(metrics.iter().filter(|call| by_day(call)).count(), 0);
}

#[test]
fn skipped_sources_are_gaps_and_are_not_asked_h1() {
    let account = one_of_each();
    let options = ScanOptions {
        apis: WhichApis::All,
        users: UserSources::Skip,
        ..options(&account, Pace::FULL)
    };
    let scanned = scan_through(account, Settings::unthrottled(), &options, |sim| sim);
    let scanned = scanned.expect("a scan");
    let told = |gap: &Gap| match &gap.unseen {
        Unseen::Source { source } if gap.class == GapClass::Skipped => {
            (*source, gap.region.is_none())
        }
        other => panic!("{other:?}"),
    };
    let gaps: BTreeSet<_> = scanned.snapshot.gaps.iter().map(told).collect();
    let expected = Source::USERS
        .iter()
        .map(|source| (*source, source.is_global()));
    assert_eq!(gaps, expected.collect());
    assert_eq!(scanned.snapshot.gaps.len(), Source::USERS.len());
    assert_eq!(scanned.snapshot.users, []);
    let asked = |kind: CallKind| kind.service().is_global() || kind == CallKind::DescribeAlarms;
    assert!(
        !scanned
            .calls
            .iter()
            .any(|attempt| asked(attempt.call.kind()))
    );
}

#[test]
fn a_denied_source_is_a_gap_where_it_was_asked_and_takes_nothing_else_along() {
    let account = one_of_each();
    let whole = scanned(account.clone());
    let asked: BTreeSet<_> = whole
        .calls
        .iter()
        .map(|attempt| attempt.call.kind())
        .collect();
    let sources: Vec<_> = [
        CallKind::GetDeployments,
        CallKind::GetAuthorizers,
        CallKind::GetRequestValidators,
        CallKind::GetModels,
        CallKind::GetGatewayResponses,
        CallKind::GetDomainNames,
        CallKind::GetApiMappings,
        CallKind::DescribeListenerCertificates,
        CallKind::DescribeCertificate,
        CallKind::DescribeCapacityReservation,
        CallKind::GetWebAclForResource,
        CallKind::GetMetricData,
        CallKind::DescribeNetworkAcls,
        CallKind::DescribeRouteTables,
        CallKind::DescribeVerifiedAccessEndpoints,
        CallKind::DescribeTrafficMirrorTargets,
        CallKind::DescribeAlarms,
        CallKind::ListHostedZones,
        CallKind::ListResourceRecordSets,
        CallKind::ListAccelerators,
        CallKind::ListListeners,
        CallKind::ListEndpointGroups,
        CallKind::ListDistributions,
        CallKind::ListVpcOrigins,
    ]
    .into();
    for kind in sources {
        let denied = scan_with(account.clone(), with(vec![Fault::denied(kind)]), Pace::FULL);
        let denied = denied.expect("a scan");
        let gaps = &denied.snapshot.gaps;
        assert_eq!(gaps.len(), of_kind(&denied, kind).len(), "{kind:?}");
        let gap = gaps.first().expect("a gap");
        assert_eq!(gap.class, GapClass::Denied);
        assert_eq!(gap.region.is_none(), kind.service().is_global(), "{kind:?}");
        let of_it = |unseen: &Unseen| matches!(unseen, Unseen::Call { call, .. } if *call == kind);
        assert!(of_it(&gap.unseen), "{kind:?}");
        let still: BTreeSet<_> = denied
            .calls
            .iter()
            .map(|attempt| attempt.call.kind())
            .collect();
        let follows = |missing: &CallKind| match kind {
            CallKind::GetDomainNames => *missing == CallKind::GetApiMappings,
            CallKind::ListHostedZones => *missing == CallKind::ListResourceRecordSets,
            CallKind::ListAccelerators => {
                matches!(
                    missing,
                    CallKind::ListListeners | CallKind::ListEndpointGroups
                )
            }
            CallKind::ListListeners => *missing == CallKind::ListEndpointGroups,
            _ => false,
        };
        assert!(asked.difference(&still).all(follows), "{kind:?}");
    }
}

#[test]
fn what_was_read_before_a_denial_stays() {
    let denied = |kind| {
        let settings = with(vec![Fault::denied(kind)]);
        scan_with(one_of_each(), settings, Pace::FULL).expect("a scan")
    };
    let scanned = denied(CallKind::GetAuthorizers);
    let api = api(facts(&scanned), "orders");
    assert!(!kinds(api).contains("authorizer"));
    assert!(kinds(api).contains("model") && kinds(api).contains("binary-media-types"));
    let settings = api.draft.as_ref().expect("a draft")[0].settings.as_ref();
    let settings = settings.expect("settings");
    assert!(
        matches!(settings.authorizer, Some(ByIdOrName::Id(_))),
        "its name is not known"
    );
    assert!(matches!(settings.validator, Some(ByIdOrName::Name(_))));

    let scanned = denied(CallKind::DescribeListenerCertificates);
    assert_eq!(
        facts(&scanned).certificates.len(),
        1,
        "the default one is known without"
    );
    let scanned = denied(CallKind::GetApiMappings);
    assert_eq!(facts(&scanned).domain_names[0].mappings, None);
    let scanned = denied(CallKind::GetDeployments);
    assert_eq!(self::api(facts(&scanned), "orders").deployments, None);
}

#[test]
fn methods_name_authorizers_by_name_and_share_equal_settings_h4() {
    let account = estate()
        .bridge("orders", 80)
        .rest_api("orders", |api| {
            let api = authorized(api.proxy("/orders", "orders-link"));
            let api = api.proxy("/more", "orders-link");
            api.authorize(Verb::Any, "/more", "staff")
                .validate(Verb::Any, "/more", "body")
                .deploy("prod")
        })
        .build()
        .expect("an account");
    let scanned = scanned(account);
    let api = api(facts(&scanned), "orders");
    let deployed = api
        .stages
        .iter()
        .flatten()
        .flat_map(|stage| &stage.deployed);
    let methods: Vec<_> = api.draft.iter().chain(deployed).flatten().collect();
    assert_eq!(methods.len(), 4);
    let first = methods[0].settings.as_ref().expect("settings");
    let name = |name: &str| Some(ByIdOrName::Name(Text::new(name)));
    assert_eq!(
        (&first.authorizer, &first.validator),
        (&name("staff"), &name("body"))
    );
    for method in methods {
        let settings = method.settings.as_ref().expect("settings");
        assert!(Arc::ptr_eq(first, settings), "{}", method.path);
    }
}

#[test]
fn an_id_that_nothing_has_stays_an_id() {
    let account = estate()
        .bridge("orders", 80)
        .rest_api("orders", |api| {
            authorized(api.proxy("/orders", "orders-link"))
                .drop_setting(SettingKind::Authorizer, Some("staff"))
                .deploy("prod")
        })
        .build()
        .expect("an account");
    let scanned = scanned(account);
    let draft = api(facts(&scanned), "orders")
        .draft
        .as_ref()
        .expect("a draft");
    let settings = draft[0].settings.as_ref().expect("settings");
    assert!(matches!(settings.authorizer, Some(ByIdOrName::Id(_))));
}

#[test]
fn only_apis_in_play_are_asked_for_their_settings() {
    let account = estate()
        .bridge("orders", 80)
        .rest_api("in-play", |api| {
            api.proxy("/orders", "orders-link").deploy("prod")
        })
        .rest_api("by-stage", |api| {
            api.public(Verb::Get, "/")
                .proxy("/orders", "orders-link")
                .deploy("prod")
                .drop_method(Verb::Any, "/orders")
        })
        .rest_api("web", |api| api.public(Verb::Get, "/").deploy("prod"))
        .build()
        .expect("an account");
    let scanned = scanned(account);
    let facts = facts(&scanned);
    for (name, in_play) in [("in-play", true), ("by-stage", true), ("web", false)] {
        let api = api(facts, name);
        assert_eq!(api.settings.is_some(), in_play, "{name}");
        assert_eq!(api.deployments.is_some(), in_play, "{name}");
    }
    for kind in [
        CallKind::GetDeployments,
        CallKind::GetAuthorizers,
        CallKind::GetModels,
    ] {
        assert_eq!(of_kind(&scanned, kind).len(), 2, "{kind:?}");
    }
}

#[test]
fn what_only_a_stage_runs_brings_the_domain_names_h3() {
    let mut account = estate()
        .bridge("orders", 80)
        .rest_api("by-stage", |api| {
            api.public(Verb::Get, "/")
                .proxy("/orders", "orders-link")
                .deploy("prod")
                .drop_method(Verb::Any, "/orders")
        })
        .build()
        .expect("an account");
    let domain = domain("orders.example", &account);
    state(&mut account).domain_names.push(domain);
    assert_eq!(facts(&scanned(account)).domain_names.len(), 1);
}

#[test]
fn domain_names_are_left_alone_without_an_api_in_play() {
    let mut account = estate()
        .bridge("orders", 80)
        .rest_api("web", |api| api.public(Verb::Get, "/").deploy("prod"))
        .build()
        .expect("an account");
    let domain = domain("web.example", &account);
    state(&mut account).domain_names.push(domain);
    let scanned = scanned(account);
    assert_eq!(facts(&scanned).extent, Some(Extent::Full));
    assert_eq!(of_kind(&scanned, CallKind::GetDomainNames).len(), 0);
}

#[test]
fn a_certificate_is_asked_about_once_and_those_of_iam_never_h10() {
    let iam = "arn:aws:iam::123456789012:server-certificate/orders";
    let (one, two) = (certificate(1), certificate(2));
    let mut account = estate()
        .bridge("a", 80)
        .bridge("b", 80)
        .bridge("c", 80)
        .build()
        .expect("an account");
    let state = state(&mut account);
    show(state, "a-alb", &[one.arn.as_str(), two.arn.as_str(), iam]);
    show(state, "b-alb", &[one.arn.as_str()]);
    state.certificates = vec![one, two];
    let scanned = scanned(account);
    assert_eq!(
        of_kind(&scanned, CallKind::DescribeListenerCertificates).len(),
        2
    );
    assert_eq!(of_kind(&scanned, CallKind::DescribeCertificate).len(), 2);
    let facts = facts(&scanned);
    assert_eq!(facts.certificates.len(), 2);
    let listeners = facts
        .load_balancers
        .values()
        .flat_map(|lb| lb.listeners.iter().flatten());
    let mut shown: Vec<_> = listeners
        .map(|listener| listener.certificates.len())
        .collect();
    shown.sort_unstable();
    assert_eq!(shown, [0, 0, 0, 0, 1, 3]);
    assert_eq!(scanned.snapshot.gaps, []);
}

#[test]
fn users_that_lead_elsewhere_are_dropped_and_other_accounts_are_kept() {
    let mut account = one_of_each();
    let state = state(&mut account);
    let address = state.network_interfaces[0].addresses[0].clone();
    let alarm = |dimension: &str| {
        let metrics = vec![Pointer::Metrics(Text::new(dimension))];
        user(UserKind::Alarm, dimension, metrics)
    };
    state.alarms = vec![alarm("app/orders/1"), alarm("net/foreign/1")];
    let foreign = "arn:aws:elasticloadbalancing:us-west-2:999999999999:loadbalancer/net/f/1";
    let foreign = Pointer::Arn(LoadBalancerArn::new(foreign).expect("an ARN"));
    account.global.vpc_origins = vec![user(UserKind::CloudfrontVpcOrigin, "vo_f", vec![foreign])];
    let by_address = |text: &str| Pointer::Address(Text::new(text));
    let record = |name: &str, to| user(UserKind::DnsRecord, name, to);
    account.global.hosted_zones[0].records = vec![
        record(
            "mine A",
            vec![by_address("192.0.2.1"), by_address(&address)],
        ),
        record("other A", vec![by_address("192.0.2.1")]),
        record(
            "other CNAME",
            vec![Pointer::DnsName(Text::new("www.example.net"))],
        ),
        record(
            "mine CNAME",
            vec![Pointer::DnsName(Text::new("x.elb.eu-west-1.amazonaws.com"))],
        ),
    ];
    let scanned = scanned(account);
    let told = |kind| {
        let users = scanned
            .snapshot
            .users
            .iter()
            .filter(move |user| user.kind == kind);
        users.map(|user| user.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told(UserKind::Alarm), ["net/foreign/1"]);
    assert_eq!(told(UserKind::CloudfrontVpcOrigin), ["vo_f"]);
    assert_eq!(told(UserKind::DnsRecord), ["mine A", "mine CNAME"]);
    let mut users = scanned.snapshot.users.iter();
    let mine = users.find(|user| user.id == "mine A").expect("a record");
    assert_eq!(mine.points_at, [by_address(&address)]);
}

#[test]
fn addresses_of_every_region_in_play_count() {
    let account = estate()
        .bridge("a", 80)
        .region("us-east-1")
        .bridge("b", 80)
        .build();
    let mut account = account.expect("an account");
    let record = |region: &RegionState| {
        let address = &region.network_interfaces[0].addresses[0];
        user(
            UserKind::DnsRecord,
            address,
            vec![Pointer::Address(address.clone())],
        )
    };
    let records: BTreeMap<_, _> = account
        .regions
        .values()
        .map(record)
        .map(|user| (user.id.clone(), user))
        .collect();
    let expected = records.len();
    account.global.hosted_zones = vec![HostedZoneState {
        id: HostedZoneId::new("Z1").expect("a zone"),
        name: Text::new("example.com"),
        records: records.into_values().collect(),
    }];
    let scanned = scanned(account);
    assert_eq!(scanned.snapshot.users.len(), expected);
    assert_eq!(
        of_kind(&scanned, CallKind::ListHostedZones).len(),
        1,
        "once for the account"
    );
    assert_eq!(
        of_kind(&scanned, CallKind::DescribeAlarms).len(),
        2,
        "once for a region"
    );
}

#[test]
fn credentials_refused_by_global_services_stop_the_asking_there_only() {
    let refused = Fault::new(CallKind::ListHostedZones, GapClass::Credentials, "expired");
    let stopped = scan_with(one_of_each(), with(vec![refused]), Pace::FULL).expect("a scan");
    assert!(stopped.snapshot.gaps.iter().all(|gap| gap.region.is_none()));
    assert_eq!(of_kind(&stopped, CallKind::ListListeners).len(), 0);
    assert_eq!(facts(&stopped).extent, Some(Extent::Full));
    assert_eq!(of_kind(&stopped, CallKind::DescribeAlarms).len(), 1);
    let refused = Fault::new(CallKind::GetRestApis, GapClass::Credentials, "expired");
    let stopped = scan_with(one_of_each(), with(vec![refused]), Pace::FULL).expect("a scan");
    assert_eq!(of_kind(&stopped, CallKind::ListResourceRecordSets).len(), 1);
    assert!(stopped.snapshot.gaps.iter().all(|gap| gap.region.is_some()));
}

#[test]
fn the_order_of_answers_does_not_change_the_snapshot() {
    let whole = scanned(one_of_each()).snapshot;
    let slow = Settings {
        throttling: Throttling::Published,
        ..Settings::default()
    };
    let paged = Settings {
        page_size: Some(1),
        ..Settings::unthrottled()
    };
    let throttled = CallKind::VARIANTS.iter().map(|kind| {
        let fault = Fault::new(*kind, GapClass::Throttled, "slow down");
        fault.times(Times::Once)
    });
    for (settings, pace) in [
        (slow, Pace::percent(7).expect("a pace")),
        (paged, Pace::FULL),
        (with(throttled.collect()), Pace::HALF),
    ] {
        let other = scan_with(one_of_each(), settings, pace).expect("a scan");
        assert!(other.snapshot == whole);
    }
}

/// Tells what a stage runs on a second page, as after an export that AWS refused in one format.
struct OnSecondPage(SimReader);

impl Reader for OnSecondPage {
    async fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        if call.kind() == CallKind::GetExport && from.is_none() {
            return Ok(Page {
                facts: Facts::Export(Export::default()),
                next: Some(PageToken("swagger".into())),
            });
        }
        let from = from.filter(|_| call.kind() != CallKind::GetExport);
        self.0.read(place, call, from).await
    }
}

#[test]
fn an_export_may_take_a_second_format() {
    let account = one_of_each();
    let whole = scanned(account.clone()).snapshot;
    let options = options(&account, Pace::FULL);
    let scanned = scan_through(account, Settings::unthrottled(), &options, OnSecondPage);
    assert!(scanned.expect("a scan").snapshot == whole);
}
