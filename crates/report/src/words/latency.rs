//! What the way to the targets adds to requests, in words.

use rust_decimal::{Decimal, RoundingStrategy};
use unbridge_model::estimate::{Added, Latency};
use unbridge_model::usage::Measure;

use super::{load_balancer, name, stage};
use crate::layout::count;

/// What is taken from what.
pub(crate) fn formula() -> String {
    let [waited, answered] = [Measure::IntegrationLatencyP50, Measure::TargetResponseTime]
        .map(|measure| measure.statistic().word());
    format!(
        "median of the hours that have both: IntegrationLatency ({waited}) of the stage - \
         TargetResponseTime ({answered}) of the ALB, which is that of all its requests"
    )
}

/// What it means, and what it does not.
pub(crate) fn meaning() -> String {
    format!(
        "Network, link, NLB and ALB together, as far as CloudWatch tells. It is the {}. What sums \
         up an hour is not the time of any one request: the difference is an indication, and how \
         much of it goes with the NLB is not known.",
        formula()
    )
}

/// Why a median says nothing.
pub(crate) fn disagreement(median: Decimal) -> Option<&'static str> {
    (median < Decimal::ZERO)
        .then_some("below zero: the two measures disagree, and nothing can be told from them")
}

/// `orders (REST a1) stage prod: 4.2 ms, over 312 hours, to the ALB orders-alb`.
pub(crate) fn latency(latency: &Latency) -> String {
    let of = stage(&latency.api, Some(&latency.stage));
    let (alb, median, hours, below_zero) = match &latency.added {
        Added::Unknown(why) => return format!("{of}: unknown: {}", name(why)),
        Added::Measured {
            alb,
            median,
            hours,
            below_zero,
        } => (alb, *median, *hours, *below_zero),
    };
    let mut text = format!(
        "{of}: {} ms, over {}, to the ALB {}",
        tenths(median),
        count(hours, "hour", "hours"),
        load_balancer(alb)
    );
    if let Some(why) = disagreement(median) {
        text.push_str(&format!("; {why}"));
    } else if below_zero > 0 {
        let some = count(below_zero, "hour", "hours");
        text.push_str(&format!(
            "; below zero in {some}, where the measures disagree"
        ));
    }
    text
}

fn tenths(time: Decimal) -> String {
    let rounded = time.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    format!("{rounded:.1}")
}

#[cfg(test)]
mod tests {
    use unbridge_model::finding::{ApiRef, ApiType};
    use unbridge_model::id::{LoadBalancerArn, StageName};

    use super::*;

    fn told(added: Added) -> String {
        let api = ApiRef {
            kind: ApiType::Rest,
            id: "a1".into(),
            name: "orders\u{202e}".into(),
        };
        let stage = StageName::new("prod").expect("a stage");
        let told = latency(&Latency { api, stage, added });
        let (_, told) = told
            .split_once("orders\\u{202e} (REST a1) stage prod: ")
            .expect("whose it is");
        told.to_owned()
    }

    fn measured(median: &str, below_zero: usize) -> String {
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/50dc6c49";
        told(Added::Measured {
            alb: LoadBalancerArn::new(arn).expect("an ARN"),
            median: median.parse().expect("a decimal"),
            hours: 312,
            below_zero,
        })
    }

    #[test]
    fn a_difference_says_when_it_says_nothing() {
        assert_eq!(measured("4.25", 0), "4.3 ms, over 312 hours, to the ALB x");
        assert_eq!(
            measured("0.04", 12),
            "0.0 ms, over 312 hours, to the ALB x; below zero in 12 hours, where the measures disagree"
        );
        assert_eq!(
            measured("-20.2", 300),
            "-20.2 ms, over 312 hours, to the ALB x; below zero: the two measures disagree, and \
             nothing can be told from them"
        );
        assert_eq!(
            told(Added::Unknown("it was\u{1b} not read".into())),
            "unknown: it was\\u{1b} not read"
        );
    }
}
