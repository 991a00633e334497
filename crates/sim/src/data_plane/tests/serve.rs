//! What [`serve`] asks beyond configuration.

use unbridge_model::network::{SecurityGroup, Subnet};
use unbridge_model::route::AnyApi;

use super::*;
use crate::account::RawValues;
use crate::estate::{Size, generate, requests};
use crate::live::{HostResolution, StageInPath};

pub(super) fn served_with(
    account: &Account,
    request: &Request<AnyApi>,
    switches: Switches,
) -> Answer {
    let state = &account.regions[&request.region];
    let running = Running::of(state, request).expect("a stage that runs something");
    serve(account, request, running, switches)
}

pub(super) fn served(account: &Account, path: &str) -> String {
    let request = request(account, Verb::Get, path).into();
    told(&served_with(account, &request, Switches::default()).landing)
}

/// `/x` over the version 2 link `v2` straight to the ALB on this port.
pub(super) fn direct(port: u16, edit: impl FnOnce(Estate) -> Estate) -> Account {
    let estate = edit(estate().alb(ALB, port).v2_link("v2"));
    with_api(estate, |api| {
        let at = format!("http://o.example:{port}");
        api.direct_at(Verb::Get, "/x", "v2", ALB, &at)
    })
}

/// `/x` over a version 1 link and an NLB.
pub(super) fn bridged(edit: impl FnOnce(Estate) -> Estate) -> Account {
    with_api(edit(bridge(80, 80)), |api| {
        api.at(Verb::Get, "/x", "orders-link", "http://o.example")
    })
}

pub(super) fn group_named<'s>(state: &'s mut RegionState, name: &str) -> &'s mut SecurityGroup {
    let vpcs = state.vpcs.iter_mut();
    let mut groups = vpcs.flat_map(|vpc| vpc.security_groups.iter_mut().flatten());
    groups.find(|group| group.name == name).expect("a group")
}

pub(super) const ALB_GROUP: &str = "orders-alb-sg";
pub(super) const LANDS: &str = "o.example /x: orders-alb-service";

#[test]
fn what_is_served_lands_where_the_configuration_says() {
    let (mut all, mut same) = (0, 0);
    for seed in 0..12 {
        let account = generate(seed, Size(6)).expect("an account");
        for request in requests(&account) {
            let by_configuration = answer(&account, &request);
            let request: Request<AnyApi> = request.into();
            let state = &account.regions[&request.region];
            let running = Running::of(state, &request).expect("something");
            let Answer { landing, .. } = serve(&account, &request, running, Switches::default());
            all += 1;
            same += u32::from(landing == by_configuration);
            let is_known = by_configuration != Landing::Unseen;
            match landing {
                Landing::Lands { .. } if is_known => assert_eq!(landing, by_configuration),
                Landing::NotPrivate => assert_eq!(landing, by_configuration),
                Landing::Refused => assert_ne!(by_configuration, Landing::NotPrivate),
                Landing::Lands { .. } | Landing::Unseen => {}
            }
        }
    }
    assert!(same * 10 > all * 9, "{same} of {all}");
}

#[test]
fn a_link_carries_only_while_it_is_available() {
    for status in ["PENDING", "DELETING", "INACTIVE", "FAILED"] {
        for account in [direct(80, |e| e), bridged(|e| e)] {
            let mut account = account;
            for state in account.regions.values_mut() {
                state.links[0].status = Text::new(status);
            }
            assert_eq!(served(&account, "/x"), "refused", "{status}");
        }
    }
    let mut account = direct(80, |e| e);
    let asked = request(&account, Verb::Get, "/x").into();
    let link = |account: &Account| served_with(account, &asked, Switches::default()).link;
    assert!(link(&account).is_some());
    for state in account.regions.values_mut() {
        state.links[0].status = Text::new("PENDING");
    }
    assert!(link(&account).is_some(), "the link is named and is there");
    for state in account.regions.values_mut() {
        state.links.clear();
    }
    assert_eq!(link(&account), None);
}

#[test]
fn a_link_reaches_what_stands_in_its_own_vpc_h34() {
    let account = with_api(
        estate()
            .alb(ALB, 80)
            .apart("other", |estate| estate.v2_link("v2")),
        |api| api.direct_at(Verb::Get, "/x", "v2", ALB, "http://o.example"),
    );
    assert_eq!(served(&account, "/x"), "refused");
    // A link that needs a listener that is not there.
    let account = direct(80, |e| e.drop_listener(ALB, 80));
    assert_eq!(served(&account, "/x"), "refused");
    let mut account = direct(80, |e| e);
    for state in account.regions.values_mut() {
        let subnets = state.vpcs[0].subnets.iter_mut().flatten();
        let elsewhere = |subnet: &mut Subnet| subnet.vpc = "vpc-0123".parse().expect("a VPC");
        subnets.for_each(elsewhere);
    }
    assert_eq!(served(&account, "/x"), "refused");
}

#[test]
fn a_stages_name_may_stand_in_the_path_over_a_version_2_link_h28() {
    let sent = Switches {
        stage_in_path: StageInPath::Sent,
        ..Switches::default()
    };
    let at = |account: &Account| {
        let request = request(account, Verb::Get, "/x").into();
        told(&served_with(account, &request, sent).landing)
    };
    let rule = |e: Estate| e.alb_rule(ALB, 80, 10, |rule| rule.path(&["/prod/*"]).respond("410"));
    assert_eq!(at(&direct(80, rule)), "o.example /prod/x: 410");
    assert_eq!(at(&bridged(rule)), LANDS);
    assert_eq!(served(&direct(80, rule), "/x"), LANDS);
}

#[test]
fn the_host_may_have_to_be_known_over_a_version_2_link_h38() {
    let needed = Switches {
        host_resolution: HostResolution::Needed,
        ..Switches::default()
    };
    let site = || bridge(80, 80).v2_link("v2");
    let built = site().build().expect("an account");
    let region = Region::new("eu-west-1").expect("a region");
    let nlb = built.regions[&region].load_balancer_named("orders-nlb");
    let dns = nlb.and_then(|nlb| nlb.dns_name.clone()).expect("a name");
    let address = format!("http://{}", dns.to_uppercase());
    let account = with_api(site(), |api| {
        api.direct_at(Verb::Get, "/x", "v2", ALB, &address)
            .direct_at(Verb::Get, "/custom", "v2", ALB, "http://o.example")
            .at(Verb::Get, "/v1", "orders-link", &address)
    });
    let mut gone = account.clone();
    for state in gone.regions.values_mut() {
        state.load_balancers.retain(|lb| lb.name != "orders-nlb");
    }
    let at = |account: &Account, path, switches| {
        let request = request(account, Verb::Get, path).into();
        let told = told(&served_with(account, &request, switches).landing);
        told.rsplit(' ').next().unwrap_or_default().to_owned()
    };
    assert_eq!(at(&account, "/x", needed), SERVICE);
    assert_eq!(at(&gone, "/x", needed), "refused");
    assert_eq!(at(&gone, "/x", Switches::default()), SERVICE);
    assert_eq!(at(&gone, "/custom", needed), SERVICE);
    assert_eq!(at(&account, "/v1", needed), SERVICE);
    assert_eq!(at(&gone, "/v1", needed), "refused");
}

#[test]
fn a_deployment_that_nobody_knows_is_not_guessed() {
    let mut account = direct(80, |e| e);
    for state in account.regions.values_mut() {
        for deployment in state.rest_apis[0].deployments.values_mut() {
            deployment.methods.clear();
            deployment.content = Content::Unknown;
        }
    }
    assert_eq!(served(&account, "/x"), "unseen");
}

#[test]
fn parameters_that_are_not_known_fill_paths_by_name_and_may_set_any_header() {
    let estate = bridge(80, 80).alb_rule(ALB, 80, 10, |rule| {
        rule.header("x-tenant", &["gold*"]).respond("410")
    });
    let mut account = with_api(estate, |api| {
        api.at(Verb::Any, "/a/{proxy+}", "orders-link", "http://o.example")
            .at(Verb::Get, "/h", "orders-link", "http://o.example")
            .map_host(Verb::Get, "/h", "method.request.header.Host")
    });
    assert_eq!(
        served(&account, "/a/b/c"),
        "o.example /a/b/c: orders-alb-service"
    );
    for state in account.regions.values_mut() {
        state.rest_apis[0].raw = RawValues::new();
    }
    assert_eq!(lands(&account, Verb::Get, "/a/b/c"), "unseen");
    assert_eq!(
        served(&account, "/a/b/c"),
        "o.example /a/b/c: orders-alb-service | 410"
    );
    assert_eq!(
        served(&account, "/h"),
        "{method.request.header.Host} /h: orders-alb-service"
    );
}

#[test]
fn an_http_api_reaches_listeners_of_albs_and_nlbs_h14() {
    let estate = bridge(80, 80).v2_link("v2").http_api("web", |api| {
        api.private("GET /direct", "v2", ALB, 80)
            .private("ANY /nlb/{proxy+}", "v2", "orders-nlb", 80)
            .public("GET /public")
            .auto("$default")
            .auto("prod")
    });
    let estate = estate.alb_rule(ALB, 80, 10, |rule| rule.path(&["/prod/*"]).respond("410"));
    let estate = estate.alb_rule(ALB, 80, 20, |rule| rule.host(&["a.example"]).respond("420"));
    let account = estate.build().expect("an account");
    let at = |account: &Account, stage: &str, path: &str| {
        let region = Region::new("eu-west-1").expect("a region");
        let api = account.regions[&region].http_apis[0].api.id.clone();
        let request = Request {
            region,
            api: AnyApi::Http(api),
            stage: StageName::new(stage).expect("a stage"),
            share: Share::Stage,
            verb: Verb::Get,
            path: Text::new(path),
            query: Text::new(""),
            headers: BTreeMap::new(),
        };
        told(&served_with(account, &request, Switches::default()).landing)
    };
    // The Host of these requests is not documented: the rule on it may match or not.
    let open = "orders-alb-service | 420";
    assert_eq!(
        at(&account, "$default", "/direct"),
        format!("{{host}} /direct: {open}")
    );
    assert_eq!(
        at(&account, "$default", "/nlb/a"),
        format!("{{host}} /nlb/a: {open}")
    );
    assert_eq!(at(&account, "prod", "/direct"), "{host} /prod/direct: 410");
    assert_eq!(at(&account, "prod", "/public"), "not private");
    assert_eq!(at(&account, "prod", "/nowhere"), "not private");
    let mut closed = account.clone();
    for state in closed.regions.values_mut() {
        group_named(state, ALB_GROUP).ingress.clear();
    }
    assert_eq!(at(&closed, "prod", "/direct"), "refused");
    let mut gone = account;
    for state in gone.regions.values_mut() {
        state.load_balancers.retain(|lb| lb.name != "orders-nlb");
    }
    assert_eq!(at(&gone, "prod", "/nlb/a"), "refused");
}
