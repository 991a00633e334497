//! CloudWatch.

use serde_json::json;
use unbridge_model::call::{Series, Told};
use unbridge_model::id::StageName;
use unbridge_model::usage::{LookBack, Measure, Measured, MetricQuery, Span};
use unbridge_model::user::{Pointer, UserKind};

use super::*;

fn nlb(name: &str) -> unbridge_model::id::LoadBalancerArn {
    let region = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
    id(&format!("{region}:loadbalancer/net/{name}/1"))
}

#[test]
fn alarms_on_load_balancers_are_kept_those_in_expressions_too() {
    let dimension = |name: &str, value: &str| json!([{"Name": name, "Value": value}]);
    let answer = json!({"NextToken": "t2", "MetricAlarms": [
        {"AlarmName": "flows", "Namespace": "AWS/NetworkELB",
         "Dimensions": dimension("LoadBalancer", "net/a/1")},
        {"AlarmName": "cpu", "Dimensions": dimension("InstanceId", "i-1")},
        {"AlarmName": "ratio", "Metrics": [
            {"Id": "m1", "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {
                "Namespace": "AWS/NetworkELB", "MetricName": "X",
                "Dimensions": dimension("LoadBalancer", "net/b/1")}}},
            {"Id": "m2", "Expression": "SEARCH('LoadBalancer=\"net/c/1\"', 'Sum')"}]},
    ]});
    let (page, request) = ask(
        &Call::DescribeAlarms,
        Some("t1"),
        Answer::cbor(200, &answer),
    );
    for part in ["/operation/DescribeAlarms", "MetricAlarm", "t1"] {
        assert!(request.contains(part), "{request}");
    }
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("t2".to_owned())));
    let Facts::Users(users) = page.facts else {
        panic!("users");
    };
    let told: Vec<_> = users
        .iter()
        .map(|user| (user.kind, user.id.as_str(), user.points_at.clone()))
        .collect();
    let metrics = |name: &str| Pointer::Metrics(name.into());
    assert_eq!(
        told,
        [
            (UserKind::Alarm, "flows", vec![metrics("net/a/1")]),
            (
                UserKind::Alarm,
                "ratio",
                vec![metrics("net/b/1"), metrics("net/c/1")]
            ),
        ]
    );
    assert_eq!(users[0].region, Some(id("eu-west-1")));
}

/// 2026-01-01T06:30:00Z.
const MOMENT: i64 = 1_767_249_000;

fn hours() -> Span {
    let day = LookBack::of_days(1).expect("a day");
    Span::hours_before(MOMENT, day)
}

/// The moment at which an hour of the span begins.
fn hour(index: i64) -> i64 {
    hours().from() + index * 3600
}

fn result(query: &str, times: &[i64], values: &[f64]) -> Value {
    let seconds = |time: i64| f64::from(i32::try_from(time).expect("before 2038"));
    let times: Vec<_> = times
        .iter()
        .map(|time| json!({"$time": seconds(*time)}))
        .collect();
    json!({"Id": query, "StatusCode": "Complete", "Timestamps": times, "Values": values})
}

/// A measure of an NLB, one of an ALB, one of a REST stage and one of an HTTP stage.
fn queries() -> Vec<MetricQuery> {
    let alb = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/b/2";
    let stage: StageName = id("prod");
    let query = |of, measure| MetricQuery { of, measure };
    vec![
        query(Measured::LoadBalancer(nlb("a")), Measure::ConsumedLcus),
        query(Measured::LoadBalancer(id(alb)), Measure::RequestCount),
        query(
            Measured::RestStage {
                api_name: "shop é".into(),
                stage: stage.clone(),
            },
            Measure::Count4xx,
        ),
        query(
            Measured::HttpStage {
                api_id: "h1".into(),
                stage,
            },
            Measure::LatencyP95,
        ),
    ]
}

/// A page of metrics of hours, and the request for it.
fn metrics(from: Option<&str>, answer: Value) -> (Result<Page, ReadError>, String) {
    let call = Call::GetMetricData {
        queries: queries(),
        span: hours(),
    };
    ask(&call, from, Answer::cbor(200, &answer))
}

#[test]
fn metrics_are_asked_for_by_the_dimensions_they_have() {
    let (page, request) = metrics(Some("t1"), json!({"MetricDataResults": []}));
    assert_eq!(page.expect("a page").facts, Facts::Series(Vec::new()));
    for part in [
        "/operation/GetMetricData",
        "AWS/NetworkELB",
        "ConsumedLCUs",
        "net/a/1",
        "Average",
        "AWS/ApplicationELB",
        "RequestCount",
        "app/b/2",
        "Sum",
        "AWS/ApiGateway",
        "ApiName",
        "shop ",
        "4XXError",
        "ApiId",
        "h1",
        "Latency",
        "p95",
        "Stage",
        "t1",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
    assert!(!request.contains('é'), "{request}");
}

#[test]
fn values_are_placed_by_their_moment_whatever_their_order() {
    let mut partial = result("q2", &[], &[]);
    partial["StatusCode"] = json!("PartialData");
    let results = json!([
        result("q1", &[hour(23), hour(0)], &[7.0, 0.5]),
        partial,
        result("q0", &[], &[]),
    ]);
    let (page, _) = metrics(
        None,
        json!({"MetricDataResults": results, "NextToken": "t2"}),
    );
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("t2".to_owned())));
    let told = |query: usize, values: &[(u32, f64)], told| Series {
        query: queries()[query].clone(),
        values: values.to_vec(),
        told,
    };
    let expected = vec![
        told(1, &[(23, 7.0), (0, 0.5)], Told::Whole),
        told(2, &[], Told::Partly("PartialData".into())),
        told(0, &[], Told::Whole),
    ];
    assert_eq!(page.facts, Facts::Series(expected));
}

#[test]
fn values_that_have_no_place_are_not_guessed_at() {
    for (results, says) in [
        (result("q0", &[hour(0) + 60], &[1.0]), "no period begins at"),
        (result("q0", &[hour(24)], &[1.0]), "no period begins at"),
        (result("q0", &[hour(-1)], &[1.0]), "no period begins at"),
        (result("q0", &[hour(0)], &[]), "as many Timestamps"),
        (result("q4", &[], &[]), "nothing of this id"),
        (result("flows0", &[], &[]), "nothing of this id"),
    ] {
        let (page, _) = metrics(None, json!({"MetricDataResults": [results]}));
        let error = page.expect_err("no page");
        assert_eq!(error.class, GapClass::Unparseable, "{results}");
        assert!(error.message.contains(says), "{}", error.message);
    }
}
