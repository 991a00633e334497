//! The account behind `unbridge demo`: a company whose load balancers tell the whole story.

mod usage;

use unbridge_model::apigateway::{CarriedField, MethodField, SettingKind, Verb};
use unbridge_model::elb::AddressLooked;

use crate::account::Account;
use crate::build::{Backend, BuildError, Estate};

/// The account's id.
pub const ACCOUNT: &str = "111122223333";

/// The region most things stand in.
pub const REGION: &str = "eu-west-1";

/// The region of the American branch.
pub const SECOND_REGION: &str = "us-east-1";

/// The sample account.
///
/// # Errors
/// Never in a released version: a test builds it.
pub fn account() -> Result<Account, BuildError> {
    let estate = Estate::new(ACCOUNT).region(REGION);
    let estate = ready(estate);
    let estate = wanting(estate);
    let estate = blocked(estate);
    let estate = other_users(estate);
    let estate = no_bridges(estate);
    let estate = without_nlb(estate);
    let estate = usage::european(estate);
    usage::american(america(estate.region(SECOND_REGION))).build()
}

/// NLBs that can go.
fn ready(estate: Estate) -> Estate {
    estate
        .bridge("orders", 80)
        .alb_rule("orders-alb", 80, 10, |rule| rule.path(&["/orders/*"]))
        .alb_rule("orders-alb", 80, 20, |rule| {
            rule.path(&["/returns/*"]).forward(&[("orders-returns", 1)])
        })
        .rest_api("orders-api", |api| {
            let link = "orders-link";
            api.setting(
                SettingKind::Authorizer,
                Some("customers"),
                "https://id.shop.example",
            )
            .setting(
                SettingKind::RequestValidator,
                Some("body"),
                "validateRequestBody",
            )
            .setting(SettingKind::Model, Some("Order"), "{\"type\":\"object\"}")
            .method(Verb::Get, "/orders", link)
            .method(Verb::Post, "/orders", link)
            .method(Verb::Get, "/orders/{id}", link)
            .method(Verb::Put, "/orders/{id}", link)
            .method(Verb::Get, "/orders/{id}/items", link)
            .proxy("/returns/{proxy+}", link)
            .mock("/orders")
            .authorize(Verb::Post, "/orders", "customers")
            .validate(Verb::Post, "/orders", "body")
            .method_field(
                Verb::Post,
                "/orders",
                MethodField::RequestModels,
                "application/json=Order",
            )
            .deploy("prod")
            .promote("prod", "staging")
            .variable("prod", "logLevel", "warn")
            .variable("staging", "logLevel", "debug")
        })
        .domain("api.shop.example", "orders-api", "prod")
        .tag_all("orders", "aws:cloudformation:stack-name", "orders-prod")
        .bridge("idle", 80)
        .idle("idle-nlb")
}

/// NLBs that can go, if a person or a proof says so.
fn wanting(estate: Estate) -> Estate {
    estate
        .ip_bridge("legacy-crm", 80)
        .stale_target("legacy-crm-nlb", 80)
        .rest_api("crm-api", |api| {
            api.proxy("/crm/{proxy+}", "legacy-crm-link")
                .endpoint("EDGE")
                .deploy("v1")
        })
        .bridge("loyalty", 80)
        .traffic("loyalty-nlb", 3, 40)
        .unhealthy("loyalty-nlb", 80)
        .rest_api("loyalty-api", |api| {
            api.method(Verb::Post, "/points", "loyalty-link")
                .method(Verb::Get, "/points/{customer}", "loyalty-link")
                .deploy("prod")
                .cache("prod", "0.5")
        })
        .certificate("shop", &["shop.example", "*.shop.example"])
        .alb("checkout-alb", 443)
        .https("checkout-alb", 443, &["shop"])
        .nlb("checkout-nlb")
        .forward_tls("checkout-nlb", 443, "checkout-alb", 443, "shop")
        .link("checkout-link", "checkout-nlb")
        .mutual_authentication("checkout-alb", 443, "verify")
        .attribute("checkout-nlb", "deletion_protection.enabled", "true")
        .rest_api("checkout-api", |api| {
            let address = "https://checkout.shop.example";
            api.at(Verb::Post, "/checkout", "checkout-link", address)
                .deploy("prod")
                .client_certificate("prod", "c8h5k2")
                .deploy_weekly("prod", 10)
        })
        .tag_all("checkout", "ManagedBy", "terraform")
}

/// NLBs with a chain that cannot move now.
fn blocked(estate: Estate) -> Estate {
    let estate = unfinished(estate);
    estate
        .bridge("broken", 80)
        .empty_group("broken-nlb", 80)
        .rest_api("reports-api", |api| {
            api.method(Verb::Get, "/reports", "broken-link")
                .deploy("prod")
        })
        .bridge("backoffice", 80)
        .alb_rule("backoffice-alb", 80, 10, |rule| {
            rule.source(&["10.0.0.0/20", "10.0.16.0/20"])
                .path(&["/admin/*"])
        })
        .alb_rule("backoffice-alb", 80, 20, |rule| {
            rule.path(&["/admin/*"]).respond("403")
        })
        .web_acl(
            "backoffice-alb",
            "backoffice-acl",
            &[
                ("office", "IPSetReferenceStatement", AddressLooked::Source),
                ("sql", "SqliMatchStatement", AddressLooked::Nothing),
            ],
        )
        .rest_api("backoffice-api", |api| {
            api.proxy("/admin/{proxy+}", "backoffice-link")
                .deploy("prod")
        })
        .alb("catalog-service-alb", 8080)
        .alb_rule("catalog-service-alb", 8080, 10, |rule| {
            rule.host(&["catalog.internal"])
        })
        .nlb("catalog-service-nlb")
        .forward("catalog-service-nlb", 80, "catalog-service-alb", 8080)
        .link("catalog-service-link", "catalog-service-nlb")
        .certificate("prices", &["prices.shop.example"])
        .certificate("catalog", &["catalog.shop.example"])
        .alb("prices-alb", 443)
        .https("prices-alb", 443, &["catalog"])
        .forward_tls("catalog-service-nlb", 443, "prices-alb", 443, "prices")
        .rest_api("catalog-service-api", |api| {
            let link = "catalog-service-link";
            api.at(Verb::Get, "/catalog", link, "http://catalog.internal")
                .at(Verb::Get, "/prices", link, "https://prices.shop.example")
                .deploy("prod")
        })
}

/// Somebody's work in progress.
fn unfinished(estate: Estate) -> Estate {
    estate
        .bridge("billing", 80)
        .rest_api("billing-api", |api| {
            let (link, authorizer) = ("billing-link", SettingKind::Authorizer);
            api.setting(
                authorizer,
                Some("finance"),
                "https://id.shop.example/finance",
            )
            .method(Verb::Get, "/invoices", link)
            .method(Verb::Post, "/invoices", link)
            .method(Verb::Get, "/invoices/{id}", link)
            .authorize(Verb::Post, "/invoices", "finance")
            .deploy("prod")
            .setting(authorizer, Some("finance"), "https://login.shop.example")
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
}

/// Bridges that something else needs too.
fn other_users(estate: Estate) -> Estate {
    estate
        .bridge("shared-edge", 80)
        .serve("shared-edge-nlb", 9000, Backend::Instances)
        .alarm("shared-edge-unhealthy-hosts", "shared-edge-nlb")
        .rest_api("tracking-api", |api| {
            api.method(Verb::Get, "/parcels/{id}", "shared-edge-link")
                .deploy("prod")
        })
        .bridge("notifications", 80)
        .dns_alias("notify.internal.shop.example", "notifications-nlb")
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
        .bridge("media", 80)
        .internet_facing("media-nlb")
        .elastic_addresses("media-nlb")
        .accelerator("media", "media-nlb")
        .distribution("media-cdn", "media-nlb")
        .mirror_target("media-capture", "media-nlb")
        .rest_api("media-api", |api| {
            api.proxy("/media/{proxy+}", "media-link").deploy("prod")
        })
        .v2_link("shared-v2-link")
        .nlb_to_alb("partner", 80)
        .consumer("partner-nlb", "444455556666")
        .verified_access("partner-desk", "partner-nlb")
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
        .mirror_target("mqtt-capture", "mqtt-nlb")
        .nlb_to_alb("dr-static", 80)
        .internet_facing("dr-static-nlb")
        // Somebody has put its addresses on an allow list.
        .elastic_addresses("dr-static-nlb")
        .accelerator("dr", "dr-static-nlb")
        .distribution("dr-site", "dr-static-nlb")
}

/// APIs that need no NLB, or need it no more.
fn without_nlb(estate: Estate) -> Estate {
    estate
        .alb("catalog-alb", 80)
        .http_api("catalog-api", |api| {
            api.private("GET /products", "shared-v2-link", "catalog-alb", 80)
                .private("GET /products/{id}", "shared-v2-link", "catalog-alb", 80)
                .auto("$default")
        })
        .bridge("payments", 8080)
        .idle("payments-nlb")
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

/// The American branch.
fn america(estate: Estate) -> Estate {
    estate
        .zone_id(2, "use1-az3")
        .free_addresses(1, 0)
        .bridge("storefront", 80)
        .internet_facing("storefront-alb")
        .admit("storefront-alb", "0.0.0.0/0", (80, 80))
        .rest_api("storefront-api", |api| {
            api.proxy("/{proxy+}", "storefront-link").deploy("prod")
        })
        .tag("storefront-alb", "ingress.k8s.aws/stack", "web/storefront")
        .tag("storefront-alb", "elbv2.k8s.aws/cluster", "web")
        .bridge("stock-east", 80)
        .bridge("stock-west", 80)
        .rest_api("stock-api", |api| {
            api.by_variable(Verb::Any, "/stock/{proxy+}", "link", 80)
                .deploy("prod")
                .promote("prod", "test")
                .link_variable("prod", "link", "stock-east-link")
                .link_variable("test", "link", "stock-west-link")
        })
        .weighted_bridge("gift-cards", 80, [80, 20])
        .rest_api("gift-cards-api", |api| {
            api.method(Verb::Post, "/cards", "gift-cards-link")
                .deploy("prod")
        })
}

#[cfg(test)]
mod tests {
    use unbridge_model::elb::LoadBalancerType;
    use unbridge_model::usage::{Measure, Measured};

    use super::*;
    use crate::coherent::complaints;

    #[test]
    fn the_sample_could_stand_in_aws() {
        let account = account().expect("the sample");
        assert_eq!(complaints(&account), [""; 0]);
        let nlbs = |region: &crate::account::RegionState| {
            let lbs = region.load_balancers.iter();
            lbs.filter(|lb| lb.kind == LoadBalancerType::Network)
                .count()
        };
        let counts: Vec<_> = account.regions.values().map(nlbs).collect();
        assert_eq!(counts, [17, 4]);
    }
    #[test]
    fn every_nlb_of_the_sample_is_measured_and_the_quiet_ones_are_quiet() {
        let account = account().expect("the sample");
        for lb in account
            .regions
            .values()
            .flat_map(|region| &region.load_balancers)
        {
            let region = &account.regions[&lb.region];
            let usage = region.usage.get(&Measured::LoadBalancer(lb.arn.clone()));
            let units = usage.and_then(|usage| usage.get(&Measure::ConsumedLcus));
            let most = units.map(|units| units.iter().flatten().fold(0.0, |a: f64, b| a.max(*b)));
            if lb.kind == LoadBalancerType::Network {
                let passes = lb.traffic.is_some_and(|traffic| traffic.active_days > 3);
                assert_eq!(most.expect("units") > 0.0, passes, "{}", lb.name);
            }
            assert!(most.is_none_or(|most| most < 10.0), "{}: {most:?}", lb.name);
        }
    }

    #[test]
    fn bytes_explain_the_capacity_units_of_the_sample() {
        let account = account().expect("the sample");
        for usage in account
            .regions
            .values()
            .flat_map(|region| region.usage.values())
        {
            let (Some(units), Some(bytes)) = (
                usage.get(&Measure::ConsumedLcus),
                usage.get(&Measure::ProcessedBytes),
            ) else {
                continue;
            };
            for (units, bytes) in units.iter().zip(bytes) {
                let (units, bytes) = (units.expect("a level"), bytes.expect("a sum"));
                assert!(
                    (units - bytes / 1e9).abs() < 1e-3,
                    "{units} units, {bytes} bytes"
                );
            }
        }
    }
}
