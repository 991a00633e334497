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

use std::process::ExitCode;
use std::time::Duration;

use unbridge_model::apigateway::Verb;
use unbridge_rehearsal::{Branches, Rehearsal, rehearse, rehearse_under};
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

/// A whole rehearsal takes at most so many times one forward run, at this many chains.
const BOUND: f64 = 10.0;
const BOUND_AT: usize = 1000;

/// The time of the processor that this thread has had.
fn spent() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.expect("nanoseconds"))
}

/// The kernel tells no shorter time well.
const LONG: Duration = Duration::from_millis(400);

/// How long something takes, in the mean over so many times or more.
fn mean(times: u32, mut act: impl FnMut()) -> Duration {
    let begun = spent();
    let mut done = 0;
    loop {
        act();
        done += 1;
        let took = spent().saturating_sub(begun);
        if done >= times && took >= LONG {
            return took / done;
        }
    }
}

fn main() -> ExitCode {
    println!(
        "{:>7} {:>8} {:>8} {:>12} {:>12} {:>7}",
        "chains", "runs", "made", "forward", "whole", "ratio"
    );
    let most = std::env::var("CHAINS")
        .ok()
        .and_then(|most| most.parse().ok())
        .unwrap_or(BOUND_AT);
    let mut exit = ExitCode::SUCCESS;
    for methods in [10, 30, 100, 300, 1000] {
        if methods > most {
            break;
        }
        let account = account(methods);
        let site = Site::of(&account, "eu-west-1", "api");
        let plan = Draft::good(site, &["prod"]).plan();
        let requests = requests(&account, &plan.body.region);
        let forward = mean(3, || {
            let settings = [Switches::default()];
            let forward = rehearse_under(&plan, &account, &requests, Branches::None, &settings);
            assert!(forward.is_proven());
        });
        let mut rehearsal = Rehearsal::default();
        let whole = mean(1, || {
            rehearsal = rehearse(&plan, &account, &requests, Branches::Rejoin);
        });
        assert!(rehearsal.is_proven());
        let ratio = whole.as_secs_f64() / forward.as_secs_f64();
        println!(
            "{methods:>7} {:>8} {:>8} {forward:>12.1?} {whole:>12.1?} {ratio:>7.1}",
            rehearsal.runs, rehearsal.made
        );
        if methods == BOUND_AT && ratio > BOUND {
            println!("more than {BOUND} times one forward run");
            exit = ExitCode::FAILURE;
        }
    }
    exit
}
