//! AWS's failures as they come over the wire.

use unbridge_model::usage::{Measure, Measured, MetricQuery, Span};

use super::*;

fn check(
    call: &Call,
    status: u16,
    kind: &'static str,
    body: &'static str,
    expect: (GapClass, &str),
) {
    let (page, _) = ask(call, None, Answer::new(status, kind, body));
    let error = page.expect_err("a failure");
    assert_eq!((error.class, error.message.as_str()), expect);
}

#[test]
fn errors_of_every_protocol_are_classified() {
    let denied = "User: arn:aws:iam::123456789012:user/x is not authorized to perform: \
                  apigateway:GET on resource: arn:aws:apigateway:eu-west-1::/restapis";
    check(
        &Call::GetRestApis,
        403,
        "application/json",
        r#"{"__type":"AccessDeniedException","message":"User: arn:aws:iam::123456789012:user/x is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:eu-west-1::/restapis"}"#,
        (
            GapClass::Denied,
            &format!("AccessDeniedException: {denied}"),
        ),
    );
    check(
        &Call::DescribeLoadBalancers,
        400,
        "text/xml",
        "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
         <Message>Rate exceeded</Message></Error><RequestId>x</RequestId></ErrorResponse>",
        (GapClass::Throttled, "Throttling: Rate exceeded"),
    );
    check(
        &Call::DescribeNetworkInterfaces,
        503,
        "text/xml",
        "<Response><Errors><Error><Code>RequestLimitExceeded</Code>\
         <Message>Request limit exceeded.</Message></Error></Errors>\
         <RequestID>x</RequestID></Response>",
        (
            GapClass::Throttled,
            "RequestLimitExceeded: Request limit exceeded.",
        ),
    );
}

#[test]
fn an_error_whose_body_makes_no_sense_is_classified_by_status() {
    let calls = [
        Call::GetRestApis,
        Call::GetApis,
        Call::DescribeLoadBalancers,
        Call::DescribeNetworkInterfaces,
    ];
    for call in calls {
        for (status, class) in [
            (429, GapClass::Throttled),
            (502, GapClass::Failed),
            (403, GapClass::Denied),
        ] {
            let words = format!("HTTP {status} without an error that could be understood");
            check(&call, status, "text/html", "<html>Bad", (class, &words));
        }
    }
}

#[test]
fn a_good_status_with_a_bad_body_is_unparseable() {
    for call in [Call::GetRestApis, Call::DescribeLoadBalancers] {
        let answer = Answer::new(200, "text/plain", "<html>Hello");
        let (page, _) = ask(&call, None, answer);
        let error = page.expect_err("no page");
        assert_eq!(error.class, GapClass::Unparseable, "{}", error.message);
        assert!(!error.is_transient());
    }
}

/// What a service answers when the identity may not ask.
fn refusal(service: Service) -> Answer {
    match service {
        Service::ApiGateway => Answer::new(
            403,
            "application/json",
            r#"{"__type":"AccessDeniedException","message":"not authorized"}"#,
        ),
        Service::Acm | Service::GlobalAccelerator | Service::Wafv2 => Answer::new(
            400,
            "application/x-amz-json-1.1",
            r#"{"__type":"AccessDeniedException","Message":"not authorized"}"#,
        ),
        Service::CloudWatch => Answer::cbor(
            403,
            &serde_json::json!({"__type":"com.amazonaws#AccessDenied","message":"not authorized"}),
        ),
        Service::CloudFront | Service::ElasticLoadBalancing | Service::Route53 => Answer::new(
            403,
            "text/xml",
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
             <Message>not authorized</Message></Error><RequestId>x</RequestId></ErrorResponse>",
        ),
        Service::Ec2 => Answer::new(
            403,
            "text/xml",
            "<Response><Errors><Error><Code>UnauthorizedOperation</Code>\
             <Message>not authorized</Message></Error></Errors><RequestID>x</RequestID></Response>",
        ),
    }
}

#[test]
fn every_call_that_is_denied_says_so() {
    let arn = |what: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:{what}");
    let load_balancer: unbridge_model::id::LoadBalancerArn = id(&arn("loadbalancer/net/n/1"));
    let listener: unbridge_model::id::ListenerArn = id(&arn("listener/app/a/1/2"));
    let (api, stage) = (id("a1"), id("prod"));
    let accelerator = "arn:aws:globalaccelerator::123456789012:accelerator/x";
    for call in [
        Call::GetExport {
            api: id("a1"),
            stage,
        },
        Call::GetDeployments { api },
        Call::GetAuthorizers { api: id("a1") },
        Call::GetRequestValidators { api: id("a1") },
        Call::GetModels { api: id("a1") },
        Call::GetGatewayResponses { api: id("a1") },
        Call::GetDomainNames,
        Call::GetApiMappings {
            domain: "api.example.com".into(),
        },
        Call::DescribeListenerCertificates { listener },
        Call::DescribeCapacityReservation {
            load_balancer: load_balancer.clone(),
        },
        Call::DescribeNetworkAcls { vpc: id("vpc-1") },
        Call::DescribeRouteTables { vpc: id("vpc-1") },
        Call::DescribeVerifiedAccessEndpoints,
        Call::DescribeTrafficMirrorTargets,
        Call::DescribeCertificate {
            certificate: id("arn:aws:acm:eu-west-1:123456789012:certificate/x"),
        },
        Call::GetWebAclForResource {
            load_balancer: load_balancer.clone(),
        },
        Call::DescribeAlarms,
        Call::GetMetricData {
            queries: vec![MetricQuery {
                of: Measured::LoadBalancer(load_balancer),
                measure: Measure::NewFlowCount,
            }],
            span: Span::days_until(0, 60),
        },
        Call::ListHostedZones,
        Call::ListResourceRecordSets { zone: id("Z1") },
        Call::ListAccelerators,
        Call::ListListeners {
            accelerator: id(accelerator),
        },
        Call::ListEndpointGroups {
            listener: id(&format!("{accelerator}/listener/y")),
        },
        Call::ListDistributions,
        Call::ListVpcOrigins,
    ] {
        let (page, _) = ask(&call, None, refusal(call.kind().service()));
        let error = page.expect_err("a refusal");
        let name = call.kind().name();
        assert_eq!(error.class, GapClass::Denied, "{name}: {}", error.message);
        assert!(error.message.contains("not authorized"), "{name}");
    }
}
