//! AWS's failures as they come over the wire.

use super::*;

fn check(
    call: &Call,
    status: u16,
    kind: &'static str,
    body: &'static str,
    expect: (GapClass, &str),
) {
    let (page, _) = ask(call, None, Answer { status, kind, body });
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
        let answer = Answer {
            status: 200,
            kind: "text/plain",
            body: "<html>Hello",
        };
        let (page, _) = ask(&call, None, answer);
        let error = page.expect_err("no page");
        assert_eq!(error.class, GapClass::Unparseable, "{}", error.message);
        assert!(!error.is_transient());
    }
}
