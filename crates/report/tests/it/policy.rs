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
        // The first is what a draft is read with before a run.
        let expected = ["api0", "api1"].map(|api| {
            let all = format!("arn:aws:apigateway:eu-west-1::/restapis/{api}/resources");
            [format!("{all}/*/methods/*/integration"), all]
        });
        let expected = expected.as_flattened().iter();
        assert_eq!(resources, expected.map(String::as_str).collect());
        let Fit::TooLarge(size) = of_methods(300 * 60).fit else {
            panic!("60 APIs fit");
        };
        assert!(size > MOST, "{size}");
    }
}

mod of_organizations {
    use super::*;
    use unbridge_report::policy::{
        BucketPlace, ExternalId, MOST, Principal, RoleName, Rollout, auditor, stack_set, trust,
    };

    const ROLE_ARN: &str = "arn:aws-us-gov:iam::111122223333:role/ops/unbridge@audit";

    fn named<N: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> N {
        text.parse().expect("a name")
    }

    fn rollout(users: OtherUsers) -> Rollout {
        Rollout {
            partition: Partition::Aws,
            users,
            role: named("unbridge-audit"),
            trusted: None,
            external_id: None,
        }
    }

    /// Items of the list under this key, in all statements of the role's policy.
    fn listed<'t>(template: &'t str, key: &str) -> BTreeSet<&'t str> {
        let (_, policies) = template.split_once("      Policies:\n").expect("policies");
        let mut under = "";
        let mut found = BTreeSet::new();
        for line in policies.lines().map(str::trim) {
            match line.strip_prefix("- ") {
                Some(item) if item.starts_with("Sid: ") => under = "",
                Some(item) if under == key => {
                    found.insert(item.trim_start_matches("!Sub ").trim_matches('"'));
                }
                Some(_) => {}
                None => under = line.trim_end_matches(':'),
            }
        }
        found
    }

    #[test]
    fn the_template_allows_what_a_scan_asks_and_nothing_else() {
        for users in [OtherUsers::Read, OtherUsers::Skip] {
            let template = stack_set(&rollout(users));
            let policy = written(Partition::Aws, users);
            assert_eq!(listed(&template, "Action"), all(&policy, "Action"));
            let of_any = all(&policy, "Resource")
                .into_iter()
                .map(|resource| resource.replacen("arn:aws:", "arn:${AWS::Partition}:", 1));
            let expected: BTreeSet<String> = of_any.collect();
            let found = listed(&template, "Resource");
            assert_eq!(found, expected.iter().map(String::as_str).collect());
        }
    }

    #[test]
    fn the_template_is_the_same_role_in_every_partition() {
        let of = |partition| {
            let template = stack_set(&Rollout {
                partition,
                ..rollout(OtherUsers::Read)
            });
            let lines = template.lines().filter(|line| !line.starts_with('#'));
            lines.collect::<Vec<_>>().join("\n")
        };
        for partition in Partition::VARIANTS {
            assert_eq!(of(*partition), of(Partition::Aws));
        }
    }

    #[test]
    fn the_policy_fits_into_a_role() {
        // Source: IAM user guide, "IAM and AWS STS quotas": all inline policies of a role together,
        // white space not counted. The longest word stands for the partition.
        let policy = written(Partition::AwsUsGov, OtherUsers::Read);
        let size = policy.to_string().len();
        assert!(size <= 10_240, "{size}");
    }

    #[test]
    fn what_was_said_is_what_the_template_takes_by_default() {
        let asked = stack_set(&rollout(OtherUsers::Read));
        assert!(asked.contains("ParameterKey=TrustedPrincipal,ParameterValue="));
        assert!(asked.contains("--parameter-overrides TrustedPrincipal="));
        let said = stack_set(&Rollout {
            partition: Partition::AwsUsGov,
            trusted: Some(named(ROLE_ARN)),
            external_id: Some(named("7f3c")),
            role: named("reader"),
            ..rollout(OtherUsers::Read)
        });
        assert!(!said.contains("--parameter"), "{said}");
        for default in [ROLE_ARN, "7f3c", "reader"] {
            let line = format!("    Default: \"{default}\"\n");
            assert_eq!(said.matches(&line).count(), 1, "{default}");
        }
        assert!(said.contains("--regions us-gov-west-1"));
    }

    #[test]
    fn the_trust_policy_names_one_principal_and_the_word_to_say() {
        let trust = |principal: &str, external_id: Option<&str>| -> Value {
            let external_id = external_id.map(named::<ExternalId>);
            let text = trust(Partition::AwsCn, &named(principal), external_id.as_ref());
            serde_json::from_str(&text.expect("JSON")).expect("JSON")
        };
        let account = trust("111122223333", None);
        assert_eq!(
            account["Statement"][0],
            serde_json::json!({
                "Sid": "UnbridgeTakesRole",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws-cn:iam::111122223333:root"},
                "Action": ["sts:AssumeRole"],
            })
        );
        let role = trust("arn:aws-cn:iam::111122223333:role/auditor", Some("a:b/c"));
        let statement = &role["Statement"][0];
        assert_eq!(
            statement["Principal"]["AWS"],
            "arn:aws-cn:iam::111122223333:role/auditor"
        );
        assert_eq!(
            statement["Condition"],
            serde_json::json!({"StringEquals": {"sts:ExternalId": "a:b/c"}})
        );
    }

    fn audits(place: Option<&str>, users: OtherUsers) -> Value {
        let place = place.map(named::<BucketPlace>);
        let role: RoleName = named("unbridge-audit");
        let text = auditor(Partition::Aws, users, &role, place.as_ref()).expect("JSON");
        assert!(text.replace([' ', '\n'], "").len() <= MOST);
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn the_auditor_takes_one_role_and_reads_its_own_account() {
        for users in [OtherUsers::Read, OtherUsers::Skip] {
            let mut policy = audits(None, users);
            let statements = policy["Statement"].as_array_mut().expect("statements");
            let own: Vec<Value> = statements.drain(2..).collect();
            assert_eq!(
                &own,
                written(Partition::Aws, users)["Statement"]
                    .as_array()
                    .expect("all")
            );
            assert_eq!(
                all(&policy, "Resource"),
                ["*", "arn:aws:iam::*:role/unbridge-audit"].into()
            );
            for action in all(&policy, "Action") {
                let lists = action.starts_with("organizations:List");
                assert!(lists || action == "sts:AssumeRole", "{action}");
            }
        }
    }

    #[test]
    fn the_auditor_keeps_to_its_prefix() {
        let whole = audits(Some("tree"), OtherUsers::Read);
        assert_eq!(whole["Statement"][2]["Resource"][0], "arn:aws:s3:::tree");
        assert_eq!(whole["Statement"][2]["Condition"], Value::Null);
        assert_eq!(whole["Statement"][3]["Resource"][0], "arn:aws:s3:::tree/*");
        let below = audits(Some("s3://tree/a/b/"), OtherUsers::Read);
        assert_eq!(below["Statement"][2]["Resource"][0], "arn:aws:s3:::tree");
        assert_eq!(
            below["Statement"][2]["Condition"],
            serde_json::json!({"StringLike": {"s3:prefix": "a/b/*"}})
        );
        assert_eq!(
            below["Statement"][3]["Resource"][0],
            "arn:aws:s3:::tree/a/b/*"
        );
    }

    #[test]
    fn names_that_could_widen_a_policy_or_break_a_template_are_refused() {
        for text in ["", "a b", "a/b", "*", "a\nb", "a\"b", "${x}", "r\u{f6}le"] {
            assert!(text.parse::<RoleName>().is_err(), "{text:?}");
            assert!(text.parse::<Principal>().is_err(), "{text:?}");
        }
        assert!("x".repeat(65).parse::<RoleName>().is_err());
        for text in ["", "a", "a b", "a*", "a\"b", "a$b", "a\nb"] {
            assert!(text.parse::<ExternalId>().is_err(), "{text:?}");
        }
        for text in [
            "",
            "ab",
            "Bucket",
            "bu_cket",
            "bucket/*",
            "bucket/a?",
            "bucket/${x}",
        ] {
            assert!(text.parse::<BucketPlace>().is_err(), "{text:?}");
        }
        for text in [
            "11112222333",
            "arn:aws:iam::111122223333:root/",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::1111:role/a",
            "arn:aws:sts::111122223333:assumed-role/a/b",
            "arn:elsewhere:iam::111122223333:role/a",
        ] {
            assert!(text.parse::<Principal>().is_err(), "{text}");
        }
        let principal: Principal = named(ROLE_ARN);
        assert_eq!(principal.partition(), Some(Partition::AwsUsGov));
    }
}
