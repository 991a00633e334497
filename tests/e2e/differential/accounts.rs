//! Small accounts in which a migration can be carried out.

use unbridge_model::apigateway::Verb;
use unbridge_sim::account::Account;
use unbridge_sim::build::{Backend, Estate};
use unbridge_sim::random::Random;

/// The region that all of them are in.
pub(crate) const REGION: &str = "eu-west-1";

/// An API over a bridge on two stages, a link of version 2 beside it, and HTTP APIs over that.
pub(crate) fn plain(id: &str) -> Account {
    let estate = Estate::new(id)
        .region(REGION)
        .bridge("orders", 80)
        .v2_link("direct")
        .rest_api("shop", |api| {
            api.proxy("/{proxy+}", "orders-link")
                .lambda(Verb::Get, "/hello")
                .deploy("dev")
                .deploy("prod")
                .variable("prod", "tenant", "acme")
                .client_certificate("prod", "cert1")
        })
        .http_api("web", |api| {
            api.private("GET /orders", "direct", "orders-alb", 80)
                .public("GET /")
                .auto("$default")
        })
        .http_api("slow", |api| {
            api.private("ANY /orders", "direct", "orders-alb", 80)
                .freeze("live")
        });
    estate.build().expect("an account")
}

/// One or two bridges with whatever may stand beside them.
pub(super) fn any(random: &mut Random, id: &str) -> Account {
    let port = *random.pick(&[80, 443, 8080]).expect("a port");
    let mut estate = Estate::new(id).region(REGION).bridge("orders", port);
    let two = random.percent(50);
    if two {
        estate = match random.percent(30) {
            true => estate.apart("annex", |estate| estate.bridge("stock", 80)),
            false => estate.bridge("stock", 80),
        };
    }
    if random.percent(30) {
        estate = estate.direct_nlb("plain", 80, Backend::Addresses);
    }
    if random.percent(25) {
        estate = estate.attribute("orders-nlb", "deletion_protection.enabled", "true");
    }
    if random.percent(15) {
        estate = estate.consumer("orders-nlb", "999988887777");
    }
    estate = estate.v2_link("direct");
    estate = shop(estate, random, two);
    if random.percent(40) {
        estate = estate.rest_api("tiny", |api| {
            api.method(Verb::Get, "/tiny", "orders-link").deploy("v1")
        });
    }
    if random.percent(60) {
        let frozen = random.percent(50);
        estate = estate.http_api("web", |api| {
            let api = api
                .private("GET /orders", "direct", "orders-alb", port)
                .public("GET /");
            match frozen {
                true => api.freeze("live"),
                false => api.auto("$default"),
            }
        });
    }
    if random.percent(20) {
        estate = estate.websocket_api("chat", |api| {
            api.over_v1("$connect", "orders-link").auto("live")
        });
    }
    estate.build().expect("an account")
}

fn shop(estate: Estate, random: &mut Random, two: bool) -> Estate {
    let (variable, public, mock) = (random.percent(25), random.percent(30), random.percent(20));
    let (canary, leftover, drift) = (random.percent(20), random.percent(10), random.percent(20));
    let own = random.percent(30);
    estate.rest_api("shop", |mut api| {
        api = api.proxy("/{proxy+}", "orders-link");
        if two {
            api = api.method(Verb::Get, "/stock", "stock-link");
        }
        if variable {
            api = api.by_variable(Verb::Post, "/varied", "link", 80);
        }
        if public {
            api = api.public(Verb::Get, "/partner");
        }
        if mock {
            api = api.mock("/ping");
        }
        api = api.deploy("dev").deploy("prod");
        if variable {
            api = api
                .link_variable("dev", "link", "orders-link")
                .link_variable("prod", "link", "orders-link");
        }
        if drift {
            api = api.method(Verb::Delete, "/new", "orders-link");
        }
        if canary {
            api = api.canary("prod", 10.0);
        } else if leftover {
            api = api.leftover_canary("prod", 10.0);
        }
        if own && (canary || leftover) {
            api = api.canary_variable("prod", "tenant", "beta");
        }
        api.variable("prod", "tenant", "acme")
    })
}
