//! Runs in which several things go wrong at random.

use std::collections::BTreeMap;

use unbridge_rehearsal::{Survived, chaos};
use unbridge_sim::requests::requests;

use crate::good::{account, good};

/// The seeds to run: `SEED=7` for one, `SEEDS=100000` for so many.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(1000),
    }
}

#[test]
fn whatever_goes_wrong_no_request_is_harmed() {
    let account = account();
    let plan = good(&account).plan();
    let requests = requests(&account, &plan.body.region);
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    for seed in seeds() {
        match chaos(&plan, &account, &requests, seed) {
            Ok(end) => *ends.entry(format!("{end:?}")).or_default() += 1,
            Err(found) => panic!(
                "{}\nif {}\n{}\nagain: SEED={seed} cargo test -p unbridge-rehearsal --test it -- \
                 whatever_goes_wrong",
                found.why, found.switches, found.trace
            ),
        }
    }
    // Each end is met, or the runs show less than they seem to.
    if seeds().count() >= 1000 {
        for end in [Survived::Completed, Survived::RolledBack, Survived::Stuck] {
            assert!(ends.contains_key(&format!("{end:?}")), "{ends:?}");
        }
    }
}
