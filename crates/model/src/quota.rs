//! What AWS allows per second, and the buckets the budget of a scan is kept in.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::CallKind;
use crate::call::Service;
use crate::id::{AccountId, Region};
use crate::place::Place;

/// A token bucket as AWS publishes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// One token every so often.
    pub period: Duration,
    /// Tokens a full bucket holds.
    pub burst: u32,
}

/// A budget that calls share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Budget {
    /// All of API Gateway's control plane: 10 requests a second, burst 40.
    /// Source: API Gateway developer guide, "Amazon API Gateway quotas".
    ApiGateway,
    /// `CreateDeployment`: 1 request in 5 seconds; no burst is published, so none is used. Same page.
    CreateDeployment,
    /// `CreateVpcLink` of version 2: 1 request in 15 seconds. Same page.
    CreateVpcLink,
    /// `DeleteVpcLink` of version 2: 1 request in 30 seconds. Same page.
    DeleteVpcLink,
    /// `GetResources`: 5 requests in 2 seconds; no burst is published, so none is used. Same page.
    GetResources,
    /// Non-mutating calls of Elastic Load Balancing: 10 a second, burst 40.
    /// Source: Elastic Load Balancing user guide, "API throttling".
    ElasticLoadBalancing,
    /// Mutating calls of Elastic Load Balancing: 3 a second, burst 20. Same page.
    ElasticLoadBalancingChanges,
    /// `RegisterTargets` and `DeregisterTargets`: 4 a second, burst 20. Same page.
    ElasticLoadBalancingTargets,
    /// EC2's describes: the published example refills 20 a second, unlisted calls less; half of it
    /// is used. Source: EC2 developer guide, "Request throttling".
    Ec2,
    /// EC2's changes of security groups: no rate is published for them. 5 a second, a cautious choice
    /// of ours.
    Ec2Changes,
    /// Route 53: 5 requests a second for the account, no burst published.
    /// Source: Route 53 developer guide, "Quotas", maximums on API requests.
    Route53,
    /// `GetMetricData`, by the datapoints it brings: 396 000 a second where the span begins more
    /// than three hours back, which that of every scan does. A call is counted as the most it can
    /// bring, 100 800; no burst is published, so none is used.
    /// Source: CloudWatch user guide, "CloudWatch service quotas".
    Datapoints,
    /// Services that publish no rate for these calls (ACM, CloudFront, Global Accelerator, WAF), or
    /// one of calls far above what a scan needs (CloudWatch): 5 a second each, a cautious choice of
    /// ours.
    Unpublished(Service),
}

impl Budget {
    /// What AWS allows.
    #[must_use]
    pub fn quota(self) -> Quota {
        let (period, burst) = match self {
            Self::ApiGateway | Self::ElasticLoadBalancing => (100, 40),
            Self::CreateDeployment => (5_000, 1),
            Self::CreateVpcLink => (15_000, 1),
            Self::DeleteVpcLink => (30_000, 1),
            Self::ElasticLoadBalancingChanges => (334, 20),
            Self::ElasticLoadBalancingTargets => (250, 20),
            Self::GetResources => (400, 1),
            Self::Datapoints => (255, 1),
            Self::Ec2 => (100, 20),
            Self::Ec2Changes | Self::Route53 | Self::Unpublished(_) => (200, 5),
        };
        Quota {
            period: Duration::from_millis(period),
            burst,
        }
    }

    /// The budgets a call spends from, the narrowest first.
    #[must_use]
    pub fn of(call: CallKind) -> &'static [Self] {
        use Budget::Unpublished;
        match (call, call.service()) {
            (CallKind::GetResources, _) => &[Self::GetResources, Self::ApiGateway],
            (CallKind::GetMetricData, _) => &[Self::Datapoints, Unpublished(Service::CloudWatch)],
            (_, Service::ApiGateway) => &[Self::ApiGateway],
            (_, Service::ElasticLoadBalancing) => &[Self::ElasticLoadBalancing],
            (_, Service::Ec2) => &[Self::Ec2],
            (_, Service::Route53) => &[Self::Route53],
            (_, Service::Acm) => &[Unpublished(Service::Acm)],
            (_, Service::CloudFront) => &[Unpublished(Service::CloudFront)],
            (_, Service::CloudWatch) => &[Unpublished(Service::CloudWatch)],
            (_, Service::GlobalAccelerator) => &[Unpublished(Service::GlobalAccelerator)],
            (_, Service::Wafv2) => &[Unpublished(Service::Wafv2)],
        }
    }
}

/// Whether regions of an account share API Gateway's budget. AWS does not say, so by default
/// they do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApiGatewayBudget {
    /// One budget for the account.
    #[default]
    PerAccount,
    /// One budget for each region.
    PerRegion,
}

/// A bucket: a budget at the place where AWS counts it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    /// The budget.
    pub budget: Budget,
    /// The account it is counted for.
    pub account: AccountId,
    /// The region it is counted for; `None` when the account's regions share it.
    pub region: Option<Region>,
}

impl Bucket {
    /// The bucket of a budget for calls made at a place.
    #[must_use]
    pub fn at(budget: Budget, place: &Place, api_gateway: ApiGatewayBudget) -> Self {
        let shared = match budget {
            Budget::ApiGateway
            | Budget::CreateDeployment
            | Budget::CreateVpcLink
            | Budget::DeleteVpcLink
            | Budget::GetResources => api_gateway == ApiGatewayBudget::PerAccount,
            // Calls of global services are made at no region.
            Budget::Datapoints
            | Budget::ElasticLoadBalancing
            | Budget::ElasticLoadBalancingChanges
            | Budget::ElasticLoadBalancingTargets
            | Budget::Ec2
            | Budget::Ec2Changes
            | Budget::Route53
            | Budget::Unpublished(_) => false,
        };
        let region = if shared {
            None
        } else {
            place.region().cloned()
        };
        Self {
            budget,
            account: place.account.clone(),
            region,
        }
    }
}

/// What calls that follow one another have spent of their budgets, at one pace. It begins with full
/// buckets, and with the tokens of one account and region: it does not tell places apart.
#[derive(Debug, Clone)]
pub struct Spending {
    pace: Pace,
    /// The buckets that were spent from, few of them.
    buckets: Vec<(Budget, Refill)>,
}

/// A bucket that fills again.
#[derive(Debug, Clone, Copy)]
struct Refill {
    period: Duration,
    /// How long an empty one takes to fill.
    whole: Duration,
    /// When it will be full again.
    full: Duration,
}

impl Spending {
    /// Nothing is spent yet.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            buckets: Vec::new(),
        }
    }

    /// When a call that spends from these budgets may be made that would be made now; it is taken to
    /// be made then. Times count from any fixed moment.
    pub fn turn(&mut self, budgets: &[Budget], now: Duration) -> Duration {
        let turn = budgets
            .iter()
            .map(|budget| self.bucket(*budget).token())
            .fold(now, Duration::max);
        for budget in budgets {
            self.bucket(*budget).take(turn);
        }
        turn
    }

    fn bucket(&mut self, budget: Budget) -> &mut Refill {
        let known = self.buckets.iter().position(|(known, _)| *known == budget);
        let at = known.unwrap_or_else(|| {
            let Quota { period, burst } = self.pace.share(budget.quota());
            let refill = Refill {
                period,
                whole: period * burst,
                full: Duration::ZERO,
            };
            self.buckets.push((budget, refill));
            self.buckets.len() - 1
        });
        &mut self.buckets[at].1
    }
}

impl Refill {
    /// When it has its next token.
    fn token(self) -> Duration {
        (self.full + self.period).saturating_sub(self.whole)
    }

    fn take(&mut self, now: Duration) {
        self.full = self.full.max(now) + self.period;
    }
}

/// The part of AWS's quotas a scan or a run may use, in percent of the published rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
pub struct Pace(u8);

impl Default for Pace {
    fn default() -> Self {
        Self::HALF
    }
}

impl TryFrom<u8> for Pace {
    type Error = &'static str;

    fn try_from(percent: u8) -> Result<Self, Self::Error> {
        Self::percent(percent).ok_or("a pace is 1 to 100 percent")
    }
}

impl From<Pace> for u8 {
    fn from(pace: Pace) -> Self {
        pace.0
    }
}

impl Pace {
    /// Half of every quota: the rest is for the account's own consoles and pipelines.
    pub const HALF: Self = Self(50);
    /// All of it.
    pub const FULL: Self = Self(100);

    /// A pace of 1 to 100 percent; `None` outside.
    #[must_use]
    pub fn percent(percent: u8) -> Option<Self> {
        (1..=100).contains(&percent).then_some(Self(percent))
    }

    /// What a scan at this pace takes of a quota.
    ///
    /// The burst is a tenth smaller than its share, so that jitter on the way never makes a full
    /// bucket overflow on AWS's side.
    #[must_use]
    pub fn share(self, quota: Quota) -> Quota {
        let period = quota.period * 100 / u32::from(self.0);
        let burst = (quota.burst * u32::from(self.0) * 9 / 1000).max(1);
        Quota { period, burst }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::Span;

    #[test]
    fn half_pace_takes_half_of_the_published_rate() {
        let share = Pace::HALF.share(Budget::ApiGateway.quota());
        assert_eq!(
            share,
            Quota {
                period: Duration::from_millis(200),
                burst: 18
            }
        );
        assert_eq!(Pace::FULL.share(Budget::GetResources.quota()).burst, 1);
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_pace_of_the_narrowest_budget() {
        let after = Duration::from_millis;
        let mut spending = Spending::new(Pace::HALF);
        let mut at = |budgets: &[Budget], now| spending.turn(budgets, after(now));
        let all = [Budget::ApiGateway];
        let turns: Vec<_> = (0..20).map(|_| at(&all, 0)).collect();
        assert_eq!(turns[..18], [Duration::ZERO; 18]);
        assert_eq!(turns[18..], [after(200), after(400)]);
        let deploy = [Budget::CreateDeployment, Budget::ApiGateway];
        assert_eq!(at(&deploy, 400), after(600));
        assert_eq!(at(&deploy, 600), after(10_600));
        // Ten seconds filled the other bucket again.
        assert_eq!(at(&all, 10_600), after(10_600));
    }

    #[test]
    fn calls_for_metrics_bring_no_more_datapoints_than_aws_allows() {
        let Quota { period, burst } = Budget::Datapoints.quota();
        let a_second = f64::from(Span::DATAPOINTS) / period.as_secs_f64();
        assert!((390_000.0..=396_000.0).contains(&a_second), "{a_second}");
        assert_eq!(burst, 1);
    }

    #[test]
    fn a_pace_is_a_percentage() {
        assert_eq!(Pace::percent(100), Some(Pace::FULL));
        assert_eq!((Pace::percent(0), Pace::percent(101)), (None, None));
    }

    #[test]
    fn regions_share_api_gateway_only() {
        let place = Place::regional(
            AccountId::new("123456789012").expect("an account"),
            Region::new("eu-west-1").expect("a region"),
        );
        let region = |budget, rule| Bucket::at(budget, &place, rule).region;
        assert_eq!(
            region(Budget::GetResources, ApiGatewayBudget::PerAccount),
            None
        );
        assert_eq!(
            region(Budget::GetResources, ApiGatewayBudget::PerRegion),
            place.region().cloned()
        );
        assert_eq!(
            region(Budget::Ec2, ApiGatewayBudget::PerAccount),
            place.region().cloned()
        );
    }
}
