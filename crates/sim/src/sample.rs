//! The account behind `unbridge demo`: a company whose load balancers tell the whole story.

use unbridge_model::apigateway::{CarriedField, Verb};
use unbridge_model::elb::Condition;
use unbridge_model::text::Text;

use crate::account::{Account, RegionState};
use crate::build::{Backend, BuildError, Estate};

/// The account's id.
pub const ACCOUNT: &str = "111122223333";

/// The region everything stands in.
pub const REGION: &str = "eu-west-1";

/// A region that is enabled and empty.
pub const EMPTY_REGION: &str = "us-east-1";

/// The sample account.
///
/// # Errors
/// Never in a released version: a test builds it.
pub fn account() -> Result<Account, BuildError> {
    let estate = Estate::new(ACCOUNT).region(EMPTY_REGION).region(REGION);
    let estate = bridges(estate);
    let estate = other_users(estate);
    let estate = no_bridges(estate);
    without_nlb(estate).build()
}

/// NLBs that only bridge.
fn bridges(estate: Estate) -> Estate {
    estate
        .bridge("orders", 80)
        .rule("orders-alb", 80, 10, vec![path("/orders/*")])
        .tag("orders-nlb", "team", "checkout")
        .rest_api("orders-api", |api| {
            let link = "orders-link";
            api.method(Verb::Get, "/orders", link)
                .method(Verb::Post, "/orders", link)
                .method(Verb::Get, "/orders/{id}", link)
                .method(Verb::Put, "/orders/{id}", link)
                .method(Verb::Get, "/orders/{id}/items", link)
                .proxy("/returns/{proxy+}", link)
                .mock("/orders")
                .carry(
                    Verb::Get,
                    "/orders/{id}",
                    CarriedField::RequestParameters,
                    "integration.request.path.id=method.request.path.id",
                )
                .tag("team", "checkout")
                .deploy("prod")
                .promote("prod", "staging")
                .variable("prod", "logLevel", "warn")
                .variable("staging", "logLevel", "debug")
        })
        .bridge("billing", 80)
        .tag("billing-nlb", "team", "finance")
        .rest_api("billing-api", |api| {
            let link = "billing-link";
            api.method(Verb::Get, "/invoices", link)
                .method(Verb::Post, "/invoices", link)
                .method(Verb::Get, "/invoices/{id}", link)
                .deploy("prod")
                .method(Verb::Post, "/invoices/{id}/refund", link)
                .carry(
                    Verb::Post,
                    "/invoices",
                    CarriedField::TimeoutInMillis,
                    "5000",
                )
        })
        .bridge("search", 80)
        .rest_api("search-api", |api| {
            api.method(Verb::Get, "/search", "search-link")
                .deploy("prod")
                .variable("prod", "ranking", "v1")
                .leftover_canary("prod", 10.0)
                .canary_variable("prod", "ranking", "v2")
        })
        .ip_bridge("legacy-crm", 80)
        .stale_target("legacy-crm-nlb", 80)
        .rest_api("crm-api", |api| {
            api.proxy("/crm/{proxy+}", "legacy-crm-link")
                .endpoint("EDGE")
                .deploy("v1")
        })
        .bridge("idle", 80)
        .bridge("broken", 80)
        .empty_group("broken-nlb", 80)
        .rest_api("reports-api", |api| {
            api.method(Verb::Get, "/reports", "broken-link")
                .deploy("prod")
        })
}

/// Bridges that something else needs too.
fn other_users(estate: Estate) -> Estate {
    estate
        .bridge("shared-edge", 80)
        .serve("shared-edge-nlb", 9000, Backend::Instances)
        .rest_api("tracking-api", |api| {
            api.method(Verb::Get, "/parcels/{id}", "shared-edge-link")
                .deploy("prod")
        })
        .bridge("notifications", 80)
        .rest_api("notifications-admin", |api| {
            api.proxy("/templates/{proxy+}", "notifications-link")
                .deploy("prod")
        })
        .websocket_api("notifications-live", |api| {
            api.lambda("$connect")
                .over_v1("sendMessage", "notifications-link")
                .over_v1("$default", "notifications-link")
                .auto("prod")
        })
        .v2_link("shared-v2-link")
        .nlb_to_alb("partner", 80)
        .consumer("partner-nlb", "444455556666")
        .http_api("partner-gateway", |api| {
            api.private(
                "ANY /exchange/{proxy+}",
                "shared-v2-link",
                "partner-nlb",
                80,
            )
            .auto("$default")
        })
}

/// NLBs that API Gateway does not use.
fn no_bridges(estate: Estate) -> Estate {
    estate
        .nlb("mqtt-nlb")
        .serve("mqtt-nlb", 1883, Backend::Instances)
        .serve("mqtt-nlb", 8883, Backend::Addresses)
        .nlb_to_alb("dr-static", 80)
        .internet_facing("dr-static-nlb")
        .edit(elastic_addresses)
}

/// APIs that need no NLB.
fn without_nlb(estate: Estate) -> Estate {
    estate
        .alb("catalog-alb", 80)
        .http_api("catalog-api", |api| {
            api.private("GET /products", "shared-v2-link", "catalog-alb", 80)
                .private("GET /products/{id}", "shared-v2-link", "catalog-alb", 80)
                .auto("$default")
        })
        .alb("payments-alb", 8080)
        .rest_api("payments-api", |api| {
            api.direct(Verb::Post, "/payments", "shared-v2-link", "payments-alb")
                .direct(
                    Verb::Get,
                    "/payments/{id}",
                    "shared-v2-link",
                    "payments-alb",
                )
                .deploy("prod")
        })
        .rest_api("webhooks", |api| {
            api.public(Verb::Post, "/hooks").deploy("prod")
        })
        .rest_api("login", |api| {
            api.lambda(Verb::Post, "/token")
                .mock("/token")
                .deploy("prod")
        })
        .http_api("status-page", |api| {
            api.lambda("GET /status").auto("$default")
        })
}

fn path(pattern: &str) -> Condition {
    Condition::PathPattern {
        values: vec![Text::new(pattern)],
        regexes: Vec::new(),
    }
}

/// Somebody has put the addresses of this NLB on an allow list.
fn elastic_addresses(region: &mut RegionState) {
    let lbs = region.load_balancers.iter_mut();
    let zones = lbs
        .filter(|lb| lb.name == "dr-static-nlb")
        .flat_map(|lb| &mut lb.zones);
    for (number, zone) in zones.enumerate() {
        let allocation = format!("eipalloc-0a1b2c3d4e5f6a7b{number}");
        zone.chosen_addresses.push(Text::from(allocation));
    }
}

#[cfg(test)]
mod tests {
    use unbridge_model::elb::LoadBalancerType;

    use super::*;
    use crate::coherent::complaints;

    #[test]
    fn the_sample_could_stand_in_aws() {
        let account = account().expect("the sample");
        assert_eq!(complaints(&account), [""; 0]);
        let regions: Vec<_> = account.regions.values().collect();
        assert_eq!(*regions[1], RegionState::default());
        let nlbs = regions[0].load_balancers.iter();
        let nlbs = nlbs.filter(|lb| lb.kind == LoadBalancerType::Network);
        assert_eq!(nlbs.count(), 11);
    }
}
