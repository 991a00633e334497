//! How long to wait for what, and where these numbers come from.

use std::time::Duration;

use unbridge_model::plan::budget;

/// How long to wait for what. Only pauses count against these times, not the calls between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Between two looks at something that is to come.
    pub poll: Duration,
    /// After the first refusal for too many calls; it doubles with each. No jitter: one process
    /// makes one call at a time.
    pub back_off: Duration,
    /// The longest of these pauses.
    pub back_off_most: Duration,
    /// In all, for one change that is refused for too many calls.
    pub throttled_for: Duration,
    /// In all, for one change that AWS does not take yet.
    pub not_yet_for: Duration,
    /// In all, for one state that cannot be read just now.
    pub unreadable_for: Duration,
    /// For a thing to show up that may have been made.
    pub lost_object: Duration,
    /// For a change to show that may have been made, and to arrive if it was still on its way.
    pub settling: Duration,
    /// The same for the deletion of what AWS deletes slowly.
    pub slow_settling: Duration,
    /// For an undo to be seen.
    pub undo_within: Duration,
    /// Between two judgements while a canary release is watched.
    pub bake_slice: Duration,
    /// Between the last request that was moved back and the first thing that is deleted; a plan
    /// that drains for longer is followed.
    pub drain: Duration,
    /// The longest that a plan's own drain is waited for. Less than the plan's is for emulators, where
    /// no request is on its way: elsewhere it cuts requests off.
    pub drain_most: Duration,
}

impl Default for Limits {
    /// | Limit | Value | Why |
    /// |---|---|---|
    /// | `poll` | 5 s | a look takes a call of the 10 a second that an account has |
    /// | `back_off`, `back_off_most` | 5 s to 60 s | the strictest quotas: `CreateDeployment` 1 per 5 s, `DeleteVpcLink` 1 per 30 s |
    /// | `throttled_for` | 15 min | others may use the account's calls up for a while |
    /// | `not_yet_for` | 20 min | a link takes up to 10 min to come (CloudFormation's guide), and its network interfaces some to go |
    /// | `unreadable_for` | 5 min | as for a lost object |
    /// | `lost_object` | 5 min | EC2's guide, "Eventual consistency": look again for up to five minutes |
    /// | `settling` | 60 s | longer than the SDK waits for an answer |
    /// | `slow_settling` | 15 min | links and load balancers take minutes to go |
    /// | `undo_within` | 15 min | the same |
    /// | `bake_slice` | 60 s | CloudWatch's metrics of API Gateway come once a minute |
    /// | `drain` | 149 s | a request runs up to 29 s; a stage's change takes up to 120 s to arrive everywhere (assumed: AWS names no time) |
    /// | `drain_most` | 1 day | a plan knows best |
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(count.saturating_mul(60));
        Self {
            poll: budget::POLL,
            back_off: Duration::from_secs(5),
            back_off_most: minutes(1),
            throttled_for: minutes(15),
            not_yet_for: minutes(20),
            unreadable_for: minutes(5),
            lost_object: minutes(5),
            settling: minutes(1),
            slow_settling: minutes(15),
            undo_within: minutes(15),
            bake_slice: minutes(1),
            drain: Duration::from_secs(149),
            drain_most: Duration::from_secs(86_400),
        }
    }
}
