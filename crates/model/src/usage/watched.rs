//! What a run reads of things while it watches requests move over: how they were answered, minute by
//! minute.

use super::{Measure, Measured};
use crate::id::TargetGroupArn;

/// How requests to a stage were answered, and how long its backends took.
const OF_STAGES: &[Measure] = &[
    Measure::Count,
    Measure::Count4xx,
    Measure::Count5xx,
    Measure::IntegrationLatencyP50,
    Measure::IntegrationLatencyP95,
];

/// How requests to an ALB were answered, by its targets and by itself.
const OF_ALBS: &[Measure] = &[
    Measure::RequestCount,
    Measure::Target2xx,
    Measure::Target3xx,
    Measure::Target4xx,
    Measure::Target5xx,
    Measure::Elb3xx,
    Measure::Elb4xx,
    Measure::Elb5xx,
    Measure::RedirectCount,
    Measure::FixedResponseCount,
    Measure::RejectedConnectionCount,
];

/// How the targets of a group answered.
const OF_GROUPS: &[Measure] = &[
    Measure::RequestCount,
    Measure::Target2xx,
    Measure::Target3xx,
    Measure::Target4xx,
    Measure::Target5xx,
];

impl Measured {
    /// What is read of it while a run watches; nothing of load balancers other than ALBs.
    #[must_use]
    pub fn watched(&self) -> &'static [Measure] {
        match self {
            Self::LoadBalancer(arn) if arn.tail().starts_with("app/") => OF_ALBS,
            Self::LoadBalancer(_) => &[],
            Self::RestStage { .. } | Self::HttpStage { .. } => OF_STAGES,
            Self::TargetGroup { .. } => OF_GROUPS,
        }
    }
}

/// `targetgroup/orders/0123`: the part of a group's ARN that names it in metrics.
pub(super) fn dimension(group: &TargetGroupArn) -> &str {
    group.as_str().splitn(6, ':').nth(5).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LoadBalancerArn;

    #[test]
    fn a_target_group_is_asked_for_with_its_load_balancer() {
        let arn =
            |tail: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:{tail}");
        let of = Measured::TargetGroup {
            load_balancer: LoadBalancerArn::new(arn("loadbalancer/app/a/1")).expect("an ARN"),
            group: TargetGroupArn::new(arn("targetgroup/t/2")).expect("an ARN"),
        };
        let dimensions = of.dimensions().expect("dimensions");
        assert_eq!(
            dimensions,
            [
                ("LoadBalancer", "app/a/1".to_owned()),
                ("TargetGroup", "targetgroup/t/2".to_owned())
            ]
        );
        assert_eq!(of.namespace().name(), "AWS/ApplicationELB");
        assert_eq!(of.to_string(), "usage:targetgroup/t/2");
    }

    #[test]
    fn a_scan_reads_nothing_of_what_only_a_run_watches() {
        let only_watched = [Measure::Elb3xx];
        let read = [Measure::OF_NLBS, Measure::OF_ALBS, Measure::OF_STAGES];
        let read: Vec<_> = read.into_iter().flatten().collect();
        assert!(only_watched.iter().all(|measure| !read.contains(&measure)));
    }
}
