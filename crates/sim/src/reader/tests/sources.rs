//! Calls that tell settings, surroundings and other users.

use unbridge_model::apigateway::{ByIdOrName, MethodField, SettingKind};
use unbridge_model::call::{Export, Told};
use unbridge_model::elb::{AddressLooked, WebAclOn};
use unbridge_model::id::CertificateArn;
use unbridge_model::network::{AclEffect, Direction};
use unbridge_model::usage::{LookBack, Measure, Measured, MetricQuery, Span};
use unbridge_model::user::{Pointer, User, UserKind};

use super::*;

/// An API whose authorizer was changed after it was deployed.
fn guarded() -> Account {
    let (authorizer, validator) = (SettingKind::Authorizer, SettingKind::RequestValidator);
    estate()
        .bridge("orders", 80)
        .rest_api("orders", |api| {
            api.setting(authorizer, Some("staff"), "old")
                .setting(validator, Some("body"), "all")
                .setting(SettingKind::Model, Some("Order"), "{}")
                .setting(SettingKind::GatewayResponse, Some("DEFAULT_4XX"), "403")
                .setting(SettingKind::ResourcePolicy, None, "hunter2")
                .proxy("/orders", "orders-link")
                .authorize(Verb::Any, "/orders", "staff")
                .validate(Verb::Any, "/orders", "body")
                .method_field(Verb::Any, "/orders", MethodField::ApiKeyRequired, "true")
                .deploy("prod")
                .dated("2025-12-01T08:00:00Z")
                .client_certificate("prod", "a1b2c3")
                .cache("prod", "1.6")
                .setting(authorizer, Some("staff"), "new")
                .drop_setting(SettingKind::Model, Some("Order"))
        })
        .domain("api.example", "orders", "prod")
        .build()
        .expect("an account")
}

fn first_api(reader: &SimReader) -> RestApiId {
    state(reader).rest_apis[0].api.id.clone()
}

fn export(reader: &SimReader) -> Export {
    let (api, stage) = (first_api(reader), StageName::new("prod").expect("a stage"));
    let Facts::Export(export) = only(reader, &Call::GetExport { api, stage }) else {
        panic!("an export");
    };
    export
}

#[test]
fn a_draft_names_authorizers_by_id_and_an_export_by_name() {
    let reader = reader(guarded(), Settings::default());
    let api = first_api(&reader);
    let Facts::Methods(draft) = only(&reader, &Call::GetResources { api: api.clone() }) else {
        panic!("methods");
    };
    let Facts::Settings(authorizers) = only(&reader, &Call::GetAuthorizers { api }) else {
        panic!("settings");
    };
    let of_draft = draft[0].settings.as_ref().expect("settings");
    let id = authorizers[0].id.clone().expect("an id");
    assert_eq!(of_draft.authorizer, Some(ByIdOrName::Id(id)));
    let exported = export(&reader);
    let of_stage = exported.methods[0].settings.as_ref().expect("settings");
    let name = |name| Some(ByIdOrName::Name(Text::new(name)));
    assert_eq!(of_stage.authorizer, name("staff"));
    assert_eq!(of_stage.validator, name("body"));
    assert_eq!(of_stage.sealed, of_draft.sealed);
}

#[test]
fn an_export_tells_the_settings_that_were_frozen() {
    let reader = reader(guarded(), Settings::default());
    let api = first_api(&reader);
    let frozen: Vec<_> = export(&reader).settings;
    let kinds: Vec<_> = frozen.iter().map(|setting| setting.kind).collect();
    assert_eq!(
        kinds,
        [
            SettingKind::Authorizer,
            SettingKind::GatewayResponse,
            SettingKind::Model,
            SettingKind::RequestValidator,
            SettingKind::ResourcePolicy,
        ]
    );
    let settings = |call| match only(&reader, &call) {
        Facts::Settings(settings) => settings,
        other => panic!("{other:?}"),
    };
    let now = settings(Call::GetAuthorizers { api: api.clone() });
    assert_eq!(now[0].setting.name, frozen[0].name);
    assert_ne!(now[0].setting.digest, frozen[0].digest);
    let kept = settings(Call::GetGatewayResponses { api: api.clone() });
    assert_eq!(kept[0].setting, frozen[1]);
    let kept = settings(Call::GetRequestValidators { api: api.clone() });
    assert_eq!(kept[0].setting, frozen[3]);
    assert_eq!(settings(Call::GetModels { api }), []);
    let Facts::RestApis(apis) = only(&reader, &Call::GetRestApis) else {
        panic!("APIs");
    };
    assert_eq!(apis[0].settings.as_deref(), Some(&frozen[4..]));
    assert_eq!(apis[0].deployments, None);
}

#[test]
fn stages_and_deployments_tell_dates_caches_and_certificates() {
    let reader = reader(guarded(), Settings::default());
    let api = first_api(&reader);
    let Facts::Deployments(deployments) = only(&reader, &Call::GetDeployments { api: api.clone() })
    else {
        panic!("deployments");
    };
    let created = deployments[0].created_at.as_deref();
    assert_eq!(created, Some("2025-12-01T08:00:00Z"));
    let Facts::Stages(stages) = only(&reader, &Call::GetStages { api: api.clone() }) else {
        panic!("stages");
    };
    assert_eq!(stages[0].cache.as_deref(), Some("1.6"));
    assert_eq!(stages[0].client_certificate.as_deref(), Some("a1b2c3"));
    let Facts::DomainNames(domains) = only(&reader, &Call::GetDomainNames) else {
        panic!("domain names");
    };
    assert_eq!(domains[0].mappings, None);
    let domain = domains[0].name.clone();
    let Facts::ApiMappings(mappings) = only(&reader, &Call::GetApiMappings { domain }) else {
        panic!("mappings");
    };
    assert_eq!(mappings[0].api, api.as_str());
    let domain = Text::new("gone.example");
    let gone = class(&reader, &Call::GetApiMappings { domain });
    assert_eq!(gone, Some(GapClass::Vanished));
}

fn encrypted() -> Account {
    let source = AddressLooked::Source;
    estate()
        .bridge("orders", 443)
        .certificate("one", &["one.example"])
        .certificate("two", &["two.example"])
        .https("orders-alb", 443, &["two", "one"])
        .web_acl(
            "orders-alb",
            "acl",
            &[("office", "IPSetReferenceStatement", source)],
        )
        .traffic("orders-nlb", 3, 10)
        .deny(Direction::Ingress, "10.0.0.0/16", (1024, 65_535))
        .build()
        .expect("an account")
}

#[test]
fn a_listener_list_tells_the_default_certificate_and_a_call_of_its_own_all() {
    let reader = reader(encrypted(), Settings::default());
    let known = state(&reader);
    let alb = known.load_balancer_named("orders-alb").expect("an ALB");
    let load_balancer = alb.arn.clone();
    let Facts::Listeners(listeners) = only(&reader, &Call::DescribeListeners { load_balancer })
    else {
        panic!("listeners");
    };
    let listener = listeners[0].arn.clone();
    let Facts::ListenerCertificates(all) =
        only(&reader, &Call::DescribeListenerCertificates { listener })
    else {
        panic!("certificates");
    };
    let [default] = &listeners[0].certificates[..] else {
        panic!("one certificate");
    };
    assert_eq!(all.len(), 2);
    let Facts::Certificate(told) = only(
        &reader,
        &Call::DescribeCertificate {
            certificate: default.clone(),
        },
    ) else {
        panic!("a certificate");
    };
    assert_eq!(told.names, ["two.example"]);
    let certificate = |arn: &str| Call::DescribeCertificate {
        certificate: CertificateArn::new(arn).expect("an ARN"),
    };
    let gone = certificate("arn:aws:acm:eu-west-1:123456789012:certificate/gone");
    assert_eq!(class(&reader, &gone), Some(GapClass::Vanished));
    let of_iam = certificate("arn:aws:iam::123456789012:server-certificate/old");
    assert_eq!(class(&reader, &of_iam), Some(GapClass::Refused));
}

#[test]
fn web_acls_are_calls_of_their_own() {
    let reader = reader(encrypted(), Settings::default());
    let Facts::LoadBalancers(lbs) = only(&reader, &Call::DescribeLoadBalancers) else {
        panic!("load balancers");
    };
    assert!(
        lbs.iter()
            .all(|lb| lb.web_acl.is_none() && lb.traffic.is_none())
    );
    let known = state(&reader);
    let alb = known.load_balancer_named("orders-alb").expect("there");
    let call = Call::GetWebAclForResource {
        load_balancer: alb.arn.clone(),
    };
    assert!(matches!(
        only(&reader, &call),
        Facts::WebAcl(WebAclOn::Acl(acl)) if acl.rules.len() == 1
    ));
}

/// 2026-01-01T06:30:00Z, a Thursday.
const MOMENT: i64 = 1_767_249_000;

fn lb(reader: &SimReader, name: &str) -> Measured {
    let known = state(reader).load_balancer_named(name);
    Measured::LoadBalancer(known.expect("there").arn.clone())
}

fn gone() -> Measured {
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/gone/0";
    Measured::LoadBalancer(LoadBalancerArn::new(arn).expect("an ARN"))
}

fn queries(of: &[Measured], measures: &[Measure]) -> Vec<MetricQuery> {
    let of_one = |of: &Measured| {
        let of = of.clone();
        measures.iter().map(move |measure| MetricQuery {
            of: of.clone(),
            measure: *measure,
        })
    };
    of.iter().flat_map(of_one).collect()
}

/// The values that each query of a call brings.
fn series(reader: &SimReader, queries: Vec<MetricQuery>, span: Span) -> Vec<Vec<(u32, f64)>> {
    let call = Call::GetMetricData { queries, span };
    let Facts::Series(told) = only(reader, &call) else {
        panic!("series");
    };
    assert!(told.iter().all(|series| series.told == Told::Whole));
    told.into_iter().map(|series| series.values).collect()
}

#[test]
fn traffic_is_told_by_day() {
    let reader = reader(encrypted(), Settings::default());
    let of = [lb(&reader, "orders-nlb"), gone()];
    let both = queries(&of, &[Measure::NewFlowCount, Measure::ProcessedBytes]);
    let told = series(&reader, both, Span::days_until(MOMENT, 60));
    let days = |value| vec![(0, value), (1, value), (2, value)];
    assert_eq!(told, [days(10.0), days(62_500.0), vec![], vec![]]);
}

#[test]
fn hours_are_told_as_they_are_said_and_days_are_their_sums() {
    let night_off = [&[None; 6][..], &[Some(5.0); 18]].concat();
    let account = estate()
        .bridge("orders", 80)
        .measured("orders-nlb", Measure::NewFlowCount, &night_off)
        .build()
        .expect("an account");
    let reader = reader(account, Settings::default());
    let of = [lb(&reader, "orders-nlb")];
    let asked = || queries(&of, &[Measure::NewFlowCount, Measure::ProcessedBytesTls]);
    let day = LookBack::of_days(1).expect("a day");
    let told = series(&reader, asked(), Span::hours_before(MOMENT, day));
    // From six in the morning to six: the last six hours are those of the night.
    let seen: Vec<_> = (0..18).map(|hour| (hour, 5.0)).collect();
    assert_eq!(told, [seen, vec![]]);
    let told = series(&reader, asked(), Span::days_until(MOMENT, 2));
    assert_eq!(
        told[0],
        [(0, 90.0), (1, 5.0)],
        "today as far as it has gone"
    );
}

#[test]
fn metrics_come_in_pages_and_calls_have_an_end() {
    let reader = reader(encrypted(), Settings::default());
    let of = lb(&reader, "orders-nlb");
    let asked = |count, span| Call::GetMetricData {
        queries: vec![
            MetricQuery {
                of: of.clone(),
                measure: Measure::NewFlowCount,
            };
            count
        ],
        span,
    };
    let days = Span::days_until(MOMENT, 60);
    assert_eq!(class(&reader, &asked(500, days)), None);
    assert_eq!(class(&reader, &asked(501, days)), Some(GapClass::Refused));
    assert_eq!(class(&reader, &asked(0, days)), Some(GapClass::Refused));
    let hours = Span::hours_before(MOMENT, LookBack::DEFAULT);
    let place = place(&reader.account);
    let call = asked(141, hours);
    let first = reader.clock.run(reader.read(&place, &call, None));
    let next = first.expect("no deadlock").expect("a page").next;
    let second = reader.clock.run(reader.read(&place, &call, next.as_ref()));
    let second = second.expect("no deadlock").expect("a page");
    assert!(matches!(second.facts, Facts::Series(told) if told.len() == 1));
    assert_eq!(second.next, None);
}

#[test]
fn acls_and_route_tables_are_told_by_vpc() {
    let reader = reader(encrypted(), Settings::default());
    let vpc = state(&reader).vpcs[0].id.clone();
    let Facts::NetworkAcls(acls) = only(&reader, &Call::DescribeNetworkAcls { vpc: vpc.clone() })
    else {
        panic!("network ACLs");
    };
    assert_eq!(acls[0].subnets.len(), 3);
    let denied = acls[0].entries.iter().find(|entry| entry.number == 50);
    assert_eq!(denied.map(|entry| entry.effect), Some(AclEffect::Deny));
    assert!(matches!(
        only(&reader, &Call::DescribeRouteTables { vpc }),
        Facts::RouteTables(tables) if tables[0].routes.len() == 2
    ));
}

fn much_used() -> Account {
    estate()
        .bridge("orders", 80)
        .dns_alias("orders.corp.example", "orders-nlb")
        .dns_addresses("fixed.corp.example", "orders-nlb")
        .accelerator("global", "orders-nlb")
        .distribution("cdn", "orders-nlb")
        .vpc_origin("origin", "orders-nlb")
        .verified_access("access", "orders-nlb")
        .mirror_target("mirror", "orders-nlb")
        .alarm("hosts", "orders-nlb")
        .build()
        .expect("an account")
}

/// The users that a call tells, asked at the account or at its region.
fn users(reader: &SimReader, place: &Place, call: &Call) -> Vec<User> {
    match told(reader, place, call).expect("an answer") {
        Facts::Users(users) => users,
        other => panic!("{other:?}"),
    }
}

fn told(reader: &SimReader, place: &Place, call: &Call) -> Result<Facts, ReadError> {
    let answer = async { reader.read(place, call, None).await.map(|page| page.facts) };
    reader.clock.run(answer).expect("no deadlock")
}

#[test]
fn users_of_a_load_balancer_are_told_by_name_address_arn_and_metrics() {
    let reader = reader(much_used(), Settings::default());
    let here = place(&reader.account);
    let account = Place::global(reader.account.id.clone());
    let nlb = state(&reader).load_balancer_named("orders-nlb");
    let nlb = nlb.expect("an NLB");
    let by_arn = vec![Pointer::Arn(nlb.arn.clone())];
    let dns = nlb.dns_name.clone().expect("a name");
    let Ok(Facts::HostedZones(zones)) = told(&reader, &account, &Call::ListHostedZones) else {
        panic!("zones");
    };
    let zone = zones[0].clone();
    let records = users(&reader, &account, &Call::ListResourceRecordSets { zone });
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record.region.is_none()));
    assert!(records[1].points_at == [Pointer::DnsName(dns.clone())]);
    assert_eq!(records[0].points_at.len(), 3, "an address in each zone");
    let Ok(Facts::Accelerators(all)) = told(&reader, &account, &Call::ListAccelerators) else {
        panic!("accelerators");
    };
    let accelerator = all[0].clone();
    let listeners = told(&reader, &account, &Call::ListListeners { accelerator });
    let Ok(Facts::AcceleratorListeners(listeners)) = listeners else {
        panic!("listeners");
    };
    let listener = listeners[0].clone();
    let groups = users(&reader, &account, &Call::ListEndpointGroups { listener });
    assert_eq!(groups[0].kind, UserKind::AcceleratorEndpoint);
    assert_eq!(groups[0].points_at, by_arn);
    let origins = users(&reader, &account, &Call::ListDistributions);
    assert_eq!(origins[0].points_at, [Pointer::DnsName(dns)]);
    let origins = users(&reader, &account, &Call::ListVpcOrigins);
    assert_eq!(origins[0].points_at, by_arn);
    for call in [
        Call::DescribeVerifiedAccessEndpoints,
        Call::DescribeTrafficMirrorTargets,
    ] {
        assert_eq!(
            users(&reader, &here, &call)[0].points_at,
            by_arn,
            "{call:?}"
        );
    }
    let alarms = users(&reader, &here, &Call::DescribeAlarms);
    let metrics = Pointer::Metrics(Text::new(nlb.arn.tail()));
    assert_eq!(alarms[0].points_at, [metrics]);
}

#[test]
fn global_services_answer_at_no_region_and_others_at_regions_only() {
    let reader = reader(much_used(), Settings::default());
    let here = place(&reader.account);
    let account = Place::global(reader.account.id.clone());
    let fails = |place: &Place, call: &Call| told(&reader, place, call).err().map(|e| e.class);
    let nowhere = Some(GapClass::Unreachable);
    assert_eq!(fails(&here, &Call::ListDistributions), nowhere);
    assert_eq!(fails(&account, &Call::DescribeAlarms), nowhere);
    assert_eq!(fails(&account, &Call::ListDistributions), None);
    assert_eq!(fails(&here, &Call::DescribeAlarms), None);
}

#[test]
fn route_53_takes_five_requests_a_second() {
    let reader = reader(much_used(), Settings::default());
    let account = Place::global(reader.account.id.clone());
    let throttled = (0..7).map(|_| reader.read(&account, &Call::ListHostedZones, None));
    let calls: FuturesUnordered<_> = throttled.collect();
    let answers: Vec<_> = reader.clock.run(calls.collect()).expect("no deadlock");
    let refused = answers.iter().filter(|answer| answer.is_err()).count();
    assert_eq!(refused, 2);
}
