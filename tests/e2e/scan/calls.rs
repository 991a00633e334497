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
            ("elasticloadbalancing:DescribeCapacityReservation", 11),
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
            // Eight REST APIs are in play: all but edge-api.
            ("apigateway:GetDeployments", 8),
            ("apigateway:GetAuthorizers", 8),
            ("apigateway:GetRequestValidators", 8),
            ("apigateway:GetModels", 8),
            ("apigateway:GetGatewayResponses", 8),
            ("apigatewayv2:GetDomainNames", 1),
            ("apigatewayv2:GetApiMappings", 1),
            // One web ACL an ALB; orders-alb speaks HTTPS, and so do the TLS listeners of tls-nlb.
            ("wafv2:GetWebACLForResource", 10),
            ("elasticloadbalancing:DescribeListenerCertificates", 2),
            ("acm:DescribeCertificate", 1),
            ("ec2:DescribeNetworkAcls", 1),
            ("ec2:DescribeRouteTables", 1),
            // Flows and bytes of 11 NLBs by day. By hour 16 measures of each of them, 12 of each of
            // the 10 ALBs, 7 of each of 11 stages (nine of REST APIs, two of HTTP APIs): 373, of
            // which a call holds 140.
            ("monitoring:GetMetricData", 1 + 3),
            // Other users, once for the region or the account; one hosted zone.
            ("monitoring:DescribeAlarms", 1),
            ("ec2:DescribeVerifiedAccessEndpoints", 1),
            ("ec2:DescribeTrafficMirrorTargets", 1),
            ("route53:ListHostedZones", 1),
            ("route53:ListResourceRecordSets", 1),
            ("globalaccelerator:ListAccelerators", 1),
            ("cloudfront:ListDistributions", 1),
            ("cloudfront:ListVpcOrigins", 1),
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
    Desk::new().scan(&account, &[]).run().expect_code(0);
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

#[test]
fn other_users_are_left_out_on_request_and_named_as_gaps() {
    let account = emulator().parts(&["billing"]);
    let desk = Desk::new();
    let outcome = desk.scan(&account, &["--skip-users"]).run();
    outcome.expect_code(4);
    let report = outcome.report();
    let gaps = report.gaps();
    assert!(gaps.iter().all(|gap| gap["class"] == "skipped"), "{gaps:?}");
    assert_eq!(gaps.len(), 6, "one for each source of users");
    assert_eq!(report.verdict("billing-nlb"), "removable-if");
    let calls = account.calls();
    for service in [
        "route53:",
        "globalaccelerator:",
        "cloudfront:",
        "monitoring:DescribeAlarms",
    ] {
        assert!(
            !calls.keys().any(|call| call.starts_with(service)),
            "{service}"
        );
    }
}
