//! A thousand accounts with four regions each, at AWS's rates in virtual time: the bound of
//! `docs/performance.md`, asserted.
//!
//! All accounts are read at the same time, each with budgets of its own, so that the slowest of them
//! decides how long it takes, and not their sum.

#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

#[path = "../tests/it/bound.rs"]
mod bound;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures::StreamExt;
use unbridge_model::apigateway::Verb;
use unbridge_model::digest::Digester;
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::snapshot::Record;
use unbridge_model::usage::LookBack;
use unbridge_scanner::scan::{
    Observer, ScanEvent, ScanOptions, Sink, UserSources, WhichApis, scan,
};
use unbridge_sim::account::Account;
use unbridge_sim::build::Estate;
use unbridge_sim::clock::VirtualClock;
use unbridge_sim::reader::{Settings, SimReader, Throttling};

type Failure = Box<dyn std::error::Error>;

const ACCOUNTS: usize = 1000;
const REGIONS: [&str; 4] = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"];
/// The whole over the bound of the slowest account.
const MOST: f64 = 1.10;
const LATENCY: Duration = Duration::from_millis(50);

struct Nothing;

impl Sink for Nothing {
    fn put(&self, _: Record) -> io::Result<()> {
        Ok(())
    }
}

impl Observer for Nothing {
    fn on(&self, _: ScanEvent<'_>) {}
}

/// Most accounts are small, some are not, and one is large.
fn apis(number: usize) -> usize {
    match number {
        0 => 600,
        number if number % 100 == 0 => 100,
        number => number % 7,
    }
}

fn account(number: usize) -> Result<Account, Failure> {
    let mut estate = Estate::new(&format!("{:012}", 100_000_000_000 + number));
    for region in REGIONS {
        estate = estate.region(region).bridge("orders", 80);
        for api in 0..apis(number) {
            estate = estate.rest_api(&format!("api-{api}"), |built| {
                let built = match api % 3 {
                    0 => built.proxy("/orders", "orders-link"),
                    _ => built.public(Verb::Get, "/"),
                };
                built.deploy("prod")
            });
        }
    }
    Ok(estate.build()?)
}

/// One account's scan: when it ended, and the least time that its calls take.
async fn read(clock: &VirtualClock, account: Account) -> Result<(Duration, Duration), Failure> {
    let digester = Digester::new(&[0; 32]);
    let options = ScanOptions {
        apis: WhichApis::All,
        account: account.id.clone(),
        regions: account.regions.keys().cloned().collect(),
        users: UserSources::ReadForSiblings,
        began: "2026-11-01T00:00:00Z".parse()?,
        look_back: LookBack::DEFAULT,
        pace: Pace::HALF,
        api_gateway: ApiGatewayBudget::PerAccount,
        digester: digester.clone(),
    };
    let settings = Settings {
        latency: LATENCY,
        throttling: Throttling::Published,
        ..Settings::default()
    };
    let reader = SimReader::new(account, digester, clock.clone(), settings);
    scan(&reader, clock, &options, &Nothing, &Nothing).await?;
    let calls = reader.calls();
    if calls.iter().any(|call| call.refused.is_some()) {
        return Err("AWS had to refuse a call".into());
    }
    Ok((clock.now(), bound::bound(&calls, Pace::HALF)))
}

fn measure() -> Result<(), Failure> {
    let start = Instant::now();
    let accounts = (0..ACCOUNTS).map(account).collect::<Result<Vec<_>, _>>()?;
    let clock = VirtualClock::new();
    let each = accounts.into_iter().map(|account| read(&clock, account));
    let all = futures::stream::iter(each)
        .buffer_unordered(ACCOUNTS)
        .collect::<Vec<_>>();
    let ended = clock.run(all)?;
    let ended = ended.into_iter().collect::<Result<Vec<_>, _>>()?;
    let bounds = ended.iter().map(|(_, bound)| *bound);
    let slowest = bounds.clone().max().unwrap_or_default();
    let sum: Duration = bounds.sum();
    let took = clock.now().as_secs_f64();
    let over = took / slowest.as_secs_f64();
    writeln!(
        io::stdout(),
        "{ACCOUNTS} accounts with {} regions: {took:.0} s of virtual time; the slowest account's \
         bound is {:.0} s ({over:.3} x), all bounds together {:.0} s; computed in {:.1} s",
        REGIONS.len(),
        slowest.as_secs_f64(),
        sum.as_secs_f64(),
        start.elapsed().as_secs_f64()
    )?;
    match over <= MOST {
        true => Ok(()),
        false => Err(format!("missed: {over:.3} x the slowest bound, at most {MOST}").into()),
    }
}

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
