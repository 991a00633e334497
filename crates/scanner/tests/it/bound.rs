//! What AWS's quotas demand of a scan.

use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::quota::{ApiGatewayBudget, Bucket, Budget, Pace};
use unbridge_sim::reader::Attempt;

/// The least time AWS's quotas allow for these calls at this pace: over all buckets the largest of
/// (calls - burst) / rate.
pub(crate) fn bound(calls: &[Attempt], pace: Pace) -> Duration {
    let mut spent: BTreeMap<Bucket, u32> = BTreeMap::new();
    for attempt in calls {
        for budget in Budget::of(attempt.call.kind()) {
            let bucket = Bucket::at(*budget, &attempt.place, ApiGatewayBudget::PerAccount);
            *spent.entry(bucket).or_default() += 1;
        }
    }
    let least = spent.into_iter().map(|(bucket, calls)| {
        let share = pace.share(bucket.budget.quota());
        share.period * calls.saturating_sub(share.burst)
    });
    least.max().unwrap_or_default()
}
