//! AWS's side of pace: token buckets at the published rates.

use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::call::{Call, Service};
use unbridge_model::gap::GapClass;
use unbridge_model::place::Place;
use unbridge_model::port::ReadError;
use unbridge_model::quota::{ApiGatewayBudget, Bucket, Budget, Quota};
use unbridge_model::usage::Span;

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
        | Budget::CreateDeployment
        | Budget::CreateVpcLink
        | Budget::DeleteVpcLink
        | Budget::ElasticLoadBalancing
        | Budget::ElasticLoadBalancingChanges
        | Budget::ElasticLoadBalancingTargets
        | Budget::Ec2
        | Budget::Ec2Changes
        | Budget::Route53
        | Budget::Unpublished(_) => budget.quota(),
    }
}

/// What a call costs in a bucket, as the time that brings it back. AWS counts the datapoints that a
/// call asks for, whether or not they are there; a page brings no more than so many.
/// Source: CloudWatch user guide, "CloudWatch service quotas".
fn price(budget: Budget, call: &Call) -> Duration {
    let token = budget.quota().period;
    match (budget, call) {
        (Budget::Datapoints, Call::GetMetricData { queries, span }) => {
            let queries = u32::try_from(queries.len()).unwrap_or(u32::MAX);
            let asked = queries.saturating_mul(span.periods());
            token * asked.min(Span::DATAPOINTS) / Span::DATAPOINTS
        }
        _ => token,
    }
}

impl Meters {
    /// Takes what a call costs out of every bucket it spends from, or nothing and refuses.
    pub(super) fn spend(
        &mut self,
        place: &Place,
        call: &Call,
        api_gateway: ApiGatewayBudget,
        now: Duration,
    ) -> Result<(), ReadError> {
        let mut after = Vec::new();
        for budget in Budget::of(call.kind()) {
            let quota = allowed(*budget);
            let bucket = Bucket::at(*budget, place, api_gateway);
            let full_at = self.0.get(&bucket).copied().unwrap_or_default().max(now);
            let full_after = full_at.saturating_add(price(*budget, call));
            if full_after - now > quota.period * quota.burst {
                return Err(refusal(call.kind().service()));
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
