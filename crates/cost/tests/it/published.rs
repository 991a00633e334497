//! Examples that AWS has published with its prices.

use unbridge_model::estimate::{Confidence, HOURS_OF_A_MONTH};
use unbridge_model::finding::Verdict;
use unbridge_model::usage::Measure;

use crate::site::Site;

/// AWS, "Elastic Load Balancing pricing", the example of a Network Load Balancer with TCP in
/// us-east-1 (its figures read where others quote them): one new connection a second that lasts 2
/// minutes, 300 kB a second. That is 0.00125, 0.0012 and 1.08 units; 1.08 x 0.006 USD + 0.0225 USD
/// = 0.02898 USD an hour.
#[test]
fn one_tcp_connection_a_second_of_two_minutes_and_300_kilobytes() {
    let silent = Measure::OF_NLBS
        .iter()
        .filter(|one| **one != Measure::ConsumedLcus);
    let site = silent.fold(Site::new("us-east-1", Verdict::Removable), |site, one| {
        site.series(*one, &[])
    });
    let estimate = site
        .level(Measure::NewFlowCountTcp, 3600.0)
        .level(Measure::ActiveFlowCountTcp, 120.0)
        .level(Measure::ProcessedBytesTcp, 300e3 * 3600.0)
        .estimate();
    assert_eq!(estimate.confidence, Confidence::Recomputed);
    let monthly = estimate.monthly_cost.expected.expect("a cost");
    let hour = monthly / rust_decimal::Decimal::from(HOURS_OF_A_MONTH);
    assert_eq!(hour.normalize().to_string(), "0.02898");
}
