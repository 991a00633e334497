//! Plans as scripts: the real AWS CLI carries them out in the emulator, whose oracle says where
//! requests end.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use unbridge_model::id::{Region, RestApiId};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::{Plan, Step};
use unbridge_model::route::{AnyApi, Request, Share};
use unbridge_report::plan::plan_script;
use unbridge_sim::account::Account;
use unbridge_sim::requests::requests;
use unbridge_sim::sample;
use unbridge_sim::world::world;

use crate::harness::{self, Desk, emulator, list, read, repository, text};

/// The sample account with nothing but `orders-api` and what stands behind it, and a plan for its
/// stage `prod` that waits for nothing.
struct Place {
    desk: Desk,
    here: harness::Account,
    account: Account,
    region: Region,
    plan: Plan,
}

impl Place {
    /// Its id is this: what stands in the sample has it in its ARNs.
    fn new() -> Self {
        let desk = Desk::new();
        let region = Region::new(sample::REGION).expect("a region");
        let plan = quick(&stored());
        let mut account = sample::account().expect("the sample");
        let state = account.regions.get_mut(&region).expect("the region");
        let api = RestApiId::new("c65npcywlk").expect("an API");
        state.rest_apis.retain(|known| known.api.id == api);
        state.http_apis.retain(|_| false);
        let here = harness::Account {
            id: account.id.to_string(),
            seeded: Value::Null,
        };
        emulator().post("reset", &json!({ "account": here.id }));
        let document = world(&account, &region).expect("the region");
        let place = json!({ "account": here.id, "region": region.as_str(), "world": document });
        emulator().post("world", &place);
        let mut script = String::new();
        plan_script(&plan, &mut script).expect("a string takes everything");
        desk.write("move.sh", script);
        Self {
            desk,
            here,
            account,
            region,
            plan,
        }
    }

    /// Runs the script; what it says on stdout and stderr, and its exit code.
    fn run(&self, args: &[&str], yes: &str) -> (Option<i32>, String) {
        let bin = repository().join(".venv/bin");
        let output = Command::new("/bin/bash")
            .arg("move.sh")
            .args(args)
            .current_dir(self.desk.work())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("HOME", self.desk.home())
            .env("AWS_ENDPOINT_URL", emulator().url())
            .env("AWS_ACCESS_KEY_ID", self.here.access_key())
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("UNBRIDGE_YES", yes)
            .output()
            .expect("bash runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("UTF-8");
        (output.status.code(), said)
    }

    fn expect(&self, args: &[&str]) -> String {
        let (code, said) = self.run(args, "1");
        assert_eq!(code, Some(0), "{said}");
        said
    }

    /// Where the requests to `prod` end.
    fn ends(&self) -> Vec<Value> {
        let asked: Vec<Request<AnyApi>> = requests(&self.account, &self.region)
            .into_iter()
            .filter(|request| request.stage.as_str() == "prod" && request.share == Share::Stage)
            .collect();
        assert!(asked.len() > 10, "{}", asked.len());
        let questions: Vec<Value> = asked.iter().map(question).collect();
        let body = json!({
            "account": self.here.id,
            "region": self.region.as_str(),
            "requests": questions,
        });
        list(&emulator().post("routes", &body)).to_vec()
    }

    /// How many changes have reached AWS.
    fn writes(&self) -> usize {
        let journal = self.here.journal();
        journal.iter().filter(|request| request.writes).count()
    }

    fn state(&self) -> String {
        let name = format!("unbridge-{}.state", self.plan.plan_id.short());
        read(&self.desk.work().join(name))
    }
}

fn question(request: &Request<AnyApi>) -> Value {
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), json!(value.as_str())));
    json!({
        "api": request.api.to_string(),
        "stage": request.stage.as_str(),
        "verb": request.verb.to_string(),
        "path": request.path.as_str(),
        "query": request.query.as_str(),
        "headers": headers.collect::<serde_json::Map<_, _>>(),
    })
}

fn stored() -> Plan {
    let path = repository().join("fixtures/plans/orders.plan.json");
    Plan::parse(&read(&path)).expect("a plan")
}

/// The plan for one stage and one share, with a second where it waits.
fn quick(plan: &Plan) -> Plan {
    let mut body = plan.body.clone();
    let dropped = |step: &Step| {
        let id = step.id.as_str();
        id.starts_with("staging-") || ["prod-canary-50", "prod-canary-100"].contains(&id)
    };
    body.steps.retain(|step| !dropped(step));
    for step in &mut body.steps {
        match &mut step.gate {
            Some(Gate::Bake { seconds, .. } | Gate::Drain { seconds }) => *seconds = 1,
            Some(Gate::BakeHttp { .. } | Gate::Proof { .. }) | None => {}
        }
        if step.id.as_str() == "prod-end-canary" {
            for condition in &mut step.preconditions {
                if let Condition::CanaryIs { percent, .. } = condition {
                    *percent = None;
                }
            }
        }
    }
    Plan::new(plan.tool_version.clone(), body)
}

/// How a request ends, without the way it takes.
fn end(route: &Value) -> Value {
    let mut end = route.clone();
    for way in ["hops", "deployment"] {
        end.as_object_mut().expect("a route").remove(way);
    }
    end
}

fn hops(route: &Value) -> Vec<String> {
    list(&route["hops"]).iter().map(text).collect()
}

fn over(routes: &[Value], link: &str) -> usize {
    let passes = |route: &&Value| hops(route).iter().any(|hop| hop.starts_with(link));
    routes.iter().filter(passes).count()
}

#[test]
fn the_script_moves_every_request_over_the_new_link_and_back() {
    let place = Place::new();
    let before = place.ends();
    let moved = over(&before, "vpc link v1");
    assert!(moved > 5, "{moved}");

    let said = place.expect(&[]);
    assert!(said.ends_with("Done: every step.\n"), "{said}");
    let after = place.ends();
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(end(was), end(is), "{was}\n{is}");
    }
    assert_eq!(over(&after, "vpc link v1"), 0);
    assert_eq!(over(&after, "vpc link v2"), moved);

    let writes = place.writes();
    place.expect(&[]);
    assert_eq!(place.writes(), writes, "a second run changed something");

    let said = place.expect(&["back"]);
    assert!(said.ends_with("Taken back.\n"), "{said}");
    let now = place.ends();
    assert_eq!(now, before);
    let (code, said) = place.run(&[], "1");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("was taken back"), "{said}");
}
