use std::collections::BTreeMap;

use unbridge_model::apigateway::{CarriedField, Verb};
use unbridge_model::elb::{Action, Condition};
use unbridge_model::id::{Region, StageName};
use unbridge_model::route::Share;
use unbridge_model::uri::Uri;

use super::*;
use crate::build::{Backend, Estate, RestApiBuilder};

mod network;
mod serve;

const ALB: &str = "orders-alb";

fn estate() -> Estate {
    Estate::new("123456789012").region("eu-west-1")
}

/// A bridge on this port whose ALB listens on another one.
fn bridge(port: u16, alb_port: u16) -> Estate {
    estate()
        .alb(ALB, alb_port)
        .nlb("orders-nlb")
        .forward("orders-nlb", port, ALB, alb_port)
        .link("orders-link", "orders-nlb")
}

fn with_api(
    estate: Estate,
    describe: impl for<'e> FnOnce(RestApiBuilder<'e>) -> RestApiBuilder<'e>,
) -> Account {
    let estate = estate.rest_api("orders", |api| describe(api).deploy("prod"));
    estate.build().expect("an account")
}

fn request(account: &Account, verb: Verb, path: &str) -> Request {
    let region = Region::new("eu-west-1").expect("a region");
    let api = account.regions[&region].rest_apis[0].api.id.clone();
    Request {
        region,
        api,
        stage: StageName::new("prod").expect("a stage"),
        share: Share::Stage,
        verb,
        path: Text::new(path),
        query: Text::new(""),
        headers: BTreeMap::new(),
    }
}

/// `HOST PATH: END...`, groups by their names.
fn told(landing: &Landing) -> String {
    match landing {
        Landing::Lands {
            scheme: _,
            host,
            path,
            ends,
        } => {
            let ends: Vec<String> = ends.iter().map(end).collect();
            format!("{host} {path}: {}", ends.join(" | "))
        }
        Landing::NotPrivate => "not private".into(),
        Landing::Refused => "refused".into(),
        Landing::Unseen => "unseen".into(),
    }
}

fn end(end: &ListenerEnd) -> String {
    match end {
        ListenerEnd::Forward { groups } => {
            let names = groups.iter().map(|arn| arn.as_str().split('/').nth(1));
            names.flatten().collect::<Vec<_>>().join("+")
        }
        ListenerEnd::Redirect { location, status } => format!("{status} {location}"),
        ListenerEnd::FixedResponse { status } => status.to_string(),
        ListenerEnd::Authenticate { by } => by.to_string(),
    }
}

fn lands(account: &Account, verb: Verb, path: &str) -> String {
    told(&answer(account, &request(account, verb, path)))
}

const SERVICE: &str = "orders-alb-service";

fn to<'e>(api: RestApiBuilder<'e>, verb: Verb, path: &str, backend: &str) -> RestApiBuilder<'e> {
    let uri = format!("http://o.example/{backend}");
    api.at(verb, path, "orders-link", "http://o.example")
        .edit(verb, path, |integration| {
            integration.uri = Some(Uri::new(&uri));
        })
}

#[test]
fn the_best_fitting_resource_answers_and_its_own_verb_before_any() {
    let account = with_api(bridge(80, 80), |api| {
        let api = to(api, Verb::Any, "/{proxy+}", "greedy");
        let api = to(api, Verb::Any, "/orders/{id}", "one");
        let api = to(api, Verb::Get, "/orders/{id}", "get-one");
        let api = to(api, Verb::Any, "/orders/open", "open");
        let api = to(api, Verb::Any, "/{kind}/open", "kind");
        to(api, Verb::Get, "/only-get", "only")
    });
    let at = |verb, path| {
        let told = lands(&account, verb, path);
        let path = told.split([' ', ':']).nth(1);
        path.map_or_else(|| told.clone(), str::to_owned)
    };
    assert_eq!(at(Verb::Get, "/orders/open"), "/open");
    assert_eq!(at(Verb::Get, "/orders/7"), "/get-one");
    assert_eq!(at(Verb::Put, "/orders/7"), "/one");
    assert_eq!(at(Verb::Put, "/things/open"), "/kind");
    assert_eq!(at(Verb::Put, "/orders/7/items"), "/greedy");
    assert_eq!(lands(&account, Verb::Put, "/only-get"), "not private");
    assert_eq!(lands(&account, Verb::Put, "/"), "not private");
}

#[test]
fn mapped_path_variables_are_filled_in_and_others_are_not() {
    let account = with_api(bridge(80, 80), |api| {
        api.at(
            Verb::Any,
            "/a/{proxy+}",
            "orders-link",
            "http://o.example/v1",
        )
        .at(Verb::Get, "/b/{id}", "orders-link", "http://o.example")
        .carry(
            Verb::Get,
            "/b/{id}",
            CarriedField::RequestParameters,
            "integration.request.path.other=method.request.path.id",
        )
        .at(Verb::Get, "/c/{id}", "orders-link", "http://o.example")
        .carry(
            Verb::Get,
            "/c/{id}",
            CarriedField::RequestParameters,
            "integration.request.path.id='fixed'",
        )
    });
    let at = |path| lands(&account, Verb::Get, path);
    assert_eq!(at("/a/x/y"), format!("o.example /v1/a/x/y: {SERVICE}"));
    assert_eq!(at("/b/7"), format!("o.example /b/{{id}}: {SERVICE}"));
    assert_eq!(at("/c/7"), format!("o.example /c/fixed: {SERVICE}"));
}

#[test]
fn the_host_is_the_mapping_or_the_addresss_with_a_port_of_its_own_h8() {
    let account = with_api(bridge(8443, 80), |api| {
        let at = "http://o.example:8443";
        api.at(Verb::Get, "/plain", "orders-link", at)
            .at(Verb::Get, "/mapped", "orders-link", at)
            .map_host(Verb::Get, "/mapped", "'m.example'")
            .at(Verb::Get, "/variable", "orders-link", at)
            .map_host(Verb::Get, "/variable", "stageVariables.host")
            .at(Verb::Get, "/header", "orders-link", at)
            .map_host(Verb::Get, "/header", "method.request.header.X-Host")
            .at(Verb::Get, "/callers", "orders-link", at)
            .map_host(Verb::Get, "/callers", "method.request.header.Host")
            .deploy("prod")
            .variable("prod", "host", "v.example")
    });
    let host = |path| {
        let told = lands(&account, Verb::Get, path);
        told.split(' ').next().map(str::to_owned)
    };
    assert_eq!(host("/plain").as_deref(), Some("o.example:8443"));
    assert_eq!(host("/mapped").as_deref(), Some("m.example"));
    assert_eq!(host("/variable").as_deref(), Some("v.example"));
    assert_eq!(host("/header").as_deref(), Some("o.example:8443"));
    assert_eq!(host("/callers").as_deref(), Some("unseen"));
}

#[test]
fn rules_are_asked_in_order_and_every_condition_must_hold_h6() {
    let estate = bridge(80, 80)
        .alb_rule(ALB, 80, 30, |rule| rule.path(&["/a*"]).respond("430"))
        .alb_rule(ALB, 80, 10, |rule| {
            rule.path(&["/a"]).method(&["POST"]).respond("410")
        })
        .alb_rule(ALB, 80, 20, |rule| {
            rule.host(&["O.EXAMPLE"])
                .path_regex("^/b/[0-9]+$")
                .respond("420")
        })
        .alb_rule(ALB, 80, 40, |rule| {
            rule.path(&["/w"])
                .forward(&[("blue", 3), ("green", 1), ("off", 0)])
        })
        .alb_rule(ALB, 80, 50, |rule| {
            rule.path(&["/sign-in"]).authenticate("authenticate-oidc")
        })
        .alb_rule(ALB, 80, 60, |rule| {
            rule.path(&["/old/*"])
                .redirect("www.#{host}", "443", "/new/#{path}")
        });
    let account = with_api(estate, |api| {
        api.at(Verb::Any, "/{proxy+}", "orders-link", "http://o.example")
    });
    let at = |verb, path| {
        let told = lands(&account, verb, path);
        told.split_once(": ")
            .map_or(told.clone(), |(_, end)| end.to_owned())
    };
    assert_eq!(at(Verb::Post, "/a"), "410");
    assert_eq!(at(Verb::Get, "/a"), "430");
    assert_eq!(at(Verb::Get, "/A"), SERVICE);
    assert_eq!(at(Verb::Get, "/b/12"), "420");
    assert_eq!(at(Verb::Get, "/b/x"), SERVICE);
    assert_eq!(at(Verb::Get, "/w"), "blue+green");
    assert_eq!(at(Verb::Get, "/sign-in"), "authenticate-oidc");
    assert_eq!(
        at(Verb::Get, "/old/x"),
        "301 http://www.o.example:443/new/old/x"
    );
}

#[test]
fn transforms_change_what_the_target_sees_and_not_which_rule_matches() {
    let estate = bridge(80, 80)
        .alb_rule(ALB, 80, 10, |rule| {
            rule.path(&["/dp/*"])
                .rewrite_url("^/dp/([A-Z0-9]+)/?$", "/product.php?id=$1")
                .rewrite_host("^(.+)\\.example$", "$1.internal")
        })
        .alb_rule(ALB, 80, 20, |rule| {
            rule.path(&["/product.php"]).respond("404")
        })
        .alb_rule(ALB, 80, 30, |rule| {
            rule.path(&["/answered"])
                .rewrite_url("^/(.*)$", "/other/$1")
                .respond("410")
        })
        .alb_rule(ALB, 80, 40, |rule| {
            rule.path(&["/moved*"])
                .rewrite_url("^/moved$", "/other")
                .redirect("#{host}", "443", "/#{path}")
        });
    let account = with_api(estate, |api| {
        api.at(Verb::Any, "/{proxy+}", "orders-link", "http://o.example")
    });
    let at = |path| lands(&account, Verb::Get, path);
    assert_eq!(at("/dp/B09"), format!("o.internal /product.php: {SERVICE}"));
    assert_eq!(at("/dp/lower"), format!("o.internal /dp/lower: {SERVICE}"));
    assert_eq!(at("/answered"), "o.example /answered: 410");
    assert_eq!(at("/moved"), "unseen");
    assert_eq!(
        at("/moved2"),
        "o.example /moved2: 301 http://o.example:443/moved2"
    );
}

#[test]
fn headers_and_query_strings_decide_where_they_are_known() {
    let estate = bridge(80, 80)
        .alb_rule(ALB, 80, 10, |rule| {
            rule.header("X-Tenant", &["gold*"]).respond("410")
        })
        .alb_rule(ALB, 80, 20, |rule| {
            rule.query(&["version=2"]).respond("420")
        })
        .alb_rule(ALB, 80, 30, |rule| {
            rule.header("User-Agent", &["curl*"]).respond("430")
        });
    let account = with_api(estate, |api| {
        api.at(Verb::Any, "/{proxy+}", "orders-link", "http://o.example")
    });
    let at = |query: &str, tenant: Option<&str>| {
        let mut asked = request(&account, Verb::Get, "/x");
        asked.query = Text::new(query);
        if let Some(tenant) = tenant {
            asked
                .headers
                .insert(Text::new("x-tenant"), Text::new(tenant));
        }
        told(&answer(&account, &asked))
    };
    // API Gateway sets the User-Agent itself.
    let open = format!("o.example /x: {SERVICE} | 430");
    assert_eq!(at("", None), open);
    assert_eq!(at("", Some("silver")), open);
    assert_eq!(at("", Some("GOLD-1")), "o.example /x: 410");
    assert_eq!(at("a=b&VERSION=2", None), "o.example /x: 420");
    assert_eq!(at("version=22", None), open);
    let mut forgetful = account.clone();
    for region in forgetful.regions.values_mut() {
        region.raw.clear();
    }
    let mut asked = request(&forgetful, Verb::Get, "/x");
    asked.headers.insert(Text::new("X-TENANT"), Text::new("a"));
    assert_eq!(
        told(&answer(&forgetful, &asked)),
        format!("o.example /x: {SERVICE} | 410 | 430")
    );
}

#[test]
fn a_source_is_the_nlbs_or_somewhere_in_the_links_subnets() {
    let of_nlb = |ranges: &[&str]| {
        let estate =
            bridge(80, 80).alb_rule(ALB, 80, 10, |rule| rule.source(ranges).respond("410"));
        let account = with_api(estate, |api| {
            api.at(Verb::Get, "/x", "orders-link", "http://o.example")
        });
        lands(&account, Verb::Get, "/x")
    };
    let no = format!("o.example /x: {SERVICE}");
    assert_eq!(of_nlb(&["10.0.0.0/16"]), "o.example /x: 410");
    assert_eq!(of_nlb(&["192.0.2.0/24", "2001:db8::/32"]), no);
    assert_eq!(of_nlb(&["10.0.0.0/20"]), format!("{no} | 410"));
    let direct = |ranges: &[&str]| {
        let estate = estate()
            .alb(ALB, 80)
            .v2_link("v2")
            .alb_rule(ALB, 80, 10, |rule| rule.source(ranges).respond("410"));
        let account = with_api(estate, |api| {
            api.direct_at(Verb::Get, "/x", "v2", ALB, "http://o.example")
        });
        lands(&account, Verb::Get, "/x")
    };
    assert_eq!(direct(&["10.0.0.0/16"]), "o.example /x: 410");
    assert_eq!(direct(&["10.0.0.0/24"]), format!("{no} | 410"));
    assert_eq!(direct(&["10.1.0.0/16"]), no);
}

#[test]
fn every_kind_of_bridge_leads_to_its_alb() {
    let at = |estate: Estate, address: &str| {
        let account = with_api(estate, |api| {
            api.at(Verb::Get, "/x", "orders-link", address)
        });
        lands(&account, Verb::Get, "/x")
    };
    let here = format!("o.example /x: {SERVICE}");
    let plain = "http://o.example";
    assert_eq!(at(bridge(80, 8080), plain), here);
    assert_eq!(at(estate().ip_bridge("orders", 80), plain), here);
    assert_eq!(
        at(
            estate()
                .ip_bridge("orders", 80)
                .stale_target("orders-nlb", 80),
            plain
        ),
        here
    );
    assert_eq!(
        at(
            estate()
                .ip_bridge("orders", 80)
                .foreign_target("orders-nlb", 80),
            plain
        ),
        format!("o.example /x: {SERVICE}+orders-nlb-80")
    );
    assert_eq!(
        at(estate().weighted_bridge("orders", 80, [1, 0]), plain),
        here
    );
    assert_eq!(
        at(estate().weighted_bridge("orders", 80, [1, 1]), plain),
        "o.example /x: orders-alb-2-service+orders-alb-service"
    );
    assert_eq!(
        at(estate().direct_nlb("orders", 80, Backend::Instances), plain),
        "o.example /x: orders-nlb-80"
    );
    let tls = |alb_port: u16| {
        let estate = estate().certificate("c", &["o.example"]).alb(ALB, alb_port);
        let estate = match alb_port {
            443 => estate.https(ALB, 443, &["c"]),
            _ => estate,
        };
        estate
            .nlb("orders-nlb")
            .forward_tls("orders-nlb", 443, ALB, alb_port, "c")
            .link("orders-link", "orders-nlb")
    };
    assert_eq!(at(tls(443), "https://o.example"), here);
    assert_eq!(at(tls(80), "https://o.example"), here);
    // Encryption that nobody ends is none that an HTTP listener understands.
    assert_eq!(at(bridge(443, 80), "https://o.example"), "refused");
}

#[test]
fn what_is_not_there_refuses() {
    let at = |estate: Estate, address: &str| {
        let account = with_api(estate, |api| {
            api.at(Verb::Get, "/x", "orders-link", address)
        });
        lands(&account, Verb::Get, "/x")
    };
    let plain = "http://o.example";
    assert_eq!(at(bridge(80, 80), "http://o.example:8080"), "refused");
    assert_eq!(at(bridge(80, 80), "http://o.example:81"), "refused");
    assert_eq!(
        at(bridge(80, 80).empty_group("orders-nlb", 80), plain),
        "refused"
    );
    assert_eq!(at(bridge(80, 80).drop_listener(ALB, 80), plain), "refused");
    let pending = bridge(80, 80).edit(|region| region.links[0].status = Text::new("PENDING"));
    assert_eq!(at(pending, plain), "refused");
    assert_eq!(at(bridge(80, 80), "http://${stageVariables.h}"), "refused");
    assert_eq!(
        at(estate().alb(ALB, 80).v2_link("orders-link"), plain),
        "refused"
    );
    let zero =
        bridge(80, 80).alb_rule(ALB, 80, 10, |rule| rule.path(&["*"]).forward(&[("off", 0)]));
    assert_eq!(at(zero, plain), "refused");
    let account = with_api(bridge(80, 80), |api| api.mock("/x").public(Verb::Get, "/y"));
    assert_eq!(lands(&account, Verb::Options, "/x"), "not private");
    assert_eq!(lands(&account, Verb::Get, "/y"), "not private");
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let unknown = |rule: Estate| {
        let account = with_api(rule, |api| {
            api.at(Verb::Get, "/x", "orders-link", "http://o.example")
        });
        lands(&account, Verb::Get, "/x")
    };
    let field = || Condition::Unknown {
        field: Text::new("tls-fingerprint"),
    };
    assert_eq!(
        unknown(bridge(80, 80).alb_rule(ALB, 80, 10, |rule| rule.when(field()).respond("410"))),
        format!("o.example /x: {SERVICE} | 410")
    );
    assert_eq!(
        unknown(bridge(80, 80).alb_rule(ALB, 80, 10, |rule| {
            rule.when(field()).path(&["/y"]).respond("410")
        })),
        format!("o.example /x: {SERVICE}")
    );
    let action = Action::Unknown {
        action: Text::new("teleport"),
    };
    assert_eq!(
        unknown(bridge(80, 80).default_action(ALB, 80, action)),
        "unseen"
    );
}

#[test]
fn a_canary_has_its_own_deployment_and_variables_over_the_stages() {
    let estate = bridge(80, 80).rest_api("orders", |api| {
        api.at(Verb::Get, "/x", "orders-link", "http://${stageVariables.h}")
            .deploy("prod")
            .variable("prod", "h", "stage.example")
            .variable("prod", "p", "kept")
            .at(
                Verb::Get,
                "/x",
                "orders-link",
                "http://${stageVariables.h}/${stageVariables.p}",
            )
            .canary("prod", 10.0)
            .canary_variable("prod", "h", "canary.example")
    });
    let account = estate.build().expect("an account");
    let mut asked = request(&account, Verb::Get, "/x");
    assert_eq!(
        told(&answer(&account, &asked)),
        format!("stage.example /x: {SERVICE}")
    );
    asked.share = Share::Canary;
    assert_eq!(
        told(&answer(&account, &asked)),
        format!("canary.example /kept/x: {SERVICE}")
    );
}
