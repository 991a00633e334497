//! What CloudWatch measured, over the wire.

use serde_json::{Value, json};
use unbridge_model::elb::Traffic;
use unbridge_model::snapshot::Snapshot;
use unbridge_model::snapshot::read::read;
use unbridge_model::usage::{Measure, Usage};

use crate::harness::{Account, Desk, emulator, list, text};

/// The accounts' region.
const REGION: &str = "us-east-1";

fn put(account: &Account, kind: &str, items: Value) {
    let body = json!({ "account": account.id, "region": REGION, "kind": kind, "items": items });
    emulator().post("put", &body);
}

fn tail(account: &Account, name: &str) -> String {
    let arn = account.load_balancer(name);
    let (_, tail) = arn.split_once("loadbalancer/").expect("an ARN");
    tail.to_owned()
}

/// Values of a metric of a load balancer, one an hour, in turn, over the last 40 days.
fn hourly(account: &Account, name: &str, metric: &str, values: Value) -> Value {
    let tail = tail(account, name);
    let namespace = if tail.starts_with("net/") {
        "AWS/NetworkELB"
    } else {
        "AWS/ApplicationELB"
    };
    json!({
        "Namespace": namespace, "MetricName": metric, "Dimensions": { "LoadBalancer": tail },
        "StartTime": -40 * 86400, "Values": values,
    })
}

/// Values of a metric of a stage, one a minute, in turn, over the last three hours.
fn every_minute(dimensions: Value, metric: &str, values: Value) -> Value {
    json!({
        "Namespace": "AWS/ApiGateway", "MetricName": metric, "Dimensions": dimensions,
        "StartTime": -3 * 3600, "Period": 60, "Values": values,
    })
}

fn snapshot(desk: &Desk) -> Snapshot {
    read(desk.snapshot("account.jsonl").as_bytes()).expect("a snapshot")
}

/// The usage of the thing of this name: `usage:net/...`, `usage:API/STAGE`.
fn usage<'s>(snapshot: &'s Snapshot, name: &str) -> &'s Usage {
    let all = snapshot.regions.values().flat_map(|facts| &facts.usage);
    let mut named = all.filter(|(of, _)| of.to_string() == format!("usage:{name}"));
    named
        .next()
        .unwrap_or_else(|| panic!("no usage of {name}"))
        .1
}

/// The value of the last full hour.
fn last(usage: &Usage, measure: Measure) -> Option<f64> {
    let values = usage.values(measure).expect("it was read");
    *values.last().expect("datapoints")
}

fn traffic(snapshot: &Snapshot, nlb: &str) -> Option<Traffic> {
    let mut all = snapshot
        .regions
        .values()
        .flat_map(|facts| facts.load_balancers.values());
    all.find(|lb| lb.name == nlb).expect("the NLB").traffic
}

#[test]
fn values_arrive_page_by_page_where_they_belong() {
    let account = emulator().parts(&["billing", "front"]);
    let front = account.seeded["apis"]["front-api"]["id"].as_str();
    let front = front.expect("an id").to_owned();
    let rest = json!({ "ApiName": "billing-api", "Stage": "prod" });
    let http = json!({ "ApiId": front, "Stage": "prod" });
    let minutes: Vec<u32> = (1..=60).collect();
    put(
        &account,
        "metrics",
        json!([
            hourly(&account, "billing-nlb", "NewFlowCount", json!([1, null, 3])),
            hourly(&account, "billing-nlb", "ConsumedLCUs", json!([0.125])),
            hourly(&account, "billing-alb", "RequestCount", json!([50])),
            hourly(
                &account,
                "billing-alb",
                "HTTPCode_ELB_5XX_Count",
                json!([2])
            ),
            every_minute(rest.clone(), "Latency", json!(minutes)),
            every_minute(rest.clone(), "4XXError", json!([1])),
            every_minute(http.clone(), "IntegrationLatency", json!(minutes)),
            every_minute(http, "4xx", json!([2])),
        ]),
    );
    put(&account, "metric_pages", json!([{ "Datapoints": 500 }]));
    let desk = Desk::new();
    let report = desk.scan(&account, &[]).run().report();
    assert!(report.gaps().is_empty(), "{:?}", report.gaps());
    let seen = snapshot(&desk);

    let nlb = usage(&seen, &tail(&account, "billing-nlb"));
    assert_eq!((nlb.period, nlb.periods), (3600, 720));
    let flows = nlb.values(Measure::NewFlowCount).expect("flows");
    assert_eq!(flows.len(), 720);
    for pair in flows.windows(2) {
        let next = match pair[0] {
            Some(1.0) => None,
            None => Some(3.0),
            _ => Some(1.0),
        };
        assert_eq!(pair[1], next, "{pair:?}");
    }
    let units = nlb.values(Measure::ConsumedLcus).expect("units");
    assert_eq!(units, [Some(0.125); 720]);
    assert_eq!(
        nlb.values(Measure::ProcessedBytes),
        Some(&[][..]),
        "nothing seen"
    );
    let alb = usage(&seen, &tail(&account, "billing-alb"));
    assert_eq!(last(alb, Measure::RequestCount), Some(50.0));
    assert_eq!(last(alb, Measure::Elb5xx), Some(2.0));

    let stage = usage(&seen, "billing-api/prod");
    assert_eq!(last(stage, Measure::LatencyP50), Some(30.5));
    let p95 = last(stage, Measure::LatencyP95).expect("a value");
    assert!((57.0..58.0).contains(&p95), "{p95}");
    assert_eq!(last(stage, Measure::Count4xx), Some(60.0));
    let stage = usage(&seen, &format!("{front}/prod"));
    assert_eq!(last(stage, Measure::IntegrationLatencyP50), Some(30.5));
    assert_eq!(last(stage, Measure::Count4xx), Some(120.0));

    let traffic = traffic(&seen, "billing-nlb").expect("its traffic");
    assert!((40..=41).contains(&traffic.active_days), "{traffic:?}");
    let asked = account.calls()["monitoring:GetMetricData"];
    // 4 x 720 values of load balancers alone, on pages of 500.
    assert!(asked > 6, "{asked} calls");
}

#[test]
fn what_is_not_told_to_its_end_is_unknown_and_changes_no_verdict() {
    let account = emulator().parts(&["billing"]);
    let mut units = hourly(&account, "billing-nlb", "ConsumedLCUs", json!([1]));
    let flows = hourly(&account, "billing-nlb", "NewFlowCount", json!([9]));
    let desk = Desk::new();
    put(&account, "metrics", json!([units, flows]));
    let whole = desk.scan(&account, &[]).run();
    whole.expect_code(0);
    let verdict = whole.report().verdict("billing-nlb");

    units["StatusCode"] = json!("InternalError");
    put(&account, "metrics", json!([units]));
    let partial = desk.scan(&account, &[]).run();
    partial.expect_code(4);
    let report = partial.report();
    let [gap] = &report.gaps()[..] else {
        panic!("{:?}", report.gaps());
    };
    assert_eq!(gap["class"], "failed");
    assert_eq!(gap["message"], "ConsumedLCUs: InternalError");
    assert_eq!(report.verdict("billing-nlb"), verdict);
    let seen = snapshot(&desk);
    let nlb = usage(&seen, &tail(&account, "billing-nlb"));
    assert_eq!(nlb.values(Measure::ConsumedLcus), None);
    assert_eq!(last(nlb, Measure::NewFlowCount), Some(9.0));
}

#[test]
fn a_denied_usage_is_unknown_and_changes_no_verdict() {
    let account = emulator().parts(&["billing"]);
    let flows = hourly(&account, "billing-nlb", "NewFlowCount", json!([9]));
    put(&account, "metrics", json!([flows]));
    let desk = Desk::new();
    let verdict = desk
        .scan(&account, &[])
        .run()
        .report()
        .verdict("billing-nlb");
    // The one call that asks about stages; traffic is asked for apart from it.
    account.faults(json!([{
        "service": "monitoring", "action": "GetMetricData", "body": "AWS/ApiGateway",
        "kind": "deny", "times": -1,
    }]));
    let denied = desk.scan(&account, &[]).run();
    denied.expect_code(4);
    let report = denied.report();
    assert_eq!(report.gaps().len(), 1, "{:?}", report.gaps());
    assert_eq!(report.verdict("billing-nlb"), verdict);
    let seen = snapshot(&desk);
    assert!(seen.regions.values().all(|facts| facts.usage.is_empty()));
    assert!(traffic(&seen, "billing-nlb").is_some_and(|traffic| traffic.flows > 0));
}

#[test]
fn reserved_capacity_is_a_line_of_the_costs_and_a_denied_call_says_so_h22() {
    let account = emulator().parts(&["billing"]);
    let reserve = |units: u32| {
        let arn = account.load_balancer("billing-nlb");
        let item = json!({ "LoadBalancerArn": arn, "CapacityUnits": units });
        put(&account, "capacity_reservations", json!([item]));
    };
    let desk = Desk::new();
    let costs = || {
        let report = desk.scan(&account, &[]).run().report();
        let nlb = report.nlb("billing-nlb");
        let components = list(&nlb["monthly_cost"]["components"]).iter();
        let items: Vec<_> = components.map(|one| text(&one["item"])).collect();
        (items, nlb["cost_reason"].to_string(), report)
    };
    let (items, left_out, none) = costs();
    assert!(
        !items.contains(&"reserved-nlcu-hour".to_owned()),
        "{items:?}"
    );
    assert!(!left_out.contains("capacity reservations"), "{left_out}");
    reserve(5500);
    let (items, _, reserved) = costs();
    assert!(
        items.contains(&"reserved-nlcu-hour".to_owned()),
        "{items:?}"
    );
    assert_eq!(reserved.verdict("billing-nlb"), none.verdict("billing-nlb"));
    account.faults(json!([{
        "service": "elasticloadbalancing", "action": "DescribeCapacityReservation",
        "kind": "deny", "times": -1,
    }]));
    let (items, left_out, denied) = costs();
    assert!(
        !items.contains(&"reserved-nlcu-hour".to_owned()),
        "{items:?}"
    );
    assert!(left_out.contains("capacity reservations"), "{left_out}");
    assert_eq!(denied.gaps().len(), 1);
}
