//! Calls are the currency: exactly those that are needed, and none that writes.

use std::collections::BTreeMap;

use serde_json::json;

use super::reference;
use crate::harness::{Account, Desk, emulator, list};

fn assert_calls(account: &Account, expected: &[(&str, usize)]) {
    let expected: BTreeMap<_, _> = expected
        .iter()
        .map(|(call, count)| ((*call).to_owned(), *count))
        .collect();
    assert_eq!(account.calls(), expected);
}

#[test]
fn the_reference_account_costs_exactly_these_calls() {
    assert_calls(
        &reference().account,
        &[
            ("sts:GetCallerIdentity", 1),
            ("apigateway:GetVpcLinks", 1),
            ("apigateway:GetRestApis", 1),
            // Nine REST APIs; orders has two stages.
            ("apigateway:GetResources", 9),
            ("apigateway:GetStages", 9),
            ("apigateway:GetExport", 10),
            ("apigatewayv2:GetVpcLinks", 1),
            ("apigatewayv2:GetApis", 1),
            // chat, web and front, each with a private integration; front without auto-deploy.
            ("apigatewayv2:GetIntegrations", 3),
            ("apigatewayv2:GetRoutes", 3),
            ("apigatewayv2:GetStages", 3),
            ("apigatewayv2:ExportApi", 1),
            ("elasticloadbalancing:DescribeLoadBalancers", 1),
            ("elasticloadbalancing:DescribeTargetGroups", 1),
            // 11 NLBs and 10 ALBs: all but plain's, which neither link nor API names.
            ("elasticloadbalancing:DescribeListeners", 21),
            ("elasticloadbalancing:DescribeLoadBalancerAttributes", 21),
            // ALBs only; orders-alb has two listeners.
            ("elasticloadbalancing:DescribeRules", 11),
            // Groups behind NLBs only: two of orders and mixed, one of every other; plain's holds
            // addresses, which could be an ALB's.
            ("elasticloadbalancing:DescribeTargetHealth", 14),
            ("elasticloadbalancing:DescribeTargetGroupAttributes", 14),
            // 21 load balancers and 14 groups, 20 a call.
            ("elasticloadbalancing:DescribeTags", 2),
            // One VPC.
            ("ec2:DescribeSubnets", 1),
            ("ec2:DescribeSecurityGroups", 1),
            ("ec2:DescribeNetworkInterfaces", 1),
            ("ec2:DescribeVpcEndpointServiceConfigurations", 1),
            ("ec2:DescribeVpcEndpointConnections", 1),
        ],
    );
}

#[test]
fn a_scan_writes_nothing_and_every_call_is_answered() {
    let journal = reference().account.journal();
    let odd: Vec<_> = journal
        .iter()
        .filter(|r| r.writes || r.status != 200)
        .collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn a_region_without_links_and_load_balancers_costs_a_handful() {
    let account = emulator().account("empty", json!({}));
    Desk::new().scan(&account, &[]).run().expect_code(4);
    assert_calls(
        &account,
        &[
            ("sts:GetCallerIdentity", 1),
            ("apigateway:GetVpcLinks", 1),
            ("apigatewayv2:GetVpcLinks", 1),
            ("elasticloadbalancing:DescribeLoadBalancers", 1),
        ],
    );
}

#[test]
fn lists_longer_than_a_page_are_read_page_by_page_and_no_page_twice() {
    let few = json!({ "rest": 2, "http": 1, "routes": 505 });
    let account = emulator().account("pages", few);
    let desk = Desk::new();
    let report = desk.scan(&account, &[]).run().report();
    let calls = account.calls();
    for (call, pages) in [
        // 511 resources in pages of 500, and an API that fits one page.
        ("apigateway:GetResources", 3),
        ("apigateway:GetRestApis", 1),
        // 505 integrations.
        ("apigatewayv2:GetIntegrations", 2),
        // 405 in pages of 400.
        ("elasticloadbalancing:DescribeLoadBalancers", 2),
        ("elasticloadbalancing:DescribeRules", 2),
        // 1005 in pages of 1000.
        ("ec2:DescribeSecurityGroups", 2),
    ] {
        assert_eq!(calls[call], pages, "{call}");
    }
    assert_eq!(report.chains("pages-nlb").len(), 510);
    assert_eq!(
        list(&report.0["nlbs"]).len(),
        404,
        "405 load balancers, one of them an ALB"
    );
}
