//! A plan with a step for every kind of operation and every kind of condition, whose texts would
//! harm whoever lets them.

use serde_json::{Value, json};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::plan::operation::OperationKind;
use unbridge_model::plan::{Body, Phase, Plan, Step};
use unbridge_model::text::Text;

/// Ends quotes, comments and blocks, runs commands, hides what follows.
pub(crate) const HOSTILE: &str = "'; touch pwned; '\"$(touch pwned)`touch pwned`${x}\n```\n# touch pwned\r\n<script>alert(1)</script> [a](http://b) @all #1 | \u{202e}\u{1b}[2J\\ file://x -- end";

const ALB: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/orders/1";
const LISTENER: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/orders/1/2";
const GROUP: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders/1";
/// A name that AWS would not give, and that a file may hold.
const STAGE: &str = "file://'$(touch\t";

fn step(id: &str, phase: &str, operation: Value, undo: Value) -> Value {
    json!({
        "id": id, "phase": phase, "forward": HOSTILE, "backward": HOSTILE,
        "operation": operation, "verify_within": 60, "undo": undo,
    })
}

fn back(operation: Value) -> Value {
    json!({ "kind": "operation", "operation": operation })
}

fn nothing() -> Value {
    json!({ "kind": "nothing" })
}

fn from(step: &str) -> Value {
    json!({ "from": step })
}

fn steps() -> Vec<Value> {
    let stage = STAGE.replace('\t', ")'");
    let rule =
        |direction: &str| json!({ "direction": direction, "port": 80, "peer": from("group") });
    let alb_group = json!({ "known": "sg-1" });
    let method = json!({ "api": "api1", "resource": "res1", "path": HOSTILE, "verb": "ANY" });
    let new = json!({
        "connection_id": { "link": from("link") }, "integration_target": ALB,
        "uri": "https://orders.example/'$(touch pwned)`{x}",
    });
    let old = json!({ "connection_id": { "template": HOSTILE } });
    let tags = json!({ HOSTILE: HOSTILE });
    let mut steps = vec![
        step(
            "group",
            "prepare",
            json!({ "kind": "create-security-group", "vpc": "vpc-1", "name": HOSTILE, "description": HOSTILE, "tags": tags }),
            back(json!({ "kind": "delete-security-group", "group": from("group") })),
        ),
        step(
            "closed",
            "prepare",
            json!({ "kind": "revoke-default-egress", "group": from("group") }),
            nothing(),
        ),
        step(
            "ingress",
            "prepare",
            json!({ "kind": "authorize-rule", "group": alb_group, "rule": rule("ingress") }),
            back(json!({ "kind": "revoke-rule", "group": alb_group, "rule": rule("ingress") })),
        ),
        step(
            "no-ingress",
            "prepare",
            json!({ "kind": "revoke-rule", "group": alb_group, "rule": rule("egress") }),
            back(json!({ "kind": "authorize-rule", "group": alb_group, "rule": rule("egress") })),
        ),
        step(
            "link",
            "prepare",
            json!({ "kind": "create-vpc-link", "name": HOSTILE, "subnets": ["subnet-1"], "security_groups": [from("group")], "tags": tags }),
            back(json!({ "kind": "delete-vpc-link", "link": from("link") })),
        ),
        step(
            "rewire",
            "rewire",
            json!({ "kind": "update-integration", "method": method, "patch": new }),
            back(json!({ "kind": "update-integration", "method": method, "patch": old })),
        ),
        step(
            "deploy",
            "shift",
            json!({ "kind": "create-deployment", "api": "api1", "description": HOSTILE }),
            back(
                json!({ "kind": "delete-deployment", "api": "api1", "deployment": from("deploy") }),
            ),
        ),
        step(
            "stage",
            "shift",
            json!({ "kind": "create-stage", "api": "api1", "stage": "unbridge-proof", "deployment": from("deploy"), "like": stage, "tags": tags }),
            back(json!({ "kind": "delete-stage", "api": "api1", "stage": "unbridge-proof" })),
        ),
        step(
            "furnish",
            "shift",
            json!({ "kind": "furnish-stage", "api": "api1", "stage": "unbridge-proof", "like": stage }),
            nothing(),
        ),
        step(
            "no-stage",
            "shift",
            json!({ "kind": "delete-stage", "api": "api1", "stage": "unbridge-proof" }),
            nothing(),
        ),
        step(
            "canary",
            "shift",
            json!({ "kind": "set-canary", "api": "api1", "stage": stage, "deployment": from("deploy"), "percent": 10 }),
            back(json!({ "kind": "remove-canary", "api": "api1", "stage": stage })),
        ),
        step(
            "no-canary",
            "shift",
            json!({ "kind": "remove-canary", "api": "api1", "stage": stage }),
            nothing(),
        ),
        step(
            "promote",
            "shift",
            json!({ "kind": "set-deployment", "api": "api1", "stage": stage, "deployment": from("deploy") }),
            back(
                json!({ "kind": "set-deployment", "api": "api1", "stage": stage, "deployment": { "known": "old1" } }),
            ),
        ),
        step(
            "integration",
            "shift",
            json!({ "kind": "create-http-integration", "api": "http1", "like": "int1", "link": from("link"), "listener": LISTENER }),
            back(
                json!({ "kind": "delete-http-integration", "api": "http1", "integration": from("integration") }),
            ),
        ),
        step(
            "route",
            "shift",
            json!({ "kind": "update-route", "api": "http1", "route": "route1", "key": HOSTILE, "integration": from("integration") }),
            back(
                json!({ "kind": "update-route", "api": "http1", "route": "route1", "key": HOSTILE, "integration": { "known": "int1" } }),
            ),
        ),
        step(
            "http-deploy",
            "shift",
            json!({ "kind": "create-http-deployment", "api": "http1", "description": HOSTILE }),
            back(
                json!({ "kind": "delete-http-deployment", "api": "http1", "deployment": from("http-deploy") }),
            ),
        ),
        step(
            "http-deployment-gone",
            "tidy-up",
            json!({ "kind": "delete-http-deployment", "api": "http1", "deployment": { "known": "old1" } }),
            nothing(),
        ),
        step(
            "http-set",
            "shift",
            json!({ "kind": "set-http-deployment", "api": "http1", "stage": stage, "deployment": from("http-deploy") }),
            back(
                json!({ "kind": "set-http-deployment", "api": "http1", "stage": stage, "deployment": { "known": "old1" } }),
            ),
        ),
        step(
            "deployment-gone",
            "tidy-up",
            json!({ "kind": "delete-deployment", "api": "api1", "deployment": { "known": "old1" } }),
            nothing(),
        ),
        step(
            "integration-gone",
            "tidy-up",
            json!({ "kind": "delete-http-integration", "api": "http1", "integration": { "known": "int1" } }),
            nothing(),
        ),
        step(
            "link-gone",
            "tidy-up",
            json!({ "kind": "delete-vpc-link", "link": { "known": "link1" } }),
            nothing(),
        ),
        step(
            "group-gone",
            "tidy-up",
            json!({ "kind": "delete-security-group", "group": { "known": "sg-2" } }),
            nothing(),
        ),
        step(
            "target",
            "tidy-up",
            json!({ "kind": "register-target", "group": GROUP, "target": HOSTILE, "port": 80 }),
            back(
                json!({ "kind": "deregister-target", "group": GROUP, "target": HOSTILE, "port": 80 }),
            ),
        ),
        step(
            "quarantine",
            "retire",
            json!({ "kind": "deregister-target", "group": GROUP, "target": HOSTILE, "port": 80 }),
            back(
                json!({ "kind": "register-target", "group": GROUP, "target": HOSTILE, "port": 80 }),
            ),
        ),
        step(
            "no-link",
            "retire",
            json!({ "kind": "delete-v1-link", "link": "link1" }),
            json!({ "kind": "impossible", "why": HOSTILE }),
        ),
        step(
            "no-nlb",
            "retire",
            json!({ "kind": "delete-load-balancer", "load_balancer": ALB }),
            json!({ "kind": "impossible", "why": HOSTILE }),
        ),
        step(
            "no-group",
            "retire",
            json!({ "kind": "delete-target-group", "group": GROUP }),
            json!({ "kind": "impossible", "why": HOSTILE }),
        ),
    ];
    let conditions = conditions(&stage, &method, &new, &old);
    for step in &mut steps {
        if ["http-set", "no-nlb"].contains(&step["id"].as_str().unwrap_or_default()) {
            step["preconditions"] = conditions.clone();
            step["verification"] = conditions.clone();
        }
        match step["id"].as_str() {
            Some("stage") => {
                step["gate"] =
                    json!({ "kind": "proof", "api": "api1", "stage": stage, "like": stage })
            }
            Some("canary") => {
                step["gate"] =
                    json!({ "kind": "bake", "api": "api1", "stage": stage, "seconds": 300 })
            }
            Some("route") => {
                step["gate"] = json!({ "kind": "bake-http", "api": "http1", "stages": [stage], "seconds": 300 })
            }
            Some("promote") => step["gate"] = json!({ "kind": "drain", "seconds": 149 }),
            _ => {}
        }
    }
    steps
}

fn conditions(stage: &str, method: &Value, new: &Value, old: &Value) -> Value {
    let (group, link, deployment) = (from("group"), from("link"), from("deploy"));
    let rule = json!({ "direction": "ingress", "port": 80, "peer": { "known": "sg-1" } });
    json!([
        { "kind": "group-stands", "vpc": "vpc-1", "group": group },
        { "kind": "group-gone", "group": group },
        { "kind": "rule-stands", "group": group, "rule": rule },
        { "kind": "rule-gone", "group": group, "rule": rule },
        { "kind": "default-egress-gone", "group": group },
        { "kind": "link-available", "link": link },
        { "kind": "link-gone", "link": link },
        { "kind": "link-admitted", "link": link, "load_balancer": ALB, "port": 80 },
        { "kind": "link-unused", "link": link },
        { "kind": "v1-link-unused", "link": "link1" },
        { "kind": "load-balancer-unnamed", "load_balancer": ALB, "hosts": "count" },
        { "kind": "integration-is", "method": method, "patch": new },
        { "kind": "integration-is", "method": method, "patch": old },
        { "kind": "deployment-stands", "api": "api1", "deployment": deployment },
        { "kind": "deployment-gone", "api": "api1", "deployment": deployment },
        { "kind": "stage-runs", "api": "api1", "stage": stage, "deployment": deployment },
        { "kind": "canary-is", "api": "api1", "stage": stage, "deployment": deployment, "percent": 10 },
        { "kind": "no-canary", "api": "api1", "stage": stage },
        { "kind": "stage-gone", "api": "api1", "stage": stage },
        { "kind": "stages-alike", "api": "api1", "stage": stage, "like": "prod" },
        { "kind": "stages-alike", "api": "api1", "stage": "proof", "like": "prod", "but": [{ "method": method, "patch": new }] },
        { "kind": "route-goes-to", "api": "http1", "route": "route1", "integration": from("integration") },
        { "kind": "http-integration-gone", "api": "http1", "integration": from("integration") },
        { "kind": "stage-furnished", "api": "api1", "stage": stage, "like": "prod" },
        { "kind": "http-deployment-gone", "api": "http1", "deployment": from("http-deploy") },
        { "kind": "http-deployment-unused", "api": "http1", "deployment": from("http-deploy") },
        { "kind": "http-stage-runs", "api": "http1", "stage": stage, "deployment": from("http-deploy") },
        { "kind": "v1-link-gone", "link": "link1" },
        { "kind": "target-registered", "group": GROUP, "target": HOSTILE, "port": 80 },
        { "kind": "target-gone", "group": GROUP, "target": HOSTILE, "port": 80 },
        { "kind": "not-protected", "load_balancer": ALB },
        { "kind": "load-balancer-gone", "load_balancer": ALB },
        { "kind": "target-group-gone", "group": GROUP },
    ])
}

/// The plan.
pub(crate) fn plan() -> Plan {
    let steps: Vec<Step> = steps()
        .into_iter()
        .map(|step| {
            serde_json::from_value(step.clone()).unwrap_or_else(|error| panic!("{step}: {error}"))
        })
        .collect();
    let kinds: std::collections::BTreeSet<OperationKind> = steps
        .iter()
        .map(|step| OperationKind::from(&step.operation))
        .collect();
    let all = <OperationKind as strum::VariantArray>::VARIANTS;
    assert_eq!(kinds.len(), all.len(), "a kind of operation has no step");
    assert!(steps.iter().any(|step| step.phase == Phase::Retire));
    let mut body = Body::of_steps(
        AccountId::new("111122223333").expect("an account"),
        Region::new("eu-west-1").expect("a region"),
        Text::new(HOSTILE),
        steps,
    );
    body.complete = false;
    body.missing = vec![Text::new(HOSTILE)];
    body.check().expect("a plan that fits together");
    Plan::new(Text::new("0.1.0"), body)
}
