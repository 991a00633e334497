//! Every change and every state has its rights, and they are no wider than they have to be.

use std::collections::BTreeSet;

use serde_json::Value;
use strum::VariantArray;

use super::{Need, Right, rights};
use crate::call::Service;
use crate::id::{AccountId, Region, StepId};
use crate::plan::budget::RunCall;
use crate::plan::condition::Condition;
use crate::plan::operation::{Operation, OperationKind};
use crate::plan::{Body, Phase, Step, Undo};
use crate::text::Text;

/// One operation of each kind.
const OPERATIONS: &str = r#"[
  {"kind": "create-security-group", "vpc": "vpc-1", "name": "n", "description": "d", "tags": {}},
  {"kind": "revoke-default-egress", "group": {"known": "sg-1"}},
  {"kind": "authorize-rule", "group": {"known": "sg-1"}, "rule": {"direction": "ingress", "port": 80, "peer": {"known": "sg-2"}}},
  {"kind": "revoke-rule", "group": {"known": "sg-1"}, "rule": {"direction": "egress", "port": 80, "peer": {"known": "sg-2"}}},
  {"kind": "delete-security-group", "group": {"known": "sg-1"}},
  {"kind": "create-vpc-link", "name": "n", "subnets": ["subnet-1"], "security_groups": [], "tags": {}},
  {"kind": "delete-vpc-link", "link": {"known": "v2link"}},
  {"kind": "update-integration", "method": {"api": "rest1", "resource": "res1", "path": "/", "verb": "GET"}, "patch": {"connection_id": {"link": {"known": "v2link"}}}},
  {"kind": "create-deployment", "api": "rest1", "description": "d"},
  {"kind": "delete-deployment", "api": "rest1", "deployment": {"known": "dep1"}},
  {"kind": "create-stage", "api": "rest1", "stage": "proof", "deployment": {"known": "dep1"}, "like": "prod", "tags": {}},
  {"kind": "furnish-stage", "api": "rest1", "stage": "proof", "like": "prod"},
  {"kind": "delete-stage", "api": "rest1", "stage": "proof"},
  {"kind": "set-canary", "api": "rest1", "stage": "prod", "deployment": {"known": "dep1"}, "percent": 10},
  {"kind": "remove-canary", "api": "rest1", "stage": "prod"},
  {"kind": "set-deployment", "api": "rest1", "stage": "prod", "deployment": {"known": "dep1"}},
  {"kind": "create-http-integration", "api": "http1", "like": "int1", "link": {"known": "v2link"}, "listener": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2"},
  {"kind": "delete-http-integration", "api": "http1", "integration": {"known": "int2"}},
  {"kind": "update-route", "api": "http1", "route": "route1", "key": "GET /", "integration": {"known": "int2"}},
  {"kind": "create-http-deployment", "api": "http1", "description": "d"},
  {"kind": "delete-http-deployment", "api": "http1", "deployment": {"known": "dep2"}},
  {"kind": "set-http-deployment", "api": "http1", "stage": "$default", "deployment": {"known": "dep2"}},
  {"kind": "delete-v1-link", "link": "v1link"},
  {"kind": "deregister-target", "group": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1", "target": "arn", "port": 80},
  {"kind": "register-target", "group": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1", "target": "arn", "port": 80},
  {"kind": "delete-load-balancer", "load_balancer": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1"},
  {"kind": "delete-target-group", "group": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1"}
]"#;

/// One state of each kind.
const CONDITIONS: &str = r#"[
  {"kind": "group-stands", "vpc": "vpc-1", "group": {"known": "sg-1"}},
  {"kind": "group-gone", "group": {"known": "sg-1"}},
  {"kind": "rule-stands", "group": {"known": "sg-1"}, "rule": {"direction": "ingress", "port": 80, "peer": {"known": "sg-2"}}},
  {"kind": "rule-gone", "group": {"known": "sg-1"}, "rule": {"direction": "ingress", "port": 80, "peer": {"known": "sg-2"}}},
  {"kind": "default-egress-gone", "group": {"known": "sg-1"}},
  {"kind": "link-available", "link": {"known": "v2link"}},
  {"kind": "link-admitted", "link": {"known": "v2link"}, "load_balancer": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1", "port": 80},
  {"kind": "link-gone", "link": {"known": "v2link"}},
  {"kind": "link-unused", "link": {"known": "v2link"}},
  {"kind": "integration-is", "method": {"api": "rest1", "resource": "res1", "path": "/", "verb": "GET"}, "patch": {"connection_id": {"link": {"known": "v2link"}}}},
  {"kind": "deployment-stands", "api": "rest1", "deployment": {"known": "dep1"}},
  {"kind": "deployment-gone", "api": "rest1", "deployment": {"known": "dep1"}},
  {"kind": "stage-runs", "api": "rest1", "stage": "prod", "deployment": {"known": "dep1"}},
  {"kind": "canary-is", "api": "rest1", "stage": "prod", "deployment": {"known": "dep1"}},
  {"kind": "no-canary", "api": "rest1", "stage": "prod"},
  {"kind": "stage-gone", "api": "rest1", "stage": "prod"},
  {"kind": "stage-furnished", "api": "rest1", "stage": "proof", "like": "prod"},
  {"kind": "stages-alike", "api": "rest1", "stage": "prod", "like": "dev"},
  {"kind": "route-goes-to", "api": "http1", "route": "route1", "integration": {"known": "int2"}},
  {"kind": "http-integration-gone", "api": "http1", "integration": {"known": "int2"}},
  {"kind": "http-deployment-gone", "api": "http1", "deployment": {"known": "dep2"}},
  {"kind": "http-deployment-unused", "api": "http1", "deployment": {"known": "dep2"}},
  {"kind": "http-stage-runs", "api": "http1", "stage": "live", "deployment": {"known": "dep2"}},
  {"kind": "v1-link-unused", "link": "v1link"},
  {"kind": "v1-link-gone", "link": "v1link"},
  {"kind": "target-registered", "group": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1", "target": "arn", "port": 80},
  {"kind": "target-gone", "group": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1", "target": "arn", "port": 80},
  {"kind": "not-protected", "load_balancer": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1"},
  {"kind": "load-balancer-unnamed", "load_balancer": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1", "hosts": "count"},
  {"kind": "load-balancer-gone", "load_balancer": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1"},
  {"kind": "target-group-gone", "group": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1"}
]"#;

fn operations() -> Vec<Operation> {
    serde_json::from_str(OPERATIONS).expect("operations")
}

fn conditions() -> Vec<Condition> {
    serde_json::from_str(CONDITIONS).expect("conditions")
}

fn operation(json: &str) -> Operation {
    serde_json::from_str(json).expect("an operation")
}

fn step(name: &str, operation: Operation) -> Step {
    Step {
        id: StepId::new(name).expect("a step"),
        phase: Phase::Shift,
        forward: Text::new(""),
        backward: Text::new(""),
        preconditions: Vec::new(),
        operation,
        verification: Vec::new(),
        verify_within: 0,
        gate: None,
        undo: Undo::Nothing,
    }
}

fn of_steps(region: &str, steps: Vec<Step>) -> Vec<Right> {
    rights(&Body::of_steps(
        AccountId::new("123456789012").expect("an account"),
        Region::new(region).expect("a region"),
        Text::new("tests"),
        steps,
    ))
}

/// The actions that a right on the way forward, or where the account is so, allows.
fn actions(rights: &[Right]) -> BTreeSet<&'static str> {
    let used = rights
        .iter()
        .filter(|right| matches!(right.need, Need::Forward | Need::Perhaps));
    used.map(|right| right.action).collect()
}

/// IAM's action for a call.
fn action(call: RunCall) -> String {
    let name: &'static str = call.into();
    let service = match call.service() {
        Service::ApiGateway => {
            let verb = match name {
                _ if call.reads() => "GET",
                _ if name.starts_with("Create") => "POST",
                _ if name.starts_with("Update") => "PATCH",
                _ if name.starts_with("Delete") => "DELETE",
                _ => panic!("{name}"),
            };
            return format!("apigateway:{verb}");
        }
        Service::Ec2 => "ec2",
        Service::ElasticLoadBalancing => "elasticloadbalancing",
        Service::Wafv2 => return "wafv2:AssociateWebACL".to_owned(),
        other => panic!("no run calls {other:?}"),
    };
    format!("{service}:{name}")
}

#[test]
fn every_call_of_every_change_is_allowed() {
    let all = operations();
    let kinds: BTreeSet<OperationKind> = all.iter().map(OperationKind::from).collect();
    assert_eq!(kinds.len(), OperationKind::VARIANTS.len());
    for operation in all {
        let calls: Vec<String> = operation.calls().iter().copied().map(action).collect();
        assert!(!calls.is_empty(), "{operation:?}");
        let searched: Vec<String> = operation.search().iter().copied().map(action).collect();
        assert_eq!(searched.is_empty(), operation.makes().is_none());
        let rights = of_steps("eu-west-1", vec![step("one", operation.clone())]);
        let allowed = actions(&rights);
        for call in calls {
            assert!(allowed.contains(call.as_str()), "{call} of {operation:?}");
        }
        for call in searched {
            let found = rights.iter().any(|right| right.action == call);
            assert!(found, "{call} that looks for {operation:?}");
        }
    }
}

#[test]
fn every_call_of_every_look_is_allowed_and_none_that_changes() {
    let all = conditions();
    let schema = serde_json::to_value(schemars::schema_for!(Condition)).expect("a schema");
    let kinds = schema["oneOf"].as_array().map(Vec::len);
    let listed: Value = serde_json::from_str(CONDITIONS).expect("JSON");
    let named: BTreeSet<&str> = listed
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert_eq!(Some(named.len()), kinds, "one of each kind");
    let nothing = operation(
        r#"{"kind": "delete-load-balancer", "load_balancer": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1"}"#,
    );
    for condition in all {
        let calls = condition.calls();
        assert!(!calls.is_empty(), "{condition:?}");
        let mut with = step("one", nothing.clone());
        with.preconditions.push(condition.clone());
        let rights = of_steps("eu-west-1", vec![with]);
        for call in calls {
            assert!(call.reads(), "{call:?}");
            let allowed = actions(&rights);
            assert!(allowed.contains(action(*call).as_str()), "{condition:?}");
        }
        let changes: Vec<_> = rights
            .iter()
            .filter(|right| !right.action.ends_with("GET") && !right.action.contains(":Describe"))
            .filter(|right| right.need != Need::Beside)
            .collect();
        let [delete] = changes.as_slice() else {
            panic!("{condition:?} asks for {changes:?}");
        };
        assert_eq!(delete.action, "elasticloadbalancing:DeleteLoadBalancer");
    }
}

#[test]
fn what_is_known_is_named_and_nothing_else_may_be_changed() {
    let rights = of_steps(
        "eu-west-1",
        operations()
            .into_iter()
            .enumerate()
            .map(|(number, operation)| step(&format!("step-{number}"), operation))
            .collect(),
    );
    let changed: Vec<&str> = rights
        .iter()
        .filter(|right| right.need == Need::Forward && right.action != "apigateway:GET")
        .filter(|right| !right.action.contains(":Describe"))
        .map(|right| right.resource.as_str())
        .collect();
    let open: BTreeSet<&str> = changed
        .iter()
        .copied()
        .filter(|resource| resource.contains('*'))
        .collect();
    // A group that is made, the VPC of whoever owns it, and a stage whose name has a character that
    // may stand encoded.
    assert_eq!(
        open,
        BTreeSet::from([
            "arn:aws:apigateway:eu-west-1::/apis/http1/stages/*default",
            "arn:aws:ec2:eu-west-1:*:vpc/vpc-1",
            "arn:aws:ec2:eu-west-1:123456789012:security-group/*",
        ])
    );
    assert!(changed.contains(
        &"arn:aws:apigateway:eu-west-1::/restapis/rest1/resources/res1/methods/GET/integration"
    ));
}

#[test]
fn what_a_step_makes_is_told_from_others_by_its_tag() {
    let create = |tags: &str| {
        let json = r#"{"kind": "create-security-group", "vpc": "vpc-1", "name": "n", "description": "d", "tags": TAGS}"#;
        step("group", operation(&json.replace("TAGS", tags)))
    };
    let delete = r#"{"kind": "delete-security-group", "group": {"from": "group"}}"#;
    let only = |tags: &str| {
        let rights = of_steps(
            "eu-west-1",
            vec![create(tags), step("gone", operation(delete))],
        );
        let mut found = rights
            .iter()
            .filter(|right| right.action == "ec2:DeleteSecurityGroup");
        let only = found.next().and_then(|right| right.only.clone());
        assert_eq!(found.next(), None);
        let only = only.expect("a condition");
        (only.operator, only.key, only.value)
    };
    assert_eq!(
        only(r#"{"unbridge:plan": "abc${aws:x}", "team": "shop"}"#),
        (
            "StringEquals",
            "aws:ResourceTag/unbridge:plan".to_owned(),
            "abc${$}{aws:x}".to_owned()
        )
    );
    assert_eq!(
        only("{}"),
        (
            "Null",
            "aws:ResourceTag/unbridge:run".to_owned(),
            "false".to_owned()
        )
    );
}

#[test]
fn a_right_that_is_needed_twice_is_noted_at_its_first_need() {
    let stage = r#"{"kind": "delete-stage", "api": "rest1", "stage": "prod"}"#;
    let mut one = step("one", operation(stage));
    let get = |rights: &[Right]| {
        let mut found = rights
            .iter()
            .filter(|right| right.action == "apigateway:GET");
        (found.next().map(|right| right.need), found.count())
    };
    assert_eq!(
        get(&of_steps("eu-west-1", vec![one.clone()])),
        (Some(Need::Lost), 0)
    );
    let gone = r#"[{"kind": "stage-gone", "api": "rest1", "stage": "prod"}]"#;
    one.verification = serde_json::from_str(gone).expect("conditions");
    assert_eq!(
        get(&of_steps("eu-west-1", vec![one])),
        (Some(Need::Forward), 0)
    );
}

#[test]
fn arns_name_the_partition_of_the_region() {
    for (region, partition) in [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
    ] {
        let steps = operations()
            .into_iter()
            .take(20)
            .enumerate()
            .map(|(number, operation)| step(&format!("step-{number}"), operation));
        let rights = of_steps(region, steps.collect());
        let beginning = format!("arn:{partition}:");
        for right in rights {
            let fits = right.resource == "*" || right.resource.starts_with(&beginning);
            assert!(fits, "{right:?}");
        }
    }
}
