//! How much passes the sample account.

use crate::build::{Estate, Load};

/// What is asked of the APIs. Nothing passes the NLBs that are idle, and hardly anything another.
pub(super) fn european(estate: Estate) -> Estate {
    let load = Load::new;
    let broken = Load {
        failing: 1.0,
        ..load(200.0, 900.0, 5.0)
    };
    let chains = [
        (
            "orders",
            "orders-api",
            "prod",
            load(400_000.0, 3000.0, 40.0),
        ),
        ("legacy-crm", "crm-api", "v1", load(9000.0, 6000.0, 220.0)),
        (
            "checkout",
            "checkout-api",
            "prod",
            load(60_000.0, 4000.0, 120.0),
        ),
        (
            "backoffice",
            "backoffice-api",
            "prod",
            load(1200.0, 20_000.0, 90.0),
        ),
        (
            "billing",
            "billing-api",
            "prod",
            load(25_000.0, 5000.0, 150.0),
        ),
        (
            "search",
            "search-api",
            "prod",
            load(300_000.0, 12_000.0, 60.0),
        ),
        (
            "shared-edge",
            "tracking-api",
            "prod",
            load(18_000.0, 2500.0, 35.0),
        ),
        (
            "notifications",
            "notifications-admin",
            "prod",
            load(5000.0, 1500.0, 25.0),
        ),
        ("media", "media-api", "prod", load(45_000.0, 60_000.0, 80.0)),
        (
            "partner",
            "partner-gateway",
            "$default",
            load(3000.0, 9000.0, 70.0),
        ),
    ];
    ["idle", "loyalty", "payments"]
        .into_iter()
        .fold(busy(estate, &chains), |estate, name| {
            estate.quiet(&format!("{name}-nlb"))
        })
        .quiet("idle-alb")
        .quiet("loyalty-alb")
        .stage_load("orders-api", "staging", load(40.0, 3000.0, 45.0))
        .load("catalog-service-nlb", load(150_000.0, 8000.0, 30.0))
        .load("catalog-service-alb", load(110_000.0, 8000.0, 30.0))
        .load("prices-alb", load(40_000.0, 8000.0, 30.0))
        .stage_load("catalog-service-api", "prod", load(150_000.0, 8000.0, 30.0))
        .load("catalog-alb", load(80_000.0, 4000.0, 20.0))
        .stage_load("catalog-api", "$default", load(80_000.0, 4000.0, 20.0))
        .load("payments-alb", load(12_000.0, 2000.0, 180.0))
        .stage_load("payments-api", "prod", load(12_000.0, 2000.0, 180.0))
        .load("mqtt-nlb", load(900_000.0, 200.0, 0.0))
        .load("dr-static-nlb", load(300.0, 15_000.0, 15.0))
        .load("dr-static-alb", load(300.0, 15_000.0, 15.0))
        .load("broken-nlb", broken)
        .stage_load("reports-api", "prod", broken)
}

/// The same of the American branch.
pub(super) fn american(estate: Estate) -> Estate {
    let load = Load::new;
    let chains = [
        (
            "storefront",
            "storefront-api",
            "prod",
            load(1_200_000.0, 2500.0, 55.0),
        ),
        (
            "stock-east",
            "stock-api",
            "prod",
            load(30_000.0, 1800.0, 30.0),
        ),
        ("stock-west", "stock-api", "test", load(800.0, 1800.0, 30.0)),
        (
            "gift-cards",
            "gift-cards-api",
            "prod",
            load(600.0, 2000.0, 65.0),
        ),
    ];
    busy(estate, &chains)
        .load("gift-cards-alb", load(480.0, 2000.0, 65.0))
        .load("gift-cards-alb-2", load(120.0, 2000.0, 65.0))
}

/// The same load on `NAME-nlb`, on `NAME-alb` behind it, and on a stage before it.
fn busy(estate: Estate, chains: &[(&str, &str, &str, Load)]) -> Estate {
    chains
        .iter()
        .fold(estate, |estate, (name, api, stage, load)| {
            estate
                .load(&format!("{name}-nlb"), *load)
                .load(&format!("{name}-alb"), *load)
                .stage_load(api, stage, *load)
        })
}
