//! CloudWatch.

use serde_json::json;
use unbridge_model::elb::Traffic;
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

const DAY: u32 = 86_400;

fn result(query: &str, days: &[u32], sums: &[f64]) -> Value {
    let times: Vec<_> = days
        .iter()
        .map(|day| json!({"$time": f64::from(day * DAY)}))
        .collect();
    json!({"Id": query, "StatusCode": "Complete", "Timestamps": times, "Values": sums})
}

fn traffic(results: Value) -> Result<Page, ReadError> {
    let call = Call::GetMetricData {
        load_balancers: vec![nlb("a"), nlb("b")],
    };
    let answer = Answer::cbor(200, &json!({"MetricDataResults": results}));
    let (page, request) = ask(&call, None, answer);
    for part in [
        "NewFlowCount",
        "ProcessedBytes",
        "net/a/1",
        "net/b/1",
        "Sum",
    ] {
        assert!(request.contains(part), "{request}");
    }
    page
}

#[test]
fn traffic_is_summed_and_its_days_counted_once() {
    let page = traffic(json!([
        result("bytes0", &[20_001, 20_002, 20_003], &[0.0, 1e12, 5.0]),
        result("flows0", &[20_002, 20_004], &[3.0, 4.0]),
        result("flows1", &[], &[]),
        result("bytes1", &[], &[]),
    ]));
    let page = page.expect("a page");
    assert_eq!(page.next, None);
    let Facts::Traffic(traffic) = page.facts else {
        panic!("traffic");
    };
    let quiet = Traffic {
        days: 60,
        active_days: 0,
        flows: 0,
        bytes: 0,
    };
    assert_eq!(traffic[&nlb("b")], quiet);
    assert_eq!(
        traffic[&nlb("a")],
        Traffic {
            days: 60,
            active_days: 3,
            flows: 7,
            bytes: 1_000_000_000_005
        }
    );
}

#[test]
fn metrics_that_are_not_complete_are_no_answer() {
    let mut partial = result("flows0", &[], &[]);
    partial["StatusCode"] = json!("PartialData");
    let rest = ["bytes0", "flows1", "bytes1"].map(|query| result(query, &[], &[]));
    let with = |first: Value| Value::Array([vec![first], rest.to_vec()].concat());
    let error = traffic(with(partial)).expect_err("no page");
    assert_eq!(error.class, GapClass::Failed);
    assert!(error.message.ends_with("the result is PartialData"));

    let error = traffic(json!([])).expect_err("no page");
    assert_eq!(error.class, GapClass::Unparseable);
    assert!(error.message.ends_with("NewFlowCount is missing"));
}

#[test]
fn metrics_that_go_on_are_no_answer() {
    let call = Call::GetMetricData {
        load_balancers: Vec::new(),
    };
    let answer = json!({"MetricDataResults": [], "NextToken": "t2"});
    let (page, _) = ask(&call, None, Answer::cbor(200, &answer));
    assert_eq!(page.expect_err("no page").class, GapClass::Failed);
}
