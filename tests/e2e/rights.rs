//! `unbridge policy plan` allows what carrying a plan out and taking it back calls, and nothing
//! else: the writer performs every kind of change over the emulator, and each request in its journal
//! is compared with the policy.
//!
//! The emulator's journal does not tell the resources of EC2, Elastic Load Balancing and WAF: for
//! these only actions are compared. What they are is for the unit tests of the rights.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strum::VariantArray;
use unbridge_model::apigateway::Verb;
use unbridge_model::id::{AccountId, RunId, StepId};
use unbridge_model::journal::Owner;
use unbridge_model::plan::operation::{Effect, Operation, OperationKind};
use unbridge_model::plan::value::{Outputs, Settled};
use unbridge_model::plan::{Body, Plan, Step, Undo};
use unbridge_model::port::{Held, Writer};
use unbridge_model::text::Text;
use unbridge_sim::account::Account;
use unbridge_sim::build::Estate;

use crate::differential::accounts::{REGION, plain};
use crate::differential::both::{Desk, Links, RUN, recorded, region};
use crate::harness::{self, Request, list, text};

/// Seeds of accounts that no other test uses.
const SEEDS: [u64; 2] = [99_999_990_001, 99_999_990_002];

#[test]
fn what_a_migration_calls_is_allowed_and_nothing_else() {
    let desk = Desk::new(SEEDS[0]);
    let account = plain(desk.account_id());
    let steps = migration(&account);
    let both = desk.both(account.clone(), Links::Awaited);
    let plan = plan(&account, steps);
    carry_out(&desk, &plan);
    compare(&plan, &desk.here.journal());
    drop(both);
}

#[test]
fn what_a_retirement_calls_is_allowed_and_nothing_else() {
    let desk = Desk::new(SEEDS[1]);
    let estate = Estate::new(desk.account_id())
        .region(REGION)
        .bridge("orders", 80)
        .rest_api("hello", |api| api.lambda(Verb::Get, "/hello").deploy("dev"))
        .http_api("slow", |api| api.public("GET /").freeze("live"));
    let account = estate.build().expect("an account");
    let steps = retirement(&account);
    let both = desk.both(account.clone(), Links::Awaited);
    let plan = plan(&account, steps);
    carry_out(&desk, &plan);
    compare(&plan, &desk.here.journal());
    drop(both);
}

#[test]
fn every_kind_of_change_is_performed_here() {
    let account = plain("333333333333");
    let steps = [migration(&account), retirement(&account)];
    let mut kinds = BTreeSet::new();
    for step in steps.iter().flatten() {
        kinds.insert(OperationKind::from(&step.operation));
        if let Undo::Operation { operation, .. } = &step.undo {
            kinds.insert(OperationKind::from(operation));
        }
    }
    let all = OperationKind::VARIANTS.iter();
    let missing: Vec<_> = all.filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn plan(account: &Account, steps: Vec<Step>) -> Plan {
    let id = AccountId::new(account.id.as_str()).expect("an account");
    let body = Body::of_steps(id, region(), Text::new("tests"), steps);
    Plan::new(Text::new("0"), body)
}

fn step(id: &str, operation: Value, before: Value, after: Value, undo: Option<Value>) -> Step {
    let undo = match undo {
        Some(undo) => undo,
        None => json!({ "kind": "nothing" }),
    };
    let step = json!({
        "id": id,
        "phase": "shift",
        "forward": "",
        "backward": "",
        "preconditions": before,
        "operation": operation,
        "verification": after,
        "undo": undo,
    });
    serde_json::from_value(step).unwrap_or_else(|error| panic!("{id}: {error}"))
}

fn back(operation: Value, only_if: Value) -> Option<Value> {
    Some(json!({ "kind": "operation", "operation": operation, "only_if": only_if }))
}

/// Every kind of change that moves APIs, each with what is looked at around it.
fn migration(account: &Account) -> Vec<Step> {
    let state = &account.regions[&region()];
    let vpc = state.vpcs.iter().next().expect("a VPC");
    let subnet = &vpc.subnets.as_ref().expect("subnets")[0].id;
    let vpc = &vpc.id;
    let alb = state.load_balancer_named("orders-alb").expect("an ALB");
    let listener = &alb.listeners.as_ref().expect("listeners")[0].arn;
    let alb_group = json!({ "known": &alb.security_groups[0] });
    let group = json!({ "from": "group" });
    let tags = json!({ "unbridge:plan": "p" });
    let ingress = json!({ "direction": "ingress", "port": 80, "peer": &group });
    let egress = json!({ "direction": "egress", "port": 80, "peer": &alb_group });
    let mut steps = vec![
        step(
            "group",
            json!({ "kind": "create-security-group", "vpc": vpc, "name": "links", "description": "d", "tags": &tags }),
            json!([]),
            json!([{ "kind": "group-stands", "vpc": vpc, "group": &group }]),
            back(
                json!({ "kind": "delete-security-group", "group": &group }),
                json!([]),
            ),
        ),
        step(
            "closed",
            json!({ "kind": "revoke-default-egress", "group": &group }),
            json!([]),
            json!([{ "kind": "default-egress-gone", "group": &group }]),
            None,
        ),
        step(
            "egress",
            json!({ "kind": "authorize-rule", "group": &group, "rule": &egress }),
            json!([]),
            json!([{ "kind": "rule-stands", "group": &group, "rule": &egress }]),
            back(
                json!({ "kind": "revoke-rule", "group": &group, "rule": &egress }),
                json!([]),
            ),
        ),
        step(
            "ingress",
            json!({ "kind": "authorize-rule", "group": &alb_group, "rule": &ingress }),
            json!([{ "kind": "rule-gone", "group": &alb_group, "rule": &ingress }]),
            json!([]),
            back(
                json!({ "kind": "revoke-rule", "group": &alb_group, "rule": &ingress }),
                json!([]),
            ),
        ),
        step(
            "link",
            json!({ "kind": "create-vpc-link", "name": "l", "subnets": [subnet], "security_groups": [&group], "tags": &tags }),
            json!([]),
            json!([{ "kind": "link-available", "link": { "from": "link" } }]),
            back(
                json!({ "kind": "delete-vpc-link", "link": { "from": "link" } }),
                json!([{ "kind": "link-unused", "link": { "from": "link" } }]),
            ),
        ),
    ];
    steps.extend(of_rest(account, alb.arn.as_str()));
    steps.extend(of_http(account, listener.as_str()));
    steps
}

fn of_rest(account: &Account, alb: &str) -> Vec<Step> {
    let state = &account.regions[&region()];
    let known = state.rest_api_named("shop").expect("an API");
    let api = &known.api.id;
    let mut methods = known.api.draft.iter().flatten();
    let method = methods
        .find(|one| one.path == "/{proxy+}")
        .expect("a method");
    let was = method
        .integration
        .as_ref()
        .and_then(|one| one.vpc_link.clone());
    let reference = json!({
        "api": api,
        "resource": method.resource,
        "path": &method.path,
        "verb": method.verb,
    });
    let new = json!({ "connection_id": { "link": { "from": "link" } }, "integration_target": alb });
    let old = json!({ "connection_id": { "template": was } });
    let prod = known
        .stages
        .iter()
        .find(|stage| stage.name.as_str() == "prod");
    let before = json!({ "known": &prod.expect("a stage").deployment });
    let made = json!({ "from": "deploy" });
    let runs = |deployment: &Value| json!([{ "kind": "stage-runs", "api": api, "stage": "prod", "deployment": deployment }]);
    let canary = json!([{ "kind": "canary-is", "api": api, "stage": "prod", "deployment": &made, "percent": 10 }]);
    let alone = json!([{ "kind": "no-canary", "api": api, "stage": "prod" }]);
    let gone = json!([{ "kind": "stage-gone", "api": api, "stage": "proof" }]);
    vec![
        step(
            "rewire",
            json!({ "kind": "update-integration", "method": &reference, "patch": &new }),
            json!([{ "kind": "integration-is", "method": &reference, "patch": &old }]),
            json!([]),
            back(
                json!({ "kind": "update-integration", "method": &reference, "patch": &old }),
                json!([]),
            ),
        ),
        step(
            "deploy",
            json!({ "kind": "create-deployment", "api": api, "description": "d" }),
            json!([]),
            json!([{ "kind": "deployment-stands", "api": api, "deployment": &made }]),
            back(
                json!({ "kind": "delete-deployment", "api": api, "deployment": &made }),
                json!([]),
            ),
        ),
        step(
            "proof",
            json!({ "kind": "create-stage", "api": api, "stage": "proof", "deployment": &made, "like": "prod", "tags": {} }),
            gone.clone(),
            json!([{ "kind": "stages-alike", "api": api, "stage": "proof", "like": "prod" }]),
            back(
                json!({ "kind": "delete-stage", "api": api, "stage": "proof" }),
                json!([]),
            ),
        ),
        step(
            "furnish",
            json!({ "kind": "furnish-stage", "api": api, "stage": "proof", "like": "prod" }),
            json!([]),
            json!([{ "kind": "stage-furnished", "api": api, "stage": "proof", "like": "prod" }]),
            None,
        ),
        step(
            "canary",
            json!({ "kind": "set-canary", "api": api, "stage": "prod", "deployment": &made, "percent": 10 }),
            runs(&before),
            canary.clone(),
            back(
                json!({ "kind": "remove-canary", "api": api, "stage": "prod" }),
                canary.clone(),
            ),
        ),
        step(
            "end",
            json!({ "kind": "remove-canary", "api": api, "stage": "prod" }),
            canary,
            alone,
            None,
        ),
        step(
            "promote",
            json!({ "kind": "set-deployment", "api": api, "stage": "prod", "deployment": &made }),
            runs(&before),
            runs(&made),
            back(
                json!({ "kind": "set-deployment", "api": api, "stage": "prod", "deployment": &before }),
                runs(&made),
            ),
        ),
    ]
}

fn of_http(account: &Account, listener: &str) -> Vec<Step> {
    let state = &account.regions[&region()];
    let known = state.http_api_named("slow").expect("an API");
    let api = &known.api.id;
    let route = &known.api.routes.as_ref().expect("routes")[0];
    let was = route.integration.as_ref().expect("an integration");
    let stage = &known.stages[0];
    let made = json!({ "from": "integration" });
    let frozen = json!({ "from": "freeze" });
    let goes = |integration: &Value| json!([{ "kind": "route-goes-to", "api": api, "route": &route.id, "integration": integration }]);
    let update = |integration: &Value| json!({ "kind": "update-route", "api": api, "route": &route.id, "key": &route.key, "integration": integration });
    let set = |deployment: &Value| json!({ "kind": "set-http-deployment", "api": api, "stage": &stage.name, "deployment": deployment });
    let runs = |deployment: &Value| json!([{ "kind": "http-stage-runs", "api": api, "stage": &stage.name, "deployment": deployment }]);
    let before = json!({ "known": was });
    let ran = json!({ "known": stage.deployment.as_ref().expect("a deployment") });
    vec![
        step(
            "integration",
            json!({ "kind": "create-http-integration", "api": api, "like": was, "link": { "from": "link" }, "listener": listener }),
            json!([]),
            json!([]),
            back(
                json!({ "kind": "delete-http-integration", "api": api, "integration": &made }),
                json!([]),
            ),
        ),
        step(
            "route",
            update(&made),
            goes(&before),
            goes(&made),
            back(update(&before), goes(&made)),
        ),
        step(
            "freeze",
            json!({ "kind": "create-http-deployment", "api": api, "description": "d" }),
            json!([]),
            json!([]),
            back(
                json!({ "kind": "delete-http-deployment", "api": api, "deployment": &frozen }),
                json!([{ "kind": "http-deployment-unused", "api": api, "deployment": &frozen }]),
            ),
        ),
        step(
            "set",
            set(&frozen),
            runs(&ran),
            runs(&frozen),
            back(set(&ran), runs(&frozen)),
        ),
    ]
}

/// Every kind of change that takes the old way away.
fn retirement(account: &Account) -> Vec<Step> {
    let state = &account.regions[&region()];
    let nlb = &state.load_balancer_named("orders-nlb").expect("an NLB").arn;
    let mut groups = state.target_groups.iter();
    let leads = |group: &&unbridge_model::elb::TargetGroup| {
        group.target_type == unbridge_model::elb::TargetType::Alb
    };
    let group = groups.find(leads).expect("a group of the NLB");
    let target = &group.targets.as_ref().expect("targets")[0];
    let mut links = state.links.iter();
    let over = |link: &&unbridge_model::apigateway::VpcLink| matches!(&link.reach, unbridge_model::apigateway::LinkReach::V1 { targets } if targets.contains(nlb));
    let link = &links.find(over).expect("a link").id;
    let of_group = |kind: &str| json!({ "kind": kind, "group": &group.arn, "target": &target.id, "port": target.port });
    vec![
        step(
            "quarantine",
            of_group("deregister-target"),
            json!([of_group("target-registered")]),
            json!([of_group("target-gone")]),
            back(of_group("register-target"), json!([])),
        ),
        step(
            "link",
            json!({ "kind": "delete-v1-link", "link": link }),
            json!([{ "kind": "v1-link-unused", "link": link }]),
            json!([{ "kind": "v1-link-gone", "link": link }]),
            None,
        ),
        step(
            "nlb",
            json!({ "kind": "delete-load-balancer", "load_balancer": nlb }),
            json!([{ "kind": "not-protected", "load_balancer": nlb }]),
            json!([{ "kind": "load-balancer-gone", "load_balancer": nlb }]),
            None,
        ),
        step(
            "group",
            json!({ "kind": "delete-target-group", "group": &group.arn }),
            json!([]),
            json!([{ "kind": "target-group-gone", "group": &group.arn }]),
            None,
        ),
    ]
}

/// Makes every call of the way forward, of a look for a lost answer, and of the way back.
fn carry_out(desk: &Desk, plan: &Plan) {
    let writer = &desk.writer;
    let mut outputs = Outputs::default();
    for step in &plan.body.steps {
        for condition in &step.preconditions {
            let condition = condition.settle(&outputs).expect("it is made");
            writer.observe(&condition).expect("a reading");
        }
        let operation = step.operation.settle(&outputs).expect("it is made");
        let made = writer.perform(recorded(&step.id, operation.clone()));
        if let Some(output) = made.unwrap_or_else(|error| panic!("{}: {error}", step.id)) {
            outputs.insert(step.id.clone(), output);
        }
        for condition in &step.verification {
            let condition = condition.settle(&outputs).expect("it is made");
            writer.observe(&condition).expect("a reading");
        }
        look_for(desk, &step.id, &operation);
    }
    for step in plan.body.steps.iter().rev() {
        let Undo::Operation { operation, only_if } = &step.undo else {
            continue;
        };
        for condition in only_if {
            let condition = condition.settle(&outputs).expect("it is made");
            writer.observe(&condition).expect("a reading");
        }
        let operation = operation.settle(&outputs).expect("it is made");
        if !look_for(desk, &step.id, &operation) {
            // Some cannot go any more: what they go back to has been retired.
            let _ = writer.perform(recorded(&step.id, operation));
        }
    }
}

/// Whether a change is seen to have been made.
fn look_for(desk: &Desk, step: &StepId, operation: &Operation<Settled>) -> bool {
    match operation.effect() {
        Effect::Brings(condition) => {
            desk.writer.observe(&condition).expect("a reading") == Held::Yes
        }
        Effect::Makes(_) => {
            let owner = Owner {
                run: RunId::new(RUN).expect("a run"),
                step: step.clone(),
            };
            let found = desk.writer.find_owned(&owner, operation);
            !found.expect("a list").is_empty()
        }
    }
}

/// The policy that the binary prints for a plan.
fn policy(plan: &Plan) -> Value {
    let desk = harness::Desk::new();
    desk.write("it.plan.json", plan.to_json().expect("JSON"));
    let told = desk.run(["policy", "plan", "it.plan.json"]);
    serde_json::from_str(&told.expect_code(0).stdout).expect("a policy")
}

/// What a statement allows: an action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Allowed {
    sid: String,
    action: String,
    resource: String,
}

fn allowed(policy: &Value) -> Vec<Allowed> {
    let mut all = Vec::new();
    for statement in list(&policy["Statement"]) {
        for action in list(&statement["Action"]) {
            for resource in list(&statement["Resource"]) {
                all.push(Allowed {
                    sid: text(&statement["Sid"]),
                    action: text(action),
                    resource: text(resource),
                });
            }
        }
    }
    all
}

/// The action that a request is, and its resource where the journal tells it.
fn asked(request: &Request) -> (String, Option<String>) {
    let (service, _) = request.call.split_once(':').expect("service:Operation");
    match service {
        "apigateway" | "apigatewayv2" => {
            let path = request.path.strip_prefix("/v2").unwrap_or(&request.path);
            let arn = format!("arn:aws:apigateway:{}::{path}", request.region);
            (format!("apigateway:{}", request.method), Some(arn))
        }
        _ => (request.call.clone(), None),
    }
}

/// Each request is allowed, and whatever is allowed was asked for, but for what only some accounts
/// ask for.
fn compare(plan: &Plan, journal: &[Request]) {
    let allowed = allowed(&policy(plan));
    let mut unused: BTreeSet<&Allowed> = allowed.iter().collect();
    assert!(journal.len() > 10, "{} requests", journal.len());
    for request in journal {
        let (action, resource) = asked(request);
        let fits: Vec<&Allowed> = allowed
            .iter()
            .filter(|one| one.action == action)
            .filter(|one| resource.as_ref().is_none_or(|arn| like(&one.resource, arn)))
            .collect();
        assert!(!fits.is_empty(), "not allowed: {action} on {resource:?}");
        for one in fits {
            unused.remove(one);
        }
        // EC2 asks for it where a group is made with tags; it is no request of its own.
        if action == "ec2:CreateSecurityGroup" {
            unused.retain(|one| one.action != "ec2:CreateTags");
        }
    }
    // Rights that only some accounts ask for: a web ACL to take over, tags at creation, a role to
    // make, an endpoint service to delete. The emulator asks for none of them. Lock, measurements and
    // IAM are not the writer's: whole runs ask for those.
    unused.retain(|one| !one.sid.contains("Perhaps") && !one.sid.contains("Beside"));
    assert!(
        unused.is_empty(),
        "allowed and never asked for: {unused:#?}"
    );
}

/// Whether a pattern of IAM fits a text.
fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
