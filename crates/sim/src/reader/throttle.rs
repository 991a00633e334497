//! AWS's side of pace: token buckets at the published rates.

use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::call::{CallKind, Service};
use unbridge_model::gap::GapClass;
use unbridge_model::place::Place;
use unbridge_model::port::ReadError;
use unbridge_model::quota::{ApiGatewayBudget, Bucket, Budget, Quota};

/// When each bucket will be full again.
#[derive(Debug, Default)]
pub(super) struct Meters(BTreeMap<Bucket, Duration>);

/// What AWS allows. Five requests in two seconds are taken as a burst of five, the most generous
/// reading of a quota without a published burst; a second's datapoints as three calls at once.
fn allowed(budget: Budget) -> Quota {
    match budget {
        Budget::GetResources => Quota {
            burst: 5,
            ..budget.quota()
        },
        Budget::Datapoints => Quota {
            burst: 3,
            ..budget.quota()
        },
        Budget::ApiGateway
        | Budget::ElasticLoadBalancing
        | Budget::Ec2
        | Budget::Route53
        | Budget::Unpublished(_) => budget.quota(),
    }
}

impl Meters {
    /// Takes a token out of every bucket a call spends from, or none and refuses.
    pub(super) fn spend(
        &mut self,
        place: &Place,
        kind: CallKind,
        api_gateway: ApiGatewayBudget,
        now: Duration,
    ) -> Result<(), ReadError> {
        let mut after = Vec::new();
        for budget in Budget::of(kind) {
            let quota = allowed(*budget);
            let bucket = Bucket::at(*budget, place, api_gateway);
            let full_at = self.0.get(&bucket).copied().unwrap_or_default().max(now);
            let full_after = full_at.saturating_add(quota.period);
            if full_after - now > quota.period * quota.burst {
                return Err(refusal(kind.service()));
            }
            after.push((bucket, full_after));
        }
        self.0.extend(after);
        Ok(())
    }
}

fn refusal(service: Service) -> ReadError {
    let message = match service {
        Service::ApiGateway => "TooManyRequestsException: Too Many Requests",
        Service::Acm
        | Service::CloudWatch
        | Service::ElasticLoadBalancing
        | Service::GlobalAccelerator
        | Service::Wafv2 => "ThrottlingException: Rate exceeded",
        Service::CloudFront | Service::Route53 => "Throttling: Rate exceeded",
        Service::Ec2 => "RequestLimitExceeded: Request limit exceeded.",
    };
    ReadError::new(GapClass::Throttled, message)
}
