mod sources;

use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use unbridge_model::apigateway::{CarriedField, Verb};
use unbridge_model::call::{Call, CallKind, Facts};
use unbridge_model::elb::Condition;
use unbridge_model::id::{HttpApiId, LoadBalancerArn, Region, RestApiId, StageName, VpcId};
use unbridge_model::text::Text;

use super::*;
use crate::account::RegionState;
use crate::build::{Backend, Estate};

const REGION: &str = "eu-west-1";

fn region() -> Region {
    Region::new(REGION).expect("a region")
}

fn estate() -> Estate {
    Estate::new("123456789012").region(REGION)
}

fn place(account: &Account) -> Place {
    Place::regional(account.id.clone(), region())
}

fn reader(account: Account, settings: Settings) -> SimReader {
    SimReader::new(
        account,
        Digester::new(&[7; 32]),
        VirtualClock::new(),
        settings,
    )
}

fn state(reader: &SimReader) -> &RegionState {
    &reader.account.regions[&region()]
}

/// All pages of an answer.
fn pages(reader: &SimReader, call: &Call) -> Result<Vec<Facts>, ReadError> {
    let place = place(&reader.account);
    let all = async {
        let mut pages = Vec::new();
        let mut next = None;
        loop {
            let page = reader.read(&place, call, next.as_ref()).await?;
            pages.push(page.facts);
            next = page.next;
            if next.is_none() {
                return Ok(pages);
            }
        }
    };
    reader.clock.run(all).expect("no deadlock")
}

fn only(reader: &SimReader, call: &Call) -> Facts {
    let mut pages = pages(reader, call).expect("an answer");
    assert_eq!(pages.len(), 1, "{call:?}");
    pages.remove(0)
}

fn class(reader: &SimReader, call: &Call) -> Option<GapClass> {
    pages(reader, call).err().map(|error| error.class)
}

fn orders() -> Account {
    estate()
        .bridge("orders", 80)
        .rest_api("orders", |api| {
            api.proxy("/orders", "orders-link")
                .method(Verb::Get, "/orders/{id}", "orders-link")
                .method(Verb::Put, "/orders/{id}", "orders-link")
                .carry(
                    Verb::Get,
                    "/orders/{id}",
                    CarriedField::RequestParameters,
                    "x",
                )
                .edit(Verb::Get, "/orders/{id}", |integration| {
                    integration.uri = Some(unbridge_model::uri::Uri::new(
                        "http://nlb/orders?key=hunter2",
                    ));
                })
                .deploy("prod")
                .variable("prod", "password", "hunter2")
                .drop_method(Verb::Any, "/orders")
        })
        .build()
        .expect("an account")
}

#[test]
fn pages_hold_as_much_as_asked_and_come_by_id() {
    let mut estate = estate();
    for number in 0..7 {
        estate = estate.rest_api(&format!("api-{number}"), |api| api.lambda(Verb::Get, "/"));
    }
    let settings = Settings {
        page_size: Some(3),
        ..Settings::default()
    };
    let reader = reader(estate.build().expect("an account"), settings);
    let pages = pages(&reader, &Call::GetRestApis).expect("pages");
    let ids: Vec<Vec<RestApiId>> = pages
        .into_iter()
        .map(|facts| match facts {
            Facts::RestApis(apis) => apis.into_iter().map(|api| api.id).collect(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    let ids = ids.concat();
    assert!(ids.is_sorted());
    let made: Vec<_> = reader.calls().iter().map(|a| (a.page, a.at)).collect();
    let ms = Duration::from_millis;
    assert_eq!(made, [(1, ms(0)), (2, ms(40)), (3, ms(80))]);
}

#[test]
fn a_page_of_resources_holds_whole_resources() {
    let settings = Settings {
        page_size: Some(1),
        ..Settings::default()
    };
    let reader = reader(orders(), settings);
    let api = state(&reader).rest_apis[0].api.id.clone();
    let pages = pages(&reader, &Call::GetResources { api }).expect("pages");
    let [Facts::Methods(methods)] = &pages[..] else {
        panic!("{pages:?}");
    };
    assert_eq!(methods.len(), 2, "both methods of one resource");
}

#[test]
fn an_export_tells_what_is_deployed_and_the_draft_what_is_not() {
    let reader = reader(orders(), Settings::default());
    let api = state(&reader).rest_apis[0].api.id.clone();
    let stage = StageName::new("prod").expect("a stage");
    let Facts::Export(deployed) = only(&reader, &Call::GetExport { api, stage }) else {
        panic!("an export");
    };
    let deployed = deployed.methods;
    let told: Vec<_> = deployed.iter().map(|m| (m.path.as_str(), m.verb)).collect();
    assert_eq!(
        told,
        [
            ("/orders", Verb::Any),
            ("/orders/{id}", Verb::Get),
            ("/orders/{id}", Verb::Put)
        ]
    );
    assert!(deployed.iter().all(|method| method.resource.is_none()));
}

#[test]
fn secrets_are_sealed_under_the_readers_key() {
    let told = |key: u8| {
        let reader = SimReader::new(
            orders(),
            Digester::new(&[key; 32]),
            VirtualClock::new(),
            Settings::default(),
        );
        let api = state(&reader).rest_apis[0].api.id.clone();
        let Facts::Methods(methods) = only(&reader, &Call::GetResources { api: api.clone() })
        else {
            panic!("methods");
        };
        let get = methods.into_iter().find(|method| method.verb == Verb::Get);
        let integration = get.and_then(|method| method.integration).expect("GET");
        let Facts::Stages(stages) = only(&reader, &Call::GetStages { api }) else {
            panic!("stages");
        };
        assert!(!format!("{integration:?} {stages:?}").contains("hunter2"));
        assert_eq!(
            integration.uri.as_ref().expect("a uri").to_string(),
            "http://nlb/orders"
        );
        (
            integration.uri_rest.expect("a query"),
            integration
                .carried
                .get(CarriedField::RequestParameters)
                .expect("parameters"),
        )
    };
    assert_eq!(told(1), told(1));
    let (one, two) = (told(1), told(2));
    assert!(one.0 != two.0 && one.1 != two.1);
}

#[test]
fn lists_leave_out_what_is_a_call_of_its_own() {
    let account = estate()
        .bridge("orders", 80)
        .rule(
            "orders-alb",
            80,
            10,
            vec![Condition::Unknown {
                field: Text::new("x"),
            }],
        )
        .tag("orders-nlb", "team", "a")
        .build()
        .expect("an account");
    let reader = reader(account, Settings::default());
    let known = state(&reader);
    let alb = known
        .load_balancer_named("orders-alb")
        .expect("an ALB")
        .clone();
    let Facts::LoadBalancers(lbs) = only(&reader, &Call::DescribeLoadBalancers) else {
        panic!("load balancers");
    };
    assert_eq!(lbs.len(), 2);
    assert!(
        lbs.iter()
            .all(|lb| lb.listeners.is_none() && lb.attributes.is_none())
    );
    assert!(lbs.iter().all(|lb| lb.tags.is_none()));
    let call = Call::DescribeListeners {
        load_balancer: alb.arn.clone(),
    };
    let Facts::Listeners(listeners) = only(&reader, &call) else {
        panic!("listeners");
    };
    assert!(listeners.iter().all(|listener| listener.rules.is_none()));
    let call = Call::DescribeRules {
        listener: listeners[0].arn.clone(),
    };
    assert!(matches!(only(&reader, &call), Facts::Rules(rules) if rules.len() == 1));
    let nlb = known.load_balancer_named("orders-nlb").expect("an NLB");
    let call = Call::DescribeTags {
        resources: vec![nlb.arn.clone().into()],
    };
    let Facts::Tags(tags) = only(&reader, &call) else {
        panic!("tags");
    };
    assert_eq!(tags.values().next().map(|tags| tags.len()), Some(1));
    assert!(matches!(
        only(&reader, &Call::DescribeVpcEndpointServiceConfigurations),
        Facts::EndpointServices(services) if services[0].connections.is_none()
    ));
    assert!(matches!(
        only(&reader, &Call::DescribeVpcEndpointConnections),
        Facts::EndpointConnections(all) if all[0].owner.as_str() == "631144002099"
    ));
}

#[test]
fn what_is_not_there_has_vanished_and_what_cannot_be_is_refused() {
    let account = estate()
        .direct_nlb("chat", 80, Backend::Addresses)
        .websocket_api("chat", |api| {
            api.over_v1("$connect", "chat-link").freeze("live")
        })
        .build()
        .expect("an account");
    let reader = reader(account, Settings::default());
    let api = RestApiId::new("0000000000").expect("an id");
    assert_eq!(
        class(&reader, &Call::GetResources { api: api.clone() }),
        Some(GapClass::Vanished)
    );
    assert_eq!(
        class(&reader, &Call::GetStages { api }),
        Some(GapClass::Vanished)
    );
    let api = HttpApiId::new("0000000000").expect("an id");
    assert_eq!(
        class(&reader, &Call::GetRoutes { api }),
        Some(GapClass::Vanished)
    );
    let gone = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/gone/0";
    let load_balancer = LoadBalancerArn::new(gone).expect("an ARN");
    assert_eq!(
        class(&reader, &Call::DescribeListeners { load_balancer }),
        Some(GapClass::Vanished)
    );
    let call = Call::DescribeTags {
        resources: vec![Text::new(gone)],
    };
    assert_eq!(class(&reader, &call), Some(GapClass::Vanished));
    let call = Call::DescribeTags {
        resources: vec![Text::new(gone); 21],
    };
    assert_eq!(class(&reader, &call), Some(GapClass::Refused));
    let vpc = VpcId::new("vpc-gone").expect("an id");
    assert_eq!(class(&reader, &Call::DescribeSubnets { vpc }), None);
    let chat = state(&reader).http_apis[0].api.id.clone();
    let stage = StageName::new("live").expect("a stage");
    assert_eq!(
        class(&reader, &Call::ExportApi { api: chat, stage }),
        Some(GapClass::Refused)
    );
}

#[test]
fn a_token_of_another_call_is_refused() {
    let reader = reader(orders(), Settings::default());
    let token = PageToken("apigateway:GetVpcLinks  500".into());
    let place = place(&reader.account);
    let read = |call: Call| {
        let (token, place, reader) = (&token, &place, &reader);
        let answer = async move { reader.read(place, &call, Some(token)).await };
        reader.clock.run(answer).expect("no deadlock")
    };
    assert!(read(Call::GetVpcLinks).is_ok());
    let refused = read(Call::GetRestApis).expect_err("a refusal");
    assert_eq!(refused.class, GapClass::Refused);
    assert_eq!(reader.calls()[1].page, 0);
}

#[test]
fn places_without_credentials_are_refused() {
    let reader = reader(orders(), Settings::default());
    let ask = |place: Place| {
        let answer = async { reader.read(&place, &Call::GetApis, None).await.map(drop) };
        reader.clock.run(answer).expect("no deadlock")
    };
    let elsewhere = Region::new("us-east-1").expect("a region");
    let error = ask(Place::regional(reader.account.id.clone(), elsewhere));
    assert_eq!(error.expect_err("not enabled").class, GapClass::Credentials);
    let stranger = unbridge_model::id::AccountId::new("999999999999").expect("an account");
    let error = ask(Place::regional(stranger, region()));
    assert_eq!(error.expect_err("a stranger").class, GapClass::Credentials);
}

#[test]
fn faults_strike_what_they_name_and_as_often_as_they_say() {
    let account = orders();
    let api = account.regions[&region()].rest_apis[0].api.id.clone();
    let settings = Settings {
        faults: vec![
            Fault::new(CallKind::GetApis, GapClass::Failed, "500").times(Times::First(2)),
            Fault::denied(CallKind::GetStages).of(api.clone()),
            Fault::denied(CallKind::GetVpcLinks).of("nothing"),
            Fault::denied(CallKind::GetVpcLinksV2)
                .within(Region::new("us-east-1").expect("a region")),
            Fault::new(CallKind::GetRestApis, GapClass::Unreachable, "").times(Times::Once),
        ],
        ..Settings::default()
    };
    let reader = reader(account, settings);
    let failed = Some(GapClass::Failed);
    let outcomes = [0; 3].map(|_| class(&reader, &Call::GetApis));
    assert_eq!(outcomes, [failed, failed, None]);
    let outcomes = [0; 2].map(|_| class(&reader, &Call::GetRestApis));
    assert_eq!(outcomes, [Some(GapClass::Unreachable), None]);
    let denied = [0; 2].map(|_| class(&reader, &Call::GetStages { api: api.clone() }));
    assert_eq!(denied, [Some(GapClass::Denied); 2]);
    assert_eq!(class(&reader, &Call::GetVpcLinks), None);
    assert_eq!(class(&reader, &Call::GetVpcLinksV2), None);
    assert_eq!(reader.count(CallKind::GetApis), 3);
    assert_eq!(reader.calls()[0].refused, failed);
}

/// How many of so many calls made at once are throttled.
fn throttled(reader: &SimReader, call: &Call, times: usize) -> usize {
    let place = place(&reader.account);
    let calls: FuturesUnordered<_> = (0..times)
        .map(|_| reader.read(&place, call, None))
        .collect();
    let answers: Vec<_> = reader.clock.run(calls.collect()).expect("no deadlock");
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    refused
        .filter(|error| error.class == GapClass::Throttled)
        .count()
}

#[test]
fn calls_over_the_published_rates_are_throttled() {
    let reader = reader(orders(), Settings::default());
    let api = state(&reader).rest_apis[0].api.id.clone();
    let resources = Call::GetResources { api };
    assert_eq!(throttled(&reader, &resources, 8), 3, "a burst of 5");
    assert_eq!(
        throttled(&reader, &Call::GetApis, 40),
        5,
        "5 tokens are gone already"
    );
    assert_eq!(throttled(&reader, &Call::DescribeLoadBalancers, 41), 1);
    let later = reader.clock.wait(Duration::from_secs(1));
    reader.clock.run(later).expect("no deadlock");
    assert_eq!(throttled(&reader, &resources, 8), 6, "one every 400 ms");
}

#[test]
fn throttling_can_be_off() {
    let reader = reader(orders(), Settings::unthrottled());
    assert_eq!(throttled(&reader, &Call::GetApis, 500), 0);
    assert_eq!(reader.clock.now(), Duration::from_millis(40));
}
