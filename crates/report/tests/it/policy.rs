//! The policy for a scan: exactly what the calls need, and what the documentation shows.

use std::collections::BTreeSet;

use serde_json::Value;
use strum::VariantArray;
use unbridge_model::call::CallKind;
use unbridge_report::policy::{OtherUsers, Partition, scan};

const PERMISSIONS: &str = include_str!("../../../../docs/permissions.md");

fn written(partition: Partition, users: OtherUsers) -> Value {
    let text = scan(partition, users).expect("JSON");
    serde_json::from_str(&text).expect("JSON")
}

fn texts(value: &Value) -> Vec<&str> {
    let all = value.as_array().into_iter().flatten();
    all.map(|one| one.as_str().expect("a text")).collect()
}

/// Every action or resource of a policy.
fn all<'p>(policy: &'p Value, key: &str) -> BTreeSet<&'p str> {
    let statements = policy["Statement"].as_array().expect("statements");
    statements
        .iter()
        .flat_map(|statement| texts(&statement[key]))
        .collect()
}

#[test]
fn it_allows_what_the_calls_need_and_nothing_else() {
    let policy = written(Partition::Aws, OtherUsers::Read);
    let mut needed: BTreeSet<&str> = CallKind::VARIANTS
        .iter()
        .map(|kind| kind.iam_action())
        .collect();
    needed.extend([
        "ec2:DescribeRegions",
        "elasticloadbalancing:GetLoadBalancerWebACL",
        "wafv2:GetWebACL",
    ]);
    assert_eq!(all(&policy, "Action"), needed);
    let writes = ["Create", "Put", "Delete", "Update", "Modify", "POST", "*"];
    for action in all(&policy, "Action") {
        assert!(!writes.iter().any(|word| action.contains(word)), "{action}");
    }
}

#[test]
fn it_is_a_policy_that_iam_takes() {
    let policy = written(Partition::Aws, OtherUsers::Read);
    assert_eq!(policy["Version"], "2012-10-17");
    let mut sids = BTreeSet::new();
    for statement in policy["Statement"].as_array().expect("statements") {
        let sid = statement["Sid"].as_str().expect("a name");
        assert!(
            sid.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{sid}"
        );
        assert!(sids.insert(sid), "{sid} twice");
        assert_eq!(statement["Effect"], "Allow");
        assert!(!texts(&statement["Action"]).is_empty());
        assert!(!texts(&statement["Resource"]).is_empty());
    }
    // Source: IAM user guide, "IAM and AWS STS quotas": a managed policy, white space not counted.
    let size = policy.to_string().len();
    assert!(size <= 6144, "{size}");
}

#[test]
fn api_gateway_is_opened_only_where_calls_go() {
    let policy = written(Partition::Aws, OtherUsers::Read);
    let arns: BTreeSet<String> = [
        "/apis",
        "/apis/*",
        "/domainnames",
        "/domainnames/*",
        "/restapis",
        "/restapis/*",
        "/vpclinks",
    ]
    .map(|path| format!("arn:aws:apigateway:*::{path}"))
    .into();
    let opened: BTreeSet<String> = all(&policy, "Resource")
        .into_iter()
        .filter(|resource| *resource != "*")
        .map(str::to_owned)
        .collect();
    assert_eq!(opened, arns);
}

#[test]
fn skipping_users_leaves_their_services_out() {
    let policy = written(Partition::Aws, OtherUsers::Skip);
    let actions = all(&policy, "Action");
    for service in ["route53:", "globalaccelerator:", "cloudfront:"] {
        assert!(!actions.iter().any(|action| action.starts_with(service)));
    }
    assert!(!actions.contains("cloudwatch:DescribeAlarms"));
    assert!(actions.contains("cloudwatch:GetMetricData"));
    assert!(actions.contains("ec2:DescribeVpcEndpointConnections"));
    let everything = written(Partition::Aws, OtherUsers::Read);
    assert!(actions.is_subset(&all(&everything, "Action")));
}

#[test]
fn arns_name_the_partition() {
    for partition in Partition::VARIANTS {
        let policy = written(*partition, OtherUsers::Read);
        let arns = all(&policy, "Resource");
        let beginning = format!("arn:{}:apigateway:", partition.word());
        assert!(
            arns.iter()
                .all(|arn| *arn == "*" || arn.starts_with(&beginning))
        );
    }
}

#[test]
fn the_documentation_shows_it() {
    let block = PERMISSIONS
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("\n```").next());
    let shown = block.expect("a policy in docs/permissions.md");
    let policy = scan(Partition::Aws, OtherUsers::Read).expect("JSON");
    assert_eq!(
        shown, policy,
        "`unbridge policy scan` prints what belongs there"
    );
}

#[test]
fn the_documentation_names_every_call() {
    for kind in CallKind::VARIANTS {
        let (_, operation) = kind.name().split_once(':').expect("service:Operation");
        assert!(
            PERMISSIONS.contains(&format!("`{operation}`")),
            "{operation}"
        );
    }
}

mod of_plans {
    use std::collections::BTreeMap;

    use super::*;
    use unbridge_model::id::{AccountId, Region, StepId};
    use unbridge_model::plan::operation::Operation;
    use unbridge_model::plan::{Body, Phase, Plan, Step, Undo};
    use unbridge_model::text::Text;
    use unbridge_report::policy::{Fit, MOST, PlanPolicy, plan};

    const ORDERS: &str = include_str!("../../../../fixtures/plans/orders.plan.json");

    fn patch(number: usize) -> Operation {
        let json = r#"{"kind": "update-integration", "method": {"api": "API", "resource": "res", "path": "/", "verb": "GET"}, "patch": {"connection_id": {"link": {"known": "v2link"}}}}"#;
        let json = json.replace("API", &format!("api{}", number / 300));
        let json = json.replace("res\"", &format!("res{number}\""));
        serde_json::from_str(&json).expect("an operation")
    }

    /// A plan that changes so many methods, 300 of an API.
    fn of_methods(count: usize) -> PlanPolicy {
        let steps = (0..count).map(|number| Step {
            id: StepId::new(format!("step-{number}")).expect("a step"),
            phase: Phase::Rewire,
            forward: Text::new(""),
            backward: Text::new(""),
            preconditions: Vec::new(),
            operation: patch(number),
            verification: Vec::new(),
            verify_within: 0,
            gate: None,
            undo: Undo::Nothing,
        });
        let body = Body::of_steps(
            AccountId::new("123456789012").expect("an account"),
            Region::new("eu-west-1").expect("a region"),
            Text::new("tests"),
            steps.collect(),
        );
        plan(&body).expect("JSON")
    }

    fn read(policy: &PlanPolicy) -> Value {
        serde_json::from_str(&policy.text).expect("JSON")
    }

    #[test]
    fn it_is_a_policy_that_iam_takes() {
        let orders = Plan::parse(ORDERS).expect("a plan");
        let policy = plan(&orders.body).expect("JSON");
        assert_eq!(policy.fit, Fit::Widened);
        let read = read(&policy);
        assert!(read.to_string().len() <= MOST);
        assert_eq!(read["Version"], "2012-10-17");
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for statement in read["Statement"].as_array().expect("statements") {
            let sid = statement["Sid"].as_str().expect("a name");
            assert!(sid.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            *seen.entry(sid).or_default() += 1;
            assert_eq!(statement["Effect"], "Allow");
            assert!(!texts(&statement["Action"]).is_empty());
            assert!(!texts(&statement["Resource"]).is_empty());
            let open = texts(&statement["Action"]).iter().any(|a| a.contains('*'));
            assert!(!open, "{sid} allows more than it names");
        }
        assert!(seen.values().all(|count| *count == 1), "{seen:?}");
    }

    #[test]
    fn methods_are_named_one_by_one_until_iam_takes_no_more() {
        let few = of_methods(20);
        assert_eq!(few.fit, Fit::Exact);
        assert!(
            few.text
                .contains("/resources/res19/methods/GET/integration")
        );
        let many = of_methods(600);
        assert_eq!(many.fit, Fit::Widened);
        let read = read(&many);
        let mut resources = all(&read, "Resource");
        resources.retain(|resource| resource.contains(":apigateway:"));
        let expected = ["api0", "api1"].map(|api| {
            format!(
                "arn:aws:apigateway:eu-west-1::/restapis/{api}/resources/*/methods/*/integration"
            )
        });
        assert_eq!(resources, expected.iter().map(String::as_str).collect());
        let Fit::TooLarge(size) = of_methods(300 * 60).fit else {
            panic!("60 APIs fit");
        };
        assert!(size > MOST, "{size}");
    }
}
