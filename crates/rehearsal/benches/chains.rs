//! How long a rehearsal of many chains takes, beside the run in which nothing goes wrong.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and tells"
)]

#[path = "../tests/it/plans.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod plans;
#[path = "../tests/it/sentences.rs"]
mod sentences;

use std::time::Instant;

use unbridge_model::apigateway::Verb;
use unbridge_rehearsal::{Branches, rehearse, rehearse_under};
use unbridge_sim::account::Account;
use unbridge_sim::build::Estate;
use unbridge_sim::live::Switches;
use unbridge_sim::requests::requests;

use plans::{Draft, Site};

/// An API with so many methods on one stage.
fn account(methods: usize) -> Account {
    Estate::new("123456789012")
        .region("eu-west-1")
        .bridge("x", 80)
        .with_security_group("x-nlb")
        .admit_only_nlb("x-alb", "x-nlb")
        .rest_api("api", |api| {
            let all = (0..methods).fold(api, |api, number| {
                api.method(Verb::Get, &format!("/m{number}"), "x-link")
            });
            all.deploy("prod")
        })
        .build()
        .expect("an account")
}

fn main() {
    println!(
        "{:>7} {:>7} {:>12} {:>12} {:>7}",
        "chains", "runs", "forward", "whole", "ratio"
    );
    let most = std::env::var("CHAINS")
        .ok()
        .and_then(|most| most.parse().ok());
    for methods in [10, 30, 100, 300, 1000] {
        if methods > most.unwrap_or(300) {
            break;
        }
        let account = account(methods);
        let site = Site::of(&account, "eu-west-1", "api");
        let plan = Draft::good(site, &["prod"]).plan();
        let requests = requests(&account, &plan.body.region);
        let begun = Instant::now();
        let settings = [Switches::default()];
        let forward = rehearse_under(&plan, &account, &requests, Branches::None, &settings);
        let forward_took = begun.elapsed();
        assert!(forward.is_proven());
        let begun = Instant::now();
        let whole = rehearse(&plan, &account, &requests, Branches::Rejoin);
        let whole_took = begun.elapsed();
        assert!(whole.is_proven());
        println!(
            "{methods:>7} {:>7} {forward_took:>12.1?} {whole_took:>12.1?} {:>7.1}",
            whole.runs,
            whole_took.as_secs_f64() / forward_took.as_secs_f64()
        );
    }
}
