//! Plans as scripts: the real AWS CLI carries them out in the emulator, whose oracle says where
//! requests end.

#[path = "../../crates/report/tests/it/every_kind.rs"]
mod every_kind;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use unbridge_model::id::{Region, RestApiId};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Plan, Step};
use unbridge_model::route::{AnyApi, Request, Share};
use unbridge_model::text::Text;
use unbridge_report::plan::{plan_runbook, plan_script};
use unbridge_sim::account::{Account, RegionState};
use unbridge_sim::requests::requests;
use unbridge_sim::sample;
use unbridge_sim::world::world;

use crate::apply::bench::{Bench, nothing_tagged};
use crate::apply::http::{passes_nlb, state as http_state};
use crate::harness::{self, Desk, emulator, list, read, repository, text};

/// The sample account with nothing but `orders-api` and what stands behind it, and a plan for its
/// stage `prod` that waits for nothing.
struct Place {
    /// There is one such account.
    _alone: MutexGuard<'static, ()>,
    desk: Desk,
    here: harness::Account,
    account: Account,
    region: Region,
}

impl Place {
    /// Its id is this: what stands in the sample has it in its ARNs.
    fn new() -> Self {
        Self::with(&asking(quick(&stored()), 80), |_| {})
    }

    /// With this plan, in an account that was changed.
    fn with(plan: &Plan, change: impl FnOnce(&mut RegionState)) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let desk = Desk::new();
        let region = Region::new(sample::REGION).expect("a region");
        let mut account = sample::account().expect("the sample");
        let state = account.regions.get_mut(&region).expect("the region");
        let api = RestApiId::new("c65npcywlk").expect("an API");
        state.rest_apis.retain(|known| known.api.id == api);
        state.http_apis.retain(|_| false);
        change(state);
        let here = harness::Account {
            id: account.id.to_string(),
            seeded: Value::Null,
        };
        emulator().post("reset", &json!({ "account": here.id }));
        let document = world(&account, &region).expect("the region");
        let place = json!({ "account": here.id, "region": region.as_str(), "world": document });
        emulator().post("world", &place);
        desk.write("move.sh", script(plan));
        Self {
            _alone: alone,
            desk,
            here,
            account,
            region,
        }
    }

    /// Runs the script; what it says on stdout and stderr, and its exit code.
    fn run(&self, args: &[&str], yes: &str) -> (Option<i32>, String) {
        run(&self.desk, &self.here, args, yes)
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
}

/// Runs the script on a desk with an account's keys; what it says on stdout and stderr, and its exit
/// code.
fn run(desk: &Desk, account: &harness::Account, args: &[&str], yes: &str) -> (Option<i32>, String) {
    let bin = repository().join(".venv/bin");
    let output = Command::new("/bin/bash")
        .arg("move.sh")
        .args(args)
        .current_dir(desk.work())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("HOME", desk.home())
        .env("AWS_ENDPOINT_URL", emulator().url())
        .env("AWS_ACCESS_KEY_ID", account.access_key())
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("UNBRIDGE_YES", yes)
        .output()
        .expect("bash runs");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("UTF-8");
    (output.status.code(), said)
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
            Some(
                Gate::Bake { seconds, .. }
                | Gate::BakeHttp { seconds, .. }
                | Gate::Drain { seconds },
            ) => *seconds = 1,
            Some(Gate::Proof { .. }) | None => {}
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

/// The plan, which asks before its canary release whether the ALB admits the link on a port: the ALB of
/// the sample does so on port 80, by an address range.
fn asking(plan: Plan, port: u16) -> Plan {
    let mut body = plan.body;
    let alb = body.steps.iter().find_map(|step| match &step.operation {
        Operation::UpdateIntegration { patch, .. } => patch.integration_target.clone(),
        _ => None,
    });
    let made = |step: &&Step| matches!(step.operation, Operation::CreateVpcLink { .. });
    let link = body.steps.iter().find(made).expect("a link").id.clone();
    let admitted = Condition::LinkAdmitted {
        link: Later::From(link),
        load_balancer: alb.expect("an ALB"),
        port,
    };
    let mut steps = body.steps.iter_mut();
    let canary = steps.find(|step| step.id.as_str() == "prod-canary-10");
    canary.expect("the step").preconditions.push(admitted);
    Plan::new(plan.tool_version, body)
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

    let links = || {
        let calls = place.here.calls();
        calls
            .get("apigatewayv2:CreateVpcLink")
            .copied()
            .unwrap_or_default()
    };
    let earlier = links();
    let lost = json!([{ "service": "apigateway", "action": "CreateVpcLink", "drop": "after" }]);
    place.here.faults(lost);
    let (code, said) = place.run(&[], "1");
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("Run the script again: it first looks"),
        "{said}"
    );
    place.here.faults(json!([]));
    let (code, said) = place.run(&[], "");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("   made before: "), "{said}");
    assert!(
        said.contains("a person has to answer this: Does unbridge-proof"),
        "{said}"
    );
    assert_eq!(place.ends(), before);

    let said = place.expect(&[]);
    assert!(said.ends_with("Done: every step.\n"), "{said}");
    assert_eq!(links() - earlier, 1);
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
    assert_eq!(place.ends(), before);
    let (code, said) = place.run(&[], "1");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("was taken back"), "{said}");
}

#[test]
fn the_script_of_an_http_api_moves_its_routes_and_back() {
    let bench = Bench::http(&["--bake", "1s", "--no-rehearsal"]);
    let plan = Plan::parse(&read(&bench.desk.work().join("orders.plan.json"))).expect("a plan");
    bench.desk.write("move.sh", script(&quick(&plan)));
    let before = http_state(&bench);
    let old_way = |path: &str| passes_nlb(&bench, path);
    let paths = ["/a", "/a/b", "/c", "/c/d"];
    assert!(paths.iter().all(|path| old_way(path)));
    let (code, said) = run(&bench.desk, &bench.account, &[], "1");
    assert_eq!(code, Some(0), "{said}");
    assert!(!paths.iter().any(|path| old_way(path)));
    let writes = bench.account.writes().len();
    let (code, said) = run(&bench.desk, &bench.account, &[], "1");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        bench.account.writes().len(),
        writes,
        "a second run changed something"
    );
    let (code, said) = run(&bench.desk, &bench.account, &["back"], "1");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(http_state(&bench), before);
    nothing_tagged(&bench.account);
}

#[test]
fn a_script_stops_before_requests_move_where_the_alb_does_not_admit_the_link_h33() {
    // The plan's own rule is for port 80.
    let place = Place::with(&asking(quick(&stored()), 81), |state| {
        let vpcs = state.vpcs.iter_mut();
        for group in vpcs.flat_map(|vpc| vpc.security_groups.iter_mut().flatten()) {
            for rule in &mut group.ingress {
                rule.peers = vec![Text::new("192.0.2.0/24")];
            }
        }
    });
    let before = place.ends();
    let (code, said) = place.run(&[], "1");
    assert_eq!(code, Some(1), "{said}");
    let words = "this has to be so, and is not seen to be: ALB orders-alb lets VPC link";
    assert!(said.contains(words), "{said}");
    assert_eq!(place.ends(), before);
}

fn script(plan: &Plan) -> String {
    let mut script = String::new();
    plan_script(plan, &mut script).expect("a string takes everything");
    script
}

#[test]
fn shellcheck_finds_nothing_in_a_script() {
    let desk = Desk::new();
    for plan in [stored(), every_kind::plan()] {
        desk.write("move.sh", script(&plan));
        let output = Command::new(repository().join(".venv/bin/shellcheck"))
            .arg("move.sh")
            .current_dir(desk.work())
            .output()
            .expect("shellcheck runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn every_call_of_a_runbook_is_one_of_aws() {
    for (plan, least) in [(stored(), 60), (every_kind::plan(), 80)] {
        let mut runbook = String::new();
        plan_runbook(&plan, &mut runbook).expect("a string takes everything");
        let mut child = Command::new(repository().join(".venv/bin/python"))
            .arg(repository().join("tests/e2e/emitted/calls.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(runbook.as_bytes()).expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let calls = String::from_utf8_lossy(&output.stdout);
        let calls: usize = calls.trim().parse().expect("a number");
        assert!(calls >= least, "{calls}");
    }
}

/// Notes what it is given, and answers as AWS might.
const STAND_IN: &str = r#"#!/bin/bash
printf '%s\0' "$@" >>"$RECORD"
case $* in
  *get-caller-identity*) echo '"111122223333"' ;;
  *'tag:unbridge'* | *'].VpcLinkId'* | *'].id'*) echo '[]' ;;
  *create-*) echo '"made1"' ;;
  *get-integration*made1*) echo 'false' ;;
  *) echo 'true' ;;
esac
"#;

#[test]
fn hostile_texts_reach_aws_as_they_are_and_do_nothing_on_their_way() {
    let desk = Desk::new();
    let mut body = every_kind::plan().body;
    let kept = ["group", "link", "rewire", "deploy"];
    body.steps.retain(|step| kept.contains(&step.id.as_str()));
    let plan = Plan::new(unbridge_model::text::Text::new("0.1.0"), body);
    desk.write("move.sh", script(&plan));
    let stand_in = desk.write("aws", STAND_IN);
    fs::set_permissions(stand_in, fs::Permissions::from_mode(0o755)).expect("a mode");
    let run = |args: &[&str]| {
        Command::new("/bin/bash")
            .arg("move.sh")
            .args(args)
            .current_dir(desk.work())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", desk.work().display()))
            .env("RECORD", desk.work().join("record"))
            .output()
            .expect("bash runs")
    };
    let output = run(&[]);
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{wrong}");
    assert!(
        !said.contains(|c: char| c != '\n' && c.is_control()),
        "{said}"
    );

    let record = read(&desk.work().join("record"));
    let given: Vec<Value> = record
        .split('\0')
        .filter(|word| word.starts_with('{'))
        .map(|word| serde_json::from_str(word).expect("JSON"))
        .collect();
    let hostile = every_kind::HOSTILE;
    let has = |key: &str, text: &str| given.iter().any(|one| one[key] == text);
    assert!(has("GroupName", hostile) && has("Description", hostile) && has("Name", hostile));
    let described = format!("{hostile} unbridge:plan-{}:deploy", plan.plan_id.short());
    assert!(has("description", &described));
    assert!(given.iter().any(|one| one["Tags"][hostile] == hostile));
    assert_eq!(desk.files(), ["aws", "move.sh", "record", &state_of(&plan)]);

    let output = run(&["back"]);
    assert!(!desk.files().contains(&"pwned".to_owned()));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn state_of(plan: &Plan) -> String {
    format!("unbridge-{}.state", plan.plan_id.short())
}

#[test]
fn a_script_refuses_another_account_and_another_plans_state() {
    let desk = Desk::new();
    let plan = stored();
    desk.write("move.sh", script(&plan));
    let stand_in = desk.write("aws", "#!/bin/bash\necho '\"999988887777\"'\n");
    fs::set_permissions(stand_in, fs::Permissions::from_mode(0o755)).expect("a mode");
    let run = || {
        let output = Command::new("/bin/bash")
            .arg("move.sh")
            .current_dir(desk.work())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", desk.work().display()))
            .output()
            .expect("bash runs");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = run();
    assert!(
        said.contains("credentials of account \"999988887777\", not of 111122223333"),
        "{said}"
    );
    desk.write(&state_of(&plan), "another plan\n");
    let said = run();
    assert!(said.contains("is of another plan"), "{said}");
    fs::create_dir(desk.work().join(format!("{}.lock", state_of(&plan)))).expect("a folder");
    let said = run();
    assert!(said.contains("another run holds"), "{said}");
}
