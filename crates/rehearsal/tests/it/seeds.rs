//! Runs in which several things go wrong at random.

use std::collections::BTreeMap;

use unbridge_rehearsal::{Survived, chaos};
use unbridge_sim::requests::requests;

use crate::good::{account, good};

/// A number that was chosen outside.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The seeds to run: `SEED=7` for one, `SEEDS=100000`, or whatever it is called, for so many.
pub(crate) fn seeds(many: &str, otherwise: u64) -> std::ops::Range<u64> {
    match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number(many).unwrap_or(otherwise),
    }
}

#[test]
fn whatever_goes_wrong_no_request_is_harmed() {
    let account = account();
    let plan = good(&account).plan();
    let requests = requests(&account, &plan.body.region);
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    for seed in seeds("SEEDS", 1000) {
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
    if seeds("SEEDS", 1000).count() >= 1000 {
        for end in [Survived::Completed, Survived::RolledBack, Survived::Stuck] {
            assert!(ends.contains_key(&format!("{end:?}")), "{ends:?}");
        }
    }
}
