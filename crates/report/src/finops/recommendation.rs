//! Bridges that could save something, in the columns of Cost Optimization Hub's data export.
//!
//! Source of the names and their order: AWS, "Data Exports table dictionary", "Cost optimization
//! recommendations columns".
//!
//! | Column | Filled with |
//! |---|---|
//! | `account_id`, `region`, `resource_arn` | The NLB's. Parquet has the region in its path alone. |
//! | `account_name` | What AWS Organizations calls the account; empty when that is not known. |
//! | `action_type` | The hub's `Delete`, or our `Rewire` where the NLB stays for its other users. Empty when nothing tells which. |
//! | `currency_code` | The currency of the region. |
//! | `current_resource_type`, `current_resource_summary` | `NetworkLoadBalancer`, which the hub has no recommendations of, and the NLB's name. |
//! | `current_resource_details`, `recommended_resource_details`, `recommended_resource_type` | Empty: the evidence table has the details, and nothing is to be bought instead. |
//! | `recommended_resource_summary` | What to do, in words. |
//! | `estimated_monthly_cost_before_discount` | What a month costs, as expected. |
//! | `estimated_monthly_savings_before_discount` | What a month less costs under the verdict of today, as expected: zero while blocked. |
//! | `estimated_savings_percentage_before_discount` | The one of the other. |
//! | the three `..._after_discount` | Empty: discounts are not read. |
//! | `implementation_effort` | Empty: nothing in a scan measures it. |
//! | `last_refresh_timestamp` | When the scan began. |
//! | `recommendation_id` | `unbridge/` and the ARN: the same in every scan. |
//! | `recommendation_lookback_period_in_days` | Empty: `x_formula` of the evidence table says it for each line. |
//! | `recommendation_source` | `unbridge`. |
//! | `restart_needed` | `false`. |
//! | `rollback_possible` | `false` for `Delete`: a new NLB has another name. `true` for `Rewire`. |
//! | `tags` | The NLB's, as a JSON object; empty when they were not read. |

use rust_decimal::Decimal;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::{Estimate, Range};
use unbridge_model::finding::Verdict;

use super::bridge::Bridge;
use super::table::{AboutNlb, Column, Value};
use crate::cells::{joined, low};

/// What the hub would call an NLB.
pub(super) const RESOURCE_TYPE: &str = "NetworkLoadBalancer";

impl AboutNlb for &Bridge<'_> {
    fn nlb(&self) -> &NlbAssessment {
        self.nlb
    }
}

/// Whether its going saves something, now or once nothing is in the way, or may do so: what is not
/// known is not nothing.
pub(super) fn could_save(bridge: &Bridge<'_>) -> bool {
    let nothing = Range::exactly(Decimal::ZERO);
    bridge.estimate.is_none_or(|estimate| {
        estimate.monthly_savings != nothing || estimate.monthly_potential != nothing
    })
}

/// The hub's columns, then our own.
pub(super) fn columns<'b>() -> Vec<Column<&'b Bridge<'b>>> {
    let mut columns = of_the_hub();
    columns.extend(our_figures());
    columns.extend(our_evidence());
    columns
}

fn of_the_hub<'b>() -> Vec<Column<&'b Bridge<'b>>> {
    use Value::{Amount, Count, Moment, Text, Truth};
    let column = Column::new;
    vec![
        column("account_id", Text(|of| Some(of.nlb.account.to_string()))),
        column(
            "account_name",
            Text(|of| Some(of.view.accounts.of(&of.nlb.account)?.name.to_string())),
        ),
        column("action_type", Text(|of| Some(action(of)?.to_string()))),
        column(
            "currency_code",
            Text(|of| Some(of.estimate?.currency.to_string())),
        ),
        column("current_resource_details", Text(|_| None)),
        column(
            "current_resource_summary",
            Text(|of| Some(format!("Network Load Balancer {}", of.nlb.name))),
        ),
        column(
            "current_resource_type",
            Text(|_| Some(RESOURCE_TYPE.to_owned())),
        ),
        column("estimated_monthly_cost_after_discount", Amount(|_| None)),
        column(
            "estimated_monthly_cost_before_discount",
            Amount(|of| of.figure(cost)?.expected),
        ),
        column("estimated_monthly_savings_after_discount", Amount(|_| None)),
        column(
            "estimated_monthly_savings_before_discount",
            Amount(|of| of.figure(savings)?.expected),
        ),
        column(
            "estimated_savings_percentage_after_discount",
            Amount(|_| None),
        ),
        column(
            "estimated_savings_percentage_before_discount",
            Amount(|of| percentage(of)),
        ),
        column("implementation_effort", Text(|_| None)),
        column("last_refresh_timestamp", Moment(|of| of.scanned)),
        column(
            "recommendation_id",
            Text(|of| Some(format!("unbridge/{}", of.nlb.arn))),
        ),
        column("recommendation_lookback_period_in_days", Count(|_| None)),
        column(
            "recommendation_source",
            Text(|_| Some("unbridge".to_owned())),
        ),
        column("recommended_resource_details", Text(|_| None)),
        column(
            "recommended_resource_summary",
            Text(|of| Some(action(of)?.in_words().to_owned())),
        ),
        column("recommended_resource_type", Text(|_| None)),
        column("region", Text(|of| Some(of.nlb.region.to_string()))),
        column("resource_arn", Text(|of| Some(of.nlb.arn.to_string()))),
        column("restart_needed", Truth(|_| Some(false))),
        column(
            "rollback_possible",
            Truth(|of| Some(action(of)?.can_be_undone())),
        ),
        column("tags", Text(|of| of.tags.clone())),
    ]
}

fn our_figures<'b>() -> Vec<Column<&'b Bridge<'b>>> {
    use Value::{Amount, Count};
    let column = Column::new;
    vec![
        column("x_monthly_cost_low", Amount(|of| low(of.figure(cost)?))),
        column("x_monthly_cost_high", Amount(|of| of.figure(cost)?.high)),
        column(
            "x_monthly_savings_low",
            Amount(|of| low(of.figure(savings)?)),
        ),
        column(
            "x_monthly_savings_high",
            Amount(|of| of.figure(savings)?.high),
        ),
        column(
            "x_monthly_potential_low",
            Amount(|of| low(of.figure(potential)?)),
        ),
        column(
            "x_monthly_potential_expected",
            Amount(|of| of.figure(potential)?.expected),
        ),
        column(
            "x_monthly_potential_high",
            Amount(|of| of.figure(potential)?.high),
        ),
        column(
            "x_double_running_days",
            Count(|of| usize::try_from(of.estimate?.double_running.0).ok()),
        ),
        column(
            "x_double_running_low",
            Amount(|of| low(of.figure(double_running)?)),
        ),
        column(
            "x_double_running_expected",
            Amount(|of| of.figure(double_running)?.expected),
        ),
        column(
            "x_double_running_high",
            Amount(|of| of.figure(double_running)?.high),
        ),
    ]
}

fn our_evidence<'b>() -> Vec<Column<&'b Bridge<'b>>> {
    use Value::{Count, Text, Truth};
    let column = Column::new;
    vec![
        column("x_verdict", Text(|of| Some(of.nlb.verdict.to_string()))),
        column(
            "x_savings_available",
            Text(|of| Some(available(of).to_owned())),
        ),
        column(
            "x_confidence",
            Text(|of| Some(of.estimate?.confidence.to_string())),
        ),
        column("x_missing", Text(|of| of.missing())),
        column(
            "x_left_out",
            Text(|of| joined(of.estimate?.left_out.iter().map(ToString::to_string))),
        ),
        column(
            "x_accepted_findings",
            Text(|of| joined(of.accepted.iter().cloned())),
        ),
        column("x_prices_as_of", Text(|of| of.prices_as_of())),
        column(
            "x_prices_days_old",
            Count(|of| usize::try_from(of.view.costs.as_ref()?.prices_too_old?).ok()),
        ),
        column("x_gaps", Count(|of| of.gaps)),
        column(
            "x_scan_complete",
            Truth(|of| Some(of.view.assessment.is_complete())),
        ),
        column("x_narrowed_by", Text(|of| of.narrowed_by())),
    ]
}

fn cost(estimate: &Estimate) -> Range {
    estimate.monthly_cost
}

fn savings(estimate: &Estimate) -> Range {
    estimate.monthly_savings
}

fn potential(estimate: &Estimate) -> Range {
    estimate.monthly_potential
}

fn double_running(estimate: &Estimate) -> Range {
    estimate.double_running.1
}

/// Of what it costs, as expected, in hundredths; to two places.
fn percentage(bridge: &Bridge<'_>) -> Option<Decimal> {
    let estimate = bridge.estimate?;
    let saved = estimate.monthly_savings.expected?;
    let part = saved.checked_div(estimate.monthly_cost.expected?)?;
    Some(part.checked_mul(Decimal::ONE_HUNDRED)?.round_dp(2))
}

/// What is recommended.
#[derive(Clone, Copy, strum::Display)]
enum Action {
    /// The NLB goes.
    Delete,
    /// The APIs move away from it; it stays.
    Rewire,
}

impl Action {
    fn in_words(self) -> &'static str {
        match self {
            Self::Delete => "API Gateway reaches the ALB over a VPC link v2; the NLB goes",
            Self::Rewire => {
                "API Gateway reaches the ALB over a VPC link v2; the NLB stays for its other users"
            }
        }
    }

    fn can_be_undone(self) -> bool {
        match self {
            Self::Delete => false,
            Self::Rewire => true,
        }
    }
}

fn action(bridge: &Bridge<'_>) -> Option<Action> {
    match bridge.nlb.verdict {
        Verdict::Removable | Verdict::RemovableIf | Verdict::AlreadyDirect => Some(Action::Delete),
        Verdict::Rewirable => Some(Action::Rewire),
        // Filters may have taken out the finding about other users. What would be saved still tells:
        // everything, or less than that.
        Verdict::Blocked => {
            let estimate = bridge.estimate?;
            let would_save = estimate.monthly_potential;
            if would_save != estimate.monthly_cost {
                Some(Action::Rewire)
            } else if would_save == Range::unknown() {
                None
            } else {
                Some(Action::Delete)
            }
        }
        Verdict::NotABridge => None,
    }
}

/// When savings can be had.
fn available(bridge: &Bridge<'_>) -> &'static str {
    match bridge.nlb.verdict {
        Verdict::Removable | Verdict::AlreadyDirect | Verdict::Rewirable => "now",
        Verdict::RemovableIf => "once-confirmed",
        Verdict::Blocked => "once-unblocked",
        Verdict::NotABridge => "never",
    }
}
